"""What the models cannot say: whether names are known, bands meet, points rise, days are covered.

Each check yields problems with the place of the fault; none stops another. What needs the meaning
of an expression (types, roles of what a goal reads, circles, the rule table as a whole) is decided
when the engine makes its plan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Any

from tilsyn.catalogue.areas import Area, Case
from tilsyn.catalogue.dated import Path, impossible_days, is_dated, is_list, is_map, resolve
from tilsyn.catalogue.documents import Document
from tilsyn.catalogue.expressions import FUNCTIONS
from tilsyn.catalogue.goals import Band, Goal
from tilsyn.catalogue.grammar import listed, looks_like_expression, suggestion
from tilsyn.catalogue.indicators import FIELDS
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.periods import EXAMPLES, Period, parse_period
from tilsyn.catalogue.policy import Part, Policy
from tilsyn.catalogue.reasons import MISSING, MOVEMENT
from tilsyn.catalogue.requirements import Requirements, Supports
from tilsyn.catalogue.samples import Sample
from tilsyn.catalogue.text import Declared
from tilsyn.problems import Problem, Where

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
        *(name for name in FUNCTIONS if " " not in name),
        *("round", "earlier", "change", "peers", "value", "institution", "period"),
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


# A ladder by itself


def check_ladder(ladder: Part[Ladder], supports: Part[Supports] | None, *, complete: bool) -> Found:
    """Steps, rights, supports and reasons that a ladder names, and that exactly one step is the initial one."""
    yield from _steps_named(ladder)
    yield from _initial(ladder)
    yield from _rule_ids(ladder)
    yield from _dispositions(ladder)
    rights = ladder.names("rights")
    known = supports.names("supports") if supports else ()
    for name, step in ladder.model.steps.items():
        here: Path = ("steps", name)
        yield from _known_each(ladder, (*here, "rights"), step.rights, rights, "unknown-right")
        if supports or complete:
            yield from _known_each(ladder, (*here, "supports"), step.supports, known, "unknown-support")
    for name in (*ladder.names("levels"), *ladder.names("needs")):
        if name in RESERVED:
            section = "levels" if name in ladder.names("levels") else "needs"
            yield ladder.key_problem((section, name), "reserved-word", {"name": name})


def _steps_named(ladder: Part[Ladder]) -> Found:
    steps, model = ladder.names("steps"), ladder.model
    rules = enumerate(model.placement.rules)
    named: list[tuple[Path, str]] = [(("placement", "rules", index, "step"), rule.step) for index, rule in rules]
    if move := model.movement:
        yield from _known_keys(ladder, ("movement", "dwell"), move.dwell, steps, "unknown-step")
        named += [(("movement", "lapse", "to"), move.lapse.to)] if move.lapse else []
        named += [(("movement", "grave", "step"), move.grave.step)] if move.grave else []
    for path, step in named:
        yield from _known(ladder, path, step, steps, "unknown-step")


def _initial(ladder: Part[Ladder]) -> Found:
    if not ladder.whole:
        return
    initial = [name for name, step in ladder.model.steps.items() if step.initial]
    if not initial:
        yield ladder.key_problem(("steps",), "no-initial-step")
    for name in initial[1:]:
        yield ladder.problem(("steps", name, "initial"), "two-initial-steps", {"name": name, "first": initial[0]})


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
    yield from _known_keys(ladder, ("missing",), missing, (*MISSING, "else"), "unknown-reason")


def check_relieved_names(ladder: Part[Ladder], known: Sequence[str]) -> Found:
    """Requirements relieved by name must be known in some area that uses the ladder."""
    for name, step in ladder.model.steps.items():
        if step.relieves:
            path: Path = ("steps", name, "relieves", "requirements")
            yield from _known_each(ladder, path, step.relieves.requirements, known, "unknown-requirement")


# A register by itself, and with its area


def check_register(register: Part[Requirements], area: Part[Area] | None) -> Found:
    """What a requirement repeats, and what its hours are counted per."""
    known = register.names("requirements")
    for name, requirement in register.model.requirements.items():
        here: Path = ("requirements", name)
        others = [other for other in known if other != name]
        yield from _known_each(register, (*here, "repeats"), requirement.repeats, others, "unknown-requirement")
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
    yield from _known(sample, ("sample",), sample.model.sample, areas, "unknown-area")
    yield from _known(sample, ("where",), sample.model.where, places, "unknown-places")


def check_sample_names(sample: Part[Sample], area: Part[Area]) -> Found:
    """The attributes and indicators that a sample draws are the area's."""
    model, indicators, attributes = sample.model, area.names("indicators"), area.names("attributes")
    yield from _known(sample, ("size", "attribute"), model.size.attribute, attributes, "unknown-attribute")
    yield from _known_keys(sample, ("attributes",), model.attributes, attributes, "unknown-attribute")
    yield from _known_keys(sample, ("indicators",), model.indicators, indicators, "unknown-indicator")
    emergency = model.emergencies.indicator
    yield from _known(sample, ("emergencies", "indicator"), emergency, indicators, "unknown-indicator")
    for name, drawn in model.indicators.items():
        if drawn.only_where is not None:
            path = ("indicators", name, "only_where")
            yield from _known(sample, path, drawn.only_where, list(model.attributes), "unknown-attribute")


