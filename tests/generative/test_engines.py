"""Every engine says the same of generated institutions as the exact reading, column by column."""

from __future__ import annotations

import pytest
from polars.testing import assert_frame_equal

from tilsyn.engine import columns
from tilsyn.engine.plan import reads_peers

from .engines import WITHOUT_SPARK
from .readings import differences, read_duckdb, read_parts, read_spark, state_frame
from .sweep import FULL, Round, sweep

pytestmark = pytest.mark.xdist_group("generative")


def rounds(every: int) -> list[Round]:
    """One period of every so many plans, the second: what it begins with was decided before."""
    found = sweep()
    if found.failure is not None:
        raise found.failure
    return found.rounds[1::3][::every]


def test_duckdb_says_the_same_as_the_exact_reading() -> None:
    told = rounds(1)
    for one in told:
        found = read_duckdb(one.plan, one.frame, one.period, one.states)
        assert list(differences(one.plan, one.law, found)) == []
    assert sum(len(one.law) for one in told) > (2_000 if FULL else 1_000)


def test_parts_say_the_same_as_all_at_once() -> None:
    """What is found among other institutions too. The last digit of an unrounded sum is not the same twice."""
    told = [one for one in rounds(1) if reads_peers(one.plan)]
    for one in told:
        found = read_parts(one.plan, one.frame, one.period, one.states).sort("institution")
        whole = columns.read(one.plan, one.frame, period=one.period, states=state_frame(one.states))
        assert_frame_equal(found, whole, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)
    assert sum(len(one.law) for one in told) > 200


@WITHOUT_SPARK
def test_spark_says_the_same_as_the_exact_reading() -> None:
    told = rounds(4)
    for one in told:
        found = read_spark(one.plan, one.frame, one.period, one.states)
        assert list(differences(one.plan, one.law, found)) == []
    assert sum(len(one.law) for one in told) > 200
