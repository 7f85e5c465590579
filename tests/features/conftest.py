"""Every step of the Danish features, in the words that the features use.

A step says what it says and no more: what a scenario builds up is kept by `Situation`, and the
program does the rest. Names are spoken (`højt fravær`) or the Danish titles that people see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from parse import with_pattern
from pytest_bdd import given, parsers, then, when

from tests.features.office import FIRST_DAY, Office, typical_row
from tests.features.situation import Institution, Invented, Situation, consulted_before, named, shipped
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.text import Text
from tilsyn.files.cases import save_cases
from tilsyn.services.proving import compared
from tilsyn.studies.simulate import Setting
from tilsyn.telling.explanation import tell
from tilsyn.telling.reform import reform_report
from tilsyn.telling.reports import call_first, check_data
from tilsyn.telling.words import number, say

ORIGINS = {
    "tværgående lov": "cross-cutting-law", "sektorlov": "sector-law", "bekendtgørelse": "order",
    "kommunal regel": "municipal", "lokal vane": "local",
}  # fmt: skip
PROTECTIONS = {
    "retssikkerhed": "legal-security", "patientsikkerhed": "patient-safety", "personoplysninger": "personal-data",
    "kernekvalitet": "core-quality",
}  # fmt: skip
PARTS = {"henvisningen": "reference", "oprindelsen": "origin", "beskyttelsen": "protects", "timerne": "burden"}
MISSING = ("refused", "not-submitted", "withdrawn", "suppressed", "too-few", "stale", "undefined", "not-applicable")

Rows = list[list[str]]


def danish(text: str) -> Decimal:
    """A number as Danes write it.

    >>> danish("−0,20")
    Decimal('-0.20')
    """
    return Decimal(text.replace(".", "").replace(",", ".").replace("−", "-"))


@with_pattern(r"[-−]?\d+(?:,\d+)?")
def _number(string: str) -> Decimal:
    return danish(string)


@with_pattern(r'[^"]+')
def _words(string: str) -> str:
    return string


@with_pattern(r"\d+")
def _count(string: str) -> int:
    return int(string)


@with_pattern(r"\d{4}(?:/\d{2})?")
def _period(string: str) -> str:
    return string


@with_pattern(r"\w+")
def _word(string: str) -> str:
    return string


def words(text: str) -> parsers.StepParser:
    """A step's sentence: `{x:Tal}` a number, `{x:Antal}` a count, `{x:Ord}` one word, `{x:År}` a period, else text."""
    kinds = {"Tal": _number, "Antal": _count, "Navn": _words, "År": _period, "Ord": _word}
    return parsers.cfparse(re.sub(r"\{(\w+)\}", r"{\1:Navn}", text), extra_types=kinds)


def short(reasons: Iterable[str]) -> str:
    """Reasons of a placement, in the few words that lists use."""
    return ", ".join(say("da", f"short.{reason}") for reason in reasons)


def groups_of(area: Area) -> dict[str, Text]:
    return {name: text for grouping in area.groups.values() for name, text in grouping.members.items()}


@pytest.fixture
def sag(tmp_path: Path) -> Situation:
    """The case at hand."""
    return Situation(tmp_path)


# the rules


@given(words("reglerne for {area}"))
def rules_for(sag: Situation, area: str) -> None:
    sag.choose(area)


@given(words('ministeriet lader målet "{goal}" måle "{indicator}"'))
def goal_measures(sag: Situation, goal: str, indicator: str) -> None:
    area = sag.policy().area
    block = sag.part(sag.area_file, "goals", named(goal, area.goals))
    line = re.search(r"measure: .*", block)
    assert line is not None
    measure = f"measure: {named(indicator, area.indicators)}"
    sag.change(sag.area_file, block, block.replace(line.group(0), measure))


@given(words("ministeriet føjer et mål mere til de {count:Antal}"))
def one_goal_more(sag: Situation, count: int) -> None:
    goals = list(sag.policy().area.goals)
    assert len(goals) == count
    block = sag.part(sag.area_file, "goals", goals[-1])
    another = block.replace(f"  {goals[-1]}:", "  endnu_et_mål:", 1)
    sag.change(sag.area_file, block, f"{block.rstrip()}\n{another.rstrip()}\n\n")


@given(words("kommunen sætter {count:Antal} delmål, hvoraf {serving:Antal} tjener et af ministeriets"))
def municipal_subgoals(sag: Situation, count: int, serving: int) -> None:
    goals = list(sag.policy().area.goals)
    sag.set_below(
        "kommune", "kommunen", {f"k{n}": goals[n % len(goals)] if n < serving else None for n in range(count)}
    )


@given(
    words("{many:Antal} institutioner sætter hver {count:Antal} delmål, hvoraf {serving:Antal} tjener et af kommunens")
)
def institutions_subgoals(sag: Situation, many: int, count: int, serving: int) -> None:
    for which in range(many):
        sag.set_below(
            "institution", f"institution-{which}", {f"i{n}": f"k{n}" if n < serving else None for n in range(count)}
        )


@when("delmålene tælles")
def count_subgoals(sag: Situation) -> None:
    sag.count_below()


@then(words('siges det, at "{text}"'))
@then(words('det siges, at "{text}"'))
def said_of_subgoals(sag: Situation, text: str) -> None:
    assert text in sag.counted.splitlines()


@given(words('ministeriet vil holde øje med "{new}" i stedet for "{old}"'))
def watch_instead(sag: Situation, new: str, old: str) -> None:
    sag.change(sag.area_file, f"watch: {old}", f"watch: {new}")


@given(words('ministeriet sletter indikatoren "{indicator}"'))
def delete_indicator(sag: Situation, indicator: str) -> None:
    name = named(indicator, sag.policy().area.indicators)
    sag.change(sag.area_file, sag.part(sag.area_file, "indicators", name), "\n")
    sag.change(sag.area_file, f"  {name}: false\n", "")
    cases = sag.part(sag.area_file, "cases")
    sag.change(sag.area_file, cases, "cases: []\n")


