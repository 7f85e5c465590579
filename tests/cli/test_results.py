"""`show` and `explain`: what they say of a results folder, and what they refuse to say."""

from __future__ import annotations

import json
import re
import shutil
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.cli.conftest import Tilsyn
from tests.cli.schools import change, school, write_csv
from tilsyn.services.explaining import explain
from tilsyn.services.kept import find, kept_in_folder
from tilsyn.studies.counterfactual import Change, Reached, Way
from tilsyn.studies.ways import Combination, Ways
from tilsyn.telling.blocks import Points
from tilsyn.telling.moves import moves_data, tell_moves

# show


def test_the_overview_shows_the_latest_period_of_every_area(tilsyn: Tilsyn, results: Path) -> None:
    danish, english = tilsyn("show", "--from", results), tilsyn("show", "--from", results, "--lang", "en")
    assert "Folkeskolen 2025/26 5 1 2 1 0" in danish.flat
    assert "Primary and lower secondary school 2025/26 5 1 2 1 0" in english.flat


def test_the_overview_as_json_has_every_run(tilsyn: Tilsyn, results: Path) -> None:
    first, second = tilsyn("show", "--from", results, "--format", "json").data["runs"]
    assert (first["period"], first["count"], first["steps"]) == ("2024/25", 6, {"almindelig": 6})
    counts = {"count": 5, "rose": 1, "fell": 2, "doubt": 1, "not_assessed": 0}
    assert second == {
        "area": "folkeskole", "period": "2025/26", **counts,
        "steps": {"almindelig": 2, "intensiv": 1, "støtte": 1, "tillid": 1},
    }  # fmt: skip
    assert [*second["steps"]] == sorted(second["steps"]), "in the same order each time"


def test_an_area_shows_steps_years_and_whom_to_call_first(tilsyn: Tilsyn, results: Path) -> None:
    answer = tilsyn("show", "folkeskole", "--from", results)
    assert "Reglerne er et eksempel" in answer.out
    assert "Tillid 1 20,0 % 1 0 0" in answer.flat
    assert "Almindeligt tilsyn 6 2" in answer.flat
    calls = answer.flat.partition("Hvem der efter eksemplets regler bør ringes til først")[2]
    assert calls.index("Skolen D") < calls.index("Skolen C")
    assert "D Skolen D Almindeligt tilsyn Intensiv støtte Almindeligt tilsyn alvorlig hændelse" in calls
    assert "C Skolen C Almindeligt tilsyn Støtte Almindeligt tilsyn indstilles ned, et trin ad gangen" in calls
    assert "Skolen A" not in calls


def test_all_shows_everybody(tilsyn: Tilsyn, results: Path) -> None:
    answer = tilsyn("show", "folkeskole", "--all", "--from", results, "--lang", "en")
    assert all(f"Skolen {unit}" in answer.out for unit in "ABCDE")
    data = tilsyn("show", "folkeskole", "--all", "--from", results, "--format", "json").data
    assert [row["institution"] for row in data["institutions"]] == ["A", "B", "C", "D", "E"]
    few = tilsyn("show", "folkeskole", "--from", results, "--format", "json").data
    assert [row["institution"] for row in few["institutions"]] == ["D", "C"]


def test_an_earlier_period_can_be_shown(tilsyn: Tilsyn, results: Path) -> None:
    answer = tilsyn("show", "folkeskole", "--period", "2024/25", "--from", results)
    assert "Ingen er indstillet til et strengere trin." in answer.out


def test_names_are_not_cut_in_the_middle_of_a_word(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    unit = "DK-2025-000000001"
    rows = [school(unit, name="En skole med et langt navn " * 4, alvorlig_hændelse="ja")]
    path = write_csv(tmp_path / "tal.csv", rows)
    assert tilsyn("--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", "r").code == 0
    assert unit in tilsyn("show", "folkeskole", "--from", "r").out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("show", "folkeskoel"), "mente du `folkeskole`?"),
        (("show", "--period", "2030/31"), "her er `2024/25`, `2025/26`"),
        (("explain", "Å"), "er ikke indplaceret her"),
        (("explain", "A", "--area", "folkskole"), "mente du `folkeskole`?"),
        (("explain", "A", "--period", "2030/31"), "her er `2024/25`, `2025/26`"),
    ],
)
def test_what_is_not_there_is_wrong_use(tilsyn: Tilsyn, results: Path, args: tuple[str, ...], words: str) -> None:
    answer = tilsyn(*args, "--from", results)
    assert answer.code == 2
    assert words in answer.err


