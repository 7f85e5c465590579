"""From declarations in force on a day to a plan: names resolved, types checked, order found.

It decides whether expressions mean something: that every name is declared, types fit, nothing
reads itself, goals read outcomes only, and a measure with evidence is affine in one indicator.
Whether the rule table is complete is `machine.py`'s question. Faults are collected, all of
them, with the declared path and the offset in the text; where that is in a file is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Literal

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import FeelError, parse, parse_test
from tilsyn.catalogue.goals import Band, Directed, Evidence, Goal, Method
from tilsyn.catalogue.indicators import FIELDS
from tilsyn.catalogue.ladders import Ladder, Rule
from tilsyn.catalogue.periods import parse_period
from tilsyn.engine.nodes import (
    Cell,
    Cut,
    EquityNode,
    EvidenceNode,
    GoalNode,
    IndicatorNode,
    LadderNode,
    MovementNode,
    Outside,
    Plan,
    QuantityNode,
    RuleNode,
    ValueType,
    Word,
)
from tilsyn.engine.values import Reason

METHODS: dict[Method, tuple[str, ...]] = {
    "wilson/v1": ("proportion",),
    "student-t/v1": ("mean",),
    "byar/v1": ("rate", "ratio"),
    "normal/v1": ("value",),
    "given/v1": ("value", "mean", "proportion", "rate", "ratio"),
}
"""Interval methods and the kinds of indicator they are made for."""

POOLED = ("wilson/v1", "student-t/v1", "byar/v1")


@dataclass(frozen=True)
class Fault:
    """Something an expression or a rule gets wrong. `offset` counts characters in the text at `path`."""

    document: Literal["area", "ladder"]
    path: tuple[str | int, ...]
    code: str
    args: Mapping[str, object] = field(default_factory=dict[str, object])
    offset: int = 0


class PlanFaults(Exception):
    """Every fault that was found while a plan was made."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{f.path}: {f.code} {dict(f.args)}" for f in faults))
        self.faults = faults


@dataclass(frozen=True)
class Scope:
    """What a name may mean in an expression of the area."""

    types: Mapping[str, ValueType]
    fields: Mapping[str, tuple[str, ...]]
    constants: Mapping[str, Fraction]
    levels: tuple[str, ...]
    others: Mapping[str, str]

    @property
    def known(self) -> tuple[str, ...]:
        return (*self.types, *self.constants, *self.levels)


def make_plan(area: Area, ladder: Ladder) -> Plan:
    """The plan of an area and its ladder as they stand. Raises PlanFaults with every fault."""
    return _Maker(area, ladder).make()


