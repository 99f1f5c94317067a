"""What is read of others' events."""

from __future__ import annotations

from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, field_validator

from shared.contracts.base import View
from shared.contracts.campaigns import (
    ArmAssigned,
    CampaignEnded,
    CampaignPaused,
    CampaignResumed,
    CampaignStarted,
)
from shared.contracts.customers import (
    ComplaintClosed,
    ComplaintOpened,
    ConsentGiven,
    ConsentWithdrawn,
    CustomerErased,
    CustomerRegistered,
)
from shared.contracts.stores import StoreRegistered
from shared.kernel.text import Code


class MemberView(View):
    """Who registered, and where."""

    customer_id: UUID
    home_store: Code | None = None


class ConsentView(View):
    """Which consent changed. The type of the event says how."""

    customer_id: UUID
    purpose: Code
    channel: Code | None = None
    occurred_at: AwareDatetime


class ComplaintView(View):
    """Whose complaint was opened or closed."""

    customer_id: UUID
    complaint_id: UUID


class ErasedView(View):
    """Who is to be forgotten."""

    customer_id: UUID


class ArmView(View):
    """Who is in which arm of an experiment."""

    customer_id: UUID
    experiment: Code
    arm: Literal["treated", "held_out"]


class CampaignView(View):
    """Which campaign began, stands still, goes on or is over."""

    campaign_id: UUID
    occurred_at: AwareDatetime


class StoreView(View):
    """Where a store is, and by which clock it lives."""

    store_id: Code
    time_zone: str
    region: Code | None = None

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, OSError):
            # What zoneinfo raises is no ValueError, and would end the batch instead of parking the record.
            message = "not a time zone"
            raise ValueError(message) from None
        return value


VIEWS: dict[str, type[View]] = {
    CustomerRegistered.type: MemberView,
    ConsentGiven.type: ConsentView,
    ConsentWithdrawn.type: ConsentView,
    ComplaintOpened.type: ComplaintView,
    ComplaintClosed.type: ComplaintView,
    CustomerErased.type: ErasedView,
    ArmAssigned.type: ArmView,
    CampaignStarted.type: CampaignView,
    CampaignPaused.type: CampaignView,
    CampaignResumed.type: CampaignView,
    CampaignEnded.type: CampaignView,
    StoreRegistered.type: StoreView,
}
STANDINGS = {
    CampaignStarted.type: "running",
    CampaignResumed.type: "running",
    CampaignPaused.type: "paused",
    CampaignEnded.type: "over",
}
