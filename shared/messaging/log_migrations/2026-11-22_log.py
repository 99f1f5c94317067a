"""The event log in PostgreSQL: topics, the end of each partition, records with dense offsets."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("""
        create table topics (
          topic text primary key,
          topic_id uuid not null default gen_random_uuid(),
          partitions integer not null
        )""")
    op.execute("""
        create table partitions (
          topic text not null references topics on delete cascade,
          partition integer not null,
          end_offset bigint not null default 0,
          primary key (topic, partition)
        ) with (fillfactor = 50)""")
    op.execute("""
        create table records (
          topic text not null,
          partition integer not null,
          "offset" bigint not null,
          key bytea,
          headers bytea not null,
          body bytea,
          appended_at timestamptz not null default now(),
          primary key (topic, partition, "offset")
        )""")
