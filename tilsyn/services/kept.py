"""Placements that were kept, in a results folder or in the record, read in the same way.

What is kept is handed out as it was written; nothing is decided here. In the record the latest run of each period
counts, as of a moment where one is named, and what people have decided stands beside what was recommended.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakKeyDictionary

from msgspec import Struct

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import periods_back
from tilsyn.files import results
from tilsyn.files.figures import bare_row
from tilsyn.problems import DataError, Problem, UsageError, Where
from tilsyn.services.rules import bound, checked, kept_rules, period_of
from tilsyn.telling.distribution import is_results
from tilsyn.telling.subjects import Decided

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.record.runs import Decided as Decision
    from tilsyn.record.runs import Recorded, Runs


class Kept(Protocol):
    """One period of one area as it was placed. `where` is what people are told, `key` tells runs apart."""

    @property
    def area(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def day(self) -> dt.date: ...
    @property
    def where(self) -> str: ...
    @property
    def key(self) -> str: ...

    def table(self, name: str, institution: str | None = None) -> pl.DataFrame:
        """`placements`, `figures`, `state` or `closed`; of one institution, where it is named."""
        ...

    def row(self, name: str, institution: str) -> dict[str, Any] | None:
        """An institution's row of `placements`, `state` or `closed`; None where it has none."""
        ...

    def rows(self, institution: str) -> list[dict[str, Any]]:
        """An institution's rows of `figures`."""
        ...

    def catalogue(self) -> Catalogue:
        """The declarations that it was made with. Raises DataError, or RecordError, where they are not the ones that
        were kept."""
        ...

    def made_from(self) -> dict[str, str]: ...

    def later(self) -> Sequence[Kept]:
        """The kept runs of later periods of the area."""
        ...

    def decided(self, institution: str) -> Decided | None:
        """What a person decided about an institution in this period."""
        ...


class InFolder(Struct, frozen=True):
    """A run in a results folder."""

    run: results.Run

    @property
    def area(self) -> str:
        return self.run.area

    @property
    def period(self) -> str:
        return self.run.period

    @property
    def index(self) -> int:
        return self.run.about["index"]

    @property
    def day(self) -> dt.date:
        return dt.date.fromisoformat(self.run.about["day"])

    @property
    def where(self) -> str:
        return str(self.run.folder)

    @property
    def key(self) -> str:
        return str(self.run.folder)

    def table(self, name: str, institution: str | None = None) -> pl.DataFrame:
        found = self.run.table(name)
        return found if institution is None else of_one(found, institution)

    def row(self, name: str, institution: str) -> dict[str, Any] | None:
        found = self.table(name, institution)
        return found.row(0, named=True) if found.height else None

    def rows(self, institution: str) -> list[dict[str, Any]]:
        return self.table("figures", institution).to_dicts()

    def catalogue(self) -> Catalogue:
        found = checked(self.run.policy) if self.run.policy.is_dir() else None
        if found is None or found.fingerprint != self.run.about["fingerprints"]["declarations"]:
            raise DataError(Problem(Where(str(self.run.policy)), "results-changed", {"name": "policy"}))
        return found

    def made_from(self) -> dict[str, str]:
        prints = self.run.about["fingerprints"]
        return {
            "day": self.run.about["day"],
            "files": ", ".join(self.run.about.get("files", ())),
            **{name: prints[name][:16] for name in ("declarations", "figures", "state")},
            "engine": f"tilsyn {self.run.about['engine']}",
        }

    def later(self) -> Sequence[Kept]:
        every = results.read_runs(self.run.folder.parent.parent)
        return [InFolder(run) for run in every if run.area == self.area and run.about["index"] > self.index]

    def decided(self, institution: str) -> Decided | None:
        return None


