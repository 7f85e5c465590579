"""The words of DMN: names, literals and unary tests in FEEL that other engines read.

What a test means is asked of the engine, class by class, and what it says is written anew from the answers. So a test
never relies on how somebody else reads `not`, a half-open range or a missing value. Every text is FEEL 1.2 or later,
in the part of it that plain expression languages share: comparisons, `and`, `or`, `not(…)`, `in (…)`, `?` and `null`.
Which tables there are is `dmn_graph.py`'s question.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Literal

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.machine import meets, representative
from tilsyn.engine.nodes import Outside
from tilsyn.engine.scalars import combine
from tilsyn.engine.values import Missing, Reason, Value

ANY = "-"
"""A cell that asks nothing."""

NO_VALUE = "not(? != null)"
"""Written so because `= null` is another thing where `=` assigns."""

TypeRef = Literal["number", "string", "boolean"]

TYPE_REFS: Mapping[str, TypeRef] = {
    "number": "number", "level": "number", "text": "string", "flag": "boolean", "null": "number",
}  # fmt: skip

KEYWORDS = frozenset({
    "and", "between", "boolean", "context", "date", "days", "duration", "else", "every", "external", "false", "for",
    "function", "if", "in", "instance", "item", "list", "months", "not", "null", "number", "of", "or", "partial",
    "range", "return", "satisfies", "some", "string", "then", "time", "true", "years",
})  # fmt: skip
"""Words that FEEL may not take for a name."""

_NOT_IN_NAMES = re.compile(r"[^A-Z_a-z0-9À-ÖØ-öø-ıĴ-ľŁ-ňŊ-ž]")
"""What a name is written without: XML's editions agree on Latin letters, and FEEL may read hyphens as minus."""


Named = Callable[[e.Ref | e.Related | e.Earlier], str]
"""What a value is called in a document: this row's, another row's, or that of a period before."""


class Inexpressible(Exception):
    """Something that the shared part of FEEL cannot say."""


class Names:
    """The names in a document: our columns as one word each, no two alike."""

    def __init__(self, first: Iterable[str]) -> None:
        self._names: dict[str, str] = {}
        self._taken: set[str] = set()
        for name in first:
            self.of(name)

    def of(self, column: str) -> str:
        """The name of a column, always the same.

        >>> Names(["a_b"]).of("a.b"), Names([]).of("x@y.z"), Names([]).of("in")
        ('a_b_2', 'x_y_z', 'in_')
        """
        if column not in self._names:
            word = wanted = plain(column)
            number = 2
            while word in self._taken:
                word, number = f"{wanted}_{number}", number + 1
            self._taken.add(word)
            self._names[column] = word
        return self._names[column]


def plain(text: str) -> str:
    """A text as one word that XML takes for an id and FEEL for a name."""
    word = _NOT_IN_NAMES.sub("_", text)
    return f"{word}_" if word in KEYWORDS else word


# literals


def number(x: Fraction) -> str:
    """A number as FEEL writes it; one without an end is written as a quotient.

    >>> number(Fraction(-1, 5)), number(Fraction(6667, 100)), number(Fraction(30)), number(Fraction(1, 3))
    ('-0.2', '66.67', '30', '(1 / 3)')
    """
    for decimals in range(40):
        if (10**decimals * x).denominator == 1:
            digits = str(abs(int(10**decimals * x))).rjust(decimals + 1, "0")
            whole, part = digits[: len(digits) - decimals], digits[len(digits) - decimals :]
            return ("-" if x < 0 else "") + whole + (f".{part}" if part else "")
    return f"({x.numerator} / {x.denominator})"


def string(text: str) -> str:
    r"""A text as FEEL writes it.

    >>> string('a "b" ÷')
    '"a \\"b\\" ÷"'
    """
    return json.dumps(text, ensure_ascii=False)


# unary tests


def rule_cell(test: Expr, domain: Outside, words: Sequence[str] = ()) -> str:
    """A cell of a rule table; `words` are the values by position where the input is one of these words."""
    truths = [meets(test, representative(domain, c)) for c in range(domain.classes)]
    return cell(domain, truths, meets(test, None), words)


def cell(domain: Outside, truths: Sequence[bool], null: bool, words: Sequence[str] = ()) -> str:
    """The unary test that holds for the classes that `truths` says, and for no value where `null`."""
    if all(truths):
        return ANY if null else "? != null"
    if null and domain.type == "flag" and any(truths):
        return "? != false" if truths[1] else "? != true"
    if not any(truths):
        return NO_VALUE if null else "? != ?"
    said = _said(domain, truths, words)
    return f"{NO_VALUE} or ({asked(said)})" if null else said


def _said(domain: Outside, truths: Sequence[bool], words: Sequence[str]) -> str:
    """The test of a present value that some of its classes meet and some do not."""
    if words:
        return _among([string(word) for word, met in zip(words, truths, strict=True) if met])
    match domain.type:
        case "flag":
            return "true" if truths[1] else "false"
        case "level":
            return _ranks([rank for rank, met in enumerate(truths) if met], len(truths))
        case "text":
            *known, other = truths
            if not other:
                return _among([string(word) for word, met in zip(domain.words, known, strict=True) if met])
            left_out = [string(word) for word, met in zip(domain.words, known, strict=True) if not met]
            return f"? != null and {not_among(left_out)}"
        case "number":
            return _intervals(domain.bounds, truths)


