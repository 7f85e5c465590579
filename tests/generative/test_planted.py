"""Faults planted in the columns reading, one at a time: the comparison with the exact reading catches each.

A fault is either a changed plan, which only the columns then see, or a changed piece of the module.
The cases are those of the shared sweep, so what is shown is that *these* cases would have found it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, TypeVar

import polars as pl
import pytest
from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine import columns, in_polars, lookups, pairs
from tilsyn.engine.columns import Columns
from tilsyn.engine.formulas import Formula, col, lit, smallest, when
from tilsyn.engine.nodes import AdjustNode, EvidenceNode, GoalNode, IndicatorNode, MovementNode, Plan, QuantityNode
from tilsyn.engine.values import Reason

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


def _quantities(change: Callable[[QuantityNode], QuantityNode]) -> PlanFault:
    return lambda plan: replace(plan, quantities=tuple(change(quantity) for quantity in plan.quantities))


def _adjustments(change: Callable[[AdjustNode], AdjustNode]) -> PlanFault:
    return _quantities(lambda quantity: replace(quantity, then=tuple(change(a) for a in quantity.then)))


Found = TypeVar("Found", bound=e.Node)


def _nodes(kind: type[Found], change: Callable[[Found], Expr]) -> PlanFault:
    """Every node of a kind changed, in the bodies of quantities and in their adjustments."""

    def changed(expr: Expr) -> Expr:
        below = e.rebuilt(expr, changed)
        return change(below) if isinstance(below, kind) else below

    def of(quantity: QuantityNode) -> QuantityNode:
        then = tuple(replace(a, when=a.when and changed(a.when), by=changed(a.by)) for a in quantity.then)
        return replace(quantity, of=changed(quantity.of), then=then)

    return _quantities(of)


SWAPPED = {"at_most": "at_least", "at_least": "at_most"}
STRICT: dict[e.CompareOp, e.CompareOp] = {">=": ">", "<=": "<"}


def _unguarded_by_reason(node: e.Absent) -> Expr:
    return replace(node, reason="withdrawn" if node.reason != "withdrawn" else "stale")


def _beside(ref: e.Ref) -> Expr:
    return replace(ref, name=ref.name.partition("@")[0]) if ref.name.startswith("mål") else ref


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
    "institutions differ by chance alone": _evidence(lambda ev: replace(ev, overdispersion=None)),
    # quantities
    "the coverage of an aggregate must be more than enough": _nodes(
        e.Aggregate, lambda n: replace(n, coverage=n.coverage and n.coverage + Fraction(1, 10**6))
    ),
    "no coverage is asked for": _nodes(e.Aggregate, lambda n: replace(n, coverage=Fraction(0))),
    "nothing is left out": _nodes(e.Aggregate, lambda n: replace(n, leave_out=False)),
    "all is left out": _nodes(e.Aggregate, lambda n: replace(n, leave_out=True)),
    "every part weighs the same": _nodes(
        e.Aggregate, lambda n: replace(n, weights=tuple(e.Number(Fraction(1)) for _ in n.weights))
    ),
    "the best is the worst": _nodes(
        e.Aggregate, lambda n: replace(n, method="worst/v1") if n.method == "best/v1" else n
    ),
    "a geometric mean is a mean": _nodes(
        e.Aggregate, lambda n: replace(n, method="weighted-mean/v1") if n.method == "geometric-mean/v1" else n
    ),
    "the rows are read from the last": _nodes(
        e.Choose, lambda n: replace(n, conditions=n.conditions[::-1], values=n.values[::-1])
    ),
    "a unique table is read in order": _nodes(e.Choose, lambda n: replace(n, hit="first")),
    "what is unknown in front is skipped": _nodes(e.Choose, lambda n: replace(n, hit="unique")),
    "a boundary of a quantity is out where it is in": _nodes(
        e.Compare, lambda n: replace(n, op=STRICT.get(n.op, n.op))
    ),
    "the reason is another": _nodes(e.Absent, _unguarded_by_reason),
    "levels are ranked from one": _nodes(
        e.Call, lambda n: e.Arith("+", n, e.Number(Fraction(1))) if n.function == "rank" else n
    ),
    "a slice reads the whole": _nodes(e.Ref, _beside),
    "a member is forgotten": _nodes(e.Among, lambda n: replace(n, of=n.of[1:], where=n.where[1:])),
    "all members count": _nodes(e.Among, lambda n: replace(n, where=())),
    "the other is oneself": _nodes(e.Related, lambda n: n.of),
    "everybody belongs": _nodes(e.Peers, lambda n: replace(n, set="peers")),
    "of many all count": _nodes(e.Peers, lambda n: replace(n, where=None) if n.set != "peers" else n),
    "unknown conditions are passed over": _quantities(lambda q: replace(q, pass_over=True)),
    "unknown conditions are never passed over": _quantities(lambda q: replace(q, pass_over=False)),
    "adjustments are made from the last": _quantities(lambda q: replace(q, then=q.then[::-1])),
    "an adjustment is always made": _adjustments(lambda a: replace(a, when=None)),
    "the last adjustment is not made": _quantities(lambda q: replace(q, then=q.then[:-1]) if len(q.then) > 1 else q),
    "at most is at least": _adjustments(lambda a: replace(a, effect=SWAPPED.get(a.effect, a.effect))),  # type: ignore[arg-type]
    "quantities are not rounded": _quantities(lambda q: replace(q, decimals=None)),
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


def _mildest(*reasons: Formula | None) -> Formula | None:
    present = [reason for reason in reasons if reason is not None]
    return smallest(*present) if present else None


def _two_valued(op: str, parts: list[pairs.Pair], let: pairs.Let) -> pairs.Pair:
    """SQL's CASE: what is unknown counts as false."""
    found = [pairs.mask(part).fill_null(False) for part in parts]
    value = found[0]
    for other in found[1:]:
        value = (value | other) if op == "or" else (value & other)
    return pairs.Pair(value)


