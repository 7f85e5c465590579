"""The schools of Denmark on open figures: every one is placed, both readings agree, and what can be counted in the
published file without the engine is counted there and held against the placements.

Nothing published says which step a school belongs on; it is the reading, the missing figures and the movement that
are tested here, on figures as they really come. `-s` prints how the schools are spread over the steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tilsyn.catalogue.periods import parse_period
from tilsyn.engine.nodes import Plan
from tilsyn.files.column_map import read_column_map
from tilsyn.files.figures import Figures
from tilsyn.files.observations import read_figures
from tilsyn.services.cases import run_cases
from tilsyn.services.rules import bound, checked

from ..generative.readings import differences, read_columns, read_exact

FOLDER = Path(__file__).resolve().parents[2] / "rules" / "regimes" / "danske_skoler"
AREA, FILE, REGIONS = "skoler", "dk_schools_2024_25.csv", "dk_municipality_region.csv"
PERIOD = parse_period("school-year", "2024/25")

GOALS = ("faglighed", "videre_i_uddannelse", "trivsel_i_skolen", "fremmøde")
NINTH = GOALS[:2]
STEPS = ("fri", "tillid", "almindelig", "støtte", "intensiv")
WEIGHTS = dict(zip(GOALS, (45, 20, 20, 15), strict=True))
POINTS = {"stærk": 100, "opfyldt": 75, "under": 35, "kritisk": 0}


@dataclass(frozen=True)
class Schools:
    """The published file as it is, what was read of it, and the placements."""

    published: pl.DataFrame
    figures: Figures
    plan: Plan
    placed: pl.DataFrame


@pytest.fixture(scope="module")
def schools(truth: Path) -> Schools:
    assert PERIOD is not None
    policy, plan = bound(checked(FOLDER), AREA, PERIOD)
    wanted = read_column_map(FOLDER / "columns.yaml")
    figures = read_figures([truth / FILE], policy.area, period=PERIOD, column_map=wanted)
    placed = pl.DataFrame(list(read_columns(plan, figures.frame, PERIOD.index, {}).values()), infer_schema_length=None)
    published = pl.read_csv(truth / FILE, schema_overrides={"id": pl.String})
    return Schools(published, figures, plan, placed)


def ninth_grade() -> pl.Expr:
    """What the column map infers, said once more without it: true, false, or null where nobody can tell."""
    has = pl.any_horizontal(pl.col("grade_avg", "socref_diff", "to_youth_education_pct").is_not_null())
    has_none = pl.col("type").is_in(["f", "p"]) & pl.col("class_size").is_not_null() & (pl.col("pupils") >= 50)
    return pl.when(has).then(True).when(has_none).then(False).alias("ninth")


def with_figure() -> list[pl.Expr]:
    """Which goals have a figure in the published file, by their names."""
    there = (
        pl.col("socref_diff").is_not_null() & pl.col("socref_band").is_not_null(),
        pl.col("to_youth_education_pct").is_not_null() & pl.col("pupils").is_not_null(),
        pl.col("wellbeing_general").is_not_null(),
        (pl.col("absence_pct") >= 1).fill_null(False),
    )
    return [expr.alias(goal) for goal, expr in zip(GOALS, there, strict=True)]


def private() -> pl.Expr:
    """Private and free schools, and efterskoler: no school of these kinds has well-being or absence in the file."""
    return pl.col("type").is_in(["p", "e"])


def by_hand(published: pl.DataFrame) -> pl.DataFrame:
    return published.select("id", "type", ninth_grade(), *with_figure())


def test_the_declarations_hold_and_their_cases_pass() -> None:
    catalogue = checked(FOLDER)
    assert [(str(r.case.name.da), r.differences) for r in run_cases(catalogue, catalogue.areas) if r.differences] == []


def test_every_school_is_read(schools: Schools) -> None:
    assert schools.published.height == 2303
    assert schools.figures.frame["institution"].sort().equals(schools.published["id"].sort(), check_names=False)
    refused = {(r.column, r.code, r.value) for r in schools.figures.refused}
    assert {(column, code) for column, code, _ in refused} == {("absence_pct", "outside-range")}
    too_little = schools.published.filter(pl.col("absence_pct") < 1)
    assert len(schools.figures.refused) == too_little.height
    # rows are counted as in a spreadsheet: the heading is row 1
    rows = schools.published.with_row_index("row", 2).filter(pl.col("absence_pct") < 1)["row"].to_list()
    assert [r.row for r in schools.figures.refused] == rows


def test_both_readings_agree_on_every_school(schools: Schools) -> None:
    assert PERIOD is not None
    law = read_exact(schools.plan, schools.figures.frame, PERIOD.index, {})
    swept = read_columns(schools.plan, schools.figures.frame, PERIOD.index, {})
    assert len(law) == 2303
    assert list(differences(schools.plan, law, swept)) == []


def test_the_published_word_names_the_levels(schools: Schools) -> None:
    found = schools.published.join(schools.placed, left_on="id", right_on="institution", validate="1:1")
    words = found.filter(pl.col("socref_band").is_not_null())
    assert words.height == 1223
    at = words.group_by("socref_band", "faglighed.level_worst", "faglighed.level", "faglighed.level_best").len()
    far = words.filter((pl.col("socref_band") == "Under niveau") & (pl.col("socref_diff") <= -0.8)).height
    below = words.filter(pl.col("socref_band") == "Under niveau").height
    above = words.filter(pl.col("socref_band") == "Over niveau").height
    assert sorted(at.iter_rows()) == [
        ("Over niveau", "stærk", "stærk", "stærk", above),
        ("På niveau", "opfyldt", "opfyldt", "opfyldt", 1223 - above - below),
        ("Under niveau", "kritisk", "kritisk", "under", far),
        ("Under niveau", "kritisk", "under", "under", below - far),
    ]


def test_a_school_without_a_ninth_grade_is_not_concerned(schools: Schools) -> None:
    hand = by_hand(schools.published)
    none = set(hand.filter(~pl.col("ninth"))["id"])
    for goal in NINTH:
        outside = schools.placed.filter(pl.col(f"{goal}.missing") == "not-applicable")
        assert set(outside["institution"]) == none
    shown = hand.filter(pl.any_horizontal(NINTH))
    assert not none & set(shown["id"])


def test_private_schools_and_efterskoler_are_judged_by_the_ninth_grade_alone(schools: Schools) -> None:
    """The file has neither well-being nor absence of a single one, so it can't be that one school lacks it."""
    closed = schools.published.filter(private())
    assert closed.height == 545 + 241
    assert closed.select("wellbeing_general", "absence_pct").null_count().row(0) == (closed.height,) * 2
    for goal in GOALS[2:]:
        outside = schools.placed.filter(pl.col(f"{goal}.missing") == "not-applicable")
        assert set(outside["institution"]) == set(closed["id"])
    found = closed.join(schools.placed, left_on="id", right_on="institution", validate="1:1")
    assert set(found.filter("assessed")["applicable"]) == {WEIGHTS["faglighed"] + WEIGHTS["videre_i_uddannelse"]}


