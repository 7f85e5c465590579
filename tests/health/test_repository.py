"""The repository itself: what lies where, what is pinned, what is packaged, and that no machine is named in it."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tilsyn import __version__
from tilsyn.catalogue.schema import schema_texts

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TOP = {
    ".ci", ".gitignore", ".pre-commit-config.yaml", "CHANGELOG.md", "README.md", "constraints.txt", "features", "goals",
    "justfile", "pyproject.toml", "rules", "tests", "tilsyn",
}  # fmt: skip


def tracked() -> list[Path]:
    """The files of the repository; without git those that are not plainly made by a tool."""
    found = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if found.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in found.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


def test_only_what_belongs_lies_at_the_top() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in tracked()} - TOP == set()


def test_no_machine_is_named() -> None:
    places = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "tmp", "root", "home", "opt", "mnt", "Users")) + r")/")
    naming = [path for path in tracked() if path != Path(__file__) and places.search(_text(path))]
    assert naming == []


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def test_the_schemas_are_current() -> None:
    folder = ROOT / "tilsyn" / "catalogue" / "schema"
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == schema_texts()


def test_every_module_is_packaged() -> None:
    packages = set(PROJECT["tool"]["setuptools"]["packages"])
    folders = {".".join(p.parent.relative_to(ROOT).parts) for p in (ROOT / "tilsyn").rglob("*.py")}
    assert packages == folders | {"tilsyn.shipped.goals", "tilsyn.shipped.rules"}
    assert all((ROOT / folder.replace(".", "/") / "__init__.py").is_file() for folder in folders)


def test_every_module_says_what_it_is_for() -> None:
    for path in tracked():
        if path.suffix == ".py" and path.read_text(encoding="utf-8").strip():
            assert re.match(r'(#[^\n]*\n|\s)*"""\S', path.read_text(encoding="utf-8")), path


def test_the_changelog_speaks_of_this_version_to_those_it_concerns() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)
    assert versions[:2] == ["Unreleased", __version__]
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert {len(row) for row in rows} == {4}
    known = {"added", "threshold", "meaning", "text", "program", "Kind", "---"}
    assert {row[0] for row in rows} <= known


# dependencies


def pins() -> dict[str, str]:
    lines = [
        line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if not line.startswith("#")
    ]
    found = [re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][0-9a-z.]*)", line) for line in lines]
    assert all(found), "one `name==version` a line, nothing else"
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def declared() -> Iterator[Requirement]:
    for text in (*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["dev"]):
        yield Requirement(text)


def test_the_pins_are_what_the_project_asks_for() -> None:
    known = pins()
    for wanted in declared():
        assert wanted.specifier.contains(known[canonicalize_name(wanted.name)]), wanted


def test_everything_that_is_installed_along_is_pinned() -> None:
    known, waiting, seen = pins(), list(declared()), set[str]()
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        if name in seen:
            continue
        seen.add(name)
        assert name in known, wanted
        extras = wanted.extras or {""}
        try:
            along = requires(name) or ()
        except PackageNotFoundError:
            continue
        for text in along:
            below = Requirement(text)
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                waiting.append(below)


def test_what_is_installed_is_what_is_pinned() -> None:
    for name, pinned in pins().items():
        try:
            assert version(name) == pinned
        except PackageNotFoundError:
            continue


def test_every_dependency_says_what_it_is_for() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for wanted in declared():
        line = next(line for line in text.splitlines() if re.match(rf'\s*"{re.escape(wanted.name)}[\[><=]', line))
        assert re.search(r'",\s+# \w', line), line
