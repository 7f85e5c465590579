"""A results folder: placements with everything they were made from, until there is a database.

    DIR/policy/<fingerprint>/…      the declarations, as they were read, once for all runs that read the same
    DIR/<area>/<period>/placements.parquet  figures.parquet  state.parquet  closed.parquet  run.json

Under a regime the placements are its results, and nobody has a state.
A period appears whole or not at all: it is written beside its place and then moved. What is
read back is checked against the fingerprints in `run.json`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tilsyn.problems import DataError, Problem, SurroundingsError, UsageError, Where, not_written

if TYPE_CHECKING:
    import polars as pl

DEMO = "demo.json"
"""The mark of a folder that a demonstration has made, and may delete."""

FORM = 1
"""Version of the folder's form; a later one is not read by an earlier program."""

ABOUT = {"area", "period", "index", "day", "engine", "fingerprints"}
TABLES = ("placements", "figures", "state", "closed")


class Run(Struct, frozen=True):
    """One period of one area in a results folder. `about` is what `run.json` says."""

    folder: Path
    about: Mapping[str, Any]

    @property
    def area(self) -> str:
        return self.about["area"]

    @property
    def period(self) -> str:
        return self.about["period"]

    @property
    def policy(self) -> Path:
        """The folder of the declarations that the run was made with."""
        return _policy(self.folder.parent.parent, self.about["fingerprints"]["declarations"])

    def table(self, name: str) -> pl.DataFrame:
        """One of `TABLES`; refused where the file is not the one that was written."""
        import polars as pl

        path = self.folder / f"{name}.parquet"
        try:
            data = path.read_bytes()
        except OSError as fault:
            raise SurroundingsError(
                Problem(Where(str(path)), "results-unreadable", {"why": fault.strerror or str(fault)})
            ) from None
        if hashlib.sha256(data).hexdigest() != self.about["fingerprints"][name]:
            raise DataError(Problem(Where(str(path)), "results-changed", {"name": name}))
        return pl.read_parquet(data)


def safe(label: str) -> str:
    """A period's label as a folder name: 2024/25 is 2024-25."""
    return label.replace("/", "-")


def make_folder(folder: Path) -> None:
    """A results folder that is there. Raises SurroundingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise not_written(folder, fault) from None


def _policy(folder: Path, fingerprint: str) -> Path:
    return folder / "policy" / fingerprint[:16]


def write_policy(folder: Path, policy: Path, fingerprint: str) -> None:
    """Copies the declarations into a results folder, unless they are there. Raises SurroundingsError."""
    target = _policy(folder, fingerprint)
    if target.exists():
        return
    aside = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        for part in ("goals", "rules"):
            if (policy / part).is_dir():
                shutil.copytree(policy / part, aside / part, ignore=_not_declarations)
        os.replace(aside, target)
    except (OSError, shutil.Error) as fault:
        raise not_written(target, fault) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _not_declarations(folder: str, names: list[str]) -> list[str]:
    """What is not copied: regimes, hidden files, what is no YAML file, and folders that are links (they may turn in
    a circle)."""
    paths = [(name, Path(folder) / name) for name in names]
    return [
        name
        for name, path in paths
        if name == "regimes"
        or name.startswith(".")
        or (path.is_dir() and path.is_symlink())
        or (not path.is_dir() and path.suffix != ".yaml")
    ]


def write_run(folder: Path, about: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> Run:
    """Writes one period, replacing an earlier run of it. Raises SurroundingsError."""
    from tilsyn.files.export import parquet_bytes

    target = folder / str(about["area"]) / safe(str(about["period"]))
    aside = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        prints: dict[str, str] = {}
        for name, table in tables.items():
            data = parquet_bytes(table)
            (aside / f"{name}.parquet").write_bytes(data)
            prints[name] = hashlib.sha256(data).hexdigest()
        whole = {"form": FORM, **about, "fingerprints": {**about.get("fingerprints", {}), **prints}}
        (aside / "run.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
        # the earlier run is moved away, not deleted, until the new one is in its place
        old = target.with_name(f".{target.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if target.exists():
            os.replace(target, old)
        os.replace(aside, target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as fault:
        raise not_written(target, fault) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Run(target, whole)


def _sound(about: Mapping[str, Any], folder: Path) -> bool:
    """Whether what `run.json` says has the form that it was written in, and is about this folder."""
    prints = about["fingerprints"]
    dt.date.fromisoformat(about["day"])
    return (
        set(prints) >= {"declarations", *TABLES}
        and all(re.fullmatch("[0-9a-f]{64}", found) for found in prints.values())
        and about["area"] == folder.parent.name
        and safe(about["period"]) == folder.name
        and type(about["index"]) is int
        and all(isinstance(name, str) for name in about.get("files", ()))
    )


def read_runs(folder: Path) -> list[Run]:
    """Every run in a results folder, by area and period. Raises UsageError where there is none."""
    runs: list[Run] = []
    for path in sorted(folder.glob("*/*/run.json")):
        if path.parent.name.startswith("."):
            continue
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            known = about["form"] == FORM and set(about) >= ABOUT and _sound(about, path.parent)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            known, about = False, dict[str, Any]()
        if not known:
            raise DataError(Problem(Where(str(path)), "results-form", {"form": FORM}))
        runs.append(Run(path.parent, about))
    if not runs:
        raise UsageError(Problem(Where(str(folder)), "results-none"))
    return sorted(runs, key=lambda run: (run.area, run.about["index"]))
