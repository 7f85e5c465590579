"""What a formula comes to where something is known of the rows, by hand; and when tables lie side by side."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nextafter
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tilsyn.engine.formulas import CODE, FLOAT, INT, SHORT, TEXT, Formula, col, largest, lit, short, smallest, when
from tilsyn.engine.in_polars import LARGE, Ready, answered, looked_at
from tilsyn.engine.known import Known, nothing_but_nulls
from tilsyn.engine.narrowing import Facts, Narrowing, Seen, narrowed
from tilsyn.engine.query import Join, Pick, Query, Sheet, Source, Where, With, in_order

X, Y, HALF, SIGNED, WORST, GONE = (col(name) for name in ("x", "y", "half", "signed", "worst", "gone"))

JUST_ABOVE = nextafter(3.0, inf)

KNOWN = {
    "x": Known(FLOAT, 1.0, 3.0, nulls=False),
    "y": Known(FLOAT, 3.0, 5.0, nulls=True),
    "half": Known(FLOAT, 0.0, 9.0, nulls=False),
    "signed": Known(FLOAT, -1.0, 1.0, nulls=False),
    "zero": Known(FLOAT, 0.0, 0.0, nulls=False),
    "nan": Known(FLOAT, nulls=False),
    "missing": Known(CODE, 0, 0, nulls=False),
    "worst": Known(SHORT, 0, 3, nulls=False),
    "gone": nothing_but_nulls(FLOAT),
    "word": Known(TEXT, nulls=False),
}

CASES: dict[str, tuple[Formula, Formula]] = {
    "on the bound is not above it": (X > 3.0, lit(False)),
    "on the bound it may be": (X >= 3.0, X >= 3.0),
    "just under the bound it always is": (X < JUST_ABOVE, lit(True)),
    "what may be null is not always so": (Y >= 3.0, Y >= 3.0),
    "what may be no number is not either": (col("nan") < inf, col("nan") < inf),
    "nor what is no number known of": (col("word") == "a", col("word") == "a"),
    "what is the same in every row is its value": (col("missing") > lit(0, CODE), lit(False)),
    "of what is never met nothing is left": (
        when(X > 3.0).then(X).when(X < 2.0).then(HALF).otherwise(Y), when(X < 2.0).then(HALF).otherwise(Y)
    ),
    "of what is always met it is all": (when(X <= 3.0).then(X).otherwise(Y), X),
    "what is null everywhere is met nowhere": (when(GONE > 1.0).then(X).otherwise(Y), Y),
    "what is always there is not filled in": (X.fill_null(0.0), X),
    "though it becomes of the larger kind": (WORST.fill_null(lit(0, INT)), WORST.fits(INT)),
    "what never is, is": (GONE.fill_null(0.0), lit(0.0)),
    "one is not multiplied with": (X * 1.0, X),
    "of floating point, zero is not left out of a sum": (X + 0.0, X + 0.0),
    "of whole numbers it is": (WORST + short(0), WORST),
    "a larger kind is kept": (WORST + lit(0, INT), WORST + lit(0, INT)),
    "what is always smaller is not the largest": (largest(X, HALF - 9.0 + 1.0, lit(0.5)), X),
    "what may be null may be passed over": (largest(X, Y), largest(X, Y)),
    "a difference is never the larger": (smallest(X - HALF, X, X + HALF), X - HALF),
    "unless it may be null, and is passed over": (smallest(X - Y, X, X + Y), smallest(X - Y, X)),
    "where it may be of either sign, it is compared": (
        smallest(X - SIGNED, X, X + SIGNED), smallest(X - SIGNED, X, X + SIGNED)
    ),
    "what is less than a negative number is no share of it": ((-HALF - 4.0) / -X > 1.0, lit(True)),
    "of zeros there are two": (col("zero"), col("zero")),
    "what is never met may say of what kind the rest is": (
        when(X > 3.0).then(X).when(Y > 4.0).then(WORST).otherwise(lit(0, INT)),
        Formula("case", (lit(False), X, Y > 4.0, WORST, lit(0, INT))),
    ),
    "nothing but nulls is passed over": (largest(GONE, X), X),
    "what is known to fit need not be looked at": (WORST.cast(CODE), WORST.fits(CODE)),
    "what may not fit is": ((WORST * short(50)).cast(CODE), (WORST * short(50)).cast(CODE)),
    "a cast takes the whole part": (HALF.floor().cast(INT), HALF.whole(INT)),
    "and of that less a whole number": ((HALF.floor() - 1.0).cast(INT), HALF.whole(INT) - lit(1, INT)),
    "less another still": ((HALF.floor() - 1.0).cast(INT) - lit(1, INT), HALF.whole(INT) - lit(2, INT)),
    "not of that less a half": ((HALF.floor() - 0.5).cast(INT), (HALF.floor() - 0.5).cast(INT)),
    "nor below zero": (SIGNED.floor().cast(INT), SIGNED.floor().cast(INT)),
}  # fmt: skip


TURNS: dict[str, tuple[dict[str, pl.Series], Formula, list[Any]]] = {
    "whole numbers are held against floating point as that": (
        {"i": pl.Series([2**53 + 1] * 2), "x": pl.Series([2.0**53] * 2)}, col("i") > col("x"), [False, False]
    ),
    "and are the same": (
        {"i": pl.Series([2**53 + 1] * 2), "x": pl.Series([2.0**53] * 2)}, col("i") == col("x"), [True, True]
    ),
    "beyond what floating point tells apart nothing is reckoned in whole numbers": (
        {"x": pl.Series([2.0**60, 2.0**61])}, (col("x").floor() - 1.0).cast(INT), [2**60, 2**61]
    ),
    "whole numbers go round where they end": (
        {"s": pl.Series([-(2**31), 0], dtype=pl.Int32)}, largest(col("s") - short(1), col("s")), [2**31 - 1, 0]
    ),
    "what is taken away twice may be too much for once": (
        {"c": pl.Series([100, 0], dtype=pl.Int8)}, col("c") - lit(100, CODE) - lit(100, CODE), [-100, 56]
    ),
    "or nothing that is known": (
        {"s": pl.Series([2, 3], dtype=pl.Int32)}, (col("s") - short(2)) - lit(None, SHORT), [None, None]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TURNS)
def test_where_numbers_end_the_answer_is_the_same(case: str) -> None:
    given, formula, expected = TURNS[case]
    table = pl.DataFrame({"institution": ["a", "b"], "all": ["all", "all"], **given})
    query = Sheet.source("figures", table.columns).with_columns(formula.alias("found")).query(["institution", "found"])
    assert Ready(query)(figures=table)["found"].to_list() == expected
    facts, handed = looked_at(query, figures=table)
    assert Ready(narrowed(query, facts))(**handed)["found"].to_list() == expected


def test_what_was_found_over_all_periods_is_not_of_one() -> None:
    table = pl.DataFrame(
        {"institution": ["a", "b", "a", "b"], "period": [1, 1, 2, 2], "x": [1.0, 2.0, 3.0, 4.0], "all": ["all"] * 4}
    )
    sheet = Sheet.source("figures", table.columns).with_columns(X.over("sum", ["all"]).alias("found"))
    query = sheet.where(col("period") == 1).query(["institution", "found"])
    facts, handed = looked_at(query, figures=table)
    assert facts.parts
    assert Ready(narrowed(query, facts))(**handed)["found"].to_list() == [10.0, 10.0]


def ops(query: Query) -> set[str]:
    """What is done in a query."""
    tables = [one for one in in_order(query.table) if isinstance(one, (With, Pick))]
    found, waiting = set[str](), [formula for one in tables for formula in one.columns.values()]
    while waiting:
        formula = waiting.pop()
        found.add(formula.op)
        waiting += formula.of
    return found


SHARES: dict[str, tuple[float, float, float, bool]] = {
    "of one at most": (1.0, 0.0, 5.0, True),
    "of just above one": (nextafter(1.0, inf), 0.0, 5.0, False),
    "of none in both": (1.0, 0.0, 0.0, False),
    "of less than none in one": (1.0, -1.0, 5.0, False),
}
"""The largest share, of what it is in either period, and whether it is known that both are no more than one."""


@pytest.mark.parametrize("case", SHARES)
def test_a_share_of_several_periods_is_no_more_than_one(case: str) -> None:
    x, then, now, is_share = SHARES[case]
    table = pl.DataFrame(
        {"institution": ["a", "b"] * 2, "period": [1, 1, 2, 2], "x": [0.1, 0.2, x, 0.7], "n": [then, 9.0, now, 7.0]}
    )
    sheet = Sheet.source("figures", table.columns).with_columns((col("n") * X).alias("of"))
    before = sheet.where(col("period") == 1).select("institution", col("of").alias("of 1"), col("n").alias("n 1"))
    joined = sheet.where(col("period") == 2).join(before, [("institution", "institution")])
    share = joined.with_columns(((col("of") + col("of 1")) / (col("n") + col("n 1"))).alias("share"))
    query = share.with_columns((col("share") > 1.0).alias("found")).query(["institution", "found"])
    facts, handed = looked_at(query, figures=table)
    narrow = narrowed(query, facts)
    assert (ops(narrow) & {"/", ">"} == set()) is is_share
    assert Ready(narrow)(**handed)["found"].to_list() == Ready(query)(figures=table)["found"].to_list()


LEVELS = {"word": ["low", "high"], "points": np.array([10, 70], np.int32)}


@pytest.mark.parametrize("chunk", [1, 1000])
@pytest.mark.parametrize("beside", [X, X.over("sum", ["institution"])], ids=["alone", "beside a sum"])
def test_what_is_looked_up_at_the_same_place_in_every_row_is_there_in_every_row(beside: Formula, chunk: int) -> None:
    """Of values alone Polars makes one row, and it has two ways of going through rows."""
    table = pl.DataFrame({"institution": ["a", "b", "c"], "x": [3.0, 3.0, 3.0]})
    level = when(X > 2.0).then(short(1)).otherwise(short(0))
    sheet = Sheet.source("figures", table.columns).with_columns(level.alias("level")).look_up(col("level"), LEVELS)
    sheet = sheet.with_columns(col("level").words(["no", "yes"]).alias("told"), beside.alias("beside"))
    query = sheet.query(["institution", "word", "points", "told", "beside"])
    facts, handed = looked_at(query, figures=table)
    with pl.Config(streaming_chunk_size=chunk):
        found = Ready(narrowed(query, facts))(**handed)
    assert found.rows() == [(name, "high", 70, "yes", 3.0) for name in ("a", "b", "c")]


def test_nor_is_it_the_same_where_no_row_agrees() -> None:
    """What is the same in every row of one table is null in another's that it is joined to, and so is its word."""
    table = pl.DataFrame({"institution": ["a", "b", "c"], "x": [3.0, 1.0, 3.0]})
    sheet = Sheet.source("figures", table.columns)
    high = sheet.where(X > 2.0).select("institution", short(1).alias("level"))
    query = sheet.join(high, [("institution", "institution")]).look_up(col("level"), LEVELS).query()
    found = Ready(query)(figures=table).sort("institution")
    assert found["word"].to_list() == ["high", None, "high"]


