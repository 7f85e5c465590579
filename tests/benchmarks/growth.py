"""How time and memory grow with the institutions: `python -m tests.benchmarks.growth [--most 6] [--job full|pool]`.

From a thousand institutions to ten to the power of `--most`, ten times as many each time, `tilsyn place --parts` reads
checked figures in Parquet and writes placements in Parquet, in a process of its own. What is told is its seconds by the
clock and the most memory it had. Institutions lie in files of a hundred thousand, with all their periods.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from tests.benchmarks.job import FIGURES, PERIOD, POOLED
from tilsyn.catalogue.policy import Policy
from tilsyn.files.figures import NOT_SUBMITTED, schema, slots
from tilsyn.services.rules import checked

POLICIES = Path(__file__).parent
IN_A_FILE = 100_000
IN_A_PART = 250_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=6)
    parser.add_argument("--job", choices=("full", "pool"), default="pool")
    asked = parser.parse_args()
    policy = checked(POLICIES / f"policy_{asked.job}").on("benchmark", _day(asked.job))
    print("| Institutions | Seconds | Seconds a million | Most memory, MB |\n| ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for power in range(3, asked.most + 1):
            count = 10**power
            figures = Path(folder) / str(count)
            _write(policy, figures, count, POOLED if asked.job == "pool" else 1)
            seconds, memory = _placed(asked.job, figures, Path(folder) / "out", count)
            print(f"| {count:,} | {seconds:.1f} | {seconds * 1e6 / count:.1f} | {memory:,.0f} |", flush=True)


def _day(job: str) -> object:
    from tilsyn.catalogue.periods import Period

    return Period("calendar-year", PERIOD).first_day


def _write(policy: Policy, folder: Path, count: int, periods: int) -> None:
    """Figures of so many institutions, as `place` keeps them."""
    folder.mkdir()
    rng = np.random.default_rng(7)
    for first in range(0, count, IN_A_FILE):
        own = min(IN_A_FILE, count - first)
        frames = [_figures(policy, rng, first, own, PERIOD - back) for back in range(periods)]
        pl.concat(frames).write_parquet(folder / f"{first:09}.parquet")


def _figures(policy: Policy, rng: np.random.Generator, first: int, count: int, period: int) -> pl.DataFrame:
    names = pl.int_range(first, first + count, eager=True).cast(pl.String()).str.zfill(9)
    columns: dict[str, object] = {"institution": names, "period": period}
    columns |= {"citizens": rng.integers(20, 800, count), "accident": rng.random(count) < 0.001}
    for name in FIGURES:
        tenths, kind = np.clip(np.rint(rng.normal(640, 160, count)), 0, 1000), policy.area.indicators[name].kind
        columns |= {name: tenths / (1000 if kind == "proportion" else 10), f"{name}.n": rng.integers(20, 200, count)}
        if kind == "mean":
            columns[f"{name}.sd"] = rng.integers(80, 200, count) / 10
    frame = pl.DataFrame(columns)
    told = {slot.of("missing"): 0 if slot.column in columns else NOT_SUBMITTED for slot in slots(policy.area)}
    return frame.select(
        (pl.col(name) if name in columns else pl.lit(told.get(name))).cast(kind).alias(name)
        for name, kind in schema(policy.area).items()
    )


def _placed(job: str, figures: Path, out: Path, count: int) -> tuple[float, float]:
    """Seconds by the clock and the most memory, in MB, of one `tilsyn place`."""
    parts = max(1, -(-count // IN_A_PART))
    command = [
        sys.executable, "-m", "tilsyn.cli.main", "--policy", POLICIES / f"policy_{job}", "place", "benchmark", figures,
        "--period", str(PERIOD), "--parts", str(parts), "--out", out,
    ]  # fmt: skip
    begun = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return time.perf_counter() - begun, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
