"""A small area and small files for the tests of how figures are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.periods import Period, parse_period
from tilsyn.files.column_map import ColumnMap
from tilsyn.files.figures import REASONS, Figures, Refusal
from tilsyn.files.observations import read_figures

WORDS = {code: word for word, code in REASONS.items()} | {0: "present"}


def the_period(label: str = "2024/25") -> Period:
    period = parse_period("school-year", label)
    assert period
    return period


def an_area(**changes: Any) -> Area:
    """An area with one indicator of each kind."""
    goal = {
        "title": "Fagligt niveau",
        "outcome": "Eleverne kan det, de skal",
        "measure": "karakter - karakter.expected",
        "measured_in": "7-trinsskala",
        "decimals": 1,
        "better": "higher",
        "evidence": {"method": "student-t/v1", "confidence": "0.6"},
        "levels": {"opfyldt": {"at_least": 0}, "under": "otherwise"},
        "points": {"opfyldt": 100, "under": 0},
        "weight": 1,
        "reference": {"checked": "no"},
        "equity": {"groups": ["piger"], "no_worse_than": "under", "cap": "opfyldt"},
    }
    area = {
        "tilsyn": 1,
        "from": "2020-08-01",
        "area": "folkeskole",
        "title": {"da": "Folkeskolen", "en": "School"},
        "authority": "Ministeriet",
        "unit": {"one": {"da": "skole", "en": "school"}, "many": {"da": "skoler", "en": "schools"}},
        "period": "school-year",
        "ladder": "tilsynstrappe",
        "attributes": {"kommune": "text", "elever": "number", "har_9_klasse": "flag"},
        "groups": {"køn": {"title": "Køn", "members": {"piger": "Piger", "drenge": "Drenge"}}},
        "indicators": {
            "karakter": indicator("mean", decimals=1, range=[-3, 12], by=["køn"]),
            "fravær": indicator("proportion", stale_after=1),
            "skader": indicator("rate"),
            "klager": indicator("ratio"),
            "trivsel": indicator("value", range=[1, 5]),
            "bånd": indicator("category", values=["under", "på", "over"]),
            "hændelse": indicator("flag"),
        },
        "goals": {"faglighed": goal},
    }
    return Area.model_validate(area | changes)


def indicator(kind: str, **more: Any) -> dict[str, Any]:
    return {"title": kind, "role": "outcome", "kind": kind, "measured_in": "x", **more}


def a_file(folder: Path, text: str, *, name: str = "tal.csv", encoding: str = "utf-8") -> Path:
    """A file with the lines of a text, without their indentation."""
    path = folder / name
    lines = [line.strip() for line in text.strip().splitlines()]
    path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
    return path


def read(folder: Path, text: str, wanted: ColumnMap | None = None, **more: Any) -> Figures:
    return read_figures([a_file(folder, text)], an_area(), period=the_period(), column_map=wanted, **more)


def column(figures: Figures, name: str) -> list[Any]:
    return figures.frame[name].to_list()


def missing(figures: Figures, name: str) -> list[str]:
    return [WORDS[code] for code in figures.frame[f"{name}.missing"]]


def refusals(figures: Figures) -> list[tuple[int, str, str, str]]:
    return [_short(refusal) for refusal in figures.refused]


def _short(refusal: Refusal) -> tuple[int, str, str, str]:
    return refusal.row, refusal.column, refusal.value, refusal.code
