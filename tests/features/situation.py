"""What a scenario builds up: a ministry's rules, institutions with their figures, and where they come to stand.

The steps in `conftest.py` put sentences to it. It decides nothing: it reads the shipped areas, or a
copy with one thing changed, and asks the services. Institutions are placed by the exact reading; a
list of several also goes through the columns, as a supervisor's does.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl
from numpy.random import default_rng

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine import exact
from tilsyn.engine.effects import Effects, standing
from tilsyn.engine.plan import make_plan
from tilsyn.engine.working import GoalWorking, Placement
from tilsyn.files.observations import overlaid, rows_from_given
from tilsyn.files.shipped import shipped_folder
from tilsyn.problems import DeclarationError
from tilsyn.services.cases import run_cases
from tilsyn.services.explaining import explain
from tilsyn.services.kept import InFolder
from tilsyn.services.placing import empty_state, hold_to_exact, keep, place, state_of
from tilsyn.services.proving import proved
from tilsyn.services.rules import bound, checked, first_period, period_of, sprawl_in
from tilsyn.studies.proofs import PROPERTIES, Verdict
from tilsyn.studies.simulate import Setting, Simulated, Story, simulate
from tilsyn.studies.ways import Ways, ways_to
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.explanation import tell
from tilsyn.telling.proofs import proof_report
from tilsyn.telling.sprawl import sprawl_report
from tilsyn.telling.subjects import CaseResult, Compared, Explained, Placed, Proved
from tilsyn.telling.words import problem_line, say

ONE = "Institutionen"
"""The institution of a scenario that is about a single one."""


@cache
def shipped() -> Catalogue:
    return checked(shipped_folder())


def spoken(name: str) -> str:
    """A declared name as it is spoken: `højt_fravær` is højt fravær."""
    return re.sub(r"[_-]", " ", name).casefold()


def named(words: str, declared: Mapping[str, Any]) -> str:
    """The declared name that words mean: the name as spoken, or its Danish title."""
    for name, thing in declared.items():
        title = getattr(thing, "title", thing)
        if words.casefold() in (spoken(name), title.get("da").casefold() if hasattr(title, "get") else None):
            return name
    raise AssertionError(f"»{words}« er ikke et af {[spoken(name) for name in declared]}")


@dataclass
class Institution:
    """An institution of an area: the typical one, with what a scenario says of it."""

    given: dict[str, Any] = field(default_factory=dict[str, Any])
    by_period: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    same_before: int = 0
    before: dict[str, Any] | None = None


@dataclass(frozen=True)
class Judged:
    """One institution in one period: its placement and what it was made from."""

    policy: Policy
    period: Period
    placement: Placement
    placed: Placed
    figures: pl.DataFrame
    state: pl.DataFrame

    def step(self, position: int | None) -> str:
        """A step's Danish title."""
        assert position is not None
        return list(self.policy.ladder.steps.values())[position].title.get("da")

    def goal(self, words: str) -> GoalWorking:
        return self.placement.goal(named(words, self.policy.area.goals))


@dataclass(frozen=True)
class Invented:
    """Institutions that a ladder is tried on."""

    units: int
    story: Story


