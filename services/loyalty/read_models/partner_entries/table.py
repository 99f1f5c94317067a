"""Every entry of every booking between partners: two per booking, which sum to zero."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, MetaData, SmallInteger, Table, Text, Uuid

PARTNER_ENTRIES = Table(
    "partner_entries",
    MetaData(),
    Column("redemption_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("entry_no", SmallInteger, primary_key=True),
    Column("transaction_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("counterparty", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
    Column("redemption_version", Integer, nullable=False),
    Column("store_id", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
)
"""`version` is the stream's; `redemption_version` that of the redemption as `campaigns` told it."""
