"""An explanation as data: what JSON carries, by stable English names, with the sentences beside them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tilsyn.engine.effects import Duty, Effects
from tilsyn.engine.machine import Fired
from tilsyn.engine.values import Missing, Value
from tilsyn.engine.working import GoalWorking, Reading
from tilsyn.telling.explanation import reasons, reference_text, sources_of
from tilsyn.telling.moves import moves_data
from tilsyn.telling.subjects import Explained


def explanation_data(x: Explained, lang: str) -> dict[str, Any]:
    """The whole explanation. Numbers that are exact fractions are written as decimals where they end, else as text."""
    p, ladder = x.placement, x.plan.ladder
    working = p.ladder

    def step(position: int | None) -> str | None:
        return None if position is None else ladder.steps[position]

    def fired(found: Fired | None) -> dict[str, Any] | None:
        if found is None:
            return None
        rule = x.policy.ladder.placement.rules[found.rule]
        return {"rule": rule.id, "step": step(found.step), "because": rule.because.get(lang),
                "reference": reference_text(rule.reference, lang), "unchecked": rule.reference.unchecked}  # fmt: skip

    return {
        "institution": x.institution,
        "name": x.name,
        "area": x.policy.area.area,
        "period": x.period.label,
        "example": x.policy.area.example,
        "previous": step(p.start.previous),
        "newcomer": p.start.newcomer,
        "recommended": step(p.step),
        "decided": None,
        "in_force": step(p.state.in_force) if p.state else step(p.step),
        "target": step(p.target),
        "reasons": [{"reason": r, "text": t} for r, t in zip(p.reasons, reasons(x, lang), strict=False)],
        "state": p.state and {"held": p.state.held, "streak": p.state.streak, "absent": p.state.absent},
        "assessed": working.assessed,
        "coverage": {"covered": working.covered, "applicable": working.applicable},
        "score": {"points": working.points, "weight": working.weight},
        "readings": {which: fired(getattr(working, which)) for which in ("point", "freest", "strictest")},
        "quantities": {name: value_data(value) for name, value in p.quantities.items()},
        "goals": {goal.name: _goal_data(x, goal, lang) for goal in p.goals},
        "effects": None if x.standing is None else {
            "recommended": _effects_data(x.standing.recommended, lang),
            "in_force": _effects_data(x.standing.in_force, lang),
        },
        "moves": moves_data(x, lang),
        "made_from": x.made_from,
    }  # fmt: skip


def value_data(value: Value | None) -> Any:
    match value:
        case Missing(reason):
            return {"missing": reason.word}
        case Fraction():
            return _decimal(value)
        case _:
            return value


def _decimal(value: Fraction) -> float | int:
    return int(value) if value.denominator == 1 else float(value)


def _goal_data(x: Explained, goal: GoalWorking, lang: str) -> dict[str, Any]:
    declared, levels = x.policy.area.goals[goal.name], x.plan.ladder.levels

    def level(rank: int | None) -> str | None:
        return None if rank is None else levels[rank]

    return {
        "title": declared.title.get(lang),
        "measured_in": declared.measured_in,
        **_reading_data(goal.reading),
        "level": level(goal.point),
        "level_worst": level(goal.worst),
        "level_best": level(goal.best),
        "disposition": goal.disposition,
        "capped_by": list(goal.capped_by),
        "groups": {member: _reading_data(reading) for member, reading in goal.members.items()},
        "weight": declared.weight,
        "outcome": declared.outcome.get(lang),
        "reference": reference_text(declared.reference, lang),
        "unchecked": declared.reference.unchecked,
        "sources": sources_of(x, goal.name),
    }


def _reading_data(reading: Reading) -> dict[str, Any]:
    pooled = reading.pooled
    return {
        "value": value_data(reading.value),
        "own": value_data(reading.own),
        "worse": value_data(reading.worse),
        "better": value_data(reading.better),
        "n": value_data(pooled.n) if pooled else None,
        "periods": sorted(pooled.periods) if pooled else [],
    }


def _effects_data(effects: Effects, lang: str) -> dict[str, Any]:
    return {
        "step": effects.step,
        "rights": list(effects.rights),
        "ordered": list(effects.ordered),
        "offered": list(effects.offered),
        "visits": {"times": effects.visits.times, "per_years": effects.visits.per_years},
        "basis": reference_text(effects.basis, lang),
        "in_force": [duty.id for duty in effects.in_force],
        "relieved": [_duty_data(duty, lang) for duty in effects.relieved],
        "added": [_duty_data(duty, lang) for duty in effects.added],
        "hours_freed": _decimal(effects.hours_freed.hours),
        "hours_uncounted": list(effects.hours_freed.uncounted),
    }


def _duty_data(duty: Duty, lang: str) -> dict[str, Any]:
    return {"requirement": duty.id, "hours": value_data(duty.hours), "reference": reference_text(duty.basis, lang),
            "unchecked": duty.basis.unchecked}  # fmt: skip
