"""What can be asked of a claim's stream."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.campaigns.domain.agreement.values import Terms
from shared.kernel.messages import Command


@dataclass(frozen=True, slots=True)
class ClaimOffer(Command):
    """Let the holder use the offer at the other party's tills. The holder is a member, or whoever has the coupon.

    `coupon` is the coupon's hash. `party` is where the claim is made; `store_id` its store, where that is known.
    """

    campaign_id: UUID
    party: str
    store_id: str | None
    customer_id: UUID | None
    coupon: str | None
    terms: Terms
    now: datetime


ClaimCommand = ClaimOffer
