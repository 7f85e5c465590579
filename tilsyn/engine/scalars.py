"""Expressions one value at a time: what a node comes to from its parts, in fractions.

The exact counterpart of `pairs.py`, and what that is held to. Missing values pass through all but
logic, `missing`, `default` and `at_least`. Which values a name has is `exact.py`'s question.
"""

from __future__ import annotations

from fractions import Fraction

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine import values
from tilsyn.engine.values import Missing, Reason, Value, compared, missing_of, round_half_up


def combine(expr: Expr, parts: list[Value]) -> Value:
    """A node's value from its parts' values; strict but for logic, `missing` and `at_least`."""
    match expr:
        case e.Logic(op, _):
            return _logic(op, parts)
        case e.Call("missing", _):
            return isinstance(parts[0], Missing)
        case e.Call("at_least", _):
            return _at_least(parts)
        case _:
            pass
    absent = missing_of(parts)
    if absent is not None:
        return absent
    match expr:
        case e.Not():
            return not parts[0]
        case e.Compare(op, _, _):
            return _compared(op, parts[0], parts[1])
        case e.Negative():
            return -_number(parts[0])
        case e.Arith(op, _, _):
            return _arith(op, _number(parts[0]), _number(parts[1]))
        case e.Call(function, _):
            return _function(function, [_number(part) for part in parts])
        case _:
            raise AssertionError(f"not combined: {expr}")


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction), f"not a number: {value!r}"
    return value


def _logic(op: str, parts: list[Value]) -> Value:
    decisive = op == "or"
    if any(part is decisive for part in parts):
        return decisive
    return missing_of(parts) or not decisive


def _at_least(parts: list[Value]) -> Value:
    k, *conditions = parts
    true = sum(1 for c in conditions if c is True)
    unknown = sum(1 for c in conditions if isinstance(c, Missing))
    if true >= _number(k):
        return True
    if true + unknown < _number(k):
        return False
    return missing_of(conditions) or False


def _compared(op: e.CompareOp, a: Value, b: Value) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        a, b = compared(a), compared(b)
    return e.COMPARISONS[op](a, b)


def _arith(op: e.ArithOp, a: Fraction, b: Fraction) -> Value:
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return values.checked(a * b)
        case "/":
            return Missing(Reason.UNDEFINED) if values.steady(b) == 0 else values.checked(a / b)
        case "**":
            return values.power(a, b)


def _function(function: str, x: list[Fraction]) -> Value:
    match function:
        case "min":
            return min(x)
        case "max":
            return max(x)
        case "sum":
            return sum(x, Fraction(0))
        case "mean":
            return sum(x, Fraction(0)) / len(x)
        case "median":
            return _median(x)
        case "count":
            return Fraction(len(x))
        case "abs":
            return abs(x[0])
        case "floor":
            return values.floor_of(x[0])
        case "ceiling":
            return values.ceiling_of(x[0])
        case "decimal":
            return values.round_half_even(x[0], int(x[1]))
        case "round up":
            return values.round_up(x[0], int(x[1]))
        case "round down":
            return values.round_down(x[0], int(x[1]))
        case "round half up":
            return round_half_up(x[0], int(x[1]))
        case "round half down":
            return values.round_half_down(x[0], int(x[1]))
        case "sqrt":
            return values.root(values.steady(x[0]))
        case "log":
            return values.logarithm(values.steady(x[0]))
        case "exp":
            return values.exponential(x[0])
        case "modulo":
            if values.steady(x[1]) == 0:
                return Missing(Reason.UNDEFINED)
            whole = values.checked(x[0] / x[1])
            return whole if isinstance(whole, Missing) else x[0] - x[1] * values.floor_of(whole)
        case "clamp":
            return min(max(x[0], x[1]), x[2])
        case _:
            raise AssertionError(f"unknown function {function}")


def _median(x: list[Fraction]) -> Fraction:
    ordered, half = sorted(x), len(x) // 2
    return ordered[half] if len(x) % 2 else (ordered[half - 1] + ordered[half]) / 2


def over_set(node: e.Peers, members: list[Value], own: Value) -> Value:
    """A set function over the members that have a value; `own` is the asking row's."""
    if node.function == "count":
        return Fraction(len(members))
    if node.function == "count_true":
        return Fraction(sum(1 for m in members if m is True))
    numbers = [_number(m) for m in members]
    if node.function in ("share_below", "share_at_or_below", "rank"):
        if isinstance(own, Missing):
            return own
        return _place_in(node, numbers, _number(own))
    if not numbers:
        return Missing(Reason.NOT_SUBMITTED)
    return _function(node.function, numbers)


def _place_in(node: e.Peers, numbers: list[Fraction], own: Fraction) -> Value:
    below, above = sum(1 for x in numbers if x < own), sum(1 for x in numbers if x > own)
    match node.function:
        case "rank":
            return Fraction(1 + (above if node.rank_from == "highest" else below))
        case _ if not numbers:
            return Missing(Reason.NOT_SUBMITTED)
        case "share_below":
            return Fraction(below, len(numbers))
        case _:
            return Fraction(len(numbers) - above, len(numbers))
