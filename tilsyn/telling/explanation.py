"""One placement, told: what was decided, on which figures and which law, and what would change it.

The explanation is a list of blocks (headings, paragraphs, tables, points) that text, page and
JSON render alike. It reads the working and chooses sentences; it computes nothing. The results of
a regime are told in `results.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tilsyn.catalogue.expressions import refs
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.effects import Duty
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Missing
from tilsyn.engine.working import GoalWorking, Reading
from tilsyn.telling.around import closed_note, heading, made_from
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.origin import about, origin
from tilsyn.telling.quantities import adjustment_notes
from tilsyn.telling.subjects import Explained, ExplainedResults
from tilsyn.telling.words import joined, number, reference_text, say, truncated


def tell(explained: Explained | ExplainedResults, lang: str) -> list[Block]:
    """The whole explanation, of a placement or of results."""
    if isinstance(explained, ExplainedResults):
        from tilsyn.telling.results import tell_results

        return tell_results(explained, lang)
    return [
        *_outcome(explained, lang),
        *_goals(explained, lang),
        *_rule(explained, lang),
        *_means(explained, lang),
        *_moves(explained, lang),
        *about(explained.policy.area, lang),
        *made_from(explained, lang),
    ]


def step_title(policy: Policy, plan: Plan, step: int | None, lang: str) -> str:
    if step is None:
        return say(lang, "no-step")
    return policy.ladder.steps[plan.ladder.steps[step]].title.get(lang)


def level_title(policy: Policy, plan: Plan, rank: int | None, lang: str) -> str:
    return "–" if rank is None else policy.ladder.levels[plan.ladder.levels[rank]].get(lang)


# what came out


def _outcome(x: Explained, lang: str) -> Iterator[Block]:
    p = x.placement
    yield heading(x, lang)
    yield from origin(x.policy, lang)
    before, now = (step_title(x.policy, x.plan, s, lang) for s in (p.start.previous, p.step))
    if p.start.newcomer:
        yield Paragraph(say(lang, "explain.newcomer", step=now, before=before), "strong")
    elif p.step == p.start.previous:
        yield Paragraph(say(lang, "explain.stays-on", step=now), "strong")
    else:
        freer = p.step is not None and p.step < p.start.previous
        yield Paragraph(
            say(lang, "explain.rises-to" if freer else "explain.falls-to", step=now, before=before), "strong"
        )
    yield from closed_note(x, lang)
    yield from _decided(x, lang)
    shown = x.in_force
    if shown is not None:
        yield Paragraph(x.policy.ladder.steps[x.plan.ladder.steps[shown]].text.get(lang))
    yield from (Paragraph(text) for text in reasons(x, lang))
    if x.decided is None and p.state is not None and p.state.in_force != p.step:
        yield Paragraph(
            say(lang, "explain.not-in-force", step=now, in_force=step_title(x.policy, x.plan, p.state.in_force, lang)),
            "warning",
        )


def _decided(x: Explained, lang: str) -> Iterator[Block]:
    """What a person decided about the recommendation, and why."""
    if x.decided is None:
        return
    step = x.plan.ladder.steps.index(x.decided.step)
    key = "explain.decided-as" if step == x.placement.step else "explain.decided"
    about = {"who": x.decided.who, "at": x.decided.at[:10], "because": x.decided.because}
    yield Paragraph(say(lang, key, step=step_title(x.policy, x.plan, step, lang), **about), "strong")


def reasons(x: Explained, lang: str) -> Iterator[str]:
    """Why the placement came out as it did, one sentence per reason in the order they took effect."""
    p, ladder, movement = x.placement, x.plan.ladder, x.plan.ladder.movement
    step = {
        "previous": step_title(x.policy, x.plan, p.start.previous, lang),
        "target": step_title(x.policy, x.plan, p.target, lang),
        "step": step_title(x.policy, x.plan, p.step, lang),
        "point": step_title(x.policy, x.plan, p.ladder.point.step if p.ladder.point else None, lang),
        "freest": step_title(x.policy, x.plan, p.ladder.freest.step if p.ladder.freest else None, lang),
        "strictest": step_title(x.policy, x.plan, p.ladder.strictest.step if p.ladder.strictest else None, lang),
    }
    counts: dict[str, object] = {"held": p.start.held, "absent": p.state.absent if p.state else 0}
    if movement is not None:
        upward = p.target is not None and p.target < p.start.previous
        counts |= {
            "confirm": movement.confirm_up if upward else movement.confirm_down,
            "streak": abs(p.state.streak) if p.state else 0,
            "dwell": movement.dwell[p.start.previous],
            "most": (movement.up if upward else movement.down) or 0,
            "after": movement.lapse_after or 0,
            "to": step_title(x.policy, x.plan, movement.lapse_to, lang) if movement.lapse_to is not None else "",
            "grave": step_title(x.policy, x.plan, movement.grave_step, lang) if movement.grave_step is not None else "",
        }
    counts["covered"] = number(Fraction(100 * p.ladder.covered, p.ladder.applicable or 1), 0, lang)
    counts["coverage"] = number(100 * ladder.coverage, 0, lang)
    for reason in p.reasons:
        yield say(lang, f"movement.{reason}", **step, **counts)
        if reason == "falls" and x.decided is None:
            yield say(lang, "explain.person-decides")
    if "grave" in p.reasons and x.policy.ladder.movement and x.policy.ladder.movement.grave:
        yield x.policy.ladder.movement.grave.because.get(lang)
    if p.grave_unknown:
        yield say(lang, "movement.grave-flag-missing")
    if (
        p.ladder.freest
        and p.ladder.strictest
        and p.ladder.freest.step != p.ladder.strictest.step
        and "in-doubt-stay" not in p.reasons
    ):
        yield say(lang, "explain.range", freest=step["freest"], strictest=step["strictest"])


# goals


def _goals(x: Explained, lang: str) -> Iterator[Block]:
    yield Heading(say(lang, "explain.goals"))
    columns = tuple(
        say(lang, f"column.{c}") for c in ("goal", "own", "figure", "plausible", "level", "levels", "weight")
    )
    rows = tuple(_goal_row(x, goal, lang) for goal in x.placement.goals)
    yield Table(say(lang, "explain.goals-title"), columns, rows, (1, 2, 6))
    notes = [note for goal in x.placement.goals for note in _goal_notes(x, goal, lang)]
    nodes = {node.name: node for node in x.plan.quantities}
    notes += [note for q in x.quantities for note in adjustment_notes(x.policy, nodes[q.name], q, lang)]
    if notes:
        yield Points(tuple(notes))
    columns = tuple(say(lang, f"column.{c}") for c in ("goal", "outcome", "source", "reference"))
    yield Table(
        say(lang, "explain.basis-title"), columns, tuple(_basis_row(x, goal.name, lang) for goal in x.placement.goals)
    )
    heard = x.policy.area.consulted
    yield Points(
        tuple(say(lang, "explain.consulted", who=h.who.get(lang), date=h.date, said=h.said.get(lang)) for h in heard)
    )


def _goal_row(x: Explained, working: GoalWorking, lang: str) -> tuple[str, ...]:
    node = next(g for g in x.plan.goals if g.name == working.name)
    declared = x.policy.area.goals[working.name]
    reading = working.reading
    return (
        f"{declared.title.get(lang)} ({declared.measured_in}{'' if node.higher else say(lang, 'lower-better')})",
        _figure(reading.own, node.decimals, lang),
        _figure(reading.value, node.decimals, lang),
        interval_text(reading, node.decimals, lang),
        level_title(x.policy, x.plan, working.point, lang),
        _level_range(x, working, lang),
        str(node.weight),
    )


def _basis_row(x: Explained, goal: str, lang: str) -> tuple[str, ...]:
    """What the goal is for, the register that its figure comes from, and the law or text that it rests on."""
    declared = x.policy.area.goals[goal]
    sources = joined(sources_of(x, goal), lang) or "–"
    return declared.title.get(lang), declared.outcome.get(lang), sources, reference_text(declared.reference, lang)


def sources_of(x: Explained, goal: str) -> list[str]:
    """The registers that a goal's figures come from."""
    node = next(g for g in x.plan.goals if g.name == goal)
    read = dict.fromkeys(ref.name for ref in refs(node.measure) if ref.name in x.policy.area.indicators)
    return [source.register_ for name in read if (source := x.policy.area.indicators[name].source) is not None]


