"""Sessions of runners that joined: opened by a key, known by their token, ended by the clock."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, insert, select, update

from orchestrator.members import TOKEN_PREFIX, Member, Session, Unwelcome, Why
from orchestrator.store.joined import RunnerKeyRow, SessionRow
from orchestrator.store.store import Store
from orchestrator.store.work import Owner, Runner

LASTS = timedelta(hours=1)  # longer than any challenge stands: a nonce is known until then
REMEMBER_EVERY = timedelta(minutes=1)
_SECRET_BYTES = 32


class Key(NamedTuple):
    """A key that was registered, and whether it still counts."""

    id: int
    public: str
    is_revoked: bool


def digest_of(secret: str) -> str:
    """What is kept of a secret of 256 random bits: nobody finds it by trying."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def key(store: Store, fingerprint: str) -> Key | None:
    """The key of that fingerprint."""
    with store.read() as connection:
        row = connection.execute(_KEY, {"fingerprint": fingerprint}).first()
    return Key(row.id, row.public, row.revoked_at is not None) if row else None


def begin(store: Store, key: int, nonce: str) -> Session:
    """A session for whoever proved to have that key. Raises Unwelcome: a nonce is used once."""
    token, now = TOKEN_PREFIX + secrets.token_hex(_SECRET_BYTES), store.clock.now()
    with store.write() as connection:
        connection.execute(delete(SessionRow).where(SessionRow.expires_at < now))
        if connection.execute(_NONCE, {"nonce": digest_of(nonce)}).first() is not None:
            raise Unwelcome(Why.UNPROVEN)
        found = connection.execute(member_of_key(RunnerKeyRow.id == key)).one()
        if found.revoked_at is not None:
            raise Unwelcome(Why.REVOKED)
        row = {"digest": digest_of(token), "key_id": key, "nonce": digest_of(nonce)}
        connection.execute(insert(SessionRow), [row | {"expires_at": now + LASTS}])
        connection.execute(_SEEN, {"row": key, "now": now})
    return Session(token, LASTS, _member(found))


def member(store: Store, token: str) -> Member | None:
    """Whose session a token is, as long as it lasts and its key counts."""
    now = store.clock.now()
    with store.read() as connection:
        row = connection.execute(_MEMBER, {"digest": digest_of(token), "now": now}).first()
    if row is None:
        return None
    if _is_long_ago(row.used_at, now):
        with store.write() as connection:
            connection.execute(_SEEN, {"row": row.id, "now": now})
    return _member(row)


def revoke(store: Store, runner: int) -> None:
    """No key of a runner counts any more, and no session of theirs."""
    now = store.clock.now()
    with store.write() as connection:
        connection.execute(_REVOKE, {"who": runner, "now": now})


def member_of_key(which: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    """The keys of which that holds, with the runner and its owner."""
    return (
        select(
            RunnerKeyRow.id,
            RunnerKeyRow.runner_id,
            RunnerKeyRow.revoked_at,
            RunnerKeyRow.used_at,
            Runner.name,
            Owner.name.label("owner"),
        )
        .join(Runner, Runner.id == RunnerKeyRow.runner_id)
        .join(Owner, Owner.id == Runner.owner_id)
        .where(which)
    )


def _member(row: Row[*tuple[Any, ...]]) -> Member:
    return Member(row.runner_id, row.name, row.owner, row.id)


def _is_long_ago(used: datetime | None, now: datetime) -> bool:
    return used is None or used <= now - REMEMBER_EVERY


_KEY = select(RunnerKeyRow.id, RunnerKeyRow.public, RunnerKeyRow.revoked_at).where(
    RunnerKeyRow.fingerprint == bindparam("fingerprint")
)
_NONCE = select(SessionRow.digest).where(SessionRow.nonce == bindparam("nonce"))
_SEEN = (
    update(RunnerKeyRow).where(RunnerKeyRow.id == bindparam("row")).values(used_at=bindparam("now"))
)
_MEMBER = (
    member_of_key(RunnerKeyRow.revoked_at.is_(None))
    .join(SessionRow, SessionRow.key_id == RunnerKeyRow.id)
    .where(SessionRow.digest == bindparam("digest"), SessionRow.expires_at > bindparam("now"))
)
_REVOKE = (
    update(RunnerKeyRow)
    .where(RunnerKeyRow.runner_id == bindparam("who"), RunnerKeyRow.revoked_at.is_(None))
    .values(revoked_at=bindparam("now"))
)
