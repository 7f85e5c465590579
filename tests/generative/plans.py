"""Random rule sets: an area and a ladder, declared as an author would, with every construct that there is.

Hypothesis draws the declarations as text and numbers, and the real models and the real plan maker
read them, so that parsing and binding are under test too. Where a threshold is to lie is left open
(`Sketch.cuts`, and `§` in rule tables and in quantities) until figures are drawn: `figures.py` puts it
on a figure that occurs, or one unit beside it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from hypothesis import strategies as st

from tilsyn.catalogue import expressions as e

from .author import GROUPINGS, LITERALS, ORDERS, SETS, Author, Kind, Known
from .bodies import (
    BODIES,
    MISSING,
    WORDS,
    Drawn,
    Quantities,
    add_composed,
    aggregate_by,
    aggregate_of_levels,
    home_bands,
)

REFERENCE = {"note": "opdigtet", "checked": "no"}
LEVELS = ("kritisk", "under", "middel", "opfyldt", "stærk")
STEPS = ("fri", "tillid", "almindelig", "støtte", "intensiv")
METHODS = {
    "proportion": ("wilson/v1", "given/v1"),
    "mean": ("student-t/v1", "given/v1"),
    "rate": ("byar/v1", "poisson/v1", "given/v1"),
    "ratio": ("square-root/v1", "poisson/v1", "byar/v1", "given/v1"),
    "value": ("normal/v1", "given/v1"),
}
FIELDS = {
    "proportion": ("count", "n", "expected"),
    "mean": ("n", "sd", "se", "expected", "low", "high"),
    "rate": ("count", "n", "expected"),
    "ratio": ("count", "expected"),
    "value": ("n", "se", "expected", "low", "high"),
}
KINDS: tuple[Kind, ...] = ("number", "text", "flag", "level")
ATTRIBUTES: dict[str, Kind] = {"art": "text", "størrelse": "number", "har_klasse": "flag", "kommune": "text"}
REGIMES = (5, 11)
"""Themes whose rule sets are regimes: no goals and no ladder."""

FIRST_PERIOD, LAST_PERIOD = 2018, 2023
PLACED = (2021, 2022, 2023)
"""Periods placed in a row; those before are history."""


@dataclass(frozen=True)
class Bands:
    """Where a goal's levels meet: how they are written, and which of the occurring figures they are put on."""

    levels: tuple[str, ...]
    higher: bool
    far_side: bool
    inside: tuple[bool, ...]
    picks: tuple[int, ...]
    offsets: tuple[int, ...]


@dataclass(frozen=True)
class Sketch:
    """Declarations without their thresholds; a regime has no ladder. `seed` draws the institutions."""

    area: dict[str, Any]
    ladder: dict[str, Any] | None
    cuts: dict[str, Bands]
    seed: int
    institutions: int


THEMES = 12
"""Rule sets of a theme must use certain constructs, so that a small sweep over all themes meets every one."""


