"""How fast tilsyn is beside others: `python -m tests.benchmarks.peers [--institutions N] [--repeats R] [--only NAME,…]
[--cores N] [--markdown] [--readme]`.

Everybody does the same job (`job.py`) on the same data, each in its own way and fed in its own form, and every answer
is compared with a reference. The engines take turns: one measurement of each, in a process of its own, then the next
round. What is said is the ratio of an engine's median time per institution to that of the job written by hand in
Polars; only ratios can be compared between machines. Slow engines are given fewer institutions, which is said.

The peers are those that are installed:
`pip install -c constraints.txt . -r tests/benchmarks/requirements-peers.txt`. `--markdown` prints the table for a
document, with the aims, and `--readme` writes it where README.md has its place. With a million institutions the largest
job, of five pooled periods, takes some 4 GB of memory.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from tests.benchmarks.engines import BASELINE, Engine, engines
from tests.benchmarks.job import RULES
from tests.benchmarks.peers_table import Measured, markdown, plain, written_into


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--institutions", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", help=f"these engines, with commas between: {', '.join(engines())}")
    parser.add_argument("--cores", type=int, help="no more than so many, where the system can be told")
    parser.add_argument("--markdown", action="store_true", help="print the table for a document")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    asked = parser.parse_args()
    if asked.cores and not hasattr(os, "sched_setaffinity"):
        parser.error("this system cannot be told how many cores to use")
    if asked.cores:
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: asked.cores]))
    chosen = _installed(_chosen(parser, asked.only))
    with tempfile.TemporaryDirectory() as folder:
        shares = _started(folder, "make", asked.institutions)
        fired = ", ".join(f"{rule} {share:.1%}" for rule, share in zip(RULES, shares, strict=True))
        print(f"{asked.institutions:,} institutions; the rules fire for {fired}", file=sys.stderr)
        measured = _rounds(folder, chosen, asked.institutions, asked.repeats)
    print(markdown(measured, asked.repeats) if asked.markdown else plain(measured, asked.repeats))
    if asked.readme:
        readme = Path(__file__).parents[2] / "README.md"
        print(written_into(readme, "peers", markdown(measured, asked.repeats)), file=sys.stderr)


def _chosen(parser: argparse.ArgumentParser, only: str | None) -> list[Engine]:
    known = engines()
    names = only.split(",") if only else list(known)
    if unknown := [name for name in names if name not in known]:
        parser.error(f"no engine is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in dict.fromkeys((BASELINE, *names))]


def _installed(chosen: Sequence[Engine]) -> list[Engine]:
    """Those that can run here; the others are told of."""
    found: list[Engine] = []
    for engine in chosen:
        if lacking := [name for name in engine.needs if _version(name) is None]:
            print(f"{engine.name} is left out: {', '.join(lacking)} is not installed", file=sys.stderr)
        else:
            found.append(engine)
    return found


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _rounds(folder: str, chosen: Sequence[Engine], institutions: int, repeats: int) -> list[Measured]:
    """Each engine once a round. One that fails is told of and sits out the rest."""
    found: dict[str, list[Mapping[str, Any]]] = {engine.name: [] for engine in chosen}
    for number in range(1, repeats + 1):
        for engine in [engine for engine in chosen if engine.name in found]:
            count = min(institutions, engine.most or institutions)
            try:
                found[engine.name].append(_started(folder, engine.name, count))
            except subprocess.CalledProcessError as fault:
                print(f"{engine.name} failed: {_said(fault.stderr)}", file=sys.stderr)
                del found[engine.name]
        print(f"round {number} of {repeats} is done", file=sys.stderr, flush=True)
    return [
        Measured(
            engine,
            min(institutions, engine.most or institutions),
            tuple(found[engine.name]),
            {name: version(name) for name in engine.needs},
        )
        for engine in chosen
        if found.get(engine.name)
    ]


def _said(trace: str) -> str:
    """The line of a traceback that says what was wrong."""
    lines = [line for line in trace.splitlines() if re.match(r"[\w.]+: ", line)]
    return lines[-1] if lines else trace.strip()


def _started(folder: str, name: str, count: int) -> Any:
    """What `measure` says, run in a new process. This one stays small, as a process inherits its parent's peak."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", folder, name, str(count)]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1])


if __name__ == "__main__":
    main()
