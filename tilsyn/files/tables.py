"""Opening a file of figures: CSV, Excel or Parquet as one table of text, with its fingerprint.

What a file is follows from its contents, not its name. Every cell is trimmed text in composed
Unicode (NFC), so that an id is never taken for a number and `ø` is one sign; an empty cell is
null. Faults of structure are raised, all that a cell means is decided later.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from tilsyn.files.csv_text import Grid, read_csv
from tilsyn.files.excel import is_locked, read_excel
from tilsyn.files.figures import BUILT_IN, KEYS, Note
from tilsyn.problems import DataError, Problem, SurroundingsError, Where

LIMIT = 200_000_000
"""Bytes of a file, unless the caller says otherwise."""

MOST_CELLS = 500_000_000

_GUARDED = r"^'([=+\-@\t\r])"


class Table(Struct, frozen=True):
    """A file's cells as text. `rows` are the row numbers as a person sees them; the header is row 1. `checked` are
    figures that were read before, and kept as the engine has them."""

    file: str
    frame: pl.DataFrame
    rows: pl.Series
    digest: str
    notes: tuple[Note, ...] = ()
    checked: bool = False


def open_table(
    path: Path,
    *,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
    limit: int = LIMIT,
) -> Table:
    """The table in a file. `decimal` is the sign that typed numbers are written with. Raises DataError,
    or SurroundingsError where the file can't be opened at all."""
    file, data = str(path), _bytes(path, limit)
    suffix = path.suffix.lower()
    if data.startswith(b"PAR1") or suffix in (".parquet", ".pq"):
        grid = _parquet(file, data, decimal or ".")
    elif data.startswith(b"\xd0\xcf\x11\xe0") or suffix in (".xls", ".xlsb", ".ods"):
        raise DataError(Problem(Where(file), "data-excel-locked" if is_locked(data) else "data-excel-old"))
    elif data.startswith(b"PK\x03\x04") or suffix in (".xlsx", ".xlsm"):
        grid = read_excel(file, data, decimal=decimal or ".", limit=limit)
    elif data[:200].lstrip().startswith((b"<", b"%PDF", b"{")):
        raise DataError(Problem(Where(file), "data-not-a-table"))
    else:
        grid = read_csv(file, data, encoding=encoding, separator=separator)
    table = _table(file, grid)
    return replace(table, digest=hashlib.sha256(data).hexdigest())


def _bytes(path: Path, limit: int) -> bytes:
    """The whole file, read once, so that what is fingerprinted is what is read."""
    file = str(path)
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            # a pipe or a device may never end
            raise DataError(Problem(Where(file), "data-not-a-file"))
        if path.stat().st_size > limit:
            size = {"megabytes": round(path.stat().st_size / 1e6, 1), "limit": round(limit / 1e6, 1)}
            raise DataError(Problem(Where(file), "data-too-large", dict(size)))
        data = path.read_bytes()
    except OSError as fault:
        why = fault.strerror or str(fault)
        raise SurroundingsError(Problem(Where(file), "data-not-opened", {"why": why})) from None
    if not data.strip():
        raise DataError(Problem(Where(file), "data-empty"))
    return data


def _parquet(file: str, data: bytes, decimal: str) -> Grid:
    """The grid of a Parquet file; typed numbers are written out, shortest form first."""
    try:
        columns = pl.read_parquet_schema(io.BytesIO(data))
        rows: int = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
        if rows * len(columns) > MOST_CELLS:
            raise DataError(Problem(Where(file), "data-too-many-cells", {"rows": rows, "columns": len(columns)}))
        frame = pl.read_parquet(io.BytesIO(data))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError):
        # A damaged page makes Polars panic, which is no ordinary exception.
        raise DataError(Problem(Where(file), "data-parquet-unreadable")) from None
    nested = [name for name, kind in columns.items() if kind.is_nested() or kind == pl.Binary]
    if nested:
        raise DataError([Problem(Where(file), "data-column-nested", {"column": name}) for name in nested])
    try:
        texts = [_written(frame[name], decimal) for name in frame.columns]
    except pl.exceptions.PolarsError:
        odd = [name for name, kind in columns.items() if kind.is_temporal() and kind == pl.Duration]
        raise DataError([Problem(Where(file), "data-column-nested", {"column": name}) for name in odd]) from None
    header: list[str | None] = list(frame.columns)
    return Grid(header, pl.DataFrame(texts), 1, checked=_is_checked(columns))


def _is_checked(columns: Mapping[str, pl.DataType]) -> bool:
    """Whether columns are those of figures as the engine has them: with all that every area has, and with numbers for
    the period and for why a figure is missing, where people write words."""
    numbers = [kind for name, kind in columns.items() if name == "period" or name.endswith(".missing")]
    return {*KEYS, *BUILT_IN} <= {*columns} and len(numbers) > 1 and all(kind.is_integer() for kind in numbers)


def _written(values: pl.Series, decimal: str) -> pl.Series:
    texts = values.cast(pl.String)
    if not (values.dtype.is_float() or values.dtype.is_decimal()):
        return texts
    texts = texts.str.strip_suffix(".0")
    return texts if decimal == "." else texts.str.replace(".", decimal, literal=True)


def _table(file: str, grid: Grid) -> Table:
    """A grid with its header as names, its cells cleaned, and without what is empty."""
    cells = [_clean(grid.frame.to_series(i)) for i in range(grid.frame.width)]
    names = _clean(pl.Series(grid.header, dtype=pl.String)).to_list()
    filled = [i for i, column in enumerate(cells) if names[i] or column.null_count() < len(column)]
    _check_names(file, [names[i] for i in filled])
    frame = pl.DataFrame([cells[i].alias(names[i]) for i in filled])
    rows = pl.int_range(grid.first + 1, grid.first + 1 + grid.frame.height, dtype=pl.Int64, eager=True).alias("row")
    used = frame.select(pl.any_horizontal(pl.all().is_not_null())).to_series() if filled else rows < 0
    if not used.any():
        raise DataError(Problem(Where(file), "data-empty"))
    if not used.all():
        frame, rows = frame.filter(used), rows.filter(used)
    return Table(file, frame, rows, "", grid.notes, grid.checked)


def _clean(texts: pl.Series) -> pl.Series:
    texts = texts.str.strip_chars()
    if (texts.str.len_bytes() != texts.str.len_chars()).any():
        texts = texts.str.normalize("NFC")
    if texts.str.starts_with("'").any():
        # What an export guarded against being run as a formula comes back as it was.
        texts = texts.str.replace(_GUARDED, "$1")
    empty = texts == ""
    return texts.set(empty, None) if empty.any() else texts


def _check_names(file: str, names: list[str | None]) -> None:
    problems = [
        Problem(Where(file, 1), "data-column-unnamed", {"position": position})
        for position, name in enumerate(names, 1)
        if not name
    ]
    problems += [
        Problem(Where(file, 1), "data-column-twice", {"column": name, "times": times})
        for name, times in Counter(names).items()
        if name and times > 1
    ]
    if problems:
        raise DataError(problems)
