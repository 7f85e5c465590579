"""The bodies of quantities: bands, tables, grids and aggregates, each said as one expression.

So the readings know only one shape. Names are not looked up here (`named.py` does, with `binding.py`); what is decided
is how a declared body reads. An expression is put together of many texts, each of which keeps its place: the `at` of a
node counts from the beginning of its own text, after as many strides as there are texts before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import LONGEST, FeelError, parse, parse_test
from tilsyn.catalogue.goals import Band
from tilsyn.catalogue.quantities import Adjustment, Grid, Quantity, Row, Table
from tilsyn.engine.binding import names_in
from tilsyn.engine.faults import Fault, Faults, Path
from tilsyn.engine.nodes import AdjustNode, Cut, Effect

EFFECTS: tuple[Effect, ...] = ("at_most", "at_least", "add", "set")

_STRIDE = LONGEST + 1


class Piece(Struct, frozen=True):
    """A text that a body is put together of; `of_key` where the text is a key."""

    path: Path
    of_key: bool = False


class Lines(Struct, frozen=True):
    """A table's rows before names are bound: the expressions that it tests, as they are written, and for each row
    the tests it makes, by the place of what they test."""

    inputs: tuple[tuple[str, Expr], ...]
    rows: tuple[tuple[tuple[int, Expr], ...], ...]
    hit: Literal["first", "unique"]
    path: Path


class Sides(Struct, frozen=True):
    """A grid's two inputs before names are bound, each with the values that are listed and where it is written."""

    sides: tuple[tuple[str, Expr, tuple[Expr, ...], Path], ...]


