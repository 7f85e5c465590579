"""Texas' campus ratings 2019: progress, overall score, letter and outcome of every campus, and how many campuses each
inferred rule decides, found by leaving it out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.quantities import Adjustment
from tilsyn.engine import columns
from tilsyn.engine.plan import make_plan
from tilsyn.services.cases import run_cases
from tilsyn.services.rules import bound, checked

from .regimes import REGIMES, Regime, agreement, differences, read_regime

FILE = "texas_campus_2019.csv"
LETTERS = ("A", "B", "C", "D", "F")
FIGURES = ("CD1S", "CD2AS", "CD2BS", "CD2S", "CD3S", "C_AEABONUS", "LAS_SCORE", "LAS_WEIGHT", "CDALLS")

Then = list[Adjustment]


@pytest.fixture(scope="module")
def texas(truth: Path) -> Regime:
    return read_regime("texas", "texas", truth / FILE, "2018/19")


@pytest.fixture(scope="module")
def area(texas: Regime) -> Area:
    return bound(checked(REGIMES / "texas"), "texas", texas.period)[0].area


@pytest.fixture(scope="module")
def published(truth: Path) -> pl.DataFrame:
    text = pl.read_csv(truth / FILE, infer_schema=False)
    return text.with_columns(pl.col(*FIGURES).replace(".", None).cast(pl.Float64))


@pytest.fixture(scope="module")
def found(texas: Regime, published: pl.DataFrame) -> pl.DataFrame:
    """What was published beside what was computed, a row for each campus."""
    return beside(texas.found, published)


def beside(computed: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    joined = published.join(computed, left_on="CAMPUS", right_on="institution", validate="1:1")
    assert joined.height == computed.height == published.height == 8838
    return joined


def follows_a_district(published: pl.DataFrame) -> pl.Expr:
    """Paired with what is no campus of the file: the whole district, whose id ends in 000."""
    away = (pl.col("CFLPAIR") == "Y") & ~pl.col("PAIRCAMP").is_in(published["CAMPUS"].implode())
    assert published.filter(away).select(pl.col("PAIRCAMP").str.ends_with("000").all()).item()
    return away


def test_the_cases_hold() -> None:
    catalogue = checked(REGIMES / "texas")
    results = list(run_cases(catalogue, catalogue.areas))
    assert [(str(r.case.name.da), r.differences) for r in results if r.differences] == []
    assert len(results) == 22


def test_every_progress_score_is_the_published_one(found: pl.DataFrame) -> None:
    scored = found.filter(pl.col("CD2S").is_not_null())
    assert agreement("Texas, progress", scored, pl.col("fremgang"), pl.col("CD2S")) == (7838, 7838)
    without = found.filter(pl.col("CD2S").is_null())
    assert without["fremgang.missing"].to_list() == ["not-submitted"] * 1000


def test_every_score_and_letter_that_the_file_can_give_is_the_published_one(
    found: pl.DataFrame, published: pl.DataFrame
) -> None:
    own = found.filter(~follows_a_district(published))
    scored = own.filter(pl.col("CDALLS").is_not_null())
    assert agreement("Texas, overall", scored, pl.col("samlet"), pl.col("CDALLS")) == (8229, 8229)
    rated = own.filter(pl.col("C_RATING").is_in(LETTERS))
    assert agreement("Texas, letter", rated, pl.col("karakter"), pl.col("C_RATING")) == (8215, 8215)


def test_who_is_not_rated_and_who_is_under_review(found: pl.DataFrame, published: pl.DataFrame) -> None:
    told = found.filter(~follows_a_district(published) | (pl.col("C_RATING") == "Data Integrity Issues"))
    outcome = pl.when(pl.col("C_RATING").is_in(LETTERS)).then(pl.lit("Rated")).otherwise(pl.col("C_RATING"))
    assert agreement("Texas, outcome", told, pl.col("udfald"), outcome) == (8771, 8771)
    unrated = found.filter(pl.col("C_RATING") == "Not Rated")
    assert unrated["samlet"].null_count() == 541
    # nearly all of them have no figure at all, and why is not in the file; the two others have scores without letters
    assert sorted(unrated["samlet.missing"].value_counts().rows()) == [("not-submitted", 539), ("withdrawn", 2)]
    scored = unrated.filter(pl.any_horizontal(pl.col("CD1S", "CD2AS", "CD2BS", "CD3S").is_not_null()))
    assert scored["samlet.missing"].to_list() == ["withdrawn", "withdrawn"]
    # a review holds the letter back and leaves the score; who is under review can't be told by anything else
    review = found.filter(pl.col("C_RATING") == "Data Integrity Issues")
    assert review.select("karakter", "karakter.missing").unique().rows() == [(None, "withdrawn")]
    assert review.filter(pl.col("samlet") == pl.col("CDALLS")).height == 14
    assert review.filter(pl.col("samlet.missing") == "not-submitted")["PAIRCAMP"].to_list() == ["092904000"]


def test_a_paired_campus_has_its_partners_score(found: pl.DataFrame) -> None:
    scores = found.select(pl.col("CAMPUS"), pl.col("eget_resultat").alias("partner's"))
    paired = found.filter(pl.col("CFLPAIR") == "Y").join(scores, left_on="PAIRCAMP", right_on="CAMPUS")
    assert agreement("Texas, paired", paired, pl.col("samlet"), pl.col("partner's")) == (289, 289)
    assert paired.filter(pl.col("samlet") == pl.col("CDALLS")).height == 289
    assert paired["eget_resultat.missing"].unique().to_list() == ["not-applicable"]


def test_whoever_follows_a_district_needs_one_figure_that_is_not_in_the_file(
    texas: Regime, found: pl.DataFrame, published: pl.DataFrame
) -> None:
    """68 campuses follow 48 districts. They have no score of ours; given one number for each district, taken from the
    first campus that follows it, all scores and letters of the file come out."""
    followers = found.filter(follows_a_district(published))
    assert followers.select("samlet", "samlet.missing").unique().rows() == [(None, "not-submitted")]
    assert followers["karakter"].null_count() == followers.height == 68
    # the districts' scores, and not the followers' own local scores, which five of them have
    assert followers.filter(pl.col("LAS_SCORE").is_not_null())["CDALLS"].to_list() == [86.0] * 5
    districts = followers.group_by("PAIRCAMP").agg(pl.col("CDALLS").first().alias("given"))
    assert districts.height == 48
    given = followers.select("CAMPUS", "PAIRCAMP").join(districts, on="PAIRCAMP").select("CAMPUS", "given")
    told = texas.figures.frame.join(given, left_on="institution", right_on="CAMPUS", how="left").with_columns(
        pl.coalesce("given", "distriktets_resultat").alias("distriktets_resultat"),
        pl.when(pl.col("given").is_not_null())
        .then(0)
        .otherwise(pl.col("distriktets_resultat.missing"))
        .cast(pl.Int8)
        .alias("distriktets_resultat.missing"),
    )
    whole = beside(columns.read(texas.plan, told, period=texas.period.index), published)
    scored = whole.filter(pl.col("CDALLS").is_not_null())
    assert agreement("Texas, overall, districts given", scored, pl.col("samlet"), pl.col("CDALLS")) == (8297, 8297)
    rated = whole.filter(pl.col("C_RATING").is_in(LETTERS))
    assert agreement("Texas, letter, districts given", rated, pl.col("karakter"), pl.col("C_RATING")) == (8282, 8282)


def without(name: str) -> Callable[[Then], Then]:
    return lambda then: [entry for entry in then if entry.id != name]


def instead(name: str, when: str) -> Callable[[Then], Then]:
    return lambda then: [e.model_copy(update={"when": when}) if e.id == name else e for e in then]


def bonus_first(then: Then) -> Then:
    return sorted(then, key=lambda entry: ("tillæg", "højst-100", "tre-af-fire", "lokal").index(entry.id))


BELOW = ("præstation < 60", "vækst < 60", "relativ_præstation < 60", "udjævning < 60")
THREE = f"at_least(3, {', '.join(BELOW)})"
SILENCE = f"at_least(3, {', '.join(f'default({one}, true)' for one in BELOW)})"


@pytest.mark.parametrize(
    ("quantity", "change", "decided"),
    [
        ("fremgang", without("svag-præstation"), 1),
        ("eget_resultat", without("tre-af-fire"), 42),
        ("eget_resultat", instead("tre-af-fire", THREE), 19),
        ("eget_resultat", instead("tre-af-fire", f"{SILENCE} and præstation < 60"), 2),
        ("eget_resultat", without("tillæg"), 179),
        ("eget_resultat", without("højst-100"), 14),
        ("eget_resultat", bonus_first, 0),
        ("eget_resultat", without("lokal"), 186),
        ("eget_resultat", instead("lokal", "not(missing(lokal_vurdering))"), 18),
    ],
    ids=[
        "progress at most 89", "three of four", "achievement among the three", "missing is not below", "bonus",
        "at most 100", "bonus after the cap", "local score", "local score from 70",
    ],
)  # fmt: skip
def test_how_many_campuses_a_rule_decides(
    texas: Regime, area: Area, published: pl.DataFrame, quantity: str, change: Callable[[Then], Then], decided: int
) -> None:
    """With another rule in its place so many scores come out otherwise than published."""
    declared = area.quantities[quantity]
    then = change(declared.then)
    assert then != declared.then
    other = declared.model_copy(update={"then": then})
    plan = make_plan(area.model_copy(update={"quantities": {**area.quantities, quantity: other}}), None)
    computed = beside(columns.read(plan, texas.figures.frame, period=texas.period.index), published)
    wanted = "CD2S" if quantity == "fremgang" else "CDALLS"
    wrong = computed.filter((pl.col("CFLPAIR") == "N") & pl.col(quantity).ne_missing(pl.col(wanted)))
    assert wrong.height == decided


def test_how_often_the_rounding_and_the_missing_domain_decide(found: pl.DataFrame) -> None:
    own = found.filter(pl.col("eget_resultat").is_not_null())
    assert own.height == 7940
    assert own.filter(pl.col("CD3S").is_null() & (pl.col("eget_resultat.before") == pl.col("bedste"))).height == 174
    tenfold = 7 * pl.col("bedste").cast(pl.Int64) + 3 * pl.col("CD3S").cast(pl.Int64)
    halves = own.filter(tenfold % 10 == 5)
    assert halves.height == 758
    assert halves.filter(pl.col("eget_resultat.before") * 10 == tenfold + 5).height == 758
    # half to even, and binary numbers, go wrong here
    assert halves.filter(tenfold % 20 == 5).height == 420


def test_both_readings_agree(texas: Regime) -> None:
    assert list(differences(texas)) == []
