"""From levels to placements in columns: the compiled ladder and the movement table, looked up.

It takes a sheet in which each goal has its levels (`W:`, `P:`, `B:`, null for left out) and gives
the rows that `place` writes. No figure or threshold is known here; rules and movement are the
tables of `machine.py`, so that they are decided in one place for every reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from tilsyn.engine.formulas import (
    FALSE,
    FLAG,
    FLOAT,
    INT,
    SHORT,
    Formula,
    Named,
    both,
    col,
    either,
    first_met,
    largest,
    lit,
    short,
    smallest,
    total,
    when,
)
from tilsyn.engine.machine import Box, Compiled, MoveTable, compile_ladder, move_table
from tilsyn.engine.movement import told
from tilsyn.engine.nodes import GoalNode, LadderNode, Outside, Plan, QuantityNode
from tilsyn.engine.pairs import Pair, code, compared, number
from tilsyn.engine.query import Sheet
from tilsyn.engine.values import Reason

STATE = ("step", "held", "streak", "absent", "in_force", "in_force_held")
"""What is known of where an institution stands, beside its name and whether it was `decided`."""

IN_FORCE = "#in force"
"""The place of the step that means something for the institution: the one in force, or where a ladder has no memory the
step. It is there for what is made of it, and is no column of the answer."""


class Lookups:
    """One period's sheet with levels, on its way to placements. `sheet` changes as columns are added."""

    def __init__(self, plan: Plan, sheet: Sheet) -> None:
        self.plan, self.sheet = plan, sheet
        self.strict = FALSE

    def pair(self, column: str) -> Pair:
        return Pair(col(f"v:{column}"), col(f"r:{column}"))

    def let(self, **columns: Formula) -> None:
        """Make columns. A colon in a name is written as two underscores."""
        self.sheet = self.sheet.with_columns(*(Named(n.replace("__", ":"), formula) for n, formula in columns.items()))

    def placed(self, states: Sheet | None, carried: Sequence[str] = ()) -> Sheet:
        """One row per institution, every named quantity a column; steps, levels, rules and reasons by name."""
        self.sheet = self._started(states)
        self._outsides()
        self._coverage()
        self._looked_up()
        self._moved()
        return self.sheet.select(*beside(self._output(), carried))

    def _started(self, states: Sheet | None) -> Sheet:
        """Where each institution stands before the period, as `movement.start_of` says."""
        ladder, sheet = self.plan.ladder, self.sheet
        if states is None:
            nowhere = (lit(None, SHORT).alias(f"s:{name}") for name in STATE)
            sheet = sheet.with_columns(*nowhere, lit(None, FLAG).alias("s:decided"))
        else:
            carried = states.select(
                "institution", *(col(f).cast(SHORT).alias(f"s:{f}") for f in STATE), col("decided").alias("s:decided")
            )
            sheet = sheet.join(carried, [("institution", "institution")])
        decided, step, held = col("s:decided").fill_null(False), col("s:step"), col("s:held")
        in_force = when(decided | col("s:in_force").is_null()).then(step).otherwise(col("s:in_force"))
        in_force_held = when(decided | col("s:in_force_held").is_null()).then(held).otherwise(col("s:in_force_held"))
        stays = ~decided if ladder.movement is not None and ladder.movement.undecided == "stay" else FALSE
        moved = decided & (col("s:in_force") != step).fill_null(False)
        return sheet.with_columns(
            step.is_null().alias("newcomer"),
            when(stays).then(in_force).otherwise(step).fill_null(short(ladder.initial)).alias("previous"),
            when(stays).then(in_force_held).otherwise(held).fill_null(short(0)).alias("held_before"),
            when(moved).then(short(0)).otherwise(col("s:streak")).fill_null(short(0)).alias("streak_before"),
            col("s:absent").fill_null(short(0)).alias("absent_before"),
            in_force.fill_null(short(ladder.initial)).alias("in_force_before"),
            in_force_held.fill_null(short(0)).alias("in_force_held_before"),
        )

    def _outsides(self) -> None:
        """The range of classes of each outside input, and whether an unknown one is read at its strictest."""
        strict = FALSE
        for node in self.plan.ladder.outsides:
            pair = self.pair(node.name)
            own = _class(node, pair.value)
            left, worst = (of_disposition(self.plan.ladder, pair.reason, d) for d in ("leave-out", "worst"))
            known = pair.reason == 0
            only = lit(node.classes == 1) & ~left
            self.sheet = self.sheet.with_columns(
                when(known).then(own).when(~left).then(short(0)).alias(f"W:{node.name}"),
                when(known).then(own).when(~left).then(short(node.classes - 1)).alias(f"B:{node.name}"),
                when(known).then(own).when(only).then(short(0)).alias(f"P:{node.name}"),
            )
            strict = strict | worst
        self.strict = strict

    def _coverage(self) -> None:
        ladder = self.plan.ladder
        most = max(sum(goal.weight * max(1, *goal.points) for goal in self.plan.goals), 1)
        of_weight = SHORT if most * ladder.coverage.denominator < 2**31 else INT
        covered, applicable, points, weight = (list[Formula]() for _ in range(4))
        for goal in self.plan.goals:
            reason, position = col(f"r:{goal.name}"), col(f"P:{goal.name}")
            left, worst = (of_disposition(ladder, reason, d) for d in ("leave-out", "worst"))
            own, zero = lit(goal.weight, of_weight), lit(0, of_weight)
            applicable.append(when(left).then(zero).otherwise(own))
            covered.append(when((reason == 0) | worst).then(own).otherwise(zero))
            weight.append(when(position.is_null()).then(zero).otherwise(own))
            earned = zero
            for place, value in enumerate(goal.points):
                earned = when(position == place).then(lit(goal.weight * value, of_weight)).otherwise(earned)
            points.append(earned)
        self.let(covered=total(covered), applicable=total(applicable), score_points=total(points),
                 score_weight=total(weight))  # fmt: skip
        share = ladder.coverage
        parts = (lit(part, of_weight) for part in (share.denominator, share.numerator))
        asked, given = (col(name) * part for name, part in zip(("covered", "applicable"), parts, strict=True))
        self.let(enough=(col("covered") > 0) & (asked >= given))

    def _looked_up(self) -> None:
        """What the rules say of the box of plausible levels and of the point reading: steps and rules by place, null
        where the institution is not assessed, or an unknown input leaves the point without a rule."""
        compiled = _compiled(self.plan)
        box, point = self._keys(compiled)
        of_box, of_point = _lists(self.plan)
        self.sheet = self.sheet.look_up(box, of_box).look_up(point, of_point)
        strict = self.strict
        self.let(assessed=col("enough") & (col("found:strictest") >= 0))
        for what in ("step", "rule"):
            strictest = col(f"found:{what}_strictest")
            freest, at_point = (
                when(strict).then(strictest).otherwise(col(f"found:{what}_{end}")) for end in ("freest", "point")
            )
            has_point = strict | (col("found:point") >= 0)
            self.let(
                **{
                    f"at__{what}_freest": when(col("assessed")).then(freest),
                    f"at__{what}_strictest": when(col("assessed")).then(strictest),
                    f"at__{what}_point": when(col("assessed") & has_point).then(at_point),
                }
            )

    def _keys(self, compiled: Compiled) -> tuple[Formula, Formula]:
        """The compiled table's key of the box of plausible levels, and of the point reading."""
        ends = [tuple(col(f"{end}:{axis.name}") for end in ("W", "P", "B")) for axis in compiled.axes]
        box = [(_range_in(axis, w, b), axis.size) for axis, (w, _, b) in zip(compiled.axes, ends, strict=True)]
        point = [(_range_in(axis, p, p), axis.size) for axis, (_, p, _) in zip(compiled.axes, ends, strict=True)]
        # a step is one of the ladder's
        state = [(col("previous"), compiled.previous), _capped(col("held_before"), compiled.held - 1)]
        return _mixed([*box, *state]), _mixed([*point, *state])

    def _moved(self) -> None:
        movement = self.plan.ladder.movement
        at_point, previous = col("at:step_point"), col("previous")
        if movement is None:
            reasons = when(at_point.is_null()).then(lit("not-assessed")).otherwise(lit("no-memory"))
            self.let(at__step=at_point, at__target=at_point, reasons=reasons)
            return
        nearest = smallest(largest(previous, col("at:step_freest")), col("at:step_strictest"))
        self.let(at__target=at_point if movement.point_only else when(col("assessed")).then(nearest))
        target = col("at:target")
        self.let(absent=when(target.is_null()).then(col("absent_before") + short(1)).otherwise(short(0)))
        if movement.grave_when is not None:
            self.let(grave=col("v:#grave").fill_null(False), grave_unknown=col("r:#grave") > 0)
        else:
            self.let(grave=FALSE, grave_unknown=FALSE)
        table, of_key, of_doubt = _moves(self.plan.ladder)
        key = _move_key(table, target.fill_null(short(table.steps)))
        self.let(move=key)
        doubt = (at_point != previous).fill_null(False).cast(SHORT)
        self.sheet = self.sheet.look_up(col("move"), of_key).look_up(col("move") * short(2) + doubt, of_doubt)
        went, was, step = col("move:went"), col("streak_before"), col("move:step")
        up, down = largest(was, short(0)) + short(1), smallest(was, short(0)) - short(1)
        self.let(at__step=step, streak=when(went > 0).then(up).when(went < 0).then(down).otherwise(short(0)),
                 at__in_force=smallest(step, col("in_force_before")), reasons=col("move:reasons"))  # fmt: skip
        same = col("at:in_force") == col("in_force_before")
        self.let(
            held=when(step == previous).then(col("held_before") + short(1)).otherwise(short(1)),
            in_force_held=when(same).then(col("in_force_held_before") + short(1)).otherwise(short(1)),
        )

    def _output(self) -> list[Named | str]:
        plan, ladder = self.plan, self.plan.ladder
        rules = [rule.id for rule in ladder.rules]
        columns: list[Named | str] = ["institution", "period", *quantity_columns(plan)]
        for goal in plan.goals:
            columns += self._goal_output(goal)
        score = when(col("score_weight") > 0).then(col("score_points").cast(FLOAT) / col("score_weight").cast(FLOAT))
        columns += _counts("covered", "applicable", "score_points", "score_weight")
        columns += [score.alias("score"), "assessed"]
        steps = ("step_freest", "step_point", "step_strictest")
        columns += [col(f"at:{name}").words(ladder.steps).alias(name) for name in steps]
        columns += [
            col(f"at:{inside}").words(rules).alias(name)
            for name, inside in (
                ("rule_freest", "rule_freest"), ("rule_strictest", "rule_strictest"), ("rule", "rule_point"),
            )
        ]  # fmt: skip
        columns += ["newcomer", col("previous").words(ladder.steps).alias("previous")]
        columns += [col(f"at:{name}").words(ladder.steps).alias(name) for name in ("target", "step")]
        in_force = "at:step" if ladder.movement is None else "at:in_force"
        if ladder.movement is not None:
            columns += [*_counts("held", "streak", "absent", "in_force_held"), "grave", "grave_unknown"]
            columns.append(col("at:in_force").words(ladder.steps).alias("in_force"))
        return [*columns, "reasons", col(in_force).alias(IN_FORCE)]

    def _goal_output(self, goal: GoalNode) -> list[Named]:
        key, names = goal.name, [self.plan.ladder.levels[rank] for rank in goal.ranks]
        worse, better = (col(f"{end}:{key}") for end in ("worse", "better"))
        found = [
            _unsigned_zero(col(f"v:{key}")).alias(key),
            _unsigned_zero(col(f"v:own {key}")).alias(f"{key}.own"),
            _unsigned_zero(worse).alias(f"{key}.worse"),
            _unsigned_zero(better).alias(f"{key}.better"),
            _reason_word(col(f"r:{key}")).alias(f"{key}.missing"),
            *(
                _named(col(f"{end}:{key}"), names).alias(f"{key}.{word}")
                for end, word in (("W", "level_worst"), ("P", "level"), ("B", "level_best"))
            ),
            col(f"C:{key}").alias(f"{key}.capped"),
        ]
        if goal.evidence is not None:
            missing = col(f"r:{key}") > 0
            columns = self.sheet.columns
            found.append(when(~missing).then(col(f"t:{key}:periods")).alias(f"{key}.periods"))
            if f"t:{key}:n" in columns:
                found.append(when(~missing).then(col(f"t:{key}:n")).alias(f"{key}.n"))
        for member in goal.equity.members if goal.equity else ():
            found += [
                _unsigned_zero(col(f"v:{key}@{member}")).alias(f"{key}@{member}"),
                _reason_word(col(f"r:{key}@{member}")).alias(f"{key}@{member}.missing"),
            ]
        return found


