"""Who was left out, as callers see it."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from services.campaigns.domain.experiment.events import ExclusionRule


class ExcludedMember(BaseModel):
    """A member of the segment that got no arm."""

    customer_id: UUID
    rule: ExclusionRule


class ExcludedPage(BaseModel):
    """Members that were left out, in the order of their ids."""

    items: list[ExcludedMember]
    next_cursor: UUID | None = Field(description="Send it as `cursor` for the next page; null: this was the last.")
