# language: da
Egenskab: Åbenhed om afgørelser
  Enhver, som en afgørelse angår, kan se hvilken regel, hvilken lov og hvilke tal den hviler på, hvor sikre tallene er, og
  hvad der ville ændre den. En henvisning, som ingen har kontrolleret, vises aldrig, som om den var det.

  Scenarie: Forklaringen nævner regel, grundlag og tal
    Givet et almindeligt plejehjem
    Og der er 40 tilfælde af "indlæggelser", hvor 25 var forventet
    Og tallene var de samme de 4 foregående år
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024
    Så nævner forklaringen:
      | Indstilles til Støtte, ned fra Almindeligt tilsyn.                                            |
      | Et enkelt mål er under, og de andre mål bærer det ikke (under 70 point).                      |
      | Eksemplets egne grænser, i point af 100                                                       |
      | Unødige indlæggelser undgås: samlet over 2020, 2021, 2022, 2023 og 2024                       |
      | Bedømt efter reglerne den: 2024-01-01                                                         |
      | Regler (fingeraftryk)                                                                         |
      | Tal (fingeraftryk)                                                                            |
    Og forklaringen viser for målet "unødige indlæggelser" tallet 160 og usikkerheden omkring det

  Scenarie: En henvisning, ingen har kontrolleret, er mærket
    Givet en almindelig skole
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er grundlaget for reglen mærket "henvisning ikke kontrolleret"
    Og forklaringen siger "Reglerne er et eksempel, som ministeriet kan erstatte; ingen myndighed har fastsat dem."

  Scenarie: Mærket forsvinder først, når nogen har kontrolleret henvisningen
    Givet en almindelig skole
    Og en jurist har kontrolleret alle henvisninger i tilsynstrappen
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er grundlaget for reglen ikke mærket

  Abstrakt Scenario: Kontrollen af reglerne tæller de henvisninger, ingen har kontrolleret
    Givet reglerne for <område>
    Når reglerne kontrolleres
    Så godkendes de
    Men alle henvisninger tælles som ikke kontrolleret

    Eksempler:
      | område     |
      | folkeskole |
      | plejehjem  |

  Scenarie: Hvad der ville føre til et friere trin
    Givet en almindelig skole
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er det mindste, der alene ville føre til et friere trin:
      | mål                                             | fra | til | trin   | tidligst |
      | Fagligt niveau i forhold til elevgrundlaget     | 0,10 | 0,64 | Tillid | 2025/26 |
      | Læsning i forhold til elevgrundlaget            | 0,3  | 3,5  | Tillid | 2025/26 |
      | Videre i ungdomsuddannelse                      | 0,2  | 6,4  | Tillid | 2025/26 |
    Og forklaringen siger "Trivsel: kan ikke gøre det alene; de andre mål står i vejen."
    Og forklaringen siger "Mere sikkerhed alene gør det ikke; resultaterne selv skal være bedre."

  Scenarie: Den, der ikke kan vurderes, får at vide hvorfor
    Givet en almindelig skole
    Og der mangler tal for "karakter", fordi de er "skjult af hensyn til personer"
    Og der mangler tal for "læsning", fordi de er "skjult af hensyn til personer"
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Tillid"
    Og grunden er "ikke vurderet"
    Og forklaringen siger "mål med tal dækker 50 % af vægten, og der kræves 60 %"
    Og forklaringen siger "Ingen regel er brugt, fordi institutionen ikke kan vurderes."
    Og målet "faglighed" har intet tal, fordi det er "skjult af hensyn til personer"

  Scenarie: Fire elever er for få til et tal
    Givet en almindelig skole
    Og "karakter" bygger på 4 personer
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Almindeligt tilsyn"
    Og målet "faglighed" har intet tal, fordi det er "for få til et tal"
    Og niveauet for "faglighed" kan være alt fra "Kritisk" til "Stærkt resultat"

  Scenarie: Fem elever er nok
    Givet en almindelig skole
    Og "karakter" bygger på 5 personer
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så er niveauet for "faglighed" "Målet er opfyldt"

  Scenarie: Et forældet tal bliver ikke brugt
    Givet en almindelig skole
    Og tallet for "karakter" er 3,00, hvor 7,20 var forventet
    Og tallet for "karakter" er målt i 2021/22
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Almindeligt tilsyn"
    Og målet "faglighed" har intet tal, fordi det er "forældet tal"
