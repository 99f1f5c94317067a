"""Follows checkouts from their reservation to their end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.domain.checkout.events import (
    CheckoutConfirmed,
    CheckoutEvent,
    CheckoutReleased,
    CheckoutReserved,
    SaleFollowed,
)
from services.campaigns.read_models.checkouts.table import CHECKOUTS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[CheckoutEvent]]) -> None:
    """First what began, then where it came to: a reservation stands before everything else of its stream."""
    begun = [(record, record.event) for record in batch if isinstance(record.event, CheckoutReserved)]
    if begun:
        _begin(connection, table, begun)
    moved: dict[str, tuple[int, str, UUID | None]] = {}
    for record in batch:
        if not isinstance(record.event, CheckoutReserved):
            before = moved.get(record.stream.id)
            moved[record.stream.id] = (record.version, *_standing(record.event, before[2] if before else None))
    if moved:
        run(
            connection,
            f"""
            update {table} c
            set version = e.version, status = e.status, receipt_id = coalesce(e.receipt_id, c.receipt_id)
            from unnest(%(ids)b::text[], %(versions)b::int[], %(statuses)b::text[], %(receipts)b::uuid[])
              as e(checkout_id, version, status, receipt_id)
            where c.checkout_id = e.checkout_id::uuid and c.version < e.version
            """,
            {
                "ids": list(moved),
                "versions": [version for version, _, _ in moved.values()],
                "statuses": [status for _, status, _ in moved.values()],
                "receipts": [receipt_id for _, _, receipt_id in moved.values()],
            },
        )


def _begin(
    connection: Connection,
    table: str,
    begun: Sequence[tuple[Recorded[CheckoutEvent], CheckoutReserved]],
) -> None:
    run(
        connection,
        f"""
        insert into {table} (checkout_id, version, status, store_id, till_id, business_date, customer_id, currency,
                             total_minor, reserved_at, reserved_until)
        select id::uuid, version, 'reserved', store_id, till_id, day, customer_id, currency, total, reserved_at, until
        from unnest(%(ids)b::text[], %(versions)b::int[], %(stores)b::text[], %(tills)b::text[], %(days)b::date[],
                    %(customers)b::uuid[], %(currencies)b::text[], %(totals)b::bigint[], %(times)b::timestamptz[],
                    %(untils)b::timestamptz[])
          as e(id, version, store_id, till_id, day, customer_id, currency, total, reserved_at, until)
        on conflict do nothing
        """,
        {
            "ids": [record.stream.id for record, _ in begun],
            "versions": [record.version for record, _ in begun],
            "stores": [event.store_id for _, event in begun],
            "tills": [event.till_id for _, event in begun],
            "days": [event.business_date for _, event in begun],
            "customers": [event.customer_id for _, event in begun],
            "currencies": [event.currency for _, event in begun],
            "totals": [event.total_minor for _, event in begun],
            "times": [record.occurred_at for record, _ in begun],
            "untils": [event.reserved_until for _, event in begun],
        },
    )


def _standing(event: CheckoutEvent, receipt_id: UUID | None) -> tuple[str, UUID | None]:
    match event:
        case CheckoutReleased(reason=reason):
            return reason, receipt_id
        case CheckoutConfirmed():
            return "confirmed", event.receipt_id or receipt_id
        case SaleFollowed():
            return "confirmed", event.receipt_id
        case _:
            raise AssertionError(event.type)


PROJECTION = Projection(
    CHECKOUTS,
    frozenset(event.type for event in (CheckoutReserved, CheckoutReleased, CheckoutConfirmed, SaleFollowed)),
    project,
)
