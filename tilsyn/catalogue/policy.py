"""A policy: one area with its ladder, register and supports, as they stand on a day.

It is what the engine makes a plan of. Each part knows the file it was read from, so that a problem
that is found later, in an expression or a rule table, can still point at the line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Generic, Literal, TypeVar

from msgspec import Struct

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.dated import Path, is_map
from tilsyn.catalogue.documents import NOTHING, Args, Document
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.requirements import Requirements, Support, Supports
from tilsyn.catalogue.text import Declared
from tilsyn.problems import Problem, Where

M = TypeVar("M", bound=Declared)

PartName = Literal["area", "ladder", "requirements", "supports"]


class Part(Struct, Generic[M], frozen=True, eq=False):
    """A document on a day: its tree with first days resolved, and its model.

    `whole` is false while entries at fault are left out of the model; the tree has them still.
    """

    document: Document
    day: dt.date
    tree: Mapping[str, Any]
    model: M
    whole: bool = True

    def where(self, path: Path, *, offset: int = 0, key: bool = False) -> Where:
        """The place of a path of the resolved tree, or of a character in the text that stands there."""
        return self.document.where(path, offset=offset, key=key, day=self.day)

    def problem(self, path: Path, code: str, args: Args = NOTHING, *, offset: int = 0) -> Problem:
        """A problem with the value at a path, or with one character of it."""
        return self.document.problem(path, code, args, offset=offset, day=self.day)

    def key_problem(self, path: Path, code: str, args: Args = NOTHING) -> Problem:
        """A problem with the key at a path: its name, or what is missing below it."""
        return self.document.key_problem(path, code, args, day=self.day)

    def names(self, *path: str) -> tuple[str, ...]:
        """The names declared in a block, those at fault included."""
        node: Any = self.tree
        for step in path:
            node = node.get(step) if is_map(node) else None
        return tuple(node) if is_map(node) else ()


class Policy(Struct, frozen=True, eq=False):
    """Everything an area is judged by from `day`, when something changed, until the day before `next_day`."""

    name: str
    day: dt.date
    area_part: Part[Area]
    ladder_part: Part[Ladder] | None
    requirements_part: Part[Requirements] | None = None
    supports_part: Part[Supports] | None = None
    next_day: dt.date | None = None

    @property
    def area(self) -> Area:
        return self.area_part.model

    @property
    def ladder(self) -> Ladder:
        """The ladder of an area that has one; ask `is_regime` first."""
        assert self.ladder_part is not None, "a regime has no ladder"
        return self.ladder_part.model

    @property
    def own_ladder(self) -> Ladder | None:
        """The ladder, or None for a regime."""
        return self.ladder_part.model if self.ladder_part else None

    def ladder_names(self, *path: str) -> tuple[str, ...]:
        """The names declared in a block of the ladder; none for a regime."""
        return self.ladder_part.names(*path) if self.ladder_part else ()

    @property
    def is_regime(self) -> bool:
        """Whether the area is a rating regime: results, and no ladder to be placed on."""
        return self.ladder_part is None

    @property
    def requirements(self) -> Requirements:
        """The register; an empty one where the area has none."""
        if self.requirements_part:
            return self.requirements_part.model
        return Requirements.model_validate(
            {"tilsyn": 1, "from": self.day, "requirements_of": self.name, "requirements": {}}
        )

    @property
    def supports(self) -> dict[str, Support]:
        return self.supports_part.model.supports if self.supports_part else {}

    @property
    def parts(self) -> dict[PartName, Part[Any]]:
        """The parts that there are, by the name that `where` and `problem` take."""
        parts: dict[PartName, Part[Any] | None] = {
            "area": self.area_part,
            "ladder": self.ladder_part,
            "requirements": self.requirements_part,
            "supports": self.supports_part,
        }
        return {name: part for name, part in parts.items() if part}

    def where(self, part: PartName, path: Path, *, offset: int = 0, key: bool = False) -> Where:
        """The place in the files of a path in one of the parts."""
        return self.parts[part].where(path, offset=offset, key=key)

    def problem(self, part: PartName, path: Path, code: str, args: Args = NOTHING, *, offset: int = 0) -> Problem:
        """A problem with the value at a path in one of the parts, or with one character of it."""
        return self.parts[part].problem(path, code, args, offset=offset)

    def key_problem(self, part: PartName, path: Path, code: str, args: Args = NOTHING) -> Problem:
        """A problem with the key at a path in one of the parts."""
        return self.parts[part].key_problem(path, code, args)
