"""What would move a placement: the smallest change of each figure, of all, and of how much is behind them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.exact import Exact
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import make_plan
from tilsyn.engine.working import Placement
from tilsyn.studies.counterfactual import Change, Moves, Reached, Way, what_would_move

REFERENCE = {"law": "Eksempelloven", "checked": "no"}
FREE, ORDINARY, SUPPORT = range(3)
NOW = 2024
POINTS = {"lav": 0, "middel": 50, "høj": 100}
AT_10_AND_5 = {"høj": {"at_least": "10"}, "middel": {"at_least": "5"}, "lav": "otherwise"}


def a_step(**more: Any) -> dict[str, Any]:
    return {"title": "t", "text": "t", "visits": {"times": 1, "per_years": 1}, "reference": REFERENCE, **more}


def a_rule(step: str, **cells: Any) -> dict[str, Any]:
    return {"id": f"R-{step}", "step": step, "because": "t", "reference": REFERENCE, **cells}


def a_ladder(movement: dict[str, Any] | None, **more: Any) -> Ladder:
    """Free: every goal at its best level. Support: a goal at its worst. Ordinary between."""
    rules = [
        a_rule("fri", **{"goals_below.høj": 0}),
        a_rule("støtte", **{"goals_below.middel": ">= 1"}),
        a_rule("almindelig"),
    ]
    return Ladder.model_validate({
        "tilsyn": 1,
        "from": "2024-01-01",
        "ladder": "trappe",
        "title": "Trappe",
        "levels": {"lav": "Lav", "middel": "Middel", "høj": "Høj"},
        "needs": {"fare": {"kind": "flag"}},
        "steps": {"fri": a_step(), "almindelig": a_step(initial=True), "støtte": a_step()},
        "score": {"method": "weighted-mean/v1", "coverage": "50 %"},
        "missing": {"not-applicable": "leave-out", "else": "doubt"},
        "placement": {"hit": "first", "rules": rules},
        "movement": movement,
        **more,
    })  # fmt: skip


GRAVE = {"when": "fare", "step": "støtte", "because": "t", "reference": REFERENCE}


def an_indicator(kind: str, **more: Any) -> dict[str, Any]:
    return {"title": "t", "role": "outcome", "kind": kind, "measured_in": "x", "decimals": 4, **more}


def a_goal(measure: str, *, decimals: int = 1, levels: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "title": "t",
        "outcome": "t",
        "measure": measure,
        "measured_in": "x",
        "decimals": decimals,
        "better": "higher",
        "levels": levels or AT_10_AND_5,
        "points": POINTS,
        "weight": 1,
        "reference": REFERENCE,
        **more,
    }


def a_plan(
    goals: dict[str, Any],
    movement: dict[str, Any] | None,
    quantities: dict[str, Any] | None = None,
    **ladder: Any,
) -> Plan:
    area = Area.model_validate({
        "tilsyn": 1,
        "from": "2024-01-01",
        "area": "skole",
        "title": "Skole",
        "authority": "Ministeriet",
        "unit": {"one": "skole", "many": "skoler"},
        "period": "calendar-year",
        "ladder": "trappe",
        "attributes": {"stor": "flag"},
        "groups": {"gruppe": {"title": "t", "members": {"piger": "Piger", "drenge": "Drenge"}}},
        "indicators": {
            "a": an_indicator("value", range=[0, 20], by=["gruppe"]),
            "b": an_indicator("value"),
            "snit": an_indicator("mean"),
            "andel": an_indicator("proportion"),
            "bånd": {**an_indicator("category", values=["under", "på", "over"]), "measured_in": None, "decimals": None},
            "fare": {**an_indicator("flag"), "role": "context", "measured_in": None, "decimals": None},
        },
        "quantities": quantities or {},
        "goals": goals,
    })  # fmt: skip
    return make_plan(area, a_ladder(movement, **ladder))


GIVEN = {"method": "given/v1"}
A = a_goal("a", evidence=GIVEN)
B = a_goal("b", evidence=GIVEN)


def published(name: str, value: float, half: float = 0.5) -> dict[str, float]:
    """A figure with a published interval."""
    return {name: value, f"{name}.low": value - half, f"{name}.high": value + half}


def placed(plan: Plan, state: State | None, **figures: Any) -> tuple[Exact, Placement]:
    exact = Exact(plan, [{"institution": "s", "period": NOW, "fare": False, **figures}])
    return exact, exact.place("s", NOW, state)


def moves(plan: Plan, state: State | None, **figures: Any) -> Moves:
    return what_would_move(*placed(plan, state, **figures))


def only(way: Way) -> Change:
    assert way.outlook == "open"
    (change,) = way.goals
    return change


ORDINARILY = State(ORDINARY, held=5)


# one goal


def test_the_smallest_change_is_to_where_the_worse_end_is_on_the_boundary() -> None:
    # 9.0 ± 0.5 is at `høj` for certain from 10.5, which is 1.5 more
    change = only(moves(a_plan({"g": A}, {}), ORDINARILY, **published("a", 9.0)).freer)
    assert (change.answer, change.now, change.to, change.by) == ("moves", 9, Fraction("10.5"), Fraction("1.5"))
    assert change.reached == Reached(NOW + 1, FREE)


@pytest.mark.parametrize(("value", "step"), [(10.4, ORDINARY), (10.5, FREE), (10.6, FREE)])
def test_the_exact_reading_agrees_just_under_on_and_over(value: float, step: int) -> None:
    assert placed(a_plan({"g": A}, {}), ORDINARILY, **published("a", value))[1].step == step


def test_downwards_it_is_to_where_the_better_end_leaves_the_level() -> None:
    # 9.0 ± 0.5 is `lav` for certain when 0.5 above it is below 5
    change = only(moves(a_plan({"g": A}, {}), ORDINARILY, **published("a", 9.0)).stricter)
    assert (change.to, change.by, change.reached) == (Fraction("4.4"), Fraction("-4.6"), Reached(NOW + 1, SUPPORT))
    assert placed(a_plan({"g": A}, {}), ORDINARILY, **published("a", 4.5))[1].step == ORDINARY
    assert placed(a_plan({"g": A}, {}), ORDINARILY, **published("a", 4.4))[1].step == SUPPORT


def test_where_less_is_better_the_change_is_downwards() -> None:
    levels = {"høj": {"at_most": "10"}, "middel": {"at_most": "20"}, "lav": "otherwise"}
    goal = a_goal("2 * b", better="lower", levels=levels, evidence=GIVEN)
    # 2 · (6 ± 0.5) = 12 ± 1 is at `høj` for certain at 9
    assert only(moves(a_plan({"g": goal}, {}), ORDINARILY, **published("b", 6.0)).freer).by == -3


def test_without_evidence_the_figure_itself_must_reach_the_boundary() -> None:
    found = moves(a_plan({"g": a_goal("a")}, {}), ORDINARILY, a=9.0)
    assert (only(found.freer).by, only(found.stricter).by) == (1, Fraction("-4.1"))


def test_a_change_stops_at_the_end_of_the_range() -> None:
    # 20 is the most there is, and 20 - 11 is not 10
    found = moves(a_plan({"g": A}, {}), ORDINARILY, **published("a", 9.0, half=11.0))
    assert only(found.freer).answer == "doubt"


def test_a_share_of_few_persons_is_never_certain_enough() -> None:
    levels = {"høj": {"at_least": "90"}, "middel": {"at_least": "20"}, "lav": "otherwise"}
    goal = a_goal("100 * andel", levels=levels, evidence={"method": "wilson/v1", "confidence": "0.9"})
    # Wilson's lower limit of 3 of 3 is 3 / (3 + 1.645²) = 53 %, of 30 of 30 it is 92 %
    assert (
        only(moves(a_plan({"g": goal}, {}), ORDINARILY, **{"andel.count": 2.0, "andel.n": 3.0}).freer).answer == "doubt"
    )
    enough = only(moves(a_plan({"g": goal}, {}), ORDINARILY, **{"andel.count": 20.0, "andel.n": 30.0}).freer)
    assert enough.answer == "moves"


# when


def test_dwell_and_confirmation_postpone_the_first_possible_period() -> None:
    # held 1 before, 2 after this period: 2025 and 2026 point up, 2026 is the second and has held 3
    plan = a_plan({"g": A}, {"confirm": {"up": 2}, "dwell": {"almindelig": 3}})
    change = only(moves(plan, State(ORDINARY, held=1), **published("a", 9.0)).freer)
    assert change.reached == Reached(NOW + 2, FREE)
    longer = a_plan({"g": A}, {"confirm": {"up": 2}, "dwell": {"almindelig": 4}})
    assert only(moves(longer, State(ORDINARY, held=1), **published("a", 9.0)).freer).reached == Reached(NOW + 3, FREE)


def test_the_most_steps_per_period_leads_to_the_next_step_only() -> None:
    change = only(moves(a_plan({"g": A}, {"up": 1}), State(SUPPORT, held=5), **published("a", 4.0)).freer)
    # out of `lav` for certain is enough for the next step
    assert (change.to, change.reached) == (Fraction("5.5"), Reached(NOW + 1, ORDINARY))


def test_results_that_only_need_to_last_need_no_change() -> None:
    plan = a_plan({"g": A}, {"confirm": {"up": 3}})
    found = moves(plan, ORDINARILY, **published("a", 15.0))
    assert (found.step, found.freer.outlook, found.freer.reached) == (ORDINARY, "by-itself", Reached(NOW + 2, FREE))


def test_silence_that_lasts_leads_down_by_itself_where_the_ladder_lapses() -> None:
    plan = a_plan({"g": A}, {"lapse": {"after": 2, "to": "almindelig"}})
    found = moves(plan, State(FREE, held=3), **{"a.missing": 7})
    assert (found.freer.outlook, found.stricter.outlook) == ("freest", "by-itself")
    assert found.stricter.reached == Reached(NOW + 1, ORDINARY)
    assert found.stricter.missing == ("g",)


# what is in the way


def test_the_freest_and_the_strictest_step_have_nothing_beyond() -> None:
    plan = a_plan({"g": A}, {})
    assert moves(plan, State(FREE), **published("a", 15.0)).freer.outlook == "freest"
    assert moves(plan, State(SUPPORT), **published("a", 1.0)).stricter.outlook == "strictest"


def test_a_goal_can_not_do_it_alone_where_another_is_in_the_way() -> None:
    found = moves(a_plan({"g": A, "h": B}, {}), ORDINARILY, **published("a", 9.0), **published("b", 8.0))
    assert [change.answer for change in found.freer.goals] == ["other-goals", "other-goals"]
    assert [change.by for change in found.stricter.goals] == [Fraction("-4.6"), Fraction("-3.6")]


def test_a_goal_without_a_figure_needs_one() -> None:
    found = moves(a_plan({"g": A, "h": B}, {}), ORDINARILY, **published("a", 15.0), **{"b.missing": 4})
    assert (found.freer.outlook, found.freer.missing) == ("missing-figures", ("h",))
    assert [change.answer for change in found.stricter.goals] == ["moves", "figure-needed"]


def test_a_goal_that_does_not_apply_is_not_asked_about() -> None:
    plan = a_plan({"g": A, "h": {**B, "applies_when": "stor"}}, {})
    found = moves(plan, ORDINARILY, stor=False, **published("a", 9.0))
    assert [change.goal for change in found.freer.goals] == ["g"]


def test_nothing_moves_it_while_the_grave_flag_is_set() -> None:
    found = moves(a_plan({"g": A}, {"grave": GRAVE}), ORDINARILY, fare=True, **published("a", 9.0))
    assert (found.step, found.freer.outlook) == (SUPPORT, "grave")


def test_a_step_that_no_rule_leads_to_is_out_of_reach() -> None:
    rules = {"placement": {"hit": "first", "rules": [a_rule("almindelig")]}}
    assert moves(a_plan({"g": A}, {}, **rules), ORDINARILY, **published("a", 9.0)).freer.outlook == "rules"


def test_without_memory_the_point_reading_decides() -> None:
    found = moves(a_plan({"g": A}, None), None, **published("a", 9.0))
    assert (only(found.freer).by, only(found.stricter).by) == (1, Fraction("-4.1"))
    nothing = moves(a_plan({"g": A}, None), None, **{"a.missing": 7})
    assert (nothing.step, nothing.freer.outlook) == (None, "not-assessed")


# what has no exact answer


@pytest.mark.parametrize(
    ("goals", "quantities", "answer"),
    [
        ({"g": a_goal("20 * peers.share_below(a)")}, {}, "peers"),
        ({"g": a_goal("efter_andre")}, {"efter_andre": {"value": "20 * peers.share_below(a)"}}, "peers"),
        ({"g": a_goal("a - default(earlier(a, 1), 0)")}, {}, "earlier"),
        ({"g": A, "h": a_goal("a")}, {}, "read-elsewhere"),
    ],
)
def test_a_figure_that_moves_more_than_its_goal_has_no_exact_answer(
    goals: dict[str, Any], quantities: dict[str, Any], answer: str
) -> None:
    exact = Exact(
        a_plan(goals, {}, quantities),
        [
            {"institution": i, "period": NOW, "fare": False, **published("a", x)}
            for i, x in (("s", 8.0), ("t", 7.0), ("u", 9.0))
        ],
    )
    found = what_would_move(exact, exact.place("s", NOW, ORDINARILY))
    assert {change.answer for change in found.freer.goals} == {answer}
    assert found.freer.together is not None
    assert found.freer.together.stop == "other-goals"


def test_where_a_published_word_decides_it_is_another_word_that_moves() -> None:
    by = {"indicator": "bånd", "levels": {"under": ["lav"], "på": ["lav", "middel"], "over": ["høj"]}}
    plan = a_plan({"g": a_goal("a", evidence={"method": "given/v1", "by": by})}, {})
    found = moves(plan, ORDINARILY, **{"a": 9.0, "bånd": "på"})
    assert (only(found.freer).answer, only(found.freer).word) == ("word", "over")
    assert (only(found.stricter).answer, only(found.stricter).word) == ("word", "under")


# groups


EQUITY = {"groups": ["piger", "drenge"], "no_worse_than": "middel", "cap": "middel"}
WITH_GROUPS = {"g": {**A, "equity": EQUITY}}


def test_where_a_group_caps_the_goal_it_is_the_group_that_must_improve() -> None:
    figures = {**published("a", 15.0), **published("a@piger", 4.0), **published("a@drenge", 12.0)}
    change = only(moves(a_plan(WITH_GROUPS, {}), ORDINARILY, **figures).freer)
    assert (change.answer, change.by, change.reached) == ("equity", 0, Reached(NOW + 1, FREE))
    (group,) = change.groups
    assert (group.member, group.answer, group.by) == ("piger", "moves", Fraction("1.5"))
    assert placed(a_plan(WITH_GROUPS, {}), ORDINARILY, **(figures | published("a@piger", 5.4)))[1].step == ORDINARY
    assert placed(a_plan(WITH_GROUPS, {}), ORDINARILY, **(figures | published("a@piger", 5.5)))[1].step == FREE


def test_a_goal_and_the_groups_in_its_way_may_all_have_to_improve() -> None:
    figures = {**published("a", 9.0), **published("a@piger", 4.0), **published("a@drenge", 2.0)}
    change = only(moves(a_plan(WITH_GROUPS, {}), ORDINARILY, **figures).freer)
    assert (change.answer, change.by) == ("equity", Fraction("1.5"))
    assert [(g.member, g.by) for g in change.groups] == [("piger", Fraction("1.5")), ("drenge", Fraction("3.5"))]
    better = {**published("a", 10.5), **published("a@piger", 5.5), **published("a@drenge", 5.5)}
    assert placed(a_plan(WITH_GROUPS, {}), ORDINARILY, **better)[1].step == FREE


def test_a_silent_group_needs_a_figure() -> None:
    figures = {**published("a", 15.0), "a@piger.missing": 7, **published("a@drenge", 12.0)}
    change = only(moves(a_plan(WITH_GROUPS, {}), ORDINARILY, **figures).freer)
    assert (change.answer, change.reached) == ("equity", None)
    assert [(g.member, g.answer) for g in change.groups] == [("piger", "figure-needed")]


def test_a_groups_fall_alone_may_lead_down() -> None:
    figures = {**published("a", 15.0), **published("a@piger", 9.0), **published("a@drenge", 12.0)}
    change = only(moves(a_plan(WITH_GROUPS, {}), State(FREE), **figures).stricter)
    assert change.to == Fraction("9.4")
    assert [(g.member, g.to) for g in change.groups] == [("piger", Fraction("4.4")), ("drenge", Fraction("4.4"))]


# together, and more evidence


def test_all_goals_go_the_same_share_of_their_way() -> None:
    found = moves(a_plan({"g": A, "h": B}, {}), ORDINARILY, **published("a", 9.0), **published("b", 6.0))
    together = found.freer.together
    assert together is not None
    # 15 and 45 units: the last of the 45 is needed, 44/45 = 0.9777… of the way is not enough
    assert together.share == Fraction("0.978")
    assert [(change.goal, change.by) for change in together.changes] == [("g", Fraction("1.5")), ("h", Fraction("4.5"))]
    assert together.reached == Reached(NOW + 1, FREE)


def test_half_the_way_is_enough_where_the_next_step_asks_less() -> None:
    found = moves(a_plan({"g": A}, {}), State(SUPPORT), **published("a", 4.0))
    assert found.freer.together is not None
    # of the 65 units to 10.5, 15 are needed: from 14/65 = 0.2154 on
    assert found.freer.together.share == Fraction("0.216")
    assert [change.by for change in found.freer.together.changes] == [Fraction("1.5")]


MEAN = {"g": a_goal("snit", evidence={"method": "student-t/v1", "confidence": "0.5", "pool": 3})}


def a_mean(value: float, n: float) -> dict[str, float]:
    return {"snit": value, "snit.n": n, "snit.sd": 4.0}


@pytest.mark.parametrize(
    ("value", "answer", "times"),
    [
        # ± 0.68 · 4 / √25 = 0.55, with a further year 0.39; ± 0.31 three times as many, 0.12 twenty times
        (10.4, "further-period", None),
        (10.3, "more-persons", 3),
        (10.1, "more-persons", 20),
        (9.9, "not-by-evidence", None),
    ],
)
def test_more_behind_the_same_result_may_be_enough(value: float, answer: str, times: int | None) -> None:
    evidence = moves(a_plan(MEAN, {}), ORDINARILY, **a_mean(value, 25.0)).freer.evidence
    assert evidence is not None
    assert (evidence.answer, evidence.times) == (answer, times)
    if times is not None:
        assert placed(a_plan(MEAN, {}), ORDINARILY, **a_mean(value, 25.0 * times))[1].step == FREE


def test_a_further_year_adds_nothing_where_the_pool_is_full() -> None:
    rows = [{"institution": "s", "period": NOW - back, "fare": False, **a_mean(10.25, 25.0)} for back in range(3)]
    exact = Exact(a_plan(MEAN, {}), rows)
    evidence = what_would_move(exact, exact.place("s", NOW, ORDINARILY)).freer.evidence
    assert evidence is not None
    # ± 0.31 from three years; a fourth, with ± 0.27, would be enough but pushes out the first
    assert (evidence.answer, evidence.times) == ("more-persons", 2)


# what is found moves, and one unit less does not, when later periods really come out so


TWO = {
    "snit": a_goal(
        "snit - 1", decimals=2, evidence={"method": "student-t/v1", "confidence": {"up": "0.5", "down": "0.65"}}
    ),
    "andel": a_goal(
        "100 * andel",
        better="lower",
        levels={"høj": {"at_most": "20"}, "middel": {"below": "50"}, "lav": "otherwise"},
        evidence={"method": "wilson/v1", "confidence": {"up": "0.5", "down": "0.65"}},
    ),
}
LADDERS = {
    "quick": a_plan(TWO, {}),
    "slow": a_plan(TWO, {"up": 1, "down": 1, "confirm": {"up": 2, "down": 2}, "dwell": {"almindelig": 2, "støtte": 3}}),
}


def first_after(plan: Plan, found: Moves, state: State, figures: dict[str, float], *, up: bool) -> int | None:
    """The period in which later figures really lead there; the placement of this period is as it was."""
    rows = [{"institution": "s", "period": NOW + later, "fare": False, **figures} for later in range(1, 9)]
    exact = Exact(plan, rows)
    assert found.step is not None
    for later in range(1, 9):
        placement = exact.place("s", NOW + later, state)
        assert placement.step is not None
        assert placement.state is not None
        if placement.step < found.step if up else placement.step > found.step:
            return NOW + later
        state = placement.state
    return None


@settings(max_examples=60, deadline=None)
@given(
    ladder=st.sampled_from([*LADDERS]),
    snit=st.integers(100, 1500),
    n=st.integers(2, 80),
    share=st.integers(0, 1000),
    persons=st.integers(1, 200),
    state=st.builds(State, st.sampled_from([FREE, ORDINARY, SUPPORT]), st.integers(1, 4), st.integers(-1, 1)),
)
def test_what_is_found_moves_and_one_unit_less_does_not(
    ladder: str, snit: int, n: int, share: int, persons: int, state: State
) -> None:
    plan = LADDERS[ladder]
    figures = {"snit": snit / 100, "snit.n": float(n), "snit.sd": 2.0, "andel": share / 1000, "andel.n": float(persons)}
    exact, placement = placed(plan, state, **figures)
    found = what_would_move(exact, placement)
    assert placement.state is not None
    for up, way in ((True, found.freer), (False, found.stricter)):
        unchanged = first_after(plan, found, placement.state, figures, up=up)
        assert unchanged == (way.reached.period if way.reached else None)
        for change in way.goals:
            unit = Fraction(1, 100) if change.goal == "snit" else Fraction(1, 10)
            scale = 1 if change.goal == "snit" else 100
            if change.answer != "moves":
                continue
            assert change.by is not None
            assert change.reached is not None
            enough = figures | {change.goal: float(Fraction(str(figures[change.goal])) + change.by / scale)}
            short = change.by - unit if change.by > 0 else change.by + unit
            too_little = figures | {change.goal: float(Fraction(str(figures[change.goal])) + short / scale)}
            assert first_after(plan, found, placement.state, enough, up=up) == change.reached.period
            assert first_after(plan, found, placement.state, too_little, up=up) is None
