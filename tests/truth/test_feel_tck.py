"""The DMN kit: every expression that is accepted has the kit's value in both readings, the others are refused by name.

`-s` prints how many cases of each theme are accepted, and by which codes the rest are refused.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from .feel_kit import FILE, RECORD, TYPED, Case, codes, counts, measured, record, wrong

Measured = list[tuple[Case, str | None]]

OUTSIDE = {
    "feel-date",
    "feel-function",
    "feel-list",
    "feel-context",
    "feel-function-value",
    "feel-instance-of",
    "feel-loop",
    "feel-comment",
    "feel-escape",
    "feel-order",
}
"""Codes that name what is no part of numbers and logic. The others name a mistake in an expression of ours."""

NUMBERS_AND_LOGIC = {
    "constants": 8,
    "arithmetic": 35,
    "conditionals": 0,
    "ternary logic": 30,
    "equality": 11,
    "between": 6,
    "in": 31,
    "rounding": 24,
    "numeric functions": 40,
}
"""How many are accepted. More is better, but then README must say so."""


@pytest.fixture(scope="module")
def kit(truth: Path) -> Measured:
    return measured(truth)


def test_no_answer_is_wrong(kit: Measured) -> None:
    accepted = [case for case, code in kit if code is None]
    assert len(accepted) == 187
    assert list(wrong(accepted)) == []


def test_the_rest_is_refused_by_name(kit: Measured) -> None:
    refused = codes(kit)
    assert sum(refused.values()) == len(kit) - 187
    # only a bracket after what is no function is a wrong sign; all else is called what it is
    unnamed = {case.text for case, code in kit if code in ("feel-syntax", "feel-unfinished", "feel-character")}
    assert unnamed == {"null()", "false()", "123()", '"abs"(-1)'}
    # no name is declared, so none may be what a refusal is about
    assert not refused.keys() & {"feel-name", "feel-field", "feel-member", "feel-set"}


def test_numbers_and_logic_are_complete(kit: Measured) -> None:
    """What FEEL has an answer to, and is refused all the same though no other kinds of values are in it."""
    left = {(case.group[:4], case.text) for case, code in kit if code and code not in OUTSIDE and not case.error}
    assert left == {
        ("0072", "true in [false, 2, 3]"),
        ("1142", "round down(5.5, 6176)"),
        ("1144", "round half down(5.5, 6176)"),
    }


def test_as_many_are_accepted_as_ever(kit: Measured) -> None:
    found = counts(kit)
    print(f"\n{'':20}{'all':>6}{'accepted':>10}{'errors':>8}{'outside':>9}")
    for theme, shares in found.items():
        total, (accepted, errors, outside) = sum(shares.values()), shares.values()
        print(f"{theme:20}{total:>6}{accepted:>10}{errors:>8}{outside:>9}")
    print(", ".join(f"{code} {n}" for code, n in codes(kit).items()))
    assert {theme: found[theme]["accepted"] for theme in NUMBERS_AND_LOGIC} == NUMBERS_AND_LOGIC


def test_the_reference_says_what_is_measured(kit: Measured) -> None:
    assert RECORD.read_text(encoding="utf-8") == record(kit), "make it again: `python -m tests.truth.feel_kit`"
    assert yaml.safe_load(RECORD.read_text(encoding="utf-8")) == counts(kit)


def test_declared_types_are_what_the_file_leaves_out(truth: Path) -> None:
    """The reason why a group is left out: its texts have another answer elsewhere, or none that they say themselves."""
    import csv

    with (truth / FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    typed = {row["expression"]: row["expected"] for row in rows if row["group"] == TYPED}
    plain = {row["expression"]: row["expected"] for row in rows if row["group"] != TYPED}
    assert {text: (typed[text], plain[text]) for text in typed.keys() & plain.keys()} == {'"foo"': ("", "foo")}
    assert len(typed) == 7
    assert typed["1000"] == ""
