"""A column map: how somebody else's file is read as ours, without changing the file.

It renames columns, gives constants, computes with their columns, says which words mean that a
figure is missing, and how the file is written. What is mapped is checked like everything else;
a map can't make a figure acceptable that would be refused in a file of our own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from tilsyn.catalogue.documents import composed
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import FeelError, parse
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.text import Declared, Feel
from tilsyn.engine.values import Reason
from tilsyn.files.cells import Words
from tilsyn.files.computed import compute, unknown_names, unsupported
from tilsyn.files.figures import REASONS
from tilsyn.files.tables import Table
from tilsyn.files.yaml_tree import Tree, read_tree
from tilsyn.problems import DataError, DeclarationError, Problem, Where


def written(value: object) -> str:
    """A declared value as a cell would hold it.

    >>> written(Decimal("0.50")), written(True), written(None)
    ('0.50', 'true', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value:f}"
        case float():
            return f"{Decimal(repr(value)):f}"
        case _:
            return str(value)


ReasonWord = Literal[
    "refused", "not-submitted", "withdrawn", "suppressed", "too-few", "stale", "undefined", "not-applicable"
]
Encoding = Literal["utf-8", "windows-1252", "latin-1"]
Column = Annotated[str, BeforeValidator(lambda name: composed(str(name)).strip()), StringConstraints(min_length=1)]
Token = Annotated[str, BeforeValidator(lambda word: composed(written(word)).strip())]
Constant = Annotated[str, BeforeValidator(written)]


EMPTY = "empty"
"""What a map writes for a cell in which nothing stands."""


class ColumnMap(Declared):
    """A file that says how figures are read. Keys are our columns; their columns stand on the right."""

    columns: dict[Column, Column] = Field(default_factory=dict[str, str], description="our column: their column")
    constants: dict[Column, Constant] = Field(default_factory=dict[str, str], description="the same in every row")
    compute: dict[Column, Feel] = Field(default_factory=dict[str, str], description="our column: FEEL over theirs")
    missing: dict[Token, ReasonWord] = Field(
        default_factory=dict[str, Any], description="words in any cell; `empty`: nothing"
    )
    missing_if: dict[Column, dict[Token, ReasonWord]] = Field(
        default_factory=dict[str, Any], description="words in one column, ours or theirs"
    )
    decimal: Literal[",", "."] | None = Field(default=None, description="the decimal sign; left out: found out")
    encoding: Encoding | None = Field(default=None, description="left out: UTF-8, else Windows-1252, and that is said")
    separator: Literal[",", ";", "\t"] | None = Field(default=None, description="between cells; left out: found out")
    period: Annotated[str, BeforeValidator(written)] | None = Field(default=None, description="of every row")

    @model_validator(mode="after")
    def _each_column_once(self) -> Self:
        names = Counter((*self.columns, *self.constants, *self.compute, *(("period",) if self.period else ())))
        if twice := sorted(name for name, times in names.items() if times > 1):
            raise ValueError(f"given more than once: {', '.join(twice)}")
        return self


class Mapped(Struct, frozen=True):
    """A table under our names: `shown` is what the file calls them, `words` mean that a figure is missing,
    and `unused` are columns that the map has not read."""

    table: Table
    shown: Mapping[str, str]
    words: Words
    unused: tuple[str, ...]
    decimal: str | None


def read_column_map(path: Path) -> ColumnMap:
    """The column map in a YAML file. Raises DeclarationError with every problem in it."""
    return column_map_of(read_tree(path))


def column_map_of(tree: Tree) -> ColumnMap:
    """The column map that a tree says. Raises DeclarationError."""
    if tree.problems:
        raise DeclarationError(tree.problems)
    root: object = tree.root
    if not isinstance(root, dict):
        raise DeclarationError(Problem(Where(tree.file, 1, 1), "map-not-a-map"))
    try:
        found = ColumnMap.model_validate(root)
    except ValidationError as fault:
        raise DeclarationError([_fault(tree, error) for error in fault.errors()]) from None
    problems = [problem for name, text in found.compute.items() for problem in _compute_problems(tree, name, text)]
    if problems:
        raise DeclarationError(problems)
    return found


def _compute_problems(tree: Tree, name: str, text: str) -> Iterator[Problem]:
    path = ("compute", name)
    try:
        expr = parse(text)
    except FeelError as fault:
        where = Where(tree.file, *tree.positions.line_column(path, offset=fault.offset))
        yield Problem(where, fault.code, dict(fault.args_), path)
        return
    for found in unsupported(expr):
        yield Problem(_where(tree, path), "map-compute-unsupported", {"found": found}, path)


def _fault(tree: Tree, error: Any) -> Problem:
    path: tuple[str | int, ...] = tuple(part for part in error["loc"] if part != "[key]")
    where, key, found = _where(tree, path), str(path[-1]) if path else "", written(error["input"])[:60]
    if error["type"] == "extra_forbidden":
        return Problem(where, "unknown-key", {"name": key, **suggestion(key, ColumnMap.model_fields)})
    if error["type"] == "literal_error":
        return Problem(where, "bad-choice", {"found": found, **suggestion(found, _choices(path))})
    if not path:
        return Problem(where, "map-column-twice", {"found": str(error["msg"]).removeprefix("Value error, ")})
    return Problem(where, "map-wrong-value", {"key": key, "found": found})


