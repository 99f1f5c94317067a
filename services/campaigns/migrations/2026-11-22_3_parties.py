"""Parties, the signatures under joint promotions, and claims on them."""

from __future__ import annotations

from alembic import op

revision = "2026_11_22_3"
down_revision = "2026_11_22_2"


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute("""
        create table parties (
          code text primary key,
          version integer not null,
          name text not null,
          category text not null,
          ours boolean not null,
          latitude double precision not null,
          longitude double precision not null,
          store_ids text[] not null,
          store_latitudes double precision[] not null,
          store_longitudes double precision[] not null
        )""")
    op.execute("create index parties_latitude on parties (latitude, longitude) where not ours")
    op.execute("create index parties_store_ids on parties using gin (store_ids)")
    op.execute("""
        create table signatures (
          campaign_id uuid not null,
          version integer not null,
          party text not null,
          signer text not null,
          signed_at timestamptz not null,
          primary key (campaign_id, version, party)
        )""")
    op.execute("""
        create table claims (
          claim_id uuid primary key,
          campaign_id uuid not null,
          campaign_version integer not null,
          party text not null,
          store_id text,
          customer_id uuid,
          coupon text,
          claimed_at timestamptz not null,
          check ((customer_id is null) <> (coupon is null))
        )""")
    op.execute("create index claims_customer_id on claims (customer_id) where customer_id is not null")
    op.execute("create index claims_coupon on claims (coupon) where coupon is not null")
