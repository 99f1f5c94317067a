"""The tables of scores: one row per member, and every making of cuts."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, Date, DateTime, Identity, Integer, MetaData, SmallInteger, Table, Uuid

METADATA = MetaData()

SCORE_CUTS = Table(
    "score_cuts",
    METADATA,
    Column("sweep", BigInteger, Identity(always=True), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("swept_at", DateTime(timezone=True), nullable=False),
    Column("population", BigInteger, nullable=False),
    Column("recency", ARRAY(BigInteger), nullable=False),
    Column("frequency", ARRAY(BigInteger), nullable=False),
    Column("money", ARRAY(BigInteger), nullable=False),
)

MEMBER_SCORES = Table(
    "member_scores",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("recency_days", Integer, nullable=False),
    Column("receipts", BigInteger, nullable=False),
    Column("sales_minor", BigInteger, nullable=False),
    Column("r", SmallInteger, nullable=False),
    Column("f", SmallInteger, nullable=False),
    Column("m", SmallInteger, nullable=False),
)
