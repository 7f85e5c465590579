"""Goal sprawl: what is counted, and how a sub-goal is traced upwards to a central goal, or why it is not."""

from __future__ import annotations

import datetime as dt
from itertools import permutations
from typing import Any

import pytest

from tests.spec.small import plan_of
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.documents import Document, Positions
from tilsyn.catalogue.policy import Part, Policy
from tilsyn.catalogue.subgoals import SubGoals
from tilsyn.studies.sprawl import Sprawl, sprawl
from tilsyn.telling.sprawl import sprawl_data, sprawl_report

DAY = dt.date(2020, 1, 1)
KOMMUNE, INSTITUTION = "kommune", "institution"


def an_area(name: str = "skole", goals: int = 2) -> Area:
    made, _ = plan_of(goals={f"mål_{n}": {"measure": "x"} for n in range(1, goals + 1)})
    return made.model_copy(update={"area": name})


def subgoals(level: str, goals: dict[str, str | None], owner: str = "Ejer", area: str = "skole") -> SubGoals:
    return SubGoals.model_validate({
        "tilsyn": 1, "from": "2020-01-01", "subgoals_of": area, "level": level, "owner": owner,
        "goals": {name: {"title": name.title(), "serves": serves} for name, serves in goals.items()},
    })  # fmt: skip


def a_folder(*declared: Area | SubGoals) -> Catalogue:
    areas = {d.area: d for d in declared if isinstance(d, Area)}
    policies: dict[str, dict[dt.date, Policy]] = {}
    for name, area in areas.items():
        part = Part(Document("area", name, "f", {}, Positions("")), DAY, {}, area)
        policies[name] = {DAY: Policy(name, DAY, part, None)}
    return Catalogue((), "", policies, subgoals=tuple(d for d in declared if isinstance(d, SubGoals)))


def only(*chain: Catalogue) -> Sprawl:
    (found,) = sprawl(chain)
    return found


def ends(found: Sprawl) -> dict[str, str | None]:
    return {t.name: t.central or t.why for t in found.traced}


def four_that_became_95() -> tuple[Catalogue, ...]:
    """4 central goals; 15 of the municipality, 3 of them its own idea; 80 at 8 institutions, each with 10."""
    kommune: dict[str, str | None] = {f"k{n}": f"mål_{n % 4 + 1}" if n < 12 else None for n in range(15)}
    # every institution has 7 that serve one of the municipality's that trace, 2 that serve its own ideas, 1 nothing
    own: dict[str, str | None] = {**{f"i{n}": f"k{n}" for n in range(7)}, "i7": "k13", "i8": "k14", "i9": None}
    schools = [subgoals(INSTITUTION, own, f"Skole {n}") for n in range(8)]
    return a_folder(an_area(goals=4)), a_folder(subgoals(KOMMUNE, kommune, "Kommunen")), a_folder(*schools)


def test_four_goals_have_become_ninety_five() -> None:
    found = only(*four_that_became_95())
    assert (len(found.goals), len(found.traced), len(found.untraced)) == (4, 95, 3 + 8 * 3)
    assert [(r.level.da, r.owner.da, r.depth, r.subgoals, r.untraced) for r in found.rows] == [
        ("kommune", "Kommunen", 1, 15, 3),
        *(("institution", f"Skole {n}", 2, 10, 3) for n in range(8)),
    ]
    # k0, k4, k8 serve mål_1, as do i0 and i4 of 8 schools; mål_4 has k3, k7, k11 and i3
    assert [found.under(goal) for goal in found.goals] == [3 + 2 * 8, 3 + 2 * 8, 3 + 2 * 8, 3 + 8]


def test_it_is_said_plainly() -> None:
    chain = four_that_became_95()
    danish, english = (str(sprawl_report(sprawl(chain), ["a", "b", "c"], lang)) for lang in ("da", "en"))
    assert "4 mål er blevet til 95 delmål." in danish
    assert "27 af de 95 delmål fører ikke til noget centralt mål." in danish
    assert "4 goals have become 95 sub-goals." in english
    (data,) = sprawl_data(sprawl(chain), ["a", "b", "c"], "da")["areas"]
    assert (data["goals"], data["subgoals"], data["untraced"], len(data["each"])) == (4, 95, 27, 95)
    assert data["each"][0]["folder"] == "b"


