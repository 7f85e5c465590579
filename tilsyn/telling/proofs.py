"""What was proved of a ladder, in sentences and as data: properties, the institutions that break them, and what
changes from one version of the rules to another.

A counterexample is told as an institution with levels, not as a formula: where it stands, what is known of it, where
that leads, and by which rules. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from tilsyn.catalogue.policy import Policy
from tilsyn.engine.machine import held_most
from tilsyn.engine.movement import start_of
from tilsyn.engine.nodes import Outside, Plan
from tilsyn.engine.values import Missing, Value
from tilsyn.studies.outcomes import Known
from tilsyn.studies.proofs import PROPERTIES, Property, Verdict
from tilsyn.studies.silence import Withheld
from tilsyn.studies.stories import Story, Year
from tilsyn.studies.versions import ANOTHER, Shift
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.quantities import figure_title, quantity_title, value_text
from tilsyn.telling.subjects import Compared, Proved, Unsaved
from tilsyn.telling.words import joined, number, say, written

FEW = 20
"""Kinds of shifts that are shown before the rest are counted."""


class _Words:
    """An area's own words for what a verdict names."""

    def __init__(self, policy: Policy, plan: Plan, lang: str) -> None:
        self.policy, self.plan, self.lang = policy, plan, lang

    def say(self, key: str, **args: object) -> str:
        return say(self.lang, f"proofs.{key}", **args)

    def step(self, name: str) -> str:
        return self.policy.ladder.steps[name].title.get(self.lang)

    def step_at(self, position: int) -> str:
        return self.step(self.plan.ladder.steps[position])

    def level(self, name: str) -> str:
        return self.policy.ladder.levels[name].get(self.lang)

    def input(self, name: str) -> str:
        """A goal, a quantity or a needed indicator, as it is called."""
        area = self.policy.area
        if name in area.goals:
            return area.goals[name].title.get(self.lang)
        if name.partition("@")[0].partition(".")[0] in area.quantities:
            return quantity_title(area, name, self.lang)
        return figure_title(area, name, self.lang) if name in area.indicators else name

    def reason(self, word: str) -> str:
        return say(self.lang, f"missing.{word}")

    # what is known

    def known(self, axis: int, year: Year) -> str:
        """What is known of a goal or input in a year, without its name."""
        known, why = year.known[axis], year.why[axis]
        if why is not None:
            return self.reason(why.word)
        goals = len(self.plan.goals)
        if axis >= goals:
            return self._value(self.plan.ladder.outsides[axis - goals], year.inputs[axis - goals])
        worst, best = (self._level_of(axis, position) for position in (known.worst, known.best))
        return worst if known.certain else f"{worst} – {best}"

    def _level_of(self, axis: int, position: int | None) -> str:
        assert position is not None
        return self.level(self.plan.ladder.levels[self.plan.goals[axis].ranks[position]])

    def _value(self, outside: Outside, value: Value) -> str:
        if isinstance(value, bool):
            return say(self.lang, "yes" if value else "no")
        if value == ANOTHER:
            return self.say("known.another")
        node = next(q for q in self.plan.quantities if q.name == outside.name)
        return value_text(self.policy, node, value, self.lang)

    def said(self, axis: int, year: Year) -> str:
        """A goal or input with what is known of it."""
        known, why, name = year.known[axis], year.why[axis], self.input(self.name(axis))
        if why is not None and known.best is not None and known.missing is not None:
            return self.say(
                "known.capped", name=name, reason=self.reason(why.word), best=self._level_of(axis, known.best)
            )
        if why is not None:
            return self.say("known.missing", name=name, reason=self.reason(why.word))
        if axis < len(self.plan.goals) and not known.certain:
            worst, best = (self._level_of(axis, position) for position in (known.worst, known.best))
            return self.say("known.range", name=name, worst=worst, best=best)
        return self.say("known.certain", name=name, level=self.known(axis, year))

    def name(self, axis: int) -> str:
        goals = self.plan.goals
        return goals[axis].name if axis < len(goals) else self.plan.ladder.outsides[axis - len(goals)].name

    def all_known(self, year: Year) -> str:
        parts = [self.said(axis, year) for axis in range(len(year.known))]
        return "; ".join([*parts, *([self.say("grave")] if year.grave else [])])

    # where it stands, and where it comes to

    def who(self, story: Story) -> str:
        """The institution before its story begins."""
        if self.plan.ladder.movement is None:
            return self.say("who.ever")
        if story.start is None:
            return self.say("who.newcomer")
        start = start_of(story.start, self.plan.ladder)
        step, told_apart = self.step_at(start.previous), held_most(self.plan.ladder) > 0
        if start.held > 1 or (told_apart and start.held):
            parts = [self.say("who.stood-held", step=step, held=start.held)]
        else:
            parts = [self.say("who.stood", step=step)]
        if start.streak:
            parts.append(self.say(f"who.{'up' if start.streak > 0 else 'down'}", periods=abs(start.streak)))
        if start.absent:
            parts.append(self.say("who.absent", periods=start.absent))
        return "".join(parts)

    def ends(self, story: Story, kind: str) -> str:
        """What a story of one period ends with; `kind` is how the sentence goes."""
        step = story.years[-1].step
        if step is None:
            return self.say(f"{kind}.nowhere")
        if self.plan.ladder.movement is None:
            return self.say(f"{kind}.placed", step=self.step_at(step))
        previous = start_of(story.start, self.plan.ladder).previous
        how = "stays" if step == previous else "rises" if step < previous else "falls"
        return self.say(f"{kind}.{how}", step=self.step_at(step))

    def rules(self, year: Year) -> str:
        if not year.rules:
            return self.say("no-rules")
        return self.say("rule" if len(year.rules) == 1 else "rules", rules=year.rules)

    def because(self, rules: Iterable[str]) -> Iterator[str]:
        """The reason that each rule gives."""
        for rule in self.policy.ladder.placement.rules:
            if rule.id in rules:
                yield self.say("rule-because", rule=rule.id, because=rule.because.get(self.lang))

    def figure(self, withheld: Withheld) -> str:
        args = {"name": self.input(withheld.name), "reason": self.reason(withheld.reason.word)}
        return self.say(f"figure.{withheld.of}", **args)


