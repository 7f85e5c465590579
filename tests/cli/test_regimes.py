"""Regimes on the command line: areas without a ladder, whose results are quantities."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from msgspec.structs import replace

from tests.cli.clinics import GRADES, PERIOD, ROWS, A, clinics, file, with_cases
from tests.cli.conftest import Answer, Tilsyn
from tests.cli.schools import ROOT, change, folkeskole_policy, read_csv, school, write_csv
from tilsyn.engine.values import Missing, Reason
from tilsyn.engine.working import QuantityWorking, Result
from tilsyn.files.tables import open_table
from tilsyn.services.placing import place_files

Place = Callable[..., Answer]

NEXT: tuple[dict[str, str], ...] = tuple(
    {**row, "period": "2025", "tilfredshed": "100" if row["institution"] == "C" else row["tilfredshed"]}
    for row in ROWS
    if row["period"] == PERIOD and row["institution"] != "H"
)
"""The year after: C's patients are content, and H has closed."""

CLOSED = {"institution": "H", "name": "Klinik H", "period": "2025", "closed": "ja", "successor": "A"}


@pytest.fixture(scope="session")
def regime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The policy folder of the clinics. Nobody changes it."""
    return clinics(tmp_path_factory.mktemp("regime"))


@pytest.fixture(scope="session")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return file(tmp_path_factory.mktemp("figures") / "tal.csv")


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory, regime: Path, figures: Path) -> Path:
    """A results folder with two years of the clinics. Nobody changes it."""
    folder = tmp_path_factory.mktemp("kept")
    later = file(folder / "2025.csv", [*NEXT, CLOSED])
    place_files(regime, "klinikker", [figures], period=PERIOD, out=folder / "r")
    place_files(regime, "klinikker", [figures, later], period="2025", out=folder / "r")
    return folder / "r"


@pytest.fixture
def place(tilsyn: Tilsyn, regime: Path) -> Place:
    def run(*args: object) -> Answer:
        period = () if "--period" in args else ("--period", PERIOD)
        return tilsyn("--policy", regime, "place", "klinikker", *args, *period)

    return run


# check


def test_a_regime_is_checked_in_its_own_words(tilsyn: Tilsyn, regime: Path) -> None:
    danish, english = tilsyn("--policy", regime, "check"), tilsyn("--policy", regime, "check", "--lang", "en")
    assert (danish.code, english.code) == (0, 0)
    assert "Reglerne er i orden: 1 regime, 7 resultater, 8 størrelser, 2 eksempler." in danish.out
    assert "The declarations are sound: 1 regime, 7 results, 8 quantities, 2 cases." in english.out
    assert "Klinikker 7 8 2 2024-01-01 5/5" in danish.flat
    assert "områder" not in danish.out
    assert "5 henvisninger er ikke kontrolleret" in danish.out


def test_areas_and_regimes_are_checked_side_by_side(tilsyn: Tilsyn, regime: Path, policy: Path) -> None:
    answer = tilsyn("check", regime, policy)
    assert "1 område, 5 mål" in answer.out
    assert "1 regime, 7 resultater" in answer.out
    data = tilsyn("check", regime, policy, "--format", "json").data["areas"]
    assert [(area["area"], area["regime"], area["results"], area["goals"]) for area in data] == [
        ("klinikker", True, 7, 0),
        ("folkeskole", False, 0, 5),
    ]


# test


def test_the_cases_of_a_regime_hold(tilsyn: Tilsyn, regime: Path) -> None:
    answer = tilsyn("--policy", regime, "test")
    assert (answer.code, answer.out.strip()) == (0, "2 eksempler holder.")


@pytest.mark.parametrize(
    ("given", "expect", "told"),
    [
        ("{}", "results: {samlet: 71}", "results.samlet 71 70"),
        ("{}", "results: {samlet: 70.1}", "results.samlet 70.1 70"),
        ("{}", "results: {andel@kirurgi: 80.1}", "results.andel@kirurgi 80.1 80"),
        ("{}", "results: {karakter: svag}", "results.karakter svag god"),
        ("{}", "results: {godkendt: false}", "results.godkendt false true"),
        ("{}", "results: {spor: østligt}", "results.spor østligt vestligt"),
        ("{}", "results: {samlet: '70'}", 'results.samlet "70" 70'),
        ("{påbud: true}", "results: {stjerner: 5}", "results.stjerner 5 - (withdrawn)"),
        ("{påbud: true}", "missing: {stjerner: too-few}", "missing.stjerner too-few withdrawn"),
        ("{}", "missing: {stjerner: too-few}", "missing.stjerner too-few -"),
    ],
)
def test_a_case_that_does_not_hold_says_what_came_instead(
    tilsyn: Tilsyn, tmp_path: Path, given: str, expect: str, told: str
) -> None:
    folder = with_cases(tmp_path / "p", f"  - {{name: Forkert, given: {given}, expect: {{{expect}}}}}\n")
    answer = tilsyn("--policy", folder, "test")
    assert answer.code == 4
    assert told in answer.flat
    assert "klinikker: Forkert (goals/klinikker.yaml:" in answer.flat
    (case,) = tilsyn("--policy", folder, "test", "--format", "json").data["cases"]
    assert not case["passed"]
    (difference,) = case["differences"]
    assert " ".join((difference["what"], difference["expected"], difference["found"])) == told


@pytest.mark.parametrize(
    ("n", "expect"), [("9", "missing: {andel@kirurgi: too-few}"), ("10", "results: {andel@kirurgi: 50}")]
)
def test_too_few_is_fewer_than_ten(tilsyn: Tilsyn, tmp_path: Path, n: str, expect: str) -> None:
    given = f"{{overlevelse@kirurgi.count: 5, overlevelse@kirurgi.n: {n}}}"
    folder = with_cases(tmp_path / "p", f"  - {{name: x, given: {given}, expect: {{{expect}}}}}\n")
    assert tilsyn("--policy", folder, "test").code == 0


def test_an_unrounded_result_is_the_number_to_nine_decimals(tilsyn: Tilsyn, tmp_path: Path) -> None:
    third = "  tredjedel: {value: samlet / (samlet + samlet + samlet)}\n  rang:\n"
    for written, code in (("0.333333333", 0), ("0.333333332", 4), ("0.33", 4)):
        case = f"  - {{name: x, given: {{}}, expect: {{results: {{tredjedel: {written}}}}}}}\n"
        folder = with_cases(tmp_path / written, case)
        change(folder / "goals/klinikker.yaml", "  rang:\n", third)
        assert tilsyn("--policy", folder, "test").code == code, written


def test_peers_of_a_case_are_itself_alone(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = with_cases(
        tmp_path / "p", "  - {name: x, given: {}, expect: {results: {rang: 1}, missing: {løft: not-submitted}}}\n"
    )
    assert tilsyn("--policy", folder, "test").code == 0


def test_a_case_may_tell_of_earlier_periods(tilsyn: Tilsyn, tmp_path: Path) -> None:
    case = """\
  - name: Et år efter
    period: '2024'
    given: {}
    earlier: {'2023': {overlevelse@kirurgi: 0.6, overlevelse@kirurgi.n: 50, tilfredshed: 60}}
    expect: {results: {løft: 10}}
