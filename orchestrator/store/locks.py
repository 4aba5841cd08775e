"""Resolved environments: kept by what was asked and for which platform, resolved once."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, exists, insert, or_, select

from matrix.model import Stack
from orchestrator.plan import LockRequest, lock_request
from orchestrator.store import documents
from orchestrator.store.columns import WAITING, JobState
from orchestrator.store.declared import LockRow, StackRow, StackVersion, SuiteDefinition
from orchestrator.store.ids import Row, next_id
from orchestrator.store.shapes import UNLOCKED, Asked, judge_again, present
from orchestrator.store.store import Store
from orchestrator.store.work import JobRow, Lane, Shape
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
        asking = Shape.document.contains(request, autoescape=True)  # a digest, so of nobody else
        judge_again(connection, connection.scalars(select(Shape.id).where(asking)).all())
    return lock


def known_lock(store: Store, missing: Missing) -> Lock | None:
    """The lock that jobs with that request use on that platform; None where there is none yet."""
    with store.read() as connection:
        asked = {"request": missing.request, "platform": missing.platform}
        row = connection.execute(_LOCK, asked).first()
    return None if row is None else Lock(row[0], row[1], missing.platform)


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


def lock_requests(store: Store) -> dict[str, LockRequest]:
    """What queued jobs without an environment ask to have resolved, by the request's digest."""
    with store.read() as connection:
        rows = connection.execute(_UNLOCKED).all()
    found = {}
    for suite, stack, components, overrides in rows:
        versions = Stack(stack, stack, documents.pairs(components))
        request = lock_request(documents.suite(suite), versions, documents.overrides(overrides))
        if request is not None:
            found[request.digest] = request
    return found


_UNLOCKED = (
    select(SuiteDefinition.document, StackRow.name, StackVersion.components, JobRow.overrides)
    .distinct()
    .select_from(JobRow)
    .join(Lane, Lane.id == JobRow.lane_id)
    .join(Shape, Shape.id == Lane.shape_id)
    .join(SuiteDefinition, SuiteDefinition.id == JobRow.suite_definition_id)
    .join(StackVersion, StackVersion.id == JobRow.stack_version_id)
    .join(StackRow, StackRow.id == StackVersion.stack_id)
    .where(JobRow.state.in_(WAITING), Shape.unmet == UNLOCKED)
)
_LOCK = select(LockRow.digest, LockRow.text).where(
    LockRow.request == bindparam("request"), LockRow.platform == bindparam("platform")
)
_BLOCKED = exists().where(JobRow.lane_id == Lane.id, JobRow.state == JobState.BLOCKED)
_WAITING = (
    select(Shape.document)
    .join(Lane, Lane.shape_id == Shape.id)
    .where(or_(Lane.queued > 0, _BLOCKED))
)
