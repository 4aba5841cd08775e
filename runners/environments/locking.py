"""Locks of files that attempts of many processes share."""

from __future__ import annotations

import fcntl


def taken(file: int, how: int = fcntl.LOCK_EX) -> bool:
    """Take the lock of an open file without waiting; whether that was possible."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
