"""The demonstration: invented institutions placed for some years, from nothing, in seconds.

It goes the way that a ministry would: files as delivered are put in the record, and periods are run in order, each from
the state that the one before left. It knows no area; what is drawn is declared beside the goals.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import fsum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from tilsyn.catalogue.catalogue import Catalogue
from tilsyn.catalogue.periods import Period
from tilsyn.files.declarations import policy_texts
from tilsyn.files.results import DEMO
from tilsyn.problems import Problem, UsageError, Where, not_written
from tilsyn.services.explaining import explain
from tilsyn.services.kept import kept_in_record
from tilsyn.services.recording import bring, open_runs, run_period
from tilsyn.services.rules import checked, first_period
from tilsyn.telling.blocks import Block, Heading, Paragraph, Points, Table
from tilsyn.telling.explanation import tell
from tilsyn.telling.reports import step_counts
from tilsyn.telling.subjects import Explained, Ran
from tilsyn.telling.words import command, number, quoted, say

if TYPE_CHECKING:
    import polars as pl

    from tilsyn.record.runs import Runs

YEARS = 6
"""Years that the demonstration lasts; an area with shorter periods is shown for its last `YEARS` of them."""


RECORD = "tilsyn.db"

WHO = "tilsyn demo"

Progress = Callable[[str, float], None]


class Shown(Struct, frozen=True):
    """What the demonstration came to. `examples` are keyed by what they are examples of."""

    folder: Path
    catalogue: Catalogue
    latest: dict[str, Ran]
    runs: dict[str, tuple[str, ...]]
    examples: dict[str, Explained]

    def as_data(self, lang: str) -> dict[str, Any]:
        return {
            "folder": str(self.folder),
            "fictitious": True,
            "areas": {
                area: {"periods": list(self.runs[area]), **step_counts(placed.frame),
                       "steps": {step: step_counts(placed.frame, step)["count"] for step in placed.plan.ladder.steps}}
                for area, placed in self.latest.items()
            },
            "examples": {
                what: {"institution": x.institution, "area": x.policy.area.area, "period": x.period.label}
                for what, x in self.examples.items()
            },
        }  # fmt: skip


def run_demo(folder: Path, out: Path, *, seed: int, lang: str, progress: Progress) -> Shown:
    """Draws, places and keeps every area that has a sample. Raises UsageError where `out` holds something else."""
    catalogue = checked(folder)
    areas = [area for area in catalogue.areas if catalogue.sample(area) is not None and _has_ladder(catalogue, area)]
    if not areas or not catalogue.places:
        raise UsageError(Problem(Where(str(folder)), "demo-no-sample"))
    if folder.resolve().is_relative_to(out.resolve()) and _replaceable(out):
        raise UsageError(Problem(Where(str(out)), "demo-holds-policy"))
    _begin(out, areas, seed)
    texts, runs = policy_texts(folder), open_runs(str(out / RECORD), create=True)
    latest: dict[str, Ran] = {}
    labels: dict[str, tuple[str, ...]] = {}
    for done, area in enumerate(areas):
        progress(say(lang, "demo.drawing", area=_title(catalogue, area, lang)), done / len(areas))
        ran: list[Ran] = []
        for one in _area(catalogue, texts, runs, area, out, seed, lang):
            ran.append(one)
            told = say(lang, "demo.placing", area=_title(catalogue, area, lang), period=one.period.label)
            progress(told, (done + len(ran) / YEARS) / len(areas))
        latest[area] = ran[-1]
        labels[area] = tuple(one.period.label for one in ran)
    return Shown(out, catalogue, latest, labels, _examples(catalogue, latest, runs))


def _has_ladder(catalogue: Catalogue, area: str) -> bool:
    return not catalogue.on(area, catalogue.change_days(area)[0]).is_regime


def _begin(out: Path, areas: Sequence[str], seed: int) -> None:
    """An empty folder that is marked as a demonstration. Only an earlier one is replaced, finished or not."""
    try:
        if out.exists() and not _replaceable(out):
            raise UsageError(Problem(Where(str(out)), "demo-not-empty"))
        out.mkdir(parents=True, exist_ok=True)
        mark = json.dumps({"fictitious": True, "seed": seed, "areas": areas}, ensure_ascii=False)
        (out / DEMO).write_text(mark, encoding="utf-8")
        for path in out.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != DEMO:
                path.unlink()
    except OSError as fault:
        raise not_written(out, fault) from None


def _replaceable(out: Path) -> bool:
    """Whether there is nothing in the folder but what a demonstration has made."""
    if not out.is_dir():
        return False
    names = {path.name for path in out.iterdir()}
    try:
        made = set(json.loads((out / DEMO).read_text(encoding="utf-8"))["areas"])
    except (OSError, ValueError, TypeError, KeyError):
        return not names
    return names <= {DEMO, "figures", "policy", *(f"{RECORD}{end}" for end in ("", "-wal", "-shm", "-journal")), *made}


def _title(catalogue: Catalogue, area: str, lang: str) -> str:
    return catalogue.on(area, catalogue.change_days(area)[-1]).area.title.get(lang)


def periods_of(catalogue: Catalogue, area: str) -> list[Period]:
    """The first `YEARS` periods that the area's rules judge."""
    policy = catalogue.on(area, catalogue.change_days(area)[0])
    first = first_period(policy)
    return [first.before(-later) for later in range(YEARS)]


