"""Parts a stream into messages (lines that begin with `{`) and log, at the speed of a flood."""

from __future__ import annotations

from collections.abc import Callable

from runners.protocol import LINE_LIMIT_BYTES

Take = Callable[[bytes], None]


class Lines:
    """Hands on each message line to `message`, all else in bulk to `log`.

    Without `log`, every line goes to `message`. Line ends are left out of messages, not of log.
    """

    def __init__(self, message: Take, log: Take | None = None) -> None:
        self._message, self._log = message, log
        self._rest = b""
        self._is_inside = False  # in the middle of a line of log

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream."""
        data = self._rest + data
        self._rest = b""
        start = self._finish_line(data) if self._is_inside else 0
        while start < len(data):
            start = self._take(data, start)

    def close(self) -> None:
        """The stream has ended; an unfinished line counts as a line."""
        rest, self._rest = self._rest, b""
        if rest:
            self._message(rest)

    def _take(self, data: bytes, start: int) -> int:
        """Hand on what begins a line at `start`; where the next line begins."""
        if self._log is not None and not data.startswith(b"{", start):
            return self._take_log(data, start, self._log)
        end = data.find(b"\n", start)
        if end < 0 and len(data) - start <= LINE_LIMIT_BYTES:
            self._rest = data[start:]
            return len(data)
        self._is_inside = end < 0
        end = len(data) if end < 0 else end
        self._message(data[start:end])
        return end + 1

    def _take_log(self, data: bytes, start: int, log: Take) -> int:
        found = data.find(b"\n{", start)
        end = len(data) if found < 0 else found + 1
        self._is_inside = found < 0 and not data.endswith(b"\n")
        log(data[start:end])
        return end

    def _finish_line(self, data: bytes) -> int:
        """Hand on the rest of a line whose beginning has been handed on."""
        end = data.find(b"\n") + 1
        self._is_inside = end == 0
        if self._log is not None and data:
            self._log(data[: end or len(data)])
        return end or len(data)
