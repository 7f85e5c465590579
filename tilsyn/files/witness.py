"""Figures that give certain levels: an ordinary institution changed until it is read as a story says.

A search over plain candidates, and no solver: figures in the middle of a band and beside its boundaries, on much and
on little evidence, one goal after the other. Whatever it finds has been read exactly; what it does not find is said
to be not found. It belongs to the files because it writes what a file would hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.exact import Exact
from tilsyn.engine.machine import class_of
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import EvidenceNode, GoalNode, Outside, Plan
from tilsyn.engine.values import Missing, Reason, Value, compared, round_half_up
from tilsyn.engine.working import GoalWorking, Placement
from tilsyn.files.observations import CASE, rows_from_given
from tilsyn.problems import DataError
from tilsyn.studies.outcomes import Known
from tilsyn.studies.stories import Year

Given = dict[str, Any]

MANY = (1000, 10_000, 1_000_000, 300, 100, 50, 30, 20, 12, 8, 6, 5, 4, 3, 2, 1)
"""How many persons, cases or years a figure may rest on; those on which it is sure come first."""

ERRORS = tuple(Fraction(2**n, 1000) for n in range(18))
"""Standard errors that are tried, the surest first."""

DECIMALS = 6
"""Decimals of a figure whose indicator names none."""

GRID = 40
"""Figures that are tried over an indicator's range where a goal has no boundary to aim at."""

FEWEST = 1000
"""Persons behind a figure whose interval does not depend on them."""


