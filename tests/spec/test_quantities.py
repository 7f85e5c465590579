"""Quantities, body by body and then their adjustments, on tables small enough to work out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tilsyn.engine.exact import results as exact_results
from tilsyn.engine.faults import PlanFaults

from ..generative.readings import Reads
from .small import NOW, Gone, Told, adjusted, answers, frame_of, plan_of, quantity, results

STALE, HIDDEN, REFUSED, FEW = Gone("stale"), Gone("suppressed"), Gone("refused"), Gone("too-few")
NONE, OUT, SILENT = Gone("undefined"), Gone("not-applicable"), Gone("not-submitted")


# an expression


def test_a_value_is_rounded_to_its_decimals_and_else_exact(reading: Reads) -> None:
    rows = [{"andel.count": 2, "andel.n": 3}, {"andel.count": 1, "andel.n": 8}]
    quantities = {"grov": {"value": "100 * andel.count / andel.n", "decimals": 1}, "fin": "andel.count / andel.n"}
    assert quantity(reading, quantities, *rows, name="grov") == [66.7, 12.5]
    assert quantity(reading, quantities, *rows, name="fin") == [pytest.approx(2 / 3, rel=1e-12), 0.125]


def test_what_reads_a_rounded_quantity_reads_it_rounded(reading: Reads) -> None:
    quantities = {"trin": {"value": "x", "decimals": 0}, "q": "trin - x"}
    assert quantity(reading, quantities, {"x": 2.5}, {"x": -2.5}) == [0.5, -0.5]


# bands

UPWARDS = {"høj": {"at_least": 55}, "middel": {"above": 40}, "lav": "otherwise"}
DOWNWARDS = {"kort": {"at_most": 2}, "middel": {"below": 5}, "lang": "otherwise"}
INSIDE = {"høj": {"above": 10}, "middel": {"at_least": 5, "at_most": 10}, "lav": "otherwise"}
FAR = {"høj": {"at_least": 10}, "middel": {"below": 10, "above": 5}, "lav": "otherwise"}


@pytest.mark.parametrize(
    ("bands", "x", "level"),
    [
        (UPWARDS, 55.0001, "høj"),
        (UPWARDS, 55, "høj"),
        (UPWARDS, 54.9999, "middel"),
        (UPWARDS, 40.0001, "middel"),
        (UPWARDS, 40, "lav"),
        (UPWARDS, 39.9999, "lav"),
        (UPWARDS, -1e9, "lav"),
        (DOWNWARDS, 1.9999, "kort"),
        (DOWNWARDS, 2, "kort"),
        (DOWNWARDS, 2.0001, "middel"),
        (DOWNWARDS, 4.9999, "middel"),
        (DOWNWARDS, 5, "lang"),
        (DOWNWARDS, 5.0001, "lang"),
        (INSIDE, 10.0001, "høj"),
        (INSIDE, 10, "middel"),
        (INSIDE, 5, "middel"),
        (INSIDE, 4.9999, "lav"),
        (FAR, 10, "høj"),
        (FAR, 9.9999, "middel"),
        (FAR, 5.0001, "middel"),
        (FAR, 5, "lav"),
        (UPWARDS, STALE, STALE),
        (DOWNWARDS, HIDDEN, HIDDEN),
    ],
)
def test_a_figure_has_the_level_of_its_band(reading: Reads, bands: Any, x: Any, level: object) -> None:
    assert quantity(reading, {"q": {"of": "x", "levels": bands}}, {"x": x}) == [level]


def test_bands_compare_as_comparisons_do(reading: Reads) -> None:
    """0.1 + 0.2 is 0.3 here, though float64 does not think so; a billionth less is less."""
    bands = {"høj": {"at_least": 0.3}, "lav": "otherwise"}
    rows = [{"x": 0.1, "y": 0.2}, {"x": 0.1, "y": 0.199999999}]
    assert quantity(reading, {"q": {"of": "x + y", "levels": bands}}, *rows) == ["høj", "lav"]


def test_levels_of_two_scales_are_told_apart_by_the_other_side(reading: Reads) -> None:
    quantities = {
        "længde": {"of": "x", "levels": {"kort": {"at_most": 2}, "middel": {"below": 5}, "lang": "otherwise"}},
        "højde": {"of": "y", "levels": {"høj": {"at_least": 8}, "middel": {"at_least": 4}, "lav": "otherwise"}},
        "begge": "længde = middel and middel = højde",
        "mindst": "længde >= middel and højde < høj",
        "rang": "10 * rank(længde) + rank(højde)",
    }
    rows = [{"x": 3, "y": 4}, {"x": 1, "y": 9}, {"x": 9, "y": 0}, {"x": 3, "y": STALE}]
    found = results(reading, quantities, *rows)
    assert [a["begge"] for a in found] == [True, False, False, None]
    assert [a["mindst"] for a in found] == [True, False, False, None]
    assert [a["rang"] for a in found] == [11, 22, 0, None]
    assert found[3]["rang.missing"] == "stale"


# tables

FIRST = {"hit": "first", "rules": [{"ja": True, "gives": "1"}, {"nej": True, "gives": "x"}, {"gives": "3"}]}


@pytest.mark.parametrize(
    ("ja", "nej", "expected"),
    [
        (True, True, 1),
        (True, STALE, 1),
        (False, True, 7),
        (False, False, 3),
        (False, STALE, STALE),
        (STALE, True, STALE),
        (STALE, False, STALE),
        (STALE, HIDDEN, STALE),
    ],
)
def test_the_first_row_that_is_not_false_decides(reading: Reads, ja: Any, nej: Any, expected: object) -> None:
    """An unknown row may be the one that counts, so nothing behind it can be."""
    assert quantity(reading, {"q": {"table": FIRST}}, {"ja": ja, "nej": nej, "x": 7}) == [expected]


def test_what_an_unchosen_row_gives_may_be_missing(reading: Reads) -> None:
    rows = [{"ja": True, "nej": True, "x": HIDDEN}, {"ja": False, "nej": True, "x": HIDDEN}]
    assert quantity(reading, {"q": {"table": FIRST}}, *rows) == [1, HIDDEN]


@pytest.mark.parametrize(
    ("ja", "nej", "expected"),
    [(True, True, 1), (False, HIDDEN, 2), (HIDDEN, False, 2), (True, HIDDEN, HIDDEN), (STALE, HIDDEN, HIDDEN)],
)
def test_a_row_is_its_cells_together(reading: Reads, ja: Any, nej: Any, expected: object) -> None:
    """One false cell makes a row false, whatever else is unknown."""
    table = {"hit": "first", "rules": [{"ja": True, "nej": True, "gives": "1"}, {"gives": "2"}]}
    assert quantity(reading, {"q": {"table": table}}, {"ja": ja, "nej": nej}) == [expected]


@pytest.mark.parametrize(
    ("x", "ja", "expected"),
    [
        (2.9999, True, 1),
        (3, True, 1),
        (3.0001, True, 2),
        (3.0001, False, 3),
        (3, STALE, 1),
        (4, STALE, STALE),
        (HIDDEN, True, HIDDEN),
        (HIDDEN, STALE, HIDDEN),
    ],
)
def test_of_a_unique_table_the_true_row_counts(reading: Reads, x: Any, ja: Any, expected: object) -> None:
    rules = [
        {"x": "> 3", "ja": True, "gives": "2"},
        {"x": "> 3", "ja": False, "gives": "3"},
        {"x": "<= 3", "gives": "1"},
    ]
    table = {"hit": "unique", "rules": rules}
    assert quantity(reading, {"q": {"table": table}}, {"x": x, "ja": ja}) == [expected]


@pytest.mark.parametrize(("x", "expected"), [(2, 2), (4, 1), (STALE, 3)])
def test_a_true_row_of_a_unique_table_counts_whatever_is_unknown_before_it(
    reading: Reads, x: Any, expected: object
) -> None:
    rules = [{"x": "> 3", "gives": "1"}, {"x": "<= 3", "gives": "2"}, {"x": "null", "gives": "3"}]
    assert quantity(reading, {"q": {"table": {"hit": "unique", "rules": rules}}}, {"x": x}) == [expected]


def test_a_row_may_say_why_there_is_no_value(reading: Reads) -> None:
    rules = [{"ord": '"a"', "gives": "x"}, {"ord": '"b"', "missing": "withdrawn"}]
    quantities = {"q": {"table": {"hit": "unique", "rules": rules}}}
    rows = [{"ord": "a", "x": 1}, {"ord": "b", "x": 1}, {"ord": "a", "x": STALE}, {"ord": STALE, "x": 1}]
    assert quantity(reading, quantities, *rows) == [1, Gone("withdrawn"), STALE, STALE]


def test_a_word_outside_the_closed_list_meets_no_row(reading: Reads) -> None:
    rules = [{"ord": '"a"', "gives": "1"}, {"ord": '"b"', "gives": "2"}]
    for hit in ("first", "unique"):
        assert quantity(reading, {"q": {"table": {"hit": hit, "rules": rules}}}, {"ord": "c"}) == [NONE]


def test_cells_may_test_expressions_and_name_other_values(reading: Reads) -> None:
    rules = [{"x - y": "[0..antal]", "gives": '"lidt"'}, {"missing(antal)": True, "gives": '"?"'}, {"gives": '"fra"'}]
    rows = [
        {"x": 5, "y": 3, "antal": 2},
        {"x": 5, "y": 3, "antal": 1},
        {"x": 3, "y": 5, "antal": None},
        {"x": 5, "y": 3, "antal": None},
    ]
    expected = ["lidt", "fra", "?", SILENT]
    assert quantity(reading, {"q": {"table": {"hit": "first", "rules": rules}}}, *rows) == expected


def test_a_record_is_read_name_by_name(reading: Reads) -> None:
    rules = [{"ord": '"a"', "gives": {"lav": "2", "høj": "x"}}, {"ord": '"b"', "missing": "not-applicable"}]
    quantities = {
        "cut": {"decimals": 0, "table": {"hit": "unique", "rules": rules}, "missing_when": {"too-few": "y < 1"}},
        "q": "cut.høj - cut.lav",
        "før": "earlier(cut.høj, 1)",
    }
    rows = [
        {"ord": "a", "x": 5.5, "y": 1},
        {"ord": "a", "x": STALE, "y": 1},
        {"ord": "b", "x": 5, "y": 1},
        {"ord": "a", "x": 5, "y": 0},
        {"institution": "i0", "period": NOW - 1, "ord": "a", "x": 8.4, "y": 1},
    ]
    assert quantity(reading, quantities, *rows) == [4, STALE, OUT, FEW]
    assert quantity(reading, quantities, *rows, name="cut.lav") == [2, 2, OUT, FEW]
    assert quantity(reading, quantities, *rows, name="før") == [8, SILENT, SILENT, SILENT]


def test_a_table_may_give_levels_of_its_own_scale(reading: Reads) -> None:
    rules = [{"x": "> 5", "gives": "grøn"}, {"x": "> 2", "gives": "gul"}, {"gives": "rød"}]
    quantities = {
        "farve": {"scale": ["rød", "gul", "grøn"], "table": {"hit": "first", "rules": rules}},
        "q": "farve < grøn",
    }
    rows = [{"x": 6}, {"x": 5}, {"x": 2}, {"x": STALE}]
    assert quantity(reading, quantities, *rows, name="farve") == ["grøn", "gul", "rød", STALE]
    assert quantity(reading, quantities, *rows) == [False, True, True, STALE]


# grids


@pytest.mark.parametrize(
    ("ja", "nej", "expected"),
    [
        (True, True, 1),
        (True, False, 2),
        (False, True, 3),
        (False, False, NONE),
        (STALE, True, STALE),
        (True, HIDDEN, HIDDEN),
        (STALE, HIDDEN, HIDDEN),
        (False, HIDDEN, HIDDEN),
    ],
)
def test_a_grid_has_a_value_for_each_pair(reading: Reads, ja: Any, nej: Any, expected: object) -> None:
    grid = {"rows": "ja", "columns": {"nej": ["true", "false"]}, "cells": {"true": ["1", "2"], "false": ["3", "none"]}}
    assert quantity(reading, {"q": {"grid": grid}}, {"ja": ja, "nej": nej}) == [expected]


def test_a_grid_of_levels_and_numbers(reading: Reads) -> None:
    quantities = {
        "trin": {"of": "x", "levels": {"høj": {"at_least": 5}, "lav": "otherwise"}},
        "q": {
            "scale": ["rød", "gul", "grøn"],
            "grid": {
                "rows": "trin",
                "columns": {"y": ["-1", "0", "0.3"]},
                "cells": {"høj": ["gul", "grøn", "grøn"], "lav": ["rød", "rød", "gul"]},
            },
        },
    }
    rows = [
        {"x": 5, "y": 0},
        {"x": 4.9, "y": 0},
        {"x": 4.9, "y": 0.3},
        {"x": 5, "y": -1},
        {"x": 5, "y": 7},
        {"x": STALE, "y": 7},
        {"x": STALE, "y": 0},
        {"x": 5, "y": FEW},
    ]
    # 7 is no value of the grid, so whatever the other side is, no pair has it
    assert quantity(reading, quantities, *rows) == ["grøn", "rød", "gul", "gul", NONE, NONE, STALE, FEW]


# aggregates


def mean_of(parts: Any, **more: Any) -> dict[str, Any]:
    return {"q": {"method": "weighted-mean/v1", "of": parts, **more}}


LEAVE_OUT = {"missing": "leave-out"}


@pytest.mark.parametrize(
    ("declared", "x", "y", "expected"),
    [
        (mean_of({"x": "70", "y": "30"}), 10, 20, 13),
        (mean_of(["x", "y"]), 10, 20, 15),
        (mean_of(["x", "y"]), 10, STALE, STALE),
        (mean_of(["x", "y"]), HIDDEN, STALE, HIDDEN),
        (mean_of(["x", "y"]), 10, OUT, OUT),
        (mean_of(["x", "y"], **LEAVE_OUT), 10, STALE, 10),
        (mean_of(["x", "y"], **LEAVE_OUT), HIDDEN, STALE, HIDDEN),
        (mean_of(["x", "y"], **LEAVE_OUT), OUT, OUT, OUT),
        (mean_of({"x": "50.1", "y": "49.9"}, **LEAVE_OUT, coverage="50 %"), 10, STALE, 10),
        (mean_of({"x": "50", "y": "50"}, **LEAVE_OUT, coverage="50 %"), 10, STALE, 10),
        (mean_of({"x": "49.9", "y": "50.1"}, **LEAVE_OUT, coverage="50 %"), 10, STALE, STALE),
        (mean_of({"x": "49.9", "y": "50.1"}, **LEAVE_OUT, coverage="50 %"), 10, OUT, 10),
        (mean_of({"x": "1", "y": "99"}, **LEAVE_OUT, coverage="100 %"), 10, OUT, 10),
        (mean_of({"x": "1", "y": "99"}, **LEAVE_OUT, coverage="100 %"), 10, 20, 19.9),
        (mean_of({"x": "0.7", "y": "0.1 + 0.2"}, **LEAVE_OUT, coverage="30 %"), STALE, 20, 20),
        (mean_of({"x": "1", "y": "2"}, decimals=0), 2, 3.5, 3),
        (mean_of({"x": "1", "y": "1"}, decimals=0), -2, -3, -3),
    ],
)
def test_a_weighted_mean(reading: Reads, declared: Any, x: Any, y: Any, expected: object) -> None:
    assert quantity(reading, declared, {"x": x, "y": y}) == [expected]


def test_what_does_not_apply_is_no_part_of_the_coverage(reading: Reads) -> None:
    """60 % is asked for. Of the 50 that apply, 30 are there; were the third counted, 30 of 100 would be too few."""
    declared = mean_of({"x": "30", "y": "20", "andel": "50"}, **LEAVE_OUT, coverage="60 %")
    rows = [
        {"x": 4, "y": STALE, "andel": OUT},
        {"x": 4, "y": STALE, "andel": HIDDEN},
        {"x": STALE, "y": 4, "andel": OUT},
        {"x": STALE, "y": 4, "andel": 1},
    ]
    assert quantity(reading, declared, *rows) == [4, HIDDEN, STALE, pytest.approx((80 + 50) / 70, rel=1e-12)]


def test_a_part_whose_weight_is_missing_is_missing(reading: Reads) -> None:
    rows = [{"x": 10, "y": 20, "antal": 2}, {"x": 10, "y": 20, "antal": None}, {"x": 10, "y": STALE, "antal": None}]
    assert quantity(reading, mean_of({"x": "antal", "y": "3"}), *rows) == [16, SILENT, SILENT]
    assert quantity(reading, mean_of({"x": "antal", "y": "3"}, **LEAVE_OUT), *rows) == [16, 20, SILENT]


def test_without_weight_there_is_no_mean(reading: Reads) -> None:
    rows = [{"x": 10, "y": 20, "antal": 0}, {"x": 10, "y": STALE, "antal": 0}]
    assert quantity(reading, mean_of({"x": "antal", "y": "antal"}), *rows) == [NONE, STALE]
    assert quantity(reading, mean_of({"x": "antal", "y": "3"}, **LEAVE_OUT), *rows) == [20, NONE]
    same = [{"x": 10, "y": 20, "antal": 0.3}]
    nothing = mean_of({"x": "antal - 0.1 - 0.2", "y": "antal - 0.1 - 0.2"})
    assert quantity(reading, nothing, *same) == [NONE]


@pytest.mark.parametrize(
    ("method", "parts", "x", "y", "expected"),
    [
        ("sum/v1", ["x", "y"], 3, -5, -2),
        ("sum/v1", {"x": "2", "y": "0.5"}, 3, -5, 3.5),
        ("sum/v1", ["x", "y"], 0, 0, 0),
        ("max/v1", ["x", "y"], -3, -5, -3),
        ("max/v1", ["x", "y"], 0, -5, 0),
        ("min/v1", ["x", "y"], -3, -5, -5),
        ("min/v1", ["x", "y"], 0, 5, 0),
        ("geometric-mean/v1", ["x", "y"], 4, 9, 6),
        ("geometric-mean/v1", {"x": "1", "y": "3"}, 16, 1, 2),
        ("geometric-mean/v1", ["x", "y"], 0, 9, 0),
        ("geometric-mean/v1", ["x", "y"], -4, 9, NONE),
        ("geometric-mean/v1", ["x", "y"], -4, -9, NONE),
        ("geometric-mean/v1", ["x", "y"], 0, -9, NONE),
    ],
)
def test_the_other_ways_to_combine_numbers(
    reading: Reads, method: str, parts: Any, x: float, y: float, expected: Any
) -> None:
    declared = {"q": {"method": method, "of": parts}}
    assert quantity(reading, declared, {"x": x, "y": y}) == [_near(expected)]
    assert quantity(reading, declared, {"x": STALE, "y": y}, {"x": x, "y": OUT}) == [STALE, OUT]


@pytest.mark.parametrize(
    ("method", "expected"),
    [("sum/v1", 16), ("max/v1", 4), ("min/v1", 4), ("geometric-mean/v1", 4), ("weighted-mean/v1", 4)],
)
def test_what_is_left_out_counts_nowhere(reading: Reads, method: str, expected: float) -> None:
    parts: Any = ["x", "y"] if method in ("max/v1", "min/v1") else {"x": "1", "y": "4"}
    declared = {"q": {"method": method, "of": parts, **LEAVE_OUT}}
    assert quantity(reading, declared, {"x": STALE, "y": 4}) == [_near(expected)]


HALF: dict[str, Any] = {**LEAVE_OUT, "coverage": "50 %"}


@pytest.mark.parametrize(
    ("method", "missing"),
    [
        *((method, {}) for method in ("sum/v1", "geometric-mean/v1", "weighted-mean/v1")),
        *((method, HALF) for method in ("sum/v1", "max/v1", "min/v1", "geometric-mean/v1", "weighted-mean/v1")),
    ],
)
def test_a_weight_below_zero_leaves_no_value(reading: Reads, method: str, missing: dict[str, Any]) -> None:
    """A mean of 3 and -2 by each other's weight would be -12. Whatever else is there, and whoever else is missing, a
    weight below zero has no meaning; one that only float64 puts below zero is none."""
    weighed = {"q": {"method": method, "of": {"x": "y", "y": "x", "7": "2"}, **missing}}
    rows = [{"x": 3, "y": -2}, {"x": -2, "y": 3}, {"x": 0.000001, "y": -0.000001}]
    assert quantity(reading, weighed, *rows) == [NONE, NONE, NONE]
    by_z = {"q": {"method": method, "of": {"x": "antal - 0.1 - 0.2", "y": "3"}, **missing}}
    with_none = [{"x": 5, "y": 5, "antal": 0.3}, {"x": 5, "y": 5, "antal": 0.299999}]
    assert quantity(reading, by_z, *with_none) == [_near(15 if method == "sum/v1" else 5), NONE]
    # a part that is missing has a weight all the same
    assert quantity(reading, by_z, {"x": STALE, "y": 5, "antal": -1}) == [NONE]


def test_zero_is_zero_though_float64_misses_it(reading: Reads) -> None:
    declared = {"q": {"method": "geometric-mean/v1", "of": ["x - 0.1 - 0.2", "y"]}}
    assert quantity(reading, declared, {"x": 0.3, "y": 9}) == [0]


def test_the_best_and_the_worst_of_levels(reading: Reads) -> None:
    bands = {"høj": {"at_least": 5}, "middel": {"at_least": 2}, "lav": "otherwise"}
    quantities = {
        "a": {"of": "x", "levels": bands},
        "b": {"of": "y", "levels": bands},
        "bedst": {"method": "best/v1", "of": ["a", "b"]},
        "værst": {"method": "worst/v1", "of": ["a", "b"]},
        "kendt": {"method": "worst/v1", "of": {"a": "40", "b": "60"}, **LEAVE_OUT, "coverage": "50 %"},
        "fast": {"method": "best/v1", "of": ["a", "middel"]},
    }
    rows = [{"x": 5, "y": 1}, {"x": 1, "y": 2}, {"x": STALE, "y": 2}, {"x": 9, "y": STALE}]
    assert quantity(reading, quantities, *rows, name="bedst") == ["høj", "middel", STALE, STALE]
    assert quantity(reading, quantities, *rows, name="værst") == ["lav", "lav", STALE, STALE]
    assert quantity(reading, quantities, *rows, name="kendt") == ["lav", "lav", "middel", STALE]
    assert quantity(reading, quantities, *rows, name="fast") == ["høj", "middel", STALE, "høj"]


@pytest.mark.parametrize(("y", "expected"), [(5e11 - 1, 1e12 - 1), (5e11, 1e12), (5e11 + 1, NONE)])
def test_a_sum_may_be_too_large(reading: Reads, y: float, expected: object) -> None:
    assert quantity(reading, {"q": {"method": "sum/v1", "of": ["x", "y"]}}, {"x": 5e11, "y": y}) == [expected]


def _near(expected: Any) -> Any:
    return expected if isinstance(expected, Gone) else pytest.approx(expected, rel=1e-12, abs=0)


# why there is no value


@pytest.mark.parametrize(
    ("n", "ja", "x", "expected"),
    [
        (30, False, 7, 7),
        (29.9999, False, 7, FEW),
        (30, True, 7, Gone("withdrawn")),
        (1, True, 7, FEW),
        (1, HIDDEN, STALE, FEW),
        (HIDDEN, True, 7, HIDDEN),
        (HIDDEN, False, 7, HIDDEN),
        (30, HIDDEN, 7, HIDDEN),
        (30, False, STALE, STALE),
    ],
)
def test_reasons_for_no_value_come_in_order_and_before_the_body(
    reading: Reads, n: Any, ja: Any, x: Any, expected: object
) -> None:
    """An unknown reason is not passed by: the value is missing as the condition is."""
    declared = {"value": "x", "missing_when": {"too-few": "y < 30", "withdrawn": "ja"}}
    assert quantity(reading, {"q": declared}, {"x": x, "y": n, "ja": ja}) == [expected]


@pytest.mark.parametrize(
    "body",
    [
        {"of": "x", "levels": UPWARDS},
        {"table": FIRST},
        {"grid": {"rows": "ja", "columns": {"nej": ["true", "false"]}, "cells": {"true": ["1", "2"], "false": ["3", "4"]}}},  # noqa: E501
        {"method": "sum/v1", "of": ["x", "y"], "missing": "leave-out"},
        {"value": "ord"},
    ],
)  # fmt: skip
def test_reasons_stand_before_every_body(reading: Reads, body: Any) -> None:
    row = {"x": 60, "y": 1, "ja": True, "nej": True, "ord": "a"}
    without, met, unknown = {**row, "antal": 5}, {**row, "antal": 1}, row
    declared = {"q": {**body, "missing_when": {"stale": "antal < 3"}}}
    found = quantity(reading, declared, without, met, unknown)
    assert found == [*quantity(reading, {"q": body}, row), STALE, SILENT]


# adjustments


def then(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    named = [{"id": f"R{number}", **entry} for number, entry in enumerate(entries, start=1)]
    return {"value": "x", "then": named, **more}


@pytest.mark.parametrize(
    ("entry", "x", "expected"),
    [
        ({"at_most": 59}, 60, Told(59, 60, "R1")),
        ({"at_most": 59}, 59, Told(59, 59, None)),
        ({"at_most": 59}, 58, Told(58, 58, None)),
        ({"at_least": 59}, 60, Told(60, 60, None)),
        ({"at_least": 59}, 59, Told(59, 59, None)),
        ({"at_least": 59}, 58, Told(59, 58, "R1")),
        ({"add": -3}, 58, Told(55, 58, "R1")),
        ({"add": 0}, 58, Told(58, 58, None)),
        ({"set": "0.5 * value + 1"}, 58, Told(30, 58, "R1")),
        ({"set": "value"}, 58, Told(58, 58, None)),
        ({"when": "value >= 60", "set": 0}, 60, Told(0, 60, "R1")),
        ({"when": "value >= 60", "set": 0}, 59.9, Told(59.9, 59.9, None)),
        ({"at_most": 59}, STALE, Told(STALE, None, None)),
        ({"at_least": 59}, STALE, Told(STALE, None, None)),
        ({"add": 1}, STALE, Told(STALE, None, None)),
        ({"set": 4}, STALE, Told(4, None, "R1")),
        ({"set": "value"}, STALE, Told(STALE, None, None)),
        ({"set": "default(value, 2) + 1"}, STALE, Told(3, None, "R1")),
        ({"when": "missing(value)", "set": 4}, STALE, Told(4, None, "R1")),
        ({"when": "missing(value)", "set": 4}, 58, Told(58, 58, None)),
        ({"set": "null"}, 58, Told(NONE, 58, "R1")),
        ({"set": "null"}, STALE, Told(NONE, None, "R1")),
        ({"add": "null"}, 58, Told(NONE, 58, "R1")),
    ],
)
def test_what_an_adjustment_does(reading: Reads, entry: Any, x: Any, expected: Told) -> None:
    entry = {key: value if isinstance(value, str) else str(value) for key, value in entry.items()}
    assert adjusted(reading, then(entry), {"x": x}) == [expected]


def test_adjustments_are_made_in_order(reading: Reads) -> None:
    """From 50: plus 20 is 70, at most 60 is 60; the other way round it is 70."""
    more, cap = {"add": "20"}, {"at_most": "60"}
    assert adjusted(reading, then(more, cap), {"x": 50}) == [Told(60, 50, "R1+R2")]
    assert adjusted(reading, then(cap, more), {"x": 50}) == [Told(70, 50, "R2")]


def test_each_adjustment_reads_the_value_that_those_before_it_left(reading: Reads) -> None:
    entries = (
        {"when": "value < 50", "set": "50"},
        {"when": "value = 50", "add": "5"},
        {"when": "value > 54", "add": "x"},
    )
    assert adjusted(reading, then(*entries), {"x": 40}, {"x": 51}) == [Told(95, 40, "R1+R2+R3"), Told(51, 51, None)]


def test_the_value_is_rounded_after_each_adjustment(reading: Reads) -> None:
    """Twice 0.4 is nothing at no decimals; twice 0.5 is two, and 0.5 below zero is one further away."""
    assert adjusted(reading, then({"add": "0.4"}, {"add": "0.4"}, decimals=0), {"x": 10.4}) == [Told(10, 10, None)]
    assert adjusted(reading, then({"add": "0.5"}, {"add": "0.5"}, decimals=0), {"x": 10}) == [Told(12, 10, "R1+R2")]
    assert adjusted(reading, then({"add": "-0.5"}, decimals=0), {"x": -10}, {"x": 0.5}) == [
        Told(-11, -10, "R1"),
        Told(1, 1, None),
    ]
    # a bound finer than the decimals is rounded with the value it bounds
    assert adjusted(reading, then({"at_most": "9.96"}, decimals=1), {"x": 10}) == [Told(10, 10, None)]
    assert adjusted(reading, then({"at_most": "9.94"}, decimals=1), {"x": 10}) == [Told(9.9, 10, "R1")]


UNKNOWN = then({"when": "ja", "at_most": "5"}, {"when": "nej", "add": "1"})


@pytest.mark.parametrize(
    ("x", "ja", "nej", "strict", "passed"),
    [
        (9, HIDDEN, True, Told(HIDDEN, 9, None), Told(10, 9, "R2")),
        (9, True, HIDDEN, Told(HIDDEN, 9, "R1"), Told(5, 9, "R1")),
        (9, HIDDEN, STALE, Told(HIDDEN, 9, None), Told(9, 9, None)),
        (9, STALE, HIDDEN, Told(HIDDEN, 9, None), Told(9, 9, None)),
        (4, HIDDEN, False, Told(HIDDEN, 4, None), Told(4, 4, None)),
        (STALE, HIDDEN, False, Told(HIDDEN, None, None), Told(STALE, None, None)),
        (REFUSED, HIDDEN, False, Told(REFUSED, None, None), Told(REFUSED, None, None)),
    ],
)
def test_an_unknown_condition_leaves_no_value_or_is_passed_over(
    reading: Reads, x: Any, ja: Any, nej: Any, strict: Told, passed: Told
) -> None:
    row = {"x": x, "ja": ja, "nej": nej}
    assert adjusted(reading, UNKNOWN, row) == [strict]
    assert adjusted(reading, {**UNKNOWN, **LEAVE_OUT}, row) == [passed]


def test_the_working_says_what_was_passed_over() -> None:
    made = plan_of(quantities={"q": {**UNKNOWN, **LEAVE_OUT}}, area={"regime": True})
    rows = frame_of(made[0], [{"x": 9, "ja": STALE, "nej": True}]).to_dicts()
    (found,) = exact_results(made[1], rows, period=NOW)
    assert (found.quantities[0].passed, found.quantities[0].made) == (("R1",), ("R2",))


def test_a_value_lost_to_an_unknown_condition_can_be_set_again(reading: Reads) -> None:
    entries = {"when": "ja", "at_most": "5"}, {"when": "missing(value)", "set": "0"}, {"add": "1"}
    assert adjusted(reading, then(*entries), {"x": 9, "ja": HIDDEN}) == [Told(1, 9, "R2+R3")]


def test_an_amount_that_is_missing_leaves_no_value(reading: Reads) -> None:
    """Also where the value is left out: what is passed over is an unknown condition, not an unknown amount."""
    for entry in ({"at_most": "y"}, {"at_least": "y"}, {"add": "y"}, {"set": "y"}):
        for more in ({}, LEAVE_OUT):
            found = adjusted(reading, then(entry, **more), {"x": 9, "y": HIDDEN}, {"x": REFUSED, "y": HIDDEN})
            second = Told(HIDDEN, None, "R1") if "set" in entry else Told(REFUSED, None, None)
            assert found == [Told(HIDDEN, 9, "R1"), second]
    assert adjusted(reading, then({"when": "ja", "at_most": "y"}), {"x": 9, "y": HIDDEN, "ja": False}) == [
        Told(9, 9, None)
    ]


def test_adjustments_of_levels(reading: Reads) -> None:
    bands = {"høj": {"at_least": 5}, "middel": {"at_least": 2}, "lav": "otherwise"}
    declared = {
        "of": "x",
        "levels": bands,
        "then": [
            {"id": "loft", "when": "ja", "at_most": "middel"},
            {"id": "gulv", "when": "nej", "at_least": "middel"},
            {"id": "fast", "when": "y > 3 and value = middel", "set": "høj"},
        ],
    }
    rows = [
        {"x": 9, "ja": True, "nej": False, "y": 0},
        {"x": 1, "ja": True, "nej": True, "y": 0},
        {"x": 1, "ja": True, "nej": False, "y": 4},
        {"x": 9, "ja": True, "nej": False, "y": 4},
        {"x": STALE, "ja": True, "nej": True, "y": 4},
    ]
    assert adjusted(reading, declared, *rows) == [
        Told("middel", "høj", "loft"),
        Told("middel", "lav", "gulv"),
        Told("lav", "lav", None),
        Told("høj", "høj", "loft+fast"),
        # whether the value is middel can't be known, so neither can what it is
        Told(STALE, None, None),
    ]


def test_a_text_and_a_flag_can_be_set(reading: Reads) -> None:
    declared = {"value": "ord", "then": [{"id": "R1", "when": "ja", "set": '"c"'}]}
    rows = [{"ord": "a", "ja": True}, {"ord": "a", "ja": False}, {"ord": STALE, "ja": True}]
    assert adjusted(reading, declared, *rows) == [Told("c", "a", "R1"), Told("a", "a", None), Told("c", None, "R1")]
    declared = {"value": "nej", "then": [{"id": "R1", "when": "ja", "set": "not(value)"}]}
    assert adjusted(reading, declared, {"nej": True, "ja": True}, {"nej": False, "ja": False}) == [
        Told(False, True, "R1"),
        Told(False, False, None),
    ]


def test_a_record_has_no_adjustments() -> None:
    rules = [{"gives": {"a": "1", "b": "2"}}]
    declared = {"table": {"hit": "first", "rules": rules}, "then": [{"id": "R1", "set": "1"}]}
    with pytest.raises(PlanFaults, match="then-on-record"):
        plan_of(quantities={"q": declared}, area={"regime": True})


@pytest.mark.parametrize(
    "amount",
    ["peers.mean(value)", "peers.max(x, where: x > value)", "earlier(value, 1)", "partner.value", "skoler.min(value)"],
)
def test_the_running_value_is_nobody_elses(amount: str) -> None:
    related = {
        "attributes": {"partner_id": "text", "distrikt_id": "text"},
        "relations": {"partner": {"id": "partner_id"}, "skoler": {"their": "distrikt_id"}},
    }
    with pytest.raises(PlanFaults, match="feel-unreadable-value"):
        plan_of(quantities={"q": then({"set": amount})}, area={"regime": True, **related})


def test_members_of_a_row_are_held_to_its_running_value(reading: Reads) -> None:
    groups = {"fag": {"title": "x", "members": {"dansk": "x", "fysik": "x"}}}
    declared = then(
        {"at_least": "fag.max(min(karakter, 2 * value))"}, {"when": "fag.at_least(1, karakter < value)", "set": "0"}
    )
    rows = [{"x": 3, "karakter@dansk": 5, "karakter@fysik": 9}, {"x": 3, "karakter@dansk": 8}]
    found = adjusted(reading, declared, *rows, groups=groups, indicators={"karakter": {"kind": "mean", "by": ["fag"]}})
    assert found == [Told(0, 3, "R1+R2"), Told(6, 3, "R1")]


def test_everything_else_reads_the_adjusted_value(reading: Reads) -> None:
    quantities = {
        "q": then({"when": "ja", "at_most": "5"}),
        "dobbelt": "2 * q",
        "ændring": "change(q)",
        "plads": "peers.rank(q)",
        "trin": {"of": "q", "levels": {"høj": {"above": 5}, "lav": "otherwise"}},
    }
    rows = [
        {"x": 9, "ja": True},
        {"x": 7, "ja": False},
        {"x": 6, "ja": STALE},
        {"institution": "i0", "period": NOW - 1, "x": 8, "ja": False},
        {"institution": "i1", "period": NOW - 1, "x": 8, "ja": True},
    ]
    found = results(reading, quantities, *rows)
    assert [a["dobbelt"] for a in found] == [10, 14, None]
    assert [a["ændring"] for a in found] == [-3, 2, None]
    assert [a["plads"] for a in found] == [2, 1, None]
    assert [a["trin"] for a in found] == ["lav", "høj", None]
    assert {found[2][f"{name}.missing"] for name in ("q", "dobbelt", "plads", "trin")} == {"stale"}


def test_the_past_of_peers_of_a_default(reading: Reads) -> None:
    """Everything under a name is read with that period's figures, and in a period without a row nothing is."""
    quantities = {
        "q": {"value": "default(x, 1)", "then": [{"id": "R1", "when": "missing(x)", "set": "default(value, 0) - 1"}]},
        "bedst": "peers.max(q)",
        "før": "earlier(q, 1)",
        "dengang": "earlier(bedst, 1)",
    }
    rows = [
        {"x": 3},
        {"x": 4},
        {"x": STALE},
        {"institution": "i0", "period": NOW - 1, "x": 7},
        {"institution": "i2", "period": NOW - 1, "x": STALE},
    ]
    found = results(reading, quantities, *rows)
    assert [a["før"] for a in found] == [7, 0, 0]
    assert [(a["dengang"], a["dengang.missing"]) for a in found] == [(7, None), (None, "not-submitted"), (7, None)]
    assert [(a["q"], a["q.before"], a["q.then"]) for a in found] == [(3, 3, None), (4, 4, None), (0, 1, "R1")]


