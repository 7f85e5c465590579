"""A period of one area placed from Parquet to Parquet, by the engine that is asked for, without holding it all.

The figures are those that `place --out DIR` keeps: they have been checked, and here they are only read. What comes out
has the columns that `place` writes. It stands apart from `placing.py` because nothing here is at hand as a frame: all
that comes back is how many went which way.
"""

from __future__ import annotations

import datetime as dt
import glob
import os
import re
import shutil
import socket
import sys
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from errno import ENOTDIR
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import periods_back
from tilsyn.files.results import make_folder, not_written, safe
from tilsyn.problems import DataError, Problem, SurroundingsError, TilsynError, UsageError, Where
from tilsyn.services.placing import asked, before, is_closed
from tilsyn.services.rules import bound, checked, period_of
from tilsyn.telling.subjects import Swept

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.engine.query import Query

Progress = Callable[[str, float], None]

Files = Mapping[str, Sequence[Path]]
"""The files of each table that is handed in: `figures`, and `states` where there are any."""

Kinds = Mapping[str, "pl.DataType"]
"""The kinds of a table's columns, by their names."""

KEPT = "figures.parquet"
"""What figures are called in a results folder."""

ANSWER_WITHIN = 10
"""Seconds in which a cluster is to answer."""


def folder_to_write(
    figures: Sequence[Path], *, engine: str, parts: int | None, master: str | None, out: Path | None,
    previous: Path | None, checking: Sequence[str],
) -> Path:  # fmt: skip
    """The folder to write in, where a sweep is asked for by `engine` or `parts`, or a Spark cluster by `master`.

    `checking` are the options that were given and that belong to files that are checked. Raises UsageError with all
    that is wrong with what was asked: an option that would mean nothing is refused, since somebody meant something by
    it.
    """
    problems = [*_meaningless(engine, parts, master)]
    if engine in ("duckdb", "spark") or (engine == "polars" and parts is not None):
        said = "--parts" if engine == "polars" else f"--engine {engine}"
        problems += [Problem(Where(""), "sweep-checked", {"option": one, "asked": said}) for one in checking]
        if out is None or out.suffix:
            problems.append(Problem(Where(str(out or "")), "sweep-no-folder", {"asked": said}))
        problems += _files(figures, previous)[1]
    if problems or out is None:
        raise UsageError(problems)
    return out


def _meaningless(engine: str, parts: int | None, master: str | None) -> Iterator[Problem]:
    """Options that the engine does nothing with."""
    if parts is not None and engine in ("exact", "duckdb"):
        yield Problem(Where(""), "sweep-no-parts", {"engine": engine})
    if master is not None and engine != "spark":
        yield Problem(Where(""), "sweep-no-spark", {"engine": engine})


def sweep(
    folder: Path, area: str, figures: Sequence[Path], *, period: str, on: dt.date | None = None,
    previous: Path | None = None, engine: str, parts: int | None = None, master: str | None = None, out: Path,
    progress: Progress = lambda _what, _share: None, lang: str = "da",
) -> Swept:  # fmt: skip
    """Figures in Parquet, placements out in `out`, in a folder for the area and one in it for the period.

    With Polars and Spark all rows of an institution lie in one of the `parts`. `master` is the address of a Spark
    cluster, which must see the same files. Nothing is written unless all went well. Raises UsageError, DataError,
    SurroundingsError.
    """
    from tilsyn.files.figures import schema
    from tilsyn.files.observations import absence
    from tilsyn.telling.words import note_text

    catalogue = checked(folder)
    when = period_of(catalogue, area, period)
    policy, plan = bound(catalogue, area, when, on)
    if previous is not None and policy.is_regime:
        raise UsageError(Problem(Where(str(previous)), "previous-without-ladder", {"area": area}))
    files, wrong = _files(figures, previous)
    if wrong:
        raise UsageError(wrong)
    kinds = schema(policy.area)
    numbers = [name for name, kind in kinds.items() if kind.is_numeric()]
    query = asked(policy, plan, when, [*kinds], numbers, with_states=previous is not None)
    _can(engine, query, folder)
    _has(files, query, kinds)
    if engine == "duckdb":
        _spelt_alike(files, query)
    if engine == "spark":
        for name in ("pyspark", "pyarrow"):
            _there(name, "spark")
        _answers(master)
    with _undamaged(files):
        periods = _said(files["figures"], "period")
        _fits(files, periods, plan, area, when)
        absent = _absent(files, when)
        institutions, closed = _counted(files["figures"], when)
        institutions += len(absent)
        if parts is not None and parts > institutions:
            args: dict[str, object] = {"parts": parts, "institutions": institutions, "period": when.label}
            raise UsageError(Problem(Where(""), "sweep-many-parts", args))
        parts = parts or os.cpu_count() or 1
        with _made(out, area, when) as (target, more):
            files = _completed(files, absent, policy.area, when, more)
            match engine:
                case "duckdb":
                    _by_duckdb(query, files, target)
                case "spark":
                    _by_spark(query, files, parts, master, target)
                case _:
                    _by_polars(query, files, parts, target, progress)
    upto = sum(index <= when.index for index in periods)
    told = _told(out / f"area={area}" / f"period={safe(when.label)}", policy, plan, when, engine, closed, upto)
    notes = [absence(absent, when)] if absent else []
    return replace(told, notes=tuple(note_text("notes", note.code, note.args, lang) for note in notes))


