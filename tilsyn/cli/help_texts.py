"""Help texts of the command line, Danish and English.

They stand in Python and not with the other texts, because `--help` must be instant and read no file.
"""

HELP: dict[str, tuple[str, str]] = {
    "usage": ("Brug:", "Usage:"),
    "options": ("Tilvalg", "Options"),
    "commands": ("Kommandoer", "Commands"),
    "pieces": ("[TILVALG] KOMMANDO [ARGUMENTER]...", "[OPTIONS] COMMAND [ARGS]..."),
    "required": ("skal med", "required"),
    "help-option": ("Vis denne hjælp.", "Show this help."),
    "version-option": ("Vis programmets version.", "Show the program's version."),
    "tilsyn": (
        "Mål, tilsynstrappe og udfordringsret: regler i YAML, indplacering og forklaring.\n\nBegynd med `tilsyn demo`.",
        "Goals, supervision ladder and challenge right: rules in YAML, placement and explanation.\n\n"
        "Begin with `tilsyn demo`.",
    ),
    "policy": (
        "Mappe med `goals/` og `rules/`. Uden: den mappe, du står i, hvis den har `goals/`, ellers de medfølgende.",
        "Folder with `goals/` and `rules/`. Without: the one you stand in if it has `goals/`, else the shipped ones.",
    ),
    "db": (
        "Databasen: en fil (SQLite) eller postgresql://… Uden: TILSYN_DB, ellers tilsyn.db, hvor du står.",
        "The database: a file (SQLite) or postgresql://… Without: TILSYN_DB, else tilsyn.db where you stand.",
    ),
    "as-of": (
        "Som det var kendt ved udgangen af denne dag (åååå-mm-dd).",
        "As it was known at the end of this day (yyyy-mm-dd).",
    ),
    "as-of-folder": (
        "`--as-of` spørger databasen; en mappe har kun det, der ligger i den.",
        "`--as-of` asks the database; a folder has only what lies in it.",
    ),
    "by": ("Hvem der gør det. Uden: TILSYN_BY, ellers brugeren.", "Who does it. Without: TILSYN_BY, else the user."),
    "data.import": (
        "Læg tal i databasen. De prøves først, og hvad der afvises, siges med grund.\n\n"
        "Eksempel: tilsyn data import folkeskole tal.xlsx --period 2024/25",
        "Put figures in the database. They are tried first, and what is refused is told with reasons.\n\n"
        "Example: tilsyn data import folkeskole figures.xlsx --period 2024/25",
    ),
    "import.period": (
        "Periode for rækker uden egen periode, f.eks. 2024/25.",
        "Period of rows that name none, e.g. 2024/25.",
    ),
    "run": (
        "Indplacér en periode ud fra databasen, og gem det i den.\n\nEksempel: tilsyn run folkeskole --period 2024/25",
        "Place a period from the database, and keep it there.\n\nExample: tilsyn run folkeskole --period 2024/25",
    ),
    "run.period": ("Perioden, f.eks. 2024/25.", "The period, e.g. 2024/25."),
    "run.through": (
        "Også de følgende perioder til og med denne, i rækkefølge.",
        "The following periods too, up to this one, in order.",
    ),
    "compare": (
        "Prøv andre regler på databasens egne institutioner: Hvem ville stå et andet sted, og hvad ville det betyde? "
        "Intet gemmes.\n\n"
        "Dagens regler er dem, perioden er indplaceret efter, eller dem i `--policy`. Begge sæt regler begynder, hvor "
        "institutionerne stod før den første periode, og gås igennem år for år.\n\n"
        "Eksempel: tilsyn compare folkeskole --with udkast --period 2023/24 --through 2025/26 --plot reform.svg",
        "Try other rules on the database's own institutions: who would stand elsewhere, and what would it mean? "
        "Nothing is kept.\n\n"
        "Today's rules are those that the period was placed by, or those in `--policy`. Both sets of rules begin where "
        "institutions stood before the first period, and are gone through year by year.\n\n"
        "Example: tilsyn compare folkeskole --with draft --period 2023/24 --through 2025/26 --plot reform.svg",
    ),
    "compare.with": ("Mappe med de andre regler.", "Folder with the other rules."),
    "compare.period": (
        "Perioden, f.eks. 2024/25. Kan gives flere gange.",
        "The period, e.g. 2024/25. May be given several times.",
    ),
    "compare.on": (
        "De andre regler, som de er på denne dag (åååå-mm-dd), f.eks. en kommende; ellers periodens første.",
        "The other rules as they are on this day (yyyy-mm-dd), e.g. one to come; else the period's first.",
    ),
    "compare.by": (
        "Oplysning at dele institutionerne op efter, f.eks. kommune; ellers den, der deler finest.",
        "Attribute to divide institutions by, e.g. municipality; else the one that divides the finest.",
    ),
    "compare.size": (
        "Oplysning om størrelse; ellers den, flest kravs timer tælles efter.",
        "Attribute of size; else the one by which the hours of most requirements are counted.",
    ),
    "replay": (
        "Regn kørsler igen fra det, de er lavet af, og se, om alt er det samme til sidste ciffer.\n\n"
        "Slutkode 6, når noget er et andet. Eksempel: tilsyn replay 12",
        "Make runs again from what they were made from, and see whether all is the same to the last digit.\n\n"
        "Exit code 6 where something differs. Example: tilsyn replay 12",
    ),
    "replay.all": ("Alle kørsler.", "Every run."),
    "replay.which": ("skriv et nummer, eller `--all`", "write a number, or `--all`"),
    "ledger": ("Protokollen over alt, der er skrevet.", "The ledger of everything that was written."),
    "ledger.verify": (
        "Se efter, om alt i databasen står, som det blev skrevet. Slutkode 6, når det ikke gør.",
        "See whether everything in the database stands as it was written. Exit code 6 where it does not.",
    ),
    "ledger.against": (
        "En indførelse, der er gemt et andet sted: filen fra `ledger head`, eller nummer og hash.",
        "An entry that was kept elsewhere: the file of `ledger head`, or number and hash.",
    ),
    "ledger.head": (
        "Vis den seneste indførelse. Gemt et andet sted viser den, om hele databasen siden er skrevet om.",
        "Show the last entry. Kept elsewhere it shows whether the whole database was written anew since.",
    ),
    "ledger.out": ("Skriv den også til en fil.", "Write it to a file too."),
    "db-group": ("Databasen selv.", "The database itself."),
    "db.upgrade": (
        "Lav tabellerne, eller bring dem ajour. En fil (SQLite) får dem af sig selv.",
        "Make the tables, or bring them up to date. A file (SQLite) gets them by itself.",
    ),
    "db.export": (
        "Skriv alt til en ny mappe: Parquet, og JSON der siger, hvad der står hvor.",
        "Write everything to a new folder: Parquet, and JSON that says what stands where.",
    ),
    "db.import": (
        "Læg en udskrevet database i en tom.",
        "Put an exported database in an empty one.",
    ),
    "decide": (
        "Gem, hvad et menneske har besluttet om en indstilling. Det gælder fra nu.\n\n"
        'Eksempel: tilsyn decide 101001 --step støtte --because "Besøg i maj" --by "Eva Holm"',
        "Keep what a person decided about a recommendation. It is in force from now.\n\n"
        'Example: tilsyn decide 101001 --step støtte --because "Visit in May" --by "Eva Holm"',
    ),
    "decide.step": ("Trinnet, der er besluttet.", "The step that is decided."),
    "decide.because": ("Begrundelsen.", "The reason."),
    "decide.by": ("Hvem der har besluttet det.", "Who decided it."),
    "lang": ("Sprog: da eller en.", "Language: da or en."),
    "format": ("Hvordan svaret vises.", "How the answer is shown."),
    "demo": (
        "Prøv det hele på opdigtede tal: ca. 4.000 institutioner, fem områder, seks perioder.",
        "Try everything on invented figures: about 4,000 institutions, five areas, six periods.",
    ),
    "demo.out": ("Mappe til resultaterne.", "Folder for the results."),
    "demo.seed": (
        "Tal, der bestemmer de opdigtede tal; samme tal giver det samme.",
        "Number that decides the invented figures; the same number gives the same.",
    ),
    "init": (
        "Lav en mappe med reglerne som eksempel, klar til at rette i.",
        "Make a folder with the declarations as an example, ready to change.",
    ),
    "check": (
        "Se efter, om reglerne er hele, entydige og lovlige. Alle fejl på en gang.",
        "See whether the declarations are complete, unambiguous and lawful. Every problem at once.",
    ),
    "simulate": (
        "Vis, hvad trappen gør ved opdigtede institutioner, hvis sande kvalitet er kendt.\n\n"
        "Er der en database (tilsyn.db eller --db), har de størrelser som institutionerne i den.\n\n"
        "Eksempel: tilsyn simulate folkeskole --confidence 0.6:0.7 --pool 5 --plot trappe.svg",
        "Show what the ladder does to invented institutions whose true quality is known.\n\n"
        "Where there is a database (tilsyn.db or --db), they have the sizes of the institutions in it.\n\n"
        "Example: tilsyn simulate folkeskole --confidence 0.6:0.7 --pool 5 --plot ladder.svg",
    ),
    "simulate.units": ("Hvor mange institutioner.", "How many institutions."),
    "simulate.years": ("Hvor mange år.", "How many years."),
    "simulate.seed": (
        "Tal, der bestemmer de opdigtede tal; samme tal giver det samme.",
        "Number that decides the invented figures; the same number gives the same.",
    ),
    "simulate.confidence": (
        "Sikkerhed op og ned, f.eks. 0.6:0.7. Kan gives flere gange; uden: et gitter af fire.",
        "Confidence up and down, e.g. 0.6:0.7. May be given several times; without: a grid of four.",
    ),
    "simulate.pool": (
        "Perioder, der regnes sammen. Kan gives flere gange; uden: 1, 3 og 5.",
        "Periods that are pooled. May be given several times; without: 1, 3 and 5.",
    ),
    "simulate.changes": (
        "Lad kvaliteten ændre sig i et kendt år, og se, hvor længe det varer, før det ses.",
        "Let quality change in a known year, and see how long it takes before it is seen.",
    ),
    "simulate.plot": ("Skriv også et billede (SVG).", "Write a picture too (SVG)."),
    "prove": (
        "Bevis, at trappen holder, hvad den skal (P1–P10), eller vis en institution, der bryder det.\n\n"
        "Slutkode 4, når noget ikke holder eller ikke kan afgøres.",
        "Prove that the ladder keeps what it must (P1–P10), or show an institution that breaks it.\n\n"
        "Exit code 4 where something fails or can't be decided.",
    ),
    "prove.on": (
        "Kun reglerne på denne dag (åååå-mm-dd); ellers alle, også kommende.",
        "Only the rules of this day (yyyy-mm-dd); else all of them, those to come too.",
    ),
    "prove.against": (
        "Sammenlign i stedet med de tidligere regler i denne mappe: Kommer nogen på et strengere trin?",
        "Compare instead with the earlier rules in this folder: does anyone come to a stricter step?",
    ),
    "prove.save": (
        "Fil (.yaml) til modeksemplerne som forfattereksempler.",
        "File (.yaml) for the counterexamples as authors' cases.",
    ),
    "test": ("Prøv forfatternes egne eksempler.", "Try the authors' own cases."),
    "test.area": ("Kun dette område.", "Only this area."),
    "place": (
        "Indplacer et områdes institutioner i en periode, eller giv dem et regimes resultater. "
        "Intet gemmes uden `--out`.\n\n"
        "Eksempel: tilsyn place folkeskole tal.csv --period 2025/26 --previous sidste.parquet --out nu.parquet",
        "Place an area's institutions in a period, or give them the results of a regime. "
        "Nothing is kept without `--out`.\n\n"
        "Example: tilsyn place folkeskole figures.csv --period 2025/26 --previous last.parquet --out now.parquet",
    ),
    "place.period": (
        "Perioden, f.eks. 2025/26, 2025, 2025Q3 eller 2025-09.",
        "The period, e.g. 2025/26, 2025, 2025Q3 or 2025-09.",
    ),
    "place.on": (
        "Bedøm efter reglerne på denne dag (åååå-mm-dd) i stedet for periodens første.",
        "Judge by the rules of this day (yyyy-mm-dd) instead of the period's first.",
    ),
    "place.previous": (
        "Hvor institutionerne stod før (fil fra en tidligere `place`); et regime har intet at stå på.",
        "Where institutions stood before (file from an earlier `place`); a regime has nothing to stand on.",
    ),
    "place.columns": (
        "Kolonnekort (YAML): hvad kolonnerne hedder i din fil.",
        "Column map (YAML): what the columns are called in your file.",
    ),
    "place.engine": (
        "Hvad der regner: polars (mange), exact (brøker, langsomt); duckdb eller spark læser kontrollerede tal i "
        "Parquet og skriver Parquet i en mappe.",
        "What computes: polars (many), exact (fractions, slow); duckdb or spark read checked figures in Parquet and "
        "write Parquet in a folder.",
    ),
    "place.parts": (
        "Læs Parquet og skriv Parquet i så mange dele, med polars eller spark; hver del holdes i hukommelsen for sig.",
        "Read Parquet and write Parquet in so many parts, with polars or spark; each is held in memory by itself.",
    ),
    "place.master": (
        "Adressen på en Spark-klynge, til `--engine spark`.",
        "The address of a Spark cluster, for `--engine spark`.",
    ),
    "place.out": (
        "Fil (.csv, .xlsx, .parquet, .json) eller mappe, som `show` og `explain --from` læser.",
        "File (.csv, .xlsx, .parquet, .json) or folder that `show` and `explain --from` read.",
    ),
    "place.quarantine": ("Fil til det, der blev afvist.", "File for what was refused."),
    "show": (
        "Vis, hvem der står hvor, og hvem der bør ringes til først; for et regime, hvordan resultaterne fordeler sig.",
        "Show who stands where, and whom to call first; for a regime how the results are spread.",
    ),
    "show.from": ("Mappe med resultater.", "Folder with results."),
    "show.period": ("Perioden; ellers den seneste.", "The period; else the latest."),
    "show.all": ("Vis alle institutioner.", "Show every institution."),
    "explain": (
        "Forklar en institutions trin: tal, regel, lov, følger, og hvad der ville ændre det; under et regime, "
        "hvordan resultaterne er blevet til.",
        "Explain an institution's step: figures, rule, law, consequences, and what would change it; under a regime "
        "how the results came about.",
    ),
    "explain.area": (
        "Området, hvis flere har en institution med det id.",
        "The area, if several have an institution with that id.",
    ),
    "explain.to": (
        "Vis også, hvad der mindst skal til for at komme til dette trin.",
        "Show also the least that it takes to come to this step.",
    ),
    "explain.out": ("Skriv til en fil i stedet for skærmen.", "Write to a file instead of the screen."),
    "sprawl": (
        "Tæl, hvor mange delmål få centrale mål er blevet til, og find dem, der ikke fører til noget centralt mål.\n\n"
        "Giv mapperne oppefra: ministeriets først, så kommunens, så institutionernes.\n\n"
        "Eksempel: tilsyn sprawl ministeriet kommunen skolerne",
        "Count how many sub-goals a few central goals have become, and find those that trace to no central goal.\n\n"
        "Name the folders from above: the ministry's first, then the municipality's, then the institutions'.\n\n"
        "Example: tilsyn sprawl ministry municipality schools",
    ),
    "data": ("Tal ind.", "Figures in."),
    "data.template": ("Lav et skema at udfylde (.csv eller .xlsx).", "Make a form to fill in (.csv or .xlsx)."),
    "template.out": ("Fil til skemaet.", "File for the form."),
    "template.all": ("Spørg også om det, registre allerede har.", "Ask also for what registers already have."),
    "template.period": (
        "Periode, der skrives på rækkerne (med `--previous`).",
        "Period that is written on the rows (with `--previous`).",
    ),
    "template.previous": (
        "Fil fra en tidligere `place`: en række til hver af dens institutioner.",
        "File from an earlier `place`: a row for each of its institutions.",
    ),
    "export": ("Regler ud i andres formater.", "Declarations out in others' formats."),
    "export.dmn": (
        "Et områdes regler som DMN 1.5: beslutningstabeller, som andre regelmotorer læser. Skrives på skærmen uden "
        "`--out`.\n\nTvivl, bevægelse og hukommelse er ikke med; det siger filen selv.",
        "An area's rules as DMN 1.5: decision tables that other rule engines read. Written to the screen without "
        "`--out`.\n\nDoubt, movement and memory are left out; the file says so itself.",
    ),
    "dmn.out": ("Fil til dokumentet.", "File for the document."),
    "dmn.on": (
        "Reglerne på denne dag (åååå-mm-dd) i stedet for de seneste.",
        "The rules of this day (yyyy-mm-dd) instead of the latest.",
    ),
    "export.schema": (
        "JSON Schema, så en editor kan hjælpe, mens du skriver regler.",
        "JSON Schema, so that an editor can help while you write declarations.",
    ),
}


def help_text(key: str, lang: str) -> str:
    return HELP[key][1 if lang == "en" else 0]
