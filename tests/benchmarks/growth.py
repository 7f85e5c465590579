"""How time and memory grow with the institutions: `python -m tests.benchmarks.growth [--most 6] [--plot FILE.svg]
[--readme]`.

From a thousand institutions to ten to the power of `--most`, ten times as many each time, `tilsyn place --parts` reads
checked figures in Parquet and writes placements in Parquet, in a process of its own. What is told is the seconds that
processors worked for it, which depend less on what else a machine does than those of the clock, and the most memory it
had. Five goals are read with five periods pooled; the second time the last of them is the
share of all institutions that have a lower figure. Institutions lie in files of a hundred thousand, with all their
periods; the third time every file has institutions from everywhere. `--readme` writes the table into README.md and the
picture beside this file. Ten million take 8 GB on disk.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from tests.benchmarks.growth_picture import Curve, picture
from tests.benchmarks.job import FIGURES, PERIOD, POOLED
from tests.benchmarks.peers_table import measured_on, written_into
from tilsyn import __version__
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.files.figures import NOT_SUBMITTED, schema, slots
from tilsyn.services.rules import checked

HERE = Path(__file__).parent
IN_A_FILE = 100_000
IN_A_PART = 250_000
SCATTER = 6_700_417
"""A prime: in steps of so many every institution is met once."""
JOBS = ("each by itself", "compared with each other", "in no order")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=6)
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="draw the picture")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md, and growth.svg")
    asked = parser.parse_args()
    counts = [10**power for power in range(3, asked.most + 1)]
    with tempfile.TemporaryDirectory() as folder:
        found = [_measured(Path(folder), count) for count in counts]
    curves = [Curve(name, counts, [one[place] for one in found]) for place, name in enumerate(JOBS)]
    table = _table(curves)
    print(table)
    for file in ([asked.plot] if asked.plot else []) + ([HERE / "growth.svg"] if asked.readme else []):
        file.write_text(picture(curves), encoding="utf-8")
    if asked.readme:
        print(written_into(HERE.parents[1] / "README.md", "growth", table), file=sys.stderr)


def _measured(folder: Path, count: int) -> list[tuple[float, float]]:
    """Seconds and MB of each job."""
    figures, scattered, compared = folder / "figures", folder / "scattered", folder / "compared"
    if not compared.exists():
        _compare(compared)
    day = Period("calendar-year", PERIOD).first_day
    policy = checked(HERE / "policy_pool").on("benchmark", day)
    _write(policy, figures, range(count))
    _write(policy, scattered, [SCATTER * number % count for number in range(count)])
    asked = ((HERE / "policy_pool", figures), (compared, figures), (HERE / "policy_pool", scattered))
    found = [_placed(policy, rows, folder / "out", count) for policy, rows in asked]
    for one in (figures, scattered):
        shutil.rmtree(one)
    told = (f"{seconds:.1f} s {memory:,.0f} MB" for seconds, memory in found)
    print(f"{count:,}: {', '.join(told)}", file=sys.stderr, flush=True)
    return found


def _compare(folder: Path) -> None:
    """The policy in which the last goal is a share of the others."""
    shutil.copytree(HERE / "policy_pool", folder)
    file = folder / "goals" / "benchmark.yaml"
    text, last = file.read_text(encoding="utf-8"), "measure: 100 * figure_5"
    before, after = text.split(last)
    lines = [line for line in after.splitlines() if not line.startswith("    evidence:")]
    text = before + "\n".join(["measure: 100 * peers.share_below(figure_5)", *lines[1:], ""])
    file.write_text(text, encoding="utf-8")


def _table(curves: Sequence[Curve]) -> str:
    lines = [
        f"| Institutions | {' | '.join(f'{curve.name}: s | s a million | MB' for curve in curves)} |",
        f"| ---: |{' ---: | ---: | ---: |' * len(curves)}",
    ]
    for place, count in enumerate(curves[0].counts):
        cells = (curve.found[place] for curve in curves)
        told = (f"{seconds:.1f} | {seconds * 1e6 / count:,.1f} | {memory:,.0f}" for seconds, memory in cells)
        lines.append(f"| {count:,} | {' | '.join(told)} |")
    return "\n".join(
        [
            *lines,
            "",
            f"{measured_on('once each, seconds of processors')}; tilsyn {__version__}, polars {pl.__version__}.",
        ]
    )


def _write(policy: Policy, folder: Path, numbers: Sequence[int]) -> None:
    """Figures of so many institutions, as `place` keeps them."""
    folder.mkdir()
    rng = np.random.default_rng(7)
    for first in range(0, len(numbers), IN_A_FILE):
        names = [f"{number:09}" for number in numbers[first : first + IN_A_FILE]]
        frames = [_figures(policy, rng, names, PERIOD - back) for back in range(POOLED)]
        pl.concat(frames).write_parquet(folder / f"{first:09}.parquet")


def _figures(policy: Policy, rng: np.random.Generator, names: Sequence[str], period: int) -> pl.DataFrame:
    count = len(names)
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


def _placed(policy: Path, figures: Path, out: Path, count: int) -> tuple[float, float]:
    """Processors' seconds and the most memory, in MB, of one `tilsyn place`."""
    parts = max(1, -(-count // IN_A_PART))
    command = [
        sys.executable, "-m", "tilsyn.cli.main", "--policy", policy, "place", "benchmark", figures,
        "--period", str(PERIOD), "--parts", str(parts), "--out", out,
    ]  # fmt: skip
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
