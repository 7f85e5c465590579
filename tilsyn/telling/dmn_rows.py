"""Decision tables as DMN has them, and the tables, grids and bands of quantities written as such.

What a quantity says is read from its bound expression, so every reading has the same rows. DMN passes over a row that
is unknown; ours lets it hide the rows below it, so a row that gives nothing is put before it. What cannot be said so
that another engine comes to the same is Inexpressible. Which quantities are asked for is `dmn_graph.py`'s question.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.binding import may_be_missing
from tilsyn.engine.machine import representative
from tilsyn.engine.nodes import Outside, QuantityNode
from tilsyn.engine.values import Missing, Reason, Value, round_half_up
from tilsyn.telling.dmn_cells import (
    ANY,
    NO_VALUE,
    TYPE_REFS,
    Inexpressible,
    Named,
    TypeRef,
    answered,
    cell,
    condition_text,
    number,
    value_text,
)

Line = tuple[str, str]
"""A line of description, Danish and English."""

_ORDER = ("<", "<=", ">", ">=")


class Column(Struct, frozen=True):
    """What a table tests."""

    text: str
    type: TypeRef


class Output(Struct, frozen=True):
    """What a table gives; `values` are the literals that it may be, none where it may be anything."""

    name: str
    type: TypeRef
    values: tuple[str, ...] = ()


class Row(Struct, frozen=True):
    """A row of a table: one cell a column, one text an output."""

    id: str
    cells: tuple[str, ...]
    outputs: tuple[str, ...]
    about: tuple[Line, ...] = ()


class Table(Struct, frozen=True):
    """A decision table; `SUM` adds the outputs of all rows that are met."""

    hit: Literal["UNIQUE", "FIRST", "SUM"]
    columns: tuple[Column, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]


def row_of(id_: str, cells: Mapping[int, str], columns: int, *outputs: str, about: Iterable[Line] = ()) -> Row:
    """A row of so many columns, with cells by their place; the others ask nothing."""
    return Row(id_, tuple(cells.get(place, ANY) for place in range(columns)), outputs, tuple(about))


# quantities


class _Cell(Struct, frozen=True):
    """One test of a row: where it is true, where it is unknown (None: it never is), and where one of the two.

    `of` and `test` only where a value is tested against literals.
    """

    column: Column
    true: str
    unknown: str | None
    maybe: str
    of: Expr | None = None
    test: Expr | None = None


_Placed = list[tuple[Column, str]]


class Writing:
    """Writes one quantity. `name` says what a value is called in the document, `scale` how many levels a value has;
    `guarded` tells that what stands first are reasons for no value."""

    def __init__(self, node: QuantityNode, name: Named, scale: Callable[[Expr], int], *, guarded: bool) -> None:
        self.node, self.name, self.scale, self.guarded = node, name, scale, guarded

    def logic(self, name: str) -> Table | str:
        """The table, or one text where nothing is asked. Raises Inexpressible."""
        body = self.node.of
        guards: tuple[Expr, ...] = ()
        if self.guarded and isinstance(body, e.Choose):
            guards, body = body.conditions[:-1], body.values[-1]
        if not isinstance(body, e.Choose):
            raise Inexpressible
        found: list[tuple[_Placed, str]] = [(row, "null") for guard in guards for row in self._not_false(guard)]
        rows = [(self._cells(condition), value) for condition, value in zip(body.conditions, body.values, strict=True)]
        live = [(cells, self._value(value)) for cells, value in rows if cells is not None]
        apart = self._apart(live, body.hit)
        for cells, value in live if apart is None else ():
            if body.hit == "first":
                found += [(row, "null") for row in _unknown(cells)]
            found.append(([(one.column, one.true) for one in cells], value))
        found += apart or []
        ordered = bool(guards) or (body.hit == "first" and apart is None)
        return self._table(name, found, "FIRST" if ordered else "UNIQUE")

    def _table(self, name: str, found: Sequence[tuple[_Placed, str]], hit: Literal["FIRST", "UNIQUE"]) -> Table | str:
        columns: list[Column] = []
        placed = [(_in_columns(cells, columns), value) for cells, value in found]
        if not columns:
            return placed[0][1] if placed else "null"
        told: dict[tuple[tuple[int, str], ...], tuple[dict[int, str], str]] = {}
        for cells, value in placed:
            # a row that asks what one above it asks is never met
            told.setdefault(tuple(sorted(cells.items())), (cells, value))
        rows = tuple(
            row_of(f"{name}.{place}", cells, len(columns), value, about=self._about(value))
            for place, (cells, value) in enumerate(told.values(), start=1)
        )
        return Table(hit, tuple(columns), (Output(name, TYPE_REFS[self.node.type]),), rows)

    def _about(self, value: str) -> tuple[Line, ...]:
        """The level that a number stands for."""
        if not self.node.scale or not value.isdigit():
            return ()
        level = self.node.scale[int(value)]
        return ((level, level),)

    def _value(self, value: Expr) -> str:
        decimals = self.node.decimals
        if decimals is None or isinstance(value, e.Absent):
            return value_text(value, self.name)
        if not isinstance(value, e.Number):
            raise Inexpressible
        return number(round_half_up(value.value, decimals))

    # tests

    def _cells(self, condition: Expr) -> list[_Cell] | None:
        """What a row asks; None for a row that can never be met."""
        parts = condition.of if isinstance(condition, e.Logic) and condition.op == "and" else (condition,)
        cells: list[_Cell] = []
        for part in parts:
            if not _constant(part):
                cells.append(self._cell(part))
            elif answered(part, None, False) is not True:
                return None
        return cells

    def _not_false(self, condition: Expr) -> list[_Placed]:
        """The rows that are met where a condition is true or unknown."""
        match condition:
            case e.Logic("or", parts):
                return [row for part in parts for row in self._not_false(part)]
            case e.Logic("and", parts):
                rows = itertools.product(*(self._not_false(part) for part in parts))
                return [[cell for row in together for cell in row] for together in rows]
            case _:
                one = self._cell(condition)
                return [[(one.column, one.maybe)]]

    def _cell(self, part: Expr) -> _Cell:
        """One test: of a value against literals, of a value against another value, or a condition by itself."""
        subject = _subject(part)
        if subject is not None and _literal(part, subject):
            return self._against_literals(part, subject)
        match part:
            case e.Compare(op, left, right, "number" | "level") if op in _ORDER:
                true = f"? {op} {value_text(right, self.name)}"
                unknown = f"not(({true}) != null)"
                column = Column(value_text(left, self.name), "number")
                return _Cell(column, true, unknown, f"{unknown} or ({true})")
            case _:
                return _Cell(Column(condition_text(part, self.name), "boolean"), "true", NO_VALUE, "? != false")

    def _against_literals(self, part: Expr, subject: Expr) -> _Cell:
        domain = self._domain([part], subject)
        met = [answered(part, subject, representative(domain, c)) is True for c in range(domain.classes)]
        null = answered(part, subject, Missing(Reason.UNDEFINED))
        unknown = isinstance(null, Missing) and may_be_missing(subject)
        text = condition_text(subject, self.name) if domain.type == "flag" else value_text(subject, self.name)
        return _Cell(
            Column(text, TYPE_REFS[domain.type]),
            cell(domain, met, null is True),
            NO_VALUE if unknown else None,
            cell(domain, met, null is True or unknown),
            subject,
            part,
        )

    def _domain(self, tests: Iterable[Expr], subject: Expr) -> Outside:
        """The classes of a value that tests tell apart."""
        compared = [n for test in tests for n in e.walk(test) if isinstance(n, e.Compare) and n.left == subject]
        type_ = compared[0].type or "flag" if compared else "flag"
        literals = [answered(node.right, None, False) for node in compared]
        return Outside(
            "",
            type_,
            tuple(sorted({x for x in literals if isinstance(x, Fraction)})),
            tuple(dict.fromkeys(x for x in literals if isinstance(x, str))),
            self.scale(subject) if type_ == "level" else 0,
        )

    def _apart(self, rows: Sequence[tuple[list[_Cell], str]], hit: str) -> list[tuple[_Placed, str]] | None:
        """The rows of a table that tests one value against literals, as rows that shut each other out; None for
        another table. No value meets none of them, unless a row asks for that."""
        cells = [one for asks, _ in rows for one in asks]
        subject = cells[0].of if cells else None
        if subject is None or any(len(asks) > 1 for asks, _ in rows) or any(one.of != subject for one in cells):
            return None
        tests = [asks[0].test if asks else e.Flag(True) for asks, _ in rows]
        domain = self._domain([test for test in tests if test is not None], subject)
        classes: list[Value] = [*(representative(domain, c) for c in range(domain.classes)), Missing(Reason.UNDEFINED)]
        left = set(range(len(classes)))
        found: list[tuple[_Placed, str]] = []
        for test, (_, value) in zip(tests, rows, strict=True):
            assert test is not None
            answers = {place: answered(test, subject, classes[place]) for place in left}
            met = {place for place, answer in answers.items() if answer is True}
            hidden = {place for place, answer in answers.items() if isinstance(answer, Missing)}
            left -= met | (hidden if hit == "first" else set())
            if met:
                truths = [place in met for place in range(domain.classes)]
                found.append(([(cells[0].column, cell(domain, truths, domain.classes in met))], value))
        return found


def _in_columns(cells: _Placed, columns: list[Column]) -> dict[int, str]:
    """A row's cells by the place of their column, new columns put last; one that is asked twice stands there twice."""
    found: dict[int, str] = {}
    for column, text in cells:
        place = next((p for p, known in enumerate(columns) if known == column and p not in found), len(columns))
        if place == len(columns):
            columns.append(column)
        found[place] = text
    return found


