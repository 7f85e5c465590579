"""What other rules would have given, told: as text, as data, and as a picture of the flows between steps.

Of several periods each says who moves; what it means is told of the last, where memory has been played through. The
data has everything of every period.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.studies.reform import Basis, DutyMoved, Flow, Hours, Near, Part, RightMoved, Tally, Weighed
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.quantities import word_of
from tilsyn.telling.subjects import Reformed, ReformPeriod
from tilsyn.telling.versions import compare_data, compare_report
from tilsyn.telling.words import has, joined, number, say

FEW = 20
"""Rows that a table of institutions or places shows before the rest is counted."""

BASES: tuple[Basis, ...] = ("followed", "by-itself")


def reform_report(found: Reformed, lang: str) -> list[Block]:
    """Who moves in each period, what it means in the last, and what the rules say without any figures."""
    last = found.last
    return [
        Heading(say(lang, "reform.title", area=last.before.area.title.get(lang))),
        *_about(found, lang),
        *(block for one in found.periods for block in _period(one, lang)),
        *_means(found, lang),
        *_movers(last, lang),
        *_nearest(found, lang),
        Heading(say(lang, "reform.cells")),
        *compare_report([found.cells], lang),
    ]


def _about(found: Reformed, lang: str) -> Iterator[Block]:
    told = {"other": found.other, "day": found.day.isoformat()}
    if found.rules is None:
        yield Paragraph(say(lang, "reform.rules-record", **told), "faint")
    else:
        yield Paragraph(say(lang, "reform.rules-folder", rules=found.rules, **told), "faint")
    if found.later:
        yield Paragraph(say(lang, "reform.later", days=[day.isoformat() for day in found.later]), "warning")
    if len(found.periods) > 1:
        yield Paragraph(say(lang, "reform.memory", first=found.periods[0].period.label), "faint")
    if found.decided:
        yield Paragraph(say(lang, "reform.decided", decided=found.decided))


def _period(one: ReformPeriod, lang: str) -> Iterator[Block]:
    tally = one.weighed.tally
    yield Heading(say(lang, "reform.period", period=one.period.label, moved=tally.moved, count=tally.count))
    if tally.moved:
        yield Paragraph(say(lang, "reform.ways", freer=tally.freer, stricter=tally.stricter), "strong")
    else:
        yield Paragraph(say(lang, "reform.nobody"), "strong")
    notes = [say(lang, "reform.gap", periods=list(one.gap), count=len(one.gap))] if one.gap else []
    notes += [say(lang, "reform.apart", apart=tally.apart)] if tally.apart else []
    notes += [
        say(lang, f"reform.lost-{side}", count=count)
        for side, count in zip(("before", "after"), one.lost, strict=True)
        if count
    ]
    if one.figureless:
        goals = [one.after.area.goals[goal].title.get(lang) for goal in one.figureless]
        notes.append(say(lang, "reform.figureless", goals=goals))
    notes += [say(lang, "reform.unlike", count=one.unlike_record)] if one.unlike_record else []
    if notes:
        yield Points(tuple(notes))
    yield _matrix(one, lang)


def _step(policy: Policy, step: str | None, lang: str) -> str:
    return say(lang, "no-step") if step is None else policy.ladder.steps[step].title.get(lang)


def _ends(one: ReformPeriod) -> tuple[list[str | None], list[str | None]]:
    """The steps of both, freest first, and none where somebody has none."""
    flows = one.weighed.flows
    before: list[str | None] = [*one.before.ladder.steps]
    after: list[str | None] = [*one.after.ladder.steps]
    before += [None] if any(flow.before is None for flow in flows) else []
    after += [None] if any(flow.after is None for flow in flows) else []
    return before, after


def _matrix(one: ReformPeriod, lang: str) -> Table:
    before, after = _ends(one)
    counts = {(flow.before, flow.after): flow.count for flow in one.weighed.flows}
    rows = tuple(
        (_step(one.before, old, lang), *(number(counts.get((old, new), 0), 0, lang) for new in after)) for old in before
    )
    heads = (say(lang, "reform.today"), *(_step(one.after, new, lang) for new in after))
    return Table(say(lang, "reform.matrix"), heads, rows, tuple(range(1, len(heads))))


# what it means


def _means(found: Reformed, lang: str) -> Iterator[Block]:
    last = found.last
    weighed = last.weighed
    heads = tuple(say(lang, f"reform.{c}") for c in ("burden", "today", "column.then", "column.change"))
    rows = tuple((say(lang, f"reform.{basis}"), *_hours(weighed.hours[basis], lang)) for basis in BASES)
    yield Table("", heads, rows, (1, 2, 3))
    if weighed.hours["followed"].uncounted:
        yield Paragraph(say(lang, "reform.uncounted", count=weighed.hours["followed"].uncounted), "faint")
    if duties := weighed.duties["followed"]:
        heads = tuple(say(lang, f"{c}") for c in (
            "column.requirement", "reform.column.lifted", "reform.column.imposed", "reform.column.hours"))  # fmt: skip
        yield Table(say(lang, "reform.duties"), heads, tuple(_duty(last, duty, lang) for duty in duties), (1, 2, 3))
    if rights := weighed.rights["followed"]:
        heads = tuple(say(lang, f"reform.{c}") for c in ("right", "column.gained", "column.lost"))
        yield Table(say(lang, "reform.rights"), heads, tuple(_right(last, right, lang) for right in rights), (1, 2))
    if found.by is not None and weighed.tally.moved:
        yield _by(last, found.by, lang)
    if found.size is not None and weighed.tally.moved:
        title = say(lang, "reform.by-size", name=_attribute(last.before, found.size, lang))
        rows = tuple((_sizes(part, lang), *_part(part, weighed, lang)) for part in weighed.sizes)
        yield Table(title, (say(lang, "reform.column.fifth"), *_part_heads(weighed, lang)), rows, tuple(range(1, 6)))


def _attribute(policy: Policy, name: str, lang: str) -> str:
    return word_of(policy.area, name, lang) or name.replace("_", " ")


def _hours(hours: Hours, lang: str) -> tuple[str, str, str]:
    return number(hours.before, 0, lang), number(hours.after, 0, lang), _signed(hours.change, lang)


def _signed(hours: float, lang: str) -> str:
    """A change of hours; less than half an hour is none."""
    return number(hours, 0, lang, sign=True) if abs(hours) >= 0.5 else "0"


def _duty(one: ReformPeriod, duty: DutyMoved, lang: str) -> tuple[str, ...]:
    registers = (one.after.requirements.requirements, one.before.requirements.requirements)
    title = next(known[duty.requirement].title.get(lang) for known in registers if duty.requirement in known)
    return (title, number(duty.lifted, 0, lang), number(duty.imposed, 0, lang), _signed(duty.hours, lang))


def _right(one: ReformPeriod, right: RightMoved, lang: str) -> tuple[str, ...]:
    known = one.before.ladder.rights | one.after.ladder.rights
    return known[right.right].title.get(lang), number(right.gained, 0, lang), number(right.lost, 0, lang)


def _part_heads(weighed: Weighed, lang: str) -> tuple[str, ...]:
    ways = ("freer", "stricter", *(("apart",) if weighed.tally.apart else ()))
    return (
        say(lang, "column.count"),
        *(say(lang, f"reform.column.{way}") for way in ways),
        say(lang, "reform.column.hours"),
    )


def _part(part: Part, weighed: Weighed, lang: str) -> tuple[str, ...]:
    tally = part.tally
    counts = (tally.count, tally.freer, tally.stricter, *((tally.apart,) if weighed.tally.apart else ()))
    return (*(number(count, 0, lang) for count in counts), _signed(part.hours.change, lang))


def _by(one: ReformPeriod, name: str, lang: str) -> Table:
    parts = sorted(one.weighed.parts, key=lambda part: -part.tally.moved)
    shown = [part for part in parts if part.tally.moved][:FEW]
    attribute = _attribute(one.before, name, lang)
    rows = tuple((part.value or say(lang, "reform.none-said"), *_part(part, one.weighed, lang)) for part in shown)
    title = say(lang, "reform.by", name=attribute, shown=len(shown), count=len(parts))
    heads = _part_heads(one.weighed, lang)
    return Table(title, (attribute, *heads), rows, tuple(range(1, len(heads) + 1)))


def _sizes(part: Part, lang: str) -> str:
    if part.least is None or part.most is None:
        return say(lang, "reform.none-said")
    least, most = (number(size, 0, lang) for size in (part.least, part.most))
    return least if least == most else say(lang, "reform.between", least=least, most=most)


# who


def _movers(one: ReformPeriod, lang: str) -> Iterator[Block]:
    movers = one.weighed.movers
    if not movers:
        return
    heads = ("column.institution", "reform.today", "reform.column.then", "column.why", "reform.column.hours")
    rows = tuple(
        (
            m.name or m.institution,
            _step(one.before, m.before, lang),
            _step(one.after, m.after, lang),
            joined([say(lang, f"short.{reason}") for reason in m.reasons if has(f"short.{reason}")], lang),
            "–" if m.hours is None else _signed(m.hours, lang),
        )
        for m in movers[:FEW]
    )
    yield Table(say(lang, "reform.movers"), tuple(say(lang, f"{head}") for head in heads), rows, (4,))
    if len(movers) > FEW:
        yield Paragraph(say(lang, "reform.more", count=len(movers) - FEW), "faint")


def _nearest(found: Reformed, lang: str) -> Iterator[Block]:
    if not found.nearest.found:
        return
    policy, plan = found.last.after, found.cells.plan
    decimals = {goal.name: goal.decimals for goal in plan.goals}

    def row(near: Near) -> tuple[str, ...]:
        change = near.change
        assert change.reached is not None
        places = decimals[change.goal]
        return (
            near.name or near.institution,
            _step(policy, near.step, lang),
            policy.area.goals[change.goal].title.get(lang),
            number(change.now, places, lang),
            number(change.to, places, lang),
            _step(policy, plan.ladder.steps[change.reached.step], lang),
            number(near.spreads, 2, lang),
        )

    heads = ("institution", "step", "goal", "from", "to")
    columns = (*(say(lang, f"column.{head}") for head in heads), say(lang, "reform.column.to-step"),
               say(lang, "reform.column.spreads"))  # fmt: skip
    yield Table(say(lang, "reform.nearest"), columns, tuple(row(near) for near in found.nearest.found), (3, 4, 6))
    yield Paragraph(say(lang, "reform.nearest-about"), "faint")
    if not found.nearest.complete:
        yield Paragraph(say(lang, "reform.nearest-some"), "faint")


# data


def reform_data(found: Reformed) -> dict[str, Any]:
    """Everything of every period."""
    return {
        "area": found.area,
        "record": found.where,
        "rules": None if found.rules is None else str(found.rules),
        "with": str(found.other),
        "day": found.day.isoformat(),
        "changes_later": [day.isoformat() for day in found.later],
        "decisions_left_out": found.decided,
        "by": found.by,
        "size": found.size,
        "periods": [_period_data(one) for one in found.periods],
        "nearest": {
            "complete": found.nearest.complete,
            "institutions": [_near_data(near, found) for near in found.nearest.found],
        },
        "cells": compare_data([found.cells])["areas"][0],
    }


def _period_data(one: ReformPeriod) -> dict[str, Any]:
    weighed = one.weighed
    return {
        "period": one.period.label,
        "run": one.run,
        "left_out_before": list(one.gap),
        **_tally_data(weighed.tally),
        "unlike_record": one.unlike_record,
        "begin_anew": {"before": one.lost[0], "after": one.lost[1]},
        "goals_without_figures": list(one.figureless),
        "steps": {"before": list(one.before.ladder.steps), "after": list(one.after.ladder.steps)},
        "flows": [
            {"before": f.before, "after": f.after, "further": f.further, "count": f.count} for f in weighed.flows
        ],
        "institutions": [
            {"institution": m.institution, "name": m.name, "before": m.before, "after": m.after, "further": m.further,
             "reasons": list(m.reasons), "hours": m.hours}
            for m in weighed.movers
        ],
        "hours": {basis: _hours_data(weighed.hours[basis]) for basis in BASES},
        "requirements": {
            basis: [
                {"requirement": d.requirement, "lifted": d.lifted, "imposed": d.imposed, "hours": d.hours,
                 "uncounted": d.uncounted}
                for d in weighed.duties[basis]
            ]
            for basis in BASES
        },
        "rights": {
            basis: [{"right": r.right, "gained": r.gained, "lost": r.lost} for r in weighed.rights[basis]]
            for basis in BASES
        },
        "by": [{"value": part.value, **_part_data(part)} for part in weighed.parts],
        "sizes": [{"least": part.least, "most": part.most, **_part_data(part)} for part in weighed.sizes],
    }  # fmt: skip


def _tally_data(tally: Tally) -> dict[str, int]:
    return {
        "count": tally.count, "moved": tally.moved, "freer": tally.freer, "stricter": tally.stricter,
        "incomparable": tally.apart,
    }  # fmt: skip


def _part_data(part: Part) -> dict[str, Any]:
    return {**_tally_data(part.tally), "hours": _hours_data(part.hours)}


def _hours_data(hours: Hours) -> dict[str, Any]:
    return {"before": hours.before, "after": hours.after, "change": hours.change, "uncounted": hours.uncounted}


def _near_data(near: Near, found: Reformed) -> dict[str, Any]:
    change = near.change
    assert change.now is not None
    assert change.to is not None
    assert change.reached is not None
    return {
        "institution": near.institution, "name": near.name, "step": near.step, "goal": change.goal,
        "now": float(change.now), "to": float(change.to), "spreads": near.spreads,
        "reaches": found.cells.plan.ladder.steps[change.reached.step],
        "earliest": Period(found.last.period.kind, change.reached.period).label,
    }  # fmt: skip


# the picture

WIDTH, TALL, HEAD = 760, 300, 96
LEFT, RIGHT, BAR = 210, 550, 14
GAP, THINNEST = 10, 1.5

COLOURS = {"freer": "#0b5394", "stricter": "#b45f06", "same": "#cccccc", "apart": "#741b47"}
"""With hatching towards stricter and dots for what can't be compared, so that the ways are told apart without
colours."""


def reform_picture(found: Reformed, lang: str) -> str:
    """An SVG: for each period how institutions flow from the steps of today to those of the other rules."""
    title = say(lang, "reform.title", area=found.last.before.area.title.get(lang))
    height = 76 + (TALL + HEAD) * len(found.periods)
    told = [
        f"{one.period.label}: " + "; ".join(_told(one, flow, lang) for flow in one.weighed.flows)
        for one in found.periods
    ]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        f'role="img" aria-labelledby="title desc" lang="{lang}" font-family="sans-serif" font-size="12">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="desc">{escape(". ".join(told))}.</desc>',
        _PATTERNS,
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="20" y="28" font-size="16" font-weight="bold">{escape(title)}</text>',
        *_legend(found, lang),
    ]
    for place, one in enumerate(found.periods):
        parts += _flows(one, 76 + (TALL + HEAD) * place, lang)
    return "\n".join([*parts, "</svg>", ""])


_PATTERNS = (
    '<defs><pattern id="stricter" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    f'<rect width="6" height="6" fill="{COLOURS["stricter"]}"/><rect width="2" height="6" fill="#ffffff"/></pattern>'
    '<pattern id="apart" width="6" height="6" patternUnits="userSpaceOnUse">'
    f'<rect width="6" height="6" fill="{COLOURS["apart"]}"/><circle cx="3" cy="3" r="1.4" fill="#ffffff"/></pattern>'
    "</defs>"
)


def _way(flow: Flow) -> str:
    if flow.same:
        return "same"
    return "apart" if flow.further is None else "freer" if flow.further < 0 else "stricter"


def _fill(way: str) -> str:
    return f"url(#{way})" if way in ("stricter", "apart") else COLOURS[way]


def _told(one: ReformPeriod, flow: Flow, lang: str) -> str:
    before, after = _step(one.before, flow.before, lang), _step(one.after, flow.after, lang)
    return say(lang, "reform.desc", before=before, after=after, count=flow.count)


def _legend(found: Reformed, lang: str) -> Iterator[str]:
    ways = ["freer", "stricter", "same"]
    ways += ["apart"] if any(one.weighed.tally.apart for one in found.periods) else []
    for place, way in enumerate(ways):
        x = 20 + 150 * place
        yield f'<rect x="{x}" y="46" width="18" height="12" fill="{_fill(way)}" stroke="#444444" stroke-width="0.5"/>'
        yield f'<text x="{x + 24}" y="56">{escape(say(lang, f"reform.column.{way}"))}</text>'


def _flows(one: ReformPeriod, top: int, lang: str) -> Iterator[str]:
    """One period: the steps of today to the left, those of the other rules to the right, freest at the top."""
    flows, tally = one.weighed.flows, one.weighed.tally
    head = say(lang, "reform.period", period=one.period.label, moved=tally.moved, count=tally.count)
    yield f'<text x="20" y="{top + 24}" font-size="14" font-weight="bold">{escape(head)}</text>'
    if tally.moved:
        ways = say(lang, "reform.ways", freer=tally.freer, stricter=tally.stricter)
        yield f'<text x="20" y="{top + 42}" fill="#444444">{escape(ways)}</text>'
    names = (say(lang, "reform.today"), say(lang, "reform.column.then"))
    for x, name, anchor in ((LEFT, names[0], "end"), (RIGHT + BAR, names[1], "start")):
        yield f'<text x="{x}" y="{top + 64}" text-anchor="{anchor}" fill="#444444">{escape(name)}</text>'
    ends = _ends(one)
    scale = (TALL - GAP * (max(map(len, ends)) - 1)) / max(tally.count, 1)
    tops = [_tops(steps, flows, side, top + 76, scale) for side, steps in enumerate(ends)]
    filled = [dict(where) for where in tops]
    # those that stay lie below, so that whoever moves is seen
    ribbons: list[tuple[bool, str]] = []
    counts: list[tuple[float, str]] = []
    for flow in flows:
        thick = flow.count * scale
        a, b = filled[0][flow.before], filled[1][flow.after]
        filled[0][flow.before], filled[1][flow.after] = a + thick, b + thick
        ribbons.append((not flow.same, _ribbon(one, flow, a, b, max(thick, THINNEST), lang)))
        if not flow.same:
            counts.append((b + thick / 2 + 4, number(flow.count, 0, lang)))
    yield from (drawn for _, drawn in sorted(ribbons, key=lambda r: r[0]))
    # how many, where they come in
    under = 0.0
    for y, count in sorted(counts):
        under = max(y, under)
        yield (
            f'<text x="{RIGHT - 6}" y="{under:.1f}" text-anchor="end" font-weight="bold" stroke="#ffffff" '
            f'stroke-width="3" paint-order="stroke">{escape(count)}</text>'
        )
        under += 14
    for side, (steps, policy) in enumerate(zip(ends, (one.before, one.after), strict=True)):
        yield from _bars(steps, policy, tops[side], flows, side, scale, lang)


def _stands(flows: Sequence[Flow], side: int, step: str | None) -> int:
    return sum(flow.count for flow in flows if (flow.after if side else flow.before) == step)


def _tops(
    steps: Sequence[str | None], flows: Sequence[Flow], side: int, top: float, scale: float
) -> dict[str | None, float]:
    """Where each step's bar begins."""
    found: dict[str | None, float] = {}
    for step in steps:
        found[step] = top
        top += _stands(flows, side, step) * scale + GAP
    return found


