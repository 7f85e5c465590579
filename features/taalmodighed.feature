# language: da
Egenskab: Tålmodighed
  I tvivl bliver man stående. Tilfældige udsving flytter ingen, der gås et trin ad gangen, og nye regler gælder først fra
  den dag, de selv siger.

  Abstrakt Scenario: Et år, der kan være held, flytter ingen, hverken op eller ned
    Givet en almindelig skole
    Og tallet for "karakter" er 7,65, hvor 7,20 var forventet
    Og den har stået på "<trin>" i 3 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "<trin>"
    Og grunden er "<grund>"
    Og niveauet for "faglighed" er "Stærkt resultat"
    Og niveauet for "faglighed" kan være alt fra "Målet er opfyldt" til "Stærkt resultat"
    Og de rimelige trin går fra "Tillid" til "Almindeligt tilsyn"
    Og forklaringen siger "<forklaring>"

    Eksempler:
      | trin               | grund          | forklaring                                        |
      | Almindeligt tilsyn | bliver i tvivl | I tvivl bliver man stående.                       |
      | Tillid             | bliver         | alt fra Tillid til Almindeligt tilsyn rimeligt    |

  Abstrakt Scenario: Små institutioner dømmes ikke på et enkelt hold
    Givet en almindelig skole
    Og tallet for "karakter" er 6,60, hvor 7,20 var forventet
    Og "karakter" bygger på <elever> personer
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så står den på "<trin>"
    Og grunden er "<grund>"

    Eksempler:
      | elever | trin               | grund          |
      | 8      | Almindeligt tilsyn | bliver i tvivl |
      | 300    | Støtte             | indstilles ned |

  Scenarie: Støj flytter ingen frem og tilbage
    Givet en almindelig skole
    Og disse tal for "karakter", hvor 7,20 var forventet hvert år:
      | år      | tal  |
      | 2020/21 | 7,30 |
      | 2021/22 | 6,95 |
      | 2022/23 | 7,45 |
      | 2023/24 | 6,90 |
      | 2024/25 | 7,35 |
    Når den indplaceres år for år
    Så er forløbet:
      | år      | trin               | grund  |
      | 2020/21 | Almindeligt tilsyn | bliver |
      | 2021/22 | Almindeligt tilsyn | bliver |
      | 2022/23 | Almindeligt tilsyn | bliver |
      | 2023/24 | Almindeligt tilsyn | bliver |
      | 2024/25 | Almindeligt tilsyn | bliver |

  Scenarie: Varig fremgang fører op, når den er sikker
    Givet en almindelig skole
    Og disse tal for "karakter", hvor 7,20 var forventet hvert år:
      | år      | tal  |
      | 2020/21 | 7,30 |
      | 2021/22 | 7,70 |
      | 2022/23 | 7,80 |
      | 2023/24 | 7,90 |
      | 2024/25 | 7,90 |
    Når den indplaceres år for år
    Så er forløbet:
      | år      | trin               | grund          |
      | 2020/21 | Almindeligt tilsyn | bliver         |
      | 2021/22 | Almindeligt tilsyn | bliver         |
      | 2022/23 | Almindeligt tilsyn | bliver i tvivl |
      | 2023/24 | Almindeligt tilsyn | bliver i tvivl |
      | 2024/25 | Tillid             | går op         |

  Scenarie: Fra bunden til toppen tager år, et trin ad gangen
    Givet en almindelig skole
    Og tallet for "karakter" er 8,40, hvor 7,20 var forventet
    Og tallet for "læsning" er 55,3, hvor 50,3 var forventet
    Og tallet for "trivsel" er 4,30
    Og den har stået på "Intensiv støtte" i 1 år
    Når den indplaceres hvert år fra 2020/21 til 2024/25
    Så er forløbet:
      | år      | trin               | grund                     |
      | 2020/21 | Støtte             | går op, et trin ad gangen |
      | 2021/22 | Almindeligt tilsyn | går op, et trin ad gangen |
      | 2022/23 | Tillid             | går op, et trin ad gangen |
      | 2023/24 | Fri                | går op                    |
      | 2024/25 | Fri                | bliver                    |

  Abstrakt Scenario: En skærpet grænse gælder fra den dag, den selv siger
    Givet en almindelig skole
    Og tallet for "karakter" er <karakter>, hvor 7,20 var forventet
    Og den har stået på "Støtte" i 1 år
    Når den indplaceres for <år>
    Så er niveauet for "faglighed" "<niveau>"

    Eksempler: Fra august 2026 er grænsen -0,70 i stedet for -0,80
      | karakter | år      | niveau      |
      | 6,45     | 2025/26 | Under målet |
      | 6,45     | 2026/27 | Kritisk     |
      | 6,50     | 2026/27 | Under målet |

  Scenarie: Et ministerium kan skærpe en grænse frem i tiden uden at ændre det, der er dømt
    Givet en almindelig skole
    Og ministeriet skærper grænsen for "Målet er opfyldt" i målet "faglighed" fra -0,2 til 0,1 pr. 2025-08-01
    Og tallet for "karakter" er 7,20, hvor 7,20 var forventet
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er niveauet for "faglighed" "Målet er opfyldt"
    Når den indplaceres for 2025/26
    Så er niveauet for "faglighed" "Under målet"

  Scenarie: Ministeriet kan kræve, at det ses to år i træk
    Givet en almindelig skole
    Og trappen kræver 2 år i træk, før nogen indstilles ned
    Og tallet for "karakter" er 6,20, hvor 7,20 var forventet
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres hvert år fra 2023/24 til 2024/25
    Så er forløbet:
      | år      | trin               | grund                  |
      | 2023/24 | Almindeligt tilsyn | afventer bekræftelse   |
      | 2024/25 | Støtte             | indstilles ned         |
    Og forklaringen siger "Selv når tvivlen kommer institutionen til gode"
