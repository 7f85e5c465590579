"""Stars for US nursing homes, August 2021: the overall star, the health score, hours and the staffing stars as
published; and the health star as far as one month can tell.

The overall star reads the published stars; the health and staffing stars are computed afresh. The regulator holds a
health star until the home's own score changes, so how many of them come out, and why not more, is counted here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import polars as pl
import pytest

from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine import columns
from tilsyn.engine.nodes import Plan
from tilsyn.files.observations import read_figures
from tilsyn.services.cases import run_cases
from tilsyn.services.rules import bound, checked, period_of

from .regimes import REGIMES, Regime, agreement, differences, read_regime

FOLDER, AREA, PERIOD = "cms_plejehjem", "plejehjem_usa", "2021-08"
FILE = "cms_nursing_home_2021_08.csv"
EDGES = (1 / 10, 1 / 3, 17 / 30, 8 / 10)
"""The shares at which the five health stars part: a tenth, three times 23 1/3 %, a fifth."""

CLOSE = 0.05
FIFTH_DECIMAL = 1e-5


@pytest.fixture(scope="module")
def cms(truth: Path) -> Regime:
    return read_regime(FOLDER, AREA, truth / FILE, PERIOD)


@pytest.fixture(scope="module")
def found(cms: Regime, truth: Path) -> pl.DataFrame:
    """A row for each home: what was published beside what was computed."""
    published = pl.read_csv(truth / FILE, infer_schema_length=None)
    joined = cms.found.join(published, left_on="institution", right_on="ccn", validate="1:1")
    assert joined.height == published.height == 7160
    return joined


def told(column: str) -> pl.Expr:
    """A published number as the results have them."""
    return pl.col(column).cast(pl.Float64)


def test_the_declarations_hold_and_their_cases_pass() -> None:
    catalogue = checked(REGIMES / FOLDER)
    ran = list(run_cases(catalogue, catalogue.areas))
    assert [(str(r.case.name.da), r.differences) for r in ran if r.differences] == []
    assert len(ran) >= 30


def test_every_overall_star_is_the_published_one(found: pl.DataFrame) -> None:
    assert agreement("CMS, overall star", found, pl.col("samlet"), told("overall")) == (7160, 7160)
    for name, published in (("bemanding", "staffing"), ("kvalitet", "qm")):
        without = found.filter(pl.col(published).is_null() & pl.col("health").is_not_null())
        assert without.height
        assert not without.select(pl.col("samlet.then").str.contains(name).any()).item()


def test_the_weighted_score_with_two_cycles_and_with_three(found: pl.DataFrame) -> None:
    three, two = (found.filter((pl.col("c3_total") == ".") == absent) for absent in (False, True))
    score, published = pl.col("point"), told("weighted_score")
    assert agreement("CMS, score of three cycles", three, score, published) == (7057, 7058)
    assert agreement("CMS, score of two cycles, or none", two, score, published) == (102, 102)
    assert two["point"].count() == 43
    odd = found.filter(score.ne_missing(published))
    assert odd.select("institution", "point", "weighted_score").rows() == [("05A021", 1063.833, 1063.83)]


@pytest.mark.parametrize(("ours", "published", "near"), [("rn_justeret", "rn", 6898), ("justeret", "tot", 6900)])
def test_the_adjusted_hours(found: pl.DataFrame, ours: str, published: str, near: int) -> None:
    """To one in ten thousand, but for two homes with less than a twentieth of an hour: five decimals can't say it."""
    hours = found.select(pl.col(ours).alias("ours"), pl.col(f"{published}_adjusted").alias("theirs"))
    assert hours.filter(pl.col("ours").is_null() != pl.col("theirs").is_null()).is_empty()
    there = hours.drop_nulls()
    off = (pl.col("ours") - pl.col("theirs")).abs()
    within = there.filter(off <= 1e-4 * pl.col("theirs"))
    print(f"\nCMS, {ours}: {within.height:,} of {there.height:,} within 1e-4")
    assert (within.height, there.height) == (near, 6900)
    beyond = there.filter(off > 1e-4 * pl.col("theirs"))
    assert beyond.filter((off > FIFTH_DECIMAL) | (pl.col("theirs") > 0.05)).is_empty()


