"""A process that works on a record, and can be killed in the middle, or let go at the same moment as others.

Processes are forked from one that has loaded the program and done nothing with it, so that each is there at once.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from tests.cli.schools import folkeskole_policy, school, write_csv
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


def work(url: str, rules: Rules, tasks: Sequence[str]) -> None:
    """Tasks in order, each as the command of that name does it: `import:FILE` or `run`."""
    runs, when = open_runs(url, create=True), parse_period("school-year", PERIOD)
    assert when is not None
    try:
        for task in tasks:
            what, _, file = task.partition(":")
            if what == "import":
                bring(rules.catalogue, runs, AREA, [Path(file)], when, who="Ida")
            else:
                run_period(rules.catalogue, rules.texts, runs, AREA, when, who="Bo")
    finally:
        runs.database.close()


class Worker:
    """A process that makes itself ready, and goes when it is told to."""

    def __init__(self, url: str, policy: Path, tasks: Sequence[str]) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__])
        self.told, own = context.Pipe()
        self.process = context.Process(target=_worked, args=(own, url, policy, tasks), daemon=True)
        self.process.start()
        own.close()

    def until_ready(self) -> None:
        assert self.told.recv() == "ready"

    def go(self) -> None:
        self.told.send("go")

    def kill(self) -> None:
        """Ends it as the operating system does, wherever it is."""
        self.process.kill()
        self.ended()

    def ended(self) -> int | None:
        """Its exit code; what went wrong it has written where the tests see it."""
        self.process.join(timeout=240)
        self.told.close()
        return self.process.exitcode


def _worked(told: Connection, url: str, policy: Path, tasks: Sequence[str]) -> None:
    rules = Rules.of(policy)
    told.send("ready")
    told.recv()
    work(url, rules, tasks)


def policy_and_file(folder: Path, schools: int) -> tuple[Path, Path]:
    """Declarations of the folkeskole alone, and a delivery of so many schools, some of them weak."""
    rows = [school(f"S{n:05}", karakter=f"{5 + n % 25 / 10:.2f}") for n in range(schools)]
    return folkeskole_policy(folder / "policy"), write_csv(folder / "tal.csv", rows)
