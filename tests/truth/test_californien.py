"""California's English Learner Progress Indicator 2024: status, change, both levels, colour and both rules about small
numbers, for every school and group of pupils."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tilsyn.files.figures import PRESENT, REASONS

from .regimes import Regime, agreement, differences, read_regime

FILE = "california_elpi_2024_schools.csv"
MEMBERS = {"English Learner": "el", "Long-Term English Learner": "ltel"}
STATUS = ("meget_lavt", "lavt", "middel", "højt", "meget_højt")
CHANGE = ("faldet_meget", "faldet", "uændret", "steget", "steget_meget")
COLOUR = ("rød", "orange", "gul", "grøn", "blå")
QUANTITIES = ("andel", "ændring", "niveau", "retning", "farve")


@pytest.fixture(scope="module")
def elpi(truth: Path) -> Regime:
    return read_regime("californien", "elpi", truth / FILE, "2023/24")


@pytest.fixture(scope="module")
def found(elpi: Regime, truth: Path) -> pl.DataFrame:
    """A row for each school and group: what was published beside what was computed."""
    published = pl.read_csv(truth / FILE, schema_overrides={"cds": pl.String}, infer_schema_length=None)
    parts = [
        elpi.found.select(
            pl.col("institution").alias("cds"),
            pl.lit(label).alias("studentgroup"),
            *(pl.col(f"{name}@{member}").alias(name) for name in QUANTITIES),
            *(pl.col(f"{name}@{member}.missing").alias(f"{name}.missing") for name in QUANTITIES),
        )
        for label, member in MEMBERS.items()
    ]
    joined = published.join(pl.concat(parts), on=["cds", "studentgroup"], validate="1:1")
    assert joined.height == published.height == 16145
    return joined


def ranked(name: str, scale: tuple[str, ...]) -> pl.Expr:
    """A level by the number that the file has for it; 0 is none."""
    return pl.col(name).replace_strict(scale, range(1, len(scale) + 1), default=0).cast(pl.Int64)


def test_status_and_change_are_the_published_figures(found: pl.DataFrame) -> None:
    assert agreement("ELPI, status", found, pl.col("andel"), pl.col("currstatus")) == (16145, 16145)
    assert agreement("ELPI, change", found, pl.col("ændring"), pl.col("change")) == (16145, 16145)


def test_both_levels_and_the_colour_are_the_published_ones(found: pl.DataFrame) -> None:
    assert agreement("ELPI, status level", found, ranked("niveau", STATUS), pl.col("statuslevel")) == (16145, 16145)
    assert agreement("ELPI, change level", found, ranked("retning", CHANGE), pl.col("changelevel")) == (16145, 16145)
    # 279 rows without a single pupil have no colour at all in the file, where others without one have 0
    published = pl.col("color").fill_null(0).cast(pl.Int64)
    assert agreement("ELPI, colour", found, ranked("farve", COLOUR), published) == (16145, 16145)


@pytest.mark.parametrize(("name", "least"), [("andel", 11), ("farve", 30)])
def test_the_two_rules_about_small_numbers(found: pl.DataFrame, name: str, least: int) -> None:
    """Just under and on: a figure from 11 pupils, a colour from 30 in both years."""
    smallest = pl.min_horizontal("currdenom", "priordenom") if name == "farve" else pl.col("currdenom")
    counted = found.group_by(smallest.alias("n")).agg(pl.col(f"{name}.missing").unique()).sort("n")
    said = dict(counted.filter(pl.col("n").is_in([least - 1, least])).iter_rows())
    assert said == {least - 1: ["too-few"], least: [None]}


def test_a_numerator_that_is_kept_back_is_withheld_and_not_forgotten(elpi: Regime, truth: Path) -> None:
    """From one pupil to ten the file says how many there are and not how many progressed; of none there is nothing."""
    published = pl.read_csv(truth / FILE, schema_overrides={"cds": pl.String}, infer_schema_length=None)
    told: set[tuple[int, int]] = set()
    for member, label in (("el", "English Learner"), ("ltel", "Long-Term English Learner")):
        found = elpi.figures.frame.select("institution", pl.col(f"fremgang@{member}.missing").alias("why"))
        rows = published.filter(pl.col("studentgroup") == label).join(found, left_on="cds", right_on="institution")
        told |= set(rows.filter(pl.col("currdenom") <= 11).select("currdenom", "why").iter_rows())
    withheld = {(n, REASONS["suppressed"]) for n in range(1, 11)}
    assert told == {(0, REASONS["too-few"]), *withheld, (11, PRESENT)}


def test_both_readings_agree(elpi: Regime) -> None:
    some = elpi.found["institution"].sample(2500, seed=1).to_list()
    assert list(differences(elpi, some)) == []
