"""The server's own log: a file in the data folder, so that the terminal is for people."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler

from orchestrator.service.folder import Folder

LOG_FILE = "server.log"
LIMIT_BYTES = 4 * 2**20
_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


@contextmanager
def logbook(folder: Folder) -> Iterator[None]:
    """Write what all parts log to the folder's file while the block runs."""
    file = RotatingFileHandler(folder.path / LOG_FILE, maxBytes=LIMIT_BYTES, backupCount=1)
    file.setFormatter(logging.Formatter(_LINE))
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
