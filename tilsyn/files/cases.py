"""Counterexamples of a proof as authors' cases: figures that give the levels of a story, and the file they go to.

A proof speaks of levels. Here an ordinary institution's figures are changed until the exact reading finds the same
levels in them (`witness.py`), period by period, each period beginning where the one before left off. A case shows
what the rules do today; when they are mended, it is what it expects that must change.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tilsyn.catalogue.periods import Period, containing
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.working import Placement
from tilsyn.files.export import opening, put, try_out
from tilsyn.files.witness import Finder, NotFound, Wanted
from tilsyn.problems import Problem, UsageError, Where
from tilsyn.studies.proofs import Verdict
from tilsyn.studies.walks import Place, Walks
from tilsyn.telling.proofs import case_name
from tilsyn.telling.subjects import Proved, Saved, Unsaved
from tilsyn.telling.words import LANGS

HEADING = "# goals/"
"""How saved cases begin, before the name of the file that they belong to."""


def save_cases(found: Sequence[Proved], file: Path) -> Saved:
    """Writes every counterexample as cases, a document for each area, and says which could not be written.

    Nothing is written where there is nothing to write. Raises UsageError or SurroundingsError.
    """
    savable(file)
    documents: dict[str, list[dict[str, Any]]] = {}
    files: dict[str, None] = {}
    unsaved: list[Unsaved] = []
    for proved in found:
        for verdict in proved.verdicts:
            if verdict.outcome != "fails":
                continue
            try:
                cases = cases_of(proved, verdict)
            except NotFound as fault:
                unsaved.append(Unsaved(proved, verdict.property, fault.code, fault.name))
            else:
                documents.setdefault(proved.policy.area.area, []).extend(cases)
                files[proved.policy.area_part.document.file] = None
    if documents:
        put(file, lambda target: target.write_text(_text(documents), encoding="utf-8"))
    return Saved(file, sum(map(len, documents.values())), tuple(unsaved), tuple(files))


def savable(file: Path) -> None:
    """Whether cases can be saved in a file: one that is not there yet, or one that was saved so before.

    Raises UsageError or SurroundingsError.
    """
    if file.suffix.lower() != ".yaml":
        raise UsageError(Problem(Where(str(file)), "case-file-ending", {"found": file.suffix or file.name}))
    if file.is_file() and not re.match(rf"{HEADING}\S+\ncases:\n", opening(file)):
        raise UsageError(Problem(Where(str(file)), "save-taken"))
    try_out(file)


def _text(documents: dict[str, list[dict[str, Any]]]) -> str:
    """The cases as YAML, each area's under the name of the file that they belong to."""
    import yaml

    parts: list[str] = []
    for area, cases in documents.items():
        dumped = yaml.safe_dump({"cases": cases}, allow_unicode=True, sort_keys=False, width=110)
        parts.append(f"{HEADING}{area}.yaml\n{dumped}")
    return "---\n".join(parts)


def cases_of(proved: Proved, verdict: Verdict) -> list[dict[str, Any]]:
    """A case for each period of each story of a property. Raises NotFound."""
    if not verdict.stories:
        raise NotFound("no-institution")
    plan, walks = proved.plan, Walks.of(proved.plan.ladder)
    period = _first_period(proved.policy)
    finder, found = Finder(proved.policy, plan, period), list[dict[str, Any]]()
    kept: Any = verdict.about.get("kept_back", ())
    for silent, story in enumerate(verdict.stories):
        place = story.start
        for number, year in enumerate(story.years):
            groups = {w.name: w.reason for w in (kept[number] if kept else ()) if w.of == "group"}
            before = _stood(place, walks)
            given, placed = finder.found(Wanted(year, groups, silent=bool(silent)), before)
            which = (silent, number + 1, len(story.years))
            name = {lang: case_name(verdict.property, *which, lang) for lang in LANGS}
            case: dict[str, Any] = {"name": name, "period": period.label, "given": given}
            if before is not None:
                counts = {"held": before.held, "streak": before.streak, "absent": before.absent}
                case["previous"] = {"step": plan.ladder.steps[before.step], **counts}
            found.append({**case, "expect": _expected(plan, placed)})
            place = walks.after(place, year.seen, year.happening)
    return found


def _first_period(policy: Policy) -> Period:
    """The first period that the rules judge."""
    found = containing(policy.area.period, policy.day)
    found = found if found.first_day >= policy.day else found.before(-1)
    if policy.next_day is not None and found.first_day >= policy.next_day:
        raise NotFound("period")
    return found


def _stood(place: Place, walks: Walks) -> State | None:
    """Where somebody stood before a period, as a case says it: the step that the period begins from."""
    if place is None or not walks.remembers:
        return None
    start = walks.start(place)
    return State(start.previous, start.held, start.streak, start.absent)


def _expected(plan: Plan, placed: Placement) -> dict[str, Any]:
    """What comes of a case, as authors write it."""
    ladder, working = plan.ladder, placed.ladder
    levels = {g.name: ladder.levels[g.point] for g in placed.goals if g.point is not None and g.reason is None}
    missing = {g.name: g.reason.word for g in placed.goals if g.reason is not None}
    ends = [ladder.steps[end.step] for end in (working.freest, working.strictest) if end is not None]
    return {
        **({"step": ladder.steps[placed.step]} if placed.step is not None else {}),
        **({} if working.assessed else {"not_assessed": True}),
        **({"range": ends} if len(ends) == 2 else {}),
        **({"levels": levels} if levels else {}),
        **({"missing": missing} if missing else {}),
        "because": list(placed.reasons),
    }
