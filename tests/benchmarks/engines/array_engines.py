"""The job by hand in NumPy and in plain Python.

`numpy-table` is the fastest that is known here without a compiler: every combination of levels and previous step is
answered beforehand, and an institution is a number that the answer is looked up by.
"""

from __future__ import annotations

import itertools
from typing import Any

from tests.benchmarks.engines import Engine, Ready
from tests.benchmarks.job import BOUNDS, CUTS, FIGURES, POINTS, RULES, STEP_OF_RULE, STEPS, WEIGHTS, Data, fired, placed


def _numpy_select(data: Data) -> Ready:
    import numpy as np

    figures, previous = data.figures, data.previous
    points_of, step_of = np.array(POINTS), np.array(STEP_OF_RULE, np.int8)

    def run() -> Any:
        levels = [np.digitize(figures[name], bounds) for name, bounds in zip(FIGURES, BOUNDS, strict=True)]
        score = sum(weight * points_of[level] for weight, level in zip(WEIGHTS, levels, strict=True))
        worst = np.minimum.reduce(levels)
        rule = fired(score, worst, previous)
        return np.clip(step_of[rule], previous - 1, previous + 1), rule

    return Ready(run, lambda found: found)


def _numpy_table(data: Data) -> Ready:
    import numpy as np

    figures, previous, table = data.figures, data.previous, answer_table()

    def run() -> Any:
        key = np.zeros(len(previous), np.int16)
        for name, bounds in zip(FIGURES, BOUNDS, strict=True):
            figure = figures[name]
            key *= len(POINTS)
            for bound in bounds:
                key += figure >= bound
        key *= len(STEPS)
        key += previous
        return table[key]

    return Ready(run, lambda found: divmod(found, len(RULES)))


def answer_table() -> Any:
    """What is answered for every combination of levels and previous step: the step and the rule in one number."""
    import numpy as np

    levels = range(len(POINTS))
    least = [[-1, *cuts] for cuts in CUTS]
    answers = [
        step * len(RULES) + rule
        for profile in itertools.product(levels, repeat=len(FIGURES))
        for before in range(len(STEPS))
        for step, rule in [placed([cuts[level] for cuts, level in zip(least, profile, strict=True)], before)]
    ]
    return np.array(answers, np.int8)


def _python(data: Data) -> Ready:
    rows = data.rows()
    goals = list(zip(FIGURES, BOUNDS, WEIGHTS, strict=True))

    def run() -> list[tuple[int, int]]:
        return [_one(row, goals) for row in rows]

    return Ready(run, lambda found: tuple(zip(*found, strict=True)))


def _one(row: dict[str, Any], goals: list[tuple[str, tuple[float, ...], int]]) -> tuple[int, int]:
    score, worst, previous = 0, 3, row["previous"]
    for name, (low, middle, high), weight in goals:
        figure = row[name]
        level = 3 if figure >= high else 2 if figure >= middle else 1 if figure >= low else 0
        score += weight * POINTS[level]
        worst = min(level, worst)
    if worst >= 2:
        rule = (1 if score >= 8000 else 3) if previous == 0 else (0 if score >= 8500 else 2)
    elif previous == 4:
        rule = 8 if score >= 6000 else 9
    elif worst == 1:
        rule = 4 if score >= 6000 else 5
    else:
        rule = 6 if score >= 5000 else 7
    return min(max(STEP_OF_RULE[rule], previous - 1), previous + 1), rule


ENGINES = (
    Engine("numpy-table", "NumPy by hand, looked up in a table", _numpy_table, ("numpy",)),
    Engine("numpy-select", "NumPy by hand, digitize and select", _numpy_select, ("numpy",)),
    Engine("python", "Python by hand, a plain loop", _python, most=100_000),
)
