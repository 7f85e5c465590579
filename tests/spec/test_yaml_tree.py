"""YAML: what a text means, by the core schema of YAML 1.2, and where each thing stands.

Kept apart from the grammar: these are the rules for any file that tilsyn reads as YAML.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from tilsyn.catalogue.documents import Document
from tilsyn.files import yaml_tree
from tilsyn.files.yaml_tree import DEEPEST, LARGEST, MOST_NODES, parse_tree, read_tree
from tilsyn.problems import Problem, Where


@pytest.fixture(params=["C", "Python"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything here holds with both of PyYAML's parsers."""
    loaders: dict[str, Any] = {"C": getattr(yaml, "CLoader", None), "Python": yaml.SafeLoader}
    if loaders[request.param] is None:
        pytest.skip("PyYAML was built without libyaml")
    monkeypatch.setattr(yaml_tree, "_LOADER", loaders[request.param])


def value_of(written: str) -> object:
    tree = parse_tree(f"x: {written}\n", "f.yaml")
    assert tree.problems == ()
    return tree.root["x"]


def problem_in(text: str) -> Problem:
    (problem,) = parse_tree(text, "f.yaml").problems
    return problem


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("true", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("+3", 3),
        ("0.4", Decimal("0.4")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1000")),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2024-08-01", "2024-08-01"),
        ("2024/25", "2024/25"),
        ("60 %", "60 %"),
        ("'0101'", "0101"),
        ('"true"', "true"),
        ("'null'", "null"),
        ("[1, a]", [1, "a"]),
    ],
)
def test_a_scalar_means(written: str, expected: object) -> None:
    found = value_of(written)
    assert (found, type(found)) == (expected, type(expected))


def test_numbers_are_exact() -> None:
    assert value_of("0.1") + value_of("0.2") == Decimal("0.3")  # type: ignore[operator]


def test_keys_are_always_text() -> None:
    tree = parse_tree("on: 1\n2024-08-01: 2\n7: 3\nnull: 4\n", "f.yaml")
    assert tree.root == {"on": 1, "2024-08-01": 2, "7": 3, "null": 4}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1),
        ("a: {b: 1, b: 2}\n", "duplicate-key", 1, 11),
        ("7: a\n'7': b\n", "duplicate-key", 2, 1),
        ("a: 0101\n", "odd-number", 1, 4),
        ("a: 0o17\n", "odd-number", 1, 4),
        ("a: 0x1F\n", "odd-number", 1, 4),
        ("a: 00.5\n", "odd-number", 1, 4),
        ("a: .inf\n", "number-not-finite", 1, 4),
        ("a: -.Inf\n", "number-not-finite", 1, 4),
        ("a: .nan\n", "number-not-finite", 1, 4),
        ("a: 1e9999\n", "number-too-fine", 1, 4),
        (f"a: {'9' * 5000}\n", "number-too-fine", 1, 4),
        ("a: 0.1234567890123456\n", "number-too-fine", 1, 4),
        ("a: &x 1\n", "anchor-refused", 1, 4),
        ("a: *x\n", "alias-refused", 1, 4),
        ("<<: {a: 1}\n", "merge-key-refused", 1, 1),
        ("a: !!str 1\n", "tag-refused", 1, 4),
        ("a: !!python/object/apply:os.system x\n", "tag-refused", 1, 4),
        ("a: !mine x\n", "tag-refused", 1, 4),
        ("? [a]\n: 1\n", "key-not-text", 1, 3),
        ("'': 1\n", "key-not-text", 1, 1),
        ("a: 1\n---\nb: 2\n", "several-documents", 2, 1),
        ("a: b: c\n", "yaml-colon", 1, 5),
        ("a:\n\t- b\n", "yaml-character", 2, 1),
        ("a: `x`\n", "yaml-character", 1, 4),
        ("a: 'x\nb: 1\n", "yaml-unclosed-quote", 1, 4),
        ("a: [1, 2\nb: 1\n", "yaml-unclosed-bracket", 1, 4),
        ("a: 1\n- b\n", "yaml-indentation", 2, 1),
        ("  a: 1\nb: 2\n", "yaml-indentation", 2, 1),
        ("a: x\x07y\n", "control-character", 1, 5),
        ("a: x\u2028y\n", "control-character", 1, 5),
    ],
)
def test_a_fault_has_its_code_and_place(text: str, code: str, line: int, column: int) -> None:
    problem = problem_in(text)
    assert (problem.code, problem.where) == (code, Where("f.yaml", line, column))


