"""Quantities: named values beside the goals, in one shape with five bodies, and the adjustments that follow.

A body is an expression, bands, a table, a grid or an aggregate; exactly one. Whether the names in it
mean something, and whether a table has a row for everything, is decided when the plan is made.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from tilsyn.catalogue.expressions import Combination
from tilsyn.catalogue.goals import Band
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.text import Declared, Feel, Id, Name, Share, Words

ReasonWord = Literal[
    "refused", "not-submitted", "withdrawn", "suppressed", "too-few", "stale", "undefined", "not-applicable"
]

OWN_KEYS = ("id", "gives", "missing", "because")
"""Keys of a table's row that are no cells."""


class Row(Declared):
    """A row of a table. Every other key is a cell: an expression and the unary test of it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    id: Id | None = Field(default=None, description="its name in explanations")
    gives: Feel | dict[Name, Feel] | None = Field(
        default=None, description="the value; a map gives several, read as `name.key`"
    )
    missing: ReasonWord | None = Field(default=None, description="instead of a value: why there is none")
    because: Words | None = Field(default=None, description="the reason, as people read it")

    @model_validator(mode="after")
    def _one_result(self) -> Self:
        if (self.gives is None) == (self.missing is None):
            raise PydanticCustomError("row-one-result", "a row gives a value, or says why it is missing")
        return self

    @property
    def cells(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class Table(Declared):
    """A decision table. `first`: the first row that is met; `unique`: the one that is met. An absent cell is `-`.
    There must be a row for everything, and none that is never met."""

    hit: Literal["first", "unique"] = Field(description="which row counts")
    rules: Annotated[list[Row], Field(min_length=1)] = Field(description="the rows, in order")


class Grid(Declared):
    """Two inputs and a value for each pair of them; `none` where a pair is impossible. Every level, and every value of
    a closed list, has its row or column; numbers and open texts that are not listed have no value (`undefined`)."""

    rows: str = Field(description="the input down the side; its values are the keys of `cells`")
    columns: Annotated[dict[str, list[Feel]], Field(min_length=1, max_length=1)] = Field(
        description="the input across, with its values in order"
    )
    cells: dict[str, list[Feel]] = Field(description="for each row its values, in the order of the columns")


class Adjustment(Declared):
    """One entry of `then`: what it does to the running value, which expressions read as `value`."""

    id: Id = Field(description="its name in the working")
    when: Feel | None = Field(default=None, description="where it is done; left out: always")
    at_most: Feel | None = Field(default=None, description="no better or larger than this")
    at_least: Feel | None = Field(default=None, description="no worse or smaller than this")
    add: Feel | None = Field(default=None, description="so much more")
    set: Feel | None = Field(default=None, description="this instead, even where there was no value")
    because: Words | None = Field(default=None, description="the reason, as people read it")
    reference: Reference | None = Field(default=None, description="where it comes from")

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if sum(effect is not None for effect in (self.at_most, self.at_least, self.add, self.set)) != 1:
            raise PydanticCustomError(
                "adjustment-one-effect", "an adjustment has one of `at_most`, `at_least`, `add` and `set`"
            )
        return self


BODIES = {
    "value": ("value",),
    "levels": ("of", "levels"),
    "table": ("table",),
    "grid": ("grid",),
    "method": ("method", "of"),
}
"""The five bodies, by the key that tells which it is, with the keys that belong to it."""


WEIGHTLESS: tuple[Combination, ...] = ("max/v1", "min/v1", "best/v1", "worst/v1")
"""Methods that choose one of the values; weights only say what `coverage` asks for."""


class Quantity(Declared):
    """A named value, kept in the working. Order: `missing_when`, the body, rounding, `then`."""

    title: Words | None = Field(default=None, description="what people call it")
    about: Words | None = Field(default=None, description="what a reader should know")
    value: Feel | None = Field(default=None, description="the body: an expression")
    of: Feel | list[Feel] | dict[str, Feel] | None = Field(
        default=None,
        description="what `levels` divides (an expression), or what `method` combines (a list, or a map to weights)",
    )
    levels: Annotated[dict[Name, Band | Literal["otherwise"]], Field(min_length=2)] | None = Field(
        default=None, description="the body: the figures of each level, best first; the worst is `otherwise`"
    )
    table: Table | None = Field(default=None, description="the body: a decision table")
    grid: Grid | None = Field(default=None, description="the body: a value for each pair of two inputs")
    method: Combination | None = Field(default=None, description="the body: several values made one")
    scale: Annotated[list[Name], Field(min_length=2)] | None = Field(
        default=None, description="the levels that a table or a grid gives, worst first, where they are its own"
    )
    by: list[Name] = Field(
        default_factory=list[str], description="groupings: one value for each member, written `name@member`"
    )
    missing_when: dict[ReasonWord, Feel] = Field(
        default_factory=dict[Any, str], description="reasons for no value, in order, each with its condition"
    )
    missing: Literal["not-assessed", "leave-out"] = Field(
        default="not-assessed",
        description="what a missing part does: no value, or passed over; also an unknown condition in `then`",
    )
    coverage: Share | None = Field(
        default=None, description="with `leave-out`: the share of the weight that must be present"
    )
    decimals: Annotated[int, Field(ge=0, le=6)] | Literal["exact"] = Field(
        default="exact", description="rounded half away from zero to so many; `exact` leaves it unrounded"
    )
    then: list[Adjustment] = Field(default_factory=list[Adjustment], description="adjustments, in order")
    measured_in: str | None = Field(default=None, description="the unit")
    reference: Reference | None = Field(default=None, description="where it comes from")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        given = [body for body in BODIES if getattr(self, body) is not None]
        if len(given) != 1:
            raise PydanticCustomError(
                "quantity-one-body", "a quantity has one of `value`, `levels`, `table`, `grid` and `method`"
            )
        if ("of" in BODIES[given[0]]) != (self.of is not None):
            raise PydanticCustomError("quantity-of", "`of` belongs to `levels` and `method`, and to no other body")
        if self.levels is not None and not isinstance(self.of, str):
            raise PydanticCustomError("quantity-of-one", "`levels` divide one expression")
        if self.method is not None and isinstance(self.of, str):
            raise PydanticCustomError("quantity-of-several", "`method` combines a list, or a map to weights")
        if self.method in WEIGHTLESS and isinstance(self.of, dict) and self.coverage is None:
            raise PydanticCustomError("quantity-weights", "a method that chooses one value has no use for weights")
        if self.coverage is not None and (self.method is None or self.missing != "leave-out"):
            raise PydanticCustomError("quantity-coverage", "`coverage` belongs to a `method` with `missing: leave-out`")
        if self.missing == "leave-out" and self.method is None and not self.then:
            raise PydanticCustomError("quantity-leave-out", "`missing: leave-out` belongs to a `method` or to `then`")
        if self.scale is not None and self.table is None and self.grid is None:
            raise PydanticCustomError("quantity-scale", "`scale` belongs to a `table` or a `grid`")
        return self
