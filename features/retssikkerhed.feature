# language: da
Egenskab: Det, der beskytter, lempes aldrig
  Krav, der beskytter borgerens retssikkerhed, patientens sikkerhed, personoplysninger eller kernen i kvaliteten, gælder
  på alle trin. Det, som ikke kan begrundes sådan, kan falde bort.

  Abstrakt Scenario: Intet trin lemper noget, der beskytter
    Givet reglerne for <område>
    Så lemper intet trin et krav, der beskytter nogen
    Og på trinnet "Fri" bortfalder netop de krav, der ikke beskytter nogen
    Og mindst <antal> krav beskytter nogen

    Eksempler:
      | område     | antal |
      | folkeskole | 8     |
      | plejehjem  | 7     |
      | dagtilbud  | 2     |
      | jobcenter  | 2     |
      | sygehus    | 2     |

  Scenarie: Også den frieste skole underretter, hører og begrunder
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og tallet for "trivsel" er 4,20
    Og "højt fravær" gælder 24 af 480
    Og den har stået på "Fri" i 2 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Fri"
    Og kravet "Underretning, når et barn kan have brug for særlig støtte" gælder
    Og kravet "Partshøring og begrundelse, når skolen træffer afgørelse" gælder
    Og kravet "Fortegnelse over behandling af personoplysninger" gælder
    Og kravet "Daglig registrering af elevernes fravær" gælder
    Og forklaringen siger "beskytter nogen og lempes aldrig"

  Scenarie: En trappe, der lemper alt af en slags, bliver afvist
    Givet reglerne for folkeskole
    Og trinnet "Fri" lemper alle slags krav uden at undtage dem, der beskytter
    Når reglerne kontrolleres
    Så afvises de med beskeden "også `fraværsregistrering`, som beskytter nogen"
    Og beskeden siger også "tilføj `except: protected`"

  Abstrakt Scenario: En trappe, der lemper en beskyttelse ved navn, bliver afvist
    Givet reglerne for <område>
    Og trinnet "Fri" lemper kravet "<krav>"
    Når reglerne kontrolleres
    Så afvises de med beskeden "som beskytter nogen"
    Og beskeden siger også "det, der beskytter, lempes aldrig"

    Eksempler:
      | område     | krav                                                     |
      | folkeskole | Partshøring og begrundelse, når skolen træffer afgørelse |
      | plejehjem  | Kontrol og kvittering ved udlevering af medicin          |
      | plejehjem  | Fortegnelse over behandling af personoplysninger         |

  Scenarie: En alvorlig hændelse slår igennem, hvor gode resultaterne end er
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og tallet for "trivsel" er 4,20
    Og "højt fravær" gælder 24 af 480
    Og der er sket en alvorlig hændelse
    Og den har stået på "Fri" i 5 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Intensiv støtte"
    Og grunden er "bliver, alvorlig hændelse"
    Og forklaringen siger "Der er sket en alvorlig hændelse, som bringer borgerne i fare."
    Og i kraft er "Fri", indtil et menneske har afgjort sagen

  Scenarie: Et område kan ikke bruge trappen uden at kunne melde en alvorlig hændelse
    Givet reglerne for folkeskole
    Og ministeriet sletter indikatoren "alvorlig hændelse"
    Når reglerne kontrolleres
    Så afvises de med beskeden "kræver indikatoren `alvorlig_hændelse`"
