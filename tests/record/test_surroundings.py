"""When the surroundings fail: a full disk, a file that cannot be written, a database that is taken, gone, somebody
else's or of another version. What is said, with which code, and that nothing is lost or half written. All for real.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from tests.record.databases import driver, in_database, made, new_database
from tests.record.test_figures import ONE, TWO, figures
from tests.record.test_ledger import NOW, faults, tamper, values, written
from tilsyn.catalogue.areas import Area
from tilsyn.files.declarations import load_policy
from tilsyn.files.shipped import shipped_folder
from tilsyn.problems import Exit, SurroundingsError, TilsynError, UsageError
from tilsyn.record import database as databases
from tilsyn.record.database import Database, database_at, open_database
from tilsyn.record.ledger import Writing
from tilsyn.record.store import Store
from tilsyn.record.tables import COVERED, Effect, table_of
from tilsyn.telling.words import problem_line


@pytest.fixture(scope="module")
def area() -> Area:
    catalogue = load_policy(shipped_folder())
    return catalogue.on("folkeskole", catalogue.change_days("folkeskole")[-1]).area


@pytest.fixture
def postgresql(server: str) -> Iterator[str]:
    """The URL of an empty database of the server's."""
    with new_database(server) as url:
        yield url


def said(fault: TilsynError) -> str:
    return "; ".join(problem_line(problem, "en") for problem in fault.problems)


def brought(database: Database, area: Area, folder: Path, *lines: str) -> None:
    Store(database).import_figures(area, figures(area, folder, *lines), ["tal.csv"], "Ida")


