"""The smallest changes that lead to a chosen step: of one goal, of as few goals as possible, with the least effort.

After levels everything is finite. For each goal the levels beyond its present one are few, and each
has a smallest change that makes it certain enough, found by the exact reading as in
`counterfactual.py`. Every combination of these is weighed; effort is declared per unit of a goal's
figure. The one that is told has been placed by the exact reading, and with one unit less in any of
its figures it no longer leads there. That nothing smaller does rests on the ladder being fair (P1),
as it does for single goals. A published word has no size, and hence no effort: it may be among the
fewest goals, but not in the least effort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations, product
from typing import Literal

from msgspec import Struct

from tilsyn.engine.exact import Exact
from tilsyn.engine.nodes import GoalNode
from tilsyn.engine.values import Missing
from tilsyn.engine.working import GoalWorking, Placement, Reading
from tilsyn.studies.counterfactual import (
    Case,
    Change,
    Reached,
    Stop,
    case_of,
    missing_goals,
    single,
    smallest,
    stop_of,
)
from tilsyn.studies.figures import inexact, reworded

Figure = tuple[str, str | None]
"""A goal and the group member whose figure it is; None for the goal's own."""


class Combination(Struct, frozen=True):
    """Changes that together lead there, and their effort; None where a published word is among them."""

    changes: tuple[Change, ...]
    effort: Fraction | None
    reached: Reached

    @property
    def goals(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(change.goal for change in self.changes))


class Ways(Struct, frozen=True):
    """What would lead to a step at least as free as the chosen one, or at least as strict where that is stricter.

    `there` where it is the recommended one. `goals` says of each goal what it can do alone, where asked. `fewest` and
    `least` are None where no combination of figures does it, or none without words.
    """

    to: int
    outlook: Literal["open", "there", "by-itself", "not-assessed"] | Stop
    up: bool
    goals: tuple[Change, ...] = ()
    fewest: Combination | None = None
    least: Combination | None = None
    missing: tuple[str, ...] = ()
    reached: Reached | None = None


def ways_to(exact: Exact, placement: Placement, to: int, *, alone: bool = True) -> Ways:
    """The smallest changes that lead from a placement that `exact` made to a step, with all else equal.

    `alone` asks too what each goal can do alone.
    """
    missing, step = missing_goals(placement), placement.step
    if step is None:
        return Ways(to, "not-assessed", True, missing=missing)
    if to == step:
        return Ways(to, "there", True)
    up = to < step
    case = case_of(exact, placement, to + 1 if up else to - 1, up=up)
    by_itself = case.first({})
    if by_itself is not None:
        return Ways(to, "by-itself", up, missing=missing, reached=by_itself)
    stop = stop_of(case, set())
    if stop != "other-goals":
        return Ways(to, stop, up, missing=missing)
    asked = [pair for pair in case.pairs if alone and pair[1].disposition != "leave-out"]
    singles = tuple(single(case, node, goal) for node, goal in asked)
    found = list(_combined(case))
    fewest = _first(case, sorted(found, key=_count))
    least = _first(case, sorted((options for options in found if not _words(options)), key=_sum))
    return Ways(to, "open", up, singles, fewest, least, missing)


def ways_beside(exact: Exact, placement: Placement) -> tuple[Ways, ...]:
    """The ways to the next freer and to the next stricter step, where there is one. What each goal can do alone is
    what `what_would_move` says."""
    if placement.step is None:
        return ()
    steps = range(len(exact.plan.ladder.steps))
    return tuple(
        ways_to(exact, placement, to, alone=False) for to in (placement.step - 1, placement.step + 1) if to in steps
    )


# one goal


class _Option(Struct, frozen=True):
    """One way to change a goal: figures so many units further, or another published word."""

    goal: str
    units: tuple[tuple[Figure, int], ...]
    word: str | None
    effort: Fraction | None
    after: GoalWorking


def _options(case: Case, node: GoalNode, goal: GoalWorking) -> list[_Option]:
    """For each level beyond the present one the smallest change that makes it certain enough, nearest first."""
    if isinstance(goal.reading.value, Missing) or inexact(case.exact.plan, node) is not None:
        return []
    now = _level(case, goal)
    if node.evidence is not None and node.evidence.word_from is not None:
        found = [_worded(case, node, goal, word.word) for word in node.evidence.words]
    else:
        beyond = [rank for rank in node.ranks if (rank > now if case.up else rank < now)]
        found = [option for rank in beyond for option in _reaching(case, node, goal, rank)]
    best: dict[int, _Option] = {}
    for option in found:
        level = _level(case, option.after)
        if level > now if case.up else level < now:
            best.setdefault(level, option)
            if (option.effort or 0) < (best[level].effort or 0):
                best[level] = option
    return [best[level] for level in sorted(best, reverse=not case.up)]


def _level(case: Case, goal: GoalWorking) -> int:
    """The level that decides: the worst plausible on the way up, the best on the way down, or the point alone."""
    movement = case.exact.plan.ladder.movement
    found = goal.point if movement is None or movement.point_only else goal.worst if case.up else goal.best
    assert found is not None
    return found


