"""The commands of `tilsyn`. Each parses, calls a service, and hands the answer to `render`."""

from __future__ import annotations

import datetime as dt
import gc
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import click

from tilsyn import __version__
from tilsyn.cli.base import LANGS, Group, Settings, option
from tilsyn.cli.common import (
    AS_OF,
    FILE,
    FROM,
    catalogue_for,
    format_option,
    kept_for,
    named_folder,
    own_record,
    policy_folder,
)
from tilsyn.cli.help_texts import help_text
from tilsyn.cli.record import compare, db, decide, import_, ledger, replay, run_
from tilsyn.cli.running import run


def _version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"tilsyn {__version__}")
        ctx.exit()


@click.group("tilsyn", cls=Group, help="tilsyn")
@option("--policy", help="policy", metavar="DIR")
@option("--db", help="db", metavar="URL")
@option("--lang", type=click.Choice(LANGS), help="lang")
@option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="version-option")
@click.pass_obj
def tilsyn(settings: Settings, policy: str | None, db: str | None, lang: str | None) -> None:
    settings.policy, settings.db = policy, db
    settings.lang = lang or settings.lang


@tilsyn.command("demo", help="demo")
@option("--out", type=FILE, default=Path("tilsyn-demo"), help="demo.out")
@option("--seed", type=click.IntRange(0), default=2026, help="demo.seed")
@format_option
@click.pass_obj
def demo(settings: Settings, out: Path, seed: int, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.demo import run_demo, tell_demo

    screen = Screen(settings.lang, form)
    folder = policy_folder(settings)
    with screen.progress() as progress:
        shown = run_demo(folder, out, seed=seed, lang=settings.lang, progress=progress)
    screen.show(tell_demo(shown, settings.lang, named_folder(settings)), shown.as_data(settings.lang))


@tilsyn.command("init", help="init")
@click.argument("folder", type=FILE, metavar="DIR")
@format_option
@click.pass_obj
def init(settings: Settings, folder: Path, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.files.shipped import write_start
    from tilsyn.telling.reports import init_report

    written = write_start(folder)
    Screen(settings.lang, form).show(
        init_report(folder, settings.lang), {"folder": str(folder), "files": [str(p) for p in written]}
    )


@tilsyn.command("check", help="check")
@click.argument("paths", type=FILE, nargs=-1, metavar="[PATH]...")
@format_option
@click.pass_obj
def check(settings: Settings, paths: Sequence[Path], form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.proving import proved
    from tilsyn.services.rules import checked_all
    from tilsyn.telling.proofs import check_lines, proof_data
    from tilsyn.telling.reports import check_data, check_report

    catalogues = checked_all(paths or [policy_folder(settings)])
    found = [proved(catalogue, catalogue.areas, quick=True) for catalogue in catalogues]
    data = check_data(catalogues, settings.lang) | {"proofs": proof_data([p for one in found for p in one])["areas"]}
    told = check_report(catalogues, settings.lang)
    for folder, one in zip(paths or [named_folder(settings)], found, strict=True):
        told += check_lines(one, settings.lang, folder)
    Screen(settings.lang, form).show(told, data)


@tilsyn.command("prove", help="prove")
@click.argument("area", required=False)
@option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="prove.on")
@option("--against", type=FILE, metavar="DIR", help="prove.against")
@option("--save", type=FILE, metavar="FILE", help="prove.save")
@format_option
@click.pass_obj
def prove(
    settings: Settings, area: str | None, day: dt.datetime | None, against: Path | None, save: Path | None, form: str
) -> int:
    from tilsyn.cli.render import Screen
    from tilsyn.problems import Exit
    from tilsyn.services.proving import compare_rules, prove_rules

    screen, on = Screen(settings.lang, form), day.date() if day else None
    if against is not None:
        from tilsyn.telling.versions import compare_data, compare_report

        compared = compare_rules(policy_folder(settings), against, area, on=on, save=save)
        screen.show(compare_report(compared, settings.lang), compare_data(compared))
        return int(Exit.FINE if all(one.versions is not None for one in compared) else Exit.PROPERTY_FAILS)
    from tilsyn.telling.proofs import proof_data, proof_report, saved_data, saved_report

    with screen.progress() as progress:
        proved, saved = prove_rules(policy_folder(settings), area, on=on, save=save, progress=progress)
    named = named_folder(settings)
    told = [*proof_report(proved, settings.lang, named), *(saved_report(saved, settings.lang, named) if saved else [])]
    screen.show(told, proof_data(proved) | (saved_data(saved, settings.lang) if saved else {}))
    sound = all(v.outcome in ("holds", "not-applicable") for one in proved for v in one.verdicts)
    return int(Exit.FINE if sound else Exit.PROPERTY_FAILS)


@tilsyn.command("test", help="test")
@click.argument("paths", type=FILE, nargs=-1, metavar="[PATH]...")
@option("--area", help="test.area")
@format_option
@click.pass_obj
def test(settings: Settings, paths: Sequence[Path], area: str | None, form: str) -> int:
    from tilsyn.cli.render import Screen
    from tilsyn.problems import Exit
    from tilsyn.services.cases import run_cases
    from tilsyn.services.rules import checked_all
    from tilsyn.telling.reports import cases_data, cases_report

    catalogues = checked_all(paths or [policy_folder(settings)])
    screen = Screen(settings.lang, form)
    results = [
        result for catalogue in catalogues for result in run_cases(catalogue, [area] if area else catalogue.areas)
    ]
    screen.show(cases_report(results, settings.lang), cases_data(results, settings.lang))
    return int(Exit.FINE if all(result.passed for result in results) else Exit.PROPERTY_FAILS)


@tilsyn.command("place", help="place")
@click.argument("area")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@option("--period", required=True, help="place.period")
@option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="place.on")
@option("--previous", type=FILE, metavar="FILE", help="place.previous")
@option("--columns", "column_map", type=FILE, metavar="MAP.yaml", help="place.columns")
@option("--engine", type=click.Choice(["polars", "exact", "duckdb", "spark"]), default="polars", help="place.engine")
@option("--parts", type=click.IntRange(1, 10_000), metavar="N", help="place.parts")
@option("--spark-master", "master", metavar="URL", help="place.master")
@option("--out", type=FILE, metavar="FILE|DIR", help="place.out")
@option("--quarantine", type=FILE, metavar="FILE", help="place.quarantine")
@format_option
@click.pass_obj
def place(
    settings: Settings, area: str, files: Sequence[Path], period: str, day: dt.datetime | None, previous: Path | None,
    column_map: Path | None, engine: str, parts: int | None, master: str | None, out: Path | None,
    quarantine: Path | None, form: str,
) -> None:  # fmt: skip
    from tilsyn.cli.render import Screen
    from tilsyn.services.placing import place_files
    from tilsyn.telling.reports import placed_data, placed_report, swept_data, swept_report

    screen = Screen(settings.lang, form)
    if engine in ("duckdb", "spark") or parts is not None or master is not None:
        from tilsyn.services.sweeping import folder_to_write, sweep

        checking = [name for name, given in (("--columns", column_map), ("--quarantine", quarantine)) if given]
        written = folder_to_write(
            files, engine=engine, parts=parts, master=master, out=out, previous=previous, checking=checking
        )
        with screen.progress() as progress:
            swept = sweep(
                policy_folder(settings), area, files, period=period, on=day.date() if day else None, previous=previous,
                engine=engine, parts=parts, master=master, out=written, progress=progress, lang=settings.lang,
            )  # fmt: skip
        screen.show(swept_report(swept, settings.lang), swept_data(swept))
        return
    done = place_files(
        policy_folder(settings), area, files, period=period, on=day.date() if day else None, previous=previous,
        column_map=column_map, engine=engine, out=out, quarantine=quarantine, lang=settings.lang,
    )  # fmt: skip
    screen.show(placed_report(done, settings.lang), placed_data(done, settings.lang))


@tilsyn.command("show", help="show")
@click.argument("area", required=False)
@FROM
@AS_OF
@option("--period", help="show.period")
@option("--all", "everything", is_flag=True, help="show.all")
@format_option
@click.pass_obj
def show(
    settings: Settings,
    area: str | None,
    folder: Path | None,
    as_of: dt.datetime | None,
    period: str | None,
    everything: bool,
    form: str,
) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.kept import chosen, judged_by
    from tilsyn.telling.reports import show_data, show_report

    runs = chosen(*kept_for(settings, folder, as_of), area, period)
    judged = judged_by(runs)
    report = show_report(runs, judged, area=area, everything=everything, lang=settings.lang)
    data = show_data(runs, judged, area=area, everything=everything, lang=settings.lang)
    Screen(settings.lang, form).show(report, data)


@tilsyn.command("explain", help="explain")
@click.argument("institution")
@option("--area", help="explain.area")
@option("--period", help="show.period")
@FROM
@AS_OF
@option("--to", metavar="STEP", help="explain.to")
@option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", help="format")
@option("--out", type=FILE, metavar="FILE", help="explain.out")
@click.pass_obj
def explain(
    settings: Settings,
    institution: str,
    area: str | None,
    period: str | None,
    folder: Path | None,
    as_of: dt.datetime | None,
    to: str | None,
    form: str,
    out: Path | None,
) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.explaining import explain_any
    from tilsyn.services.kept import find
    from tilsyn.telling.data import explanation_data
    from tilsyn.telling.explanation import tell

    found = find(*kept_for(settings, folder, as_of), institution, area, period)
    explained = explain_any(found, found.catalogue(), institution, to)
    Screen(settings.lang, form, out).show(tell(explained, settings.lang), explanation_data(explained, settings.lang))


@tilsyn.command("simulate", help="simulate")
@click.argument("area")
@option("--units", type=click.IntRange(100, 100_000), default=20_000, help="simulate.units")
@option("--years", type=click.IntRange(5, 40), default=12, help="simulate.years")
@option("--seed", type=click.IntRange(0), default=2026, help="simulate.seed")
@option("--confidence", "confidences", multiple=True, metavar="UP:DOWN", help="simulate.confidence")
@option("--pool", "pools", type=click.IntRange(1, 10), multiple=True, metavar="N", help="simulate.pool")
@option("--changes", is_flag=True, help="simulate.changes")
@option("--plot", type=FILE, metavar="FILE.svg", help="simulate.plot")
@format_option
@click.pass_obj
def simulate(
    settings: Settings,
    area: str,
    units: int,
    years: int,
    seed: int,
    confidences: Sequence[str],
    pools: Sequence[int],
    changes: bool,
    plot: Path | None,
    form: str,
) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.simulating import picture_to, simulate_area
    from tilsyn.telling.simulation import simulation_data, simulation_picture, simulation_report
    from tilsyn.telling.words import say

    screen, lang = Screen(settings.lang, form), settings.lang
    if plot is not None:
        picture_to(plot, policy_folder(settings))
    with screen.progress() as progress:
        progress(say(lang, "simulation.working"), 0)
        policy, found = simulate_area(
            catalogue_for(settings),
            area,
            units=units,
            years=years,
            seed=seed,
            confidences=[_confidences(pair) for pair in confidences or GRID],
            pools=pools or (1, 3, 5),
            story="changes" if changes else "constant",
            runs=own_record(settings),
            progress=lambda share: progress(say(lang, "simulation.working"), share),
        )
    if plot is not None:
        from tilsyn.files.export import put

        text = simulation_picture(found, policy, lang)
        put(plot, lambda target: target.write_text(text, encoding="utf-8"))
    screen.show(simulation_report(found, policy, seed, lang), simulation_data(found, policy, seed))


GRID = ("0.3:0.5", "0.5:0.65", "0.6:0.7", "0.8:0.9")
"""Confidence up and down, from bold to cautious, where nobody asks for others."""


def _confidences(pair: str) -> tuple[Fraction, Fraction]:
    """Confidence up and down, as `0.6:0.7`; one number is both."""
    from tilsyn.problems import Problem, UsageError, Where

    up, both, down = pair.partition(":")
    try:
        found = Fraction(up), Fraction(down if both else up)
    except (ValueError, ZeroDivisionError):
        found = Fraction(0), Fraction(0)
    if not all(0 < share < 1 for share in found):
        raise UsageError(Problem(Where(""), "simulate-confidence", {"found": pair}))
    return found


@tilsyn.command("sprawl", help="sprawl")
@click.argument("folders", type=FILE, nargs=-1, required=True, metavar="DIR...")
@format_option
@click.pass_obj
def sprawl(settings: Settings, folders: Sequence[Path], form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.rules import sprawl_in
    from tilsyn.telling.sprawl import sprawl_data, sprawl_report

    found, names = sprawl_in(folders), [str(folder) for folder in folders]
    Screen(settings.lang, form).show(
        sprawl_report(found, names, settings.lang), sprawl_data(found, names, settings.lang)
    )


@tilsyn.group("data", cls=Group, help="data")
def data() -> None:
    pass


@data.command("template", help="data.template")
@click.argument("area")
@option("--out", type=FILE, metavar="FILE", help="template.out")
@option("--all", "everything", is_flag=True, help="template.all")
@option("--period", default="", help="template.period")
@option("--previous", type=FILE, metavar="FILE", help="template.previous")
@format_option
@click.pass_obj
def template(
    settings: Settings, area: str, out: Path | None, everything: bool, period: str, previous: Path | None, form: str
) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.placing import make_template_file
    from tilsyn.telling.reports import template_report

    path = out or Path(f"{area}.xlsx")
    made = make_template_file(
        catalogue_for(settings), area, path, everything=everything, period=period, previous=previous, lang=settings.lang
    )
    Screen(settings.lang, form).show(template_report(path, made, settings.lang), {"file": str(path), **made})


data.add_command(import_)
for _command in (run_, decide, compare, replay, ledger, db):
    tilsyn.add_command(_command)


@tilsyn.group("export", cls=Group, help="export")
def export() -> None:
    pass


@export.command("schema", help="export.schema")
@click.argument("folder", type=FILE, metavar="DIR")
@format_option
@click.pass_obj
def schema(settings: Settings, folder: Path, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.files.schemas import write_schemas
    from tilsyn.telling.reports import schema_report

    written = write_schemas(folder)
    Screen(settings.lang, form).show(
        schema_report(folder, written, settings.lang), {"files": [str(p) for p in written]}
    )


@export.command("dmn", help="export.dmn")
@click.argument("area")
@option("--out", type=FILE, metavar="FILE", help="dmn.out")
@option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="dmn.on")
@click.pass_obj
def dmn(settings: Settings, area: str, out: Path | None, day: dt.datetime | None) -> None:
    from tilsyn.services.rules import dmn_of

    # the document says that it is UTF-8, whatever the terminal's encoding is
    made = dmn_of(catalogue_for(settings), area, on=day.date() if day else None, lang=settings.lang).encode()
    if out is None:
        click.echo(made, nl=False)
        return
    from tilsyn.files.export import put

    put(out, lambda target: target.write_bytes(made))
    from tilsyn.telling.words import say

    click.echo(say(settings.lang, "place.written", file=out), err=True)


def main(argv: Sequence[str] | None = None) -> int:
    """The entry point: returns the exit code."""
    return run(tilsyn, argv)


def entry() -> None:
    # most of what a command makes lives until it ends; to look for what does not takes a tenth of a short one's time
    gc.set_threshold(1_000_000, 50, 50)
    # Nobody's plugins are used. What pydantic looks for them with takes a tenth of a short command's time to load, even
    # where it is told not to look, so that nothing stands in its place; where pydantic has no such module, nobody asks
    sys.modules.setdefault("pydantic.plugin._loader", cast(ModuleType, SimpleNamespace(get_plugins=tuple)))
    code = main()
    # what is left goes with the process: to look once more for what could be thrown away takes as long again
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    entry()


__all__: list[Any] = ["entry", "help_text", "main", "tilsyn"]
