"""Simulation, held to what can be worked out: binomial probabilities, the columns reading, and a world without noise.

What a sample draws is tested by itself (test_sample.py); here is what is counted over the years.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from itertools import product
from math import comb, isnan, sqrt
from typing import Any

import numpy as np
import polars as pl
import pytest
from msgspec.structs import replace

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.ladders import Aims
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.samples import Places, Sample
from tilsyn.engine import columns
from tilsyn.engine.intervals import wilson
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import make_plan
from tilsyn.files.declarations import load_policy
from tilsyn.files.shipped import shipped_folder
from tilsyn.services.rules import first_period
from tilsyn.studies import simulate as study
from tilsyn.studies.simulate import DECILES, FREED, Figures, Kept, Setting, Simulated, Story, grid, kept, simulate

from .small import STEPS, plan_of

UNITS, YEARS, N = 10_000, 12, 100

PLACES = Places.model_validate(
    {
        "tilsyn": 1, "from": "2000-01-01", "places": "steder", "title": "x", "measured_in": "x", "source": "x",
        "members": {"Et sted": {"region": "x", "weight": 1}},
    }
)  # fmt: skip

NOBODY = {"share": "0 %", "shift": 0}
SHARES = {"bedst": {"at_least": 0.6}, "god": {"at_least": 0.5}, "under": {"at_least": 0.4}, "dårlig": "otherwise"}
STEP_OF = {"bedst": "fri", "god": "almindelig", "under": "støtte", "dårlig": "intensiv"}
RULES = [{"mål": level, "step": step} for level, step in STEP_OF.items()]
WILSON = {"method": "wilson/v1", "confidence": {"up": "0.9", "down": "0.8"}}


def world(**goal: Any) -> tuple[Area, Plan]:
    """A share of a hundred persons, with a step for each of its levels."""
    declared = {"measure": "andel", "levels": SHARES, "decimals": 4, **goal}
    ladder = {"steps": STEPS, "initial": "almindelig", "rules": RULES, "movement": {"up": 1, "down": 1}}
    return plan_of(goals={"mål": declared}, ladder=ladder)


def sample_of(share: float, *, sd: float = 0, n: int | None = N) -> Sample:
    """Institutions whose true share is the same, or differs; about as many persons, or as many as their size."""
    persons = {"fixed": n} if n else {"of_size": 1}
    return Sample.model_validate(
        {
            "tilsyn": 1, "from": "2000-01-01", "sample": "område", "about": "x", "where": "steder", "institutions": 1,
            "size": {"attribute": "antal", "median": 100, "spread": 0.5, "at_least": 10, "at_most": 1000},
            "attributes": {"art": {"values": {"a": "100 %"}}, "findes": {"share": "100 %"}},
            "names": {"form": "{place}", "parts": {}},
            "quality": {"drift": 0.3, "pull": "10 %", "excel": NOBODY, "fail": NOBODY},
            "indicators": {"andel": {"truth": {"mean": share, "sd": sd}, "n": persons, "drift": 0.01,
                                     "missing": {"suppressed": "10 %"}}},
            "emergencies": {"indicator": "ja", "share": "5 %"},
            "life": dict.fromkeys(("opens", "closes", "merges", "silent"), "2 %"),
        }
    )  # fmt: skip


def simulated(made: tuple[Area, Plan], sample: Sample, *settings: Setting, story: Story = "constant") -> Simulated:
    return simulate(
        *made, sample, PLACES, settings, first=Period("calendar-year", 2010), units=UNITS, years=YEARS,
        generator=np.random.default_rng(7), story=story,
    )  # fmt: skip


def chances(p: float) -> list[float]:
    """The probability of each count of a hundred."""
    return [comb(N, x) * p**x * (1 - p) ** (N - x) for x in range(N + 1)]


def level_of(share: Fraction) -> str:
    cuts = {"bedst": Fraction("0.6"), "god": Fraction("0.5"), "under": Fraction("0.4")}
    return next((level for level, cut in cuts.items() if share >= cut), "dårlig")


def pointed_to(p: float) -> dict[str, float]:
    """The probability of each step that a year's figure points to."""
    each = defaultdict[str, float](float)
    for x, chance in enumerate(chances(p)):
        each[STEP_OF[level_of(Fraction(x, N))]] += chance
    return each


