"""Each interval method against printed values, and how an interval becomes ends and levels."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from tilsyn.engine import intervals

from ..generative.readings import Answer, Reads
from .small import answers, plan_of

P95 = Fraction("0.95")


def ends(reading: Reads, evidence: dict[str, Any], row: dict[str, Any], **goal: Any) -> tuple[object, object, object]:
    """Worse end, value and better end of one row's goal."""
    found = placed(reading, evidence, row, **goal)
    return tuple(None if found[k] is None else float(found[k]) for k in ("mål.worse", "mål", "mål.better"))  # type: ignore[return-value,arg-type]


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
    ("expected", "low", "high"),
    [(15, 0.5596924, 1.649348), (20, 0.6108260, 1.544419), (30, 0.6746958, 1.427562)],
)
def test_byar_is_near_the_exact_poisson_limits(reading: Reads, expected: int, low: float, high: float) -> None:
    worse, value, better = ends(
        reading, {"method": "byar/v1", "confidence": "0.95"}, {"ratio.count": expected, "ratio.expected": expected},
        measure="ratio",
    )  # fmt: skip
    assert (worse, value, better) == (pytest.approx(low, abs=2e-3), 1, pytest.approx(high, abs=2e-3))


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
