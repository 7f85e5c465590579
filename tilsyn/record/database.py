"""Opening a record, and what holds while something is written: one writer at a time, all of it or nothing.

SQLite needs no set-up and PostgreSQL is named by its URL; everything that differs between them is here. A writer waits
for the one before it, in SQLite by its own lock on the file, in PostgreSQL by one advisory lock, so that the ledger's
chain never forks. A reader sees the record as it was when it began.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Select, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from tilsyn.problems import Problem, SurroundingsError, UsageError, Where

WAIT = 60
"""Seconds that a writer waits for another before it gives up."""

LOCK = 7_463_001
"""The advisory lock of every writer in PostgreSQL; any number does that nobody else uses."""

MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """A record that is open. `where` is what people are told: the file, or the URL without its password."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.engine, self.where = engine, where

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextlib.contextmanager
    def writing(self) -> Generator[Connection]:
        """A transaction that is alone in writing. It is kept when the block ends, and nothing of it when it fails."""
        with self._told(), self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{WAIT}s'")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            yield connection

    @contextlib.contextmanager
    def reading(self) -> Generator[Connection]:
        """A transaction that sees one state of the record."""
        options: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self._told(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    def insert(self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Many rows at once, by the quickest way that the database has."""
        if not rows:
            return
        names = ", ".join(f'"{name}"' for name in columns)
        if self.is_sqlite:
            marks = ", ".join("?" for _ in columns)
            connection.exec_driver_sql(
                f'INSERT INTO "{table}" ({names}) VALUES ({marks})', [tuple(row) for row in rows]
            )
            return
        driver: Any = connection.connection.dbapi_connection
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)

    def upgrade(self) -> None:
        """Brings the tables to what this program knows. Raises SurroundingsError where they are of a later one."""
        with self._told():
            self._not_newer()
            with self.engine.connect().execution_options(writing=True) as connection, connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    @property
    def version(self) -> str | None:
        """The last migration that was made; None in an empty database."""
        with self._told(), self.engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def close(self) -> None:
        self.engine.dispose()

    def _not_newer(self) -> None:
        known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
        version = self.version
        if version is not None and version not in known:
            raise SurroundingsError(Problem(Where(self.where), "record-newer", {"version": version}))

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        """What the database says when it fails, as a problem of the surroundings."""
        try:
            yield
        except DBAPIError as fault:
            raise SurroundingsError(self._problem(fault)) from fault

    def _problem(self, fault: DBAPIError) -> Problem:
        why = " ".join(str(fault.orig).split())
        locked = isinstance(fault.orig, sqlite3.OperationalError) and "locked" in why
        return Problem(Where(self.where), "record-locked" if locked else "record-fails", {"why": why, "seconds": WAIT})


def fetched(connection: Connection, wanted: Select[Any]) -> Sequence[tuple[Any, ...]]:
    """Many rows as the driver gives them: in SQLite a flag is 0 or 1."""
    cursor: Any = connection.execute(wanted).cursor
    return cursor.fetchall()


def open_database(url: str, *, create: bool = True) -> Database:
    """A record by its URL or, in SQLite, its file. A fresh SQLite file gets its tables at once; another database is
    brought up by `tilsyn db upgrade`, which is an administrator's. Raises UsageError, SurroundingsError."""
    parsed = _url(url)
    sqlite = parsed.startswith("sqlite")
    where = str(make_url(parsed).database) if sqlite else make_url(parsed).render_as_string(hide_password=True)
    fresh = sqlite and not Path(where).exists()
    if fresh and not create:
        raise UsageError(Problem(Where(where), "record-none"))
    try:
        engine = _engine(parsed)
    except (ArgumentError, NoSuchModuleError, ImportError) as fault:
        raise UsageError(Problem(Where(where), "record-url", {"why": str(fault)})) from None
    found = Database(engine, where)
    try:
        if fresh:
            found.upgrade()
        found._not_newer()  # pyright: ignore[reportPrivateUsage]
        if create and found.version != head():
            raise SurroundingsError(Problem(Where(where), "record-older", {"version": found.version or "-"}))
    except BaseException:
        found.close()
        raise
    return found


def head() -> str:
    """The migration that this program knows as the last."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return revision


def _url(url: str) -> str:
    """An URL that says which driver; a name without a scheme is a file of SQLite's."""
    scheme, found, rest = url.partition("://")
    if not found:
        return f"sqlite:///{url}"
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def _engine(url: str) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": WAIT})

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.isolation_level = None  # transactions are begun below
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        alone = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")

    return engine


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
