# language: da
Egenskab: Reformen prøves, før den gælder
  Et ministerium, der vil ændre reglerne, kan først se på sine egne institutioner, hvem der ville flytte sig, begge veje,
  og hvad det ville betyde. Ingen flyttes af det: Databasen er bagefter, som den var.

  Baggrund:
    Givet en tom database for folkeskolen
    Og skolen "Ask" leverer tal for 2023/24, hvor "karakter" er 7,30
    Og skolen "Birk" leverer tal for 2023/24, hvor "karakter" er 5,00

  Scenarie: Et udkast, der er magen til reglerne, flytter ingen
    Givet et udkast for folkeskolen
    Når skolerne indplaceres for 2023/24
    Og udkastet prøves for 2023/24
    Så ville ingen stå et andet sted i 2023/24
    Og prøven har ikke rørt databasen

  Scenarie: Et mildere udkast flytter en skole til et friere trin
    Givet et udkast for folkeskolen
    Og udkastet lader et enkelt kritisk mål føre til "almindelig" og ikke "støtte"
    Når skolerne indplaceres for 2023/24
    Og udkastet prøves for 2023/24
    Så ville "Birk" i 2023/24 stå på "Almindeligt tilsyn" og ikke på "Støtte"
    Og ellers ville ingen stå et andet sted i 2023/24
    Og uden tal siger reglerne det samme: ingen med samme niveauer kommer på et strengere trin
    Og prøven har ikke rørt databasen

  Scenarie: Hukommelsen går med fra år til år
    Givet et udkast for folkeskolen
    Og trappen kræver 2 år i træk, før nogen indstilles ned
    Når skolerne leverer de samme tal for 2024/25
    Og udkastet prøves for 2023/24 til 2024/25
    Så ville "Birk" i 2023/24 stå på "Almindeligt tilsyn" og ikke på "Støtte"
    Men ingen ville stå et andet sted i 2024/25

  Scenarie: En regel, der først gælder senere, kan prøves på de tal, der er
    Givet et udkast for folkeskolen
    Og skolen "Gran" leverer tal for 2023/24, hvor "karakter" er 6,15, "læsning" er 55,30 og "overgang.count" er 57
    Når udkastet prøves for 2023/24
    Så ville ingen stå et andet sted i 2023/24
    Men det siges, at udkastet ændrer sig igen den 2026-08-01
    Når udkastet, som det er den 2026-08-01, prøves for 2023/24
    Så ville "Gran" i 2023/24 stå på "Støtte" og ikke på "Almindeligt tilsyn"