def _demanded(author: Author) -> list[tuple[Kind, Callable[[], str]]]:
    """Every function, set function, operator, relation and past, as the type of a quantity and how to draw it."""
    n, f = author.number, author.flag
    found: list[tuple[Kind, Callable[[], str]]] = []

    def there() -> str:
        with author.alone():
            return n(0)

    for name, (fewest, most) in e.FUNCTIONS.items():
        match name:
            case "missing" | "at_least":
                extra = "2, " if name == "at_least" else ""
                found.append(("flag", lambda name=name, extra=extra: f"{name}({extra}{f(1)})"))
            case "exp":
                found.append(("number", lambda: f"exp(clamp({n(0)}, -40, 40) / 10)"))
            case "rank":
                found.append(("number", lambda: f"rank({author.level(1)})"))
            case _ if name in e.ROUNDINGS:
                found.append(("number", lambda name=name: f"{name}({n(1)}, {author.whole(-1, 3)})"))
            case _:
                parts = fewest if most else 3
                found.append(
                    ("number", lambda name=name, parts=parts: f"{name}({', '.join(n(1) for _ in range(parts))})")
                )
    for name in e.PEER_FUNCTIONS:
        of = (lambda: f"3, {author.flags[0]}") if name == "at_least" else there
        kind: Kind = "flag" if name == "at_least" else "number"
        found.append(
            (
                kind,
                lambda name=name, of=of: f"peers.{name}({of()}{author.pick(['', ', within: art', ', within: ord'])})",
            )
        )
    for of_set in ("skoler", *GROUPINGS):
        for name in SETS:
            found.append(("number", lambda name=name, of_set=of_set: f"{of_set}.{name}({author.past()})"))
        found.append(("number", lambda of_set=of_set: f"{of_set}.mean({author.past()}, where: {author.flags[0]})"))
        found.append(("flag", lambda of_set=of_set: f"{of_set}.at_least(1, {author.flags[-1]})"))
    for op in ORDERS:
        found.append(("flag", lambda op=op: f"({n(1)} {op} {n(0)})"))
        found.append(("flag", lambda op=op: f"({author.level(1)} {op} {author.level(0)})"))
    for op in ("=", "!="):
        found.append(("flag", lambda op=op: f"({author.text(1)} {op} {author.text(0)})"))
        found.append(("flag", lambda op=op: f"(({f(1)}) {op} {author.pick(author.flags)})"))
    for op in ("+", "-", "*", "/", "**"):
        found.append(("number", lambda op=op: f"(clamp({n(0)}, -9, 9) {op} clamp({n(0)}, -3, 3))"))
    found += [
        ("number", lambda: f"change({author.past()})"),
        ("flag", lambda: f"earlier({author.pick(author.flags)}, 1)"),
        ("text", lambda: f"earlier({author.pick(author.texts)}, 1)"),
        ("level", lambda: f"earlier({author.pick(author.level_names)}, 1)"),
        ("number", lambda: f"partner.{author.past()}"),
        ("flag", lambda: f"partner.{author.pick(author.flags)}"),
        ("text", lambda: f"partner.{author.pick(author.texts)}"),
        ("level", lambda: f"partner.{author.pick(author.level_names)}"),
        ("flag", author.own_level),
        ("flag", author.own_level),
        ("number", lambda: f"(if {author.condition(1)} then {n(1)} else {n(1)})"),
        ("flag", lambda: f"not({f(1)})"),
        ("number", lambda: f"peers.rank({there()}, from: lowest, where: {author.flags[0]}, within: art)"),
        ("number", lambda: f"peers.rank({there()}, where: {author.flags[0]})"),
        ("text", lambda: author.text(2)),
        ("level", lambda: author.level(2)),
        ("flag", lambda: f"({f(0)} or {f(0)})"),
        ("number", lambda: f"(0 / {author.near_nothing()})"),
        ("number", lambda: f"(0 / {author.near_nothing()})"),
        ("number", lambda: f"-{n(0)}"),
        ("flag", lambda: f"({n(0)} > null)"),
    ]
    return found


