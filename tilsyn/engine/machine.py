"""The ladder as a finite machine: rules over levels, compiled to a table that is looked up.

Once levels are known, everything after is a function of a few small ordered values. `fire`
says which rule a profile meets, one case at a time; `compile_ladder` tabulates the same for
every cell and for every box of plausible levels; `move_table` does it for movement; `holes`
asks the table whether it is complete and unambiguous. A cell keeps its rule, so that it can be
explained. No figure, threshold or interval is known here.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.engine.movement import Moved, MoveReason, move
from tilsyn.engine.nodes import GoalNode, LadderNode, MovementNode, Outside
from tilsyn.engine.values import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

MOST_CELLS = 40_000_000
"""Cells a compiled ladder may have; a larger one is refused when declarations are checked."""

Profile = tuple[int | None, ...]
"""A level (rank) per goal, None for one that is left out."""


def meets(test: Expr, value: Fraction | str | bool | int | None) -> bool:
    """Whether a value meets a unary test. A left-out goal (None) meets only tests that ask nothing."""
    match test:
        case e.Flag(answer):
            return answer
        case e.Input():
            return value is True
        case e.Not(of):
            return value is not None and not meets(of, value)
        case e.Logic(op, of):
            return (all if op == "and" else any)(meets(part, value) for part in of)
        case e.Compare(op, _, literal):
            return value is not None and _compare(op, value, _literal(literal))
        case _:
            raise AssertionError(f"not a unary test: {test}")


def _literal(node: Expr) -> Any:
    match node:
        case e.Number(value) | e.Text(value) | e.Flag(value):
            return value
        case e.Level(_, rank):
            return rank
        case _:
            raise AssertionError(f"not a literal: {node}")


def _compare(op: e.CompareOp, a: Any, b: Any) -> Any:
    return e.COMPARISONS[op](a, b)


class Fired(Struct, frozen=True):
    """What a cell of the table says: the rule's position and its step."""

    rule: int
    step: int


def score_of(goals: Sequence[GoalNode], profile: Profile) -> tuple[int, int]:
    """Σ weight · points and Σ weight over the goals that have a level. The score is their quotient, never divided."""
    present = [(goal, rank) for goal, rank in zip(goals, profile, strict=True) if rank is not None]
    return sum(g.weight * g.points_of(rank) for g, rank in present), sum(g.weight for g, _ in present)


def fire(
    ladder: LadderNode, goals: Sequence[GoalNode], profile: Profile, outside: Profile, previous: int, held: int
) -> Fired | None:
    """The rule that a profile meets; None if no goal has a level, or an unknown input leaves no rule met.

    `outside` has a class number per input in `ladder.outsides`, None for an unknown one, which meets no test.
    """
    points, weight = score_of(goals, profile)
    if weight == 0:
        return None
    values = _inputs(ladder, goals, profile, previous, held) | {"score": Fraction(points, weight)}
    for node, number in zip(ladder.outsides, outside, strict=True):
        values[node.name] = None if number is None else representative(node, number)
    for position, rule in enumerate(ladder.rules):
        if all(meets(cell.test, values[cell.input]) for cell in rule.cells):
            return Fired(position, rule.step)
    return None


def _inputs(
    ladder: LadderNode, goals: Sequence[GoalNode], profile: Profile, previous: int, held: int
) -> dict[str, Any]:
    present = [rank for rank in profile if rank is not None]
    values: dict[str, Any] = {"previous": previous, "held": held, "goals_missing": len(profile) - len(present)}
    for rank, level in enumerate(ladder.levels):
        values[f"goals_at.{level}"] = present.count(rank)
        values[f"goals_below.{level}"] = sum(1 for r in present if r < rank)
    return values | {goal.name: rank for goal, rank in zip(goals, profile, strict=True)}


def representative(outside: Outside, number: int) -> Fraction | str | bool | int:
    """A value of a class: each rule's test has the same answer for all of them."""
    match outside.type:
        case "flag":
            return bool(number)
        case "level":
            return number
        case "text":
            return outside.words[number] if number < len(outside.words) else "\0"
        case "number":
            return _numbers(outside.bounds)[number]