def _can(engine: str, query: Query, folder: Path) -> None:
    """The engine can do what is asked of it. Raises UsageError."""
    from tilsyn.engine.query import asked_of

    names = {*asked_of(query, "figures"), *query.columns}
    if engine == "duckdb" and (alike := _alike(names, names)):
        raise UsageError(Problem(Where(str(folder)), "engine-letters", {"columns": alike[:10]}))


def _alike(names: Iterable[str], asked_for: Collection[str]) -> tuple[str, ...]:
    """Names that only small and capital letters tell apart, of those that DuckDB takes for the same, a to z; where one
    of them is asked for."""
    known: dict[bytes, list[str]] = {}
    for name in sorted({*names}):
        known.setdefault(name.encode().lower(), []).append(name)
    return tuple(name for same in known.values() if len(same) > 1 and {*same} & {*asked_for} for name in same)


def _spelt_alike(files: Files, query: Query) -> None:
    """No column of a file would be read for another. Raises UsageError."""
    from tilsyn.engine.query import asked_of
    from tilsyn.services.sharing import rows_in

    problems: list[Problem] = []
    for name, paths in files.items():
        there = {column for path in paths for column in rows_in(path).collect_schema()}
        if alike := _alike(there, asked_of(query, name)):
            problems.append(Problem(_named(paths), "engine-letters", {"columns": alike[:10]}))
    if problems:
        raise UsageError(problems)


# the files


def _files(figures: Sequence[Path], previous: Path | None) -> tuple[Files, list[Problem]]:
    """The files of each table, and the paths where there are none."""
    tables = {"figures": figures, **({"states": [previous]} if previous is not None else {})}
    kept = {"figures": KEPT, "states": "placements.parquet"}
    found = {name: _parquet(paths, kept[name]) for name, paths in tables.items()}
    return (
        {name: paths for name, (paths, _) in found.items()},
        [problem for _, wrong in found.values() for problem in wrong],
    )


def _parquet(paths: Sequence[Path], kept: str) -> tuple[list[Path], list[Problem]]:
    """Files as they are, and those in folders, there those that are called as they are `kept`; and the paths that there
    is nothing at, or something of another kind."""
    found: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        inside = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
        # of a results folder that which is asked for, and not what else lies in it
        inside = [one for one in inside if one.name == kept] or inside
        # what begins with a dot is not finished, or was left when somebody ended the program
        inside = [one for one in inside if not any(part.startswith(".") for part in one.relative_to(path).parts)]
        if not path.exists():
            problems.append(Problem(Where(str(path)), "sweep-not-there"))
        elif not inside or any(one.suffix != ".parquet" or not one.is_file() for one in inside):
            problems.append(Problem(Where(str(path)), "sweep-not-parquet"))
        found += inside
    return [*{path.resolve(): path for path in found}.values()], problems


def _has(files: Files, query: Query, kinds: Kinds) -> None:
    """Every file has the columns that are asked of it, with what `place` keeps in them. Raises DataError."""
    from tilsyn.engine.query import asked_of

    known = {"figures": kinds, "states": _state_kinds()}
    problems = [
        problem
        for name, paths in files.items()
        for path in paths
        for problem in _unlike(path, asked_of(query, name), known[name])
    ]
    if problems:
        raise DataError(problems)


def _state_kinds() -> Kinds:
    """What stands in earlier placements, of what is read of them."""
    import polars as pl

    from tilsyn.files.state import COUNTS

    texts = ("institution", "step", "status", "in_force", "area", "period")
    return {**dict.fromkeys(COUNTS, pl.Int64()), **dict.fromkeys(texts, pl.String())}


