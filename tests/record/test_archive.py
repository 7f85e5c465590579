"""A whole record as files and back: nothing is lost, nothing that was changed on the way is taken, and who is killed in
the middle leaves nothing that looks whole.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sqlalchemy import select
from sqlmodel import SQLModel

from tests.cli.clinics import ROWS as CLINICS
from tests.cli.schools import ROOT
from tests.record.conftest import KINDS
from tests.record.databases import made
from tests.record.test_ledger import NOW, faults, tamper, written
from tests.record.test_replay import SCHOOLS, Office, new_url, of_clinics, school
from tests.record.test_surroundings import mounted, said
from tests.record.worker import Rules
from tilsyn.cli.main import main
from tilsyn.problems import DataError, Exit, SurroundingsError, TilsynError, UsageError
from tilsyn.record import archive
from tilsyn.record.database import Database
from tilsyn.record.ledger import Head, Writing
from tilsyn.record.runs import Runs
from tilsyn.record.store import Store
from tilsyn.record.tables import COVERED, columns_of
from tilsyn.services.keeping import export_record, import_record
from tilsyn.services.replaying import replay

TABLES = ("catalogue", "import", "unit", "observation", "run", "placement", "decision", "effect", "entry", "block")

TEXTS = (
    "æøå 😀", 'to\nlinjer\tog "citat"', "\\N", "\\.", "'; DROP TABLE run; --", "", "\u2028", "=1+1", "null", "x" * 5000,
)  # fmt: skip
NUMBERS = (0.1, 5e-324, 1.7976931348623157e308, -1e-5, 1e22, 123456.0, 1 / 3, -2.5)
"""What is easily read as something else."""


def odd(column: Any, number: int) -> Any:
    """A value of a column that is easily lost: another for every number."""
    match str(column.type):
        case "TEXT":
            return f"{number}" if column.unique or column.name == "institution" else TEXTS[number % len(TEXTS)]
        case "FLOAT":
            return NUMBERS[number % len(NUMBERS)] if number % 3 else None
        case "BOOLEAN":
            return number % 2 == 0
        case "BIGINT":
            return None if column.nullable and number % 2 else 2**63 - 1 - number
        case _:
            return None if column.nullable and number % 2 else number - 2**31


def oddly(database: Database, rows: int = 12) -> None:
    """Two entries with so many rows in every table, of every kind and with every kind of gap."""
    for kind in ("import", "run"):
        with database.writing() as connection:
            entry = Writing(database, connection, kind, "Ida Ø.", NOW)
            for table in COVERED:
                start = entry.id_of(table)
                many = [[odd(c, start + n) for c in columns_of(table)[2:]] for n in range(rows)]
                entry.add(table, many)
            entry.close("x")


def really(database: Database, folder: Path) -> None:
    """A record of three runs: two years of schools with a decision between them, and the clinics."""
    office, rules = Office(database, folder), Rules.of(SCHOOLS)
    for year in ("2024/25", "2025/26"):
        office.bring(rules, "skole", year, [school("A", year, "6"), school("B", year, "4")])
    office.run(rules, "skole", "2024/25")
    office.decide(1, "B", "almindelig")
    office.run(rules, "skole", "2025/26")
    regime = of_clinics(folder)
    office.bring(regime, "klinikker", "2024", CLINICS)
    office.run(regime, "klinikker", "2024")


@pytest.fixture(scope="module", params=KINDS)
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A record of three runs. Nobody changes it."""
    folder = tmp_path_factory.mktemp("kept")
    with new_url(request.param, folder, request) as url, contextlib.closing(made(url)) as database:
        really(database, folder)
        yield database


@pytest.fixture(params=KINDS)
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty record."""
    (tmp_path / "other").mkdir()
    with new_url(request.param, tmp_path / "other", request) as url, contextlib.closing(made(url)) as database:
        yield database


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of few rows: 24 rows make six full ones, and tables end in the middle of a file too."""
    monkeypatch.setattr(archive, "AT_ONCE", 4)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported record of three rows in every table. Nobody changes it."""
    folder = tmp_path_factory.mktemp("exported")
    with contextlib.closing(made(str(folder / "record.db"))) as database:
        written(database)
        export_record(database.url, folder / "kept")
    return folder / "kept"


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """The same files, to be changed."""
    return shutil.copytree(exported, tmp_path / "copy")


@pytest.fixture(scope="module", params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An empty record into which nothing is let."""
    folder = tmp_path_factory.mktemp("empty")
    with new_url(request.param, folder, request) as url, contextlib.closing(made(url)) as database:
        yield database


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with database.reading() as connection:
        return {
            name: [
                tuple(row) for row in connection.execute(select(*table.columns).order_by(*table.primary_key.columns))
            ]
            for name, table in SQLModel.metadata.tables.items()
        }


