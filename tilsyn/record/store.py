"""What the record can be asked and told: figures are imported, and read as they were known at a moment.

Each use is one transaction. The later row about the same figure holds, and every earlier one is kept. What a file does
not say is not taken back: a blank cell is no correction, `withdrawn` is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, select

from tilsyn.catalogue.areas import Area
from tilsyn.files.figures import KEYS, Figures
from tilsyn.record.database import Database
from tilsyn.record.frames import FIGURE_KEY, FIGURES, UNITS, changed, figures_of, frame_of, json_of, units_of
from tilsyn.record.ledger import Head, Writing, head
from tilsyn.record.tables import Import, Observation, Row, Unit, table_of


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Imported:
    """What became of a delivery: how many rows about institutions and figures were new or changed, how many figures the
    record had already. `id` is None where nothing was new, and nothing was written then."""

    id: int | None
    units: int
    new: int
    corrected: int
    same: int


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
            known = self._latest_figures(connection, area.area, periods, None)
            news = changed(delivered, known, FIGURE_KEY)
            corrected = news.join(known, on=list(FIGURE_KEY), how="semi").height
            before = self._latest_units(connection, area.area, periods, None)
            units = changed(_completed(told, before), before, KEYS)
            same = delivered.height - news.height
            if not news.height and not units.height:
                return Imported(None, 0, 0, 0, same)
            entry = Writing(self.database, connection, "import", who, self.clock())
            id_ = entry.id_of(Import)
            names = json.dumps(list(files), ensure_ascii=False)
            about = [area.area, names, figures.fingerprint, who, entry.at, units.height, news.height, same]
            entry.add(Import, [[*about, len(figures.refused)]])
            entry.add(Unit, [[area.area, row[1], row[0], *row[2:], id_] for row in units.rows()])
            entry.add(Observation, [[area.area, row[1], row[0], *row[2:], id_] for row in news.rows()])
            entry.close(f"import:{id_}")
            return Imported(id_, units.height, news.height - corrected, corrected, same)

    def figures(self, area: Area, periods: Sequence[int], as_of: dt.datetime | None = None) -> pl.DataFrame:
        """The area's frame for some periods, as it was known at a moment; now, where none is named."""
        with self.database.reading() as connection:
            last = self._imports_until(connection, as_of)
            units = self._latest_units(connection, area.area, periods, last)
            figures = self._latest_figures(connection, area.area, periods, last)
        return frame_of(units, figures, area)

    def head(self) -> Head:
        """The ledger's last entry."""
        with self.database.reading() as connection:
            return head(connection)

    def _imports_until(self, connection: Connection, as_of: dt.datetime | None) -> int | None:
        """The last import by a moment: 0 where there was none, None where all count."""
        if as_of is None:
            return None
        at = as_of.astimezone(dt.UTC).isoformat(timespec="microseconds")
        columns = table_of(Import).columns
        return connection.execute(select(func.max(columns.id)).where(columns["at"] <= at)).scalar() or 0

    def _latest_figures(
        self, connection: Connection, area: str, periods: Sequence[int], last: int | None
    ) -> pl.DataFrame:
        rows = _rows(connection, Observation, tuple(FIGURES), area, periods, last)
        frame = pl.DataFrame(rows, schema={**FIGURES, "import_id": pl.Int64()}, orient="row")
        return _latest(frame, FIGURE_KEY)

    def _latest_units(
        self, connection: Connection, area: str, periods: Sequence[int], last: int | None
    ) -> pl.DataFrame:
        rows = _rows(connection, Unit, tuple(UNITS), area, periods, last)
        return _latest(pl.DataFrame(rows, schema={**UNITS, "import_id": pl.Int64()}, orient="row"), KEYS)


def _rows(
    connection: Connection, table: type[Row], names: Sequence[str], area: str, periods: Sequence[int], last: int | None
) -> list[tuple[Any, ...]]:
    """The rows about some periods, with the import they came with."""
    columns = table_of(table).columns
    wanted = select(*(columns[name] for name in names), columns["import_id"])
    wanted = wanted.where(columns["area"] == area, columns["period"].in_(list(periods)))
    if last is not None:
        wanted = wanted.where(columns["import_id"] <= last)
    return [tuple(row) for row in connection.execute(wanted)]


def _latest(frame: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The last row about each, by the import it came with."""
    return frame.sort("import_id").unique(list(key), keep="last").drop("import_id").sort(key)


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
