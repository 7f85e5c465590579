# language: da
Egenskab: Mennesker beslutter, og intet går tabt
  Maskinen indstiller, og et menneske beslutter og siger hvorfor. Det, der er sagt, bliver stående: Et tal, der rettes,
  bliver ikke skrevet over, og enhver dag kan man se, hvad man vidste dengang. Ingen bliver spurgt to gange om det samme.

  Baggrund:
    Givet en tom database for folkeskolen
    Og skolen "Ask" leverer tal for 2023/24, hvor "karakter" er 7,30
    Og skolen "Birk" leverer tal for 2023/24, hvor "karakter" er 5,00

  Scenarie: En indstilling til et strengere trin gælder først, når nogen har besluttet det
    Når skolerne indplaceres for 2023/24
    Så er "Birk" indstillet til "Støtte"
    Men for "Birk" gælder "Almindeligt tilsyn"
    Når "Eva Holm" for "Birk" beslutter "Støtte", fordi "besøget i maj viste det samme"
    Så gælder for "Birk" "Støtte"
    Og forklaringen af "Birk" nævner "Eva Holm" og "besøget i maj viste det samme"

  Scenarie: Et menneske kan beslutte noget andet, og næste år begynder dér
    Når skolerne indplaceres for 2023/24
    Og "Eva Holm" for "Birk" beslutter "Almindeligt tilsyn", fordi "halvdelen af klassen var syge til prøven"
    Så er "Birk" stadig indstillet til "Støtte" for 2023/24
    Men for "Birk" gælder "Almindeligt tilsyn"
    Når skolerne leverer de samme tal for 2024/25
    Og skolerne indplaceres for 2024/25
    Så kom "Birk" fra "Almindeligt tilsyn"

  Scenarie: Resultaterne holdes hvert år op mod det forventede, og det får en følge
    Når skolerne leverer de samme tal for 2024/25
    Og skolerne indplaceres for 2023/24 til 2024/25
    Så er "Ask" indstillet til "Almindeligt tilsyn"
    Og "Birk" er indstillet til "Støtte"
    Og den, der bør ringes til først, er "Birk"

  Scenarie: Et tal, der rettes, bliver ikke skrevet over
    Når skolerne indplaceres for 2023/24
    Og dagen efter bliver "karakter" for "Birk" rettet til 7,30
    Så er indplaceringen for 2023/24 forældet
    Når skolerne indplaceres igen for 2023/24
    Så flytter "Birk" fra "Støtte" til "Almindeligt tilsyn" på grund af "faglighed"
    Og "Ask" flytter ikke
    Men som det var kendt den første dag, er "Birk" indstillet til "Støtte"

  Scenarie: En beslutning bliver stående, selv om tallene rettes
    Når skolerne indplaceres for 2023/24
    Og "Eva Holm" for "Birk" beslutter "Støtte", fordi "besøget i maj viste det samme"
    Og dagen efter bliver "karakter" for "Birk" rettet til 7,30
    Og skolerne indplaceres igen for 2023/24
    Så er "Birk" indstillet til "Almindeligt tilsyn"
    Men for "Birk" gælder "Støtte"

  Scenarie: Ingen bliver spurgt to gange om det samme
    Når skolerne leverer de samme tal for 2023/24 igen
    Så er der intet nyt, og databasen er, som den var
    Når skolerne indplaceres for 2023/24
    Og skolerne indplaceres for 2023/24 igen uden nye tal
    Så er der kun én indplacering for 2023/24

  Scenarie: Den, der retter i databasen uden om programmet, bliver opdaget
    Når skolerne indplaceres for 2023/24
    Så står alt i databasen, som det blev skrevet
    Når nogen retter tallet for "Birk" uden om programmet
    Så bliver det opdaget, og det siges hvilket tal
