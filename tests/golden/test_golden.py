"""Each folder here is a case: `case.yaml` says how it is placed and why each school must come out as it does,
`figures.csv` and `previous.csv` go in, `expected.csv` and `expected.quarantine.csv` must come out.

Both readings must give it. A case may change the shipped declarations, to reach what they leave unused.
"""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest
import yaml

from tilsyn.cli.main import main
from tilsyn.engine.movement import MoveReason

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CASES = sorted(path.parent for path in HERE.glob("*/case.yaml"))

FIRST = ["institution", "newcomer", "previous", "step", "in_force", "held", "streak", "absent", "reasons"]
AFTER = ["rule", "step_freest", "step_strictest", "score", "hours_freed"]


def told(case: Path) -> Mapping[str, Any]:
    return yaml.safe_load((case / "case.yaml").read_text(encoding="utf-8"))


def policy_of(case: Mapping[str, Any], folder: Path) -> Path:
    """The shipped declarations with the changes of the case."""
    for part in ("goals", "rules"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("regimes"))
    for name, (old, new) in case.get("changes", {}).items():
        text = (folder / name).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} times"
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def place(case: Path, out: Path, engine: str, policy: Path) -> None:
    said = told(case)
    args = [
        "--policy",
        policy,
        "place",
        said["area"],
        case / "figures.csv",
        "--period",
        said["period"],
        "--engine",
        engine,
    ]
    args += ["--previous", case / "previous.csv", "--out", out]
    assert main([str(arg) for arg in args]) == 0


def readable(frame: pl.DataFrame) -> str:
    """The columns that say what was decided and on what, as text that a person can compare line by line."""
    goals = [name.removesuffix(".level") for name in frame.columns if name.endswith(".level")]
    wanted = [*FIRST, *AFTER, *(name for goal in goals for name in (goal, f"{goal}.missing", f"{goal}.level"))]
    rows = [[_text(value) for value in row] for row in frame.select(wanted).iter_rows()]
    return _csv([wanted, *rows])


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.4f}".rstrip("0").rstrip(".")
        case _:
            return str(value)


def _csv(rows: Sequence[Sequence[str]]) -> str:
    made = io.StringIO()
    csv.writer(made, lineterminator="\n").writerows(rows)
    return made.getvalue()


def quarantined(path: Path) -> str:
    """The quarantine without the folder that the file lies in; nothing where nothing was refused."""
    if not path.exists():
        return ""
    return path.read_text(encoding="utf-8").replace(f"{path.parent}/", "").replace(f"{HERE}/", "")


@pytest.mark.parametrize("engine", ["polars", "exact"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_comes_out_is_what_was_worked_out(case: Path, engine: str, tmp_path: Path, *, record: bool) -> None:
    out = tmp_path / "out.parquet"
    place(case, out, engine, policy_of(told(case), tmp_path / "policy"))
    found = {
        "expected.csv": readable(pl.read_parquet(out)),
        "expected.quarantine.csv": quarantined(tmp_path / "out.quarantine.csv"),
    }
    for name, text in found.items():
        if record:
            (case / name).write_text(text, encoding="utf-8")
        assert text.splitlines() == (case / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_school_has_a_reason_worked_out_by_hand(case: Path) -> None:
    """`why` names step and reasons apart from the recorded file, so that recording cannot make a wrong thing right."""
    with (case / "expected.csv").open(encoding="utf-8", newline="") as file:
        found = {row["institution"]: f"{row['step']}: {row['reasons']}" for row in csv.DictReader(file)}
    assert found == {unit: why["comes"] for unit, why in told(case)["why"].items()}


def test_every_reason_of_a_movement_is_reached() -> None:
    reached: set[str] = set()
    for case in CASES:
        for why in told(case)["why"].values():
            reached |= set(why["comes"].partition(": ")[2].split("+"))
    assert reached == set(get_args(MoveReason)) - {"no-memory"}
