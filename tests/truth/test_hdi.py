"""The Human Development Index 2022: every index, rank and group as published."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from .regimes import Regime, agreement, differences, read_regime

FILE = "hdi_2022.csv"
GROUPS = {"Very High": "meget_høj", "High": "høj", "Medium": "middel", "Low": "lav"}


@pytest.fixture(scope="module")
def hdi(truth: Path) -> Regime:
    return read_regime("hdi", "hdi", truth / FILE, "2022")


@pytest.fixture(scope="module")
def found(hdi: Regime, truth: Path) -> pl.DataFrame:
    published = pl.read_csv(truth / FILE)
    return hdi.found.join(published, left_on="institution", right_on="iso3", validate="1:1")


def test_every_index_and_rank_is_the_published_one(found: pl.DataFrame) -> None:
    assert agreement("HDI, index", found, pl.col("indeks"), pl.col("hdi_2022")) == (206, 206)
    assert agreement("HDI, rank", found, pl.col("rang"), pl.col("hdi_rank_2022").cast(pl.Float64)) == (206, 206)


def test_every_country_is_in_its_published_group(found: pl.DataFrame) -> None:
    grouped = found.filter(pl.col("hdicode").is_not_null()).with_columns(pl.col("hdicode").replace_strict(GROUPS))
    assert agreement("HDI, group", grouped, pl.col("gruppe"), pl.col("hdicode")) == (193, 193)


def test_a_region_has_an_index_and_no_rank(found: pl.DataFrame) -> None:
    world = found.filter(pl.col("institution") == "ZZK.WORLD")
    assert world.select("indeks", "rang", "rang.missing").row(0) == (0.739, None, "not-applicable")


def test_a_country_that_lacks_a_figure_has_no_index_and_is_a_country_all_the_same(found: pl.DataFrame) -> None:
    without = found.filter(pl.col("hdi_2022").is_null())
    assert sorted(without.select("institution", "indeks.missing", "gruppe.missing", "rang.missing").rows()) == [
        ("MCO", "not-submitted", "not-submitted", "not-submitted"),
        ("PRK", "not-submitted", "not-submitted", "not-submitted"),
    ]


def test_rows_of_several_countries_are_those_whose_codes_are_nobodys(hdi: Regime) -> None:
    """ISO 3166-1 gives no country a code that begins with ZZ."""
    row = hdi.figures.frame.select("institution", "er_land")
    wanted = row.with_columns(~pl.col("institution").str.starts_with("ZZ").alias("er_land"))
    assert row.equals(wanted)
    assert row["er_land"].sum() == 195


def test_both_readings_agree(hdi: Regime) -> None:
    assert list(differences(hdi)) == []
