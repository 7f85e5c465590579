"""Every boundary of every shipped area, just under, on and just over, in both readings.

The expected level is read off the declared band by plain comparison; figures are made so that the
measure comes out exactly there. What is tested is the whole way from a row of input to the level.
"""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.catalogue.periods import containing
from tilsyn.catalogue.policy import Policy
from tilsyn.engine import columns, exact
from tilsyn.engine.machine import meets
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import GoalNode, Plan
from tilsyn.engine.plan import make_plan
from tilsyn.files.observations import CASE, overlaid, rows_from_given
from tilsyn.services.rules import checked

ROOT = Path(__file__).parents[2]
MANY = 10**6


@cache
def catalogue(folder: str):
    return checked(ROOT / folder if folder else ROOT)


def policies() -> list[tuple[str, Policy]]:
    found = []
    for folder in ("", "rules/regimes/danske_skoler"):
        for area in catalogue(folder).areas:
            for day in catalogue(folder).change_days(area):
                found.append((f"{area} {day}", catalogue(folder).on(area, day)))
    return found


POLICIES = dict(policies())


def plan_of(policy: Policy) -> Plan:
    return make_plan(policy.area, policy.ladder)


BOUNDARIES = [
    pytest.param(name, goal.name, cut.bound, side, id=f"{name} {goal.name} {float(cut.bound):g}{'-0+'[side + 1]}")
    for name, policy in POLICIES.items()
    for goal in plan_of(policy).goals
    for cut in goal.cuts
    for side in (-1, 0, 1)
]


@pytest.mark.parametrize(("name", "goal", "bound", "side"), BOUNDARIES)
def test_a_figure_beside_a_boundary_gets_the_level_that_the_band_declares(name, goal, bound, side):
    policy = POLICIES[name]
    plan = plan_of(policy)
    node = next(g for g in plan.goals if g.name == goal)
    value = bound + side * Fraction(1, 10**node.decimals)
    found = beside_boundaries(name)[goal, bound, side]
    if found is None:
        return  # the figure lies outside the indicator's range: no input can be there
    given, placement, row = found
    working = placement.goal(goal)
    assert working.reading.value == value
    declared = declared_level(policy, goal, value)
    word = next(
        (w for w in (node.evidence.words if node.evidence else ()) if w.word == given.get(node.evidence.word_from)),
        None,
    )
    if word is None:
        assert plan.ladder.levels[working.reading.level] == declared
    else:
        # a published word holds the level within what it names
        rank = min(max(plan.ladder.levels.index(declared), word.worst), word.best)
        assert working.reading.level == rank
    assert row[goal] == pytest.approx(float(value), abs=1e-12)
    assert row[f"{goal}.level"] == (plan.ladder.levels[working.point] if working.point is not None else None)


@cache
def beside_boundaries(name: str):
    """Every boundary case of a policy, read in one sweep: (goal, bound, side) to what was given and both readings."""
    policy = POLICIES[name]
    plan = plan_of(policy)
    keys = [(node, cut.bound, side) for node in plan.goals for cut in node.cuts for side in (-1, 0, 1)]
    givens = {
        (node.name, bound, side): figures_for(policy, plan, node, bound + side * Fraction(1, 10**node.decimals))
        for node, bound, side in keys
    }
    known = {key: given for key, given in givens.items() if given is not None}
    read = dict(zip(known, sweep(policy, plan, list(known.values())), strict=True))
    return {key: (given, *read[key]) if given is not None else None for key, given in givens.items()}