def near(found: float, chance: float, of: int = UNITS) -> None:
    """Within four standard errors of what it must be."""
    assert abs(found - chance) < 4 * sqrt(chance * (1 - chance) / of) + 1e-12, (found, chance)


# closed forms


@cache
def of_the_naive(p: float) -> Figures:
    return simulated(world(), sample_of(p)).figures[-1]


@pytest.mark.parametrize("p", [0.5, 0.47, 0.62])
def test_without_doubt_chance_is_binomial(p: float) -> None:
    """The naive ladder puts each year's own figure on its step, one step at a time; from two steps away in a year."""
    moves = _one_step_at_a_time(pointed_to(p))
    stands = np.linalg.matrix_power(moves, YEARS)[STEPS.index("almindelig")]
    naive, truth = of_the_naive(p), STEPS.index(STEP_OF[level_of(Fraction(str(p)))])
    near(naive.true, stands[truth])
    settled = [np.linalg.matrix_power(moves, year)[STEPS.index("almindelig")] for year in range(6, YEARS)]
    stays = float(np.mean([now @ np.diag(moves) for now in settled]))
    assert naive.moves == pytest.approx(1 - stays, abs=0.004)


def _one_step_at_a_time(each: Mapping[str, float]) -> Any:
    """The transition matrix of a ladder that goes one step towards where the year's figure points."""
    matrix = np.zeros((len(STEPS), len(STEPS)))
    for (now, _), (there, step) in product(enumerate(STEPS), enumerate(STEPS)):
        matrix[now, now + int(np.sign(there - now))] += each[step]
    return matrix


def test_ever_wrongly_on_the_strictest_step_is_a_first_passage() -> None:
    """A true share of 0.47 belongs on `støtte`, so nobody is wronged there; one of 0.50 belongs on the initial step."""
    assert isnan(of_the_naive(0.47).wronged)
    moves = _one_step_at_a_time(pointed_to(0.5))
    moves[-1] = np.eye(len(STEPS))[-1]
    near(of_the_naive(0.5).wronged, np.linalg.matrix_power(moves, 10)[STEPS.index("almindelig")][-1])


def test_with_an_interval_only_what_is_certain_moves() -> None:
    """A true share of 0.38: it goes down in a year when the better end of Wilson's interval is below the limit."""
    found = simulated(world(evidence=WILSON), sample_of(0.38), Setting()).figures[0]
    down = sum(
        chance
        for x, chance in enumerate(chances(0.38))
        if round(wilson(Fraction(x), Fraction(N), Fraction("0.8"))[1], 4) < Fraction("0.5")
    )
    assert 0.5 < down < 0.95
    near(found.found[0], down)


def test_more_confidence_moves_fewer() -> None:
    made = world(evidence=WILSON)
    pairs = [(Fraction(c), Fraction(c)) for c in ("0.5", "0.8", "0.95")]
    found = simulated(made, sample_of(0.5, sd=0.1), *grid(pairs, [1, 3])).figures
    one, three, naive = found[:3], found[3:6], found[-1]
    assert [f.setting.pool for f in found] == [1, 1, 1, 3, 3, 3, None]
    assert naive.moves > one[0].moves > one[1].moves > one[2].moves
    assert all(a.moves > b.moves for a, b in zip(one, three, strict=True))
    assert all(a.true < b.true for a, b in zip(one, three, strict=True))


# a world without noise


def test_without_noise_everybody_reaches_the_true_step_and_stays() -> None:
    sample = sample_of(0.5, sd=0.06, n=100_000_000)
    found = simulated(world(evidence=WILSON), sample, Setting())
    assert min(found.true_steps[n] for n in (0, 2, 3, 4)) > 250 > sum(found.true_steps_small) / 5
    assert found.true_steps[1] == 0
    for figures in found.figures:
        assert figures.true > 0.999
        assert (figures.wronged, figures.denied) == (0, 0)
        assert figures.moves < 0.001
        assert figures.found[:2] == (figures.found[0], figures.found[-1])
        assert figures.freed[0] == 0
        assert figures.freed[1] > 0.99


