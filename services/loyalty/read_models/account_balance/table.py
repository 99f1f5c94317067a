"""One row per account: what a member has."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table, Uuid

ACCOUNT_BALANCE = Table(
    "account_balance",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("closed", Boolean, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("debt", BigInteger, nullable=False),
    Column("earned_total", BigInteger, nullable=False),
    Column("redeemed_total", BigInteger, nullable=False),
    Column("expired_total", BigInteger, nullable=False),
    Column("forgiven_total", BigInteger, nullable=False),
)
