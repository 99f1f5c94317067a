"""Each membership as it was last heard of; one that ended stays, so that an older word about it is not news."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, Table, Text, Uuid

SEGMENT_MEMBERS = Table(
    "segment_members",
    MetaData(),
    Column("segment", Text, primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("inside", Boolean, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)