def head(database: Database) -> Head:
    return Store(database).head()


def description(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "description.json").read_text(encoding="utf-8"))


def describe(folder: Path, about: dict[str, Any]) -> None:
    (folder / "description.json").write_text(json.dumps(about), encoding="utf-8")


def refused(database: Database, folder: Path, code: str) -> TilsynError:
    """What is said when an export is not taken, and nothing of it is there."""
    with pytest.raises(TilsynError, match=code) as fault:
        import_record(database.url, folder)
    assert everything(database) == {name: [] for name in TABLES}
    return fault.value


def unread(folder: Path, code: str) -> TilsynError:
    """What is said when an export is not even begun upon: where there was no record there is none."""
    with pytest.raises(DataError, match=code) as fault:
        import_record(str(folder.parent / "new.db"), folder)
    assert not (folder.parent / "new.db").exists()
    return fault.value


# there and back


def test_a_record_comes_back_as_it_was_in_either_database(kept: Database, other: Database, tmp_path: Path) -> None:
    last = export_record(kept.url, tmp_path / "kept")
    assert import_record(other.url, tmp_path / "kept") == last
    assert repr(everything(other)) == repr(everything(kept))
    assert head(other) == head(kept) == Head(last.number, last.hash)
    assert (last.number, faults(other, head(kept))) == (7, [])
    found = replay(Runs(Store(other)), None)
    assert [(one.area, one.period, one.differences) for one in found] == [
        ("skole", "2024/25", ()),
        ("skole", "2025/26", ()),
        ("klinikker", "2024", ()),
    ]


def test_what_came_back_goes_on_from_there(other: Database, exported: Path) -> None:
    import_record(other.url, exported)
    assert written(other).seq == 2
    assert faults(other) == []


@pytest.mark.usefixtures("few_at_once")
def test_every_row_comes_back_bit_for_bit_from_many_files_and_exports_alike(
    database: Database, other: Database, tmp_path: Path
) -> None:
    oddly(database)
    assert faults(database) == []
    export_record(database.url, tmp_path / "one")
    import_record(other.url, tmp_path / "one")
    found = everything(other)
    assert {name: len(rows) for name, rows in found.items() if name not in ("entry", "block")} == dict.fromkeys(
        TABLES[:-2], 24
    )
    assert repr(found) == repr(everything(database))
    assert faults(other) == []
    export_record(other.url, tmp_path / "two")
    assert description(tmp_path / "two") == description(tmp_path / "one")
    assert [file["rows"] for file in description(tmp_path / "two")["tables"]["block"]["files"]] == [4, 4, 4, 4]


def test_an_empty_record_is_kept_too(database: Database, other: Database, tmp_path: Path) -> None:
    assert export_record(database.url, tmp_path / "kept").number == 0
    assert import_record(other.url, tmp_path / "kept").number == 0
    assert everything(other) == {name: [] for name in TABLES}


@pytest.mark.parametrize("name", ["arkiv [2026]", "*", "å 😀", "a.b.c"])
def test_a_folder_may_be_called_anything(exported: Path, tmp_path: Path, name: str) -> None:
    assert import_record(str(tmp_path / "a.db"), exported).number == 1
    export_record(str(tmp_path / "a.db"), tmp_path / name)
    assert import_record(str(tmp_path / "b.db"), tmp_path / name).number == 1


def test_an_empty_folder_is_filled_and_one_below_is_made(exported: Path, tmp_path: Path) -> None:
    import_record(str(tmp_path / "a.db"), exported)
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "not/there/yet"):
        export_record(str(tmp_path / "a.db"), folder)
        assert description(folder) == description(exported)
        assert [path.name for path in folder.parent.glob(".*")] == []


# what the description says


