"""Reads coupons: by their hashes, and those that a member has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection


def coupons_at_hand(
    connection: Connection,
    coupons: Collection[str],
    customer_id: UUID | None,
    campaigns: Collection[UUID],
) -> list[tuple[Any, ...]]:
    """(coupon, campaign, customer, taken by): the `coupons`, and free ones bound to the member for `campaigns`."""
    return fetch(
        connection,
        """
        select coupon, campaign_id, customer_id, taken_by from coupons where coupon = any(%(coupons)b::text[])
        union
        select coupon, campaign_id, customer_id, taken_by from coupons
        where customer_id = %(customer)s and campaign_id = any(%(campaigns)b::uuid[]) and taken_by is null
        """,
        {"coupons": list(coupons), "customer": customer_id, "campaigns": list(campaigns)},
    )
