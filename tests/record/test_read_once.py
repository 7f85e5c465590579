"""A store that has read before gives what one that is new would give, and reads again only what may have changed.

Periods that are run one after another pool the same earlier ones. Each period's figures are read once, whatever import
brought them, and again after an import that says something of that period or of one before it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from sqlalchemy import event

from tests.record.worker import Rules
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import Period
from tilsyn.files.observations import read_figures
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import Database
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store
from tilsyn.services.kept import kept_in_record
from tilsyn.services.recording import bring, run_period

AREA, KIND = "folkeskole", "school-year"
HEAD = "institution,name,period,elever,har_9_klasse,karakter,karakter.n,karakter.sd,karakter.expected,trivsel\n"
YEARS = (2021, 2022, 2023, 2024)


def row(name: str, year: int, grade: str = "7.1", told: str = "") -> str:
    return f"{name},{told or name},{Period(KIND, year).label},300,ja,{grade},40,2.1,7.0,3.9"


def grades(frame: pl.DataFrame, year: int) -> list[float | None]:
    return frame.filter(pl.col("period") == year)["karakter"].to_list()


@pytest.fixture(scope="module")
def rules() -> Rules:
    return Rules.of(shipped_folder())


@pytest.fixture(scope="module")
def area(rules: Rules) -> Area:
    return rules.catalogue.on(AREA, rules.catalogue.change_days(AREA)[-1]).area


class Office:
    """An authority that keeps one record open, and does all its work by it."""

    def __init__(self, database: Database, rules: Rules, folder: Path) -> None:
        self.runs, self.rules, self.file = Runs(Store(database)), rules, folder / "tal.csv"

    def bring(self, year: int, *rows: str) -> None:
        self.file.write_text(HEAD + "\n".join(rows), encoding="utf-8")
        bring(self.rules.catalogue, self.runs, AREA, [self.file], Period(KIND, year), who="Ida")

    def run(self) -> list[bool]:
        """Every period in order; whether each was run anew."""
        rules, periods = self.rules, [Period(KIND, year) for year in YEARS]
        return [run_period(rules.catalogue, rules.texts, self.runs, AREA, one, who="Bo").fresh for one in periods]

    def figures(self, runs: Runs) -> list[pl.DataFrame]:
        """What each period's latest run read."""
        return [kept.figures() for kept in kept_in_record(runs, AREA)]


@pytest.fixture
def office(database: Database, rules: Rules, tmp_path: Path) -> Office:
    found = Office(database, rules, tmp_path)
    for year in YEARS:
        found.bring(year, row("A", year), row("B", year, "6.4"))
    return found


@contextmanager
def reading(database: Database) -> Iterator[Counter[int]]:
    """How often the figures of each period are read meanwhile."""
    read: Counter[int] = Counter()

    def said(_connection: Any, _cursor: Any, sql: str, values: Any, *_: Any) -> None:
        if "FROM observation" in sql:
            read.update(value for value in values if value in YEARS)

    event.listen(database.engine, "before_cursor_execute", said)
    try:
        yield read
    finally:
        event.remove(database.engine, "before_cursor_execute", said)


def test_each_periods_figures_are_read_once_though_each_came_by_an_import_of_its_own(
    office: Office, database: Database
) -> None:
    with reading(database) as read:
        assert office.run() == [True] * 4
    assert read == dict.fromkeys(YEARS, 1)
    assert [run.made.imports for run in office.runs.every()] == [1, 2, 3, 4]
    for used, new in zip(office.figures(office.runs), office.figures(Runs(Store(database))), strict=True):
        assert_frame_equal(used, new)


def test_a_correction_of_an_earlier_period_is_read_by_the_runs_after_it(office: Office, database: Database) -> None:
    office.run()
    office.bring(2022, row("A", 2022, "4.2"))
    with reading(database) as read:
        assert office.run() == [False, True, True, True]
    assert read == {2022: 1, 2023: 1, 2024: 1}, "what is before the correction is not read again"
    for run in kept_in_record(office.runs, AREA)[1:]:
        assert (run.run.made.imports, grades(run.figures(), 2022)) == (5, [4.2, 6.4])


