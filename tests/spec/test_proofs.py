"""What is proved of a ladder: the sound one, ten broken ones with the institution that breaks each, and the shipped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.spec.broken_ladders import AREA, BROKEN, LADDER, Broken, replace, sound, weakened
from tests.spec.small import REFERENCE, STEPS, ladder_of, plan_of
from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine import exact
from tilsyn.engine.movement import Moved, move, target_of
from tilsyn.engine.nodes import MovementNode
from tilsyn.engine.values import Reason
from tilsyn.files.shipped import shipped_folder
from tilsyn.services.proving import proved
from tilsyn.services.rules import checked
from tilsyn.studies import proofs, walks
from tilsyn.studies.outcomes import Outcomes
from tilsyn.studies.proofs import PROPERTIES, Verdict, prove
from tilsyn.studies.silence import Withheld
from tilsyn.telling.proofs import proof_data
from tilsyn.telling.subjects import Proved

NOBODY = Requirements.model_validate(
    {"tilsyn": 1, "from": "2000-01-01", "requirements_of": "område", "requirements": {}}
)


def of_hjem(folder: Path) -> Proved:
    (found,) = proved(checked(folder), ["hjem"])
    return found


def outcomes(found: Proved) -> dict[str, str]:
    return {verdict.property: verdict.outcome for verdict in found.verdicts}


def verdict_of(found: Proved, name: str) -> Verdict:
    return next(verdict for verdict in found.verdicts if verdict.property == name)


def small(**declared: Any) -> dict[str, Verdict]:
    """The verdicts of a small ladder; `goals`, `quantities` and `most` apart, what is given is the ladder's."""
    goals = declared.pop("goals", None) or {"mål": {"measure": "x", "evidence": INTERVAL}}
    quantities, most = declared.pop("quantities", {}), declared.pop("most", 10_000)
    declared.setdefault("steps", STEPS[:3])
    _, plan = plan_of(goals=goals, quantities=quantities, ladder=dict(declared))
    return {verdict.property: verdict for verdict in prove(plan, ladder_of(**declared), NOBODY, most=most)}


INTERVAL = {"method": "normal/v1", "confidence": "0.6"}
SOUND_RULES = [
    {"mål": "bedst", "step": "fri"}, {"mål": "god", "step": "tillid"}, {"mål": "< god", "step": "almindelig"},
]  # fmt: skip


# the sound ladder and the broken ones


def test_the_sound_ladder_keeps_every_promise(tmp_path: Path) -> None:
    assert outcomes(of_hjem(sound(tmp_path / "policy"))) == dict.fromkeys(PROPERTIES, "holds")


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_ladder_fails_in_all_that_it_breaks(broken: Broken, tmp_path: Path) -> None:
    found = outcomes(of_hjem(weakened(tmp_path / "policy", broken)))
    assert [name for name, outcome in found.items() if outcome == "fails"] == broken.fails
    assert [name for name, outcome in found.items() if outcome == "undecided"] == broken.undecided
    assert broken.property in broken.fails


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_a_broken_ladder_shows_its_institution(broken: Broken, tmp_path: Path) -> None:
    found = proof_data([of_hjem(weakened(tmp_path / "policy", broken))])
    (verdict,) = [v for v in found["areas"][0]["properties"] if v["property"] == broken.property]
    assert verdict["about"] == broken.shows["about"]
    assert [_shown(story) for story in verdict["stories"]] == broken.shows.get("institutions", [])


def _shown(story: Mapping[str, Any]) -> dict[str, Any]:
    """A story as the files write it."""
    start = story["start"]
    held = {"held": start["held"]} if start is not None and start["held"] != 1 else {}
    years = [
        {
            "known": {name: _known(value) for name, value in {**year["goals"], **year["inputs"]}.items()},
            "rules": year["rules"],
            "step": year["step"],
        }
        for year in story["years"]
    ]
    return {"from": "newcomer" if start is None else start["step"], **held, "years": years}


