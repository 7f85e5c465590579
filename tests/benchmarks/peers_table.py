"""What `peers` has measured as a table, for the terminal and for a document. Nothing is measured here."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.engines import BASELINE, Engine
from tilsyn import __version__

HEAD = (
    "× Polars", "Engine", "Institutions", "ms", "min..max", "A second",
    "Peak MB", "Before", "Wrong steps", "Wrong rules",
)  # fmt: skip
LEFT = 1
"""The column of words; the others are numbers."""

AIMS = (
    ("tilsyn", "polars", 1.0), ("tilsyn-full", "polars", 5.0), ("tilsyn-pool", "polars", 9.0),
    ("tilsyn-duckdb", "duckdb", 1.5), ("tilsyn-duckdb", "duckdb-joined", 1.5),
    ("tilsyn-spark", "spark", 1.5), ("tilsyn-spark", "spark-joined", 1.5),
    ("tilsyn", "openfisca", 1 / 8), ("tilsyn", "zen-batch", 1 / 700),
)  # fmt: skip
"""How many times another's time for an institution an engine is to take at most."""

LEAST_EXACT = 500
"""Institutions a second that the exact reading is to give at least, with doubt."""


@dataclass(frozen=True)
class Measured:
    """An engine's measurements, one per round, of so many institutions."""

    engine: Engine
    count: int
    rounds: tuple[Mapping[str, Any], ...]
    versions: Mapping[str, str]

    @property
    def seconds(self) -> list[float]:
        return [one["seconds"] for one in self.rounds]

    @property
    def each(self) -> float:
        """Seconds per institution."""
        return median(self.seconds) / self.count


def plain(measured: Sequence[Measured], repeats: int) -> str:
    rows = [HEAD, *_rows(measured)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    lines = [
        "  ".join(
            cell.ljust(width) if place == LEFT else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([*lines, "", *_beside(measured), _about(measured, repeats)])


def markdown(measured: Sequence[Measured], repeats: int) -> str:
    rules = ["---" if place == LEFT else "---:" for place in range(len(HEAD))]
    lines = [f"| {' | '.join(row)} |" for row in (HEAD, rules, *_rows(measured))]
    return "\n".join([*lines, "", *_aims(measured), "", *_beside(measured), _about(measured, repeats)])


def written_into(document: Path, name: str, table: str) -> str:
    """Puts a table in its place in a document, and says whether there is one."""
    text, begins = document.read_text(encoding="utf-8"), f"<!-- measured: {name} -->"
    place = re.compile(rf"({begins}\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(text):
        return f"{document.name} has no place for it: `{begins}`, and after it `<!-- end -->`"
    document.write_text(place.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text), encoding="utf-8")
    return f"written into {document.name}"


def _rows(measured: Sequence[Measured]) -> list[tuple[str, ...]]:
    """Job by job, the fastest first."""
    base = next((one.each for one in measured if one.engine.name == BASELINE), None)
    jobs = list(dict.fromkeys(one.engine.job for one in measured))
    ordered = sorted(measured, key=lambda one: (jobs.index(one.engine.job), one.each))
    return [_row(one, base) for one in ordered]


def _row(one: Measured, base: float | None) -> tuple[str, ...]:
    checked = one.rounds[0]["checked"]
    of = f" of {checked:,}" if checked < one.count else ""
    ms = [1000 * seconds for seconds in one.seconds]
    return (
        "–" if base is None else _digits(one.each / base),
        one.engine.title,
        f"{one.count:,}",
        _digits(median(ms)),
        f"{_digits(min(ms))}..{_digits(max(ms))}",
        f"{1 / one.each:,.0f}",
        f"{median(found['peak'] for found in one.rounds):,.0f}",
        f"{median(found['before'] for found in one.rounds):,.0f}",
        *(f"{max(found[wrong] for found in one.rounds):,}{of}" for wrong in ("wrong_steps", "wrong_rules")),
    )


def _beside(measured: Sequence[Measured]) -> list[str]:
    """A line for each engine that is compared with another one than the first too."""
    of = {one.engine.name: one for one in measured}
    pairs = [(one, of[name]) for one in measured for name in one.engine.beside if name in of]
    return [f"{one.engine.title}: {_digits(one.each / other.each)} × {other.engine.title}." for one, other in pairs]


def _aims(measured: Sequence[Measured]) -> list[str]:
    """A table of what was aimed at, and whether it was reached."""
    of = {one.engine.name: one for one in measured}
    rows = ["| Aim | At most | Found | Reached |", "| --- | ---: | ---: | --- |"]
    for name, other, most in AIMS:
        if name in of and other in of:
            ratio = of[name].each / of[other].each
            said = f"{of[name].engine.title}, × {of[other].engine.title}"
            rows.append(f"| {said} | {_ratio(most)} | {_ratio(ratio)} | {'yes' if ratio <= most else 'no'} |")
    if (exact := of.get("tilsyn-exact-full")) is not None:
        found = 1 / exact.each
        reached = "yes" if found >= LEAST_EXACT else "no"
        rows.append(
            f"| {exact.engine.title}, institutions a second | at least {LEAST_EXACT} | {found:,.0f} | {reached} |"
        )
    return rows


def _ratio(number: float) -> str:
    return _digits(number) if number >= 1 else f"1/{1 / number:.1f}" if number > 0.05 else f"1/{1 / number:.0f}"


def _digits(number: float) -> str:
    """A number with no more digits than a measurement has."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.1f}" if number >= 10 else f"{number:.2f}"


def _about(measured: Sequence[Measured], repeats: int) -> str:
    versions = {name: found for one in measured for name, found in one.versions.items()}
    told = ", ".join(f"{name} {found}" for name, found in sorted(versions.items()))
    return f"{measured_on(f'rounds: {repeats}')}; tilsyn {__version__}, {told}."


def measured_on(how: str) -> str:
    """When, how and on what kind of machine something was measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return (
        f"Measured {dt.date.today().isoformat()}, {how}, cores: {cores}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )
