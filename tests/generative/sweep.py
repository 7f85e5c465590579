"""One sweep of generated rule sets, shared by the tests that ask whether readings agree and what was reached.

`TILSYN_GENERATIVE=full` makes it a thousand rule sets and more than a hundred thousand institutions;
without it the sweep is small and always the same.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from hypothesis import HealthCheck, assume, given, settings

from tilsyn.engine.machine import cells_of

from .figures import Case, decided, make_case
from .plans import PLACED, THEMES, Sketch, sketches
from .reach import Reached
from .readings import differences, laid_out, place_exact, read_columns

FULL = os.environ.get("TILSYN_GENERATIVE") == "full"
PLANS = int(os.environ.get("TILSYN_GENERATIVE_PLANS", "1100")) if FULL else 60
INSTITUTIONS = 140 if FULL else 50
MOST_CELLS = 400_000
"""Larger tables are drawn again: compiling them would be most of the time."""

KEPT = 40
"""Cases kept for the tests that plant faults."""


@dataclass
class Sweep:
    """What a sweep came to; `failure` is what Hypothesis raised for its smallest example."""

    reached: Reached = field(default_factory=Reached)
    cases: list[Case] = field(default_factory=list[Case])
    failure: BaseException | None = None


def disagreements(case: Case, reached: Reached | None = None) -> list[str]:
    """Where the readings differ, over the periods in a row; the first period with any ends it."""
    rng, states = np.random.default_rng(case.sketch.seed), case.states
    if reached is not None:
        reached.plan(case.plan)
    for period in PLACED:
        placements = place_exact(case.plan, case.frame, period, states)
        law = {p.institution: laid_out(case.plan, p) for p in placements}
        found = list(differences(case.plan, law, read_columns(case.plan, case.frame, period, states)))
        if found:
            return [f"{period} {line}" for line in found]
        if reached is not None:
            for p in placements:
                known = states.get(p.institution)
                reached.placement(case.plan, p, decided=known is not None and known.decided)
        after = {p.institution: p.state for p in placements if p.state is not None}
        states = decided(case.plan, {**states, **after}, rng)
    return []


@cache
def sweep() -> Sweep:
    found = Sweep()

    def agree(sketch: Sketch) -> None:
        case = make_case(sketch)
        assume(cells_of(case.plan.ladder, case.plan.goals) <= MOST_CELLS)
        if len(found.cases) < KEPT:
            found.cases.append(case)
        assert not disagreements(case, found.reached)[:5]

    wanted = settings(
        max_examples=-(-PLANS // THEMES), deadline=None, database=None, derandomize=not FULL, print_blob=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    try:
        for theme in range(THEMES):
            wanted(given(sketches(theme=theme, most_institutions=INSTITUTIONS))(agree))()
    except BaseException as failure:
        found.failure = failure
    return found
