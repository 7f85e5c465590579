"""Two placements of the same institutions by two sets of rules, held against each other: who moves, and what it means.

It is given what was placed and counts; which figures, which periods and whose rules is decided elsewhere, and nothing
is placed here but the few whose nearness to an edge is asked about. Steps are matched by name, or by the name that the
later rules say they had before. How strict a step is follows from the later rules' order. What is told of burdens is
told twice, since a fall takes effect only when a person has decided it: as it is in force by itself, and as it would be
if every recommendation were followed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import fsum
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine.effects import effects, hours_each, hours_in_force
from tilsyn.engine.nodes import GoalNode, Plan
from tilsyn.studies.counterfactual import Case, Change, single
from tilsyn.studies.versions import renamed

if TYPE_CHECKING:
    from tilsyn.engine.exact import Exact
    from tilsyn.engine.working import Placement

Basis = Literal["followed", "by-itself"]
"""Every recommendation followed, or what takes effect by itself: relief at once, a burden only once it is decided."""

COLUMN: dict[Basis, str] = {"followed": "step", "by-itself": "in_force"}

FIFTHS = 5
"""Parts of equal numbers that institutions are divided into by size."""

NEAREST = 10
"""Institutions that are named as nearest to an edge."""

READ = 400
"""Institutions that are read exactly in search of the nearest; a search that needs more says so."""


class Side(Struct, frozen=True):
    """What one set of rules made of the institutions: the frame of a placement, with its ladder and register."""

    ladder: Ladder
    register: Requirements
    frame: pl.DataFrame


class Flow(Struct, frozen=True):
    """How many go from a step to a step (None: no step). `further` is how many steps stricter (+) or freer (-), None
    where the first is not there in the later rules or one of them is no step at all."""

    before: str | None
    after: str | None
    further: int | None
    count: int

    @property
    def same(self) -> bool:
        """Whether nothing is moved; nobody who has no step under either has moved."""
        return self.further == 0 or (self.before is None and self.after is None)


class Tally(Struct, frozen=True):
    """How many come to a freer step, to a stricter one, and to one that can't be compared, of how many."""

    count: int
    freer: int
    stricter: int
    apart: int

    @property
    def moved(self) -> int:
        return self.freer + self.stricter + self.apart


class Mover(Struct, frozen=True):
    """An institution that stands elsewhere, with the reasons of the later placement and the hours a year that its
    requirements take more (+) or less (-) if the recommendation is followed; None where they can't be counted."""

    institution: str
    name: str | None
    before: str | None
    after: str | None
    further: int | None
    reasons: tuple[str, ...]
    hours: float | None


class Hours(Struct, frozen=True):
    """Hours a year of the requirements in force under both, over those where they can be counted under both; the others
    are `uncounted`."""

    before: float
    after: float
    uncounted: int

    @property
    def change(self) -> float:
        return self.after - self.before


class Part(Struct, frozen=True):
    """Some of the institutions: those with one value of a text (None: none), or a fifth of them by size (`least` and
    `most` the sizes in it; None where no size is known)."""

    value: str | None
    tally: Tally
    hours: Hours
    least: float | None = None
    most: float | None = None


class DutyMoved(Struct, frozen=True):
    """A requirement that is lifted from some institutions or put on some, and the hours a year that it is more or less
    for them; `uncounted` of them have no size to count by."""

    requirement: str
    lifted: int
    imposed: int
    hours: float
    uncounted: int


class RightMoved(Struct, frozen=True):
    """A right that some gain or lose."""

    right: str
    gained: int
    lost: int


class Weighed(Struct, frozen=True):
    """One period under both sets of rules. `parts` and `sizes` only where there is something to divide by."""

    flows: tuple[Flow, ...]
    tally: Tally
    movers: tuple[Mover, ...]
    hours: Mapping[Basis, Hours]
    duties: Mapping[Basis, tuple[DutyMoved, ...]]
    rights: Mapping[Basis, tuple[RightMoved, ...]]
    parts: tuple[Part, ...]
    sizes: tuple[Part, ...]


