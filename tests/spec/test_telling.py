"""How single things are told: references, plurals and numbers, whoever tells them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from tilsyn.catalogue.bands import Limit, band_limits
from tilsyn.catalogue.goals import Band
from tilsyn.catalogue.legal import Reference
from tilsyn.telling.words import note_text, reference_text, say

NOTE = {"da": "Grænserne er eksemplets egne.", "en": "The limits are this example's own."}


@pytest.mark.parametrize(
    ("declared", "lang", "told"),
    [
        (
            {"law": "Folkeskoleloven", "section": "§ 13", "note": NOTE, "checked": "no"},
            "da",
            "Folkeskoleloven, § 13. Grænserne er eksemplets egne [henvisning ikke kontrolleret]",
        ),
        (
            {"law": "Folkeskoleloven", "note": NOTE, "checked": {"by": "en jurist", "on": "2025-01-01"}},
            "en",
            "Folkeskoleloven. The limits are this example's own",
        ),
        ({"note": NOTE, "checked": "no"}, "en", "The limits are this example's own [reference not checked]"),
        ({"law": "Folkeskoleloven", "checked": "no"}, "da", "Folkeskoleloven [henvisning ikke kontrolleret]"),
    ],
)
def test_a_reference_is_told_with_what_its_source_does_not_say(
    declared: dict[str, object], lang: str, told: str
) -> None:
    assert reference_text(Reference.model_validate(declared), lang) == told


def limit(value: int, *, inside: bool) -> Limit:
    return Limit(Fraction(value), inside)


def test_the_limits_of_a_level_are_its_own_and_where_the_better_one_begins() -> None:
    higher = {"god": Band(at_least=Decimal(70)), "ret_god": Band(above=Decimal(50)), "svag": "otherwise"}
    assert band_limits(higher, "god") == (limit(70, inside=True), None)
    assert band_limits(higher, "ret_god") == (limit(50, inside=False), limit(70, inside=False))
    assert band_limits(higher, "svag") == (None, limit(50, inside=True))
    lower = {"god": Band(at_most=Decimal(5)), "ret_god": Band(below=Decimal(9)), "svag": "otherwise"}
    assert band_limits(lower, "god") == (None, limit(5, inside=True))
    assert band_limits(lower, "ret_god") == (limit(5, inside=False), limit(9, inside=False))
    assert band_limits(lower, "svag") == (limit(9, inside=True), None)
    both = {"god": Band(at_least=Decimal(70)), "svag": Band(at_least=Decimal(0), below=Decimal(70))}
    assert band_limits(both, "svag") == (limit(0, inside=True), limit(70, inside=False))


@pytest.mark.parametrize(
    ("count", "da", "en"),
    [
        (
            0,
            "0 institutioner i X har fået resultater for 2024.",
            "0 institutions in X have been given results for 2024.",
        ),
        (1, "1 institution i X har fået resultater for 2024.", "1 institution in X has been given results for 2024."),
        (
            2,
            "2 institutioner i X har fået resultater for 2024.",
            "2 institutions in X have been given results for 2024.",
        ),
    ],
)
def test_one_is_told_as_one(count: int, da: str, en: str) -> None:
    told = [say(lang, "place.results", count=count, area="X", period="2024") for lang in ("da", "en")]
    assert told == [da, en]


def test_a_count_in_a_note_is_told_as_one_too() -> None:
    told = [note_text("notes", "columns-unknown", {"count": n, "names": "`a`"}, "da")[:20] for n in (1, 21)]
    assert told == ["1 kolonne er ikke læ", "21 kolonner er ikke "]
