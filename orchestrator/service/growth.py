"""How a database grows: its size, kept once an hour in the data folder, and what follows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from orchestrator.server_views import Growth

FILE = "sizes.jsonl"
EVERY = timedelta(hours=1)
KEPT = timedelta(days=90)
SEEN = timedelta(days=30)  # what a forecast is made from
LEAST = timedelta(days=1)  # and how much of it there must be
_DAY = timedelta(days=1)


class Sample(NamedTuple):
    """How big the database was at a moment."""

    at: datetime
    bytes: int


def forecast(samples: Sequence[Sample], free_bytes: int | None) -> Growth | None:
    """The line of least squares through the last 30 days of samples, and when it fills the disk.

    None where they do not span a day. `free_bytes` is None where the disk is not known.
    """
    newest = samples[-1].at if samples else None
    seen = [one for one in samples if newest and one.at > newest - SEEN]
    if newest is None or newest - seen[0].at < LEAST:
        return None
    rate = _slope([((one.at - newest) / _DAY, one.bytes) for one in seen])
    fills = free_bytes is not None and rate > 0
    return Growth(
        bytes_per_day=rate,
        days=(newest - seen[0].at) / _DAY,
        full_in_days=(free_bytes or 0) / rate if fills else None,
    )


def samples(home: Path) -> tuple[Sample, ...]:
    """What was kept, oldest first; lines that are none (a machine may die while it writes) go."""
    try:
        lines = (home / FILE).read_text().splitlines()
    except OSError:
        return ()
    found = [sample for line in lines if (sample := _read(line)) is not None]
    return tuple(sorted(found))


def note(home: Path, now: datetime, size: int) -> bool:
    """Keep the size of the database, unless it was kept within the hour; whether it was."""
    known = samples(home)
    if known and now - known[-1].at < EVERY:
        return False
    kept = [one for one in known if one.at > now - KEPT] + [Sample(now, size)]
    text = "".join(
        f"{json.dumps({'at': one.at.isoformat(), 'bytes': one.bytes})}\n" for one in kept
    )
    fresh = home / f"{FILE}.partial"
    fresh.write_text(text)
    fresh.replace(home / FILE)
    return True


def _read(line: str) -> Sample | None:
    try:
        fields = json.loads(line)
        return Sample(datetime.fromisoformat(fields["at"]).astimezone(UTC), int(fields["bytes"]))
    except (ValueError, KeyError, TypeError):
        return None


def _slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the line with the least squared distance (ordinary least squares)."""
    middle = sum(x for x, _ in points) / len(points)
    height = sum(y for _, y in points) / len(points)
    spread = sum((x - middle) ** 2 for x, _ in points)
    return sum((x - middle) * (y - height) for x, y in points) / spread
