"""A receipt as it stands, and what happened to it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from services.stores.domain.receipt.state import Standing


class LineView(BaseModel):
    """One line: what was sold of it and what came back."""

    line: int
    product: str
    category: str | None
    quantity: Decimal
    amount_minor: int
    discount_minor: int
    returned_quantity: Decimal
    returned_minor: int


class HappeningView(BaseModel):
    """One event of the receipt's stream."""

    version: int
    type: str
    occurred_at: datetime = Field(description="Business time.")
    actor: str
    data: dict[str, Any]


class ReceiptView(BaseModel):
    """A receipt as it now stands; `version` is its stream's. Members appear as pseudonyms only."""

    receipt_id: UUID
    version: int
    store_id: str
    till_id: str
    number: str
    business_date: date
    occurred_at: datetime
    currency: str
    total_minor: int
    net_minor: int
    standing: Standing
    customer_id: UUID | None
    checkout_id: UUID | None
    lines: list[LineView]
    history: list[HappeningView]
