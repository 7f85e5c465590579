"""What a cell says: a figure, an attribute, or why there is none; and whether it can be true.

A column at a time: all cells of a part of a figure are read together, and only those that are
refused are looked at one by one. A cell that can't be read makes the whole figure `refused`,
because a value without its count, or a count without its number of persons, is another figure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

import polars as pl
from msgspec import Struct, field

from tilsyn.catalogue.grammar import nearest
from tilsyn.catalogue.periods import EXAMPLES, parse_period
from tilsyn.files.figures import NOT_SUBMITTED, PRESENT, REASONS, REFUSED, Refusal, Slot
from tilsyn.files.numeric import Mixed, Sign, finer_than, read_numbers

FLAGS = {
    **dict.fromkeys(("ja", "yes", "true", "sand", "1"), True),
    **dict.fromkeys(("nej", "no", "false", "falsk", "0"), False),
}  # fmt: skip

NO_WORDS: Mapping[str, int] = {}


class Words(Struct, frozen=True):
    """Words in cells that say why a figure is missing: the reasons' own names, and those of a column map."""

    everywhere: Mapping[str, int] = field(default_factory=dict[str, int])
    by_column: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])

    def of(self, column: str) -> dict[str, int]:
        return {**REASONS, **self.everywhere, **self.by_column.get(column, NO_WORDS)}


class Sheet(Struct, frozen=True):
    """A file's rows, one for each institution and period, with cells still as text under our column names.

    `shown` is what the file itself calls a column; `rows_of` gives the rows of figures that stand
    in rows of their own (the long form), `signs` the decimal signs that are already decided.
    """

    file: str
    frame: pl.DataFrame
    rows: pl.Series
    shown: Mapping[str, str] = field(default_factory=dict[str, str])
    rows_of: Mapping[str, pl.Series] = field(default_factory=dict[str, pl.Series])
    signs: Mapping[str, Sign] = field(default_factory=dict[str, Sign])

    def filter(self, kept: pl.Series) -> Sheet:
        """The sheet with only some of its rows."""
        if kept.all():
            return self
        rows_of = {name: rows.filter(kept) for name, rows in self.rows_of.items()}
        return Sheet(self.file, self.frame.filter(kept), self.rows.filter(kept), self.shown, rows_of, self.signs)


