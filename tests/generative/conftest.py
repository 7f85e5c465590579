"""The generative tests share one sweep, so with xdist they belong on one worker (`--dist loadgroup`)."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "xdist_group(name): tests that share a worker")
