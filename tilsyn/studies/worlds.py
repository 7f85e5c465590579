"""Institutions with figures: what goals and inputs that depend on each other really come to together.

Where a proof cannot tell from the levels alone what may occur, figures are tried: a few values of each, beside every
boundary that is declared, and none. What is found has been read exactly, so it can occur; what is not found may occur
all the same. It is never the whole truth, and says nothing of goals under evidence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import product
from math import prod

from msgspec import Struct

from tilsyn.catalogue import expressions as e
from tilsyn.engine.exact import Exact
from tilsyn.engine.machine import class_of
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Missing, Reason, Value, compared
from tilsyn.studies.dependence import Dependence, Ends
from tilsyn.studies.outcomes import Known, Outcomes

MOST = 3000
"""Institutions that are tried of one group of goals and inputs."""

VALUES = 9
"""Values of a figure that are tried, where that leaves no more than `MOST` institutions."""

INSTITUTION, PERIOD = "case", 0

Together = tuple[Known, ...]
"""What is known of each goal and input of a group."""


class Differ(Struct, frozen=True):
    """Two institutions that differ in some figures: what is known of each, and which figures they are."""

    one: Together
    other: Together
    figures: tuple[str, ...]


class World:
    """The institutions that are tried of one group of axes that have something in common."""

    def __init__(self, plan: Plan, outcomes: Outcomes, dependence: Dependence, block: Sequence[int]) -> None:
        self.plan, self.outcomes, self.dependence, self.block = plan, outcomes, dependence, tuple(block)
        reads = [dependence.axes[axis] for axis in block]
        self.figures = tuple(sorted({name for read in reads for name in read.figures}))
        self.others = tuple(sorted({name for read in reads for name in read.others}))
        self._values = self._candidates()
        self._read: dict[tuple[Value, ...], Together | None] = {}

    # what is tried

    def _candidates(self) -> tuple[tuple[Value, ...], ...]:
        names = (*self.figures, *self.others)
        # nobody is tried beside others, or with a past
        if any(self.dependence.beyond(axis) for axis in self.block):
            return ((), *(() for _ in names))
        most = VALUES
        while most > 2:
            found = tuple(self._of(name, most) for name in names)
            # no value at all is tried of each figure too
            if prod(len(values) + (n < len(self.figures)) for n, values in enumerate(found)) <= MOST:
                return found
            most -= 1
        return tuple(() for _ in names)

    def _of(self, name: str, most: int) -> tuple[Value, ...]:
        indicator = next((i for i in self.plan.indicators if i.name == name.partition("@")[0]), None)
        kind = indicator.kind if indicator is not None else dict(self.plan.attributes).get(name, "number")
        if kind == "flag":
            return (False, True)
        if kind in ("category", "text"):
            return (*dict.fromkeys(n.value for n in self._nodes() if isinstance(n, e.Text)), "…")[:most]
        low, high = self.dependence.ends(e.Ref(name))
        return _spread(self._marks(), (low, high), most)

    def _nodes(self) -> Iterator[e.Expr]:
        exprs = [part for quantity in self.plan.quantities for part in quantity.parts]
        for goal in self.plan.goals:
            exprs += [goal.measure, *([goal.applies_when] if goal.applies_when is not None else [])]
        for rule in self.plan.ladder.rules:
            exprs += [cell.test for cell in rule.cells]
        return (node for expr in exprs for node in e.walk(expr))

    def _marks(self) -> list[Fraction]:
        """The boundaries that figures are tried beside."""
        cuts = [cut.bound for axis in self.block if axis in self.outcomes.goals for cut in self.plan.goals[axis].cuts]
        bounds = [
            b for axis in self.block if axis not in self.outcomes.goals
            for b in self.plan.ladder.outsides[axis - len(self.outcomes.goals)].bounds
        ]  # fmt: skip
        exprs = [part for quantity in self.plan.quantities for part in quantity.parts]
        exprs += [goal.applies_when for goal in self.plan.goals if goal.applies_when is not None]
        inside = [n.value for expr in exprs for n in e.walk(expr) if isinstance(n, e.Number)]
        return [*dict.fromkeys((*cuts, *bounds, *inside))]

    # what is found

    def _institutions(self) -> Iterator[tuple[Value, ...]]:
        """Every institution that has all figures."""
        if all(self._values):
            yield from product(*self._values)

    def known(self, values: tuple[Value, ...]) -> Together | None:
        """What is known of an institution with these figures; None where that is nothing that is laid out."""
        if values not in self._read:
            self._read[values] = self._known(values)
        return self._read[values]

    def _known(self, values: tuple[Value, ...]) -> Together | None:
        row: dict[str, object] = {"institution": INSTITUTION, "period": PERIOD}
        for name, value in zip((*self.figures, *self.others), values, strict=True):
            if isinstance(value, Missing):
                # an attribute without a value is an empty cell
                row |= {f"{name}.missing": int(value.reason)} if name not in dict(self.plan.attributes) else {}
            else:
                row[name] = float(value) if isinstance(value, Fraction) else value
        exact = Exact(self.plan, [row])
        found = [self._of_axis(exact, axis) for axis in self.block]
        known = tuple(k for k in found if k is not None)
        laid_out = all(self.outcomes.has(axis, k) for axis, k in zip(self.block, known, strict=False))
        return known if len(known) == len(found) and laid_out else None

    def _of_axis(self, exact: Exact, axis: int) -> Known | None:
        disposition = self.plan.ladder.disposition
        if axis not in self.outcomes.goals:
            outside = self.plan.ladder.outsides[axis - len(self.outcomes.goals)]
            value = exact.named(outside.name, INSTITUTION, PERIOD)
            if isinstance(value, Missing):
                return Known(None, None, disposition(value.reason))
            number = class_of(outside, compared(value) if isinstance(value, Fraction) else value)
            return Known(number, number)
        goal = self.plan.goals[axis]
        found = exact.goal(goal, INSTITUTION, PERIOD)
        if goal.evidence is not None:
            return None
        if found.disposition in (None, "worst"):
            assert found.point is not None
            worst, best = (found.worst, found.best) if not self.outcomes.point else (found.point, found.point)
            assert worst is not None
            assert best is not None
            return Known(goal.ranks.index(worst), goal.ranks.index(best))
        capped = found.best is not None and not self.outcomes.point and found.best < goal.ranks[-1]
        if found.disposition == "doubt" and found.best is not None and capped:
            return Known(0, goal.ranks.index(found.best), "doubt")
        return Known(None, None, found.disposition)

    def together(self) -> frozenset[Together]:
        """What is known of somebody."""
        return frozenset(k for values in self._institutions() if (k := self.known(values)) is not None)

    def silenced(self, reasons: Sequence[Reason]) -> Iterator[tuple[Differ, Mapping[str, Reason]]]:
        """Institutions, and what is known when some of their figures are kept back; each different pair once."""
        hidden = [n for n, name in enumerate(self.figures) if name not in self.dependence.emergency]
        met: set[tuple[Together, Together]] = set()
        for values in self._institutions():
            honest = self.known(values)
            for reason, which in product(reasons, _some(hidden)):
                silent = self.known(tuple(Missing(reason) if n in which else v for n, v in enumerate(values)))
                if honest is None or silent is None or (honest, silent) in met:
                    continue
                met.add((honest, silent))
                names = tuple(self.figures[n] for n in which)
                yield Differ(honest, silent, names), dict.fromkeys(names, reason)

    def without(self, indicator: str, reason: Reason, from_: Together) -> frozenset[Together]:
        """What is known of those of whom something is known, without an indicator."""
        gone = [n for n, name in enumerate(self.figures) if name.partition("@")[0] == indicator]
        found = [
            self.known(tuple(Missing(reason) if n in gone else v for n, v in enumerate(values)))
            for values in self._institutions() if self.known(values) == from_
        ]  # fmt: skip
        return frozenset(k for k in found if k is not None)

    def changed(self, indicators: Sequence[str]) -> Iterator[Differ]:
        """Pairs of institutions that differ in some indicators alone; each different pair once."""
        free = {n for n, name in enumerate(self.figures) if name.partition("@")[0] in indicators}
        rows: dict[tuple[Value, ...], dict[Together, None]] = {}
        for values in self._institutions():
            known = self.known(values)
            if known is not None:
                rows.setdefault(tuple(v for n, v in enumerate(values) if n not in free), {})[known] = None
        met: set[tuple[Together, Together]] = set()
        for alike in rows.values():
            for one, other in product(alike, alike):
                if one != other and (one, other) not in met:
                    met.add((one, other))
                    yield Differ(one, other, tuple(sorted(self.figures[n] for n in free)))


def _some(places: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every choice of some places, of fewest first."""
    for chosen in sorted(product((False, True), repeat=len(places)), key=sum):
        if any(chosen):
            yield tuple(place for place, here in zip(places, chosen, strict=True) if here)


def _spread(marks: Sequence[Fraction], ends: Ends, most: int) -> tuple[Fraction, ...]:
    """Values on and beside the marks, and at the ends; where there are too many, some of all sizes."""
    low, high = ends
    near = {value for mark in (*marks, Fraction(0)) for value in (mark - 1, mark, mark + 1)}
    near |= {(a + b) / 2 for a, b in zip(sorted(marks), sorted(marks)[1:], strict=False)}
    near |= {end for end in ends if end is not None}
    if low is not None and high is not None:
        near |= {low + (high - low) * part / 4 for part in (1, 2, 3)}
    inside = sorted(v for v in near if (low is None or v >= low) and (high is None or v <= high))
    if len(inside) <= most:
        return tuple(inside)
    return tuple(dict.fromkeys(inside[round(n * (len(inside) - 1) / (most - 1))] for n in range(most)))


__all__ = ["Differ", "Together", "World"]
