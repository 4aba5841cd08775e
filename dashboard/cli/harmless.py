"""Text of strangers on somebody's terminal: their colours, and nothing that moves or hides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from matrix.names import printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, ConsoleRenderable
    from rich.segment import Segment

RESET = "\x1b[0m"
_COLOUR = re.compile(r"(\x1b\[[0-9;:]{0,64}m)")  # SGR (ECMA-48, 8.3.117)
_LINES = re.compile(r"([\n\t])")


def plain(text: str) -> str:
    """The text with a visible stand-in for every control and format character but line breaks."""
    if text.isprintable():
        return text
    return "".join(part if part in {"\n", "\t"} else printable(part) for part in _LINES.split(text))


def coloured(text: str) -> str:
    """The same, but colours stay."""
    parts = _COLOUR.split(text)
    parts[::2] = map(plain, parts[::2])
    return "".join(parts)


class Cleaned:
    """Something to be drawn, of which every piece of text is made plain."""

    def __init__(self, drawn: ConsoleRenderable) -> None:
        self._drawn = drawn

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for segment in console.render(self._drawn, options):
            yield segment if segment.control else segment._replace(text=plain(segment.text))


class Cleaning:
    """Has a console clean all that it draws (rich's RenderHook)."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """What is drawn instead of these."""
        return [Cleaned(one) for one in renderables]
