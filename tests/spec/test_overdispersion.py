"""What institutions differ beyond chance, found over all of them and added to each one's uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from math import log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tilsyn.engine import intervals
from tilsyn.engine.exact import Exact
from tilsyn.engine.intervals import Between, Score
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import reads_peers
from tilsyn.studies.counterfactual import what_would_move

from ..generative.readings import Answer, Reads, differences, read_columns, read_exact
from .small import NOW, Gone, answers, frame_of, plan_of

# Five institutions with figures and standard errors, and how many errors they lie from 0:
#
#            x     se     z    w = 1/se²   rank/(5 + 1)
#     i0    −3      1    −3       1            0.17
#     i1     0      1     0       1            0.33
#     i2     1      2     0.5     0.25         0.50
#     i3     4      2     2       0.25         0.67
#     i4     9      1     9       1            0.83
#
# Trimmed by 20 %, i1, i2 and i3 are left: Σz² = 4.25, k = 3, Σw = 1.5, Σw² = 1.125, so that
# τ² = (4.25 − 2) / (1.5 − 1.125/1.5) = 2.25 / 0.75 = 3.
# Winsorised by 20 %, −3 counts as 0 and 9 as 2: Σz² = 8.25, k = 5, Σw = 3.5, Σw² = 3.125, so that
# τ² = (8.25 − 4) / (3.5 − 3.125/3.5) = 4.25 / 2.607143 = 1.630137.
# If all count, Σz² = 94.25, and τ² = (94.25 − 4) / 2.607143 = 34.616438.
FIVE = ((-3, 1), (0, 1), (1, 2), (4, 2), (9, 1))
Z = "1.959964"


def spiegelhalter(centre: object = 0, **ends: str) -> dict[str, Any]:
    return {"method": "spiegelhalter/v1", "centre": str(centre), **(ends or {"trim": "20 %"})}


def goal_of(overdispersion: Mapping[str, Any] | None, **goal: Any) -> dict[str, Any]:
    """A goal measured as it stands, to four decimals, at 95 %."""
    method = goal.pop("method", "normal/v1")
    evidence: dict[str, Any] = {"method": method, "confidence": "0.95", **goal.pop("evidence", {})}
    if overdispersion is not None:
        evidence["overdispersion"] = overdispersion
    return {"measure": "x", "decimals": 4, "evidence": evidence, **goal}


def found_by(
    reading: Reads, overdispersion: Mapping[str, Any] | None, rows: Sequence[Mapping[str, Any]], **goal: Any
) -> list[Answer]:
    extra = {name: goal.pop(name) for name in ("indicators", "members") if name in goal}
    return answers(reading, plan_of(goals={"mål": goal_of(overdispersion, **goal)}, **extra), rows)


def values(figures: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
    return [{"x": x, "x.se": se} for x, se in figures]


def low_high(found: Answer) -> tuple[float, float]:
    worse, better = found["mål.worse"], found["mål.better"]
    return float(worse), float(better)  # type: ignore[arg-type]


def widths(found: Sequence[Answer]) -> list[float]:
    return [round(high - low, 4) for low, high in map(low_high, found)]


def between(rows: Sequence[Mapping[str, Any]], overdispersion: Mapping[str, Any], **goal: Any) -> Between:
    """What the exact reading found for the first row that has a figure."""
    area, plan = plan_of(goals={"mål": goal_of(overdispersion, **goal)})
    exact = Exact(plan, frame_of(area, rows).to_dicts())
    readings = (exact.goal(plan.goals[0], name, NOW).reading for name in exact.institutions(NOW))
    pooled = next(reading.pooled for reading in readings if reading.pooled is not None)
    assert pooled.between is not None
    return pooled.between


@pytest.mark.parametrize(
    ("ends", "variance", "peers"),
    [
        ({"trim": "20 %"}, Fraction(3), 3),
        ({"winsorise": "20 %"}, Fraction("14.875") / Fraction("9.125"), 5),
        ({"trim": "0 %"}, Fraction("315.875") / Fraction("9.125"), 5),
        ({"winsorise": "0 %"}, Fraction("315.875") / Fraction("9.125"), 5),
    ],
)
def test_five_institutions_by_hand(reading: Reads, ends: dict[str, str], variance: Fraction, peers: int) -> None:
    over, rows = spiegelhalter(**ends), values(FIVE)
    was = between(rows, over)
    assert (float(was.variance), was.peers) == (pytest.approx(float(variance), rel=1e-15), peers)
    for (x, se), answer in zip(FIVE, found_by(reading, over, rows), strict=True):
        half = float(Z) * (se**2 + float(variance)) ** 0.5
        assert low_high(answer) == (pytest.approx(x - half, abs=1e-4), pytest.approx(x + half, abs=1e-4))


def test_the_first_of_the_five_in_figures(reading: Reads) -> None:
    """√(1 + 3) = 2, so −3 ± 1.959964 · 2; without over-dispersion −3 ± 1.959964."""
    rows = values(FIVE)
    assert low_high(found_by(reading, spiegelhalter(), rows)[0]) == (-6.9199, 0.9199)
    assert low_high(found_by(reading, None, rows)[0]) == (-4.9600, -1.0400)


@pytest.mark.parametrize(
    ("bound", "level"),
    [({"at_least": "0.91"}, "bedst"), ({"at_least": "0.92"}, "bedst"), ({"at_least": "0.93"}, "dårlig"),
     ({"above": "0.91"}, "bedst"), ({"above": "0.92"}, "dårlig")],
)  # fmt: skip
def test_a_widened_end_at_a_boundary(reading: Reads, bound: dict[str, str], level: str) -> None:
    """The better end is 0.9199, and 0.92 when it has got the goal's two decimals."""
    levels = {"bedst": bound, "dårlig": "otherwise"}
    found = found_by(reading, spiegelhalter(), values(FIVE), decimals=2, levels=levels)[0]
    assert (found["mål.level_best"], found["mål.level"]) == (level, "dårlig")


