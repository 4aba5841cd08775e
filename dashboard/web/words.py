"""How numbers, times and counts read to people."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from matrix.sources import is_commit
from matrix.verdict import Counts

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# In minutes, the smallest step that an age is told in.
_STEPS = ((365 * 1440, "y"), (7 * 1440, "w"), (1440, "d"), (60, "h"), (1, "min"))
_KIBI = 1024
_CONTROL_PICTURES = 0x2400
_FIRST_PRINTABLE = 0x20
_DELETE = 0x7F
_COMMIT_DIGITS = 10  # where there is no room for all


def age(then: datetime, now: datetime) -> str:
    """How long ago, in the one unit that matters: "now", "5 min", "3 h", "2 d"."""
    return _coarse(int((now - then).total_seconds()) // _MINUTE)


def ago(then: datetime, now: datetime) -> str:
    """The age as people say it: "now", "5 min ago"."""
    told = age(then, now)
    return told if told == "now" else f"{told} ago"


def commit(head: str) -> str:
    """A commit by its first digits; a version as it is."""
    return head[:_COMMIT_DIGITS] if is_commit(head) else head


def ahead(then: datetime, now: datetime) -> str:
    """How long until then, rounded up as people wait: "now", "in 5 min", "in 3 h"."""
    minutes = -(-int((then - now).total_seconds()) // _MINUTE)
    told = _coarse(max(0, minutes))
    return told if told == "now" else f"in {told}"


@lru_cache(maxsize=4096)
def _coarse(minutes: int) -> str:
    return next((f"{minutes // size} {word}" for size, word in _STEPS if minutes >= size), "now")


def duration(seconds: float) -> str:
    """A length of time: "< 1 ms", "12 ms", "0.4 s", "12 s", "3 min 4 s", "2 h 5 min"."""
    if seconds < 0.0005:  # noqa: PLR2004 - what would read as 0 ms
        return "< 1 ms"
    if seconds < 0.1:  # noqa: PLR2004 - what would read as 0.0 s
        return f"{seconds * 1000:.0f} ms"
    if seconds < 10:  # noqa: PLR2004 - below it a tenth still tells something
        return f"{seconds:.1f} s"
    if seconds < _MINUTE:
        return f"{seconds:.0f} s"
    if seconds < _HOUR:
        return f"{int(seconds) // _MINUTE} min {int(seconds) % _MINUTE} s"
    return f"{int(seconds) // _HOUR} h {int(seconds) % _HOUR // _MINUTE} min"


def between(start: datetime, end: datetime | None, now: datetime) -> str:
    """How long something took, or takes up to now."""
    return duration(max(0.0, ((end or now) - start) / timedelta(seconds=1)))


def size(count: int) -> str:
    """Bytes: "512 B", "1.5 KiB", "64 MiB"."""
    amount, unit = float(count), "B"
    for bigger in ("KiB", "MiB", "GiB", "TiB"):
        if amount < _KIBI:
            break
        amount, unit = amount / _KIBI, bigger
    return f"{amount:.0f} {unit}" if amount == int(amount) else f"{amount:.1f} {unit}"


def number(count: int) -> str:
    """With thousands apart: "20,154"."""
    return f"{count:,}"


def quantity(value: float) -> str:
    """A measured value in four digits, large ones whole: "26,705", "38.42", "0.00123"."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.4g}"  # noqa: PLR2004 - the bounds of plain writing


def plural(count: int, noun: str) -> str:
    """A number and its noun: "1 job", "2 jobs"."""
    return f"{number(count)} {noun}" if count == 1 else f"{number(count)} {noun}s"


def moment(then: datetime) -> str:
    """A time of day in full: "2026-11-23 14:05:09 UTC"."""
    return then.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(then: datetime | None) -> str:
    """For a `datetime` attribute; "" where there is no time."""
    return then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if then else ""


def bad(counts: Counts) -> int:
    """Cases that a person should look at."""
    return counts.fail + counts.error + counts.miss


def tests(counts: Counts) -> str:
    """The counts of a face: "2 of 41 tests" where some are bad, else "41 tests"; "" of none."""
    if not counts.total:
        return ""
    whole = plural(counts.total, "test")
    return f"{number(bad(counts))} of {whole}" if bad(counts) else whole


def detailed(counts: Counts) -> tuple[tuple[str, str, str], ...]:
    """Each status that has cases: (status, number, word)."""
    named = (
        ("FAIL", counts.fail, "failed"),
        ("ERROR", counts.error, "test errors"),
        ("MISS", counts.miss, "missing"),
        ("PASS", counts.passed, "passed"),
        ("DONE", counts.done, "measured"),
        ("SKIP", counts.skip, "skipped"),
        ("XFAIL", counts.expected, "expected failures"),
    )
    return tuple((status, number(count), word) for status, count, word in named if count)


def visible(text: str) -> str:
    """The text with everything that a browser would hide or obey made visible.

    Control characters become their pictures (U+2400 block), format characters (bidirectional
    overrides, zero-width ones, surrogates) their code point in brackets. Line breaks and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


@lru_cache(maxsize=2048)
def _shown(character: str) -> str:
    code = ord(character)
    if character in "\n\t" or character.isprintable():
        return character
    if code < _FIRST_PRINTABLE:
        return chr(_CONTROL_PICTURES + code)
    if code == _DELETE:
        return "\u2421"
    return character if unicodedata.category(character) == "Zs" else f"[U+{code:04X}]"
