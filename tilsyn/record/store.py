"""What the record can be asked and told: figures are imported, and read as they were known at a moment.

Each use is one transaction. The later row about the same figure holds, and every earlier one is kept. What a file does
not say is not taken back: a blank cell is no correction, `withdrawn` is.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tilsyn.catalogue.areas import Area
from tilsyn.files.figures import BUILT_IN, KEYS, REASONS, Figures, bare_row, slots
from tilsyn.record.database import Ask, Database, asker
from tilsyn.record.rows import FIGURE, UNIT

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.record.frames import Parts
    from tilsyn.record.ledger import Head


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class Imported(Struct, frozen=True):
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
        self._area: Area | None = None
        self._read: dict[_Wanted, pl.DataFrame] = {}

    # figures

    def import_figures(self, area: Area, figures: Figures, files: Sequence[str], who: str) -> Imported:
        """Adds what is new in a delivery. The same delivery twice changes nothing."""
        from tilsyn.record import frames
        from tilsyn.record.ledger import Writing
        from tilsyn.record.tables import Import, Observation, Unit

        with self.database.writing() as connection:
            delivered, told = frames.figures_of(figures.frame, area), frames.units_of(figures.frame, area)
            periods = sorted(set(figures.frame["period"]))
            wanted, ask = _Wanted(area.area, tuple(periods)), asker(connection)
            known = frames.latest(frames.figures_from(_figures(ask, wanted)))
            news = frames.changed(frames.without_refused(delivered, known), known, frames.FIGURE_KEY)
            corrected = news.join(known, on=list(frames.FIGURE_KEY), how="semi").height if known.height else 0
            before = frames.latest(frames.units_from(_units(ask, wanted)))
            units = frames.changed(frames.completed(told, before), before, KEYS)
            same = delivered.height - news.height
            twins = tuple(frames.twins(delivered, known))
            if not news.height and not units.height:
                return Imported(None, 0, 0, 0, same, twins)
            entry = Writing(self.database, connection, "import", who, self.clock())
            id_ = entry.id_of(Import)
            names = json.dumps(list(files), ensure_ascii=False)
            first = min(period for new in (units, news) if (period := new["period"].min()) is not None)
            about = [area.area, names, figures.fingerprint, who, entry.at, first, units.height, news.height, same]
            entry.add(Import, [[*about, len(figures.refused)]])
            for table, new in ((Unit, units), (Observation, news)):
                for rows in frames.rows_of(new, area.area, id_):
                    entry.add(table, rows)
            entry.close(f"import:{id_}")
            return Imported(id_, units.height, news.height - corrected, corrected, same, twins)

    def figures(
        self, area: Area, periods: Sequence[int], *, last: int | None = None, institution: str | None = None
    ) -> pl.DataFrame:
        """The area's frame for some periods, as it was after import `last`; now, where none is named.

        A unit that was there before the first of the periods has its very first row too, without figures: whoever has
        been there and says nothing now has not submitted, and is no newcomer.
        """
        from tilsyn.record import frames

        wanted = _Wanted(area.area, tuple(periods), last, institution)
        with self.database.asking() as ask:
            told = _told(ask, wanted)
            parts = [_Wanted(area.area, (period,), told[period], institution) for period in periods]
            # one period after another reads those before again: up to an import there are only ever the same rows
            known = self._read if area == self._area else {}
            found = {part: known[part] if part in known else _period(ask, part, area) for part in parts}
            first = frames.latest(frames.units_from(_first(ask, wanted)))
        if institution is None:
            self._area, self._read = area, found
        return frames.together([frames.frame_of(first, None, area), *found.values()])

    def rows(
        self, area: Area, periods: Sequence[int], institution: str, *, last: int | None = None
    ) -> list[dict[str, Any]]:
        """The rows of `figures` that are about one institution."""
        wanted = _Wanted(area.area, tuple(periods), last, institution)
        with self.database.asking() as ask:
            told = _in_order(_first(ask, wanted), _units(ask, wanted))
            units = {row[1]: row[2:-1] for row in told}
            figures = {(row[1], row[2]): row[3:-1] for row in _in_order(_figures(ask, wanted))}
        return [_row(area, institution, period, units[period], figures) for period in sorted(units)]

    def imports_until(self, as_of: dt.datetime) -> int:
        """The last import by a moment; 0 where there was none."""
        with self.database.asking() as ask:
            ((last,),) = ask("SELECT COALESCE(MAX(id), 0) FROM import WHERE at <= ?", utc(as_of))
        return last

    def imports(self, area: str) -> list[Recorded]:
        """The area's imports, in order."""
        with self.database.asking() as ask:
            found = ask("SELECT id, files, who, at FROM import WHERE area = ? ORDER BY id", area)
        return [Recorded(id_, tuple(json.loads(files)), who, at) for id_, files, who, at in found]

    def periods(self, area: str) -> list[int]:
        """The periods that anything is known of, in order."""
        with self.database.asking() as ask:
            found = ask("SELECT DISTINCT period FROM unit WHERE area = ? ORDER BY period", area)
        return [period for (period,) in found]

    def head(self) -> Head:
        """The ledger's last entry."""
        from tilsyn.record.ledger import head

        with self.database.reading() as connection:
            return head(connection)