# Observed and expected, their ratio's root, and its distance from 1 in errors of 1 / (2√expected):
#
#            O     E    √(O/E)   error      z    w = 4E
#     i0    16    25     0.8      0.1      −2     100
#     i1   100   100     1.0      0.05      0     400
#     i2    36    25     1.2      0.1       2     100
#     i3   196   100     1.4      0.05      8     400
#     i4     9    25     0.6      0.1      −4     100
#
# Trimmed by 20 %, i0, i1 and i2 are left: Σz² = 8, Σw = 600, Σw² = 180,000, so that
# τ² = (8 − 2) / (600 − 300) = 0.02.
RATIOS = ((16, 25), (100, 100), (36, 25), (196, 100), (9, 25))


def ratios(figures: Sequence[tuple[float, float]] = RATIOS) -> list[dict[str, Any]]:
    return [{"ratio.count": count, "ratio.expected": expected} for count, expected in figures]


def test_five_ratios_by_hand(reading: Reads) -> None:
    """The first: 0.8 ± 1.959964 · √(0.01 + 0.02) is 0.460524 … 1.139476, and squared 0.2121 … 1.2984.

    The second: 1 ± 1.959964 · √(0.0025 + 0.02) is 0.706005 … 1.293995, and squared 0.4984 … 1.6744.
    """
    more = {"method": "square-root/v1", "measure": "ratio"}
    assert between(ratios(), spiegelhalter(1), **more) == Between(Fraction(1, 50), 3)
    found = found_by(reading, spiegelhalter(1), ratios(), **more)
    assert [low_high(answer) for answer in found[:2]] == [(0.2121, 1.2984), (0.4984, 1.6744)]
    without = found_by(reading, None, ratios(), **more)
    assert [low_high(answer) for answer in without[:2]] == [(0.3648, 0.9920), (0.8136, 1.2056)]


@pytest.mark.parametrize(
    ("measure", "centre", "scale", "offset"),
    [("ratio", 1, 1, 0), ("100 * ratio", 100, 100, 0), ("2 - ratio", 1, -1, 2), ("100 - 100 * ratio", 0, -100, 100)],
)
def test_the_centre_is_in_the_goals_unit(reading: Reads, measure: str, centre: int, scale: int, offset: int) -> None:
    found = found_by(reading, spiegelhalter(centre), ratios(), method="square-root/v1", measure=measure, decimals=2)[0]
    assert sorted(low_high(found)) == sorted(round(scale * end + offset, 2) for end in (0.212083, 1.298405))