def _unknown(cells: Sequence[_Cell]) -> Iterator[_Placed]:
    """The rows that are met where a row is unknown: one of its tests is, and none is false."""
    for place, one in enumerate(cells):
        if one.unknown is not None:
            before = [(c.column, c.true) for c in cells[:place]]
            yield [*before, (one.column, one.unknown), *((c.column, c.maybe) for c in cells[place + 1 :])]


def _constant(part: Expr) -> bool:
    plain = (e.Number, e.Text, e.Flag, e.Level, e.Compare, e.Logic, e.Not, e.Arith, e.Negative)
    return all(isinstance(node, plain) for node in e.walk(part))


def _subject(part: Expr) -> Expr | None:
    """The value that a test is about, where it is about one."""
    for node in e.walk(part):
        match node:
            case e.Compare(_, left, _):
                return left
            case e.Call("missing", (of,)):
                return of
            case _:
                continue
    return part if isinstance(part, (e.Ref, e.Related, e.Earlier)) else None


def _literal(part: Expr, subject: Expr) -> bool:
    """Whether a test asks of nothing but this value, against literals."""
    if part == subject:
        return True
    match part:
        case e.Flag():
            return True
        case e.Not(of):
            return _literal(of, subject)
        case e.Logic(_, of):
            return all(_literal(one, subject) for one in of)
        case e.Compare(_, left, right):
            return left == subject and _constant(right)
        case e.Call("missing", (of,)):
            return of == subject
        case _:
            return False
