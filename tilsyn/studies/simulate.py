"""What chance does to institutions whose true quality is known: a ladder's operating characteristics.

Institutions are drawn as the area's sample declares, with the noise that its indicators have, but with a
quality that stands still (or changes in a known year), without gaps and emergencies. They are placed year
after year by the columns reading and the movement that everyone is placed with; only the evidence settings
differ. The true step is what the same ladder gives the true results, read as certain. Nothing here says
which setting is good; that is for the ministry, which sees them beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from math import isnan
from typing import Any, Literal

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from numpy.random import Generator
from numpy.typing import NDArray

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.indicators import FIELDS
from tilsyn.catalogue.ladders import Aims
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.samples import Places, Sample
from tilsyn.engine.columns import Columns, read
from tilsyn.engine.in_polars import Ready
from tilsyn.engine.intervals import wilson
from tilsyn.engine.lookups import STATE, Lookups
from tilsyn.engine.nodes import GoalNode, Plan
from tilsyn.engine.plan import POOLED, reads_peers
from tilsyn.engine.query import Sheet, asked_of
from tilsyn.engine.values import Reason, compared
from tilsyn.studies.sample import Drawn, draw

DECILES = 10

AT_ONCE = 4
"""Years judged in one sweep: it saves building the expressions again, and costs memory."""

SETTLED = 5
"""Years after which everybody has had time to leave the initial step, so that what still moves is mostly chance."""

FEWEST = 5
"""Of fewer institutions nothing is told: Wilson's interval is narrower than chance when all of so few agree."""

CERTAIN = Fraction(95, 100)
"""The confidence with which an aim is kept or missed: a simulation is itself a draw, and of few where an aim is about
few."""

FOUND, FREED, WRONGED = 4, 10, 10
"""Years after which the failing should be found and the excellent freed, and in which nobody should be wronged."""

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

Story = Literal["constant", "changes"]


class Setting(Struct, frozen=True):
    """Confidence up and down, and periods pooled, for every goal that has evidence; None leaves the declared one.

    `naive` places by the point reading, the period's own figure alone.
    """

    up: Fraction | None = None
    down: Fraction | None = None
    pool: int | None = None
    naive: bool = False

    def of(self, plan: Plan) -> Plan:
        """The plan under this setting."""
        movement = plan.ladder.movement
        if self.naive and movement is not None:
            plan = replace(plan, ladder=replace(plan.ladder, movement=replace(movement, point_only=True)))
        pool = 1 if self.naive else self.pool
        return replace(plan, goals=tuple(self._goal(goal, pool) for goal in plan.goals))

    def _goal(self, goal: GoalNode, pool: int | None) -> GoalNode:
        evidence = goal.evidence
        if evidence is None:
            return goal
        pooled = evidence.pool if pool is None or evidence.method not in POOLED else pool
        return replace(
            goal,
            evidence=replace(
                evidence,
                up=evidence.up if self.up is None else self.up,
                down=evidence.down if self.down is None else self.down,
                pool=pooled,
            ),
        )


class Figures(Struct, frozen=True):
    """What a setting does, over all institutions and by decile of size, smallest first. Shares are of those concerned
    (NaN where nobody is); `found` and `freed` are the share that is there after each year.

    `moves`: institutions that change step in a year, with nothing changed, once all have settled; `moves_worth` is how
    many single years, each of another institution, would tell it as surely.
    `wronged`: ever on the strictest step in ten years, of those who belong on the initial step or freer; not a number
    where there are fewer years.
    `denied`: not on the freest step at the end, of those who belong there.
    `true`: on their true step at the end. `found`: on one of the two strictest, of those who belong on the
    strictest. `freed`: on the freest, of those who belong there.
    """

    setting: Setting
    moves: float
    moves_worth: float
    moves_of: tuple[float, ...]
    wronged: float
    wronged_of: tuple[float, ...]
    denied: float
    denied_of: tuple[float, ...]
    true: float
    true_of: tuple[float, ...]
    found: tuple[float, ...]
    found_of: tuple[tuple[float, ...], ...]
    freed: tuple[float, ...]
    freed_of: tuple[tuple[float, ...], ...]


