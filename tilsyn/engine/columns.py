"""The columns reading: the same plan over many institutions at once, in float64.

Each node becomes a pair of expressions, a value and a reason code (0 where the value is
present), so that a node is written once for every engine that reads formulas. Once
levels are known, the compiled ladder and the movement table are looked up. This module repeats
no rule: thresholds, rounding and dispositions come from the plan, and `exact` is its oracle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, assert_never, cast

import numpy as np

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.engine.formulas import (
    CODE,
    FALSE,
    FLOAT,
    INT,
    SHORT,
    TRUE,
    Formula,
    Named,
    col,
    joined,
    largest,
    lit,
    short,
    smallest,
    total,
    when,
)
from tilsyn.engine.in_polars import answered_in_order, values_of
from tilsyn.engine.intervals import MOST_COUNTED, MOST_DEGREES, normal_quantile, poisson_limits, student_quantiles
from tilsyn.engine.lookups import IN_FORCE, STATE, Lookups, beside, of_disposition, quantity_columns
from tilsyn.engine.nodes import (
    Effect,
    EvidenceNode,
    GoalNode,
    IndicatorNode,
    LadderNode,
    OverdispersionNode,
    Plan,
    QuantityNode,
)
from tilsyn.engine.pairs import (
    Pair,
    absent,
    code,
    combine,
    compared,
    first_of,
    floor_of,
    mask,
    masked,
    nothing,
    number,
    or_zero,
    over_set,
    round_half_up,
    steady,
    too_large,
    when_reason,
    worst_reason,
)
from tilsyn.engine.query import GroupFunction, Query, Sheet, below
from tilsyn.engine.values import WITHHELD, Reason
from tilsyn.engine.values import compared as compared_value

KEYS = ("institution", "period")

LEAVES = (e.Number, e.Text, e.Flag, e.Level, e.Absent, e.Ref, e.Earlier, e.Peers, e.Related)
"""Nodes that are literals or columns already."""

ROW = "#row"
"""Whether a row was handed in; only where something looks back in time."""


def read(
    plan: Plan, figures: Any, *, period: int, states: Any | None = None, columns: Sequence[str] | None = None
) -> Any:
    """The placements of a period, or under a regime its results, as a data frame, one row per institution, or some of
    their columns.

    `figures` is the observation frame; `states` has columns institution, step, held, streak, absent (numbers;
    steps as positions), decided (flag), in_force, in_force_held (nullable).
    """
    asked = _asked(plan, tuple(figures.columns), period, states is not None)
    given = {"figures": figures, **({"states": states} if states is not None else {})}
    return answered_in_order(asked if columns is None else asked.only(columns), "institution", **given)


@lru_cache(maxsize=32)
def _asked(plan: Plan, known: tuple[str, ...], period: int, with_states: bool) -> Query:
    return question(plan, known, period=period, with_states=with_states)


def question(plan: Plan, known: Sequence[str], *, period: int, with_states: bool) -> Query:
    """What is asked of the figures, whose columns are `known`, and of the `states` from before."""
    states = Sheet.source("states", ("institution", *STATE, "decided")) if with_states else None
    found = placements(plan, Sheet.source("figures", known), states, period)
    return found.query([name for name in found.columns if name != IN_FORCE])


def placements(plan: Plan, figures: Sheet, states: Sheet | None, period: int, carried: Sequence[str] = ()) -> Sheet:
    """The placements of a period, or under a regime its results; `carried` are columns of the figures' that stand
    beside them, where they have none of that name."""
    if not past_of(plan) and all(goal.evidence is None or goal.evidence.pool == 1 for goal in plan.goals):
        figures = figures.where(col("period") == period)
    reading = Columns(plan, figures, period)
    if plan.is_regime:
        return reading.results(carried)
    reading.judge()
    return Lookups(plan, reading.sheet).placed(states, carried)


def past_of(plan: Plan) -> frozenset[int]:
    """How many periods back the plan's expressions look, through quantities too."""
    quantities = {q.name: q.parts for q in plan.quantities}
    seen: set[tuple[str, int]] = set()

    def look(expr: Expr, back: int) -> None:
        match expr:
            case e.Earlier(of, periods):
                look(of, back + periods)
            case e.Ref() if expr.column in quantities and (expr.column, back) not in seen:
                seen.add((expr.column, back))
                for part in quantities[expr.column]:
                    look(part, back)
            case e.Ref():
                seen.add((expr.column, back))
            case _:
                if isinstance(expr, e.Peers) and expr.within is not None:
                    look(e.Ref(expr.within), back)
                for child in e.children(expr):
                    look(child, back)

    movement = plan.ladder.movement
    grave = [movement.grave_when] if movement is not None and movement.grave_when is not None else []
    applies = [goal.applies_when for goal in plan.goals if goal.applies_when is not None]
    for expr in (
        *(part for parts in quantities.values() for part in parts),
        *(goal.measure for goal in plan.goals),
        *applies,
        *grave,
    ):
        look(expr, 0)
    return frozenset(back for _, back in seen if back)


