"""Functions over peers, on a table small enough to count by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ..generative.readings import Reads
from .small import NOW, Gone, valued

ROWS: list[dict[str, Any]] = [
    {"x": 4, "art": "a", "ja": True},
    {"x": 2, "art": "a", "ja": True},
    {"x": 4, "art": "b", "ja": False},
    {"x": 7, "art": "b", "ja": True},
    {"x": Gone("suppressed"), "art": "a", "ja": True},
    {"x": 9, "art": None, "ja": Gone("stale")},
]
OUT, HIDDEN, HOMELESS = Gone("not-applicable"), Gone("suppressed"), Gone("not-submitted")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("peers.count(x)", [5, 5, 5, 5, 5, 5]),
        ("peers.sum(x)", [26] * 6),
        ("peers.mean(x)", [5.2] * 6),
        ("peers.min(x)", [2] * 6),
        ("peers.max(x)", [9] * 6),
        ("peers.median(x)", [4] * 6),
        ("peers.rank(x)", [3, 5, 3, 2, HIDDEN, 1]),
        ("peers.rank(x, from: lowest)", [2, 1, 2, 4, HIDDEN, 5]),
        ("peers.share_below(x)", [0.2, 0, 0.2, 0.6, HIDDEN, 0.8]),
        ("peers.share_at_or_below(x)", [0.6, 0.2, 0.6, 0.8, HIDDEN, 1]),
        ("peers.mean(x, within: art)", [3, 3, 5.5, 5.5, 3, HOMELESS]),
        ("peers.rank(x, within: art)", [1, 2, 2, 1, HIDDEN, HOMELESS]),
        ("peers.count(x, where: ja)", [3] * 6),
        ("peers.rank(x, where: ja)", [2, 3, OUT, 1, HIDDEN, OUT]),
        ("peers.share_below(x, where: ja, within: art)", [0.5, 0, OUT, 0, HIDDEN, HOMELESS]),
        ("peers.max(x, where: x > 100)", [Gone("not-submitted")] * 6),
        ("peers.count(x, where: x > 100)", [0] * 6),
        ("peers.at_least(2, x >= 4, where: ja)", [True] * 6),
        ("peers.at_least(2, x >= 4, within: art)", [False, False, True, True, False, HOMELESS]),
    ],
)
def test_functions_over_peers(reading: Reads, expression: str, expected: list[object]) -> None:
    found = valued(reading, expression, *ROWS)
    assert found == [e if isinstance(e, (bool, Gone)) else pytest.approx(e, rel=1e-12) for e in expected]


def test_peers_may_be_those_with_the_same_word_in_any_text(reading: Reads) -> None:
    from .small import answers, plan_of

    made = plan_of(
        quantities={
            "slags": 'default(art, "uden")',
            "flest": "peers.max(x, within: slags)",
            "ord_": "peers.count(x, within: ord)",
        }
    )
    found = answers(reading, made, [{**row, "ord": Gone("stale")} for row in ROWS])
    assert [a["flest"] for a in found] == [4, 4, 7, 7, 4, 9]
    assert {a["ord_.missing"] for a in found} == {"stale"}


def test_peers_are_those_of_the_same_period(reading: Reads) -> None:
    before = [{"institution": "i0", "x": 100, "period": NOW - 1}, {"institution": "væk", "x": 50, "period": NOW - 1}]
    assert valued(reading, "peers.max(x)", *ROWS, *before) == [9] * 6
    assert valued(reading, "peers.sum(default(x, 1))", *ROWS, *before) == [27] * 6


def test_those_without_a_row_are_nobodys_peers(reading: Reads) -> None:
    from .small import answers, plan_of

    made = plan_of(quantities={"alle": "peers.count(default(x, 0))", "dengang": "earlier(alle, 1)"})
    rows = [{"x": 1}, {"x": 2}, {"institution": "i0", "x": 3, "period": NOW - 1}]
    found = answers(reading, made, rows)
    assert [(a["alle"], a["dengang"], a["dengang.missing"]) for a in found] == [
        (2, 1, None),
        (2, None, "not-submitted"),
    ]


@pytest.mark.parametrize("p", [0.05, 0.2, 0.5, 0.8])
def test_a_share_below_p_is_the_lowest_ranks_up_to_p_of_all(reading: Reads, p: float) -> None:
    rows = [{"institution": f"{n:02}", "x": (n * 7) % 11} for n in range(20)]
    below = valued(reading, f"peers.share_below(x) < {p}", *rows)
    ranked = valued(reading, "peers.rank(x, from: lowest)", *rows)
    assert below == [rank <= math.ceil(p * 20) for rank in ranked]  # type: ignore[operator]


def test_equals_share_a_rank_on_the_named_number(reading: Reads) -> None:
    """Ranks compare numbers as comparisons do, so a sum that float64 misses is still an equal."""
    rows = [{"x": 1, "y": 0.3}, {"x": 3, "y": 0.1}, {"x": 2, "y": 0.3}]
    assert valued(reading, "peers.rank(x * y)", *rows) == [2, 2, 1]
    assert valued(reading, "peers.rank(if default(x, 0) = 1 then 0.1 + 0.2 else y)", *rows) == [1, 3, 1]
