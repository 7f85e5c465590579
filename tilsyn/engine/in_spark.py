"""Queries in Spark, on one machine or a cluster: lazy from the files to the files, nothing is brought to the driver.

Spark shares the rows out, and each part is read by Polars on the machine where it lies, so that there is no third way
to say what a formula means. SQL of Spark's own was tried: to plan one area's question took a minute and four gigabytes,
however few the rows.
"""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# (Spark comes with an extra of its own, and what it hands over is partly untyped)

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tilsyn.engine.query import Query

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def answered(query: Query, parts: int, figures: DataFrame, states: DataFrame | None = None) -> DataFrame:
    """The answer, not yet worked out. All rows of an institution lie in the same part; where its answer depends on
    others' there can be only one. Every machine needs this program with Polars and PyArrow."""
    import polars as pl
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema

    from tilsyn.engine.in_polars import Ready

    # Spark reads a full stop in a name as a part of the column before it, so that columns go by their numbers here
    names, given = figures.columns, states.columns if states is not None else []
    both = figures.toDF(*(f"f{n}" for n in range(len(names))))
    key = f"f{names.index('institution')}"
    if states is not None:
        carried = states.toDF(*(f"s{n}" for n in range(len(given))))
        both = both.join(carried, both[key] == carried[f"s{given.index('institution')}"], "left")

    def answer(rows: pa.Table) -> pa.Table:
        frame = pl.DataFrame(pl.from_arrow(rows))
        sources = {"figures": frame.select(pl.col(f"f{n}").alias(name) for n, name in enumerate(names))}
        if given:
            found = frame.select(pl.col(f"s{n}").alias(name) for n, name in enumerate(given))
            sources["states"] = found.filter(pl.col("institution").is_not_null()).unique()
        made = Ready(query)(**sources).collect().to_arrow(compat_level=pl.CompatLevel.oldest())
        kinds = [pa.string() if pa.types.is_large_string(one.type) else one.type for one in made.schema]
        return made.cast(pa.schema(list(zip(made.column_names, kinds, strict=True))))

    def part(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        met = list(batches)
        if met:
            yield from answer(pa.Table.from_batches(met)).to_batches()

    schema = from_arrow_schema(answer(both.limit(0).toArrow()).schema)
    return both.repartition(parts, key).mapInArrow(part, schema)
