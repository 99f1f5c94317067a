"""Follows coupons from their issue to the checkout that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from services.campaigns.domain.coupon.events import CouponFreed, CouponsIssued, CouponTaken
from services.campaigns.read_models.coupons.table import COUPONS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(
    connection: Connection,
    table: str,
    batch: Sequence[Recorded[CouponsIssued | CouponTaken | CouponFreed]],
) -> None:
    """First the new ones, then what became of them: one statement for each."""
    issued = [(UUID(record.stream.id), record.event) for record in batch if isinstance(record.event, CouponsIssued)]
    if issued:
        _add(connection, table, issued)
    newest = {record.stream.id: record for record in batch if not isinstance(record.event, CouponsIssued)}
    if newest:
        run(
            connection,
            f"""
            update {table} c set taken_by = e.taken_by, version = e.version
            from unnest(%(coupons)b::text[], %(takers)b::uuid[], %(versions)b::int[]) as e(coupon, taken_by, version)
            where c.coupon = e.coupon and c.version < e.version
            """,
            {
                "coupons": list(newest),
                "takers": [_taker(record.event) for record in newest.values()],
                "versions": [record.version for record in newest.values()],
            },
        )


def _add(connection: Connection, table: str, issued: Sequence[tuple[UUID, CouponsIssued]]) -> None:
    rows = [
        (coupon, event.campaign_id, batch_id, customer)
        for batch_id, event in issued
        for coupon, customer in zip(event.coupons, event.customers or [None] * len(event.coupons), strict=True)
    ]
    coupons, campaigns, batches, customers = map(list, zip(*rows, strict=True))
    run(
        connection,
        f"""
        insert into {table} (coupon, campaign_id, batch_id, customer_id, version)
        select i.*, 0
        from unnest(%(coupons)b::text[], %(campaigns)b::uuid[], %(batches)b::uuid[], %(customers)b::uuid[])
          as i(coupon, campaign_id, batch_id, customer_id)
        where not exists (select from erased_customers e where e.customer_id = i.customer_id)
        on conflict do nothing
        """,
        {"coupons": coupons, "campaigns": campaigns, "batches": batches, "customers": customers},
    )


def _taker(event: CouponsIssued | CouponTaken | CouponFreed) -> UUID | None:
    return event.checkout_id if isinstance(event, CouponTaken) else None


PROJECTION = Projection(COUPONS, frozenset({CouponsIssued.type, CouponTaken.type, CouponFreed.type}), project)
