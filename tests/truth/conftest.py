"""Where the published figures are. They belong to others and are no part of the project, so tests that need them
are skipped where they are absent, and say so; where they are at hand, a test that is skipped has failed, unless it is
an engine that is not installed.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from ..generative.engines import NO_SPARK

ROOT = Path(__file__).resolve().parents[2]


def folder() -> Path:
    """The folder of published figures: `TILSYN_TRUTH`, or `shared/truth` beside the project."""
    return Path(os.environ.get("TILSYN_TRUTH") or ROOT.parent / "shared" / "truth")


@pytest.fixture(scope="session")
def truth() -> Path:
    if not folder().is_dir():
        pytest.skip(f"no published figures in {folder()}; set TILSYN_TRUTH to the folder that holds them")
    return folder()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.skipped and folder().is_dir() and NO_SPARK not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"skipped, though the published figures are in {folder()}"
    return report
