"""What each goal and input of a rule table is made from, and what becomes of it when a figure is kept back.

A proof lays goals and inputs out side by side, as if each could be anything whatever the others are, and as if a
figure that is kept back could only leave them without a value. Both are true of most, and not of all: two goals may
read one figure, and `default(x, 100)` has a value without x. Which it is follows from the expressions alone and is
decided here, on the safe side; what a property makes of it is `proofs.py`'s question.

A figure is an indicator, or one member's of it, with all its fields; or an attribute that an input of the rules reads.
Whether a goal applies stands in a register, and is nobody's to keep back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.nodes import GoalNode, Outside, Plan, QuantityNode
from tilsyn.engine.values import round_half_up

Ends = tuple[Fraction | None, Fraction | None]
"""The least and the largest that a number may be; None where nothing says so."""

ANY: Ends = (None, None)


class Read(Struct, frozen=True):
    """What a goal or input is made from: `figures`, and `others`, which a goal reads in a register.

    `strict`: without any one of its figures it is missing for that reason; else less known leaves the same value, or
    none. `loose`: it may have any other value instead; `construct` is what makes it so, as it is written. `single`: it
    has one figure. `free`: it takes every value between its ends, whatever figures others have.
    """

    figures: frozenset[str]
    others: frozenset[str]
    strict: bool
    single: bool
    loose: bool
    construct: str | None
    free: bool
    ends: Ends

    @property
    def names(self) -> frozenset[str]:
        return self.figures | self.others


class Dependence:
    """The goals and inputs of a plan, in the order of its rule table's axes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._quantities = {q.name: q for q in plan.quantities}
        self._indicators = {i.name: i for i in plan.indicators}
        self._found: dict[str, Read] = {}

    @cached_property
    def axes(self) -> tuple[Read, ...]:
        return (*(self._of_goal(g) for g in self.plan.goals), *(self._of_input(o) for o in self.plan.ladder.outsides))

    # what is nobody's to keep back

    @cached_property
    def emergency(self) -> frozenset[str]:
        """The flags that say whether something grave has happened; silence about them is no question of a proof."""
        return frozenset(name for name in self._grave if self._indicators[name].kind == "flag")

    @property
    def emergency_reads_figures(self) -> bool:
        """Whether something other than a flag decides whether it has."""
        when = self.plan.ladder.movement and self.plan.ladder.movement.grave_when
        return bool(self._grave - self.emergency) or (when is not None and self._loose(when) is not None)

    @property
    def emergency_free(self) -> bool:
        """Whether an emergency can be set or not, whatever else is known."""
        when = self.plan.ladder.movement and self.plan.ladder.movement.grave_when
        return isinstance(when, e.Ref) and not any(self._grave & read.figures for read in self.axes)

    @property
    def emergency_tied(self) -> bool:
        """Whether something else that is known depends on what says that it has happened."""
        return any(self._grave & read.figures for read in self.axes)

    @cached_property
    def _grave(self) -> frozenset[str]:
        when = self.plan.ladder.movement and self.plan.ladder.movement.grave_when
        return frozenset() if when is None else self._figures((when,))

    # who depends on whom

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """The axes in groups, so that those of different groups have nothing in common."""
        groups: list[tuple[frozenset[str], tuple[int, ...]]] = []
        for axis, read in enumerate(self.axes):
            names, members = read.names, (axis,)
            apart: list[tuple[frozenset[str], tuple[int, ...]]] = []
            for group in groups:
                if group[0] & names:
                    names, members = names | group[0], (*group[1], *members)
                else:
                    apart.append(group)
            groups = [*apart, (names, members)]
        return tuple(sorted(tuple(sorted(members)) for _, members in groups))

    def shared(self, axes: Iterable[int]) -> tuple[str, ...]:
        """What more than one of some axes reads."""
        names = [name for axis in axes for name in self.axes[axis].names]
        return tuple(sorted({name for name in names if names.count(name) > 1}))

    def alone(self, axis: int) -> bool:
        """Whether no figure of an axis is read by another."""
        own = self.axes[axis].figures
        return not any(own & read.names for other, read in enumerate(self.axes) if other != axis)

    def no_outcomes(self, axis: int) -> tuple[str, ...]:
        """The indicators of an axis that are no outcomes, those of other institutions included."""
        names = self._columns(self._parts(axis), foreign=True)
        bases = dict.fromkeys(name.partition("@")[0].partition(".")[0] for name in sorted(names))
        return tuple(n for n in bases if n in self._indicators and self._indicators[n].role != "outcome")

    def beyond(self, axis: int) -> bool:
        """Whether an axis looks at other institutions or periods."""
        waiting, met = [*self._parts(axis)], set[str]()
        while waiting:
            node = waiting.pop()
            if isinstance(node, (e.Peers, e.Related, e.Earlier)):
                return True
            if isinstance(node, e.Ref) and node.column in self._quantities and node.column not in met:
                met.add(node.column)
                waiting += self._quantities[node.column].parts
            waiting += [*e.children(node)]
        return False

    def readers(self, indicator: str) -> tuple[int, ...]:
        """The axes that read an indicator, or any member's of it."""
        return tuple(
            n for n, read in enumerate(self.axes) if any(f.partition("@")[0] == indicator for f in read.figures)
        )

    # one axis

    def _parts(self, axis: int, *, word: bool = True) -> tuple[Expr, ...]:
        goals = self.plan.goals
        if axis >= len(goals):
            return (e.Ref(self.plan.ladder.outsides[axis - len(goals)].name),)
        goal = goals[axis]
        condition = () if goal.applies_when is None else (goal.applies_when,)
        spoken = goal.evidence.word_from if goal.evidence is not None and word else None
        return (*condition, goal.measure, *((e.Ref(spoken),) if spoken is not None else ()))

    def _of_goal(self, goal: GoalNode) -> Read:
        axis = self.plan.goals.index(goal)
        parts = self._parts(axis)
        names = self._columns(parts)
        own = self._figures(parts)
        # a word and the figure that it is published with are handed in, or not, as one
        apart = self._figures(self._parts(axis, word=False))
        members = goal.equity.members if goal.equity is not None else ()
        groups = {f"{name}@{m}" for name in self._figures((goal.measure,)) for m in members if "@" not in name}
        construct = next((c for part in parts if (c := self._loose(part)) is not None), None)
        evidence = goal.evidence is not None
        free = (evidence or self._even((goal.measure,))) and self._either_way(goal.applies_when)
        return Read(
            frozenset(own | groups), self._others(names), self._strict(parts), len(apart) <= 1, construct is not None,
            construct, free, self.ends(goal.measure),
        )  # fmt: skip

    def _of_input(self, outside: Outside) -> Read:
        parts = (e.Ref(outside.name),)
        own = self._names(parts)
        construct = self._loose(parts[0])
        return Read(
            own, frozenset(), self._strict(parts), len(own) <= 1, construct is not None, construct, self._even(parts),
            self.ends(parts[0]),
        )  # fmt: skip

    # names

    def _columns(self, parts: Iterable[Expr], *, foreign: bool = False) -> frozenset[str]:
        """Every column that is read, through quantities too; `foreign` where those of a related row count."""
        found, waiting, met = set[str](), list(parts), set[str]()
        while waiting:
            node = waiting.pop()
            match node:
                case e.Related(_, of):
                    waiting += [of] if foreign else []
                case e.Ref():
                    if node.column in self._quantities and node.column not in met:
                        met.add(node.column)
                        waiting += self._quantities[node.column].parts
                    elif node.column not in met:
                        found.add(node.column)
                case _:
                    waiting += [*e.children(node)]
                    if isinstance(node, e.Peers) and node.within is not None:
                        waiting.append(e.Ref(node.within))
        # an adjustment reads what stands so far
        return frozenset(found - {"value"})

    def _names(self, parts: Iterable[Expr]) -> frozenset[str]:
        columns = self._columns(parts)
        return self._of_columns(columns) | self._others(columns)

    def _figures(self, parts: Iterable[Expr]) -> frozenset[str]:
        return self._of_columns(self._columns(parts))

    def _of_columns(self, columns: Iterable[str]) -> frozenset[str]:
        bases = {column.partition(".")[0] for column in columns}
        return frozenset(name for name in bases if name.partition("@")[0] in self._indicators)

    def _others(self, columns: Iterable[str]) -> frozenset[str]:
        return frozenset(c for c in columns if c.partition(".")[0].partition("@")[0] not in self._indicators)

    # what is left without a figure

    def _kept(self, node: Expr) -> bool:
        """Whether an expression reads anything that can be kept back."""
        return bool(self._names((node,)) - self.emergency)

    def _loose(self, node: Expr) -> str | None:
        """What in an expression may give it another value when less is known; None where there is nothing."""
        match node:
            case e.Call("missing" | "default" as function, (first, *_)) if self._kept(first):
                return f"{function}(…)"
            case e.Aggregate() if node.leave_out and self._kept(node):
                return "missing: leave-out"
            case e.Among() if self._kept(node):
                return node.function
            case e.Peers() if self._kept(node):
                return f"{node.set}.{node.function}"
            case e.Ref() if node.column in self._quantities:
                quantity = self._quantities[node.column]
                if quantity.pass_over and any(a.when is not None and self._kept(a.when) for a in quantity.then):
                    return "missing: leave-out"
                return next((c for part in quantity.parts if (c := self._loose(part)) is not None), None)
            case e.Related():
                return None
            case _:
                return next((c for child in e.children(node) if (c := self._loose(child)) is not None), None)

    def _strict(self, parts: Iterable[Expr]) -> bool:
        """Whether nothing but a missing part leaves expressions without a value, in the present period."""
        waiting, met = list(parts), set[str]()
        while waiting:
            node = waiting.pop()
            match node:
                case e.Ref() if node.column in self._quantities:
                    quantity = self._quantities[node.column]
                    if quantity.then:
                        return False
                    if node.column not in met:
                        met.add(node.column)
                        waiting.append(quantity.of)
                case e.Logic() | e.If() | e.Choose() | e.Call("at_least") | e.Earlier() | e.Related() | e.Absent():
                    return False
                case _:
                    waiting += [*e.children(node)]
        return True

    # which values there are

    def _even(self, parts: Sequence[Expr]) -> bool:
        """Whether a value can be anything between its ends: a straight line through figures that each stand once."""
        leaves = [leaf for part in parts for leaf in self._line(part)]
        columns = [leaf for leaf in leaves if leaf is not None]
        return None not in leaves and len(set(columns)) == len(columns)

    def _either_way(self, condition: Expr | None) -> bool:
        """Whether a goal may apply and may not, by what stands in a register."""
        match condition:
            case None:
                return True
            case e.Not(of):
                return self._either_way(of)
            case e.Compare(_, left, right) if not isinstance(right, e.Ref):
                return isinstance(left, e.Ref) and self._either_way(left)
            case e.Ref():
                return condition.column not in self._quantities and not self._figures((condition,))
            case _:
                return False

    def _line(self, node: Expr) -> Iterator[str | None]:
        """The columns that a straight line is made of; None for whatever is none."""
        match node:
            case e.Ref() if node.column in self._quantities:
                quantity = self._quantities[node.column]
                yield from self._line(quantity.of) if not quantity.then else (None,)
            case e.Ref():
                yield node.column
            case e.Number() | e.Flag() | e.Text() | e.Level():
                pass
            case e.Negative(of):
                yield from self._line(of)
            case e.Arith("+" | "-", left, right):
                yield from (*self._line(left), *self._line(right))
            case e.Arith("*" | "/", left, e.Number(value)) | e.Arith("*", e.Number(value), left) if value != 0:
                yield from self._line(left)
            case _:
                yield None

    def ends(self, node: Expr) -> Ends:
        """Between what a number must lie, by the ranges that indicators are declared with."""
        match node:
            case e.Number(value):
                return value, value
            case e.Ref() if node.column in self._quantities:
                return self._ends_of(self._quantities[node.column])
            case e.Ref(name, None):
                return self._ends_of_indicator(name.partition("@")[0])
            case e.Earlier(of) | e.Related(_, of):
                return self.ends(of)
            case e.Negative(of):
                low, high = self.ends(of)
                return (None if high is None else -high), (None if low is None else -low)
            case e.Arith(op, left, right):
                return _combined(op, self.ends(left), self.ends(right))
            case e.Call("default", (first, second)) | e.If(_, first, second):
                return _either((self.ends(first), self.ends(second)))
            case e.Choose(_, found):
                return _either([self.ends(one) for one in found if not isinstance(one, e.Absent)])
            case e.Call("min" | "max" | "mean" | "median", found):
                return _either([self.ends(one) for one in found])
            case e.Aggregate("max/v1" | "min/v1", found, _):
                return _either([self.ends(one) for one in found])
            case e.Aggregate("weighted-mean/v1", found, weights) if all(
                isinstance(w, e.Number) and w.value >= 0 for w in weights
            ):
                return _either([self.ends(one) for one in found])
            case _:
                return ANY

    def _ends_of(self, quantity: QuantityNode) -> Ends:
        if quantity.type != "number" or quantity.then:
            return ANY
        low, high = self.ends(quantity.of)
        decimals = quantity.decimals
        if decimals is None:
            return low, high
        return tuple(None if end is None else round_half_up(end, decimals) for end in (low, high))  # type: ignore[return-value]

    def _ends_of_indicator(self, name: str) -> Ends:
        indicator = self._indicators.get(name)
        if indicator is None:
            return ANY
        if indicator.kind != "proportion":
            return indicator.low, indicator.high
        return max(indicator.low or Fraction(0), Fraction(0)), min(indicator.high or Fraction(1), Fraction(1))


def _combined(op: e.ArithOp, one: Ends, other: Ends) -> Ends:
    (a, b), (c, d) = one, other
    match op:
        case "+":
            return (None if a is None or c is None else a + c), (None if b is None or d is None else b + d)
        case "-":
            return (None if a is None or d is None else a - d), (None if b is None or c is None else b - c)
        case "*" | "/":
            if op == "/" and (c is None or c != d or c == 0):
                return ANY
            if op == "*" and c != d and a == b:
                (a, b), (c, d) = (c, d), (a, b)
            if c is None or c != d:
                corners = [x * y for x in (a, b) for y in (c, d) if x is not None and y is not None]
                return (min(corners), max(corners)) if len(corners) == 4 else ANY
            by = c if op == "*" else 1 / c
            low, high = (None if end is None else end * by for end in ((a, b) if by >= 0 else (b, a)))
            return low, high
        case _:
            return ANY


def _either(found: Sequence[Ends]) -> Ends:
    """The ends of something that is one of several, or lies between them."""
    lows, highs = [low for low, _ in found], [high for _, high in found]
    return (
        None if not lows or None in lows else min(low for low in lows if low is not None),
        None if not highs or None in highs else max(high for high in highs if high is not None),
    )
