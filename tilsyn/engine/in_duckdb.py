"""Queries in DuckDB: lazy from the files to the files, and never more in memory than DuckDB thinks best.

A query becomes SQL, a common table expression for each of its tables. What a formula means is said in `formulas.py`;
here is how DuckDB is made to say the same:

    roots, logs   it refuses those of less than nothing, so it is not asked
    ranks         nulls are ranked last and given none
    literals      never decimals: a number of floating point is written with its exponent
    names         every column is called by its number, since it does not tell A from a; what is handed in cannot be,
                  and where such names meet it is refused
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count
from math import isfinite, isinf
from typing import TYPE_CHECKING, Any, TypeGuard, assert_never

import numpy as np

from tilsyn.engine.formulas import Formula, Kind, Window
from tilsyn.engine.in_polars import of_combinations
from tilsyn.engine.known import KIND_OF_LIST, Known, nothing_but_nulls
from tilsyn.engine.narrowing import KEY, Facts, Kept, alike, narrowed
from tilsyn.engine.query import (
    Group,
    Join,
    Lookup,
    Pick,
    Query,
    Source,
    Table,
    Union,
    Where,
    With,
    asked_of,
    in_order,
    wanted,
    worked_out,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

KINDS = {
    Kind.FLOAT: "DOUBLE", Kind.INT: "BIGINT", Kind.SHORT: "INTEGER", Kind.CODE: "TINYINT", Kind.TEXT: "VARCHAR",
    Kind.FLAG: "BOOLEAN",
}  # fmt: skip

KIND_OF = {name: kind for kind, name in KINDS.items()}

LONG = 256
"""What is longer is a table and no list in the statement."""

DEEPEST = 40
"""Tables that are made one of the other in one statement: how long DuckDB plans grows faster than they do."""

SETTINGS = {"disabled_optimizers": "build_side_probe_side"}
"""What a connection is best opened with. Of two tables that are joined the second is what is looked up, and is the
shorter where one is. DuckDB, which reckons with no rows at all where tables are laid side by side, would turn that
round and put a million into its table, not a few."""

_numbers = count()

_narrowed = Kept(lambda query, facts: narrowed(query, facts, of_combinations))


def answered(query: Query, connection: DuckDBPyConnection, **sources: DuckDBPyRelation) -> DuckDBPyRelation:
    """The answer, not yet worked out but for what several parts of it need. That, and what is looked up, lies in
    temporary tables of the connection's, which is best opened with `SETTINGS`."""
    names: dict[str, str] = {}
    for source, relation in sources.items():
        if not {*asked_of(query, source)} <= {*relation.columns}:
            raise ValueError(f"DuckDB has other names for the columns of {source}, where letters are all that differs")
        names[source] = f"tilsyn_{source}_{next(_numbers)}"
        relation.create_view(names[source], replace=True)
    query = _narrowed.of(query, looked_at(query, connection, sources, names))
    lookups = {one.number: _as_table(connection, one) for one in in_order(query.table) if _is_long(one)}
    for name, said in statements(query, lookups, names, DEEPEST):
        if name is None:
            return connection.sql(said)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {said}")
    raise AssertionError("the last statement is the answer")


def looked_at(
    query: Query, connection: DuckDBPyConnection, sources: Mapping[str, DuckDBPyRelation], names: Mapping[str, str]
) -> Facts:
    """What the tables hold of what a query asks of them, and whether they are about the same institutions row by
    row."""
    columns: dict[str, dict[str, Known]] = {}
    rows: dict[str, int] = {}
    for name, relation in sources.items():
        types = dict(zip(relation.columns, map(str, relation.types), strict=True))
        kinds = {column: KIND_OF.get(types[column]) for column in asked_of(query, name)}
        asked = [_ends(column, kind) for column, kind in kinds.items()]
        (found,) = connection.execute(f"SELECT count(*){''.join(asked)} FROM {names[name]}").fetchall()
        rows[name], columns[name] = found[0], {}
        for place, (column, kind) in enumerate(kinds.items()):
            columns[name][column] = _known(kind, rows[name], *found[1 + 3 * place : 4 + 3 * place])

    def same(one: str, other: str) -> bool:
        return rows[one] == rows[other] and _same(connection, names, one, other)

    return Facts(columns, alike=alike(rows, same))


