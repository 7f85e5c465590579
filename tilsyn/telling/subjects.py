"""What can be told about: the results that the use cases hand over.

They are plain values, defined here so that telling needs nothing that stands above it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tilsyn.catalogue.areas import Case
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.effects import Standing
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Value
from tilsyn.engine.working import Placement
from tilsyn.problems import Where
from tilsyn.studies.counterfactual import Moves

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Placed:
    """A sweep of one area and period: a row per institution, and the units that were closed and not placed."""

    policy: Policy
    plan: Plan
    period: Period
    day: dt.date
    frame: pl.DataFrame
    closed: pl.DataFrame

    @property
    def area(self) -> str:
        return self.policy.area.area


@dataclass(frozen=True)
class Delivered:
    """A sweep of files: the placements, what was refused or worth noting (in words), where it was written, and how
    many periods the files had."""

    placed: Placed
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    out: Path | None
    quarantine: Path | None
    periods: int = 1


@dataclass(frozen=True)
class CaseResult:
    """An author's case, what came out, and each expectation that was not met (what, expected, found)."""

    area: str
    case: Case
    where: Where
    placement: Placement
    differences: tuple[tuple[str, str, str], ...]

    @property
    def passed(self) -> bool:
        return not self.differences


@dataclass(frozen=True)
class Closed:
    """When a unit is first said to be closed, and which one took it over."""

    period: str
    successor: str | None


@dataclass(frozen=True)
class Explained:
    """Everything that an explanation is told from. `watched` are the figures of watched side effects."""

    policy: Policy
    plan: Plan
    period: Period
    institution: str
    name: str | None
    placement: Placement
    standing: Standing | None
    moves: Moves
    watched: dict[str, Value]
    made_from: dict[str, str]
    closed: Closed | None = None
