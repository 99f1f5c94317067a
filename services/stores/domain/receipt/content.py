"""What a till says was sold. It never changes: what happens to a receipt later stands beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


# Not frozen, and never changed: ten are made for every receipt, and freezing makes each four times as dear.
@dataclass(slots=True)
class SoldLine:
    """One line. Quantities are thousandths, amounts minor units; `amount_minor` is what was asked for the line."""

    line: int
    product: str
    category: str | None
    quantity_milli: int
    amount_minor: int
    discount_minor: int


class Receipt(BaseModel):
    """A receipt as it was sold, with its defaults filled in and its member only as a token."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store_id: str
    till_id: str
    number: str
    business_date: date
    """The store's."""
    occurred_at: datetime
    """With the store's offset."""
    currency: str
    total_minor: int
    member_token: str | None = None
    checkout_id: UUID | None = None
    lines: tuple[SoldLine, ...]
