"""Leases while attempts run: held, renewed, noted, released, and lost when nobody renews."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from matrix.status import Layer
from orchestrator.dispatch.port import Renewal
from orchestrator.store.announcing import heard
from orchestrator.store.bulk import chunks
from orchestrator.store.columns import BIG, PENDING, AttemptState, End, JobState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.months import ensure, log_table
from orchestrator.store.open_jobs import OpenJob
from orchestrator.store.policy import CANCELLED, LEASE, Fate
from orchestrator.store.recording import Attempt, attempts, close_attempts
from orchestrator.store.settling import Ending, settle
from orchestrator.store.store import Store
from orchestrator.store.touch import touch
from orchestrator.store.work import AttemptRow, JobRow, Runner
from runners.work import Key, LogChunk, Phase, Progress


def held(store: Store, runner: int) -> tuple[Key, ...]:
    """The open attempts of a runner, oldest first."""
    with store.read() as connection:
        return tuple(Key(job, fence) for job, fence in connection.execute(_HELD, {"who": runner}))


def foreign(store: Store, runner: int, keys: Sequence[Key]) -> frozenset[Key]:
    """Those of the keys that are of no attempt of this runner, whatever became of the others."""
    wanted = frozenset(keys)
    with store.read() as connection:
        rows = connection.execute(_OWN, {"who": runner, "jobs": sorted({k.job for k in wanted})})
        return wanted - {Key(job, fence) for job, fence in rows}


def renew(store: Store, runner: int, keys: Sequence[Key]) -> Renewal:
    """Prolong what is still held; say which of the keys are cancelled and which are lost."""
    heard(store, runner)
    now = store.clock.now()
    with store.write() as connection:
        found = attempts(connection, keys)
        mine = {key: one for key, one in found.items() if _is_mine(one, runner)}
        _prolong(connection, [one.id for one in mine.values()], now)
    cancelled = frozenset(key for key, one in mine.items() if one.job.cancel)
    return Renewal(cancelled, frozenset(keys) - mine.keys())


def renew_all(store: Store) -> int:
    """A server that comes back renews every lease before it judges any; how many there were."""
    now = store.clock.now()
    with store.write() as connection:
        wanted = select(AttemptRow.id).where(AttemptRow.state == AttemptState.OPEN)
        rows = list(connection.scalars(wanted))
        _prolong(connection, rows, now)
        connection.execute(update(Runner).where(Runner.gone.is_(False)).values(seen_at=now))
    return len(rows)


def note(
    store: Store, runner: int, progress: Sequence[Progress], chunks: Sequence[LogChunk]
) -> None:
    """Store progress and log bytes of this runner's attempts; the rest is not ours to keep."""
    keys = [*(one.key for one in progress), *(chunk.key for chunk in chunks)]
    if not keys:
        return
    with store.write() as connection:
        found = attempts(connection, keys)
        mine = {key: one for key, one in found.items() if one.runner == runner}
        _note_progress(connection, mine, {one.key: one for one in progress}, store.clock.now())
        _note_log(connection, mine, chunks)


def release(store: Store, runner: int, keys: Sequence[Key]) -> None:
    """Back to the queue, without counting an attempt; a cancelled one ends."""
    now = store.clock.now()
    with store.write() as connection:
        mine = [one for one in attempts(connection, keys).values() if _is_mine(one, runner)]
        close_attempts(connection, mine, AttemptState.RELEASED, now)
        back = Fate(End.OPEN, None, Layer.NONE, "", counted=False)
        fates = [CANCELLED if one.job.cancel else back for one in mine]
        settle(connection, [Ending(a.job, f) for a, f in zip(mine, fates, strict=True)], now)


def _is_mine(attempt: Attempt, runner: int) -> bool:
    return (
        attempt.runner == runner
        and attempt.state is AttemptState.OPEN
        and attempt.fence == attempt.current_fence
    )


def _prolong(connection: Connection, rows: Sequence[int], now: datetime) -> None:
    """`lost_at` is the lease and the attempt's grace from now."""
    graces: dict[int, float] = {}
    for chunk in chunks(rows):
        found = connection.execute(_GRACES, {"rows": chunk})
        graces.update((row[0], row[1]) for row in found)
    values = [
        {"row": row, "until": now + LEASE + timedelta(seconds=seconds)}
        for row, seconds in graces.items()
    ]
    if values:
        connection.execute(_PROLONG, values)


