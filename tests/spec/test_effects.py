"""What a step means for an institution: requirements, relief, help, rights and hours."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine.effects import (
    Duty,
    Effects,
    Total,
    effect_columns,
    effects,
    numbers_in,
    place_of,
    places_on,
    standing,
)
from tilsyn.engine.formulas import col
from tilsyn.engine.in_polars import expression
from tilsyn.engine.values import Missing, Reason

REFERENCE = {"law": "Eksempelloven", "checked": "no"}


def a_requirement(
    kind: str, hours: str, *, per: Any = 1, each: str = "year", protects: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "title": kind,
        "kind": kind,
        "reference": {"law": f"Lov om {kind}", "checked": "no"},
        "origin": "order",
        "protects": list(protects),
        "burden": {"hours": hours, "per": per, "each": each, "source": "skøn"},
    }


REGISTER = Requirements.model_validate({
    "tilsyn": 1,
    "from": "2024-01-01",
    "requirements_of": "skole",
    "requirements": {
        "årsplan": a_requirement("documentation", "0.8", per="elever"),
        "referat": a_requirement("documentation", "6", each="week"),
        "timetal": a_requirement("registration", "2.5", each="month"),
        "magtanvendelse": a_requirement("registration", "0.1", per="elever", protects=("legal-security",)),
        "selvevaluering": a_requirement("process", "12", each="quarter"),
    },
})  # fmt: skip


def a_step(**more: Any) -> dict[str, Any]:
    return {"title": "t", "text": "t", "visits": {"times": 1, "per_years": 1}, "reference": REFERENCE, **more}


LADDER = Ladder.model_validate({
    "tilsyn": 1,
    "from": "2024-01-01",
    "ladder": "trappe",
    "title": "Trappe",
    "levels": {"under": "Under", "over": "Over"},
    "rights": {"udfordringsret": {"title": "t", "text": "t", "reference": REFERENCE}},
    "steps": {
        "fri": a_step(
            rights=["udfordringsret"], visits={"times": 1, "per_years": 4},
            relieves={"kinds": ["process", "documentation", "registration"], "except": "protected"},
        ),
        "tillid": a_step(relieves={"requirements": ["timetal", "magtanvendelse"]}),
        "almindelig": a_step(initial=True, supports=["fællesskab"]),
        "støtte": a_step(supports=["fællesskab", "dialog"]),
        "intensiv": a_step(supports=["taskforce"], ordered=True, adds={"requirements": ["selvevaluering"]}),
    },
    "score": {"method": "weighted-mean/v1", "coverage": "60 %"},
    "missing": {"else": "doubt"},
    "placement": {
        "hit": "first",
        "rules": [{"id": "T1", "step": "almindelig", "because": "t", "reference": REFERENCE}],
    },
})  # fmt: skip

FREE, TRUST, ORDINARY, SUPPORT, INTENSIVE = range(5)


def at(step: int, **attributes: object) -> Effects:
    return effects(LADDER, REGISTER, step, {"elever": 100.0, **attributes})


def ids(duties: tuple[Duty, ...]) -> list[str]:
    return [duty.id for duty in duties]


@pytest.mark.parametrize(
    ("step", "in_force", "relieved", "added"),
    [
        (FREE, ["magtanvendelse"], ["årsplan", "referat", "timetal"], []),
        (TRUST, ["årsplan", "referat", "magtanvendelse"], ["timetal"], []),
        (ORDINARY, ["årsplan", "referat", "timetal", "magtanvendelse"], [], []),
        (SUPPORT, ["årsplan", "referat", "timetal", "magtanvendelse"], [], []),
        (INTENSIVE, ["årsplan", "referat", "timetal", "magtanvendelse", "selvevaluering"], [], ["selvevaluering"]),
    ],
)
def test_each_step_has_its_requirements(step: int, in_force: list[str], relieved: list[str], added: list[str]) -> None:
    found = at(step)
    assert (ids(found.in_force), ids(found.relieved), ids(found.added)) == (in_force, relieved, added)


def test_what_protects_somebody_is_not_relieved_even_where_a_step_names_it() -> None:
    relief = LADDER.steps["tillid"].relieves
    assert relief is not None
    assert "magtanvendelse" in relief.requirements
    assert "magtanvendelse" in ids(at(TRUST).in_force)


def test_relief_rests_on_the_step_and_shows_each_requirements_own_basis() -> None:
    found = at(TRUST)
    assert found.basis.law == "Eksempelloven"
    assert [duty.basis.law for duty in found.relieved] == ["Lov om registration"]


def test_help_is_offered_or_ordered_and_rights_and_visits_follow_the_step() -> None:
    assert (at(SUPPORT).offered, at(SUPPORT).ordered) == (("fællesskab", "dialog"), ())
    assert (at(INTENSIVE).offered, at(INTENSIVE).ordered) == ((), ("taskforce",))
    assert (at(FREE).rights, at(FREE).visits.per_years) == (("udfordringsret",), 4)


def test_hours_are_counted_for_this_institutions_size() -> None:
    # 0.8 · 100 pupils, 6 · 52 weeks, 2.5 · 12 months
    assert at(FREE).hours_freed == Total(Fraction(80 + 312 + 30))
    assert at(FREE).hours == Total(Fraction(10))
    assert at(INTENSIVE).hours_added == Total(Fraction(48))
    assert at(ORDINARY, elever=250.5).hours == Total(Fraction("200.4") + 312 + 30 + Fraction("25.05"))


@pytest.mark.parametrize(
    ("size", "reason"), [(None, Reason.NOT_SUBMITTED), ("mange", Reason.UNDEFINED), (-1.0, Reason.UNDEFINED)]
)
def test_an_unknown_size_is_said_and_never_counted_as_nothing(size: object, reason: Reason) -> None:
    found = at(FREE, elever=size)
    assert found.relieved[0].hours == Missing(reason)
    assert found.hours_freed == Total(Fraction(312 + 30), ("årsplan",))
    assert found.hours_freed.whole is None
    assert at(TRUST, elever=size).hours_freed == Total(Fraction(30))


def test_a_rise_is_in_force_at_once() -> None:
    found = standing(LADDER, REGISTER, {"elever": 100.0}, recommended=TRUST, decided=None, in_force=TRUST)
    assert found.decided is None
    assert found.in_force == found.recommended == at(TRUST)


def test_a_fall_takes_nothing_and_orders_nothing_until_it_is_decided() -> None:
    found = standing(LADDER, REGISTER, {"elever": 100.0}, recommended=INTENSIVE, decided=None, in_force=TRUST)
    assert ids(found.recommended.added) == ["selvevaluering"]
    assert found.in_force == at(TRUST)
    decided = standing(LADDER, REGISTER, {"elever": 100.0}, recommended=INTENSIVE, decided=INTENSIVE, in_force=TRUST)
    assert decided.decided == decided.in_force == at(INTENSIVE)


def test_help_that_is_only_offered_does_not_wait_for_the_decision() -> None:
    found = standing(LADDER, REGISTER, {"elever": 100.0}, recommended=SUPPORT, decided=None, in_force=ORDINARY)
    assert found.in_force.offered == ("fællesskab", "dialog")
    assert found.in_force.visits == at(ORDINARY).visits


def test_a_person_may_decide_otherwise() -> None:
    found = standing(LADDER, REGISTER, {"elever": 100.0}, recommended=INTENSIVE, decided=ORDINARY, in_force=TRUST)
    assert found.decided == found.in_force == at(ORDINARY)


SIZES = st.one_of(st.none(), st.integers(0, 10**6).map(lambda tenths: tenths / 10))


def hours_freed(frame: pl.DataFrame) -> pl.Series:
    place = place_of(places_on(LADDER), col("in_force"))
    first, *_ = effect_columns(LADDER, REGISTER, numbers_in(frame), place)
    return frame.with_columns(expression(first.formula).alias(first.name))["hours_freed"]


@given(st.lists(st.tuples(st.sampled_from([*LADDER.steps, None]), SIZES), min_size=1, max_size=20))
def test_the_column_of_hours_freed_agrees_with_the_exact_sum(rows: list[tuple[str | None, float | None]]) -> None:
    schema = {"in_force": pl.String, "elever": pl.Float64}
    column = hours_freed(pl.DataFrame(rows, schema=schema, orient="row"))
    assert column.dtype == pl.Float64
    for (step, size), found in zip(rows, column.to_list(), strict=True):
        exact = None if step is None else at(list(LADDER.steps).index(step), elever=size).hours_freed.whole
        assert found == (None if exact is None else pytest.approx(float(exact)))


def test_a_size_that_is_no_column_leaves_the_hours_unknown() -> None:
    frame = pl.DataFrame({"in_force": ["fri", "almindelig", "tillid"]})
    assert hours_freed(frame).to_list() == [None, 0.0, 30.0]
