"""The same question of the same rows is answered the same, to the last digit: whenever it is asked, on however many
cores, and in however many pieces the rows lie. Only then can a record be made again.

Left to itself Polars adds up the pieces of rows as they come: the mean of a hundred figures ended in one of two digits.
"""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from tilsyn.engine.formulas import col, when
from tilsyn.engine.in_polars import Ready
from tilsyn.engine.query import Query, Sheet

TIMES = 15
SIZES = (100, 20_000, 300_000)

SHEET = Sheet.source("figures", ["institution", "kind", "all", "x"])
MEAN, SUM, BEFORE = (col("x").over(what, ["kind"]) for what in ("mean", "sum", "sum before"))
OF_KIND = SHEET.group(["kind"], {"sum": ("sum", "x"), "mean": ("mean", "x")})
BESIDE = OF_KIND.select(col("kind").alias("own"), "mean")

QUESTIONS: dict[str, Query] = {
    "of those of the same kind": SHEET.with_columns(MEAN.alias("mean"), SUM.alias("sum")).query(),
    "of everybody": SHEET.with_columns(col("x").over("mean", ["all"]).alias("mean")).query(),
    "of those before": SHEET.with_columns(BEFORE.alias("before")).query(),
    "in some cases": SHEET.with_columns(when(col("x") > 1.0).then(MEAN).alias("mean")).query(),
    "that somebody must reach": SHEET.where(col("x") >= MEAN).query(),
    "kind by kind": OF_KIND.query(),
    "joined": SHEET.with_columns(MEAN.alias("own mean")).join(BESIDE, [("kind", "own")]).query(),
}


def figures(count: int) -> pl.DataFrame:
    """Figures of three kinds of institutions; every seventh is missing."""
    rng = np.random.default_rng(count)
    x = pl.Series(rng.random(count) * 1000.0).scatter([*range(0, count, 7)], None)
    names = [f"i{n:06d}" for n in range(count)]
    return pl.DataFrame({"institution": names, "kind": rng.integers(0, 3, count), "all": [1] * count, "x": x})


def digits(query: Query, table: pl.DataFrame) -> int:
    """What tells answers from each other, down to the last digit of each."""
    found = Ready(query)(figures=table)
    return int(found.sort(found.columns[0]).hash_rows(seed=0).implode().hash(seed=0).item())


@pytest.mark.parametrize("count", SIZES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_sum_of_many_is_the_same_each_time(question: str, count: int) -> None:
    table = figures(count)
    in_pieces = pl.concat([table[: count // 3], table[count // 3 :]], rechunk=False)
    assert in_pieces.n_chunks() == 2
    given = [table, in_pieces] * TIMES
    assert len({digits(QUESTIONS[question], one) for one in given}) == 1


def test_and_on_however_many_cores() -> None:
    script = f"from {__name__} import *; print([digits(q, figures(n)) for q in QUESTIONS.values() for n in SIZES])"
    told = {
        subprocess.run(
            [sys.executable, "-c", script], env={**os.environ, "POLARS_MAX_THREADS": str(cores)}, check=True,
            capture_output=True, text=True,
        ).stdout
        for cores in (1, 2, 5)
    }  # fmt: skip
    assert len(told) == 1
