"""Which channels are closed. An unsubscription never shrinks what keeps everything away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.notifications.domain.contact.events import ChannelSuppressed, SuppressionLifted, Unsubscribed
from services.notifications.domain.contact.state import UNSUBSCRIBED
from services.notifications.read_models.suppressions.table import SUPPRESSIONS
from shared.database.batch import run
from shared.projections.projection import Projection

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from shared.eventstore.store import Recorded

_Event = ChannelSuppressed | SuppressionLifted | Unsubscribed


def project(connection: Connection, table: str, batch: Sequence[Recorded[_Event]]) -> None:
    """The last event of each channel stands."""
    last = {(record.stream.id, record.event.channel): record for record in batch}
    entries = [_entry(record.event) for record in last.values()]
    run(
        connection,
        f"""
        insert into {table} as s (customer_id, channel, version, reach, reason, at)
        select customer_id::uuid, channel, version, reach, reason, at
        from unnest(%(customers)b::text[], %(channels)b::text[], %(versions)b::int[], %(reaches)b::text[],
                    %(reasons)b::text[], %(times)b::timestamptz[])
          as e(customer_id, channel, version, reach, reason, at)
        on conflict (customer_id, channel) do update
          set version = excluded.version, reach = excluded.reach, reason = excluded.reason, at = excluded.at
          where s.version < excluded.version
        """,
        {
            "customers": [customer_id for customer_id, _ in last],
            "channels": [channel for _, channel in last],
            "versions": [record.version for record in last.values()],
            "reaches": [reach for reach, _, _ in entries],
            "reasons": [reason for _, reason, _ in entries],
            "times": [at for _, _, at in entries],
        },
    )


def _entry(event: _Event) -> tuple[str | None, str | None, datetime | None]:
    match event:
        case ChannelSuppressed():
            return event.reach, event.reason, event.at
        case Unsubscribed():
            return "marketing", UNSUBSCRIBED, event.at
        case SuppressionLifted():
            return None, None, None


PROJECTION = Projection(
    SUPPRESSIONS,
    frozenset(event.type for event in (ChannelSuppressed, SuppressionLifted, Unsubscribed)),
    project,
)
