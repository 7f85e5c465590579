"""`tilsyn prove`: what it says of sound and broken ladders, its exit codes, what it saves; and the line in `check`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Answer, Tilsyn
from tests.spec.broken_ladders import AREA, BROKEN, LADDER, Broken, replace, sound, weakened
from tilsyn.files import cases
from tilsyn.problems import Exit
from tilsyn.services import proving
from tilsyn.studies import outcomes, versions, walks


def broken(name: str) -> Broken:
    (found,) = [one for one in BROKEN if one.name == name]
    return found


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return sound(tmp_path / "god")


def verdicts(answer: Answer) -> dict[str, str]:
    (area,) = answer.data["areas"]
    return {v["property"]: v["outcome"] for v in area["properties"]}


# properties


def test_a_sound_ladder_is_told_with_its_way_up_and_leaves_with_0(tilsyn: Tilsyn, good: Path) -> None:
    answer = tilsyn("--policy", good, "prove", "hjem")
    assert answer.code == Exit.FINE
    assert "Hjem, regler fra 2024-01-01" in answer.flat
    assert "holder: højst 3 perioder til Fri" in answer.flat
    assert answer.flat.count(" holder ") == 9
    assert answer.flat.endswith("Alle egenskaber holder.")
    assert len(re.findall(r"\d ms", answer.out)) == 10
    english = tilsyn("--policy", good, "prove", "--lang", "en")
    assert "holds: at most 3 periods to Free" in english.flat
    assert "Every property holds." in english.flat


@pytest.mark.parametrize("one", BROKEN, ids=lambda one: one.name)
def test_a_broken_ladder_leaves_with_4_in_both_languages(tilsyn: Tilsyn, one: Broken, tmp_path: Path) -> None:
    folder = weakened(tmp_path / "policy", one)
    answer = tilsyn("--policy", folder, "prove")
    assert answer.code == Exit.PROPERTY_FAILS
    found = re.findall(r"^(P\d+) holder ikke$", answer.out, re.MULTILINE)
    assert found == one.fails
    assert (
        f"Holder ikke: Hjem {' og '.join([', '.join(found[:-1]), found[-1]] if found[1:] else found)}." in answer.flat
    )
    english = tilsyn("--policy", folder, "prove", "--lang", "en")
    assert re.findall(r"^(P\d+) fails$", english.out, re.MULTILINE) == one.fails
    assert english.code == Exit.PROPERTY_FAILS
    assert not re.search(r"\b(institution, der|holder|trinnet)\b", english.out)
    data = tilsyn("--policy", folder, "prove", "--format", "json")
    assert data.code == Exit.PROPERTY_FAILS
    assert [name for name, outcome in verdicts(data).items() if outcome == "fails"] == one.fails


TOLD = {
    "worse_is_freer": (
        "En institution, der er ny i tilsynet, med Tryghed i hverdagen: Svag; ellers Middel, går op til Fri (regel "
        "R3). Med et bedre resultat i Tryghed i hverdagen (Middel) bliver den stående på Almindelig (regel R2)."
    ),
    "unknown_flag_read_strictest": (
        "En institution, der er ny i tilsynet, med Ulykke: ikke indberettet; Middel i alle mål, bliver stående på "
        "Almindelig (regel R2). Er usikkerheden om Tryghed i hverdagen større (Svag – Middel), indstilles den til "
        "Støtte (regel R3)."
    ),
    "an_emergency_is_ordinary": (
        "Noget alvorligt fører til Almindelig, og det er ikke strengere end Almindelig, hvor enhver begynder."
    ),
    "step_without_a_rule": "Ingen kan komme til at stå på Lukket: Hverken regler eller bevægelse fører dertil.",
    "once_down_always_down": (
        "En institution, der står på Intensiv, med Stærk i alle mål, periode efter periode, kommer aldrig til at blive "
        "stående på Fri."
    ),
    "more_forms_with_support": "På Støtte gælder Ugeskema, som ikke gælder på Almindelig.",
    "plan_for_freedom": (
        "Fri giver Udfordringsret, men om man får det (regel R1), afhænger af Handleplan er skrevet. Det hviler på "
        "Handleplan er skrevet, som ikke er et resultat:"
    ),
    "silence_is_doubt": (
        "En institution, der står på Fri, med Middel i alle mål, indstilles til Almindelig (regel R2). Holder den Få "
        "fald (ikke indberettet) og Gode måltider (ikke indberettet) tilbage, bliver den stående på Fri (kan ikke "
        "vurderes)."
    ),
    "help_must_be_served": (
        "To institutioner er ens i alt, bortset fra at den ene holder Få fald (ikke indberettet) og Gode måltider "
        "(ikke indberettet) tilbage. I 3. periode står den, der tier, på Støtte, og den, der indberetter alt, på "
        "Intensiv."
    ),
    "one_goal_is_enough": (
        "En institution, der er almindelig i alt andet, men hvor Tryghed i hverdagen mangler (ikke indberettet), "
        "kommer på Intensiv i 2. periode."
    ),
    "freedom_every_other_year": (
        "En institution, der er ny i tilsynet, med Tryghed i hverdagen: Middel; ellers Stærk, periode efter periode, "
        "bliver ved med at skifte trin."
    ),
}  # fmt: skip


@pytest.mark.parametrize("one", BROKEN, ids=lambda one: one.name)
def test_the_counterexample_is_told_in_plain_words(tilsyn: Tilsyn, one: Broken, tmp_path: Path) -> None:
    assert TOLD[one.name] in tilsyn("--policy", weakened(tmp_path / "policy", one), "prove").flat


def test_several_periods_are_a_table(tilsyn: Tilsyn, tmp_path: Path) -> None:
    answer = tilsyn("--policy", weakened(tmp_path / "policy", broken("help_must_be_served")), "prove", "--lang", "en")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in answer.out.splitlines() if "│" in line]
    table = {row[0]: row[1:] for row in rows}
    assert table["Feeling safe"] == ["Middling", "Weak", "Middling"]
    assert table["Step where all is submitted"] == ["Support", "Intensive", "Intensive"]
    assert table["Step where figures are kept back"] == ["Intensive", "Intensive", "Support"]
    assert table["Rules where figures are kept back"] == ["R4", "R4", "R2"]
    assert table["Why where all is submitted"][2] == "awaits that the help works"
    assert "An institution that has stood on Intensive for 2 periods" in answer.flat
    assert "R4: Flere mål er svage" in answer.flat


def test_what_is_not_decided_is_not_proved(tilsyn: Tilsyn, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "MOST", 10)
    answer = tilsyn("--policy", good, "prove")
    assert answer.code == Exit.PROPERTY_FAILS
    assert "Ikke afgjort: Der er 360 kombinationer" in answer.flat
    assert "Ikke afgjort, og altså ikke bevist: Hjem P1, P2, P3, P4, P7, P8, P9 og P10." in answer.flat
    assert "Alle egenskaber holder" not in answer.flat


def test_a_regime_has_no_ladder_to_prove(tilsyn: Tilsyn) -> None:
    answer = tilsyn("--policy", Path(__file__).parents[2] / "rules/regimes/hdi", "prove", "--lang", "en")
    assert answer.code == Exit.FINE
    assert "is a regime without a ladder" in answer.flat
    assert "holds" not in answer.flat


def test_rules_of_a_day(tilsyn: Tilsyn, good: Path) -> None:
    replace(
        good / LADDER,
        "{id: R3, goals_below.middel: 1, step: støtte",
        "{id: R3, goals_below.middel: 1, step: {2024-01-01: fri, 2025-01-01: støtte}",
    )
    assert tilsyn("--policy", good, "prove").code == Exit.PROPERTY_FAILS
    assert [area["days"] for area in tilsyn("--policy", good, "prove", "--format", "json").data["areas"]] == [
        ["2024-01-01"], ["2025-01-01"],
    ]  # fmt: skip
    assert tilsyn("--policy", good, "prove", "--on", "2025-06-01").code == Exit.FINE
    assert tilsyn("--policy", good, "prove", "--on", "2024-06-01").code == Exit.PROPERTY_FAILS


def test_an_area_that_is_not_there(tilsyn: Tilsyn, good: Path) -> None:
    answer = tilsyn("--policy", good, "prove", "hjme")
    assert answer.code == Exit.WRONG_USE
    assert "mente du `hjem`?" in answer.err


def test_a_wrong_proof_is_our_own_fault(tilsyn: Tilsyn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is shown with its traceback, which leaves with 1; nothing is told."""
    folder = weakened(tmp_path / "policy", broken("worse_is_freer"))
    monkeypatch.setattr(walks, "target_of", lambda movement, previous, freest, strictest, point: strictest)
    monkeypatch.setattr(outcomes.Outcomes, "rules_at", lambda self, known, view: ("R9",))
    with pytest.raises(AssertionError, match="the proof and the exact reading differ"):
        tilsyn("--policy", folder, "prove")