def test_a_difference_from_the_expected_lies_around_zero(reading: Reads) -> None:
    """Each one's own expected result is taken away before it is seen how far it lies from the centre."""
    rows = [{"x": x + own, "x.se": se, "x.expected": own} for (x, se), own in zip(FIVE, (4, 0, 7, 2, 3), strict=True)]
    found = found_by(reading, spiegelhalter(), rows, measure="x - x.expected")
    assert [low_high(a) for a in found] == [low_high(a) for a in found_by(reading, spiegelhalter(), values(FIVE))]


def test_an_attribute_in_the_measure_moves_the_centre_with_it(reading: Reads) -> None:
    rows = [{"x": x - own, "x.se": se, "antal": own} for (x, se), own in zip(FIVE, (4, 0, 7, 2, 3), strict=True)]
    found = found_by(reading, spiegelhalter(), rows, measure="x + antal")
    assert [low_high(a) for a in found] == [low_high(a) for a in found_by(reading, spiegelhalter(), values(FIVE))]


def test_bcg_vaccine_as_printed(reading: Reads) -> None:
    """The same estimator with another name (DerSimonian & Laird 1986): thirteen trials of BCG vaccine (Colditz et al.
    1994) as they are analysed in Viechtbauer (2010, Journal of Statistical Software 36:3), around the fixed-effect
    estimate. Printed there: −0.4303, Q = 152.233, τ² = 0.3088."""
    trials = (
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
        (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232),
        (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    )  # fmt: skip
    ratios_and_errors = [
        (log(a / (a + b)) - log(c / (c + d)), (1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)) ** 0.5)
        for a, b, c, d in trials
    ]
    was = between(values(ratios_and_errors), spiegelhalter("-0.4303", trim="0 %"))
    assert (f"{float(was.variance):.4f}", was.peers) == ("0.3088", 13)
    squares = sum(((x + 0.4303) / se) ** 2 for x, se in ratios_and_errors)
    assert f"{squares:.3f}" == "152.233"
    found = found_by(reading, spiegelhalter("-0.4303", trim="0 %"), values(ratios_and_errors))
    for (x, se), answer in zip(ratios_and_errors, found, strict=True):
        half = float(Z) * (se**2 + 0.30876) ** 0.5
        assert low_high(answer) == (pytest.approx(x - half, abs=1e-4), pytest.approx(x + half, abs=1e-4))


# none, little, no peers


@pytest.mark.parametrize(("x", "variance"), [("0.79", 0), ("0.8", 0), ("0.81", "0.0161")])
def test_just_under_and_just_over_what_chance_explains(reading: Reads, x: str, variance: str) -> None:
    """Two figures with an error of 1: Σz² must be more than k − 1 = 1, and 0.36 + 0.64 is not. The divisor is 1."""
    rows = values([(0.6, 1), (float(x), 1)])
    over = spiegelhalter(trim="0 %")
    assert between(rows, over) == Between(Fraction(variance), 2)
    half = float(Z) * (1 + float(variance)) ** 0.5
    assert low_high(found_by(reading, over, rows)[0]) == (
        pytest.approx(0.6 - half, abs=1e-4), pytest.approx(0.6 + half, abs=1e-4)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "peers"),
    [
        (values([(50, 1)]), 1),
        ([*values([(50, 1)]), {"x": Gone("suppressed"), "x.se": 1}], 1),
        ([*values([(50, 1)]), {"x": 3}], 1),
        (values([(50, 1), (60, 0)]), 1),
        (values([(50, 0), (60, 0)]), 0),
        ([*values([(50, 1)]), {"x": 60, "x.se": 1, "period": NOW - 1, "institution": "før"}], 1),
    ],
)
def test_one_institution_alone_has_nobody_to_differ_from(
    reading: Reads, rows: list[dict[str, Any]], peers: int
) -> None:
    over = spiegelhalter(trim="0 %")
    assert between(rows, over) == Between(Fraction(0), peers)
    assert [low_high(a) for a in found_by(reading, over, rows)[:1]] == [
        low_high(a) for a in found_by(reading, None, rows)[:1]
    ]


def test_without_figures_there_are_none(reading: Reads) -> None:
    rows = [{"x": Gone("withdrawn")}, {"x": Gone("too-few"), "x.se": 2}, {"x": 4}]
    found = found_by(reading, spiegelhalter(), rows)
    assert [answer["mål.missing"] for answer in found] == ["withdrawn", "too-few", "not-submitted"]
    assert [(answer["mål.worse"], answer["mål.better"]) for answer in found] == [(None, None)] * 3


