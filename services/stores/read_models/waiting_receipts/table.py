"""The table `waiting_receipts`: a row per receipt with a token that nobody has yet."""

from __future__ import annotations

from sqlalchemy import Column, Date, MetaData, Table, Text, Uuid

WAITING_RECEIPTS = Table(
    "waiting_receipts",
    MetaData(),
    Column("token", Text, primary_key=True),
    Column("receipt_id", Uuid, primary_key=True),
    Column("business_date", Date, nullable=False),
    Column("waits_until", Date, nullable=False),
)
