"""What Helion's autotuner wrote about the configurations it tried (`HELION_AUTOTUNE_LOG`)."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from typing import Any  # JSON

_GOOD = "ok"


def summary(lines: Iterable[str]) -> dict[str, Any]:
    """Of the log's lines: how many configurations, how they ended, the best, and the seconds.

    A row with `started` only announces one. What cannot be read is counted as `unread`.
    """
    ended: Counter[str] = Counter()
    best, seconds = float("inf"), 0.0
    for row in csv.DictReader(lines):
        try:
            status, taken = str.strip(row["status"]), float(row["timestamp_s"] or 0)
            speed = float(row["perf_ms"] or "inf")
        except (KeyError, TypeError, ValueError):
            ended["unread"] += 1
            continue
        seconds = max(seconds, taken)
        if status == "started":
            continue
        ended[status] += 1
        if status == _GOOD:
            best = min(best, speed)
    found = {"tried": sum(ended.values()), "ended": dict(ended), "seconds": seconds}
    return {**found, "best_milliseconds": best} if best < float("inf") else found
