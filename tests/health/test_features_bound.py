"""Every Danish feature is bound and every scenario of it runs, counted by two that don't know each other.

The feature files are read with the Gherkin parser itself; what runs is asked of a pytest session.
A feature that no module binds, a scenario that hides another of the same name, an outline without
examples, a language left out: each is a difference between the two and fails here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gherkin.parser import Parser

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "features"
LANGUAGE = "# language: da"

COLLECT = """
import json, sys, pytest

class Collected:
    def pytest_collection_finish(self, session):
        from pytest_bdd.scenario import scenario_wrapper_template_registry as bound

        runs = [item for item in session.items if not any(item.iter_markers("skip"))]
        found = [bound[item.function] for item in runs if getattr(item, "function", None) in bound]
        print("COLLECTED", json.dumps([[s.feature.filename, s.name] for s in found]))

sys.exit(pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Collected()]))
"""

Runs = Counter[tuple[str, str]]
"""How often a scenario, by feature file and name, is run."""


def parsed(folder: Path) -> Runs:
    """What the feature files hold: each scenario once, an outline once per example."""
    runs: Runs = Counter()
    for file in sorted(folder.rglob("*.feature")):
        feature = Parser().parse(file.read_text(encoding="utf-8"))["feature"]
        for scenario in _scenarios(feature["children"]):
            examples = scenario["examples"]
            rows = sum(len(example["tableBody"]) for example in examples) if examples else 1
            runs[str(file.relative_to(folder)), scenario["name"]] += rows
    return runs


def _scenarios(children: list[Any]) -> Iterator[Any]:
    for child in children:
        if "rule" in child:
            yield from _scenarios(child["rule"]["children"])
        elif "scenario" in child:
            yield child["scenario"]


def collected(folder: Path, *tests: Path) -> Runs:
    """What a pytest session would run of the features in a folder."""
    command = [sys.executable, "-c", COLLECT, *map(str, tests)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False, encoding="utf-8")
    line = next((line for line in done.stdout.splitlines() if line.startswith("COLLECTED ")), None)
    assert line is not None, done.stdout + done.stderr
    found = [(Path(file), name) for file, name in json.loads(line.removeprefix("COLLECTED "))]
    return Counter((str(file.relative_to(folder)), name) for file, name in found if file.is_relative_to(folder))


def differences(held: Runs, run: Runs) -> list[str]:
    return [
        f"{file}: »{name}« står {held[file, name]} gange og køres {run[file, name]} gange"
        for file, name in sorted(held.keys() | run.keys())
        if held[file, name] != run[file, name]
    ]


@pytest.fixture(scope="module")
def running() -> Runs:
    return collected(FEATURES, ROOT / "tests/features")


def test_every_scenario_of_every_feature_runs(running: Runs) -> None:
    held = parsed(FEATURES)
    assert held
    assert differences(held, running) == []


def test_a_feature_that_nothing_binds_is_found(running: Runs, tmp_path: Path) -> None:
    text = f"{LANGUAGE}\nEgenskab: Ny\n  Scenarie: Ikke bundet\n    Givet intet\n"
    (tmp_path / "ny.feature").write_text(text, encoding="utf-8")
    held = parsed(FEATURES) + parsed(tmp_path)
    assert differences(held, running) == ["ny.feature: »Ikke bundet« står 1 gange og køres 0 gange"]


def test_two_scenarios_of_one_name_and_an_outline_without_examples_are_found(tmp_path: Path) -> None:
    text = f"{LANGUAGE}\nEgenskab: To\n" + "  Scenarie: Samme\n    Givet intet\n" * 2
    text += "  Abstrakt Scenario: Tom\n    Givet <noget>\n    Eksempler:\n      | noget |\n"
    (tmp_path / "to.feature").write_text(text, encoding="utf-8")
    held = parsed(tmp_path)
    assert held["to.feature", "Samme"] == 2
    assert held["to.feature", "Tom"] == 0


@pytest.mark.parametrize("file", sorted(FEATURES.rglob("*.feature")), ids=lambda file: file.stem)
def test_a_feature_says_that_it_is_danish_and_is_not_empty(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    assert lines[0] == LANGUAGE
    assert lines[1].startswith("Egenskab: ")
    feature = Parser().parse("\n".join(lines))["feature"]
    assert feature["description"].strip(), "en egenskab begynder med, hvad den er til for"
    assert len(list(_scenarios(feature["children"]))) >= 3


def test_no_feature_speaks_of_files_or_rules_by_id() -> None:
    """A ministry reads them: no YAML, no identifiers with underscores, no numbers of rules, outside quoted messages."""
    for file in FEATURES.rglob("*.feature"):
        for line in file.read_text(encoding="utf-8").splitlines():
            outside = re.sub(r'"[^"]*"', "", line)
            assert not re.search(r"\.yaml|\w_\w|\bT\d\b|`", outside), f"{file.name}: {line}"
