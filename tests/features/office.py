"""An authority with a record: schools bring figures, periods are run, people decide, and a clock says which day it is.

It goes through the use cases that the command line calls, on a database of its own.
"""

from __future__ import annotations

import csv
import datetime as dt
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tilsyn.catalogue.policy import Policy
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import open_database
from tilsyn.record.ledger import Fault, Head, verify
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store
from tilsyn.services.comparing import compare_reform
from tilsyn.services.explaining import explain
from tilsyn.services.kept import InRecord, find, kept_in_record
from tilsyn.services.recording import decide, import_files, run_periods
from tilsyn.telling.subjects import Brought, Explained, Ran, Reformed

FIRST_DAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)


@dataclass
class Office:
    """What an authority knows, and what it last did."""

    folder: Path
    area: str
    typical: dict[str, str]
    now: dt.datetime = FIRST_DAY
    brought: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict[tuple[str, str], dict[str, str]])
    ran: list[Ran] = field(default_factory=list[Ran])
    told: Brought | None = None
    reformed: Reformed | None = None
    before: Head | None = None

    def __post_init__(self) -> None:
        self.runs = Runs(Store(open_database(str(self.folder / "tilsyn.db")), self._clock))

    def _clock(self) -> dt.datetime:
        self.now += dt.timedelta(minutes=1)
        return self.now

    @property
    def policy(self) -> Policy:
        return self.latest().rules()[0]

    def bring(self, school: str, period: str, **figures: str) -> None:
        row = {"institution": school, "name": school, "period": period, **self.typical, **figures}
        self.brought[school, period] = row
        self.deliver([row], period)

    def deliver(self, rows: list[dict[str, str]], period: str) -> None:
        path = self.folder / "tal.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        self.before = self.runs.store.head()
        self.told = import_files(shipped_folder(), self.runs, self.area, [path], period=period, who="skolen")

    def again(self, period: str) -> None:
        """The schools bring what they brought before, for a period."""
        latest = {school: row for (school, _), row in self.brought.items()}
        self.deliver([{**row, "period": period} for row in latest.values()], period)

    def run(self, period: str, through: str | None = None) -> None:
        self.before = self.runs.store.head()
        self.ran = run_periods(shipped_folder(), self.runs, self.area, period=period, through=through, who="kontoret")

    def compare(self, other: Path, period: str, through: str | None = None, on: dt.date | None = None) -> None:
        self.before = self.runs.store.head()
        self.reformed = compare_reform(
            self.runs, self.area, other, periods=[period], through=through, on=on, otherwise=shipped_folder()
        )

    def moved(self, period: str) -> dict[str, tuple[str | None, str | None]]:
        """Who would stand elsewhere in a period by what was tried: the steps of today and of the others."""
        assert self.reformed is not None
        (found,) = [one for one in self.reformed.periods if one.period.label == period]
        return {mover.institution: (mover.before, mover.after) for mover in found.weighed.movers}

    def decide(self, school: str, step: str, who: str, because: str) -> None:
        decide(self.runs, school, step=step, because=because, who=who)

    def latest(self, period: str | None = None, as_of: dt.datetime | None = None) -> InRecord:
        found = kept_in_record(self.runs, self.area, as_of)
        return [run for run in found if period in (None, run.period)][-1]

    def explained(self, school: str, period: str | None = None, as_of: dt.datetime | None = None) -> Explained:
        run = find(kept_in_record(self.runs, self.area, as_of), "", school, None, period)
        return explain(run, run.catalogue(), school)

    def tamper(self, school: str) -> None:
        """Somebody changes a figure behind the program's back, the triggers too."""
        self.runs.database.close()
        with sqlite3.connect(self.folder / "tilsyn.db") as connection:
            connection.execute("DROP TRIGGER observation_no_update")
            changed = connection.execute(
                "UPDATE observation SET value = 9.9 WHERE institution = ? AND figure = 'karakter'", [school]
            )
            assert changed.rowcount == 1
        connection.close()

    def faults(self) -> list[Fault]:
        with self.runs.database.reading() as connection:
            return list(verify(connection))

    def row(self, table: str, id_: Any) -> dict[str, Any]:
        with sqlite3.connect(self.folder / "tilsyn.db") as connection:
            connection.row_factory = sqlite3.Row
            found = connection.execute(f'SELECT * FROM "{table}" WHERE id = ?', [id_]).fetchone()
        connection.close()
        return dict(found)


def typical_row(typical: dict[str, Any]) -> dict[str, str]:
    """An area's typical institution as the cells of a file."""
    flags = {True: "ja", False: "nej"}
    return {name: flags[value] if isinstance(value, bool) else str(value) for name, value in typical.items()}