@pytest.mark.parametrize(
    ("serves", "end"),
    [
        ("mål_1", "mål_1"),
        ("k_god", "mål_2"),
        (None, "serves-none"),
        ("mol_1", "unknown"),
        ("k_løs", "leads-nowhere"),
        ("i_anden", "not-above"),
        ("prøvet", "not-above"),
    ],
)
def test_a_sub_goal_traces_to_a_central_goal_or_it_is_said_why_not(serves: str | None, end: str) -> None:
    found = only(
        a_folder(an_area()),
        a_folder(subgoals(KOMMUNE, {"k_god": "mål_2", "k_løs": None})),
        a_folder(subgoals(INSTITUTION, {"prøvet": serves, "i_anden": "mål_1"})),
    )
    assert ends(found)["prøvet"] == end


def test_what_was_probably_meant_is_a_goal_above() -> None:
    found = only(
        a_folder(an_area()),
        a_folder(subgoals(KOMMUNE, {"læselyst": "mål_1"})),
        a_folder(subgoals(INSTITUTION, {"prøvet": "læselist", "læselisten": None, "andet": "mal_2"})),
    )
    assert {t.name: t.suggestion for t in found.untraced} == {
        "prøvet": "læselyst", "læselisten": None, "andet": "mål_2"
    }  # fmt: skip
    assert "mente du `læselyst`?" in str(sprawl_report([found], ["a", "b", "c"], "da"))


def test_a_goal_of_a_folder_further_down_is_not_above() -> None:
    found = only(
        a_folder(an_area()),
        a_folder(subgoals(INSTITUTION, {"prøvet": "k_god"})),
        a_folder(subgoals(KOMMUNE, {"k_god": "mål_2"})),
    )
    assert ends(found) == {"prøvet": "not-above", "k_god": "mål_2"}


def test_levels_in_one_folder_stand_in_the_order_in_which_they_serve() -> None:
    files = [subgoals(INSTITUTION, {"i": "k"}), subgoals("klasse", {"c": "i"}), subgoals(KOMMUNE, {"k": "mål_1"})]
    found = only(a_folder(an_area(), *files))
    assert [(row.level.da, row.depth) for row in found.rows] == [("kommune", 1), ("institution", 2), ("klasse", 3)]
    assert ends(found) == {"k": "mål_1", "i": "mål_1", "c": "mål_1"}


def test_a_circle_leads_nowhere() -> None:
    files = [subgoals(INSTITUTION, {"i": "k"}), subgoals(KOMMUNE, {"k": "i"})]
    assert set(ends(only(a_folder(an_area(), *files))).values()) == {"circle"}


@pytest.mark.parametrize(("other", "end"), [("mål_1", "mål_1"), ("mål_2", "ambiguous"), (None, "ambiguous")])
def test_of_several_with_the_same_name_all_must_lead_to_the_same(other: str | None, end: str) -> None:
    found = only(
        a_folder(an_area()),
        a_folder(subgoals(KOMMUNE, {"k": "mål_1"}, "A"), subgoals(KOMMUNE, {"k": other}, "B")),
        a_folder(subgoals(INSTITUTION, {"i": "k"})),
    )
    assert ends(found)["i"] == end


def test_a_central_goal_is_meant_before_a_sub_goal_of_the_same_name() -> None:
    found = only(
        a_folder(an_area()),
        a_folder(subgoals(KOMMUNE, {"mål_1": None})),
        a_folder(subgoals(INSTITUTION, {"i": "mål_1"})),
    )
    assert ends(found) == {"mål_1": "serves-none", "i": "mål_1"}


