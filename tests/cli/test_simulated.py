"""What `tilsyn simulate` says of its own figures: from when they are counted, of how many, and that it is at work."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Tilsyn
from tilsyn.files.shipped import shipped_folder
from tilsyn.studies.simulate import settled_from

SMALL = ("simulate", "jobcenter", "--units", 200, "--years", 5, "--confidence", "0.6:0.7", "--pool", 1)


def cells(out: str, first: str) -> list[str]:
    """The cells of the row that begins so."""
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in out.splitlines() if "│" in line]
    return next(row[1:] for row in rows if row[0] == first)


def test_it_says_from_which_year_moves_are_counted_and_how_many_each_share_is_of(tilsyn: Tilsyn) -> None:
    answer = tilsyn("--policy", shipped_folder(), *SMALL, "--lang", "en")
    assert answer.code == 0
    assert "Move a year: change step from one year to the next, counted from year 4" in answer.flat
    data = tilsyn("--policy", shipped_folder(), *SMALL, "--format", "json").data
    every, small = data["true_steps"], data["true_steps_small"]
    assert (sum(every), sum(small)) == (200, 20)
    # small that belong on the ordinary step or a freer one; the failing; the excellent
    concerned = [200, sum(small[:3]), 200, 20, every[4], small[4], every[0], small[0]]
    assert cells(answer.out, "of how many") == [str(count) for count in concerned]


def test_moves_are_counted_when_all_have_had_time_or_else_from_the_last_year_but_one() -> None:
    assert [settled_from(years) for years in (5, 6, 7, 8, 12)] == [4, 5, 6, 6, 6]


def test_on_a_terminal_one_sees_that_it_works(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="this system has no terminals to pretend")
    ours, theirs = pty.openpty()
    command = [COMMAND, *(str(part) for part in SMALL)]
    env = {**os.environ, "TERM": "xterm"}
    with subprocess.Popen(command, cwd=tmp_path, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as running:
        os.close(theirs)
        said = b"".join(read_all(ours))
    os.close(ours)
    assert running.returncode == 0
    text = said.decode("utf-8", "replace")
    assert text.index("simulerer") < text.index("Hvad trappen gør")
    assert "━" in text.partition("Hvad trappen gør")[0]


def read_all(terminal: int) -> Iterator[bytes]:
    """What is said on a terminal until the other end closes it, which is an error on some systems."""
    while True:
        try:
            read = os.read(terminal, 65536)
        except OSError:
            return
        if not read:
            return
        yield read