def test_what_is_the_same_in_every_row_of_one_period_need_not_be_in_another() -> None:
    """Both are made of the same columns, of rows that differ."""
    table = pl.DataFrame({"institution": ["a", "b"] * 2, "period": [1, 1, 2, 2], "x": [3.0, 3.0, 1.0, 3.0]})
    level = when(X > 2.0).then(short(1)).otherwise(short(0))
    sheet = Sheet.source("figures", table.columns).look_up(level, LEVELS)
    before = sheet.where(col("period") == 1).select("institution", col("word").alias("before"))
    query = sheet.where(col("period") == 2).join(before, [("institution", "institution")])
    query = query.query(["institution", "before", "word"])
    facts, handed = looked_at(query, figures=table)
    found = Ready(narrowed(query, facts))(**handed)
    assert found.rows() == [("a", "high", "low"), ("b", "high", "high")]


def test_there_are_as_many_rows_where_no_column_is_asked_for() -> None:
    table = pl.DataFrame({"institution": ["a", "b", "c"], "x": [1.0, 2.0, 3.0]})
    query = Sheet.source("figures", table.columns).with_columns((X > 5.0).alias("found")).query(["found"])
    facts, handed = looked_at(query, figures=table)
    assert Ready(narrowed(query, facts))(**handed)["found"].to_list() == [False] * 3


