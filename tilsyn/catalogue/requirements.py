"""Requirements and supports: what takes the staff's time, whom it protects, and what helps instead.

The register is per area; supports are common. Whether a requirement is in force for an
institution follows from its step, and is decided in `engine/effects.py`.
"""

from __future__ import annotations

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

    hours: Annotated[Decimal, Field(ge=0)]
    per: Name | Literal[1]
    each: Each
    source: Words = Field(description="where the estimate comes from")


class Requirement(Declared):
    """A duty of process, documentation or registration."""

    title: Words
    kind: RequirementKind
    reference: Reference
    origin: Origin
    protects: list[Protection] = Field(description="anything here means: never relieved")
    burden: Burden
    repeats: list[Id] = Field(default_factory=list[str], description="registrations that ask for the same thing")
    note: Words | None = None


class Requirements(Declared):
    """A file `rules/requirements/<area>.yaml`."""

    tilsyn: Literal[1]
    from_: dt.date = Field(alias="from")
    until: dt.date | None = None
    requirements_of: Name
    requirements: dict[Id, Requirement]


class Support(Declared):
    """Developmental supervision and help; never more measuring and documenting."""

    title: Words
    text: Words
    reference: Reference | None = None


class Supports(Declared):
    """The file `rules/supports.yaml`."""

    tilsyn: Literal[1]
    from_: dt.date = Field(alias="from")
    until: dt.date | None = None
    supports: dict[Id, Support]
