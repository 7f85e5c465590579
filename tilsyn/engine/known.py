"""What is known of values before any is computed, and of what is made of them.

Of the rows that are handed in an engine can say at once which columns have nulls, and between which values the others
lie. From that follows, operation by operation, what can become of them (`Known`), and often that an operation changes
nothing, or always comes to the same. `narrowing.py` goes through a whole query so; here is one operation at a time.

Ends of ranges are reckoned as the engines reckon the values: each operation of floating point is rounded, and rounding
never makes the larger of two the smaller, so that what lies between two ends stays between what is made of them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import floor, isfinite, sqrt
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from tilsyn.engine.formulas import CODE, FALSE, FLAG, FLOAT, INT, NONE, SHORT, TEXT, TRUE, Formula, Kind, lit

WHOLE: Mapping[Kind, int] = {INT: 2**63, SHORT: 2**31, CODE: 2**7}
"""Kinds of whole numbers, and where they end."""

KIND_OF_LIST: Mapping[str, Kind] = {"int8": CODE, "int32": SHORT, "int64": INT, "float64": FLOAT, "bool": FLAG}


class Known(Struct, frozen=True):
    """What is known of the values of a column: between which they lie where they are not null, and whether some may be
    null. Without ends anything is possible, and what is no number too."""

    kind: Kind | None = None
    low: Any = None
    high: Any = None
    nulls: bool = True

    @property
    def absent(self) -> bool:
        """Whether every value is null."""
        return self.low is not None and self.low > self.high

    @property
    def value(self) -> Any:
        """The value of every row, if there is one."""
        return self.low if self.low is not None and self.low == self.high and not self.nulls else None

    def holds(self, other: Known) -> bool:
        """Whether whatever has the other's values has these."""
        if self.kind is not other.kind or (other.nulls and not self.nulls):
            return False
        if self.low is None or other.absent:
            return True
        return other.low is not None and self.low <= other.low and other.high <= self.high

    @property
    def bounded(self) -> bool:
        return self.low is not None and self.low <= self.high


Operation = Callable[[Formula, Sequence[Formula], Sequence[Known]], tuple[Formula, Known]]
"""What an operation of some parts comes to, where something is known of them."""


def nothing_but_nulls(kind: Kind | None) -> Known:
    return Known(kind, 1, 0)


def either(of: Iterable[Known]) -> Known:
    """What is known of values that are each of one of these."""
    low: Any = None
    high: Any = None
    kinds: set[Kind | None] = set()
    nulls, bounded = False, True
    for one in of:
        kinds.add(one.kind)
        nulls = nulls or one.nulls
        if one.low is None:
            bounded = False
        elif one.low <= one.high:
            low = one.low if low is None or one.low < low else low
            high = one.high if high is None or one.high > high else high
    kinds.discard(NONE)
    kind = NONE if not kinds else kinds.pop() if len(kinds) == 1 else None
    if not bounded:
        return Known(kind, nulls=nulls)
    return nothing_but_nulls(kind) if low is None else Known(kind, low, high, nulls)


def either_of(parts: Sequence[Mapping[str, Known]]) -> dict[str, Known]:
    """What is known of the columns of a table by what is known of them in each part of it."""
    return {name: either(part[name] for part in parts) for name in parts[0]}


def among(values: Any, place: Known, places: Any) -> Known:
    """What stands in a list at some places, or between two, of which more may be told of than ever are asked for."""
    kind = KIND_OF_LIST.get(getattr(values, "dtype", np.dtype("O")).name)
    if kind is None or place.absent:
        return Known(kind)
    if places is not None:
        found = values[places]
    else:
        found = values[max(place.low, 0) : place.high + 1] if place.bounded else values
    if not len(found):
        return nothing_but_nulls(kind)
    low, high = found.min().item(), found.max().item()
    return Known(kind, low, high, place.nulls) if isfinite(low) and isfinite(high) else Known(kind, nulls=place.nulls)


def plain(formula: Formula, known: Known) -> tuple[Formula, Known]:
    """A value where there is only one. Of zeros there are two."""
    if known.kind in (None, NONE) or (formula.op == "value" and formula.said[1] is known.kind):
        return formula, known
    if known.absent:
        return lit(None, known.kind), known
    if known.value is None or (known.kind is FLOAT and known.value == 0):
        return formula, known
    if known.kind is FLAG:
        return (TRUE if known.value else FALSE), known
    value = float(known.value) if known.kind is FLOAT else known.value
    return lit(value, known.kind), known


