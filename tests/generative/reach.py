"""What the generated rule sets and institutions reached, so that a test can say what they never did.

Kinds are read from the closed sets of the engine itself: a new node, function, method or reason that
no generated case meets fails a test at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction
from typing import get_args

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.goals import Method
from tilsyn.catalogue.indicators import Kind
from tilsyn.catalogue.ladders import Disposition
from tilsyn.engine.exact import Exact
from tilsyn.engine.movement import MoveReason
from tilsyn.engine.nodes import Effect, GoalNode, Plan, QuantityNode, ValueType
from tilsyn.engine.values import Missing, Reason, Value, compared
from tilsyn.engine.working import GoalWorking, Placement, QuantityWorking

from .author import SETS
from .readings import Worked

INPUTS = ("score", "goals_at", "goals_below", "goals_missing", "previous", "held", "goal", "need")


def wanted() -> dict[str, tuple[str, ...]]:
    """Everything that a sweep must reach, by kind."""
    types = get_args(ValueType)
    sets = [*SETS, "count_true", "with where"]
    return {
        "rule set": ("ladder", "regime"),
        "node": tuple(kind.__name__ for kind in get_args(Expr)),
        "function": tuple(e.FUNCTIONS),
        "peers": tuple("count_true" if f == "at_least" else f for f in e.PEER_FUNCTIONS),
        "peers with": ("where", "within", "where and within", "from highest", "from lowest"),
        "set over": tuple(f"{what}: {name}" for what in ("members", "many") for name in sets),
        "related": types,
        "earlier": types,
        "table": ("first", "unique"),
        "row": (
            "first: the first is met",
            "first: a later is met",
            "first: unknown in front",
            "first: unknown behind",
            "first: none is met",
            "unique: met",
            "unique: met, another unknown",
            "unique: unknown",
            "unique: none is met",
            "of several unknown the reasons differ",
            "met, but without a value",
        ),
        "aggregate": get_args(e.Combination),
        "aggregate with": ("leave out", "strict", "coverage", "weights that are read"),
        "part": (
            "all are there",
            "strict",
            "left out",
            "nobody",
            "just the coverage",
            "short of the coverage",
            "does not apply, and would have been short",
            "weight missing",
        ),
        "adjustment": (
            *(f"number {effect}" for effect in get_args(Effect)),
            *(f"level {effect}" for effect in get_args(Effect) if effect != "add"),
            "text set",
            "flag set",
            "always",
            "reads the value",
            "of a rounded number",
            "of an own scale",
        ),
        "adjusted": (
            "one is made",
            "several are made",
            "none is made",
            "passed over",
            "lost to an unknown condition",
            "set where there was no value",
            "lost to an unknown amount",
        ),
        "arithmetic": get_args(e.ArithOp),
        "comparison": tuple(f"{t} {op}" for t in types for op in _orders(t)),
        "logic": ("and", "or"),
        "indicator": get_args(Kind),
        "indicator with": ("range", "stale_after", "comparable_from", "members"),
        "method": (*get_args(Method), "given/v1 by a word"),
        "evidence with": ("pool", "at_least_n", "at_least_n_each", "sd_floor", "up and down", "overdispersion"),
        "goal with": ("applies_when", "equity", "evidence", "no evidence", "better higher", "better lower", "given"),
        "cut": tuple(f"{side} {kind}" for side in ("higher", "lower") for kind in ("in", "out")),
        "figure": (
            "on a cut that is in",
            "on a cut that is out",
            "pooled",
            "in doubt",
            "capped",
            "clipped to the range",
        ),
        "quantity": (
            *types,
            "exact",
            "rounded",
            "own scale",
            "guarded",
            "record",
            "slice",
            "slice beside a whole",
            "slice with adjustments",
        ),
        "reason of a goal": tuple(r.word for r in Reason),
        "reason of a quantity": tuple(r.word for r in Reason),
        "disposition": get_args(Disposition),
        "disposition of an input": get_args(Disposition),
        "rule input": (*INPUTS, *(f"quantity {t}" for t in types), "quantity of its own scale"),
        "rules": ("unique", "first", "with a last row that meets everything", "without"),
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
        self.plans = self.placements = self.workings = 0

    def never(self, kind: str) -> set[str]:
        return {name for name in wanted()[kind] if not self.counts[kind, name]}

    def note(self, kind: str, *names: str | None) -> None:
        self.counts.update((kind, name) for name in names if name is not None)

    def plan(self, plan: Plan) -> None:
        """What a rule set is made of."""
        self.plans += 1
        kinds = _types(plan)
        for expr in _expressions(plan):
            for node in e.walk(expr):
                self._node(node, kinds)
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
            self._quantity(plan, quantity)
        self.note("rule set", "regime" if plan.is_regime else "ladder")
        for goal in plan.goals:
            self._goal(goal)
        if not plan.is_regime:
            self._ladder(plan)

    def _quantity(self, plan: Plan, node: QuantityNode) -> None:
        base, _, member = node.name.partition("@")
        found = {
            node.type: True,
            "exact": node.type == "number" and node.decimals is None,
            "rounded": node.decimals is not None,
            "own scale": node.scale and node.scale != plan.ladder.levels and not plan.is_regime,
            "guarded": isinstance(node.of, e.Choose) and any(isinstance(v, e.Choose) for v in node.of.values),
            "record": "." in node.name,
            "slice": member,
            "slice beside a whole": member and any(other.name == base for other in plan.quantities),
            "slice with adjustments": member and node.then,
        }
        self.note("quantity", *(name for name, value in found.items() if value))
        for adjustment in node.then:
            reads = [ref.name for part in (adjustment.when, adjustment.by) if part for ref in e.refs(part)]
            self.note("adjustment", f"{node.type} {adjustment.effect}", None if adjustment.when else "always")
            self.note("adjustment", "reads the value" if "value" in reads else None)
            self.note("adjustment", "of a rounded number" if node.decimals is not None else None)
            self.note("adjustment", "of an own scale" if found["own scale"] else None)

    def _node(self, node: Expr, types: dict[str, str]) -> None:
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
            case e.Related(_, of):
                self.note("related", types[of.column])
            case e.Earlier(of):
                self.note("earlier", types.get(of.column, "number"))
            case e.Among(function, _, where):
                self.note("set over", f"members: {function}", "members: with where" if where else None)
            case e.Choose(_, _, hit):
                self.note("table", hit)
            case e.Aggregate(method, _, weights, leave_out, coverage):
                self.note("aggregate", method)
                self.note("aggregate with", "leave out" if leave_out else "strict", "coverage" if coverage else None)
                read = any(not isinstance(weight, e.Number) for weight in weights)
                self.note("aggregate with", "weights that are read" if read else None)
            case e.Peers(set=name) if name != "peers":
                self.note("set over", f"many: {node.function}", "many: with where" if node.where else None)
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
        given = isinstance(goal.measure, e.Call) and goal.measure.function == "rank"
        self.note("goal with", "given" if given and not goal.evidence else None)
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
                "overdispersion": evidence.overdispersion,
            }
            self.note("evidence with", *(name for name, value in found.items() if value))

    def _ladder(self, plan: Plan) -> None:
        ladder, goals = plan.ladder, {goal.name for goal in plan.goals}
        types = {q.name: q.type for q in plan.quantities}
        scales = {q.name: q.scale and q.scale != ladder.levels for q in plan.quantities}
        for rule in ladder.rules:
            for cell in rule.cells:
                head = cell.input.partition(".")[0]
                kind = "goal" if head in goals else f"quantity {types[head]}" if head in types else head
                self.note("rule input", kind if kind in INPUTS or head in types else "need")
                self.note("rule input", "quantity of its own scale" if scales.get(head) else None)
        self.note("rules", ladder.hit)
        self.note("rules", "without" if ladder.rules[-1].cells else "with a last row that meets everything")
        movement = ladder.movement
        if movement is None:
            self.note("movement", "none")
            return
        self.note("movement", "point_only" if movement.point_only else "range", movement.undecided)
        self.note("movement", "dwell" if any(movement.dwell) else None, "lapse" if movement.lapse_after else None)
        self.note("movement", "grave" if movement.grave_when is not None else None)
        self.note("movement", *("unlimited" if most is None else "limited" for most in (movement.up, movement.down)))

    def evaluated(self, case: Exact, period: int) -> None:
        """What tables and aggregates met on their way, in some of the institutions."""
        for institution in case.institutions(period)[::4]:
            for quantity in case.plan.quantities:
                body = quantity.of
                while isinstance(body, e.Choose):
                    met = [case.evaluate(condition, institution, period) for condition in body.conditions]
                    self._rows(body, met, case.evaluate(body, institution, period))
                    body = body.values[-1]
                if isinstance(body, e.Aggregate):
                    of, weights = (
                        [case.evaluate(part, institution, period) for part in parts]
                        for parts in (body.of, body.weights)
                    )
                    self._parts(body, of, weights)

    def _rows(self, node: e.Choose, met: list[Value], value: Value) -> None:
        unknown = [isinstance(m, Missing) for m in met]
        found = next((place for place, m in enumerate(met) if m is True), None)
        if found is not None and isinstance(value, Missing):
            self.note("row", "met, but without a value")
        if len({m.reason for m in met if isinstance(m, Missing)}) > 1:
            self.note("row", "of several unknown the reasons differ")
        if node.hit == "unique":
            met_how = "met, another unknown" if any(unknown) else "met"
            self.note(
                "row", f"unique: {met_how if found is not None else 'unknown' if any(unknown) else 'none is met'}"
            )
            return
        if found is None:
            self.note("row", "first: unknown in front" if any(unknown) else "first: none is met")
        elif any(unknown[:found]):
            self.note("row", "first: unknown in front")
        else:
            self.note("row", "first: a later is met" if found else "first: the first is met")
            self.note("row", "first: unknown behind" if any(unknown) else None)

    def _parts(self, node: e.Aggregate, of: list[Value], weights: list[Value]) -> None:
        there = [not isinstance(x, Missing) and not isinstance(w, Missing) for x, w in zip(of, weights, strict=True)]
        self.note("part", "weight missing" if any(isinstance(w, Missing) for w in weights) else None)
        if all(there):
            self.note("part", "all are there")
            return
        if not node.leave_out or not any(there):
            self.note("part", "strict" if any(there) else "nobody")
            return
        pairs = list(zip(of, weights, there, strict=True))
        present = sum(w for _, w, t in pairs if t and isinstance(w, Fraction))
        applying = sum(
            w for x, w, t in pairs
            if isinstance(w, Fraction) and (t or (isinstance(x, Missing) and x.reason != Reason.NOT_APPLICABLE))
        )  # fmt: skip
        every = sum(w for w in weights if isinstance(w, Fraction))
        wanted = compared(node.coverage * applying)
        if compared(Fraction(present)) < wanted:
            self.note("part", "short of the coverage")
            return
        self.note("part", "left out")
        self.note("part", "just the coverage" if compared(Fraction(present)) == wanted else None)
        outside = compared(Fraction(present)) < compared(node.coverage * every)
        self.note("part", "does not apply, and would have been short" if outside else None)

    def working(self, plan: Plan, worked: Worked, *, decided: bool) -> None:
        for node, one in zip(plan.quantities, worked.quantities, strict=True):
            self.note("reason of a quantity", _reason(one.value))
            if node.then:
                self._adjusted(node, one)
        self.workings += 1
        if worked.placement is not None:
            self.placement(plan, worked.placement, decided=decided)

    def _adjusted(self, node: QuantityNode, worked: QuantityWorking) -> None:
        made, lost = worked.made, isinstance(worked.value, Missing) and not isinstance(worked.before, Missing)
        self.note("adjusted", "one is made" if len(made) == 1 else "several are made" if made else "none is made")
        self.note("adjusted", "passed over" if worked.passed else None)
        self.note("adjusted", "lost to an unknown condition" if lost and not made else None)
        self.note("adjusted", "lost to an unknown amount" if lost and made and len(node.then) == 1 else None)
        found = isinstance(worked.before, Missing) and not isinstance(worked.value, Missing)
        self.note("adjusted", "set where there was no value" if found else None)

    def placement(self, plan: Plan, placement: Placement, *, decided: bool) -> None:
        """What an institution met."""
        self.placements += 1
        for goal, node in zip(placement.goals, plan.goals, strict=True):
            self._figure(plan, goal, node)
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


def _types(plan: Plan) -> dict[str, str]:
    """The type of every name; fields of indicators, which are left out, are numbers."""
    kinds = {"category": "text", "flag": "flag"}
    measured = {
        column: kinds.get(i.kind, "number")
        for i in plan.indicators
        for column in (i.name, *(f"{i.name}@{member}" for member in i.members))
    }
    return dict(plan.attributes) | measured | {q.name: q.type for q in plan.quantities}


def _reason(value: Value) -> str | None:
    return value.reason.word if isinstance(value, Missing) else None


def _expressions(plan: Plan) -> Iterable[Expr]:
    yield from (part for q in plan.quantities for part in q.parts)
    for goal in plan.goals:
        yield goal.measure
        if goal.applies_when is not None:
            yield goal.applies_when
    yield from (cell.test for rule in plan.ladder.rules for cell in rule.cells)
    if plan.ladder.movement is not None and plan.ladder.movement.grave_when is not None:
        yield plan.ladder.movement.grave_when
