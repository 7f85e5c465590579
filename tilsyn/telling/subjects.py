"""What can be told about: the results that the use cases hand over.

They are plain values, defined here so that telling needs nothing that stands above it.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from tilsyn.catalogue.areas import Case
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.effects import Standing
from tilsyn.engine.nodes import Plan, QuantityNode
from tilsyn.engine.values import Value
from tilsyn.engine.working import Placement, QuantityWorking, Result
from tilsyn.problems import Where
from tilsyn.studies.basis import Figure, Reads

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.studies.counterfactual import Moves
    from tilsyn.studies.proofs import Property, Verdict
    from tilsyn.studies.reform import Nearest, Weighed
    from tilsyn.studies.versions import Versions
    from tilsyn.studies.ways import Ways


class Placed(Struct, frozen=True):
    """A sweep of one area and period: a row per institution (its placement, or under a regime its results), and the
    units that were closed and not placed."""

    policy: Policy
    plan: Plan
    period: Period
    day: dt.date
    frame: pl.DataFrame
    closed: pl.DataFrame

    @property
    def area(self) -> str:
        return self.policy.area.area


class Delivered(Struct, frozen=True):
    """A sweep of files: the placements, what was refused or worth noting (in words), where it was written, how many
    periods the files had, and how many figures each column held that was refused as a whole."""

    placed: Placed
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    out: Path | None
    quarantine: Path | None
    periods: int = 1
    columns: tuple[int, ...] = ()


class Swept(Struct, frozen=True):
    """A period placed from file to file: by what, where it lies, how many there are, how many are closed and not
    placed, and how many periods the files had; under a ladder how many went each way (`tallied` in `reports.py`),
    whether all of them are new; and what there is to note about the files."""

    policy: Policy
    plan: Plan
    period: Period
    engine: str
    out: Path
    institutions: int
    closed: int
    periods: int
    ways: pl.DataFrame | None = None
    new: bool = False
    notes: tuple[str, ...] = ()


class CaseResult(Struct, frozen=True):
    """An author's case, what came out, and each expectation that was not met (what, expected, found)."""

    area: str
    case: Case
    where: Where
    found: Placement | Result
    differences: tuple[tuple[str, str, str], ...]

    @property
    def passed(self) -> bool:
        return not self.differences


class Closed(Struct, frozen=True):
    """When a unit is first said to be closed, and which one took it over."""

    period: str
    successor: str | None


class Decided(Struct, frozen=True):
    """What a person decided about a recommendation: the step, why, who and when (UTC)."""

    step: str
    because: str
    who: str
    at: str


class Explained(Struct, frozen=True):
    """Everything that an explanation is told from. `watched` are the figures of watched side effects; `quantities`
    those that have adjustments; `ways` lead to the next freer and the next stricter step, `chosen` to one asked for."""

    policy: Policy
    plan: Plan
    period: Period
    institution: str
    name: str | None
    placement: Placement
    standing: Standing | None
    moves: Moves
    watched: dict[str, Value]
    made_from: dict[str, str]
    closed: Closed | None = None
    quantities: tuple[QuantityWorking, ...] = ()
    ways: tuple[Ways, ...] = ()
    chosen: Ways | None = None
    decided: Decided | None = None

    @property
    def in_force(self) -> int | None:
        """The step in force: what was decided, else what the placement left."""
        if self.decided is not None:
            return self.plan.ladder.steps.index(self.decided.step)
        return self.placement.state.in_force if self.placement.state is not None else self.placement.step


class ExplainedResults(Struct, frozen=True):
    """Everything that an explanation of a regime's results is told from.

    `nodes` are the results and all quantities that they read, in the order in which they are computed; `reads` says
    for each what it reads, `rows` which row of its table gave it, `guards` which of its conditions for having no
    value holds, and `lacking` what else it has no value for want of; `undecided` are the adjustments that left it
    without one, by their ids, with what each lacks.
    """

    policy: Policy
    plan: Plan
    period: Period
    institution: str
    name: str | None
    result: Result
    nodes: tuple[QuantityNode, ...]
    reads: dict[str, Reads]
    rows: dict[str, int]
    guards: dict[str, str]
    lacking: dict[str, Reads]
    figures: tuple[Figure, ...]
    made_from: dict[str, str]
    closed: Closed | None = None
    undecided: dict[str, dict[str, Reads]] = field(default_factory=dict[str, dict[str, Reads]])


class Brought(Struct, frozen=True):
    """What became of a delivery to the record: `counts` of rows about institutions (`units`) and of figures that were
    `new`, `corrected` or the `same`; `twins` are figures that say the same as others, and `stale` the periods whose
    runs were made from something else. `id` is None where nothing was new."""

    policy: Policy
    periods: tuple[str, ...]
    where: str
    id: int | None
    counts: dict[str, int]
    refused: tuple[str, ...]
    notes: tuple[str, ...]
    twins: tuple[tuple[str, str], ...]
    quarantine: Path | None
    stale: tuple[str, ...]


