"""The job by hand in data frames and SQL: what somebody would write who had no rules engine.

Each gives the step and the rule as small whole numbers, the cheapest that it can hold, but for `polars-names`, which
names them as tilsyn does.
"""

from __future__ import annotations

import os
from functools import reduce
from typing import TYPE_CHECKING, Any

from tests.benchmarks.engines import Engine, Ready
from tests.benchmarks.engines.array_engines import answer_table
from tests.benchmarks.job import BOUNDS, FIGURES, POINTS, RULES, STEP_OF_RULE, STEPS, WEIGHTS, Answers, Data, fired

if TYPE_CHECKING:
    import polars as pl


def _polars(data: Data, *, names: bool = False) -> Ready:
    import polars as pl

    frame = pl.DataFrame({**data.figures, "previous": data.previous})

    def run() -> pl.DataFrame:
        points = [_points(pl.col(name), bounds) for name, bounds in zip(FIGURES, BOUNDS, strict=True)]
        weighted = [pl.col(f"p{n}") * weight for n, weight in enumerate(WEIGHTS)]
        judged = (
            frame.lazy()
            .select("previous", *(p.alias(f"p{n}") for n, p in enumerate(points)))
            .select(
                "previous",
                reduce(lambda a, b: a + b, weighted).alias("score"),
                pl.min_horizontal(pl.col(f"p{n}") for n in range(len(points))).alias("worst"),
            )
            .select("previous", _rule().alias("rule"))
            .select(
                _towards(pl.col("previous"), _step(pl.col("rule"))).alias("step"),
                "rule",
            )
        )
        return (judged.select(_named("step", STEPS), _named("rule", RULES)) if names else judged).collect()

    def told(found: pl.DataFrame) -> Answers:
        if names:
            found = found.select(_position("step", STEPS), _position("rule", RULES))
        return found["step"].to_numpy(), found["rule"].to_numpy()

    return Ready(run, told)


def _points(figure: pl.Expr, bounds: tuple[float, ...]) -> pl.Expr:
    import polars as pl

    worst, below, met, strong = (pl.lit(p, pl.Int16()) for p in POINTS)
    low, middle, high = bounds
    reached = pl.when(figure >= high).then(strong).when(figure >= middle).then(met).when(figure >= low).then(below)
    return reached.otherwise(worst)


def _rule() -> pl.Expr:
    import polars as pl

    score, worst, previous = pl.col("score"), pl.col("worst"), pl.col("previous")
    met, free, intensive = worst >= 70, previous == 0, previous == 4
    number = [pl.lit(n, pl.Int8()) for n in range(len(RULES))]
    return (
        pl.when(met & ~free & (score >= 8500)).then(number[0])
        .when(met & free & (score >= 8000)).then(number[1])
        .when(met & ~free).then(number[2])
        .when(met).then(number[3])
        .when(intensive & (score >= 6000)).then(number[8])
        .when(intensive).then(number[9])
        .when((worst == 40) & (score >= 6000)).then(number[4])
        .when(worst == 40).then(number[5])
        .when(score >= 5000).then(number[6])
        .otherwise(number[7])
    )  # fmt: skip


def _step(rule: pl.Expr) -> pl.Expr:
    import polars as pl

    step = [pl.lit(n, pl.Int8()) for n in range(len(STEPS))]
    return (
        pl.when(rule <= 1).then(step[0])
        .when(rule <= 3).then(step[1])
        .when(rule == 4).then(step[2])
        .when(rule.is_in([7, 9])).then(step[4])
        .otherwise(step[3])
    )  # fmt: skip


def _towards(previous: pl.Expr, target: pl.Expr) -> pl.Expr:
    return target.clip(previous - 1, previous + 1)


