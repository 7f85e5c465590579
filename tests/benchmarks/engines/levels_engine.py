"""The fifteen levels of the jobs with doubt by hand in Polars: five goals at three places, and nothing else of a job.

What a placement with doubt cannot take less than, of one period and of five that are pooled. There are no checks, names
or rules, nobody moves, and of each goal's three levels one number is made. Held to the levels that tilsyn gives the
institutions that come first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import partial, reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.engines import Engine, Ready
from tests.benchmarks.job import BOUNDS, FIGURES, POOLED, Answers, Data

if TYPE_CHECKING:
    import polars as pl

UP, DOWN = Fraction(6, 10), Fraction(7, 10)
"""How sure the two ends are, as `policy_full` says."""
MEANS, SHARES = (0, 1, 2), (3, 4)
LEVELS = ("critical", "below", "met", "strong")
CUTS = tuple(tuple(bound - 0.05 - 1e-9 for bound in bounds) for bounds in BOUNDS)
"""From here on a figure is rounded to the bound, which has one decimal, or beyond it."""


Made = tuple[list["pl.Expr"], list["pl.Expr"], list["pl.Expr"]]
"""A goal's sums over periods, what is made of them, and its three levels."""


def _levels(data: Data, job: str, periods: int) -> Ready:
    import polars as pl

    from tests.benchmarks.engines.tilsyn_engines import HELD_TO_EXACT
    from tilsyn.engine.intervals import normal_quantile, student_quantiles

    frame = pl.DataFrame({name: column for back in range(periods) for name, column in _columns(data, back)})
    # by how many degrees of freedom there are; beyond the list they are as at its end
    of_means = [pl.Series([0.0, *map(float, student_quantiles(sure))]) for sure in (UP, DOWN)]
    of_shares = [float(normal_quantile(sure)) for sure in (UP, DOWN)]

    def run() -> pl.DataFrame:
        goals = [*(_mean(goal, periods, *of_means) for goal in MEANS)]
        goals += [_share(goal, periods, *of_shares) for goal in SHARES]
        sums, parts, found = ([one for goal in goals for one in goal[step]] for step in range(3))
        made = frame.lazy().select(sums).with_columns(parts).select(found)
        return made.select(_one_number("worst"), _one_number("point"), _one_number("best")).collect()

    def told(found: pl.DataFrame) -> Answers:
        return found["worst"].to_numpy(), found["best"].to_numpy()

    return Ready(run, told, lambda: _as_tilsyn_has_them(Data(data.folder, min(data.count, HELD_TO_EXACT)), job))


def _mean(goal: int, periods: int, up: pl.Series, down: pl.Series) -> Made:
    import polars as pl

    x, n, s = ([pl.col(f"{what}{goal} {back}") for back in range(periods)] for what in "xns")
    mean, m, error, place, weighted, squares = (pl.col(f"{what}{goal}") for what in "xnekwq")
    if periods == 1:
        sums = [x[0].alias(f"x{goal}"), n[0].alias(f"n{goal}"), s[0].alias(f"s{goal}")]
        parts = [(pl.col(f"s{goal}") / m.sqrt()).alias(f"e{goal}")]
        degrees = m - 1.0
    else:
        sums = [
            _sum(n).alias(f"n{goal}"),
            _sum([a * b for a, b in zip(x, n, strict=True)]).alias(f"w{goal}"),
            _sum([(a - 1.0) * b * b for a, b in zip(n, s, strict=True)]).alias(f"q{goal}"),
        ]
        parts = [(weighted / m).alias(f"x{goal}"), (squares / (m - periods) / m).sqrt().alias(f"e{goal}")]
        degrees = pl.min_horizontal(m - periods, pl.lit(float(len(up) - 1)))
    parts += [degrees.cast(pl.UInt32, wrap_numerical=True).alias(f"k{goal}")]
    low, high = mean - pl.lit(up).gather(place) * error, mean + pl.lit(down).gather(place) * error
    return sums, parts, _three(goal, CUTS[goal], low, mean, high)


def _share(goal: int, periods: int, up: float, down: float) -> Made:
    import polars as pl

    x, n = ([pl.col(f"{what}{goal} {back}") for back in range(periods)] for what in "xn")
    share, m, count, variance = (pl.col(f"{what}{goal}") for what in "xncv")
    sums = [_sum(n).alias(f"n{goal}"), _sum([a * b for a, b in zip(x, n, strict=True)]).alias(f"c{goal}")]
    if periods == 1:
        sums += [x[0].alias(f"x{goal}")]
        parts = [(count * (1.0 - share)).alias(f"v{goal}")]
    else:
        parts = [(count / m).alias(f"x{goal}"), (count * (1.0 - count / m)).alias(f"v{goal}")]
    low, high = (
        (count + z * z / 2 + sign * ((variance + z * z / 4).sqrt() * z)) / (m + z * z)
        for sign, z in ((-1, up), (1, down))
    )
    return sums, parts, _three(goal, tuple(cut / 100 for cut in CUTS[goal]), low, share, high)


def _columns(data: Data, back: int) -> Iterator[tuple[str, Any]]:
    """A period's figures, how many persons each is of, and their spread."""
    tenths, n, sd = data.tenths(back), data.about("n", back), data.about("sd", back)
    for goal in range(len(FIGURES)):
        yield f"x{goal} {back}", tenths[goal] / (1000.0 if goal in SHARES else 10.0)
        yield f"n{goal} {back}", n[goal].astype("float64")
        if goal in MEANS:
            yield f"s{goal} {back}", sd[goal]


def _sum(terms: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(lambda a, b: a + b, terms)


def _three(goal: int, bounds: tuple[float, ...], low: pl.Expr, x: pl.Expr, high: pl.Expr) -> list[pl.Expr]:
    return [_level(y, bounds).alias(f"{end}{goal}") for end, y in (("worst", low), ("point", x), ("best", high))]


def _level(x: pl.Expr, bounds: tuple[float, ...]) -> pl.Expr:
    import polars as pl

    critical, below, met, strong = (pl.lit(place, pl.Int8()) for place in range(len(LEVELS)))
    return pl.when(x >= bounds[2]).then(strong).when(x >= bounds[1]).then(met).when(x >= bounds[0]).then(
        below).otherwise(critical)  # fmt: skip


def _one_number(end: str) -> pl.Expr:
    import polars as pl

    of = [pl.col(f"{end}{goal}") for goal in range(len(FIGURES))]
    first, last = (of[0] * 4 + of[1]) * 4 + of[2], of[3] * 4 + of[4]
    return (first.cast(pl.Int32) * 16 + last.cast(pl.Int32)).alias(end)


def _as_tilsyn_has_them(data: Data, job: str) -> Answers:
    from tests.benchmarks.engines.tilsyn_engines import everything_placed

    frame: Any = everything_placed(data, job)
    places = {name: place for place, name in enumerate(LEVELS)}
    found: list[Any] = []
    for end in ("worst", "best"):
        place = np.zeros(data.count, np.int64)
        for goal in range(len(FIGURES)):
            place = place * len(LEVELS) + [places[name] for name in frame[f"goal_{goal + 1}.level_{end}"].to_list()]
        found.append(place)
    return found[0], found[1]


ENGINES = (
    Engine(
        "polars-levels",
        "Polars by hand, the fifteen levels alone",
        partial(_levels, job="full", periods=1),
        ("polars",),
        job="full",
    ),
    Engine(
        "polars-levels-pool",
        "Polars by hand, the fifteen levels of five periods pooled",
        partial(_levels, job="pool", periods=POOLED),
        ("polars",),
        job="pool",
    ),
)
