"""Figures from files, or from an author's case, as the one frame that the engine reads.

Whatever is refused is refused here, and told by file, row and column; after this every number is
one. An institution whose row was refused does not vanish: its figures are `refused`, as those of
one that is expected and absent are `not-submitted`. No file is changed and nothing is guessed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
from msgspec import Struct

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.files.cells import Reading, Sheet, Words, read_attribute, read_figure
from tilsyn.files.column_map import ColumnMap, apply_map, written
from tilsyn.files.figures import (
    KEYS,
    NOT_SUBMITTED,
    REFUSED,
    Figures,
    Note,
    Refusal,
    Slot,
    attributes_of,
    schema,
    slots,
)
from tilsyn.files.shape import Shaped, known_columns, shape
from tilsyn.files.tables import LIMIT, Table, open_table
from tilsyn.problems import DataError, Problem, TilsynError, Where

CASE = "case"
"""The institution that an author's case is about."""


def read_figures(
    paths: Sequence[Path],
    area: Area,
    *,
    period: Period,
    column_map: ColumnMap | None = None,
    previous_institutions: Collection[str] = (),
    limit: int = LIMIT,
) -> Figures:
    """An area's figures for a period, with those of earlier periods that the files hold.

    Raises DataError or SurroundingsError, with the problems of every file, where a file can't be read at all.
    """
    shaped: list[Shaped] = []
    digests: list[str] = []
    notes: list[Note] = []
    faults: list[TilsynError] = []
    for path in paths:
        try:
            table = _open(path, column_map, limit)
            shaped.append(shape(apply_map(table, column_map, known_columns(area)), area, period))
        except TilsynError as fault:
            faults.append(fault)
            continue
        digests.append(table.digest)
        notes += [*table.notes, *shaped[-1].notes]
    if faults:
        worst = max(faults, key=lambda fault: fault.exit)
        raise type(worst)([problem for fault in faults for problem in fault.problems])
    found = _assemble(shaped, area, decimal=column_map.decimal if column_map else None)
    frame = _complete(found, area, period, previous_institutions)
    notes += _absences(frame, found, area, period, previous_institutions)
    return Figures(frame, found.refused, tuple(notes), _fingerprint(digests, column_map))


def _open(path: Path, wanted: ColumnMap | None, limit: int) -> Table:
    """A file's table. Figures that were checked are refused as a whole: read as a person's, each would be refused by
    itself, and everybody be without. Nor are they taken as they are: here every cell is to be checked."""
    if wanted is None:
        table = open_table(path, limit=limit)
    else:
        said = {"encoding": wanted.encoding, "separator": wanted.separator, "decimal": wanted.decimal}
        table = open_table(path, **said, limit=limit)
    if table.checked:
        raise DataError(Problem(Where(table.file), "data-checked"))
    return table


def _fingerprint(digests: Sequence[str], wanted: ColumnMap | None) -> str:
    """The fingerprint of one file is that of its contents; a map is part of what the figures follow from."""
    if len(digests) == 1 and wanted is None:
        return digests[0]
    parts = [*sorted(digests), *([wanted.model_dump_json()] if wanted else [])]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


class _Found(Struct, frozen=True):
    """What the sheets say together; `lost` are institutions and periods known only from refused rows."""

    frame: pl.DataFrame
    refused: tuple[Refusal, ...]
    lost: frozenset[tuple[str, int]]
    filled: frozenset[str]


def _assemble(shaped: Sequence[Shaped], area: Area, *, decimal: str | None) -> _Found:
    sheets, doubled = _without_doubles([s.sheet for s in shaped])
    refused = [refusal for s in shaped for refusal in s.refused] + doubled.refused
    wanted = schema(area)
    frames = [pl.DataFrame(schema=wanted)]
    filled: set[str] = set()
    for sheet, words in zip(sheets, (s.words for s in shaped), strict=True):
        reading = Reading(sheet, words, area.period, decimal)
        frames.append(_read(reading, area).select(*wanted))
        filled |= set(sheet.frame.columns)
        refused += reading.refused
    lost = {key for s in shaped for key in s.refused_at} | doubled.keys
    order = {s.sheet.file: place for place, s in enumerate(shaped)}
    ordered = sorted(refused, key=lambda refusal: (order[refusal.file], refusal.row))
    return _Found(pl.concat(frames), tuple(ordered), frozenset(lost), frozenset(filled))


