"""Blocks on a screen or in a file: text with tables, JSON, or a page."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table

if TYPE_CHECKING:
    from rich.console import Console

TONES = {"plain": "", "strong": "bold", "warning": "yellow", "faint": "dim"}

WIDEST = 130

POINT = " • "


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
            with console() as screen:
                for block in blocks:
                    _print(screen, block)
            return
        import io

        from rich.console import Console

        text = io.StringIO()
        plain = Console(file=text, width=WIDEST)
        for block in blocks:
            _print(plain, block)
        self._put(text.getvalue())

    @contextmanager
    def progress(self) -> Generator[Callable[[str, float], None]]:
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
    """The terminal, no wider than reads well; a reader who leaves early, as `| head` does, is told to the caller."""
    from rich.console import Console

    class Terminal(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    found = Terminal(highlight=False)
    found.width = min(found.width, WIDEST) if found.is_terminal else WIDEST
    return found


_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """A text from a file as it can be shown: what would steer the terminal becomes a sign.

    >>> visible("Skole\\x1b[2J")
    'Skole�[2J'
    """
    return _UNSEEN.sub("\ufffd", text)


def _print(screen: Console, block: Block) -> None:
    from rich.text import Text

    match block:
        case Heading(text):
            screen.print()
            screen.print(Text(visible(text), style="bold underline"))
        case Paragraph(text, tone):
            screen.print(Text(visible(text), style=TONES[tone]))
        case Points(items):
            for item in items:
                lines = Text(visible(item)).wrap(screen, screen.width - len(POINT))
                for place, line in enumerate(lines):
                    screen.print(Text(" " * len(POINT) if place else POINT).append_text(line))
        case Table():
            _print_table(screen, block)


def _print_table(screen: Console, block: Table) -> None:
    """The first column names the row, so its words are not cut where there is room for them. The title stands above
    as a line of its own: it may be wider than the table."""
    from rich.table import Table as RichTable
    from rich.text import Text

    table = RichTable()
    if block.title:
        screen.print(Text(visible(block.title), style="italic"))
    words = [word for row in block.rows for word in visible(row[0]).split()]
    longest = max(map(len, words), default=0)
    for place, name in enumerate(block.columns):
        table.add_column(
            Text(visible(name)),
            justify="right" if place in block.numbers else "left",
            overflow="fold",
            no_wrap=place in block.numbers,
            min_width=min(longest, screen.width // 4) if place == 0 else _widest_number(block, place),
        )
    for row in block.rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    # a figure is never cut: a table that needs more room than there is runs over the edge
    needs = table.__rich_measure__(screen, screen.options)
    screen.print(table, width=max(needs.minimum, min(screen.width, needs.maximum)), crop=False)


def _widest_number(block: Table, place: int) -> int | None:
    return max((len(visible(row[place])) for row in block.rows), default=None) if place in block.numbers else None
