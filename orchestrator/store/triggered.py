"""What declared triggers have seen, and the runs that a newer one of their series replaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, delete, func, insert, select

from matrix.model import Job, Matrix
from matrix.status import Layer, Status
from orchestrator.store.cancelling import end_queued
from orchestrator.store.columns import WAITING, End
from orchestrator.store.comparing import Compared, Side, begin_pairs
from orchestrator.store.declared import MatrixRow
from orchestrator.store.policy import Fate
from orchestrator.store.runs import Seen, Trigger, begin_run, remember
from orchestrator.store.store import Store
from orchestrator.store.told import DeliveryRunRow
from orchestrator.store.work import JobRow, RunRow, TriggerRow


class Standing(NamedTuple):
    """What a trigger saw last of a reference, when, and the last run that it started.

    Where that led to no run, `why` tells.
    """

    reference: str
    head: str
    seen_at: datetime
    run: int | None
    why: str = ""


def standings(store: Store, matrix: str) -> dict[str, dict[str, Standing]]:
    """Where the triggers of a matrix stand: by their names and references."""
    found: dict[str, dict[str, Standing]] = {}
    with store.read() as connection:
        for row in connection.execute(_STANDINGS, {"matrix": matrix}):
            found.setdefault(row[0], {})[row[1]] = Standing(*row[1:])
    return found


def last_runs(store: Store, matrix: str, names: Sequence[str]) -> dict[str, int | None]:
    """The last run that each of these triggers started: also of what is gone since."""
    newest = [
        func.max(case((RunRow.series.startswith(f"{name}:", autoescape=True), RunRow.id)))
        for name in names
    ]
    mine = (MatrixRow.name == matrix, RunRow.series != "")
    query = select(*newest).join(MatrixRow, MatrixRow.id == RunRow.matrix_id).where(*mine)
    with store.read() as connection:
        return dict(zip(names, connection.execute(query).one(), strict=True))


def note(store: Store, matrix: str, *seen: Seen) -> None:
    """Remember what triggers have seen and start no run for: all of it or nothing."""
    now = store.clock.now()
    with store.write() as connection:
        row = connection.scalar(_MATRIX, {"matrix": matrix})
        if row is None:
            raise LookupError(matrix)
        for one in seen:
            remember(connection, row, one, now)


def forget(store: Store, matrix: str, name: str, references: Iterable[str]) -> None:
    """A trigger need not know these references any longer: they are gone."""
    with store.write() as connection:
        row = connection.scalar(_MATRIX, {"matrix": matrix})
        for reference in references:
            mine = (TriggerRow.matrix_id == row, TriggerRow.name == name)
            connection.execute(delete(TriggerRow).where(*mine, TriggerRow.reference == reference))


def start(store: Store, matrix: Matrix, jobs: Sequence[Job], trigger: Trigger) -> int:
    """Start a run, with all that it means for others: one transaction; its id.

    Older runs of its series may lose what they have still queued, and messages know it.
    """
    now = store.clock.now()
    with store.write() as connection:
        run = begin_run(connection, matrix, jobs, trigger, now).run
        _tell(connection, matrix.name, trigger, (run,), now)
    return run


def start_pairs(
    store: Store, base: Side, head: Side, repetitions: int, trigger: Trigger
) -> Compared:
    """The same of both runs of a comparison."""
    now = store.clock.now()
    with store.write() as connection:
        begun = begin_pairs(connection, base, head, repetitions, trigger, now)
        _tell(connection, head.matrix.name, trigger, (begun.base, begun.head), now)
    return begun


def _tell(
    connection: Connection, matrix: str, trigger: Trigger, runs: Sequence[int], now: datetime
) -> None:
    """What these runs mean for messages and for older runs."""
    rows = [{"delivery_id": one, "run_id": run} for one in trigger.messages for run in runs]
    if rows:
        connection.execute(insert(DeliveryRunRow), rows)
    if trigger.supersedes and trigger.seen:
        _supersede(connection, matrix, trigger.seen, min(runs), now)


def _supersede(connection: Connection, matrix: str, seen: Seen, run: int, now: datetime) -> None:
    """End what older runs of the series have still queued, for this run is newer."""
    wanted = {"matrix": matrix, "series": seen.series, "run": run}
    older = connection.scalars(_OLDER, wanted).all()
    reason = f"run {run} of {seen.name} is newer"
    fate = Fate(End.CANCELLED, Status.SKIP, Layer.NONE, reason)
    end_queued(connection, older, fate, now)


_MATRIX = select(MatrixRow.id).where(MatrixRow.name == bindparam("matrix"))
_STANDINGS = (
    select(
        TriggerRow.name,
        TriggerRow.reference,
        TriggerRow.head,
        TriggerRow.seen_at,
        TriggerRow.run_id,
        TriggerRow.why,
    )
    .join(MatrixRow, MatrixRow.id == TriggerRow.matrix_id)
    .where(MatrixRow.name == bindparam("matrix"))
    .order_by(TriggerRow.name, TriggerRow.reference)
)
_OLDER = (
    select(JobRow.id)
    .join(RunRow, RunRow.id == JobRow.run_id)
    .join(MatrixRow, MatrixRow.id == RunRow.matrix_id)
    .where(
        MatrixRow.name == bindparam("matrix"),
        RunRow.series == bindparam("series"),
        RunRow.ended_at.is_(None),
        RunRow.id < bindparam("run"),
        JobRow.state.in_(WAITING),
    )
    .order_by(JobRow.id)
)
