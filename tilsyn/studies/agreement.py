"""Whether a row of results says what the exact reading does: every quantity, its reason and its adjustments.

The columns write rows, files keep them; the exact reading is the law's. Where they differ is found here, column by
column; whose fault that is, is for the caller to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from msgspec import Struct

from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import Missing, Value
from tilsyn.engine.working import Result

NEAR = 1e-9
"""How far an unrounded number may lie from the exact one, as a share of it."""


class Difference(Struct, frozen=True):
    """A column in which a row does not say what the exact reading does."""

    column: str
    exact: object
    found: object


def told_columns(node: QuantityNode) -> list[str]:
    """The columns in which a quantity is told: its value, why there is none, and what its adjustments did."""
    return [node.name, *(f"{node.name}.{part}" for part in ("missing", *(("before", "then") if node.then else ())))]


def quantity_differences(plan: Plan, result: Result, row: Mapping[str, Any]) -> Iterator[Difference]:
    """Where a row says another thing of a quantity than its exact working. Unrounded numbers may lie a billionth
    apart; whatever is rounded, is a level, a text or a flag, and why there is no value must be the same."""
    for node, working in zip(plan.quantities, result.quantities, strict=True):
        wanted = [plain(node, working.value), reason_of(working.value)]
        wanted += [plain(node, working.before), "+".join(working.made) or None] if node.then else []
        for column, value in zip(told_columns(node), wanted, strict=True):
            if not _same(value, row[column], rounded=node.decimals is not None):
                yield Difference(column, value, row[column])


def _same(exact: object, found: object, *, rounded: bool) -> bool:
    if isinstance(exact, float) and isinstance(found, float) and not rounded:
        return abs(exact - found) <= NEAR * max(1.0, abs(exact))
    return exact == found


def plain(node: QuantityNode, value: Value) -> float | str | bool | None:
    """A value as frames have it: numbers as floats, levels by name, None where there is none."""
    match value:
        case Missing():
            return None
        case bool() | str():
            return value
        case int():
            return node.scale[value]
        case Fraction():
            return float(value)


def reason_of(value: Value) -> str | None:
    return value.reason.word if isinstance(value, Missing) else None
