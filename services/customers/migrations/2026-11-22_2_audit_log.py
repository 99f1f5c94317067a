"""The audit log; what the vault's own access log held goes into it."""

from __future__ import annotations

from alembic import op

from shared.access.audit_log import Entry, append
from shared.database.batch import fetch
from shared.database.kernel_schema import STEP_2026_11_22_2

revision = "2026_11_22_2"
down_revision = "2026_11_22"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(STEP_2026_11_22_2)
    connection = op.get_bind()
    views = fetch(connection, "select customer_id, caller, purpose, at from vault_access_log order by id")
    append(
        connection,
        [
            Entry(caller, "profile_unmasked", f"customer/{customer_id}", {"purpose": purpose}, at=at)
            for customer_id, caller, purpose, at in views
        ],
    )
    op.execute("drop table vault_access_log")
