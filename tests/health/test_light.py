"""Nothing heavy is loaded before it is needed: no command's help loads more than the command line itself, and what
reads declarations or a single case loads nothing that only bulk needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.schools import folkeskole_policy, school, write_csv

BULK = ("sqlalchemy", "sqlmodel", "alembic", "polars", "scipy", "python_calamine", "xlsxwriter", "duckdb", "pyspark",
        "pyarrow", "pandas", "psycopg", "matplotlib", "email")  # fmt: skip
"""`email` is what comes with looking through what the installed packages say of themselves."""
DECLARED = ("pydantic", "yaml", "lark")
HEAVY = (*BULK, *DECLARED, "numpy", "rich")

LOADED = """
import sys
from tilsyn.cli.main import entry
names, sys.argv = sys.argv[1].split(","), ["tilsyn", *sys.argv[2:]]
try:
    entry()
finally:
    print("LOADED", *(name for name in names if name in sys.modules), file=sys.stderr)
"""


def loaded(folder: Path, *args: object) -> list[str]:
    """The heavy modules that a command loads."""
    command = [sys.executable, "-c", LOADED, ",".join(HEAVY), *map(str, args)]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stderr.splitlines() if line.startswith("LOADED"))
    return line.split()[1:]


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a record of two schools."""
    folder = tmp_path_factory.mktemp("light")
    rules = ["--policy", folkeskole_policy(folder / "rules")]
    rows = [school("A", period="2024/25"), school("B", period="2024/25", karakter="5.00")]
    file = write_csv(folder / "tal.csv", rows)
    told = loaded(folder, *rules, "data", "import", "folkeskole", file, "--period", "2024/25", "--by", "Ida")
    assert "sqlalchemy" in told, "or the measure does not see what is loaded"
    assert "polars" in loaded(folder, *rules, "run", "folkeskole", "--period", "2024/25", "--by", "Bo")
    return folder


@pytest.mark.parametrize("form", ["text", "json"])
def test_explain_loads_nothing_that_only_bulk_needs(record: Path, form: str) -> None:
    assert {*loaded(record, "explain", "B", "--format", form)} <= {*DECLARED, "rich"}


def test_check_loads_numpy_for_the_ladder_as_a_table_and_nothing_that_reads_figures(record: Path) -> None:
    assert {*loaded(record, "check", record / "rules")} == {*DECLARED, "numpy", "rich"}


@pytest.mark.parametrize("command", [(), ("place",), ("explain",), ("prove",), ("data", "import"), ("simulate",)])
def test_help_loads_no_more_than_the_command_line(record: Path, command: tuple[str, ...]) -> None:
    assert loaded(record, *command, "--help") == []
