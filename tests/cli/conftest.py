"""Running `tilsyn`: in this process for speed, and as the installed command where the process itself is tested."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cli.schools import CRITICAL, STRONG_READING, folkeskole_policy, school, write_csv
from tilsyn.cli.main import main
from tilsyn.services.placing import place_files

COMMAND = Path(sys.executable).with_name("tilsyn")


@dataclass(frozen=True)
class Answer:
    """What a command said, and the code it left with."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def flat(self) -> str:
        """The output with its line breaks and table borders folded away."""
        return " ".join(self.out.replace("│", " ").split())


Tilsyn = Callable[..., Answer]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody stands in the repository, and nobody's own language is read."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TILSYN_LANG", raising=False)


@pytest.fixture
def tilsyn(capsys: pytest.CaptureFixture[str]) -> Tilsyn:
    """Runs the command line in this process; an exception that comes through is our own fault and fails the test."""

    def run(*args: object) -> Answer:
        capsys.readouterr()
        code = main([str(arg) for arg in args])
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return run


def installed(*args: object, cwd: Path, env: dict[str, str] | None = None) -> Answer:
    """Runs the installed command."""
    if not COMMAND.exists():
        pytest.skip(f"no installed command at {COMMAND}")
    done = subprocess.run(
        [COMMAND, *map(str, args)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        check=False,
        timeout=120,
    )
    return Answer(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="session")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A policy folder with the folkeskole alone. Nobody changes it."""
    return folkeskole_policy(tmp_path_factory.mktemp("policy"))


@dataclass(frozen=True)
class Demo:
    """The demonstration of the shipped declarations, run once as the installed command in an empty folder."""

    folder: Path
    answer: Answer


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo")
    return Demo(folder / "tilsyn-demo", installed("demo", cwd=folder))


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory, policy: Path) -> Path:
    """A results folder with two years of six schools. Nobody changes it."""
    folder = tmp_path_factory.mktemp("results")
    first = [school(unit) for unit in ("A", "B", "C", "D", "E", "F")]
    second = [
        school("A", period="2025/26"),
        school("B", STRONG_READING, period="2025/26"),
        school("C", CRITICAL, period="2025/26"),
        school("D", period="2025/26", alvorlig_hændelse="ja"),
        school("E", period="2025/26", karakter="6.99"),
        school("F", period="2025/26", closed="ja", successor="A"),
    ]
    for rows in (first, second):
        period = rows[0]["period"]
        path = write_csv(folder / f"{period[:4]}.csv", rows)
        previous = folder / "r/folkeskole/2024-25/placements.parquet" if period == "2025/26" else None
        place_files(policy, "folkeskole", [path], period=period, previous=previous, out=folder / "r")
    return folder / "r"
