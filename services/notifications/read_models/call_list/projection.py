"""Tasks for clerks: one for each attempt by phone, until somebody says how the call went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.domain.contact.events import AttemptBegun, CallRecorded
from services.notifications.domain.values import CALL_LIST as BY_PHONE
from services.notifications.read_models.call_list.table import CALL_LIST
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded


def project(connection: Connection, table: str, batch: Sequence[Recorded[AttemptBegun | CallRecorded]]) -> None:
    """First new tasks, then calls: a task is never called before it is there."""
    begun = [(record, record.event) for record in batch if isinstance(record.event, AttemptBegun)]
    by_phone = [(record, event) for record, event in begun if event.channel == BY_PHONE]
    if by_phone:
        run(
            connection,
            f"""
            insert into {table} (message_id, customer_id, version, store_id, template, campaign_id, calls, added_at)
            select message_id, customer_id::uuid, version, store_id, template, campaign_id, 0, added_at
            from unnest(%(ids)b::uuid[], %(customers)b::text[], %(versions)b::int[], %(stores)b::text[],
                        %(templates)b::text[], %(campaigns)b::uuid[], %(times)b::timestamptz[])
              as e(message_id, customer_id, version, store_id, template, campaign_id, added_at)
            on conflict do nothing
            """,
            {
                "ids": [event.message_id for _, event in by_phone],
                "customers": [record.stream.id for record, _ in by_phone],
                "versions": [record.version for record, _ in by_phone],
                "stores": [event.store for _, event in by_phone],
                "templates": [event.template for _, event in by_phone],
                "campaigns": [event.campaign_id for _, event in by_phone],
                "times": [record.occurred_at for record, _ in by_phone],
            },
        )
    called = {e.message_id: r for r in batch if isinstance(e := r.event, CallRecorded)}
    if called:
        calls = [record.event for record in batch if isinstance(record.event, CallRecorded)]
        run(
            connection,
            f"""
            update {table} c set version = e.version, outcome = e.outcome, calls = c.calls + e.calls,
                                 called_at = e.called_at
            from unnest(%(ids)b::uuid[], %(versions)b::int[], %(outcomes)b::text[], %(calls)b::int[],
                        %(times)b::timestamptz[]) as e(message_id, version, outcome, calls, called_at)
            where c.message_id = e.message_id and c.version < e.version
            """,
            {
                "ids": list(called),
                "versions": [record.version for record in called.values()],
                "outcomes": [r.event.outcome for r in called.values() if isinstance(r.event, CallRecorded)],
                "calls": [sum(1 for call in calls if call.message_id == id_) for id_ in called],
                "times": [record.occurred_at for record in called.values()],
            },
        )


PROJECTION = Projection(CALL_LIST, frozenset({AttemptBegun.type, CallRecorded.type}), project)
