"""Where a rule comes from: the legal reference that every goal, rule and requirement carries.

A reference is `checked: no` until a person has read it at the source; whatever shows a
reference shows that too. This module does not judge whether the law says so.
"""

import datetime as dt
from typing import Literal

from pydantic import Field

from tilsyn.catalogue.text import Declared, Words


class Checked(Declared):
    """Who read the reference at its source, and when."""

    by: str = Field(description="who read it")
    on: dt.date = Field(description="when")


class Reference(Declared):
    """A legal or factual source: the act by its title or number, the section, and who has checked it."""

    law: str | None = Field(default=None, description="the act, order or report, as one would cite it")
    eli: str | None = Field(default=None, description="its European Legislation Identifier, where it has one")
    section: str | None = Field(
        default=None, description="paragraph, such as `§ 13 b`; left out when nobody has read it"
    )
    note: Words | None = Field(
        default=None, description="what it is, where it is no law, or what the source does not say"
    )
    checked: Literal["no"] | Checked = Field(description="`no` until a person has read it at the source")

    @property
    def unchecked(self) -> bool:
        return self.checked == "no"


class Source(Declared):
    """Where a figure comes from; `already_collected` says that nobody is asked for it again."""

    register_: str = Field(alias="register", description="the register or survey")
    already_collected: bool = Field(default=False, description="nobody is asked for it again")
