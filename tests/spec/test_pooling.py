"""Several periods as one figure, counted by hand; and when persons are too few."""

from __future__ import annotations

from typing import Any

import pytest

from tilsyn.engine.exact import Exact
from tilsyn.engine.values import Missing

from ..generative.readings import Answer, Reads
from .small import NOW, Gone, answers, frame_of, plan_of


def pooled(reading: Reads, evidence: dict[str, Any], *rows: dict[str, Any], **more: Any) -> Answer:
    """One institution; the first row is this period's, the others go back a period each unless they say."""
    goal = {"measure": more.pop("measure", "andel"), "decimals": 4, "evidence": {"confidence": "0.95", **evidence}}
    made = plan_of(goals={"mål": goal}, **more)
    (found,) = answers(reading, made, [{"institution": "i", "period": NOW - n, **row} for n, row in enumerate(rows)])
    return found


def share(count: int, n: int) -> dict[str, Any]:
    return {"andel.count": count, "andel.n": n}


WILSON = {"method": "wilson/v1", "pool": 3}


def test_numerators_and_denominators_are_summed(reading: Reads) -> None:
    found = pooled(reading, WILSON, share(1, 4), share(2, 4), share(6, 8), share(9, 9))
    # (1 + 2 + 6) / 16; the fourth period is too old
    assert (float(found["mål"]), float(found["mål.own"]), found["mål.periods"], found["mål.n"]) == (0.5625, 0.25, 3, 16)  # type: ignore[arg-type]


def test_periods_without_a_figure_are_passed_over_but_not_replaced(reading: Reads) -> None:
    found = pooled(reading, WILSON, share(1, 4), {"andel": Gone("suppressed")}, share(6, 8), share(9, 9))
    assert (float(found["mål"]), found["mål.periods"]) == (0.5833, 2)  # type: ignore[arg-type]


def test_without_a_current_figure_the_goal_is_missing_as_that_is(reading: Reads) -> None:
    found = pooled(reading, WILSON, {"andel": Gone("withdrawn")}, share(6, 8))
    assert (found["mål"], found["mål.missing"]) == (None, "withdrawn")


def test_a_redefined_indicator_is_not_pooled_with_what_it_was(reading: Reads) -> None:
    redefined = {"andel": {"kind": "proportion", "comparable_from": str(NOW - 1)}}
    found = pooled(reading, WILSON, share(1, 4), share(2, 4), share(8, 8), indicators=redefined)
    assert (float(found["mål"]), found["mål.periods"]) == (0.375, 2)  # type: ignore[arg-type]


def test_a_figure_handed_in_again_counts_once(reading: Reads) -> None:
    dated = {"andel": {"kind": "proportion", "stale_after": 3}}
    again = {**share(2, 4), "andel.measured": NOW - 1}
    found = pooled(reading, WILSON, again, share(2, 4), share(8, 8), indicators=dated)
    assert (float(found["mål"]), found["mål.periods"]) == (0.8333, 2)  # type: ignore[arg-type]


def test_means_are_weighted_by_persons_and_expected_per_period(reading: Reads) -> None:
    rows = [
        {"gennemsnit": 6, "gennemsnit.n": 10, "gennemsnit.sd": 2, "gennemsnit.expected": 5},
        {"gennemsnit": 9, "gennemsnit.n": 30, "gennemsnit.sd": 3, "gennemsnit.expected": 7},
    ]
    found = pooled(reading, {"method": "student-t/v1", "pool": 2}, *rows, measure="gennemsnit - gennemsnit.expected")
    # (10·6 + 30·9)/40 − (10·5 + 30·7)/40 = 8.25 − 6.5
    assert (float(found["mål"]), float(found["mål.own"])) == (1.75, 1.0)  # type: ignore[arg-type]
    # sd² = (9·4 + 29·9)/38 = 7.8158; t(38) = 2.0244; half = 2.0244·√(7.8158/40) = 0.89486
    assert (float(found["mål.worse"]), float(found["mål.better"])) == (0.8551, 2.6449)  # type: ignore[arg-type]


