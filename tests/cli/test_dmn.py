"""`tilsyn export dmn`: an area's rules as a document that other engines read."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.cli.conftest import Tilsyn, installed

NS = "{https://www.omg.org/spec/DMN/20230324/MODEL/}"


def decisions(text: str) -> list[str]:
    return [str(node.get("name")) for node in ET.fromstring(text.encode()).findall(f"{NS}decision")]


def label(text: str, name: str) -> str:
    nodes = ET.fromstring(text.encode())
    return next(str(node.get("label")) for node in nodes if node.get("name") == name)


def test_the_document_is_written_to_the_screen(tilsyn: Tilsyn, policy: Path) -> None:
    answer = tilsyn("export", "dmn", "folkeskole", "--policy", policy)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<definitions ')
    assert {"faglighed_level", "score", "assessed", "placement"} <= set(decisions(answer.out))


def test_the_document_is_utf_8_whatever_the_terminal_writes(tmp_path: Path, policy: Path) -> None:
    surroundings = {"PYTHONIOENCODING": "latin-1"}
    answer = installed("export", "dmn", "folkeskole", "--policy", policy, cwd=tmp_path, env=surroundings)
    assert answer.code == 0
    assert "læsning_og_sprog_level" in decisions(answer.out)


def test_a_file_is_written_whole_and_said_where(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    answer = tilsyn("export", "dmn", "folkeskole", "--policy", policy, "--out", tmp_path / "trappe.dmn")
    assert (answer.code, answer.out, answer.err) == (0, "", f"Skrevet til {tmp_path / 'trappe.dmn'}.\n")
    assert "placement" in decisions((tmp_path / "trappe.dmn").read_text(encoding="utf-8"))
    assert [path.name for path in tmp_path.iterdir()] == ["trappe.dmn"]


def test_a_disk_that_fills_up_leaves_what_was_there(
    tilsyn: Tilsyn, policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "full")

    out = tmp_path / "trappe.dmn"
    out.write_text("before", encoding="utf-8")
    monkeypatch.setattr(Path, "write_bytes", half)
    answer = tilsyn("export", "dmn", "folkeskole", "--policy", policy, "--out", out)
    assert (answer.code, answer.out) == (7, "")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in tmp_path.iterdir()] == [("trappe.dmn", "before")]


def test_titles_follow_the_language_and_names_do_not(tilsyn: Tilsyn, policy: Path) -> None:
    da = tilsyn("export", "dmn", "folkeskole", "--policy", policy).out
    en = tilsyn("export", "dmn", "folkeskole", "--policy", policy, "--lang", "en").out
    assert (label(da, "trivsel_i_skolen_level"), label(en, "trivsel_i_skolen_level")) == ("Trivsel", "Well-being")
    assert decisions(da) == decisions(en)


def test_the_rules_are_those_of_the_day_and_else_the_latest(tilsyn: Tilsyn, policy: Path) -> None:
    def bound(*args: object) -> set[str]:
        return {bound for bound in ("-0.8", "-0.7") if f"&lt; {bound}<" in tilsyn(*args).out}

    asked = ("export", "dmn", "folkeskole", "--policy", policy)
    assert bound(*asked, "--on", "2026-07-31") == {"-0.8"}
    assert bound(*asked, "--on", "2026-08-01") == {"-0.7"}
    assert bound(*asked) == {"-0.7"}


def test_two_rule_sets_never_share_an_identity(tilsyn: Tilsyn, policy: Path) -> None:
    """The day is the first of the version in force, not of the area, and not the day that was asked for."""

    def identity(*args: object) -> tuple[str | None, str]:
        root = ET.fromstring(tilsyn("export", "dmn", "folkeskole", "--policy", policy, *args).out.encode())
        (said,) = re.findall(r"gælder fra (\S+),", str(root.findtext(f"{NS}description")))
        return root.get("namespace"), said

    first, later = (("urn:tilsyn:folkeskole:" + day, day) for day in ("2020-08-01", "2026-08-01"))
    assert identity("--on", "2020-08-01") == identity("--on", "2026-07-31") == first
    assert identity("--on", "2026-08-01") == identity("--on", "2026-09-01") == identity() == later


def test_an_unknown_area_is_met_with_those_that_are_known(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    answer = tilsyn("export", "dmn", "folkeskolen", "--policy", policy, "--out", tmp_path / "x.dmn")
    assert answer.code == 2
    assert "`folkeskole`" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_day_before_the_rules_is_refused(tilsyn: Tilsyn, policy: Path) -> None:
    answer = tilsyn("export", "dmn", "folkeskole", "--policy", policy, "--on", "2010-01-01")
    assert (answer.code, answer.out) == (3, "")
    assert "2020-08-01" in answer.err


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    (tmp_path / "mappe").mkdir()
    answer = tilsyn("export", "dmn", "folkeskole", "--policy", policy, "--out", tmp_path / "mappe")
    assert (answer.code, answer.out) == (7, "")
    assert "mappe" in answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["mappe"]
