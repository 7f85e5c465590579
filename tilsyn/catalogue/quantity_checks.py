"""What the models cannot say of quantities: ids and names that stand twice, levels, and numbers without a source.

A number that decides is law, so it stands where it can be seen: as a constant with a unit and a reference, or as a
boundary of something that has a reference. `0`, `1` and `100` are arithmetic. What expressions mean, and whether a
table is complete, is decided when the engine makes its plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.bands import SIDES, Better, check_bands, check_fineness
from tilsyn.catalogue.dated import Path
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.feel import FeelError, parse, parse_test
from tilsyn.catalogue.goals import Band, Goal
from tilsyn.catalogue.lookup import Found, listed_twice, unknown_keys
from tilsyn.catalogue.policy import Part, Policy
from tilsyn.catalogue.quantities import Adjustment, Grid, Quantity, Row

PLAIN = (0, 1, 100)
"""Numbers that stand in any expression, with either sign; the others are somebody's choice."""

RESULT_COLUMNS = ("missing", "before", "then")
"""What is written beside a quantity's value, `name.missing` and so on; no key of a record may be one of them."""


def check_quantities(policy: Policy) -> Found:
    """Everything in the quantities of an area that can be seen without knowing what expressions mean."""
    for name, quantity in policy.area.quantities.items():
        here: Path = ("quantities", name)
        yield from _ids(policy.area_part, (*here, "then"), [a.id for a in quantity.then])
        yield from _rows(policy.area_part, here, quantity)
        yield from listed_twice(policy.area_part, (*here, "by"), quantity.by)
        yield from listed_twice(policy.area_part, (*here, "scale"), quantity.scale or [])
        yield from _levels(policy, here, quantity)
        yield from _numbers(policy.area_part, _of_quantity(here, quantity))
        yield from _limits(policy.area_part, here, quantity)
    yield from _words(policy)
    for name, goal in policy.area.goals.items():
        yield from _numbers(policy.area_part, _of_goal(("goals", name), goal))
    yield from _grave(policy)


def _grave(policy: Policy) -> Found:
    movement = policy.ladder_part.model.movement if policy.ladder_part else None
    if policy.ladder_part is None or movement is None or movement.grave is None:
        return
    try:
        expr = parse(movement.grave.when)
    except FeelError:
        return
    for number, most in _uncountable(expr, policy.area):
        path: Path = ("movement", "grave", "when")
        yield policy.ladder_part.problem(path, "feel-at-least", {"most": most}, offset=number.at)


def own_levels(quantity: Quantity, ladder: Sequence[str]) -> list[tuple[Path, str]]:
    """The names of levels that a quantity brings along, with where in it they stand."""
    if quantity.levels and not set(quantity.levels) & set(ladder):
        return [(("levels", level), level) for level in quantity.levels]
    return [(("scale", index), level) for index, level in enumerate(quantity.scale or []) if level not in ladder]


def _words(policy: Policy) -> Found:
    """Words are given to names that have no title where they are declared."""
    area, ladder = policy.area, policy.ladder_names("levels")
    levels = (level for quantity in area.quantities.values() for _, level in own_levels(quantity, ladder))
    yield from unknown_keys(
        policy.area_part, ("words",), area.words, (*area.attributes, *area.constants, *dict.fromkeys(levels)),
        "word-of-nothing",
    )  # fmt: skip


def names_read(quantity: Quantity) -> frozenset[str]:
    """Every name that the expressions of a quantity read, whatever it stands for."""
    found: set[str] = set()
    for text in _of_quantity((), quantity):
        try:
            expr = (parse_test if text.test else parse)(text.text)
        except FeelError:
            continue
        found |= {ref.name for ref in e.refs(expr)}
    return frozenset(found)


def _ids(area: Part[Area], path: Path, ids: Iterable[str | None]) -> Found:
    seen: dict[str, int] = {}
    for index, name in enumerate(ids):
        if name is None:
            continue
        first = seen.setdefault(name, index)
        if first != index:
            line = area.where((*path, first, "id")).line
            yield area.problem((*path, index, "id"), "duplicate-id", {"name": name, "line": line})


