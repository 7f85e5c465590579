"""From levels to placements in columns: the compiled ladder and the movement table, looked up.

It takes a frame in which each goal has its levels (`W:`, `P:`, `B:`, null for left out) and gives
the rows that `place` writes. No figure or threshold is known here; rules and movement are the
tables of `machine.py`, so that they are decided in one place for every reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any

import narwhals as nw
import numpy as np

from tilsyn.engine.machine import Compiled, MoveTable, compile_ladder, move_table
from tilsyn.engine.movement import told
from tilsyn.engine.nodes import GoalNode, LadderNode, Outside, Plan, QuantityNode
from tilsyn.engine.pairs import Pair, compared, lit, number
from tilsyn.engine.values import Reason


class Lookups:
    """One period's frame with levels, on its way to placements. `frame` changes as columns are added."""

    def __init__(self, plan: Plan, frame: nw.DataFrame[Any]) -> None:
        self.plan, self.frame = plan, frame

    def pair(self, column: str) -> Pair:
        return Pair(nw.col(f"v:{column}"), nw.col(f"r:{column}"))

    def _with(self, **arrays: Any) -> nw.DataFrame[Any]:
        return self.frame.with_columns(
            *(nw.new_series(name, values, backend=self.frame.implementation) for name, values in arrays.items())
        )

    def placed(self, states: nw.DataFrame[Any] | None, grave: Pair) -> nw.DataFrame[Any]:
        plan, ladder = self.plan, self.plan.ladder
        self.frame = self._started(states)
        compiled = _compiled(plan)
        self._outsides()
        self._coverage()
        box, point = self._keys(compiled)
        self.frame = self.frame.with_columns(box.alias("k:box"), point.alias("k:point"))
        box_keys, point_keys = (self.frame[name].to_numpy() for name in ("k:box", "k:point"))
        most = len(ladder.steps) * len(ladder.rules)
        assessed = self.frame["assessed"].to_numpy() & (compiled.strictest[box_keys] >= 0)
        freest, strictest = compiled.freest[box_keys], compiled.strictest[box_keys]
        at_point = compiled.freest[point_keys]
        strict_only = self.frame["k:strict"].to_numpy()
        freest, at_point = np.where(strict_only, strictest, freest), np.where(strict_only, strictest, at_point)
        has_point = assessed & (at_point < most)
        steps = {
            "freest": np.where(assessed, freest, 0) // len(ladder.rules),
            "strictest": np.where(assessed, strictest, 0) // len(ladder.rules),
            "point": np.where(has_point, at_point, 0) // len(ladder.rules),
        }
        rules = {
            "rule_freest": np.where(assessed, freest % len(ladder.rules), -1),
            "rule_strictest": np.where(assessed, strictest % len(ladder.rules), -1),
            "rule": np.where(has_point, at_point % len(ladder.rules), -1),
        }
        self.frame = self._with(**{"assessed": assessed})
        moved = self._moved(steps, assessed, has_point, grave)
        return self._output(steps, rules, assessed, has_point, moved)

    def _started(self, states: nw.DataFrame[Any] | None) -> nw.DataFrame[Any]:
        """Where each institution stands before the period, as `movement.start_of` says."""
        ladder, frame = self.plan.ladder, self.frame
        fields = ("step", "held", "streak", "absent", "in_force", "in_force_held")
        if states is None:
            frame = frame.with_columns(
                *(lit(None, nw.Int64()).alias(f"s:{f}") for f in fields), lit(None, nw.Boolean()).alias("s:decided")
            )
        else:
            carried = states.select(
                nw.col("institution"),
                *(nw.col(f).cast(nw.Int64()).alias(f"s:{f}") for f in fields),
                nw.col("decided").alias("s:decided"),
            )
            frame = frame.join(carried, on="institution", how="left")
        newcomer = nw.col("s:step").is_null()
        decided = nw.col("s:decided").fill_null(False)
        step, held = nw.col("s:step"), nw.col("s:held")
        in_force = nw.when(decided | nw.col("s:in_force").is_null()).then(step).otherwise(nw.col("s:in_force"))
        in_force_held = (
            nw.when(decided | nw.col("s:in_force_held").is_null()).then(held).otherwise(nw.col("s:in_force_held"))
        )
        stays = ~decided if ladder.movement is not None and ladder.movement.undecided == "stay" else lit(False)
        return frame.with_columns(
            newcomer.alias("newcomer"),
            nw.when(stays).then(in_force).otherwise(step).fill_null(ladder.initial).alias("previous"),
            nw.when(stays).then(in_force_held).otherwise(held).fill_null(0).alias("held_before"),
            nw.when(decided & (nw.col("s:in_force") != step).fill_null(False))
            .then(lit(0, nw.Int64()))
            .otherwise(nw.col("s:streak"))
            .fill_null(0)
            .alias("streak_before"),
            nw.col("s:absent").fill_null(0).alias("absent_before"),
            in_force.fill_null(ladder.initial).alias("in_force_before"),
            in_force_held.fill_null(0).alias("in_force_held_before"),
        )

    def _outsides(self) -> None:
        """The range of classes of each outside input, and whether an unknown one is read at its strictest."""
        strict = lit(False)
        for node in self.plan.ladder.outsides:
            pair = self.pair(node.name)
            own = _class(node, pair.value)
            left, worst = (of_disposition(self.plan.ladder, pair.reason, d) for d in ("leave-out", "worst"))
            known = pair.reason == 0
            self.frame = self.frame.with_columns(
                nw.when(known).then(own).when(~left).then(lit(0, nw.Int64())).alias(f"W:{node.name}"),
                nw.when(known).then(own).when(~left).then(lit(node.classes - 1, nw.Int64())).alias(f"B:{node.name}"),
                nw.when(known)
                .then(own)
                .when(lit(node.classes == 1) & ~left)
                .then(lit(0, nw.Int64()))
                .alias(f"P:{node.name}"),
            )
            strict = strict | worst
        self.frame = self.frame.with_columns(strict.alias("k:strict"))

    def _coverage(self) -> None:
        ladder = self.plan.ladder
        covered, applicable, points, weight = (lit(0, nw.Int64()) for _ in range(4))
        for goal in self.plan.goals:
            reason = nw.col(f"r:{goal.name}")
            left, worst = (of_disposition(ladder, reason, d) for d in ("leave-out", "worst"))
            own = lit(goal.weight, nw.Int64())
            zero = lit(0, nw.Int64())
            applicable = applicable + nw.when(left).then(zero).otherwise(own)
            covered = covered + nw.when((reason == 0) | worst).then(own).otherwise(zero)
            position = nw.col(f"P:{goal.name}")
            weight = weight + nw.when(position.is_null()).then(zero).otherwise(own)
            for place, value in enumerate(goal.points):
                points = points + nw.when(position == place).then(lit(goal.weight * value, nw.Int64())).otherwise(zero)
        share = ladder.coverage
        enough = (covered > 0) & (covered * share.denominator >= applicable * share.numerator)
        self.frame = self.frame.with_columns(
            covered.alias("covered"), applicable.alias("applicable"), points.alias("score_points"),
            weight.alias("score_weight"), enough.alias("assessed"),
        )  # fmt: skip

    def _keys(self, compiled: Compiled) -> tuple[nw.Expr, nw.Expr]:
        """The compiled table's key of the box of plausible levels, and of the point reading."""
        box = point = lit(0, nw.Int64())
        for axis in compiled.axes:
            worst, at, best = (nw.col(f"{end}:{axis.name}") for end in ("W", "P", "B"))
            out = lit(axis.left_out, nw.Int64())
            box = box * axis.size + nw.when(worst.is_null()).then(out).otherwise(axis.number(worst, best))
            point = point * axis.size + nw.when(at.is_null()).then(out).otherwise(axis.number(at, at))
        for size, column in ((compiled.previous, "previous"), (compiled.held, "held_before")):
            if size > 1:
                capped = nw.min_horizontal(nw.col(column), lit(size - 1, nw.Int64()))
                box, point = box * size + capped, point * size + capped
        return box, point

    def _moved(self, steps: Mapping[str, Any], assessed: Any, has_point: Any, grave: Pair) -> dict[str, Any]:
        movement, frame = self.plan.ladder.movement, self.frame
        before = {
            n: frame[n].to_numpy()
            for n in (
                "previous",
                "held_before",
                "streak_before",
                "absent_before",
                "in_force_before",
                "in_force_held_before",
            )
        }
        previous = before["previous"]
        if movement is None:
            return {"step": steps["point"], "has_step": has_point, "target": steps["point"], "has_target": has_point}
        if movement.point_only:
            target, has_target = steps["point"], has_point
        else:
            target, has_target = np.minimum(np.maximum(previous, steps["freest"]), steps["strictest"]), assessed
        absent = np.where(has_target, 0, before["absent_before"] + 1)
        if grave.reason is None:
            is_grave, unknown = np.zeros(len(previous), bool), np.zeros(len(previous), bool)
        else:
            is_grave = frame["v:#grave"].fill_null(False).to_numpy().astype(bool)
            unknown = frame["r:#grave"].to_numpy() > 0
        table, out_step, out_streak, out_reasons, words = _moves(self.plan.ladder)
        key = _move_key(table, previous, np.where(has_target, target, table.steps), before["held_before"],
                        before["streak_before"], absent, is_grave)  # fmt: skip
        step, went, why = out_step[key], out_streak[key], out_reasons[key]
        was = before["streak_before"]
        streak = np.where(went > 0, np.maximum(was, 0) + 1, np.where(went < 0, np.minimum(was, 0) - 1, 0))
        in_force = np.minimum(step, before["in_force_before"])
        doubt = has_point & (steps["point"] != previous)
        return {
            "step": step, "has_step": np.ones(len(step), bool), "target": target, "has_target": has_target,
            "streak": streak, "absent": absent, "grave": is_grave, "grave_unknown": unknown, "in_force": in_force,
            "held": np.where(step == previous, before["held_before"] + 1, 1),
            "in_force_held": np.where(in_force == before["in_force_before"], before["in_force_held_before"] + 1, 1),
            "reasons": np.array(words, dtype=object)[2 * why + doubt],
        }  # fmt: skip

    def _output(
        self, steps: Mapping[str, Any], rules: Mapping[str, Any], assessed: Any, has_point: Any, moved: dict[str, Any]
    ) -> nw.DataFrame[Any]:
        """One row per institution, every named quantity a column; steps, levels, rules and reasons by name."""
        plan, ladder = self.plan, self.plan.ladder
        columns: list[nw.Expr] = [nw.col("institution"), nw.col("period")]
        columns += quantity_columns(plan)
        for goal in plan.goals:
            columns += self._goal_output(goal)
        score = nw.when(nw.col("score_weight") > 0).then(nw.col("score_points") / nw.col("score_weight"))
        columns += [nw.col(c) for c in ("covered", "applicable", "score_points", "score_weight")]
        columns += [score.alias("score"), nw.col("assessed")]
        result = self.frame.select(*columns)
        names = np.array([*ladder.steps, None], dtype=object)
        rule_names = np.array([*(rule.id for rule in ladder.rules), None], dtype=object)
        last = len(ladder.steps)
        arrays: dict[str, Any] = {
            "step_freest": names[np.where(assessed, steps["freest"], last)],
            "step_point": names[np.where(has_point, steps["point"], last)],
            "step_strictest": names[np.where(assessed, steps["strictest"], last)],
            **{name: rule_names[values] for name, values in rules.items()},
            "newcomer": self.frame["newcomer"].to_numpy(),
            "previous": names[self.frame["previous"].to_numpy()],
            "target": names[np.where(moved["has_target"], moved["target"], last)],
            "step": names[np.where(moved["has_step"], moved["step"], last)],
        }
        if ladder.movement is not None:
            arrays |= {k: moved[k] for k in ("held", "streak", "absent", "grave", "grave_unknown", "in_force_held")}
            arrays |= {"in_force": names[moved["in_force"]], "reasons": moved["reasons"]}
        else:
            arrays["reasons"] = np.where(has_point, "no-memory", "not-assessed").astype(object)
        backend = self.frame.implementation
        series = [
            nw.new_series(n, a.tolist() if a.dtype == object else a, _dtype(n, a), backend=backend)
            for n, a in arrays.items()
        ]
        return result.with_columns(*series)

    def _goal_output(self, goal: GoalNode) -> list[nw.Expr]:
        key, names = goal.name, [self.plan.ladder.levels[rank] for rank in goal.ranks]
        worse, better = (nw.col(f"{end}:{key}") for end in ("worse", "better"))
        found = [
            _unsigned_zero(nw.col(f"v:{key}")).alias(key),
            _unsigned_zero(nw.col(f"v:own {key}")).alias(f"{key}.own"),
            _unsigned_zero(worse).alias(f"{key}.worse"),
            _unsigned_zero(better).alias(f"{key}.better"),
            _reason_word(nw.col(f"r:{key}")).alias(f"{key}.missing"),
            *(
                _named(nw.col(f"{end}:{key}"), names).alias(f"{key}.{word}")
                for end, word in (("W", "level_worst"), ("P", "level"), ("B", "level_best"))
            ),
            nw.col(f"C:{key}").alias(f"{key}.capped"),
        ]
        if goal.evidence is not None:
            missing = nw.col(f"r:{key}") > 0
            columns = self.frame.columns
            found.append(nw.when(~missing).then(nw.col(f"t:{key}:periods")).alias(f"{key}.periods"))
            if f"t:{key}:n" in columns:
                found.append(nw.when(~missing).then(nw.col(f"t:{key}:n")).alias(f"{key}.n"))
        for member in goal.equity.members if goal.equity else ():
            found += [
                _unsigned_zero(nw.col(f"v:{key}@{member}")).alias(f"{key}@{member}"),
                _reason_word(nw.col(f"r:{key}@{member}")).alias(f"{key}@{member}.missing"),
            ]
        return found


