"""Every message, for ever: what was asked for, and how it stands."""

from __future__ import annotations

from sqlalchemy import ARRAY, JSON, Column, DateTime, Integer, MetaData, Table, Text, Uuid

MESSAGES = Table(
    "messages",
    MetaData(),
    Column("message_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("template", Text, nullable=False),
    Column("channels", ARRAY(Text), nullable=False),
    Column("values", JSON, nullable=False),
    Column("campaign_id", Uuid),
    Column("experiment", Text),
    Column("partner", Text),
    Column("send_after", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("standing", Text, nullable=False),
    Column("rule", Text),
    Column("detail", Text),
    Column("until", DateTime(timezone=True)),
    Column("channel", Text),
    Column("attempt", Integer, nullable=False),
    Column("sender", Uuid),
    Column("due_at", DateTime(timezone=True)),
    Column("planned_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
"""`due_at` is null while an attempt is open or its outcome unknown, and when the message ended."""