class _Maker:
    """Builds one plan and gathers the faults met on the way."""

    def __init__(self, area: Area, ladder: Ladder) -> None:
        self.area, self.ladder = area, ladder
        self.faults: list[Fault] = []
        self.levels = tuple(ladder.levels)
        self.steps = tuple(ladder.steps)

    def make(self) -> Plan:
        area = self.area
        self.scope = self._scope()
        quantities = self._quantities()
        goals = tuple(g for name, goal in area.goals.items() if (g := self._goal(name, goal)) is not None)
        ladder = self._ladder(quantities)
        if self.faults:
            raise PlanFaults(tuple(self.faults))
        return Plan(
            area=area.area,
            day=area.from_.isoformat(),
            attributes=tuple(area.attributes.items()),
            indicators=self._indicators(),
            quantities=quantities,
            goals=goals,
            ladder=ladder,
        )

    def _fault(self, path: tuple[str | int, ...], code: str, offset: int = 0, **args: object) -> None:
        document = "ladder" if path[0] in ("placement", "movement") else "area"
        self.faults.append(Fault(document, path, code, args, offset))

    def _scope(self) -> Scope:
        area = self.area
        types: dict[str, ValueType] = dict(area.attributes)
        fields: dict[str, tuple[str, ...]] = {}
        for name, indicator in area.indicators.items():
            types[name] = {"category": "text", "flag": "flag"}.get(indicator.kind, "number")  # type: ignore[assignment]
            fields[name] = FIELDS[indicator.kind]
        others = dict.fromkeys(area.goals, "goal") | {m: "group" for g in area.groups.values() for m in g.members}
        constants = {name: Fraction(constant.value) for name, constant in area.constants.items()}
        return Scope(types, fields, constants, self.levels, others)

    def _indicators(self) -> tuple[IndicatorNode, ...]:
        members = {
            name: tuple(m for grouping in indicator.by for m in self.area.groups[grouping].members)
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
    ) -> tuple[Expr, ValueType] | None:
        """The bound expression and its type; None after a fault."""
        try:
            bound, found = bind(parse(text), scope or self.scope)
            if found not in wanted:
                raise FeelError(0, "feel-type", found=found, wanted=wanted)
            return bound, found
        except FeelError as fault:
            self._fault(path, fault.code, fault.offset, **fault.args_)
            return None

    def _quantities(self) -> tuple[QuantityNode, ...]:
        """The named expressions in an order in which each reads only what stands before it."""
        declared = self.area.quantities
        reads: dict[str, set[str]] = {}
        for name, quantity in declared.items():
            try:
                reads[name] = {read for read in names_in(parse(quantity.value)) if read in declared}
            except FeelError as fault:
                self._fault(("quantities", name, "value"), fault.code, fault.offset, **fault.args_)
                reads[name] = set()
        done: list[QuantityNode] = []
        left = dict(declared)
        while left:
            ready = [name for name in left if not reads[name] & set(left)]
            if not ready:
                # what only reads a circle is not in it: drop names that nothing left reads
                while outer := [n for n in left if not any(n in reads[m] for m in left)]:
                    for name in outer:
                        del left[name]
                circle = tuple(left)
                self._fault(("quantities", circle[0], "value"), "circle", names=(*circle, circle[0]))
                break
            for name in ready:
                quantity = left.pop(name)
                found = self._expression(
                    quantity.value, ("quantities", name, "value"), ("number", "text", "flag", "level")
                )
                if found is None:
                    continue
                self.scope = replace(self.scope, types={**self.scope.types, name: found[1]})
                decimals = quantity.decimals if isinstance(quantity.decimals, int) else None
                done.append(QuantityNode(name, found[0], found[1], decimals if found[1] == "number" else None))
        return tuple(done)

    # goals

    def _goal(self, name: str, goal: Goal) -> GoalNode | None:
        path = ("goals", name)
        applies = None
        if goal.applies_when is not None:
            applies = self._expression(goal.applies_when, (*path, "applies_when"), ("flag",))
        found = self._expression(goal.measure, (*path, "measure"), ("number",))
        if found is None:
            return None
        measure = found[0]
        self._outcomes_only(measure, (*path, "measure"))
        evidence = self._evidence(goal.evidence, measure, path) if goal.evidence else None
        ranks = tuple(sorted(self.levels.index(level) for level in goal.levels if level in self.levels))
        equity = self._equity(goal, evidence, measure, path)
        return GoalNode(
            name=name,
            applies_when=applies[0] if applies else None,
            measure=measure,
            decimals=goal.decimals,
            higher=goal.better == "higher",
            evidence=evidence,
            cuts=cuts_of(goal, self.levels),
            ranks=ranks,
            points=tuple(goal.points.get(self.levels[rank], 0) for rank in ranks),
            weight=goal.weight,
            equity=equity,
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
            if level not in goal.levels:
                self._fault((*path, "equity", key), "equity-level", found=level, known=tuple(goal.levels))
        if goal.equity.no_worse_than not in self.levels or goal.equity.cap not in self.levels:
            return None
        return EquityNode(
            tuple(goal.equity.groups), self.levels.index(goal.equity.no_worse_than), self.levels.index(goal.equity.cap)
        )

    def _outcomes_only(self, measure: Expr, path: tuple[str | int, ...]) -> None:
        """Everything a goal reads, through quantities too, is an outcome."""
        for ref in self._everything(measure):
            indicator = self.area.indicators.get(ref.name)
            if indicator is not None and indicator.role != "outcome":
                self._fault(path, "process-as-goal", ref.at, indicator=ref.name, role=indicator.role)

    def _everything(self, expr: Expr) -> list[e.Ref]:
        found: list[e.Ref] = []
        for ref in e.refs(expr):
            if ref.name in self.area.quantities:
                try:
                    found += [
                        e.Ref(r.name, r.field, at=ref.at)
                        for r in self._everything(parse(self.area.quantities[ref.name].value))
                    ]
                except (FeelError, RecursionError):
                    continue
            else:
                found.append(ref)
        return found

    def _evidence(self, evidence: Evidence, measure: Expr, path: tuple[str | int, ...]) -> EvidenceNode | None:
        here = (*path, "evidence")
        read = {r.name for r in e.refs(measure)}
        noisy = [name for name in read if name in self.area.indicators]
        for node in e.walk(measure):
            if isinstance(node, (e.Earlier, e.Peers)) or (
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
        )

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

    def _ladder(self, quantities: tuple[QuantityNode, ...]) -> LadderNode:
        ladder = self.ladder
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
        return ("score", "goals_missing", "previous", "held", *counts, *self.area.goals, *self.ladder.needs,
                *self.area.quantities)  # fmt: skip

    def _input_type(self, name: str) -> ValueType | Literal["step"] | None:
        if name in ("score", "goals_missing", "held"):
            return "number"
        if name == "previous":
            return "step"
        count, _, level = name.partition(".")
        if count in ("goals_at", "goals_below"):
            return "number" if level in self.levels else None
        if name in self.area.goals:
            return "level"
        if name in self.ladder.needs:
            return "flag"
        return self.scope.types.get(name) if name in self.area.quantities else None

    def _test(self, test: Expr, kind: ValueType | Literal["step"]) -> Expr:
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

    def _literal(self, node: Expr, kind: ValueType | Literal["step"], op: str) -> Expr:
        if kind in ("text", "flag", "step") and op not in ("=", "!="):
            raise FeelError(node.at, "feel-order", type=kind)
        if isinstance(node, e.Ref) and node.field is None:
            if kind == "number" and node.name in self.scope.constants:
                return e.Number(self.scope.constants[node.name], at=node.at)
            names = {"level": self.levels, "step": self.steps}.get(kind, ())
            if node.name in names:
                return e.Level(node.name, names.index(node.name), at=node.at)
            if names:
                raise FeelError(node.at, "feel-name", found=node.name, known=names)
        if (kind, type(node)) in (("number", e.Number), ("text", e.Text), ("flag", e.Flag)):
            return node
        raise FeelError(node.at, "feel-test-type", wanted=kind)

    def _outsides(self, rules: tuple[RuleNode, ...], quantities: tuple[QuantityNode, ...]) -> tuple[Outside, ...]:
        outsides: dict[str, Outside] = {}
        types = {q.name: q.type for q in quantities} | dict.fromkeys(self.ladder.needs, "flag")
        for rule in rules:
            for cell in rule.cells:
                if cell.input not in types or cell.input in outsides:
                    continue
                kind: Any = types[cell.input]
                tests = [c.test for r in rules for c in r.cells if c.input == cell.input]
                literals = [n for test in tests for n in e.walk(test)]
                bounds = tuple(sorted({n.value for n in literals if isinstance(n, e.Number)}))
                words = tuple(sorted({n.value for n in literals if isinstance(n, e.Text)}))
                outsides[cell.input] = Outside(cell.input, kind, bounds, words, len(self.levels))
        return tuple(outsides.values())

    def _movement(self) -> MovementNode | None:
        movement = self.ladder.movement
        if movement is None:
            return None
        grave = None
        if movement.grave is not None:
            scope = replace(
                self.scope,
                types={
                    k: v for k, v in self.scope.types.items() if k in self.ladder.needs or k in self.area.quantities
                },
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
    """The boundaries of a goal's bands, from the worst up. A level without its own lower boundary takes the
    upper one of the level below it."""
    ranked = sorted((levels.index(name), band) for name, band in goal.levels.items() if name in levels)
    cuts: list[Cut] = []
    for (_, below), (rank, band) in pairwise(ranked):
        bound = _near_side(band, goal.better == "higher") or _far_side(below, goal.better == "higher")
        if bound is not None:
            cuts.append(Cut(bound[0], bound[1], rank))
    return tuple(cuts)


def _near_side(band: Band | str, higher: bool) -> tuple[Fraction, bool] | None:
    """The boundary towards the worse levels, and whether it is in."""
    if isinstance(band, str):
        return None
    inside, outside = (band.at_least, band.above) if higher else (band.at_most, band.below)
    if inside is not None:
        return Fraction(inside), True
    return None if outside is None else (Fraction(outside), False)


def _far_side(band: Band | str, higher: bool) -> tuple[Fraction, bool] | None:
    """The boundary towards the better levels, as the next level's: what is out here is in there."""
    found = _near_side(band, not higher)
    return None if found is None else (found[0], not found[1])


def names_in(expr: Expr) -> set[str]:
    """Every name that an expression reads, those that divide its peers included."""
    within = {node.within for node in e.walk(expr) if isinstance(node, e.Peers) and node.within is not None}
    return within | {ref.name for ref in e.refs(expr)}


def affine(expr: Expr, indicator: str) -> bool:
    """Whether an expression is affine in an indicator's value, and reads no count of it.

    >>> affine(parse("100 - 100 * x"), "x"), affine(parse("x * x"), "x")
    (True, False)
    """
    return _degree(expr, indicator) == 1


def _degree(expr: Expr, indicator: str) -> int | None:
    match expr:
        case e.Number():
            return 0
        case e.Ref(name, field_):
            if name != indicator:
                return 0
            return 1 if field_ is None else (0 if field_ == "expected" else None)
        case e.Negative(of):
            return _degree(of, indicator)
        case e.Arith(op, left, right):
            a, b = _degree(left, indicator), _degree(right, indicator)
            if a is None or b is None:
                return None
            if op in ("+", "-"):
                return max(a, b)
            if op == "*" and a + b <= 1:
                return a + b
            return a if op == "/" and b == 0 else (0 if a == b == 0 else None)
        case _:
            return 0 if all(_degree(child, indicator) == 0 for child in e.children(expr)) else None


def bind(expr: Expr, scope: Scope) -> tuple[Expr, ValueType]:
    """The expression with its names resolved, and its type. Raises FeelError where a name or type does not fit."""
    match expr:
        case e.Number():
            return expr, "number"
        case e.Text():
            return expr, "text"
        case e.Flag():
            return expr, "flag"
        case e.Level():
            return expr, "level"
        case e.Input():
            raise FeelError(expr.at, "feel-syntax", found="?")
        case e.Ref():
            return _bind_ref(expr, scope)
        case e.Negative(of):
            return e.Negative(_typed(of, scope, "number"), at=expr.at), "number"
        case e.Arith(op, left, right):
            return e.Arith(op, _typed(left, scope, "number"), _typed(right, scope, "number"), at=expr.at), "number"
        case e.Compare(op, left, right, _):
            return _bind_compare(expr, op, left, right, scope), "flag"
        case e.Logic(op, of):
            return e.Logic(op, tuple(_typed(part, scope, "flag") for part in of), at=expr.at), "flag"
        case e.Not(of):
            return e.Not(_typed(of, scope, "flag"), at=expr.at), "flag"
        case e.If(condition, then, otherwise):
            bound = _typed(condition, scope, "flag")
            if may_be_missing(bound):
                raise FeelError(condition.at, "feel-if-missing")
            (a, kind), (b, other) = bind(then, scope), bind(otherwise, scope)
            if kind != other:
                raise FeelError(otherwise.at, "feel-type", found=other, wanted=(kind,))
            return e.If(bound, a, b, at=expr.at), kind
        case e.Call():
            return _bind_call(expr, scope)
        case e.Earlier(of, periods):
            bound, kind = bind(of, scope)
            if not isinstance(bound, e.Ref):
                raise FeelError(of.at, "feel-earlier-name", function="earlier")
            return e.Earlier(bound, periods, at=expr.at), kind
        case e.Peers():
            return _bind_peers(expr, scope)


def _typed(expr: Expr, scope: Scope, wanted: ValueType) -> Expr:
    bound, found = bind(expr, scope)
    if found != wanted:
        raise FeelError(expr.at, "feel-type", found=found, wanted=(wanted,))
    return bound


def _bind_ref(ref: e.Ref, scope: Scope) -> tuple[Expr, ValueType]:
    if ref.name in scope.types:
        if ref.field is None:
            return ref, scope.types[ref.name]
        known = scope.fields.get(ref.name, ())
        if ref.field not in known:
            raise FeelError(ref.at, "feel-field", name=ref.name, found=ref.field, known=known)
        return ref, "number"
    if ref.field is None and ref.name in scope.constants:
        return e.Number(scope.constants[ref.name], at=ref.at), "number"
    if ref.field is None and ref.name in scope.levels:
        return e.Level(ref.name, scope.levels.index(ref.name), at=ref.at), "level"
    if ref.name in scope.others:
        raise FeelError(ref.at, "feel-unreadable", found=ref.name, kind=scope.others[ref.name])
    raise FeelError(ref.at, "feel-name", found=ref.name, known=scope.known)


def _bind_compare(expr: e.Compare, op: e.CompareOp, left: Expr, right: Expr, scope: Scope) -> Expr:
    (a, kind), (b, other) = bind(left, scope), bind(right, scope)
    if kind != other:
        raise FeelError(right.at, "feel-compare", left=kind, right=other)
    if kind in ("text", "flag") and op not in ("=", "!="):
        raise FeelError(expr.at, "feel-order", type=kind)
    return e.Compare(op, a, b, kind, at=expr.at)


def _bind_call(call: e.Call, scope: Scope) -> tuple[Expr, ValueType]:
    function, at = call.function, call.at
    match function:
        case "missing":
            return e.Call(function, (bind(call.of[0], scope)[0],), at=at), "flag"
        case "default":
            (x, kind), (v, other) = (bind(part, scope) for part in call.of)
            if kind != other:
                raise FeelError(call.of[1].at, "feel-type", found=other, wanted=(kind,))
            return e.Call(function, (x, v), at=at), kind
        case "at_least":
            k, *conditions = call.of
            if not isinstance(k, e.Number) or k.value.denominator != 1:
                raise FeelError(k.at, "feel-at-least")
            return e.Call(function, (k, *(_typed(c, scope, "flag") for c in conditions)), at=at), "flag"
        case _:
            return e.Call(function, tuple(_typed(part, scope, "number") for part in call.of), at=at), "number"


def _bind_peers(node: e.Peers, scope: Scope) -> tuple[Expr, ValueType]:
    of, kind = bind(node.of, scope)
    if any(isinstance(n, (e.Peers, e.Earlier)) for n in e.walk(node.of)):
        raise FeelError(node.of.at, "feel-peers-nested")
    wanted: ValueType = "flag" if node.function == "count_true" else "number"
    if kind != wanted and node.function != "count":
        raise FeelError(node.of.at, "feel-type", found=kind, wanted=(wanted,))
    if node.within is not None and scope.types.get(node.within) != "text":
        raise FeelError(
            node.at, "feel-name", found=node.within, known=tuple(n for n, t in scope.types.items() if t == "text")
        )
    where = _typed(node.where, scope, "flag") if node.where is not None else None
    if where is not None and any(isinstance(n, (e.Peers, e.Earlier)) for n in e.walk(where)):
        raise FeelError(node.at, "feel-peers-nested")
    return replace(node, of=of, where=where), "number"


def may_be_missing(expr: Expr) -> bool:
    """Whether an expression can come out missing for some figures."""
    match expr:
        case e.Number() | e.Text() | e.Flag() | e.Level():
            return False
        case e.Ref() | e.Earlier() | e.Peers() | e.Input():
            return True
        case e.Call("missing"):
            return False
        case e.Call("default", (_, v)):
            return may_be_missing(v)
        case e.Call("sqrt" | "log" | "modulo") | e.Arith("/" | "**"):
            return True
        case _:
            return any(may_be_missing(child) for child in e.children(expr))


def reads_peers(plan: Plan) -> bool:
    """Whether any expression of the plan compares an institution with others."""
    exprs = [q.of for q in plan.quantities]
    for goal in plan.goals:
        exprs += [goal.measure, *([goal.applies_when] if goal.applies_when is not None else [])]
    if plan.ladder.movement is not None and plan.ladder.movement.grave_when is not None:
        exprs.append(plan.ladder.movement.grave_when)
    return any(isinstance(node, e.Peers) for expr in exprs for node in e.walk(expr))
