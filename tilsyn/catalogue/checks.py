"""What the models cannot say: whether names are known, bands meet, points rise, days are covered.

Each check yields problems with the place of the fault; none stops another. What needs the meaning
of an expression (types, roles of what a goal reads, circles, the rule table as a whole) is decided
when the engine makes its plan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.bands import Better, check_bands, check_fineness
from tilsyn.catalogue.case_checks import check_case, check_columns
from tilsyn.catalogue.dated import Path, impossible_days, is_dated, is_list, is_map, resolve
from tilsyn.catalogue.documents import Document
from tilsyn.catalogue.expressions import FUNCTIONS, WRITTEN_OUT
from tilsyn.catalogue.goals import Goal
from tilsyn.catalogue.grammar import looks_like_expression, suggestion
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.lookup import listed_twice, not_a_period, unknown, unknown_each, unknown_keys
from tilsyn.catalogue.policy import Part, Policy
from tilsyn.catalogue.quantities import OWN_KEYS
from tilsyn.catalogue.quantity_checks import check_quantities, own_levels
from tilsyn.catalogue.reasons import MISSING
from tilsyn.catalogue.requirements import Requirements, Supports
from tilsyn.catalogue.text import Declared
from tilsyn.problems import Problem, Where

if TYPE_CHECKING:
    from tilsyn.catalogue.samples import Sample

MOST_GOALS = 5
"""An area that is held to more than a handful of goals is held to none."""

KEYWORDS = ("if", "then", "else", "and", "or", "not", "between", "in", "true", "false", "null", "otherwise")
RULE_INPUTS = ("score", "previous", "held", "goals_missing", "goals_at", "goals_below")
OUTPUT = (
    "institution", "name", "area", "period", "previous", "step", "in_force", "reasons", "covered", "applicable",
    "score", "score_points", "score_weight", "assessed", "step_freest", "step_point", "step_strictest", "rule",
    "rule_freest", "rule_strictest", "newcomer", "target", "held", "streak", "absent", "grave", "grave_unknown",
    "in_force_held", "status", "hours_freed", "relieved", "added", "rights", "supports", "visits_per_year", "closed",
    "successor", "held_before", "streak_before", "absent_before", "in_force_before", "in_force_held_before",
    "indicator", "group",
)  # fmt: skip
"""Columns of what is read and written beside declared names; a declared one would be taken for them."""

RESERVED = frozenset(
    (
        *OUTPUT,
        *KEYWORDS,
        *RULE_INPUTS,
        *(name for name in (*FUNCTIONS, *WRITTEN_OUT) if " " not in name),
        *("round", "earlier", "change", "peers", "value", "institution", "period", "none"),
        *OWN_KEYS,
    )
)
"""Names that expressions, rule tables and files of figures already give a meaning."""

NUMBERS = ("proportion", "mean", "rate", "ratio", "value")
"""Kinds of indicators whose value is a number."""

_FREE = ("given", "earlier", "typical")
"""Blocks of figures, where an empty value is an empty cell."""

Found = Iterator[Problem]


# A document by itself, all its days


def check_document(document: Document, model: type[Declared]) -> Found:
    """Days that are none, days in wrong order, and values that begin later than the file does."""
    for path in impossible_days(document.tree):
        yield document.key_problem(path, "impossible-day", {"found": str(path[-1])})
    first, last = span(document)
    if last < first:
        yield document.problem(("until",), "until-before-from", {"until": last.isoformat(), "first": first.isoformat()})
    if "from" in document.tree:
        for path in resolve(document.tree, first).uncovered:
            yield document.problem(path, "not-covered", {"first": first.isoformat()})
    if not document.name and model is not Supports:
        found = document.tree[document.kind]
        if not isinstance(found, str):
            yield document.problem((document.kind,), "not-text", {"found": str(found)[:40]})


def span(document: Document) -> tuple[dt.date, dt.date]:
    """First and last day in force; the whole calendar where the file does not say."""
    return _date(document.tree.get("from"), dt.date.min), _date(document.tree.get("until"), dt.date.max)


def _date(node: Any, otherwise: dt.date) -> dt.date:
    try:
        return dt.date.fromisoformat(node) if isinstance(node, str) else otherwise
    except ValueError:
        return otherwise


def _mixed_days(document: Document, node: Any, path: Path) -> Found:
    if is_map(node):
        if not is_dated(node) and any(is_dated({key: None}) for key in node):
            slips = [key for key in node if not is_dated({key: None})]
            yield from (document.key_problem((*path, key), "not-a-day", {"found": key}) for key in slips)
            return
        for key, value in node.items():
            yield from _mixed_days(document, value, (*path, key))
    elif is_list(node):
        for index, value in enumerate(node):
            yield from _mixed_days(document, value, (*path, index))


def check_values(document: Document) -> Found:
    """Values that are not what they look like, which hides what the models would say of them.

    A key with nothing after it is a slip (what is meant to have no value says `null`), and so is a
    map of first days with a key that is none.
    """
    for path, place in document.positions.values.items():
        empty = place.start == place.end and not place.collection
        if empty and path and not set(_FREE) & set(path) and not looks_like_expression(str(path[-1])):
            yield document.key_problem(path, "empty-value", {"name": str(path[-1])})
    yield from _mixed_days(document, document.tree, ())


def check_span(area: Document, used: Sequence[Document]) -> Found:
    """What an area uses must be in force as long as the area is."""
    first, last = span(area)
    if first == dt.date.min:
        return
    for document in used:
        begins, ends = span(document)
        if begins > first:
            args = {"file": document.file, "from": begins.isoformat(), "first": first.isoformat()}
            yield area.problem(("from",), "used-begins-later", args)
        if ends < last:
            until = last.isoformat() if last != dt.date.max else "–"
            path: Path = ("until",) if "until" in area.tree else ("from",)
            yield area.problem(
                path, "used-ends-earlier", {"file": document.file, "ends": ends.isoformat(), "until": until}
            )


# An area by itself


def check_shape(area: Part[Area]) -> Found:
    """An area is held to goals on a ladder, or is a regime whose results are quantities; never half of each."""
    tree = area.tree
    if not isinstance(tree.get("regime", False), bool):
        return
    if not area.model.regime:
        for key in ("ladder", "goals"):
            if key not in tree:
                yield area.key_problem((), "missing-key", {"name": key, "write": f"{key}: …"})
        if "goals" in tree and is_map(tree["goals"]) and not tree["goals"]:
            yield area.key_problem(("goals",), "too-few-entries", {"limit": "1"})
        if "result" in tree:
            yield area.key_problem(("result",), "result-without-regime")
        return
    for key in ("ladder", "goals"):
        if key in tree:
            yield area.key_problem((key,), "regime-has", {"name": key})
    if "result" not in tree:
        yield area.key_problem((), "missing-key", {"name": "result", "write": "result: […]"})
    elif is_list(tree["result"]) and not tree["result"]:
        yield area.key_problem(("result",), "too-few-entries", {"limit": "1"})
    yield from listed_twice(area, ("result",), area.model.result)


# A ladder by itself


def check_ladder(ladder: Part[Ladder], supports: Part[Supports] | None, *, complete: bool) -> Found:
    """Steps, rights, supports and reasons that a ladder names, and that exactly one step is the initial one."""
    yield from _steps_named(ladder)
    yield from _initial(ladder)
    yield from _formerly(ladder)
    yield from _rule_ids(ladder)
    yield from _dispositions(ladder)
    rights = ladder.names("rights")
    known = supports.names("supports") if supports else ()
    for name, step in ladder.model.steps.items():
        here: Path = ("steps", name)
        yield from unknown_each(ladder, (*here, "rights"), step.rights, rights, "unknown-right")
        if supports or complete:
            yield from unknown_each(ladder, (*here, "supports"), step.supports, known, "unknown-support")
    for name in (*ladder.names("levels"), *ladder.names("needs")):
        if name in RESERVED:
            section = "levels" if name in ladder.names("levels") else "needs"
            yield ladder.key_problem((section, name), "reserved-word", {"name": name})


def _steps_named(ladder: Part[Ladder]) -> Found:
    steps, model = ladder.names("steps"), ladder.model
    rules = enumerate(model.placement.rules)
    named: list[tuple[Path, str]] = [(("placement", "rules", index, "step"), rule.step) for index, rule in rules]
    if move := model.movement:
        yield from unknown_keys(ladder, ("movement", "dwell"), move.dwell, steps, "unknown-step")
        named += [(("movement", "lapse", "to"), move.lapse.to)] if move.lapse else []
        named += [(("movement", "grave", "step"), move.grave.step)] if move.grave else []
    for path, step in named:
        yield from unknown(ladder, path, step, steps, "unknown-step")


def _initial(ladder: Part[Ladder]) -> Found:
    if not ladder.whole:
        return
    initial = [name for name, step in ladder.model.steps.items() if step.initial]
    if not initial:
        yield ladder.key_problem(("steps",), "no-initial-step")
    for name in initial[1:]:
        yield ladder.problem(("steps", name, "initial"), "two-initial-steps", {"name": name, "first": initial[0]})


def _formerly(ladder: Part[Ladder]) -> Found:
    """An earlier name leads to one step: it is nobody's name now, and nobody else's earlier one."""
    taken = {name: name for name in ladder.names("steps")}
    for name, step in ladder.model.steps.items():
        written = ladder.tree["steps"][name]["formerly"] if step.formerly else ""
        for place, old in enumerate(step.formerly):
            path: Path = ("steps", name, "formerly") if isinstance(written, str) else ("steps", name, "formerly", place)
            if old in taken:
                yield ladder.problem(path, "formerly-twice", {"old": old, "name": name, "first": taken[old]})
            taken.setdefault(old, name)


def _rule_ids(ladder: Part[Ladder]) -> Found:
    seen: dict[str, int] = {}
    for index, rule in enumerate(ladder.model.placement.rules):
        first = seen.setdefault(rule.id, index)
        if first != index:
            line = ladder.where(("placement", "rules", first, "id")).line
            yield ladder.problem(("placement", "rules", index, "id"), "duplicate-rule", {"name": rule.id, "line": line})


def _dispositions(ladder: Part[Ladder]) -> Found:
    missing = ladder.names("missing")
    if "else" not in missing:
        yield ladder.key_problem(("missing",), "missing-key", {"name": "else", "write": "else: doubt"})
    yield from unknown_keys(ladder, ("missing",), missing, (*MISSING, "else"), "unknown-reason")


def check_relieved_names(ladder: Part[Ladder], known: Sequence[str]) -> Found:
    """Requirements relieved by name must be known in some area that uses the ladder."""
    for name, step in ladder.model.steps.items():
        if step.relieves:
            path: Path = ("steps", name, "relieves", "requirements")
            yield from unknown_each(ladder, path, step.relieves.requirements, known, "unknown-requirement")


# A register by itself, and with its area


def check_register(register: Part[Requirements], area: Part[Area] | None) -> Found:
    """What a requirement repeats, and what its hours are counted per."""
    known = register.names("requirements")
    for name, requirement in register.model.requirements.items():
        here: Path = ("requirements", name)
        others = [other for other in known if other != name]
        yield from unknown_each(register, (*here, "repeats"), requirement.repeats, others, "unknown-requirement")
        per = requirement.burden.per
        if area is None or per == 1:
            continue
        attributes = area.model.attributes
        path: Path = (*here, "burden", "per")
        if per not in area.names("attributes"):
            numbers = [name for name, kind in attributes.items() if kind == "number"]
            yield register.problem(path, "unknown-attribute", {"name": per, **suggestion(per, numbers)})
        elif attributes.get(per, "number") != "number":
            yield register.problem(path, "attribute-not-a-number", {"name": per})


# A sample


def check_sample(sample: Part[Sample], areas: Sequence[str], places: Sequence[str]) -> Found:
    """The area that a sample is of, and the list of places that it draws from."""
    yield from unknown(sample, ("sample",), sample.model.sample, areas, "unknown-area")
    yield from unknown(sample, ("where",), sample.model.where, places, "unknown-places")


def check_sample_names(sample: Part[Sample], area: Part[Area]) -> Found:
    """The attributes and indicators that a sample draws are the area's."""
    model, indicators, attributes = sample.model, area.names("indicators"), area.names("attributes")
    yield from unknown(sample, ("size", "attribute"), model.size.attribute, attributes, "unknown-attribute")
    yield from unknown_keys(sample, ("attributes",), model.attributes, attributes, "unknown-attribute")
    yield from unknown_keys(sample, ("indicators",), model.indicators, indicators, "unknown-indicator")
    emergency = model.emergencies.indicator
    yield from unknown(sample, ("emergencies", "indicator"), emergency, indicators, "unknown-indicator")
    for name, drawn in model.indicators.items():
        if drawn.only_where is not None:
            path = ("indicators", name, "only_where")
            yield from unknown(sample, path, drawn.only_where, list(model.attributes), "unknown-attribute")


