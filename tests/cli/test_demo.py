"""`demo`: from nothing to a record, the same for the same seed, and never over anything else."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import COMMAND, Demo, Tilsyn
from tests.cli.schools import folkeskole_policy
from tilsyn.services.kept import InRecord, kept_in_record
from tilsyn.services.recording import open_runs


def kept(folder: Path) -> dict[str, InRecord]:
    """Every run of a demonstration's record, by area and period."""
    runs = open_runs(str(folder / "tilsyn.db"))
    return {f"{run.area}/{run.period}": run for run in kept_in_record(runs)}


def placements(folder: Path) -> dict[str, pl.DataFrame]:
    """Every placed period of a demonstration."""
    return {name: run.table("placements") for name, run in kept(folder).items()}


def runs_of(folder: Path) -> int:
    """How many runs there are by now in a record that another process is writing."""
    try:
        with contextlib.closing(sqlite3.connect(folder / "tilsyn.db")) as connection:
            return connection.execute("SELECT count(*) FROM run").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy folder whose demonstration is over soon."""
    return folkeskole_policy(tmp_path_factory.mktemp("few"), institutions=12)


# the whole


def test_it_runs_from_an_empty_folder(demo: Demo) -> None:
    assert demo.answer.code == 0, demo.answer.err
    assert not demo.answer.err
    assert {path.name for path in demo.folder.parent.iterdir()} == {"tilsyn-demo"}


def test_it_places_about_four_thousand_institutions_in_five_areas_and_six_periods(demo: Demo) -> None:
    found = placements(demo.folder)
    latest = {name.partition("/")[0]: frame for name, frame in found.items()}
    assert len(found) == 30
    assert len(latest) == 5
    assert 3_500 < sum(frame.height for frame in latest.values()) < 4_500


def test_the_summary_says_what_the_placements_say(demo: Demo) -> None:
    latest = {name.partition("/")[0]: frame for name, frame in placements(demo.folder).items()}
    everyone = pl.concat(
        [frame.select("previous", "step", "reasons", "hours_freed", "rights") for frame in latest.values()]
    )
    reasons = pl.col("reasons").str.split("+").list
    moved = everyone.filter(pl.col("previous") != pl.col("step"))
    rose = everyone.filter(reasons.contains("rises") & ~reasons.contains("grave")).height
    fell = moved.filter(reasons.contains("falls") | reasons.contains("grave") | reasons.contains("lapse")).height
    doubt = everyone.filter(reasons.contains("in-doubt-stay")).height
    assert rose + fell == moved.height
    assert f"{everyone.height} institutioner i 5 områder er indplaceret i 6 perioder." in demo.answer.flat
    said = re.search(
        r"gik (\d+) op og (\d+) blev indstillet .*?; (\d+) blev stående.*?([\d.]+) timers.*?, og (\d+) institutioner",
        demo.answer.flat,
    )
    assert said is not None
    hours = f"{everyone['hours_freed'].sum():,.0f}".replace(",", ".")
    rights = everyone.filter(pl.col("rights").fill_null("") != "").height
    assert said.groups() == (str(rose), str(fell), str(doubt), hours, str(rights))


def test_the_table_of_areas_says_what_the_placements_say(demo: Demo) -> None:
    frame = placements(demo.folder)["folkeskole/2025/26"]
    counts = dict(frame.group_by("step").len().iter_rows())
    steps = " ".join(str(counts.get(step, 0)) for step in ("fri", "tillid", "almindelig", "støtte", "intensiv"))
    assert f"Folkeskolen 2025/26 {steps} " in demo.answer.flat


def test_three_institutions_are_explained_and_can_be_explained_whole(demo: Demo, tilsyn: Tilsyn) -> None:
    for title in (
        "En, der gik op:",
        "En, der er indstillet til at gå ned:",
        "En, der blev stående, fordi tallene er i tvivl:",
    ):
        assert title in demo.answer.out
    ids = re.findall(r": .*\((\w+)\), .*, 20", demo.answer.out)
    assert len(ids) == 3
    found = [tilsyn("explain", unit, "--db", demo.folder / "tilsyn.db", "--format", "json").data for unit in ids]
    assert [next(r["reason"] for r in data["reasons"]) for data in found] == ["rises", "falls", "in-doubt-stay"]


def test_what_it_says_to_look_at_next_works(demo: Demo, tilsyn: Tilsyn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo.folder.parent)
    commands = re.findall(r"• tilsyn (.*?)  –", demo.answer.out)
    assert [command.split()[0] for command in commands] == ["show", "explain", "init", "check", "test", "data"]
    for command in commands[:2]:
        assert tilsyn(*command.split()).code == 0


def test_each_period_begins_where_the_one_before_ended(demo: Demo) -> None:
    found = placements(demo.folder)
    first, second = found["plejehjem/2024"], found["plejehjem/2025"]
    both = second.join(first.select("institution", came_from="step"), on="institution")
    assert both.height > 800
    assert both.filter(pl.col("previous") != pl.col("came_from")).is_empty()


def test_the_data_have_gaps_corrections_closed_units_and_an_emergency(demo: Demo) -> None:
    assert list((demo.folder / "figures").glob("*-rettelser.csv"))
    everything = placements(demo.folder)
    assert any(frame["reasons"].str.contains("grave").any() for frame in everything.values())
    assert any(not frame["assessed"].all() for frame in everything.values())
    closed = (run.table("closed") for run in kept(demo.folder).values())
    assert any(frame["successor"].is_not_null().any() for frame in closed)


# again


@pytest.fixture
def two_years(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demonstration of two years shows as much about running it again as one of six."""
    monkeypatch.setattr("tilsyn.demo.YEARS", 2)