@given(words('ministeriet sletter {part:Ord} for kravet "{requirement}"'))
def delete_part_of_requirement(sag: Situation, part: str, requirement: str) -> None:
    name = named(requirement, sag.policy().requirements.requirements)
    block = sag.part(sag.register_file, "requirements", name)
    deleted = sag.part(sag.register_file, "requirements", name, PARTS[part])
    sag.change(sag.register_file, block, block.replace(deleted, ""))


@given(words('ministeriet skærper grænsen for "{level}" i målet "{goal}" fra {old:Tal} til {new:Tal} pr. {day}'))
def sharpen(sag: Situation, level: str, goal: str, old: Decimal, new: Decimal, day: str) -> None:
    policy = sag.policy()
    name = named(level, policy.ladder.levels)
    block = sag.part(sag.area_file, "goals", named(goal, policy.area.goals))
    line = f"{name}: {{at_least: {old}}}"
    assert line in block
    dated = f"{name}: {{at_least: {{{policy.area.from_}: {old}, {day}: {new}}}}}"
    sag.change(sag.area_file, block, block.replace(line, dated))


@given(words('trinnet "{step}" lemper alle slags krav uden at undtage dem, der beskytter'))
def relieves_everything(sag: Situation, step: str) -> None:
    block = sag.part(sag.ladder_file, "steps", named(step, sag.policy().ladder.steps))
    sag.change(sag.ladder_file, block, block.replace(", except: protected", ""))


@given(words('trinnet "{step}" lemper kravet "{requirement}"'))
def relieves_by_name(sag: Situation, step: str, requirement: str) -> None:
    policy = sag.policy()
    block = sag.part(sag.ladder_file, "steps", named(step, policy.ladder.steps))
    name = named(requirement, policy.requirements.requirements)
    sag.change(sag.ladder_file, block, block.replace("except: protected", f"except: protected, requirements: [{name}]"))


@given(words("det strengeste trins grænse sænkes fra {old:Tal} til {new:Tal} point, uden at en anden regel tager over"))
def hole_in_the_ladder(sag: Situation, old: Decimal, new: Decimal) -> None:
    sag.change(sag.ladder_file, f'score: "< {old}"', f'score: "< {new}"')


@given(words("trappen kræver {years:Antal} år i træk, før nogen indstilles ned"))
def confirm_down(sag: Situation, years: int) -> None:
    sag.change(sag.ladder_file, "confirm: {up: 1, down: 1}", f"confirm: {{up: 1, down: {years}}}")


@given("en jurist har kontrolleret alle henvisninger i tilsynstrappen")
def ladder_references_checked(sag: Situation) -> None:
    sag.change(sag.ladder_file, "checked: no", "checked: {by: En jurist, on: 2024-06-01}", every=True)


@when("reglerne kontrolleres")
def check(sag: Situation) -> None:
    sag.check()


@then("godkendes de")
def approved(sag: Situation) -> None:
    assert sag.problems == []


@then(words('afvises de med beskeden "{message}"'))
@then(words('beskeden siger også "{message}"'))
def refused(sag: Situation, message: str) -> None:
    assert sag.problems
    assert any(message in line for line in sag.problems), sag.problems


@then("alle henvisninger tælles som ikke kontrolleret")
def all_unchecked(sag: Situation) -> None:
    (counted,) = [area for area in check_data([sag.catalogue], "da")["areas"] if area["area"] == sag.area]
    assert counted["unchecked"] == counted["references"] > 0


# what an area declares


@then(words("området har højst {most:Antal} mål"))
def few_goals(sag: Situation, most: int) -> None:
    assert 1 <= len(sag.policy().area.goals) <= most


@then("hvert mål læser kun tal for resultater")
def outcomes_only(sag: Situation) -> None:
    area = sag.policy().area
    for name, goal in area.goals.items():
        read = [area.indicators[word] for word in re.findall(r"\w+", goal.measure) if word in area.indicators]
        assert {indicator.role for indicator in read} == {"outcome"}, name


@then("hvert mål siger, hvad borgeren får ud af det")
def every_goal_has_an_outcome(sag: Situation) -> None:
    assert all(goal.outcome.get("da") for goal in sag.policy().area.goals.values())


@then("hvert mål siger, hvilke ressourcer det forudsætter")
def every_goal_has_resources(sag: Situation) -> None:
    assert [name for name, goal in sag.policy().area.goals.items() if goal.resources is None] == []


@then("hvert mål nævner mindst én bivirkning og det tal, der holdes øje med")
def every_goal_has_side_effects(sag: Situation) -> None:
    area = sag.policy().area
    assert [name for name, goal in area.goals.items() if not goal.side_effects] == []
    assert all(effect.watch in area.indicators for goal in area.goals.values() for effect in goal.side_effects)


@then("hvert mål har en henvisning")
def every_goal_has_a_reference(sag: Situation) -> None:
    assert all(goal.reference.law or goal.reference.note for goal in sag.policy().area.goals.values())


@then(words("er mindst {count:Antal} grupper hørt, hver med navn, dato og svar, før reglerne trådte i kraft"))
def consulted(sag: Situation, count: int) -> None:
    policy = sag.policy()
    assert consulted_before(policy, policy.area.from_) == len(policy.area.consulted) >= count


@then("har de samme tilsynstrappe")
def same_ladder(sag: Situation) -> None:
    assert {sag.policy(area).area.ladder for area in sag.other_areas} == {sag.policy().area.ladder}


@then("ingen af målene er de samme")
def no_goal_in_common(sag: Situation) -> None:
    own = sag.policy().area.goals
    for other in sag.other_areas:
        assert not set(own) & set(sag.policy(other).area.goals)


@then(words('siger målet "{goal}" i sin henvisning "{text}"'))
@then(words('målet "{goal}" siger i sin henvisning "{text}"'))
def goal_reference_says(sag: Situation, goal: str, text: str) -> None:
    goals = sag.policy().area.goals
    note = goals[named(goal, goals)].reference.note
    assert note is not None
    assert text in note.get("da")


@then(words('er mindst ét mål betinget af, at det ikke går for dårligt for "{group}"'))
def some_goal_guards_a_group(sag: Situation, group: str) -> None:
    area = sag.policy().area
    member = named(group, groups_of(area))
    assert any(goal.equity and member in goal.equity.groups for goal in area.goals.values())


# the register