def beside(columns: Sequence[Named | str], carried: Sequence[str]) -> list[Named | str]:
    """Columns, and those of the figures' that stand beside them, where none has the name."""
    names = {one if isinstance(one, str) else one.name for one in columns}
    return [*columns, *(name for name in carried if name not in names)]


def quantity_columns(plan: Plan) -> list[Named]:
    """Every named quantity: its value (levels by name), why it is missing, and where it has adjustments, what it was
    before them and which were made."""
    columns: list[Named] = []
    for quantity in plan.quantities:
        name = quantity.name

        def told(value: Formula, quantity: QuantityNode = quantity) -> Formula:
            if quantity.type == "level":
                return _named(value.cast(INT), quantity.scale)
            return _unsigned_zero(value) if quantity.type == "number" else value

        columns += [told(col(f"v:{name}")).alias(name), _reason_word(col(f"r:{name}")).alias(f"{name}.missing")]
        if quantity.then:
            made = col(f"then:{name}")
            columns.append(told(col(f"before:{name}")).alias(f"{name}.before"))
            columns.append(when(made != "").then(made).alias(f"{name}.then"))
    return columns


def of_disposition(ladder: LadderNode, reason: Formula | None, disposition: str) -> Formula:
    """Where a reason has a disposition. Most of them have the same, and are then all but the others."""
    codes = [int(r) for r, d in ladder.missing if d == disposition]
    others = [int(r) for r in Reason if int(r) not in codes]
    if reason is None or not codes:
        return FALSE
    if len(others) < len(codes):
        return both([reason > code(0), *(reason != code(other) for other in others)])
    return either(reason == code(one) for one in codes)


