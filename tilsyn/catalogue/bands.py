"""Bands: whether the figures of levels meet, without gaps or overlaps, whoever declares them.

Goals and quantities divide figures in the same words, so what can be wrong with it is said once. Bands are turned so
that better is always higher; which way is good, and in which order the levels stand, is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.dated import Path
from tilsyn.catalogue.goals import Band
from tilsyn.catalogue.lookup import Found
from tilsyn.catalogue.policy import Part

Bands = Mapping[str, Band | Literal["otherwise"]]

SIDES = ("at_least", "above", "at_most", "below")


class Better(Struct, frozen=True):
    """Which way is good, and where that is said, as it is written there."""

    higher: bool
    said: str


class _End(Struct, frozen=True):
    """One end of a band, turned so that better is always higher; `inside` says whether the value is in the band."""

    value: Decimal
    inside: bool
    key: str
    written: Decimal


class _Ends(Struct, frozen=True):
    low: _End | None
    high: _End | None


class Limit(Struct, frozen=True):
    """One end of the figures of a level; `inside` says whether the figure on it belongs to the level."""

    value: Fraction
    inside: bool


def band_limits(bands: Bands, level: str) -> tuple[Limit | None, Limit | None]:
    """The lowest and the highest figure of a level; an end that is not written is where the better level begins.

    Bands are written best first, and only the worst level may be `otherwise`.
    """
    listed = list(bands)
    place = listed.index(level)
    low, high = _written_ends(bands[level])
    best_low, _ = _written_ends(bands[listed[0]])
    if place:
        better_low, better_high = _written_ends(bands[listed[place - 1]])
        if best_low is not None and high is None and better_low is not None:
            high = Limit(better_low.value, not better_low.inside)
        elif best_low is None and low is None and better_high is not None:
            low = Limit(better_high.value, not better_high.inside)
    return low, high


def _written_ends(band: Band | str) -> tuple[Limit | None, Limit | None]:
    """The ends that a band has itself."""

    def end(inside: Decimal | None, outside: Decimal | None) -> Limit | None:
        if inside is not None:
            return Limit(Fraction(inside), inside=True)
        return Limit(Fraction(outside), inside=False) if outside is not None else None

    if not isinstance(band, Band):
        return None, None
    return end(band.at_least, band.above), end(band.at_most, band.below)


def check_bands(area: Part[Area], path: Path, bands: Bands, listed: Sequence[str], better: Better) -> Found:
    """Bands are compared in the order of the levels (`listed`, worst first), whatever the order in the file."""
    if not listed:
        return
    worst, best = listed[0], listed[-1]
    levels = {level: bands[level] for level in listed}
    misplaced = [level for level in listed[1:] if levels[level] == "otherwise"]
    for level in misplaced:
        yield area.problem((*path, level), "otherwise-not-worst", {"level": level, "worst": worst})
    if misplaced:
        return
    side = "at_least" if better.higher else "at_most"
    ends = {level: _ends(band, better) for level, band in levels.items()}
    sideless = [level for level in listed[1:] if ends[level].low is None]
    for level in sideless:
        args = {"level": level, "write": f"{level}: {{{side}: …}}", "better": better.said}
        yield area.problem((*path, level), "band-side", args)
    if sideless:
        return
    if levels[worst] != "otherwise" and (ends[worst].low is not None or ends[worst].high is None):
        yield area.problem((*path, worst), "no-otherwise", {"level": worst, "write": f"{worst}: otherwise"})
    if (end := ends[best].high) is not None:
        args = {"level": best, "boundary": f"`{end.key}: {end.written}`", "better": better.said}
        yield area.problem((*path, best, end.key), "bands-end", args)
    for lower, upper in pairwise(listed):
        yield from _meeting(area, path, (lower, ends[lower]), (upper, ends[upper]))


def _meeting(area: Part[Area], path: Path, lower: tuple[str, _Ends], upper: tuple[str, _Ends]) -> Found:
    (worse, worse_ends), (better, better_ends) = lower, upper
    above, below, top = better_ends.low, worse_ends.low, worse_ends.high
    if above is None:
        return
    args: dict[str, object] = {"better": better, "worse": worse, "boundary": f"`{above.key}: {above.written}`"}
    if below is not None and (above.value, not above.inside) <= (below.value, not below.inside):
        other = f"`{below.key}: {below.written}`"
        yield area.problem((*path, worse, below.key), "bands-overlap", {**args, "other": other})
    elif top is not None:
        args["other"] = f"`{top.key}: {top.written}`"
        if top.value > above.value or (top.value == above.value and top.inside and above.inside):
            yield area.problem((*path, worse, top.key), "bands-overlap", args)
        elif top.value < above.value or not (top.inside or above.inside):
            yield area.problem((*path, worse, top.key), "bands-gap", args)


def _ends(band: Band | str, better: Better) -> _Ends:
    if not isinstance(band, Band):
        return _Ends(None, None)
    low, high = _end(band, ("at_least", "above")), _end(band, ("at_most", "below"))
    return _Ends(low, high) if better.higher else _Ends(_turned(high), _turned(low))


def _end(band: Band, keys: tuple[str, str]) -> _End | None:
    for key in keys:
        if (value := getattr(band, key)) is not None:
            return _End(value, key.startswith("at_"), key, value)
    return None


def _turned(end: _End | None) -> _End | None:
    return end and replace(end, value=-end.value)


def check_fineness(area: Part[Area], path: Path, bands: Bands, decimals: int) -> Found:
    """A boundary between two figures that rounding leaves is never met, so it says something else than it does."""
    for level, band in bands.items():
        for key in SIDES if isinstance(band, Band) else ():
            value = getattr(band, key)
            if value is not None and decimals_of(value) > decimals:
                args = {"level": level, "boundary": value, "decimals": decimals}
                yield area.problem((*path, level, key), "boundary-too-fine", args)


def decimals_of(value: Decimal) -> int:
    """How many decimals a number needs.

    >>> decimals_of(Decimal("0.50")), decimals_of(Decimal("100"))
    (1, 0)
    """
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
