"""Tables of what people declare: matrices and their revisions, suites, stacks, locks, cells."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from matrix.status import Evidence, Layer, Role, Status
from orchestrator.store.columns import BIG, Id, Table, Visibility, to


class MatrixRow(Table):
    """A matrix. `version` rises with each change of a page of it.

    `budget` is that of the revision in force (JSON), "" where nobody's device time is capped.
    """

    __tablename__ = "matrix"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    version: Mapped[int] = mapped_column(BIG, default=0)
    created_at: Mapped[datetime]
    budget: Mapped[str] = mapped_column(server_default="")


class MatrixRevision(Table):
    """A declaration as it was: `document` is its normalised JSON, `file` where it was read."""

    __tablename__ = "matrix_revision"
    __table_args__ = (UniqueConstraint("matrix_id", "digest"),)
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    digest: Mapped[str]
    document: Mapped[str]
    file: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]


class SuiteRow(Table):
    """A suite's name, to which history and case names belong."""

    __tablename__ = "suite"
    __table_args__ = (UniqueConstraint("matrix_id", "name"),)
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    name: Mapped[str]
    label: Mapped[str]
    added_at: Mapped[datetime]


class SuiteDefinition(Table):
    """What a suite was when jobs of it were planned; `document` is JSON."""

    __tablename__ = "suite_definition"
    __table_args__ = (UniqueConstraint("suite_id", "digest"),)
    id: Mapped[Id]
    suite_id: Mapped[int] = mapped_column(BIG, to("suite.id"))
    digest: Mapped[str]
    document: Mapped[str]


class StackRow(Table):
    """A stack's name, to which history belongs."""

    __tablename__ = "stack"
    __table_args__ = (UniqueConstraint("matrix_id", "name"),)
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    name: Mapped[str]
    label: Mapped[str]


class StackVersion(Table):
    """A version vector as it was planned: JSON of (component, version) pairs."""

    __tablename__ = "stack_version"
    __table_args__ = (UniqueConstraint("stack_id", "digest"),)
    id: Mapped[Id]
    stack_id: Mapped[int] = mapped_column(BIG, to("stack.id"))
    digest: Mapped[str]
    components: Mapped[str]


class LockRow(Table):
    """A resolved environment; `request` digests what was asked (stack, suite, overrides)."""

    __tablename__ = "lock"
    __table_args__ = (UniqueConstraint("request", "platform"),)
    id: Mapped[Id]
    request: Mapped[str]
    platform: Mapped[str]
    digest: Mapped[str]
    text: Mapped[str]
    created_at: Mapped[datetime]


class Cell(Table):
    """A point of all axes. `why` says why nothing is planned in it, "" where something is."""

    __tablename__ = "cell"
    __table_args__ = (UniqueConstraint("matrix_id", "key"),)
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    key: Mapped[str]
    site: Mapped[str]
    accelerator: Mapped[str]
    axes: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    visible_until: Mapped[datetime | None]


class CellStateRow(Table):
    """The projection: a row for each (cell, suite, stack, parameters); what pages read.

    `version` is the matrix's when the row last changed, so that a reader takes only what is new.
    `name` is its jobs' id without a shard. `planned`: the newest revision has it. `recent` is JSON:
    the last medians of each metric.
    """

    __tablename__ = "cell_state"
    __table_args__ = (
        UniqueConstraint("cell_id", "suite_id", "stack_id", "parameters"),
        Index("ix_cell_state_matrix_id_version", "matrix_id", "version"),
    )
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    cell_id: Mapped[int] = mapped_column(BIG, to("cell.id"))
    suite_id: Mapped[int] = mapped_column(BIG, to("suite.id"))
    stack_id: Mapped[int] = mapped_column(BIG, to("stack.id"))
    parameters: Mapped[str]
    name: Mapped[str]
    shape_id: Mapped[int | None] = mapped_column(BIG, to("shape.id"))
    planned: Mapped[bool]
    version: Mapped[int] = mapped_column(BIG)
    role: Mapped[Role]
    status: Mapped[Status | None]
    layer: Mapped[Layer]
    confidence: Mapped[float]
    reason: Mapped[str]
    fail: Mapped[int]
    error: Mapped[int]
    miss: Mapped[int]
    passed: Mapped[int]
    done: Mapped[int]
    skip: Mapped[int]
    expected: Mapped[int]
    history: Mapped[str]
    since: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    stale_at: Mapped[datetime | None] = mapped_column(index=True)
    job_id: Mapped[int | None] = mapped_column(BIG)
    run_id: Mapped[int | None] = mapped_column(BIG)
    queued: Mapped[int]
    running: Mapped[int]
    trend: Mapped[int]
    recent: Mapped[str]
    evidence: Mapped[Evidence]
    runner: Mapped[str]
