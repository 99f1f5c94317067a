"""Decides about one holder's claim on one campaign. A claim is made once and stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.campaigns.domain.agreement.errors import NotJoint
from services.campaigns.domain.claim.commands import ClaimCommand
from services.campaigns.domain.claim.errors import CampaignNotRunning, ClaimedElsewhere
from services.campaigns.domain.claim.events import ClaimEvent, OfferClaimed
from shared.kernel.decider import Decider, StreamId
from shared.kernel.ids import derived_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

CATEGORY = "claim"


@dataclass(frozen=True, slots=True)
class Claim:
    """Whether it was made."""

    made: bool = False


def claim_stream(campaign_id: UUID, holder: UUID | str) -> StreamId:
    """The stream of the claim of `holder` (a member, or a coupon's hash) on a campaign."""
    return StreamId(CATEGORY, str(derived_id(CATEGORY, campaign_id, holder)))


def decide(command: ClaimCommand, claim: Claim) -> Sequence[ClaimEvent]:
    """The claim; nothing if it was made before."""
    terms = command.terms
    if claim.made:
        return []
    if not terms.parties:
        raise NotJoint("the campaign has no joint part; its offer needs no claim")
    if terms.status != "running" or (terms.ends_at is not None and terms.ends_at <= command.now):
        standing = "over" if terms.status == "running" else terms.status
        raise CampaignNotRunning(f"the campaign is {standing}; its offer can be claimed while it is running")
    if command.party != terms.claim_party:
        msg = f"party {command.party!r} gives out no claims for this campaign; {terms.claim_party!r} does"
        raise ClaimedElsewhere(msg, field="party")
    return [
        OfferClaimed(
            campaign_id=command.campaign_id,
            campaign_version=terms.version,
            party=command.party,
            store_id=command.store_id,
            customer_id=command.customer_id,
            coupon=command.coupon,
        ),
    ]


def evolve(claim: Claim, event: ClaimEvent) -> Claim:  # noqa: ARG001 - there is one event
    """The claim after `event`."""
    return Claim(made=True)


CLAIM: Decider[ClaimCommand, ClaimEvent, Claim] = Decider(
    category=CATEGORY,
    state_type=Claim,
    events=(OfferClaimed,),
    initial_state=Claim,
    decide=decide,
    evolve=evolve,
)
