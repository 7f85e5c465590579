"""What changes from one version of the rules to another, in sentences and as data.

The comparison is of rules over levels, without any figures; what it does not cover is told with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tilsyn.studies.differences import Difference
from tilsyn.studies.versions import ANOTHER, Shift
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.differences import Differences, plain
from tilsyn.telling.proof_words import ProofWords
from tilsyn.telling.subjects import Compared
from tilsyn.telling.words import say, written

FEW = 20
"""Kinds of shifts that are shown before the rest are counted."""


def compare_report(found: Sequence[Compared], lang: str) -> list[Block]:
    """What changes from the earlier rules to the later, area by area."""
    return [block for compared in found for block in _comparison(compared, lang)]


def _comparison(compared: Compared, lang: str) -> Iterator[Block]:
    words = ProofWords(compared.policy, compared.plan, lang)
    title = compared.policy.area.title.get(lang)
    days = {"day": compared.policy.day.isoformat(), "before": compared.before.day.isoformat()}
    yield Heading(words.say("proofs.against.title", area=title, **days))
    if compared.days:
        yield Paragraph(words.say("proofs.against.days", days=[day.isoformat() for day in compared.days]), "faint")
    versions = compared.versions
    if versions is None:
        yield Paragraph(words.say("proofs.against.too-large", cells=compared.cells), "warning")
        return
    yield Paragraph(words.say("proofs.against.same", same=versions.same, cells=versions.cells))
    if versions.shifts:
        columns = tuple(words.say(f"proofs.column.{c}") for c in ("before", "now", "cells", "example"))
        shown = versions.shifts[:FEW]
        yield Table(
            words.say("proofs.against.shifts"), columns, tuple(_shift_row(s, compared, words) for s in shown), (2,)
        )
        if len(versions.shifts) > len(shown):
            yield Paragraph(words.say("proofs.against.more", count=len(versions.shifts) - len(shown)), "faint")
    if versions.differences:
        told = Differences(compared, words)
        columns = tuple(words.say(f"proofs.differs.column.{c}") for c in ("goal", "change", "before", "now", "effect"))
        yield Table(words.say("proofs.differs.title"), columns, tuple(told.row(d) for d in versions.differences))
    yield Points(tuple(_apart(compared, words)))
    if versions.stricter:
        yield Paragraph(words.say("proofs.against.sometimes", cells=sum(s.cells for s in versions.stricter)), "warning")
    elif versions.reordered:
        yield Paragraph(words.say("proofs.against.reordered"), "warning")
    elif versions.incomparable or versions.unmatched_steps or versions.unmatched_levels:
        yield Paragraph(words.say("proofs.against.never-of-comparable"), "warning")
    else:
        yield Paragraph(words.say("proofs.against.never"), "plain" if versions.unseen else "strong")
    if versions.unseen:
        stricter, open_ = (sum(d.stricter is which for d in versions.unseen) for which in (True, None))
        kind, count = ("stricter", stricter) if stricter else ("open", open_) if open_ else ("looser", 0)
        tone = "faint" if kind == "looser" else "warning"
        yield Paragraph(words.say(f"proofs.against.unseen.{kind}", count=count), tone)


def _apart(compared: Compared, words: ProofWords) -> Iterator[str]:
    """What the comparison does not cover."""
    versions, before = compared.versions, ProofWords(compared.before, compared.before_plan, words.lang)
    assert versions is not None
    if versions.only_before:
        yield words.say("proofs.against.only-before", names=[before.input(name) for name in versions.only_before])
    if versions.only_after:
        yield words.say("proofs.against.only-after", names=[words.input(name) for name in versions.only_after])
    if versions.unmatched_steps:
        yield words.say("proofs.against.steps", names=[f"`{step}`" for step in versions.unmatched_steps])
    if versions.unmatched_levels:
        yield words.say("proofs.against.levels", names=[f"`{level}`" for level in versions.unmatched_levels])
    yield words.say("proofs.against.of-rules")


def _shift_row(shift: Shift, compared: Compared, words: ProofWords) -> tuple[str, ...]:
    before = ProofWords(compared.before, compared.before_plan, words.lang)
    example = "; ".join(
        f"{_input_of(name, compared, words)}: {_value_of(name, v, compared, words)}" for name, v in shift.example
    )
    return (
        _end(before, shift.before, shift.rules[0]), _end(words, shift.after, shift.rules[1]),
        str(written(shift.cells, words.lang)), example,
    )  # fmt: skip


def _end(words: ProofWords, step: str | None, rule: str | None) -> str:
    if step is None or rule is None:
        return words.say("proofs.against.nowhere")
    return words.say("proofs.against.place", step=words.step(step), rule=rule)


def _input_of(name: str, compared: Compared, words: ProofWords) -> str:
    if name == "previous":
        return say(words.lang, "proofs.previous")
    if name == "held":
        return say(words.lang, "proofs.held")
    here = name in compared.policy.area.goals or name in {o.name for o in compared.plan.ladder.outsides}
    return (words if here else ProofWords(compared.before, compared.before_plan, words.lang)).input(name)


def _value_of(name: str, value: str | None, compared: Compared, words: ProofWords) -> str:
    """A value of an example in the words of the version that has it."""
    if value is None:
        return "–"
    if value == ANOTHER:
        return words.say("proofs.known.another")
    if value in ("true", "false"):
        return say(words.lang, "yes" if value == "true" else "no")
    if name == "previous":
        return ProofWords(compared.before, compared.before_plan, words.lang).step(value)
    if name in compared.policy.area.goals or name in compared.before.area.goals:
        levels = compared.policy.ladder.levels | compared.before.ladder.levels
        return levels[value].get(words.lang)
    return value


def compare_data(found: Sequence[Compared]) -> dict[str, Any]:
    return {"areas": [_comparison_data(compared) for compared in found]}


def _comparison_data(compared: Compared) -> dict[str, Any]:
    versions = compared.versions
    about: dict[str, Any] = {
        "area": compared.policy.area.area,
        "day": compared.policy.day.isoformat(),
        "before": compared.before.day.isoformat(),
        "days": [day.isoformat() for day in compared.days],
        "cells": compared.cells,
        "outcome": "undecided" if versions is None else "compared",
    }
    if versions is None:
        return about
    return about | {
        "same": versions.same,
        "stricter": sum(shift.cells for shift in versions.stricter),
        "incomparable": versions.incomparable,
        "shifts": [
            {
                "before": s.before, "after": s.after, "further": s.further, "cells": s.cells, "rules": list(s.rules),
                "example": dict(s.example),
            }
            for s in versions.shifts
        ],
        "only_before": list(versions.only_before), "only_after": list(versions.only_after),
        "unmatched_steps": list(versions.unmatched_steps), "unmatched_levels": list(versions.unmatched_levels),
        "beside": list(versions.beside),
        "differences": [_difference_data(d, compared) for d in versions.differences],
    }  # fmt: skip


def _difference_data(difference: Difference, compared: Compared) -> dict[str, Any]:
    """A difference in declared names; expressions as they are written."""
    sides = ((difference.before, compared.before), (difference.after, compared.policy))
    before, after = (plain(difference, value, policy) for value, policy in sides)
    return {
        "what": difference.what, "goal": difference.goal, "of": difference.of, "before": before, "after": after,
        "stricter": difference.stricter, "in_comparison": difference.seen,
    }  # fmt: skip
