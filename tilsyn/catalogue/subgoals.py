"""Sub-goals: what an owner below the ministry has made of an area's central goals.

A file says who set them and at which level, and for each which goal of a level above it serves. They
decide nothing about anybody's step; they are declared so that it can be counted how many a few central
goals become on their way down, and which serve none of them. The counting is `studies/sprawl.py`; that
a named goal is found nowhere above is told there, and is no fault of the file.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field

from tilsyn.catalogue.text import Declared, Name, Words


class SubGoal(Declared):
    """A goal that somebody below the ministry has set."""

    title: Words = Field(description="what people call it")
    serves: Name | None = Field(
        default=None, description="the central goal, or the sub-goal of a level above, that it serves; left out: none"
    )
    about: Words | None = Field(default=None, description="what a reader should know")


class SubGoals(Declared):
    """A file `goals/<anything>.yaml` with sub-goals. A folder may have several, and nothing else."""

    tilsyn: Literal[1] = Field(description="version of the grammar")
    from_: dt.date = Field(alias="from", description="first day in force")
    until: dt.date | None = Field(default=None, description="last day in force; left out: until further notice")
    subgoals_of: Name = Field(description="the area")
    level: Words = Field(description="the level at which they are set, such as `kommune`")
    owner: Words = Field(description="who set them")
    goals: Annotated[dict[Name, SubGoal], Field(min_length=1)] = Field(description="the sub-goals, by name")
