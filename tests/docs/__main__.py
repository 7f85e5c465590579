"""Writes README and the small simulations anew: `python -m tests.docs`; the large simulations too: `… --simulate`."""

from __future__ import annotations

import sys

from tests.docs import calibration
from tests.docs.readme import README, made_anew

README.write_text(made_anew(README.read_text(encoding="utf-8")), encoding="utf-8")
every = "--simulate" in sys.argv
for page in calibration.PAGES.values():
    text = page.read_text(encoding="utf-8")
    made = calibration.made_anew(text, also=lambda units: every or units <= calibration.SMALL)
    page.write_text(made, encoding="utf-8")
