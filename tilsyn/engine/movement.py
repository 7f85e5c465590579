"""How placements follow each other: in doubt stay, confirm, dwell, limit, lapse, grave.

One function, `move`, decides; both readings and the studies use it, the columns as a table made
by `machine.py`. It sees only the last state and this period's target, never a figure.

Steps are positions, freest 0: up means a smaller number.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from tilsyn.engine.nodes import LadderNode, MovementNode

MoveReason = Literal[
    "not-assessed", "in-doubt-stay", "stays", "rises", "falls", "awaits-confirmation", "awaits-dwell",
    "limited-up", "limited-down", "lapse", "grave", "no-memory",
]  # fmt: skip
"""Why a placement came out as it did; the words are in the texts."""


class State(Struct, frozen=True):
    """What is carried from one period to the next.

    `step` is the recommended step, or the decided one where `decided`; `held` counts consecutive
    placements on it; `streak` consecutive periods pointing up (+) or down (-) without a move;
    `absent` periods in a row without an assessment. `in_force` differs from `step` while a fall
    awaits its decision.
    """

    step: int
    held: int = 1
    streak: int = 0
    absent: int = 0
    decided: bool = False
    in_force: int | None = None
    in_force_held: int | None = None


class Start(Struct, frozen=True):
    """Where an institution stands before a period is judged."""

    previous: int
    held: int
    streak: int
    absent: int
    in_force: int
    in_force_held: int
    newcomer: bool


def start_of(state: State | None, ladder: LadderNode) -> Start:
    """The start that follows from a state: the decided step, else as `undecided` says; a newcomer's is initial."""
    if state is None:
        return Start(ladder.initial, 0, 0, 0, ladder.initial, 0, True)
    in_force = state.step if state.decided or state.in_force is None else state.in_force
    in_force_held = state.held if state.decided or state.in_force_held is None else state.in_force_held
    stays = ladder.movement is not None and ladder.movement.undecided == "stay" and not state.decided
    previous, held = (in_force, in_force_held) if stays else (state.step, state.held)
    moved = state.decided and state.in_force not in (None, state.step)
    return Start(previous, held, 0 if moved else state.streak, state.absent, in_force, in_force_held, False)


def target_of(movement: MovementNode, previous: int, freest: int, strictest: int, point: int | None) -> int | None:
    """Where the results point: the present step while it is plausible, else the nearer end of the plausible range.

    `point` is None where an unknown input leaves the point reading without a rule.
    """
    if movement.point_only:
        return point
    return min(max(previous, freest), strictest)


class Moved(Struct, frozen=True):
    """A move's outcome. `reasons` in the order they took effect."""

    step: int
    streak: int
    reasons: tuple[MoveReason, ...]


def move(
    movement: MovementNode, *, previous: int, held: int, streak: int, absent: int, target: int | None, grave: bool
) -> Moved:
    """The step that follows. `absent` already counts this period; `target` None means not assessed."""
    step, reasons = previous, list[MoveReason]()
    if target is None:
        streak = 0
        reasons.append("not-assessed")
    else:
        step, streak, why = _towards(movement, previous, held, streak, target)
        reasons += why
    after, to = movement.lapse_after, movement.lapse_to
    if after is not None and to is not None and absent >= after and step < to:
        step = to
        reasons.append("lapse")
    if grave and movement.grave_step is not None:
        # said whenever the flag is set, also where the results alone lead there: somebody must know
        step = max(step, movement.grave_step)
        reasons.append("grave")
    return Moved(step, streak, tuple(reasons))


def _towards(
    movement: MovementNode, previous: int, held: int, streak: int, target: int
) -> tuple[int, int, list[MoveReason]]:
    """Steps 3 to 5: streak and confirmation, dwell, and the most steps per period. A move ends the streak."""
    if target == previous:
        return previous, 0, ["stays"]
    up = target < previous
    streak = (max(streak, 0) + 1) if up else (min(streak, 0) - 1)
    if abs(streak) < (movement.confirm_up if up else movement.confirm_down):
        return previous, streak, ["awaits-confirmation"]
    if up and held < movement.dwell[previous]:
        return previous, streak, ["awaits-dwell"]
    most = movement.up if up else movement.down
    distance = abs(target - previous)
    going = distance if most is None else min(most, distance)
    step = previous - going if up else previous + going
    reasons: list[MoveReason] = ["rises" if up else "falls"]
    if going < distance:
        reasons.append("limited-up" if up else "limited-down")
    # a fall that is not followed until it is decided keeps its streak, or it would be recommended every other period
    pending = not up and movement.undecided == "stay"
    return step, streak if pending else 0, reasons


def next_state(start: Start, step: int, streak: int, absent: int) -> State:
    """The state after a placement that nobody has decided yet: relief is in force at once, a burden is not."""
    in_force = min(step, start.in_force)
    return State(
        step=step,
        held=start.held + 1 if step == start.previous else 1,
        streak=streak,
        absent=absent,
        decided=False,
        in_force=in_force,
        in_force_held=start.in_force_held + 1 if in_force == start.in_force else 1,
    )


def told(reasons: tuple[MoveReason, ...], previous: int, point: int | None) -> tuple[MoveReason, ...]:
    """The reasons, with staying told apart: because the figures say so, or because they are in doubt."""
    if point is None or point == previous:
        return reasons
    return tuple("in-doubt-stay" if reason == "stays" else reason for reason in reasons)