def _ends(column: str, kind: Kind | None) -> str:
    """How many values a column has, and the least and the greatest of them."""
    name = _quoted(column)
    if kind is None or kind is Kind.TEXT:
        return f", count({name}), NULL, NULL"
    if kind is Kind.FLAG:
        return f", count({name}), min({name}::TINYINT), max({name}::TINYINT)"
    return f", count({name}), min({name}), max({name})"


def _known(kind: Kind | None, rows: int, there: int, low: Any, high: Any) -> Known:
    if not there:
        return nothing_but_nulls(kind)
    # what is no number is the greatest to DuckDB
    if low is None or not isfinite(low) or not isfinite(high):
        return Known(kind, nulls=there < rows)
    return Known(kind, low, high, there < rows)


def _same(connection: DuckDBPyConnection, names: Mapping[str, str], one: str, other: str) -> bool:
    both = f"{names[one]} a POSITIONAL JOIN {names[other]} b"
    asked = f"SELECT count(*) = count(*) FILTER (WHERE a.{KEY} = b.{KEY}) FROM {both}"
    return bool(connection.execute(asked).fetchall()[0][0])


def _is_long(table: Table) -> TypeGuard[Lookup]:
    """Whether what is looked up is so much that it is joined. A list in a statement is gone through for every row."""
    return isinstance(table, Lookup) and max(map(len, table.lists.values())) > LONG


def _as_table(connection: DuckDBPyConnection, lookup: Lookup) -> str:
    """Lists as a table with their `place`, of the places that may be asked for."""
    name = f"tilsyn_lookup_{next(_numbers)}"
    arrays = {column: np.asarray(values) for column, values in lookup.lists.items()}
    arrays["place"] = np.arange(len(next(iter(arrays.values()))), dtype=np.int64)
    if lookup.places is not None:
        arrays = {column: values[lookup.places] for column, values in arrays.items()}
    kinds = {column: "VARCHAR" if values.dtype.kind in "UO" else None for column, values in arrays.items()}
    arrays = {column: values.astype(object) if kinds[column] else values for column, values in arrays.items()}
    connection.register("tilsyn_lists", arrays)
    picked = ", ".join(f"CAST({c} AS {kind}) AS {c}" if kind else c for c, kind in kinds.items())
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {picked} FROM tilsyn_lists")
    connection.unregister("tilsyn_lists")
    return name


def statements(
    query: Query, lookups: Mapping[int, str], sources: Mapping[str, str], deepest: int
) -> Iterator[tuple[str | None, str]]:
    """A query as statements: each with the name that its answer is to have for those that follow, and the last, which
    is the answer, with none.

    `lookups` names, by the number of the table that looks it up, a table of the engine's with the lists as columns
    beside their `place`, where they are long; `sources` names those that are handed in.
    """
    tables, needs, writing = in_order(query.table), wanted(query), Writing(lookups, sources)
    cut = {one.number for one in worked_out(tables, deepest)}
    for one in tables:
        if one.number in cut:
            columns = Writing.listed(sorted(needs[one.number]))
            yield f"t{one.number}", f"{writing.upto(one, needs, cut)}\nSELECT {columns} FROM t{one.number}"
    names = ", ".join(f"{inside} AS {_quoted(name)}" for name, inside in query.columns.items())
    last = query.table.number
    before = "" if last in cut else f"{writing.upto(query.table, needs, cut)}\n"
    yield None, f"{before}SELECT {names} FROM t{last}"


