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
    "test": ("Prøv forfatternes egne eksempler.", "Try the authors' own cases."),
    "test.area": ("Kun dette område.", "Only this area."),
    "place": (
        "Indplacer et områdes institutioner i en periode. Intet gemmes uden `--out`.\n\n"
        "Eksempel: tilsyn place folkeskole tal.csv --period 2025/26 --previous sidste.parquet --out nu.parquet",
        "Place an area's institutions in a period. Nothing is kept without `--out`.\n\n"
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
        "Hvor institutionerne stod før (fil fra en tidligere `place`).",
        "Where institutions stood before (file from an earlier `place`).",
    ),
    "place.columns": (
        "Kolonnekort (YAML): hvad kolonnerne hedder i din fil.",
        "Column map (YAML): what the columns are called in your file.",
    ),
    "place.engine": (
        "Hvad der regner: polars (mange) eller exact (brøker, langsomt).",
        "What computes: polars (many) or exact (fractions, slow).",
    ),
    "place.out": (
        "Fil (.csv, .xlsx, .parquet, .json) eller mappe, som `show` og `explain --from` læser.",
        "File (.csv, .xlsx, .parquet, .json) or folder that `show` and `explain --from` read.",
    ),
    "place.quarantine": ("Fil til det, der blev afvist.", "File for what was refused."),
    "show": (
        "Vis, hvem der står hvor, og hvem der bør ringes til først.",
        "Show who stands where, and whom to call first.",
    ),
    "show.from": ("Mappe med resultater.", "Folder with results."),
    "show.period": ("Perioden; ellers den seneste.", "The period; else the latest."),
    "show.all": ("Vis alle institutioner.", "Show every institution."),
    "explain": (
        "Forklar en institutions trin: tal, regel, lov, følger, og hvad der ville ændre det.",
        "Explain an institution's step: figures, rule, law, consequences, and what would change it.",
    ),
    "explain.area": (
        "Området, hvis flere har en institution med det id.",
        "The area, if several have an institution with that id.",
    ),
    "explain.out": ("Skriv til en fil i stedet for skærmen.", "Write to a file instead of the screen."),
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
    "export.schema": (
        "JSON Schema, så en editor kan hjælpe, mens du skriver regler.",
        "JSON Schema, so that an editor can help while you write declarations.",
    ),
}


def help_text(key: str, lang: str) -> str:
    return HELP[key][1 if lang == "en" else 0]
