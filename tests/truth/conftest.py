"""Where the published figures are. They belong to others and are no part of the project, so tests that need them
are skipped where they are absent, and say so.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def truth() -> Path:
    """The folder of published figures: `TILSYN_TRUTH`, or `shared/truth` beside the project."""
    folder = Path(os.environ.get("TILSYN_TRUTH") or ROOT.parent / "shared" / "truth")
    if not folder.is_dir():
        pytest.skip(f"no published figures in {folder}; set TILSYN_TRUTH to the folder that holds them")
    return folder
