"""The use cases on the record: figures are imported, periods are run, people decide.

Each is one transaction in the record, whole or not at all. A run is made from what the record holds: its figures, and
the state that the run before left, with what was decided since. What a correction makes stale is named, never mended in
silence.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn import __version__
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period
from tilsyn.files.declarations import policy_texts
from tilsyn.files.figures import NOT_SUBMITTED, slots
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.record.database import open_database
from tilsyn.record.runs import Decided as Decision
from tilsyn.record.runs import Recorded, Runs
from tilsyn.record.store import Store
from tilsyn.services.kept import InRecord, figures_for, find, judged, kept_in_record
from tilsyn.services.placing import place, refusal_text
from tilsyn.services.rules import bound, checked, period_of, step_named
from tilsyn.telling.subjects import Brought, Ran, Settled, Shift

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.catalogue.areas import Area
    from tilsyn.files.column_map import ColumnMap
    from tilsyn.files.figures import Figures

Progress = Callable[[str, float], None]

TRIES = 20
"""How often a run is made again because what it is made from changed meanwhile."""


def open_runs(url: str, *, create: bool = False) -> Runs:
    """The runs of a record. Raises UsageError, SurroundingsError."""
    return Runs(Store(open_database(url, create=create)))


# figures


def import_files(
    folder: Path,
    runs: Runs,
    area: str,
    files: Sequence[Path],
    *,
    period: str,
    who: str,
    column_map: Path | None = None,
    quarantine: Path | None = None,
    lang: str = "da",
) -> Brought:
    """A delivery of figures into the record; what is refused is told, and written where `quarantine` says."""
    from tilsyn.files.column_map import read_column_map

    catalogue = checked(folder)
    mapped = read_column_map(column_map) if column_map is not None else None
    when = period_of(catalogue, area, period)
    return bring(catalogue, runs, area, files, when, who=who, column_map=mapped, quarantine=quarantine, lang=lang)


def bring(
    catalogue: Catalogue,
    runs: Runs,
    area: str,
    files: Sequence[Path],
    when: Period,
    *,
    who: str,
    column_map: ColumnMap | None = None,
    quarantine: Path | None = None,
    lang: str = "da",
) -> Brought:
    """As `import_files`, with declarations that are at hand."""
    from tilsyn.files.export import staged_table
    from tilsyn.files.observations import read_figures
    from tilsyn.files.quarantine import quarantine_table
    from tilsyn.telling.words import note_text

    policy, _ = bound(catalogue, area, when)
    figures = read_figures(files, policy.area, period=when, column_map=column_map)
    if not figures.frame.height:
        raise DataError(Problem(Where(_named(files)), "data-no-rows", {"period": when.label}))
    if _is_of_another(figures, policy.area):
        raise DataError(Problem(Where(_named(files)), "data-other-area", {"area": area}))
    with ExitStack() as written:
        if figures.refused and quarantine is not None:
            told = quarantine_table(figures.refused, lambda r: note_text("refusals", r.code, r.args, lang))
            written.enter_context(staged_table(told, quarantine))
        names = [_as_text(file.name) for file in files]
        found = runs.store.import_figures(policy.area, figures, names, _somebody(who))
    notes = [
        f"{n.file}: {note_text('notes', n.code, n.args, lang)}" if n.file else note_text("notes", n.code, n.args, lang)
        for n in figures.notes
    ]
    return Brought(
        policy,
        tuple(Period(when.kind, index).label for index in sorted(set(figures.frame["period"]))),
        runs.database.where,
        found.id,
        {"units": found.units, "new": found.new, "corrected": found.corrected, "same": found.same},
        tuple(refusal_text(refusal, lang) for refusal in figures.refused),
        tuple(notes),
        found.twins,
        quarantine if figures.refused else None,
        tuple(run.label for run in runs.stale(area)),
    )


def _named(files: Sequence[Path]) -> str:
    return ", ".join(file.name for file in files)


def _is_of_another(figures: Figures, area: Area) -> bool:
    """Whether a delivery has none of the figures that goals rest on, and columns that nobody here knows: what is kept
    is never taken out again, so that a file that was taken for another must not come in."""
    unknown = any(note.code in ("columns-unknown", "indicators-unknown") for note in figures.notes)
    rests_on = [slot.of("missing") for slot in slots(area) if area.indicators[slot.indicator].role == "outcome"]
    said = any((figures.frame[name] != NOT_SUBMITTED).any() for name in rests_on)
    return unknown and bool(rests_on) and not said


def _as_text(said: str) -> str:
    """What can be written: a byte that is no text becomes a question mark."""
    return said.encode("utf-8", "replace").decode("utf-8")


def _somebody(who: str) -> str:
    """A name that says something. Raises UsageError."""
    if _is_blank(who):
        raise UsageError(Problem(Where(""), "by-nobody"))
    return _as_text(who)


def _is_blank(said: str) -> bool:
    """Whether there is nothing to see."""
    return not any(unicodedata.category(sign)[0] not in "CZ" for sign in said)


# runs


def run_periods(
    folder: Path,
    runs: Runs,
    area: str,
    *,
    period: str,
    through: str | None = None,
    on: dt.date | None = None,
    who: str,
    progress: Progress = lambda _what, _share: None,
) -> list[Ran]:
    """One period placed and recorded, or several in order. What was run already from the same things is not run again.

    Raises UsageError for a wrong order, DataError where the record has no figures of the first period.
    """
    who, catalogue = _somebody(who), checked(folder)
    first = period_of(catalogue, area, period)
    last = first if through is None else period_of(catalogue, area, through)
    if last.index < first.index:
        raise UsageError(Problem(Where(""), "run-order", {"period": first.label, "through": last.label}))
    known = runs.store.periods(area)
    if first.index not in known:
        labels = tuple(Period(first.kind, index).label for index in known)
        args: dict[str, object] = {"period": first.label, "found": labels, "area": area}
        code = "run-no-figures" if labels else "run-no-figures-at-all"
        raise DataError(Problem(Where(runs.database.where), code, args))
    wanted = [Period(first.kind, index) for index in known if first.index <= index <= last.index]
    texts = policy_texts(folder)
    found: list[Ran] = []
    for done, when in enumerate(wanted):
        progress(when.label, done / len(wanted))
        found.append(run_period(catalogue, texts, runs, area, when, on=on, who=who))
    return found


def run_period(
    catalogue: Catalogue, texts: Mapping[str, str], runs: Runs, area: str, when: Period, *, who: str,
    on: dt.date | None = None,
) -> Ran:  # fmt: skip
    """One period placed from what the record holds, and recorded; `texts` are the declarations as they were read."""
    policy, plan = bound(catalogue, area, when, on)
    day = on or when.first_day
    for _ in range(TRIES):
        earlier = runs.latest(area, when.index)
        made, state = runs.made(area, when.index, day=day, catalogue=catalogue.fingerprint, engine=__version__)
        before = next((run for run in runs.every(area) if run.id == made.before), None)
        gap = _gap(before, when)
        if earlier is not None and earlier.made == made:
            return Ran(policy, plan, when, earlier.id, False, runs.placements(earlier), (), gap)
        figures = figures_for(runs, policy, plan, when, state, made.imports)
        placed = place(policy, plan, figures, when, state, day)
        run = runs.save(made, when.label, texts, placed.frame, who)
        if run is not None:
            shifts = () if earlier is None else tuple(_shifts(runs, earlier, run, placed.frame))
            return Ran(policy, plan, when, run.id, True, placed.frame, shifts, gap, rerun=earlier is not None)
    raise DataError(Problem(Where(runs.database.where), "run-restless", {"tries": TRIES}))


def _gap(before: Recorded | None, when: Period) -> tuple[str, ...]:
    """The periods between a run and the one before it that were not run."""
    if before is None:
        return ()
    return tuple(Period(when.kind, index).label for index in range(before.made.period + 1, when.index))


def _shifts(runs: Runs, earlier: Recorded, later: Recorded, now: pl.DataFrame) -> Iterator[Shift]:
    """Institutions that a rerun places otherwise, and what they are placed otherwise for."""
    told = [name for name in ("step", "in_force", "reasons") if name in now.columns]
    if not told:
        return
    before = {row["institution"]: row for row in runs.placements(earlier).to_dicts()}
    decided = runs.decisions(later.made.area, later.made.period)
    rules = ("rules",) if earlier.made.catalogue != later.made.catalogue else ()
    for row in now.to_dicts():
        old = before.pop(row["institution"], None)
        if old is not None and all(old[name] == row[name] for name in told):
            continue
        why = ("new",) if old is None else (*rules, *_why(old, row))
        why = (*why, *(("decided",) if row["institution"] in decided else ()))
        yield Shift(row["institution"], row["name"], None if old is None else old["step"], row["step"], why)
    for name, old in before.items():
        yield Shift(name, old["name"], old["step"], None, ("gone",))


def _why(old: dict[str, Any], row: dict[str, Any]) -> tuple[str, ...]:
    """The goals whose figures differ, and whether the step before does."""
    goals = [name.removesuffix(".own") for name in row if name.endswith(".own") and "@" not in name]
    # a period that is pooled, or a group, may have come to be known otherwise too
    parts = {goal: [name for name in row if name.partition(".")[0].partition("@")[0] == goal] for goal in goals}
    found = tuple(goal for goal, names in parts.items() if any(old.get(name) != row[name] for name in names))
    return (*found, *(("previous",) if old["previous"] != row["previous"] else ()))


# decisions


def decide(
    runs: Runs,
    institution: str,
    *,
    step: str,
    because: str,
    who: str,
    area: str | None = None,
    period: str | None = None,
) -> Settled:
    """Records what a person decided about the latest recommendation (or that of a period). The step is in force from
    now. Raises UsageError for an unknown institution or step, or where no reason is given."""
    run = find(kept_in_record(runs), runs.database.where, institution, area, period)
    assert isinstance(run, InRecord)
    when, policy, plan = judged(run, run.catalogue())
    if policy.is_regime:
        raise UsageError(Problem(Where(""), "decide-in-a-regime", {"area": run.area}))
    step = step_named(policy, step)
    if _is_blank(because):
        raise UsageError(Problem(Where(""), "decide-because"))
    because, who = _as_text(because), _somebody(who)
    before = run.decided(institution)
    row = run.table("placements", institution).row(0, named=True)
    runs.decide(run.run, [Decision(institution, step, because, who, row["step"])])
    decided = run.decided(institution)
    assert decided is not None
    stale = tuple(one.label for one in runs.stale(run.area))
    return Settled(policy, plan, when, institution, row["name"], row["step"], decided, stale, before)
