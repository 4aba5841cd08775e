"""What strangers may do to the terminal of whoever looks at their results: colour their text."""

from __future__ import annotations

import io
from typing import cast

import pytest
from rich.console import Console, RenderHook

from dashboard.cli import harmless, printing

SPITEFUL = "\x1b[2J\x1b]0;title\x07a\u202eb\rc"


def test_nothing_that_moves_or_hides_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    screen = printing.console()
    screen.print(SPITEFUL, printing.painted_status("FAIL"))
    printing.table(("what",), [(SPITEFUL,)])
    said = capsys.readouterr().out
    assert "FAIL" in said
    assert not {"\x1b", "\x07", "\r", "\u202e"} & set(said)
    assert said.count("[2J") == 2


def test_our_own_colours_stay() -> None:
    paper = io.StringIO()
    screen = Console(file=paper, force_terminal=True, color_system="standard")
    screen.push_render_hook(cast("RenderHook", harmless.Cleaning()))
    screen.print(printing.painted_status("PASS"), "\x1b[31mred")
    said = paper.getvalue()
    assert said.startswith("\x1b[32m✓ PASS\x1b[0m")
    assert "\x1b[31m" not in said


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("\x1b[2Jgone", "␛[2Jgone"),
        ("over\rwritten", "over␍written"),
    ],
)
def test_of_a_log_colours_are_left(text: str, left: str) -> None:
    assert harmless.coloured(text) == left
