"""Reads lots: one member's, the programme's by month, and those whose day has passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.loyalty.read_models.lots.view import Liability, Lot, MonthOfExpiry
from shared.database.batch import fetch

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.access.visibility import Visible


def lots_of(connection: Connection, customer_id: UUID) -> list[Lot]:
    """What is left in a member's lots, the earliest expiry first."""
    rows = fetch(
        connection,
        """
        select expires_on, points, reserved from lots
        where customer_id = %(customer)s and (points > 0 or reserved > 0) order by expires_on
        """,
        {"customer": customer_id},
    )
    return [Lot(expires_on=expires_on, points=points, reserved=reserved) for expires_on, points, reserved in rows]


def liability(connection: Connection, seen: Visible) -> Liability:
    """What the programme owes the members `seen`: points that can still be redeemed, by the month of their expiry."""
    rows = fetch(
        connection,
        f"""
        select to_char(expires_on, 'YYYY-MM'), sum(points)::bigint, sum(reserved)::bigint from lots
        where (points > 0 or reserved > 0) and {seen.sql} group by 1 order by 1
        """,
        seen.parameters,
    )
    months = [MonthOfExpiry(month=month, points=points, reserved=reserved) for month, points, reserved in rows]
    debt, members = fetch(
        connection,
        f"select coalesce(sum(debt), 0)::bigint, count(*) from account_balance where {seen.sql}",
        seen.parameters,
    )[0]
    return Liability(
        outstanding=sum(month.points + month.reserved for month in months),
        debt=debt,
        members=members,
        months=months,
    )


def expiring_accounts(
    connection: Connection,
    today: date,
    after: UUID,
    limit: int,
) -> list[tuple[UUID, int]]:
    """See `application.ports.ExpiringAccounts`. Walks the primary key, so all pages together read it once."""
    return [
        (customer_id, version)
        for customer_id, version in fetch(
            connection,
            """
            select customer_id, max(version) from lots
            where customer_id > %(after)s and expires_on < %(today)s and points > 0
            group by customer_id order by customer_id limit %(limit)s
            """,
            {"after": after, "today": today, "limit": limit},
        )
    ]
