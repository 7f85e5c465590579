"""The parser's tables that are held ready are those of the grammar; `python -m tests.docs` mends them."""

from __future__ import annotations

import pytest

from tests.docs import tables
from tilsyn.catalogue import feel

TEXTS = (
    "100 * x.count / x.n", "if a then b else c or d and not(e)", 'x between 1 and 2 or y in (< 3, [4..5], "six")',
    "round half up(mean([1, x, -y]), 2) ** 2", "peers.share_below(x, where: y >= 1)", "default(x@ < 3)", "1 +", "a b",
)  # fmt: skip


def test_they_are_made_from_the_grammar_and_the_lark_that_is_installed() -> None:
    assert tables.current(), "the parser's tables have fallen behind; make them again with `python -m tests.docs`"


@pytest.mark.parametrize("text", TEXTS)
def test_they_read_as_the_grammar_does(text: str) -> None:
    assert _read(feel._lark(), text) == _read(feel.built(), text)  # pyright: ignore[reportPrivateUsage]


def _read(parser: object, text: str) -> object:
    from lark import Lark
    from lark.exceptions import UnexpectedInput

    assert isinstance(parser, Lark)
    try:
        return parser.parse(text, start="start")
    except UnexpectedInput as fault:
        return type(fault), fault.pos_in_stream