# A policy: an area with its ladder and register


def check_policy(policy: Policy, *, complete: bool) -> Found:
    """Everything that an area and what it uses must agree on."""
    yield from _names(policy)
    yield from _goal_count(policy)
    for name, goal in policy.area.goals.items():
        yield from _goal(policy, name, goal)
    yield from _indicators(policy)
    yield from _needs(policy)
    yield from _rule_inputs(policy)
    yield from _requirements(policy, complete=complete)
    for index, case in enumerate(policy.area.cases):
        yield from _case(policy, index, case)
    yield from _columns(policy, ("typical",), policy.area.typical)


def _names(policy: Policy) -> Found:
    """Names that expressions read share one space: a name means one thing."""
    area = policy.area_part
    seen: dict[str, Where] = {}
    spaces: list[tuple[Part[Any], Path]] = [(policy.ladder_part, ("levels",))]
    spaces += [(area, (s,)) for s in ("attributes", "constants", "groups", "indicators", "quantities", "goals")]
    for part, section in spaces:
        for name in part.names(*(str(step) for step in section)):
            if part is area and name in RESERVED:
                yield part.key_problem((*section, name), "reserved-word", {"name": name})
            if name in seen:
                yield part.key_problem((*section, name), "duplicate-name", {"name": name, "first": str(seen[name])})
            seen.setdefault(name, part.where((*section, name), key=True))
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
        yield from _period(policy, (*here, "comparable_from"), indicator.comparable_from)
        yield from _known_each(area, (*here, "by"), indicator.by, groups, "unknown-group")


def _needs(policy: Policy) -> Found:
    area = policy.area_part
    for name, needed in policy.ladder.needs.items():
        found = area.model.indicators.get(name)
        args: dict[str, object] = {"name": name, "kind": needed.kind, "ladder": policy.area.ladder}
        if name not in area.names("indicators"):
            yield area.key_problem(("indicators",), "needed-missing", args)
        elif found and found.kind != needed.kind:
            yield area.problem(("indicators", name, "kind"), "needed-kind", {"found": found.kind, **args})


def _rule_inputs(policy: Policy) -> Found:
    ladder, area = policy.ladder_part, policy.area_part
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


def _requirements(policy: Policy, *, complete: bool) -> Found:
    register, ladder = policy.requirements_part, policy.ladder_part
    known = register.names("requirements") if register else ()
    for name, step in policy.ladder.steps.items():
        if step.adds and (register or complete):
            path: Path = ("steps", name, "adds", "requirements")
            for problem in _known_each(ladder, path, step.adds.requirements, known, "unknown-requirement-in-area"):
                yield Problem(problem.where, problem.code, problem.args | {"area": policy.name}, problem.path)
        if step.relieves and register:
            yield from _protected(policy, name)


