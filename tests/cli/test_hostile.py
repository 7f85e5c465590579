"""What went wrong when somebody tried to make it: each is refused with a message, and nothing is lost or half done."""

from __future__ import annotations

import json
import os
import shutil
import time
import zipfile
from pathlib import Path

import polars as pl
import pytest

from tests.cli.conftest import Answer, Tilsyn, installed
from tests.cli.schools import PERIOD, ROOT, STRONG_READING, change, folkeskole_policy, school, write_csv


@pytest.fixture
def figures(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "tal.csv", [school("A"), school("B", STRONG_READING)])


def place(tilsyn: Tilsyn, policy: Path, *args: object, period: str = PERIOD) -> Answer:
    return tilsyn("--policy", policy, "place", "folkeskole", *args, "--period", period)


def test_a_state_of_the_same_or_a_later_period_is_refused(
    tilsyn: Tilsyn, policy: Path, figures: Path, tmp_path: Path
) -> None:
    assert place(tilsyn, policy, figures, "--out", tmp_path / "nu.csv").code == 0
    again = place(tilsyn, policy, figures, "--previous", tmp_path / "nu.csv")
    assert (again.code, "er fra 2024/25, og det er ikke før 2024/25" in again.err) == (5, True)


def test_a_state_of_another_area_is_refused(tilsyn: Tilsyn, policy: Path, figures: Path, tmp_path: Path) -> None:
    state = write_csv(tmp_path / "før.csv", [{"institution": "A", "area": "dagtilbud", "step": "tillid"}])
    answer = place(tilsyn, policy, figures, "--previous", state)
    assert (answer.code, "fra området `dagtilbud`" in answer.err) == (5, True)


@pytest.mark.parametrize("name", ["absent", "closed", "name", "covered", "step", "hours_freed", "rule"])
def test_a_name_that_results_already_use_is_refused_by_check(tilsyn: Tilsyn, tmp_path: Path, name: str) -> None:
    policy = folkeskole_policy(tmp_path / "regler")
    change(policy / "goals/folkeskole.yaml", "skoletype: text", f"skoletype: text, {name}: number")
    answer = tilsyn("check", policy)
    assert answer.code == 3
    assert f"`{name}`" in answer.err


def test_nothing_that_is_read_is_written_over(tilsyn: Tilsyn, policy: Path, figures: Path, tmp_path: Path) -> None:
    before = figures.read_bytes()
    assert place(tilsyn, policy, figures, "--out", figures).code == 2
    assert figures.read_bytes() == before
    same = tmp_path / "samme.csv"
    assert place(tilsyn, policy, figures, "--out", same, "--quarantine", same).code == 2
    assert not same.exists()


