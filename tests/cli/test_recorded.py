"""The record from the command line: figures are brought, periods run, people decide, and everything can be asked again.

Two schools: A does as well as expected; B is more than two points below in grades (critical, so that `støtte` is
recommended), and its figure is mended later.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests.cli.conftest import Answer, Tilsyn
from tests.cli.schools import change, folkeskole_policy, school, write_csv
from tilsyn.problems import Exit

LOW = {"karakter": "5.00"}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folkeskole_policy(tmp_path_factory.mktemp("rules"))


@pytest.fixture
def t(tilsyn: Tilsyn, rules: Path, monkeypatch: pytest.MonkeyPatch) -> Tilsyn:
    """`tilsyn` with the rules, standing where `tilsyn.db` will be."""
    monkeypatch.delenv("TILSYN_DB", raising=False)

    def run(*args: object) -> Answer:
        return tilsyn("--policy", rules, *args)

    return run


def bring(t: Tilsyn, *rows: dict[str, str], period: str = "2024/25", name: str = "tal.csv") -> Answer:
    file = write_csv(Path(name), rows)
    return t("data", "import", "folkeskole", file, "--period", period, "--by", "Ida")


def both(year: str = "2024/25", **changed: str) -> list[dict[str, str]]:
    return [school("A", period=year), school("B", {**LOW, **changed}, period=year)]


def run(t: Tilsyn, period: str = "2024/25", *more: str) -> Answer:
    return t("run", "folkeskole", "--period", period, "--by", "Bo", *more)


def explained(t: Tilsyn, *more: object) -> Answer:
    return t("explain", "B", "--format", "json", *more)


# figures


def test_a_delivery_says_what_became_of_it(t: Tilsyn) -> None:
    answer = bring(t, *both())
    assert answer.code == 0, answer.err
    assert "Levering nr. 1 til Folkeskolen er lagt i tilsyn.db: 2024/25." in answer.flat
    assert "2 oplysninger om institutioner" in answer.flat
    assert Path("tilsyn.db").exists()


def test_the_same_again_changes_nothing_and_says_so(t: Tilsyn) -> None:
    file = write_csv(Path("tal.csv"), both())
    first = t("data", "import", "folkeskole", file, "--period", "2024/25", "--format", "json")
    again = bring(t, *both(), name="igen.csv")
    assert "Intet nyt til Folkeskolen: tilsyn.db har allerede det hele" in again.flat
    assert first.data["new"] == 20, "six figures of each, and four that are too few"
    assert f"({first.data['new']} tal, 2024/25)" in again.flat


def test_a_correction_names_what_is_no_longer_true(t: Tilsyn) -> None:
    bring(t, *both())
    run(t)
    answer = bring(t, school("B", {"karakter": "7.30"}), name="rettelse.csv")
    assert "1 rettede tal; de gamle er bevaret" in answer.flat
    assert "Indplacér igen: tilsyn run folkeskole --period 2024/25" in answer.flat


@pytest.mark.parametrize(
    ("schools", "spread", "told"), [(9, 0.1, False), (10, 0.1, True), (10, 0, False)], ids=["few", "ten", "one value"]
)
def test_what_is_asked_for_twice_is_pointed_out(t: Tilsyn, schools: int, spread: float, told: bool) -> None:
    rows = [school(f"S{n:02}") for n in range(schools)]
    for n, row in enumerate(rows):
        for group in ("tosprogede", "støttebehov"):
            row |= {f"karakter@{group}": f"{5 + n * spread:.1f}", f"karakter@{group}.n": "20"}
            row |= {f"karakter@{group}.sd": "2.0", f"karakter@{group}.missing": ""}
    assert ("siger det samme som" in bring(t, *rows).flat) is told


def test_refused_cells_are_told_and_kept_beside(t: Tilsyn) -> None:
    file = write_csv(Path("tal.csv"), [school("A"), school("B", {"karakter": "syv"})])
    answer = t("data", "import", "folkeskole", file, "--period", "2024/25", "--quarantine", "afvist.csv")
    assert answer.code == 0
    assert "1 felt eller en række blev afvist." in answer.flat
    assert "syv" in Path("afvist.csv").read_text(encoding="utf-8-sig")


# runs


def test_a_run_says_who_stands_where_and_only_once(t: Tilsyn) -> None:
    bring(t, *both())
    answer = run(t)
    assert answer.code == 0, answer.err
    assert "2 institutioner i Folkeskolen er indplaceret for 2024/25 (kørsel nr. 1)." in answer.flat
    assert "Intet nyt for 2024/25 i Folkeskolen: kørsel nr. 1 gælder" in run(t).flat
    data = explained(t).data
    assert (data["previous"], data["recommended"], data["in_force"]) == ("almindelig", "støtte", "almindelig")
    assert data["decided"] is None


def test_a_period_without_figures_is_named(t: Tilsyn) -> None:
    bring(t, *both())
    answer = run(t, "2025/26")
    assert answer.code == Exit.DATA_REFUSED
    assert "der er ingen tal om 2025/26 for `folkeskole`; der er tal om `2024/25`" in answer.err
    backwards = run(t, "2024/25", "--through", "2023/24")
    assert backwards.code == Exit.WRONG_USE
    assert "2023/24 ligger før 2024/25" in backwards.err


def test_a_gap_between_periods_is_named(t: Tilsyn) -> None:
    bring(t, *both("2022/23"), period="2022/23")
    run(t, "2022/23")
    bring(t, *both("2024/25"))
    assert "2023/24 er ikke indplaceret: Trinnene følger af den seneste periode før." in run(t).flat


def test_a_rerun_lists_who_is_placed_otherwise_and_why(t: Tilsyn) -> None:
    for year in ("2023/24", "2024/25"):
        bring(t, *both(year), period=year)
    run(t, "2023/24", "--through", "2024/25")
    bring(t, school("B", {"karakter": "7.30"}, period="2023/24"), period="2023/24")
    data = run(t, "2023/24", "--through", "2024/25", "--format", "json").data["runs"]
    assert [(one["period"], one["rerun"]) for one in data] == [("2023/24", True), ("2024/25", True)]
    first, second = ({c["institution"]: c for c in one["changes"]} for one in data)
    assert set(first) == {"B"}
    assert (first["B"]["before"], first["B"]["after"]) == ("støtte", "almindelig")
    assert first["B"]["why"] == ["faglighed"]
    assert set(second["B"]["why"]) >= {"previous"}
    assert run(t, "2023/24", "--through", "2024/25").flat.count("Intet nyt for") == 2


def test_other_rules_are_a_reason_of_their_own(t: Tilsyn, tilsyn: Tilsyn, tmp_path: Path) -> None:
    bring(t, *both())
    run(t)
    other = folkeskole_policy(tmp_path / "andre")
    change(
        other / "rules/ladders/tilsynstrappe.yaml",
        "kritisk: 1\n      step: støtte",
        "kritisk: 1\n      step: almindelig",
    )
    data = tilsyn("--policy", other, "run", "folkeskole", "--period", "2024/25", "--format", "json").data["runs"][0]
    assert data["rerun"] is True
    (one,) = data["changes"]
    assert (one["institution"], one["before"], one["after"]) == ("B", "støtte", "almindelig")
    assert one["why"] == ["rules"]


# people


def decide(t: Tilsyn, step: str, *more: str) -> Answer:
    return t("decide", "B", "--step", step, "--because", "Besøg i maj viste det samme.", "--by", "Eva Holm", *more)


def test_a_decision_stands_beside_the_recommendation_and_is_in_force(t: Tilsyn) -> None:
    bring(t, *both())
    run(t)
    answer = decide(t, "støtte")
    assert "Besluttet for Skolen B, 2024/25: Støtte, som indstillet." in answer.flat
    data = explained(t).data
    assert (data["recommended"], data["in_force"]) == ("støtte", "støtte")
    assert {k: v for k, v in data["decided"].items() if k != "at"} == {
        "step": "støtte",
        "because": "Besøg i maj viste det samme.",
        "by": "Eva Holm",
    }
    told = t("explain", "B").flat
    assert "Eva Holm har" in told
    assert "besluttet det samme: Besøg i maj viste det samme." in told


def test_whoever_decides_otherwise_is_heard_and_the_next_period_begins_there(t: Tilsyn) -> None:
    for year in ("2023/24", "2024/25"):
        bring(t, *both(year), period=year)
    run(t, "2023/24")
    answer = decide(t, "almindelig", "--period", "2023/24")
    assert "Besluttet for Skolen B, 2023/24: Almindeligt tilsyn; indstillet var Støtte." in answer.flat
    run(t, "2024/25")
    data = explained(t).data
    assert (data["previous"], data["recommended"]) == ("almindelig", "støtte")


def test_a_decision_makes_later_runs_stale_and_is_never_rewritten(t: Tilsyn) -> None:
    for year in ("2023/24", "2024/25"):
        bring(t, *both(year), period=year)
    run(t, "2023/24", "--through", "2024/25")
    answer = decide(t, "intensiv", "--period", "2023/24")
    assert "Indplacér igen: tilsyn run folkeskole --period 2024/25" in answer.flat
    bring(t, school("B", {"karakter": "7.30"}, period="2023/24"), period="2023/24")
    run(t, "2023/24", "--through", "2024/25")
    assert explained(t, "--period", "2023/24").data["decided"]["step"] == "intensiv"
    assert explained(t).data["previous"] == "intensiv"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("decide", "B", "--step", "stoette", "--because", "x", "--by", "Eva"), "mente du `støtte`?"),
        (
            ("decide", "B", "--step", "støtte", "--because", " ", "--by", "Eva"),
            "en beslutning skal have en begrundelse",
        ),
        (("decide", "Q", "--step", "støtte", "--because", "x", "--by", "Eva"), "Q"),
        (("decide", "B", "--step", "støtte", "--because", "x"), "`--by` mangler"),
    ],
    ids=["step", "because", "institution", "by"],
)
def test_what_cannot_be_decided_is_told(t: Tilsyn, args: tuple[str, ...], said: str) -> None:
    bring(t, *both())
    run(t)
    answer = t(*args)
    assert answer.code == Exit.WRONG_USE
    assert said in answer.err


# as it was known


def test_any_day_can_be_asked_what_was_known_then(t: Tilsyn) -> None:
    bring(t, *both())
    run(t)
    today = dt.datetime.now(dt.UTC).date()
    assert explained(t, "--as-of", today.isoformat()).data["recommended"] == "støtte"
    before = t("explain", "B", "--as-of", (today - dt.timedelta(days=1)).isoformat())
    assert before.code == Exit.WRONG_USE
    assert "der er ingen resultater her" in before.err
    folder = t("show", "--from", ".", "--as-of", today.isoformat())
    assert folder.code == Exit.WRONG_USE
    assert "`--as-of` spørger databasen" in folder.err


def test_the_record_is_found_where_one_stands_or_named(t: Tilsyn, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(t, *both())
    run(t)
    Path("anden").mkdir()
    here = Path.cwd()
    monkeypatch.chdir("anden")
    assert explained(t).code == Exit.WRONG_USE
    assert explained(t, "--db", here / "tilsyn.db").code == 0
    monkeypatch.setenv("TILSYN_DB", str(here / "tilsyn.db"))
    assert explained(t).code == 0


def test_whoever_decides_again_is_told_what_that_replaces(t: Tilsyn) -> None:
    bring(t, *both())
    run(t)
    decide(t, "støtte")
    answer = t("decide", "B", "--step", "Intensiv støtte", "--because", "Ny viden.", "--by", "Bo")
    assert answer.code == 0, answer.err
    assert "Det er strengere, end der blev indstillet." in answer.flat
    assert "Det afløser, hvad Eva Holm besluttede" in answer.flat
    assert explained(t).data["decided"]["step"] == "intensiv"


def test_a_decided_case_is_no_longer_to_be_called(t: Tilsyn) -> None:
    """Whatever was decided, and nothing of it is said to wait for a person."""
    bring(t, *both())
    run(t)
    assert "Skolen B" in t("show", "folkeskole").flat
    assert "som et menneske skal afgøre" in t("explain", "B").flat
    decide(t, "almindelig")
    assert "Skolen B" not in t("show", "folkeskole").flat
    assert "som et menneske skal afgøre" not in t("explain", "B").flat


def test_an_area_without_results_is_named_with_where_to_look(t: Tilsyn) -> None:
    bring(t, *both())
    run(t)
    answer = t("show", "jobcenter")
    assert answer.code == Exit.WRONG_USE
    assert "her er ingen resultater for `jobcenter`" in answer.err
    assert "`--db`" in answer.err


def test_a_file_of_another_area_does_not_come_in(t: Tilsyn) -> None:
    """It shares a flag with the schools, and an institution's name; nothing that the goals rest on."""
    file = write_csv(
        Path("hjem.csv"),
        [{"institution": "H1", "period": "2024/25", "uvarslede_fald": "3", "alvorlig_hændelse": "nej"}],
    )
    answer = t("data", "import", "folkeskole", file, "--period", "2024/25", "--by", "Ida")
    assert answer.code == Exit.DATA_REFUSED
    assert "ingen af de tal, som målene i `folkeskole` hviler på" in answer.err
    flags = write_csv(Path("flag.csv"), [{"institution": "A", "period": "2024/25", "alvorlig_hændelse": "ja"}])
    assert t("data", "import", "folkeskole", flags, "--period", "2024/25", "--by", "Ida").code == 0


def test_figures_of_an_earlier_period_are_a_reason_where_they_are_pooled(t: Tilsyn) -> None:
    bring(t, *both("2024/25"))
    run(t)
    bring(t, *both("2023/24", karakter="9.00"), period="2023/24")
    changes = {c["institution"]: c["why"] for c in run(t, "2024/25", "--format", "json").data["runs"][0]["changes"]}
    assert "faglighed" in changes["B"]


@pytest.mark.parametrize("who", [" ", "\u200b", ""])
def test_nobody_decides_nothing(t: Tilsyn, who: str) -> None:
    bring(t, *both())
    run(t)
    answer = t("decide", "B", "--step", "støtte", "--because", "x", "--by", who)
    assert answer.code == Exit.WRONG_USE
    assert explained(t).data["decided"] is None


def test_bytes_that_are_no_text_are_kept_as_question_marks(t: Tilsyn) -> None:
    bring(t, *both())
    run(t)
    answer = t("decide", "B", "--step", "støtte", "--because", "x\udcff", "--by", "Eva\udcfe")
    assert answer.code == 0, answer.err
    assert explained(t).data["decided"]["by"] == "Eva?"
