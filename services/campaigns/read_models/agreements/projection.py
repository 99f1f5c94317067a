"""Keeps signatures and claims. Neither ever changes, so what is there already is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.agreement.events import AgreementSigned
from services.campaigns.domain.claim.events import OfferClaimed
from services.campaigns.read_models.agreements import table as tables
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project_signatures(connection: Connection, table: str, batch: Sequence[Recorded[AgreementSigned]]) -> None:
    """Adds each signature once: one statement."""
    run(
        connection,
        f"""
        insert into {table} (campaign_id, version, party, signer, signed_at)
        select campaign_id::uuid, version, party, signer, signed_at
        from unnest(%(campaigns)s::text[], %(versions)s::int[], %(parties)s::text[], %(signers)s::text[],
                    %(times)s::timestamptz[]) as e(campaign_id, version, party, signer, signed_at)
        on conflict do nothing
        """,
        {
            "campaigns": [record.stream.id for record in batch],
            "versions": [record.event.campaign_version for record in batch],
            "parties": [record.event.party for record in batch],
            "signers": [record.event.signer for record in batch],
            "times": [record.occurred_at for record in batch],
        },
    )


def project_claims(connection: Connection, table: str, batch: Sequence[Recorded[OfferClaimed]]) -> None:
    """Adds each claim once, except of the erased: one statement."""
    run(
        connection,
        f"""
        insert into {table}
          (claim_id, campaign_id, campaign_version, party, store_id, customer_id, coupon, claimed_at)
        select e.claim_id::uuid, e.campaign_id, e.version, e.party, e.store_id, e.customer_id, e.coupon, e.claimed_at
        from unnest(%(claims)s::text[], %(campaigns)s::uuid[], %(versions)s::int[], %(parties)s::text[],
                    %(stores)s::text[], %(customers)s::uuid[], %(coupons)s::text[], %(times)s::timestamptz[])
          as e(claim_id, campaign_id, version, party, store_id, customer_id, coupon, claimed_at)
        where not exists (select from erased_customers x where x.customer_id = e.customer_id)
        on conflict do nothing
        """,
        {
            "claims": [record.stream.id for record in batch],
            "campaigns": [record.event.campaign_id for record in batch],
            "versions": [record.event.campaign_version for record in batch],
            "parties": [record.event.party for record in batch],
            "stores": [record.event.store_id for record in batch],
            "customers": [record.event.customer_id for record in batch],
            "coupons": [record.event.coupon for record in batch],
            "times": [record.occurred_at for record in batch],
        },
    )


SIGNATURES = Projection(tables.SIGNATURES, frozenset({AgreementSigned.type}), project_signatures)
CLAIMS = Projection(tables.CLAIMS, frozenset({OfferClaimed.type}), project_claims)
