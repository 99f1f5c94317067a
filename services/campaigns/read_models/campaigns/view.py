"""A campaign as callers see it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.campaigns.domain.campaign.events import EndReason
from services.campaigns.domain.campaign.state import Action, Status
from services.campaigns.domain.offers.definition import CampaignDraft


class CampaignSummary(BaseModel):
    """A campaign as it stands."""

    campaign_id: UUID
    code: str
    version: int = Field(description="Of its definition. An approval is of one version; a revision makes another.")
    status: Status
    segment: str | None = Field(description="Whose members it is for; null: everybody.")
    definition: CampaignDraft
    author: str
    submitted_by: str | None
    approved_by: str | None
    approved_version: int | None
    starts_at: datetime | None = Field(description="When it begins or began.")
    ends_at: datetime | None
    started_at: datetime | None = Field(description="When its members began to be assigned.")
    ended_at: datetime | None
    end_reason: EndReason | None
    created_at: datetime
    changed_at: datetime
    stream_version: int = Field(description="How many changes this reflects.")


class HistoryEntry(BaseModel):
    """What somebody did with a campaign."""

    at: datetime
    by: str
    did: str = Field(description="`campaign_drafted`, `campaign_submitted`, `campaign_approved` and so on.")
    version: int | None = Field(description="Of the definition that it was about, where it was about one.")
    note: str | None = Field(description="The reason that was given for returning or stopping it.")


class CampaignDetail(CampaignSummary):
    """A campaign with its past and with what may be done next."""

    next_actions: list[Action] = Field(description="What can be asked of it where it stands.")
    history: list[HistoryEntry]


class CampaignPage(BaseModel):
    """Campaigns in the order that was asked for."""

    items: list[CampaignSummary]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null: this was the last.")
