"""The years: every state an institution can be in, and where each period's results lead from there.

Movement is the engine's own; here its states are made finite, by capping counts that it no longer tells
apart, so that what can ever happen is found by walking until nothing new is met. A person may decide
any step, so every step is somewhere that one may stand, also one that no rule leads to. Where a fall waits for its
decision (`undecided: stay`), any period may end with what was recommended decided, or with nothing decided.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from tilsyn.engine.machine import held_most
from tilsyn.engine.movement import Moved, Start, State, move, next_state, start_of, target_of
from tilsyn.engine.nodes import LadderNode, MovementNode
from tilsyn.studies.outcomes import Outcomes, Range, View

Place = State | None
"""Where an institution stands; None is one that begins."""


class Happening(NamedTuple):
    """What a period brings beside its results: an emergency; and that a person decides what was recommended."""

    grave: bool = False
    decided: bool = False


QUIET = Happening()

UNUSUAL = 10
"""What each period of absence or in one direction, and a fall that is not decided, makes a place less simple by."""


class Walks(Struct, frozen=True):
    """A ladder's movement, one period at a time. Without movement there is no memory: everyone begins each time."""

    ladder: LadderNode
    movement: MovementNode

    @classmethod
    def of(cls, ladder: LadderNode) -> Walks:
        """The walks of a ladder; without movement, those of a ladder that always goes where the point leads."""
        dwell = (0,) * len(ladder.steps)
        free = MovementNode(None, None, 1, 1, dwell, None, None, None, None, True, "follow")
        return cls(ladder, ladder.movement or free)

    @property
    def remembers(self) -> bool:
        return self.ladder.movement is not None

    @property
    def most_held(self) -> int:
        """Periods held beyond which neither rules nor dwell tell institutions apart."""
        return held_most(self.ladder) + 1

    def start(self, place: Place) -> Start:
        return start_of(place if self.remembers else None, self.ladder)

    def moved(self, place: Place, seen: Range | None, grave: bool = False) -> Moved:
        """What a period with these results does."""
        start = self.start(place)
        target = None if seen is None else target_of(self.movement, start.previous, seen[0], seen[1], seen[0])
        absent = start.absent + 1 if target is None else 0
        return move(
            self.movement, previous=start.previous, held=start.held, streak=start.streak, absent=absent,
            target=target, grave=grave,
        )  # fmt: skip

    @property
    def happenings(self) -> tuple[Happening, ...]:
        """All that a period may bring. Where recommendations are followed anyway, deciding them changes nothing."""
        graves = (False, True) if self.movement.grave_step is not None else (False,)
        decisions = (False, True) if self.movement.undecided == "stay" else (False,)
        return tuple(Happening(grave, decided) for decided, grave in product(decisions, graves))

    def after(self, place: Place, seen: Range | None, happening: Happening = QUIET) -> State:
        """Where an institution stands after the period."""
        return self.step_and_after(place, seen, happening)[1]

    def step_and_after(self, place: Place, seen: Range | None, happening: Happening) -> tuple[int, State]:
        start, moved = self.start(place), self.moved(place, seen, happening.grave)
        state = next_state(start, moved.step, moved.streak, start.absent + 1 if seen is None else 0)
        return moved.step, self.capped(_as_recommended(state) if happening.decided else state)

    def capped(self, state: State) -> State:
        movement = self.movement
        absent = min(state.absent, movement.lapse_after or 0)
        streak = max(-movement.confirm_down, min(state.streak, movement.confirm_up))
        held = min(state.held, self.most_held)
        if movement.undecided == "follow":
            # what is in force plays no part in what is recommended next
            return State(state.step, held, streak, absent)
        return replace(
            state, held=held, streak=streak, absent=absent,
            in_force_held=min(state.in_force_held or 0, self.most_held),
        )  # fmt: skip


def _as_recommended(state: State) -> State:
    """A state when what was recommended has been decided: the next period begins from it as `start_of` says."""
    moved = state.in_force not in (None, state.step)
    return State(
        state.step, state.held, 0 if moved else state.streak, state.absent, in_force=state.step,
        in_force_held=state.held,
    )  # fmt: skip


