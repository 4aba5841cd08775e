"""What time alone ends: lost leases, jobs that waited too long, results that went stale."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, or_, select, update

from matrix.status import Layer, Status
from orchestrator.store import documents
from orchestrator.store.announcing import GONE_AFTER, mark_gone
from orchestrator.store.budgets import NO_BUDGETS, Price, balances
from orchestrator.store.cancelling import nobody_took
from orchestrator.store.columns import AttemptState, End, JobState
from orchestrator.store.declared import Cell, CellStateRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.open_jobs import OPEN_JOB, OpenJob
from orchestrator.store.paired import PairRow
from orchestrator.store.policy import Fate, after_loss
from orchestrator.store.recording import ATTEMPTS, Attempt, attempt_of, close_attempts
from orchestrator.store.settling import Ending, settle
from orchestrator.store.shapes import count_unoffered, is_unmet
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import AttemptRow, JobRow, Lane, Owner, Runner, RunRow, Shape

WAITED = "it waited longer than the matrix allows (policies.max_queue)"


def expire(store: Store) -> int:
    """What time alone ends: lost leases, jobs that waited too long, silent runners.

    Returns how many attempts and jobs that were. Called every few seconds by the service.
    """
    now = store.clock.now()
    with store.read() as connection:
        if not _is_something_due(connection, now):
            return 0
    with store.write() as connection:
        lost = [attempt_of(row) for row in connection.execute(_LOST, {"now": now})]
        close_attempts(connection, lost, AttemptState.LOST, now)
        settle(connection, [Ending(one.job, _loss(one)) for one in lost], now)
        waited = _waited(connection, now)
        settle(connection, waited, now)
        stranded = [
            Ending(OpenJob._make(row[1:]), _stranded(row[0]))
            for row in connection.execute(_STRANDED, {"then": now - GONE_AFTER})
        ]
        settle(connection, stranded, now)
        if waited or stranded:
            count_unoffered(connection)
        mark_gone(connection, now)
        _turn_stale(connection, now)
    return len(lost) + len(waited) + len(stranded)


def _is_something_due(connection: Connection, now: datetime) -> bool:
    due = (_LOST, _WAITED, _STRANDED, _STALE, _QUIET)
    values = {"now": now, "then": now - GONE_AFTER}
    return any(connection.execute(wanted.limit(1), values).first() for wanted in due)


def _waited(connection: Connection, now: datetime) -> list[Ending]:
    """Jobs that waited too long: for a runner, for their owner's budget, or for their turn."""
    rows = connection.execute(_WAITED, {"now": now}).all()
    known = balances(connection, now) if rows else NO_BUDGETS
    found = []
    for unmet, cost, owner, *row in rows:
        job = OpenJob._make(row)
        short = known.shortage(Price(job.matrix, owner, cost))
        why = unmet or (f"{WAITED}; it {short}" if short else WAITED)
        found.append(Ending(job, nobody_took(why), unoffered=bool(unmet)))
    return found


def _loss(attempt: Attempt) -> Fate:
    job = attempt.job
    limit = documents.policies(job.policies).infrastructure_attempts
    return after_loss(cancel=job.cancel, tries=job.tries, limit=limit)


def _stranded(runner: str) -> Fate:
    """The second job of a pair: it runs where the first one did, or not at all."""
    reason = f"its pair began on {runner}, which has not offered that place since"
    return Fate(End.LOST, Status.MISS, Layer.INFRA, reason)


def _turn_stale(connection: Connection, now: datetime) -> None:
    """Pages hear of a result that is too old to stand; the projection itself is unchanged."""
    rows = connection.execute(_STALE, {"now": now}).all()
    if not rows:
        return
    ids = [{"row": row.id} for row in rows]
    connection.execute(_STALE_KNOWN, ids)
    for matrix in sorted({row.matrix_id for row in rows}):
        touch(connection, matrix, [row.id for row in rows if row.matrix_id == matrix])
    emit(
        connection,
        now,
        [
            Draft(row.matrix_id, "progress", f"{row.site}/{row.accelerator}", {"state": "stale"})
            for row in rows
        ],
    )


_LOST = ATTEMPTS.where(
    AttemptRow.state == AttemptState.OPEN, AttemptRow.lost_at < bindparam("now")
).order_by(AttemptRow.id)
_WAITED = (
    select(Shape.unmet, Shape.cost, Owner.name, *OPEN_JOB)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Owner, Owner.id == Lane.owner_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(JobRow.state == JobState.QUEUED, JobRow.expires_at < bindparam("now"))
)
_STRANDED = (
    select(Runner.name, *OPEN_JOB)
    .select_from(PairRow)
    .join(Runner, Runner.id == PairRow.bound_to)
    .join(JobRow, or_(JobRow.id == PairRow.base_job_id, JobRow.id == PairRow.head_job_id))
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .where(
        JobRow.state == JobState.QUEUED,
        JobRow.queued_at < bindparam("then"),
        is_unmet(),
        or_(Runner.gone.is_(False), Runner.seen_at < bindparam("then")),
    )
)
_STALE = (
    select(CellStateRow.id, CellStateRow.matrix_id, Cell.site, Cell.accelerator)
    .join(Cell, Cell.id == CellStateRow.cell_id)
    .where(CellStateRow.stale_at < bindparam("now"))
)
_STALE_KNOWN = update(CellStateRow).where(CellStateRow.id == bindparam("row")).values(stale_at=None)
_QUIET = select(Runner.id).where(
    Runner.gone.is_(False),
    Runner.seen_at < bindparam("then"),
    ~exists().where(AttemptRow.runner_id == Runner.id, AttemptRow.state == AttemptState.OPEN),
)
