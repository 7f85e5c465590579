"""From where on a figure that is not rounded yet passes a cut: exactly where its rounding reaches the bound."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tilsyn.engine.columns import first_rounded_to
from tilsyn.engine.formulas import col
from tilsyn.engine.in_polars import values_of
from tilsyn.engine.pairs import round_half_up

HALF_GUARDED = 1e-9
"""A number so close to a tie is at the tie."""


@pytest.mark.parametrize(
    ("bound", "decimals", "above", "about"),
    [
        (70.0, 1, False, 69.95),  # 69.95 is rounded to 70.0
        (70.0, 1, True, 70.05),  # the first that is rounded to 70.1
        (70.0, 0, False, 69.5),
        (0.6, 2, False, 0.595),
        (0.0, 0, False, -0.5),  # away from zero: -0.5 is rounded to -1, and so are those at the tie
        (-2.0, 0, False, -2.5),
        (38.46, 1, False, 38.45),  # a bound that is finer than the figure is reached by the next that it can be
    ],
)
def test_the_first_figure_that_passes_lies_at_the_tie(bound: float, decimals: int, above: bool, about: float) -> None:
    found = first_rounded_to(bound, decimals, above=above)
    assert abs(found - about) <= 2 * HALF_GUARDED
    assert passes(bound, decimals, above, math.nextafter(found, -math.inf), found) == [False, True]


@given(
    st.integers(-(10**9), 10**9), st.integers(0, 6), st.booleans(), st.floats(-1.0, 1.0), st.integers(-40, 40)
)  # fmt: skip
def test_figures_near_a_cut_pass_it_as_they_do_when_they_are_rounded(
    units: int, decimals: int, above: bool, off: float, ulps: int
) -> None:
    bound = units / 10.0**decimals
    first = first_rounded_to(bound, decimals, above=above)
    near = first + ulps * math.ulp(first)
    figures = (near, first + off, first + off / 10.0**decimals, bound)
    assert passes(bound, decimals, above, *figures) == [x >= first for x in figures]


def passes(bound: float, decimals: int, above: bool, *figures: float) -> list[bool]:
    """Which figures, rounded, reach the bound."""
    rounded = round_half_up(col("x"), decimals)
    # two at least: of a table of one row Polars takes a column for a single value
    return values_of(rounded > bound if above else rounded >= bound, x=[*figures, 0.0]).tolist()[:-1]
