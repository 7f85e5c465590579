"""`init`, `check`, `test`, `data template` and `export schema`: what one begins with."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from tests.cli.conftest import Tilsyn
from tests.cli.schools import ROOT, change, folkeskole_policy, write_csv
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import parse_period
from tilsyn.files.declarations import load_policy
from tilsyn.files.figures import slots
from tilsyn.files.observations import read_figures

AREAS = ["dagtilbud", "folkeskole", "jobcenter", "plejehjem", "sygehus"]

# init


def test_the_empty_folder_that_one_stands_in_can_be_begun_in(tilsyn: Tilsyn, tmp_path: Path) -> None:
    here = tmp_path.stat().st_ino
    assert tilsyn("init", ".").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["goals", "rules", "schema"]
    assert tmp_path.stat().st_ino == here
    assert tilsyn("check").code == 0


def test_a_new_folder_passes_check_and_test(tilsyn: Tilsyn) -> None:
    answer = tilsyn("init", "min-politik")
    assert answer.code == 0
    assert "tilsyn --policy min-politik check" in answer.out
    checked = tilsyn("--policy", "min-politik", "check", "--format", "json")
    assert [area["area"] for area in checked.data["areas"]] == AREAS
    tested = tilsyn("--policy", "min-politik", "test", "--lang", "en")
    assert (tested.code, tested.out.strip().endswith("cases hold.")) == (0, True)


def test_the_new_folder_has_every_shipped_declaration_and_nothing_hidden(tilsyn: Tilsyn) -> None:
    data = tilsyn("init", "p", "--format", "json").data
    written = {Path(name).relative_to("p").as_posix() for name in data["files"]}
    shipped = {
        path.relative_to(ROOT).as_posix() for part in ("goals", "rules") for path in (ROOT / part).rglob("*.yaml")
    }
    assert {name for name in written if not name.startswith("schema/")} == {n for n in shipped if "/regimes/" not in n}
    assert written == {path.relative_to("p").as_posix() for path in Path("p").rglob("*") if path.is_file()}


def test_schema_lines_point_to_schemas_that_hold(tilsyn: Tilsyn) -> None:
    assert tilsyn("init", "p").code == 0
    paths = [path for part in ("goals", "rules") for path in (Path("p") / part).rglob("*.yaml")]
    assert paths
    for path in paths:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        line = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
        assert line is not None, path
        schema = json.loads((path.parent / line[1]).read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("there", ["p/notes.txt", "p"])
def test_init_leaves_what_is_there(tilsyn: Tilsyn, there: str) -> None:
    Path(there).parent.mkdir(exist_ok=True)
    Path(there).write_text("mine", encoding="utf-8")
    answer = tilsyn("init", "p", "--lang", "en")
    assert answer.code == 2
    assert "there is something here already" in answer.err
    assert Path(there).read_text(encoding="utf-8") == "mine"


def test_init_takes_an_empty_folder(tilsyn: Tilsyn) -> None:
    Path("p").mkdir()
    assert tilsyn("init", "p").code == 0
    assert {path.name for path in Path().iterdir()} == {"p"}


# check and test


def test_the_shipped_declarations_are_sound(tilsyn: Tilsyn) -> None:
    danish, english = tilsyn("check"), tilsyn("check", "--lang", "en")
    assert danish.out.startswith("Reglerne er i orden: 5 områder")
    assert "henvisninger er ikke kontrolleret ved kilden." in danish.out
    assert english.out.startswith("The declarations are sound: 5 areas")
    data = tilsyn("check", "--format", "json").data
    assert set(data) == {"areas", "fingerprints", "problems", "proofs"}
    assert [area["area"] for area in data["areas"]] == AREAS
    assert all(area["unchecked"] == area["references"] > 0 for area in data["areas"])


def test_one_areas_cases_can_be_tried(tilsyn: Tilsyn, policy: Path) -> None:
    data = tilsyn("--policy", policy, "test", "--area", "folkeskole", "--format", "json").data
    assert {case["area"] for case in data["cases"]} == {"folkeskole"}
    assert all(case["passed"] for case in data["cases"])
    assert len(data["cases"]) == len(latest(policy).cases)


def latest(folder: Path) -> Area:
    catalogue = load_policy(folder)
    return catalogue.on("folkeskole", catalogue.change_days("folkeskole")[-1]).area


def test_folders_can_be_named_instead(tilsyn: Tilsyn, policy: Path) -> None:
    data = tilsyn("check", policy, ROOT / "rules/regimes/danske_skoler", "--format", "json").data
    assert len(data["fingerprints"]) == 2
    assert data["areas"][0]["area"] == "folkeskole"


# the form to fill in


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
@pytest.mark.parametrize("everything", [False, True])
def test_a_filled_form_is_read_back(
    tilsyn: Tilsyn, policy: Path, tmp_path: Path, ending: str, *, everything: bool
) -> None:
    more = ["--all"] if everything else []
    data = tilsyn(
        "--policy", policy, "data", "template", "folkeskole", "--out", f"skema{ending}", *more, "--format", "json"
    ).data
    header = open_header(Path(f"skema{ending}"))
    assert header == data["asked"]
    assert bool(data["collected"]) is not everything
    area, period = latest(policy), parse_period("school-year", "2025/26")
    assert period is not None
    filled = write_csv(
        tmp_path / "udfyldt.csv", [dict.fromkeys(header, "") | {"institution": "A", "period": "2025/26"}]
    )
    if everything:
        figures = read_figures([filled], area, period=period)
        assert not figures.refused
        assert {row[f"{slot.column}.missing"] for row in figures.frame.to_dicts() for slot in slots(area)} == {7}
        assert not [note for note in figures.notes if note.code == "columns-unknown"]


def open_header(path: Path) -> list[str]:
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8-sig").splitlines()[0].split(";")
    import python_calamine

    return [str(cell) for cell in python_calamine.load_workbook(path).get_sheet_by_index(0).to_python()[0]]


def test_the_form_says_what_it_asks_for(tilsyn: Tilsyn, policy: Path) -> None:
    danish = tilsyn("--policy", policy, "data", "template", "folkeskole")
    english = tilsyn("--policy", policy, "data", "template", "folkeskole", "--lang", "en")
    assert "Skemaet er skrevet til folkeskole.xlsx" in danish.flat
    assert "The form is written to folkeskole.xlsx" in english.flat
    assert Path("folkeskole.xlsx").exists()


def test_an_empty_form_has_no_figures_to_place(tilsyn: Tilsyn, policy: Path) -> None:
    tilsyn("--policy", policy, "data", "template", "folkeskole", "--out", "skema.csv")
    answer = tilsyn("--policy", policy, "place", "folkeskole", "skema.csv", "--period", "2025/26")
    assert answer.code == 5
    assert "ingen rækker med tal" in answer.err


def test_a_form_with_a_reason_in_the_cell_is_placed(tilsyn: Tilsyn, policy: Path) -> None:
    tilsyn("--policy", policy, "data", "template", "folkeskole", "--out", "skema.csv", "--all")
    header = open_header(Path("skema.csv"))
    row = dict.fromkeys(header, "") | {
        "institution": "A",
        "period": "2025/26",
        "har_9_klasse": "ja",
        "karakter": "suppressed",
    }
    path = write_csv(Path("udfyldt.csv"), [row], separator=";")
    (placed,) = tilsyn("--policy", policy, "place", "folkeskole", path, "--period", "2025/26", "--format", "json").data[
        "placements"
    ]
    assert (placed["faglighed.missing"], placed["fremmøde.missing"]) == ("suppressed", "not-submitted")


# schemas


def test_schemas_are_written_and_hold_the_shipped_files(tilsyn: Tilsyn) -> None:
    data = tilsyn("export", "schema", "skemaer", "--format", "json").data
    assert {Path(name).name for name in data["files"]} >= {
        "area.json",
        "ladder.json",
        "requirements.json",
        "supports.json",
    }
    assert all(Path(name).exists() for name in data["files"])
    assert "Schemas for editors" in tilsyn("export", "schema", "skemaer", "--lang", "en").out


def test_a_changed_policy_has_another_fingerprint(tilsyn: Tilsyn) -> None:
    tilsyn("init", "p")
    before = tilsyn("--policy", "p", "check", "--format", "json").data["fingerprints"]
    change(Path("p/goals/folkeskole.yaml"), "stærk: {at_least: 2.5}", "stærk: {at_least: 2.6}")
    assert tilsyn("--policy", "p", "check", "--format", "json").data["fingerprints"] != before


def test_a_case_that_gives_a_goal_no_figure_says_so(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = folkeskole_policy(tmp_path / "p")
    change(folder / "goals/folkeskole.yaml", "  trivsel: 3.90\n  trivsel.n: 420\n", "")
    case = "\ncases:\n  - {name: Tavs, given: {}, previous: {step: tillid}, expect: {step: tillid, because: [stays]}}\n"
    change(folder / "goals/folkeskole.yaml", "\ncases:\n", case)
    answer = tilsyn("--policy", folder, "test")
    assert answer.code == 4
    assert "Tavs (goals/folkeskole.yaml" in answer.flat
    assert "trivsel_i_skolen har intet tal, hverken i eksemplets `given` eller i områdets `typical`." in answer.flat
    assert "stays (bliver)" in answer.flat
    assert "falls (indstilles ned)" in answer.flat
    english = tilsyn("--policy", folder, "test", "--lang", "en").flat
    assert "no figure for trivsel_i_skolen, neither in the case's `given` nor in the area's `typical`." in english
    assert "falls (recommended down)" in english