def test_what_changes_is_counted_from_the_change() -> None:
    """A step a year: who comes to fail is found in three years, even from the freest step; nobody is on the second."""
    sample = sample_of(0.5, sd=0.06, n=100_000_000)
    found = simulated(world(evidence=WILSON), sample, Setting(), story="changes")
    (figures, _) = found.figures
    assert len(figures.found) == YEARS
    assert 0.3 < figures.found[0] < 1
    assert figures.found[0] == figures.found[1] < figures.found[2]
    assert figures.found[2] > 0.99
    assert figures.freed[0] == 0
    assert figures.freed[1] < figures.freed[2] < figures.freed[3]
    assert figures.freed[3] > 0.99


# the same placement as everybody's


@pytest.mark.parametrize("name", sorted(path.stem for path in (shipped_folder() / "goals").glob("*.yaml")))
def test_steps_are_those_that_place_gives(name: str) -> None:
    """Years that are judged together get the steps that the columns reading gives each year, with the state before."""
    catalogue = load_policy(shipped_folder())
    policy, sample = catalogue.on(name, catalogue.change_days(name)[-1]), catalogue.samples[name]
    plan = make_plan(policy.area, policy.own_ladder)
    made = study._World(policy.area, plan, sample, catalogue.places[sample.where], 150, np.random.default_rng(3))
    before, years = 4, 5
    made.draw(first_period(policy).before(before), before + years)
    together = made.placed(plan, before, years, lambda: None)
    states: pl.DataFrame | None = None
    timeless = study._timeless(plan)
    for year in range(before, before + years):
        figures = pl.concat([made.frames[y] for y in range(max(0, year - 4), year + 1)])
        found = columns.read(timeless, figures, period=year, states=states)
        states = study._states(found, plan)
        assert states["step"].to_list() == together[:, year - before].tolist()
    assert len(set(together.ravel().tolist())) > 2


def test_it_is_seeded_and_settings_do_not_disturb_each_other() -> None:
    made, sample = world(evidence=WILSON), sample_of(0.5, sd=0.1)
    alone = simulated(made, sample, Setting())
    beside = simulated(made, sample, Setting(), Setting(pool=1), Setting(up=Fraction("0.5")))
    assert beside.figures[0] == alone.figures[0]
    assert beside.figures[-1] == alone.figures[-1]
    assert beside.figures[1] == replace(alone.figures[0], setting=Setting(pool=1))
    assert beside.figures[2] != replace(alone.figures[0], setting=Setting(up=Fraction("0.5")))


def test_shares_by_size_are_tenths() -> None:
    """Every tenth counts as much, and the smallest comes first: with persons by size it is the least certain."""
    (figures, naive) = simulated(world(evidence=WILSON), sample_of(0.5, sd=0.1, n=None), Setting()).figures
    assert np.mean(naive.true_of) == pytest.approx(naive.true)
    assert naive.moves_of[0] > naive.moves_of[4] > naive.moves_of[9]
    assert figures.true_of[0] < figures.true_of[9]


# what a ladder aims at


def held(aim: str, limit: str, **figures: Any) -> Kept:
    """One aim, held against some figures of a thousand institutions; the naive ladder's are those of the first setting
    but for `naive`."""
    of, naive = figures.pop("of", 0), figures.pop("naive", {})
    nothing, tenths, years = 0.5, (0.5,) * DECILES, (0.5,) * FREED
    first = Figures(
        Setting(), moves=nothing, moves_worth=1000, moves_of=tenths, wronged=nothing, wronged_of=tenths, denied=nothing,
        denied_of=tenths, true=nothing, true_of=tenths, found=years, found_of=(years,) * DECILES, freed=years,
        freed_of=(years,) * DECILES,
    )  # fmt: skip
    both = (replace(first, **figures), replace(first, setting=Setting(naive=True), **naive))
    found = Simulated("constant", 1000, FREED, 2, (of, 0, 0, 0, of), (of, 0, 0, 0, of), both)
    (one,) = kept(found, Aims.model_validate({aim: limit, "reference": {"note": "x", "checked": "no"}}))
    return one


def of_small(share: float, of: int, limit: str) -> Kept:
    return held("freed_small", limit, of=of, freed_of=((share,) * FREED,) * DECILES)


