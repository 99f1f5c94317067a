"""Who was in a campaign's segment when it began and got no arm, and by which rule."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text, Uuid

EXCLUDED_MEMBERS = Table(
    "excluded_members",
    MetaData(),
    Column("campaign_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("rule", Text, nullable=False),
)
