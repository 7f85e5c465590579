"""Queries in DuckDB: lazy from the files to the files, and never more in memory than DuckDB thinks best."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from tilsyn.engine.in_sql import DUCKDB, lists_of, statements
from tilsyn.engine.query import Query

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

DEEPEST = 40
"""Tables that are made one of the other in one statement: how long DuckDB plans grows faster than they do."""

_numbers = count()


def answered(query: Query, connection: DuckDBPyConnection, **sources: DuckDBPyRelation) -> DuckDBPyRelation:
    """The answer, not yet worked out but for what several parts of it need. That, and what is looked up, lies in
    temporary tables of the connection's."""
    lookups = {number: _as_table(connection, lists) for number, lists in lists_of(query).items()}
    names: dict[str, str] = {}
    for source, relation in sources.items():
        names[source] = f"tilsyn_{source}_{next(_numbers)}"
        relation.create_view(names[source], replace=True)
    for name, said in statements(query, DUCKDB, lookups, names, DEEPEST):
        if name is None:
            return connection.sql(said)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {said}")
    raise AssertionError("the last statement is the answer")


def _as_table(connection: DuckDBPyConnection, lists: dict[str, Any]) -> str:
    """Lists as a table with their `place`."""
    name = f"tilsyn_lookup_{next(_numbers)}"
    arrays = {column: np.asarray(values) for column, values in lists.items()}
    arrays["place"] = np.arange(len(next(iter(arrays.values()))), dtype=np.int64)
    kinds = {column: "VARCHAR" if values.dtype.kind in "UO" else None for column, values in arrays.items()}
    arrays = {column: values.astype(object) if kinds[column] else values for column, values in arrays.items()}
    connection.register("tilsyn_lists", arrays)
    picked = ", ".join(f"CAST({c} AS {kind}) AS {c}" if kind else c for c, kind in kinds.items())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {picked} FROM tilsyn_lists")
    connection.unregister("tilsyn_lists")
    return name
