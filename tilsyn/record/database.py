"""Opening a record, and what holds while something is written: one writer at a time, all of it or nothing.

SQLite needs no set-up and PostgreSQL is named by its URL; everything that differs between them is here. A writer waits
for the one before it, in SQLite by its own lock on the file, in PostgreSQL by one advisory lock, so that the ledger's
chain never forks. A reader sees the record as it was when it began.

Whoever only reads a little asks in plain SQL, which needs the database's own driver and nothing else: SQLAlchemy and
Alembic are loaded where something is written, verified or brought up.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.problems import Problem, SurroundingsError, UsageError, Where

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection, Engine, Select

WAIT = 60
"""Seconds that a writer waits for another before it gives up."""

LOCK = 7_463_001
"""The advisory lock of every writer in PostgreSQL; any number does that nobody else uses."""

VERSIONS = "alembic_version"
"""The table where Alembic keeps the last migration."""

DRIVERS = ("sqlite3", "psycopg")

MIGRATIONS = Path(__file__).parent / "migrations"

AT_ONCE = 1_000
"""Rows that are there at once, where many are read a part at a time. Each is an object of its own, with one for every
number in it, and Python looks through all that it has ever more often, the more of them there are."""


SEVERAL = 25
"""Rows that one statement puts in a table of SQLite's: in a sixth less time than if each had a statement of its own.
More save no more, and an older SQLite takes no more than 999 values."""


class Ask:
    """Asks for rows in plain SQL, with `?` for each value that follows. In SQLite a flag comes back as 0 or 1."""

    def __init__(self, execute: Callable[[str, tuple[Any, ...]], Any]) -> None:
        self._execute = execute

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._execute(sql, values).fetchall()

    def parts(self, sql: str, *values: Any) -> Iterator[list[tuple[Any, ...]]]:
        """Many rows, some at a time, while the transaction lasts."""
        cursor = self._execute(sql, values)
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


class Database:
    """A record that is open. `where` is what people are told: the file, or the URL without its password."""

    def __init__(self, url: str, where: str) -> None:
        self.url, self.where = url, where
        self.is_sqlite = url.startswith("sqlite")

    @cached_property
    def engine(self) -> Engine:
        return _engine(self.url)

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

    @contextlib.contextmanager
    def asking(self) -> Generator[Ask]:
        """As `reading`, in plain SQL: by the driver alone, where nothing has needed more so far."""
        if not self.is_sqlite or "engine" in self.__dict__:
            with self.reading() as connection:
                yield asker(connection)
            return
        with self._told(), contextlib.closing(_opened(self.file)) as plain:
            plain.execute("BEGIN")
            yield Ask(plain.execute)

    @property
    def file(self) -> str:
        """The file of a record in SQLite."""
        return self.url.partition(":///")[2].partition("?")[0]

    def insert(self, connection: Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Many rows at once, by the quickest way that the database has."""
        if not rows:
            return
        names = ", ".join(f'"{name}"' for name in columns)
        driver: Any = connection.connection.dbapi_connection
        if self.is_sqlite:
            marks = f"({', '.join('?' for _ in columns)})"
            for start in range(0, len(rows), SEVERAL):
                some = rows[start : start + SEVERAL]
                every = ", ".join([marks] * len(some))
                driver.execute(f'INSERT INTO "{table}" ({names}) VALUES {every}', [*chain.from_iterable(some)])
            return
        with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)

    def upgrade(self) -> None:
        """Brings the tables to what this program knows. Raises UsageError where somebody else's are there,
        SurroundingsError where they are of a later version."""
        from alembic import command

        version, blank = self._stands()
        if version is None and not blank:
            raise UsageError(Problem(Where(self.where), "record-other"))
        if version is not None and version not in versions():
            raise SurroundingsError(Problem(Where(self.where), "record-newer", {"version": version}))
        with self._told(), self.engine.connect().execution_options(writing=True) as connection, connection.begin():
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    @property
    def version(self) -> str | None:
        """The last migration that was made; None where none was."""
        return self._stands()[0]

    def must_be_current(self) -> None:
        """Raises UsageError where this is no record, SurroundingsError where its tables are of another version."""
        version, blank = self._stands()
        if version is None:
            raise UsageError(Problem(Where(self.where), "record-empty" if blank else "record-other"))
        if version != head():
            code = "record-newer" if version not in versions() else "record-older"
            raise SurroundingsError(Problem(Where(self.where), code, {"version": version}))

    def _stands(self) -> tuple[str | None, bool]:
        """The last migration that was made, if any, and whether there is no table at all, of ours or of others."""
        with self.asking() as ask:
            here = "SELECT name FROM sqlite_master WHERE type = 'table'"
            there = "SELECT tablename FROM pg_tables WHERE schemaname = ANY (current_schemas(false))"
            tables = {name for (name,) in ask(here if self.is_sqlite else there)}
            found = ask(f"SELECT version_num FROM {VERSIONS}") if VERSIONS in tables else []
        return str(found[0][0]) if found else None, not tables

    def close(self) -> None:
        if "engine" in self.__dict__:
            self.engine.dispose()

    @contextlib.contextmanager
    def _told(self) -> Generator[None]:
        """What the database says when it fails, as a problem of the surroundings."""
        try:
            yield
        except sqlite3.Error as fault:
            raise SurroundingsError(self._problem(fault)) from fault
        except Exception as fault:
            from sqlalchemy.exc import DBAPIError

            # many rows go by the driver itself, whose faults SQLAlchemy does not see
            own = fault.orig if isinstance(fault, DBAPIError) else fault
            if own is None or not type(own).__module__.startswith(DRIVERS):
                raise
            raise SurroundingsError(self._problem(own)) from fault

    def _problem(self, fault: BaseException) -> Problem:
        why = " ".join(str(fault).split())
        locked = isinstance(fault, sqlite3.OperationalError) and "locked" in why
        return Problem(Where(self.where), "record-locked" if locked else "record-fails", {"why": why, "seconds": WAIT})


