"""Queries in Polars, for a machine of one's own. Nothing is decided here; what each formula means is said in
`formulas.py`.

A query is made ready once and asked of as many tables as one likes: what takes time is to build what Polars is given,
not to give it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any, Literal, assert_never

import numpy as np
import polars as pl

from tilsyn.engine.folding import Digit
from tilsyn.engine.formulas import CODE, Formula, Kind, Window, cases
from tilsyn.engine.known import WHOLE, Known, either_of, nothing_but_nulls
from tilsyn.engine.narrowing import KEY, Facts, Kept, alike, narrowed
from tilsyn.engine.query import (
    Group,
    Join,
    Lookup,
    Pick,
    Query,
    Source,
    Table,
    Union,
    Where,
    With,
    asked_of,
    in_order,
    trimmed,
    wanted,
    worked_out,
)

KINDS: dict[Kind, Any] = {
    Kind.FLOAT: pl.Float64, Kind.INT: pl.Int64, Kind.SHORT: pl.Int32, Kind.CODE: pl.Int8, Kind.TEXT: pl.String,
    Kind.FLAG: pl.Boolean, Kind.NONE: pl.Null,
}  # fmt: skip

BINARY: dict[str, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    "+": pl.Expr.__add__, "-": pl.Expr.__sub__, "*": pl.Expr.__mul__,
    "**": pl.Expr.__pow__, "=": pl.Expr.__eq__, "!=": pl.Expr.__ne__, "<": pl.Expr.__lt__, "<=": pl.Expr.__le__,
    ">": pl.Expr.__gt__, ">=": pl.Expr.__ge__, "and": pl.Expr.__and__, "or": pl.Expr.__or__,
}  # fmt: skip

LARGER = {Kind.SHORT, Kind.INT}
"""Kinds of whole numbers that are not the smallest."""

ONES = "#1"
"""A column of ones, made where something is divided by what may be a scalar to Polars: a value, or a case of values
that comes to the same one in all rows that are read at once. By a scalar it multiplies with the reciprocal, and 6 / 10
becomes 0.6000000000000001, which lies above a threshold of 0.6."""

PLACE = "#place"
"""A column of row numbers, made where keys are joined."""

DEEPEST = 120
"""Tables that are made one of the other before they are worked out: Polars goes through a plan by recursion, and one
that is several hundred deep ends the process."""

LARGE = 20_000
"""Rows from which it is worth the while to look at them before they are asked of."""

PERIOD, MOST_PERIODS = "period", 100
"""What tables are taken apart by, and into how many parts at most."""

KIND_OF: dict[Any, Kind] = {dtype: kind for kind, dtype in KINDS.items()}

Step = Callable[[list[Any]], pl.LazyFrame]

Engine = Literal["auto", "in-memory"]
"""Polars' own. What it takes by itself adds pieces up as they come, which is otherwise each time; in memory what agrees
is added up in the order in which it lies, on however many cores."""

ADDED = ("sum", "mean", "sum before")
"""What depends on the order in which numbers are added."""


class Ready:
    """A query that was made ready."""

    def __init__(self, query: Query) -> None:
        query = trimmed(query)
        needs = wanted(query)
        tables = in_order(query.table)
        place = {one.number: n for n, one in enumerate(tables)}
        self._sources = {place[one.number]: one.name for one in tables if isinstance(one, Source)}
        self._engine: Engine = "in-memory" if any(map(_adds_up, tables)) else "auto"
        made = partial(_step, scalars=_scalars(tables), engine=self._engine)
        self._steps = [(made(one, needs[one.number]), [place[o.number] for o in one.over]) for one in tables]
        self._worked_out = {place[one.number] for one in worked_out(tables, DEEPEST)}
        self._last = [pl.col(inside).alias(name) for name, inside in query.columns.items()]

    def __call__(self, **sources: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
        """The answer, for the tables that the query names."""
        frames: list[pl.LazyFrame] = []
        for place, (step, over) in enumerate(self._steps):
            given = [sources[self._sources[place]]] if place in self._sources else [frames[n] for n in over]
            found = step(given)
            frames.append(found.collect(engine=self._engine).lazy() if place in self._worked_out else found)
        return frames[-1].select(self._last).collect(engine=self._engine)


def answered(query: Query, **sources: pl.DataFrame) -> pl.DataFrame:
    """The answer for these tables, which are looked at before where they are large."""
    if any(frame.height >= LARGE for frame in sources.values()):
        facts, sources = looked_at(query, **sources)
        return _ready.of(query, facts)(**sources)
    return Ready(query)(**sources)


_ready = Kept(lambda query, facts: Ready(narrowed(query, facts, of_combinations)))


def of_combinations(query: Query, digits: Sequence[Digit]) -> Mapping[str, Any] | None:
    """What a query answers of each combination of what some digits can be: texts, or numbers that are all there."""
    ends = [range(digit.low, digit.low + digit.count) for digit in digits]
    every = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, len(digits))
    columns = [pl.Series(d.name, every[:, n]).cast(KINDS[d.kind]) for n, d in enumerate(digits)]
    found = Ready(query)(combinations=pl.DataFrame(columns))
    texts = {name for name in query.columns if found.schema[name] == pl.String}
    if any(found[name].null_count() for name in query.columns.keys() - texts):
        return None
    return {name: found[name].to_list() if name in texts else found[name].to_numpy() for name in query.columns}


def answered_in_order(query: Query, column: str, **sources: pl.DataFrame) -> pl.DataFrame:
    """The answer, sorted by a column that it and the tables have."""
    given = {name: _in_order_of(frame, column) for name, frame in sources.items()}
    return _in_order_of(answered(query, **given), column).sort(column)


def _handed(frame: pl.DataFrame | pl.LazyFrame, columns: Mapping[str, str]) -> pl.LazyFrame:
    """Some columns of a table that is handed in, by their names inside. None is a scalar to Polars: what is one is
    written out for every row, which is why the others are left where they are."""
    if isinstance(frame, pl.DataFrame):
        frame = pl.DataFrame([frame[name] for name in dict.fromkeys(columns.values())] or frame.to_series()).lazy()
    # where nobody asks for any, there are as many rows nevertheless
    return frame.select([pl.col(name).alias(inside) for inside, name in columns.items()] or pl.first().alias(PLACE))


def _adds_up(table: Table) -> bool:
    """Whether a table adds up numbers of several rows."""
    match table:
        case With(_, columns) | Pick(_, columns):
            return any(map(_adds, columns.values()))
        case Where(_, condition):
            return _adds(condition)
        case Group(_, _, columns):
            return any(function in ADDED for function, _ in columns.values())
        case _:
            return False


def _adds(formula: Formula) -> bool:
    if not formula.around:
        return False
    return (formula.op == "window" and formula.said.function in ADDED) or any(map(_adds, formula.of))


def _scalars(tables: Sequence[Table]) -> frozenset[str]:
    """The columns that may be scalars to Polars, in some part of the rows at least."""
    found: set[str] = set()
    for one in tables:
        match one:
            case With(_, columns) | Pick(_, columns):
                found.update(name for name, formula in columns.items() if _may_be_scalar(formula, found))
            case Lookup(_, at, lists) if at in found:
                found.update(lists)
            case Union(_, columns):
                found.update(name for name, own in columns.items() if not found.isdisjoint(own))
            case _:
                pass
    return frozenset(found)


def _may_be_scalar(formula: Formula, scalars: Collection[str]) -> bool:
    """A case is what it comes to, and a single value where it comes to that in all rows that are read at once."""
    match formula.op:
        case "column":
            return formula.said in scalars
        case "value":
            return formula.said[0] is not None
        case "case":
            return any(_may_be_scalar(value, scalars) for value in cases(formula)[1])
        case "or value" | "largest" | "smallest":
            return any(_may_be_scalar(part, scalars) for part in formula.of)
        case "window":
            return False
        case _:
            return all(_may_be_scalar(part, scalars) for part in formula.of)


def _step(table: Table, needs: set[str], scalars: frozenset[str], engine: Engine) -> Step:
    """What is done for a table of a query that is `trimmed`."""
    match table:
        case Source(_, columns):
            taken = {inside: name for inside, name in columns.items() if inside in needs}
            return lambda of: _handed(of[0], taken)
        case With(_, columns):
            made = [_expression(formula, {}, scalars).alias(name) for name, formula in columns.items()]
            return lambda of: of[0].with_columns(_ones()).with_columns(made)
        case Where(_, condition):
            met = expression(condition)
            return lambda of: of[0].filter(met)
        case Pick(_, columns, distinct):
            made = [_expression(formula, {}, scalars).alias(name) for name, formula in columns.items()]
            if distinct:
                return lambda of: of[0].select(made).unique()
            # of values alone a selection makes one row
            return lambda of: of[0].with_columns(_ones()).with_columns(made).select([*columns])
        case Join(_, _, on, takes, anti):
            here, there = [a for a, _ in on], [b for _, b in on]
            if anti:
                return lambda of: of[0].join(of[1], left_on=here, right_on=there, how="anti")
            if table.beside:
                taken = sorted(needs & {*takes})
                return lambda of: pl.concat([of[0], of[1].select(taken)], how="horizontal")
            own = sorted((needs - {*takes}) | {*here})
            kept = sorted({*there} | (needs & {*takes}))
            return lambda of: _beside(of[0].select(own), of[1].select(kept), here, there, engine)
        case Group(_, keys, columns):
            made = [_of_rows(function, pl.col(of)).alias(name) for name, (function, of) in columns.items()
                    if name in needs]  # fmt: skip
            return lambda of: of[0].group_by(*keys).agg(made)
        case Union(_, columns):
            picked = [
                [pl.col(names[place]).alias(inside) for inside, names in columns.items() if inside in needs]
                for place in range(len(table.over))
            ]
            return lambda of: pl.concat(
                [one.select(some) for one, some in zip(of, picked, strict=True)], how="vertical_relaxed"
            )
        case Lookup(_, at, lists):
            found = [pl.lit(_list(values)).gather(pl.col(at)).alias(name) for name, values in lists.items()]
            return lambda of: of[0].with_columns(found)
        case _:
            raise AssertionError(f"no such table: {table}")


def _list(values: Any) -> pl.Series:
    """What is looked up: an array, or texts, of which none may be there."""
    return pl.Series(values, dtype=pl.String if isinstance(values, list) else None)


def looked_at(query: Query, **sources: pl.DataFrame) -> tuple[Facts, dict[str, pl.DataFrame]]:
    """What these tables hold of what a query asks of them, and the tables; those whose periods lie one after the other
    also period by period."""
    asked = {name: asked_of(query, name) for name in sources}
    found = {name: _by_period(frame) if PERIOD in asked[name] else {} for name, frame in sources.items()}
    parts = {(name, PERIOD, period): f"{name} {period}" for name, own in found.items() for period in own}
    given = {**sources, **{parts[name, PERIOD, p]: rows for name, own in found.items() for p, rows in own.items()}}
    each = {name: [parts[name, PERIOD, period] for period in own] or [name] for name, own in found.items()}
    # at once: a table is gone through as fast as it can be read
    first = {rows.height: one for one, rows in reversed(given.items())}
    looks = {one: given[one].lazy().select(_ends(given[one], asked[name])) for name, own in each.items() for one in own}
    beside = {(one, of): _same(given[one], rows) for of, rows in given.items() if (one := first[rows.height]) != of}
    told = pl.collect_all([*looks.values(), *beside.values()])
    ends = {one: next(told[place].iter_rows(named=True), dict[str, Any]()) for place, one in enumerate(looks)}
    same_rows = {pair: found.item() for pair, found in zip(beside, told[len(looks) :], strict=True)}
    columns: dict[str, Mapping[str, Known]] = {}
    for name, own in each.items():
        for one in own:
            columns[one] = {column: _known(given[one][column], column, ends[one]) for column in asked[name]}
        columns[name] = either_of([columns[one] for one in own])

    def same(one: str, other: str) -> bool:
        if (one, other) not in same_rows:
            return given[one].height == given[other].height and bool(_same(given[one], given[other]).collect().item())
        return bool(same_rows[one, other])

    return Facts(columns, parts, alike(given, same)), given


def _same(one: pl.DataFrame, other: pl.DataFrame) -> pl.LazyFrame:
    """Whether two tables of as many rows are about the same institutions, row by row."""
    both = pl.DataFrame([one[KEY], other[KEY].alias("other")])
    return both.lazy().select((pl.col(KEY) == pl.col("other")).all(ignore_nulls=False).fill_null(False))


def _by_period(frame: pl.DataFrame) -> dict[int, pl.DataFrame]:
    """The rows of each period, where they lie one after the other and there are several."""
    if frame[PERIOD].min() == frame[PERIOD].max():
        return {}
    runs = frame[PERIOD].rle().struct.unnest()
    if not 1 < len(runs) < MOST_PERIODS or runs["value"].null_count() or runs["value"].n_unique() < len(runs):
        return {}
    starts = runs["len"].cum_sum() - runs["len"]
    return {
        period: frame.slice(start, length)
        for period, start, length in zip(runs["value"], starts, runs["len"], strict=True)
    }


def _ends(frame: pl.DataFrame, names: Sequence[str]) -> list[pl.Expr]:
    """Between which values columns lie, and a sum, which is no number where one of them is none: the ends pass over
    those."""
    found: list[pl.Expr] = []
    for name in names:
        column, x = frame[name], pl.col(name)
        kind = KIND_OF.get(column.dtype)
        if kind is None or kind is Kind.TEXT or column.null_count() == len(column):
            continue
        low, high = (x.all(), x.any()) if kind is Kind.FLAG else (x.min(), x.max())
        found += [low.alias(f"{name} low"), high.alias(f"{name} high")]
        if kind is Kind.FLOAT:
            found.append(x.sum().alias(f"{name} sum"))
    return found


def _known(column: pl.Series, name: str, ends: Mapping[str, Any]) -> Known:
    kind, nulls = KIND_OF.get(column.dtype), column.null_count()
    if nulls == len(column):
        return nothing_but_nulls(kind)
    if f"{name} low" not in ends or not isfinite(ends.get(f"{name} sum", 0)):
        return Known(kind, nulls=nulls > 0)
    low, high = ends[f"{name} low"], ends[f"{name} high"]
    return Known(kind, int(low), int(high), nulls > 0) if kind is Kind.FLAG else Known(kind, low, high, nulls > 0)


def _beside(
    of: pl.LazyFrame, other: pl.LazyFrame, here: Sequence[str], there: Sequence[str], engine: Engine
) -> pl.LazyFrame:
    """A table with the columns of the one row of another that agrees with it, its own rows in their order. Tables about
    the same institutions mostly lie in the same order, and are then laid side by side, which takes no time; else only
    the keys are joined, and the rest is fetched from where they lie."""
    left, right = pl.collect_all([of, other], engine=engine)
    found = right.drop(there)
    pairs = [(left[a], right[b]) for a, b in zip(here, there, strict=True)]
    if all(a.dtype == b.dtype and not a.null_count() and a.equals(b) for a, b in pairs):
        return left.hstack(found).lazy()
    places = right.lazy().select(there).with_row_index(PLACE)
    at = left.lazy().select(here).join(places, left_on=here, right_on=there, how="left", maintain_order="left")
    return left.hstack(found.select(pl.all().gather(at.collect()[PLACE]))).lazy()


def _ones() -> pl.Expr:
    return (pl.int_range(pl.len()).cast(pl.Float64) * 0.0 + 1.0).alias(ONES)


def expression(formula: Formula) -> pl.Expr:
    """A formula as Polars has it."""
    return _expression(formula, {}, formula.roots)


def _expression(formula: Formula, done: dict[Formula, pl.Expr], scalars: Collection[str]) -> pl.Expr:
    """A formula over a table, some of whose columns may be `scalars`. What stands in it several times is put into
    Polars' terms once."""
    if formula not in done:
        done[formula] = _made_of(formula, [_expression(part, done, scalars) for part in formula.of], scalars)
    return done[formula]


