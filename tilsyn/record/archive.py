"""A whole record as files for keeping, and back: Parquet for the rows, JSON for what they are.

    DIR/description.json            what every table and column is, how many rows, and the digest of every file
    DIR/<table>/part-00000.parquet  so many rows in the order of their keys

It must be readable in fifty years without this program, so nothing is packed that Parquet does not pack. What is read
back goes into an empty record only, in one transaction, and not before every file has the digest that the description
gives it and the ledger vouches for every row.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.problems import DataError, Problem, SurroundingsError, UsageError, Where, not_written
from tilsyn.record.database import head as newest
from tilsyn.record.ledger import Head, head, verify
from tilsyn.record.tables import COVERED, Block, Entry, table_of

if TYPE_CHECKING:
    import polars as pl
    from sqlalchemy import Connection, Table
    from sqlmodel import SQLModel

    from tilsyn.record.database import Database

DESCRIPTION = "description.json"

FORM = 1
"""Version of the folder's form."""

AT_ONCE = 50_000
"""Rows in a file, and in memory."""

TABLES: tuple[type[SQLModel], ...] = (*COVERED, Entry, Block)

Describe = Callable[[str, str | None], dict[str, str]]
"""What a table, or a column of one, is: a text in each language."""

Progress = Callable[[str, float], None]


