"""The tables of who members are. One read model: rebuilt together from what the services tell of members."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, MetaData, SmallInteger, Table, Text, Uuid

METADATA = MetaData()

MEMBERS = Table(
    "members",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("registered_at", DateTime(timezone=True)),
    Column("registered_on", Date),
    Column("home_store", Text),
    Column("lifecycle", Text),
    Column("lifecycle_since", DateTime(timezone=True)),
    Column("rfm_class", Text),
    Column("r", SmallInteger),
    Column("f", SmallInteger),
    Column("m", SmallInteger),
    Column("points", BigInteger, nullable=False),
    Column("points_version", Integer, nullable=False),
    Column("complaint_open", Boolean, nullable=False),
    Column("contacted_at", DateTime(timezone=True)),
    Column("contact_channel", Text),
    Column("contact_template", Text),
    Column("contact_campaign", Uuid),
)
"""One lean row per member, for lists. Lifecycle, class and complaint are worked out from the tables below."""

MEMBER_CONSENTS = Table(
    "member_consents",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("given", Boolean, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)
"""By which channels she agreed to marketing, as it was last told."""

MEMBER_SEGMENTS = Table(
    "member_segments",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("segment", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("inside", Boolean, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
)

LIFECYCLE_MOVES = Table(
    "lifecycle_moves",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("inside", Boolean, nullable=False),
    Column("moved_on", Date, nullable=False),
)
"""Every entering and leaving of a stage of life, and its date in the chain's own zone."""

MEMBER_COMPLAINTS = Table(
    "member_complaints",
    METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, primary_key=True),
    Column("category", Text),
    Column("store_id", Text),
    Column("opened_at", DateTime(timezone=True)),
    Column("closed_at", DateTime(timezone=True)),
)
"""Told by two facts, of which either may be heard first."""

TABLES = (MEMBERS, MEMBER_CONSENTS, MEMBER_SEGMENTS, LIFECYCLE_MOVES, MEMBER_COMPLAINTS)
