"""Runs in the record: where a period's state comes from, what a run was made from, what a person decided.

A run says what it read: the declarations, the last figures, the run before and the decisions on it. As long as nothing
of that has changed it is not made again; where something has, it is stale, and so is every run that built on it. What
was decided stays as it was decided.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from sqlalchemy import Connection, Table, func, select

from tilsyn.record.database import fetched
from tilsyn.record.ledger import Head, Writing, digest
from tilsyn.record.store import Store, utc
from tilsyn.record.tables import Catalogue, Decision, Effect, Observation, Placement, Row, Run, Unit, table_of

COUNTS = ("held", "streak", "absent", "in_force_held")
STEPS = ("step", "previous", "in_force")
OWN = ("institution", *STEPS, *COUNTS, "reasons")
"""The columns of a placement that are the table's own."""

STATE: dict[str, Any] = {
    "institution": pl.String(), "step": pl.String(), **dict.fromkeys(COUNTS, pl.Int64()), "status": pl.String(),
    "in_force": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Made:
    """What a run is made from: the same gives the same run. `before` is the run that its state comes from."""

    area: str
    period: int
    day: dt.date
    catalogue: str
    imports: int
    before: int | None
    decisions: int
    engine: str

    @property
    def fingerprint(self) -> str:
        return digest(
            [self.area, self.period, self.day.isoformat(), self.catalogue, self.imports, self.before, self.decisions,
             self.engine]
        ).hex()  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """A run in the record."""

    id: int
    label: str
    made: Made
    who: str
    at: str


@dataclass(frozen=True)
class Decided:
    """A person's decision about an institution."""

    institution: str
    step: str
    because: str
    who: str
    recommended: str | None = None
    at: str = ""


class Runs:
    """The runs of a record."""

    def __init__(self, store: Store) -> None:
        self.store, self.database = store, store.database

    # what a run is made from

    def made(self, area: str, period: int, *, day: dt.date, catalogue: str, engine: str) -> tuple[Made, pl.DataFrame]:
        """What a run of a period would be made from now, and the state that it begins with (`STATE`)."""
        with self.database.reading() as connection:
            return self._made(connection, area, period, day, catalogue, engine)

    def _made(
        self, connection: Connection, area: str, period: int, day: dt.date, catalogue: str, engine: str
    ) -> tuple[Made, pl.DataFrame]:
        imports = max(_last_import(connection, table, area, period) for table in (Unit, Observation))
        before = _latest_before(connection, area, period)
        decisions = 0 if before is None else _last_decision(connection, area, before.made.period)
        state = pl.DataFrame(schema=STATE) if before is None else _state(connection, before)
        made = Made(area, period, day, catalogue, imports, before.id if before else None, decisions, engine)
        return made, state

    # writing

    def save(self, made: Made, label: str, files: Mapping[str, str], placed: pl.DataFrame, who: str) -> Recorded | None:
        """Records a run; None where what it was made from has changed meanwhile, and it must be made again. A run of
        the same things that is there already is given back, and nothing is written."""
        with self.database.writing() as connection:
            now, _ = self._made(connection, made.area, made.period, made.day, made.catalogue, made.engine)
            if now != made:
                return None
            there = _latest(connection, made.area, made.period)
            if there is not None and there.made == made:
                return there
            entry = Writing(self.database, connection, "run", who, self.store.clock())
            if not _known(connection, made.catalogue):
                text = json.dumps(dict(sorted(files.items())), ensure_ascii=False, separators=(",", ":"))
                entry.add(Catalogue, [[made.catalogue, text]])
            id_ = entry.id_of(Run)
            about = [made.area, made.period, label, made.day.isoformat(), made.catalogue, made.imports, made.before]
            columns = json.dumps({name: str(kind) for name, kind in placed.schema.items()}, ensure_ascii=False)
            entry.add(Run, [[*about, made.decisions, made.fingerprint, made.engine, columns, who, entry.at]])
            for rows in placement_rows(placed):
                entry.add(Placement, [[id_, *row] for row in rows])
            entry.add(Effect, [[*row, id_, None] for row in _news(connection, made, placed)])
            entry.close(f"run:{id_}")
            return Recorded(id_, label, made, who, entry.at)

    def decide(self, run: Recorded, decisions: Sequence[Decided]) -> Head:
        """Records what people decided on a run's recommendations; what they decided is in force from now."""
        with self.database.writing() as connection:
            area, period = run.made.area, run.made.period
            who = ", ".join(sorted({d.who for d in decisions}))
            entry = Writing(self.database, connection, "decision", who, self.store.clock())
            first = entry.add(
                Decision,
                [
                    [area, period, d.institution, run.id, d.recommended, d.step, d.because, d.who, entry.at]
                    for d in decisions
                ],
            )
            in_force = _in_force(connection, area, period)
            changed = [
                [area, d.institution, period, d.step, run.id, first + n]
                for n, d in enumerate(decisions)
                if in_force.get(d.institution) != d.step
            ]
            entry.add(Effect, changed)
            return entry.close(f"decision:{first}")

    # reading

    def latest(self, area: str, period: int) -> Recorded | None:
        """The latest run of a period."""
        with self.database.reading() as connection:
            return _latest(connection, area, period)

    def every(self, area: str | None = None, as_of: dt.datetime | None = None) -> list[Recorded]:
        """Every run of an area, or of all, in the order in which they were made; as of a moment, where one is named."""
        columns = table_of(Run).columns
        wanted = select(*columns).order_by(columns["id"])
        if area is not None:
            wanted = wanted.where(columns["area"] == area)
        if as_of is not None:
            wanted = wanted.where(columns["at"] <= utc(as_of))
        with self.database.reading() as connection:
            return [_recorded(row) for row in connection.execute(wanted)]

    def placements(self, run: Recorded, institution: str | None = None) -> pl.DataFrame:
        """A run's placements as they were recorded, every named quantity a column; one institution's, where named."""
        with self.database.reading() as connection:
            return wide(_placements(connection, run.id, institution), self._columns(connection, run))

    def state(self, run: Recorded, institution: str | None = None) -> pl.DataFrame:
        """The state that a run began with (`STATE`): as the run before left it, and what was decided by then."""
        with self.database.reading() as connection:
            before = None if run.made.before is None else _by_id(connection, run.made.before)
            if before is None:
                return pl.DataFrame(schema=STATE)
            return _state(connection, before, run.made.decisions, institution)

    def decisions(self, area: str, period: int, as_of: dt.datetime | None = None) -> dict[str, Decided]:
        """The latest decision about each institution in a period, by a moment where one is named."""
        columns = table_of(Decision).columns
        wanted = select(*columns).where(columns["area"] == area, columns["period"] == period).order_by(columns["id"])
        if as_of is not None:
            wanted = wanted.where(columns["at"] <= utc(as_of))
        with self.database.reading() as connection:
            return {
                row.institution: Decided(row.institution, row.step, row.because, row.who, row.recommended, row.at)
                for row in connection.execute(wanted)
            }

    def files(self, fingerprint: str) -> dict[str, str]:
        """The declarations with a fingerprint: the text of every file."""
        columns = table_of(Catalogue).columns
        with self.database.reading() as connection:
            found = connection.execute(select(columns["files"]).where(columns["fingerprint"] == fingerprint)).scalar()
        return json.loads(found) if found else {}

    def in_force(self, area: str) -> dict[str, str]:
        """The step in force for each institution."""
        with self.database.reading() as connection:
            return _in_force(connection, area)

    def _columns(self, connection: Connection, run: Recorded) -> dict[str, Any]:
        columns = table_of(Run).columns
        text = connection.execute(select(columns["columns"]).where(columns["id"] == run.id)).scalar_one()
        return {name: KINDS[kind] for name, kind in json.loads(text).items()}

    def stale(self, area: str) -> Iterator[Recorded]:
        """The latest run of each period that would be made from something else today, or that builds on such a run."""
        with self.database.reading() as connection:
            periods = sorted({run.made.period for run in self._of_area(connection, area)})
            broken: set[int] = set()
            for period in periods:
                run = _latest(connection, area, period)
                assert run is not None
                own = run.made
                now, _ = self._made(connection, area, period, own.day, own.catalogue, own.engine)
                if now != own or own.before in broken:
                    broken.add(run.id)
                    yield run

    def _of_area(self, connection: Connection, area: str) -> list[Recorded]:
        columns = table_of(Run).columns
        return [_recorded(row) for row in connection.execute(select(*columns).where(columns["area"] == area))]


def _recorded(row: Any) -> Recorded:
    day = dt.date.fromisoformat(row.day)
    made = Made(row.area, row.period, day, row.catalogue, row.imports, row.before, row.decisions, row.engine)
    return Recorded(row.id, row.label, made, row.who, row.at)


def _one(connection: Connection, area: str, *where: Any) -> Recorded | None:
    columns = table_of(Run).columns
    wanted = select(*columns).where(columns["area"] == area, *where)
    row = connection.execute(wanted.order_by(columns["period"].desc(), columns["id"].desc()).limit(1)).first()
    return None if row is None else _recorded(row)


def _by_id(connection: Connection, run: int) -> Recorded | None:
    row = connection.execute(select(*table_of(Run).columns).where(table_of(Run).columns["id"] == run)).first()
    return None if row is None else _recorded(row)


def _latest(connection: Connection, area: str, period: int) -> Recorded | None:
    return _one(connection, area, table_of(Run).columns["period"] == period)


def _latest_before(connection: Connection, area: str, period: int) -> Recorded | None:
    """The run that a period's state comes from: the latest of the nearest earlier period that has one."""
    return _one(connection, area, table_of(Run).columns["period"] < period)


def _last_import(connection: Connection, table: type[Row], area: str, period: int) -> int:
    columns = table_of(table).columns
    wanted = select(func.max(columns["import_id"])).where(columns["area"] == area, columns["period"] <= period)
    return connection.execute(wanted).scalar() or 0


def _last_decision(connection: Connection, area: str, period: int) -> int:
    columns = table_of(Decision).columns
    wanted = select(func.max(columns["id"])).where(columns["area"] == area, columns["period"] == period)
    return connection.execute(wanted).scalar() or 0


def _known(connection: Connection, fingerprint: str) -> bool:
    columns = table_of(Catalogue).columns
    return connection.execute(select(columns["id"]).where(columns["fingerprint"] == fingerprint)).first() is not None


def _in_force(connection: Connection, area: str, until: int | None = None) -> dict[str, str]:
    """The step in force: what was said last of the latest period, or of the latest one until a period."""
    columns = table_of(Effect).columns
    wanted = select(columns["institution"], columns["step"]).where(columns["area"] == area)
    if until is not None:
        wanted = wanted.where(columns["period"] <= until)
    return {row[0]: row[1] for row in connection.execute(wanted.order_by(columns["period"], columns["id"]))}


def _news(connection: Connection, made: Made, placed: pl.DataFrame) -> Iterator[list[Any]]:
    """What a run changes in what is in force: nothing under a regime, nor where a person has decided on the period."""
    if "in_force" not in placed.columns:
        return
    in_force, decided = _in_force(connection, made.area, made.period), _decided(connection, made.area, made.period)
    for institution, step in placed.select("institution", "in_force").rows():
        if step is not None and institution not in decided and in_force.get(institution) != step:
            yield [made.area, institution, made.period, step]


def _decided(connection: Connection, area: str, period: int, until: int | None = None) -> dict[str, str]:
    """The step that was last decided for each institution in a period, up to a decision."""
    columns = table_of(Decision).columns
    wanted = select(columns["institution"], columns["step"])
    wanted = wanted.where(columns["area"] == area, columns["period"] == period)
    if until is not None:
        wanted = wanted.where(columns["id"] <= until)
    return {row[0]: row[1] for row in connection.execute(wanted.order_by(columns["id"]))}


def _placements(connection: Connection, run: int, institution: str | None = None) -> pl.DataFrame:
    table: Table = table_of(Placement)
    names = [*OWN, "working"]
    wanted = select(*(table.columns[name] for name in names)).where(table.columns["run_id"] == run)
    if institution is not None:
        wanted = wanted.where(table.columns["institution"] == institution)
    kinds: dict[str, Any] = {name: pl.Int64() if name in COUNTS else pl.String() for name in names}
    rows = fetched(connection, wanted.order_by(table.columns["institution"]))
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _state(
    connection: Connection, run: Recorded, decisions: int | None = None, institution: str | None = None
) -> pl.DataFrame:
    """Where institutions stand after a run: as it recommended, or as it has been decided since, up to a decision."""
    decided = _decided(connection, run.made.area, run.made.period, decisions)
    rows: list[dict[str, Any]] = []
    for row in _placements(connection, run.id, institution).filter(pl.col("step").is_not_null()).to_dicts():
        state = {name: row[name] for name in ("institution", "step", *COUNTS, "in_force")} | {"status": "recommended"}
        step = decided.get(row["institution"])
        if step is not None:
            held = row["held"] if step == row["step"] else row["in_force_held"] if step == row["in_force"] else 1
            state |= {"step": step, "held": held, "status": "decided", "in_force": step, "in_force_held": held}
        rows.append(state)
    return pl.DataFrame(rows, schema=STATE, orient="row").sort("institution")


KINDS: dict[str, Any] = {
    str(kind): kind for kind in (pl.String(), pl.Float64(), pl.Int64(), pl.Int32(), pl.Int8(), pl.Boolean(), pl.Null())
}  # fmt: skip
"""The kinds of columns that a reading has, by their names."""

AT_ONCE = 10_000
"""Placements that are made ready at once."""


def placement_rows(placed: pl.DataFrame) -> Iterator[list[tuple[Any, ...]]]:
    """A reading's placements as rows of the table, some at a time: its own columns, and the rest as JSON."""
    own = [pl.col(name) if name in placed.columns else pl.lit(None).alias(name) for name in OWN]
    for part in placed.iter_slices(AT_ONCE):
        rest = pl.struct(pl.exclude(OWN)).struct.json_encode().alias("working")
        yield part.select(*own, rest).rows()


def wide(placements: pl.DataFrame, columns: Mapping[str, Any]) -> pl.DataFrame:
    """Placements as the reading gave them, from what `placement_rows` made of them."""
    rest = {name: kind for name, kind in columns.items() if name not in OWN}
    working = placements["working"].str.json_decode(pl.Struct(rest)).struct.unnest()
    return placements.drop("working").hstack(working).select(pl.col(n).cast(kind) for n, kind in columns.items())
