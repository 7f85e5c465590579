"""Expressions in columns: each node as a pair of column expressions, a value and a reason code.

What a node comes to from its parts, in float64, for every row at once; `scalars.py` says the same
of single values in fractions. Rounding, guards and reasons follow `values.py`. It stands apart from
`columns.py`, which knows goals, periods and ladders; here is only arithmetic and logic.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TypeGuard, cast

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.formulas import (
    CODE,
    FLAG,
    FLOAT,
    INT,
    TEXT,
    Formula,
    WindowFunction,
    either,
    largest,
    lit,
    smallest,
    total,
    when,
)
from tilsyn.engine.values import COMPARED_DECIMALS, COMPARED_GUARD, GUARD, LARGE, LARGEST, MOST_WHOLE, Reason

WHOLE = 2.0**52
"""From here on every float is a whole number."""


class Pair(Struct, frozen=True):
    """A value and its reason code; `reason` None where it can never be missing. `clean` says that the value is null
    wherever it is missing."""

    value: Formula
    reason: Formula | None = None
    clean: bool = False


Let = Callable[[Formula], Formula]
"""Makes a column of an expression. What is read several times must be one, or what is made of it doubles with every
reading, and of that again."""


def number(value: Fraction | float) -> Formula:
    return lit(float(value))


def absent(node: e.Absent) -> Pair:
    """No value, of the kind that is wanted there: engines of columns do not compute with nulls of no kind."""
    kinds = {"text": TEXT, "flag": FLAG, "level": INT}
    return Pair(lit(None, kinds.get(node.type, FLOAT)), code(Reason.of(node.reason)))


def worst_reason(*reasons: Formula | None) -> Formula | None:
    """The reason of a strict operation: the gravest of its parts'."""
    present = [r for r in reasons if r is not None]
    if not present:
        return None
    return present[0] if len(present) == 1 else largest(*present)


def code(reason: Reason | int) -> Formula:
    return lit(int(reason), CODE)


def when_reason(condition: Formula, reason: Reason) -> Formula:
    return when(condition).then(code(reason)).otherwise(code(0))


def mask(pair: Pair) -> Formula:
    """The value, null where it is missing."""
    return pair.value if pair.reason is None or pair.clean else when(pair.reason == 0).then(pair.value)


def masked(value: Formula, reason: Formula | None) -> Pair:
    """A value that would not be null by itself where it is missing, as where a null is passed over; left as it
    is, it could seem too large, or negative, and be given a reason of its own."""
    return Pair(mask(Pair(value, reason)), reason, clean=True)


def signed(x: Formula, size: Formula) -> Formula:
    return size * when(x < 0).then(number(-1)).otherwise(number(1))


def floor_of(x: Formula) -> Formula:
    return x.floor()


def ceiling_of(x: Formula) -> Formula:
    return -((-x).floor())


class Grain(Struct, frozen=True):
    """What `values.grain` says of a column: the guard, and how numbers are scaled and scaled back. The scale is a power
    of ten or one over it, both exact where they multiply."""

    guard: Formula
    scale: Callable[[Formula], Formula]
    unscale: Callable[[Formula], Formula]


def grain(x: Formula, decimals: int, guard: Fraction = GUARD) -> Grain:
    size = x.abs()

    def by_size(small: float, large: Iterable[float]) -> Formula:
        found = lit(small)
        for (least, _, _), value in zip(LARGE, large, strict=True):
            found = when(size >= float(least)).then(lit(value)).otherwise(found)
        return found

    wide = by_size(float(guard), (float(wide) for _, _, wide in LARGE))
    if decimals <= min(most for _, most, _ in LARGE):
        power = 10.0 ** abs(decimals)
        if decimals >= 0:
            return Grain(wide, lambda y: y * power, lambda y: y / power)
        return Grain(wide, lambda y: y / power, lambda y: y * power)
    scale = by_size(10.0**decimals, (10.0 ** min(decimals, most) for _, most, _ in LARGE))
    return Grain(wide, lambda y: y * scale, lambda y: y / scale)


def round_half_up(x: Formula, decimals: int, guard: Fraction = GUARD) -> Formula:
    """As `values.round_half_up`. Where a float holds no finer decimals it is left as it is; scaled, it would lose its
    last digit."""
    by = grain(x, decimals, guard)
    rounded = signed(x, by.unscale(floor_of(by.scale(x.abs() + by.guard) + 0.5)))
    if LARGE[0][0] * 10.0**decimals <= WHOLE:
        return rounded
    return when((x.abs() < WHOLE / 10.0**decimals) | (x.abs() >= float(LARGE[0][0]))).then(rounded).otherwise(x)


