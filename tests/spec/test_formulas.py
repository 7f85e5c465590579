"""What a formula means, said of its table by hand, in every engine: the promises of `formulas.py` one by one."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tilsyn.engine.formulas import (
    CODE,
    FLAG,
    FLOAT,
    INT,
    SHORT,
    TEXT,
    Formula,
    col,
    joined,
    largest,
    lit,
    short,
    smallest,
    when,
)
from tilsyn.engine.query import Query, Sheet

from ..generative.engines import WITHOUT_SPARK

Answered = Callable[[Query, pl.DataFrame], pl.DataFrame]


def by_polars(query: Query, frame: pl.DataFrame) -> pl.DataFrame:
    from tilsyn.engine.in_polars import Ready

    return Ready(query)(figures=frame)


def by_polars_in_pieces(query: Query, frame: pl.DataFrame) -> pl.DataFrame:
    """A row at a time, but for what reads other rows."""
    from tilsyn.engine.in_polars import Ready

    alone = query.only(["institution", *(name for name, formula, _ in FORMULAS if not formula.around)])
    around = query.only([name for name, formula, _ in FORMULAS if formula.around])
    with pl.Config(streaming_chunk_size=1):
        return Ready(alone)(figures=frame).hstack(Ready(around)(figures=frame))


def by_duckdb(query: Query, frame: pl.DataFrame) -> pl.DataFrame:
    import duckdb

    from tilsyn.engine.in_duckdb import answered

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        frame.write_parquet(Path(folder) / "f.parquet")
        found = answered(query, connection, figures=connection.read_parquet(f"{folder}/f.parquet"))
        return pl.DataFrame(found.fetchall(), schema=list(query.columns), orient="row", infer_schema_length=None)


def by_spark(query: Query, frame: pl.DataFrame) -> pl.DataFrame:
    from tilsyn.engine.in_spark import answered
    from tilsyn.services.sweeping import spark_session

    with tempfile.TemporaryDirectory() as folder:
        frame.write_parquet(Path(folder) / "f.parquet")
        found = answered(query, 1, spark_session().read.parquet(f"{folder}/f.parquet")).collect()
        return pl.DataFrame(
            [tuple(row) for row in found], schema=list(query.columns), orient="row", infer_schema_length=None
        )


FIGURES = pl.DataFrame(
    {
        "institution": ["r0", "r1", "r2", "r3", "r4"],
        "x": [6.0, None, -2.5, 0.1, 2.0],
        "y": [10.0, 1.0, None, 0.2, 2.0],
        "n": [7, 8, None, 0, 9],
        "a": [True, False, None, True, False],
        "b": [None, None, None, False, True],
        "t": ["a", "A", "a ", None, "å"],
        "none": [None, None, None, None, None],
    },
    schema_overrides={"none": pl.Float64},
)
X, Y, N, A, B, T, NONE = map(col, ("x", "y", "n", "a", "b", "t", "none"))

FORMULAS: list[tuple[str, Formula, list[Any]]] = [
    ("division", X / Y, [0.6, None, None, 0.5, 1.0]),
    ("division by a literal", X / 10, [0.6, None, -0.25, 0.01, 0.2]),
    ("division by what is the same in every row", X / lit(10.0), [0.6, None, -0.25, 0.01, 0.2]),
    ("a whole number divided by a whole number", N / lit(2), [3.5, 4.0, None, 0.0, 4.5]),
    ("sums in the order they are written", (X + Y) + 0.3, [16.3, None, None, 0.1 + 0.2 + 0.3, 4.3]),
    ("and in the other", X + (Y + 0.3), [16.3, None, None, 0.1 + (0.2 + 0.3), 4.3]),
    ("decimal literals", X * 0 + 0.1 + 0.2, [0.1 + 0.2, None, 0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2]),
    ("a long literal", X * 0 + 0.1234567890123456, [0.1234567890123456, None, *[0.1234567890123456] * 3]),
    ("the largest literals", X * 0 + 1e308, [1e308, None, 1e308, 1e308, 1e308]),
    ("infinity", when(X.is_null()).then(lit(inf)).otherwise(lit(-inf)), [-inf, inf, -inf, -inf, -inf]),
    ("what is too large is infinite", (X.abs() + 1) * 1e308 * 10, [inf, None, inf, inf, inf]),
    ("and", A & B, [None, False, None, False, False]),
    ("or", A | B, [True, None, None, True, True]),
    ("not", ~B, [None, None, None, True, False]),
    ("a comparison with null", X < Y, [True, None, None, True, False]),
    ("equality with null", X == NONE, [None] * 5),
    ("difference from null", X != NONE, [None] * 5),
    ("among", T.is_in(["a", "å"]), [True, False, False, None, True]),
    ("among numbers", N.is_in([7, 0]), [True, False, None, True, False]),
    ("among none", T.is_in([]), [False, False, False, None, False]),
    ("texts", T == "a", [True, False, False, None, False]),
    ("a text with a quote", (T == "a'b") | A, [True, False, None, True, False]),
    ("a condition that is null is not met", when(B).then(lit(1.0)).otherwise(lit(2.0)), [2.0, 2.0, 2.0, 2.0, 1.0]),
    ("without a last value", when(A).then(X), [6.0, None, None, 0.1, None]),
    ("the largest passes over nulls", largest(X, Y, NONE), [10.0, 1.0, -2.5, 0.2, 2.0]),
    ("the smallest too", smallest(X, Y, NONE), [6.0, 1.0, -2.5, 0.1, 2.0]),
    ("the largest of none", largest(NONE, NONE), [None] * 5),
    ("a value for null", X.fill_null(Y), [6.0, 1.0, -2.5, 0.1, 2.0]),
    ("floor", X.floor(), [6.0, None, -3.0, 0.0, 2.0]),
    ("a word at the same place in every row", short(1).words(["a", "b"]), ["b"] * 5),
    ("no word at no place", lit(None, SHORT).words(["a", "b"]), [None] * 5),
    ("a word or another", when(A).then(short(1).words(["a", "b"])).otherwise(T), ["b", "A", "a ", "b", "å"]),
    ("words that are the same in every row", joined([lit("a"), lit("b")], "+"), ["a+b"] * 5),
    ("absolute", X.abs(), [6.0, None, 2.5, 0.1, 2.0]),
    ("negative", -X, [-6.0, None, 2.5, -0.1, -2.0]),
    ("power", X.fill_null(3.0).abs() ** 2.0, [36.0, 9.0, 6.25, 0.1**2, 4.0]),
    ("a flag as a number", A.cast(INT), [1, 0, None, 1, 0]),
    ("what fits in another kind", (N.fits(SHORT) + lit(1, SHORT)).fits(INT), [8, 9, None, 1, 10]),
    ("a flag fits", A.fits(CODE), [1, 0, None, 1, 0]),
    ("the whole part", (Y * 1.25).whole(INT), [12, 1, None, 0, 2]),
    ("the whole part of almost a whole", (Y + lit(0.7)).whole(SHORT), [10, 1, None, 0, 2]),
    ("a whole number as a fraction", N.cast(FLOAT) / 2, [3.5, 4.0, None, 0.0, 4.5]),
    ("nothing of a kind", lit(None, TEXT).fill_null(T), ["a", "A", "a ", None, "å"]),
    ("a flag that is not there", lit(None, FLAG) | A, [True, None, None, True, None]),
    ("words", (N.fill_null(8) - 7).fill_null(0).is_in([0]), [True, False, False, False, False]),
    ("words by place", when(N >= 7).then(N - 7).words(["syv", None, "ni"]), ["syv", None, None, None, "ni"]),
    ("joined", joined([T, lit("z")], "+"), ["a+z", "A+z", "a +z", "z", "å+z"]),
    ("joined of none", joined([NONE.cast(TEXT)], "+"), [""] * 5),
    ("rank", X.over("rank", ["none"]), [4, None, 1, 2, 3]),
    ("rank of equals", Y.over("rank", ["a"]), [2, 1, None, 1, 2]),
    ("rank from highest", X.over("rank from highest", ["none"]), [1, None, 4, 3, 2]),
    ("count within what is null too", X.over("count", ["b"]), [2, 2, 2, 1, 1]),
    ("a place less more than it", X.over("rank", ["none"]) - X.over("count", ["none"]), [0, None, -3, -2, -1]),
    ("sum", X.over("sum", ["a"]), [6.1, 2.0, -2.5, 6.1, 2.0]),
    ("mean", X.over("mean", ["a"]), [3.05, 2.0, -2.5, 3.05, 2.0]),
    ("median", Y.over("median", ["none"]), [1.5] * 5),
    ("smallest of none", NONE.over("min", ["a"]), [None] * 5),
    ("sum of those before", Y.fill_null(0.0).over("sum before", ["none"]), [3.2, 0.2, 0.0, 0.0, 1.2]),
    (
        "what is small before what is large",
        when(N == 9).then(lit(1e20)).otherwise(Y.fill_null(0.0)).over("sum before", ["a"]),
        [0.2, 0.0, 0.0, 0.0, 1.0],
    ),
]


@pytest.fixture(
    scope="module",
    params=[by_polars, by_polars_in_pieces, by_duckdb, pytest.param(by_spark, marks=WITHOUT_SPARK)],
    ids=["polars", "polars in pieces", "duckdb", "spark"],
)
def found(request: pytest.FixtureRequest) -> pl.DataFrame:
    sheet = Sheet.source("figures", FIGURES.columns)
    named = [formula.alias(name) for name, formula, _ in FORMULAS]
    query = sheet.with_columns(*named).query(["institution", *(name for name, _, _ in FORMULAS)])
    answered: Answered = request.param
    return answered(query, FIGURES).sort("institution")


@pytest.mark.parametrize(("name", "expected"), [(name, expected) for name, _, expected in FORMULAS])
def test_a_formula_means_the_same_in_every_engine(found: pl.DataFrame, name: str, expected: list[Any]) -> None:
    assert found[name].to_list() == expected


def test_duckdb_refuses_columns_that_it_would_take_for_each_other() -> None:
    query = Sheet.source("figures", ["institution", "x", "X"]).query()
    with pytest.raises(ValueError, match="letters are all that differs"):
        by_duckdb(query, pl.DataFrame({"institution": ["a"], "x": [1.0], "X": [2.0]}))
