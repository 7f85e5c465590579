"""What is told of a regime's results: what they rest on, how they are spread, when two readings or a case agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args

import pytest

from tilsyn.catalogue.areas import Area, Case
from tilsyn.catalogue.expressions import Combination
from tilsyn.engine import columns, exact
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import make_plan
from tilsyn.engine.values import Missing, Reason
from tilsyn.files.template import template_columns
from tilsyn.studies.agreement import quantity_differences
from tilsyn.studies.basis import Figure, Source, closure, figures_read, lacking, met_guard, met_row, reads_of
from tilsyn.studies.expectations import result_differences
from tilsyn.telling.distribution import spread
from tilsyn.telling.quantities import number_text
from tilsyn.telling.words import has

from .small import INDICATORS, NOW, Gone, frame_of

GROUPS = {"fag": {"title": "x", "members": {"dansk": "x", "tysk": "x"}}}


def regime_of(
    quantities: Mapping[str, Any], *, result: Sequence[str] = (), grouped: Sequence[str] = (), attributes: str = "hvem"
) -> tuple[Area, Plan]:
    """A regime with small's indicators, those named measured by `fag`, and relations by the attribute `hvem`."""
    indicators = {
        name: {
            "title": "x",
            "role": "outcome",
            **({} if one["kind"] in ("flag", "category") else {"measured_in": "x"}),
            **({"by": ["fag"]} if name in grouped else {}),
            **one,
        }
        for name, one in INDICATORS.items()
    }
    area = Area.model_validate(
        {
            "tilsyn": 1, "from": "2000-01-01", "area": "område", "title": "x", "authority": "x",
            "unit": {"one": "x", "many": "x"}, "period": "calendar-year", "regime": True, "groups": GROUPS,
            "result": list(result or quantities)[:1], "attributes": {attributes: "text", "egn": "text"},
            "relations": {"partner": {"id": attributes}, "børn": {"their": attributes}}, "indicators": indicators,
            "quantities": {name: q if isinstance(q, dict) else {"value": q} for name, q in quantities.items()},
        }
    )  # fmt: skip
    return area, make_plan(area, None)


def node_of(plan: Plan, name: str) -> Any:
    return next(node for node in plan.quantities if node.name == name)


def case_of(made: tuple[Area, Plan], *rows: Mapping[str, Any]) -> exact.Exact:
    return exact.Exact(made[1], frame_of(made[0], rows).to_dicts())


# what a quantity rests on


def reads(expression: Any, **others: Any) -> tuple[set[str], set[Source], tuple[str, ...]]:
    _, plan = regime_of({"q": expression, **others}, grouped=("andel",))
    found = reads_of(plan, node_of(plan, "q"))
    return set(found.quantities), set(found.sources), found.sets


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("x + gennemsnit.n", {Source("x"), Source("gennemsnit", "n")}),
        ('default(egn = "vest", false)', {Source("egn")}),
        ("fag.mean(andel)", {Source("andel@dansk"), Source("andel@tysk")}),
        ("x - earlier(x, 2)", {Source("x"), Source("x", None, 2)}),
        ("change(y)", {Source("y"), Source("y", None, 1)}),
        ("partner.x", {Source("x", None, 0, "partner")}),
    ],
)
def test_figures_are_found_with_field_year_and_owner(expression: str, wanted: set[Source]) -> None:
    assert reads(expression) == (set(), wanted, ())


@pytest.mark.parametrize(
    ("expression", "wanted", "sets"),
    [
        ("peers.rank(x, from: lowest)", {Source("x")}, ("peers",)),
        ("peers.mean(x, within: egn, where: ja)", {Source("x"), Source("ja"), Source("egn")}, ("peers",)),
        ("børn.mean(x)", set[Source](), ("børn",)),
    ],
)
def test_sets_of_institutions_are_named(expression: str, wanted: set[Source], sets: tuple[str, ...]) -> None:
    """Among peers one is oneself a member; what belongs to a relation is others' figures."""
    assert reads(expression) == (set(), wanted, sets)


def test_adjustments_are_read_too_and_the_running_value_is_no_name() -> None:
    then = [{"id": "A", "when": "y > 0", "add": "value * x.n"}]
    assert reads({"value": "x", "then": then}) == (set(), {Source("x"), Source("y"), Source("x", "n")}, ())


def test_own_quantities_are_followed_and_those_elsewhere_are_not() -> None:
    _, plan = regime_of({"q": "mid + earlier(før, 1) + partner.andres", "mid": "x", "før": "y", "andres": "andel"})
    found = reads_of(plan, node_of(plan, "q"))
    assert found.quantities == ("mid",)
    assert set(found.sources) == {Source("før", None, 1), Source("andres", None, 0, "partner")}
    assert [node.name for node in closure(plan, ["q"])] == ["mid", "q"]


