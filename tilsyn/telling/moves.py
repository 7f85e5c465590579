"""What would move a placement, in sentences and as data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tilsyn.catalogue.periods import Period
from tilsyn.studies.counterfactual import Change, Reached, Way
from tilsyn.studies.ways import Combination, Ways
from tilsyn.telling.blocks import Block, Paragraph, Points, Table
from tilsyn.telling.subjects import Explained
from tilsyn.telling.words import joined, number, say

ALONE = ("moves", "word", "equity")
"""What a single goal can do."""

UNKNOWN = ("figure-needed", "peers", "earlier", "read-elsewhere")
"""What leaves it open whether a goal alone can cost the step."""


def tell_moves(x: Explained, lang: str) -> Iterator[Block]:
    """The way to a chosen step, the way to a freer one, then how safe the present one is."""
    if x.chosen is not None:
        yield from _chosen(x, x.chosen, lang)
    # what leads to the next step has been told where that step was asked for
    asked = x.chosen.to if x.chosen else None
    told = {ways.up for ways in x.ways if ways.to == asked}
    if True not in told:
        yield Paragraph(_outlook(x, x.moves.freer, "freer", lang))
    freer = [change for change in x.moves.freer.goals if change.answer in ALONE and True not in told]
    rows = tuple(row for change in freer for row in _rows(x, change, lang, together=True))
    if rows:
        columns = tuple(say(lang, f"column.{c}") for c in ("goal", "from", "to", "change", "step", "earliest"))
        yield Table(say(lang, "moves.single"), columns, rows, (1, 2, 3))
    unable = ALONE if True not in told else (*ALONE, *UNKNOWN)
    notes = [_cannot(x, c, lang) for c in x.moves.freer.goals if c.answer not in unable]
    smallest = [told for ways in x.ways if ways.up and ways.to != asked for told in _smallest(x, ways, lang)]
    yield Points((*notes, *smallest, *_together(x, lang), *_evidence(x, lang)))
    yield Paragraph(_outlook(x, x.moves.stricter, "stricter", lang))
    stricter = [change for change in x.moves.stricter.goals if change.answer in ("moves", "word") or change.groups]
    fall = tuple(row for change in stricter for row in _rows(x, change, lang, together=False))
    if fall:
        columns = tuple(say(lang, f"column.{c}") for c in ("goal", "from", "to", "change", "step", "earliest"))
        yield Table(say(lang, "moves.margin"), columns, fall, (1, 2, 3))
    if safe := tuple(_safe(x, lang)):
        yield Points(safe)
    yield Paragraph(say(lang, "moves.held-fixed"), "faint")


def _chosen(x: Explained, ways: Ways, lang: str) -> Iterator[Block]:
    """What leads to a step that was asked for."""
    outlook = "none" if ways.outlook == "open" and ways.fewest is None else ways.outlook
    args: dict[str, object] = {"to": x.policy.ladder.steps[x.plan.ladder.steps[ways.to]].title.get(lang)}
    args["missing"] = [_title(x, goal, None, lang) for goal in ways.missing]
    if ways.reached is not None:
        args["period"] = _period(x, ways.reached)
    yield Paragraph(say(lang, f"moves.to.{outlook}", **args))
    alone = [c for c in ways.goals if c.answer in ALONE or (c.groups and not ways.up)]
    if rows := tuple(row for change in alone for row in _rows(x, change, lang, together=ways.up)):
        columns = tuple(say(lang, f"column.{c}") for c in ("goal", "from", "to", "change", "step", "earliest"))
        yield Table(say(lang, "moves.to-single", **args), columns, rows, (1, 2, 3))
    unknown = [_cannot(x, c, lang) for c in ways.goals if c.answer in UNKNOWN]
    yield Points((*_smallest(x, ways, lang), *unknown))


def _smallest(x: Explained, ways: Ways, lang: str) -> Iterator[str]:
    """The changes of as few goals as possible, and those with the least effort, where there are any and somebody has
    said what effort is. Nobody makes an effort to fall."""
    least = ways.least if ways.up and says_effort(x) else None
    same = ways.fewest is not None and least is not None and ways.fewest.changes == least.changes
    if ways.fewest is not None:
        yield say(lang, "moves.fewest-least" if same else "moves.fewest", **_combined(x, ways.fewest, lang))
    if least is not None and not same:
        yield say(lang, "moves.least", **_combined(x, least, lang))


def says_effort(x: Explained) -> bool:
    """Whether any goal of the area says what effort it takes; else figures of different units would be added up."""
    return any("effort" in goal.model_fields_set for goal in x.policy.area.goals.values())


def _combined(x: Explained, found: Combination, lang: str) -> dict[str, object]:
    return {
        "changes": joined((_changed(x, change, lang) for change in found.changes), lang),
        "step": _step(x, found.reached, lang),
        "period": _period(x, found.reached),
        "effort": number(found.effort, 2, lang),
    }


def _changed(x: Explained, change: Change, lang: str) -> str:
    decimals = next(g.decimals for g in x.plan.goals if g.name == change.goal)
    to = change.word or number(change.to, decimals, lang)
    now = number(change.now, decimals, lang)
    title = _title(x, change.goal, change.member, lang)
    return say(lang, "moves.word" if change.word else "moves.from-to", goal=title, now=now, to=to)


def _safe(x: Explained, lang: str) -> Iterator[str]:
    """What can't cost the step alone, what it is open of, and which goals can together."""
    open_ = [c for c in x.moves.stricter.goals if c.answer not in ALONE and not c.groups]
    if safe := [_title(x, c.goal, None, lang) for c in open_ if c.answer not in UNKNOWN]:
        yield say(lang, "moves.safe", goals=joined(safe, lang))
    if not x.moves.freer.goals:
        yield from (_cannot(x, c, lang) for c in open_ if c.answer in UNKNOWN)
    for ways in x.ways:
        if not ways.up and ways.fewest is not None and len(ways.fewest.goals) > 1:
            yield say(lang, "moves.lost-together", **_combined(x, ways.fewest, lang))


