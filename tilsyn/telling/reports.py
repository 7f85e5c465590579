"""What commands answer with, besides the explanation of one institution: short reports as blocks, and their data.

Counts are of what the services found; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.ladders import Ladder
from tilsyn.catalogue.periods import Period
from tilsyn.catalogue.policy import Policy
from tilsyn.engine.nodes import Plan
from tilsyn.engine.values import Missing, Reason
from tilsyn.engine.working import Placement
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.distribution import Spread, history, is_results, spread_data, spread_tables, spreads
from tilsyn.telling.origin import about, is_example, origin, origin_data, references
from tilsyn.telling.quantities import quantity_title, row_text, titled
from tilsyn.telling.subjects import CaseResult, Delivered, Swept
from tilsyn.telling.words import command, has, joined, number, say

if TYPE_CHECKING:
    import polars as pl

FEW = 10
"""Lines that a list shows before it only counts the rest."""


# check


def check_data(catalogues: Sequence[Catalogue], lang: str) -> dict[str, Any]:
    areas = [_area_data(catalogue, area, lang) for catalogue in catalogues for area in catalogue.areas]
    return {"areas": areas, "fingerprints": [c.fingerprint for c in catalogues], "problems": []}


def _area_data(catalogue: Catalogue, area: str, lang: str) -> dict[str, Any]:
    policy = catalogue.on(area, catalogue.change_days(area)[-1])
    parts = (policy.area, policy.own_ladder, policy.requirements)
    found = [reference for part in parts for reference in references(part)]
    return {
        "area": area,
        "title": policy.area.title.get(lang),
        "regime": policy.is_regime,
        "goals": len(policy.area.goals),
        "requirements": len(policy.requirements.requirements),
        "results": len(policy.area.result),
        "quantities": len(policy.area.quantities),
        "cases": len(policy.area.cases),
        "change_days": [day.isoformat() for day in catalogue.change_days(area)],
        "references": len(found),
        "unchecked": sum(1 for reference in found if reference.unchecked),
        "example": policy.area.example,
    }


AREA, REGIME = ("goals", "requirements", "cases"), ("results", "quantities", "cases")
"""What is counted of an area with a ladder, and of a rating regime."""


def check_report(catalogues: Sequence[Catalogue], lang: str) -> list[Block]:
    found = check_data(catalogues, lang)["areas"]
    areas, regimes = ([a for a in found if a["regime"] is wanted] for wanted in (False, True))
    unchecked = sum(area["unchecked"] for area in found)
    return [
        *(_checked(areas, "check.fine", "areas", AREA, lang) if areas or not regimes else []),
        *(_checked(regimes, "check.regimes", "regimes", REGIME, lang) if regimes else []),
        *([Paragraph(say(lang, "check.unchecked", count=unchecked), "warning")] if unchecked else []),
    ]


def _checked(areas: Sequence[Mapping[str, Any]], key: str, what: str, counts: Sequence[str], lang: str) -> list[Block]:
    """That they are sound, and what there is of each."""
    columns = tuple(say(lang, f"column.{c}") for c in ("area", *counts, "change_days", "unchecked"))
    rows = tuple(
        (a["title"], *(str(a[c]) for c in counts), ", ".join(a["change_days"]), f"{a['unchecked']}/{a['references']}")
        for a in areas
    )
    sums = {count: sum(area[count] for area in areas) for count in counts}
    return [Paragraph(say(lang, key, **{what: len(areas)}, **sums), "strong"), Table("", columns, rows, (1, 2, 3))]


# test


def cases_data(results: Sequence[CaseResult], lang: str) -> dict[str, Any]:
    return {
        "cases": [
            {
                "area": r.area, "name": r.case.name.get(lang), "where": str(r.where), "passed": r.passed,
                "differences": [{"what": w, "expected": e, "found": f} for w, e, f in r.differences],
            }
            for r in results
        ]
    }  # fmt: skip


def cases_report(results: Sequence[CaseResult], lang: str) -> list[Block]:
    failing = [result for result in results if not result.passed]
    if not results:
        return [Paragraph(say(lang, "test.none"), "warning")]
    if not failing:
        return [Paragraph(say(lang, "test.passed", passed=len(results)), "strong")]
    rows = tuple(
        (case_name(r, lang), what, *(told_as(what, found, lang) for found in (expected, found)))
        for r in failing
        for what, expected, found in r.differences
    )
    columns = tuple(say(lang, f"column.{c}") for c in ("case", "what", "expected", "found"))
    return [
        Table(say(lang, "test.failing"), columns, rows),
        *([Points(silent)] if (silent := tuple(_without_figure(failing, lang))) else []),
        Paragraph(say(lang, "test.failed", failed=len(failing), count=len(results)), "warning"),
    ]


def case_name(result: CaseResult, lang: str) -> str:
    return f"{result.area}: {result.case.name.get(lang)} ({result.where})"


def told_as(what: str, found: str, lang: str) -> str:
    """What was expected or found; reasons of the movement by their words too, since their codes say little."""
    if what != "because" or not found:
        return found
    return ", ".join(
        say(lang, "test.reason", code=code, words=say(lang, f"short.{code}")) if has(f"short.{code}") else code
        for code in found.split(", ")
    )


def _without_figure(failing: Sequence[CaseResult], lang: str) -> Iterator[str]:
    """Goals that a case gives no figure, and does not expect to lack one: often why it comes out otherwise."""
    for result in failing:
        if not isinstance(result.found, Placement):
            continue
        silent = [
            goal.name
            for goal in result.found.goals
            if isinstance(value := goal.reading.value, Missing)
            and value.reason is Reason.NOT_SUBMITTED
            and goal.name not in result.case.expect.missing
        ]
        if silent:
            case = case_name(result, lang)
            yield say(lang, "test.no-figure", case=case, goals=joined(silent, lang), count=len(silent))


# place


def steps_table(frame: pl.DataFrame, ladder: Ladder, lang: str, title: str) -> Table:
    """How many stand on each step, and how many came up to it, down to it, or stay in doubt."""
    return _steps_table(tallied(frame.lazy()), ladder, lang, title)


def _steps_table(ways: pl.DataFrame, ladder: Ladder, lang: str, title: str) -> Table:
    rows: list[tuple[str, ...]] = []
    total = int(ways["count"].sum()) or 1
    for name, step in ladder.steps.items():
        counts = way_counts(ways, name)
        share = number(Fraction(100 * counts["count"], total), 1, lang)
        rows.append(
            (
                step.title.get(lang),
                str(counts["count"]),
                f"{share} %",
                *(str(counts[k]) for k in ("rose", "fell", "doubt")),
            )
        )
    columns = tuple(say(lang, f"column.{c}") for c in ("step", "count", "share", "rose", "fell", "doubt"))
    return Table(title, columns, tuple(rows), (1, 2, 3, 4, 5))


def tallied(placements: pl.LazyFrame) -> pl.DataFrame:
    """How many went from the same step to the same step for the same reasons: few rows, however many placements."""
    # streaming: those of millions lie in a file, and are not to be in memory at once
    return placements.group_by("previous", "step", "reasons", "assessed").len("count").collect(engine="streaming")


def step_counts(frame: pl.DataFrame, step: str | None = None) -> dict[str, int]:
    """Counts of a placement frame, or of those on one step."""
    return way_counts(tallied(frame.lazy()), step)


def way_counts(ways: pl.DataFrame, step: str | None = None) -> dict[str, int]:
    """Counts of placements that are `tallied`, or of those on one step."""
    import polars as pl

    rows = ways if step is None else ways.filter(pl.col("step") == step)
    reasons = rows["reasons"].str.split("+")
    # what is grave may undo a rise, and then nobody has moved
    grave, moved = reasons.list.contains("grave"), rows["previous"].ne_missing(rows["step"])
    met = {
        "rose": reasons.list.contains("rises") & ~grave,
        "fell": (reasons.list.contains("falls") | grave | reasons.list.contains("lapse")) & moved,
        "doubt": reasons.list.contains("in-doubt-stay"),
        "not_assessed": ~rows["assessed"],
    }
    every = rows["count"]
    return {"count": int(every.sum()), **{name: int(every.filter(where).sum()) for name, where in met.items()}}


def placed_data(done: Delivered, lang: str) -> dict[str, Any]:
    placed = done.placed
    if placed.policy.is_regime:
        rows = "institutions"
        found: dict[str, Any] = {"count": placed.frame.height, "results": _results_data(placed.frame, placed.plan)}
    else:
        rows = "placements"
        found = _steps_data(tallied(placed.frame.lazy()), placed.plan)
    return {
        "area": placed.area,
        "period": placed.period.label,
        "day": placed.day.isoformat(),
        "rules": origin_data(placed.policy, lang),
        **found,
        "closed": placed.closed.to_dicts(),
        "refused": list(done.refused),
        "notes": list(done.notes),
        "out": str(done.out) if done.out else None,
        "quarantine": str(done.quarantine) if done.quarantine else None,
        **({} if done.out else {rows: placed.frame.to_dicts()}),
    }


def _steps_data(ways: pl.DataFrame, plan: Plan) -> dict[str, Any]:
    """Counts of each step, and of all."""
    steps = {step: way_counts(ways, step) for step in plan.ladder.steps}
    return {"steps": steps, **{f"all_{name}": count for name, count in way_counts(ways).items()}}


def _results_data(frame: pl.DataFrame, plan: Plan) -> dict[str, Any]:
    return {one.node.name: spread_data(one) for one in spreads(frame, plan)}


def placed_report(done: Delivered, lang: str) -> list[Block]:
    found = _results_report(done, lang) if done.placed.policy.is_regime else _steps_report(done, lang)
    return [*found, *_delivery(done, lang), *origin(done.placed.policy, lang, elsewhere=True)]


def swept_report(swept: Swept, lang: str) -> list[Block]:
    told = {"count": swept.institutions, "area": swept.policy.area.title.get(lang), "period": swept.period.label}
    if swept.ways is not None:
        blocks = _placed_blocks(
            swept.policy, swept.plan, swept.period, swept.ways, new=swept.new, periods=swept.periods,
            closed=swept.closed, lang=lang,
        )  # fmt: skip
    else:
        blocks = [Paragraph(say(lang, "place.results", **told), "strong"), *_results_closed(swept.closed, lang)]
    blocks += [Points(swept.notes)] if swept.notes else []
    written = Paragraph(say(lang, "place.written", file=swept.out))
    # nothing that is shown later reads what was written here, so that what the author says is told here
    return [*blocks, written, *origin(swept.policy, lang), *about(swept.policy.area, lang)]


def swept_data(swept: Swept) -> dict[str, Any]:
    return {
        "area": swept.policy.area.area, "period": swept.period.label, "engine": swept.engine, "out": str(swept.out),
        "institutions": swept.institutions, "closed": swept.closed, "notes": list(swept.notes),
        **(_steps_data(swept.ways, swept.plan) if swept.ways is not None else {}),
    }  # fmt: skip


def _results_report(done: Delivered, lang: str) -> list[Block]:
    placed = done.placed
    told = {"area": placed.policy.area.title.get(lang), "period": placed.period.label}
    found = spreads(placed.frame, placed.plan)
    return [
        Paragraph(say(lang, "place.results", count=placed.frame.height, **told), "strong"),
        *spread_tables(found, placed.policy, lang, say(lang, "place.results-title", **told)),
        *_results_closed(placed.closed.height, lang),
    ]


def _results_closed(count: int, lang: str) -> list[Block]:
    return [Paragraph(say(lang, "place.results-closed", count=count))] if count else []


def _steps_report(done: Delivered, lang: str) -> list[Block]:
    placed = done.placed
    return _placed_blocks(
        placed.policy, placed.plan, placed.period, tallied(placed.frame.lazy()),
        new=bool(placed.frame["newcomer"].all()), periods=done.periods, closed=placed.closed.height, lang=lang,
    )  # fmt: skip


def _placed_blocks(
    policy: Policy, plan: Plan, period: Period, ways: pl.DataFrame, *, new: bool, periods: int, closed: int, lang: str
) -> list[Block]:
    """What is said of placements that are `tallied`: how many, where, and what to know about them."""
    told = {"area": policy.area.title.get(lang), "period": period.label}
    counts = way_counts(ways)
    blocks: list[Block] = [
        Paragraph(say(lang, "place.done", count=counts["count"], **told), "strong"),
        _steps_table(ways, policy.ladder, lang, say(lang, "place.title", **told)),
    ]
    if counts["not_assessed"]:
        blocks.append(Paragraph(say(lang, "place.not-assessed", count=counts["not_assessed"])))
    if new:
        initial = policy.ladder.steps[plan.ladder.steps[plan.ladder.initial]].title.get(lang)
        blocks.append(Paragraph(say(lang, "place.newcomers", step=initial)))
    longest = max((goal.evidence.pool for goal in plan.goals if goal.evidence), default=1)
    if periods < longest:
        blocks.append(Paragraph(say(lang, "place.pool-short", pool=longest, found=periods)))
    if closed:
        blocks.append(Paragraph(say(lang, "place.closed", count=closed)))
    return blocks


def _delivery(done: Delivered, lang: str) -> list[Block]:
    """What was refused, what is worth noting, and where it was written."""
    blocks: list[Block] = []
    if done.columns:
        lost = {"columns": len(done.columns), "figures": sum(done.columns)}
        blocks.append(Paragraph(say(lang, "place.refused-columns", **lost), "warning"))
    others = len(done.refused) - len(done.columns)
    if others:
        blocks.append(Paragraph(say(lang, "place.refused", count=others), "warning"))
    if done.refused and done.quarantine:
        blocks.append(Paragraph(say(lang, "place.refused-in", file=done.quarantine), "warning"))
    elif done.refused:
        blocks.append(Paragraph(say(lang, "place.refused-here"), "warning"))
        blocks.append(Points(done.refused[:FEW]))
    if done.notes:
        blocks.append(Points(done.notes))
    written = say(lang, "place.written", file=done.out) if done.out else say(lang, "place.not-written")
    return [*blocks, Paragraph(written, "plain" if done.out else "faint")]


# init, template, schema


def init_report(folder: Path, lang: str) -> list[Block]:
    commands = [command(what, folder) for what in ("check", "test")]
    return [
        Paragraph(say(lang, "init.done", folder=folder), "strong"),
        Points(tuple(f"{line}  – {say(lang, 'next.' + line.split()[-1])}" for line in commands)),
    ]


def template_report(path: Path, made: Mapping[str, Any], lang: str) -> list[Block]:
    return [
        Paragraph(
            say(lang, "template.done", file=path, asked=len(made["asked"]), collected=len(made["collected"])), "strong"
        )
    ]


def schema_report(folder: Path, written: Sequence[Path], lang: str) -> list[Block]:
    return [Paragraph(say(lang, "schema.done", folder=folder, names=[path.name for path in written]), "strong")]


# show


Judged = Mapping[str, tuple[Policy, Plan]]
"""The policy and plan that a run was judged by, under its key: of results every run's, else the area's latest."""


def show_data(runs: Sequence[Any], judged: Judged, *, area: str | None, everything: bool, lang: str) -> dict[str, Any]:
    """Every run's counts; for one area also the rows of its latest run."""
    data: dict[str, Any] = {"runs": []}
    for run in runs:
        frame, about = run.table("placements"), {"area": run.area, "period": run.period}
        if is_results(frame):
            results = _results_data(frame, judged[run.key][1])
            data["runs"].append({**about, "count": frame.height, "results": results})
            continue
        data["runs"].append(
            {
                **about,
                **step_counts(frame),
                "steps": {r["step"]: r["len"] for r in frame.group_by("step").len().sort("step").to_dicts()},
            }
        )
    if area is not None:
        frame = runs[-1].table("placements")
        some = frame.head(FEW) if is_results(frame) else call_first(frame)
        data["institutions"] = (frame if everything else some).to_dicts()
        data["rules"] = origin_data(judged[runs[-1].key][0], lang)
    return data