def sweep(policy: Policy, plan: Plan, givens: list[dict[str, object]], state: State | None = None):
    """Both readings of many made-up institutions at once; checked to agree on step and reasons."""
    import polars as pl

    period = containing(policy.area.period, policy.day)
    ids = [f"{CASE} {number:04d}" for number in range(len(givens))]
    frames = [
        rows_from_given(policy.area, given, {}, period, institution=i) for i, given in zip(ids, givens, strict=True)
    ]
    frame = pl.concat(frames)
    placements = exact.read(
        plan, frame.to_dicts(), period=period.index, states=dict.fromkeys(ids, state) if state else {}
    )
    carried = None
    if state is not None:
        columns_ = {
            "step": state.step,
            "held": state.held,
            "streak": state.streak,
            "absent": state.absent,
            "decided": state.decided,
        }
        carried = pl.DataFrame({"institution": ids}).with_columns(
            *(pl.lit(value).alias(key) for key, value in columns_.items()),
            pl.lit(None, pl.Int64).alias("in_force"), pl.lit(None, pl.Int64).alias("in_force_held"),
        )  # fmt: skip
    rows = columns.read(plan, frame, period=period.index, states=carried).to_dicts()
    for placement, row in zip(placements, rows, strict=True):
        assert (row["institution"], row["step"]) == (placement.institution, plan.ladder.steps[placement.step])
        assert row["reasons"] == "+".join(placement.reasons)
    return list(zip(placements, rows, strict=True))


def declared_level(policy: Policy, goal: str, value: Fraction) -> str:
    """The one level whose declared band holds the value, and that no better one's does."""
    declared = policy.area.goals[goal]
    ranked = sorted(declared.levels.items(), key=lambda item: -list(policy.ladder.levels).index(item[0]))
    for level, band in ranked:
        if band == "otherwise":
            return level
        checks = {
            "at_least": lambda v, b: v >= b, "above": lambda v, b: v > b,
            "at_most": lambda v, b: v <= b, "below": lambda v, b: v < b,
        }  # fmt: skip
        if all(
            check(value, Fraction(getattr(band, key)))
            for key, check in checks.items()
            if getattr(band, key) is not None
        ):
            return level
    raise AssertionError(f"no band of {goal} holds {float(value)}")


def figures_for(policy: Policy, plan: Plan, node: GoalNode, value: Fraction) -> dict[str, object] | None:
    """The typical institution with one figure changed so that the measure is `value`; None where none can be."""
    indicator = next(r.name for r in e.refs(node.measure) if r.name in policy.area.indicators)
    declared = policy.area.indicators[indicator]
    typical = overlaid(policy.area, {})
    case = exact.Exact(plan, [])
    fields = {r.column: Fraction(str(typical[r.column])) for r in e.refs(node.measure) if r.field == "expected"}
    at_zero, at_one = (case.evaluate(node.measure, CASE, 0, {**fields, indicator: Fraction(x)}) for x in (0, 1))
    x = (value - at_zero) / (at_one - at_zero)
    low, high = declared.range or (None, None)
    if (low is not None and x < low) or (high is not None and x > high) or (declared.kind in COUNTED and x < 0):
        return None
    if declared.kind == "proportion" and x > 1:
        return None
    if declared.kind in COUNTED:
        base = COUNTED[declared.kind]
        changed: dict[str, object] = {f"{indicator}.count": decimal(x * MANY), f"{indicator}.{base}": MANY}
        if (x * MANY).denominator != 1:
            return None
    else:
        changed = {indicator: decimal(x)}
        for end in ("low", "high"):
            if f"{indicator}.{end}" in typical:
                changed[f"{indicator}.{end}"] = decimal(x)
    word = node.evidence.word_from if node.evidence else None
    return changed | ({word: typical[word]} if word else {})


def decimal(x: Fraction) -> Decimal:
    return Decimal(x.numerator) / Decimal(x.denominator)


SCORES = sorted(
    {
        (rule.id, literal.value)
        for policy in POLICIES.values()
        for rule in plan_of(policy).ladder.rules
        for cell in rule.cells
        if cell.input == "score"
        for literal in e.walk(cell.test)
        if isinstance(literal, e.Number)
    }
)