class InRecord(Struct, frozen=True):
    """A run in the record, as of a moment; now, where `as_of` is None."""

    runs: Runs
    run: Recorded
    as_of: dt.datetime | None = None

    @property
    def area(self) -> str:
        return self.run.made.area

    @property
    def period(self) -> str:
        return self.run.label

    @property
    def index(self) -> int:
        return self.run.made.period

    @property
    def day(self) -> dt.date:
        return self.run.made.day

    @property
    def where(self) -> str:
        return self.runs.database.where

    @property
    def key(self) -> str:
        return str(self.run.id)

    def table(self, name: str, institution: str | None = None) -> pl.DataFrame:
        match name:
            case "placements":
                return self._placements(institution)
            case "state":
                return self.runs.state(self.run, institution)
            case "figures":
                return self.figures(institution)
            case _:
                import polars as pl

                rows = self.figures(institution)
                closed = rows.filter((pl.col("period") == self.index) & pl.col("closed").fill_null(False))
                return closed.select("institution", "name", "successor")

    def row(self, name: str, institution: str) -> dict[str, Any] | None:
        match name:
            case "placements":
                found = self.runs.placement(self.run, institution)
                if found is None or institution not in self._decided():
                    return found
                return self._placements(institution).row(0, named=True)
            case "state":
                return next(iter(self.runs.states(self.run, institution)), None)
            case _:
                rows = [row for row in self.rows(institution) if row["period"] == self.index and row["closed"]]
                return {key: rows[0][key] for key in ("institution", "name", "successor")} if rows else None

    def rows(self, institution: str) -> list[dict[str, Any]]:
        policy, plan = self.rules()
        periods = range(self.index - periods_back(plan), self.index + 1)
        found = self.runs.store.rows(policy.area, periods, institution, last=self.run.made.imports)
        if self.row("state", institution) is None or (found and found[-1]["period"] == self.index):
            return found
        return [*found, bare_row(policy.area, institution, self.index)]

    def figures(self, institution: str | None = None) -> pl.DataFrame:
        """The figures that the run read, as they were known to it."""
        policy, plan = self.rules()
        state = self.table("state", institution)
        return figures_for(
            self.runs, policy, plan, Period(policy.area.period, self.index), state, self.run.made.imports, institution
        )

    def rules(self) -> tuple[Policy, Plan]:
        """The policy and plan that judged it."""
        catalogue = self.catalogue()
        return bound(catalogue, self.area, period_of(catalogue, self.area, self.period), self.day)

    def catalogue(self) -> Catalogue:
        """Of the run's area only."""
        return _catalogue(self.runs, self.run.made.catalogue, self.area)

    def made_from(self) -> dict[str, str]:
        made = self.run.made
        told = {"run": str(self.run.id), "made": f"{self.run.at[:16].replace('T', ' ')} UTC, {self.run.who}"}
        told |= {"day": made.day.isoformat(), "declarations": made.catalogue[:16], "imports": str(made.imports)}
        if made.before is not None:
            told["before"] = str(made.before)
        return told | {"engine": f"tilsyn {made.engine}"}

    def later(self) -> Sequence[Kept]:
        return [kept for kept in kept_in_record(self.runs, self.area, self.as_of) if kept.index > self.index]

    def decided(self, institution: str) -> Decided | None:
        found = self._decided().get(institution)
        return None if found is None else Decided(found.step, found.because, found.who, found.at)

    def _decided(self) -> dict[str, Decision]:
        return self.runs.decisions(self.area, self.index, self.as_of)

    def _placements(self, institution: str | None) -> pl.DataFrame:
        """What was placed, with what has been decided since and the step that is in force with it."""
        import polars as pl

        found = self.runs.placements(self.run, institution)
        decided = {name: one.step for name, one in self._decided().items()}
        if is_results(found) or not decided:
            return found
        from tilsyn.services.placing import with_effects

        policy, _ = self.rules()
        step = pl.col("institution").replace_strict(decided, default=None, return_dtype=pl.String)
        effects = [name for name in EFFECTS if name in found.columns]
        now = found.drop(effects).with_columns(
            pl.coalesce(step, "in_force").alias("in_force"),
            pl.when(step.is_null()).then("status").otherwise(pl.lit("decided")).alias("status"),
        )
        return with_effects(policy, now).select(found.columns)


EFFECTS = ("hours_freed", "relieved", "added", "rights", "supports", "visits_per_year")
"""The columns that `with_effects` adds."""


def figures_for(
    runs: Runs, policy: Policy, plan: Plan, period: Period, state: pl.DataFrame, last: int | None,
    institution: str | None = None,
) -> pl.DataFrame:  # fmt: skip
    """The figures that a placement of a period reads, as they were after import `last`; a row without figures for
    everyone who had a step before and says nothing now."""
    import polars as pl

    from tilsyn.files.observations import completed

    periods = range(period.index - periods_back(plan), period.index + 1)
    frame = runs.store.figures(policy.area, periods, last=last, institution=institution)
    here = set(frame.filter(pl.col("period") == period.index)["institution"])
    absent = [name for name in state["institution"] if name not in here]
    return completed(frame, absent, policy.area, period)


