# language: da
Egenskab: Kulegravning: hvad tager tiden
  Hvert krav til proces, dokumentation og registrering står i et register: hvor det kommer fra, hvem det beskytter, hvad
  det koster i timer, og om det spørger om noget, der allerede er registreret.

  Abstrakt Scenario: Hvert krav er gjort op
    Givet reglerne for <område>
    Så har registret mindst <antal> krav
    Og hvert krav har en henvisning, en oprindelse og et skøn over timer med kilde

    Eksempler:
      | område     | antal |
      | folkeskole | 10    |
      | plejehjem  | 10    |
      | dagtilbud  | 5     |
      | jobcenter  | 5     |
      | sygehus    | 5     |

  Scenarie: Registret skelner lov fra vane
    Givet reglerne for folkeskole
    Så siger registret:
      | krav                                                     | oprindelse      | beskytter                   |
      | Partshøring og begrundelse, når skolen træffer afgørelse | tværgående lov  | retssikkerhed               |
      | Meddelelsesbog om elevens udbytte                        | sektorlov       | ingen                       |
      | Daglig registrering af elevernes fravær                  | bekendtgørelse  | kernekvalitet               |
      | Skriftlige årsplaner for hvert fag og hold               | kommunal regel  | ingen                       |
      | Referat af alle teammøder i fast skabelon                | lokal vane      | ingen                       |
      | Fortegnelse over behandling af personoplysninger         | tværgående lov  | personoplysninger           |

  Scenarie: Det, der bliver spurgt om to gange, kan ses
    Givet reglerne for folkeskole
    Så gentager kravet "Månedlig fraværsstatistik til forvaltningen i regneark" kravet "Daglig registrering af elevernes fravær"
    Og kravet "Skolens egen trivselsundersøgelse hvert halvår" gentager kravet "Gennemførelse af den nationale trivselsmåling"

  Abstrakt Scenario: Timerne følger institutionens størrelse
    Givet en almindelig skole
    Og den har <elever> elever
    Og tallet for "læsning" er 55,3, hvor 50,3 var forventet
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Tillid"
    Og der frigøres <timer> timer om året

    Eksempler:
      | elever | timer |
      | 240    | 132   |
      | 480    | 180   |
      | 960    | 276   |

  Scenarie: Timer, der ikke kan tælles, bliver nævnt og ikke talt som nul
    Givet en almindelig skole
    Og dens antal elever er ukendt
    Og tallet for "læsning" er 55,3, hvor 50,3 var forventet
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Tillid"
    Og forklaringen siger "1 kan ikke opgøres, fordi størrelsen mangler"

  Abstrakt Scenario: Et krav uden <hvad> bliver afvist
    Givet reglerne for folkeskole
    Og ministeriet sletter <hvad> for kravet "Meddelelsesbog om elevens udbytte"
    Når reglerne kontrolleres
    Så afvises de med beskeden "`<nøgle>` mangler"

    Eksempler:
      | hvad         | nøgle     |
      | henvisningen | reference |
      | oprindelsen  | origin    |
      | beskyttelsen | protects  |
      | timerne      | burden    |
