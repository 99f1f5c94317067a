"""Memberships to rows: the newest version of each stands, in whatever order they come."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from pydantic import AwareDatetime

from services.campaigns.read_models.segment_members.table import SEGMENT_MEMBERS
from shared.contracts.base import Version, View
from shared.contracts.segmentation import SegmentEntered, SegmentLeft
from shared.database.batch import run
from shared.kernel.text import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from shared.messaging.message import Message


class MembershipView(View):
    """Who is, or is not any more, in which segment."""

    customer_id: UUID
    segment: Code
    membership_version: Version
    occurred_at: AwareDatetime


VIEWS: dict[str, type[View]] = {SegmentEntered.type: MembershipView, SegmentLeft.type: MembershipView}
TABLES = (SEGMENT_MEMBERS,)


def project(connection: Connection, tables: Mapping[str, str], batch: Sequence[Message[MembershipView]]) -> None:
    """Applies `batch`: one statement."""
    newest: dict[tuple[str, UUID], Message[MembershipView]] = {}
    for message in batch:
        key = (message.body.segment, message.body.customer_id)
        held = newest.get(key)
        if held is None or held.body.membership_version < message.body.membership_version:
            newest[key] = message
    run(
        connection,
        f"""
        insert into {tables[SEGMENT_MEMBERS.name]} as m (segment, customer_id, version, inside, since)
        select a.* from unnest(%(segments)b::text[], %(customers)b::uuid[], %(versions)b::int[], %(inside)b::bool[],
                               %(since)b::timestamptz[]) as a(segment, customer_id, version, inside, since)
        where not exists (select from erased_customers e where e.customer_id = a.customer_id)
        order by a.segment, a.customer_id
        on conflict (segment, customer_id) do update
          set version = excluded.version, inside = excluded.inside, since = excluded.since
        where m.version < excluded.version
        """,
        {
            "segments": [segment for segment, _ in newest],
            "customers": [customer_id for _, customer_id in newest],
            "versions": [message.body.membership_version for message in newest.values()],
            "inside": [message.type == SegmentEntered.type for message in newest.values()],
            "since": [message.body.occurred_at for message in newest.values()],
        },
    )