"""
    assert tilsyn("--policy", with_cases(tmp_path / "p", case), "test").code == 0


# place


def test_results_are_summed_up_on_the_screen(place: Place, figures: Path) -> None:
    danish, english = place(figures), place(figures, "--lang", "en")
    assert (danish.code, english.code) == (0, 0)
    assert "8 institutioner i Klinikker har fået resultater for 2024." in danish.out
    assert "8 institutions in Clinics have been given results for 2024." in english.out
    assert "Karakter god 3 37,5 % ret god 2 25,0 % svag 1 12,5 % uden: ikke indberettet 2 25,0 %" in danish.flat
    assert "Grade god 3 37.5 % ret god 2 25.0 % svag 1 12.5 % none: not submitted 2 25.0 %" in english.flat
    assert (
        "Stjerner 1 1 12,5 % 3 2 25,0 % 5 3 37,5 % uden: ikke indberettet 1 12,5 % uden: trukket tilbage 1 12,5 %"
        in danish.flat
    )
    assert "Godkendt ja 5 62,5 % nej 2 25,0 % uden: ikke indberettet 1 12,5 %" in danish.flat
    assert "Spor vestligt 5 62,5 % østligt 3 37,5 %" in danish.flat
    assert "Samlet vurdering 6 34 69 94 2 ikke indberettet" in danish.flat
    assert "Overall score 6 34 69 94 2 not submitted" in english.flat
    assert "Løft 1 10 10 10 7 ikke indberettet" in danish.flat
    assert "Intet er gemt" in danish.out


def test_the_title_of_a_table_is_one_line_however_narrow_the_table(
    tilsyn: Tilsyn, figures: Path, tmp_path: Path
) -> None:
    title = "Klinikker, hvis navn er længere end nogen af de tabeller, som de får"
    folder = clinics(tmp_path / "p", ("title: {da: Klinikker,", f'title: {{da: "{title}",'))
    answer = tilsyn("--policy", folder, "place", "klinikker", figures, "--period", PERIOD)
    assert f"Resultater i {title}, 2024" in answer.out.splitlines()


def test_nothing_of_a_ladder_is_said(place: Place, figures: Path) -> None:
    answer = place(figures)
    assert not [word for word in ("trin", "indplaceret", "Steps", "previous") if word in answer.out.lower()]


def test_the_summary_as_json_has_every_value_and_reason(place: Place, figures: Path) -> None:
    data = place(figures, "--format", "json").data
    assert (data["area"], data["period"], data["day"], data["count"]) == ("klinikker", PERIOD, "2024-01-01", 8)
    assert data["results"]["karakter"] == {
        "type": "level", "count": 6, "missing": {"not-submitted": 2},
        "values": [{"value": "god", "count": 3}, {"value": "ret_god", "count": 2}, {"value": "svag", "count": 1}],
    }  # fmt: skip
    assert data["results"]["samlet"] == {
        "type": "number", "count": 6, "missing": {"not-submitted": 2}, "lowest": 34, "median": 69, "highest": 94
    }  # fmt: skip
    assert data["results"]["stjerner"]["missing"] == {"not-submitted": 1, "withdrawn": 1}
    assert [row["institution"] for row in data["institutions"]] == list(GRADES)
    assert "placements" not in data


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".json"])
def test_every_quantity_is_a_column(place: Place, figures: Path, ending: str) -> None:
    assert place(figures, "--out", f"ud{ending}").code == 0
    rows = contents(Path(f"ud{ending}"))
    found = {unit: (number(row["samlet"]), row["karakter"], number(row["stjerner"])) for unit, row in rows.items()}
    assert found == GRADES
    assert {unit: row["samlet.then"] for unit, row in rows.items() if row["samlet.then"]} == {
        "B": "R1",
        "C": "R2",
        "F": "R2",
    }
    assert (number(rows["B"]["samlet.before"]), number(rows["A"]["samlet.before"])) == (85, 70)
    assert {unit: row["stjerner.missing"] for unit, row in rows.items() if row["stjerner.missing"]} == {
        "D": "withdrawn",
        "E": "not-submitted",
    }
    assert rows["D"]["andel@kirurgi.missing"] == "too-few"
    assert (rows["C"]["name"], rows["C"]["region"], rows["C"]["hører_til"]) == ("Klinik C", "øst", "B")
    assert (rows["C"]["area"], rows["C"]["period"]) == ("klinikker", PERIOD)
    assert not {"step", "status", "in_force", "hours_freed"} & set(rows["C"])


def test_numbers_in_csv_have_their_declared_decimals(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    """A rank is no 3.0, one decimal is one decimal, and what is not rounded is written as it is."""
    third = "  forhold: {value: samlet / (samlet + 1)}\n  rang:\n"
    folder = clinics(tmp_path / "p", ("  rang:\n", third))
    assert tilsyn("--policy", folder, "place", "klinikker", figures, "--period", PERIOD, "--out", "ud.csv").code == 0
    rows = contents(Path("ud.csv"))
    assert (rows["A"]["samlet"], rows["B"]["samlet.before"], rows["A"]["andel@kirurgi"]) == ("70", "85", "80.0")
    assert rows["D"]["samlet"] is None
    assert rows["A"]["forhold"] == repr(70 / 71)
    assert rows["A"]["stjerner"] == "5"


def test_results_stand_before_what_they_are_made_of(place: Place, figures: Path) -> None:
    place(figures, "--out", "ud.csv")
    header = Path("ud.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[:12] == [
        "institution", "name", "area", "period", "karakter", "karakter.missing", "stjerner", "stjerner.missing",
        "samlet", "samlet.missing", "samlet.before", "samlet.then",
    ]  # fmt: skip
    assert header.index("løft") < header.index("andel@kirurgi")


def contents(path: Path) -> dict[str, dict[str, Any]]:
    match path.suffix:
        case ".csv":
            return {unit: {k: v or None for k, v in row.items()} for unit, row in read_csv(path).items()}
        case ".json":
            return {row["institution"]: row for row in json.loads(path.read_text(encoding="utf-8"))}
        case _:
            return {row["institution"]: row for row in open_table(path).frame.to_dicts()}


def number(value: Any) -> float | None:
    return None if value is None else float(value)


def test_a_column_map_reads_somebody_elses_file(place: Place, tmp_path: Path) -> None:
    theirs = [{**row, "glad": row["tilfredshed"]} for row in ROWS]
    path = write_csv(tmp_path / "deres.csv", theirs, drop=("tilfredshed",))
    (tmp_path / "kort.yaml").write_text("columns: {tilfredshed: glad}\n", encoding="utf-8")
    rows = place(path, "--columns", tmp_path / "kort.yaml", "--format", "json").data["institutions"]
    assert {row["institution"]: (row["samlet"], row["karakter"], row["stjerner"]) for row in rows} == GRADES


def test_closed_units_have_no_results_and_no_peers(place: Place, tmp_path: Path) -> None:
    rows = [*(row for row in ROWS if row["institution"] != "F"), {**ROWS[6], "closed": "ja"}]
    path = file(tmp_path / "tal.csv", rows)
    answer = place(path)
    assert "1 er lukket eller lagt sammen og har ingen resultater." in answer.out
    data = place(path, "--format", "json").data
    assert data["closed"] == [{"institution": "F", "name": "Klinik F", "successor": None}]
    ranks = {row["institution"]: row["rang"] for row in data["institutions"]}
    assert ranks == {"A": 1, "B": 4, "C": 5, "D": None, "E": None, "G": 3, "H": 1}


def test_refused_figures_go_to_quarantine(place: Place, tmp_path: Path) -> None:
    path = file(tmp_path / "tal.csv", [{**A, "tilfredshed": "101"}, *ROWS[2:]])
    assert "afvist" in place(path, "--out", "ud.csv").flat
    assert "tilfredshed,101" in Path("ud.quarantine.csv").read_text(encoding="utf-8")


def test_there_is_no_step_to_have_stood_on(place: Place, figures: Path, tmp_path: Path) -> None:
    state = write_csv(tmp_path / "før.csv", [{"institution": "A", "step": "fri"}])
    answer = place(figures, "--previous", state, "--out", "ud.csv")
    assert answer.code == 2
    assert f"{state}: `klinikker` er et regime og har ingen tilsynstrappe" in answer.err
    assert "kør igen uden `--previous`" in answer.err
    assert not Path("ud.csv").exists()


# the exact reading


def test_the_exact_engine_gives_the_same(place: Place, figures: Path) -> None:
    exact, columns = (place(figures, "--engine", engine, "--format", "json").data for engine in ("exact", "polars"))
    assert exact == columns


def changed(name: str, **how: Any) -> Callable[[QuantityWorking], QuantityWorking]:
    return lambda q: replace(q, **how) if q.name == name else q


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (changed("samlet", value=Fraction("70.000001")), "samlet"),
        (changed("samlet", before=Fraction(71)), "samlet.before"),
        (changed("samlet", made=("R1", "R2")), "samlet.then"),
        (changed("karakter", value=0), "karakter"),
        (changed("godkendt", value=False), "godkendt"),
        (changed("spor", value="østligt"), "spor"),
        (changed("stjerner", value=Missing(Reason.STALE)), "stjerner"),
    ],
)
def test_readings_that_differ_in_any_quantity_are_our_own_fault(
    place: Place, figures: Path, monkeypatch: pytest.MonkeyPatch, wrong: Callable[[QuantityWorking], QuantityWorking],
    column: str,
) -> None:  # fmt: skip
    from tilsyn.engine import exact

    right = exact.results

    def slipped(*args: Any, **more: Any) -> list[Result]:
        first, *rest = right(*args, **more)
        return [replace(first, quantities=tuple(map(wrong, first.quantities))), *rest]

    monkeypatch.setattr(exact, "results", slipped)
    with pytest.raises(AssertionError, match=f"the readings differ on A: .*column='{column}'"):
        place(figures, "--engine", "exact")


def test_a_reason_that_differs_is_our_own_fault(place: Place, figures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tilsyn.engine import exact

    right = exact.results

    def slipped(*args: Any, **more: Any) -> list[Result]:
        wrong = changed("stjerner", value=Missing(Reason.STALE))
        return [replace(r, quantities=tuple(map(wrong, r.quantities))) if r.institution == "D" else r
                for r in right(*args, **more)]  # fmt: skip

    monkeypatch.setattr(exact, "results", slipped)
    with pytest.raises(AssertionError, match=r"the readings differ on D: .*column='stjerner\.missing'"):
        place(figures, "--engine", "exact")


# show


def test_the_overview_names_the_results(tilsyn: Tilsyn, kept: Path) -> None:
    danish, english = tilsyn("show", "--from", kept), tilsyn("show", "--from", kept, "--lang", "en")
    assert "Alle regimer, seneste periode" in danish.out
    assert "Klinikker 2025 7 Karakter, Stjerner, Samlet vurdering" in danish.flat
    assert "Clinics 2025 7 Grade, Stars, Overall score" in english.flat


def test_areas_and_regimes_can_lie_in_one_folder(
    tilsyn: Tilsyn, policy: Path, regime: Path, figures: Path, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "skoler.csv", [school("A")])
    assert tilsyn("--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", "r").code == 0
    assert tilsyn("--policy", regime, "place", "klinikker", figures, "--period", PERIOD, "--out", "r").code == 0
    answer = tilsyn("show", "--from", "r")
    assert "Folkeskolen 2024/25 1 0 0 0 0" in answer.flat
    assert "Klinikker 2024 8 Karakter" in answer.flat
    data = tilsyn("show", "--from", "r", "--format", "json").data["runs"]
    assert [(run["area"], "steps" in run, "results" in run) for run in data] == [
        ("folkeskole", True, False),
        ("klinikker", False, True),
    ]
    assert tilsyn("explain", "A", "--from", "r").code == 2
    assert "Klinik A (A)" in tilsyn("explain", "A", "--area", "klinikker", "--from", "r").out


def test_a_regime_is_shown_with_its_results_over_time(tilsyn: Tilsyn, kept: Path) -> None:
    answer = tilsyn("show", "klinikker", "--from", kept)
    assert "Reglerne er et eksempel" in answer.out
    # C has 100 · 40 % + 35 · 60 % + 5 = 66 in the second year
    assert "Karakter over tid" in answer.out
    assert "┃ Værdi ┃ 2024 ┃ 2025 ┃" in " ".join(answer.out.split())
    assert "god 3 2 ret god 2 3 svag 1 0 Uden 2 2" in answer.flat
    assert "C Klinik C ret god 3 66 ja østligt" in answer.flat
    assert "D Klinik D ikke trukket ikke nej" in answer.flat
    assert "ringes til" not in answer.out


def test_the_foremost_number_is_followed_by_its_middle(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    folder = clinics(tmp_path / "p", ("result: [karakter, stjerner, samlet,", "result: [samlet, karakter, stjerner,"))
    later = file(tmp_path / "2025.csv", NEXT)
    for period in (PERIOD, "2025"):
        assert (
            tilsyn("--policy", folder, "place", "klinikker", figures, later, "--period", period, "--out", "r").code == 0
        )
    answer = tilsyn("show", "klinikker", "--from", "r", "--lang", "en")
    # 2025: 70, 59, 66, 94, 68
    assert "Overall score over time" in answer.out
    assert "Lowest 34 59 Median 69 68 Highest 94 94 Without 2 2" in answer.flat


def test_many_institutions_are_cut_and_counted(tilsyn: Tilsyn, regime: Path, tmp_path: Path) -> None:
    path = file(tmp_path / "tal.csv", [{**A, "institution": f"{n:02}"} for n in range(12)])
    assert tilsyn("--policy", regime, "place", "klinikker", path, "--period", PERIOD, "--out", "r").code == 0
    answer = tilsyn("show", "klinikker", "--from", "r")
    assert "2 mere; se dem alle med --all." in answer.out
    assert "11 Klinik A" not in answer.flat
    everybody = tilsyn("show", "klinikker", "--all", "--from", "r")
    assert "11 Klinik A" in everybody.flat
    assert "mere; se dem" not in everybody.out
    few, all_ = (tilsyn("show", "klinikker", *a, "--from", "r", "--format", "json").data for a in ((), ("--all",)))
    assert (len(few["institutions"]), len(all_["institutions"])) == (10, 12)


def test_a_changed_regime_is_told_by_the_rules_of_each_year(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    one = clinics(tmp_path / "et")
    two = clinics(
        tmp_path / "to",
        ("ret_god: {at_least: 50}, svag", "middel: {at_least: 50}, svag"),
        ("karakter: ret_god", "karakter: middel"),
    )
    later = file(tmp_path / "2025.csv", NEXT)
    for folder, period in ((one, PERIOD), (two, "2025")):
        assert (
            tilsyn("--policy", folder, "place", "klinikker", figures, later, "--period", period, "--out", "r").code == 0
        )
    first, second = tilsyn("show", "--from", "r", "--format", "json").data["runs"]
    assert [value["value"] for value in first["results"]["karakter"]["values"]] == ["god", "ret_god", "svag"]
    assert [value["value"] for value in second["results"]["karakter"]["values"]] == ["god", "middel", "svag"]
    over_time = tilsyn("show", "klinikker", "--from", "r").flat
    assert "god 3 2 middel 0 3 svag 1 0 ret god 2 0 Uden 2 2" in over_time


# where the rules come from


RULES = "Reglerne er »Klinikker«, i kraft fra 2024-01-01. Ansvarlig: Eksempel. Reglerne er et eksempel, som ministeriet"
COVERS = "Om reglerne Prøver en indberetning. Ikke med er klager."


def test_whoever_reads_results_is_told_whose_rules_they_are(tilsyn: Tilsyn, place: Place, figures: Path) -> None:
    placed = place(figures, "--out", "r")
    assert RULES in placed.flat
    assert (
        "Hvad de omfatter, står i `tilsyn show klinikker --from MAPPE`, når resultaterne er skrevet med `--out MAPPE`."
        in placed.flat
    )
    assert "Ikke med er klager" not in placed.flat
    for args in (("show", "klinikker"), ("explain", "A")):
        told = tilsyn(*args, "--from", "r")
        assert RULES in told.flat
        assert "Hvad de omfatter, står sidst." in told.flat
        assert COVERS in told.flat
    english = tilsyn("explain", "A", "--from", "r", "--lang", "en").flat
    assert "The rules are “Clinics”, in force from 2024-01-01. Responsible: Example. The rules are an exam" in english
    assert "About the rules Tries a submission. Not encoded are complaints." in english


def test_whose_rules_they_are_is_data_too(tilsyn: Tilsyn, place: Place, figures: Path) -> None:
    placed = place(figures, "--out", "r", "--format", "json").data
    wanted = {
        "title": "Klinikker", "from": "2024-01-01", "until": None, "authority": "Eksempel", "example": True,
        "about": "Prøver en indberetning. Ikke med er klager.",
    }  # fmt: skip
    told = [tilsyn(*args, "--from", "r", "--format", "json").data for args in (("show", "klinikker"), ("explain", "A"))]
    assert [data["rules"] for data in (placed, *told)] == [wanted] * 3


def test_rules_that_no_longer_hold_say_until_when(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    folder = clinics(
        tmp_path / "p", ("from: 2024-01-01\n", "from: 2024-01-01\nuntil: 2024-12-31\n"), ("example: true\n", "")
    )
    told = tilsyn("--policy", folder, "place", "klinikker", figures, "--period", PERIOD).flat
    assert "Reglerne er »Klinikker«, i kraft fra 2024-01-01 til 2024-12-31. Ansvarlig: Eksempel. Hvad de" in told


# explain


def test_a_result_is_explained_from_its_law_to_its_figures(tilsyn: Tilsyn, kept: Path) -> None:
    answer = tilsyn("explain", "B", "--period", PERIOD, "--from", kept)
    assert answer.code == 0
    for words in (
        "Klinik B (B) · Klinikker · 2024",
        "Reglerne er et eksempel",
        "Karakter: ret god",
        "Karakter ret god – niveauer af samlet: 50 ≤ 59 < 70 Vejledning 7, § 2 [henvisning ikke kontrolleret]",
        "Stjerner 3 – tabel, række T3: karakter: ret_god –",
        "Samlet vurdering 59 85 vægtet gennemsnit af",
        "Godkendt ja – not(påbud) and samlet >= 50",
        "Samlet vurdering: R1 er brugt: højst 59 (Vejledning 7, § 4 [henvisning ikke kontrolleret]). "
        "Der er flere end tre alvorlige hændelser. •",
        "Plads: afhænger af de andre institutioner i perioden.",
        "Hvad resultaterne er lavet af",
        "Andel der overlever, Kirurgi (%) 90,0 100 * overlevelse Vejledning 7, § 1",
        "Tal og oplysninger, de hviler på",
        "Overlevelse, Kirurgi (andel) 0,9 count = 90; n = 100 Patientregistret",
        "Hændelser (antal) 5",
        "Tilfredshed (point), hospitalet (A) 70",
        "Påbud nej",
        "Hvad det er lavet af",
        "Filer: tal.csv",
    ):
        assert words in " ".join(answer.flat.split()), words
    assert "Tidligere trin" not in answer.out
    assert "R2" not in answer.out


def test_the_explanation_is_in_english_too(tilsyn: Tilsyn, kept: Path) -> None:
    text = tilsyn("explain", "B", "--period", PERIOD, "--from", kept, "--lang", "en").flat
    for words in (
        "Grade: ret god",
        "Stars 3 – table, row T3: karakter: ret_god",
        "R1 was used: at most 59 (Vejledning 7, § 4 [reference not checked]). "
        "There are more than three grave events. •",
        "weighted mean of",
        "Place: depends on the other institutions of the period.",
        "Figures and facts that they rest on",
    ):
        assert words in text, words


WORDS = """\
words:
  god: {da: godt, en: good}
  ret_god: {da: ret godt, en: fairly good}
  region: {da: Landsdel, en: Part of the country}
