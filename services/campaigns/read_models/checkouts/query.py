"""Reads checkouts: for callers, for sales that name a receipt, and for the job that ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.read_models.checkouts.view import CheckoutView, EffectView
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection


def checkout_view(connection: Connection, checkout_id: UUID) -> CheckoutView | None:
    """A checkout as it stands, with its offers."""
    rows = fetch(
        connection,
        """
        select checkout_id, version, status, store_id, till_id, business_date, customer_id, currency, total_minor,
               reserved_until, receipt_id
        from checkouts where checkout_id = %(id)s
        """,
        {"id": checkout_id},
    )
    if not rows:
        return None
    id_, version, status, store, till, business_date, customer_id, currency, total, reserved_until, receipt_id = rows[0]
    effects = _effects(connection, checkout_id)
    discount = sum(effect.amount_minor for effect in effects)
    return CheckoutView(
        checkout_id=id_,
        version=version,
        status=status,
        store=store,
        till=till,
        business_date=business_date,
        customer_id=customer_id,
        currency=currency,
        total_minor=total,
        discount_minor=discount,
        to_pay_minor=total - discount,
        effects=effects,
        reserved_until=reserved_until,
        receipt_id=receipt_id,
    )


def store_of(connection: Connection, checkout_id: UUID) -> str | None:
    """Where a checkout is; None if its id was never used."""
    rows = fetch(connection, "select store_id from checkouts where checkout_id = %(id)s", {"id": checkout_id})
    return rows[0][0] if rows else None


def of_receipts(connection: Connection, receipts: Collection[UUID]) -> dict[UUID, UUID]:
    """The checkout of each receipt that is known to have one."""
    rows = fetch(
        connection,
        "select receipt_id, checkout_id from checkouts where receipt_id = any(%(receipts)b::uuid[])",
        {"receipts": list(receipts)},
    )
    return dict(rows)


def due(connection: Connection, now: datetime, limit: int) -> list[UUID]:
    """At most `limit` reservations that end at or before `now`, the oldest first."""
    rows = fetch(
        connection,
        """
        select checkout_id from checkouts
        where status = 'reserved' and reserved_until <= %(now)s order by reserved_until limit %(limit)s
        """,
        {"now": now, "limit": limit},
    )
    return [checkout_id for (checkout_id,) in rows]


def _effects(connection: Connection, checkout_id: UUID) -> list[EffectView]:
    rows = fetch(
        connection,
        """
        select campaign_id, campaign_version, offer, kind, name, amount_minor, points_factor, points, lines, reason,
               over_limit
        from redemptions where checkout_id = %(id)s order by offer
        """,
        {"id": checkout_id},
    )
    # The columns are selected in the order of the view's fields.
    return [EffectView.model_validate(dict(zip(EffectView.model_fields, row, strict=True))) for row in rows]
