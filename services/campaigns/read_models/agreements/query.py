"""Reads agreements and claims: for decisions, for tills, for callers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.agreement.values import Terms
from services.campaigns.read_models.agreements.view import AgreementView, ClaimView, Signature
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection


def terms_of(connection: Connection, campaign_id: UUID) -> Terms | None:
    """See `application.agreements.TermsOf`."""
    rows = fetch(
        connection,
        """
        select version, status, ends_at,
               definition->'joint'->>'claim_party', definition->'joint'->>'redeem_party'
        from campaigns where campaign_id = %(id)s
        """,
        {"id": campaign_id},
    )
    return Terms(*rows[0]) if rows else None


def claimed(
    connection: Connection,
    *,
    customer_id: UUID | None = None,
    coupons: Collection[str] = (),
) -> frozenset[UUID]:
    """The campaigns that a member, or whoever holds one of `coupons` (hashes), has claimed."""
    rows = fetch(
        connection,
        """
        select campaign_id from claims where customer_id = %(customer)s
        union select campaign_id from claims where coupon = any(%(coupons)s::text[])
        """,
        {"customer": customer_id, "coupons": list(coupons)},
    )
    return frozenset(campaign_id for (campaign_id,) in rows)


def is_issued(connection: Connection, campaign_id: UUID, coupon: str) -> bool:
    """Whether a coupon (its hash) is one of the campaign's."""
    asked = "select 1 from coupons where coupon = %(coupon)s and campaign_id = %(campaign)s"
    return bool(fetch(connection, asked, {"coupon": coupon, "campaign": campaign_id}))


def agreement_view(connection: Connection, campaign_id: UUID) -> AgreementView | None:
    """The newest version and its signatures; None for a campaign that is unknown or has no joint part."""
    terms = terms_of(connection, campaign_id)
    if terms is None or terms.claim_party is None or terms.redeem_party is None:
        return None
    rows = fetch(
        connection,
        """
        select party, signer, signed_at from signatures
        where campaign_id = %(id)s and version = %(version)s order by signed_at, party
        """,
        {"id": campaign_id, "version": terms.version},
    )
    signatures = [Signature(party=party, signer=signer, signed_at=signed_at) for party, signer, signed_at in rows]
    return AgreementView(
        campaign_id=campaign_id,
        version=terms.version,
        claim_party=terms.claim_party,
        redeem_party=terms.redeem_party,
        signatures=signatures,
        missing=sorted(terms.parties - {signature.party for signature in signatures}),
    )


def claim_view(connection: Connection, claim_id: UUID) -> ClaimView | None:
    """A claim, and where it can be used."""
    rows = fetch(
        connection,
        """
        select c.campaign_id, c.party, k.definition->'joint'->>'redeem_party', c.claimed_at
        from claims c join campaigns k using (campaign_id) where c.claim_id = %(id)s
        """,
        {"id": claim_id},
    )
    if not rows:
        return None
    campaign_id, party, redeem_party, claimed_at = rows[0]
    return ClaimView(campaign_id=campaign_id, party=party, redeem_party=redeem_party, claimed_at=claimed_at)
