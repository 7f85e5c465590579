"""Values with a first day: what is in force on a day, and on which days something changes.

Anywhere in a declaration a value or a block may be a map of first days
(`{2024-08-01: 60, 2026-08-01: 65}`). The map is resolved on the tree, before the models see
it, so that one rule serves every key of the grammar and no model has to know of it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

from msgspec import Struct

Path = tuple[str | int, ...]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_map(node: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a node has keys; in a declaration they are always text. Trees are made of plain dicts and lists."""
    return isinstance(node, dict)


def is_list(node: object) -> TypeGuard[list[Any]]:
    """Whether a node is a list."""
    return isinstance(node, list)


def is_dated(node: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a node is a map of first days (every key looks like one)."""
    return is_map(node) and bool(node) and all(_DAY.fullmatch(key) for key in node)


def days_in(node: object) -> Iterator[dt.date]:
    """Every first day that is written anywhere in a tree; impossible days are left to `impossible_days`."""
    for _, _, day in _dated_keys(node, ()):
        if day is not None:
            yield day


def impossible_days(node: object) -> Iterator[Path]:
    """Paths of keys that look like days but are none, such as 2024-02-30."""
    for path, key, day in _dated_keys(node, ()):
        if day is None:
            yield (*path, key)


def _dated_keys(node: object, path: Path) -> Iterator[tuple[Path, str, dt.date | None]]:
    if is_map(node):
        dated = is_dated(node)
        for key, value in node.items():
            if dated:
                yield path, key, _day(key)
            yield from _dated_keys(value, (*path, key))
    elif is_list(node):
        for index, value in enumerate(node):
            yield from _dated_keys(value, (*path, index))


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


class Resolved(Struct, frozen=True):
    """A tree as it stands on one day.

    `origin` maps a path in the resolved tree to the path in the file, dates included;
    `uncovered` lists the dated maps that have no value yet on that day.
    """

    tree: Any
    origin: dict[Path, Path]
    uncovered: tuple[Path, ...]


def resolve(node: object, day: dt.date) -> Resolved:
    """The tree in force on `day`: each map of first days is replaced by its latest value."""
    origin: dict[Path, Path] = {}
    uncovered: list[Path] = []

    def walk(node: Any, here: Path, there: Path) -> Any:
        while is_dated(node):
            known = [key for key in node if (first := _day(key)) is not None and first <= day]
            if not known:
                uncovered.append(there)
                key = min(node)
            else:
                key = max(known)
            node, there = node[key], (*there, key)
        origin[here] = there
        if is_map(node):
            return {key: walk(value, (*here, key), (*there, key)) for key, value in node.items()}
        if is_list(node):
            return [walk(value, (*here, i), (*there, i)) for i, value in enumerate(node)]
        return node

    return Resolved(walk(node, (), ()), origin, tuple(uncovered))
