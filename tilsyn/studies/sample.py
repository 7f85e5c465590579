"""Fictitious institutions and figures, drawn as an area's sample declares.

Two things are kept apart: what is true of an institution (its quality, which drifts, and the
true results that follow it) and what is seen of it (few citizens, gaps, silence, figures that are
corrected later). The demo is placed on what is seen; simulation compares that with what is true.
What is good is not known here: that is the area's goals. A period's figures do not depend on how
many periods are drawn after it, and an indicator's not on how the other ones are declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.random import Generator
from numpy.typing import NDArray

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.indicators import Indicator
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.samples import DrawnAttribute, DrawnGroup, DrawnIndicator, Persons, Places, Sample, WordOf

GROWTH = 0.03
"""Standard deviation of the logarithm of a year's change of size."""

LASTING_INTAKE = 0.95
"""How far an institution's intake is that of the year before: the rest of its variance is the year's own."""

ALIKE = 10.0
"""How alike institutions are in the share of a group (the sum of a beta distribution's parameters)."""

SILENT_AGAIN = 0.4
"""Share of the silent that are silent in the next period too."""

FEWEST = 3
"""A figure about fewer persons is not told: it would tell about them."""

TURNS = 20
"""Names drawn for an institution, at most, so that no place has two of one name."""

WRONGLY = 1.5
"""How far off a figure that is later corrected was, in standard deviations between institutions."""

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]


class Drawn(Struct, frozen=True):
    """One period: the figures as first delivered, the rows that are delivered again, and what is true.

    `figures` and `correction` are in the wide form of a file. `truth` has institution, period (index), size,
    quality and, for every drawn number `x` and group `x@member`, its true value (and `x.expected`), for all
    institutions that exist, the silent ones too.
    """

    period: Period
    figures: pl.DataFrame
    correction: pl.DataFrame
    truth: pl.DataFrame

    @property
    def corrected(self) -> pl.DataFrame:
        """The figures as they stand when the corrections have come in."""
        kept = self.figures.join(self.correction, on="institution", how="anti")
        return pl.concat([kept, self.correction]).sort("institution")


def draw(
    area: Area, sample: Sample, places: Places, first: Period, periods: int, generator: Generator,
    sizes: Floats | None = None,
) -> tuple[Drawn, ...]:  # fmt: skip
    """The institutions of an area over consecutive periods.

    One generator, such as `numpy.random.default_rng([seed, *area.area.encode()])`, gives one sample. Where the `sizes`
    of real institutions are known, those drawn have as many of each.
    """
    if sizes is not None:
        limits = {"at_least": int(sizes.min()), "at_most": int(np.ceil(sizes.max()))}
        sample = sample.model_copy(update={"size": sample.size.model_copy(update=limits)})
    world = _World(area, sample, places, sizes)
    founding, *years = generator.spawn(periods + 1)
    units = world.found(founding, world.founded, first_number=1)
    ended = _Ended(units.where(np.zeros(len(units), dtype=bool)), np.zeros(0, dtype=np.int64))
    highest, drawn = len(units), list[Drawn]()
    for later, year in enumerate(years):
        aging, living, seeing = year.spawn(3)
        if later:
            units, ended = world.live(living, world.age(aging, units), first_number=highest + 1)
            highest = max(highest, int(units["number"].max(initial=0)))
        drawn.append(world.see(seeing, units, ended, first.before(-later)))
    return tuple(drawn)


class _Units(Struct, frozen=True):
    """Institutions as columns of traits: a trait of an indicator `x` is `x:own`, an attribute is `:name`."""

    traits: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return len(self.traits["number"])

    def __getitem__(self, trait: str) -> NDArray[Any]:
        return self.traits[trait]

    def where(self, kept: Flags) -> _Units:
        return _Units({name: values[kept] for name, values in self.traits.items()})

    def having(self, traits: Mapping[str, NDArray[Any]]) -> _Units:
        return _Units({**self.traits, **traits})

    def followed_by(self, others: _Units) -> _Units:
        return _Units({name: np.concatenate([values, others[name]]) for name, values in self.traits.items()})


class _Ended(Struct, frozen=True):
    """Institutions that closed or were taken over in a period, and by which (0: by none)."""

    units: _Units
    successor: NDArray[np.int64]


