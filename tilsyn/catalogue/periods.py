"""Periods: school years, calendar years, quarters and months as consecutive whole numbers.

A period's label is what people and files write; its index is what the engine counts with
(`k` periods before is `index - k`). Which rules judge a period follows from its first day.
"""

from __future__ import annotations

import datetime as dt
import re

from msgspec import Struct

_FORMS = {
    "school-year": re.compile(r"(\d{4})/(\d{2}|\d{4})"),
    "calendar-year": re.compile(r"(\d{4})"),
    "quarter": re.compile(r"(\d{4})[- ]?[QK]([1-4])"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
}

EXAMPLES = {"school-year": "2024/25", "calendar-year": "2024", "quarter": "2024Q3", "month": "2024-09"}

SCHOOL_YEAR_BEGINS = (8, 1)
"""Month and day of the first day of a Danish school year."""


class Period(Struct, frozen=True, order=True):
    """One period of a calendar; ordered within its kind."""

    kind: str
    index: int

    @property
    def first_day(self) -> dt.date:
        match self.kind:
            case "school-year":
                return dt.date(self.index, *SCHOOL_YEAR_BEGINS)
            case "calendar-year":
                return dt.date(self.index, 1, 1)
            case "quarter":
                return dt.date(self.index // 4, 3 * (self.index % 4) + 1, 1)
            case _:
                return dt.date(self.index // 12, self.index % 12 + 1, 1)

    @property
    def label(self) -> str:
        match self.kind:
            case "school-year":
                return f"{self.index}/{(self.index + 1) % 100:02d}"
            case "calendar-year":
                return str(self.index)
            case "quarter":
                return f"{self.index // 4}Q{self.index % 4 + 1}"
            case _:
                return f"{self.index // 12}-{self.index % 12 + 1:02d}"

    def before(self, periods: int) -> Period:
        """The period so many before this one; a negative number counts forward."""
        return Period(self.kind, self.index - periods)


def parse_period(kind: str, label: str) -> Period | None:
    """The period that a label names, or None where the label is not one of that kind.

    >>> parse_period("school-year", "2024/25").index
    2024
    >>> parse_period("school-year", "2024/26") is None
    True
    """
    found = _FORMS[kind].fullmatch(label.strip())
    if not found or not 1900 <= int(found[1]) <= 2200:
        return None
    year = int(found[1])
    match kind:
        case "school-year":
            second = found[2]
            return Period(kind, year) if int(second) % 100 == (year + 1) % 100 and len(second) in (2, 4) else None
        case "calendar-year":
            return Period(kind, year)
        case "quarter":
            return Period(kind, 4 * year + int(found[2]) - 1)
        case _:
            month = int(found[2])
            return Period(kind, 12 * year + month - 1) if 1 <= month <= 12 else None


def containing(kind: str, day: dt.date) -> Period:
    """The period that a day lies in.

    >>> containing("school-year", dt.date(2026, 7, 31)).label
    '2025/26'
    """
    match kind:
        case "school-year":
            return Period(kind, day.year if (day.month, day.day) >= SCHOOL_YEAR_BEGINS else day.year - 1)
        case "calendar-year":
            return Period(kind, day.year)
        case "quarter":
            return Period(kind, 4 * day.year + (day.month - 1) // 3)
        case _:
            return Period(kind, 12 * day.year + day.month - 1)