@then(words("har registret mindst {count:Antal} krav"))
def register_size(sag: Situation, count: int) -> None:
    assert len(sag.policy().requirements.requirements) >= count


@then("hvert krav har en henvisning, en oprindelse og et skøn over timer med kilde")
def register_is_whole(sag: Situation) -> None:
    for requirement in sag.policy().requirements.requirements.values():
        assert requirement.reference.law or requirement.reference.note
        assert requirement.origin in ORIGINS.values()
        assert requirement.burden.hours > 0
        assert requirement.burden.source.get("da")


@then("siger registret:")
def register_says(sag: Situation, datatable: Rows) -> None:
    register = sag.policy().requirements.requirements
    for title, origin, protects in datatable[1:]:
        requirement = register[named(title, register)]
        wanted = [] if protects == "ingen" else [PROTECTIONS[word] for word in protects.split(" og ")]
        assert (requirement.origin, list(requirement.protects)) == (ORIGINS[origin], wanted), title


@then(words('gentager kravet "{requirement}" kravet "{other}"'))
@then(words('kravet "{requirement}" gentager kravet "{other}"'))
def repeats(sag: Situation, requirement: str, other: str) -> None:
    register = sag.policy().requirements.requirements
    assert named(other, register) in register[named(requirement, register)].repeats


@then(words("mindst {count:Antal} krav beskytter nogen"))
def some_protect(sag: Situation, count: int) -> None:
    assert sum(1 for one in sag.policy().requirements.requirements.values() if one.protects) >= count


# the steps of the ladder


@then("lemper intet trin et krav, der beskytter nogen")
def protected_everywhere(sag: Situation) -> None:
    protected = {name for name, one in sag.policy().requirements.requirements.items() if one.protects}
    for title, effects in sag.all_effects().items():
        assert protected <= {duty.id for duty in effects.in_force}, title
        assert not protected & {duty.id for duty in effects.relieved}, title


@then(words('på trinnet "{step}" bortfalder netop de krav, der ikke beskytter nogen'))
def relieves_exactly_the_unprotected(sag: Situation, step: str) -> None:
    unprotected = {name for name, one in sag.policy().requirements.requirements.items() if not one.protects}
    assert {duty.id for duty in sag.effects_on(step).relieved} == unprotected


@then(words('kræver intet trin mere end "{step}"'))
def nothing_is_required_beyond(sag: Situation, step: str) -> None:
    ordinary = {duty.id for duty in sag.effects_on(step).in_force}
    for title, effects in sag.all_effects().items():
        assert {duty.id for duty in effects.in_force} <= ordinary, title
        assert effects.added == (), title


@then(words('bliver der færre krav og færre besøg for hvert trin fra "{first}" op til "{last}"'))
def fewer_upwards(sag: Situation, first: str, last: str) -> None:
    steps = list(sag.all_effects().items())
    titles = [title for title, _ in steps]
    way = [effects for _, effects in steps[titles.index(last) : titles.index(first) + 1]]
    assert len(way) > 1
    for freer, stricter in pairwise(way):
        assert {duty.id for duty in freer.in_force} < {duty.id for duty in stricter.in_force}
        assert freer.visits.times * stricter.visits.per_years < stricter.visits.times * freer.visits.per_years


@then(words('på trinnet "{step}" følger retten "{right}" med'))
def step_gives_right(sag: Situation, step: str, right: str) -> None:
    assert named(right, sag.policy().ladder.rights) in sag.effects_on(step).rights


@then(words('på trinnet "{step}" kommer tilsynet {times:Antal} gang på {years:Antal} år'))
def step_visits(sag: Situation, step: str, times: int, years: int) -> None:
    visits = sag.effects_on(step).visits
    assert (visits.times, visits.per_years) == (times, years)


# an institution and its figures


@given(words("en almindelig {unit:Ord}"))
@given(words("et almindeligt {unit:Ord}"))
def ordinary(sag: Situation, unit: str) -> None:
    sag.choose(unit)
    assert sag.one.given == {}


@given(words('den har stået på "{step}" i {years:Antal} år'))
def stood_on(sag: Situation, step: str, years: int) -> None:
    sag.stood_on(step, years)


@given("den kunne heller ikke vurderes året før")
def absent_before(sag: Situation) -> None:
    assert sag.one.before is not None
    sag.one.before["absent"] = 1


def figure(sag: Situation, indicator: str, group: str | None = None) -> str:
    """The column of an indicator's figure, or of a group's."""
    area = sag.policy().area
    name = named(indicator, area.indicators)
    return name if group is None else f"{name}@{named(group, groups_of(area))}"


@given(words('tallet for "{indicator}" er {value:Tal}'))
def has_figure(sag: Situation, indicator: str, value: Decimal) -> None:
    sag.one.given[figure(sag, indicator)] = value


@given(words('tallet for "{indicator}" er {value:Tal}, hvor {expected:Tal} var forventet'))
def has_figure_and_expected(sag: Situation, indicator: str, value: Decimal, expected: Decimal) -> None:
    column = figure(sag, indicator)
    sag.one.given |= {column: value, f"{column}.expected": expected}


@given(words('"{indicator}" gælder {count:Tal} af {n:Tal}'))
def has_share(sag: Situation, indicator: str, count: Decimal, n: Decimal) -> None:
    column = figure(sag, indicator)
    sag.one.given |= {f"{column}.count": count, f"{column}.n": n}


@given(words('der er {count:Tal} tilfælde af "{indicator}"'))
def has_count(sag: Situation, indicator: str, count: Decimal) -> None:
    sag.one.given[f"{figure(sag, indicator)}.count"] = count


@given(words('der er {count:Tal} tilfælde af "{indicator}", hvor {expected:Tal} var forventet'))
def has_count_and_expected(sag: Situation, indicator: str, count: Decimal, expected: Decimal) -> None:
    column = figure(sag, indicator)
    sag.one.given |= {f"{column}.count": count, f"{column}.expected": expected}


@given(words('"{indicator}" bygger på {n:Tal} personer'))
def has_n(sag: Situation, indicator: str, n: Decimal) -> None:
    sag.one.given[f"{figure(sag, indicator)}.n"] = n


