"""The working: what the exact reading leaves behind, as a tree of values that is told afterwards.

Whatever a text, a page or a file says about a placement is read from here; nothing is computed
when it is told. Levels are ranks (worst 0) and steps positions (freest 0), as in the plan.
"""

from __future__ import annotations

from fractions import Fraction

from msgspec import Struct, field

from tilsyn.engine.intervals import Between
from tilsyn.engine.machine import Fired
from tilsyn.engine.movement import MoveReason, Start, State
from tilsyn.engine.nodes import Disposition
from tilsyn.engine.values import Missing, Reason, Value


class Pooled(Struct, frozen=True):
    """The figure that a goal's evidence rests on, in the indicator's unit, and the periods in it (newest first).

    `variance` and `degrees` only where a spread is used; `expected` only where the measure reads it; `between`, what
    institutions differ beyond chance, only where the goal declares over-dispersion.
    """

    value: Fraction
    n: Fraction | None = None
    count: Fraction | None = None
    exposure: Fraction | None = None
    variance: Fraction | None = None
    degrees: int | None = None
    se: Fraction | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    word: str | None = None
    expected: Fraction | None = None
    between: Between | None = None
    periods: tuple[int, ...] = ()


class Reading(Struct, frozen=True):
    """A measure read with its doubt: the value, its worse and better end, and the three levels.

    `own` is the period's own figure beside the pooled one. Levels are None where the figure is missing.
    """

    value: Fraction | Missing
    own: Fraction | Missing
    worse: Fraction | None = None
    better: Fraction | None = None
    worst_level: int | None = None
    level: int | None = None
    best_level: int | None = None
    pooled: Pooled | None = None


class GoalWorking(Struct, frozen=True):
    """A goal: what was read, what a missing figure did, and the levels that the ladder saw."""

    name: str
    reading: Reading
    members: dict[str, Reading]
    capped_by: tuple[str, ...]
    disposition: Disposition | None
    worst: int | None
    point: int | None
    best: int | None

    @property
    def reason(self) -> Reason | None:
        return self.reading.value.reason if isinstance(self.reading.value, Missing) else None


class LadderWorking(Struct, frozen=True):
    """The ladder over the box of plausible levels: three readings, the score and the coverage."""

    assessed: bool
    covered: int
    applicable: int
    points: int
    weight: int
    point: Fired | None
    freest: Fired | None
    strictest: Fired | None
    outside: dict[str, Value] = field(default_factory=dict[str, Value])

    @property
    def score(self) -> Fraction | None:
        return Fraction(self.points, self.weight) if self.weight else None


class QuantityWorking(Struct, frozen=True):
    """A quantity: its value, what it was before its adjustments, which of them changed it, and which were passed
    over because their condition is unknown."""

    name: str
    value: Value
    before: Value
    made: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()


class Result(Struct, frozen=True):
    """What an institution comes to in a period under a regime: every quantity, in the order of the plan."""

    institution: str
    period: int
    quantities: tuple[QuantityWorking, ...]

    def value(self, name: str) -> Value:
        return next(q.value for q in self.quantities if q.name == name)


class Placement(Struct, frozen=True):
    """The placement of one institution in one period, with everything it rests on.

    `step` is what the rules recommend; None where a ladder without movement could not assess.
    """

    institution: str
    period: int
    quantities: dict[str, Value]
    goals: tuple[GoalWorking, ...]
    ladder: LadderWorking
    start: Start
    target: int | None
    step: int | None
    reasons: tuple[MoveReason, ...]
    grave: bool
    grave_unknown: bool
    state: State | None

    def goal(self, name: str) -> GoalWorking:
        return next(goal for goal in self.goals if goal.name == name)
