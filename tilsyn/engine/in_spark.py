"""Queries in Spark, on one machine or a cluster: lazy from the files to the files, nothing is brought to the driver."""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# (Spark comes with an extra of its own, and what it hands over is partly untyped)

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from tilsyn.engine.in_sql import SPARK, lists_of, statements
from tilsyn.engine.query import Query

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SETTINGS = {
    "spark.sql.ansi.enabled": "false",  # a division by nothing is null, and ends nothing
    "spark.sql.caseSensitive": "true",
    "spark.sql.autoBroadcastJoinThreshold": str(256 * 2**20),  # what is looked up goes to every machine
}

DEEPEST = 20
"""Tables that are made one of the other in one plan: what Spark needs to plan them grows faster than they do."""

_numbers = count()


def session(master: str | None = None) -> SparkSession:
    """A session of one's own on this machine, or at a cluster's address."""
    from pyspark.sql import SparkSession

    building: Any = SparkSession.builder.appName("tilsyn").master(master or "local[*]")
    for name, value in SETTINGS.items():
        building = building.config(name, value)
    building = building.config("spark.ui.enabled", "false") if master is None else building
    found: SparkSession = building.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    return found


def answered(query: Query, spark: SparkSession, **sources: DataFrame) -> DataFrame:
    """The answer, not yet worked out. What is looked up and what is handed in are temporary views of the session's."""
    lookups = {number: _as_view(spark, lists) for number, lists in lists_of(query).items()}
    names: dict[str, str] = {}
    for source, frame in sources.items():
        names[source] = f"tilsyn_{source}_{next(_numbers)}"
        frame.createOrReplaceTempView(names[source])
    for name, said in statements(query, SPARK, lookups, names, DEEPEST):
        found = spark.sql(said)
        if name is None:
            return found
        found.persist().createOrReplaceTempView(name)
    raise AssertionError("the last statement is the answer")


def _as_view(spark: SparkSession, lists: dict[str, Any]) -> str:
    """Lists as a table with their `place`."""
    import numpy as np
    import pyarrow as pa

    columns = {column: pa.array(values) for column, values in lists.items()}
    length = len(next(iter(lists.values())))
    table = pa.table({"place": pa.array(np.arange(length, dtype=np.int64)), **columns})
    name = f"tilsyn_lookup_{next(_numbers)}"
    spark.createDataFrame(table).createOrReplaceTempView(name)
    return name
