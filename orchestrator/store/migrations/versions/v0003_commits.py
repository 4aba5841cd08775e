"""What commits say of themselves: when they were made, and the first line of their message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Of older runs nobody has asked it."""
    op.add_column("subject", sa.Column[int | None]("committed_at", sa.BigInteger(), nullable=True))
    title = sa.Column[str]("title", sa.Text(), nullable=False, server_default="")
    op.add_column("subject", title)
