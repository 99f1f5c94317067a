"""Answers the till's questions from read models: see `application.till_ports`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.application.till_ports import Facts, KnownCoupon
from services.campaigns.domain.offers.basket import GLOBAL, Buyer
from services.campaigns.domain.offers.definition import CampaignDraft, RunningCampaign
from services.campaigns.read_models.agreements.query import claimed
from services.campaigns.read_models.budgets.query import spent
from services.campaigns.read_models.checkouts.query import due, of_receipts
from services.campaigns.read_models.coupons.query import coupons_at_hand
from services.campaigns.read_models.parties.query import party_at
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from services.campaigns.domain.budget.limits import Spent

_FACTS = """
with running as (select campaign_id, approved_version from campaigns where status = 'running')
select
  (select region from store_registry where store_id = %(store)s),
  array(select campaign_id from running order by campaign_id),
  array(select approved_version from running order by campaign_id),
  array(select segment from segment_members where customer_id = %(customer)s and inside),
  array(select experiment || ' ' || arm from arms
        where customer_id = %(customer)s
          and (experiment = %(global)s or experiment in (select campaign_id::text from running))),
  exists (select from member_sales where customer_id = %(customer)s and counted)
"""
_CAMPAIGNS = """
select campaign_id, approved_version, version, definition::text, coalesce(started_at, starts_at), ends_at, status
from campaigns where campaign_id = any(%(ids)b::uuid[])
"""


class PostgresTillReads:
    """Keeps the running campaigns in memory: a version of a campaign never changes, so it is read once."""

    def __init__(self) -> None:
        self._seen: Mapping[tuple[UUID, int], RunningCampaign] = {}

    def facts(self, connection: Connection, store: str, customer_id: UUID | None) -> Facts:
        """See the port."""
        region, ids, versions, segments, arms, bought = fetch(
            connection,
            _FACTS,
            {"store": store, "customer": customer_id, "global": GLOBAL},
        )[0]
        buyer = Buyer(customer_id, frozenset(segments), dict(arm.split(" ") for arm in arms), bought)
        return Facts(buyer, region, tuple(zip(ids, versions, strict=True)))

    def campaigns(self, connection: Connection, running: Sequence[tuple[UUID, int]]) -> Sequence[RunningCampaign]:
        """See the port."""
        seen = self._seen
        new = [campaign_id for campaign_id, version in running if (campaign_id, version) not in seen]
        if new:
            read = {
                (campaign_id, approved): _campaign(
                    campaign_id, approved, definition, starts_at=starts_at, ends_at=ends_at, status=status
                )
                for campaign_id, approved, _, definition, starts_at, ends_at, status in fetch(
                    connection, _CAMPAIGNS, {"ids": new}
                )
            }
            # Replaced as a whole and never changed: other threads may be reading it. What does not run goes.
            still = set(running)
            seen = {key: campaign for key, campaign in seen.items() if key in still} | read
            self._seen = seen
        return [seen[key] for key in running if key in seen]

    def drafts(self, connection: Connection, campaigns: Collection[UUID]) -> Sequence[RunningCampaign]:
        """See the port."""
        rows = fetch(connection, _CAMPAIGNS, {"ids": list(campaigns)})
        return [
            _campaign(campaign_id, version, definition, starts_at=None, ends_at=None, status=status)
            for campaign_id, _, version, definition, _, _, status in rows
        ]

    def coupons(
        self,
        connection: Connection,
        coupons: Collection[str],
        customer_id: UUID | None,
        campaigns: Collection[UUID],
    ) -> Sequence[KnownCoupon]:
        """See the port."""
        return [KnownCoupon(*row) for row in coupons_at_hand(connection, coupons, customer_id, campaigns)]

    def spent(self, connection: Connection, budgets: Collection[str]) -> Mapping[str, Spent]:
        """See the port."""
        return spent(connection, budgets)

    def party_at(self, connection: Connection, store: str) -> str | None:
        """See the port."""
        return party_at(connection, store)

    def claimed(self, connection: Connection, customer_id: UUID | None, coupons: Collection[str]) -> frozenset[UUID]:
        """See the port."""
        return claimed(connection, customer_id=customer_id, coupons=coupons)


class PostgresCheckoutReads:
    """Finds checkouts in their read model."""

    def of_receipts(self, connection: Connection, receipts: Collection[UUID]) -> Mapping[UUID, UUID]:
        """See the port."""
        return of_receipts(connection, receipts)

    def due(self, connection: Connection, now: datetime, limit: int) -> Sequence[UUID]:
        """See the port."""
        return due(connection, now, limit)


def _campaign(
    campaign_id: UUID,
    version: int,
    definition: str,
    *,
    starts_at: datetime | None,
    ends_at: datetime | None,
    status: str,
) -> RunningCampaign:
    return RunningCampaign(
        campaign_id=campaign_id,
        version=version,
        definition=CampaignDraft.model_validate_json(definition),
        starts_at=starts_at,
        ends_at=ends_at,
        status=status,
    )