def _figure(value: Fraction | Missing, decimals: int, lang: str) -> str:
    if isinstance(value, Missing):
        return say(lang, f"missing.{value.reason.word}")
    return number(value, decimals, lang)


def interval_text(reading: Reading, decimals: int, lang: str) -> str:
    """The plausible range of a figure, low to high."""
    if reading.worse is None or reading.better is None or reading.worse == reading.better:
        return "–"
    low, high = sorted((reading.worse, reading.better))
    return f"{number(low, decimals, lang)} … {number(high, decimals, lang)}"


def _level_range(x: Explained, working: GoalWorking, lang: str) -> str:
    if working.worst is None or working.worst == working.best:
        return "–"
    worst, best = (level_title(x.policy, x.plan, rank, lang) for rank in (working.worst, working.best))
    return f"{worst} … {best}"


def _goal_notes(x: Explained, working: GoalWorking, lang: str) -> Iterator[str]:
    declared = x.policy.area.goals[working.name]
    title = declared.title.get(lang)
    value = working.reading.value
    if working.disposition is not None and isinstance(value, Missing):
        yield from _not_there(x, value, working.disposition, title, lang)
    pooled = working.reading.pooled
    if pooled is not None and pooled.word is not None:
        level = level_title(x.policy, x.plan, working.reading.level, lang)
        yield say(lang, "explain.word", goal=title, word=pooled.word, level=level)
    if pooled is not None and len(pooled.periods) > 1:
        labels = [Period(x.period.kind, index).label for index in sorted(pooled.periods)]
        n = f", n = {number(pooled.n, 0, lang)}" if pooled.n is not None else ""
        yield say(lang, "explain.pooled", goal=title, periods=joined(labels, lang), n=n)
    if pooled is not None and pooled.between is not None:
        peers, deviation = pooled.between.peers, pooled.between.deviation
        key = "explain.overdispersed" if deviation else "explain.not-overdispersed"
        yield say(lang, key, goal=title, peers=peers, deviation=number(deviation, 6, lang))
    for member in working.capped_by:
        group = next(g.members[member] for g in x.policy.area.groups.values() if member in g.members)
        equity = declared.equity
        assert equity is not None
        cap = x.policy.ladder.levels[equity.cap].get(lang)
        yield say(lang, "explain.capped", goal=title, group=group.get(lang), cap=cap)
        of_group = working.members[member].value
        if isinstance(of_group, Missing) and of_group.since is not None:
            yield from _not_there(x, of_group, "worst", f"{title} ({group.get(lang)})", lang)
    for effect in declared.side_effects:
        watched = x.watched.get(effect.watch)
        indicator = x.policy.area.indicators[effect.watch]
        shown = "–" if watched is None else _watched(watched, lang)
        yield say(
            lang, "explain.side-effect", risk=effect.risk.get(lang), watch=indicator.title.get(lang), figure=shown
        )


