"""The tables behind `shared.access.visibility`: where each member is known, and where each store is."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

_METADATA = MetaData()

MEMBER_STORES = Table(
    "member_stores",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("store_id", Text, primary_key=True),
)
"""Where somebody bought."""

STORE_REGIONS = Table(
    "store_regions",
    _METADATA,
    Column("store_id", Text, primary_key=True),
    Column("region", Text),
    Column("told_at", DateTime(timezone=True), nullable=False),
)

MEMBER_OPENINGS = Table(
    "member_openings",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("store_id", Text, primary_key=True),
    Column("until", DateTime(timezone=True)),
)
"""To which stores her own service opened somebody, and until when; null, for the home store, is for ever."""

ERASED_MEMBERS = Table("erased_members", _METADATA, Column("customer_id", Uuid, primary_key=True))
"""Whose rows are gone: a record that comes late must not bring them back."""

SCHEMA_2026_11_22_3 = """
create table member_stores (
  customer_id uuid not null,
  store_id text not null,
  primary key (customer_id, store_id)
);
create index member_stores_store_id on member_stores (store_id, customer_id);
create table store_regions (
  store_id text primary key,
  region text,
  told_at timestamptz not null
);
create table member_openings (
  customer_id uuid not null,
  store_id text not null,
  until timestamptz,
  primary key (customer_id, store_id)
);
create index member_openings_store_id on member_openings (store_id, customer_id);
comment on column member_openings.until is 'Null, for the home store, is for ever.';
create table erased_members (
  customer_id uuid primary key
);
"""

SCHEMA_2026_11_23_6 = """
-- Whom a store sees is read from indexes alone.
drop index member_openings_store_id;
create index member_openings_store_id on member_openings (store_id, customer_id) include (until);
"""
