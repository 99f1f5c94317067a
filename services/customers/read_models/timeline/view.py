"""What the timeline answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class TimelineItem(BaseModel):
    """One thing that happened with the customer; what a kind does not say is null."""

    model_config = ConfigDict(frozen=True)

    event_id: UUID
    occurred_at: datetime
    kind: str
    title: dict[str, str] = Field(description="What this kind is called, in zh-CN and en.")
    store_id: str | None
    amount_minor: int | None = Field(description="Paid, returned, discounted or given back, by the kind.")
    currency: str | None
    points: int | None
    about: UUID | None = Field(description="The receipt, redemption, campaign, message or complaint.")
    details: dict[str, str | None] | None = Field(description="Codes: segment, reason, rule, channel, outcome, ...")


class TimelinePage(BaseModel):
    """Some of what happened, the newest first, and where the older begins."""

    model_config = ConfigDict(frozen=True)

    customer_id: UUID
    version: int = Field(description="The customer's stream version that this reflects.")
    items: list[TimelineItem]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