def _unlike(path: Path, asked_of_it: Sequence[str], kinds: Kinds) -> Iterator[Problem]:
    """What a file lacks, or holds of another kind."""
    import polars as pl

    from tilsyn.services.sharing import rows_in

    try:
        there = rows_in(path).collect_schema()
    except (OSError, pl.exceptions.PolarsError) as fault:
        yield Problem(Where(str(path)), "results-unreadable", {"why": " ".join(str(fault).split())})
        return
    if lacking := tuple(column for column in asked_of_it if column not in there):
        yield Problem(Where(str(path)), "sweep-lacks", {"columns": lacking[:10]})
        return
    read = {column: kind for column, kind in there.items() if column in kinds}
    if other := tuple(column for column, kind in read.items() if not _is_such(kind, kinds[column])):
        yield Problem(Where(str(path)), "sweep-other-kind", {"columns": other[:10]})


def _is_such(found: pl.DataType, wanted: pl.DataType) -> bool:
    """Whether a column can be read as one of another kind: numbers may be stored shorter or longer, and a column with
    nothing in it may be of no kind."""
    import polars as pl

    if isinstance(found, pl.Null):
        return True
    if wanted.is_integer():
        return found.is_integer()
    return found.is_numeric() if wanted.is_numeric() else found == wanted


@contextmanager
def _undamaged(files: Files) -> Generator[None]:
    """What fails while files are read that are damaged is told as that. They are looked through only then, since it
    takes about as long as to place what stands in them. Raises DataError."""
    import polars as pl

    try:
        yield
    except (TilsynError, OSError):
        raise
    except (Exception, pl.exceptions.PanicException):  # a damaged page makes Polars panic, which is no Exception
        if problems := [problem for paths in files.values() for path in paths for problem in _damage(path)]:
            raise DataError(problems) from None
        raise


def _damage(path: Path) -> Iterator[Problem]:
    import polars as pl

    from tilsyn.services.sharing import TOGETHER

    try:
        rows = pl.scan_parquet(path, glob=False)
        for first in range(0, rows.select(pl.len()).collect().item(), TOGETHER):
            rows.slice(first, TOGETHER).collect()
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException) as fault:
        yield Problem(Where(str(path)), "results-unreadable", {"why": " ".join(str(fault).split())})


def _fits(files: Files, periods: Sequence[int], plan: Plan, area: str, when: Period) -> None:
    """The figures have rows of the period, one for each institution and of every period that is read, and the
    placements before are the area's, earlier, on steps of the ladder, and one for each. Raises DataError."""
    problems: list[Problem] = []
    if when.index not in periods:
        labels = tuple(Period(when.kind, index).label for index in periods)
        args: dict[str, object] = {"period": when.label, "found": labels}
        code = "data-no-rows-of-period" if periods else "data-no-rows"
        problems.append(Problem(_named(files["figures"]), code, args))
    for index in periods:
        if when.index - periods_back(plan) <= index <= when.index:
            problems += _twice(files["figures"], Period(when.kind, index))
    if "states" in files:
        problems += _misplaced(files["states"], plan, area, when)
    if problems:
        raise DataError(problems)


def _misplaced(states: Sequence[Path], plan: Plan, area: str, when: Period) -> Iterator[Problem]:
    """What is wrong with earlier placements: what `read_state` finds, of a few rows."""
    yield from _twice(states)
    yield from _incomplete(states)
    for column in ("step", "in_force"):
        for step in _said(states, column):
            if step not in plan.ladder.positions:
                known: dict[str, object] = {"found": step, **suggestion(step, plan.ladder.steps)}
                yield Problem(_named(states), "state-unknown-step", known)
    yield from before(_named(states), _said(states, "area"), _said(states, "period"), area, when)


def _incomplete(states: Sequence[Path]) -> Iterator[Problem]:
    """Earlier placements of nobody or on no step, with a status that there is none of, or for no number of periods."""
    import polars as pl

    from tilsyn.files.state import COUNTS, MOST, STATUS

    rows, counts = _rows(states), [pl.col(name) for name in COUNTS]
    ends = [count.min().name.suffix(" least") for count in counts] + [count.max() for count in counts]
    found = rows.select(pl.col("institution").null_count(), *ends).collect().row(0, named=True)
    if found["institution"]:
        yield Problem(_named(states), "state-no-institution")
    for institution in rows.filter(pl.col("step").is_null()).head(10).collect()["institution"]:
        yield Problem(_named(states), "state-no-step", {"institution": institution or ""})
    for status in _said(states, "status"):
        if status not in STATUS:
            yield Problem(_named(states), "state-unknown-status", {"found": status, **suggestion(status, STATUS)})
    for name, (least, _) in COUNTS.items():
        for one in {found[f"{name} least"], found[name]} - {None}:
            if not (-MOST if least is None else least) <= one <= MOST:
                code = "state-not-whole" if least is None else "state-not-a-count"
                yield Problem(_named(states), code, {"column": name, "found": one})