@given(words('for gruppen "{group}" er tallet for "{indicator}" {value:Tal}, hvor {expected:Tal} var forventet'))
def group_has_figure(sag: Situation, group: str, indicator: str, value: Decimal, expected: Decimal) -> None:
    column = figure(sag, indicator, group)
    sag.one.given |= {column: value, f"{column}.expected": expected}


@given(words('for gruppen "{group}" gælder "{indicator}" {count:Tal} af {n:Tal}'))
def group_has_share(sag: Situation, group: str, indicator: str, count: Decimal, n: Decimal) -> None:
    column = figure(sag, indicator, group)
    sag.one.given |= {f"{column}.count": count, f"{column}.n": n}


@given(words('i gruppen "{group}" bygger "{indicator}" på {n:Tal} personer'))
def group_has_n(sag: Situation, group: str, indicator: str, n: Decimal) -> None:
    sag.one.given[f"{figure(sag, indicator, group)}.n"] = n


@given(words('der mangler tal for "{indicator}", fordi de er "{reason}"'))
def has_no_figure(sag: Situation, indicator: str, reason: str) -> None:
    column = figure(sag, indicator)
    told = {say("da", f"missing.{code}"): code for code in MISSING}
    for name in [name for name in sag.one.given if name.split(".")[0] == column]:
        del sag.one.given[name]
    sag.one.given[f"{column}.missing"] = told[reason]


@given(words('det forventede for "{indicator}" er ukendt'))
def no_expected(sag: Situation, indicator: str) -> None:
    sag.one.given[f"{figure(sag, indicator)}.expected"] = None


@given(words('tallet for "{indicator}" er målt i {period:År}'))
def measured_in(sag: Situation, indicator: str, period: str) -> None:
    sag.one.given[f"{figure(sag, indicator)}.measured"] = period


@given(words("tallene var de samme de {years:Antal} foregående år"))
def same_before(sag: Situation, years: int) -> None:
    sag.one.same_before = years


@given("der er sket en alvorlig hændelse")
def grave_event(sag: Situation) -> None:
    sag.one.given[figure(sag, "alvorlig hændelse")] = True


@given("den har ikke 9. klasse")
def no_ninth_grade(sag: Situation) -> None:
    sag.one.given["har_9_klasse"] = False


@given(words("den har {size:Antal} {attribute:Ord}"))
def has_size(sag: Situation, size: int, attribute: str) -> None:
    sag.one.given[named(attribute, sag.policy().area.attributes)] = size


@given(words("dens antal {attribute:Ord} er ukendt"))
def has_no_size(sag: Situation, attribute: str) -> None:
    sag.one.given[named(attribute, sag.policy().area.attributes)] = None


@given(words('disse tal for "{indicator}", hvor {expected:Tal} var forventet hvert år:'))
def figures_by_year(sag: Situation, indicator: str, expected: Decimal, datatable: Rows) -> None:
    column = figure(sag, indicator)
    told = {say("da", f"missing.{code}"): code for code in MISSING}
    for period, value in datatable[1:]:
        figures = {f"{column}.missing": told[value]} if value in told else {column: danish(value)}
        sag.one.by_period[period] = {**figures, f"{column}.expected": expected}
    for beside in ("n", "sd"):
        sag.one.given[f"{column}.{beside}"] = sag.policy().area.typical[f"{column}.{beside}"]


@given(words('disse skoler, der har stået på "{step}" i {years:Antal} år:'))
def several_schools(sag: Situation, step: str, years: int, datatable: Rows) -> None:
    sag.choose("skole")
    for name, *cells in datatable[1:]:
        row = dict(zip(datatable[0][1:], cells, strict=True))
        given_: dict[str, Any] = {
            "karakter": danish(row["karakter"]), "karakter.expected": danish(row["forventet"]),
            "læsning": danish(row["læsning"]), "alvorlig_hændelse": row["alvorlig hændelse"] == "ja",
        }  # fmt: skip
        sag.institutions[name] = Institution(given_)
        sag.stood_on(step, years, name)


# placing


@when(words("den indplaceres for {period:År}"))
def place(sag: Situation, period: str) -> None:
    sag.place(period)


@when("den indplaceres år for år")
def place_by_year(sag: Situation) -> None:
    sag.place_through(sag.one.by_period)


@when(words("den indplaceres hvert år fra {first:År} til {last:År}"))
def place_each_year(sag: Situation, first: str, last: str) -> None:
    sag.place_through(sag.between(first, last))


@when(words("de indplaceres for {period:År}"))
def place_all(sag: Situation, period: str) -> None:
    sag.place_all(period)


@when("et menneske har afgjort sagen efter indstillingen")
def decide(sag: Situation) -> None:
    sag.decided = True


# where it stands, and why


@then(words('står den på "{step}"'))
@then(words('den står på "{step}"'))
def stands_on(sag: Situation, step: str) -> None:
    assert sag.last.step(sag.last.placement.step) == step, sag.last.placement.reasons


@then(words('bliver den stående på "{step}"'))
def stays_on(sag: Situation, step: str) -> None:
    stands_on(sag, step)
    assert sag.last.placement.start.previous == sag.last.placement.step


@then(words('går den op til "{step}"'))
def goes_up_to(sag: Situation, step: str) -> None:
    stands_on(sag, step)
    assert sag.last.placement.step is not None
    assert sag.last.placement.step < sag.last.placement.start.previous
    in_force(sag, step)


@then(words('indstilles den til "{step}"'))
@then(words('den indstilles til "{step}"'))
def recommended_for(sag: Situation, step: str) -> None:
    stands_on(sag, step)
    assert sag.last.placement.step is not None
    assert sag.last.placement.step > sag.last.placement.start.previous


@then(words('grunden er "{reasons}"'))
def because(sag: Situation, reasons: str) -> None:
    assert short(sag.last.placement.reasons) == reasons


@then(words("er resultatet {points:Tal} point af 100"))
@then(words("resultatet er {points:Tal} point af 100"))
def score(sag: Situation, points: Decimal) -> None:
    assert sag.last.placement.ladder.score == Fraction(points)


@then(words('niveauet for "{goal}" er "{level}"'))
@then(words('er niveauet for "{goal}" "{level}"'))
def level_of(sag: Situation, goal: str, level: str) -> None:
    assert _level(sag, sag.last.goal(goal).point) == level