def call_first(frame: pl.DataFrame) -> pl.DataFrame:
    """Whom a supervisor calls first: grave cases, then recommended falls, new or undecided, lowest score first; not
    those about whom a person has decided."""
    import polars as pl

    reasons = pl.col("reasons").str.split("+")
    concerned = reasons.list.contains("falls") | reasons.list.contains("grave") | reasons.list.contains("lapse")
    if "in_force" in frame.columns:
        concerned = concerned | (pl.col("in_force") != pl.col("step"))
    if "status" in frame.columns:
        concerned = concerned & (pl.col("status") != "decided")
    concerned = frame.filter(concerned)
    return (
        concerned.with_columns(
            reasons.list.contains("grave").alias("_grave"), reasons.list.contains("falls").alias("_new")
        )
        .sort(["_grave", "_new", "score"], descending=[True, True, False], nulls_last=True)
        .drop("_grave", "_new")
    )


def show_report(runs: Sequence[Any], judged: Judged, *, area: str | None, everything: bool, lang: str) -> list[Block]:
    """The latest period of every area, or one area's."""
    if area is None:
        return _overview(runs, judged, lang)
    policy, _ = judged[runs[-1].key]
    title = say(lang, "show.title", area=policy.area.title.get(lang), period=runs[-1].period)
    blocks: list[Block] = [Heading(title)]
    blocks += origin(policy, lang)
    told = (
        _results_of(runs, judged, everything, lang) if policy.is_regime else _standings(runs, policy, everything, lang)
    )
    return [*blocks, *told, *about(policy.area, lang)]


