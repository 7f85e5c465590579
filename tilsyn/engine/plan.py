"""From declarations in force on a day to a plan: names resolved, types checked, order found.

It decides whether expressions mean something: that every name is declared, types fit, nothing
reads itself, goals read outcomes only, and a measure with evidence is affine in one indicator.
Whether the rule table is complete is `machine.py`'s question. Faults are collected, all of
them, with the declared path and the offset in the text; where that is in a file is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import FeelError, parse, parse_test
from tilsyn.catalogue.goals import Directed, Evidence, Goal, Method
from tilsyn.catalogue.indicators import FIELDS
from tilsyn.catalogue.ladders import Ladder, Rule
from tilsyn.catalogue.periods import parse_period
from tilsyn.engine.binding import Scope, Type, affine, bind, shown, value_type
from tilsyn.engine.bodies import cuts, scale_of
from tilsyn.engine.faults import Fault, Faults, PlanFaults
from tilsyn.engine.named import Named
from tilsyn.engine.nodes import (
    NO_LADDER,
    Cell,
    Cut,
    EquityNode,
    EvidenceNode,
    GoalNode,
    IndicatorNode,
    LadderNode,
    MovementNode,
    Outside,
    OverdispersionNode,
    Plan,
    QuantityNode,
    RelationNode,
    RuleNode,
    ValueType,
    Word,
)
from tilsyn.engine.values import Reason

METHODS: dict[Method, tuple[str, ...]] = {
    "wilson/v1": ("proportion",),
    "student-t/v1": ("mean",),
    "byar/v1": ("rate", "ratio"),
    "poisson/v1": ("rate", "ratio"),
    "square-root/v1": ("ratio",),
    "normal/v1": ("value",),
    "given/v1": ("value", "mean", "proportion", "rate", "ratio"),
}
"""Interval methods and the kinds of indicator they are made for."""

Input = Type | Literal["step"]
"""What a cell of a rule tests."""

POOLED = ("wilson/v1", "student-t/v1", "byar/v1", "poisson/v1", "square-root/v1")

WIDENED = ("normal/v1", "square-root/v1")
"""Methods whose intervals the variance between institutions can be added to."""


def make_plan(area: Area, ladder: Ladder | None) -> Plan:
    """The plan of an area and its ladder (a regime has none) as they stand. Raises PlanFaults with every fault."""
    return _Maker(area, ladder).make()


class _Maker:
    """Builds one plan and gathers the faults met on the way."""

    def __init__(self, area: Area, ladder: Ladder | None) -> None:
        self.area = area
        self.faults = Faults()
        self.levels = tuple(ladder.levels) if ladder else ()
        self.steps = tuple(ladder.steps) if ladder else ()
        self.needs = tuple(ladder.needs) if ladder else ()
        self.movement = ladder.movement if ladder else None
        self.declared_ladder = ladder

    def make(self) -> Plan:
        area = self.area
        named = Named(area, self.levels, self._scope(), self.faults)
        quantities = self.named = named.nodes()
        self.scope = named.scope
        goals = tuple(g for name, goal in area.goals.items() if (g := self._goal(name, goal)) is not None)
        ladder = self._ladder(self.declared_ladder, quantities) if self.declared_ladder else NO_LADDER
        relations = self._relations()
        results = self._results(quantities)
        if self.faults.found:
            raise PlanFaults(tuple(self.faults.found))
        return Plan(
            area=area.area,
            attributes=tuple(area.attributes.items()),
            indicators=self._indicators(),
            quantities=quantities,
            goals=goals,
            ladder=ladder,
            relations=relations,
            results=results,
        )

    def _fault(self, path: tuple[str | int, ...], code: str, offset: int = 0, **args: object) -> None:
        document = "ladder" if path[0] in ("placement", "movement") else "area"
        self.faults.add(Fault(document, path, code, args, offset))

    def _scope(self) -> Scope:
        area = self.area
        types: dict[str, Type] = dict(area.attributes)
        fields: dict[str, tuple[str, ...]] = {}
        sliced: dict[str, frozenset[str]] = {}
        members = {name: tuple(grouping.members) for name, grouping in area.groups.items()}
        kinds: dict[str, Type] = {"category": "text", "flag": "flag"}
        for name, indicator in area.indicators.items():
            sliced[name] = frozenset(m for grouping in indicator.by for m in members.get(grouping, ()))
            for column in (name, *(f"{name}@{member}" for member in sliced[name])):
                types[column] = kinds.get(indicator.kind, "number")
                fields[column] = FIELDS[indicator.kind]
        for name, quantity in area.quantities.items():
            sliced[name] = frozenset(m for grouping in quantity.by for m in members.get(grouping, ()))
        others = dict.fromkeys(area.goals, "goal") | {m: "group" for g in area.groups.values() for m in g.members}
        others |= dict.fromkeys(area.groups, "grouping") | dict.fromkeys(area.relations, "relation")
        constants = {name: Fraction(constant.value) for name, constant in area.constants.items()}
        return Scope(
            types, fields, constants, self._scales(), others, members, sliced,
            {name: "one" if relation.id else "many" for name, relation in area.relations.items()},
        )  # fmt: skip

    def _scales(self) -> tuple[tuple[str, ...], ...]:
        """The ladder's levels, and those that quantities have of their own."""
        own = [tuple(q.scale) for q in self.area.quantities.values() if q.scale]
        own += [scale_of(q, self.levels) for q in self.area.quantities.values() if q.levels]
        return tuple(dict.fromkeys(scale for scale in (self.levels, *own) if scale))

    def _relations(self) -> tuple[RelationNode, ...]:
        found: list[RelationNode] = []
        for name, relation in self.area.relations.items():
            attribute = relation.id or relation.their or ""
            if self.area.attributes.get(attribute) != "text":
                known = tuple(a for a, kind in self.area.attributes.items() if kind == "text")
                path = ("relations", name, "id" if relation.id else "their")
                self._fault(path, "relation-attribute", found=attribute, known=known)
            found.append(RelationNode(name, attribute, relation.id is None))
        return tuple(found)

    def _results(self, quantities: tuple[QuantityNode, ...]) -> tuple[str, ...]:
        """The quantities that are results: of a record every value, and of one that is told by groupings the whole
        first and then every member's."""
        found: list[str] = []
        for index, name in enumerate(self.area.result):
            if name not in self.area.quantities:
                names = tuple(self.area.quantities)
                self._fault(("result", index), "unknown-result", found=name, known=names)
            own = [q.name for q in quantities if q.name.partition(".")[0].partition("@")[0] == name]
            found += sorted(own, key=lambda column: "@" in column)
        return tuple(found)

    def _indicators(self) -> tuple[IndicatorNode, ...]:
        members = {
            name: tuple(m for g in indicator.by if g in self.area.groups for m in self.area.groups[g].members)
            for name, indicator in self.area.indicators.items()
        }
        return tuple(
            IndicatorNode(
                name=name,
                kind=indicator.kind,
                role=indicator.role,
                low=_fraction(indicator.range[0]) if indicator.range else None,
                high=_fraction(indicator.range[1]) if indicator.range else None,
                stale_after=indicator.stale_after,
                comparable_from=self._period(indicator.comparable_from),
                members=members[name],
            )
            for name, indicator in self.area.indicators.items()
        )

    def _period(self, label: str | None) -> int | None:
        found = parse_period(self.area.period, label) if label else None
        return found.index if found else None

    # expressions

    def _expression(
        self, text: str, path: tuple[str | int, ...], wanted: tuple[ValueType, ...], scope: Scope | None = None
    ) -> tuple[Expr, Type] | None:
        """The bound expression and its type; None after a fault."""
        try:
            bound, found = bind(parse(text), scope or self.scope)
            if found == "null" or value_type(found) not in wanted:
                raise FeelError(0, "feel-type", found=shown(found), wanted=wanted)
            return bound, found
        except FeelError as fault:
            self._fault(path, fault.code, fault.offset, **fault.args_)
            return None

    # goals

    def _goal(self, name: str, goal: Goal) -> GoalNode | None:
        path = ("goals", name)
        applies = None
        if goal.applies_when is not None:
            applies = self._expression(goal.applies_when, (*path, "applies_when"), ("flag",))
        given = goal.levels == "given"
        found = self._expression(goal.measure, (*path, "measure"), ("level",) if given else ("number",))
        if found is None:
            return None
        # a level that is given is its rank, with a boundary at each
        measure: Expr = e.Call("rank", (found[0],)) if given else found[0]
        if given and found[1] != self.levels:
            self._fault((*path, "measure"), "feel-type", found=shown(found[1]), wanted=(shown(self.levels),))
        self._outcomes_only(measure, (*path, "measure"))
        evidence = self._evidence(goal.evidence, measure, path) if goal.evidence else None
        ranks = tuple(sorted(self.levels.index(level) for level in goal.level_names if level in self.levels))
        if given and found[1] == self.levels and ranks != tuple(range(len(self.levels))):
            self._fault((*path, "points"), "given-points", known=self.levels)
        equity = self._equity(goal, evidence, measure, path)
        return GoalNode(
            name=name,
            applies_when=applies[0] if applies else None,
            measure=measure,
            decimals=goal.decimals,
            higher=goal.better == "higher",
            evidence=evidence,
            cuts=tuple(Cut(Fraction(rank), True, rank) for rank in ranks[1:]) if given else cuts_of(goal, self.levels),
            ranks=ranks,
            points=tuple(goal.points.get(self.levels[rank], 0) for rank in ranks),
            weight=goal.weight,
            equity=equity,
            effort=Fraction(goal.effort),
        )

    def _equity(
        self, goal: Goal, evidence: EvidenceNode | None, measure: Expr, path: tuple[str | int, ...]
    ) -> EquityNode | None:
        if goal.equity is None:
            return None
        read = {r.name for r in e.refs(measure) if r.name in self.area.indicators}
        if len(read) != 1:
            self._fault((*path, "equity"), "equity-one-indicator")
            return None
        (indicator,) = read
        measured = {
            m for g in self.area.indicators[indicator].by if g in self.area.groups for m in self.area.groups[g].members
        }
        for index, member in enumerate(goal.equity.groups):
            if member not in measured:
                self._fault(
                    (*path, "equity", "groups", index), "equity-not-measured", group=member, indicator=indicator,
                    known=tuple(sorted(measured)),
                )  # fmt: skip
        for key, level in (("no_worse_than", goal.equity.no_worse_than), ("cap", goal.equity.cap)):
            if level not in goal.level_names:
                self._fault((*path, "equity", key), "equity-level", found=level, known=goal.level_names)
        if goal.equity.no_worse_than not in self.levels or goal.equity.cap not in self.levels:
            return None
        return EquityNode(
            tuple(goal.equity.groups), self.levels.index(goal.equity.no_worse_than), self.levels.index(goal.equity.cap)
        )

    def _outcomes_only(self, measure: Expr, path: tuple[str | int, ...]) -> None:
        """Everything a goal reads, through quantities too, is an outcome."""
        for ref in self._everything(measure):
            name = ref.name.partition("@")[0]
            indicator = self.area.indicators.get(name)
            if indicator is not None and indicator.role != "outcome":
                self._fault(path, "process-as-goal", ref.at, indicator=name, role=indicator.role)

    def _everything(self, expr: Expr) -> list[e.Ref]:
        """Every name that an expression reads, through quantities too, at the place where it reads them."""
        quantities = {node.name: node for node in self.named}
        found: list[e.Ref] = []
        for ref in e.refs(expr):
            node = quantities.get(ref.column)
            if node is None:
                found.append(ref)
                continue
            for part in node.parts:
                found += [e.Ref(r.name.partition("@")[0], r.field, at=ref.at) for r in self._everything(part)]
        return found

    def _evidence(self, evidence: Evidence, measure: Expr, path: tuple[str | int, ...]) -> EvidenceNode | None:
        here = (*path, "evidence")
        read = {r.name for r in e.refs(measure)}
        noisy = [name for name in read if name in self.area.indicators]
        for node in e.walk(measure):
            if isinstance(node, (e.Earlier, e.Peers, e.Related, e.Among)) or (
                isinstance(node, e.Ref) and node.name in self.area.quantities
            ):
                self._fault((*path, "measure"), "evidence-plain", node.at)
                return None
        if len(noisy) != 1 or not affine(measure, noisy[0]):
            self._fault((*path, "measure"), "evidence-affine", indicator=noisy[0] if noisy else "?")
            return None
        indicator = self.area.indicators[noisy[0]]
        unpublished = evidence.method == "given/v1" and evidence.by is None and "low" not in FIELDS[indicator.kind]
        if indicator.kind not in METHODS[evidence.method] or unpublished:
            self._fault((*here, "method"), "method-kind", method=evidence.method, kind=indicator.kind,
                        known=tuple(m for m, kinds in METHODS.items() if indicator.kind in kinds))  # fmt: skip
        if evidence.pool > 1 and evidence.method not in POOLED:
            self._fault((*here, "pool"), "method-pool", method=evidence.method)
        if evidence.method != "given/v1" and evidence.confidence is None:
            self._fault(here, "evidence-confidence", method=evidence.method)
        if evidence.method != "given/v1" and evidence.by is not None:
            self._fault((*here, "by"), "evidence-by", method=evidence.method)
        for key in ("at_least_n", "at_least_n_each"):
            if getattr(evidence, key) is not None and "n" not in FIELDS[indicator.kind]:
                self._fault((*here, key), "evidence-n", kind=indicator.kind)
        if evidence.sd_floor is not None and evidence.method != "student-t/v1":
            self._fault((*here, "sd_floor"), "evidence-sd-floor", method=evidence.method)
        both = evidence.confidence if isinstance(evidence.confidence, Directed) else None
        one = evidence.confidence if isinstance(evidence.confidence, Decimal) else Decimal("0.5")
        return EvidenceNode(
            method=evidence.method,
            indicator=noisy[0],
            up=Fraction(both.up if both else one),
            down=Fraction(both.down if both else one),
            pool=evidence.pool,
            at_least_n=evidence.at_least_n,
            at_least_n_each=evidence.at_least_n_each,
            sd_floor=_fraction(evidence.sd_floor),
            word_from=evidence.by.indicator if evidence.by else None,
            words=self._words(evidence, here),
            overdispersion=self._overdispersion(evidence, here),
        )

    def _overdispersion(self, evidence: Evidence, path: tuple[str | int, ...]) -> OverdispersionNode | None:
        found = evidence.overdispersion
        if found is None:
            return None
        if evidence.method not in WIDENED:
            self._fault((*path, "overdispersion"), "overdispersion-method", method=evidence.method, known=WIDENED)
        return OverdispersionNode(Fraction(found.centre), found.ends, found.winsorise is not None)

    def _words(self, evidence: Evidence, path: tuple[str | int, ...]) -> tuple[Word, ...]:
        if evidence.by is None:
            return ()
        indicator = self.area.indicators.get(evidence.by.indicator)
        if indicator is None or indicator.kind != "category":
            self._fault((*path, "by", "indicator"), "evidence-by-category", indicator=evidence.by.indicator)
        elif indicator.values is not None and set(indicator.values) != set(evidence.by.levels):
            left_out = sorted(set(indicator.values) ^ set(evidence.by.levels))
            self._fault((*path, "by", "levels"), "evidence-by-words", words=tuple(left_out))
        words: list[Word] = []
        for word, levels in evidence.by.levels.items():
            ranks = [self.levels.index(level) for level in levels if level in self.levels]
            if ranks:
                words.append(Word(word, min(ranks), max(ranks)))
        return tuple(words)

    # ladder

    def _ladder(self, ladder: Ladder, quantities: tuple[QuantityNode, ...]) -> LadderNode:
        rules = tuple(self._rule(index, rule) for index, rule in enumerate(ladder.placement.rules))
        otherwise = ladder.missing.get("else", "doubt")
        return LadderNode(
            name=ladder.ladder,
            levels=self.levels,
            steps=self.steps,
            initial=next((i for i, step in enumerate(ladder.steps.values()) if step.initial), 0),
            coverage=ladder.score.coverage,
            missing=tuple((reason, ladder.missing.get(reason.word, otherwise)) for reason in Reason),
            hit=ladder.placement.hit,
            rules=rules,
            outsides=self._outsides(rules, quantities),
            movement=self._movement(),
            formerly=tuple((old, place) for place, s in enumerate(ladder.steps.values()) for old in s.formerly),
        )

    def _step(self, name: str | None) -> int | None:
        return self.steps.index(name) if name in self.steps else None

    def _rule(self, index: int, rule: Rule) -> RuleNode:
        path = ("placement", "rules", index)
        cells: list[Cell] = []
        for name, text in rule.cells.items():
            kind = self._input_type(name)
            if kind is None:
                self._fault((*path, name), "rule-input", found=name, known=self._inputs())
                continue
            if not isinstance(text, (str, int, Decimal)):
                self._fault((*path, name), "rule-cell", found=name)
                continue
            written = str(text).lower() if isinstance(text, bool) else str(text)
            try:
                cells.append(Cell(name, self._test(parse_test(written), kind)))
            except FeelError as fault:
                self._fault((*path, name), fault.code, fault.offset, **fault.args_)
        return RuleNode(rule.id, self._step(rule.step) or 0, tuple(cells))

    def _inputs(self) -> tuple[str, ...]:
        counts = tuple(f"{count}.{level}" for count in ("goals_at", "goals_below") for level in self.levels)
        return ("score", "goals_missing", "previous", "held", *counts, *self.area.goals, *self.needs,
                *self.area.quantities)  # fmt: skip

    def _input_type(self, name: str) -> Input | None:
        if name in ("score", "goals_missing", "held"):
            return "number"
        if name == "previous":
            return "step"
        count, _, level = name.partition(".")
        if count in ("goals_at", "goals_below"):
            return "number" if level in self.levels else None
        if name in self.area.goals:
            return self.levels
        if name in self.needs:
            return "flag"
        return self.scope.types.get(name) if name in self.area.quantities else None

    def _test(self, test: Expr, kind: Input) -> Expr:
        """A unary test with its literals bound to the input's type. Raises FeelError."""
        match test:
            case e.Flag() | e.Input():
                return test
            case e.Not(of):
                return e.Not(self._test(of, kind), at=test.at)
            case e.Logic(op, of):
                return e.Logic(op, tuple(self._test(part, kind) for part in of), at=test.at)
            case e.Compare(op, left, right):
                if not isinstance(left, e.Input):
                    raise FeelError(test.at, "feel-test-literal")
                return e.Compare(op, left, self._literal(right, kind, op), at=test.at)
            case _:
                raise FeelError(test.at, "feel-test-literal")

    def _literal(self, node: Expr, kind: Input, op: str) -> Expr:
        if kind in ("text", "flag", "step") and op not in ("=", "!="):
            raise FeelError(node.at, "feel-order", type=kind)
        if isinstance(node, e.Ref) and node.field is None:
            if kind == "number" and node.name in self.scope.constants:
                return e.Number(self.scope.constants[node.name], at=node.at)
            names = kind if isinstance(kind, tuple) else self.steps if kind == "step" else ()
            if node.name in names:
                return e.Level(node.name, names.index(node.name), at=node.at)
            if names:
                raise FeelError(node.at, "feel-name", found=node.name, known=names)
        if (kind, type(node)) in (("number", e.Number), ("text", e.Text), ("flag", e.Flag)):
            return node
        raise FeelError(node.at, "feel-test-type", wanted=kind if kind == "step" else shown(kind))

    def _outsides(self, rules: tuple[RuleNode, ...], quantities: tuple[QuantityNode, ...]) -> tuple[Outside, ...]:
        outsides: dict[str, Outside] = {}
        types = {q.name: q.type for q in quantities} | dict.fromkeys(self.needs, "flag")
        levels = {q.name: len(q.scale) for q in quantities}
        for rule in rules:
            for cell in rule.cells:
                if cell.input not in types or cell.input in outsides:
                    continue
                kind: Any = types[cell.input]
                tests = [c.test for r in rules for c in r.cells if c.input == cell.input]
                literals = [n for test in tests for n in e.walk(test)]
                bounds = tuple(sorted({n.value for n in literals if isinstance(n, e.Number)}))
                words = tuple(sorted({n.value for n in literals if isinstance(n, e.Text)}))
                outsides[cell.input] = Outside(cell.input, kind, bounds, words, levels.get(cell.input, 0))
        return tuple(outsides.values())

    def _movement(self) -> MovementNode | None:
        movement = self.movement
        if movement is None:
            return None
        grave = None
        if movement.grave is not None:
            scope = replace(
                self.scope,
                types={k: v for k, v in self.scope.types.items() if k in self.needs or k in self.area.quantities},
            )
            grave = self._expression(movement.grave.when, ("movement", "grave", "when"), ("flag",), scope)
        return MovementNode(
            up=movement.up,
            down=movement.down,
            confirm_up=movement.confirm.up,
            confirm_down=movement.confirm.down,
            dwell=tuple(movement.dwell.get(step, 0) for step in self.steps),
            lapse_after=movement.lapse.after if movement.lapse else None,
            lapse_to=self._step(movement.lapse.to) if movement.lapse else None,
            grave_when=grave[0] if grave else None,
            grave_step=self._step(movement.grave.step) if movement.grave else None,
            point_only=movement.doubt == "point",
            undecided=movement.undecided,
        )


