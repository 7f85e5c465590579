"""A process that works on a record: `python -m tests.record.worker URL POLICY TASK…`.

A task is `import:FILE` or `run`. It makes itself ready, says so, waits for a line on its standard input, and says each
task as it is done, so that who started it can kill it in the middle, or let several go at the same moment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.schools import ROOT, folkeskole_policy, school, write_csv
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import parse_period
from tilsyn.files.declarations import policy_texts
from tilsyn.services.recording import bring, open_runs, run_period
from tilsyn.services.rules import checked

AREA, PERIOD = "folkeskole", "2024/25"


@dataclass(frozen=True)
class Rules:
    """Declarations that are at hand, so that a worker's time goes to the record."""

    catalogue: Catalogue
    texts: dict[str, str]

    @classmethod
    def of(cls, folder: Path) -> Rules:
        return cls(checked(folder), policy_texts(folder))


def work(url: str, rules: Rules, tasks: Sequence[str], *, say: Callable[[str], None] = lambda _task: None) -> None:
    """The tasks in order, each as the command of that name does it."""
    runs, when = open_runs(url, create=True), parse_period("school-year", PERIOD)
    assert when is not None
    try:
        for task in tasks:
            what, _, file = task.partition(":")
            if what == "import":
                bring(rules.catalogue, runs, AREA, [Path(file)], when, who="Ida")
            else:
                run_period(rules.catalogue, rules.texts, runs, AREA, when, who="Bo")
            say(task)
    finally:
        runs.database.close()


class Worker:
    """A process that is ready, from outside."""

    def __init__(self, url: str, policy: Path, tasks: Sequence[str]) -> None:
        command = [sys.executable, "-m", "tests.record.worker", url, str(policy), *tasks]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": ""}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def until_ready(self) -> None:
        assert self.process.stdout is not None
        said = self.process.stdout.readline()
        assert said == "ready\n", (said, self.process.communicate())

    def go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def ended(self) -> tuple[int, list[str], str]:
        """The exit code, the tasks that were done, and what went wrong."""
        out, err = self.process.communicate(timeout=240)
        return self.process.returncode, out.split(), err


def policy_and_file(folder: Path, schools: int) -> tuple[Path, Path]:
    """Declarations of the folkeskole alone, and a delivery of so many schools, some of them weak."""
    rows = [school(f"S{n:05}", karakter=f"{5 + n % 25 / 10:.2f}") for n in range(schools)]
    return folkeskole_policy(folder / "policy"), write_csv(folder / "tal.csv", rows)


def main() -> None:
    url, policy, *tasks = sys.argv[1:]
    rules = Rules.of(Path(policy))
    _say("ready")
    sys.stdin.readline()
    work(url, rules, tasks, say=_say)


def _say(what: str) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    main()
