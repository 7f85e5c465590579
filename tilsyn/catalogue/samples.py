"""Samples: how fictitious institutions of an area are drawn, for the demo and for simulation.

A sample says what is true of the institutions (how they differ, how they change, how the intake
differs) and what gets in the way of seeing it (few citizens, gaps, corrections). It says nothing
about what is good: that is the area's. The drawing itself is elsewhere; here is only what may be
written. Figures and names are invented, which is why they need no legal reference.
"""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tilsyn.catalogue.text import Declared, Id, Name, Share, Words

Spread = Annotated[Decimal, Field(ge=0)]
Reason = Literal["refused", "not-submitted", "withdrawn", "suppressed", "too-few", "stale", "undefined"]


class Size(Declared):
    """The attribute that says how large an institution is: lognormal, kept within limits, whole.

    `with_place` makes it follow the weight of the place, where there is one institution to each.
    """

    attribute: Name = Field(description="the attribute that holds it")
    median: Annotated[Decimal, Field(gt=0)] = Field(description="half are smaller")
    spread: Spread = Field(description="standard deviation of the logarithm")
    at_least: Annotated[int, Field(ge=1)] = Field(description="the smallest")
    at_most: Annotated[int, Field(ge=1)] = Field(description="the largest")
    with_place: bool = Field(default=False, description="the median is that of a place of average weight")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_least > self.at_most:
            raise ValueError("`at_least` is larger than `at_most`")
        return self


class DrawnAttribute(Declared):
    """How an attribute is drawn: one of `values` (text), with a `share` (flag), or as the place (text)."""

    values: dict[str, Share] | None = Field(default=None, description="the values of a text, with their shares")
    share: Share | None = Field(default=None, description="how often a flag is set")
    place: Literal["name", "region"] | None = Field(
        default=None, description="the name or the region of the institution's place"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(way is not None for way in (self.values, self.share, self.place)) != 1:
            raise ValueError("write one of `values`, `share` and `place`")
        if self.values is not None and sum(self.values.values()) != 1:
            raise ValueError("the shares of `values` must add up to 100 %")
        return self


class Names(Declared):
    """How names are made: `form` holds `{place}`, attributes that are text, and `parts`, each drawn from its list."""

    form: str = Field(description="a text with `{…}` where parts are put in")
    parts: dict[Name, Annotated[list[str], Field(min_length=1)]] = Field(
        default_factory=dict[str, list[str]], description="lists of words, by the name of the part"
    )


class Shifted(Declared):
    """Institutions that are truly different: their share, and the shift of their quality in standard deviations."""

    share: Share = Field(description="how many they are")
    shift: Decimal = Field(description="how far, in standard deviations")


class Quality(Declared):
    """What is common to an institution's results, standard normal at the start; positive is better.

    `drift` is the standard deviation of its true change per year, `pull` how much of its distance from its own
    lasting level an institution regains in a year, of quality and of what is its own in each indicator.
    """

    drift: Spread = Field(description="standard deviation of its true change per year")
    pull: Share = Field(description="how much of the distance from its lasting level is regained in a year")
    excel: Shifted = Field(description="those that are truly better")
    fail: Shifted = Field(description="those that are truly worse")


class Normal(Declared):
    """A normal distribution between institutions."""

    mean: Decimal = Field(description="the mean")
    sd: Spread = Field(description="the standard deviation")


class Persons(Declared):
    """How many persons (or years at risk) a figure is about: a share of the size, or a fixed number, both per year."""

    of_size: Annotated[Decimal, Field(gt=0)] | None = Field(default=None, description="share of the size")
    fixed: Annotated[int, Field(ge=1)] | None = Field(default=None, description="a fixed number")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.of_size is None) == (self.fixed is None):
            raise ValueError("write either `of_size` or `fixed`")
        return self


class DrawnGroup(Declared):
    """A group's figures: its share of the persons, and how its true result and its expected result differ.

    `sd` is how much the gap differs between institutions.
    """

    share: Share = Field(description="its share of the persons")
    gap: Decimal = Field(default=Decimal(0), description="how its true result differs")
    expected_gap: Decimal = Field(default=Decimal(0), description="how its expected result differs")
    sd: Spread = Field(default=Decimal(0), description="how much the gap differs between institutions")


