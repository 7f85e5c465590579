"""Random bodies of quantities: bands, tables, grids and aggregates, with guards, adjustments and slices.

Tables are drawn so that the plan maker finds nothing to refuse: of rows that are tested one by one some are met, and
nothing is left over; rows that name other values end in one that takes what is left. Where a boundary is to lie is
left open, as `§name:k`: the k-th of four figures that occur of that name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tilsyn.catalogue.feel import parse
from tilsyn.catalogue.quantities import WEIGHTLESS

from .author import GROUPINGS, NOWHERE, Author, Kind, Known

SCALES = (("lav", "mellem", "høj"), ("rød", "gul", "grøn"), ("ned", "mellem", "op"))
"""Scales of quantities' own; two of them share a level."""

WORDS = ("a", "b", "c")
MISSING = (
    "refused",
    "not-submitted",
    "withdrawn",
    "suppressed",
    "too-few",
    "stale",
    "undefined",
    "not-applicable",
)
COMBINED = ("weighted-mean/v1", "sum/v1", "max/v1", "min/v1", "geometric-mean/v1")


@dataclass(frozen=True)
class Drawn:
    """A body with what it comes to. `keys` are the names of a record."""

    body: dict[str, Any]
    kind: Kind = "number"
    scale: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass
class Quantities:
    """The quantities declared so far, and what they are where they can be read anywhere."""

    declared: dict[str, Any] = field(default_factory=dict[str, Any])
    known: dict[str, Known] = field(default_factory=dict[str, Known])

    def add(self, author: Author, name: str, drawn: Drawn, by: frozenset[str] = NOWHERE, **more: Any) -> None:
        self.declared[name] = drawn.body | more | ({"by": sorted(by)} if by else {})
        outside = NOWHERE if by & author.wholes else by
        for column in [f"{name}.{key}" for key in drawn.keys] or [name]:
            known = Known(column, drawn.kind, drawn.scale, outside)
            author.add(known)
            if not outside and not drawn.keys:
                self.known[name] = known


def add_composed(author: Author, found: Quantities, name: str, body: str) -> None:
    """A quantity of a kind of body, with all that may stand round it."""
    by = frozenset(author.some([*GROUPINGS], fewest=1)) if author.chance(35) else NOWHERE
    with author.inside(by):
        drawn = BODIES[body](author)
        more: dict[str, Any] = {}
        if drawn.kind == "number" and author.chance(60):
            more["decimals"] = author.whole(0, 4)
        if author.chance(25):
            more["missing_when"] = {reason: short(author, author.flag, 1) for reason in author.some(MISSING)[:2]}
        if not drawn.keys and author.chance(50):
            more["then"] = [
                {"id": f"A{number}", **_adjustment(author, drawn)} for number in range(1, author.whole(1, 3) + 1)
            ]
            if author.chance(50):
                more["missing"] = "leave-out"
    found.add(author, name, drawn, by, **more)


def short(author: Author, draw: Callable[[int], str], depth: int) -> str:
    """An expression that is not too long to be one."""
    text = draw(depth)
    return text if len(text) < 900 else draw(0)


def of_kind(author: Author, kind: Kind, scale: tuple[str, ...], depth: int = 1) -> str:
    """An expression of a type; a level of another scale is a name or a level of that."""
    match kind:
        case "number":
            return short(author, author.number, depth)
        case "flag":
            return short(author, author.flag, depth)
        case "text":
            return short(author, author.text, depth)
        case _ if scale == author.levels:
            return short(author, author.level, depth)
        case _:
            return author.pick([*scale, *(known.name for known in author.own if known.scale == scale)])


# bands


def bands(author: Author, scale: tuple[str, ...], levels: Sequence[str]) -> Drawn:
    """Levels by boundaries on figures of a name, best first."""
    name = author.past()
    higher, inside = author.chance(60), [author.chance(60) for _ in levels[1:]]
    declared: dict[str, Any] = {}
    for place in range(len(levels) - 1, 0, -1):
        # the boundaries of better levels lie further up, or further down where less is better
        at = place if higher else len(levels) - place
        declared[levels[place]] = {_side(higher, inside[place - 1]): f"§{name}:{at}"}
        if place < len(levels) - 1 and author.chance(40):
            above = place + 1 if higher else len(levels) - place - 1
            declared[levels[place]][_side(not higher, not inside[place])] = f"§{name}:{above}"
    declared[levels[0]] = "otherwise"
    return Drawn({"of": author.pick([name, f"{name} * 1"]), "levels": declared}, "level", scale)


def _side(higher: bool, inside: bool) -> str:
    return ("at_least" if inside else "above") if higher else ("at_most" if inside else "below")


def own_bands(author: Author) -> Drawn:
    scale = author.pick(SCALES)
    return bands(author, scale, scale)


def home_bands(author: Author) -> Drawn:
    return bands(author, author.levels, author.levels)


# tables and grids


