"""Whether today's program still gives what was recorded: a run made again from what it was made from, and what is named
when the record was changed behind the program's back.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from tests.cli.clinics import ROWS as CLINICS
from tests.cli.clinics import clinics
from tests.cli.conftest import installed
from tests.cli.schools import ROOT, write_csv
from tests.record.conftest import KINDS
from tests.record.databases import driver, made, new_database
from tests.record.test_ledger import faults, tamper
from tests.record.worker import Rules
from tilsyn.problems import RecordError, UsageError
from tilsyn.record.database import Database
from tilsyn.record.digests import digest, mark_of
from tilsyn.record.runs import Decided, Recorded, Runs
from tilsyn.record.store import Store
from tilsyn.services.kept import figures_for
from tilsyn.services.placing import place
from tilsyn.services.recording import bring, run_period
from tilsyn.services.replaying import replay
from tilsyn.services.rules import bound, period_of
from tilsyn.telling.subjects import Difference, Replayed

SCHOOLS = ROOT / "tests/broken/base"
"""A small ladder: with grades from 5 to 8 a school is where it is expected to be, below 5 `støtte` is recommended."""


def school(name: str, period: str, grade: str) -> dict[str, str]:
    figures = {"karakter": grade, "karakter.n": "40", "karakter.sd": "2", "fravær": "0.05", "ulykke": "nej"}
    return {"institution": name, "period": period, **figures}


class Office:
    """An authority with a record, which imports, runs and decides as the commands do."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.runs, self.folder = Runs(Store(database)), folder

    def bring(self, rules: Rules, area: str, period: str, rows: Iterable[Mapping[str, str]]) -> None:
        file, when = write_csv(self.folder / "tal.csv", rows), period_of(rules.catalogue, area, period)
        bring(rules.catalogue, self.runs, area, [file], when, who="Ida")

    def run(self, rules: Rules, area: str, period: str, on: dt.date | None = None) -> int:
        when = period_of(rules.catalogue, area, period)
        return run_period(rules.catalogue, rules.texts, self.runs, area, when, who="Bo", on=on).id

    def decide(self, run: int, institution: str, step: str) -> None:
        self.runs.decide(self.one(run), [Decided(institution, step, "Besøg i maj.", "Eva Holm", "støtte")])

    def one(self, run: int) -> Recorded:
        return next(one for one in self.runs.every() if one.id == run)

    def row(self, run: int, institution: str) -> dict[str, Any]:
        found = self.runs.placement(self.one(run), institution)
        assert found is not None
        return found


def of_clinics(folder: Path, *changes: tuple[str, str]) -> Rules:
    return Rules.of(clinics(folder, *changes))


@contextlib.contextmanager
def new_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of an empty database of a kind."""
    if kind == "sqlite":
        yield str(folder / "record.db")
        return
    with new_database(request.getfixturevalue("server")) as url:
        yield url


@contextlib.contextmanager
def copy_of(database: Database, folder: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """Another database with all that is in one, to change as one likes."""
    database.close()
    with new_url("sqlite" if database.is_sqlite else "postgresql", folder, request) as url:
        if database.is_sqlite:
            with (
                contextlib.closing(sqlite3.connect(url)) as to,
                contextlib.closing(sqlite3.connect(database.file)) as from_,
            ):
                from_.backup(to)
        else:
            name, template = (make_url(one).database for one in (url, database.url))
            administrator = create_engine(driver(request.getfixturevalue("server")), isolation_level="AUTOCOMMIT")
            with administrator.connect() as connection:
                connection.execute(text(f"DROP DATABASE {name}"))
                connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
            administrator.dispose()
        with contextlib.closing(made(url)) as found:
            yield found


RUNS = (
    (1, "skole", "2024/25"),
    (2, "skole", "2025/26"),
    (3, "skole", "2024/25"),
    (4, "skole", "2025/26"),
    (5, "klinikker", "2024"),
)
"""The runs of `kept`: 1 and 2 were made again as 3 and 4, and a later figure and decision have made those stale."""


def filled(office: Office) -> None:
    """The record of `kept`: B is low in 2024/25, Eva Holm lets it stay, and the figure is mended after the next run."""
    rules, regime, area, first, second = Rules.of(SCHOOLS), of_clinics(office.folder), "skole", "2024/25", "2025/26"
    office.bring(rules, area, first, [school("A", first, "6"), school("B", first, "4")])
    office.run(rules, area, first)
    office.decide(1, "B", "almindelig")
    office.bring(rules, area, second, [school("A", second, "6"), school("B", second, "4")])
    office.run(rules, area, second)
    office.bring(rules, area, first, [school("B", first, "6.5")])
    office.run(rules, area, first)
    office.run(rules, area, second)
    office.bring(regime, "klinikker", "2024", CLINICS)
    office.run(regime, "klinikker", "2024")
    office.decide(3, "B", "fri")
    office.bring(rules, area, first, [school("A", first, "4")])


@pytest.fixture(scope="module", params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A record of five runs, with decisions and corrections. Nobody changes it."""
    folder = tmp_path_factory.mktemp("kept")
    with new_url(request.param, folder, request) as url, contextlib.closing(made(url)) as database:
        office = Office(database, folder)
        filled(office)
        yield office


