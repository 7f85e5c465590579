"""Whether the record still says what it was told, and whether today's program gives what was recorded.

A run is made again from the declarations, figures and state that it was made from, and every column is held to what was
recorded, to the last digit. The ledger is held to the rows it vouches for. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.catalogue.periods import Period
from tilsyn.problems import Problem, RecordError, UsageError, Where
from tilsyn.services.kept import InRecord
from tilsyn.services.placing import place
from tilsyn.services.rules import fingerprint_of
from tilsyn.telling.subjects import Difference, Fault, LastEntry, Replayed, Verified

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.record.database import Ask
    from tilsyn.record.ledger import Head
    from tilsyn.record.runs import Recorded, Runs

Progress = Callable[[str, float], None]


def replay(runs: Runs, ids: Sequence[int] | None, progress: Progress = lambda _what, _share: None) -> list[Replayed]:
    """Some runs made again, or all. Raises UsageError for an unknown run, RecordError where what it was made from is
    not what was kept."""
    every = {run.id: run for run in runs.every()}
    unknown = [id_ for id_ in ids or () if id_ not in every]
    if unknown or not every:
        args: dict[str, object] = {"found": tuple(str(id_) for id_ in unknown), "last": max(every, default=0)}
        raise UsageError(Problem(Where(runs.database.where), "replay-no-run" if every else "results-none", args))
    wanted = [every[id_] for id_ in (every if ids is None else ids)]
    for fingerprint in {run.made.catalogue for run in wanted}:
        _must_be(runs, fingerprint)
    found: list[Replayed] = []
    for done, run in enumerate(wanted):
        progress(f"{run.made.area} {run.label}", done / len(wanted))
        found.append(_replayed(runs, run))
    return found


def _must_be(runs: Runs, fingerprint: str) -> None:
    """Declarations have the fingerprint that they are kept by, found anew from all of them. Raises RecordError."""
    if fingerprint_of(runs.files(fingerprint)) != fingerprint:
        raise RecordError(Problem(Where(runs.database.where), "record-declarations", {"fingerprint": fingerprint}))


def _replayed(runs: Runs, run: Recorded) -> Replayed:
    kept = InRecord(runs, run)
    policy, plan = kept.rules()
    when = Period(policy.area.period, run.made.period)
    recorded = runs.placements(run)
    again = place(policy, plan, kept.table("figures"), when, kept.table("state"), run.made.day).frame
    differences = tuple(_differences(recorded, again))
    return Replayed(run.id, run.made.area, run.label, run.made.engine, recorded.height, recorded.width, differences)


def _differences(recorded: pl.DataFrame, again: pl.DataFrame) -> Iterator[Difference]:
    """What is otherwise, institution by institution; a column that only one of them has is otherwise everywhere."""
    import polars as pl

    here, now = set(recorded["institution"]), set(again["institution"])
    yield from (Difference(name, None, name, None) for name in sorted(here - now))
    yield from (Difference(name, None, None, name) for name in sorted(now - here))
    shared = pl.col("institution").is_in(list(here & now))
    both = [frame.filter(shared).sort("institution") for frame in (recorded, again)]
    names = list(dict.fromkeys([*recorded.columns, *again.columns]))
    nothing = pl.Series([None] * both[0].height)
    for name in names:
        one, other = (frame[name] if name in frame.columns else nothing for frame in both)
        told = _told(one) if one.dtype != other.dtype else one, _told(other) if one.dtype != other.dtype else other
        differs = told[0].ne_missing(told[1])
        for place_ in differs.arg_true().to_list():
            yield Difference(both[0]["institution"][place_], name, one[place_], other[place_])


def _told(values: pl.Series) -> pl.Series:
    """Values of unlike kinds as they are written, so that they can be held to each other."""
    import polars as pl

    return values.cast(pl.String)


# the ledger


MOST = 1000
"""Faults that are told at most: whoever writes a table anew has changed every row of it."""


def verify_ledger(runs: Runs, against: str | Path | None = None) -> Verified:
    """The whole record held to its ledger; `against` is a head that was kept elsewhere, a file or `NUMBER:HASH`.

    Raises UsageError where that cannot be read.
    """
    from itertools import islice

    from tilsyn.record.database import asker
    from tilsyn.record.ledger import START, Head, head, verify
    from tilsyn.record.tables import COVERED, table_of

    kept = None if against is None else head_kept(against)
    with runs.database.reading() as connection:
        ask = asker(connection)
        found = tuple(Fault(one.code, one.args, _whom(ask, one.args)) for one in islice(verify(connection, kept), MOST))
        gone = {one.args["table"] for one in found if one.code == "table-gone"}
        there = [table_of(table).name for table in COVERED if table_of(table).name not in gone]
        rows = sum(ask(f'SELECT COUNT(*) FROM "{name}"')[0][0] for name in there)
        last = Head(0, START) if "entry" in gone else head(connection)
    return Verified(last.seq, rows, LastEntry(last.seq, last.hash), found)


def last_entry(runs: Runs) -> LastEntry:
    """The ledger's last entry. Raises SurroundingsError."""
    last = runs.store.head()
    return LastEntry(last.seq, last.hash)


WHOM = ("institution", "area", "period", "figure", "label", "fingerprint", "who")
"""The columns that say what a row is about."""


def _whom(ask: Ask, about: Mapping[str, object]) -> dict[str, Any] | None:
    """What a row that was named is about, as it stands now; None where none was, or it is gone."""
    from tilsyn.record.tables import COVERED, table_of

    tables = {table_of(table).name: table_of(table) for table in COVERED}
    table = tables.get(str(about.get("table")))
    if table is None or "id" not in about:
        return None
    names = [name for name in WHOM if name in table.columns]
    rows = ask(f'SELECT {", ".join(names)} FROM "{table.name}" WHERE id = ?', about["id"])
    return dict(zip(names, rows[0], strict=True)) if rows else None


def head_kept(said: str | Path) -> Head:
    """A head that was kept: a file that `ledger head` wrote, or `NUMBER:HASH`. Raises UsageError."""
    import json
    import re

    from tilsyn.record.ledger import Head

    text = str(said).lower() if re.fullmatch(r"\d{1,15}:[0-9A-Fa-f]{64}", str(said)) else str(said)
    if not re.fullmatch(r"\d{1,15}:[0-9a-f]{64}", text):
        try:
            data = json.loads(Path(text).read_bytes()[:10_000])
            text = f"{data['entry']}:{data['hash']}"
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            text = ""
    if not re.fullmatch(r"\d{1,15}:[0-9a-f]{64}", text):
        raise UsageError(Problem(Where(str(said)), "ledger-no-head"))
    number, _, hash_ = text.partition(":")
    return Head(int(number), hash_)
