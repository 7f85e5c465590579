"""Queries in SQL, for the engines that a statistics office already runs: DuckDB and Spark.

A query becomes one statement, a common table expression for each of its tables. What a formula means is said in
`formulas.py`; here is how each of the two dialects is made to say the same:

    division        of floating numbers always; by zero DuckDB gives infinity and Spark null, which nobody reads
    roots, logs     DuckDB refuses those of less than nothing, so it is not asked
    floor           a whole number in Spark, and made floating again
    ranks           nulls are ranked last and given none
    literals        never decimals: a number of floating point is written with its exponent
    names           every column is called by its number, since neither engine tells A from a
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any, assert_never

from tilsyn.engine.formulas import Formula, Kind, Window
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
    in_order,
    wanted,
    worked_out,
)


@dataclass(frozen=True)
class Dialect:
    """How an engine writes what the two write differently."""

    kinds: Mapping[Kind, str]
    quoted: Callable[[str], str]
    text: Callable[[str], str]
    number: Callable[[float], str]
    floor: str
    root: str
    log: str
    divided: str
    whole: str
    power: str
    joined: str
    anti: str


DUCKDB = Dialect(
    kinds={Kind.FLOAT: "DOUBLE", Kind.INT: "BIGINT", Kind.CODE: "TINYINT", Kind.TEXT: "VARCHAR", Kind.FLAG: "BOOLEAN"},
    quoted=lambda name: '"' + name.replace('"', '""') + '"',
    text=lambda said: "'" + said.replace("'", "''") + "'",
    number=lambda x: f"'{'-' if x < 0 else ''}inf'::DOUBLE" if isinf(x) else f"{x:.17e}",
    floor="floor({0})",
    root="CASE WHEN {0} >= 0 THEN sqrt({0}) WHEN {0} < 0 THEN 'nan'::DOUBLE END",
    log="CASE WHEN {0} > 0 THEN ln({0}) WHEN {0} <= 0 THEN 'nan'::DOUBLE END",
    divided="({0} / {1})",
    whole="({0} // {1})",
    power="pow({0}, {1})",
    joined="concat_ws({0}, {1})",
    anti="ANTI JOIN",
)

SPARK = Dialect(
    kinds={Kind.FLOAT: "DOUBLE", Kind.INT: "BIGINT", Kind.CODE: "TINYINT", Kind.TEXT: "STRING", Kind.FLAG: "BOOLEAN"},
    quoted=lambda name: "`" + name.replace("`", "``") + "`",
    text=lambda said: "'" + said.replace("\\", "\\\\").replace("'", "\\'") + "'",
    number=lambda x: f"double('{'-' if x < 0 else ''}Infinity')" if isinf(x) else f"{x:.17e}D",
    floor="CAST(floor({0}) AS DOUBLE)",
    root="sqrt({0})",
    log="ln({0})",
    divided="try_divide({0}, {1})",
    whole="({0} div {1})",
    power="pow({0}, {1})",
    joined="concat_ws({0}, {1})",
    anti="LEFT ANTI JOIN",
)


def statements(
    query: Query, dialect: Dialect, lookups: Mapping[int, str], sources: Mapping[str, str], deepest: int
) -> Iterator[tuple[str | None, str]]:
    """A query as statements: each with the name that its answer is to have for those that follow, and the last, which
    is the answer, with none.

    `lookups` names, by the number of the table that looks it up, a table of the engine's with the lists as columns
    beside their `place`; `sources` names those that are handed in.
    """
    tables, needs, writing = in_order(query.table), wanted(query), Writing(dialect, lookups, sources)
    cut = {one.number for one in worked_out(tables, deepest)}
    for one in tables:
        if one.number in cut:
            columns = Writing.listed(sorted(needs[one.number]))
            yield f"t{one.number}", f"{writing.upto(one, needs, cut)}\nSELECT {columns} FROM t{one.number}"
    names = ", ".join(f"{inside} AS {dialect.quoted(name)}" for name, inside in query.columns.items())
    last = query.table.number
    before = "" if last in cut else f"{writing.upto(query.table, needs, cut)}\n"
    yield None, f"{before}SELECT {names} FROM t{last}"


def lists_of(query: Query) -> dict[int, dict[str, Any]]:
    """The lists that a query looks up and somebody needs, by the number of the table that does."""
    needs = wanted(query)
    found = {one.number: one for one in in_order(query.table) if isinstance(one, Lookup)}
    chosen = {
        number: {name: values for name, values in one.lists.items() if name in needs[number]}
        for number, one in found.items()
    }
    return {number: lists for number, lists in chosen.items() if lists}


class Writing:
    """A statement in the making."""

    def __init__(self, dialect: Dialect, lookups: Mapping[int, str], sources: Mapping[str, str]) -> None:
        self.dialect, self.lookups, self.sources = dialect, lookups, sources

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
                taken = [f"{self.dialect.quoted(columns[inside])} AS {inside}" for inside in needs]
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
                    join = self.dialect.anti
                    return f"SELECT {kept} FROM t{of.number} a {join} t{other.number} b ON {met}"
                both = [f"{'b' if name in takes else 'a'}.{name} AS {name}" for name in needs]
                return f"SELECT {self.listed(both)} FROM t{of.number} a LEFT JOIN t{other.number} b ON {met}"
            case Group(of, keys, columns):
                functions = {"mean": "avg"}
                made = [
                    f"{functions.get(columns[n][0], columns[n][0])}({columns[n][1]}) AS {n}" if n in columns else n
                    for n in needs
                ]
                grouped = f" GROUP BY {', '.join(keys)}" if keys else ""
                return f"SELECT {self.listed(made)} FROM t{of.number}{grouped}"
            case Union(parts, columns):
                rows: list[str] = []
                for place, part in enumerate(parts):
                    taken = [f"{columns[name][place]} AS {name}" for name in needs]
                    rows.append(f"SELECT {self.listed(taken)} FROM t{part.number}")
                return " UNION ALL ".join(rows)
            case Lookup(of, at, lists):
                if table.number not in self.lookups:
                    return f"SELECT {self.listed(needs)} FROM t{of.number}"
                both = [f"{'b' if name in lists else 'a'}.{name} AS {name}" for name in needs]
                there = self.lookups[table.number]
                return f"SELECT {self.listed(both)} FROM t{of.number} a LEFT JOIN {there} b ON a.{at} = b.place"
            case _:
                raise AssertionError(f"no such table: {table}")

    @staticmethod
    def listed(columns: list[str]) -> str:
        return ", ".join(columns) or "1 AS nothing"

    def of(self, formula: Formula) -> str:
        """A formula in SQL."""
        dialect, parts = self.dialect, [self.of(part) for part in formula.of]
        match formula.op:
            case "column":
                return formula.said
            case "value":
                return self._value(*formula.said)
            case "cast":
                return f"CAST({parts[0]} AS {dialect.kinds[formula.said]})"
            case "case":
                pairs = "".join(f" WHEN {parts[n]} THEN {parts[n + 1]}" for n in range(0, len(parts) // 2 * 2, 2))
                last = f" ELSE {parts[-1]}" if len(parts) % 2 else ""
                return f"CASE{pairs}{last} END"
            case "in":
                if not formula.said:
                    return f"({parts[0]} <> {parts[0]})"
                values = (dialect.text(v) if isinstance(v, str) else str(v) for v in formula.said)
                return f"({parts[0]} IN ({', '.join(values)}))"
            case "words":
                said = (f" WHEN {n} THEN {dialect.text(w)}" for n, w in enumerate(formula.said) if w is not None)
                found = "".join(said)
                return f"CASE {parts[0]}{found} END" if found else f"CAST(NULL AS {dialect.kinds[Kind.TEXT]})"
            case "joined":
                return dialect.joined.format(dialect.text(formula.said), ", ".join(parts))
            case "window":
                return self._window(formula.said, parts[0])
            case "not":
                return f"(NOT {parts[0]})"
            case "negative":
                return f"(- {parts[0]})"
            case "abs" | "exp":
                return f"{formula.op}({parts[0]})"
            case "floor":
                return dialect.floor.format(parts[0])
            case "sqrt":
                return dialect.root.format(parts[0])
            case "log":
                return dialect.log.format(parts[0])
            case "is null":
                return f"({parts[0]} IS NULL)"
            case "or value":
                return f"coalesce({parts[0]}, {parts[1]})"
            case "largest":
                return f"greatest({', '.join(parts)})"
            case "smallest":
                return f"least({', '.join(parts)})"
            case "/":
                return dialect.divided.format(*parts)
            case "//":
                return dialect.whole.format(*parts)
            case "**":
                return dialect.power.format(*parts)
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
                return "NULL" if kind is Kind.NONE else f"CAST(NULL AS {self.dialect.kinds[kind]})"
            case bool():
                return "TRUE" if value else "FALSE"
            case str():
                return self.dialect.text(value)
            case float():
                return self.dialect.number(value)
            case int():
                return f"CAST({value} AS {self.dialect.kinds[kind]})"

    def _window(self, window: Window, x: str) -> str:
        keys = ", ".join(window.keys)
        match window.function:
            case "rank" | "rank from highest":
                order = f"{x} {'ASC' if window.function == 'rank' else 'DESC'} NULLS LAST"
                return f"CASE WHEN {x} IS NOT NULL THEN rank() OVER (PARTITION BY {keys} ORDER BY {order}) END"
            case "sum before":
                rows = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
                return f"coalesce(sum({x}) OVER (PARTITION BY {keys} ORDER BY {x} {rows}), {self.dialect.number(0.0)})"
            case "mean":
                return f"avg({x}) OVER (PARTITION BY {keys})"
            case function:
                return f"{function}({x}) OVER (PARTITION BY {keys})"
