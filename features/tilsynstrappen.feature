# language: da
Egenskab: Tilsynstrappen
  Hvor kvaliteten er sikret, bliver der trin for trin mindre tilsyn. Hvor den halter, bliver der trin for trin mere.
  Trappen har fem trin: Fri, Tillid, Almindeligt tilsyn, Støtte og Intensiv støtte. Et resultat er i point af 100, og en
  institution, der opfylder alle mål, har 75.

  Abstrakt Scenario: Grænserne, lige under, på og over
    Givet en almindelig skole
    Og tallet for "karakter" er <karakter>, hvor 7,20 var forventet
    Og tallet for "læsning" er <læsning>, hvor 50,3 var forventet
    Og tallet for "trivsel" er <trivsel>
    Og den har stået på "<før>" i 3 år
    Når den indplaceres for 2024/25
    Så er resultatet <point> point af 100
    Og den står på "<trin>"
    Og grunden er "<grund>"

    Eksempler: Op mod Tillid (80 point)
      | karakter | læsning | trivsel | før                | point | trin               | grund  |
      | 7,30     | 50,6    | 3,90    | Almindeligt tilsyn | 75    | Almindeligt tilsyn | bliver |
      | 7,30     | 50,6    | 4,20    | Almindeligt tilsyn | 78,75 | Almindeligt tilsyn | bliver |
      | 7,30     | 55,3    | 3,90    | Almindeligt tilsyn | 80    | Tillid             | går op |

    Eksempler: Op mod Fri (90 point)
      | karakter | læsning | trivsel | før    | point | trin   | grund  |
      | 8,20     | 50,6    | 4,20    | Tillid | 86,25 | Tillid | bliver |
      | 8,20     | 55,3    | 4,20    | Tillid | 91,25 | Fri    | går op |

  Scenarie: Præcis 90 point giver det frieste trin
    Givet en almindelig skole
    Og tallet for "karakter" er 8,20, hvor 7,20 var forventet
    Og tallet for "trivsel" er 4,20
    Og "højt fravær" gælder 24 af 480
    Og den har stået på "Tillid" i 2 år
    Når den indplaceres for 2024/25
    Så går den op til "Fri"
    Og resultatet er 90 point af 100
    Og grunden er "går op"

  Abstrakt Scenario: Grænsen for det strengeste trin er 45 point
    Givet en almindelig skole
    Og tallet for "karakter" er <karakter>, hvor 7,20 var forventet
    Og tallet for "læsning" er <læsning>, hvor 50,3 var forventet
    Og "overgang" gælder <videre> af 57
    Og den har stået på "Støtte" i 1 år
    Når den indplaceres for 2024/25
    Så er resultatet <point> point af 100
    Og den står på "<trin>"
    Og grunden er "<grund>"

    Eksempler:
      | karakter | læsning | videre | point | trin            | grund          |
      | 7,30     | 42,3    | 38     | 45    | Støtte          | bliver         |
      | 5,20     | 46,8    | 52     | 44,5  | Intensiv støtte | indstilles ned |

  Scenarie: Et enkelt kritisk mål fører til støtte og aldrig længere
    Givet en almindelig skole
    Og tallet for "karakter" er 5,20, hvor 7,20 var forventet
    Og den har stået på "Støtte" i 4 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Støtte"
    Og niveauet for "faglighed" er "Kritisk"
    Og forklaringen siger "et mål alene fører aldrig til det strengeste trin"

  Scenarie: En ny institution begynder på det almindelige trin
    Givet en almindelig skole
    Når den indplaceres for 2024/25
    Så står den på "Almindeligt tilsyn"
    Og forklaringen siger "Ny i tilsynet. Begynder på Almindeligt tilsyn"

  Scenarie: Øverst er der færre krav og besøg, og institutionen vises frem
    Givet reglerne for plejehjem
    Så bliver der færre krav og færre besøg for hvert trin fra "Almindeligt tilsyn" op til "Fri"
    Og på trinnet "Fri" følger retten "Vises frem som forbillede" med
    Og på trinnet "Fri" kommer tilsynet 1 gang på 4 år
    Og på trinnet "Tillid" kommer tilsynet 1 gang på 2 år
    Og på trinnet "Almindeligt tilsyn" kommer tilsynet 1 gang på 1 år

  Scenarie: Et hul i trappen bliver fundet, før nogen falder i det
    Givet reglerne for folkeskole
    Og det strengeste trins grænse sænkes fra 45 til 40 point, uden at en anden regel tager over
    Når reglerne kontrolleres
    Så afvises de med beskeden "ingen regel rammer en institution i `folkeskole`"
    Og beskeden siger også "tilføj en regel, eller udvid en"
