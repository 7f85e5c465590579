# language: da
Egenskab: Det faktiske holdt op mod det forventede, med konsekvens
  Hver periode holdes resultaterne op mod det forventede. Bliver de ved med at være dårligere, sker der noget: først
  hjælp, så påbudt hjælp. Et menneske afgør det, og den, der bør ringes til først, står øverst.

  Scenarie: Fem år under det forventede er ikke et tilfælde
    Givet en almindelig skole
    Og tallet for "karakter" er 6,70, hvor 7,20 var forventet
    Og tallene var de samme de 4 foregående år
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så indstilles den til "Støtte"
    Og grunden er "indstilles ned"
    Og forklaringen siger "Selv når tvivlen kommer institutionen til gode"
    Og forklaringen siger "samlet over 2020/21, 2021/22, 2022/23, 2023/24 og 2024/25, n = 300"

  Scenarie: Konsekvensen er en indstilling, som et menneske afgør
    Givet et almindeligt plejehjem
    Og der er 40 tilfælde af "indlæggelser", hvor 25 var forventet
    Og tallene var de samme de 4 foregående år
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024
    Så indstilles den til "Støtte"
    Og i kraft er "Almindeligt tilsyn", indtil et menneske har afgjort sagen
    Og forklaringen siger "Det er en indstilling, som et menneske skal afgøre efter høring."
    Når et menneske har afgjort sagen efter indstillingen
    Så er "Støtte" i kraft

  Scenarie: Svigter flere mål, og hjælper støtten ikke, bliver hjælpen påbudt
    Givet et almindeligt plejehjem
    Og der er 45 tilfælde af "indlæggelser"
    Og "vægttab" gælder 19 af 58
    Og der er 36 tilfælde af "faldskader"
    Og den har stået på "Støtte" i 1 år
    Når den indplaceres for 2024
    Så er resultatet 37 point af 100
    Og den indstilles til "Intensiv støtte"
    Og forklaringen siger "Mindst to mål er under eller kritiske, og resultaterne svigter klart samlet"

  Scenarie: Tilsynet kan se, hvem der bør ringes til først
    Givet disse skoler, der har stået på "Almindeligt tilsyn" i 3 år:
      | skole       | karakter | forventet | læsning | alvorlig hændelse |
      | Solskolen   | 7,30     | 7,20      | 50,6    | nej               |
      | Lyngskolen  | 5,20     | 7,20      | 50,6    | nej               |
      | Ravnskolen  | 5,20     | 7,20      | 42,3    | nej               |
      | Stærskolen  | 7,30     | 7,20      | 50,6    | ja                |
      | Møllebakken | 8,40     | 7,20      | 55,3    | nej               |
    Når de indplaceres for 2024/25
    Så bør tilsynet ringe til:
      | skole      | trin            | grund                                                |
      | Stærskolen | Intensiv støtte | bliver, alvorlig hændelse                            |
      | Ravnskolen | Støtte          | indstilles ned, et trin ad gangen                    |
      | Lyngskolen | Støtte          | indstilles ned                                       |