@pytest.mark.usefixtures("two_years")
def test_the_same_seed_gives_the_same_and_another_does_not(tilsyn: Tilsyn, few: Path) -> None:
    said: list[str] = []
    for out, seed in (("1", 7), ("2", 7), ("3", 8)):
        Path(out).mkdir()
        answer = tilsyn("--policy", few, "demo", "--out", out, "--seed", seed, "--format", "json", "--lang", "en")
        assert answer.code == 0
        said.append(answer.out)
    one, two, three = (placements(Path(out)) for out in ("1", "2", "3"))
    assert list(one) == list(two) == list(three)
    assert all(one[name].equals(two[name]) for name in one)
    assert not any(one[name].equals(three[name]) for name in one)
    assert said[0].replace('"folder": "1"', '"folder": "2"') == said[1]
    data = answer.data
    assert set(data) == {"folder", "fictitious", "areas", "examples"}
    assert data["fictitious"] is True
    area = data["areas"]["folkeskole"]
    assert area["periods"] == ["2020/21", "2021/22"]
    assert area["count"] == sum(area["steps"].values()) == three["folkeskole/2021/22"].height


@pytest.mark.usefixtures("two_years")
def test_killed_half_way_it_leaves_a_folder_that_the_next_run_replaces(
    tilsyn: Tilsyn, few: Path, tmp_path: Path
) -> None:
    if not COMMAND.exists():
        pytest.skip("no installed command")
    out = tmp_path / "d"
    running = subprocess.Popen([COMMAND, "--policy", few, "demo", "--out", out], stdout=subprocess.DEVNULL)
    with running:
        while running.poll() is None and not runs_of(out):
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)
    assert running.returncode == -signal.SIGKILL
    left = placements(out)
    assert 0 < len(left) < 6
    assert tilsyn("show", "--db", out / "tilsyn.db").code == 0
    (out / "figures/left.csv").touch()
    assert tilsyn("--policy", few, "demo", "--out", out).code == 0
    assert len(placements(out)) == 2
    assert not (out / "figures/left.csv").exists()


@pytest.mark.parametrize("other", ["notes.txt", "policy/goals/mine.yaml", "goals/area.yaml", ".git/config"])
def test_a_folder_with_other_things_is_left_alone(tilsyn: Tilsyn, few: Path, other: str) -> None:
    path = Path("d") / other
    path.parent.mkdir(parents=True)
    path.write_text("mine", encoding="utf-8")
    for out in ("d", path):
        answer = tilsyn("--policy", few, "demo", "--out", out)
        assert answer.code == 2
        assert "vælg en anden mappe med `--out`" in answer.err
    assert path.read_text(encoding="utf-8") == "mine"


def test_real_results_are_not_taken_for_a_demonstration(tilsyn: Tilsyn, few: Path, results: Path) -> None:
    assert tilsyn("--policy", few, "demo", "--out", results).code == 2
    assert len(list(results.glob("*/*/placements.parquet"))) == 2


def test_a_record_of_ones_own_is_not_taken_for_a_demonstration(tilsyn: Tilsyn, few: Path) -> None:
    Path("d").mkdir()
    Path("d/tilsyn.db").write_bytes(b"mine")
    assert tilsyn("--policy", few, "demo", "--out", "d").code == 2
    assert Path("d/tilsyn.db").read_bytes() == b"mine"


def test_a_file_laid_into_a_demonstration_keeps_it(tilsyn: Tilsyn, few: Path) -> None:
    Path("d").mkdir()
    Path("d/demo.json").write_text(json.dumps({"areas": ["folkeskole"]}), encoding="utf-8")
    Path("d/mine.xlsx").touch()
    assert tilsyn("--policy", few, "demo", "--out", "d").code == 2
    assert Path("d/mine.xlsx").exists()


def test_a_policy_without_a_sample_cannot_be_demonstrated(tilsyn: Tilsyn, tmp_path: Path) -> None:
    bare = folkeskole_policy(tmp_path / "p")
    for path in (bare / "goals/samples").iterdir():
        path.unlink()
    answer = tilsyn("--policy", bare, "demo")
    assert answer.code == 2
    assert "goals/samples/" in answer.err
    assert not Path("tilsyn-demo").exists()
