"""What follows from few small numbers is asked once for each combination of them: when that is done, and that it comes
to the same."""

from __future__ import annotations

from functools import reduce
from itertools import count
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tilsyn.engine import columns
from tilsyn.engine.folding import FEW
from tilsyn.engine.formulas import CODE, FLOAT, INT, TEXT, Formula, col, largest, lit, short, when
from tilsyn.engine.in_polars import Ready, answered, looked_at, of_combinations
from tilsyn.engine.narrowing import narrowed
from tilsyn.engine.query import Lookup, Query, Sheet, Source, With, in_order

from ..benchmarks.engines.tilsyn_engines import WANTED, declared, simple_figures, simple_states
from ..benchmarks.job import CUTS, PERIOD, Data, make

X, STEP, LATE, FLAG, MANY, GAPS = (col(name) for name in ("x", "step", "late", "flag", "many", "gaps"))

TABLE = pl.DataFrame(
    {
        "institution": [f"r{n}" for n in range(100)],
        "x": [n / 10 for n in range(100)],
        "step": [n % 5 for n in range(100)],
        "late": [n % 3 - 1 for n in range(100)],
        "flag": [n % 7 == 0 for n in range(100)],
        "many": [n % (FEW + 1) for n in range(100)],
        "gaps": [None if n % 9 == 0 else n % 4 for n in range(100)],
    },
    schema_overrides={"step": pl.Int32},
)

LEVEL = when(X >= 7.0).then(short(3)).when(X >= 5.5).then(short(2)).when(X >= 4.0).then(short(1)).otherwise(short(0))
"""On the cuts, just under and just over."""

WORDS = ("free", "trust", "ordinary", "support", "intensive")

FOLLOWS: dict[str, Formula] = {
    "a level and a step": largest(LEVEL, STEP),
    "texts": largest(LEVEL, STEP).words(WORDS),
    "a text that is not there": when((LEVEL == 0) & (STEP == 1)).then(lit("first", TEXT)),
    "texts of which none is there": LEVEL.words([None] * 4),
    "what begins below zero": (LATE * 2 + LEVEL.cast(INT)) * 3,
    "yes and no": FLAG & (LEVEL > 1),
    "two cases of the same cuts": LEVEL * 10 + when(X >= 7.0).then(short(0)).when(X >= 5.5).then(short(5))
    .when(X >= 4.0).then(short(5)).otherwise(short(9)),
    "floating point": when(FLAG).then(LEVEL.cast(FLOAT) * 0.1).otherwise(lit(0.3)),
    "a place that no row has": (STEP - LEVEL).abs().words(WORDS),
    "joined": when(LEVEL > 2).then(lit("a")).otherwise(lit("b")) == when(STEP > 2).then(lit("a")).otherwise(lit("b")),
}  # fmt: skip

DOES_NOT: dict[str, Formula] = {
    "the figure itself": X * 2.0,
    "more values than a digit has": MANY + LEVEL.cast(INT),
    "what is missing in some row": GAPS + LEVEL.cast(INT),
    "numbers that are not always there": when((LEVEL == 0) & (STEP == 1)).then(LEVEL),
    "more combinations than are asked": reduce(
        lambda a, b: a + b, (when(n <= X).then(short(n)).otherwise(STEP * n) for n in range(1, 16))
    ),
    "what is handed in alone": X,
    "what is the same in every row": lit(1.0),
}


def asked(formula: Formula) -> Query:
    sheet = Sheet.source("figures", TABLE.columns)
    return sheet.with_columns(formula.alias("found")).query(["institution", "found"])


def is_folded(query: Query) -> bool:
    """Whether the answer is looked up of combinations."""
    last = in_order(query.table)[-1]
    return isinstance(last, Lookup) and {*query.columns.values()} >= {*last.lists}


@pytest.mark.parametrize(("case", "expected"), [*((c, True) for c in FOLLOWS), *((c, False) for c in DOES_NOT)])
def test_what_follows_from_few_combinations_is_looked_up(case: str, expected: bool) -> None:
    query = asked((FOLLOWS | DOES_NOT)[case])
    facts, handed = looked_at(query, figures=TABLE)
    found = narrowed(query, facts, of_combinations)
    assert is_folded(found) is expected
    assert_frame_equal(Ready(found)(**handed), Ready(query)(figures=TABLE), check_exact=True)