def test_what_is_not_tried_is_said(tilsyn: Tilsyn, good: Path) -> None:
    """Pooled figures, and inputs that are free of each other, where there are any."""
    plain = tilsyn("--policy", good, "prove").flat
    assert "Hvor flere perioder lægges sammen" not in plain
    assert "P8 handler om tal, der ville have talt med" in plain
    assert "De prøves med alle værdier" not in plain
    replace(good / AREA, "method: wilson/v1,", "method: wilson/v1, pool: 3,")
    replace(good / AREA, "goals:\n", "quantities: {måltidsskala: {title: Måltider i alt, value: måltider}}\ngoals:\n")
    replace(good / LADDER, "{id: R3, goals_below.middel: 1,", '{id: R3, goals_below.middel: 1, måltidsskala: ">= 0",')
    fifth = 'goals_below.middel: 1, måltidsskala: "< 0", step: støtte, because: x, reference: {note: x, checked: no}'
    replace(good / LADDER, "- {id: R4,", f"- {{id: R5, {fifth}}}\n    - {{id: R4,")
    said = tilsyn("--policy", good, "prove").flat
    assert "Hvor flere perioder lægges sammen" in said
    assert "Reglerne læser også Måltider i alt. De prøves med alle værdier" in said


# saving


@pytest.mark.parametrize("one", [one for one in BROKEN if "institutions" in one.shows], ids=lambda one: one.name)
def test_saved_counterexamples_are_what_the_rules_do(tilsyn: Tilsyn, one: Broken, tmp_path: Path) -> None:
    folder, file = weakened(tmp_path / "policy", one), tmp_path / "modeksempler.yaml"
    answer = tilsyn("--policy", folder, "prove", "--save", file, "--format", "json")
    assert answer.code == Exit.PROPERTY_FAILS
    assert answer.data["saved"] == str(file)
    told = tilsyn("--policy", folder, "prove", "--save", file).flat
    assert f"Sæt dem ind under `cases:` i `{AREA}`, og kør dem med `tilsyn --policy {folder} test`." in told
    assert "De beskriver, hvad reglerne gør i dag, fejlen med. Når reglen er rettet, skal de fejle" in told
    assert answer.data["unsaved"] == []
    text = file.read_text(encoding="utf-8")
    assert text.startswith(f"# {AREA}\ncases:\n")
    saved: list[dict[str, Any]] = yaml.safe_load(text)["cases"]
    told = {v["property"]: sum(len(s["years"]) for s in v["stories"]) for v in answer.data["areas"][0]["properties"]}
    assert answer.data["cases"] == len(saved) == sum(told.values())
    assert [case["name"]["da"].partition(",")[0].partition(":")[0] for case in saved] == [
        name for name, years in told.items() for _ in range(years)
    ]
    area = folder / AREA
    area.write_text(area.read_text(encoding="utf-8") + text, encoding="utf-8")
    tested = tilsyn("--policy", folder, "test", "--format", "json")
    assert tested.code == Exit.FINE
    assert len(tested.data["cases"]) == len(saved)
    steps = [year["step"] for story in one.shows["institutions"] for year in story["years"]]
    assert [
        c["expect"]["step"] for c in saved if c["name"]["da"].startswith((f"{one.property},", f"{one.property}:"))
    ] == steps


