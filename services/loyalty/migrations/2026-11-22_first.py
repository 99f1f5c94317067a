"""The event store and the read models of `loyalty`."""

from __future__ import annotations

from alembic import op

from shared.database.kernel_schema import STEP_2026_11_22

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute(STEP_2026_11_22)
    op.execute("""
        create table ledger_entries (
          customer_id uuid not null,
          version integer not null,
          entry_no smallint not null,
          transaction_id uuid not null,
          kind text not null,
          account text not null,
          lot date,
          points bigint not null,
          receipt_id uuid,
          redemption_id uuid,
          occurred_at timestamptz not null,
          business_date date not null,
          primary key (customer_id, version, entry_no)
        )""")
    op.execute("""
        create table account_balance (
          customer_id uuid primary key,
          version integer not null,
          closed boolean not null,
          available bigint not null,
          reserved bigint not null,
          debt bigint not null,
          earned_total bigint not null,
          redeemed_total bigint not null,
          expired_total bigint not null,
          forgiven_total bigint not null
        ) with (fillfactor = 80)""")
    op.execute("""
        create table lots (
          customer_id uuid not null,
          expires_on date not null,
          version integer not null,
          points bigint not null,
          reserved bigint not null,
          primary key (customer_id, expires_on)
        ) with (fillfactor = 80)""")
    op.execute("""
        create table receipt_points (
          customer_id uuid not null,
          receipt_id uuid not null,
          version integer not null,
          points bigint not null,
          net_minor bigint not null,
          currency text not null,
          business_date date not null,
          expires_on date not null,
          primary key (customer_id, receipt_id)
        )""")
    op.execute("""
        create table redemptions (
          redemption_id uuid primary key,
          customer_id uuid not null,
          version integer not null,
          points bigint not null,
          status text not null,
          reserved_until timestamptz not null,
          reserved_at timestamptz not null,
          ended_at timestamptz
        )""")
    op.execute("create index redemptions_open on redemptions (reserved_until) where status = 'reserved'")