def _rows(area: Part[Area], here: Path, quantity: Quantity) -> Found:
    rows = quantity.table.rules if quantity.table else []
    path: Path = (*here, "table", "rules")
    yield from _ids(area, path, [row.id for row in rows])
    for index, row in enumerate(rows):
        for key in row.gives if isinstance(row.gives, dict) else ():
            if key in RESULT_COLUMNS:
                yield area.key_problem((*path, index, "gives", key), "record-key", {"name": key})


# levels


def _levels(policy: Policy, here: Path, quantity: Quantity) -> Found:
    """Bands are written best first; their names are all the ladder's, or all the quantity's own."""
    bands, area = quantity.levels, policy.area_part
    if not bands:
        return
    path: Path = (*here, "levels")
    scale = policy.ladder_names("levels")
    if set(bands) & set(scale) and set(bands) - set(scale):
        yield from unknown_keys(area, path, bands, scale, "unknown-level")
        return
    written = list(bands)
    best = sorted(written, key=scale.index, reverse=True) if set(bands) <= set(scale) else written
    turned = bands[written[0]] == "otherwise" != bands[written[-1]]
    if written != best or turned:
        best = best if written != best else list(reversed(written))
        yield area.key_problem(path, "levels-best-first", {"write": ", ".join(best)})
        return
    yield from check_bands(area, path, bands, written[::-1], _better(bands[written[0]], written[0]))
    of = policy.area.quantities.get((quantity.of or "").strip()) if isinstance(quantity.of, str) else None
    if of is not None and isinstance(of.decimals, int):
        yield from check_fineness(area, path, bands, of.decimals)


def _better(band: Band | str, level: str) -> Better:
    """The boundary of the best level says which way is good; without one either way will do."""
    side = next((side for side in SIDES if getattr(band, side, None) is not None), None)
    if side is None:
        return Better(True, level)
    return Better(side in ("at_least", "above"), f"{level}: {{{side}: {getattr(band, side)}}}")


# numbers that decide


class _Text(Struct, frozen=True):
    """An expression or a unary test as it is declared. `declares`: it may be nothing but a number; `sourced`: what
    it stands in has a reference."""

    path: Path
    text: str
    sourced: bool
    declares: bool = False
    test: bool = False
    of_key: bool = False


def _of_goal(here: Path, goal: Goal) -> Iterator[_Text]:
    yield _Text((*here, "measure"), goal.measure, sourced=True)
    if goal.applies_when is not None:
        yield _Text((*here, "applies_when"), goal.applies_when, sourced=True)


def _of_quantity(here: Path, quantity: Quantity) -> Iterator[_Text]:
    sourced = quantity.reference is not None
    if quantity.value is not None:
        yield _Text((*here, "value"), quantity.value, sourced)
    for reason, text in quantity.missing_when.items():
        yield _Text((*here, "missing_when", reason), text, sourced)
    yield from _of_parts((*here, "of"), quantity.of, sourced)
    for index, row in enumerate(quantity.table.rules if quantity.table else []):
        yield from _of_row((*here, "table", "rules", index), row, sourced)
    if quantity.grid is not None:
        yield from _of_grid((*here, "grid"), quantity.grid, sourced)
    for index, adjustment in enumerate(quantity.then):
        yield from _of_adjustment((*here, "then", index), adjustment, sourced)


def _of_parts(here: Path, of: str | list[str] | dict[str, str] | None, sourced: bool) -> Iterator[_Text]:
    match of:
        case str():
            yield _Text(here, of, sourced)
        case list():
            for index, text in enumerate(of):
                yield _Text((*here, index), text, sourced)
        case dict():
            for part, weight in of.items():
                yield _Text((*here, part), part, sourced, of_key=True)
                yield _Text((*here, part), weight, sourced, declares=True)
        case None:
            return


def _of_row(here: Path, row: Row, sourced: bool) -> Iterator[_Text]:
    for name, cell in row.cells.items():
        yield _Text((*here, name), name, sourced, of_key=True)
        if isinstance(cell, (str, int, Decimal)) and not isinstance(cell, bool):
            yield _Text((*here, name), str(cell), sourced, test=True)
    if isinstance(row.gives, dict):
        for key, text in row.gives.items():
            yield _Text((*here, "gives", key), text, sourced, declares=True)
    elif row.gives is not None:
        yield _Text((*here, "gives"), row.gives, sourced, declares=True)


