"""A record on each database that there is: SQLite, and a real PostgreSQL (an embedded one, or `TILSYN_TEST_DB`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.record.databases import made, new_database, running_server
from tilsyn.record.database import Database

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    with running_server(os.environ.get("TILSYN_TEST_DB")) as url:
        yield url


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield str(tmp_path / "record.db")
        return
    with new_database(request.getfixturevalue("server")) as found:
        yield found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An open record with its tables."""
    found = made(url)
    yield found
    found.close()
