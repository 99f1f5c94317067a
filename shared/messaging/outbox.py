"""The outbox: records to publish, in the transaction of the events that they tell of.

A queue, not a cursor: the relay takes rows in id order and deletes what the log acknowledged. A row that
commits late is simply taken later. Within a key, order holds, because version n + 1 is inserted only after
version n is committed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.contracts.envelope import wrap
from shared.contracts.topics import RECORD_BYTES_MAX
from shared.database.batch import copy_rows
from shared.kernel.errors import InvariantViolated
from shared.kernel.ids import derived_id
from shared.observability import tracing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

    from shared.contracts.base import IntegrationEvent
    from shared.eventstore.store import Recorded


@dataclass(frozen=True, slots=True)
class Origin:
    """What an integration event tells of when no event of ours lies behind it: something derived has changed.

    Whoever makes it answers for the id: one per change, never the same for two, or consumers drop the second.
    """

    event_id: UUID
    occurred_at: datetime
    causation_id: UUID
    correlation_id: UUID
    trace: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """An integration event, what it tells of, and the key that orders it in its topic."""

    of: Recorded[Any] | Origin
    key: str
    event: IntegrationEvent


def add_to_outbox(connection: Connection, service: str, published: Iterable[Published]) -> None:
    """Adds one row per published event.

    Raises `InvariantViolated` when a record is larger than any topic takes: nothing is kept then.
    """
    rows: list[tuple[str, bytes, UUID, bytes, bytes]] = []
    told: set[UUID] = set()
    here = tracing.current()
    for item in published:
        record = item.of
        # The first event that tells of a domain event carries its id, a second one an id derived from it.
        first = record.event_id not in told
        told.add(record.event_id)
        outgoing = wrap(
            item.event,
            key=item.key,
            event_id=record.event_id if first else derived_id(record.event_id, item.event.type),
            source=f"/{service}",
            time=record.occurred_at,
            correlation_id=record.correlation_id,
            causation_id=record.causation_id,
            traceparent=record.trace or here,
        )
        size = len(outgoing.body) + len(outgoing.headers) + len(outgoing.key)
        if size > RECORD_BYTES_MAX:
            msg = f"{item.event.type} {outgoing.event_id} is {size} bytes; a record takes {RECORD_BYTES_MAX}"
            raise InvariantViolated(msg)
        rows.append((outgoing.topic, outgoing.key, outgoing.event_id, outgoing.headers, outgoing.body))
    if rows:
        copy_rows(
            connection,
            "outbox (topic, key, event_id, headers, body)",
            rows,
            types=("text", "bytea", "uuid", "bytea", "bytea"),
        )
