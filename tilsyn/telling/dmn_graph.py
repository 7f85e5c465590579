"""What a DMN document says of an area: its inputs, and the decisions that lead to a step or to a regime's results.

It decides what is a table, a formula or an input, and keeps the answers those of the exact point reading: an unknown
row of a table hides the rows below it, a goal without a figure is left out or counts as its reason says, and too
little of the weight gives no step. Doubt, movement and memory have no place in DMN and are left out. How cells are
written is `dmn_cells.py`'s question; how the file looks, `dmn.py`'s.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct, field

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.goals import Goal
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.quantities import Quantity
from tilsyn.catalogue.text import Text
from tilsyn.engine.exact import level_of
from tilsyn.engine.machine import representative
from tilsyn.engine.nodes import Disposition, GoalNode, Outside, Plan, QuantityNode
from tilsyn.engine.values import Reason
from tilsyn.telling.dmn_cells import (
    NO_VALUE,
    TYPE_REFS,
    Inexpressible,
    Names,
    TypeRef,
    cell,
    not_among,
    number,
    rule_cell,
    string,
)
from tilsyn.telling.dmn_rows import Column, Line, Output, Row, Table, Writing, row_of
from tilsyn.telling.words import LANGS, reference_text, say

KINDS: Mapping[str, TypeRef] = {"flag": "boolean", "category": "string"}
"""What a kind of indicator is in FEEL; every other is a number."""


class Input(Struct, frozen=True):
    """A value that whoever asks must give; `type` as FEEL calls it."""

    name: str
    type: TypeRef
    title: Line
    about: tuple[Line, ...] = ()


class Decision(Struct, frozen=True):
    """A decision: a table, or a formula in FEEL. `reads` are the inputs and decisions that it needs; `answers` says
    what its numbers stand for."""

    name: str
    type: TypeRef
    title: Line
    logic: Table | str
    reads: tuple[str, ...]
    about: tuple[Line, ...] = ()
    answers: str = ""


class Graph(Struct):
    """Everything in a document, by name, and what is to be said of the whole."""

    inputs: dict[str, Input] = field(default_factory=dict[str, Input])
    decisions: dict[str, Decision] = field(default_factory=dict[str, Decision])
    about: tuple[Line, ...] = ()


def graph_of(area: Area, ladder: Ladder | None, plan: Plan, day: dt.date) -> Graph:
    """The inputs and decisions of an area with its ladder, or of a regime, as they are from a day on."""
    return _Maker(area, ladder, plan, day).make()


def both(key: str, **args: object) -> Line:
    """A sentence in both languages; declared texts and references are said in each."""
    da, en = (say(lang, key, **{name: _in(lang, value) for name, value in args.items()}) for lang in LANGS)
    return da, en


def _in(lang: str, value: object) -> object:
    match value:
        case Text():
            return value.get(lang)
        case Reference():
            return reference_text(value, lang)
        case _:
            return value


def titled(text: Text) -> Line:
    return text.get("da"), text.get("en")


class _Maker:
    """Makes one graph; what is read is made when it is asked for."""

    def __init__(self, area: Area, ladder: Ladder | None, plan: Plan, day: dt.date) -> None:
        self.area, self.declared, self.plan, self.ladder, self.day = area, ladder, plan, plan.ladder, day
        self.graph = Graph()
        # declared names are kept as they are; it is what is made of them that gives way
        self.names = Names(("previous", "held", *area.goals, *area.attributes, *area.indicators, *area.quantities))
        self._quantities = {q.name: q for q in plan.quantities}

    def make(self) -> Graph:
        if self.plan.is_regime:
            for node in self.plan.quantities:
                self._quantity(node)
            outside = both("dmn.regime-outside")
        else:
            self._placement()
            outside = both("dmn.ladder-outside")
        self.graph.about = tuple(self._about(outside))
        return self.graph

    def _about(self, outside: Line) -> Iterator[Line]:
        area = self.area
        yield both("dmn.about", title=area.title, day=self.day.isoformat(), authority=area.authority)
        if area.example or (self.declared is not None and self.declared.example):
            yield both("example")
        for about in (area.about, self.declared.about if self.declared else None):
            if about is not None:
                yield titled(about)
        if self.ladder.levels:
            yield both("dmn.ranks", levels=_ranked(self.ladder.levels))
        yield outside
        if self.ladder.outsides and self._words("worst"):
            yield both("dmn.strictest")
        yield both("dmn.numbers")

    # inputs and decisions by name

    def _add(
        self, column: str, type_: TypeRef, title: Line, logic: Table | str, reads: Iterable[str],
        about: Iterable[Line] = (), answers: str = "",
    ) -> str:  # fmt: skip
        name = self.names.of(column)
        self.graph.decisions[name] = Decision(
            name, type_, title, logic, tuple(dict.fromkeys(reads)), tuple(about), answers
        )
        return name

    def _input(self, column: str, type_: TypeRef, title: Line, *about: Line) -> str:
        name = self.names.of(column)
        self.graph.inputs.setdefault(name, Input(name, type_, title, about))
        return name

    def value(self, column: str) -> str:
        """The name of what expressions read by a column, which is made to be there."""
        name = self.names.of(column)
        if name in self.graph.inputs or name in self.graph.decisions:
            return name
        if column in self._quantities:
            node = self._quantities[column]
            if self._quantity(node) and not node.then:
                return name
            return self._outside_quantity(node)
        type_, title = self._meant(column)
        indicator = self.area.indicators.get(re.split(r"[@.]", column)[0])
        about = (both("dmn.figure-of", column=column, unit=indicator.measured_in or "–"),) if indicator else ()
        return self._input(column, type_, title, *about)

    def _meant(self, column: str) -> tuple[TypeRef, Line]:
        """The type and the title of what expressions read by a column, with the member or field that it is of."""
        name = re.split(r"[@.]", column)[0]
        of = column[len(name) + 1 :]
        type_: TypeRef
        if column in self._quantities:
            type_, text = TYPE_REFS[self._quantities[column].type], self.area.quantities[name].title
        elif name in self.area.indicators:
            indicator = self.area.indicators[name]
            type_, text = KINDS.get(indicator.kind, "number"), indicator.title
        else:
            type_, text = TYPE_REFS[self.area.attributes[column]], None
        da, en = titled(text) if text else (name, name)
        return type_, (f"{da}: {of}", f"{en}: {of}") if of else (da, en)

    # the ladder

    def _placement(self) -> None:
        ladder = self.ladder
        assert self.declared is not None
        used = dict.fromkeys(cell.input for rule in ladder.rules for cell in rule.cells)
        for node in self.plan.goals:
            self._goal(node)
        names = [self._assessed(), *(self._rule_input(name) for name in used)]
        columns = [Column(names[0], "boolean")]
        columns += [Column(name, self._type(of)) for of, name in zip(used, names[1:], strict=True)]
        rows: list[Row] = []
        for rule, declared in zip(ladder.rules, self.declared.placement.rules, strict=True):
            cells = {0: "true"}
            for asked_ in rule.cells:
                place = list(used).index(asked_.input) + 1
                words = ladder.steps if asked_.input == "previous" else ()
                cells[place] = rule_cell(asked_.test, self._domain(asked_.input, asked_.test), words)
            about = (titled(declared.because), both("dmn.reference", reference=declared.reference))
            outputs = (string(ladder.steps[rule.step]), string(rule.id))
            rows.append(row_of(rule.id, cells, len(columns), *outputs, about=about))
        table = Table(
            "UNIQUE" if ladder.hit == "unique" else "FIRST",
            tuple(columns),
            (
                Output("step", "string", tuple(string(step) for step in ladder.steps)),
                Output("rule", "string", tuple(string(rule.id) for rule in ladder.rules)),
            ),
            tuple(rows),
        )
        self._add("placement", "string", titled(self.declared.title), table, names, [both("dmn.placement")])

    def _type(self, name: str) -> TypeRef:
        """The type of a rule's input."""
        if name == "previous":
            return "string"
        node = self._outside(name)
        return TYPE_REFS[node.type] if node else "number"

    def _outside(self, name: str) -> Outside | None:
        return next((node for node in self.ladder.outsides if node.name == name), None)

    def _domain(self, name: str, test: Expr) -> Outside:
        """The classes that one test tells apart."""
        bounds = tuple(sorted({n.value for n in e.walk(test) if isinstance(n, e.Number)}))
        words = tuple(dict.fromkeys(n.value for n in e.walk(test) if isinstance(n, e.Text)))
        if name == "previous":
            return Outside(name, "level", levels=len(self.ladder.steps))
        if name in self.area.goals:
            return Outside(name, "level", levels=len(self.ladder.levels))
        node = self._outside(name)
        return Outside(name, node.type, bounds, words, node.levels) if node else Outside(name, "number", bounds)

    def _rule_input(self, name: str) -> str:
        """The name in the document of what a rule tests."""
        count, _, level = name.partition(".")
        match count:
            case "score":
                return self._score()
            case "goals_missing":
                return self._count(name, both("dmn.goals-missing"), lambda node: NO_VALUE)
            case "goals_at":
                at = self.ladder.levels.index(level)
                return self._count(name, both("dmn.goals-at", level=level), lambda node: str(at))
            case "goals_below":
                below = self.ladder.levels.index(level)
                return self._count(name, both("dmn.goals-below", level=level), lambda node: f"< {below}")
            case "previous":
                known = ", ".join(self.ladder.steps)
                return self._input(name, "string", both("dmn.previous"), both("dmn.previous-about", steps=known))
            case "held":
                return self._input(name, "number", both("dmn.held"))
            case _ if name in self.area.goals:
                return self.names.of(f"{name}.level")
            case _:
                return self.value(name)

    def _sum(
        self, name: str, title: Line, columns: Sequence[str], rows: Iterable[tuple[int, str, str, str]],
        about: Iterable[Line] = (), type_: TypeRef = "number",
    ) -> str:  # fmt: skip
        """A table that adds: per row the column that it asks, its cell, the number, and an id. The first row adds
        nothing, so that the sum of none is 0 with everybody."""
        width = len(columns)
        made = [row_of(f"{name}.none", {}, width, "0")]
        made += [row_of(f"{name}.{id_}", {place: test}, width, amount) for place, test, amount, id_ in rows]
        table = Table(
            "SUM",
            tuple(Column(column, type_) for column in columns),
            (Output(self.names.of(name), "number"),),
            tuple(made),
        )
        return self._add(name, "number", title, table, columns, about)

    @cached_property
    def _levels(self) -> list[str]:
        return [self.names.of(f"{node.name}.level") for node in self.plan.goals]

    def _count(self, name: str, title: Line, test: Callable[[GoalNode], str]) -> str:
        rows = [(place, test(node), "1", node.name) for place, node in enumerate(self.plan.goals)]
        return self._sum(name, title, self._levels, rows)

    def _score(self) -> str:
        points = [
            (place, str(rank), str(node.weight * node.points_of(rank)), f"{node.name}.{rank}")
            for place, node in enumerate(self.plan.goals)
            for rank in reversed(node.ranks)
        ]
        summed = self._sum("score_points", both("dmn.score-points"), self._levels, points)
        weight = self._score_weight
        table = Table(
            "UNIQUE",
            (Column(weight, "number"),),
            (Output(self.names.of("score"), "number"),),
            (row_of("score.some", {0: "> 0"}, 1, f"{summed} / {weight}"),),
        )
        return self._add("score", "number", both("dmn.score"), table, [summed, weight], [both("dmn.score-about")])

    @cached_property
    def _score_weight(self) -> str:
        rows = [(place, ">= 0", str(node.weight), node.name) for place, node in enumerate(self.plan.goals)]
        return self._sum("score_weight", both("dmn.score-weight"), self._levels, rows)

    def _assessed(self) -> str:
        """Whether goals with a level carry enough of the weight of those that apply."""
        left_out = self._words("leave-out")
        if left_out:
            names = [self._reason(node.name) for node in self.plan.goals]
            rows = [(p, not_among(left_out), str(node.weight), node.name) for p, node in enumerate(self.plan.goals)]
            applicable = self._sum("applicable", both("dmn.applicable"), names, rows, type_="string")
        else:
            total = str(sum(node.weight for node in self.plan.goals))
            applicable = self._add("applicable", "number", both("dmn.applicable"), total, [])
        weight, share = self._score_weight, self.ladder.coverage
        text = f"{weight} > 0 and {share.denominator} * {weight} >= {share.numerator} * {applicable}"
        about = both("dmn.assessed-about", coverage=number(100 * share))
        return self._add("assessed", "boolean", both("dmn.assessed"), text, [weight, applicable], [about])

    # goals

    def _words(self, disposition: Disposition, but: Iterable[Reason] = ()) -> list[str]:
        """The reasons, as FEEL texts, that have a disposition."""
        return [string(reason.word) for reason, d in self.ladder.missing if d == disposition and reason not in but]

    def _reason(self, figure: str) -> str:
        """The input that says why a figure is missing."""
        words = ", ".join(reason.word for reason in Reason)
        return self._input(
            f"{figure}.missing", "string", both("dmn.missing", figure=figure), both("dmn.missing-about", words=words)
        )

    def _goal(self, node: GoalNode) -> None:
        """A goal's level: of its bands, and capped where a group falls behind."""
        goal = self.area.goals[node.name]
        title, about = titled(goal.title), [both("dmn.reference", reference=goal.reference)]
        if node.equity is None:
            self._bands(f"{node.name}.level", node, node.name, title, about, self._words("worst"))
            return
        own = self._bands(f"{node.name}.level.before", node, node.name, title, about, self._words("worst"))
        bounded = self._words("worst", (Reason.TOO_FEW, Reason.NOT_APPLICABLE))
        members: list[str] = []
        for member in node.equity.members:
            figure = f"{node.name}@{member}"
            name = (f"{title[0]}: {member}", f"{title[1]}: {member}")
            members.append(self._bands(f"{figure}.level", node, figure, name, [], bounded))
        reads = [own, *members]
        behind = rule_cell(_below(node.equity.no_worse_than), Outside("", "level", levels=len(self.ladder.levels)))
        above = f"> {node.equity.cap}"
        rows = [
            row_of(f"{node.name}.{member}", {0: above, place: behind}, len(reads), str(node.equity.cap))
            for place, member in enumerate(node.equity.members, start=1)
        ]
        rows.append(row_of(f"{node.name}.else", {}, len(reads), own))
        output = Output(self.names.of(f"{node.name}.level"), "number")
        table = Table("FIRST", tuple(Column(name, "number") for name in reads), (output,), tuple(rows))
        capped = both("dmn.equity", level=self.ladder.levels[node.equity.cap])
        answers = _ranked(self.ladder.levels)
        self._add(f"{node.name}.level", "number", title, table, reads, [*about, capped], answers)

    def _bands(
        self, column: str, node: GoalNode, figure: str, title: Line, about: Sequence[Line], worst: Sequence[str]
    ) -> str:
        """The level of a figure, for the institution or a member: its bands, narrowed by a published word, and the
        worst level where that is what the reason for no figure means."""
        goal = self.area.goals[node.name]
        reads = [self._figure(node, goal, figure)]
        types: list[TypeRef] = ["number"]
        by_word = node.evidence.words if node.evidence is not None and node.evidence.word_from is not None else ()
        if by_word:
            assert node.evidence is not None
            reads.append(self.value(node.evidence.word_from or ""))
            types.append("string")
        if worst:
            reads.append(self._reason(figure))
            types.append("string")
        domain = Outside("", "number", bounds=tuple(sorted({cut.bound for cut in node.cuts})))
        levels = [level_of(node, Fraction(representative(domain, c))) for c in range(domain.classes)]  # type: ignore[arg-type]
        rows: list[Row] = []
        for worded in by_word or (None,):
            found = [min(max(rank, worded.worst), worded.best) if worded else rank for rank in levels]
            for rank in sorted(set(found), reverse=True):
                cells = {0: cell(domain, [r == rank for r in found], null=False)}
                if worded:
                    cells[1] = string(worded.word)
                level = self.ladder.levels[rank]
                id_ = f"{column}.{worded.word}.{level}" if worded else f"{column}.{level}"
                rows.append(row_of(id_, cells, len(reads), str(rank), about=((level, level),)))
        if worst:
            words = worst[0] if len(worst) == 1 else f"? in ({', '.join(worst)})"
            rows.append(
                row_of(f"{column}.missing", {0: NO_VALUE, len(reads) - 1: words}, len(reads), str(node.ranks[0]))
            )
        output = Output(self.names.of(column), "number", tuple(str(rank) for rank in node.ranks))
        table = Table("UNIQUE", tuple(map(Column, reads, types)), (output,), tuple(rows))
        return self._add(column, "number", title, table, reads, about, _ranked(self.ladder.levels, node.ranks))

    def _figure(self, node: GoalNode, goal: Goal, figure: str) -> str:
        """A goal's figure: of a quantity that is in the document already, else given."""
        name, title = self.names.of(figure), titled(goal.title)
        # the figure of a goal whose levels are given is the rank of one
        measure = node.measure.of[0] if isinstance(node.measure, e.Call) else node.measure
        always = node.applies_when is None and node.evidence is None and figure == node.name
        if always and isinstance(measure, e.Ref) and measure.column in self._quantities:
            read = self._quantities[measure.column]
            exact = read.type == "level" or (read.decimals is not None and read.decimals <= node.decimals)
            if exact and not read.then and self._quantity(read):
                of = self.names.of(read.name)
                return self._add(figure, "number", title, of, [of])
        args = {"measure": goal.measure, "unit": goal.measured_in, "decimals": node.decimals}
        about = [both("dmn.figure", **args)]
        if node.evidence is not None and node.evidence.pool > 1:
            about.append(both("dmn.pooled", periods=node.evidence.pool))
        self._input(figure, "number", title, *about)
        return name

    # quantities

    def _outside_quantity(self, node: QuantityNode) -> str:
        quantity = self._declared(node)
        type_, title = self._meant(node.name)
        about = [both("dmn.outside-quantity")]
        if quantity.value is not None:
            about.append((quantity.value, quantity.value))
        if node.scale:
            about.append(both("dmn.ranks", levels=_ranked(node.scale)))
        return self._input(node.name, type_, title, *about)

    def _declared(self, node: QuantityNode) -> Quantity:
        return self.area.quantities[re.split(r"[@.]", node.name)[0]]

    def _quantity(self, node: QuantityNode) -> bool:
        """A quantity that is a table becomes a decision: its value, or what it is before its adjustments."""
        column = f"{node.name}.before" if node.then else node.name
        if self.names.of(column) in self.graph.decisions:
            return True
        quantity = self._declared(node)
        if quantity.table is None and quantity.grid is None and quantity.levels is None:
            return False
        read: list[e.Ref | e.Related | e.Earlier] = []

        def name(of: e.Ref | e.Related | e.Earlier) -> str:
            read.append(of)
            return self.names.of(_column(of))

        guarded = bool(quantity.missing_when)
        try:
            logic = Writing(node, name, self._scale, guarded=guarded).logic(self.names.of(column))
        except Inexpressible:
            return False
        reads = [self._read(of) for of in dict.fromkeys(read)]
        about = [both("dmn.reference", reference=quantity.reference)] if quantity.reference else []
        about += [titled(quantity.about)] if quantity.about else []
        type_, title = self._meant(node.name)
        if node.then:
            about.append(both("dmn.before"))
        answers = _ranked(node.scale) if node.scale else ""
        self._add(column, type_, title, logic, reads, about, answers)
        return True

    def _read(self, of: e.Ref | e.Related | e.Earlier) -> str:
        """The name of a value that a table reads; another row's and an earlier period's are given."""
        match of:
            case e.Ref():
                return self.value(of.column)
            case e.Related(relation, inner):
                about = both("dmn.of-relation", relation=relation)
            case e.Earlier(inner, periods):
                about = both("dmn.of-earlier", periods=periods)
        type_, title = self._meant(inner.column)
        return self._input(_column(of), type_, title, about)

    def _scale(self, of: Expr) -> int:
        """How many levels a value has. Raises Inexpressible where that is not known."""
        inner = of.of if isinstance(of, (e.Related, e.Earlier)) else of
        if isinstance(inner, e.Ref) and inner.column in self._quantities:
            return len(self._quantities[inner.column].scale)
        raise Inexpressible


def _below(rank: int) -> Expr:
    return e.Compare("<", e.Input(), e.Level("", rank), "level")


def _column(of: e.Ref | e.Related | e.Earlier) -> str:
    """A value's column; one of another row or period is called by where it is from."""
    match of:
        case e.Ref():
            return of.column
        case e.Related(relation, inner):
            return f"{relation}.{inner.column}"
        case e.Earlier(inner, periods):
            return f"{inner.column}.earlier.{periods}"


def _ranked(levels: Sequence[str], ranks: Iterable[int] | None = None) -> str:
    """Which number stands for which level."""
    return ", ".join(f"{rank} = {levels[rank]}" for rank in (ranks if ranks is not None else range(len(levels))))