class NotFound(Exception):
    """No figures were found: why (a key of the texts), and for which goal or input."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code, self.name = code, name


class Wanted(Struct, frozen=True):
    """What figures must give: a year of a story. In `groups` a group's figure makes the difference to a goal: it is
    bad, and the one that is `silent` keeps it back for a reason."""

    year: Year
    groups: Mapping[str, Reason]
    silent: bool


class Finder:
    """The search for the figures of one institution in a period."""

    def __init__(self, policy: Policy, plan: Plan, period: Period) -> None:
        self.policy, self.plan, self.period = policy, plan, period
        self.indicators = {i.name: i for i in plan.indicators}
        movement = plan.ladder.movement
        self.point = movement is None or movement.point_only

    def found(self, wanted: Wanted, before: State | None) -> tuple[Given, Placement]:
        """What is given, and how it is placed. Raises NotFound."""
        given: Given = {}
        for axis, goal in enumerate(self.plan.goals):
            given |= self._goal(goal, axis, wanted)
        for outside, value in zip(self.plan.ladder.outsides, wanted.year.inputs, strict=True):
            given |= self._input(outside, value, given)
        given |= self._grave(wanted.year.grave, given)
        exact = self._read(given)
        goals = tuple(exact.goal(goal, CASE, self.period.index) for goal in self.plan.goals)
        placed = exact.placed(goals, CASE, self.period.index, before)
        ladder = placed.ladder
        freest, strictest = (ladder.point, ladder.point) if self.point else (ladder.freest, ladder.strictest)
        seen = None if freest is None or strictest is None else (freest.step, strictest.step)
        year = wanted.year
        if (placed.step, seen, placed.grave) != (year.step, year.seen, year.grave):
            raise NotFound("together")
        return given, placed

    def _read(self, given: Given) -> Exact:
        return Exact(self.plan, rows_from_given(self.policy.area, given, {}, self.period).to_dicts())

    def _tried(
        self, candidates: Iterable[Given], fits: Callable[[Exact], bool], given: Given | None = None
    ) -> Given | None:
        """The first candidate that fits, beside what is given; those that no file could hold are passed over."""
        for candidate in candidates:
            try:
                exact = self._read({**(given or {}), **candidate})
            except DataError:
                continue
            if fits(exact):
                return candidate
        return None

    # goals

    def _goal(self, goal: GoalNode, axis: int, wanted: Wanted) -> Given:
        known, why = wanted.year.known[axis], wanted.year.why[axis]
        # groups that are too few are in nobody's way
        quiet = {f"{column}.missing": Reason.TOO_FEW.word for column in self._columns_of_groups(goal)}
        ways: list[Iterable[Given]] = []
        if goal.name in wanted.groups:
            ways.append(self._beside_group(goal, wanted.groups[goal.name] if wanted.silent else None))
        ways.append([{}])
        own = self._gone(goal, why) if why is not None else self._figures(goal, None, known)
        ways.append({**extra, **figures} for figures in own for extra in ({}, quiet))

        def fits(exact: Exact) -> bool:
            found = exact.goal(goal, CASE, self.period.index)
            return found.reason == why and self._is(goal, found, known)

        for way in ways:
            given = self._tried(way, fits)
            if given is not None:
                return given
        raise NotFound("figure", goal.name)

    def _is(self, goal: GoalNode, found: GoalWorking, known: Known) -> bool:
        """Whether a goal is read as a story says."""
        if known.worst is None or known.best is None:
            return found.disposition == known.missing
        ends = (found.point, found.point) if self.point else (found.worst, found.best)
        return ends == (goal.ranks[known.worst], goal.ranks[known.best])

    def _columns_of_groups(self, goal: GoalNode) -> list[str]:
        members = goal.equity.members if goal.equity is not None else ()
        return [f"{indicator}@{member}" for indicator in self._read_by(goal.measure) for member in members]

    def _beside_group(self, goal: GoalNode, hidden: Reason | None) -> Iterator[Given]:
        """A goal that would be better but for a group whose figure is bad, or is kept back for a reason."""
        assert goal.equity is not None
        first, *others = self._columns_of_groups(goal)
        quiet = {f"{column}.missing": Reason.TOO_FEW.word for column in others}
        member = goal.equity.members[0]
        bad: Given | None = {f"{first}.missing": hidden.word} if hidden is not None else None
        if bad is None:
            worst = goal.ranks[0]
            bad = self._tried(
                self._figures(goal, member, Known(0, 0)),
                lambda exact: exact.reading(goal, member, CASE, self.period.index).best_level == worst,
            )
        for place in reversed(range(len(goal.ranks))):
            own = self._tried(self._figures(goal, None, Known(place, place)), self._certainly(goal, place))
            if own is not None and bad is not None:
                yield {**quiet, **bad, **own}

    def _certainly(self, goal: GoalNode, place: int) -> Callable[[Exact], bool]:
        """Whether a goal's own figure is on a level beyond doubt."""
        rank = goal.ranks[place]

        def fits(exact: Exact) -> bool:
            found = exact.reading(goal, None, CASE, self.period.index)
            return found.worst_level == found.best_level == rank

        return fits

    def _gone(self, goal: GoalNode, why: Reason) -> Iterator[Given]:
        """Ways to have no figure for a reason."""
        yield {f"{indicator}.missing": why.word for indicator in self._read_by(goal.measure)}
        if why == Reason.NOT_APPLICABLE and goal.applies_when is not None:
            yield from ({ref.name: False} for ref in e.refs(goal.applies_when))

    # figures

    def _figures(self, goal: GoalNode, member: str | None, known: Known) -> Iterator[Given]:
        """Figures that may put a goal, or a group of it, on levels; the surest first."""
        evidence, targets = goal.evidence, self._targets(goal, known)
        if evidence is None:
            read = self._read_by(goal.measure)
            for name in read:
                yield from self._affine(goal, name, member, targets)
            for name in read:
                yield from self._over(name if member is None else f"{name}@{member}")
            return
        for given in self._affine(goal, evidence.indicator, member, targets):
            column = evidence.indicator if member is None else f"{evidence.indicator}@{member}"
            yield from self._with_evidence(goal, evidence, column, given, known, targets)

    def _with_evidence(
        self, goal: GoalNode, evidence: EvidenceNode, column: str, given: Given, known: Known, targets: list[Fraction]
    ) -> Iterator[Given]:
        """A figure on more or less evidence, by the method."""
        assert known.worst is not None
        assert known.best is not None
        wide = self._spread(goal)
        counted = {f"{column}.n": FEWEST} if evidence.at_least_n or evidence.at_least_n_each else {}
        if evidence.word_from is not None:
            ends = goal.ranks[known.worst], goal.ranks[known.best]
            words = [w.word for w in evidence.words if self.point or (w.worst, w.best) == ends]
            yield from ({**given, **counted, evidence.word_from: word} for word in words)
            return
        match evidence.method:
            case "student-t/v1":
                sd = self._typical(f"{column}.sd") or _plain(wide, DECIMALS)
                yield from ({**given, f"{column}.n": n, f"{column}.sd": sd} for n in MANY)
            case "normal/v1":
                yield from ({**given, **counted, f"{column}.se": _plain(error, DECIMALS)} for error in ERRORS)
            case "given/v1":
                x = Fraction(str(given[column]))
                slope = self._slope(goal, column)
                ends = sorted({x, *(x + (m - targets[0]) / slope for m in targets)})
                pairs = sorted(product(ends, ends), key=lambda pair: pair[1] - pair[0])
                yield from (
                    {
                        **given,
                        **counted,
                        f"{column}.low": _plain(low, DECIMALS),
                        f"{column}.high": _plain(high, DECIMALS),
                    }
                    for low, high in pairs
                    if low <= x <= high
                )
            case _:
                base = COUNTED[self.indicators[evidence.indicator].kind]
                x, rest = Fraction(str(given[column])), {k: v for k, v in given.items() if k != column}
                yield from (
                    {**rest, f"{column}.{base}": n, f"{column}.count": int(round_half_up(x * n, 0))} for n in MANY
                )

    def _targets(self, goal: GoalNode, known: Known) -> list[Fraction]:
        """Values of the measure that may be on the levels: inside each band, then beside its boundaries."""
        if known.worst is None or known.best is None:
            return []
        bounds, wide, unit = [cut.bound for cut in goal.cuts], self._spread(goal), Fraction(1, 10**goal.decimals)
        better = 1 if goal.higher else -1
        found: list[Fraction] = []
        for place in range(known.worst, known.best + 1):
            if 0 < place < len(bounds):
                found.append((bounds[place - 1] + bounds[place]) / 2)
            elif bounds:
                end, way = (bounds[0], -better) if place == 0 else (bounds[-1], better)
                found += [end + way * wide * share for share in (Fraction(1, 2), Fraction(1, 8), Fraction(2))]
        for place in range(known.worst, min(known.best + 1, len(bounds))):
            found += [bounds[place] + n * unit for n in (0, 1, -1, 3, -3)]
        for place in range(max(known.worst - 1, 0), known.worst):
            found += [bounds[place] + n * unit for n in (0, better, 3 * better)]
        return list(dict.fromkeys(round_half_up(x, goal.decimals) for x in found))

    def _spread(self, goal: GoalNode) -> Fraction:
        """How far apart a goal's boundaries lie."""
        bounds = [cut.bound for cut in goal.cuts]
        return max((abs(b - a) for a, b in pairwise(bounds)), default=Fraction(1)) or Fraction(1)

    def _affine(self, goal: GoalNode, name: str, member: str | None, targets: Iterable[Fraction]) -> Iterator[Given]:
        """The indicator's figure at which the measure has a value, where it is a straight line in it."""
        column = name if member is None else f"{name}@{member}"
        beside = self._expected(goal, name, column)
        at_none = self._measured(goal, name, beside, column, Fraction(0))
        at_one = self._measured(goal, name, beside, column, Fraction(1))
        if at_none is None or at_one is None or at_none == at_one:
            return
        for target in targets:
            yield {column: self._fitting(name, (target - at_none) / (at_one - at_none)), **beside}

    def _slope(self, goal: GoalNode, column: str) -> Fraction:
        name = column.partition("@")[0]
        beside = self._expected(goal, name, column)
        ends = [self._measured(goal, name, beside, column, Fraction(x)) for x in (0, 1)]
        return (ends[1] or Fraction(0)) - (ends[0] or Fraction(0)) or Fraction(1)

    def _expected(self, goal: GoalNode, name: str, column: str) -> Given:
        """The expected result that a measure reads: the typical one, else the middle of the range."""
        indicator = self.indicators[name]
        if not any(r.name == name and r.field == "expected" for r in e.refs(goal.measure)) or indicator.kind == "ratio":
            return {}
        found = self._typical(f"{column}.expected") or self._typical(f"{name}.expected")
        if found is None:
            low, high = indicator.low or Fraction(0), indicator.high or Fraction(1)
            found = _plain((low + high) / 2, DECIMALS)
        return {f"{column}.expected": found}

    def _typical(self, column: str) -> int | float | None:
        """A number of the typical institution."""
        found = self.policy.area.typical.get(column)
        return None if found is None or isinstance(found, (str, bool)) else _plain(Fraction(found), DECIMALS)

    def _measured(self, goal: GoalNode, name: str, beside: Given, column: str, x: Fraction) -> Fraction | None:
        """The measure at a figure, all else as it is typically."""
        fields: dict[str, Value] = {name: x}
        if beside:
            fields[f"{name}.expected"] = Fraction(str(beside[f"{column}.expected"]))
        found = self._read({}).evaluate(goal.measure, CASE, self.period.index, fields)
        return found if isinstance(found, Fraction) else None

    def _fitting(self, name: str, x: Fraction) -> int | float:
        """A figure within its indicator's range, as finely as it may be written."""
        node, decimals = self.indicators[name], self.policy.area.indicators[name].decimals
        if node.low is not None and node.high is not None:
            x = max(node.low, min(x, node.high))
        return _plain(x, DECIMALS if decimals is None else decimals)

    def _over(self, column: str) -> Iterator[Given]:
        """What an indicator or attribute may be, from one end to the other."""
        name = column.partition("@")[0]
        area = self.policy.area
        kind = area.indicators[name].kind if name in area.indicators else area.attributes.get(name)
        match kind:
            case "flag":
                yield from ({column: answer} for answer in (True, False))
            case "category":
                yield from ({column: word} for word in area.indicators[name].values or ())
            case "text" | None:
                return
            case _:
                node = self.indicators.get(name)
                low = node.low if node is not None and node.low is not None else Fraction(0)
                high = node.high if node is not None and node.high is not None else Fraction(100)
                points = (low + (high - low) * n / GRID for n in range(GRID + 1))
                yield from ({column: self._fitting(name, x) if node is not None else _plain(x, 0)} for x in points)

    # other inputs

    def _input(self, outside: Outside, value: Value, given: Given) -> Given:
        """What makes another input of the rules be something."""

        def fits(exact: Exact) -> bool:
            found = exact.named(outside.name, CASE, self.period.index)
            if isinstance(found, Missing) or isinstance(value, Missing):
                return found == value
            classes = (class_of(outside, compared(v) if isinstance(v, Fraction) else v) for v in (found, value))
            return len(set(classes)) == 1

        return self._made(outside.name, value, fits, given) if not fits(self._read(given)) else {}

    def _made(self, name: str, value: Value, fits: Callable[[Exact], bool], given: Given) -> Given:
        read = self._read_by(e.Ref(name), attributes=True)
        free = [column for column in read if not any(key.partition(".")[0] == column for key in given)]
        candidates: list[Given] = []
        for column in free:
            if isinstance(value, Missing):
                candidates.append(
                    {f"{column}.missing": value.reason.word} if column in self.indicators else {column: None}
                )
            else:
                literal = _literal(value)
                candidates += [{column: literal}, *self._over(column)]
        found = self._tried(candidates, fits, given)
        if found is None:
            raise NotFound("input", name)
        return found

    def _grave(self, grave: bool, given: Given) -> Given:
        """What makes something grave have happened, or not."""
        movement = self.plan.ladder.movement
        if movement is None or movement.grave_when is None:
            return {}
        when = movement.grave_when

        def fits(exact: Exact) -> bool:
            return (exact.evaluate(when, CASE, self.period.index) is True) == grave

        columns = [name for name in self._read_by(when, attributes=True) if name not in given]
        found = self._tried([{}, *(given for column in columns for given in self._over(column))], fits, given)
        if found is None:
            raise NotFound("grave")
        return found

    def _read_by(self, expr: Expr, *, attributes: bool = False) -> list[str]:
        """The indicators (and attributes) that an expression reads, through quantities too."""
        quantities = {q.name: q for q in self.plan.quantities}
        known = {*self.indicators, *(dict(self.plan.attributes) if attributes else ())}
        found, waiting, met = list[str](), [ref.column for ref in e.refs(expr)], set[str]()
        while waiting:
            asked = waiting.pop(0)
            if asked in met:
                continue
            met.add(asked)
            if asked in quantities:
                waiting += [ref.column for part in quantities[asked].parts for ref in e.refs(part)]
                continue
            name = asked.partition(".")[0].partition("@")[0]
            if name in known and name not in found:
                found.append(name)
        return found


def _literal(value: Value) -> object:
    return _plain(value, DECIMALS) if isinstance(value, Fraction) else value


def _plain(x: Fraction, decimals: int) -> int | float:
    """A number as a file has it."""
    rounded = round_half_up(x, decimals)
    return int(rounded) if rounded.denominator == 1 else float(rounded)