def test_an_unknown_institution_is_asked_about(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "tal.csv", [school("F00123")])
    assert tilsyn("--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", "r").code == 0
    answer = tilsyn("explain", "F00132", "--from", "r", "--lang", "en")
    assert answer.code == 2
    assert "did you mean `F00123`?" in answer.err


def test_a_closed_institution_is_said_to_be_closed(tilsyn: Tilsyn, policy: Path, results: Path, tmp_path: Path) -> None:
    answer = tilsyn("explain", "F", "--period", "2025/26", "--from", results)
    assert (answer.code, "`F` er lukket i 2025/26 og afløst af `A`" in answer.err) == (2, True)
    assert tilsyn("explain", "F", "--from", results).code == 0
    path = write_csv(tmp_path / "tal.csv", [school("A"), school("F", closed="ja")])
    assert tilsyn("--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", "r").code == 0
    answer = tilsyn("explain", "F", "--from", "r", "--lang", "en")
    assert (answer.code, "`F` is closed in 2024/25, so it is not placed" in answer.err) == (2, True)


def test_an_institution_in_two_areas_needs_the_area(tilsyn: Tilsyn, results: Path, tmp_path: Path) -> None:
    both = shutil.copytree(results, tmp_path / "r")
    shutil.copytree(both / "folkeskole", both / "dagtilbud")
    for path in (both / "dagtilbud").glob("*/run.json"):
        change(path, '"area": "folkeskole"', '"area": "dagtilbud"')
    answer = tilsyn("explain", "A", "--from", both)
    assert answer.code == 2
    assert "vælg et af `dagtilbud`, `folkeskole` med `--area`" in answer.err
    assert tilsyn("explain", "A", "--area", "folkeskole", "--from", both).code == 0


# explain


def test_a_rise_is_explained_with_rule_law_effects_and_fingerprints(tilsyn: Tilsyn, results: Path) -> None:
    text = tilsyn("explain", "B", "--from", results).flat
    for words in (
        "Skolen B (B) · Folkeskolen · 2025/26",
        "Reglerne er et eksempel",
        "Går fra Almindeligt tilsyn op til Tillid.",
        "Læsning i forhold til elevgrundlaget",
        "80,0 point af 100 (vægtet sum 8000 over vægten 100",
        "T2",
        "henvisning ikke kontrolleret",
        "Lempelsen hviler på: Fødevarestyrelsens tidligere bekendtgørelse",
        "4 krav bortfalder, i alt 180 timer om året",
        "Indberetning af planlagte undervisningstimer bortfalder 20,0",
        "Hvad der ville ændre det",
        "Hvad det er lavet af",
        "Bedømt efter reglerne den: 2025-08-01",
        "Filer: 2025.csv",
    ):
        assert words in text, words
    for name in ("Regler", "Tal", "Tidligere trin"):
        assert re.search(rf"{name} \(fingeraftryk\): [0-9a-f]{{16}}", text)


def test_a_fall_is_a_recommendation_and_the_old_step_is_in_force(tilsyn: Tilsyn, results: Path) -> None:
    text = tilsyn("explain", "C", "--from", results, "--lang", "en").flat
    assert "Recommended for Support, down from Ordinary supervision." in text
    assert "In force is Ordinary supervision, until a person has decided the case." in text
    assert "reference not checked" in text


def test_doubt_and_its_range_are_told(tilsyn: Tilsyn, results: Path) -> None:
    text = tilsyn("explain", "E", "--from", results).flat
    assert "Tallene peger på Støtte, men med den usikkerhed, de har, er Almindeligt tilsyn også rimeligt" in text
    assert "I tvivl bliver man stående." in text
    data = tilsyn("explain", "E", "--from", results, "--format", "json").data
    readings = {name: reading["step"] for name, reading in data["readings"].items()}
    assert readings == {"point": "støtte", "freest": "almindelig", "strictest": "støtte"}
    assert (data["goals"]["faglighed"]["level_worst"], data["goals"]["faglighed"]["level_best"]) == ("under", "opfyldt")


