"""What stands around every explanation, of a placement or of a regime's results: whose it is, that the institution has
closed since, and what it was made from."""

from __future__ import annotations

from collections.abc import Iterator

from tilsyn.telling.blocks import Block, Heading, Paragraph, Points
from tilsyn.telling.subjects import Explained, ExplainedResults
from tilsyn.telling.words import has, say


def heading(x: Explained | ExplainedResults, lang: str) -> Heading:
    """Whose explanation it is."""
    name = f"{x.name} ({x.institution})" if x.name else x.institution
    return Heading(say(lang, "explain.title", name=name, area=x.policy.area.title.get(lang), period=x.period.label))


def closed_note(x: Explained | ExplainedResults, lang: str) -> Iterator[Block]:
    """That the institution has been closed or merged since, where it has."""
    if x.closed is not None:
        key = "explain.merged" if x.closed.successor else "explain.closed"
        yield Paragraph(say(lang, key, period=x.closed.period, successor=x.closed.successor or ""), "warning")


def made_from(x: Explained | ExplainedResults, lang: str) -> Iterator[Block]:
    """The rules, figures and program that it was made from."""
    yield Heading(say(lang, "explain.made-from"))
    yield Points(
        tuple(f"{say(lang, f'made-from.{k}') if has(f'made-from.{k}') else k}: {v}" for k, v in x.made_from.items())
    )
