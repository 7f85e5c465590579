"""What differs between two versions of the rules beside the rule table: goal by goal, and in the ladder.

A table says which levels lead to which step; these say which figures lead to which levels, what a missing figure does
and how one moves. Whether one of them alone is stricter is said only where it holds whatever the figures are: a limit
that asks for more, fewer points, silence that now counts as the worst. More confidence makes both rises and falls
rarer, so it is neither. Nothing is told here; expressions stay expressions, and their words are found by who tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

from msgspec import Struct

from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.nodes import Cut, EvidenceNode, GoalNode, LadderNode, MovementNode, Plan

Side = Literal["at_least", "above", "at_most", "below"]


class Limit(Struct, frozen=True):
    """A boundary of a level as it is declared."""

    side: Side
    bound: Fraction


Shown = str | int | Fraction | Limit | Expr | tuple[str, ...] | None
"""A value before or after; None where there is none."""


class Difference(Struct, frozen=True):
    """One thing that differs: of which goal (None: of the ladder), and of which level, reason, step or name where
    there are several. `stricter` is None where it depends on the figures. `seen`: the comparison by levels shows what
    it does.
    """

    what: str
    goal: str | None
    of: str | None
    before: Shown
    after: Shown
    stricter: bool | None
    seen: bool = False


def differences(
    before: Plan, after: Plan, names: Mapping[str, str], declared: tuple[Ladder, Ladder] | None = None
) -> tuple[Difference, ...]:
    """What differs in goals that both have and in the ladder, the stricter first, then what depends on the figures.
    `names` are the later names of the earlier steps; `declared` both ladders, where what follows from their steps is
    asked too."""
    earlier = {goal.name: goal for goal in before.goals}
    found = [
        d for goal in after.goals if goal.name in earlier for d in _of_goal(earlier[goal.name], before, goal, after)
    ]
    found += [*_of_names(before, after), *_of_ladder(before.ladder, after.ladder, names)]
    found += [*_order(before.ladder, after.ladder, names), *(_of_steps(*declared, names) if declared else ())]
    order = (True, None, False)
    return tuple(sorted(found, key=lambda d: (order.index(d.stricter), d.seen)))


def _changed(
    what: str, before: Shown, after: Shown, *, goal: str | None = None, of: str | None = None,
    stricter: bool | None = None, seen: bool = False,
) -> Iterator[Difference]:  # fmt: skip
    if before != after:
        yield Difference(what, goal, of, before, after, stricter, seen)


# a goal


def _of_goal(one: GoalNode, before: Plan, other: GoalNode, after: Plan) -> Iterator[Difference]:
    name, ours, theirs = other.name, before.ladder.levels, after.ladder.levels
    yield from _changed("measure", one.measure, other.measure, goal=name)
    yield from _changed("applies_when", one.applies_when, other.applies_when, goal=name)
    yield from _changed("better", _way(one), _way(other), goal=name)
    yield from _changed("decimals", one.decimals, other.decimals, goal=name)
    yield from _limits(one, ours, other, theirs)
    yield from _evidence(one, ours, other, theirs)
    yield from _equity(one, ours, other, theirs)
    points = [{levels[rank]: g.points_of(rank) for rank in g.ranks} for g, levels in ((one, ours), (other, theirs))]
    for level in (level for level in points[1] if level in points[0]):
        old, new = points[0][level], points[1][level]
        yield from _changed("points", old, new, goal=name, of=level, stricter=new < old, seen=True)
    yield from _changed("weight", one.weight, other.weight, goal=name, seen=True)


def _way(goal: GoalNode) -> str:
    return "higher" if goal.higher else "lower"


def _limits(one: GoalNode, ours: tuple[str, ...], other: GoalNode, theirs: tuple[str, ...]) -> Iterator[Difference]:
    if _given(one) and _given(other):
        return
    old, new = ({levels[cut.rank]: cut for cut in g.cuts} for g, levels in ((one, ours), (other, theirs)))
    for level in reversed([*dict.fromkeys((*old, *new))]):
        a, b = old.get(level), new.get(level)
        stricter = _asks(b, other) > _asks(a, one) if a and b and one.higher == other.higher else None
        limits = _limit(a, one), _limit(b, other)
        yield from _changed("limit", *limits, goal=other.name, of=level, stricter=stricter)


def _given(goal: GoalNode) -> bool:
    """Whether the measure is a level already, so that its limits are the levels' own places."""
    return all(cut.bound == cut.rank and cut.inclusive for cut in goal.cuts)


