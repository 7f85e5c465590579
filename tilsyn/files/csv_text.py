"""A CSV file becomes columns of text, or is refused as a whole with what is wrong.

It decides the encoding, the separator and whether every row has the header's cells, and leaves
the meaning of a cell to others. A file that is cut off, of mixed encodings or ragged is never
half-read: such a file looks right up to the row where it is not.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import polars as pl
from msgspec import Struct

from tilsyn.files.figures import Note
from tilsyn.problems import DataError, Problem, Where

if TYPE_CHECKING:
    import numpy as np

SEPARATORS = {";": "`;`", "\t": "TAB", ",": "`,`"}
SHOWN = 20
"""Ragged rows that are named one by one."""

_UTF8_PAIR = re.compile(rb"[\xc2\xc3][\x80-\xbf]")
_SEP_LINE = re.compile(rb"sep=(.)\n", re.IGNORECASE)


class Grid(Struct, frozen=True):
    """Rows of text as they stand in a file: the first is the header, and stands in row `first`. `checked` are figures
    that were read before, and kept as the engine has them."""

    header: list[str | None]
    frame: pl.DataFrame
    first: int
    notes: tuple[Note, ...] = ()
    checked: bool = False


def read_csv(file: str, data: bytes, *, encoding: str | None, separator: str | None) -> Grid:
    """The grid of a CSV file. Raises DataError."""
    if b"\0" in data:
        raise _refused(file, "data-nul-bytes", line=data[: data.index(b"\0")].count(b"\n") + 1)
    text, notes = _as_utf8(file, data, encoding)
    text, skipped, separator = _lines(text, separator)
    if not text.strip():
        raise _refused(file, "data-empty")
    separator = separator or _separator(file, text)
    rows = _check_rows(file, text, separator, skipped)
    try:
        frame = pl.read_csv(
            io.BytesIO(text), separator=separator, has_header=False, infer_schema=False, infer_schema_length=1
        )
    except (pl.exceptions.PolarsError, ValueError):
        raise _refused(file, "data-not-a-table") from None
    if frame.height != rows:
        raise _refused(file, "data-not-a-table")
    return Grid(list(frame.row(0)), frame.slice(1), skipped + 1, notes)


def _as_utf8(file: str, data: bytes, encoding: str | None) -> tuple[bytes, tuple[Note, ...]]:
    """The text in UTF-8. Without a declared encoding: UTF-8 if it is, else Windows-1252, which is said."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    is_utf8 = _decoded(data, "utf-8") is not None
    if data.isascii() or (is_utf8 and encoding in (None, "utf-8")):
        return data, ()
    if is_utf8:
        raise _refused(file, "data-encoding-is-utf8", encoding=encoding)
    if encoding == "utf-8":
        raise _refused(file, "data-encoding-wrong", line=_first_fault(data), encoding=encoding)
    if pair := _UTF8_PAIR.search(data):
        raise _refused(file, "data-encoding-mixed", line=data[: pair.start()].count(b"\n") + 1)
    text = _decoded(data, encoding or "windows-1252")
    if text is None:
        raise _refused(file, "data-encoding-wrong", encoding=encoding or "utf-8, windows-1252")
    notes = () if encoding else (Note(file, "encoding-taken", {"encoding": "windows-1252"}),)
    return text.encode(), notes


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _first_fault(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return data[: fault.start].count(b"\n") + 1
    return 0


def _lines(text: bytes, separator: str | None) -> tuple[bytes, int, str | None]:
    """The text with `\\n` at the end of each line and no empty lines first; how many were skipped."""
    text = text.replace(b"\r\n", b"\n") if b"\n" in text else text.replace(b"\r", b"\n")
    skipped = 0
    if said := _SEP_LINE.match(text):
        text, skipped, separator = text[said.end() :], 1, separator or said[1].decode(errors="replace")
    kept = text.lstrip(b"\n")
    skipped += len(text) - len(kept)
    return kept if kept.endswith(b"\n") else kept + b"\n", skipped, separator


def _separator(file: str, text: bytes) -> str:
    """The separator that the header shows; two candidates with equal right are not guessed between."""
    header = re.sub(rb'"[^"]*"', b"", text[: text.index(b"\n")])
    counts = {sign: header.count(sign.encode()) for sign in SEPARATORS}
    most = max(counts.values())
    found = [sign for sign, count in counts.items() if count == most]
    if most == 0:
        return ","
    if len(found) > 1:
        raise _refused(file, "data-separator-unclear", line=1, found=", ".join(SEPARATORS[sign] for sign in found))
    return found[0]


def _check_rows(file: str, text: bytes, separator: str, skipped: int) -> int:
    """How many rows there are, after a check that each has as many cells as the header."""
    import numpy as np

    signs = np.frombuffer(text, dtype=np.uint8)
    ends, cuts = signs == ord("\n"), signs == ord(separator)
    quotes = signs == ord('"')
    if quotes.any():
        outside = ~np.logical_xor.accumulate(quotes)
        ends, cuts = ends & outside, cuts & outside
        if not outside[-1]:
            raise _refused(file, "data-quote-open", line=skipped + int(ends.sum()) + 1)
    at = np.flatnonzero(ends)
    cells = np.diff(np.searchsorted(np.flatnonzero(cuts), at), prepend=0) + 1
    empty = np.diff(at, prepend=-1) == 1
    ragged = np.flatnonzero((cells != cells[0]) & ~empty)
    if len(ragged):
        raise DataError(_ragged(file, ragged, cells, skipped))
    return len(at)


def _ragged(file: str, ragged: np.ndarray[Any, Any], cells: np.ndarray[Any, Any], skipped: int) -> list[Problem]:
    wanted = int(cells[0])
    problems = [
        Problem(Where(file, skipped + int(row) + 1), "data-row-length", {"found": int(cells[row]), "expected": wanted})
        for row in ragged[:SHOWN]
    ]
    if len(ragged) > SHOWN:
        problems.append(Problem(Where(file), "data-rows-length", {"rows": len(ragged) - SHOWN, "expected": wanted}))
    return problems


def _refused(file: str, code: str, *, line: int = 0, **args: object) -> DataError:
    return DataError(Problem(Where(file, line), code, args))
