"""The exact reading: one institution at a time, in rational numbers, with its working.

This is the law's reading and the oracle that the columns are held to: plain, without tables or
shortcuts. It evaluates names when they are asked for, so that one institution among thousands
can be explained at once; only comparisons with peers make it look at the others.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, assert_never

from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.engine import intervals, values
from tilsyn.engine.machine import Fired, Profile, class_of, fire, score_of
from tilsyn.engine.movement import State, move, next_state, start_of, target_of, told
from tilsyn.engine.nodes import Disposition, Effect, EvidenceNode, GoalNode, Plan, QuantityNode, RelationNode
from tilsyn.engine.scalars import combine, over_set
from tilsyn.engine.values import WITHHELD, Missing, Reason, Value, compared, missing_of, round_half_up
from tilsyn.engine.working import GoalWorking, LadderWorking, Placement, Pooled, QuantityWorking, Reading, Result

Row = Mapping[str, object]
"""One institution and period of the observation frame: columns to float, str, bool, int or None."""


def read(
    plan: Plan, rows: Iterable[Row], *, period: int, states: Mapping[str, State], only: Iterable[str] | None = None
) -> list[Placement]:
    """The placements of a period, in the order of institutions (all with a row in it, or `only` those)."""
    case = Exact(plan, rows)
    wanted = sorted(only if only is not None else case.institutions(period))
    return [case.place(institution, period, states.get(institution)) for institution in wanted]


def results(plan: Plan, rows: Iterable[Row], *, period: int, only: Iterable[str] | None = None) -> list[Result]:
    """What every institution of a period comes to under a regime, in the order of institutions."""
    case = Exact(plan, rows)
    wanted = sorted(only if only is not None else case.institutions(period))
    return [case.result(institution, period) for institution in wanted]


class Exact:
    """A plan over a set of rows. Values are found when asked for, and kept."""

    def __init__(self, plan: Plan, rows: Iterable[Row]) -> None:
        self.plan = plan
        self.rows = {(str(row["institution"]), int(str(row["period"]))): row for row in rows}
        self._by_period: dict[int, list[str]] = {}
        self._first: dict[str, int] = {}
        for institution, period in sorted(self.rows):
            self._by_period.setdefault(period, []).append(institution)
            self._first.setdefault(institution, period)
        self._quantities = {q.name: q for q in plan.quantities}
        self._indicators = {i.name: i for i in plan.indicators}
        self._relations = {r.name: r for r in plan.relations}
        self._belongs: dict[tuple[str, int], dict[str, list[str]]] = {}
        self._known: dict[tuple[str, str, int], Value] = {}
        self._worked: dict[tuple[str, str, int], QuantityWorking] = {}
        self._peers: dict[tuple[e.Peers, int, object], list[Value]] = {}
        self._dispersed: dict[tuple[str, str | None, int], intervals.Between] = {}
        self._fired: dict[tuple[Profile, Profile, int, int], Fired | None] = {}
        self._grave: dict[tuple[str, int], bool] = {}
        self.asked: dict[object, Any] = {}  # what a study has found out, kept for the next that asks

    def suppose(self, institution: str, period: int, named: Mapping[str, Value], *, grave: bool = False) -> None:
        """Takes names as having these values, and says whether something grave has happened, whatever rows there are.
        The studies ask what would be, were it so."""
        self._known.update({(name, institution, period): value for name, value in named.items()})
        self._grave[institution, period] = grave

    def institutions(self, period: int) -> list[str]:
        return self._by_period.get(period, [])

    # observed values

    def observed(self, name: str, field: str | None, institution: str, period: int) -> Value:
        """A figure or one of its fields, with counted kinds completed; `name` may be `indicator@member`."""
        row = self.rows.get((institution, period))
        if row is None:
            return Missing(Reason.NOT_SUBMITTED)
        indicator = self._indicators[name.partition("@")[0]]
        code = int(str(row.get(f"{name}.missing") or 0))
        if code:
            beside = _cell(row.get(f"{name}.{field}")) if field is not None and code in WITHHELD else None
            return beside if beside is not None and not isinstance(beside, Missing) else Missing(Reason(code))
        if indicator.stale_after is not None:
            measured = row.get(f"{name}.measured")
            if measured is not None and period - int(str(measured)) > indicator.stale_after:
                return Missing(Reason.STALE)
        if indicator.kind in COUNTED and field in (None, "count"):
            return self._counted(row, name, COUNTED[indicator.kind], field)
        found = _cell(row.get(name if field is None else f"{name}.{field}"))
        # nobody submits what is expected of themselves; without it there is nothing to hold the figure against
        return Missing(Reason.UNDEFINED) if field == "expected" and isinstance(found, Missing) else found

    def _counted(self, row: Row, name: str, below: str, field: str | None) -> Value:
        """The value of a counted kind is count / n, and its count value · n, where only the other is given."""
        value, count, base = (_cell(row.get(column)) for column in (name, f"{name}.count", f"{name}.{below}"))
        if field is None:
            if not isinstance(count, Missing) and not isinstance(base, Missing):
                return _divide(count, base)
            alone = below == "expected" and not isinstance(count, Missing)
            return Missing(Reason.UNDEFINED) if alone and isinstance(value, Missing) else value
        if isinstance(count, Missing) and isinstance(value, Fraction) and isinstance(base, Fraction):
            return value * base
        return count

    # named values

    def named(self, name: str, institution: str, period: int) -> Value:
        """An attribute, an indicator's value or a quantity, as expressions read it."""
        key = (name, institution, period)
        if key not in self._known:
            self._known[key] = self._find(name, institution, period)
        return self._known[key]

    def _find(self, name: str, institution: str, period: int) -> Value:
        if name in self._quantities:
            return self.quantity(self._quantities[name], institution, period).value
        if name.partition("@")[0] in self._indicators:
            return self.observed(name, None, institution, period)
        row = self.rows.get((institution, period))
        return Missing(Reason.NOT_SUBMITTED) if row is None else _cell(row.get(name))

    def quantity(self, node: QuantityNode, institution: str, period: int) -> QuantityWorking:
        """A quantity's value, with what it was before its adjustments and which of them were made."""
        key = (node.name, institution, period)
        if key not in self._worked:
            self._worked[key] = self._work(node, institution, period)
        return self._worked[key]

    def _work(self, node: QuantityNode, institution: str, period: int) -> QuantityWorking:
        before = value = _settled(node, self.evaluate(node.of, institution, period))
        made: list[str] = []
        passed: list[str] = []
        for adjustment in node.then:
            fields = {"value": value}
            met: Value = True
            if adjustment.when is not None:
                met = self.evaluate(adjustment.when, institution, period, fields)
            if isinstance(met, Missing) and node.pass_over:
                passed.append(adjustment.id)
                continue
            if isinstance(met, Missing):
                value = missing_of((value, met)) or met
                continue
            if met is not True or (isinstance(value, Missing) and adjustment.effect != "set"):
                continue
            amount = self.evaluate(adjustment.by, institution, period, fields)
            after = _settled(node, adjusted(adjustment.effect, value, amount))
            if not _same(after, value):
                made.append(adjustment.id)
            value = after
        return QuantityWorking(node.name, value, before, tuple(made), tuple(passed))

    def evaluate(self, expr: Expr, institution: str, period: int, fields: Mapping[str, Value] | None = None) -> Value:
        """What an expression comes to. `fields` stands in for columns, as when ends are substituted."""
        match expr:
            case e.Number(value) | e.Text(value) | e.Flag(value):
                return value
            case e.Level(_, rank):
                return rank
            case e.Ref(name, field):
                if fields is not None and expr.column in fields:
                    return fields[expr.column]
                if field is not None and expr.column not in self._quantities:
                    return self.observed(name, field, institution, period)
                return self.named(expr.column, institution, period)
            case e.Earlier(of, periods):
                return self.evaluate(of, institution, period - periods)
            case e.Peers():
                return self._over_peers(expr, institution, period)
            case e.Related():
                return self._related(expr, institution, period)
            case e.Absent(reason):
                return Missing(Reason.of(reason))
            case e.Call("default", (first, second)):
                found = self.evaluate(first, institution, period, fields)
                return self.evaluate(second, institution, period, fields) if isinstance(found, Missing) else found
            case e.Choose():
                return self._choose(expr, institution, period, fields)
            case e.If(condition, then, otherwise):
                # load has made sure that the condition is never missing
                met = self.evaluate(condition, institution, period, fields)
                return self.evaluate(then if met is True else otherwise, institution, period, fields)
            case (
                e.Negative() | e.Arith() | e.Compare() | e.Logic() | e.Not() | e.Call() | e.Aggregate() | e.Among()
            ):  # fmt: skip
                parts = [self.evaluate(part, institution, period, fields) for part in e.children(expr)]
                return combine(expr, parts)
            case e.Input():
                raise AssertionError("a unary test is not an expression")
            case _:
                assert_never(expr)

    def _choose(self, node: e.Choose, institution: str, period: int, fields: Mapping[str, Value] | None) -> Value:
        """The value of the row that counts. `first`: an unknown row may be the one, so none after it can be;
        `unique`: what is unknown does not matter where one is true."""
        unknown: list[Value] = []
        for condition, value in zip(node.conditions, node.values, strict=True):
            met = self.evaluate(condition, institution, period, fields)
            if met is True:
                return self.evaluate(value, institution, period, fields)
            if isinstance(met, Missing) and node.hit == "first":
                return met
            unknown.append(met)
        return missing_of(unknown) or Missing(Reason.UNDEFINED)

    # other rows

    def _related(self, node: e.Related, institution: str, period: int) -> Value:
        """A name in the row that a relation leads to; without an id, or with one that nobody has, not applicable."""
        other = self.named(self._relations[node.relation].attribute, institution, period)
        if isinstance(other, Missing) or (str(other), period) not in self.rows:
            return Missing(Reason.NOT_APPLICABLE)
        return self.evaluate(node.of, str(other), period)

    def _belonging(self, relation: RelationNode, institution: str, period: int) -> list[str]:
        """The institutions whose attribute holds an institution's id."""
        key = (relation.name, period)
        if key not in self._belongs:
            found: dict[str, list[str]] = {}
            for member in self.institutions(period):
                whose = self.named(relation.attribute, member, period)
                if isinstance(whose, str):
                    found.setdefault(whose, []).append(member)
            self._belongs[key] = found
        return self._belongs[key].get(institution, [])

    def _over_peers(self, node: e.Peers, institution: str, period: int) -> Value:
        if (institution, period) not in self.rows:
            return Missing(Reason.NOT_SUBMITTED)
        within = self.named(node.within, institution, period) if node.within else None
        if isinstance(within, Missing):
            return within
        relation = self._relations.get(node.set)
        key = (node, period, within if relation is None else institution)
        if key not in self._peers:
            members = self._belonging(relation, institution, period) if relation else self.institutions(period)
            members = [m for m in members if not node.within or self.named(node.within, m, period) == within]
            if node.where is not None:
                where = node.where
                members = [m for m in members if self.evaluate(where, m, period) is True]
            found = (self.evaluate(node.of, m, period) for m in members)
            present: list[Value] = [compared(v) if isinstance(v, Fraction) else v for v in found]
            present = [v for v in present if not isinstance(v, Missing)]
            if node.function in e.PLACED:
                present.sort()  # type: ignore[type-var]
            else:
                present = [over_set(node, present, Missing(Reason.NOT_APPLICABLE))]
            self._peers[key] = present
        if node.function not in e.PLACED:
            return self._peers[key][0]
        if node.where is not None and self.evaluate(node.where, institution, period) is not True:
            return Missing(Reason.NOT_APPLICABLE)
        own = self.evaluate(node.of, institution, period)
        return over_set(node, self._peers[key], compared(own) if isinstance(own, Fraction) else own)

    # goals

    def goal(self, node: GoalNode, institution: str, period: int) -> GoalWorking:
        reading = self.reading(node, None, institution, period)
        members = {m: self.reading(node, m, institution, period) for m in (node.equity.members if node.equity else ())}
        return self.judged(node, reading, members)

    def judged(self, node: GoalNode, reading: Reading, members: dict[str, Reading]) -> GoalWorking:
        """The levels that the ladder sees: the dispositions of missing figures, then the equity cap."""
        if isinstance(reading.value, Missing):
            disposition = self.plan.ladder.disposition(reading.value.reason)
            worst, point, best = filled(disposition, node.ranks)
        else:
            disposition, worst, point, best = None, reading.worst_level, reading.level, reading.best_level
        capped: list[str] = []
        for member, own in members.items():
            assert node.equity is not None
            limits = self._limits(node, own)
            lowered = tuple(
                node.equity.cap if level is not None and limit and level > node.equity.cap else level
                for level, limit in zip((worst, point, best), limits, strict=True)
            )
            if lowered != (worst, point, best):
                capped.append(member)
            worst, point, best = lowered
        return GoalWorking(node.name, reading, members, tuple(capped), disposition, worst, point, best)

    def _limits(self, node: GoalNode, own: Reading) -> tuple[bool, bool, bool]:
        """Whether a member's result caps the goal in the strictest, the point and the freest reading."""
        assert node.equity is not None
        if not isinstance(own.value, Missing):
            levels = (own.worst_level, own.level, own.best_level)
        elif own.value.reason in (Reason.TOO_FEW, Reason.NOT_APPLICABLE):
            levels = (None, None, None)
        else:
            levels = filled(self.plan.ladder.disposition(own.value.reason), node.ranks)
        below = node.equity.no_worse_than
        return tuple(level is not None and level < below for level in levels)  # type: ignore[return-value]

    def reading(self, node: GoalNode, member: str | None, institution: str, period: int) -> Reading:
        """A goal's measure with its doubt, for the institution or for one group member."""
        applies = self._applies(node, institution, period)
        if isinstance(applies, Missing):
            return Reading(applies, applies)
        if node.evidence is None:
            stand_in = self._member_fields(node, member, institution, period)
            found = self.evaluate(node.measure, institution, period, stand_in)
            own = _rounded(found, node.decimals)
            if isinstance(own, Missing):
                return Reading(own, own)
            level = level_of(node, own)
            return Reading(own, own, own, own, level, level, level)
        own = self._own(node, node.evidence, member, institution, period)
        pooled = self._pooled(node, node.evidence, member, institution, period)
        if isinstance(pooled, Missing):
            return Reading(pooled, own)
        if node.evidence.overdispersion is not None:
            pooled = replace(pooled, between=self._between(node, node.evidence, member, period))
        return self.read_pooled(node, pooled, own, institution, period)

    def _applies(self, node: GoalNode, institution: str, period: int) -> Missing | None:
        """An unknown condition leaves the goal missing for the same reason: silence is no way out of a goal."""
        if node.applies_when is None:
            return None
        applies = self.evaluate(node.applies_when, institution, period)
        if isinstance(applies, Missing):
            return applies
        return None if applies is True else Missing(Reason.NOT_APPLICABLE)

    def _member_fields(
        self, node: GoalNode, member: str | None, institution: str, period: int
    ) -> Mapping[str, Value] | None:
        if member is None:
            return None
        return {
            ref.column: self.observed(f"{ref.name}@{member}", ref.field, institution, period)
            for ref in e.refs(node.measure)
            if ref.name in self._indicators
        }

    def _own(
        self, node: GoalNode, evidence: EvidenceNode, member: str | None, institution: str, period: int
    ) -> Fraction | Missing:
        """The period's own figure, unpooled."""
        fields = self._member_fields(node, member, institution, period)
        return _rounded(self.evaluate(node.measure, institution, period, fields), node.decimals)

    def _pooled(
        self, node: GoalNode, evidence: EvidenceNode, member: str | None, institution: str, period: int
    ) -> Pooled | Missing:
        """The figure over the last `pool` periods that have one. Without a current figure it is missing as that is;
        and where an earlier one is kept back, as that is: who keeps a bad year back must not be without it for years.
        """
        current = self._period_figure(node, evidence, member, institution, period)
        if isinstance(current, Missing):
            return current
        indicator = self._indicators[evidence.indicator]
        column = evidence.indicator if member is None else f"{evidence.indicator}@{member}"
        about = self._measured(column, institution, period)
        figures = [current]
        for earlier in range(period - 1, period - evidence.pool, -1):
            if indicator.comparable_from is not None and earlier < indicator.comparable_from <= period:
                continue
            # a figure that is handed in again for a later period counts once
            if earlier == about or self._measured(column, institution, earlier) != earlier:
                continue
            figure = self._period_figure(node, evidence, member, institution, earlier)
            if not isinstance(figure, Missing):
                figures.append(figure)
            elif self._kept_back(node, figure.reason, institution, earlier):
                return Missing(figure.reason, since=earlier)
        return _enough(evidence, _pool(evidence, figures))

    def _kept_back(self, node: GoalNode, reason: Reason, institution: str, period: int) -> bool:
        """Whether an earlier period's figure is missing for a reason that the ladder counts as the worst level. Before
        its first row an institution was not there; where the goal did not apply, nothing is kept back."""
        if self.plan.ladder.disposition(reason) != "worst" or self._first[institution] > period:
            return False
        return self._applies(node, institution, period) != Missing(Reason.NOT_APPLICABLE)

    def _measured(self, column: str, institution: str, period: int) -> int:
        row = self.rows.get((institution, period))
        measured = row.get(f"{column}.measured") if row is not None else None
        return period if measured is None else int(str(measured))

    def _period_figure(
        self, node: GoalNode, evidence: EvidenceNode, member: str | None, institution: str, period: int
    ) -> Pooled | Missing:
        """One period's figure with the fields its method needs."""
        name = evidence.indicator if member is None else f"{evidence.indicator}@{member}"
        wants_expected = any(r.name == evidence.indicator and r.field == "expected" for r in e.refs(node.measure))

        def get(field: str | None) -> Value:
            return self.observed(name, field, institution, period)

        value = get(None)
        expected = get("expected") if wants_expected else None
        n = get("n") if evidence.at_least_n is not None or evidence.at_least_n_each is not None else None
        absent = missing_of(v for v in (value, expected) if v is not None)
        if absent is not None:
            return absent
        assert isinstance(value, Fraction)
        figure = Pooled(value, periods=(period,), expected=expected if isinstance(expected, Fraction) else None)
        match evidence.method:
            case "wilson/v1" | "byar/v1" | "poisson/v1" | "square-root/v1":
                base = COUNTED[self._indicators[evidence.indicator].kind]
                count, exposure = get("count"), get(base)
                absent = missing_of((count, exposure))
                if absent is not None:
                    return absent
                assert isinstance(count, Fraction)
                assert isinstance(exposure, Fraction)
                if exposure <= 0 or count < 0:
                    return Missing(Reason.UNDEFINED)
                figure = replace(figure, count=count, exposure=exposure, n=exposure if base == "n" else None)
            case "student-t/v1":
                n = get("n")
                if isinstance(n, Missing):
                    return n
                assert isinstance(n, Fraction)
                spread = _spread(n, get("sd"), get("se"))
                if isinstance(spread, Missing):
                    return spread
                figure = replace(figure, n=n, variance=spread[0], degrees=spread[1])
            case "normal/v1":
                se = get("se")
                if isinstance(se, Missing):
                    return se
                assert isinstance(se, Fraction)
                figure = replace(figure, se=se)
            case "given/v1":
                found = self._given(evidence, figure, get, institution, period)
                if isinstance(found, Missing):
                    return found
                figure = found
            case _:
                assert_never(evidence.method)
        if figure.n is None and n is not None:
            if isinstance(n, Missing):
                return n
            assert isinstance(n, Fraction)
            figure = replace(figure, n=n)
        if evidence.at_least_n_each is not None and figure.n is not None and figure.n < evidence.at_least_n_each:
            return Missing(Reason.TOO_FEW)
        return figure

    def _given(
        self, evidence: EvidenceNode, figure: Pooled, get: Callable[[str], Value], institution: str, period: int
    ) -> Pooled | Missing:
        """A published interval, or a published word that names the plausible levels."""
        if evidence.word_from is not None:
            word = self.observed(evidence.word_from, None, institution, period)
            if isinstance(word, Missing):
                return word
            assert isinstance(word, str)
            if all(known.word != word for known in evidence.words):
                return Missing(Reason.REFUSED)
            return replace(figure, word=word)
        low, high = get("low"), get("high")
        absent = missing_of((low, high))
        if absent is not None:
            return absent
        assert isinstance(low, Fraction)
        assert isinstance(high, Fraction)
        return replace(figure, low=min(low, figure.value), high=max(high, figure.value))

    def read_pooled(
        self, node: GoalNode, pooled: Pooled, own: Fraction | Missing, institution: str, period: int
    ) -> Reading:
        """The value, its ends and its levels, from a pooled figure. The studies ask it with changed figures."""
        evidence = node.evidence
        assert evidence is not None

        def measure(x: Fraction) -> Fraction | Missing:
            return _rounded(self._measure(node, evidence, pooled, x, institution, period), node.decimals)

        value = measure(pooled.value)
        if isinstance(value, Missing):
            return Reading(value, own, pooled=pooled)
        if evidence.word_from is not None:
            word = next(w for w in evidence.words if w.word == pooled.word)
            level = min(max(level_of(node, value), word.worst), word.best)
            return Reading(value, own, value, value, word.worst, level, word.best, pooled)
        indicator = self._indicators[evidence.indicator]

        def ends(confidence: Fraction) -> list[Fraction]:
            low, high = interval(evidence, pooled, confidence)
            if indicator.low is not None and indicator.high is not None:
                low, high = max(low, indicator.low), min(high, indicator.high)
            return [end for end in (measure(low), measure(high), value) if isinstance(end, Fraction)]

        worst_of, best_of = (min, max) if node.higher else (max, min)
        worse, better = worst_of(ends(evidence.up)), best_of(ends(evidence.down))
        return Reading(
            value, own, worse, better, level_of(node, worse), level_of(node, value), level_of(node, better), pooled
        )

    def _measure(
        self, node: GoalNode, evidence: EvidenceNode, pooled: Pooled, x: Fraction, institution: str, period: int
    ) -> Value:
        """The goal's measure at a value of its indicator, beside the pooled figure's expected one."""
        fields: dict[str, Value] = {evidence.indicator: x}
        if pooled.expected is not None:
            fields[f"{evidence.indicator}.expected"] = pooled.expected
        return self.evaluate(node.measure, institution, period, fields)

    # over-dispersion

    def _between(self, node: GoalNode, evidence: EvidenceNode, member: str | None, period: int) -> intervals.Between:
        """What the institutions with a figure for the goal differ beyond chance."""
        assert evidence.overdispersion is not None
        key = (node.name, member, period)
        if key not in self._dispersed:
            found = (self._score(node, evidence, member, name, period) for name in self.institutions(period))
            over = evidence.overdispersion
            scores = [score for score in found if score is not None]
            self._dispersed[key] = intervals.between(scores, over.ends, winsorise=over.winsorise)
        return self._dispersed[key]

    def _score(
        self, node: GoalNode, evidence: EvidenceNode, member: str | None, institution: str, period: int
    ) -> intervals.Score | None:
        """How far one institution's figure lies from the centre; None where it has no figure for the goal."""
        if self._applies(node, institution, period) is not None:
            return None
        pooled = self._pooled(node, evidence, member, institution, period)
        if isinstance(pooled, Missing):
            return None
        value, at_none, at_one = (
            self._measure(node, evidence, pooled, x, institution, period)
            for x in (pooled.value, Fraction(0), Fraction(1))
        )
        if isinstance(_rounded(value, node.decimals), Missing) or missing_of((at_none, at_one)) is not None:
            return None
        assert isinstance(at_none, Fraction)
        assert isinstance(at_one, Fraction)
        if values.steady(at_one - at_none) == 0:
            return None
        return score(evidence, pooled, at_none, at_one)

    # ladder and movement

    def ladder(
        self, goals: tuple[GoalWorking, ...], institution: str, period: int, previous: int, held: int
    ) -> LadderWorking:
        """The rule table over the whole box of plausible levels, cell by cell."""
        plan, ladder = self.plan, self.plan.ladder
        counted = [(node, g) for node, g in zip(plan.goals, goals, strict=True) if g.disposition != "leave-out"]
        covered = sum(node.weight for node, g in counted if g.disposition in (None, "worst"))
        applicable = sum(node.weight for node, _ in counted)
        assessed = covered > 0 and covered >= ladder.coverage * applicable
        outside = {o.name: self.named(o.name, institution, period) for o in ladder.outsides}
        point_profile = tuple(g.point for g in goals)
        points, weight = score_of(plan.goals, point_profile)
        if not assessed:
            return LadderWorking(False, covered, applicable, points, weight, None, None, None, outside)
        axes = [
            tuple(rank for rank in node.ranks if g.worst <= rank <= g.best)
            if g.worst is not None and g.best is not None
            else (None,)
            for node, g in zip(plan.goals, goals, strict=True)
        ]
        classes, strict_only = self._classes(outside)
        point_outside = tuple(c[0] if len(c) == 1 else None for c in classes)
        cells = [
            found
            for profile in itertools.product(*axes)
            for chosen in itertools.product(*classes)
            if (found := self.fire(profile, chosen, previous, held)) is not None
        ]
        if not cells:
            return LadderWorking(False, covered, applicable, points, weight, None, None, None, outside)
        freest = min(cells, key=lambda f: (f.step, f.rule))
        strictest = max(cells, key=lambda f: (f.step, f.rule))
        point = self.fire(point_profile, point_outside, previous, held)
        if strict_only:
            freest = point = strictest
        return LadderWorking(True, covered, applicable, points, weight, point, freest, strictest, outside)

    def fire(self, profile: Profile, outside: Profile, previous: int, held: int) -> Fired | None:
        key = (profile, outside, previous, held)
        if key not in self._fired:
            self._fired[key] = fire(self.plan.ladder, self.plan.goals, *key)
        return self._fired[key]

    def _classes(self, outside: Mapping[str, Value]) -> tuple[list[tuple[int | None, ...]], bool]:
        """The classes that each outside input may be in, and whether an unknown one is read at its strictest."""
        found: list[tuple[int | None, ...]] = []
        strict_only = False
        for node in self.plan.ladder.outsides:
            value = outside[node.name]
            if not isinstance(value, Missing):
                found.append((class_of(node, compared(value) if isinstance(value, Fraction) else value),))
                continue
            disposition = self.plan.ladder.disposition(value.reason)
            strict_only = strict_only or disposition == "worst"
            found.append((None,) if disposition == "leave-out" else tuple(range(node.classes)))
        return found, strict_only

    def result(self, institution: str, period: int) -> Result:
        """Every quantity of an institution, with its adjustments: what a regime comes to."""
        return Result(institution, period, tuple(self.quantity(q, institution, period) for q in self.plan.quantities))

    def place(self, institution: str, period: int, state: State | None) -> Placement:
        """One institution's placement: goals, ladder, movement, and the state that follows."""
        goals = tuple(self.goal(node, institution, period) for node in self.plan.goals)
        return self.placed(goals, institution, period, state)

    def placed(self, goals: tuple[GoalWorking, ...], institution: str, period: int, state: State | None) -> Placement:
        """The placement that follows from goals already read. The studies ask it with changed goals."""
        movement = self.plan.ladder.movement
        start = start_of(state, self.plan.ladder)
        ladder = self.ladder(goals, institution, period, start.previous, start.held)
        quantities = {q.name: self.named(q.name, institution, period) for q in self.plan.quantities}
        if movement is None:
            step = ladder.point.step if ladder.point else None
            return Placement(
                institution, period, quantities, goals, ladder, start, step, step,
                ("no-memory",) if step is not None else ("not-assessed",), False, False, None,
            )  # fmt: skip
        grave = self._graveness(movement.grave_when, institution, period)
        target = None
        if ladder.freest is not None and ladder.strictest is not None:
            point = ladder.point.step if ladder.point else None
            target = target_of(movement, start.previous, ladder.freest.step, ladder.strictest.step, point)
        absent = start.absent + 1 if target is None else 0
        moved = move(
            movement, previous=start.previous, held=start.held, streak=start.streak, absent=absent, target=target,
            grave=grave is True,
        )  # fmt: skip
        reasons = told(moved.reasons, start.previous, ladder.point.step if ladder.point else None)
        return Placement(
            institution, period, quantities, goals, ladder, start, target, moved.step, reasons, grave is True,
            isinstance(grave, Missing), next_state(start, moved.step, moved.streak, absent),
        )  # fmt: skip

    def _graveness(self, when: Expr | None, institution: str, period: int) -> Value:
        if (institution, period) in self._grave:
            return self._grave[institution, period]
        return False if when is None else self.evaluate(when, institution, period)


