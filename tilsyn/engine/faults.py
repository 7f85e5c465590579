"""What a plan can get wrong: a code with its arguments, at a path of a declaration.

It stands below whoever reads expressions, so that all of them collect the same kind of fault, each once and without
what only follows from another. Where a path is in a file, and in which words it is said, is the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct, field

Path = tuple[str | int, ...]

OF_A_NAME = (
    "feel-name", "feel-field", "feel-set", "feel-sliced", "feel-record", "rule-input", "unknown-grouping",
    "unknown-result",
)  # fmt: skip
"""Codes that say that a name is not known, which is no news of one that is itself at fault."""


class Fault(Struct, frozen=True):
    """Something an expression or a rule gets wrong. `offset` counts characters in the text at `path`; `of_key` says
    that the key there is meant, not its value."""

    document: Literal["area", "ladder"]
    path: Path
    code: str
    args: Mapping[str, object] = field(default_factory=dict[str, object])
    offset: int = 0
    of_key: bool = False


class PlanFaults(Exception):
    """Every fault that was found while a plan was made."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("; ".join(f"{f.path}: {f.code} {dict(f.args)}" for f in faults))
        self.faults = faults


class Faults:
    """The faults met so far. `unread` are names that are declared, but whose declaration is at fault."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.unread: set[str] = set()

    def add(self, fault: Fault) -> None:
        named = str(fault.args.get("name" if fault.code == "feel-field" else "found", ""))
        if fault.code in OF_A_NAME and named.partition("@")[0].partition(".")[0] in self.unread:
            return
        if all((f.path, f.code, f.offset, f.of_key) != (fault.path, fault.code, fault.offset, fault.of_key)
               for f in self.found):  # fmt: skip
            self.found.append(fault)
