"""The job in engines made for rules: OpenFisca, GoRules ZEN and rule-engine, each in its own language.

OpenFisca is vectorised and keeps float32, as it does by default; what that makes of figures on a cut is shown and not
worked around. ZEN and rule-engine take one case at a time and are given dictionaries that are there already.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from tests.benchmarks.engines import Engine, Ready
from tests.benchmarks.job import BOUNDS, FIGURES, PERIOD, POINTS, STEP_OF_RULE, WEIGHTS, Answers, Data

BATCH = 1000
"""Cases in a call to ZEN."""

POINTED = tuple(f"points_{number}" for number in range(1, len(FIGURES) + 1))
WORKED = (*POINTED, "score", "worst", "rule", "step")
"""What OpenFisca works out, and is made to forget before it is asked again."""


def _openfisca(data: Data) -> Ready:
    import numpy as np
    from openfisca_core.simulations import SimulationBuilder

    simulation = SimulationBuilder.build_default_simulation(_system(), data.count)
    for name, values in data.figures.items():
        simulation.set_input(name, PERIOD, values.astype(np.float32))
    simulation.set_input("previous", PERIOD, data.previous.astype(np.int32))

    def run() -> Any:
        for name in WORKED:
            simulation.delete_arrays(name)
        return simulation.calculate("step", PERIOD), simulation.calculate("rule", PERIOD)

    return Ready(run, lambda found: found)


def _system() -> Any:
    """The job as a system of variables, its bands as scales of parameters."""
    import numpy as np
    from openfisca_core.entities import Entity
    from openfisca_core.parameters import ParameterNode
    from openfisca_core.periods import YEAR
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    entity = Entity("institution", "institutions", "An institution", "")
    system = TaxBenefitSystem([entity])
    system.parameters = ParameterNode("", data={name: _scale(b) for name, b in zip(POINTED, BOUNDS, strict=True)})

    def add(name: str, kind: type, formula: Any = None) -> None:
        about: dict[str, Any] = {"value_type": kind, "entity": entity, "definition_period": YEAR, "label": name}
        system.add_variable(type(name, (Variable,), about | ({"formula": formula} if formula else {})))

    def points(figure: str, pointed: str) -> Any:
        return lambda who, period, parameters: parameters(period)[pointed].calc(who(figure, period))

    def score(who: Any, period: Any) -> Any:
        return sum(weight * who(name, period) for name, weight in zip(POINTED, WEIGHTS, strict=True))

    def worst(who: Any, period: Any) -> Any:
        return np.minimum.reduce([who(name, period) for name in POINTED])

    def rule(who: Any, period: Any) -> Any:
        score, worst, previous = who("score", period), who("worst", period), who("previous", period)
        met, free, intensive = worst >= 70, previous == 0, previous == 4
        return np.select(
            [
                met & ~free & (score >= 8500), met & free & (score >= 8000), met & ~free, met,
                intensive & (score >= 6000), intensive, (worst == 40) & (score >= 6000), worst == 40, score >= 5000,
            ],
            [0, 1, 2, 3, 8, 9, 4, 5, 6],
            7,
        )  # fmt: skip

    def step(who: Any, period: Any) -> Any:
        previous = who("previous", period)
        return np.clip(np.array(STEP_OF_RULE)[who("rule", period)], previous - 1, previous + 1)

    add("previous", int)
    for figure, pointed in zip(FIGURES, POINTED, strict=True):
        add(figure, float)
        add(pointed, int, points(figure, pointed))
    for name, formula in (("score", score), ("worst", worst), ("rule", rule), ("step", step)):
        add(name, int, formula)
    return system


def _scale(bounds: tuple[float, ...]) -> dict[str, Any]:
    first = "2020-01-01"
    brackets = [
        {"threshold": {first: {"value": bound}}, "amount": {first: {"value": points}}}
        for bound, points in zip((-1000.0, *bounds), POINTS, strict=True)
    ]
    return {"metadata": {"type": "single_amount"}, "brackets": brackets}


def _zen_batch(data: Data) -> Ready:
    import zen

    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"job": _graph(loop=False)}}})
    rows = data.rows()
    calls = [[{"key": "job", "context": row} for row in rows[at : at + BATCH]] for at in range(0, len(rows), BATCH)]

    def run() -> list[Any]:
        return [one["data"]["result"] for call in calls for one in engine.evaluate_batch(call)]

    return Ready(run, _told)


def _zen_loop(data: Data) -> Ready:
    import zen

    decision = zen.ZenEngine().create_decision(json.dumps(_graph(loop=True)))
    rows = data.rows()
    calls = [{"rows": rows[at : at + BATCH]} for at in range(0, len(rows), BATCH)]

    def run() -> list[Any]:
        return [row for call in calls for row in decision.evaluate(call)["result"]["rows"]]

    return Ready(run, _told)


def _told(found: list[Any]) -> Answers:
    return [row["step"] for row in found], [row["rule"] for row in found]


def _graph(*, loop: bool) -> dict[str, Any]:
    """The job as a decision graph: points and score, the table, and the step that is approached."""
    mode = {"executionMode": "single"}
    if loop:
        mode = {"executionMode": "loop", "inputField": "rows", "outputPath": "rows"}
    scores = {name: _banded(figure, b) for name, figure, b in zip(POINTED, FIGURES, BOUNDS, strict=True)}
    total = " + ".join(f"{weight} * $.{name}" for name, weight in zip(POINTED, WEIGHTS, strict=True))
    scores |= {"score": total, "worst": f"min([{', '.join(f'$.{name}' for name in POINTED)}])"}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in"},
        _expressions("points", scores, mode, passes=True),
        {"id": "table", "type": "decisionTableNode", "name": "table", "content": _table() | mode},
        _expressions("step", {"step": "max([min([target, previous + 1]), previous - 1])", "rule": "rule"}, mode),
        {"id": "out", "type": "outputNode", "name": "out"},
    ]
    chain = [node["id"] for node in nodes]
    edges = [{"id": f"{a}-{b}", "sourceId": a, "targetId": b, "type": "edge"} for a, b in itertools.pairwise(chain)]
    return {"nodes": nodes, "edges": edges}


def _banded(figure: str, bounds: tuple[float, ...]) -> str:
    low, middle, high = bounds
    worst, below, met, strong = POINTS
    return f"{figure} >= {high} ? {strong} : ({figure} >= {middle} ? {met} : ({figure} >= {low} ? {below} : {worst}))"


def _expressions(name: str, said: dict[str, str], mode: dict[str, str], *, passes: bool = False) -> dict[str, Any]:
    rows = [{"id": key, "key": key, "value": value} for key, value in said.items()]
    content = {"expressions": rows, "passThrough": passes} | mode
    return {"id": name, "type": "expressionNode", "name": name, "content": content}


TABLE = (
    (">= 8500", ">= 70", "> 0"), (">= 8000", ">= 70", "0"), ("< 8500", ">= 70", "> 0"), ("< 8000", ">= 70", "0"),
    (">= 6000", "40", "< 4"), ("< 6000", "40", "< 4"), (">= 5000", "0", "< 4"), ("< 5000", "0", "< 4"),
    (">= 6000", "< 70", "4"), ("< 6000", "< 70", "4"),
)  # fmt: skip
"""The ten rules as rows of a table: score in hundredths, worst points, previous step."""


def _table() -> dict[str, Any]:
    asked, given = ("score", "worst", "previous"), ("target", "rule")
    rules = [
        {"_id": f"r{number}", **dict(zip(asked, cells, strict=True)), "target": str(step), "rule": str(number)}
        for number, (cells, step) in enumerate(zip(TABLE, STEP_OF_RULE, strict=True))
    ]
    return {
        "hitPolicy": "first",
        "passThrough": True,
        "inputs": [{"id": name, "name": name, "field": name} for name in asked],
        "outputs": [{"id": name, "name": name, "field": name} for name in given],
        "rules": rules,
    }


def _rule_engine(data: Data) -> Ready:
    import rule_engine

    rows = data.rows()
    points = {name: rule_engine.Rule(_banded(f, b)) for name, f, b in zip(POINTED, FIGURES, BOUNDS, strict=True)}
    score = rule_engine.Rule(" + ".join(f"{weight} * {name}" for name, weight in zip(POINTED, WEIGHTS, strict=True)))
    worst = rule_engine.Rule(f"$min([{', '.join(POINTED)}])")
    rules = [rule_engine.Rule(_condition(cells)) for cells in TABLE]

    def one(row: dict[str, Any]) -> tuple[int, int]:
        known = row | {name: rule.evaluate(row) for name, rule in points.items()}
        known |= {"score": score.evaluate(known), "worst": worst.evaluate(known)}
        fired = next(number for number, rule in enumerate(rules) if rule.matches(known))
        return min(max(STEP_OF_RULE[fired], row["previous"] - 1), row["previous"] + 1), fired

    return Ready(lambda: [one(row) for row in rows], lambda found: tuple(zip(*found, strict=True)))


def _condition(cells: tuple[str, ...]) -> str:
    tests = (cell if cell[0] in "<>" else f"== {cell}" for cell in cells)
    return " and ".join(f"{name} {test}" for name, test in zip(("score", "worst", "previous"), tests, strict=True))


ENGINES = (
    Engine("openfisca", "OpenFisca, vectorised", _openfisca, ("openfisca-core",)),
    Engine("zen-batch", f"GoRules ZEN, evaluate_batch, {BATCH:,} a call", _zen_batch, ("zen-engine",), most=20_000),
    Engine("zen-loop", f"GoRules ZEN, looping nodes, {BATCH:,} a call", _zen_loop, ("zen-engine",), most=20_000),
    Engine("rule-engine", "rule-engine", _rule_engine, ("rule-engine",), most=5_000),
)
