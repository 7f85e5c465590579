"""Tables to files: CSV, Excel, Parquet or JSON, by the ending of the name.

In CSV and Excel a text that a spreadsheet would run as a formula is guarded by an apostrophe,
also in headers; numbers are left alone. Reading takes the guard away again, so that an id
survives the way out and in. A file appears whole or not at all.
"""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import polars as pl

from tilsyn.problems import Problem, UsageError, Where, not_written

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet take a text for a formula."""

EXCEL_ROWS = 1_048_575


def guard(text: str) -> str:
    """Text that no spreadsheet runs.

    >>> guard("=cmd()"), guard("Skole 1")
    ("'=cmd()", 'Skole 1')
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def guarded(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with guarded headers and text cells."""
    texts = pl.col(pl.String, pl.Categorical, pl.Enum).cast(pl.String)
    return frame.with_columns(texts.str.replace(r"^([=+\-@\t\r])", "'$1")).rename(guard)


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Writes a table in the format that the name's ending says. Raises UsageError or SurroundingsError."""
    with staged_table(frame, path):
        pass


def staged_table(
    frame: pl.DataFrame, path: Path, decimals: Mapping[str, int] | None = None
) -> AbstractContextManager[None]:
    """A table that appears only if what is done meanwhile succeeds. Raises as `write_table` does.

    In CSV a column of `decimals` is written with so many, as its numbers are declared; the other formats have types.
    """
    write = _writer(frame, path)
    if write is _csv:
        return staged(path, lambda target: _csv(frame, target, decimals))
    return staged(path, lambda target: write(frame, target))


def _writer(frame: pl.DataFrame, path: Path) -> Callable[[pl.DataFrame, Path], None]:
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        known = ", ".join(_WRITERS)
        raise UsageError(Problem(Where(str(path)), "export-unknown-format", {"found": path.suffix, "known": known}))
    if write is _excel and frame.height > EXCEL_ROWS:
        args: dict[str, object] = {"rows": frame.height, "limit": EXCEL_ROWS}
        raise UsageError(Problem(Where(str(path)), "export-too-many-rows", args))
    return write


def put(path: Path, write: Callable[[Path], object]) -> None:
    """Writes beside the path first, then moves, so that nobody ever finds half a file. Raises SurroundingsError."""
    with staged(path, write):
        pass


@contextmanager
def staged(path: Path, write: Callable[[Path], object]) -> Generator[None]:
    """A file that appears only if what is done meanwhile succeeds. Raises SurroundingsError."""
    aside = _aside(path)
    try:
        try:
            write(aside)
        except OSError as fault:
            raise not_written(path, fault) from None
        yield
        try:
            os.replace(aside, path)
        except OSError as fault:
            raise not_written(path, fault) from None
    finally:
        with suppress(OSError):
            aside.unlink()


def opening(path: Path) -> str:
    """How a file begins, to see what it is before it is replaced. Raises SurroundingsError."""
    try:
        with path.open("rb") as file:
            return file.read(1_000).decode("utf-8", errors="replace")
    except OSError as fault:
        raise not_written(path, fault) from None


def try_out(path: Path) -> None:
    """Whether a file can be written there, asked before work that takes long. Raises SurroundingsError."""
    aside = _aside(path)
    try:
        aside.touch()
        aside.unlink()
    except OSError as fault:
        raise not_written(path, fault) from None


def _aside(path: Path) -> Path:
    """The file beside a path that is written first. Raises SurroundingsError where the path is a folder."""
    if not path.name or path.is_dir():
        raise not_written(path, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR)))
    return path.with_name(f".{path.name}.part")


# Polars would say a full disk in errors of its own; what it has made is written here, so that it is an OSError.


def _csv(frame: pl.DataFrame, path: Path, decimals: Mapping[str, int] | None = None) -> None:
    safe = guarded(frame)
    # written after texts are guarded: a negative number is no formula
    fixed = [_fixed(safe[name], places) for name, places in (decimals or {}).items() if name in safe.columns]
    path.write_text(safe.with_columns(fixed).write_csv(), encoding="utf-8", newline="")


def _fixed(column: pl.Series, places: int) -> pl.Series:
    """Numbers that are rounded to so many decimals, written with them; zero has no sign."""
    told = [None if value is None else f"{value + 0.0:.{places}f}" for value in column]
    return pl.Series(column.name, told, dtype=pl.String)


def _json(frame: pl.DataFrame, path: Path) -> None:
    path.write_text(frame.write_json(), encoding="utf-8")


def _parquet(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(parquet_bytes(frame))


def parquet_bytes(frame: pl.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.write_parquet(made)
    return made.getvalue()


def _excel(frame: pl.DataFrame, path: Path) -> None:
    with workbook(path) as book:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        safe = guarded(frame)
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, safe.columns, bold)
        for number, row in enumerate(safe.iter_rows(), 1):
            for column, value in enumerate(row):
                write_cell(sheet, number, column, value)


@contextmanager
def workbook(path: Path) -> Generator[Any]:
    """An Excel workbook in which no text is taken for a formula, a number or a link."""
    import xlsxwriter  # pyright: ignore[reportMissingTypeStubs]

    made = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(made, {**options, "nan_inf_to_errors": True, "in_memory": True}) as book:
        yield book
    path.write_bytes(made.getvalue())


def write_cell(sheet: Any, row: int, column: int, value: object) -> None:
    """One cell, by the kind of its value; what Excel has no kind for is written as text."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float():
            sheet.write_number(row, column, value)
        case _:
            sheet.write_string(row, column, str(value))


_WRITERS: dict[str, Callable[[pl.DataFrame, Path], None]] = {
    ".csv": _csv,
    ".xlsx": _excel,
    ".parquet": _parquet,
    ".json": _json,
}