def test_a_saved_case_fails_when_the_rules_are_mended(tilsyn: Tilsyn, tmp_path: Path) -> None:
    one = broken("worse_is_freer")
    folder, file = weakened(tmp_path / "policy", one), tmp_path / "modeksempler.yaml"
    tilsyn("--policy", folder, "prove", "--save", file)
    mended = sound(tmp_path / "mended")
    area = mended / AREA
    area.write_text(area.read_text(encoding="utf-8") + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert tilsyn("--policy", mended, "test").code == Exit.PROPERTY_FAILS


def test_a_group_that_is_kept_back_is_saved_as_that(tilsyn: Tilsyn, good: Path, tmp_path: Path) -> None:
    replace(good / LADDER, "not-submitted: worst", "not-submitted: doubt")
    replace(good / LADDER, 'score: ">= 80"', 'score: ">= 70"')
    replace(good / LADDER, 'score: "< 80"', 'score: "< 70"')
    file = tmp_path / "modeksempler.yaml"
    answer = tilsyn("--policy", good, "prove", "--save", file)
    assert answer.code == Exit.PROPERTY_FAILS
    ceiling = (
        "I Tryghed i hverdagen ligger en gruppe lavere end niveauet »Middel«, og derfor kan målet højst få niveauet "
        "»Middel«, hvor godt resten end går. Når gruppens tal holdes tilbage, holder det ikke længere målet nede."
    )
    assert answer.flat.count(ceiling) == 1
    honest, silent = yaml.safe_load(file.read_text(encoding="utf-8"))["cases"]
    assert honest["given"]["tryghed@demens"] < 3.4
    assert silent["given"]["tryghed@demens.missing"] == "not-submitted"
    assert {k: v for k, v in honest["given"].items() if "@demens" not in k} == {
        k: v for k, v in silent["given"].items() if "@demens" not in k
    }


def test_several_areas_are_documents_of_one_file(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder, file = weakened(tmp_path / "policy", broken("worse_is_freer")), tmp_path / "modeksempler.yaml"
    second = (folder / AREA).read_text(encoding="utf-8").replace("area: hjem", "area: hus")
    (folder / "goals/hus.yaml").write_text(second, encoding="utf-8")
    answer = tilsyn("--policy", folder, "prove", "--save", file, "--format", "json")
    documents = [*yaml.safe_load_all(file.read_text(encoding="utf-8"))]
    assert [len(document["cases"]) for document in documents] == [4, 4]
    assert answer.data["cases"] == 8


def test_what_can_not_be_written_as_figures_says_why(tilsyn: Tilsyn, tmp_path: Path) -> None:
    """No figure of a share is on its worst level, so the institution that has it can't be made."""
    folder, file = weakened(tmp_path / "policy", broken("worse_is_freer")), tmp_path / "modeksempler.yaml"
    replace(folder / AREA, "middel: {at_least: 3.4}, svag", "middel: {at_least: 0.5}, svag")
    answer = tilsyn("--policy", folder, "prove", "--save", file)
    assert answer.code == Exit.PROPERTY_FAILS
    assert "Hjem, P1: Der er ikke fundet tal for Tryghed i hverdagen, som giver det." in answer.flat


def test_nothing_is_written_where_nothing_fails(tilsyn: Tilsyn, good: Path, tmp_path: Path) -> None:
    file = tmp_path / "modeksempler.yaml"
    answer = tilsyn("--policy", good, "prove", "--save", file)
    assert answer.code == Exit.FINE
    assert "ingen modeksempler at gemme" in answer.flat
    assert not file.exists()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("modeksempler.txt", "eksempler skrives som YAML"),
        ("god/goals/modeksempler.yaml", "ville ligge blandt reglerne"),
        ("god/rules/ladders/x.yaml", "ville ligge blandt reglerne"),
    ],
)
def test_cases_are_not_saved_just_anywhere(tilsyn: Tilsyn, good: Path, tmp_path: Path, file: str, said: str) -> None:
    answer = tilsyn("--policy", good, "prove", "--save", tmp_path / file)
    assert answer.code == Exit.WRONG_USE
    assert said in answer.err
    assert not (tmp_path / file).exists()


