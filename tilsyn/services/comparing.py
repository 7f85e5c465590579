"""What other rules would have given: the record's own institutions, placed by today's rules and by others.

Both begin where the record stands before the first period; each later period begins from where the same rules left the
one before, so that the ladder's memory is played through. The figures are those that the record has now. What people
have decided about the periods on the way is left out on both sides: what they would have decided under other rules
nobody knows. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import periods_back, reads_peers
from tilsyn.problems import DataError, DeclarationError, Problem, UsageError, Where
from tilsyn.record.runs import Recorded, Runs
from tilsyn.services.kept import InRecord, figures_for
from tilsyn.services.placing import empty_state, place, state_of, still_open
from tilsyn.services.proving import held_against
from tilsyn.services.rules import bound, checked, period_of
from tilsyn.telling.subjects import Placed, Reformed, ReformPeriod

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.engine.exact import Exact
    from tilsyn.engine.working import Placement
    from tilsyn.studies.reform import Nearest

Progress = Callable[[str, float], None]

MOST_PARTS = 120
"""Values of a text among the attributes that still divide institutions in a table: Danish municipalities are 98."""


class _Rules(Struct, frozen=True):
    """The rules of one side in one period, and the run that they are of, if any."""

    policy: Policy
    plan: Plan
    day: dt.date
    run: int | None = None


class _Side(Struct, frozen=True):
    """One side's outcome of a period: what it was made from, and how many stood on a step that the rules have not."""

    placed: Placed
    figures: pl.DataFrame
    state: pl.DataFrame
    lost: int


def compare_reform(
    runs: Runs, area: str, other: Path, *, periods: Sequence[str], through: str | None = None,
    on: dt.date | None = None, rules: Path | None = None, otherwise: Path, by: str | None = None,
    size: str | None = None, progress: Progress = lambda _what, _share: None,
) -> Reformed:  # fmt: skip
    """The record's institutions by today's rules and by those in the folder `other`.

    Today's rules are those in the folder `rules`, else what each period was run by, or the nearest run where a period
    was not; `otherwise` is the folder where nothing was run at all. The others' are those in force on `on`, else on the
    first day of each period. Raises UsageError for what can't be compared, DataError where there are no figures.
    """
    new = checked(other)
    if area not in new.areas:
        raise UsageError(Problem(Where(str(other)), "unknown-area", {"name": area, **suggestion(area, new.areas)}))
    every = runs.every(area)
    own = checked(rules if rules is not None else otherwise) if rules is not None or not every else None
    wanted = _periods(runs, own or InRecord(runs, every[-1]).catalogue(), area, periods, through)
    both = [
        (_todays(runs, every, own, area, when), _others(new, other, area, when, on)) for when in wanted
    ]  # each before any is placed, so that what is wrong is said at once
    for today, others in both:
        _comparable(area, today.policy, others.policy)
    first = both[0][0]
    by = _attribute(first.policy, by, "text")
    size = _attribute(first.policy, size, "number") or _size(first.policy)
    return _reformed(runs, area, wanted, both, _About(rules or (None if every else otherwise), other, new, by, size),
                     progress)  # fmt: skip


class _About(Struct, frozen=True):
    """What is compared with what, and what institutions are divided by, where that is said."""

    rules: Path | None
    other: Path
    new: Catalogue
    by: str | None
    size: str | None