def _level(sag: Situation, rank: int | None) -> str | None:
    return None if rank is None else list(sag.last.policy.ladder.levels.values())[rank].get("da")


@then(words('niveauet for "{goal}" kan være alt fra "{worst}" til "{best}"'))
def plausible_levels(sag: Situation, goal: str, worst: str, best: str) -> None:
    found = sag.last.goal(goal)
    assert (_level(sag, found.worst), _level(sag, found.best)) == (worst, best)


@then(words('de rimelige trin går fra "{freest}" til "{strictest}"'))
def plausible_steps(sag: Situation, freest: str, strictest: str) -> None:
    working = sag.last.placement.ladder
    assert working.freest is not None
    assert working.strictest is not None
    assert (sag.last.step(working.freest.step), sag.last.step(working.strictest.step)) == (freest, strictest)


@then(words('er tallet for målet "{goal}" {value:Tal}'))
def goal_figure(sag: Situation, goal: str, value: Decimal) -> None:
    assert sag.last.goal(goal).reading.value == Fraction(value)


@then(words('målet "{goal}" har intet tal, fordi det er "{reason}"'))
def goal_has_no_figure(sag: Situation, goal: str, reason: str) -> None:
    why = sag.last.goal(goal).reason
    assert why is not None, sag.last.goal(goal).reading.value
    assert say("da", f"missing.{why.word}") == reason


@then("er forløbet:")
def course(sag: Situation, datatable: Rows) -> None:
    told = [[one.period.label, one.step(one.placement.step), short(one.placement.reasons)] for one in sag.course]
    assert told == datatable[1:]


@then("bør tilsynet ringe til:")
def call_list(sag: Situation, datatable: Rows) -> None:
    assert sag.several is not None
    steps = sag.policy().ladder.steps
    told = [
        [row["institution"], steps[row["step"]].title.get("da"), short(row["reasons"].split("+"))]
        for row in call_first(sag.several.frame).to_dicts()
    ]
    assert told == datatable[1:]


# what it means


@then(words('"{step}" er i kraft'))
@then(words('er "{step}" i kraft'))
def in_force(sag: Situation, step: str) -> None:
    assert sag.last.policy.ladder.steps[sag.effects.step].title.get("da") == step


@then(words('i kraft er "{step}", indtil et menneske har afgjort sagen'))
def in_force_until_decided(sag: Situation, step: str) -> None:
    in_force(sag, step)
    assert f"I kraft er {step}, indtil et menneske har afgjort sagen." in sag.explanation


@then(words('kravet "{requirement}" bortfalder'))
def requirement_falls_away(sag: Situation, requirement: str) -> None:
    name = named(requirement, sag.last.policy.requirements.requirements)
    assert name in [duty.id for duty in sag.effects.relieved]
    assert name not in [duty.id for duty in sag.effects.in_force]


@then(words('kravet "{requirement}" gælder'))
def requirement_holds(sag: Situation, requirement: str) -> None:
    name = named(requirement, sag.last.policy.requirements.requirements)
    assert name in [duty.id for duty in sag.effects.in_force]


@then("alle krav, der ikke beskytter nogen, bortfalder")
def all_unprotected_fall_away(sag: Situation) -> None:
    assert [duty.id for duty in sag.effects.in_force if not duty.protects] == []


@then("der kommer ingen krav til")
def nothing_added(sag: Situation) -> None:
    assert sag.effects.added == ()
    everyone = {duty.id for duty in sag.effects_on("Almindeligt tilsyn").in_force}
    assert {duty.id for duty in sag.effects.in_force} <= everyone


@then(words('retten "{right}" følger med'))
def right_follows(sag: Situation, right: str) -> None:
    assert named(right, sag.last.policy.ladder.rights) in sag.effects.rights


@then("ingen rettigheder følger med")
def no_rights(sag: Situation) -> None:
    assert sag.effects.rights == ()


@then(words('hjælpen "{support}" tilbydes'))
def help_offered(sag: Situation, support: str) -> None:
    assert named(support, sag.last.policy.supports) in sag.effects.offered


@then(words('hjælpen "{support}" er påbudt'))
@then(words('er hjælpen "{support}" påbudt'))
def help_ordered(sag: Situation, support: str) -> None:
    assert named(support, sag.last.policy.supports) in sag.effects.ordered


@then("ingen hjælp er påbudt")
def no_help_ordered(sag: Situation) -> None:
    assert sag.effects.ordered == ()


@then(words("tilsynet kommer {times:Antal} gange på {years:Antal} år"))
def visits(sag: Situation, times: int, years: int) -> None:
    assert (sag.effects.visits.times, sag.effects.visits.per_years) == (times, years)


@then(words("der frigøres {hours:Tal} timer om året"))
def hours_freed(sag: Situation, hours: Decimal) -> None:
    freed = sag.effects.hours_freed
    assert freed.whole == Fraction(hours)
    assert f"i alt {number(freed.hours, 0, 'da')} timer om året" in sag.explanation


# the explanation


@then(words('siger forklaringen "{text}"'))
@then(words('forklaringen siger "{text}"'))
def explanation_says(sag: Situation, text: str) -> None:
    assert text in sag.explanation, sag.explanation


@then("nævner forklaringen:")
def explanation_names(sag: Situation, datatable: Rows) -> None:
    for (text,) in datatable:
        explanation_says(sag, text)


@then(words('forklaringen viser for målet "{goal}" tallet {value:Tal} og usikkerheden omkring det'))
def explanation_shows_figure(sag: Situation, goal: str, value: Decimal) -> None:
    policy, working = sag.last.policy, sag.last.goal(goal)
    title = policy.area.goals[working.name].title.get("da")
    (row,) = [row for row in sag.table("Mål").rows if row[0].startswith(title)]
    assert row[2] == number(Fraction(value), policy.area.goals[working.name].decimals, "da")
    low, high = (danish(end) for end in row[3].split(" … "))
    assert low < value < high


@then(words('er grundlaget for reglen mærket "{mark}"'))
def rule_is_marked(sag: Situation, mark: str) -> None:
    rows = sag.table("Regler").rows
    assert rows
    assert all(row[-1].endswith(f"[{mark}]") for row in rows)


