"""`place`: figures and state in, placements and state out, in every form that people deliver and want."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from tests.cli.conftest import Answer, Tilsyn
from tests.cli.schools import PERIOD, STRONG_READING, change, folkeskole_policy, read_csv, school, write_csv
from tilsyn.files.tables import open_table

Place = Callable[..., Answer]


@pytest.fixture
def place(tilsyn: Tilsyn, policy: Path) -> Place:
    """Places files of schools; the period is the one that the schools are of, unless another is named."""

    def run(*args: object) -> Answer:
        period = () if "--period" in args else ("--period", PERIOD)
        return tilsyn("--policy", policy, "place", "folkeskole", *args, *period)

    return run


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """An ordinary school, one strong in reading, and one whose every figure is withheld."""
    figures = ("karakter", "læsning", "overgang", "trivsel", "højt_fravær")
    hidden = dict.fromkeys(figures, "suppressed")
    withheld = {"institution": "C", "name": "Skolen C", "period": PERIOD, **hidden}
    return write_csv(tmp_path / "tal.csv", [school("A"), school("B", STRONG_READING), withheld])


# what is said


def test_it_says_how_many_stand_where_and_that_nothing_is_kept(place: Place, three: Path) -> None:
    danish, english = place(three), place(three, "--lang", "en")
    assert (danish.code, english.code) == (0, 0)
    assert "3 institutioner i Folkeskolen er indplaceret for 2024/25." in danish.out
    assert "1 kunne ikke vurderes" in danish.out
    assert "Intet er gemt" in danish.out
    assert "3 institutions in Primary and lower secondary school are placed for 2024/25." in english.out
    assert "Nothing is kept" in english.out


def test_json_without_a_file_has_the_placements(place: Place, three: Path) -> None:
    data = place(three, "--format", "json").data
    assert data["area"] == "folkeskole"
    assert (data["period"], data["day"]) == (PERIOD, "2024-08-01")
    assert {step: counts["count"] for step, counts in data["steps"].items()} == {
        "fri": 0, "tillid": 1, "almindelig": 2, "støtte": 0, "intensiv": 0
    }  # fmt: skip
    assert (data["all_count"], data["all_rose"], data["all_not_assessed"]) == (3, 1, 1)
    steps = {row["institution"]: (row["step"], row["rule"], row["reasons"]) for row in data["placements"]}
    assert steps == {
        "A": ("almindelig", "T3", "stays"), "B": ("tillid", "T2", "rises"), "C": ("almindelig", None, "not-assessed")
    }  # fmt: skip
    assert (data["out"], data["quarantine"], data["refused"]) == (None, None, [])


def test_json_with_a_file_says_where_and_leaves_the_placements_there(place: Place, three: Path) -> None:
    data = place(three, "--format", "json", "--out", "ud.csv").data
    assert data["out"] == "ud.csv"
    assert "placements" not in data


# forms


def contents(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    frame = pl.read_parquet(path) if path.suffix == ".parquet" else open_table(path).frame
    return frame.to_dicts()


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".json"])
def test_the_same_placements_in_every_form(place: Place, three: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"ud{ending}"
    answer = place(three, "--out", out)
    assert answer.code == 0
    assert "Skrevet til" in answer.out
    rows = {row["institution"]: row for row in contents(out)}
    assert {unit: row["step"] for unit, row in rows.items()} == {"A": "almindelig", "B": "tillid", "C": "almindelig"}
    assert {unit: row["faglighed.missing"] for unit, row in rows.items()} == {
        "A": None,
        "B": None,
        "C": "not-submitted",
    }
    assert float(rows["B"]["læsning_og_sprog"]) == 5.0
    assert float(rows["B"]["hours_freed"]) == 180.0
    assert (
        rows["B"]["relieved"]
        == "timetalsindberetning+kompetencedækning+lokal-fraværsstatistik+lokal-trivselsundersøgelse"
    )


def test_a_results_folder_is_read_by_show_and_explain(place: Place, tilsyn: Tilsyn, three: Path) -> None:
    assert place(three, "--out", "resultater").code == 0
    run = json.loads(Path("resultater/folkeskole/2024-25/run.json").read_text(encoding="utf-8"))
    assert (run["area"], run["period"], run["day"], run["files"]) == ("folkeskole", PERIOD, "2024-08-01", ["tal.csv"])
    assert set(run["fingerprints"]) == {"declarations", "placements", "figures", "state", "closed"}
    assert "Folkeskolen" in tilsyn("show", "--from", "resultater").out
    assert "Skolen B (B) · Folkeskolen · 2024/25" in tilsyn("explain", "B", "--from", "resultater").out


def test_each_run_of_a_folder_keeps_the_declarations_that_it_was_made_with(
    tilsyn: Tilsyn, policy: Path, three: Path, tmp_path: Path
) -> None:
    stricter = folkeskole_policy(tmp_path / "strengere")
    change(stricter / "goals/folkeskole.yaml", "stærk: {at_least: 2.5}", "stærk: {at_least: 6.5}")
    for folder, period in ((policy, "2024/25"), (stricter, "2025/26")):
        rows = [school("B", STRONG_READING, period=period)]
        path = write_csv(tmp_path / f"{period[:4]}.csv", rows)
        args = ("place", "folkeskole", path, "--period", period, "--out", "r")
        assert tilsyn("--policy", folder, *args).code == 0
    first, second = (
        tilsyn("explain", "B", "--from", "r", "--period", p, "--format", "json").data for p in ("2024/25", "2025/26")
    )
    assert (first["recommended"], second["recommended"]) == ("tillid", "almindelig")
    assert first["made_from"]["declarations"] != second["made_from"]["declarations"]
    assert tilsyn("show", "folkeskole", "--from", "r").code == 0


# periods that follow each other


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet"])
def test_state_out_is_state_in_of_the_next_period(place: Place, tmp_path: Path, ending: str) -> None:
    first = write_csv(tmp_path / "første.csv", [school("A", STRONG_READING)])
    strongest = {"karakter": "8.20", "trivsel": "4.20", "højt_fravær.count": "24", "period": "2025/26"}
    second = write_csv(tmp_path / "anden.csv", [school("A", STRONG_READING, strongest)])
    assert place(first, "--out", f"1{ending}").code == 0
    data = place(second, "--period", "2025/26", "--previous", f"1{ending}", "--format", "json").data
    (row,) = data["placements"]
    assert (row["previous"], row["step"], row["reasons"], row["newcomer"]) == ("tillid", "fri", "rises", False)
    assert not [note for note in data["notes"] if "1." in note]


def test_a_unit_in_the_state_but_not_in_the_file_is_not_submitted_on_everything(place: Place, tmp_path: Path) -> None:
    state = write_csv(
        tmp_path / "før.csv", [{"institution": "X", "step": "fri", "held": "4", "streak": "0", "absent": "1"}]
    )
    data = place(write_csv(tmp_path / "tal.csv", [school("A")]), "--previous", state, "--format", "json").data
    row = next(row for row in data["placements"] if row["institution"] == "X")
    goals = ("faglighed", "læsning_og_sprog", "videre_i_uddannelse", "trivsel_i_skolen", "fremmøde")
    assert {row[f"{goal}.missing"] for goal in goals} == {"not-submitted"}
    # silence counts as the worst level, one step at a time
    assert (row["step"], row["reasons"], row["absent"]) == ("tillid", "falls+limited-down", 0)
    assert any("`X`" in note for note in data["notes"])


def test_closed_units_are_not_placed_and_said(place: Place, tmp_path: Path) -> None:
    rows = [school("A"), school("B", closed="ja", successor="A")]
    path = write_csv(tmp_path / "tal.csv", rows)
    state = write_csv(tmp_path / "før.csv", [{"institution": "B", "step": "fri", "held": "1", "streak": "0"}])
    answer = place(path, "--previous", state)
    assert "1 er lukket eller lagt sammen og er ikke indplaceret." in answer.out
    data = place(path, "--previous", state, "--format", "json").data
    assert [row["institution"] for row in data["placements"]] == ["A"]
    assert data["closed"] == [{"institution": "B", "name": "Skolen B", "successor": "A"}]


def test_a_state_with_steps_only_is_taken_for_the_least_and_said(place: Place, three: Path, tmp_path: Path) -> None:
    state = write_csv(tmp_path / "før.csv", [{"institution": "A", "step": "tillid"}])
    answer = place(three, "--previous", state)
    assert "regnet som én periode og ingen retning" in answer.flat


def test_an_unknown_step_in_the_state_is_refused_with_5(place: Place, three: Path, tmp_path: Path) -> None:
    state = write_csv(tmp_path / "før.csv", [{"institution": "A", "step": "tilid"}])
    answer = place(three, "--previous", state)
    assert answer.code == 5
    assert f"{state}:2:2: " in answer.err
    assert "mente du `tillid`?" in answer.err


# other people's files


def test_a_danish_file_reads_the_same(place: Place, three: Path, tmp_path: Path) -> None:
    rows = [school("A"), school("B", STRONG_READING), school("Æblegårdskolen")]
    danish = write_csv(tmp_path / "dansk.csv", rows, separator=";", decimal=",", encoding="latin-1")
    plain = write_csv(tmp_path / "plain.csv", rows)
    found, wanted = place(danish, "--format", "json").data, place(plain, "--format", "json").data
    assert found["placements"] == wanted["placements"]
    assert any("windows-1252" in note for note in found["notes"])


def test_the_long_form_reads_the_same(place: Place, tmp_path: Path) -> None:
    row = school("A", STRONG_READING)
    attributes = {name: row[name] for name in ("institution", "name", "period", "elever", "har_9_klasse")}
    indicators = {name.partition(".")[0] for name in row} - set(attributes)
    long = [
        {**attributes, "indicator": indicator.partition("@")[0], "group": indicator.partition("@")[2],
         "value": row.get(indicator, ""),
         **{name.partition(".")[2]: value for name, value in row.items() if name.startswith(f"{indicator}.")}}
        for indicator in sorted(indicators)
    ]  # fmt: skip
    found = place(write_csv(tmp_path / "lang.csv", long), "--format", "json").data
    wanted = place(write_csv(tmp_path / "bred.csv", [row]), "--format", "json").data
    assert found["placements"] == wanted["placements"]


def test_a_column_map_reads_somebody_elses_file(place: Place, tmp_path: Path) -> None:
    theirs = {**school("A"), "skolekode": "A", "karaktersnit": "skjult"}
    path = write_csv(
        tmp_path / "deres.csv", [theirs], drop=("institution", "karakter", "period"), separator=";", decimal=","
    )
    columns = tmp_path / "kort.yaml"
    columns.write_text(
        "columns: {institution: skolekode, karakter: karaktersnit}\nmissing: {skjult: suppressed}\n"
        'period: 2024/25\ndecimal: ","\nseparator: ";"\n',
        encoding="utf-8",
    )
    (row,) = place(path, "--columns", columns, "--format", "json").data["placements"]
    assert (row["institution"], row["faglighed.missing"]) == ("A", "suppressed")


def test_a_broken_column_map_is_a_broken_declaration(place: Place, three: Path, tmp_path: Path) -> None:
    columns = tmp_path / "kort.yaml"
    columns.write_text("colums: {institution: skolekode}\n", encoding="utf-8")
    answer = place(three, "--columns", columns)
    assert answer.code == 3
    assert "mente du `columns`?" in answer.err


def test_several_files_are_read_together(place: Place, tmp_path: Path) -> None:
    one, two = write_csv(tmp_path / "1.csv", [school("A")]), write_csv(tmp_path / "2.csv", [school("B")])
    assert place(one, two, "--format", "json").data["all_count"] == 2


# what is refused


def test_refused_cells_go_to_quarantine_with_row_column_and_reason(place: Place, tmp_path: Path) -> None:
    rows = [school("A"), school("B", karakter="abc"), school("C", {"højt_fravær.count": "500"})]
    path = write_csv(tmp_path / "tal.csv", rows)
    answer = place(path, "--out", tmp_path / "ud.csv")
    assert answer.code == 0
    assert "2 felter eller rækker blev afvist. Hvad der er afvist, står med grund i" in answer.flat
    with (tmp_path / "ud.quarantine.csv").open(encoding="utf-8") as file:
        header, *lines = file.read().splitlines()
    assert header == "file,row,column,value,reason"
    assert lines[0] == f"{path},3,karakter,abc,er ikke et tal"
    assert lines[1].startswith(f"{path},4,højt_fravær.count,500,")
    assert read_csv(tmp_path / "ud.csv")["B"]["faglighed.missing"] == "refused"


def test_the_quarantine_goes_where_it_is_asked_to(place: Place, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("B", karakter="abc")])
    data = place(path, "--quarantine", "afvist.xlsx", "--format", "json", "--lang", "en").data
    assert data["quarantine"] == "afvist.xlsx"
    assert open_table(Path("afvist.xlsx")).frame["reason"].to_list() == ["is not a number"]


def test_in_a_results_folder_the_quarantine_lies_beside_the_runs(place: Place, tmp_path: Path) -> None:
    assert place(write_csv(tmp_path / "tal.csv", [school("B", karakter="abc")]), "--out", "r").code == 0
    assert Path("r/folkeskole-2024-25.quarantine.csv").exists()


def test_without_a_file_the_first_refusals_are_shown(place: Place, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("A", karakter="abc")])
    (said,) = place(path, "--format", "json").data["refused"]
    assert said == f"{path}:2: karakter: er ikke et tal (`abc`)"


def test_a_refused_column_is_said_without_a_row(place: Place, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("A", karakter="1.234"), school("B", karakter="1,5")])
    said = place(path, "--format", "json").data["refused"]
    assert said[0].startswith(f"{path}: karakter: hele kolonnen (2 tal) er afvist")
    assert ":0:" not in said[0]
    assert "(``)" not in said[0]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["abc", "7.3"], "1 felt eller en række blev afvist. Det første"),
        (["abc", "x"], "2 felter eller rækker blev afvist. Det første"),
        (["1.234", "1,5", ""], "1 hel kolonne blev afvist, i alt 2 tal. Det første, der er afvist: • "),
    ],
)
def test_what_is_refused_is_counted_in_columns_and_cells(
    place: Place, tmp_path: Path, rows: list[str], told: str
) -> None:
    path = write_csv(tmp_path / "tal.csv", [school(f"{n}", karakter=grade) for n, grade in enumerate(rows)])
    assert told in place(path).flat


def test_columns_and_cells_are_counted_apart(place: Place, tmp_path: Path) -> None:
    rows = [school("A", karakter="1.234", trivsel="x"), school("B", karakter="1,5")]
    answer = place(write_csv(tmp_path / "tal.csv", rows), "--lang", "en")
    assert "1 whole column was refused, 2 figures in all. 1 cell or row was refused." in answer.flat


def test_nothing_refused_leaves_no_quarantine(place: Place, three: Path, tmp_path: Path) -> None:
    assert place(three, "--out", tmp_path / "ud.csv", "--quarantine", tmp_path / "afvist.csv").code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"tal.csv", "ud.csv"}


# formulas are data

FORMULA, SCRIPT = "=cmd()|' /C calc'!A0", "<script>alert(1)</script>"


def test_a_formula_as_an_id_is_guarded_on_the_way_out_and_itself_on_the_way_in(place: Place, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school(FORMULA, name=SCRIPT), school("+45", name="@sum")])
    for ending in (".csv", ".xlsx"):
        assert place(path, "--out", f"ud{ending}").code == 0
        frame = open_table(Path(f"ud{ending}")).frame
        assert set(frame["institution"]) == {FORMULA, "+45"}
    text = Path("ud.csv").read_text(encoding="utf-8")
    assert not [line for line in text.splitlines() if line.startswith(("=", "+", '"=', '"+'))]
    assert "'@sum" in text
    later = [school(FORMULA, period="2025/26"), school("+45", period="2025/26")]
    path = write_csv(tmp_path / "næste.csv", later)
    data = place(path, "--period", "2025/26", "--previous", "ud.csv", "--format", "json").data
    assert {row["institution"]: row["newcomer"] for row in data["placements"]} == {FORMULA: False, "+45": False}


def test_a_script_as_a_name_is_text_on_the_page_and_on_the_screen(place: Place, tilsyn: Tilsyn, tmp_path: Path) -> None:
    assert place(write_csv(tmp_path / "tal.csv", [school(FORMULA, name=SCRIPT)]), "--out", "r").code == 0
    page = tilsyn("explain", FORMULA, "--from", "r", "--format", "html").out
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert SCRIPT in tilsyn("explain", FORMULA, "--from", "r").out


# the day and the engine


def test_another_day_judges_by_the_values_of_that_day(place: Place, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("A", karakter="6.45", period="2025/26")])
    before = place(path, "--period", "2025/26", "--format", "json").data
    after = place(path, "--period", "2025/26", "--on", "2026-08-01", "--format", "json").data
    assert (before["day"], after["day"]) == ("2025-08-01", "2026-08-01")
    assert before["placements"][0]["faglighed.level"] == "under"
    assert after["placements"][0]["faglighed.level"] == "kritisk"


def test_the_day_is_kept_and_explained(place: Place, tilsyn: Tilsyn, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("A", karakter="6.45", period="2025/26")])
    assert place(path, "--period", "2025/26", "--on", "2026-08-01", "--out", "r").code == 0
    data = tilsyn("explain", "A", "--from", "r", "--format", "json").data
    assert data["made_from"]["day"] == "2026-08-01"
    assert data["goals"]["faglighed"]["level"] == "kritisk"


def test_a_day_on_which_nothing_is_in_force_is_refused(place: Place, three: Path) -> None:
    answer = place(three, "--on", "1999-01-01")
    assert answer.code == 3
    assert "ikke i kraft den 1999-01-01" in answer.err


def test_the_exact_engine_gives_the_same(place: Place, three: Path, tmp_path: Path) -> None:
    closed = school("D", closed="ja")
    path = write_csv(tmp_path / "fire.csv", [school("A"), school("B", STRONG_READING), closed])
    exact, columns = (place(path, "--engine", engine, "--format", "json").data for engine in ("exact", "polars"))
    assert exact == columns


def test_an_unknown_engine_is_wrong_use(place: Place, three: Path) -> None:
    answer = place(three, "--engine", "abacus")
    assert answer.code == 2
    assert "vælg en af `polars`, `exact`" in answer.err


def test_a_rise_that_something_grave_undoes_is_no_rise(place: Place, tmp_path: Path) -> None:
    state = write_csv(tmp_path / "før.csv", [{"institution": "A", "step": "intensiv", "held": "3", "streak": "0"}])
    path = write_csv(tmp_path / "tal.csv", [school("A", alvorlig_hændelse="ja")])
    data = place(path, "--previous", state, "--format", "json").data
    assert data["placements"][0]["reasons"] == "rises+limited-up+grave"
    assert (data["all_rose"], data["all_fell"]) == (0, 0)


def test_readings_that_differ_are_our_own_fault(place: Place, three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tilsyn.engine import exact

    right = exact.read

    def wrong(*args: Any, **more: Any) -> Any:
        return [replace(placement, reasons=("falls",)) for placement in right(*args, **more)]

    monkeypatch.setattr(exact, "read", wrong)
    with pytest.raises(AssertionError, match="the readings differ on A"):
        place(three, "--engine", "exact")