@pytest.mark.parametrize(
    "name",
    ["x", "x.n", "x.expected", "andel", "andel.count", "ratio", "ratio.expected", "ja", "ord", "antal", "findes"],
)
def test_in_a_period_without_a_row_nothing_was_submitted(reading: Reads, name: str) -> None:
    """Whatever a column that is empty would mean in a row that was handed in."""
    row = {"x": 1, "andel": 0.5, "ratio": 1, "ja": True, "ord": "a", "antal": 1, "findes": True}
    other = {"institution": "z", "period": NOW - 1}
    assert quantity(reading, {"q": f"earlier({name}, 1)"}, row, other) == [SILENT]


# the ladder and its goals

BANDS = {"høj": {"at_least": 5}, "middel": {"at_least": 2}, "lav": "otherwise"}


@pytest.mark.parametrize(
    ("x", "step", "freest"),
    [
        (5, "fri", "fri"),
        (4.9, "tillid", "tillid"),
        (2, "tillid", "tillid"),
        (1.9, "almindelig", "almindelig"),
        (STALE, "almindelig", "fri"),
    ],
)
def test_rules_read_levels_of_a_scale_of_its_own(reading: Reads, x: Any, step: str, freest: str) -> None:
    made = plan_of(
        quantities={"trin": {"of": "x", "levels": BANDS}},
        goals={"mål": {"measure": "y"}},
        ladder={
            "rules": [
                {"trin": ">= høj", "step": "fri"},
                {"trin": "not(lav)", "step": "tillid"},
                {"step": "almindelig"},
            ]
        },
    )
    (found,) = answers(reading, made, [{"x": x, "y": 7}])
    assert (found["step_point"], found["step_freest"]) == (step, freest)