def _choices(path: tuple[str | int, ...]) -> tuple[str, ...]:
    """The words that may stand at a place of a column map."""
    signs = {"encoding": get_args(Encoding), "decimal": (",", "."), "separator": (",", ";", "\t")}
    return signs.get(str(path[0]), get_args(ReasonWord))


def _where(tree: Tree, path: tuple[str | int, ...]) -> Where:
    return Where(tree.file, *tree.positions.line_column(path)) if path else Where(tree.file, 1, 1)


def apply_map(table: Table, wanted: ColumnMap | None, known: Iterable[str]) -> Mapped:
    """A table under our names. `known` are the columns that the area has. Raises DataError."""
    if wanted is None:
        return Mapped(table, {}, Words(), tuple(table.frame.columns), None)
    theirs = table.frame.columns
    computed = {name: parse(text) for name, text in wanted.compute.items()}
    problems = [*_unknown_ours(table.file, wanted, known), *_unknown_theirs(table, wanted, computed)]
    if wanted.period is not None and "period" in theirs:
        problems.append(Problem(Where(table.file, 1), "map-period-twice"))
    if problems:
        raise DataError(problems)
    taken = {ours: table.frame[name].alias(ours) for ours, name in wanted.columns.items()}
    words = partial(_reasons, wanted=wanted)
    made = {
        ours: compute(expr, table.frame, taken, decimal=wanted.decimal, words=words).alias(ours)
        for ours, expr in computed.items()
    }
    constants = {**wanted.constants, **({"period": wanted.period} if wanted.period is not None else {})}
    given = {ours: _constant(value, table, wanted.decimal).alias(ours) for ours, value in constants.items()}
    renamed = set(wanted.columns.values())
    read = {name for expr in computed.values() for name in _columns_in(expr)}
    kept = [c for c in table.frame if c.name not in renamed and c.name not in {*taken, *made, *given}]
    unused = tuple(c.name for c in kept if c.name not in read)
    frame = pl.DataFrame([*kept, *taken.values(), *made.values(), *given.values()])
    return Mapped(replace(table, frame=frame), dict(wanted.columns), _words(wanted), unused, wanted.decimal)


def _reasons(name: str, wanted: ColumnMap) -> dict[str, Reason]:
    theirs = wanted.columns.get(name, name)
    own = {**wanted.missing_if.get(theirs, {}), **wanted.missing_if.get(name, {})}
    words: dict[str, str] = {**{reason.word: reason.word for reason in Reason}, **wanted.missing, **own}
    return {token: Reason.of(word) for token, word in words.items()}


def _columns_in(expr: Expr) -> Iterable[str]:
    from tilsyn.catalogue.expressions import refs

    return (ref.column for ref in refs(expr))


def _unknown_ours(file: str, wanted: ColumnMap, known: Iterable[str]) -> list[Problem]:
    known = list(known)
    names = (*wanted.columns, *wanted.constants, *wanted.compute)
    return [
        Problem(Where(file), "map-unknown-ours", {"column": name, **suggestion(name, known)})
        for name in names
        if name not in known
    ]


def _unknown_theirs(table: Table, wanted: ColumnMap, computed: Mapping[str, Expr]) -> list[Problem]:
    theirs = table.frame.columns
    either = [*theirs, *wanted.columns, *wanted.constants, *wanted.compute]
    missing = [(name, theirs) for name in wanted.columns.values() if name not in theirs]
    missing += [(name, either) for name in wanted.missing_if if name not in either]
    readable = [*theirs, *wanted.columns]
    missing += [(name, readable) for expr in computed.values() for name in unknown_names(expr, readable)]
    return [
        Problem(Where(table.file, 1), "map-unknown-theirs", {"column": name, **suggestion(name, known)})
        for name, known in missing
    ]


def _constant(value: str, table: Table, decimal: str | None) -> pl.Series:
    """A constant is written with a point; it is given the sign that the file's own numbers are read with."""
    text = value.replace(".", ",") if decimal == "," and _is_number(value) else value
    return pl.Series([text or None], dtype=pl.String).new_from_index(0, table.frame.height)


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdecimal()


def _words(wanted: ColumnMap) -> Words:
    ours = {theirs: name for name, theirs in wanted.columns.items()}
    by_column = {ours.get(name, name): _codes(tokens) for name, tokens in wanted.missing_if.items()}
    return Words(_codes(wanted.missing), by_column)


def _codes(tokens: Mapping[str, str]) -> dict[str, int]:
    """The codes of a map's words; an empty cell is an empty word."""
    return {"" if token == EMPTY else token: REASONS[reason] for token, reason in tokens.items()}
