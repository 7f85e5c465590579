"""What was imported, run and decided in the record, told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tilsyn.telling.blocks import Block, Paragraph, Points, Table
from tilsyn.telling.distribution import is_results
from tilsyn.telling.quantities import figure_title
from tilsyn.telling.reports import step_counts, steps_table
from tilsyn.telling.subjects import Brought, Ran, Settled, Shift
from tilsyn.telling.words import command, has, quoted, say

FEW = 20


# imports


def import_data(done: Brought) -> dict[str, Any]:
    return {
        "area": done.policy.area.area,
        "periods": list(done.periods),
        "record": done.where,
        "import": done.id,
        **done.counts,
        "refused": list(done.refused),
        "quarantine": None if done.quarantine is None else str(done.quarantine),
        "notes": list(done.notes),
        "asked_twice": [list(pair) for pair in done.twins],
        "stale": list(done.stale),
    }


def import_report(done: Brought, lang: str) -> list[Block]:
    about = {"area": done.policy.area.title.get(lang), "periods": list(done.periods), "record": done.where}
    key = "record.imported" if done.id is not None else "record.nothing-new"
    blocks: list[Block] = [Paragraph(say(lang, key, **about, id=done.id or 0, **done.counts), "strong")]
    if done.id is not None:
        told = [say(lang, f"record.{name}", count=count) for name, count in done.counts.items() if count]
        blocks.append(Points(tuple(told)))
    if done.refused:
        blocks.append(Paragraph(say(lang, "place.refused", count=len(done.refused)), "warning"))
        if done.quarantine is not None:
            blocks.append(Paragraph(say(lang, "place.refused-in", file=done.quarantine), "warning"))
        else:
            blocks += [Paragraph(say(lang, "place.refused-here"), "warning"), Points(done.refused[:FEW])]
    if done.notes:
        blocks.append(Points(done.notes))
    blocks += [
        Paragraph(
            say(
                lang,
                "record.twins",
                one=figure_title(done.policy.area, one, lang),
                other=figure_title(done.policy.area, other, lang),
            )
        )
        for one, other in done.twins
    ]
    return [*blocks, *_stale(done.policy.area.area, done.stale, lang)]


def _stale(area: str, labels: Sequence[str], lang: str) -> list[Block]:
    """The periods whose runs were made from something else, and how to run them again."""
    if not labels:
        return []
    through = f" --through {quoted(labels[-1])}" if len(labels) > 1 else ""
    again = command(f"run {area} --period {quoted(labels[0])}{through}")
    return [Paragraph(say(lang, "record.stale", periods=list(labels), command=again), "warning")]


# runs


def run_data(done: Sequence[Ran]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "run": one.id,
                "area": one.policy.area.area,
                "period": one.period.label,
                "fresh": one.fresh,
                "rerun": one.rerun,
                "count": one.frame.height,
                **({} if is_results(one.frame) else _steps(one)),
                "not_run_before": list(one.gap),
                "changes": [
                    {"institution": s.institution, "name": s.name, "before": s.before, "after": s.after,
                     "why": list(s.why)}
                    for s in one.shifts
                ],
            }
            for one in done
        ]
    }  # fmt: skip


def _steps(one: Ran) -> dict[str, Any]:
    return {"steps": {step: step_counts(one.frame, step)["count"] for step in one.plan.ladder.steps}}


def run_report(done: Sequence[Ran], lang: str) -> list[Block]:
    blocks: list[Block] = []
    for one in done:
        key = "ran" if one.fresh else "ran-already"
        key = "reran" if one.rerun else key
        about = {"area": one.policy.area.title.get(lang), "period": one.period.label, "count": one.frame.height}
        blocks.append(Paragraph(say(lang, f"record.{key}", id=one.id, **about), "strong"))
        if one.gap:
            blocks.append(Paragraph(say(lang, "record.gap", periods=list(one.gap), count=len(one.gap)), "warning"))
        if one.rerun:
            blocks += _shifts(one, lang)
    last = done[-1]
    if not is_results(last.frame):
        about = {"area": last.policy.area.title.get(lang), "period": last.period.label}
        blocks.append(steps_table(last.frame, last.policy.ladder, lang, say(lang, "place.title", **about)))
    return blocks


def _shifts(one: Ran, lang: str) -> list[Block]:
    """Who is placed otherwise than the earlier run had it, and why."""
    if not one.shifts:
        return [Paragraph(say(lang, "record.no-shifts"))]
    columns = tuple(say(lang, f"column.{name}") for name in ("institution", "before", "now", "why"))
    rows = tuple(
        (s.name or s.institution, *(_step(one, step, lang) for step in (s.before, s.after)), _why(one, s, lang))
        for s in one.shifts[:FEW]
    )
    blocks: list[Block] = [Table(say(lang, "record.shifts", count=len(one.shifts)), columns, rows)]
    if len(one.shifts) > FEW:
        blocks.append(Paragraph(say(lang, "record.more-shifts", count=len(one.shifts) - FEW), "faint"))
    return blocks


def _step(one: Ran, step: str | None, lang: str) -> str:
    return "–" if step is None else one.policy.ladder.steps[step].title.get(lang)


def _why(one: Ran, shift: Shift, lang: str) -> str:
    """The goals whose figures are others, and what else is."""
    goals = one.policy.area.goals
    told = [
        say(lang, f"record.why-{why}") if has(f"record.why-{why}") else goals[why].title.get(lang)
        for why in shift.why
        if has(f"record.why-{why}") or why in goals
    ]
    return ", ".join(told)


# decisions


def decision_data(done: Settled) -> dict[str, Any]:
    return {
        "institution": done.institution,
        "area": done.policy.area.area,
        "period": done.period.label,
        "recommended": done.recommended,
        "decided": done.decided.step,
        "because": done.decided.because,
        "by": done.decided.who,
        "at": done.decided.at,
        "stale": list(done.stale),
    }


def decision_report(done: Settled, lang: str) -> list[Block]:
    steps = done.policy.ladder.steps
    about = {
        "name": done.name or done.institution,
        "period": done.period.label,
        "step": steps[done.decided.step].title.get(lang),
        "recommended": "–" if done.recommended is None else steps[done.recommended].title.get(lang),
        "who": done.decided.who,
        "because": done.decided.because,
    }
    followed = done.recommended == done.decided.step
    return [
        Paragraph(say(lang, "record.decided-as" if followed else "record.decided-other", **about), "strong"),
        Paragraph(say(lang, "record.decided-why", **about)),
        *_beside(done, lang),
        *_stale(done.policy.area.area, done.stale, lang),
    ]


def _beside(done: Settled, lang: str) -> Iterator[Block]:
    """What whoever decides should be told: that it is stricter than was recommended, and what it replaces."""
    steps = done.policy.ladder.steps
    places = done.plan.ladder.positions
    if done.recommended is not None and places[done.decided.step] > places[done.recommended]:
        yield Paragraph(say(lang, "record.decided-stricter"), "warning")
    if done.before is not None:
        title = steps[done.before.step].title.get(lang)
        about = {"who": done.before.who, "at": done.before.at[:10], "because": done.before.because, "step": title}
        yield Paragraph(say(lang, "record.decided-anew", **about), "warning")
