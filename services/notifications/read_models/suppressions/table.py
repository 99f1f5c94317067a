"""The suppression list."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

SUPPRESSIONS = Table(
    "suppressions",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("reach", Text),
    Column("reason", Text),
    Column("at", DateTime(timezone=True)),
)
"""`reach` is null after the suppression was lifted."""
