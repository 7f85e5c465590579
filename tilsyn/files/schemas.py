"""Writes the JSON schemas of the grammar to a folder, where editors find them.

What they say is `catalogue/schema.py`; this stands apart because the catalogue opens no file.
"""

from __future__ import annotations

from pathlib import Path

from tilsyn.catalogue.schema import schema_texts


def write_schemas(folder: Path) -> list[Path]:
    """Write one schema per kind of file; the paths that were written."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name, text in schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written
