"""Reads accounts, alone or page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.read_models.account_balance.view import AccountBalance
from shared.database.batch import fetch

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.access.visibility import Visible

_COLUMNS = (
    "customer_id, version, closed, available, reserved, debt, earned_total, redeemed_total, expired_total,"
    " forgiven_total"
)
_FIELDS = tuple(_COLUMNS.split(", "))


def balance(connection: Connection, customer_id: UUID) -> AccountBalance | None:
    """One account, or None if the member has none."""
    rows = fetch(
        connection,
        f"select {_COLUMNS} from account_balance where customer_id = %(customer)s",
        {"customer": customer_id},
    )
    return AccountBalance(**dict(zip(_FIELDS, rows[0], strict=True))) if rows else None


def balances(connection: Connection, seen: Visible, *, after: UUID | None, limit: int) -> list[AccountBalance]:
    """At most `limit` accounts of members `seen`, in the order of their ids, those after `after`."""
    rows = fetch(
        connection,
        f"""
        select {_COLUMNS} from account_balance
        where (%(after)s::uuid is null or customer_id > %(after)s) and {seen.sql} order by customer_id limit %(limit)s
        """,
        {"after": after, "limit": limit, **seen.parameters},
    )
    return [AccountBalance(**dict(zip(_FIELDS, row, strict=True))) for row in rows]
