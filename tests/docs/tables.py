"""The tables of the expression parser, held ready in a module: `python -m tests.docs` writes them anew when the grammar
or Lark has changed. Lark writes its sets in another order each time, so they are told by what they were made from."""

from __future__ import annotations

from pathlib import Path

from tilsyn.catalogue import feel, feel_tables

TABLES = Path(feel.__file__).with_name("feel_tables.py")

HEAD = '''"""The parser's tables for the grammar in `feel.py`, made by `python -m tests.docs`."""

# ruff: noqa
# fmt: off

from typing import Any
'''


def current() -> bool:
    """Whether the tables that are held ready are those of today's grammar and of the Lark that is installed."""
    return feel.made_from() == feel_tables.MADE_FROM


def made() -> str:
    """The module of the tables."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    data, memo = feel.built().memo_serialize([TerminalDef, Rule])
    parts = {"MADE_FROM": feel.made_from(), "DATA": data, "MEMO": memo}
    written = {name: repr(part).replace("}, ", "},\n") for name, part in parts.items()}
    return HEAD + "".join(f"\n{name}: Any = {text}\n" for name, text in written.items())
