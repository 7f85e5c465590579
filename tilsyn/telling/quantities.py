"""Quantities as people read them: what they are called, what they came to, and which adjustments were made.

Explanations of placements and of results, and the tables of both, write names and values the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.policy import Policy
from tilsyn.catalogue.quantities import Adjustment, Quantity
from tilsyn.engine.nodes import QuantityNode
from tilsyn.engine.values import Missing, Value, from_float, round_half_up
from tilsyn.engine.working import QuantityWorking
from tilsyn.telling.words import number, reference_text, say

UNROUNDED = 6
"""Decimals that are shown of a number that is not rounded."""


def declared(area: Area, column: str) -> Quantity:
    """The declared quantity that a column is of; `q@member`, `q.key` and `q@member.key` are of `q`."""
    return area.quantities[column.partition("@")[0].partition(".")[0]]


def quantity_title(area: Area, column: str, lang: str) -> str:
    """What a quantity is called, with the group and the part of a record that the column is of."""
    before, _, key = column.partition(".")
    name, _, member = before.partition("@")
    title = declared(area, column).title
    parts = [title.get(lang) if title else name, *([_member(area, member, lang)] if member else [])]
    return ", ".join(parts) + (f": {key}" if key else "")


def titled(area: Area, column: str, lang: str) -> str:
    """What a quantity is called, with its unit where it has one."""
    unit = declared(area, column).measured_in
    return quantity_title(area, column, lang) + (f" ({unit})" if unit else "")


def figure_title(area: Area, column: str, lang: str) -> str:
    """What an indicator, for a group or for all, or an attribute is called."""
    name, _, member = column.partition("@")
    indicator = area.indicators.get(name)
    title = indicator.title.get(lang) if indicator else word_of(area, name, lang) or name
    unit = f" ({indicator.measured_in})" if indicator and indicator.measured_in else ""
    return f"{title}, {_member(area, member, lang)}{unit}" if member else f"{title}{unit}"


def _member(area: Area, member: str, lang: str) -> str:
    return next(g.members[member].get(lang) for g in area.groups.values() if member in g.members)


# values


def level_title(policy: Policy, node: QuantityNode, name: str, lang: str) -> str:
    """A level by the ladder's title where the scale is the ladder's; one of a quantity's own by the area's word."""
    ladder = policy.own_ladder
    if ladder is not None and node.scale == tuple(ladder.levels):
        return ladder.levels[name].get(lang)
    return word_of(policy.area, name, lang) or name.replace("_", " ")


def word_of(area: Area, name: str, lang: str) -> str | None:
    """What people call a name that has no title where it is declared, if anything is said of it."""
    word = area.words.get(name)
    return word.get(lang) if word else None


def value_text(policy: Policy, node: QuantityNode, value: Value, lang: str) -> str:
    """A value of a working."""
    match value:
        case Missing(reason):
            return say(lang, f"missing.{reason.word}")
        case bool():
            return say(lang, "yes" if value else "no")
        case int():
            return level_title(policy, node, node.scale[value], lang)
        case Fraction():
            return number_text(value, node.decimals, lang)
        case str():
            return value


def figure_text(value: Value, lang: str) -> str:
    """A figure, one of its fields, or an attribute, with as many decimals as it has."""
    match value:
        case Missing(reason):
            return say(lang, f"missing.{reason.word}")
        case bool():
            return say(lang, "yes" if value else "no")
        case Fraction() | int():
            return number_text(Fraction(value), None, lang)
        case str():
            return value


def cell_text(policy: Policy, node: QuantityNode, value: object, lang: str) -> str:
    """A value that is there, as a frame has it."""
    match value:
        case float():
            return number_text(from_float(value), node.decimals, lang)
        case bool():
            return say(lang, "yes" if value else "no")
        case _:
            return level_title(policy, node, str(value), lang) if node.type == "level" else str(value)


def row_text(policy: Policy, node: QuantityNode, row: Mapping[str, object], lang: str) -> str:
    """What a row of a frame says of a quantity: its value, or why there is none."""
    value, missing = row[node.name], row[f"{node.name}.missing"]
    return say(lang, f"missing.{missing}") if missing is not None else cell_text(policy, node, value, lang)


def number_text(value: Fraction, decimals: int | None, lang: str) -> str:
    """A number with its decimals; one that is not rounded with as many as it needs, up to `UNROUNDED`."""
    if decimals is not None:
        return number(value, decimals, lang)
    shown = round_half_up(value, UNROUNDED)
    needed = next(d for d in range(UNROUNDED + 1) if (shown * 10**d).denominator == 1)
    return number(shown, needed, lang)


# adjustments


def adjustment(area: Area, column: str, id_: str) -> Adjustment:
    """The declared adjustment of a quantity by its id."""
    return next(a for a in declared(area, column).then if a.id == id_)


def adjustment_notes(policy: Policy, node: QuantityNode, working: QuantityWorking, lang: str) -> Iterator[str]:
    """What was done to a value after it was made, and what was passed over, in the order in which it stands."""
    area = policy.area
    quantity = quantity_title(area, node.name, lang)
    for one in declared(area, node.name).then:
        because = f" {sentence(one.because.get(lang))}" if one.because else ""
        source = f" ({reference_text(one.reference, lang)})" if one.reference else ""
        if one.id in working.made:
            done = say(lang, f"adjusted.{effect_of(one)}", by=getattr(one, effect_of(one)))
            yield say(lang, "explain.adjusted", quantity=quantity, id=one.id, done=done, because=because, source=source)
        elif one.id in working.passed and passed_over_counts(one, working):
            yield say(lang, "explain.passed-over", quantity=quantity, id=one.id, when=one.when or "", source=source)


def sentence(text: str) -> str:
    """A declared reason as a sentence, whether or not its author ended it.

    >>> sentence("Der er et påbud"), sentence("Der er et påbud.")
    ('Der er et påbud.', 'Der er et påbud.')
    """
    return text if text.endswith((".", "!", "?")) else f"{text}."


def effect_of(one: Adjustment) -> str:
    return next(effect for effect in ("at_most", "at_least", "add", "set") if getattr(one, effect) is not None)


def passed_over_counts(one: Adjustment, working: QuantityWorking) -> bool:
    """Whether passing an adjustment over can have made a difference: where there is no value, only `set` gives one."""
    return one.set is not None or not isinstance(working.before, Missing)
