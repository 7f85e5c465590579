"""Mistakes as messages: where, what, what to do; as text on standard error, or as JSON.

Imported only when something went wrong.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

import click

from tilsyn.cli.base import NoChoice
from tilsyn.cli.render import visible
from tilsyn.problems import Exit, Problem, RecordError, TilsynError, Where
from tilsyn.telling.words import problem_line, problem_text

MOST = 100
"""Problems that are shown at once; the rest are counted."""


def tell_problems(fault: TilsynError, lang: str, as_json: bool) -> int:
    _tell(fault.problems, lang, as_json)
    return int(fault.exit)


def unverified(url: str | None) -> RecordError | None:
    """What is wrong with the record that was in use when the program failed; None where there was none, or its ledger
    vouches for every row, and the fault is our own."""
    from tilsyn.services.recording import open_runs
    from tilsyn.services.replaying import verify_ledger

    try:
        runs = open_runs(url) if url is not None else None
        faults = verify_ledger(runs).faults if runs is not None else ()
    except TilsynError:
        return None
    if runs is None or not faults:
        return None
    tables = tuple(sorted({str(fault.args["table"]) for fault in faults if "table" in fault.args}))
    return RecordError(Problem(Where(runs.database.where), "record-unverified", {"tables": tables or ("entry",)}))


def tell_usage(fault: click.ClickException | click.Abort | KeyboardInterrupt, lang: str, as_json: bool) -> int:
    """Click's own complaints, in our words."""
    if isinstance(fault, (click.Abort, KeyboardInterrupt)):
        _tell([Problem(Where(""), "interrupted")], lang, as_json)
        return 130
    _tell([_usage_problem(fault)], lang, as_json)
    return int(Exit.WRONG_USE)


def _usage_problem(fault: click.ClickException) -> Problem:
    command = "tilsyn"
    if isinstance(fault, click.UsageError) and fault.ctx is not None:
        command = fault.ctx.command_path
    where = Where("")
    match fault:
        case click.exceptions.NoSuchCommand():
            args: dict[str, object] = {"found": fault.command_name, "command": command}
            return Problem(where, "no-such-command", args | _nearest(fault.possibilities))
        case click.NoSuchOption():
            args = {"found": fault.option_name, "command": command}
            return Problem(where, "no-such-option", args | _nearest(fault.possibilities))
        case click.MissingParameter():
            return Problem(where, "missing-argument", {"name": _name(fault), "command": command})
        case NoChoice(param=click.Option(type=click.Choice() as choice)):
            known = tuple(map(str, choice.choices))  # pyright: ignore[reportUnknownArgumentType,reportUnknownMemberType]
            return Problem(where, "bad-argument-choice", {"name": _name(fault), "found": fault.found, "known": known})
        case click.BadParameter():
            return _bad_parameter(fault, command)
        case click.BadOptionUsage():
            return Problem(where, "missing-value", {"name": fault.option_name, "command": command})
        case _:
            return Problem(where, "wrong-use", {"why": fault.format_message(), "command": command})


def _name(fault: click.BadParameter) -> str:
    """A parameter as it is written: an option with its dashes, an argument with its word."""
    if isinstance(fault.param, click.Option):
        return fault.param.opts[0]
    return fault.param.make_metavar(fault.ctx) if fault.param and fault.ctx else str(fault.param_hint)


def _bad_parameter(fault: click.BadParameter, command: str) -> Problem:
    args: dict[str, object] = {"name": _name(fault), "command": command}
    match fault.param.type if fault.param is not None else None:
        case click.DateTime():
            return Problem(Where(""), "bad-argument-day", args)
        case click.IntRange(min=low, max=None):
            return Problem(Where(""), "bad-argument-whole", args | {"low": low or 0})
        case click.IntRange(min=low, max=high):
            return Problem(Where(""), "bad-argument-range", args | {"low": low or 0, "high": high})
        case click.Path():
            # nothing else is asked of a name here
            return Problem(Where(""), "missing-value", args)
        case _:
            return Problem(Where(""), "bad-argument", args | {"why": fault.message})


def _nearest(possibilities: Sequence[str] | None) -> dict[str, object]:
    return {"suggestion": possibilities[0]} if possibilities else {}


def tell_surroundings(fault: OSError, lang: str, as_json: bool) -> int:
    _tell(
        [Problem(Where(str(fault.filename or "")), "surroundings", {"why": fault.strerror or str(fault)})],
        lang,
        as_json,
    )
    return int(Exit.SURROUNDINGS)


def as_data(problems: Sequence[Problem], lang: str) -> list[dict[str, object]]:
    """Problems as JSON has them."""
    found: list[dict[str, object]] = []
    for problem in problems:
        what, do = problem_text(problem, lang)
        place = {"file": problem.where.file, "line": problem.where.line, "column": problem.where.column}
        found.append({"code": problem.code, "where": place, "path": list(problem.path), "what": what, "do": do})
    return found


def _tell(problems: Sequence[Problem], lang: str, as_json: bool) -> None:
    if as_json:
        json.dump({"problems": as_data(problems, lang)}, sys.stdout, ensure_ascii=False, indent=1)
        sys.stdout.write("\n")
        return
    for problem in problems[:MOST]:
        click.echo(visible(problem_line(problem, lang)), err=True)
    if len(problems) > MOST:
        click.echo(f"… {len(problems) - MOST}", err=True)
