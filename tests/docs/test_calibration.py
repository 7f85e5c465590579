"""What stands beside a ladder about chance is what the simulation says today, and it keeps what the ladder aims at.

`python -m tests.docs --simulate` makes the pages again, about ten minutes.
"""

from __future__ import annotations

import re

import pytest

from tests.docs.calibration import PAGES, PART, SMALL, made_anew
from tests.docs.readme import ROOT
from tilsyn.files.declarations import load_policy

LADDERS = sorted(PAGES)


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
        (area, *how) for area in areas for how in ((20_000, "constant"), (20_000, "changes"), (SMALL, "constant"))
    }


@pytest.mark.parametrize("ladder", LADDERS)
def test_every_aim_is_kept_with_many_institutions(ladder: str) -> None:
    catalogue = load_policy(ROOT)
    page = PAGES[ladder].read_text(encoding="utf-8")
    for part in PART.finditer(page):
        if int(part[2]) > SMALL and part[3] == "constant":
            aims = catalogue.on(part[1], catalogue.change_days(part[1])[-1]).ladder.aims
            assert aims is not None
            verdicts = re.findall(r"\| (ja|nej|for få til at sige) \|$", part[0], re.MULTILINE)
            assert len(verdicts) == len(aims.model_fields_set - {"reference"}), part[1]
            # where fewer than five are concerned there is nothing to say, with however many institutions
            assert verdicts.count("ja") >= len(verdicts) - 1, part[1]
            assert "nej" not in verdicts, part[1]