def test_an_area_that_nobody_declares_has_no_goal_to_trace_to() -> None:
    declared, mistaken = sprawl([a_folder(an_area()), a_folder(subgoals(KOMMUNE, {"k": "mål_1"}, area="skolen"))])
    assert (declared.name, declared.traced) == ("skole", ())
    assert (mistaken.area, mistaken.suggestion, ends(mistaken)) == (None, "skole", {"k": "no-area"})
    told = str(sprawl_report([declared, mistaken], ["a", "b"], "da"))
    assert "2 mål, og der er ikke sat delmål under dem." in told
    assert "Ingen af mapperne erklærer området `skolen`" in told


def test_an_area_that_is_declared_twice_counts_as_the_first_says() -> None:
    found = only(a_folder(an_area(goals=3)), a_folder(an_area(goals=2), subgoals(KOMMUNE, {"k": "mål_3"})))
    assert (len(found.goals), found.again, ends(found)) == (3, (1,), {"k": "mål_3"})
    told = str(sprawl_report([found], ["ministeriet", "kommunen"], "da"))
    assert "Området erklæres også i kommunen" in told
    assert "Alle delmål fører til et centralt mål." in told


def test_folders_without_goals_say_so() -> None:
    assert "hverken områder med mål eller delmål" in str(sprawl_report(sprawl([a_folder()]), ["a"], "da"))


def test_areas_do_not_share_their_goals() -> None:
    chain = [a_folder(an_area("skole"), an_area("hospital", goals=1)), a_folder(
        subgoals(KOMMUNE, {"k": "mål_2"}), subgoals(KOMMUNE, {"h": "mål_2"}, area="hospital")
    )]  # fmt: skip
    assert [ends(found) for found in sprawl(chain)] == [{"k": "mål_2"}, {"h": "unknown"}]


def test_keys_that_the_grammar_does_not_know_are_refused() -> None:
    declared: dict[str, Any] = {
        "tilsyn": 1, "from": "2020-01-01", "subgoals_of": "skole", "level": "x", "owner": "y", "goals": {}
    }  # fmt: skip
    with pytest.raises(ValueError, match="goals"):
        SubGoals.model_validate(declared)


def test_a_chain_of_1500_levels_is_followed_to_its_end() -> None:
    chain = [subgoals(f"niveau_{n}", {f"m{n}": f"m{n - 1}" if n else "mål_1"}) for n in range(1500)]
    found = only(a_folder(an_area(), *reversed(chain)))
    assert found.under("mål_1") == 1500
    assert [row.level.da for row in found.rows] == [f"niveau_{n}" for n in range(1500)]


def test_levels_that_all_refer_to_each_other_are_met_once_each() -> None:
    """Every level has a goal for each of the others; tried out path by path it would never end."""
    levels = range(60)
    sets = [
        subgoals(f"niveau_{n}", {f"m{n}_{other}": f"m{other}_{n}" for other in levels if other != n}) for n in levels
    ]
    found = only(a_folder(an_area(), *sets))
    assert {(t.central, t.why) for t in found.traced} == {(None, "circle")}
    assert [row.depth for row in found.rows] == [n + 1 for n in levels]


@pytest.mark.parametrize("order", list(permutations(range(5))), ids=str)
def test_a_circle_is_the_same_wherever_one_enters_it(order: tuple[int, ...]) -> None:
    """`b` is two owners': one leads on in the circle, the other out of it, so nobody can say where `a` leads."""
    sets = [
        subgoals("a", {"a": "b"}), subgoals("b", {"b": "c"}, "En"), subgoals("c", {"c": "a"}),
        subgoals("b", {"b": "mål_1"}, "En anden"), subgoals("d", {"d": "c"}),
    ]  # fmt: skip
    found = only(a_folder(an_area(), *(sets[place] for place in order)))
    assert {(t.name, t.set.subgoals.owner.da): t.central or t.why for t in found.traced} == {
        ("a", "Ejer"): "ambiguous", ("b", "En"): "circle", ("c", "Ejer"): "circle", ("b", "En anden"): "mål_1",
        ("d", "Ejer"): "circle",
    }  # fmt: skip