# pure pieces


def _cell(value: object) -> Value:
    match value:
        case None:
            return Missing(Reason.NOT_SUBMITTED)
        case bool() | str():
            return value
        case float():
            return values.from_float(value)
        case int():
            return Fraction(value)
        case _:
            raise AssertionError(f"not a cell: {value!r}")


def _divide(a: Value, b: Value) -> Value:
    assert isinstance(a, Fraction)
    assert isinstance(b, Fraction)
    return Missing(Reason.UNDEFINED) if b == 0 else a / b


def _settled(node: QuantityNode, value: Value) -> Value:
    """A quantity's value as its name stands for it: not too large, and rounded where it says so."""
    if not isinstance(value, Fraction):
        return value
    return values.checked(value) if node.decimals is None else _rounded(value, node.decimals)


def _same(a: Value, b: Value) -> bool:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return compared(a) == compared(b)
    return a == b


def adjusted(effect: Effect, value: Value, amount: Value) -> Value:
    """The running value after one adjustment; levels by rank."""
    if effect == "set":
        return amount
    absent = missing_of((value, amount))
    if absent is not None:
        return absent
    assert isinstance(value, (Fraction, int))
    assert isinstance(amount, (Fraction, int))
    match effect:
        case "at_most":
            return min(value, amount)
        case "at_least":
            return max(value, amount)
        case "add":
            return value + amount


