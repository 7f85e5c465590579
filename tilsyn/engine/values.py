"""Values: a number, level, text or flag, or *missing, because*; and the rounding that is law.

The rounding rules stand here once, as exact arithmetic; `columns` repeats them in float64 and
is held to these. Nothing here knows of goals or ladders.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from enum import IntEnum
from fractions import Fraction
from math import ceil, floor

from msgspec import Struct

from tilsyn.catalogue.expressions import LARGEST


class Reason(IntEnum):
    """Why a value is missing. Of two, the larger number is given as the reason (the first in design's list)."""

    NOT_APPLICABLE = 1
    UNDEFINED = 2
    STALE = 3
    TOO_FEW = 4
    SUPPRESSED = 5
    WITHDRAWN = 6
    NOT_SUBMITTED = 7
    REFUSED = 8

    @property
    def word(self) -> str:
        return self.name.lower().replace("_", "-")

    @classmethod
    def of(cls, word: str) -> Reason:
        return cls[word.upper().replace("-", "_")]


REASONS = tuple(sorted(Reason, reverse=True))

WITHHELD = (Reason.NOT_SUBMITTED, Reason.SUPPRESSED, Reason.TOO_FEW)
"""Why a figure may be missing while the n that stands beside it is there: it is the n that explains it."""


class Missing(Struct, frozen=True):
    """No value, because. `since` is the earlier period whose figure is kept back, where that is why; it takes
    no part in equality."""

    reason: Reason
    since: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Missing) and self.reason == other.reason

    def __hash__(self) -> int:
        return hash(self.reason)


Value = Fraction | str | bool | int | Missing
"""A number (Fraction), text, flag, level (int: its rank, worst 0), or a missing value."""

GUARD = Fraction(1, 10**9)
"""A number below a million counts as at a tie where it is within this of it. Part of the definition of rounding, so
that float64 agrees."""

COMPARED_DECIMALS = 9
COMPARED_GUARD = Fraction(1, 10**12)
LARGE = ((10**6, 4, Fraction(1, 2**17)), (10**10, 2, Fraction(1, 2**10)))
"""From these sizes on a number is rounded and compared with so many decimals at most, and with a wider guard: float64
holds about sixteen digits, and a sum of such numbers fewer. The guards are no decimals, so that no figure lies on their
edge."""
MOST_WHOLE = 100
"""Whole exponents up to this are multiplied out; beyond, a power goes through logarithms."""


def missing_of(values: Iterable[Value]) -> Missing | None:
    """The missing value that a strict operation on these gives, or None when all are present."""
    reasons = [v.reason for v in values if isinstance(v, Missing)]
    return Missing(max(reasons)) if reasons else None


def steady(x: Fraction) -> Fraction:
    """The number, or zero where it lies within the guard of it. It stands where zero decides whether there is a
    value at all (divisor, radicand, logarithm), for in float64 0.1 + 0.2 - 0.3 is not zero.

    >>> steady(Fraction("1e-13")), steady(Fraction("-0.5"))
    (Fraction(0, 1), Fraction(-1, 2))
    """
    return x if abs(x) > COMPARED_GUARD else Fraction(0)


def checked(number: Fraction) -> Fraction | Missing:
    """The number, or `undefined` where it is too large."""
    return number if abs(number) <= LARGEST + LARGE[-1][2] else Missing(Reason.UNDEFINED)


def grain(size: Fraction, decimals: int, guard: Fraction = GUARD) -> tuple[int, Fraction]:
    """The decimals and the guard with which a number of a size is rounded.

    >>> grain(Fraction(999_999), 9), grain(Fraction(10**6), 9)
    ((9, Fraction(1, 1000000000)), (4, Fraction(1, 131072)))
    """
    for least, most, wide in reversed(LARGE):
        if size >= least:
            return min(decimals, most), wide
    return decimals, guard


def round_half_up(x: Fraction, decimals: int, guard: Fraction = GUARD) -> Fraction:
    """Half away from zero; a number within `guard` of the tie is at the tie.

    >>> round_half_up(Fraction("-2.5"), 0), round_half_up(Fraction("0.125"), 2)
    (Fraction(-3, 1), Fraction(13, 100))
    """
    decimals, guard = grain(abs(x), decimals, guard)
    scale = Fraction(10) ** decimals
    size = floor((abs(x) + guard) * scale + Fraction(1, 2)) / scale
    return Fraction(size if x >= 0 else -size)