@pytest.mark.parametrize(
    ("share", "of", "verdict"),
    [
        (18 / 37, 37, None),  # below the limit, but so few that it may as well be above
        (27 / 47, 47, None),
        (570 / 1000, 1000, True),
        (430 / 1000, 1000, False),
        (36 / 50, 50, True),
        (10 / 50, 50, False),
        (1, 5, True),
        (1, 4, None),  # four of four is nothing that chance could not do to a half
        (0, 4, None),
        (float("nan"), 0, None),
    ],
)
def test_an_aim_is_kept_or_missed_only_where_the_simulation_can_tell(
    share: float, of: int, verdict: bool | None
) -> None:
    one = of_small(share, of, "50 %")
    assert one.kept is verdict
    low, high = wilson(Fraction(share) * of, Fraction(of), Fraction("0.95")) if of > 4 else (Fraction(0), Fraction(1))
    assert (float(one.low), float(one.high)) == pytest.approx((float(low), float(high)), abs=1e-9)


@pytest.mark.parametrize(("share", "verdict"), [(0, True), (0.005, None), (0.02, False)])
def test_an_upper_limit_is_held_from_the_other_side(share: float, verdict: bool | None) -> None:
    assert held("wronged_small", "0.5 %", of=1900, wronged_of=(share,) * DECILES).kept is verdict


@pytest.mark.parametrize(("share", "verdict"), [(1, None), (0.99, False)])
def test_all_is_missed_by_one_that_is_not_and_kept_by_no_number(share: float, verdict: bool | None) -> None:
    assert of_small(share, 1000, "100 %").kept is verdict


@pytest.mark.parametrize(
    ("true", "naive", "between", "verdict"),
    [
        (0.8, 0.5, (1, 1), True),
        (0.5, 0.8, (0, 0), False),
        (0.55, 0.5, (0, 1), None),  # a hundred in a tenth: either may be the better
        (0.5, 0.5, (0, 1), None),
    ],
)
def test_a_tenth_counts_where_the_two_ladders_are_surely_apart(
    true: float, naive: float, between: tuple[int, int], verdict: bool | None
) -> None:
    one = held("better_than_naive", "100 %", true_of=(true,) * DECILES, naive={"true_of": (naive,) * DECILES})
    assert ((one.low, one.high), one.kept) == (between, verdict)
    others = held("better_than_naive", "50 %", true_of=(true,) * 5 + (0.98,) * 5, naive={"true_of": (naive,) * DECILES})
    assert others.kept is True


def test_years_of_one_institution_tell_of_its_moves_as_much_as_they_differ() -> None:
    """Were every year a draw of its own, a thousand institutions would tell as much in six years as six thousand in
    one; where each always or never moves, no more than a thousand."""
    draws = np.random.default_rng(1).random((1000, 6)) < 0.05
    assert study._worth(draws.mean(axis=1), draws.mean()) == pytest.approx(6000, rel=0.15)
    assert study._worth(draws[:, 0] * 1.0, draws[:, 0].mean()) == pytest.approx(1000)
    assert study._worth(np.zeros(1000), 0) == 1000
    naive = of_the_naive(0.5)
    assert UNITS < naive.moves_worth < 3 * UNITS * (YEARS - 6)


def test_the_moves_of_other_draws_lie_where_the_interval_says() -> None:
    """Of forty parts of a simulation about one in twenty has an interval beside what all of them do."""
    parts, (area, plan) = 40, world(evidence=WILSON)
    made = study._World(area, plan, sample_of(0.5, sd=0.06), PLACES, UNITS, np.random.default_rng(7))
    made.draw(Period("calendar-year", 2010), YEARS)
    steps, truth = made.placed(plan, 0, YEARS, lambda: None), made.truth(0)

    def counted(among: Any) -> Figures:
        every = np.ones(len(among), dtype=bool)
        return study._counted(Setting(), plan, steps[among], truth[among], made.deciles[among], every)

    everybody = np.arange(UNITS)
    moves = counted(everybody).moves
    between = [study._surely(part.moves, part.moves_worth) for part in map(counted, np.array_split(everybody, parts))]
    assert sum(not low <= moves <= high for low, high in between) <= 6