def _made_of(formula: Formula, parts: list[pl.Expr], scalars: Collection[str]) -> pl.Expr:
    match formula.op:
        case "column":
            return pl.col(formula.said)
        case "value":
            value, kind = formula.said
            return pl.lit(value, KINDS[kind])
        case "cast":
            return parts[0].cast(KINDS[formula.said])
        case "fits" | "whole":
            # anything else would be another number, and is not looked for
            return parts[0].cast(KINDS[formula.said], wrap_numerical=True)
        case "case":
            return _case(formula, parts)
        case "in":
            return parts[0].is_in(list(formula.said))
        case "words":
            return _word(formula.of[0], parts[0], formula.said)
        case "joined":
            return pl.concat_str(parts, separator=formula.said, ignore_nulls=True)
        case "window":
            return _window(formula.said, parts[0])
        case "not":
            return ~parts[0]
        case "negative":
            return -parts[0]
        case "abs" | "floor" | "sqrt" | "exp" | "log":
            return getattr(parts[0], formula.op)()
        case "is null":
            return parts[0].is_null()
        case "or value":
            return parts[0].fill_null(parts[1])
        case "largest":
            return pl.max_horizontal(parts)
        case "smallest":
            return pl.min_horizontal(parts)
        case "/":
            return parts[0] / (pl.col(ONES) * parts[1] if _may_be_scalar(formula.of[1], scalars) else parts[1])
        case "+" | "-" | "*" | "**" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or":
            return BINARY[formula.op](*parts)
        case _:
            assert_never(formula.op)


