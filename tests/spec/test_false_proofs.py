"""Ladders that were once called proved and are not: for each the institutions that show it, read exactly from their
figures, and what `prove` says of it now.

A property may fail, with an institution that shows it, or not be decided; it never holds where figures break it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tilsyn.catalogue.requirements import Requirements
from tilsyn.engine.exact import Exact
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Reason
from tilsyn.services.proving import proved
from tilsyn.services.rules import checked
from tilsyn.studies.proofs import Verdict
from tilsyn.telling.blocks import Paragraph
from tilsyn.telling.proofs import proof_report
from tilsyn.telling.subjects import Proved

AREA = """\
tilsyn: 1
from: 2020-01-01
area: a
title: {da: A, en: A}
authority: X
unit: {one: {da: s, en: s}, many: {da: s, en: s}}
period: calendar-year
ladder: t
attributes: {boss: text, antal: number, art: text}
constants:
  halvdelen: {value: 50, measured_in: p, reference: {note: n, checked: no}}
  ti: {value: 10, measured_in: p, reference: {note: n, checked: no}}
  næsten: {value: 95, measured_in: p, reference: {note: n, checked: no}}
consulted: [{who: W, date: 2020-01-01, said: S}]
indicators:
  x: {title: X, role: outcome, kind: value, measured_in: p, range: [0, 100]}
  y: {title: Y, role: outcome, kind: value, measured_in: p, range: [0, 100]}
  andel: {title: Andel, role: outcome, kind: proportion, measured_in: p}
  proc: {title: P, role: process, kind: value, measured_in: p, range: [0, 100]}
  fare: {title: F, role: outcome, kind: flag}
goals:
  mål:
    {title: M, outcome: o, measure: x, measured_in: p, decimals: 0, better: higher, weight: 1,
    levels: {høj: {at_least: 50}, lav: otherwise}, points: {høj: 100, lav: 0},
    reference: {note: n, checked: no}, side_effects: [{risk: r, watch: proc}]}
"""

LADDER = """\
tilsyn: 1
from: 2020-01-01
ladder: t
title: {da: T, en: T}
levels: {lav: Lav, høj: Høj}
needs: {fare: {kind: flag, why: {da: x, en: x}}}
steps:
  fri: {title: Fri, text: t, rights: [ret], visits: {times: 1, per_years: 4}, reference: {note: n, checked: no}}
  alm: {title: Alm, text: t, initial: true, visits: {times: 1, per_years: 1}, reference: {note: n, checked: no}}
  streng: {title: Streng, text: t, visits: {times: 2, per_years: 1}, reference: {note: n, checked: no}}
rights: {ret: {title: Ret, text: t, reference: {note: n, checked: no}}}
score: {method: weighted-mean/v1, coverage: 50 %}
missing: {not-applicable: leave-out, not-submitted: worst, withdrawn: worst, else: doubt}
placement:
  hit: first
  rules:
    - {id: R1, score: ">= 50", step: fri, because: b, reference: {note: n, checked: no}}
    - {id: R2, step: streng, because: b, reference: {note: n, checked: no}}
movement:
  up: 1
  down: 1
  confirm: {up: 1, down: 1}
  lapse: {after: 2, to: alm}
  grave: {when: fare, step: streng, because: b, reference: {note: n, checked: no}}
  undecided: follow
