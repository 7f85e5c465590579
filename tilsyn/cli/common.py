"""What commands share: how files and folders are named, which rules and which record are meant, and who is asking."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tilsyn.cli.base import Settings, option
from tilsyn.cli.help_texts import help_text

if TYPE_CHECKING:
    from tilsyn.catalogue.catalogue import Catalogue
    from tilsyn.record.runs import Runs
    from tilsyn.services.kept import Kept

FORMATS = click.Choice(["text", "json"])


class Named(click.Path):
    """A file or folder by name. No name is none: it would mean the folder that one stands in."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("", param, ctx)
        return super().convert(value, param, ctx)


FILE = Named(path_type=Path)

format_option = option("--format", "form", type=FORMATS, default="text", help="format")


def named_folder(settings: Settings) -> Path | None:
    """The policy folder where one was named: what is to be copied from an answer names it too."""
    return None if settings.policy is None else Path(settings.policy)


def policy_folder(settings: Settings) -> Path:
    """The named policy folder, else the one stood in, else the shipped declarations."""
    if settings.policy is not None:
        return Path(settings.policy)
    here = Path.cwd()
    if (here / "goals").is_dir():
        return here
    from tilsyn.files.shipped import shipped_folder

    return shipped_folder()


RECORD = Path("tilsyn.db")
"""The record where one stands, when nobody names another."""

DEMO_RECORD = Path("tilsyn-demo") / RECORD
"""The demonstration's record, which is read where there is no other."""


def record_url(settings: Settings, *, read: bool) -> str:
    """The record that is named, by `--db` or in the surroundings, else the one where one stands; what only reads is
    content with the demonstration's."""
    demo = read and not RECORD.exists() and DEMO_RECORD.exists()
    settings.used = settings.db or os.environ.get("TILSYN_DB") or str(DEMO_RECORD if demo else RECORD)
    return settings.used


def catalogue_for(settings: Settings) -> Catalogue:
    from tilsyn.services.rules import checked

    return checked(policy_folder(settings))


def own_record(settings: Settings) -> Runs | None:
    """The record that is named, or lies where one stands; None where there is none."""
    from tilsyn.services.recording import open_runs

    url = record_url(settings, read=False)
    return open_runs(url) if url != str(RECORD) or RECORD.exists() else None


FROM = option("--from", "folder", type=FILE, metavar="DIR", help="show.from")
AS_OF = option("--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="as-of")


def kept_for(settings: Settings, folder: Path | None, as_of: dt.datetime | None) -> tuple[list[Kept], str]:
    """What was placed, in a results folder or in the record as of the end of a day, and where that is."""
    from tilsyn.services.kept import kept_in_folder, kept_in_record

    if folder is not None:
        if as_of is not None:
            raise click.UsageError(help_text("as-of-folder", settings.lang))
        return kept_in_folder(folder), str(folder)
    from tilsyn.services.recording import open_runs

    runs = open_runs(record_url(settings, read=True))
    until = None if as_of is None else as_of.replace(tzinfo=dt.UTC) + dt.timedelta(days=1, microseconds=-1)
    return list(kept_in_record(runs, as_of=until)), runs.database.where


def whoever() -> str:
    """Who is at the keyboard, where nobody says."""
    import getpass

    try:
        return os.environ.get("TILSYN_BY") or getpass.getuser()
    except (OSError, KeyError):
        return "?"