@then("er grundlaget for reglen ikke mærket")
def rule_is_not_marked(sag: Situation) -> None:
    rows = sag.table("Regler").rows
    assert rows
    assert not any(say("da", "unchecked") in row[-1] for row in rows)


@then("er det mindste, der alene ville føre til et friere trin:")
def least_change(sag: Situation, datatable: Rows) -> None:
    rows = sag.table("Et mål alene").rows
    assert [[goal, now, to, step, earliest] for goal, now, to, _, step, earliest in rows] == datatable[1:]


@then(words('er et bedre gennemsnit i "{goal}" ikke nok til at komme op'))
def the_average_is_not_enough(sag: Situation, goal: str) -> None:
    (change,) = [c for c in sag.ways_up.goals if c.goal == named(goal, sag.policy().area.goals)]
    assert change.groups


@then(words('det er nok, at det går bedre for gruppen "{group}"'))
def the_group_is_enough(sag: Situation, group: str) -> None:
    fewest = sag.ways_up.fewest
    assert fewest is not None
    assert [change.member for change in fewest.changes if change.member] == [named(group, groups_of(sag.policy().area))]


# what is proved


@given("ministeriet lader tal, der ikke er indberettet, være i tvivl i stedet for dårligst")
def silence_is_doubt(sag: Situation) -> None:
    sag.change(sag.ladder_file, "not-submitted: worst", "not-submitted: doubt")


@given(words('ministeriet lader ingen gå op fra "{step}" før efter {years:Antal} år'))
def step_is_served(sag: Situation, step: str, years: int) -> None:
    name = named(step, sag.policy().ladder.steps)
    sag.change(sag.ladder_file, "  lapse:", f"  dwell: {{{name}: {years}}}\n  lapse:")


@given(words("ministeriet bytter om på trinnene for mindst {upper:Antal} og mindst {lower:Antal} point"))
def steps_swapped(sag: Situation, upper: int, lower: int) -> None:
    rules = sag.part(sag.ladder_file, "placement")
    first, second = (
        next(part for part in re.split(r"(?=    - id: )", rules) if f'score: "{test}"' in part)
        for test in (f">= {upper}", f"[{lower}..{upper})")
    )
    steps = [found.group(0) for part in (first, second) if (found := re.search(r"step: \S+", part))]
    swapped = rules.replace(first, first.replace(steps[0], steps[1]))
    sag.change(sag.ladder_file, rules, swapped.replace(second, second.replace(steps[1], steps[0])))


@given(words("ministeriet hæver grænsen for det strengeste trin fra {old:Antal} til {new:Antal} point"))
def strictest_limit(sag: Situation, old: int, new: int) -> None:
    for comparison in ("<", ">="):
        sag.change(sag.ladder_file, f'score: "{comparison} {old}"', f'score: "{comparison} {new}"')


@when("trappen prøves")
def prove(sag: Situation) -> None:
    sag.prove()


@when("modeksemplerne gemmes")
def save_counterexamples(sag: Situation) -> None:
    sag.prove()
    assert save_cases(sag.proved, sag.folder / "modeksempler.yaml").unsaved == ()


@when("reglerne sammenlignes med de medfølgende")
def compare_with_shipped(sag: Situation) -> None:
    (sag.compared,) = compared(sag.catalogue, shipped(), [sag.area])


@then(words('holder den, at "{promise}"'))
@then(words('den holder, at "{promise}"'))
def promise_holds(sag: Situation, promise: str) -> None:
    assert {verdict.outcome for verdict in sag.verdicts(promise)} == {"holds"}


@then("alle dens løfter holder")
def every_promise_holds(sag: Situation) -> None:
    assert {verdict.outcome for one in sag.proved for verdict in one.verdicts} == {"holds"}


@then(words('holder den ikke, at "{promise}"'))
def promise_fails(sag: Situation, promise: str) -> None:
    assert {verdict.outcome for verdict in sag.verdicts(promise)} == {"fails"}


@then(words('modeksemplet siger "{text}"'))
def counterexample_says(sag: Situation, text: str) -> None:
    assert text in sag.proof_text, sag.proof_text


@then(
    words(
        'modeksemplet viser {periods:Antal} perioder, og i den sidste står den, der tier, på "{silent}" og den anden '
        'på "{honest}"'
    )
)
def counterexample_ends(sag: Situation, periods: int, silent: str, honest: str) -> None:
    (verdict,) = sag.verdicts("Tavshed betaler sig aldrig")
    titles = [step.title.get("da") for step in sag.policy().ladder.steps.values()]
    told = [[titles[year.step] for year in story.years if year.step is not None] for story in verdict.stories]
    assert [len(steps) for steps in told] == [periods, periods]
    assert [steps[-1] for steps in told] == [honest, silent]


@then(words("er der {count:Antal} eksempler, som reglerne opfylder i dag"))
def saved_cases_pass(sag: Situation, count: int) -> None:
    assert [result.passed for result in sag.saved_cases(sag.catalogue)] == [True] * count


@then("de opfyldes ikke af de medfølgende regler")
def saved_cases_fail(sag: Situation) -> None:
    assert not all(result.passed for result in sag.saved_cases(shipped()))


@then(words('kommer nogen med samme niveauer fra "{before}" til "{after}"'))
def some_come_to(sag: Situation, before: str, after: str) -> None:
    steps = sag.policy().ladder.steps
    assert sag.compared is not None
    assert sag.compared.versions is not None
    shifts = [(shift.before, shift.after) for shift in sag.compared.versions.stricter]
    assert shifts == [(named(before, steps), named(after, steps))]


@then("ingen kommer på et friere trin")
def nobody_freer(sag: Situation) -> None:
    assert sag.compared is not None
    assert sag.compared.versions is not None
    assert all(shift.further is not None and shift.further > 0 for shift in sag.compared.versions.shifts)


# what chance does


@given(words("{units} opdigtede institutioner på området {area:Ord}, hvis kvalitet står stille"))
def invented(sag: Situation, units: str, area: str) -> None:
    sag.choose(area)
    sag.invented = Invented(int(danish(units)), "constant")


