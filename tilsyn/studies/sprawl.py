"""How many sub-goals an area's few central goals have become, and which of them serve none.

It reads a chain of policies in the order in which they are given, the ministry's first. A sub-goal
may serve a central goal, or a sub-goal of another level in its own folder or in one before it; it is
traced upwards through these until a central goal is met. Whatever keeps it from that (nothing named,
an unknown name, its own level, a circle, several of the same name that do not agree) is told of the
sub-goal and is no error: to see it is the point. It judges nothing of what the sub-goals are worth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.grammar import nearest
from tilsyn.catalogue.subgoals import SubGoal, SubGoals
from tilsyn.catalogue.text import Text

Why = Literal["serves-none", "unknown", "not-above", "leads-nowhere", "circle", "ambiguous", "no-area"]
"""Why a sub-goal traces to no central goal: it names nothing; or what nobody has; or a goal of its own level or of a
folder further down; or one that traces to none itself, or back to it; or one that several owners have, of which not
all lead to the same; or no folder declares the area."""


@dataclass(frozen=True)
class Set:
    """The sub-goals that one owner has set. `folder` is the place of its folder in the chain."""

    folder: int
    subgoals: SubGoals

    @property
    def level(self) -> str:
        return self.subgoals.level.da


@dataclass(frozen=True)
class Traced:
    """A sub-goal and the central goal that it comes to, or why it comes to none. `suggestion` is what was probably
    meant by an unknown name."""

    set: Set
    name: str
    goal: SubGoal
    central: str | None
    why: Why | None = None
    suggestion: str | None = None


@dataclass(frozen=True)
class Row:
    """One owner's sub-goals counted; `depth` is how many levels there are between them and the central goals."""

    level: Text
    owner: Text
    depth: int
    subgoals: int
    untraced: int


@dataclass(frozen=True)
class Sprawl:
    """The chain of one area, the strands in the order of levels. `area` is None where no folder declares it, and then
    `suggestion` is the area that was probably meant; `again` are folders that declare it once more."""

    name: str
    area: Area | None
    rows: tuple[Row, ...]
    traced: tuple[Traced, ...]
    suggestion: str | None = None
    again: tuple[int, ...] = ()

    @property
    def goals(self) -> tuple[str, ...]:
        return tuple(self.area.goals) if self.area else ()

    @property
    def untraced(self) -> tuple[Traced, ...]:
        return tuple(found for found in self.traced if found.central is None)

    def under(self, goal: str) -> int:
        """How many sub-goals trace to a central goal."""
        return sum(found.central == goal for found in self.traced)


def sprawl(chain: Sequence[Catalogue]) -> tuple[Sprawl, ...]:
    """Each area that a folder of the chain declares or has sub-goals of, in the order in which they are met."""
    declared: dict[str, list[tuple[int, Area]]] = {}
    sets: dict[str, list[Set]] = {}
    for folder, catalogue in enumerate(chain):
        for name in catalogue.areas:
            area = catalogue.on(name, catalogue.change_days(name)[-1]).area
            if area.goals:
                declared.setdefault(name, []).append((folder, area))
        for found in catalogue.subgoals:
            sets.setdefault(found.subgoals_of, []).append(Set(folder, found))
    names = dict.fromkeys([*declared, *sets])
    return tuple(_of_area(name, declared, sets.get(name, [])) for name in names)


def _of_area(name: str, declared: Mapping[str, list[tuple[int, Area]]], sets: list[Set]) -> Sprawl:
    first, *others = declared.get(name, []) or [(0, None)]
    levels = _levels(sets)
    ordered = sorted(sets, key=lambda s: levels.index(s.level))
    tracer = _Tracer(first[1], ordered)
    traced = tuple(tracer.traced(found, goal) for found in ordered for goal in found.subgoals.goals)
    rows = tuple(
        Row(
            found.subgoals.level, found.subgoals.owner, levels.index(found.level) + 1, len(found.subgoals.goals),
            sum(t.central is None for t in traced if t.set is found),
        )
        for found in ordered
    )  # fmt: skip
    return Sprawl(
        name,
        first[1],
        rows,
        traced,
        None if first[1] else nearest(name, declared),
        tuple(folder for folder, _ in others),
    )


def _levels(sets: Sequence[Set]) -> list[str]:
    """The levels from the ministry down: by the first folder that has them, within it those that are served first."""
    owners: dict[str, set[str]] = {}
    for found in sets:
        for name in found.subgoals.goals:
            owners.setdefault(name, set()).add(found.level)
    above: dict[str, set[str]] = {}
    for found in sets:
        served = {goal.serves for goal in found.subgoals.goals.values() if goal.serves is not None}
        above.setdefault(found.level, set()).update(level for name in served for level in owners.get(name, ()))
    folders = {level: min(s.folder for s in sets if s.level == level) for level in above}

    def depth(level: str, seen: tuple[str, ...]) -> int:
        return 1 + max((depth(up, (*seen, level)) for up in above[level] if up not in (*seen, level)), default=0)

    return sorted(above, key=lambda level: (folders[level], depth(level, ())))


@dataclass
class _Tracer:
    """Follows sub-goals upwards. What was found is kept."""

    area: Area | None
    sets: Sequence[Set]
    known: dict[tuple[int, str], Traced] = field(default_factory=dict[tuple[int, str], Traced])

    def traced(self, own: Set, name: str, below: tuple[tuple[int, str], ...] = ()) -> Traced:
        key = (id(own), name)
        if key not in self.known:
            found = self._trace(own, name, (*below, key))
            if below and found.why == "circle":
                return found
            self.known[key] = found
        return self.known[key]

    def _trace(self, own: Set, name: str, path: tuple[tuple[int, str], ...]) -> Traced:
        goal = own.subgoals.goals[name]
        serves = goal.serves

        def none(why: Why, suggestion: str | None = None) -> Traced:
            return Traced(own, name, goal, None, why, suggestion)

        if self.area is None:
            return none("no-area")
        if serves is None:
            return none("serves-none")
        if serves in self.area.goals:
            return Traced(own, name, goal, serves)
        having = [found for found in self.sets if serves in found.subgoals.goals]
        above = [found for found in having if found.folder <= own.folder and found.level != own.level]
        if not above:
            return none("not-above") if having else none("unknown", nearest(serves, self._names(own)))
        if any((id(found), serves) in path for found in above):
            return none("circle")
        ends = {end.central: end for found in above for end in [self.traced(found, serves, path)]}
        if len(ends) > 1:
            return none("ambiguous")
        ((central, end),) = ends.items()
        if central is None:
            return none("circle" if end.why == "circle" else "leads-nowhere")
        return Traced(own, name, goal, central)

    def _names(self, own: Set) -> list[str]:
        """What a sub-goal could have named."""
        above = [found for found in self.sets if found.folder <= own.folder and found.level != own.level]
        return [*(self.area.goals if self.area else ()), *(name for found in above for name in found.subgoals.goals)]