def test_cases_replace_only_cases_that_were_saved_before(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder, file = weakened(tmp_path / "policy", broken("worse_is_freer")), tmp_path / "modeksempler.yaml"
    assert tilsyn("--policy", folder, "prove", "--save", file).code == Exit.PROPERTY_FAILS
    saved = file.read_text(encoding="utf-8")
    file.write_text(f"{saved}# mine egne\n", encoding="utf-8")
    assert tilsyn("--policy", folder, "prove", "--save", file).code == Exit.PROPERTY_FAILS
    assert file.read_text(encoding="utf-8") == saved
    for other in ("", "min: fil\n", "cases: []\n", "# goals/hjem.yaml\nmin: fil\n"):
        file.write_text(other, encoding="utf-8")
        answer = tilsyn("--policy", folder, "prove", "--save", file)
        assert (answer.code, "som `prove --save` ikke har skrevet" in answer.err) == (Exit.WRONG_USE, True)
        assert file.read_text(encoding="utf-8") == other


def test_where_cases_cannot_be_saved_is_said_before_anything_is_proved(
    tilsyn: Tilsyn, good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def begun(*_args: object, **_named: object) -> None:
        raise AssertionError("the proof began")

    monkeypatch.setattr(proving, "proved", begun)
    (tmp_path / "mappe.yaml").mkdir()
    for path in (tmp_path / "mappe.yaml", tmp_path / "findes ikke" / "x.yaml"):
        answer = tilsyn("--policy", good, "prove", "--save", path)
        assert (answer.code, "kan ikke skrives" in answer.err) == (Exit.SURROUNDINGS, True)
    assert tilsyn("--policy", good, "prove", "--save", tmp_path / "modeksempler.txt").code == Exit.WRONG_USE
    assert tilsyn("--policy", good, "prove", "--save", "").code == Exit.WRONG_USE


def test_a_folder_without_areas_has_nothing_to_prove(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = tmp_path / "delmål"
    (folder / "goals").mkdir(parents=True)
    (folder / "goals/kommune.yaml").write_text(
        "tilsyn: 1\nfrom: 2024-01-01\nsubgoals_of: hjem\nlevel: kommune\nowner: Kommunen\n"
        "goals:\n  ro: {title: Ro, serves: tryghed}\n",
        encoding="utf-8",
    )
    assert tilsyn("check", folder).code == Exit.FINE
    answer = tilsyn("--policy", folder, "prove")
    assert (answer.code, "ingen områder" in answer.err) == (Exit.WRONG_USE, True)
    assert "no areas" in tilsyn("--policy", folder, "prove", "--lang", "en").err


# two versions


def test_what_is_wrong_with_the_other_version_is_told_of_that_folder(
    tilsyn: Tilsyn, good: Path, tmp_path: Path
) -> None:
    earlier = sound(tmp_path / "gammel")
    area = earlier / AREA
    area.write_text(area.read_text(encoding="utf-8") + "ukendt: 1\n", encoding="utf-8")
    answer = tilsyn("--policy", good, "prove", "--against", earlier)
    assert answer.code == Exit.DECLARATIONS
    assert answer.err.startswith(f"{earlier / AREA}:")
    assert tilsyn("--policy", earlier, "prove").err.startswith(f"{AREA}:")
    both = tilsyn("check", good, earlier, "--format", "json").data["problems"]
    assert [problem["where"]["file"] for problem in both] == [str(earlier / AREA)]


def test_two_versions_that_are_the_same(tilsyn: Tilsyn, good: Path) -> None:
    answer = tilsyn("--policy", good, "prove", "hjem", "--against", good)
    assert answer.code == Exit.FINE
    assert "64 af 64 kombinationer" in answer.flat
    assert answer.flat.endswith("De nye regler sætter aldrig nogen med samme niveauer på et strengere trin.")
    assert "Hvad der ellers er ændret" not in answer.flat
    assert "Begge er læst, som de er fra 2024-01-01." in answer.flat


def test_a_tightened_limit_is_named_and_is_not_hidden_by_the_comparison_of_levels(
    tilsyn: Tilsyn, good: Path, tmp_path: Path
) -> None:
    strict = sound(tmp_path / "streng")
    replace(strict / AREA, "{at_least: 4.2}", "{at_least: {2024-01-01: 4.2, 2026-01-01: 4.25}}")
    replace(strict / AREA, "{at_most: 15}", "{below: 15.5}")
    replace(strict / AREA, "measure: 100 * fald", "measure: 100 * (fald + 0)")
    replace(strict / LADDER, "when: ulykke,", "when: not(handleplan),")
    answer = tilsyn("--policy", strict, "prove", "--against", good)
    assert answer.code == Exit.FINE
    first, second = answer.flat.split("Hjem: reglerne fra ")[1:]
    assert first.startswith("2024-01-01 mod de tidligere fra 2024-01-01 Begge er læst, som de er fra 2024-01-01.")
    assert second.startswith("2026-01-01 mod de tidligere fra 2024-01-01 Begge er læst, som de er fra 2026-01-01.")
    assert "grænsen for Stærk" not in first
    assert "Hvad 2 af ændringerne i tabellen over, hvad der ellers er ændret, fører til, afhænger af tallene." in first
    assert "Tryghed i hverdagen grænsen for Stærk mindst 4,2 mindst 4,25 strengere" in second
    assert "Få fald grænsen for Middel højst 15 under 15,5 lempeligere" in second
    assert "Få fald hvad der måles 100 * fald 100 * (fald + 0) afhænger af tallene" in second
    assert "trappen hvad der er alvorligt ulykke not(handleplan) afhænger af tallene" in second
    assert (
        "aldrig nogen med samme niveauer på et strengere trin. Men sammenligningen går ud fra niveauer: Den" in second
    )
    assert "1 af ændringerne i tabellen over, hvad der ellers er ændret, er strengere og ses ikke i den." in second
    english = tilsyn("--policy", strict, "prove", "--against", good, "--lang", "en").flat
    assert "Feeling safe the limit of Strong at least 4.2 at least 4.25 stricter" in english
    assert "it does not see what figures become, or how one moves" in english
    areas = tilsyn("--policy", strict, "prove", "--against", good, "--format", "json").data["areas"]
    assert [area["days"] for area in areas] == [["2024-01-01"], ["2026-01-01"]]
    told = {(d["what"], d["goal"], d["of"]): d for d in areas[1]["differences"]}
    limit = told["limit", "tryghed_i_hverdagen", "stærk"]
    assert (limit["before"], limit["after"], limit["stricter"]) == ({"at_least": 4.2}, {"at_least": 4.25}, True)
    assert told["measure", "få_fald", None]["after"] == "100 * (fald + 0)"
    assert told["grave_when", None, None]["before"] == "ulykke"


def test_every_difference_has_words_in_both_languages(tilsyn: Tilsyn, good: Path, tmp_path: Path) -> None:
    other = sound(tmp_path / "anden")
    student = "method: student-t/v1, confidence: 0.6"
    changes = [
        (AREA, student, f"{student[:-3]}{{up: 0.7, down: 0.8}}, at_least_n: 5, at_least_n_each: 2, sd_floor: 0.1"),
        (AREA, "    evidence: {method: wilson/v1, confidence: 0.6}\n", ""),
        (AREA, "    equity: {groups: [demens, alene]", "    equity: {groups: [demens]"),
        (AREA, "no_worse_than: middel, cap: middel", "no_worse_than: stærk, cap: svag"),
        (AREA, "applies_when: har_nat", "applies_when: not(har_nat)"),
        (AREA, "weight: 40", "weight: 41"),
        (LADDER, "  up: 1", "  confirm: {up: 2, down: 2}\n  dwell: {støtte: 2}\n  doubt: point\n  undecided: stay"),
        (LADDER, "  down: 1\n", ""),
        (LADDER, "lapse: {after: 2, to: almindelig}", "lapse: {after: 3, to: støtte}"),
        (LADDER, "step: intensiv, because: Fare", "step: støtte, because: Fare"),
        (LADDER, "not-submitted: worst", "not-submitted: doubt"),
    ]
    for file, old, new in changes:
        replace(other / file, old, new)
    for lang, words in (("da", "ingen grænse"), ("en", "no limit")):
        answer = tilsyn("--policy", other, "prove", "--against", good, "--lang", lang)
        assert answer.code == Exit.FINE
        assert words in answer.flat
    (area,) = tilsyn("--policy", other, "prove", "--against", good, "--format", "json").data["areas"]
    assert {d["what"] for d in area["differences"]} == {
        "confidence_up", "confidence_down", "at_least_n", "at_least_n_each", "sd_floor", "method", "equity",
        "no_worse_than", "cap", "applies_when", "weight", "up", "down", "confirm_up", "confirm_down", "dwell", "doubt",
        "undecided", "lapse_after", "lapse_to", "grave_step", "missing",
    }  # fmt: skip


def test_a_version_that_is_stricter_and_one_that_is_freer(tilsyn: Tilsyn, good: Path, tmp_path: Path) -> None:
    strict = sound(tmp_path / "streng")
    replace(strict / LADDER, "goals_below.middel: 1, step: støtte", "goals_below.middel: 1, step: intensiv")
    answer = tilsyn("--policy", strict, "prove", "--against", good, "--lang", "en")
    assert answer.code == Exit.FINE
    assert "Support (R3) Intensive (R3) 27 Feeling safe: Weak; Few falls: Middling; Good meals: Middling" in answer.flat
    assert answer.flat.endswith("put some with the same levels on a stricter step in 27 combinations.")
    back = tilsyn("--policy", good, "prove", "--against", strict, "--lang", "en")
    assert back.flat.endswith("The new rules never put anyone with the same levels on a stricter step.")
    data = tilsyn("--policy", strict, "prove", "--against", good, "--format", "json").data["areas"][0]
    assert (data["cells"], data["same"], data["stricter"], data["outcome"]) == (64, 37, 27, "compared")
    assert data["shifts"][0]["rules"] == ["R3", "R3"]


def test_what_can_not_be_compared_is_named_and_hedged(tilsyn: Tilsyn, good: Path, tmp_path: Path) -> None:
    other = sound(tmp_path / "anden")
    replace(other / LADDER, "  støtte:\n", "  hjælp:\n")
    replace(other / LADDER, "step: støtte", "step: hjælp")
    replace(other / LADDER, "coverage: 60 %", "coverage: 50 %")
    answer = tilsyn("--policy", other, "prove", "--against", good)
    assert "Kun den ene udgave har trinnet `støtte` og `hjælp`; det kan ikke sammenlignes." in answer.flat
    assert "trappen hvor meget der skal have et tal 60 % 50 % afhænger af tallene" in answer.flat
    assert "Af det, der kan sammenlignes, sætter de nye regler aldrig nogen" in answer.flat


def test_versions_that_are_too_large_are_not_compared(
    tilsyn: Tilsyn, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST", 10)
    answer = tilsyn("--policy", good, "prove", "--against", good)
    assert answer.code == Exit.PROPERTY_FAILS
    assert "Ikke afgjort: Der er 64 kombinationer" in answer.flat
    assert "aldrig" not in answer.flat


def test_wrong_uses_of_a_comparison(tilsyn: Tilsyn, good: Path, tmp_path: Path) -> None:
    regime = Path(__file__).parents[2] / "rules/regimes/hdi"
    saving = tilsyn("--policy", good, "prove", "--against", good, "--save", tmp_path / "x.yaml")
    assert (saving.code, "har ingen modeksempler" in saving.err) == (Exit.WRONG_USE, True)
    nothing = tilsyn("--policy", good, "prove", "--against", regime)
    assert (nothing.code, "intet område med en trappe til fælles" in nothing.err) == (Exit.WRONG_USE, True)
    unladdered = tilsyn("--policy", regime, "prove", "hdi", "--against", regime)
    assert (unladdered.code, "har ingen trappe i den ene udgave" in unladdered.err) == (Exit.WRONG_USE, True)
    unknown = tilsyn("--policy", good, "prove", "hjme", "--against", good)
    assert (unknown.code, "mente du `hjem`?" in unknown.err) == (Exit.WRONG_USE, True)
    missing = tilsyn("--policy", good, "prove", "--against", tmp_path / "ingen")
    assert missing.code == Exit.WRONG_USE


# in `check`


def test_check_says_that_the_properties_hold(tilsyn: Tilsyn, good: Path) -> None:
    answer = tilsyn("check", good)
    assert answer.code == Exit.FINE
    assert "• Hjem: P1–P10 holder." in answer.flat
    assert "tvivl" not in answer.flat


POINT = "P1, P3–P10 holder; P2 er ikke relevant: trappen ser bort fra tvivl (`doubt: point`)."


def test_a_ladder_that_disregards_doubt_does_not_keep_p2_and_is_warned_of(tilsyn: Tilsyn, good: Path) -> None:
    replace(good / LADDER, "movement:\n", "movement:\n  doubt: point\n")
    answer = tilsyn("check", good)
    assert answer.code == Exit.FINE
    assert f"• Hjem: {POINT} Hjem: Trappen ser bort fra tvivl (`doubt: point`). Tilfældige udsving" in answer.flat
    assert f"`tilsyn --policy {good} simulate hjem` viser hvor mange." in answer.flat
    told = tilsyn("--policy", good, "prove", "hjem")
    assert told.code == Exit.FINE
    assert "Hjem: Trappen ser bort fra tvivl (`doubt: point`). Tilfældige udsving" in told.flat
    assert "ikke relevant: trappen ser bort fra tvivl" in told.flat
    assert told.flat.endswith(f"Hjem: {POINT}")
    assert "Alle egenskaber holder" not in told.flat
    english = tilsyn("check", good, "--lang", "en").flat
    assert "Homes: P1, P3–P10 hold; P2 is not applicable: the ladder disregards doubt (`doubt: point`)." in english


def test_every_reason_not_to_try_a_property_is_said(tilsyn: Tilsyn, good: Path) -> None:
    grave = "  grave: {when: ulykke, step: intensiv, because: Fare, reference: {note: x, checked: no}}\n"
    replace(good / LADDER, grave, "")
    replace(good / LADDER, "    rights: [udfordringsret]\n", "")
    # a group whose figure is missing leaves doubt too
    text = (good / AREA).read_text(encoding="utf-8").splitlines()
    kept = [line for line in text if "evidence:" not in line and "equity:" not in line]
    (good / AREA).write_text("\n".join(kept) + "\n", encoding="utf-8")
    said = (
        "• Hjem: P1, P3–P5, P8–P10 holder; P2 er ikke relevant: intet mål har usikkerhed; P6 er ikke relevant: intet "
        "trin giver en rettighed; P7 er ikke relevant: trappen siger ikke, hvad der er alvorligt."
    )
    assert said in tilsyn("check", good).flat
    replace(good / LADDER, "    initial: true\n", "")
    replace(good / LADDER, "    text: Meget hjælp\n", "    text: Meget hjælp\n    initial: true\n")
    strictest = tilsyn("check", good).flat
    assert "P5 er ikke relevant: intet trin er strengere end det, man begynder på" in strictest
    assert "P9 er ikke relevant: intet trin er strengere end det, man begynder på" in strictest


def test_rules_of_several_days_are_told_apart(tilsyn: Tilsyn, good: Path) -> None:
    replace(good / LADDER, "movement:\n", "movement:\n  doubt: {2024-01-01: point, 2025-01-01: range}\n")
    answer = tilsyn("check", good).flat
    assert f"• Hjem (regler fra 2024-01-01): {POINT} • Hjem (regler fra 2025-01-01): P1–P10 holder." in answer


# what can be copied


def test_what_can_be_copied_names_the_folder_that_was_named(
    tilsyn: Tilsyn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = weakened(tmp_path / "mine regler", broken("worse_is_freer"))
    monkeypatch.chdir(tmp_path)
    assert 'se `tilsyn --policy "mine regler" prove hjem`.' in tilsyn("check", "mine regler").flat
    assert 'se `tilsyn --policy "mine regler" prove hjem`.' in tilsyn("--policy", "mine regler", "check").flat
    saved = tilsyn("--policy", "mine regler", "prove", "--save", "x.yaml").flat
    assert 'kør dem med `tilsyn --policy "mine regler" test`.' in saved
    monkeypatch.chdir(folder)
    assert "se `tilsyn prove hjem`." in tilsyn("check").flat


def test_check_says_what_fails_and_leaves_with_0_all_the_same(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = weakened(tmp_path / "policy", broken("worse_is_freer"))
    answer = tilsyn("check", folder)
    assert answer.code == Exit.FINE
    assert "• Hjem: P1, P8 holder ikke; P2–P7, P9, P10 holder; " in answer.flat
    assert f"se `tilsyn --policy {folder} prove hjem`." in answer.flat
    data = tilsyn("check", folder, "--format", "json").data
    assert [v["property"] for v in data["proofs"][0]["properties"] if v["outcome"] == "fails"] == ["P1", "P8"]


def test_check_does_not_take_its_time(tilsyn: Tilsyn, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proving, "QUICK", 10)
    answer = tilsyn("check", good)
    assert answer.code == Exit.FINE
    assert "P1–P4, P7–P10 er ikke afgjort her; P5, P6 holder; se" in answer.flat


def test_a_fault_of_a_shared_ladder_is_told_once_in_words_and_names_the_areas(tilsyn: Tilsyn, good: Path) -> None:
    for name in ("hus", "hytte"):
        copy = (good / AREA).read_text(encoding="utf-8").replace("area: hjem", f"area: {name}")
        (good / f"goals/{name}.yaml").write_text(copy, encoding="utf-8")
    replace(good / LADDER, "goals_below.middel: 1, step: støtte", 'goals_below.middel: 1, score: "> 40", step: støtte')
    replace(good / LADDER, 'goals_below.middel: ">= 2",', 'goals_below.middel: ">= 1", ulykke: false,')
    answer = tilsyn("check", good)
    assert answer.code == Exit.DECLARATIONS
    overlap = (
        "reglerne `R3`, `R4` rammer begge en institution i `hjem`, `hus`, `hytte` med 1 mål under niveauet Middel; "
    )
    assert answer.err.count("rammer begge") == 1
    assert overlap in answer.err
    assert re.search(r"niveauet Middel; [0-9,]+ point; Ulykke: nej; gør den ene smallere", answer.err)
    assert answer.err.count("ingen regel rammer") == 1
    hole = "med Tryghed i hverdagen: Svag; Få fald: Svag; Gode måltider: Svag; 0 point; Ulykke: ja;"
    assert f"i `hjem`, `hus`, `hytte` {hole}" in answer.err
    english = tilsyn("check", good, "--lang", "en", "--format", "json").data["problems"]
    said = [p["what"] for p in english if p["code"] == "table-overlap"]
    assert len(said) == 1
    assert "1 goals below the level Middling" in said[0]
    assert "Ulykke: no" in said[0]


def test_check_has_no_line_for_a_regime(tilsyn: Tilsyn) -> None:
    answer = tilsyn("check", Path(__file__).parents[2] / "rules/regimes/hdi")
    assert answer.code == Exit.FINE
    assert "P1" not in answer.out


def test_cases_are_searched_only_where_something_fails(
    tilsyn: Tilsyn, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "cases_of", lambda *_: pytest.fail("nothing fails"))
    assert tilsyn("--policy", good, "prove", "--save", "x.yaml").code == Exit.FINE