class Shift(Struct, frozen=True):
    """An institution that a rerun places otherwise: the steps before and now, and why (goals, or `rules`, `previous`,
    `new`, `gone`; `decided` where a person has decided about it, which stands)."""

    institution: str
    name: str | None
    before: str | None
    after: str | None
    why: tuple[str, ...]


class Ran(Struct, frozen=True):
    """A period that was run: `fresh` where it was recorded now, not there already; `gap` are the periods since the run
    before that were not run."""

    policy: Policy
    plan: Plan
    period: Period
    id: int
    fresh: bool
    frame: pl.DataFrame
    shifts: tuple[Shift, ...]
    gap: tuple[str, ...]
    rerun: bool = False


class Settled(Struct, frozen=True):
    """A decision that was recorded, beside what was recommended and the one that it replaces; `stale` are the periods
    whose runs built on it."""

    policy: Policy
    plan: Plan
    period: Period
    institution: str
    name: str | None
    recommended: str | None
    decided: Decided
    stale: tuple[str, ...]
    before: Decided | None = None


class LastEntry(Struct, frozen=True):
    """The ledger's last entry: its number, and the hash that vouches for everything up to it."""

    number: int
    hash: str


class Fault(Struct, frozen=True):
    """Something that the ledger does not vouch for: its code, what it is about, and of a row that is there whom it is
    about, by column."""

    code: str
    args: dict[str, object]
    row: dict[str, Any] | None = None


class Verified(Struct, frozen=True):
    """What verifying the ledger came to: entries and rows in all, the last entry, and everything that was found."""

    entries: int
    rows: int
    last: LastEntry
    faults: tuple[Fault, ...]


class Difference(Struct, frozen=True):
    """A value that was recorded, and what is found in its place today. `quantity` is None where one of the two has not
    the institution at all."""

    institution: str
    quantity: str | None
    recorded: Any
    found: Any


class Replayed(Struct, frozen=True):
    """A run made again: what it was, how many institutions and columns it has, and what is otherwise now."""

    run: int
    area: str
    period: str
    engine: str
    institutions: int
    columns: int
    differences: tuple[Difference, ...]


class Upgraded(Struct, frozen=True):
    """A record whose tables are up to date: the version that they were of, None for none, and are of."""

    where: str
    before: str | None
    after: str


class Proved(Struct, frozen=True):
    """What was proved of an area's rules, which begin to hold on `days`; nothing of a regime, which has no ladder."""

    policy: Policy
    plan: Plan
    days: tuple[dt.date, ...]
    verdicts: tuple[Verdict, ...]


class Unsaved(Struct, frozen=True):
    """Why a counterexample can't be written as figures: of which goal or input, where it is one."""

    proved: Proved
    property: Property
    code: str
    name: str = ""


class Saved(Struct, frozen=True):
    """How many cases were written to a file, of which areas' files, and why others could not be."""

    file: Path
    cases: int
    unsaved: tuple[Unsaved, ...]
    areas: tuple[str, ...] = ()


class Compared(Struct, frozen=True):
    """An area's rules beside earlier ones, as both are on `days`, when either changes, or each on a day of its own
    where none is named; without `versions` there were too many cells."""

    policy: Policy
    plan: Plan
    before: Policy
    before_plan: Plan
    versions: Versions | None
    cells: int
    days: tuple[dt.date, ...] = ()


class ReformPeriod(Struct, frozen=True):
    """A period under today's rules and under others. `run` is the run whose rules are today's, None where they are a
    folder's; `gap` are the periods since the one before that are not among those compared.

    `unlike_record` counts those whom today's rules place otherwise here than the run of the period did; `lost` those
    who begin anew by each side's rules (today's, the others'), for want of the step that they stood on, and
    `figureless` are goals of the other rules that no institution has a figure for.
    """

    period: Period
    before: Policy
    after: Policy
    run: int | None
    weighed: Weighed
    gap: tuple[str, ...] = ()
    unlike_record: int = 0
    lost: tuple[int, int] = (0, 0)
    figureless: tuple[str, ...] = ()


class Reformed(Struct, frozen=True):
    """What other declarations would have given, period by period.

    `rules` are where today's are from (None: the record), `day` the one on which the others are read in the last
    period, and `later` those on which they change after it. `by` and `size` are what institutions are divided by,
    `decided` the decisions about the periods before the last, which are not played through, and `cells` the rules of
    the last period held against each other without any figures.
    """

    area: str
    where: str
    rules: Path | None
    other: Path
    periods: tuple[ReformPeriod, ...]
    day: dt.date
    by: str | None
    size: str | None
    decided: int
    later: tuple[dt.date, ...]
    nearest: Nearest
    cells: Compared

    @property
    def last(self) -> ReformPeriod:
        return self.periods[-1]
