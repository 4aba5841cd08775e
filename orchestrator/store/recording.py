"""Records reports: checked by fence, appended and projected in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from matrix.verdict import Counts
from orchestrator.store import documents
from orchestrator.store.appending import Arrived, append
from orchestrator.store.columns import AttemptState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.naming import learn
from orchestrator.store.policy import after_report
from orchestrator.store.settling import Ending, OpenJob, settle
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, JobRow, Lane, Runner, RunRow
from runners.work import Ended, Key, Phase


class Attempt(NamedTuple):
    """An attempt, its job, and the suite that the report's names belong to."""

    id: int
    fence: int
    runner: int
    state: AttemptState
    suite: int
    runner_name: str
    current_fence: int
    month: int
    job: OpenJob


def record(store: Store, runner: int, ended: Sequence[Ended]) -> frozenset[Key]:
    """Record what is held under its fence; the keys that were refused.

    A report that was recorded already under its fence counts as accepted and changes nothing.
    """
    if not ended:
        return frozenset()
    keys = [one.key for one in ended]
    with store.read() as connection:
        seen = attempts(connection, keys)
    learn(store, [(seen[one.key].suite, one.report) for one in ended if one.key in seen])
    now = store.clock.now()
    with store.write() as connection:
        found = attempts(connection, keys)
        latest = {one.key: one for one in ended}
        accepted = [one for key, one in latest.items() if _is_held(found.get(key), runner)]
        _record(connection, store, [(found[one.key], one) for one in accepted], now)
    known = {key for key in latest if _is_known(found.get(key), runner)}
    return frozenset(latest.keys() - known)


def attempts(connection: Connection, keys: Sequence[Key]) -> dict[Key, Attempt]:
    """The attempts of these keys, as far as they exist: one query."""
    wanted = set(keys)
    rows = connection.execute(_ATTEMPTS, {"jobs": sorted({key.job for key in keys})})
    found = (attempt_of(row) for row in rows)
    return {key: one for one in found if (key := Key(one.job.id, one.fence)) in wanted}


def attempt_of(row: Row[*tuple[Any, ...]]) -> Attempt:
    """The value of one row of `ATTEMPTS`."""
    return Attempt._make([*row[:8], OpenJob._make(row[8:])])


def close_attempts(
    connection: Connection, rows: Sequence[int], state: AttemptState, now: datetime
) -> None:
    """These attempts hold nothing any more."""
    if rows:
        values = [{"row": row, "new": state, "now": now} for row in rows]
        connection.execute(_CLOSE, values)


def _is_held(attempt: Attempt | None, runner: int) -> bool:
    return (
        attempt is not None
        and attempt.runner == runner
        and attempt.state is AttemptState.OPEN
        and attempt.fence == attempt.current_fence
    )


def _is_known(attempt: Attempt | None, runner: int) -> bool:
    """Held until now, or recorded before."""
    done = attempt is not None and attempt.state is AttemptState.REPORTED
    return _is_held(attempt, runner) or (done and attempt is not None and attempt.runner == runner)


def _record(
    connection: Connection, store: Store, accepted: Sequence[tuple[Attempt, Ended]], now: datetime
) -> None:
    if not accepted:
        return
    arrived = [
        Arrived(attempt.id, attempt.job.id, attempt.suite, one.report) for attempt, one in accepted
    ]
    counts = append(connection, store.names, arrived, now)
    close_attempts(connection, [a.id for a, _ in accepted], AttemptState.REPORTED, now)
    settle(
        connection,
        [
            _ending(attempt, one, counted)
            for (attempt, one), counted in zip(accepted, counts, strict=True)
        ],
        now,
    )


def _ending(attempt: Attempt, one: Ended, counts: Counts) -> Ending:
    job = attempt.job
    limit = documents.policies(job.policies).infrastructure_attempts
    fate = after_report(one.report, cancel=job.cancel, tries=job.tries, limit=limit)
    return Ending(job, fate, one.report, counts, attempt.runner_name)


OPEN_JOB = (
    JobRow.id,
    JobRow.name,
    JobRow.matrix_id,
    JobRow.run_id,
    JobRow.verdict_id,
    JobRow.cell_state_id,
    JobRow.lane_id,
    Lane.owner_id,
    JobRow.state,
    JobRow.cancel,
    JobRow.tries,
    JobRow.shards,
    RunRow.policies,
)
ATTEMPTS = (
    select(
        AttemptRow.id,
        AttemptRow.fence,
        AttemptRow.runner_id,
        AttemptRow.state,
        CellStateRow.suite_id,
        Runner.name,
        JobRow.fence,
        AttemptRow.month,
        *OPEN_JOB,
    )
    .join(JobRow, JobRow.id == AttemptRow.job_id)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .join(CellStateRow, CellStateRow.id == JobRow.cell_state_id)
    .join(Runner, Runner.id == AttemptRow.runner_id)
)
_ATTEMPTS = ATTEMPTS.where(AttemptRow.job_id.in_(bindparam("jobs", expanding=True)))
_CLOSE = (
    update(AttemptRow)
    .where(AttemptRow.id == bindparam("row"))
    .values(state=bindparam("new"), phase=Phase.ENDED, ended_at=bindparam("now"))
)
