"""The kernel's tables; campaigns, their audiences and arms; what results need of members, sales and messages."""

from __future__ import annotations

from alembic import op

from shared.access.sighting_tables import SCHEMA_2026_11_22_3
from shared.database.kernel_schema import STEP_2026_11_22, STEP_2026_11_22_2

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(STEP_2026_11_22)
    op.execute(STEP_2026_11_22_2)
    op.execute(SCHEMA_2026_11_22_3)
    _campaigns()
    _members()
    _results()


def _campaigns() -> None:
    op.execute("""
        create table campaigns (
          campaign_id uuid primary key,
          stream_version integer not null,
          code text not null,
          version integer not null,
          status text not null,
          definition jsonb not null,
          segment text,
          author text not null,
          submitted_by text,
          approved_by text,
          approved_version integer,
          starts_at timestamptz,
          ends_at timestamptz,
          started_at timestamptz,
          ended_at timestamptz,
          end_reason text,
          created_at timestamptz not null,
          changed_at timestamptz not null
        )""")
    op.execute("create index campaigns_changed_at on campaigns (changed_at desc, campaign_id)")
    op.execute("""
        create table arms (
          experiment text not null,
          customer_id uuid not null,
          arm text not null,
          primary key (experiment, customer_id)
        )""")
    op.execute("create index arms_customer_id on arms (customer_id)")
    op.execute("""
        create table excluded_members (
          campaign_id uuid not null,
          customer_id uuid not null,
          rule text not null,
          primary key (campaign_id, customer_id)
        )""")
    op.execute("create index excluded_members_customer_id on excluded_members (customer_id)")


def _members() -> None:
    op.execute("""
        create table segment_members (
          segment text not null,
          customer_id uuid not null,
          version integer not null,
          inside boolean not null,
          since timestamptz not null,
          primary key (segment, customer_id)
        )""")
    op.execute("create index segment_members_customer_id on segment_members (customer_id)")
    op.execute("""
        create table registered_members (
          customer_id uuid primary key,
          home_store text,
          registered_at timestamptz not null
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
    op.execute("comment on column member_consents.channel is 'Empty where the purpose knows no channels.'")
    op.execute("""
        create table member_complaints (
          customer_id uuid not null,
          complaint_id uuid not null,
          open boolean not null,
          primary key (customer_id, complaint_id)
        )""")
    op.execute("""
        create table erased_customers (
          customer_id uuid primary key,
          erased_at timestamptz not null default clock_timestamp()
        )""")
    op.execute("comment on table erased_customers is 'Kept outside rebuilds: nothing of them may come back.'")


def _results() -> None:
    op.execute("""
        create table member_sales (
          customer_id uuid not null,
          receipt_id uuid not null,
          version integer not null,
          occurred_at timestamptz not null,
          business_date date not null,
          store_id text not null,
          net_minor bigint not null,
          currency text not null,
          counted boolean not null,
          primary key (customer_id, receipt_id)
        )""")
    # Sales arrive about in the order of time, which makes the ranges of their pages a small and good index.
    op.execute("create index member_sales_occurred_at on member_sales using brin (occurred_at)")
    op.execute("""
        create table message_outcomes (
          message_id uuid primary key,
          customer_id uuid not null,
          campaign_id uuid not null,
          rank smallint not null,
          status text not null,
          rule text,
          told_at timestamptz not null
        )""")
    op.execute("create index message_outcomes_campaign_id on message_outcomes (campaign_id, status, rule)")
    op.execute("create index message_outcomes_customer_id on message_outcomes (customer_id)")
    op.execute("""
        create table store_registry (
          store_id text primary key,
          region text,
          time_zone text not null,
          currency text not null,
          told_at timestamptz not null
        )""")