def test_what_is_grave_is_told(tilsyn: Tilsyn, results: Path) -> None:
    text = tilsyn("explain", "D", "--from", results).flat
    assert "Der er sket en alvorlig hændelse, som bringer borgerne i fare." in text


def test_the_explanation_as_json_has_what_is_promised(tilsyn: Tilsyn, results: Path) -> None:
    data = tilsyn("explain", "B", "--from", results, "--format", "json").data
    assert set(data) >= {
        "institution", "name", "area", "period", "example", "previous", "newcomer", "recommended", "decided",
        "in_force", "target", "reasons", "state", "assessed", "coverage", "score", "readings", "goals", "effects",
        "moves", "made_from",
    }  # fmt: skip
    assert (data["previous"], data["recommended"], data["decided"], data["in_force"]) == (
        "almindelig",
        "tillid",
        None,
        "tillid",
    )
    assert [reason["reason"] for reason in data["reasons"]] == ["rises"]
    assert data["score"] == {"points": 8000, "weight": 100}
    assert data["readings"]["point"]["unchecked"] is True
    assert data["effects"]["in_force"]["hours_freed"] == 180
    assert {duty["requirement"] for duty in data["effects"]["in_force"]["relieved"]} == {
        "timetalsindberetning", "kompetencedækning", "lokal-fraværsstatistik", "lokal-trivselsundersøgelse"
    }  # fmt: skip
    assert set(data["moves"]) == {"freer", "stricter", "ways"}


def test_an_earlier_period_can_be_explained(tilsyn: Tilsyn, results: Path) -> None:
    data = tilsyn("explain", "B", "--period", "2024/25", "--from", results, "--format", "json").data
    assert (data["period"], data["recommended"], data["newcomer"]) == ("2024/25", "almindelig", True)


