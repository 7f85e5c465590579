"""What was placed, shown and explained: a placement that was kept is read again exactly before it is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import reads_peers
from tilsyn.engine.values import Missing
from tilsyn.engine.working import Placement
from tilsyn.files.results import Run, read_runs
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.services.placing import state_of, still_open
from tilsyn.services.rules import bound, checked, period_of
from tilsyn.studies.agreement import quantity_differences
from tilsyn.telling.distribution import is_results
from tilsyn.telling.subjects import (
    Closed,
    Explained,
    ExplainedResults,
)

if TYPE_CHECKING:
    import polars as pl


def explain_any(
    run: Run, catalogue: Catalogue, institution: str, to: str | None = None
) -> Explained | ExplainedResults:
    """The explanation of a placement, or under a regime of results. Raises as `explain` does."""
    if is_results(run.table("placements")):
        if to is not None:
            raise UsageError(Problem(Where(""), "steps-of-a-regime", {"area": run.area}))
        return explain_results(run, catalogue, institution)
    return explain(run, catalogue, institution, to)


def explain(run: Run, catalogue: Catalogue, institution: str, to: str | None = None) -> Explained:
    """One placement of a run, read again exactly, with its effects and what would move it, also to a chosen step.

    Raises UsageError for an unknown institution or step, DataError where the exact reading differs from what was
    recorded.
    """
    from tilsyn.engine.effects import standing
    from tilsyn.engine.exact import Exact
    from tilsyn.studies.counterfactual import what_would_move
    from tilsyn.studies.ways import ways_beside, ways_to

    period, policy, plan = _judged(run, catalogue)
    steps = plan.ladder.steps
    if to is not None and to not in steps:
        raise UsageError(Problem(Where(""), "unknown-step", {"name": to, **suggestion(to, steps)}))
    recorded = _recorded(run, institution)
    case = Exact(plan, _rows_for(plan, still_open(run.table("figures"), period), institution))
    state = state_of(_row(run.table("state"), institution), plan.ladder)
    placement = case.place(institution, period.index, state)
    _same(plan, placement, recorded, run)
    row = case.rows[institution, period.index]
    attributes = {name: row.get(name) for name in policy.area.attributes}
    watched = {
        e.watch: case.named(e.watch, institution, period.index)
        for g in policy.area.goals.values()
        for e in g.side_effects
    }
    means = None
    if placement.step is not None:
        in_force = (
            placement.state.in_force if placement.state and placement.state.in_force is not None else placement.step
        )
        means = standing(
            policy.ladder, policy.requirements, attributes, recommended=placement.step, decided=None, in_force=in_force
        )
    moves = what_would_move(case, placement)
    adjusted = tuple(case.quantity(node, institution, period.index) for node in plan.quantities if node.then)
    return Explained(
        policy, plan, period, institution, recorded.get("name"), placement, means, moves, watched, _made_from(run),
        _closed_after(run, institution), adjusted, ways_beside(case, placement),
        None if to is None else ways_to(case, placement, steps.index(to)),
    )  # fmt: skip


def explain_results(run: Run, catalogue: Catalogue, institution: str) -> ExplainedResults:
    """The results of one institution in a run of a regime, read again exactly, with what they rest on.

    Raises UsageError for an unknown institution, DataError where the exact reading differs from what was recorded.
    """
    from tilsyn.engine.exact import Exact
    from tilsyn.studies.basis import Reads, closure, figures_read, lacking, met_guard, met_row, reads_of, undecided

    period, policy, plan = _judged(run, catalogue)
    recorded = _recorded(run, institution)
    case = Exact(plan, _rows_for(plan, still_open(run.table("figures"), period), institution))
    result = case.result(institution, period.index)
    for found in quantity_differences(plan, result, recorded):
        args = {"institution": institution, "name": found.column, "recorded": found.found, "found": found.exact}
        raise DataError(Problem(Where(str(run.folder)), "replay-differs", args))
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
    made_from = {what: print_ for what, print_ in _made_from(run).items() if what != "state"}
    return ExplainedResults(
        policy, plan, period, institution, recorded.get("name"), result, nodes, reads, rows, guards, lacks,
        figures_read(case, reads.values(), institution, period.index), made_from,
        _closed_after(run, institution), stopped,
    )  # fmt: skip


def _judged(run: Run, catalogue: Catalogue) -> tuple[Period, Policy, Plan]:
    """The period of a run, and the policy and plan that it was judged by."""
    period = period_of(catalogue, run.area, run.period)
    return period, *bound(catalogue, run.area, period, dt.date.fromisoformat(run.about["day"]))


def _recorded(run: Run, institution: str) -> dict[str, Any]:
    """What a run recorded of an institution. Raises UsageError where that is unknown."""
    placements = run.table("placements")
    recorded = _row(placements, institution)
    if recorded is None:
        near = suggestion(institution, placements["institution"])
        args = {"found": institution, "area": run.area, "period": run.period, **near}
        raise UsageError(Problem(Where(str(run.folder)), "unknown-institution", args))
    return recorded


def _closed_after(run: Run, institution: str) -> Closed | None:
    """Whether a later period of the same folder says that the unit is closed."""
    for later in read_runs(run.folder.parent.parent):
        if later.area == run.area and later.about["index"] > run.about["index"]:
            row = _row(later.table("closed"), institution)
            if row is not None:
                return Closed(later.period, row["successor"])
    return None


def _made_from(run: Run) -> dict[str, str]:
    prints = run.about["fingerprints"]
    return {
        "day": run.about["day"],
        "files": ", ".join(run.about.get("files", ())),
        **{name: prints[name][:16] for name in ("declarations", "figures", "state")},
        "engine": f"tilsyn {run.about['engine']}",
    }


def _row(frame: pl.DataFrame, institution: str) -> dict[str, Any] | None:
    import polars as pl

    found = frame.filter(pl.col("institution") == institution)
    return found.row(0, named=True) if found.height else None


def _rows_for(plan: Plan, figures: pl.DataFrame, institution: str) -> list[dict[str, Any]]:
    """The rows that the institution's placement rests on: its own, and everybody's only where peers are compared."""
    import polars as pl

    own = figures if reads_peers(plan) else figures.filter(pl.col("institution") == institution)
    return own.to_dicts()


def _same(plan: Plan, placement: Placement, recorded: Mapping[str, Any], run: Run) -> None:
    """The recorded placement is what the exact reading gives today."""
    step = plan.ladder.steps[placement.step] if placement.step is not None else None
    found = {"step": step, "reasons": "+".join(placement.reasons)}
    for name, value in found.items():
        if recorded[name] != value:
            args = {"institution": placement.institution, "name": name, "recorded": recorded[name], "found": value}
            raise DataError(Problem(Where(str(run.folder)), "replay-differs", dict[str, object](args)))


def runs_in(folder: Path, area: str | None = None, period: str | None = None) -> list[Run]:
    """The runs of a results folder, of an area and a period where named. Raises UsageError where there is none."""
    runs = read_runs(folder)
    areas = tuple(dict.fromkeys(run.area for run in runs))
    if area is not None and area not in areas:
        raise UsageError(Problem(Where(str(folder)), "unknown-area", {"name": area, **suggestion(area, areas)}))
    found = [run for run in runs if area in (None, run.area)]
    if period is not None:
        known = tuple(dict.fromkeys(run.period for run in found))
        found = [run for run in found if run.period == period]
        if not found:
            raise UsageError(Problem(Where(str(folder)), "results-no-period", {"found": period, "known": known}))
    return found


def catalogue_of(run: Run) -> Catalogue:
    """The declarations that a run was made with. Raises DataError where they are not the ones that were kept."""
    found = checked(run.policy) if run.policy.is_dir() else None
    if found is None or found.fingerprint != run.about["fingerprints"]["declarations"]:
        raise DataError(Problem(Where(str(run.policy)), "results-changed", {"name": "policy"}))
    return found


def judged_by(runs: Sequence[Run]) -> dict[Path, tuple[Policy, Plan]]:
    """The policy and plan of the latest run of each area, and of every run of a regime, under the run's folder.

    `runs` stand in the order of their periods.
    """
    latest = {run.area: run for run in runs}
    needed = [run for run in runs if run is latest[run.area] or is_results(run.table("placements"))]
    catalogues = {path: catalogue_of(run) for path, run in {run.policy: run for run in needed}.items()}
    return {run.folder: _judged(run, catalogues[run.policy])[1:] for run in needed}


def find_run(folder: Path, institution: str, area: str | None, period: str | None) -> Run:
    """The latest run (or that of the period) in which an institution was placed. Raises UsageError."""
    runs = runs_in(folder, area, period)
    names: set[str] = set()
    found: dict[str, Run] = {}
    closed: UsageError | None = None
    for run in runs:
        closed = _closed_in(run, institution) or closed
        ids = run.table("placements")["institution"]
        if institution in ids:
            found[run.area] = run
        names |= set(ids)
    if len(found) > 1:
        args: dict[str, object] = {"found": institution, "areas": tuple(found)}
        raise UsageError(Problem(Where(str(folder)), "institution-in-areas", args))
    if found:
        return next(iter(found.values()))
    if closed is not None:
        raise closed
    args = {"found": institution, "area": area or "", "period": period or "", **suggestion(institution, names)}
    raise UsageError(Problem(Where(str(folder)), "unknown-institution", args))


def _closed_in(run: Run, institution: str) -> UsageError | None:
    """What is said of a unit that is closed in a run's own figures, so that it was not placed."""
    row = _row(run.table("closed"), institution)
    if row is None:
        return None
    args: dict[str, object] = {"found": institution, "period": run.period, "successor": row["successor"]}
    code = "institution-closed" if row["successor"] is None else "institution-succeeded"
    return UsageError(Problem(Where(str(run.folder)), code, args))
