"""How large each segment was, by day."""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_5"
down_revision = "2026_11_22_4"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("""
        create table segment_sizes (
          segment text not null,
          day date not null,
          members bigint not null,
          primary key (segment, day)
        )""")
    op.execute("comment on table segment_sizes is 'Noted by each day''s sweep: memberships know only how it is now.'")
