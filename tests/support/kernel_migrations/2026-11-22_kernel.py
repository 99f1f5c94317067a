"""The kernel's own tables and nothing else, for tests of the kernel."""

from __future__ import annotations

from alembic import op

from shared.database.kernel_schema import STEP_2026_11_22

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute(STEP_2026_11_22)
    op.execute("create table levels (stock_id text primary key, left_over integer not null, version integer not null)")