def _named(paths: Sequence[Path]) -> Where:
    return Where(", ".join(map(str, paths)))


def _rows(paths: Sequence[Path]) -> pl.LazyFrame:
    import polars as pl

    from tilsyn.services.sharing import rows_in

    return pl.concat([rows_in(path) for path in paths], how="diagonal_relaxed")


def _said(paths: Sequence[Path], column: str) -> list[Any]:
    """What a column says, where there is one."""
    import polars as pl

    rows = _rows(paths)
    if column not in rows.collect_schema():
        return []
    return rows.select(pl.col(column).drop_nulls().unique().sort()).collect()[column].to_list()


def _twice(paths: Sequence[Path], period: Period | None = None) -> Iterator[Problem]:
    """Institutions with several rows, in a period where one is named; a few of them."""
    import polars as pl

    from tilsyn.services.sharing import rows_in

    def own(path: Path) -> pl.LazyFrame:
        rows = rows_in(path).with_row_index("row", 1)
        rows = rows if period is None else rows.filter(pl.col("period") == period.index)
        return rows.select("institution", "row", pl.lit(str(path)).alias("file"))

    every = pl.concat([own(path) for path in paths], how="vertical_relaxed")
    # as many names as rows: then none is there twice. Numbers that stand for names take a fifth of the memory
    numbers = every.select(pl.col("institution").hash()).collect().to_series()
    if numbers.n_unique() == len(numbers):
        return
    names = every.group_by("institution").len().filter(pl.col("len") > 1).sort("institution").head(10).collect()
    rows = every.filter(pl.col("institution").is_in(names["institution"].to_list())).collect()
    for (institution,), at in rows.group_by("institution", maintain_order=True):
        files = at["file"].unique(maintain_order=True).to_list()
        places = [
            str(row) if len(files) == 1 else f"{file}:{row}" for file, row in at.select("file", "row").iter_rows()
        ]
        args: dict[str, object] = {"institution": institution, "rows": ", ".join(places)}
        where = Where(", ".join(files))
        if period is None:
            yield Problem(where, "state-duplicate", args)
        else:
            yield Problem(where, "sweep-duplicate", args | {"period": period.label})


def _absent(files: Files, when: Period) -> list[str]:
    """The institutions that were placed before and have no row of the period, in order."""
    import polars as pl

    if "states" not in files:
        return []
    here = _rows(files["figures"]).filter(pl.col("period") == when.index)
    stood = _rows(files["states"]).select("institution")
    found = stood.join(here.select("institution"), on="institution", how="anti").collect(engine="streaming")
    return sorted(found["institution"])


def _completed(files: Files, absent: Sequence[str], area: Area, when: Period, folder: Path) -> Files:
    """The files, those of the figures with one more, in a folder, where somebody is absent: as `place` gives a row in
    which nothing is submitted. Its columns are of the kinds that the others have."""
    from tilsyn.files.observations import not_submitted
    from tilsyn.services.sharing import keep, rows_in

    if not absent:
        return files
    kinds = rows_in(files["figures"][0]).collect_schema()
    rows = not_submitted(absent, area, when)
    folder.mkdir()
    keep(rows.select(rows[name].cast(kind) for name, kind in kinds.items() if name in rows.columns), folder / KEPT)
    return {**files, "figures": [*files["figures"], folder / KEPT]}


def _counted(figures: Sequence[Path], when: Period) -> tuple[int, int]:
    """How many institutions the period has, and how many of them are closed."""
    import polars as pl

    from tilsyn.engine.in_polars import expression

    here, closed = (pl.col("period") == when.index).sum(), expression(is_closed(when)).sum()
    found = _rows(figures).select(here.alias("here"), closed.alias("closed")).collect()
    return found["here"].item(), found["closed"].item()