# A policy: an area with its ladder and register


def check_policy(policy: Policy, *, complete: bool) -> Found:
    """Everything that an area and what it uses must agree on."""
    yield from _names(policy)
    yield from _goal_count(policy)
    for name, goal in policy.area.goals.items():
        yield from _goal(policy, name, goal)
    yield from _indicators(policy)
    if policy.ladder_part is not None:
        yield from _needs(policy)
        yield from _rule_inputs(policy, policy.ladder_part)
        yield from _requirements(policy, policy.ladder_part, complete=complete)
    yield from check_quantities(policy)
    for index, case in enumerate(policy.area.cases):
        yield from check_case(policy, index, case)
    yield from check_columns(policy, ("typical",), policy.area.typical)


def _names(policy: Policy) -> Found:
    """Names that expressions read share one space: a name means one thing."""
    area = policy.area_part
    seen: dict[str, Where] = {}
    spaces: list[tuple[Part[Any], Path]] = [(policy.ladder_part, ("levels",))] if policy.ladder_part else []
    sections = ("attributes", "constants", "groups", "relations", "indicators", "quantities", "goals")
    spaces += [(area, (s,)) for s in sections]
    for part, section in spaces:
        for name in part.names(*(str(step) for step in section)):
            if part is area and name in RESERVED:
                yield part.key_problem((*section, name), "reserved-word", {"name": name})
            if name in seen:
                yield part.key_problem((*section, name), "duplicate-name", {"name": name, "first": str(seen[name])})
            seen.setdefault(name, part.where((*section, name), key=True))
    for name, quantity in policy.area.quantities.items():
        for place, level in own_levels(quantity, policy.ladder_names("levels")):
            path = ("quantities", name, *place)
            report = area.key_problem if place[0] == "levels" else area.problem
            if level in RESERVED:
                yield report(path, "reserved-word", {"name": level})
            elif level in seen:
                yield report(path, "duplicate-name", {"name": level, "first": str(seen[level])})
    members: dict[str, Where] = {}
    for group in area.names("groups"):
        for name in area.names("groups", group, "members"):
            path: Path = ("groups", group, "members", name)
            if name in members:
                yield area.key_problem(path, "duplicate-name", {"name": name, "first": str(members[name])})
            members.setdefault(name, area.where(path, key=True))


