"""Columns that a map computes from those of a file, exactly, as decimal numbers.

Only what a conversion needs: arithmetic, comparisons, conditions and a few functions, over the
cells of one row. What institutions are judged by is declared in the area and computed by the
engine; this is here so that a percentage can be read as a share. A result that no decimal number
of fifteen digits equals is rounded to fifteen digits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import polars as pl

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.scalars import combine
from tilsyn.engine.values import Missing, Reason, Value
from tilsyn.files.numeric import DIGITS, decimal_sign, with_points

_NUMERIC = ("min", "max", "abs", "sum", "round half up")
_SPECIAL = ("missing", "default")

Row = Mapping[str, Value]
ReasonsOf = Mapping[str, Mapping[str, Reason]]
WordsOf = Callable[[str], Mapping[str, Reason]]
"""The words that mean missing in a column, by its name."""


class NoNumber(Exception):
    """A cell that a computation reads as a number is none; the cell's text is what gets refused."""


def unsupported(expr: Expr) -> Iterator[str]:
    """What an expression uses that has no meaning in a column map."""
    for node in e.walk(expr):
        if isinstance(node, (e.Earlier, e.Peers, e.Level, e.Input, e.Absent)):
            yield type(node).__name__.lower()
        elif isinstance(node, e.Call) and node.function not in (*_NUMERIC, *_SPECIAL):
            yield node.function


def unknown_names(expr: Expr, known: Collection[str]) -> list[str]:
    """The names in an expression that are no column."""
    return [ref.column for ref in e.refs(expr) if ref.column not in known]


def compute(
    expr: Expr, frame: pl.DataFrame, taken: Mapping[str, pl.Series], *, decimal: str | None, words: WordsOf
) -> pl.Series:
    """The cells of a computed column, written with the decimal sign of the file.

    Rows with equal cells are computed once.
    """
    names = list(dict.fromkeys(ref.column for ref in e.refs(expr)))
    columns = [(taken[name] if name in taken else frame[name]).alias(name) for name in names]
    if not columns:
        return _repeated(_evaluated(expr, {}), frame.height, decimal)
    cells = pl.DataFrame(columns)
    plain = pl.DataFrame([_readable(column, decimal) for column in columns])
    reasons = {name: words(name) for name in names}
    distinct = pl.concat([cells, plain], how="horizontal").unique(maintain_order=True)
    results = [_row(expr, names, row, reasons) for row in distinct.iter_rows()]
    answers = distinct.with_columns(pl.Series("\0", results, dtype=pl.String))
    found = pl.concat([cells, plain], how="horizontal").join(
        answers, on=distinct.columns, how="left", nulls_equal=True, maintain_order="left"
    )["\0"]
    return found.str.replace(".", ",", literal=True) if decimal == "," else found


def _repeated(text: str | None, height: int, decimal: str | None) -> pl.Series:
    text = text.replace(".", ",") if text and decimal == "," else text
    return pl.Series([text], dtype=pl.String).new_from_index(0, height)


def _readable(column: pl.Series, decimal: str | None) -> pl.Series:
    """The cells with decimal points; where a column writes numbers in two ways it has none to compute with."""
    sign = decimal or decimal_sign(column)
    plain = with_points(column, sign) if isinstance(sign, str) else column.str.replace_all(r"[.,]", "'")
    return plain.alias(f"{column.name}\0")


def _row(expr: Expr, names: list[str], row: tuple[str | None, ...], words: ReasonsOf) -> str | None:
    cells, plain = row[: len(names)], row[len(names) :]
    values = {name: _value(cells[i], plain[i], words[name]) for i, name in enumerate(names)}
    try:
        return _evaluated(expr, values)
    except NoNumber as fault:
        return str(fault)


def _value(cell: str | None, plain: str | None, words: Mapping[str, Reason]) -> Value:
    if cell is None or plain is None:
        return Missing(words.get("empty", Reason.NOT_SUBMITTED))
    if cell in words:
        return Missing(words[cell])
    try:
        number = Decimal(plain)
    except ArithmeticError:
        return cell
    return Fraction(number) if number.is_finite() and abs(number.adjusted()) < 100 else cell


def _evaluated(expr: Expr, row: Row) -> str | None:
    match evaluate(expr, row):
        case Missing(reason):
            return None if reason is Reason.NOT_SUBMITTED else reason.word
        case bool() as flag:
            return "true" if flag else "false"
        case str() as text:
            return text
        case number:
            return _decimal(Fraction(number))


def _decimal(number: Fraction) -> str:
    context = Context(prec=DIGITS, rounding=ROUND_HALF_UP)
    return f"{context.divide(Decimal(number.numerator), Decimal(number.denominator)):f}"


def evaluate(expr: Expr, row: Row) -> Value:
    """What an expression gives for one row, by the exact reading's own rules; a missing cell gives missing."""
    match expr:
        case e.Number(value) | e.Text(value) | e.Flag(value):
            return value
        case e.Ref():
            return row[expr.column]
        case e.If(condition, then, otherwise):
            met = evaluate(condition, row)
            return met if isinstance(met, Missing) else evaluate(then if met is True else otherwise, row)
        case e.Call("default", (first, second)):
            found = evaluate(first, row)
            return evaluate(second, row) if isinstance(found, Missing) else found
        case _:
            parts = [evaluate(part, row) for part in e.children(expr)]
            if _reads_numbers(expr):
                _only_numbers(parts)
            return combine(expr, parts)


def _reads_numbers(expr: Expr) -> bool:
    match expr:
        case e.Arith() | e.Negative():
            return True
        case e.Compare(op):
            return op not in ("=", "!=")
        case e.Call(function):
            return function in _NUMERIC
        case _:
            return False


def _only_numbers(parts: list[Value]) -> None:
    """Cells have no declared type, so a word may stand where a number is read. Raises NoNumber."""
    for part in parts:
        if isinstance(part, (str, bool)):
            raise NoNumber(str(part).lower() if isinstance(part, bool) else part)
