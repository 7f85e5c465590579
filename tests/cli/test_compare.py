"""`tilsyn compare`: the record's own institutions by today's rules and by others.

Six schools of 480 pupils. By today's rules A and F stay on `almindelig`; B reads well (80 points) and rises to
`tillid`; C has one critical goal and comes to `støtte`; D has two, which leads to `intensiv`, a step at a time; E has
had a grave event and is on `intensiv` at once.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Answer, Tilsyn
from tests.cli.schools import CRITICAL, ROOT, STRONG_READING, change, folkeskole_policy, school, write_csv
from tilsyn.problems import Exit
from tilsyn.services.recording import import_files, open_runs, run_periods

AREA = "goals/folkeskole.yaml"
LADDER = "rules/ladders/tilsynstrappe.yaml"
YEARS = ("2023/24", "2024/25")
PLACES = {"A": "Nord", "B": "Nord", "C": "Syd", "D": "Syd", "E": "Øst", "F": "Øst"}


def six(year: str) -> list[dict[str, str]]:
    changed: dict[str, dict[str, str]] = {
        "B": dict(STRONG_READING), "C": {"karakter": "5.00"}, "D": dict(CRITICAL), "E": {"alvorlig_hændelse": "ja"},
    }  # fmt: skip
    return [school(name, {"kommune": PLACES[name]}, changed.get(name, {}), period=year) for name in PLACES]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folkeskole_policy(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def kept(rules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with two years of the six schools, of which the first has been run. Nobody changes it."""
    folder = tmp_path_factory.mktemp("record")
    runs = open_runs(str(folder / "tilsyn.db"), create=True)
    for year in YEARS:
        file = write_csv(folder / f"{year[:4]}.csv", six(year))
        import_files(rules, runs, "folkeskole", [file], period=year, who="Ida")
    run_periods(rules, runs, "folkeskole", period=YEARS[0], who="Bo")
    runs.database.close()
    return folder / "tilsyn.db"


@pytest.fixture
def record(tilsyn: Tilsyn, kept: Path, monkeypatch: pytest.MonkeyPatch) -> Tilsyn:
    """`tilsyn` where a copy of the record lies."""
    monkeypatch.delenv("TILSYN_DB", raising=False)
    with sqlite3.connect(kept) as source, sqlite3.connect("tilsyn.db") as target:
        source.backup(target)
    return tilsyn


def draft(folder: Path, *changes: tuple[str, str], file: str = LADDER) -> Path:
    made = folkeskole_policy(folder / "udkast")
    for old, new in changes:
        change(made / file, old, new)
    return made


ONE_IS_FORGIVEN = ("kritisk: 1\n      step: støtte", "kritisk: 1\n      step: almindelig")
TRUST_IS_DEARER = (('score: "[80..90)"', 'score: "[85..90)"'), ('score: "< 80"', 'score: "< 85"'))


def asked(t: Tilsyn, other: Path, *more: object, periods: tuple[str, ...] = YEARS) -> Answer:
    named = [part for period in periods for part in ("--period", period)]
    return t("compare", "folkeskole", "--with", other, *named, *more)


def data(t: Tilsyn, other: Path, *more: object, periods: tuple[str, ...] = YEARS) -> Any:
    answer = asked(t, other, "--format", "json", *more, periods=periods)
    assert answer.code == 0, answer.err
    return answer.data


def moved(period: Any) -> dict[str, tuple[str, str, int]]:
    return {m["institution"]: (m["before"], m["after"], m["further"]) for m in period["institutions"]}


def everything() -> list[str]:
    """All that the record holds."""
    with sqlite3.connect("tilsyn.db") as connection:
        return list(connection.iterdump())


# who moves


def test_rules_held_against_themselves_move_nobody(record: Tilsyn, rules: Path) -> None:
    found = data(record, rules)
    for period in found["periods"]:
        assert (period["count"], period["moved"], period["institutions"]) == (6, 0, [])
        assert {(f["before"], f["further"]) for f in period["flows"]} >= {("almindelig", 0), ("tillid", 0)}
        assert {hours["change"] for hours in period["hours"].values()} == {0}
        assert (period["requirements"], period["rights"]) == ({"followed": [], "by-itself": []},) * 2
    assert found["cells"]["shifts"] == []


