"""Openings are read from their index alone."""

from __future__ import annotations

from alembic import op

from shared.access.sighting_tables import SCHEMA_2026_11_23_6

revision = "2026_11_23_2"
down_revision = "2026_11_23"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(SCHEMA_2026_11_23_6)
