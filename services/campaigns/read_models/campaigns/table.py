"""One row per campaign: what it says, where it stands, who decided."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

CAMPAIGNS = Table(
    "campaigns",
    MetaData(),
    Column("campaign_id", Uuid, primary_key=True),
    Column("stream_version", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("definition", JSONB, nullable=False),
    Column("segment", Text),
    Column("author", Text, nullable=False),
    Column("submitted_by", Text),
    Column("approved_by", Text),
    Column("approved_version", Integer),
    Column("starts_at", DateTime(timezone=True)),
    Column("ends_at", DateTime(timezone=True)),
    Column("started_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("end_reason", Text),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
)
