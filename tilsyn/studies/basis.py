"""What a quantity rests on: the quantities that it reads, and the figures, by row and period.

An explanation shows how a result came about; this finds what belongs in it. Own quantities of the present period are
followed to what they read in turn. Where a name leads elsewhere, to an earlier period or to another institution, it
is shown as it stands there and is not followed, or an explanation would have no end.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.expressions import Expr
from tilsyn.catalogue.indicators import COUNTED
from tilsyn.engine.exact import Exact
from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import Missing, Value


class Source(Struct, frozen=True):
    """A value that is read: a field of a figure, an attribute, or a quantity that stands elsewhere.

    `back` periods before, in the institution that `relation` leads to; else now and here. `field` None is the value.
    """

    column: str
    field: str | None = None
    back: int = 0
    relation: str = ""


class Figure(Struct, frozen=True):
    """What is read of a figure, an attribute, or a quantity that stands elsewhere: the value (None where it is not
    read) and fields. `institution` is whose it is, where a relation leads to it."""

    column: str
    back: int
    relation: str
    institution: str | None
    value: Value | None
    fields: dict[str, Value]


class Reads(Struct, frozen=True):
    """What one quantity reads directly: own quantities, sources, and sets of institutions that it looks at (`peers`,
    or relations)."""

    quantities: tuple[str, ...]
    sources: tuple[Source, ...]
    sets: tuple[str, ...]


def reads_of(plan: Plan, node: QuantityNode) -> Reads:
    """What a quantity reads directly, in the order of its expressions."""
    return _reads(plan, node.parts)


def _reads(plan: Plan, parts: Iterable[Expr]) -> Reads:
    known = {quantity.name for quantity in plan.quantities}
    figures = {indicator.name for indicator in plan.indicators} | {name for name, _ in plan.attributes}
    quantities: dict[str, None] = {}
    sources: dict[Source, None] = {}
    sets: dict[str, None] = {}

    def named(ref: e.Ref, back: int, relation: str) -> None:
        if ref.column in known and not back and not relation:
            quantities[ref.column] = None
        elif ref.column in known:
            sources[Source(ref.column, None, back, relation)] = None
        elif ref.name.partition("@")[0] in figures:
            sources[Source(ref.name, ref.field, back, relation)] = None

    def look(expr: Expr) -> None:
        match expr:
            case e.Ref():
                named(expr, 0, "")
            case e.Earlier(e.Ref() as of, periods):
                named(of, periods, "")
            case e.Related(relation, of):
                named(of, 0, relation)
            case e.Peers():
                sets[expr.set] = None
                if expr.within is not None:
                    named(e.Ref(expr.within), 0, "")
                # what belongs to me is others' figures; among peers I am one myself
                for part in e.children(expr) if expr.set == "peers" else ():
                    look(part)
            case _:
                for part in e.children(expr):
                    look(part)

    for part in parts:
        look(part)
    return Reads(tuple(quantities), tuple(sources), tuple(sets))


def lacking(case: Exact, node: QuantityNode, institution: str, period: int) -> Reads:
    """Of what a quantity reads directly, that which is missing for the reason that leaves it without a value.

    Where its body gave none, only what that reads can be why.
    """
    working = case.quantity(node, institution, period)
    assert isinstance(working.value, Missing)
    read = _reads(case.plan, [node.of] if isinstance(working.before, Missing) else node.parts)
    return Reads(
        tuple(name for name in read.quantities if case.named(name, institution, period) == working.value),
        tuple(source for source in read.sources if value_of(case, source, institution, period) == working.value),
        read.sets,
    )


def undecided(case: Exact, node: QuantityNode, institution: str, period: int) -> dict[str, Reads]:
    """The adjustments that leave a value that was there without one, by their ids, and what each of them lacks.

    Whether an adjustment is to be made, or what it comes to, is asked of the value before all of them: one that can't
    be decided there is why there is no value, and those after it only follow.
    """
    working = case.quantity(node, institution, period)
    if isinstance(working.before, Missing) or not isinstance(working.value, Missing):
        return {}
    fields: dict[str, Value] = {"value": working.before}
    found: dict[str, Reads] = {}
    for one in node.then:
        met = True if one.when is None else case.evaluate(one.when, institution, period, fields)
        asked = one.when if isinstance(met, Missing) else one.by if met is True else None
        if asked is None or not isinstance(case.evaluate(asked, institution, period, fields), Missing):
            continue
        read = _reads(case.plan, [asked])
        found[one.id] = Reads(
            tuple(name for name in read.quantities if isinstance(case.named(name, institution, period), Missing)),
            tuple(s for s in read.sources if isinstance(value_of(case, s, institution, period), Missing)),
            read.sets,
        )
    return found


def closure(plan: Plan, names: Iterable[str]) -> tuple[QuantityNode, ...]:
    """The quantities of these names and all that they read, in the order of the plan."""
    nodes = {node.name: node for node in plan.quantities}
    wanted, found = list(names), set[str]()
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += reads_of(plan, nodes[name]).quantities
    return tuple(node for node in plan.quantities if node.name in found)


def value_of(case: Exact, source: Source, institution: str, period: int) -> Value:
    """What a source says of an institution."""
    ref = e.Ref(source.column, source.field)
    if source.relation:
        return case.evaluate(e.Related(source.relation, ref), institution, period)
    return case.evaluate(ref, institution, period - source.back)


def other_of(case: Exact, relation: str, institution: str, period: int) -> str | None:
    """The institution that a relation leads to; None where there is none."""
    attribute = next(node.attribute for node in case.plan.relations if node.name == relation)
    found = case.named(attribute, institution, period)
    return found if isinstance(found, str) else None


def figures_read(case: Exact, reads: Iterable[Reads], institution: str, period: int) -> tuple[Figure, ...]:
    """Every figure that is read, once, with the fields that are read of it; of a share also what it is a share of."""
    wanted: dict[Source, list[str | None]] = {}
    for source in (source for one in reads for source in one.sources):
        wanted.setdefault(replace(source, field=None), []).append(source.field)
    kinds = {indicator.name: indicator.kind for indicator in case.plan.indicators}
    figures: list[Figure] = []
    for source, read in wanted.items():
        kind = kinds.get(source.column.partition("@")[0])
        beside = ("count", COUNTED[kind]) if kind in COUNTED and None in read else ()
        found = {
            name: value_of(case, replace(source, field=name), institution, period)
            for name in dict.fromkeys((*beside, *(name for name in read if name is not None)))
        }
        fields = {name: value for name, value in found.items() if name in read or not isinstance(value, Missing)}
        value = value_of(case, source, institution, period) if None in read else None
        other = other_of(case, source.relation, institution, period) if source.relation else None
        figures.append(Figure(source.column, source.back, source.relation, other, value, fields))
    return tuple(figures)


def met_guard(case: Exact, node: QuantityNode, guards: int, institution: str, period: int) -> int | None:
    """Which of a quantity's reasons for no value holds, of so many; None where none does, or that is not known."""
    if not guards:
        return None
    assert isinstance(node.of, e.Choose)
    return _first(case, node.of.conditions[:guards], "first", institution, period)


def met_row(case: Exact, node: QuantityNode, guards: int, institution: str, period: int) -> int | None:
    """Which row of its table a quantity's value is of; None where no row is met. `guards` stand before the table."""
    table = node.of
    if guards:
        assert isinstance(table, e.Choose)
        if any(case.evaluate(guard, institution, period) is not False for guard in table.conditions[:guards]):
            return None
        table = table.values[-1]
    assert isinstance(table, e.Choose)
    return _first(case, table.conditions, table.hit, institution, period)


def _first(case: Exact, conditions: Iterable[Expr], hit: str, institution: str, period: int) -> int | None:
    """The first condition that holds; with `first` none that stands behind an unknown one."""
    for place, condition in enumerate(conditions):
        met = case.evaluate(condition, institution, period)
        if met is True:
            return place
        if isinstance(met, Missing) and hit == "first":
            return None
    return None
