"""A redemption as callers see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.loyalty.domain.values import RedemptionStatus


class RedemptionView(BaseModel):
    """What became of a redemption."""

    redemption_id: UUID
    customer_id: UUID
    points: int
    status: RedemptionStatus
    reserved_until: datetime = Field(description="A reservation that is not confirmed by then gives its points back.")
    reserved_at: datetime
    ended_at: datetime | None
    version: int = Field(description="The account's version that this reflects.")
    available: int = Field(description="What the account can spend now.")
