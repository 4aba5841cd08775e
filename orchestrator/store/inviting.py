"""Invitations: made for an owner, used once; with that a runner's key is known."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from orchestrator.members import CODE_PREFIX, Invitation, Member, Unwelcome, Why
from orchestrator.store.columns import Visibility
from orchestrator.store.ids import next_id
from orchestrator.store.joined import InvitationRow, RunnerKeyRow
from orchestrator.store.queueing import owner_id
from orchestrator.store.sessions import digest_of, member_of_key
from orchestrator.store.store import Store
from orchestrator.store.work import Owner, Runner

LASTS = timedelta(hours=1)
TRIES = 5
KEPT = timedelta(days=30)  # so long one that was used says so
_SECRET_BYTES = 32
_ID_BYTES = 6
_NAME_LENGTH = 63


def invite(store: Store, owner: str) -> Invitation:
    """One more invitation; its code is told here and never again."""
    handle, secret = secrets.token_hex(_ID_BYTES), secrets.token_hex(_SECRET_BYTES)
    now = store.clock.now()
    with store.write() as connection:
        connection.execute(delete(InvitationRow).where(InvitationRow.expires_at < now - KEPT))
        row = {
            "id": handle,
            "digest": digest_of(secret),
            "owner_id": owner_id(connection, owner),
            "expires_at": now + LASTS,
            "tries": TRIES,
        }
        connection.execute(insert(InvitationRow), [row])
    return Invitation(f"{CODE_PREFIX}{handle}_{secret}", owner, LASTS)


def join(store: Store, code: str, public: str, wished: str, label: str) -> Member:
    """The member that a code makes of a public key (hex); the same again for the same key.

    Where another runner has the name, it gets a number. Raises Unwelcome.
    """
    handle, _, secret = code.strip().removeprefix(CODE_PREFIX).partition("_")
    now = store.clock.now()
    with store.write() as connection:
        found = connection.execute(_INVITATION, {"id": handle}).first()
        if found is None:
            raise Unwelcome(Why.UNKNOWN)
        why = _refused(found, secret, now)
        if why is Why.UNKNOWN:  # the secret was guessed, or mistyped: that is counted
            connection.execute(_GUESSED, {"row": handle})
        elif why is None:
            return _joined(connection, found, public, (wished, label), now)
        known = _key_of(connection, public)
    if why is Why.USED and known is not None and known.id == found.key_id:
        return Member(known.runner_id, known.name, known.owner, known.id)
    raise Unwelcome(why)


def _refused(found: Row[*tuple[Any, ...]], secret: str, now: datetime) -> Why | None:
    """Only who knows the secret hears more than that it is wrong."""
    if found.tries <= 0:
        return Why.LOCKED
    if not hmac.compare_digest(found.digest, digest_of(secret)):
        return Why.UNKNOWN
    if found.used_at is not None:
        return Why.USED
    return Why.EXPIRED if found.expires_at <= now else None


def _joined(
    connection: Connection,
    found: Row[*tuple[Any, ...]],
    public: str,
    wished: tuple[str, str],
    now: datetime,
) -> Member:
    if _key_of(connection, public) is not None:
        raise Unwelcome(Why.USED)
    runner, key = next_id(connection, Runner), next_id(connection, RunnerKeyRow)
    name, label = _free(connection, wished[0]), wished[1]
    row = {
        "id": runner,
        "name": name,
        "label": label,
        "owner_id": found.owner_id,
        "kind": "",
        "simulated": False,
        "gone": True,
        "facts": "[]",
        "registered_at": now,
        "seen_at": now,
        "visibility": Visibility.PUBLIC,
    }
    connection.execute(insert(Runner), [row])
    told = {"id": key, "runner_id": runner, "public": public, "registered_at": now}
    connection.execute(insert(RunnerKeyRow), [told | {"fingerprint": fingerprint(public)}])
    connection.execute(_USED, {"row": found.id, "now": now, "key": key})
    return Member(runner, name, found.owner, key)


def fingerprint(public: str) -> str:
    """What names a public key: the sha256 (hex) of its bytes."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()


def _free(connection: Connection, wished: str) -> str:
    """The name, or that name with the first free number."""
    taken = set(connection.scalars(select(Runner.name)))
    name, number = wished, 1
    while name in taken:
        number += 1
        name = f"{wished[: _NAME_LENGTH - len(str(number)) - 1]}-{number}"
    return name


def _key_of(connection: Connection, public: str) -> Row[*tuple[Any, ...]] | None:
    return connection.execute(member_of_key(RunnerKeyRow.public == public)).first()


_INVITATION = (
    select(
        InvitationRow.id,
        InvitationRow.digest,
        InvitationRow.owner_id,
        InvitationRow.expires_at,
        InvitationRow.tries,
        InvitationRow.used_at,
        InvitationRow.key_id,
        Owner.name.label("owner"),
    )
    .join(Owner, Owner.id == InvitationRow.owner_id)
    .where(InvitationRow.id == bindparam("id"))
)
_GUESSED = (
    update(InvitationRow)
    .where(InvitationRow.id == bindparam("row"))
    .values(tries=InvitationRow.tries - 1)
)
_USED = (
    update(InvitationRow)
    .where(InvitationRow.id == bindparam("row"))
    .values(used_at=bindparam("now"), key_id=bindparam("key"))
)