def _reaching(case: Case, node: GoalNode, goal: GoalWorking, rank: int) -> Iterator[_Option]:
    """The smallest change of the goal's own figure and of the groups in its way; or of one group, where that leads
    down by itself."""

    def there(own: Reading, members: Mapping[str, Reading]) -> bool:
        level = _level(case, case.exact.judged(node, own, dict(members)))
        return level >= rank if case.up else level <= rank

    most = case.most(node, goal.reading)
    beside: Mapping[str, Reading] = {} if case.up else goal.members
    own = smallest(lambda units: there(case.moved(node, goal.reading, units), beside), most)
    if own is not None:
        units: dict[Figure, int] = {(node.name, None): own}
        reading = case.moved(node, goal.reading, own)
        blocking = [m for m, r in goal.members.items() if case.up and not there(reading, {m: r})]
        for member in blocking:
            needed = _group(case, node, goal.members[member], lambda r, m=member: there(reading, {m: r}))
            if needed is None:
                return
            units[node.name, member] = needed
        yield _option(case, node, goal, units)
    if not case.up:
        for member, before in goal.members.items():
            fall = _group(case, node, before, lambda r, m=member: there(goal.reading, {**goal.members, m: r}))
            if fall is not None:
                yield _option(case, node, goal, {(node.name, member): fall})


def _group(case: Case, node: GoalNode, reading: Reading, there: Callable[[Reading], bool]) -> int | None:
    """The fewest units of a group's figure that are enough; None where it has none, or none is."""
    if isinstance(reading.value, Missing):
        return None
    return smallest(lambda units: there(case.moved(node, reading, units)), case.most(node, reading))


def _option(case: Case, node: GoalNode, goal: GoalWorking, units: Mapping[Figure, int]) -> _Option:
    changed = {figure: more for figure, more in units.items() if more}
    return _Option(
        node.name, tuple(changed.items()), None, _cost(case, node, goal, changed), _after(case, node, goal, changed)
    )


def _worded(case: Case, node: GoalNode, goal: GoalWorking, word: str) -> _Option:
    reading = reworded(case.exact, case.placement, node, goal.reading, word)
    return _Option(node.name, (), word, None, case.exact.judged(node, reading, goal.members))


def _after(case: Case, node: GoalNode, goal: GoalWorking, units: Mapping[Figure, int]) -> GoalWorking:
    """The goal with its figures so many units further."""
    own = case.moved(node, goal.reading, units.get((node.name, None), 0))
    members = {m: case.moved(node, r, units[node.name, m]) if (node.name, m) in units else r
               for m, r in goal.members.items()}  # fmt: skip
    return case.exact.judged(node, own, members)


def _cost(case: Case, node: GoalNode, goal: GoalWorking, units: Mapping[Figure, int]) -> Fraction:
    """The effort of changes, by how far the figures really come."""
    total = Fraction(0)
    for (_, member), more in units.items():
        change = case.change(node, member, goal.reading if member is None else goal.members[member], more)
        total += node.effort * abs(change.by or 0)
    return total


# several goals


_Options = tuple[_Option, ...]


def _combined(case: Case) -> Iterator[_Options]:
    """Every combination of options, but those of goals that don't lead there even at their farthest options."""
    options = [found for node, goal in case.pairs if (found := _options(case, node, goal))]
    for count in range(1, len(options) + 1):
        for chosen in combinations(options, count):
            if _leads(case, tuple(found[-1] for found in chosen)):
                yield from product(*chosen)


def _leads(case: Case, options: _Options) -> Reached | None:
    return case.first({option.goal: option.after for option in options})


def _sum(options: _Options) -> Fraction:
    return sum((option.effort or Fraction(0) for option in options), Fraction(0))


def _words(options: _Options) -> int:
    return sum(option.word is not None for option in options)


def _count(options: _Options) -> tuple[int, int, Fraction]:
    return len(options), _words(options), _sum(options)


def _first(case: Case, ordered: list[_Options]) -> Combination | None:
    return next((_confirmed(case, options) for options in ordered if _leads(case, options)), None)


def _confirmed(case: Case, options: _Options) -> Combination:
    """A combination that leads there, with each figure as little changed as still does."""
    units = {figure: more for option in options for figure, more in option.units}
    known = {node.name: (node, goal) for node, goal in case.pairs}

    def reached(now: Mapping[Figure, int]) -> Reached | None:
        return case.first({
            option.goal: option.after if option.word else _after(case, *known[option.goal], now) for option in options
        })  # fmt: skip

    for figure, more in list(units.items()):
        # one unit less should be too little already; where it is not, the least that does it is looked for
        if reached({**units, figure: more - 1}) is not None:
            units[figure] = smallest(lambda u, f=figure: reached({**units, f: u}), more) or 0
    changes: list[Change] = []
    effort: Fraction | None = Fraction(0)
    for option in options:
        node, goal = known[option.goal]
        own = {figure: more for figure, more in units.items() if figure[0] == option.goal and more}
        effort = None if effort is None or option.word else effort + _cost(case, node, goal, own)
        if option.word is not None:
            assert isinstance(goal.reading.value, Fraction)
            changes.append(Change(node.name, None, "word", goal.reading.value, word=option.word))
        for (_, member), more in own.items():
            changes.append(case.change(node, member, goal.reading if member is None else goal.members[member], more))
    found = reached(units)
    assert found is not None
    return Combination(tuple(changes), effort, found)
