"""Drawn figures for the areas and regimes that are declared, shipped ones above all: every text that their rules name,
figures on the numbers that they name and beside them, and every way of being missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import Period
from tilsyn.engine.columns import past_of
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.files.figures import Slot, attributes_of, schema, slots
from tilsyn.services.cases import case_period
from tilsyn.services.rules import bound, checked, first_period

from .figures import draw_states

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT, *sorted((ROOT / "rules" / "regimes").iterdir()))
"""The policy folders that are shipped."""


@dataclass(frozen=True)
class Declared:
    """An area of a policy folder as it is judged in a period: that of its last case, or the first of its rules."""

    area: Area
    plan: Plan
    period: Period


@cache
def declared() -> dict[str, Declared]:
    """Every shipped area and regime, by its name."""
    found: dict[str, Declared] = {}
    for folder in FOLDERS:
        catalogue = checked(folder)
        for name in catalogue.areas:
            latest = catalogue.on(name, catalogue.change_days(name)[-1])
            cases = latest.area.cases
            period = case_period(latest, cases[-1]) if cases else first_period(latest)
            policy, plan = bound(catalogue, name, period)
            found[name] = Declared(policy.area, plan, period)
    return found
