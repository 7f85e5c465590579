"""The command line, run: the one place where mistakes become messages and exit codes.

Options that hold for every command (`--policy`, `--lang`, `--db`) may stand anywhere. What tells of mistakes is
imported only when something went wrong.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from itertools import pairwise

import click

from tilsyn.cli.base import LANGS, Settings

ANYWHERE = ("--policy", "--lang", "--db")


def hoisted(args: Sequence[str]) -> list[str]:
    """The arguments with those of `ANYWHERE` moved to the front, so that they may stand anywhere."""
    front: list[str] = []
    rest: list[str] = []
    pending = list(args)
    while pending:
        arg = pending.pop(0)
        if arg == "--":
            return [*front, *rest, arg, *pending]
        if arg in ANYWHERE and pending:
            front += [arg, pending.pop(0)]
        elif arg.partition("=")[0] in ANYWHERE and "=" in arg:
            front.append(arg)
        else:
            rest.append(arg)
    return [*front, *rest]


def language(args: Sequence[str]) -> str:
    """The language that the arguments or the surroundings ask for; Danish where they don't."""
    for place, arg in enumerate(args):
        if arg.startswith("--lang="):
            return arg.partition("=")[2]
        if arg == "--lang" and place + 1 < len(args):
            return args[place + 1]
    return os.environ.get("TILSYN_LANG", "da")


def _can_say_everything() -> None:
    """Where the terminal's encoding lacks a sign, a question mark is better than none of the answer."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def run(group: click.Group, argv: Sequence[str] | None) -> int:
    """Runs the command line and returns its exit code. Users' mistakes get a message, our faults their traceback."""
    try:
        return _run(group, argv)
    except BrokenPipeError:
        # the reader of our output has left, as `| head` does; what is still to be flushed goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(group: click.Group, argv: Sequence[str] | None) -> int:
    args = hoisted(sys.argv[1:] if argv is None else argv)
    lang = language(args)
    shown = lang if lang in LANGS else "da"
    as_json = "--format=json" in args or ("--format", "json") in pairwise(args)
    settings = Settings(shown)
    try:
        if getattr(sys, "stdout", None) is None:  # so it is where the stream was closed before we began
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        _can_say_everything()
        with group.make_context("tilsyn", list(args), obj=settings) as ctx:
            code = group.invoke(ctx) or 0
        sys.stdout.flush()
        return code
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except BrokenPipeError:
        raise
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.format_message(), err=True)
        return 2
    except (click.ClickException, click.Abort, KeyboardInterrupt) as fault:
        from tilsyn.cli.faults import tell_usage

        return tell_usage(fault, shown, as_json)
    except OSError as fault:
        from tilsyn.cli.faults import tell_surroundings

        return tell_surroundings(fault, shown, as_json)
    except Exception as fault:
        from tilsyn.cli.faults import tell_problems, unverified
        from tilsyn.problems import TilsynError

        told = fault if isinstance(fault, TilsynError) else unverified(settings.used)
        if told is None:
            raise
        return tell_problems(told, shown, as_json)
