"""The ledger: a chain of entries that vouches for every row of the record.

An entry is written in the same transaction as the rows that it is about. It holds the digest of every block of them,
and the hash of the entry before, so that nothing can be changed, removed, put in or moved without being found. A row
has a mark of its own, by which a changed one is named; whoever changes the mark as well is found by the block.

Who holds the whole database could write the whole chain anew; that is why its head is to be kept elsewhere too
(`tilsyn ledger head`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, func, inspect, select

from tilsyn.record.database import Database
from tilsyn.record.digests import digest, digests, mark_of, marks_of
from tilsyn.record.tables import COVERED, Block, Entry, Row, columns_of, table_of

BLOCK = 1_000
"""Rows in a block."""

START = "0" * 64
"""The hash before the first entry."""

AT_ONCE = 20_000
"""Rows that are read at once when the record is verified."""


class Head(Struct, frozen=True):
    """The chain's last entry: how many there are, and its hash."""

    seq: int
    hash: str


class Fault(Struct, frozen=True):
    """Something that the ledger does not vouch for: a code with what it is about, for the texts."""

    code: str
    args: dict[str, object]


def head(connection: Connection) -> Head:
    """The chain's last entry."""
    columns = table_of(Entry).columns
    row = connection.execute(select(columns.seq, columns.hash).order_by(columns.seq.desc()).limit(1)).first()
    return Head(row.seq, row.hash) if row is not None else Head(0, START)


class Writing:
    """One entry in the making: rows are added to it, and `close` writes the entry. Within one transaction, alone."""

    def __init__(self, database: Database, connection: Connection, kind: str, who: str, at: dt.datetime) -> None:
        self.database, self.connection = database, connection
        self.kind, self.who, self.at = kind, who, at.astimezone(dt.UTC).isoformat(timespec="microseconds")
        self.before = head(connection)
        self.seq = self.before.seq + 1
        self.blocks: list[tuple[str, int, int, str]] = []
        self.next: dict[type[Row], int] = {}

    def id_of(self, table: type[Row]) -> int:
        """The id that the table's next row gets."""
        if table not in self.next:
            last = self.connection.execute(select(func.max(table_of(table).columns.id))).scalar()
            self.next[table] = (last or 0) + 1
        return self.next[table]

    def add(self, table: type[Row], rows: Sequence[Sequence[Any]]) -> int:
        """Adds rows, given without id, entry and mark, in the order of the other columns. Gives the first one's id."""
        first = self.id_of(table)
        name = table_of(table).name
        columns = [*(column.name for column in columns_of(table)), "mark"]
        for start in range(0, len(rows), BLOCK):
            seq, begin = self.seq, first + start
            whole = [(n, seq, *row) for n, row in enumerate(rows[start : start + BLOCK], begin)]
            own = b"".join(digests(whole))
            block = hashlib.sha256(own).hexdigest()
            marked = [(*row, mark) for row, mark in zip(whole, marks_of(own), strict=True)]
            self.database.insert(self.connection, name, columns, marked)
            self.blocks.append((name, first + start, first + start + len(whole) - 1, block))
        self.next[table] = first + len(rows)
        return first

    def close(self, about: str) -> Head:
        """Writes the entry."""
        found = _of_blocks(self.blocks)
        body = [self.seq, self.at, self.who, self.kind, about, found, self.before.hash]
        hash_ = digest(body).hex()
        insert, connection = self.database.insert, self.connection
        blocks = [[self.seq, *block] for block in self.blocks]
        insert(connection, "block", ["seq", "name", "first", "last", "digest"], blocks)
        names = ["seq", "at", "who", "kind", "about", "digest", "previous", "hash"]
        insert(connection, "entry", names, [[*body, hash_]])
        return Head(self.seq, hash_)


# verifying


class _Vouched(Struct, frozen=True):
    """A block as the ledger has it."""

    name: str
    first: int
    last: int
    digest: str
    seq: int


def verify(connection: Connection, against: Head | None = None) -> Iterator[Fault]:
    """Everything in the record that the ledger does not vouch for. `against` is a head that was kept elsewhere."""
    gone = [table_of(table).name for table in (*COVERED, Entry, Block) if not _is_whole(connection, table_of(table))]
    yield from (Fault("table-gone", {"table": name}) for name in gone)
    if {"entry", "block"} & {*gone}:
        return
    if connection.dialect.name == "sqlite":
        # bytes that are no text are to be found, not to stop the reading
        driver: Any = connection.connection.dbapi_connection
        driver.text_factory = _any_text
    blocks = [
        _Vouched(block.name, block.first, block.last, block.digest, block.seq)
        for block in connection.execute(select(*table_of(Block).columns))
    ]
    yield from _chain(connection, blocks, against)
    for table in (table for table in COVERED if table_of(table).name not in gone):
        named = (block for block in blocks if block.name == table_of(table).name)
        own = sorted((b for b in named if type(b.first) is type(b.last) is int), key=lambda block: block.first)
        yield from _rows(connection, table, own)


