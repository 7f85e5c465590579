"""What counts as a hole in a quantity's table, and as a number without a source: the cases beside each limit.

Each quantity is put into the valid regime of `base/`, so that what comes out is what `check` says of it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_broken import problems_in

FIRST = "  fremmøde: {value"
SOURCE = "reference: {law: En lov, checked: no}"


def codes(policy: Path, *quantities: str) -> list[str]:
    """What is wrong with the regime when it has these quantities too."""
    area = policy / "goals/ordning.yaml"
    text = area.read_text(encoding="utf-8")
    assert text.count(FIRST) == 1
    more = "".join(f"  {quantity}\n" for quantity in quantities)
    area.write_text(text.replace(FIRST, more + FIRST), encoding="utf-8")
    return [problem.code for problem in problems_in(policy)]


def table(*rows: str, hit: str = "unique", more: str = "", name: str = "y") -> str:
    """A quantity with a table. A row is its cells; what it gives stands behind, so that all rows are alike."""
    lines = ", ".join("{" + ", ".join(part for part in (row, "gives: 1") if part) + "}" for row in rows)
    return f"{name}: {{{SOURCE}, {more}table: {{hit: {hit}, rules: [{lines}]}}}}"


# karakter: a mean of one decimal, from 0 to 12; fravær: a proportion, given with three; type: almen or særlig;
# lukket: a flag

COMPLETE = [
    # numbers: each side of a bound, and the bound itself
    ('karakter: "<= 5"', 'karakter: "> 5"'),
    ('karakter: "< 5"', 'karakter: "5"', 'karakter: "> 5"'),
    ('karakter: "[0..5]"', 'karakter: "(5..12]"'),
    # nothing lies between two neighbours of one decimal, nor outside the range
    ('karakter: "<= 5"', 'karakter: ">= 5.1"'),
    ('fremmøde: "<= 5"', 'fremmøde: ">= 5.1"'),
    ('karakter: "-"',),
    ('fravær: "<= 0.5"', 'fravær: "(0.5..1]"'),
    ('karakter.n: "0"', 'karakter.n: "> 0"'),
    # closed lists: words, levels, flags, and what other tables give
    ("type: '\"almen\"'", "type: '\"særlig\"'"),
    ("type: 'not(\"almen\")'", "type: '\"almen\"'"),
    ("trin: høj", "trin: '< høj'"),
    ("trin: 'lav, middel'", "trin: høj"),
    ("lukket: true", "lukket: false"),
    ('cut.a: "1.9"', 'cut.a: "2.06"'),
    ("kommune: '\"A\"'", "kommune: 'not(\"A\")'"),
    # a figure that is missing is asked for, or leaves the result missing
    ("missing(fravær): true", 'missing(fravær): false, fravær: "< 1"', 'missing(fravær): false, fravær: 1'),
    ("kommune: 'null'", "kommune: 'not(null)'"),
    ('karakter: "< 5"', 'karakter: ">= 5"', "karakter: 'null'"),
    # two inputs
    ('karakter: "< 5"', 'karakter: ">= 5", lukket: true', 'karakter: ">= 5", lukket: false'),
    # constants are numbers
    ('elever: "< faktor"', 'elever: ">= faktor"'),
    ("",),
]  # fmt: skip


@pytest.mark.parametrize("rows", COMPLETE, ids=" | ".join)
def test_a_table_with_one_row_for_everything(policy: Path, rows: tuple[str, ...]) -> None:
    assert codes(policy, table(*rows)) == []


HOLES = [
    ('karakter: "< 5"', 'karakter: "> 5"'),
    ('karakter: "<= 5"', 'karakter: "[5.1..12)"'),
    ('karakter: "(0..12]"',),
    ('karakter: "<= 5"', 'karakter: ">= 5.2"'),
    # unrounded, so something lies between
    ('elever: "<= 5"', 'elever: ">= 5.1"'),
    # a share may be counted, whatever the decimals of one that is given
    ('fravær: "<= 0.5"', 'fravær: ">= 0.501"'),
    # a number may be negative where nothing says that it is not
    ('elever: ">= 0"',),
    ("type: '\"almen\"'",),
    ("kommune: '\"A\"'", "kommune: '\"B\"'"),
    ("trin: høj", "trin: middel"),
    ("lukket: true",),
    ('cut.a: "1.9"',),
    ("kommune: 'null'",),
    ('karakter: "< 5"', 'karakter: ">= 5", lukket: true'),
]  # fmt: skip


@pytest.mark.parametrize("rows", HOLES, ids=" | ".join)
@pytest.mark.parametrize("hit", ["unique", "first"])
def test_a_hole(policy: Path, rows: tuple[str, ...], hit: str) -> None:
    assert codes(policy, table(*rows, hit=hit)) == ["rows-hole"]


def test_two_rows_for_one_value_are_an_overlap_only_where_one_must_be_met(policy: Path) -> None:
    rows = ('karakter: "<= 5"', 'karakter: ">= 5"')
    assert codes(policy, table(*rows, hit="first")) == []
    assert codes(policy, table(*rows, name="z")) == ["rows-overlap"]


@pytest.mark.parametrize(
    ("rows", "hit", "found"),
    [
        (('karakter: "< 5"', "", 'karakter: ">= 5"'), "first", ["row-dead"]),
        (('karakter: "< 5"', 'karakter: ">= 5"', ""), "first", ["row-dead"]),
        # where the figure is missing, the first row may be the one, so the last is never reached
        (('karakter: "< 5"', 'karakter: ">= 5"', "missing(karakter): true"), "first", ["row-dead"]),
        (("missing(karakter): true", 'karakter: "< 5"', 'karakter: ">= 5"'), "first", []),
        (('karakter: "<= 12"', 'karakter: "> 12"'), "unique", ["row-dead"]),
        (("trin: '>= lav'", "trin: '< lav'"), "unique", ["row-dead"]),
        (('karakter: "< 5"', 'karakter: "< 4"', ""), "first", ["row-dead"]),
        (('karakter: "< 4"', 'karakter: "< 5"', ""), "first", []),
    ],
)
def test_a_row_that_is_never_met(policy: Path, rows: tuple[str, ...], hit: str, found: list[str]) -> None:
    assert codes(policy, table(*rows, hit=hit)) == found


@pytest.mark.parametrize(
    ("rows", "hit", "found"),
    [
        (("fremmøde: '> karakter'", ""), "first", []),
        (("fremmøde: '> karakter'", 'fremmøde: "-"'), "first", []),
        (("fremmøde: '> karakter'", "fremmøde: '<= karakter'"), "first", ["rows-no-last"]),
        (("fremmøde: '> karakter'", "fremmøde: '<= karakter'"), "unique", ["rows-unique-names"]),
    ],
)
def test_rows_that_test_each_others_values(policy: Path, rows: tuple[str, ...], hit: str, found: list[str]) -> None:
    assert codes(policy, table(*rows, hit=hit)) == found


def test_what_a_guard_takes_away_is_no_hole(policy: Path) -> None:
    rows = ('elever: "[30..100)"', 'elever: ">= 100"')
    assert codes(policy, table(*rows, more="missing_when: {too-few: elever < 30}, ")) == []
    assert codes(policy, table(*rows, more="missing_when: {too-few: elever < 29}, ", name="z")) == ["rows-hole"]


def test_a_row_for_one_member_is_met_where_that_member_reads_it(policy: Path) -> None:
    rows = ("fag: '\"dansk\"'", "fag: '\"matematik\"', karakter: '< 2'", "fag: '\"matematik\"', karakter: '>= 2'")
    assert codes(policy, table(*rows, more="by: [fag], ")) == []
    assert codes(policy, table(*rows[:2], more="by: [fag], ", name="z")) == ["rows-hole"]


LEVELS = (
    "of: karakter, levels: {høj: {at_least: 8}, middel: {at_least: 5}, lav: otherwise}, "
    "reference: {law: En lov, checked: no}"
)
LOW = "scale: [lav, middel, høj], table: {hit: first, rules: [{gives: lav}]}"
ONE = "table: {hit: first, rules: [{gives: 1}]}"


@pytest.mark.parametrize(
    ("of", "listed", "found"),
    [
        (LEVELS, ["høj", "middel", "lav"], []),
        (LEVELS, ["høj", "lav"], ["grid-side"]),
        # of its scale a table has the levels that it gives, and those that its adjustments put in their place
        (LOW, ["lav"], []),
        (LOW, ["lav", "middel"], []),
        (LOW + ", then: [{id: A, set: høj}]", ["lav"], ["grid-side"]),
        (LOW + ", then: [{id: A, at_least: høj}]", ["høj", "lav"], []),
        (ONE, ['"1"'], []),
        (ONE, ['"2"'], ["grid-side"]),
        (ONE + ", then: [{id: A, set: 3}]", ['"1"'], ["grid-side"]),
        # what is added to may come to anything, and of open lists some may be listed
        (ONE + ", then: [{id: A, add: 5}]", ['"1"'], []),
        ("value: elever", ['"1"'], []),
        ("value: kommune", ["'\"A\"'"], []),
        ("value: type", ["'\"almen\"'"], ["grid-side"]),
        ("value: karakter > 0", ['"true"'], ["grid-side"]),
        ("value: karakter > 0", ['"true"', '"false"'], []),
    ],
)
def test_a_grid_has_what_its_inputs_can_be(policy: Path, of: str, listed: list[str], found: list[str]) -> None:
    cells = ", ".join(f"{value}: [1, none]" for value in listed)
    grid = f"b: {{grid: {{rows: a, columns: {{lukket: [true, false]}}, cells: {{{cells}}}}}}}"
    assert codes(policy, f"a: {{{of}}}", grid) == found


# numbers

ARITHMETIC = ["100 * fravær", "1 - fravær", "-1 * fravær", "-100 * fravær", "clamp(fravær, 0, 1)", "default(fravær, 0)"]
COUNTED = [
    "decimal(fravær, 2)",
    "round half up(fravær, 3)",
    "floor(fravær, 2)",
    "earlier(karakter, 3)",
    "at_least(2, lukket, missing(karakter), missing(fravær))",
    "fag.at_least(2, karakter > 0)",
    "skoler.at_least(3, lukket)",
    "even(elever)",
    "odd(elever)",
]
CHOSEN = [
    "2 * karakter",
    "karakter + 0.5",
    "karakter ** 2",
    "99",
    "clamp(karakter, 0, 10)",
    "default(karakter, 5)",
    "min(karakter, 59)",
    "if missing(karakter) then 7 else 0",
    "decimal(3 * karakter, 2)",
    "at_least(1, 2 * karakter > 0)",
    "skoler.at_least(3, karakter + 2 > 0)",
    "2 * karakter > 0",
    "odd(elever + 3)",
]
BOUNDED = ["karakter >= 2", "2 <= karakter", "karakter in [2..5]", "karakter between 1 and 2", "not(karakter = -3)",
           "skoler.at_least(3, karakter < 2)", "skoler.min(karakter, where: elever > 20)"]  # fmt: skip


@pytest.mark.parametrize("text", ARITHMETIC + COUNTED)
def test_numbers_of_arithmetic_and_counts_need_no_source(policy: Path, text: str) -> None:
    assert codes(policy, f"a: {{value: '{text}'}}") == []


@pytest.mark.parametrize("text", CHOSEN)
def test_a_number_that_somebody_chose_is_a_constant_even_where_there_is_a_reference(policy: Path, text: str) -> None:
    assert set(codes(policy, f"a: {{value: '{text}', {SOURCE}}}")) == {"bare-number"}


@pytest.mark.parametrize("text", BOUNDED)
def test_a_boundary_needs_the_reference_of_what_it_stands_in(policy: Path, text: str) -> None:
    assert set(codes(policy, f"a: {{value: '{text}'}}")) == {"bare-boundary"}


@pytest.mark.parametrize("text", BOUNDED)
def test_a_boundary_with_a_reference(policy: Path, text: str) -> None:
    assert codes(policy, f"a: {{value: '{text}', {SOURCE}}}") == []


@pytest.mark.parametrize("effect", ["at_most: 59", "at_least: 2", "add: 5", "set: -3"])
def test_a_declared_amount_needs_no_name(policy: Path, effect: str) -> None:
    assert codes(policy, f"a: {{value: karakter, then: [{{id: A, {effect}}}]}}") == []


def test_a_boundary_of_an_adjustment_may_have_its_own_reference(policy: Path) -> None:
    adjusted = "{{value: karakter, then: [{{id: A, when: karakter < 2, set: 2{}}}]}}"
    assert codes(policy, "a: " + adjusted.format(f", {SOURCE}")) == []
    assert codes(policy, "b: " + adjusted.format("")) == ["bare-boundary"]


def test_a_number_without_a_source_hides_nothing_else_on_its_line(policy: Path) -> None:
    assert sorted(codes(policy, "a: {value: 2 * karakterer}")) == ["bare-number", "feel-name"]


# what only follows from another fault


def test_a_fault_is_not_told_again_of_what_reads_it(policy: Path) -> None:
    readers = ("b: {value: a}", "c: {of: b, levels: {x: {at_least: 1}, z: otherwise}}")
    assert codes(policy, "a: {value: karakter + }", *readers) == ["feel-unfinished"]


def test_every_fault_of_a_table_is_told_at_its_own_cell(policy: Path) -> None:
    area = policy / "goals/ordning.yaml"
    text = area.read_text(encoding="utf-8")
    for old, new in (
        ('karakter: "< 6"', 'karakterer: "< 6"'),
        ("{a: 1.9, b: 2.1}", "{a: trin, b: 1.9 + }"),
        ('karakter: ">= 6"', "karakter: '\"seks\"'"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    area.write_text(text, encoding="utf-8")
    (slip,) = problems_in(policy)
    assert (slip.code, slip.where.column) == ("feel-unfinished", 74)
    area.write_text(text.replace("1.9 + }", "1.9}"), encoding="utf-8")
    found = [(p.code, *p.path[2:]) for p in problems_in(policy)]
    assert found == [
        ("feel-name", "table", "rules", "1", "karakterer"),
        ("feel-compare", "table", "rules", "2", "karakter"),
        ("feel-type", "table", "rules", "2", "gives", "a"),
    ]
