"""Figures as the readings take them, and as the record keeps them: a row for each figure of an institution and period.

Two ways, `figures_of` and `frame_of`, and nothing is decided here but what counts as the same. What is not submitted is
not kept: that nothing stands in the record says it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import permutations
from typing import Any

import polars as pl

from tilsyn.catalogue.areas import Area
from tilsyn.files.figures import BUILT_IN, KEYS, NOT_SUBMITTED, REASONS, Slot, schema, slots
from tilsyn.record.rows import FIGURE, NUMBERS, UNIT

_KINDS: dict[str, Any] = {
    "period": pl.Int32(), "closed": pl.Boolean(), "measured": pl.Int32(), **dict.fromkeys(NUMBERS, pl.Float64()),
}  # fmt: skip

FIGURES: dict[str, Any] = {name: _KINDS.get(name, pl.String()) for name in FIGURE}
"""The figures of a frame, one in each row."""

UNITS: dict[str, Any] = {name: _KINDS.get(name, pl.String()) for name in UNIT}
"""What is said of institutions beside their figures, one period in each row."""

FIGURE_KEY = ("institution", "period", "figure")


def figures_of(frame: pl.DataFrame, area: Area) -> pl.DataFrame:
    """The figures of an area's frame, without those that are not submitted and have nothing beside them."""
    parts = [_of_slot(frame, slot) for slot in slots(area)]
    found = pl.concat(parts) if parts else pl.DataFrame(schema=FIGURES)
    said = pl.any_horizontal(pl.col(*NUMBERS, "word").is_not_null())
    return found.filter((pl.col("missing").fill_null("") != _WORDS[NOT_SUBMITTED]) | said).sort(FIGURE_KEY)


_WORDS = {code: word for word, code in REASONS.items()}


def _of_slot(frame: pl.DataFrame, slot: Slot) -> pl.DataFrame:
    own = pl.col(slot.column)
    flag = pl.when(own).then(pl.lit("true")).when(~own).then(pl.lit("false")) if slot.kind == "flag" else None
    word = flag if flag is not None else own if slot.kind == "category" else pl.lit(None, dtype=pl.String)
    # minus nothing is nothing: SQLite keeps no sign of it, and the ledger would miss it
    numbers = {name: pl.col(slot.of(name)) + 0.0 for name in slot.fields}
    if slot.is_number:
        numbers["value"] = own + 0.0
    return frame.select(
        *KEYS,
        pl.lit(slot.column).alias("figure"),
        pl.col(slot.of("missing"))
        .cast(pl.Int64)
        .replace_strict(_WORDS, default=None, return_dtype=pl.String)
        .alias("missing"),
        *(numbers.get(name, pl.lit(None, dtype=pl.Float64)).alias(name) for name in ("value",)),
        word.alias("word"),
        *(numbers.get(name, pl.lit(None, dtype=pl.Float64)).alias(name) for name in NUMBERS[1:]),
        (pl.col(slot.of("measured")) if slot.dated else pl.lit(None, dtype=pl.Int32)).alias("measured"),
    ).select(pl.col(name).cast(kind) for name, kind in FIGURES.items())


def units_of(frame: pl.DataFrame, area: Area) -> pl.DataFrame:
    """What a frame says of institutions beside their figures. Attributes that it does not know are left out."""
    attributes = [json_of(row) for row in frame.select(list(area.attributes)).to_dicts()]
    return frame.select(
        *KEYS,
        "name",
        pl.col("closed").fill_null(False),
        "successor",
        pl.Series("attributes", attributes, dtype=pl.String),
    ).sort(KEYS)


def json_of(values: dict[str, Any]) -> str:
    """What is known, as JSON, in the order of names."""
    known = {name: values[name] for name in sorted(values) if values[name] is not None}
    return _json(known)


# made once: whoever asks `json.dumps` for anything but its own way has it made for each text
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def frame_of(units: pl.DataFrame, figures: pl.DataFrame | None, area: Area) -> pl.DataFrame:
    """An area's frame from what the record keeps: the rows of `units`, with their figures, if any, in no order."""
    wanted = schema(area)
    frame = units.select(*KEYS, *BUILT_IN)
    if area.attributes:
        frame = frame.hstack(_attributes(units["attributes"], {name: wanted[name] for name in area.attributes}))
    by_figure: dict[str, pl.DataFrame] = {}
    if figures is not None:
        # texts are compared once, for all figures, and after that only whole numbers
        frame = frame.with_row_index(_AT)
        placed = figures.join(frame.select(*KEYS, _AT), on=list(KEYS))
        by_figure = {str(key[0]): part for key, part in placed.partition_by("figure", as_dict=True).items()}
    for slot in slots(area):
        part = by_figure.get(slot.column)
        if part is None:
            frame = frame.with_columns(pl.lit(NOT_SUBMITTED).alias(slot.of("missing")))
        else:
            frame = frame.join(_to_slot(part, slot), on=_AT, how="left")
            frame = frame.with_columns(pl.col(slot.of("missing")).fill_null(NOT_SUBMITTED))
    nothing = [pl.lit(None).alias(name) for name in wanted if name not in frame.columns]
    return frame.with_columns(nothing).select(pl.col(name).cast(kind) for name, kind in wanted.items())


def _attributes(texts: pl.Series, wanted: dict[str, Any]) -> pl.DataFrame:
    """What is known of institutions as JSON, in columns. One long text is read in less time than many short ones."""
    return pl.DataFrame(json.loads(f"[{','.join(texts)}]") or None, schema=wanted).select(list(wanted))


