"""Groupings: quantities for each member and for all, and sets over a row's own members, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tilsyn.engine.faults import PlanFaults

from ..generative.readings import Reads
from .small import NOW, Gone, answers, plan_of, quantity, results

STALE, HIDDEN = Gone("stale"), Gone("suppressed")
OUT, SILENT, NONE = Gone("not-applicable"), Gone("not-submitted"), Gone("undefined")

SUBJECTS = ("dansk", "matematik", "engelsk", "fysik")
GROUPED: dict[str, Any] = {
    "groups": {
        "fag": {"title": "x", "members": dict.fromkeys(SUBJECTS, "x")},
        "køn": {"title": "x", "members": {"piger": "x", "drenge": "x"}, "whole": True},
    },
    "indicators": {
        "karakter": {"kind": "mean", "by": ["fag"]},
        "trivsel": {"kind": "value", "by": ["køn"]},
        "fravær": {"kind": "proportion", "by": ["fag", "køn"]},
        "valgt": {"kind": "flag", "by": ["fag"]},
        "form": {"kind": "category", "values": ["a", "b"], "by": ["fag"]},
    },
}


def marks(*values: Any, name: str = "karakter", **more: Any) -> dict[str, Any]:
    """A row with a figure in each subject, in order."""
    return {f"{name}@{member}": value for member, value in zip(SUBJECTS, values, strict=False)} | more


# slices


def test_a_quantity_by_a_grouping_is_one_for_each_member(reading: Reads) -> None:
    (found,) = results(
        reading, {"q": {"value": "2 * karakter", "by": ["fag"]}}, marks(1, 2, STALE, karakter=9), **GROUPED
    )
    assert [found.get(f"q@{m}") for m in SUBJECTS] == [2, 4, None, None]
    assert [found.get(f"q@{m}.missing") for m in SUBJECTS] == [None, None, "stale", "not-submitted"]
    assert "q" not in found


def test_with_a_whole_there_is_one_for_all_too(reading: Reads) -> None:
    row = {"trivsel": 3, "trivsel@piger": 4, "trivsel@drenge": HIDDEN}
    (found,) = results(reading, {"q": {"value": "2 * trivsel", "by": ["køn"]}, "af": "q + 1"}, row, **GROUPED)
    assert (found["q"], found["q@piger"], found["q@drenge"], found["q@drenge.missing"]) == (6, 8, None, "suppressed")
    assert found["af"] == 7


def test_without_a_whole_it_is_not_read_outside() -> None:
    with pytest.raises(PlanFaults, match="feel-sliced"):
        plan_of(
            quantities={"q": {"value": "karakter", "by": ["fag"]}, "af": "q + 1"},
            indicators=GROUPED["indicators"],
            area={"regime": True, "groups": GROUPED["groups"]},
        )


def test_inside_a_slice_names_that_vary_are_the_members_own(reading: Reads) -> None:
    """What does not vary is everybody's, and the grouping's name is the member."""
    quantities = {
        "point": {"value": "karakter + x", "decimals": 0, "by": ["fag"]},
        "q": {"value": 'if fag = "dansk" then 100 + point else point - karakter.n', "by": ["fag"]},
        "navn": {"value": "fag", "by": ["fag"]},
    }
    row = marks(1.4, 2.5, x=10, **{"karakter@matematik.n": 3})
    (found,) = results(reading, quantities, row, **GROUPED)
    assert (found["q@dansk"], found["q@matematik"], found["q@engelsk.missing"]) == (111, 10, "not-submitted")
    assert [found[f"navn@{m}"] for m in SUBJECTS] == [*SUBJECTS]


def test_by_two_groupings_there_is_one_for_each_member_of_both(reading: Reads) -> None:
    row = marks(0.1, 0.2, name="fravær") | {"fravær": 0.3, "fravær@piger": 0.4, "fravær@drenge": 0.5}
    quantities = {"q": {"value": "100 * fravær", "decimals": 1, "by": ["fag", "køn"]}}
    (found,) = results(reading, quantities, row, **GROUPED)
    names = ("q", "q@dansk", "q@matematik", "q@piger", "q@drenge")
    assert [found[name] for name in names] == [30, 10, 20, 40, 50]


def test_every_body_can_be_sliced(reading: Reads) -> None:
    bands = {"høj": {"at_least": 5}, "middel": {"at_least": 2}, "lav": "otherwise"}
    cut = [{"form": '"a"', "gives": {"a": "karakter", "b": "1"}}, {"form": '"b"', "missing": "not-applicable"}]
    quantities = {
        "trin": {"of": "karakter", "levels": bands, "by": ["fag"],
                 "then": [{"id": "R1", "when": "valgt", "at_most": "middel"}]},
        "cut": {"table": {"hit": "unique", "rules": cut}, "by": ["fag"]},
        "forskel": {"value": "cut.a - cut.b", "by": ["fag"]},
        "gitter": {"by": ["fag"], "grid": {"rows": "trin", "columns": {"form": ['"a"', '"b"']},
                   "cells": {"høj": ["1", "2"], "middel": ["3", "4"], "lav": ["5", "none"]}}},
        "samlet": {"method": "weighted-mean/v1", "of": {"karakter": "3", "x": "1"}, "missing": "leave-out",
                   "coverage": "75 %", "by": ["fag"]},
        "få": {"value": "karakter", "missing_when": {"too-few": "karakter.n < 5"}, "by": ["fag"]},
    }  # fmt: skip
    row = marks(5, 9, 1, STALE, x=1)
    row |= marks(False, True, HIDDEN, True, name="valgt") | marks("a", "b", "b", "a", name="form")
    row |= {f"karakter@{m}.n": n for m, n in zip(SUBJECTS, (5, 4, 5, 5), strict=True)}
    (found,) = results(reading, quantities, row, **GROUPED)

    def told(name: str, part: str = "") -> list[object]:
        column = [f"{name}@{m}{part}" for m in SUBJECTS]
        return [Gone(str(found[f"{c}.missing"])) if found[f"{c}.missing"] else found[c] for c in column]

    assert told("trin") == ["høj", "middel", HIDDEN, STALE]
    assert [found[f"trin@{m}.before"] for m in SUBJECTS] == ["høj", "høj", "lav", None]
    assert [found[f"trin@{m}.then"] for m in SUBJECTS] == [None, "R1", None, None]
    assert told("cut", ".a") == [5, OUT, OUT, STALE]
    assert told("forskel") == [4, OUT, OUT, STALE]
    assert told("gitter") == [1, 4, HIDDEN, STALE]
    assert told("samlet") == [4, 7, 1, STALE]
    assert told("få")[:2] == [5, Gone("too-few")]


def test_the_past_of_a_slice(reading: Reads) -> None:
    quantities = {
        "point": {"value": "10 * karakter", "by": ["fag"], "then": [{"id": "R1", "when": "valgt", "add": "1"}]},
        "vækst": {"value": "change(point)", "by": ["fag"]},
        "ændret": {"value": "earlier(karakter, 1) + 0", "by": ["fag"]},
    }
    rows = [
        marks(1, 2, 3, **marks(True, False, True, name="valgt"), institution="a"),
        {"institution": "b", **marks(1)},
        marks(5, STALE, 3, **marks(True, True, HIDDEN, name="valgt"), institution="a", period=NOW - 1),
    ]
    found = results(reading, quantities, *rows, **GROUPED)
    assert [found[0][f"vækst@{m}"] for m in SUBJECTS[:3]] == [-40, None, None]
    assert [found[0][f"vækst@{m}.missing"] for m in SUBJECTS[:3]] == [None, "stale", "suppressed"]
    assert [found[0][f"ændret@{m}"] for m in SUBJECTS[:3]] == [5, None, 3]
    assert {found[1][f"ændret@{m}.missing"] for m in SUBJECTS[:3]} == {"not-submitted"}


def test_peers_and_relations_are_read_in_the_same_slice(reading: Reads) -> None:
    related = {
        "attributes": {"partner_id": "text", "distrikt_id": "text"},
        "relations": {"partner": {"id": "partner_id"}, "skoler": {"their": "distrikt_id"}},
    }
    quantities = {
        "plads": {"value": "peers.rank(karakter)", "by": ["fag"]},
        "hjemme": {"value": "peers.rank(karakter, within: form)", "by": ["fag"]},
        "deres": {"value": "partner.karakter", "by": ["fag"]},
        "lavest": {"value": "skoler.min(karakter, where: valgt)", "by": ["fag"]},
    }
    rows = [
        {"institution": "a", "karakter": 50, "partner_id": "b", "distrikt_id": "a"} | marks(3, 9)
        | marks("a", "a", name="form") | marks(True, False, name="valgt"),
        {"institution": "b", "karakter": 60, "partner_id": "a", "distrikt_id": "a"} | marks(5, 8)
        | marks("b", "a", name="form") | marks(True, True, name="valgt"),
        {"institution": "c", "karakter": 70, "partner_id": "b", "distrikt_id": "b"} | marks(7, STALE)
        | marks("a", "a", name="form") | marks(True, True, name="valgt"),
    ]  # fmt: skip
    found = results(reading, quantities, *rows, **GROUPED, **related)
    assert [(a["plads@dansk"], a["plads@matematik"]) for a in found] == [(3, 1), (2, 2), (1, None)]
    assert [(a["hjemme@dansk"], a["hjemme@matematik"]) for a in found] == [(2, 1), (1, 2), (1, None)]
    assert [(a["deres@dansk"], a["deres@matematik"]) for a in found] == [(5, 8), (3, 9), (5, 8)]
    assert [(a["lavest@dansk"], a["lavest@matematik"]) for a in found] == [(3, 8), (7, None), (None, None)]


# sets over members


@pytest.mark.parametrize(
    ("expression", "all_there", "some", "none"),
    [
        ("fag.count(karakter)", 4, 2, 0),
        ("fag.sum(karakter)", 19, 5, SILENT),
        ("fag.mean(karakter)", 4.75, 2.5, SILENT),
        ("fag.min(karakter)", 2, 1, SILENT),
        ("fag.max(karakter)", 8, 4, SILENT),
        ("fag.median(karakter)", 4.5, 2.5, SILENT),
        ("fag.count(valgt)", 4, 1, 0),
        ("fag.count(form)", 4, 3, 0),
        ("fag.count(karakter, where: valgt)", 3, 1, 0),
        ("fag.median(karakter, where: valgt)", 3, 4, SILENT),
        ("fag.sum(karakter, where: not(valgt))", 6, SILENT, SILENT),
        ("fag.mean(karakter, where: missing(valgt))", SILENT, 1, SILENT),
        ('fag.max(karakter, where: fag != "dansk")', 6, 1, SILENT),
        ('fag.sum(karakter, where: form = "a")', 10, 5, SILENT),
        ("fag.at_least(2, karakter >= 6)", True, False, False),
        ("fag.at_least(3, karakter >= 6)", False, False, False),
        ("fag.at_least(1, karakter < 2)", False, True, False),
        ("fag.at_least(0, karakter < 2)", True, True, True),
        ("fag.at_least(2, karakter > 1, where: valgt)", True, False, False),
        ("fag.max(karakter - x)", 7, 3, SILENT),
        ("fag.max(default(karakter, 0))", 8, 4, 0),
        ("fag.mean(karakter) - fag.min(karakter)", 2.75, 1.5, SILENT),
        ("fag.count(karakter) / 4", 1, 0.5, 0),
    ],
)
def test_sets_over_the_members_of_a_grouping(
    reading: Reads, expression: str, all_there: object, some: object, none: object
) -> None:
    """Members without a figure, or for whom the condition is unknown, are left out; of none there is a count alone."""
    rows = [
        marks(8, 3, 6, 2, **marks(True, True, False, True, name="valgt"), x=1) | marks("a", "b", "b", "a", name="form"),
        marks(4, 1, STALE, **marks(True, HIDDEN, name="valgt"), x=1) | marks("a", "a", "b", name="form"),
        marks(STALE, STALE, STALE, HIDDEN, x=1),
    ]
    assert quantity(reading, {"q": expression}, *rows, **GROUPED) == [all_there, some, none]


def test_sets_read_members_quantities(reading: Reads) -> None:
    quantities = {
        "point": {"value": "karakter", "by": ["fag"], "then": [{"id": "R1", "when": "valgt", "at_most": "5"}]},
        "q": "fag.sum(point)",
        "fra_snit": {"value": "karakter - fag.mean(karakter)", "by": ["fag"]},
        "bedst": {"value": "karakter = fag.max(karakter)", "by": ["fag"]},
    }
    row = marks(9, 3, 6, **marks(True, False, HIDDEN, name="valgt"))
    (found,) = results(reading, quantities, row, **GROUPED)
    assert found["q"] == 8
    assert [found[f"fra_snit@{m}"] for m in SUBJECTS] == [3, -3, 0, None]
    assert [found[f"bedst@{m}"] for m in SUBJECTS] == [True, False, False, None]


def test_a_set_inside_another_groupings_slice_reads_that_slice(reading: Reads) -> None:
    """What varies by the set's grouping is each member's own; the rest stays the slice's."""
    quantities = {
        "q": {"value": "fag.max(karakter * trivsel)", "by": ["køn"]},
        "fra": {"value": "fag.count(karakter, where: karakter > trivsel)", "by": ["køn"]},
        "kun": {"value": "trivsel", "by": ["køn"]},
        "sum_": {"value": "fag.sum(karakter + kun)", "by": ["køn"]},
    }
    row = marks(2, 3, STALE) | {"trivsel": 10, "trivsel@piger": 2, "trivsel@drenge": 5}
    (found,) = results(reading, quantities, row, **GROUPED)
    assert [found[f"q{m}"] for m in ("", "@piger", "@drenge")] == [30, 6, 15]
    assert [found[f"fra{m}"] for m in ("", "@piger", "@drenge")] == [0, 1, 0]
    assert [found[f"sum_{m}"] for m in ("", "@piger", "@drenge")] == [25, 9, 15]


