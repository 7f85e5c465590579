"""An area's rules as a DMN 1.5 document: how the graph of decisions looks in the standard's XML.

What is decided is `dmn_graph.py`'s business; nothing is computed here. Every text from declarations goes through the
XML library. Titles are in the language that is asked for, descriptions in both. A rule's reason and reference stand in
its description and not in annotation columns, which engines in use refuse. Diagrams are left to the editors.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from urllib.parse import quote
from xml.etree import ElementTree as ET

from tilsyn import __version__
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.nodes import Plan
from tilsyn.telling.dmn_cells import Names
from tilsyn.telling.dmn_graph import Decision, Graph, Input, graph_of
from tilsyn.telling.dmn_rows import Line, Row, Table
from tilsyn.telling.words import LANGS

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"
"""The namespace of DMN 1.5."""

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def dmn_text(area: Area, ladder: Ladder | None, plan: Plan, day: dt.date, lang: str) -> str:
    """The document of an area with its ladder, or of a regime (`ladder` None), as UTF-8 text. `day` is the first on
    which this rule set holds: it is in the document's identity, which two rule sets must not share."""
    root = _Writer(LANGS.index(lang)).document(area, day, graph_of(area, ladder, plan, day))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


class _Writer:
    """Writes one document. Ids are unique in it, and every element has one that an engine may ask for."""

    def __init__(self, lang: int) -> None:
        self.lang = lang
        self.ids = Names(())
        self.nodes: dict[str, str] = {}

    def document(self, area: Area, day: dt.date, graph: Graph) -> ET.Element:
        root = ET.Element(
            "definitions",
            {
                "xmlns": MODEL,
                "id": self.ids.of(f"definitions {area.area}"),
                "name": clean((area.title.get("da"), area.title.get("en"))[self.lang]),
                "namespace": f"urn:tilsyn:{quote(area.area)}:{day.isoformat()}",
                "exporter": "tilsyn",
                "exporterVersion": __version__,
            },
        )
        self._description(root, graph.about)
        self.nodes = {name: self.ids.of(f"input {name}") for name in graph.inputs}
        self.nodes |= {name: self.ids.of(f"decision {name}") for name in graph.decisions}
        for decision in graph.decisions.values():
            if isinstance(decision.logic, Table) and len(decision.logic.outputs) > 1:
                self._item(root, decision.name, decision.logic)
        for given in graph.inputs.values():
            self._input(root, given)
        for decision in graph.decisions.values():
            self._decision(root, decision, graph)
        return root

    def _item(self, root: ET.Element, name: str, table: Table) -> None:
        """The type of a decision that gives several values."""
        item = ET.SubElement(root, "itemDefinition", {"id": self.ids.of(f"item {name}"), "name": _several(name)})
        for output in table.outputs:
            id_ = self.ids.of(f"item {name} {output.name}")
            part = ET.SubElement(item, "itemComponent", {"id": id_, "name": output.name})
            ET.SubElement(part, "typeRef").text = output.type

    def _input(self, root: ET.Element, given: Input) -> None:
        attributes = {"id": self.nodes[given.name], "label": clean(given.title[self.lang]), "name": given.name}
        element = ET.SubElement(root, "inputData", attributes)
        self._description(element, given.about)
        variable = {"id": self.ids.of(f"variable {given.name}"), "name": given.name, "typeRef": given.type}
        ET.SubElement(element, "variable", variable)

    def _decision(self, root: ET.Element, decision: Decision, graph: Graph) -> None:
        table = decision.logic if isinstance(decision.logic, Table) else None
        attributes = {"id": self.nodes[decision.name], "label": clean(decision.title[self.lang]), "name": decision.name}
        element = ET.SubElement(root, "decision", attributes)
        self._description(element, decision.about)
        if decision.answers:
            ET.SubElement(element, "allowedAnswers").text = decision.answers
        type_ = _several(decision.name) if table is not None and len(table.outputs) > 1 else decision.type
        variable = {"id": self.ids.of(f"variable {decision.name}"), "name": decision.name, "typeRef": type_}
        ET.SubElement(element, "variable", variable)
        for name in decision.reads:
            requirement = {"id": self.ids.of(f"requirement {decision.name} {name}")}
            kind = "requiredInput" if name in graph.inputs else "requiredDecision"
            ET.SubElement(
                ET.SubElement(element, "informationRequirement", requirement), kind, {"href": f"#{self.nodes[name]}"}
            )
        if isinstance(decision.logic, Table):
            self._table(element, decision.name, decision.logic)
        else:
            self._text(element, "literalExpression", f"expression {decision.name}", decision.logic, typed=type_)

    def _table(self, decision: ET.Element, name: str, table: Table) -> None:
        policy = {"hitPolicy": "COLLECT", "aggregation": "SUM"} if table.hit == "SUM" else {"hitPolicy": table.hit}
        element = ET.SubElement(decision, "decisionTable", {"id": self.ids.of(f"table {name}"), **policy})
        for place, column in enumerate(table.columns):
            clause = ET.SubElement(element, "input", {"id": self.ids.of(f"column {name} {place}")})
            self._text(clause, "inputExpression", f"asks {name} {place}", column.text, typed=column.type)
        for output in table.outputs:
            attributes = {"id": self.ids.of(f"output {name} {output.name}"), "name": output.name}
            clause = ET.SubElement(element, "output", {**attributes, "typeRef": output.type})
            if output.values:
                self._text(clause, "outputValues", f"values {name} {output.name}", ", ".join(output.values))
        for row in table.rows:
            self._row(element, name, row)

    def _row(self, table: ET.Element, name: str, row: Row) -> None:
        rule = ET.SubElement(table, "rule", {"id": self.ids.of(f"rule {name} {row.id}")})
        self._description(rule, row.about)
        for place, text in enumerate(row.cells):
            self._text(rule, "inputEntry", f"cell {name} {row.id} {place}", text)
        for place, text in enumerate(row.outputs):
            self._text(rule, "outputEntry", f"gives {name} {row.id} {place}", text)

    def _text(self, parent: ET.Element, tag: str, id_: str, text: str, typed: str = "") -> None:
        attributes = {"id": self.ids.of(id_), **({"typeRef": typed} if typed else {})}
        ET.SubElement(ET.SubElement(parent, tag, attributes), "text").text = clean(text)

    def _description(self, parent: ET.Element, about: Iterable[Line]) -> None:
        """What is to be said, first all of it in Danish, then in English; what is the same in both is said once."""
        lines = list(about)
        if not lines:
            return
        da, en = ([line[lang] for line in lines] for lang in range(len(LANGS)))
        said = da if da == en else [*da, *en]
        ET.SubElement(parent, "description").text = clean("\n".join(dict.fromkeys(said)))


def _several(name: str) -> str:
    """The type of a decision that gives several values."""
    return f"t_{name}"


def clean(text: str) -> str:
    """A text as XML can hold it: what no document may contain becomes a sign.

    >>> clean("a\\x00b")
    'a\\ufffdb'
    """
    return _NOT_IN_XML.sub("\ufffd", text)
