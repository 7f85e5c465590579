"""The typed nodes of a plan: what the readings walk.

A plan is a rule set bound to one day: names are resolved, types checked, texts parsed,
thresholds are rationals, levels are ranks and steps are positions. Whatever can be built of
these is valid, so no reading has to check again. The nodes carry no text for people.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct

from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.goals import Method
from tilsyn.engine.values import Reason

ValueType = Literal["number", "text", "flag", "level"]
Disposition = Literal["leave-out", "doubt", "worst"]
Effect = Literal["at_most", "at_least", "add", "set"]


class IndicatorNode(Struct, frozen=True):
    """A measured quantity. `low` and `high` are its range; `members` the group members it is measured for."""

    name: str
    kind: str
    role: str
    low: Fraction | None
    high: Fraction | None
    stale_after: int | None
    comparable_from: int | None
    members: tuple[str, ...]


class Word(Struct, frozen=True):
    """A published word and the worst and best rank it leaves plausible."""

    word: str
    worst: int
    best: int


class OverdispersionNode(Struct, frozen=True):
    """What institutions differ beyond chance is found around `centre`, in the goal's unit, without the extremes that
    are a share of `ends` at either end, or with these winsorised."""

    centre: Fraction
    ends: Fraction
    winsorise: bool


class EvidenceNode(Struct, frozen=True):
    """How a goal's interval is made. `words` only for `given/v1` by a published word in `word_from`;
    `overdispersion` only for `normal/v1` and `square-root/v1`."""

    method: Method
    indicator: str
    up: Fraction
    down: Fraction
    pool: int
    at_least_n: int | None
    at_least_n_each: int | None
    sd_floor: Fraction | None
    word_from: str | None = None
    words: tuple[Word, ...] = ()
    overdispersion: OverdispersionNode | None = None


class Cut(Struct, frozen=True):
    """A boundary: figures on its good side (the bound itself only if `inclusive`) have at least `rank`."""

    bound: Fraction
    inclusive: bool
    rank: int


class EquityNode(Struct, frozen=True):
    """A goal's level is at most `cap` when a member's level is below `no_worse_than`."""

    members: tuple[str, ...]
    no_worse_than: int
    cap: int


class GoalNode(Struct, frozen=True):
    """A goal. `ranks` are the levels it uses, worst first; `points` belong to them in the same order. `effort` is what
    one unit of the figure takes to change, beside the other goals."""

    name: str
    applies_when: Expr | None
    measure: Expr
    decimals: int
    higher: bool
    evidence: EvidenceNode | None
    cuts: tuple[Cut, ...]
    ranks: tuple[int, ...]
    points: tuple[int, ...]
    weight: int
    equity: EquityNode | None
    effort: Fraction = Fraction(1)

    def points_of(self, rank: int) -> int:
        return self.points[self.ranks.index(rank)]


class AdjustNode(Struct, frozen=True):
    """What follows a quantity's body: `by` and `when` may read the running value as `value`."""

    id: str
    when: Expr | None
    effect: Effect
    by: Expr


class QuantityNode(Struct, frozen=True):
    """A named value; `decimals` None leaves it unrounded. `scale` has its levels, worst first, where it is one.

    `pass_over` says that an adjustment whose condition is unknown is not made; else the value is missing.
    """

    name: str
    of: Expr
    type: ValueType
    decimals: int | None
    scale: tuple[str, ...] = ()
    then: tuple[AdjustNode, ...] = ()
    pass_over: bool = False

    @property
    def parts(self) -> tuple[Expr, ...]:
        """Every expression of it: the body, and the conditions and amounts of its adjustments."""
        return (self.of, *(part for a in self.then for part in (a.when, a.by) if part is not None))


class RelationNode(Struct, frozen=True):
    """How rows lead to each other: by the id in my `attribute` to one, or by theirs, which is mine, to many."""

    name: str
    attribute: str
    many: bool


class Outside(Struct, frozen=True):
    """An input of the decision table that is not a goal: a needed flag or a quantity.

    It is divided into finitely many classes, in each of which every rule's test is constant:
    numbers by `bounds` (below, at, between, at, … above), text by `words` (the last class is any
    other), flags into false and true, levels by rank.
    """

    name: str
    type: ValueType
    bounds: tuple[Fraction, ...] = ()
    words: tuple[str, ...] = ()
    levels: int = 0

    @property
    def classes(self) -> int:
        match self.type:
            case "number":
                return 2 * len(self.bounds) + 1
            case "text":
                return len(self.words) + 1
            case "flag":
                return 2
            case "level":
                return self.levels


class Cell(Struct, frozen=True):
    """One cell of a rule: the input's name (`score`, `goals_at.x`, a goal …) and its unary test."""

    input: str
    test: Expr


class RuleNode(Struct, frozen=True):
    id: str
    step: int
    cells: tuple[Cell, ...]


class MovementNode(Struct, frozen=True):
    """How placements follow each other. Steps are positions, freest 0; None is no limit."""

    up: int | None
    down: int | None
    confirm_up: int
    confirm_down: int
    dwell: tuple[int, ...]
    lapse_after: int | None
    lapse_to: int | None
    grave_when: Expr | None
    grave_step: int | None
    point_only: bool
    undecided: Literal["follow", "stay"]


class LadderNode(Struct, frozen=True):
    """The finite part: levels worst first, steps freest first, rules in order, movement or None."""

    name: str
    levels: tuple[str, ...]
    steps: tuple[str, ...]
    initial: int
    coverage: Fraction
    missing: tuple[tuple[Reason, Disposition], ...]
    hit: Literal["unique", "first"]
    rules: tuple[RuleNode, ...]
    outsides: tuple[Outside, ...]
    movement: MovementNode | None
    formerly: tuple[tuple[str, int], ...] = ()

    @property
    def positions(self) -> dict[str, int]:
        """Where each step stands, by its name and by those that it had before."""
        return {**dict(self.formerly), **{step: place for place, step in enumerate(self.steps)}}

    def disposition(self, reason: Reason) -> Disposition:
        return dict(self.missing)[reason]


NO_LADDER = LadderNode("", (), (), 0, Fraction(0), tuple((reason, "doubt") for reason in Reason), "first", (), (), None)
"""What a regime without goals has in the ladder's place; nobody is placed on it."""


class Plan(Struct, frozen=True):
    """A rule set as it stands on a day: the one graph that every reading walks."""

    area: str
    attributes: tuple[tuple[str, ValueType], ...]
    indicators: tuple[IndicatorNode, ...]
    quantities: tuple[QuantityNode, ...]
    goals: tuple[GoalNode, ...]
    ladder: LadderNode
    relations: tuple[RelationNode, ...] = ()
    results: tuple[str, ...] = ()

    @property
    def is_regime(self) -> bool:
        """Whether the plan has results instead of a ladder."""
        return not self.ladder.steps

    def indicator(self, name: str) -> IndicatorNode:
        return next(i for i in self.indicators if i.name == name)