def made_of(formula: Formula, parts: Sequence[Formula]) -> Formula:
    """The same of other parts."""
    same = all(map(operator.is_, parts, formula.of))
    return formula if same else Formula(formula.op, tuple(parts), formula.said)


def any_other(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    """Of most operations nothing is known but that they are null where a side is."""
    kind = {"words": TEXT, "joined": TEXT, "exp": FLOAT, "log": FLOAT, "**": FLOAT}.get(formula.op)
    return made_of(formula, parts), Known(kind)


ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": lambda a, b: a / b,
}  # fmt: skip


def _arithmetic(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    divides = formula.op == "/"
    kind = FLOAT if divides else _of_numbers(known)
    made = _unchanged(formula.op, parts, known, kind)
    if made is None:
        made = made_of(formula, parts)
    return made, _between(kind, known, ARITHMETIC[formula.op], divides=divides)


def _of_numbers(known: Sequence[Known]) -> Kind | None:
    kinds = [one.kind for one in known]
    if None in kinds or NONE in kinds:
        return None
    return next((kind for kind in (FLOAT, INT, SHORT, CODE) if kind in kinds), None)


def _unchanged(op: str, parts: Sequence[Formula], known: Sequence[Known], kind: Kind | None) -> Formula | None:
    """What is left where one side changes nothing in the other."""
    (a, b), (x, y) = parts, (one.value if one.kind in (FLOAT, *WHOLE) else None for one in known)
    if op == "-" and a.op == "-" and (less := _both_less(a.of[1], b)) is not None and known[0].bounded:
        return a.of[0] - less
    # of zeros there are two, and a sum with one, or a difference from one, is not always what it was
    neutral = {"*": 1, "/": 1, **({"+": 0, "-": 0} if kind in WHOLE else {})}.get(op)
    if kind is None or neutral is None:
        return None
    if known[0].kind is kind and y == neutral:
        return a
    return b if op in "+*" and known[1].kind is kind and x == neutral else None


def _both_less(a: Formula, b: Formula) -> Formula | None:
    """What is taken away where one whole number is and then another, if that is one of their kind."""
    if not a.op == b.op == "value" or a.said[1] is not b.said[1] or a.said[1] not in WHOLE:
        return None
    if a.said[0] is None or b.said[0] is None or not 0 <= a.said[0] + b.said[0] < WHOLE[a.said[1]]:
        return None
    return lit(a.said[0] + b.said[0], a.said[1])


def _between(
    kind: Kind | None, known: Sequence[Known], operation: Callable[..., Any], *, divides: bool = False
) -> Known:
    """What an operation that never makes the larger of two the smaller, or always does, comes to between two ends."""
    nulls = any(one.nulls for one in known)
    if any(one.absent for one in known):
        return nothing_but_nulls(kind)
    if kind is None or not all(one.bounded for one in known) or (divides and known[1].low <= 0 <= known[1].high):
        return Known(kind, nulls=nulls)
    as_kind = float if kind is FLOAT else int
    try:
        ends = [operation(*map(as_kind, of)) for of in product(*((one.low, one.high) for one in known))]
    except OverflowError:
        return Known(kind, nulls=nulls)
    most = WHOLE.get(kind)
    if any(not isfinite(end) or (most is not None and not -most <= end < most) for end in ends):
        return Known(kind, nulls=nulls)
    return Known(kind, min(ends), max(ends), nulls)


def _of_one(operation: Callable[[Any], Any], least: float | None = None) -> Operation:
    def found(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
        (x,) = known
        kind = FLOAT if formula.op == "sqrt" else x.kind
        made = made_of(formula, parts)
        if x.bounded and least is not None and x.low < least:
            return made, Known(kind, nulls=x.nulls)
        return made, _between(kind, known, operation)

    return found


def _floor(x: Any) -> Any:
    return floor(x) if isinstance(x, float) else x


def _abs(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    (x,) = known
    if x.bounded and x.low > 0:
        return parts[0], x
    found = _between(x.kind, known, abs)
    if x.bounded and found.bounded and x.low <= 0 <= x.high:
        found = replace(found, low=0)
    return made_of(formula, parts), found


def _compared(always: Callable[[Known, Known], bool], never: Callable[[Known, Known], bool]) -> Operation:
    def found(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
        made, (a, b) = made_of(formula, parts), _alike(known)
        nulls = any(one.nulls for one in known)
        if a.absent or b.absent:
            return made, nothing_but_nulls(FLAG)
        if a.bounded and b.bounded:
            if always(a, b):
                return made, Known(FLAG, 1, 1, nulls)
            if never(a, b):
                return made, Known(FLAG, 0, 0, nulls)
        return made, Known(FLAG, 0, 1, nulls)

    return found


def _alike(known: Sequence[Known]) -> Sequence[Known]:
    """Whole numbers are held against floating point as that."""
    if {one.kind for one in known} <= {*WHOLE} or not all(one.bounded for one in known):
        return known
    if any(one.kind not in (FLOAT, *WHOLE) for one in known):
        return known
    return [replace(one, low=float(one.low), high=float(one.high)) for one in known]


def _same(a: Known, b: Known) -> bool:
    return a.low == a.high == b.low == b.high


def _apart(a: Known, b: Known) -> bool:
    return a.high < b.low or b.high < a.low


def _logic(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    a, b = parts
    both = a if a is b else a & b if formula.op == "and" else a | b
    if both is TRUE or both is FALSE:
        return _value(both, [], [])
    return both, Known(FLAG, 0, 1, any(one.nulls for one in known))


def _not(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    if parts[0] is TRUE or parts[0] is FALSE:
        return _value(~parts[0], [], [])
    return ~parts[0], Known(FLAG, 0, 1, known[0].nulls)


def _is_null(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    made = made_of(formula, parts)
    return made, Known(FLAG, int(known[0].absent), int(known[0].nulls), nulls=False)


def _or_value(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    x, value = known
    kind = _of_numbers(known) if x.kind in WHOLE and value.kind in WHOLE else either(known).kind
    found = Known(kind) if kind is None else replace(either((replace(x, nulls=False), value)), kind=kind)
    found = replace(found, nulls=x.nulls and value.nulls)
    if kind is not None and not x.nulls:
        return (parts[0], x) if x.kind is kind else _cast(parts[0].cast(kind), parts[:1], (x,))
    if kind is not None and x.absent and value.kind is kind:
        return parts[1], value
    return made_of(formula, parts), found


def _in(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    made, (x,) = made_of(formula, parts), known
    if x.absent:
        return made, nothing_but_nulls(FLAG)
    if x.bounded:
        if not any(x.low <= value <= x.high for value in formula.said):
            return made, Known(FLAG, 0, 0, x.nulls)
        if x.low == x.high:
            return made, Known(FLAG, 1, 1, x.nulls)
    return made, Known(FLAG, 0, 1, x.nulls)


def _cast(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    kind, (x,) = formula.said, known
    if x.kind is kind:
        return parts[0], x
    made = made_of(formula, parts)
    if x.absent:
        return made, nothing_but_nulls(kind)
    if kind in (FLOAT, *WHOLE) and x.kind in (FLOAT, FLAG, *WHOLE):
        found = _between(kind, known, operator.pos)
        if kind in WHOLE and x.kind is not FLOAT and found.bounded:
            made = parts[0].fits(kind)
        return made, found
    return made, Known(kind, nulls=x.nulls)


def _value(formula: Formula, parts: Sequence[Formula], known: Sequence[Known]) -> tuple[Formula, Known]:
    value, kind = formula.said
    if value is None:
        return formula, nothing_but_nulls(kind)
    value = int(value) if isinstance(value, bool) else value
    if isinstance(value, float) and not isfinite(value):
        return formula, Known(kind, nulls=False)
    return formula, Known(kind, value, value, False)


OPERATIONS: Mapping[str, Operation] = {
    **dict.fromkeys(ARITHMETIC, _arithmetic),
    "value": _value, "cast": _cast, "fits": _cast, "whole": _cast, "in": _in, "is null": _is_null,
    "or value": _or_value,
    "negative": _of_one(operator.neg), "abs": _abs, "floor": _of_one(_floor), "sqrt": _of_one(sqrt, least=0),
    "and": _logic, "or": _logic, "not": _not,
    "=": _compared(_same, _apart), "!=": _compared(_apart, _same),
    "<": _compared(lambda a, b: a.high < b.low, lambda a, b: a.low >= b.high),
    "<=": _compared(lambda a, b: a.high <= b.low, lambda a, b: a.low > b.high),
    ">": _compared(lambda a, b: a.low > b.high, lambda a, b: a.high <= b.low),
    ">=": _compared(lambda a, b: a.low >= b.high, lambda a, b: a.high < b.low),
}  # fmt: skip
