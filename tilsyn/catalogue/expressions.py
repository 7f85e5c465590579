"""The nodes that expressions are made of: a small closed set, shared by every reading.

An expression is a tree of frozen nodes. What reads it (the exact reading, the columns, the
sentences) is one `match` each, closed by `assert_never`, so that a new node is a type error
wherever it is not yet read. Nothing here evaluates anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, Literal

ArithOp = Literal["+", "-", "*", "/", "**"]
CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class Node:
    """Any node; `at` is its offset in the text it was written in, and takes no part in equality."""

    at: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True)
class Number(Node):
    value: Fraction


@dataclass(frozen=True)
class Text(Node):
    value: str


@dataclass(frozen=True)
class Flag(Node):
    value: bool


@dataclass(frozen=True)
class Level(Node):
    """A level of the ladder's scale; rank 0 is the worst."""

    name: str
    rank: int


@dataclass(frozen=True)
class Ref(Node):
    """A declared name, or one field of it (`karakter.expected`)."""

    name: str
    field: str | None = None

    @property
    def column(self) -> str:
        return self.name if self.field is None else f"{self.name}.{self.field}"


@dataclass(frozen=True)
class Input(Node):
    """What a unary test tests."""


@dataclass(frozen=True)
class Arith(Node):
    op: ArithOp
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Negative(Node):
    of: Expr


@dataclass(frozen=True)
class Compare(Node):
    """A comparison; `type` is that of its two sides, known once names are bound."""

    op: CompareOp
    left: Expr
    right: Expr
    type: Literal["", "number", "text", "flag", "level"] = ""


@dataclass(frozen=True)
class Logic(Node):
    """Three-valued `and` / `or`."""

    op: Literal["and", "or"]
    of: tuple[Expr, ...]


@dataclass(frozen=True)
class Not(Node):
    of: Expr


@dataclass(frozen=True)
class If(Node):
    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True)
class Call(Node):
    """A function of the closed set `FUNCTIONS`."""

    function: str
    of: tuple[Expr, ...]


@dataclass(frozen=True)
class Earlier(Node):
    """A name as it stood `periods` calendar periods before."""

    of: Ref
    periods: int


@dataclass(frozen=True)
class Peers(Node):
    """A function over the present rows of the same area and period, the row itself included.

    `within` limits the set to rows with the same value of an attribute; `where` to rows that meet it.
    """

    function: str
    of: Expr
    where: Expr | None = None
    within: str | None = None
    rank_from: Literal["highest", "lowest"] = "highest"


Expr = (
    Number | Text | Flag | Level | Ref | Input | Arith | Negative | Compare | Logic | Not | If | Call | Earlier | Peers
)

COMPARISONS: dict[CompareOp, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""What each sign does to two sides, be they values, arrays or columns."""

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "missing": (1, 1),
    "default": (2, 2),
    "at_least": (2, None),
    "min": (1, None),
    "max": (1, None),
    "sum": (1, None),
    "mean": (1, None),
    "median": (1, None),
    "count": (1, None),
    "abs": (1, 1),
    "floor": (1, 1),
    "ceiling": (1, 1),
    "decimal": (2, 2),
    "round up": (2, 2),
    "round down": (2, 2),
    "round half up": (2, 2),
    "round half down": (2, 2),
    "sqrt": (1, 1),
    "log": (1, 1),
    "exp": (1, 1),
    "modulo": (2, 2),
    "clamp": (3, 3),
}
"""Functions with the fewest and the most arguments they take (None: any number)."""

ROUNDINGS = ("decimal", "round up", "round down", "round half up", "round half down")

PEER_FUNCTIONS = (
    "count", "sum", "mean", "min", "max", "median", "share_below", "share_at_or_below", "rank", "at_least",
)  # fmt: skip


def children(node: Expr) -> Iterator[Expr]:
    """The nodes directly below a node."""
    for part in fields(node):
        value = getattr(node, part.name)
        if isinstance(value, Node):
            yield value  # type: ignore[misc]
        elif isinstance(value, tuple):
            yield from value  # pyright: ignore[reportUnknownVariableType]


def walk(node: Expr) -> Iterator[Expr]:
    """The node and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def refs(node: Expr) -> tuple[Ref, ...]:
    """Every name that an expression reads, in the order of the text."""
    return tuple(n for n in walk(node) if isinstance(n, Ref))


def depth(node: Expr) -> int:
    """How deep the tree is. Counted without recursion, since it guards the recursive readings."""
    deepest, level = 0, [node]
    while level:
        deepest, level = deepest + 1, [child for parent in level for child in children(parent)]
    return deepest
