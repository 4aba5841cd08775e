"""Starts runs: many jobs into the queue in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, update

from matrix.expand import merged_id
from matrix.model import Job, Matrix, Overrides, Suite
from matrix.policies import Policies
from matrix.status import Layer
from orchestrator.plan import Pairs
from orchestrator.store import documents
from orchestrator.store.columns import End, JobState, Visibility
from orchestrator.store.declared import CellStateRow, MatrixRevision, StackVersion, SuiteDefinition
from orchestrator.store.events import Draft, emit
from orchestrator.store.ids import Row, intern, next_id
from orchestrator.store.lanes import change
from orchestrator.store.planning import Names, role_of, save, save_names, save_states
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import JobRow, Lane, Owner, RunRow, SubjectRow, TriggerRow, Verdict


class Seen(NamedTuple):
    """What a trigger has seen: a reference with its head; without one: a place, or ("") a clock."""

    name: str
    reference: str = ""
    head: str = ""

    @property
    def series(self) -> str:
        """What its runs are called together."""
        return f"{self.name}:{self.reference}"


class Subject(NamedTuple):
    """What a run is about: a component of a repository, from one commit to another.

    `committed_at` and `title` are what the head says of itself, where it was asked.
    """

    component: str
    repository: str = ""
    base: str = ""
    head: str = ""
    committed_at: datetime | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Trigger:
    """Why a run starts and on whose behalf; `note` is a line for people.

    A run `aside` speaks of its subjects alone and changes nothing on the grid. `seen` is what a
    declared trigger has seen, which is remembered with the run.
    """

    kind: str = "request"
    owner: str = "local"
    note: str = ""
    subjects: tuple[Subject, ...] = ()
    aside: bool = False
    seen: Seen | None = None


def start_run(store: Store, matrix: Matrix, jobs: Sequence[Job], trigger: Trigger) -> int:
    """Queue these planned jobs of a saved matrix as one run, in their order; returns its id."""
    now = store.clock.now()
    with store.write() as connection:
        found = save(connection, matrix, now)
        names = save_names(connection, found, matrix, now)
        row = _run_row(matrix, trigger, len(jobs), now)
        run = _save_run(connection, found, matrix.digest, row, trigger.subjects)
        if trigger.seen:
            remember(connection, found, trigger.seen, now, run)
        batch = _Batch(connection, found, run, matrix, names, trigger, now)
        states = batch.queue(jobs)
        touch(connection, found, states)
        count_unoffered(connection)
        emit(connection, now, [Draft(found, "run", str(run), {"state": "running"})])
    return run


def _run_row(matrix: Matrix, trigger: Trigger, jobs: int, now: datetime) -> Row:
    return {
        "trigger": trigger.kind,
        "note": trigger.note,
        "policies": documents.dumped(Policies, matrix.policies),
        "jobs": jobs,
        "ended": 0,
        "unoffered": 0,
        "skipped": 0,
        "started_at": now,
        "ended_at": None if jobs else now,
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
    row: Row = {"head": seen.head, "seen_at": now} | ({"run_id": run} if run else {})
    mine = (
        TriggerRow.matrix_id == found,
        TriggerRow.name == seen.name,
        TriggerRow.reference == seen.reference,
    )
    if connection.execute(update(TriggerRow).where(*mine).values(row)).rowcount == 0:
        own = {"matrix_id": found, "name": seen.name, "reference": seen.reference, "run_id": run}
        connection.execute(insert(TriggerRow), [own | row])


@dataclass(frozen=True, slots=True)
class _Batch:
    """The jobs of one run on their way into the tables."""

    connection: Connection
    found: int
    run: int
    matrix: Matrix
    names: Names
    trigger: Trigger
    now: datetime

    def queue(self, jobs: Sequence[Job]) -> tuple[int, ...]:
        """Write everything; returns the cell states that now wait."""
        if not jobs:
            return ()
        aside = self.trigger.aside
        planned = save_states(
            self.connection, self.found, self.matrix, self.names, jobs, aside=aside
        )
        verdicts = self._verdicts(jobs, planned.states)
        suites, stacks = self._definitions(), self._versions()
        lanes = self._lanes(jobs, planned.shapes)
        first = next_id(self.connection, JobRow)
        rows = []
        for number, job in enumerate(jobs):
            name = merged_id(job)
            rows.append(
                QUEUED
                | self._job(job)
                | {
                    "id": first + number,
                    "verdict_id": verdicts[name],
                    "cell_state_id": planned.states[name],
                    "lane_id": lanes[self._priority(job), planned.shapes[name]],
                    "suite_definition_id": suites[job.suite],
                    "stack_version_id": stacks[job.stack],
                }
            )
        self.connection.execute(insert(JobRow), rows)
        self._count(rows)
        return tuple(set(planned.states.values()))

    def _job(self, job: Job) -> Row:
        return {
            "matrix_id": self.found,
            "run_id": self.run,
            "name": job.id,
            "role": role_of(self.matrix, job),
            "priority": self._priority(job),
            "shard": job.shard,
            "shards": job.shards,
            "overrides": documents.dumped(Overrides, job.overrides),
            "queued_at": self.now,
            "expires_at": self.now + self.matrix.policies.max_queue,
        }

    def _priority(self, job: Job) -> int:
        own = job.overrides.priority
        return self.matrix.policies.priority if own is None else own

    def _verdicts(self, jobs: Sequence[Job], states: dict[str, int]) -> dict[str, int]:
        counted = Counter(merged_id(job) for job in jobs)
        first = next_id(self.connection, Verdict)
        rows = [
            _UNKNOWN
            | {
                "id": first + number,
                "run_id": self.run,
                "cell_state_id": states[name],
                "name": name,
                "shards": shards,
                "open": shards,
            }
            for number, (name, shards) in enumerate(counted.items())
        ]
        self.connection.execute(insert(Verdict), rows)
        return {row["name"]: row["id"] for row in rows}

    def _definitions(self) -> dict[str, int]:
        found = {}
        for suite in self.matrix.suites:
            row: Row = {"digest": suite.digest, "document": documents.dumped(Suite, suite)}
            within = {"suite_id": self.names.suites[suite.name]}
            ids = intern(self.connection, SuiteDefinition, ("digest",), [row], within)
            found[suite.name] = ids[suite.digest,]
        return found

    def _versions(self) -> dict[str, int]:
        found = {}
        for stack in self.matrix.stacks:
            text = documents.dumped(Pairs, stack.components)
            row: Row = {"digest": documents.digest(text), "components": text}
            within = {"stack_id": self.names.stacks[stack.name]}
            ids = intern(self.connection, StackVersion, ("digest",), [row], within)
            found[stack.name] = ids[row["digest"],]
        return found

    def _lanes(self, jobs: Sequence[Job], shapes: dict[str, int]) -> dict[tuple[int, int], int]:
        owner = owner_id(self.connection, self.trigger.owner)
        pairs = {(self._priority(job), shapes[merged_id(job)]) for job in jobs}
        rows: list[Row] = [
            {"rank": -priority, "owner_id": owner, "shape_id": shape} | _EMPTY
            for priority, shape in sorted(pairs)
        ]
        key = ("rank", "owner_id", "shape_id")
        ids = intern(self.connection, Lane, key, rows, {"matrix_id": self.found})
        return {pair: ids[-pair[0], owner, pair[1]] for pair in pairs}

    def _count(self, rows: Sequence[Row]) -> None:
        lanes = Counter(row["lane_id"] for row in rows)
        states = Counter(row["cell_state_id"] for row in rows)
        waiting(self.connection, lanes, states)


def owner_id(connection: Connection, name: str) -> int:
    """An owner's row, made where it is new."""
    row: Row = {"name": name, "leased": 0, "visibility": Visibility.PUBLIC, "visible_until": None}
    return intern(connection, Owner, ("name",), [row])[name,]


def waiting(connection: Connection, lanes: Counter[int], states: Counter[int]) -> None:
    """So many more jobs wait in these lanes and for these cell states."""
    change(connection, lanes)
    connection.execute(_STATES, [{"row": row, "more": n} for row, n in states.items()])


QUEUED: Row = {
    "lock_id": None,
    "parent_id": None,
    "cause": "",
    "state": JobState.QUEUED,
    "end": End.OPEN,
    "status": None,
    "layer": Layer.NONE,
    "reason": "",
    "repeat": "",
    "fence": 0,
    "tries": 0,
    "cancel": False,
    "ended_at": None,
}
_UNKNOWN: Row = {
    "status": None,
    "layer": Layer.NONE,
    "reason": "",
    "fail": 0,
    "error": 0,
    "miss": 0,
    "passed": 0,
    "done": 0,
    "skip": 0,
    "expected": 0,
    "ended_at": None,
}
_EMPTY: Row = {"queued": 0, "waiting": False, "head": 0}
_STATES = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("row"))
    .values(queued=CellStateRow.queued + bindparam("more"))
)
