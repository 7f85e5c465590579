"""Intervals: how far a figure may lie from the truth, by versioned methods.

Each method gives one end of a two-sided interval at one confidence level, in the indicator's
own unit. Quantiles are tabulated as decimals, so that every reading multiplies by the same
number. What an interval means for a level is the reading's business.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from statistics import NormalDist

from tilsyn.engine.values import Missing, root

MOST_DEGREES = 1000
"""More degrees of freedom count as this many: 0.12 % wider than the normal at 95 %, and one table for all."""

ONE = Fraction(1)


@cache
def normal_quantile(confidence: Fraction) -> Fraction:
    """z for a two-sided level, to twelve decimals."""
    return Fraction(f"{NormalDist().inv_cdf(0.5 + float(confidence) / 2):.12f}")


@cache
def student_quantiles(confidence: Fraction) -> tuple[Fraction, ...]:
    """t for a two-sided level and 1, 2, … `MOST_DEGREES` degrees of freedom, to ten decimals."""
    from numpy import arange
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs]

    return tuple(Fraction(f"{t:.10f}") for t in stdtrit(arange(1, MOST_DEGREES + 1), 0.5 + float(confidence) / 2))


def student_quantile(confidence: Fraction, degrees: int) -> Fraction:
    return student_quantiles(confidence)[min(degrees, MOST_DEGREES) - 1]


def _root(x: Fraction) -> Fraction:
    found = root(x)
    assert not isinstance(found, Missing), "variances are never negative"
    return found


def wilson(count: Fraction, n: Fraction, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """Wilson's score interval of a share (Wilson 1927). `n` is above 0."""
    z, p = normal_quantile(confidence), count / n
    spread = z * _root(p * (1 - p) / n + z * z / (4 * n * n))
    centre, divisor = p + z * z / (2 * n), 1 + z * z / n
    return (centre - spread) / divisor, (centre + spread) / divisor


def byar(count: Fraction, exposure: Fraction, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """Byar's approximation to the exact Poisson limits (Breslow & Day 1987), divided by the exposure."""
    z, above = normal_quantile(confidence), count + 1
    low = Fraction(0)
    if count > 0:
        low = max(low, count * (1 - 1 / (9 * count) - z / (3 * _root(count))) ** 3)
    high = above * (1 - 1 / (9 * above) + z / (3 * _root(above))) ** 3
    return low / exposure, high / exposure


def student(
    mean: Fraction, variance: Fraction, n: Fraction, degrees: int, confidence: Fraction
) -> tuple[Fraction, Fraction]:
    """Student's t interval of a mean, from the variance between persons and its degrees of freedom (≥ 1)."""
    half = student_quantile(confidence, degrees) * _root(variance / n)
    return mean - half, mean + half


def normal(value: Fraction, se: Fraction, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """The normal interval of a value with a standard error."""
    half = normal_quantile(confidence) * se
    return value - half, value + half
