"""Where the time goes from files to a record: `python -m tests.benchmarks.run_profile [--institutions N]
[--periods P]`.

So many institutions' figures, a CSV file for each period, are imported into a new record in SQLite one after the other,
as `tilsyn data import` does it, and then every period is run, as `tilsyn run … --through` does it. What is said is how
long each part took by itself, without the parts inside it, so that the shares add up; and the most memory of the two
halves. Nothing is verified, and no report is made.

The parts are functions of the program with a clock around them. They are named here and nowhere in the program, which
knows of no clock; a function that is gone stops the measurement.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from inspect import isgenerator
from pathlib import Path
from typing import Any

import polars as pl

from tests.benchmarks.measure import forget_peak, peak
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import Period
from tilsyn.files.declarations import load_policy
from tilsyn.files.figures import Slot, slots
from tilsyn.files.shipped import shipped_folder
from tilsyn.services.recording import import_files, open_runs, run_periods

AREA, KIND, LAST, FIGURES = "folkeskole", "school-year", 2024, 5
LEAST = 0.001
"""The share of a half that a part is told from."""

PARTS = (
    ("tilsyn.files.observations", "_open", "reading the file"),
    ("tilsyn.files.observations", "shape", "reading the file"),
    ("tilsyn.files.observations", "read_figures", "checking figures"),
    ("tilsyn.record.store", "Store.import_figures", "importing: what is new"),
    ("tilsyn.record.frames", "figures_of", "importing: figures as rows"),
    ("tilsyn.record.frames", "units_of", "importing: institutions as rows"),
    ("tilsyn.record.frames", "twins", "importing: figures asked for twice"),
    ("tilsyn.services.recording", "figures_for", "reading figures back: the frame"),
    ("tilsyn.record.store", "_figures", "reading figures back: the rows"),
    ("tilsyn.record.store", "_units", "reading figures back: the rows"),
    ("tilsyn.record.store", "_first", "reading figures back: the rows"),
    ("tilsyn.record.frames", "figures_from", "reading figures back: rows as columns"),
    ("tilsyn.record.frames", "units_from", "reading figures back: rows as columns"),
    ("tilsyn.record.runs", "Runs.made", "reading the state back"),
    ("tilsyn.services.recording", "place", "placing"),
    ("tilsyn.record.runs", "Runs.save", "recording placements"),
    ("tilsyn.record.runs", "kept_of", "recording placements: what varies"),
    ("tilsyn.record.workings", "_rows", "recording placements: as rows"),
    ("tilsyn.record.ledger", "Writing.add", "ledger: digests of rows"),
    ("tilsyn.record.database", "Database.insert", "writing rows"),
)
"""Functions by module and name, and what the time in them is told as."""


class Clock:
    """How long each part took, without the parts inside it: in seconds that passed, and in those of processors, which
    depend less on who else is at work."""

    def __init__(self) -> None:
        self.passed: dict[str, float] = defaultdict(float)
        self.worked: dict[str, float] = defaultdict(float)
        self.parts: list[str] = []
        self.since = time.perf_counter(), time.process_time()

    def _turn(self) -> None:
        now = time.perf_counter(), time.process_time()
        if self.parts:
            self.passed[self.parts[-1]] += now[0] - self.since[0]
            self.worked[self.parts[-1]] += now[1] - self.since[1]
        self.since = now

    def run(self, part: str, do: Callable[[], Any]) -> Any:
        self._turn()
        self.parts.append(part)
        try:
            return do()
        finally:
            self._turn()
            self.parts.pop()

    def around(self, module: str, name: str, part: str) -> None:
        """Puts the clock around a function."""
        owner: Any = import_module(module)
        *path, last = name.split(".")
        for step in path:
            owner = getattr(owner, step)
        found = getattr(owner, last)

        @wraps(found)
        def timed(*args: Any, **more: Any) -> Any:
            made = self.run(part, lambda: found(*args, **more))
            return self._each(part, made) if isgenerator(made) else made

        setattr(owner, last, timed)

    def _each(self, part: str, made: Iterator[Any]) -> Iterator[Any]:
        """What is made bit by bit, each under the clock."""
        while (one := self.run(part, lambda: next(made, None))) is not None:
            yield one


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--institutions", type=int, default=200_000)
    parser.add_argument("--periods", type=int, default=5)
    asked = parser.parse_args()
    periods = [Period(KIND, LAST - back) for back in reversed(range(asked.periods))]
    clock = Clock()
    for module, name, part in PARTS:
        clock.around(module, name, part)
    with tempfile.TemporaryDirectory() as folder:
        files = [_written(Path(folder), asked.institutions, period) for period in periods]
        url = str(Path(folder) / "record.db")
        for half, do in (("import", _imported), ("run", _ran)):
            clock.passed.clear()
            clock.worked.clear()
            forget_peak()
            clock.run("all else", lambda do=do: do(url, files, periods))
            _told(half, clock, asked.institutions * asked.periods)
        print(f"\nthe record has {Path(url).stat().st_size / 2**20:,.0f} MB")


def _imported(url: str, files: list[Path], periods: list[Period]) -> None:
    runs = open_runs(url, create=True)
    for file, period in zip(files, periods, strict=True):
        found = import_files(shipped_folder(), runs, AREA, [file], period=period.label, who="Ida")
        assert not found.refused, found.refused[0]
    runs.database.close()


def _ran(url: str, _: list[Path], periods: list[Period]) -> None:
    runs = open_runs(url)
    found = run_periods(shipped_folder(), runs, AREA, period=periods[0].label, through=periods[-1].label, who="Bo")
    assert len(found) == len(periods)
    runs.database.close()


def _told(half: str, clock: Clock, rows: int) -> None:
    passed, worked = sum(clock.passed.values()), sum(clock.worked.values())
    print(
        f"\n{half}: {rows:,} institution-periods in {passed:,.1f} s, {rows / passed:,.0f} a second; "
        f"{worked:,.1f} s of processors; peak {peak():,.0f} MB\n  {'passed':>10}{'worked':>12}  share of it"
    )
    for part, seconds in sorted(clock.worked.items(), key=lambda one: -one[1]):
        if seconds / worked >= LEAST:
            told = f"{clock.passed[part]:>8,.2f} s  {seconds:>8,.2f} s  {seconds / worked:>6.1%}"
            print(f"  {told}  {part}", flush=True)


# figures


def _written(folder: Path, institutions: int, period: Period) -> Path:
    """A file of a period's figures, five for each institution, no two alike."""
    area = load_policy(shipped_folder()).on(AREA, period.first_day).area
    one = pl.int_range(institutions, eager=True)
    columns: dict[str, Any] = {"institution": one.cast(pl.String).str.zfill(6), "name": "Skole " + one.cast(pl.String)}
    columns |= {"period": period.label, "elever": 100 + one % 700}
    columns |= {"har_9_klasse": (one % 3 > 0).replace_strict({True: "ja", False: "nej"}, return_dtype=pl.String)}
    for place, slot in enumerate(_chosen(area)):
        columns |= _figure(slot, one, place, period.index)
    path = folder / f"{period.index}.csv"
    pl.DataFrame(columns).write_csv(path)
    return path


def _chosen(area: Area) -> list[Slot]:
    return [slot for slot in slots(area) if slot.is_number and "n" in slot.fields and slot.member is None][:FIGURES]


def _figure(slot: Slot, one: pl.Series, place: int, index: int) -> dict[str, pl.Series]:
    """A figure within its range, with the numbers beside it that its kind needs."""
    least, most = (float(end) for end in slot.declared.range or (0, 1))
    part = ((one * 7919 + index * 613 + place * 101) % 1000) / 2000 + 0.25
    value = (least + (most - least) * part).round(slot.declared.decimals or 4)
    n = 20 + (one * (place + 3) + index) % 90
    found = {slot.column: value, slot.of("n"): n}
    if slot.kind == "proportion":
        found |= {slot.column: None, slot.of("count"): (part * n).round().cast(pl.Int64)}
    if "sd" in slot.fields:
        found[slot.of("sd")] = ((most - least) * (0.1 + part / 20)).round(3)
    if "expected" in slot.fields:
        found[slot.of("expected")] = (least + (most - least) * (0.2 + 0.6 * part)).round(4)
    return {name: values for name, values in found.items() if values is not None}


if __name__ == "__main__":
    main()
