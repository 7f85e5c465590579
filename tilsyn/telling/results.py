"""The results of one institution under a regime, told: what they are, how each came about, and what it rests on.

Like every explanation it is a list of blocks that text, page and JSON render alike, read from the working. What an
expression says is shown as it is declared, since that is what people decided.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tilsyn.catalogue.areas import Constant
from tilsyn.catalogue.bands import band_limits
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.quantity_checks import names_read
from tilsyn.engine.nodes import QuantityNode
from tilsyn.engine.values import Missing, Value, compared, round_half_up
from tilsyn.engine.working import QuantityWorking
from tilsyn.studies.basis import Figure, Reads
from tilsyn.telling.around import closed_note, heading, made_from
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.origin import about, origin
from tilsyn.telling.quantities import (
    UNROUNDED,
    adjustment,
    adjustment_notes,
    declared,
    effect_of,
    figure_text,
    figure_title,
    number_text,
    quantity_title,
    sentence,
    titled,
    value_text,
    word_of,
)
from tilsyn.telling.subjects import ExplainedResults
from tilsyn.telling.words import joined, number, reference_text, say


def tell_results(x: ExplainedResults, lang: str) -> list[Block]:
    """The whole explanation."""
    return [
        *_outcome(x, lang),
        *_parts(x, lang),
        *_figures(x, lang),
        *_constants(x, lang),
        *about(x.policy.area, lang),
        *made_from(x, lang),
    ]


def working_of(x: ExplainedResults, name: str) -> QuantityWorking:
    return next(working for working in x.result.quantities if working.name == name)


def results_of(x: ExplainedResults) -> list[QuantityNode]:
    """The declared results, in their order."""
    nodes = {node.name: node for node in x.nodes}
    return [nodes[name] for name in x.plan.results]


# what came out


def _outcome(x: ExplainedResults, lang: str) -> Iterator[Block]:
    yield heading(x, lang)
    yield from origin(x.policy, lang)
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
        limits = limits_text(x, node, lang)
        return say(lang, "made.level" if limits else "made.levels", of=quantity.of, limits=limits or "")
    if quantity.table is not None:
        row = x.rows.get(node.name)
        if row is None:
            return say(lang, "made.table")
        conditions = conditions_of(x, node) or {}
        shown = "; ".join(f"{name}: {cell}" for name, cell in conditions.items())
        return say(lang, "made.row" if shown else "made.row-else", row=row_name(x, node, row), conditions=shown)
    if quantity.grid is not None:
        return say(lang, "made.grid", rows=quantity.grid.rows, columns=next(iter(quantity.grid.columns)))
    parts = quantity.of
    assert parts is not None
    named = [f"{part} ({weight})" for part, weight in parts.items()] if isinstance(parts, dict) else list(parts)
    return say(lang, f"made.{quantity.method}", parts=joined(named, lang))


def limits_text(x: ExplainedResults, node: QuantityNode, lang: str) -> str | None:
    """The limits of the level that a value has come to, with what was divided between them: `50 ≤ 59 < 70`."""
    quantity, before = declared(x.policy.area, node.name), working_of(x, node.name).before
    if quantity.levels is None or not isinstance(before, int):
        return None
    low, high = band_limits(quantity.levels, node.scale[before])
    shown = _divided(x, node, str(quantity.of), [end.value for end in (low, high) if end], lang)
    parts = (
        f"{number_text(low.value, None, lang)} {'≤' if low.inside else '<'} " if low else "",
        shown,
        f" {'≤' if high.inside else '<'} {number_text(high.value, None, lang)}" if high else "",
    )
    return "".join(parts)


def _divided(x: ExplainedResults, node: QuantityNode, of: str, limits: Sequence[Fraction], lang: str) -> str:
    """What bands divide: its value where it is a quantity or a figure that is told of, else as it is declared.

    A number that is not rounded has so many decimals that it is not shown on a limit that it only lies close to.
    """
    member = node.name.partition("@")[2]
    values: dict[str, tuple[Value | None, int | None]] = {f.column: (f.value, None) for f in x.figures if _own(f)}
    values |= {n.name: (working_of(x, n.name).value, n.decimals) for n in x.nodes}
    value, decimals = values.get(f"{of}@{member}") or values.get(of) or (None, None)
    if not isinstance(value, Fraction):
        return of
    near = decimals is None and any(compared(value) != limit == round_half_up(value, UNROUNDED) for limit in limits)
    return number(value, CLOSE, lang) if near else number_text(value, decimals, lang)


CLOSE = 9
"""Decimals of an unrounded number that lies close to a limit: as many as it is compared with."""


def _own(figure: Figure) -> bool:
    return not figure.back and not figure.relation and figure.value is not None


def conditions_of(x: ExplainedResults, node: QuantityNode) -> dict[str, str] | None:
    """The cells of the row that gave a value, as they are written; none in a row that holds for everything else."""
    row, table = x.rows.get(node.name), declared(x.policy.area, node.name).table
    if row is None or table is None:
        return None
    return {name: written_cell(cell) for name, cell in table.rules[row].cells.items() if cell not in ("-", None)}


def written_cell(cell: object) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def constants_read(x: ExplainedResults) -> dict[str, Constant]:
    """The constants that the results and what they are made of are calculated with, in the order of the declaration."""
    area = x.policy.area
    read = {name for node in x.nodes for name in names_read(declared(area, node.name))}
    return {name: constant for name, constant in area.constants.items() if name in read}


def row_name(x: ExplainedResults, node: QuantityNode, row: int) -> str:
    table = declared(x.policy.area, node.name).table
    assert table is not None
    return table.rules[row].id or str(row + 1)


def _without(x: ExplainedResults, node: QuantityNode, lang: str) -> Iterator[str]:
    """Why there is no value, and which of the values that it reads are not there for that reason."""
    value = working_of(x, node.name).value
    if not isinstance(value, Missing):
        return
    area, undecided = x.policy.area, x.undecided.get(node.name, {})
    names = _lacked(x, x.lacking.get(node.name, Reads((), (), ())), lang)
    guard = x.guards.get(node.name)
    key = "explain.without-guard" if guard else "explain.without-lacking" if names else "explain.without"
    title, reason = quantity_title(area, node.name, lang), say(lang, f"missing.{value.reason.word}")
    if undecided:
        for id_, reads in undecided.items():
            one = adjustment(area, node.name, id_)
            names = joined(_lacked(x, reads, lang), lang) or "–"
            said = ", ".join(part for part in (one.when, str(getattr(one, effect_of(one)))) if part)
            told = {"result": title, "reason": reason, "id": id_, "said": said, "lacking": names}
            yield say(lang, "explain.without-adjustment", **told)
        return
    yield say(lang, key, result=title, reason=reason, lacking=joined(names, lang), guard=guard or "")


def _lacked(x: ExplainedResults, reads: Reads, lang: str) -> list[str]:
    """What is lacked, by the names that people know."""
    wanted = {(source.column, source.back, source.relation) for source in reads.sources}
    names = [quantity_title(x.policy.area, name, lang) for name in reads.quantities]
    return names + [_figure_name(x, f, lang) for f in x.figures if (f.column, f.back, f.relation) in wanted]


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


def _constants(x: ExplainedResults, lang: str) -> Iterator[Block]:
    """The numbers that somebody has set and given a name, and where they come from."""
    found = constants_read(x)
    if not found:
        return
    yield Heading(say(lang, "explain.constants"))
    columns = tuple(say(lang, f"column.{c}") for c in ("constant", "value", "reference"))
    rows = tuple(
        (_constant_name(x, name, lang) + f" ({one.measured_in})", number_text(Fraction(one.value), None, lang),
         reference_text(one.reference, lang))
        for name, one in found.items()
    )  # fmt: skip
    yield Table("", columns, rows, (1,))


def _constant_name(x: ExplainedResults, name: str, lang: str) -> str:
    """As expressions name it, so that it is found in them, with what people call it."""
    word = word_of(x.policy.area, name, lang)
    return f"{name}: {word}" if word else name


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
