# language: da
Egenskab: Ingen skummer fløden
  Ingen når et mål ved at lade de svageste i stikken. Går det for dårligt for en gruppe, kan målet ikke være stærkt, og
  der holdes øje med de kendte smutveje.

  Abstrakt Scenario: Et stærkt gennemsnit bliver kun til "opfyldt", når en gruppe svigtes
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og for gruppen "tosprogede" er tallet for "karakter" <karakter>, hvor 6,60 var forventet
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er niveauet for "faglighed" "<niveau>"

    Eksempler: Grænsen for gruppen er -0,80, og den er med
      | karakter | niveau           |
      | 5,81     | Stærkt resultat  |
      | 5,80     | Stærkt resultat  |
      | 5,79     | Målet er opfyldt |

  Scenarie: Forklaringen siger, hvilken gruppe det går ud over
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og for gruppen "tosprogede" er tallet for "karakter" 5,00, hvor 6,60 var forventet
    Og i gruppen "tosprogede" bygger "karakter" på 40 personer
    Og tallet for "trivsel" er 4,20
    Og "højt fravær" gælder 24 af 480
    Og den har stået på "Fri" i 3 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Tillid"
    Og resultatet er 82,5 point af 100
    Og forklaringen siger "niveauet er højst Målet er opfyldt, fordi det går for dårligt for gruppen Tosprogede elever"

  Scenarie: Beboere med demens skal også bestemme over deres dag
    Givet et almindeligt plejehjem
    Og "selvbestemmelse" gælder 53 af 54
    Og for gruppen "demens" gælder "selvbestemmelse" 9 af 28
    Og tallet for "pårørendes tryghed" er 4,60
    Og der er 6 tilfælde af "faldskader"
    Og den har stået på "Fri" i 2 år
    Når den indplaceres for 2024
    Så indstilles den til "Tillid"
    Og niveauet for "egen dag" er "Målet er opfyldt"
    Og forklaringen siger "går for dårligt for gruppen Beboere med demens"

  Scenarie: En gruppe på ganske få personer trækker ingen ned
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og for gruppen "tosprogede" er tallet for "karakter" 2,00, hvor 6,60 var forventet
    Og i gruppen "tosprogede" bygger "karakter" på 4 personer
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er niveauet for "faglighed" "Stærkt resultat"

  Scenarie: Smutvejen kan ses ved siden af resultatet
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og "prøvefritagelser" gælder 30 af 60
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så siger forklaringen "Svage elever fritages fra prøver (Andel elever fritaget for en eller flere prøver: 0,500)"

  Abstrakt Scenario: I hvert område er de sårbare grupper nævnt i reglerne
    Givet reglerne for <område>
    Så er mindst ét mål betinget af, at det ikke går for dårligt for "<gruppe>"

    Eksempler:
      | område     | gruppe                    |
      | folkeskole | Elever med støttebehov    |
      | folkeskole | Tosprogede elever         |
      | plejehjem  | Beboere uden pårørende    |
      | dagtilbud  | Børn med støttebehov      |

  Scenarie: Vejen til det frie trin går gennem den gruppe, der svigtes
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og for gruppen "tosprogede" er tallet for "karakter" 5,00, hvor 6,60 var forventet
    Og i gruppen "tosprogede" bygger "karakter" på 40 personer
    Og tallet for "trivsel" er 4,20
    Og "højt fravær" gælder 24 af 480
    Og den har stået på "Tillid" i 3 år
    Når den indplaceres for 2024/25
    Så er et bedre gennemsnit i "faglighed" ikke nok til at komme op
    Og det er nok, at det går bedre for gruppen "Tosprogede elever"
