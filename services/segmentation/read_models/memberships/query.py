"""Questions about memberships."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from services.segmentation.read_models.memberships.view import (
    CustomerSegmentsView,
    MembershipView,
    SegmentMembersPage,
    SegmentMemberView,
)
from shared.database.batch import fetch

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.access.visibility import Visible


class Kept(NamedTuple):
    """What is kept of a member's part in a segment."""

    inside: bool
    since: datetime
    reason: str
    reason_zh: str | None


def members_of(
    connection: Connection, segment: str, seen: Visible, *, after: UUID | None, limit: int
) -> SegmentMembersPage:
    """One page of the members `seen` who are in the segment, those behind `after`."""
    rows = fetch(
        connection,
        "select customer_id, since, reason, reason_zh, segment_version from memberships"
        " where segment = %(segment)s and inside"
        f" and (%(after)s::uuid is null or customer_id > %(after)s::uuid) and {seen.sql}"
        " order by customer_id limit %(limit)s",
        {"segment": segment, "after": after, "limit": limit + 1, **seen.parameters},
    )
    items = [
        SegmentMemberView(
            customer_id=customer_id, since=since, reason=reason, reason_zh=reason_zh, segment_version=version
        )
        for customer_id, since, reason, reason_zh, version in rows[:limit]
    ]
    return SegmentMembersPage(items=items, next_cursor=items[-1].customer_id if len(rows) > limit else None)


def segments_of(connection: Connection, customer_id: UUID) -> CustomerSegmentsView | None:
    """The segments that a member is in; None if nobody is known by the id."""
    if not fetch(connection, "select 1 from members where customer_id = %(id)s", {"id": customer_id}):
        return None
    rows = fetch(
        connection,
        "select segment, since, reason, reason_zh, segment_version from memberships"
        " where customer_id = %(id)s and inside order by segment",
        {"id": customer_id},
    )
    items = [
        MembershipView(segment=segment, since=since, reason=reason, reason_zh=reason_zh, segment_version=version)
        for segment, since, reason, reason_zh, version in rows
    ]
    return CustomerSegmentsView(customer_id=customer_id, items=items)


def membership(connection: Connection, segment: str, customer_id: UUID) -> Kept | None:
    """A member's part in a segment; None if she never was in it."""
    rows = fetch(
        connection,
        "select inside, since, reason, reason_zh from memberships where customer_id = %(id)s and segment = %(segment)s",
        {"id": customer_id, "segment": segment},
    )
    return Kept(*rows[0]) if rows else None
