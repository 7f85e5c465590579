"""How the results of a regime are spread over its institutions: what is counted, and the tables that show it.

Results that take few values are counted value by value; of other numbers the lowest, the middle and the highest are
told. Those without a result are counted by the reason why. Nothing says which end of a number is the good one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import REASONS, compared, from_float
from tilsyn.telling.blocks import Block, Table
from tilsyn.telling.quantities import cell_text, number_text, titled
from tilsyn.telling.words import joined, number, say

if TYPE_CHECKING:
    import polars as pl

MOST_VALUES = 12
"""Different numbers that are still counted one by one, and texts that are named before the rest is only counted."""

ENDS = ("lowest", "median", "highest")


class Spread(Struct, frozen=True):
    """One result over all institutions. `values` are counted in order where they are few, else None; `ends` are the
    lowest, the middle and the highest number, where there is one; `missing` counts those without by reason."""

    node: QuantityNode
    total: int
    present: int
    values: tuple[tuple[object, int], ...] | None
    ends: tuple[float, float, float] | None
    missing: tuple[tuple[str, int], ...]


def is_results(frame: pl.DataFrame) -> bool:
    """Whether the frame of a run holds results of a regime, and no placements on a ladder."""
    return "step" not in frame.columns


def spreads(frame: pl.DataFrame, plan: Plan) -> list[Spread]:
    """The spread of each declared result that the frame has."""
    nodes = {node.name: node for node in plan.quantities}
    return [spread(frame, nodes[name]) for name in plan.results if name in frame.columns]


def spread(frame: pl.DataFrame, node: QuantityNode) -> Spread:
    """The spread of one quantity."""
    found: list[Any] = frame[node.name].drop_nulls().to_list()
    counts, reasons = Counter(found), Counter(frame[f"{node.name}.missing"].drop_nulls())
    numbers = found if node.type == "number" else []
    return Spread(
        node,
        frame.height,
        len(found),
        tuple((value, counts[value]) for value in _order(node, counts)) if _few(node, counts) else None,
        (min(numbers), median(numbers), max(numbers)) if numbers else None,
        tuple((reason.word, reasons[reason.word]) for reason in REASONS if reasons[reason.word]),
    )


def _few(node: QuantityNode, counts: Counter[Any]) -> bool:
    """Numbers are counted one by one where they are rounded and come again, as points and stars do."""
    if node.type != "number":
        return True
    return node.decimals is not None and len(counts) <= MOST_VALUES and 2 * len(counts) <= counts.total()


def _order(node: QuantityNode, counts: Counter[Any]) -> Sequence[Any]:
    """Levels (best first) and flags with those that nobody has; numbers from below; texts by how many have them."""
    match node.type:
        case "level":
            return tuple(reversed(node.scale))
        case "flag":
            return (True, False)
        case "number":
            return sorted(counts)
        case "text":
            return sorted(counts, key=lambda text: (-counts[text], str(text)))


# told


def spread_tables(found: Sequence[Spread], policy: Policy, lang: str, title: str) -> Iterator[Block]:
    """The tables of all results: values that are counted, then numbers by their ends."""
    counted = [one for one in found if one.values is not None]
    if counted:
        columns = tuple(say(lang, f"column.{c}") for c in ("result", "value", "count", "share"))
        yield Table(title, columns, tuple(row for one in counted for row in _counted(one, policy, lang)), (2, 3))
    measured = [one for one in found if one.values is None]
    if measured:
        columns = tuple(say(lang, f"column.{c}") for c in ("result", "count", *ENDS, "missing"))
        rows = tuple(_measured(one, policy, lang) for one in measured)
        yield Table(say(lang, "results.numbers") if counted else title, columns, rows, (1, 2, 3, 4))


def _counted(one: Spread, policy: Policy, lang: str) -> Iterator[tuple[str, ...]]:
    """A row per value and one per reason; the result is named in the first."""
    values = list(one.values or ())
    shown = values if one.node.type != "text" else values[:MOST_VALUES]
    rows = [(cell_text(policy, one.node, value, lang), count) for value, count in shown]
    rest = sum(count for _, count in values[len(shown) :])
    rows += [(say(lang, "results.others", count=len(values) - len(shown)), rest)] if rest else []
    rows += [(_without(reason, lang), count) for reason, count in one.missing]
    for place, (text, count) in enumerate(rows):
        share = number(Fraction(100 * count, one.total or 1), 1, lang)
        yield (titled(policy.area, one.node.name, lang) if place == 0 else "", text, str(count), f"{share} %")


def _without(reason: str, lang: str) -> str:
    return say(lang, "results.without", reason=say(lang, f"missing.{reason}"))


def _measured(one: Spread, policy: Policy, lang: str) -> tuple[str, ...]:
    ends = ["–"] * len(ENDS) if one.ends is None else [_end_text(one.node, end, lang) for end in one.ends]
    missing = joined([f"{count} {say(lang, f'missing.{reason}')}" for reason, count in one.missing], lang)
    return (titled(policy.area, one.node.name, lang), str(one.present), *ends, missing or "–")


def _end_text(node: QuantityNode, end: float, lang: str) -> str:
    """An end with the decimals of the result; the middle of two may need one more."""
    value, decimals = compared(from_float(end)), node.decimals
    if decimals is not None and (value * 10**decimals).denominator != 1:
        decimals += 1
    return number_text(value, decimals, lang)


def history(found: Sequence[tuple[str, Spread]], policy: Policy, lang: str) -> Table:
    """The foremost result period by period: institutions with each value, or the middle of the numbers."""
    node = found[-1][1].node
    title = say(lang, "show.history-of", result=titled(policy.area, node.name, lang))
    if any(one.values is None for _, one in found):
        rows = [
            (say(lang, f"column.{end}"),
             *("–" if one.ends is None else _end_text(node, one.ends[place], lang) for _, one in found))
            for place, end in enumerate(ENDS)
        ]  # fmt: skip
    else:
        counts = [dict(one.values or ()) for _, one in found]
        everything = sum((Counter(one) for one in counts), Counter[Any]())
        known = _order(node, everything)
        # levels that only earlier rules had stand last
        values = [*known, *(value for value in everything if value not in known)]
        rows = [(cell_text(policy, node, value, lang), *(str(one.get(value, 0)) for one in counts)) for value in values]
    rows.append((say(lang, "column.missing"), *(str(one.total - one.present) for _, one in found)))
    return Table(
        title,
        (say(lang, "column.value"), *(period for period, _ in found)),
        tuple(rows),
        tuple(range(1, len(found) + 1)),
    )


def spread_data(one: Spread) -> dict[str, Any]:
    """A spread as JSON has it; every value is there."""
    data: dict[str, Any] = {"type": one.node.type, "count": one.present, "missing": dict(one.missing)}
    if one.values is not None:
        data["values"] = [{"value": value, "count": count} for value, count in one.values]
    if one.ends is not None:
        data |= dict(zip(ENDS, one.ends, strict=True))
    return data