def nothing(x: Formula) -> Formula:
    """Whether `values.steady` makes zero of it."""
    return x.abs() <= float(COMPARED_GUARD)


def by_nothing(x: Formula, divisor: Formula) -> Formula:
    """`undefined` where a number that there is would be divided by zero; one that is missing keeps its reason."""
    return when_reason(nothing(divisor) & ~x.is_null(), Reason.UNDEFINED)


def steady(x: Formula) -> Formula:
    return when(nothing(x)).then(number(0)).otherwise(x)


def compared(x: Formula) -> Formula:
    return round_half_up(x, COMPARED_DECIMALS, COMPARED_GUARD)


def too_large(x: Formula) -> Formula:
    # a NaN is not smaller than anything, nor is an infinity
    return when_reason(~(x.abs() <= float(LARGEST + LARGE[-1][2])).fill_null(True), Reason.UNDEFINED)


def bounded(value: Formula, *reasons: Formula | None) -> Pair:
    """A number that may have grown too large."""
    return Pair(value, worst_reason(*reasons, too_large(value)))


def or_zero(reason: Formula | None) -> Formula:
    return reason if reason is not None else code(0)


def first_of(reason: Formula, then: Formula | None) -> Formula:
    """The earlier test's reason where it has one, else the later one's."""
    return reason if then is None else when(reason > 0).then(reason).otherwise(then)


def combine(expr: Expr, parts: list[Pair], let: Let) -> Pair:
    """A node's pair from its parts' pairs, which are columns or literals; `exact.combine` says the same of single
    values."""
    reasons = [part.reason for part in parts]
    match expr:
        case e.Logic(op, _):
            return _logic(op, parts, let)
        case e.Call("missing", _):
            return Pair(reasons[0] > 0 if reasons[0] is not None else lit(False))
        case e.Call("default", _):
            return _default(*parts)
        case e.Call("at_least", (e.Number(k), *_)):
            return _at_least(int(k), parts[1:])
        case e.Call("rank", _):
            return Pair(parts[0].value.cast(FLOAT), reasons[0])
        case e.Choose(conditions, _, hit):
            return _chosen(conditions, parts[: len(conditions)], parts[len(conditions) :], hit, let)
        case e.Aggregate():
            return _aggregated(expr, parts[: len(expr.of)], parts[len(expr.of) :], let)
        case e.Among():
            return _among(expr, parts[: len(expr.of)], parts[len(expr.of) :], let)
        case e.Not():
            return Pair(~parts[0].value, reasons[0], parts[0].clean)
        case e.Compare(op, _, _):
            # the sides are numbers as comparisons see them
            pair = Pair(e.COMPARISONS[op](*(part.value for part in parts)), worst_reason(*reasons))
            return masked(pair.value, pair.reason)
        case e.Negative():
            return Pair(-parts[0].value, reasons[0], parts[0].clean)
        case e.Arith(op, _, _):
            return _arith(op, parts[0], parts[1], expr)
        case e.Call(function, of):
            return _function(function, parts, of, let)
        case _:
            raise AssertionError(f"not combined: {expr}")


def _chosen(conditions: Sequence[Expr], met: list[Pair], found: list[Pair], hit: str, let: Let) -> Pair:
    """As `exact` of a `Choose`: from the last row to the first, each before what follows it."""
    value, reason = lit(None), code(Reason.UNDEFINED)
    unknown = worst_reason(*(c.reason for c in met))
    if hit == "unique" and unknown is not None:
        unknown = let(unknown)
        reason = when(unknown > 0).then(unknown).otherwise(reason)
    for node, condition, row in reversed(list(zip(conditions, met, found, strict=True))):
        if node == e.Flag(True):
            value, reason = row.value, or_zero(row.reason)
            continue
        true = let(mask(condition).fill_null(False))
        value = when(true).then(row.value).otherwise(value)
        reason = when(true).then(or_zero(row.reason)).otherwise(reason)
        if hit == "first" and condition.reason is not None:
            reason = when(condition.reason > 0).then(condition.reason).otherwise(reason)
    return Pair(value, reason)


