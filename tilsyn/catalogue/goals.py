"""Goals: an outcome the area is held to, how it is measured, and what counts as which level.

The models say what may be written; whether the expressions and bands hold together is decided
when the catalogue links the files.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Feel, Name, Share, Words

Method = Literal["wilson/v1", "student-t/v1", "byar/v1", "poisson/v1", "square-root/v1", "normal/v1", "given/v1"]

Confidence = Annotated[Decimal, Field(gt=0, lt=1)]


class Directed(Declared):
    """Two-sided confidence levels: `up` sets the worse end, which a rise depends on; `down` the better end."""

    up: Confidence = Field(description="for the worse end, which a rise depends on")
    down: Confidence = Field(description="for the better end, which a fall depends on")


class ByWord(Declared):
    """A published word that names the plausible levels, such as a significance band."""

    indicator: Name = Field(description="the category that holds the word")
    levels: dict[str, list[Name]] = Field(description="the levels that each word speaks for")


MOST_ENDS = Fraction(1, 2)


class Overdispersion(Declared):
    """How much institutions differ beyond chance, found over all that have a figure, and added to each one's
    uncertainty (Spiegelhalter 2005). The institutions that lie farthest out, `trim` or `winsorise` at either end,
    are not to decide how much that is; `0 %` lets all count."""

    method: Literal["spiegelhalter/v1"] = Field(description="how it is found: the additive model")
    centre: Decimal = Field(description="the figure of an institution as expected, in the goal's unit")
    trim: Share | None = Field(default=None, description="this share at either end is left out; below 50 %")
    winsorise: Share | None = Field(
        default=None, description="this share at either end is moved to the nearest that is not in it; below 50 %"
    )

    @model_validator(mode="after")
    def _one_way_with_ends(self) -> Self:
        if (self.trim is None) == (self.winsorise is None):
            raise PydanticCustomError("overdispersion-ends", "write either `trim` or `winsorise`")
        if self.ends >= MOST_ENDS:
            raise PydanticCustomError("overdispersion-nobody-left", "write less than 50 %")
        return self

    @property
    def ends(self) -> Fraction:
        """The share at either end that is extreme."""
        return self.trim or self.winsorise or Fraction(0)


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
    overdispersion: Overdispersion | None = Field(
        default=None, description="with `normal/v1` or `square-root/v1`: how much institutions differ beyond chance"
    )


class Band(Declared):
    """The figures of one level. A boundary says whether it is in: `at_least`, `at_most`, or out: `above`, `below`."""

    at_least: Decimal | None = Field(default=None, description="lowest figure of the level")
    above: Decimal | None = Field(default=None, description="the level begins above this figure")
    at_most: Decimal | None = Field(default=None, description="highest figure of the level")
    below: Decimal | None = Field(default=None, description="the level ends below this figure")

    @model_validator(mode="after")
    def _one_of_each_side(self) -> Self:
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
    levels: dict[Name, Band | Literal["otherwise"]] | Literal["given"] = Field(
        description="the figures of each level, best first; the worst is `otherwise`. `given`: the measure is a level"
    )
    points: dict[Name, int] = Field(description="what each level counts, never less than a worse one")
    weight: Annotated[int, Field(ge=1, le=1000)] = Field(description="how much the goal counts among the others")
    effort: Annotated[Decimal, Field(gt=0)] = Field(
        default=Decimal(1), description="what changing the figure by 1 takes, beside the other goals' figures"
    )
    reference: Reference = Field(description="where goal and limits come from")
    equity: Equity | None = Field(default=None, description="no cream-skimming")
    side_effects: list[SideEffect] = Field(default_factory=list[SideEffect], description="what is watched beside it")
    resources: Words | None = Field(default=None, description="the resources that it assumes")
    note: Words | None = Field(default=None, description="what else a reader should know")

    @property
    def bands(self) -> dict[str, Band | Literal["otherwise"]]:
        """The figures of each level; none where the measure is a level already."""
        return {} if isinstance(self.levels, str) else self.levels

    @property
    def level_names(self) -> tuple[str, ...]:
        """The levels that the goal uses."""
        return tuple(self.points if isinstance(self.levels, str) else self.levels)
