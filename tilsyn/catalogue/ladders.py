"""Ladders: levels, steps, the rules that lead to a step, and how one may move between steps.

A ladder shared by areas reads no goal by name. What a step means for an institution is text,
relief, support and rights; which requirements that touches is the area's register.
"""

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema

from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Feel, Id, Name, Share, Words

Disposition = Literal["leave-out", "doubt", "worst"]
RequirementKind = Literal["process", "documentation", "registration"]


def _one_is_a_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Former = Annotated[
    list[Id],
    BeforeValidator(_one_is_a_list),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Earlier names, in any order; a single one may stand alone."""


class Needed(Declared):
    """An indicator that every area using the ladder must have."""

    kind: Literal["flag"] = Field(description="its kind")
    why: Words | None = Field(default=None, description="why every area must have it")


class Relief(Declared):
    """Requirements that a step sets aside, by kind or by name. What protects somebody is never among them:
    relief by kind must say `except: protected` wherever a requirement of the kind is protected."""

    kinds: list[RequirementKind] = Field(
        default_factory=list[RequirementKind], description="every requirement of these kinds"
    )
    except_: Literal["protected"] | None = Field(
        default=None, alias="except", description="must be written where a requirement of the kinds protects somebody"
    )
    requirements: list[Id] = Field(default_factory=list[str], description="single requirements, by name")


class Additions(Declared):
    """Requirements that a step adds."""

    requirements: list[Id] = Field(description="in force only on the steps that add them")


class Visits(Declared):
    """How often the supervisor comes: `times` in `per_years` years."""

    times: Annotated[int, Field(ge=0)] = Field(description="how many visits")
    per_years: Annotated[int, Field(ge=1)] = Field(description="in how many years")


class Right(Declared):
    """A right that follows from a step, such as the expanded challenge right."""

    title: Words = Field(description="what people call it")
    text: Words = Field(description="what it gives")
    reference: Reference = Field(description="where it comes from")


class Step(Declared):
    """A step of the ladder: what it is called, what it means, and what it changes."""

    title: Words = Field(description="what people call it")
    text: Words = Field(description="what it means, said to the institution")
    rights: list[Id] = Field(default_factory=list[str], description="rights that follow from it")
    relieves: Relief | None = Field(default=None, description="requirements that it sets aside")
    adds: Additions | None = Field(default=None, description="requirements that it adds")
    supports: list[Id] = Field(default_factory=list[str], description="help that follows from it")
    ordered: bool = Field(default=False, description="the support is ordered, not offered")
    visits: Visits = Field(description="how often the supervisor comes")
    initial: bool = Field(default=False, description="where a new institution begins; one step has it")
    decided_by: Literal["person"] | None = Field(
        default=None, description="only a person chooses this step; no rule leads to it"
    )
    formerly: Former = Field(default_factory=list[str], description="its names before it was renamed")
    reference: Reference = Field(description="where it comes from")


class Score(Declared):
    """How levels become a score, and how much of the weight must have a figure."""

    method: Literal["weighted-mean/v1"] = Field(description="`Σ weight · points / Σ weight`")
    coverage: Share = Field(
        description="share of the weight that must have a figure; below it the institution is not assessed"
    )


class Rule(Declared):
    """A row of the decision table. Every other key is a cell: the name of an input and its unary test."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Id = Field(description="its name in explanations")
    step: Id = Field(description="the step it leads to")
    because: Words = Field(description="the reason, as people read it")
    reference: Reference = Field(description="where its limits come from")

    @property
    def cells(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Placement(Declared):
    """The decision table from levels and score to a step."""

    hit: Literal["unique", "first"] = Field(
        description="`unique`: exactly one rule is met, always; `first`: the first that is met"
    )
    rules: Annotated[list[Rule], Field(min_length=1)] = Field(description="the rows of the table")


class Confirm(Declared):
    """How many periods in a row must point the same way before a move."""

    up: Annotated[int, Field(ge=1, le=10)] = Field(default=1, description="for a move to a freer step")
    down: Annotated[int, Field(ge=1, le=10)] = Field(default=1, description="for a move to a stricter step")


class Lapse(Declared):
    """Silence never frees: after so many periods without an assessment, no freer than `to`."""

    after: Annotated[int, Field(ge=1, le=10)] = Field(description="how many periods")
    to: Id = Field(description="the freest step that silence leaves")


class Grave(Declared):
    """What puts an institution on a strict step whatever its results."""

    when: Feel = Field(description="the condition; where it is missing it is not met")
    step: Id = Field(description="the freest step that it leaves")
    because: Words = Field(description="the reason, as people read it")
    reference: Reference = Field(description="where it comes from")


class Movement(Declared):
    """How placements follow each other. Left out altogether: no memory, the point reading's step."""

    up: Annotated[int, Field(ge=1)] | None = Field(default=None, description="at most so many steps freer per period")
    down: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="at most so many steps stricter per period"
    )
    confirm: Confirm = Field(default=Confirm(), description="how many periods must agree")
    dwell: dict[Id, Annotated[int, Field(ge=1, le=10)]] = Field(
        default_factory=dict[str, Any], description="how many periods a step is kept before a rise from it"
    )
    lapse: Lapse | None = Field(default=None, description="what silence leads to")
    grave: Grave | None = Field(default=None, description="what overrides results")
    doubt: Literal["range", "point"] = Field(
        default="range", description="`range`: a plausible step is kept; `point`: the step of the point reading"
    )
    undecided: Literal["follow", "stay"] = Field(
        default="follow",
        description="where the next period starts while nobody has decided: on the recommended step, or the old one",
    )


class Aims(Declared):
    """What chance may do to institutions whose quality is known; `tilsyn simulate` says whether it is kept.

    Shares. An institution belongs on the step that its true results give. The small are the smallest tenth.
    """

    moves: Share | None = Field(default=None, description="at most so many change step in a year, with nothing changed")
    wronged_small: Share | None = Field(
        default=None,
        description="at most so many of the small that belong on the initial step or a freer one "
        "are ever on the strictest in ten years",
    )
    found: Share | None = Field(
        default=None,
        description="at least so many that belong on the strictest step are on one of the two strictest "
        "after four years",
    )
    found_small: Share | None = Field(default=None, description="the same among the small")
    freed_small: Share | None = Field(
        default=None,
        description="at least so many of the small that belong on the freest step are there after ten years",
    )
    better_than_naive: Share | None = Field(
        default=None,
        description="in at least so many of the tenths by size, more are on their step than if there were no doubt",
    )
    reference: Reference = Field(description="who has chosen so")


class Ladder(Declared):
    """A file `rules/ladders/<ladder>.yaml`."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    ladder: Id = Field(description="its name")
    title: Words = Field(description="what people call it")
    about: Words | None = Field(default=None, description="what a reader should know first")
    example: bool = Field(default=False, description="an example for a ministry to replace; whatever shows it says so")
    levels: Annotated[dict[Name, Words], Field(min_length=2, max_length=9)] = Field(
        description="the levels of every goal, worst first"
    )
    needs: dict[Name, Needed] = Field(
        default_factory=dict[str, Needed], description="indicators that every area using the ladder must have"
    )
    rights: dict[Id, Right] = Field(default_factory=dict[str, Right], description="rights that steps give")
    steps: Annotated[dict[Id, Step], Field(min_length=2, max_length=12)] = Field(description="the steps, freest first")
    score: Score = Field(description="how levels become a score")
    missing: dict[str, Disposition] = Field(
        description="what each reason for a missing figure leads to; `else` for those not named"
    )
    placement: Placement = Field(description="the rules")
    movement: Movement | None = Field(default=None, description="how one moves between steps")
    aims: Aims | None = Field(default=None, description="what chance may do, for `tilsyn simulate`")
