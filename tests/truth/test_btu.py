"""Parents' satisfaction with day care, BTU 2022: the municipalities' indicator, actual less expected satisfaction."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from .regimes import Regime, agreement, differences, read_regime

FILE = "dk_btu2022_municipality.csv"


@pytest.fixture(scope="module")
def btu(truth: Path) -> Regime:
    return read_regime("btu", "forældretilfredshed", truth / FILE, "2022")


@pytest.fixture(scope="module")
def found(btu: Regime, truth: Path) -> pl.DataFrame:
    published = pl.read_csv(truth / FILE)
    return btu.found.join(published, left_on="institution", right_on="municipality", validate="1:1")


def test_every_indicator_is_the_published_one_within_rounding(found: pl.DataFrame) -> None:
    """Actual and expected are published with two decimals each, so their difference may be one hundredth off."""
    apart = (pl.col("indikator") - pl.col("indicator")).round(6).abs()
    within = found.with_columns(apart.le(0.01).alias("within"))
    assert agreement("BTU, indicator", within, pl.col("within"), pl.lit(True)) == (98, 98)
    to_the_digit = agreement("BTU, indicator to the digit", found, pl.col("indikator"), pl.col("indicator"))
    assert to_the_digit == (76, 98)


def test_both_readings_agree(btu: Regime) -> None:
    assert list(differences(btu)) == []