def _class(node: Outside, value: Formula) -> Formula:
    """The class of an outside input, as `machine.class_of`."""
    match node.type:
        case "flag" | "level":
            return value.cast(SHORT)
        case "text":
            number_ = short(len(node.words))
            for place, word in enumerate(node.words):
                number_ = when(value == word).then(short(place)).otherwise(number_)
            return number_
        case "number":
            x = compared(value)
            passed = [(x >= number(b)).cast(SHORT) + (x > number(b)).cast(SHORT) for b in node.bounds]
            return total([short(0), *passed])


def _counts(*names: str) -> list[Named]:
    """Whole numbers as people see them."""
    return [col(name).cast(INT).alias(name) for name in names]


def _reason_word(reason: Formula) -> Formula:
    words: list[str | None] = [None] * (max(int(r) for r in Reason) + 1)
    for known in Reason:
        words[int(known)] = known.word
    return reason.words(words)


def _unsigned_zero(x: Formula) -> Formula:
    """A small negative number rounds to -0.0, which a file would show."""
    return when(x == 0).then(number(0)).otherwise(x)


def _named(position: Formula, names: Sequence[str]) -> Formula:
    return position.words(names)


@lru_cache(maxsize=16)
def _compiled(plan: Plan) -> Compiled:
    return compile_ladder(plan.ladder, plan.goals)


