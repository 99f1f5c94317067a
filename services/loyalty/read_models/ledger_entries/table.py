"""Every entry of every booking: what happened to a member's points."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, MetaData, SmallInteger, Table, Text, Uuid

LEDGER_ENTRIES = Table(
    "ledger_entries",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("entry_no", SmallInteger, primary_key=True),
    Column("transaction_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("lot", Date),
    Column("points", BigInteger, nullable=False),
    Column("receipt_id", Uuid),
    Column("redemption_id", Uuid),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("business_date", Date, nullable=False),
)