def _standings(runs: Sequence[Any], policy: Policy, everything: bool, lang: str) -> list[Block]:
    """Steps, steps over time, and whom to call first."""
    frame = runs[-1].table("placements")
    title = say(lang, "place.title", area=policy.area.title.get(lang), period=runs[-1].period)
    blocks: list[Block] = [steps_table(frame, policy.ladder, lang, title)]
    placed = [run for run in runs if not is_results(run.table("placements"))]
    if len(placed) > 1:
        blocks.append(_history(placed, policy.ladder, lang))
    first = frame if everything else call_first(frame)
    concerned = "show.call-first-example" if is_example(policy) else "show.call-first"
    blocks.append(Heading(say(lang, "show.everyone" if everything else concerned)))
    if not first.height:
        return [*blocks, Paragraph(say(lang, "show.call-first-none"))]
    shown = first if everything else first.head(FEW)
    columns = tuple(say(lang, f"column.{c}") for c in ("institution", "name", "before", "now", "in_force", "why"))
    rows = tuple(_standing_row(row, policy.ladder, lang) for row in shown.to_dicts())
    return [*blocks, Table("", columns, rows), *_more(first.height - shown.height, lang)]


def _more(count: int, lang: str) -> list[Block]:
    return [Paragraph(say(lang, "show.more", count=count), "faint")] if count else []


