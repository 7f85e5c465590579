"""One engine measured once, in a process of its own: `python -m tests.benchmarks.measure DIR ENGINE N`.

`peers` starts it, as often as there are repetitions. What it finds is written as JSON: the seconds that the job takes,
the memory before it and the most during it, and how many answers are wrong. A process of its own has the libraries of
one engine alone, and its memory is not that of whoever was measured before. `DIR make N` makes up the data.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.engines import engines
from tests.benchmarks.job import Answers, Data, make

AT_LEAST = 0.3
"""Seconds of calls that are timed; what takes longer is timed once."""


def main() -> None:
    folder, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    print(json.dumps(make(folder, count) if name == "make" else measured(Data(folder, count), name)))


def measured(data: Data, name: str) -> dict[str, Any]:
    ready = engines()[name].make(data)
    before = _told("VmRSS")
    forget_peak()
    found = ready.run()
    taken: list[float] = []
    while not taken or sum(taken) < AT_LEAST:
        del found
        begun = time.perf_counter()
        found = ready.run()
        taken.append(time.perf_counter() - begun)
    most = peak()
    expected = data.answers if ready.expected is None else ready.expected()
    return {"seconds": median(taken), "before": before, "peak": most} | _compared(ready.told(found), expected)


def _compared(found: Answers, expected: Answers) -> dict[str, int]:
    """How many of the steps and rules that are known differ."""
    import numpy as np

    known = len(expected[0])
    wrong = [
        int((np.asarray(own)[:known] != np.asarray(right)).sum()) for own, right in zip(found, expected, strict=True)
    ]
    return {"checked": known, "wrong_steps": wrong[0], "wrong_rules": wrong[1]}


def forget_peak() -> None:
    """Where the system allows it, the most memory is that of the job and not of what came before."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return


def peak() -> float:
    return _told("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if _is_mac() else 2**10)


def _is_mac() -> bool:
    return os.uname().sysname == "Darwin"


def _told(what: str) -> float:
    """Memory in MB as the system says it, 0 where it doesn't."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:")), 0.0)


if __name__ == "__main__":
    main()
