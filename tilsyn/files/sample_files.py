"""A drawn sample as the files that a ministry would deliver: CSV in the form a Danish Excel saves.

One file per area and period, and one beside it where figures were delivered again. Semicolons, a
decimal comma, a byte order mark and `ja`/`nej`; `observations.py` reads them back as they were
drawn. It stands apart from `export.py`, whose CSV is for programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from tilsyn.files.export import guarded, put
from tilsyn.problems import not_written
from tilsyn.studies.sample import Drawn

CORRECTIONS = "-rettelser"
"""What is added to the name of a file with corrected rows."""


def write_sample(folder: Path, area: str, drawn: Sequence[Drawn]) -> list[Path]:
    """Writes an area's periods into a folder; the paths in the order of delivery. Raises SurroundingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise not_written(folder, fault) from None
    paths: list[Path] = []
    for one in drawn:
        name = f"{area}-{one.period.label.replace('/', '-')}"
        paths.append(_write(folder / f"{name}.csv", one.figures))
        if one.correction.height:
            paths.append(_write(folder / f"{name}{CORRECTIONS}.csv", one.correction))
    return paths


def _write(path: Path, frame: pl.DataFrame) -> Path:
    flags = pl.col(pl.Boolean).replace_strict({True: "ja", False: "nej"}, return_dtype=pl.String)
    said = guarded(frame.with_columns(flags))
    put(path, lambda target: said.write_csv(
        target, separator=";", decimal_comma=True, include_bom=True, line_terminator="\r\n"
    ))  # fmt: skip
    return path
