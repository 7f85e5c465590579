"""What holds of a policy's rules, alone and beside those of another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import make_plan
from tilsyn.problems import Problem, UsageError, Where
from tilsyn.services.rules import checked, checked_all
from tilsyn.telling.subjects import (
    Compared,
    Proved,
    Saved,
)

if TYPE_CHECKING:
    pass

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
    found: list[Compared] = []
    for area in areas:
        of_area: list[Compared] = []
        for day, after, before in _beside(catalogue, earlier, area, on):
            one = held_against(after, before, day)
            known = of_area[-1] if of_area else None
            if known is not None and known.versions is not None and known.versions == one.versions:
                of_area[-1] = replace(known, days=(*known.days, day))
            else:
                of_area.append(one)
        found += of_area
    return found


def held_against(after: Policy, before: Policy, *days: dt.date) -> Compared:
    """An area's rules beside earlier ones, cell by cell, as both are on `days` if it is said; without `versions` where
    there are too many cells. Raises UsageError where one of them has no ladder."""
    from tilsyn.studies.versions import TooLarge, compare

    if after.is_regime or before.is_regime:
        raise UsageError(Problem(after.area_part.where(()), "compare-no-ladder", {"area": after.name}))
    plans = make_plan(after.area, after.ladder), make_plan(before.area, before.ladder)
    try:
        versions = compare(plans[1], plans[0], after.ladder, before.ladder)
    except TooLarge as fault:
        return Compared(after, plans[0], before, plans[1], None, fault.cells, days)
    return Compared(after, plans[0], before, plans[1], versions, versions.cells, days)


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
