"""Figures in, placements out: one period of one area, from files or from frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn import __version__
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import LadderNode, Plan
from tilsyn.engine.plan import make_plan
from tilsyn.files.results import DEMO, Run, make_folder, safe, write_policy, write_run
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.services.rules import bound, checked, period_of
from tilsyn.studies.agreement import quantity_differences, told_columns
from tilsyn.telling.subjects import (
    Delivered,
    Placed,
)

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.engine.formulas import Formula
    from tilsyn.engine.query import Query, Sheet
    from tilsyn.files.figures import Refusal


STATES = ("institution", "step", "held", "streak", "absent", "status", "in_force", "in_force_held")
"""The columns of a placement that the next one begins with."""


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
    from tilsyn.engine.effects import numbers_in
    from tilsyn.engine.in_polars import answered_in_order, expression

    given = {"figures": figures, **({"states": state} if state is not None and state.height else {})}
    numbers = frozenset(numbers_in(figures))
    query = asked(policy, plan, period, figures.columns, numbers, with_states="states" in given)
    found = answered_in_order(query, "institution", **given)
    closed = figures.filter(expression(is_closed(period))).select("institution", "name", "successor")
    return Placed(policy, plan, period, day or period.first_day, found, closed)


def asked(
    policy: Policy, plan: Plan, period: Period, known: Sequence[str], numbers: Collection[str], *, with_states: bool
) -> Query:
    """What is asked of checked figures, and of the placements before: the columns that `place` writes.

    `known` are the figures' columns, and `numbers` those of them that hours may be counted by. Nobody is compared with
    units that their figures say are closed, nor are those placed.
    """
    from tilsyn.engine.columns import placements
    from tilsyn.engine.effects import effect_columns
    from tilsyn.engine.formulas import Named, col, lit
    from tilsyn.engine.lookups import IN_FORCE
    from tilsyn.engine.query import Sheet

    figures = Sheet.source("figures", known).where(~is_closed(period))
    states = _states(plan) if with_states else None
    found = placements(plan, figures, states, period.index, ("name", *policy.area.attributes))
    found = found.with_columns(lit(policy.area.area).alias("area"), lit(period.label).alias("period"))
    if not plan.is_regime:
        means = effect_columns(policy.ladder, policy.requirements, {*found.columns} & {*numbers}, col(IN_FORCE))
        found = found.with_columns(Named("status", lit("recommended")), *means)
    first = first_columns(plan, found.columns)
    return found.query([*first, *(name for name in found.columns if name not in first and name != IN_FORCE)])


def _states(plan: Plan) -> Sheet:
    """Earlier placements as the reading takes them: steps as places, status as a flag, and what is left out as
    `read_state` fills it in."""
    from tilsyn.engine.effects import place_of
    from tilsyn.engine.formulas import col, lit
    from tilsyn.engine.query import Sheet
    from tilsyn.files.state import COUNTS

    placed = Sheet.source("states", STATES).where(~col("step").is_null())
    steps = {"step": col("step"), "in_force": col("in_force").fill_null(col("step"))}
    counts = {name: col(name).fill_null(lit(unsaid)) for name, (_, unsaid) in COUNTS.items()}
    counts["in_force_held"] = col("in_force_held").fill_null(counts["held"])
    return placed.select(
        "institution",
        *(place_of(plan.ladder.positions, step).alias(name) for name, step in steps.items()),
        *(count.alias(name) for name, count in counts.items()),
        (col("status").fill_null("decided") == "decided").alias("decided"),
    )


def first_columns(plan: Plan, known: Sequence[str]) -> list[str]:
    """The columns that stand first in what is written, of those that are `known`."""
    first = ["institution", "name", "area", "period"]
    if plan.is_regime:
        nodes = {node.name: node for node in plan.quantities}
        first += [column for name in plan.results for column in told_columns(nodes[name])]
    else:
        first += ["previous", "step", "in_force", "reasons"]
    return [name for name in first if name in known]


def still_open(figures: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The figures without the period's rows of units that they say are closed: nobody is compared with those."""
    from tilsyn.engine.in_polars import expression

    return figures.filter(expression(~is_closed(period)))


def is_closed(period: Period) -> Formula:
    """Whether a row of the figures says that a unit is closed in the period."""
    from tilsyn.engine.formulas import col

    return (col("period") == period.index) & col("closed").fill_null(False)


def with_effects(policy: Policy, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with what the step in force means: hours freed a year, and relief, rights, help and visits by id."""
    from tilsyn.engine.effects import effect_columns, numbers_in, place_of, places_on
    from tilsyn.engine.formulas import col
    from tilsyn.engine.in_polars import expression

    place = place_of(places_on(policy.ladder), col("in_force" if "in_force" in frame.columns else "step"))
    found = effect_columns(policy.ladder, policy.requirements, numbers_in(frame), place)
    return frame.with_columns(expression(one.formula).alias(one.name) for one in found)


def state_of(row: Mapping[str, Any] | None, ladder: LadderNode) -> State | None:
    """One institution's state from a row of a state file."""
    if row is None:
        return None
    return State(
        step=ladder.positions[row["step"]],
        held=row["held"],
        streak=row["streak"],
        absent=row["absent"],
        decided=row["status"] == "decided",
        in_force=ladder.positions[row["in_force"]],
        in_force_held=row["in_force_held"],
    )


def before(where: Where, areas: Iterable[str], periods: Iterable[str], area: str, period: Period) -> list[Problem]:
    """What is wrong with the areas and periods that a state says it is of: it belongs to the area, and comes before."""
    problems = [Problem(where, "state-other-area", {"found": found, "area": area}) for found in areas if found != area]
    for label in periods:
        then = parse_period(period.kind, label)
        if then is None or then.index >= period.index:
            problems.append(Problem(where, "state-not-before", {"found": label, "period": period.label}))
    return problems


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
    if previous is not None and previous.is_dir():
        raise UsageError(Problem(Where(str(previous)), "previous-is-folder"))
    state = read_state(previous, steps=plan.ladder.positions) if previous is not None else None
    if state is not None and previous is not None:
        problems = before(Where(str(previous)), state.areas, state.periods, area, when)
        if problems:
            raise DataError(problems)
    _apart([*files, *(p for p in (previous, column_map) if p)], out, quarantine)
    stood = state.frame if state is not None else empty_state()
    mapped = read_column_map(column_map) if column_map is not None else None
    figures = read_figures(
        files, policy.area, period=when, column_map=mapped, previous_institutions=tuple(stood["institution"])
    )
    periods = [Period(when.kind, index).label for index in sorted(set(figures.frame["period"]))]
    if when.label not in periods:
        args: dict[str, object] = {"period": when.label, "found": tuple(periods)}
        raise DataError(Problem(Where(", ".join(f.name for f in files)), "data-no-rows-of-period", args))
    done = place(policy, plan, figures.frame, when, stood, on)
    if engine == "exact":
        hold_to_exact(done, still_open(figures.frame, when), stood)
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
            keep(out, folder, catalogue, done, {"figures": figures.frame, "state": stood}, [f.name for f in files])
    refused = tuple(refusal_text(r, lang) for r in figures.refused)
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


def refusal_text(refusal: Refusal, lang: str) -> str:
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
