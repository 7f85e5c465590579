"""Placing from Parquet to Parquet: what is asked wrongly is told, names are names, and what came out is summed up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Answer, Tilsyn
from tilsyn.problems import Exit

LAST = "2025/26"
ENGINES = [("--parts", "2"), ("--engine", "duckdb")]

Place = Callable[..., Answer]


@pytest.fixture
def place(tilsyn: Tilsyn, policy: Path) -> Place:
    """Places the schools in the last period, in the folder `ud`."""
    return lambda *args: tilsyn(
        "--policy",
        policy,
        "place",
        "folkeskole",
        *args,
        "--period",
        LAST,
        *([] if "--out" in args else ["--out", "ud"]),
    )


@pytest.fixture
def figures(results: Path) -> Path:
    return results / "folkeskole/2025-26/figures.parquet"


@pytest.fixture
def before(results: Path) -> Path:
    return results / "folkeskole/2024-25/placements.parquet"


def written() -> pl.DataFrame:
    return pl.read_parquet("ud/area=folkeskole/period=2025-26/*.parquet").sort("institution")


# what is asked for


def test_a_value_that_is_no_choice_is_repeated_beside_those_that_are(place: Place, figures: Path) -> None:
    answer = place(figures, "--engine", "hest")
    assert answer.code == Exit.WRONG_USE
    assert answer.err == (
        "`hest` er ikke en af de værdier, som `--engine` kan have; vælg en af `polars`, `exact`, `duckdb`, `spark`\n"
    )
    assert "`hest` is not one of the values that `--engine` can have" in place("--engine=hest", "--lang", "en", 1).err


# files


# the summary


# without an engine
