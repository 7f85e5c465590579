"""Goal sprawl told: what a few central goals have become further down, and which sub-goals serve none of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tilsyn.studies.sprawl import Sprawl, Traced
from tilsyn.telling.blocks import Block, Heading, Paragraph, Table
from tilsyn.telling.words import say, texts


def sprawl_report(found: Sequence[Sprawl], folders: Sequence[str], lang: str) -> list[Block]:
    """Each area of a chain of folders; `folders` are their names as they were given."""
    if not found:
        return [Paragraph(say(lang, "sprawl.nothing"), "warning")]
    return [block for area in found for block in _area(area, folders, lang)]


def _area(x: Sprawl, folders: Sequence[str], lang: str) -> Iterator[Block]:
    yield Heading(x.area.title.get(lang) if x.area else x.name)
    if x.area is None:
        hint = _meant(x.suggestion, lang) if x.suggestion else ""
        yield Paragraph(say(lang, "sprawl.no-area", area=x.name, hint=hint).rstrip(), "warning")
    else:
        key = "sprawl.become" if x.traced else "sprawl.few"
        yield Paragraph(say(lang, key, goals=len(x.goals), subgoals=len(x.traced)), "strong")
        if x.untraced:
            yield Paragraph(say(lang, "sprawl.untraced", count=len(x.untraced), subgoals=len(x.traced)), "warning")
        elif x.traced:
            yield Paragraph(say(lang, "sprawl.all-traced"))
    for folder in x.again:
        yield Paragraph(say(lang, "sprawl.again", folder=folders[folder]), "warning")
    if x.rows:
        yield _levels(x, lang)
        yield from _central(x, lang)
    if x.untraced and x.area is not None:
        columns = tuple(say(lang, f"column.{c}") for c in ("subgoal", "owner", "why"))
        rows = tuple((_title(t, lang), t.set.subgoals.owner.get(lang), _why(t, lang)) for t in x.untraced)
        yield Table(say(lang, "sprawl.untraced-title"), columns, rows)


def _levels(x: Sprawl, lang: str) -> Table:
    """Every owner below the ministry, moved in by its level."""
    columns = tuple(say(lang, f"column.{c}") for c in ("set_at", "owner", "goals", "subgoals", "untraced"))
    rows: list[tuple[str, ...]] = []
    if x.area is not None:
        rows.append((say(lang, "sprawl.central"), x.area.authority.get(lang), str(len(x.goals)), "–", "–"))
    for row in x.rows:
        level = f"{'· ' * row.depth}{row.level.get(lang)}"
        rows.append((level, row.owner.get(lang), "–", str(row.subgoals), str(row.untraced)))
    return Table(say(lang, "sprawl.levels-title"), columns, tuple(rows), (2, 3, 4))


def _central(x: Sprawl, lang: str) -> Iterator[Table]:
    if x.area is not None:
        columns = tuple(say(lang, f"column.{c}") for c in ("goal", "subgoals"))
        rows = tuple((goal.title.get(lang), str(x.under(name))) for name, goal in x.area.goals.items())
        yield Table(say(lang, "sprawl.central-title"), columns, rows, (1,))


def _title(traced: Traced, lang: str) -> str:
    return f"{traced.goal.title.get(lang)} (`{traced.name}`)"


def _why(traced: Traced, lang: str) -> str:
    told = say(lang, f"sprawl.why.{traced.why}", serves=traced.goal.serves or "")
    return f"{told}; {_meant(traced.suggestion, lang)}" if traced.suggestion else told


def _meant(suggestion: str, lang: str) -> str:
    return texts("texts")["did_you_mean"][lang].format(suggestion=suggestion)


def sprawl_data(found: Sequence[Sprawl], folders: Sequence[str], lang: str) -> dict[str, Any]:
    return {"areas": [_area_data(x, folders, lang) for x in found]}


def _area_data(x: Sprawl, folders: Sequence[str], lang: str) -> dict[str, Any]:
    return {
        "area": x.name,
        "declared": x.area is not None,
        "suggestion": x.suggestion,
        "declared_again_in": [folders[folder] for folder in x.again],
        "goals": len(x.goals),
        "subgoals": len(x.traced),
        "untraced": len(x.untraced),
        "under": {goal: x.under(goal) for goal in x.goals},
        "levels": [
            {
                "level": row.level.get(lang), "owner": row.owner.get(lang), "depth": row.depth,
                "subgoals": row.subgoals, "untraced": row.untraced,
            }
            for row in x.rows
        ],
        "each": [
            {
                "name": t.name, "title": t.goal.title.get(lang), "level": t.set.subgoals.level.get(lang),
                "owner": t.set.subgoals.owner.get(lang), "folder": folders[t.set.folder], "serves": t.goal.serves,
                "central": t.central, "why": t.why, "suggestion": t.suggestion,
            }
            for t in x.traced
        ],
    }  # fmt: skip