def _results_of(runs: Sequence[Any], judged: Judged, everything: bool, lang: str) -> list[Block]:
    """Results, the foremost over time, and institutions in the order of their ids: none is called before another."""
    frame, (policy, plan) = runs[-1].table("placements"), judged[runs[-1].key]
    title = say(lang, "place.results-title", area=policy.area.title.get(lang), period=runs[-1].period)
    found = spreads(frame, plan)
    blocks: list[Block] = list(spread_tables(found, policy, lang, title))
    over_time = [(run.period, _foremost(run, judged, found[0].node.name)) for run in runs] if found else []
    told = [(period, one) for period, one in over_time if one is not None]
    if len(told) > 1:
        blocks.append(history(told, policy, lang))
    shown = frame if everything else frame.head(FEW)
    blocks.append(Heading(say(lang, "show.everyone" if everything else "show.some")))
    names = tuple(say(lang, f"column.{c}") for c in ("institution", "name"))
    columns = (*names, *(titled(policy.area, one.node.name, lang) for one in found))
    rows = tuple(
        (row["institution"], row.get("name") or "–", *(row_text(policy, one.node, row, lang) for one in found))
        for row in shown.to_dicts()
    )
    return [*blocks, Table("", columns, rows), *_more(frame.height - shown.height, lang)]