class Paths:
    """Every place that anybody can ever come to, emergencies and decisions included, nearest first, and where each
    of a period's results leads from there: the walk as tables, which are looked up and never say anything else.

    A code's column is the code + 1. `after` and `step` have a table for each of `happenings`; -1 stands for results
    that are not seen from a place.
    """

    def __init__(self, outcomes: Outcomes, walks: Walks) -> None:
        self.outcomes, self.walks = outcomes, walks
        self.happenings = walks.happenings
        self.seeds: tuple[Place, ...] = (None, *(State(step) for step in self._decided()))
        self._found: dict[Place, int] = {}
        self._after: dict[tuple[int, int, Happening], tuple[int, int]] = {}
        self._walk()

    def _decided(self) -> range:
        """A person may decide any step; without memory it makes no difference where anybody stood."""
        return range(len(self.walks.ladder.steps) if self.walks.remembers else 0)

    @cached_property
    def occurring(self) -> Mapping[View, tuple[int, ...]]:
        """The codes that are seen from each view."""
        return {view: self.outcomes.occurring(view) for view in self.outcomes.views()}

    def view(self, place: Place) -> View:
        start = self.walks.start(place)
        return self.outcomes.seen(start.previous, start.held)

    def _walk(self) -> None:
        queue = deque(self.seeds)
        self._found.update({place: number for number, place in enumerate(self.seeds)})
        while queue:
            place = queue.popleft()
            number = self._found[place]
            for code in self.occurring[self.view(place)]:
                for happening in self.happenings:
                    step, state = self.walks.step_and_after(place, self.outcomes.ranged(code), happening)
                    if state not in self._found:
                        self._found[state] = len(self._found)
                        queue.append(state)
                    self._after[number, code, happening] = (self._found[state], step)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(self._found)

    def number(self, place: Place) -> int:
        return self._found[place]

    @cached_property
    def views(self) -> tuple[View, ...]:
        """From where each place is seen."""
        return tuple(self.view(place) for place in self.places)

    @cached_property
    def by_view(self) -> Mapping[View, list[int]]:
        found: dict[View, list[int]] = {}
        for number, view in enumerate(self.views):
            found.setdefault(view, []).append(number)
        return found

    @cached_property
    def costs(self) -> Any:
        """How far from simple it is to stand at each place: nothing for a newcomer, little for a step and time spent
        on it, more for what else is remembered."""
        import numpy as np

        def cost(place: Place) -> float:
            if place is None:
                return 0
            pending = place.in_force not in (None, place.step)
            return 1 + place.held / 10 + UNUSUAL * (abs(place.streak) + place.absent + pending)

        return np.array([cost(place) for place in self.places])

    @cached_property
    def previous(self) -> Any:
        """The step before the period, by place."""
        import numpy as np

        return np.array([self.walks.start(place).previous for place in self.places])

    @cached_property
    def stands(self) -> Any:
        """The step that is recommended for somebody at a place; a newcomer's is the initial one."""
        import numpy as np

        initial = self.walks.ladder.initial
        return np.array([initial if place is None else place.step for place in self.places])

    def after(self, happening: Happening = QUIET) -> Any:
        """Place × code + 1 to the place that follows."""
        return self._tables[happening][0]

    def step(self, happening: Happening = QUIET) -> Any:
        """Place × code + 1 to the step of the period."""
        return self._tables[happening][1]

    @cached_property
    def _tables(self) -> Mapping[Happening, tuple[Any, Any]]:
        import numpy as np

        made: dict[Happening, tuple[Any, Any]] = {
            happening: (
                np.full((len(self.places), self.outcomes.kinds), -1, dtype=np.int32),
                np.full((len(self.places), self.outcomes.kinds), -1, dtype=np.int32),
            )
            for happening in self.happenings
        }
        for (number, code, happening), (following, step) in self._after.items():
            made[happening][0][number, code + 1] = following
            made[happening][1][number, code + 1] = step
        return made

    def reached(
        self, start: Iterable[Place], *, emergencies: bool, among: Mapping[View, tuple[int, ...]] | None = None
    ) -> set[int]:
        """The places that results, and emergencies where asked for, ever lead to from some, with what was recommended
        decided or not; other decisions don't. `among` are the codes that results are taken from, all that are laid
        out where it is not given."""
        found: set[int] = set()
        queue = deque(self.number(place) for place in start)
        while queue:
            number = queue.popleft()
            for code in (among or self.occurring)[self.views[number]]:
                # without memory somebody who can't be assessed has no step
                if code < 0 and not self.walks.remembers:
                    continue
                for happening in self.happenings:
                    following = self._after[number, code, happening][0]
                    if following not in found and (emergencies or not happening.grave):
                        found.add(following)
                        queue.append(following)
        return found
