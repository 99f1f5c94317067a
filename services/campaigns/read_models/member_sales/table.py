"""Each receipt of each member as it stands: what is left of it, where and when it was."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid

MEMBER_SALES = Table(
    "member_sales",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("receipt_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("business_date", Date, nullable=False),
    Column("store_id", Text, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("counted", Boolean, nullable=False),
)
