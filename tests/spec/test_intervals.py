"""Each interval method against printed values, and how an interval becomes ends and levels."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from scipy.special import pdtr, pdtrc  # pyright: ignore[reportMissingTypeStubs]

from tilsyn.engine import intervals

from ..generative.readings import Answer, Reads
from .small import NOW, answers, plan_of

P95 = Fraction("0.95")


def ends(reading: Reads, evidence: dict[str, Any], row: dict[str, Any], **goal: Any) -> tuple[object, object, object]:
    """Worse end, value and better end of one row's goal."""
    found = placed(reading, evidence, row, **goal)
    return tuple(None if found[k] is None else float(found[k]) for k in ("mål.worse", "mål", "mål.better"))  # type: ignore[return-value,arg-type]


def rounded(number: Fraction, printed: str) -> str:
    """A number with as many decimals as are printed."""
    return f"{float(number):.{len(printed.partition('.')[2])}f}"


def placed(reading: Reads, evidence: dict[str, Any], row: dict[str, Any], **goal: Any) -> Answer:
    indicators = goal.pop("indicators", {})
    made = plan_of(goals={"mål": {"decimals": 4, "evidence": evidence, **goal}}, indicators=indicators)
    (found,) = answers(reading, made, [row])
    return found


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_printed(reading: Reads, count: int, n: int, low: float, high: float) -> None:
    evidence = {"method": "wilson/v1", "confidence": "0.95"}
    row = {"andel.count": count, "andel.n": n}
    assert ends(reading, evidence, row, measure="andel") == (low, round(count / n, 4), high)
    assert [round(float(end), 4) for end in intervals.wilson(Fraction(count), Fraction(n), P95)] == [low, high]


@pytest.mark.parametrize(
    ("confidence", "quantile"),
    [
        ("0.5", "0.67449"), ("0.8", "1.28155"), ("0.9", "1.64485"), ("0.95", "1.95996"), ("0.98", "2.32635"),
        ("0.99", "2.57583"), ("0.998", "3.09023"), ("0.999", "3.29053"),
    ],
)  # fmt: skip
def test_normal_quantiles_as_printed(confidence: str, quantile: str) -> None:
    """Fisher & Yates, Statistical Tables, table I, to five decimals."""
    assert rounded(intervals.normal_quantile(Fraction(confidence)), quantile) == quantile


STUDENT = {
    "0.5": {1: "1.000", 2: "0.816", 5: "0.727", 10: "0.700", 30: "0.683", 120: "0.677"},
    "0.8": {1: "3.078", 5: "1.476", 10: "1.372", 30: "1.310"},
    "0.9": {1: "6.314", 2: "2.920", 5: "2.015", 10: "1.812", 30: "1.697", 120: "1.658"},
    "0.95": {1: "12.706", 2: "4.303", 3: "3.182", 4: "2.776", 5: "2.571", 10: "2.228", 15: "2.131", 20: "2.086",
             30: "2.042", 60: "2.000", 120: "1.980"},
    "0.99": {1: "63.657", 2: "9.925", 5: "4.032", 10: "3.169", 30: "2.750", 120: "2.617"},
}  # fmt: skip


@pytest.mark.parametrize("confidence", STUDENT)
def test_student_quantiles_as_printed(confidence: str) -> None:
    """Fisher & Yates, Statistical Tables, table III, to three decimals."""
    for degrees, printed in STUDENT[confidence].items():
        assert rounded(intervals.student_quantile(Fraction(confidence), degrees), printed) == printed


@pytest.mark.parametrize("confidence", ["0.99999999999999999", "0.00000000000000001"])
def test_confidences_that_float64_cannot_tell_from_none_or_all(confidence: str) -> None:
    """Nobody asks for them, but they may be declared."""
    near = Fraction(confidence)
    assert intervals.normal_quantile(near) >= 0
    assert intervals.student_quantile(near, 5) >= 0
    low, high = intervals.poisson(Fraction(10), Fraction(1), near)
    assert 0 <= low < 10 < high


@pytest.mark.parametrize(
    ("expected", "low", "high"),
    [(15, 0.5596924, 1.649348), (20, 0.6108260, 1.544419), (30, 0.6746958, 1.427562)],
)
def test_exact_poisson_as_printed(reading: Reads, expected: int, low: float, high: float) -> None:
    """Control limits of observed / expected, as printed with the published figures (seven significant digits)."""
    row = {"ratio.count": expected, "ratio.expected": expected}
    evidence = {"method": "poisson/v1", "confidence": "0.95"}
    assert ends(reading, evidence, row, measure="ratio") == (round(low, 4), 1, round(high, 4))
    limits = intervals.poisson(Fraction(expected), Fraction(expected), P95)
    assert [f"{float(end):.7g}" for end in limits] == [f"{low:.7g}", f"{high:.7g}"]