def test_every_staffing_star_is_the_published_one(found: pl.DataFrame) -> None:
    assert agreement("CMS, RN star", found, pl.col("rn_stjerne"), told("rn")) == (7160, 7160)
    assert agreement("CMS, staffing star", found, pl.col("bemandingsstjerne"), told("staffing")) == (7160, 7160)
    plain = found.filter(pl.col("staffing_fn").is_null())
    assert agreement("CMS, RN star, no footnote", plain, pl.col("rn_stjerne"), told("rn")) == (6486, 6486)
    same = agreement("CMS, staffing star, no footnote", plain, pl.col("bemandingsstjerne"), told("staffing"))
    assert same == (6486, 6486)


def test_hours_are_rounded_before_the_cut(found: pl.DataFrame) -> None:
    """Ten homes lie under a limit and are rounded on to it; each has the star of the limit."""
    limits = (0.317, 0.508, 0.731, 1.049)
    plain = found.filter(pl.col("staffing_fn").is_null())
    under = plain.filter(pl.any_horizontal((pl.col("rn_justeret") < c) & (pl.col("rn_afrundet") == c) for c in limits))
    assert under.height == 10
    assert under["rn_stjerne"].to_list() == under["rn"].cast(pl.Float64).to_list()


def test_what_the_column_map_takes_the_footnotes_for(found: pl.DataFrame) -> None:
    assert found.filter(pl.col("staffing_fn").ne_missing(pl.col("rn_fn"))).is_empty()
    special = pl.col("sff") == "SFF"
    for footnote in ("overall_fn", "qm_fn", "staffing_fn"):
        withheld = (pl.col(footnote) == 18).fill_null(value=False)
        assert found.filter(withheld != special.fill_null(value=False)).is_empty()
    one = found.filter(pl.col("staffing_fn") == 12)
    assert one.height == 537
    assert set(one.select("rn", "staffing").rows()) == {(1, 1)}
    reasons = found.group_by("staffing_fn", "bemandingsstjerne.missing").len().sort("staffing_fn", nulls_last=True)
    assert reasons.rows() == [
        (1, "undefined", 59),
        (2, "undefined", 34),
        (12, None, 537),
        (18, "withdrawn", 44),
        (None, None, 6486),
    ]
    assert Counter(found["samlet.missing"]) == {None: 7057, "undefined": 59, "withdrawn": 44}


@pytest.fixture(scope="module")
def rated(found: pl.DataFrame) -> pl.DataFrame:
    """Homes with a published health star, with how far their share lies from the nearest edge of a star."""
    away = pl.min_horizontal((pl.col("færre_point") - edge).abs() for edge in EDGES)
    more = pl.col("helbredsstjerne") - pl.col("health")
    return found.filter(pl.col("health").is_not_null()).with_columns(away.round(9).alias("away"), more.alias("more"))


def test_most_health_stars_come_out_and_the_rest_lie_beside_an_edge(rated: pl.DataFrame) -> None:
    hits, of = agreement("CMS, health star", rated, pl.col("helbredsstjerne"), told("health"))
    assert (hits, of) == (6762, 7057)
    # one star apart, but for one home; three quarters of them have more stars here than they held
    assert Counter(rated["more"]) == {0: 6762, 1: 219, -1: 75, 2: 1}
    beside = rated.group_by((pl.col("away") <= CLOSE).alias("close")).agg(pl.len(), (pl.col("more") != 0).sum())
    print("\nCMS, health star, within five percentage points of an edge, and further off:")
    print({close: f"{apart} of {homes:,} differ" for close, homes, apart in beside.rows()})
    assert sorted(beside.rows()) == [(False, 4219, 29), (True, 2838, 266)]


