"""Whether a ladder keeps its promises: ten properties, each proved for every institution there could be, or broken
by one that is shown.

After the levels everything is finite: plausible levels, whole-number scores, steps, and the counts that
movement remembers. So nothing is sampled and nothing solved for: every combination is laid out
(`outcomes.py`), every place is walked to (`walks.py`), and what holds there holds. A story that breaks a
property is run again through the exact reading before it is told (`stories.py`). Ladders too large to lay
out are not proved, and say so.

What is not asked: which figures lead to which levels (P1 is about levels: one better pupil can raise the
spread), and what a figure that is kept back would have done to later years' pooled figures (P8 compares two
that are alike in every year but for what one of them keeps back in that year).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any, Literal

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine.effects import effects
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Reason
from tilsyn.studies.outcomes import MOST, Change, Known, Outcomes
from tilsyn.studies.silence import TooManyTwins, Twins
from tilsyn.studies.stories import Lived, Story, confirm, tell
from tilsyn.studies.walks import Paths, Place, Walks

Property = Literal["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10"]
Outcome = Literal["holds", "fails", "not-applicable", "undecided"]

PROPERTIES: tuple[Property, ...] = ("P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10")

TWINS = 40
"""Years of two institutions that are laid out for each combination of one that may be."""

ROWS = 1024
"""Institutions that are followed at once until they settle."""


@dataclass(frozen=True)
class Verdict:
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
        (g.name, g.ranks, g.points, g.weight, g.equity, g.applies_when is None, g.evidence and g.evidence.words)
        for g in plan.goals
    ]
    roles = [(indicator.name, indicator.role) for indicator in plan.indicators]
    return plan.ladder, goals, plan.quantities, roles, ladder, register.requirements


def _untried(name: Property, why: str) -> Verdict:
    """A property that there is nothing to try of."""
    return Verdict(name, "not-applicable", about={"why": why})


def _timed(case: _Case, name: Property, ask: Callable[[], Verdict], clock: Callable[[], float]) -> Verdict:
    began = clock()
    found = ask()
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

    def story(self, start: Place, years: Sequence[tuple[Known, ...]], *, grave: bool = False) -> Story:
        return tell(self.outcomes, self.walks, start, [Lived(known, {}, grave) for known in years])

    def lasting(self, start: int, known: Sequence[Known]) -> list[int]:
        """The places that follow one another while what is known stays as it is, until one comes again."""
        paths, found, met = self.paths, list[int](), set[int]()
        table, place = paths.after(False), start
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
    ) -> Verdict:
        """Whether one change of one goal ever breaks a promise of the period: `breaks` gets the previous step and
        the steps without and with the change. The simplest institution that it does so for: the fewest goals off the
        ordinary level, then the fewest without certainty, then the simplest place."""
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
        steps = self.paths.step(False)[places]
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
        return self.one_change("P1", self.outcomes.better, lambda previous, before, after: after > before)

    def doubt_never_moves(self) -> Verdict:
        """P2: widening any interval, state equal, never moves an institution further."""
        if not any(self.outcomes.wider(axis) for axis in self.goals):
            return _untried("P2", self._no_doubt())

        def further(previous: Any, before: Any, after: Any) -> Any:
            one, other = before - previous, after - previous
            return (other != 0) & ((abs(other) > abs(one)) | (one * other < 0))

        return self.one_change("P2", self.outcomes.wider, further)

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
        names = tuple(self.plan.ladder.steps[step] for step in sorted(by_emergency))
        return Verdict("P3", "holds", about={"by_emergency": names} if names else {})

    def a_way_up(self) -> Verdict:
        """P4: from everywhere, lasting good results in the goals that apply lead to the freest step for good."""
        stands, periods = self.paths.stands, 0
        for goals in self._best():
            rests = [[k for k in self.outcomes.axes[n] if k.missing is None] for n in self.outcomes.outside]
            for number in [int(n) for n in self.paths.costs.argsort(kind="stable")]:
                needed: int | None = None
                for rest in product(*rests):
                    walked = [number, *self.lasting(number, (*goals, *rest))]
                    circle = walked[walked.index(walked[-1]) + 1 :]
                    if all(stands[place] <= self.freest for place in circle):
                        on_the_way = [n for n, place in enumerate(walked) if stands[place] > self.freest]
                        periods_up = max(on_the_way, default=0) + 1
                        needed = periods_up if needed is None else min(needed, periods_up)
                if needed is None:
                    known = (*goals, *(rest[0] for rest in rests))
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
        """P6: no process or context indicator is asked for by a rule that leads to a step with a right; it may hold
        back, as a flag that must be false or a test inside `not(…)`."""
        steps = list(self.ladder.steps.values())
        if not any(step.rights for step in steps):
            return _untried("P6", "no-rights")
        for rule in self.plan.ladder.rules:
            if not steps[rule.step].rights:
                continue
            for cell in rule.cells:
                read = self._no_outcomes(cell.input)
                if read and not _holds_back(cell.test):
                    about = {
                        "rule": rule.id, "step": self.plan.ladder.steps[rule.step], "input": cell.input,
                        "indicators": tuple(read),
                    }  # fmt: skip
                    return Verdict("P6", "fails", about=about)
        return Verdict("P6", "holds")

    def _no_outcomes(self, name: str) -> list[str]:
        """The indicators behind an input that are no outcomes."""
        quantities = {q.name: q for q in self.plan.quantities}
        roles = {i.name: i.role for i in self.plan.indicators}
        found, waiting, met = list[str](), [name], set[str]()
        while waiting:
            asked = waiting.pop()
            if asked in met:
                continue
            met.add(asked)
            if asked in quantities:
                waiting += [ref.column for part in quantities[asked].parts for ref in e.refs(part)]
                nodes = [node for part in quantities[asked].parts for node in e.walk(part)]
                waiting += [node.within for node in nodes if isinstance(node, e.Peers) and node.within]
                continue
            indicator = asked.partition(".")[0].partition("@")[0]
            if roles.get(indicator, "outcome") != "outcome" and indicator not in found:
                found.append(indicator)
        return found

    def emergency_bites(self) -> Verdict:
        """P7: while the emergency flag is set nobody stands freer than the emergency step."""
        floor = self.walks.movement.grave_step
        if floor is None:
            return _untried("P7", "no-emergency")
        steps = self.paths.step(True)
        freer = (steps >= 0) & (steps < floor)
        if not freer.any():
            return Verdict("P7", "holds")
        number = self._simplest_place(range(len(self.paths.places)), freer.any(axis=1))
        code = int(freer[number].argmax())
        table = self.outcomes.table(self.paths.views[number])
        _, where = self.simplest(table == code - 1, range(table.ndim))
        story = self.story(self.paths.places[number], [self.outcomes.known(where)], grave=True)
        return Verdict("P7", "fails", stories=(story,), about={"step": self.plan.ladder.steps[floor]})

    def silence_never_pays(self) -> Verdict:
        """P8: keeping any figures back, in any years, never gives a freer step in any year."""
        twins = Twins(self.outcomes, self.paths, TWINS * self.most)
        try:
            found = twins.parted()
        except TooManyTwins:
            return Verdict("P8", "undecided", about={"why": "too-large", "size": twins.laid_out, "most": twins.most})
        if found is None:
            return Verdict("P8", "holds")
        stories = tuple(tell(self.outcomes, self.walks, found.start, y) for y in (found.honest, found.silent))
        return Verdict("P8", "fails", stories=stories, about={"kept_back": found.kept_back})

    def no_figure_alone(self) -> Verdict:
        """P9: from an all-ordinary institution, one goal's missing, for any reason and for ever, never leads to the
        strictest step."""
        ordinary, stands = self.outcomes.ordinary, self.paths.stands
        if ordinary is None or self.plan.ladder.initial == self.strictest:
            return _untried("P9", "no-ordinary" if ordinary is None else "initial-strictest")
        start = State(self.plan.ladder.initial) if self.walks.remembers else None
        best: tuple[int, int, Reason, tuple[Known, ...]] | None = None
        for axis in self.goals:
            for reason in (Reason.NOT_SUBMITTED, *Reason):
                if reason == Reason.NOT_APPLICABLE and self.plan.goals[axis].applies_when is None:
                    continue
                known = (*ordinary[:axis], self.outcomes.silent(axis, reason), *ordinary[axis + 1 :])
                walked = self.lasting(self.paths.number(start), known)
                years = next((n for n, place in enumerate(walked, 1) if stands[place] >= self.strictest), None)
                if years is not None and (best is None or years < best[0]):
                    best = (years, axis, reason, known)
        if best is None:
            return Verdict("P9", "holds")
        years, axis, reason, known = best
        story = tell(self.outcomes, self.walks, start, [Lived(known, {axis: reason})] * years)
        about = {
            "goal": self.plan.goals[axis].name,
            "reason": reason.word,
            "step": self.plan.ladder.steps[self.strictest],
        }
        return Verdict("P9", "fails", stories=(story,), about=about)

    def settles(self) -> Verdict:
        """P10: unchanged figures settle on a step."""
        if not self.walks.remembers:
            return Verdict("P10", "holds")
        import numpy as np

        labels, rows = self._alike()
        pieces = [self._unsettled(rows[first : first + ROWS]).any(axis=1) for first in range(0, len(rows), ROWS)]
        unsettled = np.concatenate(pieces)
        if not unsettled.any():
            return Verdict("P10", "holds")
        _, where = self.simplest(unsettled[labels], range(labels.ndim))
        row = int(labels.reshape(-1)[where])
        changing = self._unsettled(rows[row : row + 1])[0]
        number = self._simplest_place(range(len(self.paths.places)), changing)
        known = self.outcomes.known(where)
        years = min(len(self.lasting(number, known)) + 1, 6)
        return Verdict("P10", "fails", stories=(self.story(self.paths.places[number], [known] * years),))

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

    def _unsettled(self, rows: Any) -> Any:
        """Row × place: whether an institution that shows the same from then on keeps changing step."""
        import numpy as np

        paths, views = self.paths, self.outcomes.views()
        view_of, count = np.array([views.index(view) for view in paths.views]), len(self.paths.places)
        far: Any = paths.after(False)[np.arange(count), rows[:, view_of]].astype(np.int64)
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


def _holds_back(test: Expr) -> bool:
    """Whether a test only takes something away: a flag that must be false, or what is inside `not(…)`."""
    match test:
        case e.Flag(True) | e.Not():
            return True
        case e.Compare("=", _, e.Flag(value)):
            return not value
        case e.Logic(_, of):
            return all(_holds_back(part) for part in of)
        case _:
            return False


__all__ = ["PROPERTIES", "Outcome", "Property", "Verdict", "basis", "prove"]