def _protected(policy: Policy, step: str) -> Found:
    """L3: nothing that protects somebody is relieved, neither by its kind nor by its name."""
    relief = policy.ladder.steps[step].relieves
    register, ladder = policy.requirements_part, policy.ladder_part
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
    scale = list(policy.ladder_part.names("levels"))
    here: Path = ("goals", name)
    yield from _known_keys(area, (*here, "levels"), goal.levels, scale, "unknown-level")
    listed = sorted((level for level in goal.levels if level in scale), key=scale.index)
    yield from _bands(area, here, goal, listed)
    yield from _points(area, here, goal, listed, scale)
    if goal.evidence:
        yield from _evidence(policy, here, goal)
    if goal.equity:
        members = [m for group in area.names("groups") for m in area.names("groups", group, "members")]
        yield from _known_each(area, (*here, "equity", "groups"), goal.equity.groups, members, "unknown-group")
        for key in ("no_worse_than", "cap"):
            yield from _known(area, (*here, "equity", key), getattr(goal.equity, key), scale, "unknown-level")
    for index, effect in enumerate(goal.side_effects):
        path: Path = (*here, "side_effects", index, "watch")
        yield from _known(area, path, effect.watch, area.names("indicators"), "unknown-indicator")


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
    yield from _known(area, (*path, "indicator"), name, indicators, "unknown-indicator")
    if (found := area.model.indicators.get(name)) and found.kind != "category":
        yield area.problem((*path, "indicator"), "not-a-category", {"name": name, "found": found.kind})
    elif found and found.values:
        yield from _known_keys(area, (*path, "levels"), evidence.by.levels, found.values, "unknown-value")
        for word in found.values:
            if word not in evidence.by.levels:
                yield area.key_problem((*path, "levels"), "word-without-levels", {"word": word, "indicator": name})
    for word, levels in evidence.by.levels.items():
        yield from _known_each(area, (*path, "levels", word), levels, list(goal.levels), "unknown-level")


def _points(area: Part[Area], here: Path, goal: Goal, listed: Sequence[str], scale: Sequence[str]) -> Found:
    for level in listed:
        if level not in goal.points:
            yield area.key_problem((*here, "points"), "missing-points", {"level": level})
    yield from _known_keys(area, (*here, "points"), goal.points, scale, "unknown-level")
    for level in goal.points:
        if level in scale and level not in goal.levels:
            yield area.key_problem((*here, "points", level), "points-without-level", {"level": level})
    scored = [level for level in listed if level in goal.points]
    for worse, better in pairwise(scored):
        if goal.points[better] < goal.points[worse]:
            args = {"level": better, "points": goal.points[better], "worse": worse, "worse_points": goal.points[worse]}
            yield area.problem((*here, "points", better), "points-fall", args)


@dataclass(frozen=True)
class _End:
    """One end of a band, turned so that better is always higher; `inside` says whether the value is in the band."""

    value: Decimal
    inside: bool
    key: str
    written: Decimal


@dataclass(frozen=True)
class _Ends:
    low: _End | None
    high: _End | None