# what was proved


def proof_report(found: Sequence[Proved], lang: str) -> list[Block]:
    """Every property of every area, and what breaks those that fail."""
    blocks: list[Block] = []
    for proved in found:
        blocks += _of_area(proved, lang)
    verdicts = [verdict for proved in found for verdict in proved.verdicts]
    if any(not proved.policy.is_regime for proved in found):
        blocks.append(Paragraph(say(lang, "proofs.about"), "faint"))
    return [*blocks, *_sum(verdicts, lang)]


def _of_area(proved: Proved, lang: str) -> list[Block]:
    title = proved.policy.area.title.get(lang)
    if proved.policy.is_regime:
        return [Heading(title), Paragraph(say(lang, "proofs.no-ladder", area=title))]
    words = _Words(proved.policy, proved.plan, lang)
    days = tuple(day.isoformat() for day in proved.days)
    columns = tuple(words.say(f"column.{c}") for c in ("promise", "verdict", "time"))
    rows = tuple(
        (v.property, words.say(f"promise.{v.property}"), _verdict(v, words), f"{number(1000 * v.seconds, 0, lang)} ms")
        for v in proved.verdicts
    )
    blocks: list[Block] = [
        Heading(words.say("of-days", area=title, days=days)), Table("", ("", *columns), rows, (3,))
    ]  # fmt: skip
    for verdict in proved.verdicts:
        if verdict.outcome == "fails":
            blocks += _broken(verdict, words)
    blocks += [
        Paragraph(text, "warning") for text in dict.fromkeys(_undecided(v, words) for v in proved.verdicts) if text
    ]
    quantities = [words.input(o.name) for o in proved.plan.ladder.outsides if o.type != "flag"]
    return [*blocks, *([Paragraph(words.say("free-inputs", inputs=quantities), "faint")] if quantities else [])]


