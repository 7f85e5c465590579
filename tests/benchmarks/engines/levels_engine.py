"""The fifteen levels of the full job by hand in Polars: five goals at three places, and nothing else of that job.

What a placement with doubt cannot take less than. There are no checks, names or rules, nobody moves, and of each goal's
three levels one number is made. Held to the levels that tilsyn gives the institutions that come first.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.benchmarks.engines import Engine, Ready
from tests.benchmarks.job import BOUNDS, FIGURES, Answers, Data

if TYPE_CHECKING:
    import polars as pl

UP, DOWN = Fraction(6, 10), Fraction(7, 10)
"""How sure the two ends are, as `policy_full` says."""
MEANS, SHARES = (0, 1, 2), (3, 4)
LEVELS = ("critical", "below", "met", "strong")
CUTS = tuple(tuple(bound - 0.05 - 1e-9 for bound in bounds) for bounds in BOUNDS)
"""From here on a figure is rounded to the bound, which has one decimal, or beyond it."""


def _levels(data: Data) -> Ready:
    import polars as pl

    from tests.benchmarks.engines.tilsyn_engines import HELD_TO_EXACT
    from tilsyn.engine.intervals import normal_quantile, student_quantiles

    tenths, n, sd = data.tenths(0), data.about("n"), data.about("sd")
    frame = pl.DataFrame(
        {f"x{goal}": tenths[goal] / (1000.0 if goal in SHARES else 10.0) for goal in range(len(FIGURES))}
        | {f"n{goal}": n[goal].astype("float64") for goal in range(len(FIGURES))}
        | {f"s{goal}": sd[goal] for goal in MEANS}
    )
    # by how many persons there are, of which there are more than one
    up, down = (pl.Series([0.0, 0.0, *map(float, student_quantiles(sure))]) for sure in (UP, DOWN))
    of = {"up": float(normal_quantile(UP)), "down": float(normal_quantile(DOWN))}

    def run() -> pl.DataFrame:
        parts: list[pl.Expr] = []
        found: list[pl.Expr] = []
        for goal in MEANS:
            x, m, error, persons = (pl.col(f"{what}{goal}") for what in ("x", "n", "e", "k"))
            parts += [(pl.col(f"s{goal}") / m.sqrt()).alias(f"e{goal}")]
            parts += [m.cast(pl.UInt32, wrap_numerical=True).alias(f"k{goal}")]
            low, high = x - pl.lit(up).gather(persons) * error, x + pl.lit(down).gather(persons) * error
            found += _three(goal, CUTS[goal], low, x, high)
        for goal in SHARES:
            x, m, count, variance = (pl.col(f"{what}{goal}") for what in ("x", "n", "c", "v"))
            parts += [(x * m).alias(f"c{goal}"), (x * m * (1.0 - x)).alias(f"v{goal}")]
            ends = [
                (count + z * z / 2 + sign * ((variance + z * z / 4).sqrt() * z)) / (m + z * z)
                for sign, z in ((-1, of["up"]), (1, of["down"]))
            ]
            found += _three(goal, tuple(cut / 100 for cut in CUTS[goal]), ends[0], x, ends[1])
        made = frame.lazy().with_columns(parts).select(found)
        return made.select(_one_number("worst"), _one_number("point"), _one_number("best")).collect()

    def told(found: pl.DataFrame) -> Answers:
        return found["worst"].to_numpy(), found["best"].to_numpy()

    return Ready(run, told, lambda: _as_tilsyn_has_them(Data(data.folder, min(data.count, HELD_TO_EXACT))))


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


def _as_tilsyn_has_them(data: Data) -> Answers:
    from tests.benchmarks.engines.tilsyn_engines import everything_placed

    frame: Any = everything_placed(data, "full")
    places = {name: place for place, name in enumerate(LEVELS)}
    found: list[Any] = []
    for end in ("worst", "best"):
        place = np.zeros(data.count, np.int64)
        for goal in range(len(FIGURES)):
            place = place * len(LEVELS) + [places[name] for name in frame[f"goal_{goal + 1}.level_{end}"].to_list()]
        found.append(place)
    return found[0], found[1]


ENGINES = (Engine("polars-levels", "Polars by hand, the fifteen levels alone", _levels, ("polars",), job="full"),)
