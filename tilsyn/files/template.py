"""A table for an area, ready to fill in: what is asked for, and what is not asked for again.

Of each figure it asks for the parts that its kind, the goals and the quantities need, and for nothing that a
register already collects: such figures are described, with their source, and come from there.
Why a figure is missing is written in its own cell, so that no column is needed for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.expressions import refs
from tilsyn.catalogue.goals import Method
from tilsyn.catalogue.grammar import suggestion
from tilsyn.catalogue.periods import EXAMPLES
from tilsyn.engine.nodes import QuantityNode
from tilsyn.files.excel import DESCRIPTION_SHEETS
from tilsyn.files.export import guard, put, workbook, write_cell
from tilsyn.files.figures import REASONS, Slot, slots
from tilsyn.files.tables import open_table
from tilsyn.problems import DataError, Problem, UsageError, Where

BY_METHOD: Mapping[Method, tuple[str, ...]] = {
    "wilson/v1": ("n", "count"),
    "student-t/v1": ("n", "sd"),
    "byar/v1": ("count", "n", "expected"),
    "poisson/v1": ("count", "n", "expected"),
    "square-root/v1": ("count", "expected"),
    "normal/v1": ("se",),
    "given/v1": ("low", "high"),
}
"""The parts of a figure that an interval method needs."""

BY_KIND: Mapping[str, tuple[str, ...]] = {
    "proportion": ("count", "n"),
    "rate": ("count", "n"),
    "ratio": ("count", "expected"),
    "mean": ("value", "n"),
}
"""The parts that a figure of a kind always has; of the others, its value."""


LANGS = ("da", "en")

PARTS = ("value", "count", "n", "sd", "se", "expected", "low", "high", "measured")
"""The parts of a figure in the order of their columns."""

YES_NO = "ja / nej"
"""How a flag is written; read in English too."""


class Column(Struct, frozen=True):
    """One column of the template. `register` is where it comes from when it is not asked for."""

    name: str
    part: str
    title: Mapping[str, str]
    unit: str | None = None
    decimals: int | None = None
    allowed: str | None = None
    register: str | None = None
    collected: bool = False


def template_columns(area: Area, quantities: Sequence[QuantityNode] = ()) -> tuple[Column, ...]:
    """Every column that the area can use, with the parts that its goals and `quantities` read; those already
    collected elsewhere are marked so."""
    unit = {lang: area.unit.one.get(lang) for lang in LANGS}
    columns = [
        Column("institution", "institution", unit),
        Column("period", "period", dict.fromkeys(LANGS, ""), allowed=EXAMPLES[area.period]),
    ]
    columns += [
        Column(name, part="attribute", title=dict.fromkeys(LANGS, name), allowed=YES_NO if kind == "flag" else None)
        for name, kind in area.attributes.items()
    ]
    needed, read = _needed(area), _read(quantities)
    by_group = {name.partition("@")[0] for name in read if "@" in name}
    for slot in slots(area):
        known, own = needed.get(slot.indicator, _NOTHING), read.get(slot.column)
        # a figure that is only read group by group is not asked for as a whole too
        idle = slot.indicator in by_group and slot.indicator not in needed
        asked = not idle if slot.member is None else slot.member in known.members
        if asked or own is not None:
            columns += _figure_columns(area, slot, known.parts | (own or frozenset()))
    return tuple(columns)


def _read(quantities: Sequence[QuantityNode]) -> dict[str, frozenset[str]]:
    """For each figure (`indicator`, or `indicator@member`) that quantities read, the parts they read of it."""
    found: dict[str, frozenset[str]] = {}
    for ref in (ref for quantity in quantities for part in quantity.parts for ref in refs(part)):
        found[ref.name] = found.get(ref.name, frozenset()) | ({ref.field} if ref.field is not None else set())
    return found


class _Needed(Struct, frozen=True):
    parts: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()


_NOTHING = _Needed()


def _needed(area: Area) -> dict[str, _Needed]:
    """For each indicator, the fields and the groups that the area's goals read."""
    found: dict[str, _Needed] = {}
    for goal in area.goals.values():
        texts = " ".join((goal.measure, goal.applies_when or ""))
        method = BY_METHOD[goal.evidence.method] if goal.evidence and not goal.evidence.by else ()
        members = frozenset(goal.equity.groups) if goal.equity else frozenset[str]()
        for name in area.indicators:
            read = set(re.findall(rf"(?<![\w.]){name}(?:\.(\w+))?(?!\w)", texts))
            if read:
                known = found.get(name, _NOTHING)
                found[name] = _Needed(known.parts | read | set(method), known.members | members)
    return found


def _figure_columns(area: Area, slot: Slot, wanted: frozenset[str]) -> Iterator[Column]:
    declared = slot.declared
    parts = set(BY_KIND.get(slot.kind, ("value",))) | (wanted & set(slot.fields))
    if "count" not in parts:
        parts.add("value")
    if slot.dated:
        parts.add("measured")
    title = {lang: _title(area, slot, lang) for lang in LANGS}
    own = ("proportion", "rate", "ratio")
    for part in (part for part in PARTS if part in parts):
        in_unit = part == "value" or (part in ("sd", "se", "expected", "low", "high") and slot.kind not in own)
        yield Column(
            slot.column if part == "value" else slot.of(part),
            part,
            title,
            unit=declared.measured_in if in_unit else None,
            decimals=declared.decimals if part == "value" else None,
            allowed=_allowed(slot) if part == "value" else EXAMPLES[area.period] if part == "measured" else None,
            register=declared.source.register_ if declared.source else None,
            collected=bool(declared.source and declared.source.already_collected),
        )


