"""Resolved environments: kept by what was asked and for which platform, resolved once."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from orchestrator.store import documents
from orchestrator.store.declared import LockRow
from orchestrator.store.ids import Row, next_id
from orchestrator.store.shapes import Asked, judge_again, present
from orchestrator.store.store import Store
from orchestrator.store.work import Lane, Shape
from runners.work import Lock


class Missing(NamedTuple):
    """A lock that queued jobs wait for."""

    request: str
    platform: str


def put_lock(store: Store, request: str, lock: Lock) -> Lock:
    """Keep the lock of a request (`orchestrator.plan.LockRequest.digest`); the first one stays.

    Jobs that waited for it become feasible.
    """
    with store.write() as connection:
        known = connection.execute(_LOCK, {"request": request, "platform": lock.platform}).first()
        if known is not None:
            return Lock(known[0], known[1], lock.platform)
        row: Row = {
            "id": next_id(connection, LockRow),
            "request": request,
            "platform": lock.platform,
            "digest": lock.digest,
            "text": lock.text,
            "created_at": store.clock.now(),
        }
        connection.execute(insert(LockRow), [row])
        judge_again(connection)
    return lock


def missing_locks(store: Store) -> tuple[Missing, ...]:
    """What must be resolved so that queued jobs can go to the runners that are there."""
    with store.read() as connection:
        there = present(connection)
        texts = connection.scalars(_WAITING).all()
    asked = [documents.loaded(Asked, text) for text in texts]
    wanted = {
        Missing(one.request, offer.platform)
        for one in asked
        if one.request
        for _, offer in there.meeting(one)
    }
    return tuple(sorted(wanted - {Missing(*lock) for lock in there.locks}))


_LOCK = select(LockRow.digest, LockRow.text).where(
    LockRow.request == bindparam("request"), LockRow.platform == bindparam("platform")
)
_WAITING = select(Shape.document).join(Lane, Lane.shape_id == Shape.id).where(Lane.queued > 0)
