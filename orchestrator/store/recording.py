"""Records reports: checked by fence, appended and projected in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select, update

from matrix.verdict import Counts
from orchestrator.store import accounts, artifacts, documents
from orchestrator.store.appending import Arrived, append
from orchestrator.store.bulk import chunks
from orchestrator.store.columns import BIG, AttemptState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.digests import digest_of
from orchestrator.store.naming import learn
from orchestrator.store.open_jobs import OPEN_JOB, OpenJob
from orchestrator.store.policy import LEASE, after_report
from orchestrator.store.recorded import ReportRow
from orchestrator.store.settling import Ending, settle
from orchestrator.store.store import Store
from orchestrator.store.work import AttemptRow, JobRow, Lane, Runner, RunRow
from runners.work import Ended, Key, Phase, Report, Usage


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
    phase: Phase
    claimed_at: datetime
    lost_at: datetime
    grace_seconds: float
    devices: int
    reserved: timedelta
    placed_at: datetime | None
    job: OpenJob

    @property
    def heard_at(self) -> datetime:
        """When its lease was given or last renewed."""
        return self.lost_at - LEASE - timedelta(seconds=self.grace_seconds)

    @property
    def longest(self) -> timedelta | None:
        """How long it can have held its devices, its end told within a lease; None: not known."""
        if not self.reserved:
            return None
        preparing = documents.policies(self.job.policies).prepare_timeout
        return preparing + self.reserved / self.devices + LEASE


class Sent(NamedTuple):
    """A report and its digest."""

    report: Report
    digest: str


def record(store: Store, runner: int, ended: Sequence[Ended]) -> frozenset[Key]:
    """Record what is held under its fence; the keys that were refused.

    The same report again, under its fence, counts as accepted and changes nothing; another one
    is refused, for a report is never edited.
    """
    if not ended:
        return frozenset()
    keys = [one.key for one in ended]
    latest = {one.key: Sent(one.report, digest_of(one.report)) for one in ended}
    _learn(store, [one for one in ended if one.report.cases or one.report.metrics])
    now = store.clock.now()
    with store.write() as connection:
        found = attempts(connection, keys)
        held = {key for key in latest if _is_held(found.get(key), runner)}
        _record(
            connection, store, [(found[key], latest[key]) for key in latest if key in held], now
        )
        known = _known(connection, runner, [one for key, one in found.items() if key not in held])
    return frozenset(
        k for k, sent in latest.items() if k not in held and known.get(k) != sent.digest
    )


def _learn(store: Store, naming: Sequence[Ended]) -> None:
    """Have the names known that these reports bring; where none brings any, nothing is asked."""
    if not naming:
        return
    with store.read() as connection:
        seen = attempts(connection, [one.key for one in naming])
    learn(store, [(seen[one.key].suite, one.report) for one in naming if one.key in seen])


def attempts(connection: Connection, keys: Sequence[Key]) -> dict[Key, Attempt]:
    """The attempts of these keys, as far as they exist: one query."""
    wanted = set(keys)
    rows = connection.execute(_ATTEMPTS, {"jobs": sorted({key.job for key in keys})})
    found = (attempt_of(row) for row in rows)
    return {key: one for one in found if (key := Key(one.job.id, one.fence)) in wanted}


def attempt_of(row: Row[*tuple[Any, ...]]) -> Attempt:
    """The value of one row of `ATTEMPTS`."""
    return Attempt._make([*row[:_OWN], OpenJob._make(row[_OWN:])])


def close_attempts(
    connection: Connection,
    closed: Sequence[Attempt],
    state: AttemptState,
    now: datetime,
    told: Mapping[int, Usage] = MappingProxyType({}),
) -> None:
    """These attempts hold nothing any more; the device time that they took is counted.

    `told` is what their reports say that they took, by row.
    """
    rows = [one.id for one in closed]
    for chunk in chunks(rows):
        connection.execute(_CLOSE, {"rows": chunk, "new": state, "now": now})
    uses = [_use(one, state, now, told.get(one.id, Usage())) for one in closed]
    accounts.settle(connection, uses)


def _use(one: Attempt, state: AttemptState, now: datetime, told: Usage) -> accounts.Use:
    """What never began took nothing, and what is lost until it was last heard of.

    While nobody looked it took no longer than it may; what a batch system began meanwhile took
    what it says.
    """
    until = one.heard_at if state is AttemptState.LOST else now
    is_idle = state is AttemptState.RELEASED and one.phase is Phase.ASSIGNED
    is_unseen = is_idle or one.phase is Phase.SUBMITTED
    seen = until if is_unseen else one.placed_at or one.claimed_at
    longest = one.longest or max(until - one.claimed_at, timedelta())
    seconds = min(longest.total_seconds(), told.prepare_seconds + told.run_seconds)
    since = max(one.claimed_at, min(seen, until - timedelta(seconds=seconds)))
    whose = accounts.Whose(one.job.matrix, one.job.owner)
    return accounts.Use(whose, one.reserved, one.devices, since, min(until, since + longest))


def _is_held(attempt: Attempt | None, runner: int) -> bool:
    return (
        attempt is not None
        and attempt.runner == runner
        and attempt.state is AttemptState.OPEN
        and attempt.fence == attempt.current_fence
    )


def _known(connection: Connection, runner: int, seen: Sequence[Attempt]) -> dict[Key, str]:
    """Digests of what this runner has reported before."""
    mine = {one.id: Key(one.job.id, one.fence) for one in seen if one.runner == runner}
    if not mine:
        return {}
    rows = connection.execute(_DIGESTS, {"attempts": list(mine)})
    return {mine[attempt]: digest for attempt, digest in rows}


def _record(
    connection: Connection, store: Store, accepted: Sequence[tuple[Attempt, Sent]], now: datetime
) -> None:
    if not accepted:
        return
    arrived = [Arrived(one.id, one.job.id, one.suite, *sent) for one, sent in accepted]
    counts = append(connection, store.names, arrived, now)
    made = {a.job.id: sent.report.artifacts for a, sent in accepted if sent.report.artifacts}
    artifacts.note(connection, made, now)
    told = {one.id: sent.report.usage for one, sent in accepted}
    close_attempts(connection, [one for one, _ in accepted], AttemptState.REPORTED, now, told)
    settle(
        connection,
        [
            _ending(attempt, one, counted)
            for (attempt, one), counted in zip(accepted, counts, strict=True)
        ],
        now,
    )


def _ending(attempt: Attempt, one: Sent, counts: Counts) -> Ending:
    job = attempt.job
    limit = documents.policies(job.policies).infrastructure_attempts
    fate = after_report(one.report, cancel=job.cancel, tries=job.tries, limit=limit)
    return Ending(job, fate, one.report, counts, attempt.runner_name)


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
        AttemptRow.phase,
        AttemptRow.claimed_at,
        AttemptRow.lost_at,
        AttemptRow.grace_seconds,
        AttemptRow.devices,
        AttemptRow.reserved,
        AttemptRow.placed_at,
        *OPEN_JOB,
    )
    .join(JobRow, JobRow.id == AttemptRow.job_id)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .join(CellStateRow, CellStateRow.id == JobRow.cell_state_id)
    .join(Runner, Runner.id == AttemptRow.runner_id)
)
_OWN = len(Attempt._fields) - 1  # columns before those of the job
_ATTEMPTS = ATTEMPTS.where(AttemptRow.job_id.in_(bindparam("jobs", expanding=True)))
_DIGESTS = select(ReportRow.attempt_id, ReportRow.digest).where(
    ReportRow.attempt_id.in_(bindparam("attempts", expanding=True))
)
_CLOSE = (
    update(AttemptRow)
    .where(AttemptRow.id.in_(bindparam("rows", expanding=True, type_=BIG)))
    .values(state=bindparam("new"), phase=Phase.ENDED, ended_at=bindparam("now"))
)
