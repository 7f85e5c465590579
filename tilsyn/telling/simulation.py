"""A simulation told: what each setting does to institutions whose true quality is known, as text, data and picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import isfinite, nan
from typing import Any

from tilsyn.catalogue.policy import Policy
from tilsyn.studies.simulate import (
    CERTAIN,
    DECILES,
    FOUND,
    FREED,
    Figures,
    Kept,
    Setting,
    Simulated,
    kept,
    settled_from,
)
from tilsyn.telling.blocks import Block, Heading, Paragraph, Table
from tilsyn.telling.pictures import Chart, Line, picture
from tilsyn.telling.words import number, say


def _percent(share: float, lang: str, decimals: int = 1) -> str:
    return number(100 * share, decimals, lang) + " %" if isfinite(share) else "–"


def setting_name(setting: Setting, lang: str) -> str:
    """A setting in short: confidence up and down, and periods pooled."""
    if setting.naive:
        return say(lang, "simulation.naive")
    if setting == Setting():
        return say(lang, "simulation.declared")
    return f"{_confidence(setting, lang)} · {setting.pool or '–'}"


def _confidence(setting: Setting, lang: str) -> str:
    return "/".join(number(x, 2, lang) if x is not None else "–" for x in (setting.up, setting.down))


def _after(years: Sequence[float], wanted: int) -> float:
    """The share after so many years; not a number where so many were not simulated."""
    return years[wanted - 1] if len(years) >= wanted else nan


def simulation_report(found: Simulated, policy: Policy, seed: int, lang: str) -> list[Block]:
    """Blocks: how it was made, what each setting does, and the sizes apart."""
    ladder = policy.ladder
    steps = [step.title.get(lang) for step in ladder.steps.values()]

    def spread(counts: Sequence[int]) -> str:
        return ", ".join(f"{name} {number(n, 0, lang)}" for name, n in zip(steps, counts, strict=True))

    blocks: list[Block] = [
        Heading(say(lang, f"simulation.title-{found.story}", area=policy.area.title.get(lang))),
        Paragraph(
            say(lang, f"simulation.made-{found.story}", units=number(found.units, 0, lang), years=found.years,
                seed=str(seed), many=policy.area.unit.many.get(lang), spread=spread(found.true_steps),
                small=spread(found.true_steps_small)),
            "faint",
        ),
        Paragraph(say(lang, f"simulation.about-{found.story}", found=FOUND, freed=FREED,
                      settled=settled_from(found.years)), "faint"),
        Paragraph(say(lang, "simulation.sizes-recorded" if found.recorded else "simulation.sizes-declared",
                      count=found.recorded), "faint"),
        *_aims(found, policy, lang),
        _settings(found, lang),
        _sizes(found, lang),
        _years(found, lang),
    ]  # fmt: skip
    return blocks


def _aims(found: Simulated, policy: Policy, lang: str) -> Iterator[Block]:
    """What the ladder itself says that chance may do, and what it does; about institutions that do not change."""
    aims = policy.ladder.aims
    if aims is None or found.story != "constant":
        return
    columns = ("aim", "limit", "is", "of", "surely", "kept")
    heads = tuple(say(lang, f"simulation.aims.{column}", certain=int(100 * CERTAIN)) for column in columns)
    held = kept(found, aims)
    rows = tuple(
        (
            say(lang, f"simulation.aims.{one.aim}"),
            _percent(float(one.limit), lang),
            _percent(one.found, lang, 2),
            number(one.of, 0, lang),
            _range(one, lang),
            say(lang, f"simulation.aims.{'open' if one.kept is None else 'yes' if one.kept else 'no'}"),
        )
        for one in held
    )
    yield Table(say(lang, "simulation.aims.title"), heads, rows, (1, 2, 3, 4))
    if any(one.kept is None for one in held):
        yield Paragraph(say(lang, "simulation.aims.about-open"), "faint")


def _range(one: Kept, lang: str) -> str:
    """Between what the true share lies; nothing where it may be any."""
    if one.high - one.low == 1:
        return "–"
    return number(100 * one.low, 2, lang) + "–" + _percent(float(one.high), lang, 2)


def _years(found: Simulated, lang: str) -> Table:
    """How soon the failing are found and the excellent freed, by the first setting and by the naive ladder."""
    both = (found.figures[0], found.figures[-1])
    naive = say(lang, "simulation.naive")
    heads = [head for column in ("found", "freed") for head in (say(lang, f"simulation.columns.{column}"), naive)]
    shown = [shares for column in ("found", "freed") for shares in (getattr(both[0], column), getattr(both[1], column))]
    rows = tuple(
        (str(year + 1), *(_percent(shares[year], lang) for shares in shown)) for year in range(len(both[0].found))
    )
    title = say(lang, "simulation.years", setting=setting_name(both[0].setting, lang))
    return Table(title, (say(lang, "simulation.year"), *heads), rows, tuple(range(len(heads) + 1)))


def _settings(found: Simulated, lang: str) -> Table:
    columns = (
        "setting",
        "moves",
        "wronged-small",
        "true",
        "true-small",
        "found",
        "found-small",
        "freed",
        "freed-small",
    )
    rows = tuple(
        (
            setting_name(f.setting, lang),
            _percent(f.moves, lang),
            _percent(f.wronged_of[0], lang, 2),
            _percent(f.true, lang),
            _percent(f.true_of[0], lang),
            _percent(_after(f.found, FOUND), lang),
            _percent(_after(f.found_of[0], FOUND), lang),
            _percent(_after(f.freed, FREED), lang),
            _percent(_after(f.freed_of[0], FREED), lang),
        )
        for f in found.figures
    )
    names = tuple(say(lang, f"simulation.columns.{c}") for c in columns)
    concerned = (say(lang, "simulation.of-how-many"), *(number(n, 0, lang) for n in _concerned(found)))
    return Table(say(lang, "simulation.settings"), names, (concerned, *rows), tuple(range(1, len(columns))))


def _concerned(found: Simulated) -> Iterator[int]:
    """How many institutions each column of the settings is a share of."""
    every, small = found.true_steps, found.true_steps_small
    yield sum(every)
    yield sum(small[: found.initial + 1])
    yield from (sum(every), sum(small))
    yield from (every[-1], small[-1])
    yield from (every[0], small[0])


def _sizes(found: Simulated, lang: str) -> Table:
    both = (found.figures[0], found.figures[-1])
    names = [setting_name(figures.setting, lang) for figures in both]
    shown = (("true", 1), ("moves", 1), ("wronged", 2))
    rows = tuple(
        (
            str(decile + 1),
            *(_percent(getattr(f, f"{column}_of")[decile], lang, places) for column, places in shown for f in both),
        )
        for decile in range(DECILES)
    )
    heads = [
        head
        for column, _ in shown
        for head in (say(lang, f"simulation.columns.{column}"), say(lang, "simulation.naive"))
    ]
    title = say(lang, "simulation.sizes", setting=names[0])
    return Table(title, (say(lang, "simulation.columns.tenth"), *heads), rows, tuple(range(len(heads) + 1)))


def simulation_data(found: Simulated, policy: Policy, seed: int) -> dict[str, Any]:
    """The same as data: shares as numbers, null where nobody is concerned."""
    aims = policy.ladder.aims
    held = kept(found, aims) if aims is not None and found.story == "constant" else ()
    return {
        "story": found.story, "units": found.units, "years": found.years, "seed": seed,
        "recorded_sizes": found.recorded,
        "true_steps": list(found.true_steps), "true_steps_small": list(found.true_steps_small),
        "aims": [
            {"aim": one.aim, "limit": float(one.limit), "found": _plain(one.found), "of": one.of,
             "low": float(one.low), "high": float(one.high), "kept": one.kept}
            for one in held
        ],
        "settings": [_figures(f) for f in found.figures],
    }  # fmt: skip


def _figures(figures: Figures) -> dict[str, Any]:
    setting = figures.setting
    data: dict[str, Any] = {
        "naive": setting.naive,
        "confidence_up": _float(setting.up),
        "confidence_down": _float(setting.down),
        "pool": setting.pool,
    }
    for name in ("moves", "wronged", "denied", "true", "found", "freed"):
        data[name] = _plain(getattr(figures, name))
        data[f"{name}_by_size"] = _plain(getattr(figures, f"{name}_of"))
    return data


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
    return value if isfinite(value) else None


def simulation_picture(found: Simulated, policy: Policy, lang: str) -> str:
    """An SVG: true steps by size, how soon the failing are found and the excellent freed, and the settings."""
    title = say(lang, f"simulation.title-{found.story}", area=policy.area.title.get(lang))
    return picture(title, list(_charts(found, lang)), lang=lang)


def _charts(found: Simulated, lang: str) -> Iterator[Chart]:
    first, naive = found.figures[0], found.figures[-1]
    deciles = tuple(str(n + 1) for n in range(DECILES))
    both = (first, naive)
    names = [setting_name(f.setting, lang) for f in both]
    axis = say(lang, "simulation.columns.decile")
    for column in ("true", "moves"):
        lines = tuple(Line(name, getattr(f, f"{column}_of")) for name, f in zip(names, both, strict=True))
        yield Chart(say(lang, f"simulation.columns.{column}"), axis, deciles, lines)
    years = tuple(str(n + 1) for n in range(len(first.found)))
    for column in ("found", "freed"):
        lines = tuple(Line(name, getattr(f, column)) for name, f in zip(names, both, strict=True))
        yield Chart(say(lang, f"simulation.charts.{column}"), say(lang, "simulation.year"), years, lines)
    gridded = [f for f in found.figures if not f.setting.naive and f.setting != Setting()]
    for pool in dict.fromkeys(f.setting.pool for f in gridded):
        of_pool = [f for f in gridded if f.setting.pool == pool]
        lines = (
            Line(say(lang, "simulation.columns.true"), tuple(f.true for f in of_pool)),
            Line(say(lang, "simulation.columns.moves"), tuple(f.moves for f in of_pool)),
            Line(say(lang, "simulation.columns.found"), tuple(_after(f.found, FOUND) for f in of_pool)),
            Line(say(lang, "simulation.columns.freed"), tuple(_after(f.freed, FREED) for f in of_pool)),
        )
        title = say(lang, "simulation.charts.pool", pool=pool)
        axis = say(lang, "simulation.charts.confidence")
        yield Chart(title, axis, tuple(_confidence(f.setting, lang) for f in of_pool), lines)
