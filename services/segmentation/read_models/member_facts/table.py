"""The tables behind each member's facts. They are one read model: rebuilt together from the sales topic."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Uuid

METADATA = MetaData()

PURCHASES = Table(
    "purchases",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("receipt_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("counted", Boolean, nullable=False),
)
"""The newest that was heard of each receipt of each customer, also of those that no longer count."""

MEMBER_FACTS = Table(
    "member_facts",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("last_business_date", Date),
    Column("receipts", BigInteger, nullable=False),
    Column("sales_minor", BigInteger, nullable=False),
)
"""Sums over a customer's counted purchases. There is a row, if only of zeros, for everybody in `purchases`:
its lock is the lock of the member."""
