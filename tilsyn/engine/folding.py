"""What follows from a few small numbers, asked once for each combination of them.

The level of a goal is one of a handful, and so is the step before; what follows from five levels and a step is the same
for all institutions that have those. Where what is asked is of that sort, and the combinations are few, it is asked of
each of them beforehand and then looked up in one go, however many rules, tables and texts lie between. Where something
else is made of what follows, the query is left as it is: to look up what comes between takes longer than to make it.

Of the rows only that is left to be made which tells combinations apart (*digits*): a column of whole numbers or of yes
and no that takes few values and is never null, or which case of several a row falls into. Nothing is answered here:
whoever asks hands in how combinations are answered, so that what is looked up is what the engine says itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from math import prod
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tilsyn.engine.formulas import CODE, FLAG, FLOAT, SHORT, Formula, Kind, case_of, cases, col, lit, when
from tilsyn.engine.known import WHOLE, Known
from tilsyn.engine.query import Join, Lookup, Pick, Query, Source, Table, With, again, in_order, trimmed

FEW = 64
"""Values that a digit has at most."""

MOST = 2**14
"""Combinations that are asked at most: what is looked up is to be near at hand."""

COMBINATIONS = "combinations"
"""What the table of combinations is called, to which digits are handed in."""

SAFE = frozenset(
    ("case", "fits", "in", "words", "joined", "+", "-", "*", "=", "!=", "<", "<=", ">", ">=", "and", "or",
     "not", "negative", "abs", "is null", "or value", "largest", "smallest")
)  # fmt: skip
"""What can be asked of combinations that no row has; a cast, if it is to floating point."""


_names = count()


def _new() -> str:
    """A name that no column of a query has, wherever that was written."""
    return f"d{next(_names)}"


class Digit(Struct, frozen=True):
    """A column that takes the values from `low` on, so many at most."""

    name: str
    kind: Kind
    low: int
    count: int


Ask = Callable[[Query, Sequence[Digit]], Mapping[str, Any] | None]
"""Answers a query of one table, `COMBINATIONS`, which has each combination of what some digits can be; the last of them
changes the fastest. The answer is a list for each column; none, where a list cannot say what it would have to."""


class Case(Struct, frozen=True):
    """A digit that tells which of some `conditions` a row meets first, counted from 0, or that it meets none."""

    conditions: tuple[Formula, ...]
    digit: Digit

    @property
    def formula(self) -> Formula:
        return case_of(self.conditions, [lit(place, CODE) for place in range(self.digit.count)])

    def of(self, formula: Formula) -> Formula:
        """A case with the same conditions, of the digit."""
        x = col(self.digit.name)
        return case_of([x == lit(place, CODE) for place in range(len(self.conditions))], cases(formula)[1])


class Rows(Struct, frozen=True):
    """A table, which has the columns that are `there`, and what follows from digits: `over` which each column is made,
    digits over themselves, and in which `steps`; which cases became digits."""

    table: Table
    there: frozenset[str]
    over: Mapping[str, frozenset[Digit]] = {}
    steps: tuple[Mapping[str, Formula] | Lookup, ...] = ()
    told: Mapping[tuple[int, ...], Case] = {}


def folded(query: Query, known: Mapping[int, Mapping[str, Known]], ask: Ask) -> Query:
    """The same question, looked up of combinations where all that is asked follows from few or needs nothing that does;
    else as it is. What is known of columns is told by the number of the table that has them."""
    made: dict[int, Rows] = {}
    for one in in_order(query.table):
        rows = _made(one, made, known.get(one.number, {}))
        if rows is None:
            return query
        made[one.number] = rows
    rows = made[query.table.number]
    wanted = [name for name in dict.fromkeys(query.columns.values()) if name not in rows.there]
    if not wanted or any(name not in rows.over for name in wanted):
        return query
    digits = sorted({digit for name in wanted for digit in rows.over[name]}, key=lambda digit: digit.name)
    if not digits or prod(digit.count for digit in digits) > MOST:
        return query
    lists = ask(trimmed(Query(_of_combinations(digits, rows.steps), {name: name for name in wanted})), digits)
    if lists is None:
        return query
    at = _new()
    return trimmed(Query(Lookup(With(rows.table, {at: _place(digits)}), at, lists), query.columns))


def _made(table: Table, made: Mapping[int, Rows], known: Mapping[str, Known]) -> Rows | None:
    """A table without what follows from digits; none where it is more than columns beside those of other tables."""
    match table:
        case Source(_, columns):
            return Rows(again(table, {}), frozenset(columns), _digits_among(columns, known))
        case With(of, columns) | Pick(of, columns, distinct=False):
            return _with(made[of.number], columns, known)
        case Lookup(of, at, lists):
            before = made[of.number]
            if at not in before.over:
                return None
            over = {**before.over, **dict.fromkeys(lists, before.over[at])}
            return replace(before, over=over, steps=(*before.steps, table))
        case Join(of, other, beside=True):
            a, b = made[of.number], made[other.number]
            if a.there & b.there or a.over.keys() & b.over.keys():
                return None
            new = again(replace(table, takes=tuple(sorted(b.there))), {of.number: a.table, other.number: b.table})
            return Rows(new, a.there | b.there, {**a.over, **b.over}, (*a.steps, *b.steps), {**a.told, **b.told})
        case _:
            return None


def _with(before: Rows, columns: Mapping[str, Formula], known: Mapping[str, Known]) -> Rows | None:
    """With more columns: those that follow from digits in a step, and of the others those that are digits."""
    over, told, made, step = {**before.over}, {**before.told}, dict[str, Formula](), dict[str, Formula]()
    for name, formula in columns.items():
        finite = Finite(before.over, told)
        if (digits := finite.digits(formula)) is not None and prod(digit.count for digit in digits) <= MOST:
            step[name], over[name] = finite.put(formula), digits
            made |= {case.digit.name: case.formula for case in finite.new.values()}
            told |= finite.new
        if (name not in step or formula.op == "column") and formula.roots <= before.there:
            made[name] = formula
            over |= {} if name in step else _digits_among((name,), known)
    if not all(formula.roots <= before.there for formula in made.values()):
        return None
    table = With(before.table, made) if made else before.table
    return Rows(table, before.there | made.keys(), over, (*before.steps, step), told)


class Finite:
    """Formulas that depend on nothing but digits; the cases that become digits for that are `new`."""

    def __init__(self, over: Mapping[str, frozenset[Digit]], told: Mapping[tuple[int, ...], Case]) -> None:
        self.over, self.told = over, told
        self.new: dict[tuple[int, ...], Case] = {}
        self.done: dict[Formula, frozenset[Digit] | None] = {}

    def digits(self, formula: Formula) -> frozenset[Digit] | None:
        if formula not in self.done:
            self.done[formula] = self._digits(formula)
        return self.done[formula]

    def _digits(self, formula: Formula) -> frozenset[Digit] | None:
        if formula.op == "column":
            return self.over.get(formula.said)
        if formula.op == "value":
            return frozenset()
        safe = formula.op in SAFE or (formula.op == "cast" and formula.said is FLOAT)
        parts = [self.digits(part) for part in formula.of] if safe else [None]
        if all(part is not None for part in parts):
            return frozenset[Digit]().union(*(part for part in parts if part is not None))
        return frozenset({self._case(formula).digit}) if _is_choice(formula) else None

    def _case(self, formula: Formula) -> Case:
        conditions, _ = cases(formula)
        key = tuple(map(id, conditions))
        if key in self.told:
            return self.told[key]
        if key not in self.new:
            self.new[key] = Case(conditions, Digit(_new(), CODE, 0, len(conditions) + 1))
        return self.new[key]

    def put(self, formula: Formula) -> Formula:
        """The formula, of digits."""
        if formula.op in ("column", "value"):
            return formula
        if any(self.digits(part) is None for part in formula.of):
            return self._case(formula).of(formula)
        parts = tuple(self.put(part) for part in formula.of)
        if formula.op == "words":
            parts = (_inside(parts[0], len(formula.said)),)
        return Formula(formula.op, parts, formula.said)


def _digits_among(names: Iterable[str], known: Mapping[str, Known]) -> dict[str, frozenset[Digit]]:
    """The columns that are digits, each over itself."""
    return {name: frozenset({digit}) for name in names if (digit := _digit(name, known.get(name, Known()))) is not None}


def _digit(name: str, known: Known) -> Digit | None:
    if known.kind is None or known.nulls or not known.bounded or not (known.kind in WHOLE or known.kind is FLAG):
        return None
    count = int(known.high) - int(known.low) + 1
    return Digit(name, known.kind, int(known.low), count) if count <= FEW else None


def _is_choice(formula: Formula) -> bool:
    """Whether a formula is a case of few values."""
    return formula.op == "case" and len(formula.of) < 2 * FEW and all(v.op == "value" for v in cases(formula)[1])


def _inside(place: Formula, count: int) -> Formula:
    """A place in a list; null where it lies outside, as it may for combinations that no row has."""
    return when((place >= lit(0, SHORT)) & (place < lit(count, SHORT))).then(place)


def _of_combinations(digits: Sequence[Digit], steps: Sequence[Mapping[str, Formula] | Lookup]) -> Table:
    """The table of all combinations, with what follows from them."""
    there = {digit.name for digit in digits}
    table: Table = Source(COMBINATIONS, {name: name for name in there})
    for step in steps:
        if isinstance(step, Lookup):
            if step.at in there:
                name, count = _new(), min(map(len, step.lists.values()))
                table = Lookup(With(table, {name: _inside(col(step.at), count)}), name, step.lists)
                there |= step.lists.keys()
        elif columns := {name: formula for name, formula in step.items() if formula.roots <= there}:
            table = With(table, columns)
            there |= columns.keys()
    return table


def _place(digits: Sequence[Digit]) -> Formula:
    """Where a combination lies, reckoned in the smallest kind as far as that goes, which takes the least time."""
    runs: list[tuple[Formula, int]] = []
    for digit in digits:
        x = col(digit.name)
        x = x if digit.kind is FLAG or not digit.low else x - lit(digit.low, digit.kind)
        x = x if digit.kind is CODE else x.fits(CODE)
        if runs and runs[-1][1] * digit.count <= WHOLE[CODE]:
            value, count = runs[-1]
            runs[-1] = value * lit(digit.count, CODE) + x, count * digit.count
        else:
            runs.append((x, digit.count))
    place = runs[0][0].fits(SHORT)
    for value, count in runs[1:]:
        place = place * lit(count, SHORT) + value.fits(SHORT)
    return place