def _goal_count(policy: Policy) -> Found:
    goals = policy.area_part.names("goals")
    for name in goals[MOST_GOALS : MOST_GOALS + 1]:
        args = {"name": name, "count": len(goals), "most": MOST_GOALS}
        yield policy.key_problem("area", ("goals", name), "too-many-goals", args)


def _indicators(policy: Policy) -> Found:
    area = policy.area_part
    groups = area.names("groups")
    for name, indicator in area.model.indicators.items():
        here: Path = ("indicators", name)
        number = indicator.kind in NUMBERS
        if number and indicator.measured_in is None:
            yield area.key_problem(here, "missing-key", {"name": "measured_in", "write": "measured_in: procent"})
        if indicator.kind == "category" and not indicator.values:
            yield area.key_problem(here, "missing-key", {"name": "values", "write": "values: [høj, middel, lav]"})
        for key in () if number else ("measured_in", "decimals", "range"):
            if getattr(indicator, key) is not None:
                yield area.key_problem((*here, key), "key-not-for-kind", {"name": key, "kind": indicator.kind})
        if indicator.kind != "category" and indicator.values is not None:
            yield area.key_problem((*here, "values"), "key-not-for-kind", {"name": "values", "kind": indicator.kind})
        if indicator.range and indicator.range[0] >= indicator.range[1]:
            yield area.problem(
                (*here, "range"), "range-upside-down", {"low": indicator.range[0], "high": indicator.range[1]}
            )
        yield from not_a_period(policy, (*here, "comparable_from"), indicator.comparable_from)
        yield from unknown_each(area, (*here, "by"), indicator.by, groups, "unknown-group")


