"""Two institutions that are alike in everything, year after year, but for something that one of them does otherwise.

Whether it can ever come to stand better for it is a walk in pairs: from wherever both stand, each year shows the same
of both, less what differs, and an emergency meets both. What may differ is laid out in `comparisons.py`; here it is
walked, and the first that parts them in the fewest years is found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from msgspec import Struct, field

from tilsyn.engine.values import Reason
from tilsyn.studies.outcomes import Known, Outcomes, View
from tilsyn.studies.stories import Lived
from tilsyn.studies.walks import Happening, Paths, Place

GRAVE, DECIDED = 1000, 5
"""What an emergency makes a year less simple by: it plays a part only where nothing else does it as fast; and a
decision."""

CHUNK = 4_000_000


class Withheld(Struct, frozen=True):
    """What is kept back in a year: of which goal, input or indicator, whose figure (`goal`, `group`, `both`), and
    how."""

    name: str
    of: str
    reason: Reason


class Way(Struct, frozen=True):
    """What is known of two along some axes, by places there, and how far from simple that is. Where they differ:
    what the second keeps back, and for which axes it is missing, and why."""

    honest: tuple[int, ...]
    silent: tuple[int, ...]
    cost: int
    kept: tuple[Withheld, ...] = ()
    why: Mapping[int, Reason] = field(default_factory=dict[int, Reason])


class Together(Struct, frozen=True):
    """Some axes, and all that may be known of two along them, whatever is known along the others."""

    axes: tuple[int, ...]
    ways: Sequence[Way]


class Parted(Struct, frozen=True):
    """Two that are parted in the last year: where they both began, their years, and what one kept back."""

    start: Place
    honest: tuple[Lived, ...]
    silent: tuple[Lived, ...]
    kept_back: tuple[tuple[Withheld, ...], ...]


class _Choices(Struct, frozen=True):
    """The different pairs of codes that a year can show two that are seen from two views, each with the cost of the
    simplest combination that gives it. Codes are columns of the tables."""

    honest: Any
    silent: Any
    cost: Any


class _Reached(Struct, frozen=True):
    """The pairs of places of one level, with how they were come to: from which pair, by which choice."""

    parent: Any
    choice: Any
    happening: Any


class TooManyTwins(Exception):
    """More years of two would have to be laid out than is allowed."""


class Twins:
    """The pair walk over a ladder's outcomes and places. It lays out at most `most` years of two. `parts` has a truth
    for each step of the first (last: none) and each of the second: whether they are parted there."""

    def __init__(self, outcomes: Outcomes, paths: Paths, ways: Sequence[Together], parts: Any, most: int) -> None:
        import numpy as np

        self.outcomes, self.paths, self.parts = outcomes, paths, parts
        self.most, self.laid_out = most, 0
        self.groups = [group for group in ways if group.axes]
        self.order = [axis for group in self.groups for axis in group.axes]
        self.sizes = [tuple(len(outcomes.axes[axis]) for axis in group.axes) for group in self.groups]
        self.honest, self.silent, self.costs = list[Any](), list[Any](), list[Any]()
        for group, sizes in zip(self.groups, self.sizes, strict=True):
            ends_of = [w.honest for w in group.ways], [w.silent for w in group.ways]
            for found, ends in zip((self.honest, self.silent), ends_of, strict=True):
                places = np.array(ends, dtype=np.int64).reshape(len(group.ways), len(sizes))
                found.append(np.ravel_multi_index(tuple(places.T), sizes))
            self.costs.append(np.array([w.cost for w in group.ways], dtype=np.int64))
        self._choices: dict[tuple[View, View], _Choices] = {}

    @property
    def empty(self) -> bool:
        """Whether there is nobody to compare."""
        return any(not group.ways for group in self.groups)

    def _table(self, view: View) -> Any:
        """The codes seen from a view, one axis for each group."""
        table = self.outcomes.table(view)
        return table.transpose(self.order).reshape(tuple(prod(sizes) for sizes in self.sizes))

    # a year of two

    def choices(self, honest: View, silent: View) -> _Choices:
        import numpy as np

        if (honest, silent) not in self._choices:
            self.laid_out += prod(len(group.ways) for group in self.groups)
            if self.laid_out > self.most:
                raise TooManyTwins
            kinds, most = self.outcomes.kinds, sum(int(costs.max()) for costs in self.costs) + 1
            used = np.zeros(kinds * kinds * most, dtype=bool)
            for pair, cost in self._slices(honest, silent):
                used[pair * most + cost] = True
            found = used.reshape(kinds * kinds, most)
            pairs = np.flatnonzero(found.any(axis=1))
            self._choices[honest, silent] = _Choices(pairs // kinds, pairs % kinds, found[pairs].argmax(axis=1))
        return self._choices[honest, silent]

    def _slices(self, honest: View, silent: View) -> Iterator[tuple[Any, Any]]:
        """The pairs of codes (joined to one number) and their costs, one slice of the first axis after the other."""
        import numpy as np

        one, other = self._table(honest), self._table(silent)
        rest: Any = np.zeros((), dtype=np.int32)
        for costs in self.costs[1:]:
            rest = np.add.outer(rest, costs.astype(np.int32))
        here, there = np.ix_(*self.honest[1:]), np.ix_(*self.silent[1:])
        for h, s, cost in zip(self.honest[0], self.silent[0], self.costs[0], strict=True):
            pair = (one[h][here].astype(np.int32) + 1) * self.outcomes.kinds + (other[s][there] + 1)
            yield pair, rest + cost

    def example(self, honest: View, silent: View, pair: tuple[int, int], cost: int) -> list[int]:
        """The ways along each axis of the first combination that shows a pair of codes at a cost."""
        import numpy as np

        wanted = pair[0] * self.outcomes.kinds + pair[1]
        for first, (pairs, costs) in enumerate(self._slices(honest, silent)):
            at = np.flatnonzero(((pairs == wanted) & (costs == cost)).reshape(-1))
            if len(at):
                return [first, *(int(n) for n in np.unravel_index(int(at[0]), pairs.shape))] if pairs.ndim else [first]
        raise AssertionError("a choice has no combination")

    # the years

    def parted(self) -> Parted | None:
        """The first that are parted: in the fewest years, then the simplest. None where nobody ever is.

        Raises TooManyTwins.
        """
        import numpy as np

        if self.empty:
            return None
        count = len(self.paths.places)
        reached = np.eye(count, dtype=bool)
        level = 0
        frontier = np.flatnonzero(reached.reshape(-1))
        while len(frontier):
            new = np.zeros_like(reached)
            for _, following, freer, _ in self._steps(frontier):
                if freer.any():
                    return self._simplest(level + 1)
                new.reshape(-1)[following.reshape(-1)] = True
            new &= ~reached
            reached |= new
            frontier, level = np.flatnonzero(new.reshape(-1)), level + 1
        return None

    def _steps(self, frontier: Any) -> Iterator[tuple[Any, Any, Any, tuple[_Choices, Happening]]]:
        """From each pair of places (joined to one number) to those that follow, pair × choice, and whether they
        are parted there, in pieces of a size."""
        import numpy as np

        paths, count = self.paths, len(self.paths.places)
        number = {view: n for n, view in enumerate(paths.by_view)}
        views = np.array([number[view] for view in paths.views])
        honest, silent = frontier // count, frontier % count
        for one in paths.by_view:
            for other in paths.by_view:
                mine = frontier[(views[honest] == number[one]) & (views[silent] == number[other])]
                if not len(mine):
                    continue
                choices = self.choices(one, other)
                size = max(1, CHUNK // max(1, len(choices.cost)))
                for first in range(0, len(mine), size):
                    part = mine[first : first + size]
                    for happening in paths.happenings:
                        yield part, *self._followed(part, choices, happening), (choices, happening)

    def _followed(self, pairs: Any, choices: _Choices, happening: Happening) -> tuple[Any, Any]:
        import numpy as np

        count, after, step = len(self.paths.places), self.paths.after(happening), self.paths.step(happening)
        honest, silent = (pairs // count)[:, None], (pairs % count)[:, None]
        ends = after[honest, choices.honest].astype(np.int64) * count + after[silent, choices.silent]
        steps = [step[honest, choices.honest], step[silent, choices.silent]]
        if not self.paths.walks.remembers:
            # without memory somebody who can't be assessed has no step at all
            seen = (choices.honest, choices.silent)
            steps = [np.where(code > 0, at, -1) for at, code in zip(steps, seen, strict=True)]
        return ends, self.parts[steps[0], steps[1]]

    # the simplest of those that part in the fewest years

    def _simplest(self, years: int) -> Parted:
        """Among all walks of so many years at whose end they are parted, the one of least cost."""
        import numpy as np

        count = len(self.paths.places)
        cost = np.full(count * count, np.inf)
        cost[np.arange(count) * (count + 1)] = self.paths.costs
        levels: list[_Reached] = []
        frontier = np.flatnonzero(np.isfinite(cost))
        for _ in range(years - 1):
            new = np.full(count * count, np.inf)
            parent, choice, happenings = (np.full(count * count, -1, dtype=np.int64) for _ in range(3))
            for part, ends, _, (choices, happening) in self._steps(frontier):
                there = cost[part][:, None] + (choices.cost + _cost(happening))
                there = np.where(np.isfinite(cost[ends]), np.inf, there)
                np.minimum.at(new, ends, there)
                best = (there == new[ends]) & np.isfinite(there)
                rows, columns = np.nonzero(best)
                parent[ends[best]], choice[ends[best]] = part[rows], columns
                happenings[ends[best]] = self.paths.happenings.index(happening)
            levels.append(_Reached(parent, choice, happenings))
            frontier = np.flatnonzero(np.isfinite(new))
            cost = np.where(np.isfinite(new), new, cost)
        last: tuple[float, int, int, Happening] | None = None
        for part, _, freer, (choices, happening) in self._steps(frontier):
            there = np.where(freer, cost[part][:, None] + (choices.cost + _cost(happening)), np.inf)
            row, column = (int(n) for n in np.unravel_index(int(there.argmin()), there.shape))
            found = (float(there[row, column]), int(part[row]), column, happening)
            if np.isfinite(found[0]) and (last is None or found < last):
                last = found
        assert last is not None
        walked = [last[1:]]
        for level in reversed(levels):
            pair = walked[0][0]
            happening = self.paths.happenings[int(level.happening[pair])]
            walked.insert(0, (int(level.parent[pair]), int(level.choice[pair]), happening))
        return self._told(walked)

    def _told(self, walked: Sequence[tuple[int, int, Happening]]) -> Parted:
        count = len(self.paths.places)
        honest: list[Lived] = []
        silent: list[Lived] = []
        kept_back: list[tuple[Withheld, ...]] = []
        for pair, choice, happening in walked:
            views = self.paths.views[pair // count], self.paths.views[pair % count]
            choices = self.choices(*views)
            codes = int(choices.honest[choice]), int(choices.silent[choice])
            ways = self.example(*views, codes, int(choices.cost[choice]))
            chosen = [group.ways[n] for group, n in zip(self.groups, ways, strict=True)]
            honest.append(Lived(self._known([way.honest for way in chosen]), {}, happening))
            why = {axis: reason for way in chosen for axis, reason in way.why.items()}
            silent.append(Lived(self._known([way.silent for way in chosen]), why, happening))
            kept_back.append(tuple(withheld for way in chosen for withheld in way.kept))
        start = self.paths.places[walked[0][0] // count]
        return Parted(start, tuple(honest), tuple(silent), tuple(kept_back))

    def _known(self, places: Sequence[tuple[int, ...]]) -> tuple[Known, ...]:
        at = dict(zip(self.order, (place for group in places for place in group), strict=True))
        return tuple(axis[at[number]] for number, axis in enumerate(self.outcomes.axes))


def _cost(happening: Happening) -> int:
    return GRAVE * happening.grave + DECIDED * happening.decided