def _not_there(x: Explained, value: Missing, disposition: str, title: str, lang: str) -> Iterator[str]:
    reason = say(lang, f"missing.{value.reason.word}")
    if value.since is None:
        yield say(lang, f"disposition.{disposition}", goal=title, reason=reason)
    else:
        period = Period(x.period.kind, value.since).label
        yield say(lang, "explain.kept-back", goal=title, period=period, reason=reason)


def _watched(value: object, lang: str) -> str:
    match value:
        case Missing(reason):
            return say(lang, f"missing.{reason.word}")
        case Fraction():
            return number(value, 3, lang)
        case bool():
            return say(lang, "yes" if value else "no")
        case _:
            return str(value)


# rule, law, effects


def _rule(x: Explained, lang: str) -> Iterator[Block]:
    working = x.placement.ladder
    yield Heading(say(lang, "explain.rule"))
    if not working.assessed:
        yield Paragraph(say(lang, "explain.no-rule"), "warning")
        return
    if working.score is not None:
        yield Paragraph(
            say(
                lang,
                "explain.score",
                score=truncated(working.score, 1, lang),
                points=working.points,
                weight=working.weight,
            )
        )
    fired = {"point": working.point, "freest": working.freest, "strictest": working.strictest}
    told: set[int] = set()
    rows: list[tuple[str, ...]] = []
    for which, found in fired.items():
        if found is None or (which != "point" and found.rule in told):
            continue
        told.add(found.rule)
        rule = x.policy.ladder.placement.rules[found.rule]
        rows.append(
            (say(lang, f"reading.{which}"), rule.id, step_title(x.policy, x.plan, found.step, lang),
             rule.because.get(lang), reference_text(rule.reference, lang))
        )  # fmt: skip
    columns = tuple(say(lang, f"column.{c}") for c in ("reading", "rule", "step", "because", "reference"))
    yield Table(say(lang, "explain.rules-title"), columns, tuple(rows))


