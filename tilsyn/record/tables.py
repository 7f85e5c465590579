"""The tables of the record.

They hold what was read, never what can be computed from it again without loss: placements are kept because a decision
rests on them, not because they could not be found again. No class of the core knows these; `frames.py` maps each way.

Every row has the `entry` of the ledger that it was written with, and a `mark`, the beginning of its own digest, by
which a changed row is named. Ids are given by the program, one after the other, so that a missing row is seen.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlmodel import Field, SQLModel

Large = BigInteger().with_variant(Integer, "sqlite")
"""A whole number of 64 bits; in SQLite every whole number is, and only an `INTEGER` can be the row's own key."""


class Row(SQLModel):
    """What every row has."""

    id: int = Field(sa_type=Large, primary_key=True, sa_column_kwargs={"autoincrement": False})
    entry: int = Field(sa_type=Large, description="the ledger's entry that it was written with")
    mark: int = Field(sa_type=Large, description="the beginning of the row's digest")


class Catalogue(Row, table=True):
    """Declarations as they were read: every file, by their fingerprint."""

    fingerprint: str = Field(sa_type=Text, unique=True)
    files: str = Field(sa_type=Text, description="path and text of every file, as JSON")


class Import(Row, table=True):
    """A delivery of figures: the file, who brought it, and what became of it."""

    area: str = Field(sa_type=Text)
    files: str = Field(sa_type=Text, description="names of the files, as JSON")
    fingerprint: str = Field(sa_type=Text, description="of the files and the column map")
    who: str = Field(sa_type=Text)
    at: str = Field(sa_type=Text, description="when, in UTC")
    period: int = Field(sa_type=Integer, description="the first period that it has something new about")
    units: int = Field(sa_type=Large, description="rows about institutions that were new or changed")
    figures: int = Field(sa_type=Large, description="figures that were new or changed")
    same: int = Field(sa_type=Large, description="figures that the record had already")
    refused: int = Field(sa_type=Large, description="cells and rows that were not taken")


class Unit(Row, table=True):
    """What is said of an institution in a period, beside its figures; a later row about the same replaces it."""

    __table_args__ = (Index("unit_key", "area", "period", "institution", "import_id", unique=True),)
    area: str = Field(sa_type=Text)
    period: int = Field(sa_type=Integer, description="the period's number")
    institution: str = Field(sa_type=Text)
    name: str | None = Field(sa_type=Text)
    closed: bool
    successor: str | None = Field(sa_type=Text, description="who took it over")
    attributes: str = Field(sa_type=Text, description="the area's own attributes, as JSON")
    import_id: int = Field(sa_type=Large)


class Observation(Row, table=True):
    """A figure of an institution in a period, with the numbers beside it; a later row about the same replaces it."""

    __table_args__ = (Index("observation_key", "area", "period", "institution"),)
    area: str = Field(sa_type=Text)
    period: int = Field(sa_type=Integer, description="the period's number")
    institution: str = Field(sa_type=Text)
    figure: str = Field(sa_type=Text, description="the indicator, or `indicator@member` of a group")
    missing: str | None = Field(sa_type=Text, description="why there is no value")
    value: float | None
    word: str | None = Field(sa_type=Text, description="the value of a category, `true` or `false` of a flag")
    count: float | None
    n: float | None
    sd: float | None
    se: float | None
    expected: float | None
    low: float | None
    high: float | None
    measured: int | None = Field(sa_type=Integer, description="the period that it is about, where that is another")
    import_id: int = Field(sa_type=Large)