def test_a_key_of_a_record_is_a_quantity() -> None:
    table = {"table": {"hit": "first", "rules": [{"gives": {"a": "x", "b": "y"}}]}}
    assert reads("par.a", par=table)[0] == {"par.a"}


def test_figures_are_shown_once_with_what_is_read_of_them() -> None:
    made = regime_of({"q": "x + andel + gennemsnit.n", "r": "x + x.se + earlier(x, 1) + partner.x"}, result=["q", "r"])
    rows = [
        {"institution": "a", "x": 2, "x.se": 1, "andel.count": 3, "andel.n": 4, "gennemsnit.n": 9, "hvem": "b"},
        {"institution": "a", "x": 1, "period": NOW - 1},
        {"institution": "b", "x": 7},
    ]
    case = case_of(made, *rows)
    found = figures_read(case, [reads_of(made[1], node) for node in made[1].quantities], "a", NOW)
    assert set(map(str, found)) == set(
        map(
            str,
            (
                Figure("x", 0, "", None, Fraction(2), {"se": Fraction(1)}),
                Figure("andel", 0, "", None, Fraction(3, 4), {"count": Fraction(3), "n": Fraction(4)}),
                Figure("gennemsnit", 0, "", None, None, {"n": Fraction(9)}),
                Figure("x", 1, "", None, Fraction(1), {}),
                Figure("x", 0, "partner", "b", Fraction(7), {}),
            ),
        )
    )


def test_a_partner_that_is_not_there_is_nobody() -> None:
    made = regime_of({"q": "partner.x"})
    (figure,) = figures_read(case_of(made, {"institution": "a"}), [reads_of(made[1], node_of(made[1], "q"))], "a", NOW)
    assert (figure.institution, figure.value) == (None, Missing(Reason.NOT_APPLICABLE))


# which row, which guard, what is lacking

TABLE = {"hit": "first", "rules": [{"x": "> 5", "gives": 1}, {"y": "> 5", "gives": 2}, {"gives": 3}]}


@pytest.mark.parametrize(
    ("row", "wanted"),
    [({"x": 6, "y": 9}, 0), ({"x": 5, "y": 6}, 1), ({"x": 5, "y": 5}, 2), ({"x": 5}, None), ({"y": 9}, None)],
)
@pytest.mark.parametrize("guards", [0, 1])
def test_the_row_that_is_met(row: Mapping[str, Any], wanted: int | None, guards: int) -> None:
    """With `first` nothing behind a row that is unknown counts."""
    guarded = {"missing_when": {"stale": "ja"}} if guards else {}
    made = regime_of({"q": {"table": TABLE, **guarded}})
    case = case_of(made, {"institution": "a", "ja": False, **row})
    assert met_row(case, node_of(made[1], "q"), guards, "a", NOW) == wanted


@pytest.mark.parametrize(("row", "wanted"), [({"x": 6}, 0), ({"x": 5}, 1), ({}, None)])
def test_the_only_row_that_is_met(row: Mapping[str, Any], wanted: int | None) -> None:
    rules = [{"x": "> 5", "gives": 1}, {"x": "<= 5", "gives": 2}]
    made = regime_of({"q": {"table": {"hit": "unique", "rules": rules}}})
    assert met_row(case_of(made, {"institution": "a", **row}), node_of(made[1], "q"), 0, "a", NOW) == wanted


@pytest.mark.parametrize(
    ("row", "guard", "met"),
    [
        ({"ja": True, "nej": True, "x": 6}, 0, None),
        ({"ja": False, "nej": True, "x": 6}, 1, None),
        ({"ja": False, "nej": False, "x": 6}, None, 0),
        ({"nej": True, "x": 6}, None, None),
        ({"nej": False, "x": 6}, None, None),
    ],
)
def test_a_guard_stands_before_the_table(row: Mapping[str, Any], guard: int | None, met: int | None) -> None:
    made = regime_of({"q": {"table": TABLE, "missing_when": {"stale": "ja", "too-few": "nej"}}})
    case, node = case_of(made, {"institution": "a", **row}), node_of(made[1], "q")
    assert (met_guard(case, node, 2, "a", NOW), met_row(case, node, 2, "a", NOW)) == (guard, met)


def test_without_guards_none_holds() -> None:
    made = regime_of({"q": "x"})
    assert met_guard(case_of(made, {"institution": "a"}), node_of(made[1], "q"), 0, "a", NOW) is None


