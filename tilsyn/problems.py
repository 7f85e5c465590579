"""What can go wrong, who can mend it, and the exit code that says so.

    TilsynError                    exit  shown without a traceback
    ├── UsageError                 2     the command was used wrongly
    ├── DeclarationError           3     the YAML has problems (all of them are carried)
    ├── CaseError                  4     an author's case or a property fails
    ├── DataError                  5     figures were refused as a whole
    ├── RecordError                6     the record does not verify
    └── SurroundingsError          7     disk, database, permissions

A `Problem` is a code with its arguments; the words, Danish and English, are in
`telling/texts.yaml`, so that no sentence is written twice and each code is documented.
Everything else that is raised is our own fault and is shown with its traceback (exit 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import IntEnum

from msgspec import Struct, field


class Exit(IntEnum):
    """Exit codes of the command line. With several kinds of problem at once the first listed wins."""

    FINE = 0
    OUR_FAULT = 1
    WRONG_USE = 2
    DECLARATIONS = 3
    PROPERTY_FAILS = 4
    DATA_REFUSED = 5
    RECORD_UNVERIFIED = 6
    SURROUNDINGS = 7


class Where(Struct, frozen=True, order=True):
    """A place in a file; lines and columns are counted from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}" if self.column else f"{self.file}:{self.line}"


class Problem(Struct, frozen=True):
    """One thing that is wrong: where, what (`code` with `args`), and, by the code's text, what to do.

    `path` is the chain of declared names from outside to inside, e.g. ``("goals", "faglighed")``.
    """

    where: Where
    code: str
    args: dict[str, object] = field(default_factory=dict[str, object])
    path: tuple[str, ...] = ()

    def key(self) -> tuple[object, ...]:
        """What makes two problems the same one."""
        return (self.where, self.code, self.path, tuple(sorted((k, str(v)) for k, v in self.args.items())))


def distinct(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems in the order of their places, each once (one fault may be met on several days)."""
    seen: dict[tuple[object, ...], Problem] = {}
    for problem in problems:
        seen.setdefault(problem.key(), problem)
    return tuple(sorted(seen.values(), key=lambda p: (p.where, p.code)))


class TilsynError(Exception):
    """A mistake that a user can mend. Carries every problem that was found."""

    exit: Exit = Exit.OUR_FAULT

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else distinct(problems)
        super().__init__("; ".join(f"{p.where}: {p.code} {p.args}" for p in self.problems))


class UsageError(TilsynError):
    """The command was used wrongly."""

    exit = Exit.WRONG_USE


class DeclarationError(TilsynError):
    """The declarations have problems."""

    exit = Exit.DECLARATIONS


class CaseError(TilsynError):
    """An author's case, or a property, fails."""

    exit = Exit.PROPERTY_FAILS


class DataError(TilsynError):
    """Figures were refused as a whole."""

    exit = Exit.DATA_REFUSED


class RecordError(TilsynError):
    """The record does not verify."""

    exit = Exit.RECORD_UNVERIFIED


class SurroundingsError(TilsynError):
    """Disk, database or permissions failed."""

    exit = Exit.SURROUNDINGS


def not_written(path: object, fault: OSError) -> SurroundingsError:
    """A file or folder that could not be written, and why."""
    return SurroundingsError(Problem(Where(str(path)), "export-not-written", {"why": fault.strerror or str(fault)}))


__all__ = [
    "CaseError",
    "DataError",
    "DeclarationError",
    "Exit",
    "Problem",
    "RecordError",
    "SurroundingsError",
    "TilsynError",
    "UsageError",
    "Where",
    "distinct",
    "not_written",
]