def _means(x: Explained, lang: str) -> Iterator[Block]:
    if x.standing is None:
        return
    now, area = x.standing.in_force, x.policy
    yield Heading(say(lang, "explain.means", step=area.ladder.steps[now.step].title.get(lang)))
    points: list[str] = []
    for right in now.rights:
        declared = area.ladder.rights[right]
        basis = reference_text(declared.reference, lang)
        points.append(
            say(lang, "explain.right", right=declared.title.get(lang), text=declared.text.get(lang), reference=basis)
        )
    for key, supports in (("ordered", now.ordered), ("offered", now.offered)):
        if supports:
            titles = [area.supports[s].title.get(lang) for s in supports]
            points.append(say(lang, f"explain.{key}", supports=joined(titles, lang)))
    often = "explain.visits-yearly" if now.visits.per_years == 1 else "explain.visits"
    points.append(say(lang, often, times=now.visits.times, years=now.visits.per_years))
    if now.relieved:
        freed = now.hours_freed
        uncounted = say(lang, "explain.uncounted", count=len(freed.uncounted)) if freed.uncounted else ""
        hours = number(freed.hours, 0, lang)
        points.append(say(lang, "explain.freed", hours=hours, count=len(now.relieved), uncounted=uncounted))
        points.append(say(lang, "explain.relief-basis", reference=reference_text(now.basis, lang)))
    else:
        points.append(say(lang, "explain.nothing-freed"))
    yield Points(tuple(points))
    if now.relieved or now.added:
        columns = tuple(say(lang, f"column.{c}") for c in ("requirement", "what", "hours", "reference"))
        rows = [_duty_row(x, duty, "relieved", lang) for duty in now.relieved]
        rows += [_duty_row(x, duty, "added", lang) for duty in now.added]
        yield Table(say(lang, "explain.requirements-title"), columns, tuple(rows), (2,))
    protected = sum(1 for duty in now.in_force if duty.protects)
    yield Paragraph(say(lang, "explain.in-force", count=len(now.in_force), protected=protected), "faint")


def _duty_row(x: Explained, duty: Duty, what: str, lang: str) -> tuple[str, ...]:
    return (
        x.policy.requirements.requirements[duty.id].title.get(lang),
        say(lang, f"effect.{what}"),
        say(lang, f"missing.{duty.hours.reason.word}")
        if isinstance(duty.hours, Missing)
        else number(duty.hours, 1, lang),
        reference_text(duty.basis, lang),
    )


# what would move it


def _moves(x: Explained, lang: str) -> Iterator[Block]:
    from tilsyn.telling.moves import tell_moves

    yield Heading(say(lang, "explain.moves"))
    yield from tell_moves(x, lang)
