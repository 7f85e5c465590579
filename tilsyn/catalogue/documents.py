"""Documents: one declared file as a tree of plain values, with the place of every key and value.

They carry what a model cannot: where a thing is written, also a single character of an expression
inside a quoted or folded text. Reading files is `files/`; what a document may say is the models'.
They stand here, below both, so that the catalogue can point into files without opening any.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from msgspec import Struct, field

from tilsyn.catalogue.dated import Path, is_dated, is_list, is_map
from tilsyn.problems import Problem, Where

Args = Mapping[str, object]
NOTHING: Args = MappingProxyType({})

_ESCAPES = {"x": 2, "u": 4, "U": 8}


class Place(Struct, frozen=True):
    """Where a node is written: line and column from 1, and its first and last character in the source."""

    line: int
    column: int
    start: int
    end: int
    collection: bool = False


class Positions(Struct, frozen=True):
    """The places of all keys and values of a file, by their path in the tree."""

    source: str
    keys: Mapping[Path, Place] = field(default_factory=dict[Path, Place])
    values: Mapping[Path, Place] = field(default_factory=dict[Path, Place])

    def written(self, path: Path) -> str:
        """The value as it is written in the file."""
        place = self.values.get(path)
        return self.source[place.start : place.end] if place else ""

    def line_column(self, path: Path, *, offset: int = 0, key: bool = False) -> tuple[int, int]:
        """Line and column of a path. A block is pointed at by its key, since it begins on a line of its own."""
        value = self.values.get(path)
        if (key or value is None or value.collection) and path in self.keys:
            value = self.keys[path]
        elif value is not None and offset:
            return self._inside(value, offset)
        return (value.line, value.column) if value else (0, 0)

    def _inside(self, place: Place, offset: int) -> tuple[int, int]:
        starts = list(_characters(self.source[place.start : place.end]))
        index = place.start + (starts[offset] if offset < len(starts) else starts[-1] + 1 if starts else 0)
        before = self.source[place.start : index]
        if "\n" not in before:
            return place.line, place.column + len(before)
        return place.line + before.count("\n"), len(before) - before.rfind("\n")


def _characters(written: str) -> Iterator[int]:
    """For each character of a scalar's value the index, in what is written, that it comes from."""
    match written[:1]:
        case "|" | ">":
            return _block(written)
        case "'":
            return _flowing(written[:-1], 1)
        case '"':
            return _flowing(written[:-1], 1, escapes=True)
        case _:
            return _flowing(written, 0)


def _block(written: str) -> Iterator[int]:
    """Of a literal exactly; of a folded text by the line, as folding leaves one character for a line break."""
    header, _, body = written.partition("\n")
    lines = body.split("\n")
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    at = len(header) + 1
    for line in lines:
        yield from range(at + indent, at + max(len(line.rstrip("\r")), indent) + 1)
        at += len(line) + 1


def _flowing(written: str, at: int, *, escapes: bool = False) -> Iterator[int]:
    while at < len(written):
        char, here = written[at], at
        if escapes and char == "\\":
            at += 2 + _ESCAPES.get(written[at + 1 : at + 2], 0)
        elif char == "'" and written[0] == "'":
            at += 2
        elif char in " \t\r\n" and "\n" in (gap := written[at : _gap_end(written, at)]):
            at += len(gap)
            yield from [here] * max(gap.count("\n") - 1, 1)
            continue
        else:
            at += 1
        yield here


def _gap_end(written: str, at: int) -> int:
    while at < len(written) and written[at] in " \t\r\n":
        at += 1
    return at


class Document(Struct, frozen=True):
    """One declared file: its kind (the key that names it), the name it declares, and its tree."""

    kind: str
    name: str
    file: str
    tree: dict[str, Any]
    positions: Positions

    def path_in_file(self, path: Path, day: dt.date | None = None, *, into_value: bool = False) -> Path:
        """The path as it is written: first days are put in where the tree has maps of them.

        Takes a path of the resolved tree, a written one, or one that goes too deep (its longest
        known beginning is used). Without a day the last first day is meant. `into_value` goes on
        to the value in force, where one is dated; its key stands before that.
        """
        node: Any = self.tree
        written: list[str | int] = []
        for step in path:
            while is_dated(node) and step not in node:
                key = day_in_force(node, day)
                written.append(key)
                node = node[key]
            if not has(node, step):
                return tuple(written)
            node = below(node, step)
            written.append(step)
        while into_value and is_dated(node):
            key = day_in_force(node, day)
            written.append(key)
            node = node[key]
        return tuple(written)

    def where(self, path: Path, *, offset: int = 0, key: bool = False, day: dt.date | None = None) -> Where:
        """The place of a path, or of one character of the text that stands there."""
        written = self.path_in_file(path, day, into_value=day is not None and not key)
        if not written:
            return Where(self.file, 1, 1)
        return Where(self.file, *self.positions.line_column(written, offset=offset, key=key))

    def problem(
        self, path: Path, code: str, args: Args = NOTHING, *, offset: int = 0, day: dt.date | None = None
    ) -> Problem:
        """A problem with the value at a path, or with one character of it."""
        where = self.where(path, offset=offset, day=day)
        return Problem(where, code, dict(args), self.declared_path(self.path_in_file(path, day)))

    def key_problem(self, path: Path, code: str, args: Args = NOTHING, *, day: dt.date | None = None) -> Problem:
        """A problem with the key at a path: its name, or what is missing below it."""
        where = self.where(path, key=True, day=day)
        return Problem(where, code, dict(args), self.declared_path(self.path_in_file(path, day)))

    def declared_path(self, path: Path) -> tuple[str, ...]:
        """The chain of declared names from outside to inside; a list's entry goes by its id or its number."""
        names: list[str] = []
        node: Any = self.tree
        for step in path:
            node = below(node, step)
            if isinstance(step, int):
                names.append(str(node["id"]) if is_map(node) and "id" in node else str(step + 1))
            elif not is_dated({step: None}):
                names.append(step)
        return tuple(names)


def has(node: object, step: str | int) -> bool:
    """Whether a node has a key, or a list that place."""
    if is_list(node):
        return isinstance(step, int) and 0 <= step < len(node)
    return is_map(node) and step in node


def below(node: Any, step: str | int) -> Any:
    """What stands at a key, or at a place of a list; None where nothing does."""
    return node[step] if has(node, step) else None


def day_in_force(dated: Mapping[str, Any], day: dt.date | None) -> str:
    """The key of a map of first days that is in force on a day; its first where none is yet."""
    return max((key for key in dated if day is None or key <= day.isoformat()), default=min(dated))


def composed(text: str) -> str:
    """Text with letters such as å in one character, however the editor saved them."""
    return unicodedata.normalize("NFC", text)
