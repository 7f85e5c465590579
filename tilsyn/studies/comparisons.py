"""Who is compared with whom: all that may differ between two institutions, and what surely may.

For each question there are two answers. One lays out more than can ever happen, so that what holds there holds. The
other lays out only what can happen as it stands, so that what fails there fails: goals and inputs that nothing ties to
each other, each anything it can be, and of the others what figures have been found for (`worlds.py`). Where the two
disagree nobody knows, and a property that depends on it is not decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from typing import Any

from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Reason
from tilsyn.studies.outcomes import HIDDEN, Known, Outcomes
from tilsyn.studies.silence import Together, Way, Withheld
from tilsyn.studies.worlds import World

SILENT = (Reason.NOT_SUBMITTED, Reason.WITHDRAWN)
"""Reasons that an institution can bring about itself."""

Places = tuple[int, ...]


class Comparisons:
    """The comparisons of a plan's outcomes."""

    def __init__(self, plan: Plan, outcomes: Outcomes) -> None:
        self.plan, self.outcomes, self.dependence = plan, outcomes, outcomes.dependence

    # what surely can occur

    @cached_property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The axes in groups that nothing ties together; what only stands in a register ties nothing but whether
        goals apply."""
        found: list[tuple[int, ...]] = []
        for block in self.dependence.blocks:
            apart = all(self.dependence.axes[a].free and self.dependence.alone(a) for a in block)
            found += [(axis,) for axis in block] if apart else [block]
        return tuple(found)

    def world(self, group: Sequence[int]) -> World | None:
        """The institutions that are tried of a group; None where everything that is laid out of it can occur."""
        if len(group) == 1 and self.dependence.axes[group[0]].free and self.dependence.alone(group[0]):
            return None
        key = tuple(group)
        if key not in self._worlds:
            self._worlds[key] = World(self.plan, self.outcomes, self.dependence, group)
        return self._worlds[key]

    @cached_property
    def _worlds(self) -> dict[tuple[int, ...], World]:
        return {}

    def sure(self, group: Sequence[int]) -> list[Places]:
        """What can be known along the axes of a group, as places."""
        world = self.world(group)
        if world is not None:
            return [self._places(group, known) for known in sorted(world.together(), key=repr)]
        (axis,) = group
        tied = any(self.dependence.axes[axis].names & r.names for n, r in enumerate(self.dependence.axes) if n != axis)
        every = enumerate(self.outcomes.axes[axis])
        return [(n,) for n, known in every if not (tied and known == Known(None, None, "leave-out"))]

    @cached_property
    def bound(self) -> tuple[int, ...]:
        """The axes of which more is laid out than surely can occur."""
        return tuple(
            axis for group in self.groups for axis in group
            if self.world(group) is not None or len(self.sure(group)) < len(self.outcomes.axes[axis])
        )  # fmt: skip

    @property
    def tied(self) -> tuple[int, ...]:
        """Those of them that figures had to be found for."""
        return tuple(axis for group in self.groups if self.world(group) is not None for axis in group)

    @cached_property
    def possible(self) -> Any:
        """Which combinations surely can occur, with one axis per goal and other input."""
        import numpy as np

        mask: Any = np.ones(tuple(len(axis) for axis in self.outcomes.axes), dtype=bool)
        for group in self.groups:
            part = np.zeros([len(a) if n in group else 1 for n, a in enumerate(self.outcomes.axes)], dtype=bool)
            for places in self.sure(group):
                at = dict(zip(group, places, strict=True))
                part[tuple(at.get(n, 0) for n in range(len(self.outcomes.axes)))] = True
            mask &= part
        return mask

    def occurs(self, known: Sequence[Known]) -> bool:
        return bool(self.possible[tuple(self.outcomes.place(n, k) for n, k in enumerate(known))])

    def _places(self, group: Sequence[int], known: Sequence[Known]) -> Places:
        return tuple(self.outcomes.place(axis, k) for axis, k in zip(group, known, strict=True))

    # silence

    def _alike(self, group: Sequence[int], places: Sequence[Places]) -> Iterator[Way]:
        yield from (Way(at, at, self._cost(group, at)) for at in places)

    def _cost(self, group: Sequence[int], places: Places) -> int:
        return sum(self._costs[axis][place] for axis, place in zip(group, places, strict=True))

    @cached_property
    def _costs(self) -> tuple[list[int], ...]:
        return tuple(self.outcomes.costs(axis) for axis in range(len(self.outcomes.axes)))

    def _every(self, axis: int) -> list[Places]:
        return [(n,) for n in range(len(self.outcomes.axes[axis]))]

    def _kept_back(self, axis: int, *, sure: bool) -> Iterator[Way]:
        for way in self.outcomes.kept_back(axis, SILENT):
            if way.sure or not sure:
                gone = self.outcomes.axes[axis][way.silent]
                missing = way.of != "group" and (way.sure or gone.missing is not None)
                withheld = Withheld(self.outcomes.names[axis], way.of, way.reason)
                why = {axis: way.reason} if missing else {}
                yield Way((way.honest,), (way.silent,), self._cost((axis,), (way.honest,)) + HIDDEN, (withheld,), why)

    def all_silence(self) -> list[Together]:
        """More than all that keeping figures back can ever do."""
        axes = range(len(self.outcomes.axes))
        return [
            Together((n,), [*self._alike((n,), self._every(n)), *self._kept_back(n, sure=False)]) for n in axes
        ]  # fmt: skip

    @property
    def unsure_of_silence(self) -> tuple[int, ...]:
        """The axes of which more is laid out than can happen."""
        unsure = {n for n in range(len(self.outcomes.axes)) for w in self.outcomes.kept_back(n, SILENT) if not w.sure}
        return tuple(sorted(unsure | {*self.bound}))

    def sure_silence(self) -> list[Together]:
        """What keeping figures back surely can do."""
        found: list[Together] = []
        for group in self.groups:
            ways = [*self._alike(group, self.sure(group))]
            world = self.world(group)
            if world is None:
                honest = {at for (at,) in self.sure(group)}
                ways += [way for way in self._kept_back(group[0], sure=True) if way.honest[0] in honest]
            else:
                for differ, reasons in world.silenced(SILENT):
                    honest, silent = self._places(group, differ.one), self._places(group, differ.other)
                    if honest != silent:
                        kept = tuple(Withheld(name, "goal", reason) for name, reason in reasons.items())
                        why = self._why(group, differ.one, differ.other, next(iter(reasons.values())))
                        ways.append(Way(honest, silent, self._cost(group, honest) + HIDDEN * len(kept), kept, why))
            found.append(Together(tuple(group), ways))
        return found

    def _why(
        self, group: Sequence[int], one: Sequence[Known], other: Sequence[Known], reason: Reason
    ) -> dict[int, Reason]:
        """For which axes a figure that is kept back leaves nothing, where that is what is known of them."""
        return {
            axis: reason for axis, before, after in zip(group, one, other, strict=True)
            if before != after and after == self.outcomes.silent(axis, reason)
            and (after.missing is not None or self.dependence.axes[axis].strict)
        }  # fmt: skip

    # figures that are no outcomes

    @cached_property
    def touched(self) -> tuple[int, ...]:
        """The axes that hang on anything but outcomes."""
        return tuple(n for n in range(len(self.outcomes.axes)) if self.dependence.no_outcomes(n))

    def all_changes(self) -> list[Together]:
        """More than all that a change in figures that are no outcomes can ever do."""
        found: list[Together] = []
        for axis in range(len(self.outcomes.axes)):
            every = self._every(axis)
            ways = [*self._alike((axis,), every)]
            if axis in self.touched:
                ways += [Way(a, b, self._cost((axis,), a)) for a, b in product(every, every) if a != b]
            found.append(Together((axis,), ways))
        return found

    def sure_changes(self) -> list[Together]:
        """What a change in figures that are no outcomes surely can do."""
        found: list[Together] = []
        for group in self.groups:
            ways = [*self._alike(group, self.sure(group))]
            indicators = sorted({name for axis in group for name in self.dependence.no_outcomes(axis)})
            world = self.world(group)
            if world is not None and indicators:
                for differ in world.changed(indicators):
                    one, other = self._places(group, differ.one), self._places(group, differ.other)
                    ways.append(Way(one, other, self._cost(group, one) + HIDDEN))
            elif (
                group[0] in self.touched
                and group[0] not in self.outcomes.goals
                and len(indicators) == len(self.dependence.axes[group[0]].figures)
            ):
                values = [at for at in self.sure(group) if self.outcomes.axes[group[0]][at[0]].missing is None]
                ways += [Way(a, b, self._cost(group, a) + HIDDEN) for a, b in product(values, values) if a != b]
            found.append(Together(tuple(group), ways))
        return found
