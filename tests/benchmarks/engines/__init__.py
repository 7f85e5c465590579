"""Who takes part: each engine by its name, with what must be installed for it.

An engine's `make` reads the data in the form that the engine likes best, which is not timed, and gives back what is: a
call with no arguments that answers the whole job. Libraries are imported by `make`, so that the list can be read where
they are not installed, and so that an engine's memory is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.job import Answers, Data


@dataclass(frozen=True)
class Ready:
    """An engine with its data: `run` is timed; `told` brings what it answered into positions, untimed.

    `expected` are the answers, where they are others than the simple job's, of the institutions first in order.
    """

    run: Callable[[], Any]
    told: Callable[[Any], Answers]
    expected: Callable[[], Answers] | None = None


@dataclass(frozen=True)
class Engine:
    """One way to do a job. `most` is how many institutions a slow one is given; its speed is per institution. `beside`
    are others that it is compared with too: the same database, asked by hand."""

    name: str
    title: str
    make: Callable[[Data], Ready]
    needs: tuple[str, ...] = ()
    job: str = "simple"
    most: int | None = None
    beside: tuple[str, ...] = ()


def engines() -> dict[str, Engine]:
    """Every engine, in the order in which they take turns."""
    from tests.benchmarks.engines import array_engines, frame_engines, levels_engine, rule_engines, tilsyn_engines

    by_hand = (*frame_engines.ENGINES, *levels_engine.ENGINES, *array_engines.ENGINES)
    listed = (*by_hand, *rule_engines.ENGINES, *tilsyn_engines.ENGINES)
    return {engine.name: engine for engine in listed}


BASELINE = "polars"
"""What all are compared with: the job written by hand in Polars."""