def _outlook(x: Explained, way: Way, direction: str, lang: str) -> str:
    args: dict[str, object] = {"missing": [_title(x, goal, None, lang) for goal in way.missing]}
    if way.reached is not None:
        args |= {"step": _step(x, way.reached, lang), "period": _period(x, way.reached)}
    return say(lang, f"moves.{direction}.{way.outlook}", **args)


def _title(x: Explained, goal: str, member: str | None, lang: str) -> str:
    title = x.policy.area.goals[goal].title.get(lang)
    if member is None:
        return title
    group = next(g.members[member] for g in x.policy.area.groups.values() if member in g.members)
    return f"{title}, {group.get(lang)}"


def _step(x: Explained, reached: Reached, lang: str) -> str:
    return x.policy.ladder.steps[x.plan.ladder.steps[reached.step]].title.get(lang)


def _period(x: Explained, reached: Reached) -> str:
    return Period(x.period.kind, reached.period).label


def _rows(x: Explained, change: Change, lang: str, *, together: bool) -> list[tuple[str, ...]]:
    """A figure's row, and one for each of its groups: needed `together` with it, or leading there by itself."""
    rows = [_row(x, change, lang)] if change.answer in ("moves", "word", "equity") else []
    for group in change.groups:
        title, *rest = _row(x, group, lang)
        rows.append((f"{say(lang, 'moves.and')} {title}" if together else title, *rest))
    return rows


def _row(x: Explained, change: Change, lang: str) -> tuple[str, ...]:
    decimals = next(g.decimals for g in x.plan.goals if g.name == change.goal)
    title = _title(x, change.goal, change.member, lang)
    by = "–" if change.by is None else number(change.by, decimals, lang, sign=True)
    return (
        title,
        number(change.now, decimals, lang),
        change.word or number(change.to, decimals, lang),
        by,
        _step(x, change.reached, lang) if change.reached else "–",
        _period(x, change.reached) if change.reached else "–",
    )