def _read(reading: Reading, area: Area) -> pl.DataFrame:
    """One sheet's rows with their cells read."""
    columns = [reading.sheet.frame["institution"], reading.sheet.frame["period"]]
    columns += [read_attribute(reading, name, kind).alias(name) for name, kind in attributes_of(area).items()]
    for slot in slots(area):
        columns += read_figure(reading, slot)
    return pl.DataFrame(columns)


class _Doubled(Struct, frozen=True):
    refused: list[Refusal]
    keys: set[tuple[str, int]]


def _without_doubles(sheets: Sequence[Sheet]) -> tuple[list[Sheet], _Doubled]:
    """The sheets without institutions that have several rows for one period, in one file or in several."""
    keys = pl.concat(
        [
            sheet.frame.select(KEYS).with_columns(pl.lit(i).alias("sheet"), sheet.rows.alias("row"))
            for i, sheet in enumerate(sheets)
        ]
    )
    twice = keys.select(pl.struct(KEYS).is_duplicated()).to_series()
    if not twice.any():
        return list(sheets), _Doubled([], set())
    refused: list[Refusal] = []
    doubles = keys.filter(twice)
    for (institution, _), rows in doubles.group_by(KEYS, maintain_order=True):
        places: list[tuple[Sheet, int]] = [(sheets[i], row) for i, row in rows.select("sheet", "row").iter_rows()]
        same_file = len({sheet.file for sheet, _ in places}) == 1
        listed = ", ".join(str(row) if same_file else f"{sheet.file}:{row}" for sheet, row in places)
        for sheet, row in places:
            shown = sheet.shown.get("institution", "institution")
            args: dict[str, object] = {"rows": listed}
            refused.append(Refusal(sheet.file, row, shown, str(institution), "duplicate-row", args))
    kept = [sheet.filter(~twice.filter(keys["sheet"] == i)) for i, sheet in enumerate(sheets)]
    return kept, _Doubled(refused, set(doubles.select(KEYS).iter_rows()))


def _complete(found: _Found, area: Area, period: Period, expected: Collection[str]) -> pl.DataFrame:
    """The frame with the institutions that are known but have no row: refused, or not submitted."""
    have = set(found.frame.select(KEYS).iter_rows()) if found.lost or expected else set[tuple[str, int]]()
    lost = sorted(found.lost - have)
    absent = sorted((name, period.index) for name in set(expected) if (name, period.index) not in have | found.lost)
    added = [_bare(lost, area, REFUSED), _bare(absent, area, NOT_SUBMITTED)]
    return pl.concat([found.frame, *added]).sort(KEYS)


def completed(frame: pl.DataFrame, absent: Sequence[str], area: Area, period: Period) -> pl.DataFrame:
    """The frame with those who are absent in a period."""
    return pl.concat([frame, not_submitted(absent, area, period)]).sort(KEYS)


def not_submitted(absent: Sequence[str], area: Area, period: Period) -> pl.DataFrame:
    """A row in which nothing is submitted for each institution that is absent in a period."""
    return _bare(sorted((name, period.index) for name in set(absent)), area, NOT_SUBMITTED)


def _bare(keys: Sequence[tuple[str, int]], area: Area, reason: int) -> pl.DataFrame:
    """Rows in which every figure is missing for one reason."""
    wanted = schema(area)
    frame = pl.DataFrame(keys, schema={name: wanted[name] for name in KEYS}, orient="row")
    missing = {slot.of("missing") for slot in slots(area)}
    return frame.with_columns(
        pl.lit(reason if name in missing else None, dtype=kind).alias(name)
        for name, kind in wanted.items()
        if name not in KEYS
    )


def _absences(
    frame: pl.DataFrame, found: _Found, area: Area, period: Period, expected: Collection[str]
) -> Iterator[Note]:
    """Indicators without a column anywhere, and expected institutions without a row."""
    filled = {slot.indicator for slot in slots(area) if found.filled.intersection(slot.columns)}
    unfilled = [f"`{name}`" for name in area.indicators if name not in filled]
    if unfilled:
        yield Note("", "indicators-absent", {"names": ", ".join(unfilled), "count": len(unfilled)})
    here = set(found.frame.filter(pl.col("period") == period.index)["institution"])
    absent = sorted(set(expected) - here - {name for name, _ in found.lost})
    if absent:
        yield absence(absent, period)


