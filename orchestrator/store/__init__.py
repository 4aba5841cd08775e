"""The SQL store: queue and truth. The only door to SQLAlchemy and Alembic."""
