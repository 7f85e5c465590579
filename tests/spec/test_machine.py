"""The ladder as a finite machine: the table equals the rules, a box equals its cells, and what is wrong is found."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from tilsyn.engine.machine import Compiled, cells_of, compile_ladder, fire, held_most, holes, pairs_of, score_of
from tilsyn.engine.nodes import Plan

from ..generative.readings import Reads
from .small import STEPS, answers, plan_of

GOALS = {
    "a": {"measure": "x", "weight": 40, "points": {"dårlig": 0, "under": 35, "god": 75, "bedst": 100}},
    "b": {"measure": "y", "weight": 33, "levels": {"god": {"at_least": 5}, "dårlig": "otherwise"}},
}
RULES: list[dict[str, Any]] = [
    {"score": ">= 75", "goals_below.god": 0, "ja": "false", "step": "fri"},
    {"score": "[33.3..75)", "previous": "not(fri)", "step": "tillid"},
    {"a": "< god", "q": "]2..5]", "step": "støtte"},
    {"goals_missing": ">= 1", "held": "> 1", "step": "almindelig"},
    {"goals_at.dårlig": "[1..2]", "ja": "true", "step": "intensiv"},
]


def plan_with(rules: list[dict[str, Any]], **ladder: Any) -> Plan:
    needs = {"ja": {"kind": "flag"}}
    return plan_of(
        goals=GOALS, quantities={"q": "x + y"}, ladder={"steps": STEPS, "rules": rules, "needs": needs, **ladder}
    )[1]


def singles(plan: Plan) -> list[list[int | None]]:
    """The positions that each axis may stand on; None is left out."""
    axes = [len(goal.ranks) for goal in plan.goals] + [o.classes for o in plan.ladder.outsides]
    return [[*range(size), None] for size in axes]


def cell(plan: Plan, positions: tuple[int | None, ...], previous: int, held: int) -> tuple[int, int] | None:
    """What `fire` says of single positions."""
    goals = len(plan.goals)
    profile = tuple(None if p is None else g.ranks[p] for p, g in zip(positions, plan.goals, strict=False))
    found = fire(plan.ladder, plan.goals, profile, positions[goals:], previous, held)
    return None if found is None else (found.step, found.rule)


def key_of(plan: Plan, table: Compiled, ranges: tuple[tuple[int, int] | None, ...], previous: int, held: int) -> int:
    key = 0
    for axis, found in zip(table.axes, ranges, strict=True):
        key = key * axis.size + (axis.left_out if found is None else axis.number(*found))
    key = key * table.previous + previous if table.previous > 1 else key
    return key * table.held + held if table.held > 1 else key


def said(plan: Plan, code: int) -> tuple[int, int] | None:
    rules = len(plan.ladder.rules)
    return None if code in (-1, rules * len(plan.ladder.steps)) else (int(code) // rules, int(code) % rules)


@pytest.mark.parametrize("rules", [RULES, [*RULES, {"step": "almindelig"}]], ids=["with holes", "with a last row"])
def test_the_table_says_of_every_cell_what_the_rules_say(rules: list[dict[str, Any]]) -> None:
    plan = plan_with(rules)
    table = compile_ladder(plan.ladder, plan.goals)
    assert len(table.freest) == cells_of(plan.ladder, plan.goals)
    for positions in itertools.product(*singles(plan)):
        ranges = tuple(None if p is None else (p, p) for p in positions)
        for previous, held in itertools.product(range(5), range(held_most(plan.ladder) + 1)):
            key = key_of(plan, table, ranges, previous, held)
            expected = cell(plan, positions, previous, held)
            assert said(plan, table.freest[key]) == said(plan, table.strictest[key]) == expected


def test_a_box_says_the_freest_and_the_strictest_of_its_cells() -> None:
    plan = plan_with(RULES)
    table, rng = compile_ladder(plan.ladder, plan.goals), np.random.default_rng(1)
    choices = [[*pairs_of(len(axis) - 1), None] for axis in singles(plan)]
    for _ in range(400):
        box = tuple(axis[rng.integers(len(axis))] for axis in choices)
        previous, held = int(rng.integers(5)), int(rng.integers(held_most(plan.ladder) + 1))
        inside = itertools.product(*([None] if r is None else range(r[0], r[1] + 1) for r in box))
        cells = [found for positions in inside if (found := cell(plan, positions, previous, held)) is not None]
        key = key_of(plan, table, box, previous, held)
        assert said(plan, table.freest[key]) == min(cells, default=None)
        assert said(plan, table.strictest[key]) == max(cells, default=None)


def test_ranges_are_numbered_as_listed() -> None:
    from tilsyn.engine.machine import Box

    for levels in range(1, 6):
        axis = Box("x", levels)
        assert [axis.number(*pair) for pair in pairs_of(levels)] == list(range(axis.left_out))


def test_a_score_is_compared_without_dividing(reading: Reads) -> None:
    """Three goals of 33.3 … points: a sum is held against a sum."""
    goals = {n: {"measure": n, "weight": w, "levels": {"god": {"at_least": 5}, "dårlig": "otherwise"},
                 "points": {"god": 1, "dårlig": 0}} for n, w in (("x", 1), ("y", 2))}  # fmt: skip
    goals = {f"m{name}": goal for name, goal in goals.items()}
    bounds = ["0.333333333333333", "0.333333333333334"]
    steps = []
    for bound in bounds:
        made = plan_of(goals=goals, ladder={"rules": [{"score": f">= {bound}", "step": "fri"}, {"step": "almindelig"}]})
        steps += [a["step"] for a in answers(reading, made, [{"x": 5, "y": 0}])]
    assert steps == ["fri", "almindelig"]


def test_the_score_is_points_by_weight_of_those_present() -> None:
    plan = plan_with(RULES)
    assert score_of(plan.goals, (2, None)) == (40 * 75, 40)
    assert score_of(plan.goals, (2, 0)) == (40 * 75, 73)
    assert score_of(plan.goals, (None, None)) == (0, 0)


# what is wrong with a table


def found_in(rules: list[dict[str, Any]], **ladder: Any) -> list[tuple[str, tuple[str, ...]]]:
    plan = plan_with(rules, **ladder)
    return [(f.kind, f.rules) for f in holes(plan.ladder, plan.goals)]


COMPLETE = [{"score": "< 50", "step": "almindelig"}, {"score": ">= 50", "step": "fri"}]


def test_a_complete_table_has_nothing_wrong() -> None:
    assert found_in(COMPLETE, hit="unique") == []
    assert found_in([*COMPLETE[:1], {"step": "fri"}], hit="first") == []


def test_a_hole_that_institutions_meet() -> None:
    plan = plan_with([{"score": "< 50", "step": "almindelig"}, {"score": "> 60", "step": "fri"}], hit="unique")
    (hole,) = holes(plan.ladder, plan.goals)
    example = dict(hole.example)
    assert hole.kind == "hole"
    assert 50 <= float(example["score"]) <= 60


def test_a_hole_that_todays_weights_never_reach() -> None:
    """Points are 0, 35, 75, 100 and 0, 20; no mixture of them is exactly 50.5."""
    rules = [{"score": "< 50.5", "step": "almindelig"}, {"score": "> 50.5", "step": "fri"}]
    assert found_in(rules, hit="unique") == [("hole-unreached", ())]


def test_two_rules_that_meet_under_unique() -> None:
    rules = [{"score": "<= 50", "step": "almindelig"}, {"score": ">= 50", "step": "fri"}]
    assert found_in(rules, hit="unique") == [("overlap", ("R1", "R2"))]
    assert found_in(rules, hit="first") == []


def test_a_dead_rule() -> None:
    covered = [{"score": "< 50", "step": "almindelig"}, {"step": "fri"}, {"score": ">= 75", "step": "tillid"}]
    assert found_in(covered, hit="first") == [("dead", ("R3",))]
    impossible = [*COMPLETE, {"score": "> 100", "step": "tillid"}]
    assert found_in(impossible, hit="unique") == [("dead", ("R3",))]


def test_holes_are_looked_for_in_every_input() -> None:
    rules = [{"ja": "false", "step": "fri"}, {"ja": "true", "previous": "not(intensiv)", "step": "støtte"}]
    plan = plan_with(rules, hit="unique")
    (hole,) = holes(plan.ladder, plan.goals)
    assert {"ja": "true", "previous": "intensiv"}.items() <= dict(hole.example).items()
