"""Where institutions stood before the period: the file that `--previous` names.

It decides what a row of such a file may say. A file with nothing but institution and step is
enough; what it then leaves out is taken for the least: on the step for one period, no streak.
That is said, because `held` and `streak` decide when an institution may move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import polars as pl
from msgspec import Struct

from tilsyn.catalogue.grammar import suggestion
from tilsyn.files.figures import Note
from tilsyn.files.tables import LIMIT, Table, open_table
from tilsyn.problems import DataError, Problem, Where

STATUS = ("recommended", "decided")

COUNTS = {"held": (0, 1), "streak": (None, 0), "absent": (0, 0), "in_force_held": (0, 1)}
"""Columns of whole numbers: the least that they may be, and what they are where nothing is said."""

MOST = 10_000


class State(Struct, frozen=True):
    """One row per institution: institution, step, held, streak, absent, status, in_force, in_force_held; and the
    periods and areas that the file says its rows are of, where it says so."""

    frame: pl.DataFrame
    notes: tuple[Note, ...]
    fingerprint: str
    periods: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()


def read_state(path: Path, *, steps: Collection[str] = (), limit: int = LIMIT) -> State:
    """The state in a CSV, Excel or Parquet file. `steps`, where given, are those that the ladder has.

    Raises DataError with every problem.
    """
    table = open_table(path, limit=limit)
    names = table.frame.columns
    lacking = [name for name in ("institution", "step") if name not in names]
    if lacking:
        raise DataError([_lacks(table, name) for name in lacking])
    problems = [*_identity_problems(table), *_step_problems(table, steps), *_status_problems(table)]
    counts: dict[str, pl.Series] = {}
    for name in COUNTS:
        counts[name], faults = _count(table, name)
        problems += faults
    if problems:
        raise DataError(problems)
    said = {name: _distinct(table, name) for name in ("period", "area")}
    return State(_frame(table, counts), tuple(_notes(table)), table.digest, said["period"], said["area"])


def _distinct(table: Table, name: str) -> tuple[str, ...]:
    """What the rows say of their period or area; nothing where the file has no such column."""
    if name not in table.frame.columns:
        return ()
    return tuple(table.frame[name].drop_nulls().unique().sort().to_list())


def _lacks(table: Table, name: str) -> Problem:
    args = {"column": name, **suggestion(name, table.frame.columns)}
    return Problem(Where(table.file, 1), "state-lacks-column", args)


def _at(table: Table, index: int, column: str) -> Where:
    return Where(table.file, int(table.rows[index]), table.frame.columns.index(column) + 1)


def _identity_problems(table: Table) -> Iterator[Problem]:
    ids = table.frame["institution"]
    for index in ids.is_null().arg_true():
        yield Problem(_at(table, index, "institution"), "state-no-institution")
    doubles = ids.is_duplicated() & ids.is_not_null()
    rows = pl.DataFrame([ids, table.rows]).filter(doubles).group_by("institution").agg("row")
    places = {name: ", ".join(map(str, sorted(at))) for name, at in rows.iter_rows()}
    for index in doubles.arg_true():
        args: dict[str, object] = {"institution": ids[index], "rows": places[ids[index]]}
        yield Problem(_at(table, index, "institution"), "state-duplicate", args)


def _step_problems(table: Table, steps: Collection[str]) -> Iterator[Problem]:
    for column in ("step", "in_force"):
        if column not in table.frame.columns:
            continue
        texts = table.frame[column]
        wrong = texts.is_null() if column == "step" else texts.is_null() & False
        if steps:
            wrong = wrong | ~texts.is_in(list(steps)).fill_null(value=column == "in_force")
        for index in wrong.arg_true():
            found = texts[index]
            if found is None:
                yield Problem(_at(table, index, column), "state-no-step", {"institution": _name(table, index)})
                continue
            yield Problem(_at(table, index, column), "state-unknown-step", {"found": found, **suggestion(found, steps)})


def _status_problems(table: Table) -> Iterator[Problem]:
    if "status" not in table.frame.columns:
        return
    texts = table.frame["status"]
    for index in (~texts.is_in(STATUS)).fill_null(value=False).arg_true():
        found = texts[index]
        yield Problem(
            _at(table, index, "status"), "state-unknown-status", {"found": found, **suggestion(found, STATUS)}
        )


def _name(table: Table, index: int) -> str:
    return table.frame["institution"][index] or ""


def _count(table: Table, name: str) -> tuple[pl.Series, list[Problem]]:
    """A column of whole numbers, with what is no such number; null where nothing is said."""
    least, _ = COUNTS[name]
    if name not in table.frame.columns:
        return pl.Series(name, [None], dtype=pl.Int32).new_from_index(0, table.frame.height), []
    texts = table.frame[name]
    values = texts.cast(pl.Int32, strict=False)
    wrong = (values.is_null() & texts.is_not_null()) | (values.abs() > MOST).fill_null(value=False)
    if least is not None:
        wrong = wrong | (values < least).fill_null(value=False)
    code = "state-not-a-count" if least is not None else "state-not-whole"
    faults = [
        Problem(_at(table, index, name), code, {"column": name, "found": texts[index]}) for index in wrong.arg_true()
    ]
    return values.alias(name), faults


def _frame(table: Table, counts: dict[str, pl.Series]) -> pl.DataFrame:
    """The rows with what is left out filled in; what is in force is the step where nothing else is said."""
    frame = table.frame
    step = frame["step"]
    status = frame["status"] if "status" in frame.columns else pl.Series([None], dtype=pl.String)
    in_force = frame["in_force"] if "in_force" in frame.columns else step
    status = status if len(status) == len(step) else status.new_from_index(0, len(step))
    held = counts["held"].fill_null(COUNTS["held"][1])
    return pl.DataFrame(
        {
            "institution": frame["institution"],
            "step": step,
            "held": held,
            "streak": counts["streak"].fill_null(COUNTS["streak"][1]),
            "absent": counts["absent"].fill_null(COUNTS["absent"][1]),
            "status": status.fill_null("decided"),
            "in_force": in_force.fill_null(step),
            "in_force_held": counts["in_force_held"].fill_null(held),
        }
    ).sort("institution")


def _notes(table: Table) -> Iterator[Note]:
    yield from table.notes
    left_out = {
        name: table.frame.height if name not in table.frame.columns else table.frame[name].null_count()
        for name in ("held", "streak")
    }
    if any(left_out.values()):
        yield Note(table.file, "state-taken-for-least", {"rows": max(left_out.values())})