def weigh(before: Side, after: Side, *, by: str | None = None, size: str | None = None) -> Weighed:
    """One period under two sets of rules; `by` is the text and `size` the number among the attributes of the earlier
    placement that institutions are divided by. Both frames have the same institutions."""
    names = renamed(before.ladder.steps, after.ladder)
    places = {step: place for place, step in enumerate(after.ladder.steps)}
    rows = _joined(before, after, by, size)

    def further(old: str | None, new: str | None) -> int | None:
        old = None if old is None else names.get(old)
        return None if old is None or new is None else places[new] - places[old]

    movers = [
        Mover(r["institution"], r["name"], r["before"], r["after"], further(r["before"], r["after"]),
              tuple(r["reasons"].split("+")) if r["reasons"] else (), r["change followed"])
        for r in rows.to_dicts()
        if further(r["before"], r["after"]) != 0 and (r["before"], r["after"]) != (None, None)
    ]  # fmt: skip
    movers.sort(key=lambda m: (m.further is None, -abs(m.further or 0), m.institution))
    flows = tuple(_flows(rows, before.ladder, after.ladder, further))
    bases: tuple[Basis, ...] = ("followed", "by-itself")
    return Weighed(
        flows,
        _tally(flows),
        tuple(movers),
        {basis: _hours(rows, basis) for basis in bases},
        {basis: tuple(_duties(rows, before, after, basis)) for basis in bases},
        {basis: tuple(_rights(rows, before.ladder, after.ladder, basis)) for basis in bases},
        tuple(_by_text(rows, before.ladder, after.ladder, further)) if by is not None else (),
        tuple(_by_size(rows, before.ladder, after.ladder, further)) if size is not None else (),
    )


Further = Callable[[str | None, str | None], int | None]


def _joined(before: Side, after: Side, by: str | None, size: str | None) -> pl.DataFrame:
    """A row per institution with the steps, the hours and the burdens of both; `sizes` of each side beside it."""
    sides: list[pl.DataFrame] = []
    for side, name in ((before, "before"), (after, "after")):
        frame = _in_force(side.frame)
        own = [
            pl.col("institution"), pl.col("step").alias(name), pl.col("in_force").alias(f"{name} by-itself"),
            hours_in_force(side.ladder, side.register, frame, step="step").alias(f"{name} hours followed"),
            hours_in_force(side.ladder, side.register, frame, step="in_force").alias(f"{name} hours by-itself"),
            *(hours_each(r.burden, frame).alias(f"{name} of {key}") for key, r in side.register.requirements.items()),
        ]  # fmt: skip
        if name == "before":
            own += [pl.col("name"), *([pl.col(by).alias("by")] if by else [])]
            own += [pl.col(size).cast(pl.Float64()).alias("size")] if size else []
        else:
            own += [pl.col("reasons")]
        sides.append(frame.select(own))
    rows = sides[0].join(sides[1], on="institution", how="inner", validate="1:1").sort("institution")
    assert rows.height == before.frame.height == after.frame.height, "both placed the same institutions"
    return rows.with_columns(
        (pl.col(f"after hours {basis}") - pl.col(f"before hours {basis}")).alias(f"change {basis}") for basis in COLUMN
    )


def _in_force(frame: pl.DataFrame) -> pl.DataFrame:
    """Without movement nothing awaits a decision, and the step is in force."""
    return frame if "in_force" in frame.columns else frame.with_columns(pl.col("step").alias("in_force"))


def _flows(rows: pl.DataFrame, before: Ladder, after: Ladder, further: Further) -> Iterator[Flow]:
    counts = {(r[0], r[1]): r[2] for r in rows.group_by("before", "after").len().rows()}
    for old in (*before.steps, None):
        for new in (*after.steps, None):
            if count := counts.get((old, new)):
                yield Flow(old, new, further(old, new), count)


def _tally(flows: Sequence[Flow]) -> Tally:
    return Tally(
        sum(f.count for f in flows),
        sum(f.count for f in flows if f.further is not None and f.further < 0),
        sum(f.count for f in flows if f.further is not None and f.further > 0),
        sum(f.count for f in flows if f.further is None and not f.same),
    )


def _hours(rows: pl.DataFrame, basis: Basis) -> Hours:
    known = rows.filter(pl.col(f"change {basis}").is_not_null())
    sums = [fsum(known[f"{side} hours {basis}"].drop_nulls()) for side in ("before", "after")]
    return Hours(sums[0], sums[1], rows.height - known.height)


def _steps(basis: Basis) -> tuple[str, str]:
    return ("before", "after") if basis == "followed" else ("before by-itself", "after by-itself")


