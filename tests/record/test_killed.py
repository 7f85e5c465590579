"""Killed at any moment, for real: a process that imports and runs is ended by SIGKILL, on both databases.

`python -m tests.record.killed` does the same at as many points as one likes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.record.conftest import KINDS
from tests.record.killed import in_folder, killed, on_server

POINTS = 52


@pytest.mark.parametrize("kind", KINDS)
def test_whoever_is_killed_leaves_all_or_nothing_and_the_same_again_completes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    new = in_folder(tmp_path) if kind == "sqlite" else on_server(request.getfixturevalue("server"))
    seen = killed(new, POINTS)
    assert sum(seen.values()) == POINTS
    assert seen["nothing"], "some were killed before anything was kept"
    assert seen["import"], "some were killed between the import and the run"
