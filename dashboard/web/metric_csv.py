"""A metric's history as CSV (RFC 4180), a row for each measurement."""

from __future__ import annotations

import csv
import io

from orchestrator.metric_views import MetricHistory, Point, Series

COLUMNS = (
    "at",
    "place",
    "metric",
    "case",
    "unit",
    "better",
    "median",
    "low",
    "lower_quartile",
    "upper_quartile",
    "high",
    "replicates",
    "baseline",
    "margin",
    "trend",
    "status",
    "evidence",
    "contended",
    "aside",
    "run",
    "job",
    "attempt",
    "runner",
    "stack",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def written(found: MetricHistory) -> str:
    """All points of all series; the first line names the columns."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for one in found.series:
        writer.writerows([_row(one, point) for point in one.points])
    return out.getvalue()


def _row(one: Series, point: Point) -> tuple[object, ...]:
    told, held = point.told, point.judged
    return (
        told.at.isoformat(),
        _text(one.place.name),
        *(_text(each) for each in one.metric),
        point.median,
        point.low,
        point.lower,
        point.upper,
        point.high,
        len(point.values),
        held.middle if held else "",
        held.margin if held else "",
        point.trend,
        told.status.value,
        told.evidence.value,
        int(point.contended),
        int(told.aside),
        told.run,
        told.job,
        told.attempt,
        _text(told.runner),
        _text(" ".join(f"{name}={version}" for name, version in point.stack)),
    )


def _text(text: str) -> str:
    """What suites name things by, and no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text
