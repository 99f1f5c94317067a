"""What callers hear of themselves, and what the stream of changes says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

LiveTopic = Literal["members", "sales", "campaigns", "messages", "operations"]


class MeView(BaseModel):
    """Who is signed in, what she may do, and where."""

    subject: str = Field(description="Her name, as her issuer knows her.")
    roles: list[str]
    permissions: list[str]
    stores: list[str] | None = Field(description="Null: every store. Beside `regions`, whose stores are hers too.")
    regions: list[str]
    partner: str | None
    business_now: datetime = Field(description="By the chain's business clock, which stands still in a demo.")
    business_today: date
    time_zone: str = Field(description="The chain's own.")


class LiveEvent(BaseModel):
    """Something of this kind changed: fetch again what you show of it. `id` is a store where only one is concerned."""

    topic: LiveTopic
    id: str | None = None
