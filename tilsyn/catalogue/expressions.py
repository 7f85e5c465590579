"""The nodes that expressions are made of: a small closed set, shared by every reading.

An expression is a tree of frozen nodes. What reads it (the exact reading, the columns, the
sentences) is one `match` each, closed by `assert_never`, so that a new node is a type error
wherever it is not yet read. Nothing here evaluates anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import astuple, replace

ArithOp = Literal["+", "-", "*", "/", "**"]
CompareOp = Literal["=", "!=", "<", "<=", ">", ">="]
Combination = Literal[
    "weighted-mean/v1", "sum/v1", "max/v1", "min/v1", "best/v1", "worst/v1", "geometric-mean/v1"
]  # fmt: skip
"""How several values become one; an id's meaning never changes."""

LARGEST = 10**12
"""The largest number that is written, read or computed with; a larger result is `undefined`."""


class Node(Struct, frozen=True, kw_only=True):
    """Any node; `at` is its offset in the text it was written in, and takes no part in equality."""

    at: int = 0

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and _parts(self) == _parts(other)

    def __hash__(self) -> int:
        return hash(_parts(self))


def _parts(node: Any) -> tuple[Any, ...]:
    """All but `at`, which as a keyword of the base comes last."""
    return astuple(node)[:-1]


class Number(Node, frozen=True):
    value: Fraction


class Text(Node, frozen=True):
    value: str


class Flag(Node, frozen=True):
    value: bool


class Level(Node, frozen=True):
    """A level of the ladder's scale; rank 0 is the worst."""

    name: str
    rank: int


class Ref(Node, frozen=True):
    """A declared name, or one field of it (`karakter.expected`)."""

    name: str
    field: str | None = None

    @property
    def column(self) -> str:
        return self.name if self.field is None else f"{self.name}.{self.field}"


class Input(Node, frozen=True):
    """What a unary test tests."""


class Arith(Node, frozen=True):
    op: ArithOp
    left: Expr
    right: Expr


class Negative(Node, frozen=True):
    of: Expr


class Compare(Node, frozen=True):
    """A comparison; `type` is that of its two sides, known once names are bound."""

    op: CompareOp
    left: Expr
    right: Expr
    type: Literal["", "number", "text", "flag", "level"] = ""


class Logic(Node, frozen=True):
    """Three-valued `and` / `or`."""

    op: Literal["and", "or"]
    of: tuple[Expr, ...]


class Not(Node, frozen=True):
    of: Expr


class If(Node, frozen=True):
    condition: Expr
    then: Expr
    otherwise: Expr


class Call(Node, frozen=True):
    """A function of the closed set `FUNCTIONS`."""

    function: str
    of: tuple[Expr, ...]


class Earlier(Node, frozen=True):
    """A name as it stood `periods` calendar periods before."""

    of: Ref
    periods: int


class Peers(Node, frozen=True):
    """A function over the present rows of the same area and period, the row itself included.

    `within` limits the set to rows with the same value of an attribute; `where` to rows that meet it. `set` is
    "peers", or until names are bound a grouping, or the relation whose rows are meant instead.
    """

    function: str
    of: Expr
    where: Expr | None = None
    within: str | None = None
    rank_from: Literal["highest", "lowest"] = "highest"
    set: str = "peers"


class Related(Node, frozen=True):
    """A name as it stands in the one row that a relation leads to, in the same period."""

    relation: str
    of: Ref


class Among(Node, frozen=True):
    """A set function over the members of a grouping: `of` once per member, and `where` likewise or not at all."""

    function: str
    of: tuple[Expr, ...]
    where: tuple[Expr, ...] = ()


class Absent(Node, frozen=True):
    """A value that is missing, because. FEEL's `null` is one that is `undefined`. `type` is that of the value that
    might have been there, known once names are bound."""

    reason: str
    type: Literal["", "number", "text", "flag", "level"] = ""


class Choose(Node, frozen=True):
    """A decision table's rows: the value of the first row whose condition is not false, or of the only one that is
    true. What decides must be known: an unknown condition in its way leaves the result missing."""

    conditions: tuple[Expr, ...]
    values: tuple[Expr, ...]
    hit: Literal["first", "unique"] = "first"


class Aggregate(Node, frozen=True):
    """Several values made one. With `leave_out` the missing ones are passed over, as long as the present ones carry
    at least `coverage` of the weight of those that apply."""

    method: Combination
    of: tuple[Expr, ...]
    weights: tuple[Expr, ...]
    leave_out: bool
    coverage: Fraction


Expr = (
    Number | Text | Flag | Level | Absent | Ref | Input | Arith | Negative | Compare | Logic | Not | If | Call
    | Earlier | Peers | Related | Among | Choose | Aggregate
)  # fmt: skip

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
    "stddev": (2, None),
    "count": (1, None),
    "abs": (1, 1),
    "floor": (1, 2),
    "ceiling": (1, 2),
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
    "rank": (1, 1),
}
"""Functions with the fewest and the most arguments they take (None: any number)."""

WRITTEN_OUT: dict[str, tuple[int, int | None]] = {
    "product": (1, None),
    "even": (1, 1),
    "odd": (1, 1),
    "all": (1, None),
    "any": (1, None),
}
"""Functions that are read as other nodes, with the fewest and the most arguments they take."""

ROUNDINGS = ("floor", "ceiling", "decimal", "round up", "round down", "round half up", "round half down")
"""Functions whose last argument is a number of decimals; every reading sees it, given or not."""

PARAMETERS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("min", "max", "sum", "mean", "median", "stddev", "count", "product", "all", "any"), ("list",)),
    **dict.fromkeys(("sqrt", "log", "exp", "even", "odd"), ("number",)),
    **dict.fromkeys(ROUNDINGS, ("n", "scale")),
    "abs": ("n",),
    "modulo": ("dividend", "divisor"),
    "not": ("negand",),
}
"""What FEEL calls the arguments of its functions. Those named `list` take one list, or several arguments."""

PEER_FUNCTIONS = (
    "count", "sum", "mean", "min", "max", "median", "share_below", "share_at_or_below", "rank", "at_least",
)  # fmt: skip


MOST_COUNTED = 10_000
"""How many of a set `at_least` may ask for."""

PLACED = ("share_below", "share_at_or_below", "rank")
"""Set functions that say where the asking row stands, so it must be one of the set."""


def children(node: Expr) -> Iterator[Expr]:
    """The nodes directly below a node."""
    for value in _parts(node):
        if isinstance(value, Node):
            yield value  # type: ignore[misc]
        elif isinstance(value, tuple):
            yield from value  # pyright: ignore[reportUnknownVariableType]


def rebuilt(node: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The same node with each of the nodes directly below it changed."""
    parts: dict[str, Any] = {}
    for name in node.__struct_fields__:
        value = getattr(node, name)
        if isinstance(value, Node):
            parts[name] = change(value)  # type: ignore[arg-type]
        elif isinstance(value, tuple):
            parts[name] = tuple(change(child) for child in value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    return replace(node, **parts) if parts else node


def filled(test: Expr, value: Expr) -> Expr:
    """The condition that a unary test says of a value."""
    return value if isinstance(test, Input) else rebuilt(test, lambda part: filled(part, value))


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
