"""What a told result is made of: headings, paragraphs, tables and points.

Text, page and anything else render the same blocks, so that nobody is told something else.
"""

from __future__ import annotations

from msgspec import Struct


class Heading(Struct, frozen=True):
    text: str


class Paragraph(Struct, frozen=True):
    """Running text; `tone` is plain, strong, warning or faint."""

    text: str
    tone: str = "plain"


class Table(Struct, frozen=True):
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()


class Points(Struct, frozen=True):
    items: tuple[str, ...]


Block = Heading | Paragraph | Table | Points
