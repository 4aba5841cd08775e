"""Tables of runners that join from elsewhere; of secrets they hold digests only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.store.columns import BIG, Id, Table, to


class InvitationRow(Table):
    """Leave for one runner to join; `digest` is of the code's secret, its id is no secret.

    `tries` are left for wrong secrets. The key that used it up may say so again.
    """

    __tablename__ = "invitation"
    id: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    owner_id: Mapped[int] = mapped_column(BIG, to("owner.id"))
    expires_at: Mapped[datetime]
    tries: Mapped[int]
    used_at: Mapped[datetime | None]
    key_id: Mapped[int | None] = mapped_column(BIG)


class RunnerKeyRow(Table):
    """A public key (hex) by which a runner is known, until it is revoked."""

    __tablename__ = "runner_key"
    id: Mapped[Id]
    runner_id: Mapped[int] = mapped_column(BIG, to("runner.id"), index=True)
    public: Mapped[str]
    fingerprint: Mapped[str] = mapped_column(unique=True)
    registered_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SessionRow(Table):
    """A session of a key; `digest` is of its token, `nonce` of the challenge that it answered."""

    __tablename__ = "runner_session"
    digest: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(BIG, to("runner_key.id"))
    nonce: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