class Body(Struct, frozen=True):
    """What a quantity says before its names are bound: one expression, or one for each name of a record, then the
    adjustments; with the texts that it is made of, and what must be complete."""

    quantity: Quantity
    path: Path
    pieces: tuple[Piece, ...]
    parts: Mapping[str | None, Expr]
    then: tuple[AdjustNode, ...]
    complete: Lines | Sides | None = None

    def reads(self) -> set[str]:
        after = [part for a in self.then for part in (a.when, a.by) if part is not None]
        return {name for expr in (*self.parts.values(), *after) for name in names_in(expr)}

    def fault(self, at: int, code: str, args: Mapping[str, object]) -> Fault:
        """A fault of the node at a place, at the text that it stands in."""
        piece = self.pieces[at // _STRIDE]
        return Fault("area", piece.path, code, args, 0 if piece.of_key else at % _STRIDE, piece.of_key)


def read_body(name: str, quantity: Quantity, levels: tuple[str, ...], faults: Faults) -> Body | None:
    """What a quantity says; None after a fault, which is added to the others."""
    before = len(faults.found)
    body = _Writing(name, quantity, levels, faults).body()
    return body if len(faults.found) == before else None


class _Writing:
    """Writes one quantity's body as an expression, and keeps the place of each text in it."""

    def __init__(self, name: str, quantity: Quantity, levels: tuple[str, ...], faults: Faults) -> None:
        self.quantity, self.levels, self.faults = quantity, levels, faults
        self.path: Path = ("quantities", name)
        self.pieces = [Piece(self.path)]
        self.complete: Lines | Sides | None = None

    def body(self) -> Body:
        quantity, path = self.quantity, self.path
        if quantity.value is not None:
            parts: Mapping[str | None, Expr] = {None: self._text(quantity.value, (*path, "value"))}
        elif quantity.levels is not None:
            parts = {None: self._bands(quantity.levels)}
        elif quantity.table is not None:
            parts = self._table(quantity.table, (*path, "table"))
        elif quantity.grid is not None:
            parts = {None: self._grid(quantity.grid, (*path, "grid"))}
        else:
            parts = {None: self._aggregate((*path, "of"))}
        guards = [
            (self._text(text, (*path, "missing_when", reason)), e.Absent(reason))
            for reason, text in quantity.missing_when.items()
        ]
        if guards:
            parts = {key: _guarded(guards, body) for key, body in parts.items()}
        then = tuple(self._adjustment(a, (*path, "then", i)) for i, a in enumerate(quantity.then))
        if None not in parts and then:
            self._fault((*path, "then"), "then-on-record", of_key=True)
        return Body(quantity, path, tuple(self.pieces), parts, then, self.complete)

    def _fault(self, path: Path, code: str, offset: int = 0, *, of_key: bool = False, **args: object) -> None:
        self.faults.add(Fault("area", path, code, args, offset, of_key))

    # texts

    def _text(self, text: object, path: Path, *, of_key: bool = False, test: bool = False) -> Expr:
        """A parsed expression, or unary test, at its place; after a fault, one that fits anywhere."""
        start = len(self.pieces) * _STRIDE
        self.pieces.append(Piece(path, of_key))
        try:
            return _moved((parse_test if test else parse)(str(text)), start)
        except FeelError as fault:
            self._fault(path, fault.code, 0 if of_key else fault.offset, of_key=of_key, **fault.args_)
            return e.Absent("undefined", at=start)

    def _cell(self, cell: object, path: Path, name: str) -> Expr:
        """What a table's cell says of its input."""
        if not isinstance(cell, (str, int, Decimal)):
            self._fault(path, "rule-cell", found=name)
            return e.Flag(True)
        return self._text(str(cell).lower() if isinstance(cell, bool) else str(cell), path, test=True)

    # bodies

    def _bands(self, bands: Mapping[str, Band | Literal["otherwise"]]) -> Expr:
        of, scale = self._text(self.quantity.of, (*self.path, "of")), scale_of(self.quantity, self.levels)
        higher = better_is_higher(bands)
        conditions: list[Expr] = []
        values: list[Expr] = []
        for cut in reversed(cuts(bands, scale, higher)):
            op: e.CompareOp = (">=" if cut.inclusive else ">") if higher else ("<=" if cut.inclusive else "<")
            conditions.append(e.Compare(op, of, e.Number(cut.bound, at=of.at), at=of.at))
            values.append(e.Level(scale[cut.rank], cut.rank, at=of.at))
        worst = min(scale.index(name) for name in bands)
        # the last boundary asks for the figure, so what is left has one
        return e.Choose((*conditions, e.Flag(True)), (*values, e.Level(scale[worst], worst, at=of.at)), at=of.at)

    def _table(self, table: Table, path: Path) -> dict[str | None, Expr]:
        """One expression per value that the rows give: of a record, one for each of its names."""
        keys = list(dict.fromkeys(key for row in table.rules for key in _gives(row)))
        if None in keys and len(keys) > 1:
            self._fault((*path, "rules"), "table-record", names=tuple(key for key in keys if key is not None))
            return {}
        rows = self._rows(table, path)
        conditions = tuple(_all(tuple(test for _, test in row)) for row in rows)
        found: dict[str | None, Expr] = {}
        for key in keys or [None]:
            values: list[Expr] = []
            for index, row in enumerate(table.rules):
                here = (*path, "rules", index, "gives", *([key] if key is not None else []))
                text = _gives(row).get(key)
                if row.missing is None and text is None:
                    self._fault((*path, "rules", index, "gives"), "table-record", of_key=True, names=(key or "",))
                values.append(self._text(text, here) if text is not None else e.Absent(row.missing or "undefined"))
            found[key] = e.Choose(conditions, tuple(values), table.hit)
        return found

    def _rows(self, table: Table, path: Path) -> list[tuple[tuple[int, Expr], ...]]:
        """For each row its tests, by what they test; that is written anew in each, and is the same by what it says."""
        inputs: dict[Expr, tuple[int, str]] = {}
        rows: list[tuple[tuple[int, Expr], ...]] = []
        for index, row in enumerate(table.rules):
            tests: list[tuple[int, Expr]] = []
            for name, cell in row.cells.items():
                here = (*path, "rules", index, name)
                of = self._text(name, here, of_key=True)
                test = self._cell(cell, here, name)
                place, _ = inputs.setdefault(of, (len(inputs), name))
                tests.append((place, e.filled(test, of)))
            rows.append(tuple(tests))
        named = tuple((name, of) for of, (_, name) in inputs.items())
        self.complete = Lines(named, tuple(rows), table.hit, (*path, "rules"))
        return rows

    def _grid(self, grid: Grid, path: Path) -> Expr:
        """A full rectangle; each pair of values is a row of a table."""
        ((across, values),) = grid.columns.items()
        side = (*path, "columns", across)
        rows, columns = self._text(grid.rows, (*path, "rows")), self._text(across, side, of_key=True)
        beside = [self._text(value, (*side, index)) for index, value in enumerate(values)]
        down: list[Expr] = []
        conditions: list[Expr] = []
        found: list[Expr] = []
        for key, cells in grid.cells.items():
            here = (*path, "cells", key)
            if len(cells) != len(values):
                self._fault(here, "grid-not-full", of_key=True, row=key, found=len(cells), wanted=len(values))
                continue
            down.append(self._text(key, here, of_key=True))
            for index, (value, cell) in enumerate(zip(beside, cells, strict=True)):
                met = (e.Compare("=", rows, down[-1], at=down[-1].at), e.Compare("=", columns, value, at=value.at))
                conditions.append(e.Logic("and", met))
                found.append(e.Absent("undefined") if cell == "none" else self._text(cell, (*here, index)))
        sides = (grid.rows, rows, tuple(down), (*path, "cells")), (across, columns, tuple(beside), side)
        self.complete = Sides(sides)
        return e.Choose(tuple(conditions), tuple(found), "unique")

    def _aggregate(self, path: Path) -> Expr:
        parts, method = self.quantity.of, self.quantity.method
        assert method is not None
        assert parts is not None
        assert not isinstance(parts, str)
        if isinstance(parts, dict):
            of = [self._text(name, (*path, name), of_key=True) for name in parts]
            weights = [self._text(weight, (*path, name)) for name, weight in parts.items()]
        else:
            of = [self._text(text, (*path, index)) for index, text in enumerate(parts)]
            weights: list[Expr] = [e.Number(Fraction(1))] * len(of)
        if len(of) < 2:
            self._fault(path, "aggregate-one-part", of_key=True)
        for index, part in enumerate(of):
            if part in of[:index] and not isinstance(part, e.Absent):
                piece = self.pieces[part.at // _STRIDE]
                name = list(parts)[index]
                self._fault(piece.path, "listed-twice", of_key=piece.of_key, name=name)
        leave_out = self.quantity.missing == "leave-out"
        coverage = self.quantity.coverage or Fraction(0)
        at = of[0].at if of else 0
        return e.Aggregate(method, tuple(of), tuple(weights), leave_out, coverage, at=at)

    def _adjustment(self, adjustment: Adjustment, path: Path) -> AdjustNode:
        effect: Effect = next(effect for effect in EFFECTS if getattr(adjustment, effect) is not None)
        when = self._text(adjustment.when, (*path, "when")) if adjustment.when is not None else None
        return AdjustNode(adjustment.id, when, effect, self._text(getattr(adjustment, effect), (*path, effect)))


def _moved(node: Expr, start: int) -> Expr:
    """The same node, and all below it, with its place counted from further back."""
    return replace(e.rebuilt(node, lambda part: _moved(part, start)), at=node.at + start)


def _all(tests: tuple[Expr, ...]) -> Expr:
    if not tests:
        return e.Flag(True)
    return tests[0] if len(tests) == 1 else e.Logic("and", tests, at=tests[0].at)


def _gives(row: Row) -> dict[str | None, str]:
    if row.gives is None:
        return {}
    return {None: row.gives} if isinstance(row.gives, str) else {**row.gives}


def _guarded(guards: list[tuple[Expr, e.Absent]], body: Expr) -> Expr:
    """The body where no guard is met. An unknown guard leaves no value: silence is no way past it."""
    conditions = tuple(condition for condition, _ in guards)
    return e.Choose((*conditions, e.Flag(True)), (*(absent for _, absent in guards), body), at=body.at)


# bands


def cuts(bands: Mapping[str, Band | Literal["otherwise"]], levels: tuple[str, ...], higher: bool) -> tuple[Cut, ...]:
    """The boundaries of bands, from the worst up. A level without its own lower boundary takes the upper one of the
    level below it."""
    ranked = sorted(
        ((levels.index(name), band) for name, band in bands.items() if name in levels), key=lambda pair: pair[0]
    )
    found: list[Cut] = []
    for (_, below), (rank, band) in pairwise(ranked):
        bound = _near_side(band, higher) or _far_side(below, higher)
        if bound is not None:
            found.append(Cut(bound[0], bound[1], rank))
    return tuple(found)


def scale_of(quantity: Quantity, levels: tuple[str, ...]) -> tuple[str, ...]:
    """The scale of a quantity's bands, worst first: the ladder's where all names are of it, else its own."""
    names = tuple(reversed(quantity.levels or {}))
    return levels if set(names) <= set(levels) else names


def better_is_higher(bands: Mapping[str, Band | Literal["otherwise"]]) -> bool:
    """Bands are written best first, so the first one's boundary says which way is good."""
    best = next(iter(bands.values()))
    return not isinstance(best, str) and (best.at_least is not None or best.above is not None)


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
