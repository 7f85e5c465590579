"""Click in two languages, and the one place where mistakes become messages and exit codes.

Commands name their help texts by key; which language they are shown in is known when they are
shown. Options that hold for every command (`--policy`, `--lang`, `--db`) may stand anywhere.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import click

from tilsyn.cli.help_texts import help_text

ANYWHERE = ("--policy", "--lang", "--db")

LANGS = ("da", "en")


@dataclass  # not a Struct as elsewhere: `--help` would load msgspec for this one
class Settings:
    """What holds for the whole call; `policy` None means the folder one stands in, or the shipped declarations,
    and `db` None what `record_url` finds. `used` is the record that was read or written, where one was."""

    lang: str
    policy: str | None = None
    db: str | None = None
    used: str | None = None


def lang_of(ctx: click.Context) -> str:
    return ctx.obj.lang if isinstance(ctx.obj, Settings) else "da"


class NoChoice(click.BadParameter):
    """A value that is none of those there are, with what was written: Click keeps it in its own words alone."""

    def __init__(self, found: object, fault: click.BadParameter) -> None:
        super().__init__(fault.message, fault.ctx, fault.param)
        self.found = found


class Bilingual(click.Option):
    """An option whose help is a key."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter as fault:
            raise NoChoice(value, fault) if isinstance(self.type, click.Choice) else fault from None

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        record = super().get_help_record(ctx)
        if record is None or self.help is None:
            return record
        lang = lang_of(ctx)
        said = record[1].replace(self.help, help_text(self.help, lang))
        return record[0], said.replace("[required]", f"[{help_text('required', lang)}]")


class Command(click.Command):
    """A command whose help is a key; headings follow the language."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = help_text("pieces", lang_of(ctx)) if isinstance(self, click.Group) else self._pieces(ctx)
        formatter.write_usage(ctx.command_path, pieces, prefix=help_text("usage", lang_of(ctx)) + " ")

    def _pieces(self, ctx: click.Context) -> str:
        return " ".join([f"[{help_text('options', lang_of(ctx)).upper()}]", *self.collect_usage_pieces(ctx)[1:]])

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.help is not None:
            formatter.write_paragraph()
            with formatter.indentation():
                formatter.write_text(help_text(self.help, lang_of(ctx)))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        params = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for param in params if (record := param.get_help_record(ctx)) is not None]
        if records:
            with formatter.section(help_text("options", lang_of(ctx))):
                formatter.write_dl(records)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = help_text("help-option", lang_of(ctx))
        return option


class Group(Command, click.Group):
    """A group of commands."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Command.format_options(self, ctx, formatter)
        rows = [(name, self._short(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section(help_text("commands", lang_of(ctx))):
            formatter.write_dl(rows)

    def _short(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        assert command is not None
        assert command.help is not None
        return help_text(command.help, lang_of(ctx)).split("\n")[0]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)


Group.group_class = Group


def option(*names: str, help: str, **attrs: Any) -> Callable[[Any], Any]:
    """An option with its help by key."""
    return click.option(*names, help=help, cls=Bilingual, **attrs)


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
