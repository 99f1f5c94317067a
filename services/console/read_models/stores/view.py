"""Stores as the board shows them."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field

from services.console.read_models.overview.view import SalesDay


class Sold(BaseModel):
    """What a store sold in a span of days, in minor units of the store's currency."""

    sales_minor: int
    receipts: int
    member_sales_minor: int
    member_receipts: int


class StoreRow(BaseModel):
    """One store of the board."""

    store_id: str
    region: str | None
    currency: str
    time_zone: str
    today: Sold
    week: Sold = Field(description="The seven days up to the business date, which is the last of them.")
    week_before: Sold = Field(description="The seven days before those.")
    members: int = Field(description="Who registered there.")
    new_members: int = Field(description="Of these, within the seven days.")
    complaints_open: int


class StoresView(BaseModel):
    """Every store in the caller's scope, by its code."""

    business_today: date
    items: list[StoreRow]


class StoreDaysView(BaseModel):
    """One store, day by day."""

    store_id: str
    region: str | None
    currency: str
    from_date: date
    to_date: date
    days: list[SalesDay]
