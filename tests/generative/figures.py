"""Random institutions for a sketch, and thresholds that lie on their figures.

Drawn from a seeded generator, a column at a time: coarse decimal numbers, small and large units,
all reasons for a missing figure, late figures, units that vanish and appear, and states that a
person decided. The thresholds of a sketch are then put on figures that occur, or one unit beside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import make_plan
from tilsyn.files.figures import Slot, schema, slots

from .plans import FIRST_PERIOD, LAST_PERIOD, PLACED, WORDS, Bands, Sketch
from .readings import Answers, read_exact

N = (0, 1, 2, 3, 5, 9, 10, 29, 30, 148, 263)


@dataclass(frozen=True)
class Case:
    """A plan with its institutions, and the states they begin with."""

    sketch: Sketch
    area: Area
    plan: Plan
    frame: pl.DataFrame
    states: dict[str, State]


def make_case(sketch: Sketch) -> Case:
    """The plan of a sketch, with thresholds on its institutions' figures."""
    rng = np.random.default_rng(sketch.seed)
    area, rough = _placed(sketch, {goal: _bands(bands, None, 0) for goal, bands in sketch.cuts.items()}, None)
    frame = draw_frame(area, sketch.institutions, rng)
    seen = _table_of(read_exact(rough, frame, PLACED[0], {}))
    now = frame.filter(pl.col("period") == PLACED[0])
    seen = pl.concat([seen, now.drop([c for c in now.columns if c in seen.columns])], how="horizontal")
    levels = {
        g.name: _bands(sketch.cuts[g.name], _figures_of(seen, g.name), g.decimals)
        for g in rough.goals
        if g.name in sketch.cuts
    }
    area, plan = _placed(sketch, levels, seen)
    return Case(sketch, area, plan, frame, draw_states(plan, frame, rng))


def _table_of(answers: Answers) -> pl.DataFrame:
    rows = [{n: float(v) if isinstance(v, Fraction) else v for n, v in row.items()} for row in answers.values()]
    return pl.DataFrame(rows, infer_schema_length=None)


# declarations

MARK = re.compile(r"§([\w.]+):(\d)")


def _placed(sketch: Sketch, levels: dict[str, Any], seen: pl.DataFrame | None) -> tuple[Area, Plan]:
    """The declarations with their thresholds where figures were seen."""
    area = Area.model_validate(_marked(_leveled(sketch.area, levels), sketch.seed, seen))
    ladder = None if sketch.ladder is None else Ladder.model_validate(_marked(sketch.ladder, sketch.seed, seen))
    return area, make_plan(area, ladder)


def _leveled(area: dict[str, Any], levels: dict[str, Any]) -> dict[str, Any]:
    goals = {name: goal | ({"levels": levels[name]} if name in levels else {}) for name, goal in _goals(area).items()}
    return area | ({"goals": goals} if goals else {})


def _goals(area: dict[str, Any]) -> dict[str, Any]:
    return area.get("goals", {})


def _marked(tree: Any, seed: int, seen: pl.DataFrame | None) -> Any:
    """The tree with a number for each mark, in keys too."""
    match tree:
        case dict():
            return {_marked(key, seed, seen): _marked(value, seed, seen) for key, value in tree.items()}
        case list():
            return [_marked(part, seed, seen) for part in tree]
        case str() if "§" in tree:
            return MARK.sub(lambda mark: f"{_picked(mark[1], seed, seen)[int(mark[2]) - 1]:f}", tree)
        case _:
            return tree


def _figures_of(seen: pl.DataFrame, goal: str) -> list[float]:
    columns = [seen[name].cast(pl.Float64) for name in (goal, f"{goal}.worse", f"{goal}.better")]
    return sorted({x for column in columns for x in column.drop_nulls().to_list() if abs(x) < 1e6})


def _bands(bands: Bands, seen: list[float] | None, decimals: int) -> dict[str, Any]:
    """The levels' bands, with boundaries on figures that were seen or one unit beside them."""
    unit = Decimal(1).scaleb(-decimals)
    wanted: set[Decimal] = set()
    for pick, offset in zip(bands.picks, bands.offsets, strict=True):
        base = Decimal(repr(seen[pick % len(seen)])) if seen else Decimal(pick) / 100
        value = round(base, decimals) + offset * unit
        while value in wanted:
            value += unit
        wanted.add(value)
    bounds = sorted(wanted, reverse=not bands.higher)
    found: dict[str, Any] = {}
    for place, level in enumerate(bands.levels):
        if bands.far_side:
            found[level] = _far(bands, place, bounds[place]) if place < len(bounds) else "otherwise"
        else:
            found[level] = _near(bands, place - 1, bounds[place - 1]) if place else "otherwise"
    return found


