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
from tilsyn.engine.intervals import MOST_DEGREES, normal_quantile, student_quantiles
from tilsyn.engine.lookups import Lookups, of_disposition
from tilsyn.engine.nodes import EvidenceNode, GoalNode, IndicatorNode, LadderNode, Plan
from tilsyn.engine.pairs import (
    ONE,
    RANKED,
    Pair,
    code,
    combine,
    compared,
    first_of,
    floor_of,
    lit,
    mask,
    number,
    or_zero,
    over_set,
    round_half_up,
    too_large,
    when_reason,
    worst_reason,
)
from tilsyn.engine.values import Reason

KEYS = ("institution", "period")

ROW = "#row"
"""Whether a row was handed in; only where something looks back in time."""


def read(plan: Plan, figures: Any, *, period: int, states: Any | None = None) -> Any:
    """The placements of a period as a data frame of the same kind as `figures`, one row per institution.

    `figures` is the observation frame; `states` has columns institution, step, held, streak, absent (numbers;
    steps as positions), decided (flag), in_force, in_force_held (nullable).
    """
    frame = nw.from_native(figures, eager_only=True)
    carried = nw.from_native(states, eager_only=True) if states is not None else None
    return Columns(plan, frame, period).place(carried).to_native()


def past_of(plan: Plan) -> frozenset[int]:
    """How many periods back the plan's expressions look, through quantities too."""
    quantities = {q.name: q.of for q in plan.quantities}
    seen: set[tuple[str, int]] = set()

    def look(expr: Expr, back: int) -> None:
        match expr:
            case e.Earlier(of, periods):
                look(of, back + periods)
            case e.Ref(name) if name in quantities and (name, back) not in seen:
                seen.add((name, back))
                look(quantities[name], back)
            case e.Ref(name):
                seen.add((name, back))
            case _:
                for child in e.children(expr):
                    look(child, back)

    movement = plan.ladder.movement
    grave = [movement.grave_when] if movement is not None and movement.grave_when is not None else []
    applies = [goal.applies_when for goal in plan.goals if goal.applies_when is not None]
    for expr in (*quantities.values(), *(goal.measure for goal in plan.goals), *applies, *grave):
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
        empty = nw.from_dict(columns, backend=backend).with_columns(nw.col("period").cast(frame.schema["period"]))
        self.frame = nw.concat([frame, empty.join(frame, on=list(KEYS), how="anti")], how="diagonal")

    # named values

    def pair(self, column: str) -> Pair:
        return Pair(nw.col(f"v:{column}"), nw.col(f"r:{column}"))

    def keep(self, **pairs: Pair) -> None:
        """Make columns of named pairs, with values null where they are missing."""
        reasons = {name: or_zero(pair.reason).cast(nw.Int8()).alias(f"r:{name}") for name, pair in pairs.items()}
        self.frame = self.frame.with_columns(*reasons.values())
        values = [mask(Pair(pair.value, nw.col(f"r:{name}"))).alias(f"v:{name}") for name, pair in pairs.items()]
        self.frame = self.frame.with_columns(*values)
        self.done |= set(pairs)

    def let(self, expr: nw.Expr) -> nw.Expr:
        """A column of an expression that is read more than once, or the engine would be handed it as often."""
        self.lets += 1
        self.frame = self.frame.with_columns(expr.alias(f"let {self.lets}"))
        return nw.col(f"let {self.lets}")

    def want(self, name: str, field: str | None = None) -> Pair:
        """A named value, made into columns the first time it is asked for."""
        column = name if field is None else f"{name}.{field}"
        if column not in self.done:
            if name in self.quantities:
                self.keep(**{name: self._quantity(name)})
            elif name.partition("@")[0] in self.indicators:
                self.keep(**{column: self._observed(name, field)})
            else:
                value = nw.col(name)
                self.keep(**{name: Pair(value, when_reason(value.is_null(), Reason.NOT_SUBMITTED))})
        return self.pair(column)

    def _quantity(self, name: str) -> Pair:
        node = self.quantities[name]
        pair = self.expression(node.of)
        if node.type != "number":
            return pair
        reason = worst_reason(pair.reason, too_large(pair.value))
        return Pair(pair.value if node.decimals is None else round_half_up(pair.value, node.decimals), reason)

    def _observed(self, name: str, field: str | None) -> Pair:
        indicator = self.indicators[name.partition("@")[0]]
        absent = nw.col(f"{name}.missing")
        if indicator.stale_after is not None:
            old = (nw.col("period") - nw.col(f"{name}.measured")) > indicator.stale_after
            absent = nw.when(absent > 0).then(absent).otherwise(when_reason(old.fill_null(False), Reason.STALE))
        value, reason = self._field(indicator, name, field)
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
                return value, nw.when(empty).then(code(Reason.UNDEFINED)).otherwise(missing)
            value = nw.when(count.is_null()).then(own * base).otherwise(count)
        return value, when_reason(value.is_null(), Reason.NOT_SUBMITTED)

    # expressions

    def expression(self, expr: Expr, stand_in: Mapping[str, Pair] | None = None) -> Pair:
        """The pair of an expression; what needs other rows is made into columns first."""
        for node in e.walk(expr):
            if isinstance(node, e.Peers) and node not in self.made:
                self._peers(node)
            elif isinstance(node, e.Earlier) and node not in self.made:
                self._earlier(node)
            elif isinstance(node, e.Ref) and node.column not in (stand_in or {}):
                self.want(node.name, node.field)
        return self.compile(expr, stand_in or {})

    def compile(self, expr: Expr, stand_in: Mapping[str, Pair]) -> Pair:
        match expr:
            case e.Number(value):
                return Pair(number(value))
            case e.Text(value) | e.Flag(value):
                return Pair(lit(value))
            case e.Level(_, rank):
                return Pair(lit(rank, nw.Int64()))
            case e.Ref():
                return stand_in.get(expr.column) or self.pair(expr.column)
            case e.Earlier() | e.Peers():
                return self.pair(self.made[expr])
            case e.If(condition, then, otherwise):
                c, a, b = (self.compile(part, stand_in) for part in (condition, then, otherwise))
                value = nw.when(c.value).then(a.value).otherwise(b.value)
                if a.reason is None and b.reason is None:
                    return Pair(value)
                return Pair(value, nw.when(c.value).then(or_zero(a.reason)).otherwise(or_zero(b.reason)))
            case e.Negative() | e.Arith() | e.Compare() | e.Logic() | e.Not() | e.Call():
                return combine(expr, [self.compile(part, stand_in) for part in e.children(expr)])
            case e.Input():
                raise AssertionError("a unary test is not an expression")
            case _:
                assert_never(expr)

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

    def _peers(self, node: e.Peers) -> None:
        of = self.expression(node.of)
        member = (of.reason == 0) if of.reason is not None else nw.lit(True)
        outside = code(0)
        if node.where is not None:
            where = self.expression(node.where)
            inside = mask(where).fill_null(False)
            member, outside = member & inside, when_reason(~inside, Reason.NOT_APPLICABLE)
        name, keys = f"peers {len(self.made)}", ["period"]
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
        if home is not None and node.function not in RANKED:
            reason = first_of(home, reason)
        if self.past:
            reason = nw.when(nw.col(ROW)).then(or_zero(reason)).otherwise(code(Reason.NOT_SUBMITTED))
        self.keep(**{name: Pair(value, reason)})
        self.made[node] = name

    # goals

    def place(self, states: nw.DataFrame[Any] | None) -> nw.DataFrame[Any]:
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
        return Lookups(plan, self.frame).placed(states, grave)

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
            case "wilson/v1" | "byar/v1":
                base_name = COUNTED[self.indicators[evidence.indicator].kind]
                count, base = self.want(name, "count"), self.want(name, base_name)
                then = worst_reason(
                    count.reason, base.reason, when_reason((base.value <= 0).fill_null(False), Reason.UNDEFINED)
                )
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
                few = (n.value < 1) | squares.is_null()
                reason = first_of(first_of(reason, n.reason), when_reason(few, Reason.TOO_FEW))
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
                if about is not None:
                    columns.append((nw.col("period") - nw.col(about)).fill_null(0).alias(f"b:{key}:late"))
            then = every.filter(nw.col("period") == self.period - back).select(nw.col("institution"), *columns)
            now = now.join(then, on="institution", how="left")
            now = now.with_columns(
                *(self._inside(self._key(g, m), ev, m, back).alias(f"i:{self._key(g, m)}") for g, m, ev in reaching)
            )
            adds: list[nw.Expr] = []
            for goal, member, _ in reaching:
                key = self._key(goal, member)
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
        from_ = self.indicators[evidence.indicator].comparable_from
        if from_ is not None and self.period - back < from_ <= self.period:
            return lit(False)
        inside = (nw.col(f"b:{key}:reason") == 0).fill_null(False)
        about = self._about(evidence, member)
        if about is None:
            return inside
        # a figure that is handed in again for a later period counts once
        again = (nw.col(about) == self.period - back).fill_null(False)
        return inside & (nw.col(f"b:{key}:late") == 0).fill_null(False) & ~again

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
        for pick, confidence, end in ((worst_of, evidence.up, "worse"), (best_of, evidence.down, "better")):
            low, high = self._interval(evidence, key, confidence)
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
        stand_in = {evidence.indicator: Pair(x)}
        if f"e:{key}" in self.frame.columns:
            stand_in[f"{evidence.indicator}.expected"] = Pair(nw.col(f"e:{key}"))
        found = self.expression(goal.measure, stand_in)
        value = self.let(found.value)
        return Pair(round_half_up(value, goal.decimals), worst_reason(found.reason, too_large(value)))

    def _interval(self, evidence: EvidenceNode, key: str, confidence: Fraction) -> tuple[nw.Expr, nw.Expr]:
        """Both ends of the method's interval, clipped to the indicator's range. The formulas are `intervals.py`'s."""
        x = nw.col(f"x:{key}")
        match evidence.method:
            case "wilson/v1":
                low, high = _wilson(x, nw.col(f"t:{key}:weight"), float(normal_quantile(confidence)))
            case "byar/v1":
                low, high = _byar(
                    nw.col(f"t:{key}:count"), nw.col(f"t:{key}:weight"), float(normal_quantile(confidence))
                )
            case "student-t/v1":
                self._student(key, confidence)
                half = nw.col("x:t") * (nw.col(f"variance:{key}") / nw.col(f"t:{key}:weight")).sqrt()
                low, high = x - half, x + half
            case "normal/v1":
                half = nw.col(f"t:{key}:se") * float(normal_quantile(confidence))
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
