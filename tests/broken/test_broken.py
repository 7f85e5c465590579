"""One broken file per fault, paired with the words that its message must hold.

`base/` is a small valid policy. Each file in `faults/` replaces one of its files and breaks one
thing; comments at its top say which code, and which Danish and English words, must come out, and
`# <- the fault` marks the line that must be pointed at. Files that cannot lie in a repository (too
large, not text) are made here.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tilsyn.problems import DeclarationError, Problem, Where
from tilsyn.services.rules import checked
from tilsyn.telling.words import problem_line

HERE = Path(__file__).parent
FAULTS = sorted((HERE / "faults").glob("*.yaml"))
MARK = "# <- the fault"


@dataclass(frozen=True)
class Expected:
    """What the comments at the top of a broken file say."""

    replaces: str
    code: str
    words: dict[str, list[str]]
    line: int | None
    column: int | None


def expected(broken: Path) -> Expected:
    text = broken.read_text(encoding="utf-8")
    said = dict(re.findall(r"^# (replaces|code|column|da|en): (.*)$", text, re.MULTILINE))
    marked = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith(MARK)]
    return Expected(
        replaces=said["replaces"],
        code=said["code"],
        words={lang: said[lang].split(" | ") for lang in ("da", "en")},
        line=marked[0] if marked else None,
        column=int(said["column"]) if "column" in said else None,
    )


def problems_in(folder: Path) -> tuple[Problem, ...]:
    """Everything that `check` finds: in the files, and in the plan of every area on every day."""
    try:
        checked(folder)
    except DeclarationError as error:
        return tuple(error.problems)
    return ()


def test_the_base_has_no_fault(policy: Path) -> None:
    assert problems_in(policy) == ()


@pytest.mark.parametrize("broken", FAULTS, ids=lambda path: path.stem)
def test_a_broken_file_gives_its_one_problem_in_both_languages(broken: Path, policy: Path) -> None:
    wanted = expected(broken)
    shutil.copyfile(broken, policy / wanted.replaces)
    problems = problems_in(policy)
    assert [problem.code for problem in problems] == [wanted.code]
    (problem,) = problems
    if wanted.line:
        assert str(problem.where).startswith(f"{wanted.replaces}:{wanted.line}:")
    if wanted.column:
        assert problem.where.column == wanted.column
    for lang, words in wanted.words.items():
        text = problem_line(problem, lang)
        assert [word for word in words if word not in text] == [], text


def test_every_problem_is_told_at_once(policy: Path) -> None:
    area = policy / "goals/skole.yaml"
    text = area.read_text(encoding="utf-8")
    for old, new in (
        ("    weight: 60\n", "    weight: 60\n    weight: 70\n"),  # YAML
        ("    better: lower\n", "    better: lowest\n"),  # a model
        ("watch: samtaler", "watch: samtale"),  # a name, in another goal
        ("    measure: karakter\n", "    measure: karakterer\n"),  # an expression
    ):
        assert old in text
        text = text.replace(old, new)
    area.write_text(text, encoding="utf-8")
    (policy / "rules/supports.yaml").write_text("tilsyn: [1\n", encoding="utf-8")
    assert [(p.where.file, p.code) for p in problems_in(policy)] == [
        ("goals/skole.yaml", "feel-name"),
        ("goals/skole.yaml", "duplicate-key"),
        ("goals/skole.yaml", "unknown-indicator"),
        ("goals/skole.yaml", "bad-choice"),
        ("rules/supports.yaml", "yaml-unclosed-bracket"),
    ]


def test_one_fault_met_on_several_days_is_told_once(policy: Path) -> None:
    area = policy / "goals/skole.yaml"
    text = area.read_text(encoding="utf-8")
    text = text.replace("    weight: 40\n", "    weight: {2024-08-01: 40, 2025-08-01: 45, 2026-08-01: 50}\n")
    area.write_text(text.replace("watch: samtaler", "watch: samtale"), encoding="utf-8")
    assert [problem.code for problem in problems_in(policy)] == ["unknown-indicator"]


def test_a_file_of_100_megabytes_is_refused_without_being_read(policy: Path) -> None:
    huge = policy / "goals/huge.yaml"
    with huge.open("wb") as file:
        file.truncate(100_000_000)
    huge.chmod(0)  # whoever tries to read it fails
    (problem,) = problems_in(policy)
    assert (problem.where, problem.code) == (Where("goals/huge.yaml"), "file-too-large")
    assert "100.0 MB" in problem_line(problem, "da")
    assert "it was not read" in problem_line(problem, "en")


def test_a_file_that_is_not_utf8_says_where(policy: Path) -> None:
    (policy / "goals/latin.yaml").write_bytes("tilsyn: 1\narea: kør\n".encode("latin-1"))
    (problem,) = problems_in(policy)
    assert (problem.where, problem.code) == (Where("goals/latin.yaml", 2, 8), "not-utf8")
    assert "UTF-8" in problem_line(problem, "da")
    assert "0xF8" in problem_line(problem, "en")


def test_a_control_character_says_where(policy: Path) -> None:
    (policy / "goals/bell.yaml").write_bytes(b"tilsyn: 1\narea: a\x00b\n")
    (problem,) = problems_in(policy)
    assert (problem.where, problem.code) == (Where("goals/bell.yaml", 2, 8), "control-character")
    assert "U+0000" in problem_line(problem, "da")
    assert "control character" in problem_line(problem, "en")


def test_a_regime_has_no_register_of_requirements(policy: Path) -> None:
    register = policy / "rules/requirements/ordning.yaml"
    register.write_text("tilsyn: 1\nfrom: 2024-08-01\nrequirements_of: ordning\nrequirements: {}\n", encoding="utf-8")
    (problem,) = problems_in(policy)
    assert (problem.where, problem.code) == (Where("rules/requirements/ordning.yaml", 3, 18), "register-of-regime")
    assert "`ordning` er et regime" in problem_line(problem, "da")


def test_a_folder_named_like_a_file_is_no_file(policy: Path) -> None:
    (policy / "goals/mappe.yaml").mkdir()
    (problem,) = problems_in(policy)
    assert (problem.where, problem.code) == (Where("goals/mappe.yaml"), "not-a-file")
    assert "er ikke en fil" in problem_line(problem, "da")


def test_a_file_that_ends_in_yml_is_not_passed_over_in_silence(policy: Path) -> None:
    (policy / "goals/anden.yml").write_text("area: anden\n", encoding="utf-8")
    (problem,) = problems_in(policy)
    assert problem.code == "file-ending"
    assert "kald den `anden.yaml`" in problem_line(problem, "da")


def test_the_same_area_in_two_files_names_both(policy: Path) -> None:
    shutil.copyfile(policy / "goals/skole.yaml", policy / "goals/skole2.yaml")
    (problem,) = problems_in(policy)
    assert (problem.where.file, problem.code) == ("goals/skole2.yaml", "duplicate-document")
    assert "goals/skole.yaml" in problem_line(problem, "da")
    assert "is declared in another file" in problem_line(problem, "en")