@pytest.mark.parametrize(
    ("other", "expected"), [(X, True), (X * 2.0, True), (X * col("level").cast(FLOAT), False), (MANY, True)]
)
def test_what_else_is_asked_may_not_need_what_follows(other: Formula, expected: bool) -> None:
    sheet = Sheet.source("figures", TABLE.columns).with_columns(LEVEL.alias("level"))
    query = sheet.with_columns(other.alias("other")).query(["institution", "level", "other"])
    facts, handed = looked_at(query, figures=TABLE)
    found = narrowed(query, facts, of_combinations)
    assert is_folded(found) is expected
    assert_frame_equal(Ready(found)(**handed), Ready(query)(figures=TABLE), check_exact=True)


def test_a_query_may_have_been_written_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Spark's parts, where no names have been given yet: what is made here is called otherwise."""
    query = asked(FOLLOWS["texts"])
    monkeypatch.setattr("tilsyn.engine.query._columns", count())
    facts, handed = looked_at(query, figures=TABLE)
    found = narrowed(query, facts, of_combinations)
    there = {name for one in in_order(query.table) if isinstance(one, Source | With) for name in one.columns}
    made = {name for one in in_order(found.table) if isinstance(one, With) for name in one.columns} - there
    assert made
    assert not any(name.startswith("c") for name in made)
    assert_frame_equal(Ready(found)(**handed), Ready(query)(figures=TABLE), check_exact=True)


def test_what_only_a_combination_that_no_row_has_would_not_fit_is_no_fault() -> None:
    table = pl.DataFrame({"institution": ["a", "b", "c", "d"], "i": [0, 1, 50, 2], "j": [50, 30, 1, 2]})
    sheet = Sheet.source("figures", table.columns)
    query = sheet.with_columns((col("i") * col("j")).cast(CODE).alias("found")).query(["institution", "found"])
    facts, handed = looked_at(query, figures=table)
    found = Ready(narrowed(query, facts, of_combinations))(**handed)
    assert found["found"].to_list() == [0, 30, 50, 4]


def test_a_table_laid_beside_itself_is_left_as_it_is() -> None:
    sheet = Sheet.source("figures", TABLE.columns)
    other = sheet.with_columns((LATE * 2).alias("twice")).select("institution", "twice")
    beside = sheet.join(other, [("institution", "institution")])
    query = beside.with_columns((STEP + col("twice")).alias("found")).query(["institution", "found"])
    facts, handed = looked_at(query, figures=TABLE)
    found = narrowed(query, facts, of_combinations)
    assert_frame_equal(Ready(found)(**handed), Ready(query)(figures=TABLE), check_exact=True)


def test_lists_are_looked_up_of_combinations_too() -> None:
    """Also those in which a place would lie outside, of a combination that no row has."""
    lists = {"points": np.array([0, 40, 70, 100], np.int32), "halved": np.array([0.0, 0.5, 1.0, 1.5])}
    sheet = Sheet.source("figures", TABLE.columns)
    sheet = sheet.look_up(when(FLAG).then(LEVEL).otherwise(short(0)), lists)
    sheet = sheet.with_columns((col("points") * (STEP + 1)).alias("sum")).look_up(STEP.cast(INT), {
        "step's": np.arange(5, dtype=np.int32)}).with_columns((col("halved") + 0.0).alias("half"))  # fmt: skip
    query = sheet.query(["institution", "sum", "step's", "half"])
    facts, handed = looked_at(query, figures=TABLE)
    found = narrowed(query, facts, of_combinations)
    assert is_folded(found)
    assert_frame_equal(Ready(found)(**handed), Ready(query)(figures=TABLE), check_exact=True)


def test_a_ladder_of_plain_levels_is_looked_up(tmp_path: Path) -> None:
    """The benchmark's simple job, held to its own answers: figures on the cuts, a tenth under and a tenth over."""
    make(tmp_path, 20_000)
    data = Data(tmp_path, 20_000)
    policy, plan, _ = declared("simple")
    figures, states = simple_figures(policy, data), simple_states(data)
    query = columns.question(plan, figures.columns, period=PERIOD, with_states=True).only(WANTED)
    facts, _ = looked_at(query, figures=figures, states=states)
    assert is_folded(narrowed(query, facts, of_combinations))
    found = answered(query, figures=figures, states=states)
    step, rule = data.answers
    assert found["step"].to_list() == [plan.ladder.steps[place] for place in step.tolist()]
    assert found["rule"].to_list() == [f"R{place + 1}" for place in rule.tolist()]
    tenths = data.tenths(0)
    for goal, cuts in enumerate(CUTS):
        assert all((tenths[goal] == cut + by).any() for cut in cuts for by in (-1, 0, 1))
