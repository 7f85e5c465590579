"""A goal's figure as it might have been: moved, or with more behind it, and read again by the exact reading.

The other half of `counterfactual.py`, which asks what such figures would lead to. Here is only how
one figure changes while n, spread and expected result stay, and when that can't be done because the
figure is also read somewhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Literal

from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.exact import Exact, level_of
from tilsyn.engine.nodes import EvidenceNode, GoalNode, Plan
from tilsyn.engine.plan import POOLED
from tilsyn.engine.values import root
from tilsyn.engine.working import Placement, Pooled, Reading

Inexact = Literal["peers", "earlier", "read-elsewhere"]
"""Why a figure can't be changed with all else staying as it is: it, or its interval, is compared with peers, or it
with its own past, or it is read elsewhere in the rules too."""


def moved(exact: Exact, placement: Placement, node: GoalNode, reading: Reading, change: Fraction) -> Reading:
    """A reading with its figure changed, in the goal's unit; the interval is made anew around it.

    The figure stays in its indicator's range, so that more of a change may be no change.
    """
    pooled, evidence = reading.pooled, node.evidence
    if pooled is None or evidence is None:
        assert isinstance(reading.value, Fraction)
        value = _within(exact.plan, node.measure, reading.value + change)
        level = level_of(node, value)
        return Reading(value, reading.own, value, value, level, level, level)
    slope = _slope(exact, placement, node, evidence, pooled)
    x = _within(exact.plan, e.Ref(evidence.indicator), pooled.value + (change / slope if slope else 0))
    return _read(exact, placement, node, reading, _shifted(pooled, x))


def reworded(exact: Exact, placement: Placement, node: GoalNode, reading: Reading, word: str) -> Reading:
    """A reading with another published word."""
    assert reading.pooled is not None
    return _read(exact, placement, node, reading, replace(reading.pooled, word=word))


def with_more(exact: Exact, placement: Placement, node: GoalNode, reading: Reading, times: int | None) -> Reading:
    """The same figure from so many times as many persons; None: from one further period like those pooled.

    Where over-dispersion is added to the interval it depends on the others too, so that it is left as it is.
    """
    if reading.pooled is None or node.evidence is None or node.evidence.overdispersion is not None:
        return reading
    growth = Fraction(times) if times is not None else _further(node.evidence, reading.pooled, placement.period)
    return _read(exact, placement, node, reading, _multiplied(reading.pooled, growth))


def _read(exact: Exact, placement: Placement, node: GoalNode, reading: Reading, pooled: Pooled) -> Reading:
    return exact.read_pooled(node, pooled, reading.own, placement.institution, placement.period)


def _slope(exact: Exact, placement: Placement, node: GoalNode, evidence: EvidenceNode, pooled: Pooled) -> Fraction:
    """What one unit of the indicator is in the goal's unit; the measure is affine, or was refused when declared."""

    def measured(x: int) -> Fraction:
        fields = {evidence.indicator: Fraction(x), f"{evidence.indicator}.expected": pooled.expected or Fraction(0)}
        found = exact.evaluate(node.measure, placement.institution, placement.period, fields)
        return found if isinstance(found, Fraction) else Fraction(0)

    key = "slope", node.name, placement.institution, placement.period, pooled.expected
    if key not in exact.asked:
        exact.asked[key] = measured(1) - measured(0)
    return exact.asked[key]


def _within(plan: Plan, measure: Expr, value: Fraction) -> Fraction:
    """A value kept in its indicator's range; where the measure is more than the indicator it has none."""
    found = next((i for i in plan.indicators if measure == e.Ref(i.name)), None)
    if found is None:
        return value
    low = Fraction(0) if found.low is None and found.kind in ("proportion", "rate", "ratio") else found.low
    high = Fraction(1) if found.high is None and found.kind == "proportion" else found.high
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _shifted(pooled: Pooled, x: Fraction) -> Pooled:
    """The figure at x: counts follow it, a published interval moves with it, n and spread stay."""
    by = x - pooled.value
    return replace(
        pooled,
        value=x,
        count=pooled.count if pooled.exposure is None else x * pooled.exposure,
        low=None if pooled.low is None else pooled.low + by,
        high=None if pooled.high is None else pooled.high + by,
    )


def _further(evidence: EvidenceNode, pooled: Pooled, period: int) -> Fraction:
    """How a further period of average size makes the pool grow; the oldest of a full pool falls out of it."""
    if evidence.method not in POOLED:
        return Fraction(1)
    kept = sum(1 for pooled_period in pooled.periods if pooled_period > period + 1 - evidence.pool)
    return Fraction(kept + 1, len(pooled.periods))


def _multiplied(pooled: Pooled, growth: Fraction) -> Pooled:
    """So many times as many persons with the same result and spread. A published interval is not ours to narrow."""
    narrower = root(growth)
    assert isinstance(narrower, Fraction)

    def times(number: Fraction | None) -> Fraction | None:
        return None if number is None else number * growth

    return replace(
        pooled,
        n=times(pooled.n),
        count=times(pooled.count),
        exposure=times(pooled.exposure),
        degrees=None if pooled.degrees is None else max(1, int(pooled.degrees * growth)),
        se=None if pooled.se is None else pooled.se / narrower,
    )


def inexact(plan: Plan, node: GoalNode) -> Inexact | None:
    """Why a goal's figure can't be changed alone; None where it can."""
    own = list(_parts(plan, node.measure))
    widened = node.evidence is not None and node.evidence.overdispersion is not None
    if widened or any(isinstance(part, e.Peers) for part in own):
        return "peers"
    if any(isinstance(part, e.Earlier) for part in own):
        return "earlier"
    others: list[Expr] = [goal.measure for goal in plan.goals if goal.name != node.name]
    others += [goal.applies_when for goal in plan.goals if goal.applies_when is not None]
    others += [e.Ref(outside.name) for outside in plan.ladder.outsides]
    if plan.ladder.movement is not None and plan.ladder.movement.grave_when is not None:
        others.append(plan.ladder.movement.grave_when)
    elsewhere = {name for other in others for name in _figures(plan, other)}
    return "read-elsewhere" if elsewhere & _figures(plan, node.measure) else None


def _parts(plan: Plan, expr: Expr) -> Iterator[Expr]:
    """Everything an expression reads, through quantities too."""
    quantities = {quantity.name: quantity.parts for quantity in plan.quantities}
    for part in e.walk(expr):
        yield part
        if isinstance(part, e.Ref):
            for inside in quantities.get(part.column, ()):
                yield from _parts(plan, inside)


def _figures(plan: Plan, expr: Expr) -> set[str]:
    """The indicators whose figures, not only their n or spread, an expression reads."""
    known = {indicator.name for indicator in plan.indicators}
    refs = (part for part in _parts(plan, expr) if isinstance(part, e.Ref))
    return {ref.name for ref in refs if ref.name in known and ref.field in (None, "count")}
