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
from collections.abc import Iterator
from typing import Any

import polars as pl

from tilsyn.files.csv_text import Grid
from tilsyn.files.figures import Note
from tilsyn.problems import DataError, Problem, Where

DESCRIPTION_SHEETS = ("Beskrivelse", "Description")
"""What the data template calls its second sheet, which holds no figures."""

_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_ERROR = re.compile(rb"\bt=[\"']e[\"']")
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]+)(\d+)[\"']")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]*)<")


def read_excel(file: str, data: bytes, *, decimal: str, limit: int) -> Grid:
    """The grid of a workbook's first sheet. Raises DataError."""
    if not _unpacks_within(data, 5 * limit):
        raise DataError(Problem(Where(file), "data-excel-unreadable"))
    rows, others = _rows(file, data)
    for row, column, error in _errors(data):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = error
    first = next((i for i, row in enumerate(rows) if any(cell != "" for cell in row)), None)
    if first is None:
        raise DataError(Problem(Where(file), "data-empty"))
    texts = [[_text(cell, decimal) for cell in column] for column in zip(*rows[first:], strict=True)]
    frame = pl.DataFrame({str(i): pl.Series(column[1:], dtype=pl.String) for i, column in enumerate(texts)})
    notes = (Note(file, "other-sheets", {"sheets": ", ".join(others)}),) if others else ()
    return Grid([column[0] for column in texts], frame, first + 1, notes)


def _unpacks_within(data: bytes, limit: int) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return sum(part.file_size for part in archive.infolist()) <= limit
    except zipfile.BadZipFile:
        return False


def _rows(file: str, data: bytes) -> tuple[list[list[Any]], list[str]]:
    """The cells of the first sheet, from A1 on, and the names of further sheets that hold something."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rest = book.sheet_names[1:]
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
        others = [n for n in rest if n not in DESCRIPTION_SHEETS and book.get_sheet_by_name(n).height]
    except PasswordError:
        raise DataError(Problem(Where(file), "data-excel-locked")) from None
    except (CalamineError, OSError, ValueError):
        raise DataError(Problem(Where(file), "data-excel-unreadable")) from None
    return rows, others


def _errors(data: bytes) -> Iterator[tuple[int, int, str]]:
    """Row, column (from 0) and word of every cell of the first sheet that holds an Excel error."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read(_first_sheet(archive))
    if not _ERROR.search(sheet):
        return
    for cell in _CELL.finditer(sheet):
        at, value = _REFERENCE.search(cell[1]), _VALUE.search(cell[2])
        if _ERROR.search(cell[1]) and at:
            yield int(at[2]) - 1, _column(at[1]), value[1].decode() if value else "#ERROR"


def _first_sheet(archive: zipfile.ZipFile) -> str:
    """The path of the first sheet inside the workbook."""
    book, links = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    sheet = re.search(rb"<(?:\w+:)?sheet\b[^>]*\b\w+:id=[\"']([^\"']+)", book)
    for link in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", links):
        target = re.search(rb"\bTarget=[\"']([^\"']+)", link)
        if sheet and target and re.search(rb"\bId=[\"']" + re.escape(sheet[1]) + rb"[\"']", link):
            path = target[1].decode()
            return path.lstrip("/") if path.startswith("/") else f"xl/{path}"
    return "xl/worksheets/sheet1.xml"


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
