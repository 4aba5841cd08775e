"""A file of a stranger as text: decoded, bounded, and quoted safely in mistakes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from matrix.errors import CoevoError, Mistake, Place
from matrix.names import printable

MAX_BYTES = 256 * 1024
MAX_MISTAKES = 50
_WIDTH = 100  # characters of a long line that an excerpt shows
_LEAD = 60  # of them left of the caret
# Controls, surrogates, and what some readers take for an end of line or do not show at all.
FORBIDDEN = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one file; its lines end with a line feed."""

    file: str
    text: str
    lines: list[str] = field(repr=False)

    def mistake(self, line: int, column: int, problem: str, hint: str = "") -> Mistake:
        """A mistake at a place (from 1) with its line quoted around it."""
        full = self.lines[line - 1] if line <= len(self.lines) else ""
        start = max(0, column - 1 - _LEAD)
        shown = printable(full[start : start + _WIDTH].replace("\t", " "))
        place = Place(self.file, line, column)
        return Mistake(place, problem, hint, shown, _cells(shown[: column - 1 - start]))


def decoded(raw: str | bytes, file: str) -> Source:
    """The source of a file; `CoevoError` where it is too large, not UTF-8 or holds controls."""
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    if len(data) > MAX_BYTES:
        raise _whole(file, f"the file has {len(data):,} bytes; the limit is {MAX_BYTES:,}")
    text = _text(data, file).removeprefix("\ufeff").replace("\r\n", "\n")
    source = Source(file, text, text.split("\n"))
    if wrong := _forbidden(source):
        raise CoevoError(*wrong)
    return source


def limited(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Mistakes by place, each once; past a limit, that there are more."""
    ordered = sorted(dict.fromkeys(mistakes), key=_order)
    if len(ordered) <= MAX_MISTAKES:
        return ordered
    rest = Mistake(None, f"and more; these are the first {MAX_MISTAKES}")
    return [*ordered[:MAX_MISTAKES], rest]


def _order(mistake: Mistake) -> tuple[Place, str]:
    assert mistake.place is not None
    return mistake.place, mistake.problem


def _text(data: bytes, file: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8").removeprefix("\ufeff")
        readable = before + data[error.start :].decode("utf-8", "replace")
        source = Source(file, readable, readable.split("\n"))
        line, column = _place(before, len(before))
        problem = f"byte 0x{data[error.start]:02x} is not UTF-8"
        raise CoevoError(source.mistake(line, column, problem, "save the file as UTF-8")) from error


def _forbidden(source: Source) -> list[Mistake]:
    """A mistake for every forbidden character, up to the limit."""
    found: list[Mistake] = []
    for number, line in enumerate(source.lines, 1):
        for match in FORBIDDEN.finditer(line):
            what = f"control character U+{ord(match[0]):04X}"
            found.append(source.mistake(number, match.start() + 1, what, "take it out"))
            if len(found) == MAX_MISTAKES:
                return found
    return found


def _place(text: str, offset: int) -> tuple[int, int]:
    line = text.count("\n", 0, offset)
    return line + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _whole(file: str, problem: str) -> CoevoError:
    hint = "split the matrix in two, or let its axes say in a line what it lists"
    return CoevoError(Mistake(Place(file, 1, 1), problem, hint))


def _cells(text: str) -> int:
    """How many cells of a terminal the text takes: wide characters two, combining ones none."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