@pytest.mark.parametrize("ends", [{"trim": "40 %"}, {"winsorise": "40 %"}])
def test_where_all_are_extreme_nobody_is_left(reading: Reads, ends: dict[str, str]) -> None:
    """Of two, one has the rank share 1/3 and the other 2/3."""
    rows = values([(50, 1), (60, 1)])
    assert between(rows, spiegelhalter(**ends)) == Between(Fraction(0), 0)
    assert widths(found_by(reading, spiegelhalter(**ends), rows)) == [3.92, 3.92]


def test_an_institution_without_an_error_is_widened_all_the_same(reading: Reads) -> None:
    """It has no score, so the other two decide: Σz² = 0 + 16, and τ² = (16 − 1) / 1."""
    rows = values([(0, 1), (4, 1), (7, 0)])
    assert between(rows, spiegelhalter(trim="0 %")) == Between(Fraction(15), 2)
    assert low_high(found_by(reading, spiegelhalter(trim="0 %"), rows)[2]) == (-0.5909, 14.5909)


def test_whom_the_goal_does_not_concern_is_no_peer(reading: Reads) -> None:
    rows = [{**row, "findes": True} for row in values(FIVE)] + [
        {"x": 99, "x.se": 1, "findes": False}, {"x": -99, "x.se": 1}
    ]  # fmt: skip
    found = found_by(reading, spiegelhalter(), rows, applies_when="findes")
    assert low_high(found[0]) == (-6.9199, 0.9199)
    assert [answer["mål.missing"] for answer in found[5:]] == ["not-applicable", "not-submitted"]


def test_a_centre_that_has_no_root_is_no_centre(reading: Reads) -> None:
    """100 · ratio can't be −1, so that nobody has a distance from it."""
    more = {"method": "square-root/v1", "measure": "100 * ratio", "decimals": 2}
    assert between(ratios(), spiegelhalter(-1), **more) == Between(Fraction(0), 0)
    without = [low_high(answer) for answer in found_by(reading, None, ratios(), **more)]
    assert [low_high(answer) for answer in found_by(reading, spiegelhalter(-1), ratios(), **more)] == without


def test_a_measure_that_stands_still_has_no_distance(reading: Reads) -> None:
    """With `antal` 0 the figure is 0 whatever x is, so that it is no peer of the five.

    Around 1 their z are −4, −1, 0, 1.5 and 8, so that τ² = (3.25 − 2) / 0.75, and −3 ± 1.959964 · √(1 + 5/3).
    """
    rows = [{**row, "antal": 1} for row in values(FIVE)] + [{"x": 99, "x.se": 1, "antal": 0}]
    for centre, first in ((0, (-6.9199, 0.9199)), (1, (-6.2006, 0.2006))):
        found = found_by(reading, spiegelhalter(centre), rows, measure="x * antal")
        assert (low_high(found[0]), low_high(found[5])) == (first, (0.0, 0.0))


def test_groups_have_peers_of_their_own(reading: Reads) -> None:
    """The group's five figures are those of the table above; the institutions' own lie as chance would have them."""
    rows = [
        {"x": 0.5, "x.se": 1, "x@børn": x, "x@børn.se": se} for x, se in FIVE
    ]  # fmt: skip
    goal = {
        "indicators": {"x": {"kind": "value", "by": ["gruppe"]}},
        "members": ["børn"],
        "equity": {"groups": ["børn"], "no_worse_than": "god", "cap": "under"},
        "levels": {"god": {"at_least": "0.92"}, "under": {"at_least": "0.5"}, "dårlig": "otherwise"},
        "decimals": 2,
    }
    found = found_by(reading, spiegelhalter(), rows, **goal)
    # the institution itself: 0.5 ± 1.96, whose better end is good; its group's −3 ± 3.92 reaches 0.92, just good too
    assert low_high(found[0]) == (-1.46, 2.46)
    assert found[0]["mål.level_best"] == "god"
    goal["levels"]["god"] = {"at_least": "0.93"}
    assert found_by(reading, spiegelhalter(), rows, **goal)[0]["mål.level_best"] == "under"


# which are extreme


def of(zs: Sequence[object], ends: str, *, winsorise: bool = False) -> Between:
    scores = [Score(Fraction(str(z)), Fraction(1)) for z in zs]
    return intervals.between(scores, Fraction(ends), winsorise=winsorise)