def _cannot(x: Explained, change: Change, lang: str) -> str:
    return say(lang, f"moves.cannot.{change.answer}", goal=_title(x, change.goal, change.member, lang))


def _together(x: Explained, lang: str) -> Iterator[str]:
    together = x.moves.freer.together
    if together is None:
        return
    if together.share is None or together.reached is None:
        yield say(lang, f"moves.together-no.{together.stop or 'doubt'}")
        return
    parts: list[str] = []
    for change in together.changes:
        if change.to is None or change.to == change.now:
            continue
        decimals = next(g.decimals for g in x.plan.goals if g.name == change.goal)
        parts.append(f"{_title(x, change.goal, change.member, lang)} {number(change.to, decimals, lang)}")
    yield say(
        lang,
        "moves.together",
        changes=joined(parts, lang),
        step=_step(x, together.reached, lang),
        period=_period(x, together.reached),
    )


def _evidence(x: Explained, lang: str) -> Iterator[str]:
    evidence = x.moves.freer.evidence
    if evidence is None:
        return
    args: dict[str, object] = {"times": evidence.times or 0}
    if evidence.reached is not None:
        args |= {"step": _step(x, evidence.reached, lang), "period": _period(x, evidence.reached)}
    yield say(lang, f"moves.evidence.{evidence.answer}", **args)


def moves_data(x: Explained, lang: str) -> dict[str, Any]:
    return {
        "freer": _way_data(x, x.moves.freer, lang),
        "stricter": _way_data(x, x.moves.stricter, lang),
        "ways": [_ways_data(x, ways, lang) for ways in (*x.ways, *((x.chosen,) if x.chosen else ()))],
    }


def _ways_data(x: Explained, ways: Ways, lang: str) -> dict[str, Any]:
    return {
        "to": x.plan.ladder.steps[ways.to],
        "outlook": ways.outlook,
        "reached": _reached_data(x, ways.reached),
        "missing": list(ways.missing),
        "goals": [_change_data(x, change, lang) for change in ways.goals],
        "fewest": _combination_data(x, ways.fewest, lang),
        "least": _combination_data(x, ways.least if says_effort(x) else None, lang),
    }


def _combination_data(x: Explained, found: Combination | None, lang: str) -> dict[str, Any] | None:
    return None if found is None else {
        "changes": [_change_data(x, change, lang) for change in found.changes],
        "effort": None if found.effort is None else float(found.effort),
        "reached": _reached_data(x, found.reached),
    }  # fmt: skip


def _way_data(x: Explained, way: Way, lang: str) -> dict[str, Any]:
    return {
        "outlook": way.outlook,
        "reached": _reached_data(x, way.reached),
        "missing": list(way.missing),
        "goals": [_change_data(x, change, lang) for change in way.goals],
        "together": None if way.together is None else {
            "share": None if way.together.share is None else float(way.together.share),
            "stop": way.together.stop,
            "reached": _reached_data(x, way.together.reached),
            "changes": [_change_data(x, change, lang) for change in way.together.changes],
        },
        "evidence": None if way.evidence is None else {
            "answer": way.evidence.answer,
            "times": way.evidence.times,
            "reached": _reached_data(x, way.evidence.reached),
        },
    }  # fmt: skip


def _reached_data(x: Explained, reached: Reached | None) -> dict[str, Any] | None:
    return None if reached is None else {"period": _period(x, reached), "step": x.plan.ladder.steps[reached.step]}


def _change_data(x: Explained, change: Change, lang: str) -> dict[str, Any]:
    return {
        "goal": change.goal,
        "group": change.member,
        "answer": change.answer,
        "now": None if change.now is None else float(change.now),
        "to": None if change.to is None else float(change.to),
        "by": None if change.by is None else float(change.by),
        "word": change.word,
        "reached": _reached_data(x, change.reached),
        "groups": [_change_data(x, group, lang) for group in change.groups],
    }