def test_a_run_from_before_a_correction_still_reads_what_was_known_then(office: Office, database: Database) -> None:
    office.run()
    before = office.figures(office.runs)
    old = kept_in_record(office.runs, AREA)
    office.bring(2022, row("A", 2022, "4.2"))
    office.run()
    now = office.figures(office.runs)
    for run, told in zip(old, before, strict=True):
        assert_frame_equal(run.figures(), told)
    assert not now[-1].equals(before[-1])
    for used, new in zip(now, office.figures(Runs(Store(database))), strict=True):
        assert_frame_equal(used, new)


def test_a_delivery_is_about_every_period_it_says_something_of(office: Office, area: Area, database: Database) -> None:
    store = office.runs.store
    assert grades(store.figures(area, YEARS), 2024) == [7.1, 6.4]
    office.bring(2024, row("A", 2022, "4.2"), row("A", 2024, "4.4"))
    with reading(database) as read:
        frame = store.figures(area, YEARS)
    assert [grades(frame, year)[0] for year in YEARS] == [7.1, 4.2, 7.1, 4.4]
    assert read == {2022: 1, 2023: 1, 2024: 1}, "only where a delivery begins is known without asking more"


def test_an_import_that_is_asked_for_before_it_is_there_is_read_when_it_is(office: Office, area: Area) -> None:
    store = office.runs.store
    assert grades(store.figures(area, [2024], last=99), 2024) == [7.1, 6.4]
    office.bring(2024, row("A", 2024, "4.2"))
    assert grades(store.figures(area, [2024], last=99), 2024) == [4.2, 6.4]
    assert grades(store.figures(area, [2024]), 2024) == [4.2, 6.4]


def test_what_is_known_of_an_institution_is_corrected_though_its_figures_are_not(office: Office, area: Area) -> None:
    store = office.runs.store
    assert store.figures(area, YEARS)["name"].to_list() == [*"AAAABBBB"]
    office.bring(2022, row("A", 2022, told="Ask"))
    assert store.figures(area, YEARS)["name"].to_list() == ["A", "Ask", *"AABBBB"]


def test_what_was_read_by_other_declarations_is_read_by_those_that_are_asked_with(
    office: Office, area: Area, database: Database
) -> None:
    indicators = {name: one for name, one in area.indicators.items() if name != "trivsel"}
    fewer = area.model_copy(update={"indicators": indicators})
    for asked in (area, fewer, area):
        read = office.runs.store.figures(asked, YEARS)
        assert ("trivsel" in read.columns) == (asked is area)
        assert_frame_equal(read, Store(database).figures(asked, YEARS))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_was_read_before_what_is_read_is_what_was_known(
    seed: int, database: Database, area: Area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # so few rows at once, and in a statement, that there is always something left over
    monkeypatch.setattr("tilsyn.record.database.AT_ONCE", 3)
    monkeypatch.setattr("tilsyn.record.database.SEVERAL", 2)
    one, used, file = random.Random(seed), Store(database), tmp_path / "tal.csv"
    imports = 0
    for _ in range(12):
        if one.random() < 0.6 or not imports:
            years = sorted(one.sample(range(2019, 2025), one.randint(1, 2)))
            rows = [
                row(name, year, one.choice(("4.2", "6.4", "7.1", "withdrawn", "")), one.choice(("", "Ny")))
                for year in years
                for name in one.sample("ABCD", one.randint(1, 3))
            ]
            file.write_text(HEAD + "\n".join(rows), encoding="utf-8")
            told = read_figures([file], area, period=Period(KIND, years[-1]))
            imports = used.import_figures(area, told, [file.name], "Ida").id or imports
        begin = one.randint(2019, 2024)
        periods = range(begin, min(begin + one.randint(1, 4), 2025))
        last = one.choice((None, imports, one.randint(0, imports), imports + 1))
        name = one.choice((None, None, None, "A"))
        # one institution's rows are read as they are, by whoever asks
        rows = [row for each in name or "ABCD" for row in Store(database).rows(area, periods, each, last=last)]
        assert used.figures(area, periods, last=last, institution=name).to_dicts() == rows
