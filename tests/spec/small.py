"""The smallest area and ladder in which one rule of the semantics can be shown, and rows to show it on.

Everything a test does not speak of has a default here; what it does speak of stands in the test.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.movement import State
from tilsyn.engine.nodes import Plan
from tilsyn.engine.plan import make_plan
from tilsyn.engine.values import Reason
from tilsyn.files.figures import schema, slots

from ..generative.readings import Answer, Reads

REFERENCE = {"note": "x", "checked": "no"}
NOW = 2024

INDICATORS: dict[str, dict[str, Any]] = {
    "x": {"kind": "value"},
    "y": {"kind": "value"},
    "gennemsnit": {"kind": "mean"},
    "andel": {"kind": "proportion"},
    "rate": {"kind": "rate"},
    "ratio": {"kind": "ratio"},
    "ja": {"kind": "flag"},
    "nej": {"kind": "flag"},
    "ord": {"kind": "category", "values": ["a", "b"]},
}
ATTRIBUTES = {"antal": "number", "art": "text", "findes": "flag"}
LEVELS = ("dårlig", "under", "god", "bedst")
STEPS = ("fri", "tillid", "almindelig", "støtte", "intensiv")


@dataclass(frozen=True)
class Gone:
    """A figure that is missing, because."""

    why: str


def plan_of(
    *,
    goals: Mapping[str, Mapping[str, Any]] | None = None,
    quantities: Mapping[str, Any] | None = None,
    indicators: Mapping[str, Mapping[str, Any]] | None = None,
    members: Sequence[str] = (),
    ladder: Mapping[str, Any] | None = None,
    area: Mapping[str, Any] | None = None,
) -> tuple[Area, Plan]:
    """An area and its plan. Goals are given by what matters: measure, levels, evidence …; `area` is whatever else it
    declares, as groups and relations, and attributes beside those that all have. A regime has quantities alone."""
    more = dict(area or {})
    declared = {
        name: {
            "title": "x",
            "role": "outcome",
            **({} if one["kind"] in ("flag", "category") else {"measured_in": "x"}),
            **one,
        }
        for name, one in {**INDICATORS, **(indicators or {})}.items()
    }
    regime = bool(more.get("regime"))
    ladder_or_goals: dict[str, Any] = {
        "ladder": "trappe",
        "goals": {name: _goal(goal) for name, goal in (goals or {"mål": {"measure": "x"}}).items()},
    }
    made = Area.model_validate(
        {
            "tilsyn": 1,
            "from": "2000-01-01",
            "area": "område",
            "title": "x",
            "authority": "x",
            "unit": {"one": "x", "many": "x"},
            "period": "calendar-year",
            "attributes": ATTRIBUTES | more.pop("attributes", {}),
            "groups": {"gruppe": {"title": "x", "members": dict.fromkeys(members, "x")}} if members else {},
            "indicators": declared,
            "quantities": {n: q if isinstance(q, dict) else {"value": q} for n, q in (quantities or {}).items()},
            **({} if regime else ladder_or_goals),
            **more,
        }
    )
    return made, make_plan(made, None if regime else ladder_of(**(ladder or {})))


def _goal(given: Mapping[str, Any]) -> dict[str, Any]:
    levels = given.get(
        "levels", {"bedst": {"at_least": 10}, "god": {"at_least": 5}, "under": {"at_least": 2}, "dårlig": "otherwise"}
    )
    return {
        "title": "x",
        "outcome": "x",
        "measure": "x",
        "measured_in": "x",
        "decimals": 2,
        "better": "higher",
        "weight": 1,
        "points": {level: 10 * LEVELS.index(level) for level in (LEVELS if levels == "given" else levels)},
        "reference": REFERENCE,
        **given,
        "levels": levels,
    }


def ladder_of(**given: Any) -> Ladder:
    """A ladder of the steps fri to intensiv; rules are rows of cells with `step`."""
    steps, initial = given.pop("steps", STEPS[:3]), given.pop("initial", None)
    rules = given.pop("rules", [{"step": steps[0]}])
    return Ladder.model_validate(
        {
            "tilsyn": 1,
            "from": "2000-01-01",
            "ladder": "trappe",
            "title": "x",
            "levels": dict.fromkeys(given.pop("levels", LEVELS), "x"),
            "steps": {
                step: {
                    "title": "x",
                    "text": "x",
                    "visits": {"times": 1, "per_years": 1},
                    "reference": REFERENCE,
                    "initial": step == (initial or steps[-1]),
                }
                for step in steps
            },
            "score": {"method": "weighted-mean/v1", "coverage": given.pop("coverage", "0 %")},
            "missing": {"else": "doubt", **given.pop("missing", {})},
            "placement": {
                "hit": given.pop("hit", "first"),
                "rules": [
                    {"id": f"R{n}", "because": "x", "reference": REFERENCE, **r} for n, r in enumerate(rules, start=1)
                ],
            },
            **given,
        }
    )


def frame_of(area: Area, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows as files would give them: figures that are not mentioned are not submitted."""
    columns = schema(area)
    filled: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        full: dict[str, Any] = {**dict.fromkeys(columns), "institution": f"i{number}", "period": NOW}
        for slot in slots(area):
            value = row.get(slot.column)
            given = any(name in row for name in slot.columns)
            code = Reason.of(value.why) if isinstance(value, Gone) else 0 if given else Reason.NOT_SUBMITTED
            full[slot.of("missing")] = int(code)
        full |= {name: value for name, value in row.items() if not isinstance(value, Gone)}
        filled.append(
            {name: float(v) if columns[name] == pl.Float64() and v is not None else v for name, v in full.items()}
        )
    return pl.DataFrame(filled, schema=columns, orient="row")


