"""Coupons by the hash of their code. Those bound to a member who was erased are gone."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, Text, Uuid

COUPONS = Table(
    "coupons",
    MetaData(),
    Column("coupon", Text, primary_key=True),
    Column("campaign_id", Uuid, nullable=False),
    Column("batch_id", Uuid, nullable=False),
    Column("customer_id", Uuid),
    Column("taken_by", Uuid),
    Column("version", Integer, nullable=False),
)
