"""The parts of README that are not written by hand, and how they are made.

    <!-- generated: NAME -->                       a part of the reference
    <!-- file: PATH | from: TEXT | to: TEXT -->    a part of a file of the repository
    <!-- run: COMMAND | from: TEXT | to: TEXT -->  what a command prints

Each ends at `<!-- end -->`. A part begins at the line that starts with `from` and stops before the one that starts
with `to`; what is left out shows as `…`. Commands run in the order of the page, in one empty folder.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tilsyn.catalogue.policy import Policy
from tilsyn.cli.help_texts import help_text
from tilsyn.cli.main import main, tilsyn
from tilsyn.files.column_map import ColumnMap
from tilsyn.services.rules import checked
from tilsyn.telling.reference import GENERATED, block, commands, regimes

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"

PART = re.compile(r"<!-- (generated|file|run): (.+?) -->\n.*?<!-- end -->", re.DOTALL)


def made_anew(page: str) -> str:
    """The page with every made part made again."""
    with tempfile.TemporaryDirectory() as folder, standing_in(Path(folder)):
        return PART.sub(lambda found: _part(found[1], found[2], page), page)


def anchor(head: str) -> str:
    """What a link to a heading is called."""
    return re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-")


def _contents(page: str) -> str:
    """The headings of the page, two levels of them, what is within one on its line."""
    lines: list[str] = []
    for level, head in re.findall(r"^(##|###) (.+)$", PART.sub("", page), re.MULTILINE):
        link = f"[{head}](#{anchor(head)})"
        if level == "##":
            lines.append(f"- {link}")
        else:
            lines[-1] += f"{',' if ': ' in lines[-1] else ':'} {link}"
    return "\n".join(lines)


@contextlib.contextmanager
def standing_in(folder: Path) -> Iterator[None]:
    """In a folder, and in the language that nobody has asked otherwise for."""
    before, asked = Path.cwd(), os.environ.pop("TILSYN_LANG", None)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        if asked is not None:
            os.environ["TILSYN_LANG"] = asked


def _part(kind: str, said: str, page: str) -> str:
    what, *limits = [part.strip() for part in re.split(r" \| (?=from:|to:)", said)]
    ends = dict(limit.split(": ", 1) for limit in limits)
    match kind:
        case "generated":
            body = _contents(page) if what == "contents" else _reference(what)
        case "file":
            body = f"```yaml\n{_cut((ROOT / what).read_text(encoding='utf-8'), ends)}\n```"
        case _:
            body = f"```console\n$ {what}\n{_cut(_run(what), ends)}".rstrip("\n") + "\n```"
    return f"<!-- {kind}: {said} -->\n{body}\n<!-- end -->"


def _reference(name: str) -> str:
    match name:
        case "commands":
            return commands(tilsyn, help_text)
        case "column-map":
            return block(ColumnMap, "Column map")
        case "regimes":
            return regimes((found.folder.name, found.policy, found.command) for found in shipped_regimes())
        case _:
            return GENERATED[name]()


@dataclass(frozen=True)
class Shipped:
    """A regime that travels with the program: its folder, its rules, and the command that runs it.

    The command stands in the column map, which says how the published file is read, with `FILE` for the file. A regime
    that nothing was published of has no column map; its author's cases are what there is to run.
    """

    folder: Path
    policy: Policy
    command: str


def shipped_regimes() -> Iterator[Shipped]:
    for folder in sorted((ROOT / "rules/regimes").iterdir()):
        catalogue = checked(folder)
        (area,) = catalogue.areas
        columns = folder / "columns.yaml"
        command = f"tilsyn --policy {folder.relative_to(ROOT)} test"
        if columns.is_file():
            (command,) = re.findall(r"^# .*`(tilsyn .+?)`", columns.read_text(encoding="utf-8"), re.MULTILINE)
        yield Shipped(folder, catalogue.on(area, catalogue.change_days(area)[-1]), command)


def _run(command: str) -> str:
    """What a command prints, and its exit code where it is not 0."""
    if not command.startswith("tilsyn"):
        return subprocess.run(command, shell=True, check=True, capture_output=True, text=True).stdout
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(shlex.split(command)[1:])
    return out.getvalue() + (f"(exit {code})\n" if code else "")


def _cut(text: str, ends: dict[str, str]) -> str:
    lines = [line.rstrip() for line in text.splitlines()]
    first = _line(lines, ends["from"], 0) if "from" in ends else 0
    last = _line(lines, ends["to"], first + 1) if "to" in ends else len(lines)
    shown = "\n".join(lines[first:last]).strip("\n")
    before, after = "…\n" * any(lines[:first]), "\n…" * any(lines[last:])
    return before + shown + after


def _line(lines: list[str], start: str, after: int) -> int:
    """The first line that starts so; README names one that is there."""
    return next(place for place, line in enumerate(lines) if place >= after and line.lstrip().startswith(start))
