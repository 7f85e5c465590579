"""The rows of many institutions in parts, all of an institution's in one: from where each part reads its own.

A part is a range of institutions. Where a table lies more or less in their order, as in files of some institutions each
or in one that is sorted, a part reads from where its rows lie; any other table is first shared out into files for each
part. Either way rows are read a few times, however many the parts. It stands apart from `sweeping.py` because nothing
here knows what is asked of the rows.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from msgspec import Struct

TOGETHER = 131_072
"""Rows that are read together or not at all."""

AT_ONCE = 8
"""Pieces that are in memory at once while they are shared out."""

TIMES = 3
"""To read all rows so many times takes about as long as to share them out and read them once."""


def rows_in(path: Path) -> pl.LazyFrame:
    """The rows of one file, whatever signs there are in its name. Text that was kept as categories is text."""
    rows = pl.scan_parquet(path, glob=False)
    kept = [name for name, kind in rows.collect_schema().items() if isinstance(kind, (pl.Categorical, pl.Enum))]
    return rows.with_columns(pl.col(kept).cast(pl.String)) if kept else rows


class Piece(Struct, frozen=True):
    """Rows that lie together `of` a file, of institutions from `least` to `most`; `some` of their names stand for
    all."""

    of: pl.LazyFrame
    first: int
    rows: int
    least: str
    most: str
    some: pl.Series

    def parts(self, limits: Sequence[str]) -> range:
        """The parts that may have rows here."""
        return range(bisect_right(limits, self.least), bisect_right(limits, self.most) + 1)


def pieces(paths: Sequence[Path]) -> list[Piece]:
    """All rows of some files, whose institutions are looked through."""
    found: list[Piece] = []
    for path in paths:
        rows = rows_in(path)
        names = rows.select("institution")
        for first in range(0, names.select(pl.len()).collect().item(), TOGETHER):
            found.append(_piece(rows, first, names.slice(first, TOGETHER).collect()["institution"]))
    return found


def _piece(of: pl.LazyFrame, first: int, names: pl.Series) -> Piece:
    some = names.gather_every(max(1, len(names) // 1000))
    return Piece(of, first, len(names), str(names.min()), str(names.max()), some)


def bounds(found: Sequence[Piece], parts: int) -> list[str]:
    """The first institution of each part but the first, so that each has about as many of the rows."""
    if not found:
        return []
    weighed = [one.some.to_frame("name").with_columns(rows=pl.lit(one.rows / len(one.some))) for one in found]
    names = pl.concat(weighed).sort("name").with_columns(pl.col("rows").cum_sum())
    upto = names["rows"].to_list()
    return [names["name"][bisect_right(upto, upto[-1] * part / parts)] for part in range(1, parts)]


class Rows:
    """A table's rows by part, with some of its columns; `aside` is a folder that is made where they are shared out."""

    def __init__(self, paths: Sequence[Path], found: Sequence[Piece], columns: Sequence[str], limits: Sequence[str],
                 aside: Path) -> None:  # fmt: skip
        self._columns, self._limits, self._pieces = columns, limits, found
        self._none = rows_in(paths[0]).select(columns).limit(0)
        if sum(one.rows * len(one.parts(limits)) for one in found) > TIMES * sum(one.rows for one in found):
            self._pieces = self._shared_out(aside)

    def of(self, part: int) -> pl.LazyFrame:
        """A part's rows."""
        own = [self._read(one) for one in self._pieces if part in one.parts(self._limits)]
        return pl.concat([self._none, *own], how="vertical_relaxed").filter(self._part() == part)

    def _read(self, piece: Piece) -> pl.LazyFrame:
        return piece.of.select(self._columns).slice(piece.first, piece.rows)

    def _part(self) -> pl.Expr:
        """The part that each row belongs to."""
        limits = pl.Series(self._limits, dtype=pl.String)
        return pl.lit(limits).search_sorted(pl.col("institution"), side="right")

    def _shared_out(self, aside: Path) -> list[Piece]:
        made: list[Piece] = []
        for part in range(len(self._limits) + 1):
            (aside / str(part)).mkdir(parents=True)
        for first in range(0, len(self._pieces), AT_ONCE):
            rows = pl.concat(map(self._read, self._pieces[first : first + AT_ONCE]), how="vertical_relaxed")
            shares = (
                rows.with_columns(self._part().alias("#part"))
                .collect()
                .partition_by("#part", as_dict=True, include_key=False)
            )
            for (part,), own in shares.items():
                file = aside / str(part) / f"{first}.parquet"
                keep(own, file)
                made.append(_piece(rows_in(file), 0, own["institution"]))
        return made


def keep(rows: pl.DataFrame, file: Path) -> None:
    """Writes rows to a file. Raises OSError, also where Polars has its own word for it."""
    try:
        rows.write_parquet(file)
    except pl.exceptions.ComputeError as fault:
        raise OSError(0, " ".join(str(fault).split())) from None