def _near(bands: Bands, place: int, bound: Decimal) -> dict[str, Decimal]:
    inside, outside = ("at_least", "above") if bands.higher else ("at_most", "below")
    return {inside if bands.inside[place] else outside: bound}


def _far(bands: Bands, place: int, bound: Decimal) -> dict[str, Decimal]:
    inside, outside = ("at_most", "below") if bands.higher else ("at_least", "above")
    return {inside if bands.inside[place] else outside: bound}


def _picked(name: str, seed: int, seen: pl.DataFrame | None) -> list[Decimal]:
    """Four numbers in order, on figures of a name where so many occur."""
    columns = (
        [] if seen is None else [c for c in seen.columns if c == name or (c.startswith(f"{name}@") and "." not in c)]
    )
    figures = [x for c in columns if seen is not None for x in seen[c].cast(pl.Float64).drop_nulls().to_list()]
    occurring = sorted({round(Decimal(repr(x)), 6) for x in figures if abs(x) < 1e6})
    found = sorted({occurring[(seed // k) % len(occurring)] for k in (1, 7, 31, 101)}) if occurring else [Decimal(1)]
    while len(found) < 4:
        found.append(found[-1] + 1)
    return found


# institutions


def draw_frame(area: Area, institutions: int, rng: np.random.Generator) -> pl.DataFrame:
    """Rows for most institutions and periods, in the columns that the area's frames have."""
    names = [f"i{number:03d}" for number in range(institutions)]
    keys = [(name, period) for name in names for period in range(FIRST_PERIOD, LAST_PERIOD + 1) if rng.random() < 0.93]
    size = len(keys)
    columns: dict[str, Any] = {"institution": [k[0] for k in keys], "period": [k[1] for k in keys]}
    columns["art"] = sparse(np.array(["a", "b"])[rng.integers(0, 2, size)], rng, 0.05)
    columns["kommune"] = sparse(np.array(["a", "c", "Ærø"])[rng.integers(0, 3, size)], rng, 0.05)
    columns["størrelse"] = sparse(rng.integers(0, 12, size) / rng.choice([1, 2, 4], size), rng, 0.05)
    columns["har_klasse"] = sparse(rng.random(size) < 0.7, rng, 0.05)
    # some ids lead to oneself, to nobody, or to one without a row in the period
    for column, leading in (("partner_id", names), ("distrikt_id", names[: max(2, institutions // 8)])):
        columns[column] = sparse(np.array([*leading, "ukendt"])[rng.integers(0, len(leading) + 1, size)], rng, 0.1)
    periods = np.array(columns["period"])
    for slot in slots(area):
        columns |= draw_figure(slot, periods, rng)
    return pl.DataFrame(
        {name: pl.Series(columns.get(name, [None] * size), dtype=kind) for name, kind in schema(area).items()}
    ).sample(fraction=1.0, shuffle=True, seed=int(rng.integers(0, 2**31)))


def sparse(values: Any, rng: np.random.Generator, share: float) -> list[Any]:
    """Values with some of them null."""
    empty = rng.random(len(values)) < share
    return [None if gone else value for value, gone in zip(values.tolist(), empty, strict=True)]


def draw_figure(slot: Slot, periods: Any, rng: np.random.Generator) -> dict[str, list[Any]]:
    size = len(periods)
    parts = _number(slot, size, rng) if slot.is_number else {"": _word(slot, size, rng)}
    gone = rng.random(size) < rng.choice([0.0, 0.08, 0.3])
    # a reason wins over a figure that stands beside it
    kept = rng.random(size) < 0.1
    found = {
        (slot.column if part == "" else slot.of(part)): [
            None if g and not k else v for v, g, k in zip(values, gone, kept, strict=True)
        ]
        for part, values in parts.items()
    }
    codes = np.where(gone, rng.integers(1, 9, size), 0)
    found[slot.of("missing")] = codes.tolist()
    if slot.dated:
        late = rng.choice([0, 0, 0, 1, 2, 3], size)
        found[slot.of("measured")] = sparse(periods - late, rng, 0.4)
    return found


def _word(slot: Slot, size: int, rng: np.random.Generator) -> list[Any]:
    if slot.kind == "flag":
        return sparse(rng.random(size) < 0.15, rng, 0.1)
    return sparse(np.array([*WORDS, "ukendt"])[rng.choice(4, size, p=[0.4, 0.3, 0.25, 0.05])], rng, 0.05)


def _number(slot: Slot, size: int, rng: np.random.Generator) -> dict[str, list[Any]]:
    """A measured figure and its fields, as coarse decimal numbers so that they often meet thresholds and ties."""
    n = np.array(N)[rng.integers(0, len(N), size)]
    if rng.random() < 0.7:
        n = np.maximum(n, 1) * rng.choice([1, 3])
    declared = slot.declared.range
    low, high = (
        (float(declared[0]), float(declared[1])) if declared else (0.0, 1.0 if slot.kind == "proportion" else 15.0)
    )
    scale = int(rng.choice([100, 20] if slot.kind == "proportion" else [1, 2, 10, 100]))

    def on_grid(least: float, most: float) -> Any:
        return rng.integers(round(least * scale), round(most * scale) + 1, size) / scale

    empty = lambda values, share=0.05: sparse(values, rng, share)  # noqa: E731
    match slot.kind:
        case "proportion":
            count = np.floor(n * rng.random(size) ** rng.choice([0.3, 1, 3])).astype(int)
            return _counted({"count": count, "n": n}, on_grid(0, 1), rng) | {"expected": empty(on_grid(0, 1))}
        case "rate":
            return _counted({"count": rng.poisson(n * 0.4), "n": n}, on_grid(0, 3), rng) | {
                "expected": empty(on_grid(0, 3))
            }
        case "ratio":
            expected = np.where(rng.random(size) < 0.05, 0, rng.integers(1, 400, size) / 10)
            return _counted({"count": rng.poisson(expected), "expected": expected}, on_grid(0, 3), rng)
        case "mean":
            x = on_grid(low, high)
            spread = rng.integers(0, 8, size) / 2 if rng.random() < 0.5 else rng.integers(1, 40, size) / 10
            if rng.random() < 0.15:
                n = n + 0.5
            by_sd = rng.random(size) < rng.choice([0.0, 0.5, 1.0])
            sd = [float(s) if own else None for s, own in zip(spread, by_sd, strict=True)]
            se = [None if own and rng.random() < 0.7 else float(s) / 4 for s, own in zip(spread, by_sd, strict=True)]
            return {"": empty(x, 0.02), "n": empty(n, 0.03), "sd": sd, "se": se} | _band(
                x, on_grid(low, high), rng, scale
            )
        case _:
            x = on_grid(low, high)
            se = empty(rng.integers(0, 30, size) / 10)
            return {"": empty(x, 0.02), "n": empty(n), "se": se} | _band(x, on_grid(low, high), rng, scale)


def _counted(parts: dict[str, Any], x: Any, rng: np.random.Generator) -> dict[str, list[Any]]:
    """A counted figure given as count and base, as value and base, or as a bare value."""
    how = rng.choice(3, len(x), p=rng.permutation([0.8, 0.15, 0.05]))
    (count, counts), (base, bases) = parts.items()
    return {
        "": [None if h == 0 and rng.random() < 0.9 else float(v) for v, h in zip(x, how, strict=True)],
        count: [float(v) if h == 0 else None for v, h in zip(counts, how, strict=True)],
        base: [float(v) if h < 2 else None for v, h in zip(bases, how, strict=True)],
    }


def _band(x: Any, expected: Any, rng: np.random.Generator, scale: int) -> dict[str, list[Any]]:
    steps = np.round(x * scale)
    low, high = steps - rng.integers(-1, 4, len(x)), steps + rng.integers(-1, 4, len(x))
    return {
        "expected": sparse(expected, rng, 0.05),
        "low": sparse(np.minimum(low, high) / scale, rng, 0.05),
        "high": sparse(np.maximum(low, high) / scale, rng, 0.05),
    }


# states


def draw_states(plan: Plan, frame: pl.DataFrame, rng: np.random.Generator) -> dict[str, State]:
    """States for most institutions, some of them decided by a person, some without a row."""
    names = [*sorted(frame["institution"].unique().to_list()), "borte"] if not plan.is_regime else []
    return {name: _state(len(plan.ladder.steps), rng) for name in names if rng.random() < 0.7}


def decided(plan: Plan, states: dict[str, State], rng: np.random.Generator) -> dict[str, State]:
    """The states with some recommendations decided, as they are or otherwise."""
    found: dict[str, State] = {}
    for name, state in states.items():
        match rng.integers(0, 8):
            case 0:
                found[name] = State(state.step, state.held, state.streak, state.absent, True)
            case 1:
                found[name] = State(int(rng.integers(0, len(plan.ladder.steps))), 1, 0, state.absent, True)
            case _:
                found[name] = state
    return found


def _state(steps: int, rng: np.random.Generator) -> State:
    step, held = int(rng.integers(0, steps)), int(rng.integers(0, 6))
    streak, absent = int(rng.integers(-3, 4)), int(rng.integers(0, 3))
    match rng.integers(0, 3):
        case 0:
            return State(step, held, streak, absent, True)
        case 1:
            return State(step, held, streak, absent)
        case _:
            return State(step, held, streak, absent, False, int(rng.integers(0, steps)), int(rng.integers(0, 6)))
