"""Reads redemptions: of a campaign page by page, and in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.campaigns.read_models.redemptions.view import DiscountFigures, RedemptionFigures, RedemptionView
from shared.database.batch import fetch

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.access.visibility import Visible


def redemptions_of(
    connection: Connection,
    campaign_id: UUID,
    seen: Visible,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[RedemptionView]:
    """A campaign's redemptions of the members in `seen`, the newest first."""
    at, id_ = before or (None, None)
    rows = fetch(
        connection,
        f"""
        select redemption_id, checkout_id, customer_id, store_id as store, business_date, currency, amount_minor,
               discount_minor, points_due, status, over_limit, receipt_id, reserved_at, confirmed_at
        from redemptions
        where campaign_id = %(campaign)s and {seen.sql}
          and (%(at)s::timestamptz is null or (reserved_at, redemption_id) < (%(at)s, %(id)s::uuid))
        order by reserved_at desc, redemption_id desc limit %(limit)s
        """,
        {"campaign": campaign_id, "at": at, "id": id_, "limit": limit, **seen.parameters},
    )
    names = list(RedemptionView.model_fields)
    return [RedemptionView.model_validate(dict(zip(names, row, strict=True))) for row in rows]


def figures(connection: Connection, campaign_id: UUID) -> RedemptionFigures:
    """A campaign's uses in figures. One that names no currency may be used in several, which are never added up."""
    rows = fetch(
        connection,
        """
        select count(*) filter (where status = 'confirmed'),
               count(distinct customer_id) filter (where status = 'confirmed'),
               count(*) filter (where over_limit),
               coalesce(sum(points_due), 0)::bigint,
               currency, coalesce(sum(discount_minor), 0)::bigint,
               coalesce(sum(amount_minor - discount_minor), 0)::bigint
        from redemptions where campaign_id = %(id)s and status in ('confirmed', 'voided')
        group by grouping sets ((), (currency)) order by currency nulls first
        """,
        {"id": campaign_id},
    )
    # The first row is of all currencies together.
    uses, members, over_limit, points = rows[0][:4]
    discounts = [
        DiscountFigures(currency=currency, discount_minor=stands, returned_minor=returned)
        for *_, currency, stands, returned in rows[1:]
    ]
    return RedemptionFigures(uses=uses, members=members, over_limit=over_limit, points=points, discounts=discounts)
