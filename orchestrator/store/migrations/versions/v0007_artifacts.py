"""Jobs feed jobs: who waits for whom, and the files that are handed on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """No job fed another before."""
    op.add_column(
        "job", sa.Column("feeds", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "dependency",
        sa.Column("job_id", _BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("producer_id", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("job_id", "kind", name="pk_dependency"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_dependency_job_id_job"),
        sa.ForeignKeyConstraint(["producer_id"], ["job.id"], name="fk_dependency_producer_id_job"),
    )
    op.create_index("ix_dependency_producer_id", "dependency", ["producer_id"])
    op.create_table(
        "artifact",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("job_id", _BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("bytes", _BIG, nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_artifact"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_artifact_job_id_job"),
        sa.UniqueConstraint("job_id", "kind", "name", name="uq_artifact_job_id_kind_name"),
    )
    op.create_index("ix_artifact_digest", "artifact", ["digest"])
    op.create_index("ix_artifact_used_at", "artifact", ["used_at"])


_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