def _rounded(value: Value, decimals: int) -> Fraction | Missing:
    if isinstance(value, Missing):
        return value
    assert isinstance(value, Fraction)
    whole = values.checked(value)
    return whole if isinstance(whole, Missing) else round_half_up(whole, decimals)


def filled(disposition: Disposition, ranks: tuple[int, ...]) -> tuple[int | None, int | None, int | None]:
    """The levels that a missing figure stands for in the strictest, the point and the freest reading."""
    match disposition:
        case "leave-out":
            return None, None, None
        case "doubt":
            return ranks[0], None, ranks[-1]
        case "worst":
            return ranks[0], ranks[0], ranks[0]


def level_of(node: GoalNode, value: Fraction) -> int:
    """The rank of a rounded figure.

    A cut is passed by figures on its good side, the bound itself only where it is inclusive.
    """
    rank = node.ranks[0]
    for cut in node.cuts:
        better = value > cut.bound if node.higher else value < cut.bound
        if better or (cut.inclusive and value == cut.bound):
            rank = cut.rank
    return rank


def _spread(n: Fraction, sd: Value, se: Value) -> tuple[Fraction, int] | Missing:
    """(n − 1) · sd² and its degrees of freedom for one period; one person has a figure but no spread. Several have one,
    and where it is not given, it has not been submitted: it is no way to keep a figure back."""
    if n < 1:
        return Missing(Reason.TOO_FEW)
    degrees = int(n) - 1
    if isinstance(sd, Fraction):
        return degrees * sd * sd, degrees
    if isinstance(se, Fraction):
        return degrees * se * se * n, degrees
    return (Fraction(0), 0) if degrees == 0 else Missing(Reason.NOT_SUBMITTED)


