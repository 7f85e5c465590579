"""An Excel workbook's first sheet becomes columns of text, as a person reads them in Excel.

Whole numbers have no decimals, numbers have at most Excel's fifteen digits, dates are written
as ISO days so that no number column takes them for figures. Cells with an Excel error keep
their error: the reader below gives them as empty, and an empty cell means something else.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import polars as pl

from tilsyn.files.csv_text import Grid
from tilsyn.files.figures import Note
from tilsyn.problems import DataError, Problem, Where

DESCRIPTION_SHEETS = ("Beskrivelse", "Description")
"""What the data template calls its second sheet, which holds no figures."""

_CELL = re.compile(rb"<(?:\w{1,20}:)?c(?=[\s>])")
_ERROR = re.compile(rb"\st=[\"']e[\"']")
_REFERENCE = re.compile(rb"\sr=[\"']([A-Z]+)(\d+)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")
_ROW_NUMBER = re.compile(rb"\sr=[\"'][A-Z]*(\d{1,9})[\"']")
_COLUMN_LETTERS = re.compile(rb"\sr=[\"']([A-Z]{1,4})\d")

MOST_CELLS = 50_000_000
"""Cells from A1 to the last one; one stray cell far down makes a sheet larger than any memory."""


def read_excel(file: str, data: bytes, *, decimal: str, limit: int) -> Grid:
    """The grid of a workbook's first sheet. Raises DataError."""
    sheets = _sheets(data, 5 * limit)
    if not sheets:
        raise DataError(Problem(Where(file), "data-excel-unreadable"))
    down, right = _extent(sheets[0])
    if down * right > MOST_CELLS:
        raise DataError(Problem(Where(file), "data-too-many-cells", {"rows": down, "columns": right}))
    rows, names = _rows(file, data)
    for row, column, error in _errors(sheets[0]):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = error
    first = next((i for i, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if first is None:
        raise DataError(Problem(Where(file), "data-empty"))
    texts = [[_text(cell, decimal) for cell in column] for column in zip(*rows[first:], strict=True)]
    frame = pl.DataFrame({str(i): pl.Series(column[1:], dtype=pl.String) for i, column in enumerate(texts)})
    filled = [name for name, sheet in zip(names, sheets, strict=False) if _VALUE.search(sheet)][1:]
    others = [name for name in filled if name not in DESCRIPTION_SHEETS]
    notes = (Note(file, "other-sheets", {"sheets": ", ".join(others)}),) if others else ()
    return Grid([column[0] for column in texts], frame, first + 1, notes)


def is_locked(data: bytes) -> bool:
    """Whether an old-style container holds a workbook with a password."""
    return "EncryptedPackage".encode("utf-16-le") in data


def _sheets(data: bytes, limit: int) -> list[bytes]:
    """The sheets as they are stored, in order; none where not every part unpacks to its checksum within a size."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            if size > limit or archive.testzip() is not None:
                return []
            return [archive.read(path) for path in _paths(archive)]
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError, KeyError):
        return []


def _paths(archive: zipfile.ZipFile) -> Iterator[str]:
    """Where the sheets stand in the workbook, in the order of their tabs."""
    book, links = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    targets = {
        _attribute(link, rb"Id"): _attribute(link, rb"Target")
        for link in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", links)
    }
    for sheet in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", book):
        target = targets[_attribute(sheet, rb"\w+:id")]
        yield target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\s" + name + rb"\s*=\s*[\"']([^\"']*)", tag)
    return found[1].decode() if found else ""


def _extent(sheet: bytes) -> tuple[int, int]:
    """The row and the column of the last cell, counted from 1; the file's own word for it is not believed."""
    rows = {int(number) for number in _ROW_NUMBER.findall(sheet)}
    columns = {_column(letters) + 1 for letters in set(_COLUMN_LETTERS.findall(sheet))}
    return max(rows, default=0), max(columns, default=0)


def _rows(file: str, data: bytes) -> tuple[list[list[Any]], list[str]]:
    """The cells of the first sheet, from A1 on, and the names of all sheets."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return book.get_sheet_by_index(0).to_python(skip_empty_area=False), book.sheet_names
    except (CalamineError, OSError, ValueError):
        raise DataError(Problem(Where(file), "data-excel-unreadable")) from None


def _errors(sheet: bytes) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 0) and word of every cell that holds an Excel error."""
    if not _ERROR.search(sheet):
        return
    # split once at each cell's beginning: a pattern that also looks for its end takes quadratic time on a hostile file
    for cell in _CELL.split(sheet)[1:]:
        tag, _, rest = cell.partition(b">")
        at, value = _REFERENCE.search(tag), _VALUE.search(rest)
        if _ERROR.search(tag) and at and not tag.endswith(b"/"):
            yield int(at[2]) - 1, _column(at[1]), value[1].decode() if value else "#ERROR"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1


def _text(cell: object, decimal: str) -> str | None:
    match cell:
        case str():
            return cell or None
        case bool():
            return "true" if cell else "false"
        case float() | int():
            return f"{cell:.15g}".replace(".", decimal)
        case dt.datetime() if cell.time() == dt.time():
            return cell.date().isoformat()
        case dt.datetime() | dt.date() | dt.time():
            return cell.isoformat()
        case _:
            return str(cell)
