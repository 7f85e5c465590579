"""The job in tilsyn, from its declarations: the columns reading, and the exact reading with all its working.

The columns reading runs on more than one engine; each is one line of `BACKENDS`.

The full job has no peer. What it is held to is the exact reading of the institutions that come first.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.engines import Engine, Ready
from tests.benchmarks.job import FIGURES, PERIOD, POOLED, RULES, STEPS, Answers, Data

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.catalogue.periods import Period
    from tilsyn.catalogue.policy import Policy
    from tilsyn.engine.nodes import Plan
    from tilsyn.engine.query import Query

HELD_TO_EXACT = 300
"""Institutions of the full job that are read exactly too."""


@dataclass(frozen=True)
class Backend:
    """An engine that tilsyn's queries run on. `asked` takes figures and states to it, which is not timed, and gives the
    call that asks and fetches the answer, which is; `framed` makes a frame of that, untimed."""

    title: str
    needs: tuple[str, ...]
    asked: Callable[[Plan, pl.DataFrame, pl.DataFrame], Callable[[], Any]]
    framed: Callable[[Any], pl.DataFrame]


WANTED = ("institution", "step", "rule")
"""What the simple job asks for."""

WANTED_IN_FULL = (*WANTED, "step_freest", "step_strictest", "in_force", "reasons", "hours_freed", "rights")
"""What the full job asks for: beside where an institution stands, how sure that is, why, and what it means."""


def _in_polars(plan: Plan, figures: pl.DataFrame, states: pl.DataFrame) -> Callable[[], pl.DataFrame]:
    """The question is put together once; the tables are looked at each time."""
    from tilsyn.engine import columns, in_polars

    query = columns.question(plan, figures.columns, period=PERIOD, with_states=True).only(WANTED)
    return lambda: in_polars.answered(query, figures=figures, states=states)


def _in_duckdb(plan: Plan, figures: pl.DataFrame, states: pl.DataFrame) -> Callable[[], Any]:
    """In tables of DuckDB's own, as the SQL that is written by hand has them."""
    import duckdb

    from tilsyn.engine import columns, in_duckdb

    connection = duckdb.connect(config=in_duckdb.SETTINGS)
    connection.execute(f"SET threads = {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1}")
    for name, frame in (("figures", figures), ("states", states)):
        connection.register("handed", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM handed")
        connection.unregister("handed")
    query = columns.question(plan, figures.columns, period=PERIOD, with_states=True).only(WANTED)
    sources = {name: connection.table(name) for name in ("figures", "states")}
    return lambda: in_duckdb.answered(query, connection, **sources).to_arrow_table()


def _in_spark(plan: Plan, figures: pl.DataFrame, states: pl.DataFrame) -> Callable[[], Any]:
    """From Parquet to Parquet, in a session that has begun."""
    import tempfile

    from tilsyn.engine import columns, in_spark
    from tilsyn.services.sweeping import spark_session

    folder = tempfile.mkdtemp()
    spark, out = spark_session(), f"{folder}/out"
    for name, frame in (("figures", figures), ("states", states)):
        frame.write_parquet(f"{folder}/{name}.parquet")
    query = columns.question(plan, figures.columns, period=PERIOD, with_states=True).only(WANTED)

    def run() -> str:
        sources = {name: spark.read.parquet(f"{folder}/{name}.parquet") for name in ("figures", "states")}
        in_spark.answered(query, os.cpu_count() or 1, **sources).write.mode("overwrite").parquet(out)
        return out

    return run


def _from_parquet(out: str) -> pl.DataFrame:
    import polars as pl

    return pl.read_parquet(f"{out}/*.parquet")


def _from_arrow(found: Any) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame(found)


BACKENDS = {
    "polars": Backend("Polars", ("polars",), _in_polars, lambda found: found),
    "duckdb": Backend("DuckDB", ("duckdb", "pyarrow"), _in_duckdb, _from_arrow),
    "spark": Backend("Spark, Parquet to Parquet", ("pyspark", "pyarrow"), _in_spark, _from_parquet),
}


def declared(job: str) -> tuple[Policy, Plan, Period]:
    from tilsyn.catalogue.periods import Period
    from tilsyn.services.rules import bound, checked

    period = Period("calendar-year", PERIOD)
    return *bound(checked(Path(__file__).parents[1] / f"policy_{job}"), "benchmark", period), period


# figures and state, as files would give them


def _framed(policy: Policy, columns: dict[str, Any]) -> pl.DataFrame:
    """A frame with all the area's columns; figures that are not mentioned are not submitted."""
    import polars as pl

    from tilsyn.files.figures import NOT_SUBMITTED, schema, slots

    told = {slot.of("missing"): 0 if slot.column in columns else NOT_SUBMITTED for slot in slots(policy.area)}
    frame = pl.DataFrame(columns)
    return frame.select(
        (pl.col(name) if name in columns else pl.lit(told.get(name))).cast(kind).alias(name)
        for name, kind in schema(policy.area).items()
    )


def _institutions(data: Data) -> pl.Series:
    import polars as pl

    return pl.int_range(data.count, eager=True).cast(pl.String()).str.zfill(8)


def simple_figures(policy: Policy, data: Data) -> pl.DataFrame:
    return _framed(policy, {"institution": _institutions(data), "period": PERIOD, **data.figures})


def _full_figures(policy: Policy, data: Data, periods: int) -> pl.DataFrame:
    """The figures of so many periods, shares as shares."""
    import polars as pl

    return pl.concat([_one_period(policy, data, back) for back in range(periods)])


def _one_period(policy: Policy, data: Data, back: int) -> pl.DataFrame:
    columns: dict[str, Any] = {"institution": _institutions(data), "period": PERIOD - back}
    columns |= {"citizens": data.about("citizens"), "accident": data.about("accident")}
    kinds = policy.area.indicators
    tenths, n, sd = data.tenths(back), data.about("n", back), data.about("sd", back)
    for place, name in enumerate(FIGURES):
        columns |= {name: tenths[place] / (1000.0 if kinds[name].kind == "proportion" else 10.0), f"{name}.n": n[place]}
        if kinds[name].kind == "mean":
            columns[f"{name}.sd"] = sd[place]
    return _framed(policy, columns)


def simple_states(data: Data) -> pl.DataFrame:
    """Where institutions stood, as the readings take it."""
    import polars as pl

    return pl.DataFrame({"institution": _institutions(data), "step": data.previous.astype("int64")}).with_columns(
        *(pl.lit(value, pl.Int64()).alias(name) for name, value in {"held": 1, "streak": 0, "absent": 0}.items()),
        pl.lit(False).alias("decided"),
        pl.col("step").alias("in_force"),
        pl.lit(1, pl.Int64()).alias("in_force_held"),
    )


def _full_state(data: Data) -> pl.DataFrame:
    """Where institutions stood, as a file of states says it."""
    import polars as pl

    steps = pl.Series(data.previous).replace_strict(list(range(len(STEPS))), list(STEPS), return_dtype=pl.String())
    return pl.DataFrame(
        {
            "institution": _institutions(data), "step": steps, "held": data.about("held"),
            "streak": data.about("streak"), "absent": 0, "status": "recommended",
            "in_force": steps, "in_force_held": data.about("held"),
        }
    )  # fmt: skip


# in columns


def _simple(data: Data, backend: Backend) -> Ready:
    policy, plan, _ = declared("simple")
    run = backend.asked(plan, simple_figures(policy, data), simple_states(data))
    return Ready(run, lambda found: _positions(backend.framed(found)))


def _full(data: Data, job: str, *, everything: bool = False) -> Ready:
    """What is asked for, or `everything` that `tilsyn place` writes."""
    from tilsyn.engine import in_polars

    first = Data(data.folder, min(data.count, HELD_TO_EXACT))
    expected = partial(_answered, lambda: _exact(first, job))
    if everything:
        return Ready(_placing(data, job), _positions, expected)
    query, tables = question(data, job)
    return Ready(lambda: in_polars.answered(query, **tables), _positions, expected)


def _placing(data: Data, job: str) -> Callable[[], pl.DataFrame]:
    """The call that gives all that `place` writes for a job, its tables at hand."""
    from tilsyn.services.placing import place

    policy, plan, period = declared(job)
    figures, state = _full_figures(policy, data, POOLED if job == "pool" else 1), _full_state(data)
    return lambda: place(policy, plan, figures, period, state).frame


def everything_placed(data: Data, job: str) -> pl.DataFrame:
    return _placing(data, job)().sort("institution")


def question(data: Data, job: str) -> tuple[Query, dict[str, pl.DataFrame]]:
    """What a job asks for in columns, and of which tables."""
    from tilsyn.engine import columns
    from tilsyn.engine.effects import numbers_in
    from tilsyn.services.placing import asked

    policy, plan, period = declared(job)
    if job == "simple":
        figures, states = simple_figures(policy, data), simple_states(data)
        query = columns.question(plan, figures.columns, period=PERIOD, with_states=True).only(WANTED)
    else:
        figures, states = _full_figures(policy, data, POOLED if job == "pool" else 1), _full_state(data)
        query = asked(policy, plan, period, figures.columns, numbers_in(figures), with_states=True)
        query = query.only(WANTED_IN_FULL)
    return query, {"figures": figures, "states": states}


def _positions(found: pl.DataFrame) -> Answers:
    import polars as pl

    told = found.sort("institution").select(
        pl.col("step").replace_strict(list(STEPS), list(range(len(STEPS))), return_dtype=pl.Int8()),
        pl.col("rule").replace_strict(list(RULES), list(range(len(RULES))), return_dtype=pl.Int8()),
    )
    return told["step"].to_numpy(), told["rule"].to_numpy()


# exactly


def _exact(data: Data, job: str) -> Ready:
    """The full job is held to the columns reading, as that is to this."""
    from tilsyn.engine import exact
    from tilsyn.engine.movement import State
    from tilsyn.services.placing import state_of

    policy, plan, _ = declared(job)
    if job == "simple":
        rows = simple_figures(policy, data).to_dicts()
        states = {row.pop("institution"): State(**row) for row in simple_states(data).to_dicts()}
    else:
        rows = _full_figures(policy, data, POOLED if job == "pool" else 1).to_dicts()
        states = {row["institution"]: state_of(row, plan.ladder) for row in _full_state(data).to_dicts()}

    def told(found: list[Any]) -> Answers:
        points = [placement.ladder.point for placement in found]
        return [placement.step for placement in found], [-1 if at is None else at.rule for at in points]

    expected = None if job == "simple" else partial(_answered, lambda: _full(data, job))
    return Ready(lambda: exact.read(plan, rows, period=PERIOD, states=states), told, expected)


def _answered(make: Callable[[], Ready]) -> Answers:
    ready = make()
    return ready.told(ready.run())


ENGINES = (
    *(
        Engine(
            "tilsyn" if name == "polars" else f"tilsyn-{name}",
            f"tilsyn in columns, {backend.title}",
            partial(_simple, backend=backend),
            backend.needs,
            beside=("polars-names",) if name == "polars" else (name, f"{name}-joined"),
        )
        for name, backend in BACKENDS.items()
    ),
    Engine("tilsyn-exact", "tilsyn exactly, with its working", partial(_exact, job="simple"), most=2_000),
    Engine("tilsyn-full", "tilsyn in columns, with doubt and effects", partial(_full, job="full"), job="full"),
    Engine("tilsyn-pool", "tilsyn in columns, five periods pooled", partial(_full, job="pool"), job="pool"),
    Engine(
        "tilsyn-full-all",
        "tilsyn with doubt and effects, every column that `place` writes",
        partial(_full, job="full", everything=True),
        job="full",
    ),
    Engine(
        "tilsyn-pool-all",
        "tilsyn with five periods pooled, every column that `place` writes",
        partial(_full, job="pool", everything=True),
        job="pool",
    ),
    Engine("tilsyn-exact-full", "tilsyn exactly, with doubt", partial(_exact, job="full"), job="full", most=500),
)