def _needs(policy: Policy) -> Found:
    area = policy.area_part
    for name, needed in policy.ladder.needs.items():
        found = area.model.indicators.get(name)
        args: dict[str, object] = {"name": name, "kind": needed.kind, "ladder": policy.area.ladder}
        if name not in area.names("indicators"):
            yield area.key_problem(("indicators",), "needed-missing", args)
        elif found and found.kind != needed.kind:
            yield area.problem(("indicators", name, "kind"), "needed-kind", {"found": found.kind, **args})


def _rule_inputs(policy: Policy, ladder: Part[Ladder]) -> Found:
    area = policy.area_part
    levels = ladder.names("levels")
    known = ["score", "previous", "held", "goals_missing"]
    known += [f"{prefix}.{level}" for prefix in ("goals_at", "goals_below") for level in levels]
    known += [*ladder.names("needs"), *area.names("goals"), *area.names("quantities")]
    for index, rule in enumerate(policy.ladder.placement.rules):
        for name in rule.cells:
            if name not in known:
                args = suggestion(name, known) | suggestion(name, [*known, "id", "step", "because", "reference"])
                yield ladder.key_problem(("placement", "rules", index, name), "unknown-input", {"name": name, **args})


# Requirements in force, relieved, added


def _requirements(policy: Policy, ladder: Part[Ladder], *, complete: bool) -> Found:
    register = policy.requirements_part
    known = register.names("requirements") if register else ()
    for name, step in policy.ladder.steps.items():
        if step.adds and (register or complete):
            path: Path = ("steps", name, "adds", "requirements")
            for problem in unknown_each(ladder, path, step.adds.requirements, known, "unknown-requirement-in-area"):
                yield Problem(problem.where, problem.code, problem.args | {"area": policy.name}, problem.path)
        if step.relieves and register:
            yield from _protected(policy, ladder, name)


