"""The state file, the files we write, the data template and the quarantine."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest
from python_calamine import CalamineWorkbook

from tests.spec.reading import a_file, an_area, indicator, read, the_period
from tilsyn.catalogue.indicators import FIELDS
from tilsyn.files.export import staged_table, write_table
from tilsyn.files.figures import REASONS, Refusal
from tilsyn.files.observations import read_figures
from tilsyn.files.quarantine import write_quarantine
from tilsyn.files.state import read_state
from tilsyn.files.tables import open_table
from tilsyn.files.template import PARTS, make_template, template_columns, write_template
from tilsyn.problems import DataError, SurroundingsError, UsageError

STEPS = ("fri", "tillid", "almindelig", "støtte", "intensiv")

# State


def test_institution_and_step_are_enough_and_the_rest_is_said(tmp_path: Path) -> None:
    state = read_state(a_file(tmp_path, "institution,step\n002,tillid\n001,støtte"), steps=STEPS)
    assert state.frame.rows() == [
        ("001", "støtte", 1, 0, 0, "decided", "støtte", 1),
        ("002", "tillid", 1, 0, 0, "decided", "tillid", 1),
    ]
    assert [(note.code, note.args) for note in state.notes] == [("state-taken-for-least", {"rows": 2})]


def test_a_full_state_is_taken_as_it_is(tmp_path: Path) -> None:
    text = """
        institution,step,held,streak,absent,status,in_force,in_force_held,because
        1,støtte,3,-2,1,recommended,almindelig,4,falls
    """
    state = read_state(a_file(tmp_path, text), steps=STEPS)
    assert state.frame.rows() == [("1", "støtte", 3, -2, 1, "recommended", "almindelig", 4)]
    assert state.notes == ()


def test_every_fault_of_a_state_comes_at_once(tmp_path: Path) -> None:
    text = """
        institution,step,held,streak,status
        1,tilid,1,0,decided
        ,fri,1,0,decided
        3,,1,0,decided
        4,fri,-1,0.5,bestemt
        5,fri,0,0,decided
        5,fri,x,0,decided
    """
    with pytest.raises(DataError) as fault:
        read_state(a_file(tmp_path, text), steps=STEPS)
    assert [(p.where.line, p.code) for p in fault.value.problems] == [
        (2, "state-unknown-step"),
        (3, "state-no-institution"),
        (4, "state-no-step"),
        (5, "state-not-a-count"),
        (5, "state-not-whole"),
        (5, "state-unknown-status"),
        (6, "state-duplicate"),
        (7, "state-duplicate"),
        (7, "state-not-a-count"),
    ]
    assert fault.value.problems[0].args["suggestion"] == "tillid"


def test_a_state_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError) as fault:
        read_state(a_file(tmp_path, "institution,trin\n1,fri"))
    assert [problem.code for problem in fault.value.problems] == ["state-lacks-column"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_a_state_that_was_written_is_read_back(tmp_path: Path, ending: str) -> None:
    state = read_state(a_file(tmp_path, "institution,step,held,streak\n=1,fri,2,1\n00123,støtte,1,-1"), steps=STEPS)
    path = tmp_path / f"tilstand{ending}"
    write_table(state.frame, path)
    assert read_state(path, steps=STEPS).frame.equals(state.frame)


# Export

CELLS = ["=cmd()", "+1", "-1", "@x", "\tx", "\rx", "Skole", "'=x"]
GUARDED = ["'=cmd()", "'+1", "'-1", "'@x", "'\tx", "'\rx", "Skole", "'=x"]


def test_texts_that_look_like_formulas_are_guarded_in_csv_and_numbers_are_not(tmp_path: Path) -> None:
    path = tmp_path / "ud.csv"
    write_table(pl.DataFrame({"=navn": CELLS, "tal": [-1.5] * len(CELLS)}), path)
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["'=navn", "tal"]
    assert [row[0] for row in rows] == GUARDED
    assert {row[1] for row in rows} == {"-1.5"}


def test_texts_that_look_like_formulas_are_guarded_in_excel_and_numbers_are_not(tmp_path: Path) -> None:
    path = tmp_path / "ud.xlsx"
    write_table(pl.DataFrame({"navn": ["=cmd()", "https://x.dk", None], "tal": [-1.5, 2.0, None]}), path)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False)
    assert rows[:3] == [["navn", "tal"], ["'=cmd()", -1.5], ["https://x.dk", 2.0]]


def test_declared_decimals_are_written_and_a_negative_number_is_no_formula(tmp_path: Path) -> None:
    path = tmp_path / "ud.csv"
    frame = pl.DataFrame({"navn": ["=x", "b", "c"], "rang": [182.0, -1.0, -0.0], "indeks": [0.7, None, -0.575]})
    with staged_table(frame, path, {"rang": 0, "indeks": 3, "andet": 1}):
        pass
    assert path.read_text(encoding="utf-8").splitlines() == [
        "navn,rang,indeks", "'=x,182,0.700", "b,-1,", "c,0,-0.575"
    ]  # fmt: skip


@pytest.mark.parametrize("ending", [".parquet", ".json"])
def test_formats_that_no_spreadsheet_runs_are_written_as_they_are(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"ud{ending}"
    frame = pl.DataFrame({"navn": ["=cmd()", "Ærø"], "tal": [-1.5, None]})
    write_table(frame, path)
    assert (pl.read_parquet(path) if ending == ".parquet" else pl.read_json(path)).equals(frame)


def test_an_id_survives_the_way_out_and_in(tmp_path: Path) -> None:
    path = tmp_path / "ud.csv"
    write_table(pl.DataFrame({"institution": ["=1", "-2", "@3"], "karakter": [1.0, 2.0, 3.0]}), path)
    assert open_table(path).frame["institution"].to_list() == ["=1", "-2", "@3"]


def test_unknown_formats_and_absent_folders_are_refused_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        write_table(pl.DataFrame({"a": [1]}), tmp_path / "ud.docx")
    for ending in ("csv", "xlsx", "parquet", "json"):
        with pytest.raises(SurroundingsError):
            write_table(pl.DataFrame({"a": [1]}), tmp_path / "nej" / f"ud.{ending}")
    assert list(tmp_path.iterdir()) == []


# Quarantine


def test_the_quarantine_says_where_what_and_why(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;trivsel;karakter\n1;=cmd();1.5\n2;3;1,5")
    path = tmp_path / "karantæne.csv"

    def tell(refusal: Refusal) -> str:
        return f"fordi {refusal.code}"

    write_quarantine(path, figures.refused, tell)
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row[1:] for row in csv.reader(file)]
    assert rows == [
        ["row", "column", "value", "reason"],
        ["", "karakter", "", "fordi mixed-decimals"],
        ["2", "trivsel", "'=cmd()", "fordi not-a-number"],
    ]


# The template


class Texts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return key


REGISTER = {"register": "Uddannelsesstatistik", "already_collected": True}


def names(**how: bool) -> list[str]:
    indicators = {
        "karakter": indicator("mean", decimals=1, by=["køn"], source=REGISTER),
        "fravær": indicator("proportion", stale_after=1, by=["køn"]),
        "klager": indicator("ratio"),
        "bånd": indicator("category", values=["under", "over"]),
    }
    return [c.name for c in make_template(an_area(indicators=indicators), lang="da", texts=Texts(), **how).fill]


def test_what_is_already_collected_is_not_asked_for_again() -> None:
    attributes = ["kommune", "elever", "har_9_klasse"]
    rest = ["fravær.count", "fravær.n", "fravær.measured", "klager.count", "klager.expected", "bånd"]
    assert names() == ["institution", "period", *attributes, *rest]
    own = ["karakter", "karakter.n", "karakter.sd", "karakter.expected"]
    equity = ["karakter@piger", "karakter@piger.n", "karakter@piger.sd", "karakter@piger.expected"]
    assert names(everything=True) == ["institution", "period", *attributes, *own, *equity, *rest]


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_template_that_is_filled_in_is_read_without_a_note(tmp_path: Path, ending: str) -> None:
    area = an_area()
    template = make_template(
        area, lang="da", texts=Texts(), institutions=["00123", "=2"], period="2024/25", everything=True
    )
    path = tmp_path / f"skema{ending}"
    write_template(template, path)
    frame = open_table(path).frame
    assert frame.columns == [column.name for column in template.fill]
    assert frame.select("institution", "period").rows() == [("00123", "2024/25"), ("=2", "2024/25")]
    figures = read_figures([path], area, period=the_period())
    assert (figures.refused, figures.notes) == ((), ())


def test_the_second_sheet_describes_every_column(tmp_path: Path) -> None:
    path = tmp_path / "skema.xlsx"
    area = an_area()
    texts = Texts(collected="fra {register}", yes="ja")
    write_template(make_template(area, lang="da", texts=texts), path)
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(1).to_python(skip_empty_area=False)
    assert [row[0] for row in rows[1 : len(template_columns(area)) + 1]] == [c.name for c in template_columns(area)]
    assert ["karakter", "mean", "part-value", "x", 1.0, "\u22123 … 12", "", "ja"] in rows
    assert {f"reason-{word}" for word in REASONS} <= {row[1] for row in rows}


def test_every_part_of_a_figure_has_a_place_in_the_template() -> None:
    assert {part for fields in FIELDS.values() for part in fields} <= set(PARTS)
