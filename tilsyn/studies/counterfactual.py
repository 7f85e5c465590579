"""What would move a placement: the smallest changes that lead to a freer or a stricter step, or what is in the way.

Each answer comes from the exact reading, asked again with a changed figure; n, spread, the expected
result and everything else stay as they are. A change is of the pooled figure, in the goal's unit and
in units of its last decimal. The figures are then taken to last, so the first possible period follows
from movement alone. One unit less than what is found never suffices; that nothing still smaller does
rests on the ladder being fair (P1). What can't be answered exactly is said to be so, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import Literal

from msgspec import Struct, field
from msgspec.structs import replace

from tilsyn.engine.exact import Exact
from tilsyn.engine.machine import held_most, reads
from tilsyn.engine.nodes import GoalNode
from tilsyn.engine.values import Missing
from tilsyn.engine.working import GoalWorking, Placement, Reading
from tilsyn.studies.figures import Inexact, inexact, moved, reworded, with_more

Stop = Literal["doubt", "other-goals", "missing-figures", "grave", "rules"]
"""What is in the way: even the best possible figure is not certain enough; the other goals; goals without a figure;
the grave flag while it is set; or the rules, which lead there for no figures at all."""

Answer = Literal["moves", "word", "equity", "figure-needed"] | Inexact | Stop
"""About one figure: a change moves; a better published word does; a change does, but only together with the groups
that cap the goal; there is no figure; it can't be answered exactly; or the figure can't do it alone, because."""

Outlook = Literal["open", "freest", "strictest", "by-itself", "not-assessed"] | Stop

MULTIPLES = (2, 3, 5, 10, 20, 50)
"""How many times as many persons are tried where a further period is not enough."""

SHARES = 1000
FARTHEST = 2**40


class Reached(Struct, frozen=True):
    """The first period in which it could take effect, and the step it then leads to."""

    period: int
    step: int


class Change(Struct, frozen=True):
    """The smallest change of one figure, the goal's or a group member's: from `now` to `to`, as they are shown.

    With `equity`, `groups` are what each group in the way needs once the goal's own figure is at `to`, which may be
    where it is already. Towards a stricter step, `groups` are the falls of a group that lead there by themselves.
    """

    goal: str
    member: str | None
    answer: Answer
    now: Fraction | None = None
    to: Fraction | None = None
    reached: Reached | None = None
    word: str | None = None
    groups: tuple[Change, ...] = ()

    @property
    def by(self) -> Fraction | None:
        return None if self.now is None or self.to is None else self.to - self.now


class Together(Struct, frozen=True):
    """All figures improved at once: each goes the same share of the way to where its best level would be certain, and
    a group's to where it would for certain not cap its goal. `stop` where even the whole way is not enough."""

    share: Fraction | None
    changes: tuple[Change, ...] = ()
    reached: Reached | None = None
    stop: Stop | None = None


class MoreEvidence(Struct, frozen=True):
    """Whether the same results do it with more behind them: one further period, else so many times as many persons."""

    answer: Literal["further-period", "more-persons", "not-by-evidence"]
    times: int | None = None
    reached: Reached | None = None


class Way(Struct, frozen=True):
    """What would lead one way from the recommended step. `reached` where unchanged results lead there `by-itself`;
    `missing` are the goals that count but have no figure. Only the way to a freer step has the last two."""

    outlook: Outlook
    goals: tuple[Change, ...] = ()
    missing: tuple[str, ...] = ()
    reached: Reached | None = None
    together: Together | None = None
    evidence: MoreEvidence | None = None


class Moves(Struct, frozen=True):
    """Both ways from where an institution is recommended to stand."""

    institution: str
    period: int
    step: int | None
    freer: Way
    stricter: Way


def what_would_move(exact: Exact, placement: Placement) -> Moves:
    """What would move a placement that `exact` made, with all else equal."""
    step, last = placement.step, len(exact.plan.ladder.steps) - 1
    if step is None:
        freer = stricter = Way("not-assessed", missing=missing_goals(placement))
    else:
        freer = Way("freest") if step == 0 else _way(case_of(exact, placement, step, up=True))
        stricter = Way("strictest") if step == last else _way(case_of(exact, placement, step, up=False))
    return Moves(placement.institution, placement.period, step, freer, stricter)