_catalogues: WeakKeyDictionary[Runs, dict[tuple[str, str], Catalogue]] = WeakKeyDictionary()


def _catalogue(runs: Runs, fingerprint: str, area: str) -> Catalogue:
    """An area's declarations, by the fingerprint of all; read once from a record. They were checked when they were
    recorded. Raises RecordError where they are not what was kept."""
    known = _catalogues.setdefault(runs, {})
    if (fingerprint, area) not in known:
        known[fingerprint, area] = kept_rules(runs.files(fingerprint), area, fingerprint)
    return known[fingerprint, area]


def of_one(frame: pl.DataFrame, institution: str) -> pl.DataFrame:
    """An institution's rows."""
    import polars as pl

    return frame.filter(pl.col("institution") == institution)


# finding them


def kept_in_folder(folder: Path) -> list[Kept]:
    """Every run in a results folder, by area and period. Raises UsageError where there is none."""
    return [InFolder(run) for run in results.read_runs(folder)]


def kept_in_record(runs: Runs, area: str | None = None, as_of: dt.datetime | None = None) -> list[InRecord]:
    """The latest run of every period, by area and period."""
    latest = {(run.made.area, run.made.period): run for run in runs.every(area, as_of)}
    return [InRecord(runs, latest[key], as_of) for key in sorted(latest)]


def chosen(kept: Sequence[Kept], where: str, area: str | None = None, period: str | None = None) -> list[Kept]:
    """The runs of an area and a period, where named. Raises UsageError where there is none."""
    if not kept:
        raise UsageError(Problem(Where(where), "results-none"))
    areas = tuple(dict.fromkeys(run.area for run in kept))
    if area is not None and area not in areas:
        raise UsageError(Problem(Where(where), "results-no-area", {"name": area, **suggestion(area, areas)}))
    found = [run for run in kept if area in (None, run.area)]
    if period is not None:
        known = tuple(dict.fromkeys(run.period for run in found))
        found = [run for run in found if run.period == period]
        if not found:
            raise UsageError(Problem(Where(where), "results-no-period", {"found": period, "known": known}))
    return found


def find(
    kept: Sequence[Kept], where: str, institution: str, area: str | None = None, period: str | None = None
) -> Kept:
    """The latest run (or that of the period) in which an institution was placed. Raises UsageError."""
    runs = chosen(kept, where, area, period)
    found: dict[str, Kept] = {}
    for run in reversed(runs):
        if run.area not in found and run.row("placements", institution) is not None:
            found[run.area] = run
    if len(found) > 1:
        args: dict[str, object] = {"found": institution, "areas": tuple(sorted(found))}
        raise UsageError(Problem(Where(where), "institution-in-areas", args))
    if found:
        return next(iter(found.values()))
    for run in reversed(runs):
        closed = run.row("closed", institution)
        if closed is not None:
            successor = closed["successor"]
            args = {"found": institution, "period": run.period, "successor": successor}
            code = "institution-closed" if successor is None else "institution-succeeded"
            raise UsageError(Problem(Where(run.where), code, args))
    names = {name for run in runs for name in run.table("placements")["institution"]}
    args = {"found": institution, "area": area or "", "period": period or "", **suggestion(institution, names)}
    raise UsageError(Problem(Where(where), "unknown-institution", args))


def judged(run: Kept, catalogue: Catalogue) -> tuple[Period, Policy, Plan]:
    """The period of a run, and the policy and plan that it was judged by."""
    period = period_of(catalogue, run.area, run.period)
    return period, *bound(catalogue, run.area, period, run.day)


def judged_by(runs: Sequence[Kept]) -> dict[str, tuple[Policy, Plan]]:
    """The policy and plan of the latest run of each area, and of every run of a regime, under the run's key.

    `runs` stand in the order of their periods.
    """
    latest = {run.area: run for run in runs}
    needed = [run for run in runs if run is latest[run.area] or is_results(run.table("placements"))]
    return {run.key: judged(run, run.catalogue())[1:] for run in needed}
