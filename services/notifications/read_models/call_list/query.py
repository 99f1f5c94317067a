"""Whom to call."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, cast
from uuid import UUID

from services.notifications.domain.values import CallOutcome, Purpose
from shared.database.batch import fetch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from shared.access.visibility import Visible


class Call(NamedTuple):
    """An open task as it is kept."""

    message_id: UUID
    customer_id: UUID
    store_id: str | None
    template: str
    campaign_id: UUID | None
    purpose: Purpose
    outcome: CallOutcome | None
    calls: int
    added_at: datetime


def open_calls(
    connection: Connection, seen: Visible, *, store_id: str | None, after: UUID | None, limit: int
) -> list[Call]:
    """Tasks without a final outcome: of one store, or of all that the caller sees."""
    rows = fetch(
        connection,
        f"""
        select message_id, customer_id, store_id, template, campaign_id,
               (select m.purpose from messages m where m.message_id = call_list.message_id), outcome, calls, added_at
        from call_list
        where {seen.sql} and (outcome is null or outcome = 'no_answer')
          and (%(store)s::text is null or store_id = %(store)s::text)
          and (%(after)s::uuid is null or message_id > %(after)s::uuid)
        order by message_id limit %(limit)s
        """,
        {"store": store_id, "after": after, "limit": limit, **seen.parameters},
    )
    return [Call(*row) for row in rows]


def find_call(connection: Connection, message_id: UUID) -> tuple[UUID, CallOutcome | None] | None:
    """Whose task it is and how it stands; None if there is none. Right for decisions under the contact's lock."""
    rows = fetch(
        connection,
        "select customer_id, outcome from call_list where message_id = %(message)s",
        {"message": message_id},
    )
    return cast("tuple[UUID, CallOutcome | None]", rows[0]) if rows else None
