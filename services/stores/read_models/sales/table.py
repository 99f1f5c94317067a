"""The tables `store_days` and `sales_by_day`: sums of what was sold, kept apart from what was undone later.

Net is sales less returned less voided. All of it stands on the business date of the sale. Quantities are thousandths.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, MetaData, Table, Text

_METADATA = MetaData()


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


STORE_DAYS = Table(
    "store_days",
    _METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    _count("receipts"),
    _count("voided_receipts"),
    _count("lines"),
    _count("sales_minor"),
    _count("returned_minor"),
    _count("voided_minor"),
)

SALES_BY_DAY = Table(
    "sales_by_day",
    _METADATA,
    Column("store_id", Text, primary_key=True),
    Column("business_date", Date, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("category", Text, primary_key=True, comment="'' where the till sent none"),
    _count("lines"),
    _count("quantity_milli"),
    _count("sales_minor"),
    _count("returned_minor"),
    _count("voided_minor"),
)
