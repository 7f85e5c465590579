"""Exported DMN gives the answers that the exact point reading gives, in an engine that knows nothing of tilsyn.

The other engine reads the tables as they stand (`dmn_reading.py`). Figures are drawn just under, on and just over
every bound, and goals without one are missing for every reason.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from tilsyn.catalogue import expressions as e
from tilsyn.catalogue.areas import Area
from tilsyn.catalogue.ladders import Ladder
from tilsyn.engine.exact import Exact, level_of
from tilsyn.engine.machine import held_most
from tilsyn.engine.nodes import GoalNode, Plan
from tilsyn.engine.plan import make_plan
from tilsyn.engine.values import Missing, Reason, Value
from tilsyn.engine.working import Reading
from tilsyn.services.rules import checked
from tilsyn.telling.dmn import dmn_text

from .dmn_reading import NS, Document
from .small import REFERENCE, STEPS, ladder_of, plan_of

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = [ROOT, *sorted((ROOT / "rules" / "regimes").iterdir())]
MANY = 10_000
"""Institutions that are asked of for each ladder, shared among the areas that use it."""

NOW = 2024


@dataclass(frozen=True)
class Exported:
    """An area as it is, and as the other engine reads its document."""

    area: Area
    plan: Plan
    document: Document


def exported(area: Area, ladder: Ladder | None) -> Exported:
    plan = make_plan(area, ladder)
    return Exported(area, plan, Document(dmn_text(area, ladder, plan, area.from_, "da")))


@cache
def shipped() -> Mapping[str, tuple[Area, Ladder | None]]:
    """Every shipped area, by name, with the latest of its rules."""
    found: dict[str, tuple[Area, Ladder | None]] = {}
    for folder in FOLDERS:
        catalogue = checked(folder)
        for name in catalogue.areas:
            policy = catalogue.on(name, catalogue.change_days(name)[-1])
            assert name not in found
            found[name] = policy.area, policy.own_ladder
    return found


LADDERED = [name for name, (_, ladder) in shipped().items() if ladder is not None]
REGIMES = [name for name, (_, ladder) in shipped().items() if ladder is None]


# ladders


@dataclass(frozen=True)
class Figure:
    """What an institution or a member has for a goal: a figure with the published word, or a reason for none."""

    value: Fraction | None
    word: str | None
    reason: Reason | None

    def reading(self, node: GoalNode) -> Reading:
        if self.value is None:
            assert self.reason is not None
            return Reading(Missing(self.reason), Missing(self.reason))
        level = level_of(node, self.value)
        if self.word is not None:
            assert node.evidence is not None
            word = next(w for w in node.evidence.words if w.word == self.word)
            level = min(max(level, word.worst), word.best)
        return Reading(self.value, self.value, self.value, self.value, level, level, level)


@cache
def around(node: GoalNode) -> list[Fraction]:
    """Figures just under, on and just over every bound of a goal."""
    step = Fraction(1, 10**node.decimals)
    return [cut.bound + side * step for cut in node.cuts for side in (-1, 0, 1)]


def figure(node: GoalNode, word: str | None, chance: random.Random) -> Figure:
    if chance.random() < 0.15:
        return Figure(None, None, chance.choice(list(Reason)))
    return Figure(chance.choice(around(node)), word, None)


def asked(name: str, found: Figure, document: Document) -> Iterator[tuple[str, object]]:
    plain = name.replace("@", "_")
    yield plain, None if found.value is None else float(found.value)
    if f"{plain}_missing" in document.inputs:
        yield f"{plain}_missing", found.reason.word if found.reason else None


def institutions(case: Exported, many: int, seed: int) -> Iterator[tuple[dict[str, Any], Any, Any]]:
    """What the document is asked of an institution, and our goals and ladder of it."""
    chance, plan, document = random.Random(seed), case.plan, case.document
    exact = Exact(plan, [{"institution": "i", "period": NOW}])
    for _ in range(many):
        given: dict[str, Any] = {}
        goals: list[Any] = []
        for node in plan.goals:
            word = None
            if node.evidence is not None and node.evidence.word_from is not None:
                word = chance.choice([w.word for w in node.evidence.words])
                given[node.evidence.word_from] = word
            own = figure(node, word, chance)
            given |= asked(node.name, own, document)
            members = {m: figure(node, word, chance) for m in (node.equity.members if node.equity else ())}
            for member, found in members.items():
                given |= asked(f"{node.name}@{member}", found, document)
            goals.append(exact.judged(node, own.reading(node), {m: f.reading(node) for m, f in members.items()}))
        previous, held = chance.randrange(len(plan.ladder.steps)), chance.randrange(held_most(plan.ladder) + 2)
        given |= {"previous": plan.ladder.steps[previous], "held": held}
        given = {name: given[name] for name in document.inputs}
        yield given, goals, exact.ladder(tuple(goals), "i", NOW, previous, held)


def agree(case: Exported, many: int, seed: int = 15) -> set[str | None]:
    """Asks both of so many institutions; the rules that were met."""
    met: set[str | None] = set()
    for given, goals, ladder in institutions(case, many, seed):
        found = case.document.answers(given)
        point = ladder.point
        rules, steps = case.plan.ladder.rules, case.plan.ladder.steps
        assert {g.name: found[f"{g.name}_level"] for g in goals} == {g.name: g.point for g in goals}, given
        assert (found["score_weight"], found["assessed"]) == (ladder.weight, ladder.assessed), given
        wanted = {"step": steps[point.step], "rule": rules[point.rule].id} if point else {"step": None, "rule": None}
        assert found["placement"] == wanted, given
        met.add(found["placement"]["rule"])
    return met


@pytest.mark.parametrize("name", LADDERED)
def test_the_other_engine_places_institutions_as_we_do(name: str) -> None:
    area, ladder = shipped()[name]
    assert ladder is not None
    alike = [n for n in LADDERED if (own := shipped()[n][1]) is not None and own.ladder == ladder.ladder]
    case = exported(area, ladder)
    met = agree(case, MANY // len(alike))
    assert met == {None, *(rule.id for rule in case.plan.ladder.rules)}


@pytest.mark.parametrize("name", LADDERED)
def test_a_figure_on_a_bound_is_on_the_side_that_the_bands_say(name: str) -> None:
    area, ladder = shipped()[name]
    case = exported(area, ladder)
    asked_of = 0
    for node in case.plan.goals:
        if node.evidence is not None and node.evidence.word_from is not None:
            continue
        for cut in node.cuts:
            good, step = cut.rank, Fraction(1, 10**node.decimals)
            poor = node.ranks[node.ranks.index(good) - 1]
            better, worse = (cut.bound + step, cut.bound - step)[:: 1 if node.higher else -1]
            for value, level in ((better, good), (cut.bound, good if cut.inclusive else poor), (worse, poor)):
                given = {**dict.fromkeys(case.document.inputs), node.name: float(value)}
                assert case.document.answers(given)[f"{node.name}_level"] == level, (node.name, value)
                asked_of += 1
    assert asked_of >= 3 * len(case.plan.goals)


# ladders that are made to be hard


def goals(*, score: Sequence[int] = (30, 20, 10)) -> dict[str, Any]:
    return {f"mål{place}": {"measure": "x", "weight": weight} for place, weight in enumerate(score, start=1)}


def hard(rules: Sequence[Mapping[str, Any]], **given: Any) -> Exported:
    """A ladder of these rules over three goals, with an area as small as can be."""
    own = {key: given.pop(key) for key in ("goals", "quantities", "members", "indicators") if key in given}
    area, plan = plan_of(goals=own.pop("goals", goals()), **own, ladder={"rules": rules, **given})
    return Exported(area, plan, Document(dmn_text(area, ladder_of(rules=rules, **given), plan, area.from_, "da")))


def test_in_a_first_ladder_the_first_rule_counts() -> None:
    case = hard([{"step": "fri", "score": ">= 20"}, {"step": "tillid", "score": ">= 5"}, {"step": "almindelig"}])
    assert agree(case, 300) >= {"R1", "R2", "R3"}


@pytest.mark.parametrize("bound", ["6.66", "6.67", "6.666666666", "6.666666667", "10", "15", "21.6666666"])
@pytest.mark.parametrize("op", [">=", ">", "<=", "<"])
def test_a_score_is_on_the_right_side_of_a_bound_that_thirds_come_near(bound: str, op: str) -> None:
    case = hard(
        [{"step": "fri", "score": f"{op} {bound}"}, {"step": "tillid"}],
        goals=goals(score=(1, 1, 1)),
    )  # fmt: skip
    assert agree(case, 200) >= {"R1", "R2"}


def test_a_score_that_meets_its_bound_is_at_it() -> None:
    # (30 · 30 + 20 · 0 + 10 · 10) / 60 = 50/3, and (30 · 20 + 10 · 30) / 60 = 15
    case = hard([{"step": "fri", "score": ">= 15"}, {"step": "tillid"}])
    answers = case.document.answers({**dict.fromkeys(case.document.inputs), "mål1": 5.0, "mål2": 0.0, "mål3": 10.0})
    assert (answers["score_points"], answers["score_weight"], answers["score"]) == (900, 60, 15)
    assert answers["placement"] == {"step": "fri", "rule": "R1"}


@pytest.mark.parametrize("cell", ["not(dårlig)", "!= god", ">= under", "-", "god, bedst", "< god"])
def test_a_goal_without_a_level_meets_only_what_asks_nothing(cell: str) -> None:
    case = hard([{"step": "fri", "mål1": cell}, {"step": "tillid"}])
    assert agree(case, 300) >= {"R1"}


@pytest.mark.parametrize(
    "cells",
    [
        {"previous": "fri"},
        {"previous": "not(fri)"},
        {"previous": "fri, tillid"},
        {"held": "[2..4)"},
        {"held": "not(2)"},
        {"held": "1, 3"},
        {"held": "< 1, > 3"},
        {"goals_missing": ">= 1"},
        {"goals_at.god": "1"},
        {"goals_below.bedst": "<= 1"},
        {"score": "(5..10], 20"},
        {"score": "not([5..10])"},
    ],
    ids=str,
)
def test_every_kind_of_cell_says_the_same(cells: Mapping[str, str]) -> None:
    case = hard([{"step": "fri", **cells}, {"step": "tillid"}])
    assert agree(case, 200) >= {"R1", "R2"}


def test_a_reason_that_counts_as_the_worst_level_does_so_in_the_tables() -> None:
    case = hard([{"step": "fri", "goals_at.dårlig": "0"}, {"step": "tillid"}], missing={"refused": "worst"})
    given = {**dict.fromkeys(case.document.inputs), "mål1": 10.0, "mål2": 10.0}
    assert case.document.answers(given)["placement"]["rule"] == "R1"
    given["mål3_missing"] = "refused"
    assert case.document.answers(given)["placement"]["rule"] == "R2"
    given["mål3_missing"] = "stale"
    assert case.document.answers(given)["placement"]["rule"] == "R1"
    assert agree(case, 200) >= {"R1", "R2"}


def test_too_little_of_the_weight_gives_no_step() -> None:
    case = hard([{"step": "fri"}], coverage="50 %", missing={"not-applicable": "leave-out"})
    given = {**dict.fromkeys(case.document.inputs), "mål1": 5.0}
    assert case.document.answers(given)["placement"] == {"step": "fri", "rule": "R1"}
    given |= {"mål1": None, "mål2": 5.0, "mål3": 5.0, "mål1_missing": "stale"}
    assert case.document.answers(given)["placement"]["step"] == "fri"
    given |= {"mål3": None, "mål3_missing": "suppressed"}
    assert case.document.answers(given)["placement"] == {"step": None, "rule": None}
    given |= {"mål1_missing": "not-applicable"}
    assert case.document.answers(given)["placement"]["step"] == "fri"


def test_a_group_that_is_failed_caps_the_level() -> None:
    equity = {"groups": ["piger", "drenge"], "no_worse_than": "under", "cap": "god"}
    case = hard(
        [{"step": "fri", "mål": "bedst"}, {"step": "tillid"}],
        goals={"mål": {"measure": "x", "equity": equity}}, members=("piger", "drenge"),
        indicators={"x": {"kind": "value", "by": ["gruppe"]}},
    )  # fmt: skip
    given = {**dict.fromkeys(case.document.inputs), "mål": 10.0, "mål_piger": 2.0, "mål_drenge": 2.0}
    assert case.document.answers(given)["mål_level"] == 3
    assert case.document.answers({**given, "mål_drenge": 1.99})["mål_level"] == 2
    assert agree(case, 300) >= {"R1", "R2"}


def test_a_group_too_small_to_be_seen_caps_nothing_though_its_goal_would_be_the_worst() -> None:
    equity = {"groups": ["piger"], "no_worse_than": "under", "cap": "god"}
    case = hard(
        [{"step": "fri", "mål": "bedst"}, {"step": "tillid"}],
        goals={"mål": {"measure": "x", "equity": equity}}, members=("piger",),
        indicators={"x": {"kind": "value", "by": ["gruppe"]}}, missing={"else": "worst"},
    )  # fmt: skip
    given = {**dict.fromkeys(case.document.inputs), "mål": 10.0}
    levels = {word: case.document.answers({**given, "mål_piger_missing": word})["mål_level"]
              for word in ("too-few", "not-applicable", "refused", None)}  # fmt: skip
    assert levels == {"too-few": 3, "not-applicable": 3, "refused": 2, None: 3}
    assert agree(case, 300) >= {"R1", "R2"}


@pytest.mark.parametrize(("hit", "policy"), [("unique", "UNIQUE"), ("first", "FIRST")])
def test_the_hit_policy_is_the_ladder_s(hit: str, policy: str) -> None:
    case = hard([{"step": "fri", "score": ">= 15"}, {"step": "tillid", "score": "< 15"}], hit=hit)
    assert case.document.decisions["placement"].policy == policy
    assert agree(case, 200) >= {"R1", "R2"}


def test_a_ladder_that_is_read_at_its_strictest_says_that_the_table_is_not() -> None:
    rules = [{"step": "fri", "tal": ">= 2"}, {"step": "tillid"}]
    said = "Here no value meets no condition"
    for missing, told in (({"refused": "worst"}, True), ({}, False)):
        case = hard(rules, quantities={"tal": "x"}, missing=missing)
        assert (said in case.document.root.findtext("dmn:description", namespaces=NS)) == told


def test_what_rules_read_beside_the_goals_is_asked_of_its_classes() -> None:
    rules = [
        {"step": "fri", "tal": ">= 2", "ja_eller_nej": "true"},
        {"step": "tillid", "slags": 'not("a", "b")'},
        {"step": "almindelig", "niveau": "høj", "slags": '"a"'},
        {"step": "fri"},
    ]
    quantities = {
        "tal": "x",
        "ja_eller_nej": "ja",
        "slags": "art",
        "niveau": {"of": "y", "levels": {"høj": {"at_least": 1}, "lav": "otherwise"}},
    }
    case = hard(rules, quantities=quantities)
    base = {**dict.fromkeys(case.document.inputs), "mål1": 5.0, "mål2": 5.0, "mål3": 5.0}
    assert {"tal", "ja_eller_nej", "slags", "y"} <= set(base)

    def rule(**given: object) -> object:
        return case.document.answers({**base, **given})["placement"]["rule"]

    assert rule(tal=2.0, ja_eller_nej=True) == "R1"
    assert rule(tal=2.0, ja_eller_nej=None, slags="c") == "R2"
    assert rule(tal=1.99, ja_eller_nej=True, slags=None) == "R4"
    assert rule(slags="a", y=1.0) == "R3"
    assert rule(slags="a", y=0.99) == "R4"
    assert rule(slags="a", y=None) == "R4"


def test_a_goal_that_is_given_as_a_level_reads_the_table_that_gives_it() -> None:
    rows = [{"x": ">= 5", "gives": "bedst"}, {"x": ">= 2", "gives": "under"}, {"gives": "dårlig"}]
    case = hard(
        [{"step": "fri", "mål": ">= under"}, {"step": "tillid"}],
        goals={"mål": {"measure": "q", "levels": "given", "decimals": 0,
                       "points": {"bedst": 30, "god": 20, "under": 10, "dårlig": 0}}},
        quantities={"q": {"table": {"hit": "first", "rules": rows}}},
    )  # fmt: skip
    levels = {x: case.document.answers({**dict.fromkeys(case.document.inputs), "x": x}) for x in (5.0, 2.0, 1.99, None)}
    assert {x: (a["mål_level"], a["placement"]["rule"]) for x, a in levels.items()} == {
        5.0: (3, "R1"), 2.0: (1, "R1"), 1.99: (0, "R2"), None: (None, None),
    }  # fmt: skip


# quantities


NUMBERS = (0.0, 1.0, 1.99, 2.0, 2.01, 5.0)


def exact_and_other(quantity: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[tuple[object, object]]:
    """A quantity `q` of a regime in each row: as the exact reading has it, and as the other engine does."""
    area, _ = plan_of(quantities={"q": quantity, "halv": "x / 2"}, area={"regime": True, "result": ["q"]})
    case = exported(area, None)
    found: list[tuple[object, object]] = []
    for row in rows:
        own = Exact(case.plan, [{"institution": "i", "period": NOW, **row}])
        given = {name: plain(own.named(name, "i", NOW)) for name in case.document.inputs}
        found.append((plain(own.named("q", "i", NOW)), case.document.answers(given)["q"]))
    return found


def same(ours: object, other: object) -> bool:
    """The other engine subtracts in floating point."""
    return ours == other or (isinstance(ours, float) and isinstance(other, float) and isclose(ours, other))


def plain(value: Value) -> object:
    match value:
        case Missing():
            return None
        case Fraction():
            return float(value)
        case _:
            return value


def table(hit: str, *rows: Mapping[str, Any]) -> dict[str, Any]:
    return {"table": {"hit": hit, "rules": rows}}


TABLES: dict[str, dict[str, Any]] = {
    "an unknown row hides those below": table("first", {"x": "> 2", "gives": 1}, {"y": "> 1", "gives": 2},
                                              {"gives": 3}),
    "two tests, one of another value": table(
        "first", {"x": ">= y", "y": "< 2", "gives": 1}, {"x": "> 0", "gives": 2}, {"gives": 3}
    ),
    "what is asked for null": table("first", {"x": "null", "gives": 9}, {"x": ">= 2", "y": "-", "gives": 1},
                                    {"gives": 0}),
    "a true row of a unique table": table(
        "unique", {"x": ">= 2", "gives": 1}, {"x": "< 2", "y": ">= 2", "gives": 2}, {"x": "< 2", "y": "< 2", "gives": 3}
    ),
    "words": table("first", {"art": '"a", "b"', "gives": '"første"'}, {"art": 'not("c")', "gives": '"anden"'},
                   {"gives": '"tredje"'}),
    "flags": table("first", {"ja": "true", "nej": "false", "gives": 1}, {"ja": "false", "gives": 2}, {"gives": 3}),
    "whether a value is there": table("first", {"missing(x)": "true", "y": ">= 2", "gives": 1}, {"gives": 2}),
    "a row that says why there is none": table("first", {"x": ">= 2", "missing": "undefined"}, {"gives": 2}),
    "values that are read": table("first", {"x": ">= 2", "gives": "x - y"}, {"gives": "-y"}),
    "an expression that is tested": table("first", {"x - y": "[0..1]", "gives": 1}, {"gives": 2}),
    "one side and not the other": table("first", {"x": "< 1, > 2", "gives": 1}, {"x": "2", "gives": 2}, {"gives": 3}),
    "a calculated input": table("first", {"halv": ">= 1", "gives": 1}, {"gives": 2}),
    "bands": {"of": "x", "levels": {"høj": {"above": 2}, "mellem": {"at_least": 1}, "lav": "otherwise"}},
    "lower is better": {"of": "x", "levels": {"god": {"at_most": 1}, "rimelig": {"below": 2}, "ringe": "otherwise"}},
    "guards": {"of": "x", "levels": {"høj": {"at_least": 2}, "lav": "otherwise"},
               "missing_when": {"too-few": "y < 2 or ja", "withdrawn": "nej"}},
    "a guarded unique table": {**table("unique", {"x": ">= 2", "gives": 1}, {"x": "< 2", "gives": 2}),
                               "missing_when": {"suppressed": "not(y >= 1 and x != y)"}},
    "rounded values": {**table("first", {"x": ">= 2", "gives": "1.25"}, {"gives": "2.05"}), "decimals": 1},
}  # fmt: skip


@pytest.mark.parametrize("quantity", TABLES.values(), ids=TABLES)
def test_a_table_gives_the_same_whatever_is_unknown(quantity: Mapping[str, Any]) -> None:
    rows = [
        {key: value for key, value in (("x", x), ("y", y), ("art", art), ("ja", ja), ("nej", nej)) if value is not None}
        for x in (*NUMBERS, None)
        for y in (*NUMBERS, None)
        for art, ja, nej in (("a", True, False), ("c", False, None), ("d", None, False), (None, False, False))
    ]
    found = exact_and_other(quantity, rows)
    assert [pair for pair in found if not same(*pair)] == []
    assert len({ours for ours, _ in found}) > 1


def literals(plan: Plan) -> list[Fraction]:
    parts = [node for quantity in plan.quantities for part in quantity.parts for node in e.walk(part)]
    return sorted({node.value for node in parts if isinstance(node, e.Number)})


def rows_of(area: Area, plan: Plan, many: int, chance: random.Random) -> list[dict[str, Any]]:
    """Institutions with figures on and beside the numbers that the rules name, and some without."""
    numbers = [float(x + side) for x in literals(plan) for side in (Fraction(-1, 10), 0, Fraction(1, 10))]
    parts = [node for quantity in plan.quantities for part in quantity.parts for node in e.walk(part)]
    words = [node.value for node in parts if isinstance(node, e.Text)]
    ids = [f"i{number}" for number in range(many)]

    def drawn(kind: str) -> object:
        if chance.random() < 0.12:
            return None
        match kind:
            case "flag":
                return chance.random() < 0.5
            case "text" | "category":
                return chance.choice([*words, *ids])
            case _:
                return chance.choice([*numbers, chance.uniform(0, 100)])

    columns: dict[str, str] = dict(area.attributes)
    for node in plan.indicators:
        for name in (node.name, *(f"{node.name}@{member}" for member in node.members)):
            columns[name] = node.kind
            columns |= {f"{name}.{of}": "number" for of in ("n", "low", "high", "expected", "sd", "se")}
    return [{"institution": own, "period": NOW, **{c: drawn(k) for c, k in columns.items()}} for own in ids]


def named_values(exact: Exact, plan: Plan, institution: str) -> dict[str, Value]:
    """Everything that a document may ask for, as the exact reading has it, by what the document calls it."""
    found: dict[str, Value] = {}
    for column in exact.rows[institution, NOW]:
        if column not in ("institution", "period"):
            found[column] = exact.evaluate(e.Ref(*column.rsplit(".", 1)), institution, NOW)  # type: ignore[arg-type]
    for quantity in plan.quantities:
        worked = exact.quantity(quantity, institution, NOW)
        found |= {quantity.name: worked.value, f"{quantity.name}.before": worked.before}
        for part in quantity.parts:
            for node in e.walk(part):
                if isinstance(node, e.Related):
                    found[f"{node.relation}.{node.of.column}"] = exact.evaluate(node, institution, NOW)
                if isinstance(node, e.Earlier):
                    found[f"{node.of.column}.earlier.{node.periods}"] = exact.evaluate(node, institution, NOW)
    return {re.sub(r"\W", "_", name): value for name, value in found.items()}


@pytest.mark.parametrize("name", REGIMES)
def test_a_shipped_regime_s_tables_give_the_same(name: str) -> None:
    area, _ = shipped()[name]
    case = exported(area, None)
    rows = rows_of(area, case.plan, 300, random.Random(7))
    exact = Exact(case.plan, rows)
    seen: dict[str, set[object]] = {decision: set() for decision in case.document.decisions}
    for row in rows:
        known = named_values(exact, case.plan, row["institution"])
        found = case.document.answers({given: plain(known[given]) for given in case.document.inputs})
        assert found == {decision: plain(known[decision]) for decision in found}, row
        for decision, answer in found.items():
            seen[decision].add(answer)
    tables = [d for d, one in case.document.decisions.items() if one.text is None]
    assert [d for d in tables if len(seen[d] - {None}) < 2] == []


@pytest.mark.parametrize("name", REGIMES)
def test_every_table_of_a_shipped_regime_is_a_decision_but_those_that_read_other_institutions(name: str) -> None:
    area, _ = shipped()[name]
    case = exported(area, None)
    for quantity in case.plan.quantities:
        declared = area.quantities[re.split(r"[@.]", quantity.name)[0]]
        tabular = bool(declared.table or declared.grid or declared.levels)
        others = any(isinstance(node, e.Peers) for node in e.walk(quantity.of))
        column = f"{quantity.name}.before" if quantity.then else quantity.name
        assert (re.sub(r"\W", "_", column) in case.document.decisions) == (tabular and not others), column


# what may be written in a declaration


def test_names_and_texts_come_through_whatever_is_in_them() -> None:
    odd = {"da": "Æ \"ø\" & <å> 'x'\n]]>", "en": "A & B < C"}
    area, plan = plan_of(
        goals={"in": {"measure": "x", "title": odd}, "faglighed_ÆØÅ": {"measure": "y", "title": odd}},
        ladder={"rules": [{"step": "fri", "in": "bedst", "id": "T-1", "because": odd}, {"step": "tillid"}]},
    )
    ladder = ladder_of(rules=[{"step": "fri", "in": "bedst", "id": "T-1", "because": odd}, {"step": "tillid"}])
    document = Document(dmn_text(area, ladder, plan, area.from_, "en"))
    given = {**dict.fromkeys(document.inputs), "in_": 10.0, "faglighed_ÆØÅ": 5.0}
    assert document.answers(given)["placement"] == {"step": "fri", "rule": "T-1"}
    labels = [str(d.get("label")) for d in document.root.findall("dmn:decision", NS)]
    assert odd["en"] in labels
    descriptions = "".join(str(d.text) for d in document.root.iter(f"{{{NS['dmn']}}}description"))
    assert odd["da"] in descriptions
    assert odd["en"] in descriptions


def test_a_text_that_no_xml_may_hold_is_shown_as_a_sign() -> None:
    area, plan = plan_of(goals={"mål": {"measure": "x", "title": "a\x07b"}})
    document = Document(dmn_text(area, ladder_of(), plan, area.from_, "da"))
    assert "a\ufffdb" in [i.get("label") for i in document.root.findall("dmn:inputData", NS)]


def test_names_that_would_be_the_same_word_are_told_apart() -> None:
    case = hard(
        [{"step": "fri", "score": ">= 20", "mål_level": "true"}, {"step": "tillid"}],
        goals={"mål": {"measure": "x"}}, quantities={"mål_level": "x > 1"},
    )  # fmt: skip
    assert "mål_level" in case.document.inputs
    assert "mål_level_2" in case.document.decisions


def test_steps_are_read_by_name_and_the_references_stand_with_the_rules() -> None:
    area, plan = plan_of()
    law = {"law": "Loven", "section": "§ 9", "checked": "no"}
    document = Document(dmn_text(area, ladder_of(rules=[{"step": "fri", "reference": law}]), plan, area.from_, "da"))
    (rule,) = document.root.findall(".//dmn:decision[@name='placement']//dmn:rule", NS)
    assert "Loven, § 9 [henvisning ikke kontrolleret]" in rule.findtext("dmn:description", namespaces=NS)
    assert document.inputs == ["mål"]
    assert STEPS[0] in str(rule.findtext("dmn:outputEntry/dmn:text", namespaces=NS))
    assert REFERENCE["note"] in "".join(document.root.itertext())


def test_the_document_says_in_both_languages_what_is_left_out() -> None:
    area, plan = plan_of()
    said = Document(dmn_text(area, ladder_of(), plan, area.from_, "da")).root.findtext("dmn:description", namespaces=NS)
    assert "Uden for DMN er tvivlen om tallene" in said
    assert "Outside DMN are the doubt about the figures" in said