def test_what_is_lacking_is_missing_for_the_same_reason() -> None:
    made = regime_of({"q": "x + y + del + andet", "del": "gennemsnit", "andet": "ratio"})
    gone = {"x": "stale", "y": "withdrawn", "gennemsnit": "withdrawn", "ratio": "stale"}
    row = {"institution": "a", **{name: Gone(why) for name, why in gone.items()}}
    found = lacking(case_of(made, row), node_of(made[1], "q"), "a", NOW)
    assert (found.quantities, found.sources) == (("del",), (Source("y"),))


def test_an_adjustment_is_no_reason_where_the_body_gave_nothing() -> None:
    adjusted = {"value": "x", "then": [{"id": "A", "when": "y > 0", "add": 1}]}
    made = regime_of({"q": adjusted})
    both = lacking(case_of(made, {"institution": "a"}), node_of(made[1], "q"), "a", NOW)
    assert both.sources == (Source("x"),)
    after = lacking(case_of(made, {"institution": "a", "x": 1}), node_of(made[1], "q"), "a", NOW)
    assert after.sources == (Source("y"),)


# how results are spread


def spread_of(kind: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> Any:
    area, plan = regime_of({"q": kind})
    return spread(columns.read(plan, frame_of(area, rows), period=NOW), node_of(plan, "q"))


def numbers(*values: float | None, decimals: int | str = 0) -> Any:
    return spread_of({"value": "x", "decimals": decimals}, [{} if v is None else {"x": v} for v in values])


def test_numbers_that_come_again_are_counted_one_by_one() -> None:
    found = numbers(3, 1, 3, 1, None)
    assert (found.values, found.missing, found.total, found.present) == (
        ((1.0, 2), (3.0, 2)),
        (("not-submitted", 1),),
        5,
        4,
    )


def test_numbers_that_hardly_come_again_have_ends_only() -> None:
    assert numbers(3, 1, 3, 1, 2).values is None
    assert numbers(3, 1, 3, 1, 2).ends == (1, 2, 3)
    assert numbers(3, 4).ends == (3, 3.5, 4)
    assert numbers(None, None).ends is None


@pytest.mark.parametrize(("different", "counted"), [(11, True), (12, True), (13, False)])
def test_a_dozen_values_are_few(different: int, counted: bool) -> None:
    assert (numbers(*range(different), *range(different)).values is not None) is counted


def test_numbers_that_are_not_rounded_are_never_counted_one_by_one() -> None:
    assert numbers(1, 1, 1, 1, decimals="exact").values is None


def test_levels_and_flags_show_what_nobody_has() -> None:
    bands = {"of": "x", "levels": {"god": {"at_least": 5}, "jævn": {"at_least": 3}, "svag": "otherwise"}}
    assert spread_of(bands, [{"x": 5}, {"x": 2}, {"x": 5}]).values == (("god", 2), ("jævn", 0), ("svag", 1))
    assert spread_of({"value": "x > 1"}, [{"x": 1}]).values == ((True, 0), (False, 1))


def test_texts_stand_by_how_many_have_them() -> None:
    found = spread_of({"value": "ord"}, [{"ord": "b"}, {"ord": "a"}, {"ord": "b"}, {}])
    assert (found.values, found.missing) == ((("b", 2), ("a", 1)), (("not-submitted", 1),))


def test_reasons_stand_with_the_gravest_first() -> None:
    rows = [{"x": Gone("too-few")}, {}, {"x": Gone("refused")}, {}]
    assert spread_of({"value": "x"}, rows).missing == (("refused", 1), ("not-submitted", 2), ("too-few", 1))


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        ("12.5", 1, "12,5"), ("12.5", 3, "12,500"), ("12.5", None, "12,5"), ("12", None, "12"),
        ("1/3", None, "0,333333"), ("2/3", None, "0,666667"), ("-0.5", None, "−0,5"),
        ("1234567", 0, "1.234.567"), ("0.0000004", None, "0"),
    ],
)  # fmt: skip
def test_a_number_is_written_with_the_decimals_it_has(value: str, decimals: int | None, text: str) -> None:
    assert number_text(Fraction(value), decimals, "da") == text


def test_every_method_has_words_for_how_it_makes_one_of_several() -> None:
    assert [method for method in get_args(Combination) if not has(f"made.{method}")] == []


# when readings, and cases, agree


def differing(quantity: Mapping[str, Any], row: Mapping[str, Any], changed: Mapping[str, Any]) -> list[str]:
    """The columns in which a row of the columns reading, once changed, is not what the exact reading says."""
    area, plan = regime_of({"q": quantity})
    frame = frame_of(area, [row])
    (found,) = columns.read(plan, frame, period=NOW).to_dicts()
    (result,) = exact.results(plan, frame.to_dicts(), period=NOW)
    assert not list(quantity_differences(plan, result, found))
    return [d.column for d in quantity_differences(plan, result, {**found, **changed})]


