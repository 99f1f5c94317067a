"""What `campaigns` tells the others: campaigns, arms, redemptions at tills, and who pays for a joint promotion.

Money is in minor units. A campaign's own facts are keyed by the campaign, a member's by the customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import ConfigDict

from shared.contracts.base import IntegrationEvent

CAMPAIGNS_TOPIC = "campaigns.events.v1"
GLOBAL = "global"
"""The experiment whose hold-out gets no marketing at all; every other experiment is a campaign's id."""

Arm = Literal["treated", "held_out"]
EndReason = Literal["ended", "stopped", "budget_used_up"]


class CampaignFact(IntegrationEvent):
    """What every event about a campaign says. `campaign_version` is that of the approved definition."""

    topic: ClassVar[str] = CAMPAIGNS_TOPIC

    campaign_id: UUID
    campaign_version: int
    occurred_at: datetime


class CampaignStarted(CampaignFact):
    """It runs from now; its arms are assigned. `segment` is None for everybody."""

    type: ClassVar[str] = "campaigns.campaign_started.v1"

    code: str
    segment: str | None
    starts_at: datetime
    ends_at: datetime
    assigned: int
    held_out: int


class CampaignPaused(CampaignFact):
    """It offers and sends nothing until it goes on."""

    type: ClassVar[str] = "campaigns.campaign_paused.v1"


class CampaignResumed(CampaignFact):
    """It goes on."""

    type: ClassVar[str] = "campaigns.campaign_resumed.v1"


class CampaignEnded(CampaignFact):
    """It is over for good: what was not sent yet is not sent."""

    type: ClassVar[str] = "campaigns.campaign_ended.v1"

    reason: EndReason


class ArmAssigned(IntegrationEvent):
    """The member's arm of an experiment; it never changes. `experiment` is `global` or a campaign's id."""

    type: ClassVar[str] = "campaigns.arm_assigned.v1"
    topic: ClassVar[str] = CAMPAIGNS_TOPIC

    customer_id: UUID
    experiment: str
    arm: Arm
    occurred_at: datetime


class RedemptionFact(IntegrationEvent):
    """What every event about the use of a campaign's offer at a till says. Keyed by the customer, else the campaign.

    `redemption_version` grows by one with each change of it; `discount_minor` is what stands now, after returns.
    """

    topic: ClassVar[str] = CAMPAIGNS_TOPIC

    redemption_id: UUID
    redemption_version: int
    campaign_id: UUID
    campaign_version: int
    customer_id: UUID | None
    checkout_id: UUID
    store_id: str
    business_date: date
    """The store's date of the use."""
    occurred_at: datetime
    currency: str
    discount_minor: int


class OfferRedeemed(RedemptionFact):
    """A checkout was paid with the offer. `over_limit`: it came after its reservation ended, and nothing was left."""

    type: ClassVar[str] = "campaigns.offer_redeemed.v1"

    offer: str
    receipt_id: UUID | None
    over_limit: bool


class OfferReturned(RedemptionFact):
    """Lines came back, or the whole sale was voided, and took their share of the discount with them."""

    type: ClassVar[str] = "campaigns.offer_returned.v1"

    receipt_id: UUID
    given_back_minor: int
    """By how much the discount shrank by this."""


class BonusPointsDue(IntegrationEvent):
    """What a receipt earns by a points offer as it now stands, beside its base points.

    The newest version per (receipt, campaign, customer) is the truth; it is 0 when everything came back.
    """

    type: ClassVar[str] = "campaigns.bonus_points_due.v1"
    topic: ClassVar[str] = CAMPAIGNS_TOPIC

    customer_id: UUID
    campaign_id: UUID
    receipt_id: UUID
    receipt_version: int
    points: int
    currency: str
    business_date: date
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class FundingShare:
    """What one party bears of a redemption."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    party: str
    amount_minor: int


class FundingShared(IntegrationEvent):
    """A joint promotion's redemption, and who bears how much of its discount as it now stands.

    `redeemed_by` gave the discount at its till and is owed the others' shares. The shares sum to `discount_minor`.
    The newest `redemption_version` of a redemption is the truth: returns tell smaller shares. Keyed by the campaign.
    """

    type: ClassVar[str] = "campaigns.funding_shared.v1"
    topic: ClassVar[str] = CAMPAIGNS_TOPIC

    campaign_id: UUID
    redemption_id: UUID
    redemption_version: int
    redeemed_by: str
    store_id: str
    business_date: date
    occurred_at: datetime
    currency: str
    discount_minor: int
    shares: tuple[FundingShare, ...]


EVENTS: tuple[type[IntegrationEvent], ...] = (
    CampaignStarted,
    CampaignPaused,
    CampaignResumed,
    CampaignEnded,
    ArmAssigned,
    OfferRedeemed,
    OfferReturned,
    BonusPointsDue,
    FundingShared,
)