class Simulated(Struct, frozen=True):
    """A simulation: its size, how many belong on each step (of those that count), of all and of the smallest tenth,
    and what each setting does (the naive ladder last). Where quality `changes`, years are counted from the change and
    only those whose true step it changes count. `recorded` is how many real institutions the sizes are those of.
    """

    story: Story
    units: int
    years: int
    initial: int
    true_steps: tuple[int, ...]
    true_steps_small: tuple[int, ...]
    figures: tuple[Figures, ...]
    recorded: int = 0


class Kept(Struct, frozen=True):
    """Whether an aim is kept: the share that is the limit, the share found, of how many, and between what the true
    share surely lies (anywhere, where there are too few of them or too few years); None where the limit is within."""

    aim: str
    limit: Fraction
    found: float
    of: int
    low: Fraction
    high: Fraction
    kept: bool | None


def kept(found: Simulated, aims: Aims) -> tuple[Kept, ...]:
    """Each declared aim, held against what the first setting does."""
    first, naive = found.figures[0], found.figures[-1]
    small = found.true_steps_small
    tenths = [
        (_surely(a, found.units / DECILES), _surely(b, found.units / DECILES))
        for a, b in zip(first.true_of, naive.true_of, strict=True)
    ]
    better = sum(a > b for a, b in zip(first.true_of, naive.true_of, strict=True))
    surely, perhaps = sum(a[0] > b[1] for a, b in tenths), sum(a[1] > b[0] for a, b in tenths)

    def after(years: Sequence[float], wanted: int) -> float:
        return years[wanted - 1] if len(years) >= wanted else float("nan")

    def share(found: float, of: int, worth: float | None = None) -> tuple[float, int, tuple[Fraction, Fraction]]:
        return found, of, _surely(found, of if worth is None else worth)

    figures = {
        "moves": share(first.moves, found.units, first.moves_worth),
        "wronged_small": share(first.wronged_of[0], sum(small[: found.initial + 1])),
        "found": share(after(first.found, FOUND), found.true_steps[-1]),
        "found_small": share(after(first.found_of[0], FOUND), small[-1]),
        "freed_small": share(after(first.freed_of[0], FREED), small[0]),
        "better_than_naive": (better / DECILES, DECILES, (Fraction(surely, DECILES), Fraction(perhaps, DECILES))),
    }
    result: list[Kept] = []
    for name, (one, of, (low, high)) in figures.items():
        limit: Fraction | None = getattr(aims, name)
        if limit is not None:
            at_most = name in ("moves", "wronged_small")
            is_kept, is_missed = (high <= limit, low > limit) if at_most else (low >= limit, high < limit)
            result.append(Kept(name, limit, one, of, low, high, is_kept if is_kept or is_missed else None))
    return tuple(result)


def _surely(share: float, of: float) -> tuple[Fraction, Fraction]:
    """Between what the true share lies, when it is found among so many."""
    if isnan(share) or of < FEWEST:
        return Fraction(0), Fraction(1)
    low, high = wilson(Fraction(share) * Fraction(of), Fraction(of), CERTAIN)
    return compared(low), compared(high)


def settled_from(years: int) -> int:
    """The year that the first move is counted from, the first year being 1: all have settled, or it is the last but
    one."""
    return min(SETTLED, years - 2) + 1


def grid(confidences: Sequence[tuple[Fraction, Fraction]], pools: Sequence[int]) -> tuple[Setting, ...]:
    """Every pair of confidences with every pool."""
    return tuple(Setting(up, down, pool) for pool in pools for up, down in confidences)