def _pool(evidence: EvidenceNode, figures: list[Pooled]) -> Pooled | Missing:
    """Numerators and denominators summed, means weighted by n, spread summed within periods."""
    periods = tuple(p for figure in figures for p in figure.periods)
    match evidence.method:
        case "wilson/v1" | "byar/v1" | "poisson/v1" | "square-root/v1":
            count = sum((f.count for f in figures if f.count is not None), Fraction(0))
            exposure = sum((f.exposure for f in figures if f.exposure is not None), Fraction(0))
            ns = [f.n for f in figures if f.n is not None]
            expected = _weighted([(f.expected, f.exposure) for f in figures])
            return Pooled(
                count / exposure, n=sum(ns, Fraction(0)) if ns else None, count=count, exposure=exposure,
                expected=expected, periods=periods,
            )  # fmt: skip
        case "student-t/v1":
            n = sum((f.n for f in figures if f.n is not None), Fraction(0))
            degrees = sum(f.degrees or 0 for f in figures)
            if degrees < 1:
                return Missing(Reason.TOO_FEW)
            variance = sum((f.variance for f in figures if f.variance is not None), Fraction(0)) / degrees
            if evidence.sd_floor is not None:
                variance = max(variance, evidence.sd_floor**2)
            if variance == 0:
                return Missing(Reason.UNDEFINED)
            value = _weighted([(f.value, f.n) for f in figures])
            assert value is not None
            expected = _weighted([(f.expected, f.n) for f in figures])
            return Pooled(value, n=n, variance=variance, degrees=degrees, expected=expected, periods=periods)
        case _:
            return figures[0]


