"""Every exported DMN document is one by the standard's own schema, DMN 1.5."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from tilsyn.services.rules import checked, dmn_of

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT, *sorted((ROOT / "rules" / "regimes").iterdir())]


@pytest.fixture(scope="module")
def schema(truth: Path) -> Any:
    return etree.XMLSchema(etree.parse(str(truth / "dmn15" / "DMN15.xsd")))


def documents(folder: Path, lang: str) -> Iterator[str]:
    """The documents of a policy folder: every area, by the rules of every day on which they change."""
    catalogue = checked(folder)
    for area in catalogue.areas:
        for day in catalogue.change_days(area):
            yield dmn_of(catalogue, area, on=day, lang=lang)


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_shipped_area_and_regime_is_valid_dmn(folder: Path, lang: str, schema: Any) -> None:
    seen = 0
    for text in documents(folder, lang):
        schema.assertValid(etree.fromstring(text.encode()))
        seen += 1
    assert seen


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('hitPolicy="UNIQUE"', 'hitPolicy="SOMETIMES"'),
        ('<variable id="variable_score"', '<variabel id="variable_score"'),
        ('id="decision_score"', 'id="decision_placement"'),
    ],
)
def test_the_schema_refuses_what_is_no_dmn(written: str, instead: str, schema: Any) -> None:
    text = next(documents(ROOT, "da"))
    assert written in text
    assert not schema.validate(etree.fromstring(text.replace(written, instead).encode()))