def _area(
    catalogue: Catalogue, texts: Mapping[str, str], runs: Runs, area: str, out: Path, seed: int, lang: str
) -> Iterator[Ran]:
    """All periods of one area, in order: what is delivered, what is corrected, then the run."""
    import numpy as np

    from tilsyn.files.sample_files import CORRECTIONS, write_sample
    from tilsyn.studies.sample import draw

    periods = periods_of(catalogue, area)
    policy = catalogue.on(area, catalogue.change_days(area)[0])
    generator = np.random.default_rng([seed, *area.encode()])
    sample = catalogue.sample(area)
    assert sample is not None, "only areas with a sample are drawn"
    drawn = draw(policy.area, sample, catalogue.places[sample.where], periods[0], len(periods), generator)
    files = {path.name: path for path in write_sample(out / "figures", area, drawn)}
    for period in periods:
        stem = f"{area}-{period.label.replace('/', '-')}"
        for name in (f"{stem}.csv", f"{stem}{CORRECTIONS}.csv"):
            if name in files:
                bring(catalogue, runs, area, [files[name]], period, who=WHO, lang=lang)
        yield run_period(catalogue, texts, runs, area, period, who=WHO)


def _examples(catalogue: Catalogue, latest: dict[str, Ran], runs: Runs) -> dict[str, Explained]:
    """One institution that rose, one that fell, one that stayed because of doubt; from different areas where possible,
    those with most goals first, since they show most."""
    wanted = {"rose": "rises", "fell": "falls", "doubt": "in-doubt-stay"}
    unused = sorted(latest, key=lambda area: -len(latest[area].plan.goals))
    found: dict[str, Explained] = {}
    for what, reason in wanted.items():
        for area in list(unused):
            ids = _telling(latest[area].frame, reason)
            if ids:
                run = kept_in_record(runs, area)[-1]
                found[what] = explain(run, catalogue, ids[len(ids) // 2])
                unused = [*(other for other in unused if other != area), area]
                break
    return found


def _telling(frame: pl.DataFrame, reason: str) -> list[str]:
    """Institutions with this reason alone and a figure for every goal, by score."""
    import polars as pl

    missing = [column for column in frame.columns if column.endswith(".missing") and "@" not in column]
    whole = pl.all_horizontal(pl.col(column).is_null() | (pl.col(column) == "not-applicable") for column in missing)
    rows = frame.filter((pl.col("reasons") == reason) & whole & ~pl.col("newcomer")).sort("score")
    return rows["institution"].to_list()


def tell_demo(shown: Shown, lang: str, policy: Path | None = None) -> list[Block]:
    """A summary that a minister could read, three institutions, and where to look next; `policy` is the folder with
    the declarations, where it was named."""
    latest = shown.latest
    totals = {
        key: sum(step_counts(placed.frame)[key] for placed in latest.values())
        for key in ("count", "rose", "fell", "doubt")
    }
    freed = fsum(hours for placed in latest.values() for hours in placed.frame["hours_freed"].drop_nulls())
    rights = sum(int((placed.frame["rights"].fill_null("") != "").sum()) for placed in latest.values())
    blocks: list[Block] = [
        Heading(say(lang, "demo.title")),
        Paragraph(say(lang, "demo.fictitious"), "warning"),
        Paragraph(say(lang, "demo.summary", institutions=totals["count"], areas=len(latest), periods=YEARS), "strong"),
        Paragraph(
            say(
                lang,
                "demo.minister",
                freed=number(freed, 0, lang),
                rights=rights,
                **{k: totals[k] for k in ("rose", "fell", "doubt")},
            )
        ),
        _areas_table(latest, lang),
    ]
    for what, explained in shown.examples.items():
        blocks += _example(what, explained, lang)
    return [
        *blocks,
        Heading(say(lang, "demo.next")),
        _next(shown, lang, policy),
        Paragraph(say(lang, "demo.kept", folder=shown.folder), "faint"),
    ]


def _areas_table(latest: dict[str, Ran], lang: str) -> Table:
    ladder = next(iter(latest.values())).policy.ladder
    rows: list[tuple[str, ...]] = []
    for placed in latest.values():
        counts = step_counts(placed.frame)
        steps = [str(step_counts(placed.frame, step)["count"]) for step in placed.plan.ladder.steps]
        rows.append(
            (
                placed.policy.area.title.get(lang),
                placed.period.label,
                *steps,
                *(str(counts[k]) for k in ("rose", "fell", "doubt", "not_assessed")),
            )
        )
    names = [say(lang, f"column.{c}") for c in ("rose", "fell", "doubt", "not_assessed")]
    titles = [step.title.get(lang) for step in ladder.steps.values()]
    columns = (say(lang, "column.area"), say(lang, "column.period"), *titles, *names)
    return Table("", columns, tuple(rows), tuple(range(2, len(columns))))


def _example(what: str, x: Explained, lang: str) -> list[Block]:
    """The beginning of an explanation: the outcome and the goals."""
    blocks = tell(x, lang)
    ends = [place for place, block in enumerate(blocks) if isinstance(block, Heading)]
    name = f"{x.name} ({x.institution})" if x.name else x.institution
    title = f"{say(lang, f'demo.{what}')}: {name}, {x.policy.area.title.get(lang)}, {x.period.label}"
    body = [block for block in blocks[1 : ends[2]] if not isinstance(block, (Heading, Points))]
    return [Heading(title), *[b for b in body if not (isinstance(b, Paragraph) and b.tone == "faint")]]


def _next(shown: Shown, lang: str, policy: Path | None) -> Points:
    some = next(iter(shown.examples.values()), None)
    area = some.policy.area.area if some else next(iter(shown.latest))
    # what reads finds the demonstration by itself, where nothing else comes first
    found = shown.folder == Path("tilsyn-demo") and not Path(RECORD).exists() and not os.environ.get("TILSYN_DB")
    where = "" if found else f" --db {quoted(shown.folder / RECORD)}"
    commands: Sequence[tuple[str, str]] = (
        (command(f"show {area}{where}"), "show"),
        *(((command(f"explain {some.institution}{where}"), "explain"),) if some else ()),
        (command("init min-politik"), "init"),
        (command("check", policy), "check"),
        (command("test", policy), "test"),
        (command(f"data template {area}", policy), "template"),
    )
    return Points(tuple(f"{line}  – {say(lang, f'next.{key}')}" for line, key in commands))
