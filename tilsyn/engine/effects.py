"""Effects: what a step means for one institution, in requirements, help, rights and hours.

It decides which requirements are in force, relieved or added at a step, and what they take of
this institution's time. What protects somebody is never relieved, whatever a step says; the
check of declarations says the same, and here it holds even where nobody checked. Which step an
institution is on is decided elsewhere. Hours that can't be counted are named, never nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from tilsyn.catalogue.ladders import Ladder, RequirementKind, Step, Visits
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.requirements import TIMES_A_YEAR, Burden, Protection, Requirement, Requirements
from tilsyn.engine.formulas import FLOAT, Formula, Named, col, first_met, lit, short, when
from tilsyn.engine.values import Missing, Reason, from_float

if TYPE_CHECKING:
    import polars as pl

Attributes = Mapping[str, object]
"""An institution's attributes as they stand in a row of the observation frame."""


class Duty(Struct, frozen=True):
    """A requirement, its own legal basis, and its hours a year here; `per` is the attribute they are counted by."""

    id: str
    kind: RequirementKind
    protects: tuple[Protection, ...]
    basis: Reference
    hours: Fraction | Missing
    per: str | None


class Total(Struct, frozen=True):
    """Hours a year of those that could be counted, and the requirements that could not."""

    hours: Fraction
    uncounted: tuple[str, ...] = ()

    @property
    def whole(self) -> Fraction | None:
        """The sum where everything could be counted."""
        return None if self.uncounted else self.hours


class Effects(Struct, frozen=True):
    """What a step changes. `added` is part of `in_force`; `basis` is the step's reference, on which relief rests.

    `offered` help may be declined, `ordered` help may not.
    """

    step: str
    basis: Reference
    in_force: tuple[Duty, ...]
    relieved: tuple[Duty, ...]
    added: tuple[Duty, ...]
    offered: tuple[str, ...]
    ordered: tuple[str, ...]
    visits: Visits
    rights: tuple[str, ...]

    @property
    def hours(self) -> Total:
        return total(self.in_force)

    @property
    def hours_freed(self) -> Total:
        return total(self.relieved)

    @property
    def hours_added(self) -> Total:
        return total(self.added)


class Standing(Struct, frozen=True):
    """The three that are kept apart: what is recommended, what a person has decided, what is in force."""

    recommended: Effects
    decided: Effects | None
    in_force: Effects


def effects(ladder: Ladder, register: Requirements, step: int, attributes: Attributes) -> Effects:
    """What the step at a position, freest 0, means for an institution of this size."""
    name, declared = list(ladder.steps.items())[step]
    duties = {key: duty_of(key, requirement, attributes) for key, requirement in register.requirements.items()}
    relieved, added = _relieved(ladder, register, declared), _added(declared)
    elsewhere = set[str]().union(*(_added(other) for other in ladder.steps.values())) - added
    supports = tuple(declared.supports)
    return Effects(
        step=name,
        basis=declared.reference,
        in_force=tuple(duty for key, duty in duties.items() if key not in relieved and key not in elsewhere),
        relieved=tuple(duty for key, duty in duties.items() if key in relieved),
        added=tuple(duty for key, duty in duties.items() if key in added),
        offered=() if declared.ordered else supports,
        ordered=supports if declared.ordered else (),
        visits=declared.visits,
        rights=tuple(declared.rights),
    )


def standing(
    ladder: Ladder,
    register: Requirements,
    attributes: Attributes,
    *,
    recommended: int,
    decided: int | None,
    in_force: int,
) -> Standing:
    """The three effects of a placement. `in_force` is the state's: a rise at once, a fall once it is decided.

    Help that a recommended fall only offers is no burden, so it is offered at once.
    """
    wanted = effects(ladder, register, recommended, attributes)
    now = effects(ladder, register, in_force if decided is None else decided, attributes)
    if decided is None and recommended > in_force:
        early = tuple(support for support in wanted.offered if support not in now.offered + now.ordered)
        now = replace(now, offered=now.offered + early)
    return Standing(wanted, None if decided is None else now, now)


def _added(step: Step) -> set[str]:
    return set(step.adds.requirements) if step.adds else set()


def _relieved(ladder: Ladder, register: Requirements, step: Step) -> set[str]:
    """What a step sets aside: of what is in force everywhere, what it names by kind or id and protects nobody."""
    if step.relieves is None:
        return set()
    added = set[str]().union(*(_added(other) for other in ladder.steps.values()))
    return {
        key for key, requirement in register.requirements.items()
        if (requirement.kind in step.relieves.kinds or key in step.relieves.requirements)
        and not requirement.protects and key not in added
    }  # fmt: skip


def duty_of(key: str, requirement: Requirement, attributes: Attributes) -> Duty:
    burden = requirement.burden
    per = None if burden.per == 1 else burden.per
    return Duty(
        key, requirement.kind, tuple(requirement.protects), requirement.reference, hours_of(burden, attributes), per
    )


