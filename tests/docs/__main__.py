"""Writes README anew: `python -m tests.docs`."""

from __future__ import annotations

from tests.docs.readme import README, made_anew

README.write_text(made_anew(README.read_text(encoding="utf-8")), encoding="utf-8")