@st.composite
def sketches(draw: Any, *, theme: int = 0, most_institutions: int = 100) -> Sketch:
    """A whole rule set, without its thresholds."""
    author, regime = Author(draw), theme in REGIMES
    author.levels = LEVELS[-author.whole(2, 5) :] if author.chance(50) else LEVELS[: author.whole(2, 5)]
    author.wholes = frozenset(author.some([*GROUPINGS]))
    indicators = _indicators(author, theme)
    for name, kind in ATTRIBUTES.items():
        author.add(Known(name, kind))
    author.numbers.append("satsen")
    for name, one in indicators.items():
        _measured(author, name, one["kind"])
    given = not regime and theme % 3 == 1
    quantities = _quantities(author, theme, given=given)
    area: dict[str, Any] = {
        "tilsyn": 1,
        "from": "2000-01-01",
        "area": "område",
        "title": "Område",
        "authority": "Ministeriet",
        "unit": {"one": "enhed", "many": "enheder"},
        "period": "calendar-year",
        "attributes": ATTRIBUTES | {"partner_id": "text", "distrikt_id": "text"},
        "relations": {"partner": {"id": "partner_id"}, "skoler": {"their": "distrikt_id"}},
        "groups": {
            name: {"title": "x", "members": dict.fromkeys(members, "x"), "whole": name in author.wholes}
            for name, members in GROUPINGS.items()
        },
        "constants": {
            "satsen": {"measured_in": "x", "value": author.pick(["2.5", "0.1", "40"]), "reference": REFERENCE}
        },
        "indicators": indicators,
        "quantities": quantities.declared,
    }
    seed, size = author.whole(0, 2**32 - 1), author.whole(most_institutions // 2, most_institutions)
    if regime:
        area |= {"regime": True, "result": [*quantities.declared]}
        return Sketch(area, None, {}, seed, size)
    goals, cuts = _goals(author, indicators, theme, given=given)
    area |= {"ladder": "trappe", "goals": goals}
    ladder = _ladder(author, tuple(goals), quantities.known, theme)
    return Sketch(area, ladder, cuts, seed, size)


def _measured(author: Author, name: str, kind: str) -> None:
    match kind:
        case "flag":
            author.add(Known(name, "flag"))
        case "category":
            author.add(Known(name, "text"))
        case _:
            author.numbers += [name, name, f"{name}.{author.pick(FIELDS[kind])}"]


def _indicators(author: Author, theme: int) -> dict[str, Any]:
    """The two flags that ladders need, a flag and a category, and two to five measured ones, of which some are
    measured for the members of groupings."""
    kinds = [[*METHODS][theme % len(METHODS)], *(author.pick([*METHODS]) for _ in range(author.whole(1, 4)))]
    found: dict[str, Any] = {
        "alarm": {"title": "x", "role": "context", "kind": "flag"},
        "varsel": {"title": "x", "role": "process", "kind": "flag"},
        "hak": {"title": "x", "role": "outcome", "kind": "flag", "by": ["fag"]},
        "ord": {"title": "x", "role": "outcome", "kind": "category", "values": [*WORDS]},
    }
    for number, kind in enumerate(kinds):
        one: dict[str, Any] = {"title": "x", "role": "outcome", "kind": kind, "measured_in": "x"}
        if author.chance(60):
            one["range"] = ["0", "1"] if kind == "proportion" else author.pick([["-3", "12"], ["0", "20"], ["1", "5"]])
        one["by"] = author.pick([[], ["køn"], ["fag"], ["fag", "køn"]]) if number else ["fag"]
        found[f"mål{number}"] = one
    for one in found.values():
        if author.chance(30):
            one["stale_after"] = author.whole(0, 2)
        if author.chance(40):
            one["comparable_from"] = str(author.whole(FIRST_PERIOD + 1, LAST_PERIOD))
    return found


def _quantities(author: Author, theme: int, *, given: bool) -> Quantities:
    """A level first, then two kinds of body that are the theme's, what it demands, and some of any kind."""
    found, kinds = Quantities(), [*BODIES]
    # bands of all levels, so that a regime too has them as a scale
    found.add(author, "niveau", home_bands(author))
    if given:
        cap = {"id": "A1", "when": "har_klasse", "at_most": author.pick(author.levels)}
        found.add(author, "givet", home_bands(author), then=[cap])
    add_composed(author, found, "navn0", kinds[0])
    for number in (1, 2):
        add_composed(author, found, f"navn{number}", kinds[(theme + number * len(kinds) // 2) % len(kinds)])
    _probes(author, found, theme)
    for number in range(3, author.whole(4, 6)):
        add_composed(author, found, f"navn{number}", author.pick(kinds))
    return found


def _probes(author: Author, found: Quantities, theme: int) -> None:
    for number, (kind, drawn) in enumerate(_demanded(author)[theme::THEMES]):
        more = {"decimals": author.whole(0, 6)} if kind == "number" else {}
        scale = author.levels if kind == "level" else ()
        found.add(author, f"prøve{number}", Drawn({"value": drawn()}, kind, scale), **more)
    methods = [*get_args(e.Combination)]
    method = methods[theme % len(methods)]
    drawn = aggregate_of_levels(author) if method in ("best/v1", "worst/v1") else aggregate_by(author, method)
    found.add(author, "samlet", Drawn(drawn.body | {"method": method}, drawn.kind, drawn.scale))
    if theme % 4 == 1:
        # where readings come apart most easily: defaults in a period without a row, a minimum of nothing, 0.1 + 0.2,
        # and what divides peers, read further back than they
        for name, value in {
            "før": f"default({author.number(0)}, 1)",
            "dengang": f"earlier(før, {author.whole(1, 2)}) + default(change(før), 7)",
            "klemt": f"log(min({author.number(0)}, -1))",
            "lige": "størrelse * 0.1 + størrelse * 0.2 = størrelse * 0.3",
            "navnet": 'default(ord, "a")',
            "forrige": "earlier(navnet, 1)",
            "flok": "peers.count(default(størrelse, 0), within: forrige)",
            "flokken": "earlier(flok, 1)",
        }.items():
            found.declared[name] = {"value": value}
        # a word that is outside the closed list meets no row
        rows = [{"ord": f'"{word}"', "gives": author.number(0)} for word in WORDS]
        found.declared["ordret"] = {"table": {"hit": "first", "rules": rows}}


# goals


def _goals(
    author: Author, indicators: dict[str, Any], theme: int, *, given: bool
) -> tuple[dict[str, Any], dict[str, Bands]]:
    goals: dict[str, Any] = {}
    cuts: dict[str, Bands] = {}
    measured = [name for name, one in indicators.items() if one["kind"] in FIELDS]
    if given:
        goals["givet_formål"] = _goal(author, author.levels) | {
            "measure": "givet",
            "levels": "given",
            "better": "higher",
        }
    for number in range(author.whole(1, 4 if len(author.levels) < 4 else 3)):
        name = f"formål{number}"
        levels = tuple(author.some(author.levels, fewest=2))
        # the first goal has a method that is the theme's
        indicator = author.pick(measured) if number else measured[0]
        goal = _goal(author, levels)
        if not number or author.chance(65):
            kind = indicators[indicator]["kind"]
            method = author.pick(METHODS[kind]) if number else METHODS[kind][theme // len(METHODS) % len(METHODS[kind])]
            goal["measure"] = _affine(author, indicator, kind)
            goal["evidence"] = _evidence(author, kind, method, levels)
        elif author.chance(50):
            goal["measure"] = _of_one(author, indicator)
        else:
            goal["measure"] = _free_of(author, indicator)
        if author.chance(30):
            goal["applies_when"] = author.pick(["har_klasse", 'art != "b"', "størrelse > 3", author.flag(1)])
        read = set(re.findall(r"mål\d|ord|hak|alarm|varsel|navn\d|prøve\d", goal["measure"]))
        measured_for = [member for grouping in indicators[indicator]["by"] for member in GROUPINGS[grouping]]
        if measured_for and read == {indicator} and author.chance(70):
            groups = author.some(measured_for, fewest=1)
            goal["equity"] = {"groups": groups, "no_worse_than": author.pick(levels), "cap": author.pick(levels)}
        cuts[name] = Bands(
            levels,
            goal["better"] == "higher",
            author.chance(30),
            tuple(author.chance(70) for _ in levels[1:]),
            tuple(author.whole(0, 999) for _ in levels[1:]),
            tuple(author.whole(-1, 1) for _ in levels[1:]),
        )
        goals[name] = goal
    return goals, cuts


def _goal(author: Author, levels: Sequence[str]) -> dict[str, Any]:
    return {
        "title": "x",
        "outcome": "x",
        "measured_in": "x",
        "decimals": author.whole(0, 3),
        "better": author.pick(["higher", "lower"]),
        "weight": author.pick([1, 2, 3, 10, 33, 40, 60, 100]),
        "points": _points(author, levels),
        "reference": REFERENCE,
    }


def _points(author: Author, levels: Sequence[str]) -> dict[str, int]:
    best = author.pick([100, 10, 75])
    steps = [(best * place) // (len(levels) - 1) for place in range(len(levels))]
    return dict(zip(levels, steps, strict=True))


def _affine(author: Author, x: str, kind: str) -> str:
    """A measure that evidence can stand under: affine in one indicator."""
    forms = [
        x,
        x,
        f"100 * {x}",
        f"100 - 100 * {x}",
        f"{x} / 8 + 1",
        f"-{x}",
        f"{x} + størrelse",
        f"{x} / størrelse",
        f"({x} - 1) * satsen",
        f"{x} - abs(størrelse)",
    ]
    if kind != "ratio":
        forms += [
            f"{x} - {x}.expected",
            f"{x} - {x}.expected",
            f"10 * ({x} - {x}.expected) / 3",
            f"2 * {x} - 3 * {x}.expected",
        ]
    return author.pick(forms)


def _of_one(author: Author, x: str) -> str:
    """A measure without evidence of one indicator, so that groups can be held to it."""
    return author.pick(
        [
            x,
            f"abs({x} - 3)",
            f"default({x}, 3) * 2",
            f"{x} - earlier({x}, 1)",
            f"change({x})",
            f"max({x}, størrelse)",
            f"{x} - peers.mean({x})",
            f"100 * peers.share_below({x}, within: art)",
        ]
    )


def _free_of(author: Author, x: str) -> str:
    """Any expression of numbers that reads no context or process indicator, not through quantities either."""
    numbers = [n for n in author.numbers if n.startswith(("mål", "størrelse", "satsen"))]
    texts = [t for t in author.texts if t in ("ord", *ATTRIBUTES)]
    with author.only(numbers=numbers, flags=["har_klasse", "hak"], texts=texts, level_names=[], own=[], sliced=[]):
        return f"{x} + {author.number(2)}"


def _evidence(author: Author, kind: str, method: str, levels: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"method": method}
    if method != "given/v1":
        found["confidence"] = author.pick(["0.5", "0.95", {"up": "0.5", "down": "0.65"}, {"up": "0.9", "down": "0.2"}])
        if method != "normal/v1":
            found["pool"] = author.whole(1, 4)
        if method in ("normal/v1", "square-root/v1") and author.chance(40):
            ends = {author.pick(["trim", "winsorise"]): author.pick(["0 %", "10 %", "25 %"])}
            found["overdispersion"] = {"method": "spiegelhalter/v1", "centre": author.pick(["0", "1", "3"]), **ends}
    elif "low" not in FIELDS[kind] or author.chance(40):
        words = {word: author.some(levels, fewest=1) for word in WORDS}
        found["by"] = {"indicator": "ord", "levels": words}
    if "n" in FIELDS[kind]:
        if author.chance(30):
            found["at_least_n"] = author.pick([1, 5, 10, 30])
        if author.chance(25):
            found["at_least_n_each"] = author.pick([1, 2, 5])
    if method == "student-t/v1" and author.chance(50):
        found["sd_floor"] = author.pick(["0.5", "1", "2.5"])
    return found


# ladders


def _ladder(author: Author, goals: Sequence[str], known: dict[str, Known], theme: int) -> dict[str, Any]:
    steps = STEPS[: author.whole(2, 5)]
    needs = author.some(["alarm", "varsel"])
    initial = author.pick(steps)
    ladder: dict[str, Any] = {
        "tilsyn": 1,
        "from": "2000-01-01",
        "ladder": "trappe",
        "title": "Trappe",
        "levels": dict.fromkeys(author.levels, "x"),
        "needs": {name: {"kind": "flag"} for name in needs},
        "steps": {
            step: {
                "title": "x",
                "text": "x",
                "visits": {"times": 1, "per_years": 1},
                "initial": step == initial,
                "reference": REFERENCE,
            }
            for step in steps
        },
        "score": {
            "method": "weighted-mean/v1",
            "coverage": author.pick(["0 %", "40 %", "50 %", "60 %", "75 %", "100 %"]),
        },
        "missing": {
            "else": author.pick(["leave-out", "doubt", "worst"]),
            **{reason: author.pick(["leave-out", "doubt", "doubt", "worst"]) for reason in author.some(MISSING)},
        },
        "placement": {
            "hit": author.pick(["unique", "first"]),
            "rules": _rules(author, goals, known, needs, steps, theme),
        },
    }
    if theme % 6:
        ladder["movement"] = _movement(author, needs, known, steps)
    return ladder


def _rules(
    author: Author,
    goals: Sequence[str],
    known: dict[str, Known],
    needs: Sequence[str],
    steps: Sequence[str],
    theme: int,
) -> list[dict[str, Any]]:
    """A complete partition of the score, or rows of any cells, with or without a last row that meets everything."""
    if author.chance(25):
        bounds = sorted({author.pick(["20", "25", "33.3", "50", "62.5", "75", "90"]) for _ in steps[1:]}, key=float)
        tests = [
            f"< {bounds[0]}",
            *(f"[{a}..{b})" for a, b in itertools.pairwise(bounds)),
            f">= {bounds[-1]}",
        ]
        rows = [{"score": test, "step": steps[-1 - place]} for place, test in enumerate(tests)]
    else:
        outsides = [k for k in known.values() if k.kind == KINDS[theme % len(KINDS)]][-1:]
        outsides += [k for k in author.some([*known.values()])[:1] if k not in outsides]
        outsides += [Known(name, "flag") for name in needs if author.chance(60)]
        rows = [_row(author, goals, outsides, steps) for _ in range(author.whole(1, 6))]
        if author.chance(70):
            rows.append({"step": author.pick(steps)})
    return [
        {"id": f"R{number}", "because": "x", "reference": REFERENCE, **row} for number, row in enumerate(rows, start=1)
    ]


def _row(author: Author, goals: Sequence[str], outsides: Sequence[Known], steps: Sequence[str]) -> dict[str, Any]:
    row: dict[str, Any] = {"step": author.pick(steps)}
    if author.chance(60):
        row["score"] = author.pick(
            ["> 50", ">= 50", "< 75", "[25..75]", "(33.3..100]", "0", "not(100)", "<= 62.5, 100", "-"]
        )
    for kind in ("goals_at", "goals_below"):
        if author.chance(30):
            row[f"{kind}.{author.pick(author.levels)}"] = author.pick(["0", "1", ">= 1", "< 2", "[1..2]", "not(0)"])
    if author.chance(20):
        row["goals_missing"] = author.pick(["0", ">= 1", "< 2"])
    if author.chance(20):
        row["previous"] = author.pick([steps[0], f"not({steps[-1]})", ", ".join(steps[:2]), f"!= {steps[0]}"])
    if author.chance(20):
        row["held"] = author.pick(["0", "> 1", ">= 2", "< 2", "[1..2]"])
    for goal in goals:
        if author.chance(15):
            row[goal] = _level_test(author, author.levels)
    for known in outsides:
        if author.chance(60):
            row[known.name] = _test_of(author, known)
    return row


def _level_test(author: Author, scale: Sequence[str]) -> str:
    level = author.pick(scale)
    return author.pick([level, f">= {level}", f"< {level}", f"not({level})", "-", f"!= {level}"])


def _test_of(author: Author, known: Known) -> str:
    low, high = f"§{known.name}:1", f"§{known.name}:2"
    match known.kind:
        case "number":
            tests = [f"> {low}", f">= {high}", low, f"< {low}", f"not({high})", f"[{low}..{high})", ">= satsen"]
            return author.pick(tests)
        case "text":
            return author.pick(['"a"', 'not("a")', '"a", "b"', '!= "c"', "-"])
        case "level":
            return _level_test(author, known.scale)
        case "flag":
            return author.pick(["true", "false", "not(true)", "-"])


def _movement(author: Author, needs: Sequence[str], known: dict[str, Known], steps: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "confirm": {"up": author.whole(1, 3), "down": author.whole(1, 2)},
        "doubt": "point" if author.chance(25) else "range",
        "undecided": author.pick(["follow", "stay"]),
    }
    for direction in ("up", "down"):
        if author.chance(70):
            found[direction] = author.pick([1, 1, 2])
    if author.chance(50):
        found["dwell"] = {step: author.whole(1, 4) for step in author.some(steps)}
    if author.chance(60):
        found["lapse"] = {"after": author.whole(1, 2), "to": author.pick(steps)}
    if author.chance(50):
        numbers = [name for name, k in known.items() if k.kind == "number"]
        flags = [name for name, k in known.items() if k.kind == "flag"]
        levels = [f"{name} < {author.pick(k.scale)}" for name, k in known.items() if k.kind == "level"]
        conditions = [*needs, *flags, *(f"{name} > {author.pick(LITERALS)}" for name in numbers), *levels] or ["1 > 2"]
        when = author.pick(conditions)
        if author.chance(30):
            when = f"default({when}, false) and not(1 > 2)"
        found["grave"] = {"when": when, "step": author.pick(steps), "because": "x", "reference": REFERENCE}
    return found
