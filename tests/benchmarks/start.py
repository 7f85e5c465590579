"""How soon an answer is there: `python -m tests.benchmarks.start [--placements N] [--db FILE] [--times N]`.

`tilsyn explain` of one institution among so many in a record, beside `tilsyn --help`, which is what any command costs
before it does anything. The two take turns, and what is said is the ratio of the medians of their processor time, with
the seconds that pass beside it. With `--db` a record that is there already is read, and its last institution explained.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.record import AREA, FIGURES, made_up
from tilsyn import __version__
from tilsyn.files.declarations import load_policy, policy_texts
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import open_database
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store
from tilsyn.services.placing import place


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--placements", type=int, default=100_000)
    parser.add_argument("--db", type=Path)
    parser.add_argument("--times", type=int, default=11)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = asked.db or Path(folder) / "start.db"
        if asked.db is None:
            _filled(file, asked.placements)
        _compared(file, asked.times)


def _filled(file: Path, placements: int) -> None:
    """A record of one run with so many placements."""
    policy, plan, period, figures = made_up(placements * FIGURES)
    runs = Runs(Store(open_database(str(file))))
    runs.store.import_figures(policy.area, figures, ["f.csv"], "Ida")
    folder = shipped_folder()
    catalogue = load_policy(folder).fingerprint
    made, state = runs.made(AREA, period.index, day=period.first_day, catalogue=catalogue, engine=__version__)
    placed = place(policy, plan, figures.frame, period, state).frame
    assert runs.save(made, period.label, policy_texts(folder), placed, "Bo") is not None
    runs.database.close()


def _compared(file: Path, times: int) -> None:
    institution, count = last_institution(file)
    begun = (sys.executable, "-m", "tilsyn.cli.main")
    commands = ((*begun, "--help"), (*begun, "--db", str(file), "explain", institution))
    taken = [[took(command) for command in commands] for _ in range(times + 1)][1:]
    (help_cpu, help_wall), (cpu, wall) = (
        [median(run[which][what] for run in taken) for what in (0, 1)] for which in (0, 1)
    )
    print(f"tilsyn --help   {help_cpu:.3f} s of processor time, {help_wall:.3f} s")
    print(f"tilsyn explain  {cpu:.3f} s of processor time, {wall:.3f} s; {count:,} placements")
    print(f"{cpu / help_cpu:.1f} × --help ({wall / help_wall:.1f} × by the clock)")


def last_institution(file: Path) -> tuple[str, int]:
    """The last of the institutions of a record, and how many placements there are."""
    database = open_database(str(file), create=False)
    with database.asking() as ask:
        ((institution, count),) = ask("SELECT MAX(institution), COUNT(*) FROM placement")
    database.close()
    return institution, count


def took(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of processor time, and by the clock."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after, ended = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, ended - begun


if __name__ == "__main__":
    main()