def test_the_description_says_what_every_table_and_column_is_in_danish_and_english(exported: Path) -> None:
    about = description(exported)
    assert {name: value for name, value in about.items() if name not in ("head", "tables")} == {
        "form": 1,
        "made_by": "tilsyn",
        "schema": "0001",
    }
    assert tuple(about["tables"]) == TABLES
    for name, table in about["tables"].items():
        columns = {column["name"]: column for column in table["columns"]}
        assert list(columns) == [column.name for column in SQLModel.metadata.tables[name].columns]
        for what in (table, *columns.values()):
            assert len(what["da"]) > 3, (name, what)
            assert len(what["en"]) > 3, (name, what)
            assert what["da"] != what["en"], (name, what)
    by_name = {column["name"]: column for column in about["tables"]["observation"]["columns"]}
    assert {name: (by_name[name]["kind"], by_name[name]["may_lack"]) for name in ("id", "value", "word", "period")} == {
        "id": ("bigint", False),
        "value": ("float", True),
        "word": ("text", True),
        "period": ("integer", False),
    }


def test_the_description_counts_the_rows_and_gives_the_digest_of_every_file(exported: Path) -> None:
    about = description(exported)
    files = {file["file"]: file for table in about["tables"].values() for file in table["files"]}
    on_disk = {str(path.relative_to(exported)) for path in exported.rglob("*") if path.is_file()}
    assert set(files) | {"description.json"} == on_disk == {
        *(f"{name}/part-00000.parquet" for name in TABLES), "description.json",
    }  # fmt: skip
    for name, file in files.items():
        assert file["sha256"] == hashlib.sha256((exported / name).read_bytes()).hexdigest()
    counts = {name: table["rows"] for name, table in about["tables"].items()}
    assert counts == {**dict.fromkeys(TABLES, 3), "entry": 1, "block": 8}
    assert about["head"]["entry"] == 1


def test_any_program_that_reads_parquet_reads_the_rows(exported: Path) -> None:
    """Three rows as `written` has them: the number in every column, 0.25 more in decimals."""
    frame = pl.read_parquet(exported / "observation/part-00000.parquet")
    assert frame.select("id", "institution", "period", "value", "measured").rows() == [
        (1, "1", 1, 1.25, 1),
        (2, "2", 2, 2.25, 2),
        (3, "3", 3, 3.25, 3),
    ]
    unit = pl.read_parquet(exported / "unit/part-00000.parquet")
    assert unit["closed"].to_list() == [False, True, False]


# what is refused


def test_a_folder_or_file_that_is_there_is_left_alone(exported: Path, tmp_path: Path) -> None:
    import_record(str(tmp_path / "a.db"), exported)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken/mine.txt").write_text("mine")
    for folder in (tmp_path / "taken", tmp_path / "taken/mine.txt"):
        with pytest.raises(UsageError, match="archive-not-empty"):
            export_record(str(tmp_path / "a.db"), folder)
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["taken"]
    assert (tmp_path / "taken/mine.txt").read_text() == "mine"


