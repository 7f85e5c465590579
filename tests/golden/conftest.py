"""`python -m pytest tests/golden --record` writes what comes out as what is expected; whoever records answers for the
difference, line by line, in the review."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", action="store_true", help="write what comes out as what is expected (tests/golden)")


@pytest.fixture
def record(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--record", default=False))