def _known(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "missing" in value:
        return value["missing"]  # pyright: ignore[reportUnknownVariableType]
    return value["worst"] if value["worst"] == value["best"] else f"{value['worst']}..{value['best']}"


def test_every_property_has_a_broken_ladder() -> None:
    assert {broken.property for broken in BROKEN} == {*PROPERTIES}


# where a fall waits for its decision


def stays(folder: Path, broken: str) -> Proved:
    """A broken ladder on which a fall is not followed until a person has decided it."""
    (found,) = [one for one in BROKEN if one.name == broken]
    weakened(folder, found)
    replace(folder / LADDER, "  down: 1\n", "  down: 1\n  undecided: stay\n")
    return of_hjem(folder)


@pytest.mark.parametrize(
    ("broken", "name"),
    [("one_goal_is_enough", "P9"), ("help_must_be_served", "P8"), ("freedom_every_other_year", "P10")],
)
def test_recommendations_are_decided_too(broken: str, name: str, tmp_path: Path) -> None:
    """Where nobody decides, nobody falls two steps, and nothing of this is seen."""
    verdict = verdict_of(stays(tmp_path / "policy", broken), name)
    assert verdict.outcome == "fails"
    assert any(year.happening.decided for story in verdict.stories for year in story.years)


# what is grave


def test_what_is_grave_and_read_by_rules_too_is_never_both_set_and_not() -> None:
    """The first rule frees whoever the flag is set for, and the flag leads to the strictest step all the same: nobody
    is ever seen by that rule without the emergency."""
    found = small(
        needs={"ja": {"kind": "flag"}}, hit="first",
        rules=[{"ja": "true", "mål": "< god", "step": "fri"}, *SOUND_RULES],
        movement={"grave": {"when": "ja", "step": "almindelig", "because": "x", "reference": REFERENCE}},
        steps=STEPS[:3], initial="tillid",
    )  # fmt: skip
    assert found["P7"].outcome == "holds"
    years = [year for verdict in found.values() for story in verdict.stories for year in story.years]
    assert years, "silence about the flag leaves doubt, and some promises are broken by that"
    assert all(year.grave == (year.inputs[0] is True) for year in years)


# what no declaration can break


MOVEMENTS = [
    MovementNode(up, down, confirm_up, confirm_down, (0, dwell, 0, dwell), None, None, None, None, False, undecided)
    for up, down, confirm_up, confirm_down, dwell, undecided in product(
        (1, None), (1, 2, None), (1, 2), (1, 2), (0, 2), ("follow", "stay")
    )
]  # fmt: skip


def test_doubt_moves_nobody_where_every_input_is_known() -> None:
    """P2 follows from `target_of`: in a wider range the target is the same or nearer. Over every nested pair of ranges
    of four steps, from every place, under every movement; only an unknown input, which is read at its strictest over
    all plausible levels, can break it (`unknown_flag_read_strictest.yaml`)."""
    ranges = [(freest, strictest) for freest in range(4) for strictest in range(freest, 4)]
    nested = [(one, other) for one in ranges for other in ranges if other[0] <= one[0] and one[1] <= other[1]]
    for movement, (one, other), previous, held, streak in product(
        MOVEMENTS, nested, range(4), (0, 1, 2), (-2, -1, 0, 1, 2)
    ):
        steps = [
            move(
                movement, previous=previous, held=held, streak=streak, absent=0,
                target=target_of(movement, previous, *ends, None), grave=False,
            ).step - previous
            for ends in (one, other)
        ]  # fmt: skip
        assert steps[1] == 0 or (abs(steps[1]) <= abs(steps[0]) and steps[0] * steps[1] > 0)


def test_a_movement_that_runs_to_the_far_end_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """P2 fails where doubt is held against the institution; planted in the engine, for the exact reading too."""

    def far(_: MovementNode, previous: int, freest: int, strictest: int, point: int | None) -> int | None:
        return strictest

    monkeypatch.setattr(walks, "target_of", far)
    monkeypatch.setattr(exact, "target_of", far)
    found = small(rules=SOUND_RULES, movement={})["P2"]
    assert found.outcome == "fails"
    before, after = (story.years[0] for story in found.stories)
    assert (before.step, after.step) == (1, 2)
    assert (before.known[0].worst, before.known[0].best) == (2, 2)
    assert (after.known[0].worst, after.known[0].best) == (1, 2)


GRAVE = {"when": "ja", "step": "almindelig", "because": "x", "reference": REFERENCE}
WITH_GRAVE: dict[str, Any] = {"rules": SOUND_RULES, "needs": {"ja": {"kind": "flag"}}, "movement": {"grave": GRAVE}}


def test_an_emergency_that_does_not_bite_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """P7 follows from `move`, which no declaration reaches; planted in the engine, for the exact reading too."""

    def deaf(movement: MovementNode, *, grave: bool, **rest: Any) -> Moved:
        return move(movement, grave=False, **rest)

    assert small(**WITH_GRAVE)["P7"].outcome == "holds"
    monkeypatch.setattr(walks, "move", deaf)
    monkeypatch.setattr(exact, "move", deaf)
    found = small(**WITH_GRAVE)["P7"]
    assert found.outcome == "fails"
    (year,) = found.stories[0].years
    assert year.grave
    assert year.step is not None
    assert year.step < 2


# every story is read again


def test_a_proof_that_the_exact_reading_does_not_agree_with_is_our_own_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(movement: MovementNode, *, grave: bool, **rest: Any) -> Moved:
        return move(movement, grave=False, **rest)

    monkeypatch.setattr(walks, "move", deaf)
    with pytest.raises(AssertionError, match="the proof and the exact reading differ"):
        small(**WITH_GRAVE)


@pytest.mark.parametrize("table", ["freest", "strictest"])
def test_a_story_from_a_wrong_table_is_our_own_fault(
    table: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (broken,) = [b for b in BROKEN if b.name == "worse_is_freer"]
    folder = weakened(tmp_path / "policy", broken)
    compiled = Outcomes.compiled.func  # type: ignore[attr-defined]

    def wrong(self: Outcomes) -> Any:
        found = compiled(self)
        codes = getattr(found, table)
        codes[codes >= 0] = codes[codes >= 0] ^ 1
        return found

    monkeypatch.setattr(Outcomes, "compiled", property(wrong))
    with pytest.raises(AssertionError, match="the proof and the exact reading differ"):
        of_hjem(folder)


def test_no_story_is_told_that_was_not_read_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    read: list[object] = []
    monkeypatch.setattr(proofs, "confirm", lambda plan, walks_, story: read.append(story))
    for number, broken in enumerate(BROKEN):
        found = of_hjem(weakened(tmp_path / str(number), broken))
        told = [story for verdict in found.verdicts for story in verdict.stories]
        assert told == read
        read.clear()


# what is tried


def test_a_figure_of_a_group_can_be_kept_back(tmp_path: Path) -> None:
    """A goal that is capped for a group's sake comes free of it when the group's figure is in doubt."""
    folder = sound(tmp_path / "policy")
    replace(folder / LADDER, "not-submitted: worst", "not-submitted: doubt")
    replace(folder / LADDER, 'score: ">= 80"', 'score: ">= 70"')
    replace(folder / LADDER, 'score: "< 80"', 'score: "< 70"')
    found = verdict_of(of_hjem(folder), "P8")
    assert found.outcome == "fails"
    ((withheld,),) = found.about["kept_back"]  # type: ignore[misc]
    assert isinstance(withheld, Withheld)
    assert (withheld.name, withheld.of) == ("tryghed_i_hverdagen", "group")
    honest, silent = (story.years[0] for story in found.stories)
    assert honest.known[0].levels == (1, 1)
    assert silent.known[0].levels == (1, 2)


def test_a_goal_without_evidence_is_never_in_doubt(tmp_path: Path) -> None:
    found = of_hjem(sound(tmp_path / "policy"))
    tryghed, fald, måltider = Outcomes(found.plan).axes
    assert {known.levels for known in måltider} == {(0, 0), (1, 1), (2, 2), None}
    assert {known.levels for known in fald} == {(0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (0, 2), None}
    assert [(k.worst, k.best) for k in tryghed if k.missing == "doubt"] == [(None, None), (0, 1)]


def with_group(**missing: str) -> Outcomes:
    """What can be known of a goal of two levels that a group may cap at the worst, with a figure of no evidence."""
    goal = {
        "measure": "x", "levels": {"god": {"at_least": 5}, "dårlig": "otherwise"}, "points": {"god": 1, "dårlig": 0},
        "equity": {"groups": ["piger"], "no_worse_than": "god", "cap": "dårlig"},
    }  # fmt: skip
    by_group = {"x": {"kind": "value", "by": ["gruppe"]}}
    ladder = {"rules": [{"step": "fri"}], "movement": {}, "missing": missing}
    return Outcomes(plan_of(goals={"mål": goal}, indicators=by_group, members=("piger",), ladder=ladder)[1])


def test_groups_that_are_too_few_cap_nothing() -> None:
    """Only what a group keeps back can leave a goal of certain figures in doubt; that it is small can't."""
    ignored = with_group(**{"too-few": "doubt", "not-applicable": "doubt", "else": "worst"})
    assert {k.levels for k in ignored.axes[0]} == {(0, 0), (1, 1), None}
    assert {(k.worst, k.best) for k in ignored.axes[0] if k.missing} == {(None, None), (0, 0)}
    withheld = with_group(**{"suppressed": "doubt", "else": "worst"})
    assert {k.levels for k in withheld.axes[0]} == {(0, 0), (1, 1), (0, 1), None}


def test_own_figures_a_groups_and_both_can_be_kept_back() -> None:
    """A goal that is good, or bad for its group's sake, and what is known where something is kept back in doubt."""
    laid_out = with_group()
    (axis,) = laid_out.axes
    found = {
        ((axis[way.honest].worst, axis[way.honest].best), (axis[way.silent].worst, axis[way.silent].best), way.of)
        for way in laid_out.kept_back(0, (Reason.NOT_SUBMITTED,))
        if axis[way.honest].missing is None and axis[way.honest].certain
    }
    unknown = (None, None)
    assert found == {
        # the group's is kept back: the goal is good or bad
        ((1, 1), (0, 1), "group"), ((0, 0), (0, 1), "group"),
        # its own is: anything, or capped by its group, which is bad
        ((1, 1), unknown, "goal"), ((0, 0), unknown, "goal"), ((0, 0), (0, 0), "goal"),
    }  # fmt: skip


def test_what_a_group_takes_from_a_word_is_given_back_when_both_are_silent() -> None:
    """The words are for good and bad alone, so that the level in between is always a group's doing."""
    goal = {
        "measure": "x", "levels": {"god": {"at_least": 5}, "under": {"at_least": 2}, "dårlig": "otherwise"},
        "evidence": {"method": "given/v1", "by": {"indicator": "ord", "levels": {"a": ["god"], "b": ["dårlig"]}}},
        "equity": {"groups": ["piger"], "no_worse_than": "under", "cap": "under"},
    }  # fmt: skip
    by_group = {"x": {"kind": "value", "by": ["gruppe"]}}
    _, plan = plan_of(
        goals={"mål": goal},
        indicators=by_group,
        members=("piger",),
        ladder={"rules": [{"step": "fri"}], "movement": {}},
    )
    laid_out = Outcomes(plan)
    (axis,) = laid_out.axes
    between = [w for w in laid_out.kept_back(0, (Reason.NOT_SUBMITTED,)) if axis[w.honest].levels == (1, 1)]
    assert {(axis[w.silent].worst, axis[w.silent].best, axis[w.silent].missing, w.of) for w in between} == {
        (1, 2, None, "group"), (0, 1, "doubt", "goal"), (None, None, "doubt", "both"),
    }  # fmt: skip


def test_the_ordinary_institution_of_a_ladder_without_memory_always_begins() -> None:
    rules = [
        {"held": ">= 1", "step": "fri"}, {"mål": ">= under", "step": "tillid"}, {"step": "almindelig"},
    ]  # fmt: skip
    _, plan = plan_of(ladder={"rules": rules, "initial": "tillid"})
    assert [known.levels for known in Outcomes(plan).ordinary or ()] == [(1, 1)]


def test_a_published_word_leaves_its_own_levels() -> None:
    spoken = {"method": "given/v1", "by": {"indicator": "ord", "levels": {"a": ["god", "under"], "b": ["bedst"]}}}
    _, plan = plan_of(
        goals={"mål": {"measure": "x", "evidence": spoken}}, ladder={"rules": SOUND_RULES, "movement": {}}
    )
    (axis,) = Outcomes(plan).axes
    assert [known.levels for known in axis] == [(3, 3), (1, 2), None]


def test_a_rounded_input_is_only_what_it_can_be() -> None:
    rules = [{"q": "> 2", "step": "fri"}, {"q": ">= 3", "step": "tillid"}, {"step": "almindelig"}]
    finer = [{"q": "> 2.5", "step": "fri"}, {"step": "almindelig"}]
    for decimals, rows, classes in (
        (0, rules, {1: 2, 3: 3, 4: 4, 0: 1}),
        (1, rules, {0: "1.9", 1: 2, 2: "2.1", 3: 3, 4: "3.1"}),
        (0, finer, {0: 2, 2: 3}),
    ):
        _, plan = plan_of(quantities={"q": {"value": "antal", "decimals": decimals}}, ladder={"rules": rows})
        laid_out = Outcomes(plan)
        (outside,) = plan.ladder.outsides
        found = {k.worst: laid_out.value(outside, k.worst) for k in laid_out.axes[1] if k.worst is not None}
        assert {number: str(float(value)) for number, value in found.items()} == {  # type: ignore[arg-type]
            number: str(float(value)) for number, value in classes.items()
        }


def test_a_step_that_a_person_chose_has_a_way_up_too() -> None:
    """No rule leads to the last step, but a person may; there the rules leave nobody."""
    stuck = [{"previous": "almindelig", "step": "almindelig"}, {"mål": "bedst", "step": "fri"}, {"step": "tillid"}]
    declared: dict[str, Any] = {"rules": stuck, "initial": "tillid", "movement": {}}
    found = small(**declared)
    assert found["P3"].outcome == "fails"
    assert found["P4"].outcome == "fails"
    assert found["P4"].stories[0].start is not None
    assert found["P4"].stories[0].start.step == 2


def test_a_step_that_only_an_emergency_leads_to_can_be_reached() -> None:
    rules = [{"mål": "bedst", "step": "fri"}, {"step": "tillid"}]
    found = small(**{**WITH_GRAVE, "rules": rules, "initial": "tillid"})["P3"]
    assert (found.outcome, found.about) == ("holds", {"by_emergency": ("almindelig",)})


def test_the_way_up_is_as_long_as_the_slowest() -> None:
    """A newcomer has held the step for none of the three periods, and each of two moves needs two in a row."""
    slow = {"up": 1, "confirm": {"up": 2}, "dwell": {"almindelig": 3}}
    found = small(rules=SOUND_RULES, movement=slow)["P4"]
    assert (found.outcome, found.about["periods"]) == ("holds", 4 + 2)
    assert small(rules=SOUND_RULES, movement={})["P4"].about["periods"] == 1


def test_the_way_up_takes_other_inputs_at_their_best() -> None:
    rules = [
        {"ja": "false", "mål": "bedst", "step": "fri"}, {"previous": "not(almindelig)", "mål": "bedst", "step": "fri"},
        {"mål": "bedst", "step": "tillid"}, {"step": "almindelig"},
    ]  # fmt: skip
    declared: dict[str, Any] = {"rules": rules, "needs": {"ja": {"kind": "flag"}}, "movement": {}}
    assert small(**declared)["P4"].about["periods"] == 1
    rules[0]["ja"] = "true"
    assert small(**declared)["P4"].about["periods"] == 1
    del rules[0]
    assert small(**declared)["P4"].about["periods"] == 2


@pytest.mark.parametrize(("applies", "outcome"), [(None, "holds"), ("findes", "fails")])
def test_only_a_goal_that_may_not_apply_is_tried_as_not_applicable(applies: str | None, outcome: str) -> None:
    goal = {"measure": "x", "evidence": INTERVAL, **({"applies_when": applies} if applies else {})}
    rules = [{"mål": ">= god", "step": "fri"}, {"mål": "under", "step": "tillid"}, {"step": "almindelig"}]
    found = small(goals={"mål": goal}, rules=rules, initial="tillid", movement={}, missing={"not-applicable": "worst"})[
        "P9"
    ]
    assert found.outcome == outcome


def test_without_memory_there_is_no_doubt_and_no_emergency() -> None:
    found = small(rules=SOUND_RULES)
    assert {name: v.outcome for name, v in found.items() if v.outcome != "holds"} == {
        "P2": "not-applicable", "P5": "not-applicable", "P6": "not-applicable", "P7": "not-applicable",
        "P9": "not-applicable",
    }  # fmt: skip


def test_the_smallest_institution_is_shown() -> None:
    """Of three goals only the one that matters is off the ordinary level, and it is a newcomer, sure of its figures."""
    goals = {name: {"measure": name, "evidence": INTERVAL} for name in ("x", "y")}
    goals = {f"m{name}": goal for name, goal in goals.items()} | {"mz": {"measure": "antal"}}
    rules = [
        {"my": "under", "step": "fri"}, {"goals_below.god": 0, "step": "tillid"},
        {"goals_below.god": ">= 1", "step": "almindelig"},
    ]  # fmt: skip
    found = small(goals=goals, rules=rules, initial="tillid", movement={})["P1"]
    (before,), (after,) = (story.years for story in found.stories)
    assert found.stories[0].start is None
    assert [known.levels for known in before.known] == [(2, 2), (1, 1), (2, 2)]
    assert [known.levels for known in after.known] == [(2, 2), (2, 2), (2, 2)]
    assert (before.step, after.step) == (0, 1)


# what is not decided


def test_too_many_combinations_are_undecided_and_never_proved() -> None:
    found = small(rules=SOUND_RULES, movement={}, most=10)
    undecided = {name for name, verdict in found.items() if verdict.outcome == "undecided"}
    assert undecided == {*PROPERTIES} - {"P5", "P6"}
    assert found["P1"].about == {"why": "too-large", "size": 11, "most": 10}
    assert small(rules=SOUND_RULES, movement={}, most=11)["P1"].outcome == "holds"


def test_too_many_years_of_two_are_undecided_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "TWINS", 1)
    found = small(rules=SOUND_RULES, movement={}, most=11)
    assert {name: v.outcome for name, v in found.items() if v.outcome == "undecided"} == {"P8": "undecided"}


def test_what_is_read_at_its_strictest_by_a_ladder_of_points_is_undecided() -> None:
    """The strictest of all plausible levels, where levels are otherwise read as they are, is not laid out."""
    declared: dict[str, Any] = {
        "rules": [{"ja": "true", "step": "almindelig"}, {"step": "fri"}], "needs": {"ja": {"kind": "flag"}},
        "movement": {"doubt": "point"},
    }  # fmt: skip
    assert small(**declared)["P1"].outcome == "holds"
    found = small(**declared, missing={"not-submitted": "worst"})
    assert found["P1"].about == {"why": "point-and-strictest"}
    assert found["P1"].outcome == "undecided"


# rules of several days


def test_rules_that_differ_only_in_thresholds_are_proved_once(tmp_path: Path) -> None:
    folder = sound(tmp_path / "policy")
    replace(folder / AREA, "stærk: {at_least: 4.2}", "stærk: {at_least: {2024-01-01: 4.2, 2026-01-01: 4.3}}")
    found = of_hjem(folder)
    assert found.days == (dt.date(2024, 1, 1), dt.date(2026, 1, 1))


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (AREA, "weight: 40", "weight: {2024-01-01: 40, 2026-01-01: 41}"),
        (AREA, "applies_when: har_nat", "applies_when: {2024-01-01: har_nat, 2026-01-01: not(har_nat)}"),
        (LADDER, "coverage: 60 %", "coverage: {2024-01-01: 60 %, 2026-01-01: 50 %}"),
        (LADDER, "up: 1", "up: {2024-01-01: 1, 2026-01-01: 2}"),
    ],
)
def test_rules_that_differ_in_more_are_proved_each(file: str, old: str, new: str, tmp_path: Path) -> None:
    folder = sound(tmp_path / "policy")
    replace(folder / file, old, new)
    catalogue = checked(folder)
    found = proved(catalogue, ["hjem"])
    same = "applies_when" in old
    assert [one.days[0].year for one in found] == ([2024] if same else [2024, 2026])
    (only,) = proved(catalogue, ["hjem"], on=dt.date(2026, 5, 1))
    assert only.days == (dt.date(2026, 1, 1),)


# the shipped


@pytest.mark.parametrize("area", checked(shipped_folder()).areas)
def test_the_shipped_ladder_keeps_every_promise_in_every_area(area: str) -> None:
    for found in proved(checked(shipped_folder()), [area]):
        assert outcomes(found) == dict.fromkeys(PROPERTIES, "holds")
