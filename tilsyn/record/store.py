"""What the record can be asked and told: figures are imported, and read as they were known at a moment.

Each use is one transaction. The later row about the same figure holds, and every earlier one is kept. What a file does
not say is not taken back: a blank cell is no correction, `withdrawn` is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, select

from tilsyn.catalogue.areas import Area
from tilsyn.files.figures import KEYS, Figures
from tilsyn.record.database import Database, fetched
from tilsyn.record.frames import FIGURE_KEY, FIGURES, UNITS, changed, figures_of, frame_of, json_of, units_of
from tilsyn.record.ledger import Head, Writing, head
from tilsyn.record.tables import Import, Observation, Row, Unit, table_of


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Imported:
    """What became of a delivery: how many rows about institutions and figures were new or changed, how many figures the
    record had already. `id` is None where nothing was new, and nothing was written then. `twins` are figures that say
    the same as another wherever both are known: they need not be asked for twice."""

    id: int | None
    units: int
    new: int
    corrected: int
    same: int
    twins: tuple[tuple[str, str], ...] = ()


class Store:
    """A record in use. `clock` says when something is written."""

    def __init__(self, database: Database, clock: Callable[[], dt.datetime] = _now) -> None:
        self.database, self.clock = database, clock

    # figures

    def import_figures(self, area: Area, figures: Figures, files: Sequence[str], who: str) -> Imported:
        """Adds what is new in a delivery. The same delivery twice changes nothing."""
        with self.database.writing() as connection:
            delivered, told = figures_of(figures.frame, area), units_of(figures.frame, area)
            periods = sorted(set(figures.frame["period"]))
            wanted = _Wanted(area.area, tuple(periods))
            known = _latest(_frame(FIGURES, _rows(connection, Observation, tuple(FIGURES), wanted)), FIGURE_KEY)
            news = changed(_without_refused(delivered, known), known, FIGURE_KEY)
            corrected = news.join(known, on=list(FIGURE_KEY), how="semi").height
            before = _latest(_frame(UNITS, _rows(connection, Unit, tuple(UNITS), wanted)), KEYS)
            units = changed(_completed(told, before), before, KEYS)
            same = delivered.height - news.height
            twins = tuple(_twins(delivered, known))
            if not news.height and not units.height:
                return Imported(None, 0, 0, 0, same, twins)
            entry = Writing(self.database, connection, "import", who, self.clock())
            id_ = entry.id_of(Import)
            names = json.dumps(list(files), ensure_ascii=False)
            about = [area.area, names, figures.fingerprint, who, entry.at, units.height, news.height, same]
            entry.add(Import, [[*about, len(figures.refused)]])
            entry.add(Unit, [[area.area, row[1], row[0], *row[2:], id_] for row in units.rows()])
            entry.add(Observation, [[area.area, row[1], row[0], *row[2:], id_] for row in news.rows()])
            entry.close(f"import:{id_}")
            return Imported(id_, units.height, news.height - corrected, corrected, same, twins)

    def figures(
        self, area: Area, periods: Sequence[int], *, last: int | None = None, institution: str | None = None
    ) -> pl.DataFrame:
        """The area's frame for some periods, as it was after import `last`; now, where none is named.

        A unit that was there before the first of the periods has its very first row too, without figures: whoever has
        been there and says nothing now has not submitted, and is no newcomer.
        """
        with self.database.reading() as connection:
            wanted = _Wanted(area.area, tuple(periods), last, institution)
            units = _latest(_frame(UNITS, _rows(connection, Unit, tuple(UNITS), wanted)), KEYS)
            figures = _latest(_frame(FIGURES, _rows(connection, Observation, tuple(FIGURES), wanted)), FIGURE_KEY)
            first = _latest(_frame(UNITS, _first(connection, wanted)), KEYS)
        return frame_of(pl.concat([units, first]), figures, area)

    def imports_until(self, as_of: dt.datetime) -> int:
        """The last import by a moment; 0 where there was none."""
        columns = table_of(Import).columns
        with self.database.reading() as connection:
            return connection.execute(select(func.max(columns.id)).where(columns["at"] <= utc(as_of))).scalar() or 0

    def imports(self, area: str) -> list[Recorded]:
        """The area's imports, in order."""
        columns = table_of(Import).columns
        with self.database.reading() as connection:
            found = connection.execute(select(*columns).where(columns["area"] == area).order_by(columns.id))
            return [Recorded(row.id, tuple(json.loads(row.files)), row.who, row.at) for row in found]

    def periods(self, area: str) -> list[int]:
        """The periods that anything is known of, in order."""
        columns = table_of(Unit).columns
        wanted = select(columns["period"]).where(columns["area"] == area).distinct().order_by(columns["period"])
        with self.database.reading() as connection:
            return [row[0] for row in connection.execute(wanted)]

    def head(self) -> Head:
        """The ledger's last entry."""
        with self.database.reading() as connection:
            return head(connection)


