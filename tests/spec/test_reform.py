"""Two placements of the same institutions held against each other, and who is nearest to an edge."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.small import NOW, STEPS, frame_of, ladder_of, plan_of
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.ladders import Additions, Ladder, Relief, Right
from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine import columns
from tilsyn.engine.effects import effects, hours_in_force
from tilsyn.engine.exact import Exact
from tilsyn.engine.nodes import Plan
from tilsyn.engine.working import Placement
from tilsyn.files.declarations import load_policy
from tilsyn.files.shipped import shipped_folder
from tilsyn.studies.counterfactual import what_would_move
from tilsyn.studies.reform import Flow, Side, finest, nearest, weigh, without_figures

REFERENCE = {"note": "x", "checked": "no"}


def duty(kind: str, hours: int, per: str | int = 1, **more: Any) -> dict[str, Any]:
    burden = {"hours": hours, "per": per, "each": "year", "source": "x"}
    return {"title": "x", "kind": kind, "reference": REFERENCE, "origin": "local", "protects": [], "burden": burden,
            **more}  # fmt: skip


REGISTER = Requirements.model_validate(
    {
        "tilsyn": 1,
        "from": "2000-01-01",
        "requirements_of": "område",
        "requirements": {
            "skema": duty("documentation", 10),
            "liste": duty("registration", 2, "antal"),
            "plan": duty("process", 7),
            "beskyttet": duty("documentation", 100, protects=["legal-security"]),
        },
    }
)


def ladder() -> Ladder:
    """Free sets documentation and registration aside and gives a right; support adds a plan."""
    made, means = ladder_of(steps=STEPS, initial="almindelig"), dict[str, dict[str, Any]]()
    means["fri"] = {"rights": ["ret"], "relieves": Relief(kinds=["documentation", "registration"])}
    means["støtte"] = means["intensiv"] = {"adds": Additions(requirements=["plan"])}
    right = Right.model_validate({"title": "x", "text": "x", "reference": REFERENCE})
    steps = {name: step.model_copy(update=means.get(name, {})) for name, step in made.steps.items()}
    return made.model_copy(update={"rights": {"ret": right}, "steps": steps})


LADDER = ladder()


def side(
    steps: Sequence[str | None],
    in_force: Sequence[str | None] | None = None,
    sizes: Sequence[float | None] | None = None,
    *,
    by: Ladder = LADDER,
    register: Requirements = REGISTER,
    places: Sequence[str | None] | None = None,
) -> Side:
    """Institutions i0, i1 … on some steps; 10 of whatever their hours are counted by."""
    count = len(steps)
    frame = pl.DataFrame(
        {
            "institution": [f"i{n}" for n in range(count)],
            "name": [None] * count,
            "step": list(steps),
            "in_force": list(in_force or steps),
            "reasons": ["stays"] * count,
            "antal": list(sizes or [10.0] * count),
            "sted": list(places or ["her"] * count),
        },
        schema_overrides={**dict.fromkeys(("name", "step", "in_force", "sted"), pl.String()), "antal": pl.Float64()},
    )
    return Side(by, register, frame)


# who moves


def test_both_ways_and_how_far() -> None:
    found = weigh(
        side(["almindelig", "almindelig", "fri", "støtte"]), side(["fri", "almindelig", "støtte", "intensiv"])
    )
    assert found.flows == (
        Flow("fri", "støtte", 3, 1), Flow("almindelig", "fri", -2, 1), Flow("almindelig", "almindelig", 0, 1),
        Flow("støtte", "intensiv", 1, 1),
    )  # fmt: skip
    assert (found.tally.count, found.tally.freer, found.tally.stricter, found.tally.apart) == (4, 1, 2, 0)
    assert [(m.institution, m.further) for m in found.movers] == [("i2", 3), ("i0", -2), ("i3", 1)], (
        "the farthest first"
    )


def test_without_a_step_nothing_can_be_compared_and_nobody_without_any_has_moved() -> None:
    found = weigh(side([None, None, "fri"]), side([None, "fri", None]))
    assert (found.tally.freer, found.tally.stricter, found.tally.apart, found.tally.moved) == (0, 0, 2, 2)
    assert {m.institution for m in found.movers} == {"i1", "i2"}
    assert found.hours["followed"].uncounted == 3


steps_of = st.lists(st.sampled_from([*STEPS, None]), min_size=1, max_size=12)


@given(steps_of)
def test_rules_held_against_themselves_move_nobody(steps: list[str | None]) -> None:
    found = weigh(side(steps), side(steps), by="sted", size="antal")
    assert (found.tally.moved, found.movers) == (0, ())
    assert all(hours.change == 0 for hours in found.hours.values())
    assert not any(found.duties.values())
    assert not any(found.rights.values())
    assert sum(part.tally.count for part in found.sizes) == sum(part.tally.count for part in found.parts) == len(steps)


@given(st.lists(st.tuples(*[st.sampled_from([*STEPS, None])] * 2), min_size=1, max_size=12))
def test_the_other_way_round_freer_is_stricter(pairs: list[tuple[str | None, str | None]]) -> None:
    one, other = side([p[0] for p in pairs]), side([p[1] for p in pairs])
    there, back = weigh(one, other), weigh(other, one)
    assert (there.tally.freer, there.tally.stricter) == (back.tally.stricter, back.tally.freer)
    assert there.hours["followed"].change == pytest.approx(-back.hours["followed"].change)
    assert {(d.requirement, d.lifted, d.imposed) for d in there.duties["followed"]} == {
        (d.requirement, d.imposed, d.lifted) for d in back.duties["followed"]
    }


def test_a_renamed_step_is_the_same() -> None:
    steps = {
        "hjælp" if name == "støtte" else name: step.model_copy(
            update={"formerly": ["x", name]} if name == "støtte" else {}
        )
        for name, step in LADDER.steps.items()
    }
    later = LADDER.model_copy(update={"steps": steps})
    found = weigh(side(["støtte", "fri"]), side(["hjælp", "hjælp"], by=later))
    assert [(f.before, f.after, f.further) for f in found.flows] == [("fri", "hjælp", 3), ("støtte", "hjælp", 0)]


# what it means


def test_burdens_and_rights_by_hand() -> None:
    """i0 loses freedom: 10 + 2 · 10 hours come back, and 7 for the plan. i1 gains it: 30 go. i2 gets the plan."""
    found = weigh(side(["fri", "almindelig", "almindelig"]), side(["støtte", "fri", "støtte"]))
    hours = found.hours["followed"]
    assert (hours.before, hours.after, hours.change, hours.uncounted) == (100 + 130 + 130, 137 + 100 + 137, 14, 0)
    duties = {d.requirement: (d.lifted, d.imposed, d.hours) for d in found.duties["followed"]}
    assert duties == {"skema": (1, 1, 0), "liste": (1, 1, 0), "plan": (0, 2, 14)}
    (right,) = found.rights["followed"]
    assert (right.right, right.gained, right.lost) == ("ret", 1, 1)
    assert [m.hours for m in found.movers] == [37, -30, 7]


def test_what_takes_effect_by_itself_is_told_apart() -> None:
    """i0 is recommended to fall, and stays as free as it was until somebody decides."""
    found = weigh(side(["fri", "almindelig"]), side(["støtte", "fri"], ["fri", "fri"]))
    assert found.hours["followed"].change == 37 - 30
    assert found.hours["by-itself"].change == -30
    assert [(r.gained, r.lost) for r in found.rights["by-itself"]] == [(1, 0)]


def test_a_requirement_that_is_only_in_one_register_comes_or_goes_for_all() -> None:
    less = REGISTER.model_copy(
        update={"requirements": {k: v for k, v in REGISTER.requirements.items() if k != "skema"}}
    )
    found = weigh(side(["almindelig", "almindelig"]), side(["almindelig", "almindelig"], register=less))
    (gone,) = found.duties["followed"]
    assert (gone.requirement, gone.lifted, gone.imposed, gone.hours) == ("skema", 2, 0, -20)
    assert (found.tally.moved, found.hours["followed"].change) == (0, -20)


def test_hours_that_cannot_be_counted_are_counted_as_such() -> None:
    found = weigh(side(["fri", "fri"], sizes=[None, 10]), side(["almindelig", "almindelig"], sizes=[None, 10]))
    assert (found.hours["followed"].change, found.hours["followed"].uncounted) == (30, 1)
    assert {(d.requirement, d.imposed, d.hours, d.uncounted) for d in found.duties["followed"]} == {
        ("skema", 2, 20, 0), ("liste", 2, 20, 1)
    }  # fmt: skip
    assert [m.hours for m in found.movers] == [None, 30]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_policy(shipped_folder())


def test_hours_in_force_are_the_exact_sum(catalogue: Catalogue) -> None:
    for area in catalogue.areas:
        policy = catalogue.on(area, catalogue.change_days(area)[-1])
        sizes = {name: 137.0 for name, kind in policy.area.attributes.items() if kind == "number"}
        for place, step in enumerate(policy.ladder.steps):
            frame = pl.DataFrame({"in_force": [step], **{name: [size] for name, size in sizes.items()}})
            (found,) = hours_in_force(policy.ladder, policy.requirements, frame)
            exact = effects(policy.ladder, policy.requirements, place, sizes).hours
            assert exact.whole is not None
            assert found == pytest.approx(float(exact.whole))


# divided


def test_by_text_in_order_and_those_without_last() -> None:
    places = ["Ø", "A", None, "A"]
    found = weigh(side(["fri"] * 4, places=places), side(["fri", "støtte", "støtte", "fri"], places=places), by="sted")
    assert [(p.value, p.tally.count, p.tally.stricter) for p in found.parts] == [("A", 2, 1), ("Ø", 1, 0), (None, 1, 1)]


def test_by_size_in_fifths() -> None:
    """Ten sizes: two in each fifth; equal sizes are never parted, and no size is a part of its own."""
    sizes = [50.0, 10, 20, 30, 40, 60, 70, 80, 90, 100, None]
    found = weigh(side(["fri"] * 11, sizes=sizes), side(["støtte"] + ["fri"] * 10, sizes=sizes), size="antal")
    assert [(p.least, p.most, p.tally.count, p.tally.stricter) for p in found.sizes] == [
        (10, 20, 2, 0), (30, 40, 2, 0), (50, 60, 2, 1), (70, 80, 2, 0), (90, 100, 2, 0), (None, None, 1, 0)
    ]  # fmt: skip
    same = weigh(side(["fri"] * 5, sizes=[7.0] * 5), side(["fri"] * 5, sizes=[7.0] * 5), size="antal")
    assert [(p.least, p.most, p.tally.count) for p in same.sizes] == [(7, 7, 5)]


@pytest.mark.parametrize(("most", "expected"), [(4, "by"), (3, "by"), (2, "art"), (1, None)])
def test_the_finest_text_that_is_not_too_fine(most: int, expected: str | None) -> None:
    frame = pl.DataFrame({"art": ["a", "b", "a", "a"], "by": ["x", "y", "z", None], "ens": ["q"] * 4})
    assert finest(frame, ["art", "by", "ens", "findes ikke"], most) == expected


# nearest to an edge

RULES = [
    {"goals_below.bedst": 0, "step": "fri"},
    {"goals_below.under": ">= 1", "step": "intensiv"},
    {"goals_below.god": ">= 1", "step": "støtte"},
    {"step": "almindelig"},
]


def placed(
    rows: Sequence[dict[str, Any]], movement: dict[str, Any] | None, **second: Any
) -> tuple[Plan, pl.DataFrame, dict[str, tuple[Exact, Placement]]]:
    goals = {"et": {"measure": "x", "evidence": {"method": "given/v1"}}, "to": {"measure": "y", **second}}
    area, plan = plan_of(
        goals=goals, ladder={"steps": STEPS, "initial": "almindelig", "rules": RULES, "movement": movement}
    )
    figures = frame_of(area, rows)
    frame = columns.read(plan, figures, period=NOW).with_columns(pl.col("institution").alias("name"))
    cases = {
        name: Exact(plan, figures.filter(pl.col("institution") == name).to_dicts()) for name in frame["institution"]
    }
    return plan, frame, {name: (case, case.place(name, NOW, None)) for name, case in cases.items()}


def row(x: float, y: float, half: float = 0.5) -> dict[str, Any]:
    return {"x": x, "x.low": x - half, "x.high": x + half, "y": y}


def test_the_nearest_by_hand() -> None:
    """Ordinary from 5 to 10. i1 falls with y at 4.99, 0.25 less; i2 with 2.51 less; i0, free in y, is free with x at
    10.5, where the whole of its interval is."""
    plan, frame, read = placed([row(9, 12), row(8, 5.24), row(7, 7.5)], {})
    spreads = {name: float(frame[name].std() or 0) for name in ("et", "to")}  # type: ignore[arg-type]
    found = nearest(plan, frame, read.__getitem__)
    first, second = found.found[:2]
    assert (first.institution, first.change.goal, first.change.to) == ("i1", "to", Fraction("4.99"))
    assert first.spreads == pytest.approx(0.25 / spreads["to"])
    assert (second.institution, second.change.goal, second.change.by) == ("i2", "to", Fraction("-2.51"))
    assert [n.institution for n in found.found] == ["i1", "i2", "i0"]
    assert (found.found[2].change.by, found.complete) == (Fraction("1.5"), True)


def test_the_nearest_is_the_same_to_the_last_digit_in_however_many_pieces_the_placements_lie() -> None:
    """As many as there are cores. Of pieces a spread comes out otherwise in its last digit."""
    plan, frame, read = placed([row(9.1, 12), row(8.3, 5.24), row(7.7, 7.5), row(6.9, 11.2), row(5.3, 9.9)], {})
    in_pieces = pl.concat([frame[:2], frame[2:]], rechunk=False)
    assert in_pieces["et"].std() != frame["et"].std()
    assert nearest(plan, in_pieces, read.__getitem__) == nearest(plan, frame, read.__getitem__)


figures_near = st.lists(
    st.tuples(st.integers(0, 120), st.integers(0, 120), st.integers(0, 20)), min_size=2, max_size=9, unique=True
)


@settings(max_examples=25, deadline=None)
@given(figures_near, st.sampled_from([{}, {"up": 1, "down": 1}, {"confirm": {"up": 2}}]), st.booleans())
def test_it_is_what_asking_everybody_gives(
    figures: list[tuple[int, int, int]], movement: dict[str, Any], lower: bool
) -> None:
    second: dict[str, Any] = {}
    if lower:
        levels = {"bedst": {"at_most": 2}, "god": {"at_most": 5}, "under": {"at_most": 10}, "dårlig": "otherwise"}
        second = {"better": "lower", "levels": levels}
    plan, frame, read = placed([row(x / 10, y / 10, half / 10) for x, y, half in figures], movement, **second)
    spreads = {name: float(frame[name].std() or 0) for name in ("et", "to")}  # type: ignore[arg-type]
    everybody: list[float] = []
    for exact, placement in read.values():
        found = what_would_move(exact, placement)
        ways = [way for way in (found.freer, found.stricter) if way.outlook == "open"]
        if "by-itself" in (found.freer.outlook, found.stricter.outlook):
            continue
        sizes = [
            abs(float(c.by)) / spreads[c.goal]
            for way in ways
            for c in way.goals
            if c.answer == "moves" and c.by is not None and spreads[c.goal]
        ]
        everybody += [min(sizes)] if sizes else []
    near = nearest(plan, frame, read.__getitem__, most=3)
    assert near.complete
    assert [n.spreads for n in near.found] == pytest.approx(sorted(everybody)[:3])


def test_a_search_that_is_given_up_says_so() -> None:
    plan, frame, read = placed([row(9, 12), row(8, 5.24), row(7, 7.5)], {})
    found = nearest(plan, frame, read.__getitem__, reads=1)
    assert not found.complete
    assert len(found.found) <= 1


def test_goals_without_any_figure_are_named() -> None:
    plan, frame, _ = placed([row(9, 12)], {})
    assert without_figures(plan, frame) == ()
    assert without_figures(plan, frame.with_columns(pl.lit(None, dtype=pl.Float64).alias("to"))) == ("to",)
