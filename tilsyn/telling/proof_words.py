"""An area's own words for what a proof names: institutions, what is known of them, and where that leads.

What was proved is told in `proofs.py`, two versions of the rules in `versions.py`; both speak of the same goals,
steps and rules, and do it here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from tilsyn.catalogue.policy import Policy
from tilsyn.engine.machine import held_most
from tilsyn.engine.movement import start_of
from tilsyn.engine.nodes import Outside, Plan
from tilsyn.engine.values import Value
from tilsyn.studies.silence import Withheld
from tilsyn.studies.stories import Story, Year
from tilsyn.studies.versions import ANOTHER
from tilsyn.telling.quantities import figure_title, quantity_title, value_text
from tilsyn.telling.words import say


class ProofWords:
    """An area's own words for what a verdict names."""

    def __init__(self, policy: Policy, plan: Plan, lang: str) -> None:
        self.policy, self.plan, self.lang = policy, plan, lang

    def say(self, key: str, **args: object) -> str:
        return say(self.lang, key, **args)

    def step(self, name: str) -> str:
        return self.policy.ladder.steps[name].title.get(self.lang)

    def step_at(self, position: int) -> str:
        return self.step(self.plan.ladder.steps[position])

    def level(self, name: str) -> str:
        return self.policy.ladder.levels[name].get(self.lang)

    def input(self, name: str) -> str:
        """A goal, a quantity or a needed indicator, as it is called."""
        area = self.policy.area
        if name in area.goals:
            return area.goals[name].title.get(self.lang)
        if name.partition("@")[0].partition(".")[0] in area.quantities:
            return quantity_title(area, name, self.lang)
        return figure_title(area, name, self.lang) if name in area.indicators else name

    def reason(self, word: str) -> str:
        return say(self.lang, f"missing.{word}")

    # what is known

    def known(self, axis: int, year: Year) -> str:
        """What is known of a goal or input in a year, without its name."""
        known, why = year.known[axis], year.why[axis]
        if why is not None:
            return self.reason(why.word)
        goals = len(self.plan.goals)
        if axis >= goals:
            return self._value(self.plan.ladder.outsides[axis - goals], year.inputs[axis - goals])
        worst, best = (self._level_of(axis, position) for position in (known.worst, known.best))
        return worst if known.certain else f"{worst} – {best}"

    def _level_of(self, axis: int, position: int | None) -> str:
        assert position is not None
        return self.level(self.plan.ladder.levels[self.plan.goals[axis].ranks[position]])

    def _value(self, outside: Outside, value: Value) -> str:
        if isinstance(value, bool):
            return say(self.lang, "yes" if value else "no")
        if value == ANOTHER:
            return self.say("proofs.known.another")
        node = next(q for q in self.plan.quantities if q.name == outside.name)
        return value_text(self.policy, node, value, self.lang)

    def said(self, axis: int, year: Year) -> str:
        """A goal or input with what is known of it."""
        known, why, name = year.known[axis], year.why[axis], self.input(self.name(axis))
        if why is not None and known.best is not None and known.missing is not None:
            return self.say(
                "proofs.known.capped", name=name, reason=self.reason(why.word), best=self._level_of(axis, known.best)
            )
        if why is not None:
            return self.say("proofs.known.missing", name=name, reason=self.reason(why.word))
        if axis < len(self.plan.goals) and not known.certain:
            worst, best = (self._level_of(axis, position) for position in (known.worst, known.best))
            return self.say("proofs.known.range", name=name, worst=worst, best=best)
        return self.say("proofs.known.certain", name=name, level=self.known(axis, year))

    def name(self, axis: int) -> str:
        goals = self.plan.goals
        return goals[axis].name if axis < len(goals) else self.plan.ladder.outsides[axis - len(goals)].name

    def all_known(self, year: Year) -> str:
        """What is known of an institution; the level that most goals are on is told last, once."""
        certain = {
            axis: goal.ranks[known.worst]
            for axis, (goal, known, why) in enumerate(zip(self.plan.goals, year.known, year.why, strict=False))
            if why is None and known.certain and known.worst is not None
        }
        usual = next((rank for rank, count in Counter(certain.values()).most_common(1) if count > 1), None)
        apart = [axis for axis in range(len(year.known)) if usual is None or certain.get(axis) != usual]
        parts = [self.said(axis, year) for axis in apart]
        if usual is not None:
            others = any(axis < len(self.plan.goals) for axis in apart)
            level = self.level(self.plan.ladder.levels[usual])
            parts.append(self.say("proofs.known.others" if others else "proofs.known.all", level=level))
        return "; ".join([*parts, *([self.say("proofs.grave")] if year.grave else [])])

    def cell(self, name: str, value: str) -> str:
        """An input of the rule table with a value, both as the table has them (`engine/machine.py`)."""
        counted, _, level = name.partition(".")
        outside = next((o for o in self.plan.ladder.outsides if o.name == name), None)
        if counted in ("score", "goals_at", "goals_below", "goals_missing"):
            shown = value.replace(".", ",") if self.lang == "da" else value
            return self.say(f"proofs.cell.{counted}", value=shown, **({"level": self.level(level)} if level else {}))
        if name in ("previous", "held"):
            told = self.step(value) if name == "previous" else value
            return self.say("proofs.cell.named", name=self.say(f"proofs.{name}"), value=told)
        if outside is None:
            key, shown = ("without", "") if value == "-" else ("named", self.level(value))
            return self.say(f"proofs.cell.{key}", name=self.input(name), value=shown)
        return self.say("proofs.cell.named", name=self.input(name), value=self._cell_value(outside, value))

    def _cell_value(self, outside: Outside, value: str) -> str:
        if outside.type == "flag":
            return say(self.lang, "yes" if value == "true" else "no")
        if outside.type == "level":
            node = next(q for q in self.plan.quantities if q.name == outside.name)
            return value_text(self.policy, node, int(value), self.lang)
        if value == ANOTHER:
            return self.say("proofs.known.another")
        return value.replace(".", ",") if outside.type == "number" and self.lang == "da" else value

    # where it stands, and where it comes to

    def who(self, story: Story) -> str:
        """The institution before its story begins."""
        if self.plan.ladder.movement is None:
            return self.say("proofs.who.ever")
        if story.start is None:
            return self.say("proofs.who.newcomer")
        start = start_of(story.start, self.plan.ladder)
        step, told_apart = self.step_at(start.previous), held_most(self.plan.ladder) > 0
        if start.held > 1 or (told_apart and start.held):
            parts = [self.say("proofs.who.stood-held", step=step, held=start.held)]
        else:
            parts = [self.say("proofs.who.stood", step=step)]
        if start.streak:
            parts.append(self.say(f"proofs.who.{'up' if start.streak > 0 else 'down'}", periods=abs(start.streak)))
        if start.absent:
            parts.append(self.say("proofs.who.absent", periods=start.absent))
        return "".join(parts)

    def ends(self, story: Story, kind: str) -> str:
        """What a story of one period ends with; `kind` is how the sentence goes."""
        step = story.years[-1].step
        if step is None:
            return self.say(f"proofs.{kind}.nowhere")
        if self.plan.ladder.movement is None:
            return self.say(f"proofs.{kind}.placed", step=self.step_at(step))
        previous = start_of(story.start, self.plan.ladder).previous
        how = "stays" if step == previous else "rises" if step < previous else "falls"
        return self.say(f"proofs.{kind}.{how}", step=self.step_at(step))

    def rules(self, year: Year) -> str:
        if not year.rules:
            return self.say("proofs.no-rules")
        return self.say("proofs.rule" if len(year.rules) == 1 else "proofs.rules", rules=year.rules)

    def because(self, rules: Iterable[str]) -> Iterator[str]:
        """The reason that each rule gives."""
        for rule in self.policy.ladder.placement.rules:
            if rule.id in rules:
                yield self.say("proofs.rule-because", rule=rule.id, because=rule.because.get(self.lang))

    def figure(self, withheld: Withheld) -> str:
        args = {"name": self.input(withheld.name), "reason": self.reason(withheld.reason.word)}
        return self.say(f"proofs.figure.{withheld.of}", **args)