@dataclass(frozen=True)
class Recorded:
    """An import in the record."""

    id: int
    files: tuple[str, ...]
    who: str
    at: str


@dataclass(frozen=True)
class _Wanted:
    """Which rows are read: of some periods, as they were after an import, about one institution or all."""

    area: str
    periods: tuple[int, ...]
    last: int | None = None
    institution: str | None = None

    def narrow(self, wanted: Any, columns: Any) -> Any:
        wanted = wanted.where(columns["area"] == self.area)
        if self.last is not None:
            wanted = wanted.where(columns["import_id"] <= self.last)
        return wanted if self.institution is None else wanted.where(columns["institution"] == self.institution)


def utc(moment: dt.datetime) -> str:
    """A moment as the record writes it, so that later ones sort after."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _rows(connection: Connection, table: type[Row], names: Sequence[str], wanted: _Wanted) -> Sequence[tuple[Any, ...]]:
    """The rows about some periods, with the import they came with."""
    columns = table_of(table).columns
    chosen = select(*(columns[name] for name in names), columns["import_id"])
    chosen = wanted.narrow(chosen, columns).where(columns["period"].in_(list(wanted.periods)))
    return fetched(connection, chosen)


def _first(connection: Connection, wanted: _Wanted) -> Sequence[tuple[Any, ...]]:
    """The very first rows of units that were there before the periods."""
    columns, own = table_of(Unit).columns, table_of(Unit).alias("own").columns
    begun = wanted.narrow(select(columns["institution"], func.min(columns["period"]).label("period")), columns)
    begun = begun.where(columns["period"] < min(wanted.periods)).group_by(columns["institution"]).subquery()
    chosen = select(*(own[name] for name in UNITS), own["import_id"]).join_from(
        begun, own["institution"].table,
        (own["institution"] == begun.columns["institution"]) & (own["period"] == begun.columns["period"]),
    )  # fmt: skip
    return fetched(connection, wanted.narrow(chosen, own))


def _frame(kinds: dict[str, Any], rows: Sequence[tuple[Any, ...]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={**kinds, "import_id": pl.Int64()}, orient="row", strict=False)


def _latest(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The last row about each, by the import it came with."""
    return frame.sort("import_id").unique(list(key), keep="last").drop("import_id").sort(key)


def _without_refused(delivered: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """What is delivered, but for refused cells about figures that are known: a slip of the pen takes nothing back."""
    slips = delivered.filter(pl.col("missing") == "refused").join(known, on=list(FIGURE_KEY), how="semi")
    return delivered.join(slips, on=list(FIGURE_KEY), how="anti")


TWINS = 10
"""Institutions in which two figures must say the same before one is said to be asked for twice."""


def _twins(delivered: pl.DataFrame, known: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Delivered figures that are another figure's wherever both are known, and that are not one value throughout."""
    said = ("value", "word", "count", "n", "expected")
    every = pl.concat([delivered, known.join(delivered, on=list(FIGURE_KEY), how="anti")])
    both = delivered.join(every, on=list(KEYS), suffix=" other").filter(
        (pl.col("figure") != pl.col("figure other")) & pl.col("missing").is_null() & pl.col("missing other").is_null()
    )
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name} other")) for name in said)
    pairs = both.group_by("figure", "figure other").agg(
        same.all().alias("same"), pl.len().alias("count"), pl.struct(said).n_unique().alias("values")
    )
    found = pairs.filter(pl.col("same") & (pl.col("count") >= TWINS) & (pl.col("values") > 1))
    seen: set[frozenset[str]] = set()
    for one, other in found.select("figure", "figure other").sort("figure", "figure other").rows():
        if frozenset((one, other)) not in seen:
            seen.add(frozenset((one, other)))
            yield one, other


def _completed(told: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """What a delivery says of institutions, with what was known where it is silent."""
    both = told.join(before, on=list(KEYS), how="left", suffix=" known", coalesce=True)
    if not before.height:
        return told
    attributes = [
        json_of({**json.loads(known or "{}"), **json.loads(own)})
        for own, known in both.select("attributes", "attributes known").rows()
    ]
    return both.select(
        *KEYS,
        pl.coalesce("name", "name known"),
        pl.col("closed") | pl.col("closed known").fill_null(False),
        pl.coalesce("successor", "successor known"),
        pl.Series("attributes", attributes, dtype=pl.String),
    )
