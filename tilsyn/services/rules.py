"""What stands in a policy folder: checked, bound to a day, and told in other forms. It judges nobody."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast
from weakref import WeakKeyDictionary

from msgspec.structs import replace

from tilsyn.catalogue.catalogue import Catalogue, fingerprint, link, link_again, names_in_doubt, news
from tilsyn.catalogue.documents import Document
from tilsyn.catalogue.grammar import KINDS, suggestion
from tilsyn.catalogue.periods import EXAMPLES, Period, containing, parse_period
from tilsyn.catalogue.policy import Policy
from tilsyn.catalogue.text import Text
from tilsyn.engine.faults import OF_A_NAME, Fault
from tilsyn.engine.machine import MOST_CELLS, Finding, cells_of, holes
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import PlanFaults, make_plan
from tilsyn.files.declarations import FOLDERS, read_policy, read_texts
from tilsyn.problems import DeclarationError, Problem, UsageError, Where, distinct
from tilsyn.telling.words import LANGS

if TYPE_CHECKING:
    from tilsyn.studies.sprawl import Sprawl


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
    return _checked(*read_policy(folder))


def checked_texts(texts: Mapping[str, str]) -> Catalogue:
    """The catalogue of declarations that were kept as texts. Raises DeclarationError."""
    return _checked(*read_texts(texts))


def kept_rules(texts: Mapping[str, str], area: str, known_as: str) -> Catalogue:
    """One area's part of declarations that were checked when they were kept, under the fingerprint of them all.

    What concerns other areas is not read anew, and no table is proved complete again: whoever kept the texts vouches
    for them. Raises DeclarationError where this program no longer takes what it needs.
    """
    documents, unread = read_texts({name: text for name, text in texts.items() if not _of_others(name, text, area)})
    wanted = [d for d in documents if d.name == area or d.kind not in PER_AREA]
    linked = link_again(wanted, known_as)
    if problems := [*unread, *linked.problems]:
        raise DeclarationError(distinct(problems))
    return linked.catalogue


def fingerprint_of(texts: Mapping[str, str]) -> str:
    """The fingerprint of declarations that were kept as texts."""
    documents, _ = read_texts(texts)
    return fingerprint(documents)


PER_AREA = ("area", "requirements_of")
"""The kinds of documents that an area has of its own."""


def _of_others(name: str, text: str, area: str) -> bool:
    """Whether a file says, before it is read, that it is of no use to the area: it lies where nothing is that judges,
    or has one line that says what it is, and that is another area's."""
    if not {*PER_AREA, "ladder", "supports"} & {*FOLDERS.get(name.rpartition("/")[0], KINDS)}:
        return True
    said = re.findall(rf"^(?:{'|'.join(PER_AREA)}|subgoals_of)\s*:[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    return len(said) == 1 and re.fullmatch(r"[^\W\d]\w*", said[0]) is not None and said[0] != area


def step_named(policy: Policy, said: str) -> str:
    """The step that somebody names by its id or its title. Raises UsageError."""
    steps = policy.ladder.steps
    by_title = {step.title.get(lang).casefold(): name for name, step in steps.items() for lang in LANGS}
    found = said if said in steps else by_title.get(said.casefold())
    if found is None:
        raise UsageError(Problem(Where(""), "unknown-step", {"name": said, **suggestion(said, tuple(steps))}))
    return found


def _checked(documents: Sequence[Document], unread: Sequence[Problem]) -> Catalogue:
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
    known = _plans.setdefault(catalogue, {})
    if (area, policy.day) not in known:
        known[area, policy.day] = make_plan(policy.area, policy.own_ladder)
    return policy, known[area, policy.day]


_plans: WeakKeyDictionary[Catalogue, dict[tuple[str, dt.date], Plan]] = WeakKeyDictionary()
"""Plans that were made, by the area and the first day of its rules."""


def dmn_of(catalogue: Catalogue, area: str, *, on: dt.date | None, lang: str) -> str:
    """An area's rules as a DMN document: those in force on a day, else the latest."""
    from tilsyn.telling.dmn import dmn_text

    policy = catalogue.on(area, on or catalogue.change_days(area)[-1])
    return dmn_text(policy.area, policy.own_ladder, make_plan(policy.area, policy.own_ladder), policy.day, lang)


def first_period(policy: Policy) -> Period:
    """The first period that begins on or after the policy's first day."""
    found = containing(policy.area.period, policy.day)
    return found if found.first_day >= policy.day else found.before(-1)
