"""In which stores each member is known, and where the stores are."""

from __future__ import annotations

from alembic import op

from shared.access.sighting_tables import SCHEMA_2026_11_22_3

revision = "2026_11_22_3"
down_revision = "2026_11_22_2"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(SCHEMA_2026_11_22_3)
