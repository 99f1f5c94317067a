"""Points by their last day: what expires when, for one member and for the whole programme."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, Integer, MetaData, Table, Uuid

LOTS = Table(
    "lots",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("expires_on", Date, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
)