@contextlib.contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """A file system of its own in memory; skipped where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system of its own takes an administrator")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


# SQLite


def test_a_full_disk_is_told_and_the_import_is_not_there(tmp_path: Path, area: Area) -> None:
    many = [ONE.replace("A,", f"A{n:05},") for n in range(4000)]
    with mounted(tmp_path / "disk", "size=700k") as disk:
        database = open_database(str(disk / "record.db"))
        brought(database, area, tmp_path, ONE)
        with pytest.raises(SurroundingsError) as fault:
            brought(database, area, tmp_path, *many)
        assert "database or disk is full" in said(fault.value)
        assert fault.value.exit == Exit.SURROUNDINGS
        assert (Store(database).head().seq, faults(database)) == (1, [])
        database.close()
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        again = open_database(str(disk / "record.db"))
        brought(again, area, tmp_path, *many)
        assert (Store(again).head().seq, faults(again)) == (2, [])
        again.close()


def test_a_record_that_cannot_be_written_is_read_all_the_same(tmp_path: Path, area: Area) -> None:
    with mounted(tmp_path / "disk", "size=64m") as disk:
        database = open_database(str(disk / "record.db"))
        brought(database, area, tmp_path, ONE)
        database.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        kept = open_database(str(disk / "record.db"), create=False)
        assert Store(kept).periods(area.area) == [2024]
        assert faults(kept) == []
        with pytest.raises(SurroundingsError) as fault:
            brought(kept, area, tmp_path, TWO)
        assert "readonly database" in said(fault.value)
        kept.close()


def test_no_folder_and_a_folder_for_a_file_are_told(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere" / "record.db", tmp_path):
        with pytest.raises(SurroundingsError, match="record-fails") as fault:
            open_database(str(path))
        assert "unable to open database file" in said(fault.value)


def test_a_writer_that_waits_too_long_says_who_is_in_the_way(
    tmp_path: Path, area: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "WAIT", 1)
    database = open_database(str(tmp_path / "record.db"))
    with contextlib.closing(sqlite3.connect(tmp_path / "record.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(SurroundingsError) as fault:
            brought(database, area, tmp_path, ONE)
        assert "taken by another program, also after 1 seconds" in said(fault.value)
        assert Store(database).periods(area.area) == [], "who reads does not wait"
        other.execute("ROLLBACK")
    brought(database, area, tmp_path, ONE)
    assert faults(database) == []
    database.close()


@pytest.mark.parametrize(
    "content", [b"not a database, but a text that is long enough\n" * 30, b"SQLite format 3\0" * 90]
)
def test_a_file_that_is_no_database_is_told_and_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "tal.csv"
    path.write_bytes(content)
    for create in (True, False):
        with pytest.raises(SurroundingsError, match="record-fails"):
            open_database(str(path), create=create)
    assert path.read_bytes() == content


def test_a_file_whose_making_was_broken_off_is_made(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.touch()
    with pytest.raises(UsageError, match="record-empty"):
        open_database(str(path), create=False)
    database = open_database(str(path))
    assert written(database).seq == 1
    database.close()


# both


def test_somebody_elses_tables_are_left_alone(url: str) -> None:
    other = database_at(url)
    with other.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(text("CREATE TABLE pupils (name TEXT)"))
    for attempt in (lambda: open_database(url), lambda: open_database(url, create=False), other.upgrade):
        with pytest.raises(UsageError, match="record-other"):
            attempt()
    with other.engine.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) FROM pupils")).scalar() == 0
    other.close()


def stamped(database: Database, version: str) -> None:
    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{version}'"))


def test_a_record_of_a_newer_program_is_not_touched(database: Database) -> None:
    before = written(database)
    stamped(database, "9999")
    attempts: list[Callable[[], object]] = [lambda: open_database(database.url), database.upgrade]
    for attempt in attempts:
        with pytest.raises(SurroundingsError) as fault:
            attempt()
        assert "made by a newer version of the program (9999)" in said(fault.value)
    assert Store(database).head() == before


def test_a_record_of_an_older_program_says_how_it_is_brought_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "versions", lambda: ("0001", "0002"))
    with pytest.raises(SurroundingsError) as fault:
        open_database(database.url)
    assert "`tilsyn db upgrade`" in said(fault.value)


# PostgreSQL


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(SurroundingsError) as fault:
        open_database("postgresql://nobody:hemmelig@127.0.0.1:1/none")
    assert "127.0.0.1" in said(fault.value)
    assert "hemmelig" not in said(fault.value)


@pytest.mark.parametrize(
    "url",
    ["postgresql://u:hemmelig@h:abc/x", "http://u:hemmelig@[::1", "postgresql://u@127.0.0.1:1/x?password=hemmelig"],
)
def test_what_cannot_be_opened_is_told_without_the_password(url: str) -> None:
    with pytest.raises(TilsynError) as fault:
        open_database(url)
    assert "hemmelig" not in said(fault.value)


def test_a_new_database_says_who_makes_its_tables(postgresql: str) -> None:
    with pytest.raises(UsageError, match="record-empty") as fault:
        open_database(postgresql)
    assert "`tilsyn db upgrade`" in said(fault.value)


def test_a_database_that_goes_away_in_the_middle_has_nothing_of_the_import(
    postgresql: str, area: Area, tmp_path: Path
) -> None:
    database = made(postgresql)
    before = written(database)

    def broken_off() -> None:
        """Written, and then the server ends the connection before it is kept."""
        with database.writing() as connection:
            entry = Writing(database, connection, "import", "Ida", NOW)
            entry.add(Effect, [values(Effect, n) for n in range(5000)])
            own = connection.execute(text("SELECT pg_backend_pid()")).scalar()
            with database.engine.connect() as other:
                other.execute(text(f"SELECT pg_terminate_backend({own})"))
            entry.add(Effect, [values(Effect, n) for n in range(5000)])
            entry.close("import:1")

    with pytest.raises(SurroundingsError, match="record-fails") as fault:
        broken_off()
    assert fault.value.exit == Exit.SURROUNDINGS
    assert (Store(database).head(), faults(database)) == (before, [])
    brought(database, area, tmp_path, ONE)
    assert faults(database) == []
    database.close()


def test_a_full_disk_of_the_server_is_told(server: str, area: Area, tmp_path: Path) -> None:
    administrator = create_engine(driver(server), isolation_level="AUTOCOMMIT")
    many = [ONE.replace("A,", f"A{n:05},") for n in range(8000)]
    with administrator.connect() as connection, mounted(Path(tempfile.mkdtemp()) / "disk", "size=64m") as disk:
        owner = Path(str(connection.execute(text("SHOW data_directory")).scalar())).stat()
        os.chown(disk, owner.st_uid, owner.st_gid)
        disk.parent.chmod(0o755)
        connection.execute(text(f"CREATE TABLESPACE small LOCATION '{disk}'"))
        connection.execute(text("CREATE DATABASE small TABLESPACE small"))
        url = in_database(server, "small")
        database = made(url)
        brought(database, area, tmp_path, ONE)
        with (disk / "ballast").open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, shutil.disk_usage(disk).free - 2**20)
        with pytest.raises(SurroundingsError) as fault:
            brought(database, area, tmp_path, *many)
        assert "No space left on device" in said(fault.value)
        assert (Store(database).head().seq, faults(database)) == (1, [])
        database.close()
        connection.execute(text("DROP DATABASE small WITH (FORCE)"))
        connection.execute(text("DROP TABLESPACE small"))
    administrator.dispose()


def test_whoever_writes_can_add_and_read_and_nothing_else(postgresql: str, area: Area, tmp_path: Path) -> None:
    """The role that migrations give rights to: even where the triggers are gone it may not change what is there."""
    administrator = database_at(postgresql)
    administrator.upgrade()
    with administrator.engine.connect() as connection, connection.begin():
        connection.execute(text("DROP ROLE IF EXISTS ida"))
        connection.execute(text("CREATE ROLE ida LOGIN IN ROLE tilsyn_writer"))
    own = open_database(make_url(postgresql).set(username="ida").render_as_string(hide_password=False))
    brought(own, area, tmp_path, ONE)
    assert (Store(own).head().seq, faults(own)) == (1, [])
    tamper(administrator)
    for table in [*(table_of(table).name for table in COVERED), "entry", "block"]:
        key = "seq" if table in ("entry", "block") else "id"
        for statement in (f"UPDATE {table} SET {key} = {key}", f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(ProgrammingError, match="permission denied"), own.engine.connect() as connection:
                connection.execute(text(statement))
    own.close()
    with administrator.engine.connect() as connection, connection.begin():
        connection.execute(text("DROP OWNED BY ida"))
        connection.execute(text("DROP ROLE ida"))
    administrator.close()
