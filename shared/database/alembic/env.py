"""Alembic's environment, one for all services: online only, inside the service's own schema."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
schema = context.config.attributes["schema"]
connection.execute(text(f"set local search_path to {schema}"))
connection.execute(text("set local lock_timeout to '5s'"))
context.configure(connection=connection, target_metadata=None, version_table_schema=schema)
with context.begin_transaction():
    context.run_migrations()
