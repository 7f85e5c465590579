# language: da
Egenskab: Støtte, ikke papirarbejde
  Under det almindelige trin får en institution mere hjælp: først tilbudt, siden påbudt. Den skal aldrig måle eller
  dokumentere mere end alle andre.

  Abstrakt Scenario: Intet trin kræver mere papirarbejde end det almindelige
    Givet reglerne for <område>
    Så kræver intet trin mere end "Almindeligt tilsyn"

    Eksempler:
      | område     |
      | folkeskole |
      | plejehjem  |
      | dagtilbud  |
      | jobcenter  |
      | sygehus    |

  Scenarie: Halter et mål, tilbydes hjælpen med det samme
    Givet en almindelig skole
    Og tallet for "karakter" er 6,70, hvor 7,20 var forventet
    Og tallene var de samme de 4 foregående år
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Støtte"
    Og hjælpen "Dialogbesøg" tilbydes
    Og hjælpen "Faglig sparring" tilbydes
    Og hjælpen "Kort udviklingsplan" tilbydes
    Og der kommer ingen krav til
    Og forklaringen siger "Hjælp, der tilbydes"

  Scenarie: Hjælpen på støttetrinnet kan afslås
    Givet en almindelig skole
    Og tallet for "karakter" er 5,20, hvor 7,20 var forventet
    Og den har stået på "Støtte" i 2 år
    Når den indplaceres for 2024/25
    Så bliver den stående på "Støtte"
    Og hjælpen "Dialogbesøg" tilbydes
    Og ingen hjælp er påbudt
    Og tilsynet kommer 2 gange på 1 år
    Og der kommer ingen krav til

  Scenarie: På det strengeste trin er hjælpen påbudt, men stadig hjælp
    Givet en almindelig skole
    Og tallet for "karakter" er 5,20, hvor 7,20 var forventet
    Og tallet for "læsning" er 46,8, hvor 50,3 var forventet
    Og den har stået på "Støtte" i 1 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Intensiv støtte"
    Og ingen hjælp er påbudt
    Når et menneske har afgjort sagen efter indstillingen
    Så er hjælpen "Task force" påbudt
    Og hjælpen "Sparring til ledelsen" er påbudt
    Og tilsynet kommer 4 gange på 1 år
    Og der kommer ingen krav til

  Scenarie: Fra påbudt hjælp går vejen op, når resultaterne vender
    Givet et almindeligt plejehjem
    Og den har stået på "Intensiv støtte" i 1 år
    Når den indplaceres for 2024
    Så går den op til "Støtte"
