"""Tables of what happened: reports with all they carry, and the events that pages follow."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matrix.status import Evidence, Layer, Status
from orchestrator.store.columns import BIG, Id, Table, to


class ReportRow(Table):
    """What an attempt handed back. Its cases have the ids from `first_case` on in `month`.

    `digest` tells the same report, sent again, from another one under the same fence.
    """

    __tablename__ = "report"
    id: Mapped[Id]
    attempt_id: Mapped[int] = mapped_column(BIG, to("attempt.id"), unique=True)
    job_id: Mapped[int] = mapped_column(BIG, to("job.id"), index=True)
    received_at: Mapped[datetime]
    month: Mapped[int]
    first_case: Mapped[int] = mapped_column(BIG)
    cases: Mapped[int]
    status: Mapped[Status]
    layer: Mapped[Layer]
    reason: Mapped[str]
    fail: Mapped[int]
    error: Mapped[int]
    miss: Mapped[int]
    passed: Mapped[int]
    done: Mapped[int]
    skip: Mapped[int]
    expected: Mapped[int]
    prepare_seconds: Mapped[float]
    run_seconds: Mapped[float]
    cpu_seconds: Mapped[float]
    peak_memory_bytes: Mapped[int] = mapped_column(BIG)
    exit_code: Mapped[int | None]
    signal: Mapped[int | None]
    last_lines: Mapped[str]
    log_bytes: Mapped[int] = mapped_column(BIG)
    log_lost_bytes: Mapped[int] = mapped_column(BIG)
    evidence: Mapped[Evidence]
    contended: Mapped[bool]
    cancelled: Mapped[bool]
    repeat: Mapped[str]
    node: Mapped[str]
    digest: Mapped[str]


class CaseName(Table):
    """A case's stable id within its suite, interned."""

    __tablename__ = "case_name"
    __table_args__ = (UniqueConstraint("suite_id", "name"),)
    id: Mapped[Id]
    suite_id: Mapped[int] = mapped_column(BIG, to("suite.id"))
    name: Mapped[str]


class Variant(Table):
    """Where and in what number format a case ran, interned."""

    __tablename__ = "variant"
    __table_args__ = (UniqueConstraint("device", "dtype"),)
    id: Mapped[Id]
    device: Mapped[str]
    dtype: Mapped[str]


class CaseDetail(Table):
    """What a case that did not simply pass has to say; kept when its month's table is dropped."""

    __tablename__ = "case_detail"
    report_id: Mapped[int] = mapped_column(BIG, to("report.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(BIG, to("case_name.id"))
    variant_id: Mapped[int] = mapped_column(BIG, to("variant.id"))
    status: Mapped[int]
    micros: Mapped[int | None] = mapped_column(BIG)
    message: Mapped[str]
    detail: Mapped[str]
    repeat: Mapped[str]


class MetricName(Table):
    """A metric of a suite: its unit and which direction is better."""

    __tablename__ = "metric_name"
    __table_args__ = (UniqueConstraint("suite_id", "name", "unit", "better"),)
    id: Mapped[Id]
    suite_id: Mapped[int] = mapped_column(BIG, to("suite.id"))
    name: Mapped[str]
    unit: Mapped[str]
    better: Mapped[str]


class MetricValueRow(Table):
    """One replicate of a measurement; `number` counts the report's measurements."""

    __tablename__ = "metric_value"
    report_id: Mapped[int] = mapped_column(BIG, to("report.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    replicate: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(BIG, to("metric_name.id"))
    case: Mapped[str]
    value: Mapped[float]


class ObservedComponent(Table):
    """A component as it was in the suite's own process."""

    __tablename__ = "observed_component"
    __table_args__ = (Index("ix_observed_component_name_version", "name", "version"),)
    report_id: Mapped[int] = mapped_column(BIG, to("report.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str]
    build: Mapped[str]
    source: Mapped[str]


class DeviceFact(Table):
    """Something a report read off its machine, and where it was read."""

    __tablename__ = "device_fact"
    report_id: Mapped[int] = mapped_column(BIG, to("report.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    value: Mapped[str]
    source: Mapped[str]


class RankRow(Table):
    """What one rank of a report on several nodes said; `facts`, `observed` and `last_lines` JSON.

    What all ranks agree on lies in the report's own rows; these are for looking at.
    """

    __tablename__ = "rank"
    report_id: Mapped[int] = mapped_column(BIG, to("report.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    node: Mapped[str]
    lost: Mapped[bool]
    status: Mapped[Status]
    layer: Mapped[Layer]
    reason: Mapped[str]
    run_seconds: Mapped[float]
    cpu_seconds: Mapped[float]
    peak_memory_bytes: Mapped[int] = mapped_column(BIG)
    exit_code: Mapped[int | None]
    signal: Mapped[int | None]
    last_lines: Mapped[str]
    facts: Mapped[str]
    observed: Mapped[str]


class ArtifactRow(Table):
    """A file that a job made for others; its bytes lie in the data folder by `digest` (sha256).

    `kept` is whether they still do: they go some time after the last use.
    """

    __tablename__ = "artifact"
    __table_args__ = (UniqueConstraint("job_id", "kind", "name"),)
    id: Mapped[Id]
    job_id: Mapped[int] = mapped_column(BIG, to("job.id"))
    kind: Mapped[str]
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(index=True)
    bytes: Mapped[int] = mapped_column(BIG)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime] = mapped_column(index=True)
    kept: Mapped[bool]


class DailyCount(Table):
    """What is left of a day's cases of a suite once they are dropped."""

    __tablename__ = "daily_count"
    __table_args__ = (UniqueConstraint("cell_state_id", "day"),)
    id: Mapped[Id]
    cell_state_id: Mapped[int] = mapped_column(BIG, to("cell_state.id"))
    day: Mapped[str]
    reports: Mapped[int]
    fail: Mapped[int]
    error: Mapped[int]
    miss: Mapped[int]
    passed: Mapped[int]
    done: Mapped[int]
    skip: Mapped[int]
    expected: Mapped[int]


class Month(Table):
    """That a month's table of a kind ("case_result", "log_chunk") exists."""

    __tablename__ = "month"
    kind: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)


class EventRow(Table):
    """Append-only; ids rise in the order of commits, for there is one writer at a time."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_matrix_id_kind_id", "matrix_id", "kind", "id"),
        {"sqlite_autoincrement": True},
    )
    id: Mapped[Id]
    at: Mapped[datetime]
    matrix_id: Mapped[int | None] = mapped_column(BIG, to("matrix.id"))
    kind: Mapped[str]
    subject: Mapped[str]
    data: Mapped[str]
