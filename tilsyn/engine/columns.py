"""The columns reading: the same plan over many institutions at once, in float64.

Each node becomes a pair of expressions, a value and a reason code (0 where the value is
present), through Narwhals, so that a node is written once for every data-frame engine. Once
levels are known, the compiled ladder and the movement table are looked up. This module repeats
no rule: thresholds, rounding and dispositions come from the plan, and `exact` is its oracle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, assert_never

import narwhals as nw
import numpy as np

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.engine.intervals import (
    MOST_COUNTED,
    MOST_DEGREES,
    kept_ranks,
    normal_quantile,
    poisson_limits,
    student_quantiles,
)
from tilsyn.engine.lookups import Lookups, of_disposition, quantity_columns
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
    ONE,
    Pair,
    absent,
    code,
    combine,
    compared,
    first_of,
    floor_of,
    lit,
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
from tilsyn.engine.values import WITHHELD, Reason
from tilsyn.engine.values import compared as compared_value

KEYS = ("institution", "period")

LEAVES = (e.Number, e.Text, e.Flag, e.Level, e.Absent, e.Ref, e.Earlier, e.Peers, e.Related)
"""Nodes that are literals or columns already."""

ROW = "#row"
"""Whether a row was handed in; only where something looks back in time."""


def read(plan: Plan, figures: Any, *, period: int, states: Any | None = None) -> Any:
    """The placements of a period, or under a regime its results, as a data frame of the same kind as `figures`,
    one row per institution.

    `figures` is the observation frame; `states` has columns institution, step, held, streak, absent (numbers;
    steps as positions), decided (flag), in_force, in_force_held (nullable).
    """
    frame = nw.from_native(figures, eager_only=True)
    if plan.is_regime:
        return Columns(plan, frame, period).results().to_native()
    carried = nw.from_native(states, eager_only=True) if states is not None else None
    return Columns(plan, frame, period).place(carried).to_native()


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
    """A plan over a frame. Named values become columns `v:name` with their reason in `r:name`."""

    def __init__(self, plan: Plan, frame: nw.DataFrame[Any], period: int) -> None:
        ones = nw.new_series(ONE, np.ones(len(frame)), backend=frame.implementation)
        self.plan, self.frame, self.period = plan, frame.with_columns(ones), period
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
        names = self.frame["institution"].unique().to_list()
        keys = [(name, self.period - back) for back in sorted(self.past) for name in names]
        columns = {"institution": [name for name, _ in keys], "period": [period for _, period in keys]}
        columns |= {ONE: [1.0] * len(keys), ROW: [False] * len(keys)}
        backend = self.frame.implementation
        frame = self.frame.with_columns(lit(True).alias(ROW))
        empty = nw.from_dict(columns, backend=backend).with_columns(
            nw.col("period").cast(frame.schema["period"]),
            *(
                lit(int(Reason.NOT_SUBMITTED), kind).alias(c)
                for c, kind in frame.schema.items()
                if c.endswith(".missing")
            ),
        )
        self.frame = nw.concat([frame, empty.join(frame, on=list(KEYS), how="anti")], how="diagonal")

    # named values

    def pair(self, column: str) -> Pair:
        return Pair(nw.col(f"v:{column}"), nw.col(f"r:{column}"), clean=True)

    def keep(self, **pairs: Pair) -> None:
        """Make columns of named pairs, with values null where they are missing."""
        reasons = {name: or_zero(pair.reason).cast(nw.Int8()).alias(f"r:{name}") for name, pair in pairs.items()}
        self.frame = self.frame.with_columns(*reasons.values())
        values = [mask(Pair(pair.value, nw.col(f"r:{name}"))).alias(f"v:{name}") for name, pair in pairs.items()]
        self.frame = self.frame.with_columns(*values)
        self.done |= set(pairs)

    def let(self, expr: nw.Expr) -> nw.Expr:
        """A column of an expression that is read more than once, or the engine would be handed it as often."""
        return self.let_pair(Pair(expr)).value

    def let_pair(self, pair: Pair) -> Pair:
        self.lets += 1
        value, reason = f"let {self.lets}", f"let {self.lets} reason"
        columns = [pair.value.alias(value), *([pair.reason.alias(reason)] if pair.reason is not None else [])]
        self.frame = self.frame.with_columns(*columns)
        return Pair(nw.col(value), None if pair.reason is None else nw.col(reason), pair.clean)

    def _forget(self, quantity: str, lets: int) -> None:
        """Drop a quantity's stages, and what was let after so many: once it is kept, nobody reads them."""
        names = {f"let {number}{part}" for number in range(lets + 1, self.lets + 1) for part in ("", " reason")}
        stages = (f"v:#{quantity} ", f"r:#{quantity} ")
        self.frame = self.frame.drop([c for c in self.frame.columns if c in names or c.startswith(stages)])

    def want(self, name: str, field: str | None = None) -> Pair:
        """A named value, made into columns the first time it is asked for."""
        column = name if field is None else f"{name}.{field}"
        if column not in self.done:
            if column in self.quantities:
                lets = self.lets
                self.keep(**{column: self._quantity(column)})
                self._forget(column, lets)
            elif name.partition("@")[0] in self.indicators:
                self.keep(**{column: self._observed(name, field)})
            else:
                value = nw.col(name)
                self.keep(**{name: Pair(value, when_reason(value.is_null(), Reason.NOT_SUBMITTED))})
        return self.pair(column)

    def _quantity(self, name: str) -> Pair:
        """A quantity's value; where it has adjustments, `before:name` is what it was, `then:name` which were made."""
        node = self.quantities[name]
        value = self._settled(node, self.expression(node.of))
        if not node.then:
            return value
        value = self._stage(f"#{name} 0", value)
        before, made = value, list[nw.Expr]()
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
            made.append(nw.when(done & differs).then(lit(adjustment.id)))
            reason = nw.when(done).then(after.reason).otherwise(value.reason)
            if met.reason is not None and not node.pass_over:
                unknown = worst_reason(value.reason, met.reason)
                reason = nw.when(met.reason > 0).then(unknown).otherwise(reason)
            value = self._stage(
                f"#{name} {place}", Pair(nw.when(done).then(after.value).otherwise(value.value), reason)
            )
        self.frame = self.frame.with_columns(
            before.value.alias(f"before:{name}"),
            nw.concat_str(made, separator="+", ignore_nulls=True).alias(f"then:{name}"),
        )
        return value

    def _stage(self, name: str, pair: Pair) -> Pair:
        self.keep(**{name: pair})
        return self.pair(name)

    def _settled(self, node: QuantityNode, pair: Pair) -> Pair:
        if node.type != "number":
            return pair
        made = self.let_pair(Pair(pair.value.cast(nw.Float64()), pair.reason))
        value, reason = made.value, first_of(or_zero(made.reason), too_large(made.value))
        return Pair(value if node.decimals is None else round_half_up(value, node.decimals), reason)

    def _observed(self, name: str, field: str | None) -> Pair:
        indicator = self.indicators[name.partition("@")[0]]
        absent = nw.col(f"{name}.missing")
        if indicator.stale_after is not None:
            old = (nw.col("period") - nw.col(f"{name}.measured")) > indicator.stale_after
            absent = nw.when(absent > 0).then(absent).otherwise(when_reason(old.fill_null(False), Reason.STALE))
        value, reason = self._field(indicator, name, field)
        if field is not None:
            withheld = nw.col(f"{name}.missing").is_in([int(r) for r in WITHHELD])
            beside = withheld & ~nw.col(f"{name}.{field}").is_null()
            absent = nw.when(beside).then(code(0)).otherwise(absent)
        return Pair(value, nw.when(absent > 0).then(absent).otherwise(reason))

    def _field(self, indicator: IndicatorNode, name: str, field: str | None) -> tuple[nw.Expr, nw.Expr]:
        value = nw.col(name if field is None else f"{name}.{field}")
        if indicator.kind in COUNTED and field in (None, "count"):
            own, count, base = nw.col(name), nw.col(f"{name}.count"), nw.col(f"{name}.{COUNTED[indicator.kind]}")
            both = ~count.is_null() & ~base.is_null()
            if field is None:
                empty = both & (base == 0)
                value = nw.when(both & (base != 0)).then(count / base).when(~both).then(own)
                missing = when_reason(value.is_null(), Reason.NOT_SUBMITTED)
                if COUNTED[indicator.kind] == "expected":
                    alone = value.is_null() & ~count.is_null()
                    missing = nw.when(alone).then(code(Reason.UNDEFINED)).otherwise(missing)
                return value, nw.when(empty).then(code(Reason.UNDEFINED)).otherwise(missing)
            value = nw.when(count.is_null()).then(own * base).otherwise(count)
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
                return Pair(lit(rank, nw.Int64()))
            case e.Ref():
                return stand_in.get(expr.column) or self.pair(expr.column)
            case e.Absent():
                return absent(expr)
            case e.Earlier() | e.Peers() | e.Related():
                return self.pair(self.made[expr])
            case e.If():
                c, a, b = (self._part(part, stand_in, lets) for part in e.children(expr))
                value = nw.when(c.value).then(a.value).otherwise(b.value)
                if a.reason is None and b.reason is None:
                    return Pair(value)
                return Pair(value, nw.when(c.value).then(or_zero(a.reason)).otherwise(or_zero(b.reason)))
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
        then = self.frame.select(
            nw.col("institution"), (nw.col("period") + node.periods).alias("period"),
            nw.col(f"v:{source}").alias(f"v:{name}"), nw.col(f"r:{source}").alias(f"r:{name}"),
        )  # fmt: skip
        self.frame = self.frame.join(then, on=list(KEYS), how="left")
        self.frame = self.frame.with_columns(nw.col(f"r:{name}").fill_null(int(Reason.NOT_SUBMITTED)).cast(nw.Int8()))
        self.made[node] = name

    def _related(self, node: e.Related) -> None:
        """A name in the row that a relation leads to; without an id, or with one that nobody has, not applicable."""
        whose, source = self.relations[node.relation].attribute, node.of.column
        self.want(whose)
        self.want(node.of.name, node.of.field)
        name = f"{node.relation} {source}"
        there = self.frame.filter(nw.col(ROW)) if self.past else self.frame
        other = there.select(
            nw.col("institution").alias("#whose"), nw.col("period"),
            nw.col(f"v:{source}").alias(f"v:{name}"), nw.col(f"r:{source}").alias(f"r:{name}"),
        )  # fmt: skip
        self.frame = self.frame.join(
            other, left_on=[f"v:{whose}", "period"], right_on=["#whose", "period"], how="left"
        ).with_columns(nw.col(f"r:{name}").fill_null(int(Reason.NOT_APPLICABLE)).cast(nw.Int8()))
        self.made[node] = name

    def _many(self, node: e.Peers, member: nw.Expr, of: Pair) -> Pair:
        """A set function over the rows whose attribute holds this row's id."""
        whose = self.relations[node.set].attribute
        belongs = member & (self.want(whose).reason == 0)
        counts = node.function == "count"
        value = (
            lit(1.0) if counts else of.value.cast(nw.Float64()) if node.function == "count_true" else compared(of.value)
        )
        theirs = self.frame.select(
            nw.col(f"v:{whose}").alias("institution"), nw.col("period"), nw.when(belongs).then(value).alias("x")
        ).filter(~nw.col("x").is_null())
        how = {"count": "count", "count_true": "sum"}.get(node.function, node.function)
        found = theirs.group_by("institution", "period").agg(
            getattr(nw.col("x"), how)().cast(nw.Float64()).alias("x:many")
        )
        self.frame = self.frame.drop([c for c in self.frame.columns if c == "x:many"])
        self.frame = self.frame.join(found, on=list(KEYS), how="left")
        many = nw.col("x:many")
        if node.function in ("count", "count_true"):
            return Pair(many.fill_null(0.0), code(0))
        return Pair(many, when_reason(many.is_null(), Reason.NOT_SUBMITTED))

    def _peers(self, node: e.Peers) -> None:
        of = self.expression(node.of)
        member = (of.reason == 0) if of.reason is not None else nw.lit(True)
        outside = code(0)
        if node.where is not None:
            where = self.expression(node.where)
            inside = mask(where).fill_null(False)
            member, outside = member & inside, when_reason(~inside, Reason.NOT_APPLICABLE)
        name, keys = f"peers {len(self.made)}", ["period"]
        if node.set != "peers":
            if self.past:
                member = member & nw.col(ROW)
            pair = self._many(node, member, of)
            if self.past:
                reason = nw.when(nw.col(ROW)).then(or_zero(pair.reason)).otherwise(code(Reason.NOT_SUBMITTED))
                pair = Pair(pair.value, reason)
            self.keep(**{name: pair})
            self.made[node] = name
            return
        home = self.want(node.within).reason if node.within else None
        if home is not None:
            keys.append(f"v:{node.within}")
            outside = worst_reason(outside, home)
        numeric = node.function not in ("count", "count_true")
        counted = (
            compared(of.value)
            if numeric
            else of.value.cast(nw.Float64())
            if node.function == "count_true"
            else lit(1.0)
        )
        if self.past:
            member = member & nw.col(ROW)
        self.frame = self.frame.with_columns(nw.when(member).then(counted).alias("x:member"))
        value, reason = over_set(node, nw.col("x:member"), keys, of.reason, outside)
        if home is not None and node.function not in e.PLACED:
            reason = first_of(home, reason)
        if self.past:
            reason = nw.when(nw.col(ROW)).then(or_zero(reason)).otherwise(code(Reason.NOT_SUBMITTED))
        self.keep(**{name: Pair(value, reason)})
        self.made[node] = name

    # regimes

    def results(self) -> nw.DataFrame[Any]:
        """One row per institution of the period, every quantity a column: what a regime comes to."""
        for quantity in self.plan.quantities:
            self.want(quantity.name)
        frame = self.frame.filter(nw.col("period") == self.period)
        if self.past:
            frame = frame.filter(nw.col(ROW))
        return frame.select("institution", "period", *quantity_columns(self.plan)).sort("institution")

    # goals

    def place(self, states: nw.DataFrame[Any] | None) -> nw.DataFrame[Any]:
        grave = self.judge()
        return Lookups(self.plan, self.frame).placed(states, grave)

    def judge(self) -> Pair:
        """The period's rows with the levels that the ladder sees, in `frame`; the emergency flag is given back.

        What follows depends on where each institution stands, and is looked up. Studies that ask it of several
        states judge once.
        """
        plan = self.plan
        for quantity in plan.quantities:
            self.want(quantity.name)
        for outside in plan.ladder.outsides:
            self.want(outside.name)
        grave = self._grave()
        readings = [
            (goal, member) for goal in plan.goals for member in (None, *(goal.equity.members if goal.equity else ()))
        ]
        for goal, member in readings:
            self._figure(goal, member)
        self._pool(readings)
        self.frame = self.frame.filter(nw.col("period") == self.period).sort("institution")
        for goal, member in readings:
            self._read(goal, member)
        for goal in plan.goals:
            self._judge(goal)
        return grave

    def _grave(self) -> Pair:
        movement = self.plan.ladder.movement
        if movement is None or movement.grave_when is None:
            return Pair(lit(False))
        self.keep(**{"#grave": self.expression(movement.grave_when)})
        return self.pair("#grave")

    def _key(self, goal: GoalNode, member: str | None) -> str:
        return goal.name if member is None else f"{goal.name}@{member}"

    def _stand_in(self, goal: GoalNode, member: str | None) -> dict[str, Pair]:
        if member is None:
            return {}
        return {
            ref.column: self.want(f"{ref.name}@{member}", ref.field)
            for ref in e.refs(goal.measure)
            if ref.name in self.indicators
        }

    def _figure(self, goal: GoalNode, member: str | None) -> None:
        """Each row's own figure: `v:/r:key` is the measure of the row alone, `t:key:…` the terms that are pooled."""
        key = self._key(goal, member)
        found = self.expression(goal.measure, self._stand_in(goal, member))
        value = self.let(found.value)
        own = Pair(round_half_up(value, goal.decimals), worst_reason(found.reason, too_large(value)))
        applies = self.expression(goal.applies_when) if goal.applies_when is not None else None
        if applies is not None:
            outside = when_reason(~mask(applies).fill_null(True), Reason.NOT_APPLICABLE)
            without = (
                outside
                if applies.reason is None
                else nw.when(applies.reason > 0).then(applies.reason).otherwise(outside)
            )
            self.frame = self.frame.with_columns(without.cast(nw.Int8()).alias(f"a:{key}"))
            applying = nw.col(f"a:{key}")
            own = Pair(own.value, nw.when(applying > 0).then(applying).otherwise(or_zero(own.reason)))
        self.keep(**{f"own {key}": own})
        if goal.evidence is None:
            return
        terms, why = self._terms(goal, goal.evidence, member)
        reason = self.let(why)
        columns = [nw.when(reason == 0).then(term).alias(f"t:{key}:{name}") for name, term in terms.items()]
        self.frame = self.frame.with_columns(*columns, reason.cast(nw.Int8()).alias(f"t:{key}:reason"))

    def _terms(self, goal: GoalNode, evidence: EvidenceNode, member: str | None) -> tuple[dict[str, nw.Expr], nw.Expr]:
        """What one period gives to the pool, and the reason why it gives nothing."""
        name = evidence.indicator if member is None else f"{evidence.indicator}@{member}"
        value = self.want(name)
        reasons: list[nw.Expr | None] = [value.reason]
        terms: dict[str, nw.Expr] = {}
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
                    nw.when(~sd.value.is_null())
                    .then(degrees * sd.value * sd.value)
                    .otherwise(degrees * se.value * se.value * n.value)
                )
                squares = nw.when(squares.is_null() & (degrees == 0)).then(number(0)).otherwise(squares)
                reason = first_of(first_of(reason, n.reason), when_reason(n.value < 1, Reason.TOO_FEW))
                reason = first_of(reason, when_reason(squares.is_null(), Reason.NOT_SUBMITTED))
                terms |= {"value": value.value * n.value, "weight": n.value, "degrees": degrees, "squares": squares}
            case "normal/v1":
                se = self.want(name, "se")
                reason = first_of(reason, se.reason)
                terms |= {"value": value.value, "weight": number(1), "se": se.value}
            case "given/v1":
                terms |= {"value": value.value, "weight": number(1)}
                if evidence.word_from is not None:
                    word = self.want(evidence.word_from)
                    known = nw.col(f"v:{evidence.word_from}").is_in([w.word for w in evidence.words])
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
        """Add the terms of earlier periods to this period's; one join for each period back."""
        pooled = [(g, m, g.evidence) for g, m in readings if g.evidence is not None]
        farthest = max((evidence.pool for _, _, evidence in pooled), default=1)
        every = self.frame
        now = self.frame.filter(nw.col("period") == self.period)
        there = every.filter(nw.col(ROW)) if self.past else every
        first = there.group_by("institution").agg(nw.col("period").min().alias("#first"))
        now = now.join(first, on="institution", how="left")
        for goal, member, _ in pooled:
            key = self._key(goal, member)
            now = now.with_columns((nw.when(nw.col(f"t:{key}:reason") == 0).then(number(1))).alias(f"t:{key}:periods"))
        for back in range(1, farthest):
            reaching = [(g, m, ev) for g, m, ev in pooled if ev.pool > back]
            columns: list[nw.Expr] = []
            for goal, member, evidence in reaching:
                key = self._key(goal, member)
                names = self._summed(every, key)
                about = self._about(evidence, member)
                columns += [nw.col(f"t:{key}:{name}").alias(f"b:{key}:{name}") for name in names]
                columns.append(nw.col(f"t:{key}:reason").alias(f"b:{key}:reason"))
                if goal.applies_when is not None:
                    columns.append(nw.col(f"a:{key}").alias(f"b:{key}:applies"))
                if about is not None:
                    columns.append((nw.col("period") - nw.col(about)).fill_null(0).alias(f"b:{key}:late"))
            then = every.filter(nw.col("period") == self.period - back).select(nw.col("institution"), *columns)
            now = now.join(then, on="institution", how="left")
            now = now.with_columns(
                *(self._inside(self._key(g, m), ev, m, back).alias(f"i:{self._key(g, m)}") for g, m, ev in reaching)
            )
            adds: list[nw.Expr] = []
            for goal, member, evidence in reaching:
                key = self._key(goal, member)
                adds.append(self._kept_back(goal, member, evidence, back).alias(f"t:{key}:reason"))
                inside = nw.col(f"i:{key}")
                for name in self._summed(every, key):
                    more = nw.when(inside).then(nw.col(f"b:{key}:{name}")).otherwise(number(0))
                    adds.append((nw.col(f"t:{key}:{name}") + more).alias(f"t:{key}:{name}"))
                adds.append((nw.col(f"t:{key}:periods") + inside.cast(nw.Float64())).alias(f"t:{key}:periods"))
            now = now.with_columns(*adds)
            now = now.drop(*[c for c in now.columns if c.startswith("b:")])
        self.frame = now

    def _inside(self, key: str, evidence: EvidenceNode, member: str | None, back: int) -> nw.Expr:
        """Whether the period so far back counts in the pool: it has a figure, its own, and comparable."""
        return (nw.col(f"b:{key}:reason") == 0).fill_null(False) & self._own_period(key, evidence, member, back)

    def _own_period(self, key: str, evidence: EvidenceNode, member: str | None, back: int) -> nw.Expr:
        """Whether what stands in the period so far back is about it, and comparable."""
        from_ = self.indicators[evidence.indicator].comparable_from
        if from_ is not None and self.period - back < from_ <= self.period:
            return lit(False)
        about = self._about(evidence, member)
        if about is None:
            return lit(True)
        # a figure that is handed in again for a later period counts once
        again = (nw.col(about) == self.period - back).fill_null(False)
        return (nw.col(f"b:{key}:late") == 0).fill_null(True) & ~again

    def _kept_back(self, goal: GoalNode, member: str | None, evidence: EvidenceNode, back: int) -> nw.Expr:
        """The pool's reason, after the period so far back: a figure that is missing there for a reason that the ladder
        counts as the worst level is missing from the pool. Before its first row an institution was not there."""
        key = self._key(goal, member)
        reason = nw.col(f"t:{key}:reason")
        then = nw.col(f"b:{key}:reason").fill_null(int(Reason.NOT_SUBMITTED))
        kept = of_disposition(self.plan.ladder, then, "worst") & (nw.col("#first") <= self.period - back)
        if goal.applies_when is not None:
            kept = kept & ~(nw.col(f"b:{key}:applies") == int(Reason.NOT_APPLICABLE)).fill_null(False)
        kept = kept & self._own_period(key, evidence, member, back)
        return nw.when((reason == 0) & kept).then(then).otherwise(reason).cast(nw.Int8())

    def _summed(self, frame: nw.DataFrame[Any], key: str) -> list[str]:
        prefix = f"t:{key}:"
        return [c[len(prefix) :] for c in frame.columns if c.startswith(prefix) and not c.endswith(":reason")]

    def _about(self, evidence: EvidenceNode, member: str | None) -> str | None:
        name = evidence.indicator if member is None else f"{evidence.indicator}@{member}"
        return f"{name}.measured" if f"{name}.measured" in self.frame.columns else None

    def _read(self, goal: GoalNode, member: str | None) -> None:
        """Value, ends and levels (positions among the goal's own levels) of a goal or of a group member."""
        key, evidence = self._key(goal, member), goal.evidence
        own = self.pair(f"own {key}")
        if evidence is None:
            self.keep(**{key: own})
            position = self._position(goal, nw.col(f"v:{key}"))
            self.frame = self.frame.with_columns(
                *(nw.col(f"v:{key}").alias(f"{end}:{key}") for end in ("worse", "better")),
                *(position.alias(f"{level}:{key}") for level in ("worst", "point", "best")),
            )
            return
        self._pooled_figure(goal, evidence, key)
        value = self._measured(goal, evidence, key, nw.col(f"x:{key}"))
        reason = nw.col(f"t:{key}:reason")
        if goal.applies_when is not None:
            reason = nw.when(nw.col(f"a:{key}") > 0).then(nw.col(f"a:{key}")).otherwise(reason)
        self.keep(**{key: Pair(value.value, first_of(reason, value.reason))})
        if evidence.word_from is not None:
            self._levels_by_word(goal, evidence, key)
            return
        worst_of, best_of = (
            (nw.min_horizontal, nw.max_horizontal) if goal.higher else (nw.max_horizontal, nw.min_horizontal)
        )
        present = nw.col(f"v:{key}")
        between = self._between(goal, evidence, key) if evidence.overdispersion is not None else 0.0
        for pick, confidence, end in ((worst_of, evidence.up, "worse"), (best_of, evidence.down, "better")):
            low, high = self._interval(evidence, key, confidence, between)
            both = [self._measured(goal, evidence, key, x).value for x in (low, high)]
            found = nw.when(~present.is_null()).then(pick(*both, present))
            self.frame = self.frame.with_columns(found.alias(f"{end}:{key}"))
        self.frame = self.frame.with_columns(
            self._position(goal, nw.col(f"worse:{key}")).alias(f"worst:{key}"),
            self._position(goal, present).alias(f"point:{key}"),
            self._position(goal, nw.col(f"better:{key}")).alias(f"best:{key}"),
        )

    def _pooled_figure(self, goal: GoalNode, evidence: EvidenceNode, key: str) -> None:
        """The pooled value in `x:key`, its expected in `e:key`, and the last reasons why there is none."""
        t = {name: nw.col(f"t:{key}:{name}") for name in self._summed(self.frame, key)}
        reason = nw.col(f"t:{key}:reason")
        columns = [((t["count"] if "count" in t else t["value"]) / t["weight"]).alias(f"x:{key}")]
        if "expected" in t:
            columns.append((t["expected"] / t["weight"]).alias(f"e:{key}"))
        if evidence.method == "student-t/v1":
            few = when_reason((t["degrees"] < 1).fill_null(False), Reason.TOO_FEW)
            variance = t["squares"] / t["degrees"]
            if evidence.sd_floor is not None:
                floor = number(evidence.sd_floor**2)
                variance = nw.when(variance < floor).then(floor).otherwise(variance)
            columns.append(variance.alias(f"variance:{key}"))
            reason = first_of(first_of(reason, few), when_reason((variance == 0).fill_null(False), Reason.UNDEFINED))
        if evidence.at_least_n is not None:
            reason = first_of(
                reason, when_reason((compared(t["n"]) < evidence.at_least_n).fill_null(False), Reason.TOO_FEW)
            )
        self.frame = self.frame.with_columns(*columns, reason.alias(f"t:{key}:reason"))

    def _measured(self, goal: GoalNode, evidence: EvidenceNode, key: str, x: nw.Expr) -> Pair:
        """The goal's measure at a value of its indicator, rounded to its decimals."""
        found = self._line(goal, evidence, key, x)
        value = self.let(found.value)
        return Pair(round_half_up(value, goal.decimals), worst_reason(found.reason, too_large(value)))

    def _line(self, goal: GoalNode, evidence: EvidenceNode, key: str, x: nw.Expr) -> Pair:
        """The goal's measure at a value of its indicator."""
        stand_in = {evidence.indicator: Pair(x)}
        if f"e:{key}" in self.frame.columns:
            stand_in[f"{evidence.indicator}.expected"] = Pair(nw.col(f"e:{key}"))
        return self.expression(goal.measure, stand_in)

    def _between(self, goal: GoalNode, evidence: EvidenceNode, key: str) -> float:
        """The variance between the institutions with a figure, as `intervals.between` of `exact.score`."""
        assert evidence.overdispersion is not None
        at_none, at_one = (mask(self._line(goal, evidence, key, number(x))) for x in (0, 1))
        slope = self.let(at_one - at_none)
        centre = self.let(nw.when(~nothing(slope)).then((number(evidence.overdispersion.centre) - at_none) / slope))
        x = nw.col(f"x:{key}")
        match evidence.method:
            case "square-root/v1":
                expected = nw.col(f"t:{key}:weight")
                middle = nw.when(steady(centre) >= 0).then(steady(centre))
                z, weight = (x.sqrt() - middle.sqrt()) * number(2) * expected.sqrt(), expected * number(4)
            case _:
                se = nw.when(steady(nw.col(f"t:{key}:se")) > 0).then(nw.col(f"t:{key}:se"))
                z, weight = (x - centre) / se, number(1) / (se * se)
        z = self.let(z)
        scores = self.frame.filter(nw.col(f"r:{key}") == 0).select(z.alias("z"), compared(z).alias("order"),
                                                                   weight.alias("weight"))  # fmt: skip
        scores = scores.filter(~nw.col("z").is_null())
        arrays = [scores[name].to_numpy() for name in ("z", "order", "weight")]
        return _variance_between(arrays[0], arrays[1], arrays[2], evidence.overdispersion)

    def _interval(
        self, evidence: EvidenceNode, key: str, confidence: Fraction, between: float
    ) -> tuple[nw.Expr, nw.Expr]:
        """Both ends of the method's interval, clipped to the indicator's range. The formulas are `intervals.py`'s."""
        x = nw.col(f"x:{key}")
        match evidence.method:
            case "wilson/v1":
                low, high = _wilson(x, nw.col(f"t:{key}:weight"), float(normal_quantile(confidence)))
            case "byar/v1":
                low, high = _byar(
                    nw.col(f"t:{key}:count"), nw.col(f"t:{key}:weight"), float(normal_quantile(confidence))
                )
            case "poisson/v1":
                self._poisson(key, confidence)
                count, exposure = nw.col(f"t:{key}:count"), nw.col(f"t:{key}:weight")
                byar = _byar(count, exposure, float(normal_quantile(confidence)))
                exact = (nw.col("x:low") / exposure, nw.col("x:high") / exposure)
                many = compared(count) > MOST_COUNTED
                low, high = (nw.when(many).then(a).otherwise(b) for a, b in zip(byar, exact, strict=True))
            case "square-root/v1":
                error = (number(1) / (nw.col(f"t:{key}:weight") * number(4)) + number(between)).sqrt()
                half, root = error * float(normal_quantile(confidence)), x.sqrt()
                low, high = nw.max_horizontal(root - half, number(0)), root + half
                low, high = low * low, high * high
            case "student-t/v1":
                self._student(key, confidence)
                half = nw.col("x:t") * (nw.col(f"variance:{key}") / nw.col(f"t:{key}:weight")).sqrt()
                low, high = x - half, x + half
            case "normal/v1":
                se = nw.col(f"t:{key}:se")
                if between:
                    se = (se * se + number(between)).sqrt()
                half = se * float(normal_quantile(confidence))
                low, high = x - half, x + half
            case "given/v1":
                # a published interval that leaves its own figure out is widened to it
                low, high = nw.min_horizontal(nw.col(f"t:{key}:low"), x), nw.max_horizontal(nw.col(f"t:{key}:high"), x)
            case _:
                assert_never(evidence.method)
        indicator = self.indicators[evidence.indicator]
        if indicator.low is not None and indicator.high is not None:
            least, most = number(indicator.low), number(indicator.high)
            low, high = nw.max_horizontal(low, least), nw.min_horizontal(high, most)
        return self.let(low), self.let(high)

    def _student(self, key: str, confidence: Fraction) -> None:
        """Student's t for each row's degrees of freedom, in `x:t`."""
        degrees = self.frame[f"t:{key}:degrees"].fill_null(1.0).to_numpy()
        index = np.clip(np.nan_to_num(degrees, nan=1.0), 1, MOST_DEGREES).astype(np.int64) - 1
        self.frame = self._with(**{"x:t": _student_array(confidence)[index]})

    def _poisson(self, key: str, confidence: Fraction) -> None:
        """The exact limits of each row's count, in `x:low` and `x:high`; only counts that occur are tabulated."""
        count = np.clip(self.frame[f"t:{key}:count"].fill_null(0.0).to_numpy(), 0, MOST_COUNTED)
        whole = np.floor(count).astype(np.int64)
        share = (count - whole)[:, np.newaxis]
        known, places = np.unique(np.stack([whole, np.ceil(count).astype(np.int64)]), return_inverse=True)
        table = np.array([[float(x) for x in poisson_limits(int(c), confidence)] for c in known]).reshape(-1, 2)
        own, above = table[places.reshape(2, -1)]
        limits = own + share * (above - own)
        self.frame = self._with(**{"x:low": limits[:, 0], "x:high": limits[:, 1]})

    def _with(self, **arrays: Any) -> nw.DataFrame[Any]:
        return self.frame.with_columns(
            *(nw.new_series(name, values, backend=self.frame.implementation) for name, values in arrays.items())
        )

    def _position(self, goal: GoalNode, x: nw.Expr) -> nw.Expr:
        """How many of the goal's cuts a rounded figure passes."""
        position = nw.when(~x.is_null()).then(lit(0, nw.Int64()))
        for cut in goal.cuts:
            bound = number(cut.bound)
            if goal.higher:
                passed = x >= bound if cut.inclusive else x > bound
            else:
                passed = x <= bound if cut.inclusive else x < bound
            position = nw.when(passed).then(lit(goal.ranks.index(cut.rank), nw.Int64())).otherwise(position)
        return position

    def _levels_by_word(self, goal: GoalNode, evidence: EvidenceNode, key: str) -> None:
        word, present = nw.col(f"v:{evidence.word_from}"), nw.col(f"v:{key}")
        worst = best = nw.when(present.is_null()).then(lit(None, nw.Int64()))
        for known in evidence.words:
            hit = ~present.is_null() & (word == known.word)
            worst = nw.when(hit).then(lit(goal.ranks.index(known.worst), nw.Int64())).otherwise(worst)
            best = nw.when(hit).then(lit(goal.ranks.index(known.best), nw.Int64())).otherwise(best)
        self.frame = self.frame.with_columns(
            present.alias(f"worse:{key}"), present.alias(f"better:{key}"), worst.alias(f"worst:{key}"),
            best.alias(f"best:{key}"), self._position(goal, present).alias(f"point:{key}"),
        )  # fmt: skip
        point = nw.col(f"point:{key}")
        held = nw.min_horizontal(nw.max_horizontal(point, nw.col(f"worst:{key}")), nw.col(f"best:{key}"))
        self.frame = self.frame.with_columns(nw.when(~point.is_null()).then(held).alias(f"point:{key}"))

    def _judge(self, goal: GoalNode) -> None:
        """The levels that the ladder sees, null for left out: `W`, `P`, `B`; and whether a group capped them."""
        ladder, top = self.plan.ladder, len(goal.ranks) - 1
        reason = nw.col(f"r:{goal.name}")
        worst, point, best = (nw.col(f"{level}:{goal.name}") for level in ("worst", "point", "best"))
        levels = _filled(ladder, reason, top, worst, point, best)
        capped = lit(False)
        if goal.equity is not None:
            below, cap = goal.ranks.index(goal.equity.no_worse_than), goal.ranks.index(goal.equity.cap)
            for member in goal.equity.members:
                key = self._key(goal, member)
                own = _filled(
                    ladder, nw.col(f"r:{key}"), top,
                    nw.col(f"worst:{key}"), nw.col(f"point:{key}"), nw.col(f"best:{key}"),
                    ignored=(Reason.TOO_FEW, Reason.NOT_APPLICABLE),
                )  # fmt: skip
                limits = [(level < below).fill_null(False) for level in own]
                lowered = [
                    nw.when(limit & (level > cap).fill_null(False)).then(lit(cap, nw.Int64())).otherwise(level)
                    for level, limit in zip(levels, limits, strict=True)
                ]
                bites = [limit & (level > cap).fill_null(False) for level, limit in zip(levels, limits, strict=True)]
                capped = reduce(lambda a, b: a | b, bites, capped)
                names = [f"{end}:{goal.name}" for end in ("W", "P", "B")]
                self.frame = self.frame.with_columns(
                    *(level.alias(name) for level, name in zip(lowered, names, strict=True)),
                    capped.alias(f"C:{goal.name}"),
                )
                levels, capped = tuple(nw.col(name) for name in names), nw.col(f"C:{goal.name}")
        self.frame = self.frame.with_columns(
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
            return masked(nw.min_horizontal(value.value, amount.value), reason)
        case "at_least":
            return masked(nw.max_horizontal(value.value, amount.value), reason)
        case "add":
            return Pair(value.value + amount.value, reason)


def _alike(node: QuantityNode, a: nw.Expr, b: nw.Expr) -> nw.Expr:
    """Whether two values are the same, or neither is there."""
    if node.type == "number":
        a, b = compared(a), compared(b)
    return (a == b).fill_null(True)


def _wilson(p: nw.Expr, n: nw.Expr, z: float) -> tuple[nw.Expr, nw.Expr]:
    spread = (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() * z
    centre, divisor = p + z * z / (2.0 * n), 1.0 + z * z / n
    return (centre - spread) / divisor, (centre + spread) / divisor


def _byar(count: nw.Expr, exposure: nw.Expr, z: float) -> tuple[nw.Expr, nw.Expr]:
    above = count + 1.0
    inner = 1.0 - 1.0 / (9.0 * count) - z / (3.0 * count.sqrt())
    low = nw.when((count > 0) & (inner > 0)).then(count * inner * inner * inner).otherwise(number(0))
    inner = 1.0 - 1.0 / (9.0 * above) + z / (3.0 * above.sqrt())
    return low / exposure, above * inner * inner * inner / exposure


def _variance_between(z: Any, order: Any, weight: Any, over: OverdispersionNode) -> float:
    """As `intervals.between`, of arrays; `order` is z as it is compared."""
    _, place, times = np.unique(order, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    ranks = (2 * last - times + 1)[place]
    first, after = kept_ranks(len(z), over.ends)
    kept = (ranks >= first) & (ranks < after)
    if over.winsorise and kept.any():
        z = np.clip(z, z[kept].min(), z[kept].max())
    else:
        z, weight = z[kept], weight[kept]
    if len(z) < 2:
        return 0.0
    weights = np.cumsum(weight)
    pairs = (weight[1:] * weights[:-1]).sum()
    return max(0.0, float((np.square(z).sum() - (len(z) - 1)) * weights[-1] / (2.0 * pairs)))


@lru_cache(maxsize=64)
def _student_array(confidence: Fraction) -> Any:
    return np.array([float(t) for t in student_quantiles(confidence)])


def _filled(
    ladder: LadderNode, reason: nw.Expr, top: int, worst: nw.Expr, point: nw.Expr, best: nw.Expr,
    ignored: tuple[Reason, ...] = (),
) -> tuple[nw.Expr, nw.Expr, nw.Expr]:  # fmt: skip
    """Levels where there is a figure, else what the disposition of its reason stands for; null is left out."""
    zero, highest = lit(0, nw.Int64()), lit(top, nw.Int64())
    doubt, strict = (of_disposition(ladder, reason, d) for d in ("doubt", "worst"))
    if ignored:
        counted = ~reason.is_in([int(r) for r in ignored])
        doubt, strict = doubt & counted, strict & counted
    present = reason == 0
    return (
        nw.when(present).then(worst).when(doubt | strict).then(zero),
        nw.when(present).then(point).when(strict).then(zero),
        nw.when(present).then(best).when(doubt).then(highest).when(strict).then(zero),
    )


__all__ = ["Columns", "read"]