def _among(literals: Sequence[str]) -> str:
    return literals[0] if len(literals) == 1 else f"? in ({', '.join(literals)})"


def not_among(literals: Sequence[str]) -> str:
    """Every other value; no value is one of them."""
    return f"? != {literals[0]}" if len(literals) == 1 else f"not({_among(literals)})"


def _ranks(ranks: Sequence[int], levels: int) -> str:
    if len(ranks) == 1:
        return str(ranks[0])
    if ranks == list(range(ranks[0], levels)):
        return f">= {ranks[0]}"
    if ranks == list(range(ranks[-1] + 1)):
        return f"<= {ranks[-1]}"
    return _among([str(rank) for rank in ranks])


def _intervals(bounds: Sequence[Fraction], truths: Sequence[bool]) -> str:
    """The numbers of some classes (below, at, between, at, … above the bounds) as intervals."""
    runs: list[tuple[int, int]] = []
    for place, met in enumerate(truths):
        if met and runs and runs[-1][1] == place - 1:
            runs[-1] = (runs[-1][0], place)
        elif met:
            runs.append((place, place))
    if all(first == last and first % 2 for first, last in runs):
        return _among([number(bounds[first // 2]) for first, _ in runs])
    sides = [_sides(bounds, first, last) for first, last in runs]
    if len(sides) == 1 and len(sides[0]) == 1:
        return sides[0][0]
    told = [" and ".join(f"? {side}" for side in both) for both in sides]
    return " or ".join(f"({one})" if len(told) > 1 and " and " in one else one for one in told)


def _sides(bounds: Sequence[Fraction], first: int, last: int) -> list[str]:
    """The comparisons that a run of classes lies between."""
    sides: list[str] = []
    if first > 0:
        sides.append(f">= {number(bounds[first // 2])}" if first % 2 else f"> {number(bounds[first // 2 - 1])}")
    if last < 2 * len(bounds):
        sides.append(f"<= {number(bounds[last // 2])}" if last % 2 else f"< {number(bounds[last // 2])}")
    return sides


def asked(said: str) -> str:
    """A unary test as a condition on `?`."""
    if said.startswith(("?", "(", "not(")):
        return said
    return f"? {said}" if said.startswith(("<", ">")) else f"not(? != {said})"


# conditions and values of expressions


def value_text(expr: Expr, name: Named) -> str:
    """An expression that is a value, of names and arithmetic only. Raises Inexpressible."""
    match expr:
        case e.Number(value):
            return number(value)
        case e.Text(value):
            return string(value)
        case e.Flag(value):
            return "true" if value else "false"
        case e.Level(_, rank):
            return str(rank)
        case e.Absent():
            return "null"
        case e.Ref() | e.Related() | e.Earlier():
            return name(expr)
        case e.Negative(of):
            return f"-({value_text(of, name)})"
        case e.Arith(op, left, right) if op != "**":
            return f"({value_text(left, name)} {op} {value_text(right, name)})"
        case e.Call("rank", (of,)):
            return value_text(of, name)
        case _:
            raise Inexpressible


def condition_text(expr: Expr, name: Named) -> str:
    """A condition that is true, false or null just when ours is true, false or missing. Raises Inexpressible.

    Equality is said by two comparisons, since FEEL's own `=` is false, and not null, where a side has no value.
    """
    match expr:
        case e.Flag() | e.Ref() | e.Related() | e.Earlier():
            return value_text(expr, name)
        case e.Not(of):
            return f"not({condition_text(of, name)})"
        case e.Logic(op, of):
            return "(" + f" {op} ".join(condition_text(part, name) for part in of) + ")"
        case e.Call("missing", (of,)):
            return f"not({value_text(of, name)} != null)"
        case e.Compare(op, left, right, "number" | "level"):
            a, b = value_text(left, name), value_text(right, name)
            match op:
                case "=":
                    return f"({a} >= {b} and {a} <= {b})"
                case "!=":
                    return f"({a} < {b} or {a} > {b})"
                case _:
                    return f"{a} {op} {b}"
        case e.Compare("=", of, e.Flag(value), "flag"):
            text = condition_text(of, name)
            return text if value else f"not({text})"
        case _:
            raise Inexpressible


def answered(expr: Expr, subject: Expr | None, value: Value) -> Value:
    """What an expression comes to, as the engine reads it, where it asks of nothing but a subject of this value."""
    if expr == subject:
        return value
    match expr:
        case e.Number(found) | e.Text(found) | e.Flag(found):
            return found
        case e.Level(_, rank):
            return rank
        case e.Absent(reason):
            return Missing(Reason.of(reason))
        case _:
            return combine(expr, [answered(part, subject, value) for part in e.children(expr)])
