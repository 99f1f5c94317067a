"""The tables of memberships. Not rebuilt: they hold when each began, which no topic tells."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid

METADATA = MetaData()

MEMBERS = Table("members", METADATA, Column("customer_id", Uuid, primary_key=True))
"""Everybody whom segments may hold. A row's lock is that of her memberships."""

MEMBERSHIPS = Table(
    "memberships",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("inside", Boolean, nullable=False),
    Column("segment_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("reason", Text, nullable=False),
    Column("reason_zh", Text),
)
"""Also of those who left: the version goes on counting when they come back. Changes from before had no Chinese."""
