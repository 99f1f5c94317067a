"""Each member's arm in each experiment: assigned once, never changed; an erased member leaves it."""

from __future__ import annotations

from sqlalchemy import Column, MetaData, Table, Text, Uuid

ARMS = Table(
    "arms",
    MetaData(),
    Column("experiment", Text, primary_key=True),
    Column("customer_id", Uuid, primary_key=True),
    Column("arm", Text, nullable=False),
)
