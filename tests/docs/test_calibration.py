"""What stands beside a ladder about chance is what the simulation says today, and the ladder misses nothing that it
aims at.

`python -m tests.docs --simulate` makes the pages again, about ten minutes.
"""

from __future__ import annotations

import re

import pytest

from tests.docs.calibration import PAGES, PART, SMALL, made_anew
from tests.docs.readme import ROOT
from tilsyn.files.declarations import load_policy
from tilsyn.telling.words import say

LADDERS = sorted(PAGES)
MANY = 100_000
"""So many that it can be told of nearly every aim, and the most that `tilsyn simulate` takes."""


@pytest.mark.parametrize("ladder", LADDERS)
def test_the_small_simulations_are_current(ladder: str) -> None:
    page = PAGES[ladder].read_text(encoding="utf-8")
    assert made_anew(page) == page, "make the page again with `python -m tests.docs --simulate`"


@pytest.mark.parametrize("ladder", LADDERS)
def test_every_area_on_the_ladder_is_simulated_large_and_small(ladder: str) -> None:
    catalogue = load_policy(ROOT)
    latest = {area: catalogue.on(area, catalogue.change_days(area)[-1]).area for area in catalogue.areas}
    areas = [name for name, area in latest.items() if area.ladder == ladder]
    page = PAGES[ladder].read_text(encoding="utf-8")
    found = {(part[1], int(part[2]), part[3]) for part in PART.finditer(page)}
    assert found == {
        (area, *how) for area in areas for how in ((MANY, "constant"), (20_000, "changes"), (SMALL, "constant"))
    }


@pytest.mark.parametrize("ladder", LADDERS)
def test_no_aim_is_missed_and_those_about_all_are_surely_kept(ladder: str) -> None:
    catalogue = load_policy(ROOT)
    page = PAGES[ladder].read_text(encoding="utf-8")
    for part in PART.finditer(page):
        if int(part[2]) < MANY:
            continue
        aims = catalogue.on(part[1], catalogue.change_days(part[1])[-1]).ladder.aims
        assert aims is not None
        for aim in aims.model_fields_set - {"reference"}:
            title = re.escape(say("da", f"simulation.aims.{aim}"))
            said = re.findall(rf"^\| {title} \|.*\| ([^|]*) \|$", part[0], re.MULTILINE)
            # so few of the smallest are excellent or fail that it may not be told even of so many
            may_be_open = aim in ("found_small", "freed_small")
            assert said == ["ja"] or (said == ["kan ikke siges"] and may_be_open), (part[1], aim)
