"""The newest settlement of each receipt in each account: what an account already has for a receipt."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, Table, Text, Uuid

RECEIPT_POINTS = Table(
    "receipt_points",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("receipt_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("expires_on", Date, nullable=False),
)
