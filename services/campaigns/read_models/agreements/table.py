"""Every signature, also under versions that were revised since; and every claim."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

SIGNATURES = Table(
    "signatures",
    MetaData(),
    Column("campaign_id", Uuid, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("party", Text, primary_key=True),
    Column("signer", Text, nullable=False),
    Column("signed_at", DateTime(timezone=True), nullable=False),
)

CLAIMS = Table(
    "claims",
    MetaData(),
    Column("claim_id", Uuid, primary_key=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("campaign_version", Integer, nullable=False),
    Column("party", Text, nullable=False),
    Column("store_id", Text),
    Column("customer_id", Uuid),
    Column("coupon", Text),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
)
"""Of a member, or of the holder of a coupon (its hash): one of the two is there. An erased member's rows are gone."""