@pytest.mark.parametrize("name", [".", "..", "here/.."])
def test_a_folder_without_a_name_of_its_own_is_told(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It could only be filled by being replaced under whoever stands in it."""
    import_record(str(tmp_path / "a.db"), exported)
    (tmp_path / "empty/here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "empty/here")
    with pytest.raises(UsageError, match="archive-not-empty"):
        export_record(str(tmp_path / "a.db"), Path(name))
    assert Path.cwd() == tmp_path / "empty/here"


def test_a_record_in_use_is_left_alone(database: Database, exported: Path) -> None:
    written(database, rows=1)
    before = everything(database)
    with pytest.raises(UsageError, match="archive-record-in-use"):
        import_record(database.url, exported)
    assert everything(database) == before


def test_where_there_is_no_export_no_record_is_made(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "none", tmp_path / "empty"):
        unread(folder, "archive-no-description")


PART = "observation/part-00000.parquet"


def flipped(folder: Path) -> None:
    data = bytearray((folder / PART).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / PART).write_bytes(data)


def gone(folder: Path) -> None:
    (folder / PART).unlink()


def cut(folder: Path) -> None:
    (folder / PART).write_bytes((folder / PART).read_bytes()[:-1])


def pointing(folder: Path) -> None:
    """The same file, but reached by a link out of the folder."""
    (folder / PART).rename(folder.parent / "elsewhere.parquet")
    (folder / PART).symlink_to(folder.parent / "elsewhere.parquet")


def piped(folder: Path) -> None:
    """A file that is never done being read."""
    gone(folder)
    os.mkfifo(folder / PART)


def other_rows(folder: Path) -> None:
    frame = pl.read_parquet(folder / PART)
    pl.concat([frame, frame.tail(1).with_columns(id=pl.lit(4, pl.Int64))]).write_parquet(folder / PART)


@pytest.mark.parametrize("change", [flipped, gone, cut, pointing, piped, other_rows])
def test_a_file_that_is_not_the_one_that_was_written_is_named(copy: Path, change: Callable[[Path], None]) -> None:
    change(copy)
    fault = unread(copy, "archive-changed")
    assert [problem.where.file for problem in fault.problems] == [str(copy / PART)]
    assert fault.exit == Exit.DATA_REFUSED


def test_every_file_that_is_not_the_one_that_was_written_is_named(copy: Path) -> None:
    flipped(copy)
    (copy / "entry/part-00000.parquet").unlink()
    fault = unread(copy, "archive-changed")
    named = [problem.where.file for problem in fault.problems]
    assert named == [str(copy / "entry/part-00000.parquet"), str(copy / PART)]


def rewritten(folder: Path, table: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> None:
    """A table's file changed by somebody who mends the description too."""
    path = folder / f"{table}/part-00000.parquet"
    frame = change(pl.read_parquet(path))
    frame.write_parquet(path)
    about = description(folder)
    own = about["tables"][table]["files"][0]
    own |= {"rows": frame.height, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    about["tables"][table]["rows"] = frame.height
    describe(folder, about)


def more(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.tail(1).with_columns(id=pl.lit(4, pl.Int64), fingerprint=pl.lit("4"))])


@pytest.mark.parametrize(
    ("table", "change", "code"),
    [
        ("observation", lambda frame: frame.with_columns(value=pl.col("value") + 1), "row-changed"),
        ("observation", lambda frame: frame.head(2), "rows-lost"),
        ("observation", lambda frame: frame.clear(), "rows-lost"),
        ("catalogue", more, "row-put-in"),
        ("entry", lambda frame: frame.with_columns(who=pl.lit("Bo")), "entry-changed"),
        ("block", lambda frame: frame.head(7), "blocks-changed"),
        ("observation", lambda frame: frame.drop("value"), "archive-changed"),
        ("observation", lambda frame: frame.with_columns(value=pl.lit("høj")), "archive-changed"),
        ("observation", lambda frame: frame.with_columns(id=pl.lit(1, pl.Int64)), "archive-not-vouched"),
        ("observation", lambda frame: frame.with_columns(figure=pl.lit(None, pl.String)), "archive-not-vouched"),
    ],
    ids=["value", "row lost", "rows lost", "row put in", "entry", "block", "no column", "kind", "row twice", "nothing"],
)  # fmt: skip
def test_rows_that_the_ledger_does_not_vouch_for_are_refused_though_the_description_fits_them(
    copy: Path, empty: Database, table: str, change: Callable[[pl.DataFrame], pl.DataFrame], code: str
) -> None:
    rewritten(copy, table, change)
    assert isinstance(refused(empty, copy, code), DataError)


def test_a_file_that_is_no_parquet_is_refused_though_the_description_fits_it(copy: Path, empty: Database) -> None:
    (copy / PART).write_bytes(b"PAR1 or so")
    about = description(copy)
    about["tables"]["observation"]["files"][0]["sha256"] = hashlib.sha256(b"PAR1 or so").hexdigest()
    describe(copy, about)
    refused(empty, copy, "archive-changed")


def test_rows_that_are_not_as_many_as_the_description_says_are_refused(copy: Path, empty: Database) -> None:
    about = description(copy)
    about["tables"]["observation"]["files"][0]["rows"] = 4
    describe(copy, about)
    refused(empty, copy, "archive-changed")


def test_a_record_that_was_changed_is_exported_as_it_is_and_not_taken_back(
    database: Database, tmp_path: Path, empty: Database
) -> None:
    written(database)
    tamper(database, "UPDATE effect SET step = 'fri' WHERE id = 2")
    export_record(database.url, tmp_path / "kept")
    assert "row-changed" in said(refused(empty, tmp_path / "kept", "archive-not-vouched"))


# hostile descriptions


HOSTILE = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "nothing": "null",
    "a text": '"tables"',
    "deep": "[" * 100_000,
    "deep and closed": '{"form": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "a huge number": '{"form": 1' + "0" * 100_000 + "}",
    "not a number": '{"form": NaN}',
    "no UTF-8": b"\xff\xfe{}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_description_that_is_none_is_told(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/description.json").write_bytes(text.encode() if isinstance(text, str) else text)
    fault = unread(tmp_path / "kept", "archive-no-description")
    assert "there is no description here that can be read" in said(fault)


KEYS = (
    "form", "schema", "head", "head.entry", "head.hash", "tables", "tables.effect", "tables.effect.files",
    "tables.effect.files.0", "tables.effect.files.0.file", "tables.effect.files.0.rows", "tables.effect.files.0.sha256",
)  # fmt: skip


def with_(about: Any, path: str, value: Any) -> Any:
    """A description with something else, or (...) nothing, at a place."""
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner = about
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return about


@pytest.mark.parametrize("key", KEYS)
def test_a_description_that_lacks_something_or_has_another_kind_is_refused(
    copy: Path, empty: Database, key: str
) -> None:
    about = description(copy)
    for value in (..., None, {}, "x", -1, 1.5, True, [{}]):
        describe(copy, with_(json.loads(json.dumps(about)), key, value))
        assert refused(empty, copy, "archive-").exit == Exit.DATA_REFUSED


FILES = (
    "../../record.db", "effect/../effect/part-00000.parquet", "effect/..", "/etc/passwd", "effect//part-00000.parquet",
    "effect/part-00001.parquet", "run/part-00000.parquet", "effect/*.parquet", "effect/\0", "effect/\ud800", "", ".",
    "effect\\part-00000.parquet", "file:///etc/passwd", "https://example.org/x.parquet", "effect/" + "x" * 5000,
)  # fmt: skip


@pytest.mark.parametrize("name", FILES, ids=range(len(FILES)))
def test_no_file_is_read_but_those_of_the_export(copy: Path, name: str) -> None:
    describe(copy, with_(description(copy), "tables.effect.files.0.file", name))
    unread(copy, "archive-no-description")


def test_a_file_that_is_named_twice_is_refused(copy: Path) -> None:
    about = description(copy)
    about["tables"]["effect"]["files"] *= 2
    describe(copy, about)
    unread(copy, "archive-no-description")


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("form", 2, "archive-no-description"),
        ("schema", "9999", "archive-schema"),
        ("head.hash", "f" * 64, "head-differs"),
        ("head.entry", 2, "head-differs"),
        ("head.entry", 10**30, "head-differs"),
        ("tables.other", {"files": []}, "archive-no-description"),
    ],
)
def test_an_export_of_another_form_version_or_end_is_refused(
    copy: Path, empty: Database, key: str, value: Any, code: str
) -> None:
    describe(copy, with_(description(copy), key, value))
    refused(empty, copy, code)


