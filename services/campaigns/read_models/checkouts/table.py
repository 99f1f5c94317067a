"""Checkouts as they stand; their offers are in `redemptions`."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid

CHECKOUTS = Table(
    "checkouts",
    MetaData(),
    Column("checkout_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("store_id", Text, nullable=False),
    Column("till_id", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("customer_id", Uuid),
    Column("currency", Text, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("reserved_at", DateTime(timezone=True), nullable=False),
    Column("reserved_until", DateTime(timezone=True), nullable=False),
    Column("receipt_id", Uuid),
)
