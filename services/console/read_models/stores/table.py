"""Stores as they are now: region, time zone, currency."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, MetaData, Table, Text

STORE_REGISTRY = Table(
    "store_registry",
    MetaData(),
    Column("store_id", Text, primary_key=True),
    Column("region", Text),
    Column("time_zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
