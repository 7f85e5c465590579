"""Whether the tables and grids of quantities have a value for everything: holes, overlaps, rows that are never met.

What a table tests is divided into finitely many classes, in each of which every test has the same answer, and all
combinations are looked at. What a declaration rules out (a figure's range, a closed list of words, the levels that a
quantity can have) is no hole. The values are read as if they were free of each other, so a hole may be one that no
institution ever falls into; the remedy, a row that says so, is the same. Rule tables of a ladder are `machine.py`'s.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor, prod
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import Indicator
from tilsyn.engine.binding import Type
from tilsyn.engine.nodes import QuantityNode
from tilsyn.engine.scalars import combine
from tilsyn.engine.values import Missing, Reason, Value, round_half_up

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Truth = NDArray[np.int8]

MOST_CELLS = 200_000
"""Combinations of classes that are looked at; a table with more belongs in several quantities."""

FALSE, UNKNOWN, TRUE = 0, 1, 2

_OTHER = "\0"
"""A text that no declaration names."""

_LITERALS = (e.Number, e.Text, e.Flag, e.Level, e.Arith, e.Negative)


class Known(Struct, frozen=True):
    """What is declared of the names that a table may test."""

    indicators: Mapping[str, Indicator]
    nodes: dict[str, QuantityNode] = field(default_factory=dict[str, QuantityNode])


class Axis(Struct, frozen=True):
    """What a table tests: as it is written, bound, and its type."""

    label: str
    of: Expr
    type: Type


class Rows(Struct, frozen=True):
    """A table with its names bound: for each row its tests, each with the place of its axis. Where a guard is met
    the table isn't asked."""

    axes: tuple[Axis, ...]
    rows: tuple[tuple[tuple[int, Expr], ...], ...]
    hit: Literal["first", "unique"]
    guards: tuple[Expr, ...] = ()


class Finding(Struct, frozen=True):
    """What is wrong with a table, and the places of the rows that it is about."""

    code: str
    args: Mapping[str, object] = field(default_factory=dict[str, object])
    rows: tuple[int, ...] = ()


def findings(slices: Sequence[Rows], known: Known) -> Iterator[Finding]:
    """What is wrong with a table as each member of a grouping reads it; a row that is met by one of them is met."""
    alive: set[int] = set()
    for table in slices:
        if (names := _not_literal(table)) is not None:
            alive |= set(range(len(table.rows)))
            yield from _open(table, names)
            continue
        values = [_classes(axis, place, table, known) for place, axis in enumerate(table.axes)]
        cells = prod(len(v) for v in values)
        if cells > MOST_CELLS:
            yield Finding("rows-too-many", {"cells": cells, "most": MOST_CELLS})
            return
        met = _met(table, values)
        yield from _holes(table, values, met)
        alive |= _alive(table, met)
    for place in range(len(slices[0].rows) if slices else 0):
        if place not in alive:
            yield Finding("row-dead", {}, (place,))


# tables that name other values


def _not_literal(table: Rows) -> int | None:
    """The first row with a test of more than what the declarations say; None where there is none."""
    for place, row in enumerate(table.rows):
        if not all(_literal(test, table.axes[axis].of) for axis, test in row):
            return place
    return None


def _literal(test: Expr, of: Expr) -> bool:
    match test:
        case e.Flag():
            return True
        case e.Not(part):
            return _literal(part, of)
        case e.Logic(_, parts):
            return all(_literal(part, of) for part in parts)
        case e.Compare(_, left, right):
            return left == of and all(isinstance(node, _LITERALS) for node in e.walk(right))
        case e.Call("missing", (part,)):
            return part == of
        case _:
            return False


def _open(table: Rows, place: int) -> Iterator[Finding]:
    """Nobody can know whether tests of each other's values leave a hole, so the last row must take what is left."""
    if table.hit == "unique":
        yield Finding("rows-unique-names", {}, (place,))
    elif any(test != e.Flag(True) for _, test in table.rows[-1]):
        yield Finding("rows-no-last", {}, (len(table.rows) - 1,))


# classes


def _classes(axis: Axis, place: int, table: Rows, known: Known) -> tuple[Value, ...]:
    """A value of each class of what is tested, the missing one last and only where a test asks for it."""
    tests = [test for row in table.rows for at, test in row if at == place]
    tests += [guard for guard in _alternatives(table.guards) if _literal(guard, axis.of)]
    nodes = [node for test in tests for node in e.walk(test)]
    named = [_value(node.right) for node in nodes if isinstance(node, e.Compare)]
    asked = any(isinstance(node, e.Call) for node in nodes)
    present = domain(axis, known).divided([value for value in named if not isinstance(value, Missing)])
    return (*present, Missing(Reason.UNDEFINED)) if asked else present


