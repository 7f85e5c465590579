"""Formulas over the columns of a table: the small closed set that the columns reading is written in.

A formula says what each row's value is; it computes nothing. Each engine reads it by one `match` (`in_polars.py`,
`in_sql.py`), so that a node of a plan is written once and every engine is given the same. What a formula means where
engines differ:

    arithmetic, comparisons   null where a side is null
    `&`, `|`, `~`             Kleene's three values
    `largest`, `smallest`     the nulls are passed over
    `when`                    what is null is not met
    a window                  nulls are passed over; a rank counts from 1, and of equals each has the first's
    `fits`                    a cast of whole numbers that are known to go into the kind
    `whole`                   the whole part, known to go into the kind, of floating point that is not below zero
    division by zero          left open, as is the root of less than nothing: whoever divides says where it is missing

A data-frame library that speaks to several engines would be another way. It was the first: building what it sends on
took longer than computing it, it told nobody which columns a formula reads, and each engine had its own gaps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from enum import Enum
from functools import reduce
from typing import Any, ClassVar, Literal, Self, cast
from weakref import WeakValueDictionary

from msgspec import Struct


class Kind(Enum):
    """What a column holds."""

    FLOAT = "float"
    INT = "int"
    SHORT = "short"
    """A whole number of 32 bits, as a place in a table: half as much to carry through every step."""
    CODE = "code"
    """A small whole number, as a reason."""
    TEXT = "text"
    FLAG = "flag"
    NONE = "none"
    """Nothing but nulls, of whatever kind they stand among."""

    # that of its name takes a call, and kinds are looked up all the time
    __hash__ = object.__hash__


FLOAT, INT, SHORT, CODE, TEXT, FLAG, NONE = Kind

Op = Literal[
    "column", "value", "cast", "fits", "whole", "case", "in", "words", "joined", "window",
    "+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or",
    "not", "negative", "abs", "floor", "sqrt", "exp", "log", "is null", "or value", "largest", "smallest",
]  # fmt: skip

WindowFunction = Literal["count", "sum", "mean", "min", "max", "median", "rank", "rank from highest", "sum before"]


class Window(Struct, frozen=True):
    """A function over the rows that agree in `keys`. `sum before` is that of the rows that come before in the order of
    the formula itself."""

    function: WindowFunction
    keys: tuple[str, ...]


class Formula:
    """A formula: an operation, what it is done to, and what else it says (a name, a value, a kind). The same formula is
    one object, however often it is made. `roots` are the columns that it reads; `around` says that it reads other rows'
    too."""

    __slots__ = ("__weakref__", "around", "of", "op", "roots", "said")
    __hash__ = object.__hash__
    _known: ClassVar[WeakValueDictionary[Hashable, Formula]] = WeakValueDictionary()

    op: Op
    of: tuple[Formula, ...]
    said: Any
    roots: frozenset[str]
    around: bool

    def __new__(cls, op: Op, of: tuple[Formula, ...] = (), said: Any = None) -> Self:
        # 1, 1.0 and True are equal, and so are both zeros; as values of formulas they are not
        key = cls, op, tuple(map(id, of)), repr(said)
        found = cls._known.get(key)
        if found is None:
            found = super().__new__(cls)
            found.op, found.of, found.said = op, of, said
            own = {said} if op == "column" else {*said.keys} if op == "window" else set[str]()
            found.roots = frozenset(own.union(*(part.roots for part in of)))
            found.around = op == "window" or any(part.around for part in of)
            cls._known[key] = found
        return cast(Self, found)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.op, self.of, self.said)

    def __add__(self, other: Formula | float) -> Formula:
        return Formula("+", (self, as_formula(other)))

    def __sub__(self, other: Formula | float) -> Formula:
        return Formula("-", (self, as_formula(other)))

    def __mul__(self, other: Formula | float) -> Formula:
        return Formula("*", (self, as_formula(other)))

    def __truediv__(self, other: Formula | float) -> Formula:
        return Formula("/", (self, as_formula(other)))

    def __pow__(self, other: Formula | float) -> Formula:
        return Formula("**", (self, as_formula(other)))

    def __radd__(self, other: float) -> Formula:
        return as_formula(other) + self

    def __rsub__(self, other: float) -> Formula:
        return as_formula(other) - self

    def __rmul__(self, other: float) -> Formula:
        return as_formula(other) * self

    def __rtruediv__(self, other: float) -> Formula:
        return as_formula(other) / self

    def __neg__(self) -> Formula:
        return Formula("negative", (self,))

    def __eq__(self, other: object) -> Formula:  # type: ignore[override]
        return Formula("=", (self, as_formula(other)))

    def __ne__(self, other: object) -> Formula:  # type: ignore[override]
        return Formula("!=", (self, as_formula(other)))

    def __lt__(self, other: Formula | float) -> Formula:
        return Formula("<", (self, as_formula(other)))

    def __le__(self, other: Formula | float) -> Formula:
        return Formula("<=", (self, as_formula(other)))

    def __gt__(self, other: Formula | float) -> Formula:
        return Formula(">", (self, as_formula(other)))

    def __ge__(self, other: Formula | float) -> Formula:
        return Formula(">=", (self, as_formula(other)))

    def __and__(self, other: Formula) -> Formula:
        if self is TRUE or other is FALSE:
            return other
        return self if other is TRUE or self is FALSE else Formula("and", (self, other))

    def __or__(self, other: Formula) -> Formula:
        if self is FALSE or other is TRUE:
            return other
        return self if other is FALSE or self is TRUE else Formula("or", (self, other))

    def __invert__(self) -> Formula:
        if self is TRUE or self is FALSE:
            return FALSE if self is TRUE else TRUE
        return Formula("not", (self,))

    def __bool__(self) -> bool:
        raise TypeError("whether a formula is true is known of a row, not of the formula")

    def abs(self) -> Formula:
        return Formula("abs", (self,))

    def floor(self) -> Formula:
        return Formula("floor", (self,))

    def sqrt(self) -> Formula:
        return Formula("sqrt", (self,))

    def exp(self) -> Formula:
        return Formula("exp", (self,))

    def log(self) -> Formula:
        return Formula("log", (self,))

    def is_null(self) -> Formula:
        return Formula("is null", (self,))

    def fill_null(self, value: Formula | float | str) -> Formula:
        return Formula("or value", (self, as_formula(value)))

    def is_in(self, values: Iterable[int | str]) -> Formula:
        return Formula("in", (self,), tuple(values))

    def cast(self, kind: Kind) -> Formula:
        return Formula("cast", (self,), kind)

    def fits(self, kind: Kind) -> Formula:
        return Formula("fits", (self,), kind)

    def whole(self, kind: Kind) -> Formula:
        return Formula("whole", (self,), kind)

    def over(self, function: WindowFunction, keys: Sequence[str]) -> Formula:
        return Formula("window", (self,), Window(function, tuple(keys)))

    def words(self, words: Sequence[str | None]) -> Formula:
        """The text that stands at this place among `words`, a whole number from 0 that is one of theirs."""
        return Formula("words", (self,), tuple(words))

    def alias(self, name: str) -> Named:
        return Named(name, self)

    def __repr__(self) -> str:
        parts = [*map(repr, self.of), *([repr(self.said)] if self.said is not None else [])]
        return f"{self.op}({', '.join(parts)})"


class Named(Struct, frozen=True):
    """A formula with the name of the column that it makes."""

    name: str
    formula: Formula


def col(name: str) -> Formula:
    return Formula("column", (), name)


def lit(value: bool | float | str | None, kind: Kind | None = None) -> Formula:
    """A value; a whole number that is to be something else than one of 64 bits says its kind."""
    return Formula("value", (), (value, kind or _kind_of(value)))


def short(value: int) -> Formula:
    """A whole number of 32 bits."""
    return lit(value, SHORT)


def _kind_of(value: bool | float | str | None) -> Kind:
    match value:
        case bool():
            return FLAG
        case int():
            return INT
        case str():
            return TEXT
        case float():
            return FLOAT
        case None:
            return NONE


TRUE, FALSE = lit(True), lit(False)
"""What is always so, and what never is, is left out of what is made of it."""


def as_formula(value: object) -> Formula:
    """A formula as it is, a value as a literal."""
    if isinstance(value, Formula):
        return value
    assert value is None or isinstance(value, (bool, int, float, str))
    return lit(value)


def largest(*of: Formula) -> Formula:
    return of[0] if len(of) == 1 else Formula("largest", of)


def smallest(*of: Formula) -> Formula:
    return of[0] if len(of) == 1 else Formula("smallest", of)


def joined(of: Sequence[Formula], separator: str) -> Formula:
    """The texts that are there, one after the other; an empty one where none is."""
    return Formula("joined", tuple(of), separator)


def both(of: Iterable[Formula]) -> Formula:
    return reduce(lambda a, b: a & b, of)


def either(of: Iterable[Formula]) -> Formula:
    return reduce(lambda a, b: a | b, of)


def total(of: Iterable[Formula]) -> Formula:
    return reduce(lambda a, b: a + b, of)


def first_met(conditions: Iterable[Formula], values: Iterable[Formula]) -> Formula:
    """The value of the first condition that is met; null where none is."""
    return Formula("case", tuple(part for pair in zip(conditions, values, strict=True) for part in pair))


def cases(formula: Formula) -> tuple[tuple[Formula, ...], tuple[Formula, ...]]:
    """The conditions of a case; the value of each, and after them that of where none is met."""
    conditions, last = len(formula.of) // 2, formula.of[-1] if len(formula.of) % 2 else lit(None)
    return formula.of[: 2 * conditions : 2], (*formula.of[1::2], last)


def case_of(conditions: Sequence[Formula], values: Sequence[Formula]) -> Formula:
    """The case that `cases` takes apart: a value for each condition, and one more for where none is met."""
    pairs = (part for pair in zip(conditions, values[:-1], strict=True) for part in pair)
    return Formula("case", (*pairs, values[-1]))


def when(condition: Formula) -> Then:
    """`when(…).then(…).when(…).then(…).otherwise(…)`; without the last, null."""
    return Then((), condition)


class Then(Struct, frozen=True):
    """A case in the making, after a condition."""

    met: tuple[Formula, ...]
    condition: Formula

    def then(self, value: Formula) -> Case:
        return Case("case", (*self.met, self.condition, value))


class Case(Formula):
    """Conditions and values in turn, and a last value where none is met."""

    __slots__ = ()
    __hash__ = object.__hash__

    def when(self, condition: Formula) -> Then:
        return Then(self.of, condition)

    def otherwise(self, value: Formula) -> Formula:
        met = [pair for pair in zip(self.of[::2], self.of[1::2], strict=True) if pair[0] is not FALSE]
        return Formula("case", (*(part for pair in met for part in pair), value)) if met else value
