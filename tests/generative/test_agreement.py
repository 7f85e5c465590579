"""The exact reading and the columns say the same of generated institutions; and the generator reaches everything."""

from __future__ import annotations

import pytest

from .reach import wanted
from .sweep import FULL, sweep

pytestmark = pytest.mark.xdist_group("generative")


def test_both_readings_say_the_same_of_every_institution() -> None:
    found = sweep()
    if found.failure is not None:
        raise found.failure
    print(f"{found.reached.plans} plans, {found.reached.workings} institutions, {found.reached.placements} placed")
    assert found.reached.workings > (100_000 if FULL else 4_000)


@pytest.mark.parametrize("kind", wanted())
def test_generated_cases_reach_every(kind: str) -> None:
    never = sweep().reached.never(kind)
    assert not never, f"no generated case has {kind}: {sorted(never)}"
