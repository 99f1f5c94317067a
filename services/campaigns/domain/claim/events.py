"""What can happen to a claim. The stream is `claim-<id derived from the campaign and the holder>`."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared.kernel.messages import DomainEvent


class OfferClaimed(DomainEvent):
    """Somebody may now use the offer where it is redeemed."""

    type: ClassVar[str] = "offer_claimed"

    campaign_id: UUID
    campaign_version: int
    party: str
    store_id: str | None
    customer_id: UUID | None
    coupon: str | None


ClaimEvent = OfferClaimed