def _protected(policy: Policy, ladder: Part[Ladder], step: str) -> Found:
    """L3: nothing that protects somebody is relieved, neither by its kind nor by its name."""
    relief = policy.ladder.steps[step].relieves
    register = policy.requirements_part
    if relief is None or register is None:
        return
    here: Path = ("steps", step, "relieves")
    protected = {name: r for name, r in policy.requirements.requirements.items() if r.protects}
    for index, name in enumerate(relief.requirements):
        if name in protected:
            args = _protection(register, name, protected[name].protects)
            yield ladder.problem((*here, "requirements", index), "relieves-protected", {"step": step, **args})
    for index, kind in enumerate(relief.kinds):
        first = next((name for name, r in protected.items() if r.kind == kind), None)
        if first and relief.except_ != "protected":
            args = _protection(register, first, protected[first].protects)
            yield ladder.problem(
                (*here, "kinds", index), "relieves-protected-kind", {"step": step, "kind": kind, **args}
            )


def _protection(register: Part[Requirements], name: str, protects: Sequence[str]) -> dict[str, object]:
    declared = register.where(("requirements", name), key=True)
    return {"requirement": name, "protects": ", ".join(f"`{p}`" for p in protects), "declared": str(declared)}


# Goals


def _goal(policy: Policy, name: str, goal: Goal) -> Found:
    area = policy.area_part
    scale = list(policy.ladder_names("levels"))
    here: Path = ("goals", name)
    path: Path = (*here, "levels")
    yield from unknown_keys(area, path, goal.bands, scale, "unknown-level")
    listed = sorted((level for level in goal.level_names if level in scale), key=scale.index)
    if goal.bands:
        better = Better(goal.better == "higher", f"better: {goal.better}")
        yield from check_fineness(area, path, goal.bands, goal.decimals)
        yield from check_bands(area, path, goal.bands, listed, better)
    yield from _points(area, here, goal, listed, scale)
    if goal.evidence:
        yield from _evidence(policy, here, goal)
    if goal.equity:
        members = [m for group in area.names("groups") for m in area.names("groups", group, "members")]
        yield from unknown_each(area, (*here, "equity", "groups"), goal.equity.groups, members, "unknown-group")
        for key in ("no_worse_than", "cap"):
            yield from unknown(area, (*here, "equity", key), getattr(goal.equity, key), scale, "unknown-level")
    for index, effect in enumerate(goal.side_effects):
        watch: Path = (*here, "side_effects", index, "watch")
        yield from unknown(area, watch, effect.watch, area.names("indicators"), "unknown-indicator")