def test_a_table_may_be_named_twice() -> None:
    table = pl.DataFrame({"institution": ["a", "b"], "x": [1.0, 2.0]})
    other = Sheet.source("figures", table.columns).with_columns((X * 2.0).alias("twice"))
    sheet = Sheet.source("figures", table.columns)
    beside = sheet.join(other.select("institution", "twice"), [("institution", "institution")])
    query = beside.with_columns((X + col("twice")).alias("found")).query(["institution", "found"])
    facts, handed = looked_at(query, figures=table)
    assert Ready(narrowed(query, facts))(**handed)["found"].to_list() == [3.0, 6.0]


@pytest.mark.parametrize("case", CASES)
def test_a_formula_is_left_as_far_as_it_depends_on_the_row(case: str) -> None:
    formula, expected = CASES[case]
    found, _ = Narrowing(Seen(Source("figures", {name: name for name in KNOWN}), KNOWN)).of(formula)
    assert found is expected


def test_what_is_done_to_a_case_is_done_to_its_values() -> None:
    """The place in a table, of a level that is a case of cuts: the case with that place, of the figure itself."""
    level = when(X >= 2.5).then(short(2)).when(X >= 1.5).then(short(1)).otherwise(short(0))
    sheet = Sheet.source("figures", ["x"]).with_columns(level.alias("level"))
    start = when(col("level") == 0).then(short(0)).when(col("level") == 1).then(short(7)).otherwise(short(9))
    query = sheet.with_columns((start * short(10) + col("level")).alias("place")).query(["place"])
    found = in_order(narrowed(query, Facts({"figures": {"x": KNOWN["x"]}})).table)[-1]
    (place,) = found.columns.values()  # type: ignore[attr-defined]
    assert [part.said for part in (*place.of[1::2], place.of[-1])] == [(92, SHORT), (71, SHORT), (0, SHORT)]


