"""A record brought up to date, written out for keeping, and put back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tilsyn.record.database import database_at, head, open_database
from tilsyn.telling.subjects import LastEntry, Upgraded
from tilsyn.telling.words import LANGS, texts

Progress = Callable[[str, float], None]


def upgrade_record(url: str) -> Upgraded:
    """Makes a record's tables, or brings them to what this program knows. Raises UsageError, SurroundingsError."""
    database = database_at(url)
    try:
        before = database.version
        database.upgrade()
        return Upgraded(database.where, before, head())
    finally:
        database.close()


def describe(table: str, column: str | None) -> dict[str, str]:
    """What a table of the record, or a column of it, is, in each language."""
    said = texts("record")
    found = said["tables"][table] if column is None else said["columns"][table].get(column) or said["every"][column]
    return {lang: found[lang] for lang in LANGS}


def export_record(url: str, folder: Path, progress: Progress = lambda _what, _share: None) -> LastEntry:
    """The whole record as files in a new folder. Raises UsageError, SurroundingsError."""
    from tilsyn.record.archive import export_to

    database = open_database(url, create=False)
    try:
        found = export_to(database, folder, describe, progress)
        return LastEntry(found.seq, found.hash)
    finally:
        database.close()


def import_record(url: str, folder: Path, progress: Progress = lambda _what, _share: None) -> LastEntry:
    """An exported record in an empty one, which is made where there is none. Raises DataError, UsageError,
    SurroundingsError."""
    from tilsyn.record.archive import described, import_from

    about = described(folder)
    database = open_database(url)
    try:
        found = import_from(database, folder, about, progress)
        return LastEntry(found.seq, found.hash)
    finally:
        database.close()
