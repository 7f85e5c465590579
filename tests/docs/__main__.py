"""Writes README, the parser's tables and the small simulations anew: `python -m tests.docs`; the large simulations
too: `… --simulate`."""

from __future__ import annotations

import sys

from tests.docs import calibration, tables
from tests.docs.readme import README, made_anew

if not tables.current():
    tables.TABLES.write_text(tables.made(), encoding="utf-8")
README.write_text(made_anew(README.read_text(encoding="utf-8")), encoding="utf-8")
every = "--simulate" in sys.argv
for page in calibration.PAGES.values():
    text = page.read_text(encoding="utf-8")
    made = calibration.made_anew(text, also=lambda units: every or units <= calibration.SMALL)
    page.write_text(made, encoding="utf-8")
