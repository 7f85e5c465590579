"""README says what the program is and says today; `python -m tests.docs` mends it."""

from __future__ import annotations

import re

from tests.docs.readme import PART, README, ROOT, anchor, made_anew
from tilsyn.cli.help_texts import help_text
from tilsyn.cli.main import tilsyn
from tilsyn.files.observations import rows_from_given
from tilsyn.services.placing import place
from tilsyn.services.rules import bound, checked, first_period
from tilsyn.telling.reference import GENERATED, each_command
from tilsyn.telling.words import texts

PAGE = README.read_text(encoding="utf-8")


def test_what_is_generated_and_what_commands_print_is_current() -> None:
    made = made_anew(PAGE)
    for written, now in zip(PART.finditer(PAGE), PART.finditer(made), strict=True):
        assert written[0] == now[0], "README has fallen behind; make it again with `python -m tests.docs`"
    assert made == PAGE


def test_every_part_of_the_reference_is_on_the_page() -> None:
    named = {found[2] for found in PART.finditer(PAGE) if found[1] == "generated"}
    assert named == {*GENERATED, "commands", "column-map", "contents", "regimes"}


def test_every_command_and_option_is_on_the_page() -> None:
    for path, command in each_command(tilsyn, "tilsyn"):
        assert f"#### `{path}" in PAGE
        for param in command.params:
            assert param.param_type_name == "argument" or f"`{param.opts[0]}" in PAGE
            key = getattr(param, "help", None)
            assert key is None or help_text(key, "en").replace("\n", " ") in PAGE


def test_every_column_of_a_placement_is_on_the_page() -> None:
    catalogue = checked(ROOT)
    for area in catalogue.areas:
        policy = catalogue.on(area, catalogue.change_days(area)[-1])
        period = first_period(policy)
        policy, plan = bound(catalogue, area, period)
        placed = place(policy, plan, rows_from_given(policy.area, {}, {}, period), period, None)
        own = {*policy.area.attributes, *(q.name for q in plan.quantities)}
        for column in placed.frame.columns:
            goal, _, field = column.partition(".")
            name, _, member = goal.partition("@")
            told = ("goal@group" if member else "goal") + (f".{field}" if field else "")
            assert column in own or f"`{told if name in policy.area.goals else column}`" in PAGE, column


def test_every_problem_is_on_the_page() -> None:
    listed = set(re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE))
    assert set(texts("texts")["problems"]) <= listed


def test_links_within_the_page_lead_somewhere() -> None:
    heads = [anchor(head) for head in re.findall(r"^#+ (.+)$", PAGE, re.M)]
    assert len(set(heads)) == len(heads)
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= set(heads)


def test_the_two_commands_stand_as_they_are_run() -> None:
    start = "python3 -m venv .venv && .venv/bin/pip install -c constraints.txt "
    assert f"\n{start}. && .venv/bin/tilsyn demo\n" in PAGE
    assert f"\n{start}-e '.[dev]' && .venv/bin/pytest\n" in PAGE
