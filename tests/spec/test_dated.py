"""First days: any value or block may be a map of them, and what holds on a day follows.

The days are resolved on the tree; the catalogue is checked for each day on which something
changes, and a policy is the same value for all days in between.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tilsyn.catalogue.catalogue import Catalogue, load
from tilsyn.catalogue.dated import days_in, impossible_days, is_dated, resolve
from tilsyn.catalogue.documents import Document
from tilsyn.files.declarations import load_policy, read_policy
from tilsyn.files.yaml_tree import parse_tree
from tilsyn.problems import DeclarationError, UsageError, Where

BASE = Path(__file__).parent.parent / "broken" / "base"
D = dt.date.fromisoformat


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-08-01", {"a": 1, "b": "x"}),
        ("2025-07-31", {"a": 1, "b": "x"}),
        ("2025-08-01", {"a": 2, "b": "x"}),
        ("2025-08-02", {"a": 2, "b": "x"}),
        ("2026-08-01", {"a": 2, "b": {"c": 3}}),
    ],
)
def test_the_latest_first_day_holds(day: str, expected: object) -> None:
    tree = {"a": {"2024-08-01": 1, "2025-08-01": 2}, "b": {"2024-08-01": "x", "2026-08-01": {"c": 3}}}
    assert resolve(tree, D(day)).tree == expected


def test_days_may_stand_inside_each_other_and_in_lists() -> None:
    tree = [{"2024-08-01": {"a": {"2024-08-01": 1, "2025-08-01": 2}}}]
    found = resolve(tree, D("2025-08-01"))
    assert found.tree == [{"a": 2}]
    assert found.origin[(0, "a")] == (0, "2024-08-01", "a", "2025-08-01")
    assert set(days_in(tree)) == {D("2024-08-01"), D("2025-08-01")}


def test_a_map_without_a_value_yet_is_uncovered() -> None:
    assert resolve({"a": {"2025-08-01": 2}}, D("2024-08-01")).uncovered == (("a",),)


def test_a_day_that_does_not_exist_is_found() -> None:
    assert list(impossible_days({"a": {"2025-02-29": 1}})) == [("a", "2025-02-29")]


def test_names_with_days_in_them_are_no_days() -> None:
    assert not is_dated({"2024-08-01": 1, "a": 2})
    assert not is_dated({})


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """A policy whose weight changes in 2025 and whose ladder changes in 2026, and which ends in 2028."""
    folder = shutil.copytree(BASE, tmp_path / "policy")
    edit(folder / "goals/skole.yaml", "weight: 40", "weight: {2024-08-01: 40, 2025-08-01: 45}")
    edit(folder / "goals/skole.yaml", "from: 2024-08-01\n", "from: 2024-08-01\nuntil: 2028-07-31\n")
    edit(folder / "rules/ladders/trappe.yaml", "coverage: 60 %", "coverage: {2024-08-01: 60 %, 2026-08-01: 70 %}")
    return load_policy(folder)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_an_area_changes_when_any_file_it_uses_does(catalogue: Catalogue) -> None:
    assert catalogue.change_days("skole") == (D("2024-08-01"), D("2025-08-01"), D("2026-08-01"))


def test_a_policy_is_the_same_value_between_two_changes(catalogue: Catalogue) -> None:
    first, second, third = (catalogue.on("skole", D(day)) for day in ("2024-08-01", "2025-08-01", "2026-08-01"))
    assert catalogue.on("skole", D("2025-07-31")) is first
    assert catalogue.on("skole", D("2026-07-31")) is second
    assert catalogue.on("skole", D("2028-07-31")) is third
    assert [policy.area.goals["fremmøde"].weight for policy in (first, second, third)] == [40, 45, 45]
    assert [str(policy.ladder.score.coverage) for policy in (first, second, third)] == ["3/5", "3/5", "7/10"]
    assert (first.day, first.next_day, third.next_day) == (D("2024-08-01"), D("2025-08-01"), None)


@pytest.mark.parametrize(("day", "code"), [("2024-07-31", "not-in-force"), ("2028-08-01", "not-in-force")])
def test_an_area_that_is_not_in_force_says_so(catalogue: Catalogue, day: str, code: str) -> None:
    with pytest.raises(DeclarationError) as raised:
        catalogue.on("skole", D(day))
    assert [problem.code for problem in raised.value.problems] == [code]


def test_an_unknown_area_is_wrong_use(catalogue: Catalogue) -> None:
    with pytest.raises(UsageError) as raised:
        catalogue.on("skoler", D("2025-01-01"))
    assert raised.value.problems[0].args["suggestion"] == "skole"


def test_a_place_is_that_of_the_value_in_force(catalogue: Catalogue) -> None:
    path = ("goals", "fremmøde", "weight")
    early = catalogue.on("skole", D("2024-08-01")).where("area", path)
    late = catalogue.on("skole", D("2025-08-01")).where("area", path)
    assert (early.line, late.line) == (late.line, late.line)
    assert late.column - early.column == len("40, 2025-08-01: ")
    document = catalogue.document("area", "skole")
    assert document is not None
    assert catalogue.where(document, path, day=D("2024-08-01")) == early
    assert isinstance(catalogue.where(document, ("goals",)), Where)


def test_a_key_inside_a_dated_block_is_that_of_the_day() -> None:
    tree = parse_tree("a:\n  2024-08-01: {b: 1}\n  2025-08-01: {b: {2025-08-01: 2}}\n", "f.yaml")
    document = Document("area", "x", "f.yaml", tree.root, tree.positions)
    assert document.where(("a", "b"), key=True, day=D("2024-08-01")) == Where("f.yaml", 2, 16)
    assert document.where(("a", "b"), key=True, day=D("2025-08-01")) == Where("f.yaml", 3, 16)
    assert document.where(("a", "b"), day=D("2025-08-01")) == Where("f.yaml", 3, 32)


def edited(tmp_path: Path, name: str, *edits: tuple[str, str]) -> Catalogue:
    folder = shutil.copytree(BASE, tmp_path / name)
    for old, new in edits:
        edit(folder / "goals/skole.yaml", old, new)
    return load_policy(folder)


def test_the_fingerprint_is_of_what_is_declared(tmp_path: Path) -> None:
    base = edited(tmp_path, "base").fingerprint
    assert edited(tmp_path, "a", ("weight: 60", "weight: 61")).fingerprint != base
    assert edited(tmp_path, "b", ("at_least: 8}", "at_least: 8.0}")).fingerprint == base
    moved = (("    weight: 60\n", ""), ("    measure: k", "    weight: 60\n    measure: k"))
    assert edited(tmp_path, "c", *moved).fingerprint == base
    assert edited(tmp_path, "d", ("title: Skoler", "title: Skoler  # a comment")).fingerprint == base
    levels = ("lav: Lav, middel: Middel", "middel: Middel, lav: Lav")
    ladder = shutil.copytree(BASE, tmp_path / "e")
    edit(ladder / "rules/ladders/trappe.yaml", *levels)
    found, _ = read_policy(ladder)
    with pytest.raises(DeclarationError):  # the order of levels is their rank
        load(found)


def test_the_fingerprint_does_not_hang_on_the_names_of_files(tmp_path: Path) -> None:
    folder = shutil.copytree(BASE, tmp_path / "policy")
    (folder / "goals/skole.yaml").rename(folder / "goals/åå.yaml")
    assert load_policy(folder).fingerprint == load_policy(BASE).fingerprint


def test_positions_are_those_of_the_text() -> None:
    tree = parse_tree("a: {2024-08-01: x}\n", "f.yaml")
    assert tree.positions.line_column(("a", "2024-08-01")) == (1, 17)
