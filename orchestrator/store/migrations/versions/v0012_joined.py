"""Runners that join from elsewhere: invitations, their keys, their sessions, and named claims."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nobody had joined before, and no claim had a name."""
    _invitations()
    _keys()
    _sessions()
    claim = sa.Column[str]("claim", sa.Text(), nullable=False, server_default="")
    op.add_column("attempt", claim)


def _invitations() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("key_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["owner_id"], ["owner.id"], name="fk_invitation_owner_id_owner"),
        sa.PrimaryKeyConstraint("id", name="pk_invitation"),
    )


def _keys() -> None:
    op.create_table(
        "runner_key",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("runner_id", sa.BigInteger(), nullable=False),
        sa.Column("public", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["runner_id"], ["runner.id"], name="fk_runner_key_runner_id_runner"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_runner_key"),
        sa.UniqueConstraint("fingerprint", name="uq_runner_key_fingerprint"),
    )
    op.create_index("ix_runner_key_runner_id", "runner_key", ["runner_id"])


def _sessions() -> None:
    op.create_table(
        "runner_session",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["runner_key.id"], name="fk_runner_session_key_id_runner_key"
        ),
        sa.PrimaryKeyConstraint("digest", name="pk_runner_session"),
        sa.UniqueConstraint("nonce", name="uq_runner_session_nonce"),
    )
    op.create_index("ix_runner_session_expires_at", "runner_session", ["expires_at"])


_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
