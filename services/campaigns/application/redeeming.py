"""An effect of a quote as a checkout keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.checkout.values import Funding, LineShare, Redemption
from services.campaigns.domain.offers.definition import PointsOffer
from services.campaigns.domain.quote.effects import in_words
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from uuid import UUID

    from services.campaigns.domain.quote.effects import Effect


def redemption_of(
    checkout_id: UUID,
    effect: Effect,
    currency: str,
    *,
    points_per_unit: int,
    coupon: str | None,
) -> Redemption:
    """All that is needed of `effect` later. Its id follows from the checkout and the campaign."""
    campaign, definition = effect.campaign, effect.campaign.definition
    offer, joint = definition.offer, definition.joint
    return Redemption(
        redemption_id=derived_id("redemption", checkout_id, campaign.campaign_id),
        campaign_id=campaign.campaign_id,
        campaign_version=campaign.version,
        offer=definition.code,
        kind=offer.kind,
        name=dict(definition.name),
        reason=in_words(offer, currency),
        amount_minor=effect.amount_minor,
        lines=tuple(LineShare(line=line, amount_minor=minor) for line, minor in sorted(effect.lines.items())),
        points_factor=offer.factor if isinstance(offer, PointsOffer) else None,
        points=effect.points,
        points_per_unit=points_per_unit,
        limits=effect.limits,
        coupon=coupon,
        funding=None if joint is None else Funding(redeemed_by=joint.redeem_party, shares=dict(joint.shares)),
    )
