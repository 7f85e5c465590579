"""What an author's case expects, held against what came out.

It decides when two values are the same: levels, texts and flags by what they are called, numbers as comparisons see
them. Whether the names in a case are known is decided when the rules are checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from tilsyn.catalogue.areas import Case
from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import Missing, Value, compared
from tilsyn.engine.working import Placement, Result
from tilsyn.studies.agreement import plain, reason_of

Unmet = tuple[str, str, str]
"""An expectation that was not met: of what, what was expected, what was found."""


def differences(case: Case, plan: Plan, placement: Placement) -> Iterator[Unmet]:
    """Where a placement is not what an author expects."""
    expect, ladder = case.expect, plan.ladder
    working = placement.ladder
    if expect.not_assessed and working.assessed:
        yield "not_assessed", "true", "false"
    step = ladder.steps[placement.step] if placement.step is not None else "-"
    if expect.step is not None and expect.step != step:
        yield "step", expect.step, step
    rule = ladder.rules[working.point.rule].id if working.point else "-"
    if expect.rule is not None and expect.rule != rule:
        yield "rule", expect.rule, rule
    if expect.range is not None:
        both = tuple(ladder.steps[f.step] for f in (working.freest, working.strictest) if f)
        if expect.range != both:
            yield "range", "..".join(expect.range), "..".join(both) or "-"
    for goal, level in expect.levels.items():
        point = placement.goal(goal).point
        found = ladder.levels[point] if point is not None else "-"
        if found != level:
            yield f"levels.{goal}", level, found
    goals = {goal.name: goal.reading.value for goal in placement.goals}
    yield from _values_differ(case, plan, placement.quantities, goals | placement.quantities)
    if expect.because and tuple(expect.because) != placement.reasons:
        yield "because", ", ".join(expect.because), ", ".join(placement.reasons)


def result_differences(case: Case, plan: Plan, result: Result) -> Iterator[Unmet]:
    """Where the results of a regime are not what an author expects."""
    values = {working.name: working.value for working in result.quantities}
    yield from _values_differ(case, plan, values, values)


def _values_differ(
    case: Case, plan: Plan, values: Mapping[str, Value], reasons: Mapping[str, Value]
) -> Iterator[Unmet]:
    """The quantities that a case names have its values, and what it says is missing is, for its reason."""
    nodes = {node.name: node for node in plan.quantities}
    for name, wanted in case.expect.results.items():
        if not _comes_to(nodes[name], values[name], wanted):
            yield f"results.{name}", _as_written(wanted), _as_found(nodes[name], values[name])
    for name, reason in case.expect.missing.items():
        why = reason_of(reasons[name]) or "-"
        if why != reason:
            yield f"missing.{name}", reason, why


def _comes_to(node: QuantityNode, value: Value, wanted: object) -> bool:
    """Whether a value is the one that an author wrote. Numbers are compared as everywhere, at nine decimals."""
    match value:
        case Missing():
            return False
        case Fraction():
            if isinstance(wanted, bool) or not isinstance(wanted, (int, Decimal)):
                return False
            return compared(Fraction(wanted)) == compared(value)
        case _:
            found = plain(node, value)
            return type(found) is type(wanted) and found == wanted


def _as_written(wanted: object) -> str:
    """A value as YAML has it, so that a text that looks like a number is told from one."""
    match wanted:
        case bool():
            return str(wanted).lower()
        case str():
            return f'"{wanted}"' if re.fullmatch(r"true|false|-?[\d.]+", wanted) else wanted
        case _:
            return str(wanted)


def _as_found(node: QuantityNode, value: Value) -> str:
    match value:
        case Missing(reason):
            return f"- ({reason.word})"
        case Fraction():
            shown = compared(value)
            return str(Decimal(shown.numerator) / Decimal(shown.denominator))
        case _:
            return _as_written(plain(node, value))
