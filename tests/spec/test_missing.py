"""Missing, because: which reason wins, where a figure is missing, and what a missing goal does to the ladder."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tilsyn.catalogue.reasons import MISSING

from ..generative.readings import Reads
from .small import NOW, Gone, answers, plan_of, value_of


@pytest.mark.parametrize("function", ["x + y", "x > y", "min(x, y)", "x / y", "x > 1 and y > 1"])
def test_of_two_reasons_the_first_of_the_list_is_given(reading: Reads, function: str) -> None:
    made = plan_of(quantities={"q": function})
    pairs = list(itertools.product(MISSING, MISSING))
    found = answers(
        reading, made, [{"institution": f"{n:02}", "x": Gone(a), "y": Gone(b)} for n, (a, b) in enumerate(pairs)]
    )
    assert [a["q.missing"] for a in found] == [min(pair, key=MISSING.index) for pair in pairs]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, Gone("not-submitted")),
        ({"andel.count": 3, "andel.n": 4}, 0.75),
        ({"andel": 0.5, "andel.count": 3, "andel.n": 4}, 0.75),
        ({"andel": 0.5}, 0.5),
        ({"andel": 0.5, "andel.n": 4}, 0.5),
        ({"andel.count": 3}, Gone("not-submitted")),
        ({"andel.count": 0, "andel.n": 0}, Gone("undefined")),
        ({"andel": Gone("suppressed"), "andel.n": 4}, Gone("suppressed")),
    ],
)
def test_a_counted_figure_is_its_count_by_its_base(reading: Reads, row: dict[str, Any], expected: object) -> None:
    assert value_of(reading, "andel", row) == expected


def test_a_count_follows_from_value_and_base(reading: Reads) -> None:
    assert value_of(reading, "andel.count", {"andel": 0.5, "andel.n": 4}) == 2
    assert value_of(reading, "andel.count", {"andel": 0.5}) == Gone("not-submitted")


@pytest.mark.parametrize(("measured", "expected"), [(None, 5), (NOW, 5), (NOW - 2, 5), (NOW - 3, Gone("stale"))])
def test_a_figure_grows_stale(reading: Reads, measured: int | None, expected: object) -> None:
    made = plan_of(indicators={"x": {"kind": "value", "stale_after": 2}}, quantities={"q": "x"})
    (found,) = answers(reading, made, [{"x": 5, "x.measured": measured}])
    assert (Gone(str(found["q.missing"])) if found["q.missing"] else found["q"]) == expected


@pytest.mark.parametrize(
    ("findes", "expected"),
    [(True, (5.0, None)), (False, (None, "not-applicable")), (None, (None, "not-submitted"))],
)
def test_a_goal_that_does_not_apply(reading: Reads, findes: bool | None, expected: tuple[object, object]) -> None:
    made = plan_of(goals={"mål": {"measure": "x", "applies_when": "findes"}})
    (found,) = answers(reading, made, [{"x": 5, "findes": findes}])
    assert (found["mål"], found["mål.missing"]) == expected


TWO = {"a": {"measure": "x", "weight": 3}, "b": {"measure": "y", "weight": 1}}


@pytest.mark.parametrize(
    ("disposition", "levels", "covered", "applicable", "weight"),
    [
        ("leave-out", (None, None, None), 3, 3, 3),
        ("doubt", ("dårlig", None, "bedst"), 3, 4, 3),
        ("worst", ("dårlig", "dårlig", "dårlig"), 4, 4, 4),
    ],
)
def test_what_a_missing_figure_does(
    reading: Reads, disposition: str, levels: tuple[object, ...], covered: int, applicable: int, weight: int
) -> None:
    made = plan_of(goals=TWO, ladder={"missing": {"suppressed": disposition}})
    (found,) = answers(reading, made, [{"x": 5, "y": Gone("suppressed")}])
    assert (found["b.level_worst"], found["b.level"], found["b.level_best"]) == levels
    assert (found["covered"], found["applicable"], found["score_weight"]) == (covered, applicable, weight)


@pytest.mark.parametrize(("coverage", "assessed"), [("74.9 %", True), ("75 %", True), ("75.1 %", False)])
def test_coverage_just_under_on_and_just_over(reading: Reads, coverage: str, assessed: bool) -> None:
    made = plan_of(goals=TWO, ladder={"coverage": coverage})
    (found,) = answers(reading, made, [{"x": 5, "y": Gone("suppressed")}])
    assert found["assessed"] is assessed


def test_without_any_figure_nobody_is_assessed(reading: Reads) -> None:
    made = plan_of(goals=TWO, ladder={"coverage": "0 %", "missing": {"else": "leave-out"}})
    (found,) = answers(reading, made, [{}])
    assert (found["assessed"], found["step_point"], found["reasons"]) == (False, None, "not-assessed")


def test_an_unknown_input_of_the_rules_makes_all_its_values_plausible(reading: Reads) -> None:
    rules = [{"q": "> 10", "step": "fri"}, {"q": "<= 10", "step": "almindelig"}]
    found: dict[str, object] = {}
    for disposition in ("doubt", "worst", "leave-out"):
        made = plan_of(quantities={"q": "y"}, ladder={"rules": rules, "missing": {"suppressed": disposition}})
        (one,) = answers(reading, made, [{"x": 5, "y": Gone("suppressed")}])
        found[disposition] = one["step_freest"], one["step_point"], one["step_strictest"]
    assert found == {
        "doubt": ("fri", None, "almindelig"),
        "worst": ("almindelig", "almindelig", "almindelig"),
        "leave-out": (None, None, None),
    }