class Columns:
    """A plan over a sheet of figures. Named values become columns `v:name` with their reason in `r:name`."""

    def __init__(self, plan: Plan, figures: Sheet, period: int) -> None:
        self.plan, self.sheet, self.period = plan, figures, period
        self.past = past_of(plan)
        if self.past:
            self._fill_past()
        self.indicators = {i.name: i for i in plan.indicators}
        self.quantities = {q.name: q for q in plan.quantities}
        self.relations = {r.name: r for r in plan.relations}
        self.done: set[str] = set()
        self.made: dict[Expr, str] = {}
        self.lets = 0

    def _fill_past(self) -> None:
        """Empty rows where an institution has none in a period that something looks back to. There everything is
        not submitted, which is not the same as no value: `default` and `missing` answer it."""
        names = self.sheet.select("institution", distinct=True)
        reasons = [c for c in self.sheet.columns if c.endswith(".missing")]
        frame = self.sheet.with_columns(lit(True).alias(ROW))
        for back in sorted(self.past):
            then = names.with_columns(
                lit(self.period - back).alias("period"), lit(False).alias(ROW),
                *(code(Reason.NOT_SUBMITTED).alias(name) for name in reasons),
            )  # fmt: skip
            frame = below(frame, then.without(self.sheet, KEYS))
        self.sheet = frame

    # named values

    def pair(self, column: str) -> Pair:
        return Pair(col(f"v:{column}"), col(f"r:{column}"), clean=True)

    def keep(self, **pairs: Pair) -> None:
        """Make columns of named pairs, with values null where they are missing."""
        reasons = {name: or_zero(pair.reason).cast(CODE).alias(f"r:{name}") for name, pair in pairs.items()}
        self.sheet = self.sheet.with_columns(*reasons.values())
        values = [
            mask(Pair(pair.value, col(f"r:{name}"), pair.clean)).alias(f"v:{name}") for name, pair in pairs.items()
        ]
        self.sheet = self.sheet.with_columns(*values)
        self.done |= set(pairs)

    def let(self, expr: Formula) -> Formula:
        """A column of an expression that is read more than once, or the engine would be handed it as often."""
        return self.let_pair(Pair(expr)).value

    def let_pair(self, pair: Pair) -> Pair:
        self.lets += 1
        value, reason = f"let {self.lets}", f"let {self.lets} reason"
        columns = [pair.value.alias(value), *([pair.reason.alias(reason)] if pair.reason is not None else [])]
        self.sheet = self.sheet.with_columns(*columns)
        return Pair(col(value), None if pair.reason is None else col(reason), pair.clean)

    def want(self, name: str, field: str | None = None) -> Pair:
        """A named value, made into columns the first time it is asked for."""
        column = name if field is None else f"{name}.{field}"
        if column not in self.done:
            if column in self.quantities:
                self.keep(**{column: self._quantity(column)})
            elif name.partition("@")[0] in self.indicators:
                self.keep(**{column: self._observed(name, field)})
            else:
                value = col(name)
                self.keep(**{name: Pair(value, when_reason(value.is_null(), Reason.NOT_SUBMITTED))})
        return self.pair(column)

    def _quantity(self, name: str) -> Pair:
        """A quantity's value; where it has adjustments, `before:name` is what it was, `then:name` which were made."""
        node = self.quantities[name]
        value = self._settled(node, self.expression(node.of))
        if not node.then:
            return value
        value = self._stage(f"#{name} 0", value)
        before, made = value, list[Formula]()
        for place, adjustment in enumerate(node.then, start=1):
            stand_in = {"value": value}
            met = Pair(lit(True))
            if adjustment.when is not None:
                met = self._stage(f"#{name} when {place}", self.expression(adjustment.when, stand_in))
            amount = self._stage(f"#{name} by {place}", self.expression(adjustment.by, stand_in))
            after = self._stage(
                f"#{name} after {place}", self._settled(node, _adjusted(adjustment.effect, value, amount))
            )
            assert value.reason is not None
            assert after.reason is not None
            done = mask(met).fill_null(False)
            if adjustment.effect != "set":
                done = done & (value.reason == 0)
            differs = (after.reason != value.reason) | ~_alike(node, after.value, value.value)
            made.append(when(done & differs).then(lit(adjustment.id)))
            reason = when(done).then(after.reason).otherwise(value.reason)
            if met.reason is not None and not node.pass_over:
                unknown = or_zero(worst_reason(value.reason, met.reason))
                reason = when(met.reason > 0).then(unknown).otherwise(reason)
            value = self._stage(f"#{name} {place}", Pair(when(done).then(after.value).otherwise(value.value), reason))
        self.sheet = self.sheet.with_columns(
            before.value.alias(f"before:{name}"),
            joined(made, "+").alias(f"then:{name}"),
        )
        return value

    def _stage(self, name: str, pair: Pair) -> Pair:
        self.keep(**{name: pair})
        return self.pair(name)

    def _settled(self, node: QuantityNode, pair: Pair) -> Pair:
        if node.type != "number":
            return pair
        made = self.let_pair(Pair(pair.value.cast(FLOAT), pair.reason))
        value, reason = made.value, first_of(or_zero(made.reason), too_large(made.value))
        return Pair(value if node.decimals is None else round_half_up(value, node.decimals), reason)

    def _observed(self, name: str, field: str | None) -> Pair:
        indicator = self.indicators[name.partition("@")[0]]
        absent = col(f"{name}.missing")
        if indicator.stale_after is not None:
            old = (col("period") - col(f"{name}.measured")) > indicator.stale_after
            absent = when(absent > 0).then(absent).otherwise(when_reason(old.fill_null(False), Reason.STALE))
        value, reason = self._field(indicator, name, field)
        if field is not None:
            withheld = col(f"{name}.missing").is_in([int(r) for r in WITHHELD])
            beside = withheld & ~col(f"{name}.{field}").is_null()
            absent = when(beside).then(code(0)).otherwise(absent)
        return Pair(value, when(absent > 0).then(absent).otherwise(reason))

    def _field(self, indicator: IndicatorNode, name: str, field: str | None) -> tuple[Formula, Formula]:
        value = col(name if field is None else f"{name}.{field}")
        if indicator.kind in COUNTED and field in (None, "count"):
            own, count, base = col(name), col(f"{name}.count"), col(f"{name}.{COUNTED[indicator.kind]}")
            both = ~count.is_null() & ~base.is_null()
            if field is None:
                empty = both & (base == 0)
                value = when(both & (base != 0)).then(count / base).when(~both).then(own)
                missing = when_reason(value.is_null(), Reason.NOT_SUBMITTED)
                if COUNTED[indicator.kind] == "expected":
                    alone = value.is_null() & ~count.is_null()
                    missing = when(alone).then(code(Reason.UNDEFINED)).otherwise(missing)
                return value, when(empty).then(code(Reason.UNDEFINED)).otherwise(missing)
            value = when(count.is_null()).then(own * base).otherwise(count)
        # nobody submits what is expected of themselves; without it there is nothing to hold the figure against
        lacking = Reason.UNDEFINED if field == "expected" else Reason.NOT_SUBMITTED
        return value, when_reason(value.is_null(), lacking)

    # expressions

    def expression(self, expr: Expr, stand_in: Mapping[str, Pair] | None = None) -> Pair:
        """The pair of an expression; what needs other rows is made into columns first."""
        for node in e.walk(expr):
            if isinstance(node, e.Peers) and node not in self.made:
                self._peers(node)
            elif isinstance(node, e.Earlier) and node not in self.made:
                self._earlier(node)
            elif isinstance(node, e.Related) and node not in self.made:
                self._related(node)
            elif isinstance(node, e.Ref) and node.column not in (stand_in or {}):
                self.want(node.name, node.field)
        return self.compile(expr, stand_in or {}, {})

    def compile(self, expr: Expr, stand_in: Mapping[str, Pair], lets: dict[tuple[str, Expr], Pair]) -> Pair:
        """The pair of a node. `lets` has what was made columns of on the way."""
        match expr:
            case e.Number(value):
                return Pair(number(value))
            case e.Text(value) | e.Flag(value):
                return Pair(lit(value))
            case e.Level(_, rank):
                return Pair(lit(rank))
            case e.Ref():
                return stand_in.get(expr.column) or self.pair(expr.column)
            case e.Absent():
                return absent(expr)
            case e.Earlier() | e.Peers() | e.Related():
                return self.pair(self.made[expr])
            case e.If():
                c, a, b = (self._part(part, stand_in, lets) for part in e.children(expr))
                value = when(c.value).then(a.value).otherwise(b.value)
                if a.reason is None and b.reason is None:
                    return Pair(value)
                return Pair(value, when(c.value).then(or_zero(a.reason)).otherwise(or_zero(b.reason)))
            case e.Compare(_, left, right, "number"):
                return combine(expr, [self._side(side, stand_in, lets) for side in (left, right)], self.let)
            case (
                e.Negative() | e.Arith() | e.Compare() | e.Logic() | e.Not() | e.Call() | e.Choose() | e.Aggregate()
                | e.Among()
            ):  # fmt: skip
                return combine(expr, [self._part(part, stand_in, lets) for part in e.children(expr)], self.let)
            case e.Input():
                raise AssertionError("a unary test is not an expression")
            case _:
                assert_never(expr)

    def _part(self, expr: Expr, stand_in: Mapping[str, Pair], lets: dict[tuple[str, Expr], Pair]) -> Pair:
        """A node's part, in columns of its own: what is made of it reads it several times, and parts of that again,
        so that written into each other expressions would grow with every level."""
        if isinstance(expr, LEAVES):
            return self.compile(expr, stand_in, lets)
        if ("", expr) not in lets:
            lets["", expr] = self.let_pair(self.compile(expr, stand_in, lets))
        return lets["", expr]

    def _side(self, expr: Expr, stand_in: Mapping[str, Pair], lets: dict[tuple[str, Expr], Pair]) -> Pair:
        """A side of a comparison of numbers, to nine decimals. A literal is rounded here and now, and a quantity that
        has fewer decimals needs no rounding."""
        if isinstance(expr, e.Number):
            return Pair(number(compared_value(expr.value)))
        pair = self._part(expr, stand_in, lets)
        name = expr.of if isinstance(expr, (e.Earlier, e.Related)) else expr
        node = self.quantities.get(name.column) if isinstance(name, e.Ref) and name.column not in stand_in else None
        if node is not None and node.decimals is not None:
            return pair
        if ("compared", expr) not in lets:
            lets["compared", expr] = Pair(self.let(compared(pair.value)), pair.reason, pair.clean)
        return lets["compared", expr]

    def _earlier(self, node: e.Earlier) -> None:
        self.want(node.of.name, node.of.field)
        source, name = node.of.column, f"earlier {node.periods} {node.of.column}"
        then = self.sheet.select(
            "institution", (col("period") + node.periods).alias("period"),
            col(f"v:{source}").alias(f"v:{name}"), col(f"r:{source}").alias(f"r:{name}"),
        )  # fmt: skip
        self.sheet = self.sheet.join(then, [(key, key) for key in KEYS])
        reason = col(f"r:{name}").fill_null(code(Reason.NOT_SUBMITTED))
        self.sheet = self.sheet.with_columns(reason.alias(f"r:{name}"))
        self.made[node] = name

    def _related(self, node: e.Related) -> None:
        """A name in the row that a relation leads to; without an id, or with one that nobody has, not applicable."""
        whose, source = self.relations[node.relation].attribute, node.of.column
        self.want(whose)
        self.want(node.of.name, node.of.field)
        name = f"{node.relation} {source}"
        there = self.sheet.where(col(ROW)) if self.past else self.sheet
        other = there.select(
            col("institution").alias("#whose"), "period",
            col(f"v:{source}").alias(f"v:{name}"), col(f"r:{source}").alias(f"r:{name}"),
        )  # fmt: skip
        reason = col(f"r:{name}").fill_null(code(Reason.NOT_APPLICABLE))
        led = self.sheet.join(other, [(f"v:{whose}", "#whose"), ("period", "period")])
        self.sheet = led.with_columns(reason.alias(f"r:{name}")).across(self.sheet, KEYS)
        self.made[node] = name

    def _many(self, node: e.Peers, member: Formula, of: Pair) -> Pair:
        """A set function over the rows whose attribute holds this row's id."""
        whose = self.relations[node.set].attribute
        belongs = member & (self.want(whose).reason == 0)
        counts = node.function == "count"
        value = lit(1.0) if counts else of.value.cast(FLOAT) if node.function == "count_true" else compared(of.value)
        theirs = self.sheet.select(
            col(f"v:{whose}").alias("institution"), "period", when(belongs).then(value).alias("x")
        ).where(~col("x").is_null())
        how: GroupFunction = "sum" if node.function == "count_true" else cast(GroupFunction, node.function)
        found = theirs.group(KEYS, {"x:many": (how, "x")}).select(*KEYS, col("x:many").cast(FLOAT).alias("x:many"))
        self.sheet = self.sheet.join(found, [(key, key) for key in KEYS]).across(self.sheet, KEYS)
        many = col("x:many")
        if node.function in ("count", "count_true"):
            return Pair(many.fill_null(0.0), code(0))
        return Pair(many, when_reason(many.is_null(), Reason.NOT_SUBMITTED))

    def _peers(self, node: e.Peers) -> None:
        of = self.expression(node.of)
        member = (of.reason == 0) if of.reason is not None else lit(True)
        outside = code(0)
        if node.where is not None:
            where = self.expression(node.where)
            inside = mask(where).fill_null(False)
            member, outside = member & inside, when_reason(~inside, Reason.NOT_APPLICABLE)
        name, keys = f"peers {len(self.made)}", ["period"]
        if node.set != "peers":
            if self.past:
                member = member & col(ROW)
            pair = self._many(node, member, of)
            if self.past:
                reason = when(col(ROW)).then(or_zero(pair.reason)).otherwise(code(Reason.NOT_SUBMITTED))
                pair = Pair(pair.value, reason)
            self.keep(**{name: pair})
            self.made[node] = name
            return
        home = self.want(node.within).reason if node.within else None
        if home is not None:
            keys.append(f"v:{node.within}")
            outside = worst_reason(outside, home)
        numeric = node.function not in ("count", "count_true")
        counted = compared(of.value) if numeric else of.value.cast(FLOAT) if node.function == "count_true" else lit(1.0)
        if self.past:
            member = member & col(ROW)
        before = self.sheet
        self.sheet = self.sheet.with_columns(when(member).then(counted).alias("x:member"))
        value, reason = over_set(node, col("x:member"), keys, of.reason, outside)
        if home is not None and node.function not in e.PLACED:
            reason = first_of(home, reason)
        if self.past:
            reason = when(col(ROW)).then(or_zero(reason)).otherwise(code(Reason.NOT_SUBMITTED))
        self.keep(**{name: Pair(value, reason)})
        self.sheet = self.sheet.across(before, KEYS)
        self.made[node] = name

    # regimes

    def results(self, carried: Sequence[str] = ()) -> Sheet:
        """One row per institution of the period, every quantity a column: what a regime comes to."""
        for quantity in self.plan.quantities:
            self.want(quantity.name)
        sheet = self.sheet.where(col("period") == self.period)
        if self.past:
            sheet = sheet.where(col(ROW))
        return sheet.select(*beside(["institution", "period", *quantity_columns(self.plan)], carried))

    # goals

    def judge(self) -> None:
        """The period's rows with the levels that the ladder sees, and the emergency flag, in `sheet`.

        What follows depends on where each institution stands, and is looked up. Studies that ask it of several
        states judge once.
        """
        plan = self.plan
        for quantity in plan.quantities:
            self.want(quantity.name)
        for outside in plan.ladder.outsides:
            self.want(outside.name)
        self._grave()
        readings = [
            (goal, member) for goal in plan.goals for member in (None, *(goal.equity.members if goal.equity else ()))
        ]
        for goal, member in readings:
            self._figure(goal, member)
        self._pool(readings)
        self.sheet = self.sheet.where(col("period") == self.period)
        for goal, member in readings:
            self._read(goal, member)
        for goal in plan.goals:
            self._judge(goal)

    def _grave(self) -> None:
        movement = self.plan.ladder.movement
        if movement is not None and movement.grave_when is not None:
            self.keep(**{"#grave": self.expression(movement.grave_when)})

    def _key(self, goal: GoalNode, member: str | None) -> str:
        return goal.name if member is None else f"{goal.name}@{member}"

    def _measured(self, evidence: EvidenceNode, member: str | None) -> str:
        """The indicator that a goal's figure, or a group member's, is pooled from."""
        return evidence.indicator if member is None else f"{evidence.indicator}@{member}"

    def _stand_in(self, goal: GoalNode, member: str | None) -> dict[str, Pair]:
        if member is None:
            return {}
        return {
            ref.column: self.want(f"{ref.name}@{member}", ref.field)
            for ref in e.refs(goal.measure)
            if ref.name in self.indicators
        }

    def _figure(self, goal: GoalNode, member: str | None) -> None:
        """Each row's own figure: `v:/r:own key` is the measure of the row alone, `u:key` the same before it is rounded,
        and `t:key:…` the terms that are pooled."""
        key = self._key(goal, member)
        found = self.expression(goal.measure, self._stand_in(goal, member))
        value = self.let(found.value)
        own = Pair(round_half_up(value, goal.decimals), worst_reason(found.reason, too_large(value)))
        applies = self.expression(goal.applies_when) if goal.applies_when is not None else None
        if applies is not None:
            outside = when_reason(~mask(applies).fill_null(True), Reason.NOT_APPLICABLE)
            without = (
                outside if applies.reason is None else when(applies.reason > 0).then(applies.reason).otherwise(outside)
            )
            self.sheet = self.sheet.with_columns(without.cast(CODE).alias(f"a:{key}"))
            applying = col(f"a:{key}")
            own = Pair(own.value, when(applying > 0).then(applying).otherwise(or_zero(own.reason)))
        self.keep(**{f"own {key}": own})
        if goal.evidence is None:
            unrounded = Pair(value, col(f"r:own {key}"))
            self.sheet = self.sheet.with_columns(mask(unrounded).alias(f"u:{key}"))
            return
        terms, why = self._terms(goal, goal.evidence, member)
        reason = self.let(why)
        columns = [when(reason == 0).then(term).alias(f"t:{key}:{name}") for name, term in terms.items()]
        self.sheet = self.sheet.with_columns(*columns, reason.cast(CODE).alias(f"t:{key}:reason"))

    def _terms(self, goal: GoalNode, evidence: EvidenceNode, member: str | None) -> tuple[dict[str, Formula], Formula]:
        """What one period gives to the pool, and the reason why it gives nothing."""
        name = self._measured(evidence, member)
        value = self.want(name)
        reasons: list[Formula | None] = [value.reason]
        terms: dict[str, Formula] = {}
        expected = None
        if any(r.name == evidence.indicator and r.field == "expected" for r in e.refs(goal.measure)):
            expected = self.want(name, "expected")
            reasons.append(expected.reason)
        first = worst_reason(*reasons)
        assert first is not None
        reason, n = first, None
        match evidence.method:
            case "wilson/v1" | "byar/v1" | "poisson/v1" | "square-root/v1":
                base_name = COUNTED[self.indicators[evidence.indicator].kind]
                count, base = self.want(name, "count"), self.want(name, base_name)
                impossible = (base.value <= 0).fill_null(False) | (count.value < 0).fill_null(False)
                then = worst_reason(count.reason, base.reason, when_reason(impossible, Reason.UNDEFINED))
                reason = first_of(reason, then)
                terms |= {"count": count.value, "weight": base.value}
                n = base if base_name == "n" else None
            case "student-t/v1":
                n, sd, se = self.want(name, "n"), self.want(name, "sd"), self.want(name, "se")
                degrees = floor_of(n.value) - 1.0
                squares = (
                    when(~sd.value.is_null())
                    .then(degrees * sd.value * sd.value)
                    .otherwise(degrees * se.value * se.value * n.value)
                )
                squares = when(squares.is_null() & (degrees == 0)).then(number(0)).otherwise(squares)
                reason = first_of(first_of(reason, n.reason), when_reason(n.value < 1, Reason.TOO_FEW))
                reason = first_of(reason, when_reason(squares.is_null(), Reason.NOT_SUBMITTED))
                terms |= {"value": value.value * n.value, "weight": n.value, "degrees": degrees, "squares": squares}
                if evidence.pool == 1:
                    of_se = se.value * se.value * n.value
                    terms["variance"] = when(~sd.value.is_null()).then(sd.value * sd.value).otherwise(of_se)
            case "normal/v1":
                se = self.want(name, "se")
                reason = first_of(reason, se.reason)
                terms |= {"value": value.value, "weight": number(1), "se": se.value}
            case "given/v1":
                terms |= {"value": value.value, "weight": number(1)}
                if evidence.word_from is not None:
                    word = self.want(evidence.word_from)
                    known = col(f"v:{evidence.word_from}").is_in([w.word for w in evidence.words])
                    reason = first_of(
                        first_of(reason, word.reason), when_reason(~known.fill_null(True), Reason.REFUSED)
                    )
                else:
                    low, high = self.want(name, "low"), self.want(name, "high")
                    reason = first_of(reason, worst_reason(low.reason, high.reason))
                    terms |= {"low": low.value, "high": high.value}
            case _:
                assert_never(evidence.method)
        if n is None and (evidence.at_least_n is not None or evidence.at_least_n_each is not None):
            n = self.want(name, "n")
            reason = first_of(reason, n.reason)
        if n is not None:
            terms["n"] = n.value
            if evidence.at_least_n_each is not None:
                reason = first_of(
                    reason, when_reason((n.value < evidence.at_least_n_each).fill_null(False), Reason.TOO_FEW)
                )
        if expected is not None:
            terms["expected"] = expected.value * terms["weight"]
        return terms, reason

    def _pool(self, readings: Sequence[tuple[GoalNode, str | None]]) -> None:
        """Add the terms of earlier periods to this period's, which are laid beside them, a period back at a time."""
        pooled = [(self._key(g, m), g, m, g.evidence) for g, m in readings if g.evidence is not None]
        farthest = max((evidence.pool for *_, evidence in pooled), default=1)
        every = self.sheet
        now = every.where(col("period") == self.period)
        summed = {key: self._summed(every, key) for key, *_ in pooled}
        if farthest > 1 and self._worst_counts():
            there = every.where(col(ROW)) if self.past else every
            first = there.select("institution", "period").group(["institution"], {"#first": ("min", "period")})
            now = now.join(first, [("institution", "institution")])
        for back in range(1, farthest):
            columns: list[Named] = []
            for key, goal, member, evidence in pooled:
                if evidence.pool <= back:
                    continue
                columns += [col(f"t:{key}:{name}").alias(f"{back}:{key}:{name}") for name in summed[key]]
                columns.append(col(f"t:{key}:reason").alias(f"{back}:{key}:reason"))
                if goal.applies_when is not None:
                    columns.append(col(f"a:{key}").alias(f"{back}:{key}:applies"))
                if (about := self._about(evidence, member)) is not None:
                    columns.append((col("period") - col(about)).fill_null(0).alias(f"{back}:{key}:late"))
            then = every.where(col("period") == self.period - back).select("institution", *columns)
            now = now.join(then, [("institution", "institution")])
        for key, goal, member, evidence in pooled:
            reason = col(f"t:{key}:reason")
            periods: list[Formula] = [when(reason == 0).then(number(1))]
            sums = {name: [col(f"t:{key}:{name}")] for name in summed[key]}
            for back in range(1, evidence.pool):
                inside = f"{back}:{key}:inside"
                now = now.with_columns(self._inside(key, evidence, member, back).alias(inside))
                for name, terms in sums.items():
                    terms.append(when(col(inside)).then(col(f"{back}:{key}:{name}")).otherwise(number(0)))
                periods.append(col(inside).cast(FLOAT))
                if self._worst_counts():
                    kept = f"{back}:{key}:kept back"
                    now = now.with_columns(self._kept_back(goal, member, evidence, reason, back).alias(kept))
                    reason = col(kept)
            now = now.with_columns(
                reason.alias(f"t:{key}:reason"),
                total(periods).alias(f"t:{key}:periods"),
                *(total(terms).alias(f"t:{key}:{name}") for name, terms in sums.items()),
            )
        self.sheet = now

    def _worst_counts(self) -> bool:
        """Whether a figure that is missing for some reason is counted as the worst level."""
        return any(disposition == "worst" for _, disposition in self.plan.ladder.missing)

    def _inside(self, key: str, evidence: EvidenceNode, member: str | None, back: int) -> Formula:
        """Whether the period so far back counts in the pool: it has a figure, its own, and comparable."""
        return (col(f"{back}:{key}:reason") == 0).fill_null(False) & self._own_period(key, evidence, member, back)

    def _own_period(self, key: str, evidence: EvidenceNode, member: str | None, back: int) -> Formula:
        """Whether what stands in the period so far back is about it, and comparable."""
        from_ = self.indicators[evidence.indicator].comparable_from
        if from_ is not None and self.period - back < from_ <= self.period:
            return FALSE
        about = self._about(evidence, member)
        if about is None:
            return TRUE
        # a figure that is handed in again for a later period counts once
        again = (col(about) == self.period - back).fill_null(False)
        return (col(f"{back}:{key}:late") == 0).fill_null(True) & ~again

    def _kept_back(
        self, goal: GoalNode, member: str | None, evidence: EvidenceNode, reason: Formula, back: int
    ) -> Formula:
        """The pool's reason, after the period so far back: a figure that is missing there for a reason that the ladder
        counts as the worst level is missing from the pool. Before its first row an institution was not there."""
        key = self._key(goal, member)
        then = col(f"{back}:{key}:reason").fill_null(int(Reason.NOT_SUBMITTED))
        kept = of_disposition(self.plan.ladder, then, "worst") & (col("#first") <= self.period - back)
        if goal.applies_when is not None:
            kept = kept & ~(col(f"{back}:{key}:applies") == int(Reason.NOT_APPLICABLE)).fill_null(False)
        kept = kept & self._own_period(key, evidence, member, back)
        return when((reason == 0) & kept).then(then).otherwise(reason).cast(CODE)

    def _summed(self, sheet: Sheet, key: str) -> list[str]:
        prefix = f"t:{key}:"
        return [c[len(prefix) :] for c in sheet.columns if c.startswith(prefix) and not c.endswith(":reason")]

    def _about(self, evidence: EvidenceNode, member: str | None) -> str | None:
        name = self._measured(evidence, member)
        return f"{name}.measured" if f"{name}.measured" in self.sheet.columns else None

    def _read(self, goal: GoalNode, member: str | None) -> None:
        """Value, ends and levels (positions among the goal's own levels) of a goal or of a group member."""
        key, evidence = self._key(goal, member), goal.evidence
        own = self.pair(f"own {key}")
        if evidence is None:
            self.keep(**{key: own})
            position = self._position(goal, col(f"u:{key}"))
            self.sheet = self.sheet.with_columns(
                *(col(f"v:{key}").alias(f"{end}:{key}") for end in ("worse", "better")),
                *(position.alias(f"{level}:{key}") for level in ("worst", "point", "best")),
            )
            return
        self._pooled_figure(goal, evidence, member)
        found = self._line(goal, evidence, key, col(f"x:{key}"))
        value, reason = self.let(found.value), col(f"t:{key}:reason")
        if goal.applies_when is not None:
            reason = when(col(f"a:{key}") > 0).then(col(f"a:{key}")).otherwise(reason)
        reason = first_of(reason, worst_reason(found.reason, too_large(value)))
        self.keep(**{key: Pair(round_half_up(value, goal.decimals), reason)})
        point = Pair(value, col(f"r:{key}"))
        self.sheet = self.sheet.with_columns(mask(point).alias(f"u:{key}"))
        if evidence.word_from is not None:
            self._levels_by_word(goal, evidence, key)
            return
        worst_of, best_of = (smallest, largest) if goal.higher else (largest, smallest)
        point = col(f"u:{key}")
        between = self._between(goal, evidence, key) if evidence.overdispersion is not None else None
        for pick, confidence, end in ((worst_of, evidence.up, "worse"), (best_of, evidence.down, "better")):
            ends = self._interval(evidence, key, confidence, between)
            both = [self.let(self._line(goal, evidence, key, x).value) for x in ends]
            # of figures that are rounded the same way, the least is the least of them rounded
            found = self.let(when(~point.is_null()).then(pick(*both, point)))
            self.sheet = self.sheet.with_columns(
                found.alias(f"u:{end}:{key}"), round_half_up(found, goal.decimals).alias(f"{end}:{key}")
            )
        self.sheet = self.sheet.with_columns(
            self._position(goal, col(f"u:worse:{key}")).alias(f"worst:{key}"),
            self._position(goal, point).alias(f"point:{key}"),
            self._position(goal, col(f"u:better:{key}")).alias(f"best:{key}"),
        )

    def _pooled_figure(self, goal: GoalNode, evidence: EvidenceNode, member: str | None) -> None:
        """The pooled value in `x:key`, its expected in `e:key`, and the last reasons why there is none. What is not
        pooled is as it stands: weighed and divided by its weight it would be rounded twice."""
        key = self._key(goal, member)
        t = {name: col(f"t:{key}:{name}") for name in self._summed(self.sheet, key)}
        reason = col(f"t:{key}:reason")
        if evidence.pool == 1:
            x = when(reason == 0).then(col(f"v:{self._measured(evidence, member)}"))
        else:
            x = (t["count"] if "count" in t else t["value"]) / t["weight"]
        columns = [x.alias(f"x:{key}")]
        if "expected" in t:
            columns.append((t["expected"] / t["weight"]).alias(f"e:{key}"))
        if evidence.method == "student-t/v1":
            few = when_reason((t["degrees"] < 1).fill_null(False), Reason.TOO_FEW)
            variance = t["variance"] if evidence.pool == 1 else t["squares"] / t["degrees"]
            if evidence.sd_floor is not None:
                floor = number(evidence.sd_floor**2)
                variance = when(variance < floor).then(floor).otherwise(variance)
            columns.append(variance.alias(f"variance:{key}"))
            reason = first_of(first_of(reason, few), when_reason((variance == 0).fill_null(False), Reason.UNDEFINED))
        if evidence.at_least_n is not None:
            reason = first_of(
                reason, when_reason((compared(t["n"]) < evidence.at_least_n).fill_null(False), Reason.TOO_FEW)
            )
        self.sheet = self.sheet.with_columns(*columns, reason.alias(f"t:{key}:reason"))

    def _line(self, goal: GoalNode, evidence: EvidenceNode, key: str, x: Formula) -> Pair:
        """The goal's measure at a value of its indicator."""
        stand_in = {evidence.indicator: Pair(x)}
        if f"e:{key}" in self.sheet.columns:
            stand_in[f"{evidence.indicator}.expected"] = Pair(col(f"e:{key}"))
        return self.expression(goal.measure, stand_in)

    def _between(self, goal: GoalNode, evidence: EvidenceNode, key: str) -> Formula:
        """The variance between the institutions with a figure, as `intervals.between` of `exact.score`."""
        over = evidence.overdispersion
        assert over is not None
        at_none, at_one = (mask(self._line(goal, evidence, key, number(x))) for x in (0, 1))
        slope = self.let(at_one - at_none)
        centre = self.let(when(~nothing(slope)).then((number(over.centre) - at_none) / slope))
        x = col(f"x:{key}")
        match evidence.method:
            case "square-root/v1":
                expected = col(f"t:{key}:weight")
                middle = when(steady(centre) >= 0).then(steady(centre))
                z, weight = (x.sqrt() - middle.sqrt()) * number(2) * expected.sqrt(), expected * number(4)
            case _:
                se = when(steady(col(f"t:{key}:se")) > 0).then(col(f"t:{key}:se"))
                z, weight = (x - centre) / se, number(1) / (se * se)
        z = self.let(z)
        present = self.sheet.where((col(f"r:{key}") == 0) & ~z.is_null())
        scores = present.select(z.alias("z"), compared(z).alias("order"), weight.alias("weight"), lit(0).alias("all"))
        name = f"between:{key}"
        found = _variance_between(scores, over).select("all", col("between").alias(name))
        every = self.sheet.with_columns(lit(0).alias("#all"))
        self.sheet = every.join(found, [("#all", "all")]).across(self.sheet, KEYS)
        return col(name).fill_null(0.0)

    def _interval(
        self, evidence: EvidenceNode, key: str, confidence: Fraction, between: Formula | None
    ) -> tuple[Formula, Formula]:
        """Both ends of the method's interval, clipped to the indicator's range. The formulas are `intervals.py`'s."""
        x = col(f"x:{key}")
        match evidence.method:
            case "wilson/v1":
                count, n = col(f"t:{key}:count"), col(f"t:{key}:weight")
                variance = self.let(count * (1.0 - x))
                low, high = _wilson(count, variance, n, float(normal_quantile(confidence)))
            case "byar/v1":
                low, high = _byar(col(f"t:{key}:count"), col(f"t:{key}:weight"), float(normal_quantile(confidence)))
            case "poisson/v1":
                self._poisson(key, confidence)
                count, exposure = col(f"t:{key}:count"), col(f"t:{key}:weight")
                byar = _byar(count, exposure, float(normal_quantile(confidence)))
                exact = (col("x:low") / exposure, col("x:high") / exposure)
                many = compared(count) > MOST_COUNTED
                low, high = (when(many).then(a).otherwise(b) for a, b in zip(byar, exact, strict=True))
            case "square-root/v1":
                own = number(1) / (col(f"t:{key}:weight") * number(4))
                error = (own if between is None else own + between).sqrt()
                half, root = error * float(normal_quantile(confidence)), x.sqrt()
                low, high = largest(root - half, number(0)), root + half
                low, high = low * low, high * high
            case "student-t/v1":
                self._student(key, confidence)
                error = self.let((col(f"variance:{key}") / col(f"t:{key}:weight")).sqrt())
                half = col("x:t") * error
                low, high = x - half, x + half
            case "normal/v1":
                se = col(f"t:{key}:se")
                if between is not None:
                    se = (se * se + between).sqrt()
                half = se * float(normal_quantile(confidence))
                low, high = x - half, x + half
            case "given/v1":
                # a published interval that leaves its own figure out is widened to it
                low, high = smallest(col(f"t:{key}:low"), x), largest(col(f"t:{key}:high"), x)
            case _:
                assert_never(evidence.method)
        indicator = self.indicators[evidence.indicator]
        if indicator.low is not None and indicator.high is not None:
            least, most = number(indicator.low), number(indicator.high)
            low, high = largest(low, least), smallest(high, most)
        return self.let(low), self.let(high)

    def _student(self, key: str, confidence: Fraction) -> None:
        """Student's t for each row's degrees of freedom, in `x:t`."""
        degrees = smallest(largest(col(f"t:{key}:degrees").fill_null(1.0), number(1)), number(MOST_DEGREES))
        place = degrees.cast(INT) - 1
        self.sheet = self.sheet.look_up(place, {"x:t": _student_array(confidence)})

    def _poisson(self, key: str, confidence: Fraction) -> None:
        """The exact limits of each row's count, in `x:low` and `x:high`, between those of whole counts."""
        count = self.let(smallest(largest(col(f"t:{key}:count").fill_null(0.0), number(0)), number(MOST_COUNTED)))
        whole, limits = self.let(count.floor()), _poisson_arrays(confidence)
        ends = ("low", "high")
        for side, place in (("below", whole), ("above", -((-count).floor()))):
            lists = {f"x:{end} {side}": values for end, values in zip(ends, limits, strict=True)}
            self.sheet = self.sheet.look_up(place.cast(INT), lists)
        for end in ends:
            own, above = col(f"x:{end} below"), col(f"x:{end} above")
            self.sheet = self.sheet.with_columns((own + (count - whole) * (above - own)).alias(f"x:{end}"))

    def _position(self, goal: GoalNode, x: Formula) -> Formula:
        """How many of the goal's cuts a figure passes when it is rounded; `x` is not, yet."""
        position = when(~x.is_null()).then(short(0))
        for cut in goal.cuts:
            # passed by what is rounded to the bound or above it, or strictly above; if lower is better, by the others
            bound = number(first_rounded_to(float(cut.bound), goal.decimals, above=cut.inclusive is not goal.higher))
            passed = x >= bound if goal.higher else x < bound
            position = when(passed).then(short(goal.ranks.index(cut.rank))).otherwise(position)
        return position

    def _levels_by_word(self, goal: GoalNode, evidence: EvidenceNode, key: str) -> None:
        word, present = col(f"v:{evidence.word_from}"), col(f"v:{key}")
        worst = best = when(present.is_null()).then(lit(None, SHORT))
        for known in evidence.words:
            hit = ~present.is_null() & (word == known.word)
            worst = when(hit).then(short(goal.ranks.index(known.worst))).otherwise(worst)
            best = when(hit).then(short(goal.ranks.index(known.best))).otherwise(best)
        self.sheet = self.sheet.with_columns(
            present.alias(f"worse:{key}"), present.alias(f"better:{key}"), worst.alias(f"worst:{key}"),
            best.alias(f"best:{key}"), self._position(goal, col(f"u:{key}")).alias(f"point:{key}"),
        )  # fmt: skip
        point = col(f"point:{key}")
        held = smallest(largest(point, col(f"worst:{key}")), col(f"best:{key}"))
        self.sheet = self.sheet.with_columns(when(~point.is_null()).then(held).alias(f"point:{key}"))

    def _judge(self, goal: GoalNode) -> None:
        """The levels that the ladder sees, null for left out: `W`, `P`, `B`; and whether a group capped them."""
        ladder, top = self.plan.ladder, len(goal.ranks) - 1
        reason = col(f"r:{goal.name}")
        worst, point, best = (col(f"{level}:{goal.name}") for level in ("worst", "point", "best"))
        levels = _filled(ladder, reason, top, worst, point, best)
        capped = FALSE
        if goal.equity is not None:
            below, cap = goal.ranks.index(goal.equity.no_worse_than), goal.ranks.index(goal.equity.cap)
            for member in goal.equity.members:
                key = self._key(goal, member)
                own = _filled(
                    ladder, col(f"r:{key}"), top,
                    col(f"worst:{key}"), col(f"point:{key}"), col(f"best:{key}"),
                    ignored=(Reason.TOO_FEW, Reason.NOT_APPLICABLE),
                )  # fmt: skip
                limits = [(level < below).fill_null(False) for level in own]
                lowered = [
                    when(limit & (level > cap).fill_null(False)).then(short(cap)).otherwise(level)
                    for level, limit in zip(levels, limits, strict=True)
                ]
                bites = [limit & (level > cap).fill_null(False) for level, limit in zip(levels, limits, strict=True)]
                capped = reduce(lambda a, b: a | b, bites, capped)
                names = [f"{end}:{goal.name}" for end in ("W", "P", "B")]
                self.sheet = self.sheet.with_columns(
                    *(level.alias(name) for level, name in zip(lowered, names, strict=True)),
                    capped.alias(f"C:{goal.name}"),
                )
                levels, capped = tuple(col(name) for name in names), col(f"C:{goal.name}")
        self.sheet = self.sheet.with_columns(
            *(level.alias(f"{end}:{goal.name}") for level, end in zip(levels, ("W", "P", "B"), strict=True)),
            capped.alias(f"C:{goal.name}"),
        )


