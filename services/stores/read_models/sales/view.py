"""Sums of sales as the API shows them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

GroupBy = Literal["store", "day", "category"]


class SalesRow(BaseModel):
    """One store, day or category, in one currency. Net is sales less what was returned and voided since."""

    model_config = ConfigDict(from_attributes=True)

    store: str | None = None
    day: date | None = None
    category: str | None = Field(default=None, description="Empty where tills sent none.")
    currency: str
    receipts: int | None = Field(default=None, description="Not known by category: a receipt has many.")
    voided_receipts: int | None = None
    lines: int
    quantity: Decimal | None = Field(default=None, description="Known by category only.")
    sales_minor: int
    returned_minor: int
    voided_minor: int
    net_minor: int


class SalesPage(BaseModel):
    """Sums in order of what they are grouped by."""

    group_by: GroupBy
    items: list[SalesRow]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")


class CurrencyTotals(BaseModel):
    """All sales in one currency."""

    model_config = ConfigDict(from_attributes=True)

    currency: str
    receipts: int
    voided_receipts: int
    lines: int
    sales_minor: int
    returned_minor: int
    voided_minor: int
    net_minor: int
    stores: int = Field(description="Stores with at least one receipt.")


class Totals(BaseModel):
    """Everything that was ever recorded, for reconciliation."""

    totals: list[CurrencyTotals]
