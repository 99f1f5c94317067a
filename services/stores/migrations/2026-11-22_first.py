"""The kernel's tables, member tokens, and the read models of stores and sales."""

from __future__ import annotations

from alembic import op

from shared.database import kernel_schema

revision = "2026_11_22"
down_revision = None


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(kernel_schema.STEP_2026_11_22)
    op.execute("""
        create table member_token_key_check (
          digest bytea primary key
        );
        comment on table member_token_key_check is 'Tells a key file from another; says nothing about the key.';

        create table member_tokens (
          token text primary key,
          customer_id uuid,
          erased_on date
        ) with (fillfactor = 80);
        comment on table member_tokens is 'Whom each card or phone stands for; nobody, while customer_id is null.';
        comment on column member_tokens.erased_on is
          'When its holder was erased: what was sold until then is never given to a later holder.';
        create index member_tokens_customer_id on member_tokens (customer_id) where customer_id is not null;

        create table erased_customers (
          customer_id uuid primary key
        );
        comment on table erased_customers is 'Never rebuilt: a link that arrives late must not bring anybody back.';
    """)
    op.execute("""
        create table store_directory (
          store_id text primary key,
          name text not null,
          time_zone text not null,
          currency text not null,
          region text,
          address text,
          latitude double precision,
          longitude double precision,
          tills text[] not null default '{}',
          version integer not null
        );

        create table waiting_receipts (
          token text not null,
          receipt_id uuid not null,
          business_date date not null,
          waits_until date not null,
          primary key (token, receipt_id)
        );
        create index waiting_receipts_receipt_id on waiting_receipts (receipt_id);
        create index waiting_receipts_waits_until on waiting_receipts (waits_until);

        create table quarantine (
          receipt_id uuid not null,
          version integer not null,
          store_id text not null,
          till_id text not null,
          number text not null,
          business_date date not null,
          occurred_at timestamptz not null,
          total_minor bigint not null,
          currency text not null,
          primary key (receipt_id, version)
        );

        create table store_days (
          store_id text not null,
          business_date date not null,
          currency text not null,
          receipts bigint not null default 0,
          voided_receipts bigint not null default 0,
          lines bigint not null default 0,
          sales_minor bigint not null default 0,
          returned_minor bigint not null default 0,
          voided_minor bigint not null default 0,
          primary key (store_id, business_date, currency)
        ) with (fillfactor = 80);

        create table sales_by_day (
          store_id text not null,
          business_date date not null,
          currency text not null,
          category text not null,
          lines bigint not null default 0,
          quantity_milli bigint not null default 0,
          sales_minor bigint not null default 0,
          returned_minor bigint not null default 0,
          voided_minor bigint not null default 0,
          primary key (store_id, business_date, currency, category)
        ) with (fillfactor = 80);
        comment on column sales_by_day.category is 'Empty where the till sent none.';
    """)
