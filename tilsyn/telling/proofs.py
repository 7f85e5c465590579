"""What was proved of a ladder, in sentences and as data: its properties, and the institutions that break them.

A counterexample is told as an institution with levels, not as a formula: where it stands, what is known of it, where
that leads, and by which rules. Nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from tilsyn.engine.movement import start_of
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Missing, Value
from tilsyn.studies.outcomes import Known
from tilsyn.studies.proofs import PROPERTIES, Property, Verdict
from tilsyn.studies.silence import Withheld
from tilsyn.studies.stories import Story, Year
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.proof_words import ProofWords
from tilsyn.telling.subjects import Proved, Saved, Unsaved
from tilsyn.telling.words import command, joined, number, say

# what was proved


def proof_report(found: Sequence[Proved], lang: str, policy: Path | None = None) -> list[Block]:
    """Every property of every area, and what breaks those that fail; `policy` is the folder that was named."""
    blocks: list[Block] = []
    for proved in found:
        blocks += _of_area(proved, lang, policy)
    if any(all(v.outcome != "undecided" for v in proved.verdicts) for proved in found if proved.verdicts):
        blocks.append(Paragraph(say(lang, "proofs.about"), "faint"))
    return [*blocks, *_sum(found, lang)]


def _of_area(proved: Proved, lang: str, policy: Path | None) -> list[Block]:
    title = proved.policy.area.title.get(lang)
    if proved.policy.is_regime:
        return [Heading(title), Paragraph(say(lang, "proofs.no-ladder", area=title))]
    words = ProofWords(proved.policy, proved.plan, lang)
    days = tuple(day.isoformat() for day in proved.days)
    columns = tuple(words.say(f"proofs.column.{c}") for c in ("promise", "verdict", "time"))
    rows = tuple(
        (
            v.property,
            words.say(f"proofs.promise.{v.property}"),
            _verdict(v, words),
            f"{number(1000 * v.seconds, 0, lang)} ms",
        )
        for v in proved.verdicts
    )
    blocks: list[Block] = [
        Heading(words.say("proofs.of-days", area=title, days=days)), Table("", ("", *columns), rows, (3,))
    ]  # fmt: skip
    for verdict in proved.verdicts:
        if verdict.outcome == "fails":
            blocks += _broken(verdict, words)
    open_ = dict.fromkeys(_undecided(verdict, words) for verdict in proved.verdicts if verdict.outcome == "undecided")
    blocks += [Paragraph(text, "warning") for text in open_]
    blocks += _disregards_doubt([proved], lang, policy)
    if any(goal.evidence is not None and goal.evidence.pool > 1 for goal in proved.plan.goals):
        blocks.append(Paragraph(words.say("proofs.pooled"), "faint"))
    if any((v.property, v.outcome) == ("P8", "holds") for v in proved.verdicts):
        blocks.append(Paragraph(words.say("proofs.kept-back"), "faint"))
    quantities = [words.input(o.name) for o in proved.plan.ladder.outsides if o.type != "flag"]
    return [*blocks, *([Paragraph(words.say("proofs.free-inputs", inputs=quantities), "faint")] if quantities else [])]


def _sum(found: Sequence[Proved], lang: str) -> Iterator[Block]:
    """Which properties fail or are undecided, and where; or that every one holds."""
    everything = True
    for outcome in ("fails", "undecided"):
        which = [
            f"{_called(proved, found, lang)} {joined(properties, lang)}"
            for proved in found
            if (properties := [v.property for v in proved.verdicts if v.outcome == outcome])
        ]
        if which:
            everything = False
            yield Paragraph(say(lang, f"proofs.sum.{outcome}", which="; ".join(which)), "warning")
    ladders = [proved for proved in found if proved.verdicts]
    if everything and all(v.outcome == "holds" for proved in ladders for v in proved.verdicts):
        yield from [Paragraph(say(lang, "proofs.sum.holds"), "strong")] if ladders else []
    elif everything:
        for proved in ladders:
            told = "; ".join(_those(proved, lang))
            yield Paragraph(say(lang, "proofs.sum.but", area=_called(proved, found, lang), told=told), "strong")


def _verdict(verdict: Verdict, words: ProofWords) -> str:
    about = verdict.about
    match verdict.property, verdict.outcome:
        case "P4", "holds":
            return words.say("proofs.periods", periods=about["periods"], step=words.step(str(about["step"])))
        case "P3", "holds" if "by_emergency" in about:
            return words.say("proofs.by-emergency", steps=[words.step(step) for step in _names(about["by_emergency"])])
        case _, "not-applicable":
            return words.say("proofs.outcome.not-applicable", why=words.say(f"proofs.inapplicable.{about['why']}"))
        case _:
            return words.say(f"proofs.outcome.{verdict.outcome}")


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, tuple) else ()  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]


def _undecided(verdict: Verdict, words: ProofWords) -> str:
    about: dict[str, object] = {k: v for k, v in verdict.about.items() if k != "why"}
    about |= {k: [words.input(name) for name in _names(about[k])] for k in ("names", "figures") if k in about}
    return words.say(f"proofs.undecided.{verdict.about['why']}", **about)


def _broken(verdict: Verdict, words: ProofWords) -> list[Block]:
    """What breaks a property: the institution in a sentence, its years where there are several, and its rules."""
    head = Paragraph(f"{verdict.property} {words.say('proofs.outcome.fails')}", "warning")
    told = Paragraph(" ".join(_sentences(verdict, words)))
    rules = {rule for story in verdict.stories for year in story.years for rule in year.rules}
    because = tuple(words.because(rules))
    return [head, told, *_years(verdict, words), *([Points(because)] if because else [])]


def _sentences(verdict: Verdict, words: ProofWords) -> Iterator[str]:
    about, stories = verdict.about, verdict.stories
    match verdict.property:
        case "P1" | "P2" as name:
            goal = str(about["goal"])
            axis = next(n for n, g in enumerate(words.plan.goals) if g.name == goal)
            yield _one_year(stories[0], words)
            level = words.known(axis, stories[1].years[0])
            yield words.say(f"proofs.instead.{name}", goal=words.input(goal), level=level, **_then(stories[1], words))
        case "P3":
            yield words.say("proofs.broken.P3", steps=[words.step(step) for step in _names(about["steps"])])
        case "P4":
            args = {"who": words.who(stories[0]), "known": words.all_known(stories[0].years[0])}
            yield words.say("proofs.broken.P4", **args, step=words.step(str(about["step"])))
        case "P5":
            declared = words.policy.requirements.requirements
            duties = [declared[name].title.get(words.lang) for name in _names(about["requirements"])]
            initial = words.step_at(words.plan.ladder.initial)
            yield words.say(
                "proofs.broken.P5", step=words.step(str(about["step"])), requirements=duties, initial=initial
            )
        case "P6":
            declared_rights = words.policy.ladder.rights
            rights = [
                declared_rights[name].title.get(words.lang)
                for name in words.policy.ladder.steps[str(about["step"])].rights
            ]
            yield words.say(
                "proofs.broken.P6", rule=about["rule"], step=words.step(str(about["step"])), rights=rights,
                input=words.input(str(about["input"])),
                indicators=[words.input(name) for name in _names(about["indicators"])],
            )  # fmt: skip
            yield from _with_and_without(verdict, words)
        case "P7" if "ordinary" in about:
            steps = {name: words.step(str(about[name])) for name in ("step", "ordinary")}
            yield words.say("proofs.broken.P7-mild", **steps)
        case "P7":
            yield words.say("proofs.broken.P7", step=words.step(str(about["step"])))
            yield _one_year(stories[0], words)
        case "P8":
            yield from _parted(verdict, words)
        case "P9":
            yield words.say(
                "proofs.broken.P9", goal=words.input(str(about["goal"])), reason=words.reason(str(about["reason"])),
                step=words.step(str(about["step"])), period=len(stories[0].years),
            )  # fmt: skip
        case "P10":
            args = {"who": words.who(stories[0]), "known": words.all_known(stories[0].years[0])}
            yield words.say("proofs.broken.P10", **args)


def _one_year(story: Story, words: ProofWords) -> str:
    year = story.years[0]
    return words.say(
        "proofs.story", who=words.who(story), known=words.all_known(year), ends=words.ends(story, "ends"),
        rules=words.rules(year),
    )  # fmt: skip


def _with_and_without(verdict: Verdict, words: ProofWords) -> Iterator[str]:
    """Two institutions of one year each that differ in figures which are no outcomes."""
    without, with_ = verdict.stories
    if len(without.years) == 1:
        yield _one_year(without, words)
        indicators = [words.input(name) for name in _names(verdict.about["indicators"])]
        known = words.all_known(with_.years[0])
        yield words.say("proofs.instead.P6", indicators=indicators, known=known, **_then(with_, words))


def _then(story: Story, words: ProofWords) -> dict[str, str]:
    return {"then": words.ends(story, "then"), "rules": words.rules(story.years[0])}


def _kept_back(verdict: Verdict) -> tuple[tuple[Withheld, ...], ...]:
    found = verdict.about.get("kept_back")
    return found if isinstance(found, tuple) else ()  # pyright: ignore[reportUnknownVariableType]


def _parted(verdict: Verdict, words: ProofWords) -> Iterator[str]:
    honest, silent = verdict.stories
    kept = dict.fromkeys(words.figure(withheld) for year in _kept_back(verdict) for withheld in year)
    figures = joined(kept, words.lang)
    if len(honest.years) == 1:
        yield _one_year(honest, words)
        yield words.say("proofs.instead.P8", figures=figures, **_then(silent, words))
        yield from _ceilings(verdict, words)
        return
    last = len(honest.years)
    steps = [words.step_at(story.years[-1].step or 0) for story in (honest, silent)]
    yield words.say("proofs.broken.P8", figures=figures, period=last, honest=steps[0], silent=steps[1])
    yield from _ceilings(verdict, words)


def _ceilings(verdict: Verdict, words: ProofWords) -> Iterator[str]:
    """How a group's figure that is kept back had held its goal's level down."""
    honest, _ = verdict.stories
    told: dict[str, None] = {}
    for year, kept in zip(honest.years, _kept_back(verdict), strict=True):
        for withheld in kept:
            axis = next((n for n, goal in enumerate(words.plan.goals) if goal.name == withheld.name), None)
            equity = None if axis is None else words.plan.goals[axis].equity
            if axis is None or equity is None or withheld.of == "goal":
                continue
            best, ranks, levels = year.known[axis].best, words.plan.goals[axis].ranks, words.plan.ladder.levels
            if best is not None and ranks[best] <= equity.cap:
                least, cap = (words.level(levels[rank]) for rank in (equity.no_worse_than, equity.cap))
                told[words.say("proofs.ceiling", goal=words.input(withheld.name), least=least, cap=cap)] = None
    yield from told


def _years(verdict: Verdict, words: ProofWords) -> list[Block]:
    """Several periods as a table, a column for each."""
    if not verdict.stories or len(verdict.stories[0].years) < 2:
        return []
    first, *others = verdict.stories
    axes = range(len(first.years[0].known))
    rows = [(words.input(words.name(axis)), *(words.known(axis, year) for year in first.years)) for axis in axes]
    if any(year.grave for year in first.years):
        rows.append((words.say("proofs.grave"), *(say(words.lang, "yes" if y.grave else "no") for y in first.years)))
    if any(year.happening.decided for year in first.years):
        told = [say(words.lang, "yes" if y.happening.decided else "no") for y in first.years]
        rows.append((words.say("proofs.decided"), *told))
    if others:
        kept = [joined([words.figure(w) for w in year], words.lang) or "–" for year in _kept_back(verdict)]
        rows += [(words.say("proofs.row.kept-back"), *kept)] if kept else []
        rows += [*_course(first, "honest", words), *_course(others[0], "silent", words)]
    else:
        rows += _course(first, "alone", words)
    periods = tuple(words.say("proofs.period", number=n) for n in range(1, len(first.years) + 1))
    who = words.who(first)
    return [Table(f"{words.say('proofs.year-by-year')}: {who}", ("", *periods), tuple(rows))]


def _course(story: Story, whose: str, words: ProofWords) -> list[tuple[str, ...]]:
    """The step, the rules and the reasons of each period."""
    steps = [words.step_at(year.step) if year.step is not None else "–" for year in story.years]
    rules = [", ".join(year.rules) or "–" for year in story.years]
    why = [", ".join(say(words.lang, f"short.{reason}") for reason in year.because) for year in story.years]
    return [
        (words.say(f"proofs.row.{whose}.step"), *steps),
        (words.say(f"proofs.row.{whose}.rules"), *rules),
        (words.say(f"proofs.row.{whose}.why"), *why),
    ]


# saved counterexamples


def saved_report(saved: Saved, lang: str, policy: Path | None = None) -> list[Block]:
    """What was written and what to do with it, and why the rest could not be; `policy` is the folder that was named."""
    points = tuple(unsaved_text(one, lang) for one in saved.unsaved)
    rest: list[Block] = [Points(points)] if points else []
    if not saved.cases:
        return [Paragraph(say(lang, "proofs.saved-none", file=saved.file)), *rest]
    files = [f"`{file}`" for file in saved.areas]
    return [
        Paragraph(say(lang, "proofs.saved", count=saved.cases, file=saved.file), "strong"),
        Paragraph(say(lang, "proofs.saved-where", areas=files, command=command("test", policy))),
        Paragraph(say(lang, "proofs.saved-today")),
        *rest,
    ]


def saved_data(saved: Saved, lang: str) -> dict[str, Any]:
    return {
        "saved": str(saved.file) if saved.cases else None,
        "cases": saved.cases,
        "unsaved": [unsaved_text(one, lang) for one in saved.unsaved],
    }


def unsaved_text(one: Unsaved, lang: str) -> str:
    words = ProofWords(one.proved.policy, one.proved.plan, lang)
    args: dict[str, object] = {"area": one.proved.policy.area.title.get(lang), "property": one.property}
    return words.say(f"proofs.unsaved.{one.code}", **args, name=words.input(one.name) if one.name else "")


TWINS: dict[Property, tuple[str, str]] = {
    "P1": ("as-is", "better"),
    "P2": ("as-is", "wider"),
    "P6": ("as-is", "changed"),
    "P8": ("honest", "silent"),
}
"""What tells the two institutions of a property apart."""


def case_name(property_: Property, story: int, period: int, periods: int, lang: str) -> str:
    """What a saved case is called: the property, which of its institutions, and which of its periods."""
    parts = [say(lang, f"proofs.case.{TWINS[property_][story]}")] if property_ in TWINS else []
    parts += [say(lang, "proofs.case.period", period=period, periods=periods)] if periods > 1 else []
    promise = say(lang, f"proofs.promise.{property_}")
    return say(lang, "proofs.case.name", which=", ".join((property_, *parts)), promise=promise)


# in `check`


def check_lines(found: Sequence[Proved], lang: str, policy: Path | None = None) -> list[Block]:
    """A line for each area with a ladder of a folder: which properties hold, which do not, and which were not tried;
    and which ladders disregard doubt. `policy` is the folder where it was named, for what can be copied."""
    ladders = [proved for proved in found if not proved.policy.is_regime]
    lines = dict.fromkeys(_check_line(proved, found, lang, policy) for proved in ladders)
    return [*([Points(tuple(lines))] if lines else []), *_disregards_doubt(ladders, lang, policy)]


def _check_line(proved: Proved, found: Sequence[Proved], lang: str, policy: Path | None) -> str:
    told = [*_those(proved, lang)]
    if any(v.outcome in ("fails", "undecided") for v in proved.verdicts):
        told.append(say(lang, "proofs.check.see", command=command(f"prove {proved.policy.area.area}", policy)))
    return say(lang, "proofs.check.line", area=_called(proved, found, lang), told="; ".join(told))


def _those(proved: Proved, lang: str) -> Iterator[str]:
    """Which properties have which outcome, what is worst first; why those were not tried that are not relevant."""
    for outcome in ("fails", "undecided", "holds"):
        properties = [v.property for v in proved.verdicts if v.outcome == outcome]
        if properties:
            yield say(lang, f"proofs.those.{outcome}", properties=spans(properties))
    for verdict in proved.verdicts:
        if verdict.outcome == "not-applicable":
            why = say(lang, f"proofs.inapplicable.{verdict.about['why']}")
            yield say(lang, "proofs.those.not-applicable", properties=verdict.property, why=why)


def spans(properties: Sequence[str]) -> str:
    """Properties in short, three and more in a row as a span.

    >>> spans(["P1", "P3", "P4", "P5", "P9", "P10"])
    'P1, P3–P5, P9, P10'
    """
    rows: list[list[str]] = []
    for name in properties:
        if rows and PROPERTIES.index(name) == PROPERTIES.index(rows[-1][-1]) + 1:
            rows[-1].append(name)
        else:
            rows.append([name])
    return ", ".join(part for row in rows for part in (row if len(row) < 3 else [f"{row[0]}–{row[-1]}"]))


def _called(proved: Proved, found: Sequence[Proved], lang: str) -> str:
    """An area, with the days of its rules where several of its rule sets are told of."""
    title = proved.policy.area.title.get(lang)
    if sum(other.policy.name == proved.policy.name for other in found) < 2:
        return title
    return say(lang, "proofs.check.from-day", area=title, days=[day.isoformat() for day in proved.days])


def _disregards_doubt(found: Sequence[Proved], lang: str, policy: Path | None) -> Iterator[Paragraph]:
    """Which areas have a ladder that reads figures as if they were certain."""
    areas = {
        proved.policy.area.area: proved.policy.area.title.get(lang)
        for proved in found
        if (movement := proved.plan.ladder.movement) is not None and movement.point_only
    }
    if areas:
        look = command(f"simulate {next(iter(areas))}", policy)
        yield Paragraph(say(lang, "proofs.point-only", areas=[*areas.values()], command=look), "warning")


# as data


def proof_data(found: Sequence[Proved]) -> dict[str, Any]:
    """Every verdict by area, with its stories in declared names."""
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
        "decided": year.happening.decided,
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
