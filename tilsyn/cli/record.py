"""The commands on the record. Each parses, calls a service, and hands the answer to `render`; `main` names them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from tilsyn.cli.base import Command, Group, Settings, option
from tilsyn.cli.common import FILE, format_option, named_folder, policy_folder, record_url, whoever
from tilsyn.cli.help_texts import help_text


@click.command("import", cls=Command, help="data.import")
@click.argument("area")
@click.argument("files", type=FILE, nargs=-1, required=True, metavar="FILE...")
@option("--period", required=True, help="import.period")
@option("--columns", "column_map", type=FILE, metavar="MAP.yaml", help="place.columns")
@option("--quarantine", type=FILE, metavar="FILE", help="place.quarantine")
@option("--by", "who", metavar="WHO", help="by")
@format_option
@click.pass_obj
def import_(
    settings: Settings, area: str, files: Sequence[Path], period: str, column_map: Path | None,
    quarantine: Path | None, who: str | None, form: str,
) -> None:  # fmt: skip
    from tilsyn.cli.render import Screen
    from tilsyn.services.recording import import_files, open_runs
    from tilsyn.telling.record import import_data, import_report

    runs = open_runs(record_url(settings, read=False), create=True)
    done = import_files(
        policy_folder(settings), runs, area, files, period=period, who=who or whoever(), column_map=column_map,
        quarantine=quarantine, lang=settings.lang,
    )  # fmt: skip
    Screen(settings.lang, form).show(import_report(done, settings.lang), import_data(done))


@click.command("run", cls=Command, help="run")
@click.argument("area")
@option("--period", required=True, help="run.period")
@option("--through", metavar="PERIOD", help="run.through")
@option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="place.on")
@option("--by", "who", metavar="WHO", help="by")
@format_option
@click.pass_obj
def run_(
    settings: Settings, area: str, period: str, through: str | None, day: dt.datetime | None, who: str | None, form: str
) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.recording import open_runs, run_periods
    from tilsyn.telling.record import run_data, run_report

    screen, runs = Screen(settings.lang, form), open_runs(record_url(settings, read=False))
    with screen.progress() as progress:
        done = run_periods(
            policy_folder(settings), runs, area, period=period, through=through, on=day.date() if day else None,
            who=who or whoever(), progress=progress,
        )  # fmt: skip
    screen.show(run_report(done, settings.lang), run_data(done))


@click.command("compare", cls=Command, help="compare")
@click.argument("area")
@option("--with", "other", type=FILE, required=True, metavar="DIR", help="compare.with")
@option("--period", "periods", required=True, multiple=True, metavar="PERIOD", help="compare.period")
@option("--through", metavar="PERIOD", help="run.through")
@option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="compare.on")
@option("--by", metavar="ATTRIBUTE", help="compare.by")
@option("--size", metavar="ATTRIBUTE", help="compare.size")
@option("--plot", type=FILE, metavar="FILE.svg", help="simulate.plot")
@format_option
@click.pass_obj
def compare(
    settings: Settings, area: str, other: Path, periods: Sequence[str], through: str | None, day: dt.datetime | None,
    by: str | None, size: str | None, plot: Path | None, form: str,
) -> None:  # fmt: skip
    from tilsyn.cli.render import Screen
    from tilsyn.services.comparing import compare_reform
    from tilsyn.services.recording import open_runs
    from tilsyn.services.simulating import picture_to
    from tilsyn.telling.reform import reform_data, reform_picture, reform_report

    screen, folder = Screen(settings.lang, form), policy_folder(settings)
    if plot is not None:
        for rules in (folder, other):
            picture_to(plot, rules)
    runs = open_runs(record_url(settings, read=True))
    with screen.progress() as progress:
        found = compare_reform(
            runs, area, other, periods=periods, through=through, on=day.date() if day else None,
            rules=named_folder(settings), otherwise=folder, by=by, size=size, progress=progress,
        )  # fmt: skip
    if plot is not None:
        from tilsyn.files.export import put

        text = reform_picture(found, settings.lang)
        put(plot, lambda target: target.write_text(text, encoding="utf-8"))
    screen.show(reform_report(found, settings.lang), reform_data(found))


@click.command("decide", cls=Command, help="decide")
@click.argument("institution")
@option("--step", required=True, metavar="STEP", help="decide.step")
@option("--because", required=True, metavar="TEXT", help="decide.because")
@option("--by", "who", required=True, metavar="WHO", help="decide.by")
@option("--area", help="explain.area")
@option("--period", help="show.period")
@format_option
@click.pass_obj
def decide(
    settings: Settings, institution: str, step: str, because: str, who: str, area: str | None, period: str | None,
    form: str,
) -> None:  # fmt: skip
    from tilsyn.cli.render import Screen
    from tilsyn.services.recording import decide as decide_
    from tilsyn.services.recording import open_runs
    from tilsyn.telling.record import decision_data, decision_report

    runs = open_runs(record_url(settings, read=True))
    done = decide_(runs, institution, step=step, because=because, who=who, area=area, period=period)
    Screen(settings.lang, form).show(decision_report(done, settings.lang), decision_data(done))


@click.command("replay", cls=Command, help="replay")
@click.argument("ids", type=click.IntRange(1), nargs=-1, metavar="[RUN]...")
@option("--all", "everything", is_flag=True, help="replay.all")
@format_option
@click.pass_obj
def replay(settings: Settings, ids: Sequence[int], everything: bool, form: str) -> int:
    from tilsyn.cli.render import Screen
    from tilsyn.problems import Exit
    from tilsyn.services.recording import open_runs
    from tilsyn.services.replaying import replay as replay_
    from tilsyn.telling.audit import replay_data, replay_report

    if bool(ids) == everything:
        raise click.UsageError(help_text("replay.which", settings.lang))
    screen = Screen(settings.lang, form)
    with screen.progress() as progress:
        found = replay_(open_runs(record_url(settings, read=True)), None if everything else ids, progress)
    screen.show(replay_report(found, settings.lang), replay_data(found))
    return int(Exit.RECORD_UNVERIFIED if any(one.differences for one in found) else Exit.FINE)


@click.group("ledger", cls=Group, help="ledger")
def ledger() -> None:
    pass


@ledger.command("verify", help="ledger.verify")
@option("--against", metavar="FILE|NO:HASH", help="ledger.against")
@format_option
@click.pass_obj
def verify(settings: Settings, against: str | None, form: str) -> int:
    from tilsyn.cli.render import Screen
    from tilsyn.problems import Exit
    from tilsyn.services.recording import open_runs
    from tilsyn.services.replaying import verify_ledger
    from tilsyn.telling.audit import ledger_data, ledger_report

    found = verify_ledger(open_runs(record_url(settings, read=True)), against)
    Screen(settings.lang, form).show(ledger_report(found, settings.lang), ledger_data(found))
    return int(Exit.RECORD_UNVERIFIED if found.faults else Exit.FINE)


@ledger.command("head", help="ledger.head")
@option("--out", type=FILE, metavar="FILE", help="ledger.out")
@format_option
@click.pass_obj
def head(settings: Settings, out: Path | None, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.recording import open_runs
    from tilsyn.services.replaying import last_entry
    from tilsyn.telling.audit import head_data, head_report

    found = last_entry(open_runs(record_url(settings, read=True)))
    if out is not None:
        Screen(settings.lang, "json", out).show([], head_data(found))
    Screen(settings.lang, form).show(head_report(found, out, settings.lang), head_data(found))


@click.group("db", cls=Group, help="db-group")
def db() -> None:
    pass


@db.command("upgrade", help="db.upgrade")
@format_option
@click.pass_obj
def upgrade(settings: Settings, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.keeping import upgrade_record
    from tilsyn.telling.audit import upgrade_data, upgrade_report

    found = upgrade_record(record_url(settings, read=False))
    Screen(settings.lang, form).show(upgrade_report(found, settings.lang), upgrade_data(found))


@db.command("export", help="db.export")
@click.argument("folder", type=FILE, metavar="DIR")
@format_option
@click.pass_obj
def export_db(settings: Settings, folder: Path, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.keeping import export_record
    from tilsyn.telling.audit import archived_report, head_data

    screen = Screen(settings.lang, form)
    with screen.progress() as progress:
        found = export_record(record_url(settings, read=True), folder, progress)
    screen.show(archived_report("exported", found, folder, settings.lang), head_data(found))


@db.command("import", help="db.import")
@click.argument("folder", type=FILE, metavar="DIR")
@format_option
@click.pass_obj
def import_db(settings: Settings, folder: Path, form: str) -> None:
    from tilsyn.cli.render import Screen
    from tilsyn.services.keeping import import_record
    from tilsyn.telling.audit import archived_report, head_data

    screen = Screen(settings.lang, form)
    with screen.progress() as progress:
        found = import_record(record_url(settings, read=False), folder, progress)
    screen.show(archived_report("imported", found, folder, settings.lang), head_data(found))