def values_of(formula: Formula, **columns: Any) -> Any:
    """What a formula comes to of arrays under the names that it reads, as an array."""
    return pl.DataFrame(columns).with_columns(_ones()).select(expression(formula)).to_series().to_numpy()


def _case(formula: Formula, parts: list[pl.Expr]) -> pl.Expr:
    last = parts[-1] if len(parts) % 2 else None
    of = list(zip(parts[:-1:2], parts[1::2], strict=False))
    if (kind := _small(cases(formula)[1])) is None:
        return _first_met(of, last)
    values = [pl.lit(value.said[0], pl.Int8) for value in cases(formula)[1]]
    return _first_met([(met, value) for (met, _), value in zip(of, values, strict=False)], values[-1]).cast(KINDS[kind])


def _word(at: Formula, place: pl.Expr, words: Sequence[str | None]) -> pl.Expr:
    """The word at a place. At one that is a value Polars finds as many as one row has."""
    if at.op == "value":
        return pl.lit(None if at.said[0] is None else words[at.said[0]], pl.String)
    return pl.lit(pl.Series(words, dtype=pl.String)).gather(place)


def _small(values: Sequence[Formula]) -> Kind | None:
    """The kind of larger whole numbers that are all so small that they go into the smallest kind, in which a case takes
    half the time."""
    if any(value.op != "value" for value in values):
        return None
    kinds = {kind for value, kind in (one.said for one in values) if value is not None}
    if len(kinds) != 1 or not kinds <= LARGER:
        return None
    fit = all(value.said[0] is None or -WHOLE[CODE] <= value.said[0] < WHOLE[CODE] for value in values)
    return kinds.pop() if fit else None


