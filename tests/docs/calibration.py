"""The page beside a ladder that says what chance does under it, made by simulation.

    <!-- simulated: AREA UNITS STORY -->   what `tilsyn simulate` finds, with as many institutions

Each ends at `<!-- end -->`. A part with many institutions takes a minute or two, and five gigabytes; the checks make
only the small ones again, which change whenever anything does that the large ones depend on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import cast

from tests.docs.readme import ROOT
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.files.declarations import load_policy
from tilsyn.services.simulating import simulate_area
from tilsyn.studies.simulate import Story
from tilsyn.telling.blocks import Block, Paragraph, Table
from tilsyn.telling.reference import table
from tilsyn.telling.simulation import simulation_report

PAGES = {ladder.stem: ladder.with_suffix(".md") for ladder in sorted((ROOT / "rules" / "ladders").glob("*.yaml"))}
PART = re.compile(r"<!-- simulated: (\S+) (\d+) (\S+) -->\n.*?<!-- end -->", re.DOTALL)
SMALL, YEARS, SEED = 2_000, 12, 2026


def made_anew(page: str, *, also: Callable[[int], bool] = lambda units: units <= SMALL) -> str:
    """The page with its parts made again: those with so few institutions that `also` says so."""
    catalogue = load_policy(ROOT)

    def part(found: re.Match[str]) -> str:
        units = int(found[2])
        return _part(catalogue, found[1], units, cast("Story", found[3])) if also(units) else found[0]

    return PART.sub(part, page)


def _part(catalogue: Catalogue, area: str, units: int, story: Story) -> str:
    policy, found = simulate_area(
        catalogue, area, units=units, years=YEARS, seed=SEED, confidences=(), pools=(), story=story
    )
    said = "\n\n".join(_markdown(simulation_report(found, policy, SEED, "da")))
    return f"<!-- simulated: {area} {units} {story} -->\n{said}\n<!-- end -->"


def _markdown(blocks: list[Block]) -> Iterator[str]:
    """How it was made, and its tables."""
    told = [block for block in blocks if isinstance(block, Paragraph)]
    yield told[0].text
    for block in blocks:
        if isinstance(block, Table):
            yield f"{block.title}:"
            yield table(block.columns, block.rows)
