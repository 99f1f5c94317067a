"""The kernel's tables, the audit log and sightings; what was sold, who members are, where stores are."""

from __future__ import annotations

from alembic import op

from shared.access.sighting_tables import SCHEMA_2026_11_22_3
from shared.database.kernel_schema import STEP_2026_11_22, STEP_2026_11_22_2

revision = "2026_11_23"
down_revision = None


def upgrade() -> None:
    op.execute("set local lock_timeout to '5s'")
    op.execute(STEP_2026_11_22)
    op.execute(STEP_2026_11_22_2)
    op.execute(SCHEMA_2026_11_22_3)
    op.execute(_BUYING)
    op.execute(_MEMBERS)
    op.execute(_STORES)
    op.execute("""
        create table erased_customers (
          customer_id uuid primary key,
          erased_at timestamptz not null default clock_timestamp()
        )""")
    op.execute("comment on table erased_customers is 'Kept outside rebuilds: nothing of them may come back.'")


_BUYING = """
create table receipts (
  receipt_id uuid primary key,
  version integer not null,
  store_id text not null,
  business_date date not null,
  currency text not null,
  net_minor bigint not null,
  counted boolean not null,
  of_member boolean not null,
  customer_id uuid
);
create index receipts_customer_id on receipts (customer_id) where customer_id is not null;
create table store_days (
  store_id text not null,
  business_date date not null,
  currency text not null,
  receipts bigint not null,
  sales_minor bigint not null,
  member_receipts bigint not null,
  member_sales_minor bigint not null,
  primary key (store_id, business_date, currency)
) with (fillfactor = 80);
create index store_days_business_date on store_days (business_date);
create table member_buying (
  customer_id uuid primary key,
  last_purchase date,
  last_store text,
  visits bigint not null,
  spend_minor bigint not null,
  currency text
) with (fillfactor = 80);
create index member_buying_last_purchase on member_buying (last_purchase, customer_id);
"""

_MEMBERS = """
create table members (
  customer_id uuid primary key,
  registered_at timestamptz,
  registered_on date,
  home_store text,
  lifecycle text,
  lifecycle_since timestamptz,
  rfm_class text,
  r smallint,
  f smallint,
  m smallint,
  points bigint not null default 0,
  points_version integer not null default 0,
  complaint_open boolean not null default false,
  contacted_at timestamptz,
  contact_channel text,
  contact_template text,
  contact_campaign uuid
) with (fillfactor = 80);
create index members_lifecycle on members (lifecycle, customer_id);
create index members_rfm_class on members (rfm_class, customer_id);
create index members_home_store on members (home_store, registered_on);
create index members_registered_on on members (registered_on, customer_id);
create table member_consents (
  customer_id uuid not null,
  channel text not null,
  given boolean not null,
  told_at timestamptz not null,
  primary key (customer_id, channel)
);
create table member_segments (
  customer_id uuid not null,
  segment text not null,
  version integer not null,
  inside boolean not null,
  since timestamptz not null,
  primary key (customer_id, segment)
) with (fillfactor = 80);
create index member_segments_inside on member_segments (segment, customer_id) where inside;
create table lifecycle_moves (
  customer_id uuid not null,
  stage text not null,
  version integer not null,
  inside boolean not null,
  moved_on date not null,
  primary key (customer_id, stage, version)
);
create index lifecycle_moves_moved_on on lifecycle_moves (moved_on);
create table member_complaints (
  customer_id uuid not null,
  complaint_id uuid not null,
  category text,
  store_id text,
  opened_at timestamptz,
  closed_at timestamptz,
  primary key (customer_id, complaint_id)
);
create index member_complaints_open on member_complaints (opened_at) where closed_at is null;
"""

_STORES = """
create table store_registry (
  store_id text primary key,
  region text,
  time_zone text not null,
  currency text not null,
  told_at timestamptz not null
);
"""
