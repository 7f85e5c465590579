"""`engine`, `studies` and `catalogue` open no file, read no clock, and draw no number but from a passed generator."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "tilsyn"
PURE = ("engine", "studies", "catalogue")

SURROUNDINGS = {
    "asyncio", "glob", "http", "io", "locale", "logging", "multiprocessing", "os", "pathlib", "platform", "random",
    "requests", "secrets", "shutil", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib", "uuid", "zoneinfo",
}  # fmt: skip
CALLS = {"open", "input", "print", "eval", "exec", "compile", "__import__"}
CLOCK = {"now", "today", "utcnow", "fromtimestamp"}
FILES = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "read_csv", "read_parquet", "read_excel",
    "read_json", "read_ipc", "scan_csv", "scan_parquet", "write_csv", "write_parquet", "write_excel", "write_json",
    "sink_csv", "sink_parquet", "fromfile", "tofile", "savetxt", "loadtxt", "load", "save",
}  # fmt: skip
GENERATOR = {"Generator"}


def impurities(source: str) -> Iterator[tuple[int, str]]:
    """What a module does that a pure one may not, with its line."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, n.name) for n in names if n.name.partition(".")[0] in SURROUNDINGS)
            case ast.ImportFrom(module=str(module), names=names):
                if module.partition(".")[0] in SURROUNDINGS:
                    yield node.lineno, module
                if module.startswith("numpy.random"):
                    yield from ((node.lineno, n.name) for n in names if n.name not in GENERATOR)
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                yield node.lineno, f"{name}()"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK | FILES:
                yield node.lineno, f".{name}()"
            case ast.Attribute(value=ast.Attribute(attr="random"), attr=name) if name not in GENERATOR:
                yield node.lineno, f"random.{name}"
            case _:
                continue


@pytest.mark.parametrize("path", [p for part in PURE for p in sorted((PACKAGE / part).rglob("*.py"))], ids=str)
def test_nothing_from_outside_is_touched(path: Path) -> None:
    assert list(impurities(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "fault",
    [
        "import random",
        "from os import environ",
        "from pathlib import Path",
        "x = open('f')",
        "x = path.read_text()",
        "x = dt.date.today()",
        "x = dt.datetime.now()",
        "import numpy as np\nx = np.random.default_rng(1)",
        "from numpy.random import default_rng",
        "x = eval('1')",
        "x = pl.read_csv('f')",
    ],
)
def test_each_impurity_would_be_seen(fault: str) -> None:
    assert list(impurities(fault))


def test_a_passed_generator_is_pure() -> None:
    assert not list(
        impurities("import numpy as np\ndef draw(generator: np.random.Generator): return generator.normal()")
    )


def test_nothing_is_evaluated_anywhere() -> None:
    evil = {"eval()", "exec()", "__import__()"}
    for path in PACKAGE.rglob("*.py"):
        assert not [what for _, what in impurities(path.read_text(encoding="utf-8")) if what in evil], path
