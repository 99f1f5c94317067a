"""One row per customer, erased ones included."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

CUSTOMER_DIRECTORY = Table(
    "customer_directory",
    MetaData(),
    Column("customer_id", Uuid, primary_key=True),
    Column("registered_on", Date, nullable=False),
    Column("home_store", Text),
    Column("identifier_kinds", ARRAY(Text), nullable=False),
    Column("erased", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
)
