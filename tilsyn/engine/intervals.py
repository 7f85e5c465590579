"""Intervals: how far a figure may lie from the truth, by versioned methods.

Each method gives both ends of a two-sided interval at one confidence level, in the indicator's
own unit. Quantiles are tabulated as decimals, so that every reading multiplies by the same
number. Here is also how much institutions differ beyond chance, which widens the intervals of
all of them. What an interval means for a level is the reading's business.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import atan, ceil, exp, factorial, floor, inf, lgamma, nextafter, pi, sqrt, tan
from statistics import NormalDist

from msgspec import Struct

from tilsyn.engine.values import Missing, compared, root, steady, to_decimal

MOST_DEGREES = 1000
"""More degrees of freedom count as this many: 0.12 % wider than the normal at 95 %, and one table for all."""

MOST_STEPS = 500
"""Newton's method is done after so many steps; it takes a few, and more only where the confidence is nearly all."""

MOST_COUNTED = 1000
"""Larger counts have Byar's limits. From here on those lie within 0.0006 counts of the exact ones at 95 %, within
0.008 at 99.9 %."""

NONE, ONE = Fraction(0), Fraction(1)


def _below(confidence: Fraction) -> float:
    """The share that lies below the upper end, which in float64 must not become all."""
    return min(0.5 + float(confidence) / 2, nextafter(1.0, 0.0))


@cache
def normal_quantile(confidence: Fraction) -> Fraction:
    """z for a two-sided level, to twelve decimals."""
    return Fraction(f"{NormalDist().inv_cdf(_below(confidence)):.12f}")


def student_quantiles(confidence: Fraction) -> tuple[Fraction, ...]:
    """t for a two-sided level and 1, 2, … `MOST_DEGREES` degrees of freedom, to ten decimals."""
    return tuple(student_quantile(confidence, degrees) for degrees in range(1, MOST_DEGREES + 1))


def student_quantile(confidence: Fraction, degrees: int) -> Fraction:
    """t for a two-sided level, to ten decimals."""
    return _student_quantile(confidence, min(degrees, MOST_DEGREES))


@cache
def _student_quantile(confidence: Fraction, degrees: int) -> Fraction:
    """Newton's method on the share between -t and t, from a first approximation (Abramowitz & Stegun 26.7.5)."""
    below = _below(confidence)
    share, z = 2 * below - 1, NormalDist().inv_cdf(below)
    if degrees == 1:
        return Fraction(f"{tan(pi * share / 2):.10f}")
    if degrees == 2:
        return Fraction(f"{share * sqrt(2 / ((1 - share) * (1 + share))):.10f}")
    t, before = z + (z**3 + z) / (4 * degrees), inf
    highest = 2 * exp(lgamma((degrees + 1) / 2) - lgamma(degrees / 2)) / sqrt(degrees * pi)
    for _ in range(MOST_STEPS):
        step = (_student_share(t, degrees) - share) / (highest * (1 + t * t / degrees) ** (-(degrees + 1) / 2))
        t -= step
        if abs(step) < 1e-14 * t or (abs(step) < 1e-9 * t and abs(step) >= before):
            break
        before = abs(step)
    return Fraction(f"{t:.10f}")


def _student_share(t: float, degrees: int) -> float:
    """The share of Student's distribution between -t and t, for whole degrees of freedom above 2: a finite sum
    (Abramowitz & Stegun 26.7.3 and 26.7.4)."""
    cos2, sin = degrees / (degrees + t * t), t / sqrt(degrees + t * t)
    odd = degrees % 2
    term = total = 1.0
    for k in range(2, degrees - 1, 2):
        term *= cos2 * (k / (k + 1) if odd else (k - 1) / k)
        total += term
    return 2 / pi * (atan(t / sqrt(degrees)) + sin * sqrt(cos2) * total) if odd else sin * total