def fetched(connection: Connection, wanted: Select[Any]) -> Sequence[tuple[Any, ...]]:
    """Many rows as the driver gives them: in SQLite a flag is 0 or 1."""
    cursor: Any = connection.execute(wanted).cursor
    return cursor.fetchall()


def asker(connection: Connection) -> Ask:
    """Plain SQL in a transaction that has begun."""
    cast = connection.dialect.name != "sqlite"

    def execute(sql: str, values: tuple[Any, ...]) -> Any:
        return connection.exec_driver_sql(sql.replace("?", "%s") if cast else sql, values).cursor

    return Ask(execute)


def open_database(url: str, *, create: bool = True) -> Database:
    """A record by its URL or, in SQLite, its file. With `create` a new SQLite file gets its tables at once, and so does
    one that somebody broke off making; elsewhere that is an administrator's (`tilsyn db upgrade`).

    Raises UsageError where there is no record, SurroundingsError where it is of another version or can't be opened.
    """
    found = database_at(url)
    try:
        if found.is_sqlite and not Path(found.file).exists() and not create:
            raise UsageError(Problem(Where(found.where), "record-none"))
        if found.is_sqlite and create and found.version is None:
            found.upgrade()
        found.must_be_current()
    except BaseException:
        found.close()
        raise
    return found


def database_at(url: str) -> Database:
    """A record by its URL, whatever is there. Raises UsageError for an URL that is none."""
    return _found(_url(url))


def versions() -> tuple[str, ...]:
    """The migrations that this program knows, in order, as their files are named."""
    return tuple(sorted(path.name[1:5] for path in (MIGRATIONS / "versions").glob("v*.py")))


def head() -> str:
    """The migration that this program knows as the last."""
    return versions()[-1]


def _found(url: str) -> Database:
    """A database by its whole URL, not opened where that can wait. Raises UsageError."""
    if url.startswith("sqlite:///"):
        return Database(url, Database(url, "").file)
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    where = url.partition("://")[0] + "://…"  # what can't be read may hold a password anywhere
    try:
        read = make_url(url)
        where = read.difference_update_query(["password", "passfile"]).render_as_string(hide_password=True)
        found = Database(url, where)
        assert found.engine
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as fault:
        raise UsageError(Problem(Where(where), "record-url", {"why": str(fault)})) from None
    return found


def _url(url: str) -> str:
    """An URL that says which driver; a name without a scheme is a file of SQLite's."""
    scheme, found, rest = url.partition("://")
    if not found:
        return f"sqlite:///{url}"
    return f"postgresql+psycopg://{rest}" if scheme in ("postgres", "postgresql") else url


def _engine(url: str) -> Engine:
    from sqlalchemy import QueuePool, create_engine, event

    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True)
    file = Database(url, "").file
    engine = create_engine(url, creator=lambda: _opened(file), poolclass=QueuePool)

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:  # pyright: ignore[reportUnusedFunction]
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction]
        alone = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")

    return engine


def _opened(file: str) -> sqlite3.Connection:
    """A connection to a file of SQLite's; transactions are begun by whoever asks for one.

    In a folder that cannot be written the file is read as one that nobody changes: SQLite would else want to lay its
    log beside it, and what is read only could not be read.
    """
    path = Path(file).absolute()
    only_read = path.exists() and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    uri = f"{path.as_uri()}?immutable=1" if only_read else path.as_uri()
    return sqlite3.connect(uri, uri=True, timeout=WAIT, isolation_level=None, check_same_thread=False)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config
