"""Every redemption, for ever: what became of a redemption id."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid

REDEMPTIONS = Table(
    "redemptions",
    MetaData(),
    Column("redemption_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("reserved_until", DateTime(timezone=True), nullable=False),
    Column("reserved_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True)),
)
