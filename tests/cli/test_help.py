"""Help is there for every command in both languages."""

from __future__ import annotations

import click
import pytest

from tilsyn.cli.help_texts import HELP, help_text
from tilsyn.cli.main import main, tilsyn
from tilsyn.telling.reference import each_command

COMMANDS = dict(each_command(tilsyn, "tilsyn"))


@pytest.mark.parametrize("lang", ["da", "en"])
@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_help(path: str, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*path.split()[1:], "--help", "--lang", lang]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    command = COMMANDS[path]
    assert command.help in HELP
    assert " ".join(help_text(str(command.help), lang).split())[:40] in shown
    for param in command.params:
        if isinstance(param, click.Option):
            assert param.help in HELP
            assert param.opts[0] in shown
            assert help_text(str(param.help), lang)[:20] in shown
    assert help_text("usage", lang) in shown


def test_the_language_is_danish_unless_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "Kommandoer" in capsys.readouterr().out


def test_the_surroundings_may_ask_for_a_language(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TILSYN_LANG", "en")
    assert main(["--help"]) == 0
    assert "Commands" in capsys.readouterr().out


@pytest.mark.parametrize(("args", "words"), [(["chekc"], "`check`"), (["check", "--fromat", "json"], "`--format`")])
def test_a_slip_is_met_with_what_was_meant(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    assert words in capsys.readouterr().err