def _reformed(
    runs: Runs, area: str, wanted: Sequence[Period], both: Sequence[tuple[_Rules, _Rules]], about: _About,
    progress: Progress,
) -> Reformed:  # fmt: skip
    from tilsyn.studies.reform import Side, finest, weigh, without_figures

    _, begun = runs.made(area, wanted[0].index, day=both[0][0].day, catalogue="", engine="")
    states, by = (begun, begun), about.by
    found: list[ReformPeriod] = []
    outcome: tuple[_Side, _Side] | None = None
    for done, (when, pair) in enumerate(zip(wanted, both, strict=True)):
        progress(when.label, done / (len(wanted) + 1))
        # whoever had a step by either rules is there by both
        known = states[0] if states[0] is states[1] else _names(*states)
        one = _placed(pair[0], when, states[0], _figures(runs, pair[0], when, known))
        same = pair[0].policy.area == pair[1].policy.area and periods_back(pair[0].plan) == periods_back(pair[1].plan)
        figures = one.figures if same else _figures(runs, pair[1], when, known)
        outcome = one, _placed(pair[1], when, states[1], figures)
        frames = [side.placed.frame for side in outcome]
        if by is None:
            texts = [name for name, kind in pair[0].policy.area.attributes.items() if kind == "text"]
            by = finest(frames[0], texts, MOST_PARTS)
        sides = [Side(r.policy.ladder, r.policy.requirements, f) for r, f in zip(pair, frames, strict=True)]
        gap = range(wanted[done - 1].index + 1, when.index) if done else range(0)
        found.append(
            ReformPeriod(
                period=when,
                before=pair[0].policy,
                after=pair[1].policy,
                run=pair[0].run,
                weighed=weigh(*sides, by=by, size=about.size),
                gap=tuple(Period(when.kind, index).label for index in gap),
                unlike_record=_unlike(runs, area, when, frames[0]),
                lost=(outcome[0].lost, outcome[1].lost),
                figureless=without_figures(pair[1].plan, frames[1]),
            )
        )
        states = _left(frames[0]), _left(frames[1])
    assert outcome is not None
    progress(wanted[-1].label, len(wanted) / (len(wanted) + 1))
    decided = sum(len(runs.decisions(area, when.index)) for when in wanted[:-1])
    today, others = both[-1]
    return Reformed(
        area, runs.database.where, about.rules, about.other, tuple(found), others.day, by, about.size, decided,
        tuple(day for day in about.new.change_days(area) if day > others.day), _nearest(outcome[1]),
        held_against(others.policy, today.policy, *([others.day] if others.day == today.day else [])),
    )  # fmt: skip


# what is compared


def _periods(runs: Runs, catalogue: Catalogue, area: str, labels: Sequence[str], through: str | None) -> list[Period]:
    """The periods that are asked for, in order. Raises UsageError for a wrong order, DataError for one without
    figures."""
    named = sorted({period_of(catalogue, area, label) for label in labels})
    known = runs.store.periods(area)
    if through is not None:
        last = period_of(catalogue, area, through)
        if len(named) > 1:
            raise UsageError(Problem(Where(""), "compare-through", {"through": last.label}))
        if last < named[0]:
            raise UsageError(Problem(Where(""), "run-order", {"period": named[0].label, "through": last.label}))
        between = (Period(last.kind, index) for index in known if named[0].index < index <= last.index)
        named = [named[0], *between]
    for when in named:
        if when.index not in known:
            labels = tuple(Period(when.kind, index).label for index in known)
            args: dict[str, object] = {"period": when.label, "found": labels, "area": area}
            code = "run-no-figures" if labels else "run-no-figures-at-all"
            raise DataError(Problem(Where(runs.database.where), code, args))
    return named


def _todays(runs: Runs, every: Sequence[Recorded], own: Catalogue | None, area: str, when: Period) -> _Rules:
    """Today's rules of a period: a folder's, else those of its latest run, or of the nearest run before, or after."""
    if own is not None:
        return _Rules(*bound(own, area, when), when.first_day)
    of_period = [run for run in every if run.made.period == when.index]
    before = [run for run in every if run.made.period < when.index]
    run = of_period[-1] if of_period else max(before, key=lambda r: (r.made.period, r.id)) if before else every[0]
    day = run.made.day if of_period else when.first_day
    return _Rules(*bound(InRecord(runs, run).catalogue(), area, when, day), day, run.id)


def _others(catalogue: Catalogue, folder: Path, area: str, when: Period, on: dt.date | None) -> _Rules:
    """The other rules of a period. Raises UsageError where they are not in force on the day."""
    day = on or when.first_day
    try:
        return _Rules(*bound(catalogue, area, when, day), day)
    except DeclarationError as fault:
        first = catalogue.change_days(area)[0].isoformat()
        args: dict[str, object] = {"area": area, "asked": day.isoformat(), "from": first}
        raise UsageError(Problem(Where(str(folder)), "compare-not-in-force", args)) from fault