def test_both_ways_are_told_with_step_to_step(record: Tilsyn, tmp_path: Path) -> None:
    found = data(record, draft(tmp_path, ONE_IS_FORGIVEN, *TRUST_IS_DEARER), periods=YEARS[:1])
    (period,) = found["periods"]
    assert moved(period) == {"B": ("tillid", "almindelig", 1), "C": ("støtte", "almindelig", -1)}
    assert (period["freer"], period["stricter"], period["incomparable"]) == (1, 1, 0)
    flows = {(f["before"], f["after"]): f["count"] for f in period["flows"]}
    assert flows == {
        ("tillid", "almindelig"): 1, ("almindelig", "almindelig"): 2, ("støtte", "almindelig"): 1,
        ("støtte", "støtte"): 1, ("intensiv", "intensiv"): 1,
    }  # fmt: skip


def test_hours_and_requirements_are_counted_by_hand(record: Tilsyn, tmp_path: Path) -> None:
    """Trust sets aside four registrations: 20 + 16 + 12 · 4 + 0.2 · 480 = 180 hours a year."""
    (period,) = data(record, draft(tmp_path, *TRUST_IS_DEARER), periods=YEARS[:1])["periods"]
    for basis in ("followed", "by-itself"):
        assert period["hours"][basis]["change"] == pytest.approx(180)
        assert sorted(r["hours"] for r in period["requirements"][basis]) == pytest.approx([16, 20, 48, 96])
        assert {(r["lifted"], r["imposed"]) for r in period["requirements"][basis]} == {(0, 1)}
    (one,) = period["institutions"]
    assert one["hours"] == pytest.approx(180)


def test_a_fall_takes_no_effect_by_itself(record: Tilsyn, tmp_path: Path) -> None:
    """B is on trust, and by the draft it is recommended to fall: until somebody decides it is as free as before."""
    (period,) = data(record, draft(tmp_path, *TRUST_IS_DEARER), periods=YEARS[1:])["periods"]
    assert moved(period)["B"] == ("tillid", "almindelig", 1)
    assert period["hours"]["followed"]["change"] == pytest.approx(180)
    assert period["hours"]["by-itself"]["change"] == 0


def test_memory_is_played_through(record: Tilsyn, tmp_path: Path) -> None:
    """Where one may fall two steps at a time, D is on the strictest a year earlier, and stands there by both after."""
    other = draft(tmp_path, ("  down: 1\n", "  down: 2\n"))
    first, second = data(record, other)["periods"]
    assert moved(first) == {"D": ("støtte", "intensiv", 1)}
    assert moved(second) == {}
    assert {(f["before"], f["count"]) for f in second["flows"]} >= {("intensiv", 2)}


def test_the_first_period_begins_where_the_record_stands(record: Tilsyn, rules: Path, tmp_path: Path) -> None:
    """Somebody decided that C goes to the strictest step; from there both rules can lead it up one step."""
    args = ("--step", "intensiv", "--because", "Tilsynsbesøg", "--by", "Eva")
    assert record("decide", "C", *args).code == 0
    other = draft(tmp_path, ONE_IS_FORGIVEN)
    (alone,) = data(record, other, periods=YEARS[1:])["periods"]
    assert moved(alone) == {}
    assert {(f["before"], f["after"], f["count"]) for f in alone["flows"]} >= {("støtte", "støtte", 1)}
    both = data(record, other)
    assert both["decisions_left_out"] == 1
    assert moved(both["periods"][1]) == {"C": ("støtte", "almindelig", -1)}
    told = asked(record, other).flat
    assert "1 afgørelse undervejs er ikke regnet med" in told


def test_several_periods_may_be_named_by_the_first_and_the_last(record: Tilsyn, rules: Path) -> None:
    found = data(record, rules, "--through", YEARS[1], periods=YEARS[:1])
    assert [p["period"] for p in found["periods"]] == [*YEARS]
    assert asked(record, rules, "--through", YEARS[1]).code == Exit.WRONG_USE


def test_nothing_is_written(record: Tilsyn, tmp_path: Path) -> None:
    before = everything()
    assert any(line.startswith('INSERT INTO "placement"') for line in before)
    assert asked(record, draft(tmp_path, ONE_IS_FORGIVEN)).code == 0
    assert everything() == before


# whose rules


def test_todays_rules_are_those_of_the_run_or_of_a_named_folder(record: Tilsyn, rules: Path, tmp_path: Path) -> None:
    other = draft(tmp_path, ONE_IS_FORGIVEN)
    found = data(record, other)
    assert found["rules"] is None
    assert [p["run"] for p in found["periods"]] == [1, 1], "the second was not run, and is read as the run before"
    named = data(record, other, "--policy", other)
    assert named["rules"] == str(other)
    assert [moved(p) for p in named["periods"]] == [{}, {}]
    assert named["periods"][0]["unlike_record"] == 1, "C"
    assert "1 står på et andet trin i databasen" in asked(record, other, "--policy", other).flat


