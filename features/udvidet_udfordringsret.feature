# language: da
Egenskab: Udvidet udfordringsret
  Gode resultater på de centrale mål gør en institution fri for krav til proces, dokumentation og registrering. Retten
  følger af resultaterne alene. Ingen skal søge om den, og ingen skal godkende den.

  Baggrund:
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og tallet for "trivsel" er 4,20
    Og "højt fravær" gælder 24 af 480

  Scenarie: Retten gælder straks, uden ansøgning
    Givet den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så går den op til "Fri"
    Og "Fri" er i kraft
    Og retten "Udvidet udfordringsret" følger med
    Og forklaringen siger "Det friere trin gælder uden ansøgning."
    Og forklaringen siger "Den skal hverken søge om det eller have det godkendt"

  Scenarie: Friheden kan mærkes i timer, og forklaringen siger på hvilket grundlag
    Givet den har stået på "Fri" i 3 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Fri"
    Og kravet "Referat af alle teammøder i fast skabelon" bortfalder
    Og kravet "Skriftlige årsplaner for hvert fag og hold" bortfalder
    Og alle krav, der ikke beskytter nogen, bortfalder
    Og der frigøres 1836 timer om året
    Og forklaringen siger "Lempelsen hviler på"

  Scenarie: Trinnet før letter registreringer, men giver ikke retten
    Givet tallet for "trivsel" er 3,90
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Tillid"
    Og ingen rettigheder følger med
    Og kravet "Indberetning af planlagte undervisningstimer" bortfalder
    Men kravet "Referat af alle teammøder i fast skabelon" gælder

  Abstrakt Scenario: Hvordan institutionen arbejder, giver eller tager aldrig retten
    Givet "<proces>" gælder <antal> af <ud af>
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så går den op til "Fri"
    Og resultatet er 90 point af 100

    Eksempler:
      | proces                           | antal | ud af |
      | prøvefritagelser                 | 0     | 60    |
      | prøvefritagelser                 | 30    | 60    |
      | undervisningstid dansk matematik | 100   | 1200  |
      | specialtilbud                    | 130   | 520   |

  Scenarie: Retten bliver, til et menneske har afgjort, at den ikke længere holder
    Givet tallet for "karakter" er 7,20, hvor 7,20 var forventet
    Og den har stået på "Fri" i 3 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Tillid"
    Og i kraft er "Fri", indtil et menneske har afgjort sagen
    Og retten "Udvidet udfordringsret" følger med
    Når et menneske har afgjort sagen efter indstillingen
    Så er "Tillid" i kraft
    Og ingen rettigheder følger med

  Scenarie: Tavshed giver ikke retten
    Givet der mangler tal for "karakter", fordi de er "ikke indberettet"
    Og der mangler tal for "læsning", fordi de er "ikke indberettet"
    Og den har stået på "Fri" i 4 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Tillid"
    Og forklaringen siger "det regnes som det dårligste niveau"

  Scenarie: Længe uden tal giver ikke retten
    Givet der mangler tal for "karakter", fordi de er "skjult af hensyn til personer"
    Og der mangler tal for "læsning", fordi de er "skjult af hensyn til personer"
    Og den har stået på "Fri" i 4 år
    Og den kunne heller ikke vurderes året før
    Når den indplaceres for 2024/25
    Så indstilles den til "Almindeligt tilsyn"
    Og grunden er "ikke vurderet, for længe uden tal"
    Og forklaringen siger "fordi frihed ikke kan hvile på tavshed"