"""

REQUIREMENTS = "tilsyn: 1\nfrom: 2020-01-01\nrequirements_of: a\nrequirements: {}\n"

Change = tuple[str, str]

R1 = '{id: R1, score: ">= 50", step: fri,'
ALM = "- {id: R2, step: alm, because: b, reference: {note: n, checked: no}}"
LAST = "- {id: R2, step: streng, because: b, reference: {note: n, checked: no}}"
NO_GRAVE = ("  grave: {when: fare, step: streng, because: b, reference: {note: n, checked: no}}\n", "")


def goals_read(measure: str) -> Change:
    return "measure: x,", f"measure: {measure},"


def quantity(body: str, name: str = "q") -> Change:
    return "goals:\n", f"quantities:\n  {name}: {body}\ngoals:\n"


def second_goal(measure: str) -> Change:
    """A goal beside the first, before it."""
    goal = (
        f"  to: {{title: M, outcome: o, measure: {measure}, measured_in: p, decimals: 0, better: higher, "
        "levels: {høj: {at_least: 0}, lav: otherwise}, points: {høj: 100, lav: 0}, weight: 1, "
        "reference: {note: n, checked: no}, side_effects: [{risk: r, watch: proc}]}\n"
    )
    return "goals:\n", f"goals:\n{goal}"


def asks(cell: str) -> Change:
    return R1, R1.replace("step:", f"{cell}, step:")


MEAN = "{method: weighted-mean/v1, of: [x, y], missing: leave-out}"
BAD = "{value: 'default(y < halvdelen, false)'}"
FAST = ("down: 1\n", "down: 2\n")
TO_ALM = (LAST, ALM)
STRICT_ALM = (LAST, f"{ALM}\n    {LAST.replace('R2', 'R3')}")
"""Nobody is on the strictest step but by a rule above."""


@dataclass(frozen=True)
class Case:
    """What is changed, the property that is broken, two institutions' years of figures, and what is said of it.

    In P6 the second institution has other figures that are no outcomes; in P8 and P9 it keeps some back."""

    name: str
    property: str
    change: tuple[Change, ...]
    one: Sequence[Mapping[str, Any]]
    other: Sequence[Mapping[str, Any]]
    outcome: str
    about: Mapping[str, Any] = field(default_factory=dict[str, Any])


def rule(cells: str, step: str) -> str:
    return f"- {{id: R0, {cells}, step: {step}, because: b, reference: {{note: n, checked: no}}}}"


HALF = rule('score: ">= 50"', "alm")

FLAG_RULE = ("    - {id: R1, score", f"    {rule('dårlig: true', 'streng')}\n    - {{id: R1, score")
FLAGGED = (quantity(BAD, "dårlig"), FLAG_RULE)
"""A rule above the others asks a flag that has a value without its figure."""

DANGER = (("    - {id: R1, score", f"    {rule('fare: true', 'streng')}\n    - {{id: R1, score"), NO_GRAVE)

IN_DOUBT = (
    "not-submitted: worst, withdrawn: worst, else: doubt",
    "not-submitted: doubt, withdrawn: doubt, else: doubt",
)
FLAG_UNKNOWN = (
    quantity("{value: 'y < halvdelen'}", "dårlig"), FLAG_RULE, IN_DOUBT, FAST,
    ("lapse: {after: 2, to: alm}", "lapse: {after: 1, to: streng}"), TO_ALM,
)  # fmt: skip

CASES = [
    Case(
        "mean without the missing",
        "P8",
        (quantity(MEAN), goals_read("q")),
        [{"x": 60, "y": 10}] * 2,
        [{"x": 60}] * 2,
        "fails",
    ),
    Case("default", "P8", (goals_read('"default(x, 100)"'),), [{"x": 10}], [{}], "fails"),
    Case(
        "default from the year before",
        "P8",
        (goals_read('"default(x, earlier(x,1))"'),),
        [{"x": 90}, {"x": 10}],
        [{"x": 90}, {}],
        "undecided",
        {"why": "loose", "names": ("mål",), "constructs": ("default(…)",)},
    ),
    Case(
        "a rule asks a default",
        "P8",
        (quantity("{value: 'default(y, 100)'}"), asks('q: ">= 50"'), TO_ALM),
        [{"x": 60, "y": 10}],
        [{"x": 60}],
        "fails",
    ),
    Case(
        "a rule asks a mean",
        "P8",
        (quantity(MEAN), asks('q: ">= 50"'), TO_ALM),
        [{"x": 60, "y": 10}],
        [{"x": 60}],
        "fails",
    ),
    Case("a rule asks a flag with a default", "P8", FLAGGED, [{"x": 60, "y": 10}], [{"x": 60}], "fails"),
    Case("what is missing", "P8", (goals_read('"if missing(x) then 100 else x"'),), [{"x": 10}], [{}], "fails"),
    Case(
        "a goal that does not apply",
        "P8",
        (
            second_goal("andel"),
            goals_read('x, applies_when: "default(y, 0) >= ti"'),
            asks("goals_below.høj: 0"),
            TO_ALM,
        ),
        [{"x": 10, "y": 60, "andel": 1}],
        [{"x": 10, "andel": 1}],
        "fails",
    ),
    Case("a flag that is no emergency's", "P8", FLAG_UNKNOWN, [{"x": 60, "y": 10}], [{"x": 60}], "fails"),
    Case("a needed flag", "P8", (*DANGER, IN_DOUBT), [{"x": 60, "fare": True}], [{"x": 60}], "fails"),
    Case(
        "one figure in two goals",
        "P9",
        (
            second_goal("x - y"),
            FAST,
            (R1, R1.replace("50", "100")),
            (LAST, f"{HALF}\n    {LAST}"),
            ("rights: [ret], ", "rights: [ret], initial: true, "),
            ("text: t, initial: true, visits", "text: t, visits"),
        ),
        [{"x": 80, "y": 10}],
        [{"y": 10}],
        "fails",
        {"goal": "x", "reason": "not-submitted", "step": "streng"},
    ),
    Case(
        "a goal applies by a process",
        "P6",
        (
            second_goal("y - halvdelen"),
            goals_read('x, applies_when: "proc < halvdelen"'),
            asks("goals_below.høj: 0"),
            TO_ALM,
        ),
        [{"x": 10, "y": 60, "proc": 10}],
        [{"x": 10, "y": 60, "proc": 90}],
        "fails",
    ),
    Case(
        "not below is above",
        "P6",
        (quantity("{value: proc}"), asks('q: "not(< 95)"'), TO_ALM),
        [{"x": 100, "proc": 10}],
        [{"x": 100, "proc": 99}],
        "fails",
    ),
    Case(
        "a flag turned round",
        "P6",
        (quantity("{value: 'proc < næsten'}"), asks("q: false"), TO_ALM),
        [{"x": 100, "proc": 10}],
        [{"x": 100, "proc": 99}],
        "fails",
    ),
]


def changed(folder: Path, change: Sequence[Change]) -> Path:
    """The policy with what is changed; each thing stands exactly once in one of its files."""
    texts = {"goals/a.yaml": AREA, "rules/ladders/t.yaml": LADDER, "rules/requirements/a.yaml": REQUIREMENTS}
    for old, new in change:
        (file,) = [file for file, text in texts.items() if text.count(old) == 1]
        texts[file] = texts[file].replace(old, new)
    for file, text in texts.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(text, encoding="utf-8")
    return folder


def proved_of(folder: Path) -> Proved:
    (found,) = proved(checked(folder), ["a"])
    return found


def verdicts(folder: Path) -> dict[str, Verdict]:
    return {verdict.property: verdict for verdict in proved_of(folder).verdicts}


FIGURES = ("x", "y", "andel", "proc", "fare")


def stands(plan: Plan, years: Sequence[Mapping[str, Any]], state: State | None = None) -> int | None:
    """The step after some years of figures, read exactly."""
    rows: list[dict[str, object]] = []
    for period, given in enumerate(years):
        gone = {f"{name}.missing": int(Reason.NOT_SUBMITTED) for name in FIGURES if name not in given}
        rows.append(
            {
                "institution": "i",
                "period": period,
                **gone,
                **{k: v if isinstance(v, bool) else float(v) for k, v in given.items()},
            }
        )
    exact, step = Exact(plan, rows), None
    for period in range(len(years)):
        placed = exact.place("i", period, state)
        state, step = placed.state, placed.step
    return step


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_figures_break_does_not_hold(case: Case, tmp_path: Path) -> None:
    found = proved_of(changed(tmp_path, case.change))
    plan = found.plan
    starts = [None, *(State(step) for step in range(3))]
    ends = [(stands(plan, case.one, start), stands(plan, case.other, start)) for start in starts]
    if case.property == "P9":
        assert ends[0] == (0, 2)
    else:
        assert any(one is not None and other is not None and other < one for one, other in ends)
    verdict = next(v for v in found.verdicts if v.property == case.property)
    assert verdict.outcome == case.outcome
    assert {key: verdict.about[key] for key in case.about} == case.about
    assert bool(verdict.stories) == (case.outcome == "fails")


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_verdict_can_be_told(case: Case, lang: str, tmp_path: Path) -> None:
    assert any(
        isinstance(block, Paragraph) for block in proof_report([proved_of(changed(tmp_path, case.change))], lang)
    )


NOBODY = Requirements.model_validate({"tilsyn": 1, "from": "2000-01-01", "requirements_of": "a", "requirements": {}})


@pytest.mark.parametrize(
    ("change", "outcomes"),
    [
        # nobody's figure is over its range
        ((quantity("{value: y}"), asks('q: "> 100"')), ("fails", "fails")),
        ((quantity("{value: y}"), asks('q: ">= 100"')), ("holds", "holds")),
        ((quantity("{value: 'andel'}"), asks('q: "> 1"')), ("fails", "fails")),
        ((quantity("{value: 'andel'}"), asks('q: ">= 1"')), ("holds", "holds")),
        # nor over it with what is added
        ((quantity("{value: 'y + ti'}"), asks('q: "> 110"')), ("fails", "fails")),
        (
            (quantity("{value: y}\n  r: {value: 'halvdelen + halvdelen - y'}"), asks('q: "> 60", r: "> 60"')),
            ("undecided", "undecided"),
        ),
        ((quantity("{value: y}\n  r: {value: 'y - halvdelen'}"), asks('q: "> 50", r: "> 0"')), ("holds", "holds")),
        ((quantity("{value: y}\n  r: {value: 'halvdelen - y'}"), asks('q: ">= 50", r: ">= 0"')), ("holds", "holds")),
        # a level that is over the range
        ((("høj: {at_least: 50}", "høj: {at_least: 101}"),), ("fails", "fails")),
        ((("høj: {at_least: 50}", "høj: {at_least: 100}"),), ("holds", "holds")),
    ],
)
def test_only_what_can_occur_is_a_way_up(change: Sequence[Change], outcomes: tuple[str, str], tmp_path: Path) -> None:
    found = verdicts(changed(tmp_path, change))
    assert (found["P3"].outcome, found["P4"].outcome) == outcomes


@pytest.mark.parametrize(("pool", "outcome"), [(1, "holds"), (3, "undecided")])
def test_what_is_kept_back_of_a_pool(pool: int, outcome: str, tmp_path: Path) -> None:
    """Where silence is doubt it is not known what it does to the years that are pooled later; as the worst it is."""
    evidence = f"x, evidence: {{method: wilson/v1, confidence: 0.6, pool: {pool}}}".replace("x,", "100 * andel,")
    alike = (goals_read(evidence), (LADDER[LADDER.index("movement:") :], ""))
    assert verdicts(changed(tmp_path / "worst", alike))["P8"].outcome == "holds"
    found = verdicts(changed(tmp_path / "doubt", (*alike, IN_DOUBT)))["P8"]
    assert found.outcome == outcome
    assert outcome == "holds" or found.about == {"why": "pool", "names": ("mål",)}
