"""Ladders: levels, steps, the rules that lead to a step, and how one may move between steps.

A ladder shared by areas reads no goal by name. What a step means for an institution is text,
relief, support and rights; which requirements that touches is the area's register.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Feel, Id, Name, Share, Words

Disposition = Literal["leave-out", "doubt", "worst"]
RequirementKind = Literal["process", "documentation", "registration"]


class Needed(Declared):
    """An indicator that every area using the ladder must have."""

    kind: Literal["flag"]
    why: Words | None = None


class Relief(Declared):
    """Requirements that a step sets aside, by kind or by name. What protects somebody is never among them:
    relief by kind must say `except: protected` wherever a requirement of the kind is protected."""

    kinds: list[RequirementKind] = Field(default_factory=list[RequirementKind])
    except_: Literal["protected"] | None = Field(default=None, alias="except")
    requirements: list[Id] = Field(default_factory=list[str])


class Additions(Declared):
    """Requirements that a step adds."""

    requirements: list[Id]


class Visits(Declared):
    """How often the supervisor comes: `times` in `per_years` years."""

    times: Annotated[int, Field(ge=0)]
    per_years: Annotated[int, Field(ge=1)]


class Right(Declared):
    """A right that follows from a step, such as the expanded challenge right."""

    title: Words
    text: Words
    reference: Reference


class Step(Declared):
    """A step of the ladder: what it is called, what it means, and what it changes."""

    title: Words
    text: Words
    rights: list[Id] = Field(default_factory=list[str])
    relieves: Relief | None = None
    adds: Additions | None = None
    supports: list[Id] = Field(default_factory=list[str])
    ordered: bool = Field(default=False, description="the support is ordered, not offered")
    visits: Visits
    initial: bool = False
    formerly: Id | None = None
    reference: Reference


class Score(Declared):
    """How levels become a score, and how much of the weight must have a figure."""

    method: Literal["weighted-mean/v1"]
    coverage: Share


class Rule(Declared):
    """A row of the decision table. Every other key is a cell: the name of an input and its unary test."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Id
    step: Id
    because: Words
    reference: Reference

    @property
    def cells(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Placement(Declared):
    """The decision table from levels and score to a step."""

    hit: Literal["unique", "first"]
    rules: Annotated[list[Rule], Field(min_length=1)]


class Confirm(Declared):
    """How many periods in a row must point the same way before a move."""

    up: Annotated[int, Field(ge=1, le=10)] = 1
    down: Annotated[int, Field(ge=1, le=10)] = 1


class Lapse(Declared):
    """Silence never frees: after so many periods without an assessment, no freer than `to`."""

    after: Annotated[int, Field(ge=1, le=10)]
    to: Id


class Grave(Declared):
    """What puts an institution on a strict step whatever its results."""

    when: Feel
    step: Id
    because: Words
    reference: Reference


class Movement(Declared):
    """How placements follow each other. Left out altogether: no memory, the point reading's step."""

    up: Annotated[int, Field(ge=1)] | None = Field(default=None, description="at most so many steps freer per period")
    down: Annotated[int, Field(ge=1)] | None = None
    confirm: Confirm = Confirm()
    dwell: dict[Id, Annotated[int, Field(ge=1, le=10)]] = Field(default_factory=dict[str, Any])
    lapse: Lapse | None = None
    grave: Grave | None = None
    doubt: Literal["range", "point"] = "range"
    undecided: Literal["follow", "stay"] = "follow"


class Ladder(Declared):
    """A file `rules/ladders/<ladder>.yaml`."""

    tilsyn: Literal[1]
    from_: dt.date = Field(alias="from")
    until: dt.date | None = None
    ladder: Id
    title: Words
    about: Words | None = None
    example: bool = False
    levels: Annotated[dict[Name, Words], Field(min_length=2, max_length=9)]
    needs: dict[Name, Needed] = Field(default_factory=dict[str, Needed])
    rights: dict[Id, Right] = Field(default_factory=dict[str, Right])
    steps: Annotated[dict[Id, Step], Field(min_length=2, max_length=12)]
    score: Score
    missing: dict[str, Disposition]
    placement: Placement
    movement: Movement | None = None