def _duties(rows: pl.DataFrame, before: Side, after: Side, basis: Basis) -> Iterator[DutyMoved]:
    """Requirements that come or go with the step, or with the rules themselves."""
    old, new = (_in_force_at(side) for side in (before, after))
    ours, theirs = _steps(basis)
    stepped = rows.filter(pl.col(ours).is_not_null() & pl.col(theirs).is_not_null())
    for key in dict.fromkeys((*before.register.requirements, *after.register.requirements)):
        had, has = pl.col(ours).is_in(old.get(key, [])), pl.col(theirs).is_in(new.get(key, []))
        lifted, imposed = stepped.filter(had & ~has), stepped.filter(has & ~had)
        if not lifted.height and not imposed.height:
            continue
        less = lifted[f"before of {key}"] if lifted.height else pl.Series([], dtype=pl.Float64())
        more = imposed[f"after of {key}"] if imposed.height else pl.Series([], dtype=pl.Float64())
        uncounted = less.null_count() + more.null_count()
        yield DutyMoved(
            key, lifted.height, imposed.height, fsum(more.drop_nulls()) - fsum(less.drop_nulls()), uncounted
        )


def _in_force_at(side: Side) -> dict[str, list[str]]:
    """The steps at which each requirement is in force."""
    found: dict[str, list[str]] = {}
    for place, step in enumerate(side.ladder.steps):
        for duty in effects(side.ladder, side.register, place, {}).in_force:
            found.setdefault(duty.id, []).append(step)
    return found


def _rights(rows: pl.DataFrame, before: Ladder, after: Ladder, basis: Basis) -> Iterator[RightMoved]:
    ours, theirs = _steps(basis)
    for right in dict.fromkeys((*before.rights, *after.rights)):
        had, has = (
            pl.col(column).is_in([name for name, step in ladder.steps.items() if right in step.rights]).fill_null(False)
            for column, ladder in ((ours, before), (theirs, after))
        )
        gained, lost = rows.filter(has & ~had).height, rows.filter(had & ~has).height
        if gained or lost:
            yield RightMoved(right, gained, lost)


# divided


def _part(
    rows: pl.DataFrame, before: Ladder, after: Ladder, further: Further, value: str | None,
    least: float | None = None, most: float | None = None,
) -> Part:  # fmt: skip
    return Part(value, _tally(list(_flows(rows, before, after, further))), _hours(rows, "followed"), least, most)


def _by_text(rows: pl.DataFrame, before: Ladder, after: Ladder, further: Further) -> Iterator[Part]:
    """Value by value, in their own order; those without one last."""
    for value in rows["by"].unique().sort(nulls_last=True):
        yield _part(rows.filter(pl.col("by").eq_missing(pl.lit(value))), before, after, further, value)


