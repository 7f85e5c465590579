"""`tilsyn sprawl`: folders of sub-goals beside the ministry's policy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Tilsyn

HEAD = "tilsyn: 1\nfrom: 2024-01-01\nsubgoals_of: folkeskole\n"


def subgoals(folder: Path, name: str, level: str, owner: str, goals: str, head: str = HEAD) -> Path:
    (folder / "goals").mkdir(parents=True, exist_ok=True)
    (folder / "goals" / f"{name}.yaml").write_text(
        f"{head}level: {level}\nowner: {owner}\ngoals:\n{goals}", encoding="utf-8"
    )
    return folder


@pytest.fixture
def kommune(tmp_path: Path) -> Path:
    goals = "  læselyst: {title: Læselyst, serves: læsning_og_sprog}\n  flot_logo: {title: Et flot logo}\n"
    return subgoals(tmp_path / "kommune", "delmål", "kommune", "Strandby Kommune", goals)


@pytest.fixture
def schools(tmp_path: Path) -> Path:
    for school in ("a", "b"):
        subgoals(
            tmp_path / "skoler", school, "skole", f"Skolen {school.upper()}",
            "  bogkasser: {title: Bogkasser, serves: læselyst}\n  kaffe: {title: Bedre kaffe, serves: læselist}\n",
        )  # fmt: skip
    return tmp_path / "skoler"


def test_the_chain_is_counted_and_traced(tilsyn: Tilsyn, policy: Path, kommune: Path, schools: Path) -> None:
    answer = tilsyn("sprawl", policy, kommune, schools)
    assert answer.code == 0
    assert "5 mål er blevet til 6 delmål." in answer.flat
    assert "3 af de 6 delmål fører ikke til noget centralt mål." in answer.flat
    assert "· kommune Strandby Kommune – 2 1" in answer.flat
    assert "· · skole Skolen A – 2 1" in answer.flat
    assert "`læselist` findes ikke på noget niveau over det; mente du `læselyst`?" in answer.flat


def test_it_is_told_in_english_and_as_data(tilsyn: Tilsyn, policy: Path, kommune: Path, schools: Path) -> None:
    assert "5 goals have become 6 sub-goals." in tilsyn("--lang", "en", "sprawl", policy, kommune, schools).flat
    (area,) = tilsyn("sprawl", policy, kommune, schools, "--format", "json").data["areas"]
    assert (area["area"], area["goals"], area["subgoals"], area["untraced"]) == ("folkeskole", 5, 6, 3)
    assert area["under"]["læsning_og_sprog"] == 3
    assert {(one["name"], one["why"]) for one in area["each"] if one["central"] is None} == {
        ("flot_logo", "serves-none"), ("kaffe", "unknown")
    }  # fmt: skip


def test_a_folder_may_hold_sub_goals_alone(tilsyn: Tilsyn, kommune: Path, schools: Path) -> None:
    assert tilsyn("check", kommune, schools).code == 0
    assert "Ingen af mapperne erklærer området `folkeskole`" in tilsyn("sprawl", kommune, schools).flat


def test_sub_goals_may_stand_beside_the_area_and_change_no_placement(
    tilsyn: Tilsyn, policy: Path, tmp_path: Path
) -> None:
    both = Path(shutil.copytree(policy, tmp_path / "both"))
    goals = "  fri: {title: Fri, serves: fremmøde}\n"
    subgoals(subgoals(both, "delmål", "kommune", "K", goals), "flere", "kommune", "L", goals)
    assert tilsyn("check", both).code == 0
    assert "5 mål er blevet til 2 delmål." in tilsyn("sprawl", both).flat


def test_what_is_wrong_in_a_file_is_said_where_it_is(tilsyn: Tilsyn, policy: Path, kommune: Path) -> None:
    path = kommune / "goals" / "delmål.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("serves:", "servs:"), encoding="utf-8")
    answer = tilsyn("sprawl", policy, kommune)
    assert answer.code == 3
    assert "delmål.yaml:7" in answer.err
    assert "`serves`" in answer.err


def test_a_folder_that_is_no_policy_is_refused(tilsyn: Tilsyn, tmp_path: Path) -> None:
    answer = tilsyn("sprawl", tmp_path / "ingen")
    assert answer.code == 2
    assert "`goals/`" in answer.err
