"""The tables behind the contact policy, as others told it: members, consents, complaints, arms, campaigns, stores."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, DateTime, MetaData, Table, Text, Uuid

_METADATA = MetaData()

CONTACTS = Table(
    "contacts",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("home_store", Text),
)

CONTACT_CONSENTS = Table(
    "contact_consents",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("at", DateTime(timezone=True), primary_key=True),
    Column("given", Boolean, nullable=False),
)
"""Every change of every consent: the newest one stands, and the auditor asks what stood at a moment."""

CONTACT_COMPLAINTS = Table(
    "contact_complaints",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("complaint_id", Uuid, primary_key=True),
    Column("closed", Boolean, nullable=False),
)

HELD_OUT = Table(
    "held_out",
    _METADATA,
    Column("customer_id", Uuid, primary_key=True),
    Column("experiment", Text, primary_key=True),
)

CAMPAIGNS_HEARD = Table(
    "campaigns_heard",
    _METADATA,
    Column("campaign_id", Uuid, primary_key=True),
    Column("standing", Text, nullable=False),
    Column("told_at", DateTime(timezone=True), nullable=False),
)

CONTACT_STORES = Table(
    "contact_stores",
    _METADATA,
    Column("store_id", Text, primary_key=True),
    Column("time_zone", Text, nullable=False),
    Column("region", Text),
    Column("told_at", DateTime(timezone=True), nullable=False),
)

ERASED_CONTACTS = Table("erased_contacts", _METADATA, Column("customer_id", Uuid, primary_key=True))
"""Whose rows are gone: a record that comes late must not bring them back."""

TABLES = (
    CONTACTS,
    CONTACT_CONSENTS,
    CONTACT_COMPLAINTS,
    HELD_OUT,
    CAMPAIGNS_HEARD,
    CONTACT_STORES,
    ERASED_CONTACTS,
)