def test_rules_read_quantities_of_every_type(reading: Reads) -> None:
    made = plan_of(
        quantities={
            "tal": then({"when": "ja", "at_most": "5"}),
            "trin": {"of": "x", "levels": BANDS},
            "farve": {"value": "ord"},
            "flag": {"value": "x > y"},
        },
        goals={"mål": {"measure": "y"}},
        ladder={
            "rules": [
                {"tal": "> 5", "trin": "høj", "farve": '"a"', "flag": "true", "step": "fri"},
                {"tal": "5", "trin": "høj", "farve": 'not("a")', "flag": "true", "step": "tillid"},
                {"step": "almindelig"},
            ]
        },
    )
    rows = [
        {"x": 9, "y": 1, "ord": "a", "ja": False},
        {"x": 9, "y": 1, "ord": "b", "ja": True},
        {"x": 9, "y": 1, "ord": "a", "ja": True},
        {"x": 9, "y": 9, "ord": "a", "ja": False},
    ]
    assert [a["step_point"] for a in answers(reading, made, rows)] == ["fri", "tillid", "almindelig", "almindelig"]


def test_a_goal_may_be_given_a_level(reading: Reads) -> None:
    bands = {"bedst": {"at_least": 10}, "god": {"at_least": 5}, "under": {"at_least": 2}, "dårlig": "otherwise"}
    declared = {"of": "x", "levels": bands, "then": [{"id": "R1", "when": "antal < 3", "at_most": "god"}]}
    made = plan_of(
        quantities={"trin": declared},
        goals={"mål": {"measure": "trin", "levels": "given", "decimals": 0}},
        ladder={"rules": [{"goals_at.bedst": 1, "step": "fri"}, {"score": ">= 20", "step": "tillid"}, {"step": "almindelig"}]},  # noqa: E501
    )  # fmt: skip
    rows = [
        {"x": 10, "antal": 3},
        {"x": 10, "antal": 2},
        {"x": 5, "antal": 3},
        {"x": 4.9, "antal": 3},
        {"x": 1, "antal": 3},
        {"x": STALE, "antal": 3},
    ]
    found = answers(reading, made, rows)
    assert [a["mål.level"] for a in found] == ["bedst", "god", "god", "under", "dårlig", None]
    assert [a["score"] for a in found] == [30, 20, 20, 10, 0, None]
    assert [a["step_point"] for a in found] == ["fri", "tillid", "tillid", "almindelig", "almindelig", None]
    assert found[5]["mål.missing"] == "stale"
