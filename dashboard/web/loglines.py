"""Pages of a long log: where each begins, found by counting lines only as far as was asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import NamedTuple

from orchestrator.views import LogPiece

LINES_A_PAGE = 2000
BYTES_A_PAGE = 2**20
_FOUND_AT_MOST = 200
_INDEXES_KEPT = 256
Read = Callable[[int, int], LogPiece | None]


class Start(NamedTuple):
    """Where a page begins: the number of its first line (from 1) and its offset in bytes."""

    line: int
    offset: int


class LogLine(NamedTuple):
    """A line and its number; `lost` bytes were dropped right before it."""

    number: int
    text: str
    lost: int = 0


@dataclass(frozen=True, slots=True)
class LogLines:
    """One page of a log. `end` is the offset behind it; `is_last` where nothing follows yet."""

    lines: tuple[LogLine, ...]
    page: int
    end: int
    next_line: int
    is_last: bool
    closed: bool


@dataclass(slots=True)
class LineIndex:
    """The page starts of one attempt's log, extended as far as somebody looks.

    A log is only ever appended to, so a start once found stays right.
    """

    starts: list[Start] = field(default_factory=lambda: [Start(1, 0)])
    lock: Lock = field(default_factory=Lock)

    def page(self, read: Read, wanted: int) -> LogLines:
        """The page with that number (from 1), or the last where there are fewer."""
        with self.lock:
            self._extend(read, wanted)
            number = min(max(wanted, 1), len(self.starts))
            start = self.starts[number - 1]
            return page_from(read, start, number)

    def page_of_line(self, read: Read, line: int) -> int:
        """The number of the page that holds a line."""
        with self.lock:
            while self.starts[-1].line <= line and self._grow(read):
                pass
            return max(1, sum(start.line <= line for start in self.starts))

    def last(self, read: Read) -> LogLines:
        """The newest page."""
        with self.lock:
            while self._grow(read):
                pass
            return page_from(read, self.starts[-1], len(self.starts))

    def _extend(self, read: Read, wanted: int) -> None:
        while len(self.starts) < wanted and self._grow(read):
            pass

    def _grow(self, read: Read) -> bool:
        """Find the next page's start; False where this page is the last."""
        page = page_from(read, self.starts[-1], len(self.starts))
        if page.is_last:
            return False
        self.starts.append(Start(page.next_line, page.end))
        return True


def page_from(read: Read, start: Start, number: int) -> LogLines:
    """One page: at most `LINES_A_PAGE` lines and `BYTES_A_PAGE` bytes from a start on."""
    piece = read(start.offset, BYTES_A_PAGE)
    if piece is None:
        return LogLines((), number, start.offset, start.line, is_last=True, closed=True)
    taken = _whole_lines(piece)
    texts = taken.split(b"\n")[:-1] if taken.endswith(b"\n") else taken.split(b"\n")
    lost = piece.offset - start.offset if taken else 0
    lines = tuple(
        LogLine(start.line + index, text.decode("utf-8", "replace"), 0 if index else lost)
        for index, text in enumerate(texts if taken else ())
    )
    end = piece.offset + len(taken)
    return LogLines(
        lines=lines,
        page=number,
        end=end,
        next_line=start.line + len(lines),
        is_last=end >= piece.end,
        closed=piece.closed,
    )


def found(read: Read, text: str) -> tuple[LogLine, ...]:
    """The first lines that contain a text (not a pattern; case does not matter)."""
    needle, hits = text.lower(), list[LogLine]()
    start, number, is_last = Start(1, 0), 1, not text
    while not is_last and len(hits) < _FOUND_AT_MOST:
        page = page_from(read, start, number)
        hits += [line for line in page.lines if needle in line.text.lower()]
        start, number, is_last = Start(page.next_line, page.end), number + 1, page.is_last
    return tuple(hits[:_FOUND_AT_MOST])


def _whole_lines(piece: LogPiece) -> bytes:
    """What a page takes of a piece: whole lines where it can, all of a line that is too long."""
    data = piece.data
    at = -1
    for _ in range(LINES_A_PAGE):
        following = data.find(b"\n", at + 1)
        if following < 0:
            return data if _is_rest(piece) or at < 0 else data[: at + 1]
        at = following
    return data[: at + 1]


def _is_rest(piece: LogPiece) -> bool:
    return piece.offset + len(piece.data) >= piece.end


@dataclass(slots=True)
class LineIndexes:
    """The indexes of the logs that were looked at last."""

    indexes: OrderedDict[int, LineIndex] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def of(self, attempt: int) -> LineIndex:
        """The index of an attempt's log."""
        with self.lock:
            index = self.indexes.setdefault(attempt, LineIndex())
            self.indexes.move_to_end(attempt)
            if len(self.indexes) > _INDEXES_KEPT:
                self.indexes.popitem(last=False)
            return index