@pytest.mark.parametrize("name", POLICIES)
def test_exactly_one_rule_takes_a_score_beside_each_score_boundary(name):
    """Just under, on and just over each score that a rule names, one rule of each set of equal other cells applies."""
    ladder = plan_of(POLICIES[name]).ladder
    groups: dict[tuple[object, ...], list] = {}
    for rule in ladder.rules:
        key = tuple((c.input, c.test) for c in rule.cells if c.input != "score")
        groups.setdefault(key, []).append(next((c.test for c in rule.cells if c.input == "score"), e.Flag(True)))
    bounds = {value for _, value in SCORES}
    for key, tests in groups.items():
        if len(tests) < 2:
            continue
        for bound, side in itertools.product(bounds, (-1, 0, 1)):
            score = bound + Fraction(side, 1000)
            assert sum(meets(test, score) for test in tests) == 1, (key, float(score))


@pytest.mark.parametrize("name", POLICIES)
def test_coverage_decides_for_every_set_of_goals_without_figures(name):
    policy = POLICIES[name]
    plan = plan_of(policy)
    sets = [m for k in range(len(plan.goals) + 1) for m in itertools.combinations(plan.goals, k)]
    givens = [
        {next(r.name for r in e.refs(g.measure) if r.name in policy.area.indicators): "suppressed" for g in missing}
        for missing in sets
    ]
    for missing, (placement, row) in zip(sets, sweep(policy, plan, givens), strict=True):
        # goals that read the same indicator go missing together; not applicable ones are not counted
        without = {g.name for g in plan.goals if placement.goal(g.name).reason is not None}
        left_out = {g.name for g in plan.goals if placement.goal(g.name).disposition == "leave-out"}
        covered = sum(g.weight for g in plan.goals if g.name not in without)
        applicable = sum(g.weight for g in plan.goals if g.name not in left_out)
        assessed = covered > 0 and Fraction(covered, applicable) >= policy.ladder.score.coverage
        assert (placement.ladder.assessed, row["assessed"]) == (assessed, assessed), [g.name for g in missing]


SMALL = [
    pytest.param(name, goal.name, id=f"{name} {goal.name}")
    for name, policy in POLICIES.items()
    for goal in plan_of(policy).goals
    if goal.evidence is not None and goal.evidence.at_least_n is not None
]


@pytest.mark.parametrize(("name", "goal"), SMALL)
def test_one_person_too_few_is_too_few(name, goal):
    policy = POLICIES[name]
    plan = plan_of(policy)
    evidence = next(g for g in plan.goals if g.name == goal).evidence
    least, indicator = evidence.at_least_n, evidence.indicator
    counted = policy.area.indicators[indicator].kind in COUNTED
    givens = [
        {f"{indicator}.n": n} | ({f"{indicator}.count": 1} if counted else {}) for n in (least - 1, least, least + 1)
    ]
    for reason, (placement, row) in zip(("too-few", None, None), sweep(policy, plan, givens), strict=True):
        found = placement.goal(goal).reason
        assert (found.word if found else None, row[f"{goal}.missing"]) == (reason, reason)


@pytest.mark.parametrize("name", POLICIES)
def test_dwell_and_lapse_take_effect_on_their_count_and_not_before(name):
    policy = POLICIES[name]
    plan = plan_of(policy)
    movement = plan.ladder.movement
    for step, dwell in enumerate(movement.dwell):
        if dwell == 0:
            continue
        for held in (dwell - 1, dwell, dwell + 1):
            ((placement, _),) = sweep(policy, plan, [{}], State(step, held=held))
            assert placement.step == (step if held < dwell else step - 1), (step, held)
    if movement.lapse_after is None:
        return
    silent = {name: "suppressed" for name, i in policy.area.indicators.items() if i.role == "outcome"}
    for absent in (movement.lapse_after - 2, movement.lapse_after - 1, movement.lapse_after):
        if absent < 0:
            continue
        ((placement, _),) = sweep(policy, plan, [silent], State(0, held=3, absent=absent))
        assert placement.step == (movement.lapse_to if absent + 1 >= movement.lapse_after else 0), absent