def _numbers(bounds: Sequence[Fraction]) -> list[Fraction]:
    """Below, at, between, at, … above the bounds."""
    if not bounds:
        return [Fraction(0)]
    between = [[low, (low + high) / 2] for low, high in itertools.pairwise(bounds)]
    return [bounds[0] - 1, *itertools.chain.from_iterable(between), bounds[-1], bounds[-1] + 1]


def class_of(outside: Outside, value: Value) -> int:
    """The class that a present value belongs to."""
    match outside.type:
        case "flag" | "level":
            return int(value)  # type: ignore[arg-type]
        case "text":
            return outside.words.index(value) if value in outside.words else len(outside.words)  # type: ignore[arg-type]
        case "number":
            return sum((value >= b) + (value > b) for b in outside.bounds)  # type: ignore[operator]


def held_most(ladder: LadderNode) -> int:
    """The largest `held` that rules or dwell tell apart from larger ones."""
    literals = [
        n.value for rule in ladder.rules for c in rule.cells if c.input == "held" for n in e.walk(c.test)
        if isinstance(n, e.Number)
    ]  # fmt: skip
    dwell = max(ladder.movement.dwell, default=0) if ladder.movement else 0
    return max([dwell, *(int(number) + 1 for number in literals)])


def reads(ladder: LadderNode, name: str) -> bool:
    """Whether any rule reads an input."""
    return any(cell.input == name for rule in ladder.rules for cell in rule.cells)


# the table, vectorised


def pairs_of(levels: int) -> list[tuple[int, int]]:
    """Every range of positions (worst, best) among so many levels; the range's number is its place here."""
    return [(worst, best) for worst in range(levels) for best in range(worst, levels)]


class Box(Struct, frozen=True):
    """One axis of the compiled table: the ranges of `levels` positions, and last the state of being left out."""

    name: str
    levels: int

    @property
    def size(self) -> int:
        return self.left_out + 1

    @property
    def left_out(self) -> int:
        return self.levels * (self.levels + 1) // 2

    def number(self, worst: Any, best: Any) -> Any:
        """The number of a range, by the same order as `pairs_of`; works on arrays too."""
        return worst * self.levels - worst * (worst - 1) // 2 + (best - worst)


class Compiled(Struct, frozen=True):
    """A ladder tabulated. A key is the mixed-radix number of one position per axis: a range per goal, a range per
    outside input, previous, held (the last two only where rules read them).

    `freest` and `strictest` hold `step * rules + rule` of the freest and strictest cell of the box.
    """

    axes: tuple[Box, ...]
    previous: int
    held: int
    rules: int
    freest: Ints
    strictest: Ints


def cells_of(ladder: LadderNode, goals: Sequence[GoalNode]) -> int:
    """How many cells the compiled table has; counted before it is made."""
    cells = 1
    for axis in _axes(ladder, goals):
        cells *= axis.size
    return (
        cells
        * (len(ladder.steps) if reads(ladder, "previous") else 1)
        * (held_most(ladder) + 1 if reads(ladder, "held") else 1)
    )


def _axes(ladder: LadderNode, goals: Sequence[GoalNode]) -> tuple[Box, ...]:
    own = tuple(Box(goal.name, len(goal.ranks)) for goal in goals)
    return own + tuple(Box(o.name, o.classes) for o in ladder.outsides)


def compile_ladder(ladder: LadderNode, goals: Sequence[GoalNode]) -> Compiled:
    """Every cell and every box of cells, once."""
    import numpy as np

    axes = _axes(ladder, goals)
    previous = len(ladder.steps) if reads(ladder, "previous") else 1
    held = held_most(ladder) + 1 if reads(ladder, "held") else 1
    codes = _codes(ladder, goals, axes, previous, held)
    most = len(ladder.steps) * len(ladder.rules)
    freest, strictest = codes, np.where(codes == most, -1, codes)
    for position, axis in enumerate(axes):
        freest = _ranges(freest, position, axis, np.minimum)
        strictest = _ranges(strictest, position, axis, np.maximum)
    return Compiled(axes, previous, held, len(ladder.rules), freest.reshape(-1), strictest.reshape(-1))