def quantity_columns(plan: Plan) -> list[nw.Expr]:
    """Every named quantity: its value (levels by name), why it is missing, and where it has adjustments, what it was
    before them and which were made."""
    columns: list[nw.Expr] = []
    for quantity in plan.quantities:
        name = quantity.name

        def told(value: nw.Expr, quantity: QuantityNode = quantity) -> nw.Expr:
            if quantity.type == "level":
                return _named(value.cast(nw.Int64()), quantity.scale)
            return _unsigned_zero(value) if quantity.type == "number" else value

        columns += [told(nw.col(f"v:{name}")).alias(name), _reason_word(nw.col(f"r:{name}")).alias(f"{name}.missing")]
        if quantity.then:
            made = nw.col(f"then:{name}")
            columns.append(told(nw.col(f"before:{name}")).alias(f"{name}.before"))
            columns.append(nw.when(made != "").then(made).alias(f"{name}.then"))
    return columns


def of_disposition(ladder: LadderNode, reason: nw.Expr | None, disposition: str) -> nw.Expr:
    codes = [int(r) for r, d in ladder.missing if d == disposition]
    return reason.is_in(codes) if reason is not None and codes else lit(False)


def _class(node: Outside, value: nw.Expr) -> nw.Expr:
    """The class of an outside input, as `machine.class_of`."""
    match node.type:
        case "flag" | "level":
            return value.cast(nw.Int64())
        case "text":
            number_ = lit(len(node.words), nw.Int64())
            for place, word in enumerate(node.words):
                number_ = nw.when(value == word).then(lit(place, nw.Int64())).otherwise(number_)
            return number_
        case "number":
            x = compared(value)
            passed = [(x >= number(b)).cast(nw.Int64()) + (x > number(b)).cast(nw.Int64()) for b in node.bounds]
            return reduce(lambda a, b: a + b, passed, lit(0, nw.Int64()))


