"""Joint promotions between their parties: signatures before the approval, claims while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from services.campaigns.domain.agreement.commands import SignAgreement
from services.campaigns.domain.agreement.decider import agreement_stream
from services.campaigns.domain.campaign.errors import CampaignNotFound
from services.campaigns.domain.claim.commands import ClaimOffer
from services.campaigns.domain.claim.decider import claim_stream
from services.campaigns.domain.party.errors import PartyNotFound
from shared.commands.handler import Addressed
from shared.kernel.ids import read_id
from shared.projections.erased import hold_erasures

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.agreement.decider import Agreement
    from services.campaigns.domain.agreement.values import Terms
    from services.campaigns.domain.offers.definition import CampaignDraft
    from shared.commands.handler import CommandHandler
    from shared.kernel.messages import Cause


class TermsOf(Protocol):
    """The campaign as it stands now, as far as its parties agree on it; None if there is no such campaign.

    Takes no lock. A signature names the version that it was given under, so one that a revision overtakes is void.
    """

    def __call__(self, connection: Connection, campaign_id: UUID) -> Terms | None: ...


class OursOf(Protocol):
    """Whether each of some parties is ours; those that nobody registered are not in the answer."""

    def __call__(self, connection: Connection, parties: Collection[str]) -> Mapping[str, bool]: ...


class Agreements:
    """Takes signatures and claims, and tells an approval what is missing."""

    def __init__(self, handler: CommandHandler, terms_of: TermsOf, ours_of: OursOf) -> None:
        self._handler = handler
        self._terms_of = terms_of
        self._ours_of = ours_of

    def is_ours(self, connection: Connection, party: str) -> bool:
        """Whether the party is the chain itself, or a part of it. Raises `PartyNotFound`."""
        found = self._ours_of(connection, [party])
        if party not in found:
            raise PartyNotFound(party)
        return found[party]

    def check_parties(self, connection: Connection, draft: CampaignDraft) -> None:
        """Raises `PartyNotFound` for a party of the draft that nobody registered."""
        if draft.joint is None:
            return
        parties = (draft.joint.claim_party, draft.joint.redeem_party)
        found = self._ours_of(connection, parties)
        for party in parties:
            if party not in found:
                raise PartyNotFound(party)

    def sign(
        self,
        connection: Connection,
        campaign_id: UUID,
        party: str,
        cause: Cause,
        *,
        version: int | None,
    ) -> None:
        """The party's signature under the campaign as it stands, by whoever calls.

        Raises `CampaignNotFound` and what `domain.agreement.decider` raises.
        """
        command = SignAgreement(party, cause.actor, self._terms(connection, campaign_id), version)
        self._handler.run(connection, [[Addressed(agreement_stream(campaign_id), command, cause)]])[0].unwrap()

    def missing_signatures(
        self,
        connection: Connection,
        campaign_id: UUID,
        version: int,
        draft: CampaignDraft,
    ) -> tuple[str, ...]:
        """The parties that have not signed this version. Call it before the campaign's own stream is locked.

        The agreement stays locked until the caller commits: what an approval was told still holds when it is kept,
        and streams are locked in sorted order.
        """
        if draft.joint is None:
            return ()
        stream = agreement_stream(campaign_id)
        agreement: Agreement = self._handler.store.load(connection, [stream], lock=True)[stream].state
        return tuple(sorted({draft.joint.claim_party, draft.joint.redeem_party} - agreement.signed(version)))

    def claim(
        self,
        connection: Connection,
        campaign_id: UUID,
        cause: Cause,
        *,
        party: str,
        store_id: str | None,
        customer_id: UUID | None,
        coupon: str | None,
        lock: bool,
    ) -> UUID:
        """The claim of a member, or of whoever holds the coupon with this hash; its id. Claiming again changes nothing.

        Raises `CampaignNotFound` and what `domain.claim.decider` raises.
        """
        # Until this commits she is not erased: an erasure would not see the row that is about to be added.
        hold_erasures(connection)
        stream = claim_stream(campaign_id, customer_id or coupon or "")
        command = ClaimOffer(
            campaign_id=campaign_id,
            party=party,
            store_id=store_id,
            customer_id=customer_id,
            coupon=coupon,
            terms=self._terms(connection, campaign_id),
            now=cause.occurred_at,
        )
        self._handler.run(connection, [[Addressed(stream, command, cause)]], lock=lock)[0].unwrap()
        return read_id(stream.id)

    def _terms(self, connection: Connection, campaign_id: UUID) -> Terms:
        terms = self._terms_of(connection, campaign_id)
        if terms is None:
            msg = f"no campaign {campaign_id}; GET /campaigns lists them"
            raise CampaignNotFound(msg, campaign_id=str(campaign_id))
        return terms
