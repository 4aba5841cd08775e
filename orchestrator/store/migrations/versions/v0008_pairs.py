"""Two runs are compared by pairs of their jobs, each pair in one place."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Jobs were run once before, and nobody noted for which offer an attempt was claimed."""
    op.add_column("job", sa.Column("repetition", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("attempt", sa.Column("offer", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "comparison",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("matrix_id", _BIG, nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("base_run_id", _BIG, nullable=False),
        sa.Column("head_run_id", _BIG, nullable=False),
        sa.Column("repetitions", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["matrix_id"], ["matrix.id"], name="fk_comparison_matrix_id_matrix"
        ),
        sa.ForeignKeyConstraint(["base_run_id"], ["run.id"], name="fk_comparison_base_run_id_run"),
        sa.ForeignKeyConstraint(["head_run_id"], ["run.id"], name="fk_comparison_head_run_id_run"),
        sa.PrimaryKeyConstraint("id", name="pk_comparison"),
        sa.UniqueConstraint("base_run_id", name="uq_comparison_base_run_id"),
        sa.UniqueConstraint("head_run_id", name="uq_comparison_head_run_id"),
    )
    op.create_table(
        "pair",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("comparison_id", _BIG, nullable=False),
        sa.Column("chain", _BIG, nullable=False),
        sa.Column("repetition", sa.Integer(), nullable=False),
        sa.Column("base_job_id", _BIG, nullable=False),
        sa.Column("head_job_id", _BIG, nullable=False),
        sa.Column("base_first", sa.Boolean(), nullable=False),
        sa.Column("bound_to", _BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["comparison_id"], ["comparison.id"], name="fk_pair_comparison_id_comparison"
        ),
        sa.ForeignKeyConstraint(["base_job_id"], ["job.id"], name="fk_pair_base_job_id_job"),
        sa.ForeignKeyConstraint(["head_job_id"], ["job.id"], name="fk_pair_head_job_id_job"),
        sa.ForeignKeyConstraint(["bound_to"], ["runner.id"], name="fk_pair_bound_to_runner"),
        sa.PrimaryKeyConstraint("id", name="pk_pair"),
        sa.UniqueConstraint("base_job_id", name="uq_pair_base_job_id"),
        sa.UniqueConstraint("head_job_id", name="uq_pair_head_job_id"),
    )
    for column in ("comparison_id", "chain", "bound_to"):
        op.create_index(f"ix_pair_{column}", "pair", [column])


_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
