"""What stands behind the id of each bonus. It says nothing of who got it: the ledger does."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Uuid

BONUSES = Table(
    "bonuses",
    MetaData(),
    Column("bonus_id", Uuid, primary_key=True),
    Column("receipt_id", Uuid, nullable=False),
    Column("campaign_id", Uuid, nullable=False),
)
