"""Why a trigger's last look led to no run, what a message tells of, and what commits came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_COLUMNS = (
    ("trigger", "why"),
    ("delivery", "reference"),
    ("subject", "parent"),
    ("subject", "request"),
)


def upgrade() -> None:
    """Nobody noted any of it before."""
    for table, name in _COLUMNS:
        column = sa.Column[str](name, sa.Text(), nullable=False, server_default="")
        op.add_column(table, column)
