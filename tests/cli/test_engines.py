"""One area placed from Parquet to Parquet by each engine: the same columns and the same values as `place` writes."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from tests.cli.clinics import clinics, file
from tests.cli.conftest import Tilsyn
from tests.cli.schools import folkeskole_policy, school, write_csv
from tilsyn.problems import Exit

ENGINES = [
    ("polars", ("--parts", "5")),
    ("duckdb", ("--engine", "duckdb")),
    pytest.param(
        "spark", ("--engine", "spark", "--parts", "2"),
        marks=pytest.mark.skipif(find_spec("pyspark") is None, reason="Spark is an extra: pip install 'tilsyn[spark]'"),
    ),
]  # fmt: skip
AREAS = ("folkeskole", "plejehjem", "dagtilbud", "jobcenter", "sygehus")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demonstration's figures, every area's in a file of its own."""
    from tilsyn.cli.main import main

    folder = tmp_path_factory.mktemp("engines") / "demo"
    here = Path.cwd()
    os.chdir(folder.parent)
    try:
        assert main(["demo", "--out", str(folder)]) == 0
    finally:
        os.chdir(here)
    return folder


def two_periods(t: Tilsyn, demo: Path, area: str, folder: Path) -> list[str]:
    """An area's last two periods placed by `place`, in a results folder; gives their labels."""
    files = [path for path in sorted((demo / "figures").glob(f"{area}-*.csv")) if "rettelser" not in path.name]
    labels = [path.stem.removeprefix(f"{area}-").replace("-", "/") for path in files[-2:]]
    previous: tuple[object, ...] = ()
    for label in labels:
        answer = t("place", area, *files, "--period", label, "--out", folder, *previous)
        assert answer.code == 0, answer.err
        previous = ("--previous", folder / area / label.replace("/", "-") / "placements.parquet")
    return labels


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize(("engine", "asked"), ENGINES)
def test_each_engine_writes_what_place_writes(
    tilsyn: Tilsyn, demo: Path, tmp_path: Path, area: str, engine: str, asked: tuple[str, ...]
) -> None:
    first, last = two_periods(tilsyn, demo, area, tmp_path / "kept")
    kept = tmp_path / "kept" / area / last.replace("/", "-")
    before = tmp_path / "kept" / area / first.replace("/", "-") / "placements.parquet"
    out = tmp_path / engine
    answer = tilsyn("place", area, kept / "figures.parquet", "--period", last, "--previous", before, *asked,
                    "--out", out, "--format", "json")  # fmt: skip
    assert answer.code == 0, answer.err
    written = pl.read_parquet(out / f"area={area}" / f"period={last.replace('/', '-')}" / "*.parquet")
    wanted = pl.read_parquet(kept / "placements.parquet")
    assert written.columns == wanted.columns
    assert_frame_equal(
        written.sort("institution"), wanted, check_dtypes=False, check_exact=False, rel_tol=1e-12, abs_tol=1e-12
    )
    assert answer.data["institutions"] == wanted.height
    assert {step: counts["count"] for step, counts in answer.data["steps"].items() if counts["count"]} == dict(
        wanted.drop_nulls("step").group_by("step").len().rows()
    )


@pytest.mark.parametrize(("engine", "asked"), ENGINES)
def test_who_was_placed_before_and_has_no_figures_is_placed_all_the_same(
    tilsyn: Tilsyn, demo: Path, tmp_path: Path, engine: str, asked: tuple[str, ...]
) -> None:
    """Two homes' rows of the last period are taken out of the CSV file, and of what was checked before that."""
    first, last = two_periods(tilsyn, demo, "plejehjem", tmp_path / "kept")
    given = demo / "figures" / f"plejehjem-{last}.csv"
    lines = given.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    gone = [line.split(";")[0] for line in lines[1:3]]
    less = tmp_path / f"plejehjem-{last}.csv"
    less.write_text("".join([lines[0], *lines[3:]]), encoding="utf-8")
    earlier = [one for one in (demo / "figures").glob("plejehjem-????.csv") if one != given]
    before = tmp_path / "kept" / "plejehjem" / first / "placements.parquet"
    place = ("--lang", "en", "place", "plejehjem")
    plain = tilsyn(*place, *earlier, less, "--period", last, "--previous", before, "--out", tmp_path / "plain")
    assert plain.code == 0, plain.err
    rows = pl.read_parquet(tmp_path / "kept" / "plejehjem" / last / "figures.parquet")
    there = ~pl.col("institution").is_in(gone) | (pl.col("period") != int(last))
    rows.filter(there).write_parquet(tmp_path / "less.parquet")
    answer = tilsyn(*place, tmp_path / "less.parquet", "--period", last, "--previous", before, *asked,
                    "--out", tmp_path / engine)  # fmt: skip
    assert answer.code == 0, answer.err
    assert "2 institutions that were placed last time have no figures" in answer.out.replace("\n", " ")
    written = pl.read_parquet(tmp_path / engine / f"area=plejehjem/period={last}/*.parquet").sort("institution")
    wanted = pl.read_parquet(tmp_path / "plain" / "plejehjem" / last / "placements.parquet")
    assert_frame_equal(written, wanted, check_dtypes=False, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)
    assert [path.name for path in (tmp_path / engine / "area=plejehjem").iterdir()] == [f"period={last}"]
    assert {*gone} <= {*written["institution"]}


