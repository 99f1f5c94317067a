"""The call list as clerks see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.notifications.domain.values import CallOutcome, Language, Purpose


class CallTask(BaseModel):
    """Whom to call and why. Name and number are with the member, in `customers`."""

    task_id: UUID
    customer_id: UUID
    store: str | None = Field(description="Her home store, whose clerks call.")
    why: str = Field(description="The template that asked for the call.")
    campaign_id: UUID | None
    purpose: Purpose = Field(description="Of the call: whoever asks `customers` for her number says it.")
    script: str | None = Field(description="What to say; null when the template is gone. Her name stands as a blank.")
    language: Language
    outcome: CallOutcome | None
    calls: int = Field(description="How often somebody tried.")
    added_at: datetime


class CallPage(BaseModel):
    """Open tasks, by id."""

    items: list[CallTask]
    next_cursor: UUID | None
