"""The JSON schemas that editors read: current, and true of what is shipped.

They may say less than the loader, never more: a declaration that loads is valid by its schema.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import tilsyn
from tilsyn.catalogue.schema import schema_texts, schemas
from tilsyn.files.declarations import read_policy
from tilsyn.files.schemas import write_schemas
from tilsyn.files.yaml_tree import parse_tree

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).parent.parent.parent
SHIPPED = Path(tilsyn.__file__).parent / "catalogue" / "schema"
NAMES = {"requirements_of": "requirements"}

REFERENCE = "reference: {law: x, checked: no}"
SUPPORTS = "tilsyn: 1\nfrom: 2024-08-01\nsupports:\n  a: {title: A, text: B, " + REFERENCE + "}\n"


def errors(name: str, tree: Any) -> list[str]:
    validator = jsonschema.Draft7Validator(schemas()[name])
    return [error.message for error in validator.iter_errors(as_json(tree))]


def as_json(node: Any) -> Any:
    match node:
        case dict():
            return {key: as_json(value) for key, value in node.items()}
        case list():
            return [as_json(value) for value in node]
        case Decimal():
            return float(node)
        case _:
            return node


def test_the_shipped_schemas_are_current() -> None:
    """After a change of the models: `tilsyn export schema`, or `write_schemas`."""
    shipped = {path.name: path.read_text(encoding="utf-8") for path in SHIPPED.glob("*.json")}
    assert shipped == schema_texts()


def test_they_are_written_where_one_asks(tmp_path: Path) -> None:
    written = write_schemas(tmp_path / "schema")
    assert sorted(path.name for path in written) == sorted(schema_texts())


@pytest.mark.parametrize("name", sorted(schemas()))
def test_a_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft7Validator.check_schema(schemas()[name])


def test_what_is_shipped_is_valid_and_names_its_schema() -> None:
    found, problems = read_policy(ROOT)
    assert problems == []
    for document in found:
        name = NAMES.get(document.kind, document.kind)
        assert errors(name, document.tree) == [], document.file
        up = "../" * document.file.count("/")
        line = f"# yaml-language-server: $schema={up}tilsyn/catalogue/schema/{name}.json"
        assert document.positions.source.startswith(line), document.file


@pytest.mark.parametrize(
    ("old", "new", "valid"),
    [
        ("title: A", "title: A", True),
        ("title: A", "title: {da: A, en: B}", True),
        ("title: A", "title: {2024-08-01: A, 2025-08-01: {da: B}}", True),
        ("{law: x, checked: no}", "{2024-08-01: {law: x, checked: no}}", True),
        ("checked: no", "checked: {by: Mig, on: 2025-01-01}", True),
        ("title: A", "titel: A", False),
        ("title: A, ", "", False),
        ("checked: no", "checked: yes", False),
        ("title: A", "title: {2024-08-01: 7}", False),
        ("tilsyn: 1", "tilsyn: 2", False),
    ],
)
def test_a_schema_says_what_may_stand_where(old: str, new: str, valid: bool) -> None:
    assert old in SUPPORTS
    assert (errors("supports", parse_tree(SUPPORTS.replace(old, new), "f.yaml").root) == []) is valid
