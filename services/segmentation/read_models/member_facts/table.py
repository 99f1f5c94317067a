"""The tables behind each member's facts. They are one read model: rebuilt together from the sales topic."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Boolean, Column, Date, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData()

PURCHASES = Table(
    "purchases",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("receipt_id", Uuid, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("business_date", Date, nullable=False),
    Column("net_minor", BigInteger, nullable=False),
    Column("counted", Boolean, nullable=False),
    Column("store_id", Text),
    Column("document_version", Integer, nullable=False, server_default="0"),
    Column("lines", ARRAY(Integer)),
    Column("products", ARRAY(Text)),
    Column("categories", ARRAY(Text)),
    Column("amounts", ARRAY(BigInteger)),
    Column("came_back", JSONB),
)
"""The newest that was heard of each receipt of each customer, also of those that no longer count.

The lines of a receipt lie in arrays beside each other, one row for all: ten rows would cost the sales consumer more
than everything else it does. They are those of the newest whole document that was heard (`document_version`), as it
then stood. What came back is kept apart, `{"<receipt version>:<line>": amount}`, because a return tells its own lines
alone and may be heard before its sale; entries newer than the document are still to be taken off (`lines.ITEMS`).
"""

MEMBER_FACTS = Table(
    "member_facts",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("last_business_date", Date),
    Column("receipts", BigInteger, nullable=False),
    Column("sales_minor", BigInteger, nullable=False),
)
"""Sums over a customer's counted purchases. There is a row, if only of zeros, for everybody in `purchases`:
its lock is the lock of the member."""