def test_rules_to_come_are_tried_by_their_day(record: Tilsyn, tmp_path: Path) -> None:
    """From August 2030 a single critical goal is forgiven; nobody sees it before that day is asked for."""
    dated = ("kritisk: 1\n      step: støtte", "kritisk: 1\n      step: {2020-01-01: støtte, 2030-08-01: almindelig}")
    other = draft(tmp_path, dated)
    now = data(record, other, periods=YEARS[:1])
    assert moved(now["periods"][0]) == {}
    assert "2030-08-01" in now["changes_later"]
    assert "De andre regler ændrer sig igen den" in asked(record, other, periods=YEARS[:1]).flat
    then = data(record, other, "--on", "2030-08-01", periods=YEARS[:1])
    assert moved(then["periods"][0]) == {"C": ("støtte", "almindelig", -1)}
    assert then["cells"]["days"] == []


# steps of other names


def renamed(folder: Path, formerly: str) -> Path:
    made = folkeskole_policy(folder / "omdøbt")
    file = made / LADDER
    text = file.read_text(encoding="utf-8").replace("step: støtte", "step: hjælp")
    assert text.count("\n  støtte:\n") == 1
    file.write_text(text.replace("\n  støtte:\n", f"\n  hjælp:\n{formerly}"), encoding="utf-8")
    area = made / AREA
    text = area.read_text(encoding="utf-8").replace("støtte,", "hjælp,").replace("støtte]", "hjælp]")
    area.write_text(text.replace("step: støtte", "step: hjælp"), encoding="utf-8")
    return made


@pytest.mark.parametrize("formerly", ["    formerly: støtte\n", "    formerly: [bistand, støtte]\n"])
def test_a_renamed_step_is_the_same_also_in_the_record(record: Tilsyn, tmp_path: Path, formerly: str) -> None:
    found = data(record, renamed(tmp_path, formerly), periods=YEARS[1:])
    (period,) = found["periods"]
    assert (period["moved"], period["begin_anew"]) == (0, {"before": 0, "after": 0})
    assert ("støtte", "hjælp", 0) in {(f["before"], f["after"], f["further"]) for f in period["flows"]}
    assert found["cells"]["unmatched_steps"] == []


def test_a_run_goes_on_from_a_renamed_step(record: Tilsyn, tmp_path: Path) -> None:
    other = renamed(tmp_path, "    formerly: støtte\n")
    assert record("--policy", other, "run", "folkeskole", "--period", YEARS[1]).code == 0
    explained = record("explain", "D", "--format", "json").data
    assert (explained["previous"], explained["recommended"]) == ("hjælp", "intensiv")


def test_a_step_that_is_gone_can_not_be_compared(record: Tilsyn, tmp_path: Path) -> None:
    found = data(record, renamed(tmp_path, ""), periods=YEARS[1:])
    (period,) = found["periods"]
    assert period["begin_anew"] == {"before": 0, "after": 2}, "C and D stood on it"
    assert moved(period)["C"] == ("støtte", "hjælp", None)
    assert period["incomparable"] == 1
    told = asked(record, renamed(tmp_path / "igen", ""), periods=YEARS[1:]).flat
    assert "2 begynder forfra efter de andre regler" in told
    assert "1 kan ikke sammenlignes" in told


# divided


def test_by_municipality_and_by_size(record: Tilsyn, tmp_path: Path) -> None:
    other = draft(tmp_path, ONE_IS_FORGIVEN, *TRUST_IS_DEARER)
    found = data(record, other, periods=YEARS[:1])
    assert (found["by"], found["size"]) == ("kommune", "elever")
    (period,) = found["periods"]
    parts = {part["value"]: (part["count"], part["freer"], part["stricter"]) for part in period["by"]}
    assert parts == {"Nord": (2, 0, 1), "Syd": (2, 1, 0), "Øst": (2, 0, 0)}
    (size,) = period["sizes"]
    assert (size["least"], size["most"], size["count"]) == (480, 480, 6), "equal sizes are in one fifth"
    assert "Efter kommune: de 2 med flest" in asked(record, other, periods=YEARS[:1]).flat


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--by", "komune"), "mente du `kommune`?"),
        (("--by", "elever"), "`elever` er ikke en oplysning, man kan dele institutioner op efter"),
        (("--size", "kommune"), "`kommune` er ikke en størrelse"),
        (("--through", "2022/23"), "2022/23 ligger før 2023/24"),
        (("--on", "2019-01-01"), "de andre regler for `folkeskole` er ikke i kraft den 2019-01-01"),
        (("--plot", "billede.png"), "ikke en SVG-fil"),
    ],
)
def test_a_slip_is_answered(record: Tilsyn, rules: Path, more: tuple[str, ...], said: str) -> None:
    answer = asked(record, rules, *more, periods=YEARS[:1])
    assert answer.code == Exit.WRONG_USE
    assert said in " ".join(answer.err.split())