def _bands(area: Part[Area], here: Path, goal: Goal, listed: Sequence[str]) -> Found:
    """Bands are compared in the order of the levels, whatever the order in the file."""
    yield from _fineness(area, here, goal)
    if not listed:
        return
    worst, best = listed[0], listed[-1]
    levels = {level: goal.levels[level] for level in listed}
    path: Path = (*here, "levels")
    misplaced = [level for level in listed[1:] if levels[level] == "otherwise"]
    for level in misplaced:
        yield area.problem((*path, level), "otherwise-not-worst", {"level": level, "worst": worst})
    if misplaced:
        return
    side = "at_least" if goal.better == "higher" else "at_most"
    ends = {level: _ends(band, goal.better) for level, band in levels.items()}
    sideless = [level for level in listed[1:] if ends[level].low is None]
    for level in sideless:
        args = {"level": level, "write": f"{level}: {{{side}: …}}", "better": goal.better}
        yield area.problem((*path, level), "band-side", args)
    if sideless:
        return
    if levels[worst] != "otherwise" and (ends[worst].low is not None or ends[worst].high is None):
        yield area.problem((*path, worst), "no-otherwise", {"level": worst, "write": f"{worst}: otherwise"})
    if (end := ends[best].high) is not None:
        args = {"level": best, "boundary": f"`{end.key}: {end.written}`", "better": goal.better}
        yield area.problem((*path, best, end.key), "bands-end", args)
    for worse, better in pairwise(listed):
        yield from _meeting(area, path, (worse, ends[worse]), (better, ends[better]))


def _meeting(area: Part[Area], path: Path, lower: tuple[str, _Ends], upper: tuple[str, _Ends]) -> Found:
    (worse, worse_ends), (better, better_ends) = lower, upper
    above, below, top = better_ends.low, worse_ends.low, worse_ends.high
    if above is None:
        return
    args: dict[str, object] = {"better": better, "worse": worse, "boundary": f"`{above.key}: {above.written}`"}
    if below is not None and (above.value, not above.inside) <= (below.value, not below.inside):
        other = f"`{below.key}: {below.written}`"
        yield area.problem((*path, worse, below.key), "bands-overlap", {**args, "other": other})
    elif top is not None:
        args["other"] = f"`{top.key}: {top.written}`"
        if top.value > above.value or (top.value == above.value and top.inside and above.inside):
            yield area.problem((*path, worse, top.key), "bands-overlap", args)
        elif top.value < above.value or not (top.inside or above.inside):
            yield area.problem((*path, worse, top.key), "bands-gap", args)


def _ends(band: Band | str, better: str) -> _Ends:
    if not isinstance(band, Band):
        return _Ends(None, None)
    low, high = _end(band, ("at_least", "above")), _end(band, ("at_most", "below"))
    return _Ends(low, high) if better == "higher" else _Ends(_turned(high), _turned(low))


def _end(band: Band, keys: tuple[str, str]) -> _End | None:
    for key in keys:
        if (value := getattr(band, key)) is not None:
            return _End(value, key.startswith("at_"), key, value)
    return None


def _turned(end: _End | None) -> _End | None:
    return end and replace(end, value=-end.value)


def _fineness(area: Part[Area], here: Path, goal: Goal) -> Found:
    for level, band in goal.levels.items():
        if not isinstance(band, Band):
            continue
        for key in ("at_least", "above", "at_most", "below"):
            value = getattr(band, key)
            if value is not None and decimals_of(value) > goal.decimals:
                path: Path = (*here, "levels", level, key)
                yield area.problem(
                    path, "boundary-too-fine", {"level": level, "boundary": value, "decimals": goal.decimals}
                )


def decimals_of(value: Decimal) -> int:
    """How many decimals a number needs.

    >>> decimals_of(Decimal("0.50")), decimals_of(Decimal("100"))
    (1, 0)
    """
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


# Cases


def _case(policy: Policy, index: int, case: Case) -> Found:
    """A case of a period is held to the names of that period only."""
    area, here = policy.area_part, ("cases", index)
    period = parse_period(policy.area.period, case.period) if case.period else None
    yield from _period(policy, (*here, "period"), case.period)
    if period and not _judges(policy, period):
        return
    expect = case.expect
    if expect.step is None and not expect.not_assessed:
        yield area.key_problem((*here, "expect"), "case-expects-nothing")
    steps = policy.ladder_part.names("steps")
    named: list[tuple[Path, str | None]] = [(("expect", "step"), expect.step)]
    named += [(("expect", "range", i), step) for i, step in enumerate(expect.range or ())]
    named += [(("previous", "step"), case.previous.step)] if case.previous else []
    for path, step in named:
        yield from _known(area, (*here, *path), step, steps, "unknown-step")
    rules = [rule.id for rule in policy.ladder.placement.rules]
    yield from _known(area, (*here, "expect", "rule"), expect.rule, rules, "unknown-rule")
    yield from _case_goals(policy, here, case)
    yield from _known_each(area, (*here, "expect", "because"), expect.because, MOVEMENT, "unknown-movement-reason")
    yield from _columns(policy, (*here, "given"), case.given)
    for label, figures in case.earlier.items():
        yield from _period(policy, (*here, "earlier", label), label, key=True)
        yield from _columns(policy, (*here, "earlier", label), figures)


