"""Expressions: three-valued logic, FEEL's own answers, and where a value is undefined."""

from __future__ import annotations

import itertools

import pytest

from tilsyn.catalogue.feel import FeelError, parse, parse_test

from ..generative.readings import Reads
from .small import Gone, value_of

WITHHELD = Gone("suppressed")
TRUTHS = (True, False, WITHHELD)


@pytest.mark.parametrize(("a", "b"), list(itertools.product(TRUTHS, TRUTHS)))
def test_logic_has_three_values(reading: Reads, a: object, b: object) -> None:
    both = False if False in (a, b) else WITHHELD if WITHHELD in (a, b) else True
    either = True if True in (a, b) else WITHHELD if WITHHELD in (a, b) else False
    row = {"ja": a, "nej": b}
    assert value_of(reading, "ja and nej", row) == both
    assert value_of(reading, "ja or nej", row) == either


def test_not_of_the_unknown_is_unknown(reading: Reads) -> None:
    assert [value_of(reading, "not(ja)", {"ja": a}) for a in TRUTHS] == [False, True, WITHHELD]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("at_least(2, ja, nej, x > 1)", [True, WITHHELD, False]),
        ("at_least(1, ja, nej, x > 1)", [True, True, WITHHELD]),
        ("at_least(3, ja, nej, x > 1)", [WITHHELD, False, False]),
        ("at_least(0, ja)", [True, True, True]),
    ],
)
def test_at_least_is_known_as_soon_as_the_unknown_cannot_change_it(
    reading: Reads, expression: str, expected: list[object]
) -> None:
    rows = [
        {"ja": True, "nej": True, "x": WITHHELD},
        {"ja": True, "nej": False, "x": WITHHELD},
        {"ja": False, "nej": False, "x": WITHHELD},
    ]
    assert [value_of(reading, expression, row) for row in rows] == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("2 ** 3 ** 2", 64),
        ("-3 ** 2", 9),
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("10 / 4", 2.5),
        ("7 - 2 - 1", 4),
        ("x in [2..4]", True),
        ("x in (3..4]", False),
        ("x in ]2..3[", False),
        ("x in [2..3)", False),
        ("x between 3 and 4", True),
        ("x in (1, 3, 5)", True),
        ("x in > 2", True),
        ("x in (1, [5..9])", False),
        ("if missing(y) then 1 else 2", 1),
        ("default(y, x + 1)", 4),
        ("missing(x)", False),
        ("missing(y)", True),
        ("min(4, x, 8)", 3),
        ("max([1, x])", 3),
        ("sum(x, 1, 2)", 6),
        ("mean(1, x)", 2),
        ("median(9, x, 1)", 3),
        ("median(1, x, 5, 9)", 4),
        ("count(x, x, x)", 3),
        ("abs(-x)", 3),
        ("modulo(-5, x)", 1),
        ("modulo(5, -x)", -1),
        ("modulo(10, 4)", 2),
        ("clamp(x, 5, 9)", 5),
        ("clamp(12, 5, 9)", 9),
        ("sqrt(16)", 4),
        ("log(1)", 0),
        ("exp(0)", 1),
        ("x ** -1", 1 / 3),
        ("x ** 0.5", 3**0.5),
        ("0 ** 0", 1),
        ('"a" = "a"', True),
        ('"a" != "b"', True),
        ("god > under", True),
        ("dårlig >= bedst", False),
        ("default(x, 0) > 2", True),
    ],
)
def test_expressions_come_out_as_feel_says(reading: Reads, expression: str, expected: object) -> None:
    found = value_of(reading, expression, {"x": 3})
    assert found == (expected if isinstance(expected, bool) else pytest.approx(expected, rel=1e-12))


@pytest.mark.parametrize(
    "expression",
    [
        "x / 0",
        "x / (x - 3)",
        "sqrt(-x)",
        "log(x - x)",
        "log(-x)",
        "0 ** -1",
        "(-x) ** 0.5",
        "modulo(x, 0)",
        "exp(36)",
        "10 ** 16",
        "x / (x * 0.1 + x * 0.2 - x * 0.3)",
        "log(0.1 + 0.2 - 0.3)",
    ],
)
def test_what_has_no_value_is_undefined(reading: Reads, expression: str) -> None:
    assert value_of(reading, expression, {"x": 3}) == Gone("undefined")


def test_zero_is_zero_although_float64_misses_it(reading: Reads) -> None:
    assert value_of(reading, "sqrt(x * 0.3 - x * 0.1 - x * 0.2)", {"x": 1}) == 0
    assert value_of(reading, "(0 - x) ** ((0.1 + 0.2) * 10)", {"x": 2}) == pytest.approx(-8)


@pytest.mark.parametrize(
    "expression",
    [
        "x + y",
        "x * y",
        "-y",
        "y / 0",
        "x = y",
        "y > 1",
        "min(x, y)",
        "max(x, y)",
        "clamp(y, -1, 1)",
        "log(min(x, y))",
        "sqrt(-max(x, y))",
        "modulo(y, 0)",
        "count(y) / 0",
    ],
)
def test_everything_else_is_strict_and_keeps_the_reason(reading: Reads, expression: str) -> None:
    assert value_of(reading, expression, {"x": 3, "y": Gone("not-applicable")}) == Gone("not-applicable")


def test_a_name_as_it_stood_before(reading: Reads) -> None:
    from .small import NOW, answers, plan_of

    made = plan_of(
        quantities={
            "før": "earlier(x, 1)",
            "ændring": "change(x)",
            "fast": "default(x, 7)",
            "dengang": "earlier(fast, 2)",
        }
    )
    rows = [{"x": 5}, {"institution": "i0", "x": 3, "period": NOW - 1}]
    (found,) = answers(reading, made, rows)
    # a period without a row is one in which nothing was handed in
    assert (found["før"], found["ændring"], found["dengang"]) == (3, 2, 7)
    (alone,) = answers(reading, made, rows[:1])
    assert (alone["før"], alone["før.missing"], alone["ændring.missing"]) == (None, "not-submitted", "not-submitted")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 +", "feel-unfinished"),
        ("1 ? 2", "feel-character"),
        ("null", "feel-null"),
        ("foo(1)", "feel-function"),
        ("sqrt(1, 2)", "feel-arguments"),
        ("earlier(1 + x, 1)", "feel-earlier-name"),
        ("earlier(x, 0)", "feel-earlier-periods"),
        ("peers.mode(x)", "feel-function"),
        ("round up(x, y)", "feel-decimals"),
        ("x" * 2000, "feel-too-long"),
    ],
)
def test_what_is_outside_the_subset_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(FeelError) as refused:
        parse(text)
    assert refused.value.code == code


def test_unary_tests() -> None:
    from fractions import Fraction

    from tilsyn.engine.machine import meets

    met = {
        test: [x for x in range(6) if meets(parse_test(test), Fraction(x))]
        for test in ("-", "3", ">= 3", "[2..4)", "1, 4", "not(3)", "not(< 2, 5)", "]2..4[")
    }
    assert met == {
        "-": [0, 1, 2, 3, 4, 5],
        "3": [3],
        ">= 3": [3, 4, 5],
        "[2..4)": [2, 3],
        "1, 4": [1, 4],
        "not(3)": [0, 1, 2, 4, 5],
        "not(< 2, 5)": [2, 3, 4],
        "]2..4[": [3],
    }
