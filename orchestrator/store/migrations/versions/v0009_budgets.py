"""Accounts of device time by matrix and owner; and what became of messages of git hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nobody counted before: every account begins empty, and what runs now holds nothing.

    Every message there is was taken as a reason to look, and nobody noted what came of it.
    """
    _accounts()
    _deliveries()


def _accounts() -> None:
    op.add_column("matrix", sa.Column[str]("budget", sa.Text(), nullable=False, server_default=""))
    op.add_column("shape", _number("cost", sa.BigInteger(), "0"))
    op.add_column("attempt", _number("devices", sa.Integer(), "1"))
    op.add_column("attempt", _number("reserved", sa.BigInteger(), "0"))
    op.add_column("attempt", sa.Column("placed_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "account",
        *_whose("account"),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("matrix_id", "owner_id", name="pk_account"),
    )
    op.create_table(
        "device_time",
        *_whose("device_time"),
        sa.Column("day", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("matrix_id", "day", "owner_id", name="pk_device_time"),
    )


def _deliveries() -> None:
    for name in ("reason", "repository", "about"):
        said = sa.Column[str](name, sa.Text(), nullable=False, server_default="")
        op.add_column("delivery", said)
    pending = sa.Column[bool]("pending", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("delivery", pending)
    op.create_table(
        "delivery_run",
        sa.Column("delivery_id", sa.Text(), _to("delivery"), nullable=False),
        sa.Column("run_id", _BIG, _to("run"), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", "run_id", name="pk_delivery_run"),
    )
    op.create_table(
        "change_request",
        sa.Column("repository", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("labels", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("repository", "reference", name="pk_change_request"),
    )


def _to(table: str) -> sa.ForeignKey:
    return sa.ForeignKey(f"{table}.id", name=f"fk_delivery_run_{table}_id_{table}")


def _number(name: str, kind: sa.Integer, default: str) -> sa.Column[int]:
    return sa.Column(name, kind, nullable=False, server_default=default)


def _whose(table: str) -> tuple[sa.Column[int], ...]:
    return tuple(
        sa.Column(
            f"{one}_id",
            _BIG,
            sa.ForeignKey(f"{one}.id", name=f"fk_{table}_{one}_id_{one}"),
            nullable=False,
        )
        for one in ("matrix", "owner")
    )
