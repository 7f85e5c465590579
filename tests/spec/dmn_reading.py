"""A DMN document as another engine reads it: SpiffWorkflow, which knows nothing of tilsyn.

SpiffWorkflow reads one decision a document and asks Python of what a cell says, so here its parser is handed each
decision by itself, as it stands, and is told what FEEL's three constants are. The order of decisions is that of their
requirements. What it does not do, it is not helped with: the sum of COLLECT is added up here, and so is seen to.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from types import SimpleNamespace
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine, TaskDataEnvironment
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser

NS = {"dmn": "https://www.omg.org/spec/DMN/20230324/MODEL/"}


class Null:
    """FEEL's null: it equals only itself, and what is asked or made of it is null, which is not true."""

    def __bool__(self) -> bool:
        return False

    def _null(self, _: object) -> Null:
        return self

    def __neg__(self) -> Null:
        return self

    __lt__ = __le__ = __gt__ = __ge__ = _null
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _null

    def __repr__(self) -> str:
        return "null"


NULL = Null()


@cache
def _compiled(expression: str) -> Any:
    return compile(expression, expression, "eval")


class Kept(TaskDataEnvironment):
    """The engine's surroundings, with FEEL's constants; an expression is compiled once."""

    def __init__(self) -> None:
        super().__init__({"null": NULL, "true": True, "false": False})

    def evaluate(self, expression: str, context: dict[str, Any], external_context: Any = None) -> Any:
        return eval(_compiled(expression), {**self.globals, **(external_context or {}), **context})


class Scripts(PythonScriptEngine):
    """The engine's expressions; what has been found to be one is not parsed again."""

    def validate(self, expression: str) -> None:
        _compiled(expression)


class Document:
    """A document that questions can be put to. An answer is kept: what is asked again is asked once."""

    def __init__(self, text: str) -> None:
        self.root = etree.fromstring(text.encode())
        self.inputs = [str(i.get("name")) for i in self.root.findall("dmn:inputData", NS)]
        found = {str(d.get("name")): Decision(self.root, d) for d in self.root.findall("dmn:decision", NS)}
        self.decisions: dict[str, Decision] = {}
        while len(self.decisions) < len(found):
            known = {*self.inputs, *self.decisions}
            ready = {n: d for n, d in found.items() if n not in self.decisions and known >= set(d.reads)}
            assert ready, "the decisions go in a circle, or read what is not there"
            self.decisions |= ready

    def answers(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every decision's value (a map of several where it has several outputs); None in and out is null."""
        assert set(given) == set(self.inputs)
        known = {name: NULL if value is None else value for name, value in given.items()}
        for name, decision in self.decisions.items():
            known[name] = decision.answer(known)
        return {name: _out(known[name]) for name in self.decisions}


def _out(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _out(part) for name, part in value.items()}
    return None if value is NULL else value


class Decision:
    """One decision of a document, and the engine's reading of it."""

    def __init__(self, root: Any, decision: Any) -> None:
        nodes = {str(n.get("id")): str(n.get("name")) for n in root}
        hrefs = decision.findall("dmn:informationRequirement/*", NS)
        self.reads = tuple(nodes[str(needed.get("href")).removeprefix("#")] for needed in hrefs)
        self.scripts = Scripts(Kept())
        self.known: dict[tuple[Any, ...], Any] = {}
        table = decision.find("dmn:decisionTable", NS)
        self.text = decision.findtext("dmn:literalExpression/dmn:text", namespaces=NS)
        if table is None:
            return
        self.outputs = [str(o.get("name")) for o in table.findall("dmn:output", NS)]
        self.policy, self.aggregation = table.get("hitPolicy"), table.get("aggregation")
        alone = etree.Element(root.tag, attrib=dict(root.attrib), nsmap=root.nsmap)
        alone.append(deepcopy(decision))
        self.engine = _engine(alone)
        # the same table with every rule that is met, to see that UNIQUE is what it says
        alone[0].find("dmn:decisionTable", NS).set("hitPolicy", "COLLECT")
        self.every = _engine(alone)

    def answer(self, known: Mapping[str, Any]) -> Any:
        key = tuple(known[name] for name in self.reads)
        if key not in self.known:
            self.known[key] = self._asked(dict(zip(self.reads, key, strict=True)))
        return self.known[key]

    def _asked(self, data: dict[str, Any]) -> Any:
        task: Any = SimpleNamespace(data=data, workflow=SimpleNamespace(script_engine=self.scripts), task_spec=None)
        if self.text is not None:
            return self.scripts.evaluate(task, self.text)
        found = self.engine.result(task)
        if self.policy == "COLLECT":
            assert self.aggregation == "SUM"
            return sum(found[self.outputs[0]])
        assert self.policy == "FIRST" or len(self.every.decide(task)) <= 1, f"several rules are met by {data}"
        values = {name: found.get(name, NULL) for name in self.outputs}
        return values if len(values) > 1 else values[self.outputs[0]]


def _engine(alone: Any) -> Any:
    parser = BpmnDmnParser()
    parser.add_dmn_str(etree.tostring(alone))
    return parser.get_engine(alone[0].get("id"), alone[0])