class Domain(Struct, frozen=True):
    """The values that something can have: a closed list, or numbers within bounds and of so many decimals, or any."""

    values: tuple[Value, ...] | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    decimals: int | None = None

    def divided(self, named: Sequence[Value]) -> tuple[Value, ...]:
        """A value of each class that the named values divide it into."""
        if self.values is not None:
            return self.values
        texts = sorted({value for value in named if isinstance(value, str)})
        if texts:
            return (*texts, _OTHER)
        numbers = {value for value in named if isinstance(value, Fraction)}
        ends = {end for end in (self.low, self.high) if end is not None}
        marks = sorted(mark for mark in numbers | ends if self._holds(mark)) or [Fraction(0)]
        below = [self._beside(marks[0], -1)] if self.low is None else []
        above = [self._beside(marks[-1], 1)] if self.high is None else []
        inner = [number for low, high in itertools.pairwise(marks) for number in self._between(low, high)]
        return tuple(sorted({*below, *(m for m in marks if self._on_step(m)), *inner, *above}))

    def _holds(self, number: Fraction) -> bool:
        return (self.low is None or number >= self.low) and (self.high is None or number <= self.high)

    def _on_step(self, number: Fraction) -> bool:
        return self.decimals is None or (number * 10**self.decimals).denominator == 1

    def _beside(self, number: Fraction, way: int) -> Fraction:
        return Fraction(floor(number) + (2 if way > 0 else -1))

    def _between(self, low: Fraction, high: Fraction) -> list[Fraction]:
        if self.decimals is None:
            return [(low + high) / 2]
        step = Fraction(1, 10**self.decimals)
        inside = (floor(low / step) + 1) * step
        return [inside] if inside < high else []


def domain(axis: Axis, known: Known) -> Domain:
    """What is known of the values of something that a table tests."""
    kind = axis.type
    outcomes = _outcomes(axis.of, known)
    if outcomes is not None:
        return Domain(tuple(sorted(outcomes, key=lambda value: (str(type(value)), value))))  # type: ignore[arg-type,return-value]
    if kind == "flag":
        return Domain((False, True))
    if isinstance(kind, tuple):
        return Domain(tuple(range(len(kind))))
    if kind == "number" and isinstance(axis.of, (e.Ref, e.Earlier, e.Related)):
        return _numbers(axis.of if isinstance(axis.of, e.Ref) else axis.of.of, known)
    return Domain()


def _numbers(ref: e.Ref, known: Known) -> Domain:
    node = known.nodes.get(ref.column)
    if node is not None:
        return Domain(decimals=node.decimals)
    indicator = known.indicators.get(ref.name.partition("@")[0])
    if indicator is None:
        return Domain()
    if ref.field in ("n", "count", "sd", "se"):
        return Domain(low=Fraction(0), decimals=0 if (indicator.kind, ref.field) == ("proportion", "n") else None)
    if ref.field is not None:
        return Domain()
    low, high = (Fraction(end) for end in indicator.range) if indicator.range else (None, None)
    if indicator.kind == "proportion":
        low, high = max(low or Fraction(0), Fraction(0)), min(high or Fraction(1), Fraction(1))
    # a counted figure is a quotient, whatever the decimals of one that is given
    given = indicator.kind in ("mean", "value")
    return Domain(None, low, high, indicator.decimals if given else None)


def _outcomes(expr: Expr, known: Known) -> frozenset[Value] | None:
    """The closed list of values that an expression can have; None where there is none."""
    match expr:
        case e.Number(value) | e.Text(value) | e.Flag(value):
            return frozenset((value,))
        case e.Level(_, rank):
            return frozenset((rank,))
        case e.Absent():
            return frozenset()
        case e.Choose(_, values):
            return _either(values, known)
        case e.If(_, then, otherwise):
            return _either((then, otherwise), known)
        case e.Call("default", parts):
            return _either(parts, known)
        case e.Aggregate(method, parts) if method in ("best/v1", "worst/v1", "max/v1", "min/v1"):
            return _either(parts, known)
        case e.Earlier(of) | e.Related(_, of):
            return _outcomes(of, known)
        case e.Ref(name):
            node = known.nodes.get(expr.column)
            if node is not None:
                return _results(node, known)
            indicator = known.indicators.get(name.partition("@")[0])
            return frozenset(indicator.values) if indicator is not None and indicator.values else None
        case _:
            return None


def _results(node: QuantityNode, known: Known) -> frozenset[Value] | None:
    """What a quantity can come to: its body's values, and those that its adjustments put in their place."""
    if any(adjustment.effect == "add" for adjustment in node.then):
        return None
    found = _either((node.of, *(adjustment.by for adjustment in node.then)), known)
    if found is None or node.decimals is None:
        return found
    return frozenset(round_half_up(v, node.decimals) if isinstance(v, Fraction) else v for v in found)


def _either(parts: Sequence[Expr], known: Known) -> frozenset[Value] | None:
    found: frozenset[Value] = frozenset()
    for part in parts:
        outcomes = _outcomes(part, known)
        if outcomes is None:
            return None
        found |= outcomes
    return found


