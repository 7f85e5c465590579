"""Faults planted in the columns reading, one at a time: the comparison with the exact reading catches each.

A fault is either a changed plan, which only the columns then see, or a changed piece of the module.
The cases are those of the shared sweep, so what is shown is that *these* cases would have found it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import narwhals as nw
import pytest

from tilsyn.engine import columns, lookups, pairs
from tilsyn.engine.columns import Columns
from tilsyn.engine.nodes import EvidenceNode, GoalNode, IndicatorNode, MovementNode, Plan

from . import sweep as shared

pytestmark = pytest.mark.xdist_group("generative")

PlanFault = Callable[[Plan], Plan]


# faults of the plan


def _goals(change: Callable[[GoalNode], GoalNode]) -> PlanFault:
    return lambda plan: replace(plan, goals=tuple(change(goal) for goal in plan.goals))


def _evidence(change: Callable[[EvidenceNode], EvidenceNode]) -> PlanFault:
    return _goals(lambda goal: replace(goal, evidence=change(goal.evidence)) if goal.evidence else goal)


def _movement(change: Callable[[MovementNode], MovementNode]) -> PlanFault:
    def changed(plan: Plan) -> Plan:
        movement = plan.ladder.movement
        return replace(plan, ladder=replace(plan.ladder, movement=change(movement))) if movement else plan

    return changed


def _indicators(change: Callable[[IndicatorNode], IndicatorNode]) -> PlanFault:
    return lambda plan: replace(plan, indicators=tuple(change(i) for i in plan.indicators))


def _flip(goal: GoalNode) -> GoalNode:
    return replace(goal, cuts=tuple(replace(cut, inclusive=not cut.inclusive) for cut in goal.cuts))


PLANS: dict[str, PlanFault] = {
    "a boundary is out where it is in": _goals(_flip),
    "the pool drops a period": _evidence(lambda ev: replace(ev, pool=max(1, ev.pool - 1))),
    "too few is one fewer": _evidence(lambda ev: replace(ev, at_least_n=ev.at_least_n and ev.at_least_n + 1)),
    "a rise asks the lower confidence": _evidence(lambda ev: replace(ev, up=ev.down, down=ev.up)),
    "no floor under the spread": _evidence(lambda ev: replace(ev, sd_floor=None)),
    "groups are forgotten": _goals(lambda g: replace(g, equity=replace(g.equity, no_worse_than=0)) if g.equity else g),
    "a goal always applies": _goals(lambda goal: replace(goal, applies_when=None)),
    "old figures last a period longer": _indicators(
        lambda i: replace(i, stale_after=i.stale_after and i.stale_after + 1)
    ),
    "a redefined indicator is pooled on": _indicators(lambda i: replace(i, comparable_from=None)),
    "ends are not clipped": _indicators(lambda i: replace(i, low=None, high=None)),
    "coverage must be more than enough": lambda p: replace(
        p, ladder=replace(p.ladder, coverage=p.ladder.coverage + Fraction(1, 10**6))
    ),
    "doubt is left out": lambda p: replace(
        p, ladder=replace(p.ladder, missing=tuple((r, "leave-out" if d == "doubt" else d) for r, d in p.ladder.missing))
    ),
    "the last rule comes first": lambda p: replace(
        p, ladder=replace(p.ladder, rules=(p.ladder.rules[-1], *p.ladder.rules[:-1]))
    ),
    "confirmation takes a period more": _movement(lambda m: replace(m, confirm_down=m.confirm_down + 1)),
    "nobody dwells": _movement(lambda m: replace(m, dwell=tuple(0 for _ in m.dwell))),
    "no limit upwards": _movement(lambda m: replace(m, up=None)),
    "silence never lapses": _movement(lambda m: replace(m, lapse_after=None, lapse_to=None)),
    "emergencies are overlooked": _movement(lambda m: replace(m, grave_step=0)),
    "recommendations are followed at once": _movement(lambda m: replace(m, undecided="follow")),
    "the point decides alone": _movement(lambda m: replace(m, point_only=True)),
}


# faults of the module


def _with_node(name: str, change: Callable[[Any], Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """A method of the reading that sees a changed node, but keeps its result under the true one."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        true = getattr(Columns, name)

        def wrong(self: Columns, node: Any) -> None:
            true(self, change(node))
            self.made[node] = self.made[change(node)]

        patch.setattr(Columns, name, wrong)

    return plant