groups:
"""


def test_levels_and_attributes_are_told_by_their_words(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    folder = clinics(tmp_path / "p", ("groups:\n", WORDS))
    args = ("--policy", folder, "place", "klinikker", figures, "--period", PERIOD, "--lang", "en")
    placed = tilsyn(*args, "--out", "r")
    assert "Grade good 3 37.5 % fairly good 2 25.0 % svag 1 12.5 %" in placed.flat
    english = tilsyn("explain", "B", "--from", "r", "--lang", "en").flat
    assert "Grade: fairly good" in english
    assert "Part of the country vest" in english
    assert "Karakter: ret godt" in tilsyn("explain", "B", "--from", "r").flat
    assert tilsyn("show", "klinikker", "--from", "r", "--lang", "en").flat.count("fairly good") == 3


def test_what_was_passed_over_is_told(tilsyn: Tilsyn, kept: Path) -> None:
    text = tilsyn("explain", "F", "--period", PERIOD, "--from", kept).flat
    assert (
        "Samlet vurdering: R1 er ikke brugt (Vejledning 7, § 4 [henvisning ikke kontrolleret]), for det vides ikke, "
        "om betingelsen er opfyldt: hændelser > 3." in text
    )
    assert "Samlet vurdering: R2 er brugt: tillagt 5. Hospitalet ligger højt." in text
    assert "Samlet vurdering 94 89" in text
    english = tilsyn("explain", "F", "--period", PERIOD, "--from", kept, "--lang", "en").flat
    assert "R1 was not used (Vejledning 7, § 4 [reference not checked]), for it is not known whether its" in english


def test_what_is_missing_is_told_with_what_it_lacks(tilsyn: Tilsyn, kept: Path) -> None:
    text = tilsyn("explain", "D", "--period", PERIOD, "--from", kept).flat
    for words in (
        "Karakter: ikke indberettet",
        "Karakter har ingen værdi: ikke indberettet. Det gælder Samlet vurdering.",
        "Stjerner har ingen værdi: trukket tilbage.",
        "Stjerner: række T1 gælder. Klinikken har et påbud.",
        "Samlet vurdering har ingen værdi: ikke indberettet. Det gælder Andel der overlever, Medicin.",
        "Andel der overlever, Kirurgi har ingen værdi: for få til et tal (overlevelse.n < 10).",
        "Andel der overlever, Medicin har ingen værdi: ikke indberettet. Det gælder Overlevelse, Medicin (andel).",
        "Overlevelse, Kirurgi (andel) 0,555556 count = 5; n = 9",
    ):
        assert words in text, words
    # an adjustment of what is not there is no news
    assert "R2" not in text


@pytest.mark.parametrize(
    ("score", "limits"),
    [
        ("49", "49 < 50"),
        ("60", "50 ≤ 60 < 70"),
        ("69.99999999", "50 ≤ 69,999999990 < 70"),
        ("69.9999999999", "70 ≤ 70"),
        ("70", "70 ≤ 70"),
    ],
)
def test_the_limits_of_a_level_stand_round_what_they_divide(
    tilsyn: Tilsyn, tmp_path: Path, score: str, limits: str
) -> None:
    """Just under, on and over; a figure that is not rounded is never shown on a limit that it is not on."""
    unrounded = "    decimals: 0\n    reference: {law: Vejledning 7, section: § 3, checked: no}\n    then:"
    folder = clinics(
        tmp_path / "p",
        ("method: weighted-mean/v1\n    of: {tilfredshed: 40, fag.mean(andel): 60}", "value: tilfredshed"),
        ("    missing: leave-out\n    coverage: 50 %\n", "    missing: leave-out\n"),
        (unrounded, unrounded.removeprefix("    decimals: 0\n")),
    )  # fmt: skip
    path = file(tmp_path / "tal.csv", [{**A, "tilfredshed": score}])
    assert tilsyn("--policy", folder, "place", "klinikker", path, "--period", PERIOD, "--out", "r").code == 0
    found = tilsyn("explain", "A", "--from", "r", "--format", "json").data["results"]["karakter"]
    assert (found["limits"], found["made"]) == (limits, f"niveauer af samlet: {limits}")


def test_the_row_that_gave_a_value_is_told_with_its_conditions(tilsyn: Tilsyn, kept: Path) -> None:
    text = tilsyn("explain", "C", "--period", PERIOD, "--from", kept).flat
    assert "Stjerner 1 – tabel, række T4: ellers –" in text
    text = tilsyn("explain", "D", "--period", PERIOD, "--from", kept).flat
    assert "Stjerner trukket tilbage – tabel, række T1: påbud: true –" in text
    data = tilsyn("explain", "B", "--period", PERIOD, "--from", kept, "--format", "json").data["results"]
    assert data["stjerner"]["conditions"] == {"karakter": "ret_god"}
    assert data["karakter"]["conditions"] is None


CONSTANTS = """\
constants:
  mindst: {measured_in: patienter, value: 10, reference: {law: Vejledning 7, section: § 8, checked: no}}
  loft: {measured_in: point, value: 59.5, reference: {note: Eksemplets eget, checked: no}}
  ulæst: {measured_in: point, value: 1, reference: {note: x, checked: no}}