# truth


def _truth(test: Expr, of: Expr, value: Value) -> Value:
    """What a literal test says of a value."""
    if test == of:
        return value
    match test:
        case e.Number(own) | e.Text(own) | e.Flag(own):
            return own
        case e.Level(_, rank):
            return rank
        case _:
            return combine(test, [_truth(part, of, value) for part in e.children(test)])


def _value(literal: Expr) -> Value:
    return _truth(literal, e.Input(), False)


def _answer(found: Value) -> int:
    return UNKNOWN if isinstance(found, Missing) else TRUE if found is True else FALSE


def _alternatives(guards: Sequence[Expr]) -> list[Expr]:
    return [part for g in guards for part in (g.of if isinstance(g, e.Logic) and g.op == "or" else (g,))]


def _along(table: Rows, values: Sequence[tuple[Value, ...]], place: int, test: Expr) -> Truth:
    """A test's answers along its axis, shaped so that they can be held against those of others."""
    import numpy as np

    answers = [_answer(_truth(test, table.axes[place].of, value)) for value in values[place]]
    shape = [1] * len(values)
    shape[place] = len(answers)
    return np.array(answers, dtype=np.int8).reshape(shape)


def _met(table: Rows, values: Sequence[tuple[Value, ...]]) -> Truth:
    """For each row and combination whether the row is met; where a guard is, the first is said to be."""
    import numpy as np

    shape = tuple(len(v) for v in values)
    met = np.full((len(table.rows), *shape), TRUE, dtype=np.int8)
    for place, row in enumerate(table.rows):
        for axis, test in row:
            met[place] = np.minimum(met[place], _along(table, values, axis, test))
    return met


def _guarded(table: Rows, values: Sequence[tuple[Value, ...]], shape: tuple[int, ...]) -> Any:
    """Where a guard is met for sure, as far as it asks only about what the table tests too."""
    import numpy as np

    found = np.zeros(shape, dtype=bool)
    for guard in _alternatives(table.guards):
        for place, axis in enumerate(table.axes):
            if _literal(guard, axis.of):
                found |= _along(table, values, place, guard) == TRUE
    return found


def _holes(table: Rows, values: Sequence[tuple[Value, ...]], met: Truth) -> Iterator[Finding]:
    import numpy as np

    asked = ~_guarded(table, values, met.shape[1:])
    empty = asked & (met == FALSE).all(axis=0)
    if empty.any():
        yield Finding("rows-hole", {"example": _example(table, values, np.argwhere(empty)[0])})
    several = asked & ((met == TRUE).sum(axis=0) > 1)
    if table.hit == "unique" and several.any():
        example = np.argwhere(several)[0]
        both = np.flatnonzero(met[(slice(None), *example)] == TRUE)[:2]
        args = {"example": _example(table, values, example), "first": int(both[0]) + 1}
        yield Finding("rows-overlap", args, (int(both[0]), int(both[1])))


def _alive(table: Rows, met: Truth) -> set[int]:
    """The rows that some combination meets, under `first` without one before it."""
    import numpy as np

    alive: set[int] = set()
    free = np.ones(met.shape[1:], dtype=bool)
    for place in range(len(table.rows)):
        if (free & (met[place] == TRUE)).any():
            alive.add(place)
        if table.hit == "first":
            free &= met[place] == FALSE
    return alive


def _example(table: Rows, values: Sequence[tuple[Value, ...]], places: Sequence[int]) -> str:
    shown = (
        f"{axis.label}: {_shown(axis, own[int(place)])}"
        for axis, own, place in zip(table.axes, values, places, strict=True)
    )
    return ", ".join(shown) or "–"


def _shown(axis: Axis, value: Value) -> str:
    match value:
        case Missing():
            return "null"
        case bool():
            return str(value).lower()
        case Fraction():
            return f"{float(value):g}"
        case int():
            return axis.type[value] if isinstance(axis.type, tuple) else str(value)
        case str():
            return "…" if value == _OTHER else f'"{value}"'


# grids


def unlisted(axis: Axis, listed: Sequence[Expr], known: Known) -> Iterator[tuple[int | None, Finding]]:
    """What a grid's side lists twice, with its place, and what it does not list although it is a closed list."""
    for place, value in enumerate(listed):
        if value in listed[:place]:
            yield place, Finding("listed-twice", {"name": _shown(axis, _value(value))})
        elif not all(isinstance(node, _LITERALS) for node in e.walk(value)):
            yield place, Finding("grid-not-literal")
    if not all(isinstance(node, _LITERALS) for value in listed for node in e.walk(value)):
        return
    closed = domain(axis, known).values
    left = [value for value in closed or () if value not in [_value(own) for own in listed]]
    if left:
        yield None, Finding("grid-side", {"side": axis.label, "left": tuple(_shown(axis, value) for value in left)})