def test_observed_by_expected(reading: Reads) -> None:
    rows = [{"ratio.count": 6, "ratio.expected": 4}, {"ratio.count": 2, "ratio.expected": 12}]
    found = pooled(reading, {"method": "byar/v1", "pool": 2}, *rows, measure="ratio")
    assert float(found["mål"]) == 0.5  # type: ignore[arg-type]


@pytest.mark.parametrize(("least", "missing"), [(15, None), (16, None), (17, "too-few")])
def test_too_few_persons_in_all(reading: Reads, least: int, missing: str | None) -> None:
    found = pooled(reading, {**WILSON, "at_least_n": least}, share(1, 4), share(2, 4), share(6, 8))
    assert found["mål.missing"] == missing


def test_persons_are_counted_exactly(reading: Reads) -> None:
    """1.1 + 2.2 + 1.7 persons are five, although float64 may say less."""
    rows = [{"gennemsnit": 6, "gennemsnit.n": n, "gennemsnit.sd": 2} for n in (2.2, 1.1, 1.7)]
    found = pooled(reading, {"method": "student-t/v1", "pool": 3, "at_least_n": 5}, *rows, measure="gennemsnit")
    assert found["mål.missing"] is None


def test_too_few_persons_in_one_period(reading: Reads) -> None:
    evidence = {**WILSON, "at_least_n_each": 5}
    assert pooled(reading, evidence, share(1, 4), share(6, 8))["mål.missing"] == "too-few"
    found = pooled(reading, evidence, share(6, 8), share(1, 4), share(5, 5))
    assert (float(found["mål"]), found["mål.periods"]) == (0.8462, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "floor", "missing"),
    [
        ({"gennemsnit.n": 1, "gennemsnit.sd": 2}, None, "too-few"),
        ({"gennemsnit.n": 5}, None, "not-submitted"),
        ({"gennemsnit.n": 2}, None, "not-submitted"),
        ({"gennemsnit.n": 1}, None, "too-few"),
        ({"gennemsnit.n": 0}, None, "too-few"),
        ({"gennemsnit.n": 5, "gennemsnit.sd": 0}, None, "undefined"),
        ({"gennemsnit.n": 5, "gennemsnit.sd": 0}, "0.5", None),
        ({"gennemsnit.sd": 2}, None, "not-submitted"),
    ],
)
def test_a_mean_needs_a_spread(reading: Reads, row: dict[str, Any], floor: str | None, missing: str | None) -> None:
    evidence = {"method": "student-t/v1", **({"sd_floor": floor} if floor else {})}
    assert pooled(reading, evidence, {"gennemsnit": 6, **row}, measure="gennemsnit")["mål.missing"] == missing


def test_the_working_keeps_which_periods_were_pooled() -> None:
    area, plan = plan_of(goals={"mål": {"measure": "andel", "evidence": {**WILSON, "confidence": "0.5"}}})
    rows = [{"institution": "i", "period": NOW, **share(1, 4)}, {"institution": "i", "period": NOW - 2, **share(6, 8)}]
    reading = Exact(plan, frame_of(area, rows).to_dicts()).goal(plan.goals[0], "i", NOW).reading
    assert reading.pooled is not None
    assert reading.pooled.periods == (NOW, NOW - 2)


# what is kept back


WORST = {"missing": {"not-submitted": "worst", "withdrawn": "worst"}}


@pytest.mark.parametrize(
    ("earlier", "missing", "periods"),
    [
        ("not-submitted", "not-submitted", None),
        ("withdrawn", "withdrawn", None),
        ("suppressed", None, 2),
        ("too-few", None, 2),
        ("refused", None, 2),
    ],
)
def test_an_earlier_figure_that_counts_as_the_worst_is_missing_from_the_pool(
    reading: Reads, earlier: str, missing: str | None, periods: int | None
) -> None:
    """Else who keeps a bad year back has the worst level once, and who hands it in has the bad year for three."""
    rows = [share(3, 4), {"andel": Gone(earlier)}, share(6, 8)]
    found = pooled(reading, WILSON, *rows, ladder=WORST)
    assert (found["mål.missing"], found["mål.periods"]) == (missing, periods)
    assert found["mål.own"] is not None


