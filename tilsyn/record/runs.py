"""Runs in the record: where a period's state comes from, what a run was made from, what a person decided.

A run says what it read: the declarations, the last figures, the run before and the decisions on it. As long as nothing
of that has changed it is not made again; where something has, it is stale, and so is every run that built on it. What
was decided stays as it was decided.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tilsyn.problems import Problem, RecordError, Where
from tilsyn.record.database import Ask, asker
from tilsyn.record.digests import digest, mark_of
from tilsyn.record.store import Store, utc
from tilsyn.record.workings import COUNTS, OWN, kept_of, placements_of, working_of

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.record.ledger import Head


class Made(Struct, frozen=True):
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


class Recorded(Struct, frozen=True):
    """A run in the record."""

    id: int
    label: str
    made: Made
    who: str
    at: str


class Decided(Struct, frozen=True):
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
        """What a run of a period would be made from now, and the state that it begins with."""
        with self.database.asking() as ask:
            made, before = _made(ask, area, period, day, catalogue, engine)
            return made, _frame([] if before is None else _state(ask, before, made.decisions))

    # writing

    def save(self, made: Made, label: str, files: Mapping[str, str], placed: pl.DataFrame, who: str) -> Recorded | None:
        """Records a run; None where what it was made from has changed meanwhile, and it must be made again. A run of
        the same things that is there already is given back, and nothing is written."""
        from tilsyn.record.ledger import Writing
        from tilsyn.record.tables import Catalogue, Effect, Placement, Run

        with self.database.writing() as connection:
            ask = asker(connection)
            now, _ = _made(ask, made.area, made.period, made.day, made.catalogue, made.engine)
            if now != made:
                return None
            there = _latest(ask, made.area, made.period)
            if there is not None and there.made == made:
                return there
            entry = Writing(self.database, connection, "run", who, self.store.clock())
            if not ask("SELECT id FROM catalogue WHERE fingerprint = ?", made.catalogue):
                text = json.dumps(dict(sorted(files.items())), ensure_ascii=False, separators=(",", ":"))
                entry.add(Catalogue, [[made.catalogue, text]])
            id_ = entry.id_of(Run)
            about = [made.area, made.period, label, made.day.isoformat(), made.catalogue, made.imports, made.before]
            found, parts = kept_of(placed)
            columns = json.dumps(found, ensure_ascii=False, separators=(",", ":"))
            entry.add(Run, [[*about, made.decisions, made.fingerprint, made.engine, columns, who, entry.at]])
            for rows in parts:
                entry.add(Placement, [(id_, *row) for row in rows])
            entry.add(Effect, [[*row, id_, None] for row in _news(ask, made, placed)])
            entry.close(f"run:{id_}")
            return Recorded(id_, label, made, who, entry.at)

    def decide(self, run: Recorded, decisions: Sequence[Decided]) -> Head:
        """Records what people decided on a run's recommendations; what they decided is in force from now."""
        from tilsyn.record.ledger import Writing
        from tilsyn.record.tables import Decision, Effect

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
            in_force = _in_force(asker(connection), area, period)
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
        with self.database.asking() as ask:
            return _latest(ask, area, period)

    def every(self, area: str | None = None, as_of: dt.datetime | None = None) -> list[Recorded]:
        """Every run of an area, or of all, in the order in which they were made; as of a moment, where one is named."""
        where, values = _narrowed(("area =", area), ("at <=", None if as_of is None else utc(as_of)))
        with self.database.asking() as ask:
            return [_recorded(row) for row in ask(f"SELECT {RUN} FROM run {where} ORDER BY id", *values)]

    def placements(self, run: Recorded, institution: str | None = None) -> pl.DataFrame:
        """A run's placements as they were recorded, every named quantity a column; one institution's, where named."""
        with self.database.asking() as ask:
            return placements_of(_placements(ask, run.id, institution), _columns(ask, run))

    def placement(self, run: Recorded, institution: str) -> dict[str, Any] | None:
        """As `placements`, of one institution; None where it was not placed."""
        with self.database.asking() as ask:
            rows = _placements(ask, run.id, institution)
            if not rows:
                return None
            columns, (row,) = _columns(ask, run), rows
        found = dict(zip(OWN, row, strict=False)) | working_of(row[-1], columns)
        return {column["name"]: found[column["name"]] for column in columns}

    def state(self, run: Recorded, institution: str | None = None) -> pl.DataFrame:
        """The state that a run began with: as the run before left it, and what was decided by then."""
        return _frame(self.states(run, institution))

    def states(self, run: Recorded, institution: str | None = None) -> list[dict[str, Any]]:
        """As `state`, a row each."""
        with self.database.asking() as ask:
            before = None if run.made.before is None else _one(ask, "id = ?", run.made.before)
            return [] if before is None else _state(ask, before, run.made.decisions, institution)

    def decisions(self, area: str, period: int, as_of: dt.datetime | None = None) -> dict[str, Decided]:
        """The latest decision about each institution in a period, by a moment where one is named."""
        where, values = _narrowed(
            ("area =", area), ("period =", period), ("at <=", None if as_of is None else utc(as_of))
        )
        wanted = f"SELECT institution, step, because, who, recommended, at FROM decision {where} ORDER BY id"
        with self.database.asking() as ask:
            return {row[0]: Decided(*row) for row in ask(wanted, *values)}

    def files(self, fingerprint: str) -> dict[str, str]:
        """The declarations with a fingerprint: the text of every file. Raises RecordError where they are not there, or
        the row is not as it was written."""
        with self.database.asking() as ask:
            rows = ask("SELECT id, entry, fingerprint, files, mark FROM catalogue WHERE fingerprint = ?", fingerprint)
        if [mark_of(digest(row[:-1])) for row in rows] != [row[-1] for row in rows] or not rows:
            raise RecordError(Problem(Where(self.database.where), "record-declarations", {"fingerprint": fingerprint}))
        return json.loads(rows[0][3])

    def in_force(self, area: str) -> dict[str, str]:
        """The step in force for each institution."""
        with self.database.asking() as ask:
            return _in_force(ask, area)

    def stale(self, area: str) -> Iterator[Recorded]:
        """The latest run of each period that would be made from something else today, or that builds on such a run."""
        with self.database.asking() as ask:
            rows = ask(f"SELECT {RUN} FROM run WHERE area = ? ORDER BY period, id", area)
            broken: set[int] = set()
            for run in {run.made.period: run for run in map(_recorded, rows)}.values():
                own = run.made
                now, _ = _made(ask, area, own.period, own.day, own.catalogue, own.engine)
                if now != own or own.before in broken:
                    broken.add(run.id)
                    yield run