def _ranges(table: Any, position: int, axis: Box, pick: Any) -> Any:
    """The table with one axis of single positions replaced by one of ranges."""
    import numpy as np

    moved = np.moveaxis(table, position, 0)
    parts: list[Any] = []
    for worst in range(axis.levels):
        running = moved[worst]
        parts.append(running)
        for best in range(worst + 1, axis.levels):
            running = pick(running, moved[best])
            parts.append(running)
    parts.append(moved[axis.levels])
    return np.moveaxis(np.stack(parts), 0, position)


def _codes(ladder: LadderNode, goals: Sequence[GoalNode], axes: tuple[Box, ...], previous: int, held: int) -> Any:
    """`step * rules + rule` for every single cell; `steps * rules` where no rule is met."""
    import numpy as np

    shape = (*(axis.levels + 1 for axis in axes), previous, held)
    index = np.indices(shape, dtype=np.int32)
    values = _arrays(ladder, goals, index)
    points, weight = _scores(goals, index)
    codes = np.full(shape, len(ladder.steps) * len(ladder.rules), dtype=np.int32)
    for position in reversed(range(len(ladder.rules))):
        rule = ladder.rules[position]
        met = weight > 0
        for cell in rule.cells:
            if cell.input == "score":
                met &= _truth(cell.test, lambda op, c: _compare(op, points * c.denominator, c.numerator * weight))
            else:
                met &= values[cell.input](cell.test)
        codes[met] = rule.step * len(ladder.rules) + position
    return codes


def _scores(goals: Sequence[GoalNode], index: Any) -> tuple[Any, Any]:
    import numpy as np

    points, weight = np.zeros(index.shape[1:], dtype=np.int64), np.zeros(index.shape[1:], dtype=np.int64)
    for number, goal in enumerate(goals):
        points += np.array([*(goal.weight * p for p in goal.points), 0])[index[number]]
        weight += np.array([*([goal.weight] * len(goal.points)), 0])[index[number]]
    return points, weight


def _arrays(ladder: LadderNode, goals: Sequence[GoalNode], index: Any) -> dict[str, Callable[[Expr], Any]]:
    """For each input of the table a function from a test to its truth over all cells."""
    import numpy as np

    ranks = [np.array([*goal.ranks, -1])[index[number]] for number, goal in enumerate(goals)]
    found: dict[str, Callable[[Expr], Any]] = {}

    def number(name: str, array: Any) -> None:
        found[name] = lambda test: _truth(test, lambda op, c: _compare(op, array * c.denominator, c.numerator))

    def position(name: str, array: Any, values: Sequence[Any]) -> None:
        found[name] = lambda test: np.array([meets(test, value) for value in values])[array]

    number("goals_missing", sum((r < 0).astype(np.int64) for r in ranks))
    for rank, level in enumerate(ladder.levels):
        number(f"goals_at.{level}", sum((r == rank).astype(np.int64) for r in ranks))
        number(f"goals_below.{level}", sum(((r >= 0) & (r < rank)).astype(np.int64) for r in ranks))
    for place, goal in enumerate(goals):
        position(goal.name, index[place], (*goal.ranks, None))
    for place, outside in enumerate(ladder.outsides, start=len(goals)):
        position(outside.name, index[place], [*(representative(outside, c) for c in range(outside.classes)), None])
    position("previous", index[-2], range(len(ladder.steps)))
    number("held", index[-1])
    return found


def _truth(test: Expr, compare: Callable[[e.CompareOp, Fraction], Any]) -> Any:
    """A number test over arrays; `compare` answers one comparison with a literal."""
    import numpy as np

    match test:
        case e.Flag(answer):
            return np.bool_(answer)
        case e.Not(of):
            return np.logical_not(_truth(of, compare))
        case e.Logic(op, of):
            join = np.logical_and if op == "and" else np.logical_or
            result = _truth(of[0], compare)
            for part in of[1:]:
                result = join(result, _truth(part, compare))
            return result
        case e.Compare(op, _, e.Number(value)):
            return compare(op, value)
        case _:
            raise AssertionError(f"not a test of a number: {test}")


