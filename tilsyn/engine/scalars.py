"""Expressions one value at a time: what a node comes to from its parts, in fractions.

The exact counterpart of `pairs.py`, and what that is held to. Missing values pass through all but
logic, `missing`, `default` and `at_least`. Which values a name has is `exact.py`'s question.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
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
        case e.Aggregate():
            return _aggregated(expr, parts[: len(expr.of)], parts[len(expr.of) :])
        case e.Among():
            return _among(expr, parts[: len(expr.of)], parts[len(expr.of) :])
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
        case e.Call("rank", _):
            return Fraction(_rank(parts[0]))
        case e.Call(function, _):
            return _function(function, [_number(part) for part in parts])
        case _:
            raise AssertionError(f"not combined: {expr}")


def _number(value: Value) -> Fraction:
    assert isinstance(value, Fraction), f"not a number: {value!r}"
    return value


def _rank(value: Value) -> int:
    assert isinstance(value, int), f"not a level: {value!r}"
    return value


def _aggregated(node: e.Aggregate, found: list[Value], weights: list[Value]) -> Value:
    """Several values made one. A weight that is missing leaves its value out of sight too; one below zero has no
    meaning, whatever else is there."""
    if any(values.steady(w) < 0 for w in weights if isinstance(w, Fraction)):
        return Missing(Reason.UNDEFINED)
    values_ = [missing_of([w]) or x for x, w in zip(found, weights, strict=True)]
    absent = missing_of(values_)
    present: list[tuple[Value, Fraction]] = [
        (x, _number(w)) for x, w in zip(values_, weights, strict=True) if not isinstance(x, Missing)
    ]
    if absent is not None and (not node.leave_out or not present):
        return absent
    weight = sum((w for _, w in present), Fraction(0))
    if absent is not None:
        # what does not apply is nobody's fault, so it is no part of what must be there
        missed = [
            w for x, w in zip(values_, weights, strict=True)
            if isinstance(x, Missing) and x.reason != Reason.NOT_APPLICABLE and isinstance(w, Fraction)
        ]  # fmt: skip
        applicable = weight + sum(missed, Fraction(0))
        if compared(weight) < compared(node.coverage * applicable):
            return absent
    return _combined(node.method, present, weight)


def _combined(method: e.Combination, present: list[tuple[Value, Fraction]], weight: Fraction) -> Value:
    match method:
        case "best/v1":
            return max(_rank(x) for x, _ in present)
        case "worst/v1":
            return min(_rank(x) for x, _ in present)
        case "max/v1":
            return max(_number(x) for x, _ in present)
        case "min/v1":
            return min(_number(x) for x, _ in present)
        case "sum/v1":
            return values.checked(sum((_number(x) * w for x, w in present), Fraction(0)))
        case "weighted-mean/v1":
            if values.steady(weight) == 0:
                return Missing(Reason.UNDEFINED)
            return values.checked(sum((_number(x) * w for x, w in present), Fraction(0)) / weight)
        case "geometric-mean/v1":
            return _geometric([(_number(x), w) for x, w in present], weight)


def _geometric(present: list[tuple[Fraction, Fraction]], weight: Fraction) -> Value:
    """Through logarithms, to fifty digits; a factor of zero makes it zero, a negative one leaves none."""
    steadied = [(values.steady(x), w) for x, w in present]
    if values.steady(weight) == 0 or any(x < 0 for x, _ in steadied):
        return Missing(Reason.UNDEFINED)
    if any(x == 0 for x, _ in steadied):
        return Fraction(0)
    total = Fraction(0)
    for x, w in steadied:
        log = values.logarithm(x)
        assert isinstance(log, Fraction)
        total += w * log
    return values.exponential(total / weight)


def _among(node: e.Among, members: list[Value], kept: list[Value]) -> Value:
    """A set function over the members of a grouping: those with a value, for which the condition holds."""
    inside = [m for m, k in zip(members, kept or [True] * len(members), strict=True) if k is True]
    found: list[Value] = [compared(m) if isinstance(m, Fraction) else m for m in inside if not isinstance(m, Missing)]
    return over_set(node, found, Missing(Reason.NOT_APPLICABLE))


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
        case "stddev":
            return _stddev(x)
        case "count":
            return Fraction(len(x))
        case "abs":
            return abs(x[0])
        case "floor":
            return values.floor_of(x[0], int(x[1]))
        case "ceiling":
            return values.ceiling_of(x[0], int(x[1]))
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


def _stddev(x: list[Fraction]) -> Value:
    """The spread of a sample, divided by one fewer than there are."""
    mean = sum(x, Fraction(0)) / len(x)
    return values.root(sum(((one - mean) ** 2 for one in x), Fraction(0)) / (len(x) - 1))


def over_set(node: e.Peers | e.Among, members: list[Value], own: Value) -> Value:
    """A set function over the members that have a value; `own` is the asking row's. Members are in order where its
    place among them is asked for."""
    if node.function == "count":
        return Fraction(len(members))
    if node.function == "count_true":
        return Fraction(sum(1 for m in members if m is True))
    numbers = [_number(m) for m in members]
    if isinstance(node, e.Peers) and node.function in e.PLACED:
        if isinstance(own, Missing):
            return own
        return _place_in(node, numbers, _number(own))
    if not numbers:
        return Missing(Reason.NOT_SUBMITTED)
    return _function(node.function, numbers)


def _place_in(node: e.Peers, numbers: list[Fraction], own: Fraction) -> Value:
    """Where a number stands among others, which are in order."""
    below, above = bisect_left(numbers, own), len(numbers) - bisect_right(numbers, own)
    match node.function:
        case "rank":
            return Fraction(1 + (above if node.rank_from == "highest" else below))
        case _ if not numbers:
            return Missing(Reason.NOT_SUBMITTED)
        case "share_below":
            return Fraction(below, len(numbers))
        case _:
            return Fraction(len(numbers) - above, len(numbers))
