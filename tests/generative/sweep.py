"""One sweep of generated rule sets, shared by the tests that ask whether readings agree and what was reached.

`TILSYN_GENERATIVE=full` makes it a thousand rule sets and more than a hundred thousand institutions;
without it the sweep is small and always the same. A disagreement names the institution and the quantity,
so Hypothesis is not asked to shrink it: with plans of this size that would take longer than the sweep.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import polars as pl
from hypothesis import HealthCheck, Phase, assume, given, settings

from tilsyn.engine.exact import Exact
from tilsyn.engine.machine import cells_of
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan

from .figures import Case, decided, make_case
from .plans import PLACED, THEMES, Sketch, sketches
from .reach import Reached
from .readings import Answers, differences, laid_out, read_columns, work_exact

FULL = os.environ.get("TILSYN_GENERATIVE") == "full"
PLANS = int(os.environ.get("TILSYN_GENERATIVE_PLANS", "1100")) if FULL else 36
INSTITUTIONS = 140 if FULL else 64
MOST_CELLS = 400_000
"""Larger tables are drawn again: compiling them would be most of the time."""

KEPT = 180
"""Rounds kept for the tests that plant faults."""


@dataclass(frozen=True)
class Round:
    """One period of a case, with what the exact reading says of it."""

    plan: Plan
    frame: pl.DataFrame
    period: int
    states: Mapping[str, State]
    law: Answers

    def differences(self, plan: Plan | None = None) -> list[str]:
        """Where the columns differ; they may be given another plan, as when a fault is planted."""
        swept = read_columns(plan or self.plan, self.frame, self.period, self.states)
        return [f"{self.period} {line}" for line in differences(self.plan, self.law, swept)]


@dataclass
class Sweep:
    """What a sweep came to; `failure` is what Hypothesis raised."""

    reached: Reached = field(default_factory=Reached)
    rounds: list[Round] = field(default_factory=list[Round])
    failure: BaseException | None = None


def rounds(case: Case, reached: Reached) -> Iterator[Round]:
    """The periods in a row, each beginning where the exact reading and some decisions left the one before."""
    rng, states = np.random.default_rng(case.sketch.seed), case.states
    law = Exact(case.plan, case.frame.to_dicts())
    reached.plan(case.plan)
    for period in PLACED:
        found = work_exact(law, period, states)
        reached.evaluated(law, period)
        for one in found:
            known = states.get(one.institution)
            reached.working(case.plan, one, decided=known is not None and known.decided)
        yield Round(case.plan, case.frame, period, states, {w.institution: laid_out(case.plan, w) for w in found})
        after = {w.institution: w.placement.state for w in found if w.placement and w.placement.state is not None}
        states = decided(case.plan, {**states, **after}, rng)


@cache
def sweep() -> Sweep:
    found = Sweep()

    def agree(sketch: Sketch) -> None:
        case = make_case(sketch)
        assume(case.plan.is_regime or cells_of(case.plan.ladder, case.plan.goals) <= MOST_CELLS)
        for one in rounds(case, found.reached):
            found_here = one.differences()
            assert not found_here, "\n".join(found_here[:8])
            if len(found.rounds) < KEPT:
                found.rounds.append(one)

    wanted = settings(
        max_examples=-(-PLANS // THEMES), deadline=None, database=None, derandomize=not FULL, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
    )  # fmt: skip
    try:
        for theme in range(THEMES):
            wanted(given(sketches(theme=theme, most_institutions=INSTITUTIONS))(agree))()
    except BaseException as failure:
        found.failure = failure
    return found