def _sum(verdicts: Sequence[Verdict], lang: str) -> Iterator[Block]:
    failing, open_ = (sum(v.outcome == outcome for v in verdicts) for outcome in ("fails", "undecided"))
    if failing:
        yield Paragraph(say(lang, "proofs.sum.fails", count=failing), "warning")
    if open_:
        yield Paragraph(say(lang, "proofs.sum.undecided", count=open_), "warning")
    if verdicts and not failing and not open_:
        yield Paragraph(say(lang, "proofs.sum.holds"), "strong")


def _verdict(verdict: Verdict, words: _Words) -> str:
    about = verdict.about
    match verdict.property, verdict.outcome:
        case "P4", "holds":
            return words.say("periods", periods=about["periods"], step=words.step(str(about["step"])))
        case "P3", "holds" if "by_emergency" in about:
            return words.say("by-emergency", steps=[words.step(step) for step in _names(about["by_emergency"])])
        case _:
            return words.say(f"outcome.{verdict.outcome}")


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, tuple) else ()  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]


def _undecided(verdict: Verdict, words: _Words) -> str:
    if verdict.outcome != "undecided":
        return ""
    return words.say(f"undecided.{verdict.about['why']}", **{k: v for k, v in verdict.about.items() if k != "why"})


def _broken(verdict: Verdict, words: _Words) -> list[Block]:
    """What breaks a property: the institution in a sentence, its years where there are several, and its rules."""
    head = Paragraph(f"{verdict.property} {words.say('outcome.fails')}", "warning")
    told = Paragraph(" ".join(_sentences(verdict, words)))
    rules = {rule for story in verdict.stories for year in story.years for rule in year.rules}
    because = tuple(words.because(rules))
    return [head, told, *_years(verdict, words), *([Points(because)] if because else [])]


def _sentences(verdict: Verdict, words: _Words) -> Iterator[str]:
    about, stories = verdict.about, verdict.stories
    match verdict.property:
        case "P1" | "P2" as name:
            goal = str(about["goal"])
            axis = next(n for n, g in enumerate(words.plan.goals) if g.name == goal)
            yield _one_year(stories[0], words)
            level = words.known(axis, stories[1].years[0])
            args = {"goal": words.input(goal)} if name == "P1" else {}
            yield words.say(f"instead.{name}", level=level, **args, **_then(stories[1], words))
        case "P3":
            yield words.say("broken.P3", steps=[words.step(step) for step in _names(about["steps"])])
        case "P4":
            args = {"who": words.who(stories[0]), "known": words.all_known(stories[0].years[0])}
            yield words.say("broken.P4", **args, step=words.step(str(about["step"])))
        case "P5":
            declared = words.policy.requirements.requirements
            duties = [declared[name].title.get(words.lang) for name in _names(about["requirements"])]
            initial = words.step_at(words.plan.ladder.initial)
            yield words.say("broken.P5", step=words.step(str(about["step"])), requirements=duties, initial=initial)
        case "P6":
            declared_rights = words.policy.ladder.rights
            rights = [
                declared_rights[name].title.get(words.lang)
                for name in words.policy.ladder.steps[str(about["step"])].rights
            ]
            yield words.say(
                "broken.P6", rule=about["rule"], step=words.step(str(about["step"])), rights=rights,
                input=words.input(str(about["input"])),
                indicators=[words.input(name) for name in _names(about["indicators"])],
            )  # fmt: skip
        case "P7":
            yield words.say("broken.P7", step=words.step(str(about["step"])))
            yield _one_year(stories[0], words)
        case "P8":
            yield from _parted(verdict, words)
        case "P9":
            yield words.say(
                "broken.P9", goal=words.input(str(about["goal"])), reason=words.reason(str(about["reason"])),
                step=words.step(str(about["step"])), period=len(stories[0].years),
            )  # fmt: skip
        case "P10":
            args = {"who": words.who(stories[0]), "known": words.all_known(stories[0].years[0])}
            yield words.say("broken.P10", **args)


def _one_year(story: Story, words: _Words) -> str:
    year = story.years[0]
    return words.say(
        "story", who=words.who(story), known=words.all_known(year), ends=words.ends(story, "ends"),
        rules=words.rules(year),
    )  # fmt: skip


