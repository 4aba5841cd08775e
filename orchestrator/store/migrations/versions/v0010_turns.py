"""Whose turn it was: the newest attempt at a job of each owner."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Nobody noted turns before: every owner begins with none, and age decides."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("owner", sa.Column("served", number, nullable=False, server_default="0"))
