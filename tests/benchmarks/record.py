"""How fast the record takes what it is given: `python -m tests.benchmarks.record [--rows N] [--db URL]`.

So many observations are imported, five for each institution, and as many institutions placed and recorded, with the
ledger. Beside it stands the quickest plain way to the same rows in the same database: `executemany` in SQLite, `COPY`
in PostgreSQL, into tables with the same columns and indexes but without ledger, triggers, or comparison with what is
known. What is said is a ratio of the two, measured one after the other; only ratios can be compared between machines.

PostgreSQL is the one at `--db`, an empty database, or an embedded one.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from tests.record.databases import made, new_database, running_server
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.files.declarations import load_policy
from tilsyn.files.figures import Figures, schema, slots
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import Database, open_database
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store
from tilsyn.services.placing import place
from tilsyn.services.rules import bound

AREA, YEAR, FIGURES = "folkeskole", "2024/25", 5
TABLES = {
    "unit": ["area, period, institution, import_id"],
    "observation": ["area, period, institution"],
    "placement": ["run_id, institution"],
    "effect": ["area, institution"],
}
"""The tables of many rows, with the columns of their indexes beside the key."""

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--db", help="an empty PostgreSQL database")
    parser.add_argument("--times", type=int, default=1, help="repetitions; with --db there is one")
    parser.add_argument("--memory-of", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.memory_of:
        print(_memory(asked.memory_of))
        return
    # before anything large is here: a process inherits its parent's peak
    for rows in (asked.rows // 4, asked.rows // 2, asked.rows):
        command = [sys.executable, "-m", "tests.benchmarks.record", "--memory-of", str(rows)]
        done = subprocess.run(command, capture_output=True, check=True, text=True)
        print(done.stdout.strip())
    with tempfile.TemporaryDirectory() as folder:
        for number in range(asked.times):
            _compared(str(Path(folder) / f"{number}.db"), asked.rows)
    with running_server(asked.db) as url:
        for _ in range(1 if asked.db else asked.times):
            with contextlib.nullcontext(url) if asked.db else new_database(url) as own:
                _compared(own, asked.rows)


def made_up(rows: int) -> tuple[Policy, Plan, Period, Figures]:
    """A policy with its plan, a period, and so many figures of a fifth as many institutions, no two the same."""
    catalogue, period = load_policy(shipped_folder()), parse_period("school-year", YEAR)
    assert period is not None
    policy, plan = bound(catalogue, AREA, period)
    area, count = policy.area, rows // FIGURES
    told = [slot for slot in slots(area) if slot.is_number and "n" in slot.fields and slot.member is None][:FIGURES]
    one = pl.int_range(count, eager=True)
    columns: dict[str, Any] = {"institution": one.cast(pl.String).str.zfill(6), "name": "Skole " + one.cast(pl.String)}
    columns |= {"period": [period.index] * count, "elever": 100 + one % 700, "har_9_klasse": one % 3 > 0}
    for place_, slot in enumerate(told):
        n = 20 + (one * (place_ + 3)) % 90
        share = 0.2 + ((one * 7919) % 1000) / (1500 + place_)
        columns |= {f"{slot.column}.n": n, slot.column: share, f"{slot.column}.expected": share * 0.9 + 0.05}
        columns |= {f"{slot.column}.sd": 0.5 + share, f"{slot.column}.se": 0.5 + share, f"{slot.column}.count": n // 3}
    missing = {slot.of("missing"): 0 if slot in told else 7 for slot in slots(area)}
    wanted = schema(area)
    kept = {name: values for name, values in columns.items() if name in wanted}
    frame = pl.DataFrame(kept).with_columns(pl.lit(value).alias(name) for name, value in missing.items())
    frame = frame.with_columns(pl.lit(None).alias(name) for name in wanted if name not in frame.columns)
    frame = frame.select(pl.col(name).cast(kind) for name, kind in wanted.items())
    return policy, plan, period, Figures(frame, (), (), "0" * 64)


def _compared(url: str, rows: int) -> None:
    policy, plan, period, figures = made_up(rows)
    database = made(url)
    runs = Runs(Store(database))
    imported, took = _timed(lambda: runs.store.import_figures(policy.area, figures, ["f.csv"], "Ida"))
    assert imported.new == rows
    _told(database, "import", ("unit", "observation"), took, rows, "observations")
    wanted, state = runs.made(AREA, period.index, day=period.first_day, catalogue="c", engine="e")
    placed = place(policy, plan, figures.frame, period, state).frame
    _, took = _timed(lambda: runs.save(wanted, period.label, {}, placed, "Bo"))
    _told(database, "run", ("placement", "effect"), took, placed.height, "placements")
    database.close()


def _timed(do: Callable[[], T]) -> tuple[T, float]:
    begun = time.perf_counter()
    found = do()
    return found, time.perf_counter() - begun


def _told(database: Database, what: str, tables: Sequence[str], took: float, rows: int, things: str) -> None:
    """Writes the same rows plainly, with the indexes and without, and says how the two compare."""
    kept = {table: _read(database, table) for table in tables}
    plain, bare = (
        sum(_plain(database, table, *kept[table], indexed=indexed) for table in tables) for indexed in (True, False)
    )
    kind = "SQLite executemany" if database.is_sqlite else "PostgreSQL COPY"
    print(
        f"{what:6} {rows:>9,} {things:12} {rows / took:>9,.0f}/s  {kind} {rows / plain:>9,.0f}/s  "
        f"{took / plain:.2f} × (without indexes {took / bare:.2f} ×)",
        flush=True,
    )


def _read(database: Database, table: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    with database.reading() as connection:
        found = connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY id")
        return list(found.keys()), [tuple(row) for row in found]


def _plain(database: Database, table: str, names: list[str], rows: list[tuple[Any, ...]], *, indexed: bool) -> float:
    """Seconds for the same rows in a table of their own."""
    columns = ", ".join(f'"{name}" {_kind(rows, place_)}' for place_, name in enumerate(names))
    make = [f"CREATE TABLE plain ({columns}, PRIMARY KEY (id))"]
    make += [f"CREATE INDEX plain_{n} ON plain ({key})" for n, key in enumerate(TABLES[table]) if indexed]
    if database.is_sqlite:
        return _plain_sqlite(make, rows)
    with database.engine.connect() as own, own.begin() as transaction:
        driver: Any = own.connection.dbapi_connection
        for statement in make:
            driver.execute(statement)

        def copy() -> None:
            with driver.cursor() as cursor, cursor.copy("COPY plain FROM STDIN") as lines:
                for row in rows:
                    lines.write_row(row)

        took = _timed(copy)[1]
        transaction.rollback()
        return took


def _plain_sqlite(make: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> float:
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(sqlite3.connect(Path(folder) / "plain.db", isolation_level=None)) as connection,
    ):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        for statement in make:
            connection.execute(statement.replace('"id" BIGINT', '"id" INTEGER'))
        marks = ", ".join("?" for _ in rows[0])

        def write() -> None:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(f"INSERT INTO plain VALUES ({marks})", rows)
            connection.execute("COMMIT")

        return _timed(write)[1]


def _kind(rows: Sequence[Sequence[Any]], place_: int) -> str:
    value = next((row[place_] for row in rows if row[place_] is not None), None)
    kinds: dict[type, str] = {bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE PRECISION"}
    return kinds.get(type(value), "TEXT")


def _memory(rows: int) -> str:
    """What an import of so many adds to the memory, above what the figures themselves take as they are handed over."""
    policy, _, _, figures = made_up(rows)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(str(Path(folder) / "m.db"))
        before = _now()
        Store(database).import_figures(policy.area, figures, ["f.csv"], "Ida")
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        database.close()
    more = most - before
    return f"memory {rows:>9,} observations  peak {most:,.0f} MB, {more:,.0f} MB more than before the import, \
{1e6 * more / rows:,.0f} bytes an observation"


def _now() -> float:
    """Memory that is held, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


if __name__ == "__main__":
    main()
