"""Writes who was left out of a campaign, by rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.experiment.events import ArmsAssigned
from services.campaigns.read_models.excluded_members.table import EXCLUDED_MEMBERS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[ArmsAssigned]]) -> None:
    """One row per member and campaign, none of an erased member."""
    rows = [
        (record.stream.id, customer_id, rule)
        for record in batch
        for rule, customers in record.event.excluded.items()
        for customer_id in customers
    ]
    if not rows:
        return
    campaigns, customers, rules = map(list, zip(*rows, strict=True))
    run(
        connection,
        f"""
        insert into {table} (campaign_id, customer_id, rule)
        select a.campaign_id::uuid, a.customer_id, a.rule
        from unnest(%(campaigns)b::text[], %(customers)b::uuid[], %(rules)b::text[])
          as a(campaign_id, customer_id, rule)
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        on conflict do nothing
        """,
        {"campaigns": campaigns, "customers": customers, "rules": rules},
    )


PROJECTION = Projection(EXCLUDED_MEMBERS, frozenset({ArmsAssigned.type}), project)
