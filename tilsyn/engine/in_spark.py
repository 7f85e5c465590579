"""Queries in Spark, on one machine or a cluster: lazy from the files to the files, nothing is brought to the driver.

Spark shares the rows out, and each part is read by Polars on the machine where it lies, so that there is no third way
to say what a formula means. SQL of Spark's own was tried: to plan one area's question took a minute and four gigabytes,
however few the rows.
"""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownParameterType=false
# (Spark comes with an extra of its own, and what it hands over is partly untyped)

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from tilsyn.engine.narrowing import KEY
from tilsyn.engine.query import Query, apart, asked_of, flat, whole

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def answered(query: Query, parts: int, figures: DataFrame, states: DataFrame | None = None) -> DataFrame:
    """The answer, not yet worked out. All rows of an institution lie in the same part. What depends on other
    institutions is found first, for all of them in one part, of the few columns that it is found from. Every machine
    needs this program with Polars and PyArrow."""
    tables = {"figures": figures, **({"states": states} if states is not None else {})}
    firsts, rest = apart(query) if parts > 1 else (dict[str, Query](), query)
    for name, first in firsts.items():
        # kept, as it is asked for by what follows, part by part
        tables[name] = _by_parts(first, 1, tables).persist()
    return _by_parts(rest, parts, tables)


def _by_parts(query: Query, parts: int, handed: Mapping[str, DataFrame]) -> DataFrame:
    """The answer of each part of the institutions, of the tables that the query asks for."""
    import polars as pl
    import pyarrow as pa
    from pyspark.sql.functions import lit
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    from tilsyn.engine.in_polars import answered as answered_here

    tables = {name: table for name, table in handed.items() if name == "figures" or asked_of(query, name)}
    columns: dict[str, dict[str, str]] = {}
    rows: list[DataFrame] = []
    for place, (name, table) in enumerate(tables.items()):
        asked = {*asked_of(query, name)} - {KEY}
        own = [column for column in table.columns if column in asked]
        columns[name] = {"key": KEY, **{f"t{place}c{n}": column for n, column in enumerate(own)}}
        rows.append(_called(table, columns[name]).withColumn("table", lit(place)))
    tables_of, columns_of = flat(query), {**query.columns}
    # one below the other, so that they are shared out at once. Whom they are about stands in one column: Spark hands
    # over each cell of each row by itself
    every = rows[0]
    for other in rows[1:]:
        every = every.unionByName(other, allowMissingColumns=True)

    def answer(met: pa.Table) -> pa.Table:
        frame, sources = pl.DataFrame(pl.from_arrow(met)), dict[str, pl.DataFrame]()
        for place, (name, own) in enumerate(columns.items()):
            rows = frame.filter((pl.col("table") == place) & pl.col("key").is_not_null())
            sources[name] = rows.select(*own).rename(own)
        made = answered_here(whole(tables_of, columns_of), **sources).to_arrow(compat_level=pl.CompatLevel.oldest())
        kinds = [pa.string() if pa.types.is_large_string(one.type) else one.type for one in made.schema]
        return made.cast(pa.schema(list(zip(made.column_names, kinds, strict=True))))

    def part(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        met = list(batches)
        if met:
            yield from answer(pa.Table.from_batches(met)).to_batches()

    schema = from_arrow_schema(answer(to_arrow_schema(every.schema).empty_table()).schema)
    return every.repartition(parts, "key").mapInArrow(part, schema)


def _called(table: DataFrame, columns: Mapping[str, str]) -> DataFrame:
    """Columns of a table by other names. Spark reads a full stop in a name as a part of the column before it."""
    every = table.columns
    numbered = table.toDF(*(f"{n} of all" for n in range(len(every))))
    return numbered.select(*(numbered[f"{every.index(name)} of all"].alias(new) for new, name in columns.items()))