@pytest.fixture
def changed(kept: Office, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """The same record, to be changed behind the program's back."""
    with copy_of(kept.runs.database, tmp_path, request) as database:
        yield Office(database, tmp_path)


@pytest.fixture
def office(database: Database, tmp_path: Path) -> Office:
    """An authority with an empty record."""
    return Office(database, tmp_path)


def differences(office: Office, run: int) -> tuple[Difference, ...]:
    (one,) = replay(office.runs, [run])
    return one.differences


# what was not changed


def test_every_run_is_made_again_to_the_last_digit_with_the_figures_as_they_were_then(kept: Office) -> None:
    before, told = kept.runs.store.head(), list[str]()
    found = replay(kept.runs, None, lambda what, share: told.append(f"{what} {share:.1f}"))
    assert [(one.run, one.area, one.period, one.differences) for one in found] == [(*run, ()) for run in RUNS]
    assert [(one.institutions, one.columns > 20) for one in found] == [(2, True)] * 4 + [(8, True)]
    assert told[1:] == [
        "skole 2025/26 0.2", "skole 2024/25 0.4", "skole 2025/26 0.6", "klinikker 2024 0.8",
    ]  # fmt: skip
    assert kept.runs.store.head() == before, "nothing is written"


def test_what_has_come_since_would_have_made_the_runs_otherwise(kept: Office) -> None:
    """Or the runs above would be no test of figures and decisions as they were then."""
    assert [run.label for run in kept.runs.stale("skole")] == ["2024/25", "2025/26"]
    assert [kept.row(run, "B")["step"] for run in (1, 3)] == ["støtte", "almindelig"]
    assert [kept.row(run, "B")["previous"] for run in (2, 4)] == ["almindelig", "almindelig"], "decided, not støtte"
    assert {name: one.step for name, one in kept.runs.decisions("skole", 2024).items()} == {"B": "fri"}


def test_the_runs_that_are_asked_for_are_made_again_in_that_order(kept: Office) -> None:
    found = replay(kept.runs, [5, 1])
    assert [(one.run, one.period, one.institutions, one.differences) for one in found] == [
        (5, "2024", 8, ()),
        (1, "2024/25", 2, ()),
    ]


def test_a_run_of_another_version_of_the_program_is_made_again_by_this_one(office: Office) -> None:
    rules, area = of_clinics(office.folder / "rules"), "klinikker"
    office.bring(rules, area, "2024", CLINICS)
    when, runs = period_of(rules.catalogue, area, "2024"), office.runs
    policy, plan = bound(rules.catalogue, area, when)
    own, state = runs.made(area, when.index, day=when.first_day, catalogue=rules.catalogue.fingerprint, engine="0.0.1")
    figures = figures_for(runs, policy, plan, when, state, own.imports)
    assert runs.save(own, "2024", rules.texts, place(policy, plan, figures, when, state).frame, "Bo") is not None
    (found,) = replay(runs, [1])
    assert found == Replayed(1, area, "2024", "0.0.1", 8, 26, ())


def test_a_run_by_the_rules_of_another_day_is_made_again_by_those(office: Office) -> None:
    """From 2025 a clinic with 65 points is good; 2024 is run by that on a day of 2025, and then as it should be."""
    later = ("god: {at_least: 70}", "god: {at_least: {2024-01-01: 70, 2025-01-01: 65}}")
    rules = of_clinics(office.folder / "rules", later)
    office.bring(rules, "klinikker", "2024", CLINICS)
    assert office.run(rules, "klinikker", "2024", dt.date(2025, 6, 1)) == 1
    assert office.run(rules, "klinikker", "2024") == 2
    assert [office.row(run, "G")["karakter"] for run in (1, 2)] == ["god", "ret_god"], "with 68 points"
    assert [one.differences for one in replay(office.runs, None)] == [(), ()]


def test_a_mean_of_many_is_made_again_to_the_last_digit_on_however_many_cores(tmp_path: Path) -> None:
    """It is not rounded. How numbers are shared out to be added up must not show."""
    mean = ("'peers.rank(samlet, from: highest)'\n    decimals: 0", "peers.mean(tilfredshed)")
    rules = of_clinics(tmp_path / "rules", mean)
    figures = [f"{(n * 3.3333337) ** 1.5 % 100:.9f}" for n in range(300)]
    file = tmp_path / "record.db"
    with contextlib.closing(made(str(file))) as database:
        office = Office(database, tmp_path)
        rows = [{**CLINICS[0], "institution": f"K{n}", "tilfredshed": figure} for n, figure in enumerate(figures)]
        office.bring(rules, "klinikker", "2024", rows)
        office.run(rules, "klinikker", "2024")
        assert office.row(1, "K7")["rang"] == pytest.approx(fmean(map(float, figures)), abs=1e-9)
    for cores in ("1", "2", "5"):
        again = installed("--db", file, "replay", "1", cwd=tmp_path, env={"POLARS_MAX_THREADS": cores})
        assert again.code == 0, again.out


# what was changed


def test_a_figure_that_was_changed_is_named_with_both_values_to_the_last_digit(changed: Office) -> None:
    """Four more pupils in the first delivery, and then the least that a number can be more."""
    tamper(
        changed.runs.database,
        "UPDATE observation SET value = 4.5, n = 44 WHERE value = 4 AND period = 2024 AND import_id = 1",
    )
    found = differences(changed, 1)
    assert Difference("B", "faglighed.own", 4.0, 4.5) in found
    assert Difference("B", "faglighed.n", 40.0, 44.0) in found
    assert {one.institution for one in found} == {"B"}
    assert differences(changed, 3) == (), "made from the corrected figure"
    statement = "UPDATE observation SET value = 4, n = 40.00000000000001 WHERE value = 4.5"
    tamper(changed.runs.database, statement)
    assert differences(changed, 1) == (Difference("B", "faglighed.n", 40.0, 40.00000000000001),)


def test_what_other_institutions_get_from_a_changed_figure_is_named_too(changed: Office) -> None:
    """B's patients are less content: B has 81 for 85, and still at most 59; C and F lose what their hospital B gave."""
    statement = "UPDATE observation SET value = 75 WHERE institution = 'B' AND figure = 'tilfredshed'"
    tamper(changed.runs.database, statement)
    assert differences(changed, 5) == (
        Difference("C", "samlet", 34.0, 29.0),
        Difference("F", "samlet", 94.0, 89.0),
        Difference("B", "samlet.before", 85.0, 81.0),
        Difference("C", "samlet.then", "R2", None),
        Difference("F", "samlet.then", "R2", None),
    )


def test_a_placement_that_was_changed_is_named_and_so_is_what_followed_from_it(changed: Office) -> None:
    tamper(changed.runs.database, "UPDATE placement SET step = 'fri' WHERE run_id = 1 AND institution = 'A'")
    assert differences(changed, 1) == (Difference("A", "step", "fri", "almindelig"),)
    assert Difference("A", "previous", "almindelig", "fri") in differences(changed, 2)
    assert differences(changed, 4) == (), "it follows run 3"


def test_a_quantity_that_was_changed_inside_a_placement_is_named(changed: Office) -> None:
    tamper(changed.runs.database, "UPDATE placement SET working = REPLACE(working, '3.8', '3.81') WHERE run_id = 1")
    assert differences(changed, 1) == (Difference("B", "faglighed.worse", 3.81, 3.8),)


def test_an_institution_that_is_not_in_both_is_named(changed: Office) -> None:
    tamper(changed.runs.database, "UPDATE placement SET institution = 'Q' WHERE run_id = 1 AND institution = 'A'")
    assert differences(changed, 1) == (Difference("Q", None, "Q", None), Difference("A", None, None, "A"))


def test_a_decision_that_was_changed_shows_in_the_run_that_began_with_it(changed: Office) -> None:
    tamper(changed.runs.database, "UPDATE decision SET step = 'støtte' WHERE id = 1")
    assert differences(changed, 1) == (), "a decision is no part of its own run"
    assert Difference("B", "previous", "almindelig", "støtte") in differences(changed, 2)


def test_a_quantity_that_only_one_of_them_has_is_otherwise_everywhere(changed: Office) -> None:
    tamper(changed.runs.database, "UPDATE run SET columns = REPLACE(columns, '\"løft\"', '\"fald\"') WHERE id = 5")
    risen = {"A": 10.0}  # 70 points, after 60; only A has a year before
    assert {d for d in differences(changed, 5) if d.quantity in ("fald", "løft")} == {
        *(Difference(name, "fald", value, None) for name, value in risen.items()),
        *(Difference(name, "løft", None, value) for name, value in risen.items()),
    }


def test_declarations_that_are_not_those_that_were_kept_are_refused(office: Office) -> None:
    title = f"{{da: Kun her, en: Only in {office.runs.database.is_sqlite}}}"
    rules = of_clinics(office.folder / "rules", ("{da: Klinikker, en: Clinics}", title))
    office.bring(rules, "klinikker", "2024", CLINICS)
    office.run(rules, "klinikker", "2024")
    tamper(office.runs.database, "UPDATE catalogue SET files = REPLACE(files, 'at_least: 70', 'at_least: 71')")
    with pytest.raises(RecordError) as fault:
        replay(office.runs, [1])
    (problem,) = fault.value.problems
    assert (problem.code, problem.args) == ("record-declarations", {"fingerprint": rules.catalogue.fingerprint})
    with office.runs.database.asking() as ask:
        ((*row,),) = ask("SELECT id, entry, fingerprint, files FROM catalogue")
    # whoever gives the row another mark too is found by the fingerprint
    tamper(office.runs.database, f"UPDATE catalogue SET mark = {mark_of(digest(row))}")
    with pytest.raises(RecordError) as fault:
        replay(office.runs, [1])
    assert [problem.code for problem in fault.value.problems] == ["record-declarations"]
    tamper(
        office.runs.database,
        "UPDATE catalogue SET files = REPLACE(files, 'at_least: 71', 'at_least: 70')",
        f"UPDATE catalogue SET mark = {mark_of(digest([*row[:3], row[3].replace('at_least: 71', 'at_least: 70')]))}",
    )
    assert differences(office, 1) == ()
    assert faults(office.runs.database) == []


# what is not there


def test_a_run_that_is_not_there_is_told_with_the_last_that_is(kept: Office) -> None:
    with pytest.raises(UsageError) as fault:
        replay(kept.runs, [1, 6, 99])
    (problem,) = fault.value.problems
    assert (problem.code, problem.args) == ("replay-no-run", {"found": ("6", "99"), "last": 5})


@pytest.mark.parametrize("ids", [None, [1]], ids=["all", "one"])
def test_a_record_without_runs_has_nothing_to_make_again(office: Office, ids: list[int] | None) -> None:
    with pytest.raises(UsageError, match="results-none"):
        replay(office.runs, ids)