def _bars(
    steps: Sequence[str | None], policy: Policy, tops: dict[str | None, float], flows: Sequence[Flow], side: int,
    scale: float, lang: str,
) -> Iterator[str]:  # fmt: skip
    """The bars of one side with their names; a name has room of its own where bars are thin."""
    x, text, anchor = (RIGHT, RIGHT + BAR + 8, "start") if side else (LEFT - BAR, LEFT - BAR - 8, "end")
    under = 0.0
    for step in steps:
        count = _stands(flows, side, step)
        tall = max(count * scale, THINNEST)
        y = max(tops[step] + tall / 2 + 4, under)
        under = y + 14
        yield f'<rect x="{x}" y="{tops[step]:.1f}" width="{BAR}" height="{tall:.1f}" fill="#444444"/>'
        name = escape(f"{_step(policy, step, lang)}: {number(count, 0, lang)}")
        yield f'<text x="{text}" y="{y:.1f}" text-anchor="{anchor}">{name}</text>'


def _ribbon(one: ReformPeriod, flow: Flow, a: float, b: float, thick: float, lang: str) -> str:
    middle = (LEFT + RIGHT) / 2
    path = (
        f"M{LEFT},{a:.1f} C{middle},{a:.1f} {middle},{b:.1f} {RIGHT},{b:.1f} L{RIGHT},{b + thick:.1f} "
        f"C{middle},{b + thick:.1f} {middle},{a + thick:.1f} {LEFT},{a + thick:.1f} Z"
    )
    told = escape(_told(one, flow, lang))
    return f'<path d="{path}" fill="{_fill(_way(flow))}" fill-opacity="0.85"><title>{told}</title></path>'
