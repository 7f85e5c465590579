"""An institution and its years, as a property is broken by it: what is known of it, and where that leads.

A story is put together from the tables of a proof, and then read again by the exact reading, year by
year, before anybody is told of it. It is about levels and classes, not about figures; figures that give
them are `tilsyn.files.cases`'s question. What is wrong with a story is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from msgspec import Struct, field
from msgspec.structs import replace

from tilsyn.engine.exact import Exact
from tilsyn.engine.movement import MoveReason, State
from tilsyn.engine.nodes import GoalNode, Plan
from tilsyn.engine.values import Missing, Reason, Value
from tilsyn.engine.working import GoalWorking, Placement, Reading
from tilsyn.studies.outcomes import Known, Outcomes, Range
from tilsyn.studies.walks import QUIET, Happening, Place, Walks

INSTITUTION = "case"

LIKELY = (
    Reason.NOT_APPLICABLE, Reason.TOO_FEW, Reason.SUPPRESSED, Reason.STALE, Reason.UNDEFINED, Reason.NOT_SUBMITTED,
    Reason.WITHDRAWN, Reason.REFUSED,
)  # fmt: skip
"""Why a figure is missing where a story needs none in particular: the first of these that leads to what it needs."""

Why = tuple[Reason | None, ...]
"""For each goal and input why it has no figure; None where it has one."""


class Lived(Struct, frozen=True):
    """What a year of a story is made from: what is known, for some axes why it is missing, and what else happens."""

    known: tuple[Known, ...]
    why: Mapping[int, Reason] = field(default_factory=dict[int, Reason])
    happening: Happening = QUIET


class Year(Struct, frozen=True):
    """A period of a story: what is known of each goal and input, values of those inputs, and where it leads.

    `seen` is the range of plausible steps, None for somebody who is not assessed; `step` is None for somebody who is
    not, where the ladder has no memory.
    """

    known: tuple[Known, ...]
    why: Why
    inputs: tuple[Value, ...]
    happening: Happening
    seen: Range | None
    rules: tuple[str, ...]
    step: int | None
    because: tuple[MoveReason, ...]

    @property
    def grave(self) -> bool:
        return self.happening.grave


class Story(Struct, frozen=True):
    """An institution that a property is broken by: where it stood, and its periods."""

    start: Place
    years: tuple[Year, ...]


def tell(outcomes: Outcomes, walks: Walks, start: Place, years: Iterable[Lived]) -> Story:
    """The story of an institution, from the tables."""
    place, told = start, list[Year]()
    for year in years:
        before = walks.start(place)
        view = outcomes.seen(before.previous, before.held)
        seen = outcomes.at(year.known, view)
        moved = walks.moved(place, seen, year.happening.grave)
        assessed = seen is not None
        why = tuple(year.why.get(n) or _reason(outcomes.plan, n, k) for n, k in enumerate(year.known))
        told.append(
            Year(
                known=year.known,
                why=why,
                inputs=tuple(_input(outcomes, n, year.known[n], why[n]) for n in outcomes.outside),
                happening=year.happening,
                seen=seen,
                rules=outcomes.rules_at(year.known, view) if assessed else (),
                step=moved.step if assessed or walks.remembers else None,
                because=moved.reasons if walks.remembers else ("no-memory",) if assessed else ("not-assessed",),
            )
        )
        place = walks.after(place, seen, year.happening)
    return Story(start, tuple(told))


def _reason(plan: Plan, axis: int, known: Known) -> Reason | None:
    """A reason that has what is known for its consequence; that a goal does not apply only where it may not."""
    if known.missing is None:
        return None
    always = axis < len(plan.goals) and plan.goals[axis].applies_when is None
    fitting = [reason for reason in LIKELY if plan.ladder.disposition(reason) == known.missing]
    return next((r for r in fitting if not (always and r == Reason.NOT_APPLICABLE)), fitting[0])


def _input(outcomes: Outcomes, axis: int, known: Known, why: Reason | None) -> Value:
    """A value of what is known of an input."""
    if why is not None:
        return Missing(why)
    assert known.worst is not None
    value = outcomes.value(outcomes.plan.ladder.outsides[axis - len(outcomes.goals)], known.worst)
    assert value is not None
    return value


def confirm(plan: Plan, walks: Walks, story: Story) -> None:
    """Reads a story again, exactly; that it comes out otherwise is our own fault. Raises AssertionError."""
    state: State | None = story.start
    exact = Exact(plan, ())
    for period, year in enumerate(story.years):
        inputs = {o.name: value for o, value in zip(plan.ladder.outsides, year.inputs, strict=True)}
        exact.suppose(INSTITUTION, period, inputs, grave=year.grave)
        placed = exact.placed(_goals(exact, plan, year), INSTITUTION, period, state)
        found = (placed.step, *_read(plan, placed, point=walks.movement.point_only))
        assert found == (year.step, year.seen, year.rules), f"the proof and the exact reading differ: {found}, {year}"
        state = placed.state if placed.state is None else replace(placed.state, decided=year.happening.decided)


def _read(plan: Plan, placed: Placement, *, point: bool) -> tuple[Range | None, tuple[str, ...]]:
    """The range of steps that movement sees, and the rules that it rests on."""
    ladder = placed.ladder
    freest, strictest = (ladder.point, ladder.point) if point else (ladder.freest, ladder.strictest)
    if freest is None or strictest is None:
        return None, ()
    rules = (plan.ladder.rules[end.rule].id for end in (freest, strictest))
    return (freest.step, strictest.step), tuple(dict.fromkeys(rules))


def _goals(exact: Exact, plan: Plan, year: Year) -> tuple[GoalWorking, ...]:
    return tuple(
        _working(exact, goal, known, why) for goal, known, why in zip(plan.goals, year.known, year.why, strict=False)
    )


def _working(exact: Exact, goal: GoalNode, known: Known, why: Reason | None) -> GoalWorking:
    """A goal as the exact reading would have worked it out: what a missing figure does is left to that reading."""
    if why is not None:
        gone = exact.judged(goal, Reading(Missing(why), Missing(why)), {})
        return gone if known.worst is None else replace(gone, best=goal.ranks[known.best or 0])
    assert known.worst is not None
    assert known.best is not None
    worst, best = goal.ranks[known.worst], goal.ranks[known.best]
    value = Fraction(0)
    return GoalWorking(goal.name, Reading(value, value), {}, (), None, worst, worst, best)
