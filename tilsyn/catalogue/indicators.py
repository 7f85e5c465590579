"""Indicators: the measured quantities that goals read, with the fields that each kind carries.

An indicator says what a figure is, not what is good; that is the goal's.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from tilsyn.catalogue.legal import Source
from tilsyn.catalogue.text import Declared, Name, Words

Kind = Literal["proportion", "mean", "rate", "ratio", "value", "category", "flag"]

FIELDS: dict[str, tuple[str, ...]] = {
    "proportion": ("count", "n", "expected"),
    "mean": ("n", "sd", "se", "expected", "low", "high"),
    "rate": ("count", "n", "expected"),
    "ratio": ("count", "expected"),
    "value": ("n", "se", "expected", "low", "high"),
    "category": (),
    "flag": (),
}
"""Fields beside the value itself (`x`), by kind. A proportion and a rate are `count / n`, a ratio is
`count / expected`; where the count is given the value may be left out."""

COUNTED = {"proportion": "n", "rate": "n", "ratio": "expected"}
"""Kinds whose value is a count divided by this field."""


class Indicator(Declared):
    """One measured quantity. Numbers have a unit (`measured_in`); finer input than `decimals` is refused."""

    title: Words = Field(description="what people call it")
    role: Literal["outcome", "process", "context"] = Field(
        description="only an outcome can be a goal; the others can be watched"
    )
    kind: Kind = Field(description="what sort of figure, and so which fields it has")
    measured_in: str | None = Field(default=None, description="the unit; required for every kind of number")
    decimals: Annotated[int, Field(ge=0, le=6)] | None = Field(
        default=None, description="finer input is refused; nothing is rounded"
    )
    range: tuple[Decimal, Decimal] | None = Field(
        default=None, description="lowest and highest possible figure; input outside is refused"
    )
    values: list[str] | None = Field(default=None, description="the closed list of a category")
    stale_after: Annotated[int, Field(ge=0, le=20)] | None = Field(
        default=None, description="periods after which a figure, by `name.measured`, is too old to count"
    )
    comparable_from: str | None = Field(default=None, description="first period that may be pooled with later ones")
    by: list[Name] = Field(default_factory=list[str], description="groupings for which it is also measured")
    source: Source | None = Field(default=None, description="where the figure comes from")
    note: Words | None = Field(default=None, description="what else a reader should know")
