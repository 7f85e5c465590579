"""Counterexamples of a proof as authors' cases: figures that give the levels of a story, and the file they go to.

A proof speaks of levels. Here an ordinary institution's figures are changed until the exact reading finds
the same levels in them, one goal after another, and the whole is read again before it is written. It is a search
over plain candidates, not a solver: what it does not find is said to be not found. A case shows what the rules do
today; when they are mended, it is what it expects that must change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.catalogue.periods import Period, containing
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.exact import Exact
from tilsyn.engine.machine import class_of
from tilsyn.engine.movement import start_of
from tilsyn.engine.nodes import EvidenceNode, GoalNode, IndicatorNode, Plan
from tilsyn.engine.values import Missing, Value, compared, round_half_up
from tilsyn.engine.working import GoalWorking, Placement, Reading
from tilsyn.files.export import put
from tilsyn.files.observations import CASE, rows_from_given
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.studies.outcomes import Known
from tilsyn.studies.proofs import Verdict
from tilsyn.studies.silence import Withheld
from tilsyn.studies.stories import Year
from tilsyn.studies.walks import Walks
from tilsyn.telling.proofs import case_name
from tilsyn.telling.subjects import Proved, Saved, Unsaved
from tilsyn.telling.words import LANGS

Given = dict[str, Any]

MANY = (1_000_000, 10_000, 1000, 100, 50, 30, 20, 12, 8, 6, 5, 4, 3, 2, 1)
"""How many persons, cases or years a figure may rest on; the surest first."""

ERRORS = tuple(Fraction(1, 1000) * 2**n for n in range(18))
"""Standard errors that are tried, the surest first."""

DECIMALS = 6
"""Decimals of a figure whose indicator names none."""

GRID = 40
"""Figures that are tried over an indicator's range where nothing better is known."""


class _NotFound(Exception):
    """No figures were found: why (a key of the texts), and for which goal or input."""

    def __init__(self, code: str, name: str = "") -> None:
        super().__init__(code, name)
        self.code, self.name = code, name


def save_cases(found: Sequence[Proved], file: Path) -> Saved:
    """Writes every counterexample as cases, a document for each area, and says which could not be written.

    Nothing is written where there is nothing to write. Raises UsageError or SurroundingsError.
    """
    if file.suffix.lower() != ".yaml":
        raise UsageError(Problem(Where(str(file)), "case-file-ending", {"found": file.suffix or file.name}))
    documents: list[tuple[str, list[dict[str, Any]]]] = []
    unsaved: list[Unsaved] = []
    for proved in found:
        cases: list[dict[str, Any]] = []
        for verdict in proved.verdicts:
            if verdict.outcome != "fails":
                continue
            try:
                cases += _cases(proved, verdict)
            except _NotFound as fault:
                unsaved.append(Unsaved(proved, verdict.property, fault.code, fault.name))
        if cases:
            documents.append((f"goals/{proved.policy.area.area}.yaml", cases))
    if documents:
        put(file, lambda target: target.write_text(_text(documents), encoding="utf-8"))
    return Saved(file, sum(len(cases) for _, cases in documents), tuple(unsaved))


def _text(documents: Sequence[tuple[str, list[dict[str, Any]]]]) -> str:
    """The cases as YAML, each area's under the name of the file that they belong to."""
    import yaml

    parts: list[str] = []
    for name, cases in documents:
        dumped = yaml.safe_dump({"cases": cases}, allow_unicode=True, sort_keys=False, width=110)
        parts.append(f"# {name}\n{dumped}")
    return "---\n".join(parts)


def _cases(proved: Proved, verdict: Verdict) -> list[dict[str, Any]]:
    """A case for each period of each story of a property."""
    if not verdict.stories:
        raise _NotFound("no-institution")
    plan, walks = proved.plan, Walks.of(proved.plan.ladder)
    period = _first_period(proved.policy)
    kept: Any = verdict.about.get("kept_back", ())
    found: list[dict[str, Any]] = []
    for silent, story in enumerate(verdict.stories):
        place = story.start
        for number, year in enumerate(story.years):
            withheld: tuple[Withheld, ...] = kept[number] if kept else ()
            wanted = _Wanted(year, {w.name: w for w in withheld if w.of == "group"}, bool(silent))
            before = _stood(place, walks)
            given, placed = _Finder(proved.policy, plan, period).found(wanted, before)
            name = {lang: case_name(verdict.property, len(found) + 1, lang) for lang in LANGS}
            case: dict[str, Any] = {"name": name, "period": period.label, "given": given}
            if before is not None:
                counts = {"held": before.held, "streak": before.streak, "absent": before.absent}
                case["previous"] = {"step": plan.ladder.steps[before.step], **counts}
            found.append({**case, "expect": _expected(plan, placed)})
            place = walks.after(place, year.seen, year.grave)
    return found


