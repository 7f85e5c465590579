"""Each test of the semantics runs on both readings; in the full setting the columns are read in DuckDB too."""

from __future__ import annotations

import pytest

from ..generative.readings import Reads, read_columns, read_duckdb, read_exact
from ..generative.sweep import FULL

READINGS = {"exact": read_exact, "columns": read_columns} | ({"duckdb": read_duckdb} if FULL else {})


@pytest.fixture(params=READINGS.values(), ids=READINGS.keys())
def reading(request: pytest.FixtureRequest) -> Reads:
    return request.param