def _instead(name: str, wrong: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Another function under the name, wherever the columns reading knows it."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        known = [module for module in (columns, lookups, pairs) if hasattr(module, name)]
        assert known, name
        for module in known:
            patch.setattr(module, name, wrong)

    return plant


def _mildest(*reasons: nw.Expr | None) -> nw.Expr | None:
    present = [reason for reason in reasons if reason is not None]
    return nw.min_horizontal(*present) if present else None


def _two_valued(op: str, parts: list[pairs.Pair]) -> pairs.Pair:
    """SQL's CASE: what is unknown counts as false."""
    found = [pairs.mask(part).fill_null(False) for part in parts]
    value = found[0]
    for other in found[1:]:
        value = (value | other) if op == "or" else (value & other)
    return pairs.Pair(value)


def _wald(p: nw.Expr, n: nw.Expr, z: float) -> tuple[nw.Expr, nw.Expr]:
    half = (p * (1.0 - p) / n).sqrt() * z
    return p - half, p + half


def _even(x: nw.Expr, decimals: int, guard: Fraction = pairs.GUARD) -> nw.Expr:
    return pairs._half_even(x, decimals)


def _unguarded(x: nw.Expr, decimals: int, guard: Fraction = pairs.GUARD) -> nw.Expr:
    whole = (x.abs() * pairs.number(10.0**decimals) + 0.5).floor()
    return pairs.signed(x, pairs.divided(whole, 10.0**decimals))


def _one_degree_more(confidence: Fraction) -> Any:
    return columns.np.roll(columns.np.array([float(t) for t in columns.student_quantiles(confidence)]), -1)


MODULE: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the mildest reason is given": _instead("worst_reason", _mildest),
    "the later reason is given": _instead(
        "first_of", lambda reason, then: pairs.worst_reason(then) if then is not None else reason
    ),
    "unknown is false": _instead("_logic", _two_valued),
    "halves are rounded to even": _instead("round_half_up", _even),
    "ties are not guarded": _instead("round_half_up", _unguarded),
    "Polars divides by a scalar": _instead("divided", lambda x, divisor: x / pairs.number(divisor)),
    "comparisons do not round": _instead("compared", lambda x: x),
    "nothing is never quite nothing": _instead("nothing", lambda x: x == 0),
    "nulls are passed over": _instead("masked", pairs.Pair),
    "shares by the normal interval": _instead("_wilson", _wald),
    "one degree of freedom more": _instead("_student_array", _one_degree_more),
    "the past is a period nearer": _with_node("_earlier", lambda n: replace(n, periods=max(1, n.periods - 1))),
    "a missing past is no row": lambda patch: patch.setattr(columns, "past_of", lambda plan: frozenset()),
    "all are peers": _with_node("_peers", lambda n: replace(n, where=None)),
    "peers everywhere": _with_node("_peers", lambda n: replace(n, within=None)),
    "ranks from the other end": _with_node(
        "_peers", lambda n: replace(n, rank_from="lowest" if n.rank_from == "highest" else "highest")
    ),
    "a share counts itself": _with_node(
        "_peers", lambda n: replace(n, function="share_at_or_below") if n.function == "share_below" else n
    ),
    "doubt is not told": _instead("told", lambda reasons, previous, point: reasons),
}


@pytest.fixture
def fresh() -> Any:
    """Tables that were compiled without the fault, or with it, are not used again."""

    def clear() -> None:
        for kept in (lookups._compiled, lookups._moves, shared_student):
            kept.cache_clear()

    shared_student = columns._student_array
    shared.sweep()  # before a fault is planted, or the cases would be judged with it
    clear()
    yield
    clear()


def _caught(misread: PlanFault = lambda plan: plan, *, only_changed: bool = False) -> bool:
    """Whether any round of the sweep tells the fault from the law, if only by breaking down."""
    # two periods of a case seldom show what its third does not, so cases come before periods
    rounds = shared.sweep().rounds
    for one in (*rounds[2::3], *rounds[1::3], *rounds[::3]):
        plan = misread(one.plan)
        if only_changed and plan == one.plan:
            continue
        try:
            if one.differences(plan):
                return True
        except Exception:
            return True
    return False


def test_without_a_fault_nothing_is_caught() -> None:
    assert not any(one.differences() for one in shared.sweep().rounds[:6])


@pytest.mark.parametrize("fault", PLANS)
def test_a_plan_misread_by_the_columns_is_caught(fault: str) -> None:
    assert _caught(PLANS[fault], only_changed=True)


@pytest.mark.parametrize("fault", MODULE)
def test_a_fault_in_the_columns_is_caught(fault: str, monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    MODULE[fault](monkeypatch)
    assert _caught()