def _then(story: Story, words: _Words) -> dict[str, str]:
    return {"then": words.ends(story, "then"), "rules": words.rules(story.years[0])}


def _kept_back(verdict: Verdict) -> tuple[tuple[Withheld, ...], ...]:
    found = verdict.about.get("kept_back")
    return found if isinstance(found, tuple) else ()  # pyright: ignore[reportUnknownVariableType]


def _parted(verdict: Verdict, words: _Words) -> Iterator[str]:
    honest, silent = verdict.stories
    kept = dict.fromkeys(words.figure(withheld) for year in _kept_back(verdict) for withheld in year)
    figures = joined(kept, words.lang)
    if len(honest.years) == 1:
        yield _one_year(honest, words)
        yield words.say("instead.P8", figures=figures, **_then(silent, words))
        return
    last = len(honest.years)
    steps = [words.step_at(story.years[-1].step or 0) for story in (honest, silent)]
    yield words.say("broken.P8", figures=figures, period=last, honest=steps[0], silent=steps[1])


def _years(verdict: Verdict, words: _Words) -> list[Block]:
    """Several periods as a table, a column for each."""
    if not verdict.stories or len(verdict.stories[0].years) < 2:
        return []
    first, *others = verdict.stories
    axes = range(len(first.years[0].known))
    rows = [(words.input(words.name(axis)), *(words.known(axis, year) for year in first.years)) for axis in axes]
    if any(year.grave for year in first.years):
        rows.append((words.say("grave"), *(say(words.lang, "yes" if y.grave else "no") for y in first.years)))
    if others:
        kept = [joined([words.figure(w) for w in year], words.lang) or "–" for year in _kept_back(verdict)]
        rows.append((words.say("row.kept-back"), *kept))
        rows += [*_course(first, "honest", words), *_course(others[0], "silent", words)]
    else:
        rows += _course(first, "", words)
    periods = tuple(words.say("period", number=n) for n in range(1, len(first.years) + 1))
    who = words.who(first)
    return [Table(f"{words.say('year-by-year')}: {who}", ("", *periods), tuple(rows))]


def _course(story: Story, whose: str, words: _Words) -> list[tuple[str, ...]]:
    """The step, the rules and the reasons of each period."""
    end = f"-{whose}" if whose else ""
    steps = [words.step_at(year.step) if year.step is not None else "–" for year in story.years]
    rules = [", ".join(year.rules) or "–" for year in story.years]
    why = [", ".join(say(words.lang, f"short.{reason}") for reason in year.because) for year in story.years]
    return [
        (words.say(f"row.step{end}"), *steps),
        (words.say(f"row.rules{end}"), *rules),
        (words.say(f"row.why{end}"), *why),
    ]


# saved counterexamples


def saved_report(saved: int, unsaved: Sequence[Unsaved], file: Path, lang: str) -> list[Block]:
    """What was written, and why the rest could not be."""
    found = say(lang, "proofs.saved", count=saved, file=file) if saved else say(lang, "proofs.saved-none", file=file)
    points = tuple(unsaved_text(one, lang) for one in unsaved)
    return [Paragraph(found, "strong" if saved else "plain"), *([Points(points)] if points else [])]


def unsaved_text(one: Unsaved, lang: str) -> str:
    words = _Words(one.proved.policy, one.proved.plan, lang)
    args: dict[str, object] = {"area": one.proved.policy.area.title.get(lang), "property": one.property}
    return words.say(f"unsaved.{one.code}", **args, name=words.input(one.name) if one.name else "")


def case_name(property_: Property, number_: int, lang: str) -> str:
    """What a saved case is called."""
    return say(
        lang, "proofs.case", property=property_, promise=say(lang, f"proofs.promise.{property_}"), number=number_
    )


# in `check`


def check_lines(found: Sequence[Proved], lang: str) -> list[Block]:
    """A line for each area with a ladder: its properties hold, or which do not."""
    lines = [_check_line(proved, lang) for proved in found if not proved.policy.is_regime]
    return [Points(tuple(dict.fromkeys(lines)))] if lines else []


