# language: da
Egenskab: Tilfældet dømmer ingen
  Før en trappe tages i brug, kan ministeriet se, hvad tilfældet ville gøre under den. Den prøves på opdigtede
  institutioner, hvis sande kvalitet er kendt, i mange år. Så ses det, hvor mange der flytter uden grund, hvor mange der
  rammes med urette, og hvor længe det varer, før en svigtende bliver fundet.

  Abstrakt Scenario: Den, der ikke ændrer sig, bliver næsten altid stående
    Givet 1.000 opdigtede institutioner på området <område>, hvis kvalitet står stille
    Når trappen prøves på dem i 12 år
    Så flytter højst 5 % af dem om året
    Og ingen af de mindste når med urette det strengeste trin
    Og efter 4 år er mindst 90 % af dem, der svigter, fundet
    Og flere står på deres sande trin, end hvis tvivlen ikke talte med

    Eksempler:
      | område     |
      | folkeskole |
      | jobcenter  |

  Scenarie: Talte tvivlen ikke med, ville næsten halvdelen flytte hvert år uden grund
    Givet 1.000 opdigtede institutioner på området folkeskole, hvis kvalitet står stille
    Når trappen prøves på dem i 12 år
    Så ville mindst 40 % af dem flytte om året, hvis tvivlen ikke talte med
    Og mindst 5 % af de mindste ville med urette nå det strengeste trin

  Scenarie: Ministeriet kan vælge, hvor sikker man skal være
    Givet 1.000 opdigtede institutioner på området dagtilbud, hvis kvalitet står stille
    Når trappen prøves med disse krav til sikkerheden:
      | op   | ned  | perioder |
      | 0,30 | 0,50 | 5        |
      | 0,80 | 0,90 | 5        |
    Så flytter færre for hver linje
    Og for hver linje er færre af de fremragende nået op efter 10 år

  Scenarie: Bliver en institution dårligere, bliver det set
    Givet 1.000 opdigtede institutioner på området folkeskole, hvis kvalitet ændrer sig i et kendt år
    Når trappen prøves på dem i 8 år
    Så er flere af de nye svigtende fundet efter 5 år end efter 1 år
    Og efter 8 år er mindst 80 % af dem, der svigter, fundet