def _by_size(rows: pl.DataFrame, before: Ladder, after: Ladder, further: Further) -> Iterator[Part]:
    """Fifths by size, the smallest first; equal sizes are in the same fifth, and those without a size come last."""
    known = rows.filter(pl.col("size").is_not_null())
    placed = known.with_columns(((pl.col("size").rank("min") - 1) * FIFTHS // max(known.height, 1)).alias("fifth"))
    for (_,), fifth in placed.sort("size").group_by("fifth", maintain_order=True):
        sizes = fifth["size"].sort()
        yield _part(fifth, before, after, further, None, sizes[0], sizes[-1])
    if known.height < rows.height:
        yield _part(rows.filter(pl.col("size").is_null()), before, after, further, None)


def finest(frame: pl.DataFrame, texts: Sequence[str], most: int) -> str | None:
    """The text among the attributes that divides institutions the finest in at most so many parts; None where each has
    one value throughout, or more than that."""
    counts = {name: frame[name].drop_nulls().n_unique() for name in texts if name in frame.columns}
    fitting = {name: count for name, count in counts.items() if 1 < count <= most}
    return max(fitting, key=lambda name: fitting[name], default=None)


def without_figures(plan: Plan, frame: pl.DataFrame) -> tuple[str, ...]:
    """Goals that no institution has a figure for."""
    return tuple(goal.name for goal in plan.goals if frame[goal.name].null_count() == frame.height)


# nearest to an edge


class Near(Struct, frozen=True):
    """An institution and the smallest change of one goal's figure that would move it. `spreads` is the change counted
    in standard deviations of that figure between institutions, so that figures of different units can be ranked."""

    institution: str
    name: str | None
    step: str
    change: Change
    spreads: float


class Nearest(Struct, frozen=True):
    """Those nearest to an edge, nearest first; not `complete` where the search was given up after `READ` of them."""

    found: tuple[Near, ...]
    complete: bool


class _Edge(Struct, frozen=True, order=True):
    """How far an institution's figure must go, in standard deviations, before a plausible level of a goal changes to
    another `rank`."""

    distance: float
    institution: str
    goal: str
    up: bool
    rank: int


def nearest(
    plan: Plan, frame: pl.DataFrame, read: Callable[[str], tuple[Exact, Placement]], *, most: int = NEAREST,
    reads: int = READ,
) -> Nearest:  # fmt: skip
    """The institutions that would move, either way, with the smallest change of a single goal's figure, all else equal
    and the figure taken to last.

    Change is counted in standard deviations between institutions. Edges are tried from the nearest: where the figure or
    the end of its interval that a move depends on meets a limit of the goal. Does the changed level move the
    institution, read exactly (`read`), it is asked for the smallest change that does, as `explain` is. The search ends
    where every edge left is further off than the changes found. (The ends of some intervals move a little faster than
    the figure; that is left out of account.) Who moves with unchanged figures is on the way already and not among them;
    nor are changes of groups, of published words or of several goals at once.
    """
    spreads = {goal.name: spread for goal in plan.goals if (spread := _spread(frame, goal)) is not None}
    edges = sorted(edge for goal in plan.goals if goal.name in spreads for edge in _edges(plan, frame, goal, spreads))
    names = dict(frame.select("institution", "name").rows())
    cases: dict[str, dict[bool, Case]] = {}
    settled: set[tuple[str, str, bool]] = set()
    found: dict[str, Near] = {}
    for edge in edges:
        best = sorted(found.values(), key=lambda n: (n.spreads, n.institution))[:most]
        if len(best) == most and edge.distance >= best[-1].spreads:
            break
        if edge.institution not in cases:
            if len(cases) == reads:
                return Nearest(tuple(best), complete=False)
            cases[edge.institution] = _ways(*read(edge.institution))
        case, about = cases[edge.institution].get(edge.up), (edge.institution, edge.goal, edge.up)
        if case is None or about in settled or not _moves(case, edge):
            continue
        settled.add(about)
        node, goal = next(pair for pair in case.pairs if pair[0].name == edge.goal)
        change = single(case, node, goal)
        if change.answer == "moves" and isinstance(change.by, Fraction):
            near = Near(
                edge.institution, names[edge.institution], plan.ladder.steps[case.step], change,
                abs(float(change.by)) / spreads[edge.goal],
            )  # fmt: skip
            known = found.get(edge.institution)
            if known is None or near.spreads < known.spreads:
                found[edge.institution] = near
    return Nearest(tuple(sorted(found.values(), key=lambda n: (n.spreads, n.institution))[:most]), complete=True)


def _spread(frame: pl.DataFrame, goal: GoalNode) -> float | None:
    """The standard deviation of a figure between institutions; None where there is none to speak of."""
    # in one piece: in how many a frame lies, and with it the last digit, follows from how many cores there are
    found: Any = frame[goal.name].drop_nulls().rechunk().std()
    return float(found) if found else None


def _edges(plan: Plan, frame: pl.DataFrame, goal: GoalNode, spreads: Mapping[str, float]) -> Iterator[_Edge]:
    """Every change of a plausible level of a goal. A rise depends on the worse end of the figure's interval and a fall
    on the better; where nothing is in doubt, both are the figure itself."""
    point = plan.ladder.movement is None or plan.ladder.movement.point_only
    sign = 1 if goal.higher else -1
    for up, end in ((True, "worse"), (False, "better")):
        column = f"{goal.name}.{end}"
        ends = frame[goal.name if point or column not in frame.columns else column]
        for institution, at in zip(frame["institution"], ends, strict=True):
            if at is None:
                continue
            for cut in goal.cuts:
                beyond = sign * (at - float(cut.bound))
                there = beyond > 0 or (beyond == 0 and cut.inclusive)
                if there != up:
                    rank = cut.rank if up else goal.ranks[goal.ranks.index(cut.rank) - 1]
                    yield _Edge(abs(beyond) / spreads[goal.name], institution, goal.name, up, rank)


def _ways(exact: Exact, placement: Placement) -> dict[bool, Case]:
    """The ways that are open to an institution, up and down; none where it has no step or moves by itself."""
    if placement.step is None:
        return {}
    ends = {True: 0, False: len(exact.plan.ladder.steps) - 1}
    cases = {up: Case(exact, placement, placement.step, up=up) for up, end in ends.items() if placement.step != end}
    return {} if any(case.first({}) is not None for case in cases.values()) else cases


def _moves(case: Case, edge: _Edge) -> bool:
    """Whether the levels beyond an edge would move the institution."""
    goal = case.placement.goal(edge.goal)
    if goal.worst is None or goal.point is None or goal.best is None or goal.disposition is not None:
        return False
    over = max if edge.up else min
    levels = (over(level, edge.rank) for level in (goal.worst, goal.point, goal.best))
    worst, point, best = levels
    return case.first({edge.goal: replace(goal, worst=worst, point=point, best=best)}) is not None
