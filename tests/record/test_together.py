"""Eight processes on one record, which begin at the same moment: nothing lost, nothing twice, one chain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.schools import folkeskole_policy, school, write_csv
from tests.record.killed import found
from tests.record.worker import Worker
from tilsyn.record.database import open_database

EACH = 60


def delivery(folder: Path, name: str) -> Path:
    """A file about schools of its own."""
    return write_csv(folder / f"{name}.csv", [school(f"{name}{n:03}", karakter="5.00") for n in range(EACH)])


def together(url: str, policy: Path, works: list[list[str]]) -> None:
    """All at once; each must end well."""
    workers = [Worker(url, policy, tasks) for tasks in works]
    for worker in workers:
        worker.until_ready()
    for worker in workers:
        worker.go()
    assert [worker.ended() for worker in workers] == [0] * len(works)


@pytest.fixture
def ready(url: str, tmp_path: Path) -> tuple[str, Path]:
    """A record (in SQLite not even made yet), and declarations."""
    if "://" in url:
        from tests.record.databases import made

        made(url).close()
    return url, folkeskole_policy(tmp_path / "policy")


def test_eight_imports_of_different_files_are_all_there(ready: tuple[str, Path], tmp_path: Path) -> None:
    url, policy = ready
    together(url, policy, [[f"import:{delivery(tmp_path, name)}"] for name in "ABCDEFGH"])
    left = found(url)
    assert (left.rows["import"], left.rows["unit"], left.faults) == (8, 8 * EACH, ())


def test_eight_imports_of_the_same_file_are_one(ready: tuple[str, Path], tmp_path: Path) -> None:
    url, policy = ready
    file = delivery(tmp_path, "A")
    together(url, policy, [[f"import:{file}"]] * 8)
    left = found(url)
    assert (left.rows["import"], left.rows["unit"], left.faults) == (1, EACH, ())


def test_eight_runs_of_the_same_are_one(ready: tuple[str, Path], tmp_path: Path) -> None:
    url, policy = ready
    together(url, policy, [[f"import:{delivery(tmp_path, 'A')}"]])
    together(url, policy, [["run"]] * 8)
    left = found(url)
    assert (left.rows["run"], left.rows["placement"], left.faults) == (1, EACH, ())


def test_runs_beside_imports_each_see_whole_deliveries(ready: tuple[str, Path], tmp_path: Path) -> None:
    """Whatever order they come in, each run placed everybody of the deliveries that it read, and none of the others."""
    url, policy = ready
    together(url, policy, [[f"import:{delivery(tmp_path, 'A')}"]])
    imports = [[f"import:{delivery(tmp_path, name)}"] for name in "BCDE"]
    together(url, policy, [*imports, *[["run"]] * 4])
    left = found(url)
    assert (left.rows["import"], left.rows["unit"], left.faults) == (5, 5 * EACH, ())
    database = open_database(url)
    with database.asking() as ask:
        placed = ask(
            "SELECT run.imports, COUNT(*) FROM run JOIN placement ON run_id = run.id GROUP BY run.id, run.imports"
        )
    database.close()
    assert placed
    assert [count for _, count in placed] == [deliveries * EACH for deliveries, _ in placed]
    assert len({deliveries for deliveries, _ in placed}) == len(placed), "none was made twice from the same"
    together(url, policy, [["run"]])
    placements = found(url).placements
    assert placements is not None
    assert placements.height == 5 * EACH
