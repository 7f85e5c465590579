"""`tilsyn simulate`: what it refuses before it begins, where its picture may lie, and years that were not simulated."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Tilsyn
from tests.cli.schools import ROOT, school, write_csv
from tilsyn.problems import Exit
from tilsyn.services import simulating

SMALL = ("--units", 100, "--years", 5, "--confidence", "0.6:0.7", "--pool", 1)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A copy of the shipped declarations."""
    for part in ("goals", "rules"):
        shutil.copytree(ROOT / part, tmp_path / "regler" / part)
    return tmp_path / "regler"


@pytest.fixture
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever begins to simulate fails."""

    def begun(*_args: object, **_named: object) -> None:
        raise AssertionError("the simulation began")

    monkeypatch.setattr(simulating, "simulate_area", begun)


def simulate(tilsyn: Tilsyn, *args: object) -> Answer:
    return tilsyn("simulate", "plejehjem", *args)


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize(
    ("args", "said", "english"),
    [
        (("--units", 99), "`--units` er ikke et helt tal fra 100 til 100000", "from 100 to 100000"),
        (("--units", 100_001), "fra 100 til 100000", "from 100 to 100000"),
        (("--units", "mange"), "fra 100 til 100000", "from 100 to 100000"),
        (("--years", 4), "`--years` er ikke et helt tal fra 5 til 40", "from 5 to 40"),
        (("--pool", 11), "`--pool` er ikke et helt tal fra 1 til 10", "from 1 to 10"),
        (("--seed", -1), "`--seed` er ikke et helt tal fra 0 og op", "from 0 up"),
        (("--confidence", "0.6:"), "`0.6:` er ingen sikkerhed", "`0.6:` is no confidence"),
        (("--confidence", ":0.6"), "`:0.6` er ingen sikkerhed", "`:0.6` is no confidence"),
        (("--plot", ""), "`--plot` mangler en værdi", "`--plot` lacks a value"),
        (("--plot", "billede.png"), "`.png` er ikke en SVG-fil", "`.png` is no SVG file"),
        (("--plot", "billede"), "`billede` er ikke en SVG-fil", "`billede` is no SVG file"),
        (("--plot", "."), "ender på `.svg`", "ends in `.svg`"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_simulated(
    tilsyn: Tilsyn, args: tuple[object, ...], said: str, english: str
) -> None:
    answer = simulate(tilsyn, *args)
    assert (answer.code, said in answer.err) == (Exit.WRONG_USE, True), answer.err
    assert english in simulate(tilsyn, *args, "--lang", "en").err


@pytest.mark.usefixtures("idle")
def test_a_picture_that_cannot_be_written_is_no_work_lost(tilsyn: Tilsyn, tmp_path: Path) -> None:
    (tmp_path / "mappe.svg").mkdir()
    for path in (tmp_path / "mappe.svg", tmp_path / "findes ikke" / "billede.svg"):
        answer = simulate(tilsyn, "--plot", path)
        assert (answer.code, "kan ikke skrives" in answer.err) == (Exit.SURROUNDINGS, True)
    assert [path.name for path in tmp_path.iterdir()] == ["mappe.svg"]


@pytest.mark.usefixtures("idle")
def test_a_picture_replaces_nothing_but_a_picture(tilsyn: Tilsyn, tmp_path: Path) -> None:
    for before in ("", "mine egne noter"):
        (tmp_path / "noter.svg").write_text(before, encoding="utf-8")
        answer = simulate(tilsyn, "--plot", tmp_path / "noter.svg")
        assert (answer.code, "ikke er et SVG-billede" in answer.err) == (Exit.WRONG_USE, True)
        assert (tmp_path / "noter.svg").read_text(encoding="utf-8") == before


@pytest.mark.usefixtures("idle")
@pytest.mark.parametrize("part", ["goals", "rules/ladders"])
def test_a_picture_is_not_put_among_the_rules(tilsyn: Tilsyn, rules: Path, part: str) -> None:
    answer = simulate(tilsyn, "--policy", rules, "--plot", rules / part / "billede.svg")
    assert (answer.code, "blandt reglerne" in answer.err) == (Exit.WRONG_USE, True)
    assert not (rules / part / "billede.svg").exists()


def test_a_picture_replaces_an_earlier_one(tilsyn: Tilsyn, tmp_path: Path) -> None:
    path = tmp_path / "billede.svg"
    first = simulate(tilsyn, *SMALL, "--plot", path)
    assert first.code == Exit.FINE
    drawn = path.read_text(encoding="utf-8")
    assert "<svg" in drawn[:1000]
    path.write_text(drawn + "\n<!-- ældre -->", encoding="utf-8")
    assert simulate(tilsyn, *SMALL, "--plot", path, "--lang", "da").code == Exit.FINE
    assert path.read_text(encoding="utf-8") == drawn


@pytest.mark.parametrize(("years", "there"), [(9, False), (10, True)])
def test_what_is_said_of_ten_years_is_said_of_no_fewer(tilsyn: Tilsyn, years: int, there: bool) -> None:
    asked = ("--units", 100, "--years", years, "--confidence", "0.6:0.7", "--pool", 1)
    text = simulate(tilsyn, *asked).out.splitlines()
    (row,) = [line for line in text if line.startswith("│ som erklæret")]
    _, _, wronged, true, _, found, _, freed, _ = (cell.strip() for cell in row[1:-1].split("│"))
    assert [cell != "–" for cell in (wronged, true, found, freed)] == [there, True, True, there]
    smallest = next(line for line in text if line.startswith("│         1 │")).rstrip("│ ").split("│")[-2:]
    assert [cell.strip() != "–" for cell in smallest] == [there, there]
    for setting in simulate(tilsyn, *asked, "--format", "json").data["settings"]:
        assert (setting["wronged"] is not None) == there
        assert len(setting["freed"]) == years


def test_an_aim_about_few_is_neither_kept_nor_missed(tilsyn: Tilsyn) -> None:
    """Ten are small here, and of the few of them that are excellent no share tells anything: more are asked for."""
    asked = ("simulate", "jobcenter", *SMALL)
    aims = {one["aim"]: one for one in tilsyn(*asked, "--format", "json").data["aims"]}
    assert aims["moves"]["low"] < aims["moves"]["found"] < aims["moves"]["high"]
    for one in aims.values():
        surely = one["low"] >= one["limit"], one["high"] < one["limit"]
        if one["aim"] in ("moves", "wronged_small"):
            surely = one["high"] <= one["limit"], one["low"] > one["limit"]
        assert one["kept"] == {(True, False): True, (False, True): False, (False, False): None}[surely]
    assert aims["freed_small"]["kept"] is None
    text = tilsyn(*asked).flat
    assert all(said in text for said in ("med 95 % sikkerhed", "kan ikke siges", "Flere institutioner (`--units`)"))


def test_a_seed_is_shown_as_it_was_given(tilsyn: Tilsyn) -> None:
    seed = 99999999999999999999999999
    assert f"(frø {seed})" in tilsyn("simulate", "jobcenter", *SMALL, "--seed", seed).flat


@pytest.mark.parametrize(("schools", "said"), [(49, "som områdets prøve siger"), (50, "dem, som 50 institutioner i")])
def test_sizes_are_those_of_the_record_where_it_knows_enough(tilsyn: Tilsyn, schools: int, said: str) -> None:
    rows = [school(f"S{n:02}", elever=str(100 + 10 * n)) for n in range(schools)]
    file = write_csv(Path("tal.csv"), [*rows, school("X", closed="ja"), school("Y", elever="")])
    assert tilsyn("data", "import", "folkeskole", file, "--period", "2024/25").code == 0
    answer = tilsyn("simulate", "folkeskole", *SMALL)
    assert answer.code == 0, answer.err
    assert said in answer.flat
