"""The audit log."""

from __future__ import annotations

from alembic import op

from shared.database.kernel_schema import STEP_2026_11_22_2

revision = "2026_11_22_2"
down_revision = "2026_11_22"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(STEP_2026_11_22_2)
