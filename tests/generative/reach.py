"""What the generated rule sets and institutions reached, so that a test can say what they never did.

Kinds are read from the closed sets of the engine itself: a new node, function, method or reason that
no generated case meets fails a test at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import get_args

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.goals import Method
from tilsyn.catalogue.indicators import Kind
from tilsyn.catalogue.ladders import Disposition
from tilsyn.engine.movement import MoveReason
from tilsyn.engine.nodes import GoalNode, Plan, ValueType
from tilsyn.engine.values import Missing, Reason, Value
from tilsyn.engine.working import GoalWorking, Placement

INPUTS = ("score", "goals_at", "goals_below", "goals_missing", "previous", "held", "goal", "need")


def wanted() -> dict[str, tuple[str, ...]]:
    """Everything that a sweep must reach, by kind."""
    types = get_args(ValueType)
    return {
        "node": tuple(kind.__name__ for kind in get_args(Expr)),
        "function": tuple(e.FUNCTIONS),
        "peers": tuple("count_true" if f == "at_least" else f for f in e.PEER_FUNCTIONS),
        "peers with": ("where", "within", "where and within", "from highest", "from lowest"),
        "arithmetic": get_args(e.ArithOp),
        "comparison": tuple(f"{t} {op}" for t in types for op in _orders(t)),
        "logic": ("and", "or"),
        "indicator": get_args(Kind),
        "indicator with": ("range", "stale_after", "comparable_from", "members"),
        "method": (*get_args(Method), "given/v1 by a word"),
        "evidence with": ("pool", "at_least_n", "at_least_n_each", "sd_floor", "up and down"),
        "goal with": ("applies_when", "equity", "evidence", "no evidence", "better higher", "better lower"),
        "cut": tuple(f"{side} {kind}" for side in ("higher", "lower") for kind in ("in", "out")),
        "figure": (
            "on a cut that is in",
            "on a cut that is out",
            "pooled",
            "in doubt",
            "capped",
            "clipped to the range",
        ),
        "quantity": (*types, "exact", "rounded"),
        "reason of a goal": tuple(r.word for r in Reason),
        "reason of a quantity": tuple(r.word for r in Reason),
        "disposition": get_args(Disposition),
        "disposition of an input": get_args(Disposition),
        "rule input": (*INPUTS, *(f"quantity {t}" for t in types)),
        "table": ("unique", "first", "with a last row that meets everything", "without"),
        "placement": (
            "assessed",
            "not assessed",
            "no rule at the point",
            "in a range of steps",
            "newcomer",
            "decided",
            "grave",
            "grave unknown",
            "relief in force while a fall waits",
            "score on a literal of a rule",
        ),
        "movement": (
            *get_args(MoveReason),
            "none",
            "point_only",
            "range",
            "follow",
            "stay",
            "dwell",
            "lapse",
            "grave",
            "limited",
            "unlimited",
        ),
    }


def _orders(kind: str) -> tuple[str, ...]:
    return ("=", "!=") if kind in ("text", "flag") else get_args(e.CompareOp)


class Reached:
    """Counts of what was met, as `kind: name`."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.plans = self.placements = 0

    def never(self, kind: str) -> set[str]:
        return {name for name in wanted()[kind] if not self.counts[kind, name]}

    def note(self, kind: str, *names: str | None) -> None:
        self.counts.update((kind, name) for name in names if name is not None)

    def plan(self, plan: Plan) -> None:
        """What a rule set is made of."""
        self.plans += 1
        for expr in _expressions(plan):
            for node in e.walk(expr):
                self._node(node)
        for indicator in plan.indicators:
            self.note("indicator", indicator.kind)
            found = {
                "range": indicator.low,
                "stale_after": indicator.stale_after,
                "comparable_from": indicator.comparable_from,
                "members": indicator.members or None,
            }
            self.note("indicator with", *(name for name, value in found.items() if value is not None))
        for quantity in plan.quantities:
            self.note("quantity", quantity.type)
            if quantity.type == "number":
                self.note("quantity", "exact" if quantity.decimals is None else "rounded")
        for goal in plan.goals:
            self._goal(goal)
        self._ladder(plan)

    def _node(self, node: Expr) -> None:
        self.note("node", type(node).__name__)
        match node:
            case e.Call(function, _):
                self.note("function", function)
            case e.Arith(op, _, _):
                self.note("arithmetic", op)
            case e.Compare(op, _, _, kind):
                self.note("comparison", f"{kind} {op}")
            case e.Logic(op, _):
                self.note("logic", op)
            case e.Peers():
                self.note("peers", node.function)
                limits = [n for n, v in (("where", node.where), ("within", node.within)) if v is not None]
                self.note("peers with", *limits, " and ".join(limits) or None)
                self.note("peers with", f"from {node.rank_from}" if node.function == "rank" else None)
            case _:
                pass

    def _goal(self, goal: GoalNode) -> None:
        self.note("goal with", "better higher" if goal.higher else "better lower")
        self.note("goal with", "applies_when" if goal.applies_when is not None else None)
        self.note("goal with", "equity" if goal.equity else None, "evidence" if goal.evidence else "no evidence")
        side = "higher" if goal.higher else "lower"
        self.note("cut", *(f"{side} {'in' if cut.inclusive else 'out'}" for cut in goal.cuts))
        if (evidence := goal.evidence) is not None:
            self.note("method", "given/v1 by a word" if evidence.words else evidence.method)
            found = {
                "pool": evidence.pool > 1,
                "at_least_n": evidence.at_least_n,
                "at_least_n_each": evidence.at_least_n_each,
                "sd_floor": evidence.sd_floor,
                "up and down": evidence.up != evidence.down,
            }
            self.note("evidence with", *(name for name, value in found.items() if value))

    def _ladder(self, plan: Plan) -> None:
        ladder, goals = plan.ladder, {goal.name for goal in plan.goals}
        types = {q.name: q.type for q in plan.quantities}
        for rule in ladder.rules:
            for cell in rule.cells:
                head = cell.input.partition(".")[0]
                kind = "goal" if head in goals else f"quantity {types[head]}" if head in types else head
                self.note("rule input", kind if kind in INPUTS or head in types else "need")
        self.note("table", ladder.hit)
        self.note("table", "without" if ladder.rules[-1].cells else "with a last row that meets everything")
        movement = ladder.movement
        if movement is None:
            self.note("movement", "none")
            return
        self.note("movement", "point_only" if movement.point_only else "range", movement.undecided)
        self.note("movement", "dwell" if any(movement.dwell) else None, "lapse" if movement.lapse_after else None)
        self.note("movement", "grave" if movement.grave_when is not None else None)
        self.note("movement", *("unlimited" if most is None else "limited" for most in (movement.up, movement.down)))

    def placement(self, plan: Plan, placement: Placement, *, decided: bool) -> None:
        """What an institution met."""
        self.placements += 1
        for goal, node in zip(placement.goals, plan.goals, strict=True):
            self._figure(plan, goal, node)
        for value in placement.quantities.values():
            self.note("reason of a quantity", _reason(value))
        for value in placement.ladder.outside.values():
            if isinstance(value, Missing):
                self.note("disposition of an input", plan.ladder.disposition(value.reason))
        ladder, state = placement.ladder, placement.state
        self.note("placement", "assessed" if ladder.assessed else "not assessed")
        self.note("placement", "no rule at the point" if ladder.assessed and ladder.point is None else None)
        if ladder.freest and ladder.strictest and ladder.freest.step < ladder.strictest.step:
            self.note("placement", "in a range of steps")
        bounds = {
            n.value
            for r in plan.ladder.rules
            for c in r.cells
            if c.input == "score"
            for n in e.walk(c.test)
            if isinstance(n, e.Number)
        }
        self.note("placement", "score on a literal of a rule" if ladder.score in bounds else None)
        self.note("placement", "newcomer" if placement.start.newcomer else None, "decided" if decided else None)
        self.note(
            "placement", "grave" if placement.grave else None, "grave unknown" if placement.grave_unknown else None
        )
        if state is not None and state.in_force != state.step:
            self.note("placement", "relief in force while a fall waits")
        self.note("movement", *placement.reasons)

    def _figure(self, plan: Plan, goal: GoalWorking, node: GoalNode) -> None:
        self.note("reason of a goal", goal.reason.word if goal.reason else None)
        self.note("disposition", goal.disposition)
        self.note("figure", "capped" if goal.capped_by else None)
        reading = goal.reading
        for cut in node.cuts:
            if reading.value == cut.bound:
                self.note("figure", "on a cut that is in" if cut.inclusive else "on a cut that is out")
        if reading.pooled is not None and len(reading.pooled.periods) > 1:
            self.note("figure", "pooled")
        if reading.worst_level != reading.best_level:
            self.note("figure", "in doubt")
        if reading.pooled is not None and not isinstance(reading.value, Missing) and node.evidence is not None:
            indicator = plan.indicator(node.evidence.indicator)
            if indicator.low is not None and reading.value in (reading.worse, reading.better) != (None, None):
                self.note("figure", "clipped to the range" if reading.worse != reading.better else None)


def _reason(value: Value) -> str | None:
    return value.reason.word if isinstance(value, Missing) else None


def _expressions(plan: Plan) -> Iterable[Expr]:
    yield from (q.of for q in plan.quantities)
    for goal in plan.goals:
        yield goal.measure
        if goal.applies_when is not None:
            yield goal.applies_when
    yield from (cell.test for rule in plan.ladder.rules for cell in rule.cells)
    if plan.ladder.movement is not None and plan.ladder.movement.grave_when is not None:
        yield plan.ladder.movement.grave_when
