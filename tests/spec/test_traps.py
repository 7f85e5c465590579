"""Where engines are known to differ: a table of formulas and what each comes to, told by hand, on every engine.

All formulas stand in one regime, and every one has an institution whose figures are those of its row, so that an engine
is asked once. What a formula comes to for the others' figures is held to the exact reading.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from math import copysign
from typing import Any

import polars as pl
import pytest

from tilsyn.catalogue.areas import Area
from tilsyn.engine.nodes import Plan

from ..generative.engines import ENGINES
from ..generative.readings import Answer, Answers, Reads, differences, read_exact
from .small import NOW, Gone, frame_of, plan_of

UNDEFINED, SILENT = Gone("undefined"), Gone("not-submitted")
about = pytest.approx

Row = Mapping[str, Any]

DIVISION: list[tuple[str, Row, object]] = [
    ("x / y", {"x": 6, "y": 10}, 0.6),
    ("x / 10", {"x": 6}, 0.6),
    ("6 / y", {"y": 10}, 0.6),
    ("6 / 10", {}, 0.6),
    ("x / 10 > 0.6", {"x": 6}, False),
    ("x / 3 * 3", {"x": 0.1}, 0.1),
    ("x / y / 3", {"x": 1, "y": 7}, 1 / 7 / 3),
    ("x / (y / 3)", {"x": 1, "y": 7}, 1 / (7 / 3)),
    ("x * y / 100", {"x": 1.1, "y": 1.1}, 1.1 * 1.1 / 100),
    ("1 / 3 * x", {"x": 3}, 1),
]
WHOLE: list[tuple[str, Row, object]] = [
    ("antal / 100", {"antal": 6850}, 68.5),
    ("antal / x", {"antal": 7, "x": 2}, 3.5),
    ("7 / 2", {}, 3.5),
    ("-7 / 2", {}, -3.5),
    ("floor(x / 2)", {"x": -7}, -4),
    ("round down(x / 2, 0)", {"x": -7}, -3),
    ("modulo(x, y)", {"x": 7, "y": 3}, 1),
    ("modulo(x, y)", {"x": -7, "y": 3}, 2),
    ("modulo(x, y)", {"x": 7, "y": -3}, -2),
    ("modulo(x, y)", {"x": -7, "y": -3}, -1),
    ("modulo(-7, 3)", {}, 2),
    ("modulo(x, 2)", {"x": 5.5}, 1.5),
    ("modulo(x, 0.1)", {"x": 0.3}, about(0, abs=1e-12)),
    ("modulo(x, y)", {"x": 7, "y": 0}, UNDEFINED),
    ("-2 ** 2", {}, 4),
    ("x ** y", {"x": -2, "y": 3}, -8),
    ("x ** y", {"x": 4, "y": 0.5}, 2),
]
NULLS: list[tuple[str, Row, object]] = [
    ("ja and nej", {"ja": False}, False),
    ("ja and nej", {"ja": True}, SILENT),
    ("nej and ja", {"ja": False}, False),
    ("ja or nej", {"ja": True}, True),
    ("ja or nej", {"ja": False}, SILENT),
    ("not(nej)", {}, SILENT),
    ("not(ja or nej)", {"ja": True}, False),
    ("ja = nej", {"ja": True}, SILENT),
    ("x < y", {"x": 1}, SILENT),
    ("x = y", {}, SILENT),
    ("x != y", {}, SILENT),
    ("x + y", {"x": 1}, SILENT),
    ("x = null", {}, True),
    ('art in ("a", "b")', {"art": "b"}, True),
    ('art in ("a", "b")', {"art": "c"}, False),
    ('art in ("a", "b")', {}, SILENT),
    ('ord in ("a", "b")', {}, SILENT),
    ("x in [1..3]", {}, SILENT),
    ("x in (1, 2, [5..9])", {}, SILENT),
    ("x between 1 and y", {"x": 0}, False),
    ("x between 1 and y", {"x": 2}, SILENT),
    ("if missing(x) then 1 else 2", {}, 1),
    ("if default(x > 1, false) then 1 else 2", {}, 2),
    ("at_least(1, ja, nej)", {"ja": True}, True),
    ("at_least(2, ja, nej)", {"ja": True}, SILENT),
    ("default(nej, true) and ja", {"ja": True}, True),
]
ROUNDING: list[tuple[str, Row, object]] = [
    ("round half up(x, 0)", {"x": 2.5}, 3),
    ("round half up(x, 0)", {"x": -2.5}, -3),
    ("round half up(2.5, 0)", {}, 3),
    ("decimal(x, 0)", {"x": 2.5}, 2),
    ("decimal(x, 0)", {"x": 3.5}, 4),
    ("decimal(x, 0)", {"x": -2.5}, -2),
    ("round half down(x, 0)", {"x": 2.5}, 2),
    ("round half up(x, 2)", {"x": 0.285}, 0.29),
    ("round half up(x, 2)", {"x": -0.285}, -0.29),
    ("round half up(x, 2)", {"x": 1.005}, 1.01),
    ("round half up(x, 2)", {"x": 2.675}, 2.68),
    ("decimal(x, 2)", {"x": 0.285}, 0.28),
    ("round half up(x + 0.5, 0)", {"x": 999_999_999_999}, 1e12),
    ("round half up(x + 0.5, 0)", {"x": -999_999_999_999}, -999_999_999_999),
    ("floor(x * 0.1 + x * 0.2)", {"x": 10}, 3),
    ("ceiling(x * 3 * 0.1)", {"x": 1}, 1),
    ("floor(x)", {"x": -0.5}, -1),
]
NO_NUMBER: list[tuple[str, Row, object]] = [
    ("x / y", {"x": 0, "y": 0}, UNDEFINED),
    ("x / y", {"x": 1, "y": 0}, UNDEFINED),
    ("x / y", {"x": -1, "y": 0}, UNDEFINED),
    ("1 / 0", {}, UNDEFINED),
    ("x / y", {"y": 0}, SILENT),
    ("x / (y * 0.1 + y * 0.2 - y * 0.3)", {"x": 1, "y": 1}, UNDEFINED),
    ("x / y > 1", {"x": 0, "y": 0}, UNDEFINED),
    ("x / y = x / y", {"x": 0, "y": 0}, UNDEFINED),
    ("max(x / y, 1)", {"x": 0, "y": 0}, UNDEFINED),
    ("min(x / y, 1)", {"x": 1, "y": 0}, UNDEFINED),
    ("default(x / y, 7)", {"x": 0, "y": 0}, 7),
    ("if missing(x / y) then 1 else 2", {"x": 0, "y": 0}, 1),
    ("sqrt(x)", {"x": -4}, UNDEFINED),
    ("log(x)", {"x": 0}, UNDEFINED),
    ("log(x)", {"x": -1}, UNDEFINED),
    ("x ** y", {"x": 0, "y": -1}, UNDEFINED),
    ("x ** y", {"x": -8, "y": 0.5}, UNDEFINED),
    ("exp(x)", {"x": 1000}, UNDEFINED),
    ("exp(x) - exp(x)", {"x": 1000}, UNDEFINED),
    ("exp(x)", {"x": -1000}, 0),
    ("x ** 400", {"x": 10}, UNDEFINED),
    ("x * 10", {"x": 1e12}, UNDEFINED),
    ("x * 10 / 10", {"x": 1e12}, UNDEFINED),
    ("x ** 2 - x ** 2", {"x": 1e12}, UNDEFINED),
]
ZERO: list[tuple[str, Row, object]] = [
    ("-x", {"x": 0}, 0),
    ("x", {"x": -0.0}, 0),
    ("x * y", {"x": 0, "y": -1}, 0),
    ("x / y", {"x": 0, "y": -5}, 0),
    ("x / y", {"x": 1, "y": -0.0}, UNDEFINED),
    ("round half up(x, 0)", {"x": -0.4}, 0),
    ("round down(x, 0)", {"x": -0.4}, 0),
    ("decimal(x, 0)", {"x": -0.5}, 0),
    ("ceiling(x)", {"x": -0.4}, 0),
    ("modulo(x, 3)", {"x": -6}, 0),
    ("min(x, y)", {"x": 0.0, "y": -0.0}, 0),
    ("x = y", {"x": 0.0, "y": -0.0}, True),
]
TEXT: list[tuple[str, Row, object]] = [
    ('art = "æøå"', {"art": "æøå"}, True),
    ('art = "æøå"', {"art": "ÆØÅ"}, False),
    ('art = "aa"', {"art": "å"}, False),
    ('art = "å"', {"art": "a\N{COMBINING RING ABOVE}"}, False),
    ('art = "a"', {"art": "A"}, False),
    ('art = "a"', {"art": "a "}, False),
    ('art != "a"', {"art": "a "}, True),
    ('art in ("a", "b")', {"art": "B"}, False),
    ('art = ""', {"art": ""}, True),
    ('art = "O\'Brien"', {"art": "O'Brien"}, True),
    ('art in ("O\'Brien", "b")', {"art": "O'Brien"}, True),
    ('art = "50 %_"', {"art": "50 %x"}, False),
    ('art = "a\\\\b"', {"art": "a\\b"}, True),
    ('default(art, "Æ")', {}, "Æ"),
    ('art = "10"', {"art": "10.0"}, False),
]
DECIMALS: list[tuple[str, Row, object]] = [
    ("0.1 + 0.2 = 0.3", {}, True),
    ("x + y = 0.3", {"x": 0.1, "y": 0.2}, True),
    ("x + 0.2 > 0.3", {"x": 0.1}, False),
    ("0.1 * 3 > 0.3", {}, False),
    ("x * 100 = 28.5", {"x": 0.285}, True),
    ("x >= 80.1", {"x": 80.1}, True),
    ("x - 80 = 0.1", {"x": 80.1}, True),
    ("1.10 = 1.1", {}, True),
    ("x = 0.123456789", {"x": 0.1234567891}, True),
    ("x = 0.123456789", {"x": 0.12345679}, False),
    ("x * 3", {"x": 123456789012.25}, 370370367036.75),
    ("0.00000000000000000001 * x", {"x": 1}, 1e-20),
    ("x * 0.3333333333333333333333333333333333333333", {"x": 3}, 1),
]
OF_NONE: list[tuple[str, Row, object]] = [
    ("max(x, y)", {"x": 3}, SILENT),
    ("min(x, y)", {"y": 3}, SILENT),
    ("min(x, y)", {}, SILENT),
    ("max(default(x, 0), default(y, -1))", {}, 0),
    ("sum(x, y)", {"x": 1}, SILENT),
    ("median(x, y, 4)", {"x": 1, "y": 3}, 3),
    ("median(x, y)", {"x": 1, "y": 3}, 2),
    ("count(x, y)", {"x": 1}, SILENT),
    ("clamp(x, 0, y)", {"x": 1}, SILENT),
]
TRAPS = {
    "division": DIVISION, "whole numbers": WHOLE, "nulls": NULLS, "rounding": ROUNDING, "no number": NO_NUMBER,
    "zero": ZERO, "text": TEXT, "decimals": DECIMALS, "of none": OF_NONE,
}  # fmt: skip


@cache
def made() -> tuple[Area, Plan, pl.DataFrame]:
    """All formulas, `q0`, `q1`, …, and a row for each of them."""
    lines = [line for table in TRAPS.values() for line in table]
    quantities = {f"q{n}": expression for n, (expression, _, _) in enumerate(lines)}
    area, plan = plan_of(quantities=quantities, area={"regime": True})
    return area, plan, frame_of(area, [row for _, row, _ in lines])


@cache
def read(engine: Reads) -> Answers:
    _, plan, frame = made()
    return engine(plan, frame, NOW, {})


def told(answers: Answers, number: int) -> object:
    return valued(answers[f"i{number}"], f"q{number}")


def valued(answer: Answer, name: str) -> object:
    value, why = answer[name], answer[f"{name}.missing"]
    return Gone(str(why)) if why else float(value) if isinstance(value, Fraction) else value


@pytest.mark.parametrize("engine", [pytest.param(read_exact, id="exact"), *ENGINES])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_formula_comes_to_the_same_on_every_engine(engine: Reads, trap: str) -> None:
    first = [*TRAPS].index(trap)
    begins = sum(len(table) for table in [*TRAPS.values()][:first])
    for number, (expression, row, expected) in enumerate(TRAPS[trap], start=begins):
        found = told(read(engine), number)
        # the table says what 64 bits come to, to the last of them
        close = engine is read_exact and isinstance(expected, float)
        assert found == (about(expected, rel=1e-15) if close else expected), f"{expression} of {row}"
        assert isinstance(found, bool) == isinstance(expected, bool), expression
        assert not isinstance(found, float) or found != 0 or copysign(1, found) > 0, f"{expression} is -0.0"


@pytest.mark.parametrize("engine", ENGINES)
def test_and_for_every_other_institution_what_is_exact(engine: Reads) -> None:
    _, plan, _ = made()
    assert list(differences(plan, read(read_exact), read(engine))) == []


WINDOWS: list[Row] = [
    {"x": 4, "art": "nord", "y": 0.1},
    {"x": 4, "art": "nord", "y": 0.2},
    {"x": 7, "art": "Nord", "y": 0.3},
    {"art": "nord", "y": 0.4},
    {"x": -1, "art": "nord ", "y": 0.5},
    {"x": 4, "art": "Ærø", "y": 0.6},
    {"x": -0.0, "art": "ærø", "y": 0.7},
    {"x": 0.0, "y": 0.8},
]


@pytest.mark.parametrize("engine", [pytest.param(read_exact, id="exact"), *ENGINES])
def test_windows_pass_over_nulls_and_tell_texts_apart(engine: Reads) -> None:
    expected: dict[str, list[object]] = {
        "peers.rank(x)": [2, 2, 1, SILENT, 7, 2, 5, 5],
        "peers.rank(x, from: lowest)": [4, 4, 7, SILENT, 1, 4, 2, 2],
        "peers.rank(x, within: art)": [1, 1, 1, SILENT, 1, 1, 1, SILENT],
        "peers.count(x)": [7] * 8,
        "peers.count(x, within: art)": [2, 2, 1, 2, 1, 1, 1, SILENT],
        "peers.count(x, where: y > 100)": [0] * 8,
        "peers.max(x, where: y > 100)": [SILENT] * 8,
        "peers.min(x)": [-1] * 8,
        "peers.median(x)": [4] * 8,
        "peers.median(y)": [0.45] * 8,
        "peers.sum(y) = 3.6": [True] * 8,
        "peers.sum(x, within: art)": [8, 8, 7, 8, -1, 4, 0, SILENT],
        "peers.share_below(x)": [3 / 7, 3 / 7, 6 / 7, SILENT, 0, 3 / 7, 1 / 7, 1 / 7],
        "peers.share_at_or_below(x)": [6 / 7, 6 / 7, 1, SILENT, 1 / 7, 6 / 7, 3 / 7, 3 / 7],
    }
    quantities = {f"q{n}": expression for n, expression in enumerate(expected)}
    area, plan = plan_of(quantities=quantities, area={"regime": True})
    found = engine(plan, frame_of(area, WINDOWS), NOW, {})
    for number, (expression, wanted) in enumerate(expected.items()):
        here = [valued(found[f"i{n}"], f"q{number}") for n in range(len(WINDOWS))]
        assert here == [about(one, rel=1e-15) if isinstance(one, float) else one for one in wanted], expression
