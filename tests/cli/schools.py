"""A few made-up schools and a policy folder with the folkeskole alone, so that commands answer fast.

`ORDINARY` meets every goal with room on both sides (75 points, the step `almindelig`); a test changes what it names.
"""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PERIOD = "2024/25"

Row = Mapping[str, str]

ORDINARY: Row = {
    "elever": "480",
    "har_9_klasse": "ja",
    "karakter": "7.30",
    "karakter.n": "60",
    "karakter.sd": "2.2",
    "karakter.expected": "7.20",
    "læsning": "50.6",
    "læsning.n": "54",
    "læsning.se": "1.2",
    "læsning.expected": "50.3",
    "overgang.count": "52",
    "overgang.n": "57",
    "overgang.expected": "0.91",
    "trivsel": "3.90",
    "trivsel.n": "420",
    "trivsel.sd": "0.6",
    "højt_fravær.count": "62",
    "højt_fravær.n": "480",
    "alvorlig_hændelse": "nej",
    **{
        f"{indicator}@{group}.missing": "too-few"
        for indicator in ("karakter", "højt_fravær")
        for group in ("tosprogede", "støttebehov")
    },
}

STRONG_READING: Row = {"læsning": "55.3"}
"""Reading five points above what is expected: 80 points, which is the step `tillid`."""


CRITICAL: Row = {"karakter": "5.20", "læsning": "42.3"}
"""Two points below what is expected in grades and eight in reading: two critical goals, far from any boundary."""


def school(unit: str, *changes: Row, **more: str) -> dict[str, str]:
    """An ordinary school with what is changed."""
    row = {"institution": unit, "name": f"Skolen {unit}", "period": PERIOD, **ORDINARY}
    for change in (*changes, more):
        row |= change
    return row


def write_csv(
    path: Path,
    rows: Iterable[Mapping[str, str]],
    *,
    separator: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
    drop: Iterable[str] = (),
) -> Path:
    """A CSV file; with `decimal=","` every number is written as Danes do."""
    rows = list(rows)
    names = [name for name in dict.fromkeys(name for row in rows for name in row) if name not in set(drop)]
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=separator, extrasaction="ignore", restval="")
        writer.writeheader()
        writer.writerows({name: _written(value, decimal) for name, value in row.items()} for row in rows)
    return path


def _written(value: str, decimal: str) -> str:
    try:
        float(value)
    except ValueError:
        return value
    return value.replace(".", decimal)


def read_csv(path: Path) -> dict[str, dict[str, str]]:
    """The rows of a CSV file by institution."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["institution"]: row for row in csv.DictReader(file)}


def folkeskole_policy(folder: Path, *, institutions: int = 40) -> Path:
    """The shipped declarations of the folkeskole alone, with a small sample."""
    for name in (
        "goals/folkeskole.yaml",
        "goals/samples/folkeskole.yaml",
        "goals/samples/kommuner.yaml",
        "rules/ladders/tilsynstrappe.yaml",
        "rules/requirements/folkeskole.yaml",
        "rules/supports.yaml",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    change(folder / "goals/samples/folkeskole.yaml", "institutions: 1100", f"institutions: {institutions}")
    return folder


def change(path: Path, old: str, new: str) -> None:
    """Replaces what stands exactly once in a file."""
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path} has {old!r} {text.count(old)} times"
    path.write_text(text.replace(old, new), encoding="utf-8")