def test_the_members_past_and_peers(reading: Reads) -> None:
    quantities = {
        "fremad": "fag.at_least(2, change(karakter) > 0)",
        "bedst": "fag.count(karakter, where: peers.rank(karakter) = 1)",
        "snit": "fag.mean(karakter)",
        "plads": "peers.rank(snit)",
        "alle": "peers.sum(fag.max(karakter))",
    }
    rows = [
        marks(3, 4, 5, institution="a"),
        marks(2, 9, STALE, institution="b"),
        marks(2, 3, 5, institution="a", period=NOW - 1),
        marks(1, STALE, 4, institution="b", period=NOW - 1),
    ]
    found = results(reading, quantities, *rows, **GROUPED)
    assert [a["fremad"] for a in found] == [True, False]
    assert [a["bedst"] for a in found] == [2, 1]
    assert [a["plads"] for a in found] == [2, 1]
    assert [a["alle"] for a in found] == [14, 14]


def test_equal_members_are_equal_though_float64_misses_it(reading: Reads) -> None:
    row = marks(0.1, 0.3, x=0.2)
    quantities = {"q": 'fag.max(if fag = "dansk" then default(karakter, 0) + default(x, 0) else 0) = 0.3'}
    assert quantity(reading, quantities, row, **GROUPED) == [True]


