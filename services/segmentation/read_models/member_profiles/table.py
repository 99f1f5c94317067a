"""The tables of who members are. One read model: rebuilt together from the customers topic."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, Uuid

METADATA = MetaData()

MEMBER_PROFILES = Table(
    "member_profiles",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("registered_at", DateTime(timezone=True), nullable=False),
    Column("home_store", Text),
)

MEMBER_CONSENTS = Table(
    "member_consents",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
"""The newest that was heard of each consent; `channel` is empty where the purpose has none."""
