"""The record kept, from the command line: runs are made again, the ledger is verified, and the whole record is written
out, put back and used as before. The record is that of `tests.record.test_replay`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.cli.conftest import Answer, Tilsyn
from tests.record.databases import made, new_database, running_server
from tests.record.test_ledger import tamper, written
from tests.record.test_replay import RUNS, SCHOOLS, Office, filled
from tilsyn import __version__
from tilsyn.problems import Exit
from tilsyn.record.database import database_at

ENTRIES, ROWS = 12, 101
"""What the record holds."""

MORE_PUPILS = (
    "UPDATE observation SET value = 4.5, n = 44 "
    "WHERE institution = 'B' AND figure = 'karakter' AND period = 2024 AND import_id = 1"
)
"""A figure behind run 1, changed behind the program's back: the fifth row of the first delivery."""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record of five runs. Nobody changes it."""
    folder = tmp_path_factory.mktemp("record")
    with contextlib.closing(made(str(folder / "tilsyn.db"))) as database:
        filled(Office(database, folder))
    return folder / "tilsyn.db"


@pytest.fixture
def t(tilsyn: Tilsyn, record: Path, monkeypatch: pytest.MonkeyPatch) -> Tilsyn:
    """`tilsyn`, standing where `tilsyn.db` is."""
    monkeypatch.delenv("TILSYN_DB", raising=False)
    with contextlib.closing(sqlite3.connect(record)) as from_, contextlib.closing(sqlite3.connect("tilsyn.db")) as to:
        from_.backup(to)
    return tilsyn


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty database in PostgreSQL."""
    with running_server(os.environ.get("TILSYN_TEST_DB")) as server, new_database(server) as url:
        yield url


def change(*statements: str) -> None:
    with contextlib.closing(database_at("tilsyn.db")) as database:
        tamper(database, *statements)


def head(t: Tilsyn, *more: object) -> dict[str, object]:
    return t(*more, "ledger", "head", "--format", "json").data


# what was damaged and cannot be read


DAMAGES = {
    "a step that there is not": ("placement", "UPDATE placement SET step = 'nowhere'"),
    "a decided step that there is not": ("decision", "UPDATE decision SET step = 'nowhere'"),
    "a working that is no JSON": ("placement", "UPDATE placement SET working = '[1,'"),
    "a working that is too short": ("placement", "UPDATE placement SET working = '[]'"),
    "columns that are no JSON": ("run", "UPDATE run SET columns = '{'"),
    "a day that is none": ("run", "UPDATE run SET day = 'monday'"),
    "attributes that are no JSON": ("unit", "UPDATE unit SET attributes = 'x'"),
    "declarations that are no JSON": ("catalogue", "UPDATE catalogue SET files = 'x'"),
    "declarations that are no YAML": ("catalogue", "UPDATE catalogue SET files = REPLACE(files, 'area:', '{{')"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_record_is_told_and_never_a_traceback(t: Tilsyn, damage: str) -> None:
    table, statement = DAMAGES[damage]
    commands = (("explain", "A", "--area", "skole"), ("show", "skole"), ("replay", "--all"))
    before = {command: t(*command) for command in commands}
    change(statement)
    told = 0
    for command, known in before.items():
        answer = t(*command)
        if answer == known:
            continue  # it asks for nothing that was damaged
        assert answer.code == Exit.RECORD_UNVERIFIED
        words = f"er i `{table}`; se hvilke rækker med `tilsyn ledger verify`", "er ikke dem, der blev gemt"
        assert any(word in answer.err for word in words) or "end gemt" in answer.flat
        told += 1
    assert told
    answer = t("--policy", SCHOOLS, "run", "skole", "--period", "2025/26")
    assert answer.code in (0, Exit.RECORD_UNVERIFIED)


def test_a_fault_of_ours_keeps_its_traceback_where_the_record_is_sound(
    t: Tilsyn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("ours")

    monkeypatch.setattr("tilsyn.services.explaining.explain_any", fails)
    with pytest.raises(KeyError, match="ours"):
        t("explain", "A", "--area", "skole")


# replay


def test_a_run_that_is_made_again_says_that_nothing_is_otherwise(t: Tilsyn) -> None:
    answer = t("replay", 1)
    assert (answer.code, answer.flat) == (
        0,
        f"Kørsel nr. 1 (skole, 2024/25, tilsyn {__version__}): 2 institutioner, 59 størrelser, alle de samme til "
        "sidste ciffer.",
    )
    answer = t("--lang", "en", "replay", 5, 1)
    assert answer.code == 0
    assert answer.flat == (
        f"Run no. 5 (klinikker, 2024, tilsyn {__version__}): 8 institutions, 26 quantities, all the same to the last "
        f"digit. Run no. 1 (skole, 2024/25, tilsyn {__version__}): 2 institutions, 59 quantities, all the same to the "
        "last digit."
    )


def test_every_run_is_made_again_those_that_were_made_anew_too(t: Tilsyn) -> None:
    answer = t("replay", "--all", "--format", "json")
    assert answer.code == 0
    assert [(one["run"], one["area"], one["period"]) for one in answer.data["runs"]] == list(RUNS)
    assert answer.data["runs"][0] == {
        "run": 1, "area": "skole", "period": "2024/25", "engine": __version__, "institutions": 2, "columns": 59,
        "differences": [],
    }  # fmt: skip
    assert t("replay", "--all").flat.count("alle de samme") == 5


@pytest.mark.parametrize(
    ("lang", "asked", "said"),
    [
        ("da", (), "skriv et nummer, eller `--all`"),
        ("en", (), "write a number, or `--all`"),
        ("da", (1, "--all"), "skriv et nummer, eller `--all`"),
        ("da", (9, 1), "der er ingen kørsel nr. `9`; den seneste er nr. 5"),
        ("en", (9,), "there is no run no. `9`; the last is no. 5"),
        ("da", (0,), "ikke et helt tal fra 1 og op"),
        ("da", ("først",), "ikke et helt tal fra 1 og op"),
    ],
)
def test_which_runs_must_be_said(t: Tilsyn, lang: str, asked: tuple[object, ...], said: str) -> None:
    answer = t("--lang", lang, "replay", *asked)
    assert (answer.code, answer.out) == (Exit.WRONG_USE, "")
    assert said in answer.err


def test_what_is_otherwise_is_told_with_both_values(t: Tilsyn) -> None:
    change(MORE_PUPILS)
    danish, english = t("replay", "--all"), t("--lang", "en", "replay", 1)
    assert (danish.code, english.code) == (Exit.RECORD_UNVERIFIED, Exit.RECORD_UNVERIFIED)
    assert "5 værdier er andre end gemt, af 2 institutioner og 59 størrelser." in danish.flat
    assert "Institution ┃ Størrelse ┃ Gemt ┃ Fundet" in danish.flat
    assert "B faglighed.own 4.0 4.5" in danish.flat
    assert "B faglighed.n 40.0 44.0" in danish.flat
    assert danish.flat.count("alle de samme") == 4, "the other runs"
    assert "5 values are not what was recorded, of 2 institutions and 59 quantities." in english.flat
    assert "Institution ┃ Quantity ┃ Recorded ┃ Found" in english.flat
    answer = t("replay", 1, "--format", "json")
    assert answer.code == Exit.RECORD_UNVERIFIED
    assert answer.data["runs"][0]["differences"] == [
        {"institution": "B", "quantity": "faglighed", "recorded": 4.0, "found": 4.5},
        {"institution": "B", "quantity": "faglighed.own", "recorded": 4.0, "found": 4.5},
        {"institution": "B", "quantity": "faglighed.worse", "recorded": 3.8, "found": 4.3},
        {"institution": "B", "quantity": "faglighed.better", "recorded": 4.3, "found": 4.8},
        {"institution": "B", "quantity": "faglighed.n", "recorded": 40.0, "found": 44.0},
    ]


def test_whoever_is_only_in_one_of_them_is_told(t: Tilsyn) -> None:
    change("UPDATE placement SET institution = 'Q' WHERE run_id = 1 AND institution = 'A'")
    answer = t("replay", 1)
    assert answer.code == Exit.RECORD_UNVERIFIED
    assert "Q er her Q – A er her – A" in " ".join(answer.flat.replace("│", " ").split())
    found = t("replay", 1, "--format", "json").data["runs"][0]["differences"]
    assert [(d["institution"], d["quantity"]) for d in found] == [("Q", None), ("A", None)]


def test_of_many_differences_twenty_are_told_and_the_rest_counted(t: Tilsyn) -> None:
    """A year before that nobody has: four quantities of eight clinics that are not where they were."""
    change("UPDATE placement SET working = REPLACE(working, 'vest', 'øst')")
    change("UPDATE observation SET value = value + 1, n = n + 1, count = count + 1")
    whole = t("replay", 5, "--format", "json").data["runs"][0]["differences"]
    assert len(whole) > 20
    assert f"… og {len(whole) - 20} til; `--format json` viser dem alle." in t("replay", 5).flat
    assert f"… and {len(whole) - 20} more; `--format json` shows them all." in t("--lang", "en", "replay", 5).flat


# the ledger


def test_a_record_that_nobody_has_touched_says_so(t: Tilsyn) -> None:
    last = head(t)
    danish, english = t("ledger", "verify"), t("--lang", "en", "ledger", "verify")
    assert (danish.code, english.code) == (0, 0)
    assert danish.flat == (
        f"12 indførelser og 101 rækker: alt står, som det blev skrevet. Seneste indførelse: nr. 12, {last['hash']}"
    )
    assert english.flat == (
        f"12 entries and 101 rows: everything stands as it was written. Last entry: no. 12, {last['hash']}"
    )
    assert t("ledger", "verify", "--format", "json").data == {
        "untouched": True, "entries": ENTRIES, "rows": ROWS, "head": last, "faults": [],
    }  # fmt: skip


def test_a_row_that_was_changed_is_named_with_whom_it_is_about(t: Tilsyn) -> None:
    last = head(t)
    change(MORE_PUPILS)
    danish, english = t("ledger", "verify"), t("--lang", "en", "ledger", "verify")
    assert (danish.code, english.code) == (Exit.RECORD_UNVERIFIED, Exit.RECORD_UNVERIFIED)
    assert danish.flat == (
        "Databasen er ændret uden om programmet: 1 sted, af 12 indførelser og 101 rækker. "
        "• række 5 i `observation` er ændret siden indførelse nr. 1 (B, skole, 2024, karakter)"
    )
    assert english.flat == (
        "The database has been changed behind the program's back: 1 place, of 12 entries and 101 rows. "
        "• row 5 of `observation` has changed since entry no. 1 (B, skole, 2024, karakter)"
    )
    answer = t("ledger", "verify", "--format", "json")
    assert answer.code == Exit.RECORD_UNVERIFIED
    assert answer.data == {
        "untouched": False, "entries": ENTRIES, "rows": ROWS, "head": last,
        "faults": [{
            "code": "row-changed", "table": "observation", "id": 5, "entry": 1,
            "row": {"institution": "B", "area": "skole", "period": 2024, "figure": "karakter"},
        }],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE decision SET because = 'x' WHERE id = 1", "(B, skole, 2024, Eva Holm)"),
        (
            "UPDATE placement SET step = 'fri' WHERE id = 1",
            "række 1 i `placement` er ændret siden indførelse nr. 2 (A)",
        ),
        ("UPDATE run SET who = 'Ingen' WHERE id = 5", "række 5 i `run` er ændret siden indførelse nr. 10 (klinikker"),
        ("DELETE FROM observation WHERE id = 2", "mangler rækker i `observation` mellem 1 og 6, fra indførelse nr. 1"),
        ("UPDATE entry SET who = 'Bo' WHERE seq = 3", "indførelse nr. 3 er ændret"),
        ("DELETE FROM entry WHERE seq = 5", "indførelse nr. 5 mangler"),
    ],
    ids=["decision", "placement", "run", "row gone", "entry", "entry gone"],
)
def test_whatever_was_changed_is_said_in_words(t: Tilsyn, statement: str, said: str) -> None:
    change(statement)
    answer = t("ledger", "verify")
    assert answer.code == Exit.RECORD_UNVERIFIED
    assert said in answer.flat


def test_of_many_faults_twenty_are_told_and_the_rest_counted(t: Tilsyn) -> None:
    change("UPDATE observation SET se = 1 WHERE id <= 25")
    answer = t("ledger", "verify")
    assert "25 steder, af 12 indførelser og 101 rækker." in answer.flat
    assert answer.flat.count("•") == 20
    assert "… og 5 til; `--format json` viser dem alle." in answer.flat
    assert len(t("ledger", "verify", "--format", "json").data["faults"]) == 25


def test_one_of_each_is_told_as_one(tilsyn: Tilsyn) -> None:
    with contextlib.closing(made("tilsyn.db")) as database:
        written(database, rows=1)
        tables = ("catalogue", "import", "unit", "observation", "run", "placement", "decision")
        tamper(database, *(f"DELETE FROM {table}" for table in tables))
    assert "7 steder, af 1 indførelse og 1 række." in tilsyn("ledger", "verify").flat
    assert "7 places, of 1 entry and 1 row." in tilsyn("--lang", "en", "ledger", "verify").flat


def test_the_last_entry_is_told_and_written_where_one_says(t: Tilsyn) -> None:
    last = head(t)
    assert last["entry"] == ENTRIES
    assert t("ledger", "head").flat == f"Seneste indførelse: nr. 12, {last['hash']}"
    assert t("--lang", "en", "ledger", "head").flat == f"Last entry: no. 12, {last['hash']}"
    answer = t("ledger", "head", "--out", "hoved.json")
    assert (answer.code, answer.flat) == (
        0,
        "Seneste indførelse, nr. 12, er skrevet til hoved.json. Gem den et andet sted end databasen.",
    )
    assert json.loads(Path("hoved.json").read_text()) == last
    assert t("ledger", "head", "--out", "hoved.json", "--format", "json").data == last
    english = t("--lang", "en", "ledger", "head", "--out", "head.json")
    assert english.flat == "The last entry, no. 12, is written to head.json. Keep it elsewhere than the database."
    nowhere = t("ledger", "head", "--out", "ingen/hoved.json")
    assert (nowhere.code, nowhere.out) == (Exit.SURROUNDINGS, "")


def test_the_record_is_held_to_an_entry_that_was_kept(t: Tilsyn) -> None:
    """Also when more has been written since."""
    t("ledger", "head", "--out", "hoved.json")
    last = head(t)
    assert t("ledger", "verify", "--against", "hoved.json").code == 0
    assert t("ledger", "verify", "--against", f"12:{last['hash']}").code == 0
    wanted = ("--step", "støtte", "--because", "Besøg i maj.", "--by", "Eva Holm", "--area", "skole")
    assert t("decide", "B", *wanted).code == 0
    assert head(t)["entry"] == 13
    assert t("ledger", "verify", "--against", "hoved.json").code == 0


def test_a_chain_that_was_written_anew_is_found_by_the_entry_that_was_kept(t: Tilsyn, tmp_path: Path) -> None:
    """The same record made once more is sound in itself, and another: it was written at another time."""
    t("ledger", "head", "--out", "hoved.json")
    (tmp_path / "igen").mkdir()
    with contextlib.closing(made("igen.db")) as database:
        filled(Office(database, tmp_path / "igen"))
    assert t("--db", "igen.db", "ledger", "verify").code == 0
    answer = t("--db", "igen.db", "ledger", "verify", "--against", "hoved.json")
    assert answer.code == Exit.RECORD_UNVERIFIED
    assert "den gemte indførelse nr. 12 findes ikke sådan i databasen" in answer.flat


@pytest.mark.parametrize(
    ("lang", "against", "said"),
    [
        ("da", f"12:{'f' * 64}", "den gemte indførelse nr. 12 findes ikke sådan i databasen"),
        ("en", f"13:{'f' * 64}", "the entry no. 13 that was kept is not in the database as it was"),
    ],
)
def test_an_entry_that_is_not_in_the_record_is_named(t: Tilsyn, lang: str, against: str, said: str) -> None:
    answer = t("--lang", lang, "ledger", "verify", "--against", against)
    assert answer.code == Exit.RECORD_UNVERIFIED
    assert said in answer.flat
    data = t("ledger", "verify", "--against", against, "--format", "json").data
    assert (data["untouched"], data["faults"]) == (
        False,
        [{"code": "head-differs", "entry": int(against[:2]), "row": None}],
    )


@pytest.mark.parametrize(
    "content",
    [None, "", "12", "[]", "{}", '{"entry": 12}', '{"entry": 12, "hash": "x"}', '{"entry": true, "hash": "x"}',
     "[" * 100_000, b"\xff\0"],
    ids=["no file", "empty", "number", "list", "nothing", "no hash", "short", "no number", "deep", "bytes"],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_told(t: Tilsyn, content: str | bytes | None) -> None:
    if content is not None:
        Path("hoved.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    answer = t("ledger", "verify", "--against", "hoved.json")
    assert (answer.code, answer.out) == (Exit.WRONG_USE, "")
    assert answer.err.startswith("hoved.json: det er ingen gemt indførelse")


@pytest.mark.parametrize("against", ["12", "12:", "12:f", f"-1:{'f' * 64}", ".", "a\0b", "x" * 5000])
def test_what_is_neither_a_file_nor_a_number_and_a_hash_is_told(t: Tilsyn, against: str) -> None:
    answer = t("--lang", "en", "ledger", "verify", "--against", against)
    assert (answer.code, answer.out) == (Exit.WRONG_USE, "")
    assert "this is no entry that was kept" in answer.err


# the whole record


def test_the_tables_are_made_once(tilsyn: Tilsyn) -> None:
    assert tilsyn("--db", "ny.db", "db", "upgrade").flat == "ny.db har nu tabeller (udgave 0001)."
    assert tilsyn("--db", "ny.db", "db", "upgrade").flat == "ny.db er ajour (udgave 0001)."
    assert tilsyn("--lang", "en", "--db", "new.db", "db", "upgrade").flat == "new.db now has tables (version 0001)."
    assert tilsyn("--lang", "en", "--db", "new.db", "db", "upgrade").flat == "new.db is up to date (version 0001)."
    first, second = (tilsyn("--db", "json.db", "db", "upgrade", "--format", "json") for _ in range(2))
    assert (first.code, first.data) == (0, {"record": "json.db", "before": None, "after": "0001"})
    assert (second.code, second.data) == (0, {"record": "json.db", "before": "0001", "after": "0001"})


def test_the_whole_record_is_written_put_back_and_used_as_before(t: Tilsyn) -> None:
    last = head(t)
    answer = t("db", "export", "arkiv")
    assert (answer.code, answer.flat) == (
        0,
        "Hele databasen ligger i arkiv; `description.json` siger, hvad der står hvor. "
        f"Seneste indførelse: nr. 12, {last['hash']}",
    )
    answer = t("--db", "anden.db", "db", "import", "arkiv")
    assert (answer.code, answer.flat) == (
        0,
        f"Databasen er, som den var, da den blev lagt i arkiv. Seneste indførelse: nr. 12, {last['hash']}",
    )
    for asked in (
        ("show", "skole"), ("show", "klinikker"), ("explain", "B", "--area", "skole"),
        ("explain", "B", "--area", "skole", "--period", "2024/25"), ("explain", "C"),
    ):  # fmt: skip
        own, others = t(*asked, "--format", "json"), t("--db", "anden.db", *asked, "--format", "json")
        assert (own.code, others.code) == (0, 0), own.err + others.err
        assert others.data == own.data
    assert (
        t("--db", "anden.db", "explain", "B", "--area", "skole", "--period", "2024/25", "--format", "json").data[
            "decided"
        ]["by"]
        == "Eva Holm"
    )
    assert t("--db", "anden.db", "replay", "--all").code == 0
    assert t("--db", "anden.db", "ledger", "verify", "--against", f"12:{last['hash']}").code == 0


def test_writing_and_putting_back_are_told_in_english_and_as_data(t: Tilsyn) -> None:
    last = head(t)
    assert t("--lang", "en", "db", "export", "one").flat == (
        f"The whole database is in one; `description.json` says what stands where. Last entry: no. 12, {last['hash']}"
    )
    assert t("--lang", "en", "--db", "one.db", "db", "import", "one").flat == (
        f"The database is as it was when it was put in one. Last entry: no. 12, {last['hash']}"
    )
    assert t("db", "export", "two", "--format", "json").data == last
    assert t("--db", "two.db", "db", "import", "two", "--format", "json").data == last


def test_what_is_there_is_left_alone(t: Tilsyn) -> None:
    t("db", "export", "arkiv")
    before = head(t)
    for asked, said in (
        (("db", "export", "arkiv"), "arkiv: der ligger noget her i forvejen; vælg en mappe, der ikke er"),
        (("db", "export", "."), ".: der ligger noget her i forvejen"),
        (("db", "import", "arkiv"), "tilsyn.db: databasen er i brug; læg det i en ny: nævn den med `--db`"),
        (("--lang", "en", "db", "export", "arkiv"), "something lies here already"),
        (("--lang", "en", "db", "import", "arkiv"), "the database is in use"),
    ):
        answer = t(*asked)
        assert (answer.code, answer.out) == (Exit.WRONG_USE, "")
        assert said in answer.err
    assert head(t) == before


def test_what_is_no_export_or_was_changed_is_refused_and_no_record_made(t: Tilsyn) -> None:
    t("db", "export", "arkiv")
    answer = t("--db", "ny.db", "db", "import", "ingen")
    assert (answer.code, answer.out) == (Exit.DATA_REFUSED, "")
    assert "ingen/description.json: her er ingen beskrivelse, som kan læses" in answer.err
    (Path("arkiv") / "run/part-00000.parquet").unlink()
    answer = t("--lang", "en", "--db", "ny.db", "db", "import", "arkiv")
    assert answer.code == Exit.DATA_REFUSED
    assert "arkiv/run/part-00000.parquet: the file is missing, or is not the one that was written" in answer.err
    problems = t("--db", "ny.db", "db", "import", "arkiv", "--format", "json").data["problems"]
    assert [problem["code"] for problem in problems] == ["archive-changed"]
    shutil.copytree("arkiv", "dybt")
    Path("dybt/description.json").write_text("[" * 100_000)
    assert t("--db", "ny.db", "db", "import", "dybt").code == Exit.DATA_REFUSED
    assert not Path("ny.db").exists()


@pytest.mark.parametrize("asked", ["replay --all", "ledger verify", "ledger head", "db export arkiv"])
def test_where_there_is_no_record_none_is_made(tilsyn: Tilsyn, asked: str) -> None:
    answer = tilsyn("--db", "ingen.db", *asked.split())
    assert (answer.code, answer.out) == (Exit.WRONG_USE, "")
    assert "ingen.db: der er ingen database her" in answer.err
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.filterwarnings("ignore:.*deleted while still open:ResourceWarning")
def test_a_file_becomes_a_database_in_postgresql_and_is_used_as_before(t: Tilsyn, postgresql: str) -> None:
    last, server = head(t), make_url(postgresql).set(password="hemmelig").render_as_string(hide_password=False)
    t("db", "export", "arkiv")
    first = t("--db", server, "db", "import", "arkiv")
    gc.collect()
    assert first.code == Exit.WRONG_USE
    assert "lav dem med `tilsyn db upgrade`" in first.err

    def there(*asked: object) -> Answer:
        answer = t("--db", server, *asked)
        gc.collect()  # a command leaves its connections to the end of its process
        assert answer.code == 0, answer.err
        assert "hemmelig" not in answer.out
        return answer

    assert "har nu tabeller (udgave 0001)." in there("db", "upgrade").flat
    assert "er ajour (udgave 0001)." in there("db", "upgrade").flat
    there("db", "import", "arkiv")
    assert "12 indførelser og 101 rækker" in there("ledger", "verify", "--against", f"12:{last['hash']}").flat
    assert there("replay", "--all").flat.count("alle de samme") == 5
    asked = ("explain", "B", "--area", "skole", "--format", "json")
    assert there(*asked).data == t(*asked).data
    there("db", "export", "igen")
    assert Path("igen/description.json").read_bytes() == Path("arkiv/description.json").read_bytes()