def together(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Parts of an area's frame as one, in the order of its keys."""
    return pl.concat(parts).sort(KEYS)


_AT = "\0at"
"""The number of a row, by which figures find theirs."""


def _to_slot(part: pl.DataFrame, slot: Slot) -> pl.DataFrame:
    word = pl.col("word")
    own = pl.col("value") if slot.is_number else word == "true" if slot.kind == "flag" else word
    return part.select(
        _AT,
        own.alias(slot.column),
        pl.col("missing")
        .replace_strict(REASONS, default=0, return_dtype=pl.Int8)
        .fill_null(0)
        .alias(slot.of("missing")),
        *(pl.col(name).alias(slot.of(name)) for name in slot.fields),
        *([pl.col("measured").alias(slot.of("measured"))] if slot.dated else []),
    )


# to the record's rows, and from them


def rows_of(new: pl.DataFrame, area: str, import_id: int) -> Iterator[list[tuple[Any, ...]]]:
    """Rows as the tables of institutions and of figures have them, some at a time."""
    beside = [name for name in new.columns if name not in KEYS]
    whole = new.select(pl.lit(area).alias("area"), *reversed(KEYS), *beside, pl.lit(import_id).alias("import_id"))
    for part in whole.iter_slices(AT_ONCE):
        yield part.rows()


AT_ONCE = 10_000
"""Rows that are made ready at once."""


Parts = Iterable[Sequence[tuple[Any, ...]]]
"""Rows of the record, some at a time."""


def figures_from(parts: Parts) -> pl.DataFrame:
    """Rows of figures, with the import that each came with."""
    return _frame(FIGURES, parts)


def units_from(parts: Parts) -> pl.DataFrame:
    """Rows about institutions, with the import that each came with."""
    return _frame(UNITS, parts)


def _frame(kinds: dict[str, Any], parts: Parts) -> pl.DataFrame:
    every = {**kinds, "import_id": pl.Int64()}
    frames = [pl.DataFrame(schema=every)]
    for rows in parts:
        # by places: `zip(*rows)` has an object of its own for each row, which Python looks through again and again
        columns = [[row[place] for row in rows] for place in range(len(every))]
        of_kind = zip(every.items(), columns, strict=True)
        frames.append(
            pl.DataFrame([pl.Series(name, values, dtype=kind, strict=False) for (name, kind), values in of_kind])
        )
    return pl.concat(frames, rechunk=True)


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    """The last row about each, by the import it came with, in no order. One import says nothing twice."""
    if frame["import_id"].n_unique() > 1:
        key = [name for name in FIGURE_KEY if name in frame.columns]
        frame = frame.sort("import_id").unique(key, keep="last")
    return frame.drop("import_id")


# what is new in a delivery


def changed(new: pl.DataFrame, known: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The rows of `new` that `known` has not, or has otherwise."""
    if not known.height:
        return new
    parts = [name for name in new.columns if name not in key]
    there = known.with_columns(pl.lit(True).alias("there"))
    both = new.join(there, on=list(key), how="left", suffix=" known", coalesce=True, maintain_order="left")
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name} known")) for name in parts)
    return both.filter(~(pl.col("there").fill_null(False) & same)).select(new.columns)


def without_refused(delivered: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """What is delivered, but for refused cells about figures that are known: a slip of the pen takes nothing back."""
    slips = delivered.filter(pl.col("missing") == "refused").join(known, on=list(FIGURE_KEY), how="semi")
    return delivered.join(slips, on=list(FIGURE_KEY), how="anti") if slips.height else delivered


def completed(told: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """What a delivery says of institutions, with what was known where it is silent."""
    if not before.height:
        return told
    both = told.join(before, on=list(KEYS), how="left", suffix=" known", coalesce=True, maintain_order="left")
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


TWINS = 10
"""Institutions in which two figures must say the same before one is said to be asked for twice."""

SAID = ("value", "word", "count", "n", "expected")


def twins(delivered: pl.DataFrame, known: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """Delivered figures that are another figure's wherever both are known, and that are not one value throughout.

    Whether two may be is seen from one number for what each says; only of those every part is compared.
    """
    own = _present(delivered)
    every = own if not known.height else _present(
        pl.concat([delivered, known.join(delivered, on=list(FIGURE_KEY), how="anti")])
    )  # fmt: skip
    print_ = [*KEYS, "figure", pl.struct(SAID).hash().alias("print")]
    wide = [part.select(print_).pivot("figure", index=list(KEYS), values="print") for part in (own, every)]
    both = wide[0].join(wide[1], on=list(KEYS), suffix=" other", maintain_order="left")
    seen: set[frozenset[str]] = set()
    for one, other in permutations(sorted(set(every["figure"])), 2):
        if one not in wide[0].columns or frozenset((one, other)) in seen:
            continue
        pair = both.select(pl.col(one), pl.col(f"{other} other" if other in wide[0].columns else other).alias("other"))
        pair = pair.drop_nulls()
        if pair.height < TWINS or not (pair[one] == pair["other"]).all():
            continue
        if _are_twins(own.filter(pl.col("figure") == one), every.filter(pl.col("figure") == other)):
            seen.add(frozenset((one, other)))
            yield one, other


def _present(figures: pl.DataFrame) -> pl.DataFrame:
    return figures.filter(pl.col("missing").is_null())


def _are_twins(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    both = one.join(other, on=list(KEYS), suffix=" other")
    same = all(both[name].eq_missing(both[f"{name} other"]).all() for name in SAID)
    return same and both.select(pl.struct(SAID).n_unique()).item() > 1
