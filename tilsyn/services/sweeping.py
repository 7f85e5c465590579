"""A period of one area placed from Parquet to Parquet, by the engine that is asked for, without holding it all.

The figures are those that `place --out DIR` keeps: they have been checked, and here they are only read. What comes out
has the columns that `place` writes. It stands apart from `placing.py` because nothing here is at hand as a frame: all
that comes back is how many stand on each step.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import reads_peers
from tilsyn.files.results import make_folder, not_written, safe
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.services.placing import asked, before
from tilsyn.services.rules import bound, checked, period_of
from tilsyn.telling.subjects import Swept

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.engine.query import Query

Progress = Callable[[str, float], None]

Files = Mapping[str, Sequence[Path]]
"""The files of each table that is handed in: `figures`, and `states` where there are any."""


def sweep(
    folder: Path, area: str, figures: Sequence[Path], *, period: str, on: dt.date | None = None,
    previous: Path | None = None, engine: str, parts: int | None = None, master: str | None = None, out: Path,
    progress: Progress = lambda _what, _share: None,
) -> Swept:  # fmt: skip
    """Figures in Parquet, placements out in `out`, in a folder for the area and one in it for the period.

    With Polars and Spark all rows of an institution lie in one of the `parts`; with Spark there is one where
    institutions are compared with each other. `master` is the address of a Spark cluster, which must see the same
    files. Nothing is written unless all went well. Raises UsageError, DataError, SurroundingsError.
    """
    from tilsyn.files.figures import schema

    catalogue = checked(folder)
    when = period_of(catalogue, area, period)
    policy, plan = bound(catalogue, area, when, on)
    if previous is not None and policy.is_regime:
        raise UsageError(Problem(Where(str(previous)), "previous-without-ladder", {"area": area}))
    files: dict[str, Sequence[Path]] = {"figures": _parquet(figures)}
    if previous is not None:
        files["states"] = _parquet([previous])
    kinds = schema(policy.area)
    numbers = [name for name, kind in kinds.items() if kind.is_numeric()]
    query = asked(policy, plan, when, [*kinds], numbers, with_states=previous is not None)
    for name, paths in files.items():
        _has(paths, query, name)
    _fits(files, plan, area, when)
    if engine == "duckdb" and (alike := _alike(query)):
        raise UsageError(Problem(Where(str(folder)), "engine-letters", {"columns": alike[:10]}))
    parts = parts or os.cpu_count() or 1
    with _made(out, area, when) as target:
        match engine:
            case "duckdb":
                _by_duckdb(query, files, target)
            case "spark":
                _by_spark(query, files, 1 if reads_peers(plan) else parts, master, target)
            case _:
                _by_polars(query, files, parts, target, progress)
    place = out / f"area={area}" / f"period={safe(when.label)}"
    return Swept(policy, when, engine, place, *_told(place, plan))


def _alike(query: Query) -> tuple[str, ...]:
    """Columns that only small and capital letters tell apart, of those that DuckDB takes for the same: a to z."""
    from tilsyn.engine.query import asked_of

    known: dict[bytes, list[str]] = {}
    for name in sorted({*asked_of(query, "figures"), *query.columns}):
        known.setdefault(name.encode().lower(), []).append(name)
    return tuple(name for same in known.values() if len(same) > 1 for name in same)


# the files


def _parquet(paths: Sequence[Path]) -> list[Path]:
    """Files as they are, and those in folders. Raises UsageError where there is none, or one of another kind."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        # what begins with a dot is not finished, or was left when somebody ended the program
        inside = [one for one in inside if not any(part.startswith(".") for part in one.relative_to(path).parts)]
        if not inside or any(one.suffix != ".parquet" or not one.is_file() for one in inside):
            raise UsageError(Problem(Where(str(path)), "sweep-not-parquet"))
        found += inside
    return [*{path.resolve(): path for path in found}.values()]


def _has(paths: Sequence[Path], query: Query, name: str) -> None:
    """Every file has the columns that are asked of it. Raises DataError."""
    import polars as pl

    from tilsyn.engine.query import asked_of

    problems: list[Problem] = []
    for path in paths:
        try:
            there = pl.read_parquet_schema(path)
        except (OSError, pl.exceptions.PolarsError) as fault:
            problems.append(Problem(Where(str(path)), "results-unreadable", {"why": " ".join(str(fault).split())}))
            continue
        lacking = tuple(column for column in asked_of(query, name) if column not in there)
        if lacking:
            problems.append(Problem(Where(str(path)), "sweep-lacks", {"columns": lacking[:10]}))
    if problems:
        raise DataError(problems)


def _fits(files: Files, plan: Plan, area: str, when: Period) -> None:
    """The figures have rows of the period, one for each institution, and the placements before are the area's, earlier,
    on steps of the ladder, and one for each. Raises DataError."""
    import polars as pl

    rows = {
        name: pl.concat([pl.scan_parquet(path, glob=False) for path in paths], how="diagonal_relaxed")
        for name, paths in files.items()
    }
    where = {name: Where(", ".join(path.name for path in paths)) for name, paths in files.items()}

    def told(name: str, column: str) -> list[Any]:
        """What a column says, where there is one."""
        if column not in rows[name].collect_schema():
            return []
        return rows[name].select(pl.col(column).drop_nulls().unique().sort()).collect()[column].to_list()

    problems: list[Problem] = []
    periods = told("figures", "period")
    if when.index not in periods:
        labels = tuple(Period(when.kind, index).label for index in periods)
        problems.append(Problem(where["figures"], "data-no-rows-of-period", {"period": when.label, "found": labels}))
    for name, every in rows.items():
        own = every.with_row_index("row", 1)
        own = own.filter(pl.col("period") == when.index) if name == "figures" else own
        twice = own.group_by("institution").len().filter(pl.col("len") > 1).sort("institution").head(10).collect()
        for institution in twice["institution"]:
            at = own.filter(pl.col("institution") == institution).select("row").collect()["row"]
            args: dict[str, object] = {"institution": institution, "rows": ", ".join(map(str, at))}
            problems.append(Problem(where[name], "state-duplicate", args))
    if "states" in files:
        for column in ("step", "in_force"):
            for step in set(told("states", column)) - {*plan.ladder.positions}:
                known: dict[str, object] = {"found": step, **suggestion(step, plan.ladder.steps)}
                problems.append(Problem(where["states"], "state-unknown-step", known))
        problems += before(where["states"], told("states", "area"), told("states", "period"), area, when)
    if problems:
        raise DataError(problems)


