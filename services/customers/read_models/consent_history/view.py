"""What is answered about consents."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class CurrentConsent(BaseModel):
    """An agreement that holds."""

    model_config = ConfigDict(frozen=True)

    purpose: str
    channel: str | None = Field(description="For marketing only.")
    text_version: str = Field(description="The text that the customer read.")
    occurred_at: datetime = Field(description="When the customer agreed.")


class ConsentChange(BaseModel):
    """An agreement given or taken back."""

    model_config = ConfigDict(frozen=True)

    version: int = Field(description="The stream version that this change made.")
    purpose: str
    channel: str | None
    given: bool = Field(description="False: withdrawn.")
    text_version: str | None = Field(description="The text that the customer read; null when withdrawn.")
    occurred_at: datetime