class Writing:
    """A statement in the making."""

    def __init__(self, lookups: Mapping[int, str], sources: Mapping[str, str]) -> None:
        self.lookups, self.sources = lookups, sources

    def upto(self, table: Table, needs: Mapping[int, set[str]], cut: set[int]) -> str:
        """What a table is made from and itself, but for what was worked out before."""
        found: dict[int, Table] = {}
        waiting = [table]
        while waiting:
            one = waiting.pop()
            if one.number not in found and (one is table or one.number not in cut):
                found[one.number] = one
                waiting += one.over
        made = (f"t{number} AS ({self.table(found[number], sorted(needs[number]))})" for number in sorted(found))
        return "WITH " + ",\n".join(made)

    def table(self, table: Table, needs: list[str]) -> str:
        match table:
            case Source(name, columns):
                taken = [f"{_quoted(columns[inside])} AS {inside}" for inside in needs]
                return f"SELECT {self.listed(taken)} FROM {self.sources[name]}"
            case With(of, columns):
                made = [f"{self.of(columns[n])} AS {n}" if n in columns else n for n in needs]
                return f"SELECT {self.listed(made)} FROM t{of.number}"
            case Where(of, condition):
                return f"SELECT {self.listed(needs)} FROM t{of.number} WHERE {self.of(condition)}"
            case Pick(of, columns, distinct):
                made = [f"{self.of(columns[n])} AS {n}" for n in needs]
                return f"SELECT {'DISTINCT ' if distinct else ''}{self.listed(made)} FROM t{of.number}"
            case Join(of, other, on, takes, anti):
                met = " AND ".join(f"a.{here} = b.{there}" for here, there in on)
                if anti:
                    kept = self.listed([f"a.{name} AS {name}" for name in needs])
                    return f"SELECT {kept} FROM t{of.number} a ANTI JOIN t{other.number} b ON {met}"
                both = [f"{'b' if name in takes else 'a'}.{name} AS {name}" for name in needs]
                if table.beside:
                    return f"SELECT {self.listed(both)} FROM t{of.number} a POSITIONAL JOIN t{other.number} b"
                return f"SELECT {self.listed(both)} FROM t{of.number} a LEFT JOIN t{other.number} b ON {met}"
            case Group(of, keys, columns):
                functions = {"mean": "avg"}
                made = [
                    f"{functions.get(columns[n][0], columns[n][0])}({columns[n][1]}) AS {n}" if n in columns else n
                    for n in needs
                ]
                return f"SELECT {self.listed(made)} FROM t{of.number} GROUP BY {', '.join(keys)}"
            case Union(parts, columns):
                rows: list[str] = []
                for place, part in enumerate(parts):
                    taken = [f"{columns[name][place]} AS {name}" for name in needs]
                    rows.append(f"SELECT {self.listed(taken)} FROM t{part.number}")
                return " UNION ALL ".join(rows)
            case Lookup(of, at, lists):
                if table.number not in self.lookups:
                    made = [f"{self.list(lists[n], at)} AS {n}" if n in lists else n for n in needs]
                    return f"SELECT {self.listed(made)} FROM t{of.number}"
                both = [f"{'b' if name in lists else 'a'}.{name} AS {name}" for name in needs]
                there = self.lookups[table.number]
                return f"SELECT {self.listed(both)} FROM t{of.number} a LEFT JOIN {there} b ON a.{at} = b.place"
            case _:
                raise AssertionError(f"no such table: {table}")

    def list(self, values: Any, at: str) -> str:
        """What stands at a place of a list, of the same kind as in a table."""
        kind = KIND_OF_LIST.get(getattr(values, "dtype", np.dtype("O")).name, Kind.TEXT)
        said = (self._value(value, kind) for value in (values.tolist() if kind is not Kind.TEXT else values))
        return f"(CAST([{', '.join(said)}] AS {KINDS[kind]}[]))[{at} + 1]"

    @staticmethod
    def listed(columns: list[str]) -> str:
        return ", ".join(columns) or "1 AS nothing"

    def of(self, formula: Formula) -> str:
        """A formula in SQL."""
        parts = [self.of(part) for part in formula.of]
        match formula.op:
            case "column":
                return formula.said
            case "value":
                return self._value(*formula.said)
            case "whole":
                return f"CAST(trunc({parts[0]}) AS {KINDS[formula.said]})"
            case "cast" | "fits":
                return f"CAST({parts[0]} AS {KINDS[formula.said]})"
            case "case":
                pairs = "".join(f" WHEN {parts[n]} THEN {parts[n + 1]}" for n in range(0, len(parts) // 2 * 2, 2))
                last = f" ELSE {parts[-1]}" if len(parts) % 2 else ""
                return f"CASE{pairs}{last} END"
            case "in":
                if not formula.said:
                    return f"({parts[0]} <> {parts[0]})"
                values = (_text(v) if isinstance(v, str) else str(v) for v in formula.said)
                return f"({parts[0]} IN ({', '.join(values)}))"
            case "words":
                return self.list(formula.said, parts[0])
            case "joined":
                return f"concat_ws({_text(formula.said)}, {', '.join(parts)})"
            case "window":
                return self._window(formula.said, parts[0])
            case "not":
                return f"(NOT {parts[0]})"
            case "negative":
                return f"(- {parts[0]})"
            case "abs" | "exp":
                return f"{formula.op}({parts[0]})"
            case "floor":
                return f"floor({parts[0]})"
            case "sqrt":
                return _defined(f"sqrt({parts[0]})", f"{parts[0]} >= 0", parts[0])
            case "log":
                return _defined(f"ln({parts[0]})", f"{parts[0]} > 0", parts[0])
            case "is null":
                return f"({parts[0]} IS NULL)"
            case "or value":
                return f"coalesce({parts[0]}, {parts[1]})"
            case "largest":
                return f"greatest({', '.join(parts)})"
            case "smallest":
                return f"least({', '.join(parts)})"
            case "/":
                return f"({parts[0]} / {parts[1]})"
            case "**":
                return f"pow({parts[0]}, {parts[1]})"
            case "!=":
                return f"({parts[0]} <> {parts[1]})"
            case "and" | "or":
                return f"({parts[0]} {formula.op.upper()} {parts[1]})"
            case "+" | "-" | "*" | "=" | "<" | "<=" | ">" | ">=":
                return f"({parts[0]} {formula.op} {parts[1]})"
            case _:
                assert_never(formula.op)

    def _value(self, value: bool | float | str | None, kind: Kind) -> str:
        match value:
            case None:
                return "NULL" if kind is Kind.NONE else f"CAST(NULL AS {KINDS[kind]})"
            case bool():
                return "TRUE" if value else "FALSE"
            case str():
                return _text(value)
            case float():
                return _number(value)
            case int():
                return f"CAST({value} AS {KINDS[kind]})"

    def _window(self, window: Window, x: str) -> str:
        keys = ", ".join(window.keys)
        match window.function:
            case "rank" | "rank from highest":
                order = f"{x} {'ASC' if window.function == 'rank' else 'DESC'} NULLS LAST"
                return f"CASE WHEN {x} IS NOT NULL THEN rank() OVER (PARTITION BY {keys} ORDER BY {order}) END"
            case "sum before":
                rows = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
                return f"coalesce(sum({x}) OVER (PARTITION BY {keys} ORDER BY {x} {rows}), {_number(0.0)})"
            case "mean":
                return f"avg({x}) OVER (PARTITION BY {keys})"
            case function:
                return f"{function}({x}) OVER (PARTITION BY {keys})"


def _defined(found: str, where: str, x: str) -> str:
    """A function that DuckDB refuses to be asked elsewhere, and that is no number there."""
    return f"CASE WHEN {where} THEN {found} WHEN {x} IS NOT NULL THEN 'nan'::DOUBLE END"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(said: str) -> str:
    return "'" + said.replace("'", "''") + "'"


def _number(x: float) -> str:
    return f"'{'-' if x < 0 else ''}inf'::DOUBLE" if isinf(x) else f"{x:.17e}"