def _asks(cut: Cut, goal: GoalNode) -> tuple[Fraction, bool]:
    """How much a limit asks for, which can be compared with that of another."""
    return (cut.bound if goal.higher else -cut.bound), not cut.inclusive


def _limit(cut: Cut | None, goal: GoalNode) -> Limit | None:
    if cut is None:
        return None
    sides: dict[tuple[bool, bool], Side] = {
        (True, True): "at_least", (True, False): "above", (False, True): "at_most", (False, False): "below",
    }  # fmt: skip
    return Limit(sides[goal.higher, cut.inclusive], cut.bound)


def _evidence(one: GoalNode, ours: tuple[str, ...], other: GoalNode, theirs: tuple[str, ...]) -> Iterator[Difference]:
    name, a, b = other.name, one.evidence, other.evidence
    if a is None or b is None:
        methods = tuple(e.method if e is not None else None for e in (a, b))
        yield from _changed("method", *methods, goal=name)
        return
    for field, what in EVIDENCE.items():
        old, new = getattr(a, field), getattr(b, field)
        if field == "words":
            old, new = _words(a, ours), _words(b, theirs)
        elif field == "overdispersion":
            old, new = _overdispersion(a), _overdispersion(b)
        yield from _changed(what, old, new, goal=name)


EVIDENCE = {
    "method": "method", "indicator": "source", "up": "confidence_up", "down": "confidence_down", "pool": "pool",
    "at_least_n": "at_least_n", "at_least_n_each": "at_least_n_each", "sd_floor": "sd_floor",
    "word_from": "word_from", "words": "words", "overdispersion": "overdispersion",
}  # fmt: skip
"""Everything about evidence, and what it is called here."""