def test_a_file_without_a_name_is_refused_and_nothing_is_written(
    tilsyn: Tilsyn, policy: Path, figures: Path, results: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    for command in (
        ("place", "folkeskole", figures, "--period", PERIOD, "--out", ""),
        ("place", "folkeskole", figures, "--period", PERIOD, "--quarantine", ""),
        ("place", "folkeskole", "", "--period", PERIOD),
        ("explain", "A", "--from", results, "--out", ""),
        ("export", "dmn", "folkeskole", "--out", ""),
        ("export", "schema", ""),
        ("data", "template", "folkeskole", "--out", ""),
        ("demo", "--out", ""),
        ("init", ""),
        ("check", ""),
    ):
        answer = tilsyn("--policy", policy, *command)
        assert (answer.code, "mangler en værdi" in answer.err) == (2, True), command
    for folder in (".", "/", ".."):
        for command in (("explain", "A", "--from", results), ("export", "dmn", "folkeskole")):
            answer = tilsyn("--policy", policy, *command, "--out", folder)
            assert (answer.code, "kan ikke skrives" in answer.err) == (7, True), command
    assert sorted(tmp_path.rglob("*")) == before


def test_real_results_are_not_put_where_a_demo_will_delete_them(
    tilsyn: Tilsyn, policy: Path, figures: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "prøve"
    folder.mkdir()
    (folder / "demo.json").write_text('{"areas": []}', encoding="utf-8")
    answer = place(tilsyn, policy, figures, "--out", folder)
    assert (answer.code, "prøvekørsels" in answer.err) == (2, True)
    assert sorted(path.name for path in folder.iterdir()) == ["demo.json"]


def test_a_demo_does_not_delete_the_rules_it_reads(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = tmp_path / "prøve"
    policy = folkeskole_policy(folder / "policy")
    (folder / "demo.json").write_text('{"areas": ["folkeskole"]}', encoding="utf-8")
    assert tilsyn("--policy", policy, "demo", "--out", folder).code == 2
    assert (policy / "goals" / "folkeskole.yaml").exists()


def test_links_that_turn_in_a_circle_are_not_followed(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    policy = folkeskole_policy(tmp_path / "regler")
    (policy / "goals" / "a").symlink_to(".")
    (policy / "goals" / "b").symlink_to(".")
    assert place(tilsyn, policy, figures, "--out", tmp_path / "ud").code == 0
    assert sum(1 for _ in (tmp_path / "ud" / "policy").rglob("*")) < 20


def test_a_pipe_or_a_device_is_no_file_of_figures(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "rør.csv")
    for path in (tmp_path / "rør.csv", "/dev/zero", tmp_path):
        answer = place(tilsyn, policy, path)
        assert answer.code in (5, 7), path
        assert "fil" in answer.err


def test_a_column_of_time_spans_is_refused(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    frame = pl.DataFrame({"institution": ["A"], "karakter": [1.0]})
    frame = frame.with_columns(pl.duration(days=pl.lit(1)).alias("varighed"))
    frame.write_parquet(tmp_path / "tal.parquet")
    answer = place(tilsyn, policy, tmp_path / "tal.parquet")
    assert (answer.code, "varighed" in answer.err) == (5, True)


def test_a_workbook_made_to_be_slow_is_answered_at_once(tilsyn: Tilsyn, policy: Path, tmp_path: Path) -> None:
    plain = tmp_path / "tal.xlsx"
    pl.DataFrame({"institution": ["A"], "trivsel": [4.0]}).write_excel(plain)
    slow = tmp_path / "langsom.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(slow, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            data = source.read(part)
            if part.endswith("sheet1.xml"):
                data += b"<!-- " + b'<c r="A1" t="e">' * 60_000 + b" -->"
            target.writestr(part, data)
    began = time.monotonic()
    assert place(tilsyn, policy, slow).code in (0, 5)
    assert time.monotonic() - began < 20


def test_a_long_chain_of_quantities_is_answered_at_once(tilsyn: Tilsyn, tmp_path: Path) -> None:
    folder = tmp_path / "regler"
    shutil.copytree(ROOT / "tests/broken/base", folder)
    chain = "".join(f"  led_{n}: {{value: led_{n - 1} + 1}}\n" for n in range(1, 1500))
    change(folder / "goals/ordning.yaml", "  fremmøde: {", f"  led_0: {{value: elever}}\n{chain}  fremmøde: {{")
    began = time.monotonic()
    assert tilsyn("check", folder).code == 0
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    ("key", "value"),
    [("day", "zz"), ("day", 5), ("area", ["folkeskole"]), ("index", "x"), ("fingerprints", []), ("files", 5)],
)
def test_a_damaged_run_is_refused_and_not_followed(
    tilsyn: Tilsyn, policy: Path, figures: Path, tmp_path: Path, key: str, value: object
) -> None:
    assert place(tilsyn, policy, figures, "--out", tmp_path / "ud").code == 0
    path = tmp_path / "ud" / "folkeskole" / "2024-25" / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}), encoding="utf-8")
    for command in (("show", "folkeskole"), ("explain", "A")):
        answer = tilsyn(*command, "--from", tmp_path / "ud")
        assert (answer.code, "resultater" in answer.err) == (5, True)


def test_nothing_steers_the_terminal_or_the_page(tilsyn: Tilsyn, figures: Path, tmp_path: Path) -> None:
    policy = folkeskole_policy(tmp_path / "regler")
    change(policy / "goals/folkeskole.yaml", "title: {da: Folkeskolen,", 'title: {da: "Folke\\e[31mskolen",')
    shown = place(tilsyn, policy, figures, "--out", tmp_path / "ud")
    page = tilsyn("explain", "A", "--from", tmp_path / "ud", "--format", "html")
    assert "\x1b" not in shown.out + page.out


def test_a_closed_screen_is_no_fault(tmp_path: Path) -> None:
    assert installed("--version", cwd=tmp_path).code == 0
    done = os.system(f"cd {tmp_path} && {installed.__globals__['COMMAND']} --version >&- 2>{tmp_path}/err")
    assert (os.waitstatus_to_exitcode(done), (tmp_path / "err").read_text()) == (0, "")
