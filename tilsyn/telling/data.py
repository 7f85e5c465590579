"""An explanation as data: what JSON carries, by stable English names, with the sentences beside them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tilsyn.catalogue.policy import Policy
from tilsyn.engine.effects import Duty, Effects
from tilsyn.engine.machine import Fired
from tilsyn.engine.nodes import QuantityNode
from tilsyn.engine.values import Missing, Value
from tilsyn.engine.working import GoalWorking, QuantityWorking, Reading
from tilsyn.studies.basis import Figure, Reads, Source
from tilsyn.telling.explanation import reasons, sources_of
from tilsyn.telling.moves import moves_data
from tilsyn.telling.origin import origin_data
from tilsyn.telling.quantities import declared, effect_of, quantity_title
from tilsyn.telling.results import conditions_of, constants_read, limits_text, made_text, row_name
from tilsyn.telling.subjects import Explained, ExplainedResults
from tilsyn.telling.words import reference_text


def explanation_data(x: Explained | ExplainedResults, lang: str) -> dict[str, Any]:
    """The whole explanation, of a placement or of results. Exact numbers are written as decimals."""
    return _results_data(x, lang) if isinstance(x, ExplainedResults) else _placement_data(x, lang)


def _placement_data(x: Explained, lang: str) -> dict[str, Any]:
    p, ladder = x.placement, x.plan.ladder
    working, nodes = p.ladder, {node.name: node for node in x.plan.quantities}

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
        "rules": origin_data(x.policy, lang),
        "previous": step(p.start.previous),
        "newcomer": p.start.newcomer,
        "recommended": step(p.step),
        "decided": x.decided and {"step": x.decided.step, "because": x.decided.because, "by": x.decided.who,
                                  "at": x.decided.at},
        "in_force": step(x.in_force),
        "target": step(p.target),
        "reasons": [{"reason": r, "text": t} for r, t in zip(p.reasons, reasons(x, lang), strict=False)],
        "state": p.state and {"held": p.state.held, "streak": p.state.streak, "absent": p.state.absent},
        "assessed": working.assessed,
        "coverage": {"covered": working.covered, "applicable": working.applicable},
        "score": {"points": working.points, "weight": working.weight},
        "readings": {which: fired(getattr(working, which)) for which in ("point", "freest", "strictest")},
        "quantities": {node.name: quantity_value(node, p.quantities[node.name]) for node in x.plan.quantities},
        "adjusted": {q.name: _adjusted_data(x.policy, nodes[q.name], q, lang) for q in x.quantities},
        "goals": {goal.name: _goal_data(x, goal, lang) for goal in p.goals},
        "effects": None if x.standing is None else {
            "recommended": _effects_data(x.standing.recommended, lang),
            "in_force": _effects_data(x.standing.in_force, lang),
        },
        "moves": moves_data(x, lang),
        "made_from": x.made_from,
    }  # fmt: skip


def _results_data(x: ExplainedResults, lang: str) -> dict[str, Any]:
    parts = {node.name: _quantity_data(x, node, lang) for node in x.nodes}
    return {
        "institution": x.institution,
        "name": x.name,
        "area": x.policy.area.area,
        "period": x.period.label,
        "example": x.policy.area.example,
        "rules": origin_data(x.policy, lang),
        "closed": x.closed and {"period": x.closed.period, "successor": x.closed.successor},
        "results": {name: parts[name] for name in x.plan.results},
        "quantities": {name: part for name, part in parts.items() if name not in x.plan.results},
        "figures": [
            {"name": f.column, "periods_before": f.back, "relation": f.relation or None, "institution": f.institution,
             "value": _figure_data(x, f, f.value), "fields": {n: value_data(v) for n, v in f.fields.items()}}
            for f in x.figures
        ],
        "constants": {
            name: {"value": _decimal(Fraction(one.value)), "measured_in": one.measured_in,
                   "reference": reference_text(one.reference, lang), "unchecked": one.reference.unchecked}
            for name, one in constants_read(x).items()
        },
        "made_from": x.made_from,
    }  # fmt: skip


def _quantity_data(x: ExplainedResults, node: QuantityNode, lang: str) -> dict[str, Any]:
    quantity, reads = declared(x.policy.area, node.name), x.reads[node.name]
    working = next(working for working in x.result.quantities if working.name == node.name)
    reference, row = quantity.reference, x.rows.get(node.name)
    because = quantity.table.rules[row].because if quantity.table is not None and row is not None else None
    return {
        "title": quantity_title(x.policy.area, node.name, lang),
        "type": node.type,
        "measured_in": quantity.measured_in,
        "value": quantity_value(node, working.value),
        **(_adjusted_data(x.policy, node, working, lang) if node.then else {}),
        "made": made_text(x, node, lang),
        "row": None if row is None else row_name(x, node, row),
        "conditions": conditions_of(x, node),
        "limits": limits_text(x, node, lang),
        "because": because and because.get(lang),
        "guard": x.guards.get(node.name),
        "reads": _reads_data(reads),
        "lacking": _reads_data(x.lacking.get(node.name, Reads((), (), ()))),
        "undecided": {id_: _reads_data(reads) for id_, reads in x.undecided.get(node.name, {}).items()},
        "reference": reference and reference_text(reference, lang),
        "unchecked": reference and reference.unchecked,
    }


def _reads_data(reads: Reads) -> dict[str, Any]:
    return {
        "quantities": list(reads.quantities),
        "figures": [_as_expressed(source) for source in reads.sources],
        "institutions": list(reads.sets),
    }


def _as_expressed(source: Source) -> str:
    """A source as expressions write it."""
    name = source.column if source.field is None else f"{source.column}.{source.field}"
    name = f"{source.relation}.{name}" if source.relation else name
    return f"earlier({name}, {source.back})" if source.back else name


def _adjusted_data(policy: Policy, node: QuantityNode, working: QuantityWorking, lang: str) -> dict[str, Any]:
    """The value before its adjustments, and each that was made or passed over because its condition is unknown."""
    return {
        "before": quantity_value(node, working.before),
        "then": [
            {"id": one.id, "done": "made" if one.id in working.made else "passed-over", "effect": effect_of(one),
             "by": getattr(one, effect_of(one)), "because": one.because and one.because.get(lang),
             "reference": one.reference and reference_text(one.reference, lang),
             "unchecked": one.reference and one.reference.unchecked}
            for one in declared(policy.area, node.name).then if one.id in (*working.made, *working.passed)
        ],
    }  # fmt: skip


def _figure_data(x: ExplainedResults, figure: Figure, value: Value | None) -> Any:
    node = next((node for node in x.plan.quantities if node.name == figure.column), None)
    return value_data(value) if node is None or value is None else quantity_value(node, value)


def quantity_value(node: QuantityNode, value: Value) -> Any:
    """A value of a quantity; a level by its name."""
    return node.scale[value] if isinstance(value, int) and node.type == "level" else value_data(value)


def value_data(value: Value | None) -> Any:
    match value:
        case Missing(reason, since):
            return {"missing": reason.word} if since is None else {"missing": reason.word, "since": since}
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
    between = pooled.between if pooled else None
    return {
        "value": value_data(reading.value),
        "own": value_data(reading.own),
        "worse": value_data(reading.worse),
        "better": value_data(reading.better),
        "n": value_data(pooled.n) if pooled else None,
        "periods": sorted(pooled.periods) if pooled else [],
        **({"between": {"variance": value_data(between.variance), "peers": between.peers}} if between else {}),
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
