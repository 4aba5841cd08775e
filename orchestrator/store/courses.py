"""What was measured along attempts: a row for each quantity, read back as it came."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, insert, select

from orchestrator.store.columns import storable
from orchestrator.store.ids import Row
from orchestrator.store.months import SAMPLES, ensure, months, sample_table
from runners.course import NOTHING, Course, Gauge

_MOMENTS = Gauge("time", "s", "runner", ())


def append(connection: Connection, month: int, courses: Mapping[int, Course]) -> None:
    """Write those that hold anything, by the row of the report."""
    rows = [row for report, course in courses.items() for row in _rows(report, course)]
    if rows:
        connection.execute(insert(ensure(connection, sample_table(month))), rows)


def read(connection: Connection, month: int, report: int) -> Course:
    """The course of a report that came in that month; nothing where it is not kept any more."""
    if month not in months(connection, SAMPLES):
        return NOTHING
    table = sample_table(month)
    wanted = select(table.c.name, table.c.unit, table.c.source, table.c.readings)
    rows = connection.execute(wanted.where(table.c.report_id == report).order_by(table.c.number))
    found = [
        Gauge(name, unit, source, tuple(json.loads(text))) for name, unit, source, text in rows
    ]
    if not found:
        return NOTHING
    moments, *gauges = found
    return Course(tuple(one or 0.0 for one in moments.values), tuple(gauges))


def _rows(report: int, course: Course) -> list[Row]:
    if not course.seconds:
        return []
    gauges = (_MOMENTS._replace(values=course.seconds), *course.gauges)
    return [
        {
            "report_id": report,
            "number": number,
            "name": storable(one.name),
            "unit": storable(one.unit),
            "source": storable(one.source),
            "readings": json.dumps(one.values),
        }
        for number, one in enumerate(gauges)
    ]
