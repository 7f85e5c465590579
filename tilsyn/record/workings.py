"""Placements as the readings give them and as the record keeps them: columns of the table's own, and a JSON array.

What is the same for everyone in a run (the area, the period, a figure that nobody has) is kept once, with the run. The
two ways, `kept_of` and `placements_of`, give back what was there bit for bit; `working_of` is the second for one row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

COUNTS = ("held", "streak", "absent", "in_force_held")
STEPS = ("step", "previous", "in_force")
OWN = ("institution", *STEPS, *COUNTS, "reasons")
"""The columns of a placement that are the table's own."""

Column = Mapping[str, Any]
"""What a run says of a column: `name` and `kind`; `place` in the array, or `value` where it is everyone's."""

AT_ONCE = 10_000
"""Placements that are made ready at once."""


def kept_of(placed: pl.DataFrame) -> tuple[list[Column], Iterator[list[tuple[Any, ...]]]]:
    """A reading's columns, and its placements as rows of the table, some at a time."""
    columns: list[Column] = []
    varied: list[str] = []
    for name, kind in placed.schema.items():
        about: dict[str, Any] = {"name": name, "kind": str(kind)}
        if name in OWN:
            columns.append(about)
        elif not _same(placed[name]):
            columns.append(about | {"place": len(varied)})
            varied.append(name)
        else:
            columns.append(about | {"value": placed[name][0] if placed.height else None})
    return columns, _rows(placed, varied)


def _same(values: pl.Series) -> bool:
    """Whether it is one value throughout; the two zeros of floating point are two."""
    import polars as pl

    return values.n_unique() < 2 and (values.dtype != pl.Float64() or values.cast(pl.String).n_unique() < 2)


def _rows(placed: pl.DataFrame, varied: Sequence[str]) -> Iterator[list[tuple[Any, ...]]]:
    import polars as pl

    own = [pl.col(name) if name in placed.columns else pl.lit(None).alias(name) for name in OWN]
    for part in placed.iter_slices(AT_ONCE):
        texts = [_json(part[name]) for name in varied]
        inside = pl.concat_str(texts, separator=",") if texts else pl.lit("")
        yield part.select(*own, pl.concat_str(pl.lit("["), inside, pl.lit("]")).alias("working")).rows()


def _json(values: pl.Series) -> pl.Series:
    """Values as JSON. Numbers are written with as many digits as it takes to read the same number again."""
    import polars as pl

    if values.dtype == pl.String():
        found = values.unique().drop_nulls()
        texts = [json.dumps(text, ensure_ascii=False) for text in found]
        values = values.replace_strict(found, pl.Series(texts, dtype=pl.String), return_dtype=pl.String)
    elif values.dtype == pl.Float64():
        assert values.is_finite().all(), f"{values.name}: no reading gives infinities, nor what is no number"
    return values.cast(pl.String).fill_null("null")


def working_of(text: str, columns: Sequence[Column]) -> dict[str, Any]:
    """What was read of one placement beside the table's own columns, by name."""
    values = json.loads(text)
    return {
        column["name"]: values[column["place"]] if "place" in column else column["value"]
        for column in columns
        if "place" in column or "value" in column
    }


def placements_of(rows: Sequence[tuple[Any, ...]], columns: Sequence[Column]) -> pl.DataFrame:
    """Placements as the reading gave them, from rows with the table's own columns and the array."""
    import polars as pl

    kinds = {
        str(kind): kind
        for kind in (pl.String(), pl.Float64(), pl.Int64(), pl.Int32(), pl.Int8(), pl.Boolean(), pl.Null())
    }
    own = dict(zip(OWN, _across(rows, len(OWN) + 1), strict=False))
    placed = [column["place"] for column in columns if "place" in column]
    arrays = _across(json.loads(f"[{','.join(row[len(OWN)] for row in rows)}]"), len(placed))

    def values(column: Column) -> Sequence[Any]:
        if "place" in column:
            return arrays[column["place"]]
        return [column["value"]] * len(rows) if "value" in column else own[column["name"]]

    return pl.DataFrame([pl.Series(c["name"], values(c), dtype=kinds[c["kind"]], strict=False) for c in columns])


def _across(rows: Sequence[Sequence[Any]], width: int) -> list[Sequence[Any]]:
    """Rows as columns."""
    return list(zip(*rows, strict=True)) if rows else [()] * width
