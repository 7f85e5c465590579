"""The shipped areas and regimes on every engine: each output column of each institution is what the exact reading
gives. The published figures of the regimes that have some are read in `tests/truth`."""

from __future__ import annotations

from functools import cache

import pytest

from .declared import judged, names
from .engines import ENGINES
from .readings import Answers, Reads, differences, read_exact
from .sweep import FULL

INSTITUTIONS = 600 if FULL else 80


@cache
def law(name: str) -> Answers:
    one = judged(name, INSTITUTIONS)
    return read_exact(one.plan, one.frame, one.period.index, one.states)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", names())
def test_an_engine_says_what_the_exact_reading_says(name: str, engine: Reads) -> None:
    one = judged(name, INSTITUTIONS)
    found = engine(one.plan, one.frame, one.period.index, one.states)
    assert list(differences(one.plan, law(name), found)) == []
    assert len(found) >= INSTITUTIONS * 0.8


@pytest.mark.parametrize("name", names())
def test_their_results_differ(name: str) -> None:
    """Or the test above would say little."""
    plan = judged(name, INSTITUTIONS).plan
    for result in plan.results or ("step", *(f"{goal.name}.level" for goal in plan.goals)):
        assert len({str(answer[result]) for answer in law(name).values()}) > 2, result
