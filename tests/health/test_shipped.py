"""Every shipped file has a first day, and everything in it that decides a reference that says who has checked it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tilsyn.catalogue.quantity_checks import own_levels
from tilsyn.files.yaml_tree import read_tree
from tilsyn.services.cases import run_cases
from tilsyn.services.rules import checked_all

ROOT = Path(__file__).resolve().parents[2]
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FILES = sorted(p for part in ("goals", "rules") for p in (ROOT / part).rglob("*.yaml") if p.name != "columns.yaml")
POLICIES = [ROOT, *sorted((ROOT / "rules" / "regimes").iterdir())]

NEED_REFERENCE = {"goals", "constants", "rights", "steps", "requirements", "rules", "supports", "grave"}
"""Blocks whose every entry has a reference (`grave` is one itself)."""


@cache
def tree_of(path: Path) -> Any:
    found = read_tree(path)
    assert not found.problems
    return found.root


def entries(tree: Any) -> Iterator[tuple[str, Any]]:
    """Every entry that must have a reference, whatever days it stands under."""
    for key, block in tree.items():
        match key:
            case "movement" if isinstance(block, Mapping):
                yield from entries(block)
            case "placement":
                yield from entries(block)
            case "grave":
                yield key, block
            case "rules":
                yield from ((rule["id"], rule) for rule in undated(block))
            case key if key in NEED_REFERENCE:
                yield from ((name, entry) for name, entry in undated(block).items())
            case _:
                continue


def undated(block: Any) -> Any:
    """A dated block's latest value; an undated one as it is."""
    if isinstance(block, Mapping) and block and all(DAY.fullmatch(str(key)) for key in block):
        return block[max(block)]
    return block


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_says_from_when(path: Path) -> None:
    assert DAY.fullmatch(str(tree_of(path)["from"]))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_everything_that_decides_has_a_reference_and_says_who_checked_it(path: Path) -> None:
    tree = tree_of(path)
    if "sample" in tree or "places" in tree:
        return
    for name, entry in entries(tree):
        reference = undated(undated(entry)["reference"])
        assert "checked" in reference, name
        assert {"law", "eli", "note"} & set(reference), name
        assert reference["checked"] == "no" or {"by", "on"} == set(reference["checked"]), name


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_number_that_is_measured_has_a_unit(path: Path) -> None:
    tree = tree_of(path)
    if "area" not in tree:
        return
    for name, indicator in tree["indicators"].items():
        assert indicator["kind"] in ("category", "flag") or indicator.get("measured_in"), name
    for name, goal in tree.get("goals", {}).items():
        assert goal["measured_in"], name


def test_every_entry_would_be_asked() -> None:
    names = {name for path in FILES for name, _ in entries(tree_of(path))}
    assert {"faglighed", "fri", "udfordringsret", "T1", "grave", "meddelelsesbog", "kvalitetsfællesskab"} <= names


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_file_names_its_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert found
    assert (path.parent / found[1]).resolve().is_file()


def test_every_policy_is_sound_and_its_cases_hold() -> None:
    for catalogue in checked_all(POLICIES):
        assert [r.case.name.da for r in run_cases(catalogue, catalogue.areas) if not r.passed] == []


def test_whatever_a_shipped_regime_names_has_words_in_both_languages() -> None:
    """Attributes, constants and levels of a regime's own have no title; one letter is its own word."""
    for catalogue in checked_all([path for path in POLICIES if path.parent.name == "regimes"]):
        for area in catalogue.areas:
            policy = catalogue.on(area, catalogue.change_days(area)[-1])
            ladder, words = policy.ladder_names("levels"), policy.area.words
            levels = [name for q in policy.area.quantities.values() for _, name in own_levels(q, ladder) if name[1:]]
            named = {*policy.area.attributes, *policy.area.constants, *levels}
            assert {name for name, word in words.items() if word.en} >= named, area


def test_what_is_an_example_says_so() -> None:
    for path in FILES:
        tree = tree_of(path)
        # a regime is somebody's own rules, declared as they stand
        if path.parent.name in ("goals", "ladders") and not tree.get("regime"):
            assert undated(tree.get("example", False)) is True, path
