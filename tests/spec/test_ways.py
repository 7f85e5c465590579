"""The smallest changes to a chosen step: one goal, fewest goals, least effort; held to trying every pair of figures."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.test_counterfactual import (
    EQUITY,
    FREE,
    GIVEN,
    NOW,
    ORDINARILY,
    ORDINARY,
    SUPPORT,
    A,
    B,
    a_goal,
    a_plan,
    a_rule,
    placed,
    published,
)  # fmt: skip
from tilsyn.engine.exact import Exact
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.studies.counterfactual import Reached
from tilsyn.studies.ways import Combination, Ways, ways_to


def ways(plan: Plan, state: State | None, to: int, **figures: Any) -> Ways:
    return ways_to(*placed(plan, state, **figures), to)


def told(found: Combination | None) -> list[tuple[str, str | None, Fraction | None]]:
    assert found is not None
    return [(change.goal, change.member, change.by) for change in found.changes]


def cheap(goal: dict[str, Any], effort: str) -> dict[str, Any]:
    return {**goal, "effort": effort}


# hand-checked


def test_two_goals_that_both_stand_in_the_way_are_found_together() -> None:
    found = ways(a_plan({"g": A, "h": B}, {}), ORDINARILY, FREE, **published("a", 9.0), **published("b", 8.0))
    # ± 0.5: 10.5 is `høj` for certain
    assert [change.answer for change in found.goals] == ["other-goals", "other-goals"]
    assert told(found.fewest) == [("g", None, Fraction("1.5")), ("h", None, Fraction("2.5"))]
    assert found.fewest == found.least
    assert found.fewest is not None
    assert (found.fewest.effort, found.fewest.reached) == (4, Reached(NOW + 1, FREE))


def either(*names: str) -> dict[str, Any]:
    """Free as soon as the first goal is at its best, or the two others out of their worst."""
    first, *others = names
    rules = [
        a_rule("fri", **{first: "høj"}),
        {**a_rule("fri", **dict.fromkeys(others, ">= middel")), "id": "R-begge"},
        a_rule("almindelig"),
    ]
    return {"placement": {"hit": "first", "rules": rules}}


def test_the_fewest_goals_and_the_least_effort_may_differ() -> None:
    goals = {"g": A, "h": B, "i": a_goal("snit", evidence=None)}
    figures = {**published("a", 4.0), **published("b", 4.0), "snit": 4.0}
    found = ways(a_plan(goals, {}, **either("g", "h", "i")), ORDINARILY, FREE, **figures)
    # 4 to 10.5 alone; or 4 to 5.5, and 4 to 5 where there is no interval
    assert told(found.fewest) == [("g", None, Fraction("6.5"))]
    assert told(found.least) == [("h", None, Fraction("1.5")), ("i", None, Fraction(1))]
    assert found.least is not None
    assert found.least.effort == Fraction("2.5")


@pytest.mark.parametrize(
    ("effort", "goals"),
    [
        # 6.5 · e against 2.5: level at e = 5/13 = 0.3846…
        ("0.3846", ["g"]),
        ("0.3847", ["h", "i"]),
        ("1", ["h", "i"]),
    ],
)
def test_effort_is_declared_per_unit_of_the_figure(effort: str, goals: list[str]) -> None:
    declared = {"g": cheap(A, effort), "h": B, "i": a_goal("snit", evidence=None)}
    figures = {**published("a", 4.0), **published("b", 4.0), "snit": 4.0}
    found = ways(a_plan(declared, {}, **either("g", "h", "i")), ORDINARILY, FREE, **figures)
    assert found.least is not None
    assert list(found.least.goals) == goals


def test_effort_among_as_few_goals_decides_between_them() -> None:
    rules = [a_rule("fri", **{"goals_at.høj": ">= 1"}), a_rule("almindelig")]
    table = {"placement": {"hit": "first", "rules": rules}}
    figures = {**published("a", 9.0), **published("b", 8.0)}
    assert ways(a_plan({"g": A, "h": B}, {}, **table), ORDINARILY, FREE, **figures).fewest == Combination(
        ways(a_plan({"g": A, "h": B}, {}, **table), ORDINARILY, FREE, **figures).least.changes,  # type: ignore[union-attr]
        Fraction("1.5"),
        Reached(NOW + 1, FREE),
    )
    cheaper = ways(a_plan({"g": A, "h": cheap(B, "0.5")}, {}, **table), ORDINARILY, FREE, **figures)
    assert told(cheaper.fewest) == [("h", None, Fraction("2.5"))]


# chosen steps


def test_a_step_several_steps_away_is_reached_step_by_step() -> None:
    plan = a_plan({"g": A}, {"up": 1, "down": 1})
    found = ways(plan, State(SUPPORT, held=5), FREE, **published("a", 4.0))
    assert told(found.fewest) == [("g", None, Fraction("6.5"))]
    assert found.fewest is not None
    assert found.fewest.reached == Reached(NOW + 2, FREE)
    nearer = ways(plan, State(SUPPORT, held=5), ORDINARY, **published("a", 4.0))
    assert told(nearer.fewest) == [("g", None, Fraction("1.5"))]


@pytest.mark.parametrize("undecided", ["follow", "stay"])
def test_a_fall_of_several_steps_takes_each_to_be_decided(undecided: str) -> None:
    plan = a_plan({"g": A}, {"up": 1, "down": 1, "undecided": undecided})
    found = ways(plan, State(FREE, held=5, decided=True), SUPPORT, **published("a", 15.0))
    # 4.4 + 0.5 is `lav` for certain
    assert told(found.fewest) == [("g", None, Fraction("-10.6"))]
    assert found.fewest is not None
    assert found.fewest.reached == Reached(NOW + 2, SUPPORT)


def test_the_long_waits_of_every_move_are_waited_out() -> None:
    plan = a_plan({"g": A}, {"up": 1, "confirm": {"up": 3}, "dwell": {"støtte": 6, "almindelig": 6}})
    found = ways(plan, State(SUPPORT, held=1), FREE, **published("a", 4.0))
    assert found.fewest is not None
    # held 2 after this period, 6 after 2028; the sixth year on `almindelig` is 2034
    assert found.fewest.reached == Reached(NOW + 11, FREE)


def test_the_step_where_it_stands_needs_nothing() -> None:
    assert ways(a_plan({"g": A}, {}), ORDINARILY, ORDINARY, **published("a", 9.0)).outlook == "there"


def test_what_comes_by_itself_needs_nothing() -> None:
    plan = a_plan({"g": A}, {"confirm": {"up": 3}})
    found = ways(plan, ORDINARILY, FREE, **published("a", 15.0))
    assert (found.outlook, found.reached) == ("by-itself", Reached(NOW + 2, FREE))


def test_without_an_assessment_there_is_no_way() -> None:
    found = ways(a_plan({"g": A}, None), None, FREE, **{"a.missing": 7})
    assert (found.outlook, found.missing) == ("not-assessed", ("g",))


def test_where_doubt_can_not_be_overcome_there_is_no_combination() -> None:
    # 20 is the most there is, and 20 - 11 is not 10
    found = ways(a_plan({"g": A}, {}), ORDINARILY, FREE, **published("a", 9.0, half=11.0))
    assert (found.outlook, found.fewest, found.least) == ("open", None, None)


# the mirror


def test_what_no_single_goal_can_lose_two_may_lose_together() -> None:
    rules = [a_rule("fri", **{"goals_below.middel": "<= 1"}), a_rule("støtte")]
    table = {"placement": {"hit": "first", "rules": rules}}
    found = ways(
        a_plan({"g": A, "h": B}, {}, **table), State(FREE), ORDINARY, **published("a", 9.0), **published("b", 8.0)
    )
    assert [change.answer for change in found.goals] == ["other-goals", "other-goals"]
    assert told(found.fewest) == [("g", None, Fraction("-4.6")), ("h", None, Fraction("-3.6"))]


# groups and words


WITH_GROUPS = {"g": {**A, "equity": EQUITY}, "h": B}


def test_the_groups_in_the_way_belong_to_the_goal_and_cost_as_it_does() -> None:
    figures = {
        **published("a", 9.0), **published("a@piger", 4.0), **published("a@drenge", 12.0), **published("b", 9.0)
    }  # fmt: skip
    found = ways(a_plan({**WITH_GROUPS, "g": cheap(WITH_GROUPS["g"], "3")}, {}), ORDINARILY, FREE, **figures)
    assert told(found.fewest) == [
        ("g", None, Fraction("1.5")), ("g", "piger", Fraction("1.5")), ("h", None, Fraction("1.5"))
    ]  # fmt: skip
    assert found.fewest is not None
    assert (found.fewest.effort, found.fewest.goals) == (Fraction("10.5"), ("g", "h"))


def test_a_silent_group_leaves_no_combination() -> None:
    figures = {
        **published("a", 15.0), "a@piger.missing": 7, **published("a@drenge", 12.0), **published("b", 9.0)
    }  # fmt: skip
    assert ways(a_plan(WITH_GROUPS, {}), ORDINARILY, FREE, **figures).fewest is None


def test_the_shorter_fall_of_a_group_or_of_the_goal_loses_the_step() -> None:
    figures = {
        **published("a", 15.0), **published("a@piger", 6.0), **published("a@drenge", 12.0), **published("b", 15.0)
    }  # fmt: skip
    found = ways(a_plan(WITH_GROUPS, {}), State(FREE), ORDINARY, **figures)
    # the girls to 4.4 for certain below `middel`; the goal itself would have to fall from 15 to 9.4
    assert told(found.fewest) == [("g", "piger", Fraction("-1.6"))]


def test_a_published_word_counts_as_a_goal_but_has_no_effort() -> None:
    by = {"indicator": "bånd", "levels": {"under": ["lav"], "på": ["lav", "middel"], "over": ["høj"]}}
    plan = a_plan({"g": a_goal("a", evidence={"method": "given/v1", "by": by}), "h": B}, {})
    found = ways(plan, ORDINARILY, FREE, **{"a": 9.0, "bånd": "på"}, **published("b", 9.0))
    assert found.fewest is not None
    assert [(c.goal, c.answer, c.word, c.by) for c in found.fewest.changes] == [
        ("g", "word", "over", None), ("h", "moves", None, Fraction("1.5"))
    ]  # fmt: skip
    assert (found.fewest.effort, found.least) == (None, None)


def test_a_figure_that_is_read_elsewhere_takes_no_part() -> None:
    plan = a_plan({"g": A, "h": a_goal("a"), "i": B}, {})
    found = ways(plan, ORDINARILY, FREE, **published("a", 15.0), **published("b", 9.0))
    assert told(found.fewest) == [("i", None, Fraction("1.5"))]
    # where it would have to change itself, nothing can be said of what that leads to
    blocked = ways(plan, ORDINARILY, FREE, **published("a", 9.0), **published("b", 9.0))
    assert (blocked.outlook, blocked.fewest, blocked.least) == ("open", None, None)


def test_what_is_told_is_the_least_of_its_figures_even_on_an_unfair_ladder() -> None:
    rules = [
        a_rule("fri", g="høj"),
        {**a_rule("fri", g="middel", previous="almindelig", held=">= 3"), "id": "R-længe"},
        a_rule("støtte", g="middel"),
        a_rule("almindelig"),
    ]
    table = {"placement": {"hit": "first", "rules": rules}}
    found = ways(a_plan({"g": A}, {}, **table), State(ORDINARY, held=0), FREE, **published("a", 4.6))
    # `høj` for certain at 10.5; but from 9.5, `middel` or `høj`, doubt keeps it there until either leads up
    assert told(found.least) == told(found.fewest) == [("g", None, Fraction("4.9"))]
    assert found.least is not None
    assert (found.least.effort, found.least.reached) == (Fraction("4.9"), Reached(NOW + 3, FREE))


# held to trying everything


WHOLE = {"høj": {"at_least": "10"}, "middel": {"at_least": "5"}, "lav": "otherwise"}
LOW = {"høj": {"at_most": "3"}, "middel": {"at_most": "6"}, "lav": "otherwise"}
PAIRS = {
    "weights": a_plan(
        {
            "a": {**a_goal("a", decimals=0, levels=WHOLE, evidence=GIVEN), "effort": "2", "weight": 3},
            "b": {**a_goal("b", decimals=0, levels=LOW, evidence=GIVEN, better="lower"), "effort": "3", "weight": 2},
        },
        {"up": 1},
        placement={
            "hit": "first",
            "rules": [
                a_rule("fri", score=">= 70"), {**a_rule("støtte", score="< 40")}, a_rule("almindelig"),
            ],
        },
    ),
    "counts": a_plan(
        {
            "a": {**a_goal("a", decimals=0, levels=WHOLE, evidence=GIVEN), "effort": "0.5"},
            "b": a_goal("b", decimals=0, levels=LOW, better="lower"),
        },
        {},
    ),
}  # fmt: skip
EFFORTS = {"weights": (2, 3), "counts": (Fraction(1, 2), 1)}


def really(plan: Plan, state: State, to: int, a: int, b: int, half: int, *, up: bool) -> bool:
    """Whether lasting figures come to the step when later periods are read with them."""
    figures = {**published("a", a, half), **published("b", b, half)}
    exact = Exact(plan, [{"institution": "s", "period": NOW + n, "fare": False, **figures} for n in (1, 2, 3)])
    for later in (1, 2, 3):
        placement = exact.place("s", NOW + later, state)
        assert placement.step is not None
        assert placement.state is not None
        if placement.step <= to if up else placement.step >= to:
            return True
        state = placement.state
    return False


@settings(max_examples=25, deadline=None)
@given(
    ladder=st.sampled_from([*PAIRS]),
    a=st.integers(0, 13),
    b=st.integers(0, 9),
    half=st.integers(0, 3),
    start=st.sampled_from([FREE, ORDINARY, SUPPORT]),
    to=st.sampled_from([FREE, ORDINARY, SUPPORT]),
)
def test_nothing_smaller_does_it_of_all_figures_that_could_be(
    ladder: str, a: int, b: int, half: int, start: int, to: int
) -> None:
    plan = PAIRS[ladder]
    exact, placement = placed(plan, State(start, held=2), **published("a", a, half), **published("b", b, half))
    found = ways_to(exact, placement, to)
    assert placement.step is not None
    assert placement.state is not None
    if found.outlook in ("there", "by-itself"):
        return
    # `a` ends at 20 and at 0; `b` has no range, and a boundary at 3 and 6 is passed for certain from -4 to 14
    tried = {
        (x, y): (x - a, y - b)
        for x, y in product(range(21), range(-4, 15))
        if ((x >= a and y <= b) if found.up else (x <= a and y >= b))
        and really(plan, placement.state, to, x, y, half, up=found.up)
    }
    if not tried:
        assert (found.fewest, found.least) == (None, None)
        return
    of_a, of_b = EFFORTS[ladder]

    def effort(by: tuple[int, int]) -> Fraction:
        return Fraction(of_a * abs(by[0]) + of_b * abs(by[1]))

    def count(by: tuple[int, int]) -> int:
        return sum(part != 0 for part in by)

    assert found.least is not None
    assert found.fewest is not None
    assert found.least.effort == min(effort(by) for by in tried.values())
    fewest = min(count(by) for by in tried.values())
    assert len(found.fewest.goals) == fewest
    assert found.fewest.effort == min(effort(by) for by in tried.values() if count(by) == fewest)
    for combination in (found.fewest, found.least):
        at = {change.goal: int(change.by or 0) for change in combination.changes}
        assert (at.get("a", 0), at.get("b", 0)) in tried.values()
