"""Placing from Parquet to Parquet: what is asked wrongly is told, names are names, and what came out is summed up."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from tests.cli.clinics import clinics, file
from tests.cli.conftest import Answer, Tilsyn
from tilsyn.problems import Exit

LAST = "2025/26"
ENGINES = [("--parts", "2"), ("--engine", "duckdb")]
SPARK = pytest.param(
    ("--engine", "spark", "--parts", "2"),
    marks=pytest.mark.skipif(find_spec("pyspark") is None, reason="Spark is an extra: pip install 'tilsyn[spark]'"),
)

Place = Callable[..., Answer]


@pytest.fixture
def place(tilsyn: Tilsyn, policy: Path) -> Place:
    """Places the schools in the last period, in the folder `ud`."""

    def placed(*args: object) -> Answer:
        out = () if "--out" in args else ("--out", "ud")
        return tilsyn("--policy", policy, "place", "folkeskole", *args, "--period", LAST, *out)

    return placed


@pytest.fixture
def figures(results: Path) -> Path:
    return results / "folkeskole/2025-26/figures.parquet"


@pytest.fixture
def before(results: Path) -> Path:
    return results / "folkeskole/2024-25/placements.parquet"


def written() -> pl.DataFrame:
    return pl.read_parquet("ud/area=folkeskole/period=2025-26/*.parquet").sort("institution")


# what is asked for


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--engine", "duckdb", "--parts", "4"), ["`--engine duckdb` læser ikke tal i dele; udelad `--parts`"]),
        (("--engine", "exact", "--parts", "4"), ["`--engine exact` læser ikke tal i dele; udelad `--parts`"]),
        (("--engine", "duckdb", "--spark-master", "local"), ["`--engine duckdb` regner ikke i Spark"]),
        (("--parts", "2", "--spark-master", "local"), ["`--engine polars` regner ikke i Spark"]),
        (("--spark-master", "local"), ["`--engine polars` regner ikke i Spark; udelad `--spark-master`"]),
        (("--parts", "2", "--columns", "kort.yaml"), ["udelad `--columns`, eller indplacér uden `--parts`"]),
        (
            ("--engine", "duckdb", "--parts", "2", "--spark-master", "x", "--quarantine", "q.csv", "--out", "u.csv"),
            ["læser ikke tal i dele", "regner ikke i Spark", "udelad `--quarantine`", "u.csv: ", "skriv `--out MAPPE`"],
        ),
    ],
)  # fmt: skip
def test_options_that_would_mean_nothing_are_refused_all_at_once(
    place: Place, figures: Path, asked: tuple[str, ...], said: list[str]
) -> None:
    answer = place(figures, *asked)
    assert (answer.code, answer.out) == (Exit.WRONG_USE, "")
    for words in said:
        assert words in answer.err
    told = [line for line in said if line != "u.csv: "]
    assert len(answer.err.splitlines()) == len(told)
    assert not Path("ud").exists()


def test_what_is_asked_and_what_is_not_there_is_told_together_in_english_too(place: Place, figures: Path) -> None:
    answer = place("nope.parquet", figures, "--engine", "duckdb", "--parts", "2", "--previous", "gone", "--lang", "en")
    assert answer.code == Exit.WRONG_USE
    assert answer.err.splitlines() == [
        "`--engine duckdb` does not read figures in parts; "
        "leave out `--parts`, or use it with `--engine polars` or `--engine spark`",
        "gone: does not exist; see whether the path is right",
        "nope.parquet: does not exist; see whether the path is right",
    ]


def test_a_value_that_is_no_choice_is_repeated_beside_those_that_are(place: Place, figures: Path) -> None:
    answer = place(figures, "--engine", "hest")
    assert answer.code == Exit.WRONG_USE
    assert answer.err == (
        "`hest` er ikke en af de værdier, som `--engine` kan have; vælg en af `polars`, `exact`, `duckdb`, `spark`\n"
    )
    assert "`hest` is not one of the values that `--engine` can have" in place("--engine=hest", "--lang", "en", 1).err


def test_more_parts_than_institutions_are_refused(place: Place, figures: Path) -> None:
    answer = place(figures, "--parts", "7")
    assert answer.code == Exit.WRONG_USE
    assert answer.err == (
        "7 dele er flere, end der er institutioner i 2025/26: 6; "
        "skriv en lavere `--parts`: 100.000 institutioner i hver del er ikke for mange\n"
    )
    assert not Path("ud/area=folkeskole/period=2025-26").exists()
    assert place(figures, "--parts", "6").code == 0
    assert written()["institution"].to_list() == ["A", "B", "C", "D", "E"]


# files


@pytest.mark.parametrize("engine", [*ENGINES, SPARK])
def test_names_are_names(place: Place, figures: Path, before: Path, engine: tuple[str, ...]) -> None:
    """Nothing in a name stands for other letters: not in what is read, and not in where it is written."""
    folder = Path("tal [1] {a,b} *?")
    for copied in (figures, before):
        (folder / copied.stem).mkdir(parents=True)
        shutil.copy(copied, folder / copied.stem / f"[x]*{copied.name}")
    # what a pattern would read too
    (folder / "figures" / "xzfigures.parquet").write_bytes(b"")
    asked = (folder / "figures/[x]*figures.parquet", "--previous", folder / "placements", *engine, "--out", "ud [1]*")
    answer = place(*asked)
    assert answer.code == 0, answer.err
    (found,) = {path.parent for path in Path("ud [1]*").rglob("*.parquet")}
    frames = [pl.read_parquet(path, glob=False) for path in found.glob("*.parquet")]
    assert pl.concat(frames)["institution"].sort().to_list() == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", [pl.Categorical(), pl.Enum([*"ABCDEF", "Skolen A"])])
def test_text_that_is_kept_as_categories_is_text(
    place: Place, figures: Path, before: Path, engine: tuple[str, ...], kind: pl.DataType
) -> None:
    wanted = place(figures, "--previous", before, *engine), written()
    columns = ["institution"] if isinstance(kind, pl.Enum) else ["institution", "name", "successor"]
    pl.read_parquet(figures).with_columns(pl.col(columns).cast(kind)).write_parquet("tal.parquet")
    states = pl.read_parquet(before).with_columns(pl.col("institution").cast(kind), pl.col("step").cast(pl.Categorical))
    states.write_parquet("før.parquet")
    answer = place("tal.parquet", "--previous", "før.parquet", *engine)
    assert (answer.code, answer.out) == (0, wanted[0].out)
    assert written().equals(wanted[1])


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_of_another_kind_are_told(place: Place, figures: Path, before: Path, engine: tuple[str, ...]) -> None:
    frame = pl.read_parquet(figures)
    frame.with_columns(pl.lit(LAST).alias("period"), pl.lit("60").alias("karakter.n")).write_parquet("tal.parquet")
    pl.read_parquet(before).with_columns(pl.lit("1").alias("held")).write_parquet("før.parquet")
    answer = place("tal.parquet", "--previous", "før.parquet", *engine)
    assert answer.code == Exit.DATA_REFUSED
    assert "tal.parquet: kolonnerne `period`, `karakter.n` er af en anden slags, end `place` gemmer" in answer.err
    assert "før.parquet: kolonnerne `held` er af en anden slags" in answer.err


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("where", [range(4, 60), range(1000, 12_000)])
def test_a_damaged_page_is_told(place: Place, figures: Path, where: range, engine: tuple[str, ...]) -> None:
    """Whether it holds names, which are looked at first, or figures, which only the engine reads."""
    data = bytearray(figures.read_bytes())
    for at in where:
        data[at] ^= 0x5A
    Path("tal.parquet").write_bytes(data)
    answer = place("tal.parquet", *engine)
    assert (answer.code, answer.out) == (Exit.DATA_REFUSED, "")
    assert answer.err.startswith("tal.parquet: filen kan ikke læses: ")
    assert not Path("ud/area=folkeskole/period=2025-26").exists()


@pytest.mark.parametrize("engine", ENGINES)
def test_an_institution_that_stands_twice_in_an_earlier_period_is_told(
    place: Place, results: Path, figures: Path, engine: tuple[str, ...]
) -> None:
    earlier = pl.read_parquet(results / "folkeskole/2024-25/figures.parquet")
    pl.concat([earlier, earlier.filter(pl.col("institution") == "B")]).write_parquet("år.parquet")
    answer = place("år.parquet", figures, *engine)
    assert (answer.code, answer.out) == (Exit.DATA_REFUSED, "")
    assert answer.err == (
        "år.parquet: institutionen `B` står i flere rækker for 2024/25: 2, 7; behold den række, der gælder\n"
    )
    shutil.copy("år.parquet", "igen.parquet")
    assert (
        "`B` står i flere rækker for 2024/25: år.parquet:2, år.parquet:7, igen.parquet:2"
        in place("år.parquet", "igen.parquet", figures, *engine).err
    )
    # figures of that age are read by no goal
    long_ago = earlier.with_columns(pl.col("period") - 50)
    pl.concat([long_ago, long_ago]).write_parquet("år.parquet")
    assert place("år.parquet", figures, *engine).code == 0


# the summary


@pytest.mark.parametrize("engine", ENGINES)
def test_the_summary_says_who_moved_and_who_was_left_out(
    place: Place, figures: Path, before: Path, engine: tuple[str, ...]
) -> None:
    answer = place(figures, "--previous", before, *engine)
    assert [line.replace(" ", "").strip("│").split("│") for line in answer.out.splitlines() if "│" in line] == [
        ["Fri", "0", "0,0%", "0", "0", "0"],
        ["Tillid", "1", "20,0%", "1", "0", "0"],
        ["Almindeligttilsyn", "2", "40,0%", "0", "0", "1"],
        ["Støtte", "1", "20,0%", "0", "1", "0"],
        ["Intensivstøtte", "1", "20,0%", "0", "1", "0"],
    ]
    assert "Målene samler op til 5 perioder; filerne har 1." in answer.out
    assert "1 er lukket eller lagt sammen og er ikke indplaceret." in answer.out
    assert "Uden `--previous`" not in answer.out
    assert "Uden `--previous` er alle nye: de begynder på Almindeligt tilsyn." in place(figures, *engine).out


@pytest.mark.parametrize("engine", ENGINES)
def test_the_summary_as_json_has_what_place_has(
    place: Place, figures: Path, before: Path, engine: tuple[str, ...]
) -> None:
    data = place(figures, "--previous", before, *engine, "--format", "json").data
    assert data["steps"]["støtte"] == {"count": 1, "rose": 0, "fell": 1, "doubt": 0, "not_assessed": 0}
    totals = {key: data[key] for key in ("all_count", "all_rose", "all_fell", "all_doubt", "all_not_assessed")}
    assert totals == {"all_count": 5, "all_rose": 1, "all_fell": 2, "all_doubt": 1, "all_not_assessed": 0}
    assert data["closed"] == 1


# without an engine


def test_figures_that_were_checked_are_not_checked_as_if_a_person_had_written_them(
    tilsyn: Tilsyn, tmp_path: Path
) -> None:
    """Their reasons are numbers, which no person writes: every figure would be refused, and all be without results."""
    asked = ("--policy", clinics(tmp_path / "p"))
    csv = file(tmp_path / "tal.csv")
    place = (*asked, "place", "klinikker")
    assert tilsyn(*place, csv, "--period", "2024", "--out", tmp_path / "r").code == 0
    kept = tmp_path / "r/klinikker/2024/figures.parquet"
    answer = tilsyn(*place, csv, kept, "--period", "2024", "--out", tmp_path / "ud")
    assert (answer.code, answer.out) == (Exit.DATA_REFUSED, "")
    assert answer.err == (
        f"{kept}: tallene er kontrolleret, som `tilsyn place … --out MAPPE` gemmer dem; indplacér dem med "
        "`tilsyn place … --parts 1 --out MAPPE`, eller nævn de filer, de er læst fra\n"
    )
    assert not (tmp_path / "ud").exists()
    said = tilsyn(*asked, "data", "import", "klinikker", kept, "--period", "2024", "--lang", "en")
    assert said.code == Exit.DATA_REFUSED
    assert "the figures have been checked, as `tilsyn place … --out DIR` keeps them" in said.err


# what an engine stands on


@pytest.mark.skipif(find_spec("pyspark") is None, reason="Spark is an extra: pip install 'tilsyn[spark]'")
@pytest.mark.parametrize("address", ["spark://127.0.0.1:1", "spark://127.0.0.1:1,127.0.0.1:2", "spark://nowhere"])
def test_a_cluster_that_does_not_answer_is_told_in_one_sentence(place: Place, figures: Path, address: str) -> None:
    answer = place(figures, "--engine", "spark", "--spark-master", address, "--lang", "en")
    assert answer.code == Exit.SURROUNDINGS
    (line,) = answer.err.splitlines()
    assert line.startswith(f"no Spark answers at `{address}`: ")
    assert line.endswith("; see whether the address is right, and the cluster started")
    assert not Path("ud/area=folkeskole/period=2025-26").exists()


def test_of_a_results_folder_its_figures_are_read(place: Place, figures: Path) -> None:
    """What else lies in it (what was placed, who has closed) is passed over."""
    folder = figures.parent
    assert len([*folder.glob("*.parquet")]) > 1
    assert place(folder, "--parts", "2").code == 0