def export_to(database: Database, folder: Path, describe: Describe, progress: Progress) -> Head:
    """Writes the whole record, as it is now, to a folder that is new. Raises UsageError, SurroundingsError."""
    if folder.name in ("", "..") or (folder.exists() and (not folder.is_dir() or any(folder.iterdir()))):
        raise UsageError(Problem(Where(str(folder)), "archive-not-empty"))
    aside = folder.with_name(f".{folder.name}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        with database.reading() as connection:
            last = head(connection)
            tables = {}
            for done, model in enumerate(TABLES):
                table = table_of(model)
                progress(table.name, done / len(TABLES))
                tables[table.name] = _exported(connection, table, aside, describe)
        about = {
            "form": FORM, "made_by": "tilsyn", "schema": newest(), "head": {"entry": last.seq, "hash": last.hash},
            "tables": tables,
        }  # fmt: skip
        (aside / DESCRIPTION).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    except OSError as fault:
        raise not_written(folder, fault) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return last


def _exported(connection: Connection, table: Table, folder: Path, describe: Describe) -> dict[str, Any]:
    """A table's rows in files, and what the description says of it."""
    from tilsyn.files.export import parquet_bytes

    (folder / table.name).mkdir()
    files: list[dict[str, Any]] = []
    for part in _parts(connection, table):
        path = folder / _part(table.name, len(files))
        path.write_bytes(parquet_bytes(part))  # what Polars writes itself fails in other ways when the disk is full
        files.append({"file": _part(table.name, len(files)), "rows": part.height, "sha256": _digest(path)})
    columns = [
        {"name": c.name, "kind": str(c.type).lower(), "may_lack": bool(c.nullable), **describe(table.name, c.name)}
        for c in table.columns
    ]
    return {
        **describe(table.name, None),
        "rows": sum(file["rows"] for file in files),
        "columns": columns,
        "files": files,
    }


def _part(table: str, number: int) -> str:
    """A file's name in the folder."""
    return f"{table}/part-{number:05}.parquet"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kinds(table: Table) -> dict[str, Any]:
    """The columns of a table as Parquet has them."""
    import polars as pl
    from sqlalchemy import Boolean, Float, Integer

    def kind(type_: object) -> pl.DataType:
        if isinstance(type_, Boolean):
            return pl.Boolean()
        return pl.Int64() if isinstance(type_, Integer) else pl.Float64() if isinstance(type_, Float) else pl.String()

    return {column.name: kind(column.type) for column in table.columns}


def _parts(connection: Connection, table: Table) -> Iterator[pl.DataFrame]:
    """A table's rows in the order of its key, some at a time."""
    import polars as pl
    from sqlalchemy import select, tuple_

    keys = list(table.primary_key.columns)
    last: tuple[Any, ...] | None = None
    while True:
        wanted = select(*table.columns).order_by(*keys).limit(AT_ONCE)
        if last is not None:
            wanted = wanted.where(tuple_(*keys) > last)
        rows = [tuple(row) for row in connection.execute(wanted)]
        if rows:
            yield pl.DataFrame(rows, schema=_kinds(table), orient="row")
            places = [list(table.columns).index(key) for key in keys]
            last = tuple(rows[-1][place] for place in places)
        if len(rows) < AT_ONCE:
            return


# back


def import_from(database: Database, folder: Path, about: Mapping[str, Any], progress: Progress) -> Head:
    """Puts an exported record, which `described` gave, in one that is empty. Raises DataError where a file is not what
    the description says, or the ledger does not vouch for it; nothing is written then."""
    last = Head(about["head"]["entry"], about["head"]["hash"])
    try:
        with database.writing() as connection:
            if head(connection).seq:
                raise UsageError(Problem(Where(database.where), "archive-record-in-use"))
            for done, model in enumerate(TABLES):
                table = table_of(model)
                progress(table.name, done / (len(TABLES) + 1))
                for file in about["tables"][table.name]["files"]:
                    rows = _read(folder, file, table).rows()
                    database.insert(connection, table.name, [column.name for column in table.columns], rows)
            progress("ledger", len(TABLES) / (len(TABLES) + 1))
            fault = next(verify(connection, last), None)
            if fault is not None or head(connection) != last:
                raise _not_vouched(folder, "head-differs" if fault is None else fault.code)
    except SurroundingsError as fault:
        if not _breaks_a_rule(fault.__cause__):
            raise
        raise _not_vouched(folder, " ".join(str(fault.__cause__).split())) from None
    return last


def _not_vouched(folder: Path, fault: str) -> DataError:
    return DataError(Problem(Where(str(folder)), "archive-not-vouched", {"fault": fault}))


def _breaks_a_rule(fault: BaseException | None) -> bool:
    """Whether the database refused a row as one that its tables cannot have. Drivers call that by the same name."""
    own = getattr(fault, "orig", None) or fault
    return "IntegrityError" in (kind.__name__ for kind in type(own).__mro__)


def described(folder: Path) -> dict[str, Any]:
    """What the description says, with every file that it names there. Raises DataError with all that is wrong."""
    path = folder / DESCRIPTION
    about: Any = None
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        sound = _is_sound(about)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        sound = False
    if not sound:
        raise DataError(Problem(Where(str(path)), "archive-no-description"))
    if about["schema"] != newest():
        args: dict[str, object] = {"found": about["schema"], "known": newest()}
        raise DataError(Problem(Where(str(path)), "archive-schema", args))
    problems = [
        Problem(Where(str(folder / file["file"])), "archive-changed")
        for table in about["tables"].values()
        for file in table["files"]
        if _otherwise(folder, file)
    ]
    if problems:
        raise DataError(problems)
    return about


def _is_sound(about: Any) -> bool:
    """Whether a description has everything that is read of it, and names no file but those of its tables. Raises what
    Python does where it has not."""
    names = {table_of(model).name for model in TABLES}
    numbers, texts = [about["form"], about["head"]["entry"]], [about["schema"], about["head"]["hash"]]
    if about["form"] != FORM or set(about["tables"]) != names:
        return False
    for name in names:
        for number, file in enumerate(about["tables"][name]["files"]):
            if file["file"] != _part(name, number):
                return False
            numbers.append(file["rows"])
            texts.append(file["sha256"])
    return all(type(number) is int for number in numbers) and all(type(text) is str for text in texts)


def _otherwise(folder: Path, file: dict[str, Any]) -> bool:
    """Whether a file is not the one that was described."""
    path = folder / file["file"]
    try:
        return path.is_symlink() or not path.is_file() or _digest(path) != file["sha256"]
    except OSError:
        return True


def _read(folder: Path, file: dict[str, Any], table: Table) -> pl.DataFrame:
    import polars as pl

    path = folder / file["file"]
    try:
        # by its bytes: Polars takes brackets and stars in a name for a pattern
        found = pl.read_parquet(path.read_bytes())
        if found.height == file["rows"]:
            return found.select(pl.col(name).cast(kind) for name, kind in _kinds(table).items())
    except (OSError, pl.exceptions.PolarsError):
        pass
    raise DataError(Problem(Where(str(path)), "archive-changed"))
