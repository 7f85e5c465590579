"""Every feature in `features/`, bound. The steps are in `conftest.py`."""

from __future__ import annotations

from pytest_bdd import scenarios

scenarios(".")
