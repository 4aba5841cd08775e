"""An attempt's log under its limit: streamed while it is short, its end kept where it is not.

Up to the limit every byte is handed on as it comes. What a flood writes beyond goes round in a
file as large as the kept end, so it costs neither memory nor the suite's time; the end is handed
on when the attempt ends. What lies between counts as lost, and with it what was streamed behind
the kept beginning: the readers drop `[head, head + lost)`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

PIECE_BYTES = 1 << 16
LAST_LINES = 20
LINE_CHARACTERS = 400
_LINE_BYTES = 4 * LINE_CHARACTERS
HEAD_SHARE = 8  # the first eighth is kept, the rest is the end: 8 of 64 MiB

Emit = Callable[[int, bytes], None]


def head_bytes(limit: int) -> int:
    """How much of a log's beginning is kept under a limit."""
    return limit // HEAD_SHARE


class Log:
    """What a suite wrote: `emit(offset, data)` gets it in pieces of at most 64 KiB."""

    def __init__(self, limit: int, spool: Path, emit: Emit) -> None:
        self.bytes = 0
        self._limit, self._emit = max(limit, HEAD_SHARE), emit
        self._tail = self._limit - head_bytes(self._limit)
        self._spool_path = spool
        self._spool: BinaryIO | None = None
        self._waiting = bytearray()
        self._recent: deque[bytes] = deque(maxlen=LAST_LINES)
        self._line = b""

    @property
    def lost_bytes(self) -> int:
        """How much of the middle is not kept."""
        return max(0, self.bytes - self._limit)

    @property
    def is_waiting(self) -> bool:
        """Whether bytes wait to be handed on."""
        return bool(self._waiting)

    def write(self, data: bytes) -> None:
        """Add to the log."""
        live = data[: max(0, self._limit - self.bytes)]
        self._waiting += live
        if len(live) < len(data):
            self._keep(self.bytes + len(live), data[len(live) :])
        self.bytes += len(data)
        self._remember(data)
        if len(self._waiting) >= PIECE_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hand on what waits."""
        start = min(self.bytes, self._limit) - len(self._waiting)
        for at in range(0, len(self._waiting), PIECE_BYTES):
            self._emit(start + at, bytes(self._waiting[at : at + PIECE_BYTES]))
        self._waiting.clear()

    def close(self) -> None:
        """Hand on all that is kept, and remove the file."""
        self.flush()
        if self._spool is not None:
            with self._spool:
                self._hand_on_the_end(self._spool)
            self._spool_path.unlink(missing_ok=True)
            self._spool = None

    def last_lines(self) -> tuple[str, ...]:
        """The last lines as text, each cut to what a page can show."""
        lines = [*self._recent, self._line] if self._line.strip() else list(self._recent)
        return tuple(_shown(line) for line in lines[-LAST_LINES:])

    def _keep(self, offset: int, data: bytes) -> None:
        """Write to the file that goes round; a full disk loses the end, not the attempt."""
        data, offset = data[-self._tail :], offset + max(0, len(data) - self._tail)
        with suppress(OSError):
            self._spool = self._spool or self._spool_path.open("w+b")
            at = (offset - self._limit) % self._tail
            self._spool.seek(at)
            self._spool.write(data[: self._tail - at])
            self._spool.seek(0)
            self._spool.write(data[self._tail - at :])

    def _hand_on_the_end(self, spool: BinaryIO) -> None:
        offset = max(self._limit, self.bytes - self._tail)
        while offset < self.bytes:
            at = (offset - self._limit) % self._tail
            spool.seek(at)
            piece = spool.read(min(PIECE_BYTES, self._tail - at, self.bytes - offset))
            if not piece:
                return
            self._emit(offset, piece)
            offset += len(piece)

    def _remember(self, data: bytes) -> None:
        """Keep the last lines, however long one is and however many come at once."""
        *whole, rest = data.rsplit(b"\n", LAST_LINES + 1)
        if whole:
            whole[0] = self._line + whole[0]
            self._recent.extend(line[-_LINE_BYTES:] for line in whole)
            self._line = b""
        self._line = (self._line + rest)[-_LINE_BYTES:]


def _shown(line: bytes) -> str:
    text = line[-_LINE_BYTES:].decode(errors="replace").replace("\0", "\ufffd")
    return text.rstrip("\r")[-LINE_CHARACTERS:]
