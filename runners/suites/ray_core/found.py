"""How a check says that Ray is wrong, and how it waits for what Ray does by and by."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

Detail = dict[str, object]


class Wrong(Exception):  # noqa: N818 - what was found, no error of ours
    """Ray did something else than it promises; the message says what."""


def same(what: str, found: object, right: object) -> None:
    """Raises Wrong where the two differ."""
    if found != right:
        raise Wrong(f"{what}: {_short(found)} instead of {_short(right)}")


def holds(claim: object, otherwise: str) -> None:
    """Raises Wrong with the sentence where the claim does not hold."""
    if not claim:
        raise Wrong(otherwise)


def awaited(claim: Callable[[], object], otherwise: str, seconds: float = 60) -> float:
    """Seconds until the claim holds; Wrong with the sentence where it never does."""
    began = time.monotonic()
    while not claim():
        if time.monotonic() - began > seconds:
            raise Wrong(f"{otherwise} after {seconds:g} seconds")
        time.sleep(0.05)
    return round(time.monotonic() - began, 3)


def told(error: Exception) -> str:
    """An error in one line: what was found, or what Ray says last, without its colours."""
    if isinstance(error, Wrong):
        return str(error)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip().splitlines()
    return ": ".join([type(error).__name__, *lines[-1:]])


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}…"  # noqa: PLR2004 - what a line holds