RUN = "id, label, who, at, area, period, day, catalogue, imports, before, decisions, engine"


def _recorded(row: Sequence[Any]) -> Recorded:
    id_, label, who, at, area, period, day, *rest = row
    return Recorded(id_, label, Made(area, period, dt.date.fromisoformat(day), *rest), who, at)


def _narrowed(*wanted: tuple[str, Any]) -> tuple[str, list[Any]]:
    """A `WHERE` of what is asked for, and its values; what is None is not."""
    asked = [(condition, value) for condition, value in wanted if value is not None]
    where = f"WHERE {' AND '.join(f'{condition} ?' for condition, _ in asked)}" if asked else ""
    return where, [value for _, value in asked]


def _made(ask: Ask, area: str, period: int, day: dt.date, catalogue: str, engine: str) -> tuple[Made, Recorded | None]:
    """What a run would be made from now, and the run that its state comes from."""
    ((imports,),) = ask("SELECT COALESCE(MAX(id), 0) FROM import WHERE area = ? AND period <= ?", area, period)
    before = _one(ask, "area = ? AND period < ?", area, period)  # the nearest earlier period that has a run
    decisions = 0
    if before is not None:
        wanted = "SELECT COALESCE(MAX(id), 0) FROM decision WHERE area = ? AND period = ?"
        ((decisions,),) = ask(wanted, area, before.made.period)
    return Made(area, period, day, catalogue, imports, before.id if before else None, decisions, engine), before


def _one(ask: Ask, where: str, *values: Any) -> Recorded | None:
    """The latest run of the latest period."""
    rows = ask(f"SELECT {RUN} FROM run WHERE {where} ORDER BY period DESC, id DESC LIMIT 1", *values)
    return _recorded(rows[0]) if rows else None


def _latest(ask: Ask, area: str, period: int) -> Recorded | None:
    return _one(ask, "area = ? AND period = ?", area, period)


def _in_force(ask: Ask, area: str, until: int | None = None) -> dict[str, str]:
    """The step in force: what was said last of the latest period, or of the latest one until a period."""
    where, values = _narrowed(("area =", area), ("period <=", until))
    return dict(ask(f"SELECT institution, step FROM effect {where} ORDER BY period, id", *values))


def _news(ask: Ask, made: Made, placed: pl.DataFrame) -> Iterator[list[Any]]:
    """What a run changes in what is in force: nothing under a regime, nor where a person has decided."""
    if "in_force" not in placed.columns:
        return
    in_force, decided = _in_force(ask, made.area, made.period), _decided(ask, made.area, made.period)
    for institution, step in placed.select("institution", "in_force").rows():
        if step is not None and institution not in decided and in_force.get(institution) != step:
            yield [made.area, institution, made.period, step]


def _decided(ask: Ask, area: str, period: int, until: int | None = None) -> dict[str, str]:
    """The step that was last decided for each institution in a period, up to a decision."""
    where, values = _narrowed(("area =", area), ("period =", period), ("id <=", until))
    return dict(ask(f"SELECT institution, step FROM decision {where} ORDER BY id", *values))


def _placements(
    ask: Ask, run: int, institution: str | None = None, names: Sequence[str] = (*OWN, "working")
) -> list[tuple[Any, ...]]:
    where, values = _narrowed(("run_id =", run), ("institution =", institution))
    return sorted(ask(f"SELECT {', '.join(names)} FROM placement {where}", *values), key=lambda row: row[0])


def _columns(ask: Ask, run: Recorded) -> list[dict[str, Any]]:
    ((text,),) = ask("SELECT columns FROM run WHERE id = ?", run.id)
    return json.loads(text)


def _state(
    ask: Ask, run: Recorded, decisions: int | None = None, institution: str | None = None
) -> list[dict[str, Any]]:
    """Where institutions stand after a run: as it recommended, or as it has been decided since, up to a decision."""
    decided = _decided(ask, run.made.area, run.made.period, decisions)
    rows: list[dict[str, Any]] = []
    names = ("institution", "step", *COUNTS, "in_force")
    for values in _placements(ask, run.id, institution, names):
        state: dict[str, Any] = dict(zip((*names, "status"), (*values, "recommended"), strict=True))
        if state["step"] is None:
            continue
        step = decided.get(state["institution"])
        if step is not None:
            same, in_force = step == state["step"], step == state["in_force"]
            held = state["held"] if same else state["in_force_held"] if in_force else 1
            state |= {"step": step, "held": held, "status": "decided", "in_force": step, "in_force_held": held}
        rows.append(state)
    return rows


def _frame(states: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """States as a frame."""
    import polars as pl

    kinds: dict[str, Any] = {"institution": pl.String(), "step": pl.String(), **dict.fromkeys(COUNTS, pl.Int64())}
    return pl.DataFrame(list(states), schema={**kinds, "status": pl.String(), "in_force": pl.String()}, orient="row")
