"""What is kept of a placement comes back bit for bit, and can be asked by name; one institution is read as all are."""

from __future__ import annotations

import datetime as dt
import json
import math
import random
import struct
from pathlib import Path

import polars as pl
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.record.test_figures import ONE, TWO, imported
from tilsyn.catalogue.areas import Area
from tilsyn.files.declarations import load_policy
from tilsyn.files.shipped import shipped_folder
from tilsyn.record.database import MIGRATIONS, Database, versions
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store
from tilsyn.record.workings import kept_of, placements_of


@pytest.fixture(scope="module")
def area() -> Area:
    catalogue = load_policy(shipped_folder())
    return catalogue.on("folkeskole", catalogue.change_days("folkeskole")[-1]).area


def placed() -> pl.DataFrame:
    """Placements with every kind of column, and with numbers and texts that are easily written otherwise."""
    some = random.Random(7)
    drawn = [struct.unpack("d", struct.pack("Q", some.getrandbits(64)))[0] for _ in range(2000)]
    numbers = [x for x in drawn if math.isfinite(x)] + [0.0, -0.0, 1e16, 1e22, 5e-324, 0.1, 1e-5, 123456.0, None]
    count = len(numbers)
    texts = ["a", 'q"\\', "linje\nto\x01", "],[", "æ\u2028", None]
    return pl.DataFrame(
        {
            "institution": [f"{n:05}" for n in range(count)],
            "area": ["x"] * count,
            "step": ["fri"] * count,
            "in_force": ["fri"] * count,
            "held": [1] * count,
            "m": numbers,
            "m.missing": [texts[n % 6] for n in range(count)],
            "zero": [0.0 if n % 2 else -0.0 for n in range(count)],
            "none": [None] * count,
            "flag": [(True, False, None)[n % 3] for n in range(count)],
            "code": [n % 5 for n in range(count)],
        },
        schema_overrides={"none": pl.Float64, "code": pl.Int8},
    )


def bits(values: pl.Series) -> list[bytes | None]:
    return [None if x is None else struct.pack("d", x) for x in values]


@pytest.mark.parametrize("count", [None, 1, 0])
def test_placements_come_back_bit_for_bit(count: int | None) -> None:
    frame = placed() if count is None else placed().head(count)
    columns, parts = kept_of(frame)
    back = placements_of([row for rows in parts for row in rows], json.loads(json.dumps(columns)))
    assert back.schema == frame.schema
    assert back.equals(frame, null_equal=True)
    assert [bits(back[name]) for name in ("m", "zero")] == [bits(frame[name]) for name in ("m", "zero")]


def test_what_is_the_same_for_everyone_is_kept_once() -> None:
    columns, parts = kept_of(placed())
    about = {column["name"]: column for column in columns}
    assert (about["area"]["value"], about["none"]["value"]) == ("x", None)
    assert "place" in about["zero"], "the two zeros are two numbers"
    (first, *_) = next(iter(parts))
    assert len(json.loads(first[-1])) == sum("place" in column for column in columns) == 5


def test_an_infinite_number_is_not_kept() -> None:
    frame = pl.DataFrame({"institution": ["A", "B"], "x": [1.0, math.inf]})
    with pytest.raises(AssertionError, match="x:"):
        list(kept_of(frame)[1])


def test_every_quantity_can_be_asked_by_name(database: Database, area: Area, tmp_path: Path) -> None:
    store = Store(database)
    imported(store, area, tmp_path, ONE, TWO)
    runs = Runs(store)
    made, _ = runs.made(area.area, 2024, day=dt.date(2024, 8, 1), catalogue="c", engine="e")
    frame = pl.DataFrame(
        {
            "institution": ["A", "B"],
            "area": ["x", "x"],
            "step": ["fri", "fri"],
            "g.level": ["god", "dårlig"],
            "g": [1.5, None],
        }
    )
    run = runs.save(made, "2024/25", {}, frame, "Bo")
    assert run is not None
    wanted = "SELECT name, value FROM reading WHERE run_id = ? AND institution = ? ORDER BY name"
    with database.asking() as ask:
        found = {who: dict(ask(wanted, run.id, who)) for who in "AB"}
    assert {who: {**row, "g": row["g"] and float(row["g"])} for who, row in found.items()} == {
        "A": {"area": "x", "g": 1.5, "g.level": "god"},
        "B": {"area": "x", "g": None, "g.level": "dårlig"},
    }
    assert runs.placement(run, "A") == frame.row(0, named=True)
    assert runs.placement(run, "C") is None


def test_one_institutions_rows_are_the_frames(database: Database, area: Area, tmp_path: Path) -> None:
    """Corrected, closed, without figures, missing for a reason, and known from before the periods."""
    store = Store(database)
    imported(store, area, tmp_path, ONE.replace("2024/25", "2020/21"), TWO.replace("2024/25", "2022/23"))
    imported(store, area, tmp_path, ONE, TWO.replace("6.4", "suppressed").replace("nej", "ja"))
    imported(store, area, tmp_path, ONE.replace("7.1", "7.3"), "C,Cedertræ,2024/25,,,,,,,,")
    periods = [2022, 2023, 2024]
    for last in (None, 1, 2, 0):
        for who in ("A", "B", "C", "D"):
            frame = store.figures(area, periods, last=last, institution=who)
            assert store.rows(area, periods, who, last=last) == frame.to_dicts(), (last, who)
    assert [row["karakter"] for row in store.rows(area, periods, "A")] == [None, 7.3]
    assert [row["period"] for row in store.rows(area, periods, "A")] == [2020, 2024]


def test_the_migrations_are_those_that_alembic_finds() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    assert versions() == tuple(sorted(script.revision for script in scripts.walk_revisions()))
    assert versions()[-1] == scripts.get_current_head()
