"""Figures as the readings take them, and as the record keeps them: a row for each figure of an institution and period.

Two ways, `figures_of` and `frame_of`, and nothing is decided here but what counts as the same. What is not submitted is
not kept: that nothing stands in the record says it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import polars as pl

from tilsyn.catalogue.areas import Area
from tilsyn.files.figures import BUILT_IN, KEYS, NOT_SUBMITTED, REASONS, Slot, schema, slots

NUMBERS = ("value", "count", "n", "sd", "se", "expected", "low", "high")

FIGURES: dict[str, Any] = {
    "institution": pl.String(), "period": pl.Int32(), "figure": pl.String(), "missing": pl.String(),
    "value": pl.Float64(), "word": pl.String(), **dict.fromkeys(NUMBERS[1:], pl.Float64()), "measured": pl.Int32(),
}  # fmt: skip
"""The figures of a frame, one in each row."""

UNITS: dict[str, Any] = {
    "institution": pl.String(), "period": pl.Int32(), "name": pl.String(), "closed": pl.Boolean(),
    "successor": pl.String(), "attributes": pl.String(),
}  # fmt: skip
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
    numbers = {name: pl.col(slot.of(name)) for name in slot.fields}
    if slot.is_number:
        numbers["value"] = own
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
    return json.dumps(known, ensure_ascii=False, separators=(",", ":"))


def frame_of(units: pl.DataFrame, figures: pl.DataFrame, area: Area) -> pl.DataFrame:
    """An area's frame from what the record keeps: the rows of `units`, with their figures."""
    wanted = schema(area)
    attributes = pl.DataFrame(
        [json.loads(text) for text in units["attributes"]] or None,
        schema={name: wanted[name] for name in area.attributes},
    )
    frame = (
        units.select(*KEYS, *BUILT_IN).hstack(attributes.select(list(area.attributes)))
        if area.attributes
        else units.select(*KEYS, *BUILT_IN)
    )
    by_figure = {str(key[0]): part for key, part in figures.partition_by("figure", as_dict=True).items()}
    for slot in slots(area):
        part = _to_slot(by_figure.get(slot.column, pl.DataFrame(schema=FIGURES)), slot)
        frame = frame.join(part, on=list(KEYS), how="left")
        missing = slot.of("missing")
        frame = frame.with_columns(pl.col(missing).fill_null(NOT_SUBMITTED))
    return frame.select(pl.col(name).cast(kind) for name, kind in wanted.items()).sort(KEYS)


def _to_slot(part: pl.DataFrame, slot: Slot) -> pl.DataFrame:
    word = pl.col("word")
    own = pl.col("value") if slot.is_number else word == "true" if slot.kind == "flag" else word
    return part.select(
        *KEYS,
        own.alias(slot.column),
        pl.col("missing")
        .replace_strict(REASONS, default=0, return_dtype=pl.Int8)
        .fill_null(0)
        .alias(slot.of("missing")),
        *(pl.col(name).alias(slot.of(name)) for name in slot.fields),
        *([pl.col("measured").alias(slot.of("measured"))] if slot.dated else []),
    )


def changed(new: pl.DataFrame, known: pl.DataFrame, key: Sequence[str]) -> pl.DataFrame:
    """The rows of `new` that `known` has not, or has otherwise."""
    parts = [name for name in new.columns if name not in key]
    both = new.join(known, on=list(key), how="left", suffix=" known", coalesce=True)
    there = pl.struct(key).is_in(known.select(pl.struct(key)).to_series().implode()) if known.height else pl.lit(False)
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name} known")) for name in parts)
    return both.filter(~(there & same)).select(new.columns)
