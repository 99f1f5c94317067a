"""Questions about members: pages of a list, one of them, who waits for somebody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.console.read_models.members.filters import KEYS, MemberFilter, Place, Sort
from services.console.read_models.members.view import ComplaintView, LastContactView, MemberRow, SegmentView
from shared.access.visibility import EVERYBODY, Visible
from shared.database.batch import fetch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from sqlalchemy import Connection

_COLUMNS = """
m.customer_id, m.lifecycle, m.lifecycle_since, m.rfm_class, m.r, m.f, m.m, m.registered_at, m.home_store,
b.last_purchase, b.last_store, coalesce(b.visits, 0), coalesce(b.spend_minor, 0), b.currency, m.points,
case when m.complaint_open then '{}' else array(
  select c.channel from member_consents c where c.customer_id = m.customer_id and c.given order by 1) end,
m.complaint_open, m.contacted_at
"""
_FROM = "from members m left join member_buying b on b.customer_id = m.customer_id"
_NAMES = tuple(MemberRow.model_fields)


@dataclass(frozen=True, slots=True)
class Asked:
    """Which members, of those that somebody sees at a moment. `seen` is a condition on `m.customer_id`."""

    seen: Visible
    filter: MemberFilter
    now: datetime

    @property
    def where(self) -> str:
        """The condition on a row `m`."""
        return " and ".join([f"({self.seen.sql})", *self.filter.conditions()])

    @property
    def parameters(self) -> dict[str, Any]:
        """What the condition names."""
        return {**self.seen.parameters, **self.filter.parameters(), "now": self.now}


def list_members(
    connection: Connection, asked: Asked, sort: Sort, *, after: Place | None, limit: int
) -> tuple[list[MemberRow], Place | None]:
    """A page, and where it ended if another follows."""
    rows: list[tuple[Any, ...]] = []
    if after is None or after.value is not None:
        rows = _with_key(connection, asked, sort, after, limit + 1)
        after = None
    if len(rows) <= limit:
        rows += _without_key(connection, asked, sort, after, limit + 1 - len(rows))
    page = rows[:limit]
    last = Place(page[-1][-1], page[-1][0]) if len(rows) > limit else None
    return [_row(row[:-1]) for row in page], last


def _with_key(
    connection: Connection, asked: Asked, sort: Sort, after: Place | None, limit: int
) -> list[tuple[Any, ...]]:
    key, type_ = KEYS[sort.removeprefix("-")]
    direction, beyond = ("desc", "<") if sort.startswith("-") else ("asc", ">")
    follows = (
        ""
        if after is None
        else f"and ({key}, m.customer_id) {beyond} (%(after_value)s::{type_}, %(after_member)s::uuid)"
    )
    return fetch(
        connection,
        f"select {_COLUMNS}, {key}::text {_FROM} where {asked.where} and {key} is not null {follows}"
        f" order by {key} {direction}, m.customer_id {direction} limit %(limit)s",
        asked.parameters
        | {"limit": limit}
        | ({} if after is None else {"after_value": after.value, "after_member": after.customer_id}),
    )


def _without_key(
    connection: Connection, asked: Asked, sort: Sort, after: Place | None, limit: int
) -> list[tuple[Any, ...]]:
    key, _ = KEYS[sort.removeprefix("-")]
    follows = "" if after is None else "and m.customer_id > %(after_member)s::uuid"
    return fetch(
        connection,
        f"select {_COLUMNS}, null {_FROM} where {asked.where} and {key} is null {follows}"
        " order by m.customer_id limit %(limit)s",
        asked.parameters | {"limit": limit} | ({} if after is None else {"after_member": after.customer_id}),
    )


def count_members(connection: Connection, asked: Asked) -> int:
    """How many there are."""
    return int(fetch(connection, f"select count(*) from members m where {asked.where}", asked.parameters)[0][0])


def find_member(connection: Connection, customer_id: UUID) -> MemberRow | None:
    """One member's row."""
    rows = fetch(connection, f"select {_COLUMNS} {_FROM} where m.customer_id = %(id)s", {"id": customer_id})
    return _row(rows[0]) if rows else None


def agreed_channels(connection: Connection, customer_id: UUID) -> list[str]:
    """By which channels she agreed to marketing."""
    rows = fetch(
        connection,
        "select channel from member_consents where customer_id = %(id)s and given order by channel",
        {"id": customer_id},
    )
    return [channel for (channel,) in rows]


def segments_of(connection: Connection, customer_id: UUID) -> list[SegmentView]:
    """The segments that she is in, named ones among them."""
    rows = fetch(
        connection,
        "select segment, since from member_segments where customer_id = %(id)s and inside order by segment",
        {"id": customer_id},
    )
    return [SegmentView(code=code, since=since) for code, since in rows]


def last_contact_of(connection: Connection, customer_id: UUID) -> LastContactView | None:
    """The last message or call."""
    rows = fetch(
        connection,
        "select contacted_at, contact_channel, contact_template, contact_campaign from members"
        " where customer_id = %(id)s and contacted_at is not null",
        {"id": customer_id},
    )
    return LastContactView(**dict(zip(LastContactView.model_fields, rows[0], strict=True))) if rows else None


def open_complaints(
    connection: Connection,
    time: timedelta,
    *,
    seen: Visible = EVERYBODY,
    customer_id: UUID | None = None,
    store: str | None = None,
    limit: int = 100,
) -> list[ComplaintView]:
    """Those that are open, the most urgent first: of whoever is `seen`, of one member, of one store."""
    rows = fetch(
        connection,
        f"""
        select complaint_id, customer_id, category, store_id, opened_at, opened_at + %(time)s
        from member_complaints
        where closed_at is null and opened_at is not null and {seen.sql}
          and (%(member)s::uuid is null or customer_id = %(member)s::uuid)
          and (%(store)s::text is null or store_id = %(store)s::text)
        order by opened_at, complaint_id limit %(limit)s
        """,
        {"time": time, "member": customer_id, "store": store, "limit": limit, **seen.parameters},
    )
    names = tuple(ComplaintView.model_fields)
    return [ComplaintView(**dict(zip(names, row, strict=True))) for row in rows]


def best_members(connection: Connection, asked: Sequence[Asked], limit: int) -> Iterable[tuple[list[MemberRow], int]]:
    """Of each question those who spent most, and how many there are."""
    for one in asked:
        rows, _ = list_members(connection, one, "-spend", after=None, limit=limit)
        yield rows, count_members(connection, one)


def _row(row: Sequence[Any]) -> MemberRow:
    return MemberRow(**dict(zip(_NAMES, row, strict=True)))