def test_an_earlier_placement_that_says_less_is_filled_in_as_place_fills_it_in(tilsyn: Tilsyn, tmp_path: Path) -> None:
    policy, rows = folkeskole_policy(tmp_path / "rules"), [school(one, period="2024/25") for one in "ABCD"]
    given = write_csv(tmp_path / "tal.csv", rows)
    asked = ("--policy", policy, "place", "folkeskole")
    assert tilsyn(*asked, given, "--period", "2024/25", "--out", tmp_path / "kept").code == 0
    kinds = {"held": pl.Int64, "streak": pl.Int64, "absent": pl.Int64, "in_force_held": pl.Int64}
    state = pl.DataFrame(
        {"institution": ["A", "B", "C", "D"], "step": ["fri", "almindelig", "almindelig", "tillid"],
         "held": [None, 3, 2, 1], "streak": [None, 1, None, 0], "absent": [None, 0, 1, None],
         "status": [None, "recommended", None, "decided"], "in_force": [None, "fri", "fri", None],
         "in_force_held": [None, None, 2, None]},
        schema_overrides=kinds,
    )  # fmt: skip
    state.write_parquet(tmp_path / "state.parquet")
    last = ("--period", "2024/25", "--previous", tmp_path / "state.parquet")
    assert tilsyn(*asked, given, *last, "--out", tmp_path / "plain").code == 0
    figures = next((tmp_path / "kept").rglob("figures.parquet"))
    wanted = pl.read_parquet(next((tmp_path / "plain").rglob("placements.parquet")))
    for engine in (("--parts", "2"), ("--engine", "duckdb")):
        answer = tilsyn(*asked, figures, *last, *engine, "--out", tmp_path / "ud")
        assert answer.code == 0, answer.err
        written = pl.read_parquet(tmp_path / "ud/**/*.parquet").sort("institution")
        assert_frame_equal(written, wanted, check_dtypes=False, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)


@pytest.mark.parametrize(("engine", "asked"), ENGINES)
def test_institutions_that_are_compared_are_read_in_parts_too(
    tilsyn: Tilsyn, tmp_path: Path, engine: str, asked: tuple[str, ...]
) -> None:
    """Clinics have a rank among all others and figures of the hospital they belong to, in whatever part that lies."""
    place = ("--policy", clinics(tmp_path / "p"), "place", "klinikker")
    assert tilsyn(*place, file(tmp_path / "tal.csv"), "--period", "2024", "--out", tmp_path / "r").code == 0
    kept = tmp_path / "r/klinikker/2024"
    answer = tilsyn(*place, kept / "figures.parquet", "--period", "2024", *asked, "--out", tmp_path / "ud")
    assert answer.code == 0, answer.err
    written = pl.read_parquet(tmp_path / "ud/area=klinikker/period=2024/*.parquet").sort("institution")
    wanted = pl.read_parquet(kept / "placements.parquet")
    assert_frame_equal(written, wanted, check_dtypes=False, check_exact=False, rel_tol=1e-12, abs_tol=1e-12)
    assert wanted["rang"].n_unique() > 3