# side by side


def asked() -> Query:
    """Figures of the last period, beside those of the one before and a state."""
    figures = Sheet.source("figures", ["institution", "period", "x"])
    before = figures.where(col("period") == 2023).select("institution", col("x").alias("before"))
    states = Sheet.source("states", ["institution", "step"])
    now = figures.where(col("period") == 2024)
    for other in (before, states):
        renamed = other.select(*other.columns)
        now = now.join(renamed, [("institution", "institution")])
    return now.query(["institution", "x", "before", "step"])


Tables = dict[str, pl.DataFrame]


def tables(count: int) -> Tables:
    names = [f"i{number:06}" for number in range(count)]
    of_both = [
        {"institution": names, "period": year, "x": [year + n / 7 for n in range(count)]} for year in (2023, 2024)
    ]
    states = pl.DataFrame({"institution": names, "step": [n % 5 for n in range(count)]})
    return {"figures": pl.concat(map(pl.DataFrame, of_both)), "states": states}


def with_states(given: Tables, states: pl.DataFrame) -> Tables:
    return {**given, "states": states}


def with_figures(given: Tables, figures: pl.DataFrame) -> Tables:
    return {**given, "figures": figures}


def the_year_before_reversed(given: Tables) -> Tables:
    of_both, count = given["figures"], given["states"].height
    return with_figures(given, pl.concat([of_both.head(count).reverse(), of_both.tail(count)]))


ANOTHER = pl.col("institution").str.replace("i000001", "x")

DISTURBED: dict[str, Callable[[Tables], Tables]] = {
    "all in order": lambda given: given,
    "a state less": lambda given: with_states(given, given["states"].head(-1)),
    "a state for another": lambda given: with_states(given, given["states"].with_columns(ANOTHER)),
    "states the other way": lambda given: with_states(given, given["states"].reverse()),
    "a figure less": lambda given: with_figures(given, given["figures"].tail(-1)),
    "no figures": lambda given: with_figures(given, given["figures"].head(0)),
    "periods mixed": lambda given: with_figures(given, given["figures"].sort("institution", "period")),
    "the year before the other way": the_year_before_reversed,
}


@pytest.mark.parametrize("case", DISTURBED)
def test_tables_are_laid_side_by_side_where_that_is_what_a_join_gives(case: str, tmp_path: Path) -> None:
    given = DISTURBED[case](tables(LARGE))
    figures, states = given["figures"], given["states"]
    then = figures.filter(pl.col("period") == 2023).select("institution", before="x")
    expected = (
        figures.filter(pl.col("period") == 2024).select("institution", "x")
        .join(then, on="institution", how="left").join(states, on="institution", how="left").sort("institution")
    )  # fmt: skip
    assert_frame_equal(answered(asked(), **given).sort("institution"), expected)
    assert_frame_equal(by_duckdb(asked(), tmp_path, given).sort("institution"), expected)


@pytest.mark.parametrize(
    "figures_of_one", [(2100.0, 2600.0, 2499.9, -1.0, 2500.0), (2100.0, None, 2100.0), (2100.0, float("nan"), 2500.0)]
)
def test_a_query_that_was_narrowed_for_other_tables_is_asked_again_only_where_they_hold_no_more(
    figures_of_one: tuple[float | None, ...],
) -> None:
    """The same question of one set of tables after the other: each holds something that those before did not."""
    sheet = Sheet.source("figures", ["institution", "period", "x"]).where(col("period") == 2024)
    level = when(X >= 2500.0).then(short(1)).when(X >= 0.0).then(short(0)).otherwise(short(-1))
    query = sheet.with_columns(level.alias("level")).query(["institution", "level"])
    figures = tables(LARGE)["figures"]
    for x in figures_of_one:
        given = figures.with_columns(pl.when(pl.col("institution") == "i000007").then(x).otherwise(2100.0).alias("x"))
        found = answered(query, figures=given)
        assert_frame_equal(found, Ready(query)(figures=given))
        own = found.filter(pl.col("institution") == "i000007")["level"].item()
        assert own == (-1 if x is None else 1 if not x < 2500.0 else 0 if x >= 0 else -1)


