"""Expressions: three-valued logic, FEEL's own answers, and where a value is undefined."""

from __future__ import annotations

import itertools

import pytest

from tilsyn.catalogue.expressions import Text
from tilsyn.catalogue.feel import FeelError, parse, parse_test
from tilsyn.engine.faults import PlanFaults

from ..generative.readings import Reads
from .small import Gone, plan_of, value_of, valued

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
        ("--x", 3),
        ("-.5 + 1.2E1", 11.5),
        ("1.5e-2 * 100", 1.5),
        ("product(x, 2, 0.5)", 3),
        ("product([x, x])", 9),
        ("stddev(2, 4, 7, 5)", (13 / 3) ** 0.5),
        ("stddev(x, x, x)", 0),
        ("all(x > 2, x < 4)", True),
        ("all([x > 2, x < 3])", False),
        ("any(x > 3, x = 3)", True),
        ("any(list: [x > 3, x < 3])", False),
        ("all([])", True),
        ("any([])", False),
        ("count([])", 0),
        ("sqrt(number: 16)", 4),
        ("modulo(divisor: 2, dividend: x)", 1),
        ("round up(n: x / 8, scale: 1)", 0.4),
        ("max(list: [x, 5])", 5),
        ("not(negand: x > 3)", True),
        ("x in [[0..2], ]2..3], 9]", True),
        ("x in [1, 2, [4..5]]", False),
        ("x in ([1..2], [3..4])", True),
        ("x in (< 1, >= 3)", True),
        ("x in =4", False),
        ("x in !=4", True),
        ("x in max(3, 1)", True),
        ("true in (false, true)", True),
    ],
)
def test_expressions_come_out_as_feel_says(reading: Reads, expression: str, expected: object) -> None:
    found = value_of(reading, expression, {"x": 3})
    assert found == (expected if isinstance(expected, bool) else pytest.approx(expected, rel=1e-12))


@pytest.mark.parametrize(
    ("expression", "met"),
    [
        ("even(x)", [-2, 0, 4, 10]),
        ("odd(x)", [-3, 3]),
        ("even(number: x + 1)", [-3, 3]),
    ],
)
def test_only_whole_numbers_are_even_or_odd(reading: Reads, expression: str, met: list[float]) -> None:
    numbers = [-3, -2, 0, 0.5, 3, 3.999, 4, 10]
    found = valued(reading, expression, *({"x": x} for x in numbers))
    assert [x for x, is_met in zip(numbers, found, strict=True) if is_met is True] == met
    assert set(found) == {True, False}


UNDEFINED = Gone("undefined")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("null = null", True),
        ("null != null", False),
        ("1 = null", False),
        ("null != 1", True),
        ("true = null", False),
        ("null = 1 / 0", True),
        ("1 / 0 = 2 / 0", True),
        ("1 / 0 != 2 / 0", False),
        ("1 / 0 = 1", False),
        ("1 / 0 != 1", True),
        ("1 < null", UNDEFINED),
        ("null and true", UNDEFINED),
        ("null and false", False),
        ("false or null", UNDEFINED),
        ("true or null", True),
        ("not(null)", UNDEFINED),
        ("0 and true", UNDEFINED),
        ('"true" and false', False),
        ('"true" or true', True),
        ("not(0)", UNDEFINED),
        ("all(true, null)", UNDEFINED),
        ("any(true, null)", True),
        ("1 + null", UNDEFINED),
        ("-null", UNDEFINED),
        ("abs(null)", UNDEFINED),
        ("max([1, null])", UNDEFINED),
        ("count([1, null])", 2),
        ("count(null)", UNDEFINED),
        ("median([])", UNDEFINED),
        ("2 between 1 and null", UNDEFINED),
        ("2 between 3 and null", False),
        ("2 in [1..null]", UNDEFINED),
        ("null in [1, null]", True),
        ("null in [1, 2]", False),
        ("if null then 1 else 2", 2),
        ("if 1 / 0 = 1 then 1 else 2", 2),
        ("if null or true then 1 else 2", 1),
        ("if true then null else 2", UNDEFINED),
        ("abs(if true then null else null)", UNDEFINED),
        ('(if true then null else null) = "a"', False),
    ],
)
def test_null_among_literals_is_that_of_feel(reading: Reads, expression: str, expected: object) -> None:
    assert value_of(reading, expression) == expected


