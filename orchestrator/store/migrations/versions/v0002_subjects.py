"""Runs that stand aside of the grid, and a way to find runs by what they are about."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXTS = ("component", "repository", "base", "head")


def upgrade() -> None:
    """Older runs all count for the grid."""
    aside = sa.Column[bool]("aside", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("run", aside)
    op.drop_table("subject")  # nothing wrote to it before
    op.create_table(
        "subject",
        sa.Column("run_id", _BIG, sa.ForeignKey("run.id", name="fk_subject_run_id_run")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in _TEXTS),
        sa.PrimaryKeyConstraint("run_id", "component", "head", name="pk_subject"),
    )
    op.create_index("ix_subject_component_head", "subject", ["component", "head"])