def simulate(
    area: Area,
    plan: Plan,
    sample: Sample,
    places: Places,
    settings: Sequence[Setting],
    *,
    first: Period,
    units: int,
    years: int,
    generator: Generator,
    story: Story = "constant",
    sizes: Floats | None = None,
    progress: Callable[[], None] = lambda: None,
) -> Simulated:
    """What each setting, and last the naive ladder, does to the same institutions. `progress` is called once for every
    setting and year; where quality `changes`, `years` follow the change, and some before it are simulated too. `sizes`
    are those of real institutions, where they are known; else they are as the sample declares."""
    settings = (*settings, Setting(naive=True))
    years += SETTLED if story == "changes" else 0
    before = max((g.evidence.pool for s in settings for g in s.of(plan).goals if g.evidence), default=1) - 1
    world = _World(area, plan, sample, places, units, generator.spawn(1)[0], sizes)
    world.draw(first.before(before), before + years)
    if story == "changes":
        world.change(before + SETTLED, generator)
    truth = world.truth(before + years - 1)
    until = world.truth(before) if story == "changes" else truth
    deciles = world.deciles
    first_counted = SETTLED if story == "changes" else 0
    counted = until != truth if story == "changes" else np.ones(len(truth), dtype=bool)
    figures: list[Figures] = []
    for setting in settings:
        steps = world.placed(setting.of(plan), before, years, progress)
        figures.append(_counted(setting, plan, steps[:, first_counted:], truth, deciles, counted))

    def spread(among: Flags) -> tuple[int, ...]:
        return tuple(int(count) for count in np.bincount(truth[among], minlength=len(plan.ladder.steps)))

    small = counted & (deciles == 0)
    initial, years = plan.ladder.initial, years - first_counted
    recorded = 0 if sizes is None else len(sizes)
    return Simulated(story, units, years, initial, spread(counted), spread(small), tuple(figures), recorded)


class _World:
    """The drawn years as frames that the columns reading takes, and what is true."""

    def __init__(
        self, area: Area, plan: Plan, sample: Sample, places: Places, units: int, generator: Generator,
        sizes: Floats | None = None,
    ) -> None:  # fmt: skip
        self.sizes = sizes
        self.area, self.plan, self.places, self.generator = area, plan, places, generator
        self.sample = _still(sample, units)
        self.frames: list[pl.DataFrame] = []
        self.truths: list[pl.DataFrame] = []

    def draw(self, first: Period, years: int) -> None:
        drawn = draw(self.area, self.sample, self.places, first, years, self.generator, self.sizes)
        for year, one in enumerate(drawn):
            frame = _observed(one, self.area, year)
            self.frames.append(frame)
            truth = one.truth.rename({"institution": "id"}).with_columns(pl.int_range(pl.len()).alias("institution"))
            self.truths.append(truth)
        self.size = self.truths[0]["size"].to_numpy()

    def change(self, year: int, generator: Generator) -> None:
        """From a year on each institution has the results of another of about its size."""
        order = np.argsort(self.size, kind="stable")
        partner = np.empty(len(order), dtype=np.int64)
        for part in np.array_split(order, DECILES * 10):
            partner[part] = generator.permutation(part)
        for later in range(year, len(self.frames)):
            for frames in (self.frames, self.truths):
                own = frames[later]["institution"]
                frames[later] = frames[later][partner].with_columns(own)

    @property
    def deciles(self) -> Ints:
        """Each institution's decile of size, the smallest 0."""
        rank = np.argsort(np.argsort(self.size, kind="stable"), kind="stable")
        return rank * DECILES // len(rank)

    def truth(self, year: int) -> Ints:
        """The step that the ladder gives the true results of a year, read as certain and without memory."""
        certain = replace(
            _timeless(self.plan),
            goals=tuple(replace(goal, evidence=None) for goal in self.plan.goals),
            ladder=replace(self.plan.ladder, movement=None),
        )
        frame = _as_true(self.frames[year], self.truths[year]).with_columns(pl.lit(0).alias("period"))
        found = read(certain, frame, period=0, columns=("institution", "step"))
        positions = {step: n for n, step in enumerate(self.plan.ladder.steps)}
        return found["step"].replace_strict(positions, return_dtype=pl.Int64).to_numpy()

    def placed(self, plan: Plan, before: int, years: int, progress: Callable[[], None]) -> Ints:
        """The steps of every institution (rows) after each year (columns)."""
        pool = max((goal.evidence.pool for goal in plan.goals if goal.evidence), default=1)
        steps: list[Ints] = []
        states: pl.DataFrame | None = None
        at_once = 1 if reads_peers(plan) else AT_ONCE
        plan = _timeless(plan)
        judged_by, moved_by = _ready(plan, tuple(self._stacked(range(before, before + 1), pool).columns), pool - 1)
        for start in range(before, before + years, at_once):
            chunk = range(start, min(start + at_once, before + years))
            judged = judged_by(figures=self._stacked(chunk, pool))
            for year in chunk:
                now = judged.filter(pl.col("#year") == year).with_columns(pl.col("#unit").alias("institution"))
                found = moved_by(judged=now, states=_nowhere(now) if states is None else states)
                states = _states(found, plan)
                steps.append(states["step"].to_numpy())
                progress()
        return np.stack(steps, axis=1)

    def _stacked(self, chunk: range, pool: int) -> pl.DataFrame:
        """Several years at once: each institution once for every year, with the periods that are pooled for it."""
        parts = [
            self.frames[year - back].with_columns(
                (pl.col("institution") * len(self.frames) + year).alias("institution"),
                pl.col("institution").alias("#unit"),
                pl.lit(year).alias("#year"),
                pl.lit(pool - 1 - back).alias("period"),
            )
            for year in chunk
            for back in range(min(pool, year + 1))
        ]
        return pl.concat(parts)