def missing_goals(placement: Placement) -> tuple[str, ...]:
    return tuple(goal.name for goal in placement.goals if goal.disposition in ("doubt", "worst"))


class Case(Struct, frozen=True):
    """A placement and the way that is asked about: past `step`, up or down, with what has been found out for goals'
    levels. `step` is the recommended one, or that before a chosen one."""

    exact: Exact
    placement: Placement
    step: int
    up: bool
    found: dict[object, Reached | None] = field(default_factory=dict[object, "Reached | None"])
    read: dict[tuple[str, int, int], tuple[Reading, Reading]] = field(
        default_factory=dict[tuple[str, int, int], "tuple[Reading, Reading]"]
    )

    @property
    def pairs(self) -> list[tuple[GoalNode, GoalWorking]]:
        return list(zip(self.exact.plan.goals, self.placement.goals, strict=True))

    def first(self, changed: Mapping[str, GoalWorking]) -> Reached | None:
        """When lasting figures, with some goals changed, would lead there; None if never. Only levels matter."""
        goals = tuple(changed.get(goal.name, goal) for goal in self.placement.goals)
        key = tuple((g.disposition, g.worst, g.point, g.best) for g in goals)
        if key not in self.found:
            self.found[key] = self._simulated(goals)
        return self.found[key]

    def _simulated(self, goals: tuple[GoalWorking, ...]) -> Reached | None:
        """The same figures period after period, until the step is passed or nothing more can happen.

        Recommended falls on the way to a step further down are taken to be followed.
        """
        ladder, here, state = self.exact.plan.ladder, self.placement, self.placement.state
        movement = ladder.movement
        waits = (movement.confirm_up, movement.confirm_down, movement.lapse_after or 0) if movement else (0,)
        # as long as any single move can take, once for each
        for later in range(1, (max(held_most(ladder), *waits) + 2) * len(ladder.steps) + 1):
            placed = self.exact.placed(goals, here.institution, here.period, state)
            if placed.step is None:
                return None
            if placed.step < self.step if self.up else placed.step > self.step:
                return Reached(here.period + later, placed.step)
            if placed.target == placed.start.previous == placed.step and not reads(ladder, "held"):
                return None
            state = placed.state
            if state is not None and not self.up and placed.step > placed.start.previous:
                state = replace(state, decided=True)
        return None

    def with_readings(self, node: GoalNode, reading: Reading, members: dict[str, Reading]) -> Reached | None:
        return self.first({node.name: self.exact.judged(node, reading, members)})

    def moved(self, node: GoalNode, reading: Reading, units: int) -> Reading:
        """A figure so many units of its last decimal further the way that is asked about."""
        key = node.name, id(reading), units
        if key not in self.read:
            change = Fraction(units if self.up == node.higher else -units) / 10**node.decimals
            # the figure itself is kept too, so that no other gets its identity
            self.read[key] = reading, moved(self.exact, self.placement, node, reading, change)
        return self.read[key][1]

    def most(self, node: GoalNode, reading: Reading) -> int:
        """So many units that more change nothing: the last level is certain, or the figure at the end of its range."""
        most = 1
        while most < FARTHEST:
            there = self.moved(node, reading, most)
            certain = there.worst_level == node.ranks[-1] if self.up else there.best_level == node.ranks[0]
            if certain or there.value == self.moved(node, reading, 2 * most).value:
                break
            most *= 2
        return most

    def change(self, node: GoalNode, member: str | None, reading: Reading, units: int) -> Change:
        now, to = reading.value, self.moved(node, reading, units).value
        assert isinstance(now, Fraction)
        assert isinstance(to, Fraction)
        return Change(node.name, member, "moves", now, to)


def case_of(exact: Exact, placement: Placement, step: int, *, up: bool) -> Case:
    """The case of a placement and a way, with what has been found out for it before."""
    key = "case", id(placement), step, up  # the case keeps the placement, so that no other gets its identity
    if key not in exact.asked:
        exact.asked[key] = Case(exact, placement, step, up)
    return exact.asked[key]


def _way(case: Case) -> Way:
    missing = missing_goals(case.placement)
    by_itself = case.first({})
    if by_itself is not None:
        return Way("by-itself", missing=missing, reached=by_itself)
    stop = stop_of(case, set())
    if stop != "other-goals":
        return Way(stop, missing=missing)
    goals = tuple(single(case, node, goal) for node, goal in case.pairs if goal.disposition != "leave-out")
    if not case.up:
        return Way("open", goals, missing)
    return Way("open", goals, missing, together=_together(case), evidence=_more_evidence(case))