def _given(author: Author) -> tuple[Kind, tuple[str, ...]]:
    """What a table gives."""
    kind = author.pick(["number", "number", "flag", "text", "level"])
    return (kind, author.pick(SCALES)) if kind == "level" else (kind, ())


def _row(author: Author, kind: Kind, scale: tuple[str, ...]) -> dict[str, str]:
    if author.chance(12):
        return {"missing": author.pick(MISSING)}
    return {"gives": "null" if author.chance(5) else of_kind(author, kind, scale)}


def _table(rows: list[dict[str, Any]], hit: str, kind: Kind, scale: tuple[str, ...]) -> Drawn:
    return Drawn({"table": {"hit": hit, "rules": rows}, **({"scale": [*scale]} if scale else {})}, kind, scale)


def first(author: Author) -> Drawn:
    """Rows that name other values, so nobody asks whether each of them is ever met; or rows that meet everything."""
    kind, scale = _given(author)
    if author.chance(25):
        # what is unknown in front would leave nothing to the row that asks for it
        rows = [row for row in partition(author) if "null" not in row.values()]
        given = [{"gives": of_kind(author, kind, scale)}, *(_row(author, kind, scale) for _ in rows[1:])]
        return _table([{**r, **g} for r, g in zip(rows, given, strict=True)], "first", kind, scale)
    other = author.pick([name for name in author.numbers if name != "satsen"])
    test = author.pick([f">= {other}", f"< {other}", f"[0..{other}]", f"not({other})"])
    rows = [{author.number(1): test}]
    rows += [{} for _ in range(author.whole(0, 2))]
    for row in rows:
        row.update(_cells(author))
    # what is there to be given decides the type, so the first row gives something
    given = [{"gives": of_kind(author, kind, scale)}, *(_row(author, kind, scale) for _ in rows)]
    return _table([{**r, **g} for r, g in zip([*rows, {}], given, strict=True)], "first", kind, scale)


def _cells(author: Author) -> dict[str, Any]:
    """Some cells of a row; the keys are what they test."""
    found: dict[str, Any] = {}
    for _ in range(author.whole(0, 2)):
        match author.whole(0, 4):
            case 0:
                found[short(author, author.number, 1)] = author.pick(
                    ["> 2", "[0..5)", "not(0)", "1, 2, 3", "-", "null"]
                )
            case 1:
                found[short(author, author.flag, 1)] = author.pick([True, False, "not(true)", "not(null)"])
            case 2:
                found[author.text(0)] = author.pick(['"a"', 'not("a")', '"b", "c"', '!= "b"'])
            case 3:
                found[author.level(0)] = author.pick([f">= {author.pick(author.levels)}", "not(null)"])
            case _ if author.own:
                known = author.pick(author.own)
                found[known.name] = author.pick([f"< {author.pick(known.scale)}", author.pick(known.scale)])
            case _:
                pass
    return found


def partition(author: Author) -> list[dict[str, Any]]:
    """Cells of rows that meet everything once, whatever is known of what they test."""
    name, flag = author.past(), author.pick(["har_klasse", "alarm", "varsel"])
    x = f"{name} * 1"
    match author.whole(0, 3):
        case 0:
            rows: list[dict[str, Any]] = [{x: f"< §{name}:1"}, {x: f"[§{name}:1..§{name}:3)"}, {x: f">= §{name}:3"}]
        case 1:
            rows = [{x: f"<= §{name}:2"}, {x: f"> §{name}:2", flag: True}, {x: f"> §{name}:2", flag: False}]
        case 2:
            rows = [{"ord": f'"{word}"'} for word in WORDS]
            rows[1:2] = [{"ord": '"b"', flag: True}, {"ord": '"b"', flag: "not(true)"}]
        case _:
            rows = [{x: f"§{name}:2"}, {x: f"not(§{name}:2)"}]
    if x in rows[0] and author.chance(50):
        rows.append({x: "null"})
    turn = author.whole(0, len(rows) - 1)
    return [*rows[turn:], *rows[:turn]]


def unique(author: Author) -> Drawn:
    kind, scale = _given(author)
    rows = partition(author)
    given = [{"gives": of_kind(author, kind, scale)}, *(_row(author, kind, scale) for _ in rows[1:])]
    return _table([{**r, **g} for r, g in zip(rows, given, strict=True)], "unique", kind, scale)


def record(author: Author) -> Drawn:
    """A table whose rows give two numbers, or say why there are none."""
    rows = partition(author)
    given: list[dict[str, Any]] = [
        {"missing": author.pick(MISSING)}
        if place and author.chance(20)
        else {"gives": {key: of_kind(author, "number", ()) for key in ("a", "b")}}
        for place, _ in enumerate(rows)
    ]
    drawn = _table([{**r, **g} for r, g in zip(rows, given, strict=True)], "unique", "number", ())
    return Drawn(drawn.body, keys=("a", "b"))