def _ready(plan: Plan, known: tuple[str, ...], period: int) -> tuple[Ready, Ready]:
    """The question for the levels of several years at once, and that for where one year's lead."""
    reading = Columns(plan, Sheet.source("figures", known), period)
    reading.judge()
    states = Sheet.source("states", ("institution", *STATE, "decided"))
    placed = Lookups(plan, Sheet.source("judged", reading.sheet.columns)).placed(states).query()
    moved = placed.only(["institution", "step"])
    if plan.ladder.movement is not None:
        moved = placed.only(["institution", "step", "held", "streak", "absent", "in_force", "in_force_held"])
    names = dict.fromkeys((*asked_of(moved, "judged"), "#unit", "#year"))
    return Ready(reading.sheet.query([*names])), Ready(moved)


def _nowhere(now: pl.DataFrame) -> pl.DataFrame:
    """The states of institutions that have none."""
    kinds = {"institution": now.schema["institution"], **dict.fromkeys(STATE, pl.Int64), "decided": pl.Boolean}
    return pl.DataFrame(schema=kinds)


def _still(sample: Sample, units: int) -> Sample:
    """The sample with as many institutions, whose quality stands still and of which everything is seen."""
    nothing, zero = Fraction(0), sample.quality.drift * 0
    indicators = {
        name: drawn.model_copy(update={"drift": zero, "missing": {}, "corrected": nothing})
        for name, drawn in sample.indicators.items()
    }
    return sample.model_copy(
        update={
            "institutions": units,
            "quality": sample.quality.model_copy(update={"drift": zero}),
            "indicators": indicators,
            "emergencies": sample.emergencies.model_copy(update={"share": nothing}),
            "life": sample.life.model_copy(update=dict.fromkeys(("opens", "closes", "merges", "silent"), nothing)),
        }
    )


def _timeless(plan: Plan) -> Plan:
    """Years are counted from the first that is pooled, so calendar limits on pooling have no meaning here."""
    indicators = tuple(replace(i, comparable_from=None, stale_after=None) for i in plan.indicators)
    return replace(plan, indicators=indicators)


def _observed(drawn: Drawn, area: Area, year: int) -> pl.DataFrame:
    """A drawn year as observations: institutions by number, reasons by code."""
    frame = drawn.figures.sort("institution").with_columns(pl.int_range(pl.len()).alias("institution"))
    codes = {reason.word: int(reason) for reason in Reason}
    missing = [
        pl.col(name).replace_strict(codes, default=0, return_dtype=pl.Int8).fill_null(0)
        for name in frame.columns
        if name.endswith(".missing")
    ]
    plain = [n for n in frame.columns if n not in ("name", "period", "closed", "successor") and ".measured" not in n]
    found = frame.with_columns(missing).select(plain).with_columns(pl.lit(year).alias("period"))
    return found.with_columns(*(column for column in _every_column(area) if column.meta.output_name() not in plain))


def _every_column(area: Area) -> Iterator[pl.Expr]:
    """The columns that readings look for, empty."""
    for name, indicator in area.indicators.items():
        members = [member for grouping in indicator.by for member in area.groups[grouping].members]
        kinds = {"category": pl.String(), "flag": pl.Boolean()}
        for column in (name, *(f"{name}@{member}" for member in members)):
            yield pl.lit(None, dtype=kinds.get(indicator.kind, pl.Float64())).alias(column)
            yield pl.lit(0, dtype=pl.Int8).alias(f"{column}.missing")
            for field in FIELDS[indicator.kind]:
                yield pl.lit(None, dtype=pl.Float64()).alias(f"{column}.{field}")


