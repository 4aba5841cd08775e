"""Messages of git hosts, each taken once: what became of them, and the labels that they tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError

from orchestrator.messages import DeliveryView, Kind, Message, StartedRun
from orchestrator.store.declared import MatrixRow
from orchestrator.store.events import Draft, emit
from orchestrator.store.store import Store
from orchestrator.store.told import ChangeRequestRow, DeliveryRow, DeliveryRunRow
from orchestrator.store.work import RunRow

KEPT = timedelta(days=30)  # GitHub delivers again at a click for three


def received(store: Store, message: Message, reason: str, repository: str = "") -> bool:
    """Remember a message and its labels; False where it was here before, which changes nothing.

    With a reason it is ignored; otherwise it is pending until its `repository` is looked at.
    """
    now = store.clock.now()
    try:
        with store.write() as connection:
            known = select(DeliveryRow.id).where(DeliveryRow.id == message.delivery)
            if connection.scalar(known) is not None:
                return False
            _forget(connection, now - KEPT)
            connection.execute(insert(DeliveryRow), [_row(message, reason, repository, now)])
            if message.kind is Kind.REQUEST and not reason:
                _label(connection, message)
            emit(connection, now, [Draft(None, "server", "message of a git host", {})])
    except IntegrityError:  # the same one, at the same moment
        return False
    return True


class Waiting(NamedTuple):
    """What a message is about: a repository, and a branch or request of it ("": nobody noted)."""

    home: str
    reference: str


def pending(store: Store) -> dict[str, Waiting]:
    """Messages that nobody has followed yet, by their ids."""
    with store.read() as connection:
        return {row[0]: Waiting(*row[1:]) for row in connection.execute(_PENDING)}


def followed(store: Store, messages: Mapping[str, str]) -> None:
    """The repositories of these have been looked at; what led to no run says why."""
    rows = [{"row": one, "why": why} for one, why in messages.items()]
    if rows:
        with store.write() as connection:
            connection.execute(_FOLLOWED, rows)


def labels(store: Store, repository: str) -> dict[str, tuple[str, ...]]:
    """Labels of the open pull requests of which a host has told, by their references."""
    with store.read() as connection:
        rows = connection.execute(_LABELS, {"repository": repository})
        return {reference: tuple(json.loads(told)) for reference, told in rows}


def deliveries(store: Store, offset: int, limit: int) -> tuple[DeliveryView, ...]:
    """Messages, latest first, with the runs that they led to: two queries."""
    with store.read() as connection:
        rows = connection.execute(_PAGE.offset(offset).limit(limit)).all()
        runs: dict[str, list[StartedRun]] = {}
        for row, matrix, run in connection.execute(_RUNS, {"rows": [row.id for row in rows]}):
            runs.setdefault(row, []).append(StartedRun(matrix, run))
    return tuple(
        DeliveryView(
            row.id,
            row.event,
            row.about,
            row.repository,
            row.received_at,
            row.reason,
            row.pending,
            tuple(runs.get(row.id, ())),
        )
        for row in rows
    )


def _row(message: Message, reason: str, repository: str, now: datetime) -> dict[str, object]:
    return {
        "id": message.delivery,
        "event": message.event,
        "received_at": now,
        "reason": reason,
        "repository": repository or min(message.homes, default=""),
        "about": message.about,
        "reference": message.reference,
        "pending": not reason,
    }


def _forget(connection: Connection, before: datetime) -> None:
    """What is old and followed; a run may still come of the others."""
    is_old = and_(DeliveryRow.received_at < before, DeliveryRow.pending.is_(False))
    old = select(DeliveryRow.id).where(is_old)
    connection.execute(delete(DeliveryRunRow).where(DeliveryRunRow.delivery_id.in_(old)))
    connection.execute(delete(DeliveryRow).where(is_old))


def _label(connection: Connection, message: Message) -> None:
    """What a host says of the labels of a pull request; one that is closed has none any more."""
    for repository in sorted(message.homes):
        mine = (
            ChangeRequestRow.repository == repository,
            ChangeRequestRow.reference == message.reference,
        )
        connection.execute(delete(ChangeRequestRow).where(*mine))
        if message.is_open:
            told = {"repository": repository, "reference": message.reference}
            row = {**told, "labels": json.dumps(message.labels)}
            connection.execute(insert(ChangeRequestRow), [row])


_PENDING = (
    select(DeliveryRow.id, DeliveryRow.repository, DeliveryRow.reference)
    .where(DeliveryRow.pending)
    .order_by(DeliveryRow.received_at)
)
_LED = exists().where(DeliveryRunRow.delivery_id == DeliveryRow.id)
_FOLLOWED = (
    update(DeliveryRow)
    .where(DeliveryRow.id == bindparam("row"))
    .values(pending=False, reason=case((_LED, ""), else_=bindparam("why")))
)
_LABELS = select(ChangeRequestRow.reference, ChangeRequestRow.labels).where(
    ChangeRequestRow.repository == bindparam("repository")
)
_PAGE = select(
    DeliveryRow.id,
    DeliveryRow.event,
    DeliveryRow.about,
    DeliveryRow.repository,
    DeliveryRow.received_at,
    DeliveryRow.reason,
    DeliveryRow.pending,
).order_by(DeliveryRow.received_at.desc(), DeliveryRow.id)
_RUNS = (
    select(DeliveryRunRow.delivery_id, MatrixRow.name, RunRow.id)
    .join(RunRow, RunRow.id == DeliveryRunRow.run_id)
    .join(MatrixRow, MatrixRow.id == RunRow.matrix_id)
    .where(DeliveryRunRow.delivery_id.in_(bindparam("rows", expanding=True)))
    .order_by(RunRow.id)
)
