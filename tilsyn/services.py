"""The use cases: check, test, place, explain. They take loaded values and give values back.

What the command line and other callers share is here, so that neither holds logic. Files are
opened by `files`, decisions are made by `engine`, words are found by `telling`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, cast

from tilsyn import __version__
from tilsyn.catalogue.areas import Case
from tilsyn.catalogue.catalogue import Catalogue, link, names_in_doubt, news
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import EXAMPLES, Period, containing, parse_period
from tilsyn.catalogue.policy import Policy
from tilsyn.catalogue.text import Text
from tilsyn.engine.faults import OF_A_NAME, Fault
from tilsyn.engine.machine import MOST_CELLS, Finding, cells_of, holes
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import LadderNode, Plan
from tilsyn.engine.plan import PlanFaults, make_plan, reads_peers
from tilsyn.engine.values import Missing
from tilsyn.engine.working import Placement
from tilsyn.files.declarations import read_policy
from tilsyn.files.results import DEMO, Run, make_folder, read_runs, safe, write_policy, write_run
from tilsyn.problems import DataError, DeclarationError, Problem, UsageError, Where, distinct
from tilsyn.studies.agreement import quantity_differences, told_columns
from tilsyn.studies.expectations import differences, result_differences
from tilsyn.telling.distribution import is_results
from tilsyn.telling.subjects import (
    CaseResult,
    Closed,
    Compared,
    Delivered,
    Explained,
    ExplainedResults,
    Placed,
    Proved,
    Saved,
)
from tilsyn.telling.words import LANGS

if TYPE_CHECKING:
    from fractions import Fraction

    import polars as pl

    from tilsyn.files.figures import Refusal
    from tilsyn.files.state import State as FileState
    from tilsyn.studies.simulate import Simulated, Story
    from tilsyn.studies.sprawl import Sprawl


# declarations


def checked_all(folders: Iterable[Path]) -> list[Catalogue]:
    """The catalogues of several policy folders. Raises DeclarationError with the problems of all of them; where there
    is more than one, each problem says in which."""
    folders = list(folders)
    catalogues: list[Catalogue] = []
    problems: list[Problem] = []
    for folder in folders:
        try:
            catalogues.append(checked(folder))
        except DeclarationError as fault:
            problems += [_in_folder(p, folder) if len(folders) > 1 else p for p in fault.problems]
    if problems:
        raise DeclarationError(problems)
    return catalogues


def _in_folder(problem: Problem, folder: Path) -> Problem:
    """A problem whose file is named from where one stands, not from the policy folder that it lies in."""
    return replace(problem, where=replace(problem.where, file=str(folder / problem.where.file)))


def sprawl_in(folders: Sequence[Path]) -> tuple[Sprawl, ...]:
    """What a chain of policy folders, the ministry's first, has made of its goals. Raises DeclarationError."""
    from tilsyn.studies.sprawl import sprawl

    return sprawl(checked_all(folders))


def checked(folder: Path) -> Catalogue:
    """The catalogue of a policy folder, every expression bound and every table complete. Raises DeclarationError."""
    documents, unread = read_policy(folder)
    linked = link(documents, complete=not unread)
    known = [*unread, *news(linked.problems, unread)]
    problems = list(known)
    for area in linked.catalogue.areas:
        for day in linked.catalogue.change_days(area):
            problems += news(_deeper(linked.catalogue.on(area, day), known), known)
    if problems:
        raise DeclarationError(distinct(_shared(problems)))
    return linked.catalogue


def _deeper(policy: Policy, known: Sequence[Problem]) -> list[Problem]:
    """What is wrong inside expressions and the rule table, where the files around them are sound."""
    if names_in_doubt(policy, known):
        return []
    try:
        plan = make_plan(policy.area, policy.own_ladder)
    except PlanFaults as fault:
        return [_fault_problem(policy, found) for found in fault.faults if not _left_out(policy, found)]
    if known or policy.ladder_part is None:
        return []
    cells = cells_of(plan.ladder, plan.goals)
    if cells > MOST_CELLS:
        return [policy.ladder_part.problem(("placement",), "ladder-too-large", {"cells": cells, "most": MOST_CELLS})]
    return [_table_problem(policy, plan, finding) for finding in holes(plan.ladder, plan.goals)]