def _as_true(frame: pl.DataFrame, truth: pl.DataFrame) -> pl.DataFrame:
    """A year's observations with every figure as it truly is."""
    known = [name for name in truth.columns if name not in ("id", "institution", "period", "size", "quality")]
    figures = {name.partition("@")[0].partition(".")[0] for name in known}
    numbers = [
        pl.lit(None, dtype=pl.Float64).alias(name)
        for name in frame.columns
        if name.partition("@")[0].partition(".")[0] in figures and not name.endswith(".missing")
    ]
    present = [pl.lit(0, dtype=pl.Int8).alias(n) for n in frame.columns if n.endswith(".missing")]
    emptied = frame.with_columns(*numbers, *present)
    return emptied.with_columns(truth[name].alias(name) for name in known)


def _states(found: pl.DataFrame, plan: Plan) -> pl.DataFrame:
    """The states that the next year starts from, in the order of institutions."""
    positions = {step: n for n, step in enumerate(plan.ladder.steps)}
    if plan.ladder.movement is None:
        held = pl.lit(1, dtype=pl.Int64)
        extra = {"held": held, "streak": held * 0, "absent": held * 0, "in_force_held": held}
        found = found.with_columns(**extra, in_force=pl.col("step"))
    return found.sort("institution").select(
        "institution",
        *(pl.col(n).replace_strict(positions, default=plan.ladder.initial, return_dtype=pl.Int64)
          for n in ("step", "in_force")),
        *(pl.col(n).cast(pl.Int64) for n in ("held", "streak", "absent", "in_force_held")),
        pl.lit(False).alias("decided"),
    )  # fmt: skip


def _counted(setting: Setting, plan: Plan, steps: Ints, truth: Ints, deciles: Ints, counted: Flags) -> Figures:
    """What the steps of the years say of a setting."""
    initial, strictest = plan.ladder.initial, len(plan.ladder.steps) - 1
    settled = steps[:, settled_from(steps.shape[1]) - 1 :]
    moved = (settled[:, 1:] != settled[:, :-1]).mean(axis=1)
    ever = (steps[:, :WRONGED] == strictest).any(axis=1)
    belongs = truth <= initial
    last = steps[:, -1]
    fails, excels = (truth == strictest) & counted, (truth == 0) & counted

    def share(of: NDArray[Any], among: Flags) -> tuple[float, tuple[float, ...]]:
        parts = [among & (deciles == decile) for decile in range(DECILES)]
        return _mean(of, among), tuple(_mean(of, part) for part in parts)

    def years(there: Callable[[Ints], Flags], among: Flags) -> tuple[tuple[float, ...], tuple[tuple[float, ...], ...]]:
        every = [share(there(steps[:, year]), among) for year in range(steps.shape[1])]
        return tuple(whole for whole, _ in every), tuple(zip(*(parts for _, parts in every), strict=True))

    moves, moves_of = share(moved, counted)
    moves_worth = _worth(moved[counted], moves)
    wronged, wronged_of = share(ever, belongs & counted)
    if steps.shape[1] < WRONGED:  # what has not happened yet may happen in the years that are left
        wronged, wronged_of = float("nan"), (float("nan"),) * DECILES
    denied, denied_of = share(last != 0, excels)
    true, true_of = share(last == truth, counted)
    found, found_of = years(lambda step: step >= strictest - 1, fails)
    freed, freed_of = years(lambda step: step == 0, excels)
    return Figures(
        setting, moves, moves_worth, moves_of, wronged, wronged_of, denied, denied_of, true, true_of,
        found, found_of, freed, freed_of,
    )  # fmt: skip


def _worth(shares: NDArray[Any], mean: float) -> float:
    """How many independent yeses and noes would tell the mean of some shares as surely: as many as there are shares
    where each is all or nothing, and more the nearer they are each other."""
    variance = float(shares.var()) if len(shares) else 0.0
    return len(shares) * mean * (1 - mean) / variance if variance else float(len(shares))


def _mean(of: NDArray[Any], among: Flags) -> float:
    return float(of[among].mean()) if among.any() else float("nan")