def round_half_down(x: Fraction, decimals: int) -> Fraction:
    """Half towards zero (FEEL `round half down`)."""
    decimals, guard = grain(abs(x), decimals)
    scale = Fraction(10) ** decimals
    size = Fraction(ceil((abs(x) - guard) * scale - Fraction(1, 2))) / scale
    return size if x >= 0 else -size


def round_up(x: Fraction, decimals: int) -> Fraction:
    """Away from zero (FEEL `round up`)."""
    decimals, guard = grain(abs(x), decimals)
    scale = Fraction(10) ** decimals
    size = Fraction(max(0, ceil((abs(x) - guard) * scale))) / scale
    return size if x >= 0 else -size


def round_down(x: Fraction, decimals: int) -> Fraction:
    """Towards zero (FEEL `round down`)."""
    decimals, guard = grain(abs(x), decimals)
    scale = Fraction(10) ** decimals
    size = Fraction(floor((abs(x) + guard) * scale)) / scale
    return size if x >= 0 else -size


def round_half_even(x: Fraction, decimals: int) -> Fraction:
    """Half to the even neighbour (FEEL `decimal`)."""
    decimals, guard = grain(abs(x), decimals)
    scale = Fraction(10) ** decimals
    up = round_half_up(x, decimals)
    at_tie = abs(abs(abs(x) * scale - floor(abs(x) * scale)) - Fraction(1, 2)) <= guard * scale
    odd = int(abs(up) * scale) % 2 == 1
    if at_tie and odd:
        return up - (1 if x >= 0 else -1) / scale
    return up


def floor_of(x: Fraction, decimals: int = 0) -> Fraction:
    """The number of so many decimals at or below; one that is within the guard above counts as reached."""
    decimals, guard = grain(abs(x), decimals)
    scale = Fraction(10) ** decimals
    return Fraction(floor((x + guard) * scale)) / scale


def ceiling_of(x: Fraction, decimals: int = 0) -> Fraction:
    """The number of so many decimals at or above, with the same guard."""
    decimals, guard = grain(abs(x), decimals)
    scale = Fraction(10) ** decimals
    return Fraction(ceil((x - guard) * scale)) / scale


def compared(x: Fraction) -> Fraction:
    """A number as comparisons see it: nine decimals, half away from zero."""
    return round_half_up(x, COMPARED_DECIMALS, COMPARED_GUARD)


def from_float(x: float) -> Fraction:
    """The decimal number that a float was read from.

    >>> from_float(80.1)
    Fraction(801, 10)
    """
    return Fraction(repr(x))


def to_decimal(x: Fraction) -> Decimal:
    """Fifty digits, for roots and logarithms."""
    with localcontext() as context:
        context.prec = 50
        return Decimal(x.numerator) / Decimal(x.denominator)


def root(x: Fraction) -> Fraction | Missing:
    """The square root to fifty digits; of a negative number `undefined`."""
    if x < 0:
        return Missing(Reason.UNDEFINED)
    with localcontext() as context:
        context.prec = 50
        return Fraction(to_decimal(x).sqrt())


def logarithm(x: Fraction) -> Fraction | Missing:
    """The natural logarithm to fifty digits; of zero or less `undefined`."""
    if x <= 0:
        return Missing(Reason.UNDEFINED)
    with localcontext() as context:
        context.prec = 50
        return Fraction(to_decimal(x).ln())


def exponential(x: Fraction) -> Fraction | Missing:
    """e to the power of x, to fifty digits."""
    if x > 35:
        return Missing(Reason.UNDEFINED)
    if x < -700:
        return Fraction(0)
    with localcontext() as context:
        context.prec = 50
        return checked(Fraction(to_decimal(x).exp()))


def power(base: Fraction, exponent: Fraction) -> Fraction | Missing:
    """base ** exponent: exact for whole exponents up to 100, else to fifty digits; `undefined` where there is none."""
    base, whole = steady(base), round(exponent)
    if steady(exponent - whole) == 0:
        exponent = Fraction(whole)
    if base == 0 and exponent < 0:
        return Missing(Reason.UNDEFINED)
    if exponent == whole and abs(whole) <= MOST_WHOLE:
        return checked(base**whole)
    if base == 0:
        return Fraction(0)
    if base < 0:
        return Missing(Reason.UNDEFINED)
    log = logarithm(base)
    assert isinstance(log, Fraction)
    return exponential(exponent * log)