def test_a_period_without_figures_is_refused(record: Tilsyn, rules: Path) -> None:
    answer = asked(record, rules, periods=("2025/26",))
    assert answer.code == Exit.DATA_REFUSED
    assert "der er ingen tal om 2025/26" in answer.err


def test_what_is_of_another_kind_is_refused(record: Tilsyn, tmp_path: Path) -> None:
    years = draft(tmp_path, ("period: school-year", "period: calendar-year"), file=AREA)
    text = re.sub(r"(period: )(\d{4})/\d\d", r'\1"\2"', (years / AREA).read_text(encoding="utf-8"))
    (years / AREA).write_text(re.sub(r"^(\s+)(\d{4})/\d\d:", r'\1"\2":', text, flags=re.MULTILINE), encoding="utf-8")
    answer = asked(record, years, periods=YEARS[:1])
    assert answer.code == Exit.WRONG_USE, answer.err
    assert "ikke samme slags perioder i de to udgaver (school-year og calendar-year)" in answer.err
    regime = asked(record, ROOT / "rules/regimes/hdi", periods=YEARS[:1])
    assert regime.code == Exit.WRONG_USE
    assert "ukendt område `folkeskole`" in regime.err


def test_a_goal_that_nobody_has_figures_for_is_named(record: Tilsyn, tmp_path: Path) -> None:
    other = draft(tmp_path)
    for file in (other / AREA, other / "goals/samples/folkeskole.yaml"):
        file.write_text(re.sub(r"\btrivsel\b", "ro", file.read_text(encoding="utf-8")), encoding="utf-8")
    answer = asked(record, other, periods=YEARS[:1])
    assert answer.code == 0, answer.err
    assert "Ingen har tal for Trivsel" in answer.flat


# the edges, and without figures


def test_the_nearest_to_an_edge_say_what_explain_says(record: Tilsyn, rules: Path) -> None:
    found = data(record, rules, periods=YEARS[:1])["nearest"]
    assert found["complete"]
    assert found["institutions"], "somebody can move by one figure"
    spreads = [near["spreads"] for near in found["institutions"]]
    assert spreads == sorted(spreads)
    for near in found["institutions"]:
        ways = record("explain", near["institution"], "--format", "json").data["moves"]
        known = [
            change["to"]
            for way in ("freer", "stricter")
            for change in ways[way]["goals"]
            if change["goal"] == near["goal"] and change["answer"] == "moves"
        ]
        assert near["to"] in known


def test_the_rules_are_held_against_each_other_without_figures(record: Tilsyn, tmp_path: Path) -> None:
    other = draft(tmp_path, ONE_IS_FORGIVEN)
    assert "sætter aldrig nogen med samme niveauer på et strengere trin" in asked(record, other).flat
    cells = data(record, other)["cells"]
    assert (cells["outcome"], cells["stricter"]) == ("compared", 0)
    assert {(s["before"], s["after"]) for s in cells["shifts"]} == {("støtte", "almindelig")}


# told


@pytest.mark.parametrize(
    ("lang", "said"), [("da", "Hvem der ville stå et andet sted"), ("en", "Who would stand elsewhere")]
)
def test_it_is_told_in_both_languages(record: Tilsyn, tmp_path: Path, lang: str, said: str) -> None:
    answer = asked(record, draft(tmp_path, ONE_IS_FORGIVEN, *TRUST_IS_DEARER), "--lang", lang)
    assert said in answer.flat
    assert "Skolen C" in answer.flat


def test_the_picture_can_be_read_without_seeing_it(record: Tilsyn, tmp_path: Path) -> None:
    other = draft(tmp_path, ONE_IS_FORGIVEN, *TRUST_IS_DEARER)
    asked(record, other, "--plot", "reform.svg", "--lang", "en")
    root = ElementTree.parse("reform.svg").getroot()
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    named = {part.get("id"): part.text or "" for part in root}
    assert root.get("aria-labelledby") == "title desc"
    assert "what other rules would give" in named["title"]
    assert "Support to Ordinary supervision: 1" in named["desc"]
    ribbons = [path.findtext("s:title", "", space) for path in root.iterfind(".//s:path", space)]
    assert len(ribbons) == sum(len(p["flows"]) for p in data(record, other)["periods"])
    texts = [text.text for text in root.iterfind("s:text", space)]
    assert "2023/24: 2 of 6 would stand elsewhere" in texts
    fills = {path.get("fill") for path in root.iterfind(".//s:path", space)}
    assert fills == {"#0b5394", "url(#stricter)", "#cccccc"}
