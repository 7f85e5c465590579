"""Both readings asked in one way, and answering in one form: a flat dictionary for each institution.

The keys are the columns reading's output columns; the exact reading's working is laid out under the
same names. What they say must then be the same, key by key, so that a column nobody compares is a
difference too. Nothing of a rule is computed here.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import copysign
from pathlib import Path
from typing import Any, Protocol

import polars as pl

from tilsyn.engine import columns, exact
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import Missing, Value
from tilsyn.engine.working import GoalWorking, Placement, QuantityWorking, Reading

Answer = dict[str, object]
Answers = dict[str, Answer]

RELATIVE = 1e-9
"""How far unrounded numbers may lie from each other; rounded ones must be equal."""

STATE_SCHEMA = {
    "institution": pl.String(),
    "step": pl.Int64(),
    "held": pl.Int64(),
    "streak": pl.Int64(),
    "absent": pl.Int64(),
    "decided": pl.Boolean(),
    "in_force": pl.Int64(),
    "in_force_held": pl.Int64(),
}


class Reads(Protocol):
    """One of the two readings: the placements of a period as answers."""

    def __call__(self, plan: Plan, frame: pl.DataFrame, period: int, states: Mapping[str, State]) -> Answers: ...


@dataclass(frozen=True)
class Worked:
    """What the exact reading says of an institution: every quantity with its working, and under a ladder the rest."""

    institution: str
    period: int
    quantities: tuple[QuantityWorking, ...]
    placement: Placement | None = None


def read_exact(plan: Plan, frame: pl.DataFrame, period: int, states: Mapping[str, State]) -> Answers:
    case = exact.Exact(plan, frame.to_dicts())
    return {one.institution: laid_out(plan, one) for one in work_exact(case, period, states)}


def work_exact(case: exact.Exact, period: int, states: Mapping[str, State]) -> list[Worked]:
    """What the exact reading says of every institution of a period; a case may be asked for several."""

    def worked(name: str) -> Worked:
        placement = None if case.plan.is_regime else case.place(name, period, states.get(name))
        return Worked(name, period, case.result(name, period).quantities, placement)

    return [worked(name) for name in sorted(case.institutions(period))]


def read_columns(plan: Plan, frame: pl.DataFrame, period: int, states: Mapping[str, State]) -> Answers:
    found = columns.read(plan, frame, period=period, states=state_frame(states))
    return {str(row["institution"]): row for row in found.to_dicts()}


def read_duckdb(plan: Plan, frame: pl.DataFrame, period: int, states: Mapping[str, State]) -> Answers:
    """The columns reading in DuckDB, from files as it has them."""
    from tilsyn.engine.in_duckdb import answered

    query = columns.question(plan, tuple(frame.columns), period=period, with_states=not plan.is_regime)
    with tempfile.TemporaryDirectory() as folder, _duckdb().cursor() as connection:
        files = _written(Path(folder), plan, frame, states)
        found = answered(query, connection, **{name: connection.read_parquet(file) for name, file in files.items()})
        rows = found.fetchall()
    return {str(row[0]): dict(zip(query.columns, row, strict=True)) for row in rows}


@cache
def _duckdb() -> Any:
    """One database for all that is asked: to open one takes longer than most of the answers."""
    import duckdb

    from tilsyn.engine.in_duckdb import SETTINGS

    return duckdb.connect(config={"threads": 1, **SETTINGS})


def read_parts(plan: Plan, frame: pl.DataFrame, period: int, states: Mapping[str, State]) -> pl.DataFrame:
    """The columns reading of each third of the institutions by itself."""
    from tilsyn.services.sweeping import in_parts

    query = columns.question(plan, tuple(frame.columns), period=period, with_states=not plan.is_regime)
    with tempfile.TemporaryDirectory() as folder:
        files = _written(Path(folder), plan, frame, states)
        aside = Path(folder) / "aside"
        aside.mkdir()
        return pl.concat(in_parts(query, {name: [Path(file)] for name, file in files.items()}, 3, aside))


def read_spark(plan: Plan, frame: pl.DataFrame, period: int, states: Mapping[str, State]) -> Answers:
    """The columns reading in Spark, in parts."""
    from tilsyn.engine.in_spark import answered
    from tilsyn.services.sweeping import spark_session

    spark = spark_session()
    query = columns.question(plan, tuple(frame.columns), period=period, with_states=not plan.is_regime)
    with tempfile.TemporaryDirectory() as folder:
        files = _written(Path(folder), plan, frame, states)
        sources = {name: spark.read.parquet(file) for name, file in files.items()}
        rows = answered(query, 3, **sources).collect()
    return {str(row[0]): dict(zip(query.columns, row, strict=True)) for row in rows}


def _written(folder: Path, plan: Plan, frame: pl.DataFrame, states: Mapping[str, State]) -> dict[str, str]:
    tables = {"figures": frame} | ({} if plan.is_regime else {"states": state_frame(states)})
    for name, table in tables.items():
        table.write_parquet(folder / f"{name}.parquet")
    return {name: str(folder / f"{name}.parquet") for name in tables}


def state_frame(states: Mapping[str, State]) -> pl.DataFrame:
    """States as the columns reading takes them."""
    rows = [
        (name, s.step, s.held, s.streak, s.absent, s.decided, s.in_force, s.in_force_held) for name, s in states.items()
    ]
    return pl.DataFrame(rows, schema=STATE_SCHEMA, orient="row")


# the exact reading's working under the names of the columns


def laid_out(plan: Plan, worked: Worked) -> Answer:
    found: Answer = {"institution": worked.institution, "period": worked.period}
    for node, one in zip(plan.quantities, worked.quantities, strict=True):
        found |= _quantity(node, one)
    return found if worked.placement is None else found | _placement(plan, worked.placement)


def _quantity(node: QuantityNode, worked: QuantityWorking) -> Answer:
    def named(value: Value) -> object:
        is_level = node.type == "level" and not isinstance(value, Missing)
        return node.scale[int(value)] if is_level else _plain(value)  # type: ignore[arg-type]

    found: Answer = {node.name: named(worked.value), f"{node.name}.missing": _reason(worked.value)}
    if node.then:
        found |= {f"{node.name}.before": named(worked.before), f"{node.name}.then": "+".join(worked.made) or None}
    return found


def _placement(plan: Plan, placement: Placement) -> Answer:
    steps, ladder = plan.ladder.steps, placement.ladder
    rules = [rule.id for rule in plan.ladder.rules]

    def step(position: int | None) -> str | None:
        return None if position is None else steps[position]

    found: Answer = {}
    for node, goal in zip(plan.goals, placement.goals, strict=True):
        found |= _goal(plan, goal, has_evidence=node.evidence is not None)
    found |= {
        "covered": ladder.covered, "applicable": ladder.applicable, "score_points": ladder.points,
        "score_weight": ladder.weight, "score": _plain(ladder.score), "assessed": ladder.assessed,
        "newcomer": placement.start.newcomer, "previous": step(placement.start.previous),
        "target": step(placement.target), "step": step(placement.step), "reasons": "+".join(placement.reasons),
    }  # fmt: skip
    for name, rule, fired in (
        ("step_freest", "rule_freest", ladder.freest),
        ("step_point", "rule", ladder.point),
        ("step_strictest", "rule_strictest", ladder.strictest),
    ):
        found[name] = step(fired.step) if fired else None
        found[rule] = rules[fired.rule] if fired else None
    if placement.state is not None:
        state = placement.state
        found |= {
            "held": state.held, "streak": state.streak, "absent": state.absent, "grave": placement.grave,
            "grave_unknown": placement.grave_unknown, "in_force": step(state.in_force),
            "in_force_held": state.in_force_held,
        }  # fmt: skip
    return found


def _goal(plan: Plan, goal: GoalWorking, *, has_evidence: bool) -> Answer:
    name, reading, levels = goal.name, goal.reading, plan.ladder.levels

    def level(rank: int | None) -> str | None:
        return None if rank is None else levels[rank]

    found: Answer = {
        name: _plain(reading.value),
        f"{name}.own": _plain(reading.own),
        f"{name}.worse": _plain(reading.worse),
        f"{name}.better": _plain(reading.better),
        f"{name}.missing": _reason(reading.value),
        f"{name}.level_worst": level(goal.worst),
        f"{name}.level": level(goal.point),
        f"{name}.level_best": level(goal.best),
        f"{name}.capped": bool(goal.capped_by),
    }
    if has_evidence:
        found[f"{name}.periods"], found[f"{name}.n"] = _pooled(reading)
    for member, own in goal.members.items():
        found[f"{name}@{member}"] = _plain(own.value)
        found[f"{name}@{member}.missing"] = _reason(own.value)
    return found


def _pooled(reading: Reading) -> tuple[object, object]:
    pooled = None if isinstance(reading.value, Missing) else reading.pooled
    return (len(pooled.periods), _plain(pooled.n)) if pooled else (None, None)


def _plain(value: Value | None) -> object:
    return None if isinstance(value, Missing) else value


def _reason(value: Value) -> str | None:
    return value.reason.word if isinstance(value, Missing) else None


# the comparison


def differences(plan: Plan, law: Answers, swept: Answers) -> Iterator[str]:
    """Where the two readings do not say the same, in words."""
    if law.keys() != swept.keys():
        yield f"institutions: {sorted(law.keys() ^ swept.keys())}"
    exact_numbers = [q.name for q in plan.quantities if q.type == "number" and q.decimals is None]
    rough = {*exact_numbers, *(f"{name}.before" for name in exact_numbers)}
    rough |= {"score", *(f"{goal.name}.n" for goal in plan.goals)}
    for institution in law.keys() & swept.keys():
        one, other = law[institution], swept[institution]
        # a pooled number of persons is a column only where the method or a limit asks for it
        names = one.keys() | other.keys()
        silent = {n for n in one.keys() - other.keys() if n.endswith(".n") and one[n] is None}
        for name in sorted(names - silent):
            a, b = one.get(name, "no such key"), other.get(name, "no such key")
            if not same(a, b, rounded=name not in rough):
                yield f"{institution} {name}: exact {_shown(a)}, columns {_shown(b)}"


def same(a: object, b: object, *, rounded: bool) -> bool:
    if isinstance(a, Fraction) and isinstance(b, (int, float)) and not isinstance(b, bool):
        number = float(a)
        if b == 0 and copysign(1.0, b) < 0:
            return False
        return number == b if rounded else abs(number - b) <= RELATIVE * max(1.0, abs(number))
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _shown(value: object) -> str:
    return f"{float(value)!r} ({value})" if isinstance(value, Fraction) else repr(value)
