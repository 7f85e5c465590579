"""No cream-skimming: a group that is left behind caps the goal's level, in each reading by itself."""

from __future__ import annotations

from typing import Any

import pytest

from ..generative.readings import Answer, Reads
from .small import Gone, answers, plan_of

GROUPS = ("piger", "drenge")


def judged(reading: Reads, row: dict[str, Any], missing: str = "doubt", **goal: Any) -> Answer:
    """A goal whose groups may not be below `god`, else the level is at most `under`."""
    indicators = {"x": {"kind": "value", "by": ["gruppe"]}, "andel": {"kind": "proportion", "by": ["gruppe"]}}
    made = plan_of(
        members=GROUPS, indicators=indicators, ladder={"missing": {"suppressed": missing}},
        goals={"mål": {"measure": "x", "equity": {"groups": GROUPS, "no_worse_than": "god", "cap": "under"}, **goal}},
    )  # fmt: skip
    (found,) = answers(reading, made, [row])
    return found


def levels(found: Answer) -> tuple[object, ...]:
    return found["mål.level_worst"], found["mål.level"], found["mål.level_best"], found["mål.capped"]


@pytest.mark.parametrize(
    ("piger", "drenge", "expected"),
    [(5, 5, ("bedst", False)), (4.99, 12, ("under", True)), (12, 1, ("under", True)), (4.995, 5, ("bedst", False))],
)
def test_one_group_below_is_enough(reading: Reads, piger: float, drenge: float, expected: tuple[object, ...]) -> None:
    found = judged(reading, {"x": 12, "x@piger": piger, "x@drenge": drenge})
    assert (found["mål.level"], found["mål.capped"]) == expected


def test_a_goal_below_the_cap_stays_where_it_is(reading: Reads) -> None:
    assert levels(judged(reading, {"x": 1, "x@piger": 1, "x@drenge": 1})) == ("dårlig", "dårlig", "dårlig", False)


@pytest.mark.parametrize("reason", ["too-few", "not-applicable"])
@pytest.mark.parametrize("disposition", ["doubt", "worst"])
def test_groups_of_too_few_or_that_there_are_none_of_are_ignored(reading: Reads, reason: str, disposition: str) -> None:
    found = judged(reading, {"x": 12, "x@piger": Gone(reason), "x@drenge": 12}, disposition)
    assert levels(found) == ("bedst", "bedst", "bedst", False)


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        ("leave-out", ("bedst", "bedst", "bedst", False)),
        ("doubt", ("under", "bedst", "bedst", True)),
        ("worst", ("under", "under", "under", True)),
    ],
)
def test_a_group_that_is_silent(reading: Reads, disposition: str, expected: tuple[object, ...]) -> None:
    found = judged(reading, {"x": 12, "x@piger": Gone("suppressed"), "x@drenge": 12}, disposition)
    assert levels(found) == expected


def test_doubt_about_a_group_is_doubt_about_the_level(reading: Reads) -> None:
    row = {"x": 12, "x.low": 12, "x.high": 12, "x@piger": 5, "x@piger.low": 4, "x@piger.high": 6,
           "x@drenge": 12, "x@drenge.low": 12, "x@drenge.high": 12}  # fmt: skip
    found = judged(reading, row, evidence={"method": "given/v1"})
    assert levels(found) == ("under", "bedst", "bedst", True)


def test_a_group_is_measured_by_the_goals_own_measure(reading: Reads) -> None:
    row = {"x": 12, "x.expected": 0, "x@piger": 12, "x@piger.expected": 9, "x@drenge": 6, "x@drenge.expected": 1}
    found = judged(reading, row, measure="x - x.expected")
    assert (float(found["mål@piger"]), float(found["mål@drenge"]), found["mål.level"]) == (3, 5, "under")  # type: ignore[arg-type]