@pytest.mark.parametrize(
    "expression", ["fag.rank(karakter)", "fag.share_below(karakter)", "fag.mean(karakter, within: art)"]
)
def test_a_row_has_no_place_among_its_own_members(expression: str) -> None:
    with pytest.raises(PlanFaults, match="feel-set-place"):
        plan_of(
            quantities={"q": expression},
            indicators=GROUPED["indicators"],
            area={"regime": True, "groups": GROUPED["groups"]},
        )


# goals


def test_a_goal_may_read_a_set(reading: Reads) -> None:
    made = plan_of(
        goals={"mål": {"measure": "fag.min(karakter)"}},
        indicators=GROUPED["indicators"],
        area={"groups": GROUPED["groups"]},
    )
    found = answers(reading, made, [marks(10, 11), marks(10, 9.99), marks(STALE)])
    assert [a["mål.level"] for a in found] == ["bedst", "god", None]
    assert found[2]["mål.missing"] == "not-submitted"


def test_members_of_a_process_are_no_outcome_either() -> None:
    process = {**GROUPED["indicators"], "karakter": {"kind": "mean", "by": ["fag"], "role": "process"}}
    for measure in ("fag.min(karakter)", "x + fag.mean(karakter)"):
        with pytest.raises(PlanFaults, match="process-as-goal"):
            plan_of(goals={"mål": {"measure": measure}}, indicators=process, area={"groups": GROUPED["groups"]})


def test_a_set_is_no_part_of_a_measure_with_evidence() -> None:
    """Its figures have a doubt of their own, which the interval would not show."""
    goal = {"measure": "x - fag.mean(karakter)", "evidence": {"method": "normal/v1", "confidence": "0.5"}}
    with pytest.raises(PlanFaults, match="evidence-"):
        plan_of(goals={"mål": goal}, indicators=GROUPED["indicators"], area={"groups": GROUPED["groups"]})
