"""Where rules come from: what they are called, since when and by whom, and what their author wants a reader to know.

It stands apart because whoever tells of a result tells this too: an explanation, a placement, a table of results and
the pages of README. It judges nothing of the rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.legal import Reference
from tilsyn.catalogue.policy import Policy
from tilsyn.catalogue.text import Declared
from tilsyn.telling.blocks import Block, Heading, Paragraph
from tilsyn.telling.words import say


def is_example(policy: Policy) -> bool:
    """Whether the rules, or the ladder that they use, are somebody's example and no authority's."""
    return policy.area.example or (policy.own_ladder is not None and policy.own_ladder.example)


def origin(policy: Policy, lang: str, *, elsewhere: bool = False) -> Iterator[Block]:
    """One line: which rules these are, from when and whose, whether they are an example, and where more is said of
    them: last in the same telling, or `elsewhere`."""
    area = policy.area
    until = area.until.isoformat() if area.until else ""
    told = [
        say(
            lang, "origin.until" if until else "origin.from", title=area.title.get(lang), day=area.from_.isoformat(),
            until=until, authority=area.authority.get(lang),
        )
    ]  # fmt: skip
    if is_example(policy):
        told.append(say(lang, "example"))
    if area.about is not None:
        told.append(say(lang, "origin.elsewhere" if elsewhere else "origin.last", area=area.area))
    yield Paragraph(" ".join(told), "faint")


def about(area: Area, lang: str) -> Iterator[Block]:
    """What the author says of the rules, under a heading of its own."""
    if area.about is not None:
        yield Heading(say(lang, "origin.about"))
        yield Paragraph(area.about.get(lang))


def origin_data(policy: Policy, lang: str) -> dict[str, Any]:
    area = policy.area
    return {
        "title": area.title.get(lang),
        "from": area.from_.isoformat(),
        "until": area.until and area.until.isoformat(),
        "authority": area.authority.get(lang),
        "example": is_example(policy),
        "about": area.about and area.about.get(lang),
    }


def references(model: object) -> Iterator[Reference]:
    """Every reference anywhere in a declaration."""
    match model:
        case Reference():
            yield model
        case Declared():
            for name in type(model).model_fields:
                yield from references(getattr(model, name))
        case Mapping():
            for part in cast(Mapping[str, object], model).values():
                yield from references(part)
        case list():
            for part in cast(list[object], model):
                yield from references(part)
        case _:
            return
