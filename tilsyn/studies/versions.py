"""Two versions of a ladder held against each other, cell by cell, without any data.

What is compared is what the rules say of every combination of levels and other inputs, not who is in them.
Goals, levels and inputs are matched by name (inputs by type too), steps by id or by the name they had
before. A goal or input that only one version has is laid out too, and named: the other version does not
look at it. A level that only one version has can't be held against anything; it is named and left out. What else
differs, from thresholds to movement, is named (`differences.py`) and not weighed: who moves on real figures is a
question of data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.machine import Compiled, class_of, compile_ladder, held_most, reads, representative
from tilsyn.engine.nodes import GoalNode, LadderNode, Outside, Plan
from tilsyn.studies.differences import Difference, differences

MOST = 20_000_000
"""Cells that are laid out for a comparison."""

Beside = Literal["figures", "missing", "coverage", "initial", "movement"]
"""What else may differ: how figures become levels, what a missing one does, the coverage that is needed, where one
begins, and how one moves."""


class Shift(Struct, frozen=True):
    """Cells that go from one step to another (None: no step, as where no rule is met): how many, by which rules,
    and the simplest of them as (input, value) pairs. `further` is how many steps stricter (+) or freer (-), None
    where one of the steps is not there in both."""

    before: str | None
    after: str | None
    further: int | None
    cells: int
    rules: tuple[str | None, str | None]
    example: tuple[tuple[str, str | None], ...]


class Versions(Struct, frozen=True):
    """What two versions have in common, every shift between them, the farthest towards stricter first, and what
    differs beside the rule table."""

    cells: int
    same: int
    shifts: tuple[Shift, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    unmatched_steps: tuple[str, ...]
    unmatched_levels: tuple[str, ...]
    beside: tuple[Beside, ...]
    differences: tuple[Difference, ...] = ()

    @property
    def stricter(self) -> tuple[Shift, ...]:
        return tuple(s for s in self.shifts if s.further is not None and s.further > 0)

    @property
    def unseen(self) -> tuple[Difference, ...]:
        """What differs without showing in the shifts."""
        return tuple(d for d in self.differences if not d.seen)

    @property
    def reordered(self) -> bool:
        """Whether steps that both have do not stand in the same order."""
        return any(d.what == "order" for d in self.differences)

    @property
    def incomparable(self) -> int:
        """Cells whose step is not there in both versions."""
        return sum(s.cells for s in self.shifts if s.further is None)


class TooLarge(Exception):
    """Two versions have more cells than are laid out."""

    def __init__(self, cells: int) -> None:
        super().__init__(cells)
        self.cells = cells


def compare(before: Plan, after: Plan, declared: Ladder, earlier: Ladder | None = None) -> Versions:
    """Every cell of two versions; `declared` is the later ladder, which says what its steps were called before, and
    `earlier` the earlier one, where what follows from its steps is compared too. How strict a step is follows from
    the later order.

    Raises TooLarge.
    """
    axes = _axes(before, after)
    count = 1
    for axis in axes:
        count *= len(axis.values)
    if count > MOST:
        raise TooLarge(count)
    names = renamed(before.ladder.steps, declared)
    steps = {n: after.ladder.steps.index(names[old]) for n, old in enumerate(before.ladder.steps) if old in names}
    same, shifts = _compared(_Side(before), _Side(after), axes, steps)
    ours, theirs = _inputs(before), _inputs(after)
    apart = differences(before, after, names, (earlier, declared) if earlier else None)
    gone = [step for n, step in enumerate(before.ladder.steps) if n not in steps]
    new = [step for n, step in enumerate(after.ladder.steps) if n not in steps.values()]
    return Versions(
        count, same, shifts,
        tuple(sorted({name for name, _ in ours - theirs})), tuple(sorted({name for name, _ in theirs - ours})),
        (*gone, *new), _unmatched_levels(before, after), tuple(_beside(before, after, names, apart)),
        apart,
    )  # fmt: skip


def renamed(before: Iterable[str], declared: Ladder) -> dict[str, str]:
    """The later name of each earlier step that is still there."""
    formerly = {old: name for name, step in declared.steps.items() for old in step.formerly}
    names = {old: formerly.get(old, old) for old in before}
    return {old: new for old, new in names.items() if new in declared.steps}


def _inputs(plan: Plan) -> set[tuple[str, str]]:
    return {*((g.name, "goal") for g in plan.goals), *((o.name, o.type) for o in plan.ladder.outsides)}


# what there is to compare


class _Axis(Struct, frozen=True):
    """A goal, an input of a type, `previous` or `held`: what can stand there, as both versions write it (a level's
    name, a class's value …)."""

    name: str
    type: str
    values: tuple[Any, ...]


def _levels(plan: Plan, goal: str) -> list[str] | None:
    """A goal's levels in a version, worst first; None where it has no such goal."""
    return next(([plan.ladder.levels[rank] for rank in g.ranks] for g in plan.goals if g.name == goal), None)


def _axes(before: Plan, after: Plan) -> list[_Axis]:
    axes: list[_Axis] = []
    for goal in dict.fromkeys(g.name for plan in (before, after) for g in plan.goals):
        ours, theirs = _levels(before, goal), _levels(after, goal)
        shared = ours if theirs is None else theirs if ours is None else [level for level in ours if level in theirs]
        axes.append(_Axis(goal, "goal", (*(shared or ()), None)))
    outsides = [o for plan in (before, after) for o in plan.ladder.outsides]
    for name, kind in dict.fromkeys((o.name, o.type) for o in outsides):
        axes.append(_Axis(name, kind, _classes([o for o in outsides if (o.name, o.type) == (name, kind)])))
    if any(reads(plan.ladder, "previous") for plan in (before, after)):
        axes.append(_Axis("previous", "step", tuple(before.ladder.steps)))
    if any(reads(plan.ladder, "held") for plan in (before, after)):
        most = max(held_most(plan.ladder) for plan in (before, after))
        axes.append(_Axis("held", "count", tuple(range(most + 1))))
    return axes


def _classes(outsides: Sequence[Outside]) -> tuple[Any, ...]:
    """Values that tell apart whatever either version tells apart."""
    first = outsides[0]
    joined = Outside(
        first.name, first.type, tuple(sorted({b for o in outsides for b in o.bounds})),
        tuple(sorted({w for o in outsides for w in o.words})), min(o.levels for o in outsides),
    )  # fmt: skip
    return tuple(representative(joined, number) for number in range(joined.classes))


def _unmatched_levels(before: Plan, after: Plan) -> tuple[str, ...]:
    """Levels of goals that are in both versions, but not with that level."""
    found: dict[str, None] = {}
    for goal in before.goals:
        ours, theirs = _levels(before, goal.name) or [], _levels(after, goal.name)
        if theirs is not None:
            found |= dict.fromkeys(level for level in (*ours, *theirs) if (level in ours) != (level in theirs))
    return tuple(found)


def _beside(before: Plan, after: Plan, names: Mapping[str, str], apart: Sequence[Difference]) -> list[Beside]:
    """What differs beside the rules."""
    ours, theirs = before.ladder, after.ladder
    goals = {goal.name: _figures(goal, before) for goal in before.goals}
    found: list[Beside] = []
    if any(d.what in ("quantity", "indicator") for d in apart) or any(
        goal.name in goals and goals[goal.name] != _figures(goal, after) for goal in after.goals
    ):
        found.append("figures")
    if ours.missing != theirs.missing:
        found.append("missing")
    if ours.coverage != theirs.coverage:
        found.append("coverage")
    if names.get(ours.steps[ours.initial]) != theirs.steps[theirs.initial]:
        found.append("initial")
    if _movement(ours, names) != _movement(theirs, {step: step for step in theirs.steps}):
        found.append("movement")
    return found


def _figures(goal: GoalNode, plan: Plan) -> tuple[object, ...]:
    """All that decides which level a figure leads to, with levels by name."""
    levels = plan.ladder.levels
    cuts = [(cut.bound, cut.inclusive, levels[cut.rank]) for cut in goal.cuts]
    equity = goal.equity and (goal.equity.members, levels[goal.equity.no_worse_than], levels[goal.equity.cap])
    evidence = goal.evidence and (
        goal.evidence.method, goal.evidence.indicator, goal.evidence.up, goal.evidence.down, goal.evidence.pool,
        goal.evidence.at_least_n, goal.evidence.at_least_n_each, goal.evidence.sd_floor, goal.evidence.word_from,
        goal.evidence.overdispersion, [(w.word, levels[w.worst], levels[w.best]) for w in goal.evidence.words],
    )  # fmt: skip
    return goal.applies_when, goal.measure, goal.decimals, goal.higher, evidence, cuts, equity


def _movement(ladder: LadderNode, names: Mapping[str, str]) -> object:
    """How one moves, with steps by their later names."""
    m = ladder.movement

    def named(step: int | None) -> str | None:
        return None if step is None else names.get(ladder.steps[step], ladder.steps[step])

    return m and (
        m.up, m.down, m.confirm_up, m.confirm_down, {named(n): held for n, held in enumerate(m.dwell) if held},
        m.lapse_after, named(m.lapse_to), m.grave_when, named(m.grave_step), m.point_only, m.undecided,
    )  # fmt: skip


# the cells


class _Side:
    """One version, looked up cell by cell."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.table: Compiled = compile_ladder(plan.ladder, plan.goals)

    def codes(self, axes: Sequence[_Axis], steps: Mapping[str, int]) -> Any:
        """`step * rules + rule` of every cell, in the order of the axes; beyond all steps where no rule is met."""
        import numpy as np

        key: Any = np.zeros((1,) * len(axes), dtype=np.int64)
        kinds = {goal.name: "goal" for goal in self.plan.goals} | {o.name: o.type for o in self.plan.ladder.outsides}
        order = [(box.name, kinds[box.name], box.size) for box in self.table.axes]
        order += [("previous", "step", self.table.previous), ("held", "count", self.table.held)]
        for name, kind, size in order:
            key = key * size
            place = next((n for n, axis in enumerate(axes) if (axis.name, axis.type) == (name, kind)), None)
            if place is None:
                continue
            shape = [1] * len(axes)
            found = [self._number(name, kind, size, value, steps) for value in axes[place].values]
            shape[place] = len(found)
            key = key + np.array(found).reshape(shape)
        return np.broadcast_to(self.table.freest[key], tuple(len(axis.values) for axis in axes)).reshape(-1)

    def _number(self, name: str, kind: str, size: int, value: Any, steps: Mapping[str, int]) -> int:
        """The place of a value along one of the table's own axes."""
        if kind == "step":
            return steps.get(value, self.plan.ladder.initial) if size > 1 else 0
        if kind == "count":
            return min(value, size - 1)
        box = next(box for box in self.table.axes if box.name == name)
        if kind == "goal":
            levels = _levels(self.plan, name) or []
            return box.left_out if value is None else box.number(levels.index(value), levels.index(value))
        position = class_of(next(o for o in self.plan.ladder.outsides if o.name == name), value)
        return box.number(position, position)


def _compared(
    one: _Side, other: _Side, axes: Sequence[_Axis], steps: Mapping[int, int]
) -> tuple[int, tuple[Shift, ...]]:
    """How many cells are the same, and the shifts of the others."""
    import numpy as np

    names = {step: n for n, step in enumerate(one.plan.ladder.steps)}
    later = {step: steps[n] for step, n in names.items() if n in steps}
    a, b = one.codes(axes, names), other.codes(axes, later)
    most = int(b.max()) + 1
    order = np.argsort(_oddity(axes, a, one.plan.ladder), kind="stable")
    pairs, first, counted = np.unique((a.astype(np.int64) * most + b)[order], return_index=True, return_counts=True)
    shape = tuple(len(axis.values) for axis in axes)
    scales = {q.name: q.scale for side in (one, other) for q in side.plan.quantities}
    same, shifts = 0, list[Shift]()
    for pair, flat, cells in zip(pairs, order[first], counted, strict=True):
        before, after = _told(one.plan.ladder, int(pair) // most), _told(other.plan.ladder, int(pair) % most)
        moved = steps.get(before[0]) if before[0] is not None else None
        if moved == after[0] and (before[0] is None) == (after[0] is None):
            same += int(cells)
            continue
        places = np.unravel_index(int(flat), shape)
        shifts.append(
            Shift(
                before=one.plan.ladder.steps[before[0]] if before[0] is not None else None,
                after=other.plan.ladder.steps[after[0]] if after[0] is not None else None,
                further=after[0] - moved if moved is not None and after[0] is not None else None,
                cells=int(cells),
                rules=(before[1], after[1]),
                example=tuple((x.name, _shown(x, x.values[int(p)], scales)) for x, p in zip(axes, places, strict=True)),
            )
        )
    shifts.sort(key=lambda s: (-(s.further or 0), -s.cells))
    return same, tuple(shifts)


def _oddity(axes: Sequence[_Axis], codes: Any, ladder: LadderNode) -> Any:
    """How far from simple each cell is: goals off the one level that leads to the initial step, and goals without."""
    import numpy as np

    usual = _usual_level(axes, codes, ladder)
    rank: Any = np.zeros((1,) * len(axes), dtype=np.int16)
    for place, axis in enumerate(axes):
        if axis.type == "goal":
            shape = [1] * len(axes)
            shape[place] = len(axis.values)
            rank = rank + np.array([2 * (v != usual) + (v is None) for v in axis.values], dtype=np.int16).reshape(shape)
    return np.broadcast_to(rank, tuple(len(axis.values) for axis in axes)).reshape(-1)


def _usual_level(axes: Sequence[_Axis], codes: Any, ladder: LadderNode) -> str | None:
    """The lowest level that leads to the initial step where every goal has it, other inputs being first in line."""
    import numpy as np

    shape = tuple(len(axis.values) for axis in axes)
    for level in ladder.levels:
        if all(axis.type != "goal" or level in axis.values for axis in axes):
            cell = tuple(axis.values.index(level) if axis.type == "goal" else 0 for axis in axes)
            step, _ = _told(ladder, int(codes[np.ravel_multi_index(cell, shape)]))
            if step == ladder.initial:
                return level
    return None


def _told(ladder: LadderNode, code: int) -> tuple[int | None, str | None]:
    step, rule = divmod(code, len(ladder.rules))
    return (None, None) if step >= len(ladder.steps) else (step, ladder.rules[rule].id)


def _shown(axis: _Axis, value: Any, scales: Mapping[str, tuple[str, ...]]) -> str | None:
    """A value as it is declared; a word that no rule names is `ANOTHER`."""
    if axis.type == "level":
        return scales[axis.name][int(value)]
    if value is None:
        return None
    if isinstance(value, str):
        return str(value)
    return str(value).lower() if isinstance(value, bool) else f"{float(value):g}"


ANOTHER = "\0"
"""Stands for any word that no rule names."""