# completeness, over every score that a table may ever meet


class Finding(Struct, frozen=True):
    """A hole, an overlap or a dead rule, with an example in the table's own inputs."""

    kind: str
    rules: tuple[str, ...]
    example: tuple[tuple[str, str], ...] = ()


def holes(ladder: LadderNode, goals: Sequence[GoalNode]) -> tuple[Finding, ...]:
    """What is wrong with a rule table: `hole` (met by today's weights), `hole-unreached` (not met by them),
    `overlap` under `unique`, `dead` rules. The score is free in its range, whatever the weights."""
    met, describe = _free_table(ladder, goals)
    count = met.sum(axis=0)
    found: list[Finding] = []
    if (count == 0).any():
        reached = _reached_hole(ladder, goals)
        if reached:
            found.append(Finding("hole", (), reached))
        else:
            found.append(Finding("hole-unreached", (), describe(int((count == 0).argmax()))))
    names = tuple(rule.id for rule in ladder.rules)
    if ladder.hit == "unique":
        seen: set[tuple[int, ...]] = set()
        for a, b in itertools.combinations(range(len(names)), 2):
            both = met[a] & met[b]
            if both.any() and (a, b) not in seen:
                seen.add((a, b))
                found.append(Finding("overlap", (names[a], names[b]), describe(int(both.argmax()))))
    first = met & (met.cumsum(axis=0) == 1)
    live = first if ladder.hit == "first" else met
    found += [Finding("dead", (names[r],)) for r in range(len(names)) if not live[r].any()]
    return tuple(found)


def _free_table(ladder: LadderNode, goals: Sequence[GoalNode]) -> tuple[Any, Callable[[int], Any]]:
    """Which rules are met (rule × cell) when the score is free, and how to describe a cell."""
    import numpy as np

    profiles = [p for p in itertools.product(*((*goal.ranks, None) for goal in goals)) if any(r is not None for r in p)]
    used = {cell.input for rule in ladder.rules for cell in rule.cells}
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for profile in profiles:
        values = {
            k: v
            for k, v in _inputs(ladder, goals, profile, 0, 0).items()
            if k in used and k not in ("previous", "held")
        }
        rows.setdefault(tuple(values.values()), values)
    axes: list[tuple[str, list[Any]]] = [("profile", list(rows.values()))]
    if "score" in used:
        axes.append(("score", _score_values(ladder, goals)))
    if "previous" in used:
        axes.append(("previous", list(range(len(ladder.steps)))))
    if "held" in used:
        axes.append(("held", list(range(held_most(ladder) + 1))))
    for outside in ladder.outsides:
        axes.append((outside.name, [representative(outside, c) for c in range(outside.classes)]))
    shape = tuple(len(values) for _, values in axes)
    met = np.ones((len(ladder.rules), *shape), dtype=bool)
    for number, rule in enumerate(ladder.rules):
        for cell in rule.cells:
            met[number] &= _axis_truth(cell.input, cell.test, axes, shape)

    def describe(flat: int) -> tuple[tuple[str, str], ...]:
        places = np.unravel_index(flat, shape)
        shown: list[tuple[str, str]] = []
        for (name, values), place in zip(axes, places, strict=True):
            value = values[int(place)]
            items = cast(dict[str, Any], value).items() if isinstance(value, dict) else [(name, value)]
            shown += [(key, _shown(ladder, goals, key, v)) for key, v in items]
        return tuple(shown)

    return met.reshape(len(ladder.rules), -1), describe