def _fault_problem(policy: Policy, fault: Fault) -> Problem:
    if fault.of_key:
        return policy.key_problem(fault.document, fault.path, fault.code, meant(fault.args))
    return policy.problem(fault.document, fault.path, fault.code, meant(fault.args), offset=fault.offset)


def _left_out(policy: Policy, fault: Fault) -> bool:
    """Whether a fault is only that a name is not known whose declaration is at fault itself."""
    area = policy.area_part
    sections = ("attributes", "constants", "groups", "relations", "indicators", "quantities")
    left_out = {name for part in sections for name in set(area.names(part)) - set(getattr(area.model, part))}
    named = str(fault.args.get("name" if fault.code == "feel-field" else "found", ""))
    return fault.code in OF_A_NAME and named.partition("@")[0].partition(".")[0] in left_out


def meant(args: Mapping[str, object]) -> dict[str, object]:
    """The arguments with the known name that was probably meant, where one was found wanting."""
    known, found = args.get("known"), args.get("found")
    if isinstance(known, tuple) and isinstance(found, str):
        return {**args, **suggestion(found, known)}  # pyright: ignore[reportUnknownArgumentType]
    return dict(args)


def _table_problem(policy: Policy, plan: Plan, finding: Finding) -> Problem:
    path: tuple[str | int, ...] = ("placement", "rules")
    if finding.rules:
        path = (*path, [rule.id for rule in plan.ladder.rules].index(finding.rules[-1]))
    example = Text(**{lang: _example(policy, plan, finding, lang) for lang in LANGS})
    args = {"areas": (policy.area.area,), "rules": finding.rules, "example": example}
    return policy.problem("ladder", path, f"table-{finding.kind}", args)


def _example(policy: Policy, plan: Plan, finding: Finding, lang: str) -> str:
    """An institution that shows what is wrong with a rule table, in the area's words; none where a rule is dead."""
    from tilsyn.telling.proof_words import ProofWords

    words = ProofWords(policy, plan, lang)
    return "; ".join(words.cell(name, value) for name, value in finding.example) or "–"


def _shared(problems: Iterable[Problem]) -> list[Problem]:
    """What is wrong with a ladder for several areas in the same way is one problem, which names them."""
    found: dict[object, Problem] = {}
    for problem in problems:
        own = problem.args.get("areas") if problem.code.startswith("table-") else None
        if not isinstance(own, tuple):
            found[len(found)] = problem
            continue
        args = {name: value for name, value in problem.args.items() if name != "areas"}
        key = problem.where, problem.code, problem.path, str(args)
        known = found.get(key)
        before = cast("tuple[str, ...]", known.args["areas"] if known else ())
        areas = tuple(dict.fromkeys((*before, *cast("tuple[str, ...]", own))))
        found[key] = replace(problem, args={**args, "areas": areas})
    return list(found.values())


def period_of(catalogue: Catalogue, area: str, label: str) -> Period:
    """The period that a label names in an area's own calendar. Raises UsageError."""
    policy = catalogue.on(area, catalogue.change_days(area)[-1])
    kind = policy.area.period
    found = parse_period(kind, label)
    if found is None:
        raise UsageError(
            Problem(Where(""), "bad-period-label", {"found": label, "example": EXAMPLES[kind], "area": area})
        )
    return found


def bound(catalogue: Catalogue, area: str, period: Period, on: dt.date | None = None) -> tuple[Policy, Plan]:
    """The policy and plan that judge a period: those in force on its first day, or on `on`."""
    policy = catalogue.on(area, on or period.first_day)
    return policy, make_plan(policy.area, policy.own_ladder)


def dmn_of(catalogue: Catalogue, area: str, *, on: dt.date | None, lang: str) -> str:
    """An area's rules as a DMN document: those in force on a day, else the latest."""
    from tilsyn.telling.dmn import dmn_text

    policy = catalogue.on(area, on or catalogue.change_days(area)[-1])
    return dmn_text(policy.area, policy.own_ladder, make_plan(policy.area, policy.own_ladder), policy.day, lang)


# proving


QUICK = 1_000_000
"""Combinations that `check` lays out of a ladder at most; `prove` takes its time."""


