"""Questions about messages: for planning and for senders. What callers ask is in `lists`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.domain.values import Attempting, Due
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection


def known_messages(connection: Connection, messages: Collection[UUID]) -> set[UUID]:
    """See `application.ports.KnownMessages`."""
    rows = fetch(
        connection,
        "select message_id from messages where message_id = any(%(messages)b::uuid[])",
        {"messages": sorted(messages)},
    )
    return {message_id for (message_id,) in rows}


def due_messages(connection: Connection, now: datetime, *, lane: int, lanes: int, limit: int) -> Sequence[Due]:
    """See `application.ports.DueMessages`."""
    rows = fetch(
        connection,
        """
        select message_id, customer_id, campaign_id from messages m
        where due_at <= %(now)s and (uuid_hash(customer_id) & 2147483647) %% %(lanes)s = %(lane)s
          and (expires_at <= %(now)s
            or ((campaign_id is null or exists (select from campaigns_heard c where c.campaign_id = m.campaign_id))
              and (exists (select from contacts k where k.customer_id = m.customer_id)
                or exists (select from erased_contacts e where e.customer_id = m.customer_id))))
        order by due_at, message_id limit %(limit)s
        """,
        {"now": now, "lane": lane, "lanes": lanes, "limit": limit},
    )
    return [Due(*row) for row in rows]


def open_attempts(connection: Connection, *, sender: UUID, limit: int) -> Sequence[Attempting]:
    """See `application.ports.OpenAttempts`."""
    rows = fetch(
        connection,
        "select message_id, customer_id, attempt, channel, sender from messages"
        " where standing = 'attempting' and sender <> %(sender)s order by sender, message_id limit %(limit)s",
        {"sender": sender, "limit": limit},
    )
    return [Attempting(*row) for row in rows]


def message_values(connection: Connection, messages: Collection[UUID]) -> dict[UUID, dict[str, str]]:
    """See `application.ports.MessageValues`."""
    rows = fetch(
        connection,
        'select message_id, "values" from messages where message_id = any(%(messages)b::uuid[])',
        {"messages": sorted(messages)},
    )
    return dict(rows)


def find_message(connection: Connection, message_id: UUID) -> UUID | None:
    """See `application.ports.FindMessage`."""
    rows = fetch(connection, "select customer_id from messages where message_id = %(message)s", {"message": message_id})
    return rows[0][0] if rows else None