FACTORS = {
    1: ("0.02532", "5.57164"), 2: ("0.12110", "3.61234"), 3: ("0.20622", "2.92242"), 4: ("0.27247", "2.56040"),
    5: ("0.32470", "2.33367"), 6: ("0.36698", "2.17658"), 7: ("0.40205", "2.06038"), 8: ("0.43173", "1.97040"),
    9: ("0.45726", "1.89831"), 10: ("0.47954", "1.83904"), 20: ("0.61083", "1.54442"), 30: ("0.67470", "1.42756"),
    50: ("0.74222", "1.31838"),
}  # fmt: skip


@pytest.mark.parametrize("count", FACTORS)
def test_exact_poisson_factors_as_printed(count: int) -> None:
    """National Center for Health Statistics, technical notes to births and deaths: what a number of events below 100
    is multiplied by to get its 95 % limits, to five decimals."""
    limits = intervals.poisson(Fraction(count), Fraction(count), P95)
    assert tuple(rounded(x, p) for x, p in zip(limits, FACTORS[count], strict=True)) == FACTORS[count]


CHI_SQUARE = {
    "0.5": ({2: "0.575", 10: "6.737", 20: "15.452"}, {2: "2.773", 4: "5.385", 12: "14.845", 22: "26.039"}),
    "0.9": (
        {2: "0.103", 10: "3.940", 20: "10.851", 100: "77.929"},
        {2: "5.991", 4: "9.488", 12: "21.026", 22: "33.924", 30: "43.773", 100: "124.342"},
    ),
    "0.95": (
        {2: "0.051", 4: "0.484", 10: "3.247", 20: "9.591", 30: "16.791", 60: "40.482", 100: "74.222"},
        {2: "7.378", 4: "11.143", 12: "23.337", 22: "36.781", 30: "46.979", 60: "83.298", 100: "129.561"},
    ),
    "0.99": (
        {2: "0.010", 10: "2.156", 20: "7.434", 100: "67.328"},
        {2: "10.597", 4: "14.860", 12: "28.300", 22: "42.796", 100: "140.169"},
    ),
}


