"""The schema's history: each revision runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection

# Known without importing Alembic, so that opening an up-to-date store stays quick.
REVISIONS = tuple(f"{number:04}" for number in range(1, 13))
HEAD = REVISIONS[-1]


def upgrade(connection: Connection, revision: str = HEAD) -> None:
    """Bring the schema to a revision inside the connection's own transaction."""
    from alembic import command  # noqa: PLC0415 - only a store that is not up to date needs it
    from alembic.config import Config  # noqa: PLC0415 - the same

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