def _weighted(pairs: list[tuple[Fraction | None, Fraction | None]]) -> Fraction | None:
    present = [(x, w) for x, w in pairs if x is not None and w is not None]
    if not present:
        return None
    return sum((x * w for x, w in present), Fraction(0)) / sum((w for _, w in present), Fraction(0))


def _enough(evidence: EvidenceNode, pooled: Pooled | Missing) -> Pooled | Missing:
    if isinstance(pooled, Missing) or evidence.at_least_n is None or pooled.n is None:
        return pooled
    return Missing(Reason.TOO_FEW) if pooled.n < evidence.at_least_n else pooled


def score(evidence: EvidenceNode, pooled: Pooled, at_none: Fraction, at_one: Fraction) -> intervals.Score | None:
    """A figure's distance from the centre, which is declared in the goal's unit: there the measure, a straight line
    through its values at none and at one of the indicator, says what it is in the indicator's."""
    assert evidence.overdispersion is not None
    centre = (evidence.overdispersion.centre - at_none) / (at_one - at_none)
    match evidence.method:
        case "square-root/v1":
            assert pooled.exposure is not None
            return intervals.square_root_score(pooled.value, centre, pooled.exposure)
        case _:
            assert pooled.se is not None
            return intervals.normal_score(pooled.value, centre, pooled.se)