def _title(area: Area, slot: Slot, lang: str) -> str:
    title = slot.declared.title.get(lang)
    if slot.member is None:
        return title
    grouping = next(area.groups[name] for name in slot.declared.by if slot.member in area.groups[name].members)
    return f"{title}: {grouping.members[slot.member].get(lang)}"


def _allowed(slot: Slot) -> str | None:
    declared = slot.declared
    if slot.kind == "flag":
        return YES_NO
    if declared.values:
        return " / ".join(declared.values)
    if declared.range:
        return f"{declared.range[0]} … {declared.range[1]}".replace("-", "\u2212")
    return "0 … 1" if slot.kind == "proportion" else None


def asked(columns: Sequence[Column], *, everything: bool = False) -> tuple[Column, ...]:
    """The columns to fill in: what is already collected is left out, unless all is wanted."""
    return tuple(column for column in columns if everything or not column.collected)


class Template(Struct, frozen=True):
    """What a template holds: every column of the area, those to fill, and rows that are begun already.

    `texts` are the words of the description sheet in the language, from `template` in the texts.
    """

    area: Area
    columns: tuple[Column, ...]
    fill: tuple[Column, ...]
    rows: tuple[tuple[str, str], ...]
    lang: str
    texts: Mapping[str, str]


def make_template(
    area: Area,
    *,
    lang: str,
    texts: Mapping[str, str],
    everything: bool = False,
    institutions: Sequence[str] = (),
    period: str = "",
    quantities: Sequence[QuantityNode] = (),
) -> Template:
    """The template of an area whose plan has these quantities, with a row for each institution that is named."""
    columns = template_columns(area, quantities)
    fill = asked(columns, everything=everything)
    return Template(area, columns, fill, tuple((name, period) for name in institutions), lang, texts)


def institutions_in(path: Path) -> list[str]:
    """The institutions of a file that `place` wrote. Raises DataError where it names none."""
    table = open_table(path)
    if "institution" not in table.frame.columns:
        args = suggestion("institution", table.frame.columns)
        raise DataError(Problem(Where(table.file, 1), "data-no-institution", args))
    return table.frame["institution"].drop_nulls().unique(maintain_order=True).to_list()


def write_template(template: Template, path: Path) -> None:
    """Writes the table to fill, as CSV or Excel by the name's ending; in Excel a second sheet describes it.

    Raises UsageError or SurroundingsError.
    """
    writers = {".csv": _csv, ".xlsx": _excel}
    write = writers.get(path.suffix.lower())
    if write is None:
        args: dict[str, object] = {"found": path.suffix, "known": ", ".join(writers)}
        raise UsageError(Problem(Where(str(path)), "export-unknown-format", args))
    put(path, lambda target: write(template, target))


def _csv(template: Template, path: Path) -> None:
    """With semicolons and a byte order mark, which a Danish Excel opens as columns with æøå."""
    import csv

    empty = [""] * (len(template.fill) - 2)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([column.name for column in template.fill])
        writer.writerows([[*map(guard, row), *empty] for row in template.rows])


def _excel(template: Template, path: Path) -> None:
    with workbook(path) as book:
        _fill_sheet(book, template)
        _description(book, template)


_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def _fill_sheet(book: Any, template: Template) -> None:
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(template.area.title.get(template.lang)[:31].translate(_NOT_IN_SHEET_NAMES))
    sheet.freeze_panes(1, 1)
    for position, column in enumerate(template.fill):
        # Ids, periods and words are text to Excel too, or it makes 00123 a number and 2024-09 a date.
        as_text = column.part in ("institution", "period", "measured") or column.allowed == YES_NO
        sheet.set_column(position, position, max(12, len(column.name) + 2), text if as_text else None)
        sheet.write_string(0, position, column.name, bold)
    for number, row in enumerate(template.rows, 1):
        for position, value in enumerate(row):
            sheet.write_string(number, position, guard(value), text)


_HEADINGS = ("column", "title", "holds", "unit", "decimals", "allowed", "register", "asked")


def _description(book: Any, template: Template) -> None:
    """The second sheet: every column of the area in words, and how to say that a figure is missing."""
    texts, lang, bold = template.texts, template.lang, book.add_format({"bold": True})
    sheet = book.add_worksheet(DESCRIPTION_SHEETS[lang == "en"])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 2, 44)
    sheet.set_column(3, len(_HEADINGS) - 1, 18)
    for position, heading in enumerate(_HEADINGS):
        sheet.write_string(0, position, texts[heading], bold)
    for number, column in enumerate(template.columns, 1):
        said = texts["yes"] if column in template.fill else texts["collected"].format(register=column.register)
        cells = (column.name, column.title[lang], texts[f"part-{column.part}"], column.unit, column.decimals)
        for position, value in enumerate((*cells, column.allowed, column.register, said)):
            write_cell(sheet, number, position, guard(value) if isinstance(value, str) else value)
    below = len(template.columns) + 2
    sheet.write_string(below, 0, texts["missing"], bold)
    for number, word in enumerate(REASONS, below + 1):
        sheet.write_string(number, 0, word)
        sheet.write_string(number, 1, texts[f"reason-{word}"])