OVERTAKEN = frozenset(
    ("stays", "in-doubt-stay", "rises", "awaits-confirmation", "awaits-dwell", "limited-up", "limited-down")
)
"""What the results alone would have led to; of no interest where a lapse or something grave decides."""


def _deciding(reasons: Sequence[str]) -> list[str]:
    decided = {"grave", "lapse"} & set(reasons)
    return [reason for reason in reasons if not (decided and reason in OVERTAKEN)]


def _standing_row(row: Mapping[str, Any], ladder: Ladder, lang: str) -> tuple[str, ...]:
    def title(step: str | None) -> str:
        return ladder.steps[step].title.get(lang) if step else "–"

    deciding = _deciding(row["reasons"].split("+"))
    if row.get("in_force") not in (None, row["step"]) and not {"falls", "grave", "lapse"} & set(deciding):
        deciding = ["pending"]
    why = ", ".join(say(lang, f"short.{reason}") for reason in deciding)
    return (
        row["institution"],
        row.get("name") or "–",
        title(row["previous"]),
        title(row["step"]),
        title(row.get("in_force")),
        why,
    )


def _history(runs: Sequence[Any], ladder: Ladder, lang: str) -> Table:
    """Institutions on each step, period by period."""
    counts = [dict(run.table("placements").group_by("step").len().iter_rows()) for run in runs]
    rows = tuple((step.title.get(lang), *(str(c.get(name, 0)) for c in counts)) for name, step in ladder.steps.items())
    return Table(
        say(lang, "show.history"),
        (say(lang, "column.step"), *(run.period for run in runs)),
        rows,
        tuple(range(1, len(runs) + 1)),
    )