def test_an_export_that_goes_on_after_its_end_is_refused(copy: Path, empty: Database) -> None:
    """The description names an entry that there is, before the last."""
    describe(copy, with_(description(copy), "head", {"entry": 0, "hash": "0" * 64}))
    refused(empty, copy, "head-differs")


# when the surroundings fail


def test_a_full_disk_leaves_no_folder(exported: Path, tmp_path: Path) -> None:
    import_record(str(tmp_path / "a.db"), exported)
    with mounted(tmp_path / "disk", "size=16k") as disk:
        with pytest.raises(SurroundingsError) as fault:
            export_record(str(tmp_path / "a.db"), disk / "kept")
        assert "No space left on device" in said(fault.value)
        assert list(disk.iterdir()) == []


SLOWLY = """\
import sys
from tilsyn.cli.main import main
from tilsyn.record import archive
archive.AT_ONCE = 5
sys.exit(main(sys.argv[1:]))
"""
"""The command, with so few rows in a file that there is time to kill it."""


def test_who_is_killed_leaves_no_folder_and_the_same_again_completes(database: Database, tmp_path: Path) -> None:
    written(database, rows=500)
    folder, aside = tmp_path / "kept", tmp_path / ".kept.part"
    command = ["--db", database.url, "db", "export", str(folder)]
    for stage in ("catalogue", "block"):
        with subprocess.Popen([sys.executable, "-c", SLOWLY, *command], cwd=ROOT) as process:
            while not (aside / stage).exists():
                assert process.poll() is None, f"ended before {stage}"
                time.sleep(0.001)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert aside.exists(), "it was in the middle"
        assert not folder.exists()
    assert main(command) == 0
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["kept"]
    assert import_record(str(tmp_path / "new.db"), folder).hash == head(database).hash
