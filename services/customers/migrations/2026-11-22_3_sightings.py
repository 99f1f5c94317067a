"""In which stores each member is known, and where the stores are; home stores and erasures so far."""

from __future__ import annotations

from alembic import op

from shared.access.sighting_tables import SCHEMA_2026_11_22_3

revision = "2026_11_22_3"
down_revision = "2026_11_22_2"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(SCHEMA_2026_11_22_3)
    # What comes from other services' topics is read from their beginning; this is the service's own part.
    op.execute("""
        insert into member_openings (customer_id, store_id, until)
        select customer_id, home_store, null from customer_directory where home_store is not null and not erased
    """)
    op.execute("insert into erased_members (customer_id) select customer_id from customer_directory where erased")
