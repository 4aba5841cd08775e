"""Starts runs: what they are about, why, and their jobs, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from matrix.model import SKIPPED, Job, Matrix
from matrix.policies import Policies
from matrix.trigger import LOCAL
from orchestrator.store import documents
from orchestrator.store.declared import MatrixRevision
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import Row, next_id
from orchestrator.store.planning import save, save_names
from orchestrator.store.queueing import ONCE, Batch, Turns
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import RunRow, SubjectRow, TriggerRow

_REQUEST = re.compile(r"(refs/)?(pull|merge-requests)/(?P<number>[0-9]+)/head")


class Seen(NamedTuple):
    """What a trigger has seen: a reference with its head; without one: a place, or ("") a clock.

    Where it led to no run, `why` tells.
    """

    name: str
    reference: str = ""
    head: str = ""
    why: str = ""

    @property
    def series(self) -> str:
        """What its runs are called together."""
        return f"{self.name}:{self.reference}"


class Subject(NamedTuple):
    """What a run is about: a component of a repository, from one commit to another.

    `committed_at`, `title` and `parent` are what the head says of itself, where it was asked;
    `request` is the pull request whose head it is ("#7"), where it was asked for as such.
    """

    component: str
    repository: str = ""
    base: str = ""
    head: str = ""
    committed_at: datetime | None = None
    title: str = ""
    parent: str = ""
    request: str = ""

    def seen_as(self, seen: Seen | None) -> Subject:
        """The same, where a trigger saw it as the head of a pull request."""
        is_seen = seen is not None and seen.head == self.head and not self.request
        return self._replace(request=request_of(seen.reference)) if seen and is_seen else self


def request_of(reference: str) -> str:
    """What people call the pull (or merge) request whose head that is, "" where it is none."""
    found = _REQUEST.fullmatch(reference)
    return f"#{found['number']}" if found else ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why a run starts and on whose behalf; `note` is a line for people.

    A run `aside` speaks of its subjects alone and changes nothing on the grid. `seen` is what a
    declared trigger has seen, which is remembered with the run, as are its other `marks` and the
    `messages` that led to it. One that `supersedes` ends what older runs of its series have still
    queued.
    """

    kind: str = "request"
    owner: str = LOCAL
    note: str = ""
    subjects: tuple[Subject, ...] = ()
    aside: bool = False
    seen: Seen | None = None
    marks: tuple[Seen, ...] = ()
    messages: tuple[str, ...] = ()
    supersedes: bool = False


class Begun(NamedTuple):
    """A run that has begun, and the rows of its jobs as `Batch.queue` orders them."""

    run: int
    jobs: tuple[int, ...]


def start_run(store: Store, matrix: Matrix, jobs: Sequence[Job], trigger: Trigger) -> int:
    """Queue these planned jobs of a saved matrix as one run, in their order; returns its id.

    Jobs that are skipped are noted as ended, with their reason.
    """
    with store.write() as connection:
        return begin_run(connection, matrix, jobs, trigger, store.clock.now()).run


def begin_run(  # noqa: PLR0913, PLR0917 - what a run consists of
    connection: Connection,
    matrix: Matrix,
    jobs: Sequence[Job],
    trigger: Trigger,
    now: datetime,
    turns: Turns = ONCE,
) -> Begun:
    """The same within a transaction; each job as often as its turns say."""
    found = save(connection, matrix, now)
    names = save_names(connection, found, matrix, now)
    times = [job for _, job in turns.times(jobs)]
    row = _run_row(matrix, trigger, times, now)
    subjects = [one.seen_as(trigger.seen) for one in trigger.subjects]
    run = _save_run(connection, found, matrix.digest, row, subjects)
    for seen in filter(None, (trigger.seen, *trigger.marks)):
        remember(connection, found, seen, now, run)
    batch = Batch(connection, found, run, matrix, names, trigger.owner, now)
    queued = batch.queue(jobs, aside=trigger.aside, turns=turns)
    touch(connection, found, queued.states)
    count_unoffered(connection)
    emit(connection, now, [Draft(found, "run", str(run), {"state": "running"})])
    return Begun(run, queued.jobs)


def _run_row(matrix: Matrix, trigger: Trigger, jobs: Sequence[Job], now: datetime) -> Row:
    ended = sum(1 for job in jobs if job.status == SKIPPED)
    return {
        "trigger": trigger.kind,
        "note": trigger.note,
        "policies": documents.dumped(Policies, matrix.policies),
        "jobs": len(jobs),
        "ended": ended,
        "unoffered": 0,
        "skipped": 0,
        "started_at": now,
        "ended_at": None if ended < len(jobs) else now,
        "cancelled": False,
        "aside": trigger.aside,
        "series": trigger.seen.series if trigger.seen else "",
    }


def _save_run(
    connection: Connection, found: int, digest: str, row: Row, subjects: Sequence[Subject]
) -> int:
    revision = select(MatrixRevision.id).where(
        MatrixRevision.matrix_id == found, MatrixRevision.digest == digest
    )
    run = next_id(connection, RunRow)
    own = {"id": run, "matrix_id": found, "revision_id": connection.execute(revision).scalar_one()}
    connection.execute(insert(RunRow), [row | own])
    if subjects:
        rows = [{"run_id": run, **subject._asdict()} for subject in subjects]
        connection.execute(insert(SubjectRow), rows)
    return run


def remember(
    connection: Connection, found: int, seen: Seen, now: datetime, run: int | None = None
) -> None:
    """Write where a trigger of a matrix stands; without a run it keeps the one it had."""
    row: Row = {"head": seen.head, "seen_at": now, "why": seen.why}
    row |= {"run_id": run} if run else {}
    mine = (
        TriggerRow.matrix_id == found,
        TriggerRow.name == seen.name,
        TriggerRow.reference == seen.reference,
    )
    if connection.execute(update(TriggerRow).where(*mine).values(row)).rowcount == 0:
        own = {"matrix_id": found, "name": seen.name, "reference": seen.reference, "run_id": run}
        connection.execute(insert(TriggerRow), [own | row])
