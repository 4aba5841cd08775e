"""Many jobs into the queue in one transaction, those that wait for others behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, insert, update

from matrix.expand import merged_id
from matrix.model import SKIPPED, Job, Matrix, Overrides, Suite
from matrix.status import Layer, Status
from orchestrator.plan import Pairs
from orchestrator.store import documents
from orchestrator.store.columns import BIG, End, JobState, Visibility
from orchestrator.store.declared import CellStateRow, StackVersion, SuiteDefinition
from orchestrator.store.feeding import bind
from orchestrator.store.ids import Row, intern, next_id
from orchestrator.store.lanes import EMPTY, add, change
from orchestrator.store.planning import Names, role_of, save_states
from orchestrator.store.work import JobRow, Lane, Owner, Verdict


class Turns(NamedTuple):
    """How often each job is run: one that is in `once` a single time.

    Its first time is queued at once, unless it is fed or in `behind`; all else is blocked: what it
    waits for queues it.
    """

    repetitions: int = 1
    once: frozenset[str] = frozenset()
    behind: frozenset[str] = frozenset()

    def times(self, jobs: Sequence[Job]) -> tuple[tuple[int, Job], ...]:
        """Each time that a job is run, by repetition and then in the order of the jobs."""
        return tuple(
            (repetition, job)
            for repetition in range(1, self.repetitions + 1)
            for job in jobs
            if repetition == 1 or job.id not in self.once
        )


class Queued(NamedTuple):
    """The cell states that now wait, and the rows of the jobs, one for each of their times."""

    states: tuple[int, ...] = ()
    jobs: tuple[int, ...] = ()


ONCE = Turns()


@dataclass(frozen=True, slots=True)
class Batch:
    """The jobs of one run on their way into the tables."""

    connection: Connection
    found: int
    run: int
    matrix: Matrix
    names: Names
    owner: str
    now: datetime

    def queue(self, jobs: Sequence[Job], *, aside: bool = False, turns: Turns = ONCE) -> Queued:
        """Write everything."""
        if not jobs:
            return Queued()
        planned = save_states(
            self.connection, self.found, self.matrix, self.names, jobs, aside=aside
        )
        times = turns.times(jobs)
        verdicts = self._verdicts(times, planned.states)
        suites, stacks = self._definitions(), self._versions()
        lanes = self._lanes(jobs, planned.shapes)
        first = next_id(self.connection, JobRow)
        feeding = {producer for job in jobs for _, producer in job.inputs}
        rows = []
        for number, (repetition, job) in enumerate(times):
            name = merged_id(job)
            waits = repetition > 1 or job.inputs or job.id in turns.behind
            rows.append(
                QUEUED
                | self._job(job)
                | {
                    "id": first + number,
                    "repetition": repetition,
                    "state": _state(job, waits=bool(waits)),
                    "feeds": job.id in feeding,
                    "verdict_id": verdicts[name],
                    "cell_state_id": planned.states[name],
                    "lane_id": lanes[self._priority(job), planned.shapes[name]],
                    "suite_definition_id": suites[job.suite],
                    "stack_version_id": stacks[job.stack],
                }
            )
        self.connection.execute(insert(JobRow), rows)
        self._bind(times, [row["id"] for row in rows])
        self._count(rows)
        return Queued(tuple(set(planned.states.values())), tuple(row["id"] for row in rows))

    def _bind(self, times: Sequence[tuple[int, Job]], rows: Sequence[int]) -> None:
        """Each time of a job is fed by the first time of its producers."""
        made = {job.id: row for (n, job), row in zip(times, rows, strict=True) if n == 1}
        fed = {
            row: [(kind, made[one]) for kind, one in job.inputs]
            for (_, job), row in zip(times, rows, strict=True)
            if job.inputs
        }
        bind(self.connection, fed)

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
            **self._left_out(job, {"end": End.REPORTED}),
        }

    def _left_out(self, job: Job, ended: Row) -> Row:
        """What is known at once of a job, or its verdict, that is only noted."""
        if job.status != SKIPPED:
            return {}
        return ended | {"status": Status.SKIP, "reason": job.reason, "ended_at": self.now}

    def _priority(self, job: Job) -> int:
        own = job.overrides.priority
        return self.matrix.policies.priority if own is None else own

    def _verdicts(self, times: Sequence[tuple[int, Job]], states: dict[str, int]) -> dict[str, int]:
        counted = Counter(merged_id(job) for _, job in times)
        shards = Counter(merged_id(job) for repetition, job in times if repetition == 1)
        left = {merged_id(job): self._left_out(job, {"open": 0}) for _, job in times}
        first = next_id(self.connection, Verdict)
        rows = [
            _UNKNOWN
            | {
                "id": first + number,
                "run_id": self.run,
                "cell_state_id": states[name],
                "name": name,
                "shards": shards[name],
                "open": count,
            }
            | left[name]
            for number, (name, count) in enumerate(counted.items())
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
        owner = owner_id(self.connection, self.owner)
        pairs = {(self._priority(job), shapes[merged_id(job)]) for job in jobs}
        rows: list[Row] = [
            {"rank": -priority, "owner_id": owner, "shape_id": shape} | EMPTY
            for priority, shape in sorted(pairs)
        ]
        key = ("rank", "owner_id", "shape_id")
        ids = intern(self.connection, Lane, key, rows, {"matrix_id": self.found})
        return {pair: ids[-pair[0], owner, pair[1]] for pair in pairs}

    def _count(self, rows: Sequence[Row]) -> None:
        lanes = Counter(row["lane_id"] for row in rows if row["state"] is JobState.QUEUED)
        ended = JobState.ENDED
        states = Counter(row["cell_state_id"] for row in rows if row["state"] is not ended)
        waiting(self.connection, lanes, states)


def _state(job: Job, *, waits: bool) -> JobState:
    if job.status == SKIPPED:
        return JobState.ENDED
    return JobState.BLOCKED if waits else JobState.QUEUED


def owner_id(connection: Connection, name: str) -> int:
    """An owner's row, made where it is new."""
    row: Row = {"name": name, "leased": 0, "visibility": Visibility.PUBLIC, "visible_until": None}
    return intern(connection, Owner, ("name",), [row])[name,]


def waiting(connection: Connection, lanes: Counter[int], states: Counter[int]) -> None:
    """So many more jobs wait in these lanes and for these cell states."""
    change(connection, lanes)
    add(connection, _STATES, states)


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
    "feeds": False,
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
_STATES = (
    update(CellStateRow)
    .where(CellStateRow.id.in_(bindparam("rows", expanding=True, type_=BIG)))
    .values(queued=CellStateRow.queued + bindparam("more"))
)