def _judges(policy: Policy, period: Period) -> bool:
    """Whether this is the policy that a period is judged by."""
    return policy.day <= period.first_day and (policy.next_day is None or period.first_day < policy.next_day)


def _case_goals(policy: Policy, here: Path, case: Case) -> Found:
    area, expect = policy.area_part, case.expect
    goals, levels = area.names("goals"), policy.ladder_part.names("levels")
    path: Path = (*here, "expect")
    yield from _known_keys(area, (*path, "levels"), expect.levels, goals, "unknown-goal")
    yield from _known_keys(area, (*path, "missing"), expect.missing, goals, "unknown-goal")
    for goal, level in expect.levels.items():
        yield from _known(area, (*path, "levels", goal), level, levels, "unknown-level")
    for goal, reason in expect.missing.items():
        yield from _known(area, (*path, "missing", goal), reason, MISSING, "unknown-reason")


def _columns(policy: Policy, here: Path, figures: Mapping[str, Any]) -> Found:
    area = policy.area_part
    if not figures:
        return
    known = {*area.names("attributes"), *_figure_columns(policy)}
    broken = set(area.names("indicators")) - set(area.model.indicators)
    for column, value in figures.items():
        if column not in known and column.partition(".")[0].partition("@")[0] not in broken:
            args = suggestion(column, sorted(known)) | {"known": listed(area.names("indicators"))}
            yield area.key_problem((*here, column), "unknown-column", {"name": column, **args})
        elif is_map(value) or is_list(value):
            yield area.problem((*here, column), "not-one-value", {"name": column})
        elif column.endswith(".missing"):
            yield from _known(area, (*here, column), str(value), MISSING, "unknown-reason")


def _figure_columns(policy: Policy) -> Iterator[str]:
    for name, indicator in policy.area.indicators.items():
        members = [m for group in indicator.by for m in policy.area_part.names("groups", group, "members")]
        fields = (*FIELDS[indicator.kind], "missing", *(("measured",) if indicator.stale_after is not None else ()))
        for figure in (name, *(f"{name}@{member}" for member in members)):
            yield figure
            yield from (f"{figure}.{field}" for field in fields)


# Common


def _period(policy: Policy, path: Path, label: str | None, *, key: bool = False) -> Found:
    kind = policy.area.period
    if label is not None and parse_period(kind, label) is None:
        report = policy.key_problem if key else policy.problem
        yield report("area", path, "not-a-period", {"found": label, "kind": kind, "example": EXAMPLES[kind]})


def _known(part: Part[Any], path: Path, name: str | None, known: Iterable[str], code: str) -> Found:
    """The problem of a single value that is not a known name."""
    known = list(known)
    if name is not None and name not in known:
        yield part.problem(path, code, {"name": name, **suggestion(name, known)})


def _known_keys(part: Part[Any], path: Path, names: Iterable[str], known: Iterable[str], code: str) -> Found:
    """The keys of a block that are not known names."""
    known = list(known)
    for name in names:
        if name not in known:
            yield part.key_problem((*path, name), code, {"name": name, **suggestion(name, known)})


def _known_each(part: Part[Any], path: Path, names: Iterable[str], known: Iterable[str], code: str) -> Found:
    """The names of a list that are not known."""
    known = list(known)
    for index, name in enumerate(names):
        yield from _known(part, (*path, index), name, known, code)