@dataclass
class Situation:
    """The rules and the institutions of one scenario, and every placement so far."""

    folder: Path
    area: str = ""
    institutions: dict[str, Institution] = field(default_factory=dict[str, Institution])
    course: list[Judged] = field(default_factory=list[Judged])
    several: Placed | None = None
    decided: bool = False
    problems: list[str] | None = None
    changed: bool = False
    told: Explained | None = None
    other_areas: list[str] = field(default_factory=list[str])
    proved: list[Proved] = field(default_factory=list[Proved])
    compared: Compared | None = None
    below: list[Path] = field(default_factory=list[Path])
    counted: str = ""
    invented: Invented | None = None
    found: Simulated | None = None

    # rules

    @cached_property
    def _own(self) -> Catalogue:
        return checked(self.folder / "policy")

    @property
    def catalogue(self) -> Catalogue:
        return self._own if self.changed else shipped()

    def policy(self, area: str | None = None) -> Policy:
        """An area's rules as they are at the latest."""
        area = area or self.area
        return self.catalogue.on(area, self.catalogue.change_days(area)[-1])

    def choose(self, words: str) -> None:
        """The area that words mean: by its name, its title, or what one of its institutions is called."""
        for area in shipped().areas:
            declared = shipped().on(area, shipped().change_days(area)[-1]).area
            if words.casefold() in (area, declared.title.get("da").casefold(), declared.unit.one.get("da").casefold()):
                self.other_areas += [self.area] if self.area else []
                self.area = area
                return
        raise AssertionError(f"»{words}« er ikke et område: {shipped().areas}")

    @property
    def area_file(self) -> str:
        return f"goals/{self.area}.yaml"

    @property
    def ladder_file(self) -> str:
        return f"rules/ladders/{shipped().on(self.area, shipped().change_days(self.area)[-1]).area.ladder}.yaml"

    @property
    def register_file(self) -> str:
        return f"rules/requirements/{self.area}.yaml"

    def text(self, file: str) -> str:
        return (self.folder / "policy" / file if self.changed else shipped_folder() / file).read_text(encoding="utf-8")

    def change(self, file: str, old: str, new: str, *, within: str | None = None, every: bool = False) -> None:
        """One change in a copy of the area's rules; the old text must be there, in the part it is sought in."""
        part = within if within is not None else self.text(file)
        assert old in part, f"{old!r} står ikke i {file}"
        changed = part.replace(old, new) if every else part.replace(old, new, 1)
        whole = self.text(file)
        assert whole.count(part) == 1, f"stedet findes flere gange i {file}"
        self.copy()
        (self.folder / "policy" / file).write_text(whole.replace(part, changed), encoding="utf-8")
        self.__dict__.pop("_own", None)

    @property
    def own(self) -> Path:
        """The folder of the scenario's own copy of the rules."""
        assert self.changed
        return self.folder / "policy"

    def copy(self) -> None:
        """A copy of the shipped rules with this area alone."""
        if self.changed:
            return
        self._copied_from(shipped_folder(), self.folder / "policy")
        self.changed = True

    def _copied_from(self, source: Path, folder: Path) -> None:
        for file in (self.area_file, self.ladder_file, self.register_file, "rules/supports.yaml"):
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, target)

    def part(self, file: str, *path: str) -> str:
        """The lines of a declared block: its key and what is indented below it."""
        text, indent = self.text(file), 0
        for key in path:
            found = re.search(
                rf"^{' ' * indent}{re.escape(key)}:.*\n(?:(?:{' ' * (indent + 1)}.*)?\n)*", text, re.MULTILINE
            )
            assert found is not None, f"{key} står ikke i {file}"
            text, indent = found.group(0), indent + 2
        return text

    def check(self) -> None:
        try:
            checked(self.folder / "policy" if self.changed else shipped_folder())
        except DeclarationError as fault:
            self.problems = [problem_line(problem, "da") for problem in fault.problems]
        else:
            self.problems = []

    def set_below(self, level: str, owner: str, goals: Mapping[str, str | None]) -> None:
        """Somebody below the ministry sets sub-goals, each with the goal that it serves; a folder for each level."""
        folder = self.folder / level
        (folder / "goals").mkdir(parents=True, exist_ok=True)
        self.below += [] if folder in self.below else [folder]
        lines = [
            f"  {name}: {{title: {name}{f', serves: {serves}' if serves else ''}}}" for name, serves in goals.items()
        ]
        head = ["tilsyn: 1", "from: 2024-01-01", f"subgoals_of: {self.area}", f"level: {level}", f"owner: {owner}"]
        (folder / "goals" / f"{owner}.yaml").write_text("\n".join([*head, "goals:", *lines, ""]), encoding="utf-8")

    def count_below(self) -> None:
        """What `tilsyn sprawl` says of the ministry's rules and the folders below them."""
        folders = [self.folder / "policy" if self.changed else shipped_folder(), *self.below]
        found = [area for area in sprawl_in(folders) if area.name == self.area]
        told = sprawl_report(found, [folder.name for folder in folders], "da")
        self.counted = "\n".join(line for block in told for line in _lines(block))

    # what is proved of them

    def simulate(self, years: int, settings: Sequence[Setting] = ()) -> None:
        """What the ladder does to the invented institutions, as declared or under some settings."""
        assert self.invented is not None
        policy, sample = self.policy(), self.catalogue.sample(self.area)
        assert sample is not None
        self.found = simulate(
            policy.area, make_plan(policy.area, policy.ladder), sample, self.catalogue.places[sample.where],
            settings or [Setting()], first=first_period(policy), units=self.invented.units, years=years,
            generator=default_rng(2026), story=self.invented.story,
        )  # fmt: skip

    @property
    def simulated(self) -> Simulated:
        assert self.found is not None
        return self.found

    def prove(self) -> None:
        self.proved = proved(self.catalogue, [self.area])

    def verdicts(self, promise: str) -> list[Verdict]:
        """What was found of the promise that begins with some words, for the rules of each day."""
        (name,) = [name for name in PROPERTIES if say("da", f"proofs.promise.{name}").startswith(promise)]
        return [verdict for one in self.proved for verdict in one.verdicts if verdict.property == name]

    @property
    def proof_text(self) -> str:
        return "\n".join(line for block in proof_report(self.proved, "da") for line in _lines(block))

    def saved_cases(self, catalogue: Catalogue) -> list[CaseResult]:
        """The counterexamples that were saved, run by some rules among the area's own cases."""
        source, folder = shipped_folder() if catalogue is shipped() else self.folder / "policy", self.folder / "med"
        self._copied_from(source, folder)
        area = folder / self.area_file
        text = area.read_text(encoding="utf-8")
        assert text.count("\ncases:") == 1
        saved = (self.folder / "modeksempler.yaml").read_text(encoding="utf-8").partition("cases:\n")[2]
        added = "".join(f"  {line}\n" for line in saved.splitlines())
        area.write_text(text.rstrip("\n") + "\n" + added, encoding="utf-8")
        own = len(self.policy().area.cases)
        found = [*run_cases(checked(folder), [self.area])][own:]
        shutil.rmtree(folder)
        return found

    # institutions

    @property
    def one(self) -> Institution:
        return self.institutions.setdefault(ONE, Institution())

    def stood_on(self, step: str, years: int, institution: str = ONE) -> None:
        name = named(step, self.policy().ladder.steps)
        self.institutions.setdefault(institution, Institution()).before = {
            "step": name, "held": years, "streak": 0, "absent": 0, "status": "recommended", "in_force": name,
            "in_force_held": years,
        }  # fmt: skip

    def place(self, label: str) -> None:
        """The institution placed in a period."""
        self.course.append(self._placed(period_of(self.catalogue, self.area, label)))
        self.decided, self.told = False, None

    def place_through(self, labels: Iterable[str]) -> None:
        """The institution placed in one period after another, each from where the one before left it."""
        for label in labels:
            self.place(label)
            row = self.course[-1].placed.frame.select(empty_state().columns).row(0, named=True)
            self.one.before = {name: value for name, value in row.items() if name != "institution"}

    def between(self, first: str, last: str) -> list[str]:
        ends = [period_of(self.catalogue, self.area, label) for label in (first, last)]
        return [ends[0].before(-later).label for later in range(ends[1].index - ends[0].index + 1)]

    def _figures(self, policy: Policy, period: Period, name: str) -> pl.DataFrame:
        one = self.institutions[name]
        given = {**one.given, **one.by_period.get(period.label, {})}
        earlier = {
            label: {**one.given, **figures}
            for label, figures in one.by_period.items()
            if period_of(self.catalogue, self.area, label).index < period.index
        }
        whole = {k: v for k, v in overlaid(policy.area, given).items() if k not in policy.area.attributes}
        earlier |= {period.before(years).label: whole for years in range(1, one.same_before + 1)}
        return rows_from_given(policy.area, given, earlier, period, institution=name)

    def _state(self, names: Iterable[str]) -> pl.DataFrame:
        rows = [{"institution": name, **before} for name in names if (before := self.institutions[name].before)]
        return pl.DataFrame(rows, schema=empty_state().schema)

    def _placed(self, period: Period) -> Judged:
        policy, plan = bound(self.catalogue, self.area, period)
        figures, state = self._figures(policy, period, ONE), self._state([ONE])
        before = state_of(state.row(0, named=True) if state.height else None, plan.ladder)
        states = {ONE: before} if before is not None else {}
        (placement,) = exact.read(plan, figures.to_dicts(), period=period.index, states=states)
        frame = pl.DataFrame([_row(placement, plan.ladder.steps, period)])
        placed = Placed(policy, plan, period, period.first_day, frame, frame.clear())
        return Judged(policy, period, placement, placed, figures, state)

    def place_all(self, label: str) -> None:
        """All institutions placed together, as a supervisor's file is."""
        period = period_of(self.catalogue, self.area, label)
        policy, plan = bound(self.catalogue, self.area, period)
        figures = pl.concat([self._figures(policy, period, name) for name in self.institutions])
        state = self._state(self.institutions)
        self.several = place(policy, plan, figures, period, state)
        hold_to_exact(self.several, figures, state)

    # what it means

    @property
    def last(self) -> Judged:
        return self.course[-1]

    @property
    def explained(self) -> Explained:
        """The explanation, as `tilsyn explain` makes it from a kept run."""
        if self.told is None:
            last, policy_folder = self.last, self.folder / "policy" if self.changed else shipped_folder()
            tables = {"figures": last.figures, "state": last.state}
            run = keep(self.folder / "results", policy_folder, self.catalogue, last.placed, tables, ["tal.csv"])
            self.told = explain(InFolder(run), self.catalogue, ONE)
        return self.told

    @property
    def ways_up(self) -> Ways:
        """The ways to the next freer step."""
        last = self.last
        assert last.placement.step is not None
        case = exact.Exact(make_plan(last.policy.area, last.policy.ladder), last.figures.to_dicts())
        return ways_to(case, last.placement, last.placement.step - 1)

    @property
    def explanation(self) -> str:
        return "\n".join(line for block in tell(self.explained, "da") for line in _lines(block))

    def table(self, title: str) -> Table:
        return next(
            block for block in tell(self.explained, "da") if isinstance(block, Table) and block.title.startswith(title)
        )

    @property
    def effects(self) -> Effects:
        """What is in force for the institution, after the decision where one was made."""
        last = self.last
        placement, state = last.placement, last.placement.state
        assert placement.step is not None
        assert state is not None
        assert state.in_force is not None
        row = next(row for row in last.figures.to_dicts() if row["period"] == last.period.index)
        attributes = {name: row[name] for name in last.policy.area.attributes}
        return standing(
            last.policy.ladder, last.policy.requirements, attributes,
            recommended=placement.step, decided=placement.step if self.decided else None, in_force=state.in_force,
        ).in_force  # fmt: skip

    def effects_on(self, step: str) -> Effects:
        """What a step means in this area, for an ordinary institution."""
        policy = self.policy()
        position = list(policy.ladder.steps).index(named(step, policy.ladder.steps))
        attributes = {name: policy.area.typical.get(name) for name in policy.area.attributes}
        sizes = {
            name: float(value) if isinstance(value, int) and not isinstance(value, bool) else value
            for name, value in attributes.items()
        }
        return standing(
            policy.ladder, policy.requirements, sizes, recommended=position, decided=position, in_force=position
        ).in_force

    def all_effects(self) -> dict[str, Effects]:
        """By step title, freest first."""
        steps = self.policy().ladder.steps
        return {step.title.get("da"): self.effects_on(step.title.get("da")) for step in steps.values()}


def _row(placement: Placement, steps: tuple[str, ...], period: Period) -> dict[str, Any]:
    """A placement as a row of a run."""
    state = placement.state
    assert state is not None
    assert placement.step is not None
    assert state.in_force is not None
    return {
        "institution": placement.institution, "name": None, "period": period.label, "step": steps[placement.step],
        "in_force": steps[state.in_force], "reasons": "+".join(placement.reasons), "held": state.held,
        "streak": state.streak, "absent": state.absent, "in_force_held": state.in_force_held, "status": "recommended",
    }  # fmt: skip


def _lines(block: Block) -> list[str]:
    match block:
        case Heading(text=text) | Paragraph(text=text):
            return [text]
        case Points(items=items):
            return list(items)
        case Table(title=title, columns=columns, rows=rows):
            return [title, " | ".join(columns), *(" | ".join(row) for row in rows)]


def consulted_before(policy: Policy, first_day: dt.date) -> int:
    """Groups heard before the rules came into force, each with a name and what they said."""
    heard = policy.area.consulted
    return sum(1 for one in heard if one.who.get("da") and one.said.get("da") and one.date < first_day)
