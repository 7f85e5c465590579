"""The frame that figures arrive in, and what is said about those that did not.

An area decides which columns exist; they always all exist, so that nothing after has to ask.
How files become such a frame is `observations.py`; this module only names the parts, and stands
apart because the template, the record and the tests name them too.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.indicators import COUNTED, FIELDS, Indicator
from tilsyn.engine.values import REASONS as REASONS_BY_WEIGHT
from tilsyn.engine.values import Reason

if TYPE_CHECKING:
    import polars as pl

AttributeType = Literal["text", "number", "flag"]

PRESENT = 0

REASONS = {reason.word: int(reason) for reason in REASONS_BY_WEIGHT}
"""Why a figure is missing, as frames write it; the more severe has the higher code."""

REFUSED, NOT_SUBMITTED = int(Reason.REFUSED), int(Reason.NOT_SUBMITTED)

KEYS = ("institution", "period")


class Slot(Struct, frozen=True):
    """One figure of a row: an indicator, or an indicator for a member of a grouping (`fravær@piger`)."""

    indicator: str
    member: str | None
    declared: Indicator

    @property
    def column(self) -> str:
        return self.indicator if self.member is None else f"{self.indicator}@{self.member}"

    @property
    def kind(self) -> str:
        return self.declared.kind

    @property
    def fields(self) -> tuple[str, ...]:
        """The numbers beside the value, in the order of their columns."""
        return FIELDS[self.kind]

    @property
    def divisor(self) -> str | None:
        """The field that `count` is divided by, for the kinds that are a count of something."""
        return COUNTED.get(self.kind)

    @property
    def is_number(self) -> bool:
        return self.kind not in ("category", "flag")

    @property
    def dated(self) -> bool:
        """Whether the figure says which period it is about."""
        return self.declared.stale_after is not None

    def of(self, part: str) -> str:
        """The column of one part of the figure, e.g. `fravær@piger.n`."""
        return f"{self.column}.{part}"

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the figure: the value, why it is missing, and its fields."""
        parts = ("missing", *self.fields, *(("measured",) if self.dated else ()))
        return (self.column, *map(self.of, parts))


def slots(area: Area) -> tuple[Slot, ...]:
    """Every figure that a row of the area has, in the order of declaration."""
    return tuple(
        Slot(name, member, indicator)
        for name, indicator in area.indicators.items()
        for member in (None, *(m for group in indicator.by if group in area.groups for m in area.groups[group].members))
    )


BUILT_IN: dict[str, AttributeType] = {"name": "text", "closed": "flag", "successor": "text"}
"""Attributes that every area has: what a unit is called, whether it is closed, and which unit took it over."""


def attributes_of(area: Area) -> dict[str, AttributeType]:
    """The attributes of an area, the built-in ones first."""
    return BUILT_IN | area.attributes


def schema(area: Area) -> dict[str, pl.DataType]:
    """The columns of the area's frame, with their types."""
    import polars as pl

    attribute = {"text": pl.String(), "number": pl.Float64(), "flag": pl.Boolean()}
    value = {"category": pl.String(), "flag": pl.Boolean()}
    columns: dict[str, pl.DataType] = {"institution": pl.String(), "period": pl.Int32()}
    columns |= {name: attribute[kind] for name, kind in attributes_of(area).items()}
    for slot in slots(area):
        columns[slot.column] = value.get(slot.kind, pl.Float64())
        columns[slot.of("missing")] = pl.Int8()
        columns |= {slot.of(name): pl.Float64() for name in slot.fields}
        if slot.dated:
            columns[slot.of("measured")] = pl.Int32()
    return columns


def bare_row(area: Area, institution: str, period: int) -> dict[str, Any]:
    """A row of the area's frame in which nothing is submitted."""
    row: dict[str, Any] = {"institution": institution, "period": period}
    row |= dict.fromkeys(attributes_of(area))
    for slot in slots(area):
        row |= dict.fromkeys(slot.columns) | {slot.of("missing"): NOT_SUBMITTED}
    return row


class Refusal(Struct, frozen=True):
    """A cell, a row or (row 0) a whole column that was not taken, as a person finds it in the file.

    The words of `code`, with `args`, are in the texts under `refusals`.
    """

    file: str
    row: int
    column: str
    value: str
    code: str
    args: dict[str, object] = field(default_factory=dict[str, object])


class Note(Struct, frozen=True):
    """Something to know about a file that stops nothing; its words are in the texts under `notes`."""

    file: str
    code: str
    args: dict[str, object] = field(default_factory=dict[str, object])


class Figures(Struct, frozen=True):
    """What the files say about an area's institutions, and what was refused of it."""

    frame: pl.DataFrame
    refused: tuple[Refusal, ...]
    notes: tuple[Note, ...]
    fingerprint: str


def doubted(names: Iterable[str], known: Iterable[str]) -> str:
    """Unknown names in backticks, each with the known name that was probably meant.

    >>> doubted(["karater", "sum"], ["karakter"])
    '`karater` (`karakter`?), `sum`'
    """
    known = list(known)
    # A foreign file has many columns of its own; only a near miss is worth asking about.
    pairs = ((name, get_close_matches(name, known, n=1, cutoff=0.8)) for name in names)
    return ", ".join(f"`{name}` (`{meant[0]}`?)" if meant else f"`{name}`" for name, meant in pairs)
