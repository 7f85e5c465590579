"""The job that every engine does, made up once, and its answers, worked out in whole tenths.

Institutions with five goals each. Three cuts give a goal one of four levels and its points, whole weights a score, and
ten rules over the score, the worst level and the previous step a step, which is approached by at most one step per
period. `policy_simple` declares the same. The answers here are the reference that engines are held to, row by row:
they are reckoned one institution at a time with whole numbers alone, where nothing can be rounded, and this module
stands apart so that no engine can share a mistake with it.

The full job has the same figures with what makes them uncertain, and four earlier periods for pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SEED = 2026
PERIOD = 2024
POOLED = 5
FIGURES = ("figure_1", "figure_2", "figure_3", "figure_4", "figure_5")
CUTS = ((400, 550, 700), (385, 525, 699), (422, 578, 723), (350, 500, 661), (417, 562, 714))
"""In tenths. A goal's level is how many of them it reaches."""
POINTS = (0, 40, 70, 100)
WEIGHTS = (30, 25, 20, 15, 10)
STEPS = ("free", "trust", "ordinary", "support", "intensive")
RULES = tuple(f"R{number}" for number in range(1, 11))
STEP_OF_RULE = (0, 0, 1, 1, 2, 3, 3, 4, 3, 4)
"""Where each rule leads; a rule's number here is one less than in its name."""
ON_A_CUT = 0.02
"""The share of institutions that have one figure placed exactly on a cut; others come to lie there by chance."""

BOUNDS = tuple(tuple(cut / 10 for cut in cuts) for cuts in CUTS)
"""The cuts as engines without decimal numbers take them."""

Answers = tuple[Any, Any]
"""Arrays of steps and rules, as positions in `STEPS` and `RULES`."""


def placed(tenths: Sequence[int], previous: int) -> tuple[int, int]:
    """The step and the rule of one institution, as positions. Scores are in hundredths of a point."""
    levels = [sum(x >= cut for cut in cuts) for x, cuts in zip(tenths, CUTS, strict=True)]
    score = sum(weight * POINTS[level] for weight, level in zip(WEIGHTS, levels, strict=True))
    rule = _rule(score, min(levels), previous)
    step = min(max(STEP_OF_RULE[rule], previous - 1), previous + 1)
    return step, rule


def _rule(score: int, worst: int, previous: int) -> int:
    if worst >= 2:
        if previous == 0:
            return 1 if score >= 8000 else 3
        return 0 if score >= 8500 else 2
    if previous == 4:
        return 8 if score >= 6000 else 9
    if worst == 1:
        return 4 if score >= 6000 else 5
    return 6 if score >= 5000 else 7


def fired(score: Any, worst: Any, previous: Any) -> Any:
    """As `_rule`, of arrays: what NumPy and pandas are written with by hand."""
    met, free, intensive = worst >= 2, previous == 0, previous == 4
    return np.select(
        [
            met & ~free & (score >= 8500), met & free & (score >= 8000), met & ~free, met,
            intensive & (score >= 6000), intensive, (worst == 1) & (score >= 6000), worst == 1, score >= 5000,
        ],
        [0, 1, 2, 3, 8, 9, 4, 5, 6],
        7,
    )  # fmt: skip


@dataclass(frozen=True)
class Data:
    """What lies in a folder, of the first so many institutions."""

    folder: Path
    count: int

    def _read(self, name: str) -> Any:
        return np.load(self.folder / f"{name}.npy", mmap_mode="r")[..., : self.count]

    @property
    def figures(self) -> dict[str, Any]:
        """Each goal's figures as float64, the shortest number that is read from one decimal."""
        return {name: row / 10.0 for name, row in zip(FIGURES, self._read("tenths")[0], strict=True)}

    @property
    def previous(self) -> Any:
        return np.array(self._read("previous"))

    @property
    def answers(self) -> Answers:
        step, rule = np.array(self._read("answers"))
        return step, rule

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary per institution, for engines that take one case at a time."""
        columns = [*(values.tolist() for values in self.figures.values()), self.previous.tolist()]
        return [dict(zip((*FIGURES, "previous"), row, strict=True)) for row in zip(*columns, strict=True)]

    def tenths(self, back: int) -> Any:
        """The figures of so many periods ago, a row per goal."""
        return np.array(self._read("tenths")[back])

    def about(self, name: str, back: int = 0) -> Any:
        """What makes figures uncertain (`n`, `sd`), a row per goal, and what else the full job knows, an array."""
        found = np.array(self._read(name))
        return found[back] if found.ndim == 3 else found


def make(folder: Path, count: int) -> list[float]:
    """Writes the data, and gives the share of institutions that each rule fires for."""
    rng = np.random.default_rng(SEED)
    quality = rng.normal(64, 16, count)
    tenths = np.empty((POOLED, len(FIGURES), count), np.int64)
    put, which = rng.random(count) < ON_A_CUT, rng.integers(0, len(FIGURES), count)
    for goal, cuts in enumerate(CUTS):
        own = quality + rng.normal(0, 9, count)
        for back in range(POOLED):
            drawn = own if back == 0 else own + rng.normal(0, 4, count)
            tenths[back, goal] = np.clip(np.rint(drawn * 10), 0, 1000)
        on = put & (which == goal)
        tenths[0, goal, on] = rng.choice(cuts, on.sum())
    previous = rng.integers(0, len(STEPS), count).astype(np.int8)
    _save(folder, "tenths", tenths)
    _save(folder, "previous", previous)
    _save(folder, "n", rng.integers(20, 200, (POOLED, len(FIGURES), count)))
    _save(folder, "sd", rng.integers(80, 200, (POOLED, len(FIGURES), count)) / 10)
    _save(folder, "citizens", rng.integers(20, 800, count))
    _save(folder, "accident", rng.random(count) < 0.001)
    _save(folder, "held", rng.integers(1, 5, count))
    _save(folder, "streak", rng.integers(-1, 2, count))
    found = [placed(row, before) for row, before in zip(tenths[0].T.tolist(), previous.tolist(), strict=True)]
    answers = np.array(found, np.int8).T
    _save(folder, "answers", np.ascontiguousarray(answers))
    return (np.bincount(answers[1], minlength=len(RULES)) / count).tolist()


def _save(folder: Path, name: str, array: Any) -> None:
    np.save(folder / f"{name}.npy", array)
