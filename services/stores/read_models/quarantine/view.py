"""Quarantined contents as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class QuarantineEntry(BaseModel):
    """What came under the name of a receipt that was recorded with other content; that sale is unchanged."""

    model_config = ConfigDict(from_attributes=True)

    receipt_id: UUID = Field(description="GET /receipts/{receipt_id} shows both contents.")
    version: int = Field(description="The version of the receipt's stream that holds this content.")
    store_id: str
    till_id: str
    number: str
    business_date: date
    occurred_at: datetime
    total_minor: int
    currency: str


class QuarantinePage(BaseModel):
    """Quarantined contents by receipt."""

    items: list[QuarantineEntry]
    next_cursor: str | None = Field(description="Give it as `cursor` for the next page; null on the last one.")