def _adjusted(effect: Effect, value: Pair, amount: Pair) -> Pair:
    """As `exact.adjusted`, for every row."""
    if effect == "set":
        return amount
    reason = worst_reason(value.reason, amount.reason)
    match effect:
        case "at_most":
            return masked(smallest(value.value, amount.value), reason)
        case "at_least":
            return masked(largest(value.value, amount.value), reason)
        case "add":
            return Pair(value.value + amount.value, reason)


def _alike(node: QuantityNode, a: Formula, b: Formula) -> Formula:
    """Whether two values are the same, or neither is there."""
    if node.type == "number":
        a, b = compared(a), compared(b)
    return (a == b).fill_null(True)


def _wilson(count: Formula, variance: Formula, n: Formula, z: float) -> tuple[Formula, Formula]:
    """As `intervals.wilson`, above and below the line multiplied by `n`: the `variance` is that of the count."""
    spread = (variance + z * z / 4.0).sqrt() * z
    centre, divisor = count + z * z / 2.0, n + z * z
    return (centre - spread) / divisor, (centre + spread) / divisor


def _byar(count: Formula, exposure: Formula, z: float) -> tuple[Formula, Formula]:
    above = count + 1.0
    inner = 1.0 - 1.0 / (9.0 * count) - z / (3.0 * count.sqrt())
    low = when((count > 0) & (inner > 0)).then(count * inner * inner * inner).otherwise(number(0))
    inner = 1.0 - 1.0 / (9.0 * above) + z / (3.0 * above.sqrt())
    return low / exposure, above * inner * inner * inner / exposure


