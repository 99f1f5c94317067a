"""The tables of the chain's own segments: definitions, and how far they have been computed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

METADATA = MetaData()

SEGMENTS = Table(
    "segments",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("stream_version", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("rule", JSONB, nullable=False),
)

SEGMENT_COMPUTATIONS = Table(
    "segment_computations",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("through", Uuid),
    Column("evaluated", BigInteger, nullable=False),
    Column("finished", Boolean, nullable=False),
)
"""Apart from the definitions, for it does not follow from their events: it says what the background job has done."""
