"""The valid policy that every test of faults breaks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A copy of it, to be broken."""
    return shutil.copytree(Path(__file__).parent / "base", tmp_path / "policy")
