"""The table `store_directory`: a row per store."""

from __future__ import annotations

from sqlalchemy import Column, Double, Integer, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY

STORE_DIRECTORY = Table(
    "store_directory",
    MetaData(),
    Column("store_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("region", Text),
    Column("address", Text),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("tills", ARRAY(Text), nullable=False, server_default="{}"),
    Column("version", Integer, nullable=False),
)