def _variance_between(scores: Sheet, over: OverdispersionNode) -> Sheet:
    """As `intervals.between`, of the rows of a sheet: one row with `between`, or none where there are no scores.
    `order` is z as it is compared."""
    everyone = ["all"]
    n = col("order").over("count", everyone)
    # twice the mean of the places that the same figures share
    ranks = col("order").over("rank", everyone) + (n + 1 - col("order").over("rank from highest", everyone))
    first, after = (  # as `intervals.kept_ranks`
        -((-((n + 1) * (2 * share.numerator)).cast(FLOAT) / float(share.denominator)).floor())
        for share in (over.ends, 1 - over.ends)
    )
    scores = scores.with_columns(ranks.alias("ranks"), first.alias("first"), after.alias("after"))
    kept = (col("ranks").cast(FLOAT) >= col("first")) & (col("ranks").cast(FLOAT) < col("after"))
    inner = scores.with_columns(when(kept).then(col("z")).alias("inner"))
    if over.winsorise:
        least, most = (col("inner").over(end, everyone) for end in ("min", "max"))
        inner = inner.with_columns(least.alias("least"), most.alias("most"))
        clipped = smallest(largest(col("z"), col("least")), col("most"))
        inner = inner.where(~col("least").is_null()).with_columns(clipped.alias("z"))
    else:
        inner = inner.where(kept)
    # the sum over pairs, the smaller weights first, so that none is lost beside a large one
    before = col("weight").over("sum before", everyone)
    inner = inner.with_columns(before.alias("before"), (col("z") * col("z")).alias("square"))
    inner = inner.with_columns((col("weight") * col("before")).alias("pairs"))
    sums = inner.group(everyone, {"k": ("count", "z"), "w": ("sum", "weight"), "p": ("sum", "pairs"),
                                  "q": ("sum", "square")})  # fmt: skip
    k = col("k").cast(FLOAT)
    spread = (col("q") - (k - 1.0)) * col("w") / (col("p") * 2.0)
    found = when((k >= 2.0) & (spread > 0.0)).then(spread).otherwise(number(0))
    return sums.select("all", found.alias("between"))


