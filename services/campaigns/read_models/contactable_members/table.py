"""Who is a member, what she agreed to, and which complaints of hers are open."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, Uuid

_METADATA = MetaData()

REGISTERED_MEMBERS = Table(
    "registered_members",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("home_store", Text),
    Column("registered_at", DateTime(timezone=True), nullable=False),
)

MEMBER_CONSENTS = Table(
    "member_consents",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
"""One row per consent that was ever given or taken back; `channel` is empty where the purpose knows none."""

MEMBER_COMPLAINTS = Table(
    "member_complaints",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, primary_key=True),
    Column("open", Boolean, nullable=False),
)