def grid(author: Author) -> Drawn:
    kind, scale = _given(author)
    name = author.past()
    axes: list[tuple[str, list[str]]] = [
        ("har_klasse", ["true", "false"]),
        ("alarm", ["false", "true"]),
        ("ord", [f'"{word}"' for word in WORDS]),
        ("art", ['"a"', '"b"'] if author.chance(50) else ['"a"']),
        (f"{name} * 1", [f"§{name}:1", f"§{name}:2"]),
        *((known.name, [*known.scale]) for known in author.own),
        *((level, [*author.levels]) for level in author.level_names),
    ]
    turn, step = author.whole(0, len(axes) - 1), author.whole(1, len(axes) - 1)
    (rows, down), (columns, across) = axes[turn], axes[(turn + step) % len(axes)]

    def cell(place: int) -> str:
        return "none" if place and author.chance(12) else of_kind(author, kind, scale, 0 if place else 1)

    cells = {key: [cell(len(across) * i + j) for j in range(len(across))] for i, key in enumerate(down)}
    declared = {"rows": rows, "columns": {columns: across}, "cells": cells}
    return Drawn({"grid": declared, **({"scale": [*scale]} if scale else {})}, kind, scale)


# aggregates


def aggregate(author: Author) -> Drawn:
    return aggregate_by(author, author.pick(COMBINED))


def aggregate_by(author: Author, method: str) -> Drawn:
    parts = [author.pick(author.numbers), *(author.number(1) for _ in range(author.whole(1, 3)))]
    return _aggregated(author, method, parts, "number", ())


def aggregate_of_levels(author: Author) -> Drawn:
    """The best or the worst of levels of one scale."""
    method = author.pick(["best/v1", "worst/v1"])
    own = author.pick(author.own) if author.own and author.chance(60) else None
    scale = own.scale if own else author.levels
    # a level of two scales is told by what stands before it
    names = [own.name, *(k.name for k in author.own if k.scale == scale)] if own else author.level_names
    names = list(dict.fromkeys(names))[:3]
    parts = [*names, *author.some(scale, fewest=0 if len(names) > 1 else 2)]
    return _aggregated(author, method, parts, "level", scale)


def _aggregated(author: Author, method: str, parts: list[str], kind: Kind, scale: tuple[str, ...]) -> Drawn:
    # the same part may be written in two ways
    parts = [part for place, part in enumerate(parts) if parse(part) not in [parse(p) for p in parts[:place]]]
    if len(parts) < 2:
        parts.append("7" if kind == "number" else scale[0])
    of: Any = parts
    if author.chance(70):
        of = {p: author.pick(["1", "2", "30", "70", "0.1", "størrelse", f"abs({author.pick(author.numbers)})"])
              for p in parts}  # fmt: skip
    declared: dict[str, Any] = {"method": method, "of": of}
    if author.chance(75):
        declared["missing"] = "leave-out"
        if author.chance(75):
            declared["coverage"] = author.pick(["30 %", "50 %", "70 %", "75 %", "100 %", "66.7 %"])
    if method in WEIGHTLESS and "coverage" not in declared:
        declared["of"] = parts
    return Drawn(declared, kind, scale)


# expressions


def plain(author: Author) -> Drawn:
    kind = author.pick(["number", "number", "number", "flag", "text", "level"])
    scale = author.levels if kind == "level" else ()
    depth = author.whole(0, 2) if kind in ("text", "level") else author.whole(1, 3)
    return Drawn({"value": of_kind(author, kind, scale, depth)}, kind, scale)


BODIES: dict[str, Callable[[Author], Drawn]] = {
    "bands of its own": own_bands,
    "first": first,
    "aggregate": aggregate,
    "plain": plain,
    "unique": unique,
    "bands": home_bands,
    "grid": grid,
    "aggregate of levels": aggregate_of_levels,
    "record": record,
}


# adjustments


def _adjustment(author: Author, drawn: Drawn) -> dict[str, Any]:
    """An entry of `then`. What it asks of others or of the past knows nothing of the running value."""
    effects = ["at_most", "at_least", "set"] if drawn.kind == "level" else ["set"]
    if drawn.kind == "number":
        effects += ["at_most", "at_least", "add", "add"]
    effect, found = author.pick(effects), dict[str, Any]()
    if author.chance(75):
        found["when"] = _knowing(author, drawn, "flag", ())
    null = effect == "set" and author.chance(10)
    found[effect] = "null" if null else _knowing(author, drawn, drawn.kind, drawn.scale)
    return found


def _knowing(author: Author, drawn: Drawn, kind: Kind, scale: tuple[str, ...]) -> str:
    if author.chance(40):
        return of_kind(author, kind, scale)
    lists: dict[str, list[Any]] = {"numbers": [*author.numbers], "flags": [*author.flags], "texts": [*author.texts]}
    lists |= {"level_names": [*author.level_names], "own": [*author.own]}
    with author.only(**lists), author.alone():
        for _ in range(3):
            author.readable(Known("value", drawn.kind, drawn.scale))
        if kind == "flag" and author.chance(30):
            return "missing(value)" if author.chance(50) else f"not(missing({author.pick(author.numbers)}))"
        return of_kind(author, kind, scale)
