"""How the command line is used and misused: help, options anywhere, exit codes, messages, pipes."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from tests.cli.conftest import COMMAND, Demo, Tilsyn, installed
from tests.cli.schools import ROOT, change, folkeskole_policy, school, write_csv
from tilsyn.cli.help_texts import HELP
from tilsyn.cli.main import tilsyn as group
from tilsyn.problems import Exit


def commands(within: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    if isinstance(within, click.Group):
        for name, command in within.commands.items():
            found += commands(command, (*path, name))
    return found


# help


@pytest.mark.parametrize("path", commands(group), ids=" ".join)
def test_every_command_has_help_in_both_languages(tilsyn: Tilsyn, path: tuple[str, ...]) -> None:
    danish, english = tilsyn(*path, "--help"), tilsyn(*path, "--help", "--lang", "en")
    assert (danish.code, english.code) == (0, 0)
    assert danish.out.startswith(f"Brug: {' '.join(('tilsyn', *path))} [TILVALG]")
    assert english.out.startswith(f"Usage: {' '.join(('tilsyn', *path))} [OPTIONS]")
    assert "Vis denne hjælp." in danish.out
    assert "Show this help." in english.out
    assert not danish.err + english.err


@pytest.mark.parametrize("path", commands(group), ids=" ".join)
def test_help_never_mixes_languages(tilsyn: Tilsyn, path: tuple[str, ...]) -> None:
    danish, english = (
        " ".join(tilsyn(*path, "--help").out.split()),
        " ".join(tilsyn("--lang=en", *path, "--help").out.split()),
    )
    pairs = [(da, en) for da, en in HELP.values() if da != en]
    assert not [en for da, en in pairs if en in danish and en not in da and len(en) > 12]
    assert not [da for da, en in pairs if da in english and da not in en and len(da) > 12]
    assert "[required]" not in danish


def test_without_a_command_the_help_is_shown_and_it_is_wrong_use(tilsyn: Tilsyn) -> None:
    answer = tilsyn()
    assert answer.code == Exit.WRONG_USE
    assert answer.err.startswith("Brug: tilsyn")
    assert not answer.out


def test_version(tilsyn: Tilsyn) -> None:
    answer = tilsyn("--version")
    assert answer.code == 0
    assert answer.out.startswith("tilsyn ")


# options that stand anywhere


@pytest.mark.parametrize(
    "args",
    [
        ("--lang", "en", "--policy", "P", "check"),
        ("check", "--lang", "en", "--policy", "P"),
        ("--policy=P", "check", "--lang=en"),
        ("check", "--policy=P", "--lang=en", "--format", "text"),
    ],
    ids=" ".join,
)
def test_language_and_policy_may_stand_anywhere(tilsyn: Tilsyn, policy: Path, args: tuple[str, ...]) -> None:
    answer = tilsyn(*(arg.replace("P", str(policy)) if arg in ("P", "--policy=P") else arg for arg in args))
    assert answer.code == 0, answer.err
    assert answer.out.startswith("The declarations are sound: 1 area,")


def test_the_language_may_come_from_the_surroundings(
    tilsyn: Tilsyn, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILSYN_LANG", "en")
    assert "are sound" in tilsyn("--policy", policy, "check").out
    assert "er i orden" in tilsyn("--policy", policy, "check", "--lang", "da").out


def test_the_folder_stood_in_is_the_policy_if_it_has_goals(
    tilsyn: Tilsyn, policy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(policy)
    assert [area["area"] for area in tilsyn("check", "--format", "json").data["areas"]] == ["folkeskole"]


# wrong use


@pytest.mark.parametrize(
    ("args", "danish", "english"),
    [
        (("plce",), "mente du `place`?", "did you mean `place`?"),
        (("place", "folkeskole", "x.csv"), "`--period` mangler", "`--period` is missing"),
        (("place",), "`AREA` mangler", "`AREA` is missing"),
        (("check", "--formt", "json"), "mente du `--format`?", "did you mean `--format`?"),
        (("check", "--format"), "`--format` mangler en værdi", "`--format` lacks a value"),
        (("check", "--format", "xml"), "vælg en af `text`, `json`", "choose one of `text`, `json`"),
        (("demo", "--seed", "x"), "er ikke et helt tal", "is not a whole number"),
        (("place", "folkeskole", "x.csv", "--period", "2024/25", "--on", "1. maj"), "er ikke en dag", "is not a day"),
        (
            ("place", "folkeskoel", "x.csv", "--period", "2024/25"),
            "mente du `folkeskole`?",
            "did you mean `folkeskole`?",
        ),
        (("place", "folkeskole", "x.csv", "--period", "2024"), "skriv den som `2024/25`", "write it like `2024/25`"),
        (("test", "--area", "folkeskoel"), "mente du `folkeskole`?", "did you mean `folkeskole`?"),
        (("data", "template", "folkeskoel"), "mente du `folkeskole`?", "did you mean `folkeskole`?"),
        (("data", "template", "folkeskole", "--out", "x.pdf"), "`.pdf`, kan ikke skrives", "`.pdf` cannot be written"),
        (("show",), "der er ingen database her", "there is no database here"),
        (("explain", "X"), "der er ingen database her", "there is no database here"),
        (("show", "--from", "."), "der er ingen resultater her", "there are no results here"),
        (("check", "nowhere"), "ingen mappe `goals/` her", "no folder `goals/` here"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_use_says_what_to_do_and_leaves_with_2(
    tilsyn: Tilsyn, policy: Path, args: tuple[str, ...], danish: str, english: str
) -> None:
    for lang, words in (("da", danish), ("en", english)):
        answer = tilsyn("--policy", policy, *args, "--lang", lang)
        assert answer.code == Exit.WRONG_USE
        assert words in answer.err
        assert not answer.out


def test_an_unknown_language_is_wrong_use(tilsyn: Tilsyn) -> None:
    answer = tilsyn("--lang", "fr", "check")
    assert answer.code == Exit.WRONG_USE
    assert "vælg en af `da`, `en`" in answer.err


def test_problems_as_json_stand_on_standard_output(tilsyn: Tilsyn) -> None:
    answer = tilsyn("check", "nowhere", "--format", "json")
    assert answer.code == Exit.WRONG_USE
    (problem,) = answer.data["problems"]
    assert set(problem) == {"code", "where", "path", "what", "do"}
    assert problem["code"] == "not-a-policy-folder"
    assert not answer.err


# the other exit codes


def test_a_broken_policy_leaves_with_3_and_every_problem(tilsyn: Tilsyn, tmp_path: Path) -> None:
    broken = folkeskole_policy(tmp_path / "broken")
    change(broken / "goals/folkeskole.yaml", "ladder: tilsynstrappe", "ladder: tilsynstrapen")
    change(broken / "rules/supports.yaml", "from: 2020-01-01", "frmo: 2020-01-01")
    answer = tilsyn("--policy", broken, "check")
    assert answer.code == Exit.DECLARATIONS
    assert "goals/folkeskole.yaml:" in answer.err
    assert "rules/supports.yaml:" in answer.err
    assert "mente du `from`?" in answer.err
    data = tilsyn("--policy", broken, "check", "--format", "json").data
    assert {problem["where"]["file"] for problem in data["problems"]} >= {
        "goals/folkeskole.yaml",
        "rules/supports.yaml",
    }
    assert all(problem["where"]["line"] > 0 for problem in data["problems"])


def test_check_shows_the_problems_of_several_folders(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    broken = folkeskole_policy(tmp_path / "broken")
    change(broken / "rules/supports.yaml", "from: 2020-01-01", "frmo: 2020-01-01")
    assert tilsyn("check", policy, broken).code == Exit.DECLARATIONS


def test_a_failing_case_leaves_with_4_and_says_what_came_instead(tilsyn: Tilsyn, tmp_path: Path) -> None:
    wrong = folkeskole_policy(tmp_path / "wrong")
    change(
        wrong / "goals/folkeskole.yaml",
        "expect: {step: tillid, rule: T2, levels: {læsning_og_sprog: stærk}, because: [rises]}",
        "expect: {step: fri, rule: T2, levels: {læsning_og_sprog: stærk}, because: [rises]}",
    )
    danish, english = tilsyn("--policy", wrong, "test"), tilsyn("--policy", wrong, "test", "--lang", "en")
    assert (danish.code, english.code) == (Exit.PROPERTY_FAILS, Exit.PROPERTY_FAILS)
    assert "Præcis 80 point giver tillid" in danish.flat
    assert "Exactly 80 points give trust" in english.flat
    data = tilsyn("--policy", wrong, "test", "--format", "json").data
    (failing,) = [case for case in data["cases"] if not case["passed"]]
    assert failing["differences"] == [{"what": "step", "expected": "fri", "found": "tillid"}]


def test_figures_refused_as_a_whole_leave_with_5(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_text('institution,karakter\nA,"7.3\n', encoding="utf-8")
    answer = tilsyn(
        "--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", tmp_path / "out.csv"
    )
    assert answer.code == Exit.DATA_REFUSED
    assert answer.err.startswith(f"{path}:2: ")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    "args",
    [
        ("place", "folkeskole", "CSV", "--period", "2024/25", "--out", "nowhere/out.csv"),
        ("place", "folkeskole", "CSV", "--period", "2024/25", "--out", "schools.csv/out"),
        ("place", "folkeskole", "CSV", "--period", "2024/25", "--out", "kept.csv", "--quarantine", "nowhere/q.csv"),
        ("place", "folkeskole", "absent.csv", "--period", "2024/25"),
        ("data", "template", "folkeskole", "--out", "nowhere/form.xlsx"),
        ("init", "schools.csv/policy"),
        ("demo", "--out", "schools.csv/demo"),
        ("export", "schema", "schools.csv/schema"),
    ],
    ids=" ".join,
)
def test_an_unusable_place_leaves_with_7_and_nothing_half_written(
    tilsyn: Tilsyn, policy: Path, tmp_path: Path, args: tuple[str, ...]
) -> None:
    path = write_csv(tmp_path / "schools.csv", [school("A", karakter="ikke et tal")])
    answer = tilsyn("--policy", policy, *(str(path) if arg == "CSV" else arg for arg in args))
    assert answer.code == Exit.SURROUNDINGS, answer.err
    assert answer.err
    assert "Traceback" not in answer.err
    assert [found.name for found in tmp_path.iterdir()] == ["schools.csv"]


@pytest.mark.parametrize("ending", [".csv", ".xlsx", ".parquet", ".json", ""])
def test_a_full_disk_leaves_with_7_and_nothing_half_written(
    tilsyn: Tilsyn, policy: Path, tmp_path: Path, ending: str
) -> None:
    path = write_csv(tmp_path / "schools.csv", [school(f"S{number}") for number in range(100)])
    with files_of_at_most(16_000):
        answer = tilsyn(
            "--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", f"{tmp_path}/out{ending}"
        )
    assert answer.code == Exit.SURROUNDINGS
    left = {found.relative_to(tmp_path).as_posix() for found in tmp_path.rglob("*") if found.is_file()}
    assert {name for name in left if not name.startswith("out/policy/")} == {"schools.csv"}


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As if the disk were full when a file has reached a size."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# pipes and screens


@pytest.mark.parametrize(
    "args", [("explain", "INSTITUTION"), ("show", "folkeskole", "--all", "--format", "json")], ids=" ".join
)
def test_a_reader_that_leaves_early_is_no_fault(demo: Demo, args: tuple[str, ...]) -> None:
    named = [demo_institution(demo) if arg == "INSTITUTION" else arg for arg in args]
    running = subprocess.Popen(
        [COMMAND, *named, "--db", demo.folder / "tilsyn.db"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT
    )
    assert running.stdout is not None
    assert running.stderr is not None
    with running:
        running.stdout.close()
        said = running.stderr.read().decode()
    assert running.returncode == 0
    assert not said


def test_a_reader_that_leaves_before_a_mistake_is_told_is_no_fault_of_ours(tmp_path: Path) -> None:
    running = subprocess.Popen(
        [COMMAND, "show", "--db", tmp_path / "none.db", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert running.stdout is not None
    assert running.stderr is not None
    with running:
        running.stdout.close()
        said = running.stderr.read().decode()
    assert "Traceback" not in said
    assert running.returncode in (0, 2)


def demo_institution(demo: Demo) -> str:
    words = [line.split() for line in demo.answer.out.splitlines() if "tilsyn explain " in line]
    return words[0][words[0].index("explain") + 1]


def test_a_screen_without_danish_letters_still_gets_the_answer(tmp_path: Path, policy: Path) -> None:
    answer = installed("check", "--policy", policy, cwd=tmp_path, env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert answer.code == 0, answer.err
    assert "Reglerne er i orden" in answer.out


def test_what_would_steer_the_terminal_is_shown_as_a_sign(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "s.csv", [school("A", name="Skolen\x1b[2Jved åen")])
    assert tilsyn("--policy", policy, "place", "folkeskole", path, "--period", "2024/25", "--out", "r").code == 0
    shown = tilsyn("show", "folkeskole", "--all", "--from", "r").out + tilsyn("explain", "A", "--from", "r").out
    assert "\x1b" not in shown
    assert "Skolen\ufffd[2Jved åen" in shown


def test_the_installed_command_says_mistakes_without_a_traceback(tmp_path: Path) -> None:
    answer = installed("place", "folkeskole", "absent.csv", "--period", "2024/25", cwd=tmp_path)
    assert answer.code == Exit.SURROUNDINGS
    assert "absent.csv: filen kan ikke åbnes" in answer.err
    assert "Traceback" not in answer.err
    assert not os.listdir(tmp_path)
