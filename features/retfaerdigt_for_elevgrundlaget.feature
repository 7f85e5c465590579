# language: da
Egenskab: Resultater set i forhold til, hvem man er der for
  Et godt resultat er godt for netop de elever, beboere og borgere, som institutionen har. To institutioner, der løfter
  lige meget, står lige, uanset hvem der kommer ind ad døren.

  Abstrakt Scenario: Det er forskellen til det forventede, der tæller
    Givet en almindelig skole
    Og tallet for "karakter" er <karakter>, hvor <forventet> var forventet
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er tallet for målet "faglighed" <forskel>
    Og niveauet for "faglighed" er "<niveau>"

    Eksempler: Samme løft fra forskelligt udgangspunkt
      | karakter | forventet | forskel | niveau           |
      | 5,10     | 5,00      | 0,10    | Målet er opfyldt |
      | 9,10     | 9,00      | 0,10    | Målet er opfyldt |

    Eksempler: Grænsen er -0,20, og den er med
      | karakter | forventet | forskel | niveau           |
      | 7,01     | 7,20      | -0,19   | Målet er opfyldt |
      | 7,00     | 7,20      | -0,20   | Målet er opfyldt |
      | 6,99     | 7,20      | -0,21   | Under målet      |

    Eksempler: Et højt gennemsnit er ikke nok, og et lavt er ikke for lidt
      | karakter | forventet | forskel | niveau           |
      | 8,40     | 9,30      | -0,90   | Kritisk          |
      | 4,90     | 4,40      | 0,50    | Stærkt resultat  |

  Abstrakt Scenario: Et plejehjem med svage beboere måles ikke mod et med stærke
    Givet et almindeligt plejehjem
    Og der er <antal> tilfælde af "indlæggelser", hvor <forventet> var forventet
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024
    Så er tallet for målet "unødige indlæggelser" <indeks>
    Og niveauet for "unødige indlæggelser" er "<niveau>"

    Eksempler:
      | antal | forventet | indeks | niveau           |
      | 27    | 20        | 135    | Målet er opfyldt |
      | 54    | 40        | 135    | Målet er opfyldt |
      | 34    | 25        | 136    | Under målet      |
      | 34    | 40        | 85     | Målet er opfyldt |

  Scenarie: Uden et forventet resultat er der intet tal at dømme på
    Givet en almindelig skole
    Og det forventede for "karakter" er ukendt
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Almindeligt tilsyn"
    Og målet "faglighed" har intet tal, fordi det er "kan ikke beregnes"

  Scenarie: Hvor faget ikke har et forventet resultat, siger reglerne det
    Givet reglerne for folkeskole
    Så siger målet "trivsel i skolen" i sin henvisning "Feltet har ikke et forventet resultat for trivsel"
    Og målet "fremmøde" siger i sin henvisning "At komme i skole er en ret for alle børn"