def _stood(place: Place, walks: Walks) -> State | None:
    """Where somebody stood before a period, as a case says it: the step in force, where that is what counts."""
    if place is None or not walks.remembers:
        return None
    start = walks.start(place)
    return State(start.previous, start.held, start.streak, start.absent)


def _first_period(policy: Policy) -> Period:
    """The first period that the rules judge."""
    found = containing(policy.area.period, policy.day)
    found = found if found.first_day >= policy.day else found.before(-1)
    if policy.next_day is not None and found.first_day >= policy.next_day:
        raise _NotFound("period")
    return found


def _expected(plan: Plan, placed: Placement) -> dict[str, Any]:
    """What comes of a case, as authors write it."""
    ladder, working = plan.ladder, placed.ladder
    levels = {g.name: ladder.levels[g.point] for g in placed.goals if g.point is not None and g.reason is None}
    missing = {g.name: g.reason.word for g in placed.goals if g.reason is not None}
    ends = [ladder.steps[end.step] for end in (working.freest, working.strictest) if end is not None]
    return {
        **({"step": ladder.steps[placed.step]} if placed.step is not None else {}),
        **({} if working.assessed else {"not_assessed": True}),
        **({"range": ends} if working.assessed and len(ends) == 2 else {}),
        **({"levels": levels} if levels else {}),
        **({"missing": missing} if missing else {}),
        "because": list(placed.reasons),
    }


@dataclass(frozen=True)
class _Wanted:
    """What figures must give: a year of a story, and the goals in which a group's figure is kept back, with whether
    this is the institution that does."""

    year: Year
    groups: Mapping[str, Withheld]
    silent: bool


class _Finder:
    """The search for the figures of one institution in one period."""

    def __init__(self, policy: Policy, plan: Plan, period: Period) -> None:
        self.policy, self.plan, self.period = policy, plan, period
        self.indicators = {i.name: i for i in plan.indicators}

    def found(self, wanted: _Wanted, before: State | None) -> tuple[Given, Placement]:
        """What is given, and how it is placed. Raises _NotFound."""
        given: Given = {}
        for axis, goal in enumerate(self.plan.goals):
            given |= self._goal(goal, wanted, axis)
        for outside, value in zip(self.plan.ladder.outsides, wanted.year.inputs, strict=True):
            given |= self._input(outside, value, given)
        given |= self._grave(wanted.year.grave, given)
        exact = self.read(given)
        placed = exact.placed(
            tuple(exact.goal(goal, CASE, self.period.index) for goal in self.plan.goals), CASE, self.period.index, before
        )
        seen = placed.ladder.freest, placed.ladder.strictest
        if self.plan.ladder.movement is None or self.plan.ladder.movement.point_only:
            seen = (placed.ladder.point,) * 2
        steps = None if seen[0] is None or seen[1] is None else (seen[0].step, seen[1].step)
        if (placed.step, steps, placed.grave) != (wanted.year.step, wanted.year.seen, wanted.year.grave):
            raise _NotFound("together")
        return given, placed

    def read(self, given: Given) -> Exact:
        frame = rows_from_given(self.policy.area, given, {}, self.period)
        return Exact(self.plan, frame.to_dicts())

    def _tried(self, candidates: Iterator[Given], fits: Callable[[Exact], bool]) -> Given | None:
        """The first of some figures that fit; those that no file could hold are passed over."""
        for given in candidates:
            try:
                exact = self.read(given)
            except DataError:
                continue
            if fits(exact):
                return given
        return None

    # goals

    def _goal(self, goal: GoalNode, wanted: _Wanted, axis: int) -> Given:
        known, why = wanted.year.known[axis], wanted.year.why[axis]
        target = None if why is not None else known
        kept = wanted.groups.get(goal.name)
        ways: list[Iterator[Given]] = [iter([{}])]
        if kept is not None:
            ways = [self._beside_group(goal, kept, wanted.silent), *ways]
        # groups that say nothing are in nobody's way
        quiet = {f"{column}.missing": "too-few" for column in self._group_columns(goal)}
        if why is not None:
            ways += [({**quiet, **self._gone(goal, why.word)} for _ in (0,))]
        else:
            ways += [({**extra, **own} for extra in ({}, quiet) for own in self._figures(goal, None, known))]

        def fits(exact: Exact) -> bool:
            found = exact.goal(goal, CASE, self.period.index)
            return self._is(goal, found, known) and found.reason == why

        for way in ways:
            given = self._tried(way, fits)
            if given is not None:
                return given
        raise _NotFound("figure", goal.name if target is not None or why is not None else goal.name)

    def _is(self, goal: GoalNode, found: GoalWorking, known: Known) -> bool:
        """Whether a goal is read as a story says."""
        if known.missing is not None and known.worst is None:
            return found.disposition == known.missing
        ranks = tuple(goal.ranks[p] for p in (known.worst, known.best) if p is not None)
        point = self.plan.ladder.movement is None or self.plan.ladder.movement.point_only
        return ((found.point,) * 2 if point else (found.worst, found.best)) == ranks
