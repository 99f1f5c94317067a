"""The day of each member's last purchase."""

from __future__ import annotations

from sqlalchemy import Column, Date, MetaData, Table, Uuid

LAST_PURCHASES = Table(
    "last_purchases",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("business_date", Date, nullable=False),
)
"""A purchase that came back later stays: she was in the store, and is asked how it was."""