groups:
"""


def test_constants_are_told_with_their_value_and_where_they_come_from(
    tilsyn: Tilsyn, figures: Path, tmp_path: Path
) -> None:
    folder = clinics(
        tmp_path / "p", ("groups:\n", CONSTANTS), ("overlevelse.n < 10", "overlevelse.n < mindst"),
        ("at_most: 59", "at_most: loft"),
    )  # fmt: skip
    assert tilsyn("--policy", folder, "place", "klinikker", figures, "--period", PERIOD, "--out", "r").code == 0
    text = tilsyn("explain", "B", "--from", "r").flat
    assert "mindst (patienter) 10 Vejledning 7, § 8 [henvisning ikke kontrolleret]" in text
    assert "loft (point) 59,5 Eksemplets eget [henvisning ikke kontrolleret]" in text
    assert "ulæst" not in text
    assert "<td>mindst (patienter)</td>" in tilsyn("explain", "B", "--from", "r", "--format", "html").out
    data = tilsyn("explain", "B", "--from", "r", "--format", "json").data["constants"]
    assert {name: one["value"] for name, one in data.items()} == {"mindst": 10, "loft": 59.5}


def test_an_adjustment_that_cannot_be_decided_is_told_with_what_it_lacks(
    tilsyn: Tilsyn, figures: Path, tmp_path: Path
) -> None:
    """Without `leave-out` an unknown condition leaves no value, although the row of the table is met."""
    then = "\n    then:\n      - {id: S1, when: hændelser > 1, at_most: 2}\n      - {id: S2, add: hændelser * 0}\n"
    folder = clinics(tmp_path / "p", ("        - {id: T4, gives: 1}\n", f"        - {{id: T4, gives: 1}}{then}"))
    assert tilsyn("--policy", folder, "place", "klinikker", figures, "--period", PERIOD, "--out", "r").code == 0
    text = tilsyn("explain", "F", "--from", "r").flat
    for words in (
        "Stjerner har ingen værdi: ikke indberettet. Det kan ikke afgøres, hvad S1 gør (hændelser > 1, 2), "
        "fordi Hændelser (antal) mangler.",
        "hvad S2 gør (hændelser * 0), fordi Hændelser (antal) mangler.",
    ):
        assert words in text, words
    data = tilsyn("explain", "F", "--from", "r", "--format", "json").data["results"]["stjerner"]
    assert {id_: reads["figures"] for id_, reads in data["undecided"].items()} == {
        "S1": ["hændelser"], "S2": ["hændelser"]
    }  # fmt: skip
    assert tilsyn("explain", "A", "--from", "r", "--format", "json").data["results"]["stjerner"]["undecided"] == {}


def test_an_earlier_value_is_told_with_its_year(tilsyn: Tilsyn, kept: Path) -> None:
    text = tilsyn("explain", "A", "--period", PERIOD, "--from", kept).flat
    assert "Løft 10" in text
    assert "Samlet vurdering, 2023 60" in text


def test_the_explanation_as_json(tilsyn: Tilsyn, kept: Path) -> None:
    data = tilsyn("explain", "F", "--period", PERIOD, "--from", kept, "--format", "json").data
    assert list(data["results"]) == ["karakter", "stjerner", "samlet", "godkendt", "spor", "rang", "løft"]
    assert list(data["quantities"]) == ["andel@kirurgi", "andel@medicin"]
    assert (data["institution"], data["name"], data["area"], data["period"]) == ("F", "Klinik F", "klinikker", PERIOD)
    score = data["results"]["samlet"]
    assert score["made"] == "vægtet gennemsnit af tilfredshed (40) og fag.mean(andel) (60)"
    assert (score["value"], score["before"], score["type"]) == (94, 89, "number")
    assert [(one["id"], one["done"], one["effect"], one["by"]) for one in score["then"]] == [
        ("R1", "passed-over", "at_most", "59"),
        ("R2", "made", "add", "5"),
    ]
    assert score["then"][0]["unchecked"] is True
    assert data["results"]["karakter"]["value"] == "god"
    assert data["results"]["stjerner"]["row"] == "T2"
    assert data["results"]["løft"]["value"] == {"missing": "not-submitted"}
    assert data["results"]["løft"]["lacking"]["figures"] == ["earlier(samlet, 1)"]
    assert score["reads"]["figures"] == ["tilfredshed", "hændelser", "hospital.tilfredshed"]
    assert data["results"]["rang"]["reads"]["institutions"] == ["peers"]
    theirs = next(f for f in data["figures"] if f["relation"] == "hospital")
    assert (theirs["name"], theirs["institution"], theirs["value"]) == ("tilfredshed", "B", 85)
    assert set(data["made_from"]) == {"day", "files", "declarations", "figures", "engine"}
    assert "moves" not in data


def test_the_explanation_as_a_page_escapes_what_files_say(tilsyn: Tilsyn, regime: Path, tmp_path: Path) -> None:
    path = file(tmp_path / "tal.csv", [{**A, "name": "<script>alert(1)</script>", "region": "<b>vest</b>"}])
    assert tilsyn("--policy", regime, "place", "klinikker", path, "--period", PERIOD, "--out", "r").code == 0
    page = tilsyn("explain", "A", "--from", "r", "--format", "html").out
    assert page.startswith('<!doctype html>\n<html lang="da">')
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;vest&lt;/b&gt;" in page
    assert "<caption>Resultater</caption>" in page
    assert "<ul></ul>" not in page


def test_the_latest_year_is_explained_and_closing_is_told(tilsyn: Tilsyn, kept: Path) -> None:
    assert "Klinik C (C) · Klinikker · 2025" in tilsyn("explain", "C", "--from", kept).out
    text = tilsyn("explain", "H", "--from", kept).flat
    assert "Klinik H (H) · Klinikker · 2024" in text
    assert "Institutionen er lagt sammen med A; det står i tallene for 2025." in text


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("explain", "Q"), "institutionen `Q` er ikke indplaceret her"),
        (("explain", "A", "--area", "kliniker"), "mente du `klinikker`?"),
        (("explain", "A", "--period", "2030"), "her er `2024`, `2025`"),
        (("show", "kliniker"), "mente du `klinikker`?"),
        (("explain", "A", "--to", "fri"), "`klinikker` er et regime og har ingen trin, som nogen kan komme til; kør"),
    ],
)
def test_what_is_not_there_is_wrong_use(tilsyn: Tilsyn, kept: Path, args: tuple[str, ...], words: str) -> None:
    answer = tilsyn(*args, "--from", kept)
    assert answer.code == 2
    assert words in answer.err


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("karakter", "svag", "den gemte `karakter` er `svag`, men regnet igen bliver den `god`"),
        ("samlet.then", "R1", "den gemte `samlet.then` er `R1`, men regnet igen bliver den `None`"),
        ("andel@kirurgi", 80.1, "den gemte `andel@kirurgi` er `80.1`, men regnet igen bliver den `80.0`"),
    ],
)
def test_results_that_do_not_follow_from_the_figures_are_refused(
    tilsyn: Tilsyn, kept: Path, tmp_path: Path, column: str, value: Any, told: str
) -> None:
    folder = shutil.copytree(kept, tmp_path / "r") / "klinikker/2024"
    frame = pl.read_parquet(folder / "placements.parquet").with_columns(pl.lit(value).alias(column))
    frame.write_parquet(folder / "placements.parquet")
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    about["fingerprints"]["placements"] = hashlib.sha256((folder / "placements.parquet").read_bytes()).hexdigest()
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    answer = tilsyn("explain", "A", "--period", PERIOD, "--from", tmp_path / "r")
    assert answer.code == 5
    assert told in answer.err


# the form to fill in


def test_the_form_asks_for_what_quantities_read(tilsyn: Tilsyn, regime: Path) -> None:
    data = tilsyn(
        "--policy", regime, "data", "template", "klinikker", "--out", "skema.csv", "--all", "--format", "json"
    ).data
    assert data["asked"] == [
        "institution", "period", "region", "hører_til", "overlevelse@kirurgi.count", "overlevelse@kirurgi.n",
        "overlevelse@medicin.count", "overlevelse@medicin.n", "tilfredshed", "hændelser", "påbud",
    ]  # fmt: skip
    own = tilsyn("--policy", regime, "data", "template", "klinikker", "--out", "eget.xlsx", "--format", "json").data
    assert own["asked"] == ["institution", "period", "region", "hører_til", "tilfredshed", "hændelser", "påbud"]
    assert own["collected"] == [f"overlevelse@{m}.{p}" for m in ("kirurgi", "medicin") for p in ("count", "n")]


def test_a_field_that_only_a_quantity_reads_is_asked_for(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = clinics(
        tmp_path / "p", ("value: samlet - earlier(samlet, 1)", "value: tilfredshed - tilfredshed.expected")
    )
    asked = tilsyn("--policy", folder, "data", "template", "klinikker", "--format", "json").data["asked"]
    assert "tilfredshed.expected" in asked
    assert "tilfredshed.se" not in asked


def test_the_form_has_a_row_for_each_institution_of_earlier_results(
    tilsyn: Tilsyn, regime: Path, place: Place, figures: Path
) -> None:
    assert place(figures, "--out", "nu.parquet").code == 0
    args = ("data", "template", "klinikker", "--out", "skema.csv", "--previous", "nu.parquet", "--period", "2025")
    assert tilsyn("--policy", regime, *args).code == 0
    lines = Path("skema.csv").read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(";")[:2] for line in lines[1:]] == [[unit, "2025"] for unit in GRADES]


def test_a_file_without_institutions_gives_no_rows(tilsyn: Tilsyn, regime: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "andet.csv", [{"klinik": "A"}])
    answer = tilsyn("--policy", regime, "data", "template", "klinikker", "--previous", path)
    assert answer.code == 5
    assert f"{path}:1" in answer.err


# what else there is


def test_there_is_nothing_to_demonstrate(tilsyn: Tilsyn, regime: Path) -> None:
    answer = tilsyn("--policy", regime, "demo")
    assert answer.code == 2
    assert "har intet at opdigte institutioner efter" in answer.err


SAMPLE = """\
tilsyn: 1
from: 2024-01-01
sample: klinikker
about: x
where: kommuner
institutions: 5
size: {attribute: region, median: 100, spread: 0.1, at_least: 50, at_most: 200}
attributes: {}
names: {form: "Opdigtet klinik, {place}"}
quality: {drift: 0, pull: 10 %, excel: {share: 10 %, shift: 1}, fail: {share: 10 %, shift: -1}}
indicators: {hændelser: {truth: {mean: 2, sd: 1}, n: {of_size: 1}}}
emergencies: {indicator: påbud, share: 1 %}
life: {opens: 0 %, closes: 0 %, merges: 0 %, silent: 0 %}
"""


def test_a_sample_of_a_regime_is_not_placed_on_a_ladder(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = clinics(tmp_path / "p")
    (folder / "goals/samples").mkdir()
    (folder / "goals/samples/klinikker.yaml").write_text(SAMPLE, encoding="utf-8")
    shutil.copy(ROOT / "goals/samples/kommuner.yaml", folder / "goals/samples")
    assert tilsyn("--policy", folder, "check").code == 0
    answer = tilsyn("--policy", folder, "demo")
    assert answer.code == 2
    assert "har intet at opdigte institutioner efter" in answer.err


@pytest.mark.parametrize("folder", sorted(p.name for p in (ROOT / "rules/regimes").iterdir() if (p / "goals").is_dir()))
def test_every_shipped_regime_can_be_asked_for_a_form(tilsyn: Tilsyn, folder: str) -> None:
    policy = ROOT / "rules/regimes" / folder
    for area in tilsyn("--policy", policy, "check", "--format", "json").data["areas"]:
        asked = tilsyn("--policy", policy, "data", "template", area["area"], "--all", "--format", "json").data["asked"]
        assert asked[:2] == ["institution", "period"]
        assert len(asked) > 2


# quantities of an area that has a ladder


ADJUSTED = """\
quantities:
  snit:
    title: {da: Karaktersnit, en: Average grade}
    value: karakter
    decimals: 1
    reference: {note: x, checked: no}
    then:
      - {id: J1, when: alvorlig_hændelse, at_most: 4, because: {da: Der er sket noget, en: Something has happened}}
      - {id: J2, when: læsning > 60, add: 1}