def _aggregated(node: e.Aggregate, found: list[Pair], weights: list[Pair], let: Let) -> Pair:
    """As `scalars.combine` of an `Aggregate`: nothing where a weight is below zero, which literal ones never are."""
    below = [
        (mask(w) < -float(COMPARED_GUARD)).fill_null(False)
        for of, w in zip(node.weights, weights, strict=True)
        if not isinstance(of, e.Number)
    ]
    made = _of_those_present(node, found, weights, let)
    if not below:
        return made
    worthless = when_reason(either(below), Reason.UNDEFINED)
    return Pair(made.value, first_of(worthless, made.reason))


def _of_those_present(node: e.Aggregate, found: list[Pair], weights: list[Pair], let: Let) -> Pair:
    """What is missing is passed over, where enough is left."""
    reasons = [
        x.reason if w.reason is None else first_of(w.reason, x.reason) for x, w in zip(found, weights, strict=True)
    ]
    absent = worst_reason(*reasons)
    there = [lit(True) if r is None else let(r == 0) for r in reasons]
    pairs = list(zip(found, weights, there, strict=True))
    xs: list[Formula] = [when(p).then(x.value) for x, _, p in pairs]
    ws = [when(p).then(w.value).otherwise(number(0)) for _, w, p in pairs]
    weight = let(total(ws))
    value, undefined = _combined(node.method, xs, ws, weight, let)
    if absent is None:
        return Pair(value, undefined)
    absent = let(absent)
    if not node.leave_out:
        return Pair(value, first_of(absent, undefined))
    nobody = ~either(there)
    missed = [
        when((r > 0) & (r != int(Reason.NOT_APPLICABLE))).then(mask(w).fill_null(0.0)).otherwise(number(0))
        for r, w in zip(reasons, weights, strict=True)
        if r is not None
    ]
    wanted = let((weight + total(missed)) * number(node.coverage))
    short = compared(weight) < compared(wanted)
    lost = let(when(nobody | (short & (absent > 0))).then(absent).otherwise(code(0)))
    return Pair(value, first_of(lost, undefined))


def _combined(
    method: e.Combination, xs: list[Formula], ws: list[Formula], weight: Formula, let: Let
) -> tuple[Formula, Formula | None]:
    """The value, and where there is none although its parts are there."""
    match method:
        case "best/v1" | "max/v1":
            return largest(*xs), None
        case "worst/v1" | "min/v1":
            return smallest(*xs), None
        case "sum/v1" | "weighted-mean/v1":
            summed = let(total([(x * w).fill_null(0.0) for x, w in zip(xs, ws, strict=True)]))
            if method == "sum/v1":
                return summed, too_large(summed)
            mean = let(summed / weight)
            return mean, first_of(when_reason(nothing(weight), Reason.UNDEFINED), too_large(mean))
        case "geometric-mean/v1":
            steadied = [let(steady(x)) for x in xs]
            zero = either((x == 0).fill_null(False) for x in steadied)
            below = either((x < 0).fill_null(False) for x in steadied)
            logs = [
                (when(x > 0).then(x).otherwise(number(1)).log() * w).fill_null(0.0)
                for x, w in zip(steadied, ws, strict=True)
            ]
            power = (total(logs) / weight).exp()
            value = let(when(zero).then(number(0)).otherwise(power))
            undefined = when_reason(nothing(weight) | below, Reason.UNDEFINED)
            return value, first_of(undefined, too_large(value))


def _among(node: e.Among, members: list[Pair], kept: list[Pair], let: Let) -> Pair:
    """As `scalars.combine` of an `Among`: a set function across a row's own values."""
    inside = [mask(k).fill_null(False) for k in kept] or [lit(True)] * len(members)
    there = [i if m.reason is None else let(i & (m.reason == 0)) for m, i in zip(members, inside, strict=True)]
    count = total([t.cast(FLOAT) for t in there])
    if node.function == "count":
        return Pair(count)
    if node.function == "count_true":
        true = [(t & mask(m).fill_null(False)).cast(FLOAT) for m, t in zip(members, there, strict=True)]
        return Pair(total(true))
    count = let(count)
    xs: list[Formula] = [when(t).then(compared(m.value)) for m, t in zip(members, there, strict=True)]
    none = when_reason(count == 0, Reason.NOT_SUBMITTED)
    match node.function:
        case "min":
            return Pair(smallest(*xs), none)
        case "max":
            return Pair(largest(*xs), none)
        case "sum" | "mean":
            summed = total([x.fill_null(0.0) for x in xs])
            return Pair(summed if node.function == "sum" else summed / count, none)
        case _:
            return Pair(_median_of_present(xs, count, let), none)