def _comparable(area: str, before: Policy, after: Policy) -> None:
    """Both place institutions on a ladder, in periods of the same kind. Raises UsageError."""
    if before.is_regime or after.is_regime:
        which = before if before.is_regime else after
        raise UsageError(Problem(which.area_part.where(()), "compare-no-ladder", {"area": area}))
    if before.area.period != after.area.period:
        args: dict[str, object] = {"area": area, "before": before.area.period, "after": after.area.period}
        raise UsageError(Problem(after.area_part.where(("period",)), "compare-periods", args))


def _attribute(policy: Policy, name: str | None, kind: str) -> str | None:
    """An attribute that is named, of a kind. Raises UsageError for another."""
    fitting = [each for each, of in policy.area.attributes.items() if of == kind]
    if name is not None and name not in fitting:
        args = {"name": name, "kind": kind, **suggestion(name, fitting)}
        raise UsageError(Problem(Where(""), f"compare-no-{kind}", args))
    return name


def _size(policy: Policy) -> str | None:
    """The attribute that most requirements count their hours by, else the first number."""
    numbers = [name for name, kind in policy.area.attributes.items() if kind == "number"]
    counted = [requirement.burden.per for requirement in policy.requirements.requirements.values()]
    return max(numbers, key=counted.count, default=None)


# placing


def _figures(runs: Runs, rules: _Rules, when: Period, known: pl.DataFrame) -> pl.DataFrame:
    """The figures that one side reads, as the record has them now."""
    return figures_for(runs, rules.policy, rules.plan, when, known, None)


def _placed(rules: _Rules, when: Period, state: pl.DataFrame, figures: pl.DataFrame) -> _Side:
    """A period placed by one side's rules, from a state of which they may not know every step."""
    import polars as pl

    there = pl.col("step").is_in(list(rules.plan.ladder.positions))
    kept = state.filter(there)
    placed = place(rules.policy, rules.plan, figures, when, kept, rules.day)
    here = set(placed.frame["institution"])
    return _Side(placed, figures, kept, sum(name in here for name in state.filter(~there)["institution"]))


def _left(frame: pl.DataFrame) -> pl.DataFrame:
    """The state that a placement leaves, while nobody has decided anything."""
    import polars as pl

    least = {"held": 1, "streak": 0, "absent": 0, "in_force_held": 1}
    missing = [pl.lit(least[name]).alias(name) for name in least if name not in frame.columns]
    in_force = [] if "in_force" in frame.columns else [pl.col("step").alias("in_force")]
    stood = frame.filter(pl.col("step").is_not_null()).with_columns(*missing, *in_force)
    return stood.select(pl.col(name).cast(kind) for name, kind in empty_state().schema.items())


def _names(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    import polars as pl

    return pl.concat([one.select("institution"), other.select("institution")]).unique("institution").sort("institution")


def _unlike(runs: Runs, area: str, when: Period, frame: pl.DataFrame) -> int:
    """How many the period's run placed on another step than today's rules do here, or did not place; 0 without a
    run."""
    import polars as pl

    run = runs.latest(area, when.index)
    if run is None:
        return 0
    recorded = runs.placements(run).select("institution", pl.col("step").alias("recorded"))
    both = frame.select("institution", "step").join(recorded, on="institution", how="full", coalesce=True)
    return both.filter(pl.col("step").ne_missing(pl.col("recorded"))).height


def _nearest(side: _Side) -> Nearest:
    """Those nearest to an edge of the new rules, each read exactly."""
    import polars as pl

    from tilsyn.engine.exact import Exact
    from tilsyn.studies.reform import nearest

    placed, plan = side.placed, side.placed.plan
    rows = still_open(side.figures, placed.period)
    everyone = Exact(plan, rows.to_dicts()) if reads_peers(plan) else None

    def read(institution: str) -> tuple[Exact, Placement]:
        case = everyone or Exact(plan, rows.filter(pl.col("institution") == institution).to_dicts())
        before = side.state.filter(pl.col("institution") == institution)
        state = state_of(before.row(0, named=True) if before.height else None, plan.ladder)
        return case, case.place(institution, placed.period.index, state)

    return nearest(plan, placed.frame, read)