def _check_line(proved: Proved, lang: str) -> str:
    args: dict[str, object] = {"area": proved.policy.area.title.get(lang), "name": proved.policy.area.area}
    for outcome in ("fails", "undecided"):
        properties = [v.property for v in proved.verdicts if v.outcome == outcome]
        if properties:
            return say(lang, f"proofs.check.{outcome}", properties=properties, **args)
    return say(lang, "proofs.check.holds", **args)


# as data


def proof_data(found: Sequence[Proved]) -> dict[str, Any]:
    return {"areas": [_area_data(proved) for proved in found]}


def _area_data(proved: Proved) -> dict[str, Any]:
    return {
        "area": proved.policy.area.area,
        "days": [day.isoformat() for day in proved.days],
        "regime": proved.policy.is_regime,
        "properties": [_verdict_data(verdict, proved.plan) for verdict in proved.verdicts],
    }


def _verdict_data(verdict: Verdict, plan: Plan) -> dict[str, Any]:
    about = {k: [*v] if isinstance(v, tuple) else v for k, v in verdict.about.items() if k != "kept_back"}  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    kept = [[{"name": w.name, "of": w.of, "reason": w.reason.word} for w in year] for year in _kept_back(verdict)]
    return {
        "property": verdict.property,
        "outcome": verdict.outcome,
        "seconds": round(verdict.seconds, 4),
        "about": about | ({"kept_back": kept} if kept else {}),
        "stories": [_story_data(story, plan) for story in verdict.stories],
    }


def _story_data(story: Story, plan: Plan) -> dict[str, Any]:
    start, steps = start_of(story.start, plan.ladder), plan.ladder.steps
    stood = {"step": steps[start.previous], "held": start.held, "streak": start.streak, "absent": start.absent}
    return {"start": None if story.start is None else stood, "years": [_year_data(y, plan) for y in story.years]}


def _year_data(year: Year, plan: Plan) -> dict[str, Any]:
    steps = plan.ladder.steps
    return {
        "goals": {
            goal.name: _known_data(known, why.word if why else None, [plan.ladder.levels[rank] for rank in goal.ranks])
            for goal, known, why in zip(plan.goals, year.known, year.why, strict=False)
        },
        "inputs": {o.name: _value_data(value) for o, value in zip(plan.ladder.outsides, year.inputs, strict=True)},
        "grave": year.grave,
        "range": None if year.seen is None else [steps[step] for step in year.seen],
        "rules": list(year.rules),
        "step": None if year.step is None else steps[year.step],
        "because": list(year.because),
    }


def _value_data(value: Value) -> object:
    match value:
        case Missing(reason):
            return {"missing": reason.word}
        case Fraction():
            return float(value)
        case _:
            return value


def _known_data(known: Known, why: str | None, levels: Sequence[str]) -> dict[str, Any]:
    ends = {end: levels[at] for end, at in (("worst", known.worst), ("best", known.best)) if at is not None}
    return ends | ({"missing": why} if why else {})


# two versions


def compare_report(found: Sequence[Compared], lang: str) -> list[Block]:
    """What changes from the earlier rules to the later, area by area."""
    return [block for compared in found for block in _comparison(compared, lang)]


def _comparison(compared: Compared, lang: str) -> Iterator[Block]:
    words = _Words(compared.policy, compared.plan, lang)
    title = compared.policy.area.title.get(lang)
    days = {"day": compared.policy.day.isoformat(), "before": compared.before.day.isoformat()}
    yield Heading(words.say("against.title", area=title, **days))
    versions = compared.versions
    if versions is None:
        yield Paragraph(words.say("against.too-large", cells=compared.cells), "warning")
        return
    yield Paragraph(words.say("against.same", same=versions.same, cells=versions.cells))
    if versions.shifts:
        columns = tuple(words.say(f"column.{c}") for c in ("before", "now", "cells", "example"))
        shown = versions.shifts[:FEW]
        yield Table(words.say("against.shifts"), columns, tuple(_shift_row(s, compared, words) for s in shown), (2,))
        if len(versions.shifts) > len(shown):
            yield Paragraph(words.say("against.more", count=len(versions.shifts) - len(shown)), "faint")
    yield Points(tuple(_apart(compared, words)))
    if versions.stricter:
        yield Paragraph(words.say("against.sometimes", cells=sum(s.cells for s in versions.stricter)), "warning")
    elif versions.incomparable or versions.unmatched_steps or versions.unmatched_levels:
        yield Paragraph(words.say("against.never-of-comparable"), "warning")
    else:
        yield Paragraph(words.say("against.never"), "strong")


