"""The quarantine: what was refused, where it stands and why, for whoever can mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from tilsyn.files.export import write_table
from tilsyn.files.figures import Refusal


def quarantine_table(refused: Sequence[Refusal], tell: Callable[[Refusal], str]) -> pl.DataFrame:
    """File, row, column, value and reason of everything refused; `tell` gives the reason's words."""
    return pl.DataFrame(
        {
            "file": [refusal.file for refusal in refused],
            "row": [refusal.row or None for refusal in refused],
            "column": [refusal.column for refusal in refused],
            "value": [refusal.value for refusal in refused],
            "reason": [tell(refusal) for refusal in refused],
        },
        schema={"file": pl.String, "row": pl.Int64, "column": pl.String, "value": pl.String, "reason": pl.String},
    )


def write_quarantine(path: Path, refused: Sequence[Refusal], tell: Callable[[Refusal], str]) -> None:
    """Writes the quarantine. Raises SurroundingsError."""
    write_table(quarantine_table(refused, tell), path)
