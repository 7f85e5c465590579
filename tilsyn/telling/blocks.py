"""What a told result is made of: headings, paragraphs, tables and points.

Text, page and anything else render the same blocks, so that nobody is told something else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Heading:
    text: str


@dataclass(frozen=True)
class Paragraph:
    """Running text; `tone` is plain, strong, warning or faint."""

    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True)
class Points:
    items: tuple[str, ...]


Block = Heading | Paragraph | Table | Points
