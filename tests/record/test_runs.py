"""Runs in the record: made once, from what it holds; stale when that changes; decisions beside them, for good."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.files.declarations import load_policy
from tilsyn.files.observations import read_figures
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import Database
from tilsyn.record.ledger import verify
from tilsyn.record.runs import Decided, Recorded, Runs
from tilsyn.record.store import Store
from tilsyn.services.placing import place
from tilsyn.services.rules import bound

AREA, POOL = "folkeskole", 5
HEAD = (
    "institution,name,period,elever,har_9_klasse,karakter,karakter.n,karakter.sd,karakter.expected,læsning,læsning.n,"
    "læsning.se,læsning.expected,overgang.count,overgang.n,overgang.expected,trivsel,trivsel.n,trivsel.sd,"
    "højt_fravær.count,højt_fravær.n,alvorlig_hændelse\n"
)
ROW = "{id},{id},{year},480,ja,{karakter},60,2.2,7.2,50.6,54,1.2,50.3,52,57,0.91,3.9,420,0.6,62,480,nej\n"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_policy(shipped_folder())


@dataclass
class Office:
    """An authority with a record, which imports and runs as the services will."""

    runs: Runs
    catalogue: Catalogue
    folder: Path

    def bring(self, year: str, **grades: float) -> None:
        file = self.folder / "tal.csv"
        rows = [ROW.format(id=name, year=year, karakter=grade) for name, grade in grades.items()]
        file.write_text(HEAD + "".join(rows), encoding="utf-8")
        policy, _ = bound(self.catalogue, AREA, period(year))
        figures = read_figures([file], policy.area, period=period(year))
        self.runs.store.import_figures(policy.area, figures, [file.name], "Ida")

    def run(self, year: str) -> Recorded:
        when = period(year)
        policy, plan = bound(self.catalogue, AREA, when)
        made, state = self.runs.made(
            AREA, when.index, day=when.first_day, catalogue=self.catalogue.fingerprint, engine="1"
        )
        frame = self.runs.store.figures(policy.area, range(when.index - POOL + 1, when.index + 1))
        placed = place(policy, plan, frame, when, state).frame
        found = self.runs.save(made, year, {"goals/x.yaml": "x"}, placed, "Bo")
        assert found is not None
        return found

    def steps(self, run: Recorded) -> dict[str, str]:
        return dict(self.runs.placements(run).select("institution", "step").rows())

    def stale(self) -> list[str]:
        return [run.label for run in self.runs.stale(AREA)]


def period(label: str) -> Period:
    found = parse_period("school-year", label)
    assert found is not None
    return found


@pytest.fixture
def office(database: Database, catalogue: Catalogue, tmp_path: Path) -> Office:
    hours = iter(range(1000))

    def clock() -> dt.datetime:
        return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=next(hours))

    return Office(Runs(Store(database, clock)), catalogue, tmp_path)


def test_a_run_is_kept_with_everything_it_was_made_from(office: Office, database: Database) -> None:
    office.bring("2023/24", A=7.3, B=5.0)
    run = office.run("2023/24")
    assert (run.id, run.label, run.made.imports, run.made.before) == (1, "2023/24", 1, None)
    assert office.steps(run) == {"A": "almindelig", "B": "støtte"}
    kept = office.runs.placements(run)
    assert kept.row(1, named=True)["in_force"] == "almindelig"
    assert kept["faglighed.own"][1] == -2.2
    assert office.runs.in_force(AREA) == {"A": "almindelig", "B": "almindelig"}
    with database.reading() as connection:
        assert list(verify(connection)) == []


def test_with_nothing_new_no_second_run_is_made(office: Office) -> None:
    office.bring("2023/24", A=7.3)
    first = office.run("2023/24")
    before = office.runs.store.head()
    assert office.run("2023/24") == first
    assert office.runs.store.head() == before
    assert len(office.runs.every(AREA)) == 1


def test_the_next_period_begins_where_the_one_before_left_it(office: Office) -> None:
    office.bring("2022/23", A=7.3, B=5.0)
    office.bring("2023/24", A=7.3, B=5.0)
    office.run("2022/23")
    second = office.run("2023/24")
    row = office.runs.placements(second).row(1, named=True)
    assert (row["institution"], row["previous"], row["step"]) == ("B", "støtte", "støtte")
    assert second.made.before == 1


def test_a_decision_stands_beside_the_recommendation_and_is_in_force(office: Office, database: Database) -> None:
    office.bring("2022/23", A=7.3, B=5.0)
    office.bring("2023/24", A=7.3, B=5.0)
    run = office.run("2022/23")
    office.runs.decide(run, [Decided("B", "støtte", "Besøg i maj viste det samme.", "Eva", "støtte")])
    assert office.steps(run)["B"] == "støtte"
    assert office.runs.in_force(AREA) == {"A": "almindelig", "B": "støtte"}
    row = office.runs.placements(office.run("2023/24")).row(1, named=True)
    assert (row["previous"], row["in_force"], row["held"]) == ("støtte", "støtte", 2)
    with database.reading() as connection:
        assert list(verify(connection)) == []


def test_a_refused_fall_is_where_the_next_period_begins(office: Office) -> None:
    office.bring("2022/23", A=7.3, B=5.0)
    office.bring("2023/24", A=7.3, B=7.3)
    run = office.run("2022/23")
    office.runs.decide(run, [Decided("B", "almindelig", "Tallet skyldtes en flytning.", "Eva", "støtte")])
    row = office.runs.placements(office.run("2023/24")).row(1, named=True)
    assert (row["previous"], row["in_force"], row["in_force_held"]) == ("almindelig", "almindelig", 2)


def test_a_correction_makes_the_run_and_those_after_it_stale(office: Office) -> None:
    for year in ("2021/22", "2022/23", "2023/24"):
        office.bring(year, A=7.3)
        office.run(year)
    assert office.stale() == []
    office.bring("2022/23", A=5.0)
    assert office.stale() == ["2022/23", "2023/24"]
    rerun = office.run("2022/23")
    assert office.stale() == ["2023/24"]
    assert office.run("2023/24").made.before == rerun.id
    assert office.stale() == []
    assert [run.label for run in office.runs.every(AREA)] == ["2021/22", "2022/23", "2023/24", "2022/23", "2023/24"]


def test_a_decision_makes_the_next_run_stale_and_not_its_own(office: Office) -> None:
    for year in ("2022/23", "2023/24"):
        office.bring(year, A=5.0)
        office.run(year)
    first = office.runs.latest(AREA, period("2022/23").index)
    assert first is not None
    office.runs.decide(first, [Decided("A", "almindelig", "x", "Eva")])
    assert office.stale() == ["2023/24"]


def test_other_rules_or_another_program_make_another_run(office: Office) -> None:
    office.bring("2023/24", A=7.3)
    run = office.run("2023/24")
    when = period("2023/24")
    for catalogue, engine in ((run.made.catalogue, "2"), ("f" * 64, "1")):
        made, _ = office.runs.made(AREA, when.index, day=when.first_day, catalogue=catalogue, engine=engine)
        assert made.fingerprint != run.made.fingerprint


def test_what_changed_while_the_run_was_made_is_not_passed_over(office: Office) -> None:
    office.bring("2023/24", A=7.3)
    when = period("2023/24")
    made, _ = office.runs.made(AREA, when.index, day=when.first_day, catalogue="c", engine="1")
    office.bring("2023/24", A=5.0)
    before = office.runs.store.head()
    assert office.runs.save(made, "2023/24", {}, pl.DataFrame(), "Bo") is None
    assert office.runs.store.head() == before
