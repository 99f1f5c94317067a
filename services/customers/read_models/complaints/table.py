"""One row per complaint of a customer who is not erased."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

COMPLAINTS = Table(
    "complaints",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, primary_key=True),
    Column("category", Text, nullable=False),
    Column("store_id", Text),
    Column("opened_at", DateTime(timezone=True), nullable=False),
    Column("outcome", Text),
    Column("closed_at", DateTime(timezone=True)),
)
