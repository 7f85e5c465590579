# language: da
Egenskab: Ingen vinder ved tavshed
  Ingen når et mål ved at lade de svageste i stikken og så gemme tallene for dem. Før reglerne tages i brug, prøves de for
  alt, man kan vide om en institution. Er der en, der slipper friere ved at tie, bliver den vist.

  Abstrakt Scenario: I alle områder betaler tavshed sig aldrig, og et bedre resultat koster aldrig
    Givet reglerne for <område>
    Når trappen prøves
    Så holder den, at "Tavshed betaler sig aldrig"
    Og den holder, at "Retfærdig"
    Og den holder, at "Intet tal alene"
    Og alle dens løfter holder

    Eksempler:
      | område     |
      | folkeskole |
      | dagtilbud  |
      | plejehjem  |
      | jobcenter  |
      | sygehus    |

  Scenarie: Var det tvivl at tie, kunne en skole gemme tallene for en gruppe, der svigtes
    Givet reglerne for folkeskole
    Og ministeriet lader tal, der ikke er indberettet, være i tvivl i stedet for dårligst
    Når trappen prøves
    Så holder den ikke, at "Tavshed betaler sig aldrig"
    Og modeksemplet siger "En institution, der står på Tillid, med Målet er opfyldt i alle mål, indstilles til Almindeligt tilsyn"
    Og modeksemplet siger "Holder den en gruppes tal i Fagligt niveau i forhold til elevgrundlaget (ikke indberettet) tilbage, bliver den stående på Tillid"

  Scenarie: Skulle hjælpen afsones, kunne et plejehjem begynde tidligere ved at tie
    Givet reglerne for plejehjem
    Og ministeriet lader ingen gå op fra "Intensiv støtte" før efter 2 år
    Når trappen prøves
    Så holder den ikke, at "Tavshed betaler sig aldrig"
    Og modeksemplet siger "To institutioner er ens i alt, bortset fra at den ene holder"
    Og modeksemplet viser 3 perioder, og i den sidste står den, der tier, på "Støtte" og den anden på "Intensiv støtte"

  Scenarie: En trappe, hvor det koster at blive bedre, bliver fundet
    Givet reglerne for dagtilbud
    Og ministeriet bytter om på trinnene for mindst 90 og mindst 80 point
    Når trappen prøves
    Så holder den ikke, at "Retfærdig"
    Og modeksemplet siger "Med et bedre resultat i"

  Scenarie: Modeksemplet kan gemmes og prøves igen, når reglerne er rettet
    Givet reglerne for folkeskole
    Og ministeriet lader tal, der ikke er indberettet, være i tvivl i stedet for dårligst
    Når modeksemplerne gemmes
    Så er der 2 eksempler, som reglerne opfylder i dag
    Og de opfyldes ikke af de medfølgende regler

  Scenarie: Nye regler holdes mod de gamle, uden at nogen institution er med
    Givet reglerne for folkeskole
    Og ministeriet hæver grænsen for det strengeste trin fra 45 til 50 point
    Når reglerne sammenlignes med de medfølgende
    Så kommer nogen med samme niveauer fra "Støtte" til "Intensiv støtte"
    Og ingen kommer på et friere trin

  Abstrakt Scenario: Et dårligt år kan ikke ties væk, når flere år lægges sammen
    Givet en almindelig skole
    Og disse tal for "karakter", hvor 7,20 var forventet hvert år:
      | år      | tal  |
      | 2020/21 | 7,30 |
      | 2021/22 | <år> |
      | 2022/23 | 7,30 |
      | 2023/24 | 7,30 |
      | 2024/25 | 7,30 |
    Når den indplaceres år for år
    Så er forløbet:
      | år      | trin               | grund          |
      | 2020/21 | Almindeligt tilsyn | bliver         |
      | 2021/22 | Støtte             | <grund>        |
      | 2022/23 | Støtte             | bliver         |
      | 2023/24 | Støtte             | bliver         |
      | 2024/25 | Støtte             | bliver         |

    Eksempler: Fortalt eller holdt tilbage
      | år               | grund          |
      | 4,00             | indstilles ned |
      | ikke indberettet | indstilles ned |

  Scenarie: Kommer tallet for sent, regnes der om
    Givet en almindelig skole
    Og disse tal for "karakter", hvor 7,20 var forventet hvert år:
      | år      | tal              |
      | 2023/24 | ikke indberettet |
      | 2024/25 | 7,30             |
    Når den indplaceres for 2024/25
    Så siger forklaringen "tallet for 2023/24 mangler (ikke indberettet)"
    Og forklaringen siger "Indberettes det, regnes der om"
