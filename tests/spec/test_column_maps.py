"""Column maps: somebody else's file read as ours."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from tests.spec.reading import column, missing, read, refusals
from tilsyn.catalogue.reasons import MISSING
from tilsyn.files.column_map import ColumnMap, ReasonWord, read_column_map
from tilsyn.problems import DataError, DeclarationError


def the_map(folder: Path, text: str) -> ColumnMap:
    path = folder / "kort.yaml"
    path.write_text(text, encoding="utf-8")
    return read_column_map(path)


def test_columns_are_renamed_and_refusals_speak_of_theirs(tmp_path: Path) -> None:
    wanted = the_map(tmp_path, "columns: {institution: id, karakter: Snit 9. kl.}")
    figures = read(tmp_path, "id,Snit 9. kl.,vejr\n1,7.5,sol\n2,x,", wanted)
    assert column(figures, "karakter") == [7.5, None]
    assert refusals(figures) == [(3, "Snit 9. kl.", "x", "not-a-number")]
    assert [note.args["names"] for note in figures.notes if note.code == "columns-unknown"] == ["`vejr`"]


def test_constants_and_the_period_hold_for_every_row(tmp_path: Path) -> None:
    wanted = the_map(
        tmp_path, 'constants: {kommune: Aarhus, elever: 12.5, har_9_klasse: true}\nperiod: 2023/24\ndecimal: ","'
    )
    figures = read(tmp_path, "institution;karakter\n1;7,5\n2;8,0", wanted)
    assert column(figures, "kommune") == ["Aarhus", "Aarhus"]
    assert (column(figures, "elever"), column(figures, "har_9_klasse")) == ([12.5, 12.5], [True, True])
    assert column(figures, "period") == [2023, 2023]


@pytest.mark.parametrize("sign", [".", ","])
def test_computing_is_exact_to_the_decimal(tmp_path: Path, sign: str) -> None:
    wanted = the_map(tmp_path, f'compute: {{fravær: pct / 100, trivsel: a + b}}\ndecimal: "{sign}"')
    text = "institution;pct;a;b\n1;5.3;0.1;2.2\n2;14.0;1.1;2.2\n3;;1;1".replace(".", sign)
    figures = read(tmp_path, text, wanted)
    assert column(figures, "fravær") == [0.053, 0.14, None]
    assert column(figures, "trivsel") == [2.3, 3.3, 2.0]
    assert missing(figures, "fravær") == ["present", "present", "not-submitted"]
    assert refusals(figures) == []


@pytest.mark.parametrize(
    ("expression", "a", "b", "expected"),
    [
        ("a / b", "1", "0", "undefined"),
        ("a / b", "suppressed", "0", "suppressed"),
        ("a / b", "", "3", "not-submitted"),
        ("a / b", "1", "3", 0.333333333333333),
        ("a / b", "x", "3", "refused"),
        ("if a > b then 0.1 else 0.2", "2", "1", 0.1),
        ("if a > b then 0.1 else 0.2", "", "1", "not-submitted"),
        ("default(a, 0.5)", "", "", 0.5),
        ('if missing(a) or b = "ny" then 0.7 else a', "0.1", "ny", 0.7),
        ("round half up(a, 1)", "0.25", "", 0.3),
        ("max(a, b)", "0.25", "0.5", 0.5),
        ("min(a, b) ** 2", "0.5", "0.6", 0.25),
        ("abs(-a)", "0.5", "", 0.5),
    ],
)
def test_computed_figures(tmp_path: Path, expression: str, a: str, b: str, expected: float | str) -> None:
    figures = read(tmp_path, f"institution,a,b\n1,{a},{b}", ColumnMap(compute={"fravær": expression}))
    if isinstance(expected, str):
        assert missing(figures, "fravær") == [expected]
    else:
        assert column(figures, "fravær") == [expected]


def test_a_computed_flag_can_ask_whether_a_cell_is_empty(tmp_path: Path) -> None:
    wanted = ColumnMap(columns={"karakter": "snit"}, compute={"har_9_klasse": "not(missing(karakter))"})
    figures = read(tmp_path, "institution,snit\n1,7\n2,", wanted)
    assert column(figures, "har_9_klasse") == [True, False]


def test_a_column_in_two_ways_cannot_be_computed_with(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;a\n1;1.234\n2;1,5", ColumnMap(compute={"trivsel": "a * 1"}))
    assert missing(figures, "trivsel") == ["refused", "refused"]


def test_words_for_missing_hold_everywhere_or_in_one_column(tmp_path: Path) -> None:
    text = """
        columns: {trivsel: glad, karakter.missing: fodnote}
        missing: {SUPP: suppressed, -99: withdrawn}
        missing_if: {glad: {0: not-applicable, empty: too-few}, karakter.missing: {a: stale}}
    """
    wanted = the_map(tmp_path, "\n".join(line.strip() for line in text.splitlines()))
    table = """
        institution,karakter,fodnote,glad,elever
        1,SUPP,,SUPP,SUPP
        2,-99,,0,-99
        3,7,,,3
        4,,a,3,3
    """
    figures = read(tmp_path, table, wanted)
    assert missing(figures, "karakter") == ["suppressed", "withdrawn", "present", "stale"]
    assert missing(figures, "trivsel") == ["suppressed", "not-applicable", "too-few", "present"]
    assert column(figures, "elever") == [None, None, 3.0, 3.0]
    assert refusals(figures) == []


def test_a_meaning_of_empty_cells_contradicts_no_count(tmp_path: Path) -> None:
    wanted = ColumnMap(missing={"empty": "not-applicable"})
    figures = read(tmp_path, "institution,fravær,fravær.count,fravær.n\n1,,3,10\n2,,,", wanted)
    assert missing(figures, "fravær") == ["present", "not-applicable"]


def test_a_declared_decimal_sign_makes_the_other_one_a_fault_of_its_cell(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;trivsel\n1;1.234\n2;1,5", ColumnMap(decimal=","))
    assert refusals(figures) == [(2, "trivsel", "1.234", "thousands-separator")]
    assert column(figures, "trivsel") == [None, 1.5]


def test_a_separator_can_be_declared(tmp_path: Path) -> None:
    figures = read(
        tmp_path, "institution,x;karakter\n1;7", ColumnMap(separator=";", columns={"institution": "institution,x"})
    )
    assert column(figures, "karakter") == [7.0]


def test_a_long_file_is_mapped_too(tmp_path: Path) -> None:
    wanted = ColumnMap(columns={"institution": "id", "indicator": "hvad", "value": "tal"}, decimal=",")
    figures = read(tmp_path, "id;hvad;tal\n1;karakter;7,5\n1;trivsel;3.5", wanted)
    assert column(figures, "karakter") == [7.5]
    assert refusals(figures) == [(3, "tal", "3.5", "thousands-separator")]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("kolonner: {a: b}", "unknown-key", 1),
        ("columns: {karakter: a}\nmissing: {SUPP: supressed}", "bad-choice", 2),
        ("encoding: ebcdic", "bad-choice", 1),
        ("columns: [a]", "map-wrong-value", 1),
        ("- a", "map-not-a-map", 1),
        ("constants: {karakter: 1}\ncompute: {karakter: a}", "map-column-twice", 1),
        ("compute:\n  karakter: a +", "feel-unfinished", 2),
        ("compute:\n  karakter: earlier(a, 1)", "map-compute-unsupported", 2),
        ("compute:\n  karakter: sqrt(a)", "map-compute-unsupported", 2),
        ("columns: {karakter: a, karakter: b}", "duplicate-key", 1),
    ],
)
def test_faults_of_a_map_are_told_with_their_place(tmp_path: Path, text: str, code: str, line: int) -> None:
    with pytest.raises(DeclarationError) as fault:
        the_map(tmp_path, text)
    assert [(problem.code, problem.where.line) for problem in fault.value.problems] == [(code, line)]


def test_a_map_that_does_not_fit_is_told_all_its_faults_with_what_was_meant(tmp_path: Path) -> None:
    wanted = ColumnMap(
        columns={"karaktr": "snit"},
        compute={"fravær": "pct / 100"},
        missing_if={"galdd": {"x": "stale"}},
        period="2024/25",
    )
    with pytest.raises(DataError) as fault:
        read(tmp_path, "institution,period,snit,glad\n1,2024/25,7,3", wanted)
    found = {
        (problem.code, problem.args.get("column"), problem.args.get("suggestion")) for problem in fault.value.problems
    }
    assert found == {
        ("map-period-twice", None, None),
        ("map-unknown-ours", "karaktr", "karakter"),
        ("map-unknown-theirs", "galdd", "glad"),
        ("map-unknown-theirs", "pct", None),
    }


def test_a_map_makes_nothing_acceptable_that_is_refused(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,pct\n1,93", ColumnMap(columns={"fravær": "pct"}))
    assert refusals(figures) == [(2, "pct", "93", "not-a-share")]


def test_a_map_knows_every_reason() -> None:
    assert get_args(ReasonWord) == MISSING
