"""Tables of work: owners, runners and offers, shapes and lanes, runs, jobs and attempts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from matrix.status import Layer, Role, Status
from orchestrator.store.columns import (
    BIG,
    AttemptState,
    End,
    Id,
    JobState,
    Table,
    Visibility,
    to,
)
from runners.work import Phase


class Owner(Table):
    """Who brings hardware or asks for jobs. `leased` is how many of its jobs are held now.

    `served` is the newest attempt at one of its jobs (0: none yet): who has the lowest waits
    longest for its turn.
    """

    __tablename__ = "owner"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    leased: Mapped[int] = mapped_column(default=0)
    served: Mapped[int] = mapped_column(BIG, default=0, server_default="0")
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    visible_until: Mapped[datetime | None]


class Runner(Table):
    """Registered hardware; `facts` is JSON of what it said of itself."""

    __tablename__ = "runner"
    id: Mapped[Id]
    name: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str]
    owner_id: Mapped[int] = mapped_column(BIG, to("owner.id"))
    kind: Mapped[str]
    simulated: Mapped[bool]
    gone: Mapped[bool] = mapped_column(default=False)
    facts: Mapped[str]
    registered_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    visibility: Mapped[Visibility] = mapped_column(default=Visibility.PUBLIC)
    visible_until: Mapped[datetime | None]


class OfferRow(Table):
    """A kind of place that a runner has now; `digest` covers the whole `document` (JSON)."""

    __tablename__ = "offer"
    __table_args__ = (UniqueConstraint("runner_id", "digest"),)
    id: Mapped[Id]
    runner_id: Mapped[int] = mapped_column(BIG, to("runner.id"))
    digest: Mapped[str]
    document: Mapped[str]


class Shape(Table):
    """What a job asks of a runner, interned: its point and needs (JSON `document`).

    `unmet` is the first need that no runner meets, "" where one does. `cost` is the device time
    that one of its jobs may take.
    """

    __tablename__ = "shape"
    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(unique=True)
    document: Mapped[str]
    unmet: Mapped[str]
    cost: Mapped[timedelta] = mapped_column(server_default="0")


class Fit(Table):
    """That an offer satisfies a shape."""

    __tablename__ = "fit"
    offer_id: Mapped[int] = mapped_column(BIG, to("offer.id"), primary_key=True)
    shape_id: Mapped[int] = mapped_column(BIG, to("shape.id"), primary_key=True)


class Lane(Table):
    """Jobs among which only age decides. `queued` counts those that wait, `head` is the oldest.

    `rank` is the priority negated, so that one ascending index holds an owner's lanes in order.
    """

    __tablename__ = "lane"
    __table_args__ = (
        UniqueConstraint("matrix_id", "rank", "owner_id", "shape_id"),
        Index("ix_lane_owner_id_waiting_rank_head", "owner_id", "waiting", "rank", "head"),
    )
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    rank: Mapped[int]
    owner_id: Mapped[int] = mapped_column(BIG, to("owner.id"))
    shape_id: Mapped[int] = mapped_column(BIG, to("shape.id"), index=True)
    queued: Mapped[int]
    waiting: Mapped[bool]
    head: Mapped[int] = mapped_column(BIG)


class RunRow(Table):
    """One expansion carried out.

    `unoffered` of its open jobs have no runner at present; `skipped` of `ended` never had one.
    What a run `aside` says is of its subjects alone: the grid keeps what it showed. Runs of one
    `series` are about the same thing, the newest of them about its newest state.
    """

    __tablename__ = "run"
    __table_args__ = (Index("ix_run_matrix_id_id", "matrix_id", "id"),)
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    revision_id: Mapped[int] = mapped_column(BIG, to("matrix_revision.id"))
    trigger: Mapped[str]
    note: Mapped[str]
    policies: Mapped[str]
    jobs: Mapped[int]
    ended: Mapped[int]
    unoffered: Mapped[int]
    skipped: Mapped[int]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    cancelled: Mapped[bool]
    aside: Mapped[bool] = mapped_column(server_default=false())
    series: Mapped[str] = mapped_column(server_default="")


class TriggerRow(Table):
    """Where a trigger stands: of what a reference names, `head` is what it saw last, at `seen_at`.

    A time table has the reference "" and no head, and knows the commits that it struck at beside.
    `run_id` is the last run that it started; what led to none says `why`.
    """

    __tablename__ = "trigger"
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(primary_key=True)
    head: Mapped[str]
    seen_at: Mapped[datetime]
    run_id: Mapped[int | None] = mapped_column(BIG, to("run.id"))
    why: Mapped[str] = mapped_column(server_default="")


class SubjectRow(Table):
    """What a run is about: a component, from one commit or version to another.

    `parent` is the commit that the head came from, `request` the pull request whose head it is.
    """

    __tablename__ = "subject"
    __table_args__ = (Index("ix_subject_component_head", "component", "head"),)
    run_id: Mapped[int] = mapped_column(BIG, to("run.id"), primary_key=True)
    component: Mapped[str] = mapped_column(primary_key=True)
    repository: Mapped[str]
    base: Mapped[str]
    head: Mapped[str] = mapped_column(primary_key=True)
    committed_at: Mapped[datetime | None]
    title: Mapped[str]
    parent: Mapped[str] = mapped_column(server_default="")
    request: Mapped[str] = mapped_column(server_default="")


class Verdict(Table):
    """A run's word on one (cell, suite, stack, parameters): its jobs with shards merged."""

    __tablename__ = "verdict"
    __table_args__ = (UniqueConstraint("run_id", "cell_state_id"),)
    id: Mapped[Id]
    run_id: Mapped[int] = mapped_column(BIG, to("run.id"))
    cell_state_id: Mapped[int] = mapped_column(BIG, to("cell_state.id"), index=True)
    name: Mapped[str]
    shards: Mapped[int]
    open: Mapped[int]
    status: Mapped[Status | None]
    layer: Mapped[Layer]
    reason: Mapped[str]
    fail: Mapped[int]
    error: Mapped[int]
    miss: Mapped[int]
    passed: Mapped[int]
    done: Mapped[int]
    skip: Mapped[int]
    expected: Mapped[int]
    ended_at: Mapped[datetime | None]


