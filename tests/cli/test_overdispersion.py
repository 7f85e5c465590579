"""An interval that depends on the other institutions, from the file to the explanation of one of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Tilsyn
from tests.cli.schools import PERIOD, folkeskole_policy, school, write_csv

ADDED = "overdispersion: {method: spiegelhalter/v1, centre: 0, trim: 20 %}"


def widened_policy(folder: Path) -> Path:
    """The folkeskole, its goal for reading with over-dispersion and a confidence that nobody else changes."""
    policy = folkeskole_policy(folder)
    area = policy / "goals/folkeskole.yaml"
    text, times = re.subn(
        r"(evidence: \{method: normal/v1, confidence: )\{[^}]*\}(.*)\}",
        rf"\1{{up: 0.5, down: 0.65}}\2, {ADDED}}}",
        area.read_text(encoding="utf-8"),
    )
    assert times == 1
    area.write_text(text, encoding="utf-8")
    return policy


@pytest.fixture
def widened(tmp_path: Path, tilsyn: Tilsyn) -> Path:
    """Results of five schools; tests/spec/test_overdispersion.py works out that τ² is 3, over 3 of them."""
    policy = widened_policy(tmp_path / "regler")
    figures = zip("ABCDE", ("47.3", "50.3", "51.3", "54.3", "59.3"), ("1", "1", "2", "2", "1"), strict=True)
    rows = [school(unit, {"læsning": x, "læsning.se": se}) for unit, x, se in figures]
    given = write_csv(tmp_path / "tal.csv", rows)
    said = tilsyn("--policy", policy, "place", "folkeskole", given, "--period", PERIOD, "--out", tmp_path / "ud")
    assert said.code == 0, said.err
    return tmp_path / "ud"


def test_an_explanation_says_how_many_it_rests_on(tilsyn: Tilsyn, widened: Path) -> None:
    """−3 ± 0.6745 · √(1 + 3) below, and 0.9346 · √(1 + 3) above."""
    told = tilsyn("explain", "A", "--from", widened).flat
    assert "3 institutioner er mere forskellige, end tilfældet forklarer (τ = 1,732051)" in told
    assert "−4,3 … −1,1" in told
    assert "måles mod de andre institutioner" in told
    english = tilsyn("--lang", "en", "explain", "A", "--from", widened).flat
    assert "3 institutions differ more than chance explains (τ = 1.732051)" in english
    data = tilsyn("explain", "A", "--from", widened, "--format", "json").data
    goal = data["goals"]["læsning_og_sprog"]
    assert goal["between"] == {"variance": 3, "peers": 3}
    assert (goal["worse"], goal["value"], goal["better"]) == (-4.3, -3, -1.1)


def test_where_chance_explains_it_nothing_is_added(tilsyn: Tilsyn, tmp_path: Path) -> None:
    policy = widened_policy(tmp_path / "regler")
    given = write_csv(tmp_path / "tal.csv", [school(unit) for unit in "ABCDE"])
    assert tilsyn("--policy", policy, "place", "folkeskole", given, "--period", PERIOD, "--out", "ud").code == 0
    told = tilsyn("explain", "A", "--from", "ud").flat
    assert "usikkerheden er ikke gjort større; 5 institutioner er ikke mere forskellige" in told


def test_such_declarations_check(tilsyn: Tilsyn, tmp_path: Path) -> None:
    assert tilsyn("--policy", widened_policy(tmp_path / "regler"), "check").code == 0
