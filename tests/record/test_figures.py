"""Figures in the record: imported once, corrected without being overwritten, and read as they were known then."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.files.declarations import load_policy
from tilsyn.files.figures import Figures
from tilsyn.files.observations import read_figures
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import Database
from tilsyn.record.ledger import verify
from tilsyn.record.store import Imported, Store

DAYS = [dt.datetime(2026, 1, day, 9, 0, tzinfo=dt.UTC) for day in range(1, 10)]
HEAD = (
    "institution,name,period,elever,har_9_klasse,karakter,karakter.n,karakter.sd,karakter.expected,trivsel,"
    "alvorlig_hændelse\n"
)


@pytest.fixture(scope="module")
def area() -> Area:
    catalogue = load_policy(shipped_folder())
    return catalogue.on("folkeskole", catalogue.change_days("folkeskole")[-1]).area


@pytest.fixture
def store(database: Database) -> Store:
    days = iter(DAYS)
    return Store(database, lambda: next(days))


def figures(area: Area, folder: Path, *lines: str) -> Figures:
    file = folder / "tal.csv"
    file.write_text(HEAD + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    period = parse_period(area.period, "2024/25")
    assert period is not None
    return read_figures([file], area, period=period)


ONE = "A,Ask,2024/25,300,ja,7.1,40,2.1,7.0,3.9,nej"
TWO = "B,Birk,2024/25,200,ja,6.4,30,2.2,7.0,4.1,nej"


def imported(store: Store, area: Area, folder: Path, *lines: str) -> Imported:
    return store.import_figures(area, figures(area, folder, *lines), ["tal.csv"], "Ida")


def now(store: Store, area: Area, as_of: dt.datetime | None = None) -> pl.DataFrame:
    last = None if as_of is None else store.imports_until(as_of)
    return store.figures(area, [Period(area.period, 2024).index], last=last)


def test_what_is_read_back_is_what_was_brought(store: Store, area: Area, tmp_path: Path) -> None:
    brought = figures(area, tmp_path, ONE, TWO)
    assert store.import_figures(area, brought, ["tal.csv"], "Ida") == Imported(1, 2, 6, 0, 0)
    assert_frame_equal(now(store, area), brought.frame.with_columns(pl.col("closed").fill_null(False)))


def test_the_same_file_twice_changes_nothing(store: Store, area: Area, tmp_path: Path) -> None:
    imported(store, area, tmp_path, ONE, TWO)
    before = store.head()
    assert imported(store, area, tmp_path, ONE, TWO) == Imported(None, 0, 0, 0, 6)
    assert store.head() == before


def test_a_correction_is_a_new_row_and_the_old_one_is_still_known(store: Store, area: Area, tmp_path: Path) -> None:
    imported(store, area, tmp_path, ONE, TWO)
    assert imported(store, area, tmp_path, ONE.replace("7.1", "7.3")) == Imported(2, 0, 0, 1, 2)
    assert now(store, area)["karakter"].to_list() == [7.3, 6.4]
    assert now(store, area, DAYS[0])["karakter"].to_list() == [7.1, 6.4]
    assert now(store, area, DAYS[0] - dt.timedelta(seconds=1)).height == 0


def test_a_blank_cell_takes_nothing_back_and_withdrawn_does(store: Store, area: Area, tmp_path: Path) -> None:
    imported(store, area, tmp_path, ONE)
    assert imported(store, area, tmp_path, "A,,2024/25,,,,,,,,").id is None
    assert now(store, area)["karakter"].to_list() == [7.1]
    imported(store, area, tmp_path, "A,,2024/25,,,withdrawn,,,,,")
    assert now(store, area).select("karakter", "karakter.missing", "name", "elever").rows() == [(None, 6, "Ask", 300.0)]


def test_a_slip_of_the_pen_takes_nothing_back(store: Store, area: Area, tmp_path: Path) -> None:
    imported(store, area, tmp_path, ONE)
    assert imported(store, area, tmp_path, "A,,2024/25,,,syv,,,,,").id is None
    assert now(store, area)["karakter"].to_list() == [7.1]
    imported(store, area, tmp_path, TWO.replace("6.4", "syv"))
    assert now(store, area).select("karakter", "karakter.missing").rows() == [(7.1, 0), (None, 8)]


def test_whoever_was_there_before_the_periods_is_known_by_its_first_row(
    store: Store, area: Area, tmp_path: Path
) -> None:
    for year in ("2020/21", "2021/22"):
        imported(store, area, tmp_path, ONE.replace("2024/25", year))
    imported(store, area, tmp_path, TWO)
    found = store.figures(area, [Period(area.period, year).index for year in (2023, 2024)])
    assert found.select("institution", "period", "karakter", "karakter.missing", "elever").rows() == [
        ("A", 2020, None, 7, 300.0),
        ("B", 2024, 6.4, 0, 200.0),
    ]
    assert store.figures(area, [2024], institution="B")["institution"].to_list() == ["B"]


def test_what_is_said_later_of_an_institution_is_added(store: Store, area: Area, tmp_path: Path) -> None:
    imported(store, area, tmp_path, ONE)
    assert imported(store, area, tmp_path, "A,Ask ny,2024/25,310,,,,,,,") == Imported(2, 1, 0, 0, 0)
    assert now(store, area).select("name", "elever", "har_9_klasse").rows() == [("Ask ny", 310.0, True)]
    assert now(store, area, DAYS[0]).select("name", "elever").rows() == [("Ask", 300.0)]


def test_every_import_is_in_the_ledger(store: Store, area: Area, tmp_path: Path, database: Database) -> None:
    imported(store, area, tmp_path, ONE)
    imported(store, area, tmp_path, ONE.replace("7.1", "7.3"), TWO)
    assert store.head().seq == 2
    with database.reading() as connection:
        assert list(verify(connection)) == []


def test_minus_nothing_is_nothing(store: Store, area: Area, tmp_path: Path, database: Database) -> None:
    imported(store, area, tmp_path, ONE.replace("7.1", "-0.0"))
    with database.reading() as connection:
        assert list(verify(connection)) == []
