"""What the end of an attempt or a job does to everything that counts it, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Update, bindparam, select, update

from matrix.verdict import Counts
from orchestrator.store.columns import PENDING, WAITING, JobState
from orchestrator.store.declared import CellStateRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.feeding import Blocked, Producer, go_on
from orchestrator.store.ids import Row
from orchestrator.store.lanes import change
from orchestrator.store.open_jobs import OpenJob
from orchestrator.store.pairing import take_turns
from orchestrator.store.policy import Fate
from orchestrator.store.projecting import Settled, project
from orchestrator.store.shapes import count_unoffered
from orchestrator.store.touch import touch
from orchestrator.store.work import JobRow, Owner, RunRow, Verdict
from runners.work import Report


class Ending(NamedTuple):
    """What becomes of a job now, and the report that says so, if one does."""

    job: OpenJob
    fate: Fate
    report: Report | None = None
    counts: Counts = Counts()
    runner: str = ""
    unoffered: bool = False  # it ends because nobody offered to run it


def settle(connection: Connection, endings: Sequence[Ending], now: datetime) -> None:
    """Carry these fates out: jobs, counters, verdicts, projection, runs, events.

    So are the fates of those that they block, and of those that these block in their turn.
    """
    left, blocks = endings, False
    while left:
        left = _settle(connection, left, now)
        blocks = blocks or bool(left)
    if blocks:
        count_unoffered(connection)


def _settle(connection: Connection, endings: Sequence[Ending], now: datetime) -> tuple[Ending, ...]:
    """One round of it; those who are blocked now."""
    connection.execute(_JOBS, [_job(ending, now) for ending in endings])
    _count(connection, endings)
    final = [ending for ending in endings if ending.fate.is_final]
    changes = project(connection, [_settled(ending) for ending in final], now)
    for matrix in sorted({ending.job.matrix for ending in endings}):
        states = {e.job.cell_state for e in endings if e.job.matrix == matrix}
        touch(connection, matrix, sorted(states))
    ended = _end_runs(connection, final, now)
    emit(connection, now, [*map(_event, endings), *changes, *ended])
    feeding = [e for e in final if e.job.feeds]
    fed = [Producer(e.job.id, e.job.name, e.fate, e.unoffered) for e in feeding]
    blocked = {one.job.id: one for one in go_on(connection, fed, now)}
    paired = [e.job.id for e in final if e.job.aside]
    unoffered = any(ending.unoffered for ending in final)
    for one in take_turns(connection, paired, now) if paired else ():
        blocked.setdefault(one.job.id, Blocked(one.job, one.fate, unoffered))
    return tuple(Ending(one.job, one.fate, unoffered=one.unoffered) for one in blocked.values())


def _job(ending: Ending, now: datetime) -> Row:
    fate = ending.fate
    return {
        "job": ending.job.id,
        "new_state": JobState.ENDED if fate.is_final else JobState.QUEUED,
        "new_end": fate.end,
        "new_status": fate.status,
        "new_layer": fate.layer,
        "new_reason": fate.reason,
        "new_repeat": ending.report.repeat if ending.report else "",
        "back": 0 if fate.counted else 1,
        "new_ended_at": now if fate.is_final else None,
    }


def _count(connection: Connection, endings: Sequence[Ending]) -> None:
    held = [e.job for e in endings if e.job.state not in WAITING]
    queued = Counter(e.job.lane for e in endings if not e.fate.is_final)
    queued.subtract(e.job.lane for e in endings if e.job.state is JobState.QUEUED)
    change(connection, Counter({lane: n for lane, n in queued.items() if n}))
    _add(connection, _OWNERS, Counter(job.owner for job in held))
    waits = Counter[int]()
    runs = Counter(job.cell_state for job in held if job.state not in PENDING)
    for ending in endings:
        before = ending.job.state in PENDING
        waits[ending.job.cell_state] += (not ending.fate.is_final) - before
    rows = [{"row": row, "n": waits[row], "m": runs[row]} for row in waits.keys() | runs.keys()]
    connection.execute(_STATES, rows)
    final = [e.job for e in endings if e.fate.is_final]
    _add(connection, _VERDICTS, Counter(job.verdict for job in final))
    _add(connection, _RUNS, Counter(job.run for job in final))
    _add(connection, _SKIPPED, Counter(e.job.run for e in endings if e.unoffered))


def _add(connection: Connection, statement: Update, counted: Counter[int]) -> None:
    rows = [{"row": row, "n": n} for row, n in counted.items() if n]
    if rows:
        connection.execute(statement, rows)


def _settled(ending: Ending) -> Settled:
    job = ending.job
    return Settled(
        job.id,
        job.run,
        job.matrix,
        job.verdict,
        job.cell_state,
        job.shards,
        job.policies,
        job.aside,
        ending.fate,
        ending.report,
        ending.counts,
        ending.runner,
    )


def _end_runs(connection: Connection, final: Sequence[Ending], now: datetime) -> list[Draft]:
    """Runs of which the last job ended have ended; all of them tell how far they are."""
    if not final:
        return []
    runs = {ending.job.run: ending.job.matrix for ending in final}
    rows = connection.execute(_PROGRESS, {"runs": list(runs)}).all()
    done = [{"row": run, "now": now} for run, jobs, ended in rows if ended >= jobs]
    if done:
        connection.execute(_RUN_ENDED, done)
    return [
        Draft(
            runs[run],
            "run",
            str(run),
            {"state": "ended" if ended >= jobs else "running", "ended": ended, "jobs": jobs},
        )
        for run, jobs, ended in rows
    ]


def _event(ending: Ending) -> Draft:
    job, fate = ending.job, ending.fate
    state = JobState.ENDED if fate.is_final else JobState.QUEUED
    data = {"state": state.value, "status": fate.status and fate.status.value, "name": job.name}
    return Draft(job.matrix, "job", str(job.id), data)


_JOBS = (
    update(JobRow)
    .where(JobRow.id == bindparam("job"))
    .values(
        state=bindparam("new_state"),
        end=bindparam("new_end"),
        status=bindparam("new_status"),
        layer=bindparam("new_layer"),
        reason=bindparam("new_reason"),
        repeat=bindparam("new_repeat"),
        tries=JobRow.tries - bindparam("back"),
        ended_at=bindparam("new_ended_at"),
    )
)
_OWNERS = (
    update(Owner).where(Owner.id == bindparam("row")).values(leased=Owner.leased - bindparam("n"))
)
_STATES = (
    update(CellStateRow)
    .where(CellStateRow.id == bindparam("row"))
    .values(
        queued=CellStateRow.queued + bindparam("n"), running=CellStateRow.running - bindparam("m")
    )
)
_VERDICTS = (
    update(Verdict).where(Verdict.id == bindparam("row")).values(open=Verdict.open - bindparam("n"))
)
_RUNS = (
    update(RunRow).where(RunRow.id == bindparam("row")).values(ended=RunRow.ended + bindparam("n"))
)
_SKIPPED = (
    update(RunRow)
    .where(RunRow.id == bindparam("row"))
    .values(skipped=RunRow.skipped + bindparam("n"))
)
_PROGRESS = select(RunRow.id, RunRow.jobs, RunRow.ended).where(
    RunRow.id.in_(bindparam("runs", expanding=True))
)
_RUN_ENDED = (
    update(RunRow)
    .where(RunRow.id == bindparam("row"))
    .values(ended_at=bindparam("now"), unoffered=0)
)