@pytest.mark.parametrize(
    ("zs", "ends", "kept"),
    [
        # four, so that ranks are fifths: 0.2 is not below 0.2, but 0.8 is not below 0.8 either
        ([1, 2, 3, 4], "0.19", [1, 2, 3, 4]),
        ([1, 2, 3, 4], "0.2", [1, 2, 3]),
        ([1, 2, 3, 4], "0.21", [2, 3]),
        # nine in tenths: 0.1 stays, 0.9 goes
        ([1, 2, 3, 4, 5, 6, 7, 8, 9], "0.1", [1, 2, 3, 4, 5, 6, 7, 8]),
        # nineteen in twentieths: below 0.1 is one at the lower end, from 0.9 on are two at the upper
        (list(range(1, 20)), "0.1", list(range(2, 18))),
        # those who are the same have the mean of their ranks: 1.5 and 3.5 of fifths are 0.3 and 0.7
        ([1, 1, 4, 4], "0.25", [1, 1, 4, 4]),
        ([1, 1, 4, 4], "0.3", [1, 1]),
        ([1, 1, 4, 4], "0.31", []),
        ([2, 2, 2, 2], "0.4", [2, 2, 2, 2]),
        # three at the bottom have rank 2 of sixths
        ([1, 1, 1, 5, 6], "0.33", [1, 1, 1, 5]),
        ([1, 1, 1, 5, 6], "0.34", []),
        # to nine decimals they are the same
        (["1", "1.0000000001", "4", "4"], "0.25", ["1", "1.0000000001", "4", "4"]),
        (["1", "1.000000001", "4", "4"], "0.25", ["1.000000001", "4", "4"]),
    ],
)
def test_trimmed_by_the_share_of_ranks(reading: Reads, zs: list[Any], ends: str, kept: list[Any]) -> None:
    """`kept` untrimmed must come to the same; the weights are all 1, so that the divisor is k − 1."""
    squares = sum(Fraction(str(z)) ** 2 for z in kept)
    variance = max(Fraction(0), (squares - len(kept) + 1) / (len(kept) - 1)) if len(kept) > 1 else Fraction(0)
    was = of(zs, ends)
    assert (float(was.variance), was.peers) == (pytest.approx(float(variance), rel=1e-15), len(kept))
    over = spiegelhalter(trim=f"{float(100 * Fraction(ends)):g} %")
    half = float(Z) * (1 + float(variance)) ** 0.5
    for answer in found_by(reading, over, values([(float(z), 1) for z in zs])):
        low, high = low_high(answer)
        assert high - low == pytest.approx(2 * half, abs=2e-4)


@pytest.mark.parametrize(
    ("zs", "ends", "counted"),
    [
        ([1, 2, 3, 4], "0.2", [1, 2, 3, 3]),
        ([1, 2, 3, 4], "0.21", [2, 2, 3, 3]),
        ([-9, 0, 1, 2, 9], "0.2", [0, 0, 1, 2, 2]),
        # a tie at the end is moved whole, or not at all
        ([1, 1, 4, 5], "0.3", [1, 1, 4, 4]),
        ([1, 1, 1, 5, 6], "0.33", [1, 1, 1, 5, 5]),
    ],
)
def test_winsorised_to_the_nearest_that_is_kept(reading: Reads, zs: list[int], ends: str, counted: list[int]) -> None:
    variance = Fraction(max(0, sum(z * z for z in counted) - len(zs) + 1), len(zs) - 1)
    was = of(zs, ends, winsorise=True)
    assert (float(was.variance), was.peers) == (pytest.approx(float(variance), rel=1e-15), len(zs))
    over = spiegelhalter(winsorise=f"{float(100 * Fraction(ends)):g} %")
    half = float(Z) * (1 + float(variance)) ** 0.5
    found = found_by(reading, over, values([(float(z), 1) for z in zs]))
    assert widths(found) == [pytest.approx(2 * half, abs=2e-4)] * len(zs)


def test_one_weight_far_above_the_others_loses_no_digits(reading: Reads) -> None:
    """Errors of 0.000001 and 1: the weights are 10¹² and 1, and Σw − Σw²/Σw is 2 · 10¹² / (10¹² + 1), just below 2.
    In float64 10¹² + 1 − 10²⁴/(10¹² + 1) would be good for three digits."""
    rows = values([(0, 0.000001), (3, 1)])
    was = between(rows, spiegelhalter(trim="0 %"))
    assert float(was.variance) == pytest.approx(4.000000000004, rel=1e-15)
    assert low_high(found_by(reading, spiegelhalter(trim="0 %"), rows, decimals=6)[1]) == (-1.382613, 7.382613)


