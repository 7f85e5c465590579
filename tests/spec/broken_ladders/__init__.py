"""A small sound policy, and eleven ways to weaken it: one named change each, with what fails and the institution shown.

`base/` holds every property. Each file says which property it is about, what it replaces in the ladder, every
property that fails then (or is not decided), and for its own the counterexample: what it is about, and the years of
its institutions.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
LADDER = "rules/ladders/trappe.yaml"
AREA = "goals/hjem.yaml"
FILES = sorted(HERE.glob("*.yaml"))


@dataclass(frozen=True)
class Broken:
    """What a file says."""

    name: str
    property: str
    change: tuple[tuple[str, str], ...]
    fails: list[str]
    undecided: list[str]
    shows: dict[str, Any]


def read(file: Path) -> Broken:
    said = yaml.safe_load(file.read_text(encoding="utf-8"))
    change = tuple((part["from"], part["to"]) for part in said["change"])
    return Broken(file.stem, said["property"], change, said["fails"], said.get("undecided", []), said["shows"])


BROKEN = [read(file) for file in FILES]


def sound(folder: Path) -> Path:
    """A copy of the sound policy."""
    return shutil.copytree(HERE / "base", folder)


def weakened(folder: Path, broken: Broken) -> Path:
    """A copy of the sound policy with what a file changes."""
    sound(folder)
    for old, new in broken.change:
        replace(folder / LADDER, old, new)
    return folder


def replace(path: Path, old: str, new: str) -> None:
    """Replaces what stands exactly once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
