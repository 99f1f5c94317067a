"""Every decision about a message, with its reason."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

MESSAGE_DECISIONS = Table(
    "message_decisions",
    MetaData(),
    Column("message_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("decision", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("rule", Text),
    Column("detail", Text),
    Column("channel", Text),
    Column("until", DateTime(timezone=True)),
    Column("attempt", Integer),
    Column("actor", Text, nullable=False),
)