class Recorded(Struct, frozen=True):
    """An import in the record."""

    id: int
    files: tuple[str, ...]
    who: str
    at: str


class _Wanted(Struct, frozen=True):
    """Which rows are read: of some periods, as they were after an import, about one institution or all."""

    area: str
    periods: tuple[int, ...]
    last: int | None = None
    institution: str | None = None

    def where(self, periods: Sequence[int] | None = None) -> tuple[str, list[Any]]:
        """The condition, with its values."""
        periods = self.periods if periods is None else periods
        where = f"area = ? AND period IN ({', '.join('?' for _ in periods)})"
        values = [self.area, *periods]
        for condition, value in (("import_id <= ?", self.last), ("institution = ?", self.institution)):
            if value is not None:
                where, values = f"{where} AND {condition}", [*values, value]
        return where, values


def utc(moment: dt.datetime) -> str:
    """A moment as the record writes it, so that later ones sort after."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _told(ask: Ask, wanted: _Wanted) -> dict[int, int]:
    """The last import that may say something of each period; 0 where none does. What is known of a period is the same
    after every import until the next one that does: one that begins with it or with an earlier period."""
    begun, values = ("", []) if wanted.last is None else (" AND id <= ?", [wanted.last])
    found = ask(f"SELECT period, MAX(id) FROM import WHERE area = ?{begun} GROUP BY period", wanted.area, *values)
    return {period: max((id_ for first, id_ in found if first <= period), default=0) for period in wanted.periods}


def _period(ask: Ask, wanted: _Wanted, area: Area) -> pl.DataFrame:
    """One period's part of an area's frame."""
    from tilsyn.record import frames

    units = frames.latest(frames.units_from(_units(ask, wanted)))
    return frames.frame_of(units, frames.latest(frames.figures_from(_figures(ask, wanted))), area)


def _units(ask: Ask, wanted: _Wanted) -> Parts:
    """What is said of institutions in some periods, with the import that each came with."""
    where, values = wanted.where()
    return ask.parts(f"SELECT {', '.join(UNIT)}, import_id FROM unit WHERE {where}", *values)


def _figures(ask: Ask, wanted: _Wanted) -> Parts:
    """The figures of some periods, with the import that each came with."""
    where, values = wanted.where()
    return ask.parts(f"SELECT {', '.join(FIGURE)}, import_id FROM observation WHERE {where}", *values)


def _first(ask: Ask, wanted: _Wanted) -> Parts:
    """The very first rows of units that were there before the periods."""
    ((begun,),) = ask("SELECT MIN(period) FROM unit WHERE area = ?", wanted.area)
    earlier = range(min(wanted.periods) if begun is None else begun, min(wanted.periods))
    if not earlier:
        return ()
    where, values = wanted.where(earlier)
    first = f"SELECT institution, MIN(period) AS period FROM unit WHERE {where} GROUP BY institution"
    own = ", ".join(f"own.{name}" for name in (*UNIT, "import_id"))
    found = f"SELECT {own} FROM ({first}) first JOIN unit own USING (institution, period) WHERE own.area = ?"
    rows = ask.parts(found, *values, wanted.area)
    return ([row for row in part if wanted.last is None or row[-1] <= wanted.last] for part in rows)


def _in_order(*found: Parts) -> list[tuple[Any, ...]]:
    """Rows in the order of the imports that they came with."""
    return sorted((row for parts in found for rows in parts for row in rows), key=lambda row: row[-1])


def _row(
    area: Area, institution: str, period: int, unit: Sequence[Any], figures: Mapping[tuple[int, str], Sequence[Any]]
) -> dict[str, Any]:
    """One row of an area's frame."""
    name, closed, successor, attributes = unit
    known = json.loads(attributes)
    row = bare_row(area, institution, period)
    row |= dict(zip(BUILT_IN, (name, bool(closed), successor), strict=True))
    row |= {attribute: known.get(attribute) for attribute in area.attributes}
    for slot in slots(area):
        said = figures.get((period, slot.column))
        if said is None:
            continue
        found: dict[str, Any] = dict(zip(FIGURE[3:], said, strict=True))
        word, missing = found["word"], REASONS.get(found["missing"] or "", 0)
        own = found["value"] if slot.is_number else word and word == "true" if slot.kind == "flag" else word
        row |= {slot.column: own, slot.of("missing"): missing}
        row |= {slot.of(part): found[part] for part in slot.fields}
        if slot.dated:
            row[slot.of("measured")] = found["measured"]
    return row
