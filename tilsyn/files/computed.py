"""Columns that a map computes from those of a file, exactly, as decimal numbers.

Only what a conversion needs: arithmetic, comparisons, conditions and a few functions, over the
cells of one row. What institutions are judged by is declared in the area and computed by the
engine; this is here so that a percentage can be read as a share. A result that no decimal number
of fifteen digits equals is rounded to fifteen digits.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import polars as pl

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.values import Missing, Reason, Value, missing_of, power, round_half_up
from tilsyn.files.numeric import DIGITS, decimal_sign, with_points

if TYPE_CHECKING:
    from tilsyn.files.column_map import ColumnMap

_NUMERIC = ("min", "max", "abs", "sum", "round half up")
_SPECIAL = ("missing", "default")

Row = Mapping[str, Value]
ReasonsOf = Mapping[str, Mapping[str, Reason]]


class NoNumber(Exception):
    """A cell that a computation reads as a number is none; the cell's text is what gets refused."""


def unsupported(expr: Expr) -> Iterator[str]:
    """What an expression uses that has no meaning in a column map."""
    for node in e.walk(expr):
        if isinstance(node, (e.Earlier, e.Peers, e.Level, e.Input)):
            yield type(node).__name__.lower()
        elif isinstance(node, e.Call) and node.function not in (*_NUMERIC, *_SPECIAL):
            yield node.function


def unknown_names(expr: Expr, known: Collection[str]) -> list[str]:
    """The names in an expression that are no column."""
    return [ref.column for ref in e.refs(expr) if ref.column not in known]


def compute(expr: Expr, frame: pl.DataFrame, taken: Mapping[str, pl.Series], wanted: ColumnMap) -> pl.Series:
    """The cells of a computed column, written with the decimal sign of the file.

    Rows with equal cells are computed once.
    """
    names = list(dict.fromkeys(ref.column for ref in e.refs(expr)))
    columns = [(taken[name] if name in taken else frame[name]).alias(name) for name in names]
    if not columns:
        return _repeated(_evaluated(expr, {}), frame.height, wanted)
    cells = pl.DataFrame(columns)
    plain = pl.DataFrame([_readable(column, wanted.decimal) for column in columns])
    words = {name: _words(name, wanted) for name in names}
    distinct = pl.concat([cells, plain], how="horizontal").unique(maintain_order=True)
    results = [_row(expr, names, row, words) for row in distinct.iter_rows()]
    answers = distinct.with_columns(pl.Series("\0", results, dtype=pl.String))
    found = pl.concat([cells, plain], how="horizontal").join(
        answers, on=distinct.columns, how="left", nulls_equal=True, maintain_order="left"
    )["\0"]
    return found.str.replace(".", ",", literal=True) if wanted.decimal == "," else found


def _repeated(text: str | None, height: int, wanted: ColumnMap) -> pl.Series:
    text = text.replace(".", ",") if text and wanted.decimal == "," else text
    return pl.Series([text], dtype=pl.String).new_from_index(0, height)


def _readable(column: pl.Series, decimal: str | None) -> pl.Series:
    """The cells with decimal points; where a column writes numbers in two ways it has none to compute with."""
    sign = decimal or decimal_sign(column)
    plain = with_points(column, sign) if isinstance(sign, str) else column.str.replace_all(r"[.,]", "'")
    return plain.alias(f"{column.name}\0")


def _words(name: str, wanted: ColumnMap) -> dict[str, Reason]:
    theirs = wanted.columns.get(name, name)
    own = {**wanted.missing_if.get(theirs, {}), **wanted.missing_if.get(name, {})}
    words: dict[str, str] = {**{reason.word: reason.word for reason in Reason}, **wanted.missing, **own}
    return {token: Reason.of(word) for token, word in words.items()}


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
    """What an expression gives for one row; a missing cell gives missing."""
    match expr:
        case e.Number(value) | e.Text(value) | e.Flag(value):
            return value
        case e.Ref():
            return row[expr.column]
        case e.Negative(of):
            return _arith("-", Fraction(0), evaluate(of, row))
        case e.Arith(op, left, right):
            return _arith(op, evaluate(left, row), evaluate(right, row))
        case e.Compare(op, left, right):
            return _compare(op, evaluate(left, row), evaluate(right, row))
        case e.Logic(op, of):
            return _logic(op, [evaluate(part, row) for part in of])
        case e.Not(of):
            value = evaluate(of, row)
            return value if isinstance(value, Missing) else not value
        case e.If(condition, then, otherwise):
            met = evaluate(condition, row)
            return met if isinstance(met, Missing) else evaluate(then if met is True else otherwise, row)
        case e.Call(function, of):
            return _call(function, [evaluate(part, row) for part in of])
        case _:
            raise AssertionError(f"not for column maps: {expr}")


def _numbers(values: list[Value]) -> list[Fraction] | Missing:
    if missing := missing_of(values):
        return missing
    for value in values:
        if isinstance(value, (str, bool)):
            raise NoNumber(str(value).lower() if isinstance(value, bool) else value)
    return [Fraction(value) for value in values if isinstance(value, (Fraction, int))]


def _arith(op: str, left: Value, right: Value) -> Value:
    numbers = _numbers([left, right])
    if isinstance(numbers, Missing):
        return numbers
    one, other = numbers
    match op:
        case "+":
            return one + other
        case "-":
            return one - other
        case "*":
            return one * other
        case "/":
            return one / other if other else Missing(Reason.UNDEFINED)
        case _:
            return power(one, other)


def _compare(op: str, left: Value, right: Value) -> Value:
    if missing := missing_of([left, right]):
        return missing
    if op in ("=", "!="):
        return (left == right) is (op == "=")
    numbers = _numbers([left, right])
    if isinstance(numbers, Missing):
        return numbers
    one, other = numbers
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[op]


def _logic(op: str, values: list[Value]) -> Value:
    """Three-valued: one `false` decides an `and`, one `true` an `or`."""
    deciding = op == "or"
    if any(value is deciding for value in values):
        return deciding
    return missing_of(values) or (not deciding)


def _call(function: str, values: list[Value]) -> Value:
    if function == "missing":
        return isinstance(values[0], Missing)
    if function == "default":
        return values[1] if isinstance(values[0], Missing) else values[0]
    numbers = _numbers(values)
    if isinstance(numbers, Missing):
        return numbers
    match function:
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "sum":
            return sum(numbers, Fraction(0))
        case "abs":
            return abs(numbers[0])
        case _:
            return round_half_up(numbers[0], int(numbers[1]))