def test_the_last_answer_is_replaced_and_nothing_else_lies_beside_it(
    tilsyn: Tilsyn, demo: Path, tmp_path: Path
) -> None:
    _, last = two_periods(tilsyn, demo, "plejehjem", tmp_path / "kept")
    kept = tmp_path / "kept" / "plejehjem" / last.replace("/", "-") / "figures.parquet"
    for parts in (4, 2):
        answer = tilsyn("place", "plejehjem", kept, "--period", last, "--parts", parts, "--out", tmp_path / "ud")
        assert answer.code == 0
        found = [path.name for path in (tmp_path / "ud" / "area=plejehjem").iterdir()]
        assert found == [f"period={last.replace('/', '-')}"]
        assert len(list((tmp_path / "ud").rglob("*.parquet"))) == parts


@pytest.mark.parametrize(
    ("asked", "code", "said"),
    [
        (("nothere.parquet", "--engine", "duckdb", "--out", "ud"), Exit.WRONG_USE, "findes ikke"),
        (("tal.csv", "--parts", "2", "--out", "ud"), Exit.WRONG_USE, "her er ingen tal i Parquet"),
        (("bad.parquet", "--parts", "2", "--out", "ud"), Exit.DATA_REFUSED, "kan ikke læses"),
        (("other.parquet", "--engine", "duckdb", "--out", "ud"), Exit.DATA_REFUSED, "filen mangler `"),
        (("other.parquet", "--engine", "duckdb"), Exit.WRONG_USE, "skriv `--out MAPPE`"),
        (("other.parquet", "--engine", "duckdb", "--out", "ud.csv"), Exit.WRONG_USE, "skriv `--out MAPPE`"),
        (("other.parquet", "--parts", "0", "--out", "ud"), Exit.WRONG_USE, "--parts"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_is_written(
    tilsyn: Tilsyn, asked: tuple[str, ...], code: Exit, said: str
) -> None:
    Path("tal.csv").write_text("institution\nA\n", encoding="utf-8")
    Path("bad.parquet").write_bytes(b"PAR1 no")
    pl.DataFrame({"institution": ["A"]}).write_parquet("other.parquet")
    answer = tilsyn("place", "plejehjem", *asked, "--period", "2025")
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert not list(Path().rglob("ud/**/*.parquet"))


def test_names_that_only_a_capital_letter_tells_apart(tilsyn: Tilsyn, tmp_path: Path) -> None:
    """DuckDB would read one for the other, and write it under a third name; the others tell them apart."""
    rules = clinics(tmp_path / "p", ("  rang:\n", "  Samlet: {value: samlet + 100}\n  rang:\n"))
    place = "--policy", rules, "place", "klinikker"
    assert tilsyn(*place, file(tmp_path / "tal.csv"), "--period", "2024", "--out", tmp_path / "r").code == 0
    kept = tmp_path / "r" / "klinikker" / "2024" / "figures.parquet"
    asked = *place, kept, "--period", "2024", "--out", tmp_path / "ud"
    refused = tilsyn(*asked, "--engine", "duckdb")
    assert (refused.code, refused.out) == (Exit.WRONG_USE, "")
    assert "store og små bogstaver skiller: `Samlet`, `samlet`" in refused.err
    assert "differ in capital and small letters alone" in tilsyn(*asked, "--engine", "duckdb", "--lang", "en").err
    assert tilsyn(*asked, "--parts", "1").code == 0
    found = pl.read_parquet(tmp_path / "ud" / "area=klinikker" / "period=2024" / "*.parquet").drop_nulls("samlet")
    assert found["Samlet"].to_list() == (found["samlet"] + 100).to_list()


def test_a_column_of_a_file_is_not_read_for_one_that_is_spelt_alike(tilsyn: Tilsyn, demo: Path, tmp_path: Path) -> None:
    """Of several files DuckDB takes `Selvbestemmelse.count` in one and `selvbestemmelse.count` in another for one."""
    _, last = two_periods(tilsyn, demo, "plejehjem", tmp_path / "kept")
    rows = pl.read_parquet(tmp_path / "kept" / "plejehjem" / last / "figures.parquet")
    rows.head(1_000).write_parquet(tmp_path / "a.parquet")
    other = rows.tail(-1_000).select(pl.lit(1).alias("Selvbestemmelse.count"), pl.all())
    other.write_parquet(tmp_path / "b.parquet")
    asked = ("place", "plejehjem", tmp_path / "a.parquet", tmp_path / "b.parquet", "--period", last)
    told = tilsyn(*asked, "--engine", "duckdb", "--out", tmp_path / "ud")
    assert told.code == Exit.WRONG_USE
    assert "`Selvbestemmelse.count`, `selvbestemmelse.count`" in told.err
    assert not (tmp_path / "ud").exists()
    assert tilsyn(*asked, "--parts", "2", "--out", tmp_path / "ud").code == 0
    # a column that nobody reads may be called as it likes
    other.rename({"Selvbestemmelse.count": "Noget"}).with_columns(noget=1).write_parquet(tmp_path / "b.parquet")
    assert tilsyn(*asked, "--engine", "duckdb", "--out", tmp_path / "ud").code == 0


@pytest.mark.parametrize("asked", [("--parts", "2"), ("--engine", "duckdb")])
def test_a_file_where_the_answer_is_to_lie_is_left_alone(
    tilsyn: Tilsyn, demo: Path, tmp_path: Path, asked: tuple[str, ...]
) -> None:
    _, last = two_periods(tilsyn, demo, "plejehjem", tmp_path / "kept")
    there = tmp_path / "ud" / "area=plejehjem" / f"period={last}"
    there.parent.mkdir(parents=True)
    there.write_text("mit", encoding="utf-8")
    figures = tmp_path / "kept" / "plejehjem" / last / "figures.parquet"
    told = tilsyn("place", "plejehjem", figures, "--period", last, *asked, "--out", tmp_path / "ud")
    assert told.code == Exit.SURROUNDINGS
    assert str(there) in told.err.replace("\n", "")
    assert [path.name for path in there.parent.iterdir()] == [there.name]
    assert there.read_text(encoding="utf-8") == "mit"


def test_a_disk_that_takes_no_more_is_told_of_by_duckdb_too(demo: Path, tmp_path: Path) -> None:
    """As on a full disk, files of this process may only be so long."""
    import resource
    import subprocess
    import sys

    program = Path(sys.executable).with_name("tilsyn")
    given = sorted((demo / "figures").glob("plejehjem-????.csv"))[-1]
    last = given.stem.removeprefix("plejehjem-")
    kept = [str(program), "place", "plejehjem", str(given), "--period", last, "--out", str(tmp_path / "kept")]
    subprocess.run(kept, check=True, capture_output=True)
    figures = str(tmp_path / "kept" / "plejehjem" / last / "figures.parquet")
    told = subprocess.run(
        [str(program), "place", "plejehjem", figures, "--period", last, "--engine", "duckdb", "--out", "ud"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, 8_192)),
    )  # fmt: skip
    assert told.returncode == Exit.SURROUNDINGS, told.stderr
    assert "Traceback" not in told.stderr
    assert not [*(tmp_path / "ud").rglob("*.parquet")]


def test_files_that_do_not_belong_are_told_of_all_at_once(tilsyn: Tilsyn, tmp_path: Path) -> None:
    """Nothing that `place` asks of a state goes unasked where it lies in Parquet."""
    policy, rows = folkeskole_policy(tmp_path / "rules"), [school("A", period="2024/25"), school("B", period="2024/25")]
    file = write_csv(tmp_path / "tal.csv", rows)
    kept = tmp_path / "kept"
    asked = ("--policy", policy, "place", "folkeskole")
    assert tilsyn(*asked, file, "--period", "2024/25", "--out", kept).code == 0
    figures = next(kept.rglob("figures.parquet"))
    state = pl.DataFrame(
        {"institution": ["A", "A"], "step": ["fri", "findes-ikke"], "held": 1, "streak": 0, "absent": 0,
         "status": "recommended", "in_force": "fri", "in_force_held": 1, "area": "sygehus", "period": "2024/25"}
    )  # fmt: skip
    state.write_parquet(tmp_path / "state.parquet")
    again = (*asked, figures, "--engine", "duckdb", "--out", tmp_path / "out")
    told = tilsyn(*again, "--period", "2024/25", "--previous", tmp_path / "state.parquet")
    assert told.code == 5
    for said in ("`A`", "1, 2", "findes-ikke", "sygehus", "2024/25"):
        assert said in told.err
    assert "2025/26" in tilsyn(*again, "--period", "2025/26").err
    assert not (tmp_path / "out" / "area=folkeskole" / "period=2025-26").exists()
    plain = tilsyn(*asked, file, "--period", "2024/25", "--previous", kept)
    assert plain.code == Exit.WRONG_USE
    assert "en mappe" in plain.err
    assert "placements.parquet" in plain.err
    # the same file twice is one
    assert tilsyn(*again, figures, "--period", "2024/25").code == 0
    assert pl.read_parquet(tmp_path / "out").height == 2