def _is_whole(connection: Connection, table: Table) -> bool:
    """Whether a table is there with all its columns."""
    found = inspect(connection)
    return found.has_table(table.name) and {column["name"] for column in found.get_columns(table.name)} >= {
        column.name for column in table.columns
    }


def _any_text(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def _chain(connection: Connection, blocks: Sequence[_Vouched], against: Head | None) -> Iterator[Fault]:
    """The entries in order, each held to the one before and to its blocks."""
    of_entry: dict[int, list[tuple[str, int, int, str]]] = {}
    for block in blocks:
        of_entry.setdefault(block.seq, []).append((block.name, block.first, block.last, block.digest))
    columns = table_of(Entry).columns
    before, expected, seen = START, 1, dict[int, str]()
    for entry in connection.execute(select(*columns).order_by(columns.seq)):
        for lost in range(expected, entry.seq):
            yield Fault("entry-lost", {"entry": lost})
        expected = entry.seq + 1
        body = [entry.seq, entry.at, entry.who, entry.kind, entry.about, entry.digest, entry.previous]
        if digest(body).hex() != entry.hash:
            yield Fault("entry-changed", {"entry": entry.seq})
        if entry.previous != before:
            yield Fault("chain-broken", {"entry": entry.seq})
        before = seen[entry.seq] = entry.hash
        if _of_blocks(of_entry.pop(entry.seq, [])) != entry.digest:
            yield Fault("blocks-changed", {"entry": entry.seq})
    for seq in sorted(of_entry):
        yield Fault("entry-lost", {"entry": seq})
    if against is not None and {0: START, **seen}.get(against.seq) != against.hash:
        yield Fault("head-differs", {"entry": against.seq})


def _of_blocks(blocks: Sequence[tuple[str, int, int, str]]) -> str:
    # as texts, so that whatever somebody put there can be put in order
    return digest([list(block) for block in sorted(blocks, key=lambda block: [str(part) for part in block])]).hex()


def _rows(connection: Connection, table: type[Row], blocks: Sequence[_Vouched]) -> Iterator[Fault]:
    """A table's rows held to its blocks, in the order of their ids."""
    name, waiting = table_of(table).name, list(reversed(blocks))
    digests: list[bytes] = []
    named = False
    for row in _read(connection, table):
        while waiting and waiting[-1].last < row[0]:
            yield from _closed(waiting.pop(), digests, named)
            digests, named = [], False
        if not waiting or row[0] < waiting[-1].first:
            yield Fault("row-put-in", {"table": name, "id": row[0]})
            continue
        found = digest(row[:-1])
        digests.append(found)
        if mark_of(found) != row[-1] or row[1] != waiting[-1].seq:
            named = True
            yield Fault("row-changed", {"table": name, "id": row[0], "entry": waiting[-1].seq})
    while waiting:
        yield from _closed(waiting.pop(), digests, named)
        digests, named = [], False


def _closed(block: _Vouched, digests: Sequence[bytes], named: bool) -> Iterator[Fault]:
    """A block whose rows have all been read. Where a changed row was named, that it does not fit is no news."""
    about: dict[str, object] = {"table": block.name, "first": block.first, "last": block.last, "entry": block.seq}
    if len(digests) != block.last - block.first + 1:
        yield Fault("rows-lost", about)
    elif not named and hashlib.sha256(b"".join(digests)).hexdigest() != block.digest:
        yield Fault("block-changed", about)


def _read(connection: Connection, table: type[Row]) -> Iterator[list[Any]]:
    """Every row, its mark last, in the order of ids; never many in memory."""
    columns = [*columns_of(table), table_of(table).columns.mark]
    last = None
    while True:
        wanted = select(*columns).order_by(columns[0]).limit(AT_ONCE)
        rows = connection.execute(wanted if last is None else wanted.where(columns[0] > last)).all()
        yield from (list(row) for row in rows)
        if len(rows) < AT_ONCE:
            return
        last = rows[-1][0]