def test_few_ninth_grades_are_overlooked(schools: Schools) -> None:
    """Grades and transition are published apart from each other. Where both exist one of them is so seldom missing
    that both can't often be: capture-recapture, on the schools whose silence is read as having no 9th grade."""
    grades, transition = pl.col("grade_avg").is_not_null(), pl.col("to_youth_education_pct").is_not_null()
    alike = schools.published.filter(pl.col("class_size").is_not_null() & (pl.col("pupils") >= 50))
    for kind, most in (("f", 1), ("p", 2)):
        both, one, other = (
            alike.filter((pl.col("type") == kind) & which).height
            for which in (grades & transition, grades & ~transition, ~grades & transition)
        )
        assert one * other / both < most


def test_why_a_figure_is_missing(schools: Schools) -> None:
    hand = by_hand(schools.published)
    found = hand.join(schools.placed, left_on="id", right_on="institution", validate="1:1")
    for goal in NINTH:
        reason = f"{goal}.missing"
        assert set(found.filter(pl.col("ninth").is_null())[reason]) == {"not-submitted"}
        without = found.filter(pl.col("ninth") & ~pl.col(goal))
        assert set(without[reason]) <= {"suppressed", "not-submitted"}
    ninth = found.filter(pl.col("ninth"))
    assert set(ninth.filter(~pl.col("faglighed"))["faglighed.missing"]) == {"suppressed"}
    # two municipal schools have a transition and no number of pupils: without a size there is no interval
    assert ninth.filter(pl.col("videre_i_uddannelse.missing") == "not-submitted").height == 2
    without = found.filter(~pl.col("trivsel_i_skolen") & ~private())
    assert set(without["trivsel_i_skolen.missing"]) == {"not-submitted"}
    for goal in GOALS:
        assert set(found.filter(pl.col(goal))[f"{goal}.missing"]) <= {None}


def test_exactly_those_with_too_little_are_not_assessed(schools: Schools) -> None:
    hand = by_hand(schools.published)
    applies = {goal: pl.col("ninth").fill_null(True) if goal in NINTH else ~private() for goal in GOALS}
    applicable = pl.sum_horizontal(applies[goal].cast(pl.Int64) * WEIGHTS[goal] for goal in GOALS)
    covered = pl.sum_horizontal((applies[g] & pl.col(g)).cast(pl.Int64) * WEIGHTS[g] for g in GOALS)
    # where no goal concerns a school there is nothing to assess it by
    too_little = set(hand.filter((covered * 100 < applicable * 60) | (applicable == 0))["id"])
    assert set(schools.placed.filter(~pl.col("assessed"))["institution"]) == too_little
    # with a 9th grade nobody is assessed without the goal that takes the intake into account
    ninth = schools.placed.filter(pl.col("assessed") & (pl.col("faglighed.missing") != "not-applicable"))
    assert ninth.height == 0


