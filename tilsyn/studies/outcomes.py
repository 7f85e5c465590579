"""Everything that can be known of an institution in a period, and what the ladder says of it.

For each goal that is a range of plausible levels or a reason why there is no figure, for each other
input of the rules a class or that it is unknown. All combinations are laid out at once over the same
compiled table that the columns look up, so that a proof enumerates what is really read. Only ranges
that a goal's evidence and groups can give are laid out, and only what declared ranges allow; goals and
other inputs are free, each of the others, so that more is laid out than can occur (`dependence.py`).
How placements follow each other over the years is `walks.py`'s question; what must hold of it is
`proofs.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import cached_property
from itertools import pairwise, product
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.engine.exact import level_of
from tilsyn.engine.machine import Compiled, compile_ladder, held_most, pairs_of, reads, representative
from tilsyn.engine.nodes import Disposition, EquityNode, GoalNode, Outside, Plan
from tilsyn.engine.values import Reason, Value, round_half_up
from tilsyn.studies.dependence import Dependence, Ends

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

MOST = 40_000_000
"""Combinations that are laid out; a ladder with more is not proved, and says so."""

OFF, UNSURE, HIDDEN = 100, 10, 50
"""What makes an institution less simple: a goal off its ordinary level, a range or no figure, a figure kept back."""


class Known(Struct, frozen=True):
    """What is known of one goal or input: a range of positions, worst to best, or what having no figure leads to.

    A goal without a figure has a range of its own only where a group caps it.
    """

    worst: int | None
    best: int | None
    missing: Disposition | None = None

    @property
    def certain(self) -> bool:
        return self.missing is None and self.worst == self.best

    @property
    def levels(self) -> tuple[int, int] | None:
        """The range, where there is a figure."""
        return None if self.missing is not None or self.worst is None or self.best is None else (self.worst, self.best)


Range = tuple[int, int]
"""Freest and strictest plausible step; the same twice where the ladder reads the point alone."""

View = tuple[int, int]
"""From where rules see an institution: its previous step and the periods held, where they read them."""

Change = tuple[Known, Known]


OF = ("goal", "group", "both")
"""Whose figure is kept back: the goal's own (or the input's), that of a group, or both; the simplest first."""


class KeptBack(Struct, frozen=True):
    """One axis when something is kept back: the places of what would have been known and of what is shown instead.

    `sure` where that can happen as it stands, whatever is known of the others; else it is more than can."""

    honest: int
    silent: int
    reason: Reason
    of: str
    sure: bool = True


class Outcomes:
    """All combinations of what can be known. `codes` has one axis per goal, per other input, for the previous step
    and for periods held; a code is the range of plausible steps, -1 where nobody is assessed."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.steps = len(plan.ladder.steps)
        self.point = plan.ladder.movement is None or plan.ladder.movement.point_only
        self.goals = range(len(plan.goals))
        self.dependence = Dependence(plan)
        self.axes: tuple[tuple[Known, ...], ...] = (
            *(self._of_goal(goal) for goal in plan.goals),
            *(self._of_outside(outside) for outside in plan.ladder.outsides),
        )
        self._places = tuple({known: place for place, known in enumerate(axis)} for axis in self.axes)

    @property
    def outside(self) -> range:
        """The axes that are no goals."""
        return range(len(self.plan.goals), len(self.axes))

    @property
    def names(self) -> tuple[str, ...]:
        return (*(goal.name for goal in self.plan.goals), *(o.name for o in self.plan.ladder.outsides))

    @property
    def size(self) -> int:
        """How many combinations there are; asked before they are laid out."""
        ladder, count = self.plan.ladder, 1
        for axis in self.axes:
            count *= len(axis)
        return (
            count
            * (self.steps if reads(ladder, "previous") else 1)
            * (held_most(ladder) + 1 if reads(ladder, "held") else 1)
        )

    @property
    def blurred(self) -> bool:
        """Whether an unknown input is read at its strictest over all goals' plausible levels by a ladder that reads
        the point alone: then the levels that are laid out do not tell all."""
        return self.point and any("worst" in (k.missing for k in self.axes[n]) for n in self.outside)

    # what can be known

    def _dispositions(self) -> tuple[Disposition, ...]:
        return tuple(dict.fromkeys(disposition for _, disposition in self.plan.ladder.missing))

    def _of_goal(self, goal: GoalNode) -> tuple[Known, ...]:
        ranges = set(self._capped(goal, self._ranges(goal)))
        gone = [Known(None, None, d) for d in self._dispositions() if d != "worst"]
        if "worst" in self._dispositions():
            ranges.add((0, 0))
        if goal.equity is not None and not self.point and Known(None, None, "doubt") in gone:
            gone += [
                Known(0, b, "doubt") for _, b in self._capped(goal, [(0, len(goal.ranks) - 1)]) if b < self.top(goal)
            ]
        # certain ones first, so that what is listed begins with the simplest
        ordered = sorted(ranges, key=lambda r: (r[0] != r[1], r))
        return (*(Known(*r) for r in ordered), *dict.fromkeys(gone))

    @staticmethod
    def top(goal: GoalNode) -> int:
        return len(goal.ranks) - 1

    def _ranges(self, goal: GoalNode) -> list[Range]:
        """The ranges of positions that a goal's own figure can have, in the ranges of what it is made from."""
        low, high = self._reachable(goal)
        found = [(w, b) for w, b in self._ranges_of(goal) if low <= w and b <= high]
        return found or [(low, low)]

    def _reachable(self, goal: GoalNode) -> Range:
        """The positions that the least and the largest figure lead to, worst first."""
        if goal.evidence is not None and goal.evidence.word_from is not None:
            return 0, self.top(goal)
        ends = self.dependence.ends(goal.measure)
        worst, best = ends if goal.higher else (ends[1], ends[0])
        return (
            0 if worst is None else goal.ranks.index(level_of(goal, round_half_up(worst, goal.decimals))),
            self.top(goal) if best is None else goal.ranks.index(level_of(goal, round_half_up(best, goal.decimals))),
        )

    def _ranges_of(self, goal: GoalNode) -> list[Range]:
        evidence, every = goal.evidence, pairs_of(len(goal.ranks))
        if evidence is not None and evidence.word_from is not None:
            inside = [[p for p, rank in enumerate(goal.ranks) if w.worst <= rank <= w.best] for w in evidence.words]
            if self.point:
                return [(p, p) for p in sorted({p for positions in inside for p in positions})]
            return [(positions[0], positions[-1]) for positions in inside if positions]
        if self.point or evidence is None:
            return [(w, b) for w, b in every if w == b]
        return every

    def _capped(self, goal: GoalNode, ranges: Sequence[Range]) -> list[Range]:
        """The ranges with those that a group's result may make of them."""
        if goal.equity is None:
            return list(ranges)
        return [_cap(goal, goal.equity, r, limits) for r in ranges for limits in self._limits(goal, goal.equity)]

    def _limits(self, goal: GoalNode, equity: EquityNode) -> list[Limits]:
        """Every way in which a group may cap a goal. Groups that are too few, or that it does not concern, never do."""
        withheld = [reason for reason in Reason if reason not in (Reason.TOO_FEW, Reason.NOT_APPLICABLE)]
        hidden = (self._hidden(goal, equity, self.plan.ladder.disposition(reason)) for reason in withheld)
        return list(dict.fromkeys(((False, False), *self._shown(goal, equity), *hidden)))

    def _shown(self, goal: GoalNode, equity: EquityNode) -> list[Limits]:
        """How a group's figure may cap a goal; its levels are made like the goal's own."""
        below = goal.ranks.index(equity.no_worse_than)
        return list(dict.fromkeys((worst < below, best < below) for worst, best in self._ranges(goal)))

    def _hidden(self, goal: GoalNode, equity: EquityNode, disposition: Disposition) -> Limits:
        """How a group without a figure caps a goal; where the point alone is read it does not in doubt."""
        could = goal.ranks.index(equity.no_worse_than) > 0
        match disposition:
            case "leave-out":
                return False, False
            case "doubt":
                return could and not self.point, False
            case "worst":
                return could, could

    def _of_outside(self, outside: Outside) -> tuple[Known, ...]:
        classes = [Known(c, c) for c in range(outside.classes) if self.value(outside, c) is not None]
        return (*classes, *(Known(None, None, d) for d in self._dispositions()))

    def value(self, outside: Outside, number: int) -> Value | None:
        """A value of a class of an input, as finely as it is rounded; None where no value is in the class."""
        if outside.type != "number":
            return representative(outside, number)
        decimals = next(q.decimals for q in self.plan.quantities if q.name == outside.name)
        unit = None if decimals is None else Fraction(1, 10**decimals)
        low, high = self.dependence.ends(e.Ref(outside.name))
        place, at = divmod(number, 2)
        if at:
            bound = outside.bounds[place]
            fits = (low is None or low <= bound) and (high is None or bound <= high)
            return bound if fits and (unit is None or bound % unit == 0) else None
        above = outside.bounds[place - 1] if place else None
        below = outside.bounds[place] if place < len(outside.bounds) else None
        return _between((above, below), (low, high), unit)

    def has(self, axis: int, known: Known) -> bool:
        """Whether something is laid out along an axis."""
        return known in self._places[axis]

    def place(self, axis: int, known: Known) -> int:
        return self._places[axis][known]

    def silent(self, axis: int, reason: Reason) -> Known:
        """What is known of a goal or input without a figure, for a reason. `worst` is to be on the worst level."""
        disposition = self.plan.ladder.disposition(reason)
        return Known(0, 0) if disposition == "worst" and axis in self.goals else Known(None, None, disposition)

    # what differs in one goal

    def better(self, axis: int) -> list[Change]:
        """Every smallest improvement of a goal's levels, and those from one certain level to the next; larger ones are
        made of these."""
        certain = sorted(k.levels for k in self.axes[axis] if k.levels is not None and k.certain)
        smallest = self._covers(axis, lambda one, other: one[0] <= other[0] and one[1] <= other[1])
        return list(dict.fromkeys([*((Known(*a), Known(*b)) for a, b in pairwise(certain)), *smallest]))

    def wider(self, axis: int) -> list[Change]:
        """Every smallest widening of a goal's range."""
        return self._covers(axis, lambda one, other: other[0] <= one[0] and one[1] <= other[1])

    def _covers(self, axis: int, less: Callable[[Range, Range], bool]) -> list[Change]:
        """The pairs of ranges with nothing between them in an order."""
        ranges = [k.levels for k in self.axes[axis] if k.levels is not None]
        above = {one: {other for other in ranges if other != one and less(one, other)} for one in ranges}
        return [
            (Known(*one), Known(*other))
            for one in ranges
            for other in sorted(above[one])
            if not any(other in above[between] for between in above[one])
        ]

    def kept_back(self, axis: int, reasons: Sequence[Reason]) -> list[KeptBack]:
        """Every way in which something of a goal or input can be kept back, each pair of places once."""
        read = self.dependence.axes[axis]
        if not read.figures - self.dependence.emergency:
            return []
        alone = self.dependence.alone(axis)
        found: dict[tuple[int, int], KeptBack] = {}
        for reason in reasons:
            for honest, silent, of in sorted(self._ways(axis, reason), key=lambda way: OF.index(way[2])):
                pair = (self.place(axis, honest), self.place(axis, silent))
                if pair[0] != pair[1]:
                    sure = read.strict and read.single and alone and (honest.missing is None or of == "group")
                    found.setdefault(pair, KeptBack(*pair, reason, of, sure))
            for honest, silent in self._any_way(axis, reason):
                pair = (self.place(axis, honest), self.place(axis, silent))
                if pair[0] != pair[1]:
                    found.setdefault(pair, KeptBack(*pair, reason, "goal", sure=False))
        return list(found.values())

    def without_groups(self, axis: int, reason: Reason, known: Known) -> list[Known]:
        """What is known of a goal instead of something, where a group's figure, its own or both are kept back."""
        if self.plan.goals[axis].equity is None:
            return []
        return [silent for honest, silent, _ in self._ways(axis, reason) if honest == known]

    def _any_way(self, axis: int, reason: Reason) -> Iterator[tuple[Known, Known]]:
        """All that keeping something back may lead to where it may lead to more than no figure for that reason: to
        none for another one, of what was missing already; or to anything at all."""
        read, every = self.dependence.axes[axis], self.axes[axis]
        if read.loose:
            yield from product(every, every)
        elif not read.strict:
            # of several reasons the one that comes first is given
            others = [self.silent(axis, other) for other in Reason if other >= reason]
            yield from product(every, dict.fromkeys(others))
        elif not read.single:
            yield from ((k, self.silent(axis, reason)) for k in every if k.missing is not None)

    def _ways(self, axis: int, reason: Reason) -> Iterator[tuple[Known, Known, str]]:
        """What would have been known, and what is when the figure, a group's or both are kept back."""
        if axis in self.outside:
            yield from ((k, self.silent(axis, reason), "goal") for k in self.axes[axis] if k.missing is None)
            return
        goal = self.plan.goals[axis]
        own, equity = self.silent(axis, reason), goal.equity
        if equity is None:
            yield from ((k, own, "goal") for k in self.axes[axis] if k.missing is None)
            return
        hidden = self._hidden(goal, equity, self.plan.ladder.disposition(reason))
        bare = [k for k in self.axes[axis] if k.missing is not None and k.worst is None]
        for others, group in product(self._limits(goal, equity), self._shown(goal, equity)):
            seen = (others[0] or group[0], others[1] or group[1])
            unseen = (others[0] or hidden[0], others[1] or hidden[1])
            for r in self._ranges(goal):
                honest = Known(*_cap(goal, equity, r, seen))
                yield honest, Known(*_cap(goal, equity, r, unseen)), "group"
                yield honest, self._without(goal, own, seen), "goal"
                yield honest, self._without(goal, own, unseen), "both"
            yield from ((self._without(goal, k, seen), self._without(goal, k, unseen), "group") for k in bare)

    def _without(self, goal: GoalNode, gone: Known, limits: Limits) -> Known:
        """A goal without a figure of its own, capped by its groups."""
        if gone.missing != "doubt" or goal.equity is None or self.point:
            return gone
        best = _cap(goal, goal.equity, (0, self.top(goal)), limits)[1]
        return gone if best == self.top(goal) else Known(0, best, "doubt")

    # the table

    @cached_property
    def compiled(self) -> Compiled:
        return compile_ladder(self.plan.ladder, self.plan.goals)

    def _table(self, codes: Any) -> Any:
        """A compiled table laid out over what can be known."""
        import numpy as np

        compiled = self.compiled
        shape = (*(axis.size for axis in compiled.axes), compiled.previous, compiled.held)
        whole = [np.arange(compiled.previous), np.arange(compiled.held)]
        return codes.reshape(shape)[np.ix_(*(self._boxes(number) for number in range(len(self.axes))), *whole)]

    @cached_property
    def codes(self) -> Any:
        import numpy as np

        plan, rules, start = self.plan, self.compiled.rules, len(self.plan.goals)
        # one rule past the last step is no rule; -1 stays -1
        step_of = np.array([*(code // rules for code in range(rules * self.steps)), self.steps, -1], dtype=np.int16)
        freest, strictest = step_of[self._table(self.compiled.freest)], step_of[self._table(self.compiled.strictest)]
        if start < len(self.axes):
            strict = self._over(
                [[k.missing == "worst" for k in axis] for axis in self.axes[start:]], start, np.logical_or
            )
            freest = np.where(strict, strictest, freest)
        weighed = [(goal.weight, axis) for goal, axis in zip(plan.goals, self.axes, strict=False)]
        covered = self._over([[w * (k.missing is None) for k in axis] for w, axis in weighed], 0, np.add)
        applicable = self._over([[w * (k.missing != "leave-out") for k in axis] for w, axis in weighed], 0, np.add)
        share = plan.ladder.coverage
        assessed = (covered > 0) & (covered * share.denominator >= share.numerator * applicable)
        assessed = assessed & (freest < self.steps) & (strictest >= 0)
        return np.where(assessed, freest * self.steps + strictest, -1).astype(np.int16)

    def _boxes(self, number: int) -> Any:
        """For each thing that can be known along an axis its number in the compiled table."""
        import numpy as np

        return np.array([self._box(number, known) for known in self.axes[number]])

    def _box(self, number: int, known: Known) -> int:
        box = self.compiled.axes[number]
        if known.worst is not None:
            return box.number(known.worst, known.best)
        # the point reading leaves out what is missing, but for an input that can only be one thing
        if known.missing == "leave-out" or (self.point and (number in self.goals or box.levels > 1)):
            return box.left_out
        return box.number(0, box.levels - 1)

    def _over(self, along: Sequence[Sequence[Any]], start: int, join: Any) -> Any:
        """What stands along each axis from `start`, joined over all combinations."""
        import numpy as np

        rank = len(self.axes) + 2
        total: Any = None
        for offset, values in enumerate(along):
            shape = [1] * rank
            shape[start + offset] = len(values)
            part = np.array(values).reshape(shape)
            total = part if total is None else join(total, part)
        return total

    # reading

    def ranged(self, code: int) -> Range | None:
        return None if code < 0 else (code // self.steps, code % self.steps)

    def at(self, known: Sequence[Known], view: View) -> Range | None:
        """What the ladder says of one combination, seen from a step and the periods held there."""
        return self.ranged(int(self.codes[(*(self.place(axis, k) for axis, k in enumerate(known)), *view)]))

    def rules_at(self, known: Sequence[Known], view: View) -> tuple[str, ...]:
        """The rules of the freest and of the strictest plausible step of a combination that is assessed."""
        compiled, key = self.compiled, 0
        for number, k in enumerate(known):
            key = key * compiled.axes[number].size + self._box(number, k)
        key = (key * compiled.previous + view[0]) * compiled.held + view[1]
        freest, strictest = int(compiled.freest[key]), int(compiled.strictest[key])
        if any(known[n].missing == "worst" for n in self.outside):
            freest = strictest
        rules = self.plan.ladder.rules
        return tuple(dict.fromkeys(rules[code % compiled.rules].id for code in (freest, strictest)))

    def seen(self, previous: int, held: int) -> View:
        """The places of a step and the periods held, which count only where rules read them."""
        compiled = self.compiled
        return (previous if compiled.previous > 1 else 0), min(held, compiled.held - 1)

    def views(self) -> list[View]:
        """Every place from which rules can tell institutions apart."""
        return [(p, h) for p in range(self.compiled.previous) for h in range(self.compiled.held)]

    def table(self, view: View) -> Any:
        """The codes as they are seen from a place, one axis per goal and per other input."""
        return self.codes[(..., *view)]

    @property
    def kinds(self) -> int:
        """How many codes there may be, the one of the not assessed included."""
        return self.steps * self.steps + 1

    def occurring(self, view: View) -> tuple[int, ...]:
        """The codes that are seen from a place."""
        import numpy as np

        return tuple(int(c) - 1 for c in np.flatnonzero(np.bincount(self.table(view).reshape(-1) + 1)))

    def known(self, flat: int) -> tuple[Known, ...]:
        """What is known in a combination, by its place in the flattened table of one view."""
        import numpy as np

        places = np.unravel_index(flat, tuple(len(axis) for axis in self.axes))
        return tuple(axis[int(place)] for axis, place in zip(self.axes, places, strict=True))

    # what is simple

    @property
    def ordinary(self) -> tuple[Known, ...] | None:
        """The first of those that are ordinary in everything; None where there is none."""
        return self.ordinaries[0][0] if self.ordinaries else None

    @cached_property
    def ordinaries(self) -> tuple[tuple[tuple[Known, ...], ...], ...]:
        """Every goal on the same level (where it has it, else the next better one), one that keeps an institution on
        the initial step, the lowest first; for each all that is known of other inputs where it does."""
        initial = self.plan.ladder.initial
        view = self.seen(initial, 1 if self.plan.ladder.movement is not None else 0)
        outside = [[k for k in self.axes[n] if k.missing is None] for n in self.outside]
        everybody: list[tuple[tuple[Known, ...], ...]] = []
        for rank in range(len(self.plan.ladder.levels)):
            places = [
                next((p for p, own in enumerate(goal.ranks) if own >= rank), self.top(goal)) for goal in self.plan.goals
            ]
            goals = [Known(p, p) for p in places]
            if any(k not in self._places[n] for n, k in enumerate(goals)):
                continue
            every = ((*goals, *rest) for rest in product(*outside))
            found = tuple(known for known in every if self.at(known, view) == (initial, initial))
            everybody += [found] if found else []
        return tuple(everybody)

    def costs(self, axis: int) -> list[int]:
        """How far from simple each thing is that can be known along an axis."""
        usual = self.ordinary[axis] if self.ordinary is not None else None

        def cost(known: Known) -> int:
            far = 0 if usual is None or usual.worst is None else abs((known.worst or 0) - usual.worst)
            return OFF * (usual is not None and known != usual) + UNSURE * (not known.certain) + min(far, UNSURE - 1)

        return [cost(known) for known in self.axes[axis]]


Limits = tuple[bool, bool]
"""Whether the groups cap a goal in the strictest and in the freest reading; never only in the freest."""


def _cap(goal: GoalNode, equity: EquityNode, r: Range, limits: Limits) -> Range:
    cap = goal.ranks.index(equity.cap)
    return min(r[0], cap) if limits[0] else r[0], min(r[1], cap) if limits[1] else r[1]


def _between(apart: tuple[Fraction | None, Fraction | None], ends: Ends, unit: Fraction | None) -> Fraction | None:
    """A number between two others, which it is neither of, and within ends, which it may be; a multiple of the unit.
    None where there is none."""
    (above, below), (low, high) = apart, ends
    if unit is not None:
        if above is None and low is None:
            most = None if below is None else -(-below // unit) * unit - unit
            most = most if high is None else min(high // unit * unit, *(() if most is None else (most,)))
            return Fraction(0) if most is None else most
        least = -MANY if above is None else above // unit * unit + unit
        least = least if low is None else max(least, -(-low // unit) * unit)
        return least if (below is None or least < below) and (high is None or least <= high) else None
    under = low if above is None or (low is not None and low > above) else above
    over = high if below is None or (high is not None and high < below) else below
    if under is None or over is None:
        return over - 1 if over is not None else under + 1 if under is not None else Fraction(0)
    if under < over:
        return (under + over) / 2
    return under if under == over and under == low and over == high else None


MANY = Fraction(10**18)
"""More than any number there is."""