def _fraction(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def cuts_of(goal: Goal, levels: tuple[str, ...]) -> tuple[Cut, ...]:
    """The boundaries of a goal's bands, from the worst up."""
    return cuts(goal.bands, levels, goal.better == "higher")


def reads_peers(plan: Plan) -> bool:
    """Whether any expression of the plan, or how wide an interval is, depends on other institutions."""
    if any(goal.evidence is not None and goal.evidence.overdispersion is not None for goal in plan.goals):
        return True
    return any(isinstance(node, (e.Peers, e.Related)) for node in _every_node(plan))


def periods_back(plan: Plan) -> int:
    """How many periods before its own a placement reads figures of."""
    pooled = [goal.evidence.pool - 1 for goal in plan.goals if goal.evidence is not None]
    earlier = [node.periods for node in _every_node(plan) if isinstance(node, e.Earlier)]
    return max(pooled, default=0) + max(earlier, default=0)


def _every_node(plan: Plan) -> Iterator[e.Expr]:
    """Every part of every expression of a plan."""
    exprs = [expr for q in plan.quantities for expr in q.parts]
    for goal in plan.goals:
        exprs += [goal.measure, *([goal.applies_when] if goal.applies_when is not None else [])]
    if plan.ladder.movement is not None and plan.ladder.movement.grave_when is not None:
        exprs.append(plan.ladder.movement.grave_when)
    for expr in exprs:
        yield from e.walk(expr)