def hours_of(burden: Burden, attributes: Attributes) -> Fraction | Missing:
    """Hours a year for an institution of this size; missing where its size is."""
    if burden.per == 1:
        return _a_year(burden)
    match attributes.get(burden.per):
        case None:
            return Missing(Reason.NOT_SUBMITTED)
        case bool() | str():
            return Missing(Reason.UNDEFINED)
        case float() | int() | Fraction() as size if size < 0:
            return Missing(Reason.UNDEFINED)
        case float() as size:
            return _a_year(burden) * from_float(size)
        case int() | Fraction() as size:
            return _a_year(burden) * size
        case other:
            raise AssertionError(f"not a cell: {other!r}")


def _a_year(burden: Burden) -> Fraction:
    return Fraction(burden.hours) * TIMES_A_YEAR[burden.each]


def total(duties: Iterable[Duty]) -> Total:
    known, uncounted = Fraction(0), list[str]()
    for duty in duties:
        if isinstance(duty.hours, Missing):
            uncounted.append(duty.id)
        else:
            known += duty.hours
    return Total(known, tuple(uncounted))


def hours_in_force(ladder: Ladder, register: Requirements, frame: pl.DataFrame, *, step: str = "in_force") -> pl.Series:
    """Hours a year of all requirements in force by row, Float64: null without a step, or where some can't be counted.

    `frame` has the attributes, and the id of the step in column `step`. The exact sum is `effects(…).hours`.
    """
    means = [effects(ladder, register, place, {}) for place in range(len(ladder.steps))]
    duties = [{duty.id for duty in one.in_force} for one in means]
    hours = _hours_by_step(register, duties, numbers_in(frame), place_of(places_on(ladder), col(step)))
    return _worked_out(hours, frame, "hours_in_force")


def hours_each(burden: Burden, frame: pl.DataFrame) -> pl.Series:
    """Hours a year of one requirement by row, where it is in force; null where they can't be counted."""
    return _worked_out(_hours_by_row([burden], numbers_in(frame)), frame, "hours")


def places_on(ladder: Ladder) -> dict[str, int]:
    return {step: place for place, step in enumerate(ladder.steps)}


def place_of(places: Mapping[str, int], step: Formula) -> Formula:
    """The place on the ladder of a step's id, null for none."""
    return first_met((step == name for name in places), map(short, places.values()))


def effect_columns(ladder: Ladder, register: Requirements, numbers: Collection[str], place: Formula) -> list[Named]:
    """What the step at a `place` means, as columns: hours freed a year, and relief, rights, help and visits by id.
    `numbers` are the attributes that hours may be counted by. The exact sum is `effects(…).hours_freed`."""
    told = [effects(ladder, register, place, {}) for place in range(len(ladder.steps))]
    means = {
        "relieved": ["+".join(duty.id for duty in one.relieved) for one in told],
        "added": ["+".join(duty.id for duty in one.added) for one in told],
        "rights": ["+".join(one.rights) for one in told],
        "supports": ["+".join((*one.ordered, *one.offered)) for one in told],
    }
    visits = [lit(one.visits.times / one.visits.per_years) for one in told]
    duties = [_relieved(ladder, register, declared) for declared in ladder.steps.values()]
    return [
        _hours_by_step(register, duties, numbers, place).alias("hours_freed"),
        *(place.words(words).alias(name) for name, words in means.items()),
        _by_step(place, visits).alias("visits_per_year"),
    ]


def numbers_in(frame: pl.DataFrame) -> set[str]:
    """The columns of a frame that hours may be counted by."""
    return {name for name, kind in frame.schema.items() if kind.is_numeric()}


def _worked_out(hours: Formula, frame: pl.DataFrame, name: str) -> pl.Series:
    from tilsyn.engine.in_polars import expression

    # what is the same for everyone is one value, and is spread over the rows here
    return frame.with_columns(expression(hours).alias(name))[name]


def _hours_by_step(
    register: Requirements, duties: Iterable[Iterable[str]], numbers: Collection[str], place: Formula
) -> Formula:
    """The hours by row of the requirements that are named for its step; null without a step."""
    found: list[Formula] = []
    for keys in duties:
        named = set(keys)
        burdens = [requirement.burden for key, requirement in register.requirements.items() if key in named]
        found.append(_hours_by_row(burdens, numbers))
    return _by_step(place, found)


def _by_step(place: Formula, values: Sequence[Formula]) -> Formula:
    return first_met((place == short(number) for number in range(len(values))), values)


def _hours_by_row(burdens: Iterable[Burden], numbers: Collection[str]) -> Formula:
    """The sum over requirements, gathered by what they are counted by, so that each attribute is read once."""
    each: dict[str | int, Fraction] = {}
    for burden in burdens:
        each[burden.per] = each.get(burden.per, Fraction(0)) + _a_year(burden)
    found = lit(float(each.pop(1, Fraction(0))))
    for per, hours in each.items():
        if per not in numbers:
            return lit(None, FLOAT)
        size = col(str(per)).cast(FLOAT)
        found = found + when(size >= 0.0).then(size * float(hours))
    return found