@pytest.mark.parametrize("confidence", CHI_SQUARE)
def test_exact_poisson_limits_are_half_the_printed_quantiles_of_chi_square(confidence: str) -> None:
    """Fisher & Yates, Statistical Tables, table IV, to three decimals: a count's lower limit is half the quantile of
    twice so many degrees of freedom, its upper limit of two more (Garwood 1936)."""
    lower, upper = CHI_SQUARE[confidence]
    for degrees, printed in lower.items():
        low, _ = intervals.poisson_limits(degrees // 2, Fraction(confidence))
        assert rounded(2 * low, printed) == printed
    for degrees, printed in upper.items():
        _, high = intervals.poisson_limits(degrees // 2 - 1, Fraction(confidence))
        assert rounded(2 * high, printed) == printed


def test_exact_poisson_without_a_single_case(reading: Reads) -> None:
    """Nothing is seen with half of what the confidence leaves, 2.5 %, where the mean is −ln 0.025 = 3.688879…; it is
    3.69 in Garwood's table (1936)."""
    evidence = {"method": "poisson/v1", "confidence": "0.95"}
    row = {"ratio.count": 0, "ratio.expected": 10}
    assert ends(reading, evidence, row, measure="ratio") == (0, 0, 0.3689)


@pytest.mark.parametrize("count", [0, 1, 2, 7, 40, 300, 1000])
@pytest.mark.parametrize("confidence", ["0.2", "0.65", "0.95", "0.999"])
def test_exact_poisson_limits_leave_what_they_should(count: int, confidence: str) -> None:
    """At the lower limit so many cases or more, at the upper one so many or fewer, are as rare as they should be:
    against an implementation that has nothing in common with ours."""
    left = (1 - float(confidence)) / 2
    low, high = (float(end) for end in intervals.poisson_limits(count, Fraction(confidence)))
    assert pdtr(count, high) == pytest.approx(left, rel=1e-9)
    assert low == 0 if count == 0 else pdtrc(count - 1, low) == pytest.approx(left, rel=1e-9)


@pytest.mark.parametrize("confidence", ["0.5", "0.65", "0.95"])
def test_large_counts_have_limits_that_are_no_different(confidence: str) -> None:
    """Where the table ends, Byar's limits take over; the change is far below what a thousand cases can tell."""
    last, first = Fraction(intervals.MOST_COUNTED), Fraction(intervals.MOST_COUNTED + 1)
    near = intervals.byar(last, Fraction(1), Fraction(confidence))
    for ours, theirs in zip(intervals.poisson(last, Fraction(1), Fraction(confidence)), near, strict=True):
        assert 0 < abs(ours - theirs) < Fraction("0.0006")
    beyond = intervals.poisson(first, Fraction(1), Fraction(confidence))
    assert beyond == intervals.byar(first, Fraction(1), Fraction(confidence))


@pytest.mark.parametrize("count", [999, 999.5, 1000, 1000.0000000001, 1000.4, 1001, 123_456])
def test_large_counts_in_both_readings(reading: Reads, count: float) -> None:
    exact = intervals.poisson(Fraction(repr(float(count))), Fraction(1), P95)
    found = ends(reading, {"method": "poisson/v1", "confidence": "0.95"}, {"rate.count": count, "rate.n": 1},
                 measure="rate")  # fmt: skip
    assert (found[0], found[2]) == tuple(round(float(end), 4) for end in exact)


def test_a_count_that_is_not_whole_lies_between_its_neighbours(reading: Reads) -> None:
    """A rate of 0.33 in 10 is 3.3 cases: three tenths of the way from the limits of 3 to those of 4.

    From 0.618672 and 8.767273 to 1.089865 and 10.241589.
    """
    evidence = {"method": "poisson/v1", "confidence": "0.95"}
    found = ends(reading, evidence, {"rate": 0.33, "rate.n": 10}, measure="10 * rate")
    assert found == (0.7600, 3.3, 9.2096)


@pytest.mark.parametrize("method", ["byar/v1", "poisson/v1", "square-root/v1"])
@pytest.mark.parametrize(("value", "missing"), [(-0.1, "undefined"), (0, None), (0.1, None)])
def test_fewer_cases_than_none_are_impossible(reading: Reads, method: str, value: float, missing: str | None) -> None:
    evidence = {"method": method, "confidence": "0.95"}
    found = placed(reading, evidence, {"ratio": value, "ratio.expected": 10}, measure="ratio")
    assert found["mål.missing"] == missing


def test_the_square_root_by_hand(reading: Reads) -> None:
    """√(16/25) = 0.8 with error 1 / (2√25) = 0.1: from 0.8 − 0.1959964 to 0.8 + 0.1959964, squared."""
    evidence = {"method": "square-root/v1", "confidence": "0.95"}
    found = ends(reading, evidence, {"ratio.count": 16, "ratio.expected": 25}, measure="ratio")
    assert found == (0.3648, 0.64, 0.9920)
    # √0.5 is 0.707107, from which 0.979982 would lead below zero; it stays there, or squared would be 0.0745
    found = ends(reading, evidence, {"ratio.count": 0.5, "ratio.expected": 1}, measure="ratio")
    assert found == (0.0, 0.5, 2.8463)
    found = ends(reading, evidence, {"ratio.count": 0, "ratio.expected": 100}, measure="ratio")
    assert found == (0.0, 0.0, 0.0096)


def test_square_roots_are_pooled_as_counts(reading: Reads) -> None:
    """(6 + 10) / (10 + 15), as in one period."""
    evidence = {"method": "square-root/v1", "confidence": "0.95", "pool": 2}
    made = plan_of(goals={"mål": {"decimals": 4, "evidence": evidence, "measure": "ratio"}})
    rows = [{"ratio.count": 6, "ratio.expected": 10}, {"ratio.count": 10, "ratio.expected": 15, "period": NOW - 1}]
    (found,) = answers(reading, made, [{**row, "institution": "i"} for row in rows])
    assert tuple(float(found[k]) for k in ("mål.worse", "mål", "mål.better")) == (0.3648, 0.64, 0.9920)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "low", "high"),
    [(15, 0.5596924, 1.649348), (20, 0.6108260, 1.544419), (30, 0.6746958, 1.427562)],
)
def test_byar_is_near_the_exact_poisson_limits(reading: Reads, expected: int, low: float, high: float) -> None:
    worse, value, better = ends(
        reading, {"method": "byar/v1", "confidence": "0.95"}, {"ratio.count": expected, "ratio.expected": expected},
        measure="ratio",
    )  # fmt: skip
    assert (worse, value, better) == (pytest.approx(low, abs=2e-3), 1, pytest.approx(high, abs=2e-3))


