"""Rounding is part of the law: half away from zero, with a guard, at the moment a figure gets its name."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tilsyn.engine.values import round_half_up

from ..generative.readings import Reads
from .small import answers, plan_of, value_of, valued


@pytest.mark.parametrize(
    ("x", "rounded"),
    [
        (0.2499, 0.2),
        (0.25, 0.3),
        (0.2501, 0.3),
        (-0.2499, -0.2),
        (-0.25, -0.3),
        (-0.2501, -0.3),
        (0.35, 0.4),
        (1e6, 1e6),
    ],
)
def test_a_named_quantity_is_rounded_half_away_from_zero(reading: Reads, x: float, rounded: float) -> None:
    assert value_of(reading, "x", {"x": x}, decimals=1) == pytest.approx(rounded, abs=0)


@pytest.mark.parametrize(
    ("expression", "rounded"),
    [("x - 0.0000000005", 0.3), ("x - 0.000000002", 0.2), ("x * 0.1 * 10", 0.3), ("(x + 0.1) - 0.1", 0.3)],
)
def test_a_number_within_a_billionth_of_the_tie_is_at_the_tie(reading: Reads, expression: str, rounded: float) -> None:
    assert float(value_of(reading, expression, {"x": 0.25}, decimals=1)) == rounded  # type: ignore[arg-type]


def test_a_rounded_number_is_the_decimal_number_that_it_says(reading: Reads) -> None:
    """6 times a tenth is 0.6000000000000001 in float64, which lies above 0.6."""
    levels = {"bedst": {"above": 0.6}, "god": {"at_least": 0.6}, "under": {"at_least": 0.2}, "dårlig": "otherwise"}
    made = plan_of(goals={"mål": {"measure": "x", "decimals": 1, "levels": levels}})
    rows: list[dict[str, Any]] = [{"x": 0.6}, {"x": 0.65}, {"x": 0.55}, {"x": 0.54}]
    assert [a["mål.level"] for a in answers(reading, made, rows)] == ["god", "bedst", "god", "under"]


@pytest.mark.parametrize(
    ("better", "band", "levels"),
    [
        ("higher", "at_least", ["dårlig", "bedst", "bedst"]),
        ("higher", "above", ["dårlig", "dårlig", "bedst"]),
        ("lower", "at_most", ["bedst", "bedst", "dårlig"]),
        ("lower", "below", ["bedst", "dårlig", "dårlig"]),
    ],
)
def test_a_boundary_says_whether_it_is_in(reading: Reads, better: str, band: str, levels: list[str]) -> None:
    declared = {"bedst": {band: 5}, "dårlig": "otherwise"}
    made = plan_of(goals={"mål": {"measure": "x", "better": better, "levels": declared}})
    under_on_over = answers(reading, made, [{"x": 4.99}, {"x": 5}, {"x": 5.01}])
    assert [a["mål.level"] for a in under_on_over] == levels


@pytest.mark.parametrize(
    ("worse", "better", "levels"),
    [("at_most", "higher", ["dårlig", "dårlig", "bedst"]), ("below", "higher", ["dårlig", "bedst", "bedst"]),
     ("at_least", "lower", ["bedst", "dårlig", "dårlig"]), ("above", "lower", ["bedst", "bedst", "dårlig"])],
)  # fmt: skip
def test_a_boundary_may_stand_at_the_worse_level(reading: Reads, worse: str, better: str, levels: list[str]) -> None:
    declared = {"bedst": "otherwise", "dårlig": {worse: 5}}
    made = plan_of(goals={"mål": {"measure": "x", "better": better, "levels": declared}})
    assert [a["mål.level"] for a in answers(reading, made, [{"x": 4.99}, {"x": 5}, {"x": 5.01}])] == levels


@pytest.mark.parametrize(
    ("call", "rounded"),
    [
        ("round up({}, 0)", {5.5: 6, -5.5: -6, 5.1: 6, 5.0: 5}),
        ("round down({}, 0)", {5.5: 5, -5.5: -5, 5.9: 5, 5.0: 5}),
        ("round half up({}, 0)", {5.5: 6, -5.5: -6, 5.4: 5, 6.5: 7}),
        ("round half down({}, 0)", {5.5: 5, -5.5: -5, 5.6: 6, 6.5: 6}),
        ("decimal({}, 0)", {2.5: 2, 1.5: 2, -2.5: -2, 3.5: 4, 2.51: 3}),
        ("round up({}, 2)", {1.121: 1.13, -1.126: -1.13, 1.12: 1.12}),
        ("round half up({}, 2)", {1.121: 1.12, 1.125: 1.13, 1.126: 1.13}),
        ("round half up({}, -2)", {149: 100, 150: 200, -150: -200}),
        ("decimal({}, -1)", {25: 20, 35: 40}),
        ("floor({})", {1.5: 1, -1.5: -2, 2.0: 2}),
        ("ceiling({})", {1.5: 2, -1.5: -1, 2.0: 2}),
        ("floor({}, 1)", {1.56: 1.5, -1.56: -1.6, 1.5: 1.5, 1.499: 1.4, 1.501: 1.5}),
        ("ceiling({}, 1)", {1.56: 1.6, -1.56: -1.5, 1.5: 1.5, 1.499: 1.5, 1.501: 1.6}),
        ("floor({}, -2)", {199: 100, 200: 200, 201: 200, -1: -100}),
        ("ceiling({}, -2)", {199: 200, 200: 200, 201: 300, -1: 0}),
        ("decimal({}, 2.5)", {0.125: 0.12, 0.135: 0.14, 0.1251: 0.13}),
        ("round half down({}, 1)", {0.249: 0.2, 0.25: 0.2, 0.251: 0.3, -0.25: -0.2, -0.251: -0.3}),
        ("round half up({}, 1)", {0.249: 0.2, 0.25: 0.3, 0.251: 0.3, -0.25: -0.3, -0.249: -0.2}),
        ("decimal({}, 1)", {0.249: 0.2, 0.25: 0.2, 0.251: 0.3, 0.349: 0.3, 0.35: 0.4}),
        ("round up({}, -2)", {100: 100, 100.001: 200, -100.001: -200, 0: 0}),
        ("round down({}, -2)", {199.999: 100, 200: 200, -199.999: -100}),
    ],
)
def test_the_rounding_functions_of_feel(reading: Reads, call: str, rounded: dict[float, float]) -> None:
    for x, expected in rounded.items():
        assert value_of(reading, call.format("x"), {"x": x}) == pytest.approx(expected, abs=1e-12), x
        assert value_of(reading, call.format(f"({x})")) == pytest.approx(expected, abs=1e-12), x


@pytest.mark.parametrize(
    "call", ["floor(x * 0.1 + x * 0.2)", "ceiling(x * 0.1 + x * 0.2)", "round down(x * 3 * 0.1, 0)"]
)
def test_whole_numbers_stay_whole_although_float64_misses_them(reading: Reads, call: str) -> None:
    assert value_of(reading, call, {"x": 10}) == 3


@pytest.mark.parametrize(
    ("expression", "on", "over"),
    [("floor(x - {})", 3, 2), ("ceiling(x + {})", 3, 4), ("floor(x - {}, 1)", 3, 2.9), ("ceiling(x + {}, 1)", 3, 3.1)],
)
def test_a_number_within_a_billionth_of_a_whole_one_is_whole(
    reading: Reads, expression: str, on: float, over: float
) -> None:
    found = [value_of(reading, expression.format(by), {"x": 3}) for by in ("0.0000000005", "0.000000002")]
    assert [float(value) for value in found] == [on, over]  # type: ignore[arg-type]


def test_comparisons_see_nine_decimals(reading: Reads) -> None:
    assert value_of(reading, "x * 0.1 + x * 0.2 = x * 0.3", {"x": 1}) is True
    assert value_of(reading, "x + 0.0000000004 > x", {"x": 1}) is False
    assert value_of(reading, "x + 0.0000000006 > x", {"x": 1}) is True


@pytest.mark.parametrize("x", [12_345_678.9, 123_456_789.25, 9_007_199.2547])
def test_large_amounts_keep_their_last_digit(reading: Reads, x: float) -> None:
    assert value_of(reading, f"x = {x!r} and x >= {x!r} and not(x > {x!r})", {"x": x}) is True
    assert float(value_of(reading, "x", {"x": x}, decimals=6)) == x  # type: ignore[arg-type]


def test_a_small_negative_number_rounds_to_plain_zero(reading: Reads) -> None:
    assert str(float(value_of(reading, "x", {"x": -0.001}, decimals=1))) == "0.0"  # type: ignore[arg-type]


def test_the_guard_is_part_of_the_definition() -> None:
    tie = Fraction("0.125")
    assert round_half_up(tie - Fraction(1, 10**9), 2) == Fraction("0.13")
    assert round_half_up(tie - Fraction(11, 10**10), 2) == Fraction("0.12")


LARGE = [
    # from a million on four decimals, from ten billion on two; the last figure below and the first at the limit
    (999_999.123456, 6, 999_999.123456),
    (1_000_000.123456, 6, 1_000_000.1235),
    (1_000_000.12345, 4, 1_000_000.1235),
    (1_000_000.12344, 4, 1_000_000.1234),
    (18_422_186.955, 2, 18_422_186.96),
    (18_422_186.954, 2, 18_422_186.95),
    (9_999_999_999.1234, 4, 9_999_999_999.1234),
    (10_000_000_000.126, 4, 10_000_000_000.13),
    (10_000_000_000.125, 2, 10_000_000_000.13),
    (-10_000_000_000.124, 2, -10_000_000_000.12),
]


@pytest.mark.parametrize(("x", "decimals", "rounded"), LARGE)
def test_large_numbers_have_fewer_decimals(reading: Reads, x: float, decimals: int, rounded: float) -> None:
    assert float(value_of(reading, "x", {"x": x}, decimals=decimals)) == rounded  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "y", "antal"),
    [
        (2_129_307.2, 0.149, 2_129_307.349),
        (3_032_435.83, 7_551_243.79, 10_583_679.62),
        (18_422_108.18, 78.775, 18_422_186.955),
        (999_999.9, 0.1, 1_000_000),
        (60_000_000_000.1, 0.2, 60_000_000_000.3),
    ],
)
def test_a_sum_of_amounts_is_what_it_is(reading: Reads, x: float, y: float, antal: float) -> None:
    """In float64 each of these sums differs from the number in its last digits."""
    row = {"x": x, "y": y, "antal": antal}
    assert value_of(reading, "x + y = antal", row) is True
    assert value_of(reading, "x + y < antal", row) is False
    assert value_of(reading, "x + y + 0.01 > antal", row) is True
    ranks = valued(reading, "peers.rank(x + y, from: highest)", row, {"x": antal, "y": 0})
    assert ranks == [1, 1]
