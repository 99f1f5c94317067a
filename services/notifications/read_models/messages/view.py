"""Messages as callers see them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.notifications.domain.values import Channel, Purpose

Status = Literal["planned", "deferred", "attempting", "sent", "suppressed", "failed", "unknown"]


class MessageView(BaseModel):
    """How a message stands."""

    message_id: UUID
    customer_id: UUID
    version: int = Field(description="The contact's version that this reflects.")
    purpose: Purpose
    template: str
    channels: list[Channel] = Field(description="Tried in order until one may be used.")
    campaign_id: UUID | None
    experiment: str | None
    partner: str | None
    status: Status
    rule: str | None = Field(description="The rule that deferred or suppressed it.")
    detail: str | None
    until: datetime | None = Field(description="When it is looked at again.")
    channel: Channel | None = Field(description="Of the last attempt.")
    attempts: int
    send_after: datetime
    expires_at: datetime
    planned_at: datetime
    changed_at: datetime


class MessagePage(BaseModel):
    """Messages, the newest id first."""

    items: list[MessageView]
    next_cursor: UUID | None


class Decision(BaseModel):
    """One step of a message, and why."""

    version: int
    decision: str
    at: datetime
    rule: str | None
    detail: str | None
    channel: Channel | None
    until: datetime | None
    attempt: int | None
    by: str


class MessageDetail(MessageView):
    """A message with what it says beside the member's own data, and everything that was decided about it."""

    values: dict[str, str]
    decisions: list[Decision]


class RuleCount(BaseModel):
    """How many messages one rule stopped, or made wait."""

    rule: str
    messages: int


class FunnelView(BaseModel):
    """What became of a campaign's messages: waiting, sending, sent, failed, unknown and suppressed sum to planned."""

    campaign_id: UUID
    planned: int = Field(description="All that were asked for.")
    waiting: int = Field(description="Planned or deferred now.")
    sending: int = Field(description="On their way at this moment.")
    sent: int
    failed: int
    unknown: int
    suppressed: int
    suppressed_by: list[RuleCount]
    deferred: int = Field(description="Messages that had to wait at least once.")
    deferred_by: list[RuleCount]
