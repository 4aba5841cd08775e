"""What verbs print: JSON documents, tables, and states with their glyph and colour."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, cast

from dashboard.cli.harmless import Cleaning
from matrix.status import Status
from matrix.verdict import MARKS, Colour, State

if TYPE_CHECKING:
    from rich.console import Console, RenderHook
    from rich.text import Text

# The nearest that every terminal has to the pages' palette.
STYLES = {
    Colour.GREEN: "green",
    Colour.BLUE: "blue",
    Colour.ORANGE: "dark_orange",
    Colour.NONE: "bright_black",
}
STATUS_STATES = {
    Status.FAIL: State.FAILING,
    Status.ERROR: State.BROKEN,
    Status.MISS: State.INFRA,
    Status.PASS: State.PASSING,
    Status.DONE: State.PASSING,
    Status.SKIP: State.SKIPPED,
}
WIDEST = 100_000  # columns where no terminal bounds them
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def as_json(document: Mapping[str, object] | Sequence[object]) -> None:
    """Print one JSON document and nothing else."""
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")


def console(*, errors: bool = False) -> Console:
    """The terminal; colours only where it is one, and never with NO_COLOR.

    Text is printed as it is, for a case called `add[cpu]` is no markup, but for what would move
    the cursor, name the window or turn the writing round.
    """
    from rich.console import Console

    made = Console(
        stderr=errors,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not sys.stdout.isatty(),
    )
    made.push_render_hook(cast("RenderHook", Cleaning()))
    return made


def painted(state: State, word: str | None = None) -> Text:
    """A state as glyph and word, in its colour."""
    from rich.text import Text

    mark = MARKS[state]
    return Text(f"{mark.glyph} {word or state.value}", style=STYLES[mark.colour])


def painted_status(status: str) -> Text:
    """A status as glyph and word, in the colour of the state it leads to."""
    return painted(STATUS_STATES[Status(status)], status)


def table(headings: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Print a plain table; what is too long goes on in the next line, nothing is left out.

    Into a pipe or a file, each row is one line, so that names can be found and cut out.
    """
    from rich.table import Column, Table

    columns = [Column(heading, overflow="fold") for heading in headings]
    drawn = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        drawn.add_row(*row)
    screen = console()
    if not (sys.stdout.isatty() or "COLUMNS" in os.environ):
        screen.width = WIDEST
    screen.print(drawn)


def age(at: str | None, now: datetime) -> str:
    """How long ago an ISO time was, in the largest unit that fits; "" where there is none."""
    if at is None:
        return ""
    return lasted((now - datetime.fromisoformat(at)).total_seconds())


def lasted(seconds: float) -> str:
    """A span as "42 s", "7 min", "3 h" or "5 d"."""
    for unit, size in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


def sized(count: float) -> str:
    """Bytes as "512 B", "3.4 MB", in steps of 1,000."""
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1000:  # noqa: PLR2004 - the step itself
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