def _first_met(of: Iterable[tuple[pl.Expr, pl.Expr]], last: pl.Expr | None) -> pl.Expr:
    made: Any = pl
    for met, value in of:
        made = made.when(met).then(value)
    return made.otherwise(last)


def _window(window: Window, x: pl.Expr) -> pl.Expr:
    match window.function:
        case "rank" | "rank from highest":
            place = x.rank(method="min", descending=window.function != "rank")
            return place.cast(pl.Int64).over(*window.keys)
        case "sum before":
            return x.cum_sum().shift(1, fill_value=0.0).over(*window.keys, order_by=x)
        case function:
            return _over_rows(function, x).over(*window.keys)


def _over_rows(function: str, x: Any) -> pl.Expr:
    """A count is a whole number like any other: Polars counts with those that are never below zero, of which one less
    two is four billion, and which Spark does not know."""
    found = getattr(x, function)()
    return found.cast(pl.Int64) if function == "count" else found


def _of_rows(function: str, x: pl.Expr) -> pl.Expr:
    """The same of each group. What it adds up is laid together first: group by group Polars adds pieces as they come,
    in memory too."""
    return _over_rows(function, x.implode().list) if function in ADDED else _over_rows(function, x)


def _in_order_of(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """The same rows; where they lie in a column's order, Polars is told so. It then joins by walking down both tables,
    which takes a third of the time, and has nothing to sort in the end."""
    in_order = not frame[column].null_count() and frame[column].is_sorted()
    return frame.with_columns(pl.col(column).set_sorted()) if in_order else frame
