"""Whom clerks shall call. Neither number nor name is here: the clerk opens the member to see them."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

CALL_LIST = Table(
    "call_list",
    MetaData(),
    Column("message_id", Uuid, primary_key=True),
    Column("customer_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("store_id", Text),
    Column("template", Text, nullable=False),
    Column("campaign_id", Uuid),
    Column("outcome", Text),
    Column("calls", Integer, nullable=False),
    Column("added_at", DateTime(timezone=True), nullable=False),
    Column("called_at", DateTime(timezone=True)),
)
