"""What differs between two versions beside the rule table, in the words of each version, and as data.

Values before are told as the earlier version has them, values after as the later. Expressions are shown as they are
declared. Nothing is decided here.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from tilsyn.catalogue.policy import Policy
from tilsyn.studies.differences import Difference, Limit, Shown
from tilsyn.telling.proof_words import ProofWords
from tilsyn.telling.quantities import number_text
from tilsyn.telling.subjects import Compared
from tilsyn.telling.words import joined

LEVELS = ("no_worse_than", "cap")
STEPS = ("initial", "lapse_to", "grave_step")
SHARES = ("confidence_up", "confidence_down", "coverage")
UNLIMITED = ("up", "down")
WORDS = ("better", "missing", "doubt", "undecided", "movement")
"""What is told of these has sentences of its own; other text is shown as it is declared."""


class Differences:
    """An area's own words for what differs between two of its versions."""

    def __init__(self, compared: Compared, words: ProofWords) -> None:
        self.words = words
        self.before = ProofWords(compared.before, compared.before_plan, words.lang)

    def row(self, difference: Difference) -> tuple[str, ...]:
        """The goal, what is changed, the value before and now, and what that does."""
        words, goal = self.words, difference.goal
        what = words.say(f"proofs.differs.what.{difference.what}", of=self._of(difference))
        return (
            words.input(goal) if goal is not None else words.say("proofs.differs.ladder"),
            what,
            _value(difference, difference.before, self.before),
            _value(difference, difference.after, words),
            self._effect(difference),
        )

    def _of(self, difference: Difference) -> str:
        of = difference.of
        if of is None:
            return ""
        match difference.what:
            case "limit" | "points":
                here = of in self.words.policy.ladder.levels
                return (self.words if here else self.before).level(of)
            case "missing":
                return self.words.reason(of)
            case "dwell" | "visits" | "rights" | "relieves" | "adds":
                return self.words.step(of)
            case _:
                return self.words.input(of)

    def _effect(self, difference: Difference) -> str:
        stricter, seen = difference.stricter, difference.seen
        key = {True: "stricter", False: "looser", None: "open"}[stricter]
        told = [] if seen and stricter is None else [self.words.say(f"proofs.differs.effect.{key}")]
        return "; ".join([*told, *([self.words.say("proofs.differs.effect.seen")] if seen else [])])


def _value(difference: Difference, value: Shown, words: ProofWords) -> str:
    """A value in the words of the version that has it."""
    what = difference.what
    match value:
        case None:
            return words.say(f"proofs.differs.value.{'no-limit' if what in UNLIMITED else 'none'}")
        case Limit(side, bound):
            return words.say(f"proofs.differs.side.{side}", bound=number_text(bound, None, words.lang))
        case Fraction() if what in SHARES:
            return number_text(100 * value, None, words.lang) + " %"
        case int() | Fraction():
            return number_text(Fraction(value), None, words.lang)
        case tuple() if what == "order":
            return joined([words.step(step) for step in value], words.lang)
        case tuple():
            groups = {m: t for g in words.policy.area.groups.values() for m, t in g.members.items()}
            told = [groups[name].get(words.lang) if name in groups else name for name in value]
            return joined(told, words.lang) or words.say("proofs.differs.value.none")
        case str() if what in LEVELS:
            return words.level(value)
        case str() if what in STEPS:
            return words.step(value)
        case str() if what in WORDS:
            return words.say(f"proofs.differs.value.{value}")
        case str() if what == "source":
            return words.input(value)
        case str():
            return value
        case _:
            return _written(difference, words.policy)


def _written(difference: Difference, policy: Policy) -> str:
    """An expression as it is declared."""
    if difference.goal is not None:
        return str(getattr(policy.area.goals[difference.goal], difference.what))
    movement = policy.ladder.movement
    assert movement is not None, "only movement has an expression of its own"
    assert movement.grave is not None, "only what is grave has a condition"
    return movement.grave.when


def plain(difference: Difference, value: Shown, policy: Policy) -> Any:
    """A value as data: declared names, numbers, and a limit by its side."""
    match value:
        case Limit(side, bound):
            return {side: float(bound)}
        case Fraction():
            return float(value)
        case tuple():
            return list(value)
        case str() | int() | None:
            return value
        case _:
            return _written(difference, policy)


__all__ = ["Differences", "plain"]