def answers(
    reading: Reads,
    made: tuple[Area, Plan],
    rows: Sequence[Mapping[str, Any]],
    states: Mapping[str, State] | None = None,
) -> list[Answer]:
    """What a reading says of each row of the present period, in order."""
    area, plan = made
    frame = frame_of(area, rows)
    found = reading(plan, frame, NOW, states or {})
    return [found[name] for name in dict.fromkeys(r["institution"] for r in frame.to_dicts() if r["period"] == NOW)]


def valued(reading: Reads, expression: str, *rows: Mapping[str, Any], decimals: int | None = None) -> list[object]:
    """An expression's value in each row; of a missing one the reason, as `Gone`."""
    quantity = {"value": expression} if decimals is None else {"value": expression, "decimals": decimals}
    found = answers(reading, plan_of(quantities={"q": quantity}), rows or [{}])
    return [Gone(str(a["q.missing"])) if a["q.missing"] else a["q"] for a in found]


def value_of(
    reading: Reads, expression: str, row: Mapping[str, Any] | None = None, decimals: int | None = None
) -> object:
    (found,) = valued(reading, expression, row or {}, decimals=decimals)
    return found


@dataclass(frozen=True)
class Told:
    """A quantity with adjustments: its value, what it was before them, and which were made."""

    value: object
    before: object
    made: str | None


def quantity(
    reading: Reads, quantities: Mapping[str, Any], *rows: Mapping[str, Any], name: str = "q", **area: Any
) -> list[object]:
    """A quantity in each row of the present period; of a missing one the reason, as `Gone`."""
    return [_told(a, name) for a in results(reading, quantities, *rows, **area)]


def adjusted(reading: Reads, declared: Mapping[str, Any], *rows: Mapping[str, Any], **more: Any) -> list[Told]:
    """A quantity `q` with adjustments, in each row of the present period."""
    found = results(reading, {**more.pop("beside", {}), "q": declared}, *rows, **more)
    return [Told(_told(a, "q"), a["q.before"], a["q.then"]) for a in found]  # type: ignore[arg-type]


def _told(answer: Answer, name: str) -> object:
    return Gone(str(answer[f"{name}.missing"])) if answer[f"{name}.missing"] else answer[name]


def results(reading: Reads, quantities: Mapping[str, Any], *rows: Mapping[str, Any], **area: Any) -> list[Answer]:
    """What a reading says of a regime with these quantities, numbers as floats. `area` is the rest of it."""
    indicators = area.pop("indicators", None)
    made = plan_of(quantities=quantities, indicators=indicators, area={"regime": True, **area})
    found = answers(reading, made, rows or [{}])
    return [{k: float(v) if isinstance(v, Fraction) else v for k, v in answer.items()} for answer in found]
