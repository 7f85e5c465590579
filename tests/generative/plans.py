"""Random rule sets: an area and a ladder, declared as an author would, with every construct that there is.

Hypothesis draws the declarations as text and numbers, and the real models and the real plan maker
read them, so that parsing and binding are under test too. Where a threshold is to lie is left open
(`Sketch.cuts`, and `§` in rule tables) until figures are drawn: `figures.py` puts it on a figure that
occurs, or one unit beside it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from hypothesis import strategies as st

from tilsyn.catalogue import expressions as e

T = TypeVar("T")

REFERENCE = {"note": "opdigtet", "checked": "no"}
LEVELS = ("kritisk", "under", "middel", "opfyldt", "stærk")
STEPS = ("fri", "tillid", "almindelig", "støtte", "intensiv")
MEMBERS = ("piger", "drenge")
WORDS = ("a", "b", "c")
LITERALS = ("0", "1", "2", "3", "0.5", "0.25", "0.1", "0.05", "10", "100", "-1", "7", "1.5", "0.3", "12.5", "0.125")
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
METHODS = {
    "proportion": ("wilson/v1", "given/v1"),
    "mean": ("student-t/v1", "given/v1"),
    "rate": ("byar/v1", "given/v1"),
    "ratio": ("byar/v1", "given/v1"),
    "value": ("normal/v1", "given/v1"),
}
FIELDS = {
    "proportion": ("count", "n", "expected"),
    "mean": ("n", "sd", "se", "expected", "low", "high"),
    "rate": ("count", "n", "expected"),
    "ratio": ("count", "expected"),
    "value": ("n", "se", "expected", "low", "high"),
}
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
    """Declarations without their thresholds. `seed` draws the institutions."""

    area: dict[str, Any]
    ladder: dict[str, Any]
    cuts: dict[str, Bands]
    seed: int
    institutions: int


class _Author:
    """Draws declarations; the lists are the names that expressions may read so far, by type."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self.numbers: list[str] = []
        self.flags: list[str] = []
        self.texts: list[str] = []
        self.level_names: list[str] = []
        self.levels: tuple[str, ...] = ()
        self.peers_and_past = True

    def pick(self, options: Sequence[T]) -> T:
        return options[self._draw(st.integers(0, len(options) - 1))]

    def whole(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))

    def chance(self, percent: int) -> bool:
        return self._draw(st.integers(0, 99)) < percent

    def some(self, options: Sequence[T], fewest: int = 0) -> list[T]:
        wanted = self.whole(fewest, len(options))
        start = self.whole(0, len(options) - 1)
        turned = [*options[start:], *options[:start]]
        return sorted(turned[:wanted], key=list(options).index)

    # expressions

    def number(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(self.numbers) if self.chance(75) else self.pick(LITERALS)
        a = lambda: self.number(depth - 1)  # noqa: E731
        leaf = lambda: self.number(0)  # noqa: E731
        match self.whole(0, 27 if self.peers_and_past else 22):
            case 0:
                return f"({a()} + {a()})"
            case 1:
                return f"({a()} - {a()})"
            case 2:
                return f"({a()} * {self.pick(LITERALS)})"
            case 3:
                return f"(clamp({leaf()}, -100, 100) * clamp({a()}, -100, 100))"
            case 4:
                return f"({a()} / {self.pick([leaf(), self.near_nothing(), '8', '3', '0.7', '100'])})"
            case 5:
                exponent = self.pick(["2", "0.5", "-1", "3", "0", "1.5", f"clamp({leaf()}, -2, 2)", "(0.1 + 0.2) * 10"])
                return f"(clamp({leaf()}, -20, 20) ** {exponent})"
            case 6:
                return f"-{self.pick([leaf(), f'({a()})'])}"
            case 7 | 8:
                name = self.pick(["min", "max", "sum", "mean", "median", "count"])
                parts = [a() for _ in range(self.whole(1, 4))]
                inside = ", ".join(parts)
                return f"{name}([{inside}])" if self.chance(30) else f"{name}({inside})"
            case 9:
                return f"{self.pick(['abs', 'floor', 'ceiling'])}({a()})"
            case 10 | 11 | 12:
                name = self.pick(["decimal", "round up", "round down", "round half up", "round half down"])
                return f"{name}({a()}, {self.whole(-2, 3)})"
            case 13:
                return f"sqrt({self.pick([a(), self.near_nothing()])})"
            case 14:
                return f"log({self.pick([a(), self.near_nothing()])})"
            case 15:
                return f"exp(clamp({leaf()}, -40, 40) / {self.pick(['10', '20', '3'])})"
            case 16:
                return f"modulo({a()}, {self.pick([leaf(), self.near_nothing(), '3', '0.5', '0.1'])})"
            case 17:
                return f"clamp({a()}, {self.pick(['0', '-5', '2'])}, {self.pick(['10', '7.5', '100'])})"
            case 18 | 19:
                return f"default({a()}, {leaf()})"
            case 20 | 21:
                return f"(if {self.condition(depth - 1)} then {a()} else {a()})"
            case 22:
                return leaf()
            case 23:
                return f"earlier({self.past()}, {self.whole(1, 3)})"
            case 24:
                return f"change({self.past()})"
            case _:
                return self.over_peers(depth - 1)

    def near_nothing(self) -> str:
        """A number that is often zero, but not in float64."""
        x = self.number(0)
        return self.pick(
            [f"({x} - {self.number(0)})", f"({x} * 0.1 + {x} * 0.2 - {x} * 0.3)", f"({x} * 3 * 0.1 - 0.3)"]
        )

    def past(self) -> str:
        """A name that has a past; a constant has none."""
        return self.pick([name for name in self.numbers if name != "satsen"])

    def over_peers(self, depth: int) -> str:
        """A number over peers. What is evaluated in a member reads neither peers nor the past directly."""
        before, self.peers_and_past = self.peers_and_past, False
        name = self.pick(
            ["count", "sum", "mean", "min", "max", "median", "share_below", "share_at_or_below", "rank", "rank"]
        )
        of = self.number(depth)
        if name == "count" and self.chance(40):
            of = self.pick([*self.flags, *self.texts])
        extra = f", from: {self.pick(['lowest', 'highest'])}" if name == "rank" and self.chance(60) else ""
        found = f"peers.{name}({of}{extra}{self.among(depth)})"
        self.peers_and_past = before
        return found

    def among(self, depth: int) -> str:
        where = f", where: {self.flag(depth)}" if self.chance(40) else ""
        return where + (f", within: {self.pick(['art', *self.texts])}" if self.chance(40) else "")

    def flag(self, depth: int) -> str:
        if depth <= 0:
            return self.pick([*self.flags, f"({self.number(0)} {self.order()} {self.number(0)})"])
        a = lambda: self.flag(depth - 1)  # noqa: E731
        match self.whole(0, 17 if self.peers_and_past else 15):
            case 0 | 1 | 2:
                return f"({self.number(depth - 1)} {self.order()} {self.number(0)})"
            case 3:
                return f"({self.text(depth - 1)} {self.pick(['=', '!='])} {self.text(0)})"
            case 4:
                return f"({self.level(depth - 1)} {self.order()} {self.level(0)})"
            case 5:
                return f"(({a()}) {self.pick(['=', '!='])} {self.pick(self.flags)})"
            case 6 | 7:
                return f"({a()} and {a()})"
            case 8 | 9:
                return f"({a()} or {a()})"
            case 10:
                return f"not({a()})"
            case 11:
                test = self.pick(["[1..3]", "(0..10]", "]2..7[", "(1, 2, [5..9])", "[0.5, 3]", "> 2"])
                return f"({self.number(0)} in {test})"
            case 12:
                return f"({self.number(0)} between {self.pick(['0', '-1', '0.5'])} and {self.pick(['3', '10', '1.5'])})"
            case 13:
                return f"at_least({self.whole(0, 3)}, {', '.join(a() for _ in range(self.whole(1, 3)))})"
            case 14:
                return self.condition(depth - 1)
            case 15:
                return f"default({a()}, {self.pick(['true', 'false', self.pick(self.flags)])})"
            case 16:
                return f"earlier({self.pick(self.flags)}, {self.whole(1, 2)})"
            case _:
                before, self.peers_and_past = self.peers_and_past, False
                found = f"peers.at_least({self.whole(0, 30)}, {self.flag(depth - 1)}{self.among(depth - 1)})"
                self.peers_and_past = before
                return found

    def condition(self, depth: int) -> str:
        """A flag that is never missing, as `if` demands."""
        match self.whole(0, 4):
            case 0:
                return f"missing({self.pick([self.number(depth), self.flag(0), self.text(0), self.level(0)])})"
            case 1:
                return f"(default({self.pick(self.numbers)}, 0) {self.order()} {self.pick(LITERALS)})"
            case 2:
                return f"default({self.flag(depth)}, {self.pick(['true', 'false'])})"
            case 3:
                return f"not(missing({self.pick(self.numbers)}) and missing({self.pick(self.numbers)}))"
            case _:
                return self.pick(["true", f'(default({self.text(0)}, "a") = "b")'])

    def text(self, depth: int) -> str:
        if depth <= 0 or self.chance(40):
            return self.pick([*self.texts, '"a"', '"b"'])
        if self.chance(50):
            return f"default({self.text(depth - 1)}, {self.text(0)})"
        return f"(if {self.condition(depth - 1)} then {self.text(depth - 1)} else {self.text(0)})"

    def level(self, depth: int) -> str:
        if depth <= 0 or self.chance(40):
            return self.pick([*self.level_names, *self.levels])
        if self.chance(30):
            return f"default({self.level(depth - 1)}, {self.level(0)})"
        return f"(if {self.condition(depth - 1)} then {self.level(depth - 1)} else {self.level(0)})"

    def order(self) -> str:
        return self.pick(["=", "!=", "<", "<=", ">", ">="])


THEMES = 12
"""Rule sets of a theme must use certain constructs, so that a small sweep over all themes meets every one."""


def _demanded(author: _Author) -> list[tuple[str, Callable[[], str]]]:
    """Every function, peers function, operator and past, as the type of a quantity and how to draw it."""
    n, f = author.number, author.flag
    found: list[tuple[str, Callable[[], str]]] = []
    for name, (fewest, most) in e.FUNCTIONS.items():
        match name:
            case "missing" | "at_least":
                extra = "2, " if name == "at_least" else ""
                found.append(("flag", lambda name=name, extra=extra: f"{name}({extra}{f(1)})"))
            case "exp":
                found.append(("number", lambda: f"exp(clamp({n(0)}, -40, 40) / 10)"))
            case _ if name in e.ROUNDINGS:
                found.append(("number", lambda name=name: f"{name}({n(1)}, {author.whole(-1, 3)})"))
            case _:
                parts = fewest if most else 3
                found.append(
                    ("number", lambda name=name, parts=parts: f"{name}({', '.join(n(1) for _ in range(parts))})")
                )
    for name in e.PEER_FUNCTIONS:
        of = (lambda: f"3, {author.flags[0]}") if name == "at_least" else (lambda: n(0))
        kind = "flag" if name == "at_least" else "number"
        found.append(
            (
                kind,
                lambda name=name, of=of: f"peers.{name}({of()}{author.pick(['', ', within: art', ', within: ord'])})",
            )
        )
    for op in ("=", "!=", "<", "<=", ">", ">="):
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
        ("number", lambda: f"(if {author.condition(1)} then {n(1)} else {n(1)})"),
        ("flag", lambda: f"not({f(1)})"),
        ("number", lambda: f"peers.rank({n(0)}, from: lowest, where: {author.flags[0]}, within: art)"),
        ("number", lambda: f"peers.rank({n(0)}, where: {author.flags[0]})"),
        ("text", lambda: author.text(2)),
        ("level", lambda: author.level(2)),
        ("flag", lambda: f"({f(0)} or {f(0)})"),
        ("number", lambda: f"(0 / {author.near_nothing()})"),
        ("number", lambda: f"(0 / {author.near_nothing()})"),
        ("number", lambda: f"-{n(0)}"),
    ]
    return found


