"""The tables of what was sold. One read model: rebuilt together from the sales topic."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Text, Uuid

METADATA = MetaData()

RECEIPTS = Table(
    "receipts",
    METADATA,
    Column("receipt_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("store_id", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("currency", Text, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("of_member", Boolean, nullable=False),
    Column("customer_id", Uuid),
)
"""Each receipt as it was last told, also if it counts no more: what a new version changes is the difference to it.

`of_member` stays when its member is erased: a past day's share of members is no matter of one person.
"""

STORE_DAYS = Table(
    "store_days",
    METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("receipts", BigInteger, nullable=False),
    Column("sales_minor", BigInteger, nullable=False),
    Column("member_receipts", BigInteger, nullable=False),
    Column("member_sales_minor", BigInteger, nullable=False),
)

MEMBER_BUYING = Table(
    "member_buying",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("last_purchase", Date),
    Column("last_store", Text),
    Column("visits", BigInteger, nullable=False),
    Column("spend_minor", BigInteger, nullable=False),
    Column("currency", Text),
)
"""Sums over a member's receipts that count; `currency` is null for whoever bought in several, or has none left."""

TABLES = (RECEIPTS, STORE_DAYS, MEMBER_BUYING)
