"""Lines of purchases; who members are; segments, and who is in them."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_4"
down_revision = "2026_11_22_3"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    # Rows from before have no lines: a rebuild of member_facts gives them theirs.
    op.execute("""
        alter table purchases
          add column store_id text,
          add column document_version integer not null default 0,
          add column lines integer[],
          add column products text[],
          add column categories text[],
          add column amounts bigint[],
          add column came_back jsonb""")
    op.execute("create index purchases_business_date on purchases (customer_id, business_date) where counted")
    op.execute("""
        create table member_profiles (
          customer_id uuid primary key,
          registered_at timestamptz not null,
          home_store text
        )""")
    op.execute("""
        create table member_consents (
          customer_id uuid not null,
          purpose text not null,
          channel text not null,
          given boolean not null,
          told_at timestamptz not null,
          primary key (customer_id, purpose, channel)
        )""")
    op.execute("comment on column member_consents.channel is 'Empty where the purpose has none.'")
    op.execute("""
        create table members (
          customer_id uuid primary key
        )""")
    op.execute("comment on table members is 'Everybody whom segments may hold. A row''s lock is her memberships''.'")
    op.execute("""
        create table segments (
          code text primary key,
          stream_version integer not null,
          version integer not null,
          name text not null,
          rule jsonb not null
        )""")
    op.execute("""
        create table segment_computations (
          code text primary key,
          version integer not null,
          through uuid,
          evaluated bigint not null,
          finished boolean not null
        )""")
    op.execute("comment on table segment_computations is 'How far everybody was looked at by a segment''s rule.'")
    op.execute("""
        create table memberships (
          customer_id uuid not null,
          segment text not null,
          inside boolean not null,
          segment_version integer not null,
          version integer not null,
          since timestamptz not null,
          reason text not null,
          primary key (customer_id, segment)
        )""")
    op.execute("create index memberships_inside on memberships (segment, customer_id) where inside")
