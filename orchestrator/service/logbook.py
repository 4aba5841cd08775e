"""The server's own log: a file in the data folder, so that the terminal is for people."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from orchestrator.service.folder import Folder
from orchestrator.service.settings import LogFormat

LOG_FILE = "server.log"
LIMIT_BYTES = 4 * 2**20
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"
OTHER = "log"  # the event of a line that names none: what libraries say


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event, message, then what the event is about.

    A line is told `event` and `fields` in `extra`; an exception becomes `error`, its traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": getattr(record, "event", OTHER),
            "message": record.getMessage(),
        }
        for name, value in getattr(record, "fields", {}).items():
            line.setdefault(name, value)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class Book(RotatingFileHandler):
    """The file; lines for which there is no room are dropped, and then told by their number."""

    dropped = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, and before it how many are missing there."""
        missing, self.dropped = self.dropped, 0
        if missing:
            self._end_line()
            super().emit(_gap(missing))
        if self.dropped:  # no room yet
            self.dropped = missing + 1
        else:
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Drop what the disk refuses, and what of it is buffered; else as logging does."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)
            return
        self.dropped += 1
        stream, self.stream = self.stream, None  # the next line opens it
        if stream is not None:
            with suppress(OSError):
                stream.close()

    def _end_line(self) -> None:
        """End a line that was cut off where the room ended."""
        with suppress(OSError), Path(self.baseFilename).open("rb+") as file:
            if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) and file.read() != b"\n":
                file.write(b"\n")


@contextmanager
def logbook(folder: Folder, form: LogFormat = LogFormat.TEXT) -> Iterator[None]:
    """Write what all parts log to the folder's file while the block runs."""
    file = Book(folder.path / LOG_FILE, maxBytes=LIMIT_BYTES, backupCount=1)
    file.setFormatter(JsonLines() if form is LogFormat.JSON else logging.Formatter(_LINE))
    root = logging.getLogger()
    level = root.level
    root.addHandler(file)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(file)
        root.setLevel(level)
        file.close()


def _gap(lines: int) -> logging.LogRecord:
    message = "lines are missing here that could not be written: %d"
    return logging.LogRecord("coevo.log", logging.WARNING, "", 0, message, (lines,), None)
