"""Files of figures as such: encodings, separators, formats, and what is refused as a whole."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from tests.spec.reading import a_file, an_area, column, missing, refusals, the_period
from tilsyn.files.column_map import ColumnMap
from tilsyn.files.figures import Figures
from tilsyn.files.observations import read_figures
from tilsyn.files.tables import open_table
from tilsyn.problems import DataError, SurroundingsError, TilsynError


def reading(path: Path, wanted: ColumnMap | None = None) -> Figures:
    return read_figures([path], an_area(), period=the_period(), column_map=wanted)


def refused(path: Path, **how: Any) -> list[tuple[str, int]]:
    with pytest.raises(DataError) as fault:
        open_table(path, **how)
    return [(problem.code, problem.where.line) for problem in fault.value.problems]


def raw(folder: Path, data: bytes, name: str = "tal.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


# Encodings

SKOLE = "institution;kommune;karakter\n1;Sæby, Ærø – Å;7,5"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252"])
def test_both_encodings_give_the_same_figures(tmp_path: Path, encoding: str) -> None:
    figures = reading(a_file(tmp_path, SKOLE, encoding=encoding))
    assert (column(figures, "kommune"), column(figures, "karakter")) == (["Sæby, Ærø – Å"], [7.5])
    assert ("encoding-taken" in [note.code for note in figures.notes]) == (encoding == "windows-1252")


def test_a_declared_encoding_is_used_and_needs_no_note(tmp_path: Path) -> None:
    path = a_file(tmp_path, "institution;kommune;karakter\n1;Sæby;7", encoding="latin-1")
    figures = reading(path, ColumnMap(encoding="latin-1"))
    assert column(figures, "kommune") == ["Sæby"]
    assert "encoding-taken" not in [note.code for note in figures.notes]


@pytest.mark.parametrize(
    ("data", "encoding", "expected"),
    [
        ("a;b\n1;Sæby\n".encode("latin-1"), "utf-8", ("data-encoding-wrong", 2)),
        ("a;b\n1;Sæby\n".encode(), "latin-1", ("data-encoding-is-utf8", 0)),
        ("a;b\n1;Sæby\n".encode() + "2;Ærø\n".encode("latin-1"), None, ("data-encoding-mixed", 2)),
        (b"a;b\n1;\x81\n", None, ("data-encoding-wrong", 0)),
        ("a;b\n1;2\n".encode("utf-16"), None, ("data-nul-bytes", 1)),
        (b"a;b\n1;2\n3;\x00\n", None, ("data-nul-bytes", 3)),
    ],
)
def test_a_wrong_encoding_is_refused_whole(
    tmp_path: Path, data: bytes, encoding: str | None, expected: tuple[str, int]
) -> None:
    assert refused(raw(tmp_path, data), encoding=encoding) == [expected]


# The shape of CSV


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends_are_recognised(tmp_path: Path, separator: str, ending: str) -> None:
    lines = [["institution", "karakter"], ["1", "7"], ["2", "8"]]
    path = raw(tmp_path, ending.join(separator.join(line) for line in lines).encode())
    assert open_table(path).frame.rows() == [("1", "7"), ("2", "8")]


def test_a_line_that_names_the_separator_is_no_row(tmp_path: Path) -> None:
    table = open_table(raw(tmp_path, b"sep=;\nid,x;b\n1;2\n"))
    assert (table.frame.columns, table.rows.to_list()) == (["id,x", "b"], [3])


def test_quoted_cells_hold_separators_quotes_and_line_ends(tmp_path: Path) -> None:
    table = open_table(raw(tmp_path, b'a,b\n"1,5","sagde ""ja""\nog gik"\n3,4\n'))
    assert table.frame.rows() == [("1,5", 'sagde "ja"\nog gik'), ("3", "4")]
    assert table.rows.to_list() == [2, 3]


def test_empty_rows_and_empty_unnamed_columns_are_nothing(tmp_path: Path) -> None:
    table = open_table(raw(tmp_path, b"\na,b,\n1,2,\n\n,,\n3,4,\n"))
    assert table.frame.rows() == [("1", "2"), ("3", "4")]
    assert table.rows.to_list() == [3, 6]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", [("data-empty", 0)]),
        (b" \n\n", [("data-empty", 0)]),
        (b"a,b\n", [("data-empty", 0)]),
        (b"a,b\n,\n", [("data-empty", 0)]),
        (b"a,b,c\n1,2,3\n4,5", [("data-row-length", 3)]),
        (b"a,b\n1,7,5\n2,8\n3,9,5\n", [("data-row-length", 2), ("data-row-length", 4)]),
        (b'a,b\n1,"2\n3,4\n', [("data-quote-open", 2)]),
        (b"a,b;c\n1,2;3\n", [("data-separator-unclear", 1)]),
        (b"a,b,a\n1,2,3\n", [("data-column-twice", 1)]),
        (b"a,,b\n1,2,3\n", [("data-column-unnamed", 1)]),
        (b"<html><table></table></html>", [("data-not-a-table", 0)]),
        (b"%PDF-1.7 x", [("data-not-a-table", 0)]),
        (b'a,b\n1,x"y\n2,y"z\n', [("data-not-a-table", 0)]),
    ],
)
def test_a_file_with_a_fault_of_structure_is_refused_whole(
    tmp_path: Path, text: bytes, expected: list[tuple[str, int]]
) -> None:
    assert refused(raw(tmp_path, text)) == expected


def test_many_ragged_rows_are_counted_not_listed(tmp_path: Path) -> None:
    found = refused(raw(tmp_path, b"a,b\n" + b"1\n" * 50))
    assert (found[0], len(found)) == (("data-rows-length", 0), 21)


@pytest.mark.parametrize("size", [19, 20, 21])
def test_a_file_over_the_limit_is_not_read(tmp_path: Path, size: int) -> None:
    path = raw(tmp_path, b"a,b\n" + b"1" * (size - 7) + b",2\n")
    assert path.stat().st_size == size
    if size > 20:
        assert refused(path, limit=20) == [("data-too-large", 0)]
    else:
        open_table(path, limit=20)


@pytest.mark.parametrize("make", [lambda folder: folder / "nej.csv", lambda folder: folder])
def test_a_file_that_cannot_be_opened_is_the_surroundings_fault(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    with pytest.raises(SurroundingsError):
        open_table(make(tmp_path))


def test_the_fingerprint_is_that_of_the_contents(tmp_path: Path) -> None:
    path = a_file(tmp_path, "institution,karakter\n1,7")
    plain = reading(path).fingerprint
    assert plain == hashlib.sha256(path.read_bytes()).hexdigest()
    assert plain != reading(path, ColumnMap(constants={"kommune": "Aarhus"})).fingerprint


# Excel


def a_workbook(folder: Path, fill: Callable[[Any, Any], None], *, sheets: tuple[str, ...] = ("Tal",)) -> Path:
    path = folder / "tal.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        first, *rest = [book.add_worksheet(name) for name in sheets]
        fill(book, first)
        for sheet in rest:
            sheet.write(0, 0, "noget")
    return path


def test_excel_numbers_are_read_as_people_see_them(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["institution", "karakter", "elever", "hændelse", "trivsel"])
        sheet.write_row(1, 0, [101001, 7.299999999999999, 487, True, 0.1 + 0.2 + 3])
        sheet.write_string(2, 0, "00123")
        sheet.write_string(2, 1, "7,5")

    figures = reading(a_workbook(tmp_path, fill))
    assert column(figures, "institution") == ["00123", "101001"]
    assert column(figures, "elever") == [None, 487.0]
    assert column(figures, "trivsel") == [None, 3.3]
    assert column(figures, "hændelse") == [None, True]
    assert [refusal[3] for refusal in refusals(figures)] == ["mixed-decimals"]


def test_excel_dates_and_errors_are_refused_in_columns_of_numbers(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(2, 1, ["institution", "karakter", "trivsel"])
        sheet.write_row(3, 1, ["1", 7])
        sheet.write_datetime(3, 3, dt.datetime(2024, 5, 1), book.add_format({"num_format": "d/m"}))
        sheet.write_row(4, 1, ["2"])
        sheet.write_blank(4, 2, None, book.add_format({"bold": True}))
        sheet.write_formula(4, 3, "=1/0", None, "#DIV/0!")

    figures = reading(a_workbook(tmp_path, fill))
    assert refusals(figures) == [
        (4, "trivsel", "2024-05-01", "date-for-number"),
        (5, "trivsel", "#DIV/0!", "not-a-number"),
    ]
    assert missing(figures, "karakter") == ["present", "not-submitted"]


def test_only_the_first_sheet_is_read_and_others_are_named(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["institution", "karakter"])
        sheet.write_row(1, 0, ["1", 7])

    figures = reading(a_workbook(tmp_path, fill, sheets=("Tal", "Gamle tal", "Beskrivelse")))
    assert [note.args["sheets"] for note in figures.notes if note.code == "other-sheets"] == ["Gamle tal"]


@pytest.mark.parametrize("kept", [10, 500, -30])
def test_a_cut_off_workbook_is_refused_whole(tmp_path: Path, kept: int) -> None:
    path = a_workbook(tmp_path, lambda book, sheet: sheet.write_row(0, 0, ["institution", "karakter"]))
    assert refused(raw(tmp_path, path.read_bytes()[:kept], "afbrudt.xlsx")) == [("data-excel-unreadable", 0)]


def test_old_excel_formats_are_refused_because_they_hide_errors(tmp_path: Path) -> None:
    assert refused(raw(tmp_path, b"\xd0\xcf\x11\xe0 old", "tal.xls")) == [("data-excel-old", 0)]


def test_a_workbook_with_a_password_is_refused_whole(tmp_path: Path) -> None:
    data = b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le")
    assert refused(raw(tmp_path, data, "tal.xlsx")) == [("data-excel-locked", 0)]


def test_a_damaged_workbook_is_refused_whole(tmp_path: Path) -> None:
    path = a_workbook(tmp_path, lambda book, sheet: sheet.write_row(0, 0, ["institution", "karakter"]))
    data = bytearray(path.read_bytes())
    data[data.index(b"xl/worksheets/sheet1.xml") + 60] ^= 1
    assert refused(raw(tmp_path, bytes(data), "skadet.xlsx")) == [("data-excel-unreadable", 0)]


def test_a_stray_cell_far_down_is_not_made_into_a_table(tmp_path: Path) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "institution")
        sheet.write(1_048_575, 16_383, "x")

    path = a_workbook(tmp_path, fill)
    assert refused(path) == [("data-too-many-cells", 0)]


# Parquet


def test_typed_columns_of_parquet_are_read(tmp_path: Path) -> None:
    path = tmp_path / "tal.parquet"
    pl.DataFrame(
        {
            "institution": [101001, 101003],
            "karakter": pl.Series([7.5, None]),
            "trivsel": pl.Series([3.3, 4.0], dtype=pl.Float32),
            "elever": [487.0, float("nan")],
            "hændelse": [True, False],
            "bånd": pl.Series(["på", None], dtype=pl.Categorical),
            "fravær": pl.Series(["0.10", "0.25"]).cast(pl.Decimal(10, 2)),
        }
    ).write_parquet(path)
    figures = reading(path, ColumnMap(decimal=","))
    assert column(figures, "institution") == ["101001", "101003"]
    assert (column(figures, "karakter"), column(figures, "trivsel")) == ([7.5, None], [3.3, 4.0])
    assert (column(figures, "fravær"), column(figures, "bånd")) == ([0.1, 0.25], ["på", None])
    assert refusals(figures) == [(3, "elever", "NaN", "not-finite")]


def test_a_cut_off_parquet_file_is_refused_whole(tmp_path: Path) -> None:
    path = tmp_path / "tal.parquet"
    pl.DataFrame({"institution": ["1"], "karakter": [7.5]}).write_parquet(path)
    for kept in (3, 100, -4):
        assert refused(raw(tmp_path, path.read_bytes()[:kept], "x.parquet")) == [("data-parquet-unreadable", 0)]


def test_nested_parquet_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "tal.parquet"
    pl.DataFrame({"institution": ["1"], "karakter": [[7.5]]}).write_parquet(path)
    assert refused(path) == [("data-column-nested", 0)]


def test_a_cut_off_file_is_never_half_read(tmp_path: Path) -> None:
    """Wherever a CSV file breaks off inside a row, it is refused or the broken cell is in the last row alone."""
    whole = "institution;period;karakter;trivsel\n" + "".join(f"{i:04d};2024/25;7,5;3,25\n" for i in range(30))
    for kept in range(200, len(whole)):
        path = raw(tmp_path, whole[:kept].encode())
        try:
            table = open_table(path)
        except TilsynError:
            continue
        assert table.frame.head(-1).unique("trivsel")["trivsel"].to_list() in ([], ["3,25"])
