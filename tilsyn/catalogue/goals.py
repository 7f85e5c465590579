"""Goals: an outcome the area is held to, how it is measured, and what counts as which level.

The models say what may be written; whether the expressions and bands hold together is decided
when the catalogue links the files.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Feel, Name, Words

Method = Literal["wilson/v1", "student-t/v1", "byar/v1", "normal/v1", "given/v1"]

Confidence = Annotated[Decimal, Field(gt=0, lt=1)]


class Directed(Declared):
    """Two-sided confidence levels: `up` sets the worse end, which a rise depends on; `down` the better end."""

    up: Confidence = Field(description="for the worse end, which a rise depends on")
    down: Confidence = Field(description="for the better end, which a fall depends on")


class ByWord(Declared):
    """A published word that names the plausible levels, such as a significance band."""

    indicator: Name = Field(description="the category that holds the word")
    levels: dict[str, list[Name]] = Field(description="the levels that each word speaks for")


class Evidence(Declared):
    """How sure a figure is: the interval method, how many periods are pooled, how many persons are needed."""

    method: Method = Field(description="how the interval is made")
    confidence: Confidence | Directed | None = Field(
        default=None, description="two-sided confidence, between 0 and 1; one number, or one for each direction"
    )
    pool: Annotated[int, Field(ge=1, le=10)] = Field(
        default=1, description="how many calendar periods are pooled, the current one included"
    )
    at_least_n: Annotated[int, Field(ge=1)] | None = Field(default=None, description="fewer, pooled: `too-few`")
    at_least_n_each: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="fewer in a period: `too-few`"
    )
    sd_floor: Annotated[Decimal, Field(gt=0)] | None = Field(
        default=None,
        description="the least standard deviation that is believed; without it a standard deviation of 0 is `too-few`",
    )
    by: ByWord | None = Field(default=None, description="with `given/v1`: a published word names the plausible levels")


class Band(Declared):
    """The figures of one level. A boundary says whether it is in: `at_least`, `at_most`, or out: `above`, `below`."""

    at_least: Decimal | None = Field(default=None, description="lowest figure of the level")
    above: Decimal | None = Field(default=None, description="the level begins above this figure")
    at_most: Decimal | None = Field(default=None, description="highest figure of the level")
    below: Decimal | None = Field(default=None, description="the level ends below this figure")

    @model_validator(mode="after")
    def _one_of_each_side(self) -> Band:
        if self.at_least is not None and self.above is not None:
            raise PydanticCustomError("band-two-boundaries", "write either `at_least` or `above`")
        if self.at_most is not None and self.below is not None:
            raise PydanticCustomError("band-two-boundaries", "write either `at_most` or `below`")
        if (self.at_least, self.above, self.at_most, self.below) == (None, None, None, None):
            raise PydanticCustomError(
                "band-without-boundary", "a band needs a boundary: `at_least`, `above`, `at_most` or `below`"
            )
        return self


class Equity(Declared):
    """No cream-skimming: the goal's level is at most `cap` when a named group's is below `no_worse_than`."""

    groups: Annotated[list[Name], Field(min_length=1)] = Field(description="the groups that are looked at")
    no_worse_than: Name = Field(description="the level that each group must reach")
    cap: Name = Field(description="the best level of the goal when one does not")


class SideEffect(Declared):
    """A risk of the goal itself, and the indicator that is watched for it. It changes no step."""

    risk: Words = Field(description="what might go wrong")
    watch: Name = Field(description="the indicator that would show it")


class Goal(Declared):
    """An outcome goal of an area."""

    title: Words = Field(description="what people call it")
    outcome: Words = Field(description="what the citizen gains")
    applies_when: Feel | None = Field(
        default=None, description="whom it concerns; for others the goal is `not-applicable`"
    )
    measure: Feel = Field(description="the figure")
    measured_in: str = Field(description="the unit")
    decimals: Annotated[int, Field(ge=0, le=6)] = Field(
        description="the figure is rounded half away from zero to so many, and bands may not be finer"
    )
    better: Literal["higher", "lower"] = Field(description="which way is good")
    evidence: Evidence | None = Field(default=None, description="how sure the figure is; left out: taken as certain")
    levels: dict[Name, Band | Literal["otherwise"]] = Field(
        description="the figures of each level, best first; the worst is `otherwise`"
    )
    points: dict[Name, int] = Field(description="what each level counts, never less than a worse one")
    weight: Annotated[int, Field(ge=1, le=1000)] = Field(description="how much the goal counts among the others")
    reference: Reference = Field(description="where goal and limits come from")
    equity: Equity | None = Field(default=None, description="no cream-skimming")
    side_effects: list[SideEffect] = Field(default_factory=list[SideEffect], description="what is watched beside it")
    resources: Words | None = Field(default=None, description="the resources that it assumes")
    note: Words | None = Field(default=None, description="what else a reader should know")
