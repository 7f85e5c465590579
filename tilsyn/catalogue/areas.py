"""Areas: a welfare area with its indicators, goals and the author's own cases.

The file is the ministry's: who was consulted, what is measured, what is good, and which
institutions on the boundaries must come out how.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from tilsyn.catalogue.goals import Goal
from tilsyn.catalogue.indicators import Indicator
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Feel, Id, Name, Words

PeriodKind = Literal["school-year", "calendar-year", "quarter", "month"]


class Unit(Declared):
    """What an institution of the area is called."""

    one: Words
    many: Words


class Consulted(Declared):
    """Who was heard about the goals, when, and what they said."""

    who: Words
    date: dt.date
    said: Words


class Grouping(Declared):
    """A way to divide an institution's citizens; figures for a member are columns `indicator@member`."""

    title: Words
    members: dict[Name, Words]


class Quantity(Declared):
    """A named expression beside the goals, kept in the working."""

    title: Words | None = None
    value: Feel
    decimals: Annotated[int, Field(ge=0, le=6)] | Literal["exact"] = "exact"
    measured_in: str | None = None


class Constant(Declared):
    """A number with a unit, its first days and a reference, for use in expressions."""

    measured_in: str
    value: Decimal
    reference: Reference


class CaseExpect(Declared):
    """What a case must come out as; whatever is left out is not tested, but `step` or `not_assessed` is needed."""

    step: Id | None = None
    rule: Id | None = None
    range: tuple[Id, Id] | None = Field(default=None, description="freest and strictest plausible step")
    levels: dict[Name, Name] = Field(default_factory=dict[str, str])
    missing: dict[Name, str] = Field(default_factory=dict[str, str])
    because: list[str] = Field(default_factory=list[str], description="reasons of the movement, in order")
    not_assessed: bool = False


class CaseState(Declared):
    """Where an institution stood before the period."""

    step: Id
    held: Annotated[int, Field(ge=0)] = 1
    streak: int = Field(default=0, description="consecutive periods in one direction: + freer, - stricter")
    absent: Annotated[int, Field(ge=0)] = 0


class Case(Declared):
    """An author's test: an institution, described like a row of input, and how it must be placed."""

    name: Words
    period: str | None = None
    given: dict[str, Any] = Field(description="figures and attributes by their column names")
    earlier: dict[str, dict[str, Any]] = Field(default_factory=dict[str, dict[str, Any]])
    previous: CaseState | None = None
    expect: CaseExpect


class Area(Declared):
    """A file `goals/<area>.yaml`."""

    tilsyn: Literal[1]
    from_: dt.date = Field(alias="from")
    until: dt.date | None = None
    area: Name
    title: Words
    about: Words | None = None
    example: bool = Field(default=False, description="an example for a ministry to replace; whatever shows it says so")
    authority: Words
    unit: Unit
    period: PeriodKind
    ladder: Id
    attributes: dict[Name, Literal["text", "number", "flag"]] = Field(default_factory=dict[str, Any])
    consulted: list[Consulted] = Field(default_factory=list[Consulted])
    groups: dict[Name, Grouping] = Field(default_factory=dict[str, Grouping])
    constants: dict[Name, Constant] = Field(default_factory=dict[str, Constant])
    indicators: dict[Name, Indicator]
    quantities: dict[Name, Quantity] = Field(default_factory=dict[str, Quantity])
    goals: Annotated[dict[Name, Goal], Field(min_length=1)]
    typical: dict[str, Any] = Field(
        default_factory=dict[str, Any], description="an ordinary institution; a case's `given` changes it"
    )
    cases: list[Case] = Field(default_factory=list[Case])
