"""Figures for the shipped areas and regimes: those of their authors' cases, and drawn ones that lie on the numbers that
the rules name and beside them, with the texts that they name, and missing in every way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import Period
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.files.figures import Slot, attributes_of, schema, slots
from tilsyn.files.observations import rows_from_given
from tilsyn.services.cases import case_period
from tilsyn.services.rules import bound, checked, first_period

from .figures import draw_figure, draw_states, sparse

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT, *sorted((ROOT / "rules" / "regimes").iterdir()))
"""The policy folders that are shipped."""

PAST = 5
"""Periods that are drawn before the one that is judged."""


@dataclass(frozen=True)
class Judged:
    """A declared area in a period, with institutions."""

    area: Area
    plan: Plan
    period: Period
    frame: pl.DataFrame
    states: dict[str, State]


@cache
def names() -> dict[str, Path]:
    """Every shipped area and regime, and its folder."""
    return {name: folder for folder in FOLDERS for name in checked(folder).areas}


@cache
def judged(name: str, institutions: int) -> Judged:
    """An area in the period of its last case, or the first of its rules: the cases of that period, and so many drawn
    institutions."""
    catalogue = checked(names()[name])
    latest = catalogue.on(name, catalogue.change_days(name)[-1])
    periods = [case_period(latest, case) for case in latest.area.cases]
    period = periods[-1] if periods else first_period(latest)
    policy, plan = bound(catalogue, name, period)
    area, rng = policy.area, np.random.default_rng(len(name))
    frames = [
        rows_from_given(area, case.given, case.earlier, period, institution=f"case {number}")
        for number, (case, own) in enumerate(zip(latest.area.cases, periods, strict=True))
        if own.index == period.index
    ]
    frame = pl.concat([*frames, _drawn(area, plan, period.index, institutions, rng)])
    return Judged(area, plan, period, frame, draw_states(plan, frame, rng))


def _drawn(area: Area, plan: Plan, period: int, institutions: int, rng: np.random.Generator) -> pl.DataFrame:
    ids = [f"i{number:03d}" for number in range(institutions)]
    keys = [(name, then) for name in ids for then in range(period - PAST, period + 1) if rng.random() < 0.95]
    size, said = len(keys), area.model_dump_json()
    columns: dict[str, Any] = {"institution": [key[0] for key in keys], "period": [key[1] for key in keys]}
    leading = {relation.attribute for relation in plan.relations}
    texts = [*re.findall(r'\\"([^"\\]+)\\"', said), "anden", "Anden"]
    numbers = sorted({float(number) for number in re.findall(r"\d+(?:\.\d+)?", said) if len(number) < 6})
    for name, kind in attributes_of(area).items():
        match kind:
            case "text":
                columns[name] = sparse(rng.choice(ids if name in leading else texts, size), rng, 0.1)
            case "number":
                columns[name] = sparse(rng.choice(numbers, size), rng, 0.1)
            case "flag":
                columns[name] = sparse(rng.random(size) < 0.5, rng, 0.1)
    for slot in slots(area):
        drawn = draw_figure(slot, np.array(columns["period"]), rng)
        drawn[slot.column] = _as_named(slot, drawn[slot.column], numbers, rng)
        columns |= drawn
    columns["closed"] = [None] * size
    return pl.DataFrame({name: pl.Series(columns[name], dtype=kind) for name, kind in schema(area).items()})


def _as_named(slot: Slot, values: list[Any], numbers: list[float], rng: np.random.Generator) -> list[Any]:
    """Half of the figures on a number that the rules name or one decimal beside it; words from the closed list."""
    if slot.kind == "flag":
        return values
    if slot.kind == "category":
        words = rng.choice([*slot.declared.values, "ukendt"], len(values)).tolist()
        return [None if value is None else word for value, word in zip(values, words, strict=True)]
    most = 1.0 if slot.kind == "proportion" else max(numbers)
    low, high = map(float, slot.declared.range) if slot.declared.range else (0.0, most)
    within = [number for number in numbers if low <= number <= high] or [low]
    beside = rng.choice(within, len(values)) + rng.choice([0, 0, 0, 0.1, -0.1, 0.05], len(values))
    named = beside.clip(low, high).round(9).tolist()
    chosen = (rng.random(len(values)) < 0.5).tolist()
    return [
        one if value is not None and here else value for value, one, here in zip(values, named, chosen, strict=True)
    ]