def test_the_latest_period_kept_back_says_why(reading: Reads) -> None:
    rows = [share(3, 4), {"andel": Gone("withdrawn")}, {"andel": Gone("not-submitted")}, share(6, 8)]
    assert pooled(reading, WILSON, *rows, ladder=WORST)["mål.missing"] == "withdrawn"


@pytest.mark.parametrize(("back", "missing"), [(1, "withdrawn"), (2, "withdrawn"), (3, None)])
def test_what_is_kept_back_counts_for_as_long_as_it_would_be_pooled(
    reading: Reads, back: int, missing: str | None
) -> None:
    rows = [{"andel": Gone("withdrawn")} if n == back else share(3, 4) for n in range(5)]
    assert pooled(reading, WILSON, *rows, ladder=WORST)["mål.missing"] == missing


def test_a_period_without_a_row_is_kept_back_only_after_the_first_row(reading: Reads) -> None:
    now, before = share(3, 4), share(6, 8)
    newcomer = pooled(reading, WILSON, now, {**before, "period": NOW - 1}, ladder=WORST)
    assert (newcomer["mål.missing"], newcomer["mål.periods"]) == (None, 2)
    silent = pooled(reading, WILSON, now, {**before, "period": NOW - 2}, ladder=WORST)
    assert silent["mål.missing"] == "not-submitted"
    long_silent = pooled(reading, WILSON, now, {**before, "period": NOW - 9}, ladder=WORST)
    assert long_silent["mål.missing"] == "not-submitted"


def test_where_the_goal_did_not_apply_nothing_was_kept_back(reading: Reads) -> None:
    goal = {"measure": "andel", "applies_when": "findes", "evidence": {**WILSON, "confidence": "0.95"}}
    made = plan_of(goals={"mål": goal}, ladder=WORST)
    now = {"institution": "i", "period": NOW, "findes": True, **share(3, 4)}
    for findes, missing in ((False, None), (True, "not-submitted"), (None, "not-submitted")):
        before = {"institution": "i", "period": NOW - 1, "findes": findes, "andel": Gone("not-submitted")}
        assert answers(reading, made, [now, before])[0]["mål.missing"] == missing


def test_what_an_indicator_was_before_it_was_redefined_is_not_kept_back(reading: Reads) -> None:
    redefined = {"andel": {"kind": "proportion", "comparable_from": str(NOW)}}
    rows = [share(3, 4), {"andel": Gone("not-submitted")}]
    assert pooled(reading, WILSON, *rows, ladder=WORST, indicators=redefined)["mål.missing"] is None


def test_a_group_whose_earlier_figure_is_kept_back_holds_the_goal_down(reading: Reads) -> None:
    goal = {
        "measure": "andel", "evidence": {**WILSON, "confidence": "0.5"}, "decimals": 4,
        "levels": {"bedst": {"at_least": 0.5}, "god": {"at_least": 0.3}, "dårlig": "otherwise"},
        "equity": {"groups": ["a"], "no_worse_than": "god", "cap": "god"},
    }  # fmt: skip
    indicators = {"andel": {"kind": "proportion", "by": ["gruppe"]}}
    made = plan_of(goals={"mål": goal}, indicators=indicators, members=["a"], ladder=WORST)
    both = {**share(90, 100), "andel@a.count": 90, "andel@a.n": 100}
    for before, level in ((both, "bedst"), ({**share(90, 100), "andel@a": Gone("withdrawn")}, "god")):
        rows = [{"institution": "i", "period": NOW, **both}, {"institution": "i", "period": NOW - 1, **before}]
        assert answers(reading, made, rows)[0]["mål.level"] == level


def test_which_period_is_kept_back_is_known() -> None:
    area, plan = plan_of(goals={"mål": {"measure": "andel", "evidence": {**WILSON, "confidence": "0.5"}}}, ladder=WORST)
    rows = [{"institution": "i", "period": NOW, **share(1, 4)}, {"institution": "i", "period": NOW - 2, **share(6, 8)}]
    value = Exact(plan, frame_of(area, rows).to_dicts()).goal(plan.goals[0], "i", NOW).reading.value
    assert isinstance(value, Missing)
    assert value.since == NOW - 1
