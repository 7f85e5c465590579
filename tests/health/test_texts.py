"""Every text is there in both languages with the same places to fill in, is used, and is there when it is used."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import pytest

from tilsyn.catalogue.reasons import MISSING, MOVEMENT
from tilsyn.cli.help_texts import HELP
from tilsyn.engine.movement import MoveReason
from tilsyn.engine.values import REASONS
from tilsyn.telling.words import _topic, texts

PACKAGE = Path(__file__).resolve().parents[2] / "tilsyn"
SOURCES = sorted(PACKAGE.rglob("*.py"))
CODE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")

REPORTING = {
    "Problem",
    "FeelError",
    "PydanticCustomError",
    "problem",
    "key_problem",
    "Refusal",
    "Note",
    "fault",
    "refuse",
}
"""What a code is handed to. Whatever in their arguments looks like one must have a text."""

NO_TEXT = {
    "PydanticCustomError": {"not-a-percentage"},
}


def leaves(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping[str, str]]]:
    if set(node) == {"da", "en"}:
        yield ".".join(path), node
        return
    for key, below in node.items():
        yield from leaves(below, (*path, str(key)))


SENTENCES = dict(leaves(texts("sentences")))
OTHERS = dict(leaves(texts("texts")))
PROBLEMS = set(texts("texts")["problems"])
REFUSALS = set(texts("texts")["refusals"])
NOTES = set(texts("texts")["notes"])


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("source", [SENTENCES, OTHERS], ids=["sentences", "texts"])
def test_both_languages_fill_in_the_same(source: Mapping[str, Mapping[str, str]]) -> None:
    differing = {key: both for key, both in source.items() if fields(both["da"]) != fields(both["en"])}
    assert differing == {}


@pytest.mark.parametrize("source", [SENTENCES, OTHERS], ids=["sentences", "texts"])
def test_nothing_is_left_untranslated(source: Mapping[str, Mapping[str, str]]) -> None:
    assert {key for key, both in source.items() if bool(both["da"]) != bool(both["en"])} == set()


@pytest.mark.parametrize("name", ["sentences", "texts"])
def test_every_text_is_in_both_languages(name: str) -> None:
    def ends(node: Any) -> Iterator[Any]:
        for below in node.values():
            yield from ends(below) if isinstance(below, dict) and set(below) != {"da", "en"} else [below]

    assert [end for end in ends(texts(name)) if not isinstance(end, dict)] == []


def test_sentences_are_read_topic_by_topic() -> None:
    assert {name: _topic(name) for name in texts("sentences")} == dict(texts("sentences"))


# use


@cache
def trees() -> tuple[ast.Module, ...]:
    return tuple(ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES)


@cache
def written() -> frozenset[str]:
    """Every text that stands in the source as it is."""
    return frozenset(
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def patterns() -> tuple[re.Pattern[str], ...]:
    """Keys that are put together, as patterns: `f"column.{c}"`."""
    found: set[str] = set()
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else "(.+)" for p in node.values]
                found.add("".join(parts))
    return tuple(re.compile(pattern) for pattern in sorted(found) if re.match(r"[a-z-]+(\\\.|\\-)", pattern))


def used(key: str) -> bool:
    """Whether a key stands in the source, or can be put together of what stands there."""
    if key in written():
        return True
    known = written() | {reason.word for reason in REASONS}
    return any(
        found and all(part in known for part in found.groups()) for found in (p.fullmatch(key) for p in patterns())
    )


def test_every_sentence_is_used() -> None:
    assert sorted(key for key in SENTENCES if not used(key)) == []


def test_every_problem_text_is_used() -> None:
    assert sorted(code for code in PROBLEMS | REFUSALS | NOTES if not used(code)) == []


def test_every_sentence_that_is_said_is_there() -> None:
    for tree in trees():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name("say"), args=[_, ast.Constant(str(key)), *_], keywords=keywords):
                    assert key in SENTENCES
                    given = {keyword.arg for keyword in keywords}
                    assert None in given or fields(SENTENCES[key]["da"]) <= given, key
                case _:
                    continue


def reported() -> Iterator[tuple[str, str]]:
    """Codes handed to what reports problems, with the name of that."""
    for tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in REPORTING:
                for arg in node.args:
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and CODE.fullmatch(arg.value):
                        yield name, arg.value


def test_every_code_that_is_reported_has_a_text() -> None:
    codes = [code for name, code in reported() if code not in NO_TEXT.get(name, ())]
    assert len(codes) > 100
    assert sorted(set(codes) - PROBLEMS - REFUSALS - NOTES) == []


def test_every_reason_has_words() -> None:
    assert set(texts("sentences")["missing"]) == set(MISSING) == {reason.word for reason in REASONS}
    assert set(MOVEMENT) == set(get_args(MoveReason))
    assert set(texts("sentences")["short"]) == {*MOVEMENT, "pending"}
    assert set(texts("sentences")["movement"]) == {*MOVEMENT, "grave-flag-missing"}


def test_help_is_in_both_languages() -> None:
    assert [key for key, both in HELP.items() if not all(both)] == []


def test_every_help_text_is_used() -> None:
    spread = [text for path in SOURCES if path.name != "help_texts.py" for text in strings(path)]
    assert sorted(set(HELP) - set(spread)) == []


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
