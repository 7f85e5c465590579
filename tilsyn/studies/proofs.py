"""Whether a ladder keeps its promises: ten properties, each proved for every institution there could be, or broken
by one that is shown.

After the levels everything is finite: plausible levels, whole-number scores, steps, and the counts that
movement remembers. So nothing is sampled and nothing solved for: every combination is laid out
(`outcomes.py`), every place is walked to (`walks.py`), and what holds there holds. A story that breaks a
property is run again through the exact reading before it is told (`stories.py`). Ladders too large to lay
out are not proved, and say so.

More is laid out than can occur: goals and inputs that read the same figure, or that have a value without one, are
taken to be anything, each of the others. What holds of all that holds; what fails there must fail of something that
surely can occur as well (`comparisons.py`), or it is not decided, and which goals and what in them stand in the way
is said.

What is not asked: which figures lead to which levels (P1 is about levels: one better pupil can raise the spread);
what silence does about a figure that would have had no value anyway, as one that is too few, or about whether a goal
applies, or about something grave: a flag that nobody sets is not set. Of decisions, those that follow what was
recommended are tried in any years, and any other where a story begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any, Literal

from msgspec import Struct, field

from tilsyn.catalogue.expressions import Ref
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine.effects import effects
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Reason
from tilsyn.studies.comparisons import SILENT, Comparisons
from tilsyn.studies.outcomes import MOST, Change, Known, Outcomes, View
from tilsyn.studies.silence import Parted, Together, TooManyTwins, Twins
from tilsyn.studies.stories import Lived, Story, Year, confirm, tell
from tilsyn.studies.walks import QUIET, Happening, Paths, Place, Walks

Property = Literal["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10"]
Outcome = Literal["holds", "fails", "not-applicable", "undecided"]

PROPERTIES: tuple[Property, ...] = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10")

TWINS = 40
"""Years of two institutions that are laid out for each combination of one that may be."""

SHARED = {"silence": "silence-shared", "tied": "tied-shared", "rights": "rights-shared"}
"""Why something is not decided where goals and inputs read the same figures."""

ROWS = 1024
"""Institutions that are followed at once until they settle."""


class Verdict(Struct, frozen=True):
    """A property's outcome. `stories` are one institution or two to compare; `about` names what they differ in, or
    the figures of a property that holds (periods to the freest step), or why it is not applicable or decided."""

    property: Property
    outcome: Outcome
    seconds: float = 0.0
    stories: tuple[Story, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict[str, object])


def prove(
    plan: Plan, ladder: Ladder, register: Requirements, *, most: int = MOST, clock: Callable[[], float] = lambda: 0.0
) -> tuple[Verdict, ...]:
    """Every property of an area's ladder, in order; with more than `most` combinations some are `undecided`.

    How long each took is told by the clock that is passed.
    """
    case = _Case(plan, ladder, register, most)
    return tuple(_timed(case, name, ask, clock) for name, ask in case.properties())


def basis(plan: Plan, ladder: Ladder, register: Requirements) -> tuple[object, ...]:
    """All that the verdicts follow from: rules with equal bases have equal verdicts. How figures become levels is no
    part of it, but for whether they leave doubt."""
    goals = [
        (g.name, g.ranks, g.points, g.weight, g.equity, g.applies_when is None, g.evidence and g.evidence.words,
         g.evidence is not None and g.evidence.pool > 1)
        for g in plan.goals
    ]  # fmt: skip
    outcomes = Outcomes(plan)
    bound = Comparisons(plan, outcomes).tied
    # of goals that are tied to others the figures themselves are tried
    tied = [(g.applies_when, g.measure, g.cuts, g.decimals, g.higher) for n, g in enumerate(plan.goals) if n in bound]
    read = (outcomes.dependence.axes, outcomes.axes, tied, plan.quantities, plan.indicators)
    return plan.ladder, goals, read, ladder, register.requirements


def _untried(name: Property, why: str) -> Verdict:
    """A property that there is nothing to try of."""
    return Verdict(name, "not-applicable", about={"why": why})


def _timed(case: _Case, name: Property, ask: Callable[[], Verdict], clock: Callable[[], float]) -> Verdict:
    began = clock()
    found = ask()
    if not all(case.can_happen(year) for story in found.stories for year in story.years):
        found = Verdict(name, "undecided", about={"why": "emergency-tied"})
    for story in found.stories:
        confirm(case.plan, case.walks, story)
    return Verdict(name, found.outcome, clock() - began, found.stories, found.about)


class _Case:
    """A plan's outcomes and walks, shared by its properties."""

    def __init__(self, plan: Plan, ladder: Ladder, register: Requirements, most: int) -> None:
        self.plan, self.ladder, self.register, self.most = plan, ladder, register, most
        self.outcomes = Outcomes(plan)
        self.walks = Walks.of(plan.ladder)
        self.steps = len(plan.ladder.steps)
        self.goals = range(len(plan.goals))
        # steps that only a person chooses are no end of the ladder that results lead along
        ruled = [n for n, step in enumerate(ladder.steps.values()) if step.decided_by is None] or [*range(self.steps)]
        self.freest, self.strictest = ruled[0], ruled[-1]
        self._paths: Paths | None = None
        self.dependence = self.outcomes.dependence
        self.comparisons = Comparisons(plan, self.outcomes)

    def properties(self) -> Iterator[tuple[Property, Callable[[], Verdict]]]:
        asked: dict[Property, Callable[[], Verdict]] = {
            "P1": self.fair, "P2": self.doubt_never_moves, "P3": self.every_step, "P4": self.a_way_up,
            "P5": self.support_not_paperwork, "P6": self.rights_hang_on_outcomes, "P7": self.emergency_bites,
            "P8": self.silence_never_pays, "P9": self.no_figure_alone, "P10": self.settles,
        }  # fmt: skip
        why = self.undecided()
        for name, ask in asked.items():
            laid_out = name not in ("P5", "P6")
            yield name, (lambda: Verdict("P1", "undecided", about=why)) if laid_out and why else ask

    def undecided(self) -> dict[str, object]:
        """Why the ladder can't be laid out; empty where it can."""
        if self.outcomes.blurred:
            return {"why": "point-and-strictest"}
        if self.outcomes.size > self.most:
            return {"why": "too-large", "size": self.outcomes.size, "most": self.most}
        return {}

    # what is grave, where rules read that too

    @cached_property
    def flag(self) -> int | None:
        """The axis of the flag that says whether something grave has happened, where rules read it as well."""
        when = self.walks.movement.grave_when
        names = [outside.name for outside in self.plan.ladder.outsides]
        return len(self.goals) + names.index(when.name) if isinstance(when, Ref) and when.name in names else None

    def can_happen(self, year: Year) -> bool:
        """Whether an emergency and all else that is known in a year of a story surely can go together."""
        if not self.dependence.emergency_tied:
            return True
        return self.flag is not None and (year.inputs[self.flag - len(self.goals)] is True) == year.happening.grave

    @cached_property
    def quiet(self) -> Any:
        """The combinations that go with a period without an emergency; None where all do."""
        import numpy as np

        if self.flag is None:
            return None
        mask = np.ones(tuple(len(axis) for axis in self.outcomes.axes), dtype=bool)
        for place, known in enumerate(self.outcomes.axes[self.flag]):
            if self._is_set(known):
                mask[(slice(None),) * self.flag + (place,)] = False
        return mask

    def is_quiet(self, known: Sequence[Known]) -> bool:
        """Whether what is known goes with a period without an emergency."""
        return self.flag is None or not self._is_set(known[self.flag])

    def _is_set(self, known: Known) -> bool:
        assert self.flag is not None
        outside = self.plan.ladder.outsides[self.flag - len(self.goals)]
        return known.worst is not None and self.outcomes.value(outside, known.worst) is True

    # what all of them ask

    @property
    def paths(self) -> Paths:
        if self._paths is None:
            self._paths = Paths(self.outcomes, self.walks)
        return self._paths

    def code(self, place: Place, known: Sequence[Known]) -> int:
        """What is seen of an institution at a place, as the tables' column."""
        seen = self.outcomes.at(known, self.paths.view(place))
        return 0 if seen is None else seen[0] * self.steps + seen[1] + 1

    def story(self, start: Place, years: Sequence[tuple[Known, ...]], happening: Happening = QUIET) -> Story:
        return tell(self.outcomes, self.walks, start, [Lived(known, {}, happening) for known in years])

    @property
    def decisions(self) -> tuple[Happening, ...]:
        """Quiet periods: with nothing decided and, where that makes a difference, with what was recommended."""
        return tuple(happening for happening in self.paths.happenings if not happening.grave)

    def lasting(self, start: int, known: Sequence[Known], happening: Happening = QUIET) -> list[int]:
        """The places that follow one another while what is known stays as it is, until one comes again."""
        paths, found, met = self.paths, list[int](), set[int]()
        table, place = paths.after(happening), start
        codes = {view: self.code(paths.places[numbers[0]], known) for view, numbers in paths.by_view.items()}
        while place not in met:
            met.add(place)
            place = int(table[place, codes[paths.views[place]]])
            found.append(place)
        return found

    def simplest(self, mask: Any, axes: Sequence[int]) -> tuple[int, int]:
        """The cost and the place in the flattened table of the simplest combination of a mask over some axes."""
        import numpy as np

        flat = np.flatnonzero(mask.reshape(-1))
        cost = np.zeros(len(flat), dtype=np.int64)
        if axes:
            for axis, at in zip(axes, np.unravel_index(flat, mask.shape), strict=True):
                cost += np.array(self.outcomes.costs(axis))[at]
        least = int(cost.argmin())
        return int(cost[least]), int(flat[least])

    # one period

    def one_change(
        self,
        name: Property,
        changes: Callable[[int], Sequence[Change]],
        breaks: Callable[[Any, Any, Any], Any],
        among: Any = None,
    ) -> Verdict:
        """Whether one change of one goal ever breaks a promise of the period: `breaks` gets the previous step and
        the steps without and with the change. The simplest institution that it does so for: the fewest goals off the
        ordinary level, then the fewest without certainty, then the simplest place. `among` are the combinations
        that are asked about, all where it is not given."""
        best: tuple[int, float, int, Place, tuple[Known, ...], tuple[Known, ...]] | None = None
        for view, places in self.paths.by_view.items():
            broken = self._broken(places, breaks)
            anywhere = broken.any(axis=0)
            if not anywhere.any():
                continue
            table = self.outcomes.table(view) + 1
            for axis in self.goals:
                for before, after in changes(axis):
                    one, other = (table.take(self.outcomes.place(axis, k), axis=axis) for k in (before, after))
                    mask = anywhere[one, other]
                    if among is not None:
                        mask &= among.take(self.outcomes.place(axis, before), axis=axis)
                        mask &= among.take(self.outcomes.place(axis, after), axis=axis)
                    if not mask.any():
                        continue
                    cost, where = self.simplest(mask, self._others(axis))
                    own = sum(self.outcomes.costs(axis)[self.outcomes.place(axis, k)] for k in (before, after))
                    pair = int(one.reshape(-1)[where]), int(other.reshape(-1)[where])
                    place = self._simplest_place(places, broken[:, pair[0], pair[1]])
                    found = (cost + own, float(self.paths.costs[place]), axis)
                    if best is None or found < best[:3]:
                        rest = self._rest(axis, where)
                        best = (*found, self.paths.places[place],
                                (*rest[:axis], before, *rest[axis:]), (*rest[:axis], after, *rest[axis:]))  # fmt: skip
        if best is None:
            return Verdict(name, "holds")
        _, _, axis, place, *both = best
        stories = tuple(self.story(place, [known]) for known in both)
        return Verdict(name, "fails", stories=stories, about={"goal": self.plan.goals[axis].name})

    def _broken(self, places: Sequence[int], breaks: Callable[[Any, Any, Any], Any]) -> Any:
        """Place × code × code: whether the promise is broken by going from one to the other."""
        steps = self.paths.step()[places]
        found = breaks(self.paths.previous[places][:, None, None], steps[:, :, None], steps[:, None, :])
        if not self.walks.remembers:
            # without memory somebody who can't be assessed has no step to compare
            found[:, 0, :] = found[:, :, 0] = False
        return found

    def _simplest_place(self, places: Sequence[int], which: Any) -> int:
        """The simplest of the places that a mask over some marks."""
        return min((place for place, here in zip(places, which, strict=True) if here), key=self.paths.costs.__getitem__)

    def _others(self, axis: int) -> list[int]:
        return [n for n in range(len(self.outcomes.axes)) if n != axis]

    def _rest(self, axis: int, flat: int) -> tuple[Known, ...]:
        import numpy as np

        axes = [self.outcomes.axes[n] for n in self._others(axis)]
        places = np.unravel_index(flat, tuple(len(a) for a in axes)) if axes else ()
        return tuple(a[int(place)] for a, place in zip(axes, places, strict=True))

    # the ten

    def fair(self) -> Verdict:
        """P1: a better level in any goal, all else and the state equal, never gives a stricter step."""

        def stricter(previous: Any, before: Any, after: Any) -> Any:
            return after > before

        return self._sure("P1", lambda among: self.one_change("P1", self.outcomes.better, stricter, among))

    def doubt_never_moves(self) -> Verdict:
        """P2: widening any interval, state equal, never moves an institution further."""
        if not any(self.outcomes.wider(axis) for axis in self.goals):
            return _untried("P2", self._no_doubt())

        def further(previous: Any, before: Any, after: Any) -> Any:
            one, other = before - previous, after - previous
            return (other != 0) & ((abs(other) > abs(one)) | (one * other < 0))

        return self._sure("P2", lambda among: self.one_change("P2", self.outcomes.wider, further, among))

    def _sure(self, name: Property, ask: Callable[[Any], Verdict]) -> Verdict:
        """A verdict on all that is laid out; what fails there must fail of what surely can occur too."""
        found = ask(self.quiet)
        if found.outcome != "fails" or not self.comparisons.tied:
            return found
        possible = self.comparisons.possible
        again = ask(possible if self.quiet is None else possible & self.quiet)
        return again if again.outcome == "fails" else Verdict(name, "undecided", about=self._tied())

    def _tied(self) -> dict[str, object]:
        """Which goals and inputs are tied to each other, or to figures, so that nobody knows what can occur."""
        return self._why("tied", self.comparisons.tied)

    def _why(self, kind: str, axes: Sequence[int]) -> dict[str, object]:
        """Why something is not decided, for the sake of which goals and inputs: what makes them have a value without
        a figure, else what they have in common."""
        reads = self.dependence.axes
        names = tuple(self.outcomes.names[n] for n in axes)
        loose = tuple(n for n in axes if reads[n].loose)
        if kind == "silence" and loose:
            constructs = tuple(dict.fromkeys(str(reads[n].construct) for n in loose))
            return {"why": "loose", "names": tuple(self.outcomes.names[n] for n in loose), "constructs": constructs}
        shared = self.dependence.shared(axes)
        return {"why": SHARED[kind], "names": names, "figures": shared} if shared else {"why": kind, "names": names}

    def _no_doubt(self) -> str:
        """Why no uncertainty can change anything."""
        if self.plan.ladder.movement is None:
            return "no-movement"
        return "point" if self.plan.ladder.movement.point_only else "no-evidence"

    def every_step(self) -> Verdict:
        """P3: every step can be reached by results, but for those that only a person decides, or an emergency."""
        stands = self.paths.stands
        by_results = {int(stands[n]) for n in self.paths.reached([None], emergencies=False)}
        by_emergency = {int(stands[n]) for n in self.paths.reached([None], emergencies=True)} - by_results
        never = [
            step for number, (step, declared) in enumerate(self.ladder.steps.items())
            if number not in by_results | by_emergency and declared.decided_by is None
        ]  # fmt: skip
        if never:
            return Verdict("P3", "fails", about={"steps": tuple(never)})
        if by_emergency and not self.dependence.emergency_free:
            return Verdict("P3", "undecided", about={"why": "emergency-bound"})
        if by_results - self._surely_reached():
            return Verdict("P3", "undecided", about=self._tied())
        names = tuple(self.plan.ladder.steps[step] for step in sorted(by_emergency))
        return Verdict("P3", "holds", about={"by_emergency": names} if names else {})

    def _surely_reached(self) -> set[int]:
        """The steps that results lead to which surely can occur."""
        import numpy as np

        among: dict[View, tuple[int, ...]] | None = None
        if self.comparisons.bound:
            possible = self.comparisons.possible
            among = {
                view: tuple(int(c) for c in np.unique(self.outcomes.table(view)[possible]))
                for view in self.outcomes.views()
            }
        stands = self.paths.stands
        return {int(stands[n]) for n in self.paths.reached([None], emergencies=False, among=among)}

    def a_way_up(self) -> Verdict:
        """P4: from everywhere, lasting good results in the goals that apply lead to the freest step for good."""
        found = self._way_up(lambda known: True)
        if found.outcome != "holds" or not self.comparisons.tied:
            return found
        worlds = [(group, {*self.comparisons.sure(group)}) for group in self.comparisons.groups
                  if self.comparisons.world(group) is not None]  # fmt: skip

        def occurs(known: Sequence[Known]) -> bool:
            return all(tuple(self.outcomes.place(n, known[n]) for n in group) in sure for group, sure in worlds)

        again = self._way_up(occurs)
        return again if again.outcome == "holds" else Verdict("P4", "undecided", about=self._tied())

    def _way_up(self, occurs: Callable[[Sequence[Known]], bool]) -> Verdict:
        """The way up with the best results that occur, other inputs at their best."""
        stands, periods = self.paths.stands, 0
        for goals in self._best():
            rests = [[k for k in self.outcomes.axes[n] if k.missing is None] for n in self.outcomes.outside]
            every = [rest for rest in product(*rests) if self.is_quiet((*goals, *rest)) and occurs((*goals, *rest))]
            for number in [int(n) for n in self.paths.costs.argsort(kind="stable")]:
                needed: int | None = None
                for rest in every:
                    walked = [number, *self.lasting(number, (*goals, *rest))]
                    circle = walked[walked.index(walked[-1]) + 1 :]
                    if all(stands[place] <= self.freest for place in circle):
                        on_the_way = [n for n, place in enumerate(walked) if stands[place] > self.freest]
                        periods_up = max(on_the_way, default=0) + 1
                        needed = periods_up if needed is None else min(needed, periods_up)
                if needed is None:
                    known = (*goals, *(rest[0] if rest else self.outcomes.axes[n][0]
                                       for n, rest in zip(self.outcomes.outside, rests, strict=True)))  # fmt: skip
                    years = min(len(self.lasting(number, known)), 4)
                    story = self.story(self.paths.places[number], [known] * years)
                    about = {"step": self.plan.ladder.steps[self.freest]}
                    return Verdict("P4", "fails", stories=(story,), about=about)
                periods = max(periods, needed)
        return Verdict("P4", "holds", about={"periods": periods, "step": self.plan.ladder.steps[self.freest]})

    def _best(self) -> Iterator[tuple[Known, ...]]:
        """The best results there are, for every set of goals that may concern an institution."""
        left = Known(None, None, "leave-out")
        tops = [max(k.levels for k in self.outcomes.axes[axis] if k.levels is not None) for axis in self.goals]
        may_not = [
            axis for axis in self.goals
            if self.plan.goals[axis].applies_when is not None
            and self.plan.ladder.disposition(Reason.NOT_APPLICABLE) == "leave-out"
        ]  # fmt: skip
        for count in range(len(may_not) + 1):
            for out in combinations(may_not, count):
                if len(out) < len(self.goals):
                    yield tuple(left if axis in out else Known(*tops[axis]) for axis in self.goals)

    def support_not_paperwork(self) -> Verdict:
        """P5: duties at a stricter step are among those at the ordinary one."""
        initial = self.plan.ladder.initial
        if initial == self.steps - 1:
            return _untried("P5", "initial-strictest")
        ordinary = {duty.id for duty in effects(self.ladder, self.register, initial, {}).in_force}
        for step in range(initial + 1, self.steps):
            more = [d.id for d in effects(self.ladder, self.register, step, {}).in_force if d.id not in ordinary]
            if more:
                about = {"step": self.plan.ladder.steps[step], "requirements": tuple(more)}
                return Verdict("P5", "fails", about=about)
        return Verdict("P5", "holds")

    def rights_hang_on_outcomes(self) -> Verdict:
        """P6: no change in anything but outcomes, in any years, ever gives anybody a right that it had not else."""
        import numpy as np

        rights = [{*step.rights} for step in self.ladder.steps.values()]
        if not any(rights):
            return _untried("P6", "no-rights")
        touched = self.comparisons.touched
        if not touched:
            return Verdict("P6", "holds")
        if why := self.undecided():
            return Verdict("P6", "undecided", about=why)
        gains = np.zeros((self.steps + 1, self.steps + 1), dtype=bool)
        for (one, before), (other, after) in product(enumerate([*rights, set[str]()]), repeat=2):
            gains[one, other] = bool(after - before)
        found = self._parted(
            "P6", gains, self.comparisons.all_changes(), self.comparisons.sure_changes,
            lambda: self._why("rights", touched),
        )  # fmt: skip
        if not isinstance(found, Parted):
            return found
        stories = tuple(tell(self.outcomes, self.walks, found.start, y) for y in (found.honest, found.silent))
        with_it = stories[1].years[-1]
        pairs = [(a.known, b.known) for a, b in zip(found.honest, found.silent, strict=True)]
        axis = next(n for a, b in reversed(pairs) for n in touched if a[n] != b[n])
        assert with_it.step is not None
        about = {
            "rule": (*with_it.rules, "–")[0], "step": self.plan.ladder.steps[with_it.step],
            "input": self.outcomes.names[axis], "indicators": self.dependence.no_outcomes(axis),
        }  # fmt: skip
        return Verdict("P6", "fails", stories=stories, about=about)

    def _parted(
        self,
        name: Property,
        parts: Any,
        every: Sequence[Together],
        sure: Callable[[], Sequence[Together]] | None,
        why: Callable[[], Mapping[str, object]],
    ) -> Parted | Verdict:
        """Two that are parted, for sure; or that nobody ever is, or that it is not decided. `sure` is not given where
        all that is laid out can happen."""
        found = self._walked(name, every, parts)
        if found is None:
            return Verdict(name, "holds")
        if sure is None or isinstance(found, Verdict):
            return found
        again = self._walked(name, sure(), parts)
        return Verdict(name, "undecided", about=why()) if again is None else again

    def _walked(self, name: Property, ways: Sequence[Together], parts: Any) -> Parted | Verdict | None:
        twins = Twins(self.outcomes, self.paths, ways, parts, TWINS * self.most)
        try:
            return twins.parted()
        except TooManyTwins:
            about = {"why": "too-large", "size": twins.laid_out, "most": twins.most}
            return Verdict(name, "undecided", about=about)

    def emergency_bites(self) -> Verdict:
        """P7: while the emergency flag is set nobody stands freer than the emergency step, which is stricter than the
        ordinary one."""
        floor, initial = self.walks.movement.grave_step, self.plan.ladder.initial
        if floor is None:
            return _untried("P7", "no-emergency")
        if floor < initial or floor == initial < self.steps - 1:
            steps = self.plan.ladder.steps
            return Verdict("P7", "fails", about={"step": steps[floor], "ordinary": steps[initial]})
        steps = self.paths.step(Happening(grave=True))
        freer = (steps >= 0) & (steps < floor)
        if not freer.any():
            return Verdict("P7", "holds")
        number = self._simplest_place(range(len(self.paths.places)), freer.any(axis=1))
        code = int(freer[number].argmax())
        table = self.outcomes.table(self.paths.views[number])
        _, where = self.simplest(table == code - 1, range(table.ndim))
        story = self.story(self.paths.places[number], [self.outcomes.known(where)], Happening(grave=True))
        return Verdict("P7", "fails", stories=(story,), about={"step": self.plan.ladder.steps[floor]})

    def silence_never_pays(self) -> Verdict:
        """P8: keeping any figures back, in any years, never gives a freer step in any year."""
        import numpy as np

        freer = np.zeros((self.steps + 1, self.steps + 1), dtype=bool)
        # somebody without a step stands on no freer one
        freer[:-1, :-1] = np.tri(self.steps, k=-1, dtype=bool)
        unsure = self.comparisons.unsure_of_silence
        found = self._parted(
            "P8", freer, self.comparisons.all_silence(), self.comparisons.sure_silence if unsure else None,
            lambda: self._why("silence", unsure),
        )  # fmt: skip
        if isinstance(found, Verdict):
            return self._silent_elsewhere() if found.outcome == "holds" else found
        stories = tuple(tell(self.outcomes, self.walks, found.start, y) for y in (found.honest, found.silent))
        return Verdict("P8", "fails", stories=stories, about={"kept_back": found.kept_back})

    def _silent_elsewhere(self) -> Verdict:
        """Whether silence has said all that it says where each year's figures are its own."""
        pooled = tuple(g.name for g in self.plan.goals if g.evidence is not None and g.evidence.pool > 1)
        if pooled and any(self.plan.ladder.disposition(reason) != "worst" for reason in SILENT):
            # one that counts as the worst level is missing from the pool for as long, which the walk has been through
            return Verdict("P8", "undecided", about={"why": "pool", "names": pooled})
        if self.dependence.emergency_reads_figures:
            return Verdict("P8", "undecided", about={"why": "emergency-figures"})
        return Verdict("P8", "holds")

    def no_figure_alone(self) -> Verdict:
        """P9: from an all-ordinary institution, one goal's or one figure's missing, for any reason and for ever, never
        leads to the strictest step; wherever the figure is read."""
        everybody, stands = self._ordinary(), self.paths.stands
        if not everybody or self.plan.ladder.initial == self.strictest:
            return _untried("P9", "initial-strictest" if everybody else "no-ordinary")
        start = State(self.plan.ladder.initial) if self.walks.remembers else None
        best: tuple[int, str, Reason, tuple[Known, ...], tuple[int, ...], Happening] | None = None
        alone = (found for ordinary in everybody for found in self._alone(ordinary))
        for (name, reason, known, axes), happening in product(alone, self.decisions):
            walked = self.lasting(self.paths.number(start), known, happening)
            years = next((n for n, place in enumerate(walked, 1) if stands[place] >= self.strictest), None)
            if years is not None and (best is None or years < best[0]):
                best = (years, name, reason, known, axes, happening)
        if best is not None:
            years, name, reason, known, axes, happening = best
            why = {n: reason for n in axes if known[n] == self.outcomes.silent(n, reason)}
            story = tell(self.outcomes, self.walks, start, [Lived(known, why, happening)] * years)
            about = {"goal": name, "reason": reason.word, "step": self.plan.ladder.steps[self.strictest]}
            return Verdict("P9", "fails", stories=(story,), about=about)
        for ordinary in everybody:
            for axes in self._perhaps(ordinary):
                if self._ever_strictest(start, ordinary, axes):
                    return Verdict("P9", "undecided", about=self._why("silence", axes))
        return Verdict("P9", "holds")

    def _ordinary(self) -> list[tuple[Known, ...]]:
        """Those that are ordinary: on the lowest level that keeps somebody on the initial step, and on the next ones
        for as long as nobody knows whether there is anybody on that."""
        found: list[tuple[Known, ...]] = []
        for everybody in self.outcomes.ordinaries:
            # where only an emergency leads to the initial step, those whom it has met stand there
            alike = [known for known in everybody if self.is_quiet(known)] or everybody
            found += alike
            if not self.comparisons.tied or any(self.comparisons.occurs(known) for known in alike):
                break
        return found

    def _reasons(self, axis: int | None = None) -> list[Reason]:
        """Why a goal, an input or an indicator may have no figure, the likeliest first."""
        may_not = axis is not None and axis in self.goals and self.plan.goals[axis].applies_when is not None
        return [*dict.fromkeys((Reason.NOT_SUBMITTED, *(r for r in Reason if may_not or r != Reason.NOT_APPLICABLE)))]

    def _alone(self, ordinary: Sequence[Known]) -> Iterator[tuple[str, Reason, tuple[Known, ...], tuple[int, ...]]]:
        """What is known where one goal or input has no figure, or none of a group, and where an indicator is missing
        from all that read it: its name, why, and of which axes."""
        for axis in range(len(ordinary)):
            if axis not in self.goals and self.dependence.axes[axis].figures <= self.dependence.emergency:
                continue
            for reason in self._reasons(axis):
                for gone in self._gone(axis, reason, ordinary[axis]):
                    yield self.outcomes.names[axis], reason, (*ordinary[:axis], gone, *ordinary[axis + 1 :]), (axis,)
        for name, axes in self._read_by_several():
            for reason in self._reasons():
                if self._certain(axes, ordinary):
                    options = [self._gone(n, reason, ordinary[n]) for n in axes]
                    found = [dict(zip(axes, gone, strict=True)) for gone in product(*options)]
                else:
                    found = self._without(name, axes, reason, ordinary)
                for gone in found:
                    yield name, reason, tuple(gone.get(n, k) for n, k in enumerate(ordinary)), tuple(gone)

    def _certain(self, axes: Sequence[int], ordinary: Sequence[Known]) -> bool:
        """Whether some axes surely are missing without a figure of theirs, and surely can be ordinary with it."""
        if any(not self.dependence.axes[n].strict or self.dependence.axes[n].loose for n in axes):
            return False
        return not {*axes} & {*self.comparisons.tied} or self.comparisons.occurs(ordinary)

    def _gone(self, axis: int, reason: Reason, ordinary: Known) -> list[Known]:
        """What is known of a goal or input without its figure, or a group's, or both."""
        found = [self.outcomes.silent(axis, reason)]
        if axis in self.goals and reason not in (Reason.TOO_FEW, Reason.NOT_APPLICABLE):
            found += self.outcomes.without_groups(axis, reason, ordinary)
        return [*dict.fromkeys(found)]

    def _without(
        self, name: str, axes: Sequence[int], reason: Reason, ordinary: Sequence[Known]
    ) -> list[dict[int, Known]]:
        """What is known of axes without an indicator, by figures that were tried."""
        group = next((g for g in self.comparisons.groups if {*axes} <= {*g}), None)
        world = None if group is None else self.comparisons.world(group)
        if group is None or world is None:
            return []
        found = world.without(name, reason, tuple(ordinary[n] for n in group))
        return [dict(zip(group, known, strict=True)) for known in sorted(found, key=repr)]

    def _read_by_several(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The indicators that more than one goal or input reads, or one that may have a value without them."""
        for indicator in self.plan.indicators:
            axes = self.dependence.readers(indicator.name)
            reads = [self.dependence.axes[n] for n in axes]
            if indicator.name not in self.dependence.emergency and (
                len(axes) > 1 or any(read.loose or not read.strict for read in reads)
            ):
                yield indicator.name, axes

    def _perhaps(self, ordinary: Sequence[Known]) -> Iterator[tuple[int, ...]]:
        """The axes of each indicator without which nobody knows what is known of them."""
        yield from (axes for _, axes in self._read_by_several() if not self._certain(axes, ordinary))

    def _ever_strictest(self, start: Place, ordinary: Sequence[Known], axes: Sequence[int]) -> bool:
        """Whether the strictest step is ever come to where some axes may be anything, year by year."""
        options = [self._any(n, ordinary[n]) for n in axes]
        if prod(len(option) for option in options) > ROWS:
            return True
        found = [dict(zip(axes, chosen, strict=True)) for chosen in product(*options)]
        every = [tuple(chosen.get(n, k) for n, k in enumerate(ordinary)) for chosen in found]
        among = {
            view: tuple({self.code(self.paths.places[numbers[0]], known) - 1 for known in every})
            for view, numbers in self.paths.by_view.items()
        }
        stands = self.paths.stands
        reached = self.paths.reached([start], emergencies=False, among=among)
        return any(stands[number] >= self.strictest for number in reached)

    def _any(self, axis: int, ordinary: Known) -> list[Known]:
        """More than all that may be known of an axis without an indicator."""
        read = self.dependence.axes[axis]
        if read.loose:
            return [*self.outcomes.axes[axis]]
        gone = [known for reason in Reason for known in self._gone(axis, reason, ordinary)]
        return [*dict.fromkeys(gone if read.strict else [ordinary, *gone])]

    def settles(self) -> Verdict:
        """P10: unchanged figures settle on a step."""
        if not self.walks.remembers:
            return Verdict("P10", "holds")
        return self._sure("P10", self._settles)

    def _settles(self, among: Any) -> Verdict:
        import numpy as np

        labels, rows = self._alike()
        for happening in self.decisions:
            pieces = [rows[first : first + ROWS] for first in range(0, len(rows), ROWS)]
            unsettled = np.concatenate([self._unsettled(piece, happening).any(axis=1) for piece in pieces])
            mask = unsettled[labels] if among is None else unsettled[labels] & among
            if not mask.any():
                continue
            _, where = self.simplest(mask, range(labels.ndim))
            row = int(labels.reshape(-1)[where])
            changing = self._unsettled(rows[row : row + 1], happening)[0]
            number = self._simplest_place(range(len(self.paths.places)), changing)
            known = self.outcomes.known(where)
            years = min(len(self.lasting(number, known, happening)) + 1, 6)
            return Verdict("P10", "fails", stories=(self.story(self.paths.places[number], [known] * years, happening),))
        return Verdict("P10", "holds")

    def _alike(self) -> tuple[Any, Any]:
        """For each combination the number of its row, and the different rows: its codes from every view."""
        import numpy as np

        labels: Any = None
        for view in self.outcomes.views():
            codes = self.outcomes.table(view).astype(np.int64) + 1
            joined = codes if labels is None else labels * self.outcomes.kinds + codes
            if labels is None or len(self.outcomes.views()) > 1:
                _, inverse = _distinct(joined)
                labels = inverse
        first = np.full(int(labels.max()) + 1, -1, dtype=np.int64)
        flat = labels.reshape(-1)
        first[flat[::-1]] = np.arange(flat.size)[::-1]
        return labels, np.stack([self.outcomes.table(v).reshape(-1)[first] + 1 for v in self.outcomes.views()], axis=1)

    def _unsettled(self, rows: Any, happening: Happening) -> Any:
        """Row × place: whether an institution that shows the same from then on keeps changing step."""
        import numpy as np

        paths, views = self.paths, self.outcomes.views()
        view_of, count = np.array([views.index(view) for view in paths.views]), len(self.paths.places)
        far: Any = paths.after(happening)[np.arange(count), rows[:, view_of]].astype(np.int64)
        low: Any = np.broadcast_to(paths.stands, far.shape)
        high, walked = low, 1
        # each round looks twice as far: where one comes to, and the freest and strictest step on the way
        while walked <= count:
            low = np.minimum(low, np.take_along_axis(low, far, 1))
            high = np.maximum(high, np.take_along_axis(high, far, 1))
            far, walked = np.take_along_axis(far, far, 1), 2 * walked
        # that far on there are only circles, and as far again goes all the way round
        return np.take_along_axis(low, far, 1) != np.take_along_axis(high, far, 1)


def _distinct(codes: Any) -> tuple[Any, Any]:
    """The different numbers of an array, and for each element the place of its own."""
    import numpy as np

    most = int(codes.max()) + 1
    if most <= 4 * codes.size + 1024:
        used = np.zeros(most, dtype=bool)
        used[codes] = True
        place = np.cumsum(used) - 1
        return np.flatnonzero(used), place[codes]
    values, inverse = np.unique(codes, return_inverse=True)
    return values, inverse.reshape(codes.shape)


__all__ = ["PROPERTIES", "Outcome", "Property", "Verdict", "basis", "prove"]
