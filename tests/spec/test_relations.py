"""Other institutions: the one that an id leads to, the many that hold mine, and all as peers, counted by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tilsyn.engine.faults import PlanFaults

from ..generative.readings import Reads
from .small import NOW, Gone, plan_of, quantity, results

STALE, HIDDEN = Gone("stale"), Gone("suppressed")
OUT, SILENT = Gone("not-applicable"), Gone("not-submitted")

RELATED: dict[str, Any] = {
    "attributes": {"partner_id": "text", "distrikt_id": "text"},
    "relations": {"partner": {"id": "partner_id"}, "skoler": {"their": "distrikt_id"}},
}
BANDS = {"høj": {"at_least": 5}, "lav": "otherwise"}


def before(**row: Any) -> dict[str, Any]:
    return {"period": NOW - 1, **row}


# to one

PARTNERS: list[dict[str, Any]] = [
    {"institution": "a", "x": 3, "ord": "a", "antal": 1, "ja": True, "partner_id": "b"},
    {"institution": "b", "x": 7, "ord": "b", "antal": 2, "ja": False, "partner_id": "a"},
    {"institution": "c", "x": 5, "ord": "b", "antal": 3, "ja": True, "partner_id": None},
    {"institution": "d", "x": 5, "ord": "b", "antal": 4, "ja": True, "partner_id": "ukendt"},
    {"institution": "e", "x": 9, "ord": "a", "antal": 5, "ja": True, "partner_id": "e"},
    {"institution": "f", "x": STALE, "ord": "b", "antal": None, "ja": HIDDEN, "partner_id": "e"},
    {"institution": "g", "x": 5, "ord": "b", "antal": 7, "ja": True, "partner_id": "f"},
]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("partner.x", [7, 3, OUT, OUT, 9, 9, STALE]),
        ("x - partner.x", [-4, 4, OUT, OUT, 0, STALE, STALE]),
        ("partner.antal", [2, 1, OUT, OUT, 5, 5, SILENT]),
        ("partner.ord", ["b", "a", OUT, OUT, "a", "a", "b"]),
        ("partner.ja", [False, True, OUT, OUT, True, True, HIDDEN]),
        ("missing(partner.x)", [False, False, True, True, False, False, True]),
        ("default(partner.x, 0)", [7, 3, 0, 0, 9, 9, 0]),
        ("partner.x = null or partner.x > 7", [False, False, True, True, True, True, True]),
    ],
)
def test_a_relation_to_one_reads_the_row_that_the_id_leads_to(
    reading: Reads, expression: str, expected: list[object]
) -> None:
    """Without an id, or with one that nobody has, there is nothing that it could be; one may lead to oneself."""
    assert quantity(reading, {"q": expression}, *PARTNERS, **RELATED) == expected


def test_a_relation_reads_quantities_as_they_stand_there(reading: Reads) -> None:
    quantities = {
        "trin": {"of": "x", "levels": BANDS},
        "loft": {"value": "x", "decimals": 0, "then": [{"id": "R1", "when": "ja", "at_most": "6"}]},
        "q": "partner.loft",
        "højere": "partner.trin > trin",
        "deres": "partner.q",
        "samlet": {"value": "x", "then": [{"id": "R1", "set": "mean(value, default(partner.loft, value))"}]},
    }
    found = results(reading, quantities, *PARTNERS, **RELATED)
    # e is its own partner; of f the figure is stale, but the condition of its ceiling is withheld, which is graver
    assert quantity(reading, quantities, *PARTNERS, **RELATED) == [7, 3, OUT, OUT, 6, 6, HIDDEN]
    assert [a["højere"] for a in found] == [True, False, None, None, False, None, None]
    assert quantity(reading, quantities, *PARTNERS, name="deres", **RELATED) == [3, 7, OUT, OUT, 6, 6, 6]
    assert [a["samlet"] for a in found] == [5, 5, 5, 5, 7.5, None, 5]


def test_a_relation_leads_to_the_row_of_the_same_period(reading: Reads) -> None:
    rows = [
        {"institution": "a", "x": 1, "partner_id": "b"},
        {"institution": "b", "x": 2, "partner_id": "c"},
        before(institution="a", x=10, partner_id="c"),
        before(institution="c", x=30, partner_id="b"),
    ]
    quantities = {"q": "partner.x", "før": "earlier(q, 1)", "ændring": "change(q)", "tal": "default(q, 100)",
                  "tal_før": "earlier(tal, 1)"}  # fmt: skip
    found = results(reading, quantities, *rows, **RELATED)
    assert [(a["q"], a["q.missing"]) for a in found] == [(2, None), (None, "not-applicable")]
    assert [(a["før"], a["før.missing"]) for a in found] == [(30, None), (None, "not-applicable")]
    assert [(a["ændring"], a["ændring.missing"]) for a in found] == [(-28, None), (None, "not-applicable")]
    assert [a["tal_før"] for a in found] == [30, 100]


def test_the_past_of_the_one_is_read_there(reading: Reads) -> None:
    rows = [
        {"institution": "a", "x": 1, "partner_id": "b"},
        {"institution": "b", "x": 2, "partner_id": "a"},
        before(institution="b", x=20, partner_id="a"),
    ]
    quantities = {"vækst": "change(x)", "q": "partner.vækst"}
    assert quantity(reading, quantities, *rows, **RELATED) == [-18, SILENT]


def test_what_is_asked_of_others_leads_to_no_third(reading: Reads) -> None:
    for expression in ("peers.mean(partner.x)", "skoler.min(partner.x)", "peers.count(x, where: partner.ja)"):
        with pytest.raises(PlanFaults, match="feel-peers-nested"):
            plan_of(quantities={"q": expression}, area={"regime": True, **RELATED})
    # but a name of theirs may
    found = quantity(reading, {"deres": "partner.x", "q": "peers.max(deres)"}, *PARTNERS, **RELATED)
    assert found == [9] * 7


# to many

DISTRICT: list[dict[str, Any]] = [
    {"institution": "n", "x": 100, "y": 1, "ja": True, "ord": "a", "distrikt_id": None},
    {"institution": "a", "x": 4, "y": 1, "ja": True, "ord": "a", "distrikt_id": "n"},
    {"institution": "b", "x": 2, "y": 0, "ja": False, "ord": "b", "distrikt_id": "n"},
    {"institution": "c", "x": 9, "y": 1, "ja": HIDDEN, "ord": "b", "distrikt_id": "n"},
    {"institution": "d", "x": STALE, "y": 1, "ja": True, "ord": STALE, "distrikt_id": "n"},
    {"institution": "s", "x": 6, "y": 5, "ja": False, "ord": "a", "distrikt_id": "s"},
    {"institution": "m", "x": 1, "y": 1, "ja": True, "ord": "a", "distrikt_id": None},
    {"institution": "k", "x": STALE, "y": 1, "ja": True, "ord": "a", "distrikt_id": "m"},
    {"institution": "u", "x": 50, "y": 1, "ja": True, "ord": "a", "distrikt_id": "ukendt"},
]


@pytest.mark.parametrize(
    ("expression", "of_n", "of_s", "of_m", "of_a"),
    [
        ("skoler.count(x)", 3, 1, 0, 0),
        ("skoler.count(ord)", 3, 1, 1, 0),
        ("skoler.count(default(x, 0))", 4, 1, 1, 0),
        ("skoler.sum(x)", 15, 6, SILENT, SILENT),
        ("skoler.mean(x)", 5, 6, SILENT, SILENT),
        ("skoler.min(x)", 2, 6, SILENT, SILENT),
        ("skoler.max(x)", 9, 6, SILENT, SILENT),
        ("skoler.median(x)", 4, 6, SILENT, SILENT),
        ("skoler.median(x, where: y > 0)", 6.5, 6, SILENT, SILENT),
        ("skoler.sum(x, where: ja)", 4, SILENT, SILENT, SILENT),
        ("skoler.sum(x, where: not(ja))", 2, 6, SILENT, SILENT),
        ("skoler.count(x, where: ja)", 1, 0, 0, 0),
        ("skoler.count(x, where: missing(ja))", 1, 0, 0, 0),
        ("skoler.count(ja)", 3, 1, 1, 0),
        ("skoler.max(x - y)", 8, 1, SILENT, SILENT),
        ("skoler.at_least(1, x < 4)", True, False, False, False),
        ("skoler.at_least(2, x < 5)", True, False, False, False),
        ("skoler.at_least(3, x < 5)", False, False, False, False),
        ("skoler.at_least(0, x < 5)", True, True, True, True),
        ("skoler.at_least(1, x > 5, where: not(ja))", False, True, False, False),
        ("skoler.count(x) + skoler.count(y)", 7, 2, 1, 0),
        ("x - skoler.mean(x)", 95, 0, SILENT, SILENT),
    ],
)
def test_a_relation_to_many_reads_those_that_hold_my_id(
    reading: Reads, expression: str, of_n: object, of_s: object, of_m: object, of_a: object
) -> None:
    """Those without a figure, or for whom the condition is unknown, are left out; of none there is a count alone."""
    found = quantity(reading, {"q": expression}, *DISTRICT, **RELATED)
    assert [found[0], found[5], found[6], found[1]] == [of_n, of_s, of_m, of_a]


def test_many_are_read_with_their_adjusted_quantities(reading: Reads) -> None:
    quantities = {
        "loft": {"value": "x", "missing": "leave-out", "then": [{"id": "R1", "when": "ja", "at_most": "3"}]},
        "q": "skoler.sum(loft)",
    }
    # a is held to 3, b is 2, c's condition is unknown and passed over: 9
    assert quantity(reading, quantities, *DISTRICT, **RELATED)[0] == 14


def test_many_are_those_of_the_same_period(reading: Reads) -> None:
    rows = [
        {"institution": "n", "x": 0, "distrikt_id": None},
        {"institution": "a", "x": 1, "distrikt_id": "n"},
        {"institution": "b", "x": 2, "distrikt_id": "z"},
        before(institution="n", x=0, distrikt_id=None),
        before(institution="b", x=20, distrikt_id="n"),
        before(institution="c", x=30, distrikt_id="n"),
        before(institution="d", x=40, distrikt_id="a"),
    ]
    quantities = {
        "q": "skoler.sum(x)",
        "før": "earlier(q, 1)",
        "antallet": "skoler.count(default(x, 0))",
        "antal_før": "earlier(antallet, 1)",
    }
    assert quantity(reading, quantities, *rows, **RELATED) == [1, SILENT, SILENT]
    assert quantity(reading, quantities, *rows, name="før", **RELATED) == [50, SILENT, SILENT]
    # a and b: one has no row then, and to have no row is not to have none; the other was nobody's district
    assert quantity(reading, quantities, *rows, name="antal_før", **RELATED) == [2, SILENT, 0]


def test_where_one_stands_is_not_asked_of_those_one_is_not_among() -> None:
    for expression in ("skoler.rank(x)", "skoler.share_below(x)", "skoler.mean(x, within: art)"):
        with pytest.raises(PlanFaults, match="feel-set-place"):
            plan_of(quantities={"q": expression}, area={"regime": True, **RELATED})


def test_both_relations_may_be_one_attribute(reading: Reads) -> None:
    """The head of a district reads its schools, and they read what it came to."""
    relations = {"distrikt": {"id": "distrikt_id"}, "skoler": {"their": "distrikt_id"}}
    quantities = {"lavest": "skoler.min(x)", "q": "x - distrikt.lavest"}
    found = quantity(reading, quantities, *DISTRICT, **RELATED | {"relations": relations})
    assert found == [OUT, 2, 0, 7, STALE, 0, OUT, SILENT, OUT]


# peers of quantities


def test_peers_are_compared_by_what_their_quantities_come_to(reading: Reads) -> None:
    quantities = {
        "trin": {"of": "x", "levels": BANDS},
        "slags": {"table": {"hit": "first", "rules": [{"trin": "høj", "gives": '"god"'}, {"gives": '"jævn"'}]}},
        "antallet": "peers.count(trin)",
        "høje": "peers.at_least(3, trin = høj)",
        "plads": "peers.rank(x, within: slags, from: lowest)",
    }
    rows = [{"x": 6}, {"x": 5}, {"x": 4.9}, {"x": STALE}, {"x": 1}]
    found = results(reading, quantities, *rows)
    assert [a["antallet"] for a in found] == [4] * 5
    assert [a["høje"] for a in found] == [False] * 5
    assert [a["plads"] for a in found] == [2, 1, 2, None, 1]


def test_the_past_is_divided_by_what_peers_were_then(reading: Reads) -> None:
    """What divides peers is read two periods back where an earlier rank is divided by the word before it."""
    quantities = {
        "navn": 'default(ord, "a")',
        "slags": "earlier(navn, 1)",
        "plads": "peers.count(default(x, 0), within: slags)",
        "q": "earlier(plads, 1)",
    }
    rows = [
        {"institution": "a", "x": 1, "ord": "a"},
        {"institution": "b", "x": 1, "ord": "a"},
        before(institution="a", x=1, ord="b"),
        before(institution="b", x=1, ord="b"),
        {"institution": "b", "x": 1, "ord": "b", "period": NOW - 2},
    ]
    # a had no row two periods ago, so its word is a; b's was b: each was alone
    assert quantity(reading, quantities, *rows) == [1, 1]
    assert quantity(reading, quantities, *rows, name="plads") == [2, 2]