def _foremost(run: Any, judged: Judged, name: str) -> Spread | None:
    """The spread of a result in an earlier run, where that had it."""
    found = spreads(run.table("placements"), judged[run.key][1]) if run.key in judged else []
    return next((one for one in found if one.node.name == name), None)


def _overview(runs: Sequence[Any], judged: Judged, lang: str) -> list[Block]:
    placed: list[tuple[str, ...]] = []
    rated: list[tuple[str, ...]] = []
    for run in {run.area: run for run in runs}.values():
        frame, (policy, plan) = run.table("placements"), judged[run.key]
        about = (policy.area.title.get(lang), run.period)
        if is_results(frame):
            results = [quantity_title(policy.area, one.node.name, lang) for one in spreads(frame, plan)]
            rated.append((*about, str(frame.height), ", ".join(results)))
            continue
        counts = step_counts(frame)
        placed.append((*about, *(str(counts[k]) for k in ("count", "rose", "fell", "doubt", "not_assessed"))))
    steps = ("area", "period", "institutions", "rose", "fell", "doubt", "not_assessed")
    kinds = (
        ("show.overview", steps, placed, tuple(range(2, len(steps)))),
        ("show.overview-results", (*steps[:3], "results"), rated, (2,)),
    )
    return [
        Table(say(lang, title), tuple(say(lang, f"column.{c}") for c in columns), tuple(rows), numbers)
        for title, columns, rows, numbers in kinds
        if rows
    ]