@st.composite
def sketches(draw: Any, *, theme: int = 0, most_institutions: int = 100) -> Sketch:
    """A whole rule set, without its thresholds."""
    author = _Author(draw)
    author.levels = LEVELS[-author.whole(2, 5) :] if author.chance(50) else LEVELS[: author.whole(2, 5)]
    attributes = {"art": "text", "størrelse": "number", "har_klasse": "flag", "kommune": "text"}
    indicators = _indicators(author)
    author.numbers += ["størrelse", "satsen"]
    author.flags += ["har_klasse"]
    author.texts += ["art", "kommune"]
    for name, indicator in indicators.items():
        match indicator["kind"]:
            case "flag":
                author.flags.append(name)
            case "category":
                author.texts.append(name)
            case kind:
                author.numbers += [name, name, f"{name}.{author.pick(FIELDS[kind])}"]
    quantities = _quantities(author, theme)
    goals, cuts = _goals(author, indicators)
    area = {
        "tilsyn": 1,
        "from": "2000-01-01",
        "area": "område",
        "title": "Område",
        "authority": "Ministeriet",
        "unit": {"one": "enhed", "many": "enheder"},
        "period": "calendar-year",
        "ladder": "trappe",
        "attributes": attributes,
        "groups": {"køn": {"title": "Køn", "members": dict.fromkeys(MEMBERS, "x")}},
        "constants": {
            "satsen": {"measured_in": "x", "value": author.pick(["2.5", "0.1", "40"]), "reference": REFERENCE}
        },
        "indicators": indicators,
        "quantities": quantities,
        "goals": goals,
    }
    ladder = _ladder(author, tuple(goals), quantities, theme)
    return Sketch(
        area, ladder, cuts, author.whole(0, 2**32 - 1), author.whole(most_institutions // 2, most_institutions)
    )


def _indicators(author: _Author) -> dict[str, Any]:
    """The two flags that ladders need, a category, and two to five measured ones."""
    kinds = [author.pick(["proportion", "mean", "rate", "ratio", "value"]) for _ in range(author.whole(2, 5))]
    found: dict[str, Any] = {
        "alarm": {"title": "x", "role": "context", "kind": "flag"},
        "varsel": {"title": "x", "role": "process", "kind": "flag"},
        "ord": {"title": "x", "role": "outcome", "kind": "category", "values": [*WORDS]},
    }
    for number, kind in enumerate(kinds):
        one: dict[str, Any] = {"title": "x", "role": "outcome", "kind": kind, "measured_in": "x"}
        if author.chance(60):
            one["range"] = ["0", "1"] if kind == "proportion" else author.pick([["-3", "12"], ["0", "20"], ["1", "5"]])
        one["by"] = ["køn"] if author.chance(40) else []
        found[f"mål{number}"] = one
    for one in found.values():
        if author.chance(30):
            one["stale_after"] = author.whole(0, 2)
        if author.chance(40):
            one["comparable_from"] = str(author.whole(FIRST_PERIOD + 1, LAST_PERIOD))
    return found


def _quantities(author: _Author, theme: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, (kind, drawn) in enumerate(_demanded(author)[theme::THEMES]):
        found[f"prøve{number}"] = {"value": drawn()}
        if kind == "number":
            found[f"prøve{number}"]["decimals"] = author.whole(0, 6)
            author.numbers.append(f"prøve{number}")
    if theme % 4 == 1:
        # where readings come apart most easily: defaults in a period without a row, a minimum of nothing, 0.1 + 0.2
        found["før"] = {"value": f"default({author.number(0)}, 1)"}
        found["dengang"] = {"value": f"earlier(før, {author.whole(1, 2)}) + default(change(før), 7)"}
        found["klemt"] = {"value": f"log(min({author.number(0)}, -1))"}
        found["lige"] = {"value": "størrelse * 0.1 + størrelse * 0.2 = størrelse * 0.3"}
    for number in range(author.whole(1, 4)):
        name, kind = f"navn{number}", author.pick(["number", "number", "number", "flag", "text", "level"])
        match kind:
            case "number":
                value, names = author.number(author.whole(1, 3)), author.numbers
            case "flag":
                value, names = author.flag(author.whole(1, 3)), author.flags
            case "text":
                value, names = author.text(author.whole(0, 2)), author.texts
            case _:
                value, names = author.level(author.whole(0, 2)), author.level_names
        names.append(name)
        found[name] = {"value": value}
        if kind == "number" and author.chance(60):
            found[name]["decimals"] = author.whole(0, 4)
    return found


# goals


def _goals(author: _Author, indicators: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Bands]]:
    goals: dict[str, Any] = {}
    cuts: dict[str, Bands] = {}
    measured = [name for name, one in indicators.items() if one["kind"] in FIELDS]
    context = ("alarm", "varsel")
    for number in range(author.whole(1, 4 if len(author.levels) < 4 else 3)):
        name = f"formål{number}"
        levels = tuple(author.some(author.levels, fewest=2))
        indicator = author.pick(measured)
        goal: dict[str, Any] = {
            "title": "x",
            "outcome": "x",
            "measured_in": "x",
            "decimals": author.whole(0, 3),
            "better": author.pick(["higher", "lower"]),
            "weight": author.pick([1, 2, 3, 10, 33, 40, 60, 100]),
            "points": _points(author, levels),
            "reference": REFERENCE,
        }
        if author.chance(65):
            goal["measure"] = _affine(author, indicator, indicators[indicator]["kind"])
            goal["evidence"] = _evidence(author, indicators[indicator]["kind"], levels)
        elif author.chance(50):
            goal["measure"] = _of_one(author, indicator)
        else:
            goal["measure"] = _free_of(author, context, indicator)
        if author.chance(30):
            goal["applies_when"] = author.pick(["har_klasse", 'art != "b"', "størrelse > 3", author.flag(1)])
        read = set(re.findall(r"mål\d|ord|alarm|varsel|navn\d|prøve\d", goal["measure"]))
        if indicators[indicator]["by"] and read == {indicator} and author.chance(70):
            groups = author.some(MEMBERS, fewest=1)
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


def _points(author: _Author, levels: Sequence[str]) -> dict[str, int]:
    best = author.pick([100, 10, 75])
    steps = [(best * place) // (len(levels) - 1) for place in range(len(levels))]
    return dict(zip(levels, steps, strict=True))


def _affine(author: _Author, x: str, kind: str) -> str:
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


def _of_one(author: _Author, x: str) -> str:
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


def _free_of(author: _Author, context: Sequence[str], x: str) -> str:
    """Any expression of numbers that reads no context or process indicator, not through quantities either."""
    kept = author.numbers, author.flags, author.texts, author.level_names
    author.numbers = [n for n in author.numbers if not n.startswith(("navn", "prøve"))]
    author.flags, author.level_names = ["har_klasse"], []
    author.texts = [t for t in author.texts if not t.startswith("navn")]
    found = author.number(2)
    author.numbers, author.flags, author.texts, author.level_names = kept
    return f"{x} + {found}"


def _evidence(author: _Author, kind: str, levels: Sequence[str]) -> dict[str, Any]:
    method = author.pick(METHODS[kind])
    found: dict[str, Any] = {"method": method}
    if method != "given/v1":
        found["confidence"] = author.pick(["0.5", "0.95", {"up": "0.5", "down": "0.65"}, {"up": "0.9", "down": "0.2"}])
        if method != "normal/v1":
            found["pool"] = author.whole(1, 4)
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


def _ladder(author: _Author, goals: Sequence[str], quantities: dict[str, Any], theme: int) -> dict[str, Any]:
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
            "rules": _rules(author, goals, quantities, needs, steps),
        },
    }
    if theme % 6:
        ladder["movement"] = _movement(author, needs, quantities, steps)
    return ladder


