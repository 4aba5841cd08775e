"""docs/cli.md names every verb and every option there is, and none that is not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from dashboard.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs" / "cli.md").read_text()
COMPLETION = {"--install-completion", "--show-completion", "--help", "-h"}


def verbs() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each verb with its options as they are spelt."""
    for name, command in sorted(get_command(app).commands.items()):  # type: ignore[attr-defined] - typer's group
        yield name, options_of(command)
        if name in {"env", "stack", "suite"}:  # the verbs of `matrix` stand in docs/matrix.md
            for below, verb in sorted(command.commands.items()):
                yield f"{name} {below}", options_of(verb)


def options_of(command: Any) -> tuple[str, ...]:
    options = [one for one in command.params if one.param_type_name == "option"]
    return tuple(spelt for one in options for spelt in one.opts)


@pytest.mark.parametrize(("verb", "options"), list(verbs()))
def test_every_verb_and_option_is_documented(verb: str, options: tuple[str, ...]) -> None:
    assert f"`coevo {verb}" in PAGE
    missing = [option for option in options if option not in COMPLETION and option not in PAGE]
    assert not missing


def test_no_option_is_documented_that_is_not_there() -> None:
    known = {option for _, options in verbs() for option in options} | COMPLETION

    assert not set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE)) - known


@pytest.mark.parametrize("code", ["0", "1", "2", "3", "4", "5", "130"])
def test_every_exit_code_is_documented(code: str) -> None:
    assert f"\n| {code} | " in PAGE


def test_every_setting_of_up_is_documented() -> None:
    (up,) = (command for name, command in get_command(app).commands.items() if name == "up")  # type: ignore[attr-defined] - typer's group
    settings = [parameter.envvar for parameter in up.params if parameter.envvar]

    assert len(settings) >= 6
    assert not [setting for setting in settings if f"`{setting}`" not in PAGE]