def _words(evidence: EvidenceNode, levels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{word.word}: {levels[word.worst]} – {levels[word.best]}" for word in evidence.words)


def _overdispersion(evidence: EvidenceNode) -> tuple[str, ...]:
    extra = evidence.overdispersion
    if extra is None:
        return ()
    how = "winsorise" if extra.winsorise else "trim"
    return f"centre {float(extra.centre):g}", f"{how} {float(100 * extra.ends):g} %"


def _equity(one: GoalNode, ours: tuple[str, ...], other: GoalNode, theirs: tuple[str, ...]) -> Iterator[Difference]:
    name, a, b = other.name, one.equity, other.equity
    if a is None or b is None:
        members = tuple(equity.members if equity is not None else None for equity in (a, b))
        yield from _changed("equity", *members, goal=name, stricter=b is not None)
        return
    more, fewer = set(b.members) - set(a.members), set(a.members) - set(b.members)
    stricter = None if more and fewer else bool(more)
    yield from _changed("equity", tuple(sorted(a.members)), tuple(sorted(b.members)), goal=name, stricter=stricter)
    for what, end in (("no_worse_than", 1), ("cap", -1)):
        old, new = (levels[int(getattr(e, what))] for e, levels in ((a, ours), (b, theirs)))
        ranks = (theirs.index(old) if old in theirs else None), theirs.index(new)
        stricter = None if ranks[0] is None else end * ranks[1] > end * ranks[0]
        yield from _changed(what, old, new, goal=name, stricter=stricter)


# what goals read


def _of_names(before: Plan, after: Plan) -> Iterator[Difference]:
    """Quantities and indicators of the same name that are not the same."""
    for what, ours, theirs in (
        ("quantity", before.quantities, after.quantities),
        ("indicator", before.indicators, after.indicators),
    ):
        earlier = {node.name: node for node in ours}
        for node in theirs:
            if node.name in earlier and earlier[node.name] != node:
                yield Difference(what, None, node.name, None, None, None)


# the ladder

WORST = "worst"


def _of_ladder(ours: LadderNode, theirs: LadderNode, names: Mapping[str, str]) -> Iterator[Difference]:
    for reason, old in ours.missing:
        new = theirs.disposition(reason)
        stricter = None if WORST not in (old, new) else new == WORST
        yield from _changed("missing", old, new, of=reason.word, stricter=stricter)
    yield from _changed("coverage", ours.coverage, theirs.coverage)
    first, later = (_step(ladder, ladder.initial, names if ladder is ours else {}) for ladder in (ours, theirs))
    yield from _changed("initial", first, later, stricter=_further(first, later, theirs))
    a, b = ours.movement, theirs.movement
    if a is None or b is None:
        yield from _changed("movement", *(None if m is None else "some" for m in (a, b)))
        return
    yield from _limits_of_moving(a, b)
    yield from _dwell(a, ours, b, theirs, names)
    yield from _floors(a, ours, b, theirs, names)


def _order(ours: LadderNode, theirs: LadderNode, names: Mapping[str, str]) -> Iterator[Difference]:
    """The steps that both have, each in its own order, freest first; who keeps a step may stand stricter all the
    same."""
    old = tuple(step for step in ours.steps if step in names)
    new = tuple(step for step in theirs.steps if step in names.values())
    if tuple(names[step] for step in old) != new:
        yield Difference("order", None, None, old, new, None)


def _of_steps(ours: Ladder, theirs: Ladder, names: Mapping[str, str]) -> Iterator[Difference]:
    """What follows from a step: less of what is good, or more of what is a burden, is stricter."""
    for name, step in ours.steps.items():
        if name not in names:
            continue
        later = theirs.steps[names[name]]
        visits = [Fraction(s.visits.times, s.visits.per_years) for s in (step, later)]
        yield from _changed("visits", *visits, of=names[name], stricter=visits[1] > visits[0])
        yield from _lists("rights", tuple(step.rights), tuple(later.rights), names[name], good=True)
        relieved = [(*s.relieves.kinds, *s.relieves.requirements) if s.relieves else () for s in (step, later)]
        yield from _lists("relieves", relieved[0], relieved[1], names[name], good=True)
        added = [tuple(s.adds.requirements) if s.adds else () for s in (step, later)]
        yield from _lists("adds", added[0], added[1], names[name], good=False)


def _lists(what: str, old: tuple[str, ...], new: tuple[str, ...], of: str, *, good: bool) -> Iterator[Difference]:
    if {*old} != {*new}:
        stricter = good if {*new} < {*old} else not good if {*new} > {*old} else None
        yield Difference(what, None, of, old, new, stricter)


def _step(ladder: LadderNode, step: int | None, names: Mapping[str, str]) -> str | None:
    """A step by its later name."""
    return None if step is None else names.get(ladder.steps[step], ladder.steps[step])


def _further(old: str | None, new: str | None, theirs: LadderNode) -> bool | None:
    """Whether one step is stricter than another; None where only one version has it."""
    if old not in theirs.steps or new not in theirs.steps:
        return None
    return theirs.steps.index(new) > theirs.steps.index(old)


NO_LIMIT = 1_000


def _limits_of_moving(a: MovementNode, b: MovementNode) -> Iterator[Difference]:
    """How far and how soon one moves: less upwards is stricter, and more downwards."""
    for what, more_is_stricter in (("up", False), ("down", True), ("confirm_up", True), ("confirm_down", False)):
        old, new = getattr(a, what), getattr(b, what)
        more = (NO_LIMIT if new is None else new) > (NO_LIMIT if old is None else old)
        yield from _changed(what, old, new, stricter=more == more_is_stricter)
    doubt = tuple("point" if m.point_only else "range" for m in (a, b))
    yield from _changed("doubt", *doubt)
    yield from _changed("undecided", a.undecided, b.undecided)


def _dwell(
    a: MovementNode, ours: LadderNode, b: MovementNode, theirs: LadderNode, names: Mapping[str, str]
) -> Iterator[Difference]:
    old = {_step(ours, step, names): held for step, held in enumerate(a.dwell)}
    for step, held in enumerate(b.dwell):
        name = theirs.steps[step]
        yield from _changed("dwell", old.get(name, 0), held, of=name, stricter=held > old.get(name, 0))


def _floors(
    a: MovementNode, ours: LadderNode, b: MovementNode, theirs: LadderNode, names: Mapping[str, str]
) -> Iterator[Difference]:
    """What silence and what is grave lead to."""
    sooner = (b.lapse_after or NO_LIMIT) < (a.lapse_after or NO_LIMIT)
    yield from _changed("lapse_after", a.lapse_after, b.lapse_after, stricter=sooner)
    if a.lapse_after is not None and b.lapse_after is not None:
        old, new = _step(ours, a.lapse_to, names), _step(theirs, b.lapse_to, {})
        yield from _changed("lapse_to", old, new, stricter=_further(old, new, theirs))
    new_one = b.grave_when is not None
    changed = None if a.grave_when is not None and new_one else new_one
    yield from _changed("grave_when", a.grave_when, b.grave_when, stricter=changed)
    if a.grave_step is not None and b.grave_step is not None:
        old, new = _step(ours, a.grave_step, names), _step(theirs, b.grave_step, {})
        yield from _changed("grave_step", old, new, stricter=_further(old, new, theirs))


__all__ = ["Difference", "Limit", "Shown", "differences"]
