"""Looks up what accounts have for receipts: see `application.ports.KnownReceipts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.domain.values import ReceiptPoints
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection
    from uuid import UUID

    from sqlalchemy import Connection


def known_receipts(
    connection: Connection,
    receipts: Collection[tuple[UUID, UUID]],
) -> dict[tuple[UUID, UUID], ReceiptPoints]:
    """By (customer, receipt), for those that were settled before."""
    rows = fetch(
        connection,
        """
        select r.customer_id, r.receipt_id, r.version, r.points, r.expires_on
        from unnest(%(customers)b::uuid[], %(receipts)b::uuid[]) as w(customer_id, receipt_id)
        join receipt_points r on r.customer_id = w.customer_id and r.receipt_id = w.receipt_id
        """,
        {
            "customers": [customer_id for customer_id, _ in receipts],
            "receipts": [receipt_id for _, receipt_id in receipts],
        },
    )
    return {
        (customer_id, receipt_id): ReceiptPoints(version, points, expires_on)
        for customer_id, receipt_id, version, points, expires_on in rows
    }