def interval(evidence: EvidenceNode, pooled: Pooled, confidence: Fraction) -> tuple[Fraction, Fraction]:
    """Both ends of a method's interval, in the indicator's unit."""
    between = pooled.between.variance if pooled.between is not None else Fraction(0)
    match evidence.method:
        case "wilson/v1":
            assert pooled.count is not None
            assert pooled.exposure is not None
            return intervals.wilson(pooled.count, pooled.exposure, confidence)
        case "byar/v1":
            assert pooled.count is not None
            assert pooled.exposure is not None
            return intervals.byar(pooled.count, pooled.exposure, confidence)
        case "poisson/v1":
            assert pooled.count is not None
            assert pooled.exposure is not None
            return intervals.poisson(pooled.count, pooled.exposure, confidence)
        case "square-root/v1":
            assert pooled.count is not None
            assert pooled.exposure is not None
            return intervals.square_root(pooled.count, pooled.exposure, confidence, between)
        case "student-t/v1":
            assert pooled.variance is not None
            assert pooled.n is not None
            assert pooled.degrees is not None
            return intervals.student(pooled.value, pooled.variance, pooled.n, pooled.degrees, confidence)
        case "normal/v1":
            assert pooled.se is not None
            return intervals.normal(pooled.value, pooled.se, confidence, between)
        case "given/v1":
            assert pooled.low is not None
            assert pooled.high is not None
            return pooled.low, pooled.high
        case _:
            assert_never(evidence.method)
