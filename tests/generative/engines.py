"""The engines that a test is run on, each as a reading; Spark where it is installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from .readings import read_columns, read_duckdb, read_spark

NO_SPARK = "Spark is an extra: pip install 'tilsyn[spark]'"
WITHOUT_SPARK = pytest.mark.skipif(find_spec("pyspark") is None, reason=NO_SPARK)
POLARS, DUCKDB = pytest.param(read_columns, id="polars"), pytest.param(read_duckdb, id="duckdb")
SPARK = pytest.param(read_spark, id="spark", marks=WITHOUT_SPARK)
ENGINES = (POLARS, DUCKDB, SPARK)