class _Figure(Struct, frozen=True):
    """One figure of every institution: numbers by part (the value is `""`), or words; about how many; why missing."""

    parts: Mapping[str, Floats]
    missing: Texts
    n: Floats
    stale: Flags | None = None
    words: Texts | None = None

    def with_others(self, others: Mapping[str, Floats], where: Flags) -> _Figure:
        """The figure with other numbers in some places."""
        parts = {name: np.where(where, others[name], values) for name, values in self.parts.items()}
        return _Figure(parts, self.missing, self.n, self.stale, self.words)


class _World:
    """What an area and its sample declare, as numbers to draw with."""

    def __init__(self, area: Area, sample: Sample, places: Places, sizes: Floats | None = None) -> None:
        self.area, self.sample, self.sizes = area, sample, sizes
        self.places, self.members = list(places.members), list(places.members.values())
        weights = np.array([member.weight for member in self.members], dtype=float)
        self.weights = weights / weights.sum()
        self.relative = weights / weights.mean()
        self.numbers = {name: drawn for name, drawn in sample.indicators.items() if drawn.truth}
        self.words = {name: drawn.word_of for name, drawn in sample.indicators.items() if drawn.word_of}

    @property
    def founded(self) -> int:
        wanted = self.sample.institutions
        return len(self.places) if isinstance(wanted, str) else wanted

    def expects(self, name: str) -> bool:
        """Whether a figure has an expected result of its own unit; that of a ratio is its divisor."""
        return self.numbers[name].expected is not None and self.area.indicators[name].kind != "ratio"

    # institutions

    def found(self, generator: Generator, count: int, *, first_number: int) -> _Units:
        """New institutions."""
        where, how, called = generator.spawn(3)
        place = self._place(where, count)
        quality = how.standard_normal(count) + self._shift(how.random(count))
        traits: dict[str, NDArray[Any]] = {
            "number": np.arange(first_number, first_number + count),
            "place": place,
            "size": self._size(how.standard_normal(count), place),
            "quality": quality,
            "lasting": quality,
            "silent": how.random(count) < float(self.sample.life.silent),
        }
        for name, one in zip(self.sample.attributes, how.spawn(len(self.sample.attributes)), strict=True):
            traits[f":{name}"] = self._attribute(one, self.sample.attributes[name], place)
        for (name, drawn), one in zip(self.numbers.items(), how.spawn(len(self.numbers)), strict=True):
            traits |= _lasting_traits(one, name, drawn, count)
        traits["name"] = np.array(list(self._names(called, place, traits)), dtype=object)
        return _Units(traits)

    def _place(self, generator: Generator, count: int) -> NDArray[np.int64]:
        """Places in order, each as often as its weight says, give or take one."""
        if self.sample.institutions == "one-per-place":
            return np.arange(count) % len(self.places)
        at = (np.arange(count) + generator.random(count)) / max(count, 1)
        return np.minimum(np.searchsorted(np.cumsum(self.weights), at), len(self.places) - 1)

    def _shift(self, chance: Floats) -> Floats:
        excel, fail = self.sample.quality.excel, self.sample.quality.fail
        below = np.where(chance > 1 - float(fail.share), float(fail.shift), 0.0)
        return np.where(chance < float(excel.share), float(excel.shift), below)

    def _size(self, noise: Floats, place: NDArray[np.int64]) -> Floats:
        if self.sizes is not None:
            rank = np.argsort(np.argsort(noise, kind="stable"), kind="stable")
            return np.sort(self.sizes)[rank * len(self.sizes) // len(noise)]
        size = self.sample.size
        median = float(size.median) * (self.relative[place] if size.with_place else 1.0)
        return self._within_limits(median * np.exp(float(size.spread) * noise))

    def _within_limits(self, size: Floats) -> Floats:
        return np.clip(size, self.sample.size.at_least, self.sample.size.at_most)

    def _attribute(self, generator: Generator, drawn: DrawnAttribute, place: NDArray[np.int64]) -> NDArray[Any]:
        if drawn.place is not None:
            names = self.places if drawn.place == "name" else [member.region for member in self.members]
            return np.array(names, dtype=object)[place]
        if drawn.values is not None:
            shares = [float(share) for share in drawn.values.values()]
            return np.array(list(drawn.values), dtype=object)[_which(generator.random(len(place)), shares)]
        return generator.random(len(place)) < float(drawn.share or 0)

    def _names(
        self, generator: Generator, place: NDArray[np.int64], traits: Mapping[str, NDArray[Any]]
    ) -> Iterator[str]:
        """Names, drawn again where a place would have two institutions of one name."""
        names = self.sample.names
        taken: set[tuple[int, str]] = set()
        given: dict[str, list[object]] = {name: traits[f":{name}"].tolist() for name in self.sample.attributes}
        chosen: dict[str, list[list[int]]] = {
            part: generator.integers(len(words), size=(len(place), TURNS)).tolist()
            for part, words in names.parts.items()
        }
        for unit, at in enumerate(map(int, place)):
            known = {name: str(values[unit]) for name, values in given.items()} | {"place": self.places[at]}
            called = ""
            for turn in range(TURNS):
                parts = {part: words[chosen[part][unit][turn]] for part, words in names.parts.items()}
                called = names.form.format(**known, **parts)
                if (at, called) not in taken:
                    break
            taken.add((at, called))
            yield called

    # years

    def age(self, generator: Generator, units: _Units) -> _Units:
        """A year's true change."""
        common, *own = generator.spawn(1 + len(self.numbers))
        grown = units["size"] * np.exp(GROWTH * common.standard_normal(len(units)))
        traits: dict[str, NDArray[Any]] = {
            "quality": self._aged(common, units["quality"], units["lasting"], float(self.sample.quality.drift)),
            "size": self._within_limits(grown),
            "silent": self._silent(common.random(len(units)), units["silent"]),
        }
        for (name, drawn), one in zip(self.numbers.items(), own, strict=True):
            now, lasting = units[f"{name}:own"], units[f"{name}:lasting"]
            traits[f"{name}:own"] = self._aged(one, now, lasting, float(drawn.drift))
            intake, news = units[f"{name}:intake"], np.sqrt(1 - LASTING_INTAKE**2)
            traits[f"{name}:intake"] = LASTING_INTAKE * intake + news * one.standard_normal(len(units))
        return units.having(traits)

    def _silent(self, chance: Floats, before: Flags) -> Flags:
        """Who is silent: as many as declared, but some of them are the same as the year before."""
        share = float(self.sample.life.silent)
        newly = share * (1 - SILENT_AGAIN) / (1 - share) if share < 1 else 1.0
        return chance < np.where(before, max(SILENT_AGAIN, share), newly)

    def _aged(self, generator: Generator, now: Floats, lasting: Floats, drift: float) -> Floats:
        """What drifts for a year, and regains some of its distance from where it belongs."""
        regained = float(self.sample.quality.pull) * (lasting - now)
        return now + regained + drift * generator.standard_normal(len(now))

    def live(self, generator: Generator, units: _Units, *, first_number: int) -> tuple[_Units, _Ended]:
        """Some institutions close, some are taken over by another in the same place, some are new."""
        ending, opening = generator.spawn(2)
        life, chance = self.sample.life, ending.random(len(units))
        merges = chance < float(life.merges)
        ends = chance < float(life.merges) + float(life.closes)
        stays = np.flatnonzero(~ends)
        successor, size = np.zeros(len(units), dtype=np.int64), units["size"].copy()
        for unit in np.flatnonzero(merges):
            near = stays[units["place"][stays] == units["place"][unit]]
            if len(near):
                by = ending.choice(near)
                successor[unit] = units["number"][by]
                size[by] += size[unit]
        ended = _Ended(units.where(ends), successor[ends])
        grown = units.having({"size": self._within_limits(size)})
        opens = int(opening.binomial(len(units), float(life.opens)))
        return grown.where(~ends).followed_by(self.found(opening, opens, first_number=first_number)), ended

    # figures

    def see(self, generator: Generator, units: _Units, ended: _Ended, period: Period) -> Drawn:
        """What is delivered of a period, and what is true in it."""
        common, *own = generator.spawn(1 + len(self.numbers))
        right, first, corrected = dict[str, _Figure](), dict[str, _Figure](), np.zeros(len(units), dtype=bool)
        for (name, drawn), one in zip(self.numbers.items(), own, strict=True):
            seen = self._seen(one, name, drawn, units)
            right |= seen.right
            first |= {**seen.right, name: seen.first}
            corrected |= seen.corrected
        for figures in (right, first):
            figures |= {name: self._word(word, figures[word.indicator]) for name, word in self.words.items()}
        emergency = common.random(len(units)) < float(self.sample.emergencies.share)
        told = ~units["silent"]
        rows = [self._rows(units, figures, emergency, period) for figures in (first, right)]
        gone = self._gone(ended, period, rows[0])
        figures = pl.concat([rows[0].filter(pl.Series(told)), gone]).sort("institution")
        correction = rows[1].filter(pl.Series(told & corrected)).sort("institution")
        return Drawn(period, figures, correction, self._truth(units, period))

    def true(self, name: str, units: _Units) -> Floats:
        """The true result of an indicator, in its own unit."""
        drawn, quality = self.numbers[name], units["quality"]
        assert drawn.truth is not None
        common = float(drawn.truth.sd) * float(drawn.follows) * quality
        result = float(drawn.truth.mean) + common + units[f"{name}:own"]
        return self._possible(name, result + self.expected(name, units) if self.expects(name) else result)

    def expected(self, name: str, units: _Units) -> Floats:
        """The expected result of an indicator; for a ratio, of one unit of what it counts."""
        expected = self.numbers[name].expected
        if expected is None:
            return np.ones(len(units))
        found = float(expected.mean) + float(expected.sd) * units[f"{name}:intake"]
        return self._possible(name, found) if self.expects(name) else np.maximum(found, 0.0)

    def _possible(self, name: str, values: Floats) -> Floats:
        """Values that the indicator can have at all."""
        indicator = self.area.indicators[name]
        low, high = indicator.range or (-np.inf, np.inf)
        if indicator.kind in ("proportion", "rate", "ratio"):
            low = max(0.0, float(low))
        return np.clip(values, float(low), min(1.0, float(high)) if indicator.kind == "proportion" else float(high))

    def _seen(self, generator: Generator, name: str, drawn: DrawnIndicator, units: _Units) -> _Seen:
        """An indicator's figures with those of its groups, and what was delivered first where it was wrong."""
        size, gaps, rightly, wrongly, grouped = generator.spawn(5)
        assert drawn.n is not None
        assert drawn.truth is not None
        indicator, n = self.area.indicators[name], _persons(size, drawn.n, units["size"])
        true, expected = self.true(name, units), self.expected(name, units)
        missing = self._missing(gaps.random(len(units)), drawn, units, n)
        corrected = (gaps.random(len(units)) < float(drawn.corrected)) & (missing == "")
        stale = (missing == "stale") if indicator.stale_after is not None else None
        if stale is not None:
            missing = np.where(stale, "", missing)
        right = _Figure(self._measure(rightly, name, true, expected, n), missing, n, stale)
        off = WRONGLY * float(drawn.truth.sd) * wrongly.choice([-1.0, 1.0], len(units))
        first = self._measure(wrongly, name, self._possible(name, true + off), expected, n)
        groups: dict[str, _Figure] = {}
        for (member, group), one in zip(drawn.groups.items(), grouped.spawn(len(drawn.groups)), strict=True):
            groups[f"{name}@{member}"] = self._group(one, f"{name}@{member}", group, right, units)
        return _Seen({name: right, **groups}, right.with_others(first, corrected), corrected)

    def _group(self, generator: Generator, column: str, group: DrawnGroup, whole: _Figure, units: _Units) -> _Figure:
        """A group's figure: some of the persons, and no more of their events than the whole has."""
        name = column.partition("@")[0]
        own = generator.binomial(whole.n.astype(np.int64), units[f"{column}:share"]).astype(float)
        expected = self.expected(name, units)
        if self.expects(name):
            expected = self._possible(name, expected + float(group.expected_gap))
        parts = dict(self._measure(generator, name, self.true_of_group(column, group, units), expected, own))
        if self.area.indicators[name].kind == "proportion":
            least = np.maximum(whole.parts["count"] - (whole.n - own), 0)
            parts["count"] = np.clip(parts["count"], least, np.minimum(whole.parts["count"], own))
        missing = np.where((whole.missing == "") & (own < FEWEST), "too-few", whole.missing)
        return _Figure(parts, missing, own, whole.stale)

    def true_of_group(self, column: str, group: DrawnGroup, units: _Units) -> Floats:
        """A group's true result: that of all, with the difference that is expected and the one that is not."""
        name = column.partition("@")[0]
        shift = float(group.gap) + (float(group.expected_gap) if self.expects(name) else 0.0)
        return self._possible(name, self.true(name, units) + shift + units[f"{column}:gap"])

    def _missing(self, chance: Floats, drawn: DrawnIndicator, units: _Units, n: Floats) -> Texts:
        """Why each figure is missing; empty where it is not."""
        shares = [float(share) for share in drawn.missing.values()]
        missing = np.array([*drawn.missing, ""], dtype=np.str_)[_which(chance, [*shares, 1 - sum(shares)])]
        missing = np.where(n < FEWEST, "too-few", missing)
        if drawn.only_where is None:
            return missing
        return np.where(units[f":{drawn.only_where}"].astype(bool), missing, "not-applicable")

    def _measure(
        self, generator: Generator, name: str, true: Floats, expected: Floats, n: Floats
    ) -> Mapping[str, Floats]:
        """One measurement of what is true, about `n` persons each: the fewer they are, the more chance decides."""
        indicator, drawn = self.area.indicators[name], self.numbers[name]
        asked = {"expected": np.round(expected, indicator.decimals or 0)} if self.expects(name) else {}
        match indicator.kind:
            case "proportion":
                return {**asked, "count": generator.binomial(n.astype(np.int64), true).astype(float), "n": n}
            case "rate":
                return {**asked, "count": generator.poisson(true * n).astype(float), "n": n}
            case "ratio":
                predicted = np.round(expected * n, 2)
                return {**asked, "count": generator.poisson(true * predicted).astype(float), "expected": predicted}
            case "mean" | "value":
                return {**asked, **self._mean(generator, indicator, drawn, true, n), "n": n}
            case "category" | "flag":
                raise AssertionError(f"`{name}`: a {indicator.kind} is not drawn from numbers")

    def _mean(
        self, generator: Generator, indicator: Indicator, drawn: DrawnIndicator, true: Floats, n: Floats
    ) -> Mapping[str, Floats]:
        """A mean of `n` persons, with what is published of its uncertainty."""
        within, places, some = float(drawn.within or 0), indicator.decimals or 0, np.maximum(n, 1)
        low, high = (float(end) for end in indicator.range or (-np.inf, np.inf))
        error = within / np.sqrt(some)
        value = np.clip(np.round(true + error * generator.standard_normal(len(n)), places), low, high)
        parts = {"": value}
        least = 10.0 ** -(places + 1)
        if indicator.kind == "mean":
            spread = within * np.sqrt(generator.chisquare(np.maximum(some - 1, 1)) / np.maximum(some - 1, 1))
            parts["sd"] = np.maximum(np.round(spread, places + 1), least)
        elif drawn.interval is None:
            parts["se"] = np.maximum(np.round(error, places + 1), least)
        if drawn.interval is not None:
            half = _z(drawn.interval) * error
            parts["low"] = np.clip(np.round(value - half, places), low, high)
            parts["high"] = np.clip(np.round(value + half, places), low, high)
        return parts

    def _word(self, declared: WordOf, figure: _Figure) -> _Figure:
        """The published word for which side of a centre a figure's interval lies on."""
        within, centre = float(self.numbers[declared.indicator].within or 0), float(declared.centre)
        half = _z(declared.confidence) * within / np.sqrt(np.maximum(figure.n, 1))
        below, above = figure.parts[""] + half < centre, figure.parts[""] - half > centre
        words = np.select([below, above], [declared.below, declared.above], declared.at)
        return _Figure({}, figure.missing, figure.n, words=words)

    # tables

    def _ids(self, numbers: NDArray[np.int64]) -> list[str]:
        letter = self.area.area[0].upper()
        return [f"{letter}{number:05d}" for number in numbers.tolist()]

    def _about(self, units: _Units, period: Period) -> dict[str, pl.Series]:
        """Who a row is about, and when."""
        about = {
            "institution": pl.Series(self._ids(units["number"]), dtype=pl.String),
            "name": pl.Series(units["name"].tolist(), dtype=pl.String),
            "period": pl.Series([period.label] * len(units), dtype=pl.String),
        }
        for name, kind in self.area.attributes.items():
            if name == self.sample.size.attribute:
                about[name] = pl.Series(np.rint(units["size"]).astype(np.int64))
            elif name in self.sample.attributes:
                about[name] = pl.Series(units[f":{name}"].tolist(), dtype=pl.Boolean if kind == "flag" else pl.String)
        return about

    def _rows(self, units: _Units, figures: Mapping[str, _Figure], emergency: Flags, period: Period) -> pl.DataFrame:
        columns = self._about(units, period)
        for name in self.area.indicators:
            if name == self.sample.emergencies.indicator:
                columns[name] = pl.Series(emergency)
            for column in (column for column in figures if column.partition("@")[0] == name):
                columns |= self._columns(column, figures[column], period)
        columns["closed"] = pl.Series([False] * len(units), dtype=pl.Boolean)
        columns["successor"] = pl.Series([None] * len(units), dtype=pl.String)
        return pl.DataFrame(columns)

    def _columns(self, column: str, figure: _Figure, period: Period) -> Iterator[tuple[str, pl.Series]]:
        """The columns of a figure in the order that people read them; nothing where it is missing."""
        gone = pl.Series(figure.missing != "")
        for part, values in sorted(figure.parts.items(), key=lambda item: _ORDER.index(item[0])):
            series = pl.Series(values).cast(pl.Int64) if part in ("n", "count") else pl.Series(values)
            yield (f"{column}.{part}" if part else column), series.set(gone, None)
        if figure.words is not None:
            yield column, pl.Series(figure.words.tolist(), dtype=pl.String).set(gone, None)
        yield f"{column}.missing", pl.Series(figure.missing.tolist(), dtype=pl.String).set(~gone, None)
        after = self.area.indicators[column.partition("@")[0]].stale_after
        if figure.stale is not None and after is not None:
            old = pl.Series([period.before(after + 1).label], dtype=pl.String).new_from_index(0, len(gone))
            yield f"{column}.measured", old.set(pl.Series(~figure.stale), None)

    def _gone(self, ended: _Ended, period: Period, like: pl.DataFrame) -> pl.DataFrame:
        """The last row of those that are no more: who they were, and who took over."""
        about = pl.DataFrame(self._about(ended.units, period)).with_columns(closed=pl.lit(value=True))
        successor = pl.Series("successor", self._ids(ended.successor), dtype=pl.String)
        last = about.with_columns(successor.set(pl.Series(ended.successor == 0), None))
        return pl.concat([like.clear(), last], how="diagonal")

    def _truth(self, units: _Units, period: Period) -> pl.DataFrame:
        columns: dict[str, Any] = {
            "institution": self._ids(units["number"]),
            "period": pl.Series([period.index] * len(units), dtype=pl.Int32),
            "size": units["size"],
            "quality": units["quality"],
        }
        for name, drawn in self.numbers.items():
            columns[name] = self.true(name, units)
            if self.expects(name):
                columns[f"{name}.expected"] = self.expected(name, units)
            for member, group in drawn.groups.items():
                columns[f"{name}@{member}"] = self.true_of_group(f"{name}@{member}", group, units)
        return pl.DataFrame(columns).sort("institution")


class _Seen(Struct, frozen=True):
    """An indicator's figures as they are in the end, its own as first delivered, and where those differ."""

    right: Mapping[str, _Figure]
    first: _Figure
    corrected: Flags


_ORDER = ("", "count", "n", "sd", "se", "expected", "low", "high")


def _lasting_traits(generator: Generator, name: str, drawn: DrawnIndicator, count: int) -> dict[str, NDArray[Any]]:
    """What is an institution's own in one indicator: its result beside the common quality, its intake, its groups."""
    assert drawn.truth is not None
    apart = float(drawn.truth.sd) * np.sqrt(1 - float(drawn.follows) ** 2)
    own = apart * generator.standard_normal(count)
    traits: dict[str, NDArray[Any]] = {
        f"{name}:own": own,
        f"{name}:lasting": own,
        f"{name}:intake": generator.standard_normal(count),
    }
    for member, group in drawn.groups.items():
        share = float(group.share)
        traits[f"{name}@{member}:gap"] = float(group.sd) * generator.standard_normal(count)
        traits[f"{name}@{member}:share"] = generator.beta(ALIKE * share, ALIKE * (1 - share), count)
    return traits


def _persons(generator: Generator, declared: Persons, size: Floats) -> Floats:
    """How many persons a figure is about this year."""
    if declared.of_size is None:
        return np.full(len(size), float(declared.fixed or 0))
    share = float(declared.of_size)
    if share < 1:
        return generator.binomial(np.rint(size).astype(np.int64), share).astype(float)
    return np.rint(np.rint(size) * share)


def _which(chance: Floats, shares: list[float]) -> NDArray[np.int64]:
    """Which of several a number between 0 and 1 falls on, by their shares."""
    return np.minimum(np.searchsorted(np.cumsum(shares), chance, side="right"), len(shares) - 1)


def _z(confidence: Any) -> float:
    return NormalDist().inv_cdf(0.5 + float(confidence) / 2)
