"""`tilsyn prove`: what it says of sound and broken ladders, its exit codes, what it saves; and the line in `check`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import Answer, Tilsyn
from tests.spec.broken_ladders import AREA, BROKEN, LADDER, Broken, replace, sound, weakened
from tilsyn import services
from tilsyn.files import cases
from tilsyn.problems import Exit
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
    assert "Alle egenskaber holder." in answer.flat
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
    "step_without_a_rule": "Ingen kan komme til at stå på Lukket: Hverken regler eller bevægelse fører dertil.",
    "once_down_always_down": (
        "En institution, der står på Intensiv, med Stærk i alle mål, periode efter periode, kommer aldrig til at blive "
        "stående på Fri."
    ),
    "more_forms_with_support": "På Støtte gælder Ugeskema, som ikke gælder på Almindelig.",
    "plan_for_freedom": (
        "Regel R1 fører til Fri, som giver Udfordringsret, og den stiller krav til Handleplan er skrevet. Det hviler "
        "på Handleplan er skrevet, som ikke er et resultat."
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
    assert "P8 er prøvet på hvert års niveauer" not in plain
    assert "De prøves med alle værdier" not in plain
    replace(good / AREA, "method: wilson/v1,", "method: wilson/v1, pool: 3,")
    replace(good / AREA, "goals:\n", "quantities: {måltidsskala: {title: Måltider i alt, value: måltider}}\ngoals:\n")
    replace(good / LADDER, "{id: R3, goals_below.middel: 1,", '{id: R3, goals_below.middel: 1, måltidsskala: ">= 0",')
    fifth = 'goals_below.middel: 1, måltidsskala: "< 0", step: støtte, because: x, reference: {note: x, checked: no}'
    replace(good / LADDER, "- {id: R4,", f"- {{id: R5, {fifth}}}\n    - {{id: R4,")
    said = tilsyn("--policy", good, "prove").flat
    assert "P8 er prøvet på hvert års niveauer" in said
    assert "Reglerne læser også Måltider i alt. De prøves med alle værdier" in said


# saving


@pytest.mark.parametrize("one", [one for one in BROKEN if "institutions" in one.shows], ids=lambda one: one.name)
def test_saved_counterexamples_are_what_the_rules_do(tilsyn: Tilsyn, one: Broken, tmp_path: Path) -> None:
    folder, file = weakened(tmp_path / "policy", one), tmp_path / "modeksempler.yaml"
    answer = tilsyn("--policy", folder, "prove", "--save", file, "--format", "json")
    assert answer.code == Exit.PROPERTY_FAILS
    assert answer.data["saved"] == str(file)
    assert answer.data["unsaved"] == (
        ["Hjem, P6: Fejlen står i selve reglerne, så der er ingen institution at gemme."] if "P6" in one.fails else []
    )
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
    assert tilsyn("--policy", good, "prove", "--save", file).code == Exit.PROPERTY_FAILS
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


# two versions


def test_two_versions_that_are_the_same(tilsyn: Tilsyn, good: Path) -> None:
    answer = tilsyn("--policy", good, "prove", "hjem", "--against", good)
    assert answer.code == Exit.FINE
    assert "64 af 64 kombinationer" in answer.flat
    assert answer.flat.endswith("De nye regler sætter aldrig nogen med samme niveauer på et strengere trin.")


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
    assert "Også ændret, men ikke en del af sammenligningen: hvor meget der skal have et tal." in answer.flat
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


def test_check_says_what_fails_and_leaves_with_0_all_the_same(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = weakened(tmp_path / "policy", broken("worse_is_freer"))
    answer = tilsyn("check", folder)
    assert answer.code == Exit.FINE
    assert "• Hjem: P1 og P8 holder ikke; se `tilsyn prove hjem`." in answer.flat
    data = tilsyn("check", folder, "--format", "json").data
    assert [v["property"] for v in data["proofs"][0]["properties"] if v["outcome"] == "fails"] == ["P1", "P8"]


def test_check_does_not_take_its_time(tilsyn: Tilsyn, good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "QUICK", 10)
    answer = tilsyn("check", good)
    assert answer.code == Exit.FINE
    assert "er ikke afgjort her; se `tilsyn prove hjem`." in answer.flat


def test_check_has_no_line_for_a_regime(tilsyn: Tilsyn) -> None:
    answer = tilsyn("check", Path(__file__).parents[2] / "rules/regimes/hdi")
    assert answer.code == Exit.FINE
    assert "P1" not in answer.out


def test_cases_are_searched_only_where_something_fails(
    tilsyn: Tilsyn, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cases, "cases_of", lambda *_: pytest.fail("nothing fails"))
    assert tilsyn("--policy", good, "prove", "--save", "x.yaml").code == Exit.FINE