@given(words("{units} opdigtede institutioner på området {area:Ord}, hvis kvalitet ændrer sig i et kendt år"))
def invented_changing(sag: Situation, units: str, area: str) -> None:
    sag.choose(area)
    sag.invented = Invented(int(danish(units)), "changes")


@when(words("trappen prøves på dem i {years:Antal} år"))
def simulate(sag: Situation, years: int) -> None:
    sag.simulate(years)


@when("trappen prøves med disse krav til sikkerheden:")
def simulate_settings(sag: Situation, datatable: Rows) -> None:
    sag.simulate(12, [Setting(Fraction(danish(up)), Fraction(danish(down)), int(n)) for up, down, n in datatable[1:]])


@then(words("flytter højst {share:Tal} % af dem om året"))
def few_move(sag: Situation, share: Decimal) -> None:
    assert sag.simulated.figures[0].moves <= float(share) / 100


@then("ingen af de mindste når med urette det strengeste trin")
def nobody_is_wronged(sag: Situation) -> None:
    assert sag.simulated.figures[0].wronged_of[0] == 0


@then(words("efter {years:Antal} år er mindst {share:Tal} % af dem, der svigter, fundet"))
def the_failing_are_found(sag: Situation, years: int, share: Decimal) -> None:
    assert sag.simulated.true_steps[-1] > 0
    assert sag.simulated.figures[0].found[years - 1] >= float(share) / 100


@then("flere står på deres sande trin, end hvis tvivlen ikke talte med")
def more_are_right(sag: Situation) -> None:
    assert sag.simulated.figures[0].true > sag.simulated.figures[-1].true


@then(words("ville mindst {share:Tal} % af dem flytte om året, hvis tvivlen ikke talte med"))
def many_would_move(sag: Situation, share: Decimal) -> None:
    assert sag.simulated.figures[-1].moves >= float(share) / 100


@then(words("mindst {share:Tal} % af de mindste ville med urette nå det strengeste trin"))
def many_would_be_wronged(sag: Situation, share: Decimal) -> None:
    assert sag.simulated.figures[-1].wronged_of[0] >= float(share) / 100


@then("flytter færre for hver linje")
def fewer_move(sag: Situation) -> None:
    moves = [figures.moves for figures in sag.simulated.figures[:-1]]
    assert all(more > fewer for more, fewer in pairwise(moves)), moves


@then(words("for hver linje er færre af de fremragende nået op efter {years:Antal} år"))
def fewer_are_freed(sag: Situation, years: int) -> None:
    freed = [figures.freed[years - 1] for figures in sag.simulated.figures[:-1]]
    assert all(more > fewer for more, fewer in pairwise(freed)), freed


@then(words("er flere af de nye svigtende fundet efter {later:Antal} år end efter {sooner:Antal} år"))
def more_are_found(sag: Situation, later: int, sooner: int) -> None:
    found = sag.simulated.figures[0].found
    assert found[later - 1] > found[sooner - 1]


# the record


@pytest.fixture
def kontor(tmp_path: Path) -> Office:
    """The authority with a record."""
    return Office(tmp_path, "folkeskole", typical_row(shipped().on("folkeskole", date(2025, 1, 1)).area.typical))


@given("en tom database for folkeskolen")
def an_empty_record(kontor: Office) -> None:
    assert kontor.runs.store.periods(kontor.area) == []


@given(words('skolen "{school}" leverer tal for {period:År}, hvor "{figure}" er {value:Tal}'))
def school_brings(kontor: Office, school: str, period: str, figure: str, value: Decimal) -> None:
    kontor.bring(school, period, **{figure: str(value)})


@given(
    words(
        'skolen "{school}" leverer tal for {period:År}, hvor "{first}" er {one:Tal}, "{second}" er {two:Tal} '
        'og "{third}" er {three:Tal}'
    )
)
def school_brings_three(
    kontor: Office, school: str, period: str, first: str, one: Decimal, second: str, two: Decimal, third: str,
    three: Decimal,
) -> None:  # fmt: skip
    kontor.bring(school, period, **{first: str(one), second: str(two), third: str(three)})


@when(words("skolerne leverer de samme tal for {period:År}"))
@when(words("skolerne leverer de samme tal for {period:År} igen"))
def schools_bring_again(kontor: Office, period: str) -> None:
    kontor.again(period)


@when(words('dagen efter bliver "{figure}" for "{school}" rettet til {value:Tal}'))
def corrected(kontor: Office, figure: str, school: str, value: Decimal) -> None:
    kontor.now += timedelta(days=1)
    period = max(period for one, period in kontor.brought if one == school)
    kontor.bring(school, period, **{figure: str(value)})


@when(words("skolerne indplaceres for {period:År}"))
@when(words("skolerne indplaceres igen for {period:År}"))
@when(words("skolerne indplaceres for {period:År} igen uden nye tal"))
def periods_are_run(kontor: Office, period: str) -> None:
    kontor.run(period)


@when(words("skolerne indplaceres for {period:År} til {through:År}"))
def several_are_run(kontor: Office, period: str, through: str) -> None:
    kontor.run(period, through)


@when(words('"{who}" for "{school}" beslutter "{step}", fordi "{because}"'))
def somebody_decides(kontor: Office, who: str, school: str, step: str, because: str) -> None:
    kontor.decide(school, named(step, _titles(kontor)), who, because)


@when(words('nogen retter tallet for "{school}" uden om programmet'))
def tampered(kontor: Office, school: str) -> None:
    kontor.tamper(school)


def _titles(kontor: Office) -> dict[str, Any]:
    return dict(kontor.policy.ladder.steps)


def _recommended(kontor: Office, school: str, step: str, period: str | None = None) -> None:
    found = kontor.explained(school, period)
    assert found.placement.step is not None
    assert found.plan.ladder.steps[found.placement.step] == named(step, _titles(kontor))


@then(words('er "{school}" indstillet til "{step}"'))
@then(words('"{school}" er indstillet til "{step}"'))
def is_recommended(kontor: Office, school: str, step: str) -> None:
    _recommended(kontor, school, step)


@then(words('er "{school}" stadig indstillet til "{step}" for {period:År}'))
def is_still_recommended(kontor: Office, school: str, step: str, period: str) -> None:
    _recommended(kontor, school, step, period)