def test_silence_frees_nobody(schools: Schools) -> None:
    silent = schools.placed.filter(~pl.col("assessed"))
    assert set(silent["step"]) == {"almindelig"}
    assert set(silent["reasons"]) == {"not-assessed"}
    assert silent["step_point"].null_count() == silent.height
    nothing = by_hand(schools.published).filter(~pl.any_horizontal(GOALS))
    assert nothing.height > 400
    assert set(nothing["id"]) <= set(silent["institution"])


def expected_step(school: dict[str, object]) -> str:
    """The step of a school with all four figures, worked out with no more than arithmetic."""

    def level(value: float, *cuts: float) -> str:
        best_first = zip(("stærk", "opfyldt", "under"), cuts, strict=True)
        return next((name for name, cut in best_first if value >= cut), "kritisk")

    word, difference = school["socref_band"], float(str(school["socref_diff"]))
    at = {
        "faglighed": {"Over niveau": "stærk", "På niveau": "opfyldt"}.get(
            str(word), "kritisk" if difference <= -0.8 else "under"
        ),
        "videre_i_uddannelse": level(float(str(school["to_youth_education_pct"])), 96, 75, 60),
        "trivsel_i_skolen": level(float(str(school["wellbeing_general"])), 3.9, 3.4, 3.2),
        "fremmøde": level(-float(str(school["absence_pct"])), -5.5, -10, -13),
    }
    points = sum(WEIGHTS[goal] * POINTS[name] for goal, name in at.items())
    below, critical = (sum(name in names for name in at.values()) for names in (("under", "kritisk"), ("kritisk",)))
    match below:
        case 0:
            return "fri" if points >= 9000 else "tillid" if points >= 8000 else "almindelig"
        case 1:
            return "almindelig" if points >= 7000 and not critical else "støtte"
        case _:
            return "støtte" if points >= 4500 else "intensiv"


def test_the_point_reading_is_what_arithmetic_gives(schools: Schools) -> None:
    whole = schools.published.filter(pl.all_horizontal(with_figure()))
    assert whole.height > 750
    placed = dict(schools.placed.select("institution", "step_point").iter_rows())
    expected = {str(school["id"]): expected_step(school) for school in whole.to_dicts()}
    assert {name: placed[name] for name in expected} == expected


def test_one_year_moves_nobody_more_than_a_step_and_doubt_moves_nobody(schools: Schools) -> None:
    initial = STEPS.index("almindelig")
    for row in schools.placed.filter("assessed").to_dicts():
        freest, point, strictest, step = (
            STEPS.index(row[c]) for c in ("step_freest", "step_point", "step_strictest", "step")
        )
        assert freest <= point <= strictest
        target = min(max(initial, freest), strictest)
        assert step == min(max(target, initial - 1), initial + 1)


def region(municipality: pl.Expr) -> pl.Expr:
    """Municipalities as the list of regions writes them."""
    short = municipality.str.replace(r" (Regionsk|K)ommune$", "")
    return short.replace({"Københavns": "København", "Bornholms": "Bornholm", "Aarhus": "Århus"})


def test_how_the_schools_are_spread(schools: Schools, truth: Path) -> None:
    named = schools.published.select("id", "type", region(pl.col("municipality")).alias("Kommune"))
    # Helsingør is not in the list; Christiansø belongs to no municipality, and to no region
    regions = pl.concat([pl.read_csv(truth / REGIONS), pl.DataFrame({"Kommune": "Helsingør", "Region": "Hovedstaden"})])
    joined = named.join(regions.unique("Kommune"), on="Kommune", how="left")
    assert set(joined.filter(pl.col("Region").is_null())["Kommune"]) == {"Christiansø"}
    found = joined.join(schools.placed, left_on="id", right_on="institution").join(
        schools.figures.frame.select("institution", "skoletype"), left_on="id", right_on="institution"
    )
    for by in ("Region", "skoletype"):
        for column, title in (("step", "at most one step"), ("step_point", "unlimited")):
            told = pl.when("assessed").then(pl.col(column)).otherwise(pl.lit("not assessed")).alias("to")
            counts = found.group_by(by, told).len()
            assert counts["len"].sum() == 2303
            print(f"\n{by}, {title}")
            for name in sorted(str(n) for n in counts[by].unique()):
                own = dict(counts.filter(pl.col(by).fill_null("None") == name).select("to", "len").iter_rows())
                print(f"  {name:15}", *(f"{step} {own.get(step, 0):4}" for step in (*STEPS, "not assessed")))
