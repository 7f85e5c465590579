"""Columns of text become numbers, or are refused; nothing is guessed.

Which sign separates the decimals is decided for a column as a whole, and a column that writes
numbers in two ways is refused as a whole: `1.234` beside `1,5` is either a thousand or a
fraction, and nobody here can know. What a number may be in its area is `cells.py`'s question.
"""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from tilsyn.catalogue.expressions import LARGEST

DIGITS = 15
"""Significant digits that survive the way through a float64 and back to the same decimal number."""

_NUMERIC = r"^[+-]?\d[\d.,' \u{a0}\u{2009}\u{202f}]*([eE][+-]?\d+)?$|^[+-]?[.,]\d+$"
_DATE = r"^\d{4}-\d{2}-\d{2}|^\d{1,2}[./-]\d{1,2}[./-]\d{4}$"


class Mixed(Struct, frozen=True):
    """A column that writes numbers in two ways: the first cell of either."""

    one: int
    other: int


Sign = str | Mixed
"""`.`, `,` or the proof that it is both."""


class Fault(Struct, frozen=True):
    """Cells that are no acceptable number, and why."""

    code: str
    where: pl.Series


def decimal_sign(texts: pl.Series) -> Sign:
    """The sign before the decimals in a column; a point where the column does not show it."""
    numeric = texts.str.contains(_NUMERIC)
    points, commas = texts.str.count_matches(".", literal=True), texts.str.count_matches(",", literal=True)
    with_point, with_comma = _true(numeric & (points > 0)), _true(numeric & (commas > 0))
    if len(with_point) and len(with_comma):
        both = _true(numeric & (points > 0) & (commas > 0))
        one = both[0] if len(both) else with_point[0]
        return Mixed(one, next((i for i in with_comma if i != one), one))
    signs = commas if len(with_comma) else points
    once, often = _true(numeric & (signs == 1)), _true(numeric & (signs > 1))
    if len(once) and len(often):
        return Mixed(often[0], once[0])
    return "," if len(with_comma) else "."


def with_points(texts: pl.Series, sign: str) -> pl.Series:
    """Numbers written with a decimal point. A point where the sign is a comma can't be read as anything."""
    texts = texts.str.replace_all("\u2212", "-", literal=True)
    if sign == ".":
        return texts
    return texts.str.replace_all(".", "'", literal=True).str.replace_all(",", ".", literal=True)


def read_numbers(texts: pl.Series, sign: str | None) -> tuple[pl.Series, tuple[Fault, ...]] | Mixed:
    """The numbers of a column with the faults of those cells that have none, or the proof that it is mixed."""
    quick = texts.cast(pl.Float64, strict=False)
    if sign in (None, ".") and quick.null_count() == texts.null_count():
        return _finite(quick, texts)
    found = sign or decimal_sign(texts)
    if isinstance(found, Mixed):
        return found
    plain = with_points(texts, found)
    values = plain.cast(pl.Float64, strict=False)
    unread = values.is_null() & texts.is_not_null()
    if not unread.any():
        return _finite(values, plain)
    dates = unread & texts.str.contains(_DATE)
    thousands = unread & ~dates & texts.str.contains(_NUMERIC)
    values, faults = _finite(values, plain)
    unread = Fault("not-a-number", unread & ~dates & ~thousands)
    return values, (Fault("date-for-number", dates), Fault("thousands-separator", thousands), unread, *faults)


def _finite(values: pl.Series, plain: pl.Series) -> tuple[pl.Series, tuple[Fault, ...]]:
    """NaN and infinity are no figures, nor is what nothing is computed with, or a float64 can't give back digit by
    digit."""
    faults: list[Fault] = []
    infinite = ~values.is_finite()
    if infinite.any():
        faults.append(Fault("not-finite", infinite))
    large = (values.abs() > LARGEST) & ~infinite
    if large.any():
        faults.append(Fault("too-large", large))
    long = plain.str.len_bytes() > DIGITS
    if long.any():
        faults.append(Fault("too-many-digits", long & (_digits(plain) > DIGITS) & ~infinite))
    for fault in faults:
        values = values.zip_with(~fault.where.fill_null(value=False), pl.Series([None], dtype=pl.Float64))
    return values, tuple(faults)


def _digits(plain: pl.Series) -> pl.Series:
    """How many significant digits are written; zeros at either end don't count."""
    mantissa = plain.str.replace(r"[eE].*$", "").str.replace_all(r"[^\d]", "")
    return mantissa.str.strip_chars("0").str.len_bytes()


def finer_than(values: pl.Series, decimals: int) -> pl.Series:
    """Where a number has more decimals than declared.

    With at most fifteen digits, a decimal number is the float nearest to it and no other's, so
    the comparison of floats is exact. NumPy divides; Polars would multiply by a hundredth.
    """
    import numpy as np

    numbers, unit = values.to_numpy(), 10.0**decimals
    finer = (numbers != np.floor(numbers)) & (numbers != np.rint(numbers * unit) / unit)
    return pl.Series(finer) & values.is_not_null()


def _true(mask: pl.Series) -> list[int]:
    return mask.fill_null(value=False).arg_true().to_list()
