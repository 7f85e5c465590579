"""The declarations that travel with the program, and a folder to start from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import tilsyn
from tilsyn.files.schemas import write_schemas
from tilsyn.problems import Problem, UsageError, Where, not_written


def shipped_folder() -> Path:
    """The policy folder of the installed program; in a checkout, the checkout itself."""
    package = Path(tilsyn.__file__).parent
    inside = package / "shipped"
    return inside if (inside / "goals").is_dir() else package.parent


def write_start(folder: Path) -> list[Path]:
    """A policy folder with the shipped declarations and editor schemas; refused where something is there already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(Problem(Where(str(folder)), "init-not-empty"))
    source, target = shipped_folder(), folder.resolve()
    aside = target.with_name(f".{target.name}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        for part in ("goals", "rules"):
            shutil.copytree(
                source / part, aside / part, ignore=shutil.ignore_patterns("regimes", ".*", "__pycache__", "*.md")
            )
        write_schemas(aside / "schema")
        written = sorted(path for path in aside.rglob("*") if path.is_file())
        for path in written:
            if path.suffix == ".yaml":
                _point_at_schemas(path, aside)
        if folder.exists():
            # one may stand in it, so it stays the same folder
            for path in aside.iterdir():
                os.replace(path, folder / path.name)
            aside.rmdir()
        else:
            os.replace(aside, folder)
    except OSError as fault:
        shutil.rmtree(aside, ignore_errors=True)
        raise not_written(folder, fault) from None
    return [folder / path.relative_to(aside) for path in written]


def _point_at_schemas(path: Path, root: Path) -> None:
    """The first line of a shipped file names its schema; here the schemas lie in the folder itself."""
    text = path.read_text(encoding="utf-8")
    first, _, rest = text.partition("\n")
    name = first.rpartition("/")[2]
    up = "../" * len(path.relative_to(root).parts[:-1])
    path.write_text(f"# yaml-language-server: $schema={up}schema/{name}\n{rest}", encoding="utf-8")
