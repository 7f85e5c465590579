"""YAML text to a tree of plain values with positions, by the core schema of YAML 1.2.

PyYAML gives the events; what they mean is decided here: only `true` and `false` are yes and no,
whole numbers are decimal, other numbers are exact, days stay text, and a key is always text.
What a declaration never needs and an attacker does is refused: anchors, tags, merge keys, very
large or deep files. Every fault that does not hide the rest of the file is collected. What the
keys mean is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Context, Decimal
from pathlib import Path as FilePath
from typing import Any, NoReturn, cast

import yaml
from msgspec import Struct, field

from tilsyn.catalogue.dated import Path
from tilsyn.catalogue.documents import Place, Positions, composed
from tilsyn.catalogue.expressions import LARGEST as LARGEST_NUMBER
from tilsyn.problems import Problem, SurroundingsError, Where

LARGEST = 1_000_000
"""Bytes in one file."""

DEEPEST = 40
MOST_NODES = 50_000

DIGITS = 15
"""Significant digits that a number may have, so that it is the same in every reading."""

_LOADER: Any = getattr(yaml, "CLoader", yaml.SafeLoader)

_NULL = {"", "~", "null", "Null", "NULL"}
_FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_ODD_NUMBER = re.compile(r"[-+]?0[0-9][0-9.]*([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")

_SYNTAX = (
    ("mapping values are not allowed", "yaml-colon"),
    ("cannot start any token", "yaml-character"),
    ("unexpected end of stream", "yaml-unclosed-quote"),
    ("',' or", "yaml-unclosed-bracket"),
    ("escape", "yaml-escape"),
    ("expected key", "yaml-indentation"),
    ("<block end>", "yaml-indentation"),
    ("<document start>", "yaml-indentation"),
    ("entries are not allowed", "yaml-indentation"),
    ("find expected ':'", "yaml-no-colon"),
    ("undefined tag handle", "tag-refused"),
)
"""What PyYAML, in C or in Python, says is wrong, and the code of the plain words for it."""


def _events(text: str) -> Iterator[Any]:
    return iter(cast(Any, yaml).parse(text, Loader=_LOADER))


class Tree(Struct, frozen=True):
    """What a file says, and where; `root` is None where nothing could be read."""

    file: str
    root: Any
    positions: Positions
    problems: tuple[Problem, ...] = ()


def read_tree(path: FilePath, *, shown: str | None = None) -> Tree:
    """The tree of a file; `shown` is what people call it. Too large a file is refused unread."""
    file = shown or str(path)
    if not path.is_file():
        return _unread(file, "not-a-file")
    try:
        if (size := path.stat().st_size) > LARGEST:
            return _unread(file, "file-too-large", megabytes=f"{size / 1e6:.1f}", limit=LARGEST // 1_000_000)
        raw = path.read_bytes()
    except OSError as error:
        raise SurroundingsError(Problem(Where(file), "cannot-read", {"reason": error.strerror or ""})) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        return _unread(file, "not-utf8", Where(file, line, column), byte=f"0x{raw[error.start]:02X}")
    return parse_tree(text, file)


def parse_tree(text: str, file: str) -> Tree:
    """The tree of a YAML text."""
    text = composed(text)
    if found := _UNSEEN.search(text):
        before = text[: found.start()]
        where = Where(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
        return _unread(file, "control-character", where, character=f"U+{ord(found[0]):04X}")
    composer = _Composer(file, text)
    root = composer.compose()
    return Tree(file, root, Positions(text, composer.keys, composer.values), tuple(composer.problems))


def _unread(file: str, code: str, where: Where | None = None, **args: object) -> Tree:
    return Tree(file, None, Positions(""), (Problem(where or Where(file), code, args),))


class _Stop(Exception):
    """Nothing more can be read from this file."""


class _Composer(Struct):
    """Walks the events once, keeping places and faults."""

    file: str
    text: str
    problems: list[Problem] = field(default_factory=list[Problem])
    keys: dict[Path, Place] = field(default_factory=dict[Path, Place])
    values: dict[Path, Place] = field(default_factory=dict[Path, Place])
    nodes: int = 0

    def compose(self) -> Any:
        try:
            return self._document(_events(self.text))
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except _Stop:
            pass
        return None

    def _document(self, events: Iterator[Any]) -> Any:
        next(events)
        if isinstance(next(events), yaml.StreamEndEvent):
            self._stop("empty-file", Where(self.file))
        root = self._node(next(events), events, ())
        next(events)
        if not isinstance(after := next(events), yaml.StreamEndEvent):
            self._stop("several-documents", self._where(after))
        return root

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            self._stop("yaml-too-many", self._where(event), limit=MOST_NODES)
        if len(path) > DEEPEST:
            self._stop("yaml-too-deep", self._where(event), limit=DEEPEST)
        if isinstance(event, yaml.AliasEvent):
            self._stop("alias-refused", self._where(event), name=event.anchor)
        self.values[path] = self._place(event, collection=not isinstance(event, yaml.ScalarEvent))
        self._refuse_decoration(event)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._scalar(event)

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        node: dict[str, Any] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event)
            if (here := (*path, key)) in self.keys:
                first = self.keys[here]
                self._problem("duplicate-key", self._where(event), path=path, name=key, line=first.line)
                aside = _Composer(self.file, self.text, self.problems, nodes=self.nodes)
                aside._node(next(events), events, here)
                self.nodes = aside.nodes
                continue
            self.keys[here] = self._place(event)
            node[key] = self._node(next(events), events, here)
        return node

    def _sequence(self, events: Iterator[Any], path: Path) -> list[Any]:
        node: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            node.append(self._node(event, events, (*path, len(node))))
        return node

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            self._stop("alias-refused", self._where(event), name=event.anchor)
        key: str = getattr(event, "value", "")
        if not key:
            self._stop("key-not-text", self._where(event))
        self._refuse_decoration(event)
        if key == "<<" and event.implicit[0]:
            self._stop("merge-key-refused", self._where(event))
        return key

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _NULL:
            return None
        if text in _FLAGS:
            return _FLAGS[text]
        if _ODD_NUMBER.fullmatch(text):
            self._problem("odd-number", self._where(event), found=text)
        elif _NOT_FINITE.fullmatch(text):
            self._problem("number-not-finite", self._where(event), found=text)
        elif _NUMBER.fullmatch(text):
            return self._number(event, text)
        return text

    def _number(self, event: Any, text: str) -> int | Decimal:
        mantissa, _, exponent = text.lower().partition("e")
        digits = mantissa.lstrip("+-").replace(".", "").strip("0")
        if len(digits) > DIGITS or len(mantissa) > 2 * DIGITS or len(exponent) > 3:
            self._problem("number-too-fine", self._where(event), found=text[:40], digits=DIGITS)
            return Decimal(0) if len(exponent) > 3 else Context(prec=DIGITS).create_decimal(text)
        number = int(text) if _WHOLE.fullmatch(text) else Decimal(text)
        if abs(number) > LARGEST_NUMBER:
            self._problem("number-size", self._where(event), found=text[:40], limit=f"{LARGEST_NUMBER:.0e}")
        return number

    def _refuse_decoration(self, event: Any) -> None:
        if event.anchor is not None:
            self._stop("anchor-refused", self._where(event), name=event.anchor)
        if event.tag is not None:
            self._problem("tag-refused", self._where(event), tag=_short(event.tag))

    def _syntax(self, error: yaml.MarkedYAMLError) -> None:
        said = f"{error.problem} {error.context or ''}"
        code = next((code for words, code in _SYNTAX if words in said), "yaml-syntax")
        mark = error.problem_mark or error.context_mark
        if code in ("yaml-unclosed-quote", "yaml-unclosed-bracket") and error.context_mark:
            mark = error.context_mark
        where = Where(self.file, mark.line + 1, mark.column + 1) if mark else Where(self.file)
        args: dict[str, object] = {"found": self.text[mark.index : mark.index + 1]} if mark else {"found": ""}
        if code == "tag-refused":
            args = {"tag": "!"}
        self.problems.append(Problem(where, code, args))

    def _place(self, event: Any, *, collection: bool = False) -> Place:
        start, end = event.start_mark, event.end_mark
        return Place(start.line + 1, start.column + 1, start.index, end.index, collection)

    def _where(self, event: Any) -> Where:
        return Where(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _problem(self, code: str, where: Where, *, path: Path = (), **args: object) -> None:
        self.problems.append(Problem(where, code, args, tuple(str(step) for step in path)))

    def _stop(self, code: str, where: Where, **args: object) -> NoReturn:
        self.problems.append(Problem(where, code, args))
        raise _Stop


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")
