"""Figures: what a cell may say, what is refused, and why a figure is missing."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from tests.spec.reading import a_file, an_area, column, missing, read, refusals, the_period
from tilsyn.files.figures import schema, slots
from tilsyn.files.observations import overlaid, read_figures, rows_from_given
from tilsyn.problems import DataError, Where


def codes(fault: pytest.ExceptionInfo[DataError]) -> list[str]:
    return [problem.code for problem in fault.value.problems]


# The frame


def test_all_columns_exist_with_their_types(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter\n1,7.5")
    assert dict(figures.frame.schema) == schema(an_area())
    assert [name for name in figures.frame.columns if name.startswith("fravær")] == [
        "fravær", "fravær.missing", "fravær.count", "fravær.n", "fravær.expected", "fravær.measured",
    ]  # fmt: skip
    assert [slot.column for slot in slots(an_area())][:3] == ["karakter", "karakter@piger", "karakter@drenge"]


def test_rows_are_sorted_by_institution_and_period(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,period,karakter\nb,2024/25,1\na,2024/25,2\nb,2023/24,3")
    assert list(figures.frame.select("institution", "period", "karakter").iter_rows()) == [
        ("a", 2024, 2.0), ("b", 2023, 3.0), ("b", 2024, 1.0),
    ]  # fmt: skip


def test_without_a_period_column_all_rows_are_of_the_given_period(tmp_path: Path) -> None:
    assert column(read(tmp_path, "institution,karakter\n1,7"), "period") == [2024]


def test_rows_of_later_periods_are_left_out_and_counted(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,period,karakter\n1,2024/25,7\n1,2025/26,x")
    assert column(figures, "period") == [2024]
    assert refusals(figures) == []
    assert ("later-periods", 1) in [(note.code, note.args.get("rows")) for note in figures.notes]


def test_ids_are_text_trimmed_and_composed(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter\n00123,1\n 1e3 ,2\nSkole A\u030a,3")
    assert column(figures, "institution") == ["00123", "1e3", "Skole Å"]


def test_an_expected_institution_that_is_absent_is_not_submitted_on_everything(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,period,karakter\n1,2024/25,7\n2,2023/24,7", previous_institutions=["2", "1"])
    assert list(figures.frame.select("institution", "period").iter_rows()) == [("1", 2024), ("2", 2023), ("2", 2024)]
    assert {missing(figures, slot.column)[2] for slot in slots(an_area())} == {"not-submitted"}
    assert ("institutions-absent", 1) in [(note.code, note.args["count"]) for note in figures.notes]


# Numbers


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), ("7.5", 7.5),
     ('"7,5"', 7.5), ("-2.5", -2.5), ("\u22122.5", -2.5), ("+3", 3), ("7.50", 7.5), ("7e-1", 0.7)],
)  # fmt: skip
def test_numbers_are_read(tmp_path: Path, text: str, number: float) -> None:
    assert column(read(tmp_path, f"institution,karakter\n1,{text}"), "karakter") == [number]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x", "not-a-number"),
        ("7.5 %", "not-a-number"),
        ("7_5", "not-a-number"),
        ("=1+1", "not-a-number"),
        ("NaN", "not-finite"),
        ("inf", "not-finite"),
        ("1e999", "not-finite"),
        ("1000000000001", "too-large"),
        ("-1e308", "too-large"),
        ("1 234", "thousands-separator"),
        ("1.234.567", "thousands-separator"),
        ('"1.234,5"', "mixed-decimals"),
        ("2024-05-01", "date-for-number"),
        ("7.55", "finer-than-declared"),
        ("12.1", "outside-range"),
        ("-3.1", "outside-range"),
        ("suppresed", "not-a-number"),
    ],
)
def test_numbers_are_refused(tmp_path: Path, text: str, code: str) -> None:
    figures = read(tmp_path, f"institution,karakter\n1,{text}")
    assert [refusal[3] for refusal in refusals(figures)] == [code]
    assert missing(figures, "karakter") == ["refused"]
    assert column(figures, "karakter") == [None]


@pytest.mark.parametrize("text", ["12", "-3", "12.0", "0.1", "7.30"])
def test_the_ends_of_a_range_are_in_and_zeros_are_no_decimals(tmp_path: Path, text: str) -> None:
    assert missing(read(tmp_path, f"institution,karakter\n1,{text}"), "karakter") == ["present"]


def test_every_number_with_the_declared_decimals_is_taken(tmp_path: Path) -> None:
    rows = "\n".join(f"{i},{Decimal(i) / 10}" for i in range(-30, 121))
    assert refusals(read(tmp_path, f"institution,karakter\n{rows}")) == []


@pytest.mark.parametrize(
    ("text", "taken"), [("1.23456789012345", True), ("1.234567890123456", False), ("1.0000000000000000", True)]
)
def test_fifteen_significant_digits_are_taken_and_no_more(tmp_path: Path, text: str, *, taken: bool) -> None:
    figures = read(tmp_path, f"institution,trivsel\n1,{text}")
    assert [refusal[3] for refusal in refusals(figures)] == ([] if taken else ["too-many-digits"])


# Decimal signs


def test_each_column_has_its_own_decimal_sign(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;karakter;trivsel\n1;7,5;3.5\n2;8;4")
    assert (column(figures, "karakter"), column(figures, "trivsel")) == ([7.5, 8.0], [3.5, 4.0])


def test_a_column_that_mixes_signs_is_refused_as_a_whole_and_once(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;trivsel\n1;1.234\n2;1,5\n3;3\n4;")
    assert missing(figures, "trivsel") == ["refused", "refused", "refused", "not-submitted"]
    (refusal,) = figures.refused
    assert (refusal.row, refusal.column, refusal.code) == (0, "trivsel", "mixed-decimals")
    assert refusal.args == {"one": "1.234", "one_row": 2, "other": "1,5", "other_row": 3, "figures": 3}


def test_points_between_thousands_make_single_points_doubtful(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;skader.n\n1;1.234.567\n2;1.234")
    assert [refusal[3] for refusal in refusals(figures)] == ["mixed-decimals"]


def test_words_do_not_decide_the_decimal_sign(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;trivsel\n1;n.a.\n2;1,5")
    assert refusals(figures) == [(2, "trivsel", "n.a.", "not-a-number")]
    assert column(figures, "trivsel") == [None, 1.5]


# Counts and shares


@pytest.mark.parametrize(
    ("count", "n", "code"),
    [("9", "10", None), ("10", "10", None), ("11", "10", "count-above-n"), ("-1", "10", "negative"), ("0", "0", None),
     ("1.5", "10", "not-whole"), ("1", "10.5", "not-whole"), ("1", "-1", "negative")],
)  # fmt: skip
def test_a_share_counts_whole_persons_out_of_at_least_as_many(
    tmp_path: Path, count: str, n: str, code: str | None
) -> None:
    figures = read(tmp_path, f"institution,fravær.count,fravær.n\n1,{count},{n}")
    assert missing(figures, "fravær") == ["refused" if code else "present"]
    assert code is None or code in [refusal[3] for refusal in refusals(figures)]


@pytest.mark.parametrize(
    ("value", "taken"), [("0", True), ("1", True), ("1.01", False), ("-0.01", False), ("93", False)]
)
def test_a_share_is_from_0_to_1(tmp_path: Path, value: str, *, taken: bool) -> None:
    figures = read(tmp_path, f"institution,fravær\n1,{value}")
    assert [refusal[3] for refusal in refusals(figures)] == ([] if taken else ["not-a-share"])


def test_a_rate_may_count_more_than_its_number(tmp_path: Path) -> None:
    assert missing(read(tmp_path, "institution,skader.count,skader.n\n1,11.5,10"), "skader") == ["present"]


@pytest.mark.parametrize("field", ["karakter.n", "karakter.sd", "karakter.se", "skader.count", "klager.expected"])
def test_numbers_that_measure_size_are_not_negative(tmp_path: Path, field: str) -> None:
    figures = read(tmp_path, f"institution,{field}\n1,-0.5\n2,0")
    assert refusals(figures) == [(2, field, "-0.5", "negative")]


@pytest.mark.parametrize(("low", "high", "taken"), [("2", "3", True), ("3", "3", True), ("3.1", "3", False)])
def test_the_lower_limit_is_not_above_the_upper(tmp_path: Path, low: str, high: str, *, taken: bool) -> None:
    figures = read(tmp_path, f"institution,trivsel,trivsel.low,trivsel.high\n1,3,{low},{high}")
    assert missing(figures, "trivsel") == ["present" if taken else "refused"]


def test_one_unreadable_part_refuses_the_whole_figure_and_no_other(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter,karakter.n,trivsel\n1,7.5,mange,3")
    assert missing(figures, "karakter") == ["refused"]
    assert (column(figures, "karakter"), column(figures, "karakter.n")) == ([None], [None])
    assert missing(figures, "trivsel") == ["present"]


# Why a figure is missing


def test_an_empty_cell_and_an_absent_column_are_not_submitted(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter\n1,\n2,7")
    assert missing(figures, "karakter") == ["not-submitted", "present"]
    assert missing(figures, "trivsel") == ["not-submitted", "not-submitted"]
    assert "`trivsel`" in next(str(note.args["names"]) for note in figures.notes if note.code == "indicators-absent")


def test_reasons_are_taken_from_the_cell_or_the_missing_column(tmp_path: Path) -> None:
    text = """
        institution,karakter,karakter.missing,bånd,hændelse
        1,suppressed,,too-few,withdrawn
        2,,not-applicable,,ja
        3,suppressed,withdrawn,over,nej
    """
    figures = read(tmp_path, text)
    assert missing(figures, "karakter") == ["suppressed", "not-applicable", "withdrawn"]
    assert missing(figures, "bånd") == ["too-few", "not-submitted", "present"]
    assert missing(figures, "hændelse") == ["withdrawn", "present", "present"]


def test_an_unknown_reason_is_refused_with_the_one_that_was_meant(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter,karakter.missing\n1,,supressed")
    assert refusals(figures) == [(2, "karakter.missing", "supressed", "unknown-reason")]
    assert figures.refused[0].args["suggestion"] == "suppressed"


@pytest.mark.parametrize("row", ["1,7.5,withdrawn,,,", "1,,,suppressed,3,10"])
def test_a_figure_that_is_given_and_said_to_be_missing_is_refused(tmp_path: Path, row: str) -> None:
    figures = read(tmp_path, f"institution,karakter,karakter.missing,fravær,fravær.count,fravær.n\n{row}")
    assert [refusal[3] for refusal in refusals(figures)] == ["value-and-reason"]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("fravær.count,fravær.n", "3,10", "present"),
        ("fravær.count,fravær.n", "3,", "not-submitted"),
        ("fravær.count,fravær.n", ",10", "not-submitted"),
        ("fravær.count,fravær.n", "suppressed,10", "suppressed"),
        ("fravær,fravær.n", "0.3,suppressed", "present"),
        ("klager.count,klager.expected", "3,2.5", "present"),
        ("klager.count", "3", "not-submitted"),
    ],
)
def test_a_count_with_what_it_is_divided_by_is_a_figure(tmp_path: Path, header: str, row: str, expected: str) -> None:
    figures = read(tmp_path, f"institution,{header}\n1,{row}")
    name = header.partition(".")[0].partition(",")[0]
    assert missing(figures, name) == [expected]
    if header.startswith(f"{name}.count"):
        assert column(figures, name) == [None]


# Words, flags, attributes, periods of measurement


@pytest.mark.parametrize(
    ("word", "flag"),
    [
        ("ja", True),
        ("JA", True),
        ("sand", True),
        ("1", True),
        ("yes", True),
        ("nej", False),
        ("False", False),
        ("0", False),
    ],
)
def test_flags_are_read_in_danish_and_english(tmp_path: Path, word: str, *, flag: bool) -> None:
    figures = read(tmp_path, f"institution,hændelse,har_9_klasse\n1,{word},{word}")
    assert (column(figures, "hændelse"), column(figures, "har_9_klasse")) == ([flag], [flag])


def test_words_outside_a_closed_list_are_refused(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,bånd,hændelse\n1,ovre,måske\n2,over,ja")
    assert refusals(figures) == [(2, "bånd", "ovre", "not-in-values"), (2, "hændelse", "måske", "not-a-flag")]
    assert figures.refused[0].args["suggestion"] == "over"
    assert column(figures, "bånd") == [None, "over"]


def test_attributes_are_read_by_their_kind(tmp_path: Path) -> None:
    figures = read(tmp_path, 'institution,karakter,kommune,elever,har_9_klasse\n1,7,=cmd(),"12,5",ja\n2,7,,mange,')
    assert column(figures, "kommune") == ["=cmd()", None]
    assert column(figures, "elever") == [12.5, None]
    assert column(figures, "har_9_klasse") == [True, None]
    assert refusals(figures) == [(3, "elever", "mange", "not-a-number")]


def test_the_period_of_measurement_is_read_and_not_later_than_the_row(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,fravær,fravær.measured\n1,0.1,2023/24\n2,0.1,2025/26\n3,0.1,2023\n4,0.1,")
    assert column(figures, "fravær.measured") == [2023, None, None, None]
    assert [refusal[3] for refusal in refusals(figures)] == ["measured-later", "not-a-period"]


# Rows


def test_rows_without_institution_or_with_an_impossible_period_are_refused(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,period,karakter\n,2024/25,7\n2,2024/26,7\n3,,7\n4,2024/25,7")
    assert refusals(figures) == [
        (2, "institution", "", "no-institution"),
        (3, "period", "2024/26", "not-a-period"),
        (4, "period", "", "not-a-period"),
    ]
    assert column(figures, "institution") == ["2", "3", "4"]
    assert missing(figures, "karakter") == ["refused", "refused", "present"]


def test_two_rows_for_one_institution_and_period_are_both_refused(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,period,karakter\n1,2024/25,7\n2,2024/25,8\n1,2024/25,7\n1,2023/24,5")
    assert refusals(figures) == [(2, "institution", "1", "duplicate-row"), (4, "institution", "1", "duplicate-row")]
    assert figures.refused[0].args == {"rows": "2, 4"}
    assert list(figures.frame.select("institution", "period", "karakter.missing").iter_rows()) == [
        ("1", 2023, 0), ("1", 2024, 8), ("2", 2024, 0),
    ]  # fmt: skip


def test_two_rows_in_two_files_are_both_refused(tmp_path: Path) -> None:
    one = a_file(tmp_path, "institution,karakter\n1,7", name="a.csv")
    other = a_file(tmp_path, "institution,karakter\n1,7\n2,8", name="b.csv")
    figures = read_figures([one, other], an_area(), period=the_period())
    assert [(Path(r.file).name, r.row, r.code) for r in figures.refused] == [
        ("a.csv", 2, "duplicate-row"), ("b.csv", 2, "duplicate-row"),
    ]  # fmt: skip
    assert missing(figures, "karakter") == ["refused", "present"]


def test_an_institution_known_only_by_a_refused_row_is_not_also_absent(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter\n1,7\n1,7\n2,7", previous_institutions=["1"])
    assert missing(figures, "karakter") == ["refused", "present"]
    assert "institutions-absent" not in [note.code for note in figures.notes]


def test_rows_are_numbered_as_a_person_sees_them(tmp_path: Path) -> None:
    path = tmp_path / "tal.csv"
    path.write_text('institution,kommune,karakter\n1,"to\nlinjer",7\n\n2,,x\n', encoding="utf-8")
    figures = read_figures([path], an_area(), period=the_period())
    assert refusals(figures) == [(4, "karakter", "x", "not-a-number")]


# Columns


def test_unknown_columns_are_named_with_what_was_meant(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,karakter,karaktr.n,vejr\n1,7,20,sol")
    note = next(note for note in figures.notes if note.code == "columns-unknown")
    assert (note.args["count"], note.args["names"]) == (2, "`karaktr.n` (`karakter.n`?), `vejr`")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id,karakter\n1,7", ["data-no-institution"]),
        ("institution,vejr\n1,sol", ["data-no-indicator"]),
        ("id,vejr\n1,sol", ["data-no-indicator", "data-no-institution"]),
        ("institution,indicator,value\n1,vejr,7", ["data-no-indicator"]),
        ("institution,indicator,tal\n1,karakter,7", ["data-no-values"]),
    ],
)
def test_a_file_of_something_else_is_refused_whole(tmp_path: Path, text: str, expected: list[str]) -> None:
    with pytest.raises(DataError) as fault:
        read(tmp_path, text)
    assert codes(fault) == expected


def test_the_problems_of_all_files_come_at_once(tmp_path: Path) -> None:
    paths = [a_file(tmp_path, "institution,vejr\n1,sol", name=name) for name in ("a.csv", "b.csv")]
    with pytest.raises(DataError) as fault:
        read_figures(paths, an_area(), period=the_period())
    assert codes(fault) == ["data-no-indicator", "data-no-indicator"]


# Long form

LONG = """
    institution,period,indicator,group,value,n,sd,count,missing,measured,kommune
    1,2024/25,karakter,,"7,5",20,"1,5",,,,Aarhus
    1,2024/25,karakter,piger,8,11,,,,,Aarhus
    1,2024/25,fravær,,,100,,7,,2023/24,Aarhus
    1,2024/25,bånd,,over,,,,,,Aarhus
    2,2024/25,karakter,,,,,,suppressed,,Vejle
    2,2023/24,karakter,,6,20,,,,,Vejle
    2,2024/25,hændelse,,ja,,,,,,Vejle