def _named(column: str, names: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    return pl.col(column).replace_strict(list(range(len(names))), list(names), return_dtype=pl.String())


def _position(column: str, names: tuple[str, ...]) -> pl.Expr:
    import polars as pl

    return pl.col(column).replace_strict(list(names), list(range(len(names))), return_dtype=pl.Int8())


def _polars_names(data: Data) -> Ready:
    return _polars(data, names=True)


def _polars_table(data: Data) -> Ready:
    """Every combination of levels and previous step answered beforehand, as `numpy-table` does."""
    import polars as pl

    frame, table = pl.DataFrame({**data.figures, "previous": data.previous}), pl.Series(answer_table())

    def run() -> pl.DataFrame:
        key = pl.lit(0, pl.Int16())
        for name, bounds in zip(FIGURES, BOUNDS, strict=True):
            key = key * len(POINTS) + reduce(lambda a, b: a + b, ((pl.col(name) >= b).cast(pl.Int16()) for b in bounds))
        key = key * len(STEPS) + pl.col("previous")
        return frame.lazy().select(pl.lit(table).gather(key).alias("answer")).collect()

    return Ready(run, lambda found: divmod(found["answer"].to_numpy(), len(RULES)))


def _duckdb(data: Data) -> Ready:
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1}")
    connection.register("handed", {**data.figures, "previous": data.previous})
    connection.execute("CREATE TABLE figures AS SELECT * FROM handed")
    connection.unregister("handed")
    sql = by_hand()
    return Ready(lambda: connection.execute(sql).fetchnumpy(), lambda found: (found["step"], found["rule"]))


def _duckdb_joined(data: Data) -> Ready:
    """From the two tables that tilsyn is given, to names and in Arrow, as tilsyn answers."""
    import duckdb

    connection = duckdb.connect()
    connection.execute(f"SET threads = {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1}")
    for name, frame in _two_tables(data).items():
        connection.register("handed", frame.to_arrow())
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM handed")
        connection.unregister("handed")
    return Ready(lambda: connection.sql(joined_by_hand()).to_arrow_table(), _of_names)


def _two_tables(data: Data) -> dict[str, pl.DataFrame]:
    """Figures and states apart, each with its institutions."""
    import polars as pl

    names = pl.int_range(data.count, eager=True).cast(pl.String()).str.zfill(8)
    return {
        "given": pl.DataFrame({"institution": names, **data.figures}),
        "states": pl.DataFrame({"institution": names, "previous": data.previous}),
    }


def _of_names(found: Any) -> Answers:
    import polars as pl

    told = pl.DataFrame(found).sort("institution").select(_position("step", STEPS), _position("rule", RULES))
    return told["step"].to_numpy(), told["rule"].to_numpy()


def joined_by_hand() -> str:
    """The same of two tables, `given` and `states`, in names."""
    joined = "SELECT given.*, states.previous FROM given LEFT JOIN states ON given.institution = states.institution"
    step, rule = (
        f"CASE {name} " + " ".join(f"WHEN {n} THEN '{word}'" for n, word in enumerate(words)) + f" END AS {name}"
        for name, words in (("step", STEPS), ("rule", RULES))
    )
    placed = by_hand("institution, ")
    return f"WITH figures AS ({joined}), placed AS ({placed}) SELECT institution, {step}, {rule} FROM placed"


def by_hand(carried: str = "") -> str:
    """The job in SQL that DuckDB and Spark both take. `carried` names columns that go along, each with a comma."""
    points = ", ".join(_case(name, bounds) for name, bounds in zip(FIGURES, BOUNDS, strict=True))
    score = " + ".join(f"{weight} * p_{name}" for name, weight in zip(FIGURES, WEIGHTS, strict=True))
    worst = ", ".join(f"p_{name}" for name in FIGURES)
    return f"""
        WITH pointed AS (SELECT {carried}previous, {points} FROM figures),
        scored AS (SELECT {carried}previous, {score} AS score, least({worst}) AS worst FROM pointed),
        ruled AS (
            SELECT {carried}previous, CAST(CASE
                WHEN worst >= 70 AND previous <> 0 AND score >= 8500 THEN 0
                WHEN worst >= 70 AND previous = 0 AND score >= 8000 THEN 1
                WHEN worst >= 70 AND previous <> 0 THEN 2
                WHEN worst >= 70 THEN 3
                WHEN previous = 4 AND score >= 6000 THEN 8
                WHEN previous = 4 THEN 9
                WHEN worst = 40 AND score >= 6000 THEN 4
                WHEN worst = 40 THEN 5
                WHEN score >= 5000 THEN 6
                ELSE 7 END AS TINYINT) AS rule
            FROM scored
        ),
        aimed AS (
            SELECT {carried}previous, rule, CAST(CASE
                WHEN rule <= 1 THEN 0 WHEN rule <= 3 THEN 1 WHEN rule = 4 THEN 2 WHEN rule IN (7, 9) THEN 4 ELSE 3
                END AS TINYINT) AS target
            FROM ruled
        )
        SELECT {carried}CAST(greatest(least(target, previous + 1), previous - 1) AS TINYINT) AS step, rule FROM aimed
    """


