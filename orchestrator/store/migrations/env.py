"""Alembic runs this: it hands over our connection, whose transaction is ours."""

from __future__ import annotations

from alembic import context

from orchestrator.store.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite alters a table by making it anew
)
context.run_migrations()
