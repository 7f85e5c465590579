"""A query that was narrowed to the tables at hand answers as it did before, to the last digit and kind.

On the generated rules, of all their figures and of pieces in which little differs, where most is known; and on
formulas drawn by themselves, whose values must also lie where it was said that they would.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tilsyn.engine import columns
from tilsyn.engine.folding import Ask
from tilsyn.engine.formulas import FLAG, FLOAT, INT, SHORT, Formula, Kind, col, largest, lit, smallest, when
from tilsyn.engine.in_polars import KINDS, Ready, looked_at, of_combinations
from tilsyn.engine.narrowing import Narrowing, Seen, narrowed
from tilsyn.engine.query import Query, Sheet

from .readings import state_frame
from .test_engines import rounds


def answers(query: Query, *asks: Ask | None, **tables: pl.DataFrame) -> list[pl.DataFrame]:
    """The answer as the query is, and narrowed; folded too, where combinations can be asked."""
    facts, handed = looked_at(query, **tables)
    return [Ready(query)(**tables), *(Ready(narrowed(query, facts, ask))(**handed) for ask in asks)]


def pieces(frame: pl.DataFrame) -> list[pl.DataFrame]:
    """All rows, period after period, those of some institutions alone, and those in which some figure is there."""
    names = frame["institution"].unique(maintain_order=True)
    alone = [frame.filter(pl.col("institution").is_in([*names[n : n + 2]])) for n in range(0, len(names), 16)]
    present = [frame.filter(pl.col(name) == 0) for name in frame.columns if name.endswith(".missing")][::4]
    found = [frame.sort("period", maintain_order=True), *alone, *present]
    return [one for one in found if one.height]


@pytest.mark.xdist_group("generative")
def test_a_narrowed_query_answers_as_it_did() -> None:
    asked = 0
    for one in rounds(2):
        regime = one.plan.is_regime
        query = columns.question(one.plan, tuple(one.frame.columns), period=one.period, with_states=not regime)
        states = {} if regime else {"states": state_frame(one.states)}
        for figures in pieces(one.frame):
            plain, narrow = (found.sort("institution") for found in answers(query, None, figures=figures, **states))
            assert_frame_equal(narrow, plain, check_exact=True)
            asked += plain.height
    assert asked > 3_500


# formulas by themselves

COLUMNS: dict[Kind, tuple[str, ...]] = {FLOAT: ("x", "y"), INT: ("i",), SHORT: ("s",), FLAG: ("a", "b")}
VALUES: dict[Kind, tuple[float, ...]] = {
    FLOAT: (-2.0, 0.0, 0.1, 0.3, 1.0, 7.0), INT: (-1, 0, 1, 3), SHORT: (0, 1, 2), FLAG: (False, True),
}  # fmt: skip


def leaves(kind: Kind) -> st.SearchStrategy[Formula]:
    values = st.sampled_from(VALUES[kind]).map(lambda value: lit(value, kind))
    return st.sampled_from(COLUMNS[kind]).map(col) | values | st.just(lit(None, kind))


def formulas(kind: Kind, deep: int) -> st.SearchStrategy[Formula]:
    """Formulas of a kind, so many operations deep at most."""
    if deep == 0:
        return leaves(kind)
    own, flag = formulas(kind, deep - 1), formulas(FLAG, deep - 1)
    found = [
        leaves(kind),
        st.builds(lambda c, a, b: when(c).then(a).otherwise(b), flag, own, own),
        st.builds(lambda c, d, a, b: when(c).then(a).when(d).then(b).otherwise(lit(None, kind)), flag, flag, own, own),
        st.builds(Formula.fill_null, own, leaves(kind)),
    ]
    if kind is FLAG:
        compared = [Formula.__eq__, Formula.__ne__, Formula.__lt__, Formula.__le__, Formula.__gt__, Formula.__ge__]
        for numbers in (FLOAT, INT, SHORT):
            sides = formulas(numbers, deep - 1)
            found += [st.builds(how, sides, sides) for how in compared]
            found.append(st.builds(Formula.is_null, sides))
        whole = formulas(INT, deep - 1)
        found.append(
            st.builds(lambda x, values: x.is_in(values), whole, st.lists(st.sampled_from((-1, 0, 3)), max_size=2))
        )
        found += [
            st.builds(Formula.__and__, own, own),
            st.builds(Formula.__or__, own, own),
            st.builds(Formula.__invert__, own),
        ]
        return st.one_of(found)
    arithmetic: list[Callable[[Formula, Formula], Formula]] = [Formula.__add__, Formula.__sub__, Formula.__mul__]
    found += [st.builds(how, own, own) for how in arithmetic]
    found += [st.builds(largest, own, own, own), st.builds(smallest, own, own, own)]
    # the ends of an interval, of which one is never larger than the other
    found.append(st.builds(lambda a, b: smallest(a - b.abs(), a, a + b.abs()), own, own))
    found.append(st.builds(lambda a, b: largest(a - b, a, a + b), own, own))
    found += [st.builds(Formula.abs, own), st.builds(Formula.__neg__, own)]
    if kind is FLOAT:
        found.append(st.builds(lambda a, b: a / largest(b.abs(), lit(0.5)), own, own))
        found += [st.builds(Formula.floor, own), st.builds(lambda a: a.abs().sqrt(), own)]
        found.append(st.builds(lambda a: a.cast(FLOAT), formulas(SHORT, deep - 1)))
    if kind is INT:
        found.append(st.builds(lambda a: a.cast(INT), flag))
    return st.one_of(found)


def cells(kind: Kind) -> st.SearchStrategy[Sequence[float | None]]:
    """A column of four rows: in some the same everywhere, in some nothing."""
    one = st.sampled_from(VALUES[kind]) | st.none()
    return (
        st.lists(st.sampled_from(VALUES[kind]), min_size=4, max_size=4)
        | st.lists(one, min_size=4, max_size=4)
        | one.map(lambda value: [value] * 4)
    )


TABLES = st.fixed_dictionaries({name: cells(kind) for kind, names in COLUMNS.items() for name in names})


@settings(max_examples=400, deadline=None, derandomize=True, print_blob=True)
@given(
    TABLES,
    st.sampled_from((FLOAT, INT, SHORT, FLAG)).flatmap(lambda kind: st.tuples(formulas(kind, 3), formulas(kind, 2))),
)
def test_a_formula_comes_to_the_same_and_lies_where_it_was_said_to(
    table: dict[str, Sequence[float | None]], drawn: tuple[Formula, Formula]
) -> None:
    schema = {name: KINDS[kind] for kind, names in COLUMNS.items() for name in names}
    frame = pl.DataFrame(
        {"institution": ["r1", "r2", "r3", "r4"], **table}, schema={"institution": pl.String, **schema}
    )
    sheet = Sheet.source("figures", frame.columns)
    query = sheet.with_columns(drawn[0].alias("found"), drawn[1].alias("other")).query(
        ["institution", "found", "other"]
    )
    plain, narrow, folded = answers(query, None, of_combinations, figures=frame)
    assert_frame_equal(narrow, plain, check_exact=True)
    assert_frame_equal(folded, plain, check_exact=True)

    facts, _ = looked_at(sheet.query(), figures=frame)
    _, known = Narrowing(Seen(sheet.table, facts.columns["figures"])).of(drawn[0])
    assert known.nulls or not plain["found"].null_count()
    if known.low is not None:
        assert all(known.low <= value <= known.high for value in plain["found"].drop_nulls())