goals:
"""


@pytest.fixture
def adjusted(tmp_path: Path) -> Path:
    folder = folkeskole_policy(tmp_path / "p")
    change(folder / "goals/folkeskole.yaml", "\ngoals:\n", f"\n{ADJUSTED}")
    return folder


def test_adjusted_quantities_of_an_area_are_explained(tilsyn: Tilsyn, adjusted: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("A", alvorlig_hændelse="ja"), school("B"), school("C", karakter="")])
    args = ("place", "folkeskole", path, "--period", "2024/25", "--engine", "exact", "--out", "r")
    assert tilsyn("--policy", adjusted, *args).code == 0
    text = tilsyn("explain", "A", "--from", "r").flat
    assert "Karaktersnit: J1 er brugt: højst 4. Der er sket noget." in text
    assert "J2" not in text
    assert "Karaktersnit:" not in tilsyn("explain", "B", "--from", "r").out
    data = tilsyn("explain", "A", "--from", "r", "--format", "json").data
    assert data["quantities"]["snit"] == 4
    assert data["adjusted"]["snit"]["before"] == 7.3
    assert [(one["id"], one["done"]) for one in data["adjusted"]["snit"]["then"]] == [("J1", "made")]


def test_cases_of_an_area_may_expect_quantities(tilsyn: Tilsyn, adjusted: Path) -> None:
    path = adjusted / "goals/folkeskole.yaml"
    case = "\ncases:\n  - {{name: Snit, given: {given}, expect: {{{expect}}}}}\n"
    change(path, "\ncases:\n", case.format(given="{alvorlig_hændelse: true}", expect="results: {snit: 4}"))
    assert tilsyn("--policy", adjusted, "test").code == 0
    change(path, "results: {snit: 4}", "results: {snit: 4.1}")
    answer = tilsyn("--policy", adjusted, "test")
    assert answer.code == 4
    assert "results.snit 4.1 4" in answer.flat
    change(path, "results: {snit: 4.1}", "results: {snit: 4}, missing: {snit: too-few}")
    assert "missing.snit too-few -" in tilsyn("--policy", adjusted, "test").flat


def test_quantities_of_an_area_are_held_to_the_exact_reading(
    tilsyn: Tilsyn, adjusted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tilsyn.engine import exact

    right = exact.results

    def slipped(*args: Any, **more: Any) -> list[Result]:
        wrong = changed("snit", before=Fraction(1))
        return [replace(r, quantities=tuple(map(wrong, r.quantities))) for r in right(*args, **more)]

    monkeypatch.setattr(exact, "results", slipped)
    path = write_csv(tmp_path / "tal.csv", [school("A")])
    with pytest.raises(AssertionError, match=r"the readings differ on A: .*column='snit\.before'"):
        tilsyn("--policy", adjusted, "place", "folkeskole", path, "--period", "2024/25", "--engine", "exact")
