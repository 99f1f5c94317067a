"""Limits, coupons, checkouts and their redemptions."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_2"
down_revision = "2026_11_22"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("create index campaigns_running on campaigns (campaign_id) where status = 'running'")
    op.execute("""
        create table budgets (
          budget text primary key,
          version integer not null,
          uses integer not null,
          money_minor bigint not null,
          uses_over integer not null,
          money_minor_over bigint not null,
          uses_max integer,
          money_minor_max bigint
        ) with (fillfactor = 50)""")
    op.execute("""
        create table coupons (
          coupon text primary key,
          campaign_id uuid not null,
          batch_id uuid not null,
          customer_id uuid,
          taken_by uuid,
          version integer not null
        ) with (fillfactor = 90)""")
    op.execute("comment on column coupons.coupon is 'SHA-256 of the code, which is kept nowhere.'")
    op.execute("create index coupons_customer_id on coupons (customer_id) where customer_id is not null")
    op.execute("""
        create table checkouts (
          checkout_id uuid primary key,
          version integer not null,
          status text not null,
          store_id text not null,
          till_id text not null,
          business_date date not null,
          customer_id uuid,
          currency text not null,
          total_minor bigint not null,
          reserved_at timestamptz not null,
          reserved_until timestamptz not null,
          receipt_id uuid
        ) with (fillfactor = 80)""")
    op.execute("create index checkouts_reserved on checkouts (reserved_until) where status = 'reserved'")
    op.execute("create index checkouts_receipt_id on checkouts (receipt_id) where receipt_id is not null")
    op.execute("""
        create table redemptions (
          redemption_id uuid primary key,
          checkout_id uuid not null,
          version integer not null,
          campaign_id uuid not null,
          campaign_version integer not null,
          customer_id uuid,
          store_id text not null,
          business_date date not null,
          currency text not null,
          offer text not null,
          kind text not null,
          name jsonb not null,
          reason text not null,
          lines jsonb not null,
          coupon text,
          amount_minor bigint not null,
          discount_minor bigint not null,
          points_factor numeric,
          points integer,
          points_due integer not null,
          status text not null,
          over_limit boolean not null,
          receipt_id uuid,
          reserved_at timestamptz not null,
          confirmed_at timestamptz
        ) with (fillfactor = 80)""")
    op.execute("create index redemptions_checkout_id on redemptions (checkout_id)")
    op.execute("create index redemptions_campaign_id on redemptions (campaign_id, reserved_at desc, redemption_id)")
