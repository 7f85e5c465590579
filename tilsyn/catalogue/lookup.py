"""Problems of names that are not known, at the very value, key or entry, with the names that are.

Every check of names says it in the same words and suggests the nearest, whatever the names are of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tilsyn.catalogue.dated import Path
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import EXAMPLES, parse_period
from tilsyn.catalogue.policy import Part, Policy
from tilsyn.problems import Problem

Found = Iterator[Problem]


def unknown(part: Part[Any], path: Path, name: str | None, known: Iterable[str], code: str) -> Found:
    """The problem of a single value that is not a known name."""
    known = list(known)
    if name is not None and name not in known:
        yield part.problem(path, code, {"name": name, **suggestion(name, known)})


def unknown_keys(part: Part[Any], path: Path, names: Iterable[str], known: Iterable[str], code: str) -> Found:
    """The keys of a block that are not known names."""
    known = list(known)
    for name in names:
        if name not in known:
            yield part.key_problem((*path, name), code, {"name": name, **suggestion(name, known)})


def unknown_each(part: Part[Any], path: Path, names: Iterable[str], known: Iterable[str], code: str) -> Found:
    """The names of a list that are not known."""
    known = list(known)
    for index, name in enumerate(names):
        yield from unknown(part, (*path, index), name, known, code)


def listed_twice(part: Part[Any], path: Path, names: Iterable[str]) -> Found:
    """The names of a list that stand there before."""
    seen: set[str] = set()
    for index, name in enumerate(names):
        if name in seen:
            yield part.problem((*path, index), "listed-twice", {"name": name})
        seen.add(name)


def not_a_period(policy: Policy, path: Path, label: str | None, *, key: bool = False) -> Found:
    """The problem of a label that is no period of the area's calendar."""
    kind = policy.area.period
    if label is not None and parse_period(kind, label) is None:
        report = policy.key_problem if key else policy.problem
        yield report("area", path, "not-a-period", {"found": label, "kind": kind, "example": EXAMPLES[kind]})