def _evidence(policy: Policy, here: Path, goal: Goal) -> Found:
    area, evidence = policy.area_part, goal.evidence
    if evidence is None:
        return
    if evidence.method != "given/v1" and evidence.confidence is None:
        write = "confidence: {up: 0.5, down: 0.65}"
        yield area.key_problem((*here, "evidence"), "missing-key", {"name": "confidence", "write": write})
    if evidence.by is None:
        return
    path: Path = (*here, "evidence", "by")
    if evidence.method != "given/v1":
        yield area.key_problem(path, "by-needs-given", {"method": evidence.method})
    name, indicators = evidence.by.indicator, area.names("indicators")
    yield from unknown(area, (*path, "indicator"), name, indicators, "unknown-indicator")
    if (found := area.model.indicators.get(name)) and found.kind != "category":
        yield area.problem((*path, "indicator"), "not-a-category", {"name": name, "found": found.kind})
    elif found and found.values:
        yield from unknown_keys(area, (*path, "levels"), evidence.by.levels, found.values, "unknown-value")
        for word in found.values:
            if word not in evidence.by.levels:
                yield area.key_problem((*path, "levels"), "word-without-levels", {"word": word, "indicator": name})
    for word, levels in evidence.by.levels.items():
        yield from unknown_each(area, (*path, "levels", word), levels, goal.level_names, "unknown-level")


def _points(area: Part[Area], here: Path, goal: Goal, listed: Sequence[str], scale: Sequence[str]) -> Found:
    for level in listed:
        if level not in goal.points:
            yield area.key_problem((*here, "points"), "missing-points", {"level": level})
    yield from unknown_keys(area, (*here, "points"), goal.points, scale, "unknown-level")
    for level in goal.points:
        if level in scale and level not in goal.level_names:
            yield area.key_problem((*here, "points", level), "points-without-level", {"level": level})
    scored = [level for level in listed if level in goal.points]
    for worse, better in pairwise(scored):
        if goal.points[better] < goal.points[worse]:
            args = {"level": better, "points": goal.points[better], "worse": worse, "worse_points": goal.points[worse]}
            yield area.problem((*here, "points", better), "points-fall", args)