def judged_on(catalogue: Catalogue, area: str, day: dt.date | None) -> list[Policy]:
    """An area's rules on a day; without one, all that it has, in the order of their first days."""
    return [catalogue.on(area, first) for first in ((day,) if day else catalogue.change_days(area))]


def proved(
    catalogue: Catalogue, areas: Iterable[str], *, on: dt.date | None = None, quick: bool = False,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> list[Proved]:  # fmt: skip
    """What holds of the rules of each area. Rules of several days that differ in nothing a property is about are
    proved once. `quick` leaves undecided what would take long. Raises UsageError for an unknown area."""
    from tilsyn.studies.outcomes import MOST
    from tilsyn.studies.proofs import basis, prove

    wanted = list(areas)
    found: list[Proved] = []
    for done, area in enumerate(wanted):
        progress(area, done / len(wanted))
        policies = judged_on(catalogue, area, on)
        if policies[-1].is_regime:
            found.append(Proved(policies[-1], make_plan(policies[-1].area, None), (policies[-1].day,), ()))
            continue
        alike: list[tuple[object, list[Policy], Plan]] = []
        for policy in policies:
            plan = make_plan(policy.area, policy.ladder)
            rests_on = basis(plan, policy.ladder, policy.requirements)
            same = next((group for known, group, _ in alike if known == rests_on), None)
            if same is None:
                alike.append((rests_on, [policy], plan))
            else:
                same.append(policy)
        for _, group, plan in alike:
            most = QUICK if quick else MOST
            verdicts = prove(plan, group[0].ladder, group[0].requirements, most=most, clock=perf_counter)
            found.append(Proved(group[0], plan, tuple(policy.day for policy in group), verdicts))
    return found


def compared(
    catalogue: Catalogue, earlier: Catalogue, areas: Iterable[str], *, on: dt.date | None = None
) -> list[Compared]:
    """The rules of each area beside earlier ones, on every day from which either changes while both are in force, or on
    one day. Days between which nothing changes in what is found are one comparison. Where the two are never in force
    together, the latest of both. Raises UsageError for an area that one of them has not, or that has no ladder."""
    from tilsyn.studies.versions import TooLarge, compare

    found: list[Compared] = []
    for area in areas:
        of_area: list[Compared] = []
        for day, after, before in _beside(catalogue, earlier, area, on):
            if after.is_regime or before.is_regime:
                raise UsageError(Problem(after.area_part.where(()), "compare-no-ladder", {"area": area}))
            plans = make_plan(after.area, after.ladder), make_plan(before.area, before.ladder)
            try:
                versions = compare(plans[1], plans[0], after.ladder, before.ladder)
            except TooLarge as fault:
                of_area.append(Compared(after, plans[0], before, plans[1], None, fault.cells, (day,)))
                continue
            known = of_area[-1] if of_area else None
            if known is not None and known.versions == versions:
                of_area[-1] = replace(known, days=(*known.days, day))
            else:
                of_area.append(Compared(after, plans[0], before, plans[1], versions, versions.cells, (day,)))
        found += of_area
    return found


def _beside(
    catalogue: Catalogue, earlier: Catalogue, area: str, on: dt.date | None
) -> Iterator[tuple[dt.date, Policy, Policy]]:
    """The days on which an area's rules are compared with earlier ones, with both."""
    if on is not None:
        yield on, catalogue.on(area, on), earlier.on(area, on)
        return
    changes = sorted({*catalogue.change_days(area), *earlier.change_days(area)})
    both = [day for day in changes if all(_in_force(rules, area, day) for rules in (catalogue, earlier))]
    for day in both:
        yield day, catalogue.on(area, day), earlier.on(area, day)
    if not both:
        after, before = (rules.on(area, rules.change_days(area)[-1]) for rules in (catalogue, earlier))
        yield after.day, after, before


def _in_force(catalogue: Catalogue, area: str, day: dt.date) -> bool:
    """Whether an area has rules on a day."""
    days = catalogue.change_days(area)
    until = catalogue.on(area, days[-1]).area.until
    return days[0] <= day and (until is None or day <= until)


def prove_rules(
    folder: Path, area: str | None, *, on: dt.date | None, save: Path | None, progress: Callable[[str, float], None]
) -> tuple[list[Proved], Saved | None]:
    """What holds of the rules of a policy folder, or of one area; counterexamples are written where `save` says."""
    from tilsyn.files.cases import savable, save_cases

    if save is not None:
        not_among_declarations(save, folder)
        savable(save)
    catalogue = checked(folder)
    if area is None and not catalogue.areas:
        raise UsageError(Problem(Where(str(folder)), "prove-nothing"))
    found = proved(catalogue, [area] if area else catalogue.areas, on=on, progress=progress)
    return found, save_cases(found, save) if save is not None else None


def not_among_declarations(file: Path, folder: Path) -> None:
    """What is written does not lie where a policy folder's rules are read. Raises UsageError."""
    if any((folder / part).resolve() in file.resolve().parents for part in ("goals", "rules")):
        raise UsageError(Problem(Where(str(file)), "save-among-declarations"))


def compare_rules(
    folder: Path, earlier: Path, area: str | None, *, on: dt.date | None, save: Path | None
) -> list[Compared]:
    """The rules of a policy folder beside those of another; without an area, of all with a ladder in both.

    Raises UsageError where there is nothing to compare or to save.
    """
    if save is not None:
        raise UsageError(Problem(Where(str(save)), "save-with-against"))
    catalogue, other = checked_all([folder, earlier])
    areas = [area] if area else [name for name in catalogue.areas if _with_ladder(name, catalogue, other)]
    if not areas:
        raise UsageError(Problem(Where(str(earlier)), "compare-nothing", {"areas": other.areas}))
    return compared(catalogue, other, areas, on=on)


def _with_ladder(area: str, *catalogues: Catalogue) -> bool:
    """Whether an area is in all of some catalogues, with a ladder."""
    return all(
        area in catalogue.areas and not catalogue.on(area, catalogue.change_days(area)[-1]).is_regime
        for catalogue in catalogues
    )


# placing


def place(
    policy: Policy,
    plan: Plan,
    figures: pl.DataFrame,
    period: Period,
    state: pl.DataFrame | None,
    day: dt.date | None = None,
) -> Placed:
    """Every institution of the period placed: named quantities, step and state, and what the step in force means;
    under a regime its results and the other quantities.

    Units that are closed in the period's figures are told apart and not placed.
    """
    import polars as pl

    from tilsyn.engine import columns

    closed = figures.filter((pl.col("period") == period.index) & pl.col("closed").fill_null(False))
    open_ = still_open(figures, period)
    found = columns.read(plan, open_, period=period.index, states=state_columns(state, plan.ladder))
    attributes = open_.filter(pl.col("period") == period.index).select("institution", "name", *policy.area.attributes)
    clash = [name for name in attributes.columns if name in found.columns and name != "institution"]
    found = found.join(attributes.drop(clash), on="institution", how="left").with_columns(
        pl.lit(policy.area.area).alias("area"), pl.lit(period.label).alias("period")
    )
    first = ["institution", "name", "area", "period"]
    if plan.is_regime:
        nodes = {node.name: node for node in plan.quantities}
        first += [column for name in plan.results for column in told_columns(nodes[name])]
    else:
        found = with_effects(policy, found.with_columns(pl.lit("recommended").alias("status")))
        first += ["previous", "step", "in_force", "reasons"]
    first = [name for name in first if name in found.columns]
    found = found.select(*first, pl.exclude(first)).sort("institution")
    return Placed(
        policy, plan, period, day or period.first_day, found, closed.select("institution", "name", "successor")
    )


def still_open(figures: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The figures without the period's rows of units that they say are closed: nobody is compared with those."""
    import polars as pl

    return figures.filter(~((pl.col("period") == period.index) & pl.col("closed").fill_null(False)))


def with_effects(policy: Policy, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with what the step in force means: hours freed a year, and relief, rights, help and visits by id."""
    import polars as pl

    from tilsyn.engine.effects import effects, hours_freed

    step = "in_force" if "in_force" in frame.columns else "step"
    freed = hours_freed(policy.ladder, policy.requirements, frame, step=step)
    told = [effects(policy.ladder, policy.requirements, place, {}) for place in range(len(policy.ladder.steps))]
    means = pl.DataFrame(
        {
            step: [t.step for t in told],
            "relieved": ["+".join(duty.id for duty in t.relieved) for t in told],
            "added": ["+".join(duty.id for duty in t.added) for t in told],
            "rights": ["+".join(t.rights) for t in told],
            "supports": ["+".join((*t.ordered, *t.offered)) for t in told],
            "visits_per_year": [t.visits.times / t.visits.per_years for t in told],
        }
    )
    return frame.with_columns(freed.alias("hours_freed")).join(means, on=step, how="left", maintain_order="left")


def state_columns(state: pl.DataFrame | None, ladder: LadderNode) -> pl.DataFrame | None:
    """The state file's rows as the readings take them: steps as positions, status as a flag."""
    import polars as pl

    if state is None or state.height == 0:
        return None
    positions = {step: place for place, step in enumerate(ladder.steps)}
    return state.select(
        "institution",
        *(pl.col(name).replace_strict(positions, default=None, return_dtype=pl.Int64) for name in ("step", "in_force")),
        *(pl.col(name).cast(pl.Int64) for name in ("held", "streak", "absent", "in_force_held")),
        (pl.col("status") == "decided").alias("decided"),
    )


def state_of(row: Mapping[str, Any] | None, ladder: LadderNode) -> State | None:
    """One institution's state from a row of a state file."""
    if row is None:
        return None
    return State(
        step=ladder.steps.index(row["step"]),
        held=row["held"],
        streak=row["streak"],
        absent=row["absent"],
        decided=row["status"] == "decided",
        in_force=ladder.steps.index(row["in_force"]),
        in_force_held=row["in_force_held"],
    )


def _comes_before(state: FileState, path: Path, area: str, period: Period) -> None:
    """A state belongs to the area and to an earlier period, where its file says which. Raises DataError."""
    problems: list[Problem] = []
    for found in state.areas:
        if found != area:
            problems.append(Problem(Where(str(path)), "state-other-area", {"found": found, "area": area}))
    for label in state.periods:
        then = parse_period(period.kind, label)
        if then is None or then.index >= period.index:
            problems.append(Problem(Where(str(path)), "state-not-before", {"found": label, "period": period.label}))
    if problems:
        raise DataError(problems)


def _apart(read: Sequence[Path], out: Path | None, quarantine: Path | None) -> None:
    """Nothing that is read is written over, and two things are not written to one file. Raises UsageError."""
    taken = {path.resolve() for path in read}
    for path in (out, quarantine):
        if path is None:
            continue
        if path.resolve() in taken:
            raise UsageError(Problem(Where(str(path)), "out-is-taken"))
        taken.add(path.resolve())


def place_files(
    folder: Path,
    area: str,
    files: Sequence[Path],
    *,
    period: str,
    on: dt.date | None = None,
    previous: Path | None = None,
    column_map: Path | None = None,
    engine: str = "polars",
    out: Path | None = None,
    quarantine: Path | None = None,
    lang: str = "da",
) -> Delivered:
    """Files in, placements out: read, place, and write where `out` says. Nothing is written unless all went well."""
    from tilsyn.files.column_map import read_column_map
    from tilsyn.files.export import staged_table
    from tilsyn.files.observations import read_figures
    from tilsyn.files.quarantine import quarantine_table
    from tilsyn.files.state import read_state
    from tilsyn.telling.words import note_text

    catalogue = checked(folder)
    when = period_of(catalogue, area, period)
    policy, plan = bound(catalogue, area, when, on)
    if previous is not None and policy.is_regime:
        raise UsageError(Problem(Where(str(previous)), "previous-without-ladder", {"area": area}))
    state = read_state(previous, steps=plan.ladder.steps) if previous is not None else None
    if state is not None and previous is not None:
        _comes_before(state, previous, area, when)
    _apart([*files, *(p for p in (previous, column_map) if p)], out, quarantine)
    before = state.frame if state is not None else empty_state()
    mapped = read_column_map(column_map) if column_map is not None else None
    figures = read_figures(
        files, policy.area, period=when, column_map=mapped, previous_institutions=tuple(before["institution"])
    )
    periods = [Period(when.kind, index).label for index in sorted(set(figures.frame["period"]))]
    if when.label not in periods:
        args: dict[str, object] = {"period": when.label, "found": tuple(periods)}
        raise DataError(Problem(Where(", ".join(f.name for f in files)), "data-no-rows-of-period", args))
    done = place(policy, plan, figures.frame, when, before, on)
    if engine == "exact":
        hold_to_exact(done, still_open(figures.frame, when), before)
    if quarantine is None and out is not None:
        quarantine = quarantine_beside(out, area, when)
    with ExitStack() as written:
        if out is not None and not out.suffix:
            if (out / DEMO).exists():
                raise UsageError(Problem(Where(str(out)), "place-into-demo"))
            make_folder(out)
        if figures.refused and quarantine is not None:
            told = quarantine_table(figures.refused, lambda r: note_text("refusals", r.code, r.args, lang))
            written.enter_context(staged_table(told, quarantine))
        if out is not None and out.suffix:
            written.enter_context(staged_table(done.frame, out, declared_decimals(plan)))
        elif out is not None:
            keep(out, folder, catalogue, done, {"figures": figures.frame, "state": before}, [f.name for f in files])
    refused = tuple(_refusal_text(r, lang) for r in figures.refused)
    lost = tuple(count for r in figures.refused if isinstance(count := r.args.get("figures"), int))
    sources = (*figures.notes, *(state.notes if state is not None else ()))
    notes = tuple(
        f"{n.file}: {note_text('notes', n.code, n.args, lang)}" if n.file else note_text("notes", n.code, n.args, lang)
        for n in sources
    )
    return Delivered(done, refused, notes, out, quarantine if figures.refused else None, len(periods), lost)


def declared_decimals(plan: Plan) -> dict[str, int]:
    """The decimals that quantities are rounded to, by the columns that hold their numbers."""
    rounded = {node.name: node.decimals for node in plan.quantities if node.decimals is not None}
    return rounded | {f"{name}.before": decimals for name, decimals in rounded.items()}


def quarantine_beside(out: Path, area: str, period: Period) -> Path:
    """Where what was refused is told, when nobody says where: beside the file, or in the results folder."""
    if out.suffix:
        return out.with_name(f"{out.stem}.quarantine.csv")
    return out / f"{area}-{safe(period.label)}.quarantine.csv"


def _refusal_text(refusal: Refusal, lang: str) -> str:
    """A refusal in one line; row 0 is a whole column."""
    from tilsyn.telling.words import note_text

    place = f"{refusal.file}:{refusal.row}" if refusal.row else refusal.file
    value = f" (`{refusal.value}`)" if refusal.value else ""
    return f"{place}: {refusal.column}: {note_text('refusals', refusal.code, refusal.args, lang)}{value}"


def hold_to_exact(done: Placed, figures: pl.DataFrame, state: pl.DataFrame) -> None:
    """Every placement and every quantity read again exactly; a difference is our own fault."""
    _hold_quantities(done, figures)
    if not done.plan.is_regime:
        _hold_placements(done, figures, state)


def _hold_quantities(done: Placed, figures: pl.DataFrame) -> None:
    from tilsyn.engine import exact

    if not done.plan.quantities:
        return
    rows = {row["institution"]: row for row in done.frame.to_dicts()}
    for result in exact.results(done.plan, figures.to_dicts(), period=done.period.index, only=rows):
        differing = next(quantity_differences(done.plan, result, rows[result.institution]), None)
        assert differing is None, f"the readings differ on {result.institution}: {differing}"


def _hold_placements(done: Placed, figures: pl.DataFrame, state: pl.DataFrame) -> None:
    from tilsyn.engine import exact

    states = {row["institution"]: state_of(row, done.plan.ladder) for row in state.to_dicts()}
    known = {name: found for name, found in states.items() if found is not None}
    ladder = done.plan.ladder
    wanted = done.frame["institution"].to_list()
    rows = {row["institution"]: row for row in done.frame.to_dicts()}
    for placement in exact.read(done.plan, figures.to_dicts(), period=done.period.index, states=known, only=wanted):
        step = ladder.steps[placement.step] if placement.step is not None else None
        row = rows[placement.institution]
        assert (row["step"], row["reasons"]) == (step, "+".join(placement.reasons)), (
            f"the readings differ on {placement.institution}"
        )


# the authors' cases


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


def first_period(policy: Policy) -> Period:
    """The first period that begins on or after the policy's first day."""
    found = containing(policy.area.period, policy.day)
    return found if found.first_day >= policy.day else found.before(-1)


# explaining


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


# simulating


def picture_to(file: Path, folder: Path) -> None:
    """Whether a picture can be put in a file: a new one, or an SVG that is replaced, outside the policy folder's
    rules. Raises UsageError or SurroundingsError."""
    from tilsyn.files.export import opening, try_out

    if file.suffix.lower() != ".svg":
        raise UsageError(Problem(Where(str(file)), "plot-file-ending", {"found": file.suffix or file.name}))
    not_among_declarations(file, folder)
    if file.is_file() and "<svg" not in opening(file):
        raise UsageError(Problem(Where(str(file)), "plot-taken"))
    try_out(file)


def simulate_area(
    catalogue: Catalogue,
    area: str,
    *,
    on: dt.date | None = None,
    units: int,
    years: int,
    seed: int,
    confidences: Sequence[tuple[Fraction, Fraction]],
    pools: Sequence[int],
    story: Story,
    progress: Callable[[float], None] = lambda _share: None,
) -> tuple[Policy, Simulated]:
    """What the declared evidence and every setting of a grid do to invented institutions. Raises UsageError."""
    from numpy.random import default_rng

    from tilsyn.studies.simulate import SETTLED, Setting, grid, simulate

    policy = catalogue.on(area, on or catalogue.change_days(area)[-1])
    sample = catalogue.sample(area)
    if policy.is_regime or sample is None:
        code = "simulate-no-ladder" if policy.is_regime else "simulate-no-sample"
        raise UsageError(Problem(Where(""), code, {"area": area}))
    settings = (Setting(), *grid(confidences, pools))
    done, all_ = 0, (len(settings) + 1) * (years + (SETTLED if story == "changes" else 0))

    def tick() -> None:
        nonlocal done
        done += 1
        progress(done / all_)

    found = simulate(
        policy.area, make_plan(policy.area, policy.own_ladder), sample, catalogue.places[sample.where], settings,
        first=first_period(policy), units=units, years=years,
        generator=default_rng([seed, *area.encode()]), story=story, progress=tick,
    )  # fmt: skip
    return policy, found


# results folders


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


def keep(
    folder: Path,
    policy_folder: Path,
    catalogue: Catalogue,
    placed: Placed,
    tables: Mapping[str, pl.DataFrame],
    files: Sequence[str],
) -> Run:
    """Writes a placed period with what it was made from."""
    write_policy(folder, policy_folder, catalogue.fingerprint)
    about = {
        "area": placed.area,
        "period": placed.period.label,
        "index": placed.period.index,
        "day": placed.day.isoformat(),
        "engine": __version__,
        "files": list(files),
        "fingerprints": {"declarations": catalogue.fingerprint},
    }
    return write_run(folder, about, {"placements": placed.frame, "closed": placed.closed, **tables})


def empty_state() -> pl.DataFrame:
    """The state before the first period: nobody has one."""
    import polars as pl

    text, whole = pl.String(), pl.Int64()
    return pl.DataFrame(
        schema={"institution": text, "step": text, "held": whole, "streak": whole, "absent": whole, "status": text,
                "in_force": text, "in_force_held": whole}
    )  # fmt: skip


def make_template_file(
    catalogue: Catalogue, area: str, path: Path, *, everything: bool, period: str, previous: Path | None, lang: str
) -> dict[str, Any]:
    """Writes a form to fill in, and says how many columns it asks for and how many come from registers.

    Institutions of an earlier placement get a row each, with the period.
    """
    from tilsyn.files.state import read_state
    from tilsyn.files.template import institutions_in, make_template, write_template
    from tilsyn.telling.words import texts

    policy = catalogue.on(area, catalogue.change_days(area)[-1])
    if period:
        period = period_of(catalogue, area, period).label
    known: Sequence[str] = ()
    if previous is not None:
        known = institutions_in(previous) if policy.is_regime else read_state(previous).frame["institution"].to_list()
    made = make_template(
        policy.area,
        lang=lang,
        texts={k: v[lang] for k, v in texts("texts")["template"].items()},
        everything=everything,
        period=period,
        institutions=known,
        quantities=make_plan(policy.area, policy.own_ladder).quantities,
    )
    write_template(made, path)
    return {"asked": [c.name for c in made.fill], "collected": [c.name for c in made.columns if c not in made.fill]}