def test_byar_by_hand() -> None:
    """Breslow & Day (1987), section 2.3, for 10 cases: 10 · (1 − 1/90 − 1.959964/(3 · 3.162278))³, where the bracket
    is 1 − 0.011111 − 0.206600 = 0.782289, and 11 · (1 − 1/99 + 1.959964/(3 · 3.316625))³, where it is
    1 − 0.010101 + 0.196984 = 1.186883."""
    low, high = intervals.byar(Fraction(10), Fraction(1), P95)
    assert (float(low), float(high)) == (pytest.approx(4.7874, abs=1e-4), pytest.approx(18.3915, abs=1e-4))


def test_byar_without_a_single_case_begins_at_zero() -> None:
    low, high = intervals.byar(Fraction(0), Fraction(10), P95)
    assert low == 0
    assert float(high) == pytest.approx(0.3689, abs=0.02)


def test_student_with_a_tabulated_quantile(reading: Reads) -> None:
    """t for 15 degrees of freedom is 2.1314; a standard error stands for sd / √n."""
    evidence = {"method": "student-t/v1", "confidence": "0.95"}
    by_sd = ends(reading, evidence, {"gennemsnit": 10, "gennemsnit.n": 16, "gennemsnit.sd": 2}, measure="gennemsnit")
    by_se = ends(reading, evidence, {"gennemsnit": 10, "gennemsnit.n": 16, "gennemsnit.se": 0.5}, measure="gennemsnit")
    assert by_sd == by_se == (8.9343, 10, 11.0657)


def test_normal_with_its_quantile(reading: Reads) -> None:
    evidence = {"method": "normal/v1", "confidence": "0.95"}
    assert ends(reading, evidence, {"x": 10, "x.se": 2}) == (6.0801, 10, 13.9199)


def test_up_sets_the_worse_end_and_down_the_better(reading: Reads) -> None:
    evidence = {"method": "normal/v1", "confidence": {"up": "0.5", "down": "0.95"}}
    assert ends(reading, evidence, {"x": 10, "x.se": 2}) == (8.6510, 10, 13.9199)
    assert ends(reading, evidence, {"x": 10, "x.se": 2}, better="lower") == (11.3490, 10, 6.0801)


def test_ends_go_through_the_measure_and_are_clipped_to_the_range(reading: Reads) -> None:
    evidence = {"method": "normal/v1", "confidence": "0.95"}
    ranged = {"x": {"kind": "value", "range": [0, 12]}}
    assert ends(reading, evidence, {"x": 10, "x.se": 2}, measure="100 - x", indicators=ranged) == (88, 90, 93.9199)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"x": 5, "x.low": 3, "x.high": 6}, (3, 5, 6)),
        ({"x": 5, "x.low": 6, "x.high": 7}, (5, 5, 7)),
        ({"x": 5, "x.low": 1, "x.high": 2}, (1, 5, 5)),
        ({"x": 5, "x.low": 1}, (None, None, None)),
    ],
)
def test_a_published_interval_holds_its_own_figure(
    reading: Reads, row: dict[str, Any], expected: tuple[object, ...]
) -> None:
    assert ends(reading, {"method": "given/v1"}, row) == expected


@pytest.mark.parametrize(
    ("word", "x", "levels"),
    [
        ("a", 12, ("god", "bedst", "bedst")),
        ("a", 1, ("god", "god", "bedst")),
        ("b", 12, ("dårlig", "dårlig", "dårlig")),
    ],
)
def test_a_published_word_names_the_plausible_levels(
    reading: Reads, word: str, x: float, levels: tuple[str, ...]
) -> None:
    evidence = {"method": "given/v1", "by": {"indicator": "ord", "levels": {"a": ["god", "bedst"], "b": ["dårlig"]}}}
    found = placed(reading, evidence, {"x": x, "ord": word})
    assert (found["mål.level_worst"], found["mål.level"], found["mål.level_best"]) == levels


def test_an_unknown_word_is_refused(reading: Reads) -> None:
    evidence = {"method": "given/v1", "by": {"indicator": "ord", "levels": {"a": ["god"], "b": ["dårlig"]}}}
    assert placed(reading, evidence, {"x": 1, "ord": "c"})["mål.missing"] == "refused"


def test_doubt_is_a_range_of_levels(reading: Reads) -> None:
    found = placed(reading, {"method": "given/v1"}, {"x": 5, "x.low": 1.99, "x.high": 9.99})
    assert (found["mål.level_worst"], found["mål.level"], found["mål.level_best"]) == ("dårlig", "god", "god")
