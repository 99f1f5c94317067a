"""What lies beside a member's row: consents, segments, complaints, and the columns that follow from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.console.read_models.members.table import (
    LIFECYCLE_MOVES,
    MEMBER_COMPLAINTS,
    MEMBER_CONSENTS,
    MEMBER_SEGMENTS,
    MEMBERS,
)
from shared.contracts.customers import ConsentGiven
from shared.contracts.segmentation import SegmentEntered
from shared.database.batch import run

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from uuid import UUID
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from services.console.read_models.members.heard import (
        ComplaintClosedView,
        ComplaintOpenedView,
        ConsentView,
        SegmentView,
    )
    from shared.messaging.message import Message

LIFECYCLE, RFM = "lifecycle.", "rfm."
"""How the codes of stages and classes begin."""
_ALIVE = "not exists (select from erased_customers e where e.customer_id = a.customer_id)"


def consent(connection: Connection, tables: Mapping[str, str], messages: Sequence[Message[ConsentView]]) -> None:
    """Marketing by channel. Of two words in one moment the withdrawal holds, whichever is heard last."""
    told = [(m.body, m.type == ConsentGiven.type) for m in messages if m.body.purpose == "marketing" and m.body.channel]
    told.sort(key=lambda item: (item[0].occurred_at, not item[1]))
    newest = {(body.customer_id, body.channel): (given, body.occurred_at) for body, given in told}
    if not newest:
        return
    run(
        connection,
        f"""
        insert into {tables[MEMBER_CONSENTS.name]} as c (customer_id, channel, given, told_at)
        select a.* from unnest(%(customers)b::uuid[], %(channels)b::text[], %(given)b::bool[], %(times)b::timestamptz[])
          as a(customer_id, channel, given, told_at)
        where {_ALIVE} order by a.customer_id, a.channel
        on conflict (customer_id, channel) do update set given = excluded.given, told_at = excluded.told_at
          where (c.told_at, not c.given) < (excluded.told_at, not excluded.given)
        """,
        {
            "customers": [customer_id for customer_id, _ in newest],
            "channels": [channel for _, channel in newest],
            "given": [given for given, _ in newest.values()],
            "times": [told_at for _, told_at in newest.values()],
        },
    )


def segment(
    connection: Connection, tables: Mapping[str, str], messages: Sequence[Message[SegmentView]], zone: ZoneInfo
) -> None:
    """Who is in which segment; stage and class of those whose named segments changed; moves between stages."""
    newest = {
        (m.body.customer_id, m.body.segment): m
        for m in sorted(messages, key=lambda message: message.body.membership_version)
    }
    run(
        connection,
        f"""
        insert into {tables[MEMBER_SEGMENTS.name]} as s (customer_id, segment, version, inside, since)
        select a.* from unnest(%(customers)b::uuid[], %(segments)b::text[], %(versions)b::int[], %(inside)b::bool[],
                               %(times)b::timestamptz[]) as a(customer_id, segment, version, inside, since)
        where {_ALIVE} order by a.customer_id, a.segment
        on conflict (customer_id, segment) do update
          set version = excluded.version, inside = excluded.inside, since = excluded.since
          where s.version < excluded.version
        """,
        {
            "customers": [customer_id for customer_id, _ in newest],
            "segments": [code for _, code in newest],
            "versions": [m.body.membership_version for m in newest.values()],
            "inside": [m.type == SegmentEntered.type for m in newest.values()],
            "times": [m.body.occurred_at for m in newest.values()],
        },
    )
    named = {customer_id for customer_id, code in newest if code.startswith((LIFECYCLE, RFM))}
    if named:
        _classify(connection, tables, named)
    moves = [m for m in messages if m.body.segment.startswith(LIFECYCLE)]
    if moves:
        _move(connection, tables[LIFECYCLE_MOVES.name], moves, zone)


def _classify(connection: Connection, tables: Mapping[str, str], customers: Collection[UUID]) -> None:
    # Between leaving one and entering the next she may be in two for a moment: the newer one counts.
    newest = "(array_agg({} order by since desc, segment) filter (where starts_with(segment, '{}')))[1]"
    stage = newest.format(f"substr(segment, {len(LIFECYCLE) + 1})", LIFECYCLE)
    since = newest.format("since", LIFECYCLE)
    rfm_class = newest.format(f"substr(segment, {len(RFM) + 1})", RFM)
    run(
        connection,
        f"""
        insert into {tables[MEMBERS.name]} as p (customer_id, lifecycle, lifecycle_since, rfm_class)
        select a.customer_id, {stage}, {since}, {rfm_class}
        from unnest(%(customers)b::uuid[]) as a(customer_id)
        left join {tables[MEMBER_SEGMENTS.name]} s on s.customer_id = a.customer_id and s.inside
        where {_ALIVE} group by a.customer_id order by a.customer_id
        on conflict (customer_id) do update
          set lifecycle = excluded.lifecycle, lifecycle_since = excluded.lifecycle_since, rfm_class = excluded.rfm_class
        """,
        {"customers": list(customers)},
    )


def _move(connection: Connection, table: str, messages: Sequence[Message[SegmentView]], zone: ZoneInfo) -> None:
    run(
        connection,
        f"""
        insert into {table} (customer_id, stage, version, inside, moved_on)
        select a.* from unnest(%(customers)b::uuid[], %(stages)b::text[], %(versions)b::int[], %(inside)b::bool[],
                               %(days)b::date[]) as a(customer_id, stage, version, inside, moved_on)
        where {_ALIVE} on conflict do nothing
        """,
        {
            "customers": [m.body.customer_id for m in messages],
            "stages": [m.body.segment.removeprefix(LIFECYCLE) for m in messages],
            "versions": [m.body.membership_version for m in messages],
            "inside": [m.type == SegmentEntered.type for m in messages],
            "days": [m.body.occurred_at.astimezone(zone).date() for m in messages],
        },
    )


def complain(
    connection: Connection,
    tables: Mapping[str, str],
    opened: Sequence[Message[ComplaintOpenedView]],
    closed: Sequence[Message[ComplaintClosedView]],
) -> None:
    """Complaints, whichever of their two facts is heard first, and who has one open."""
    openings = {(m.body.customer_id, m.body.complaint_id): m.body for m in opened}
    closings = {(m.body.customer_id, m.body.complaint_id): m.body.occurred_at for m in closed}
    keys = sorted(openings.keys() | closings.keys())
    found = [openings.get(key) for key in keys]
    run(
        connection,
        f"""
        insert into {tables[MEMBER_COMPLAINTS.name]} as c
          (customer_id, complaint_id, category, store_id, opened_at, closed_at)
        select a.* from unnest(%(customers)b::uuid[], %(complaints)b::uuid[], %(categories)b::text[],
                               %(stores)b::text[], %(opened)b::timestamptz[], %(closed)b::timestamptz[])
          as a(customer_id, complaint_id, category, store_id, opened_at, closed_at)
        where {_ALIVE} order by a.customer_id, a.complaint_id
        on conflict (customer_id, complaint_id) do update
          set category = coalesce(c.category, excluded.category), store_id = coalesce(c.store_id, excluded.store_id),
              opened_at = coalesce(c.opened_at, excluded.opened_at),
              closed_at = coalesce(c.closed_at, excluded.closed_at)
        """,
        {
            "customers": [customer_id for customer_id, _ in keys],
            "complaints": [complaint_id for _, complaint_id in keys],
            "categories": [body and body.category for body in found],
            "stores": [body and body.store_id for body in found],
            "opened": [body and body.occurred_at for body in found],
            "closed": [closings.get(key) for key in keys],
        },
    )
    run(
        connection,
        f"""
        insert into {tables[MEMBERS.name]} as p (customer_id, complaint_open)
        select a.customer_id, exists (
          select from {tables[MEMBER_COMPLAINTS.name]} c
          where c.customer_id = a.customer_id and c.opened_at is not null and c.closed_at is null)
        from unnest(%(customers)b::uuid[]) as a(customer_id)
        where {_ALIVE} order by a.customer_id
        on conflict (customer_id) do update set complaint_open = excluded.complaint_open
        """,
        {"customers": sorted({customer_id for customer_id, _ in keys})},
    )
