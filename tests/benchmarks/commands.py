"""What a short command costs before it does anything: `python -m tests.benchmarks.commands [--times N] [--demo DIR]
[--readme]`.

Two tables. The commands, on the demonstration's database, take turns with `import click`, which the command line
cannot do without; what is said is the median of their processor time. The dependencies are imported in a process of
their own each, with the parts of them that the program uses, less what an empty one takes; beside each stand the
commands that load it, as Python itself tells (`-X importtime`). `--demo` is what `tilsyn demo --out DIR` wrote before;
`--readme` writes the tables into README.md.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions
from pathlib import Path
from statistics import median

from tests.benchmarks.peers_table import measured_on, written_into
from tests.benchmarks.start import last_institution, took
from tilsyn import __version__

ROOT = Path(__file__).parents[2]
TILSYN = (sys.executable, "-m", "tilsyn.cli.main")
CLICK = "import click"
TIMED = ("tilsyn --help", "tilsyn check", "tilsyn explain")
AREA, PERIOD = "sygehus", "2024"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--demo", type=Path, help="what `tilsyn demo --out DIR` wrote before")
    parser.add_argument("--readme", action="store_true", help="write the tables into README.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        demo = asked.demo or Path(folder) / "demo"
        if asked.demo is None:
            subprocess.run([*TILSYN, "demo", "--out", str(demo)], check=True, stdout=subprocess.DEVNULL)
        commands = _commands(demo, Path(folder))
        tables = [*_timed(commands, asked.times), "", *_imports(commands, asked.times)]
    table = "\n".join([*tables, "", f"{measured_on(f'rounds: {asked.times}')}; tilsyn {__version__}."])
    print(table)
    if asked.readme:
        print(written_into(ROOT / "README.md", "start", table), file=sys.stderr)


def _commands(demo: Path, folder: Path) -> dict[str, list[str]]:
    """Commands by what they are called in the tables, in an order that they can be run in."""
    db, form = str(demo / "tilsyn.db"), str(folder / "form.xlsx")
    figures = [str(path) for path in sorted((demo / "figures").glob(f"{AREA}-{PERIOD}*.csv"))[:1]]
    given = {
        "tilsyn --help": ["--help"],
        "tilsyn check": ["check"],
        "tilsyn explain": ["--db", db, "explain", last_institution(Path(db))[0]],
        "tilsyn test": ["test"],
        "tilsyn prove": ["prove", AREA],
        "tilsyn show": ["--db", db, "show", AREA],
        "tilsyn place": ["place", AREA, *figures, "--period", PERIOD],
        "tilsyn data template": ["data", "template", AREA, "--out", form],
        "tilsyn place (Excel)": ["place", AREA, form, "--period", PERIOD],
        "tilsyn data import": ["--db", str(folder / "new.db"), "data", "import", AREA, *figures, "--period", PERIOD,
                               "--by", "Ida"],
    }  # fmt: skip
    return {name: [*TILSYN, *args] for name, args in given.items()}


def _timed(commands: Mapping[str, Sequence[str]], times: int) -> list[str]:
    wanted = {CLICK: [sys.executable, "-c", CLICK], **{name: commands[name] for name in TIMED}}
    # the first round is not counted: what it reads from disk the others find in memory
    taken = [{name: took(command) for name, command in wanted.items()} for _ in range(times + 1)][1:]
    rows: list[str] = []
    for name in wanted:
        cpu, wall = (median(one[name][which] for one in taken) for which in (0, 1))
        ratio = cpu / median(one[CLICK][0] for one in taken)
        rows.append(f"| `{name}` | {1000 * cpu:.0f} | {1000 * wall:.0f} | {ratio:.1f} |")
    return [
        "| Command | ms of processor time | ms by the clock | × `import click` |",
        "| --- | ---: | ---: | ---: |",
        *rows,
    ]


def _imports(commands: Mapping[str, Sequence[str]], times: int) -> list[str]:
    modules = _dependencies()
    code = {"": "pass", **{module: f"import {', '.join(_imported(module))}" for module in modules.values()}}
    taken = [{name: took([sys.executable, "-c", one])[0] for name, one in code.items()} for _ in range(times + 1)][1:]
    empty = median(one[""] for one in taken)
    loaded = {name: _loaded(command) for name, command in commands.items()}
    rows: list[str] = []
    for dependency, module in modules.items():
        cost = 1000 * (median(one[module] for one in taken) - empty)
        found = [name.removeprefix("tilsyn ") for name, names in loaded.items() if module in names]
        said = "all" if len(found) == len(loaded) else ", ".join(f"`{name}`" for name in found) or "none of them"
        rows.append(f"| {dependency} | {max(cost, 0):.0f} | {said} |")
    shown = ", ".join(f"`{name.removeprefix('tilsyn ')}`" for name in commands)
    return ["| Dependency | ms of processor time to import | loaded by |", "| --- | ---: | --- |", *rows, "",
            f"The commands are {shown}."]  # fmt: skip


def _dependencies() -> dict[str, str]:
    """What pyproject.toml depends on, and the module that each is imported as."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = [re.split(r"[<>=\[ ]", one, maxsplit=1)[0] for one in declared]
    known = {d.lower(): m for m, ds in packages_distributions().items() for d in ds if not m.startswith("_")}
    return {name: known[name.lower()] for name in names}


def _imported(module: str) -> list[str]:
    """A package, and what the program imports of it: some load little before they are asked for a part."""
    line = re.compile(rf"^\s*(?:from|import) ({module}[\w.]*)", re.MULTILINE)
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "tilsyn").rglob("*.py"))
    return sorted({module, *(name for text in texts for name in line.findall(text))})


def _loaded(command: Sequence[str]) -> set[str]:
    """The packages that a command imports, whether or not it comes to anything."""
    told = subprocess.run([command[0], "-X", "importtime", *command[1:]], capture_output=True, text=True, check=False)
    lines = re.findall(r"^import time:.*\|\s*(\S+)$", told.stderr, re.MULTILINE)
    assert "tilsyn" in lines, told.stderr[-2000:]
    return {line.partition(".")[0] for line in lines}


if __name__ == "__main__":
    main()