def _score_values(ladder: LadderNode, goals: Sequence[GoalNode]) -> list[Fraction]:
    """Scores at, between and beside every boundary that a rule names, within what points allow."""
    most = max(p for goal in goals for p in goal.points)
    literals = {
        n.value for rule in ladder.rules for c in rule.cells if c.input == "score" for n in e.walk(c.test)
        if isinstance(n, e.Number)
    }  # fmt: skip
    least = min(p for goal in goals for p in goal.points)
    inside = sorted({x for x in literals if least <= x <= most} | {Fraction(least), Fraction(most)})
    return [inside[0], *(x for low, high in itertools.pairwise(inside) for x in ((low + high) / 2, high))]


def _axis_truth(name: str, test: Expr, axes: list[tuple[str, list[Any]]], shape: tuple[int, ...]) -> Any:
    import numpy as np

    for position, (axis, values) in enumerate(axes):
        if axis == name or (axis == "profile" and values and name in values[0]):
            truth = np.array([meets(test, v[name] if axis == "profile" else v) for v in values])
            return truth.reshape(tuple(-1 if i == position else 1 for i in range(len(shape))))
    raise AssertionError(f"no axis for {name}")


def _shown(ladder: LadderNode, goals: Sequence[GoalNode], name: str, value: Any) -> str:
    if name == "previous":
        return ladder.steps[int(value)]
    if any(goal.name == name for goal in goals):
        return "-" if value is None else ladder.levels[int(value)]
    if isinstance(value, Fraction):
        return f"{float(value):g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _reached_hole(ladder: LadderNode, goals: Sequence[GoalNode]) -> tuple[tuple[str, str], ...]:
    """An institution that meets no rule with today's weights; empty where there is none."""
    outsides: Iterable[tuple[int, ...]] = itertools.product(*(range(o.classes) for o in ladder.outsides))
    previous = range(len(ladder.steps)) if reads(ladder, "previous") else (ladder.initial,)
    held = range(held_most(ladder) + 1) if reads(ladder, "held") else (0,)
    rest = list(itertools.product(outsides, previous, held))
    for profile in itertools.product(*((*goal.ranks, None) for goal in goals)):
        if all(rank is None for rank in profile):
            continue
        for outside, before, holding in rest:
            if fire(ladder, goals, profile, outside, before, holding) is None:
                points, weight = score_of(goals, profile)
                shown = {g.name: "-" if r is None else ladder.levels[r] for g, r in zip(goals, profile, strict=True)}
                shown["score"] = f"{float(Fraction(points, weight)):g}"
                if reads(ladder, "previous"):
                    shown["previous"] = ladder.steps[before]
                if reads(ladder, "held"):
                    shown["held"] = str(holding)
                for o, number in zip(ladder.outsides, outside, strict=True):
                    shown[o.name] = _shown(ladder, goals, o.name, representative(o, number))
                return tuple(shown.items())
    return ()


# movement as a table


class MoveTable(Struct, frozen=True):
    """`move` for every case that it can tell apart. Axes: previous, target (last: not assessed), held, streak,
    absent, grave; `moves` are the outcomes, in key order."""

    held: int
    streak_up: int
    streak_down: int
    absent: int
    steps: int
    moves: tuple[Moved, ...]


def move_table(movement: MovementNode, steps: int) -> MoveTable:
    """Movement tabulated; counts beyond what is told apart are capped, which changes no outcome."""
    held, up, down = max(movement.dwell, default=0), movement.confirm_up, movement.confirm_down
    absent = movement.lapse_after or 0
    moves = tuple(
        move(movement, previous=p, held=h, streak=s, absent=a, target=None if t == steps else t, grave=bool(g))
        for p, t, h, s, a, g in itertools.product(
            range(steps), range(steps + 1), range(held + 1), range(-down, up + 1), range(absent + 1), range(2)
        )
    )
    return MoveTable(held, up, down, absent, steps, moves)


__all__ = [
    "MOST_CELLS",
    "Box",
    "Compiled",
    "Finding",
    "Fired",
    "MoveReason",
    "MoveTable",
    "Profile",
    "cells_of",
    "class_of",
    "compile_ladder",
    "fire",
    "held_most",
    "holes",
    "meets",
    "move_table",
    "pairs_of",
    "reads",
    "representative",
    "score_of",
]  # fmt: skip
