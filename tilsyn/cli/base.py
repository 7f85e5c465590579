"""Click in two languages: commands name their help texts by key; which language they are shown in is known when they
are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from tilsyn.cli.help_texts import help_text

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
