"""One row per party, with the stores whose tills it runs. Parties are few and seldom change."""

from __future__ import annotations

from sqlalchemy import ARRAY, Boolean, Column, Double, Integer, MetaData, Table, Text

PARTIES = Table(
    "parties",
    MetaData(),
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("ours", Boolean, nullable=False),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("store_ids", ARRAY(Text), nullable=False),
    Column("store_latitudes", ARRAY(Double), nullable=False),
    Column("store_longitudes", ARRAY(Double), nullable=False),
)
