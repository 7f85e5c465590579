"""The closed lists of reasons: why a figure is missing, and why an institution moved or stayed.

Declarations, readings and sentences all name them; they are listed once, below all of those.
"""

from __future__ import annotations

MISSING = ("refused", "not-submitted", "withdrawn", "suppressed", "too-few", "stale", "undefined", "not-applicable")
"""Why a figure is missing; where two meet, the one that stands first is the reason."""

MOVEMENT = (
    "not-assessed",
    "in-doubt-stay",
    "stays",
    "rises",
    "falls",
    "awaits-confirmation",
    "awaits-dwell",
    "limited-up",
    "limited-down",
    "lapse",
    "grave",
    "no-memory",
)
"""Why a placement is what it is, seen from the one before."""