def test_no_limits_whatever_would_bring_out_every_health_star(rated: pl.DataFrame) -> None:
    """Stars fall as scores rise. Within a state the published ones don't quite, whatever the limits: some stars are
    older than the scores. So many can be reached at the very most by any limits at all, chosen for each state."""
    reached = sum(most_by_any_limits(state.sort("point")) for _, state in rated.group_by("state"))
    print(f"\nCMS, health star, by the best of all limits: {reached:,} of {rated.height:,}")
    assert reached == 6869


def most_by_any_limits(state: pl.DataFrame) -> int:
    """How many published stars come out at most, if stars only have to fall as scores rise."""
    best = [0] * 5
    rows: Iterable[tuple[float, int, bool]] = state.select("point", "health", pl.col("abuse") == "Y").iter_rows()
    for _, alike in groupby(rows, key=lambda row: row[0]):
        homes = list(alike)
        hits = [sum((min(star, 2) if abuse else star) == own for _, own, abuse in homes) for star in (5, 4, 3, 2, 1)]
        best = [max(best[: place + 1]) + hits[place] for place in range(5)]
    return max(best)


def test_both_readings_agree(cms: Regime, found: pl.DataFrame) -> None:
    """On 2,000 homes drawn by a seed and on every home that is out of the ordinary in some way."""
    odd = found.filter(
        (pl.col("c3_total") == ".")
        | pl.any_horizontal(pl.col("overall_fn", "qm_fn", "staffing_fn", "sff").is_not_null())
        | (pl.col("abuse") == "Y")
        | pl.col("helbredsstjerne").ne_missing(told("health"))
        | pl.col("state").is_in(["PR", "AK"])
    )
    some = {*found["institution"].sample(2000, seed=2021).to_list(), *odd["institution"].to_list()}
    assert len(some) > 2900
    assert list(differences(cms, sorted(some))) == []


@pytest.fixture(scope="module")
def rules() -> tuple[Policy, Plan, Period]:
    catalogue = checked(REGIMES / FOLDER)
    when = period_of(catalogue, AREA, PERIOD)
    return *bound(catalogue, AREA, when), when


def made_up(
    homes: Iterable[tuple[str, str, int | None]], rules: tuple[Policy, Plan, Period], folder: Path
) -> dict[str, float]:
    """The health stars of homes that are given by id, state and score."""
    policy, plan, when = rules
    lines = [f"{home},{state},nej,nej,{score or ''},{score or ''},{score or ''}" for home, state, score in homes]
    file = folder / "homes.csv"
    file.write_text("\n".join(["institution,stat,misbrug,særligt_tilsyn,runde_1,runde_2,runde_3", *lines]))
    found = columns.read(plan, read_figures([file], policy.area, period=when).frame, period=when.index)
    return dict(found.select("institution", "helbredsstjerne").iter_rows())


def test_the_edges_of_the_bands(rules: tuple[Policy, Plan, Period], tmp_path: Path) -> None:
    """Of thirty homes exactly three, seven, seven, seven and six: what lies on an edge has the lower star."""
    stars = made_up(((f"A{score:02}", "A", score) for score in range(1, 31)), rules, tmp_path)
    assert [stars[home] for home in sorted(stars)] == [5] * 3 + [4] * 7 + [3] * 7 + [2] * 7 + [1] * 6


def test_fewer_than_five_homes_are_held_against_all(rules: tuple[Policy, Plan, Period], tmp_path: Path) -> None:
    """A home without a score is none of the five."""
    four = [(f"B{n}", "B", 100) for n in range(4)] + [("B4", "B", None)]
    five = [(f"C{n}", "C", 200 + n) for n in range(5)]
    stars = made_up([*((f"A{score:02}", "A", score) for score in range(1, 31)), *four, *five], rules, tmp_path)
    assert [stars[f"B{n}"] for n in range(5)] == [2, 2, 2, 2, None]
    assert [stars[f"C{n}"] for n in range(5)] == [5, 4, 3, 2, 1]
