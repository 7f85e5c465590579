"""What a delivery says, in the order in which the record has it. It stands apart so that one institution can be read
without what many are read with."""

from __future__ import annotations

UNIT = ("institution", "period", "name", "closed", "successor", "attributes")
NUMBERS = ("value", "count", "n", "sd", "se", "expected", "low", "high")
FIGURE = ("institution", "period", "figure", "missing", "value", "word", *NUMBERS[1:], "measured")
"""The columns of what is said of institutions, and of figures, that a delivery gives."""