def _reason_word(reason: nw.Expr) -> nw.Expr:
    words = {0: None, **{int(r): r.word for r in Reason}}
    return reason.replace_strict(list(words), list(words.values()), return_dtype=nw.String())


def _unsigned_zero(x: nw.Expr) -> nw.Expr:
    """A small negative number rounds to -0.0, which a file would show."""
    return nw.when(x == 0).then(number(0)).otherwise(x)


def _named(position: nw.Expr, names: Sequence[str]) -> nw.Expr:
    return position.replace_strict(list(range(len(names))), list(names), return_dtype=nw.String())


@lru_cache(maxsize=16)
def _compiled(plan: Plan) -> Compiled:
    return compile_ladder(plan.ladder, plan.goals)


@lru_cache(maxsize=16)
def _moves(ladder: LadderNode) -> tuple[MoveTable, Any, Any, Any, list[str]]:
    """The movement table as arrays: step, streak's direction, and the number of its reasons; the reasons in words,
    twice each: as they are, and where staying is in doubt."""

    assert ladder.movement is not None
    table = move_table(ladder.movement, len(ladder.steps))
    distinct = list(dict.fromkeys(m.reasons for m in table.moves))
    words = [w for r in distinct for w in ("+".join(r), "+".join(told(r, 0, 1)))]
    places = {reasons: place for place, reasons in enumerate(distinct)}
    return (
        table, np.array([m.step for m in table.moves]), np.array([m.streak for m in table.moves]),
        np.array([places[m.reasons] for m in table.moves]), words,
    )  # fmt: skip


def _move_key(table: MoveTable, previous: Any, target: Any, held: Any, streak: Any, absent: Any, grave: Any) -> Any:
    """The key of `MoveTable.moves`, counts capped at what the table tells apart."""
    key = previous * (table.steps + 1) + target
    key = key * (table.held + 1) + np.minimum(held, table.held)
    key = (
        key * (table.streak_up + table.streak_down + 1)
        + np.clip(streak, -table.streak_down, table.streak_up)
        + table.streak_down
    )
    key = key * (table.absent + 1) + np.minimum(absent, table.absent)
    return key * 2 + grave.astype(np.int64)


def _dtype(name: str, array: Any) -> Any:
    return nw.String() if array.dtype == object else nw.Boolean() if array.dtype == bool else nw.Int64()
