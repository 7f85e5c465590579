"""What a ladder does to invented institutions whose true quality is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.plan import make_plan
from tilsyn.problems import Problem, UsageError, Where
from tilsyn.services.proving import not_among_declarations
from tilsyn.services.rules import first_period

if TYPE_CHECKING:
    from fractions import Fraction

    import numpy as np
    from numpy.typing import NDArray

    from tilsyn.record.runs import Runs
    from tilsyn.studies.simulate import Simulated, Story


def picture_to(file: Path, folder: Path) -> None:
    """Whether a picture can be put in a file: a new one, or an SVG that is replaced, outside the policy folder's
    rules. Raises UsageError or SurroundingsError."""
    from tilsyn.files.export import opening, try_out

    if file.suffix.lower() != ".svg":
        raise UsageError(Problem(Where(str(file)), "plot-file-ending", {"found": file.suffix or file.name}))
    not_among_declarations(file, folder)
    if file.is_file() and "<svg" not in opening(file):
        raise UsageError(Problem(Where(str(file)), "plot-taken"))
    try_out(file)


def simulate_area(
    catalogue: Catalogue,
    area: str,
    *,
    on: dt.date | None = None,
    units: int,
    years: int,
    seed: int,
    confidences: Sequence[tuple[Fraction, Fraction]],
    pools: Sequence[int],
    story: Story,
    runs: Runs | None = None,
    progress: Callable[[float], None] = lambda _share: None,
) -> tuple[Policy, Simulated]:
    """What the declared evidence and every setting of a grid do to invented institutions, which are of the sizes that
    those in a record have, where one is given that knows enough of them. Raises UsageError."""
    from numpy.random import default_rng

    from tilsyn.studies.simulate import SETTLED, Setting, grid, simulate

    policy = catalogue.on(area, on or catalogue.change_days(area)[-1])
    sample = catalogue.sample(area)
    if policy.is_regime or sample is None:
        code = "simulate-no-ladder" if policy.is_regime else "simulate-no-sample"
        raise UsageError(Problem(Where(""), code, {"area": area}))
    settings = (Setting(), *grid(confidences, pools))
    done, all_ = 0, (len(settings) + 1) * (years + (SETTLED if story == "changes" else 0))

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done / all_)

    found = simulate(
        policy.area, make_plan(policy.area, policy.own_ladder), sample, catalogue.places[sample.where], settings,
        first=first_period(policy), units=units, years=years,
        generator=default_rng([seed, *area.encode()]), story=story, progress=tick,
        sizes=None if runs is None else _sizes(runs, policy, sample.size.attribute),
    )  # fmt: skip
    return policy, found


ENOUGH = 50
"""Institutions of which the size must be known before their sizes are taken instead of the declared ones."""


def _sizes(runs: Runs, policy: Policy, attribute: str) -> NDArray[np.float64] | None:
    """The sizes of an area's open institutions in the latest period that the record knows; None where they are few."""
    import polars as pl

    known = runs.store.periods(policy.area.area)
    if not known:
        return None
    frame = runs.store.figures(policy.area, known[-1:])
    now = frame.filter((pl.col("period") == known[-1]) & ~pl.col("closed").fill_null(False))
    sizes = now[attribute].drop_nulls().cast(pl.Float64)
    sizes = sizes.filter(sizes >= 1)
    return sizes.to_numpy() if len(sizes) >= ENOUGH else None