"""


def test_long_form_is_the_same_as_wide(tmp_path: Path) -> None:
    wide = """
        institution;period;kommune;karakter;karakter.n;karakter.sd;karakter.missing;karakter@piger;karakter@piger.n;fravær.n;fravær.count;fravær.measured;bånd;hændelse
        1;2024/25;Aarhus;7,5;20;1,5;;8;11;100;7;2023/24;over;
        2;2023/24;Vejle;6;20;;;;;;;;;
        2;2024/25;Vejle;;;;suppressed;;;;;;;ja
    """
    long = read(tmp_path, LONG)
    assert long.refused == ()
    assert long.frame.equals(read(tmp_path, wide).frame)


def test_in_long_form_a_figure_that_stands_twice_is_refused_alone(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,indicator,value\n1,karakter,7\n1,trivsel,3\n1,karakter,8")
    assert refusals(figures) == [(row, "indicator", "karakter", "duplicate-figure") for row in (2, 4)]
    assert (missing(figures, "karakter"), missing(figures, "trivsel")) == (["refused"], ["present"])


def test_in_long_form_cells_are_refused_at_their_own_row(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution,indicator,value,n\n1,karakter,7,\n1,trivsel,9,\n1,skader,,-1")
    assert refusals(figures) == [(3, "value", "9", "outside-range"), (4, "n", "-1", "negative")]


def test_in_long_form_one_column_has_one_decimal_sign(tmp_path: Path) -> None:
    figures = read(tmp_path, "institution;indicator;value\n1;karakter;7,5\n1;trivsel;3.5\n1;bånd;over")
    assert refusals(figures) == [(0, "value", "", "mixed-decimals")]
    assert (missing(figures, "karakter"), missing(figures, "trivsel"), missing(figures, "bånd")) == (
        ["refused"], ["refused"], ["present"],
    )  # fmt: skip


def test_in_long_form_unknown_indicators_groups_and_parts_are_named(tmp_path: Path) -> None:
    text = "institution,indicator,group,value,sd\n1,karakter,,7,\n1,karater,,7,\n1,karakter,pige,7,\n1,trivsel,,3,1"
    notes = {note.code: note.args for note in read(tmp_path, text).notes}
    assert notes["indicators-unknown"]["names"] == "`karater` (`karakter`?), `karakter@pige` (`karakter@piger`?)"
    assert notes["fields-unused"]["names"] == "`trivsel.sd`"


def test_in_long_form_attributes_must_agree(tmp_path: Path) -> None:
    figures = read(
        tmp_path, "institution,indicator,value,kommune\n1,karakter,7,Aarhus\n1,trivsel,3,Vejle\n2,trivsel,3,Ribe"
    )
    assert refusals(figures) == [(2, "kommune", "Aarhus", "attribute-differs")]
    assert column(figures, "kommune") == [None, "Ribe"]


# An author's case


def test_a_case_is_read_like_a_file(tmp_path: Path) -> None:
    given = {
        "karakter": Decimal("7.5"),
        "karakter.n": 20,
        "kommune": "Aarhus",
        "hændelse": True,
        "fravær": "suppressed",
    }
    frame = rows_from_given(an_area(), given, {"2023/24": {"karakter": 6}}, the_period(), institution="1")
    text = """
        institution,period,kommune,karakter,karakter.n,hændelse,fravær
        1,2024/25,Aarhus,7.5,20,ja,suppressed
        1,2023/24,Aarhus,6,,,
    """
    assert frame.equals(read(tmp_path, text).frame)


def test_a_case_is_told_all_its_faults_with_what_was_meant() -> None:
    given = {"karaktr": 7, "trivsel": 9}
    with pytest.raises(DataError) as fault:
        rows_from_given(an_area(), given, {"2024/25": {"vejr": 1}}, the_period(), where=Where("a.yaml", 7, 3))
    assert sorted(codes(fault)) == ["case-period", "case-unknown-column", "case-unknown-column"]
    assert {problem.where for problem in fault.value.problems} == {Where("a.yaml", 7, 3)}
    first = next(problem for problem in fault.value.problems if problem.path == ("given", "karaktr"))
    assert first.args["suggestion"] == "karakter"


def test_a_case_is_refused_by_the_same_rules_as_a_file() -> None:
    with pytest.raises(DataError) as fault:
        rows_from_given(
            an_area(), {"trivsel": 9, "karakter": Decimal("7.55")}, {"2023/24": {"fravær": 93}}, the_period()
        )
    assert {(p.code, p.path) for p in fault.value.problems} == {
        ("figure-outside-range", ("given", "trivsel")),
        ("figure-finer-than-declared", ("given", "karakter")),
        ("figure-not-a-share", ("earlier", "2023/24", "fravær")),
    }


TYPICAL = {"karakter": 7, "karakter.n": 20, "fravær.count": 7, "fravær.n": 100, "elever": 300}


@pytest.mark.parametrize(
    ("given", "differs"),
    [
        ({}, {}),
        ({"karakter": 8}, {"karakter": 8}),
        ({"fravær": "0.1"}, {"fravær": "0.1", "fravær.count": None}),
        ({"fravær.count": 9}, {"fravær.count": 9}),
        ({"karakter.missing": "withdrawn"}, {"karakter.missing": "withdrawn", "karakter": None, "karakter.n": None}),
        ({"karakter": "too-few"}, {"karakter": "too-few", "karakter.n": None}),
        ({"karakter": None}, {"karakter": None, "karakter.n": None}),
    ],
)
def test_a_case_changes_the_typical_institution_without_contradicting_it(
    given: dict[str, object], differs: dict[str, object]
) -> None:
    area = an_area(typical=TYPICAL)
    expected = {name: value for name, value in (TYPICAL | differs).items() if value is not None}
    assert {name: value for name, value in overlaid(area, given).items() if value is not None} == expected
    assert isinstance(rows_from_given(area, given, {}, the_period()), pl.DataFrame)


def test_earlier_periods_of_a_case_are_as_typical_but_for_what_is_written() -> None:
    area = an_area(typical=TYPICAL)
    frame = rows_from_given(area, {}, {"2023/24": {"trivsel": 3}}, the_period())
    assert frame["elever"].to_list() == [300.0, 300.0]
    assert frame["karakter"].to_list() == [7.0, 7.0]
    assert frame["trivsel.missing"].to_list() == [0, 7]
