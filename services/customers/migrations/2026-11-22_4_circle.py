"""Birthdays by keyed hashes, complaints and what was said in them, and the timeline."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_4"
down_revision = "2026_11_22_3"

_TIMELINE = """
(
  customer_id uuid not null,
  occurred_at timestamptz not null,
  event_id uuid not null,
  kind text not null,
  store_id text,
  amount_minor bigint,
  currency text,
  points bigint,
  about uuid,
  details jsonb,
  primary key (customer_id, occurred_at, event_id)
)
"""


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("""
        create table birthday_index (
          customer_id uuid primary key references vault_keys on delete cascade,
          digest bytea not null
        );
        comment on table birthday_index is 'Who celebrates on which day of the year, by its keyed hash.';
        create index birthday_index_digest on birthday_index (digest, customer_id);
        -- What is sealed no migration can read: a daily job brings records of an earlier form up to date, and finds
        -- those that are left without looking at all.
        create index vault_records_outdated on vault_records (customer_id) where schema_version < 2;

        create table vault_complaints (
          customer_id uuid not null references vault_keys on delete cascade,
          complaint_id uuid not null,
          sealed bytea not null,
          primary key (customer_id, complaint_id)
        );
        comment on table vault_complaints is 'What people said when they complained, sealed with their own keys.';
        create table complaints (
          customer_id uuid not null,
          complaint_id uuid not null,
          category text not null,
          store_id text,
          opened_at timestamptz not null,
          outcome text,
          closed_at timestamptz,
          primary key (customer_id, complaint_id)
        );
    """)
    for table in ("timeline_own", "timeline_heard"):
        op.execute(f"create table {table} {_TIMELINE}")
