"""One row per fact. Two tables of one form: each is rebuilt from its own source, and a page is read from both."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB


def _facts(name: str) -> Table:
    return Table(
        name,
        MetaData(),
        Column("customer_id", Uuid, primary_key=True),
        Column("occurred_at", DateTime(timezone=True), primary_key=True),
        Column("event_id", Uuid, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("store_id", Text),
        Column("amount_minor", BigInteger),
        Column("currency", Text),
        Column("points", BigInteger),
        Column("about", Uuid),
        Column("details", JSONB(none_as_null=True)),
    )


TIMELINE_OWN = _facts("timeline_own")
"""From this service's own events."""
TIMELINE_HEARD = _facts("timeline_heard")
"""From the topics of other services."""
