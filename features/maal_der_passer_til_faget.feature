# language: da
Egenskab: Mål, der passer til faget
  Hvert område siger med sine egne ord, hvad kvalitet er. Ved siden af målet står, hvem der er hørt og hvad de sagde,
  hvad målet forudsætter af folk og tid, og hvilke bivirkninger det kan få.

  Abstrakt Scenario: Faget er hørt, og forudsætninger og bivirkninger står ved hvert mål
    Givet reglerne for <område>
    Så er mindst <antal> grupper hørt, hver med navn, dato og svar, før reglerne trådte i kraft
    Og hvert mål siger, hvilke ressourcer det forudsætter
    Og hvert mål nævner mindst én bivirkning og det tal, der holdes øje med
    Og hvert mål har en henvisning

    Eksempler:
      | område     | antal |
      | folkeskole | 3     |
      | plejehjem  | 3     |
      | dagtilbud  | 2     |
      | jobcenter  | 2     |
      | sygehus    | 2     |

  Scenarie: Områderne deler trappe, men ikke mål
    Givet reglerne for folkeskole
    Og reglerne for plejehjem
    Så har de samme tilsynstrappe
    Men ingen af målene er de samme

  Scenarie: Bivirkninger står i forklaringen til den enkelte institution
    Givet en almindelig skole
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så siger forklaringen "Svage elever fritages fra prøver"
    Og forklaringen siger "Det ændrer ikke trinnet."

  Scenarie: En bivirkning skal have et tal, der findes
    Givet reglerne for folkeskole
    Og ministeriet vil holde øje med "lektiehjælp" i stedet for "prøvefritagelser"
    Når reglerne kontrolleres
    Så afvises de med beskeden "ukendt indikator `lektiehjælp`"

  Scenarie: Et mål, der ikke vedrører institutionen, tæller hverken for eller imod
    Givet en almindelig skole
    Og den har ikke 9. klasse
    Og tallet for "læsning" er 55,3, hvor 50,3 var forventet
    Og den har stået på "Almindeligt tilsyn" i 3 år
    Når den indplaceres for 2024/25
    Så går den op til "Tillid"
    Og målet "faglighed" har intet tal, fordi det er "ikke relevant her"
    Og målet "videre i uddannelse" har intet tal, fordi det er "ikke relevant her"
    Og forklaringen siger "målet tæller hverken med eller imod"
