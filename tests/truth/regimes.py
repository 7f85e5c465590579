"""Published regimes, read from their published files in both readings, and held against what was published.

A test names the regime's folder and the file; what is computed comes from the declarations alone.
`agreement` prints how many of the published results came out, since that is what a reader wants to see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path

import polars as pl

from tilsyn.catalogue.periods import Period
from tilsyn.engine import columns, exact
from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import Missing, Value
from tilsyn.engine.working import Result
from tilsyn.files.column_map import read_column_map
from tilsyn.files.figures import Figures
from tilsyn.files.observations import read_figures
from tilsyn.services.rules import bound, checked, period_of

REGIMES = Path(__file__).resolve().parents[2] / "rules" / "regimes"

RELATIVE = 1e-9
"""How far unrounded numbers of the two readings may lie from each other; rounded ones must be equal."""


@dataclass(frozen=True)
class Regime:
    """A regime's plan, the figures read for it, and its results by the columns."""

    plan: Plan
    period: Period
    figures: Figures
    found: pl.DataFrame

    def exact(self, only: list[str] | None = None) -> list[Result]:
        """The same by the exact reading, for all institutions or for some."""
        return exact.results(self.plan, self.figures.frame.to_dicts(), period=self.period.index, only=only)


@cache
def read_regime(name: str, area: str, file: Path, period: str, column_map: str = "columns.yaml") -> Regime:
    """A regime's results on a published file, read through its column map."""
    catalogue = checked(REGIMES / name)
    when = period_of(catalogue, area, period)
    policy, plan = bound(catalogue, area, when)
    wanted = read_column_map(REGIMES / name / column_map)
    figures = read_figures([file], policy.area, period=when, column_map=wanted)
    return Regime(plan, when, figures, columns.read(plan, figures.frame, period=when.index))


def differences(regime: Regime, only: list[str] | None = None) -> Iterator[str]:
    """Where the two readings say different things of an institution, in any quantity."""
    swept = {row["institution"]: row for row in regime.found.to_dicts()}
    nodes = {node.name: node for node in regime.plan.quantities}
    for result in regime.exact(only):
        row = swept[result.institution]
        for quantity in result.quantities:
            node = nodes[quantity.name]
            pairs = [(quantity.name, told(node, quantity.value)), (f"{quantity.name}.missing", why(quantity.value))]
            if node.then:
                pairs += [(f"{quantity.name}.before", told(node, quantity.before))]
                pairs += [(f"{quantity.name}.then", "+".join(quantity.made) or None)]
            for column, wanted in pairs:
                if not same(wanted, row[column], rounded=node.decimals is not None):
                    yield f"{result.institution}: {column}: exact {wanted}, columns {row[column]}"


def told(node: QuantityNode, value: Value) -> object:
    """A value as the columns write it."""
    if isinstance(value, Missing):
        return None
    if node.type == "level":
        assert isinstance(value, int)
        return node.scale[value]
    return float(value) if isinstance(value, Fraction) else value


def why(value: Value) -> str | None:
    return value.reason.word if isinstance(value, Missing) else None


def same(a: object, b: object, *, rounded: bool) -> bool:
    if isinstance(a, float) and isinstance(b, float) and not rounded:
        return abs(a - b) <= RELATIVE * max(1.0, abs(a))
    return a == b


def agreement(what: str, found: pl.DataFrame, ours: pl.Expr, published: pl.Expr) -> tuple[int, int]:
    """How many rows have the published value (missing equals missing), of how many; printed for who asks with `-s`."""
    hits = int(found.select(ours.eq_missing(published).sum()).item())
    share = 100 * hits / found.height if found.height else 0.0
    print(f"\n{what}: {hits:,} of {found.height:,} ({share:.2f} %)")
    return hits, found.height
