"""Why what a trigger saw last led to no run, and of which branch or request a message tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nobody noted either before."""
    for table, name in (("trigger", "why"), ("delivery", "reference")):
        column = sa.Column[str](name, sa.Text(), nullable=False, server_default="")
        op.add_column(table, column)