def _apart(compared: Compared, words: _Words) -> Iterator[str]:
    """What the comparison does not cover."""
    versions, before = compared.versions, _Words(compared.before, compared.before_plan, words.lang)
    assert versions is not None
    if versions.only_before:
        yield words.say("against.only-before", names=[before.input(name) for name in versions.only_before])
    if versions.only_after:
        yield words.say("against.only-after", names=[words.input(name) for name in versions.only_after])
    if versions.unmatched_steps:
        yield words.say(
            "against.steps", names=[_either(compared, words, name, "steps") for name in versions.unmatched_steps]
        )
    if versions.unmatched_levels:
        yield words.say(
            "against.levels", names=[_either(compared, words, name, "levels") for name in versions.unmatched_levels]
        )
    if versions.beside:
        yield words.say("against.beside", names=[words.say(f"against.changed.{what}") for what in versions.beside])
    yield words.say("against.of-rules")


def _either(compared: Compared, words: _Words, name: str, what: str) -> str:
    """A step or level by the title of the version that has it."""
    for policy in (compared.policy, compared.before):
        ladder = policy.ladder
        titles = {n: s.title for n, s in ladder.steps.items()} if what == "steps" else ladder.levels
        if name in titles:
            return titles[name].get(words.lang)
    raise AssertionError(name)


def _shift_row(shift: Shift, compared: Compared, words: _Words) -> tuple[str, ...]:
    before = _Words(compared.before, compared.before_plan, words.lang)
    example = "; ".join(
        f"{_input_of(name, compared, words)}: {_value_of(name, v, compared, words)}" for name, v in shift.example
    )
    return (
        _end(before, shift.before, shift.rules[0]), _end(words, shift.after, shift.rules[1]),
        str(written(shift.cells, words.lang)), example,
    )  # fmt: skip


def _end(words: _Words, step: str | None, rule: str | None) -> str:
    if step is None or rule is None:
        return words.say("against.nowhere")
    return words.say("against.place", step=words.step(step), rule=rule)


def _input_of(name: str, compared: Compared, words: _Words) -> str:
    if name == "previous":
        return say(words.lang, "proofs.previous")
    if name == "held":
        return say(words.lang, "proofs.held")
    here = name in compared.policy.area.goals or name in {o.name for o in compared.plan.ladder.outsides}
    return (words if here else _Words(compared.before, compared.before_plan, words.lang)).input(name)


def _value_of(name: str, value: str | None, compared: Compared, words: _Words) -> str:
    """A value of an example in the words of the version that has it."""
    if value is None:
        return "–"
    if value == ANOTHER:
        return words.say("known.another")
    if value in ("true", "false"):
        return say(words.lang, "yes" if value == "true" else "no")
    if name == "previous":
        return _Words(compared.before, compared.before_plan, words.lang).step(value)
    if name in compared.policy.area.goals or name in compared.before.area.goals:
        return _either(compared, words, value, "levels")
    return value


def compare_data(found: Sequence[Compared]) -> dict[str, Any]:
    return {"areas": [_comparison_data(compared) for compared in found]}


def _comparison_data(compared: Compared) -> dict[str, Any]:
    versions = compared.versions
    about: dict[str, Any] = {
        "area": compared.policy.area.area,
        "day": compared.policy.day.isoformat(),
        "before": compared.before.day.isoformat(),
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
    }  # fmt: skip


__all__ = [
    "PROPERTIES",
    "case_name",
    "check_lines",
    "compare_data",
    "compare_report",
    "proof_data",
    "proof_report",
    "saved_report",
    "unsaved_text",
]
