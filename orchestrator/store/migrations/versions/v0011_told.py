"""Why what a trigger saw last led to no run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Of what was seen before nobody noted it."""
    op.add_column("trigger", sa.Column[str]("why", sa.Text(), nullable=False, server_default=""))