class JobRow(Table):
    """A job. `fence` rises with each claim; `tries` counts the attempts that count.

    A blocked one waits for jobs that `feeds` is set of (`dependency` says which), or for its turn
    in a comparison: `repetition` counts the times that a run carries the same job out.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index("ix_job_lane_id_state_id", "lane_id", "state", "id"),
        Index("ix_job_run_id_state_id", "run_id", "state", "id"),
        Index("ix_job_matrix_id_id", "matrix_id", "id"),
        Index("ix_job_state_expires_at", "state", "expires_at"),
    )
    id: Mapped[Id]
    matrix_id: Mapped[int] = mapped_column(BIG, to("matrix.id"))
    run_id: Mapped[int] = mapped_column(BIG, to("run.id"))
    verdict_id: Mapped[int] = mapped_column(BIG, to("verdict.id"), index=True)
    cell_state_id: Mapped[int] = mapped_column(BIG, to("cell_state.id"), index=True)
    lane_id: Mapped[int] = mapped_column(BIG, to("lane.id"))
    suite_definition_id: Mapped[int] = mapped_column(BIG, to("suite_definition.id"))
    stack_version_id: Mapped[int] = mapped_column(BIG, to("stack_version.id"))
    lock_id: Mapped[int | None] = mapped_column(BIG, to("lock.id"))
    parent_id: Mapped[int | None] = mapped_column(BIG, to("job.id"))
    cause: Mapped[str]
    name: Mapped[str]
    role: Mapped[Role]
    priority: Mapped[int]
    shard: Mapped[int]
    shards: Mapped[int]
    repetition: Mapped[int] = mapped_column(server_default="1")
    overrides: Mapped[str]
    state: Mapped[JobState]
    end: Mapped[End]
    status: Mapped[Status | None]
    layer: Mapped[Layer]
    reason: Mapped[str]
    repeat: Mapped[str]
    fence: Mapped[int]
    tries: Mapped[int]
    cancel: Mapped[bool]
    queued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    feeds: Mapped[bool] = mapped_column(server_default=false())


class DependencyRow(Table):
    """That a job uses what another of its run makes: files of a kind."""

    __tablename__ = "dependency"
    job_id: Mapped[int] = mapped_column(BIG, to("job.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    producer_id: Mapped[int] = mapped_column(BIG, to("job.id"), index=True)


class AttemptRow(Table):
    """A try of a job. It is lost at `lost_at` (lease and grace) unless renewed before.

    `month` (YYYYMM) names the table of its log; `offer` is the digest of what it was claimed for.
    `devices` are those that it holds, `reserved` is the time of all of them that it may take, from
    `placed_at` on where a batch system had it wait. `claim` is what its runner called the claim.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        UniqueConstraint("job_id", "fence"),
        Index("ix_attempt_state_lost_at", "state", "lost_at"),
        Index("ix_attempt_runner_id_state", "runner_id", "state"),
    )
    id: Mapped[Id]
    job_id: Mapped[int] = mapped_column(BIG, to("job.id"))
    fence: Mapped[int]
    runner_id: Mapped[int] = mapped_column(BIG, to("runner.id"))
    state: Mapped[AttemptState]
    phase: Mapped[Phase]
    claimed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    lost_at: Mapped[datetime]
    grace_seconds: Mapped[float]
    done: Mapped[int]
    total: Mapped[int]
    note: Mapped[str]
    month: Mapped[int]
    offer: Mapped[str] = mapped_column(server_default="")
    devices: Mapped[int] = mapped_column(server_default="1")
    reserved: Mapped[timedelta] = mapped_column(server_default="0")
    placed_at: Mapped[datetime | None]
    claim: Mapped[str] = mapped_column(server_default="")
