"""What the directory answers."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class CustomerEntry(BaseModel):
    """A customer without anything personal."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    registered_on: date = Field(description="The chain's business date.")
    home_store: str | None
    identifier_kinds: list[str] = Field(description="By what the customer is recognised: card, phone, email.")
    erased: bool
    version: int = Field(description="The stream version that this reflects.")


class CustomerPage(BaseModel):
    """Some customers, and where the next ones begin."""

    model_config = ConfigDict(frozen=True)

    items: list[CustomerEntry]
    next_cursor: UUID | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