@then(words('som det var kendt den første dag, er "{school}" indstillet til "{step}"'))
def was_recommended(kontor: Office, school: str, step: str) -> None:
    found = kontor.explained(school, as_of=FIRST_DAY + timedelta(hours=10))
    assert found.placement.step is not None
    assert found.plan.ladder.steps[found.placement.step] == named(step, _titles(kontor))


@then(words('for "{school}" gælder "{step}"'))
@then(words('gælder for "{school}" "{step}"'))
def is_in_force(kontor: Office, school: str, step: str) -> None:
    found, wanted = kontor.explained(school), named(step, _titles(kontor))
    assert found.in_force is not None
    assert found.plan.ladder.steps[found.in_force] == wanted
    assert kontor.runs.in_force(kontor.area)[school] == wanted
    listed = kontor.latest().table("placements", school)
    assert listed["in_force"].to_list() == [wanted]


@then(words('forklaringen af "{school}" nævner "{one}" og "{other}"'))
def explanation_of_names(kontor: Office, school: str, one: str, other: str) -> None:
    told = " ".join(str(block) for block in tell(kontor.explained(school), "da"))
    assert one in told
    assert other in told


@then(words('kom "{school}" fra "{step}"'))
def came_from(kontor: Office, school: str, step: str) -> None:
    found = kontor.explained(school)
    assert found.plan.ladder.steps[found.placement.start.previous] == named(step, _titles(kontor))


@then(words('den, der bør ringes til først, er "{school}"'))
def is_called_first(kontor: Office, school: str) -> None:
    assert call_first(kontor.latest().table("placements"))["institution"].to_list()[0] == school


@then(words("er indplaceringen for {period:År} forældet"))
def is_stale(kontor: Office, period: str) -> None:
    assert kontor.told is not None
    assert kontor.told.stale == (period,)


@then(words('flytter "{school}" fra "{before}" til "{after}" på grund af "{goal}"'))
def shifts(kontor: Office, school: str, before: str, after: str, goal: str) -> None:
    (shift,) = kontor.ran[-1].shifts
    steps = _titles(kontor)
    assert (shift.institution, shift.before, shift.after) == (school, named(before, steps), named(after, steps))
    assert shift.why == (goal,)


@then(words('"{school}" flytter ikke'))
def does_not_shift(kontor: Office, school: str) -> None:
    assert kontor.ran[-1].rerun
    assert school not in [shift.institution for shift in kontor.ran[-1].shifts]


@then("er der intet nyt, og databasen er, som den var")
def nothing_new(kontor: Office) -> None:
    assert kontor.told is not None
    assert kontor.told.id is None
    assert kontor.told.counts["same"] > 0
    assert kontor.runs.store.head() == kontor.before


@then(words("er der kun én indplacering for {period:År}"))
def one_run(kontor: Office, period: str) -> None:
    assert [run.label for run in kontor.runs.every(kontor.area)] == [period]
    assert kontor.runs.store.head() == kontor.before


@then("står alt i databasen, som det blev skrevet")
def untouched(kontor: Office) -> None:
    assert kontor.faults() == []


@then("bliver det opdaget, og det siges hvilket tal")
def found_out(kontor: Office) -> None:
    (fault,) = kontor.faults()
    assert (fault.code, fault.args["table"]) == ("row-changed", "observation")
    row = kontor.row("observation", fault.args["id"])
    assert (row["institution"], row["figure"], row["value"]) == ("Birk", "karakter", 9.9)


# other rules, tried on the record


@given("et udkast for folkeskolen")
def a_draft(sag: Situation) -> None:
    sag.choose("folkeskole")
    sag.copy()


@given(words('udkastet lader et enkelt kritisk mål føre til "{after:Navn}" og ikke "{before:Navn}"'))
def one_is_forgiven(sag: Situation, after: str, before: str) -> None:
    rule = "goals_at.kritisk: 1\n      step: "
    sag.change(sag.ladder_file, rule + before, rule + after)


@when(words("udkastet prøves for {period:År}"))
def draft_is_tried(kontor: Office, sag: Situation, period: str) -> None:
    kontor.compare(sag.own, period)


@when(words("udkastet prøves for {period:År} til {through:År}"))
def draft_is_tried_through(kontor: Office, sag: Situation, period: str, through: str) -> None:
    kontor.compare(sag.own, period, through)


@when(words("udkastet, som det er den {day}, prøves for {period:År}"))
def draft_of_a_day_is_tried(kontor: Office, sag: Situation, day: str, period: str) -> None:
    kontor.compare(sag.own, period, on=date.fromisoformat(day))


@then(words("ville ingen stå et andet sted i {period:År}"))
@then(words("ingen ville stå et andet sted i {period:År}"))
def nobody_elsewhere(kontor: Office, period: str) -> None:
    assert kontor.moved(period) == {}


@then(words('ville "{school}" i {period:År} stå på "{after}" og ikke på "{before}"'))
def would_stand(kontor: Office, sag: Situation, school: str, period: str, after: str, before: str) -> None:
    steps = sag.policy().ladder.steps
    assert kontor.moved(period)[school] == (named(before, steps), named(after, steps))


@then(words("ellers ville ingen stå et andet sted i {period:År}"))
def nobody_else(kontor: Office, period: str) -> None:
    assert len(kontor.moved(period)) == 1


@then("uden tal siger reglerne det samme: ingen med samme niveauer kommer på et strengere trin")
def never_stricter_without_figures(kontor: Office) -> None:
    assert kontor.reformed is not None
    versions = kontor.reformed.cells.versions
    assert versions is not None
    assert versions.shifts
    assert versions.stricter == ()


@then(words("det siges, at udkastet ændrer sig igen den {day}"))
def changes_later(kontor: Office, day: str) -> None:
    assert kontor.reformed is not None
    told = [str(block) for block in reform_report(kontor.reformed, "da")]
    assert any("ændrer sig igen" in line and day in line for line in told)


@then("prøven har ikke rørt databasen")
def record_is_untouched(kontor: Office) -> None:
    assert kontor.runs.store.head() == kontor.before
    assert kontor.faults() == []
