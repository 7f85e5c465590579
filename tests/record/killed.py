"""Killed at any moment: `python -m tests.record.killed [--points N] [--db URL]`.

At each point a process makes a record in a new database, imports a delivery and runs a period, and is killed (SIGKILL)
after a random part of the time that this takes undisturbed. Then the record must verify, an import or run must be there
whole or not at all, and the same commands again must end as if nobody had been killed. `--db` names a PostgreSQL server
(else SQLite is used); a database is made there for each point.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.record.databases import made, new_database
from tests.record.worker import AREA, PERIOD, Rules, Worker, policy_and_file, work
from tilsyn.catalogue.periods import parse_period
from tilsyn.record.database import database_at
from tilsyn.record.ledger import verify
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store

SCHOOLS = 400

TABLES = ("catalogue", "import", "unit", "observation", "run", "placement", "effect")

NewDatabase = Callable[[], AbstractContextManager[str]]


@dataclass(frozen=True)
class Found:
    """What a record holds: the rows of each table, the placements, and what its ledger does not vouch for."""

    rows: dict[str, int]
    placements: pl.DataFrame | None
    faults: tuple[str, ...]


def found(url: str) -> Found:
    """As any program finds the record: nothing, where not even the tables were made."""
    database = database_at(url)
    try:
        if (database.is_sqlite and not Path(database.file).exists()) or database.version is None:
            return Found(dict.fromkeys(TABLES, 0), None, ())
        with database.asking() as ask:
            rows = {table: ask(f"SELECT COUNT(*) FROM {table}")[0][0] for table in TABLES}
        with database.reading() as connection:
            faults = tuple(f"{fault.code} {fault.args}" for fault in verify(connection))
        runs, period = Runs(Store(database)), parse_period("school-year", PERIOD)
        assert period is not None
        latest = runs.latest(AREA, period.index)
        return Found(rows, None if latest is None else runs.placements(latest), faults)
    finally:
        database.close()


def killed(new: NewDatabase, points: int, *, seed: int = 1, schools: int = SCHOOLS) -> Counter[str]:
    """Kills so many; says how many had nothing, the import, or the import and the run by then."""
    with tempfile.TemporaryDirectory() as folder:
        policy, file = policy_and_file(Path(folder), schools)
        tasks, rules = [f"import:{file}", "run"], Rules.of(policy)
        with new() as url:
            seconds, whole = _undisturbed(url, policy, tasks)
        empty = dict.fromkeys(TABLES, 0)
        imported = empty | {name: whole.rows[name] for name in ("import", "unit", "observation")}
        stages = {str(empty): "nothing", str(imported): "import", str(whole.rows): "import and run"}
        drawn, seen = random.Random(seed), Counter[str]()
        with _ready(new, policy, tasks) as workers:
            for _ in range(points):
                url, worker = next(workers)
                worker.go()
                time.sleep(drawn.uniform(0, 1.1) * seconds)
                worker.kill()
                left = found(url)
                assert left.faults == ()
                assert str(left.rows) in stages, f"half written: {left.rows}"
                seen[stages[str(left.rows)]] += 1
                work(url, rules, tasks)
                again = found(url)
                assert (again.rows, again.faults) == (whole.rows, ())
                assert again.placements is not None
                assert again.placements.equals(whole.placements)
        return seen


def _undisturbed(url: str, policy: Path, tasks: list[str]) -> tuple[float, Found]:
    """How long the tasks take where nobody is killed, and what they lead to."""
    worker = Worker(url, policy, tasks)
    worker.until_ready()
    worker.go()
    begun = time.perf_counter()
    assert worker.ended() == 0
    took = time.perf_counter() - begun
    whole = found(url)
    assert whole.faults == ()
    assert (whole.rows["run"], whole.rows["placement"]) == (1, whole.rows["unit"])
    return took, whole


@contextlib.contextmanager
def _ready(new: NewDatabase, policy: Path, tasks: list[str]) -> Iterator[Iterator[tuple[str, Worker]]]:
    """Processes that are ready, each on a database of its own; the next makes itself ready meanwhile."""
    with contextlib.ExitStack() as kept:

        def started() -> tuple[str, Worker]:
            url = kept.enter_context(new())
            worker = Worker(url, policy, tasks)
            kept.callback(worker.kill)
            return url, worker

        def one_after_the_other() -> Iterator[tuple[str, Worker]]:
            coming = started()
            while True:
                (url, worker), coming = coming, started()
                worker.until_ready()
                yield url, worker

        yield one_after_the_other()


def in_folder(folder: Path) -> NewDatabase:
    """New files of SQLite's; their tables are not made yet."""
    numbers = iter(range(10**6))
    return lambda: contextlib.nullcontext(str(folder / f"{next(numbers)}.db"))


def on_server(server: str) -> NewDatabase:
    """New databases of a PostgreSQL server, with their tables."""

    @contextlib.contextmanager
    def new() -> Iterator[str]:
        with new_database(server) as url:
            made(url).close()
            yield url

    return new


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--db", help="a PostgreSQL server")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        new = on_server(asked.db) if asked.db else in_folder(Path(folder))
        begun = time.perf_counter()
        seen = killed(new, asked.points, seed=asked.seed)
    told = ", ".join(f"{stage}: {count}" for stage, count in sorted(seen.items()))
    print(f"{asked.points} killed in {time.perf_counter() - begun:.0f} s; by then there was {told}; each ended whole")


if __name__ == "__main__":
    main()
