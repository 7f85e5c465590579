"""The published figures on every engine: each output column of each institution is the one that Polars gives, which
the other tests here hold to the exact reading and to what was published."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from ..generative.engines import DUCKDB, SPARK
from ..generative.readings import Answers, Reads, differences
from .regimes import read_regime

PUBLISHED = {
    "btu": ("forældretilfredshed", "dk_btu2022_municipality.csv", "2022", 98),
    "californien": ("elpi", "california_elpi_2024_schools.csv", "2023/24", 8_000),
    "cms_plejehjem": ("plejehjem_usa", "cms_nursing_home_2021_08.csv", "2021-08", 7_160),
    "danske_skoler": ("skoler", "dk_schools_2024_25.csv", "2024/25", 2_303),
    "england_ks2": ("ks2", "england_ks2_progress_2018.csv", "2017/18", 500),
    "hdi": ("hdi", "hdi_2022.csv", "2022", 206),
    "texas": ("texas", "texas_campus_2019.csv", "2018/19", 8_838),
}


@pytest.mark.parametrize("engine", [DUCKDB, SPARK])
@pytest.mark.parametrize("name", PUBLISHED)
def test_an_engine_says_of_every_published_institution_what_polars_says(truth: Path, name: str, engine: Reads) -> None:
    area, file, period, least = PUBLISHED[name]
    regime = read_regime(name, area, truth / file, period)
    law: Answers = {
        row["institution"]: {k: Fraction(v) if isinstance(v, float) else v for k, v in row.items()}
        for row in regime.found.to_dicts()
    }
    found = engine(regime.plan, regime.figures.frame, regime.period.index, {})
    assert list(differences(regime.plan, law, found)) == []
    assert len(found) >= least