@lru_cache(maxsize=16)
def _lists(plan: Plan) -> tuple[dict[str, Any], dict[str, Any]]:
    """What stands in the compiled table, of a box of levels and of a single reading: steps and rules by place."""
    compiled, rules, most = _compiled(plan), len(plan.ladder.rules), len(plan.ladder.steps) * len(plan.ladder.rules)
    freest, strictest = compiled.freest, compiled.strictest
    box: dict[str, Any] = {"found:strictest": np.sign(strictest).astype(np.int8)}
    for end, found in (("freest", freest), ("strictest", strictest)):
        box |= {f"found:step_{end}": (found // rules).astype(np.int32),
                f"found:rule_{end}": (found % rules).astype(np.int32)}  # fmt: skip
    point = {
        "found:point": (freest < most).astype(np.int8) - 1,
        "found:step_point": box["found:step_freest"],
        "found:rule_point": box["found:rule_freest"],
    }
    return box, point


@lru_cache(maxsize=16)
def _moves(ladder: LadderNode) -> tuple[MoveTable, dict[str, Any], dict[str, Any]]:
    """The movement table as lists: by key the step and the streak's direction; by twice the key, and one more where
    staying is in doubt, the reasons in words."""
    assert ladder.movement is not None
    table = move_table(ladder.movement, len(ladder.steps))
    words = ["+".join(found) for m in table.moves for found in (m.reasons, told(m.reasons, 0, 1))]
    moves = {
        "move:step": np.array([m.step for m in table.moves], np.int32),
        "move:went": np.array([m.streak for m in table.moves], np.int8),
    }
    return table, moves, {"move:reasons": words}


def _move_key(table: MoveTable, target: Formula) -> Formula:
    """The key of `MoveTable.moves`, counts capped at what the table tells apart."""
    down, up = table.streak_down, table.streak_up
    streak = smallest(largest(col("streak_before"), short(-down)), short(up)) + short(down)
    return _mixed(
        [
            (col("previous"), table.steps), (target, table.steps + 1), _capped(col("held_before"), table.held),
            (streak, up + down + 1), _capped(col("absent"), table.absent), (col("grave").cast(SHORT), 2),
        ]
    )  # fmt: skip


def _mixed(digits: Sequence[tuple[Formula, int]]) -> Formula:
    """Digits, each with how many there are, as one number; one that there is only one of says nothing."""
    key: Formula | None = None
    for digit, size in digits:
        if size > 1:
            key = digit if key is None else key * short(size) + digit
    return short(0) if key is None else key


def _capped(count: Formula, most: int) -> tuple[Formula, int]:
    return smallest(count, short(most)), most + 1


def _range_in(axis: Box, worst: Formula, best: Formula) -> Formula:
    """The number of a range of levels, as `Box.number`, or of being left out."""
    single = worst is best
    starts = [short(axis.number(place, place) - (0 if single else place)) for place in range(axis.levels)]
    start = first_met((worst == place for place in map(short, range(axis.levels))), starts)
    start = start.fill_null(short(axis.left_out))
    return start if single else start + best.fill_null(short(0))