@lru_cache(maxsize=1024)
def first_rounded_to(bound: float, decimals: int, *, above: bool) -> float:
    """The smallest float that is rounded to a bound or beyond, or to what lies `above` it. Rounding never makes the
    larger of two figures the smaller, so that figures need not be rounded to be held against a bound."""
    rounded = round_half_up(col("x"), decimals)
    reaches = rounded > bound if above else rounded >= bound
    # rounding moves nothing further than this
    step = 10.0**-decimals + abs(bound) * 2.0**-20
    low, high = bound - step, bound + step
    while len(tried := np.unique(np.linspace(low, high, 1000))) > 2:
        first = int(values_of(reaches, x=tried).argmax())
        assert first > 0, "rounding moves no figure further than `step`"
        low, high = tried[first - 1], tried[first]
    return float(high)


@lru_cache(maxsize=64)
def _student_array(confidence: Fraction) -> Any:
    return np.array([float(t) for t in student_quantiles(confidence)])


@lru_cache(maxsize=8)
def _poisson_arrays(confidence: Fraction) -> tuple[Any, Any]:
    """The lower and the upper limit of every whole count up to `MOST_COUNTED`."""
    limits = [poisson_limits(count, confidence) for count in range(MOST_COUNTED + 1)]
    return tuple(np.array([float(limit[end]) for limit in limits]) for end in (0, 1))  # type: ignore[return-value]


def _filled(
    ladder: LadderNode, reason: Formula, top: int, worst: Formula, point: Formula, best: Formula,
    ignored: tuple[Reason, ...] = (),
) -> tuple[Formula, Formula, Formula]:  # fmt: skip
    """Levels where there is a figure, else what the disposition of its reason stands for; null is left out. Levels are
    null where there is no figure."""
    zero, highest = short(0), short(top)
    doubt, strict = (of_disposition(ladder, reason, d) for d in ("doubt", "worst"))
    if ignored:
        counted = ~reason.is_in([int(r) for r in ignored])
        doubt, strict = doubt & counted, strict & counted
    return (
        when(doubt | strict).then(zero).otherwise(worst),
        when(strict).then(zero).otherwise(point),
        when(doubt).then(highest).when(strict).then(zero).otherwise(best),
    )


__all__ = ["Columns", "read"]