def _median_of_present(xs: list[Formula], count: Formula, let: Let) -> Formula:
    """The median of those that are there: the missing sort last, and the middle depends on how many are left."""
    ordered = _ordered([x.fill_null(float("inf")) for x in xs], let)
    value = lit(None, FLOAT)
    for n in range(1, len(xs) + 1):
        half = n // 2
        middle = ordered[half] if n % 2 else (ordered[half - 1] + ordered[half]) / number(2)
        value = when(count == n).then(middle).otherwise(value)
    return value


def _logic(op: str, parts: list[Pair], let: Let) -> Pair:
    decisive = op == "or"
    found = [mask(part) if decisive else ~mask(part) for part in parts]
    decided = either(f.fill_null(False) for f in found)
    reason = worst_reason(*(part.reason for part in parts))
    if reason is None:
        return Pair(decided if decisive else ~decided)
    decided = let(decided)
    reason = let(when(decided).then(code(0)).otherwise(reason))
    value = when(decided).then(lit(decisive)).when(reason == 0).then(lit(not decisive))
    return Pair(value, reason, clean=True)


def _default(x: Pair, otherwise: Pair) -> Pair:
    if x.reason is None:
        return x
    present = x.reason == 0
    value = when(present).then(x.value).otherwise(otherwise.value)
    if otherwise.reason is None:
        return Pair(value)
    return Pair(value, when(present).then(code(0)).otherwise(otherwise.reason))


def _at_least(k: int, conditions: list[Pair]) -> Pair:
    true = total(mask(c).fill_null(False).cast(INT) for c in conditions)
    reason = worst_reason(*(c.reason for c in conditions))
    if reason is None:
        return Pair(true >= k)
    unknown = total((c.reason > 0).cast(INT) for c in conditions if c.reason is not None)
    decided = (true >= k) | (true + unknown < k)
    return Pair(true >= k, when(decided).then(code(0)).otherwise(reason))


def _arith(op: e.ArithOp, a: Pair, b: Pair, expr: e.Arith) -> Pair:
    match op:
        case "+":
            return Pair(a.value + b.value, worst_reason(a.reason, b.reason))
        case "-":
            return Pair(a.value - b.value, worst_reason(a.reason, b.reason))
        case "*":
            return bounded(a.value * b.value, a.reason, b.reason)
        case "/":
            literal = isinstance(expr.right, e.Number) and expr.right.value != 0
            zero = None if literal else by_nothing(a.value, b.value)
            return bounded(a.value / b.value, a.reason, b.reason, zero)
        case "**":
            return _whole_power(a, expr.right) if _is_whole(expr.right) else _power(a, b)


def _is_whole(expr: Expr) -> TypeGuard[e.Number]:
    return isinstance(expr, e.Number) and expr.value.denominator == 1 and abs(expr.value) <= MOST_WHOLE


def _whole_power(a: Pair, exponent: e.Number) -> Pair:
    zero = when_reason(nothing(a.value), Reason.UNDEFINED) if exponent.value < 0 else None
    return bounded(a.value ** number(exponent.value), a.reason, zero)


def _power(a: Pair, b: Pair) -> Pair:
    base, nearest = steady(a.value), floor_of(b.value + number(0.5))
    exponent = when(steady(b.value - nearest) == 0).then(nearest).otherwise(b.value)
    whole = (exponent == nearest) & (exponent.abs() <= MOST_WHOLE)
    bad = ((base == 0) & (exponent < 0)) | ((base < 0) & ~whole)
    value = when(~bad.fill_null(False)).then(base**exponent)
    return bounded(value, a.reason, b.reason, when_reason(bad.fill_null(False), Reason.UNDEFINED))


