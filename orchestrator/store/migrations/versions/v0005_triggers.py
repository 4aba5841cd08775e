"""Triggers remember what they have seen, and their runs what they follow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """No run before was started by a trigger."""
    op.add_column("run", sa.Column[str]("series", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "trigger",
        sa.Column("matrix_id", _BIG, _to("matrix_id", "matrix.id"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("run_id", _BIG, _to("run_id", "run.id"), nullable=True),
        sa.PrimaryKeyConstraint("matrix_id", "name", "reference", name="pk_trigger"),
    )


def _to(column: str, target: str) -> sa.ForeignKey:
    table = target.partition(".")[0]
    return sa.ForeignKey(target, name=f"fk_trigger_{column}_{table}")
