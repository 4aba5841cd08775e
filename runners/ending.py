"""How a process ended, and the words for it."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from signal import Signals

NO_ROOM_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_ROOM = re.compile(r"[Nn]o space left on device|Errno 28\b|Disk quota exceeded")


class Way(StrEnum):
    """Why a process is no longer running."""

    ENDED = "ended"  # by itself, or by a signal that we did not send
    DEADLINE = "deadline"
    CANCELLED = "cancelled"
    REFUSED = "refused"  # it could not be started


@dataclass(frozen=True, slots=True)
class Exit:
    """How a process ended. `trouble` is the machine's own failure, a sentence, or empty."""

    way: Way = Way.ENDED
    code: int | None = 0
    signal: int | None = None
    trouble: str = ""
    refusal: str = ""
    last_lines: tuple[str, ...] = ()
    allowed_seconds: float = 0.0
    memory_bytes: int = 0


def how(end: Exit) -> str:
    """What happened, as a verb."""
    if end.way is Way.DEADLINE:
        return f"did not end within {end.allowed_seconds:g} s"
    if end.signal is not None:
        limit = f" under its memory limit of {end.memory_bytes} bytes" if end.memory_bytes else ""
        return f"was ended by {_signal_name(end.signal)}{limit}"
    return f"ended with exit code {end.code}"


def because(end: Exit) -> str:
    """The last thing it printed, which for an exception is its name and message."""
    last = next((line.strip() for line in reversed(end.last_lines) if line.strip()), "")
    return f": {last.rstrip('.')}" if last else ""


def says_no_room(lines: Iterable[str]) -> bool:
    """Whether the last lines of a log say that a disk is full; tools wrap what they say."""
    return _NO_ROOM.search(" ".join(line.strip() for line in lines)) is not None


def _signal_name(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"
