"""What was placed, shown and explained: a placement that was kept is read again exactly before it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import reads_peers
from tilsyn.engine.values import Missing
from tilsyn.engine.working import Placement
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.services.kept import Kept, judged
from tilsyn.services.placing import state_of, still_open
from tilsyn.services.rules import step_named
from tilsyn.studies.agreement import quantity_differences
from tilsyn.telling.subjects import (
    Closed,
    Explained,
    ExplainedResults,
)


def explain_any(
    run: Kept, catalogue: Catalogue, institution: str, to: str | None = None
) -> Explained | ExplainedResults:
    """The explanation of a placement, or under a regime of results. Raises as `explain` does."""
    recorded = run.row("placements", institution)
    if recorded is not None and "step" not in recorded:
        if to is not None:
            raise UsageError(Problem(Where(""), "steps-of-a-regime", {"area": run.area}))
        return explain_results(run, catalogue, institution)
    return explain(run, catalogue, institution, to)


def explain(run: Kept, catalogue: Catalogue, institution: str, to: str | None = None) -> Explained:
    """One placement of a run, read again exactly, with its effects and what would move it, also to a chosen step.

    Raises UsageError for an unknown institution or step, DataError where the exact reading differs from what was
    recorded.
    """
    from tilsyn.engine.effects import standing
    from tilsyn.engine.exact import Exact
    from tilsyn.studies.counterfactual import what_would_move
    from tilsyn.studies.ways import ways_beside, ways_to

    period, policy, plan = judged(run, catalogue)
    steps = plan.ladder.steps
    to = None if to is None else step_named(policy, to)
    recorded = _recorded(run, institution)
    case = Exact(plan, _rows_for(plan, run, period, institution))
    state = state_of(run.row("state", institution), plan.ladder)
    placement = case.place(institution, period.index, state)
    _same(plan, placement, recorded, run)
    row = case.rows[institution, period.index]
    attributes = {name: row.get(name) for name in policy.area.attributes}
    watched = {
        e.watch: case.named(e.watch, institution, period.index)
        for g in policy.area.goals.values()
        for e in g.side_effects
    }
    means, decided = None, run.decided(institution)
    if placement.step is not None:
        in_force = (
            placement.state.in_force if placement.state and placement.state.in_force is not None else placement.step
        )
        means = standing(
            policy.ladder, policy.requirements, attributes, recommended=placement.step, in_force=in_force,
            decided=None if decided is None else steps.index(decided.step),
        )  # fmt: skip
    moves = what_would_move(case, placement)
    adjusted = tuple(case.quantity(node, institution, period.index) for node in plan.quantities if node.then)
    return Explained(
        policy, plan, period, institution, recorded.get("name"), placement, means, moves, watched, run.made_from(),
        _closed_after(run, institution), adjusted, ways_beside(case, placement),
        None if to is None else ways_to(case, placement, steps.index(to)), decided,
    )  # fmt: skip


def explain_results(run: Kept, catalogue: Catalogue, institution: str) -> ExplainedResults:
    """The results of one institution in a run of a regime, read again exactly, with what they rest on.

    Raises UsageError for an unknown institution, DataError where the exact reading differs from what was recorded.
    """
    from tilsyn.engine.exact import Exact
    from tilsyn.studies.basis import Reads, closure, figures_read, lacking, met_guard, met_row, reads_of, undecided

    period, policy, plan = judged(run, catalogue)
    recorded = _recorded(run, institution)
    case = Exact(plan, _rows_for(plan, run, period, institution))
    result = case.result(institution, period.index)
    for found in quantity_differences(plan, result, recorded):
        args = {"institution": institution, "name": found.column, "recorded": found.found, "found": found.exact}
        raise DataError(Problem(Where(run.where), "replay-differs", args))
    nodes = closure(plan, plan.results)
    rows: dict[str, int] = {}
    guards: dict[str, str] = {}
    lacks: dict[str, Reads] = {}
    for node in nodes:
        quantity = policy.area.quantities[node.name.partition("@")[0].partition(".")[0]]
        asked, conditions = (case, node, len(quantity.missing_when), institution, period.index), quantity.missing_when
        if quantity.table is not None and (row := met_row(*asked)) is not None:
            rows[node.name] = row
        elif (guard := met_guard(*asked)) is not None:
            guards[node.name] = list(conditions.values())[guard]
        elif isinstance(result.value(node.name), Missing):
            lacks[node.name] = lacking(case, node, institution, period.index)
    stopped = {node.name: undecided(case, node, institution, period.index) for node in nodes}
    reads = {node.name: reads_of(plan, node) for node in nodes}
    made_from = {what: print_ for what, print_ in run.made_from().items() if what != "state"}
    return ExplainedResults(
        policy, plan, period, institution, recorded.get("name"), result, nodes, reads, rows, guards, lacks,
        figures_read(case, reads.values(), institution, period.index), made_from,
        _closed_after(run, institution), stopped,
    )  # fmt: skip


def _recorded(run: Kept, institution: str) -> dict[str, Any]:
    """What a run recorded of an institution. Raises UsageError where that is unknown."""
    recorded = run.row("placements", institution)
    if recorded is None:
        near = suggestion(institution, run.table("placements")["institution"])
        args = {"found": institution, "area": run.area, "period": run.period, **near}
        raise UsageError(Problem(Where(run.where), "unknown-institution", args))
    return recorded


def _closed_after(run: Kept, institution: str) -> Closed | None:
    """Whether a later period says that the unit is closed."""
    for later in run.later():
        row = later.row("closed", institution)
        if row is not None:
            return Closed(later.period, row["successor"])
    return None


def _rows_for(plan: Plan, run: Kept, period: Period, institution: str) -> list[dict[str, Any]]:
    """The rows that the institution's placement rests on: its own, and everybody's only where peers are compared."""
    if reads_peers(plan):
        return still_open(run.table("figures"), period).to_dicts()
    return [row for row in run.rows(institution) if not (row["period"] == period.index and row["closed"])]


def _same(plan: Plan, placement: Placement, recorded: Mapping[str, Any], run: Kept) -> None:
    """The recorded placement is what the exact reading gives today."""
    step = plan.ladder.steps[placement.step] if placement.step is not None else None
    found = {"step": step, "reasons": "+".join(placement.reasons)}
    for name, value in found.items():
        if recorded[name] != value:
            args = {"institution": placement.institution, "name": name, "recorded": recorded[name], "found": value}
            raise DataError(Problem(Where(run.where), "replay-differs", dict[str, object](args)))
