# language: da
Egenskab: Få centrale mål, og kun resultater
  Et velfærdsområde holdes op på en håndfuld mål, som borgeren kan mærke. Hvor meget der føres journal, måles eller
  holdes møder, er aldrig et mål. Regler, der vil noget andet, bliver afvist med besked, før nogen bliver indplaceret.

  Abstrakt Scenario: Hvert område har få mål, og alle er resultater
    Givet reglerne for <område>
    Når reglerne kontrolleres
    Så godkendes de
    Og området har højst 5 mål
    Og hvert mål læser kun tal for resultater
    Og hvert mål siger, hvad borgeren får ud af det

    Eksempler:
      | område     |
      | folkeskole |
      | plejehjem  |
      | dagtilbud  |
      | jobcenter  |
      | sygehus    |

  Abstrakt Scenario: En proces eller et vilkår kan ikke være et mål
    Givet reglerne for <område>
    Og ministeriet lader målet "<mål>" måle "<andet>"
    Når reglerne kontrolleres
    Så afvises de med beskeden "som ikke er et resultat"
    Og beskeden siger også "mål et resultat for borgeren"

    Eksempler: Hvordan institutionen arbejder
      | område     | mål           | andet                 |
      | folkeskole | fremmøde      | prøvefritagelser      |
      | plejehjem  | sikker færden | magtanvendelser       |
      | plejehjem  | egen dag      | antipsykotisk medicin |

    Eksempler: Hvad den ikke er herre over
      | område     | mål           | andet                 |
      | folkeskole | fremmøde      | skoleskift            |
      | plejehjem  | tryghed       | medarbejderskift      |

  Scenarie: Fem mål er nok; det sjette bliver afvist
    Givet reglerne for folkeskole
    Og ministeriet føjer et mål mere til de 5
    Når reglerne kontrolleres
    Så afvises de med beskeden "er mål nummer 6; et område har højst 5 mål"
    Og beskeden siger også "vælg de vigtigste"

  Scenarie: Et område med tre mål har plads til et fjerde
    Givet reglerne for dagtilbud
    Og ministeriet føjer et mål mere til de 3
    Når reglerne kontrolleres
    Så godkendes de

  Scenarie: Fire mål, der er blevet til 95 delmål, bliver set
    Givet reglerne for dagtilbud
    Og ministeriet føjer et mål mere til de 3
    Og kommunen sætter 15 delmål, hvoraf 12 tjener et af ministeriets
    Og 8 institutioner sætter hver 10 delmål, hvoraf 7 tjener et af kommunens
    Når delmålene tælles
    Så siges det, at "4 mål er blevet til 95 delmål."
    Og det siges, at "27 af de 95 delmål fører ikke til noget centralt mål."

  Scenarie: Få delmål, der alle tjener et centralt mål, er ikke vildnis
    Givet reglerne for dagtilbud
    Og kommunen sætter 3 delmål, hvoraf 3 tjener et af ministeriets
    Når delmålene tælles
    Så siges det, at "3 mål er blevet til 3 delmål."
    Og det siges, at "Alle delmål fører til et centralt mål."