@contextmanager
def _made(out: Path, area: str, when: Period) -> Generator[tuple[Path, Path]]:
    """A folder to write in, which takes its place when all is written, and one for what is read beside the files."""
    target = out / f"area={area}" / f"period={safe(when.label)}"
    aside, more, old = (target.with_name(f".{target.name}.{what}") for what in ("part", "more", "old"))
    make_folder(target.parent)
    try:
        if old.exists() and not target.exists():  # somebody ended the program between the two renamings
            os.replace(old, target)
        if target.exists() and not target.is_dir():
            raise NotADirectoryError(ENOTDIR, os.strerror(ENOTDIR))
        for path in (aside, more, old):
            shutil.rmtree(path, ignore_errors=True)
        yield aside, more
        if target.exists():
            os.replace(target, old)
        os.replace(aside, target)
    except OSError as fault:
        raise not_written(target, fault) from None
    finally:
        for path in (aside, more, old):
            shutil.rmtree(path, ignore_errors=True)


def _told(place: Path, policy: Policy, plan: Plan, when: Period, engine: str, closed: int, periods: int) -> Swept:
    """What was written, summed up: no row of it is held."""
    import polars as pl

    from tilsyn.telling.reports import tallied

    rows = _rows(sorted(place.glob("*.parquet")))
    if plan.is_regime:
        count = rows.select(pl.len()).collect().item()
        return Swept(policy, plan, when, engine, place, count, closed, periods)
    ways = tallied(rows)
    new = rows.select(pl.col("newcomer").all()).collect().item()
    return Swept(policy, plan, when, engine, place, int(ways["count"].sum()), closed, periods, ways, new)


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
    from tilsyn.engine.in_polars import Ready, answered
    from tilsyn.engine.query import apart, asked_of
    from tilsyn.services.sharing import Rows, bounds, keep, pieces

    firsts, rest = apart(query) if parts > 1 else ({}, query)
    every, steps = {**files}, len(firsts) + 1 + parts

    def step(number: int) -> None:
        progress(f"{number + 1}/{steps}", number / steps)

    for number, (name, first) in enumerate(firsts.items()):
        step(number)
        found = Ready(first)(**{known: _rows(paths) for known, paths in every.items()})
        every[name] = [aside / f"{name}.parquet"]
        keep(found, every[name][0])
    step(len(firsts))
    met = {name: pieces(paths) for name, paths in every.items()}
    limits = bounds(met["figures"], parts)
    # they are shared out by their institutions, even those from which nothing else is taken
    asked = {name: sorted({"institution", *asked_of(rest, name)}) for name in met}
    rows = {name: Rows(every[name], own, asked[name], limits, aside / name) for name, own in met.items()}
    for part in range(parts):
        step(len(firsts) + 1 + part)
        yield answered(rest, **{name: own.of(part).collect() for name, own in rows.items()})


def _by_duckdb(query: Query, files: Files, target: Path) -> None:
    duckdb: Any = _there("duckdb")
    from tilsyn.engine.in_duckdb import SETTINGS, answered

    target.mkdir()
    with duckdb.connect(config=SETTINGS) as connection:
        read = partial(connection.read_parquet, union_by_name=True)
        # it too reads patterns; one with every sign by itself is the name
        sources = {name: read([glob.escape(str(path)) for path in paths]) for name, paths in files.items()}
        try:
            answered(query, connection, **sources).write_parquet(str(target / "part-0000.parquet"))
        except duckdb.IOException as fault:
            if any(True for paths in files.values() for path in paths for _ in _damage(path)):
                raise
            raise OSError(0, " ".join(str(fault).split())) from None


def _by_spark(query: Query, files: Files, parts: int, master: str | None, target: Path) -> None:
    in_spark: Any = _there("tilsyn.engine.in_spark")
    spark = spark_session(master)
    sources = {name: spark.read.parquet(*map(_spark_name, paths)) for name, paths in files.items()}
    in_spark.answered(query, parts, **sources).write.parquet(str(target.absolute()))


def _answers(master: str | None) -> None:
    """Somebody answers at a cluster's addresses: Spark itself waits a minute, and then says so in three hundred lines.
    Raises SurroundingsError."""
    if master is None or not master.startswith("spark://"):
        return
    why = ""
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), timeout=ANSWER_WITHIN).close()
            return
        except (OSError, ValueError, OverflowError) as fault:
            why = str(fault)
    raise SurroundingsError(Problem(Where(""), "sweep-no-answer", {"master": master, "why": why}))


def _spark_name(path: Path) -> str:
    """A file's name as Spark reads it, which takes any for a pattern."""
    return re.sub(r"([][{}*?\\])", r"\\\1", str(path.absolute()))


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
