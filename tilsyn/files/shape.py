"""Wide and long files become the same thing: a row for each institution and period.

Wide is one column per part of a figure; long is one row per figure, known by a column
`indicator`; between them stand wide files with a row per group, known by a column `group`. Rows
without an institution or with an impossible period are refused here, and columns that nobody
reads are named, because a misspelt column is a figure that is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from msgspec import Struct

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.grammar import nearest, suggestion
from tilsyn.catalogue.periods import EXAMPLES, Period
from tilsyn.files.cells import Sheet, Words, period_indexes
from tilsyn.files.column_map import Mapped
from tilsyn.files.figures import KEYS, Note, Refusal, Slot, attributes_of, doubted, slots
from tilsyn.files.numeric import Mixed, Sign, decimal_sign
from tilsyn.files.tables import Table
from tilsyn.problems import DataError, Problem, Where

LONG = ("value", "n", "count", "sd", "se", "expected", "low", "high", "missing", "measured")
"""The columns of a long file that hold parts of a figure; `value` is the figure itself."""

UNSIGNED = ("missing", "measured")
"""Parts that are no decimal numbers."""

EVERYWHERE: Mapping[str, str] = {}
"""Parts of figures stand in the columns of their own names."""


class Shaped(Struct, frozen=True):
    """A sheet, the words for missing that hold in it, and what came up on the way.

    `refused_at` are institutions and periods that are known although their row was refused.
    """

    sheet: Sheet
    words: Words
    refused: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()
    refused_at: tuple[tuple[str, int], ...] = ()


def known_columns(area: Area) -> list[str]:
    """Every column that a file or a column map may name for an area, in either form."""
    figures = [column for slot in slots(area) for column in slot.columns]
    return [*KEYS, *attributes_of(area), *figures, "indicator", "group", *LONG]


def shape(mapped: Mapped, area: Area, period: Period) -> Shaped:
    """A file's rows in the one form, the rows that can't belong anywhere apart. Raises DataError."""
    table, names = mapped.table, mapped.table.frame.columns
    wide = any(column in names for slot in slots(area) for column in slot.columns)
    # somebody else's file may have a column of that name and still be wide
    long = "indicator" in names and not wide and "indicator" not in (*area.indicators, *attributes_of(area))
    if problems := _lacking(table, area, long=long):
        raise DataError(problems)
    placed = _place_rows(mapped, area, period)
    grouped = not long and "group" in names and "group" not in (*area.indicators, *attributes_of(area))
    made = _long(placed, mapped, area, by_group=grouped) if long or grouped else _wide(placed, mapped, area)
    return Shaped(made.sheet, mapped.words, (*placed.refused, *made.refused), (*placed.notes, *made.notes), placed.lost)


def _lacking(table: Table, area: Area, *, long: bool) -> list[Problem]:
    """Without an institution or any known figure a file is somebody else's."""
    names, where = table.frame.columns, Where(table.file, 1)
    problems: list[Problem] = []
    if "institution" not in names:
        problems.append(Problem(where, "data-no-institution", suggestion("institution", names)))
    found = table.frame["indicator"].drop_nulls().unique().to_list() if long else [n.partition(".")[0] for n in names]
    known = list(area.indicators) if long else [slot.column for slot in slots(area)]
    if not set(found) & set(known):
        meant = next((near for name in sorted(found) if (near := nearest(name, known))), None)
        args: dict[str, object] = {"known": ", ".join(f"`{name}`" for name in area.indicators)}
        problems.append(Problem(where, "data-no-indicator", args | ({"suggestion": meant} if meant else {})))
    if long and not set(names) & set(LONG):
        problems.append(Problem(where, "data-no-values", {"known": ", ".join(f"`{name}`" for name in LONG)}))
    return problems


class _Placed(Struct, frozen=True):
    """Rows with an institution and a period no later than the one in question."""

    frame: pl.DataFrame
    rows: pl.Series
    refused: tuple[Refusal, ...]
    notes: tuple[Note, ...]
    lost: tuple[tuple[str, int], ...]


def _place_rows(mapped: Mapped, area: Area, period: Period) -> _Placed:
    table = mapped.table
    frame, rows = table.frame, table.rows
    if "period" in frame.columns:
        labels = frame["period"]
        index = period_indexes(labels, area.period)
    else:
        labels = pl.Series([period.label], dtype=pl.String).new_from_index(0, frame.height)
        index = pl.Series([period.index], dtype=pl.Int32).new_from_index(0, frame.height)
    nameless, timeless = frame["institution"].is_null(), index.is_null()
    refused = [
        *_refused_rows(mapped, "institution", nameless, "no-institution"),
        *_refused_rows(mapped, "period", timeless & ~nameless, "not-a-period", example=EXAMPLES[area.period]),
    ]
    lost = tuple((name, period.index) for name in frame["institution"].filter(timeless & ~nameless).unique())
    later = (index > period.index).fill_null(value=False)
    notes = (Note(table.file, "later-periods", {"rows": later.sum(), "period": period.label}),) if later.any() else ()
    kept = ~nameless & ~timeless & ~later
    placed = frame.with_columns(index.alias("period")).filter(kept)
    return _Placed(placed, rows.filter(kept), tuple(refused), notes, lost)


