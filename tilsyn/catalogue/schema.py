"""JSON schemas of the grammar, for editors that complete and explain keys while one writes.

They are made from the models and say less than the loader: no names are looked up and no bands
compared. Added here is what the models do not see: that any value or block may be a map of first
days, and that a plain string is Danish. Draft 7, since that is what editors read.
"""

from __future__ import annotations

import json
from typing import Any

from tilsyn.catalogue.grammar import KINDS, model_of

DAY = r"^\d{4}-\d{2}-\d{2}$"

_FILES = {"requirements_of": "requirements", "subgoals_of": "subgoals"}
_UNDATED = ("tilsyn", "from", "until")
_ASIDE = ("description",)


def schemas() -> dict[str, dict[str, Any]]:
    """The schema of each kind of file, by the name that its `$schema` line uses (`area`, `ladder` …)."""
    return {_FILES.get(kind, kind): _schema(kind) for kind in KINDS}


def schema_texts() -> dict[str, str]:
    """The schemas as the files that are shipped: name of the file and its text."""
    return {f"{name}.json": json.dumps(made, ensure_ascii=False, indent=1) + "\n" for name, made in schemas().items()}


def _schema(kind: str) -> dict[str, Any]:
    raw = model_of(kind).model_json_schema(by_alias=True)
    definitions: dict[str, Any] = {name: _block(part) for name, part in raw.pop("$defs", {}).items()}
    root = _block(raw, undated=(*_UNDATED, kind if kind != "supports" else ""))
    root["properties"]["$schema"] = {"type": "string"}
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": f"tilsyn: {kind}"}
    return {**head, **root, "$defs": definitions}


def _block(node: dict[str, Any], *, undated: tuple[str, ...] = ()) -> dict[str, Any]:
    """A schema whose parts may be maps of first days, in words that draft 7 has."""
    node = {key: value for key, value in node.items() if key not in ("title", "default", "pattern", "propertyNames")}
    if node.get("$ref") == "#/$defs/Text":
        return _aside(node) | {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Text"}]}
    if "properties" in node:
        node["properties"] = {
            key: _block(part) if key in undated else _dated(_block(part)) for key, part in node["properties"].items()
        }
    if names := node.pop("patternProperties", None):
        (part,) = names.values()
        node["additionalProperties"] = _dated(_block(part))
    elif isinstance(free := node.get("additionalProperties"), dict) and free:
        node["additionalProperties"] = _dated(_block(free))  # pyright: ignore[reportUnknownArgumentType]
    if alike := node.pop("prefixItems", None):
        node["items"] = alike[0]
    if "items" in node:
        node["items"] = _dated(_block(node["items"]))
    if "anyOf" in node:
        node["anyOf"] = _choices([_block(part) for part in node["anyOf"]])
    return node


def _choices(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """pydantic reads an exact number from text too; a declaration writes numbers as numbers."""
    number = any(part.get("type") == "number" for part in parts)
    return [part for part in parts if not (number and part.get("type") == "string")]


def _dated(part: dict[str, Any]) -> dict[str, Any]:
    """Told apart by its keys, not by `anyOf`, so that an editor explains the one that is meant."""
    bare = {key: value for key, value in part.items() if key not in _ASIDE}
    days = {"type": "object", "minProperties": 1, "propertyNames": {"pattern": DAY}}
    return _aside(part) | {"if": days, "then": {"type": "object", "patternProperties": {DAY: bare}}, "else": bare}


def _aside(part: dict[str, Any]) -> dict[str, Any]:
    return {key: part[key] for key in _ASIDE if key in part}
