"""The kernel's tables; purchases and facts of members; their scores; who was erased."""

from __future__ import annotations

from alembic import op

from shared.database.kernel_schema import STEP_2026_11_22

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(STEP_2026_11_22)
    op.execute("""
        create table purchases (
          customer_id uuid not null,
          receipt_id uuid not null,
          version integer not null,
          business_date date not null,
          net_minor bigint not null,
          counted boolean not null,
          primary key (customer_id, receipt_id)
        )""")
    op.execute("""
        create table member_facts (
          customer_id uuid primary key,
          last_business_date date,
          receipts bigint not null,
          sales_minor bigint not null
        ) with (fillfactor = 80)""")
    op.execute("""
        create table score_cuts (
          sweep bigint generated always as identity primary key,
          as_of date not null,
          swept_at timestamptz not null,
          population bigint not null,
          recency bigint[] not null,
          frequency bigint[] not null,
          money bigint[] not null
        )""")
    op.execute("""
        create table member_scores (
          customer_id uuid primary key,
          as_of date not null,
          recency_days integer not null,
          receipts bigint not null,
          sales_minor bigint not null,
          r smallint not null,
          f smallint not null,
          m smallint not null
        ) with (fillfactor = 80)""")
    op.execute("""
        create table erased_customers (
          customer_id uuid primary key,
          erased_at timestamptz not null default clock_timestamp()
        )""")
    op.execute("comment on table erased_customers is 'Kept outside rebuilds: nothing of them may come back.'")
