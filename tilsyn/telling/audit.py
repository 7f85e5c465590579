"""What replaying and verifying came to, told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tilsyn.telling.blocks import Block, Paragraph, Points, Table
from tilsyn.telling.subjects import Difference, Fault, LastEntry, Replayed, Upgraded, Verified
from tilsyn.telling.words import say

if TYPE_CHECKING:
    from pathlib import Path

FEW = 20


def replay_data(found: Sequence[Replayed]) -> dict[str, Any]:
    return {
        "runs": [
            {
                "run": one.run,
                "area": one.area,
                "period": one.period,
                "engine": one.engine,
                "institutions": one.institutions,
                "columns": one.columns,
                "differences": [
                    {"institution": d.institution, "quantity": d.quantity, "recorded": d.recorded, "found": d.found}
                    for d in one.differences
                ],
            }
            for one in found
        ]
    }


def replay_report(found: Sequence[Replayed], lang: str) -> list[Block]:
    blocks: list[Block] = []
    for one in found:
        about = {"id": one.run, "area": one.area, "period": one.period, "engine": one.engine}
        key = "audit.differs" if one.differences else "audit.same"
        counts = {"institutions": one.institutions, "columns": one.columns, "count": len(one.differences)}
        blocks.append(Paragraph(say(lang, key, **about, **counts), "warning" if one.differences else "plain"))
        if one.differences:
            columns = tuple(say(lang, f"column.{name}") for name in ("institution", "quantity", "recorded", "found"))
            blocks.append(Table("", columns, tuple(_row(d, lang) for d in one.differences[:FEW])))
        if len(one.differences) > FEW:
            blocks.append(Paragraph(say(lang, "audit.more", count=len(one.differences) - FEW), "faint"))
    return blocks


def _row(d: Difference, lang: str) -> tuple[str, ...]:
    quantity = say(lang, "audit.there") if d.quantity is None else d.quantity
    return d.institution, quantity, _value(d.recorded), _value(d.found)


def _value(value: Any) -> str:
    """A value to its last digit."""
    return "–" if value is None else repr(value) if isinstance(value, float) else str(value)


def ledger_data(found: Verified) -> dict[str, Any]:
    return {
        "untouched": not found.faults,
        "entries": found.entries,
        "rows": found.rows,
        "head": {"entry": found.last.number, "hash": found.last.hash},
        "faults": [{"code": one.code, **one.args, "row": one.row} for one in found.faults],
    }


def ledger_report(found: Verified, lang: str) -> list[Block]:
    counts = {"entries": found.entries, "rows": found.rows, "count": len(found.faults)}
    if not found.faults:
        told = say(lang, "audit.untouched", **counts)
        return [
            Paragraph(told, "strong"),
            Paragraph(say(lang, "audit.head", entry=found.last.number, hash=found.last.hash)),
        ]
    points = tuple(_fault(one, lang) for one in found.faults[:FEW])
    blocks: list[Block] = [Paragraph(say(lang, "audit.touched", **counts), "warning"), Points(points)]
    if len(found.faults) > FEW:
        blocks.append(Paragraph(say(lang, "audit.more", count=len(found.faults) - FEW), "faint"))
    return blocks


def _fault(one: Fault, lang: str) -> str:
    said = say(lang, f"audit.faults.{one.code}", **one.args)
    about = "" if one.row is None else ", ".join(str(value) for value in one.row.values() if value is not None)
    return f"{said} ({about})" if about else said


def head_data(found: LastEntry) -> dict[str, Any]:
    return {"entry": found.number, "hash": found.hash}


def head_report(found: LastEntry, out: Path | None, lang: str) -> list[Block]:
    if out is None:
        return [Paragraph(say(lang, "audit.head", entry=found.number, hash=found.hash))]
    return [Paragraph(say(lang, "audit.head-written", entry=found.number, file=out))]


def upgrade_data(found: Upgraded) -> dict[str, Any]:
    return {"record": found.where, "before": found.before, "after": found.after}


def upgrade_report(found: Upgraded, lang: str) -> list[Block]:
    key = "new" if found.before is None else "current" if found.before == found.after else "upgraded"
    told = say(lang, f"audit.{key}", record=found.where, before=found.before or "–", after=found.after)
    return [Paragraph(told, "strong")]


def archived_report(what: str, found: LastEntry, folder: Path, lang: str) -> list[Block]:
    return [
        Paragraph(say(lang, f"audit.{what}", folder=folder), "strong"),
        Paragraph(say(lang, "audit.head", entry=found.number, hash=found.hash)),
    ]