# what it means for the rest


def test_the_others_are_read_where_one_institution_is_explained() -> None:
    _, plan = plan_of(goals={"mål": goal_of(None)})
    _, widened = plan_of(goals={"mål": goal_of(spiegelhalter())})
    assert (reads_peers(plan), reads_peers(widened)) == (False, True)


def moves_of(overdispersion: Mapping[str, Any] | None, bound: str) -> tuple[Any, Any]:
    """What the way to a freer step is, for the first of the five: its goal's answer, and that about more evidence."""
    ladder = {
        "steps": ("fri", "tillid"),
        "rules": [{"mål": "bedst", "step": "fri"}, {"step": "tillid"}],
        "movement": {"up": 1, "confirm": {"up": 1, "down": 1}},
    }
    levels = {"bedst": {"at_least": bound}, "dårlig": "otherwise"}
    area, plan = plan_of(goals={"mål": goal_of(overdispersion, levels=levels)}, ladder=ladder)
    exact = Exact(plan, frame_of(area, values(FIVE)).to_dicts())
    freer = what_would_move(exact, exact.place("i0", NOW, None)).freer
    assert freer.evidence is not None
    return freer.goals[0].answer, freer.evidence.answer


def test_what_would_move_it_is_not_answered_as_if_it_were_alone() -> None:
    """One institution's figure changes everybody's interval, its own too; nor does only its own error become less,
    as if −3 − 1.96 · √(1/50 + 3) = −6.41 were to be had."""
    assert moves_of(None, "-3.5") == ("moves", "more-persons")
    assert moves_of(spiegelhalter(), "-6.5") == ("peers", "not-by-evidence")


FIGURES = st.lists(
    st.tuples(st.integers(-60, 60).map(lambda n: n / 10), st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 7.5])),
    min_size=1,
    max_size=24,
)
COUNTS = st.lists(
    st.tuples(st.integers(0, 60).map(float), st.sampled_from([0.1, 1.0, 5.0, 16.0, 33.3, 400.0])),
    min_size=1,
    max_size=24,
)
ENDS = st.tuples(st.sampled_from(["trim", "winsorise"]), st.sampled_from(["0 %", "5 %", "10 %", "12.5 %", "33.3 %"]))


@cache
def plans(method: str, measure: str, ends: tuple[str, str], centre: str) -> tuple[Any, Plan, Plan]:
    goal = {"method": method, "measure": measure, "evidence": {"confidence": {"up": "0.5", "down": "0.65"}}}
    area, without = plan_of(goals={"mål": goal_of(None, **goal)})
    _, widened = plan_of(goals={"mål": goal_of(spiegelhalter(centre, **dict([ends])), **goal)})
    return area, without, widened


def never_narrower(area: Any, without: Plan, widened: Plan, rows: Sequence[Mapping[str, Any]]) -> None:
    frame = frame_of(area, rows)
    narrow, wide = read_exact(without, frame, NOW, {}), read_exact(widened, frame, NOW, {})
    for name, found in wide.items():
        (low, high), (least, most) = low_high(narrow[name]), low_high(found)
        assert least <= low <= high <= most
        assert found["mål"] == narrow[name]["mål"]
    assert list(differences(widened, wide, read_columns(widened, frame, NOW, {}))) == []


@settings(deadline=None, max_examples=40)
@given(figures=FIGURES, ends=ENDS, centre=st.sampled_from(["0", "1.2", "-3"]))
def test_values_are_never_narrowed_and_both_readings_agree(
    figures: list[tuple[float, float]], ends: tuple[str, str], centre: str
) -> None:
    never_narrower(*plans("normal/v1", "x", ends, centre), values(figures))


@settings(deadline=None, max_examples=40)
@given(figures=COUNTS, ends=ENDS, centre=st.sampled_from(["1", "0.5", "0"]))
def test_ratios_are_never_narrowed_and_both_readings_agree(
    figures: list[tuple[float, float]], ends: tuple[str, str], centre: str
) -> None:
    never_narrower(*plans("square-root/v1", "ratio", ends, centre), ratios(figures))
