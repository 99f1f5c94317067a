"""What became of each message that a campaign asked for."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, MetaData, SmallInteger, Table, Text, Uuid

MESSAGE_OUTCOMES = Table(
    "message_outcomes",
    MetaData(),
    Column("message_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
    Column("rank", SmallInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("rule", Text),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