def _case(name: str, bounds: tuple[float, ...]) -> str:
    low, middle, high = bounds
    worst, below, met, strong = POINTS
    return (
        f"CAST(CASE WHEN {name} >= {high} THEN {strong} WHEN {name} >= {middle} THEN {met}"
        f" WHEN {name} >= {low} THEN {below} ELSE {worst} END AS SMALLINT) AS p_{name}"
    )


def _pandas(data: Data) -> Ready:
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({**data.figures, "previous": data.previous})
    points_of, steps = np.array(POINTS, np.int16), np.array(STEP_OF_RULE, np.int8)

    def run() -> Any:
        levels = pd.DataFrame(
            {
                name: pd.cut(frame[name], [-np.inf, *bounds, np.inf], right=False, labels=False)
                for name, bounds in zip(FIGURES, BOUNDS, strict=True)
            }
        )
        score = sum(points_of[levels[name]] * weight for name, weight in zip(FIGURES, WEIGHTS, strict=True))
        worst, previous = levels.min(axis=1), frame["previous"]
        rule = fired(score, worst, previous)
        target = pd.Series(steps[rule])
        return pd.DataFrame({"step": target.clip(previous - 1, previous + 1), "rule": rule})

    return Ready(run, lambda found: (found["step"].to_numpy(), found["rule"].to_numpy()))


def _spark(data: Data) -> Ready:
    """From Parquet to Parquet, in a session that has begun."""
    import polars as pl

    from tilsyn.services.sweeping import spark_session

    frame = pl.DataFrame({**data.figures, "previous": data.previous}).with_row_index("institution")
    frame.write_parquet(data.folder / "by-hand.parquet")
    spark, out = spark_session(), data.folder / "by-hand"
    spark.read.parquet(str(data.folder / "by-hand.parquet")).createOrReplaceTempView("figures")
    sql = by_hand("institution, ")

    def told(_: Any) -> Answers:
        found = pl.read_parquet(out / "*.parquet").sort("institution")
        return found["step"].to_numpy(), found["rule"].to_numpy()

    return Ready(lambda: spark.sql(sql).write.mode("overwrite").parquet(str(out)), told)


def _spark_joined(data: Data) -> Ready:
    """From the two tables that tilsyn is given, to names, from Parquet to Parquet."""
    import polars as pl

    from tilsyn.services.sweeping import spark_session

    spark, out = spark_session(), data.folder / "joined-by-hand"
    for name, frame in _two_tables(data).items():
        frame.write_parquet(data.folder / f"{name}.parquet")
        spark.read.parquet(str(data.folder / f"{name}.parquet")).createOrReplaceTempView(name)
    sql = joined_by_hand()
    return Ready(
        lambda: spark.sql(sql).write.mode("overwrite").parquet(str(out)),
        lambda _: _of_names(pl.read_parquet(out / "*.parquet")),
    )


ENGINES = (
    Engine("polars", "Polars by hand, lazy when/then", _polars, ("polars",)),
    Engine("polars-names", "Polars by hand, step and rule named", _polars_names, ("polars",)),
    Engine("polars-table", "Polars by hand, looked up in a table", _polars_table, ("polars",)),
    Engine("duckdb", "DuckDB by hand, SQL with CASE, fetched", _duckdb, ("duckdb",)),
    Engine("duckdb-joined", "DuckDB by hand, states joined, in names", _duckdb_joined, ("duckdb", "pyarrow")),
    Engine("spark", "Spark by hand, SQL with CASE, Parquet to Parquet", _spark, ("pyspark", "pyarrow")),
    Engine("spark-joined", "Spark by hand, states joined, in names", _spark_joined, ("pyspark", "pyarrow")),
    Engine("pandas", "pandas by hand", _pandas, ("pandas",)),
)
