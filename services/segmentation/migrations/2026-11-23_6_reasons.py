"""Why somebody came into a segment or left it, in Chinese as well."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_6"
down_revision = "2026_11_23_5"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    # Nullable: the words are made where facts are judged, and nobody judges those of the past again.
    op.execute("alter table memberships add column reason_zh text")
