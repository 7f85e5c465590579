"""How many sub-goals an area's few central goals have become, and which of them serve none.

It reads a chain of policies in the order in which they are given, the ministry's first. A sub-goal
may serve a central goal, or a sub-goal of another level in its own folder or in one before it; it is
traced upwards through these until a central goal is met. Whatever keeps it from that (nothing named,
an unknown name, its own level, a circle, several of the same name that do not agree) is told of the
sub-goal and is no error: to see it is the point. It judges nothing of what the sub-goals are worth.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, TypeVar

from msgspec import Struct

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.grammar import nearest
from tilsyn.catalogue.subgoals import SubGoal, SubGoals
from tilsyn.catalogue.text import Text

K = TypeVar("K", bound=Hashable)

Why = Literal["serves-none", "unknown", "not-above", "leads-nowhere", "circle", "ambiguous", "no-area"]
"""Why a sub-goal traces to no central goal: it names nothing; or what nobody has; or a goal of its own level or of a
folder further down; or one that traces to none itself, or back to it; or one that several owners have, of which not
all lead to the same; or no folder declares the area."""


class Set(Struct, frozen=True):
    """The sub-goals that one owner has set. `folder` is the place of its folder in the chain."""

    folder: int
    subgoals: SubGoals

    @property
    def level(self) -> str:
        return self.subgoals.level.da


class Traced(Struct, frozen=True):
    """A sub-goal and the central goal that it comes to, or why it comes to none. `suggestion` is what was probably
    meant by an unknown name."""

    set: Set
    name: str
    goal: SubGoal
    central: str | None
    why: Why | None = None
    suggestion: str | None = None


class Row(Struct, frozen=True):
    """One owner's sub-goals counted; `depth` is how many levels there are between them and the central goals."""

    level: Text
    owner: Text
    depth: int
    subgoals: int
    untraced: int


class Sprawl(Struct, frozen=True):
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
    levels = {level: place for place, level in enumerate(_levels(sets))}
    ordered = sorted(sets, key=lambda s: levels[s.level])
    traced = _Tracer(first[1], ordered).traced()
    rows = tuple(
        Row(
            found.subgoals.level, found.subgoals.owner, levels[found.level] + 1, len(found.subgoals.goals),
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

    depths: dict[str, int] = {}
    for circle in _circles(above):
        below = max((depths[up] for level in circle for up in above[level] if up in depths), default=0)
        depths |= dict.fromkeys(circle, below + 1)
    return sorted(above, key=lambda level: (folders[level], depths[level]))


def _circles(above: Mapping[K, Collection[K]]) -> list[list[K]]:
    """What leads to each other in a circle, together, and everything else alone; each after what it leads to.

    Tarjan's strongly connected components, without recursion: a chain may be as long as it likes.
    """
    found: list[list[K]] = []
    number: dict[K, int] = {}
    lowest: dict[K, int] = {}
    open_: dict[K, None] = {}
    path: list[tuple[K, Iterator[K]]] = []

    def enter(node: K) -> None:
        number[node] = lowest[node] = len(number)
        open_[node] = None
        path.append((node, iter(above[node])))

    for start in above:
        if start not in number:
            enter(start)
        while path:
            node, ups = path[-1]
            for up in ups:
                if up not in number:
                    enter(up)
                    break
                if up in open_:
                    lowest[node] = min(lowest[node], number[up])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[node])
                if lowest[node] == number[node]:
                    circle: list[K] = []
                    while node in open_:
                        circle.append(open_.popitem()[0])
                    found.append(circle)
    return found


Key = tuple[int, str]
"""A sub-goal: the place of its set, and its name."""


class _Tracer(Struct, dict=True):
    """Follows sub-goals upwards: each is looked at once, after all that it leads to."""

    area: Area | None
    sets: Sequence[Set]

    def traced(self) -> tuple[Traced, ...]:
        """Every sub-goal in the order of the sets."""
        above = {
            (place, name): self._above(place, goal.serves)
            for place, own in enumerate(self.sets)
            for name, goal in own.subgoals.goals.items()
        }
        known: dict[Key, Traced] = {}
        for circle in _circles(above):
            back = set(circle) if len(circle) > 1 or circle[0] in above[circle[0]] else set[Key]()
            known |= {key: self._trace(key, above[key], back, known) for key in circle}
        return tuple(known[key] for key in above)

    @cached_property
    def _having(self) -> dict[str, list[int]]:
        """The places of the sets that have a sub-goal of each name."""
        found: dict[str, list[int]] = {}
        for place, own in enumerate(self.sets):
            for name in own.subgoals.goals:
                found.setdefault(name, []).append(place)
        return found

    def _may_serve(self, own: Set, other: Set) -> bool:
        return other.folder <= own.folder and other.level != own.level

    def _above(self, place: int, serves: str | None) -> list[Key]:
        """The sub-goals that one serves by a name that is no central goal's."""
        if self.area is None or serves is None or serves in self.area.goals:
            return []
        having = self._having.get(serves, ())
        return [(other, serves) for other in having if self._may_serve(self.sets[place], self.sets[other])]

    def _trace(self, key: Key, above: Sequence[Key], back: set[Key], known: Mapping[Key, Traced]) -> Traced:
        """What one comes to, where that is known of all that it serves; `back` are those that lead back to it."""
        own, name = self.sets[key[0]], key[1]
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
        if not above:
            return none("not-above") if serves in self._having else none("unknown", nearest(serves, self._names(own)))
        ends = {known[up].central: known[up].why for up in above if up not in back}
        if back:
            ends[None] = "circle"
        if len(ends) > 1:
            return none("ambiguous")
        ((central, why),) = ends.items()
        if central is None:
            return none("circle" if why == "circle" else "leads-nowhere")
        return Traced(own, name, goal, central)

    def _names(self, own: Set) -> list[str]:
        """What a sub-goal could have named."""
        above = [other for other in self.sets if self._may_serve(own, other)]
        return [*(self.area.goals if self.area else ()), *(name for found in above for name in found.subgoals.goals)]