class Page(HTMLParser):
    """Collects tags, addresses and whether everything that opens closes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_stands_alone(tilsyn: Tilsyn, results: Path) -> None:
    assert tilsyn("explain", "B", "--from", results, "--format", "html", "--out", "b.html").code == 0
    text = Path("b.html").read_text(encoding="utf-8")
    page = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="da">')
    assert not page.open
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not [address for address in page.addresses if not address.startswith("#")]
    assert "url(" not in text
    assert page.tags.count("h1") == 1
    assert "henvisning ikke kontrolleret" in text


def test_the_explanation_goes_to_a_file_in_every_form(tilsyn: Tilsyn, results: Path) -> None:
    for form, name in (("text", "b.txt"), ("json", "b.json")):
        answer = tilsyn("explain", "B", "--from", results, "--format", form, "--out", name)
        assert (answer.code, answer.out) == (0, "")
    assert "Går fra Almindeligt tilsyn op til Tillid." in Path("b.txt").read_text(encoding="utf-8")
    assert json.loads(Path("b.json").read_text(encoding="utf-8"))["recommended"] == "tillid"


# results that are not as they were written


@pytest.mark.parametrize("name", ["placements", "figures", "state"])
def test_a_tampered_file_is_refused(tilsyn: Tilsyn, results: Path, tmp_path: Path, name: str) -> None:
    changed = shutil.copytree(results, tmp_path / "r")
    path = changed / "folkeskole/2025-26" / f"{name}.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    answer = tilsyn("explain", "B", "--from", changed)
    assert answer.code == 5
    assert f"`{name}` er ikke den fil, der blev skrevet" in answer.err


def test_tampered_declarations_are_refused(tilsyn: Tilsyn, results: Path, tmp_path: Path) -> None:
    changed = shutil.copytree(results, tmp_path / "r")
    (policy,) = (changed / "policy").iterdir()
    change(policy / "goals/folkeskole.yaml", "stærk: {at_least: 2.5}", "stærk: {at_least: 5.5}")
    for args in (("explain", "B"), ("show",)):
        answer = tilsyn(*args, "--from", changed)
        assert answer.code == 5
        assert "`policy` er ikke den fil, der blev skrevet" in answer.err


def test_placements_that_do_not_follow_from_the_figures_are_refused(
    tilsyn: Tilsyn, results: Path, tmp_path: Path
) -> None:
    import hashlib

    import polars as pl

    changed = shutil.copytree(results, tmp_path / "r")
    run = changed / "folkeskole/2025-26"
    frame = pl.read_parquet(run / "placements.parquet").with_columns(pl.lit("fri").alias("step"))
    frame.write_parquet(run / "placements.parquet")
    about = json.loads((run / "run.json").read_text(encoding="utf-8"))
    about["fingerprints"]["placements"] = hashlib.sha256((run / "placements.parquet").read_bytes()).hexdigest()
    (run / "run.json").write_text(json.dumps(about), encoding="utf-8")
    answer = tilsyn("explain", "B", "--from", changed)
    assert answer.code == 5
    assert "den gemte `step` er `fri`, men regnet igen bliver den `tillid`" in answer.err


@pytest.mark.parametrize("text", ["", "{", "[]", '{"form": 2}', '{"form": 1, "area": "folkeskole"}'])
def test_a_damaged_or_newer_run_is_refused(tilsyn: Tilsyn, tmp_path: Path, text: str) -> None:
    path = tmp_path / "r/folkeskole/2024-25/run.json"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    answer = tilsyn("show", "--from", tmp_path / "r")
    assert answer.code == 5
    assert "er ikke resultater i form 1" in answer.err


# the smallest changes, told


def test_the_fewest_goals_and_the_least_effort_are_told(tilsyn: Tilsyn, results: Path) -> None:
    danish = tilsyn("explain", "C", "--from", results).flat
    english = tilsyn("--lang", "en", "explain", "C", "--from", results).flat
    assert "Færrest mål" in danish
    assert "ndst samlet indsats" in danish
    assert "Fewest goals" in english
    assert "east total effort" in english


def test_what_leads_to_a_chosen_step_is_told(tilsyn: Tilsyn, results: Path) -> None:
    answer = tilsyn("explain", "B", "--from", results, "--to", "støtte")
    assert "Det mindste, der ville føre til Støtte:" in answer.flat
    data = tilsyn("explain", "B", "--from", results, "--to", "støtte", "--format", "json").data
    asked = data["moves"]["ways"][-1]
    assert (asked["to"], asked["outlook"], asked["fewest"]["reached"]["step"]) == ("støtte", "open", "støtte")
    assert [way["to"] for way in data["moves"]["ways"]] == ["fri", "almindelig", "støtte"]


def test_a_next_step_that_is_asked_for_is_told_once(tilsyn: Tilsyn, results: Path) -> None:
    plain, asked, beyond = (
        tilsyn("explain", "A", "--from", results, *to).flat for to in ((), ("--to", "tillid"), ("--to", "fri"))
    )
    alone, least = "Et mål alene, der ville føre til", "Dette er det mindste, der ville føre til et friere trin"
    assert (plain.count(alone), plain.count(least)) == (1, 1)
    assert (asked.count(f"{alone} Tillid"), asked.count(alone), asked.count(least)) == (1, 1, 0)
    # a step further off leaves the way to the next one as it was
    assert "Det mindste, der ville føre til Fri" in beyond
    assert (beyond.count(f"{alone} et friere trin"), beyond.count(least)) == (1, 1)


def test_effort_that_nobody_has_declared_is_not_added_up(results: Path) -> None:
    """Figures in different units would be added up as if they were alike."""
    run = find(kept_in_folder(results), "", "B")
    explained = explain(run, run.catalogue(), "B")
    goals = {name: goal.model_copy() for name, goal in explained.policy.area.goals.items()}
    for goal in goals.values():
        goal.model_fields_set.discard("effort")
    part = replace(explained.policy.area_part, model=explained.policy.area.model_copy(update={"goals": goals}))
    silent = replace(explained, policy=replace(explained.policy, area_part=part))
    for one, wanted in ((explained, True), (silent, False)):
        told = [item for b in tell_moves(one, "da") if isinstance(b, Points) for item in b.items]
        assert any("ndsats" in item for item in told) is wanted
        assert any("Færrest mål" in item for item in told)
        assert any(ways["least"] for ways in moves_data(one, "da")["ways"]) is wanted


def test_the_step_where_it_stands_is_already_reached(tilsyn: Tilsyn, results: Path) -> None:
    answer = tilsyn("explain", "B", "--from", results, "--to", "tillid")
    assert "Institutionen er allerede indstillet til Tillid." in answer.flat


def test_an_unknown_step_is_refused(tilsyn: Tilsyn, results: Path) -> None:
    answer = tilsyn("explain", "B", "--from", results, "--to", "tilid")
    assert answer.code == 2
    assert "ukendt trin `tilid`; mente du `tillid`?" in answer.err


def told_of(results: Path, ways: Ways, lang: str = "da", **moves: Any) -> list[str]:
    """The points that are told of an explanation of B, with other ways than its own."""
    run = find(kept_in_folder(results), "", "B")
    explained = explain(run, run.catalogue(), "B")
    explained = replace(explained, ways=(ways,), moves=replace(explained.moves, **moves))
    return [item for block in tell_moves(explained, lang) if isinstance(block, Points) for item in block.items]


def a_change(goal: str, now: str, to: str) -> Change:
    return Change(goal, None, "moves", Fraction(now), Fraction(to))


GRADES, READING = a_change("faglighed", "0.1", "0.57"), a_change("læsning_og_sprog", "0", "3.5")
WELL_BEING = a_change("trivsel_i_skolen", "3.9", "4.12")
ARRIVED = Reached(2026, 0)


def test_the_least_effort_is_told_beside_the_fewest_goals_where_they_differ(results: Path) -> None:
    one, two = Combination((READING,), Fraction("3.5"), ARRIVED), Combination(
        (GRADES, WELL_BEING), Fraction("0.69"), ARRIVED
    )  # fmt: skip
    told = told_of(results, Ways(0, "open", True, fewest=one, least=two))
    fewest, least = (item for item in told if "ndsats" in item or "Færrest" in item)
    assert fewest.startswith("Færrest mål: Læsning i forhold til elevgrundlaget fra 0,0 til 3,5 ville føre til Fri")
    assert least.startswith("Mindst samlet indsats: Fagligt niveau i forhold til elevgrundlaget fra 0,10 til 0,57 og ")
    assert least.endswith("(indsats 0,69).")
    same = told_of(results, Ways(0, "open", True, fewest=two, least=two), "en")
    assert [item[:34] for item in same if "effort" in item] == [
        "Fewest goals and least total effor"
    ]  # fmt: skip


def test_what_is_asked_for_is_not_told_twice(tilsyn: Tilsyn, results: Path) -> None:
    asked = tilsyn("explain", "B", "--from", results, "--to", "fri").flat
    assert asked.count("samlet indsats") == 1


def test_goals_that_can_not_cost_the_step_alone_are_named_and_what_they_can_together(results: Path) -> None:
    alone = tuple(Change(goal, None, "other-goals") for goal in ("faglighed", "læsning_og_sprog"))
    open_ = Change("trivsel_i_skolen", None, "peers")
    together = Combination((a_change("faglighed", "0.1", "-0.6"), a_change("læsning_og_sprog", "0", "-4")), None,
                           Reached(2026, 2))  # fmt: skip
    stricter = Way("open", (*alone, open_))
    told = told_of(results, Ways(2, "open", False, fewest=together), freer=Way("freest"), stricter=stricter)
    assert told == [
        "Kan ikke alene koste trinnet, hvor ringe tallet end bliver: Fagligt niveau i forhold til elevgrundlaget og "
        "Læsning i forhold til elevgrundlaget.",
        "Trivsel: måles mod de andre institutioner, så svaret afhænger af dem og kan ikke gives nøjagtigt.",
        "Ingen af dem kan gøre det alene, men sammen kan de: Fagligt niveau i forhold til elevgrundlaget fra 0,10 til "
        "−0,60 og Læsning i forhold til elevgrundlaget fra 0,0 til −4,0 ville føre til Almindeligt tilsyn.",
    ]