def _note_progress(
    connection: Connection, mine: dict[Key, Attempt], progress: dict[Key, Progress], now: datetime
) -> None:
    running = [
        one for key, one in progress.items() if key in mine and mine[key].state is AttemptState.OPEN
    ]
    if not running:
        return
    connection.execute(
        _PROGRESS,
        [
            {
                "row": mine[one.key].id,
                "new_phase": one.phase,
                "new_done": one.done,
                "new_total": one.total,
                "new_note": one.note,
            }
            for one in running
        ],
    )
    _place(connection, [mine[one.key] for one in running if one.phase is not Phase.SUBMITTED], now)
    _move(connection, [(mine[one.key].job, _state(one)) for one in running])
    emit(connection, now, [_progress_event(mine[one.key].job, one) for one in running])


def _place(connection: Connection, begun: Sequence[Attempt], now: datetime) -> None:
    """A batch system has begun these, where it had them wait: from now on they hold devices."""
    rows = [{"row": one.id, "now": now} for one in begun if one.phase is Phase.SUBMITTED]
    if rows:
        connection.execute(_PLACED, rows)


def _state(one: Progress) -> JobState:
    return _STATES.get(one.phase, JobState.LEASED)


def _move(connection: Connection, jobs: Sequence[tuple[OpenJob, JobState]]) -> None:
    """Jobs are somewhere else now; those that a batch system queues count as waiting."""
    moved = [(job, new) for job, new in jobs if job.state is not new]
    if not moved:
        return
    connection.execute(_MOVED, [{"job": job.id, "new": new} for job, new in moved])
    counted = Counter[tuple[int, int]]()
    for job, new in moved:
        waits = (new in PENDING) - (job.state in PENDING)
        counted[job.matrix, job.cell_state] += waits
    changed = [(matrix, state, n) for (matrix, state), n in counted.items() if n]
    if changed:
        connection.execute(_WAITS, [{"row": state, "n": n} for _, state, n in changed])
    for matrix in sorted({matrix for matrix, _, _ in changed}):
        touch(connection, matrix, [state for at, state, _ in changed if at == matrix])


def _progress_event(job: OpenJob, one: Progress) -> Draft:
    data = {"phase": one.phase.value, "done": one.done, "total": one.total, "note": one.note}
    return Draft(job.matrix, "progress", str(job.id), data)


def _note_log(connection: Connection, mine: dict[Key, Attempt], chunks: Iterable[LogChunk]) -> None:
    rows: dict[int, list[dict[str, object]]] = {}
    for chunk in chunks:
        if chunk.key in mine and chunk.data:
            one = mine[chunk.key]
            row = {"attempt_id": one.id, "offset": chunk.offset, "data": chunk.data}
            rows.setdefault(one.month, []).append(row)
    for month, values in rows.items():
        table = ensure(connection, log_table(month))
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(table).on_conflict_do_nothing(), values)


_HELD = (
    select(AttemptRow.job_id, AttemptRow.fence)
    .where(AttemptRow.runner_id == bindparam("who"), AttemptRow.state == AttemptState.OPEN)
    .order_by(AttemptRow.id)
)
_OWN = select(AttemptRow.job_id, AttemptRow.fence).where(
    AttemptRow.runner_id == bindparam("who"),
    AttemptRow.job_id.in_(bindparam("jobs", expanding=True, type_=BIG)),
)
_GRACES = select(AttemptRow.id, AttemptRow.grace_seconds).where(
    AttemptRow.id.in_(bindparam("rows", expanding=True))
)
_PROLONG = (
    update(AttemptRow).where(AttemptRow.id == bindparam("row")).values(lost_at=bindparam("until"))
)
_PROGRESS = (
    update(AttemptRow)
    .where(AttemptRow.id == bindparam("row"))
    .values(
        phase=bindparam("new_phase"),
        done=bindparam("new_done"),
        total=bindparam("new_total"),
        note=bindparam("new_note"),
    )
)
_MOVED = update(JobRow).where(JobRow.id == bindparam("job")).values(state=bindparam("new"))
_WAITS = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("row"))
    .values(
        queued=CellStateRow.queued + bindparam("n"), running=CellStateRow.running - bindparam("n")
    )
)
_PLACED = (
    update(AttemptRow).where(AttemptRow.id == bindparam("row")).values(placed_at=bindparam("now"))
)
_STATES = {Phase.SUBMITTED: JobState.SUBMITTED, Phase.RUNNING: JobState.RUNNING}
