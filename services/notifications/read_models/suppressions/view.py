"""The suppression list as callers see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.notifications.domain.values import Channel, Reach


class SuppressionView(BaseModel):
    """A channel of a member that is closed."""

    customer_id: UUID
    channel: Channel
    reach: Reach = Field(description="Whether only marketing is kept away, or everything.")
    reason: str
    at: datetime


class SuppressionPage(BaseModel):
    """Suppressions by customer and channel."""

    items: list[SuppressionView]
    next_cursor: str | None
