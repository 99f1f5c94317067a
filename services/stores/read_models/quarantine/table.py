"""The table `quarantine`: a row per content that came under another receipt's name."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid

QUARANTINE = Table(
    "quarantine",
    MetaData(),
    Column("receipt_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("store_id", Text, nullable=False),
    Column("till_id", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
)