def _refused_rows(mapped: Mapped, column: str, where: pl.Series, code: str, **args: object) -> Iterator[Refusal]:
    table, shown = mapped.table, mapped.shown.get(column, column)
    for index in where.arg_true():
        value = table.frame[column][index] or ""
        yield Refusal(table.file, table.rows[index], shown, value, code, dict(args))


class _Made(Struct, frozen=True):
    sheet: Sheet
    refused: tuple[Refusal, ...] = ()
    notes: tuple[Note, ...] = ()


def _wide(placed: _Placed, mapped: Mapped, area: Area) -> _Made:
    file = mapped.table.file
    figures = [column for slot in slots(area) for column in slot.columns]
    known = {*KEYS, *attributes_of(area), *figures}
    unknown = [name for name in mapped.unused if name not in known]
    kept = placed.frame.select([name for name in placed.frame.columns if name in known])
    return _Made(Sheet(file, kept, placed.rows, mapped.shown), notes=_unknown(file, "columns-unknown", unknown, known))


def _unknown(file: str, code: str, names: list[str], known: Iterable[str]) -> tuple[Note, ...]:
    return (Note(file, code, {"names": doubted(names, known), "count": len(names)}),) if names else ()


def _long(placed: _Placed, mapped: Mapped, area: Area, *, by_group: bool) -> _Made:
    """One row per figure, or per group, becomes one row per institution and period."""
    file, frame = mapped.table.file, placed.frame.with_columns(placed.rows.alias("\0row"))
    if "group" not in frame.columns:
        frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias("group"))
    base = frame.select(KEYS).unique(maintain_order=True)
    pieces, refused = _Pieces(file, mapped, base), list[Refusal]()
    rest: Iterable[tuple[object, ...]]
    if by_group:
        groups = {key[0]: part for key, part in frame.group_by("group", maintain_order=True)}
        for slot in slots(area):
            if slot.member in groups and set(_parts_of(slot).values()) & set(frame.columns):
                refused += pieces.add(slot, _figure_of(groups[slot.member], slot), _parts_of(slot))
        rest = [("*", g) for g in groups if g not in {slot.member for slot in slots(area)}]
    else:
        by_figure = dict(frame.group_by(["indicator", "group"], maintain_order=True))
        for slot in slots(area):
            part = by_figure.pop((slot.indicator, slot.member), None)
            if part is not None:
                refused += pieces.add(slot, part)
        rest = by_figure
    refused += pieces.attributes(frame, [name for name in attributes_of(area) if name in frame.columns])
    numeric = frame if by_group else frame.filter(pl.col("indicator").is_in(_numeric(area)))
    refused += pieces.decide_signs(numeric)
    rows = base.join(frame.group_by(KEYS).agg(pl.col("\0row").min()), on=KEYS, how="left", maintain_order="left")
    sheet = Sheet(file, pieces.frame, rows["\0row"], pieces.shown, pieces.rows_of, pieces.signs)
    return _Made(sheet, tuple(refused), (*_unread(file, mapped, rest, area, by_group=by_group), *pieces.notes()))


def _numeric(area: Area) -> list[str]:
    return [name for name, indicator in area.indicators.items() if indicator.kind not in ("category", "flag")]


def _parts_of(slot: Slot) -> dict[str, str]:
    """The parts of a figure, and the columns that hold them in a file with a row per group."""
    return {name: f"{slot.indicator}.{name}" if name != "value" else slot.indicator for name in LONG}


def _figure_of(part: pl.DataFrame, slot: Slot) -> pl.DataFrame:
    """One figure's columns of a group's rows, as a long file would have them; rows that say nothing of it go."""
    found = {name: theirs for name, theirs in _parts_of(slot).items() if theirs in part.columns}
    cells = part.select(*KEYS, "\0row", *(pl.col(theirs).alias(name) for name, theirs in found.items()))
    return cells.filter(pl.any_horizontal(pl.col(name).is_not_null() for name in found))


def _unread(
    file: str, mapped: Mapped, rest: Iterable[tuple[object, ...]], area: Area, *, by_group: bool
) -> Iterator[Note]:
    parts = [theirs for slot in slots(area) for theirs in _parts_of(slot).values()]
    known = [*KEYS, *attributes_of(area), "group", *(parts if by_group else ["indicator", *LONG])]
    unknown = [name for name in mapped.unused if name not in known]
    yield from _unknown(file, "columns-unknown", unknown, known)
    figures = ["@".join(str(part) for part in key if part is not None) for key in rest]
    yield from _unknown(file, "indicators-unknown", figures, [slot.column for slot in slots(area)])


