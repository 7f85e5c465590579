"""England's key stage 2 progress measures 2018: every school's band from its published score and interval."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from .regimes import Regime, agreement, differences, read_regime

FILE = "england_ks2_progress_2018.csv"
MEMBERS = {"READ": "læsning", "WRIT": "skrivning", "MAT": "matematik"}
BANDS = ("klart_over", "over", "som_landet", "under", "klart_under")


@pytest.fixture(scope="module")
def ks2(truth: Path) -> Regime:
    return read_regime("england_ks2", "ks2", truth / FILE, "2017/18")


@pytest.fixture(scope="module")
def found(ks2: Regime, truth: Path) -> pl.DataFrame:
    published = pl.read_csv(truth / FILE, infer_schema_length=None).filter(pl.col("urn").str.strip_chars() != "")
    parts = [
        ks2.found.select(
            pl.col("institution").alias("urn"),
            pl.lit(label).alias("subject"),
            pl.col(f"bånd@{member}").alias("bånd"),
            pl.col(f"bånd@{member}.missing").alias("missing"),
        )
        for label, member in MEMBERS.items()
    ]
    return published.join(pl.concat(parts), on=["urn", "subject"], validate="1:1")


def test_every_band_is_the_published_one(found: pl.DataFrame) -> None:
    ours = pl.col("bånd").replace_strict(BANDS, range(1, 6)).cast(pl.Int64)
    banded = found.with_columns(pl.col("band").cast(pl.Int64, strict=False)).filter(pl.col("band").is_not_null())
    assert agreement("KS2, band", banded, ours, pl.col("band")) == (banded.height, banded.height)
    assert banded.height == 1597


def test_what_is_withheld_has_no_band_and_says_why(found: pl.DataFrame) -> None:
    unbanded = found.filter(pl.col("band").cast(pl.Int64, strict=False).is_null())
    assert unbanded["bånd"].null_count() == unbanded.height
    why = {("SUPP", "suppressed"), ("LOWCOV", "too-few"), (None, "not-submitted")}
    assert set(unbanded.select("score", "missing").iter_rows()) <= why | {(" ", "not-submitted")}


def test_rows_of_the_country_are_no_schools(ks2: Regime) -> None:
    assert {(r.code, r.column) for r in ks2.figures.refused} == {("no-institution", "urn")}
    assert len(ks2.figures.refused) == 18


def test_both_readings_agree(ks2: Regime) -> None:
    assert list(differences(ks2)) == []