def _wald(p: Formula, n: Formula, z: float) -> tuple[Formula, Formula]:
    half = (p * (1.0 - p) / n).sqrt() * z
    return p - half, p + half


def _even(x: Formula, decimals: int, guard: Fraction = pairs.GUARD) -> Formula:
    return pairs._half_even(x, decimals)


def _unguarded(x: Formula, decimals: int, guard: Fraction = pairs.GUARD) -> Formula:
    whole = (x.abs() * pairs.number(10.0**decimals) + 0.5).floor()
    return pairs.signed(x, whole / 10.0**decimals)


def _one_degree_more(confidence: Fraction) -> Any:
    return columns.np.roll(columns.np.array([float(t) for t in columns.student_quantiles(confidence)]), -1)


def _case(conditions: Any, met: list[pairs.Pair], found: Any, hit: str, let: pairs.Let) -> pairs.Pair:
    """SQL's CASE again: an unknown row is not met, and that is all that it is."""
    known = [pairs.Pair(pairs.mask(condition).fill_null(False)) for condition in met]
    return TRUE_CHOSEN(conditions, known, found, hit, let)


TRUE_CHOSEN = pairs._chosen


class Raw(pairs.Pair, frozen=True):
    """A value that has just been adjusted."""


def _unrounded_after_adjustments(patch: pytest.MonkeyPatch) -> None:
    adjusted, settled = columns._adjusted, Columns._settled

    def raw(*args: Any) -> pairs.Pair:
        found = adjusted(*args)
        return Raw(found.value, found.reason)

    def unsettled(self: Columns, node: QuantityNode, pair: pairs.Pair) -> pairs.Pair:
        return settled(self, replace(node, decimals=None) if isinstance(pair, Raw) else node, pair)

    patch.setattr(columns, "_adjusted", raw)
    patch.setattr(Columns, "_settled", unsettled)


def _applies_to_all(patch: pytest.MonkeyPatch) -> None:
    """What does not apply is looked for like any other part."""
    reasons = {reason.name: reason for reason in Reason} | {"NOT_APPLICABLE": 99, "of": Reason.of}
    patch.setattr(pairs, "Reason", SimpleNamespace(**reasons))


def _to_nobody(patch: pytest.MonkeyPatch) -> None:
    """An id that leads to nobody is a figure that was not submitted."""
    true = Columns._related

    def wrong(self: Columns, node: e.Related) -> None:
        true(self, node)
        reason = f"r:{self.made[node]}"
        gone = when(col(reason) == int(Reason.NOT_APPLICABLE)).then(pairs.code(Reason.NOT_SUBMITTED))
        self.sheet = self.sheet.with_columns(gone.otherwise(col(reason)).alias(reason))

    patch.setattr(Columns, "_related", wrong)


def _middle(xs: list[Formula], count: Formula, let: pairs.Let) -> Formula:
    """The median of all members, as if the missing were the largest."""
    return pairs._median([x.fill_null(1e9) for x in xs], let)


MODULE: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "the mildest reason is given": _instead("worst_reason", _mildest),
    "the later reason is given": _instead(
        "first_of", lambda reason, then: pairs.worst_reason(then) if then is not None else reason
    ),
    "unknown is false": _instead("_logic", _two_valued),
    "halves are rounded to even": _instead("round_half_up", _even),
    "ties are not guarded": _instead("round_half_up", _unguarded),
    "Polars divides by a scalar": lambda patch: patch.setattr(in_polars, "_ones", lambda: pl.lit(1.0).alias("#1")),
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
    "an unknown row is not met": _instead("_chosen", _case),
    "an adjusted value is not rounded": _unrounded_after_adjustments,
    "every adjustment is said to be made": _instead("_alike", lambda node, a, b: lit(False)),
    "what does not apply must be there too": _applies_to_all,
    "nobody is one who did not submit": _to_nobody,
    "the middle is that of all members": _instead("_median_of_present", _middle),
    "doubt is not told": _instead("told", lambda reasons, previous, point: reasons),
}


@pytest.fixture
def fresh() -> Any:
    """Tables that were compiled without the fault, or with it, are not used again."""

    def clear() -> None:
        for kept in (lookups._compiled, lookups._lists, lookups._moves, columns._asked, *own):
            kept.cache_clear()

    own = columns._student_array, columns.first_rounded_to
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