def stop_of(case: Case, changed: set[str]) -> Stop:
    """Why changes of some goals don't lead there: the first of these that would, were it otherwise."""
    if changed and case.first(_certain(case, lambda goal: goal.name in changed)):
        return "doubt"
    if case.first(_certain(case, lambda goal: goal.disposition is None)):
        return "other-goals"
    if case.first(_certain(case, lambda goal: goal.disposition != "leave-out")):
        return "missing-figures"
    return "grave" if case.placement.grave else "rules"


def _certain(case: Case, which: Callable[[GoalWorking], bool]) -> dict[str, GoalWorking]:
    """Some goals at their best level, or their worst, beyond doubt."""
    found: dict[str, GoalWorking] = {}
    for node, goal in case.pairs:
        if which(goal):
            rank = node.ranks[-1] if case.up else node.ranks[0]
            found[node.name] = replace(goal, disposition=None, worst=rank, point=rank, best=rank)
    return found


def smallest(leads: Callable[[int], object], most: int) -> int | None:
    """The fewest units that suffice, one less having been seen not to; None where the most do not."""
    if leads(0):
        return 0
    if not leads(most):
        return None
    short, enough = 0, most
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if leads(middle) else (middle, enough)
    return enough


# one figure


def single(case: Case, node: GoalNode, goal: GoalWorking) -> Change:
    """What one goal's own figure can do while all else stays as it is."""
    if isinstance(goal.reading.value, Missing):
        return Change(node.name, None, "figure-needed")
    why = inexact(case.exact.plan, node)
    if why is not None:
        return Change(node.name, None, why, goal.reading.value)
    if node.evidence is not None and node.evidence.word_from is not None:
        return _by_word(case, node, goal)
    units = _own(case, node, goal, goal.members)
    if units is not None:
        reached = case.with_readings(node, case.moved(node, goal.reading, units), goal.members)
        change = replace(case.change(node, None, goal.reading, units), reached=reached)
    else:
        capped = _with_groups(case, node, goal) if case.up else None
        change = capped or Change(node.name, None, stop_of(case, {node.name}), goal.reading.value)
    return change if case.up else replace(change, groups=_falls_of_groups(case, node, goal))


def _own(case: Case, node: GoalNode, goal: GoalWorking, members: dict[str, Reading]) -> int | None:
    """The fewest units of the goal's own figure that suffice beside some groups; None if none do."""
    return smallest(
        lambda units: case.with_readings(node, case.moved(node, goal.reading, units), members),
        case.most(node, goal.reading),
    )


def _by_word(case: Case, node: GoalNode, goal: GoalWorking) -> Change:
    """Where a published word names the plausible levels no change of the figure is enough, but another word may be."""
    assert node.evidence is not None
    value = goal.reading.value
    assert isinstance(value, Fraction)
    for word in sorted(node.evidence.words, key=lambda w: (w.worst, w.best), reverse=not case.up):
        reading = reworded(case.exact, case.placement, node, goal.reading, word.word)
        reached = case.with_readings(node, reading, goal.members)
        if reached is not None:
            return Change(node.name, None, "word", value, reached=reached, word=word.word)
    return Change(node.name, None, stop_of(case, {node.name}), value)


def _with_groups(case: Case, node: GoalNode, goal: GoalWorking) -> Change | None:
    """What the goal needs where no group caps it, and what each group that does needs then; None if it is not that."""
    units = _own(case, node, goal, {})
    if units is None:
        return None
    own = case.moved(node, goal.reading, units)
    capping = [m for m, reading in goal.members.items() if not case.with_readings(node, own, {m: reading})]
    groups = tuple(_group(case, node, own, member, goal.members[member]) for member in capping)
    possible = all(group.answer == "moves" for group in groups)
    reached = case.with_readings(node, own, {}) if possible else None
    return replace(case.change(node, None, goal.reading, units), answer="equity", reached=reached, groups=groups)


