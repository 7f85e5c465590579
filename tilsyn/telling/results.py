"""The results of one institution under a regime, told: what they are, how each came about, and what it rests on.

Like every explanation it is a list of blocks that text, page and JSON render alike, read from the working. What an
expression says is shown as it is declared, since that is what people decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tilsyn.catalogue.periods import Period
from tilsyn.engine.nodes import QuantityNode
from tilsyn.engine.values import Missing, Value
from tilsyn.engine.working import QuantityWorking
from tilsyn.studies.basis import Figure, Reads
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.explanation import closed_note, heading, made_from
from tilsyn.telling.quantities import (
    adjustment_notes,
    declared,
    figure_text,
    figure_title,
    quantity_title,
    sentence,
    titled,
    value_text,
)
from tilsyn.telling.subjects import ExplainedResults
from tilsyn.telling.words import joined, reference_text, say


def tell_results(x: ExplainedResults, lang: str) -> list[Block]:
    """The whole explanation."""
    return [*_outcome(x, lang), *_parts(x, lang), *_figures(x, lang), *made_from(x, lang)]


def working_of(x: ExplainedResults, name: str) -> QuantityWorking:
    return next(working for working in x.result.quantities if working.name == name)


def results_of(x: ExplainedResults) -> list[QuantityNode]:
    """The declared results, in their order."""
    nodes = {node.name: node for node in x.nodes}
    return [nodes[name] for name in x.plan.results]


# what came out


def _outcome(x: ExplainedResults, lang: str) -> Iterator[Block]:
    yield heading(x, lang)
    if x.policy.area.example:
        yield Paragraph(say(lang, "example"), "faint")
    results = results_of(x)
    if results:
        first = working_of(x, results[0].name)
        name = quantity_title(x.policy.area, first.name, lang)
        shown = value_text(x.policy, results[0], first.value, lang)
        yield Paragraph(say(lang, "explain.result", result=name, value=shown), "strong")
    yield from closed_note(x, lang)
    yield _quantity_table(x, results, "result", say(lang, "explain.results-title"), lang)
    notes = [note for node in results for note in _notes(x, node, lang)]
    if notes:
        yield Points(tuple(notes))


def _quantity_table(x: ExplainedResults, nodes: Sequence[QuantityNode], what: str, title: str, lang: str) -> Table:
    """Values, what they were before their adjustments where some have any, how they are made, and where from."""
    adjusted = any(node.then for node in nodes)
    keys = (what, "value", *(("unadjusted",) if adjusted else ()), "made", "reference")
    rows: list[tuple[str, ...]] = []
    for node in nodes:
        quantity, working = declared(x.policy.area, node.name), working_of(x, node.name)
        before = value_text(x.policy, node, working.before, lang) if node.then else "–"
        rows.append(
            (titled(x.policy.area, node.name, lang), value_text(x.policy, node, working.value, lang),
             *((before,) if adjusted else ()), made_text(x, node, lang),
             reference_text(quantity.reference, lang) if quantity.reference else "–")
        )  # fmt: skip
    return Table(title, tuple(say(lang, f"column.{key}") for key in keys), tuple(rows))


def made_text(x: ExplainedResults, node: QuantityNode, lang: str) -> str:
    """How a quantity is made, in the words of its declaration."""
    quantity = declared(x.policy.area, node.name)
    if quantity.value is not None:
        return quantity.value
    if quantity.levels is not None:
        return say(lang, "made.levels", of=quantity.of)
    if quantity.table is not None:
        row = x.rows.get(node.name)
        return say(lang, "made.table") if row is None else say(lang, "made.row", row=row_name(x, node, row))
    if quantity.grid is not None:
        return say(lang, "made.grid", rows=quantity.grid.rows, columns=next(iter(quantity.grid.columns)))
    parts = quantity.of
    assert parts is not None
    named = [f"{part} ({weight})" for part, weight in parts.items()] if isinstance(parts, dict) else list(parts)
    return say(lang, f"made.{quantity.method}", parts=joined(named, lang))


def row_name(x: ExplainedResults, node: QuantityNode, row: int) -> str:
    table = declared(x.policy.area, node.name).table
    assert table is not None
    return table.rules[row].id or str(row + 1)


def _without(x: ExplainedResults, node: QuantityNode, lang: str) -> Iterator[str]:
    """Why there is no value, and which of the values that it reads are not there for that reason."""
    value = working_of(x, node.name).value
    if not isinstance(value, Missing):
        return
    area, lacked = x.policy.area, x.lacking.get(node.name, Reads((), (), ()))
    wanted = {(source.column, source.back, source.relation) for source in lacked.sources}
    names = [quantity_title(area, name, lang) for name in lacked.quantities]
    names += [_figure_name(x, f, lang) for f in x.figures if (f.column, f.back, f.relation) in wanted]
    guard = x.guards.get(node.name)
    key = "explain.without-guard" if guard else "explain.without-lacking" if names else "explain.without"
    title, reason = quantity_title(area, node.name, lang), say(lang, f"missing.{value.reason.word}")
    yield say(lang, key, result=title, reason=reason, lacking=joined(names, lang), guard=guard or "")


def _notes(x: ExplainedResults, node: QuantityNode, lang: str) -> Iterator[str]:
    """Why there is no value, the reason of the row that gave it, its adjustments, and that it looks at others."""
    quantity, title = declared(x.policy.area, node.name), quantity_title(x.policy.area, node.name, lang)
    yield from _without(x, node, lang)
    row = x.rows.get(node.name)
    if row is not None and quantity.table is not None and (because := quantity.table.rules[row].because) is not None:
        yield say(lang, "explain.row", quantity=title, row=row_name(x, node, row), because=sentence(because.get(lang)))
    yield from adjustment_notes(x.policy, node, working_of(x, node.name), lang)
    for name in x.reads[node.name].sets:
        if name == "peers":
            yield say(lang, "explain.among-peers", quantity=title)
        else:
            relation = x.policy.area.relations[name].title
            yield say(lang, "explain.among-related", quantity=title, relation=relation.get(lang) if relation else name)


# what it is made of


def _parts(x: ExplainedResults, lang: str) -> Iterator[Block]:
    """The other quantities that the results read."""
    parts = [node for node in x.nodes if node.name not in x.plan.results]
    if not parts:
        return
    yield Heading(say(lang, "explain.parts"))
    yield _quantity_table(x, parts, "quantity", "", lang)
    notes = [note for node in parts for note in _notes(x, node, lang)]
    if notes:
        yield Points(tuple(notes))


def _figures(x: ExplainedResults, lang: str) -> Iterator[Block]:
    """The figures that they all rest on."""
    if not x.figures:
        return
    yield Heading(say(lang, "explain.figures"))
    columns = tuple(say(lang, f"column.{c}") for c in ("fact", "value", "besides", "source"))
    yield Table("", columns, tuple(_figure_row(x, figure, lang) for figure in x.figures))


def _figure_row(x: ExplainedResults, figure: Figure, lang: str) -> tuple[str, ...]:
    indicator = x.policy.area.indicators.get(figure.column.partition("@")[0])
    source = indicator.source.register_ if indicator and indicator.source else "–"
    besides = [f"{field} = {_figure_value(x, figure, value, lang)}" for field, value in figure.fields.items()]
    shown = "–" if figure.value is None else _figure_value(x, figure, figure.value, lang)
    return _figure_name(x, figure, lang), shown, "; ".join(besides) or "–", source


def _figure_value(x: ExplainedResults, figure: Figure, value: Value, lang: str) -> str:
    """A quantity that stands elsewhere as it is written here; a figure as it is."""
    node = next((node for node in x.plan.quantities if node.name == figure.column), None)
    return figure_text(value, lang) if node is None else value_text(x.policy, node, value, lang)


def _figure_name(x: ExplainedResults, figure: Figure, lang: str) -> str:
    """What it is called, and whose and when where that is not the institution's own now."""
    area = x.policy.area
    name = figure.column.partition("@")[0].partition(".")[0]
    title = (quantity_title if name in area.quantities else figure_title)(area, figure.column, lang)
    if figure.back:
        label = Period(x.period.kind, x.period.index - figure.back).label
        title = say(lang, "explain.figure-then", figure=title, period=label)
    if figure.relation:
        declared_ = area.relations[figure.relation].title
        relation = declared_.get(lang) if declared_ else figure.relation
        title = say(lang, "explain.figure-of", figure=title, relation=relation, institution=figure.institution or "–")
    return title