@contextmanager
def _made(out: Path, area: str, when: Period) -> Generator[Path]:
    """A folder to write in, which takes its place when all is written."""
    target = out / f"area={area}" / f"period={safe(when.label)}"
    aside, old = (target.with_name(f".{target.name}.{what}") for what in ("part", "old"))
    make_folder(target.parent)
    try:
        if old.exists() and not target.exists():  # somebody ended the program between the two renamings
            os.replace(old, target)
        for path in (aside, old):
            shutil.rmtree(path, ignore_errors=True)
        yield aside
        if target.exists():
            os.replace(target, old)
        os.replace(aside, target)
    except OSError as fault:
        raise not_written(target, fault) from None
    finally:
        for path in (aside, old):
            shutil.rmtree(path, ignore_errors=True)


def _told(place: Path, plan: Plan) -> tuple[int, dict[str | None, int]]:
    """How many were placed, and on which step."""
    import polars as pl

    rows = pl.scan_parquet(place / "*.parquet")
    if plan.is_regime:
        return rows.select(pl.len()).collect().item(), {}
    counts = dict(rows.group_by("step").len().collect().rows())
    return sum(counts.values()), {step: counts.get(step, 0) for step in (*plan.ladder.steps, None)}


# the engines


def _by_polars(query: Query, files: Files, parts: int, target: Path, progress: Progress) -> None:
    from tilsyn.services.sharing import keep

    aside = target / "aside"
    aside.mkdir(parents=True)
    for part, found in enumerate(in_parts(query, files, parts, aside, progress)):
        keep(found, target / f"part-{part:04}.parquet")
    shutil.rmtree(aside)


def in_parts(
    query: Query, files: Files, parts: int, aside: Path, progress: Progress = lambda _what, _share: None
) -> Iterator[pl.DataFrame]:
    """The answer for each part of the institutions, by Polars. What depends on other institutions is found for all of
    them first, and lies in the folder `aside` meanwhile; it takes the few columns that it is found from."""
    import polars as pl

    from tilsyn.engine.in_polars import Ready
    from tilsyn.engine.query import apart, asked_of
    from tilsyn.services.sharing import Rows, bounds, keep, pieces

    firsts, rest = apart(query) if parts > 1 else ({}, query)
    every, steps = {**files}, len(firsts) + 1 + parts

    def step(number: int) -> None:
        progress(f"{number + 1}/{steps}", number / steps)

    for number, (name, first) in enumerate(firsts.items()):
        step(number)
        found = Ready(first)(**{known: pl.scan_parquet([*paths]) for known, paths in every.items()}).collect()
        every[name] = [aside / f"{name}.parquet"]
        keep(found, every[name][0])
    step(len(firsts))
    met = {name: pieces(paths) for name, paths in every.items()}
    limits = bounds(met["figures"], parts)
    rows = {name: Rows(every[name], own, asked_of(rest, name), limits, aside / name) for name, own in met.items()}
    ready = Ready(rest)
    for part in range(parts):
        step(len(firsts) + 1 + part)
        yield ready(**{name: own.of(part) for name, own in rows.items()}).collect()


def _by_duckdb(query: Query, files: Files, target: Path) -> None:
    duckdb: Any = _there("duckdb")
    from tilsyn.engine.in_duckdb import answered

    target.mkdir()
    with duckdb.connect() as connection:
        read = partial(connection.read_parquet, union_by_name=True)
        sources = {name: read([str(path) for path in paths]) for name, paths in files.items()}
        answered(query, connection, **sources).write_parquet(str(target / "part-0000.parquet"))


def _by_spark(query: Query, files: Files, parts: int, master: str | None, target: Path) -> None:
    for name in ("pyspark", "pyarrow"):
        _there(name, "spark")
    in_spark: Any = _there("tilsyn.engine.in_spark")
    spark = spark_session(master)
    sources = {name: spark.read.parquet(*(str(path.absolute()) for path in paths)) for name, paths in files.items()}
    in_spark.answered(query, parts, **sources).write.parquet(str(target.absolute()))


def spark_session(master: str | None = None) -> Any:
    """A session of Spark's on this machine, or at a cluster's address."""
    building: Any = _there("pyspark.sql", "spark").SparkSession.builder.appName("tilsyn").master(master or "local[*]")
    if master is None:
        # what Spark starts here is to find the packages that are installed here
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        building = building.config("spark.ui.enabled", "false")
    # declared names may differ in that alone
    spark = building.config("spark.sql.caseSensitive", "true").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def _there(module: str, extra: str | None = None) -> Any:
    """A library that comes with an extra. Raises UsageError where it is not installed."""
    from importlib import import_module

    try:
        return import_module(module)
    except ImportError:
        raise UsageError(Problem(Where(""), "engine-not-there", {"engine": extra or module})) from None
