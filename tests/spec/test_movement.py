"""How placements follow each other: each numbered step of the design, first alone, then on both readings."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tilsyn.engine.machine import move_table
from tilsyn.engine.movement import State, move, next_state, start_of, told
from tilsyn.engine.nodes import MovementNode

from ..generative.readings import Answer, Reads
from .small import REFERENCE, STEPS, Gone, answers, ladder_of, plan_of

FRI, TILLID, ALMINDELIG, STOETTE, INTENSIV = range(5)


def rules_of(**given: Any) -> MovementNode:
    """Movement without limits, confirmation, dwelling, lapse or emergencies, but for what is given."""
    nothing: dict[str, Any] = {
        "up": None,
        "down": None,
        "confirm_up": 1,
        "confirm_down": 1,
        "dwell": (0, 0, 0, 0, 0),
        "lapse_after": None,
        "lapse_to": None,
        "grave_when": None,
        "grave_step": None,
        "point_only": False,
        "undecided": "follow",
    }
    return MovementNode(**{**nothing, **given})


def moved(given: dict[str, Any], **case: Any) -> tuple[int, int, str]:
    usual = {"previous": ALMINDELIG, "held": 1, "streak": 0, "absent": 0, "target": ALMINDELIG, "grave": False}
    found = move(rules_of(**given), **{**usual, **case})
    return found.step, found.streak, "+".join(found.reasons)


@pytest.mark.parametrize(
    ("rules", "case", "expected"),
    [
        # 1: not assessed: no target, no streak
        ({}, {"target": None, "streak": 2}, (ALMINDELIG, 0, "not-assessed")),
        # 2: the target is the previous step
        ({}, {"streak": 2}, (ALMINDELIG, 0, "stays")),
        # 3: streaks and confirmation
        ({}, {"target": FRI}, (FRI, 0, "rises")),
        ({}, {"target": INTENSIV}, (INTENSIV, 0, "falls")),
        ({"confirm_up": 2}, {"target": FRI}, (ALMINDELIG, 1, "awaits-confirmation")),
        ({"confirm_up": 2}, {"target": FRI, "streak": 1}, (FRI, 0, "rises")),
        ({"confirm_up": 2}, {"target": FRI, "streak": -3}, (ALMINDELIG, 1, "awaits-confirmation")),
        ({"confirm_down": 3}, {"target": STOETTE, "streak": -1}, (ALMINDELIG, -2, "awaits-confirmation")),
        ({"confirm_down": 3}, {"target": STOETTE, "streak": -2}, (STOETTE, 0, "falls")),
        # a fall that waits for its decision keeps its streak; a rise, and a fall that is followed, do not
        ({"undecided": "stay"}, {"target": STOETTE, "streak": -1}, (STOETTE, -2, "falls")),
        ({"undecided": "stay"}, {"target": FRI, "streak": 1}, (FRI, 0, "rises")),
        # 4: up only after dwelling; down at once
        ({"dwell": (0, 0, 3, 0, 0)}, {"target": FRI, "held": 2}, (ALMINDELIG, 1, "awaits-dwell")),
        ({"dwell": (0, 0, 3, 0, 0)}, {"target": FRI, "held": 3}, (FRI, 0, "rises")),
        ({"dwell": (0, 0, 3, 0, 0)}, {"target": STOETTE, "held": 0}, (STOETTE, 0, "falls")),
        # 5: at most so many steps
        ({"up": 1}, {"target": FRI}, (TILLID, 0, "rises+limited-up")),
        ({"up": 2}, {"target": FRI}, (FRI, 0, "rises")),
        ({"down": 1}, {"target": INTENSIV}, (STOETTE, 0, "falls+limited-down")),
        # 6: silence never frees
        (
            {"lapse_after": 2, "lapse_to": ALMINDELIG},
            {"previous": FRI, "target": None, "absent": 1},
            (FRI, 0, "not-assessed"),
        ),
        (
            {"lapse_after": 2, "lapse_to": ALMINDELIG},
            {"previous": FRI, "target": None, "absent": 2},
            (ALMINDELIG, 0, "not-assessed+lapse"),
        ),
        (
            {"lapse_after": 2, "lapse_to": ALMINDELIG},
            {"previous": STOETTE, "target": None, "absent": 9},
            (STOETTE, 0, "not-assessed"),
        ),
        # 7: the stricter of the result and the grave step, unlimited, the not assessed too
        (
            {"grave_step": INTENSIV, "down": 1, "confirm_down": 3},
            {"previous": FRI, "target": FRI, "grave": True},
            (INTENSIV, 0, "stays+grave"),
        ),
        ({"grave_step": STOETTE}, {"target": INTENSIV, "grave": True}, (INTENSIV, 0, "falls+grave")),
        ({"grave_step": STOETTE}, {"target": None, "grave": True}, (STOETTE, 0, "not-assessed+grave")),
        ({"grave_step": STOETTE}, {"target": FRI, "grave": False}, (FRI, 0, "rises")),
        (
            {"lapse_after": 1, "lapse_to": ALMINDELIG, "grave_step": INTENSIV},
            {"previous": FRI, "target": None, "absent": 1, "grave": True},
            (INTENSIV, 0, "not-assessed+lapse+grave"),
        ),
    ],
)
def test_each_step_of_a_move(rules: dict[str, Any], case: dict[str, Any], expected: tuple[int, int, str]) -> None:
    assert moved(rules, **case) == expected


def test_a_table_of_moves_says_what_move_says() -> None:
    movement = rules_of(
        up=1,
        confirm_up=2,
        confirm_down=1,
        dwell=(0, 1, 2, 0, 3),
        lapse_after=2,
        lapse_to=ALMINDELIG,
        grave_step=STOETTE,
    )
    table = move_table(movement, 5)
    cases = itertools.product(range(5), [*range(5), None], range(4), range(-1, 3), range(3), (False, True))
    for (previous, target, held, streak, absent, grave), found in zip(cases, table.moves, strict=True):
        assert found == move(
            movement, previous=previous, held=held, streak=streak, absent=absent, target=target, grave=grave
        )


# the state


def test_a_newcomer_begins_on_the_initial_step() -> None:
    _, plan = plan_of(ladder={"steps": STEPS, "initial": "tillid", "movement": {}})
    start = start_of(None, plan.ladder)
    assert (start.previous, start.held, start.newcomer) == (TILLID, 0, True)


@pytest.mark.parametrize(
    ("undecided", "state", "previous", "held", "in_force"),
    [
        ("follow", State(STOETTE, 3, in_force=FRI, in_force_held=5), STOETTE, 3, FRI),
        ("stay", State(STOETTE, 3, in_force=FRI, in_force_held=5), FRI, 5, FRI),
        ("stay", State(STOETTE, 3, decided=True, in_force=FRI, in_force_held=5), STOETTE, 3, STOETTE),
        ("stay", State(STOETTE, 3), STOETTE, 3, STOETTE),
    ],
)
def test_the_next_period_starts_from_the_decided_step_else_as_undecided_says(
    undecided: str, state: State, previous: int, held: int, in_force: int
) -> None:
    _, plan = plan_of(ladder={"steps": STEPS, "movement": {"undecided": undecided}})
    start = start_of(state, plan.ladder)
    assert (start.previous, start.held, start.in_force) == (previous, held, in_force)


@pytest.mark.parametrize(
    ("state", "streak"),
    [
        (State(STOETTE, 1, -2, decided=True, in_force=FRI), 0),
        (State(STOETTE, 1, -2, decided=True, in_force=STOETTE), -2),
        (State(STOETTE, 1, -2, in_force=FRI), -2),
    ],
)
def test_a_decision_that_moves_ends_the_streak(state: State, streak: int) -> None:
    _, plan = plan_of(ladder={"steps": STEPS, "movement": {}})
    assert start_of(state, plan.ladder).streak == streak


def test_relief_stays_in_force_while_a_fall_waits_and_takes_effect_at_once_when_it_rises() -> None:
    _, plan = plan_of(ladder={"steps": STEPS, "movement": {}})
    start = start_of(State(ALMINDELIG, 2, decided=True), plan.ladder)
    fallen, risen = next_state(start, STOETTE, 0, 0), next_state(start, FRI, 0, 0)
    assert (fallen.step, fallen.held, fallen.in_force, fallen.in_force_held) == (STOETTE, 1, ALMINDELIG, 3)
    assert (risen.step, risen.held, risen.in_force, risen.in_force_held) == (FRI, 1, FRI, 1)


def test_staying_is_told_apart_by_why() -> None:
    assert told(("stays",), ALMINDELIG, ALMINDELIG) == ("stays",)
    assert told(("stays", "grave"), ALMINDELIG, FRI) == ("in-doubt-stay", "grave")


# on both readings


LEVELS = {"bedst": {"at_least": 4}, "god": {"at_least": 3}, "under": {"at_least": 2}, "dårlig": "otherwise"}
RULES = [{"mål": level, "step": step} for level, step in zip(("bedst", "god", "under", "dårlig"), STEPS, strict=False)]


def placed(reading: Reads, row: dict[str, Any], state: State | None, **movement: Any) -> Answer:
    """A figure and its published interval, 1 to 4, are the steps støtte to fri."""
    emergency = {"when": "ja", "step": "intensiv", "because": "x", "reference": REFERENCE}
    grave = {"grave": emergency} if movement.pop("grave", False) else {}
    made = plan_of(
        goals={"mål": {"measure": "x", "levels": LEVELS, "evidence": {"method": "given/v1"}}},
        ladder={
            "steps": STEPS,
            "initial": "almindelig",
            "rules": RULES,
            "needs": {"ja": {"kind": "flag"}},
            "missing": {"else": "leave-out"},
            "movement": {**movement, **grave},
        },
    )
    (found,) = answers(reading, made, [row], {"i0": state} if state else {})
    return found


def of(low: float, value: float, high: float) -> dict[str, Any]:
    return {"x": value, "x.low": low, "x.high": high}


@pytest.mark.parametrize(
    ("figure", "previous", "target", "step", "reasons"),
    [
        (of(2, 3, 4), ALMINDELIG, "almindelig", "almindelig", "in-doubt-stay"),
        (of(2, 3, 4), TILLID, "tillid", "tillid", "stays"),
        (of(2, 3, 4), STOETTE, "almindelig", "almindelig", "rises"),
        (of(1, 1, 2), FRI, "almindelig", "almindelig", "falls"),
        (of(1, 2, 4), INTENSIV, "støtte", "støtte", "rises"),
        (of(4, 4, 4), ALMINDELIG, "fri", "fri", "rises"),
        ({"x": Gone("suppressed")}, TILLID, None, "tillid", "not-assessed"),
    ],
)
def test_in_doubt_stay_else_the_shortest_way_in(
    reading: Reads, figure: dict[str, Any], previous: int, target: str | None, step: str, reasons: str
) -> None:
    found = placed(reading, figure, State(previous))
    assert (found["target"], found["step"], found["reasons"]) == (target, step, reasons)


def test_doubt_point_asks_the_point_alone(reading: Reads) -> None:
    found = placed(reading, of(2, 3, 4), State(ALMINDELIG), doubt="point")
    assert (found["target"], found["step"], found["reasons"]) == ("tillid", "tillid", "rises")


def test_a_newcomer_moves_as_everyone(reading: Reads) -> None:
    found = placed(reading, of(4, 4, 4), None, up=1)
    assert (found["previous"], found["newcomer"], found["step"], found["reasons"], found["held"]) == (
        "almindelig",
        True,
        "tillid",
        "rises+limited-up",
        1,
    )


def test_silence_counts_periods_and_then_lapses(reading: Reads) -> None:
    silent, lapse = {"x": Gone("not-submitted")}, {"lapse": {"after": 2, "to": "almindelig"}}
    once = placed(reading, silent, State(FRI, 3), **lapse)
    assert (once["step"], once["absent"], once["held"], once["reasons"]) == ("fri", 1, 4, "not-assessed")
    twice = placed(reading, silent, State(FRI, 4, absent=1), **lapse)
    assert (twice["step"], twice["absent"], twice["held"], twice["reasons"]) == (
        "almindelig",
        2,
        1,
        "not-assessed+lapse",
    )
    again = placed(reading, of(4, 4, 4), State(FRI, 4, absent=1), **lapse)
    assert (again["step"], again["absent"]) == ("fri", 0)


@pytest.mark.parametrize(
    ("flag", "expected"),
    [(True, ("intensiv", True, False)), (False, ("fri", False, False)), (Gone("not-submitted"), ("fri", False, True))],
)
def test_an_emergency_bites_and_a_missing_flag_is_not_set_but_said(
    reading: Reads, flag: object, expected: tuple[str, bool, bool]
) -> None:
    found = placed(reading, {**of(4, 4, 4), "ja": flag}, State(FRI), grave=True, down=1)
    assert (found["step"], found["grave"], found["grave_unknown"]) == expected
    assert found["in_force"] == "fri"


def test_without_movement_there_is_no_memory(reading: Reads) -> None:
    made = plan_of(
        goals={"mål": {"measure": "x", "levels": LEVELS}},
        ladder={"steps": STEPS, "rules": RULES, "missing": {"else": "leave-out"}},
    )
    rows = [{"x": 4}, {"x": 1}, {}]
    found = answers(reading, made, rows, {"i0": State(INTENSIV)})
    assert [(a["step"], a["reasons"]) for a in found] == [
        ("fri", "no-memory"),
        ("støtte", "no-memory"),
        (None, "not-assessed"),
    ]


def test_a_ladder_is_declared_freest_first() -> None:
    assert tuple(ladder_of(steps=STEPS).steps) == STEPS
