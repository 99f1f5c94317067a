"""One row per consent given or withdrawn. Kept after an erasure: it proves what was agreed, by a pseudonym."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid

CONSENT_HISTORY = Table(
    "consent_history",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("channel", Text),
    Column("given", Boolean, nullable=False),
    Column("text_version", Text),
    Column("occurred_at", DateTime(timezone=True), nullable=False),
)
