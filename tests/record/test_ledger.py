"""The ledger vouches for every row: whatever is changed, removed, put in or moved is found, and named."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from tests.record.databases import made
from tilsyn.record.database import Database
from tilsyn.record.digests import digest, digests
from tilsyn.record.ledger import START, Fault, Head, Writing, head, verify
from tilsyn.record.store import Store
from tilsyn.record.tables import COVERED, Catalogue, Effect, Row, columns_of, table_of

NOW = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


def values(table: type[Row], number: int) -> list[Any]:
    """A row with a value in every column, another for every number."""
    kinds = {
        "TEXT": str(number),
        "INTEGER": number,
        "BIGINT": number,
        "FLOAT": number + 0.25,
        "BOOLEAN": number % 2 == 0,
    }
    return [kinds[str(column.type)] for column in columns_of(table)[2:]]


def written(database: Database, rows: int = 3) -> Head:
    """An entry with so many rows in every table that the ledger covers."""
    with database.writing() as connection:
        entry = Writing(database, connection, "import", "Ida", NOW)
        for table in COVERED:
            start = entry.id_of(table)
            entry.add(table, [values(table, start + n) for n in range(rows)])
        return entry.close("import:1")


def faults(database: Database, against: Head | None = None) -> list[Fault]:
    with database.reading() as connection:
        return list(verify(connection, against))


def tamper(database: Database, *statements: str) -> None:
    """What somebody does who holds the database, the triggers included."""
    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        tables = [*(table_of(table).name for table in COVERED), "entry", "block"]
        for table in tables:
            _unguarded(database, connection, table)
        for statement in statements:
            connection.execute(text(statement))


def _unguarded(database: Database, connection: Connection, table: str) -> None:
    if database.is_sqlite:
        for change in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{change}"))
    else:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))


def test_the_migrations_make_the_tables_that_the_program_knows(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_an_empty_record_verifies(database: Database) -> None:
    assert faults(database) == []
    with database.reading() as connection:
        assert head(connection) == Head(0, START)


def test_what_was_written_verifies(database: Database) -> None:
    first, second = written(database), written(database, rows=2_345)
    assert (first.seq, second.seq) == (1, 2)
    assert faults(database) == []
    assert faults(database, first) == faults(database, second) == []
    with database.reading() as connection:
        assert head(connection) == second


@pytest.mark.parametrize("word", ["plain", "],[", '["a"],["b"]', "], [", "\\],[", "\udcff", None, b"],[", True, -0.0])
def test_many_digests_are_those_of_each_row(word: object) -> None:
    rows = [(1, word, "a"), (word,), (2, "b", word)]
    for some in (rows, rows[:1], rows[1:2], []):
        assert digests(some) == [digest(row) for row in some]


def test_nobody_changes_or_removes_a_row(database: Database) -> None:
    written(database)
    for table in [*(table_of(table).name for table in COVERED), "entry", "block"]:
        for statement in (
            f"UPDATE {table} SET {'seq = seq' if table in ('entry', 'block') else 'id = id'}",
            f"DELETE FROM {table}",
        ):
            with pytest.raises(Exception, match="only added to"), database.engine.connect() as connection:
                connection.execute(text(statement))


COLUMNS = [(table, column) for table in COVERED for column in (*columns_of(table)[2:], table_of(table).columns.mark)]


@pytest.mark.parametrize("table", COVERED, ids=lambda table: table.__name__)
def test_a_changed_value_in_any_column_is_found_and_named(database: Database, table: type[Row]) -> None:
    """Over the schema, so that a column cannot be forgotten."""
    for row, (own, column) in enumerate([c for c in COLUMNS if c[0] is table], start=1):
        written(database, rows=1)
        new = {"TEXT": "'other'", "BOOLEAN": f"NOT {column.name}", "FLOAT": "1e9"}.get(str(column.type), "123456")
        name = table_of(own).name
        tamper(database, f'UPDATE {name} SET "{column.name}" = {new} WHERE id = {row}')
        about: dict[str, object] = {"table": name, "id": row, "entry": row}
        assert Fault("row-changed", about) in faults(database), column.name
        tampered = [fault.args["id"] for fault in faults(database)]
        assert tampered == list(range(1, row + 1))


def test_a_value_that_becomes_nothing_is_found(database: Database) -> None:
    written(database)
    tamper(database, "UPDATE observation SET value = NULL WHERE id = 2")
    assert faults(database) == [Fault("row-changed", {"table": "observation", "id": 2, "entry": 1})]


def test_who_changes_the_mark_too_is_found_by_the_block(database: Database) -> None:
    from tilsyn.record.digests import digest, mark_of

    written(database)
    row = [2, 1, *values(Effect, 2)]
    row[columns_of(Effect).index(next(c for c in columns_of(Effect) if c.name == "step"))] = "fri"
    tamper(database, f"UPDATE effect SET step = 'fri', mark = {mark_of(digest(row))} WHERE id = 2")
    assert faults(database) == [Fault("block-changed", {"table": "effect", "first": 1, "last": 3, "entry": 1})]


def test_a_removed_row_is_found(database: Database) -> None:
    written(database)
    tamper(database, "DELETE FROM decision WHERE id = 2")
    assert faults(database) == [Fault("rows-lost", {"table": "decision", "first": 1, "last": 3, "entry": 1})]


def test_a_row_that_is_put_in_is_found(database: Database) -> None:
    written(database)
    names = [column.name for column in columns_of(Catalogue)]
    with database.writing() as connection:
        database.insert(connection, "catalogue", [*names, "mark"], [[4, 1, "x", "{}", 0]])
    assert faults(database) == [Fault("row-put-in", {"table": "catalogue", "id": 4})]


@pytest.mark.parametrize(
    ("statements", "codes"),
    [
        (["UPDATE entry SET who = 'Bo' WHERE seq = 2"], ["entry-changed"]),
        (["UPDATE entry SET at = '2020' WHERE seq = 2"], ["entry-changed"]),
        (["DELETE FROM entry WHERE seq = 2"], ["entry-lost", "chain-broken", "entry-lost"]),
        (["DELETE FROM entry WHERE seq = 3"], ["entry-lost", "head-differs"]),
        (["DELETE FROM block WHERE seq = 2 AND name = 'run'"], ["blocks-changed", "row-put-in"]),
        (["UPDATE block SET digest = '' WHERE seq = 2 AND name = 'run'"], ["blocks-changed", "block-changed"]),
        (
            [
                "UPDATE entry SET seq = 9 WHERE seq = 1", "UPDATE entry SET seq = 1 WHERE seq = 2",
                "UPDATE entry SET seq = 2 WHERE seq = 9",
            ],
            ["entry-changed", "chain-broken", "blocks-changed", "entry-changed", "chain-broken", "blocks-changed"],
        ),
    ],
)  # fmt: skip
def test_a_changed_removed_or_moved_entry_is_found(database: Database, statements: list[str], codes: list[str]) -> None:
    _, _, last = (written(database, rows=1) for _ in range(3))
    tamper(database, *statements)
    found = [fault.code for fault in faults(database, last)]
    assert found[: len(codes)] == codes or sorted(found) == sorted(codes), found


def test_a_chain_that_was_written_anew_differs_from_the_head_that_was_kept(database: Database, tmp_path: Any) -> None:
    kept = written(database)
    elsewhere = Head(kept.seq, "f" * 64)
    assert [fault.code for fault in faults(database, elsewhere)] == ["head-differs"]
    assert [fault.code for fault in faults(database, Head(7, kept.hash))] == ["head-differs"]


def broken_off(database: Database) -> None:
    with database.writing() as connection:
        entry = Writing(database, connection, "import", "Ida", NOW)
        entry.add(Effect, [values(Effect, n) for n in range(5)])
        entry.close(str(1 // 0))


def test_what_fails_leaves_nothing(database: Database) -> None:
    before = written(database)
    with pytest.raises(ZeroDivisionError):
        broken_off(database)
    with database.reading() as connection:
        assert head(connection) == before
    assert faults(database) == []


def test_what_is_no_text_is_found_and_named(tmp_path: Path) -> None:
    """SQLite keeps whatever bytes somebody puts there."""
    database = made(str(tmp_path / "record.db"))
    for value in ("x'ff'", "CAST(x'ff' AS TEXT)"):
        written(database)
        last = Store(database).head().seq
        tamper(database, f"UPDATE observation SET word = {value} WHERE id = {3 * last}")
        assert Fault("row-changed", {"table": "observation", "id": 3 * last, "entry": last}) in faults(database)
    database.close()


def test_a_table_or_column_that_is_gone_is_found_and_the_rest_still_read(database: Database) -> None:
    written(database)
    tamper(database, "DROP TABLE effect", "UPDATE decision SET who = 'Bo' WHERE id = 2")
    assert [(fault.code, fault.args["table"]) for fault in faults(database)] == [
        ("table-gone", "effect"), ("row-changed", "decision"),
    ]  # fmt: skip


def test_a_kept_head_of_nothing_is_the_beginning(database: Database) -> None:
    written(database)
    assert faults(database, Head(0, START)) == []
    assert [fault.code for fault in faults(database, Head(0, "a" * 64))] == ["head-differs"]


def test_a_block_whose_place_is_no_number_is_found(tmp_path: Path) -> None:
    database = made(str(tmp_path / "record.db"))
    written(database)
    tamper(database, "UPDATE block SET first = 'x' WHERE name = 'unit'")
    assert "blocks-changed" in [fault.code for fault in faults(database)]
    database.close()
