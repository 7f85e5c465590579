"""The drawn sample: what it promises of its figures, and that it is delivered as it was drawn."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.samples import Places, Sample
from tilsyn.files.declarations import load_policy
from tilsyn.files.figures import REASONS, slots
from tilsyn.files.observations import read_figures
from tilsyn.files.sample_files import CORRECTIONS, write_sample
from tilsyn.studies.sample import Drawn, draw

SHIPPED = Path(__file__).parents[2]
AREAS = sorted(path.stem for path in (SHIPPED / "goals").glob("*.yaml"))
PERIODS = 6


@cache
def shipped() -> Catalogue:
    return load_policy(SHIPPED)


def the_area(name: str) -> Area:
    return shipped().on(name, shipped().change_days(name)[0]).area


@cache
def drawn(name: str, seed: int = 1, periods: int = PERIODS) -> tuple[Drawn, ...]:
    area, sample = the_area(name), shipped().samples[name]
    first, generator = Period(area.period, 2020), np.random.default_rng([seed, *name.encode()])
    return draw(area, sample, shipped().places[sample.where], first, periods, generator)


EVERY_KIND = {
    "share": {"kind": "proportion", "range": [0, 1], "decimals": 3, "by": ["who"]},
    "grade": {"kind": "mean", "range": [-3, 12], "decimals": 1, "by": ["who"], "stale_after": 1},
    "falls": {"kind": "rate", "range": [0, 50], "decimals": 3},
    "deaths": {"kind": "ratio", "range": [0, 100], "decimals": 3},
    "index": {"kind": "value", "range": [0, 100], "decimals": 0},
    "wait": {"kind": "value", "range": [0, 100], "decimals": 1},
    "word": {"kind": "category", "values": ["below", "at", "above"]},
    "danger": {"kind": "flag"},
}


def an_area() -> Area:
    texts = {"title": "t", "role": "outcome", "measured_in": "1"}
    goal = {
        "title": "t", "outcome": "t", "measure": "grade", "measured_in": "1", "decimals": 1, "better": "higher",
        "levels": {"good": {"at_least": 0}, "bad": "otherwise"}, "points": {"good": 1, "bad": 0}, "weight": 1,
        "reference": {"checked": "no"},
    }  # fmt: skip
    return Area.model_validate({
        "tilsyn": 1, "from": "2020-01-01", "area": "zone", "title": "t", "authority": "t", "period": "calendar-year",
        "unit": {"one": "u", "many": "u"}, "ladder": "l", "goals": {"goal": goal},
        "attributes": {"size": "number", "town": "text", "sort": "text", "old": "flag"},
        "groups": {"who": {"title": "t", "members": {"few": "t"}}},
        "indicators": {name: {**texts, **one} for name, one in EVERY_KIND.items()},
    })  # fmt: skip


def a_sample(**changes: object) -> Sample:
    groups = {"few": {"share": "20 %", "gap": -0.1, "sd": 0.05}}
    place = {"n": {"of_size": 0.5}, "follows": 0.5, "drift": 0.01}
    return Sample.model_validate({
        "tilsyn": 1, "from": "2020-01-01", "sample": "zone", "about": "t", "where": "towns", "institutions": 2000,
        "size": {"attribute": "size", "median": 60, "spread": 1, "at_least": 5, "at_most": 900},
        "attributes": {
            "town": {"place": "name"}, "sort": {"values": {"a": "30 %", "b": "70 %"}}, "old": {"share": "40 %"},
        },
        "names": {"form": "{sort}-{first}{last}", "parts": {"first": list("ABCDEFGHIJ"), "last": list("klmnopqrst")}},
        "quality": {
            "drift": 0.2, "pull": "15 %", "excel": {"share": "5 %", "shift": 2}, "fail": {"share": "5 %", "shift": -2},
        },
        "indicators": {
            "share": {"truth": {"mean": 0.4, "sd": 0.02}, **place, "groups": groups, "missing": {"refused": "2 %"}},
            "grade": {"truth": {"mean": 0, "sd": 0.2}, "expected": {"mean": 6, "sd": 1}, "within": 2.5, **place,
                      "groups": groups, "only_where": "old", "missing": {"stale": "4 %"}},
            "falls": {"truth": {"mean": 0.3, "sd": 0.05}, **place,
                      "missing": {"suppressed": "3 %", "withdrawn": "1 %"}},
            "deaths": {"truth": {"mean": 1, "sd": 0.1}, "expected": {"mean": 0.1, "sd": 0.02}, **place,
                       "corrected": "5 %"},
            "index": {"truth": {"mean": 97, "sd": 2}, "within": 9, "interval": 0.95, **place},
            "wait": {"truth": {"mean": 2, "sd": 0.3}, "within": 3, "n": {"fixed": 40},
                     "missing": {"not-submitted": "10 %"}},
            "word": {"word_of": {"indicator": "index", "centre": 97, "confidence": 0.95,
                                 "below": "below", "at": "at", "above": "above"}},
        },
        "emergencies": {"indicator": "danger", "share": "2 %"},
        "life": {"opens": "3 %", "closes": "2 %", "merges": "2 %", "silent": "5 %"},
        **changes,
    })  # fmt: skip


TOWNS = Places.model_validate({
    "tilsyn": 1, "from": "2020-01-01", "places": "towns", "title": "t", "measured_in": "1", "source": "t",
    "members": {"Big": {"region": "R", "weight": 90}, "Small": {"region": "R", "weight": 10}},
})  # fmt: skip


@cache
def zone(seed: int = 1, periods: int = 4) -> tuple[Drawn, ...]:
    return draw(an_area(), a_sample(), TOWNS, Period("calendar-year", 2020), periods, np.random.default_rng(seed))


def present(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    return frame.filter(~pl.col("closed") & pl.col(f"{column}.missing").is_null())


# The same seed is the same sample


def test_a_seed_gives_the_same_sample_and_another_seed_another() -> None:
    again = draw(an_area(), a_sample(), TOWNS, Period("calendar-year", 2020), 4, np.random.default_rng(1))
    for one, other in zip(zone(), again, strict=True):
        assert one.figures.equals(other.figures)
        assert one.correction.equals(other.correction)
        assert one.truth.equals(other.truth)
    assert not zone()[0].figures.equals(zone(seed=2)[0].figures)


def test_earlier_periods_do_not_depend_on_how_many_follow() -> None:
    for short, long in zip(zone(periods=2), zone(periods=4)[:2], strict=True):
        assert short.figures.equals(long.figures)


def test_an_indicator_does_not_depend_on_how_another_is_declared() -> None:
    sample = a_sample()
    wait = sample.indicators["wait"].model_copy(update={"within": Decimal(9)})
    changed = sample.model_copy(update={"indicators": {**sample.indicators, "wait": wait}})
    other = draw(an_area(), changed, TOWNS, Period("calendar-year", 2020), 4, np.random.default_rng(1))
    own = [name for name in zone()[3].figures.columns if not name.startswith("wait")]
    assert zone()[3].figures.select(own).equals(other[3].figures.select(own))
    assert not zone()[3].figures["wait"].equals(other[3].figures["wait"])


# Institutions


def test_there_are_as_many_as_declared_and_large_places_have_more() -> None:
    truth, rows = zone()[0].truth, zone()[0].figures
    assert truth.height == 2000
    assert rows.filter(pl.col("town") == "Big").height / rows.height == pytest.approx(0.9, abs=0.01)
    assert rows["size"].min() == 5
    assert rows["size"].max() == 900
    assert rows["size"].median() == pytest.approx(60, rel=0.1)


def test_one_per_place_is_one_in_each_with_the_size_of_the_place() -> None:
    size = {"attribute": "size", "median": 50, "spread": 0, "at_least": 1, "at_most": 900, "with_place": True}
    sample = a_sample(institutions="one-per-place", size=size)
    (first,) = draw(an_area(), sample, TOWNS, Period("calendar-year", 2020), 1, np.random.default_rng(1))
    assert dict(first.figures.select("town", "size").iter_rows()) == {"Big": 90, "Small": 10}


def test_attributes_have_their_shares() -> None:
    rows = zone()[0].figures
    assert (rows["sort"] == "a").mean() == pytest.approx(0.3, abs=0.03)
    assert rows["old"].mean() == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("name", AREAS)
def test_an_id_is_one_institution_for_ever(name: str) -> None:
    ids = pl.concat([one.figures.select("institution", "name") for one in drawn(name)]).unique()
    assert ids["institution"].is_unique().all()
    assert ids["institution"].str.contains(r"^\p{Lu}\d{5}$").all()
    assert all(one.figures["institution"].is_unique().all() for one in drawn(name))


@pytest.mark.parametrize("seed", range(5))
def test_the_id_of_a_closed_institution_is_never_given_to_a_new_one(seed: int) -> None:
    life = {"opens": "2 %", "closes": "30 %", "merges": "0 %", "silent": "0 %"}
    sample, first = a_sample(institutions=100, life=life), Period("calendar-year", 2020)
    years = draw(an_area(), sample, TOWNS, first, 10, np.random.default_rng(seed))
    ids = [set(one.truth["institution"]) for one in years]
    for now in range(1, len(ids)):
        opened = ids[now] - ids[now - 1]
        assert not opened & set[str]().union(*ids[:now])


@pytest.mark.parametrize("name", AREAS)
def test_no_place_founds_two_institutions_of_one_name(name: str) -> None:
    place = next(a for a, how in shipped().samples[name].attributes.items() if how.place == "name")
    assert drawn(name)[0].figures.select(pl.struct(place, "name").is_unique()).to_series().all()


def test_some_open_close_merge_and_keep_silent_with_their_shares() -> None:
    second, third = zone()[1], zone()[2]
    known = set(second.truth["institution"])
    gone = third.figures.filter(pl.col("closed"))
    assert len(set(third.truth["institution"]) - known) / 2000 == pytest.approx(0.03, abs=0.012)
    assert gone.filter(pl.col("successor").is_null()).height / 2000 == pytest.approx(0.02, abs=0.01)
    assert gone.filter(pl.col("successor").is_not_null()).height / 2000 == pytest.approx(0.02, abs=0.01)
    silent = set(third.truth["institution"]) - set(third.figures["institution"])
    assert len(silent) / third.truth.height == pytest.approx(0.05, abs=0.015)


def test_silence_tends_to_last() -> None:
    silent = [set(one.truth["institution"]) - set(one.figures["institution"]) for one in zone()]
    again = len(silent[1] & silent[2]) / len(silent[1])
    assert 0.2 < again < 0.6


def test_a_closed_institution_has_a_last_row_without_figures_and_then_none() -> None:
    for place, one in enumerate(zone()):
        gone = one.figures.filter(pl.col("closed"))
        figures = [name for name in gone.columns if name.partition(".")[0].partition("@")[0] in EVERY_KIND]
        assert gone.select(pl.all_horizontal(pl.col(figures).is_null())).to_series().all()
        assert not set(gone["institution"]) & set(one.truth["institution"])
        for later in zone()[place + 1 :]:
            assert not set(gone["institution"]) & set(later.figures["institution"])


def test_a_merged_institution_is_taken_over_by_one_that_exists_in_the_same_place_and_grows() -> None:
    before, now = zone()[1].truth, zone()[2]
    sizes, towns = dict(before.select("institution", "size").iter_rows()), dict[str, str]()
    for one in zone()[:3]:
        towns |= dict(one.figures.select("institution", "town").iter_rows())
    merged = now.figures.filter(pl.col("successor").is_not_null())
    grown = dict(now.truth.select("institution", "size").iter_rows())
    assert merged.height > 0
    for left, by, town in merged.select("institution", "successor", "town").iter_rows():
        assert by in grown
        assert towns.get(by, town) == town
        assert grown[by] >= min(0.8 * (sizes[by] + sizes[left]), 900)


# Figures


def test_every_kind_is_drawn_with_its_fields() -> None:
    columns = zone()[0].figures.columns
    assert {"share.count", "share.n", "share.missing", "share@few.count", "share@few.n"} <= set(columns)
    assert {"grade", "grade.n", "grade.sd", "grade.expected", "grade.measured", "grade@few.expected"} <= set(columns)
    assert {"falls.count", "falls.n", "deaths.count", "deaths.expected"} <= set(columns)
    assert {"index", "index.n", "index.low", "index.high", "wait", "wait.n", "wait.se", "word", "danger"} <= set(
        columns
    )
    filled = zone()[0].figures.select(name for name in columns if name != "successor" and ".missing" not in name)
    assert all(filled[name].null_count() < filled.height for name in filled.columns)


def test_values_have_the_declared_decimals_and_range() -> None:
    for one in zone():
        for name, declared in EVERY_KIND.items():
            if declared["kind"] not in ("mean", "value"):
                continue
            values = one.figures[name].drop_nulls()
            low, high = declared["range"]  # type: ignore[misc]
            assert values.is_between(low, high).all()
            assert all(-Decimal(repr(v)).normalize().as_tuple().exponent <= declared["decimals"] for v in values)
        # the index is so close to its end that some had to be held back
        assert one.figures["index"].max() == 100


def test_counts_are_never_more_than_their_n_nor_a_group_more_than_the_whole() -> None:
    for one in zone():
        rows = present(one.figures, "share")
        assert (rows["share.count"] <= rows["share.n"]).all()
        groups = rows.drop_nulls("share@few.n")
        assert (groups["share@few.count"] <= groups["share@few.n"]).all()
        assert (groups["share@few.n"] <= groups["share.n"]).all()
        assert (groups["share@few.count"] <= groups["share.count"]).all()


@pytest.mark.parametrize("name", ["share", "grade", "falls", "deaths", "index"])
def test_noise_falls_with_size(name: str) -> None:
    one = zone()[0]
    rows = present(one.corrected, name).join(one.truth, on="institution", suffix=":true")
    seen = {
        "share": pl.col("share.count") / pl.col("share.n"),
        "falls": pl.col("falls.count") / pl.col("falls.n"),
        "deaths": pl.col("deaths.count") / pl.col("deaths.expected"),
    }.get(name, pl.col(name))
    true = pl.col(f"{name}:true") if f"{name}:true" in rows.columns else pl.col(name)
    off = rows.select(pl.col("size").alias("size"), (seen - true).alias("off")).sort("size")
    third = off.height // 3
    small, large = off.head(third), off.tail(third)
    assert small["off"].std() > 1.5 * large["off"].std()  # type: ignore[operator]


def test_gaps_have_their_shares_and_reasons() -> None:
    rows = pl.concat([one.figures.filter(~pl.col("closed")) for one in zone()])
    share = {name: rows[f"{name}.missing"].value_counts(normalize=True) for name in ("wait", "falls", "share")}
    shares = {name: dict(counts.iter_rows()) for name, counts in share.items()}
    assert shares["wait"]["not-submitted"] == pytest.approx(0.10, abs=0.01)
    assert shares["falls"]["suppressed"] == pytest.approx(0.03, abs=0.006)
    assert shares["falls"]["withdrawn"] == pytest.approx(0.01, abs=0.004)
    assert shares["share"]["refused"] == pytest.approx(0.02, abs=0.005)


def test_what_is_missing_has_a_reason_and_no_numbers() -> None:
    rows = zone()[0].figures.filter(pl.col("share.missing").is_not_null() & ~pl.col("closed"))
    assert rows.height > 0
    assert rows["share.count"].null_count() == rows.height
    assert set(rows["share.missing"]) <= set(REASONS)


def test_a_figure_does_not_apply_where_its_attribute_is_not_set() -> None:
    rows = zone()[0].figures.filter(~pl.col("old") & ~pl.col("closed"))
    assert set(rows["grade.missing"]) == {"not-applicable"}
    assert set(rows["grade@few.missing"]) == {"not-applicable"}


def test_a_stale_figure_says_which_period_it_is_about_where_that_can_be_said() -> None:
    rows = zone()[1].figures.filter(pl.col("grade.measured").is_not_null())
    assert set(rows["grade.measured"]) == {"2019"}
    assert rows["grade"].null_count() == 0
    applicable = zone()[1].figures.filter(pl.col("old")).height
    assert rows.height / applicable == pytest.approx(0.04, abs=0.02)


def test_figures_about_very_few_are_not_told() -> None:
    for one in zone():
        for name in ("share", "share@few", "falls"):
            assert (present(one.figures, name)[f"{name}.n"] >= 3).all()


def test_corrections_give_whole_rows_again_with_another_figure_in_some() -> None:
    for one in zone():
        again = one.correction
        first = one.figures.filter(pl.col("institution").is_in(again["institution"].implode()))
        assert first.columns == again.columns
        assert first["institution"].equals(again["institution"])
        assert first.drop("deaths.count").equals(again.drop("deaths.count"))
        assert (first["deaths.count"] != again["deaths.count"]).mean() > 0.6  # type: ignore[operator]
        assert again.height / one.figures.height == pytest.approx(0.05, abs=0.02)
        assert one.corrected.height == one.figures.height


def test_a_word_follows_from_the_figure_it_is_about() -> None:
    rows = present(zone()[0].figures, "word")
    assert set(rows["word"]) == {"below", "at", "above"}
    assert (rows.filter(pl.col("word") == "below")["index"] < 97).all()
    assert (rows.filter(pl.col("word") == "above")["index"] > 97).all()


def test_emergencies_have_their_share() -> None:
    flags = pl.concat([one.figures.filter(~pl.col("closed"))["danger"] for one in zone()])
    assert flags.null_count() == 0
    assert flags.mean() == pytest.approx(0.02, abs=0.006)


# What is true


def test_truth_is_of_all_that_exist_and_quality_shows_in_it() -> None:
    truth = zone()[0].truth
    assert truth.columns[:4] == ["institution", "period", "size", "quality"]
    assert {"share", "share@few", "grade", "grade.expected", "falls", "deaths", "index", "wait"} <= set(truth.columns)
    assert truth.select(pl.corr("quality", "share")).item() > 0.4
    assert truth.select(pl.corr("quality", pl.col("grade") - pl.col("grade.expected"))).item() > 0.4
    assert truth["quality"].mean() == pytest.approx(0, abs=0.1)
    assert truth["quality"].std() > 1.05  # type: ignore[operator]


def test_true_quality_changes_slowly() -> None:
    first, second = zone()[0].truth, zone()[1].truth
    both = first.join(second, on="institution", suffix=":next")
    assert both.select(pl.corr("quality", "quality:next")).item() > 0.95
    assert (both["quality:next"] - both["quality"]).std() == pytest.approx(0.2, abs=0.02)


# What is shipped


@pytest.mark.parametrize("name", AREAS)
def test_a_shipped_sample_is_read_as_it_was_drawn(name: str, tmp_path: Path) -> None:
    area, delivered = the_area(name), drawn(name)
    paths = {path.stem: path for path in write_sample(tmp_path, name, delivered)}
    for one in delivered:
        stem = f"{name}-{one.period.label.replace('/', '-')}"
        frames = {stem: one.figures, f"{stem}{CORRECTIONS}": one.correction}
        for found, frame in ((paths[stem], frame) for stem, frame in frames.items() if stem in paths):
            read = read_figures([found], area, period=one.period)
            assert read.refused == ()
            _same(read.frame, frame, area)


def _same(read: pl.DataFrame, frame: pl.DataFrame, area: Area) -> None:
    """Every drawn cell is in the frame that was read, under its own name and as the same value."""
    assert read["institution"].to_list() == frame["institution"].to_list()
    for name in [column for column in frame.columns if column in read.columns]:
        if name.endswith(".missing"):
            words = frame.filter(~pl.col("closed"))[name].drop_nulls()
            codes = read.filter(
                pl.col("institution").is_in(frame.filter(pl.col(name).is_not_null())["institution"].implode())
            )
            assert codes[name].to_list() == [REASONS[word] for word in words]
        elif name not in ("period", *(slot.of("measured") for slot in slots(area))):
            assert read[name].equals(frame[name].cast(read.schema[name])), name


@pytest.mark.parametrize("name", AREAS)
def test_a_shipped_sample_gives_every_goal_a_figure_in_most_places(name: str) -> None:
    """And every sample has gaps somewhere, in some period."""
    area, rows = the_area(name), pl.concat([year.figures for year in drawn(name)]).filter(~pl.col("closed"))
    reasons = Counter[str]()
    for slot in (slot for slot in slots(area) if slot.member is None and slot.of("missing") in rows.columns):
        missing = rows[slot.of("missing")].drop_nulls()
        reasons.update(missing)
        assert (missing != "not-applicable").sum() / rows.height < 0.12, slot.column
    assert reasons["not-submitted"] + reasons["withdrawn"] > 0


def test_a_file_is_one_that_a_danish_excel_saves(tmp_path: Path) -> None:
    name = AREAS[0]
    paths = write_sample(tmp_path, name, drawn(name)[:1])
    text = paths[0].read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in text
    header, first = text.decode("utf-8-sig").splitlines()[:2]
    assert header.startswith("institution;name;period;")
    assert "," in first
    assert [path.name for path in paths] == [f"{name}-2020.csv", f"{name}-2020{CORRECTIONS}.csv"]


def test_those_drawn_have_the_sizes_of_those_that_are_known() -> None:
    sample, sizes = a_sample(), np.array([700.0, 20.0, 30.0, 700.0])
    (one,) = draw(an_area(), sample, TOWNS, Period("calendar-year", 2020), 1, np.random.default_rng(1), sizes)
    drawn = np.sort(one.truth["size"].to_numpy())
    assert set(drawn) == set(sizes)
    assert abs((drawn == 700).mean() - 0.5) < 1 / len(drawn)
