"""Follows the uses of offers: reserved, confirmed or given up, and what of their discount stands after returns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

import orjson

from services.campaigns.domain.checkout.events import (
    CheckoutConfirmed,
    CheckoutEvent,
    CheckoutReleased,
    CheckoutReserved,
    SaleFollowed,
)
from services.campaigns.read_models.redemptions.table import REDEMPTIONS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


@dataclass(slots=True)
class _News:
    """What a batch says of one redemption or of all of a checkout; None leaves the row as it is."""

    version: int = 0
    status: str | None = None
    discount_minor: int | None = None
    points_due: int | None = None
    over_limit: bool | None = None
    receipt_id: UUID | None = None
    confirmed_at: datetime | None = None


def project(connection: Connection, table: str, batch: Sequence[Recorded[CheckoutEvent]]) -> None:
    """Inserts what was reserved; then all news of checkouts, then of single redemptions: one statement for each."""
    reserved = [(record, record.event) for record in batch if isinstance(record.event, CheckoutReserved)]
    if any(event.redemptions for _, event in reserved):
        _reserve(connection, table, reserved)
    of_checkouts: dict[UUID, _News] = {}
    of_redemptions: dict[UUID, _News] = {}
    for record in batch:
        if not isinstance(record.event, CheckoutReserved):
            _hear(record, of_checkouts, of_redemptions)
    # Both are guarded by the checkout's version, so what is narrower must be written first and leave the guard alone.
    if of_redemptions:
        _update(connection, table, "redemption_id", of_redemptions)
    if of_checkouts:
        _update(connection, table, "checkout_id", of_checkouts, version="e.version")


def _hear(
    record: Recorded[CheckoutEvent],
    of_checkouts: dict[UUID, _News],
    of_redemptions: dict[UUID, _News],
) -> None:
    checkout = of_checkouts.setdefault(UUID(record.stream.id), _News())
    checkout.version = record.version
    match record.event:
        case CheckoutReleased(reason=reason):
            checkout.status = reason
        case CheckoutConfirmed() as event:
            checkout.status, checkout.receipt_id = "confirmed", event.receipt_id
            checkout.confirmed_at = record.occurred_at
            for use in event.uses:
                news = of_redemptions.setdefault(use.redemption_id, _News())
                news.version, news.over_limit = record.version, use.over_limit
        case SaleFollowed() as event:
            checkout.receipt_id = event.receipt_id
            if event.voids:
                checkout.status = "voided"
            for use in event.uses:
                news = of_redemptions.setdefault(use.redemption_id, _News())
                news.version, news.discount_minor = record.version, use.discount_minor
            for due in event.points:
                news = of_redemptions.setdefault(due.redemption_id, _News())
                news.version, news.points_due = record.version, due.points


def _update(
    connection: Connection, table: str, key: str, news: dict[UUID, _News], *, version: str = "r.version"
) -> None:
    run(
        connection,
        f"""
        update {table} r set
          version = {version}, status = coalesce(e.status, r.status),
          discount_minor = coalesce(e.discount_minor, r.discount_minor),
          points_due = coalesce(e.points_due, r.points_due), over_limit = coalesce(e.over_limit, r.over_limit),
          receipt_id = coalesce(e.receipt_id, r.receipt_id), confirmed_at = coalesce(e.confirmed_at, r.confirmed_at)
        from unnest(%(ids)b::uuid[], %(versions)b::int[], %(statuses)b::text[], %(discounts)b::bigint[],
                    %(points)b::int[], %(over)b::boolean[], %(receipts)b::uuid[], %(times)b::timestamptz[])
          as e(id, version, status, discount_minor, points_due, over_limit, receipt_id, confirmed_at)
        where r.{key} = e.id and r.version < e.version
        """,
        {
            "ids": list(news),
            "versions": [one.version for one in news.values()],
            "statuses": [one.status for one in news.values()],
            "discounts": [one.discount_minor for one in news.values()],
            "points": [one.points_due for one in news.values()],
            "over": [one.over_limit for one in news.values()],
            "receipts": [one.receipt_id for one in news.values()],
            "times": [one.confirmed_at for one in news.values()],
        },
    )


def _reserve(
    connection: Connection,
    table: str,
    reserved: Sequence[tuple[Recorded[CheckoutEvent], CheckoutReserved]],
) -> None:
    rows = [(record, event, one) for record, event in reserved for one in event.redemptions]
    run(
        connection,
        f"""
        insert into {table} (redemption_id, checkout_id, version, campaign_id, campaign_version, customer_id, store_id,
                             business_date, currency, offer, kind, name, reason, lines, coupon, amount_minor,
                             discount_minor, points_factor, points, points_due, status, over_limit, reserved_at)
        select id, checkout_id::uuid, version, campaign_id, campaign_version, customer_id, store_id, day, currency,
               offer, kind, name::jsonb, reason, lines::jsonb, coupon, amount, amount, factor::numeric, points, 0,
               'reserved', false, reserved_at
        from unnest(%(ids)b::uuid[], %(checkouts)b::text[], %(versions)b::int[], %(campaigns)b::uuid[],
                    %(campaign_versions)b::int[], %(customers)b::uuid[], %(stores)b::text[], %(days)b::date[],
                    %(currencies)b::text[], %(offers)b::text[], %(kinds)b::text[], %(names)b::text[],
                    %(reasons)b::text[], %(lines)b::text[], %(coupons)b::text[], %(amounts)b::bigint[],
                    %(factors)b::text[], %(points)b::int[], %(times)b::timestamptz[])
          as e(id, checkout_id, version, campaign_id, campaign_version, customer_id, store_id, day, currency, offer,
               kind, name, reason, lines, coupon, amount, factor, points, reserved_at)
        on conflict do nothing
        """,
        {
            "ids": [one.redemption_id for _, _, one in rows],
            "checkouts": [record.stream.id for record, _, _ in rows],
            "versions": [record.version for record, _, _ in rows],
            "campaigns": [one.campaign_id for _, _, one in rows],
            "campaign_versions": [one.campaign_version for _, _, one in rows],
            "customers": [event.customer_id for _, event, _ in rows],
            "stores": [event.store_id for _, event, _ in rows],
            "days": [event.business_date for _, event, _ in rows],
            "currencies": [event.currency for _, event, _ in rows],
            "offers": [one.offer for _, _, one in rows],
            "kinds": [one.kind for _, _, one in rows],
            "names": [orjson.dumps(one.name).decode() for _, _, one in rows],
            "reasons": [one.reason for _, _, one in rows],
            "lines": [orjson.dumps([line.model_dump() for line in one.lines]).decode() for _, _, one in rows],
            "coupons": [one.coupon for _, _, one in rows],
            "amounts": [one.amount_minor for _, _, one in rows],
            "factors": [None if one.points_factor is None else str(one.points_factor) for _, _, one in rows],
            "points": [one.points for _, _, one in rows],
            "times": [record.occurred_at for record, _, _ in rows],
        },
    )


PROJECTION = Projection(
    REDEMPTIONS,
    frozenset(event.type for event in (CheckoutReserved, CheckoutReleased, CheckoutConfirmed, SaleFollowed)),
    project,
)
