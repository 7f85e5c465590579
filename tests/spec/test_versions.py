"""Two versions of a ladder, cell by cell: what is the same, what shifts, and what can't be held against anything."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from pathlib import Path

import pytest

from tests.spec.broken_ladders import AREA, LADDER, replace, sound
from tests.spec.small import LEVELS, STEPS, ladder_of, plan_of
from tilsyn.engine.nodes import EvidenceNode
from tilsyn.engine.plan import make_plan
from tilsyn.services.proving import compared
from tilsyn.services.rules import checked
from tilsyn.studies import versions
from tilsyn.studies.differences import EVIDENCE, Limit, Side
from tilsyn.studies.versions import TooLarge, Versions, compare


def of_change(folder: Path, *changes: tuple[str, str, str]) -> Versions:
    """The sound policy held against itself with something replaced."""
    earlier, later = sound(folder / "før"), sound(folder / "nu")
    for file, old, new in changes:
        replace(later / file, old, new)
    (found,) = compared(checked(later), checked(earlier), ["hjem"])
    assert found.versions is not None
    return found.versions


CELLS = 4 * 4 * 4
"""Three goals of three levels, or none."""


def test_nothing_changed(tmp_path: Path) -> None:
    assert of_change(tmp_path) == Versions(CELLS, CELLS, (), (), (), (), (), ())


def test_steps_in_another_order_are_told_although_nobody_leaves_a_step(tmp_path: Path) -> None:
    """The rules name the same steps, but the freest is now the strictest, and who stands there is worse off."""
    ladder = (tmp_path / "x" / LADDER, sound(tmp_path / "x"))[0].read_text(encoding="utf-8")
    fri, rest = ladder.index("  fri:\n"), ladder.index("  almindelig:\n")
    block, end = ladder[fri:rest], ladder.index("score: {method")
    found = of_change(tmp_path, (LADDER, ladder[fri:end], ladder[rest:end] + block))
    (order,) = [d for d in found.differences if d.what == "order"]
    assert order.before == ("fri", "almindelig", "støtte", "intensiv")
    assert order.after == ("almindelig", "støtte", "intensiv", "fri")
    assert found.reordered
    assert (found.same, found.stricter) == (CELLS, ())


@pytest.mark.parametrize(
    ("old", "new", "what", "stricter"),
    [
        ("visits: {times: 1, per_years: 4}", "visits: {times: 1, per_years: 2}", "visits", True),
        ("visits: {times: 1, per_years: 4}", "visits: {times: 1, per_years: 5}", "visits", False),
        ("    rights: [udfordringsret]\n", "", "rights", True),
        ("    text: Færre krav\n", "    text: Færre krav\n    relieves: {kinds: [registration]}\n", "relieves", False),
    ],
)
def test_what_follows_from_a_step_is_told(old: str, new: str, what: str, stricter: bool, tmp_path: Path) -> None:
    found = of_change(tmp_path, (LADDER, old, new))
    assert [(d.what, d.of, d.stricter) for d in found.differences] == [(what, "fri", stricter)]
    assert not found.reordered


def test_a_stricter_rule_shows_its_cells_and_the_simplest_of_them(tmp_path: Path) -> None:
    found = of_change(
        tmp_path,
        (LADDER, "{id: R3, goals_below.middel: 1, step: støtte", "{id: R3, goals_below.middel: 1, step: intensiv"),
    )
    (shift,) = found.shifts
    assert found.stricter == (shift,)
    assert (shift.before, shift.after, shift.further, shift.rules) == ("støtte", "intensiv", 1, ("R3", "R3"))
    # one of three goals is weak, the others have one of two other levels or none
    assert (shift.cells, found.same) == (3 * 3 * 3, CELLS - 27)
    assert shift.example == (("tryghed_i_hverdagen", "svag"), ("få_fald", "middel"), ("gode_måltider", "middel"))


def test_a_freer_rule_is_no_stricter_one(tmp_path: Path) -> None:
    found = of_change(
        tmp_path, (LADDER, 'score: ">= 80"', 'score: ">= 70"'), (LADDER, 'score: "< 80"', 'score: "< 70"')
    )
    assert [(s.before, s.after, s.further) for s in found.shifts] == [("almindelig", "fri", -1)]
    assert found.stricter == ()


def test_stricter_comes_first_and_the_farthest_first_of_all(tmp_path: Path) -> None:
    rules = [
        (LADDER, 'score: ">= 80", step: fri', 'score: ">= 80", step: intensiv'),
        (LADDER, 'score: "< 80", step: almindelig', 'score: "< 80", step: støtte'),
        (LADDER, "goals_below.middel: 1, step: støtte", "goals_below.middel: 1, step: fri"),
    ]
    assert [shift.further for shift in of_change(tmp_path, *rules).shifts] == [3, 1, -2]


def test_points_and_weights_are_part_of_what_is_compared(tmp_path: Path) -> None:
    found = of_change(tmp_path, (AREA, "    weight: 40", "    weight: 1"))
    assert found.shifts
    assert found.beside == ()


# steps


def test_a_step_with_another_name_is_the_same_when_it_says_so(tmp_path: Path) -> None:
    renamed = [(LADDER, "  støtte:\n", "  hjælp:\n    formerly: støtte\n"), (LADDER, "step: støtte", "step: hjælp")]
    found = of_change(tmp_path, *renamed)
    assert (found.same, found.shifts, found.unmatched_steps) == (CELLS, (), ())
    assert found.beside == ()


def test_a_step_with_another_name_is_another_when_it_does_not(tmp_path: Path) -> None:
    found = of_change(tmp_path, (LADDER, "  støtte:\n", "  hjælp:\n"), (LADDER, "step: støtte", "step: hjælp"))
    assert found.unmatched_steps == ("støtte", "hjælp")
    assert [(s.before, s.after, s.further) for s in found.shifts] == [("støtte", "hjælp", None)]
    assert (found.stricter, found.incomparable) == ((), 27)


def test_a_new_step_in_between_moves_nobody_by_itself(tmp_path: Path) -> None:
    between = "  tillid:\n    title: x\n    text: x\n    visits: {times: 1, per_years: 2}\n    reference: {note: x, checked: no}\n"  # noqa: E501
    found = of_change(tmp_path, (LADDER, "  almindelig:\n", between + "  almindelig:\n"))
    assert (found.same, found.unmatched_steps, found.beside) == (CELLS, ("tillid",), ())


def test_no_step_and_a_step_are_not_the_same() -> None:
    """A table with a hole, which `check` would refuse, has no step where the other has one."""
    whole = [{"mål": "bedst", "step": "fri"}, {"step": "almindelig"}]
    _, before = plan_of(ladder={"rules": whole[:1]})
    _, after = plan_of(ladder={"rules": whole})
    found = compare(before, after, ladder_of(rules=whole))
    assert [(s.before, s.after, s.further, s.cells) for s in found.shifts] == [(None, "almindelig", None, 3)]
    # a goal without a level meets no rule in either
    assert found.same == 2


# what only one of them has


def test_a_goal_that_only_one_version_has_is_laid_out_and_named() -> None:
    goals = {"mål": {"measure": "x"}, "mere": {"measure": "y"}}
    rules = [{"mål": ">= god", "step": "fri"}, {"step": "almindelig"}]
    stricter = [{"mål": ">= god", "goals_below.god": 0, "step": "fri"}, {"step": "almindelig"}]
    _, before = plan_of(goals=dict([*goals.items()][:1]), ladder={"rules": rules})
    _, after = plan_of(goals=goals, ladder={"rules": stricter})
    found = compare(before, after, ladder_of(rules=stricter))
    assert (found.only_before, found.only_after) == ((), ("mere",))
    assert found.cells == 5 * 5
    # two good levels of the one, two bad ones of the other
    assert [(s.before, s.after, s.cells) for s in found.shifts if s.further] == [("fri", "almindelig", 4)]
    assert compare(after, before, ladder_of(rules=rules)).only_before == ("mere",)


def test_an_input_of_another_type_is_another_input() -> None:
    rules = [{"q": "> 2", "step": "fri"}, {"step": "almindelig"}]
    of_text = [{"q": '"a"', "step": "fri"}, {"step": "almindelig"}]
    _, before = plan_of(quantities={"q": "antal"}, ladder={"rules": rules})
    _, after = plan_of(quantities={"q": "art"}, ladder={"rules": of_text})
    found = compare(before, after, ladder_of(rules=of_text))
    assert (found.only_before, found.only_after) == (("q",), ("q",))
    assert found.cells == 5 * 3 * 2


def test_boundaries_of_both_versions_are_told_apart() -> None:
    ladders = [[{"q": test, "step": "fri"}, {"step": "almindelig"}] for test in ("> 2", ">= 2", "> 3")]
    plans = [plan_of(quantities={"q": "antal"}, ladder={"rules": rules})[1] for rules in ladders]
    found = compare(plans[0], plans[1], ladder_of(rules=ladders[1]))
    assert [dict(s.example)["q"] for s in found.shifts] == ["2"]
    found = compare(plans[0], plans[2], ladder_of(rules=ladders[2]))
    assert [(s.further, s.cells) for s in found.shifts] == [(2, 4 * 2)]


def test_a_level_that_only_one_version_uses_is_left_out_and_named() -> None:
    three = {"levels": {"god": {"at_least": 5}, "under": {"at_least": 2}, "dårlig": "otherwise"}}
    rules = [{"goals_below.god": 0, "step": "fri"}, {"step": "almindelig"}]
    _, before = plan_of(ladder={"rules": rules})
    _, after = plan_of(goals={"mål": three}, ladder={"rules": rules})
    found = compare(before, after, ladder_of(rules=rules))
    assert found.unmatched_levels == ("bedst",)
    assert found.cells == 3 + 1
    assert "figures" in found.beside


def test_the_periods_and_the_step_before_count_where_either_reads_them() -> None:
    reading = [{"previous": "fri", "held": "< 2", "step": "fri"}, {"step": "almindelig"}]
    plain = [{"step": "almindelig"}]
    _, before = plan_of(ladder={"rules": plain})
    _, after = plan_of(ladder={"rules": reading})
    found = compare(before, after, ladder_of(rules=reading))
    assert found.cells == 5 * len(STEPS[:3]) * 4
    (shift,) = [s for s in found.shifts if s.after == "fri"]
    assert shift.cells == len(LEVELS) * 2
    assert dict(shift.example)["previous"] == "fri"


# what is no part of it


@pytest.mark.parametrize(
    ("change", "beside"),
    [
        ((AREA, "stærk: {at_least: 4.2}", "stærk: {at_least: 4.3}"), "figures"),
        ((AREA, "measure: 100 * fald", "measure: 100 * (fald + 0)"), "figures"),
        ((AREA, "cap: middel", "cap: svag"), "figures"),
        ((AREA, "applies_when: har_nat", "applies_when: not(har_nat)"), "figures"),
        ((LADDER, "not-submitted: worst", "not-submitted: doubt"), "missing"),
        ((LADDER, "coverage: 60 %", "coverage: 50 %"), "coverage"),
        ((LADDER, "lapse: {after: 2", "lapse: {after: 3"), "movement"),
        ((LADDER, "up: 1", "up: 2"), "movement"),
    ],
)
def test_what_else_differs_is_named_and_not_weighed(change: tuple[str, str, str], beside: str, tmp_path: Path) -> None:
    found = of_change(tmp_path, change)
    assert found.beside == (beside,)
    assert found.shifts == ()


L, F = "limit", Fraction


def said(found: Versions) -> list[tuple[object, ...]]:
    return [(d.what, d.goal, d.of, d.before, d.after, d.stricter, d.seen) for d in found.differences]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # a limit is stricter where it asks for more, also by what stands on it alone
        ((AREA, "{at_least: 4.2}", "{at_least: 4.3}"), (L, "stærk", F("4.2"), "at_least", F("4.3"), "at_least", True)),
        ((AREA, "{at_least: 4.2}", "{at_least: 4.1}"), (L, "stærk", F("4.2"), "at_least", F("4.1"), "at_least", False)),
        ((AREA, "{at_least: 4.2}", "{above: 4.2}"), (L, "stærk", F("4.2"), "at_least", F("4.2"), "above", True)),
        ((AREA, "{at_most: 15}", "{at_most: 14}"), (L, "middel", F(15), "at_most", F(14), "at_most", True)),
        ((AREA, "{at_most: 15}", "{at_most: 16}"), (L, "middel", F(15), "at_most", F(16), "at_most", False)),
        ((AREA, "{at_most: 15}", "{below: 15}"), (L, "middel", F(15), "at_most", F(15), "below", True)),
    ],
)
def test_a_changed_limit_says_which_way(
    change: tuple[str, str, str], expected: tuple[str, str, Fraction, Side, Fraction, Side, bool], tmp_path: Path
) -> None:
    what, level, before, old, after, new, stricter = expected
    goal = "tryghed_i_hverdagen" if level == "stærk" else "få_fald"
    found = said(of_change(tmp_path, change))
    assert found == [(what, goal, level, Limit(old, before), Limit(new, after), stricter, False)]


TRYG, FALD, MAD = "tryghed_i_hverdagen", "få_fald", "gode_måltider"
STUDENT = "method: student-t/v1, confidence: 0.6"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ((AREA, STUDENT, f"{STUDENT}, pool: 3"), ("pool", TRYG, None, 1, 3, None, False)),
        (
            (AREA, STUDENT, "method: student-t/v1, confidence: {up: 0.6, down: 0.7}"),
            ("confidence_down", TRYG, None, F("0.6"), F("0.7"), None, False),
        ),
        ((AREA, "{stærk: {at_least: 80}, middel: {at_least: 50}, svag: otherwise}\n    points: {stærk: 100, middel: 60",
          "{stærk: {at_least: 80}, middel: {at_least: 50}, svag: otherwise}\n    points: {stærk: 100, middel: 59"),
         ("points", MAD, "middel", 60, 59, True, True)),
        ((AREA, "weight: 40", "weight: 41"), ("weight", TRYG, None, 40, 41, None, True)),
        ((AREA, "decimals: 2\n    better", "decimals: 3\n    better"), ("decimals", TRYG, None, 2, 3, None, False)),
        (
            (AREA, "    equity: {groups: [demens, alene], no_worse_than: middel, cap: middel}\n", ""),
            ("equity", TRYG, None, ("demens", "alene"), None, False, False),
        ),
        ((AREA, "groups: [demens, alene]", "groups: [demens]"),
         ("equity", TRYG, None, ("alene", "demens"), ("demens",), False, False)),
        ((AREA, "no_worse_than: middel", "no_worse_than: stærk"),
         ("no_worse_than", TRYG, None, "middel", "stærk", True, False)),
        ((AREA, "cap: middel", "cap: svag"), ("cap", TRYG, None, "middel", "svag", True, False)),
        ((AREA, "decimals: 2, range: [1, 5]", "decimals: 2, range: [1, 6]"),
         ("indicator", None, "tryghed", None, None, None, False)),
        ((LADDER, "not-submitted: worst", "not-submitted: doubt"),
         ("missing", None, "not-submitted", "worst", "doubt", False, False)),
        ((LADDER, "not-applicable: leave-out", "not-applicable: worst"),
         ("missing", None, "not-applicable", "leave-out", "worst", True, False)),
        ((LADDER, "not-applicable: leave-out", "not-applicable: doubt"),
         ("missing", None, "not-applicable", "leave-out", "doubt", None, False)),
        ((LADDER, "coverage: 60 %", "coverage: 50 %"), ("coverage", None, None, F("0.6"), F("0.5"), None, False)),
        ((LADDER, "  up: 1", "  up: 2"), ("up", None, None, 1, 2, False, False)),
        ((LADDER, "  up: 1\n", ""), ("up", None, None, 1, None, False, False)),
        ((LADDER, "  down: 1", "  down: 2"), ("down", None, None, 1, 2, True, False)),
        ((LADDER, "  up: 1", "  up: 1\n  confirm: {up: 2}"), ("confirm_up", None, None, 1, 2, True, False)),
        ((LADDER, "  up: 1", "  up: 1\n  confirm: {down: 2}"), ("confirm_down", None, None, 1, 2, False, False)),
        ((LADDER, "  up: 1", "  up: 1\n  dwell: {støtte: 2}"), ("dwell", None, "støtte", 0, 2, True, False)),
        ((LADDER, "  up: 1", "  up: 1\n  doubt: point"), ("doubt", None, None, "range", "point", None, False)),
        ((LADDER, "after: 2", "after: 3"), ("lapse_after", None, None, 2, 3, False, False)),
        ((LADDER, "to: almindelig", "to: støtte"), ("lapse_to", None, None, "almindelig", "støtte", True, False)),
        ((LADDER, "when: ulykke, step: intensiv", "when: ulykke, step: støtte"),
         ("grave_step", None, None, "intensiv", "støtte", False, False)),
    ],
)  # fmt: skip
def test_what_else_differs_says_what_it_was_and_is(
    change: tuple[str, str, str], expected: tuple[object, ...], tmp_path: Path
) -> None:
    assert said(of_change(tmp_path, change)) == [expected]


def test_everything_about_evidence_is_compared() -> None:
    assert {*EvidenceNode.__struct_fields__} == set(EVIDENCE)


def test_what_is_stricter_comes_first_and_what_is_looser_last(tmp_path: Path) -> None:
    changes = [
        (AREA, "at_most: 15", "at_most: 16"),
        (LADDER, "coverage: 60 %", "coverage: 50 %"),
        (LADDER, "down: 1", "down: 2"),
    ]
    found = of_change(tmp_path, *changes)
    assert [d.stricter for d in found.differences] == [True, None, False]
    assert found.unseen == found.differences


def test_steps_of_another_name_do_not_move_by_it(tmp_path: Path) -> None:
    renamed = [
        (LADDER, "  intensiv:\n", "  tæt:\n    formerly: intensiv\n"),
        (LADDER, 'goals_below.middel: ">= 2", step: intensiv', 'goals_below.middel: ">= 2", step: tæt'),
        (LADDER, "when: ulykke, step: intensiv", "when: ulykke, step: tæt"),
    ]
    assert said(of_change(tmp_path, *renamed)) == []


# days


def test_each_version_is_held_against_the_one_in_force_on_its_day(tmp_path: Path) -> None:
    """Every day from which either changes while both are in force; days that give the same are one comparison."""
    earlier, later = sound(tmp_path / "før"), sound(tmp_path / "nu")
    replace(earlier / AREA, "{at_least: 4.2}", "{at_least: {2024-01-01: 4.2, 2027-01-01: 4.4}}")
    replace(later / AREA, "{at_least: 4.2}", "{at_least: {2024-01-01: 4.2, 2026-01-01: 4.3}}")
    found = compared(checked(later), checked(earlier), ["hjem"])
    days = [[day.isoformat() for day in one.days] for one in found]
    assert days == [["2024-01-01"], ["2026-01-01"], ["2027-01-01"]]
    assert [(one.policy.day.isoformat(), one.before.day.isoformat()) for one in found] == [
        ("2024-01-01", "2024-01-01"), ("2026-01-01", "2024-01-01"), ("2026-01-01", "2027-01-01"),
    ]  # fmt: skip
    assert [[d.stricter for d in one.versions.differences] for one in found if one.versions] == [[], [True], [False]]
    (one_day,) = compared(checked(later), checked(earlier), ["hjem"], on=dt.date(2026, 6, 1))
    assert one_day.days == (dt.date(2026, 6, 1),)
    assert one_day.versions == found[1].versions
    (same,) = compared(checked(later), checked(later), ["hjem"])
    assert [day.year for day in same.days] == [2024, 2026]


def test_versions_that_are_never_in_force_together_are_compared_as_they_last_are(tmp_path: Path) -> None:
    earlier, later = sound(tmp_path / "før"), sound(tmp_path / "nu")
    for folder, days in ((earlier, "2024-01-01\nuntil: 2025-12-31"), (later, "2026-01-01")):
        for file in folder.rglob("*.yaml"):
            replace(file, "from: 2024-01-01\n", f"from: {days}\n")
    (found,) = compared(checked(later), checked(earlier), ["hjem"])
    assert (found.policy.day.year, found.before.day.year) == (2026, 2024)


def test_another_beginning_is_named(tmp_path: Path) -> None:
    moved = [
        (LADDER, "    initial: true\n", ""),
        (LADDER, "    text: Mere hjælp\n", "    text: Mere hjælp\n    initial: true\n"),
    ]
    assert of_change(tmp_path, *moved).beside == ("initial",)


def test_too_many_cells_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = sound(tmp_path / "policy")
    policy = checked(folder).on("hjem", checked(folder).change_days("hjem")[-1])
    plan = make_plan(policy.area, policy.ladder)
    monkeypatch.setattr(versions, "MOST", CELLS)
    assert compare(plan, plan, policy.ladder).cells == CELLS
    monkeypatch.setattr(versions, "MOST", CELLS - 1)
    with pytest.raises(TooLarge):
        compare(plan, plan, policy.ladder)
    (found,) = compared(checked(folder), checked(folder), ["hjem"])
    assert (found.versions, found.cells) == (None, CELLS)