@pytest.mark.parametrize(
    ("case", "beside"), [("all in order", 2), ("a state less", 1), ("states the other way", 1), ("periods mixed", 0)]
)
def test_which_tables_lie_side_by_side_is_known(case: str, beside: int) -> None:
    given = DISTURBED[case](tables(10))
    facts, _ = looked_at(asked(), **given)
    found = in_order(narrowed(asked(), facts).table)
    assert sum(one.beside for one in found if isinstance(one, Join)) == beside
    assert any(isinstance(one, Where) for one in found) == (case == "periods mixed")


KINDS: dict[str, Any] = {"institution": pl.String, "x": pl.Float64, "before": pl.Float64, "step": pl.Int64}


def by_duckdb(query: Query, folder: Path, given: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """In several files of many pieces, which DuckDB reads several of at a time."""
    import duckdb

    from tilsyn.engine import in_duckdb

    with duckdb.connect(config={"threads": 4}) as connection:
        sources: dict[str, Any] = {}
        for name, frame in given.items():
            cut = frame.height // 3 + len(name)
            files = [str(folder / f"{name}-{place}.parquet") for place in range(2)]
            for file, rows in zip(files, (frame.head(cut), frame.tail(frame.height - cut)), strict=True):
                rows.write_parquet(file, row_group_size=2_048 + 1_000 * len(name))
            sources[name] = connection.read_parquet(files, union_by_name=True)
        rows = in_duckdb.answered(query, connection, **sources).fetchall()
        return pl.DataFrame(rows, schema=KINDS, orient="row")


def test_duckdb_searches_in_what_is_looked_up_however_many_rows_ask() -> None:
    """Where tables are laid side by side DuckDB reckons with no rows, and would search in them for each place."""
    import duckdb

    from tilsyn.engine import in_duckdb

    states = Sheet.source("states", ["institution", "before"])
    sheet = Sheet.source("figures", ["institution", "x"]).join(
        states.select("institution", "before"), [("institution", "institution")]
    )
    levels = pl.Series([n % 7 for n in range(1_000)], dtype=pl.Int32).to_numpy()
    found = sheet.look_up((col("x") + col("before")).cast(INT), {"level": levels}).query(["institution", "level"])
    with duckdb.connect(config=in_duckdb.SETTINGS) as connection:
        ids = "SELECT printf('i%05d', range) AS institution"
        connection.execute(f"CREATE TABLE f AS {ids}, (range % 500)::DOUBLE AS x FROM range(20000)")
        connection.execute(f"CREATE TABLE s AS {ids}, (range % 400)::DOUBLE AS before FROM range(20000)")
        answer = in_duckdb.answered(found, connection, figures=connection.table("f"), states=connection.table("s"))
        told, rows = answer.explain(), answer.fetchall()
    assert "Positional" in told
    assert "LEFT" in told
    assert "RIGHT" not in told
    assert rows == [(f"i{n:05d}", (n % 500 + n % 400) % 7) for n in range(20_000)]


@pytest.mark.parametrize("strange", [float("nan"), inf, -inf])
def test_of_what_is_no_number_or_without_end_duckdb_knows_no_ends(strange: float) -> None:
    import duckdb

    from tilsyn.engine import in_duckdb

    query = Sheet.source("figures", ["institution", "x", "y"]).query(["institution", "x", "y"])
    with duckdb.connect() as connection:
        rows = [("a", 1.0, 1.0), ("b", strange, 3.0), ("c", 2.0, None)]
        connection.execute("CREATE TABLE f (institution VARCHAR, x DOUBLE, y DOUBLE)")
        connection.executemany("INSERT INTO f VALUES (?, ?, ?)", rows)
        facts = in_duckdb.looked_at(query, connection, {"figures": connection.table("f")}, {"figures": "f"})
    assert facts.columns["figures"]["x"] == Known(FLOAT, nulls=False)
    assert facts.columns["figures"]["y"] == Known(FLOAT, 1.0, 3.0, nulls=True)
