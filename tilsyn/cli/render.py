"""Blocks on a screen or in a file: text with tables, JSON, or a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table

if TYPE_CHECKING:
    from rich.console import Console

TONES = {"plain": "", "strong": "bold", "warning": "yellow", "faint": "dim"}

WIDEST = 130


class Screen:
    """Where an answer goes, in which form and language."""

    def __init__(self, lang: str, form: str, out: Path | None = None) -> None:
        self.lang, self.form, self.out = lang, form, out

    def show(self, blocks: Sequence[Block], data: Any) -> None:
        match self.form:
            case "json":
                self._put(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
            case "html":
                from tilsyn.telling.html import page

                self._put(page(blocks, self.lang))
            case _:
                self._text(blocks)

    def _put(self, text: str) -> None:
        if self.out is None:
            sys.stdout.write(text)
            return
        from tilsyn.files.export import put

        put(self.out, lambda target: target.write_text(text, encoding="utf-8"))

    def _text(self, blocks: Sequence[Block]) -> None:
        if self.out is None:
            for block in blocks:
                _print(console(), block)
            return
        import io

        from rich.console import Console

        text = io.StringIO()
        plain = Console(file=text, width=WIDEST)
        for block in blocks:
            _print(plain, block)
        self._put(text.getvalue())

    @contextmanager
    def progress(self) -> Iterator[Callable[[str, float], None]]:
        """A function that says what is being done and how far it is (0 to 1); silent but on a terminal."""
        if not sys.stderr.isatty() or self.form == "json":
            yield lambda _what, _share: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        with Progress(
            BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True
        ) as bar:
            task = bar.add_task("", total=1.0)
            yield lambda what, share: bar.update(task, description=what, completed=share)


def console() -> Console:
    from rich.console import Console

    found = Console(highlight=False)
    width = min(found.width, WIDEST) if found.is_terminal else WIDEST
    return Console(highlight=False, width=width)


def _print(screen: Console, block: Block) -> None:
    from rich.padding import Padding
    from rich.table import Table as RichTable
    from rich.text import Text

    match block:
        case Heading(text):
            screen.print()
            screen.print(Text(text, style="bold underline"))
        case Paragraph(text, tone):
            screen.print(Text(text, style=TONES[tone]))
        case Points(items):
            for item in items:
                screen.print(Padding(Text(f"• {item}"), (0, 0, 0, 1)))
        case Table(title, columns, rows, numbers):
            table = RichTable(title=Text(title) if title else None, title_justify="left", title_style="italic")
            for place, name in enumerate(columns):
                table.add_column(Text(name), justify="right" if place in numbers else "left", overflow="fold")
            for row in rows:
                table.add_row(*(Text(cell) for cell in row))
            screen.print(table)