class Reading(Struct, dict=True):
    """One sheet being read: what it says, and what was refused on the way."""

    sheet: Sheet
    words: Words
    kind_of_period: str
    decimal: str | None = None
    refused: list[Refusal] = field(default_factory=list[Refusal])

    @cached_property
    def none(self) -> pl.Series:
        return self.constant(None, pl.String())

    @cached_property
    def nowhere(self) -> pl.Series:
        return self.constant(False, pl.Boolean())

    @cached_property
    def present(self) -> pl.Series:
        return self.constant(PRESENT, pl.Int8())

    def constant(self, value: object, kind: pl.DataType) -> pl.Series:
        return pl.Series([value], dtype=kind).new_from_index(0, self.sheet.frame.height)

    def refuse(self, column: str, where: pl.Series, code: str, **args: object) -> pl.Series:
        """Notes the cells of a column that are refused, and gives back where they are."""
        where = where.fill_null(value=False)
        if not where.any():
            return where
        own = {name: arg.filter(where).to_list() for name, arg in args.items() if isinstance(arg, pl.Series)}
        common = {name: arg for name, arg in args.items() if name not in own}
        shown, file = self.shown(column), self.sheet.file
        for at, (row, value) in enumerate(zip(self.rows(column, where), self.values(column, where), strict=True)):
            said = common | {name: _plain(values[at]) for name, values in own.items()}
            own_args = {name: arg for name, arg in said.items() if arg is not None}
            self.refused.append(Refusal(file, row, shown, value or "", code, own_args))
        return where

    def shown(self, column: str) -> str:
        return self.sheet.shown.get(column, column)

    def rows(self, column: str, where: pl.Series) -> list[int]:
        """The rows in the file of some cells of a column."""
        own = self.sheet.rows_of.get(column.partition(".")[0])
        rows = self.sheet.rows if own is None else own.zip_with(own.is_not_null(), self.sheet.rows)
        return rows.filter(where).to_list()

    def values(self, column: str, where: pl.Series) -> list[str | None]:
        """Some cells of a column as they were written."""
        frame = self.sheet.frame
        texts = frame[column] if column in frame.columns else self.none
        return texts.filter(where).to_list()

    def split(self, column: str) -> tuple[pl.Series, pl.Series]:
        """The cells of a column without words for missing, and the reasons that those words give."""
        if column not in self.sheet.frame.columns:
            return self.none, self.present
        texts, words = self.sheet.frame[column], self.words.of(column)
        said = texts.is_in([word for word in words if word]).fill_null(value=False)
        if not said.any():
            return texts, self.present
        return texts.set(said, None), texts.replace_strict(words, default=PRESENT, return_dtype=pl.Int8())

    def why_empty(self, column: str) -> int:
        """What an empty cell of a column means, where nothing else is said."""
        return self.words.of(column).get("", NOT_SUBMITTED) if column in self.sheet.frame.columns else NOT_SUBMITTED

    def numbers(self, column: str, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The numbers of a column, and where there is none to be had."""
        if texts.null_count() == len(texts):
            return self.constant(None, pl.Float64()), self.nowhere
        sign = self.sheet.signs.get(column, self.decimal)
        read = sign if isinstance(sign, Mixed) else read_numbers(texts, sign)
        if isinstance(read, Mixed):
            return self.constant(None, pl.Float64()), self._mixed(column, texts, read)
        values, faults = read
        wrong = self.nowhere
        for fault in faults:
            wrong = wrong | self.refuse(column, fault.where, fault.code)
        return values, wrong

    def _mixed(self, column: str, texts: pl.Series, mixed: Mixed) -> pl.Series:
        """A column that writes numbers in two ways is refused once, as a whole."""
        if column in self.sheet.signs:
            # A long file's column of values serves many figures; where it was split, it was refused.
            return texts.is_not_null()
        places = self.rows(column, pl.repeat(value=True, n=len(texts), eager=True))
        one, other = ((texts[i], places[i]) for i in (mixed.one, mixed.other))
        args: dict[str, object] = {"one": one[0], "one_row": one[1], "other": other[0], "other_row": other[1]}
        args["figures"] = int(texts.is_not_null().sum())
        self.refused.append(Refusal(self.sheet.file, 0, self.shown(column), "", "mixed-decimals", args))
        return texts.is_not_null()

    def flags(self, column: str, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """Yes and no, in Danish or English, and where there is neither."""
        if texts.null_count() == len(texts):
            return self.constant(None, pl.Boolean()), self.nowhere
        values = texts.str.to_lowercase().replace_strict(FLAGS, default=None, return_dtype=pl.Boolean())
        return values, self.refuse(column, values.is_null() & texts.is_not_null(), "not-a-flag")

    def periods(self, column: str, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The indexes of period labels, and where a label is none of the area's kind."""
        if texts.null_count() == len(texts):
            return self.constant(None, pl.Int32()), self.nowhere
        values = period_indexes(texts, self.kind_of_period)
        example = EXAMPLES[self.kind_of_period]
        return values, self.refuse(column, values.is_null() & texts.is_not_null(), "not-a-period", example=example)


def period_indexes(texts: pl.Series, kind: str) -> pl.Series:
    """The index of each period label; null where it is not a period of that kind."""
    known = {label: parse_period(kind, label) for label in texts.unique().drop_nulls()}
    indexes = {label: period.index for label, period in known.items() if period}
    return texts.replace_strict(indexes, default=None, return_dtype=pl.Int32())


def read_attribute(reading: Reading, name: str, kind: str) -> pl.Series:
    """An attribute's column; a cell that can't be read, or says that something is missing, is null."""
    texts, _ = reading.split(name)
    match kind:
        case "number":
            values, wrong = reading.numbers(name, texts)
            return _without(values, wrong)
        case "flag":
            return reading.flags(name, texts)[0]
        case _:
            return texts


def read_figure(reading: Reading, slot: Slot) -> Iterator[pl.Series]:
    """The columns of one figure: its value, why it is missing, and its fields."""
    texts, said = reading.split(slot.column)
    value, wrong = _value(reading, slot, texts)
    fields: dict[str, pl.Series] = {}
    aside = reading.present
    for name in slot.fields:
        cells, why = reading.split(slot.of(name))
        fields[name], unread = reading.numbers(slot.of(name), cells)
        wrong, aside = wrong | unread, _more_severe(aside, why)
    measured, unread = _measured(reading, slot)
    reason, unknown = _reason(reading, slot)
    wrong = wrong | unread | unknown | _impossible(reading, slot, value, fields)
    said = _more_severe(said, reason)
    given = value.is_not_null()
    if slot.divisor:
        given = given | (fields["count"].is_not_null() & fields[slot.divisor].is_not_null())
    wrong = wrong | reading.refuse(*_both(reading, slot, given & (said > PRESENT) & ~wrong))
    missing = pl.select(
        pl.when(wrong)
        .then(REFUSED)
        .when(given)
        .then(PRESENT)
        .when(_more_severe(said, aside) > PRESENT)
        .then(_more_severe(said, aside))
        .otherwise(reading.why_empty(slot.column))
        .cast(pl.Int8)
    ).to_series()
    yield _without(value, wrong).alias(slot.column)
    yield missing.alias(slot.of("missing"))
    for name, values in fields.items():
        yield _without(values, wrong).alias(slot.of(name))
    if slot.dated:
        yield _without(measured, wrong).alias(slot.of("measured"))


def _value(reading: Reading, slot: Slot, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    match slot.kind:
        case "flag":
            return reading.flags(slot.column, texts)
        case "category":
            values = slot.declared.values
            if values is None or texts.null_count() == len(texts):
                return texts, reading.nowhere
            unknown = ~texts.is_in(values) & texts.is_not_null()
            meant = {text: nearest(text, values) for text in texts.filter(unknown).unique()}
            suggestion = texts.replace_strict(meant, default=None, return_dtype=pl.String) if meant else texts
            known = ", ".join(f"`{value}`" for value in values)
            return texts, reading.refuse(slot.column, unknown, "not-in-values", known=known, suggestion=suggestion)
        case _:
            return reading.numbers(slot.column, texts)


def _measured(reading: Reading, slot: Slot) -> tuple[pl.Series, pl.Series]:
    """Which period the figure is about; not a later one than that of its row."""
    if not slot.dated:
        return reading.constant(None, pl.Int32()), reading.nowhere
    column = slot.of("measured")
    values, wrong = reading.periods(column, reading.split(column)[0])
    later = reading.refuse(column, values > reading.sheet.frame["period"], "measured-later")
    return values, wrong | later


def _reason(reading: Reading, slot: Slot) -> tuple[pl.Series, pl.Series]:
    """The reasons in the figure's `missing` column, and where there is some other word."""
    column = slot.of("missing")
    others, reasons = reading.split(column)
    unknown = others.is_not_null()
    if not unknown.any():
        return reasons, unknown
    suggestion = others.map_elements(lambda word: nearest(word, REASONS), return_dtype=pl.String)
    known = ", ".join(f"`{word}`" for word in REASONS)
    return reasons, reading.refuse(column, unknown, "unknown-reason", known=known, suggestion=suggestion)


def _both(reading: Reading, slot: Slot, where: pl.Series) -> tuple[str, pl.Series, str]:
    """A figure that is given, and said to be missing: neither is believed."""
    column = slot.of("missing") if slot.of("missing") in reading.sheet.frame.columns else slot.column
    return column, where, "value-and-reason"


def _impossible(reading: Reading, slot: Slot, value: pl.Series, fields: Mapping[str, pl.Series]) -> pl.Series:
    """Where numbers can be read but can't be true, or are finer than declared."""
    if not slot.is_number:
        return reading.nowhere
    wrong = reading.nowhere
    for column, where, code, args in _checks(slot, value, fields):
        if where.any():
            wrong = wrong | reading.refuse(column, where, code, **args)
    return wrong


_Check = tuple[str, pl.Series, str, dict[str, object]]


def _checks(slot: Slot, value: pl.Series, fields: Mapping[str, pl.Series]) -> Iterator[_Check]:
    declared, whole = slot.declared, ("n", "count") if slot.kind == "proportion" else ()
    if declared.decimals is not None:
        yield slot.column, finer_than(value, declared.decimals), "finer-than-declared", {"decimals": declared.decimals}
    yield from _within(slot, slot.column, value)
    if "expected" in fields and slot.kind != "ratio":
        yield from _within(slot, slot.of("expected"), fields["expected"])
    for name in ("n", "count", "sd", "se", *(("expected",) if slot.kind == "ratio" else ())):
        if name in fields:
            yield slot.of(name), fields[name] < 0, "negative", {}
    for name in whole:
        yield slot.of(name), (fields[name] != fields[name].floor()) & (fields[name] >= 0), "not-whole", {}
    if slot.kind == "proportion":
        more = fields["count"] > fields["n"]
        yield slot.of("count"), more, "count-above-n", {"count": fields["count"], "n": fields["n"]}
    if "low" in fields:
        crossed = fields["low"] > fields["high"]
        yield slot.of("low"), crossed, "low-above-high", {"low": fields["low"], "high": fields["high"]}


def _within(slot: Slot, column: str, values: pl.Series) -> Iterator[_Check]:
    """Shares are from 0 to 1; other numbers are within the declared range, ends included."""
    if slot.kind == "proportion":
        outside = (values < 0) | (values > 1)
        yield column, outside, "not-a-share", {}
        values = values.set(outside.fill_null(value=False), None)
    if slot.declared.range is not None:
        low, high = slot.declared.range
        outside = (values < float(low)) | (values > float(high))
        yield column, outside, "outside-range", {"low": str(low), "high": str(high)}


def _more_severe(one: pl.Series, other: pl.Series) -> pl.Series:
    return one.zip_with(one >= other, other)


def _without(values: pl.Series, wrong: pl.Series) -> pl.Series:
    return values.set(wrong, None) if wrong.any() else values


def _plain(value: object) -> object:
    """Whole floats as people write them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