def _of_grid(here: Path, grid: Grid, sourced: bool) -> Iterator[_Text]:
    yield _Text((*here, "rows"), grid.rows, sourced)
    for across in grid.columns:
        yield _Text((*here, "columns", across), across, sourced, of_key=True)
    for row, cells in grid.cells.items():
        for index, cell in enumerate(cells):
            yield _Text((*here, "cells", row, index), cell, sourced, declares=True)


def _of_adjustment(here: Path, adjustment: Adjustment, sourced: bool) -> Iterator[_Text]:
    sourced = sourced or adjustment.reference is not None
    if adjustment.when is not None:
        yield _Text((*here, "when"), adjustment.when, sourced)
    for effect in ("at_most", "at_least", "add", "set"):
        if (text := getattr(adjustment, effect)) is not None:
            yield _Text((*here, effect), text, sourced, declares=True)


def _numbers(area: Part[Area], texts: Iterable[_Text]) -> Found:
    for text in texts:
        try:
            expr = (parse_test if text.test else parse)(text.text)
        except FeelError:
            continue
        if text.declares and isinstance(expr, e.Number):
            continue
        for number, most in _uncountable(expr, area.model):
            if text.of_key:
                yield area.key_problem(text.path, "feel-at-least", {"most": most})
            else:
                yield area.problem(text.path, "feel-at-least", {"most": most}, offset=number.at)
        for number, compared in _bare(expr, compared=False):
            if compared and text.sourced:
                continue
            code = "bare-boundary" if compared else "bare-number"
            args: dict[str, Any] = {"found": _written(number)}
            if text.of_key:
                yield area.key_problem(text.path, code, args)
            else:
                yield area.problem(text.path, code, args, offset=number.at)


def _limits(area: Part[Area], here: Path, quantity: Quantity) -> Found:
    """The limits of levels are boundaries like those in tables and conditions."""
    if quantity.reference is not None:
        return
    for level, band in (quantity.levels or {}).items():
        for side in SIDES if isinstance(band, Band) else ():
            limit: Decimal | None = getattr(band, side)
            if limit is not None and abs(limit) not in PLAIN:
                yield area.problem((*here, "levels", level, side), "bare-boundary", {"found": f"{limit:f}"})


def _uncountable(expr: Expr, area: Area) -> Iterator[tuple[e.Number, int]]:
    """How many of several are asked for where that is none, or more than there are: always met, or never. With how
    many there are. What is not a whole number means nothing, which is found when names are bound."""
    for node in e.walk(expr):
        match node:
            case e.Call("at_least", (e.Number() as asked, *of)):
                most = len(of)
            case e.Compare(">=", e.Peers("count_true", set=name), e.Number() as asked) if name in area.groups:
                most = len(area.groups[name].members)
            case e.Compare(">=", e.Peers("count_true"), e.Number() as asked):
                most = e.MOST_COUNTED
            case _:
                continue
        if asked.value.denominator == 1 and not 1 <= asked.value <= most:
            yield asked, most


def _bare(node: Expr, *, compared: bool) -> Iterator[tuple[e.Number, bool]]:
    """Numbers that somebody chose, and whether each is one side of a comparison; those that count something else
    (decimals, how many of several) are none."""
    match node:
        case e.Number(value):
            if abs(value) not in PLAIN:
                yield node, compared
        case e.Compare(_, e.Peers("count_true") as asked, e.Number()):
            yield from _bare(asked, compared=False)
        case e.Compare(_, e.Call("modulo", (of, e.Number(two))), e.Number()) if two == 2:
            # even or odd
            yield from _bare(of, compared=False)
        case e.Compare(_, left, right):
            for side in (left, right):
                yield from _bare(side, compared=True)
        case e.Call("at_least", (_, *of)):
            for part in of:
                yield from _bare(part, compared=False)
        case e.Call(function, (of, _)) if function in e.ROUNDINGS:
            yield from _bare(of, compared=False)
        case _:
            for part in e.children(node):
                yield from _bare(part, compared=False)


def _written(number: e.Number) -> str:
    value = number.value
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"