def _rules(
    author: _Author, goals: Sequence[str], quantities: dict[str, Any], needs: Sequence[str], steps: Sequence[str]
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
        outsides = author.some([name for name in quantities if name.startswith("navn")])[:2] + [
            name for name in needs if author.chance(60)
        ]
        rows = [_row(author, goals, quantities, outsides, steps) for _ in range(author.whole(1, 6))]
        if author.chance(70):
            rows.append({"step": author.pick(steps)})
    return [
        {"id": f"R{number}", "because": "x", "reference": REFERENCE, **row} for number, row in enumerate(rows, start=1)
    ]


def _row(
    author: _Author, goals: Sequence[str], quantities: dict[str, Any], outsides: Sequence[str], steps: Sequence[str]
) -> dict[str, Any]:
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
            row[goal] = _level_test(author)
    for name in outsides:
        if author.chance(60):
            row[name] = _test_of(author, name, quantities)
    return row


def _level_test(author: _Author) -> str:
    level = author.pick(author.levels)
    return author.pick([level, f">= {level}", f"< {level}", f"not({level})", "-", f"!= {level}"])


def _test_of(author: _Author, name: str, quantities: dict[str, Any]) -> str:
    if name in author.numbers and name in quantities:
        return author.pick(["> §1", ">= §2", "§3", "< §1", "not(§2)", "[§1..§2)", ">= satsen"])
    if name in author.texts:
        return author.pick(['"a"', 'not("a")', '"a", "b"', '!= "c"', "-"])
    if name in author.level_names:
        return _level_test(author)
    return author.pick(["true", "false", "not(true)", "-"])


def _movement(
    author: _Author, needs: Sequence[str], quantities: dict[str, Any], steps: Sequence[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "confirm": {"up": author.whole(1, 3), "down": author.whole(1, 2)},
        "doubt": "point" if author.chance(25) else "range",
        "undecided": author.pick(["follow", "stay"]),
    }
    for direction in ("up", "down"):
        if author.chance(60):
            found[direction] = author.whole(1, 2)
    if author.chance(50):
        found["dwell"] = {step: author.whole(1, 4) for step in author.some(steps)}
    if author.chance(60):
        found["lapse"] = {"after": author.whole(1, 2), "to": author.pick(steps)}
    if author.chance(50):
        numbers = [name for name in quantities if name in author.numbers]
        flags = [name for name in quantities if name in author.flags]
        conditions = [*needs, *flags, *(f"{name} > {author.pick(LITERALS)}" for name in numbers)] or ["1 > 2"]
        when = author.pick(conditions)
        if author.chance(30):
            when = f"default({when}, false) and not(1 > 2)"
        found["grave"] = {"when": when, "step": author.pick(steps), "because": "x", "reference": REFERENCE}
    return found