@pytest.mark.parametrize(
    ("expression", "there", "gone"),
    [
        ("x = null", False, True),
        ("null != x", True, False),
        ("x = y", WITHHELD, WITHHELD),
        ("x < null", UNDEFINED, WITHHELD),
        ("x > 2 and null", UNDEFINED, WITHHELD),
        ("x > 3 and null", False, WITHHELD),
        ("x + null", UNDEFINED, WITHHELD),
        ("default(x, null)", 3, UNDEFINED),
        ("count(x, x)", 2, WITHHELD),
        ("if x = null then 1 else x", 3, 1),
        ("if missing(x) then null else x > 2", True, UNDEFINED),
        ('if missing(x) then null else "a"', "a", UNDEFINED),
        ("if missing(x) then null else god", "god", UNDEFINED),
        ("(if missing(x) then null else ja) = false", False, UNDEFINED),
        ('(if missing(x) then null else "a") = "a"', True, UNDEFINED),
        ("(if missing(x) then null else god) > under", True, UNDEFINED),
    ],
)
def test_a_figure_keeps_its_reason_beside_null(reading: Reads, expression: str, there: object, gone: object) -> None:
    """x and then y is withheld; where both reasons compete, the graver is given."""
    found = valued(reading, expression, {"x": 3, "y": WITHHELD, "ja": True}, {"x": WITHHELD, "y": WITHHELD})
    assert found == [there, gone]
    assert [isinstance(value, bool) for value in found] == [isinstance(value, bool) for value in (there, gone)]


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("if x > 1 then 1 else 2", "feel-if-missing"),
        ("if null or ja then 1 else 2", "feel-if-missing"),
        ("x > 1 or 2", "feel-type"),
        ('ja and "true"', "feel-type"),
        ("not(x)", "feel-type"),
        ("all(ja, x)", "feel-type"),
        ("(1 + 1) and true", "feel-type"),
        ('10 * "10"', "feel-type"),
        ("true + 1", "feel-type"),
        ("x = true", "feel-compare"),
        ("1 in [true, 1]", "feel-compare"),
        ('"a" < "b"', "feel-order"),
        ("null < ja", "feel-order"),
        ("if 0 then 1 else 2", "feel-type"),
        ('if missing(x) then 1 else "a"', "feel-type"),
    ],
)
def test_a_mistake_in_kinds_is_refused(expression: str, code: str) -> None:
    with pytest.raises(PlanFaults) as refused:
        plan_of(quantities={"q": expression})
    assert [fault.code for fault in refused.value.faults] == [code]


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
        ("foo(1)", "feel-function"),
        ("x in foo(1)", "feel-function"),
        ("mode([1, 1])", "feel-function"),
        ("string length(x)", "feel-function"),
        ("substring(string: x, start position: 1)", "feel-function"),
        ("sqrt(1, 2)", "feel-arguments"),
        ("sqrt()", "feel-arguments"),
        ("stddev(x)", "feel-arguments"),
        ("round up(scale: 1)", "feel-arguments"),
        ("floor(scale: 1)", "feel-arguments"),
        ("modulo(x, divisor: 2)", "feel-arguments"),
        ("peers.mean(x, where: ja, where: nej)", "feel-arguments"),
        ("sqrt(n: 4)", "feel-named-argument"),
        ("clamp(x: 1, lo: 2, hi: 3)", "feel-named-argument"),
        ("not(x: ja)", "feel-named-argument"),
        ("earlier(x: x, k: 1)", "feel-named-argument"),
        ("[1, 2] = [1, 2]", "feel-list"),
        ("x[1]", "feel-list"),
        ("-[1..2]", "feel-list"),
        ("(1..2) = (1..2)", "feel-list"),
        ("(< 10) = x", "feel-list"),
        ("sqrt([4])", "feel-list"),
        ("min(1, [2])", "feel-list"),
        ("peers.mean([x])", "feel-list"),
        ("peers.mean(x, where: [ja])", "feel-list"),
        ("{a: 1}.a", "feel-context"),
        ('x > date("2024-01-01")', "feel-date"),
        ('x in date("2024-01-01")', "feel-date"),
        ('@"2024-01-01" - 1', "feel-date"),
        ('date and time("2024-01-01T00:00:00")', "feel-date"),
        ("years and months duration(x, y)", "feel-date"),
        ("for i in [1, 2] return i", "feel-loop"),
        ("some i in x satisfies i > 1", "feel-loop"),
        ("function(a) a + 1", "feel-function-value"),
        ("x instance of number", "feel-instance-of"),
        ("1 + /* 2 */ 3", "feel-comment"),
        ("1 // 2", "feel-comment"),
        (r'"\n"', "feel-escape"),
        ("all(true, 1)", "feel-type"),
        ("1e16", "feel-number-size"),
        ("round up(x, 7)", "feel-decimals"),
        ("floor(x, -7)", "feel-decimals"),
        ("ceiling(x, null)", "feel-decimals"),
        ("null()", "feel-syntax"),
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


@pytest.mark.parametrize(
    ("text", "offset"),
    [('x + "for i in" + {', 17), ("1 + day of week(x)", 4), ('"@" = "{" [1]', 10), ("x * (time (1) 2", 5)],
)
def test_a_refusal_says_where(text: str, offset: int) -> None:
    """What stands inside a text is no construct."""
    with pytest.raises(FeelError) as refused:
        parse(text)
    assert refused.value.offset == offset


def test_a_backslash_stands_before_quotes_and_backslashes() -> None:
    assert parse(r'"a\"b\\n"') == Text(r'a"b\n')


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
