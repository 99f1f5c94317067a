"""One row for each use of an offer in a checkout. `amount_minor` was taken off, `discount_minor` of it stands."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, Numeric, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

REDEMPTIONS = Table(
    "redemptions",
    MetaData(),
    Column("redemption_id", Uuid, primary_key=True),
    Column("checkout_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
    Column("campaign_version", Integer, nullable=False),
    Column("customer_id", Uuid),
    Column("store_id", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("offer", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("reason", Text, nullable=False),
    Column("lines", JSONB, nullable=False),
    Column("coupon", Text),
    Column("amount_minor", BigInteger, nullable=False),
    Column("discount_minor", BigInteger, nullable=False),
    Column("points_factor", Numeric),
    Column("points", Integer),
    Column("points_due", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("over_limit", Boolean, nullable=False),
    Column("receipt_id", Uuid),
    Column("reserved_at", DateTime(timezone=True), nullable=False),
    Column("confirmed_at", DateTime(timezone=True)),
)