def absence(absent: Sequence[str], period: Period) -> Note:
    """That institutions which were placed last time have no figures."""
    shown = ", ".join(f"`{name}`" for name in absent[:5])
    return Note("", "institutions-absent", {"count": len(absent), "names": shown, "period": period.label})


def rows_from_given(
    area: Area,
    given: Mapping[str, object],
    earlier: Mapping[str, Mapping[str, object]],
    period: Period,
    *,
    institution: str = CASE,
    where: Where | None = None,
) -> pl.DataFrame:
    """The frame of an author's case: what is `given`, and what is written of earlier periods, laid over the area's
    `typical`.

    Attributes, which seldom change, are in earlier periods those of the case unless they are written. Raises
    DataError with every problem.
    """
    where = where or Where("")
    full = overlaid(area, given)
    attributes = {name: value for name, value in full.items() if name in attributes_of(area)}
    problems = list(_unknown_given(area, given, where, ("given",)))
    rows: list[tuple[Period, tuple[str, ...], Mapping[str, object]]] = [(period, ("given",), full)]
    for label, figures in earlier.items():
        path, then = ("earlier", label), parse_period(area.period, str(label))
        problems += _unknown_given(area, figures, where, path)
        if then is None or then.index >= period.index:
            example = Period(area.period, period.index - 1).label
            problems.append(Problem(where, "case-period", {"found": label, "example": example}, path))
        else:
            rows.append((then, path, overlaid(area, {**attributes, **figures})))
    if problems:
        raise DataError(problems)
    found = _assemble([_as_shaped(rows, institution)], area, decimal=None)
    if found.refused:
        raise DataError([_case_problem(refusal, rows, where) for refusal in found.refused])
    return found.frame.sort(KEYS)


def overlaid(area: Area, given: Mapping[str, object]) -> dict[str, object]:
    """What a case says, on top of the area's typical institution.

    A figure that the case touches is not mixed with what it contradicts: a value replaces the typical
    count, a count the typical value, and a reason (or null) everything the typical figure says.
    """
    full = dict(area.typical)
    for slot in slots(area):
        count, missing = slot.of("count"), slot.of("missing")
        if missing in given or (slot.column in given and _is_no_value(slot, given[slot.column])):
            dropped = slot.columns
        elif slot.column in given:
            dropped = (count, missing)
        elif count in given:
            dropped = (slot.column, missing)
        else:
            continue
        for name in dropped:
            full.pop(name, None)
    return {**full, **given}


def _is_no_value(slot: Slot, value: object) -> bool:
    return value is None or value in Words().of(slot.column)


def _unknown_given(area: Area, given: Mapping[str, object], where: Where, path: tuple[str, ...]) -> Iterator[Problem]:
    known = [*attributes_of(area), *(column for slot in slots(area) for column in slot.columns)]
    for name in given:
        if name not in known:
            yield Problem(where, "case-unknown-column", {"column": name, **suggestion(name, known)}, (*path, name))


def _as_shaped(rows: Sequence[tuple[Period, tuple[str, ...], Mapping[str, object]]], institution: str) -> Shaped:
    """A case as if it had been read from a file; row numbers count its periods from 1."""
    names = list(dict.fromkeys(name for _, _, figures in rows for name in figures))
    cells = {name: [written(figures.get(name)).strip() or None for _, _, figures in rows] for name in names}
    frame = pl.DataFrame(
        [
            pl.Series("institution", [institution] * len(rows), dtype=pl.String),
            pl.Series("period", [period.index for period, _, _ in rows], dtype=pl.Int32),
            *(pl.Series(name, column, dtype=pl.String) for name, column in cells.items()),
        ]
    )
    numbers = pl.Series("row", range(1, len(rows) + 1), dtype=pl.Int64)
    return Shaped(Sheet("", frame, numbers, signs=dict.fromkeys(names, ".")), Words())


def _case_problem(
    refusal: Refusal, rows: Sequence[tuple[Period, tuple[str, ...], Mapping[str, object]]], where: Where
) -> Problem:
    path = rows[refusal.row - 1][1]
    args = {"column": refusal.column, "value": refusal.value, **refusal.args}
    return Problem(where, f"figure-{refusal.code}", args, (*path, refusal.column))
