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

    up: Confidence
    down: Confidence


class ByWord(Declared):
    """A published word that names the plausible levels, such as a significance band."""

    indicator: Name
    levels: dict[str, list[Name]]


class Evidence(Declared):
    """How sure a figure is: the interval method, how many periods are pooled, how many persons are needed."""

    method: Method
    confidence: Confidence | Directed | None = None
    pool: Annotated[int, Field(ge=1, le=10)] = 1
    at_least_n: Annotated[int, Field(ge=1)] | None = Field(default=None, description="fewer, pooled: `too-few`")
    at_least_n_each: Annotated[int, Field(ge=1)] | None = Field(default=None, description="fewer in a period: `too-few`")
    sd_floor: Annotated[Decimal, Field(gt=0)] | None = None
    by: ByWord | None = None


class Band(Declared):
    """The figures of one level. A boundary says whether it is in: `at_least`, `at_most`, or out: `above`, `below`."""

    at_least: Decimal | None = None
    above: Decimal | None = None
    at_most: Decimal | None = None
    below: Decimal | None = None

    @model_validator(mode="after")
    def _one_of_each_side(self) -> Band:
        if self.at_least is not None and self.above is not None:
            raise PydanticCustomError("band-two-boundaries", "write either `at_least` or `above`")
        if self.at_most is not None and self.below is not None:
            raise PydanticCustomError("band-two-boundaries", "write either `at_most` or `below`")
        if (self.at_least, self.above, self.at_most, self.below) == (None, None, None, None):
            raise PydanticCustomError("band-without-boundary", "a band needs a boundary: `at_least`, `above`, `at_most` or `below`")
        return self


class Equity(Declared):
    """No cream-skimming: the goal's level is at most `cap` when a named group's is below `no_worse_than`."""

    groups: Annotated[list[Name], Field(min_length=1)]
    no_worse_than: Name
    cap: Name


class SideEffect(Declared):
    """A risk of the goal itself, and the indicator that is watched for it. It changes no step."""

    risk: Words
    watch: Name


class Goal(Declared):
    """An outcome goal of an area."""

    title: Words
    outcome: Words = Field(description="what the citizen gains")
    applies_when: Feel | None = None
    measure: Feel
    measured_in: str
    decimals: Annotated[int, Field(ge=0, le=6)]
    better: Literal["higher", "lower"]
    evidence: Evidence | None = None
    levels: dict[Name, Band | Literal["otherwise"]]
    points: dict[Name, int]
    weight: Annotated[int, Field(ge=1, le=1000)]
    reference: Reference
    equity: Equity | None = None
    side_effects: list[SideEffect] = Field(default_factory=list[SideEffect])
    resources: Words | None = None
    note: Words | None = None