class _Pieces:
    """The columns of a long file, put beside each other figure by figure."""

    def __init__(self, file: str, mapped: Mapped, base: pl.DataFrame) -> None:
        self.file, self.frame, self.base, self.mapped = file, base, base, mapped
        self.shown: dict[str, str] = dict(mapped.shown)
        self.rows_of: dict[str, pl.Series] = {}
        self.signs: dict[str, Sign] = {}
        self.idle: list[str] = []
        self.used: list[tuple[str, str]] = []

    def add(self, slot: Slot, part: pl.DataFrame, stand_in: Mapping[str, str] = EVERYWHERE) -> Iterator[Refusal]:
        """Adds one figure's rows; where it stands in several rows for one institution, none is taken.

        `stand_in` says in which column of the file each part of it stands.
        """
        twice = part.select(pl.struct(KEYS).is_duplicated()).to_series()
        if twice.any():
            part, refused = self._without_doubles(slot, part, twice)
            yield from refused
        parts = {name: slot.column if name == "value" else slot.of(name) for name in LONG if name in part.columns}
        taken = {name: ours for name, ours in parts.items() if ours in slot.columns}
        self.idle += [f"{slot.column}.{n}" for n in parts if n not in taken and part[n].null_count() < part.height]
        cells = part.select(*KEYS, "\0row", *(pl.col(name).alias(ours) for name, ours in taken.items()))
        joined = self.base.join(cells, on=KEYS, how="left", maintain_order="left")
        self.rows_of[slot.column] = joined["\0row"]
        self.frame = self.frame.hstack(joined.select(taken.values()))
        theirs = {name: stand_in.get(name, name) for name in taken}
        self.used += [(theirs[name], ours) for name, ours in taken.items() if slot.is_number and name not in UNSIGNED]
        self.shown |= {ours: self.mapped.shown.get(theirs[name], theirs[name]) for name, ours in taken.items()}

    def _without_doubles(
        self, slot: Slot, part: pl.DataFrame, twice: pl.Series
    ) -> tuple[pl.DataFrame, Iterator[Refusal]]:
        doubles = part.filter(twice)
        together = doubles.with_columns(pl.col("\0row").implode().over(KEYS).alias("\0rows"))
        refused = (
            Refusal(
                self.file,
                row["\0row"],
                self.mapped.shown.get("indicator", "indicator"),
                slot.column,
                "duplicate-figure",
                {"institution": row["institution"], "rows": ", ".join(map(str, sorted(row["\0rows"])))},
            )
            for row in together.iter_rows(named=True)
        )
        said = [pl.lit("refused").alias("missing")]
        held = [name for name in LONG if name in part.columns and name != "missing"]
        emptied = [pl.lit(None, dtype=pl.String).alias(name) for name in held]
        once = doubles.unique(KEYS, keep="first", maintain_order=True).with_columns(*emptied, *said)
        return pl.concat([part.filter(~twice), once], how="diagonal"), refused

    def attributes(self, frame: pl.DataFrame, names: list[str]) -> Iterator[Refusal]:
        """Adds attributes, which stand in every row of an institution and must be the same in each."""
        for name in names:
            said = frame.filter(pl.col(name).is_not_null()).group_by(KEYS, maintain_order=True)
            values = said.agg(pl.col(name).unique(maintain_order=True), pl.col("\0row"))
            for row in values.filter(pl.col(name).list.len() > 1).iter_rows(named=True):
                args: dict[str, object] = {
                    "institution": row["institution"],
                    "values": ", ".join(f"`{v}`" for v in row[name]),
                }
                shown = self.mapped.shown.get(name, name)
                yield Refusal(self.file, row["\0row"][0], shown, row[name][0], "attribute-differs", args)
            agreed = values.filter(pl.col(name).list.len() == 1).select(*KEYS, pl.col(name).list.first())
            joined = self.base.join(agreed, on=KEYS, how="left", maintain_order="left")
            self.frame = self.frame.hstack([joined[name]])

    def decide_signs(self, numeric: pl.DataFrame) -> Iterator[Refusal]:
        """Decides each column's decimal sign once, for all the figures that stand in it."""
        if self.mapped.decimal is not None:
            return
        for name in dict.fromkeys(name for name, _ in self.used):
            sign = decimal_sign(numeric[name])
            if isinstance(sign, Mixed):
                one, other = ((numeric[name][i], numeric["\0row"][i]) for i in (sign.one, sign.other))
                args: dict[str, object] = {"one": one[0], "one_row": one[1], "other": other[0], "other_row": other[1]}
                args["figures"] = int(numeric[name].is_not_null().sum())
                yield Refusal(self.file, 0, self.mapped.shown.get(name, name), "", "mixed-decimals", args)
            self.signs |= {ours: sign for part, ours in self.used if part == name}

    def notes(self) -> Iterator[Note]:
        if self.idle:
            names = ", ".join(f"`{name}`" for name in self.idle)
            yield Note(self.file, "fields-unused", {"names": names, "count": len(self.idle)})