def _group(case: Case, node: GoalNode, own: Reading, member: str, reading: Reading) -> Change:
    """The smallest change of one group's figure, beside the goal's own figure and with no other group in the way."""
    if isinstance(reading.value, Missing):
        return Change(node.name, member, "figure-needed")

    def leads(units: int) -> Reached | None:
        return case.with_readings(node, own, {member: case.moved(node, reading, units)})

    units = smallest(leads, case.most(node, reading))
    if units is None:
        return Change(node.name, member, "doubt", reading.value)
    return replace(case.change(node, member, reading, units), reached=leads(units))


def _falls_of_groups(case: Case, node: GoalNode, goal: GoalWorking) -> tuple[Change, ...]:
    found = (_group(case, node, goal.reading, member, reading) for member, reading in goal.members.items())
    return tuple(change for change in found if change.answer == "moves")


# all together


class _Stretch(Struct, frozen=True):
    """A figure that takes part in a common improvement, and how many units its whole way is."""

    node: GoalNode
    goal: GoalWorking
    member: str | None
    reading: Reading
    units: int

    def part(self, thousandths: int) -> int:
        return ceil(Fraction(self.units * thousandths, SHARES))


def _together(case: Case) -> Together:
    """The smallest share, in thousandths of the whole way, that all figures must go."""
    stretches = list(_stretches(case))

    def leads(thousandths: int) -> Reached | None:
        return case.first(_along(case, stretches, thousandths))

    share = smallest(leads, SHARES)
    if share is None:
        return Together(None, stop=stop_of(case, {s.node.name for s in stretches}))
    parts = [(s, s.part(share)) for s in stretches]
    changes = tuple(case.change(s.node, s.member, s.reading, units) for s, units in parts if units)
    return Together(Fraction(share, SHARES), changes, leads(share))


def _stretches(case: Case) -> Iterator[_Stretch]:
    """The whole way of every figure that may be changed on its own."""
    for node, goal in case.pairs:
        by_word = node.evidence is not None and node.evidence.word_from is not None
        if isinstance(goal.reading.value, Missing) or by_word or inexact(case.exact.plan, node) is not None:
            continue
        yield _Stretch(node, goal, None, goal.reading, _whole_way(case, node, goal.reading, node.ranks[-1]))
        for member, reading in goal.members.items():
            if node.equity is not None and not isinstance(reading.value, Missing):
                yield _Stretch(node, goal, member, reading, _whole_way(case, node, reading, node.equity.no_worse_than))


def _whole_way(case: Case, node: GoalNode, reading: Reading, rank: int) -> int:
    """The units to where a level is certain, or to the end of the range where it never is."""
    most = case.most(node, reading)
    end = case.moved(node, reading, most).value

    def there(units: int) -> bool:
        found = case.moved(node, reading, units)
        return found.value == end or (found.worst_level is not None and found.worst_level >= rank)

    return smallest(there, most) or 0


def _along(case: Case, stretches: list[_Stretch], thousandths: int) -> dict[str, GoalWorking]:
    """The goals with every figure the same share of its way along."""
    at = {(s.node.name, s.member): case.moved(s.node, s.reading, s.part(thousandths)) for s in stretches}
    found: dict[str, GoalWorking] = {}
    for s in stretches:
        if s.member is None:
            members = {m: at.get((s.node.name, m), reading) for m, reading in s.goal.members.items()}
            found[s.node.name] = case.exact.judged(s.node, at[s.node.name, None], members)
    return found


# more evidence


def _more_evidence(case: Case) -> MoreEvidence:
    """The same results with narrower intervals: one more period like those pooled, else more persons."""
    reached = case.first(_grown(case, None))
    if reached is not None:
        return MoreEvidence("further-period", reached=reached)
    for times in MULTIPLES:
        reached = case.first(_grown(case, times))
        if reached is not None:
            return MoreEvidence("more-persons", times, reached)
    return MoreEvidence("not-by-evidence")


def _grown(case: Case, times: int | None) -> dict[str, GoalWorking]:
    """The goals and their groups with more persons behind them."""
    found: dict[str, GoalWorking] = {}
    for node, goal in case.pairs:
        if goal.reading.pooled is not None:
            own = with_more(case.exact, case.placement, node, goal.reading, times)
            members = {
                m: with_more(case.exact, case.placement, node, reading, times) for m, reading in goal.members.items()
            }
            found[node.name] = case.exact.judged(node, own, members)
    return found