class Run(Row, table=True):
    """One period of one area placed: what it was made from, and by what."""

    __table_args__ = (Index("run_key", "area", "period"),)
    area: str = Field(sa_type=Text)
    period: int = Field(sa_type=Integer)
    label: str = Field(sa_type=Text, description="the period as people write it")
    day: str = Field(sa_type=Text, description="the day whose rules were used")
    catalogue: str = Field(sa_type=Text, description="fingerprint of the declarations")
    imports: int = Field(sa_type=Large, description="the last import that was read")
    before: int | None = Field(sa_type=Large, description="the run that its state came from")
    decisions: int = Field(sa_type=Large, description="the last decision that was read")
    fingerprint: str = Field(sa_type=Text, description="of everything that it was made from")
    engine: str = Field(sa_type=Text, description="version of the program")
    columns: str = Field(sa_type=Text, description="name, kind, and place or value of each, as JSON")
    who: str = Field(sa_type=Text)
    at: str = Field(sa_type=Text)


class Placement(Row, table=True):
    """Where a run placed an institution. `working` is a JSON array of everything else that was read; the run's
    `columns` say what stands at which `place`, or which `value` is the same for everyone and stands nowhere else. The
    view `reading` gives all of it by name."""

    __table_args__ = (Index("placement_key", "run_id", "institution", unique=True),)
    run_id: int = Field(sa_type=Large)
    institution: str = Field(sa_type=Text)
    step: str | None = Field(sa_type=Text)
    previous: str | None = Field(sa_type=Text)
    in_force: str | None = Field(sa_type=Text)
    held: int | None = Field(sa_type=Integer)
    streak: int | None = Field(sa_type=Integer)
    absent: int | None = Field(sa_type=Integer)
    in_force_held: int | None = Field(sa_type=Integer)
    reasons: str | None = Field(sa_type=Text)
    working: str = Field(sa_type=Text)


class Decision(Row, table=True):
    """What a person decided about a recommendation, and why."""

    __table_args__ = (Index("decision_key", "area", "institution", "period"),)
    area: str = Field(sa_type=Text)
    period: int = Field(sa_type=Integer)
    institution: str = Field(sa_type=Text)
    run_id: int = Field(sa_type=Large, description="the run whose recommendation it answers")
    recommended: str | None = Field(sa_type=Text)
    step: str = Field(sa_type=Text)
    because: str = Field(sa_type=Text)
    who: str = Field(sa_type=Text)
    at: str = Field(sa_type=Text)


class Effect(Row, table=True):
    """The step in force for an institution from a run or a decision on; the latest row about it holds."""

    __table_args__ = (Index("effect_key", "area", "institution"),)
    area: str = Field(sa_type=Text)
    institution: str = Field(sa_type=Text)
    period: int = Field(sa_type=Integer)
    step: str = Field(sa_type=Text)
    run_id: int = Field(sa_type=Large)
    decision_id: int | None = Field(sa_type=Large)


class Entry(SQLModel, table=True):
    """A link of the ledger: what was done, by whom, and the digest of every block of rows that was written."""

    seq: int = Field(sa_type=Large, primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: str = Field(sa_type=Text)
    who: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    about: str = Field(sa_type=Text)
    digest: str = Field(sa_type=Text, description="of the blocks")
    previous: str = Field(sa_type=Text, description="the hash of the entry before")
    hash: str = Field(sa_type=Text)


class Block(SQLModel, table=True):
    """So many rows of a table that an entry wrote, with the digest of their digests."""

    seq: int = Field(sa_type=Large, primary_key=True)
    name: str = Field(sa_type=Text, primary_key=True, description="the table")
    first: int = Field(sa_type=Large, primary_key=True, description="the first row's id")
    last: int = Field(sa_type=Large)
    digest: str = Field(sa_type=Text)


COVERED: tuple[type[Row], ...] = (Catalogue, Import, Unit, Observation, Run, Placement, Decision, Effect)
"""The tables whose rows the ledger vouches for."""


def table_of(model: type[SQLModel]) -> Table:
    """A model's table."""
    return SQLModel.metadata.tables[model.__name__.lower()]


def columns_of(model: type[Row]) -> tuple[Column[object], ...]:
    """A table's columns in the order in which a row's digest reads them; the mark is not among them."""
    return tuple(column for column in table_of(model).columns if column.name != "mark")