class WordOf(Declared):
    """The published word of a category: which side of `centre` another indicator's interval lies on."""

    indicator: Name = Field(description="the figure")
    centre: Decimal = Field(description="what its interval is held against")
    confidence: Annotated[Decimal, Field(gt=0, lt=1)] = Field(description="confidence of the interval")
    below: str = Field(description="the word where it lies below")
    at: str = Field(description="the word where it holds the centre")
    above: str = Field(description="the word where it lies above")


class DrawnIndicator(Declared):
    """How an indicator is drawn, by its kind in the area:

    - `mean`, `value`: the mean of `n` persons with standard deviation `within`; `value` may publish an `interval`.
    - `proportion`: `n` persons, each with the true share. `rate`: events with the true rate in `n` years at risk.
    - `ratio`: events, expected `expected.mean` per unit of `n`, times the true ratio.
    - `category`: the word for where another indicator's interval lies (`word_of`).

    The true result is `truth`, added to `expected` where the figure has one (for `ratio`: multiplied).
    `follows` is how far it follows the institution's quality, from -1 (lower is better) to 1.
    """

    truth: Normal | None = Field(default=None, description="the true result")
    follows: Annotated[Decimal, Field(ge=-1, le=1)] = Field(
        default=Decimal(0), description="how far it follows the institution's quality"
    )
    drift: Spread = Field(default=Decimal(0), description="standard deviation of its own true change per year")
    expected: Normal | None = Field(default=None, description="the expected result")
    n: Persons | None = Field(default=None, description="how many persons it is about")
    within: Spread | None = Field(default=None, description="standard deviation between persons")
    interval: Annotated[Decimal, Field(gt=0, lt=1)] | None = Field(
        default=None, description="two-sided confidence of the published `low` and `high`"
    )
    word_of: WordOf | None = Field(default=None, description="for a category: the figure that its word describes")
    groups: dict[Name, DrawnGroup] = Field(default_factory=dict[str, DrawnGroup], description="how each group differs")
    only_where: Name | None = Field(
        default=None, description="a flag among the attributes: where it is not set, the figure does not apply"
    )
    missing: dict[Reason, Share] = Field(default_factory=dict[Reason, Share], description="shares, per reason")
    corrected: Share = Field(default=Fraction(0), description="share of figures that are later corrected")

    @model_validator(mode="after")
    def _drawn_or_derived(self) -> Self:
        if (self.truth is None) == (self.word_of is None):
            raise ValueError("write either `truth` or `word_of`")
        if self.truth is not None and self.n is None:
            raise ValueError("`truth` needs `n`: how many persons the figure is about")
        return self


class Emergencies(Declared):
    """A flag that is set for a share of the institutions each period."""

    indicator: Name = Field(description="the flag")
    share: Share = Field(description="how often it is set in a period")


class Life(Declared):
    """What happens to institutions from one period to the next; shares of those that exist."""

    opens: Share = Field(description="new ones, as a share of those that exist")
    closes: Share = Field(description="share that closes")
    merges: Share = Field(description="share that is taken over by another in the same place, its `successor`")
    silent: Share = Field(description="share that is not in the file at all in a period, though it exists")


class Sample(Declared):
    """A file `goals/samples/<area>.yaml`."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    sample: Name = Field(description="the area")
    about: Words = Field(description="what a reader should know first")
    where: Id = Field(description="the list of places, such as `kommuner`")
    institutions: Annotated[int, Field(ge=1, le=100_000)] | Literal["one-per-place"] = Field(
        description="how many are drawn"
    )
    size: Size = Field(description="how large they are")
    attributes: dict[Name, DrawnAttribute] = Field(description="how each attribute of the area is drawn")
    names: Names = Field(description="how names are made")
    quality: Quality = Field(description="what is common to an institution's results")
    indicators: Annotated[dict[Name, DrawnIndicator], Field(min_length=1)] = Field(
        description="how each indicator of the area is drawn"
    )
    emergencies: Emergencies = Field(description="how often something grave happens")
    life: Life = Field(description="how institutions open, close and merge")


class Place(Declared):
    """A place where institutions are: its region and how many people live there, roughly."""

    region: str = Field(description="the region it lies in")
    weight: Annotated[int, Field(ge=1)] = Field(description="how much of everything is there")


class Places(Declared):
    """A file of places, such as `goals/samples/kommuner.yaml`."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    places: Id = Field(description="the name of the list")
    title: Words = Field(description="what people call it")
    measured_in: str = Field(description="the unit of `weight`")
    source: Words = Field(description="where the list comes from")
    members: Annotated[dict[str, Place], Field(min_length=1)] = Field(description="the places, by name")
