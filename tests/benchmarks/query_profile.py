"""Where a query's time goes: `python -m tests.benchmarks.query_profile [--institutions N] [--times N]
[--missing SHARE] [--readme]`.

The benchmark's three jobs in columns, each narrowed as it is asked (`peers.py`). One core does everything here, and
every formula, list and table of the query is worked out by itself, so that each can be told apart; what is said is the
share of the sum that each kind of step takes. A query that is asked as a whole takes less: steps that follow each other
are done to the same few rows at a time, and on as many cores as there are. With `--missing` such a share of each goal's
figures is not submitted. `--readme` writes the table into README.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.job import FIGURES, SEED, Data, make
from tests.benchmarks.peers_table import measured_on, written_into
from tilsyn import __version__

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.engine.formulas import Formula
    from tilsyn.engine.query import Query, Table

JOBS = {"simple": "simple job", "full": "with doubt and effects", "pool": "five periods pooled"}
LOOKING, TEXTS, LISTS = "looking at the tables", "texts of steps, rules and reasons", "lists looked up"
NAMES, CASES, ARITHMETIC = "steps' names made numbers", "cuts and other cases", "arithmetic"
READING = "reading, laying side by side, choosing rows"
KINDS = (LOOKING, READING, NAMES, ARITHMETIC, CASES, LISTS, TEXTS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--institutions", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--missing", type=float, default=0.0, help="the share of each goal's figures that is missing")
    parser.add_argument("--readme", action="store_true", help="write the table into README.md")
    asked = parser.parse_args()
    # before Polars is imported, which asks once
    os.environ["POLARS_MAX_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder), asked.institutions)
        data = Data(Path(folder), asked.institutions)
        found = {job: profile(data, job, asked.times, asked.missing) for job in JOBS}
    table = "\n".join([*_rows(found), "", f"{measured_on(f'medians of {asked.times}')}; tilsyn {__version__}."])
    print(table)
    if asked.readme:
        print(written_into(Path(__file__).parents[2] / "README.md", "where", table), file=sys.stderr)


def _rows(found: dict[str, tuple[Counter[str], Counter[str], float]]) -> Iterator[str]:
    yield f"| Step | {' | '.join(JOBS.values())} |"
    yield f"| --- |{' ---: |' * len(JOBS)}"
    for kind in KINDS:
        cells = [f"{taken[kind] / taken.total():.0%} ({steps[kind]})" for taken, steps, _ in found.values()]
        yield f"| {kind} | {' | '.join(cells)} |"
    yield f"| step by step, ms | {' | '.join(f'{taken.total():.0f}' for taken, _, _ in found.values())} |"
    yield f"| as a whole, ms | {' | '.join(f'{whole:.0f}' for _, _, whole in found.values())} |"


def profile(data: Data, job: str, times: int, missing: float) -> tuple[Counter[str], Counter[str], float]:
    """Milliseconds by kind of step, how many steps there are of each, and what the whole takes."""
    from tests.benchmarks.engines.tilsyn_engines import question
    from tilsyn.engine.in_polars import answered, looked_at, of_combinations
    from tilsyn.engine.narrowing import narrowed

    query, tables = question(data, job)
    if missing:
        tables["figures"] = _with_gaps(tables["figures"], missing)
    taken, steps = Counter[str](), Counter[str]()
    whole = median_ms(lambda: answered(query, **tables), times)
    taken[LOOKING], steps[LOOKING] = median_ms(lambda: looked_at(query, **tables), times), len(tables)
    facts, handed = looked_at(query, **tables)
    for kind, call in _steps(narrowed(query, facts, of_combinations), handed):
        taken[kind] += median_ms(call, times)
        steps[kind] += 1
    return taken, steps, whole


def _with_gaps(figures: pl.DataFrame, share: float) -> pl.DataFrame:
    """The same with such a share of each goal's figures gone, here and there."""
    import numpy as np
    import polars as pl

    from tilsyn.files.figures import NOT_SUBMITTED

    rng = np.random.default_rng(SEED)
    for name in FIGURES:
        gone, why = pl.Series(rng.random(figures.height) < share), f"{name}.missing"
        figures = figures.with_columns(
            pl.when(gone).then(None).otherwise(pl.col(name)).alias(name),
            pl.when(gone).then(pl.lit(NOT_SUBMITTED, figures.schema[why])).otherwise(pl.col(why)).alias(why),
        )
    return figures


def _steps(query: Query, tables: dict[str, pl.DataFrame]) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every formula, list and table of a query by itself, with the kind of step that it is."""
    from msgspec.structs import replace

    from tilsyn.engine.in_polars import Ready
    from tilsyn.engine.query import Join, Lookup, Pick, Query, Source, Where, With, in_order, trimmed, wanted

    query = trimmed(query)
    needs = wanted(query)
    frames: dict[int, pl.DataFrame] = {}
    for table in in_order(query.table):
        names = sorted(needs[table.number])
        frames[table.number] = Ready(Query(table, {name: name for name in names}))(**tables)
        match table:
            case With(_, columns) | Pick(_, columns):
                for name, formula in columns.items():
                    if formula.op not in ("column", "value"):
                        yield _kind(formula), _alone(replace(table, columns={name: formula}), frames, [name], tables)
            case Lookup(_, _, lists):
                for name, values in lists.items():
                    kind = TEXTS if isinstance(values, list) else LISTS
                    yield kind, _alone(replace(table, lists={name: values}), frames, [name], tables)
            case Join() | Where() | Source():
                yield READING, _alone(table, frames, names, tables)
            case _:
                raise AssertionError(f"no such table in these jobs: {table}")


def _alone(
    table: Table, frames: dict[int, pl.DataFrame], names: list[str], tables: dict[str, pl.DataFrame]
) -> Callable[[], Any]:
    """A table made of those that it is made from, which are there."""
    from tilsyn.engine.in_polars import Ready
    from tilsyn.engine.query import Query, Source, again

    under = {o.number: f"under {place}" for place, o in enumerate(table.over)}
    sources = {n: Source(name, {column: column for column in frames[n].columns}) for n, name in under.items()}
    ready = Ready(Query(again(table, sources), {name: name for name in names}))
    given = {name: frames[number] for number, name in under.items()} or tables
    return lambda: ready(**given)


def _kind(formula: Formula) -> str:
    from tilsyn.engine.formulas import cases

    if formula.op in ("words", "joined"):
        return TEXTS
    if formula.op == "=" and isinstance(formula.of[1].said, tuple) and isinstance(formula.of[1].said[0], str):
        return NAMES
    if formula.op == "case" and any(_kind(condition) is NAMES for condition in cases(formula)[0]):
        return NAMES
    return CASES if _has_cases(formula) else ARITHMETIC


def _has_cases(formula: Formula) -> bool:
    return formula.op == "case" or any(_has_cases(part) for part in formula.of)


def median_ms(call: Callable[[], Any], times: int) -> float:
    """Milliseconds of one call, the median of some; the first is not counted."""
    taken: list[float] = []
    for _ in range(times + 1):
        begun = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - begun))
    return sorted(taken[1:])[times // 2]


if __name__ == "__main__":
    main()