@cache
def poisson_limits(count: int, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """The exact limits of a Poisson mean (Garwood 1936), to twelve decimals: the means at which so many cases or
    more, and so many or fewer, have half of what the confidence leaves.

    Beside `confidence`, the count is whole, not negative and not above `MOST_COUNTED` + 1.
    """
    near = byar(Fraction(count), ONE, confidence)
    low = _mean_of_tail(count, confidence, near[0], more=True) if count else Fraction(0)
    return low, _mean_of_tail(count, confidence, near[1], more=False)


def _mean_of_tail(count: int, confidence: Fraction, near: Fraction, *, more: bool) -> Fraction:
    """The mean at which the tail from a count, itself included, holds (1 − confidence) / 2, by Newton's method on
    logarithms. A tail's logarithm is concave in the mean's, so the method gets there from anywhere."""
    with localcontext() as context:
        context.prec = 30
        wanted = ((1 - to_decimal(confidence)) / 2).ln()
        mean, ways, step = to_decimal(max(near, Fraction(1, 100))), factorial(count), Decimal(1)
        while abs(step) > Decimal("1e-9"):  # the next would be about its square
            here = (count * mean.ln() - mean).exp() / ways
            tail = _tail(count, mean, here, more=more)
            slope = (count if more else -mean) * here / tail
            step = (wanted - tail.ln()) / slope
            mean *= step.exp()
        return Fraction(f"{mean:.12f}")


def _tail(count: int, mean: Decimal, here: Decimal, *, more: bool) -> Decimal:
    """The probability of so many or more (or fewer) cases, from that of so many."""
    total, k = here, count
    while here > total * Decimal("1e-25"):
        k, here = (k + 1, here * mean / (k + 1)) if more else (k - 1, here * k / mean)
        total += here
    return total


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


def poisson(count: Fraction, exposure: Fraction, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """The exact Poisson limits, divided by the exposure.

    A count that is not whole, as one of a published rate times its base, lies as far between the limits of its
    neighbours as between them: it is a figure, but not one that a Poisson distribution could give.
    """
    if compared(count) > MOST_COUNTED:
        return byar(count, exposure, confidence)
    whole = floor(count)
    share = count - whole
    low, high = poisson_limits(whole, confidence)
    if share:
        above = poisson_limits(whole + 1, confidence)
        low, high = low + share * (above[0] - low), high + share * (above[1] - high)
    return low / exposure, high / exposure


def square_root(
    count: Fraction, exposure: Fraction, confidence: Fraction, between: Fraction = NONE
) -> tuple[Fraction, Fraction]:
    """The normal interval of √(observed / expected), whose variance 1 / (4 · expected) knows nothing of the
    observed, and `between` institutions; squared back."""
    value = _root(count / exposure)
    half = normal_quantile(confidence) * _root(1 / (4 * exposure) + between)
    return max(NONE, value - half) ** 2, (value + half) ** 2


def student(
    mean: Fraction, variance: Fraction, n: Fraction, degrees: int, confidence: Fraction
) -> tuple[Fraction, Fraction]:
    """Student's t interval of a mean, from the variance between persons and its degrees of freedom (≥ 1)."""
    half = student_quantile(confidence, degrees) * _root(variance / n)
    return mean - half, mean + half


def normal(value: Fraction, se: Fraction, confidence: Fraction, between: Fraction = NONE) -> tuple[Fraction, Fraction]:
    """The normal interval of a value with a standard error, and the variance `between` institutions."""
    half = normal_quantile(confidence) * (_root(se * se + between) if between else se)
    return value - half, value + half


# over-dispersion


class Score(Struct, frozen=True):
    """How many standard errors a figure lies from the centre, and its weight, one over the square of that error."""

    z: Fraction
    weight: Fraction


class Between(Struct, frozen=True):
    """The variance between institutions beyond chance, and how many of them it rests on."""

    variance: Fraction
    peers: int

    @property
    def deviation(self) -> Fraction:
        """τ: the standard deviation between institutions, on the scale of the scores."""
        return _root(self.variance)


def normal_score(value: Fraction, centre: Fraction, se: Fraction) -> Score | None:
    """On the figure's own scale. Without an error there is no score."""
    return Score((value - centre) / se, 1 / (se * se)) if steady(se) > 0 else None


def square_root_score(value: Fraction, centre: Fraction, expected: Fraction) -> Score | None:
    """On the scale of square roots, where the error is 1 / (2√expected). A centre below zero has no root."""
    if steady(centre) < 0:
        return None
    return Score((_root(value) - _root(steady(centre))) * 2 * _root(expected), 4 * expected)


def kept_ranks(n: int, ends: Fraction) -> tuple[int, int]:
    """Which of twice the ranks 1 … n are no extremes: from the first number, up to but not with the second.

    Extreme is a rank whose share of n + 1 is below `ends`, or not below 1 − `ends`. Twice a rank is whole where
    the same figures share the mean of their ranks.
    """
    return ceil(2 * (n + 1) * ends), ceil(2 * (n + 1) * (1 - ends))


def between(scores: Sequence[Score], ends: Fraction, *, winsorise: bool) -> Between:
    """Spiegelhalter's additive model (2005): what the scores spread more than chance would, as a variance on their
    scale. Extremes are left out, or `winsorise`d to the nearest score that is none."""
    ranks = _doubled_ranks([compared(score.z) for score in scores])
    first, after = kept_ranks(len(scores), ends)
    kept = [score for score, rank in zip(scores, ranks, strict=True) if first <= rank < after]
    if kept and winsorise:
        least, most = min(score.z for score in kept), max(score.z for score in kept)
        kept = [Score(min(max(score.z, least), most), score.weight) for score in scores]
    return Between(_excess(kept), len(kept))


def _doubled_ranks(values: Sequence[Fraction]) -> list[int]:
    """Twice the mean rank of each value, the lowest first."""
    order = sorted(values)
    first: dict[Fraction, int] = {}
    last: dict[Fraction, int] = {}
    for rank, value in enumerate(order, start=1):
        first.setdefault(value, rank)
        last[value] = rank
    return [first[value] + last[value] for value in values]


def _excess(scores: Sequence[Score]) -> Fraction:
    """(Σz² − (k − 1)) / (Σw − Σw²/Σw), not below zero; without two scores there is nothing to tell it from.

    The divisor is summed as 2 Σ wᵢ · (the weights before i) / Σw, which loses nothing where one weight is by far
    the largest.
    """
    if len(scores) < 2:
        return NONE
    with localcontext() as context:
        context.prec = 50
        squares = pairs = weights = Decimal(0)
        for score in scores:
            weight = to_decimal(score.weight)
            squares += to_decimal(score.z) ** 2
            pairs += weight * weights
            weights += weight
        return max(NONE, Fraction((squares - (len(scores) - 1)) * weights / (2 * pairs)))
