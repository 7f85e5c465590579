"""Requirements and supports: what takes the staff's time, whom it protects, and what helps instead.

The register is per area; supports are common. Whether a requirement is in force for an
institution follows from its step, and is decided in `engine/effects.py`.
"""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tilsyn.catalogue.ladders import RequirementKind
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Id, Name, Words

Origin = Literal["cross-cutting-law", "sector-law", "order", "municipal", "local"]
Protection = Literal["legal-security", "patient-safety", "personal-data", "core-quality"]
Each = Literal["year", "quarter", "month", "week"]

TIMES_A_YEAR: dict[str, int] = {"year": 1, "quarter": 4, "month": 12, "week": 52}


class Burden(Declared):
    """Hours of work: `hours` per unit of `per` (an attribute, or 1 for the institution), each year, month …"""

    hours: Annotated[Decimal, Field(ge=0)] = Field(description="hours of work each time")
    per: Name | Literal[1] = Field(description="per unit of this attribute, or 1 for the institution")
    each: Each = Field(description="how often")
    source: Words = Field(description="where the estimate comes from")


class Requirement(Declared):
    """A duty of process, documentation or registration."""

    title: Words = Field(description="what people call it")
    kind: RequirementKind = Field(description="what sort of duty; relief goes by it")
    reference: Reference = Field(description="its legal basis")
    origin: Origin = Field(description="who made it")
    protects: list[Protection] = Field(description="anything here means: never relieved")
    burden: Burden = Field(description="what it costs")
    repeats: list[Id] = Field(default_factory=list[str], description="registrations that ask for the same thing")
    note: Words | None = Field(default=None, description="what else a reader should know")


class Requirements(Declared):
    """A file `rules/requirements/<area>.yaml`."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    requirements_of: Name = Field(description="the area")
    requirements: dict[Id, Requirement] = Field(description="the duties, by name")


class Support(Declared):
    """Developmental supervision and help; never more measuring and documenting."""

    title: Words = Field(description="what people call it")
    text: Words = Field(description="what it is, said to the institution")
    reference: Reference | None = Field(default=None, description="where it comes from")


class Supports(Declared):
    """The file `rules/supports.yaml`."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    supports: dict[Id, Support] = Field(description="the kinds of help, by name")
