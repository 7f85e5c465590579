"""The authors' cases: what they expect, held to what the exact reading gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from tilsyn.catalogue.areas import Case
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.movement import State
from tilsyn.services.rules import bound, first_period
from tilsyn.studies.expectations import differences, result_differences
from tilsyn.telling.subjects import (
    CaseResult,
)

if TYPE_CHECKING:
    pass


def run_cases(catalogue: Catalogue, areas: Iterable[str]) -> Iterator[CaseResult]:
    """Every author's case of the areas, in order. Raises DeclarationError where a case gives impossible figures."""
    for area in areas:
        latest = catalogue.on(area, catalogue.change_days(area)[-1])
        for number, case in enumerate(latest.area.cases):
            yield _run_case(catalogue, latest, number, case)


def _run_case(catalogue: Catalogue, latest: Policy, number: int, case: Case) -> CaseResult:
    from tilsyn.engine import exact
    from tilsyn.files.observations import CASE, rows_from_given

    where = latest.area_part.where(("cases", number))
    period = case_period(latest, case)
    policy, plan = bound(catalogue, latest.area.area, period)
    frame = rows_from_given(policy.area, case.given, case.earlier, period, where=where)
    if plan.is_regime:
        (result,) = exact.results(plan, frame.to_dicts(), period=period.index)
        return CaseResult(latest.area.area, case, where, result, tuple(result_differences(case, plan, result)))
    states: dict[str, State] = {}
    if case.previous is not None:
        before = case.previous
        states[CASE] = State(plan.ladder.steps.index(before.step), before.held, before.streak, before.absent)
    (placement,) = exact.read(plan, frame.to_dicts(), period=period.index, states=states)
    return CaseResult(latest.area.area, case, where, placement, tuple(differences(case, plan, placement)))


def case_period(policy: Policy, case: Case) -> Period:
    """The period of a case; where it names none, the first that the latest rules judge."""
    if case.period is None:
        return first_period(policy)
    found = parse_period(policy.area.period, case.period)
    assert found is not None, "the period was checked when the catalogue was linked"
    return found