def _function(function: str, parts: list[Pair], of: Sequence[Expr], let: Let) -> Pair:
    x, reason = [part.value for part in parts], worst_reason(*(part.reason for part in parts))
    match function:
        case "min":
            return masked(smallest(*x), reason)
        case "max":
            return masked(largest(*x), reason)
        case "sum":
            return Pair(total(x), reason)
        case "mean":
            return Pair(total(x) / number(len(x)), reason)
        case "median":
            return masked(_median(x, let), reason)
        case "stddev":
            return Pair(_stddev(x), reason)
        case "count":
            return masked(number(len(x)), reason)
        case "abs":
            return Pair(x[0].abs(), reason)
        case "floor" | "ceiling" | "decimal" | "round up" | "round down" | "round half up" | "round half down":
            assert isinstance(of[1], e.Number)
            return Pair(_rounded(function, x[0], int(of[1].value)), reason)
        case "sqrt":
            below = when_reason(x[0] < -number(COMPARED_GUARD), Reason.UNDEFINED)
            return Pair(steady(x[0]).sqrt(), worst_reason(reason, below))
        case "log":
            below = when_reason(x[0] <= number(COMPARED_GUARD), Reason.UNDEFINED)
            return Pair(x[0].log(), worst_reason(reason, below))
        case "exp":
            return bounded(x[0].exp(), reason)
        case "modulo":
            quotient = x[0] / x[1]
            rest = x[0] - x[1] * _rounded("floor", quotient, 0)
            zero = by_nothing(x[0], x[1])
            return Pair(rest, worst_reason(reason, zero, too_large(quotient)))
        case "clamp":
            return masked(smallest(largest(x[0], x[1]), x[2]), reason)
        case _:
            raise AssertionError(f"unknown function {function}")


def _median(x: list[Formula], let: Let) -> Formula:
    ordered, half = _ordered(x, let), len(x) // 2
    return ordered[half] if len(x) % 2 else (ordered[half - 1] + ordered[half]) / number(2)


def _stddev(x: list[Formula]) -> Formula:
    mean = total(x) / number(len(x))
    return (total([(one - mean) * (one - mean) for one in x]) / number(len(x) - 1)).sqrt()


def _ordered(x: list[Formula], let: Let) -> list[Formula]:
    """By a sorting network of neighbours, since lists of a row's values are short."""
    ordered = list(x)
    for end in range(len(ordered) - 1, 0, -1):
        for i in range(end):
            a, b = ordered[i], ordered[i + 1]
            ordered[i], ordered[i + 1] = let(smallest(a, b)), let(largest(a, b))
    return ordered


def _rounded(function: str, x: Formula, decimals: int) -> Formula:
    by, size = grain(x, decimals), x.abs()
    match function:
        case "floor":
            return by.unscale(floor_of(by.scale(x + by.guard)))
        case "ceiling":
            return by.unscale(ceiling_of(by.scale(x - by.guard)))
        case "round half up":
            return round_half_up(x, decimals)
        case "round half down":
            return signed(x, by.unscale(ceiling_of(by.scale(size - by.guard) - number(0.5))))
        case "round up":
            up = ceiling_of(by.scale(size - by.guard))
            return signed(x, by.unscale(when(up < 0).then(number(0)).otherwise(up)))
        case "round down":
            return signed(x, by.unscale(floor_of(by.scale(size + by.guard))))
        case _:
            return _half_even(x, decimals)


def _half_even(x: Formula, decimals: int) -> Formula:
    by, size = grain(x, decimals), x.abs()
    scaled = by.scale(size)
    up = floor_of(by.scale(size + by.guard) + number(0.5))
    at_tie = (scaled - floor_of(scaled) - number(0.5)).abs() <= by.scale(by.guard)
    odd = (up - floor_of(up / number(2)) * number(2)) == 1
    return signed(x, by.unscale(when(at_tie & odd).then(up - number(1)).otherwise(up)))


def over_set(
    node: e.Peers, member: Formula, keys: list[str], own: Formula | None, outside: Formula | None
) -> tuple[Formula, Formula | None]:
    """A set function by windows; `member` is the value of rows in the set, null for the others."""
    count = member.over("count", keys).cast(FLOAT)
    match node.function:
        case "count":
            return count, None
        case "count_true":
            return member.over("sum", keys).fill_null(0.0), None
        case "share_below" | "share_at_or_below" | "rank":
            descending = node.function == "share_at_or_below" or (
                node.function == "rank" and node.rank_from == "highest"
            )
            before = member.over("rank from highest" if descending else "rank", keys).cast(FLOAT) - 1.0
            reason = outside if own is None else first_of(or_zero(outside), own)
            if node.function == "rank":
                return before + 1.0, reason
            return (before if node.function == "share_below" else count - before) / count, reason
        case _:
            return member.over(cast(WindowFunction, node.function), keys), when_reason(count == 0, Reason.NOT_SUBMITTED)
