"""Every feature in `features/`, bound. The steps are in `conftest.py`."""

from __future__ import annotations

from pathlib import Path

from pytest_bdd import scenarios

scenarios(str(Path(__file__).parents[2] / "features"))