def test_a_duplicate_key_names_both_places() -> None:
    problem = problem_in("a:\n  b: 1\n  c: 2\n  b: {d: 1}\n")
    assert (problem.where.line, problem.args["line"], problem.args["name"]) == (4, 2, "b")


def test_faults_that_hide_nothing_are_all_told() -> None:
    tree = parse_tree("a: 0101\nb: 1\nb: 2\nc: !!str x\nd: .nan\n", "f.yaml")
    assert [problem.code for problem in tree.problems] == [
        "odd-number", "duplicate-key", "tag-refused", "number-not-finite",
    ]  # fmt: skip
    assert list(tree.root) == ["a", "b", "c", "d"]


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x]\n" + "".join(f"{y}: &{y} [{', '.join(['*' + x] * 9)}]\n" for x, y in ["ab", "bc", "cd"])
    assert problem_in(bomb).code == "anchor-refused"


def test_depth_is_limited() -> None:
    assert parse_tree("[" * DEEPEST + "]" * DEEPEST, "f.yaml").problems == ()
    assert problem_in("[" * (DEEPEST + 2) + "]" * (DEEPEST + 2)).code == "yaml-too-deep"


def test_the_number_of_values_is_limited() -> None:
    assert parse_tree("[" + "1," * (MOST_NODES - 1) + "]", "f.yaml").problems == ()
    assert problem_in("[" + "1," * MOST_NODES + "]").code == "yaml-too-many"


def test_the_size_is_limited_before_reading(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"a: 1\n#" + b"x" * (LARGEST - 6))
    assert read_tree(file).problems == ()
    with file.open("ab") as more:
        more.write(b"x")
    (problem,) = read_tree(file, shown="f.yaml").problems
    assert (problem.code, problem.where) == ("file-too-large", Where("f.yaml"))


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "f.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: \xc3\xa6\r\nb: 2\r\n")
    tree = read_tree(file)
    assert (tree.root, tree.problems) == ({"a": "æ", "b": 2}, ())


def test_letters_are_composed_however_they_were_saved() -> None:
    assert parse_tree("ma\u030aling: a\u030a\n", "f.yaml").root == {"måling": "å"}


def test_an_empty_file_says_so() -> None:
    assert problem_in("# nothing\n").code == "empty-file"


MEASURES = """\
plain: æ + bb
single: 'it''s bb'
double: "\\"\\u00e6\\" bb"
flow: {x: 'a bb', y: 2}
literal: |
  a
    bb
folded: >-
  a
  bb
many: aa
  bb
quoted: "aa
  bb"
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("plain",), 1, 12),
        (("single",), 2, 16),
        (("double",), 3, 21),
        (("flow", "x"), 4, 14),
        (("literal",), 7, 5),
        (("folded",), 10, 3),
        (("many",), 12, 3),
        (("quoted",), 14, 3),
    ],
)
def test_a_character_of_a_text_is_found_in_the_file(path: tuple[str, ...], line: int, column: int) -> None:
    """The place of `bb`, by its offset in the value."""
    tree = parse_tree(MEASURES, "f.yaml")
    assert tree.problems == ()
    value = tree.root
    for step in path:
        value = value[step]
    document = Document("area", "x", "f.yaml", tree.root, tree.positions)
    assert document.where(path, offset=value.index("bb")) == Where("f.yaml", line, column)


def test_keys_values_and_blocks_have_places() -> None:
    tree = parse_tree("goals:\n  læsning:\n    weight: 40\nlist:\n  - {id: R1, a: 1}\n", "f.yaml")
    document = Document("area", "x", "f.yaml", tree.root, tree.positions)
    assert document.where(("goals", "læsning", "weight")) == Where("f.yaml", 3, 13)
    assert document.where(("goals", "læsning", "weight"), key=True) == Where("f.yaml", 3, 5)
    assert document.where(("goals", "læsning")) == Where("f.yaml", 2, 3)  # a block goes by its key
    assert document.where(("goals", "læsning", "unit", "x")) == Where("f.yaml", 2, 3)  # what is not there, by its block
    assert document.where(("list", 0)) == Where("f.yaml", 5, 5)
    assert document.problem(("list", 0, "a"), "x").path == ("list", "R1", "a")
    assert document.where(()) == Where("f.yaml", 1, 1)
