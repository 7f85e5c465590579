"""Areas: a welfare area with its indicators, goals and the author's own cases.

The file is the ministry's: who was consulted, what is measured, what is good, and which
institutions on the boundaries must come out how.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tilsyn.catalogue.goals import Goal
from tilsyn.catalogue.indicators import Indicator
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.quantities import Quantity
from tilsyn.catalogue.text import Declared, Id, Name, Words

PeriodKind = Literal["school-year", "calendar-year", "quarter", "month"]


class Unit(Declared):
    """What an institution of the area is called."""

    one: Words = Field(description="one of them")
    many: Words = Field(description="several of them")


class Consulted(Declared):
    """Who was heard about the goals, when, and what they said."""

    who: Words = Field(description="persons or organisations")
    date: dt.date = Field(description="the day they answered")
    said: Words = Field(description="what they said, in short")


class Grouping(Declared):
    """A way to divide an institution's citizens; figures for a member are columns `indicator@member`."""

    title: Words = Field(description="what people call the division")
    members: dict[Name, Words] = Field(description="the groups, by name")
    whole: bool = Field(default=False, description="what is said by it is said of all citizens together too")


class Relation(Declared):
    """How rows of the area lead to each other: by an id that stands in mine, or in theirs."""

    title: Words | None = Field(default=None, description="what people call it")
    id: Name | None = Field(default=None, description="my attribute that holds the id of one other")
    their: Name | None = Field(default=None, description="the others' attribute that holds my id")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.id is None) == (self.their is None):
            raise PydanticCustomError("relation-one-way", "a relation has either `id` or `their`")
        return self


class Constant(Declared):
    """A number with a unit, its first days and a reference, for use in expressions."""

    measured_in: str = Field(description="the unit")
    value: Decimal = Field(description="the number")
    reference: Reference = Field(description="where the number comes from")


class CaseExpect(Declared):
    """What a case must come out as; whatever is left out is not tested, but `step` or `not_assessed` is needed,
    and for a regime `results`."""

    step: Id | None = Field(default=None, description="the step that is recommended")
    rule: Id | None = Field(default=None, description="the rule that the point reading meets")
    range: tuple[Id, Id] | None = Field(default=None, description="freest and strictest plausible step")
    levels: dict[Name, Name] = Field(default_factory=dict[str, str], description="the level of each goal named")
    results: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="the value of each quantity named (`name` or `name@member`)"
    )
    missing: dict[str, str] = Field(
        default_factory=dict[str, str], description="why each goal or quantity named has no figure"
    )
    because: list[str] = Field(default_factory=list[str], description="reasons of the movement, in order")
    not_assessed: bool = Field(default=False, description="the institution cannot be assessed")


class CaseState(Declared):
    """Where an institution stood before the period."""

    step: Id = Field(description="the step before")
    held: Annotated[int, Field(ge=0)] = Field(default=1, description="periods in a row on it")
    streak: int = Field(default=0, description="consecutive periods in one direction: + freer, - stricter")
    absent: Annotated[int, Field(ge=0)] = Field(default=0, description="periods in a row without an assessment")


class Case(Declared):
    """An author's test: an institution, described like a row of input, and how it must be placed."""

    name: Words = Field(description="what it shows")
    period: str | None = Field(default=None, description="the period; left out: the first that the latest rules judge")
    given: dict[str, Any] = Field(description="figures and attributes by their column names")
    earlier: dict[str, dict[str, Any]] = Field(
        default_factory=dict[str, dict[str, Any]],
        description="figures of earlier periods, by period; what is not written is as in `typical`",
    )
    previous: CaseState | None = Field(default=None, description="where the institution stood; left out: a newcomer")
    expect: CaseExpect = Field(description="what must come of it")


class Area(Declared):
    """A file `goals/<area>.yaml`."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    area: Name = Field(description="its name, by which everything else knows it")
    title: Words = Field(description="what people call it")
    about: Words | None = Field(default=None, description="what a reader should know first")
    example: bool = Field(default=False, description="an example for a ministry to replace; whatever shows it says so")
    authority: Words = Field(description="who is responsible for the goals")
    unit: Unit = Field(description="what an institution is called here")
    period: PeriodKind = Field(
        description="the length of a period, and how it is written (`2025/26`, `2025`, `2025Q3`, `2025-09`)"
    )
    ladder: Id | None = Field(
        default=None, description="the ladder it uses, whose levels are the goals' levels; a regime has none"
    )
    regime: bool = Field(
        default=False, description="somebody's rating regime: no goals and no ladder, but results that are quantities"
    )
    result: list[Name] = Field(
        default_factory=list[str], description="the quantities that are the regime's results, the foremost first"
    )
    attributes: dict[Name, Literal["text", "number", "flag"]] = Field(
        default_factory=dict[str, Any], description="what is known of each institution beside its figures, by name"
    )
    words: dict[Name, Words] = Field(
        default_factory=dict[str, Words],
        description="what people call attributes, constants, and levels of a quantity's own, by name",
    )
    consulted: list[Consulted] = Field(default_factory=list[Consulted], description="who was heard about the goals")
    groups: dict[Name, Grouping] = Field(
        default_factory=dict[str, Grouping], description="ways to divide the institution's citizens"
    )
    constants: dict[Name, Constant] = Field(
        default_factory=dict[str, Constant], description="numbers for use in expressions"
    )
    indicators: dict[Name, Indicator] = Field(description="what is measured")
    quantities: dict[Name, Quantity] = Field(
        default_factory=dict[str, Quantity], description="named expressions, each kept in the working"
    )
    relations: dict[Name, Relation] = Field(
        default_factory=dict[str, Relation], description="how institutions of the area lead to each other"
    )
    goals: dict[Name, Goal] = Field(default_factory=dict[str, Goal], description="at most five, each an outcome")
    typical: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="an ordinary institution; a case's `given` changes it"
    )
    cases: list[Case] = Field(default_factory=list[Case], description="the author's own tests, run by `tilsyn test`")
