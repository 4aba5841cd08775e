"""Terminal colours of a log line as safe markup: an allow-list of SGR, everything else inert.

SGR (ECMA-48, 8.3.117) sets classes; any other escape sequence, also OSC with its links and titles,
is dropped; control and bidirectional characters are made visible; all text is escaped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from markupsafe import Markup, escape

from dashboard.web.words import visible

_SEQUENCE = re.compile(
    r"""
      \x1b\[ (?P<sgr>[0-9;:]{0,64}) m                       # SGR
    | \x1b\[ [0-?]*[ -/]*[@-~]                              # any other CSI
    | \x1b[\]PX^_] [^\x07\x1b\x9c]* (?:\x07|\x1b\\|\x9c|$)  # OSC, DCS, SOS, PM, APC
    | \x1b[ -/]*[0-~]?                                      # two-character escapes
    | [\x80-\x9f]                                           # C1 controls
    """,
    re.VERBOSE,
)
_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
_FOREGROUND, _BACKGROUND = 38, 48
_PALETTE, _RGB = 5, 2
_CUBE_FIRST, _GREY_FIRST = 16, 232
_BRIGHT = 8


@dataclass(frozen=True, slots=True)
class Pen:
    """What SGR has switched on."""

    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    inverse: bool = False
    colour: str = ""
    ground: str = ""

    @property
    def classes(self) -> str:
        """The CSS classes of this pen; "" for the plain one."""
        flags = ("bold", "dim", "italic", "underline", "inverse")
        named = [f"sgr-{flag}" for flag in flags if getattr(self, flag)]
        named += [f"sgr-{self.colour}"] * bool(self.colour)
        named += [f"sgr-on-{self.ground}"] * bool(self.ground)
        return " ".join(named)


PLAIN = Pen()
_SETS: dict[int, dict[str, bool | str]] = {
    1: {"bold": True},
    2: {"dim": True},
    3: {"italic": True},
    4: {"underline": True},
    7: {"inverse": True},
    22: {"bold": False, "dim": False},
    23: {"italic": False},
    24: {"underline": False},
    27: {"inverse": False},
    39: {"colour": ""},
    49: {"ground": ""},
    **{30 + index: {"colour": name} for index, name in enumerate(_NAMES)},
    **{40 + index: {"ground": name} for index, name in enumerate(_NAMES)},
    **{90 + index: {"colour": f"bright-{name}"} for index, name in enumerate(_NAMES)},
    **{100 + index: {"ground": f"bright-{name}"} for index, name in enumerate(_NAMES)},
}


def rendered(line: str, pen: Pen = PLAIN) -> tuple[Markup, Pen]:
    """One line (without its line break) as markup, and the pen that the next line begins with.

    Of a line that was overwritten by carriage returns the last writing is shown, marked "␍".
    """
    pieces: list[Markup] = []
    at = 0
    text = _last_writing(line)
    for match in _SEQUENCE.finditer(text):
        pieces.append(_piece(text[at : match.start()], pen))
        pen = pen if match["sgr"] is None else after(pen, match["sgr"])
        at = match.end()
    pieces.append(_piece(text[at:], pen))
    return Markup("").join(pieces), pen


def after(pen: Pen, parameters: str) -> Pen:
    """The pen after one SGR sequence; unknown parameters change nothing."""
    numbers = [int(part[:4] or 0) for part in parameters.replace(":", ";").split(";")]
    while numbers:
        number = numbers.pop(0)
        if number == 0:
            pen = PLAIN
        elif number in (_FOREGROUND, _BACKGROUND):
            colour, numbers = _extended(numbers)
            front = number == _FOREGROUND
            pen = replace(pen, colour=colour) if front else replace(pen, ground=colour)
        elif number in _SETS:
            pen = replace(pen, **_SETS[number])  # type: ignore[arg-type] # fields by name
    return pen


def plain(line: str) -> str:
    """The text of a line without any sequence, for searching and for terminals."""
    return visible(_SEQUENCE.sub("", _last_writing(line)))


def _last_writing(line: str) -> str:
    _, overwritten, last = line.rstrip("\r").rpartition("\r")
    return f"\N{SYMBOL FOR CARRIAGE RETURN}{last}" if overwritten else last


def _piece(text: str, pen: Pen) -> Markup:
    if not text:
        return Markup("")
    shown = escape(visible(text))
    return Markup('<span class="{}">{}</span>').format(pen.classes, shown) if pen.classes else shown


def _extended(numbers: list[int]) -> tuple[str, list[int]]:
    """The nearest of our sixteen names for an indexed or RGB colour, and what follows it."""
    kind = numbers[0] if numbers else 0
    if kind == _PALETTE and len(numbers) > 1:
        return _indexed(numbers[1]), numbers[2:]
    if kind == _RGB and len(numbers) > 3:  # noqa: PLR2004 - the kind and three channels
        return _nearest(*numbers[1:4]), numbers[4:]
    return "", []


def _indexed(index: int) -> str:
    if index < _BRIGHT:
        return _NAMES[index]
    if index < _CUBE_FIRST:
        return f"bright-{_NAMES[index - _BRIGHT]}"
    if index < _GREY_FIRST:
        cube = index - _CUBE_FIRST
        return _nearest(cube // 36 * 51, cube // 6 % 6 * 51, cube % 6 * 51)
    return _nearest(*[min(255, (index - _GREY_FIRST) * 10 + 8)] * 3)


def _nearest(red: int, green: int, blue: int) -> str:
    top = max(red, green, blue)
    bits = sum(bit for bit, value in ((1, red), (2, green), (4, blue)) if value * 2 > top)
    name = _NAMES[bits if top > 63 else 0]  # noqa: PLR2004 - a quarter of full light is black
    return f"bright-{name}" if top > 191 else name  # noqa: PLR2004 - and three quarters bright