ADJUSTED = {"value": "x", "decimals": 1, "then": [{"id": "A", "when": "x > 5", "at_most": 5}, {"id": "B", "add": 1}]}


@pytest.mark.parametrize(
    ("changed", "columns_"),
    [
        ({}, []),
        ({"q": 6.1}, ["q"]),
        ({"q": None}, ["q"]),
        ({"q.missing": "stale"}, ["q.missing"]),
        ({"q.before": 7.1}, ["q.before"]),
        ({"q.then": "A"}, ["q.then"]),
        ({"q.then": "B+A"}, ["q.then"]),
        ({"q.then": None}, ["q.then"]),
    ],
)
def test_a_row_is_held_to_value_reason_and_adjustments(changed: Mapping[str, Any], columns_: list[str]) -> None:
    assert differing(ADJUSTED, {"x": 7}, changed) == columns_


def test_a_rounded_number_is_equal_and_an_unrounded_one_near() -> None:
    assert differing({"value": "x / 3", "decimals": 6}, {"x": 1}, {"q": 0.333333 + 1e-12}) == ["q"]
    unrounded = {"value": "x / 3"}
    assert differing(unrounded, {"x": 1}, {"q": 1 / 3 + 0.9e-9}) == []
    assert differing(unrounded, {"x": 1}, {"q": 1 / 3 + 1.1e-9}) == ["q"]
    assert differing(unrounded, {"x": 3000}, {"q": 1000 + 0.9e-6}) == []
    assert differing(unrounded, {"x": 3000}, {"q": 1000 + 1.1e-6}) == ["q"]


def unmet(quantity: Mapping[str, Any], row: Mapping[str, Any], expect: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    area, plan = regime_of({"q": quantity})
    (result,) = exact.results(plan, frame_of(area, [row]).to_dicts(), period=NOW)
    case = Case.model_validate({"name": "x", "given": {}, "expect": expect})
    return list(result_differences(case, plan, result))


@pytest.mark.parametrize(
    ("wanted", "met"),
    [
        (Decimal("0.333333333"), True),
        (Decimal("0.3333333333"), True),
        (Decimal("0.333333334"), False),
        (Decimal("0.33"), False),
    ],
)
def test_a_case_compares_numbers_at_nine_decimals(wanted: Decimal, met: bool) -> None:
    assert (not unmet({"value": "x / 3"}, {"x": 1}, {"results": {"q": wanted}})) is met


@pytest.mark.parametrize(
    ("body", "row", "wanted", "told"),
    [
        ({"value": "x > 1"}, {"x": 2}, True, None),
        ({"value": "x > 1"}, {"x": 2}, 1, ("results.q", "1", "true")),
        ({"value": "x"}, {"x": 1}, True, ("results.q", "true", "1")),
        ({"value": "x"}, {"x": 1}, "1", ("results.q", '"1"', "1")),
        ({"value": "ord"}, {"ord": "a"}, "a", None),
        ({"value": "ord"}, {"ord": "a"}, "b", ("results.q", "b", "a")),
        ({"value": "x"}, {"x": Gone("stale")}, 1, ("results.q", "1", "- (stale)")),
        ({"value": "x", "decimals": 1}, {"x": Decimal("0.25")}, Decimal("0.3"), None),
        ({"value": "x", "decimals": 1}, {"x": Decimal("0.25")}, Decimal("0.25"), ("results.q", "0.25", "0.3")),
    ],
)
def test_a_case_compares_values_of_their_kind(
    body: Mapping[str, Any], row: Mapping[str, Any], wanted: object, told: tuple[str, str, str] | None
) -> None:
    assert unmet(body, row, {"results": {"q": wanted}}) == ([told] if told else [])


# the form to fill in


def test_the_form_follows_what_quantities_read() -> None:
    area, plan = regime_of({"q": "fag.mean(andel) + x.se + gennemsnit", "r": "rate"}, grouped=("andel", "rate"))
    asked = {column.name for column in template_columns(area, plan.quantities)}
    groups = {f"andel@{member}.{part}" for member in ("dansk", "tysk") for part in ("count", "n")}
    assert groups | {"x", "x.se", "gennemsnit", "gennemsnit.n", "rate.count", "rate.n"} <= asked
    assert not {"andel.count", "andel.n", "rate@dansk.count", "x.n", "gennemsnit.sd"} & asked
